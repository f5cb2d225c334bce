"""Restricted mean survival time: the mean time without an event up to tau, which needs no proportional hazards.

The area under the Kaplan-Meier curve up to tau, with Greenwood's variance (lifelines' variance of it is another, wrong
one) times m / (m - 1) for m events. Differences and ratios of independent groups, and of two courses of the same
patients. Of what was tried in few patients (z, t, with and without the factor and the logit), the intervals here held
their promise best: tests/bench/coverage.md.
"""

import numpy as np
import pandas as pd
from scipy.stats import norm, t

from .curve import Curve, groups, kaplan_meier, observed, survival_curves
from .times import by_time, noise

METHOD = "restricted mean, Greenwood with m/(m-1), logit"
CONTRAST = "restricted mean, Greenwood with m/(m-1), t"
FEWEST_EVENTS = 2
PAIRED = "restricted mean, Greenwood with m/(m-1), paired t"


def longest_tau(curves) -> float:
    """The latest time up to which every curve is known: the shortest
    of their last times (a curve at 0 is known for good).
    """
    last = [curve.time[-1] if curve.survival[-1] > 0 else np.inf for curve in curves]
    return float(min(last)) if np.isfinite(min(last)) else float(max(curve.time[-1] for curve in curves))


def before(curve: Curve, tau) -> np.ndarray:
    """Which of the curve's times come before `tau` (t,) bool: an event at tau leaves the area up to there as it is."""
    return curve.time < tau - noise(curve.time)


def restricted_mean(curve: Curve, tau) -> tuple[float, float]:
    """Area under the curve up to `tau` and its standard error, in units of time; NaN where the curve ends before tau.

    Sources: Irwin 1949; Klein and Moeschberger 2003, section 4.5.
    """
    if tau > curve.time[-1] + noise(curve.time) and curve.survival[-1] > 0 or not tau > 0:
        return np.nan, np.nan
    inside = before(curve, tau)
    edges = np.concatenate([[0.0], curve.time[inside], [tau]])
    height = np.append(1.0, curve.survival[inside])
    pieces = height * np.diff(edges)
    after = np.cumsum(pieces[::-1])[::-1][1:]  # area from each time to tau
    n, d = curve.n_risk[inside], curve.n_event[inside]
    left = np.where(n > d, n - d, 1.0)  # where all die, nothing is left after and the term is 0
    return float(pieces.sum()), float(np.sqrt((after**2 * d / (n * left)).sum()))


def corrected_mean(curve: Curve, tau) -> tuple[float, float]:
    """restricted_mean with its standard error times the root of m / (m - 1), m the events before tau.

    The error is NaN below FEWEST_EVENTS events before tau, and where it would be 0: one event shows no spread, and a
    group without any is not known without error.

    Source: Kaplan and Meier 1958, section 6; as SAS LIFETEST.
    """
    mean, error = restricted_mean(curve, tau)
    events = curve.n_event[before(curve, tau)].sum()
    return mean, error * np.sqrt(events / (events - 1)) if events >= FEWEST_EVENTS and error > 0 else np.nan


def mean_limits(mean, error, tau, level=0.95) -> tuple[float, float]:
    """Interval of a restricted mean on the logit scale of its
    share of tau; NaN for a mean of 0 or tau (no event before).
    """
    share = mean / tau
    if not 0 < share < 1:
        return np.nan, np.nan
    half = norm.ppf(0.5 + level / 2) * error / (tau * share * (1 - share))
    middle = np.log(share / (1 - share))
    return tau / (1 + np.exp(half - middle)), tau / (1 + np.exp(-half - middle))


def restricted_means(adtte, tau, by=None, level=0.95) -> pd.DataFrame:
    """Restricted mean up to `tau` of each group: group, n, events, tau, mean, se, ci_low, ci_high, method.

    adtte : rows of one PARAMCD (AVAL, CNSR 0 = event), or several with by="PARAMCD"; tau in the unit of AVAL. se is
    that of corrected_mean, the interval that of mean_limits. NaN where a curve ends before tau.
    """
    rows = []
    for label, curve in survival_curves(adtte, by).items():
        mean, se = corrected_mean(curve, tau)
        rows.append((label, curve.n, curve.events, tau, mean, se, *mean_limits(mean, se, tau, level), METHOD))
    return pd.DataFrame(rows, columns=["group", "n", "events", "tau", "mean", "se", "ci_low", "ci_high", "method"])


