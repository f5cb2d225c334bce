"""Compiled loops of the large-sample and resampling paths. Importing this imports numba: import it inside functions.

Rows come sorted by stratum, and in a stratum by time, latest first, so that running sums are sums over the risk set. A
block is the rows of one time in one stratum. Hazards are taken relative to the largest of a stratum, against overflow.
Sources: Cox 1972; Efron 1977; Breslow 1974; weighted Efron and score residuals as Therneau and Grambsch 2000, chapters
3 and 7.
"""

from typing import NamedTuple

import numpy as np
from numba import njit


@njit(cache=True)
def _linear(x, beta, out):
    n, k = x.shape
    for i in range(n):
        total = 0.0
        for a in range(k):
            total += x[i, a] * beta[a]
        out[i] = total


@njit(cache=True)
def _block_end(time, stratum, i):
    j = i + 1
    while j < len(time) and time[j] == time[i] and stratum[j] == stratum[i]:
        j += 1
    return j


@njit(cache=True)
def _stratum_top(eta, stratum, i):
    top, j = eta[i], i
    while j < len(eta) and stratum[j] == stratum[i]:
        top = max(top, eta[j])
        j += 1
    return top


class Rows(NamedTuple):
    """Rows in the order above: time (n,), stratum (n,) int, dead (n,) bool, weight (n,) > 0, x (n, k)."""

    time: np.ndarray
    stratum: np.ndarray
    dead: np.ndarray
    weight: np.ndarray
    x: np.ndarray


class Sums(NamedTuple):
    """level (3,): the log-likelihood so far, and the summed hazards of those at risk and of those who die now; of each
    the sums with x (k,) and with x x' (k, k), lower half."""

    level: np.ndarray
    x: np.ndarray
    xx: np.ndarray
    tied_x: np.ndarray
    tied_xx: np.ndarray


class Totals(NamedTuple):
    """Score (k,) and information (k, k) so far; where `timed`, also score times g and information times g and g^2."""

    score: np.ndarray
    info: np.ndarray
    score_g: np.ndarray
    info_g: np.ndarray
    info_gg: np.ndarray
    timed: bool


@njit(cache=True)
def sweep(rows, beta, efron):
    """Log partial likelihood, score (k,) and information (k, k)
    of Rows at `beta` (k,); efron or else Breslow. O(n k^2).
    """
    return clocked_sweep(rows, beta, efron, np.empty(0))[:3]


@njit(cache=True)
def _enter(rows, eta, block, tied, sums, score):
    """Those of a block join the risk set; its deaths add their own x. block : first row, end, top of the stratum."""
    first, end, shift = block
    k = rows.x.shape[1]
    loglik, s0, t0 = sums.level[0], sums.level[1], 0.0
    s1, s2, t1, t2 = sums.x, sums.xx, sums.tied_x, sums.tied_xx
    if tied:
        t1[:] = 0.0
        t2[:] = 0.0
    for j in range(first, end):
        risk = rows.weight[j] * np.exp(eta[j] - shift)
        s0 += risk
        for a in range(k):
            part = risk * rows.x[j, a]
            s1[a] += part
            for b in range(a + 1):
                s2[a, b] += part * rows.x[j, b]
        if rows.dead[j]:
            loglik += rows.weight[j] * (eta[j] - shift)
            for a in range(k):
                score[a] += rows.weight[j] * rows.x[j, a]
            if tied:
                t0 += risk
                for a in range(k):
                    part = risk * rows.x[j, a]
                    t1[a] += part
                    for b in range(a + 1):
                        t2[a, b] += part * rows.x[j, b]
    sums.level[0], sums.level[1], sums.level[2] = loglik, s0, t0


@njit(cache=True)
def _add(found, a, b, part, g):
    found.info[a, b] += part
    if found.timed:
        found.info_g[a, b] += g * part
        found.info_gg[a, b] += g * g * part


@njit(cache=True)
def _die_together(sums, found, d, deaths_weight, g):
    """What d tied deaths take from likelihood and score and add to the information, by Efron.

    The d denominators differ in one scalar each, so the matrices are touched once a block, not once a death.
    """
    s0, t0, s1, s2, t1, t2 = sums.level[1], sums.level[2], sums.x, sums.xx, sums.tied_x, sums.tied_xx
    each, loglik = deaths_weight / d, sums.level[0]
    c0 = c1 = q0 = q1 = q2 = 0.0
    for m in range(d):
        share = m / d
        a0 = s0 - share * t0
        loglik -= each * np.log(a0)
        inverse = 1.0 / a0
        c0 += inverse
        c1 += share * inverse
        q0 += inverse * inverse
        q1 += share * inverse * inverse
        q2 += share * share * inverse * inverse
    sums.level[0] = loglik
    for a in range(len(s1)):
        found.score[a] -= each * (s1[a] * c0 - t1[a] * c1)
        for b in range(a + 1):
            cross = s1[a] * s1[b] * q0 - (s1[a] * t1[b] + t1[a] * s1[b]) * q1 + t1[a] * t1[b] * q2
            _add(found, a, b, each * (s2[a, b] * c0 - t2[a, b] * c1 - cross), g)


