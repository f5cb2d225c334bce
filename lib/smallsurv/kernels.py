"""Compiled loops of the large-sample and resampling paths. Importing this imports numba: import it inside functions.

Rows come sorted by stratum, and in a stratum by time, latest first, so that running sums are sums over the risk set.
A block is the rows of one time in one stratum. Hazards are taken relative to the largest of a stratum, against overflow.
Sources: Cox 1972; Efron 1977; Breslow 1974; weighted Efron and score residuals as Therneau and Grambsch 2000, chapters 3 and 7.
"""

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


@njit(cache=True)
def sweep(time, stratum, dead, weight, x, beta, efron):
    """Log partial likelihood, score (k,) and information (k, k) at `beta`. O(n k^2).

    time (n,), stratum (n,) int, dead (n,) bool, weight (n,) > 0, x (n, k), beta (k,), efron or else Breslow.
    """
    return clocked_sweep(time, stratum, dead, weight, x, beta, efron, np.empty(0))[:3]


@njit(cache=True)
def clocked_sweep(time, stratum, dead, weight, x, beta, efron, clock):
    """sweep, and the same sums of score and information times g, and of information times g^2, for g = clock (n,) at
    each death; zeros if clock is empty."""
    n, k = x.shape
    timed = len(clock) > 0
    score_g, info_g, info_gg, before = np.zeros(k), np.zeros((k, k)), np.zeros((k, k)), np.zeros(k)
    eta = np.empty(n)
    _linear(x, beta, eta)
    loglik, score, info = 0.0, np.zeros(k), np.zeros((k, k))
    s1, s2, t1, t2 = np.zeros(k), np.zeros((k, k)), np.zeros(k), np.zeros((k, k))
    s0 = shift = 0.0
    i = 0
    while i < n:
        if i == 0 or stratum[i] != stratum[i - 1]:
            s0, shift = 0.0, _stratum_top(eta, stratum, i)
            s1[:] = 0.0
            s2[:] = 0.0
        end = _block_end(time, stratum, i)
        d, deaths_weight = 0, 0.0
        g = clock[i] if timed else 0.0
        before[:] = score
        for j in range(i, end):
            if dead[j]:
                d += 1
                deaths_weight += weight[j]
        tied = efron and d > 1
        t0 = 0.0
        if tied:
            t1[:] = 0.0
            t2[:] = 0.0
        for j in range(i, end):
            risk = weight[j] * np.exp(eta[j] - shift)
            s0 += risk
            for a in range(k):
                part = risk * x[j, a]
                s1[a] += part
                for b in range(a + 1):
                    s2[a, b] += part * x[j, b]
            if dead[j]:
                loglik += weight[j] * (eta[j] - shift)
                for a in range(k):
                    score[a] += weight[j] * x[j, a]
                if tied:
                    t0 += risk
                    for a in range(k):
                        part = risk * x[j, a]
                        t1[a] += part
                        for b in range(a + 1):
                            t2[a, b] += part * x[j, b]
        if tied:
            # The d denominators differ in one scalar each, so the matrices are touched once a block, not once a death.
            each = deaths_weight / d
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
            for a in range(k):
                score[a] -= each * (s1[a] * c0 - t1[a] * c1)
                for b in range(a + 1):
                    cross = s1[a] * s1[b] * q0 - (s1[a] * t1[b] + t1[a] * s1[b]) * q1 + t1[a] * t1[b] * q2
                    part = each * (s2[a, b] * c0 - t2[a, b] * c1 - cross)
                    info[a, b] += part
                    if timed:
                        info_g[a, b] += g * part
                        info_gg[a, b] += g * g * part
        elif d:
            loglik -= deaths_weight * np.log(s0)
            hazard = deaths_weight / s0
            for a in range(k):
                score[a] -= hazard * s1[a]
                mean = s1[a] / s0
                for b in range(a + 1):
                    part = hazard * (s2[a, b] - mean * s1[b])
                    info[a, b] += part
                    if timed:
                        info_g[a, b] += g * part
                        info_gg[a, b] += g * g * part
        if timed:
            for a in range(k):
                score_g[a] += g * (score[a] - before[a])
        i = end
    for a in range(k):
        for b in range(a):
            info[b, a] = info[a, b]
            info_g[b, a] = info_g[a, b]
            info_gg[b, a] = info_gg[a, b]
    return loglik, score, info, score_g, info_g, info_gg


@njit(cache=True)
def residuals(time, stratum, dead, weight, x, beta, efron):
    """Score residuals (n, k), not multiplied by the weights. O(n k)."""
    n, k = x.shape
    eta = np.empty(n)
    _linear(x, beta, eta)
    start = np.empty(n + 1, np.int64)
    blocks, i = 0, 0
    while i < n:
        start[blocks] = i
        blocks += 1
        i = _block_end(time, stratum, i)
    start[blocks] = n
    hazard, hazard_tied, tops = np.zeros(blocks), np.zeros(blocks), np.zeros(blocks)
    mean, moved, moved_tied = np.zeros((blocks, k)), np.zeros((blocks, k)), np.zeros((blocks, k))
    s0 = 0.0
    s1, t1 = np.zeros(k), np.zeros(k)
    for block in range(blocks):
        i, end = start[block], start[block + 1]
        if i == 0 or stratum[i] != stratum[i - 1]:
            s0 = 0.0
            s1[:] = 0.0
            tops[block] = _stratum_top(eta, stratum, i)
        else:
            tops[block] = tops[block - 1]
        d, deaths_weight, t0 = 0, 0.0, 0.0
        t1[:] = 0.0
        for j in range(i, end):
            risk = weight[j] * np.exp(eta[j] - tops[block])
            s0 += risk
            for a in range(k):
                s1[a] += risk * x[j, a]
            if dead[j]:
                d += 1
                deaths_weight += weight[j]
                t0 += risk
                for a in range(k):
                    t1[a] += risk * x[j, a]
        for m in range(d):
            share = m / d if efron else 0.0
            a0 = s0 - share * t0
            h = deaths_weight / d / a0
            hazard[block] += h
            hazard_tied[block] += share * h
            for a in range(k):
                average = (s1[a] - share * t1[a]) / a0
                mean[block, a] += average / d
                moved[block, a] += h * average
                moved_tied[block, a] += share * h * average
    score = np.zeros((n, k))
    total, total_x = 0.0, np.zeros(k)
    for block in range(blocks - 1, -1, -1):
        i, end = start[block], start[block + 1]
        if end == n or stratum[end] != stratum[i]:
            total = 0.0
            total_x[:] = 0.0
        total += hazard[block]
        for a in range(k):
            total_x[a] += moved[block, a]
        for j in range(i, end):
            risk = np.exp(eta[j] - tops[block])
            for a in range(k):
                score[j, a] = -risk * (x[j, a] * total - total_x[a])
                if dead[j]:
                    back = risk * (x[j, a] * hazard_tied[block] - moved_tied[block, a])
                    score[j, a] += x[j, a] - mean[block, a] + back
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
    """Logistic model by Newton, row i counted `count[i]` times; fills `probability`. False where no finite fit exists."""
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
