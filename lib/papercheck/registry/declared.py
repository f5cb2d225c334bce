"""What a registry declares beside its numbers: groups of subjects, implications, exclusions, weights, grid, endpoints
whose events are known (fixed), tables to fill freely (synthetic), curves. As models, from which editors get a schema
too."""

import re
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    Strict,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from ..files.findings import did_you_mean
from ..files.models import Entry, Text, TextOrList, read_model, wrong, wrong_at
from ..vocabulary.facts import ENDPOINTS

SAYS = ("no_censoring", "discontinued_for_other_reasons", "other")
FIXED = ("all_events", "no_events")
SYNTHETIC = ("adtr",)
CLAIMS = {  # a kind of claim -> the keys that it needs; of several lists, one
    "independent": [("endpoint", "by", "beside")],
    "difference": [("endpoint", "by")],
    "no_difference": [("endpoint", "by")],
    "most_common": [("course", "terms"), ("by", "longer")],
    "fewer": [("course",)],
    "other": [()],
}
CLAIM_COURSES = ("INITIAL", "RECHALLENGE")
OTHER_COURSE = dict(zip(CLAIM_COURSES, CLAIM_COURSES[::-1], strict=True))
ALPHA = 0.05  # of P in the rules of claims, as the papers use it
FINEST = 0.0001  # step of time; finer ones make numbers that the searches cannot hold


def _group(value, info: ValidationInfo):
    """{COLUMN: level or levels} of known columns and levels."""
    faults = []
    check_group(value, (), info.context["levels"], lambda *fault: faults.append(fault))
    if faults:
        raise wrong_at(faults)
    return value


def _implied(value, info: ValidationInfo):
    """The same of columns with levels."""
    for column in _group(value, info):
        if info.context["levels"][column] == ():
            raise wrong(
                f"{column} has no levels", "Declare a group of it under `factors` (from, cut, levels) and name that."
            )
    return value


def _one_level(value, info: ValidationInfo):
    """At most one column, with one level."""
    if isinstance(value, dict) and (len(value) > 1 or any(isinstance(x, list) for x in value.values())):
        raise wrong("expected one level of one column", "Such as {ARM: A}.")
    return _group(value, info)


def _column(value, info: ValidationInfo):
    if value not in info.context["levels"]:
        raise wrong("unknown column", did_you_mean(value, info.context["levels"]))
    return value


def _file(value):
    if not isinstance(value, str) or Path(value).name != value:
        raise wrong("expected the name of a file in the folder curves", "Such as os_points.csv.")
    return value


def _at_risk(value):
    if not isinstance(value, list) or not value:
        return _file(value)
    if not all(isinstance(x, list) and len(x) == 2 and all(map(_is_number, x)) for x in value):
        raise wrong("expected [[time, n], ...]", "Such as [[0, 30], [6, 21]].")
    return value


def _endpoints(value):
    """{NAME: label} of endpoints beside the known ones."""
    if not isinstance(value, dict) or not all(isinstance(x, str) and x for x in value.values()):
        raise wrong("expected {NAME: label}", "Such as {DOR: Duration of response}.")
    for name in value:
        if not re.fullmatch(r"[A-Z][A-Z0-9_]{0,39}", str(name)) or name in ENDPOINTS:
            raise wrong(
                f"{name} cannot be the name of a further endpoint", "Capitals and digits; not PFS1, PFSR or OS."
            )
    return value


