"""Times within and between courses, and what each choice of censoring changes."""

import pandas as pd

from papercheck.files.findings import NotAvailable
from papercheck.vocabulary.dictionary import phase_labels
from papercheck.vocabulary.endpoints import course_times
from smallsurv.curve import median_survival, survival_curves

from ..cohort.cohort import Cohort
from ..derive.censoring import CHOICES, derive_censorings
from ..derive.course_times import derive_course_times, last_dose_unknown
from ..derive.endpoints import endpoint_rule
from ..derive.exposure import interim_without_date
from ..results import results
from ..show.display import Figure, Table
from ..show.figures.km import CurveLook
from ..show.style import COURSE_COLOURS
from ..text.language import say
from ..text.words import INTERVAL_NAMES, decimals_for, labelled, plural, with_interval
from .curves import draw_curves

COURSE_TIMES, CENSORINGS = "survival.course_time", "survival.censoring"


def course_times_table(
    cohort: Cohort,
    unit: str = "cohort",
    method: str = "log-log",
    confirmed: bool = False,
    censor_at: str = "last follow-up",
) -> Table | tuple:
    """Duration of response, time to next treatment and the like, as far as the dates give them; medians by
    Kaplan-Meier.

    () where courses are not dated: such times cannot be given otherwise. Raises NotAvailable where no time can be told.
    """
    if not cohort.dated:
        return ()
    frame, rules = derive_course_times(cohort, unit, confirmed, censor_at), course_times()
    shown, medians = frame["UNIT"].iloc[0], []
    rows = []
    for (code, phase), part in frame.groupby(["PARAMCD", "APHASE"], sort=False):
        found = median_survival(part, None, method)
        medians.append(found.drop(columns="group").assign(endpoint=code, level=phase, item=rules[code]["label"]))
        rows.append([say(rules[code]["label"]), say(phase_labels()[phase]), *_cells(found.iloc[0], shown)])
    units = {"median": shown, "ci_low": shown, "ci_high": shown}
    return Table(
        id="survival.course_times",
        title=say("Times within and between courses ({unit})", unit=shown),
        rows=rows,
        columns=[say("Time"), say("Course"), *_heads(shown)],
        notes=[
            _interval(method),
            *map(_defined, dict.fromkeys(frame["PARAMCD"])),
            *_without_last_dose(cohort),
            *_undated_interim(cohort),
        ],
        results=results(pd.concat(medians), COURSE_TIMES, units, by="APHASE", method=method),
    )


def _without_last_dose(cohort) -> list[str]:
    """Who is left out of the times that end with the last dose."""
    words = (
        "{course}: {patients} left out of the duration of treatment; a later course began, no last dose is recorded."
    )
    found = last_dose_unknown(cohort).items()
    return [say(words, course=say(phase_labels()[phase]), patients=plural(n, "patient")) for phase, n in found]


def _undated_interim(cohort) -> list[str]:
    """Who is left out of the times that end with the next therapy after the first course."""
    n = len(interim_without_date(cohort))
    words = (
        "First ICI course: {patients} left out of the times to the next therapy and beyond; treated between the courses"
        " on days that are not recorded."
    )
    return [say(words, patients=plural(n, "patient"))] if n else []


def _interval(method) -> str:
    return say("Interval: {method}.", method=INTERVAL_NAMES[method])


def _defined(code) -> str:
    """What a time within or between courses is, with its source."""
    rule = course_times()[code]
    return say("{label}: {text}. {source}.", label=say(rule["label"]), text=say(rule["text"]), source=rule["citation"])


