"""Best overall response by RECIST 1.1 and best change of target lesions.

Sources: Eisenhauer 2009, doi:10.1016/j.ejca.2008.10.026; confirmation as in CDISC practice (admiralonco).
"""

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable, did_you_mean, request_error
from papercheck.vocabulary.dictionary import load_dictionary

from ..cohort.cohort import Cohort
from ..text.language import say
from .exposure import course_subjects
from .timeline import BASELINE, COUNTS, CUT_OFF, NO_COURSE, derive_timeline

RESPONSES = tuple(load_dictionary()["adrs"].columns["AVALC"].levels)
OBJECTIVE = ("CR", "PR")
CONTROL = ("CR", "PR", "SD", "NON-CR/NON-PD")
CONFIRM_DAYS = 28
CHANGE_FROM = ("sums", "recorded")
ROUNDED = 0.5  # percent points between a recorded change and that of the sums that are its rounding
NO_BASELINE, ZERO_BASELINE = "no baseline", "baseline 0 mm"
NOT_AGAIN, ONLY_LATER = "not measured again", "measured again only after progression"
LEFT_OUT = (NO_BASELINE, ZERO_BASELINE, NOT_AGAIN, ONLY_LATER)


def best_overall_response(assessments, start, sd_min_days=42, confirmed=False, progressed=None) -> str:
    """Best overall response of one course.

    assessments : (date, response) pairs in any order; start : first dose; progressed : date of progression from another
    source than the assessments, None without one. Assessments after the first progression of either kind do not count.
    SD (and non-CR/non-PD) needs an assessment at least `sd_min_days` days after the start; earlier SD is PD if
    progression follows, else NE. With `confirmed`, CR and PR need a second one at least 28 days later with at most one
    NE between; an unconfirmed response counts as SD.
    """
    ends = [date for date, response in assessments if response == "PD"]
    ends += [] if progressed is None or pd.isna(progressed) else [progressed]
    seen = sorted(pair for pair in assessments if not ends or pair[0] <= min(ends))
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
    return "PD" if ends else "NE"


def _confirmed(seen, first, second, between) -> bool:
    return any(response == first and _again(seen, i, second, between) for i, (_, response) in enumerate(seen))


def _again(seen, i, second, between) -> bool:
    """Whether the assessment `i` is confirmed by a later one."""
    for j in range(i + 1, len(seen)):
        gap = [r for _, r in seen[i + 1 : j]]
        fits = all(r in between for r in gap) and gap.count("NE") <= 1
        if fits and seen[j][1] in second and (seen[j][0] - seen[i][0]).days >= CONFIRM_DAYS:
            return True
    return False


def derive_response_dates(cohort: Cohort, confirmed=False) -> pd.DataFrame:
    """When each responder of derive_best_response responded: USUBJID, APHASE, ADT, the first CR or PR that counts.

    A subject whose recorded best response is none has no date, whatever single assessments say, nor has one whose
    response carries no date. With `confirmed` the first of a confirmed pair counts, where the response is derived.
    """
    seen = derive_timeline(cohort).assessments
    seen = seen[seen["STATUS"] == COUNTS] if len(seen) else seen
    if "AVALC" not in seen or not (seen["AVALC"].isin(OBJECTIVE)).any():
        return pd.DataFrame({"USUBJID": [], "APHASE": [], "ADT": pd.to_datetime([])}).astype({"APHASE": object})
    best = derive_best_response(cohort, confirmed)
    best = best[best["AVALC"].isin(OBJECTIVE)].astype({"APHASE": object})
    keys = pd.MultiIndex.from_frame(best[["USUBJID", "APHASE"]])
    rows = seen.assign(APHASE=seen["COURSE"].astype(object)).sort_values("ADT", kind="stable")
    rows = rows[pd.MultiIndex.from_frame(rows[["USUBJID", "APHASE"]]).isin(keys)]
    if confirmed:
        rows = rows[_of_a_pair(rows, best[best["SOURCE"] == "derived"])]
    return rows[rows["AVALC"].isin(OBJECTIVE)].drop_duplicates(["USUBJID", "APHASE"])[["USUBJID", "APHASE", "ADT"]]


def _of_a_pair(rows, derived) -> np.ndarray:
    """Which assessments, in time order, are confirmed; those of a recorded response are all taken."""
    asked = set(zip(derived["USUBJID"], derived["APHASE"], strict=True))
    kept = np.ones(len(rows), bool)
    places = pd.Series(np.arange(len(rows)))
    for key, at in places.groupby([rows["USUBJID"].to_numpy(), rows["APHASE"].to_numpy()]):
        pairs = [(d, str(r)) for d, r in zip(rows["ADT"].iloc[at], rows["AVALC"].iloc[at], strict=True)]
        for i, place in enumerate(at if key in asked else ()):
            second = ("CR",) if pairs[i][1] == "CR" else OBJECTIVE
            kept[place] = _again(pairs, i, second, (*second, "NE"))
    return kept


