"""Factors, groupings and eligibility criteria that cohort.yml declares: models, and what they say of each other."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, WithJsonSchema, model_validator

from ..files.findings import did_you_mean
from ..files.models import SCALAR, Entry, Text, TextOrList, read_model, wrong
from .dictionary import Column, load_dictionary

NAME = re.compile(r"\w{1,40}")
LONGEST_LABEL = 120
LATER = ("date", "time", "since")  # of a factor: which column says when it arises, and on which clock


def _is_number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9 and math.isfinite(value)


def _number(value):
    if not _is_number(value):
        raise wrong("expected a number, for a column of numbers")
    return value


def _step(value):
    if not _is_number(value) or value <= 0:
        raise wrong("expected a number above 0", "It is the step of the hazard ratio, such as 10.")
    return value


def _label(value):
    if not isinstance(value, str) or len(value) > LONGEST_LABEL:
        raise wrong(f"expected a text of up to {LONGEST_LABEL} characters", "Mend the label.")
    return value


def _levels(value):
    """Levels as {code: label}; a list of codes labels itself."""
    if isinstance(value, list):
        if len({str(x) for x in value}) < len(value):
            raise wrong("a level stands twice", "Keep one of the two.")
        value = {str(x): x for x in value}
    if not isinstance(value, dict) or any(isinstance(v, dict | list) or v is None for v in value.values()):
        raise wrong("expected a list or `code: label` lines")
    return {str(k): str(v) for k, v in value.items()}


def _distinct(levels):
    words = [code.lower() for code in levels] + [v.lower() for k, v in levels.items() if v.lower() != k.lower()]
    if len(set(words)) < len(words):
        raise wrong("two levels differ only in case, or share a word", "Codes and labels must differ.")
    return levels


def _cuts(value):
    if not isinstance(value, list) or not all(map(_is_number, value)) or value != sorted(set(value)):
        raise wrong("cut points must rise and give one level more than cuts", "Mend cut or levels.")
    return tuple(value)


Number = Annotated[float, PlainValidator(_number), WithJsonSchema({"type": "number"})]
LEVELS = {"anyOf": [{"type": "array", "items": SCALAR}, {"type": "object", "additionalProperties": SCALAR}]}


class Factor(Entry):
    """One entry of `factors`: a column of the cohort's own, other words for one of the dictionary, or a group."""

    label: Annotated[str, PlainValidator(_label), WithJsonSchema({"type": "string", "maxLength": LONGEST_LABEL})] = ""
    type: Literal["coded", "number"] = Field("", description="A factor is `type: number` or has `levels`.")
    unit: Text = ""
    levels: Annotated[dict[str, str], BeforeValidator(_levels), AfterValidator(_distinct), WithJsonSchema(LEVELS)] = {}
    reference: Text = Field("", description="The level that the others are compared with.")
    source: Text = Field("", alias="from", description="The column or endpoint that a group is made from.")
    cut: Annotated[tuple, PlainValidator(_cuts), WithJsonSchema({"type": "array", "items": {"type": "number"}})] = (
        Field((), description="Rising cut points; a value on one belongs to the group above.")
    )
    map: dict[Text, Text] = Field({}, description="Group of each level: {level: group}.")
    help: Text = ""
    per: Annotated[float, PlainValidator(_step), WithJsonSchema({"type": "number", "exclusiveMinimum": 0})] = 1
    date: Text = Field(
        "", description="The column of adsl with the date from which the level holds, if it arises later."
    )
    time: Text = Field(
        "", description="In place of `date`: the column with the time from the start of the course `since`."
    )
    since: Literal["INITIAL", "RECHALLENGE"] = Field(
        "RECHALLENGE", description="The course whose start `time` counts from."
    )
    after_baseline: bool = Field(False, description="true: it arises after the start and no date of it is recorded.")

    @model_validator(mode="after")
    def _one_clock(self):
        if self.date and self.time:
            raise wrong("`date` and `time` both say when it arises", "Give one of the two.")
        return self

    @property
    def arises_later(self) -> bool:
        """Whether it is declared as something that is not known at the start."""
        return bool(self.date or self.time or self.after_baseline)


