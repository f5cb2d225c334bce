"""Times within and between courses (duration of response, time
to next treatment, ...) by the rules of course_times.yml.
"""

import pandas as pd

from papercheck.files.findings import NotAvailable
from papercheck.vocabulary.endpoints import course_times, endpoint_rules
from papercheck.vocabulary.units import reporting_unit

from ..cohort.cohort import Cohort
from .contact import last_contact
from .endpoints import assessed
from .exposure import counted, interim_without_date
from .response import derive_response_dates
from .timeline import derive_timeline

NEXT = {"next_therapy", "next_progression"}
PFS_OF = {rule["start"]: rule for code, rule in endpoint_rules().items() if code.startswith("PFS")}


def derive_course_times(cohort: Cohort, unit="cohort", confirmed=False, censor_at="last follow-up") -> pd.DataFrame:
    """One row a time, course and subject who has it: PARAMCD, APHASE, USUBJID, STARTDT, ADT, AVAL (`unit`), UNIT, CNSR.

    confirmed : who responded, as derive_best_response; censor_at : where a time that progression ends is cut, as
    derive_endpoints. A time that needs a fact which no patient of the course has is left out: nobody was asked. Raises
    NotAvailable where courses are not dated, or no time can be told.
    """
    if not cohort.dated:
        raise NotAvailable("needs the dates of the courses (table adex).")
    target, facts, parts = reporting_unit(cohort, unit), _facts(cohort, confirmed, censor_at), []
    undated = (facts["APHASE"] == "INITIAL") & facts["USUBJID"].isin(interim_without_date(cohort))
    for code, rule in course_times().items():
        for phase in rule["courses"]:
            of_course = facts[facts["APHASE"] == phase]
            if NEXT & {*rule["events"]}:
                of_course = of_course[~undated[of_course.index]]
            if len(of_course) and of_course[rule["needs"]].notna().any().all():
                parts.append(_rows(cohort, rule, of_course).assign(PARAMCD=code, APHASE=phase))
    rows = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    if rows.empty:
        raise NotAvailable("needs responses, last doses or the next therapy of the courses, with their dates.")
    rows["AVAL"] = cohort.calendar.convert(rows["AVAL"], "days", target)
    rows["UNIT"] = target
    return rows[["PARAMCD", "APHASE", "USUBJID", "STARTDT", "ADT", "AVAL", "UNIT", "CNSR"]]


def last_dose_unknown(cohort: Cohort) -> dict[str, int]:
    """{course: patients without its last dose, though a later course began}, of the courses that have last doses."""
    facts = _facts(cohort)
    told = facts.groupby("APHASE", sort=False)["last_dose"].transform("count") > 0
    lacking = facts[told & facts["last_dose"].isna() & ~facts["ongoing"] & facts["APHASE"].isin(PFS_OF)]
    return lacking["APHASE"].value_counts(sort=False).to_dict()


def _facts(cohort, confirmed=False, censor_at="last follow-up") -> pd.DataFrame:
    """The facts of each course by the names that the rules use, with the day to which the subject was followed."""
    timeline = derive_timeline(cohort)
    courses = timeline.courses.astype({"APHASE": object})
    names = {"STARTDT": "start", "NEXTDT": "next_therapy", "PDDT": "progression", "LATEDT": "next_progression"}
    facts = courses[["USUBJID", "APHASE", *names]].rename(columns=names)
    facts["last_dose"], facts["ongoing"] = courses["LASTDT"], courses["ONGOING"]
    keys = pd.MultiIndex.from_frame(facts[["USUBJID", "APHASE"]])
    first = derive_response_dates(cohort, confirmed).set_index(["USUBJID", "APHASE"])["ADT"]
    facts["response"] = pd.to_datetime(first.reindex(keys).to_numpy())
    adsl = cohort.table("adsl").set_index("USUBJID")
    died = facts["USUBJID"].map(adsl["DTHDT"]) if "DTHDT" in adsl else pd.Series(pd.NaT, index=facts.index)
    facts["death"] = pd.to_datetime(died).where(counted(cohort, pd.to_datetime(died)))
    facts["seen"] = facts["followed"] = last_contact(cohort, facts["USUBJID"])[0]
    if censor_at == "last assessment":
        facts["followed"] = pd.NaT
        for phase, rule in PFS_OF.items():
            last = assessed(cohort, rule).groupby("USUBJID")["ADT"].max()
            facts["followed"] = facts["followed"].mask(facts["APHASE"] == phase, facts["USUBJID"].map(last))
        facts["followed"] = pd.to_datetime(facts["followed"])
    return facts


def _rows(cohort, rule, facts) -> pd.DataFrame:
    """USUBJID, STARTDT, ADT, AVAL (days), CNSR of one time on one course."""
    since = facts[rule["since"]]
    has = since.notna()
    if "last_dose" in rule["events"]:
        has &= facts["last_dose"].notna() | facts["ongoing"]
    if rule.get("only") == "responders":
        has &= facts["response"].notna()
    if rule.get("only") == "beyond":
        has &= (facts["last_dose"] > since) | facts["ongoing"]
    facts, since = facts[has], since[has]
    pfs = PFS_OF.get(facts["APHASE"].iloc[0] if len(facts) else "", {})
    events = facts[rule["events"]]
    if "progression" in events and not pfs.get("next_course"):  # one after the next therapy ends PFS there too
        events = events.assign(progression=events["progression"].fillna(facts["next_progression"]))
    ends = events.min(axis=1)
    ends = ends.where(~(ends < since), since)  # the next therapy began before the last dose: nobody was free of it
    stops = [facts[name] for name in rule["stops"]] + [facts["seen"]]
    if "progression" in rule["events"] and pfs.get("next_course"):
        stops.append(facts["next_therapy"])  # as progression-free survival of the same course
    stop = pd.concat(stops, axis=1).min(axis=1)
    event = ends.notna() & ~(ends > stop)
    open_ = pd.concat([stop, facts["followed"]], axis=1).min(axis=1) if "progression" in rule["events"] else stop
    end = ends.where(event, open_)
    frame = pd.DataFrame({"USUBJID": facts["USUBJID"], "STARTDT": since, "ADT": end, "CNSR": (~event).astype(int)})
    frame["AVAL"] = (end - since).dt.days.astype(float) + rule["first_day"]
    return frame[frame["AVAL"] >= 0]
