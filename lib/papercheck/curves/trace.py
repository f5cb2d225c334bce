"""Curves of an image: in each ink the falling paths that it covers best.

A Kaplan-Meier curve goes right and down only. Of all such paths from (0, 1) the one that collects most ink of a colour
is found by dynamic programming; what other curves hide costs nothing, a gap of a dashed line little. The path's place
is then refined from the upper and lower edge of the line: a drawn line is the curve widened by its pen, marks stick out
of it for a moment and never carry it on, so that the edges' running extremes are the curve's own.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from .dashes import Pattern, patterns
from .inks import Ink

GAP, DROP = 0.35, 0.35  # cost of a pixel without ink, going right and going down, where a pixel of ink gives 1
HIDDEN = 0.03  # what a pixel under another curve gives, going right; and costs, going down
TAIL = 0.05  # ink, in pixels a hidden one, with which a path comes out behind another; with less it ended before
CORE = 0.45  # coverage from which a pixel belongs to a line
LEAST = 0.07  # of the box's width: ink of its own that a further path of a colour needs
UNBROKEN, LONG = (3.0, 1.0), 0.25  # the same two for a line without gaps, and the share of the width that it needs
SURE = 0.3, 0.12  # the same two where the ink is of one line type
LOOSE = 0.1, 0.005  # the same two where ink may be of a path's line type or of another
DENSE = 0.38  # of its own pixels that a path covers
SOLID, DASHED = 0.86, 0.8  # of its columns: the least that a solid line inks, the most that a dashed one does
FULL, AREA = 0.7, 3.0  # least ink in the middle of a line; heights of a pen that its columns have at most
MOST = 5  # paths of an ink
BESIDE = 0.025  # of the box's height: how far marks reach from their line
UNREAD = 0.12, 0.6  # of the box's width, and of its seen columns: ink of a line that may have been missed


@dataclass
class Path:
    """A path in pixels of the box: for each column from `first` to `last` the row it leaves by; width of its pen; share
    of its columns that are inked (of those not hidden), and that are hidden; the ink (h, w) it is of, and what hides
    it; the row to which it goes down at its end, where that is not in `rows`; the number of its line type, 0 where it
    was not told by that."""

    rows: np.ndarray
    first: int
    last: int
    pen: float
    inked: float
    hidden: float
    cover: np.ndarray | None = None
    others: np.ndarray | None = None
    foot: float | None = None
    kind: int = 0


def ruled(cover, hidden, ticks) -> np.ndarray:
    """Pixels of frames, and of grid lines: lines through the whole box, or through most of it at a tick mark.

    ticks : rows and columns of the tick marks in the box.
    """
    dark = cover > 0.3
    rows, columns = dark.mean(axis=1) > 0.93, dark.mean(axis=0) > 0.9
    for axis, (lines, places) in enumerate(zip((rows, columns), ticks, strict=True)):
        for place in places:
            low, high = int(place) - 3, int(place) + 4
            part = np.take(dark, range(max(0, low), min(len(lines), high)), axis=axis).any(axis=axis)
            under = np.take(hidden, range(max(0, low), min(len(lines), high)), axis=axis).any(axis=axis)
            if len(part) and part.mean() > 0.3 and (part | under).mean() > 0.7:
                lines[max(0, low) : high] |= dark.mean(axis=1 - axis)[max(0, low) : high] > 0.15
    out = np.zeros(cover.shape, bool)
    out[ndimage.binary_dilation(rows), :] = True
    out[:, ndimage.binary_dilation(columns)] = True
    return out


def _lines(rule) -> int:
    """Number of whole rows and columns that are ruled, neighbours together."""
    return int(ndimage.label(rule.all(axis=1))[1] + ndimage.label(rule.all(axis=0))[1])


def paths(ink: Ink, hidden, top, slack, ticks=((), ())) -> list[Path]:
    """The falling paths of an ink. hidden (h, w): pixels of other curves; top: row of S = 1, within slack;
    ticks : as of `ruled`."""
    found, cover = [], ink.cover.copy()
    rule = ruled(cover, hidden, ticks)
    parts = [int(ink.colour[i : i + 2], 16) for i in (1, 3, 5)]
    grid = (cover[rule] > CORE).sum() > 0.5 * (cover > CORE).sum()
    if grid and min(parts) > 128 and np.ptp(parts) < 12 and _lines(rule) >= 3:  # the pale ink of a grid
        return []
    cover[rule] = 0
    start, taken = (top, slack), np.zeros(cover.shape, bool)
    first = _first if np.ptp(parts) < 12 else _best  # arms of a colour are seldom told by their dashes
    while len(found) < MOST:
        path = first(cover, hidden | rule | taken, start)
        last = path is None or not _own(path, cover, found)
        if last and not (found and first is _first):
            break
        pen = found[-1].pen if last else path.pen
        kinds = patterns(cover, pen, taken) if last or path.inked < SOLID else []
        if len(kinds) > 1 - last:  # what is left may be dots that fall too steeply for their gaps
            dashed = (_dashed(ink, kind, hidden | rule | taken, start) for kind in kinds)
            lines = [replace(p, kind=k) for k, of_kind in enumerate(dashed, 1) for p in of_kind]
            return found + [p for p in lines if not last or (p.hidden < 0.3 and p.last > LONG * cover.shape[1])]
        if last:
            break
        found.append(replace(path, cover=ink.cover, others=hidden))
        here = band(_centred(path, cover), path.pen / 2 + 1.5, cover.shape)
        cover, taken = np.where(here, 0, cover), taken | here
    return found


def left_over(cover, found, start, ticks=((), ())) -> Path | None:
    """A falling path of ink (h, w) of any colour beside those found; None where there is none of some length.

    start, ticks : as of `paths`; marks on the paths found are no ink of another.
    """
    rule = ruled(cover, np.zeros(cover.shape, bool), ticks)
    for path in found:
        rule |= band(path.rows, path.pen / 2 + BESIDE * cover.shape[0], cover.shape)
    cover = np.where(rule, 0, cover)
    path = _best(cover, rule, start)
    if path is None:
        return None
    own = (cover[path.rows, np.arange(len(path.rows))] > CORE).sum()
    return path if own > UNREAD[0] * cover.shape[1] and path.inked > UNREAD[1] else None


def _first(cover, hidden, start) -> Path | None:
    """The path with most ink; where that has gaps, an unbroken one of some length goes before it."""
    path = _best(cover, hidden, start)
    if path is not None and path.inked < SOLID:
        solid = _best(cover, hidden, start, costs=UNBROKEN)
        if solid is not None and solid.inked > 0.95 and (1 - solid.hidden) * solid.last > LONG * cover.shape[1]:
            return solid
    return path


def _dashed(ink, kind: Pattern, hidden, start) -> list[Path]:
    """The paths of one line type of an ink."""
    found, hidden = [], hidden | kind.others
    cover = np.where(kind.own, ink.cover / max(float(np.percentile(ink.cover[kind.own], 75)), CORE), kind.gaps)
    cover = np.clip(cover, 0, 1)
    seen = np.where(kind.loose, ink.cover, cover)
    while len(found) < MOST:
        path = _best(cover, hidden, start, kind.loose)
        if path is None or not _own(path, cover, found):
            break
        foot = _foot(path, kind)
        found.append(replace(path, inked=min(path.inked, DASHED), cover=seen, others=hidden, foot=foot))
        here = band(_centred(path, cover), path.pen / 2 + 1.5, cover.shape)
        cover, hidden = np.where(here, 0, cover), hidden | here
    return found


def _foot(path, kind) -> float | None:
    """The row to which the dashes of a line go down at its end; None where they do not."""
    reach, low = int(path.pen) + 1, int(path.rows[-1])
    part = (kind.own | kind.gaps | kind.loose)[low:, max(0, path.last - reach) : path.last + 2].any(axis=1)
    inked = np.append(0, np.flatnonzero(part))
    wide = np.flatnonzero(np.diff(inked) > 3.5 * path.pen)
    way = float(inked[wide[0] if len(wide) else -1])
    return low + way + 1 - path.pen / 2 if way > 3 * path.pen else None


def _own(path, cover, found) -> bool:
    """Has a path enough ink of its own, and is it more than the marks of another?"""
    columns = np.arange(path.first, path.last + 1)
    own = cover[path.rows, columns] > CORE
    if own.sum() < LEAST * cover.shape[1] or path.inked < DENSE or not _is_line(path, cover):
        return False
    if path.hidden > 0.25 and own.sum() < (0.25 if path.hidden > 0.5 else 0.15) * cover.shape[1]:
        return False
    for other in found:
        last = min(path.last, other.last)
        both = columns <= last
        gap = np.abs(
            path.rows[both & own] - other.rows[np.clip(columns[both & own] - other.first, 0, len(other.rows) - 1)]
        )
        if (
            own[both].sum()
            and (gap < 0.035 * cover.shape[0]).mean() > 0.85
            and own[~both].sum() < LEAST * cover.shape[1]
        ):
            return False
    return True


def _is_line(path, cover) -> bool:
    """Is most of a path of full ink, unlike rims, and seldom far thicker than its pen, unlike the area of a band?"""
    ink = cover[path.rows, np.arange(len(path.rows))]
    level = np.flatnonzero(path.rows[6:] - path.rows[:-6] < 2) + 3
    heights = [run[1] - run[0] for x in level if (run := _run(cover[:, x], path.rows[x])) is not None]
    return bool(np.median(ink[ink > CORE]) > FULL and (len(heights) < 10 or np.median(heights) < AREA * path.pen))


def _best(cover, hidden, start, loose=None, costs=(GAP, DROP)) -> Path | None:
    """The path with most ink, trimmed to its last ink; by dynamic programming over columns. start: row of S = 1, slack;
    loose (h, w): ink that may be its own."""
    height, width = cover.shape
    top, slack = start
    gap, drop = costs if loose is None else SURE
    right = np.where(hidden & (cover < CORE), HIDDEN, cover - gap * (1 - cover)).astype(np.float32)
    down = np.where(hidden & (cover < CORE), HIDDEN, 0.002 + drop * (1 - cover)).astype(np.float64)
    if loose is not None:
        right[loose], down[loose] = LOOSE
    depth = np.cumsum(down, axis=0)
    value = np.full(height, -1e9)
    low, high = max(0, int(top - slack)), min(height, int(top + slack) + 1)
    value[low:high] = 0
    came = np.zeros((width, height), np.int16)
    numbers, best = np.arange(height), (-np.inf, 0, 0)
    for x in range(width):
        before = value + depth[:, x]
        most = np.maximum.accumulate(before)
        came[x] = np.maximum.accumulate(np.where(before >= most, numbers, 0))
        value = most - depth[:, x] + right[:, x]
        y = int(value.argmax())
        if value[y] > best[0]:
            best = (value[y], x, y)
    if best[0] <= 0:
        return None
    rows, y = np.zeros(best[1] + 1, int), best[2]
    for x in range(best[1], -1, -1):
        rows[x] = y
        y = came[x][y]
    return _trimmed(rows, cover, hidden)


def _trimmed(rows, cover, hidden) -> Path | None:
    columns = np.arange(len(rows))
    inked = cover[rows, columns] > CORE
    if inked.sum() < 5:
        return None
    covered = hidden[rows, columns]
    last = int(np.cumsum(inked - TAIL * (covered & ~inked)).argmax())
    rows, inked, covered = rows[: last + 1], inked[: last + 1], covered[: last + 1]
    seen = inked | ~covered
    return Path(rows, 0, last, _pen(rows, cover), float(inked.sum() / max(seen.sum(), 1)), float(1 - seen.mean()))


def _pen(rows, cover) -> float:
    """Usual height of the line along a path; the least where marks stand side by side over much of it."""
    runs = (_run(cover[:, x], rows[x]) for x in range(0, len(rows), max(1, len(rows) // 400)))
    heights = [run[1] - run[0] for run in runs if run is not None] or [2.0]
    least, usual = np.percentile(heights, [20, 35])
    return float(usual if usual < 2.2 * least else least)


def _run(column, row) -> tuple | None:
    """Upper and lower edge, to parts of a pixel, of the line in a column at a row; None where there is none."""
    if column[row] <= CORE:
        return None
    above, below = np.flatnonzero(column[:row] <= CORE), np.flatnonzero(column[row:] <= CORE)
    first = int(above[-1]) + 1 if len(above) else 0
    last = row + int(below[0]) - 1 if len(below) else len(column) - 1
    upper = first - (float(column[first - 1]) if first else 0.0)
    lower = last + 1 + (float(column[last + 1]) if last + 1 < len(column) else 0.0)
    return upper, lower


def edges(path: Path, cover, hidden) -> tuple:
    """Upper and lower edge of the line in each column of a path (nan where unseen), own ink only."""
    upper, lower = np.full(len(path.rows), np.nan), np.full(len(path.rows), np.nan)
    for x, row in enumerate(path.rows):
        row = _nearest_ink(cover[:, x], row, path.pen)
        run = _run(cover[:, x], row) if row is not None else None
        if run is None or run[1] - run[0] < 0.5 * path.pen:
            continue
        above, below = int(run[0]) - 1, int(np.ceil(run[1]))
        if not (above >= 0 and hidden[max(0, above - 1) : above + 1, x].any()):
            upper[x] = run[0]
        if not (below < len(hidden) and hidden[below : below + 2, x].any()):
            lower[x] = run[1]
    return upper, lower


def _nearest_ink(column, row, pen) -> int | None:
    reach = int(np.ceil(0.6 * pen)) + 1
    low = max(0, row - reach)
    near = np.flatnonzero(column[low : row + reach + 1] > CORE)
    return int(low + near[np.abs(near + low - row).argmin()]) if len(near) else None


def _centred(path: Path, cover) -> np.ndarray:
    """The rows of a path in the middle of its line: it may run along an edge of it."""
    rows = path.rows.astype(float)
    for x, row in enumerate(path.rows):
        run = _run(cover[:, x], row)
        if run is not None and run[1] - run[0] < 1.5 * path.pen:
            rows[x] = (run[0] + run[1] - 1) / 2
    return np.maximum.accumulate(np.round(rows).astype(int))


def band(rows, reach, shape) -> np.ndarray:
    """Pixels within `reach` of the rows of a path."""
    out = np.zeros(shape, bool)
    before = rows[0]
    for x, row in enumerate(rows):
        out[max(0, int(before - reach)) : int(row + reach) + 1, x] = True
        before = row
    return ndimage.binary_dilation(out, structure=np.ones((1, 2 * int(reach) + 1)))