def _when(value):
    """A year, month or day as text."""
    text = str(value)
    if not re.fullmatch(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?", text):
        raise wrong("expected a year, month or day", 'Such as "2020", "2020-05" or "2020-05-31".')
    return text


def _grid(value):
    if not _is_number(value) or value <= 0:
        raise wrong("expected a step of time above 0", "Such as 0.01, in `time_unit`.")
    if value < FINEST:
        raise wrong(f"a step of time below {FINEST}", "Such as 0.01, in `time_unit`.")
    return value


def _is_number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _schema(kind, check, schema):
    return Annotated[kind, BeforeValidator(check), WithJsonSchema(schema)]


GROUP_SCHEMA = {"type": "object", "additionalProperties": {"anyOf": [{"type": "string"}, {"type": "array"}]}}
Group = _schema(Any, _group, GROUP_SCHEMA)
Implied = _schema(Any, _implied, GROUP_SCHEMA)
OneLevel = _schema(Any, _one_level, GROUP_SCHEMA)
FileName = _schema(Any, _file, {"type": "string"})
Column = Annotated[Text, AfterValidator(_column)]


class Implication(Entry):
    """Whoever is in one group is in another, by what the paper says."""

    if_: Implied = Field(alias="if", description="The group, such as {BONEMET: Y}; {} for everybody.")
    then: Implied = Field(description="The group that they are in as well, such as {DISTMET: Y}.")
    why: Text = Field(description="Where the paper says so.")


class Exclusion(Entry):
    """Whom the paper left out, in its words."""

    at: Text = Field(description="Where it stands, such as Text 2.1.")
    text: Text = Field(description="The words of the paper.")
    says: Literal[SAYS] = Field(description="What it says of the subjects that are left.")
    endpoint: Literal[ENDPOINTS] | None = Field(None, description="Of which endpoint; else the primary one.")


class Weights(Entry):
    """The arms and covariates of results weighted by inverse probability of treatment."""

    treatment: Column = Field(description="The column of the arms.")
    covariates: list[Column] = Field(description="The columns of the propensity model.")
    decided: Text = Field("", description="When the treatment was decided, for the cohort.")
    note: Text = ""


class Curve(Entry):
    """A digitized Kaplan-Meier curve; its files stand in the folder `curves` beside the registry."""

    endpoint: Literal[ENDPOINTS] = Field(description="PFS1, PFSR or OS.")
    points: FileName = Field(description="CSV with the columns time, survival (1 to 0, or 100 to 0).")
    at_risk: _schema(Any, _at_risk, {"anyOf": [{"type": "string"}, {"type": "array"}]}) = Field(
        description="CSV with the columns time, n, or [[time, n], ...]; from time 0 on."
    )
    where: OneLevel = Field({}, description="One level of one column, such as {ARM: A}; without it all subjects.")
    events: Annotated[int, Strict(), Field(ge=0)] | None = Field(None, description="The printed total of events.")
    at: Any = Field(None, description="Where the curve stands, such as Figure 2.")


class Caption(Entry):
    """What the caption of a figure or table says that it compares."""

    at: Text = Field(description="The figure, such as Figure 4.")
    by: Column = Field(description="The column whose levels the caption names.")
    text: Text = Field(description="The words of the caption.")


class Definition(Entry):
    """How the paper defines an endpoint, or a level of a column, in its words at one place."""

    at: Text
    text: Text
    endpoint: Literal[ENDPOINTS] | None = None
    ends: list[Text] = Field([], description="What ends the endpoint there, such as [progression, death].")
    column: Column | None = None
    level: Text = ""


class Enumeration(Entry):
    """A numbered list of the paper, with the numbers as they stand."""

    at: Text
    what: Text = Field(description="Such as Inclusion criteria.")
    numbers: list[Annotated[int, Strict()]] = Field(min_length=1, description="Such as [1, 2, 2, 4].")


class Claim(Entry):
    """What the paper says in words of its own subjects, in a few of its words. Each kind has a rule by which it holds
    or not in a cohort; `other` has none."""

    at: TextOrList = Field(description="Where it stands, such as Abstract; a list for several places.")
    kind: Literal[tuple(CLAIMS)] = Field(
        description=(
            "independent: P below 0.05 in the joint model; difference: P below 0.05, and the longer median where"
            " `longer` says; no_difference: P of 0.05 or more; most_common: the highest counts; fewer: adverse events"
            " of a course against the other; other: no rule."
        )
    )
    text: Text = Field(description="A few words of the paper.")
    endpoint: Literal[ENDPOINTS] | None = None
    by: TextOrList = Field((), description="The factor, or several of which it is said alike.")
    beside: TextOrList = Field((), description="The other factors of the joint model.")
    where: Group = Field({}, description="Of whom it is said, where not of all.")
    longer: Text = Field("", description="The level of `by` with the longer time, or the most common level.")
    course: Literal[CLAIM_COURSES] | None = None
    terms: TextOrList = Field((), description="The adverse events, such as [Fatigue, Anaemia].")
    note: Text = ""

    @field_validator("by", "beside")
    @classmethod
    def _known(cls, value, info: ValidationInfo):
        for column in value:
            _column(column, info)
        return value

    @model_validator(mode="after")
    def _whole(self, info: ValidationInfo):
        if not any(all(getattr(self, key) for key in keys) for keys in CLAIMS[self.kind]):
            keys = " or ".join(f"`{'`, `'.join(keys)}`" for keys in CLAIMS[self.kind])
            raise wrong(f"a claim of the kind {self.kind} lacks a key", f"It needs {keys}.")
        if self.longer and len(self.by) == 1 and self.longer not in info.context["levels"][self.by[0]]:
            raise wrong(f"{self.longer} is not a level of {self.by[0]}", "Name one of its levels under `longer`.")
        return self


class Accrual(Entry):
    """When subjects entered and when follow-up ended, as printed: year, month or day."""

    at: Text
    first: _schema(str, _when, {"type": "string"}) = Field(description="Such as 2020-05, in quotation marks.")
    last: _schema(str, _when, {"type": "string"}) = ""
    cutoff: _schema(str, _when, {"type": "string"}) = Field(description="The last day of follow-up.")


READ = ("abstract", "page", "text", "whole")  # what of a paper was read


class Declared(Entry):
    """Everything that a registry declares beside its numbers and the facts of the study."""

    implications: list[Implication] = Field(
        [], description="What must hold for each subject, though no number says it."
    )
    exclusions: list[Exclusion] = []
    captions: list[Caption] = []
    definitions: list[Definition] = []
    enumerations: list[Enumeration] = []
    claims: list[Claim] = Field([], description="What the paper says in words of its own subjects.")
    accrual: Accrual | None = None
    weights: Weights | None = None
    curves: list[Curve] = []
    fixed: dict[Literal[ENDPOINTS], Literal[FIXED]] = Field({}, description="Such as {PFS1: all_events}.")
    synthetic: list[Literal[SYNTHETIC]] = Field([], description="Tables that are made up, such as [adtr].")
    further_endpoints: _schema(Any, _endpoints, {"type": "object", "additionalProperties": {"type": "string"}}) = Field(
        {}, description="Such as {DOR: Duration of response}: endpoints that are only audited."
    )
    software: Text = Field("", description="One line, such as SPSS 26.0.")
    read: Literal[READ] | None = Field(
        None, description="What of the paper was read: what stands elsewhere may be printed."
    )
    grid: _schema(Any, _grid, {"type": "number"}) = Field(1, description="Step of the printed times, in time_unit.")


def read_claims(raw, levels) -> tuple[Claim, ...]:
    """The claims of a registry that has been checked. raw : its list as written; levels : as of check_declared."""
    return tuple(Claim.model_validate(entry, context={"levels": levels}) for entry in raw or ())


def check_declared(raw, levels, fault):
    """Find the faults of what a registry declares beside its numbers; fault(path, rule, action, value) takes them.

    levels : column -> its levels (none for a number), as `group_levels` gives them.
    """
    known = [field.alias or name for name, field in Declared.model_fields.items()]
    read_model(Declared, {key: raw[key] for key in known if key in raw}, fault, context={"levels": levels})


def check_group(group, path, levels, fault):
    """Find unknown columns and levels of a group of subjects, {COLUMN: level or list of levels}."""
    if not isinstance(group, dict):
        fault(path, "expected {COLUMN: level}", "Such as {SEX: M}.", group)
        return
    for column, wanted in group.items():
        here = path + (str(column),)
        if column not in levels:
            fault(here, "unknown column", did_you_mean(column, levels), column)
            continue
        if wanted == []:
            fault(here, "names no level", did_you_mean("", levels[column]), column)
        for level in wanted if isinstance(wanted, list) else [wanted]:
            if levels[column] and str(level) not in levels[column]:
                fault(here, f"not a level of {column}", did_you_mean(level, levels[column]), level)


def check_columns(columns, path, levels, fault):
    """Find unknown columns in one name or a list of names."""
    for column in columns if isinstance(columns, list) else [columns]:
        if str(column) not in levels:
            fault(path, "unknown column", did_you_mean(column, levels), column)
