"""The first picture of a report: survival on both courses,
change of the lesions, and each patient, in one composition.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ..style import COURSE_COLOURS, FAINT, LINES, PALETTE, SIZE, house_style, keep_layout
from .km import CurveLook, cells, plot_curves, plot_numbers_below
from .place import free_corner, laid_out
from .swimmer import plot_swimmer
from .waterfall import plot_paired_waterfall, sorted_by

WIDE, NARROW = (10.6, 5.3), 4.05  # inches: beside each other on a screen; stacked on a phone
HEAD = SIZE + 0.5
SAMPLE = 20  # points of a line beside its name or numbers
NAMED = 40  # patients whose identifiers and durations stand beside their lanes
COLOURS = COURSE_COLOURS | {"OS": PALETTE[2]}  # of the curves
WORDS = {
    "A": "Progression-free survival on both courses",
    "B": "Best change of target lesions (%)",
    "C": "Each patient",
    "S": "Overall survival",
    "INITIAL": "First ICI course",
    "RECHALLENGE": "Rechallenge",
    "OS": "OS",
    "left": "Left: first ICI course",
    "right": "Right: rechallenge",
    "compact": "At risk (events)",
    "free": "PFS (%)",
    "alive": "OS (%)",
    "from": "Months from the start of the course",
    "around": "Months before and after rechallenge began",
    "median": "Median, months (95% CI)",
    "ongoing": "→ censored",
    "patient": "Patient",
}


@dataclass(frozen=True)
class FirstScreen:
    """What the picture shows. curves : {phase: Curve}; median_texts, bands : by phase; lines : further lines under the
    medians;
    changes : {phase: {identifier: percent}}; lanes : frame of USUBJID, APHASE, start, end, ongoing; responses :
    {identifier: code on rechallenge}, printed at the end of the lane; overall : the curve of overall survival, for a
    panel of its own; what is not there has no panel."""

    curves: dict
    ticks: np.ndarray
    median_texts: dict = field(default_factory=dict)
    bands: dict = field(default_factory=dict)
    lines: tuple = ()
    changes: dict = field(default_factory=dict)
    lanes: pd.DataFrame | None = None
    responses: dict = field(default_factory=dict)
    words: dict = field(default_factory=lambda: WORDS)
    overall: "FirstScreen | None" = None


def first_screen(shown, stacked=False):
    """The composed picture as a figure: beside each other for
    a screen, stacked for a phone. Returns it and its axes.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with house_style():
        figure = Figure(figsize=_size(shown, stacked), layout="constrained")
        FigureCanvasAgg(figure)
        figure.get_layout_engine().set(w_pad=0.06, h_pad=0.05, hspace=0.03, wspace=0.03)
        axes = _axes(figure, shown, stacked)
        _curves(axes["A"], axes["table"], shown, "free")
        if "B" in axes:
            _changes(axes["B"], shown)
        if "C" in axes:
            _lanes(axes["C"], shown)
        if "S" in axes:
            _curves(axes["S"], axes["table S"], shown.overall, "alive")
        _heads(axes, shown)
        for name, curves in (("A", shown), ("S", shown.overall)):
            if name in axes:
                _medians(axes[name], curves)
    return figure, axes


def _curves(axes, table, shown, ylabel):
    """Curves with the numbers at risk and of events below, each row behind the line of its curve: the medians name
    the lines.
    """
    words = {"compact": shown.words["compact"]}
    labels = {"xlabel": shown.words["from"], "ylabel": shown.words[ylabel], "below": ("compact",), "words": words}
    look = CurveLook(bands=shown.bands, median_texts=shown.median_texts, colours=COLOURS, **labels)
    plot_curves(axes, shown.curves, shown.ticks, look)
    plot_numbers_below(table, shown.curves, {phase: "" for phase in shown.curves}, shown.ticks, look)
    rows = zip(shown.curves, table.get_yticks(), strict=True)
    for phase, place in rows if len(shown.curves) > 1 else ():
        first = cells(shown.curves[phase], shown.ticks[:1], "compact")[0]
        _line_before(table, place, _sample(shown, phase), len(first) * SIZE / 2)
    table.set_yticks([])