def derive_best_response(cohort: Cohort, confirmed=False, sd_min_weeks=6) -> pd.DataFrame:
    """Best overall response of each subject and course: USUBJID, APHASE, AVALC, SOURCE (recorded, derived or none).

    A recorded best response is used as it is, SD of any duration included (stable_too_short); otherwise it is derived
    from the assessments that lie in the course, up to its first progression from any source (see derive.timeline).
    Where a course has assessments, a subject with progression alone is PD. A subject of the course without any of these
    is NE.
    """
    adrs = cohort.table("adrs")
    timeline = derive_timeline(cohort)
    parts = []
    for phase in adrs["APHASE"].cat.categories:
        rows = adrs[adrs["APHASE"] == phase]
        visits = timeline.assessments[timeline.assessments["COURSE"] == phase]
        undated = rows["ADT"].isna() if "ADT" in rows else True
        if visits.empty and rows[(rows["PARAMCD"] == "BOR") | undated].empty:
            continue
        recorded = rows[rows["PARAMCD"] == "BOR"].set_index("USUBJID")["AVALC"].astype(str)
        open_ = visits[~visits["USUBJID"].isin(recorded.index)]  # a recorded response is used as it is
        course = timeline.course(phase)
        derived = _from_assessments(open_, course, 7 * sd_min_weeks, confirmed) if len(visits) else {}
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


def stable_too_short(cohort: Cohort, best: pd.DataFrame, sd_min_weeks=6) -> pd.DataFrame:
    """The rows of `best` (derive_best_response) with a recorded SD that did not hold for `sd_min_weeks` from the start
    as far as dates tell: the last assessment without progression, or else the progression, came before. They count as
    recorded."""
    timeline, days = derive_timeline(cohort), pd.Series(np.nan, index=best.index)
    for phase in best["APHASE"].cat.categories if len(timeline.courses) else ():
        course, seen, here = timeline.course(phase), timeline.evaluable(phase), best["APHASE"] == phase
        held = seen[seen["AVALC"] != "PD"].groupby("USUBJID")["ADT"].max() if len(seen) else course["PDDT"].iloc[:0]
        held = (held.combine_first(course["PDDT"]) - course["STARTDT"]).dt.days
        days[here] = best.loc[here, "USUBJID"].map(held)
    recorded = (best["SOURCE"] == "recorded") & best["AVALC"].isin(["SD", "NON-CR/NON-PD"])
    return best[recorded & (days < 7 * sd_min_weeks)]


def last_course(phases: list[str]) -> str:
    """Which course a response is told of: rechallenge where anybody had it, else the last; '' without one."""
    return "RECHALLENGE" if "RECHALLENGE" in phases else phases[-1] if phases else ""


def on_last_course(cohort: Cohort, best: pd.DataFrame) -> tuple[str, pd.DataFrame]:
    """The last course, rechallenge where anybody had it, and its rows of `best` (derive_best_response). Raises
    NotAvailable for pseudo-patients, who carry printed responses by free choice."""
    if cohort.meta.kind == "pseudo":
        needs = "needs patients: which pseudo-patients responded is a free choice of the reconstruction."
        raise NotAvailable(say(needs))
    phases = best["APHASE"].astype(str)
    phase = last_course(list(phases))
    return phase, best[phases == phase]


def _from_assessments(visits, course, sd_min_days, confirmed) -> dict[str, str]:
    """best_overall_response of each subject of the course who was assessed or progressed.

    visits : assessments of the timeline, none of a subject with a recorded response; course : Timeline.course.
    """
    derived = dict.fromkeys(visits["USUBJID"].unique(), "NE")  # assessed, though never while it counts
    visits = visits[visits["STATUS"] == COUNTS]
    ended = course["PDDT"].dropna().to_dict()
    courses = {subject: [] for subject in ended}
    for subject, date, response in zip(visits["USUBJID"], visits["ADT"], visits["AVALC"].astype(str), strict=True):
        courses.setdefault(subject, []).append((date, response))
    first = course["STARTDT"].to_dict()
    for subject, pairs in courses.items():
        derived[subject] = best_overall_response(pairs, first[subject], sd_min_days, confirmed, ended.get(subject))
    return derived


def derive_best_change(cohort: Cohort, baseline_days=0, change_from="sums") -> pd.DataFrame:
    """Best percent change of the sum of target lesions: USUBJID, APHASE, PCHG (lowest value up to first progression).

    The baseline is the last sum on or before the first dose, else the first one at most `baseline_days` after it. Sums
    after the first progression of the course from any source do not count (see derive.timeline). change_from : which
    one stands where a change is recorded and follows from the sums too, one of CHANGE_FROM. A course without a change
    has no row; `changes_left_out` says why. Raises NotAvailable if no subject has one.
    """
    frame = _changes(cohort, baseline_days)
    ordered = ["SUMS", "RECORDED"] if _change_rule(change_from) == "sums" else ["RECORDED", "SUMS"]
    frame["PCHG"] = frame[ordered[0]].fillna(frame[ordered[1]])
    frame = frame.dropna(subset=["PCHG"])
    if frame.empty:
        raise NotAvailable(
            "needs SDIAM (sum of diameters) at baseline and later, or PCHG (best change), in the table adtr."
        )
    return _by_course(cohort, frame)[["USUBJID", "APHASE", "PCHG"]]


