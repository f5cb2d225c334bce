"""What happened to each patient over time, cut by the timeline: marks, lesions, adverse events by onset, states."""

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from papercheck.vocabulary.units import reporting_unit
from smallsurv.curve import kaplan_meier, observed

from ..cohort.cohort import Cohort
from .adverse_events import derive_events
from .causes import stated_causes
from .contact import last_contact
from .course_times import derive_course_times
from .endpoints import derive_endpoints
from .exposure import PHASES, course_starts
from .outcome import Outcome
from .response import derive_response_dates
from .timeline import BASELINE, COUNTS, derive_timeline

MARKS = ["USUBJID", "time", "kind"]
EVENT, WITHOUT = "Adverse event", "Death without it"


def derive_marks(outcome: Outcome, confirmed=False) -> pd.DataFrame:
    """The marks of a swimmer plot: USUBJID, time (unit of the outcome, zero at the start of rechallenge), kind.

    kind : response (first CR or PR that counts), progression, adverse event (onset), death. Of dated cohorts from the
    timeline, on the clock of derive_lanes (the first day counts); of others the stated cause at the end of rechallenge.
    """
    cohort = outcome.cohort
    if not cohort.dated:
        return _stated_ends(outcome)
    timeline, zero = derive_timeline(cohort), course_starts(cohort, "RECHALLENGE")
    first = derive_response_dates(cohort, confirmed)
    first = first[first["APHASE"].isin(PHASES)]
    courses = timeline.courses[timeline.courses["APHASE"].isin(PHASES)]
    parts = [
        _marked(first, "ADT", "response"),
        _marked(courses, "PDDT", "progression"),
        _marked(timeline.events, "ASTDT", "adverse event"),
        _marked(timeline.subjects, "DTHDT", "death"),
    ]
    marks = pd.concat(parts, ignore_index=True)
    days = (marks["ADT"] - pd.to_datetime(marks["USUBJID"].map(zero))).dt.days
    marks["time"] = cohort.calendar.convert(days + 1.0, "days", outcome.unit)
    return marks.dropna(subset=["time"])[MARKS].reset_index(drop=True)


def _marked(frame, column, kind) -> pd.DataFrame:
    found = frame[["USUBJID", column]].dropna().set_axis(["USUBJID", "ADT"], axis=1)
    return found.astype({"USUBJID": object, "ADT": "datetime64[ns]"}).assign(kind=kind)


def _stated_ends(outcome) -> pd.DataFrame:
    rows = outcome.rows[(outcome.rows["PARAMCD"] == "PFSR") & observed(outcome.rows["CNSR"])]
    if rows.empty:
        return pd.DataFrame(columns=MARKS)
    kinds = stated_causes(outcome.cohort, "PFSR", rows).map({"PROGRESSION": "progression", "DEATH": "death"})
    return rows.assign(time=rows["AVAL"], kind=kinds).dropna(subset=["kind"])[MARKS].reset_index(drop=True)


def derive_lesion_changes(cohort: Cohort, baseline_days=0, unit="cohort") -> pd.DataFrame:
    """Change of the sum of target lesions at each visit: USUBJID, APHASE, time (`unit`, from the first dose), PCHG,
    UNIT.

    Baseline and visits as of derive_best_change, whose value is the lowest of each line. Raises NotAvailable where no
    course has a baseline and a later sum.
    """
    keys, timeline = ["USUBJID", "APHASE"], derive_timeline(cohort)
    needs = "needs dated sums of diameters (SDIAM with ADT in the table adtr), at baseline and later."
    rows = timeline.lesions
    if rows.empty or "SDIAM" not in rows:
        raise NotAvailable(needs)
    rows = rows.drop(columns="APHASE").rename(columns={"COURSE": "APHASE"}).dropna(subset=["SDIAM"])
    starts = timeline.courses.astype({"APHASE": object})[[*keys, "STARTDT"]]
    rows = rows.astype({"APHASE": object}).merge(starts, on=keys).sort_values("ADT", kind="stable")
    days = (rows["ADT"] - rows["STARTDT"]).dt.days
    before = rows[rows["STATUS"] == BASELINE].drop_duplicates(keys, keep="last")
    soon = rows[(days > 0) & (days <= int(baseline_days)) & (rows["STATUS"] == COUNTS)].drop_duplicates(keys)
    base = pd.concat([before, soon]).drop_duplicates(keys).set_index(keys)
    rows = rows.assign(DAYS=days).join(base[["SDIAM", "ADT"]].set_axis(["BASE", "BASEDT"], axis=1), on=keys)
    rows = rows[(rows["STATUS"] == COUNTS) & (rows["ADT"] > rows["BASEDT"]) & (rows["DAYS"] > 0) & (rows["BASE"] > 0)]
    if rows.empty:
        raise NotAvailable(needs)
    target = reporting_unit(cohort, unit)
    change = 100 * (rows["SDIAM"] - rows["BASE"]) / rows["BASE"]
    rows = rows.assign(
        time=cohort.calendar.convert(rows["DAYS"].astype(float), "days", target), PCHG=change, UNIT=target
    )
    return rows[[*keys, "time", "PCHG", "UNIT"]].sort_values([*keys, "time"], ignore_index=True)


