"""Resistance to the first ICI course under each published definition: the rules of resistance.yml, applied.

A condition is true, false or unknown of a subject; a class is given where it follows whatever the unknown facts are.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable, did_you_mean, request_error
from papercheck.files.memory import last
from papercheck.files.yamlfile import load_rules
from papercheck.vocabulary.units import days_in

from ..cohort.cohort import Cohort
from .first_course import derive_first_course

CLASSES = {
    "primary": "Primary resistance", "acquired": "Acquired resistance",
    "not classified": "Not classified", "not evaluable": "Not evaluable",
}  # fmt: skip
GIVEN = "GIVEN"  # the class that the study itself gave
OTHERWISE = "otherwise"
NO_PROGRESSION = "no progression on the first course is recorded"
_LIMIT = re.compile(r"(<=|>=|<|>)\s*(\d+(?:\.\d+)?)\s*(days|weeks|months)")
_SPOKEN = {"<": "less than", "<=": "at most", ">": "more than", ">=": "at least"}


@cache
def resistance_rules() -> dict:
    """resistance.yml: `facts` and `definitions`."""
    return load_rules(Path(__file__).with_name("resistance.yml"))


def definition_rule(cohort, code) -> dict:
    """One definition by its code; GIVEN is made from what the cohort says of itself."""
    if code != GIVEN:
        return resistance_rules()["definitions"][code]
    return {"label": "As given by the study", "scope": "this cohort", "citation": cohort.meta.source,
            "reading": "The class that the study gave each patient (RESIST)."}  # fmt: skip


def outside_scope(cohort, code) -> str:
    """What a definition is written for, where this cohort is known to be something else; '' otherwise."""
    made_for = definition_rule(cohort, code).get("made_for", "")
    regimen = cohort.meta.first_course.get("regimen", made_for)
    return made_for if made_for not in ("monotherapy", "combination") or regimen != made_for else ""


def chosen_definitions(cohort, names=()) -> list[str]:
    """Codes as asked, else every definition; GIVEN leads where the cohort records a class. Raises CohortError for an unknown code."""
    known = [*([GIVEN] if gives_class(cohort) else []), *resistance_rules()["definitions"]]
    for name in names:
        if name not in known:
            raise request_error(f"no definition of resistance {name}", did_you_mean(name, known), name)
    return list(dict.fromkeys(names)) or known


def gives_class(cohort) -> bool:
    """Whether the cohort records a class of resistance."""
    adsl = cohort.table("adsl")
    return "RESIST" in adsl and bool(adsl["RESIST"].notna().any())


@last(lambda cohort, definitions=(), confirmed=False: (cohort, tuple(definitions), confirmed))
def derive_resistance(cohort: Cohort, definitions=(), confirmed=False) -> pd.DataFrame:
    """The class of every subject under every definition: one row a subject and definition, none left out.

    definitions : codes of resistance.yml, or GIVEN (empty: all). confirmed : ask for the second scan where a definition does.
    Returns USUBJID and, as categoricals, DEFINITION, LABEL, RESCLASS (one of CLASSES) and RULE (the clause that decided, or
    why none did): all subjects of one definition after those of another. A definition that cannot class some subjects as the cohort
    holds a fact of nobody is not evaluable for all: the few whom the other facts settle would be a selection.
    Raises NotAvailable if neither the first course nor a class is on record, CohortError for an unknown definition.
    """
    codes = chosen_definitions(cohort, definitions)
    course = derive_first_course(cohort)
    if not gives_class(cohort) and not course["PROGRESSED"].any() and course["RESPONSE"].isna().all():
        raise NotAvailable(
            "needs the first ICI course of each patient: the best response (BOR_INITIAL) and the time to progression "
            "(PFS1 with PFS1_EVENT, or ASTDT_INITIAL, AENDT_INITIAL and PDDT_INITIAL), or the class that the study gave "
            f"(RESIST), in the table adsl. Groups of these alone, such as CR/PR or up to 6 months, settle no definition. {_asked(codes)}"
        )
    facts, n = _facts(course), len(course)
    labels, classes, rules = [], [], []
    for code in codes:
        rule = definition_rule(cohort, code)
        if code == GIVEN:
            found = _given(cohort)
        elif "unusable" in rule:
            found = "not evaluable", rule["unusable"]
        else:
            found = _classify(rule, facts, course["PROGRESSED"].to_numpy(bool), confirmed)
        labels.append(rule["label"])
        for kept, values in zip((classes, rules), found, strict=True):
            kept.append(pd.factorize(np.broadcast_to(np.asarray(values, object), n)))
    return pd.DataFrame({
        "USUBJID": np.tile(course["USUBJID"].to_numpy(), len(codes)),
        "DEFINITION": _levels([(np.zeros(n, int), [code]) for code in codes], codes),
        "LABEL": _levels([(np.zeros(n, int), [label]) for label in labels], list(dict.fromkeys(labels))),
        "RESCLASS": _levels(classes, list(CLASSES)),
        "RULE": _levels(rules, sorted({text for _, texts in rules for text in texts})),
    })  # fmt: skip


def _levels(parts, levels) -> pd.Categorical:
    """Parts (codes into their own values, values), one after the other, as an ordered categorical; a byte or two a row."""
    places = [np.array([levels.index(v) for v in values], np.min_scalar_type(-len(levels) - 1)) for _, values in parts]
    codes = np.concatenate([place[own] for place, (own, _) in zip(places, parts, strict=True)])
    return pd.Categorical.from_codes(codes, levels, ordered=True)


def _asked(codes) -> str:
    """Which columns the definitions ask for: those that ask for the same stand together."""
    rules, together = resistance_rules(), {}
    for code in codes:
        rule = rules["definitions"].get(code, {"unusable": ""})
        if "unusable" not in rule:
            sides = [rule[side] for side in ("primary", "acquired", "excluded") if isinstance(rule.get(side), list)]
            facts = {fact for clauses in sides for clause in clauses for fact in clause}
            columns = ", ".join(sorted({c for f in facts for c in rules["facts"][f]["columns"]} | {"PFS1"}))
            together.setdefault(columns, []).append(rule["label"])
    return "Columns asked for by " + "; by ".join(f"{' / '.join(who)}: {what}" for what, who in together.items()) + "."


def _given(cohort):
    """The recorded classes; another level than primary and acquired is not classified."""
    given = cohort.table("adsl")["RESIST"].astype(object)
    classes = given.map({"PRIMARY": "primary", "ACQUIRED": "acquired"}).fillna("not classified")
    classes = classes.mask(given.isna(), "not evaluable")
    labels = given.map(lambda code: cohort.meta.factors["RESIST"].levels.get(code, code), na_action="ignore")
    return classes.to_numpy(), ("recorded as " + labels).fillna("no class is recorded").to_numpy()


@dataclass(frozen=True)
class _Facts:
    """What is known of the subjects: lowest and highest possible value of each duration or flag, codes of the others.

    absent : facts that no subject with progression has.
    """

    spans: dict
    codes: dict
    absent: frozenset


def _facts(course) -> _Facts:
    columns = {"to_progression": "TO_PD", "treated": "TREATED", "free_interval": "ICI_FREE", "confirmed": "CONFIRM",
               "progressed_again": "AGAIN"}  # fmt: skip
    spans = {fact: (course[column].to_numpy(float),) * 2 for fact, column in columns.items()}
    bounded = course["AFTER_LAST"].isna() & course["AFTER_MAX"].notna()
    spans["after_last_dose"] = (
        course["AFTER_LAST"].mask(bounded, -np.inf).to_numpy(float),
        course["AFTER_MAX"].to_numpy(float),
    )
    codes = {"response": course["RESPONSE"], "regimen": course["REGIMEN"]}
    known = {f: np.isfinite(low) for f, (low, _) in spans.items()} | {f: c.notna() for f, c in codes.items()}
    progressed = course["PROGRESSED"].to_numpy(bool)
    return _Facts(spans, codes, frozenset(f for f, k in known.items() if not (np.asarray(k) & progressed).any()))


def read_limit(text) -> tuple[str, float, str]:
    """'>=6 months' as (operator, days, words). Raises ValueError for anything else."""
    found = _LIMIT.fullmatch(text)
    if not found:
        raise ValueError(f"not a limit of time: {text}")
    sign, number, unit = found.groups()
    return sign, float(number) * days_in(unit), f"{_SPOKEN[sign]} {number} {unit}"


def _holds(fact, limit, facts) -> tuple[np.ndarray, np.ndarray]:
    """Of which subjects a condition is true, and of which it is false; of the others it is unknown."""
    if fact in facts.codes:
        codes = facts.codes[fact]
        among = codes.isin(limit if isinstance(limit, list) else [limit]).to_numpy(bool)
        return among, codes.notna().to_numpy(bool) & ~among
    low, high = facts.spans[fact]
    if fact == "progressed_again":
        return low == 1, low == 0
    sign, days, _ = read_limit(limit)
    return {
        "<": (high < days, low >= days), "<=": (high <= days, low > days),
        ">": (low > days, high <= days), ">=": (low >= days, high < days),
    }[sign]  # fmt: skip


@dataclass(frozen=True)
class _Side:
    """One class of a definition over n subjects: of whom it is true and false, the clause that makes it true, and which
    facts leave it open, {fact: (n,)}."""

    true: np.ndarray
    false: np.ndarray
    text: np.ndarray
    lacking: dict


def _side(clauses, facts, n) -> _Side:
    """A class is true if one of its clauses is, and false if all are."""
    true, false, text, lacking = np.zeros(n, bool), np.ones(n, bool), np.full(n, "", object), {}
    for clause in clauses:
        conditions = {fact: _holds(fact, limit, facts) for fact, limit in clause.items()}
        holds = np.logical_and.reduce([yes for yes, _ in conditions.values()])
        fails = np.logical_or.reduce([no for _, no in conditions.values()])
        text[holds & ~true] = clause_text(clause)
        for fact, (yes, no) in conditions.items():
            lacking[fact] = lacking.get(fact, False) | ~(yes | no | fails)
        true, false = true | holds, false & fails
    return _Side(true, false, text, lacking)


def _otherwise(others, n) -> _Side:
    """The class of everybody whom no other class takes."""
    true = np.logical_and.reduce([o.false for o in others])
    false = np.logical_or.reduce([o.true for o in others])
    return _Side(true, false, np.full(n, "no rule of the other class holds", object), {})


def _classify(rule, facts, progressed, confirmed) -> tuple[np.ndarray, np.ndarray]:
    """Class of every subject under one definition, and what decided it."""
    n = len(progressed)
    scan = {"confirmed": f">={rule['confirm']} weeks"} if confirmed and "confirm" in rule else {}
    listed = {side: rule[side] for side in ("primary", "acquired", "excluded") if isinstance(rule.get(side), list)}
    sides = {
        side: _side([clause | (scan if side != "excluded" else {}) for clause in clauses], facts, n)
        for side, clauses in listed.items()
    }
    named = [sides[side] for side in ("primary", "acquired") if side in sides]
    sides |= {side: _otherwise(named, n) for side in ("primary", "excluded") if rule.get(side) == OTHERWISE}
    classes, rules = np.full(n, "not evaluable", object), np.full(n, "", object)
    none = np.logical_and.reduce([side.false for name, side in sides.items() if name != "excluded"])
    classes[none], rules[none] = "not classified", "no rule of the definition holds"
    if "excluded" in sides:
        out = none & sides["excluded"].true
        rules[out] = "left out by the source: " + sides["excluded"].text[out]
    for name in ("primary", "acquired"):
        if name in sides:
            classes[sides[name].true], rules[sides[name].true] = name, sides[name].text[sides[name].true]
    classes[~progressed], rules[~progressed] = "not evaluable", NO_PROGRESSION
    _explain_open(classes, rules, named, facts.absent, progressed)
    return classes, rules


def _explain_open(classes, rules, sides, absent, progressed):
    """Say which facts leave a subject open, in place; one that nobody has leaves every subject open."""
    undecided = (classes == "not evaluable") & progressed
    if not undecided.any():
        return
    names = list(dict.fromkeys(fact for side in sides for fact in side.lacking))
    lacking = np.column_stack(
        [np.logical_or.reduce([s.lacking[fact] for s in sides if fact in s.lacking]) for fact in names]
    )
    nobody = [fact for j, fact in enumerate(names) if fact in absent and lacking[undecided, j].any()]
    if nobody:
        classes[:], rules[:] = "not evaluable", f"needs {_needed(nobody)}"
        return
    for combination in np.unique(lacking[undecided], axis=0):
        these = undecided & (lacking == combination).all(axis=1)
        missing = [fact for fact, is_missing in zip(names, combination, strict=True) if is_missing]
        rules[these] = f"not known of this patient: {_needed(missing)}"


def _needed(facts) -> str:
    """The columns for these facts, each once."""
    return ", ".join(dict.fromkeys(c for fact in facts for c in resistance_rules()["facts"][fact]["columns"]))


def clause_text(clause) -> str:
    """A clause in words: 'best response CR or PR and progression at most 6 months after the last dose'."""
    phrases = resistance_rules()["facts"]
    return " and ".join(phrases[fact]["phrase"].format(rule=_limit_text(limit)) for fact, limit in clause.items())


def _limit_text(limit) -> str:
    if isinstance(limit, list):  # non-CR/non-PD goes with SD
        shown = [code for code in limit if code != "NON-CR/NON-PD"]
        return " or ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
    return read_limit(limit)[2] if isinstance(limit, str) and limit[0] in "<>" else str(limit)


def definition_text(rule) -> dict[str, str]:
    """The clauses of each class of a definition in words: {primary, acquired, excluded: text}; '' where not defined."""
    found = {}
    for side in ("primary", "acquired", "excluded"):
        clauses = rule.get(side, [])
        found[side] = "all others" if clauses == OTHERWISE else "; or ".join(clause_text(c) for c in clauses)
    return found
