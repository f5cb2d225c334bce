"""Endpoints as ADTTE rows: time, event or censoring, and the reason for it."""

from dataclasses import replace

import pandas as pd

from papercheck.files.findings import NOT_PRINTED, NotAvailable, did_you_mean, request_error
from papercheck.vocabulary.endpoints import endpoint_rules
from papercheck.vocabulary.units import reporting_unit
from smallsurv.times import no_later

from ..cohort.cohort import Cohort
from ..text.language import say
from .contact import death_dates, last_contact
from .exposure import counted, course_starts
from .outcome import Outcome
from .states import not_known_at_zero, states_at
from .timeline import derive_timeline

CENSOR_AT = ("last follow-up", "last assessment")


def endpoint_rule(cohort, code) -> dict:
    """One endpoint, with the label, text and zero that the cohort declares for it."""
    return cohort.meta.endpoint(code)


def endpoint_name(cohort, endpoint="primary") -> str:
    """A PARAMCD: as asked, or the cohort's primary endpoint. Raises CohortError for an unknown one."""
    if endpoint == "primary":
        return cohort.meta.primary_endpoint or "PFSR"
    if endpoint not in endpoint_rules():
        raise request_error(f"no endpoint {endpoint}", did_you_mean(endpoint, endpoint_rules()), endpoint)
    return endpoint


def derive_endpoints(
    cohort: Cohort, endpoints=("PFS1", "PFSR", "OS"), unit="cohort", censor_at="last follow-up", landmark=0.0
) -> Outcome:
    """The outcome: ADTTE rows of the asked endpoints that the cohort can give, with the subject's factors.

    Rows that the cohort brings are used as they are; others are derived from dates. AVAL in `unit`
    (UNIT says which), CNSR 0 = event, EVNTDESC the reason, STARTDT and ADT where dates exist.
    censor_at : where PFS is cut for subjects without an event, one of CENSOR_AT.
    landmark : months; above 0 only subjects still at risk then stay, and AVAL counts from it (see from_landmark).
    Raises NotAvailable if the cohort gives none of the endpoints, or nobody is at risk at the landmark.
    """
    if censor_at not in CENSOR_AT:
        raise request_error("unknown censoring rule", did_you_mean(censor_at, CENSOR_AT), censor_at)
    target, codes = reporting_unit(cohort, unit), dict.fromkeys(endpoint_name(cohort, e) for e in endpoints)
    parts = [part for code in codes for part in _parts(cohort, code, target, censor_at)]
    if not parts:
        raise _not_available(cohort, codes)
    frame = _in_columns(pd.concat(parts, ignore_index=True))
    adsl = cohort.table("adsl")
    known = adsl[["USUBJID", *[c for c in cohort.factors if c in adsl]]]
    frame = frame.merge(known, on="USUBJID", how="inner")
    whole = Outcome(cohort, frame, target, later=not_known_at_zero(cohort, frame["PARAMCD"].cat.categories))
    return from_landmark(whole, landmark) if landmark else whole


def _parts(cohort, code, target, censor_at) -> list[pd.DataFrame]:
    """The rows of one endpoint in the unit `target`: those that are given, and of the other subjects those of dates."""
    given = cohort.tables.get("adtte")
    given = given[given["PARAMCD"] == code] if given is not None else ()
    found = [(given, cohort.meta.time_unit)] if len(given) else []
    if cohort.dated and not _unrecorded(cohort, endpoint_rule(cohort, code)):
        dated = _from_dates(cohort, code, censor_at)
        dated = dated[~dated["USUBJID"].isin(given["USUBJID"])] if len(given) else dated
        found += [(dated, "days")] if len(dated) else []
    convert = cohort.calendar.convert
    return [rows.assign(AVAL=convert(rows["AVAL"], unit, target), PARAMCD=code, UNIT=target) for rows, unit in found]


