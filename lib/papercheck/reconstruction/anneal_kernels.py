"""Compiled statistics of the annealer, for rows by rising time and groups as arrays of True and False.

Importing this imports numba: import it inside functions. Times are whole numbers of a grid. The same statistics as in
estimate.survival, estimate.weighting and estimate.regression, without their frames; sources there.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from smallsurv.kernels import Rows, residuals, solve, sweep

SPSS, LOG_LOG, LOG, PLAIN = range(4)
_EPS, _TIE = 1e-12, 1e-8  # SPSS and R: how near to 0.5 a curve counts as there


class Steps(NamedTuple):
    """Room (n,) for the steps of a curve: their times, S, and Greenwood's sum (Xie and Liu's if weighted)."""

    time: np.ndarray
    surv: np.ndarray
    spread: np.ndarray


@njit(cache=True)
def curve(time, flag, weight, inside, out):
    """Kaplan-Meier steps of the rows inside, into the Steps `out`. Returns the number of steps, the longest time and
    the number of rows."""
    n = len(time)
    total = squares = 0.0
    rows = steps = last = 0
    for i in range(n):
        if inside[i]:
            total += weight[i]
            squares += weight[i] ** 2
            rows += 1
            last = time[i]
    surv, spread, i = 1.0, 0.0, 0
    while i < n:
        j, dead, gone, gone_squares, d = i, 0.0, 0.0, 0.0, 0
        while j < n and time[j] == time[i]:
            if inside[j]:
                gone += weight[j]
                gone_squares += weight[j] ** 2
                if flag[j]:
                    dead += weight[j]
                    d += 1
            j += 1
        if d:
            stay = 1 - dead / total
            if stay < _EPS:
                stay = 0.0
            spread = spread + (1 - stay) / stay * squares / total**2 if stay > 0 else np.inf
            surv *= stay
            out.time[steps], out.surv[steps], out.spread[steps] = time[i], surv, spread
            steps += 1
        total -= gone
        squares -= gone_squares
        i = j
    return steps, last, rows


@njit(cache=True)
def reaches(time, values, steps, last, midpoint):
    """Time at which a falling step function reaches 0.5, or inf: its first time, or the middle of a step at 0.5."""
    for i in range(steps):
        if not midpoint:
            if values[i] <= 0.5 + _EPS:
                return float(time[i])
        elif values[i] <= 0.5 + _TIE:
            if abs(values[i] - 0.5) >= _TIE:
                return float(time[i])
            for j in range(i + 1, steps):
                if values[j] < 0.5 - _TIE:
                    return (time[i] + time[j]) / 2
            return (time[i] + last) / 2
    return np.inf


@njit(cache=True)
def _spss_limits(time, surv, spread, steps):
    """The interval of SPSS: the standard error of S at the median over the slope around it."""
    middle = upper = lower = -1
    for i in range(steps):
        if middle < 0 and surv[i] <= 0.5 + _EPS:
            middle = i
        if surv[i] >= 0.55 - _EPS:
            upper = i
        if lower < 0 and surv[i] <= 0.45 + _EPS:
            lower = i
    if middle < 0 or upper < 0 or lower < 0 or surv[middle] <= _EPS:
        return np.nan, np.nan
    slope = (surv[upper] - surv[lower]) / (time[lower] - time[upper])
    half = 1.96 * surv[middle] * np.sqrt(spread[middle]) / slope
    return max(0.0, time[middle] - half), time[middle] + half


@njit(cache=True)
def median_limits(drawn, steps, last, method, z):
    """Interval of a median of a curve in Steps; NaN where it cannot
    be estimated, inf where an upper limit is never reached.
    """
    time, surv, spread = drawn
    if method == SPSS:
        return _spss_limits(time, surv, spread, steps)
    low, high, kept = np.empty(steps), np.empty(steps), 0
    for i in range(steps):
        s, root = surv[i], np.sqrt(spread[i])
        if s <= 0:
            break
        if method == PLAIN:
            low[i], high[i] = s - z * s * root, s + z * s * root
        elif method == LOG:
            low[i], high[i] = s * np.exp(-z * root), s * np.exp(z * root)
        else:
            theta = z * root / np.log(s)
            low[i], high[i] = s ** np.exp(-theta), s ** np.exp(theta)
        kept += 1
    first, second = reaches(time, low, kept, last, True), reaches(time, high, kept, last, True)
    if np.isinf(first):
        first = np.nan
    return first, second


@njit(cache=True)
def survival_at(time, surv, steps, last, t):
    """S(t); NaN beyond the longest time of a curve that has not reached 0."""
    value = 1.0
    for i in range(steps):
        if time[i] <= t:
            value = surv[i]
    return value if t <= last or value <= 0 else np.nan


@njit(cache=True)
def log_rank_root(time, event, member):
    """Root of the log-rank chi-square of k groups, member (k, n), and the events of the first beyond those expected.

    NaN where there is no test. A row may be in several groups."""
    k, n = member.shape
    at_risk, deaths, excess = np.zeros(k), np.zeros(k), np.zeros(k)
    covariance = np.zeros((k, k))
    for i in range(n):
        for g in range(k):
            at_risk[g] += member[g, i]
    i = 0
    while i < n:
        deaths[:] = 0.0
        j = i
        while j < n and time[j] == time[i]:
            if event[j]:
                for g in range(k):
                    deaths[g] += member[g, j]
            j += 1
        d, total = deaths.sum(), at_risk.sum()
        if d > 0:
            factor = d * (total - d) / max(total - 1, 1.0) / total**2
            for g in range(k):
                excess[g] += deaths[g] - d * at_risk[g] / total
                covariance[g, g] += factor * at_risk[g] * total
                for h in range(k):
                    covariance[g, h] -= factor * at_risk[g] * at_risk[h]
        for m in range(i, j):
            for g in range(k):
                at_risk[g] -= member[g, m]
        i = j
    step = np.empty(k - 1)
    solve(covariance[: k - 1, : k - 1].copy(), excess[: k - 1].copy(), step)
    chi = (step * excess[: k - 1]).sum()
    return np.sqrt(chi) if chi > 0 else np.nan, excess[0]


@njit(cache=True)
def weighted_log_rank_z(time, event, weight, group, other):
    """Xie and Liu's statistic of the rows of `group` against those of `other`: as estimate.weighting."""
    n = len(time)
    rows, sums, squares = np.zeros(2), np.zeros(2), np.zeros(2)
    for i in range(n):
        if group[i] or other[i]:
            side = 1 if group[i] else 0
            rows[side] += 1
            sums[side] += weight[i]
            squares[side] += weight[i] ** 2
    excess = variance = 0.0
    i = 0
    while i < n:
        dead0 = dead1 = 0.0
        d, j = 0, i
        while j < n and time[j] == time[i]:
            if event[j] and (group[j] or other[j]):
                d += 1
                if group[j]:
                    dead1 += weight[j]
                else:
                    dead0 += weight[j]
            j += 1
        if d and rows[0] > 0 and rows[1] > 0:
            total = rows[0] + rows[1]
            share = rows[0] * rows[1] / total
            excess += share * (dead1 / sums[1] - dead0 / sums[0])
            spread = squares[0] / sums[0] ** 2 + squares[1] / sums[1] ** 2
            variance += d * (total - d) / (total * max(total - 1, 1.0)) * share**2 * spread
        for m in range(i, j):
            if group[m] or other[m]:
                side = 1 if group[m] else 0
                rows[side] -= 1
                sums[side] -= weight[m]
                squares[side] -= weight[m] ** 2
        i = j
    return excess / np.sqrt(variance) if variance > 0 else np.nan


