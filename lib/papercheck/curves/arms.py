"""Which lines of an image are arms: limits, grids, rims of lines and bands, and lines of a median told from them."""

import numpy as np

from .axes import Panel
from .steps import Curve, is_limit

WHITE = np.array([255.0, 255.0, 255.0])
ASIDE = np.array(
    [0.0, -7.5, -5.6, -3.8, 3.8, 5.6, 7.5]
)  # by how many ties a line is moved aside to see what chance gives
TIE = 4.0  # pixels: two falls nearer than this are at one time, when limits are told from curves


def without_limits(read, panel: Panel) -> list[Curve]:
    """The arms without limits: of one colour, thinner or dashed, along a solid one, falling where it falls."""
    near = TIE / abs(panel.x.unit)
    limits = set()
    for curve in (c for c in read if not c.dash):
        mates = [
            c for c in read if c is not curve and c.colour == curve.colour and (c.dash or c.width < 0.7 * curve.width)
        ]
        sides = {id(c): _side(c, curve) for c in mates}
        pair = {1, -1} <= set(sides.values())
        limits |= {id(m) for m in mates if m.dash and m.width < 0.75 * curve.width}
        limits |= {id(m) for m in mates for o in mates if _around(m, o, curve)}
        for mate in mates:
            alike = is_limit(mate, curve, near, 0.45 if pair else 0.7)
            if sides[id(mate)] and alike and (pair or _shared(mate, curve, near)[1] >= 0.15):
                limits.add(id(mate))
            if mate.dash and _falls_with(mate, curve, 2 * near):
                limits.add(id(mate))
    kept = [c for c in read if id(c) not in limits and not c.median_line and not _sudden(c, panel)]
    kept = [c for c in kept if not _on_grid(c, panel) and not _rim(c, kept) and not _core(c, read)]
    kept = [c for c in kept if not _band_edge(c, kept, near)]
    told = []
    for curve in sorted(kept, key=lambda c: -c.width):
        if not _of_others(curve, told):
            told.append(curve)
    return [c for c in kept if c in told]


def _around(a, b, curve) -> bool:
    """Are two lines of one line type, told by its dashes, on either side of a curve? Arms of one colour are of
    different types. The two may have been exchanged where they meet the curve."""
    if a.dash != b.dash or a.dash <= (1.0,):
        return False
    grid = np.linspace(0, min(a.end, b.end, curve.end), 201)[1:]
    return bool(((a.at(grid) - curve.at(grid)) * (b.at(grid) - curve.at(grid)) < 0).mean() > 0.75)


def _falls_with(limit, curve, near) -> bool:
    """Does a dashed line fall where a curve falls, more often than the same line moved aside would, on one side of it?
    The dashes hide where it falls to some pixels, so that an arm of its own must be told from chance."""
    if len(limit.time) < 5 or len(curve.time) < 3:
        return False
    shared, more = _shared(limit, curve, near)
    ahead = limit.at(grid := np.linspace(0, min(limit.end, curve.end), 201)[1:]) - curve.at(grid)
    one_sided = max((ahead >= -0.006).mean(), (ahead <= 0.006).mean())
    return bool(shared >= 0.9 and more >= 0.15 and one_sided >= 0.8)


def _shared(limit, curve, near) -> tuple:
    """Share of the falls of one line that are falls of another, and by how much it is more than chance gives."""
    gaps = np.abs(limit.time[:, None, None] + near * ASIDE[None, :, None] - curve.time).min(axis=2) <= near
    return float(gaps[:, 0].mean()), float(gaps[:, 0].mean() - gaps[:, 1:].mean())


