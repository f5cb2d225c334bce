"""Every ordering of a small cohort: which event patterns and which groups give the printed numbers.

Subjects stand in the order of their times, without ties: subject 0 leaves first. An event pattern is an integer whose
bit i says that subject i has the event; a group is a mask of the same kind. Medians, limits, log-rank and Cox results
depend on these bits alone; the times come later (exact.py). Compiled, since a 13-patient study has ten million
orderings.
"""

import numba as nb
import numpy as np

SPSS, LOG_LOG, LOG, PLAIN = range(4)
METHOD_CODES = {"spss": SPSS, "log-log": LOG_LOG, "log": LOG, "plain": PLAIN}
NONE, NEVER = -1, -2  # a quantity that is not estimable; a limit that is not reached
_TOL = 1e-8  # as estimate.survival: S(t) this close to 0.5 rests there
# Columns of a feature row: positions whose mean time is the median, the lower and the upper limit (for SPSS instead the
# event times u and l of the slope), twice each since a flat step at 0.5 has its median in the middle.
MEDIAN, LOWER, UPPER = 0, 2, 4


@nb.njit(cache=True)
def _crossing(values, good, positions, count):
    """The two positions whose mean time is where `values` crosses 0.5 (R's quantile.survfit)."""
    first = -1
    last = -1
    for i in range(count):
        if good[i]:
            last = i
            if first < 0 and values[i] <= 0.5 + _TOL:
                first = i
    if first < 0:
        return NEVER, NEVER
    if abs(values[first] - 0.5) < _TOL:
        for j in range(first + 1, count):
            if good[j] and values[j] < 0.5 - _TOL:
                return positions[first], positions[j]
        return positions[first], positions[last]
    return positions[first], positions[first]


@nb.njit(cache=True)
def _steps(mask, events, n, positions, surv, variance):
    """Fill position, S and Greenwood's sum of each subject of a group; returns its size."""
    g = 0
    size = 0
    for i in range(n):
        size += mask >> i & 1
    s = 1.0
    v = 0.0
    for i in range(n):
        if mask >> i & 1:
            r = size - g
            if events >> i & 1:
                s *= 1.0 - 1.0 / r
                v += 1.0 / (r * (r - 1.0)) if r > 1 else np.inf
            positions[g] = i
            surv[g] = s
            variance[g] = v
            g += 1
    return size


@nb.njit(cache=True)
def _spss(events, size, steps, row):
    """The positions of SPSS's median and slope into `row`; returns its factor. steps : positions, surv, variance."""
    positions, surv, variance = steps
    m = -1
    u = -1
    lo = -1
    for i in range(size):
        if events >> positions[i] & 1:
            if surv[i] >= 0.55 - 1e-12:
                u = i
            if m < 0 and surv[i] <= 0.5 + 1e-12:
                m = i
            if lo < 0 and surv[i] <= 0.45 + 1e-12:
                lo = i
    if m < 0:
        row[0] = row[1] = NEVER
        return 0.0
    row[0] = row[1] = positions[m]
    if u < 0 or lo < 0 or surv[m] <= 1e-12:
        return 0.0
    row[2] = row[3] = positions[u]
    row[4] = row[5] = positions[lo]
    return surv[m] * np.sqrt(variance[m]) / (surv[u] - surv[lo])


@nb.njit(cache=True)
def _limits(s, root, method, z):
    """Pointwise limits of S, of a standard error over S of `root`."""
    if method == PLAIN:
        low, high = s - z * s * root, s + z * s * root
    elif method == LOG:
        low, high = s * np.exp(-z * root), s * np.exp(z * root)
    elif s == 1.0:
        low, high = 1.0, 1.0
    else:
        theta = z * root / np.log(s)
        low, high = s ** np.exp(-theta), s ** np.exp(theta)
    return min(max(low, 0.0), 1.0), min(max(high, 0.0), 1.0)


@nb.njit(cache=True)
def features(mask, events, n, method, z, row):
    """Fill row[0:6] with the positions of median and limits of a group, and return SPSS's SE(median) / (t_l - t_u)."""
    positions = np.empty(n, np.int64)
    surv = np.empty(n)
    variance = np.empty(n)
    size = _steps(mask, events, n, positions, surv, variance)
    for k in range(6):
        row[k] = NONE
    if method == SPSS:
        return _spss(events, size, (positions, surv, variance), row)
    low = np.empty(n)
    high = np.empty(n)
    good = np.empty(n, np.bool_)
    row[0], row[1] = _crossing(surv, np.ones(n, np.bool_), positions, size)
    for i in range(size):
        good[i] = surv[i] > 1e-12
        if good[i]:
            low[i], high[i] = _limits(surv[i], np.sqrt(variance[i]), method, z)
    row[2], row[3] = _crossing(low, good, positions, size)
    row[4], row[5] = _crossing(high, good, positions, size)
    return 0.0


