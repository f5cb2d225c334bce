"""How large the next study must be: two arms by events, one arm against a fixed rate or median, Simon's two stages.

Sources: Schoenfeld 1981; Lachin and Foulkes 1986; exponential one-sample: Lawless 2003, section 4.2; A'Hern 2001,
doi:10.1002/sim.721; Simon 1989, doi:10.1016/0197-2456(89)90015-9.
"""

from dataclasses import dataclass

import numpy as np
from scipy.integrate import quad
from scipy.stats import binom, norm

from .curve import SEED
from .power import ALPHA, POWER

DRAWS = 1000  # trials that are drawn where effects come late
LARGEST = 1000  # patients of a single arm that are searched
LARGEST_STAGES = 120  # patients of both stages that are searched


def events_needed(hazard_ratio, share=0.5, alpha=ALPHA, power=POWER) -> int:
    """Events for a two-sided log-rank test. share : of the patients in one arm. Raises ValueError for a ratio of 1 or
    less than 0, or a share that is none. Source: Schoenfeld 1981."""
    if not (hazard_ratio > 0 and hazard_ratio != 1):
        raise ValueError("a hazard ratio above 0 and other than 1 can be planned for")
    if not 0 < share < 1:
        raise ValueError("share lies between 0 and 1")
    z = norm.isf(alpha / 2) + norm.isf(1 - power)
    return _up(z**2 / (share * (1 - share) * np.log(hazard_ratio) ** 2))


def _up(value) -> int:
    """The next whole number, but for rounding."""
    return int(np.ceil(value - 1e-9))


def chance_of_event(median, accrual, follow_up, lost=0.0) -> float:
    """The chance that a patient has the event while observed: exponential times with this median, entry even over
    `accrual`, then `follow_up` more; lost : share lost to follow-up in a year of 12 units. Source: Lachin and Foulkes
    1986."""
    hazard, leaving = np.log(2) / median, -np.log(1 - lost) / 12
    rate = hazard + leaving
    if accrual > 0:
        still = (np.exp(-rate * follow_up) - np.exp(-rate * (follow_up + accrual))) / (rate * accrual)
    else:
        still = np.exp(-rate * follow_up)
    return float(hazard / rate * (1 - still))


@dataclass(frozen=True)
class Observed:
    """How patients are observed: entry even over `accrual`, then
    `follow_up` more; lost : share lost in a year of 12 units.
    """

    accrual: float
    follow_up: float
    lost: float = 0.0

    def share(self, time: float) -> float:
        """The share still under observation at a time, were there no event."""
        entered = 1.0 if self.accrual <= 0 else min(1.0, (self.follow_up + self.accrual - time) / self.accrual)
        return max(0.0, entered) * (1 - self.lost) ** (time / 12)


@dataclass(frozen=True)
class TwoArms:
    """events and patients in all (n), of the first arm (treated); the chances of an event of treated and control."""

    events: int
    n: int
    treated: int
    chances: tuple[float, float]


def two_arms(hazard_ratio, median, watch: Observed, share=0.5, alpha=ALPHA, power=POWER) -> TwoArms:
    """Events and patients for two arms; median : of the control; the others as events_needed."""
    events = events_needed(hazard_ratio, share, alpha, power)
    seen = watch.accrual, watch.follow_up, watch.lost
    treated, control = (chance_of_event(m, *seen) for m in (median / hazard_ratio, median))
    n = _up(events / (share * treated + (1 - share) * control))
    first = _up(share * n)
    return TwoArms(events, first + _up((1 - share) * n), first, (treated, control))  # whole patients in each arm


def exponential_mean(median, tau) -> float:
    """Restricted mean up to `tau` of exponential times with this median."""
    hazard = np.log(2) / median
    return float((1 - np.exp(-hazard * tau)) / hazard)


