"""Methods and Results paragraphs in past tense, from the results of a report and the rules in methods.yml."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np

from papercheck.files.yamlfile import load_rules
from papercheck.vocabulary.kinds import LANGUAGES, NO_PERSONS

from ..results import Result
from ..show.labels import factor_contrast, group_label
from ..text.language import speaking, words
from ..text.words import (
    INTERVAL_NAMES,
    decimals_for,
    interval,
    listed,
    number,
    p_sentence,
    percent,
    plural,
    plural_of,
    rounded,
)
from .reconstructed import headline_sentences, reconstructed_sentence

FREE = "{} of what is a free choice of the reconstruction, not repeated here, can be found in the tables."
PRINTED = "What the paper prints"  # the topic of its headlines
OWN_GROUPS = ("PARAMCD", "APHASE")  # whose levels are labelled without being factors


@cache
def rules() -> dict:
    """What methods.yml holds."""
    return load_rules(Path(__file__).with_name("methods.yml"))


class Value:
    """A statistic that a template prints: d, n, %, p, t (a time) or .2 decimals; all through words.py."""

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


def paragraphs(results: Iterable[Result], facts: dict, cohort=None) -> list[tuple[str, str, str]]:
    """(part, topic, text) of the Methods and the Results, in
    English. results : of the report; cohort : None for a study.
    """
    with speaking(LANGUAGES[0]):
        return _said(results, facts, cohort)


def _said(results, facts, cohort) -> list[tuple[str, str, str]]:
    results, parameters = list(results), {name: p["value"] for name, p in facts["parameters"].items()}
    said = [("Methods", block["topic"], _methods(block, results, parameters, facts)) for block in rules()["methods"]]
    said.append(("Methods", "Software", software(facts)))
    said.append(("Methods", "Privacy", privacy(facts)))
    said.append(("Results", PRINTED, headline_sentences(facts.get("name", ""))))
    said += [
        ("Results", block["topic"], _paragraph(block, results, parameters, facts, cohort))
        for block in rules()["results"]
    ]
    return [p for p in said if p[2]]


def _methods(block, results, parameters, facts) -> str:
    shown = parameters | {"interval": INTERVAL_NAMES.get(parameters.get("interval"), "")}
    return " ".join(
        s["text"].format_map(shown)
        for s in block["sentences"]
        if s.get("changed", "") in ("", *facts["changed"]) and any(fits(s["when"], r, parameters) for r in results)
    )


def _paragraph(block, results, parameters, facts, cohort) -> str:
    people, said, free = NO_PERSONS.get(facts["kind"], "patients"), [], 0
    for sentence in block["sentences"]:
        if "when" not in sentence:
            said.append(sentence["text"].format(n=facts["n"], people=people) if cohort is not None else "")
            continue
        found = [r for r in results if _can_say(sentence, r, parameters)]
        free += sum(r.free for r in found)
        said += [_sentence(sentence, r, cohort) for r in found if not r.free]
    if free:
        said.append(FREE.format(plural(free, "further result")))
    return " ".join(filter(None, dict.fromkeys(said)))


def software(facts: dict) -> str:
    """Versions of what ran, and the parameters that differ from their defaults."""
    libraries = listed(f"{name} {version}" for name, version in facts["versions"].items())
    changed = listed(f"{name} = {value}" for name, value in facts["changed"].items())
    kept = f"Parameters other than the defaults: {changed}." if changed else "Every parameter was at its default."
    return f"The analysis was run with {libraries}. {kept}"


def privacy(facts: dict) -> str:
    """The profile of the report, in the words that the report itself has for it."""
    if not facts.get("profile"):
        return ""
    told = facts["protected"] or facts["profile"] != "shared"
    texts = words(LANGUAGES[0], "report")["profiles"]
    return texts[facts["profile"]].format(facts["smallest"]) if told else texts["nobody"]


def fits(when: dict, result: Result, parameters: dict) -> bool:
    """Whether the ids of a result are those that a rule asks for."""
    for name, wanted in when.items():
        refused = isinstance(wanted, dict)
        wanted = wanted["not"] if refused else wanted
        allowed = [_named(v, parameters) for v in (wanted if isinstance(wanted, list) else [wanted])]
        if (str(getattr(result, name)) in allowed) == refused:
            return False
    return True


def _named(text, parameters) -> str:
    """A value of a rule, the names of parameters in it replaced by what they are."""
    return re.sub(r"\{(\w+)\}", lambda m: str(parameters.get(m[1], "")), str(text))


def _can_say(sentence, result, parameters) -> bool:
    if not set(sentence["needs"]) <= set(result.values) or not fits(sentence["when"], result, parameters):
        return False
    above = sentence.get("above")
    return not np.isnan(result[sentence["needs"][0]]) and (above is None or result[above] > 0)


def _sentence(sentence, result, cohort) -> str:
    values = {s: Value(v, result.units.get(s, "")) for s, v in result.values.items()}
    holes = _words(result, values, cohort) | values
    if "reconstructed" in sentence and cohort is not None and cohort.meta.kind == "pseudo":
        return reconstructed_sentence(sentence["reconstructed"], result, cohort, holes)
    endless = "endless" in sentence and np.isinf(result[sentence["needs"][0]])
    return sentence["endless" if endless else "text"].format_map(holes)


def _words(result, values, cohort) -> dict:
    """What a template may name beside the statistics."""
    words = {
        "variable": _label(result.variable),
        "reference": result.reference,
        "by": _factor(result.by, cohort),
        "level": _level(result, cohort),
        "method": _label(result.method),
        "model": _label(result.model),
        "name": _endpoint(result, cohort),
        "at": "" if result.at is None else plural_of(result.at, "month"),
        "unit": result.unit,
        "contrast": _contrast(result, cohort),
    }
    if {"ci_low", "ci_high"} <= set(values):
        words["ci"] = Limits(values["ci_low"], values["ci_high"])
    return words


def _label(name) -> str:
    return rules()["labels"].get(name, INTERVAL_NAMES.get(name, name))


def _factor(name, cohort) -> str:
    return cohort.factor(name).label if cohort is not None and name in cohort.factors else _label(name)


def _level(result, cohort) -> str:
    known = cohort is not None and (result.by in cohort.factors or result.by in OWN_GROUPS)
    return group_label(cohort, result.by, result.level) if known and result.level else result.level


def _endpoint(result, cohort) -> str:
    """'PFSR from 3 months on'."""
    name = (
        group_label(cohort, "PARAMCD", result.endpoint) if cohort is not None and result.endpoint else result.endpoint
    )
    return f"{name} from {plural_of(result.landmark, 'month')} on" if result.landmark else name


def _contrast(result, cohort) -> str:
    """'ECOG performance status: 2 against 0-1' of a factor of a model."""
    if cohort is None or result.variable not in cohort.factors:
        return _label(result.variable)
    return factor_contrast(cohort, result.variable, result.level, result.reference)
