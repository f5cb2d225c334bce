"""Propensity weights: scores, three estimands, balance, and weighted curves, medians, log-rank and Cox.

Weights are per subject and enter every estimate as they are given; no function here draws or rounds.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from .regression import make_term
from .survival import Curve, groups, median, observed

ESTIMANDS = ("ATE", "ATT", "overlap")
LOG_RANK = "log-rank, weighted (Xie and Liu)"
BALANCE = ["variable", "treated", "untreated", "treated_weighted", "untreated_weighted", "smd", "smd_weighted"]
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

    treatment (n,) True or 1 where treated; covariates as in covariate_design. Raises ValueError for a missing value, one
    arm, or covariates that tell the arms apart without error (no finite estimate).
    Source: Rosenbaum and Rubin 1983.
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
    """Fitted probabilities (n,) of the logistic model of treated (n,) bool on design (n, k); None without a finite fit."""
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


def balance(treated, design, weight) -> pd.DataFrame:
    """Standardized mean differences before and after weighting, one row a column of `design`.

    treated (n,) bool, design (n, k) numbers (see covariate_design), weight (n,).
    Returns variable, treated, untreated (means, or shares of an indicator), treated_weighted, untreated_weighted, smd,
    smd_weighted; treated minus untreated, over the root of the mean of the two unweighted variances, before and after
    alike. NaN where neither arm varies. Source: Austin and Stuart 2015.
    """
    arm, weight = np.asarray(treated, bool), np.asarray(weight, float)
    rows = []
    for name in design:
        x = design[name].to_numpy()
        binary = np.isin(x, (0, 1)).all()
        spread = [x[a].mean() * (1 - x[a].mean()) if binary else x[a].var(ddof=1) for a in (arm, ~arm)]
        scale = np.sqrt(np.mean(spread))
        plain = x[arm].mean() - x[~arm].mean()
        means = np.average(x[arm], weights=weight[arm]), np.average(x[~arm], weights=weight[~arm])
        pair = (plain / scale, (means[0] - means[1]) / scale) if scale > 0 else (np.nan, np.nan)
        rows.append((name, x[arm].mean(), x[~arm].mean(), *means, *pair))
    return pd.DataFrame(rows, columns=BALANCE)


def weighted_kaplan_meier(time, event, weight) -> Curve:
    """Kaplan-Meier curve with a weight a subject. n_risk, n_event and n_censor count subjects, unweighted.

    time (n,) > 0, event (n,) True where seen, weight (n,) > 0. `greenwood` sums (1 - s) / (M s), with s the weighted
    survival of one time and M = (sum w)^2 / sum w^2 of its risk set; it is Greenwood's sum when the weights are equal.
    Raises ValueError for missing times or weights, or a weight of 0 or less. Source: Xie and Liu 2005.
    """
    time, event, weight = np.asarray(time, float), np.asarray(event, bool), _checked(time, weight)
    distinct, place = np.unique(time, return_inverse=True)
    size = len(distinct)
    deaths, leaving = np.bincount(place, event, size), np.bincount(place, minlength=size)
    at_risk = leaving[::-1].cumsum()[::-1].astype(float)
    weights_at_risk, squares_at_risk = (np.bincount(place, w, size)[::-1].cumsum()[::-1] for w in (weight, weight**2))
    stay = 1 - np.bincount(place, weight * event, size) / weights_at_risk
    stay[np.abs(stay) < 1e-12] = 0.0  # all that are at risk die: sums of weights agree but for rounding
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.where(deaths > 0, (1 - stay) / stay * squares_at_risk / weights_at_risk**2, 0.0)
    return Curve(distinct, at_risk, deaths, leaving - deaths, np.cumprod(stay), np.cumsum(spread))


def weighted_median_survival(adtte, weight, by=None, method="log-log", level=0.95) -> pd.DataFrame:
    """survival.median_survival with weights: group, n, events (unweighted), median, ci_low, ci_high, method.

    adtte : rows of one PARAMCD with AVAL, CNSR and the column named `weight`, plus column `by`. The interval takes the
    weights as known. method : log-log, log, plain or spss; the bootstrap must refit the weights: see resampling.
    Raises ValueError for several endpoints, for method bootstrap, and as weighted_kaplan_meier.
    """
    if method == "bootstrap":
        raise ValueError("a bootstrap of a weighted median must refit the weights: choose log-log, log, plain or spss")
    rows = []
    for label, part in groups(_one_endpoint(adtte), by):
        curve = weighted_kaplan_meier(part["AVAL"], observed(part["CNSR"]), part[weight])
        rows.append((label, curve.n, curve.events, *median(curve, method, level), f"{method}, weighted"))
    return pd.DataFrame(rows, columns=["group", "n", "events", "median", "ci_low", "ci_high", "method"])


def weighted_log_rank_z(time, event, group, weight) -> float:
    """Weighted log-rank statistic of two groups: standard normal if they do not differ, positive if group 1 dies faster.

    time (n,), event (n,) True where seen, group (n,) True or False, weight (n,) > 0. At each time, weights are rescaled
    to sum to the number at risk of their group. NaN if the two are never at risk at one time of death.
    Source: Xie and Liu 2005, section 3; the same as adjusted.LR of R IPWsurvival.
    """
    time, event, group = np.asarray(time, float), np.asarray(event, bool), np.asarray(group, bool)
    weight = _checked(time, weight)
    distinct, place = np.unique(time, return_inverse=True)

    def sums(values, risk=True):
        found = np.bincount(place, values, len(distinct))
        return found[::-1].cumsum()[::-1] if risk else found

    n = [sums(group == side) for side in (False, True)]
    both = (n[0] > 0) & (n[1] > 0)
    hazard, scatter = [], []
    for side in (False, True):
        mine = np.where(group == side, weight, 0.0)
        total = np.where(both, sums(mine), 1.0)
        hazard.append(sums(mine * event, risk=False) / total)
        scatter.append(sums(mine**2) / total**2)
    every, deaths = n[0] + n[1], sums(event, risk=False)
    excess = (n[0] * n[1] / every * (hazard[1] - hazard[0]))[both].sum()
    rate = deaths * (every - deaths) / (every * np.maximum(every - 1, 1))
    variance = (rate * (n[0] * n[1] / every) ** 2 * (scatter[0] + scatter[1]))[both].sum()
    return float(excess / np.sqrt(variance)) if variance > 0 else np.nan


def weighted_log_rank(adtte, by, weight) -> pd.DataFrame:
    """survival.log_rank with weights, two groups: one row: statistic (chi-square), df, p, method, reason.

    adtte : rows of one PARAMCD with AVAL, CNSR and the columns named `by` and `weight`. The weights are taken as known.
    """
    parts = groups(_one_endpoint(adtte), by)
    rows = pd.concat([part for _, part in parts]) if parts else adtte.iloc[:0]
    event = observed(rows["CNSR"])
    reason = "" if len(parts) == 2 else "only one group" if len(parts) < 2 else "more than two groups"
    reason = reason or ("" if event.any() else "no event")
    z = np.nan
    if not reason:
        z = weighted_log_rank_z(rows["AVAL"], event, rows[by] == parts[1][0], rows[weight])
        reason = "" if np.isfinite(z) else "no two groups are at risk at the same time"
    row = {"statistic": z**2, "df": len(parts) - 1, "p": float(2 * norm.sf(abs(z))), "method": LOG_RANK}
    return pd.DataFrame([row | {"reason": reason}])


def weighted_hazard_ratio(adtte, by, weight, level=0.95) -> pd.DataFrame:
    """Hazard ratio of the second group of `by` against the first in a weighted Cox model, with the sandwich error.

    adtte : as weighted_log_rank. One row: group, n, events, hr, ci_low, ci_high, p, method.
    Raises ValueError for other than two groups, and as fast.cox_fit. Source: Lin and Wei 1989.
    """
    from .fast import cox_fit

    parts = groups(_one_endpoint(adtte), by)
    if len(parts) != 2:
        raise ValueError(f"{by} has {len(parts)} groups with subjects: a hazard ratio compares two")
    rows, group = pd.concat([part for _, part in parts]), parts[1][0]
    event = observed(rows["CNSR"])
    fit = cox_fit(
        rows["AVAL"], event, (rows[by] == group).to_numpy(float), _checked(rows["AVAL"], rows[weight]), robust=True
    )
    coef, se = float(fit.coef[0]), float(np.sqrt(fit.robust_covariance[0, 0]))
    half = norm.ppf(0.5 + level / 2) * se
    return pd.DataFrame([{
        "group": group, "n": len(rows), "events": int(event.sum()), "hr": np.exp(coef), "ci_low": np.exp(coef - half),
        "ci_high": np.exp(coef + half), "p": float(2 * norm.sf(abs(coef / se))), "method": COX,
    }])  # fmt: skip


def _one_endpoint(adtte):
    if "PARAMCD" in adtte and adtte["PARAMCD"].nunique() > 1:
        raise ValueError("several endpoints: keep one PARAMCD")
    return adtte


def _checked(time, weight):
    weight = np.asarray(weight, float)
    if np.isnan(np.asarray(time, float)).any():
        raise ValueError(f"{np.isnan(np.asarray(time, float)).sum()} times are missing: leave these rows out")
    if not (np.isfinite(weight) & (weight > 0)).all():
        raise ValueError("weights are finite numbers above 0: leave the other rows out")
    return weight
