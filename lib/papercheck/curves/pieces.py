"""Pieces of ink of an image that are letters: parts of one letter brought together, letters that touch cut apart."""

import numpy as np
from scipy import ndimage

from .letters import Glyph

FAINT = 0.30  # share of the strongest ink of an image that still is ink
LOW, HIGH = 9, 80  # pixels: height of letters in an image of usual size
WIDEST = 5  # heights: letters that run together in a small image
RING = 0.3, 0.68  # heights of the rings of a percent sign over that of its stroke


def glyphs(image) -> list[Glyph]:
    """The pieces of ink of the size of letters, each a letter: dots with their letters, rings with their stroke."""
    marks, _ = ndimage.label(image.ink > FAINT, structure=np.ones((3, 3)))
    found = []
    for k, (rows, columns) in enumerate(ndimage.find_objects(marks), 1):
        h, w = rows.stop - rows.start, columns.stop - columns.start
        joined = image.scale > 1 and LOW <= h <= HIGH and 1.15 * h < w <= WIDEST * h
        if 2 <= h <= HIGH and (2 <= w <= HIGH or joined) and max(h, w) >= 4:
            own = (marks[rows, columns] == k) * np.clip(image.ink[rows, columns] * 1.4, 0, 1)
            found.append(Glyph(own, (columns.start, rows.start, columns.stop, rows.stop)))
    return dotted(percents(found))


def dotted(pieces) -> list[Glyph]:
    """Pieces one above the other within a letter (i, =) are one."""
    pieces = sorted(pieces, key=lambda g: g.box[0])
    out = []
    for piece in pieces:
        for k in range(len(out) - 1, max(-1, len(out) - 12), -1):
            if _stacked(out[k].box, piece.box):
                out[k] = _merged(out[k], piece)
                break
        else:
            out.append(piece)
    return out


def _stacked(a, b) -> bool:
    across = min(a[2], b[2]) - max(a[0], b[0])
    gap = max(a[1], b[1]) - min(a[3], b[3])
    heights = a[3] - a[1], b[3] - b[1]
    together = max(a[3], b[3]) - min(a[1], b[1])
    bars = all(g[2] - g[0] > 2.5 * h for g, h in zip((a, b), heights, strict=True))
    least = min((a, b), key=lambda g: g[3] - g[1])
    dot = min(heights) < max(6, 2 * (least[2] - least[0]))  # a tick mark over its label is an upright stroke
    small = bars or (dot and min(heights) < 0.33 * together)  # digits read from below are as high as each other
    near = 0.35 * max(*heights, 0.8 * min(a[2] - a[0], b[2] - b[0]) if small else 0)
    middle = abs(a[0] + a[2] - b[0] - b[2]) / 2 < 0.36 * max(a[2] - a[0], b[2] - b[0], 8)
    return middle and across >= 0.7 * min(a[2] - a[0], b[2] - b[0]) and gap < near and small and together < HIGH


def _merged(a, b) -> Glyph:
    x0, y0, x1, y1 = (*np.minimum(a.box, b.box)[:2], *np.maximum(a.box, b.box)[2:])
    ink = np.zeros((y1 - y0, x1 - x0), np.float32)
    for g in (a, b):
        part = ink[g.box[1] - y0 : g.box[3] - y0, g.box[0] - x0 : g.box[2] - x0]
        np.maximum(part, g.ink, out=part)
    return Glyph(ink, (int(x0), int(y0), int(x1), int(y1)))


def percents(pieces) -> list[Glyph]:
    """The pieces with the two rings and the stroke of each percent sign brought together, level or read from below."""
    for turned in (False, True):
        boxes = np.array([_turned(g.box) if turned else g.box for g in pieces], float).reshape(-1, 4)
        kept, gone = list(pieces), set()
        for k, ring in enumerate(_rings(boxes)):
            if ring and not gone & {k, *ring}:
                for other in ring:
                    kept[k] = _merged(kept[k], kept[other])
                gone |= set(ring)
        pieces = [g for k, g in enumerate(kept) if k not in gone]
    return pieces


def _turned(box) -> tuple:
    """A box as it lies once a text that is read from below is made level."""
    return -box[3], box[0], -box[1], box[2]


def _rings(boxes) -> list:
    """For each box, the boxes of the rings above left and below right of the stroke in it; none where it is no stroke.
    A stroke that one ring touches is as wide as high, and has the other alone."""
    found = []
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    for k, (x0, y0, x1, y1) in enumerate(boxes):
        h, w = height[k], width[k]
        ring = (RING[0] * h < height) & (height < RING[1] * h) & (width < 0.75 * h) & (width > 0.2 * h)
        above = ring & (np.abs(boxes[:, 1] - y0) < 0.15 * h) & (boxes[:, 0] < x0) & (boxes[:, 2] > x0 - 0.12 * h)
        below = ring & (np.abs(boxes[:, 3] - y1) < 0.15 * h) & (boxes[:, 2] > x1) & (boxes[:, 0] < x1 + 0.12 * h)
        above, below = (np.flatnonzero(r & (boxes[:, 2] < x1 + h) & (boxes[:, 0] > x0 - h)) for r in (above, below))
        tall = LOW <= h <= HIGH
        if tall and len(above) == 1 and len(below) == 1 and w < 0.9 * h:
            found.append((int(above[0]), int(below[0])))
        elif tall and 0.6 * h < w < 1.1 * h and len(above) + len(below) == 1 and _beside(boxes, k, above, below):
            found.append((int([*above, *below][0]),))
        else:
            found.append(())
    return found


def _beside(boxes, k, above, below) -> bool:
    """Does the one ring of a stroke come nearer to it than letters stand from each other?"""
    gap = boxes[k, 0] - boxes[above[0], 2] if len(above) else boxes[below[0], 0] - boxes[k, 2]
    return bool(gap < 0.04 * (boxes[k, 3] - boxes[k, 1]))


def cut(group, last=1.0, low=False) -> list[Glyph]:
    """Glyphs wider than a digit cut at their thinnest columns; none where nothing is to cut. last: width of the last
    character of the last glyph, in digits (a percent sign is wider); low: small letters are cut as well."""
    cap = max(g.box[3] - g.box[1] for g in group)
    digit, final, out, done = (
        (0.68 if last == 1 and not low else 0.74) * cap,
        max(group, key=lambda g: g.box[2]),
        [],
        False,
    )
    for g in group:
        width, more = g.box[2] - g.box[0], last - 1 if g is final else 0.0
        parts = round(width / digit - more)
        if parts < 2 or g.box[3] - g.box[1] < (0.5 if low else 0.8) * cap:
            out.append(g)
            continue
        profile, edges, done = g.ink.sum(axis=0), [0], True
        pitch = width / (parts + more)
        for k in range(1, parts):
            here, slack = k * pitch, 0.22 * pitch + 1
            low, high = int(max(1, here - slack)), int(min(width - 1, here + slack)) + 1
            edges.append(low + int(profile[low:high].argmin()))
        out += [p for a, b in zip(edges, [*edges[1:], width], strict=True) for p in _part(g, a, b)]
    return out if done else []


def _part(glyph, a, b) -> list[Glyph]:
    """The ink of a glyph between two of its columns, in its tight box."""
    piece, (x, y, _, _) = glyph.ink[:, a:b], glyph.box
    rows = np.flatnonzero(piece.max(axis=1) > FAINT) if piece.size else []
    if not len(rows):
        return []
    top, foot = rows[0], rows[-1] + 1
    return [Glyph(piece[top:foot], (x + a, y + top, x + b, y + foot))]
