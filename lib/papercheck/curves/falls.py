"""Falls of a traced line: its levels from the upper and the lower edge of its stroke, and where it goes down.

A pen of some width draws a falling line so that its upper edge goes down half a pen behind each fall and its lower edge
half a pen before it. So each edge alone tells every fall, even those whose plateaus are narrower than the pen.
"""

import numpy as np

from .trace import Path

STEP = 0.12  # rows: what an edge goes down at least from one column to the next, where it falls
NEAR = 6  # columns between the places of one fall by its two edges


def levels(path: Path, upper, lower, top) -> tuple:
    """((middle, ahead, behind), seen): the line in each column, never rising, by both edges, by its upper and by its
    lower one, marks and neighbours left out; in which columns (2, w) the line's own upper and lower edge is seen.

    top : the row of S = 1, from which a curve hidden at its start comes.
    """
    half, count = path.pen / 2, len(path.rows)
    shift, columns = int(round(half)), np.arange(count)
    high = np.where(np.isnan(upper), -np.inf, upper + half)
    high[0] = max(high[0], top)
    high = np.fmax.accumulate(high)
    low = np.fmin.accumulate(np.where(np.isnan(lower), np.inf, lower - half)[::-1])[::-1]
    ahead = np.where(columns + shift < count, high[np.clip(columns + shift, 0, count - 1)], np.nan)
    behind = np.where(columns >= shift, low[np.clip(columns - shift, 0, count - 1)], np.nan)
    own = [np.abs(upper + half - high) < 1, np.abs(lower - half - low) < 1]
    seen = np.array([np.roll(own[0], -shift) & (columns + shift < count), np.roll(own[1], shift) & (columns >= shift)])
    rows = path.rows + 0.5
    ahead, behind = (np.where(np.isfinite(v), v, np.nan) for v in (ahead, behind))
    ahead, behind = np.where(np.isnan(ahead), behind, ahead), np.where(np.isnan(behind), ahead, behind)
    ahead, behind = (np.where(np.isnan(v), rows, v) for v in (ahead, behind))
    apart = np.abs(ahead - behind) > max(2.0, 0.8 * path.pen)
    nearer = np.where(np.abs(ahead - rows) <= np.abs(behind - rows), ahead, behind)
    middle = np.where(apart, nearer, (ahead + behind) / 2)
    return tuple(np.maximum.accumulate(v) for v in (middle, ahead, behind)), seen


def falls(lines, seen, top, least, long) -> list:
    """(column, level before, level after) of the falls of a line: plateaus joined where they differ by less than
    `least`; the column is the mean of those at which the line by its upper and by its lower edge crosses half of the
    fall. A descent of several falls is told by those of its edges; one over more than `long` columns that they do not
    tell is many falls, one a column.

    lines, seen : as of `levels`; top : the row at which the line begins.
    """
    middle, ahead, behind = lines
    found, at, level = [], 0, top
    while at < len(middle) - 1:
        further = np.flatnonzero(middle[at:] > level + least)
        if not len(further):
            break
        start = stop = at + int(further[0])
        while stop < len(middle) - 1 and middle[stop + 1] - middle[stop] > STEP:
            stop += 1
        after = float(middle[stop])
        several = _several(lines[1:], seen, (max(at, start - 1), stop), (level, after, least))
        if several or stop - start > long:
            several = several or _steep(middle, start, stop, level, least)
            found, level, at = found + several, several[-1][2], stop
            continue
        half, low = (level + after) / 2, max(at, start - 3)
        places = [_crossing(v, half, low, min(stop + 4, len(v) - 1)) for v in (ahead, behind)]
        places = [p for p in places if p is not None] or [start]
        found.append((float(np.mean(places)) + 0.5, level, after))
        plateau = middle[stop : stop + 12]
        level = float(np.median(plateau[plateau - after < least]))
        at = max(stop, at + 1)
    return found


