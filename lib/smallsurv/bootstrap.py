"""Bootstrap of propensity-weighted estimates, the weights refitted in each replicate. Seeded."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .curve import SEED
from .times import joined
from .weights import check_kind, covariate_design, with_constant

REPLICATES = 2000
_CELLS = 2_000_000  # counts drawn at a time: bounds the memory


@dataclass(frozen=True)
class Bootstrap:
    """estimate on the whole sample; log_hazard_ratios (replicates,), NaN where a replicate has none; how many have
    none; medians (replicates, 2) and survival (replicates, 2, times) of the untreated and the treated, NaN where the
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


def _complete(**columns):
    for name, values in columns.items():
        values = np.asarray(values)
        if pd.isna(values).any() or (values == np.inf).any():
            raise ValueError(f"{name} has missing or infinite values: leave these rows out")


@dataclass(frozen=True)
class Replication:
    """How each replicate is made: estimand and stabilized as in weights.propensity_weights, truncate as in
    weights.truncated; seed of the draws. Raises ValueError for weights of a kind that does not exist."""

    estimand: str = "ATE"
    stabilized: bool = False
    truncate: tuple[float, float] = (0, 100)
    seed: int = SEED

    def __post_init__(self):
        check_kind(self.estimand, self.stabilized)


def iptw_bootstrap(time, event, treatment, covariates, replicates=REPLICATES, times=(), **options) -> Bootstrap:
    """Bootstrap of the log hazard ratio, medians and curves of treatment under propensity weights.

    time (n,), event (n,) and treatment (n,) True or False, covariates as in weights.covariate_design; options : the
    fields of Replication; times: rising, where the curves are read. Each replicate draws n subjects, refits the
    logistic propensity model, weights, and refits Cox (Efron) and the weighted Kaplan-Meier curves. A replicate has no
    estimate if either model runs to infinity. Raises ValueError for values that are missing or infinite, one arm, or
    weights of a kind that does not exist. Source: Austin 2016.
    """
    from .bootstrap_kernels import weighted_replicates

    _complete(time=time, event=event, treatment=treatment)
    sample, wanted = _sample(time, event, treatment, covariates), Replication(**options)
    how, n = _how(wanted, times), len(sample.time)
    rng, found = np.random.default_rng(wanted.seed), []
    each = max(1, _CELLS // n)
    for start in range(0, replicates, each):
        counts = rng.multinomial(n, np.full(n, 1 / n), size=min(each, replicates - start))
        found.append(weighted_replicates(counts, sample, how))
    estimate = weighted_replicates(np.ones((1, n), np.int64), sample, how)[0][0]
    draws, medians, survival = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return Bootstrap(float(estimate), draws, int(np.isnan(draws).sum()), medians, survival)


def _sample(time, event, treatment, covariates):
    """The rows for the kernel, latest first."""
    from .bootstrap_kernels import Sample

    time, treated = joined(time), np.asarray(treatment)
    design = covariate_design(covariates)
    treated, event = treated.astype(bool), np.asarray(event, bool)
    if treated.all() or not treated.any():
        raise ValueError("only one treatment arm: a hazard ratio compares two")
    order = np.argsort(-time, kind="stable")
    design = np.ascontiguousarray(with_constant(design)[order])
    return Sample(time[order], event[order], treated[order], design)


def _how(options, times):
    """How the kernel weights, and where it reads the curves."""
    from .bootstrap_kernels import KINDS, How

    low, high = map(float, options.truncate)
    return How(KINDS[options.estimand, options.stabilized], low, high, np.asarray(times, float))
