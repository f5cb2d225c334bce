"""Propensity weights: scores, three estimands, balance, and weighted curves, medians, log-rank and Cox.

Weights are per subject and enter every estimate as they are given; no function here draws or rounds.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from .cox import cox_fit
from .cox_models import make_term
from .curve import checked_weights, groups, observed, one_endpoint

ESTIMANDS = ("ATE", "ATT", "overlap")
COX = "Cox, weighted, robust standard error"


@dataclass(frozen=True)
class Propensity:
    """A propensity model: `score` (n,) probability of treatment, `design` (n, k) its columns without the constant."""

    score: np.ndarray
    treated: np.ndarray
    design: pd.DataFrame


def covariate_design(covariates, every_level=False) -> pd.DataFrame:
    """Columns of numbers for a model: a number as it is, a column with levels as one indicator a level but the first.

    covariates : frame, or an array (n,) or (n, k). `every_level` keeps the first of three or more levels too, for a
    table of balance. Raises ValueError for a missing or infinite value.
    """
    if not isinstance(covariates, pd.DataFrame):
        values = np.asarray(covariates, float)
        covariates = pd.DataFrame(values[:, None] if values.ndim == 1 else values)
    columns = {}
    for name in covariates:
        column = covariates[name]
        if not isinstance(column.dtype, pd.CategoricalDtype) and not pd.api.types.is_numeric_dtype(column):
            column = column.astype("category")
        term = make_term(column)
        if every_level and len(term.design.columns) > 1:
            columns[f"{name}: {term.reference}"] = (column == term.reference).astype(float)
        for level, values in term.design.items():
            columns[name if level == "" else f"{name}: {level}"] = values
    design = pd.DataFrame(columns, index=covariates.index, dtype=float)
    bad = [name for name in design if not np.isfinite(design[name]).all()]
    if bad:
        raise ValueError(f"column {bad[0]} of covariates has missing or infinite values: leave these rows out")
    return design


def with_constant(design) -> np.ndarray:
    """(n, k + 1) for the logistic kernel: a column of ones, then the columns of `design` standardized."""
    x = np.asarray(design, float)
    spread = x.std(axis=0)
    return np.column_stack([np.ones(len(x)), (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1.0)])


def propensity_model(treatment, covariates) -> Propensity:
    """Logistic model of treatment by maximum likelihood.

    treatment (n,) True or 1 where treated; covariates as in covariate_design. Raises ValueError for a missing value,
    one arm, or covariates that tell the arms apart without error (no finite estimate). Source: Rosenbaum and Rubin
    1983.
    """
    treated = np.asarray(treatment)
    if pd.isna(treated).any():
        raise ValueError("treatment has missing values: leave these rows out")
    treated = treated.astype(bool)
    if treated.all() or not treated.any():
        raise ValueError("only one treatment arm: a propensity model needs two")
    design = covariate_design(covariates)
    score = propensity_scores(treated, design)
    if score is None:
        raise ValueError(
            "the covariates tell the treatment arms apart without error, so the propensity model has no finite "
            "estimate: leave one out or merge its levels"
        )
    return Propensity(score, treated, design)


def propensity_scores(treated, design) -> np.ndarray | None:
    """Fitted probabilities (n,) of the logistic model of treated
    (n,) bool on design (n, k); None without a finite fit.
    """
    from .kernels import propensity

    score = np.empty(len(treated))
    return score if propensity(np.ones(len(treated), np.int64), treated, with_constant(design), score) else None


def propensity_weights(treatment, score, estimand="ATE", stabilized=False) -> np.ndarray:
    """Weight of each subject (n,).

    ATE : 1/p treated, 1/(1 - p) untreated; `stabilized` multiplies by the share of the subject's own arm.
    ATT : 1 treated, p/(1 - p) untreated. overlap : 1 - p treated, p untreated.
    Raises ValueError for an unknown estimand, `stabilized` with another than ATE, or a score of 0 or 1.
    Sources: Robins, Hernan and Brumback 2000; Li, Morgan and Zaslavsky 2018.
    """
    treated, p = np.asarray(treatment, bool), np.asarray(score, float)
    check_kind(estimand, stabilized)
    if not ((p > 0) & (p < 1)).all():
        raise ValueError("a propensity score of 0 or 1, or a missing one: the weight would be infinite")
    if estimand == "overlap":
        return np.where(treated, 1 - p, p)
    if estimand == "ATT":
        return np.where(treated, 1.0, p / (1 - p))
    share = np.where(treated, treated.mean(), 1 - treated.mean()) if stabilized else 1.0
    return share / np.where(treated, p, 1 - p)


def check_kind(estimand, stabilized):
    """Raises ValueError for an unknown estimand, or `stabilized` with another than ATE."""
    if estimand not in ESTIMANDS:
        raise ValueError(f"no estimand {estimand}: one of {', '.join(ESTIMANDS)}")
    if stabilized and estimand != "ATE":
        raise ValueError(f"stabilized weights are for the ATE, not for {estimand}")


def truncated(weight, truncate=(0, 100)) -> np.ndarray:
    """Weights (n,) cut at two percentiles of all weights; (0, 100) leaves them. Source: Cole and Hernan 2008."""
    weight = np.asarray(weight, float)
    low, high = map(float, truncate)
    if not 0 <= low < high <= 100:
        raise ValueError("two percentiles, the lower one first, from 0 to 100")
    return np.clip(weight, *np.percentile(weight, [low, high]))


def effective_size(weight) -> float:
    """Number of equally weighted subjects with the same precision: (sum w)^2 / sum w^2. Source: Kish 1965."""
    weight = np.asarray(weight, float)
    return float(weight.sum() ** 2 / (weight**2).sum())


def weighted_hazard_ratio(adtte, by, weight, level=0.95) -> pd.DataFrame:
    """Hazard ratio of the second group of `by` against the first in a weighted Cox model, with the sandwich error.

    adtte : as weighted_log_rank. One row: group, n, events, hr, ci_low, ci_high, p, method.
    Raises ValueError for other than two groups, and as fast.cox_fit. Source: Lin and Wei 1989.
    """
    parts = groups(one_endpoint(adtte), by)
    if len(parts) != 2:
        raise ValueError(f"{by} has {len(parts)} groups with subjects: a hazard ratio compares two")
    rows, group = pd.concat([part for _, part in parts]), parts[1][0]
    event = observed(rows["CNSR"])
    fit = cox_fit(
        rows["AVAL"],
        event,
        (rows[by] == group).to_numpy(float),
        checked_weights(rows["AVAL"], rows[weight]),
        robust=True,
    )
    coef, se = float(fit.coef[0]), float(np.sqrt(fit.sandwich[0, 0]))
    half = norm.ppf(0.5 + level / 2) * se
    return pd.DataFrame(
        [
            {
                "group": group,
                "n": len(rows),
                "events": int(event.sum()),
                "hr": np.exp(coef),
                "ci_low": np.exp(coef - half),
                "ci_high": np.exp(coef + half),
                "p": float(2 * norm.sf(abs(coef / se))),
                "method": COX,
            }
        ]
    )
