"""Two arms made alike in several ways, and what then differs: shares free of the event at given times, restricted
means, any outcome of a number. Weights by the propensity score, by entropy balancing, by matching; doubly robust with
pseudo-observations.

Sources: entropy balancing: Hainmueller 2012, doi:10.1093/pan/mpr025; matching and its bootstrap over matched sets:
Austin 2011, Austin and Small 2014; pseudo-observations in an augmented estimator: Andersen, Syriopoulou and Parner
2017; Bang and Robins 2005.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm

from .curve import SEED
from .times import joined, noise
from .weights import propensity_weights, with_constant

KINDS = ("none", "ATE", "ATT", "overlap", "entropy")
CALIPER = 0.2  # standard deviations of the logit of the score (Austin 2011)
MOST_SHARE = 0.5  # of an arm's weight in one subject above which there is no estimate
MOST_LOST = 0.1  # share of the resamples without a number above which there is no interval
_STEPS = 60
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Contrasts:
    """Treated and control at each time: survival (2, t), treated last; means (2,) up to tau; and their differences."""

    survival: np.ndarray
    means: np.ndarray

    @property
    def differences(self) -> np.ndarray:
        """Differences of the shares (t,), then of the restricted means."""
        return np.append(self.survival[1] - self.survival[0], self.means[1] - self.means[0])


class Sample:
    """time (n,), event (n,) bool, treated (n,) bool, design (n, k) of covariates; times (t,) at which curves are read;
    tau.

    Rows are kept in the order of time, so that a bootstrap sample is a count a row. A share beyond the last time of an
    arm whose curve is not at 0 is NaN.
    """

    def __init__(self, time, event, treated, design, times, tau):
        time = joined(time)
        self.order = np.argsort(time, kind="stable")
        self.time, self.event = time[self.order], np.asarray(event, bool)[self.order]
        self.treated, self.design = np.asarray(treated, bool)[self.order], np.asarray(design, float)[self.order]
        self.times, self.tau, self.n = np.asarray(times, float), float(tau), len(time)
        self.begins = np.flatnonzero(np.r_[True, np.diff(self.time) > 0])
        self.distinct = self.time[self.begins]

    def contrasts(self, weight) -> Contrasts:
        """The weighted Kaplan-Meier curves of both arms, read.
        weight (n,) in the order of `order`; 0 leaves a row out.
        """
        arms = [self._read(np.where(side, weight, 0.0)) for side in (~self.treated, self.treated)]
        return Contrasts(np.array([s for s, _ in arms]), np.array([m for _, m in arms]))

    def _read(self, weight):
        there = np.cumsum(np.add.reduceat(weight, self.begins)[::-1])[::-1]
        deaths = np.add.reduceat(weight * self.event, self.begins)
        stay = 1 - np.divide(deaths, there, out=np.zeros(len(there)), where=there > 0)
        curve = np.cumprod(np.where(np.abs(stay) < 1e-12, 0.0, stay))
        last = self.time[weight > 0].max(initial=0.0)
        place = np.searchsorted(self.distinct, self.times + noise(self.time), side="right")
        known = (self.times <= last + noise(self.time)) | (curve[-1] == 0)
        inside = self.distinct < self.tau - noise(self.time)
        edges = np.concatenate([[0.0], self.distinct[inside], [self.tau]])
        mean = (np.append(1.0, curve[inside]) * np.diff(edges)).sum()
        whole = self.tau <= last + noise(self.time) or curve[-1] == 0
        return np.where(known, np.append(1.0, curve)[place], np.nan), mean if whole else np.nan

    def weights(self, kind, count=None) -> np.ndarray | None:
        """Weights (n,) of one of KINDS, times how often each row counts; None where there are none."""
        count = np.ones(self.n, np.int64) if count is None else count
        if kind == "none":
            return count.astype(float)
        if not self.design.shape[1]:
            return None
        weight = self._entropy(count) if kind == "entropy" else self._propensity(kind, count)
        return None if weight is None else weight * count

    def _propensity(self, kind, count):
        score = self.scores(count)
        return None if score is None else propensity_weights(self.treated, score, kind)

    def scores(self, count=None) -> np.ndarray | None:
        """The propensity score of each row (n,); None without a finite model."""
        from .kernels import propensity

        count, score = np.ones(self.n, np.int64) if count is None else count, np.empty(self.n)
        finite = propensity(count, self.treated, with_constant(self.design), score)
        inside = (score[count > 0] > 0) & (score[count > 0] < 1)
        return np.clip(score, 1e-12, 1 - 1e-12) if finite and inside.all() else None

    def matched(self, ratio=1, caliper=CALIPER) -> "Matched | None":
        """`match` of the rows as they were given (so ties go to the
        first of them), members in `order`; None without scores.
        """
        score = self.scores()
        if score is None:
            return None
        place, given, treated = np.empty(self.n, int), np.empty(self.n), np.empty(self.n, bool)
        place[self.order], given[self.order], treated[self.order] = np.arange(self.n), score, self.treated
        found = match(given, treated, ratio, caliper)
        return replace(found, members=place[found.members])

    def _entropy(self, count):
        """Weights by which each arm has the means of all."""
        weight, target = np.zeros(self.n), np.average(self.design, axis=0, weights=count)
        for side in (self.treated, ~self.treated):
            found = entropy_weights(self.design[side], target, count[side])
            if found is None:
                return None
            weight[side] = found
        return weight


def entropy_weights(x, target, base=None) -> np.ndarray | None:
    """Positive weights (n,) nearest to `base` (n,) by which the means of x (n, k) are `target` (k,); None where there
    are none.

    They are divided by `base` and have the mean 1 over it. Source: Hainmueller 2012.
    """
    x = np.asarray(x, float)
    base = np.ones(len(x)) if base is None else np.asarray(base, float)
    scale = x.std(axis=0)
    z = ((x - target) / np.where(scale > 0, scale, 1.0))[:, scale > 0]
    if (np.abs(x - target)[:, scale == 0] > 1e-9).any():
        return None
    beta = np.zeros(z.shape[1])
    for _ in range(_STEPS):
        raw = base * np.exp(z @ beta - (z @ beta).max(initial=0.0))
        share = raw / raw.sum()
        gradient = share @ z
        if np.abs(gradient).max(initial=0.0) < 1e-10:
            return share / np.where(base > 0, base, 1.0) * base.sum()
        hessian = (z * share[:, None]).T @ z - np.outer(gradient, gradient)
        step = np.linalg.lstsq(hessian, gradient, rcond=None)[0]
        size, worst = 1.0, _dual(z, base, beta)
        enough = 1e-4 * gradient @ step - _ROUNDING  # near the minimum the fall is less than the rounding of the dual
        while _dual(z, base, beta - size * step) > worst - size * enough and size > 1e-8:
            size /= 2
        beta = beta - size * step
        if np.abs(beta).max(initial=0.0) > 50:
            return None
    return None


def _dual(z, base, beta) -> float:
    eta = z @ beta
    top = eta.max(initial=0.0)
    return float(np.log(max(base @ np.exp(eta - top), np.finfo(float).tiny)) + top)


@dataclass(frozen=True)
class Matched:
    """Sets of one treated and up to k controls: members (m,) rows, number (m,) of the set, weight (m,) 1 for the
    treated, and one in all for the controls of a set; unmatched treated."""

    members: np.ndarray
    number: np.ndarray
    weight: np.ndarray
    unmatched: int


def match(score, treated, ratio=1, caliper=CALIPER) -> Matched:
    """Nearest neighbours on the logit of the score, each control once, the highest score first; `ratio` controls at
    most,
    in as many rounds. caliper : standard deviations of the logit (0: none).

    Ties go to the first row. Sources: Rosenbaum and Rubin 1985; Austin 2011; the order as MatchIt's.
    """
    logit, treated = np.log(score / (1 - score)), np.asarray(treated, bool)
    spread = np.sqrt((logit[treated].var(ddof=1) + logit[~treated].var(ddof=1)) / 2)
    widest = caliper * spread if caliper else np.inf
    order = np.flatnonzero(treated)[np.argsort(-logit[treated], kind="stable")]
    free = ~treated
    found: dict[int, list[int]] = {int(i): [] for i in order}
    for _ in range(ratio):
        for i in order:
            apart = np.where(free, np.abs(logit - logit[i]), np.inf)
            j = int(np.argmin(apart))
            if apart[j] <= widest and np.isfinite(apart[j]):
                found[int(i)].append(j)
                free[j] = False
    sets = [(i, controls) for i, controls in found.items() if controls]
    members = [m for i, controls in sets for m in (i, *controls)]
    number = [s for s, (_, controls) in enumerate(sets) for _ in range(1 + len(controls))]
    weight = [w for _, controls in sets for w in (1.0, *[1 / len(controls)] * len(controls))]
    return Matched(np.array(members, int), np.array(number, int), np.array(weight), int(treated.sum()) - len(sets))


def bootstrap(sample: Sample, kind, replicates=2000, seed=SEED) -> np.ndarray:
    """Differences (replicates, t + 1) as Contrasts.differences; -inf where a sample has no weights, NaN where an arm
    is not followed so long. Each one refits the weights.
    """
    rng, found = np.random.default_rng(seed), np.full((replicates, len(sample.times) + 1), -np.inf)
    for b in range(replicates):
        count = rng.multinomial(sample.n, np.full(sample.n, 1 / sample.n))
        if (count[sample.treated] > 0).sum() < 2 or (count[~sample.treated] > 0).sum() < 2:
            continue
        weight = sample.weights(kind, count)
        if weight is not None:
            found[b] = sample.contrasts(weight).differences
    return found


def bootstrap_sets(sample: Sample, matched: Matched, replicates=2000, seed=SEED) -> np.ndarray:
    """As bootstrap, drawing matched sets whole: members are rows
    in the order of `sample`. Source: Austin and Small 2014.
    """
    rng, k = np.random.default_rng(seed), int(matched.number.max(initial=-1)) + 1
    found = np.full((replicates, len(sample.times) + 1), np.nan)
    for b in range(replicates if k > 1 else 0):
        count = rng.multinomial(k, np.full(k, 1 / k))
        weight = np.zeros(sample.n)
        weight[matched.members] = matched.weight * count[matched.number]
        found[b] = sample.contrasts(weight).differences
    return found


def percentile_limits(draws, level=0.95, most_lost=MOST_LOST) -> np.ndarray:
    """Percentile limits (2, m) of draws (replicates, m); NaN where more than `most_lost` of them are not finite."""
    tail = 100 * (1 - level) / 2
    found = np.full((2, draws.shape[1]), np.nan)
    for j, column in enumerate(draws.T):
        known = column[np.isfinite(column)]
        if len(known) >= (1 - most_lost) * len(column) and len(known):
            found[:, j] = np.percentile(known, [tail, 100 - tail])
    return found


def pseudo_observations(time, event, times, tau) -> np.ndarray:
    """What each subject adds to S(t) at `times` and to the restricted mean up to tau: (n, t + 1); jackknife of all
    rows.

    Source: Andersen, Klein and Rosthøj 2003.
    """
    n = len(time)
    sample = Sample(time, event, np.zeros(n, bool), np.empty((n, 0)), times, tau)
    place = np.empty(n, int)
    place[sample.order] = np.arange(n)
    whole = np.append(*sample._read(np.ones(n)))
    found = np.empty((n, len(whole)))
    for i in range(n):
        weight = np.ones(n)
        weight[place[i]] = 0.0
        found[i] = n * whole - (n - 1) * np.append(*sample._read(weight))
    return found


@dataclass(frozen=True)
class Robust:
    """Means of both arms (2, m), treated last, the differences (m,) with standard errors (m,), limits and P."""

    means: np.ndarray
    difference: np.ndarray
    se: np.ndarray

    def limits(self, level=0.95) -> np.ndarray:
        """Normal limits (2, m)."""
        half = norm.ppf(0.5 + level / 2) * self.se
        return np.array([self.difference - half, self.difference + half])

    @property
    def p(self) -> np.ndarray:
        """Two-sided P of each difference (m,)."""
        return 2 * norm.sf(np.abs(self.difference / self.se))


def doubly_robust(y, treated, score, design) -> Robust:
    """Augmented inverse probability weighting: right if the model of the treatment or that of the outcome is.

    y (n, m) numbers: an outcome, a response of 0 and 1, or pseudo_observations; score (n,) propensity; design (n, k):
    linear models of y in each arm. The error is that of the influence function. Sources: Robins, Rotnitzky and Zhao
    1994; Bang and Robins 2005.
    """
    y, treated = np.asarray(y, float).reshape(len(score), -1), np.asarray(treated, bool)
    x = with_constant(design) if np.shape(design)[1] else np.ones((len(y), 1))
    parts = []
    for side, chance in ((~treated, 1 - score), (treated, score)):
        expected = x @ np.linalg.lstsq(x[side], y[side], rcond=None)[0]
        parts.append(expected + (side / chance)[:, None] * (y - expected))
    gain = parts[1] - parts[0]
    se = gain.std(axis=0, ddof=1) / np.sqrt(len(y))
    return Robust(np.array([p.mean(axis=0) for p in parts]), gain.mean(axis=0), se)


def tipping_point(hazard_ratio_limit, per_sd) -> float:
    """By how many standard deviations something unmeasured would have to differ between the arms for a limit of a
    hazard ratio to reach 1, if its own hazard ratio is `per_sd` a standard deviation. Source: Lin, Psaty and Kronmal
    1998."""
    return float(abs(np.log(hazard_ratio_limit)) / np.log(per_sd))
