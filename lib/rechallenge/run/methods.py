"""Methods and Results paragraphs in past tense, from the results of a report and the rules in methods.yml."""

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from itertools import groupby
from pathlib import Path

import numpy as np

from papercheck.files.yamlfile import load_rules
from papercheck.vocabulary.kinds import LANGUAGES, NO_PERSONS

from ..derive.resistance import definition_rule
from ..results import Result
from ..show.labels import factor_contrast, group_label
from ..text.language import speaking, words
from ..text.words import INTERVAL_NAMES, capital, listed, plural, plural_of
from .journal import Limits, Value
from .reconstructed import headline_sentences, reconstructed_sentence

FREE = "{} of what is a free choice of the reconstruction, not repeated here, can be found in the tables."
PRINTED = "What the paper prints"  # the topic of its headlines
MOVED = "acquired there, primary here"  # told of the agreement with the definition whose classes are compared
COMPARED = ("survival.median", "survival.log_rank", "hazard_ratio")  # what may be told of a class of resistance
OWN_GROUPS = ("PARAMCD", "APHASE")  # whose levels are labelled without being factors


@cache
def rules() -> dict:
    """What methods.yml holds."""
    return load_rules(Path(__file__).with_name("methods.yml"))


def paragraphs(results: Iterable[Result], facts: dict, cohort=None) -> list[tuple[str, str, str]]:
    """(part, topic, text) of the Methods and the Results, in English.

    results : of the report; cohort : None for a study. facts may name a `journal`, whose way to write numbers is
    followed.
    """
    with speaking(LANGUAGES[0]):
        return _said(results, facts, cohort)


def _said(results, facts, cohort) -> list[tuple[str, str, str]]:
    results = _adjusted_for_something(_told_once(list(results)))
    parameters = {name: p["value"] for name, p in facts["parameters"].items()}
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
    people, said, free = NO_PERSONS.get(facts["kind"], "patients"), {}, 0
    journal = rules()["journals"][facts.get("journal", "")]
    for i, sentence in enumerate(block["sentences"]):
        if "when" not in sentence:
            said[i] = sentence["text"].format(n=facts["n"], people=people) if cohort is not None else ""
            continue
        found = [r for r in results if _can_say(sentence, r, parameters)]
        free += sum(r.free for r in found)
        for key, together in _groups(i, sentence, [r for r in found if not r.free], cohort).items():
            text = _sentence(sentence, together, cohort, journal)
            if sentence.get("after") and (before := _before(said, key)) is not None:
                said[before] = f"{said[before].removesuffix('.')}; {text}"
            else:
                said[i, *key] = capital(text)
    if cohort is not None and block["topic"] == "Groups":
        said["class"] = _whose_class(results, cohort)
    if free:
        said["free"] = FREE.format(plural(free, "further result"))
    return " ".join(filter(None, dict.fromkeys(said.values())))


def _groups(place, sentence, results, cohort) -> dict:
    """{ids: results that stand in one sentence}; of a reconstruction, where each is told apart, those alone that have
    no sentence together."""
    together = "all" in sentence.get("reconstructed", {}) if _told_apart(sentence, cohort) else "each" in sentence
    if not together:
        return {(place, n): [r] for n, r in enumerate(results)}
    found, before, run = {}, None, 0
    for r in results:
        key = tuple((name, getattr(r, name)) for name in sentence["per"])
        run, before = run + (key != before), key
        found.setdefault((*key, run) if sentence.get("row") else key, []).append(r)
    return found


def _before(said, key):
    """Where the sentence stands that has the same ids."""
    return next((place for place in said if isinstance(place, tuple) and place[1:] == key), None)


def _told_apart(sentence, cohort) -> bool:
    return "reconstructed" in sentence and cohort is not None and cohort.meta.kind == "pseudo"


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


