"""Waterfall and spider plots of the change of target lesions."""

import numpy as np

from ..style import COURSE_COLOURS, FAINT, INK, RESPONSE_COLOURS, RESPONSE_HATCHES, SIZE, shorten_identifier
from .place import laid_out

LINES_AT = (20, -30)  # percent: progression and partial response, RECIST 1.1
NAMED = 30  # bars up to which patients are named and values written
LETTER = 0.56  # width of a letter, as a share of its size
UNKNOWN = "#BBBBBB"
CLEAR = {"facecolor": "white", "edgecolor": "none", "pad": 0.3}  # a value that lies on a line is still read


def plot_waterfall(axes, order, changes, responses=None, title=""):
    """One bar a patient, in the order given, so that panels of one figure show a patient at the same place.

    order : identifiers from left to right; changes : {identifier: percent}, without those never measured;
    responses : {identifier: code}, the colour of the bar. Values are written where the bars are wide enough.
    """
    responses = responses or {}
    for i, subject in enumerate(order):
        if subject not in changes and len(order) > NAMED:
            continue
        if subject not in changes:
            place = {"textcoords": "offset points", "ha": "center", "va": "bottom"}
            axes.annotate("NE", (i, 0), (0, 1.5), color=FAINT, fontsize=6.5, **place)
            continue
        code = responses.get(subject, "")
        look = {"color": RESPONSE_COLOURS.get(code, UNKNOWN), "hatch": RESPONSE_HATCHES.get(code, ""), "width": 0.8}
        axes.bar(i, changes[subject], edgecolor=INK, lw=0.4 if len(order) <= 2 * NAMED else 0, **look)
    _values(axes, order, changes)
    _lines(axes)
    axes.set_title(title, fontsize=SIZE, y=1)
    axes.set_xlim(-0.7, len(order) - 0.3)
    named = len(order) <= NAMED
    axes.set_xticks(*([range(len(order)), [shorten_identifier(s) for s in order]] if named else [[]]))
    longest = max((len(shorten_identifier(s)) for s in order), default=0)
    upright = longest > 3 or longest * LETTER * 7 > _room(axes, order)
    axes.tick_params(axis="x", rotation=90 if upright else 0, labelsize=7)
    return axes


def plot_paired_waterfall(axes, order, first, again):
    """Both courses of each patient side by side, in the colours
    of the courses. first, again : {identifier: percent}.
    """
    for phase, changes, shift in (("INITIAL", first, -0.2), ("RECHALLENGE", again, 0.2)):
        places = [i + shift for i, subject in enumerate(order) if subject in changes]
        heights = [changes[subject] for subject in order if subject in changes]
        axes.bar(places, heights, width=0.38, color=COURSE_COLOURS[phase], lw=0)
    _lines(axes)
    axes.set_xlim(-0.7, len(order) - 0.3)
    named = len(order) <= NAMED
    axes.set_xticks(*([range(len(order)), [shorten_identifier(s, 6) for s in order]] if named else [[]]))
    axes.tick_params(axis="x", rotation=90 if len(order) > 14 else 0, labelsize=7, length=0)
    return axes


def sorted_by(changes, *fallbacks) -> list:
    """Identifiers from the worst to the best of `changes`; those without one follow, by the fallbacks."""
    known = sorted(changes, key=lambda s: (-changes[s], str(s)))
    for more in fallbacks:
        known += sorted((s for s in more if s not in known), key=lambda s: (-more[s], str(s)))
    return known


def _room(axes, order) -> float:
    """Points of the axis that each bar has."""
    return axes.get_window_extent().width / axes.figure.dpi * 72 / (len(order) + 0.4)


def _values(axes, order, changes):
    """Values over the bars where the widest fits its bar."""
    if not len(order) or len(order) > NAMED:
        return
    size = 6.5
    if _room(axes, order) < 3.2 * size * LETTER:
        return
    for i, subject in enumerate(order):
        if subject in changes:
            value = changes[subject]
            up = value >= 0
            place = {"ha": "center", "va": "bottom" if up else "top", "textcoords": "offset points"}
            axes.annotate(
                f"{value:.0f}".replace("-", "−"), (i, value), (0, 2 if up else -2), fontsize=size, bbox=CLEAR, **place
            )


def _lines(axes):
    for level in LINES_AT:
        axes.axhline(level, color=FAINT, lw=0.8, ls="--", zorder=0)
    axes.axhline(0, color=INK, lw=0.8)
    axes.margins(y=0.1)


def plot_spider(axes, visits, responses=None, named=15):
    """Change of the target lesions of each patient over time, from 0 at baseline.

    visits : frame of USUBJID, time, PCHG; responses : {identifier: code}. A patient without a visit is not drawn.
    """
    responses, ends = responses or {}, []
    visits = visits.dropna(subset=["time", "PCHG"])
    many = visits["USUBJID"].nunique() > named
    look = {"lw": 0.8, "ms": 2, "alpha": 0.75} if many else {"lw": 1.2, "ms": 3}
    for subject, rows in visits.groupby("USUBJID", sort=True, observed=True):
        rows = rows.sort_values("time")
        colour = RESPONSE_COLOURS.get(responses.get(subject, ""), FAINT)
        time, change = np.append(0, rows["time"]), np.append(0, rows["PCHG"])
        axes.plot(time, change, color=colour, marker="o", markevery=slice(1, None), **look)
        ends.append((change[-1], time[-1], subject))
    _lines(axes)
    axes.set_xlim(left=0)
    if len(ends) <= named:
        _end_labels(axes, ends)
    return axes


def _end_labels(axes, ends):
    """Identifiers at the ends of their lines, moved apart where they would lie on each other."""
    laid_out(axes.figure)
    inch, placed = axes.figure.dpi, []
    for change, time, subject in sorted(ends):
        x, own = axes.transData.transform((time, change))
        near = [y for place, y in placed if abs(place - x) < 0.45 * inch]
        y = max([own, *(y + 0.11 * inch for y in near)])
        placed.append((x, y))
        shift = (4, (y - own) * 72 / inch)
        look = {"textcoords": "offset points", "fontsize": 7, "va": "center", "annotation_clip": False}
        axes.annotate(shorten_identifier(subject), (time, change), shift, **look)
