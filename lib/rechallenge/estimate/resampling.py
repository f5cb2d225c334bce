"""Resampling: permutation log-rank for small samples, bootstrap of a propensity-weighted hazard ratio. Seeded throughout."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .survival import SEED
from .weighting import covariate_design, with_constant

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
    """estimate on the whole sample; log_hazard_ratios (replicates,), NaN where a replicate has none; how many have none."""

    estimate: float
    log_hazard_ratios: np.ndarray
    failed: int


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


def iptw_bootstrap(time, event, treatment, covariates, replicates=REPLICATES, seed=SEED) -> Bootstrap:
    """Bootstrap of the log hazard ratio of treatment under inverse probability of treatment weights.

    time (n,), event (n,) and treatment (n,) True or False, covariates as in weighting.covariate_design. Each replicate
    draws n subjects, refits the logistic propensity model, weights by 1/p (treated) or 1/(1 - p), and refits Cox
    (Efron). A replicate has no estimate if either model runs to infinity. Raises ValueError for values that are missing
    or infinite, or one arm.
    Source: Austin 2016.
    """
    from .kernels import iptw_replicates

    time, treated = np.asarray(time, float), np.asarray(treatment)
    _complete(time=time, event=event, treatment=treated)
    design = covariate_design(covariates)
    treated, event = treated.astype(bool), np.asarray(event, bool)
    if treated.all() or not treated.any():
        raise ValueError("only one treatment arm: a hazard ratio compares two")
    order = np.argsort(-time, kind="stable")
    rows = time[order], event[order], treated[order], np.ascontiguousarray(with_constant(design)[order])
    rng, each, found = np.random.default_rng(seed), max(1, _CELLS // len(time)), []
    for start in range(0, replicates, each):
        counts = rng.multinomial(len(time), np.full(len(time), 1 / len(time)), size=min(each, replicates - start))
        found.append(iptw_replicates(counts, *rows))
    estimate = iptw_replicates(np.ones((1, len(time)), np.int64), *rows)[0]
    draws = np.concatenate(found)
    return Bootstrap(float(estimate), draws, int(np.isnan(draws).sum()))
