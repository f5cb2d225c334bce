"""Survival where an event is known to lie between two visits: the maximum likelihood estimate without a model.

Sources: Turnbull 1976; where its mass can lie: Peto 1973; the climb: Wang 2007 (constrained Newton). Whether it is the
maximum is checked by the gradient.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from .curve import SEED
from .times import joined, noise

REPLICATES = 200
_STEPS = 500
_REACHED = 1e-9  # largest gradient of a mass, above that of the maximum, a subject
_NONE = 1e-12  # mass that is none


@dataclass(frozen=True)
class Turnbull:
    """Masses (m,) on the intervals from left (m,) to right (m,), in order; where inside of an interval its mass lies is
    not known. The last right may be infinite. n subjects; events: those whose event is known to have come."""

    left: np.ndarray
    right: np.ndarray
    mass: np.ndarray
    n: int
    events: int

    def bounds(self, times) -> tuple[np.ndarray, np.ndarray]:
        """Lowest and highest S(t) (t,) that the masses leave at
        `times` (t,): one number where no interval holds the time.
        """
        times, hair = np.asarray(times, float)[:, None], noise(np.append(self.left, self.right))
        ended, begun = self.right <= times + hair, self.left < times - hair
        low, high = (1 - (self.mass * lost).sum(axis=1) for lost in (begun | ended, ended))
        return np.clip(low, 0, 1), np.clip(high, 0, 1)

    def median(self) -> tuple[float, float]:
        """The earliest and the latest time at which half can have had the event; infinite where it is not reached."""
        place = int(np.searchsorted(np.cumsum(self.mass), 0.5 - 1e-9))
        if place >= len(self.mass) or not np.isfinite(self.right[place]):
            return np.inf, np.inf
        return float(self.left[place]), float(self.right[place])


def turnbull(left, right, weight=None) -> Turnbull:
    """The estimate from events in (left, right], right infinite where none was seen; left = right: at that time.

    left, right (n,) in one unit, 0 <= left <= right; weight (n,) counts of 0 or more. Raises ValueError for other
    values, and where the maximum is not reached.
    """
    left, right = (np.asarray(v, float) for v in (left, right))
    weight = np.ones(len(left)) if weight is None else np.asarray(weight, float)
    if not (np.isfinite(left).all() and (left >= 0).all() and (left <= right).all()) or not len(left):
        raise ValueError("an interval is missing, below 0, or ends before it begins")
    finite = np.isfinite(right)
    both = joined(np.concatenate([left, right[finite]]))  # times that differ by noise are one
    left, right = both[: len(left)], right.copy()
    right[finite] = both[len(left) :]
    begin, end = _innermost(left[weight > 0], right[weight > 0])
    point = begin == end  # a time that is known lies in no interval that begins there without it
    inside = (np.where(point, begin > left[:, None], begin >= left[:, None]) & (end <= right[:, None])).astype(float)
    exact = left == right
    inside[exact] = (begin == left[exact, None]) & (end == right[exact, None])
    kept = weight > 0
    mass = _climb(inside[kept], weight[kept])
    there = mass > _NONE
    events = int(round(float(weight[finite].sum())))
    return Turnbull(begin[there], end[there], mass[there] / mass[there].sum(), int(round(float(weight.sum()))), events)


def _innermost(left, right) -> tuple[np.ndarray, np.ndarray]:
    """The intervals that begin with a left end and end with the next right one, without another end between."""
    exact = left == right
    ends = [
        (x, 0 if e else 2, True) for x, e in zip(left, exact, strict=True)
    ]  # at one time: closed left, right, open left
    ends += [(x, 1, False) for x in right]
    ends.sort()
    pairs = [(a[0], b[0]) for a, b in zip(ends, ends[1:], strict=False) if a[2] and not b[2]]
    found = sorted(set(pairs))
    return np.array([a for a, _ in found]), np.array([b for _, b in found])


def _climb(inside, weight) -> np.ndarray:
    """Masses (m,) that maximize the sum of weight (n,) log(inside (n, m) mass): nonnegative least squares, halving."""
    n = weight.sum()
    mass = np.full(inside.shape[1], 1 / inside.shape[1])
    root = np.sqrt(weight)[:, None]
    for _ in range(_STEPS):
        chance = inside @ mass
        slope = inside / chance[:, None]
        gradient = weight @ slope - n
        if gradient.max() <= _REACHED * n:
            return mass
        heavy = 1e3 * np.sqrt(n)  # the masses add up to one
        design = np.vstack([root * slope, np.full(len(mass), heavy)])
        aim, _ = nnls(design, np.append(2 * root[:, 0], heavy), maxiter=50 * len(mass) + 100)
        step, now = aim / aim.sum() - mass, weight @ np.log(chance)
        size, rise = 1.0, gradient @ step
        while size > 1e-10 and not _better(inside, weight, mass + size * step, now + size * rise / 3):
            size /= 2
        mass = np.clip(mass + size * step, 0, None)
        mass /= mass.sum()
    raise ValueError("the maximum was not reached")


def _better(inside, weight, mass, least) -> bool:
    chance = inside @ mass
    return bool((chance > 0).all() and weight @ np.log(chance) >= least - 1e-12 * abs(least))


def turnbull_bootstrap(left, right, times, replicates=REPLICATES, seed=SEED) -> np.ndarray:
    """The bounds of S(t) at `times` (t,), lowest and highest, in resamples of the subjects (2, replicates, t)."""
    rng, n = np.random.default_rng(seed), len(left)
    found = np.full((2, replicates, len(times)), np.nan)
    for b in range(replicates):
        count = rng.multinomial(n, np.full(n, 1 / n))
        found[:, b] = turnbull(left, right, count).bounds(times)
    return found
