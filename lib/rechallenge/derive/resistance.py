"""Resistance to the first ICI course under each published definition: the rules of resistance.yml, applied.

A condition is true, false or unknown of a subject; a class is given where it follows whatever the unknown facts are.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from papercheck.files.findings import NOT_PRINTED, NotAvailable, did_you_mean, request_error
from papercheck.files.memory import last
from papercheck.files.yamlfile import load_rules
from papercheck.vocabulary.units import USUAL, Calendar

from ..cohort.cohort import Cohort
from ..text.bundle import data_bundle
from ..text.language import language, say
from ..text.words import plural
from .first_course import derive_first_course, stated_limit

CLASSES = {
    "primary": "Primary resistance",
    "acquired": "Acquired resistance",
    "not classified": "Not classified",
    "not evaluable": "Not evaluable",
}
GIVEN = "GIVEN"  # the class that the study itself gave
OTHERWISE = "otherwise"
AHEAD = "progressed_again"  # the fact that lies after the first course, and is an outcome of rechallenge
NO_PROGRESSION = "no progression on the first course is recorded"
_LIMIT = re.compile(r"(<=|>=|<|>)\s*(\d+(?:\.\d+)?)\s*(days|weeks|months)")
_SPOKEN = {"<": "less than", "<=": "at most", ">": "more than", ">=": "at least"}


@cache
def resistance_rules() -> dict:
    """resistance.yml: `facts` and `definitions`."""
    return load_rules(Path(__file__).with_name("resistance.yml"))


FIRST = {"BOR_INITIAL", "PFS1"}  # without a date
FEW = 3  # definitions up to which each is told with all of its columns
NEEDS = (
    "needs the first ICI course of each patient: the best response (BOR_INITIAL) and the time to progression (PFS1 with"
    " PFS1_EVENT, or ASTDT_INITIAL, AENDT_INITIAL and PDDT_INITIAL), or the class that the study gave (RESIST), in the"
    " table adsl. Groups of these alone, such as CR/PR or up to 6 months, settle no definition."
)


def definition_rule(cohort, code) -> dict:
    """One definition by its code; GIVEN is made from what the cohort says of itself."""
    if code != GIVEN:
        return resistance_rules()["definitions"][code]
    return {
        "label": "As given by the study",
        "scope": "this cohort",
        "citation": cohort.meta.source,
        "reading": "The class that the study gave each patient (RESIST).",
    }


def is_timing(cohort, code) -> bool:
    """Whether a definition divides by the time on or off treatment alone, and so is none of resistance."""
    return definition_rule(cohort, code).get("about") == "timing"


def outside_scope(cohort, code) -> str:
    """What a definition is written for, where this cohort is known to be something else; '' otherwise."""
    made_for = definition_rule(cohort, code).get("made_for", "")
    regimen = cohort.meta.first_course.get("regimen", made_for)
    return made_for if made_for not in ("monotherapy", "combination") or regimen != made_for else ""


def chosen_definitions(cohort, names=()) -> list[str]:
    """Codes as asked, else every definition; GIVEN leads where the cohort records a class. Raises CohortError for an
    unknown code."""
    known = [*([GIVEN] if gives_class(cohort) else []), *resistance_rules()["definitions"]]
    for name in names:
        if name not in known:
            raise request_error(f"no definition of resistance {name}", did_you_mean(name, known), name)
    return list(dict.fromkeys(names)) or known


def gives_class(cohort) -> bool:
    """Whether the cohort records a class of resistance."""
    adsl = cohort.table("adsl")
    return "RESIST" in adsl and bool(adsl["RESIST"].notna().any())


@dataclass(frozen=True, eq=False)
class Resistance:
    """The classes of the subjects of a cohort under several definitions; rows : of derive_resistance."""

    cohort: Cohort
    rows: pd.DataFrame

    @property
    def definitions(self) -> list[str]:
        """The codes of the definitions, in their order."""
        return [str(code) for code in self.rows["DEFINITION"].cat.categories]

    def of(self, definition: str) -> pd.DataFrame:
        """The rows of one definition."""
        return self.rows[self.rows["DEFINITION"] == definition]

    def _repr_mimebundle_(self, include=None, exclude=None):
        patients, definitions = (
            plural(self.rows["USUBJID"].nunique(), "patient"),
            plural(len(self.definitions), "definition"),
        )
        return data_bundle(self.rows, say("{patients}, {definitions}", patients=patients, definitions=definitions))


def classify(cohort: Cohort, definitions=(), confirmed=False) -> Resistance:
    """The class of every subject under every definition (see derive_resistance), with the cohort."""
    return Resistance(cohort, derive_resistance(cohort, definitions, confirmed))


@last(lambda cohort, definitions=(), confirmed=False: (cohort, tuple(definitions), confirmed, language()))
def derive_resistance(cohort: Cohort, definitions=(), confirmed=False) -> pd.DataFrame:
    """The class of every subject under every definition: one row a subject and definition, none left out.

    definitions : codes of resistance.yml, or GIVEN (empty: all). confirmed : ask for the second scan where a
    definition does.
    Returns USUBJID and, as categoricals, DEFINITION, LABEL, RESCLASS (one of CLASSES) and RULE (the clause that
    decided, or
    why none did, in the language of the run); AHEAD says whether the clause that decided looks at progression on
    rechallenge, which is an outcome too. All subjects of one definition stand after those of another. A definition that
    cannot class some subjects as the cohort holds a fact of nobody is not evaluable for all: the few whom the other
    facts settle would be a selection. Raises NotAvailable if neither the first course nor a class is on record,
    CohortError for an unknown definition.
    """
    codes = chosen_definitions(cohort, definitions)
    course = derive_first_course(cohort)
    if not gives_class(cohort) and not course["PROGRESSED"].any() and course["RESPONSE"].isna().all():
        raise NotAvailable(_no_first_course(cohort, codes))
    facts, n = _facts(course, cohort.calendar), len(course)
    labels, classes, rules, ahead = [], [], [], []
    for code in codes:
        rule = definition_rule(cohort, code)
        if code == GIVEN:
            found = _given(cohort)
        elif "unusable" in rule:
            found = "not evaluable", say(rule["unusable"]), False
        else:
            found = _classify(rule, facts, course["PROGRESSED"].to_numpy(bool), confirmed)
        labels.append(rule["label"])
        for kept, values in zip((classes, rules), found[:2], strict=True):
            kept.append(pd.factorize(np.broadcast_to(np.asarray(values, object), n)))
        ahead.append(np.broadcast_to(found[2], n))
    return pd.DataFrame({
        "USUBJID": np.tile(course["USUBJID"].to_numpy(), len(codes)),
        "DEFINITION": _levels([(np.zeros(n, int), [code]) for code in codes], codes),
        "LABEL": _levels([(np.zeros(n, int), [label]) for label in labels], list(dict.fromkeys(labels))),
        "RESCLASS": _levels(classes, list(CLASSES)),
        "RULE": _levels(rules, sorted({text for _, texts in rules for text in texts})),
        "AHEAD": np.concatenate(ahead),
    })  # fmt: skip


def _levels(parts, levels) -> pd.Categorical:
    """Parts (codes into their own values, values), one after the other, as an ordered categorical; a byte or two a
    row."""
    places = [np.array([levels.index(v) for v in values], np.min_scalar_type(-len(levels) - 1)) for _, values in parts]
    codes = np.concatenate([place[own] for place, (own, _) in zip(places, parts, strict=True)])
    return pd.Categorical.from_codes(codes, levels, ordered=True)


def _no_first_course(cohort, codes) -> str:
    """Why no definition can be applied; what a reconstruction lacks no column of its user's can bring."""
    if cohort.meta.reconstructed:
        named = say("the first ICI course of each patient, or the class that the study gave")
        return say("needs {named}: {why}.", named=named, why=say(NOT_PRINTED))
    return f"{say(NEEDS)} {_asked(codes)}"