def changes_that_differ(cohort: Cohort, baseline_days=0) -> pd.DataFrame:
    """The courses whose recorded best change is not that of the sums: USUBJID, APHASE, RECORDED, SUMS (percent).

    Half a percent point is the rounding of a whole number, and no difference.
    """
    frame = _changes(cohort, baseline_days)
    apart = (frame["RECORDED"] - frame["SUMS"]).abs() > ROUNDED
    return _by_course(cohort, frame[apart])


def changes_left_out(cohort: Cohort, baseline_days=0) -> pd.DataFrame:
    """The courses with a measurement and yet no best change: USUBJID, APHASE, REASON (one of LEFT_OUT), DAYS.

    DAYS : from the first dose to the first measurement, of those without a baseline; else missing.
    """
    frame = _changes(cohort, baseline_days)
    return _by_course(cohort, frame[frame["RECORDED"].isna() & frame["SUMS"].isna()])[
        ["USUBJID", "APHASE", "REASON", "DAYS"]
    ]


def _by_course(cohort, frame) -> pd.DataFrame:
    levels = cohort.table("adtr")["APHASE"].cat.categories
    frame = frame.assign(APHASE=pd.Categorical(frame["APHASE"], levels, ordered=True))
    return frame.sort_values(["USUBJID", "APHASE"], kind="stable", ignore_index=True)


def _change_rule(change_from) -> str:
    if change_from not in CHANGE_FROM:
        raise request_error("unknown source of the best change", did_you_mean(change_from, CHANGE_FROM), change_from)
    return change_from


def _changes(cohort, baseline_days) -> pd.DataFrame:
    """Each subject and course of adtr: SUMS and RECORDED (best change, percent, or missing), REASON, DAYS."""
    keys, timeline, adtr = ["USUBJID", "APHASE"], derive_timeline(cohort), cohort.table("adtr")
    rows = timeline.lesions.drop(columns="APHASE").rename(columns={"COURSE": "APHASE"})
    measured = rows.dropna(subset=["SDIAM"]) if "SDIAM" in rows else rows.iloc[:0].assign(SDIAM=np.nan)
    parts = [adtr[adtr["ADT"].isna()] if "ADT" in adtr else adtr, rows[rows["STATUS"] == COUNTS]]
    parts = [part.reindex(columns=[*keys, "PCHG"]).astype({"APHASE": object, "PCHG": float}) for part in parts]
    recorded = pd.concat(parts).dropna(subset=["PCHG"]).groupby(keys)["PCHG"].min().rename("RECORDED")
    sums = _change_of_sums(timeline, measured, int(baseline_days)).set_index(keys)
    frame = sums.join(recorded, how="outer").reset_index()
    return frame.astype({"SUMS": float, "RECORDED": float})


def _change_of_sums(timeline, rows, baseline_days) -> pd.DataFrame:
    """USUBJID, APHASE, SUMS, REASON, DAYS of each course with a dated sum up to the cut-off.

    rows : sums of the timeline, with APHASE the course in whose interval they lie.
    """
    keys = ["USUBJID", "APHASE"]
    rows = rows[~rows["STATUS"].isin([CUT_OFF, NO_COURSE])].astype({"APHASE": object})
    starts = timeline.courses.astype({"APHASE": object})[[*keys, "STARTDT"]]
    rows = rows.merge(starts, on=keys).sort_values("ADT", kind="stable")
    rows["DAYS"] = (rows["ADT"] - rows["STARTDT"]).dt.days
    before = rows[rows["STATUS"] == BASELINE].drop_duplicates(keys, keep="last")
    soon = rows[(rows["DAYS"] > 0) & (rows["DAYS"] <= baseline_days)].drop_duplicates(keys)
    base = pd.concat([before, soon]).drop_duplicates(keys).set_index(keys)
    after = rows.join(base["ADT"].rename("BASEDT"), on=keys)
    after = after[(after["ADT"] > after["BASEDT"].fillna(after["STARTDT"])) & (after["ADT"] > after["STARTDT"])]
    least = after[after["STATUS"] == COUNTS].groupby(keys)["SDIAM"].min()
    frame = rows.groupby(keys)["DAYS"].min().to_frame().join(base["SDIAM"].rename("BASE")).join(least.rename("LEAST"))
    frame["SUMS"] = (100 * (frame["LEAST"] - frame["BASE"]) / frame["BASE"]).where(frame["BASE"] > 0)
    seen = frame.index.isin(after.set_index(keys).index)
    cases = [frame["SUMS"].notna(), frame["BASE"].isna(), frame["BASE"] <= 0, frame["LEAST"].notna(), seen]
    frame["REASON"] = np.select(cases, ["", *LEFT_OUT[:2], "", LEFT_OUT[3]], LEFT_OUT[2])
    frame["DAYS"] = frame["DAYS"].where(frame["BASE"].isna())
    return frame.reset_index()[[*keys, "SUMS", "REASON", "DAYS"]]