def _several(edges, seen, span, ends) -> list:
    """The falls of a descent of several; none where neither edge tells more than one.

    span : first and last column; ends : level before and after it, and the least fall.
    """
    level, after, least = ends
    first, last = max(0, span[0] - 2), min(span[1] + 3, len(edges[0]) - 1)
    told = [_jumps(e[first : last + 1], s[first : last + 1], least) for e, s in zip(edges, seen, strict=True)]
    told = [[(x + first, a, b) for x, a, b in jumps if b > level + least / 2 and a < after] for jumps in told]
    most, other = sorted(told, key=len, reverse=True)
    if len(most) < 2:
        return []
    found = []
    for x, a, b in most:
        mates = [m[0] for m in other if abs(m[1] - a) + abs(m[2] - b) < 2 * least and abs(m[0] - x) < NEAR]
        found.append((float(np.mean([x, *mates])), max(a, level), min(b, after)))
    return found


def _jumps(edge, shown, least) -> list:
    """(column, level before, level after) where an edge goes down, at the steepest column of each run that does."""
    down = np.diff(edge)
    ends = np.flatnonzero(np.diff(np.concatenate([[0], (down > STEP).astype(np.int8), [0]])))
    runs = [r for a, b in zip(ends[::2], ends[1::2], strict=True) for r in _parted(down, int(a), int(b))]
    found = []
    for a, b in runs:
        peak = a + int(down[a:b].argmax())
        if edge[b] - edge[a] >= least and shown[peak] and shown[peak + 1]:
            found.append((peak + 1.0, float(edge[a]), float(edge[b])))
    return found


def _parted(down, a, b) -> list:
    """A run of columns parted where it is less than half as steep as before and behind."""
    for k in sorted(range(a + 1, b - 1), key=lambda k: down[k]):
        if down[k] < 0.5 * min(down[a:k].max(), down[k + 1 : b].max()):
            return [*_parted(down, a, k), *_parted(down, k, b)]
    return [(a, b)]


def _steep(middle, start, stop, level, least) -> list:
    """Falls of a descent whose plateaus are narrower than the pen: where the middle has fallen by `least` again."""
    found = []
    for x in range(start, stop + 1):
        if middle[x] - level > 0.7 * least or x == stop:
            found.append((x + 0.5, level, float(middle[x])))
            level = float(middle[x])
    return found


def uprights(cover, fall, pen) -> list:
    """A fall (column, level before, level after) at the middle of its upright stroke, to parts of a pixel; as several
    where the stroke stands at several columns. As it was where less than two rows of the stroke are seen alone."""
    at, before, after = fall
    rows = np.arange(int(np.ceil(before + pen / 2 + 1)), int(after - pen / 2 - 1))
    low, high = int(at - 1.2 * pen - 2), int(at + 1.2 * pen + 3)
    if len(rows) < 2 or rows[0] < 0 or rows[-1] >= len(cover) or low < 0 or high > cover.shape[1]:
        return [fall]
    part = cover[rows, low:high]
    mass = part.sum(axis=1)
    alone = np.abs(mass - pen) < 0.35 * pen + 0.3
    if alone.sum() < max(2, 0.3 * len(rows)):
        return [fall]
    rows, middles = rows[alone], (part @ (np.arange(low, high) + 0.5))[alone] / mass[alone]
    groups = [g for g in np.split(np.arange(len(rows)), np.flatnonzero(np.abs(np.diff(middles)) > 1) + 1) if len(g) > 1]
    places = [float(np.median(middles[g])) for g in groups]
    if not groups or np.any(np.diff(places) < 1) or max(abs(p - at) for p in places) > pen + 2:
        return [fall]
    between = [(rows[a[-1]] + rows[b[0]] + 1) / 2 for a, b in zip(groups, groups[1:], strict=False)]
    return list(zip(places, [before, *between], [*between, after], strict=True))


def _crossing(line, half, low, high) -> float | None:
    """Where a never rising line first passes a level between two columns; None where it does not."""
    part = line[low : high + 1]
    past = np.flatnonzero(part >= half)
    if not len(past) or (past[0] == 0 and low > 0):
        return None
    k = low + int(past[0])
    before = line[k - 1] if k else half
    return k - 1 + float(np.clip((half - before) / max(line[k] - before, 1e-6), 0, 1)) if k else 0.0
