"""Step curves among the strokes of a drawing: joined, told from grids, limits and median lines, in times and shares."""

from dataclasses import dataclass, field

import numpy as np

from .axes import Panel
from .drawing import Drawing

LEVEL = 0.02  # points that a level or upright line may slant
SLANT = 0.15  # points that an upright line may slant where a program dropped a corner next to it
AT_ONE = 0.012  # in S: how near to 1 a curve starts
EARLY = 0.06  # of the time axis: how near to its start
SHORT = 0.08  # of the time axis: a shorter line with fewer than three falls is no curve
CROWDED = 0.3  # of the mean way between falls: what most are apart at least where falls stand at whole units of time
SHARED = 0.9  # of its falls a limit shares with its curve


@dataclass(eq=False)
class Curve:
    """A curve read: fall times and S after each (k,), the last time seen, censor times, colour and dash, name.

    start : S at the left end where it is not 1; limits : it has confidence limits of its own in the figure; notes :
    what a person should know of it.
    """

    time: np.ndarray
    survival: np.ndarray
    end: float
    colour: str
    dash: tuple = ()
    width: float = 1.0
    censored: np.ndarray = field(default_factory=lambda: np.zeros(0))
    name: str = ""
    at_risk: tuple = ()
    notes: list = field(default_factory=list)
    hidden: float = 0.0
    median_line: bool = False
    path: np.ndarray | None = None
    vertices: np.ndarray = field(default_factory=lambda: np.zeros(0))

    def at(self, time):
        """S at times, after falls at them."""
        return np.append(1.0, self.survival)[np.searchsorted(self.time, np.asarray(time, float) + 1e-9, side="right")]


def step_curves(drawing: Drawing, panel: Panel) -> list[Curve]:
    """The curves of a panel, confidence limits left out, in the order of the drawing."""
    lines = _joined([s for s in drawing.strokes if _inside(s, panel)])
    found = [c for c in (_curve(points, style, panel) for points, style in lines) if c is not None]
    found = _without_doubles(found)
    limits = _limits(found)
    plain = [c for c in found if id(c) not in limits]
    return [c for c in plain if not _ruled(c, drawing, panel)]


def _inside(stroke, panel) -> bool:
    x0, y0, x1, y1 = stroke.box
    left, top, right, foot = panel.box
    slack = 0.05 * (foot - top)
    if x0 > right + slack or x1 < left - slack or y0 > foot + slack or y1 < top - 3 * slack:
        return False
    return not (stroke.closed and len(stroke.points) <= 5)


def _joined(strokes) -> list:
    """(points, style) of lines, those of one style that meet end to end put together; drawn from left to right."""
    groups = {}
    for stroke in strokes:
        groups.setdefault(stroke.style, []).append(stroke.points)
    found = []
    for style, lines in groups.items():
        pieces = sorted((p if p[0, 0] <= p[-1, 0] else p[::-1] for p in lines), key=lambda p: (p[0, 0], p[0, 1]))
        found += [(points, style) for points in _chains(pieces, max(0.05, 0.3 * style[1]))]
    return found


def _chains(pieces, near) -> list:
    """Pieces that begin where another ends, put behind it; long ones are left as they are."""
    chains, loose = [p for p in pieces if len(p) > 6], [p for p in pieces if len(p) <= 6]
    ends = {}
    for piece in loose:
        for chain in (ends.get(key) for key in _around(piece[0], near)):
            if chain is not None and np.abs(chain[-1][-1] - piece[0]).max() <= near:
                break
        else:
            chain = []
            chains.append(chain)
        if chain:
            ends.pop(_key(chain[-1][-1], near), None)
        chain.append(piece)
        ends[_key(piece[-1], near)] = chain
    return [np.vstack(c) if isinstance(c, list) else c for c in chains]


def _key(point, near):
    return tuple(np.round(point / near).astype(int))


def _around(point, near):
    x, y = _key(point, near)
    return [(x + i, y + j) for i in (0, -1, 1) for j in (0, -1, 1)]


def _curve(points, style, panel) -> Curve | None:
    """The Curve of a line of falling steps that starts at 1; None of any other."""
    if len(points) < 2:
        return None
    if points[0, 0] > points[-1, 0]:
        points = points[::-1]
    moves = np.abs(np.diff(points, axis=0))
    slanted = (moves > SLANT).all(axis=1)
    length = moves.sum()
    if length == 0 or moves[slanted].sum() > 0.02 * length:
        return None
    if (np.diff(points[:, 0]) < -LEVEL * 2).any() or (np.diff(points[:, 1]) < -LEVEL * 2).any():
        return None
    time, share = panel.x.value(points[:, 0]), panel.survival(points[:, 1])
    span = _span(panel)
    if abs(share[0] - 1) > AT_ONE or time[0] > min(v for v, _ in panel.x.labels) + EARLY * span:
        return None
    falls, after = _falls(time, points[:, 1], panel)
    if len(falls) < 3 and np.ptp(time) < SHORT * span:
        return None
    return Curve(
        falls, after, float(time[-1]), style[0], style[2], style[1], path=points, vertices=np.unique(np.round(time, 6))
    )


