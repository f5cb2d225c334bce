"""Factors that arise after time zero: when each patient changed, who was what at a landmark, and which are not known
then.

Whoever is compared by something that came later must have lived until it came (immortal time).
Sources: Anderson, Cain and Gelber 1983; Suissa 2008.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable, request_error
from papercheck.vocabulary.endpoints import endpoint_rules
from smallsurv.times import no_later

from ..cohort.cohort import Cohort
from ..text.language import say
from .exposure import course_starts
from .outcome import Outcome

COURSE_ORDER = ("INITIAL", "INTERIM", "RECHALLENGE")
WITHOUT_DATE = (
    "{factor} arises after {zero} and carries no date: who lives longer has more time for it, so its groups are not "
    "compared (immortal time)."
)
DATED = (
    "{factor} arises after {zero}: who lives longer has more time for it, so its groups are not compared as if they"
    " were known then (immortal time). A landmark classifies patients by what had happened until then."
)
MADE_LATER = (
    "{factor} is made from what is known only after {zero}: its groups are not compared as if they were known then."
)


@dataclass(frozen=True)
class Onsets:
    """When each row changed from the reference level. time (n,) in the unit of the outcome from time zero, infinite
    where it never did; unknown (n,) bool: whether it did, or when, is not recorded."""

    time: np.ndarray
    unknown: np.ndarray


def told_by_date(meta, adsl) -> Iterator[tuple[str, pd.Categorical]]:
    """(factor, levels) of each factor of two levels that only
    its date or time records: without one it did not happen.
    """
    for factor in meta.factors.values():
        column = factor.date or factor.time
        if column and column in adsl and factor.name not in adsl and len(factor.levels) == 2:
            other = next(level for level in factor.levels if level != factor.reference)
            levels = np.where(adsl[column].notna(), other, factor.reference)
            yield factor.name, pd.Categorical(levels, list(factor.levels), ordered=True)


def known_late(cohort, name, endpoint) -> bool:
    """Whether a factor is made from what happens only after time zero of the endpoint, as far as its declaration
    says."""
    zero = COURSE_ORDER.index(cohort.meta.endpoint(endpoint)["start"])
    groupings = cohort.meta.groupings
    source = groupings[name].source if name in groupings else name
    if source in endpoint_rules():
        return COURSE_ORDER.index(cohort.meta.endpoint(source)["start"]) >= zero
    return source == "INTERIM" and zero == 0


def not_known_at_zero(cohort: Cohort, endpoints: Iterable[str]) -> dict[str, str]:
    """{factor: why} of the factors of a cohort whose groups are not known when these endpoints start to count."""
    found = {}
    for code in endpoints:
        zero = cohort.meta.endpoint(code)["zero"]
        for name in cohort.factors:
            factor = cohort.meta.factors[name]
            shown = {"factor": say(factor.label), "zero": say(zero)}
            if factor.after_baseline:
                found.setdefault(name, say(DATED if factor.date or factor.time else WITHOUT_DATE, **shown))
            elif known_late(cohort, name, code):
                found.setdefault(name, say(MADE_LATER, **shown))
    return found


def dated_factors(cohort: Cohort, names: Iterable[str] = ()) -> list[str]:
    """Factors with levels and a moment: as asked, else all of them. Raises NotAvailable where there is none, and
    CohortError for a factor that the cohort does not have or that is known at the start."""
    names = list(names)
    for name in names:
        factor = cohort.factor(name)
        if not factor.after_baseline:
            action = "Compare it in the section of subgroups, or declare when it arose: `date:` under `factors`."
            raise request_error(f"{name} is known at the start", action, name)
    asked = names or [n for n in cohort.factors if cohort.meta.factors[n].after_baseline]
    kept = [n for n in asked if _moment(cohort, n) and cohort.factor(n).levels]
    if kept:
        return kept
    if asked:
        labels = ", ".join(cohort.factor(n).label for n in asked)
        needs = (
            "needs the date of {factors}: declare the column that holds it as `date:` under `factors` in cohort.yml."
        )
        raise NotAvailable(say(needs, factors=labels))
    needs = (
        "needs a factor that arises later, with its date: `factors: {NAME: {levels: [...], date: COLUMN}}` in"
        " cohort.yml."
    )
    raise NotAvailable(say(needs))


def _moment(cohort, name) -> str:
    """The column that says when a factor arose, where the cohort has one with a value; else ''."""
    factor, adsl = cohort.meta.factors[name], cohort.table("adsl")
    column = factor.date or factor.time
    return column if column in adsl and adsl[column].notna().any() else ""


def onsets(outcome: Outcome, name: str) -> Onsets | None:
    """When each row of an outcome changed; None where the cohort does not tell it on the clock of the endpoints."""
    cohort, rows = outcome.cohort, outcome.rows
    factor, column = cohort.meta.factors[name], _moment(cohort, name)
    if not column:
        return None
    moment = rows["USUBJID"].map(cohort.table("adsl").set_index("USUBJID")[column])
    level = rows[name].astype(object)
    missing = level.isna().to_numpy()
    changed = ~missing & (level != factor.reference).to_numpy() if factor.levels else ~missing
    if factor.date:
        start = starts_of(cohort, rows)
        time = cohort.calendar.convert((moment - start).dt.days + 1.0, "days", outcome.unit)
        placed = start.notna().to_numpy()
    else:
        time = cohort.calendar.convert(moment.astype(float), cohort.meta.time_unit, outcome.unit)
        placed = np.array([cohort.meta.endpoint(code)["start"] == factor.since for code in rows["PARAMCD"]])
    if not placed.any():
        return None
    told = moment.notna().to_numpy()
    unknown = missing | ~placed | (changed != told)
    return Onsets(np.where(changed & told, time.to_numpy(float), np.inf), unknown)


def starts_of(cohort, rows) -> pd.Series:
    """Time zero of each row: as recorded, else the start of the course from which its endpoint counts."""
    start = pd.to_datetime(rows["STARTDT"])
    for code in rows["PARAMCD"].cat.categories:
        own = (rows["PARAMCD"] == code) & start.isna()
        if own.any() and cohort.dated:
            start = start.where(~own, rows["USUBJID"].map(course_starts(cohort, cohort.meta.endpoint(code)["start"])))
    return start


def states_at(outcome: Outcome, time: float) -> dict[str, pd.Series]:
    """{factor: levels} of the dated factors as they were at `time` (unit of the outcome, from time zero): the reference
    until the moment, missing where it is not known; a number is missing until it was measured."""
    found = {}
    for name in outcome.later:
        factor = outcome.cohort.meta.factors[name]
        when = onsets(outcome, name) if factor.after_baseline else None
        if when is None:
            continue
        there, known = no_later(when.time, time), ~when.unknown
        values = outcome.rows[name]
        if not factor.levels:
            found[name] = values.where(there & known)
            continue
        state = np.where(there, values.astype(object), factor.reference)
        found[name] = pd.Series(
            pd.Categorical(np.where(known, state, None), list(factor.levels), ordered=True), index=values.index
        )
    return found
