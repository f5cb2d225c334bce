"""Courses of therapy: who had which, and when."""

import pandas as pd

from ..intake.findings import NotAvailable
from .units import days_in

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


def derive_lanes(endpoints) -> pd.DataFrame:
    """One bar a subject and course for the swimmer plot, on a clock whose zero is the start of rechallenge.

    endpoints : PFS1 and PFSR rows of derive_endpoints (AVAL in the reporting unit).
    Returns USUBJID, APHASE, start, end, CNSR, gap (True where the time between the courses is not recorded).
    Only subjects with a PFSR row have a lane.
    """
    if "PFSR" not in set(endpoints["PARAMCD"]):
        raise NotAvailable("needs the duration of rechallenge (PFSR) of each patient.")
    unit_days = days_in(endpoints["UNIT"].iloc[0])
    rows = endpoints.pivot(index="USUBJID", columns="PARAMCD", values=["AVAL", "CNSR", "STARTDT"])
    rows = rows[rows[("AVAL", "PFSR")].notna()]
    lanes = []
    for subject, row in rows.iterrows():
        lanes.append((subject, "RECHALLENGE", 0.0, float(row[("AVAL", "PFSR")]), int(row[("CNSR", "PFSR")]), False))
        if ("AVAL", "PFS1") not in row or pd.isna(row[("AVAL", "PFS1")]):
            continue
        first, length = row[("STARTDT", "PFS1")], float(row[("AVAL", "PFS1")])
        zero = row[("STARTDT", "PFSR")]
        dated = pd.notna(first) and pd.notna(zero)
        start = -(zero - first).days / unit_days if dated else -length
        lanes.append((subject, "INITIAL", start, start + length, int(row[("CNSR", "PFS1")]), not dated))
    return pd.DataFrame(lanes, columns=["USUBJID", "APHASE", "start", "end", "CNSR", "gap"])
