"""Resampling: permutation log-rank for small samples, bootstrap of a propensity-weighted hazard ratio. Seeded throughout."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .survival import SEED
from .weighting import check_kind, covariate_design, with_constant

PERMUTATIONS = 10_000
REPLICATES = 2000
_CELLS = 2_000_000  # scores shuffled, or counts drawn, at a time: bounds the memory


@dataclass(frozen=True)
class Permutation:
    """statistic, two-sided Monte Carlo p with its standard error, permutations drawn."""

    statistic: float
    p: float
    standard_error: float
    permutations: int


@dataclass(frozen=True)
class Bootstrap:
    """estimate on the whole sample; log_hazard_ratios (replicates,), NaN where a replicate has none; how many have none;
    medians (replicates, 2) and survival (replicates, 2, times) of the untreated and the treated, NaN where the
    propensity model of a replicate has no finite estimate."""

    estimate: float
    log_hazard_ratios: np.ndarray
    failed: int
    medians: np.ndarray
    survival: np.ndarray

    @property
    def unweighted(self) -> int:
        """Replicates whose propensity model has no finite estimate: they have neither curves nor medians."""
        return int(np.isnan(self.medians[:, 0]).sum())

    @property
    def standard_error(self) -> float:
        """Of the log hazard ratio, over the replicates that have one."""
        found = self.log_hazard_ratios[np.isfinite(self.log_hazard_ratios)]
        return float(found.std(ddof=1)) if len(found) > 1 else np.nan

    def median_limits(self, level=0.95) -> np.ndarray:
        """Percentile limits (2, 2) of the medians: a row an arm; inf where a median is not reached."""
        tail = (1 - level) / 2
        return np.array([_percentiles(arm, (tail, 1 - tail)) for arm in self.medians.T])

    def survival_limits(self, level=0.95) -> np.ndarray:
        """Pointwise percentile limits (2, 2, times) of the weighted curves: arm, low and high."""
        tail = (1 - level) / 2
        drawn = self.survival[~np.isnan(self.medians[:, 0])]
        if not len(drawn):
            return np.full((2, 2, self.survival.shape[2]), np.nan)
        return np.quantile(drawn, [tail, 1 - tail], axis=0, method="inverted_cdf").swapaxes(0, 1)


def _percentiles(values, shares):
    values = values[~np.isnan(values)]
    return np.quantile(values, shares, method="inverted_cdf") if len(values) else np.full(len(shares), np.nan)


def log_rank_scores(time, event) -> np.ndarray:
    """Event minus Nelson-Aalen hazard of each subject (n,): their sum over a group is its observed minus expected events.

    time (n,), event (n,) True where seen. Source: Peto and Peto 1972.
    """
    time, event = np.asarray(time, float), np.asarray(event, bool)
    distinct, place = np.unique(time, return_inverse=True)
    deaths = np.bincount(place, event, len(distinct))
    n_risk = np.bincount(place, minlength=len(distinct))[::-1].cumsum()[::-1]
    return event - np.cumsum(deaths / n_risk)[place]


def _complete(**columns):
    for name, values in columns.items():
        values = np.asarray(values)
        if pd.isna(values).any() or (values == np.inf).any():
            raise ValueError(f"{name} has missing or infinite values: leave these rows out")


def permutation_log_rank(time, event, group, n=PERMUTATIONS, seed=SEED) -> Permutation:
    """Log-rank test by permutation of the subjects between groups of two or more levels.

    time (n,), event (n,) True where seen, group (n,) labels without gaps. The statistic is the sum over groups of
    (observed - expected)^2 / size; the sample itself counts as one permutation, so P is never 0.
    Raises ValueError for fewer than two groups, no event, a missing label or value.
    Sources: Heinze, Gnant and Schemper 2003; Phipson and Smyth 2010.
    """
    _complete(time=time, event=event)
    codes, levels = pd.factorize(np.asarray(group))
    if (codes < 0).any():
        raise ValueError(f"group: {(codes < 0).sum()} missing labels: leave these rows out")
    if len(levels) < 2:
        raise ValueError("only one group: a log-rank test compares two or more")
    if not np.any(event):
        raise ValueError("no event: every row is censored; check the coding of event")
    scores = log_rank_scores(time, event)[np.argsort(codes, kind="stable")]
    sizes = np.bincount(codes)
    start = np.concatenate([[0], np.cumsum(sizes)[:-1]])

    def statistic(rows):
        return (np.add.reduceat(rows, start, axis=-1) ** 2 / sizes).sum(axis=-1)

    seen = statistic(scores)
    rng, as_far, left = np.random.default_rng(seed), 0, n
    while left:
        rows = min(left, max(1, _CELLS // len(scores)))
        shuffled = rng.permuted(np.broadcast_to(scores, (rows, len(scores))), axis=1)
        as_far += int((statistic(shuffled) >= seen * (1 - 1e-9) - 1e-12).sum())  # equal up to the order of the sums
        left -= rows
    p = (as_far + 1) / (n + 1)
    return Permutation(float(seen), p, float(np.sqrt(p * (1 - p) / n)), n)


def iptw_bootstrap(
    time, event, treatment, covariates, replicates=REPLICATES, seed=SEED, estimand="ATE", stabilized=False,
    truncate=(0, 100), times=(),
) -> Bootstrap:  # fmt: skip
    """Bootstrap of the log hazard ratio, medians and curves of treatment under propensity weights.

    time (n,), event (n,) and treatment (n,) True or False, covariates as in weighting.covariate_design; estimand and
    stabilized as in weighting.propensity_weights, truncate as in weighting.truncated; times: rising, where the curves
    are read. Each replicate draws n subjects, refits the logistic propensity model, weights, and refits Cox (Efron) and
    the weighted Kaplan-Meier curves. A replicate has no estimate if either model runs to infinity. Raises ValueError for
    values that are missing or infinite, one arm, or weights of a kind that does not exist.
    Source: Austin 2016.
    """
    from .weighted_kernels import KINDS, weighted_replicates

    time, treated = np.asarray(time, float), np.asarray(treatment)
    _complete(time=time, event=event, treatment=treated)
    design = covariate_design(covariates)
    treated, event = treated.astype(bool), np.asarray(event, bool)
    if treated.all() or not treated.any():
        raise ValueError("only one treatment arm: a hazard ratio compares two")
    check_kind(estimand, stabilized)
    order = np.argsort(-time, kind="stable")
    rows = time[order], event[order], treated[order], np.ascontiguousarray(with_constant(design)[order])
    how = KINDS[estimand, stabilized], float(truncate[0]), float(truncate[1]), np.asarray(times, float)
    rng, each, found = np.random.default_rng(seed), max(1, _CELLS // len(time)), []
    for start in range(0, replicates, each):
        counts = rng.multinomial(len(time), np.full(len(time), 1 / len(time)), size=min(each, replicates - start))
        found.append(weighted_replicates(counts, *rows, *how))
    estimate = weighted_replicates(np.ones((1, len(time)), np.int64), *rows, *how)[0][0]
    draws, medians, survival = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return Bootstrap(float(estimate), draws, int(np.isnan(draws).sum()), medians, survival)