def mean_variance(median, tau, watch: Observed) -> float:
    """Variance that one patient adds to the Kaplan-Meier restricted mean up to `tau`: exponential times with this
    median.

    Raises ValueError for a `tau` that nobody is observed to. Source: Royston and Parmar 2013; the variance is that of
    the area under a Kaplan-Meier curve (Kaplan and Meier 1958, section 6)."""
    if not 0 < tau <= watch.accrual + watch.follow_up:
        raise ValueError("tau lies above 0 and within accrual and follow-up")
    hazard = np.log(2) / median
    left = lambda t: (np.exp(-hazard * t) - np.exp(-hazard * tau)) / hazard  # noqa: E731
    density = lambda t: left(t) ** 2 * hazard / (np.exp(-hazard * t) * watch.share(t))  # noqa: E731
    middle = min(tau, watch.follow_up)
    end = tau - 1e-9 * tau if watch.share(tau) <= 0 else tau
    return float(sum(quad(density, a, b)[0] for a, b in ((0.0, middle), (middle, end)) if b > a))


@dataclass(frozen=True)
class MeanPlan:
    """n patients in all; restricted means up to `tau` of treated and control."""

    n: int
    tau: float
    means: tuple[float, float]

    @property
    def difference(self) -> float:
        """Treated less control."""
        return self.means[0] - self.means[1]


def two_means(hazard_ratio, median, tau, watch: Observed, power=POWER, alpha=ALPHA) -> MeanPlan:
    """Patients for two equal arms compared by restricted means up to `tau`, two-sided; median : of the control.

    Raises ValueError as events_needed and mean_variance. Source: Royston and Parmar 2013."""
    events_needed(hazard_ratio)  # refuses what cannot be planned
    medians = median / hazard_ratio, median
    means = exponential_mean(medians[0], tau), exponential_mean(medians[1], tau)
    z = norm.isf(alpha / 2) + norm.isf(1 - power)
    each = z**2 * sum(mean_variance(m, tau, watch) for m in medians) / (means[0] - means[1]) ** 2
    return MeanPlan(2 * _up(each), tau, means)


@dataclass(frozen=True)
class Delayed:
    """Of `n` patients in two equal arms: the power, and the patients needed for the one asked (infinite where the test
    points the other way), of the log-rank test and of the one that weighs late events (2,); events, on the average."""

    n: int
    events: float
    power: np.ndarray
    needed: np.ndarray


def delayed_arms(hazard_ratio, median, watch: Observed, delay, n, power=POWER, draws=DRAWS) -> Delayed:
    """Two arms that differ from `delay` on alone, with `hazard_ratio` then; exponential times, by simulation.

    draws : drawn trials, seeded; patients needed follow from the mean of the statistic, which grows with the root of n.
    Two-sided, alpha 0.05. Raises ValueError as events_needed, and for a delay below 0. Source: Fleming and Harrington
    1991, chapter 7 (the weights, 0 and 1).
    """
    from .rank_tests import rank_tests

    events_needed(hazard_ratio)
    if delay < 0 or n < 2:
        raise ValueError("a delay is 0 or more, and a trial has two patients or more")
    rng, treated, hazard = np.random.default_rng(SEED), np.arange(n) % 2 == 1, np.log(2) / median
    z, events = np.empty((draws, 2)), 0
    for i in range(draws):
        risk = rng.exponential(size=n) / hazard  # the time with the hazard of the control
        late = treated & (risk > delay)
        true = np.where(late, delay + (risk - delay) / hazard_ratio, risk)
        end = watch.follow_up + watch.accrual * rng.random(n)
        if watch.lost:
            end = np.minimum(end, rng.exponential(-12 / np.log(1 - watch.lost), n))
        seen = true <= end
        events += int(seen.sum())
        z[i] = rank_tests(np.minimum(true, end), seen, treated, ((0, 0), (0, 1))).z * np.sign(np.log(hazard_ratio))
    z = np.nan_to_num(z)
    middle, enough = z.mean(axis=0), norm.isf(ALPHA / 2) + norm.isf(1 - power)
    with np.errstate(divide="ignore"):
        needed = np.where(middle > 0, n * (enough / np.maximum(middle, 0)) ** 2, np.inf)
    return Delayed(n, events / draws, (z >= norm.isf(ALPHA / 2)).mean(axis=0), needed)


