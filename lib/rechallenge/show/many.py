"""What is drawn for a cohort too large for a mark a patient: quantiles, shares, curves thinned to what can be seen."""

import numpy as np
import pandas as pd

from ..text.language import say
from .style import COURSE_COLOURS, FAINT, INK, PALETTE

SINGLE = 500  # patients beyond which no figure draws them one by one
QUANTILES = 201  # points of a distribution drawn in their place: every half per cent of the patients
CURVE_STEPS = 1000  # steps beyond which a curve is thinned; then it keeps every fall of S(t) by 1 / CURVE_STEPS
CENSOR_MARKS = 500  # censoring times beyond which a figure of curves leaves their marks out


def quantiles(values, points=QUANTILES) -> tuple[np.ndarray, np.ndarray]:
    """Shares 0 to 1 and the value that this share of the patients does not exceed; observed values, none between."""
    shares = np.linspace(0, 1, points)
    return shares, np.quantile(np.asarray(values, float), shares, method="inverted_cdf")


def decile_numbers(frame, value, by) -> pd.DataFrame:
    """The numbers behind a drawn distribution: group, decile (0 % to 100 %), value."""
    parts = []
    for group, rows in frame.groupby(by, observed=True):
        shares, found = quantiles(rows[value].dropna(), 11)
        parts.append(
            pd.DataFrame({"group": str(group), "decile": [f"{100 * s:g}%" for s in shares], "quantile": found})
        )
    return pd.concat(parts, ignore_index=True)


def thinned(curve, steps=CURVE_STEPS) -> np.ndarray:
    """Positions of the curve's times that are drawn: thinned_steps of S(t)."""
    return thinned_steps(curve.survival, steps)


def thinned_steps(height, steps=CURVE_STEPS) -> np.ndarray:
    """Positions of the steps that are drawn of a curve that falls from 1: all up to `steps`, else about `steps`.

    Kept are the first and the last, the first at 0.5 or below, and each at which the curve has come to the next lower
    multiple of 1 / steps. Between two kept ones it falls by less than 1 / steps: less than a pixel of the picture.
    """
    if len(height) <= steps:
        return np.arange(len(height))
    rung = np.ceil(np.round(height * steps, 6))
    kept = np.flatnonzero(np.diff(rung, prepend=steps) != 0)
    middle = np.flatnonzero(height <= 0.5)[:1]
    return np.unique(np.concatenate([[0], kept, middle, [len(height) - 1]]))


def curve_notes(curves) -> tuple[str, str]:
    """What the ticks on the curves mean (or that they are left out), and a sentence where a curve is thinned."""
    marked = marks_censoring(curves)
    many = "Censored patients are not marked: more than {most} censoring times."
    ticks = say("Ticks on the curves: censored.") if marked else say(many, most=CENSOR_MARKS)
    thin = any(len(c.time) > CURVE_STEPS for c in curves.values())
    fall = say("Drawn at each fall of the curve by {points} percentage points.", points=f"{100 / CURVE_STEPS:g}")
    return ticks, fall if thin else ""


def marks_censoring(curves) -> bool:
    """Whether the censoring times of all curves together are few enough to be marked."""
    return sum(int((c.n_censor > 0).sum()) for c in curves.values()) <= CENSOR_MARKS


def plot_sorted_changes(axes, values, title):
    """The outline of a waterfall: patients from worst to best change, as shares of the patients."""
    shares, change = quantiles(values)
    axes.step(100 * shares, change[::-1], where="mid", color=PALETTE[0], lw=1.4)
    axes.fill_between(100 * shares, change[::-1], 0, step="mid", color=PALETTE[0], alpha=0.25, lw=0)
    for level in (20, -30):
        axes.axhline(level, color=FAINT, lw=0.8, ls="--")
    axes.axhline(0, color=INK, lw=0.8)
    axes.set(title=title, xlim=(0, 100), xlabel=say("Patients, from worst to best (%)"))
    return axes


def plot_sorted_courses(axes, lanes, unit):
    """The outline of a swimmer plot: lengths of each course sorted by themselves, the first course left of zero."""
    for phase, colour, side in (
        ("INITIAL", COURSE_COLOURS["INITIAL"], -1),
        ("RECHALLENGE", COURSE_COLOURS["RECHALLENGE"], 1),
    ):
        rows = lanes[lanes["APHASE"] == phase]
        if rows.empty:
            continue
        shares, length = quantiles(rows["end"] - rows["start"])
        axes.step(side * length, 100 * shares, where="post", color=colour, lw=1.4)
        axes.fill_betweenx(100 * shares, 0, side * length, color=colour, alpha=0.25, lw=0)
        name = say("First ICI course") + "  " if side < 0 else "  " + say("Rechallenge")
        place = {"transform": axes.get_xaxis_transform(), "va": "bottom", "ha": "right" if side < 0 else "left"}
        axes.text(0, 1.01, name, **place)
    axes.axvline(0, color=INK, lw=1.0)
    reach = np.abs(axes.get_xlim()).max()
    step = next((s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000) if reach / s <= 5), 5000)
    ticks = np.arange(-5 * step, 5 * step + 1, step)
    ticks = ticks[(ticks >= axes.get_xlim()[0]) & (ticks <= axes.get_xlim()[1])]
    axes.set_xticks(ticks, [f"{abs(t):g}" for t in ticks])
    length = say("Length of the course ({unit})", unit=unit)
    axes.set(ylim=(0, 100), xlabel=length, ylabel=say("Patients, from shortest to longest (%)"))
    return axes


def plot_missing_shares(axes, shares):
    """Bars of the share of subjects without a value; shares : {label: share}."""
    places = np.arange(len(shares))
    axes.barh(places, [100 * s for s in shares.values()], color=PALETTE[0], height=0.6)
    axes.set_yticks(places, list(shares))
    axes.set(ylim=(len(shares) - 0.4, -0.6), xlabel=say("Subjects without a value (%)"))
    return axes