def _asked(codes) -> str:
    """Which columns the definitions ask for: those that ask for the same stand together, and those that ask for dates
    of the courses too are told in one."""
    rules, together, others = resistance_rules(), {}, set()
    for code in codes:
        rule = rules["definitions"].get(code, {"unusable": ""})
        if "unusable" not in rule:
            sides = [rule[side] for side in ("primary", "acquired", "excluded") if isinstance(rule.get(side), list)]
            facts = {fact for clauses in sides for clause in clauses for fact in clause}
            columns = {c for f in facts for c in rules["facts"][f]["columns"]} | {"PFS1"}
            if len(codes) > FEW and not columns <= FIRST:
                others |= columns - FIRST
            else:
                together.setdefault(", ".join(sorted(columns)), []).append(rule["label"])
    each = (
        say("{definitions}: {columns}", definitions=" / ".join(map(say, who)), columns=columns)
        for columns, who in together.items()
    )
    said = say("Columns asked for by {each}.", each=say("; by ").join(each))
    more = say("The other definitions ask for some of these too: {columns}.", columns=", ".join(sorted(others)))
    return f"{said} {more}" if others else said


def _given(cohort):
    """The recorded classes; another level than primary and acquired is not classified."""
    given = cohort.table("adsl")["RESIST"].astype(object)
    classes = given.map({"PRIMARY": "primary", "ACQUIRED": "acquired"}).fillna("not classified")
    classes = classes.mask(given.isna(), "not evaluable")
    levels = cohort.meta.factors["RESIST"].levels
    said = given.map(lambda code: str(say("recorded as {level}", level=levels.get(code, code))), na_action="ignore")
    return classes.to_numpy(), said.fillna(str(say("no class is recorded"))).to_numpy(), False


