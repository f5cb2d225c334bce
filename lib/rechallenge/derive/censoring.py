"""Progression-free survival under every choice of censoring that a reviewer may ask for.

Sources: FDA, Clinical trial endpoints for the approval of cancer drugs and biologics, its example tables for the
analysis of PFS (2007: appendix 3; revised 2018); EMA/CHMP/27994/2008/Rev.1 of 13 December 2012.
"""

from dataclasses import dataclass

import pandas as pd

from papercheck.files.findings import NotAvailable

from ..cohort.cohort import Cohort
from .endpoints import assessed, derive_endpoints
from .timeline import derive_timeline

FDA = "FDA, example tables for the analysis of PFS"
DAYS_OF_A_WEEK = 7


@dataclass(frozen=True)
class Choice:
    """A choice of censoring. assessed : it needs dated assessments;
    planned : it needs the planned time between them.
    """

    code: str
    text: str
    citation: str
    assessed: bool = False
    planned: bool = False


CHOICES = (
    Choice(
        "last follow-up",
        "Events whenever they came; without one, censored at the last contact",
        "EMA/CHMP/27994/2008/Rev.1",
    ),
    Choice("last assessment", "Without an event, censored at the last evaluable assessment", FDA, True),
    Choice("next therapy", "Censored at the last assessment before the next therapy", FDA, True),
    Choice(
        "two missed visits", "An event after two missed assessments: censored at the last one before", FDA, True, True
    ),
    Choice("therapy as event", "The next therapy counts as an event", FDA),
)


def derive_censorings(cohort: Cohort, endpoint="PFSR", unit="cohort", visit_weeks=0.0) -> pd.DataFrame:
    """The rows of an endpoint (see derive_endpoints) under each choice, one below the other, with CHOICE.

    visit_weeks : planned weeks between assessments; 0 where they are not declared, and two missed visits are then left
    out. A choice whose facts the cohort lacks is left out too. Rows given as durations stay as they are under each.
    Raises NotAvailable where no row of the endpoint comes from dates.
    """
    base = derive_endpoints(cohort, [endpoint], unit).rows
    if not cohort.dated or base["ADT"].isna().all():
        raise NotAvailable(
            "needs dates of courses and outcomes: durations that are given hold their censoring already."
        )
    seen = assessed(cohort, cohort.meta.endpoint(endpoint))
    at_last = derive_endpoints(cohort, [endpoint], unit, "last assessment").rows if len(seen) else None
    parts = []
    for choice in CHOICES:
        if (choice.assessed and at_last is None) or (choice.planned and not visit_weeks):
            continue
        rows = at_last if choice.assessed else base
        parts.append(_chosen(cohort, endpoint, choice.code, rows, seen, visit_weeks).assign(CHOICE=choice.code))
    return pd.concat(parts, ignore_index=True)


def _chosen(cohort, endpoint, code, rows, seen, visit_weeks) -> pd.DataFrame:
    """The rows as one choice has them: its end, flag and reason where it says something else."""
    calendar = cohort.calendar
    course = derive_timeline(cohort).course(cohort.meta.endpoint(endpoint)["start"])
    following = rows["USUBJID"].map(course["NEXTDT"]).where(rows["ADT"].notna())
    if code == "therapy as event":
        return _ended(rows, following <= rows["ADT"], (following, 0), "Next therapy", calendar)
    if code == "next therapy":
        own = seen[seen["COURSE"] == cohort.meta.endpoint(endpoint)["start"]]
        before = last_before(rows, own, following, strict=False)
        return _ended(rows, following < rows["ADT"], (before, 1), "Next therapy: last assessment before it", calendar)
    if code == "two missed visits":
        before = last_before(rows, seen, rows["ADT"], strict=True)
        apart = (rows["ADT"] - before).dt.days > 2 * DAYS_OF_A_WEEK * visit_weeks
        return _ended(
            rows, apart & (rows["CNSR"] == 0), (before, 1), "Two missed assessments: last one before", calendar
        )
    return rows


def last_before(rows, seen, limit, strict) -> pd.Series:
    """The last assessment of each row's subject before a day (`strict`) or up to it; the start where there is none."""
    dates = rows[["USUBJID"]].assign(LIMIT=limit, ROW=rows.index).merge(seen[["USUBJID", "ADT"]], on="USUBJID")
    fits = dates["ADT"] < dates["LIMIT"] if strict else dates["ADT"] <= dates["LIMIT"]
    last = dates[fits].groupby("ROW")["ADT"].max().reindex(rows.index)
    return pd.to_datetime(last).fillna(pd.to_datetime(rows["STARTDT"]))


def _ended(rows, where, ending, reason, calendar) -> pd.DataFrame:
    """The rows with another end where it holds; AVAL counts the first day (ADT - STARTDT + 1, ADaM)."""
    dates, cnsr = ending
    where = where.fillna(False).astype(bool)
    if not where.any():
        return rows
    end = rows["ADT"].where(~where, dates)
    length = (pd.to_datetime(end) - pd.to_datetime(rows["STARTDT"])).dt.days + 1.0
    return rows.assign(
        ADT=end,
        CNSR=rows["CNSR"].where(~where, cnsr),
        EVNTDESC=rows["EVNTDESC"].where(~where, reason),
        AVAL=rows["AVAL"].where(~where, calendar.convert(length, "days", rows["UNIT"].iloc[0])),
    )