class Criterion(Entry):
    """One eligibility criterion: subjects stay whose `column` is in `levels`, within the limits, or present."""

    label: Text = Field(description="A criterion needs `label` and `column`.")
    column: Text = Field(description="A criterion needs `label` and `column`.")
    levels: TextOrList = Field((), alias="in", description="Write it as [A, B].")
    low: Number | None = Field(None, alias="min")
    high: Number | None = Field(None, alias="max")
    present: bool = False
    source: Text = ""

    @model_validator(mode="after")
    def _says_something(self):
        if not (self.levels or self.present or self.low is not None or self.high is not None):
            raise wrong("the criterion says nothing", "Add `in`, `min`, `max` or `present: true`.")
        return self


@dataclass(frozen=True)
class Grouping:
    """How a factor is made from another column or endpoint: `cut` points (left-closed) or a `map` of levels."""

    source: str
    cut: tuple = ()
    map: Mapping[str, str] = field(default_factory=dict)


class _Factors(Entry):
    factors: dict[str, Factor] = {}


class _Eligibility(Entry):
    eligibility: list[Criterion] = []


def read_factors(declared, fault) -> tuple[dict[str, Column], dict[str, Grouping]]:
    """The dictionary's factors, overridden and extended by the cohort's; and the groupings by factor name.

    declared : `factors` as written. fault(path, rule, action, value) takes every fault found.
    """
    declared = {str(name): entry for name, entry in declared.items()}
    return make_factors(read_model(_Factors, {"factors": declared}, fault).factors, fault)


def make_factors(entries: Mapping[str, Factor], fault) -> tuple[dict[str, Column], dict[str, Grouping]]:
    """As read_factors, of entries that are good each by itself."""
    factors = {name: c for name, c in load_dictionary()["adsl"].columns.items() if c.factor}
    for name, entry in entries.items():
        _check_name(name, entry, fault)
        factors[name] = _column(name, entry, factors.get(name), fault)
    made = {name: entry for name, entry in entries.items() if entry.source}
    for name, entry in made.items():
        _check_grouping(name, entry, factors, made, fault)
        source = factors.get(entry.source)
        if source is not None and source.after_baseline:  # a group arises when what it is made from does
            inherited = {key: getattr(source, key) for key in LATER}
            factors[name] = replace(factors[name], after_baseline=True, **inherited)
    for name, entry in entries.items():
        _check_moment(name, entry, factors, fault)
    order = []
    for name in factors:  # a grouping stands behind its source
        if name not in made or made[name].source not in factors:
            order += [name, *(g for g, entry in made.items() if entry.source == name)]
    groupings = {name: Grouping(entry.source, entry.cut, entry.map) for name, entry in made.items()}
    return {name: factors[name] for name in dict.fromkeys(order)}, groupings


def _check_name(name, entry, fault):
    dictionary, path = load_dictionary(), ("factors", name)
    taken = {c for table in dictionary.values() for c in table.columns} | {"UNIT", "EVENT"}
    factor = name in dictionary["adsl"].columns and dictionary["adsl"].columns[name].factor
    if not NAME.fullmatch(name):
        fault(path, "not usable as a column name", "Use up to 40 letters, digits and underscores.", name)
    elif name in taken and not factor and name != "SITEID":
        fault(path, "a column of the dictionary that is no factor", "Give the factor another name.", name)
    elif factor and entry.source:
        action = f"Give the group a name of its own, such as {name}GR1."
        fault(path, "a column of the dictionary cannot be a group", action, name)


def _check_moment(name, entry, factors, fault):
    """Find a `date` or `time` that is no usable name of a column, or the column of something else."""
    columns = load_dictionary()["adsl"].columns
    for key in ("date", "time"):
        column, kind = getattr(entry, key), "date" if key == "date" else "number"
        if not column:
            continue
        other = columns.get(column) or factors.get(column)
        if not NAME.fullmatch(column):
            fault(
                ("factors", name, key),
                "not usable as a column name",
                "Use up to 40 letters, digits and underscores.",
                column,
            )
        elif column == name or (other is not None and other.type != kind):
            fault(
                ("factors", name, key),
                f"the column of something else, not a column of {kind}s",
                "Name the column that says when it arises.",
                column,
            )


