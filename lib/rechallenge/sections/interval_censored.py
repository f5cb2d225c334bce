"""Progression-free survival as the visits tell it: between two assessments, beside the usual curve."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from smallsurv.adjusted import percentile_limits
from smallsurv.curve import crossing, kaplan_meier, observed, survival_at
from smallsurv.turnbull import REPLICATES, Turnbull, turnbull, turnbull_bootstrap

from ..derive.interval import Intervals
from ..results import Result
from ..show.display import Figure, Table
from ..show.standing import standing_note
from ..show.style import LINES, PALETTE, house_style, new_figure
from ..text.language import say
from ..text.words import LEGEND, decimals_for, interval, percent, plural, plural_of, rounded
from .curves import time_ticks
from .endpoint import endpoint_label, outcome_results

MONTHS = (3.0, 6.0, 12.0)
HOW = (
    "Usual: Kaplan-Meier, progression at the assessment that found it. Between the assessments: it came after the last"
    " evaluable assessment without it and up to the one that found it (Turnbull 1976); a death without progression came"
    " after the last assessment too, as nobody knows whether there was progression before; without an event nothing is"
    " known after the last assessment."
)
RANGE = (
    "Where two numbers stand, the visits do not tell where between them the share lies. 95% intervals: percentiles"
    " of {n} seeded resamples of the patients, the low one of the lowest share and the high one of the highest; usual:"
    " Greenwood, log-log."
)
BEYOND = (
    "After {time} {unit}, the last assessment of any patient, nothing is said between the assessments: an estimate"
    " would know of deaths alone."
)
LATE = (
    "The usual curve counts each progression at the visit that found it, and so later than it came; the longer the time"
    " between visits, the more. Arms that are seen at other times than each other are not alike in this."
)


def interval_table(found: Intervals, months: Sequence[float] = (), replicates: int = REPLICATES) -> Table:
    """Share free of the event at the months, and the median:
    usual and between the assessments. months : else 3, 6, 12.
    """
    outcome, rows = found.outcome, found.outcome.rows
    months = [m for m in tuple(map(float, months)) or MONTHS if outcome.time(m) <= rows["AVAL"].max()]
    times = [outcome.time(m) for m in months]
    curve, fit = kaplan_meier(rows["AVAL"], observed(rows["CNSR"])), turnbull(*found.ends)
    usual = [survival_at(curve, [t], "log-log").iloc[0] for t in times]
    low, high = fit.bounds(times) if times else (np.array([]), np.array([]))
    limits = _limits(found, times, replicates) if times else np.empty((2, 0))
    unseen = np.array(times) > found.last_seen
    low, high, limits = (np.where(unseen, np.nan, shares) for shares in (low, high, limits))
    lines = [_share_row(*line) for line in zip(months, usual, low, high, *limits, strict=True)]
    return Table(
        id="interval.survival",
        of=outcome.endpoints[0].lower(),
        title=say("{endpoint}: usual, and between the assessments", endpoint=endpoint_label(outcome)),
        columns=["", say("Usual"), say("Between the assessments")],
        rows=[*lines, _median_row(outcome, curve, fit)],
        results=_results(outcome, months, (low, high, *limits), fit),
        notes=[
            say(HOW),
            say(LATE),
            say(RANGE, n=replicates),
            _beyond(found, months),
            _unseen_note(found),
            say(LEGEND),
            standing_note(outcome.cohort, f"adtte.{outcome.endpoints[0]}"),
        ],
    )


def _share_row(month, usual, low, high, least, most) -> list[str]:
    """A month with the usual share free of the event, and the range of the share between the assessments."""
    return [
        say("Free of the event at {months}", months=plural_of(month, "month")),
        f"{percent(usual['survival'])}% ({interval(100 * usual['ci_low'], 100 * usual['ci_high'], 1)})",
        "NE" if np.isnan(low) else f"{_between(low, high)}% ({interval(100 * least, 100 * most, 1)})",
    ]


def _unseen_note(found) -> str:
    if not found.unseen:
        return ""
    return say("{patients} without an evaluable assessment.", patients=plural(found.unseen, "patient"))


def _limits(found, times, replicates) -> np.ndarray:
    """Limits (2, t) that hold the whole range at each time: of resamples the low percentile of the lowest share, and
    the high one of the highest."""
    lowest, highest = turnbull_bootstrap(*found.ends, times, replicates)
    return np.array([percentile_limits(lowest)[0], percentile_limits(highest)[1]])


def _beyond(found, months) -> str:
    """That no assessment stands behind the latest shares, where it is so."""
    last = found.last_seen
    if not any(found.outcome.time(m) > last for m in months):
        return ""
    time = rounded(last, decimals_for(found.outcome.unit))
    return say(BEYOND, time=time, unit=found.outcome.unit)


def _between(low, high) -> str:
    a, b = percent(low), percent(high)
    return a if a == b else f"{a}–{b}"


def _median_row(outcome, curve, fit) -> list[str]:
    digits = decimals_for(outcome.unit)
    a, b = (rounded(x, digits) for x in fit.median())
    label = say("Median ({unit})", unit=outcome.unit)
    return [label, rounded(crossing(curve.time, curve.survival), digits), a if a == b else f"{a}–{b}"]


def _results(outcome, months, limits, fit) -> list[Result]:
    place = {"model": "interval-censored", "method": "Turnbull"}
    rows = [
        {"lowest": a, "highest": b, "survival": a if np.isclose(a, b) else np.nan, "ci_low": p, "ci_high": q, "at": m}
        for m, a, b, p, q in zip(months, *limits, strict=True)
    ]
    units = dict.fromkeys(("survival", "lowest", "highest", "ci_low", "ci_high"), "share")
    made = outcome_results(outcome, pd.DataFrame(rows), "interval.rate", units, **place) if rows else []
    earliest, latest = fit.median()
    median = pd.DataFrame([{"earliest": earliest, "latest": latest, "n": fit.n, "events": fit.events}])
    units = {"earliest": outcome.unit, "latest": outcome.unit, "n": "subjects", "events": "events"}
    return made + outcome_results(outcome, median, "interval.median", units, **place)


def interval_figure(found: Intervals) -> Figure:
    """The usual curve, and the range that the assessments leave: one line where they tell the share."""
    outcome, rows = found.outcome, found.outcome.rows
    curve, fit = kaplan_meier(rows["AVAL"], observed(rows["CNSR"])), turnbull(*found.ends)
    with house_style():
        figure, axes = new_figure(3.2)
        usual = (np.append(0, curve.time), 100 * np.append(1, curve.survival))
        axes.step(*usual, where="post", color=PALETTE[1], ls=LINES[1], lw=1.4, label=say("Usual"))
        plot_range(axes, fit, min(float(rows["AVAL"].max()), found.last_seen))
        ticks = time_ticks(rows["AVAL"].max(), outcome.unit)
        axes.set(ylim=(0, 102), xlim=(0, ticks[-1]), xticks=ticks, yticks=range(0, 101, 25))
        axes.set_ylabel(say("{endpoint} (%)", endpoint=endpoint_label(outcome)))
        axes.set_xlabel(say("Months") if outcome.unit == "months" else say("Days"))
        axes.legend(loc="upper right", handlelength=2.8)
    label = endpoint_label(outcome)
    code = outcome.endpoints[0].lower()
    title = say("{endpoint}: usual, and between the assessments", endpoint=label)
    return Figure(
        id="interval.curves",
        of=code,
        name=f"{code}_interval",
        figure=figure,
        title=title,
        alt=say("Two curves of {endpoint}: the usual one, and the range that the assessments leave.", endpoint=label),
        notes=[say("Filled: where the share may lie; a line: where the visits tell it.")],
    )


def plot_range(axes, fit: Turnbull, end: float):
    """S(t) of a Turnbull estimate up to `end`: filled between its lowest and highest values."""
    edges = np.unique(np.concatenate([[0.0, end], fit.left, fit.right[np.isfinite(fit.right)]]))
    edges = edges[edges <= end]
    middles = (edges[:-1] + edges[1:]) / 2
    low, high = (100 * np.append(s, s[-1]) for s in fit.bounds(middles))
    axes.fill_between(edges, low, high, step="post", color=PALETTE[0], alpha=0.3, lw=0)
    axes.step(
        edges,
        np.where(high - low < 1e-9, low, np.nan),
        where="post",
        color=PALETTE[0],
        lw=1.8,
        label=say("Between the assessments"),
    )
    return axes
