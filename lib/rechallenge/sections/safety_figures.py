"""Adverse events drawn: both courses beside each other, and the first event by its onset."""

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from papercheck.vocabulary.dictionary import phase_labels
from smallsurv.competing import cumulative_incidence

from ..cohort.cohort import Cohort
from ..derive.adverse_events import ANY, SEVERE
from ..derive.exposure import PHASES, course_subjects
from ..derive.histories import derive_event_times
from ..show.display import Figure
from ..show.figures.bars import plot_paired_bars
from ..show.figures.place import legend_beside
from ..show.standing import standing_note
from ..show.style import COURSE_COLOURS, LINES, house_style, new_figure
from ..text.language import say
from ..text.words import listed, percent, plural
from .curves import time_ticks
from .histories import AXIS

MOST = 15  # terms that are drawn


def paired_bars_figure(cohort: Cohort, worst: pd.DataFrame, sizes: pd.Series) -> Figure | tuple:
    """Patients with each event on both courses; () where the events of one course are not recorded.

    worst : derive_worst_grade; sizes : course_sizes.
    """
    if not all((worst["APHASE"] == p).any() and p in sizes.index for p in PHASES):
        return ()
    named = worst[(worst["AEDECOD"] != ANY) & worst["APHASE"].isin(PHASES)]
    terms = named.groupby("AEDECOD").size().sort_values(ascending=False, kind="stable").index
    rows = pd.DataFrame({"term": [str(say(t)) for t in terms[:MOST]]})
    for phase in PHASES:
        mine = named[named["APHASE"] == phase]
        counts = {"": mine["AEDECOD"], "_severe": mine.loc[mine["ATOXGR"] >= SEVERE, "AEDECOD"]}
        for more, held in counts.items():
            rows[phase + more] = held.value_counts().reindex(terms[:MOST]).fillna(0).astype(int).to_numpy()
    with house_style():
        figure, panels = new_figure(0.26 * len(rows) + 0.9, ncols=2)
        plot_paired_bars(panels, rows, sizes.to_dict(), [str(say(phase_labels()[p])) for p in PHASES])
        panels[0].set_xlabel(say("Patients of the course (%)"))
        panels[1].set_xlabel(say("Patients of the course (%)"))
    said = (
        "Number of patients, of these with grade 3 or more in brackets and dark. A patient counts once for each term"
        " and course."
    )
    left = len(terms) - MOST
    more = say("{terms} more: see the table.", terms=plural(left, "term")) if left > 0 else ""
    each = listed(f"{r.term} {r.INITIAL}/{r.RECHALLENGE}" for r in rows.head(5).itertuples())
    return Figure(
        id="safety.paired_bars",
        figure=figure,
        name="adverse_events",
        title=say("Adverse events on both courses"),
        notes=[say(said), more, standing_note(cohort, "adae")],
        alt=say("Patients with each event, first course and rechallenge: {each}.", each=each),
    )


def event_incidence_figure(cohort: Cohort, unit: str = "cohort") -> Figure | tuple:
    """Cumulative incidence of the first adverse event by its onset, of any grade and of grade 3 or more.

    () where no onset is on record. All events count, immune-related or not.
    """
    try:
        rows = {1: derive_event_times(cohort, unit), SEVERE: derive_event_times(cohort, unit, SEVERE)}
    except NotAvailable:
        return ()
    curves, shown = {}, rows[1]["UNIT"].iloc[0]
    for phase in PHASES:
        for grade, frame in rows.items():
            mine = frame[frame["APHASE"] == phase]
            if len(mine):
                codes = mine["CAUSE"].cat.codes.to_numpy() + 1
                curves[phase, grade] = cumulative_incidence(mine["AVAL"].to_numpy(), codes, 1)
    with house_style():
        figure = _draw_incidence(curves, shown)
    last = listed(f"{_label(*key)} {percent(curve.incidence[-1])}%" for key, curve in curves.items())
    note = (
        "First event after the first dose, by its onset (Aalen-Johansen); death without an event competes; the next"
        " course and the last contact censor. All recorded events count, immune-related or not."
    )
    return Figure(
        id="safety.incidence",
        figure=figure,
        name="adverse_event_onset",
        title=say("Cumulative incidence of the first adverse event"),
        notes=[say(note), *_left_out(cohort, rows[1]), standing_note(cohort, "adae")],
        alt=say("Cumulative incidence; at the end of follow-up: {shares}.", shares=last),
    )


def _left_out(cohort, times) -> list[str]:
    """Which patients of a course have no place on the clock of its events, of each course."""
    words = (
        "{course}: {patients} of {n} left out, whose only events have no onset on record, or with one that is dated "
        "before the first dose."
    )
    found = []
    for phase in (p for p in PHASES if (times["APHASE"] == p).any()):
        n = len(course_subjects(cohort, phase))
        lost = n - int((times["APHASE"] == phase).sum())
        if lost:
            found.append(say(words, course=say(phase_labels()[phase]), patients=plural(lost, "patient"), n=n))
    return found


def _label(phase, grade) -> str:
    course = say(phase_labels()[phase])
    return say("{course}, any grade", course=course) if grade == 1 else say("{course}, grade 3 or more", course=course)


def _draw_incidence(curves, unit):
    """A colour a course; dashed: grade 3 or more."""
    ticks = time_ticks(max(curve.time[-1] for curve in curves.values()), unit)
    figure, axes = new_figure(3.2)
    handles = []
    for (phase, grade), curve in curves.items():
        time, height = np.append(0, curve.time), 100 * np.append(0, curve.incidence)
        look = {"color": COURSE_COLOURS[phase], "ls": LINES[0 if grade == 1 else 1], "lw": 1.6}
        handles += axes.step(time, height, where="post", **look)
    axes.set(ylim=(0, 102), xlim=(0, ticks[-1]), xticks=ticks, yticks=range(0, 101, 25))
    axes.set(xlabel=say(AXIS[unit]), ylabel=say("Cumulative incidence (%)"))
    legend_beside(axes, handles, [str(_label(*key)) for key in curves])
    return figure
