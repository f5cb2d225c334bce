"""Factors, groupings and eligibility criteria that cohort.yml declares, read and checked."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..files.findings import did_you_mean
from .dictionary import Column, load_dictionary

FACTOR_KEYS = ("label", "type", "unit", "levels", "reference", "from", "cut", "map", "help", "per")
CRITERION_KEYS = ("label", "column", "in", "min", "max", "present", "source")
NAME = re.compile(r"\w{1,40}")
LONGEST_LABEL = 120


@dataclass(frozen=True)
class Criterion:
    """One eligibility criterion: subjects stay whose `column` is in `levels`, within the limits, or present."""

    label: str
    column: str
    levels: tuple = ()
    low: float | None = None
    high: float | None = None
    source: str = ""


@dataclass(frozen=True)
class Grouping:
    """How a factor is made from another column or endpoint: `cut` points (left-closed) or a `map` of levels."""

    source: str
    cut: tuple = ()
    map: Mapping[str, str] = field(default_factory=dict)


def read_factors(declared, fault) -> tuple[dict[str, Column], dict[str, Grouping]]:
    """The dictionary's factors, overridden and extended by the cohort's; and the groupings by factor name.

    fault(path, rule, action, value) takes every fault found.
    """
    factors = {name: c for name, c in load_dictionary()["adsl"].columns.items() if c.factor}
    entries = {str(name): entry for name, entry in declared.items()}
    sources = {}
    for name, entry in entries.items():
        path = ("factors", name)
        if not isinstance(entry, dict):
            fault(path, "expected label, levels ...", "See the examples in a cohort.yml of `rechallenge new`.", entry)
            continue
        _check_name(name, entry, path, fault)
        factors[name] = _factor(name, entry, factors.get(name), path, fault)
        if "from" in entry:
            sources[name] = entry
    groupings = {n: _grouping(n, e, factors, sources, ("factors", n), fault) for n, e in sources.items()}
    order = []
    for name in factors:  # a grouping stands behind its source
        if name not in groupings or groupings[name].source not in factors:
            order += [name, *(g for g, spec in groupings.items() if spec.source == name)]
    return {name: factors[name] for name in dict.fromkeys(order)}, groupings


def _check_name(name, entry, path, fault):
    dictionary = load_dictionary()
    taken = {c for table in dictionary.values() for c in table.columns} | {"UNIT", "EVENT"}
    factor = name in dictionary["adsl"].columns and dictionary["adsl"].columns[name].factor
    if not NAME.fullmatch(name):
        fault(path, "not usable as a column name", "Use up to 40 letters, digits and underscores.", name)
    elif name in taken and not factor and name != "SITEID":
        fault(path, "a column of the dictionary that is no factor", "Give the factor another name.", name)
    elif factor and "from" in entry:
        fault(
            path,
            "a column of the dictionary cannot be a group",
            f"Give the group a name of its own, such as {name}GR1.",
            name,
        )
    for key in entry:
        if key not in FACTOR_KEYS:
            fault(path + (str(key),), "unknown key", did_you_mean(key, FACTOR_KEYS), key)


def _factor(name, entry, base, path, fault) -> Column:
    kind = entry.get("type")
    levels = entry.get("levels", base.levels if base and kind != "number" else {})
    if isinstance(levels, list):
        if len({str(x) for x in levels}) < len(levels):
            fault(path + ("levels",), "a level stands twice", "Keep one of the two.", levels)
        levels = {str(x): str(x) for x in levels}
    if not isinstance(levels, dict) or any(isinstance(v, dict | list) or v is None for v in levels.values()):
        fault(path + ("levels",), "expected a list or `code: label` lines", "Mend this entry.", levels)
        levels = {}
    levels = {str(k): str(v) for k, v in levels.items()}
    words = [code.lower() for code in levels] + [v.lower() for k, v in levels.items() if v.lower() != k.lower()]
    if len(set(words)) < len(words):
        fault(
            path + ("levels",),
            "two levels differ only in case, or share a word",
            "Codes and labels must differ.",
            list(levels),
        )
    kind = str(kind or ("coded" if levels else "number"))
    if kind not in ("coded", "number") or (kind == "coded" and not levels):
        fault(path, "a factor is `type: number` or has `levels`", "Add the levels in order.", kind)
    label = entry.get("label", base.label if base else name)
    if not isinstance(label, str) or len(label) > LONGEST_LABEL:
        fault(path + ("label",), f"expected a text of up to {LONGEST_LABEL} characters", "Mend the label.", label)
    reference = str(entry.get("reference", next(iter(levels), "")))
    if levels and reference not in levels:
        fault(path + ("reference",), "not one of the levels", did_you_mean(reference, levels), reference)
    per = entry.get("per", base.per if base else 1)
    if not _is_number(per) or per <= 0:
        fault(path + ("per",), "expected a number above 0", "It is the step of the hazard ratio, such as 10.", per)
        per = 1
    return Column(
        name=name, table="adsl", label=str(label), type=kind, unit=str(entry.get("unit", base.unit if base else "")),
        levels=levels, reference=reference, help=str(entry.get("help", "")), factor=True, per=per,
    )  # fmt: skip


def _is_number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9 and math.isfinite(value)


def _grouping(name, entry, factors, sources, path, fault) -> Grouping:
    cut, mapping, source = entry.get("cut", []), entry.get("map", {}), str(entry["from"])
    levels = factors[name].levels
    columns, endpoints = load_dictionary()["adsl"].columns, load_dictionary()["adtte"].columns["PARAMCD"].levels
    known = [*(f for f in factors if f not in sources), *endpoints]
    if source not in known:
        fault(
            path + ("from",),
            "not a column or endpoint that a group can be made from",
            did_you_mean(source, known),
            source,
        )
        return Grouping(source)
    if not isinstance(cut, list) or not isinstance(mapping, dict) or bool(cut) == bool(mapping):
        fault(path, "`from` needs either `cut: [...]` or `map: {...}`", "Give one of the two.")
        return Grouping(source)
    coded = factors[source].levels if source in factors else columns[source].levels if source in columns else {}
    if cut and coded:
        fault(path + ("cut",), f"{source} has levels, not numbers", "Use `map: {level: group}`.", cut)
    elif cut and (not all(map(_is_number, cut)) or cut != sorted(set(cut)) or len(levels) != len(cut) + 1):
        fault(path + ("cut",), "cut points must rise and give one level more than cuts", "Mend cut or levels.", cut)
    for key, target in mapping.items():
        if str(target) not in levels:
            fault(path + ("map",), "maps to an unknown level", did_you_mean(target, levels), target)
        if str(key) not in coded:
            fault(path + ("map",), f"not a level of {source}", did_you_mean(key, coded), key)
    return Grouping(source, tuple(cut), {str(k): str(v) for k, v in mapping.items()})


def read_eligibility(declared, factors, fault) -> tuple[Criterion, ...]:
    """The eligibility criteria in order; fault(path, rule, action, value) takes every fault found."""
    columns = dict(load_dictionary()["adsl"].columns) | factors
    criteria = []
    for i, entry in enumerate(declared):
        path = ("eligibility", str(i))
        if not isinstance(entry, dict) or not entry.get("label") or "column" not in entry:
            fault(path, "a criterion needs `label` and `column`", "Add them.", entry)
            continue
        for key in entry:
            if key not in CRITERION_KEYS:
                fault(path + (str(key),), "unknown key", did_you_mean(key, CRITERION_KEYS), key)
        name, levels = str(entry["column"]), entry.get("in", [])
        if name not in columns:
            fault(path + ("column",), "unknown column", did_you_mean(name, columns), name)
            continue
        numeric = columns[name].type in ("number", "integer")
        for key in ("min", "max"):
            if key in entry and (not numeric or not _is_number(entry[key])):
                fault(path + (key,), "expected a number, for a column of numbers", "Mend this entry.", entry[key])
        if not isinstance(levels, list):
            fault(path + ("in",), "expected a list of levels", "Write it as [A, B].", levels)
            levels = []
        for level in levels:
            if str(level) not in columns[name].levels:
                fault(path + ("in",), f"not a level of {name}", did_you_mean(level, columns[name].levels), level)
        if not (levels or "min" in entry or "max" in entry or entry.get("present") is True):
            fault(path, "the criterion says nothing", "Add `in`, `min`, `max` or `present: true`.")
        criteria.append(
            Criterion(
                str(entry["label"]),
                name,
                tuple(str(x) for x in levels),
                entry.get("min"),
                entry.get("max"),
                str(entry.get("source", "")),
            )
        )
    return tuple(criteria)