def _on_grid(curve, panel) -> bool:
    """Do all its falls lead from one line of a grid to another, or has a grey line none?"""
    if not len(curve.time):
        return bool(np.ptp(rgb_of(curve.colour)) < 12 and curve.colour > "#202020")
    ticks = [v / (100 if panel.percent else 1) for v, _ in panel.y.labels]
    share = np.array([min(abs(s - v) for v in ticks) for s in curve.survival])
    time = np.array([min(abs(t - v) for v, _ in panel.x.labels) for t in curve.time])
    unit = abs(panel.y.unit) * (100 if panel.percent else 1)
    levels, places = bool((share * unit < 5).all()), bool((time * abs(panel.x.unit) < 5).all())
    pale = np.ptp(rgb_of(curve.colour)) < 12 and curve.colour > "#808080"
    return (pale and len(curve.time) <= 2) or (
        len(curve.time) <= 8 and levels and (places or (pale and len(curve.time) <= 3))
    )


def _rim(curve, others) -> bool:
    """Is it far thinner than a curve of its ink, or of an ink
    that it is a pale form of: the rim of a line or of a band?
    """
    return any(
        curve.width < 0.4 * other.width
        and (curve.colour == other.colour or _mixed(rgb_of(curve.colour), rgb_of(other.colour), WHITE))
        for other in others
    )


def _core(curve, lines) -> bool:
    """Is it of another ink than lines that are far wider, and
    inside them all along: their marks, and their darkest pixels?
    """
    grid = np.linspace(0, curve.end, 202)[1:-1]
    inside = np.zeros(len(grid), bool)
    for line in (c for c in lines if c.colour != curve.colour and curve.width < 0.7 * c.width):
        inside |= (np.abs(line.at(grid) - curve.at(grid)) < 0.012) & (grid <= line.end * 1.02)
    widest = max((c.width for c in lines), default=0)
    return bool(inside.mean() > (0.5 if curve.width < 0.35 * widest else 0.65))


def _band_edge(curve, others, near) -> bool:
    """Is it a pale form of the ink of another curve, and falls where that falls: the edge of its band?"""
    for other in (c for c in others if c.colour != curve.colour and len(curve.time) >= 8 and len(c.time)):
        colour = rgb_of(other.colour)
        pale = (WHITE - rgb_of(curve.colour)) @ (WHITE - colour) < 0.6 * (WHITE - colour) @ (WHITE - colour)
        if not (pale and _mixed(rgb_of(curve.colour), colour, WHITE) and _side(curve, other)):
            continue
        shared, more = _shared(curve, other, near)
        if shared >= 0.7 and more >= 0.1:
            return True
    return False


def _of_others(curve, others) -> bool:
    """Is it the rim of other curves, or pixels where they meet: of a mixed colour, and all along one of them?"""
    grid = np.linspace(0, curve.end, 202)[1:-1]
    colours = [rgb_of(c.colour) for c in others]
    mixed = [
        c
        for c, a in zip(others, colours, strict=True)
        if any(_mixed(rgb_of(curve.colour), a, b) for b in [*colours, WHITE]) or _mixed(a, rgb_of(curve.colour), WHITE)
    ]
    near = np.zeros(len(grid), bool)
    for other in others if curve.hidden > 0.4 else mixed:
        near |= (np.abs(other.at(grid) - curve.at(grid)) < 0.02) & (grid <= other.end * 1.02)
    return bool(near.mean() > 0.85)


def _mixed(colour, a, b) -> bool:
    if np.linalg.norm(b - a) < 20:
        return False
    share = float((colour - a) @ (b - a) / ((b - a) @ (b - a)))
    return 0.03 < share < 0.97 and bool(np.linalg.norm(colour - a - share * (b - a)) < 60)


def rgb_of(colour) -> np.ndarray:
    """The parts of a colour '#rrggbb', 0 to 255."""
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], float)


def _side(limit, curve) -> int:
    """1 above, -1 below a curve all along; 0 neither."""
    ahead = limit.at(grid := np.linspace(0, min(limit.end, curve.end), 201)[1:]) - curve.at(grid)
    return int((ahead >= -0.006).mean() > 0.97) - int((ahead <= 0.006).mean() > 0.97)


def _sudden(curve, panel) -> bool:
    """Does it drop far at the very start, as the lines that mark a median do when reached along the axis?"""
    span = max(v for v, _ in panel.x.labels) - min(0.0, min(v for v, _ in panel.x.labels))
    return bool(curve.at(0.008 * span) < 0.7 and len(curve.time) <= 6)
