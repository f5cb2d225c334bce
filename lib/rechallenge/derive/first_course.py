"""The first ICI course of each subject, as the definitions of
resistance ask for it: one row a subject, durations in days.
"""

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from papercheck.files.memory import last
from papercheck.vocabulary.first_course import WITHIN

from ..cohort.cohort import Cohort
from .causes import stated_causes
from .endpoints import derive_endpoints
from .exposure import counted, course_starts, interim_without_date
from .response import derive_best_response
from .timeline import derive_timeline

_DUST = 6  # decimals of a day: 84 / 30.4375 months are 84 days again


def derive_first_course(cohort: Cohort) -> pd.DataFrame:
    """What is known of the first ICI course: one row a subject of adsl.

    RESPONSE (RECIST code, or missing where unknown or not evaluable); STARTDT, LASTDT, PDDT (dates, where they exist);
    PROGRESSED (progression recorded before death and before the next course); TO_PD first dose to progression; TREATED
    first to last dose, no longer than to progression; AFTER_LAST last dose to progression (0 or below: on treatment),
    AFTER_MAX its stated upper bound; ICI_FREE last dose to rechallenge; TFI last dose to the next course of any kind;
    AGAIN progression on rechallenge; CONFIRM days from first progression to the scan that confirms it (0: none did);
    REGIMEN. All durations in days; missing where unknown.
    """
    return _first_course(cohort).copy(deep=False)  # a column that is set stays yours


@last(lambda cohort: cohort)
def _first_course(cohort) -> pd.DataFrame:
    frame = pd.DataFrame({"USUBJID": cohort.table("adsl")["USUBJID"]})
    frame["RESPONSE"] = _response(cohort, frame["USUBJID"])
    frame = frame.join(_progression(cohort, frame["USUBJID"])).join(_doses(cohort, frame["USUBJID"]))
    ended = (frame["LASTDT"] - frame["STARTDT"]).dt.days
    unknown = frame["LASTDT"].isna()
    if cohort.meta.first_course.get("treated"):
        frame["ONGOING"] |= unknown
    treated = ended.where(~(ended > frame["TO_PD"]), frame["TO_PD"])
    frame["TREATED"] = treated.mask(unknown & frame["ONGOING"], frame["TO_PD"])
    frame["AFTER_LAST"] = (frame["TO_PD"] - ended).mask(unknown & frame["ONGOING"] & frame["PROGRESSED"], 0.0)
    frame["AFTER_MAX"] = frame["AFTER_LAST"].fillna(stated_limit(cohort))
    subjects = frame["USUBJID"]
    again = pd.to_datetime(subjects.map(course_starts(cohort, "RECHALLENGE")))
    frame["ICI_FREE"] = (again - frame["LASTDT"]).dt.days
    frame["TFI"] = (frame["NEXTDT"] - frame["LASTDT"]).dt.days.clip(lower=0)
    frame.loc[frame["USUBJID"].isin(interim_without_date(cohort)), "TFI"] = np.nan
    frame["AGAIN"] = _again(cohort, subjects)
    frame["CONFIRM"] = _confirmed_after(cohort, frame)
    frame["REGIMEN"] = cohort.meta.first_course.get("regimen")
    return frame.drop(columns=["ONGOING", "NEXTDT"])


def _response(cohort, subjects):
    """Best response to the first course; one that is not evaluable counts as unknown."""
    if "adrs" not in cohort.tables:
        return pd.Series(None, index=subjects.index, dtype=object)
    best = derive_best_response(cohort)
    best = best[(best["APHASE"] == "INITIAL") & (best["AVALC"] != "NE")]
    return subjects.map(best.set_index("USUBJID")["AVALC"].astype(object))


def _rows(cohort, code) -> pd.DataFrame | None:
    """The rows of an endpoint by subject, in days; None for a cohort without it."""
    try:
        return derive_endpoints(cohort, [code], "days").rows.set_index("USUBJID")
    except NotAvailable:
        return None


