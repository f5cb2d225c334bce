"""One patient on a line: the courses, each date on record, and how each endpoint came about."""

import pandas as pd

from papercheck.files.findings import NotAvailable
from papercheck.vocabulary.dictionary import phase_labels

from ..derive.endpoints import derive_endpoints, endpoint_rule
from ..derive.exposure import derive_lanes
from ..derive.timeline import GIVEN, endpoint_trace, patient_dates
from ..text.words import continued, decimals_for, plural, rounded
from .display import Figure, Table
from .standing import standing_note
from .style import FAINT, INK, PALETTE, house_style, new_figure, shorten

COURSE_COLOURS = {"INITIAL": PALETTE[4], "RECHALLENGE": PALETTE[0]}
CLEAR = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}  # keeps the words legible over the lines
MOST = 40  # dates beyond which the line names the first ones only; the table has all


def trace_table(cohort, subject, unit="cohort", censor_at="last follow-up") -> Table:
    """Each endpoint of the patient: its length, what ended it, and where the dates stand."""
    trace = endpoint_trace(cohort, subject, unit, censor_at)
    rows = []
    for r in trace.itertuples():
        rule = endpoint_rule(cohort, r.PARAMCD)
        length = f"{rounded(r.AVAL, decimals_for(r.UNIT))} {r.UNIT}"
        end = "event" if r.CNSR == 0 else "censored"
        said = str(r.EVNTDESC) if pd.notna(r.EVNTDESC) and r.EVNTDESC else "not recorded"
        rows.append([rule["label"], length, end, said, _day(r.STARTDT), _day(r.ADT), _origin(r)])
    columns = ["Endpoint", "Length", "Ended by", "Reason", "From", "To", "Where it stands"]
    note = "Length from dates: the first day counts (end - start + 1). Censored: no event was seen until then."
    return Table(
        title=f"Patient {subject}: how each endpoint came about", columns=columns, rows=rows,
        notes=[note, standing_note(cohort, "adtte.PFS1", "adtte.PFSR", "adtte.OS")],
    )  # fmt: skip


def _day(date):
    return "–" if pd.isna(date) else f"{pd.Timestamp(date):%Y-%m-%d}"


def _origin(row):
    if row.origin == GIVEN:
        return f"adtte ({GIVEN})"
    return f"derived; the end stands in {row.source}" if row.source else "derived; the end is the data cut-off"


def dates_table(cohort, subject) -> Table:
    """Every date of the patient with the table and column it stands in. Raises NotAvailable without dates."""
    dates = _dated(cohort, subject)
    rows = [
        [_day(r.date), str(r.day), _what(r), r.value, f"{r.table}.{r.column}" + ("" if r.counts else ", after the data cut-off")]
        for r in dates.itertuples()
    ]  # fmt: skip
    return Table(
        title=f"Patient {subject}: every date on record", columns=["Date", "Study day", "What", "Value", "Where it stands"],
        rows=rows, notes=["Study day 1: first dose of rechallenge (of the first course where there is none); no day 0."],
    )  # fmt: skip


def _dated(cohort, subject):
    dates = patient_dates(cohort, subject)
    if dates.empty:
        raise NotAvailable("needs dates; this cohort records durations only.")
    return dates


def _what(row):
    phase = phase_labels().get(row.phase, row.phase)
    return f"{phase}: {continued(row.what)}" if phase else row.what


def timeline_figure(cohort, subject, unit="cohort", censor_at="last follow-up") -> Figure:
    """The courses of one patient as bars and every date as a mark, on a clock whose zero is the start of rechallenge."""
    lanes = _lanes(cohort, subject, unit, censor_at)
    dates = patient_dates(cohort, subject)
    if lanes.empty and dates.empty:
        raise NotAvailable(f"needs a duration or a date of {subject}.")
    scale = lanes["UNIT"].iloc[0] if len(lanes) else "days"
    marks = [
        (r.day - (r.day > 0), f"{_day(r.date)}  {_what(r)}" + (f": {r.value}" if r.value else ""))
        for r in dates.itertuples()
    ]
    named = marks[:MOST]
    with house_style():
        figure, axes = new_figure(1.4 + 0.22 * len(named) + (0.3 if len(lanes) else 0))
        plot_timeline(axes, lanes, named, scale)
    lengths = "; ".join(_lane_text(r, scale) for r in lanes.itertuples())
    more = f"{plural(len(marks) - MOST, 'later date')} not drawn: see the table." if len(marks) > MOST else ""
    gap = "The time between the courses is not recorded: the first course is drawn ending at zero."
    return Figure(
        title=f"Patient {subject}", figure=figure, name="timeline",
        alt=f"Timeline of patient {subject}: {plural(len(marks), 'date')} on record. {lengths}.",
        notes=["Bars: each course until progression, death or censoring. Arrow: censored.", more,
               gap if len(lanes) and lanes["gap"].any() else "", standing_note(cohort, "adtte.PFS1", "adtte.PFSR")],
    )  # fmt: skip


def _lanes(cohort, subject, unit, censor_at):
    try:
        frame = derive_endpoints(cohort, ["PFS1", "PFSR"], unit, censor_at)
        lanes = derive_lanes(frame[frame["USUBJID"] == subject])
        return lanes.assign(UNIT=frame["UNIT"].iloc[0])
    except NotAvailable:
        return pd.DataFrame(columns=["APHASE", "start", "end", "CNSR", "gap", "UNIT"])


def _lane_text(lane, unit):
    length = rounded(lane.end - lane.start, decimals_for(unit))
    return f"{phase_labels()[lane.APHASE]}: {length} {unit}{', censored' if lane.CNSR else ''}"


def plot_timeline(axes, lanes, marks, unit):
    """Bars of the courses in the top row, one row below for each (day, text) of `marks`."""
    from papercheck.vocabulary.units import convert

    for lane in lanes.itertuples():
        axes.barh(0, lane.end - lane.start, left=lane.start, height=0.5, color=COURSE_COLOURS[lane.APHASE], edgecolor=INK, lw=0.5)  # fmt: skip
        first = lane.APHASE == "INITIAL"
        axes.text(0, -0.5, phase_labels()[lane.APHASE].join(("  ", "  ")), ha="right" if first else "left", va="bottom", fontsize=8)
        if lane.CNSR:
            reach = 0.03 * (lanes["end"].max() - lanes["start"].min())
            axes.annotate("", (lane.end + reach, 0), (lane.end, 0), arrowprops={"arrowstyle": "-|>", "color": INK})
    places = [convert(float(day), "days", unit) for day, _ in marks]
    for i, (place, (_, text)) in enumerate(zip(places, marks, strict=True), start=1):
        axes.plot([place, place], [0, i], color=FAINT, lw=0.6, zorder=0)
        axes.plot(place, i, marker="o", color=INK, ms=4)
        axes.annotate(shorten(text, 80), (place, i), (6, 0), textcoords="offset points", va="center", fontsize=8, bbox=CLEAR)
    axes.axvline(0, color=INK, lw=0.8, linestyle=":", zorder=0)
    axes.set(ylim=(len(marks) + 0.7, -1.1), yticks=[], xlabel=f"{unit.capitalize()} from the start of rechallenge")
    reached = [0.0, *places, *lanes["start"], *lanes["end"]]
    pad = 0.03 * (max(reached) - min(reached) or 1.0)
    axes.set_xlim(min(reached) - pad, max(reached) + pad)
    axes.spines["left"].set_visible(False)
    return axes
