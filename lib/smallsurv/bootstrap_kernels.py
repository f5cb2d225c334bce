"""Compiled loop of the weighted bootstrap: each replicate refits the propensity model, then the curves and Cox.

Importing this imports numba: import it inside functions. Rows come sorted by time, latest first.
Sources: as kernels.py; Austin 2016.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from .kernels import propensity

KINDS = {("ATE", False): 0, ("ATE", True): 1, ("ATT", False): 2, ("overlap", False): 3}
_TOLERANCE = 1e-8  # as estimate/survival: R's survfit treats S(t) this close to 0.5 as equal


class Sample(NamedTuple):
    """Rows by time, latest first: time (n,); dead, treated (n,) bool; x (n, k) with a column of ones."""

    time: np.ndarray
    dead: np.ndarray
    treated: np.ndarray
    x: np.ndarray


class How(NamedTuple):
    """Weights of a kind (KINDS), cut at the percentiles low and
    high (0 and 100: not); rising times at which curves are read.
    """

    kind: int
    low: float
    high: float
    grid: np.ndarray


@njit(cache=True)
def _one_sweep(time, dead, treated, count, weight, beta):
    """kernels.sweep() for one 0/1 column, row i counted `count[i]` times; Efron."""
    n = len(time)
    loglik = score = info = s0 = s1 = 0.0
    hazard_ratio = np.exp(beta)
    i = 0
    while i < n:
        t0 = t1 = deaths_weight = 0.0
        d, j = 0, i
        while j < n and time[j] == time[i]:
            if count[j] > 0:
                risk = count[j] * weight[j] * (hazard_ratio if treated[j] else 1.0)
                s0 += risk
                if treated[j]:
                    s1 += risk
                if dead[j]:
                    d += count[j]
                    deaths_weight += count[j] * weight[j]
                    t0 += risk
                    if treated[j]:
                        t1 += risk
                        score += count[j] * weight[j]
                        loglik += count[j] * weight[j] * beta
            j += 1
        for m in range(d):
            a0 = s0 - m / d * t0
            mean = (s1 - m / d * t1) / a0
            each = deaths_weight / d
            loglik -= each * np.log(a0)
            score -= each * mean
            info += each * mean * (1 - mean)
        i = j
    return loglik, score, info


@njit(cache=True)
def weighted_log_hazard_ratio(time, dead, treated, count, weight):
    """Log hazard ratio of treatment in a weighted Cox model (Efron); NaN where it has no finite estimate."""
    beta = 0.0
    loglik, score, info = _one_sweep(time, dead, treated, count, weight, beta)
    for _ in range(30):
        if not info > 0 or abs(beta) > 30:
            return np.nan
        step = score / info
        while True:
            new, new_score, new_info = _one_sweep(time, dead, treated, count, weight, beta + step)
            if new >= loglik - 1e-12 or abs(step) < 1e-12:
                break
            step /= 2
        settled = abs(new - loglik) < 1e-10 * max(1.0, abs(new))
        beta, loglik, score, info = beta + step, new, new_score, new_info
        if settled:
            if not info > 0 or abs(score / info) > 1e-4 * max(1.0, abs(beta)):
                return np.nan
            return beta + score / info
    return np.nan


@njit(cache=True)
def _percentile(ordered, percent):
    """Linear between the closest ranks, as np.percentile, which takes seconds to compile."""
    rank = 1 + (len(ordered) - 1) * (percent / 100)
    below = int(np.floor(rank))
    if below == len(ordered):
        return ordered[-1]
    part = rank - below
    return ordered[below - 1] * (1 - part) + ordered[below] * part


@njit(cache=True)
def _weigh(treated, count, probability, how, weight):
    """Fill `weight` of the drawn rows: by the kind of `how`,
    cut at the percentiles low and high of the drawn weights.
    """
    n, kind, low, high = len(treated), how.kind, how.low, how.high
    drawn = untreated = 0.0
    for i in range(n):
        drawn += count[i]
        untreated += 0 if treated[i] else count[i]
    total = 0
    for i in range(n):
        p = probability[i]
        if kind == 3:
            weight[i] = 1 - p if treated[i] else p
        elif kind == 2:
            weight[i] = 1.0 if treated[i] else p / (1 - p)
        else:
            weight[i] = 1 / p if treated[i] else 1 / (1 - p)
            if kind == 1:
                weight[i] *= (drawn - untreated) / drawn if treated[i] else untreated / drawn
        total += count[i]
    if low > 0 or high < 100:
        every, m = np.empty(total), 0
        for i in range(n):
            for _ in range(count[i]):
                every[m] = weight[i]
                m += 1
        every.sort()
        least, most = _percentile(every, low), _percentile(every, high)
        for i in range(n):
            weight[i] = min(max(weight[i], least), most)


@njit(cache=True)
def _curve(sample, mine, count, weight, grid, survival):
    """Weighted Kaplan-Meier of the rows in `mine`: fills `survival` at the rising `grid`; returns the median."""
    time, dead, n = sample.time, sample.dead, len(mine)
    at_risk, total = np.empty(n), 0.0
    for i in range(n):
        if mine[i]:
            total += count[i] * weight[i]
        at_risk[i] = total
    value, place, middle, resting, last = 1.0, 0, np.inf, np.nan, 0.0
    i = n - 1
    while i >= 0:
        now, deaths, seen, first = time[i], 0.0, 0, i
        while i >= 0 and time[i] == now:
            if mine[i] and count[i] > 0:
                seen += count[i]
                if dead[i]:
                    deaths += count[i] * weight[i]
            i -= 1
        while place < len(grid) and grid[place] < now:
            survival[place] = value
            place += 1
        if seen > 0:
            last = now
        if deaths > 0:
            stay = 1 - deaths / at_risk[first]
            value *= stay if stay > 1e-12 else 0.0
            if np.isinf(middle) and value <= 0.5 + _TOLERANCE:
                if abs(value - 0.5) < _TOLERANCE:
                    if np.isnan(resting):
                        resting = now
                else:
                    middle = now if np.isnan(resting) else (resting + now) / 2
    while place < len(grid):
        survival[place] = value
        place += 1
    if np.isinf(middle) and not np.isnan(resting):
        middle = (resting + last) / 2 if last > resting else resting
    return middle


@njit(cache=True)
def weighted_replicates(counts, sample, how):
    """Log hazard ratio (replicates,), medians (replicates, 2) and survival (replicates, 2, grid) of each replicate.

    counts (replicates, n): how often a row of the Sample was drawn; how : a How. Arm 0 is untreated. All NaN where the
    propensity model has no finite estimate; the hazard ratio alone where Cox has none.
    """
    replicates, n = counts.shape
    treated, grid = sample.treated, how.grid
    ratios, medians = np.full(replicates, np.nan), np.full((replicates, 2), np.nan)
    survival = np.full((replicates, 2, len(grid)), np.nan)
    probability, weight, untreated = np.zeros(n), np.ones(n), ~treated
    for r in range(replicates):
        if propensity(counts[r], treated, sample.x, probability):
            _weigh(treated, counts[r], probability, how, weight)
            ratios[r] = weighted_log_hazard_ratio(sample.time, sample.dead, treated, counts[r], weight)
            medians[r, 0] = _curve(sample, untreated, counts[r], weight, grid, survival[r, 0])
            medians[r, 1] = _curve(sample, treated, counts[r], weight, grid, survival[r, 1])
    return ratios, medians, survival