@dataclass(frozen=True)
class _Facts:
    """What is known of the subjects: lowest and highest possible value of each duration or flag, codes of the others.

    absent : facts that no subject with progression has; calendar : of the cohort.
    """

    spans: dict
    codes: dict
    absent: frozenset
    calendar: Calendar = USUAL


def _facts(course, calendar=USUAL) -> _Facts:
    columns = {
        "to_progression": "TO_PD",
        "treated": "TREATED",
        "free_interval": "ICI_FREE",
        "confirmed": "CONFIRM",
        "progressed_again": "AGAIN",
    }
    spans = {fact: (course[column].to_numpy(float),) * 2 for fact, column in columns.items()}
    bounded = course["AFTER_LAST"].isna() & course["AFTER_MAX"].notna()
    spans["after_last_dose"] = (
        course["AFTER_LAST"].mask(bounded, -np.inf).to_numpy(float),
        course["AFTER_MAX"].to_numpy(float),
    )
    codes = {"response": course["RESPONSE"], "regimen": course["REGIMEN"]}
    known = {f: np.isfinite(low) for f, (low, _) in spans.items()} | {f: c.notna() for f, c in codes.items()}
    progressed = course["PROGRESSED"].to_numpy(bool)
    absent = frozenset(f for f, k in known.items() if not (np.asarray(k) & progressed).any())
    return _Facts(spans, codes, absent, calendar)


def read_limit(text, calendar=USUAL) -> tuple[str, float, str]:
    """'>=6 months' as (operator, days, words). Raises ValueError for anything else."""
    found = _LIMIT.fullmatch(text)
    if not found:
        raise ValueError(f"not a limit of time: {text}")
    sign, number, unit = found.groups()
    return sign, float(number) * calendar.days(unit), f"{_SPOKEN[sign]} {number} {unit}"


