"""Forest plot of the coefficients of models: a table with the plot as one of its columns."""

from dataclasses import dataclass

import numpy as np

from ..style import FAINT, INK, PALETTE, SIZE, WIDTH, house_style, new_figure, wrap
from .place import text_inches

TEXT = SIZE - 1
LINE, GAP, SPACE = 0.15, 0.09, 0.13  # inches: a line of text, between rows, between columns
DENSE_LETTERS, DENSE_GAP = 66, 0.055  # of a plot with one line a ratio
LABEL_LETTERS, LEAST_LETTERS = 30, 18
LABEL_LINES = 3  # of a label at its full width; a narrower one has more, and as many letters
LEAST_AXES, MOST_AXES = 1.35, 2.6  # inches of the axes
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
FARTHEST = 100.0  # limits beyond it, or below 1 / it, become arrows
HEADS = {
    "label": "Factor",
    "n": "n",
    "events": "Events",
    "ratio": "HR (95% CI)",
    "p": "P",
    "penalized": "HR, Firth (95% CI)",
    "penalized_p": "P, Firth",
    "reference": "reference",
}


@dataclass(frozen=True)
class Estimate:
    """A ratio with its interval, and both as they are printed."""

    value: float
    low: float
    high: float
    text: str
    p_text: str = ""
    below: bool = False  # P below the level: the mark is filled


@dataclass(frozen=True)
class ForestRow:
    """One row. kind : head (a factor whose levels follow), level, reference, or single (a factor with one row).
    free : drawn grey; reason : why there is no estimate, in place of it."""

    label: str
    kind: str = "single"
    n: str = ""
    events: str = ""
    estimate: Estimate | None = None
    penalized: Estimate | None = None
    reason: str = ""
    free: bool = False


def forest_table(rows, xlabel, heads=None, dense=False):
    """A figure of the rows from the top. Columns without an entry are left out; each row has one line, whatever it
    holds.

    Returns the figure and its axes. heads : texts of the columns, where they are not HEADS; dense : long labels on one
        line, rows close together.
    """
    heads = HEADS | (heads or {})
    with house_style():
        letters, gap = (DENSE_LETTERS, DENSE_GAP) if dense else (LABEL_LETTERS, GAP)
        figure, axes = new_figure(1, layout="none")
        columns = _columns_that_fit(figure, rows, heads, letters)
        heights = [gap + LINE * (1 + line.count("\n")) for line in columns[0][2]]
        top, bottom = 0.30, 0.55
        tall = sum(heights) + top + bottom
        figure.set_figheight(tall)
        left, right = _placed(figure, columns)
        axes.set_position([left, bottom / tall, right - left, sum(heights) / tall])
        edges = np.concatenate([[0], np.cumsum(heights)])
        places = (edges[1:] + edges[:-1]) / 2
        _draw(axes, rows, places, edges[-1])
        axes.set_xlabel(xlabel, fontsize=TEXT)
        _write(figure, rows, columns, [(bottom + sum(heights) - y) / tall for y in places], 1 - 0.5 * top / tall)
        _stripes(figure, edges, bottom, sum(heights), tall)
    return figure, axes


