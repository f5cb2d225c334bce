"""Balance of two groups: standardized mean differences, plain and weighted."""

import numpy as np
import pandas as pd

BALANCE = ["variable", "treated", "untreated", "treated_weighted", "untreated_weighted", "smd", "smd_weighted"]


def balance(treated, design, weight, estimand="ATE") -> pd.DataFrame:
    """Standardized mean differences before and after weighting, one row a column of `design`.

    treated (n,) bool, design (n, k) numbers (see covariate_design), weight (n,). Returns variable, treated, untreated
    (means, or shares of an indicator), treated_weighted, untreated_weighted, smd, smd_weighted; treated minus
    untreated, over an unweighted standard deviation, the same before and after: for the ATT that of the treated, else
    the root of the mean of the two variances (as cobalt and WeightIt in R). NaN where it is 0. Source: Stuart 2010
    (unweighted denominators).
    """
    arm, weight = np.asarray(treated, bool), np.asarray(weight, float)
    rows = []
    for name in design:
        x = design[name].to_numpy()
        binary = np.isin(x, (0, 1)).all()
        spread = [x[a].mean() * (1 - x[a].mean()) if binary else x[a].var(ddof=1) for a in (arm, ~arm)]
        scale = np.sqrt(spread[0] if estimand == "ATT" else np.mean(spread))
        plain = x[arm].mean() - x[~arm].mean()
        means = np.average(x[arm], weights=weight[arm]), np.average(x[~arm], weights=weight[~arm])
        pair = (plain / scale, (means[0] - means[1]) / scale) if scale > 0 else (np.nan, np.nan)
        rows.append((name, x[arm].mean(), x[~arm].mean(), *means, *pair))
    return pd.DataFrame(rows, columns=BALANCE)


def standardized_difference(values: pd.Series, group: pd.Series) -> float:
    """Standardized mean difference of a column between two groups; NaN for any other number of groups,
    infinite where the groups have nothing in common.

    Numeric: difference of means over the root of the mean variance (signed, second level minus first). Levels:
    Mahalanobis distance of the shares. Source: Yang and Dalton 2012.
    """
    levels = (
        [g for g in pd.unique(group.dropna())]
        if not isinstance(group.dtype, pd.CategoricalDtype)
        else [g for g in group.cat.categories if (group == g).any()]
    )
    if len(levels) != 2:
        return np.nan
    a, b = (values[group == g].dropna() for g in levels)
    if len(a) < 2 or len(b) < 2:
        return np.nan
    if not isinstance(values.dtype, pd.CategoricalDtype):
        spread = np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2)
        difference = float(b.mean() - a.mean())
        return difference / spread if spread > 0 else np.inf if difference else 0.0
    kept = [x for x in values.cat.categories if (values == x).any()][1:]
    if not kept:
        return 0.0
    p, q = (np.array([(part == x).mean() for x in kept]) for part in (a, b))
    cov = sum((np.diag(s) - np.outer(s, s)) for s in (p, q)) / 2
    inverse = np.linalg.pinv(cov)
    if np.abs(cov @ inverse @ (q - p) - (q - p)).max() > 1e-9:  # a difference without any spread: no common level
        return np.inf
    return float(np.sqrt(max(0.0, (q - p) @ inverse @ (q - p))))