def mean_contrasts(means, level=0.95) -> pd.DataFrame:
    """Difference and ratio of each further group of restricted_means against the first, the groups independent.

    Returns group, reference, contrast (difference or ratio), estimate, ci_low, ci_high, p, method. The ratio's interval
    is on the log scale. Quantiles of t with n - 2 degrees of freedom. Source: Royston and Parmar 2013; ratio as in R's
    survRM2, which takes the normal quantile and no m / (m - 1).
    """
    rows = []
    base = means.iloc[0]
    for other in means.iloc[1:].itertuples():
        freedom = base["n"] + other.n - 2
        difference, se = other.mean - base["mean"], np.hypot(other.se, base["se"])
        rows.append((other.group, base["group"], "difference", *_tested(difference, se, freedom, level), CONTRAST))
        possible = min(other.mean, base["mean"]) > 0
        log_ratio = np.log(other.mean / base["mean"]) if possible else np.nan
        se = np.hypot(other.se / other.mean, base["se"] / base["mean"]) if possible else np.nan
        *limits, p = _tested(log_ratio, se, freedom, level)
        rows.append((other.group, base["group"], "ratio", *np.exp(limits), p, CONTRAST))
    columns = ["group", "reference", "contrast", "estimate", "ci_low", "ci_high", "p", "method"]
    return pd.DataFrame(rows, columns=columns)


def _tested(estimate, se, freedom, level) -> tuple[float, float, float, float]:
    """Estimate, limits and two-sided P by Student's t; NaN without a standard error (0 is none: the
    sample tells no scatter) or a degree of freedom."""
    if not (se > 0 and freedom > 0):
        return estimate, np.nan, np.nan, np.nan
    half = t.ppf(0.5 + level / 2, freedom) * se
    p = float(2 * t.sf(abs(estimate / se), freedom))
    return estimate, estimate - half, estimate + half, p


def influence(time, event, tau) -> np.ndarray:
    """How far each subject moves the restricted mean (n,): without censoring their squares sum to its variance.

    time (n,), event (n,) True where seen. Source: Andersen, Hansen and Klein 2004.
    """
    at, event = by_time(time), np.asarray(event, bool)
    curve = kaplan_meier(time, event)
    inside = before(curve, tau)
    edges = np.concatenate([[0.0], curve.time[inside], [tau]])
    pieces = np.append(1.0, curve.survival[inside]) * np.diff(edges)
    after = np.zeros(len(curve.time))
    after[inside] = np.cumsum(pieces[::-1])[::-1][1:]
    each = after / np.where(curve.n_risk > curve.n_event, curve.n_risk - curve.n_event, 1.0)
    drift = np.cumsum(each * curve.n_event / curve.n_risk)
    return drift[at.place] - event * each[at.place]


def paired_mean_difference(pairs, tau, level=0.95) -> dict:
    """Difference of the restricted means of two courses of the same patients, second minus first.

    pairs : the frame of paired.pair_courses. Returns estimate, ci_low, ci_high, p, tau, n, method; NaN where a curve
    ends before tau. Each course has the variance of corrected_mean; the influences of the patients give their
    correlation. Quantiles of t with n - 1 degrees of freedom: where every event comes before tau and is seen, this is
    the paired t test.
    """
    found, errors, moved = [], [], []
    for course in ("first", "second") if len(pairs) else ():
        time, event = pairs[course].to_numpy(float), pairs[f"{course}_event"].to_numpy(bool)
        mean, error = corrected_mean(kaplan_meier(time, event), tau)
        found.append(mean)
        errors.append(error)
        moved.append(influence(time, event, tau))
    difference = found[1] - found[0] if found else np.nan
    se = np.nan
    if np.isfinite(difference):
        sizes = np.sqrt(np.sum(moved[0] ** 2) * np.sum(moved[1] ** 2))
        correlation = float(moved[0] @ moved[1]) / sizes if sizes > 0 else 0.0
        se = np.sqrt(max(0.0, errors[0] ** 2 + errors[1] ** 2 - 2 * correlation * errors[0] * errors[1]))
    estimate, low, high, p = _tested(difference, se, len(pairs) - 1, level)
    return {"estimate": estimate, "ci_low": low, "ci_high": high, "p": p, "tau": tau, "n": len(pairs), "method": PAIRED}


def followed_tau(curves, few) -> float:
    """The longest time at which `few` patients of every curve are at risk; longest_tau where one never has so many.

    Up to there nearly every resample of the patients follows each curve: none of `few` of n is drawn in about
    exp(-few) of them."""
    followed = [curve.time[curve.n_risk >= few].max(initial=0.0) for curve in curves]
    return float(min(followed)) or longest_tau(curves)


def default_tau(adtte, by=None) -> float:
    """longest_tau of the groups of `by`; NaN without rows."""
    curves = [kaplan_meier(part["AVAL"], observed(part["CNSR"])) for _, part in groups(adtte, by)]
    return longest_tau(curves) if curves else np.nan
