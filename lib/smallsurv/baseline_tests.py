"""P values of a characteristic between groups, as baseline tables print them."""

import warnings

import numpy as np
import pandas as pd
from scipy import stats

KINDS = ("exact", "usual")
DRAWN, SEED = 20_000, 1  # tables drawn for Fisher's test beyond 2 x 2
COUNTED = 50  # patients of a group from which the Mann-Whitney test is by the normal distribution, as R's wilcox.test


def characteristic_p(values: pd.Series, group: pd.Series, kind: str) -> float:
    """Two-sided P of `values` (n,) between the groups (n,), of those with both known; NaN for fewer than two groups, a
    group of fewer than two numbers under `usual`, numbers that do not differ within any group under `usual`, or values
    that do not differ at all.

    kind `exact`: Fisher's test of levels (beyond 2 x 2 by seeded draws), Mann-Whitney of numbers (exact without ties
    below COUNTED patients a group, else with the continuity correction; Kruskal-Wallis for more than two groups);
    `usual`: Pearson's chi-square without correction, Welch's t (Welch's analysis of variance is
    not in use: one-way analysis of variance for more than two groups). Sources: Fisher 1935; Mann and Whitney 1947;
    Kruskal and Wallis 1952; Pearson 1900; Welch 1947.
    """
    if kind not in KINDS:
        raise ValueError(f"no kind of test {kind!r}: one of {', '.join(KINDS)}")
    frame = pd.DataFrame({"value": values, "group": group.astype(object)}).dropna()
    if frame["group"].nunique() < 2 or frame["value"].nunique() < 2:
        return float("nan")
    if isinstance(values.dtype, pd.CategoricalDtype) or not pd.api.types.is_numeric_dtype(values):
        return _levels(pd.crosstab(frame["value"].astype(object), frame["group"]).to_numpy(), kind)
    samples = [part["value"].to_numpy(float) for _, part in frame.groupby("group")]
    return _numbers(samples, kind)


def _levels(table, kind) -> float:
    if kind == "usual":
        return float(stats.chi2_contingency(table, correction=False).pvalue)
    if table.shape == (2, 2):
        return float(stats.fisher_exact(table).pvalue)
    draws = stats.PermutationMethod(n_resamples=DRAWN, rng=np.random.default_rng(SEED))
    return float(stats.fisher_exact(table, method=draws).pvalue)


def _numbers(samples, kind) -> float:
    if kind == "usual":
        if min(map(len, samples)) < 2 or not any(np.ptp(sample) for sample in samples):
            return float("nan")
        two = len(samples) == 2
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a group without scatter beside one with it
            return float((stats.ttest_ind(*samples, equal_var=False) if two else stats.f_oneway(*samples)).pvalue)
    if len(samples) == 2:
        tied = len(np.unique(np.concatenate(samples))) < sum(map(len, samples))
        exact = not tied and max(map(len, samples)) < COUNTED
        return float(stats.mannwhitneyu(*samples, method="exact" if exact else "asymptotic").pvalue)
    return float(stats.kruskal(*samples).pvalue)
