"""The endpoints: when the clock starts, what counts as an event, what they are called."""

from functools import cache
from pathlib import Path

from ..files.yamlfile import load_rules


@cache
def endpoint_rules() -> dict:
    """The endpoints of endpoints.yml by PARAMCD."""
    return load_rules(Path(__file__).with_name("endpoints.yml"))


@cache
def course_times() -> dict:
    """The times within and between courses of course_times.yml by code."""
    return load_rules(Path(__file__).with_name("course_times.yml"))
