"""Figures drawn at whole pixels: where the programs that do so put a line that belongs between two pixels.

Agg, with which matplotlib draws, moves each level or upright line so that its edges fall on edges of pixels: to the
nearest whole pixel where it is an even number of pixels wide, half a pixel further right and down where it is odd.
Tick marks and curves of other widths so stand half a pixel apart, which a time read between them is off by.

Patients whose times are whole weeks or months make falls at these alone. Where nearly all falls of an image stand so,
by far more than chance brings them there, their times are taken as whole.
"""

from dataclasses import replace

import numpy as np

from .axes import UNIT_NAMES, Panel
from .image import Image

NEAR, MOST = 0.12, 0.8  # of a pixel: distance from a whole or half one; share of the places that must be so near
FEWEST = 3
OFF, NARROW = 1.5, 6.0  # pixels of the file that a fall may lie off a whole time; the least between two such times
MOSTLY, CHANCE = 0.9, 1e-6  # share of the falls that lie at whole times, and how seldom chance brings as many there


def drawn_at(panel: Panel, image: Image, upper, lower, pen) -> Panel:
    """The panel by which a line is read: its axes moved by as much as line and tick marks were to whole pixels.

    upper, lower : edges of the line in each column, nan where not seen; pen: its width.
    """
    shifts = [_phase([p for _, p in axis.labels], image.scale) for axis in (panel.x, panel.y) if axis.by == "ticks"]
    middle = (upper + lower) / 2
    level = np.isfinite(middle) & (np.abs(lower - upper - pen) < max(1.0, 0.2 * pen))
    level = np.flatnonzero(level[1:] & level[:-1] & (np.abs(np.diff(middle)) < 0.1 * image.scale))
    own = _phase(middle[level], image.scale)
    if len(shifts) < 2 or None in (*shifts, own):
        return panel
    right, down = ((own - shift) * image.scale for shift in shifts)
    down = -down if image.mirrored else down
    return replace(panel, x=replace(panel.x, zero=panel.x.zero + right), y=replace(panel.y, zero=panel.y.zero + down))


def _phase(places, scale) -> float | None:
    """0 where most places are whole pixels of the file, 0.5 where they lie between; None where they are neither."""
    part = np.asarray(places, float) / scale % 1
    if len(part) < FEWEST:
        return None
    for phase in (0.0, 0.5):
        if (np.abs((part - phase + 0.5) % 1 - 0.5) < NEAR).mean() >= MOST:
            return phase
    return None


def with_whole_times(curves, panel: Panel, unit, scale) -> str:
    """Puts falls and censorings at whole days, weeks or months where nearly all falls of an image stand there; a note,
    "" where they do not. unit : months in a unit of the time axis, None where it is not known."""
    falls = np.concatenate([c.time[_large(c)] for c in curves])
    sizes = {name: months / unit for months, name in UNIT_NAMES.items()} if unit else {"units of the axis": 1.0}
    wide = scale / abs(panel.x.unit)  # time in a pixel of the file
    for name, size in sorted(sizes.items(), key=lambda pair: -pair[1]):
        near = _near_whole(falls, size, OFF * wide)
        by_chance = (2 * OFF * wide / size) ** near.sum()
        if size >= NARROW * wide and len(falls) and near.mean() >= MOSTLY and by_chance < CHANCE:
            for curve in curves:
                curve.time, curve.survival = _moved(curve.time, curve.survival, size, OFF * wide)
                marks = curve.censored
                curve.censored = np.where(_near_whole(marks, size, OFF * wide), np.round(marks / size) * size, marks)
            return f"the falls stand at whole {name}: their times were taken as these"
    return ""


def _large(curve) -> np.ndarray:
    """Which falls are no small ones, as dashes, marks and noise make."""
    drops = -np.diff(np.append(1.0, curve.survival))
    return drops >= 0.5 * drops.mean() if len(drops) else np.zeros(0, bool)


def _near_whole(times, size, off) -> np.ndarray:
    return np.abs(times - np.round(times / size) * size) <= off


def _moved(times, survival, size, off) -> tuple:
    """Times near whole ones at these, and S after each; falls that come to one time are one, one at 0 none."""
    times = np.where(_near_whole(times, size, off), np.round(times / size) * size, times)
    last = np.append(np.diff(times) > 1e-9, True)
    kept = last & (times > 0)
    return times[kept], survival[kept]
