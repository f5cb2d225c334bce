"""Times as every estimate meets them: in order, and one where they differ by the noise of floating point alone.

This is the only place that decides whether two times are the same. 5.4 - 2.1 and 3.3 are, though their last bits
differ. The rule is that of `timefix` in R survival: apart by no more than TOLERANCE, absolutely or of the mean distinct
time. Source: Therneau, survival 3.5, function aeqSurv.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

TOLERANCE = float(np.sqrt(np.finfo(float).eps))


def noise(time: ArrayLike) -> float:
    """The largest difference, in units of `time` (n,), that counts as none; 0 without a finite time."""
    known = np.abs(np.asarray(time, float))
    known = known[np.isfinite(known)]
    return TOLERANCE * max(1.0, float(known.mean())) if len(known) else 0.0


def begins(ordered: np.ndarray) -> np.ndarray:
    """Where in rising times (n,) without gaps a new time begins: (n,) bool."""
    step = np.diff(ordered, prepend=-np.inf)
    return step > noise(ordered[step > 0])


def joined(time: ArrayLike) -> np.ndarray:
    """The times (n,) in their order of rows; those that differ by noise alone all get the earliest of them. NaN stays
    NaN.

    >>> joined([5.4 - 2.1, 3.3, 1.2]).tolist()
    [3.3, 3.3, 1.2]
    """
    values = np.array(time, float)
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.argsort(values[known], kind="stable")]
    ordered = values[order]
    first = begins(ordered)
    values[order] = ordered[first][np.cumsum(first) - 1] if len(first) else ordered
    return values


def no_later(time: ArrayLike, limit: float) -> np.ndarray:
    """Which of the times (n,) are at or before `limit`, but for noise: (n,) bool."""
    time = np.asarray(time, float)
    return time <= limit + noise(np.append(time, limit))


def reached(grid: np.ndarray, times: ArrayLike) -> np.ndarray:
    """Position in the rising `grid` (t,) of the last time at or
    before each of `times` (m,), but for noise; -1 before all.
    """
    return np.searchsorted(grid, np.asarray(times, float) + noise(grid), side="right") - 1


def upcoming(grid: np.ndarray, times: ArrayLike) -> np.ndarray:
    """Position in the rising `grid` (t,) of the first time at or
    after each of `times` (m,), but for noise; t beyond all.
    """
    return np.searchsorted(grid, np.asarray(times, float) - noise(grid), side="left")


@dataclass(frozen=True)
class Times:
    """Subjects by time: `order` (n,) of the rows, latest last; `first` (t,) where in it each distinct time begins;
    `distinct` (t,) rising."""

    order: np.ndarray
    first: np.ndarray
    distinct: np.ndarray

    @cached_property
    def place(self) -> np.ndarray:
        """Number (n,) of each row's time among the distinct ones."""
        place = np.empty(len(self.order), np.int64)
        starts = np.zeros(len(self.order), np.int64)
        starts[self.first] = 1
        place[self.order] = np.cumsum(starts) - 1
        return place

    def total(self, values: np.ndarray) -> np.ndarray:
        """Sum (t, ...) of `values` (n, ...) over the rows of each distinct time."""
        return np.add.reduceat(np.asarray(values)[self.order], self.first, axis=0, dtype=float)

    def at_risk(self, values: np.ndarray) -> np.ndarray:
        """Sum (t, ...) of `values` (n, ...) over the rows that are under observation just before each distinct time."""
        return np.cumsum(self.total(values)[::-1], axis=0)[::-1]

    @property
    def n_risk(self) -> np.ndarray:
        """Rows under observation just before each distinct time (t,)."""
        return (len(self.order) - self.first).astype(float)

    @property
    def leaving(self) -> np.ndarray:
        """Rows of each distinct time (t,)."""
        return np.diff(np.append(self.first, len(self.order))).astype(float)


def by_time(time: ArrayLike) -> Times:
    """The rows of `time` (n,) in order. Raises ValueError for a missing time."""
    time = np.asarray(time, float)
    missing = int(np.isnan(time).sum())
    if missing:
        raise ValueError(f"{missing} times are missing: leave these rows out or fill them in")
    order = np.argsort(time)
    ordered = time[order]
    first = np.flatnonzero(begins(ordered))
    return Times(order, first, ordered[first])