def feature_table(masks, events, n, method, z):
    """features() of every mask under one event pattern, or one
    each: positions (len(masks), 6) and SE factors (len(masks),).
    """
    return _feature_table(masks, np.ascontiguousarray(np.broadcast_to(events, len(masks))), n, method, z)


@nb.njit(cache=True)
def _feature_table(masks, events, n, method, z):
    rows = np.empty((len(masks), 6), np.int64)
    factors = np.empty(len(masks))
    for i in range(len(masks)):
        factors[i] = features(masks[i], events[i], n, method, z, rows[i])
    return rows, factors


def log_rank_of(masks, events, n):
    """Log-rank chi-square over groups given as masks; overlapping groups count a subject once in each.

    Returns -1 where it is not defined. Source: Mantel 1966; Kalbfleisch and Prentice 2002, section 1.5.
    """
    return log_rank_table(masks[None], events, n)[0]


def log_rank_table(groups, events, n):
    """log_rank_of for each row of `groups` (combinations, groups)."""
    excess, cov = _log_rank_sums(groups, events, n)
    if groups.shape[1] == 2:
        defined = cov[:, 0, 0] > 1e-12
        return np.where(defined, excess[:, 0] ** 2 / np.where(defined, cov[:, 0, 0], 1.0), -1.0)
    return np.einsum("ia,iab,ib->i", excess, np.linalg.pinv(cov), excess)  # compiled, pinv takes seconds to load


@nb.njit(cache=True)
def _log_rank_sums(groups, events, n):
    """Events beyond those expected (combinations, groups - 1) and their covariance, of all groups but the last."""
    k = groups.shape[1]
    excess = np.zeros((len(groups), k - 1))
    cov = np.zeros((len(groups), k - 1, k - 1))
    at_risk = np.empty(k)
    for row in range(len(groups)):
        masks = groups[row]
        for j in range(k):
            at_risk[j] = 0.0
            for i in range(n):
                at_risk[j] += masks[j] >> i & 1
        for i in range(n):
            deaths = 0.0
            total = 0.0
            for j in range(k):
                total += at_risk[j]
                deaths += (masks[j] >> i & 1) * (events >> i & 1)
            if deaths > 0 and total > 0:
                factor = deaths * (total - deaths) / (total - 1) / total**2 if total > 1 else 0.0
                for a in range(k - 1):
                    excess[row, a] += (masks[a] >> i & 1) - deaths * at_risk[a] / total
                    for b in range(k - 1):
                        cov[row, a, b] += factor * at_risk[a] * ((total if a == b else 0.0) - at_risk[b])
            for j in range(k):
                at_risk[j] -= masks[j] >> i & 1
    return excess, cov


@nb.njit(cache=True)
def _score(mask, events, n, beta):
    """Score and information of the Cox partial likelihood of one binary covariate; no ties."""
    ones = 0
    for i in range(n):
        ones += mask >> i & 1
    zeros = n - ones
    ratio = np.exp(beta)
    score = 0.0
    information = 0.0
    for i in range(n):
        one = mask >> i & 1
        if events >> i & 1:
            p = ones * ratio / (ones * ratio + zeros)
            score += one - p
            information += p * (1 - p)
        ones -= one
        zeros -= 1 - one
    return score, information


@nb.njit(cache=True)
def cox_table(masks, events, n, low, high):
    """Log hazard ratio and its standard error for masks whose estimate lies in [low, high]; NaN for the others.

    The score falls in beta, so its signs at both ends decide, and few need the Newton steps.
    """
    out = np.full((len(masks), 2), np.nan)
    for i in range(len(masks)):
        if _score(masks[i], events, n, low)[0] < 0 or _score(masks[i], events, n, high)[0] > 0:
            continue
        a = low
        b = high
        for _ in range(60):
            middle = (a + b) / 2
            if _score(masks[i], events, n, middle)[0] > 0:
                a = middle
            else:
                b = middle
        out[i, 0] = (a + b) / 2
        information = _score(masks[i], events, n, out[i, 0])[1]
        out[i, 1] = 1 / np.sqrt(information) if information > 0 else np.inf
    return out


def all_groups(n, size) -> np.ndarray:
    """Every mask of `size` of n subjects, ascending."""
    masks = np.arange(1 << n, dtype=np.int64)
    return masks[np.bitwise_count(masks) == size]
