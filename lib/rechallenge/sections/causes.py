"""Competing risks: cumulative incidence of each cause, and Gray's test of subgroups; nothing where none compete."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from smallsurv.competing import gray_tests, incidence_at_times, incidence_curves, limits
from smallsurv.rmst import default_tau

from ..derive.causes import NOT_STATED, derive_causes
from ..derive.endpoints import endpoint_rule
from ..derive.outcome import Outcome
from ..results import Result, results
from ..show.display import Figure, Table
from ..show.labels import free_mark, group_label, landmark_note, landmark_suffix
from ..show.many import thinned_steps
from ..show.standing import standing_note
from ..show.style import LINES, PALETTE, house_style, new_figure
from ..text.language import say
from ..text.words import (
    FREE_NOTE,
    continued,
    decimals_for,
    interval,
    listed,
    percent,
    plural,
    plural_of,
    rounded,
    tested,
)
from .curves import plot_numbers_at_risk, time_ticks
from .endpoint import endpoint_words
from .small_samples import chosen_tau

UNITS = {
    "n": "subjects",
    "events": "events",
    "n_risk": "subjects",
    "incidence": "share",
    "ci_low": "share",
    "ci_high": "share",
}
WHY = (
    "The causes compete: a patient who has one of them can no longer have another first. One minus Kaplan-Meier of a "
    "single cause, the others as censored, would be too high."
)
ESTIMATE = "Aalen-Johansen estimate, pointwise log-log interval (Choudhury 2002)."
UP_TO = "Aalen-Johansen estimate up to the time of each row, pointwise log-log interval."
SHORTEST = (
    "Aalen-Johansen estimate up to the time of each row (the shortest follow-up of its groups), pointwise log-log "
    "interval."
)
GRAY = (
    "Gray's test (Gray 1988) compares the whole curves of one cause, asymptotically and not adjusted for the number of "
    "tests."
)


def competing_risks(outcome: Outcome, months: Sequence) -> list:
    """A figure and a table of cumulative incidence for each endpoint in which causes compete; [] if in none."""
    return [shown for part in derive_causes(outcome).values() for shown in (_figure(part), _table(part, months))]


def _short(outcome) -> str:
    """The short label of the one endpoint, with its landmark."""
    return endpoint_rule(outcome.cohort, outcome.endpoints[0])["short"] + landmark_suffix(outcome)


def _of(outcome) -> str:
    return outcome.endpoints[0].lower()


def _status(outcome) -> str:
    return standing_note(outcome.cohort, f"adtte.{outcome.endpoints[0]}")


def _cell(r, free=False) -> str:
    if np.isnan(r.incidence):
        return f"NE [{r.n_risk}]"
    known = not np.isnan(r.ci_low) and not free
    limited = f" ({interval(100 * r.ci_low, 100 * r.ci_high, 1)})" if known else ""
    return f"{percent(r.incidence)}{limited} [{r.n_risk}]"


def _table(outcome, months) -> Table:
    times = [outcome.time(m) for m in months]
    frame = incidence_at_times(outcome.rows, times)
    frame["at"] = [float(m) for m in months] * (len(frame) // max(len(months), 1))
    words = endpoint_words(outcome)
    frame["item"] = [f"{words}, cumulative incidence at {m:g} months" for m in frame["at"]]
    title = "{endpoint}: cumulative incidence of each cause, % (95% CI) [at risk]"
    return Table(
        id="incidence.causes",
        of=_of(outcome),
        title=say(title, endpoint=_short(outcome)),
        columns=[say("Cause"), say("Events"), *(plural_of(float(m), "month") for m in months)],
        rows=[
            [say(cause), str(part["events"].iloc[0]), *map(_cell, part.itertuples())]
            for cause, part in frame.groupby("cause", sort=False)
        ],
        results=_by_cause(outcome, frame),
        notes=[
            say(ESTIMATE) + " " + say(WHY),
            say("NE, not estimable: beyond the last follow-up."),
            landmark_note(outcome),
            _status(outcome),
        ],
    )


def _by_cause(outcome, frame) -> list[Result]:
    frame = frame.assign(by=frame["cause"], group=frame["cause"], variable=frame["cause"])
    return _results(outcome, frame, "incidence", UNITS)


def _results(outcome, frame, quantity, units, **place) -> list[Result]:
    return results(frame, quantity, units, endpoint=outcome.endpoints[0], landmark=outcome.landmark, **place)


def _figure(outcome) -> Figure:
    curves = {cause: curve for (_, cause), curve in incidence_curves(outcome.rows).items()}
    with house_style():
        figure = _draw_incidence(outcome, curves)
    last = listed(f"{say(cause)} {percent(curve.incidence[-1])}%" for cause, curve in curves.items())
    short = _short(outcome)
    said = [
        say("Aalen-Johansen estimate."),
        say("Bands: pointwise log-log 95% intervals.") if len(curves) <= 2 else "",
        say("At the end of follow-up: {shares}.", shares=last),
    ]
    alt = "Cumulative incidence of the causes that end {endpoint}. At the end of follow-up: {shares}."
    return Figure(
        id="incidence.curves",
        of=_of(outcome),
        figure=figure,
        name=f"{_of(outcome)}_causes",
        title=say("{endpoint}: cumulative incidence of each cause", endpoint=short),
        alt=say(alt, endpoint=short, shares=last),
        notes=[" ".join(filter(None, said)), landmark_note(outcome), _status(outcome)],
    )


def _draw_incidence(outcome, curves):
    """A curve a cause above, the numbers at risk of any below."""
    zero = say(endpoint_rule(outcome.cohort, outcome.endpoints[0])["zero"])
    ticks = time_ticks(max(curve.time[-1] for curve in curves.values()), outcome.unit)
    figure, (axes, table) = new_figure(3.6, nrows=2, height_ratios=[3.0, 0.42])
    for i, (cause, curve) in enumerate(curves.items()):
        look = {"color": PALETTE[i % len(PALETTE)], "linestyle": LINES[i % len(LINES)]}
        _draw(axes, curve, say(cause), look, banded=len(curves) <= 2)
    axes.set(ylim=(0, 102), xlim=(0, ticks[-1]), xticks=ticks, yticks=range(0, 101, 25))
    axes.set_ylabel(say("Cumulative incidence (%)"))
    from_zero = "Months from {zero}" if outcome.unit == "months" else "Days from {zero}"
    axes.set_xlabel(say(from_zero, zero=zero))
    axes.legend(loc="upper left", handlelength=2.8)
    plot_numbers_at_risk(table, {"": next(iter(curves.values()))}, {"": say("All patients")}, ticks)
    return figure


def _draw(axes, curve, label, look, banded):
    kept = thinned_steps(1 - curve.incidence)
    time, height = np.append(0, curve.time[kept]), 100 * np.append(0, curve.incidence[kept])
    axes.step(time, height, where="post", lw=1.6, label=label, **look)
    if banded:
        low, high = (100 * np.append(np.nan, limit[kept]) for limit in limits(curve))
        axes.fill_between(time, low, high, step="post", color=look["color"], alpha=0.13, lw=0)


@dataclass
class _Compared:
    """The causes of one endpoint between the levels of one factor: frame of incidences, frame of tests, n left out."""

    name: str
    until: float
    frame: pd.DataFrame
    tests: pd.DataFrame
    left_out: int


def gray_table(outcome: Outcome, factors: Sequence[str], tau: float = 0.0) -> list[Table]:
    """Cumulative incidence of each cause in each subgroup up to `tau` months, with Gray's test.

    [] where no causes compete. outcome : of one endpoint.
    """
    found = list(derive_causes(outcome).values())
    if not found:
        return []
    (outcome,) = found
    factors = outcome.timely(factors)
    compared = [c for c in (_compare(outcome, name, tau) for name in factors) if c]
    causes = [cause for cause in outcome.rows["CAUSE"].cat.categories if cause != NOT_STATED]
    head = "{cause}: events; % (95% CI) [at risk]"
    free = any(map(outcome.cohort.meta.is_free, factors))
    return [
        Table(
            id="incidence.subgroups",
            of=_of(outcome),
            rows=[row for c in compared for row in _gray_rows(outcome, c)],
            title=say("{endpoint}: cumulative incidence of each cause by subgroup", endpoint=_short(outcome)),
            indent=[i for c in compared for i in [0] + [1] * c.frame["group"].nunique()],
            columns=[say("Subgroup"), say("n"), *(x for c in causes for x in (say(head, cause=c), say("Gray P")))],
            results=[r for c in compared for r in _gray_results(outcome, c)],
            notes=[
                say(UP_TO if tau else SHORTEST) + " " + say(GRAY) + " " + say(WHY),
                *(note for c in compared for note in _gray_notes(outcome, c)),
                *_unknown_note(outcome),
                landmark_note(outcome),
                say(FREE_NOTE) if free else "",
                _status(outcome),
            ],
        )
    ]


def _compare(outcome, name, tau) -> _Compared | None:
    known = outcome.rows[outcome.rows[name].notna()]
    if known.empty:
        return None
    until = chosen_tau(tau, outcome, default_tau(known, name))
    frame, tests = incidence_at_times(known, [until], name), gray_tests(known, name)
    frame, tests = (f[f["cause"] != NOT_STATED] for f in (frame, tests))
    return _Compared(name, until, frame, tests, len(outcome.rows) - len(known))


def _gray_rows(outcome, c) -> list[list[str]]:
    """The factor with the P of each cause, then its levels."""
    label = say(outcome.cohort.factor(c.name).label) + free_mark(outcome.cohort, c.name)
    time = rounded(c.until, decimals_for(outcome.unit))
    head = say("{factor}, up to {time} {unit}", factor=label, time=time, unit=outcome.unit)
    free = outcome.cohort.meta.is_free(c.name)
    rows = [[head, "", *(x for p in c.tests["p"] for x in ("", tested(p, free)))]]
    for level, part in c.frame.groupby("group", sort=False, observed=True):
        cells = [x for r in part.itertuples() for x in (f"{r.events}; {_cell(r, free)}", "")]
        rows.append([group_label(outcome.cohort, c.name, level), str(part["n"].iloc[0]), *cells])
    return rows


def _gray_results(outcome, c) -> list[Result]:
    words, place = endpoint_words(outcome), {"by": c.name, "free": outcome.cohort.meta.is_free(c.name)}
    frame, tests = (
        f.assign(variable=f["cause"], item=f"{words}, cumulative incidence: " + f["cause"]) for f in (c.frame, c.tests)
    )
    months = outcome.in_months(c.until)
    made = _results(outcome, frame.assign(tau=c.until), "incidence", UNITS | {"tau": outcome.unit}, at=months, **place)
    return made + _results(outcome, tests, "incidence.gray", {"statistic": "", "df": "", "p": ""}, **place)


def _gray_notes(outcome, c) -> list[str]:
    factor = say(outcome.cohort.factor(c.name).label)
    notes = [
        say("{factor}, {cause}: no test, {reason}.", factor=factor, cause=continued(say(r.cause)), reason=r.reason)
        for r in c.tests.itertuples()
        if r.reason
    ]
    if c.left_out:
        patients = plural(c.left_out, "patient")
        notes.append(say("{factor}: {patients} without a value left out.", factor=factor, patients=patients))
    return notes


def _unknown_note(outcome) -> list[str]:
    unknown = int((outcome.rows["CAUSE"] == NOT_STATED).sum())
    said = "{events} without a stated cause: counted as another that competes."
    return [say(said, events=plural(unknown, "event"))] if unknown else []