@dataclass(frozen=True)
class OneArm:
    """n patients; at least `least` with the outcome reject; alpha and power that this has, exactly."""

    n: int
    least: int
    alpha: float
    power: float


def single_arm(low, high, alpha=ALPHA, power=POWER) -> OneArm | None:
    """The smallest single arm whose exact one-sided binomial test of `low` keeps alpha and has this power at `high`;
    None beyond LARGEST. Source: A'Hern 2001."""
    _rates(low, high)
    n = np.arange(2, LARGEST + 1)
    least = binom.isf(alpha, n, low).astype(int) + 1
    good = np.flatnonzero(binom.sf(least - 1, n, high) >= power)
    if not len(good):
        return None
    k, size = int(least[good[0]]), int(n[good[0]])
    return OneArm(size, k, float(binom.sf(k - 1, size, low)), float(binom.sf(k - 1, size, high)))


def _rates(low, high):
    if not 0 < low < high < 1:
        raise ValueError("the rate that is too low lies above 0 and below the one that is hoped for, which is below 1")


def single_arm_events(median, hoped, alpha=ALPHA, power=POWER) -> int:
    """Events of a single arm for a one-sided test that the median is no more than `median`, if it is `hoped`
    (exponential times).

    Source: Lawless 2003, section 4.2: the log of the estimated hazard has the variance 1 / events.
    """
    if not 0 < median < hoped:
        raise ValueError("the median that is hoped for lies above the one that is too short, which is above 0")
    return _up(((norm.isf(alpha) + norm.isf(1 - power)) / np.log(hoped / median)) ** 2)


@dataclass(frozen=True)
class TwoStages:
    """Stop after n1 with r1 or fewer responses; after n, r or fewer do not reject. expected : patients if the rate is
    too low;
    stop : the chance of stopping early then; alpha and power, exactly."""

    r1: int
    n1: int
    r: int
    n: int
    expected: float
    stop: float
    alpha: float
    power: float


def two_stages(low, high, alpha=ALPHA, power=POWER, minimax=False) -> TwoStages | None:
    """Simon's optimal design (fewest patients expected under `low`), or the minimax one (fewest in all, then fewest
    expected).

    None if none has at most LARGEST_STAGES patients. Source: Simon 1989.
    """
    _rates(low, high)
    alone = single_arm(low, high, alpha, power)
    if alone is None or alone.n > 1.2 * LARGEST_STAGES:  # two stages save few of the patients of one
        return None
    best: TwoStages | None = None
    for n in range(max(2, int(0.8 * alone.n)), min(LARGEST_STAGES, int(1.7 * alone.n) + 3) + 1):
        if best and minimax:
            break
        for n1 in range(1, n):
            if best and not minimax and n1 >= best.expected:
                break
            found = _best_of((low, high), n1, n, alpha, power)
            if found and (best is None or found.expected < best.expected - 1e-12):
                best = found
    return best


def _best_of(rates, n1, n, alpha, power) -> TwoStages | None:
    """The design of these sizes with the fewest patients expected: the largest r1 that leaves the power."""
    x, r = np.arange(n1 + 1), np.arange(n)
    reject = []  # for each rate: (r1, r), the chance of more than r1 at first and more than r in all
    for rate in rates:
        later = np.append(1.0, binom.sf(np.arange(-1, n - n1 + 1)[1:], n - n1, rate))  # more than -1, 0, 1, ...
        past = later[np.clip(r[None, :] - x[:, None], -1, n - n1) + 1]
        joint = binom.pmf(x, n1, rate)[:, None] * past
        reject.append(np.cumsum(joint[::-1], axis=0)[::-1][1:])
    good = (reject[0] <= alpha) & (reject[1] >= power) & (r >= np.arange(n1)[:, None])
    if not good.any():
        return None
    r1 = int(np.flatnonzero(good.any(axis=1))[-1])
    least = int(np.flatnonzero(good[r1])[0])
    stop = float(binom.cdf(r1, n1, rates[0]))
    errors = float(reject[0][r1, least]), float(reject[1][r1, least])
    return TwoStages(r1, n1, least, n, n1 + (1 - stop) * (n - n1), stop, *errors)
