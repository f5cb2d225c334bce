"""What holds of the first ICI course of every subject and stands in no column: `first_course` of cohort.yml."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from ..files.models import Entry, Text, read_model, wrong

REGIMENS = ("monotherapy", "combination")
TREATED = ("until progression",)
WITHIN = re.compile(r"<=\s*(\d+(?:\.\d+)?)\s*(days|weeks|months)")


def _within(value):
    if not WITHIN.fullmatch(value):
        raise wrong("expected the longest time", "Such as '<=6 months' (days, weeks or months).")
    return value


class FirstCourse(Entry):
    """Facts about the first course, with where they stand (`source`) and how they are read (`reading`)."""

    regimen: Literal[REGIMENS] = ""
    treated: Literal[TREATED] = Field("", description="Where no last dose is recorded.")
    pd_after_last_dose: Annotated[Text, AfterValidator(_within)] = Field("", description="Such as '<=6 months'.")
    source: Text = Field("", description="Where the paper or the protocol says so.")
    reading: Text = ""

    @model_validator(mode="wrap")
    @classmethod
    def _has_source(cls, value, handler):
        """A fact needs its source; said beside every other fault of the entry."""
        stated = set(value) - {"source", "reading"} if isinstance(value, dict) else set()
        lacking = wrong("a fact without its source", "Add `source:`, such as Methods, Patients.")
        if not stated or value.get("source"):
            return handler(value)
        try:
            handler(value)
        except ValidationError as error:
            others = [
                {
                    "type": PydanticCustomError(e["type"], e["msg"].replace("{", "("), e.get("ctx")),
                    "loc": e["loc"],
                    "input": e["input"],
                }
                for e in error.errors()
            ]
            raise ValidationError.from_exception_data(
                "first_course", [*others, {"type": lacking, "input": value}]
            ) from None
        raise lacking


class _File(Entry):
    first_course: FirstCourse = FirstCourse()


def read_first_course(declared, fault) -> dict[str, str]:
    """The declared facts as text; fault(path, rule, action, value) takes every fault found.

    regimen : monotherapy or combination. treated : until progression, where no last dose is recorded.
    pd_after_last_dose : the longest time, such as '<=6 months'. source, reading : where it stands, how it is read.
    """
    return read_model(_File, {"first_course": declared}, fault).first_course.model_dump(exclude_unset=True)
