"""Adjustment of P for the number of tests."""

import numpy as np


def holm(p) -> np.ndarray:
    """Holm's adjusted P of several tests (n,); a missing P stays missing and does not count. Source: Holm 1979."""
    p = np.asarray(p, float)
    adjusted = np.full(len(p), np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    left = len(order) - np.arange(len(order))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * left))
    return adjusted