def _columns_that_fit(figure, rows, heads, letters):
    """The columns with the labels as wide as `letters`, or narrower, so that the plot keeps to two columns of a
    journal."""
    kept = LABEL_LINES * letters
    while True:
        lines = [wrap(row.label, letters, -(-kept // letters)) for row in rows]
        columns = _columns(figure, rows, lines, heads)
        if _text_width(columns) + LEAST_AXES <= WIDTH or letters <= LEAST_LETTERS:
            return columns
        letters -= 4


def _text_width(columns) -> float:
    return sum(column[3] + SPACE for column in columns) + SPACE


def _columns(figure, rows, lines, heads):
    """[name, heading, texts, inches, x] of each column of text
    with an entry, in order; the plot stands after `events`.
    """
    columns = []
    for name, texts in _texts(rows, lines, heads).items():
        if name == "label" or any(texts):
            cells = [
                (heads[name], "bold"),
                *((t, "bold" if rows[i].kind == "head" else "normal") for i, t in enumerate(texts)),
            ]
            wide = max(text_inches(figure, text, TEXT, weight)[0] for text, weight in {*cells} if text)
            columns.append([name, heads[name], texts, wide + (0.12 if name == "label" else 0), 0.0])
    return columns


def _texts(rows, lines, heads):
    both = [(row.estimate, row.penalized, row.kind == "reference", row.reason) for row in rows]
    return {
        "label": lines,
        "n": [row.n for row in rows],
        "events": [row.events for row in rows],
        "ratio": [e.text if e else heads["reference"] if ref else reason for e, _, ref, reason in both],
        "p": [e.p_text if e else "" for e, _, _, _ in both],
        "penalized": [f.text if f else "" for _, f, _, _ in both],
        "penalized_p": [f.p_text if f else "" for _, f, _, _ in both],
    }


def _placed(figure, columns):
    """Give every column its place; returns the ends of the axes as shares of the width, which grows if it must."""
    before = [c for c in columns if c[0] in ("label", "n", "events")]
    after = [c for c in columns if c not in before]
    text = _text_width(columns)
    axes = float(np.clip(figure.get_figwidth() - text, LEAST_AXES, MOST_AXES))
    wide = text + axes
    figure.set_figwidth(wide)
    x = 0.0
    for column in before:
        column[4] = x if column[0] == "label" else x + column[3]  # counts stand right-aligned
        x += column[3] + SPACE
    left, x = x + 0.03, x + axes + SPACE
    for column in after:
        column[4] = x
        x += column[3] + SPACE
    for column in columns:
        column[4] /= wide
    return left / wide, (left + axes - 0.03) / wide


def _write(figure, rows, columns, places, head):
    for name, heading, texts, _, x in columns:
        side = "right" if name in ("n", "events") else "left"
        style = {"ha": side, "va": "center", "fontsize": TEXT}
        figure.text(x, head, heading, fontweight="bold", **style)
        for row, text, y in zip(rows, texts, places, strict=True):
            indent = 0.12 / figure.get_figwidth() if name == "label" and row.kind in ("level", "reference") else 0.0
            colour = FAINT if row.free or (name == "ratio" and row.estimate is None) else INK
            colour = PALETTE[1] if name.startswith("penalized") and not row.free else colour
            figure.text(
                x + indent, y, text, color=colour, fontweight="bold" if row.kind == "head" else "normal", **style
            )


def _stripes(figure, edges, bottom, inside, tall):
    """A faint ground under every second row, to lead the eye from the label to the numbers."""
    from matplotlib.patches import Rectangle

    for low, high in list(zip(edges[:-1], edges[1:], strict=True))[1::2]:
        box = (0, (bottom + inside - high) / tall), 1, (high - low) / tall
        figure.add_artist(Rectangle(*box, transform=figure.transFigure, color="#F4F6F8", lw=0, zorder=-2))


def _draw(axes, rows, places, height):
    drawn = [e for row in rows for e in (row.estimate, row.penalized) if e]
    low, high = _ends(drawn)
    axes.set(xscale="log", xlim=(low, high), ylim=(height, 0), yticks=[])
    for row, y in zip(rows, places, strict=True):
        both = [e for e in (row.estimate, row.penalized) if e]
        for i, estimate in enumerate(both):
            shift = 0.055 * (2 * i - 1) if len(both) > 1 else 0.0
            _mark(axes, estimate, y + shift, (low, high), estimate is row.penalized, row.free)
        if row.kind == "reference":
            axes.plot(1, y, "s", ms=3.5, color=FAINT, mfc="white")
    axes.axvline(1, color=FAINT, lw=0.9, zorder=0)
    ticks = [t for t in TICKS if low <= t <= high]
    ticks = [t for t in ticks if t in (0.01, 0.1, 1, 10, 100)] if len(ticks) > 6 else ticks
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axes.minorticks_off()
    axes.tick_params(labelsize=TEXT)
    axes.spines["left"].set_visible(False)
    axes.patch.set_visible(False)


def _ends(drawn):
    lows = [x for e in drawn for x in (e.low, e.value) if np.isfinite(x) and x > 0]
    highs = [x for e in drawn for x in (e.high, e.value) if np.isfinite(x)]
    low = max(1 / FARTHEST, min([0.5, *lows]))
    return low / 1.25, min(FARTHEST, max([2.0, *highs])) * 1.25


def _mark(axes, e, y, ends, penalized, free):
    low, high = ends
    colour = FAINT if free else PALETTE[1 if penalized else 0]
    reach = np.clip(np.nan_to_num([e.low, e.high], nan=1.0, posinf=high, neginf=low), low, high)
    axes.plot(reach, [y, y], color=colour, lw=1.3, solid_capstyle="butt")
    shape = {"marker": "D", "ms": 4.2} if penalized else {"marker": "s", "ms": 5}
    if low <= e.value <= high:  # half a mark at the edge would be no mark
        axes.plot(e.value, y, color=colour, mfc=colour if e.below else "white", mew=1.2, **shape)
    beyond = np.nanmin([e.low, e.value]) < low, np.nanmax([e.high, e.value]) > high
    for cut, where, mark in ((beyond[0], low, "<"), (beyond[1], high, ">")):
        if cut:
            axes.plot(where, y, marker=mark, color=colour, ms=5, clip_on=False)