def _sample(shown, phase):
    """A piece of the line of a curve, to stand before its name or numbers."""
    from matplotlib.lines import Line2D
    from matplotlib.offsetbox import DrawingArea

    box = DrawingArea(SAMPLE, SIZE)
    look = {"color": COLOURS[phase], "ls": LINES[list(shown.curves).index(phase)], "lw": 1.6}
    box.add_artist(Line2D([0, SAMPLE], [SIZE / 2] * 2, **look))
    return box


def _line_before(table, place, sample, width):
    """The line of a curve before the first number of its row. width : points of that number, which stands at zero."""
    from matplotlib.offsetbox import AnnotationBbox

    at = {"xybox": (-width / 2 - 4, 0), "boxcoords": "offset points", "box_alignment": (1, 0.5), "pad": 0}
    table.add_artist(AnnotationBbox(sample, (0, place), frameon=False, annotation_clip=False, **at))


def _patients(shown):
    return 0 if shown.lanes is None else shown.lanes["USUBJID"].nunique()


def _size(shown, stacked):
    if not stacked:
        return WIDE if (shown.changes or _patients(shown) or shown.overall) else (WIDE[0] * 0.62, WIDE[1])
    return NARROW, 3.6 + (2.0 if shown.changes else 0) + _lanes_height(shown) + (3.4 if shown.overall else 0)


def _lanes_height(shown):
    """Inches of the lanes on a phone: room for a name beside each, or for bars alone."""
    patients = _patients(shown)
    return 0 if not patients else 0.17 * patients + 0.9 if patients <= NAMED else 4.2


def _axes(figure, shown, stacked):
    """{letter: axes}; the table of numbers stands under the curves."""
    right = [letter for letter, there in (("B", shown.changes), ("C", _patients(shown))) if there]
    right += ["S", "table S"] if shown.overall else []
    share = {"A": 3.0, "table": 0.5, "B": 1.75, "C": _lanes_height(shown), "S": 3.0, "table S": 0.5}
    if stacked or not right:
        names = ["A", "table", *(right if stacked else [])]
        panels = figure.subplots(len(names), 1, height_ratios=[share[n] for n in names], squeeze=False)
        return dict(zip(names, panels[:, 0], strict=True))
    left, beside = figure.subfigures(1, 2, width_ratios=[1 if shown.overall else 1.18, 1])
    upper = left.subplots(2, 1, height_ratios=[3.0, 0.38])
    heights = {("B", "C"): [1.0, 1.3], ("S", "table S"): [3.0, 0.38]}.get(tuple(right), [1.0] * len(right))
    lower = beside.subplots(len(right), 1, height_ratios=heights, squeeze=False)[:, 0]
    return {"A": upper[0], "table": upper[1]} | dict(zip(right, lower, strict=True))


def _changes(axes, shown):
    first, again = (shown.changes.get(phase, {}) for phase in COURSE_COLOURS)
    plot_paired_waterfall(axes, sorted_by(again, first), first, again)
    low, high = axes.get_ylim()
    axes.set_yticks([t for t in (-100, -60, -30, 0, 20, 60, 100, 150, 200) if low <= t <= high])


def _lanes(axes, shown):
    lanes = shown.lanes.assign(colour=shown.lanes["APHASE"].astype(str).map(COURSE_COLOURS))
    again = lanes[lanes["APHASE"].astype(str) == "RECHALLENGE"].sort_values(["end", "USUBJID"], ascending=[False, True])
    labels = {}
    if len(again) <= NAMED:
        ends = zip(again["USUBJID"], again["end"] - again["start"], strict=True)
        labels = {s: f"{length:.1f} {shown.responses.get(s, '')}".strip() for s, length in ends}
    plot_swimmer(axes, lanes, order=list(again["USUBJID"]), labels=labels)
    left, right = axes.get_xlim()
    axes.set_xlim(left, right + 0.10 * (right - left))
    axes.set_xlabel(shown.words["around"])
    axes.tick_params(axis="y", labelsize=7 if len(again) <= 26 else 5.5)
    if len(again) > NAMED:
        axes.set_yticks([])
        for bar in axes.patches:  # outlines would darken thin bars
            bar.set_linewidth(0)


