"""One patient on a line: the courses, each date on record, and how each endpoint came about."""

import pandas as pd

from papercheck.files.findings import NotAvailable
from papercheck.vocabulary.dictionary import phase_labels

from ..cohort.cohort import Cohort
from ..derive.endpoints import derive_endpoints, endpoint_rule
from ..derive.exposure import derive_lanes
from ..derive.patient import GIVEN, endpoint_trace, patient_dates
from ..derive.timeline import derive_timeline
from ..text.days import day_text
from ..text.language import say
from ..text.words import continued, decimals_for, plural, rounded
from .display import Figure, Table
from .standing import standing_note
from .style import COURSE_COLOURS, FAINT, INK, house_style, new_figure, shorten

CLEAR = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}  # keeps the words legible over the lines
SINCE = {"months": "Months from the start of rechallenge", "days": "Days from the start of rechallenge"}
MOST = 40  # dates beyond which the line names the first ones only; the table has all


def trace_table(cohort: Cohort, subject: str, unit="cohort", censor_at="last follow-up") -> Table:
    """Each endpoint of the patient: its length, what ended it, and where the dates stand."""
    trace = endpoint_trace(cohort, subject, unit, censor_at)
    heads = ["Endpoint", "Length", "Ended by", "Reason", "From", "To", "Where it stands"]
    note = "Length from dates: the first day counts (end - start + 1). Censored: no event was seen until then."
    return Table(
        id="patient.endpoints",
        title=say("Patient {subject}: how each endpoint came about", subject=subject),
        columns=[*map(say, heads)],
        rows=[_trace_row(cohort, r) for r in trace.itertuples()],
        notes=[say(note), standing_note(cohort, "adtte.PFS1", "adtte.PFSR", "adtte.OS")],
    )


def _trace_row(cohort, r) -> list[str]:
    length = say("{value} {unit}", value=rounded(r.AVAL, decimals_for(r.UNIT)), unit=r.UNIT)
    reason = str(r.EVNTDESC) if pd.notna(r.EVNTDESC) and r.EVNTDESC else "not recorded"
    end = say("event" if r.CNSR == 0 else "censored")
    return [
        say(endpoint_rule(cohort, r.PARAMCD)["label"]),
        length,
        end,
        say(reason),
        _day(r.STARTDT),
        _day(r.ADT),
        _origin(r),
    ]


def _day(date):
    return day_text(date)


def _origin(row) -> str:
    if row.origin == GIVEN:
        return say("adtte (given as a duration)")
    return (
        say("derived; the end stands in {source}", source=row.source)
        if row.source
        else say("derived; the end is the data cut-off")
    )


def dates_table(cohort: Cohort, subject: str) -> Table:
    """Every date of the patient with the table and column it stands in. Raises NotAvailable without dates."""
    dates = _dated(cohort, subject)
    rows = [[_day(r.date), str(r.day), _what(r), say(r.value), _place(r)] for r in dates.itertuples()]
    note = "Study day 1: first dose of rechallenge (of the first course where there is none); no day 0."
    return Table(
        id="patient.dates",
        title=say("Patient {subject}: every date on record", subject=subject),
        rows=rows,
        notes=[say(note)],
        columns=[*map(say, ["Date", "Study day", "What", "Value", "Where it stands"])],
    )


def _place(row) -> str:
    column = f"{row.table}.{row.column}"
    if not row.counts:
        return say("{column}, after the data cut-off", column=column)
    if row.course:
        column = say("{column}, counted on {course}", column=column, course=continued(phase_labels()[row.course]))
    return say("{column}; {reason}: does not count", column=column, reason=say(row.status)) if row.status else column


def _dated(cohort, subject):
    dates = patient_dates(cohort, subject)
    if dates.empty:
        raise NotAvailable("needs dates; this cohort records durations only.")
    return dates


def _what(row) -> str:
    phase = phase_labels().get(row.phase, row.phase)
    what = say(row.what)
    return say("{course}: {what}", course=phase, what=continued(what)) if phase else what