def _column(name, entry, base, fault) -> Column:
    """The factor as a column of adsl: what the entry leaves out is as in the dictionary."""
    given, path = entry.model_fields_set, ("factors", name)
    levels = entry.levels if "levels" in given else base.levels if base and entry.type != "number" else {}
    kind = entry.type or ("coded" if levels else "number")
    if kind == "coded" and not levels:
        fault(path, "a factor is `type: number` or has `levels`", "Add the levels in order.", kind)
    reference = entry.reference or next(iter(levels), "")
    if levels and reference not in levels:
        fault((*path, "reference"), "not one of the levels", did_you_mean(reference, levels), reference)
    inherited = {key: getattr(base, key) for key in ("label", "unit", "per", "step_said") if base}
    said = {key: getattr(entry, key) for key in ("label", "unit", "per") if key in given}
    said |= {"step_said": True} if "per" in given else {}
    if entry.arises_later:
        said |= {key: getattr(entry, key) for key in LATER} | {"after_baseline": True}
    return Column(
        name=name,
        table="adsl",
        type=kind,
        levels=levels,
        reference=reference,
        help=entry.help,
        factor=True,
        **{"label": name} | inherited | said,
    )


def _check_grouping(name, entry, factors, made, fault):
    path, source, levels = ("factors", name), entry.source, factors[name].levels
    known = [*(f for f in factors if f not in made), *load_dictionary()["adtte"].columns["PARAMCD"].levels]
    if source not in known:
        rule = "not a column or endpoint that a group can be made from"
        fault((*path, "from"), rule, did_you_mean(source, known), source)
        return
    if bool(entry.cut) == bool(entry.map):
        fault(path, "`from` needs either `cut: [...]` or `map: {...}`", "Give one of the two.")
        return
    coded = factors[source].levels if source in factors else {}
    if entry.cut and coded:
        fault((*path, "cut"), f"{source} has levels, not numbers", "Use `map: {level: group}`.", list(entry.cut))
    elif entry.cut and len(levels) != len(entry.cut) + 1:
        rule = "cut points must rise and give one level more than cuts"
        fault((*path, "cut"), rule, "Mend cut or levels.", list(entry.cut))
    for level, target in entry.map.items():
        if target not in levels:
            fault((*path, "map"), "maps to an unknown level", did_you_mean(target, levels), target)
        if level not in coded:
            fault((*path, "map"), f"not a level of {source}", did_you_mean(level, coded), level)


def read_eligibility(declared, factors, fault) -> tuple[Criterion, ...]:
    """The eligibility criteria in order; fault(path, rule, action, value) takes every fault found.

    declared : `eligibility` as written; factors : as read_factors gives them.
    """
    criteria = tuple(read_model(_Eligibility, {"eligibility": declared}, fault).eligibility)
    check_eligibility(criteria, factors, fault)
    return criteria


def check_eligibility(criteria, factors, fault):
    """Find criteria on unknown columns, unknown levels, and limits of a column that holds no numbers."""
    columns: dict[str, Any] = dict(load_dictionary()["adsl"].columns) | factors
    for i, criterion in enumerate(criteria):
        path, name = ("eligibility", str(i)), criterion.column
        if name not in columns:
            fault((*path, "column"), "unknown column", did_you_mean(name, columns), name)
            continue
        for key, limit in (("min", criterion.low), ("max", criterion.high)):
            if limit is not None and columns[name].type not in ("number", "integer"):
                fault((*path, key), "expected a number, for a column of numbers", "Mend this entry.", limit)
        for level in criterion.levels:
            if level not in columns[name].levels:
                fault((*path, "in"), f"not a level of {name}", did_you_mean(level, columns[name].levels), level)