def response_duration_figure(
    cohort: Cohort,
    unit: str = "cohort",
    method: str = "log-log",
    confirmed: bool = False,
    censor_at: str = "last follow-up",
) -> Figure | tuple:
    """Kaplan-Meier curves of the duration of response of each course; () where no response is dated."""
    try:
        frame = derive_course_times(cohort, unit, confirmed, censor_at)
    except NotAvailable:
        return ()
    rows = frame[frame["PARAMCD"] == "DOR"]
    if rows.empty:
        return ()
    shown, groups = rows["UNIT"].iloc[0], [p for p in phase_labels() if (rows["APHASE"] == p).any()]
    rows = rows.assign(APHASE=pd.Categorical(rows["APHASE"], groups, ordered=True))
    curves = survival_curves(rows, "APHASE")
    medians = median_survival(rows, "APHASE", method).set_index("group")
    texts = {
        g: with_interval(m["median"], m["ci_low"], m["ci_high"], decimals_for(shown)) for g, m in medians.iterrows()
    }
    look = _response_look(shown, texts)
    labels = {g: say(phase_labels()[g]) for g in curves}
    each = labelled((labels[g], f"{texts[g]} (n = {curves[g].n})") for g in curves)
    return Figure(
        id="survival.response_duration",
        figure=draw_curves(curves, labels, shown, look),
        name="response_duration",
        title=say(course_times()["DOR"]["label"]),
        alt=say(
            "Kaplan-Meier curves of the duration of response; median ({unit}, 95% CI): {each}.", unit=shown, each=each
        ),
        notes=[_interval(method), _defined("DOR")],
    )


def _response_look(shown, texts) -> CurveLook:
    """How the curves of the duration of response look; texts : {course: its median, in words}."""
    return CurveLook(
        ylabel=say("Still in response (%)"),
        colours=COURSE_COLOURS,
        median_texts=texts,
        xlabel=say("Months from the first response" if shown == "months" else "Days from the first response"),
        median_head=say("Median ({unit}, 95% CI)", unit=shown),
        words={"risk": say("Number at risk")},
    )


def _heads(unit) -> list[str]:
    return [say("n"), say("Events"), say("Median ({unit}, 95% CI)", unit=unit)]


def _cells(m, unit) -> list[str]:
    return [str(m["n"]), str(m["events"]), with_interval(m["median"], m["ci_low"], m["ci_high"], decimals_for(unit))]


def censoring_table(
    cohort: Cohort, endpoints=("PFSR", "PFS1"), unit: str = "cohort", visit_weeks: float = 0.0, method: str = "log-log"
) -> Table | tuple:
    """Events and median under each choice of censoring (derive.censoring), one row a choice and endpoint.

    () where courses are not dated: durations hold their censoring already. Raises NotAvailable where no endpoint comes
    from dates.
    """
    if not cohort.dated:
        return ()
    rows, medians, left = [], [], set()
    for code, frame in _by_endpoint(cohort, endpoints, unit, visit_weeks).items():
        shown = frame["UNIT"].iloc[0]
        for choice in CHOICES:
            part = frame[frame["CHOICE"] == choice.code]
            if part.empty:
                left.add(choice)
                continue
            found = median_survival(part, None, method)
            medians.append(found.drop(columns="group").assign(endpoint=code, level=choice.code, item=choice.text))
            cited = say("{text} ({source})", text=say(choice.text), source=choice.citation)
            rows.append([say(endpoint_rule(cohort, code)["label"]), cited, *_cells(found.iloc[0], shown)])
    units = {"median": shown, "ci_low": shown, "ci_high": shown}
    return Table(
        id="survival.censoring",
        title=say("What each choice of censoring changes ({unit})", unit=shown),
        rows=rows,
        columns=[say("Endpoint"), say("Choice"), *_heads(shown)],
        notes=[_interval(method), *_choice_notes(left, visit_weeks)],
        results=results(pd.concat(medians), CENSORINGS, units, by="CENSORING", method=method),
    )


def _by_endpoint(cohort, endpoints, unit, visit_weeks) -> dict[str, pd.DataFrame]:
    """derive_censorings of the endpoints that come from dates; raises the reason of the last where none does."""
    found, reason = {}, None
    for code in endpoints:
        try:
            found[code] = derive_censorings(cohort, code, unit, visit_weeks)
        except NotAvailable as lacking:
            reason = lacking
    if not found and reason is not None:
        raise reason
    return found


def _choice_notes(left, visit_weeks) -> list[str]:
    notes = []
    if visit_weeks:
        planned = "Two missed assessments: more than twice the {weeks} planned between them passed before the event."
        notes.append(
            say(
                planned,
                weeks=plural(int(visit_weeks), "week") if visit_weeks == int(visit_weeks) else f"{visit_weeks:g} weeks",
            )
        )
    elif any(choice.planned for choice in left):
        notes.append(
            say("Two missed assessments are left out: visit_weeks, the planned weeks between assessments, is not set.")
        )
    if any(choice.assessed and not choice.planned for choice in left):
        notes.append(say("Choices by the last assessment are left out: adrs has no dated assessments."))
    return notes
