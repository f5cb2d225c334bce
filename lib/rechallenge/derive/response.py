"""Best overall response by RECIST 1.1 and best change of target lesions.

Sources: Eisenhauer 2009, doi:10.1016/j.ejca.2008.10.026; confirmation as in CDISC practice (admiralonco).
"""

import pandas as pd

from papercheck.files.findings import NotAvailable
from papercheck.vocabulary.dictionary import load_dictionary

from ..cohort.cohort import Cohort
from .exposure import counted, course_starts, course_subjects

RESPONSES = tuple(load_dictionary()["adrs"].columns["AVALC"].levels)
OBJECTIVE = ("CR", "PR")
CONTROL = ("CR", "PR", "SD", "NON-CR/NON-PD")
CONFIRM_DAYS = 28


def best_overall_response(assessments, start, sd_min_days=42, confirmed=False) -> str:
    """Best overall response of one course.

    assessments : (date, response) pairs in any order; start : first dose.
    Assessments after the first PD do not count. SD (and non-CR/non-PD) needs an assessment at least `sd_min_days`
    days after the start; earlier SD is PD if progression follows, else NE. With `confirmed`, CR and PR need a second
    one at least 28 days later with at most one NE between; an unconfirmed response counts as SD.
    """
    seen = []
    for date, response in sorted(assessments, key=lambda pair: pair[0]):
        seen.append((date, response))
        if response == "PD":
            break
    late = {r for d, r in seen if (d - start).days >= sd_min_days}
    found = {r for _, r in seen}
    if confirmed:
        if _confirmed(seen, "CR", ("CR",), ("CR", "NE")):
            return "CR"
        if _confirmed(seen, "PR", ("CR", "PR"), ("CR", "PR", "NE")):
            return "PR"
        if late & {"CR", "PR", "SD"}:
            return "SD"
    else:
        for response in OBJECTIVE:
            if response in found:
                return response
        if "SD" in late:
            return "SD"
    if "NON-CR/NON-PD" in late:
        return "NON-CR/NON-PD"
    return "PD" if "PD" in found else "NE"


def _confirmed(seen, first, second, between) -> bool:
    for i, (date, response) in enumerate(seen):
        if response != first:
            continue
        for j in range(i + 1, len(seen)):
            gap = [r for _, r in seen[i + 1 : j]]
            fits = all(r in between for r in gap) and gap.count("NE") <= 1
            if fits and seen[j][1] in second and (seen[j][0] - date).days >= CONFIRM_DAYS:
                return True
    return False


def derive_best_response(cohort: Cohort, confirmed=False, sd_min_weeks=6) -> pd.DataFrame:
    """Best overall response of each subject and course: USUBJID, APHASE, AVALC, SOURCE (recorded, derived or none).

    A recorded best response is used as it is; otherwise it is derived from the assessments.
    A subject of the course without either is NE.
    """
    adrs = cohort.table("adrs")
    parts = []
    for phase in adrs["APHASE"].cat.categories:
        rows = adrs[adrs["APHASE"] == phase]
        if rows.empty:
            continue
        recorded = rows[rows["PARAMCD"] == "BOR"].set_index("USUBJID")["AVALC"].astype(str)
        starts = course_starts(cohort, phase)
        derived = {}
        if "ADT" in rows:
            visits = rows[(rows["PARAMCD"] == "OVR") & counted(cohort, rows["ADT"])]
            visits = visits[~visits["USUBJID"].isin(recorded.index)]  # a recorded response is used as it is
            derived = _from_assessments(visits, starts, 7 * sd_min_weeks, confirmed)
        subjects = pd.Series(course_subjects(cohort, phase), dtype=object)
        best = subjects.map(recorded)
        source = (
            best.notna().map({True: "recorded", False: "none"}).where(best.notna() | ~subjects.isin(derived), "derived")
        )
        best = best.fillna(subjects.map(derived)).fillna("NE")
        parts.append(pd.DataFrame({"USUBJID": subjects, "APHASE": phase, "AVALC": best, "SOURCE": source}))
    frame = pd.concat(parts, ignore_index=True)
    frame["AVALC"] = pd.Categorical(frame["AVALC"], RESPONSES, ordered=True)
    frame["APHASE"] = pd.Categorical(frame["APHASE"], adrs["APHASE"].cat.categories, ordered=True)
    return frame


def _from_assessments(visits, starts, sd_min_days, confirmed) -> dict[str, str]:
    """best_overall_response of each subject with a start. visits : USUBJID, ADT, AVALC in any order."""
    visits = visits[visits["USUBJID"].isin(starts.index)]
    late = visits["ADT"] >= visits["USUBJID"].map(starts)
    derived = dict.fromkeys(visits["USUBJID"].unique(), "NE")  # assessed, though never after the start
    visits = visits[late]
    courses = {}
    for subject, date, response in zip(visits["USUBJID"], visits["ADT"], visits["AVALC"].astype(str), strict=True):
        courses.setdefault(subject, []).append((date, response))
    first = starts.to_dict()
    for subject, pairs in courses.items():
        derived[subject] = best_overall_response(pairs, first[subject], sd_min_days, confirmed)
    return derived


def derive_best_change(cohort: Cohort) -> pd.DataFrame:
    """Best percent change of the sum of target lesions: USUBJID, APHASE, PCHG (lowest value, progression included).

    The baseline is the last sum on or before the first dose. A course where neither a baseline above 0 mm and a
    later sum nor a recorded best change exists has no row. Raises NotAvailable if no subject has one.
    """
    adtr = cohort.table("adtr")
    parts = []
    if "PCHG" in adtr:
        parts.append(adtr.dropna(subset=["PCHG"])[["USUBJID", "APHASE", "PCHG"]])
    if {"SDIAM", "ADT"} <= set(adtr.columns):
        for phase in adtr["APHASE"].cat.categories:
            rows = (
                adtr[(adtr["APHASE"] == phase) & counted(cohort, adtr["ADT"])]
                .dropna(subset=["SDIAM"])
                .sort_values("ADT")
            )
            start = rows["USUBJID"].map(course_starts(cohort, phase))
            base = rows[rows["ADT"] <= start].groupby("USUBJID")["SDIAM"].last()
            after = rows[rows["ADT"] > start].groupby("USUBJID")["SDIAM"].min()
            base = base[base > 0]
            change = (100 * (after - base) / base).dropna()
            parts.append(pd.DataFrame({"USUBJID": change.index, "APHASE": phase, "PCHG": change.to_numpy()}))
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    if frame.empty:
        raise NotAvailable(
            "needs SDIAM (sum of diameters) at baseline and later, or PCHG (best change), in the table adtr."
        )
    frame = frame.groupby(["USUBJID", "APHASE"], observed=True, as_index=False)["PCHG"].min()
    frame["APHASE"] = pd.Categorical(frame["APHASE"], adtr["APHASE"].cat.categories, ordered=True)
    return frame


def available_best_response(cohort: Cohort, confirmed=False, sd_min_weeks=6) -> pd.DataFrame | None:
    """derive_best_response, or None for a cohort without responses."""
    return derive_best_response(cohort, confirmed, sd_min_weeks) if "adrs" in cohort.tables else None
