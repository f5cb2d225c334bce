"""The timeline of each patient: every dated fact of each course settled once, with where it stands.

Response, change of lesions, time to event, resistance and the swimmer are all cut by it, so that no two of them can
tell another story of one patient. Sources: RECIST 1.1 (Eisenhauer 2009, doi:10.1016/j.ejca.2008.10.026), section 4;
first progression from any source as in admiralonco (`source_pd`).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from papercheck.files.memory import last

from ..cohort.cohort import Cohort
from ..cohort.lesions import grown
from .adverse_events import derive_events
from .contact import death_dates, last_contact
from .exposure import counted

COUNTS, BASELINE = "counts", "before the course"
PROGRESSED, CUT_OFF, NO_COURSE = "after progression", "after the data cut-off", "of a course without a start"
COURSES = ["USUBJID", "APHASE", "STARTDT", "LASTDT", "ONGOING", "NEXTDT", "PDDT", "PDSOURCE", "LATEDT"]


@dataclass(frozen=True, eq=False)
class Timeline:
    """What is settled of the courses of a cohort.

    courses : one row a subject and course with a counted start, with COURSES. STARTDT first dose; LASTDT last counted
    dose, missing where a row of the course has none; ONGOING whether it is missing though no later course began (False
    where no last doses are recorded); NEXTDT start of the next course of any kind; PDDT first counted progression from
    STARTDT to NEXTDT, from whichever source says it first; PDSOURCE where it stands (table.column); LATEDT first one
    after NEXTDT, which tells of the next therapy and counts only where an endpoint does not stop there.
    assessments : the dated rows of adrs that are assessments, with COURSE (the course in whose interval the date lies)
    and STATUS (COUNTS, BASELINE, PROGRESSED, CUT_OFF or NO_COURSE); file order.
    lesions : the same of the dated rows of adtr.
    events : the counted adverse events with an onset (ASTDT), with COURSE (the course in whose interval it lies).
    subjects : one row a subject: DTHDT (death up to the cut-off), SEENDT (the day to which the subject was followed).
    """

    cohort: Cohort
    courses: pd.DataFrame
    assessments: pd.DataFrame
    lesions: pd.DataFrame
    events: pd.DataFrame
    subjects: pd.DataFrame

    def course(self, phase: str) -> pd.DataFrame:
        """The rows of one course by subject."""
        return self.courses[self.courses["APHASE"] == phase].set_index("USUBJID")

    def evaluable(self, phase: str, through: bool = False) -> pd.DataFrame:
        """The assessments of one course that count and can be evaluated; `through`: those of the same subjects on later
        courses too, as a clock that runs on past the next therapy needs them."""
        seen = self.assessments
        if seen.empty:
            return seen
        seen = seen[(seen["STATUS"] == COUNTS) & (seen["AVALC"] != "NE")]
        own = seen["COURSE"] == phase
        if through:
            own |= _of_course(self.courses, seen, "COURSE", "STARTDT") > seen["USUBJID"].map(
                self.course(phase)["STARTDT"]
            )
        return seen[own]


@last(lambda cohort: cohort)
def derive_timeline(cohort: Cohort) -> Timeline:
    """The timeline of every subject; without rows where courses are not dated.

    An assessment after the start of a later course belongs to that course, whatever course it stands under; one before
    the first dose of its own course is its baseline. On the day a course starts the earlier one still runs.
    """
    courses = _courses(cohort)
    assessments = _placed(cohort, "adrs", courses)
    if "PARAMCD" in assessments:
        assessments = assessments[assessments["PARAMCD"] == "OVR"]
    lesions = _placed(cohort, "adtr", courses)
    courses = _with_progression(cohort, courses, assessments, lesions)
    return Timeline(
        cohort,
        courses,
        _judged(cohort, courses, assessments),
        _judged(cohort, courses, lesions, 0),
        _events(cohort, courses),
        _subjects(cohort),
    )


def _events(cohort, courses) -> pd.DataFrame:
    """The counted rows of adae with an onset, and the course in whose interval it lies."""
    adae = derive_events(cohort) if "adae" in cohort.tables else pd.DataFrame()
    if "ASTDT" not in adae:
        none = pd.DataFrame({c: pd.Series(dtype=object) for c in ("USUBJID", "APHASE", "AEDECOD", "COURSE")})
        return none.assign(ASTDT=pd.Series(dtype="datetime64[ns]"))
    rows = adae[adae["ASTDT"].notna()]
    return _in_course(rows, rows["ASTDT"], courses)


def _subjects(cohort) -> pd.DataFrame:
    """USUBJID, DTHDT, SEENDT of each subject."""
    subjects = cohort.table("adsl")["USUBJID"]
    died = pd.to_datetime(subjects.map(death_dates(cohort)))
    seen = last_contact(cohort, subjects)[0] if cohort.dated else pd.Series(pd.NaT, index=subjects.index)
    return pd.DataFrame({"USUBJID": subjects, "DTHDT": died.where(counted(cohort, died)), "SEENDT": seen})


def _courses(cohort) -> pd.DataFrame:
    """USUBJID, APHASE, STARTDT, LASTDT, ONGOING, NEXTDT of each course with a counted start."""
    if not cohort.dated:
        none = pd.DataFrame({"USUBJID": pd.Series(dtype=object), "APHASE": pd.Series(dtype=object)})
        days = {c: pd.Series(dtype="datetime64[ns]") for c in ("STARTDT", "LASTDT", "NEXTDT")}
        return none.assign(**days, ONGOING=pd.Series(dtype=bool))
    adex = cohort.table("adex")
    adex = adex[counted(cohort, adex["ASTDT"])]
    doses = adex["AENDT"].where(counted(cohort, adex["AENDT"])) if "AENDT" in adex else pd.NaT
    rows = adex[["USUBJID", "APHASE", "ASTDT"]].assign(AENDT=doses).astype({"AENDT": "datetime64[ns]"})
    by = rows.assign(OPEN=rows["AENDT"].isna()).groupby(["USUBJID", "APHASE"], observed=True, sort=True)
    courses = by.agg(STARTDT=("ASTDT", "min"), LASTDT=("AENDT", "max"), OPEN=("OPEN", "any")).reset_index()
    courses["NEXTDT"] = _next_start(courses, list(adex["APHASE"].cat.categories))
    courses["LASTDT"] = courses["LASTDT"].mask(courses["OPEN"])
    courses["ONGOING"] = courses.pop("OPEN") & courses["NEXTDT"].isna() & ("AENDT" in adex)
    return courses


def _next_start(courses, order) -> pd.Series:
    """When the next course of any kind began, of each course; order : the courses in the order in which they are
    given."""
    found = pd.Series(pd.NaT, index=courses.index, dtype="datetime64[ns]")
    for place, phase in enumerate(order[1:], start=1):
        starts = courses[courses["APHASE"] == phase].set_index("USUBJID")["STARTDT"]
        following = courses["USUBJID"].map(starts).where(courses["APHASE"].isin(order[:place]))
        following = following.where(following > courses["STARTDT"])
        sooner = following.notna() & ~(found <= following)
        found = found.mask(sooner, following)
    return found


def _of_course(courses, rows, phase, column) -> pd.Series:
    """A column of `courses` for each of `rows`, by its subject and its course (the column `phase`)."""
    keys = pd.MultiIndex.from_arrays([rows["USUBJID"].astype(object), rows[phase].astype(object)])
    known = pd.MultiIndex.from_arrays([courses["USUBJID"].astype(object), courses["APHASE"].astype(object)])
    found = known.get_indexer(keys)
    values = courses[column].to_numpy()
    if not len(values):
        return pd.Series(pd.NaT, index=rows.index, dtype="datetime64[ns]")
    return pd.Series(values[found], index=rows.index).mask(found < 0)


def _placed(cohort, table, courses) -> pd.DataFrame:
    """The dated rows of a table with COURSE: as recorded, or the later course in whose interval the date lies."""
    frame = cohort.tables.get(table)
    if frame is None or "ADT" not in frame:
        none = pd.DataFrame({c: pd.Series(dtype=object) for c in ("USUBJID", "APHASE", "COURSE")})
        return none.assign(ADT=pd.Series(dtype="datetime64[ns]"))
    rows = frame[frame["ADT"].notna()]
    return _in_course(rows, rows["ADT"], courses)


def _in_course(rows, dates, courses) -> pd.DataFrame:
    """The rows with COURSE: as recorded, or the later course in whose interval the date lies."""
    course = rows["APHASE"].astype(object).copy()
    late = dates > _of_course(courses, rows, "APHASE", "NEXTDT")
    if late.any():
        moved = rows.loc[late, ["USUBJID"]].assign(DATE=dates[late]).reset_index().merge(courses, on="USUBJID")
        moved = moved[moved["STARTDT"] < moved["DATE"]].sort_values("STARTDT", kind="stable")
        latest = moved.groupby("index")["APHASE"].last().astype(object)
        course.loc[latest.index] = latest
    return rows.assign(COURSE=course)


def _with_progression(cohort, courses, assessments, lesions) -> pd.DataFrame:
    """The courses with PDDT, PDSOURCE and LATEDT: the first of every progression within them, and after them."""
    dates = pd.concat(_progressions(cohort, courses, assessments, lesions), ignore_index=True)
    dates = dates[counted(cohort, dates["PDDT"])].sort_values("PDDT", kind="stable")
    begun = dates[dates["PDDT"] >= _of_course(courses, dates, "APHASE", "STARTDT")]
    late = begun["PDDT"] > _of_course(courses, begun, "APHASE", "NEXTDT")
    first = begun[~late].drop_duplicates(["USUBJID", "APHASE"])
    courses = courses.assign(
        PDDT=_of_course(first, courses, "APHASE", "PDDT"),
        PDSOURCE=_of_course(first, courses, "APHASE", "PDSOURCE").astype(object).where(lambda s: s.notna(), ""),
    )
    after = pd.concat([begun[late], begun[~late]])[["USUBJID", "PDDT"]]
    pairs = courses[["USUBJID", "APHASE", "NEXTDT"]].dropna().merge(after, on="USUBJID")
    pairs = pairs[pairs["PDDT"] > pairs["NEXTDT"]].sort_values("PDDT", kind="stable")
    later = pairs.drop_duplicates(["USUBJID", "APHASE"])
    return courses.assign(LATEDT=_of_course(later, courses, "APHASE", "PDDT"))


def _progressions(cohort, courses, assessments, lesions) -> list[pd.DataFrame]:
    """Every progression on record, of each source: USUBJID, APHASE, PDDT, PDSOURCE."""
    nobody = pd.DataFrame({c: pd.Series(dtype=object) for c in ("USUBJID", "APHASE", "PDSOURCE")})
    found = [nobody.assign(PDDT=pd.Series(dtype="datetime64[ns]"))]
    if cohort.dated and "PDDT" in cohort.table("adex"):
        adex = cohort.table("adex")
        found.append(_dates(adex["USUBJID"], adex["APHASE"], adex["PDDT"], "adex.PDDT"))
    if "AVALC" in assessments:
        seen = assessments[assessments["AVALC"] == "PD"]
        found.append(_dates(seen["USUBJID"], seen["COURSE"], seen["ADT"], "adrs.ADT"))
    if cohort.meta.progression_by_sums and "SDIAM" in lesions:
        found.append(_grown(cohort, courses, lesions))
    return found


def _dates(subjects, phases, dates, source) -> pd.DataFrame:
    found = pd.DataFrame({"USUBJID": subjects, "APHASE": phases.astype(object), "PDDT": dates, "PDSOURCE": source})
    return found.dropna(subset=["PDDT"])


def _grown(cohort, courses, lesions) -> pd.DataFrame:
    """The counted sums that are progression by themselves."""
    rows = lesions[lesions["SDIAM"].notna() & counted(cohort, lesions["ADT"])]
    rows = rows.assign(START=_of_course(courses, rows, "COURSE", "STARTDT")).dropna(subset=["START"])
    found = grown(rows, "COURSE")
    return _dates(found["USUBJID"], found["COURSE"], found["ADT"], "adtr.SDIAM")


def _judged(cohort, courses, rows, first=-1) -> pd.DataFrame:
    """The rows with STATUS: whether each counts for its COURSE, and if not, why.

    first : the last day from the start (0) that is still before the course: the day itself for lesions, else the day
    before.
    """
    if rows.empty:
        return rows.assign(STATUS=pd.Series(dtype=object))
    start, ended = (_of_course(courses, rows, "COURSE", column) for column in ("STARTDT", "PDDT"))
    early = rows["ADT"] <= start + pd.Timedelta(days=first)
    cases = [start.isna(), ~counted(cohort, rows["ADT"]), early, rows["ADT"] > ended]
    return rows.assign(STATUS=np.select(cases, [NO_COURSE, CUT_OFF, BASELINE, PROGRESSED], COUNTS))
