"""Numbers at risk below a plot, and the names of the curves: rows of whole numbers at the ticks of the time axis."""

import re
from itertools import permutations

import numpy as np

from .axes import Panel, numbers
from .drawing import Drawing

LATER = 1.002  # of the end of a curve: times beyond, for the drawing's rounding
NAMED = re.compile(r"[^\W\d]|[<>≤≥]\s*\d")
COUNT = re.compile(r"^(\d[\d ,]*)\s*(?:[(\[].*[)\]])?$")


def risk_rows(drawing: Drawing, panel: Panel) -> list:
    """[(name, colour, times, counts)] from the top: whole numbers
    in a row at the ticks, none larger than the one before.
    """
    size = float(np.median([t.height for t in drawing.texts])) if drawing.texts else 1.0
    cells = [(int(re.sub(r"[ ,]", "", m[1])), t) for t in drawing.texts if (m := COUNT.match(t.text.strip()))]
    cells = [(n, t) for n, t in cells if t.angle == 0]
    below = _rows(drawing, panel, [c for c in cells if c[1].middle[1] > panel.box[3] + 0.5 * size], size)
    if below:
        return below
    above = [c for c in cells if c[1].middle[1] < panel.box[1] - size]
    rows, counts = _rows(drawing, panel, above, size), {id(t) for _, t in above}
    labels = [n for n in numbers(drawing.texts) if n.text.middle[1] < panel.box[1] - size and id(n.text) not in counts]
    return rows if not labels and len(above) == sum(len(r[3]) for r in rows) else []  # else another plot stands above


def _rows(drawing, panel, cells, size) -> list:
    """The rows among cells (number, text), as `risk_rows` gives them."""
    found = []
    for y in sorted({round(t.middle[1], 1) for _, t in cells}):
        row = sorted(
            ((n, t) for n, t in cells if abs(t.middle[1] - y) < 0.05 + 0.1 * size), key=lambda c: c[1].middle[0]
        )
        read = _row(row, panel, size)
        if read is not None and not any(abs(read[3] - f[4]) < 0.5 * size for f in found):
            found.append((_name(drawing, row[0][1], size), *read))
    return [f[:4] for f in found]


def _row(row, panel, size):
    """(colour, times, counts, y) of a row at the ticks; None where it is no row at risk."""
    step = np.abs(np.diff(sorted(p for _, p in panel.x.labels)))
    if len(row) < 2 or not len(step):
        return None
    values = np.array([v for v, _ in panel.x.labels])
    unit = np.median(np.diff(np.sort(values)))
    times, counts = [], []
    for n, text in row:
        value = float(panel.x.value(text.middle[0]))
        snapped = round(value / (unit / 2)) * unit / 2
        own = min(values) - 0.6 * unit < value < max(values) + 1.6 * unit  # cells beyond are of a plot beside it
        if own and abs(value - snapped) * abs(panel.x.unit) < 0.9 * text.height:
            times.append(snapped)
            counts.append(n)
    falling = all(a >= b for a, b in zip(counts, counts[1:], strict=False))
    if len(counts) < max(2, 0.6 * len(row)) or not falling or counts[0] == 0:
        return None
    return row[0][1].colour, tuple(times), tuple(counts), row[0][1].middle[1]


def _name(drawing, first, size) -> str:
    """The text left of the first number, on its line."""
    left = [
        t
        for t in drawing.texts
        if t.box[2] < first.box[0]
        and abs(t.middle[1] - first.middle[1]) < 0.7 * size
        and NAMED.search(t.text)
        and t.angle == 0
    ]
    return max(left, key=lambda t: t.box[2]).text if left else ""


def with_names(drawing: Drawing, panel: Panel, curves: list) -> None:
    """Names of curves from the legend (a short line of the same
    style, its text to the right) or labels of their colour.
    """
    for curve in curves:
        curve.name = curve.name or _legend(drawing, curve) or _coloured(drawing, panel, curve)


def _legend(drawing, curve) -> str:
    size = float(np.median([t.height for t in drawing.texts])) if drawing.texts else 1.0
    for stroke in drawing.strokes:
        x0, y0, x1, y1 = stroke.box
        same = stroke.colour == curve.colour and tuple(round(d, 1) for d in stroke.dash) == curve.dash
        if (
            not same
            or y1 - y0 > 0.4 * size + 0.1
            or not 0.8 * size < x1 - x0 < 12 * size
            or stroke.points is curve.path
        ):
            continue
        right = [
            t
            for t in drawing.texts
            if -0.5 < t.box[0] - x1 < 3 * size and abs(t.middle[1] - y0) < 0.8 * size and re.search(r"[^\W\d]", t.text)
        ]
        if right:
            return min(right, key=lambda t: t.box[0]).text
    return ""


def _coloured(drawing, panel, curve) -> str:
    if curve.colour in ("#000000", "#333333"):
        return ""
    own = [t.text for t in drawing.texts if t.colour == curve.colour and re.search(r"[^\W\d_]{2}", t.text)]
    return own[0] if own else ""


def with_risk(drawing: Drawing, panel: Panel, curves: list) -> list:
    """Gives each curve its row of numbers at risk, and takes back
    those that its curve contradicts; what a person should know.
    """
    notes = _given(drawing, panel, curves)
    for curve in curves:
        against = disagreement(curve, _foot(panel))
        if against:
            curve.at_risk = ()
            notes.append(
                f"the row at risk of {curve.name or 'a curve'} is not used: {against}; look at the figure, give --n"
            )
    return notes


