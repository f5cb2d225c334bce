"""How far pseudo-subjects are from what a paper prints: the plan of the checks and the cost of each. Compiled.

Importing this imports numba: import it inside functions. A label is a small number, a set of labels a bit mask. Every
check costs 0 inside its window and MISS plus the scaled distance outside.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from smallsurv.kernels import propensity

from .anneal_kernels import Steps, cox, curve, log_rank_root, median_limits, reaches, survival_at, weighted_log_rank_z

MISS = 0.05  # what any unmet check costs, so that the last small miss is worth mending
FAR = 3.0  # what the cost of a distance tends to
STEEP = 20.0  # cost of a curve that is 1 too high or too low at a median
SIZE, SAME_SIZE, BELOW, EVENTS, LONGEST, MEDIAN, INTERVAL, SURVIVAL, LOG_RANK, LONGER, COX, WEIGHTED_LOG_RANK = range(
    12
)
LOG_HR, LOG_LOW, LOG_HIGH, WALD = range(4)  # what a COX check looks at


class Plan(NamedTuple):
    """The checks of one endpoint as arrays.

    Group g holds the rows whose label of factor cond_factor[j] is in the mask cond_bits[j], for all j from
    cond_start[g] to cond_start[g + 1]. Curve c: group, 1 weighted, 1 reverse. List l: groups list_item[list_start[l]]
    ... Model m: group, list of indicator columns, number of the column of interest, 1 weighted. Check i: kind, then
    whole numbers (what it looks at), window, second window (an interval's upper limit), scale and a parameter.
    """

    cond_start: np.ndarray
    cond_factor: np.ndarray
    cond_bits: np.ndarray
    curves: np.ndarray
    list_start: np.ndarray
    list_item: np.ndarray
    models: np.ndarray
    checks: np.ndarray
    windows: np.ndarray
    scale: np.ndarray
    parameter: np.ndarray
    weighs: np.ndarray  # whether a check uses the weights; these come last
    midpoint: int
    interval: int
    treatment: int  # group of the treated, or -1 without weights
    covariates: int  # list of indicator columns of the propensity model


class Rows(NamedTuple):
    """Pseudo-subjects by rising time: time, event, weight (n,),
    label (factors, n), and which row of the start each is.
    """

    time: np.ndarray
    event: np.ndarray
    label: np.ndarray
    weight: np.ndarray
    row: np.ndarray


@njit(cache=True)
def propensity_weights(plan, member, weight):
    """Weights 1/p of the own arm of all rows, into `weight`; False where the model has no finite estimate."""
    treated = member[plan.treatment]
    first = plan.list_start[plan.covariates]
    k = plan.list_start[plan.covariates + 1] - first
    n = len(treated)
    x, score = np.ones((n, k + 1)), np.empty(n)
    for a in range(k):
        x[:, a + 1] = member[plan.list_item[first + a]]
    if treated.all() or not treated.any() or not propensity(np.ones(n, np.int64), treated, x, score):
        return False
    for i in range(n):
        weight[i] = 1 / score[i] if treated[i] else 1 / (1 - score[i])
    return True


@njit(cache=True)
def beyond(value, low, high):
    """Distance of a value from its window; a missing or infinite one counts as far away."""
    if value < low:
        return min(low - value, 1e6)
    if value > high:
        return min(value - high, 1e6)
    return 0.0 if value == value else 1e6


@njit(cache=True)
def limit_beyond(value, low, high, scale):
    """As beyond, in units of `scale`; a window that starts at inf wants a limit that there is none of."""
    if np.isinf(low):
        return 0.0 if not np.isfinite(value) else 1.0
    return beyond(value, low, high) / scale


@njit(cache=True)
def members(plan, label):
    """Which rows each group holds: (groups, n)."""
    groups, n = len(plan.cond_start) - 1, label.shape[1]
    member = np.ones((groups, n), np.bool_)
    for g in range(groups):
        for j in range(plan.cond_start[g], plan.cond_start[g + 1]):
            labels, bits = label[plan.cond_factor[j]], plan.cond_bits[j]
            for i in range(n):
                if not (bits >> labels[i]) & 1:
                    member[g, i] = False
    return member


@njit(cache=True)
def listed(plan, which, member):
    """The rows of `member` that a list names: (k, n)."""
    first, end = plan.list_start[which], plan.list_start[which + 1]
    found = np.empty((end - first, member.shape[1]), np.bool_)
    for a in range(first, end):
        found[a - first] = member[plan.list_item[a]]
    return found


@njit(cache=True)
def median_miss(plan, i, drawn, steps, last):
    """Distance of a MEDIAN or INTERVAL check from its window, in its scale."""
    window, scale, time, surv = plan.windows[i], plan.scale[i], drawn.time, drawn.surv
    if plan.checks[i, 0] == INTERVAL:
        low, high = median_limits(drawn, steps, last, plan.interval, plan.parameter[i])
        return limit_beyond(low, window[0], window[1], scale) + limit_beyond(high, window[2], window[3], scale)
    value = reaches(time, surv, steps, last, plan.midpoint == 1)
    if window[0] <= value <= window[1]:
        return 0.0
    # How far S is from above 0.5 before the window and at most 0.5 behind it: finite even if 0.5 is never reached.
    before = after = 1.0
    for k in range(steps):
        if time[k] < window[0]:
            before = surv[k]
        if time[k] <= window[1]:
            after = surv[k]
    gap = max(0.0, 0.5 - before) + (max(0.0, after - 0.5) if np.isfinite(window[1]) else 0.0)
    return max(STEEP * gap, 0.01)


@njit(cache=True)
def count_miss(plan, i, rows, member):
    """Distance of a check that counts rows, or of the longest time, in its scale."""
    kind, a, window = plan.checks[i, 0], plan.checks[i, 1], plan.windows[i]
    time, value = rows.time, 0.0
    if kind == SAME_SIZE:
        return abs(float(member[a].sum() - member[plan.checks[i, 2]].sum())) / plan.scale[i]
    if kind == SIZE:
        value = float(member[a].sum())
    elif kind == EVENTS:
        value = float((rows.event & member[a]).sum())
    elif kind == BELOW:
        for j in range(len(time)):
            value += member[a, j] and time[j] < plan.parameter[i]
    else:
        for j in range(len(time)):
            if member[a, j]:
                value = float(time[j])
    return beyond(value, window[0], window[1]) / plan.scale[i]


@njit(cache=True)
def test_miss(plan, i, rows, member):
    """Distance of a log-rank statistic, weighted or not, in its scale. The sign of the parameter is a direction: which
    group should have more events than expected."""
    kind, a, b = plan.checks[i]
    side, window = plan.parameter[i], plan.windows[i]
    if kind == LONGER:
        return order_miss(rows, member[a], member[b])
    if kind == LOG_RANK:
        value, excess = log_rank_root(rows.time, rows.event, listed(plan, a, member))
        value = -value if side * excess < 0 else value
    else:
        value = weighted_log_rank_z(rows.time, rows.event, rows.weight, member[a], member[b])
        value = side * value if side else abs(value)
    return beyond(value, window[0], window[1]) / plan.scale[i]


@njit(cache=True)
def order_miss(rows, first, second):
    """0 where the median of the rows `first` is longer than that of `second`; else how far from it, as a share."""
    n, found = len(rows.time), np.empty(2)
    out = Steps(np.empty(n, np.int64), np.empty(n), np.empty(n))
    for g in range(2):
        steps, last, _ = curve(rows.time, rows.event, np.ones(n), first if g == 0 else second, out)
        found[g] = reaches(out.time, out.surv, steps, last, True)
    if found[0] > found[1]:
        return 0.0
    return 1.0 if np.isinf(found[1]) else (found[1] - found[0] + 1) / (found[1] + 1)


@njit(cache=True)
def model_of(plan, which, rows, member):
    """Log hazard ratio and standard error of a model."""
    group, columns, interest, weighted = plan.models[which]
    weight = rows.weight if weighted == 1 else np.empty(0)
    return cox(rows.time, rows.event, weight, member[group], listed(plan, columns, member), interest)


@njit(cache=True)
def ratio_miss(plan, i, beta, se):
    """Distance of what a COX check looks at, in its scale."""
    part, z, window = plan.checks[i, 2], plan.parameter[i], plan.windows[i]
    if part == LOG_HR:
        value = beta
    elif part == WALD:
        value = z * beta / se if z else abs(beta / se)
    else:
        value = beta - z * se if part == LOG_LOW else beta + z * se
    return beyond(value, window[0], window[1]) / plan.scale[i]


@njit(cache=True)
def curve_miss(plan, i, drawn, steps, last):
    """Distance of a survival probability or a median of a curve, in the scale of its check."""
    if plan.checks[i, 0] != SURVIVAL:
        return median_miss(plan, i, drawn, steps, last)
    value = survival_at(drawn.time, drawn.surv, steps, last, plan.parameter[i])
    return beyond(value, plan.windows[i, 0], plan.windows[i, 1]) / plan.scale[i]


@njit(cache=True)
def cost_of(plan, rows, stale, limit, each):
    """Sum of the costs of all checks, each also into `each`; stops as soon as the sum exceeds `limit`.

    `stale`: the weights belong to other labels and are made anew, once a check wants them.
    """
    n, ones, member = len(rows.time), np.ones(len(rows.time)), members(plan, rows.label)
    drawn = Steps(np.empty(n, np.int64), np.empty(n), np.empty(n))
    total, current, fitted, weighable = 0.0, -1, -1, True
    steps, last, inside, beta, se = 0, 0, 0, 0.0, 0.0
    for i in range(len(plan.checks)):
        kind, a = plan.checks[i, 0], plan.checks[i, 1]
        if stale and plan.weighs[i]:
            stale, weighable = False, propensity_weights(plan, member, rows.weight)
        if plan.weighs[i] and not weighable:
            miss = 1e6
        elif kind <= LONGEST:
            miss = count_miss(plan, i, rows, member)
        elif kind <= SURVIVAL:
            if a != current:  # the checks of one curve stand together
                current, group = a, plan.curves[a]
                flag = ~rows.event if group[2] else rows.event
                steps, last, inside = curve(rows.time, flag, rows.weight if group[1] else ones, member[group[0]], drawn)
            miss = curve_miss(plan, i, drawn, steps, last) if inside else 1e6
        elif kind == COX:
            if a != fitted:
                fitted = a
                beta, se = model_of(plan, a, rows, member)
            miss = ratio_miss(plan, i, beta, se)
        else:
            miss = test_miss(plan, i, rows, member)
        each[i] = MISS + FAR * miss / (FAR + miss) if miss > 0 else 0.0
        total += each[i]
        if total > limit:
            return total
    return total