@njit(cache=True)
def _die(sums, found, deaths_weight, g):
    """As _die_together for one death, or for several by Breslow."""
    s0, s1, s2 = sums.level[1], sums.x, sums.xx
    sums.level[0] -= deaths_weight * np.log(s0)
    hazard = deaths_weight / s0
    for a in range(len(s1)):
        found.score[a] -= hazard * s1[a]
        mean = s1[a] / s0
        for b in range(a + 1):
            _add(found, a, b, hazard * (s2[a, b] - mean * s1[b]), g)


@njit(cache=True)
def _deaths(rows, first, end):
    """Deaths of a block and their weight."""
    d, weight = 0, 0.0
    for j in range(first, end):
        if rows.dead[j]:
            d += 1
            weight += rows.weight[j]
    return d, weight


@njit(cache=True)
def clocked_sweep(rows, beta, efron, clock):
    """sweep, and the same sums of score and information times g, and of information times g^2, for g = clock (n,) at
    each death; zeros if clock is empty."""
    n, k = rows.x.shape
    eta, before = np.empty(n), np.zeros(k)
    _linear(rows.x, beta, eta)
    sums = Sums(np.zeros(3), np.zeros(k), np.zeros((k, k)), np.zeros(k), np.zeros((k, k)))
    found = Totals(np.zeros(k), np.zeros((k, k)), np.zeros(k), np.zeros((k, k)), np.zeros((k, k)), len(clock) > 0)
    shift = 0.0
    i = 0
    while i < n:
        if i == 0 or rows.stratum[i] != rows.stratum[i - 1]:
            shift = _stratum_top(eta, rows.stratum, i)
            sums.level[1] = 0.0
            sums.x[:] = 0.0
            sums.xx[:] = 0.0
        end = _block_end(rows.time, rows.stratum, i)
        d, deaths_weight = _deaths(rows, i, end)
        g = clock[i] if found.timed else 0.0
        before[:] = found.score
        tied = efron and d > 1
        _enter(rows, eta, (i, end, shift), tied, sums, found.score)
        if tied:
            _die_together(sums, found, d, deaths_weight, g)
        elif d:
            _die(sums, found, deaths_weight, g)
        if found.timed:
            for a in range(k):
                found.score_g[a] += g * (found.score[a] - before[a])
        i = end
    for a in range(k):
        for b in range(a):
            found.info[b, a] = found.info[a, b]
            found.info_g[b, a] = found.info_g[a, b]
            found.info_gg[b, a] = found.info_gg[a, b]
    return sums.level[0], found.score, found.info, found.score_g, found.info_g, found.info_gg


class Blocks(NamedTuple):
    """Of each block: its first row (one more for the end), the top of its stratum, the hazard at its deaths, with
    Efron's shares in `tied`; and of these deaths the mean of x (k,), and x times the hazard."""

    start: np.ndarray
    top: np.ndarray
    hazard: np.ndarray
    tied: np.ndarray
    mean: np.ndarray
    moved: np.ndarray
    moved_tied: np.ndarray


@njit(cache=True)
def _starts(rows):
    """The first row of each block, and the number of rows."""
    n = len(rows.time)
    start, blocks, i = np.empty(n + 1, np.int64), 0, 0
    while i < n:
        start[blocks] = i
        blocks += 1
        i = _block_end(rows.time, rows.stratum, i)
    start[blocks] = n
    return start[: blocks + 1]


@njit(cache=True)
def _hazards(rows, eta, efron):
    """The Blocks of the rows."""
    start, k = _starts(rows), rows.x.shape[1]
    m = len(start) - 1
    found = Blocks(start, np.zeros(m), np.zeros(m), np.zeros(m), np.zeros((m, k)), np.zeros((m, k)), np.zeros((m, k)))
    s0, s1, t1 = 0.0, np.zeros(k), np.zeros(k)
    for block in range(m):
        i, end = start[block], start[block + 1]
        if i == 0 or rows.stratum[i] != rows.stratum[i - 1]:
            s0 = 0.0
            s1[:] = 0.0
            found.top[block] = _stratum_top(eta, rows.stratum, i)
        else:
            found.top[block] = found.top[block - 1]
        t0 = 0.0
        t1[:] = 0.0
        for j in range(i, end):
            risk = rows.weight[j] * np.exp(eta[j] - found.top[block])
            s0 += risk
            for a in range(k):
                s1[a] += risk * rows.x[j, a]
            if rows.dead[j]:
                t0 += risk
                for a in range(k):
                    t1[a] += risk * rows.x[j, a]
        d, deaths_weight = _deaths(rows, i, end)
        for tie in range(d):
            share = tie / d if efron else 0.0
            a0 = s0 - share * t0
            h = deaths_weight / d / a0
            found.hazard[block] += h
            found.tied[block] += share * h
            for a in range(k):
                average = (s1[a] - share * t1[a]) / a0
                found.mean[block, a] += average / d
                found.moved[block, a] += h * average
                found.moved_tied[block, a] += share * h * average
    return found


