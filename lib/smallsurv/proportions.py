"""Counts, proportions with exact intervals, odds ratios, description of columns, balance between groups."""

import numpy as np
import pandas as pd
from scipy.stats import beta, chi2_contingency, fisher_exact, norm

METHOD = "Clopper-Pearson"
QUARTILES = {"R, type 7": "linear", "SPSS, type 6": "weibull"}  # program: NumPy's name of its rule


def proportion(count, n, level=0.95) -> tuple[float, float, float]:
    """Share and exact interval. Source: Clopper and Pearson 1934."""
    tail = (1 - level) / 2
    low = beta.ppf(tail, count, n - count + 1) if count else 0.0
    high = beta.ppf(1 - tail, count + 1, n - count) if count < n else 1.0
    return count / n, float(low), float(high)


def rates(responses, classes) -> pd.DataFrame:
    """Share of subjects whose response is in each class: rate, count, n, share, ci_low, ci_high, method.

    responses : one value a subject; classes : {rate name: responses that count}.
    """
    responses = pd.Series(responses).astype(object)
    rows = []
    for name, members in classes.items():
        count, n = int(responses.isin(members).sum()), len(responses)
        rows.append((name, count, n, *proportion(count, n), METHOD))
    return pd.DataFrame(rows, columns=["rate", "count", "n", "share", "ci_low", "ci_high", "method"])


def describe(values: pd.Series) -> dict:
    """A numeric column: n, missing, mean, sd, median, q1, q3, low, high."""
    known = values.dropna().astype(float)
    stats = {"n": len(known), "missing": int(values.isna().sum())}
    if not len(known):
        return stats | dict.fromkeys(("mean", "sd", "median", "q1", "q3", "low", "high"), np.nan)
    q1, middle, q3 = np.percentile(known, [25, 50, 75])
    sd = known.std(ddof=1) if len(known) > 1 else np.nan
    return stats | {
        "mean": known.mean(),
        "sd": sd,
        "median": middle,
        "q1": q1,
        "q3": q3,
        "low": known.min(),
        "high": known.max(),
    }


def quartiles(values, rule="R, type 7") -> tuple[float, float]:
    """Lower and upper quartile of the known values under a rule of QUARTILES. Source: Hyndman and Fan 1996."""
    low, high = np.percentile(pd.Series(values).dropna().astype(float), [25, 75], method=QUARTILES[rule])
    return float(low), float(high)


def odds_ratio(outcome, group, level=0.95) -> dict:
    """Odds of `outcome` (n,) True in `group` (n,) True against the others: or, ci_low, ci_high (Woolf), and
    p_wald, p_exact (Fisher), p_chi2 (Pearson), p_yates (Pearson, corrected).

    An empty cell leaves or 0, inf or NaN and no interval. Sources: Woolf 1955; Fisher 1935.
    """
    outcome, group = np.asarray(outcome, bool), np.asarray(group, bool)
    a, b = (outcome & group).sum(), (~outcome & group).sum()
    c, d = (outcome & ~group).sum(), (~outcome & ~group).sum()
    table = np.array([[a, b], [c, d]])
    found = dict.fromkeys(("or", "ci_low", "ci_high", "p_wald", "p_exact", "p_chi2", "p_yates"), np.nan)
    found["p_exact"] = float(fisher_exact(table)[1])
    if (table.sum(axis=0) > 0).all() and (table.sum(axis=1) > 0).all():
        found["p_chi2"] = float(chi2_contingency(table, correction=False).pvalue)
        found["p_yates"] = float(chi2_contingency(table, correction=True).pvalue)
        with np.errstate(divide="ignore"):
            found["or"] = float(np.float64(a * d) / (b * c))
    if (table > 0).all():
        error = np.sqrt((1 / table).sum())
        beta_hat, z = np.log(found["or"]), norm.ppf(0.5 + level / 2)
        found |= {"ci_low": float(np.exp(beta_hat - z * error)), "ci_high": float(np.exp(beta_hat + z * error))}
        found["p_wald"] = float(2 * norm.sf(abs(beta_hat / error)))
    return found


def standardized_difference(values: pd.Series, group: pd.Series) -> float:
    """Standardized mean difference of a column between two groups; NaN for any other number of groups,
    infinite where the groups have nothing in common.

    Numeric: difference of means over the root of the mean variance (signed, second level minus first). Levels:
    Mahalanobis distance of the shares. Source: Yang and Dalton 2012.
    """
    levels = [g for g in pd.unique(group.dropna())] if not isinstance(group.dtype, pd.CategoricalDtype) else [
        g for g in group.cat.categories if (group == g).any()]  # fmt: skip
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