def _holds(fact, limit, facts) -> tuple[np.ndarray, np.ndarray]:
    """Of which subjects a condition is true, and of which it is false; of the others it is unknown."""
    if fact in facts.codes:
        codes = facts.codes[fact]
        among = codes.isin(limit if isinstance(limit, list) else [limit]).to_numpy(bool)
        return among, codes.notna().to_numpy(bool) & ~among
    low, high = facts.spans[fact]
    if fact == "progressed_again":
        return low == 1, low == 0
    sign, days, _ = read_limit(limit, facts.calendar)
    return {
        "<": (high < days, low >= days), "<=": (high <= days, low > days),
        ">": (low > days, high <= days), ">=": (low >= days, high < days),
    }[sign]  # fmt: skip


def settled_class(cohort: Cohort, code: str) -> str:
    """The class that a definition gives to every patient by what the study states of all of them, whatever single
    values a reconstruction chose: progression within a time of the last dose, the response that eligibility asks for,
    the regimen. '' where these leave it open."""
    return _settled(cohort).get(code, "")


@last(lambda cohort: cohort)
def _settled(cohort) -> dict[str, str]:
    """{definition: settled_class} of the definitions that are no class of the study itself."""
    if "pd_after_last_dose" not in cohort.meta.first_course:
        return {}
    asked = [c.levels for c in cohort.meta.eligibility if c.column == "BOR_INITIAL" and c.levels]
    responses = [*asked[0]] if asked else [None]
    stated = {
        "RESPONSE": pd.Series(responses, dtype=object),
        "REGIMEN": cohort.meta.first_course.get("regimen"),
        "AFTER_MAX": stated_limit(cohort),
    }
    open_ = dict.fromkeys(("TO_PD", "TREATED", "ICI_FREE", "CONFIRM", "AGAIN", "AFTER_LAST"), np.nan)
    course = pd.DataFrame(stated | open_ | {"PROGRESSED": True})
    facts, progressed, settled = _facts(course, cohort.calendar), course["PROGRESSED"].to_numpy(bool), {}
    for code in resistance_rules()["definitions"]:
        rule = definition_rule(cohort, code)
        classes = set() if "unusable" in rule else set(_classify(rule, facts, progressed, False)[0])
        if len(classes) == 1 and classes <= {"primary", "acquired"}:
            settled[code] = str(classes.pop())
    return settled


@dataclass(frozen=True)
class _Side:
    """One class of a definition over n subjects: of whom it is true and false, the clause that makes it true, and which
    facts leave it open, {fact: (n,)}; ahead : of whom the clause looks at progression on rechallenge."""

    true: np.ndarray
    false: np.ndarray
    text: np.ndarray
    lacking: dict
    ahead: np.ndarray


def _side(clauses, facts, n) -> _Side:
    """A class is true if one of its clauses is, and false if all are."""
    true, false, text, lacking = np.zeros(n, bool), np.ones(n, bool), np.full(n, "", object), {}
    ahead = np.zeros(n, bool)
    for clause in clauses:
        conditions = {fact: _holds(fact, limit, facts) for fact, limit in clause.items()}
        holds = np.logical_and.reduce([yes for yes, _ in conditions.values()])
        fails = np.logical_or.reduce([no for _, no in conditions.values()])
        text[holds & ~true], ahead[holds & ~true] = clause_text(clause), AHEAD in clause
        for fact, (yes, no) in conditions.items():
            lacking[fact] = lacking.get(fact, False) | ~(yes | no | fails)
        true, false = true | holds, false & fails
    return _Side(true, false, text, lacking, ahead)


def _otherwise(others, n) -> _Side:
    """The class of everybody whom no other class takes."""
    true = np.logical_and.reduce([o.false for o in others])
    false = np.logical_or.reduce([o.true for o in others])
    return _Side(true, false, np.full(n, say("no rule of the other class holds"), object), {}, np.zeros(n, bool))


