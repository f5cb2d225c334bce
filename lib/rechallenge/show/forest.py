"""Forest plots of studies, as journals draw them: study, n,
estimate with interval, weight, diamonds, prediction bar.
"""

from dataclasses import dataclass, field

import numpy as np

from .figures.place import text_inches
from .style import FAINT, INK, PALETTE, SIZE, WIDTH, new_figure, wrap

LINE, GAP, CLOSE = 0.165, 0.07, 0.03  # inches: a line of text, the space between two rows, that of many rows
MANY = 16  # rows beyond which they stand close, so that a page holds them in letters that can be read
LEFT, RIGHT = 0.385, 0.70  # the axes, as shares of the width
NAME, COUNT, TEXT, WEIGHT = 0.0, 0.37, 0.715, 1.0
COUNT_STEP = 0.1  # between two columns of counts
NAME_WIDTH, LEAST_NAME = 34, 8  # characters of a name before it is broken, at most and at least
APART = 0.12  # inches between a name and the count beside it
RATIO_TICKS = (0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10)
HIGHLIGHT = "#FFF3D6"


@dataclass
class Row:
    """One line of a forest plot. kind : study, left_out, head, pool, prediction, cohort or line (a line of text).
    n : the text of the column of counts, or one text for each such column."""

    label: str
    kind: str = "study"
    n: str | tuple = ""
    estimate: float = np.nan
    low: float = np.nan
    high: float = np.nan
    text: str = ""
    weight: float = np.nan  # share of the pool
    weight_text: str = ""
    lines: list = field(default_factory=list)

    def __post_init__(self):
        self.n = self.n if isinstance(self.n, tuple) else (self.n,)
        self.lines = wrap(self.label, 95 if self.kind in ("line", "head") else NAME_WIDTH, 4).split("\n")


@dataclass(frozen=True)
class Axis:
    """The axis of a forest plot: its label, what lies left and right of the reference, its ends (limits; an interval
    beyond them becomes an arrow), and where lines are drawn: at the reference, and dotted at the pooled estimate
    (centre)."""

    label: str
    left: str = ""
    right: str = ""
    log: bool = True
    limits: tuple | None = None
    reference: float | None = None
    centre: float | None = None


def forest(rows, columns, axis: Axis):
    """Draw the rows from the top; returns the figure and its axes.

    columns : headings of study, n (or several, a tuple), estimate and weight.
    """
    reference, centre = axis.reference, axis.centre
    top, bottom = 0.26, 0.72 if axis.left else 0.55
    figure, axes = new_figure(1, layout="none")
    figure.set_figwidth(_width(figure, rows, columns))
    for row in rows:
        _break_name(figure, row)
    heights = [LINE * len(row.lines) + (CLOSE if len(rows) > MANY else GAP) for row in rows]
    height = sum(heights) + top + bottom
    figure.set_figheight(height)
    left, right = (share * WIDTH / figure.get_figwidth() for share in (LEFT, RIGHT))
    axes.set_position([left, bottom / height, right - left, sum(heights) / height])
    edges = np.concatenate([[0], np.cumsum(heights)])
    places = (edges[1:] + edges[:-1]) / 2
    low, high = axis.limits or _limits(rows, axis.log)
    axes.set(xscale="log" if axis.log else "linear", xlim=(low, high), ylim=(edges[-1], 0))
    _headings(figure, columns, 1 - (top - 0.08) / height)
    for row, y, row_height in zip(rows, places, heights, strict=True):
        at = (bottom + sum(heights) - y) / height
        if reference is not None and row.kind not in ("head", "line"):  # not through a line of text
            axes.plot([reference] * 2, [y - row_height / 2, y + row_height / 2], color=INK, lw=0.8, zorder=0)
        if centre is not None and np.isfinite(centre) and row.kind not in ("head", "line"):
            axes.plot(
                [centre] * 2, [y - row_height / 2, y + row_height / 2], color=FAINT, lw=0.9, ls=(0, (1, 1.5)), zorder=0
            )
        _draw(axes, row, y, low, high)
        _write(figure, row, at)
        if row.kind == "cohort":
            _highlight(figure, at, row_height / height)
    _finish(axes, axis, low, high)
    return figure, axes


def _width(figure, rows, columns) -> float:
    """Inches: all of the width where there are weights, else up to the end of the widest text."""
    _, _, text, weight = columns
    if weight:
        return WIDTH
    ends = [WIDTH * TEXT + text_inches(figure, said, SIZE - 1, "bold")[0] for said in (text, *(r.text for r in rows))]
    ends += [text_inches(figure, "\n".join(r.lines), SIZE - 1)[0] for r in rows if r.kind in ("line", "head")]
    return min(WIDTH, max(ends) + APART)


def _across(figure):
    """Where texts stand: shares of WIDTH across, shares of the figure upwards."""
    from matplotlib.transforms import Affine2D, blended_transform_factory

    return blended_transform_factory(Affine2D().scale(WIDTH, 1) + figure.dpi_scale_trans, figure.transFigure)