def _foot(panel) -> float:
    """S at the foot of a plot."""
    return float(panel.survival(panel.box[3]))


def _leaves(curve, foot) -> bool:
    """Does a curve leave the plot by its foot, where that is above 0, so that it is not seen to its end?"""
    return bool(foot > 0.02 and len(curve.survival) and curve.survival[-1] < foot + 0.03)


def disagreement(curve, foot=0.0) -> str:
    """How a curve contradicts its numbers at risk, or "": of n1 at risk at least n1 - n2 must have left until n2 are,
    so that S falls to n2 / n1 of itself at most; and no fall is smaller than one of those at risk."""
    if not curve.at_risk:
        return ""
    times, counts = (np.array(v, float) for v in curve.at_risk)
    alive = curve.at(np.maximum(times - 1e-6, 0))
    for k in range(1, len(times)):
        n1, n2, s1, s2 = counts[k - 1], counts[k], alive[k - 1], alive[k]
        if times[k] <= curve.end and n2 > n1 * s2 / max(s1, 1e-9) + 1 + 0.02 * counts[0]:
            return f"{n2:g} of {n1:g} are at risk at {times[k]:g}, while S falls from {s1:.2f} to {s2:.2f}"
    if not _leaves(curve, foot) and counts[times > curve.end * LATER].max(initial=0) > 0.05 * counts[0] + 1:
        return f"its curve ends at {curve.end:.3g}, and later ones are at risk"
    before = np.append(1.0, curve.survival)[:-1]
    share = 1 - curve.survival / np.maximum(before, 1e-9)
    at = np.clip(np.searchsorted(times, curve.time, side="right") - 1, 0, None)
    if len(share) >= 8 and np.median(share * counts[at]) < 0.7:
        return f"its falls are too small for {counts[0]:g} patients: half of them below {np.median(share):.3f} of S"
    return ""


def _given(drawing, panel, curves) -> list:
    """Rows to curves by name or colour, or as the only ones that fit; what could not be told."""
    rows = risk_rows(drawing, panel)
    free = list(curves)
    for told in (_same, _named, _coloured_alike):
        for row in list(rows):
            mine = [c for c in free if told(c, row)]
            if len(mine) == 1:
                _give(mine[0], row, free, rows)
    if not rows or not free:
        return [f"the row at risk of {r[0] or 'no name'} belongs to no curve" for r in rows]
    foot, few = _foot(panel), min(len(rows), len(free))
    orders = (zip(order, rows, strict=False) for order in permutations(free, few))
    fitting = [o for o in map(list, orders) if all(_fits(curve, row, foot) for curve, row in o)]
    if len(fitting) == 1 and len(rows) <= len(free):
        for curve, row in fitting[0]:
            _give(curve, row, free, rows)
        return (
            ["rows at risk went to the curves that they fit: nowhere more at risk than alive"]
            if len(curves) > 1
            else []
        )
    if drawing.kind == "image" and len(free) > 1:  # the order of inks is not the order of arms
        return [f"the row at risk of {r[0] or 'no name'} could not be given to a curve: give --n CURVE=N" for r in rows]
    if len(rows) == len(free) == len(curves):
        for curve, row in list(zip(free, rows, strict=True)):
            _give(curve, row, free, rows)
        return ["rows at risk went to the curves in the order of the figure"]
    return [
        f"the row at risk of {r[0] or 'no name'} fits several curves, or none: name them with --curve" for r in rows
    ]


def _give(curve, row, free, rows):
    curve.at_risk, curve.name = row[2:4], curve.name or row[0]
    free.remove(curve)
    rows.remove(row)


def _same(curve, row) -> bool:
    """Have a curve and a row one name, sign by sign (<40 and >=40 have the same letters)?"""
    return bool(curve.name) and re.sub(r"[\s:]", "", curve.name) == re.sub(r"[\s:]", "", row[0])


def _named(curve, row) -> bool:
    return bool(curve.name and row[0]) and _alike(curve.name, row[0])


def _coloured_alike(curve, row) -> bool:
    """Is the row printed in the colour of the curve, and in no shade of grey?"""
    a, b = (np.array([int(c[i : i + 2], 16) for i in (1, 3, 5)]) for c in (curve.colour, row[1]))
    return bool(np.ptp(b) > 40 and np.linalg.norm(a - b) < 70)


def _fits(curve, row, foot) -> bool:
    """Nobody is at risk who is not alive: n(t) / n(0) at most S just before t."""
    times, counts = np.array(row[2], float), np.array(row[3], float)
    seen = times <= curve.end * LATER
    alive = curve.at(np.maximum(times - 1e-6, 0))
    beyond = counts[~seen].max(initial=0)
    ended = _leaves(curve, foot) or beyond <= 0.05 * counts[0] + 1
    return bool((counts[seen] <= counts[0] * alive[seen] + 0.02 * counts[0]).all() and ended)


def _alike(a, b) -> bool:
    a, b = (re.sub(r"\W", "", x.lower()) for x in (a, b))
    return bool(a) and bool(b) and (a == b or (min(len(a), len(b)) > 3 and (a in b or b in a)))