def _heads(axes, shown):
    """Letter and title of each panel; the courses are words in their colours beside the panels that they name."""
    panels = [name for name in "ABCS" if name in axes]
    for letter, name in zip("ABC", panels, strict=False):
        title = f"{letter}  {shown.words[name]}" if len(panels) > 1 else shown.words[name]
        axes[name].set_title(title, loc="left", fontweight="bold", fontsize=HEAD, y=1)
    if "B" in axes:
        _course_names(axes["B"], shown)
    if "C" in axes and bool(shown.lanes["ongoing"].any()):
        axes["C"].set_title(shown.words["ongoing"], loc="right", fontsize=SIZE - 1.5, color=FAINT, y=1)


def _course_names(axes, shown):
    """Which bar is of which course, in their colours, at the right above a panel; one without bars is not named."""
    from matplotlib.offsetbox import AnchoredOffsetbox, HPacker, TextArea

    look = {"fontweight": "bold", "fontsize": SIZE - 1.5}
    sides = [phase for phase in COURSE_COLOURS if shown.changes.get(phase)]
    names = ["left", "right"] if len(sides) == 2 else sides
    parts = [
        TextArea(shown.words[name], textprops=look | {"color": COURSE_COLOURS[phase]})
        for name, phase in zip(names, sides, strict=True)
    ]
    box = HPacker(children=parts, pad=0, sep=8)
    at = {"bbox_to_anchor": (1, 1), "bbox_transform": axes.transAxes, "frameon": False, "pad": 0, "borderpad": 0.2}
    axes.add_artist(AnchoredOffsetbox(loc="upper right", child=box, **at))
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.12 * (high - low))  # room for the names above the bars


def _medians(axes, shown):
    """The names of the curves with their medians, in their
    colours, where nothing is covered; above the axes otherwise.
    """
    from matplotlib.offsetbox import AnchoredOffsetbox, HPacker, TextArea, VPacker

    head = {"color": FAINT, "fontsize": SIZE}
    parts = [TextArea(shown.words["median"], textprops=head)] if shown.median_texts else []
    for phase in shown.curves:
        said = f"{shown.words[phase]}  {shown.median_texts.get(phase, '')}".strip()
        name = TextArea(said, textprops={"color": COLOURS[phase], "fontweight": "bold", "fontsize": SIZE})
        lined = [_sample(shown, phase), name] if len(shown.curves) > 1 else [name]
        parts.append(HPacker(children=lined, align="center", pad=0, sep=5))
    parts += [TextArea(line, textprops=head) for line in shown.lines]
    box = VPacker(children=parts, pad=0, sep=3)
    figure = axes.get_figure(root=True)
    renderer = laid_out(figure)
    holder = AnchoredOffsetbox(loc="lower left", child=box, frameon=False, pad=0, borderpad=0)
    axes.add_artist(holder)
    size = holder.get_window_extent(renderer)
    corner = free_corner(axes, size.width, size.height, renderer)
    if corner is not None:
        keep_layout(figure)
    else:  # no room among the curves: the upper part of the axes is made free
        low, high = axes.get_ylim()
        share = (size.height + 12) / axes.get_window_extent(renderer).height
        axes.set_ylim(low, high / max(0.3, 1 - share))
        corner = free_corner(axes, size.width, size.height, renderer) or tuple(axes.get_window_extent(renderer).p0)
    corner = axes.transAxes.inverted().transform(corner)  # shares of the axes, which a new size keeps
    holder.set_bbox_to_anchor(tuple(corner), transform=axes.transAxes)
