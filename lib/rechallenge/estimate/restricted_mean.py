"""Restricted mean survival time: the mean time without an event up to tau, which needs no proportional hazards.

The area under the Kaplan-Meier curve up to tau, with Greenwood's variance (lifelines' variance of it is another, wrong
one). Differences and ratios of independent groups, and of two courses of the same patients.
"""

import numpy as np
import pandas as pd
from scipy.stats import norm

from .survival import Curve, groups, kaplan_meier, observed, survival_curves

METHOD = "restricted mean, Greenwood"
PAIRED = "restricted mean, Greenwood, paired"


def longest_tau(curves) -> float:
    """The latest time up to which every curve is known: the shortest of their last times (a curve at 0 is known for good)."""
    last = [curve.time[-1] if curve.survival[-1] > 0 else np.inf for curve in curves]
    return float(min(last)) if np.isfinite(min(last)) else float(max(curve.time[-1] for curve in curves))


def restricted_mean(curve: Curve, tau) -> tuple[float, float]:
    """Area under the curve up to `tau` and its standard error, in units of time; NaN where the curve ends before tau.

    Sources: Irwin 1949; Klein and Moeschberger 2003, section 4.5.
    """
    if tau > curve.time[-1] and curve.survival[-1] > 0 or not tau > 0:
        return np.nan, np.nan
    inside = curve.time < tau
    edges = np.concatenate([[0.0], curve.time[inside], [tau]])
    height = np.append(1.0, curve.survival[inside])
    pieces = height * np.diff(edges)
    after = np.cumsum(pieces[::-1])[::-1][1:]  # area from each time to tau
    n, d = curve.n_risk[inside], curve.n_event[inside]
    left = np.where(n > d, n - d, 1.0)  # where all die, nothing is left after and the term is 0
    return float(pieces.sum()), float(np.sqrt((after**2 * d / (n * left)).sum()))


def restricted_means(adtte, tau, by=None, level=0.95) -> pd.DataFrame:
    """Restricted mean up to `tau` of each group: group, n, events, tau, mean, se, ci_low, ci_high, method.

    adtte : rows of one PARAMCD (AVAL, CNSR 0 = event), or several with by="PARAMCD"; tau in the unit of AVAL. The interval
    is symmetric, cut at 0 and tau. NaN where a curve ends before tau.
    """
    rows, z = [], norm.ppf(0.5 + level / 2)
    for label, curve in survival_curves(adtte, by).items():
        mean, se = restricted_mean(curve, tau)
        low, high = max(0.0, mean - z * se), min(tau, mean + z * se)
        known = np.isfinite(mean)
        rows.append(
            (label, curve.n, curve.events, tau, mean, se, *((low, high) if known else (np.nan, np.nan)), METHOD)
        )
    return pd.DataFrame(rows, columns=["group", "n", "events", "tau", "mean", "se", "ci_low", "ci_high", "method"])


def mean_contrasts(means, level=0.95) -> pd.DataFrame:
    """Difference and ratio of each further group of restricted_means against the first, the groups independent.

    Returns group, reference, contrast (difference or ratio), estimate, ci_low, ci_high, p, method. The ratio's interval
    is on the log scale. Source: Royston and Parmar 2013; ratio as in R's survRM2.
    """
    rows, z = [], norm.ppf(0.5 + level / 2)
    base = means.iloc[0]
    for other in means.iloc[1:].itertuples():
        difference, se = other.mean - base["mean"], np.hypot(other.se, base["se"])
        rows.append((other.group, base["group"], "difference", difference, difference - z * se, difference + z * se,
                     _p(difference, se), METHOD))  # fmt: skip
        possible = min(other.mean, base["mean"]) > 0
        log_ratio = np.log(other.mean / base["mean"]) if possible else np.nan
        se = np.hypot(other.se / other.mean, base["se"] / base["mean"]) if possible else np.nan
        rows.append((other.group, base["group"], "ratio", np.exp(log_ratio), np.exp(log_ratio - z * se),
                     np.exp(log_ratio + z * se), _p(log_ratio, se), METHOD))  # fmt: skip
    columns = ["group", "reference", "contrast", "estimate", "ci_low", "ci_high", "p", "method"]
    return pd.DataFrame(rows, columns=columns)


def _p(estimate, se):
    return float(2 * norm.sf(abs(estimate / se))) if se > 0 else np.nan


def influence(time, event, tau) -> np.ndarray:
    """How far each subject moves the restricted mean (n,): without censoring their squares sum to its variance.

    time (n,), event (n,) True where seen. Source: Andersen, Hansen and Klein 2004.
    """
    time, event = np.asarray(time, float), np.asarray(event, bool)
    curve = kaplan_meier(time, event)
    inside = curve.time < tau
    edges = np.concatenate([[0.0], curve.time[inside], [tau]])
    pieces = np.append(1.0, curve.survival[inside]) * np.diff(edges)
    after = np.zeros(len(curve.time))
    after[inside] = np.cumsum(pieces[::-1])[::-1][1:]
    each = after / np.where(curve.n_risk > curve.n_event, curve.n_risk - curve.n_event, 1.0)
    drift = np.cumsum(each * curve.n_event / curve.n_risk)
    at = np.searchsorted(curve.time, time)
    return drift[at] - event * each[at]


def paired_mean_difference(pairs, tau, level=0.95) -> dict:
    """Difference of the restricted means of two courses of the same patients, second minus first.

    pairs : the frame of paired.pair_courses. Returns estimate, ci_low, ci_high, p, tau, n, method; NaN where a curve ends
    before tau. Each course has Greenwood's variance; the influences of the patients give their correlation.
    """
    found, errors, moved = [], [], []
    for course in ("first", "second") if len(pairs) else ():
        time, event = pairs[course].to_numpy(float), pairs[f"{course}_event"].to_numpy(bool)
        mean, error = restricted_mean(kaplan_meier(time, event), tau)
        found.append(mean)
        errors.append(error)
        moved.append(influence(time, event, tau))
    difference = found[1] - found[0] if found else np.nan
    se = np.nan
    if np.isfinite(difference):
        sizes = np.sqrt(np.sum(moved[0] ** 2) * np.sum(moved[1] ** 2))
        correlation = float(moved[0] @ moved[1]) / sizes if sizes > 0 else 0.0
        se = np.sqrt(max(0.0, errors[0] ** 2 + errors[1] ** 2 - 2 * correlation * errors[0] * errors[1]))
    z = norm.ppf(0.5 + level / 2)
    low, high = difference - z * se, difference + z * se
    return {"estimate": difference, "ci_low": low, "ci_high": high, "p": _p(difference, se), "tau": tau,
            "n": len(pairs), "method": PAIRED}  # fmt: skip


def default_tau(adtte, by=None) -> float:
    """longest_tau of the groups of `by`; NaN without rows."""
    curves = [kaplan_meier(part["AVAL"], observed(part["CNSR"])) for _, part in groups(adtte, by)]
    return longest_tau(curves) if curves else np.nan