def _classify(rule, facts, progressed, confirmed) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Class of every subject under one definition, what decided it, and whether that looks ahead."""
    n = len(progressed)
    scan = {"confirmed": f">={rule['confirm']} weeks"} if confirmed and "confirm" in rule else {}
    listed = {side: rule[side] for side in ("primary", "acquired", "excluded") if isinstance(rule.get(side), list)}
    sides = {
        side: _side([clause | (scan if side != "excluded" else {}) for clause in clauses], facts, n)
        for side, clauses in listed.items()
    }
    named = [sides[side] for side in ("primary", "acquired") if side in sides]
    sides |= {side: _otherwise(named, n) for side in ("primary", "excluded") if rule.get(side) == OTHERWISE}
    classes, rules, ahead = np.full(n, "not evaluable", object), np.full(n, "", object), np.zeros(n, bool)
    none = np.logical_and.reduce([side.false for name, side in sides.items() if name != "excluded"])
    classes[none], rules[none] = "not classified", say("no rule of the definition holds")
    if "excluded" in sides:
        out = none & sides["excluded"].true
        rules[out] = [say("left out by the source: {rule}", rule=text) for text in sides["excluded"].text[out]]
    for name in ("primary", "acquired"):
        if name in sides:
            mine = sides[name].true
            classes[mine], rules[mine], ahead[mine] = name, sides[name].text[mine], sides[name].ahead[mine]
    classes[~progressed], rules[~progressed] = "not evaluable", say(NO_PROGRESSION)
    _explain_open(classes, rules, named, facts.absent, progressed)
    return classes, rules, ahead & np.isin(classes.astype(str), ("primary", "acquired"))


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
        classes[:], rules[:] = "not evaluable", say("needs {columns}", columns=_needed(nobody))
        return
    for combination in np.unique(lacking[undecided], axis=0):
        these = undecided & (lacking == combination).all(axis=1)
        missing = [fact for fact, is_missing in zip(names, combination, strict=True) if is_missing]
        rules[these] = say("not known of this patient: {columns}", columns=_needed(missing))


def _needed(facts) -> str:
    """The columns for these facts, each once."""
    columns = (c for fact in facts for c in resistance_rules()["facts"][fact]["columns"])
    return say(", ").join(say(c) for c in dict.fromkeys(columns))


def clause_text(clause) -> str:
    """A clause in words: 'best response CR or PR and progression at most 6 months after the last dose'."""
    facts = resistance_rules()["facts"]
    said = [say(facts[fact]["phrase"], rule=_limit_text(limit)) for fact, limit in clause.items()]
    return str(_joined("{clause} and {next}", said))


def _joined(template, texts) -> str:
    """Texts joined two by two by a template of {clause} and {next}."""
    whole, *rest = texts
    for text in rest:
        whole = say(template, clause=whole, next=text)
    return whole


def _limit_text(limit) -> str:
    if isinstance(limit, list):  # non-CR/non-PD goes with SD
        shown = [code for code in limit if code != "NON-CR/NON-PD"]
        if len(shown) < 2:
            return "".join(shown)
        return say("{first} or {last}", first=say(", ").join(shown[:-1]), last=shown[-1])
    if isinstance(limit, str) and limit[0] in "<>":
        sign, number, unit = _LIMIT.fullmatch(limit).groups()
        return say(_SPOKEN[sign] + " {number} {unit}", number=number, unit=unit)
    return say(limit) if isinstance(limit, str) else ""


def definition_text(rule) -> dict[str, str]:
    """The clauses of each class of a definition in words: {primary, acquired, excluded: text}; '' where not defined."""
    found = {}
    for side in ("primary", "acquired", "excluded"):
        clauses = rule.get(side, [])
        if clauses == OTHERWISE:
            found[side] = say("all others")
        else:
            found[side] = _joined("{clause}; or {next}", [clause_text(c) for c in clauses]) if clauses else ""
    return found
