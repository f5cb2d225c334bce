"""A trial of two strategies, imitated in patients who were not randomized: start within a grace period, or never.

Each patient is cloned into both strategies, censored when the data show another one, and weighted by the inverse chance
of not having been censored. Decisions are taken at the beginning of each interval; who has not started before the last
interval of the grace period starts in it. Sources: Hernán and Robins 2016, doi:10.1093/aje/kwv254; Hernán 2018,
doi:10.1136/bmj.k182; Cain et al. 2010, doi:10.2202/1557-4679.1212.
"""

from dataclasses import dataclass

import numpy as np

from .adjusted import percentile_limits
from .curve import SEED
from .weights import with_constant

MOST_SHARE = 0.5  # of the weight at risk in one patient at a death, from which on there is no estimate


class Decisions:
    """Patients from the time on at which the choice arises.

    exit (n,) death or last contact, event (n,) True at death, start (n,) of the treatment, infinite where it never
    came; time counts from the choice. covariates (n, K, k): at the beginning of each of K intervals of length `step`;
    grace : intervals within which the treatment is to start. Raises ValueError for an exit of 0 or less, a start after
    the exit, or a grace period that the intervals do not hold.
    """

    def __init__(self, exit, event, start, covariates, step=1.0, grace=3):
        self.exit, self.event, self.start = np.asarray(exit, float), np.asarray(event, bool), np.asarray(start, float)
        self.x, self.step, self.grace = np.asarray(covariates, float), float(step), int(grace)
        self.n, self.intervals = self.x.shape[:2]
        if not (self.exit > 0).all():
            raise ValueError(f"exit: {int((~(self.exit > 0)).sum())} not above 0: these patients were never at risk")
        late = np.isfinite(self.start) & (self.start > self.exit)
        if late.any():
            raise ValueError(
                f"start: {int(late.sum())} after the exit, the first in row {int(np.flatnonzero(late)[0])}"
            )
        if not 1 <= self.grace <= self.intervals:
            raise ValueError("grace: at least one interval, and no more than there are")
        began = np.floor(self.start / self.step + 1e-9)
        self.began = np.where(np.isfinite(self.start), began, self.intervals).astype(int)
        self.last = np.minimum(np.ceil(self.exit / self.step - 1e-9).astype(int) - 1, self.intervals - 1)
        k = np.arange(self.intervals)
        self.alive = k <= self.last[:, None]
        self.open = self.alive & (k <= self.began[:, None])  # not started before the interval: the choice is open
        self.starts = self.open & (k == self.began[:, None])

    def chances(self, count=None) -> np.ndarray | None:
        """The chance (n, K) of starting in each interval in which the choice is open, by pooled logistic regression on
        the covariates, the interval and its square, 0 after the last interval in which anybody starts; None without a
        finite fit. count (n,): how often each patient counts."""
        from .kernels import propensity

        count = np.ones(self.n, np.int64) if count is None else count
        begun = np.flatnonzero((self.starts & (count[:, None] > 0)).any(axis=0))
        if not len(begun):
            return None
        rows, k = np.nonzero(self.open & (np.arange(self.intervals) <= begun[-1]))
        x = np.column_stack([k, k**2, self.x[rows, k]])
        kept = x.std(axis=0) > 0
        found = np.empty(len(rows))
        started = self.starts[rows, k]
        if not propensity(count[rows].astype(np.int64), started, with_constant(x[:, kept]), found):
            return None
        counted = count[rows] > 0
        if (np.where(started, found, 1 - found)[counted] <= 0).any():
            return None
        chance = np.where(self.open, 0.0, np.nan)
        chance[rows, k] = found
        return chance

    def weights(self, chance, count=None) -> tuple[np.ndarray, np.ndarray]:
        """Weight (n, K) of each patient in each interval under never, and under starting in the grace period; 0 where
        censored or no longer alive."""
        count = np.ones(self.n) if count is None else count.astype(float)
        chance = np.where(count[:, None] > 0, chance, 0.5)  # of who does not count, any will do
        k, last = np.arange(self.intervals), self.grace - 1
        stay = np.where(self.open & ~self.starts, 1 / (1 - np.where(self.open, chance, 0.0)), 1.0)
        never = np.where(self.alive & (k < self.began[:, None]), np.cumprod(stay, axis=1), 0.0)
        forced = 1 / np.where(self.starts[:, last], chance[:, last], 1.0)
        follows = (k < last) | (self.began[:, None] <= last)
        treated = np.where(self.alive & follows, np.where(k >= last, forced[:, None], 1.0), 0.0)
        return never * count[:, None], treated * count[:, None]

    def survival(self, weight, times) -> np.ndarray:
        """Weighted Kaplan-Meier curve under one strategy at `times` (t,); NaN beyond the last interval."""
        at, own, risk = self._deaths(weight)
        whole = risk.sum(axis=0)
        first = np.flatnonzero(np.r_[True, np.diff(at) > 1e-9]) if len(at) else np.empty(0, int)
        deaths = np.add.reduceat(own, first) if len(at) else own
        stay = 1 - np.divide(deaths, whole[first], out=np.zeros(len(first)), where=whole[first] > 0)
        curve = np.append(1.0, np.cumprod(stay))
        place = np.searchsorted(at[first], np.asarray(times, float) + 1e-9, side="right")
        return np.where(np.asarray(times) <= self.intervals * self.step + 1e-9, curve[place], np.nan)

    def held_until(self, weight) -> float:
        """The time of the first death at which one patient carries
        more than MOST_SHARE of the weight at risk; else infinite.
        """
        at, _, risk = self._deaths(weight)
        whole = risk.sum(axis=0)
        share = np.divide(risk.max(axis=0), whole, out=np.zeros(len(at)), where=whole > 0) if len(at) else at
        over = np.flatnonzero(share > MOST_SHARE)
        return float(at[over[0]]) if len(over) else np.inf

    def _deaths(self, weight):
        """Times of death (d,) in order, the weight of each then (d,), and the weight at risk of everybody (n, d)."""
        dead = np.flatnonzero(self.event & (self.exit <= self.intervals * self.step + 1e-9))
        dead = dead[np.argsort(self.exit[dead], kind="stable")]
        at = self.exit[dead]
        k = np.minimum(np.ceil(at / self.step - 1e-9).astype(int) - 1, self.intervals - 1)
        return at, weight[dead, k], weight[:, k] * (self.exit[:, None] >= at - 1e-9)