def derive_event_times(cohort: Cohort, unit="cohort", grade=1) -> pd.DataFrame:
    """Time to the first adverse event of at least `grade` by its onset: USUBJID, APHASE, AVAL (`unit`), UNIT, CNSR,
    CAUSE.

    One row a subject and ICI course whose events are recorded with an onset. Death without it competes; the next course
    and the last contact censor. A subject whose only such event has no onset on record is left out. Raises NotAvailable
    without onsets.
    """
    adae = derive_events(cohort)
    if "ASTDT" not in adae or adae["ASTDT"].isna().all() or not cohort.dated:
        raise NotAvailable("needs the onset of adverse events (ASTDT in the table adae) and the dates of the courses.")
    if grade > 1:
        adae = adae[adae["ATOXGR"] >= grade] if "ATOXGR" in adae else adae.iloc[:0]
    target, timeline, parts = reporting_unit(cohort, unit), derive_timeline(cohort), []
    death = timeline.subjects.set_index("USUBJID")["DTHDT"]
    for phase in (p for p in PHASES if (derive_events(cohort)["APHASE"] == p).any()):
        course = timeline.course(phase)[["STARTDT", "NEXTDT"]].reset_index()
        mine = adae[adae["APHASE"] == phase]
        onset = course["USUBJID"].map(mine.groupby("USUBJID")["ASTDT"].min())
        unknown = course["USUBJID"].isin(mine["USUBJID"]) & onset.isna()
        early = onset < course["STARTDT"]
        died, seen = course["USUBJID"].map(death), last_contact(cohort, course["USUBJID"])[0]
        stop = pd.concat([course["NEXTDT"], died, seen], axis=1).min(axis=1)
        event = onset.notna() & ~(onset > stop)
        lost = ~event & died.notna() & (died <= stop)
        end = onset.where(event, stop)
        aval = (end - course["STARTDT"]).dt.days.astype(float) + 1
        cause = pd.Series(np.select([event, lost], [EVENT, WITHOUT], ""), index=course.index).replace("", None)
        frame = pd.DataFrame({"USUBJID": course["USUBJID"], "APHASE": phase, "AVAL": aval, "CAUSE": cause})
        parts.append(frame[~unknown & ~early & (aval >= 1)])
    rows = pd.concat(parts, ignore_index=True)
    rows["CNSR"] = rows["CAUSE"].isna().astype(int)
    rows["CAUSE"] = pd.Categorical(rows["CAUSE"], [EVENT, WITHOUT], ordered=True)
    return rows.assign(AVAL=cohort.calendar.convert(rows["AVAL"], "days", target), UNIT=target)


def derive_states(cohort: Cohort, unit="cohort") -> tuple[np.ndarray, dict[str, np.ndarray], str, tuple[int, int]]:
    """Share of patients in each state after the start of rechallenge: times, {state: shares}, unit, (patients, those of
    them who were last known alive).

    Differences of Kaplan-Meier curves of nested times: end of treatment or progression, progression or death, death
    (Glasziou, Simes and Gelber 1990, doi:10.1002/sim.4780091106). Up to the shortest of their last follow-ups. Raises
    NotAvailable without last doses, progression and death.
    """
    times = derive_course_times(cohort, unit)
    times = times[(times["PARAMCD"] == "DOT") & (times["APHASE"] == "RECHALLENGE")].set_index("USUBJID")
    outcome = derive_endpoints(cohort, ["PFSR", "OS"], unit)
    rows = {code: part.set_index("USUBJID") for code, part in outcome.rows.groupby("PARAMCD", observed=True)}
    who = times.index.intersection(rows["PFSR"].index).intersection(rows["OS"].index) if len(rows) == 2 else []
    if not len(who):
        raise NotAvailable(
            "needs the last dose of rechallenge, progression and death of the same patients, with dates."
        )
    pfs, death, dose = (frame.loc[who] for frame in (rows["PFSR"], rows["OS"], times))
    off = np.minimum(dose["AVAL"], pfs["AVAL"])
    ended = ((dose["CNSR"] == 0) & (dose["AVAL"] <= off)) | ((pfs["CNSR"] == 0) & (pfs["AVAL"] <= off))
    curves = [kaplan_meier(off, ended), *(kaplan_meier(f["AVAL"], f["CNSR"] == 0) for f in (pfs, death))]
    until = min([c.time[-1] for c in curves if c.survival[-1] > 0] or [max(c.time[-1] for c in curves)])
    grid = np.unique(np.concatenate([[0.0], *(c.time[c.time <= until] for c in curves), [until]]))
    on, free, alive = (np.append(1.0, c.survival)[np.searchsorted(c.time, grid, side="right")] for c in curves)
    free, alive = np.minimum(free, alive), alive
    on = np.minimum(on, free)
    shares = {"on treatment": on, "off treatment": free - on, "progressed": alive - free, "dead": 1 - alive}
    return grid, shares, outcome.unit, (len(who), int((death["CNSR"] != 0).sum()))