def _break_name(figure, row):
    """Break the name of a row where it would come near its counts, the first of which stands farthest to the left."""
    if row.kind in ("head", "line"):
        return
    weight = "bold" if _is_bold(row) else "normal"
    starts = [WIDTH * COUNT]
    for text, x, _ in _counts(row.n):
        starts += [WIDTH * x - text_inches(figure, text, SIZE - 1, weight)[0]] if text else []
    for letters in range(NAME_WIDTH, LEAST_NAME - 1, -1):
        name = wrap(row.label, letters, 4)
        if text_inches(figure, name, SIZE - 1, weight)[0] <= min(starts) - APART:
            break
    row.lines = name.split("\n")


def _is_bold(row) -> bool:
    return row.kind in ("head", "pool", "cohort")


def _limits(rows, log):
    """Ends of the axis that hold most intervals; single wild limits become arrows."""
    drawn = [row for row in rows if row.kind not in ("head", "line")]
    if not log:
        return 0.0, max([1e-9, *(row.high for row in drawn if np.isfinite(row.high))]) * 1.04
    lows = [row.low for row in drawn if row.low > 0] + [row.estimate for row in drawn if row.estimate > 0]
    highs = [row.high for row in drawn if np.isfinite(row.high)] + [row.estimate for row in drawn if row.estimate > 0]
    reach = min(10.0, max(2.0, 1.05 / min(lows, default=0.5), 1.05 * max(highs, default=2.0)))
    return 1 / reach, reach


def _headings(figure, columns, y):
    style = {"va": "center", "fontsize": SIZE - 1, "fontweight": "bold", "transform": _across(figure)}
    name, counts, text, weight = columns
    counts = counts if isinstance(counts, tuple) else (counts,)
    for said, x, side in ((name, NAME, "left"), *_counts(counts), (text, TEXT, "left"), (weight, WEIGHT, "right")):
        if said:
            figure.text(x, y, said, ha=side, **style)


def _counts(texts):
    """The columns of counts, the last one beside the axes."""
    return [(text, COUNT - COUNT_STEP * (len(texts) - 1 - i), "right") for i, text in enumerate(texts)]


def _write(figure, row, y):
    style = {"va": "center", "fontsize": SIZE - 1, "fontweight": "bold" if _is_bold(row) else "normal"}
    style |= {"color": FAINT if row.kind == "left_out" else INK, "transform": _across(figure)}
    cells = (("\n".join(row.lines), NAME, "left"), *_counts(row.n), (row.text, TEXT, "left"))
    for text, x, side in (*cells, (row.weight_text, WEIGHT, "right")):
        if text:
            figure.text(x, y, text, ha=side, linespacing=1.25, **style)


def _highlight(figure, y, height):
    from matplotlib.patches import Rectangle

    box = (-0.01, y - height / 2), 1.02, height
    figure.add_artist(Rectangle(*box, transform=figure.transFigure, color=HIGHLIGHT, zorder=-2, lw=0))


def _draw(axes, row, y, low, high):
    """The mark of one row; nothing for a heading, a line of text, or a row without an estimate."""
    if row.kind in ("head", "line") or not np.isfinite(row.estimate if row.kind != "prediction" else row.low):
        return
    ends = np.clip([row.low, row.high], low, high)
    colour = {"left_out": FAINT, "cohort": PALETTE[1], "prediction": PALETTE[1]}.get(row.kind, PALETTE[0])
    if row.kind == "pool":
        middle = np.clip(row.estimate, low, high)
        axes.fill([ends[0], middle, ends[1], middle], [y, y - LINE / 2, y, y + LINE / 2], color=colour, lw=0)
        return
    if row.kind == "prediction":
        axes.plot(ends, [y, y], color=colour, lw=3.2, solid_capstyle="butt")
    else:
        if np.isfinite(ends).all():
            axes.plot(ends, [y, y], color=colour, lw=1.2, solid_capstyle="butt")
        size = np.clip(14 * np.sqrt(row.weight), 2.5, 11) if np.isfinite(row.weight) else 5  # area by weight
        mark = "D" if row.kind == "cohort" else "s"
        hollow = row.kind in ("left_out", "cohort")
        axes.plot(
            np.clip(row.estimate, low, high),
            y,
            mark,
            color=colour,
            ms=size,
            mfc="white" if hollow else colour,
            clip_on=False,
        )
    for beyond, where, mark in ((row.low < low, low, "<"), (row.high > high, high, ">")):
        if beyond:
            axes.plot(where, y, mark, color=colour, ms=5, clip_on=False)


def _finish(axes, axis, low, high):
    if axis.log:
        ticks = [t for t in RATIO_TICKS if low <= t <= high]
        ticks = ticks if len(ticks) <= 6 else [t for t in ticks if t in (0.1, 0.2, 0.5, 1, 2, 5, 10)]
        axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
        axes.minorticks_off()
    sides = f"\n{axis.left}  ←  →  {axis.right}" if axis.left else ""
    axes.set_xlabel(f"{axis.label}{sides}", fontsize=SIZE - 1, linespacing=1.3)
    axes.tick_params(labelsize=SIZE - 1)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.patch.set_visible(False)  # a highlighted row lies behind it