@dataclass(frozen=True)
class Emulated:
    """survival (2, t) under never and under starting, at times (t,); draws (replicates, 2, t) of the bootstrap, NaN
    where a sample has no finite model; weights (2, n, K); until: time from which one patient carries most of the
    weight, where survival is NaN; open choices and starts; patients still following each strategy at the end of the
    grace period, of n."""

    times: np.ndarray
    survival: np.ndarray
    draws: np.ndarray
    weights: np.ndarray
    until: float
    choices: int
    starts: int
    followed: tuple[int, int]

    @property
    def difference(self) -> np.ndarray:
        """Survival under starting less survival under never (t,)."""
        return self.survival[1] - self.survival[0]

    def limits(self, level=0.95) -> np.ndarray:
        """Percentile limits (2, t) of the difference; NaN where a tenth of the draws is missing."""
        return percentile_limits(self.draws[:, 1] - self.draws[:, 0], level)


def emulate(decisions: Decisions, times, replicates=500, seed=SEED) -> Emulated | None:
    """Both strategies at `times`, with a bootstrap of the patients that refits the model of starting; None without a
    finite model of starting."""
    chance = decisions.chances()
    if chance is None:
        return None
    weights = decisions.weights(chance)
    until, times = min(decisions.held_until(w) for w in weights), np.asarray(times, float)
    survival = np.array([np.where(times < until, decisions.survival(w, times), np.nan) for w in weights])
    rng, draws = np.random.default_rng(seed), np.full((replicates, 2, len(times)), np.nan)
    for b in range(replicates):
        count = rng.multinomial(decisions.n, np.full(decisions.n, 1 / decisions.n))
        again = decisions.chances(count)
        if again is not None:
            draws[b] = [decisions.survival(w, times) for w in decisions.weights(again, count)]
    draws[:, :, times >= until] = np.nan
    last = decisions.grace - 1
    first, second = (int((w[:, last] > 0).sum()) for w in weights)
    choices, starts = int(decisions.open.sum()), int(decisions.starts.sum())
    return Emulated(times, survival, draws, np.array(weights), until, choices, starts, (first, second))
