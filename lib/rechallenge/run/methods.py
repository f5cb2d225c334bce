"""Methods and Results paragraphs in past tense, from the ledger of a report and the rules in methods.yml."""

import re
from functools import cache
from pathlib import Path

import numpy as np

from papercheck.files.yamlfile import load_rules

from ..show.labels import group_label
from ..text.words import (
    FREE_MARK,
    INTERVAL_NAMES,
    decimals_for,
    interval,
    ledger_value,
    listed,
    number,
    p_sentence,
    percent,
    plural,
    rounded,
)
from .collect import LEDGER

FREE = "{} of what is a free choice of the reconstruction, not repeated here, can be found in the tables."
PLACE = ("section", "item", "by", "group", "method")


@cache
def rules() -> dict:
    """What methods.yml holds."""
    return load_rules(Path(__file__).with_name("methods.yml"))


class Value:
    """A number of the ledger that a template prints: d, n, %, p, t (a time) or .2 decimals; all through words.py."""

    def __init__(self, value, unit=""):
        self.value, self.unit = value, unit

    def __format__(self, form):
        if form == "p":
            return p_sentence(self.value)
        if form == "%":
            return percent(self.value)
        if form == "n":
            return number(self.value)
        return rounded(self.value, {"d": 0, "t": decimals_for(self.unit)}.get(form) if form in "dt" else int(form[1:]))


class Limits:
    """Both limits of an interval, printed with the form of a Value."""

    def __init__(self, low, high):
        self.low, self.high = low, high

    def __format__(self, form):
        scale = 100 if form == "%" else 1
        decimals = {"%": 1, "t": decimals_for(self.low.unit)}.get(form) if form in "%t" else int(form[1:])
        text = interval(scale * self.low.value, scale * self.high.value, decimals)
        return f"{text}%" if form == "%" and text[-1].isdigit() else text


def paragraphs(ledger, facts, cohort=None) -> list[tuple[str, str, str]]:
    """(part, topic, text) of the Methods and the Results. ledger : rows as in results.csv; cohort : None for a study."""
    parameters = {name: p["value"] for name, p in facts["parameters"].items()}
    shown = parameters | {"interval": INTERVAL_NAMES.get(parameters.get("interval"), "")}
    found = []
    for block in rules()["methods"]:
        said = [s["text"].format_map(shown) for s in block["sentences"] if _holds(s, ledger, parameters, facts)]
        found.append(("Methods", block["topic"], " ".join(said)))
    found.append(("Methods", "Software", software(facts)))
    places, people = _places(ledger), "pseudo-patients" if facts["kind"] == "pseudo" else "patients"
    for block in rules()["results"]:
        said, free = [], 0
        for sentence in block["sentences"]:
            if "when" not in sentence:
                said.append(sentence["text"].format(n=facts["n"], people=people) if cohort is not None else "")
                continue
            lines, left = _results(sentence, places, parameters, cohort)
            said, free = said + lines, free + left
        if free:
            said.append(FREE.format(plural(free, "further result")))
        found.append(("Results", block["topic"], " ".join(filter(None, dict.fromkeys(said)))))
    return [p for p in found if p[2]]


def software(facts) -> str:
    """Versions of what ran, and the parameters that differ from their defaults."""
    libraries = listed(f"{name} {version}" for name, version in facts["versions"].items())
    changed = listed(f"{name} = {value}" for name, value in facts["changed"].items())
    kept = f"Parameters other than the defaults: {changed}." if changed else "Every parameter was at its default."
    return f"The analysis was run with {libraries}. {kept}"


def _holds(sentence, ledger, parameters, facts) -> bool:
    if sentence.get("changed", "") and sentence["changed"] not in facts["changed"]:
        return False
    return any(_fits(sentence["when"], row, parameters) for row in ledger)


def _fits(when, row, parameters) -> bool:
    """Whether every pattern fits its whole field; the mark of a free choice is no part of a method."""
    return all(
        re.fullmatch(_named(pattern, parameters), str(row.get(field, "")).removesuffix(FREE_MARK))
        for field, pattern in when.items()
    )


def _named(pattern, parameters) -> str:
    return re.sub(r"\{(\w+)\}", lambda m: re.escape(str(parameters.get(m[1], ""))), pattern)


def _places(ledger) -> list[tuple[dict, dict]]:
    """(place, {statistic: Value}) of the ledger, in its order; a second value at one place starts a new one."""
    found, latest = [], {}
    for row in ledger:
        key = tuple(row[name] for name in PLACE)
        value = ledger_value(row["value"])
        if value is None:
            continue
        if key not in latest or row["statistic"] in latest[key][1]:
            latest[key] = ({name: row[name] for name in LEDGER}, {})
            found.append(latest[key])
        latest[key][1][row["statistic"]] = Value(value, row["unit"])
    return found


def _results(sentence, places, parameters, cohort) -> tuple[list[str], int]:
    """A line for each place that the sentence fits, and how many more are a free choice of a reconstruction."""
    lines, free = [], 0
    for place, values in places:
        if not set(sentence["needs"]) <= set(values):
            continue
        main = values[sentence["needs"][0]].value
        fits = any(_fits(sentence["when"], place | {"statistic": s}, parameters) for s in values)
        if not fits or np.isnan(main) or ("above" in sentence and not values[sentence["above"]].value > 0):
            continue
        if place["method"].endswith(FREE_MARK):
            free += 1
            continue
        text = sentence["endless"] if np.isinf(main) and "endless" in sentence else sentence["text"]
        lines.append(text.format_map(_words(place, values, cohort) | values))
    return lines, free


def _words(place, values, cohort) -> dict:
    """What a template may name beside the statistics."""
    said, method = rules()["labels"], place["method"]
    words = {
        "item": _item(place, cohort), "by": _by(place["by"], cohort), "group": _group(place, cohort),
        "method": said.get(method, INTERVAL_NAMES.get(method, method)), "at": place["item"].partition(" at ")[2],
        "unit": next((v.unit for s, v in values.items() if s == "median"), place["unit"]),
    }  # fmt: skip
    words["name"] = words["group"] if place["by"] == "PARAMCD" else place["item"].partition(" at ")[0]
    if {"ci_low", "ci_high"} <= set(values):
        words["ci"] = Limits(values["ci_low"], values["ci_high"])
    return words


def _item(place, cohort) -> str:
    """'ECOG performance status, 2 against 0-1' for ECOG=2; the words of methods.yml; else as it stands."""
    name, equals, level = place["item"].partition("=")
    if cohort is not None and name in cohort.factors:
        factor = cohort.factor(name)
        if equals and level in factor.levels:
            return f"{factor.label}, {factor.levels[level]} against {factor.levels[factor.reference]}"
        return f"{factor.label}, per {factor.per:g} {factor.unit}".rstrip() if factor.per else factor.label
    return rules()["labels"].get(place["item"], place["item"])


def _by(name, cohort) -> str:
    if cohort is not None and name in cohort.factors:
        return cohort.factor(name).label
    return rules()["labels"].get(name, name)


def _group(place, cohort) -> str:
    by, group = place["by"], place["group"]
    known = cohort is not None and (by in cohort.factors or by in ("PARAMCD", "APHASE"))
    return group_label(cohort, by, group) if known and group else group
