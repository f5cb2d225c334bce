"""Courses of therapy: who had which, and when."""

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable

from .outcome import Outcome

PHASES = ("INITIAL", "RECHALLENGE")


def course_subjects(cohort, phase) -> list[str]:
    """Subjects who had the course: those with a counted start, or every subject where no start of it is recorded."""
    adex = cohort.tables.get("adex")
    if adex is None or not (adex["APHASE"] == phase).any():
        return list(cohort.table("adsl")["USUBJID"])
    started = adex[(adex["APHASE"] == phase) & counted(cohort, adex["ASTDT"])]
    return list(dict.fromkeys(started["USUBJID"]))


def course_starts(cohort, phase) -> pd.Series:
    """First dose of the course by subject; empty where courses are not dated."""
    if not cohort.dated:
        return pd.Series(dtype="datetime64[ns]")
    adex = cohort.table("adex")
    rows = adex[(adex["APHASE"] == phase) & counted(cohort, adex["ASTDT"])]
    return rows.groupby("USUBJID")["ASTDT"].min()


def counted(cohort, dates) -> pd.Series:
    """Which dates are on or before the data cut-off; later ones do not count."""
    cutoff = cohort.meta.data_cutoff
    return dates.notna() if cutoff is None else dates <= pd.Timestamp(cutoff)


def derive_lanes(outcome: Outcome) -> pd.DataFrame:
    """One bar a subject and course for the swimmer plot, on a clock whose zero is the start of rechallenge.

    outcome : PFS1 and PFSR.
    Returns USUBJID, APHASE, start, end, CNSR, gap (True where the time between the courses is not recorded).
    Only subjects with a PFSR row have a lane.
    """
    endpoints = outcome.rows
    if "PFSR" not in set(endpoints["PARAMCD"]):
        raise NotAvailable("needs the duration of rechallenge (PFSR) of each patient.")
    unit_days = outcome.cohort.calendar.days(outcome.unit)
    rows = endpoints.pivot(index="USUBJID", columns="PARAMCD", values=["AVAL", "CNSR", "STARTDT"])
    again = rows[rows[("AVAL", "PFSR")].notna()]
    lanes = _lanes(again, "PFSR", 0.0, False)
    if ("AVAL", "PFS1") not in rows:
        return lanes
    rows = again[again[("AVAL", "PFS1")].notna()]
    between = (pd.to_datetime(rows[("STARTDT", "PFSR")]) - pd.to_datetime(rows[("STARTDT", "PFS1")])).dt.days
    length = rows[("AVAL", "PFS1")].astype(float).to_numpy()
    start = np.where(between.notna(), -between.to_numpy() / unit_days, -length)
    first = _lanes(rows, "PFS1", start, between.isna().to_numpy())
    lanes = pd.concat([lanes, first]).sort_values("USUBJID", kind="stable", ignore_index=True)
    return lanes  # rechallenge before the first course of each subject


def _lanes(rows, endpoint, start, gap) -> pd.DataFrame:
    """The bars of one course; rows : one a subject, by value and endpoint."""
    length = rows[("AVAL", endpoint)].astype(float).to_numpy()
    censored = rows[("CNSR", endpoint)].astype(int).to_numpy()
    course = "RECHALLENGE" if endpoint == "PFSR" else "INITIAL"
    bars = {
        "USUBJID": rows.index,
        "APHASE": course,
        "start": start,
        "end": start + length,
        "CNSR": censored,
        "gap": gap,
    }
    return pd.DataFrame(bars)


def interim_without_date(cohort) -> list:
    """Patients who were treated between the first course and rechallenge (INTERIM) on days that are not recorded: when
    their next therapy began is not known."""
    adsl = cohort.table("adsl")
    if "INTERIM" not in adsl or not cohort.dated:
        return []
    adex = cohort.table("adex")
    treated = adsl.loc[adsl["INTERIM"].astype(str) == "Y", "USUBJID"]
    dated = adex.loc[(adex["APHASE"].astype(str) == "INTERIM") & adex["ASTDT"].notna(), "USUBJID"]
    return [*treated[~treated.isin(dated)]]