def _span(panel) -> float:
    values = [v for v, _ in panel.x.labels]
    return max(values) - min(values)


def _falls(time, place, panel):
    """Times of falls and S after them; steps of less than the drawing's own rounding are none."""
    low = np.maximum.accumulate(place)
    levels, times = [], []
    here = low[0]
    for k in range(1, len(low)):
        if low[k] > here + LEVEL:
            if times and abs(time[k] - times[-1]) < 1e-6 * max(1.0, abs(time[k])) + 1e-9:
                levels[-1] = low[k]
            else:
                times.append(time[k])
                levels.append(low[k])
            here = low[k]
    share = np.clip(panel.survival(np.array(levels)), 0, 1) if levels else np.zeros(0)
    return np.array(times), np.where(share < 1e-4, 0.0, share)


def _without_doubles(found) -> list:
    """One of two curves drawn over each other in the same colour (a line and its outline)."""
    kept = []
    for curve in found:
        same = [
            k
            for k in kept
            if k.colour == curve.colour
            and len(k.time) == len(curve.time)
            and np.allclose(k.time, curve.time)
            and np.allclose(k.survival, curve.survival, atol=1e-4)
            and abs(k.end - curve.end) < 1e-6
        ]
        if not same:
            kept.append(curve)
    return kept


def _limits(found) -> set:
    """ids of the curves that are confidence limits: all their falls are falls of one curve that they go along."""
    limits = set()
    for curve in sorted(found, key=lambda c: (len(c.dash) > 0, -len(c.time))):
        if id(curve) in limits:
            continue
        mates = [o for o in found if o is not curve and id(o) not in limits and is_limit(o, curve)]
        if _crowded(curve.time):
            mates = [m for m in mates if any(_other_side(m, o, curve) for o in mates)]
        limits.update(id(m) for m in mates)
    return limits


def _crowded(times) -> bool:
    """Stand falls at most of the times at which they can, as those of many patients in whole months do? Then another
    arm falls with them too, and limits are known by their pair alone."""
    gaps = np.diff(times)
    return len(gaps) > 3 and bool(np.percentile(gaps, 10) > CROWDED * gaps.mean())


def _other_side(a, b, curve) -> bool:
    """Are two lines of one style on either side of a curve?"""
    grid = np.linspace(0, min(a.end, b.end, curve.end), 52)[1:-1]
    ahead, behind = (np.mean(c.at(grid) - curve.at(grid)) for c in (a, b))
    return (a.colour, a.dash) == (b.colour, b.dash) and ahead * behind < 0


def is_limit(limit: Curve, curve: Curve, near: float = 0.0, least: float = 0.75) -> bool:
    """Does `limit` fall where `curve` falls, always above it or always below?

    near : the distance of two times that count as one, in units of the axis; least : share of its falls that a limit of
    the same colour shares.
    """
    if len(curve.time) < 2 or not len(limit.time):
        return False
    same = limit.colour == curve.colour
    if same and limit.dash == curve.dash and limit.width >= curve.width and not near:
        return False
    near = max(near, 1e-4 * curve.end)
    gap = np.abs(limit.time[:, None] - curve.time[None, :]).min(axis=1)
    shared = float((gap <= near).mean())
    needed = least if same else SHARED
    if shared < needed or (not same and len(limit.time) < 5):
        return False
    grid = np.linspace(0, min(limit.end, curve.end), 201)[1:]
    ahead = limit.at(grid) - curve.at(grid)
    one_sided = (ahead >= -0.006).mean() > 0.97 or (ahead <= 0.006).mean() > 0.97
    return one_sided and np.abs(ahead).mean() > 0.005


def _ruled(curve, drawing, panel) -> bool:
    """A level line without falls that is a grid line, an axis or a frame rather than an arm without events."""
    if len(curve.time) == 1:  # down to the foot at either side: a frame or the axes
        lowest = min(v for v, _ in panel.y.labels) / (100 if panel.percent else 1)
        foot, span = max(panel.survival(panel.box[3]), lowest), _span(panel)
        at = (curve.time[0] - min(v for v, _ in panel.x.labels)) / span
        return bool(curve.survival[0] <= foot + 0.02 and (at >= 0.95 or at < 0.01))
    if len(curve.time):
        return False
    y = curve.path[0, 1]
    mates = [
        s
        for s in drawing.strokes
        if s.style == (curve.colour, round(curve.width, 1), tuple(round(d, 1) for d in curve.dash))
        and len(s.points) == 2
        and abs(s.points[0, 1] - s.points[1, 1]) < LEVEL
        and abs(s.points[0, 1] - y) > 1
        and abs(s.points[1, 0] - s.points[0, 0]) > 0.5 * np.ptp(curve.path[:, 0])
    ]
    beyond = curve.path[:, 0].min() < panel.x.place(min(v for v, _ in panel.x.labels)) - 1
    grey = len({curve.colour[1:3], curve.colour[3:5], curve.colour[5:]}) == 1
    return bool(mates) or beyond or (grey and curve.colour != "#000000")
