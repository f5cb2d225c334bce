"""Frames around legends of an image: rectangles of thin lines with words in them, which are no curves."""

import re

import numpy as np

from .axes import Panel
from .drawing import Drawing
from .image import Image

PALE = 0.12  # share of the strongest ink: frames are often grey
SHORT = 60  # pixels: the least side of a frame
CORNER = 10  # pixels that a rounded corner takes
WORDED = re.compile(r"[^\W\d_]{2}|[^\W\d_]$")  # what a name holds, and a sample of a line does not
LARGEST = 0.75  # of the plot's width or height


def frames(image: Image, drawing: Drawing, panel: Panel) -> list:
    """Boxes (x0, y0, x1, y1) in pixels of the frames of legends."""
    dark = image.ink > PALE
    wide, high = panel.box[2] - panel.box[0], panel.box[3] - panel.box[1]
    found = []
    for y, a, b in _level_runs(dark):
        if b - a >= LARGEST * wide or any(
            x0 - 5 <= a and b <= x1 + 5 and y0 <= y <= y1 + 5 for x0, y0, x1, y1 in found
        ):
            continue
        whole = np.flatnonzero(dark[:, a + CORNER : b - CORNER].mean(axis=1) > 0.97)
        for other in sorted(whole, key=lambda row: abs(row - y)):
            box = a, int(min(y, other)), b, int(max(y, other))
            if 25 < abs(other - y) < LARGEST * high and _upright(dark, box) and _worded(drawing, box):
                found.append(box)
                break
    return found


def _level_runs(dark) -> list:
    """(row, first, last column) of the level lines, one a line: unbroken, of at least SHORT pixels."""
    found = []
    for y in np.flatnonzero(dark.sum(axis=1) >= SHORT):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], dark[y].astype(np.int8), [0]])))
        for a, b in zip(edges[::2], edges[1::2], strict=True):
            if b - a >= SHORT and not any(y - r <= 6 and abs(a - c) < 4 and abs(b - d) < 4 for r, c, d in found[-40:]):
                found.append((int(y), int(a), int(b - 1)))
    return found


def _upright(dark, box) -> bool:
    """Are the left and the right side of a box lines?"""
    x0, y0, x1, y1 = box
    rows = slice(y0 + CORNER, max(y0 + CORNER + 1, y1 - CORNER))
    sides = (dark[rows, max(0, x - 3) : x + 4].mean(axis=0).max(initial=0) for x in (x0, x1))
    return all(side > 0.95 for side in sides)


def _worded(drawing, box) -> bool:
    x0, y0, x1, y1 = box
    return any(x0 < t.middle[0] < x1 and y0 < t.middle[1] < y1 and WORDED.search(t.text) for t in drawing.texts)