def _sentence(sentence, results, cohort, journal) -> str:
    """The sentence of one result, or of several that share their ids."""
    result, apart = results[0], _told_apart(sentence, cohort)
    holes = _holes(result, cohort, journal)
    if apart:
        return _of_reconstruction(sentence, results, cohort, journal)
    alone = len(results) == 1 and "all" in sentence and not sentence.get("after")
    if "each" not in sentence or alone:
        endless = "alone" if "alone" in sentence else "endless"
        return sentence[endless if _is_endless(sentence, result) else "text"].format_map(holes)
    forms = (_form_of(sentence, r) for r in results)
    each = [sentence[form].format_map(_holes(r, cohort, journal)) for form, r in zip(forms, results, strict=True)]
    each = list(dict.fromkeys(each))  # two sections may show the same test
    told = sentence["between"].join(each) if "between" in sentence else listed(each)
    return sentence.get("all", sentence["text"]).format_map(holes | {"each": told})


def _of_reconstruction(sentence, results, cohort, journal) -> str:
    """The sentence of one result of pseudo-patients, or of several: each says by itself what the paper prints of it."""
    texts, holes = sentence["reconstructed"], _holes(results[0], cohort, journal)
    if len(results) == 1:
        return reconstructed_sentence(texts, results[0], cohort, holes)
    said = [reconstructed_sentence(texts["each"], r, cohort, _holes(r, cohort, journal)) for r in results]
    said = list(dict.fromkeys(said))  # two sections may show the same test
    told = sentence["between"].join(said) if "between" in sentence else listed(said)
    return texts["all"].format_map(holes | {"each": told})


def _told_once(results) -> list[Result]:
    """Without the results by class of resistance that are those of the class which the study gave, told by its name."""
    given = {_numbers(r) for r in results if "RESIST" in (r.by, r.variable)}
    return [r for r in results if "RESCLASS" not in (r.by, r.variable) or _numbers(r) not in given]


def _adjusted_for_something(results) -> list[Result]:
    """The ratio of a joint model that holds one factor alone is called so: it is adjusted for nothing."""
    found = []
    for (joint, *_), run in groupby(results, lambda r: (_joint(r), r.endpoint, r.landmark)):
        together = list(run)
        alone = joint and len({r.variable for r in together}) == 1
        found += [replace(r, model="univariable") for r in together] if alone else together
    return found


def _whose_class(results, cohort) -> str:
    """By which definition the classes of resistance are that the paragraph compares."""
    told = any("RESCLASS" in (r.by, r.variable) and not r.free and r.quantity in COMPARED for r in results)
    beside = [r for r in results if r.quantity == "resistance.agreement" and MOVED in r.values]  # with the chosen one
    codes = {r.reference for r in beside}
    if not told or len(codes) != 1:
        return ""
    return f"The class of resistance is by this definition: {definition_rule(cohort, codes.pop())['label']}."


def _joint(result) -> bool:
    return (result.quantity, result.model) == ("hazard_ratio", "multivariable")


def _numbers(result) -> tuple:
    shown = result.quantity, result.endpoint, result.method, result.model, result.landmark
    return *shown, *(f"{v:.12g}" for v in result.values.values())


def _form_of(sentence, result) -> str:
    """Which text stands for one of several results: what is not reached, and what has no interval, have their own."""
    if _is_endless(sentence, result):
        return "endless"
    open_ = "without" in sentence and np.isnan(result["ci_low"]) and np.isnan(result["ci_high"])
    return "without" if open_ else "each"


def _is_endless(sentence, result) -> bool:
    return "endless" in sentence and bool(np.isinf(result[sentence["needs"][0]]))


def _holes(result, cohort, journal) -> dict:
    values = {s: Value(v, result.units.get(s, ""), journal) for s, v in result.values.items()}
    return _words(result, values, cohort) | values


def _words(result, values, cohort) -> dict:
    """What a template may name beside the statistics."""
    words = {
        "variable": _label(result.variable),
        "reference": _level(result, cohort, result.reference),
        "by": _factor(result.by, cohort),
        "level": _level(result, cohort, result.level),
        "method": _label(result.method),
        "model": _label(result.model),
        "model_first": rules()["models"].get(result.model, result.model),
        "course": rules()["courses"].get(result.level, result.level),
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


def _level(result, cohort, level) -> str:
    known = cohort is not None and (result.by in cohort.factors or result.by in OWN_GROUPS)
    return group_label(cohort, result.by, level) if known and level else level


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
