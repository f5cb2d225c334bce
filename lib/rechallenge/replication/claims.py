"""What a paper says in words, held against a cohort: each kind of claim by one rule, with the numbers that decide it.

Rules: `independent`, the factor's Wald P in the joint Cox model (Efron) is below 0.05; `difference`, the log-rank P is
below 0.05 and the median is the longer one where the paper says; `no_difference`, every log-rank P is 0.05 or more;
`most_common`, no other term or level has as many patients as one of the named; `fewer`, adverse events of a course have
the smaller share of patients in more terms than they have the larger one. Not shown to differ is not the same as alike:
a rule says what the sentence of the paper rests on, no more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from papercheck.audit.finding import Message
from papercheck.files.findings import NotAvailable
from papercheck.registry.declared import ALPHA, OTHER_COURSE, Claim
from papercheck.registry.registry import Entry, Registry
from smallsurv.cox_tests import cox_tests
from smallsurv.curve import median_survival

from ..derive.adverse_events import ANY
from .study import Study, why_not
from .survival_values import grouped_outcome, log_rank

HELD, NOT_HELD, OPEN = "held", "not held", "not checkable"
STATES = (NOT_HELD, HELD, OPEN)  # in the order in which a reader wants them
NO_PATIENTS, NO_RULE = "no patient-level data of this study", "no rule decides it from the data that are recorded"


@dataclass(frozen=True)
class Measure:
    """One line of the arithmetic: of which factor, term or level,
    and its numbers by name; `named` : the paper names it.
    """

    of: str
    values: Mapping[str, float] = field(default_factory=dict)
    named: bool = True


@dataclass(frozen=True)
class Checked:
    """A claim with its state (one of STATES), the measures that decide it, why it cannot be checked, whether it rests
    on a free choice of a reconstruction, and whether the reconstruction was made to have it."""

    claim: Claim
    state: str
    measures: tuple[Measure, ...] = ()
    why: str = ""
    free: bool = False
    imposed: bool = False


def check_claims(registry: Registry, study: Study | None, imposed=()) -> tuple[Checked, ...]:
    """The claims of a registry on a cohort, in file order. study : None where there are no patients; imposed : places
    (1, 2, ...) of the claims that a reconstruction was made to have (replicate.record.Record)."""
    checked = (_checked(claim, study) for claim in registry.claims)
    return tuple(replace(check, imposed=i in imposed) for i, check in enumerate(checked, 1))


def _checked(claim, study) -> Checked:
    if study is None or claim.kind not in RULES:
        return Checked(claim, OPEN, why=NO_PATIENTS if study is None else NO_RULE)
    try:
        holds, measures = RULES[claim.kind](claim, study)
    except NotAvailable as reason:
        return Checked(claim, OPEN, why=why_not(reason))
    return Checked(claim, HELD if holds else NOT_HELD, tuple(measures), free=_is_free(claim, study))


def _is_free(claim, study) -> bool:
    """Whether a reconstruction chose freely what decides a claim: who carries a factor, or two factors together where
    the paper prints no result of both."""
    if study.cohort.meta.kind != "pseudo":
        return False
    if any(study.cohort.meta.is_free(column) for column in (*claim.by, *claim.beside, *claim.where)):
        return True
    if not claim.beside and not claim.where:
        return False
    return not any(_ties(entry, claim) for entry in study.registry.of("cox", "log_rank"))


def _ties(entry, claim) -> bool:
    """Whether a printed result is of the same factor in the same group, in a model with the same others."""
    others = entry.get("adjusted") or []
    adjusted = {*map(str, others if isinstance(others, list) else [others])}
    return (
        entry.get("by") == claim.by[0]
        and adjusted >= {*claim.beside}
        and {*map(str, entry.get("where") or {})} >= {*claim.where}
    )


def _independent(claim, study):
    (by,) = claim.by[:1]
    rows = grouped_outcome(_entry(claim, by), study, [by, *claim.beside])
    found = cox_tests(rows, by, claim.beside).iloc[0]
    if not np.isfinite(found["p_wald"]):
        raise NotAvailable(Message("the joint model gives no P: {reason}", reason=found["reason"]))
    hr = {"hr": float(found["hr"])} if rows[by].nunique() == 2 else {}
    measure = Measure(by, hr | {"p": float(found["p_wald"]), "n": int(found["n"]), "events": int(found["events"])})
    sided = not (claim.longer and hr) or (hr["hr"] < 1) == (claim.longer != rows[by].cat.categories[0])
    return measure.values["p"] < ALPHA and sided, [measure]


def _difference(claim, study):
    (by,) = claim.by[:1]
    measures = [_tested(claim, by, study)]
    if not claim.longer:
        return measures[0].values["p"] < ALPHA, measures
    rows = grouped_outcome(_entry(claim, by), study, [by]).dropna(subset=[by])
    levels = [level for level in rows[by].cat.categories if (rows[by] == level).any()]
    method = (
        study.registry.cohort.get("paper_interval") or "log-log"
    )  # a flat step at one half is read as the paper does
    medians = {x: float(median_survival(rows[rows[by] == x], method=method)["median"].iloc[0]) for x in levels}
    measures += [Measure(level, {"median": m}, level == claim.longer) for level, m in medians.items()]
    longest = all(medians.get(claim.longer, np.nan) > m for level, m in medians.items() if level != claim.longer)
    return measures[0].values["p"] < ALPHA and longest, measures


def _no_difference(claim, study):
    measures = [_tested(claim, by, study) for by in claim.by]
    return all(m.values["p"] >= ALPHA for m in measures), measures


def _tested(claim, by, study) -> Measure:
    (found,) = log_rank(_entry(claim, by), study)
    if not np.isfinite(found.value):
        raise NotAvailable(Message("no log-rank test by {by}", by=by))
    return Measure(by, {"p": found.value})


def _entry(claim, by) -> Entry:
    spec = {"endpoint": claim.endpoint, "by": by, "where": dict(claim.where)}
    return Entry(id="", statistic="log_rank", spec=spec, cells=(), line=0)


def _most_common(claim, study):
    if claim.course:
        counts = _by_term(study, claim.course)
        named = [*dict.fromkeys(map(_folded, claim.terms))]
        n = len(study.course(claim.course))
    else:
        values = study.grouped(claim.by[0]).dropna()
        counts, named, n = {str(k): int(v) for k, v in values.value_counts().items()}, [claim.longer], len(values)
    if not counts:
        raise NotAvailable("no adverse event of the course is recorded")
    counts = dict.fromkeys(named, 0) | counts
    others = {key: count for key, count in counts.items() if key not in named}
    runner = max(sorted(others), key=others.get, default="")
    measures = [Measure(key, {"count": counts[key], "n": n}) for key in named]
    measures += [Measure(runner, {"count": others[runner], "n": n}, False)] if runner else []
    return min(counts[key] for key in named) > others.get(runner, 0), measures


def _fewer(claim, study):
    other = OTHER_COURSE[claim.course]
    here, there = _by_term(study, claim.course), _by_term(study, other)
    sizes = {"n": len(study.course(claim.course)), "n_other": len(study.course(other))}
    asked = {_folded(term) for term in claim.terms} or {*here, *there}
    measures = []
    for term in sorted(asked, key=lambda t: (-there.get(t, 0), t)):
        counts = {"count": here.get(term, 0), "count_other": there.get(term, 0)}
        measures.append(Measure(term, counts | sizes))
    lower, higher = lower_and_higher(measures)
    return lower > higher, measures


def lower_and_higher(measures) -> tuple[int, int]:
    """In how many terms the share of a course is lower, and in how many higher, than that of the other."""
    shares = [(m.values["count"] * m.values["n_other"], m.values["count_other"] * m.values["n"]) for m in measures]
    return sum(a < b for a, b in shares), sum(a > b for a, b in shares)


def _by_term(study, course) -> dict[str, int]:
    """Patients with each adverse event of a course, by its folded term."""
    study.course(course)  # NotAvailable where none is recorded
    rows = study.worst_grades
    rows = rows[(rows["APHASE"] == course) & (rows["AEDECOD"] != ANY.casefold())]
    return rows.groupby(rows["AEDECOD"].astype(str))["USUBJID"].nunique().to_dict()


def _folded(term) -> str:
    return " ".join(str(term).split()).casefold()


RULES = {
    "independent": _independent,
    "difference": _difference,
    "no_difference": _no_difference,
    "most_common": _most_common,
    "fewer": _fewer,
}
