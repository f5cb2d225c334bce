"""Agreement of two classifications of the same subjects."""

import numpy as np
import pandas as pd
from scipy.stats import norm

METHOD = "Cohen's kappa, large-sample interval"


def agreement(first, second, level=0.95) -> dict:
    """Raw agreement and Cohen's kappa of two classifications, on the subjects whom both class.

    first, second (n,) : labels, missing where a subject is not classed. Returns n, agree (share), kappa, ci_low,
    ci_high, method. Kappa is NaN where one of the two uses a single label (there is nothing to agree on), the interval
    for fewer than 2 subjects; limits beyond 1 stand as 1. Sources: Cohen 1960; Fleiss, Cohen and Everitt 1969.
    """
    labels = np.append(np.asarray(first, object), np.asarray(second, object))
    codes, known = pd.factorize(labels)
    first, second = np.split(codes, 2)
    both = (first >= 0) & (second >= 0)
    n, k = int(both.sum()), len(known)
    found = dict.fromkeys(("agree", "kappa", "ci_low", "ci_high"), np.nan)
    if n:
        cells = np.bincount(first[both] * k + second[both], minlength=k * k)
        found |= _kappa(cells.reshape(k, k) / n, n, level)
    return {"n": n, **found, "method": METHOD}


def _kappa(shares, n, level):
    """Agreement of a square table of shares, (k, k)."""
    rows, columns, seen = shares.sum(axis=1), shares.sum(axis=0), np.trace(shares)
    chance = float(rows @ columns)
    if np.isclose([rows.max(), columns.max()], 1).any():
        return {"agree": float(seen)}
    kappa = (seen - chance) / (1 - chance)
    on = (np.diag(shares) * (1 - (rows + columns) * (1 - kappa)) ** 2).sum()
    off = shares * (columns[:, None] + rows[None, :]) ** 2
    off = (1 - kappa) ** 2 * (off.sum() - np.trace(off))
    variance = (on + off - (kappa - chance * (1 - kappa)) ** 2) / (n * (1 - chance) ** 2)
    half = norm.ppf(0.5 + level / 2) * np.sqrt(max(0.0, variance))
    low, high = np.clip([kappa - half, kappa + half], -1, 1)
    return {"agree": float(seen), "kappa": float(kappa), "ci_low": float(low), "ci_high": float(high)}


def agreement_pairs(table: pd.DataFrame) -> pd.DataFrame:
    """agreement of every two columns of `table` (one row a subject):
    first, second, n, agree, kappa, ci_low, ci_high, method.
    """
    names = list(table.columns)
    rows = [
        {"first": a, "second": b, **agreement(table[a], table[b])} for i, a in enumerate(names) for b in names[i + 1 :]
    ]
    return pd.DataFrame(rows, columns=["first", "second", "n", "agree", "kappa", "ci_low", "ci_high", "method"])
