"""How well a Cox model tells patients apart: Harrell's C, and what it loses in patients other than those it was made
on.

Sources: Harrell, Lee and Mark 1996 (C, optimism by bootstrap, calibration slope); Noma et al. 2021
(interval of a corrected measure: that of the apparent one, moved by the optimism).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .cox import Maximum, NotEstimable, maximum
from .curve import SEED
from .times import joined

REPLICATES = 300
MOST = 3000  # rows whose pairs are held at a time
LOST = 0.1  # share of resamples without an estimate above which the others say nothing


@dataclass(frozen=True)
class Discrimination:
    """Harrell's C as seen in the patients of the model (`apparent`), by how much that is too much (`optimism`), limits
    of the corrected one, the calibration slope; how many resamples were drawn, and how many had no estimate."""

    apparent: float
    optimism: float
    low: float
    high: float
    slope: float
    replicates: int
    failed: int

    @property
    def corrected(self) -> float:
        """C to be expected in other patients like these."""
        return self.apparent - self.optimism


def ordered_pairs(time: ArrayLike, event: ArrayLike) -> np.ndarray:
    """Pairs (n, n) bool of which it is known that the row's subject had the event before the column's: at one time an
    event comes before a censoring, and two events leave their order open."""
    time, event = joined(time), np.asarray(event, bool)
    later = time[None, :] > time[:, None]
    same = (time[None, :] == time[:, None]) & ~event[None, :]
    return event[:, None] & (later | same)


def concordance(pairs: np.ndarray, risk: ArrayLike, count: ArrayLike | None = None) -> float:
    """Harrell's C: of the ordered pairs (n, n), the share whose first has the higher `risk` (n,); ties of risk count a
    half.

    count : how often each subject is there (n,), once if it is not given. NaN without a pair.
    """
    risk = np.asarray(risk, float)
    count = np.ones(len(risk)) if count is None else np.asarray(count, float)
    above = (risk[:, None] > risk[None, :]) + 0.5 * (risk[:, None] == risk[None, :])
    whole = float(count @ pairs @ count)
    return float(count @ (pairs * above) @ count) / whole if whole else np.nan


def discrimination(time, event, x, replicates=REPLICATES, seed=SEED, level=0.95) -> Discrimination:
    """Harrell's C of the Cox model of x (n, k), corrected for optimism: the model is fitted again in each bootstrap
    sample, and the difference between its C there and in the subjects themselves is what the apparent one promises too
    much.

    time (n,), event (n,) True where seen. Raises ValueError for more than MOST subjects, and NotEstimable where the
    model has a coefficient without an estimate, there or in too many samples.
    """
    time, event, x = np.asarray(time, float), np.asarray(event, bool), np.asarray(x, float)
    if len(time) > MOST:
        raise ValueError(f"{len(time)} subjects: pairs are held of {MOST} at most")
    whole = maximum(time, event, x) if event.any() else None
    if whole is None or not _told(whole):
        raise NotEstimable("a coefficient has no estimate", "the model has a coefficient without an estimate")
    pairs, risk = ordered_pairs(time, event), x @ whole.coef
    apparent, rng = concordance(pairs, risk), np.random.default_rng(seed)
    drawn = [_resampled(time, event, x, pairs, rng.integers(0, len(time), len(time))) for _ in range(replicates)]
    known = np.array([d for d in drawn if d is not None]).reshape(-1, 3)
    if len(known) < (1 - LOST) * replicates:
        few = f"{replicates - len(known)} of {replicates} resamples have a coefficient without an estimate"
        raise NotEstimable("too many resamples have no estimate", few)
    optimism = float((known[:, 0] - known[:, 1]).mean())
    tail = (1 - level) / 2
    low, high = np.quantile(known[:, 0], [tail, 1 - tail]) - optimism
    slope = float(known[:, 2].mean())
    return Discrimination(apparent, optimism, float(low), float(high), slope, replicates, replicates - len(known))


def _told(found: Maximum) -> bool:
    return bool(np.isfinite(found.coef).all())


def _resampled(time, event, x, pairs, rows) -> tuple[float, float, float] | None:
    """C of the model of the drawn `rows` among them and among all, and the slope of its prediction among all; None
    where it has a coefficient without an estimate."""
    varying = event[rows].any() and (np.ptp(x[rows], axis=0) > 0).all()
    found = maximum(time[rows], event[rows], x[rows]) if varying else None
    if found is None or not _told(found):
        return None
    risk = x @ found.coef
    slope = maximum(time, event, risk[:, None]).coef[0]
    count = np.bincount(rows, minlength=len(time))
    return concordance(pairs, risk, count), concordance(pairs, risk), slope
