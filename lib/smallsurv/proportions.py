"""Counts, proportions with exact intervals, odds ratios, description of columns, balance between groups."""

import numpy as np
import pandas as pd
from scipy.stats import beta, chi2, chi2_contingency, fisher_exact, norm

METHOD = "Clopper-Pearson"
ODDS = ("or", "ci_low", "ci_high", "p_wald", "p_exact", "p_chi2", "p_yates")


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


def odds_ratio(outcome, group, level=0.95) -> dict:
    """Odds of `outcome` (n,) True in `group` (n,) True against the others: or, ci_low, ci_high (Woolf), and
    p_wald, p_exact (Fisher), p_chi2 (Pearson), p_yates (Pearson, corrected).

    An empty cell leaves or 0, inf or NaN and no interval. Sources: Woolf 1955; Fisher 1935.
    """
    outcome, group = np.asarray(outcome, bool), np.asarray(group, bool)
    a, b = (outcome & group).sum(), (~outcome & group).sum()
    c, d = (outcome & ~group).sum(), (~outcome & ~group).sum()
    table = np.array([[a, b], [c, d]])
    found = dict.fromkeys(ODDS, np.nan)
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


def newcombe(count, n, other, m, level=0.95) -> tuple[float, float, float]:
    """Difference of two independent shares, count / n less other / m, with Newcombe's hybrid score interval.

    Each limit joins Wilson's limits of the two shares. Source: Newcombe 1998, method 10.
    """
    first, second = count / n, other / m
    (low, high), (low_other, high_other) = wilson(count, n, level), wilson(other, m, level)
    below = np.hypot(first - low, high_other - second)
    above = np.hypot(high - first, second - low_other)
    return first - second, float(first - second - below), float(first - second + above)


def wilson(count, n, level=0.95) -> tuple[float, float]:
    """Score limits of a share. Source: Wilson 1927."""
    z, share = norm.ppf(0.5 + level / 2), count / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return float(max(0.0, middle - half)), float(min(1.0, middle + half))


def compare_shares(outcome, group, level=0.95) -> dict:
    """Share of `outcome` (n,) True in `group` (n,) True against the others: count, n, count_reference, n_reference,
    difference with Newcombe's limits (difference_low, difference_high), everything of odds_ratio, reason.

    `reason` says why there is no comparison: one group only. Sources: Newcombe 1998; Fisher 1935; Woolf 1955.
    """
    outcome, group = np.asarray(outcome, bool), np.asarray(group, bool)
    sizes = {"count": int((outcome & group).sum()), "n": int(group.sum())}
    sizes |= {"count_reference": int((outcome & ~group).sum()), "n_reference": int((~group).sum())}
    found = sizes | dict.fromkeys(("difference", "difference_low", "difference_high"), np.nan) | {"reason": ""}
    if not (sizes["n"] and sizes["n_reference"]):
        return found | dict.fromkeys(ODDS, np.nan) | {"reason": "only one group"}
    found["difference"], found["difference_low"], found["difference_high"] = newcombe(
        sizes["count"], sizes["n"], sizes["count_reference"], sizes["n_reference"], level
    )
    return found | odds_ratio(outcome, group, level)


def event_rate(events, exposure, level=0.95) -> tuple[float, float, float]:
    """Events a unit of time and their exact Poisson interval; NaN without exposure. Source: Garwood 1936."""
    if not exposure > 0:
        return np.nan, np.nan, np.nan
    tail = (1 - level) / 2
    low = chi2.ppf(tail, 2 * events) / 2 if events else 0.0
    return events / exposure, float(low / exposure), float(chi2.isf(tail, 2 * (events + 1)) / 2 / exposure)
