"""Kaplan-Meier curves as journals print them: curves, bands, ticks, medians in the plot, numbers below."""

from dataclasses import dataclass, field

import numpy as np

from smallsurv.curve import numbers_at_risk

from ...text.language import say
from ..many import marks_censoring, thinned
from ..style import FAINT, INK, LINES, PALETTE, SIZE, house_style, new_figure, shorten, wrap
from .place import legend_beside

RISK_LABEL, RISK_LINES = 24, 3  # letters of a line of the table below, lines of a label
ROW = 0.24  # inches of a row of that table
WORDS = {
    "risk": "At risk",
    "events": "Events",
    "censored": "Censored",
    "compact": "At risk (events)",
    "median": "median",
}


@dataclass(frozen=True)
class CurveLook:
    """What stands around curves. bands : {group: (low, high)} of S(t) at the curve's times; medians : {group: time};
    median_texts : {group: "2.90 (1.68-8.19)"}, printed beside the labels under `median_head`; below : what the table
    gives of "risk", "events", "censored", or ("compact",) for "13 (4)"; sums : {group: weights at risk at each tick},
    which stand under `words["weighted"]`, and not among the patients; note : a test or ratio, at the top right."""

    ylabel: str = ""
    xlabel: str = ""
    heading: str = ""
    note: str = ""
    bands: dict = field(default_factory=dict)
    medians: dict = field(default_factory=dict)
    median_texts: dict = field(default_factory=dict)
    median_head: str = ""
    below: tuple = ("risk",)
    sums: dict = field(default_factory=dict)
    words: dict = field(default_factory=lambda: WORDS)
    colours: dict = field(default_factory=dict)

    def colour(self, group, i):
        """The colour of a group: its own, else that of its place."""
        return self.colours.get(group, PALETTE[i % len(PALETTE)])

    def rows(self, curves) -> list[tuple[str, list]]:
        """The blocks of the table below: what it gives, and the groups that have a line there."""
        blocks = [(what, [g for g in curves if g not in self.sums]) for what in self.below]
        return [*blocks, ("weighted", list(self.sums))] if self.sums else blocks


def survival_panels(curves, labels, ticks, look=None, height=3.2):
    """A figure with curves above and numbers below. curves, labels
    : {group: Curve}, {group: text}. Returns it and its axes.
    """
    look = look or CurveLook()
    with house_style():
        lines = {g: wrap(label, RISK_LABEL, RISK_LINES) for g, label in labels.items()}
        rows = sum(0.95 + sum(_rows(lines[g]) for g in groups) for _, groups in look.rows(curves))
        figure, (axes, table) = new_figure(height + ROW * rows, nrows=2, height_ratios=[height, ROW * rows])
        plot_curves(axes, curves, ticks, look)
        for line, label in zip(
            (x for x in axes.lines if x.get_drawstyle().startswith("steps")), labels.values(), strict=True
        ):
            line.set_label(label)  # names the curve in the numbers behind the figure (drawn.py)
        plot_numbers_below(table, curves, lines, ticks, look)
        if len(curves) > 1 or look.median_texts:
            curve_legend(axes, curves, labels, look)
    return figure, (axes, table)


def _rows(label):
    """The height of a label of the table, in rows."""
    return 1 + 0.85 * label.count("\n")


def plot_curves(axes, curves, ticks, look):
    """Curves in percent, bands where given, ticks for the censored, dotted lines at the medians."""
    marked = marks_censoring(curves)
    for i, (group, curve) in enumerate(curves.items()):
        colour, kept = look.colour(group, i), thinned(curve)
        time, survival = np.append(0, curve.time[kept]), 100 * np.append(1, curve.survival[kept])
        axes.step(time, survival, where="post", color=colour, ls=LINES[i % len(LINES)], lw=1.6, gid=f"curve {i}")
        if group in look.bands:
            _band(axes, time, [100 * np.append(1, limit[kept]) for limit in look.bands[group]], colour)
        lost = (curve.n_censor > 0) & marked
        axes.plot(curve.time[lost], 100 * curve.survival[lost], ls="", marker="|", color=colour, ms=7, mew=1.2)
        middle = look.medians.get(group, np.nan)
        if np.isfinite(middle):
            axes.plot([0, middle, middle], [50, 50, 0], color=FAINT, ls=":", lw=0.9, zorder=0, gid="faint")
    axes.set(ylim=(0, 102), xlim=(0, ticks[-1]), xticks=ticks, yticks=range(0, 101, 25))
    axes.set(xlabel=look.xlabel, ylabel=look.ylabel)
    if look.note:
        axes.set_title(look.note, loc="right", pad=3)
    return axes