def _not_available(cohort, codes) -> NotAvailable:
    """Why no row of any of these endpoints can be given."""
    named = say(" or ").join(say(endpoint_rules()[code]["label"]) for code in codes)
    if cohort.meta.reconstructed:
        return NotAvailable(say("needs {named}: {why}.", named=named, why=say(NOT_PRINTED)))
    lacking = [_unrecorded(cohort, endpoint_rule(cohort, code)) for code in codes] if cohort.dated else [""]
    if all(lacking):
        return NotAvailable(say("needs {named}: {why}.", named=named, why=say("; ").join(lacking)))
    needs = "needs {named}: durations with event flags in adtte, or course dates in adex with outcome dates."
    return NotAvailable(say(needs, named=named))


def _unrecorded(cohort, rule) -> str:
    """What no file records of the events of an endpoint, or '': nobody is free of an event that was not looked for.

    A column of dates of the event that is there and empty says that nobody had it.
    """
    phase = rule["start"]
    if "progression" not in rule["events"]:
        return "" if "DTHDT" in cohort.table("adsl") else say("no column of dates of death (DTHDT; empty if alive)")
    shortcut, adex = f"PDDT_{phase}", cohort.table("adex")
    if shortcut in cohort.shortcuts or "PDDT" in adex and adex.loc[adex["APHASE"] == phase, "PDDT"].notna().any():
        return ""
    long = "PDDT" in adex and not any(name.startswith("PDDT_") for name in cohort.shortcuts)
    line = derive_timeline(cohort)
    seen = [line.assessments, *([line.lesions] if cohort.meta.progression_by_sums else [])]
    if long or any((rows["COURSE"] == phase).any() for rows in seen):
        return ""
    none = (
        "neither a column of dates of progression on this course ({column}; empty if none) nor a dated assessment of it"
    )
    if (line.lesions["COURSE"] == phase).any():
        none += "; sums of lesions are there, whose growth counts with `progression_by_sums: true`"
    return say(none, column=shortcut)


def _in_columns(frame) -> pd.DataFrame:
    """The rows with the columns of an outcome, the endpoints in their declared order."""
    codes = list(endpoint_rules())
    frame["PARAMCD"] = pd.Categorical(frame["PARAMCD"].astype(str), codes, ordered=True).remove_unused_categories()
    for column in ("STARTDT", "ADT", "EVNTDESC"):
        if column not in frame:
            frame[column] = None
    frame["CNSR"] = frame["CNSR"].astype(int)
    return frame[["USUBJID", "PARAMCD", "STARTDT", "ADT", "AVAL", "UNIT", "CNSR", "EVNTDESC"]]


def from_landmark(outcome: Outcome, months) -> Outcome:
    """The rows still at risk `months` after time zero, AVAL counted from then; STARTDT and ADT stay as they were.

    Factors that arise later stand as they were at the landmark, where the moment is recorded. An event or a censoring
    on the landmark itself comes before it. Source: Anderson, Cain and Gelber 1983.
    """
    frame, start = outcome.rows, outcome.time(months)
    after = ~no_later(frame["AVAL"], start)
    if not after.any():
        needs = (
            "needs patients still at risk at the landmark of {months} months; nobody is. Choose an earlier landmark."
        )
        raise NotAvailable(say(needs, months=f"{months:g}"))
    gone = frame[~after].groupby(["PARAMCD", "CNSR"], observed=False).size()
    counts = {
        code: (int(gone.get((code, 0), 0)), int(gone.get((code, 1), 0))) for code in frame["PARAMCD"].cat.categories
    }
    frame = frame[after].reset_index(drop=True)
    frame["PARAMCD"] = frame["PARAMCD"].cat.remove_unused_categories()
    known = states_at(outcome.with_rows(frame), start)
    later = {name: why for name, why in outcome.later.items() if name not in known}
    frame = frame.assign(AVAL=frame["AVAL"] - start, **known)
    return replace(outcome, rows=frame, landmark=float(months), left_out=counts, later=later)


