"""Lines of one ink told apart by their dashes: pieces of ink by their length, and rows of them by their pattern.

What a line type leaves of a falling line are pieces that go right or down. Their length is the way along the line, and
the next piece begins where the one before ends, a gap on. Short pieces alone are a dotted line, long ones alone a
dashed one, both by turns a line of dots and dashes.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

INKED = 0.45  # coverage from which a pixel is of a piece
FEWEST = 6  # pieces of a pattern
MOSTLY = 0.6  # of the ink that must be of a known pattern
MOST = 3000  # pieces of an ink: more are no dashes
CHANGE = 2.5  # pieces that do not fit, for which a row changes its pattern
UNLIKE = 1.6  # ratio of long pieces to short ones


@dataclass
class Pattern:
    """Pixels (h, w) of the pieces of a line type, of the gaps between them, of other types, and of none for sure."""

    own: np.ndarray
    gaps: np.ndarray
    others: np.ndarray
    loose: np.ndarray


@dataclass
class Pieces:
    """Pieces of ink: their numbers in an image of labels, first and last pixel (n, 2) as x, y, length on the line."""

    number: np.ndarray
    first: np.ndarray
    last: np.ndarray
    length: np.ndarray


def patterns(cover, pen, taken) -> list[Pattern]:
    """The line types of an ink, that with most ink first. pen: width of its lines; taken (h, w): lines already known,
    pieces at which belong to none."""
    marks, _ = ndimage.label(cover > INKED, structure=np.ones((3, 3)))
    pieces = _pieces(marks, pen, ndimage.binary_dilation(taken, iterations=2))
    if not FEWEST <= len(pieces.number) <= MOST:
        return []
    rows = _rows(pieces, pen)
    kinds = _kinds(pieces, rows)
    told, found = np.isin(marks, pieces.number[kinds >= 0]), []
    if told.sum() < MOSTLY * ((marks > 0) & ~taken).sum():
        return []
    for kind in (k for k in range(3) if (kinds == k).sum() >= FEWEST):
        own = np.isin(marks, pieces.number[kinds == kind])
        gaps = _gaps(pieces, rows, kinds == kind, pen, cover.shape)
        found.append(Pattern(own, gaps, told & ~own, (marks > 0) & ~told))
    return sorted(found, key=lambda p: -p.own.sum())


def _pieces(marks, pen, taken) -> Pieces:
    """The pieces that do not touch what is taken, and are as thin as a line and no specks."""
    touching = set(np.unique(marks[taken]))
    number, first, last = [], [], []
    for k, (rows, columns) in enumerate(ndimage.find_objects(marks), 1):
        if k in touching:
            continue
        y, x = np.nonzero(marks[rows, columns] == k)
        if len(x) < 0.4 * pen**2 or len(x) > 1.6 * pen * (np.ptp(x) + np.ptp(y) + pen):
            continue
        way, corner = x + y, np.array([columns.start, rows.start])
        number.append(k)
        for ends, extreme in ((first, way.min()), (last, way.max())):
            near = np.abs(way - extreme) < pen
            ends.append(corner + [x[near].mean(), y[near].mean()])
    first, last = (np.array(e, float).reshape(-1, 2) for e in (first, last))
    return Pieces(np.array(number, int), first, last, (last - first).sum(axis=1) + pen)


def _rows(pieces, pen) -> list:
    """Lists of pieces that follow each other along a line: each is the nearest to the one before, and that to it."""
    way = pieces.first[None, :, :] - pieces.last[:, None, :]
    cost = np.maximum(way, 0).sum(axis=2) + 1.5 * np.maximum(way.min(axis=2), 0)
    cost[(way < -pen).any(axis=2) | np.eye(len(way), dtype=bool)] = np.inf
    nearest = cost.min(axis=1)
    reach = 2.0 * np.median(nearest[np.isfinite(nearest)]) if np.isfinite(nearest).any() else 0.0
    cost[cost > reach] = np.inf
    after, before = cost.argmin(axis=1), cost.argmin(axis=0)
    linked = {i: int(j) for i, j in enumerate(after) if np.isfinite(cost[i, j]) and before[j] == i}
    rows = []
    for start in sorted(set(range(len(way))) - set(linked.values())):
        row = [start]
        while row[-1] in linked:
            row.append(linked[row[-1]])
        rows.append(row)
    return rows


def _kinds(pieces, rows) -> np.ndarray:
    """The pattern of each piece: 0 long ones, 1 both by turns, 2 short ones; -1 where too few are in a row to say."""
    short = _short(pieces.length)
    kinds = np.full(len(short), -1)
    for row in (r for r in rows if len(r) >= 3):
        kinds[row] = _likeliest(short[row])
    return kinds


def _likeliest(short) -> list:
    """The patterns of pieces in a row: those with fewest pieces that do not fit and fewest changes of pattern."""
    turns = np.append(0.5, short[1:] == short[:-1])
    misfit = np.array([short, turns, ~short], float).T
    cost, came = misfit[0], []
    for own in misfit[1:]:
        change = cost[None, :] + CHANGE * (1 - np.eye(3))
        came.append(change.argmin(axis=1))
        cost = change.min(axis=1) + own
    kinds = [int(cost.argmin())]
    for before in reversed(came):
        kinds.append(int(before[kinds[-1]]))
    return kinds[::-1]


def _short(length) -> np.ndarray:
    """Which pieces are the short ones of two lengths; none where all are of about one."""
    size = np.sort(np.log(np.maximum(length, 1)))
    at = np.arange(FEWEST, len(size) - FEWEST + 1)
    if not len(at):
        return np.zeros(len(length), bool)
    means = np.cumsum(size)
    low, high = means[at - 1] / at, (means[-1] - means[at - 1]) / (len(size) - at)
    best = int((at * (len(size) - at) * (high - low) ** 2).argmax())
    if high[best] - low[best] < np.log(UNLIKE):
        return np.zeros(len(length), bool)
    return np.log(np.maximum(length, 1)) < (size[at[best] - 1] + size[at[best]]) / 2


def _gaps(pieces, rows, own, pen, shape) -> np.ndarray:
    """Pixels between pieces of a pattern that follow each other straight on: where a solid line would have ink."""
    out, half = np.zeros(shape, bool), pen / 2
    for row in rows:
        for a, b in zip(row, row[1:], strict=False):
            ends = np.array([pieces.last[a], pieces.first[b]]) + 0.5
            if own[a] and own[b] and np.abs(ends[1] - ends[0]).min() <= pen:
                (x0, y0), (x1, y1) = np.round(ends.min(axis=0) - half), np.round(ends.max(axis=0) + half)
                out[max(0, int(y0)) : int(y1), max(0, int(x0)) : int(x1)] = True
    return out