@njit(cache=True)
def cox(time, event, weight, inside, column, interest):
    """Log hazard ratio and standard error (sandwich if weighted) of one of the 0/1 columns (k, n); where a
    coefficient runs to infinity, how far it got and inf. weight (n,), or empty for none."""
    n, k, weighted = len(time), len(column), len(weight) > 0
    rows = 0
    for i in range(n):
        rows += inside[i]
    if rows < 2:
        return np.nan, np.nan
    t, dead, w, x = np.empty(rows), np.empty(rows, np.bool_), np.empty(rows), np.empty((rows, k))
    at = rows
    for i in range(n):  # the kernels want the latest first
        if inside[i]:
            at -= 1
            t[at], dead[at], w[at] = time[i], event[i], weight[i] if weighted else 1.0
            for a in range(k):
                x[at, a] = column[a, i]
    ordered = Rows(t, np.zeros(rows, np.int64), dead, w, x)
    beta, step = np.zeros(k), np.zeros(k)
    efron = np.bool_(True)  # as a plain True it would be a compilation of its own
    for _ in range(20):
        loglik, score, info = sweep(ordered, beta, efron)
        solve(info, score, step)
        if not info[interest, interest] > 0 or step[interest] == 0.0 and score[interest] != 0.0:
            return np.nan, np.nan
        size = np.abs(step).max()
        beta += step / max(1.0, size / 2)
        if np.abs(beta).max() > 8:
            return beta[interest], np.inf
        if size < 1e-7:
            break
    unit, inverse = np.zeros(k), np.zeros(k)
    unit[interest] = 1.0
    solve(info, unit, inverse)
    variance = inverse[interest]
    if weighted:
        variance = ((residuals(ordered, beta, efron) @ inverse * w) ** 2).sum()
    return beta[interest], np.sqrt(variance)
