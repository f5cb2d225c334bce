"""Figures drawn at whole pixels: where the programs that do so put a line that belongs between two pixels.

Agg, with which matplotlib draws, moves each level or upright line so that its edges fall on edges of pixels: to the
nearest whole pixel where it is an even number of pixels wide, half a pixel further right and down where it is odd.
Tick marks and curves of other widths so stand half a pixel apart, which a time read between them is off by.
"""

from dataclasses import replace

import numpy as np

from .axes import Panel
from .image import Image

NEAR, MOST = 0.12, 0.8  # of a pixel: distance from a whole or half one; share of the places that must be so near
FEWEST = 3


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
