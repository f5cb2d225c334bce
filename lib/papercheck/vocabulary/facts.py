"""The facts that a cohort.yml and a registry of printed numbers state in the same words."""

import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, Strict

from ..files.findings import did_you_mean
from ..files.models import Entry, Text, read_model, wrong
from .dictionary import load_dictionary
from .kinds import KINDS, LANGUAGES

TIME_UNITS = ("months", "days")
INTERVALS = ("log-log", "log", "plain", "spss", "bootstrap")
STATUSES = ("determined", "constrained", "synthetic")
ENDPOINTS = tuple(load_dictionary()["adtte"].columns["PARAMCD"].levels)


class Endpoint(Entry):
    """What a cohort says of one of its endpoints in words of its own."""

    label: Text = ""
    text: Text = ""
    zero: Text = Field("", description="What the time axis counts from.")


def _day(value):
    """A date that stands in quotes is a date as well."""
    try:
        return datetime.date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _endpoint(value):
    if value not in ENDPOINTS:
        raise wrong(f"expected ENDPOINT: {', '.join(Endpoint.model_fields)}", did_you_mean(value, ENDPOINTS))
    return value


class Facts(Entry):
    """The keys that every kind of study has. What has models of its own is held here as it is written."""

    title: Text = Field("", description="The name of the study.")
    kind: Literal[tuple(KINDS)] = "patients"
    source: Text = Field("", description="Where the numbers come from: author, year, journal, doi.")
    notice: Text = Field("", description="A sentence that stands on top of the report.")
    data_cutoff: Annotated[datetime.date, BeforeValidator(_day), Strict()] | None = Field(
        None, description="The last day of follow-up, such as 2024-12-01; nothing after it counts."
    )
    time_unit: Literal[TIME_UNITS] = Field("months", description="The unit of the durations: months or days.")
    ctcae: Text = Field("", description="The version of the grades of adverse events.")
    primary_endpoint: Literal[ENDPOINTS] = Field("", description="The endpoint of the prognostic sections.")
    paper_interval: Literal[INTERVALS] = Field("", description="How the paper made its intervals of medians.")
    language: Literal[LANGUAGES] = Field(LANGUAGES[0], description="The language of the report.")
    encoding: Text = ""
    decimal: Text = "."
    endpoints: dict[Annotated[str, BeforeValidator(_endpoint)], Endpoint] = {}
    subgroups: list[Text] = Field([], description="The factors that are compared; without it all with levels.")
    factors: dict[str, Any] = {}
    eligibility: list[Any] = []
    first_course: dict[str, Any] = {}
    provenance: dict[str, Any] = {}
    columns: dict[str, Any] = {}
    values: dict[str, Any] = {}
    tables: dict[str, Any] = {}
    dates: str | list[Any] | dict[str, Any] = {}
    treatment: str | dict[str, Any] = {}


def check_title(raw, fault):
    """Find a missing title; fault(path, rule, action, value) takes it."""
    if "title" not in raw:
        fault((), "the key `title` is missing", "Add `title:` with the name of the study.")


def read_facts(raw, fault) -> dict:
    """The entries of a registry or cohort.yml that are known, of the right type and with known words.

    `endpoints` comes as {PARAMCD: {label, text, zero}}. fault(path, rule, action, value) takes every fault found.
    """
    check_title(raw, fault)
    facts = read_model(Facts, raw, fault)
    given = {name: getattr(facts, name) for name in facts.model_fields_set}
    return given | ({"endpoints": endpoint_words(facts)} if "endpoints" in given else {})


def endpoint_words(facts) -> dict:
    """What is said of the endpoints: {PARAMCD: {label, text, zero}}, as far as given."""
    return {code: entry.model_dump(exclude_unset=True) for code, entry in facts.endpoints.items()}


def check_subgroups(subgroups, factors, fault):
    """Find subgroups that are no factor with levels, or stand twice; fault(path, rule, action, value) takes them."""
    for i, name in enumerate(subgroups):
        if name not in factors:
            fault(("subgroups", str(i)), "not a factor", did_you_mean(name, factors), name)
        elif not factors[name].levels or name in subgroups[:i]:
            rule = "stands twice" if name in subgroups[:i] else "a number, not a factor with levels"
            fault(("subgroups", str(i)), rule, "Declare a group of it under `factors` (from, cut, levels).", name)