def timeline_figure(cohort: Cohort, subject: str, unit="cohort", censor_at="last follow-up") -> Figure:
    """The courses of one patient as bars and every date as a mark; zero is the start of rechallenge."""
    lanes, scale = _lanes(cohort, subject, unit, censor_at)
    dates = patient_dates(cohort, subject)
    if lanes.empty and dates.empty:
        raise NotAvailable(say("needs a course of {subject} with its duration or a date.", subject=subject))
    with house_style():
        marks = [_mark(r) for r in dates.head(MOST).itertuples()]
        figure, axes = new_figure(1.4 + 0.22 * len(marks) + (0.3 if len(lanes) else 0))
        placed = [(cohort.calendar.convert(float(day), "days", scale), text) for day, text in marks]
        plot_timeline(axes, lanes, placed, scale)
    lengths = say("; ").join(_lane_text(r, scale) for r in lanes.itertuples())
    later = len(dates) - MOST
    bars = "Bars: each course until progression, death or censoring. Arrow: censored."
    alt = "Timeline of patient {subject}: {dates} on record. {lengths}."
    gap = "The time between the courses is not recorded: the first course is drawn ending at zero."
    return Figure(
        id="patient.timeline",
        title=say("Patient {subject}", subject=subject),
        figure=figure,
        name="timeline",
        alt=say(alt, subject=subject, dates=plural(len(dates), "date"), lengths=lengths),
        notes=[
            say(bars),
            say("{dates} not drawn: see the table.", dates=plural(later, "later date")) if later > 0 else "",
            say(gap) if len(lanes) and lanes["gap"].any() else "",
            standing_note(cohort, "adtte.PFS1", "adtte.PFSR"),
        ],
    )


def _mark(row) -> tuple[float, str]:
    """(days from zero, text) of one date."""
    text = f"{_day(row.date)}  {_what(row)}"
    return row.day - (row.day > 0), say("{what}: {value}", what=text, value=row.value) if row.value else text


def _lanes(cohort, subject, unit, censor_at) -> tuple[pd.DataFrame, str]:
    """The lanes of one patient, and their unit; none, and days, for a cohort without durations."""
    try:
        outcome = derive_endpoints(cohort, ["PFS1", "PFSR"], unit, censor_at)
        mine = outcome.with_rows(outcome.rows[outcome.rows["USUBJID"] == subject])
        return derive_lanes(mine), outcome.unit
    except NotAvailable:
        return pd.DataFrame(columns=["APHASE", "start", "end", "CNSR", "gap"]), "days"


def _lane_text(lane, unit) -> str:
    shown = {"course": phase_labels()[lane.APHASE], "unit": unit}
    shown["length"] = rounded(lane.end - lane.start, decimals_for(unit))
    return say("{course}: {length} {unit}, censored" if lane.CNSR else "{course}: {length} {unit}", **shown)


def plot_timeline(axes, lanes, marks, unit):
    """Bars of the courses in the top row, one row below for each (time in `unit`, text) of `marks`."""
    for lane in lanes.itertuples():
        look = {"height": 0.5, "color": COURSE_COLOURS[lane.APHASE], "edgecolor": INK, "lw": 0.5}
        axes.barh(0, lane.end - lane.start, left=lane.start, **look)
        first = lane.APHASE == "INITIAL"
        course = say(phase_labels()[lane.APHASE]).join(("  ", "  "))
        axes.text(0, -0.5, course, ha="right" if first else "left", va="bottom", fontsize=8)
        if lane.CNSR:
            reach = 0.03 * (lanes["end"].max() - lanes["start"].min())
            axes.annotate("", (lane.end + reach, 0), (lane.end, 0), arrowprops={"arrowstyle": "-|>", "color": INK})
    places = [time for time, _ in marks]
    for i, (place, (_, text)) in enumerate(zip(places, marks, strict=True), start=1):
        axes.plot([place, place], [0, i], color=FAINT, lw=0.6, zorder=0)
        axes.plot(place, i, marker="o", color=INK, ms=4)
        axes.annotate(
            shorten(text, 80), (place, i), (6, 0), textcoords="offset points", va="center", fontsize=8, bbox=CLEAR
        )
    axes.axvline(0, color=INK, lw=0.8, linestyle=":", zorder=0)
    axes.set(ylim=(len(marks) + 0.7, -1.1), yticks=[], xlabel=say(SINCE[unit]))
    reached = [0.0, *places, *lanes["start"], *lanes["end"]]
    pad = 0.03 * (max(reached) - min(reached) or 1.0)
    axes.set_xlim(min(reached) - pad, max(reached) + pad)
    axes.spines["left"].set_visible(False)
    return axes


def course_table(cohort: Cohort, subject: str) -> Table:
    """The courses of the patient as every section takes them: doses, next course, first progression and its source.

    Raises NotAvailable without dates.
    """
    _dated(cohort, subject)
    courses = derive_timeline(cohort).courses
    mine = courses[courses["USUBJID"] == subject].sort_values("STARTDT")
    heads = ["Course", "First dose", "Last dose", "Next course", "First progression", "Where it stands"]
    rows = [
        [phase_labels()[r.APHASE], *map(_day, (r.STARTDT, r.LASTDT, r.NEXTDT, r.PDDT)), r.PDSOURCE]
        for r in mine.itertuples()
    ]
    note = "Nothing after the first progression or the start of the next course counts for a course."
    return Table(
        id="patient.courses",
        title=say("Patient {subject}: courses", subject=subject),
        rows=rows,
        notes=[say(note)],
        columns=[*map(say, heads)],
    )