def _band(axes, time, limits, colour):
    """The interval as long as it can be estimated: to the end of the last step that has one."""
    low, high = limits
    last = max(np.flatnonzero(np.isfinite(low) & np.isfinite(high)), default=-1) + 1
    if last > 1:
        until = time[: last + 1]
        low, high = (np.append(limit[:last], limit[last - 1 : last])[: len(until)] for limit in (low, high))
        axes.fill_between(until, low, high, step="post", color=colour, alpha=0.13, lw=0)


def curve_legend(axes, curves, labels, look):
    """Labels with their lines and, where given, medians; inside the axes only where nothing is covered."""
    from matplotlib.lines import Line2D

    handles, texts = [], []
    for i, group in enumerate(curves):
        handles.append(Line2D([], [], color=look.colour(group, i), ls=LINES[i % len(LINES)], lw=1.6))
        median = look.median_texts.get(group, "")
        label = shorten(labels[group], 80)
        texts.append(say("{what}: {value}", what=label, value=median) if median else label)
    heading = "\n".join(part for part in (look.heading, look.median_head if look.median_texts else "") if part)
    return legend_beside(axes, handles, texts, heading or None)


def plot_numbers_below(axes, curves, labels, ticks, look):
    """Rows under the ticks of the curves; at every tick t: at risk just before t, events and censored earlier than t.

    The three add up to the size of the group, but where patients enter late. Source: Morris et al. 2019, BMJ Open
    9:e030215 (KMunicate).
    """
    place, colours, names = 0.0, [], []
    axes.set(xlim=(0, ticks[-1]), xticks=[])
    places = {group: i for i, group in enumerate(curves)}
    for what, groups in look.rows(curves):
        said = {"va": "center", "ha": "left", "color": FAINT, "fontsize": SIZE - 1, "clip_on": False}
        axes.text(0, place, look.words[what], **said)
        for group in groups:
            place += 0.5 + _rows(labels[group]) / 2
            names.append((place, labels[group]))
            colours.append(look.colour(group, places[group]) if len(curves) > 1 else INK)
            texts = look.sums[group] if what == "weighted" else cells(curves[group], ticks, what)
            for tick, text in zip(ticks, texts, strict=True):
                axes.text(
                    tick, place, text, ha="center", va="center", clip_on=False, fontsize=SIZE - 0.5, color=colours[-1]
                )
            place += (_rows(labels[group]) - 1) / 2
        place += 1.15
    axes.set(ylim=(place - 0.4, -0.5))
    axes.set_yticks([p for p, _ in names], [n for _, n in names], linespacing=1.05)
    for tick, colour in zip(axes.get_yticklabels(), colours, strict=True):
        tick.set_color(colour)
    wide = 9 if "compact" in look.below else 3
    axes.tick_params(left=False, pad=8 + wide + 3 * max(len(str(curve.n)) for curve in curves.values()))
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    return axes


def cells(curve, ticks, what) -> list[str]:
    """The texts of one row of the table below the curves."""
    earlier = np.searchsorted(curve.time, np.asarray(ticks, float), side="left")
    events = np.append(0, np.cumsum(curve.n_event))[earlier].astype(int)
    censored = np.append(0, np.cumsum(curve.n_censor))[earlier].astype(int)
    risk = curve.n - events - censored if not curve.subjects else numbers_at_risk(curve, ticks)
    rows = {"risk": risk, "events": events, "censored": censored}
    return [f"{r} ({e})" for r, e in zip(risk, events, strict=True)] if what == "compact" else [*map(str, rows[what])]