def _from_dates(cohort, code, censor_at) -> pd.DataFrame:
    """One endpoint from dates: the first event, else the first censoring. AVAL in days, ADT - STARTDT + 1 (ADaM)."""
    rule = endpoint_rule(cohort, code)
    start = course_starts(cohort, rule["start"])
    frame = pd.DataFrame({"USUBJID": start.index, "STARTDT": start.to_numpy()})
    events = {"progression": (_progression(cohort, rule), "Progression"), "death": (death_dates(cohort), "Death")}
    stop = pd.Series(pd.NaT, index=frame.index, dtype="datetime64[ns]")
    for phase in rule["next_course"]:
        following = frame["USUBJID"].map(course_starts(cohort, phase))
        following = following.where(following > frame["STARTDT"])
        stop = following.where(stop.isna() | (following < stop), stop)
    frame["ADT"], frame["EVNTDESC"] = pd.NaT, ""
    for name in rule["events"]:
        dates, reason = events[name]
        date = frame["USUBJID"].map(dates)
        valid = (date >= frame["STARTDT"]) & counted(cohort, date) & ~(date > stop)
        sooner = valid & (frame["ADT"].isna() | (date < frame["ADT"]))
        frame.loc[sooner, "ADT"], frame.loc[sooner, "EVNTDESC"] = date[sooner], reason
    frame["CNSR"] = frame["ADT"].isna().astype(int)
    last, reasons = _last_seen(cohort, frame, rule, censor_at)
    cut = stop.notna() & ~(stop > last)
    open_ = frame["CNSR"] == 1
    frame.loc[open_, "ADT"] = last.where(~cut, stop)[open_]
    frame.loc[open_, "EVNTDESC"] = reasons.where(~cut, "Next course began without recorded progression")[open_]
    seen = _seen_on_first_day(cohort, frame) if censor_at == "last follow-up" else False
    frame = frame[~open_ | (frame["ADT"] > frame["STARTDT"]) | seen].copy()  # the checks name those left out
    frame["AVAL"] = (frame["ADT"] - frame["STARTDT"]).dt.days + 1.0
    return frame


def _seen_on_first_day(cohort, frame) -> pd.Series:
    """Who was last seen alive on the day of the start: one day of follow-up, as an event on that day is (ADaM)."""
    adsl = cohort.table("adsl")
    if "LSTALVDT" not in adsl:
        return pd.Series(False, index=frame.index)
    last = frame["USUBJID"].map(adsl.set_index("USUBJID")["LSTALVDT"])
    return (last == frame["STARTDT"]) & counted(cohort, last)


def _progression(cohort, rule) -> pd.Series:
    """First progression by subject from any source; one after
    the next course only where the clock does not stop there.
    """
    course = derive_timeline(cohort).course(rule["start"])
    return course["PDDT"] if rule["next_course"] else course["PDDT"].fillna(course["LATEDT"])


def assessed(cohort, rule) -> pd.DataFrame:
    """The evaluable assessments by which a subject is known to be free of progression while the clock of an endpoint
    runs: of its course, and of later ones where it does not stop at the next therapy."""
    return derive_timeline(cohort).evaluable(rule["start"], through=not rule["next_course"])


def _last_seen(cohort, frame, rule, censor_at):
    """Where a subject without an event is cut, and why: frame holds USUBJID and STARTDT."""
    subjects = frame["USUBJID"]
    if "progression" in rule["events"] and censor_at == "last assessment":
        cohort.table("adrs", "ADT")
        last = subjects.map(assessed(cohort, rule).groupby("USUBJID")["ADT"].max())
        reasons = pd.Series("Last tumour assessment without progression", index=frame.index)
        return last.fillna(frame["STARTDT"]), reasons.where(last.notna(), "No assessment: cut at the start")
    return last_contact(cohort, subjects)