def _events(cohort, code, rows) -> pd.Series:
    """Which rows are progression: an event that is not recorded as death alone."""
    return (rows["CNSR"] == 0) & (stated_causes(cohort, code, rows) != "DEATH")


def _progression(cohort, subjects) -> pd.DataFrame:
    """PROGRESSED, TO_PD, PDDT, STARTDT. Dates count from the first dose as day 0, unlike AVAL of ADaM."""
    rows = _rows(cohort, "PFS1")
    frame = pd.DataFrame({"PROGRESSED": False, "TO_PD": np.nan}, index=subjects.index)
    frame["PDDT"] = frame["STARTDT"] = pd.Series(pd.NaT, index=subjects.index, dtype="datetime64[ns]")
    if rows is not None:
        start, end = pd.to_datetime(rows["STARTDT"]), pd.to_datetime(rows["ADT"])
        days = (end - start).dt.days.where(start.notna() & end.notna(), rows["AVAL"].round(_DUST)).astype(float)
        seen = _events(cohort, "PFS1", rows)
        frame["PROGRESSED"] = subjects.map(seen).eq(True)
        frame["TO_PD"] = subjects.map(days.where(seen))
        frame["PDDT"] = pd.to_datetime(subjects.map(end.where(seen)))
        frame["STARTDT"] = pd.to_datetime(subjects.map(start))
    if cohort.dated:
        frame["STARTDT"] = frame["STARTDT"].fillna(pd.to_datetime(subjects.map(course_starts(cohort, "INITIAL"))))
    return frame


def _doses(cohort, subjects) -> pd.DataFrame:
    """LASTDT, ONGOING and NEXTDT of the first course, as of the timeline."""
    course = derive_timeline(cohort).course("INITIAL")
    frame = pd.DataFrame({"ONGOING": subjects.map(course["ONGOING"]).eq(True)})
    for column in ("LASTDT", "NEXTDT"):
        frame[column] = pd.to_datetime(subjects.map(course[column]))
    return frame


def stated_limit(cohort) -> float:
    """Longest time from last dose to progression that cohort.yml states, in days; NaN without one."""
    found = WITHIN.fullmatch(cohort.meta.first_course.get("pd_after_last_dose", ""))
    return float(found.group(1)) * cohort.calendar.days(found.group(2)) if found else np.nan


def _again(cohort, subjects):
    """1 progression on rechallenge, 0 none so far or not given again, missing where there is no record."""
    rows = _rows(cohort, "PFSR")
    again = (
        subjects.map(_events(cohort, "PFSR", rows).astype(float))
        if rows is not None
        else pd.Series(np.nan, index=subjects.index)
    )
    never = cohort.dated & ~subjects.isin(course_starts(cohort, "RECHALLENGE").index)
    return again.mask(again.isna() & never, 0.0)


def _confirmed_after(cohort, frame):
    """Days from the first progression to the last scan that shows
    it again, with none between that does not; 0 without one.
    """
    adrs = cohort.tables.get("adrs")
    days = pd.Series(np.nan, index=frame.index)
    if adrs is None or "ADT" not in adrs or frame["PDDT"].isna().all():
        return days
    scans = derive_timeline(cohort).assessments
    scans = scans[(scans["COURSE"] == "INITIAL") & counted(cohort, scans["ADT"])]
    first = scans["USUBJID"].map(frame.set_index("USUBJID")["PDDT"])
    scans = scans.assign(FIRST=first)[scans["ADT"] >= first]
    broken = scans[~scans["AVALC"].isin(["PD", "NE"])].groupby("USUBJID")["ADT"].min()
    again = scans[(scans["AVALC"] == "PD") & ~(scans["ADT"] > scans["USUBJID"].map(broken))]
    length = (again["ADT"] - again["FIRST"]).dt.days.groupby(again["USUBJID"]).max()
    seen = frame["USUBJID"].isin(scans["USUBJID"])
    return frame["USUBJID"].map(length).where(seen).fillna(days.mask(seen, 0.0))
