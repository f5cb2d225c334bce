"""One arm beside a published one: against a curve, a median or a rate by the one-sample log-rank test, and against the
patients read from its curve, as they are and weighted to its printed baseline (MAIC).

Sources: one-sample log-rank test: Finkelstein, Muzikansky and Schoenfeld 2003; exact limits: Garwood 1936;
matching-adjusted indirect comparison: Signorovitch et al. 2010; its weights are those of entropy balancing: Hainmueller
2012.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, poisson

from .adjusted import Sample, entropy_weights
from .cox import NotEstimable, cox_fit
from .curve import SEED
from .proportions import event_rate
from .times import no_later, reached

_ALIKE = 1 + 1e-7  # probabilities that differ by less are one (as R's poisson.test)


@dataclass(frozen=True)
class OneSample:
    """observed events, those expected under the reference, their ratio with exact limits; z of the score test, its
    two-sided P (normal) and the exact one."""

    observed: int
    expected: float
    ratio: float
    low: float
    high: float
    z: float
    p_normal: float
    p: float


def one_sample_log_rank(hazard, event, level=0.95) -> OneSample:
    """Events of one arm against those that a known hazard makes expect.

    hazard (n,): cumulative hazard of the reference at the time of each subject; event (n,) True where seen. The exact P
    and limits take the expected events for known, as the mean of a Poisson count. NaN where none is expected.
    """
    seen, expected = int(np.sum(event)), float(np.sum(hazard))
    ratio, low, high = event_rate(seen, expected, level)
    if not expected > 0:
        return OneSample(seen, expected, ratio, low, high, np.nan, np.nan, np.nan)
    z = (seen - expected) / np.sqrt(expected)
    return OneSample(seen, expected, ratio, low, high, float(z), float(2 * norm.sf(abs(z))), _two_sided(seen, expected))


def _two_sided(seen, expected) -> float:
    """The chance of every count no more likely than the one seen, as R's poisson.test."""
    most = int(poisson.isf(1e-15, expected)) + seen + 2
    chance = poisson.pmf(np.arange(most), expected)
    return float(min(1.0, chance[chance <= chance[seen] * _ALIKE].sum()))


def constant_hazard(time, share, at) -> np.ndarray:
    """Cumulative hazard (n,) at time (n,) of a constant rate by which `share` are free of the event at time `at`."""
    return -np.log(share) / at * np.asarray(time, float)


def curve_hazard(curve_time, survival, time) -> np.ndarray:
    """Cumulative hazard (n,) at time (n,) of a curve that falls
    to survival (k,) at curve_time (k,), rising: -log S(t).
    """
    place = reached(np.asarray(curve_time, float), time)
    with np.errstate(divide="ignore"):
        return -np.log(np.append(np.asarray(survival, float), 1.0)[place])


def beside(own, control, design, times=(), tau=np.inf) -> Sample:
    """The rows of both arms as one Sample, the own ones as treated. own, control : (time (n,), event (n,)); design (n,
    k): covariates of the own rows; times, tau : as of a Sample."""
    n, m = len(own[0]), len(control[0])
    x = np.zeros((n + m, np.shape(design)[1]))
    x[:n] = design
    time, event = (np.concatenate([a, b]) for a, b in zip(own, control, strict=True))
    return Sample(time, event, np.arange(n + m) < n, x, times, tau)


def matched_weights(sample: Sample, target, count=None) -> np.ndarray | None:
    """Weights (n,) in the order of the sample: 1 for the control, and for the own rows those nearest to equal, mean 1,
    by which the means of the design are `target` (k,); times how often each row counts. None where there are none."""
    count = np.ones(sample.n) if count is None else np.asarray(count, float)
    own = sample.treated
    found = entropy_weights(sample.design[own], target, count[own])
    if found is None:
        return None
    weight = count.copy()
    weight[own] *= found
    return weight


def external_contrasts(sample: Sample, weight) -> np.ndarray:
    """Own less control (1 + t + 1,): log hazard ratio, differences
    of the shares at the times and of the restricted means.
    """
    there = weight > 0
    try:
        fit = cox_fit(sample.time[there], sample.event[there], sample.treated[there].astype(float), weight[there])
        ratio = float(fit.coef[0])
    except NotEstimable:
        ratio = np.nan
    return np.append(ratio, sample.contrasts(weight).differences)


def external_bootstrap(sample: Sample, target=None, replicates=1000, seed=SEED) -> np.ndarray:
    """external_contrasts of resamples (replicates, 1 + t + 1): both arms are drawn, each by itself, and the weights
    found anew (target None: no weights). NaN where a resample has no weights. The printed baseline is taken for
    known."""
    rng, found = np.random.default_rng(seed), np.full((replicates, len(sample.times) + 2), np.nan)
    sides = [np.flatnonzero(side) for side in (sample.treated, ~sample.treated)]
    for b in range(replicates):
        count = np.zeros(sample.n)
        for rows in sides:
            count[rows] = rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)))
        weight = count if target is None else matched_weights(sample, target, count)
        if weight is not None:
            found[b] = external_contrasts(sample, weight)
    return found


def within(time, event, end) -> tuple[np.ndarray, np.ndarray]:
    """time (n,) and event (n,) bool cut at `end`: who was followed longer is censored there."""
    return np.minimum(time, end), np.asarray(event, bool) & no_later(time, end)
