"""Censor marks on the curves of a drawing: small strokes, shapes and characters whose middle lies on a curve."""

import numpy as np

from .axes import Panel
from .drawing import SIGNS, Drawing
from .steps import Curve

LARGE = 0.05  # of the height of the plot
POINTS = 80  # of a circle that is drawn as a line
NEAR = 0.012  # in S: middle of a mark from its curve
ASIDE = 0.35  # points: programs put letters that serve as marks so far beside their time, across a fall there


def with_marks(drawing: Drawing, panel: Panel, curves: list) -> None:
    """Gives each curve the times of its censor marks, each mark one time."""
    lone = {}
    for x, y0, y1, colour in _marks(drawing, panel):
        curve = _carrier(x, y0, y1, colour, panel, curves)
        if curve is not None:
            lone.setdefault(id(curve), []).append(float(panel.x.value(x)))
    for curve in curves:
        curve.censored = _one_each(np.sort(lone.get(id(curve), [])), curve)


def _one_each(times, curve):
    """Times that differ by less than the drawing's rounding are one; a mark near a vertex of the line stands there."""
    if not len(times):
        return np.zeros(0)
    near = 3e-5 * max(curve.end, 1e-9)
    keep = np.append(True, np.diff(times) > near)
    return times[keep]


def _marks(drawing, panel) -> list:
    """(x, top, foot, colour) of all small things inside the plot."""
    left, top, right, foot = panel.box
    size = LARGE * (foot - top)
    found = []
    for stroke in drawing.strokes:
        x0, y0, x1, y1 = stroke.box
        if (
            len(stroke.points) <= (POINTS if stroke.closed else 40)
            and x1 - x0 < size
            and max(y1 - y0, x1 - x0) > 0.6
            and y1 - y0 < 1.6 * size
        ):
            found.append((x0, y0, x1, y1, stroke.colour))
    found += [(*s.box, s.colour) for s in drawing.shapes if max(s.box[2] - s.box[0], s.box[3] - s.box[1]) < size]
    for text in drawing.texts:
        if set(text.text) <= SIGNS | {" "} and text.angle == 0:
            chars = text.chars or (((text.text), text.box),)
            found += [(*box, text.colour) for _, box in chars]
    found = [m for m in found if left - size < (m[0] + m[2]) / 2 < right + size and top - size < m[1] < foot + size]
    found = [m for m in found if not _tick_mark(panel, m)]
    return _crosses(found)


def _tick_mark(panel, box) -> bool:
    """Does a thing stand at a label of the time axis, below the lowest label of the other axis?"""
    at = min(abs((box[0] + box[2]) / 2 - place) for _, place in panel.x.labels)
    return at < 0.5 and box[1] >= max(p for _, p in panel.y.labels) - 0.1 * (box[3] - box[1])


def _crosses(found) -> list:
    """A level and an upright stroke with one middle are one mark; a level one alone is none."""
    uprights, levels = [], []
    for x0, y0, x1, y1, colour in found:
        thin = y1 - y0 < 0.25 * (x1 - x0)
        (levels if thin else uprights).append(((x0 + x1) / 2, y0, y1, colour))
    return uprights


def _carrier(x, top, low, colour, panel, curves) -> Curve | None:
    """The curve that a mark lies on: of its colour first, the nearest in S; an upward tick stands on its curve, and a
    letter that serves as a mark crosses it above or below its middle."""
    middle = (top + low) / 2
    time = float(panel.x.value(x))
    best, least = None, np.inf
    for curve in curves:
        if time > curve.end * 1.002 + 1e-6 or time < -1e-6 * curve.end:
            continue
        aside = ASIDE / abs(panel.x.unit)
        levels = np.array([curve.at(t) for t in (time, max(time - aside, 0), time + aside)])
        places = panel.y.place(levels * (100 if panel.percent else 1))
        off = np.abs(places - middle)
        off = np.where((top <= places) & (places <= low), off / 2, off)
        away = min(off.min(), np.abs(places - low).min() + 0.02)
        away = away / abs(panel.y.place(100 if panel.percent else 1) - panel.y.place(0))
        cost = away + (0 if colour == curve.colour else NEAR / 2)
        if away < NEAR and cost < least:
            best, least = curve, cost
    return best
