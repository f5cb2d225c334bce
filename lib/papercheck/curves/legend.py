"""Legends of an image: their entries, and the frames around them, rectangles of thin lines that are no curves."""

import re

import numpy as np

from .axes import Panel
from .drawing import Drawing
from .image import FAINT, Image

PALE = 0.12  # share of the strongest ink: frames are often grey
SHORT = 60  # pixels: the least side of a frame
CORNER = 10  # pixels that a rounded corner takes
WORDED = re.compile(r"[^\W\d_]{2}|[^\W\d_]$")  # what a name holds, and a sample of a line does not
SAMPLE = re.compile(r"[-_=+|]+\s")  # a line at the beginning of a text
NO_ARM = re.compile(r"censor|\bCI\b|interval|limit|median", re.IGNORECASE)  # entries of a legend that are no arm
LARGEST = 0.75  # of the plot's width or height


def entries(image: Image, drawing: Drawing) -> list:
    """[(name, colour or None)] of the longest list of texts, one below the other, with the sample of a line left of
    each; its colour (3,) where it is not part of the text."""
    lists = []
    named = (t for t in drawing.texts if t.angle == 0 and WORDED.search(t.text) and not NO_ARM.search(t.text))
    for text in named:
        colour = _sample(image, text)
        if colour is None and not SAMPLE.match(text.text):
            continue
        for known, colours in lists:
            if abs(known[0].box[0] - text.box[0]) < 4.5 * text.height:  # a sample may be part of a text
                if all(abs(t.middle[1] - text.middle[1]) > 0.6 * text.height for t in known):
                    known.append(text)
                    colours.append(colour)
                break
        else:
            lists.append(([text], [colour]))
    longest = max(lists, key=lambda pair: len(pair[0]), default=([], []))
    return [(SAMPLE.sub("", t.text, count=1), c) for t, c in zip(*longest, strict=True)]


def _sample(image, text) -> np.ndarray | None:
    """The colour of the level line left of a text, thin, of dashes or with a mark, and blank above and below it; None
    where there is none. A pale one ends before the text, unlike the line of a grid."""
    size, y = text.height, text.middle[1]
    x = int(text.box[0] - 0.3 * size)
    window = slice(max(0, int(y - 0.5 * size)), int(y + 0.5 * size) + 1), slice(max(0, int(x - 3 * size)), max(0, x))
    ink = image.ink[window]
    if ink.shape[0] < 5 or ink.shape[1] < 1.5 * size:
        return None
    pale = ink.max() <= FAINT
    part = ink > (max(PALE, 0.6 * ink.max()) if pale else FAINT)
    rows = part.mean(axis=1)
    line = rows > 0.6 * rows.max()
    inked = np.flatnonzero(part[line].any(axis=0))
    thin = line.sum() <= 0.4 * size and rows[~line].max(initial=0) < 0.35 * rows.max()
    if not (thin and len(inked) and np.ptp(inked) > 1.2 * size and rows.max() > 0.25):
        return None
    if pale and inked[-1] > part.shape[1] - 0.2 * size:
        return None
    return np.median(image.rgb[window][ink >= 0.85 * ink.max()], axis=0)


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