@njit(cache=True)
def residuals(rows, beta, efron):
    """Score residuals (n, k), not multiplied by the weights. O(n k)."""
    n, k = rows.x.shape
    eta = np.empty(n)
    _linear(rows.x, beta, eta)
    found = _hazards(rows, eta, efron)
    score = np.zeros((n, k))
    total, total_x = 0.0, np.zeros(k)
    for block in range(len(found.top) - 1, -1, -1):
        i, end = found.start[block], found.start[block + 1]
        if end == n or rows.stratum[end] != rows.stratum[i]:
            total = 0.0
            total_x[:] = 0.0
        total += found.hazard[block]
        for a in range(k):
            total_x[a] += found.moved[block, a]
        for j in range(i, end):
            risk = np.exp(eta[j] - found.top[block])
            for a in range(k):
                score[j, a] = -risk * (rows.x[j, a] * total - total_x[a])
                if rows.dead[j]:
                    back = risk * (rows.x[j, a] * found.tied[block] - found.moved_tied[block, a])
                    score[j, a] += rows.x[j, a] - found.mean[block, a] + back
    return score


@njit(cache=True)
def solve(matrix, right, out):
    """Cholesky solution of a small system; a column that the earlier ones explain gets 0 (as an aliased one in R)."""
    k = len(right)
    factor, used = np.zeros((k, k)), np.zeros(k, np.bool_)
    for j in range(k):
        pivot = matrix[j, j]
        for m in range(j):
            pivot -= factor[j, m] ** 2
        if pivot <= 1e-10 * matrix[j, j] or not np.isfinite(pivot):
            continue
        used[j] = True
        factor[j, j] = np.sqrt(pivot)
        for i in range(j + 1, k):
            total = matrix[i, j]
            for m in range(j):
                total -= factor[i, m] * factor[j, m]
            factor[i, j] = total / factor[j, j]
    for j in range(k):
        out[j] = 0.0
        if used[j]:
            total = right[j]
            for m in range(j):
                total -= factor[j, m] * out[m]
            out[j] = total / factor[j, j]
    for j in range(k - 1, -1, -1):
        if used[j]:
            total = out[j]
            for m in range(j + 1, k):
                total -= factor[m, j] * out[m]
            out[j] = total / factor[j, j]


@njit(cache=True)
def _deviance(count, treated, eta):
    total = 0.0
    for i in range(len(eta)):
        if count[i] > 0:
            signed = eta[i] if treated[i] else -eta[i]
            total += count[i] * (np.log1p(np.exp(-signed)) if signed > -30 else -signed)
    return 2 * total


@njit(cache=True)
def propensity(count, treated, x, probability):
    """Logistic model by Newton, row i counted `count[i]` times;
    fills `probability`. False where no finite fit exists.
    """
    n, k = x.shape
    beta, step, eta = np.zeros(k), np.zeros(k), np.zeros(n)
    score, info = np.zeros(k), np.zeros((k, k))
    deviance = _deviance(count, treated, eta)
    for _ in range(50):
        score[:] = 0.0
        info[:] = 0.0
        for i in range(n):
            if count[i] > 0:
                p = 1 / (1 + np.exp(-eta[i]))
                left, spread = count[i] * (treated[i] - p), count[i] * p * (1 - p)
                for a in range(k):
                    score[a] += left * x[i, a]
                    for b in range(a + 1):
                        info[a, b] += spread * x[i, a] * x[i, b]
                        info[b, a] = info[a, b]
        solve(info, score, step)
        size = 1.0
        while True:
            _linear(x, beta + size * step, eta)
            new = _deviance(count, treated, eta)
            if new <= deviance + 1e-10 or size < 1e-6:
                break
            size /= 2
        beta += size * step
        settled = abs(deviance - new) < 1e-11 * (abs(new) + 0.1)
        deviance = new
        if settled:
            for i in range(n):
                probability[i] = 1 / (1 + np.exp(-eta[i]))
                if count[i] > 0 and not 1e-8 < probability[i] < 1 - 1e-8:
                    return False
            return True
    return False
