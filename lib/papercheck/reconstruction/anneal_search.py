"""Simulated annealing of pseudo-subjects: how far they are from what a paper prints, and the moves. Compiled.

Importing this imports numba: import it inside functions. A label is a small number, a set of labels a bit mask. Every
check costs 0 inside its window and MISS plus the scaled distance outside.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from smallsurv.kernels import propensity

from .anneal_kernels import cox, curve, log_rank_root, median_limits, reaches, survival_at, weighted_log_rank_z

MISS = 0.05  # what any unmet check costs, so that the last small miss is worth mending
FAR = 3.0  # what the cost of a distance tends to
STEEP = 20.0  # cost of a curve that is 1 too high or too low at a median
SIZE, SAME_SIZE, BELOW, EVENTS, LONGEST, MEDIAN, INTERVAL, SURVIVAL, LOG_RANK, COX, WEIGHTED_LOG_RANK = range(11)
LOG_HR, LOG_LOW, LOG_HIGH, WALD = range(4)  # what a COX check looks at


class Plan(NamedTuple):
    """The checks of one endpoint as arrays.

    Group g holds the rows whose label of factor cond_factor[j] is in the mask cond_bits[j], for all j from
    cond_start[g] to cond_start[g + 1]. Curve c: group, 1 weighted, 1 reverse. List l: groups list_item[list_start[l]] ...
    Model m: group, list of indicator columns, number of the column of interest, 1 weighted. Check i: kind, then whole
    numbers (what it looks at), window, second window (an interval's upper limit), scale and a parameter.
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
def median_cost(plan, i, steps, last, time, surv, spread):
    """Distance of a MEDIAN or INTERVAL check, in its scale."""
    window, scale = plan.windows[i], plan.scale[i]
    if plan.checks[i, 0] == INTERVAL:
        low, high = median_limits(time, surv, spread, steps, last, plan.interval, plan.parameter[i])
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
def cost_of(plan, time, event, label, weight, stale, limit, each):
    """Sum of the costs of all checks, each also into `each`; stops as soon as the sum exceeds `limit`.

    time, event, weight (n,) and label (factors, n) by rising time. `stale`: the weights belong to other labels and are
    made anew, once a check wants them.
    """
    member = members(plan, label)
    n = len(time)
    ones = np.ones(n)
    t, s, v = np.empty(n, np.int64), np.empty(n), np.empty(n)
    total, current, fitted, weighable = 0.0, -1, -1, True
    steps, last, rows, beta, se = 0, 0, 0, 0.0, 0.0
    for i in range(len(plan.checks)):
        kind, a, b = plan.checks[i, 0], plan.checks[i, 1], plan.checks[i, 2]
        window, scale = plan.windows[i], plan.scale[i]
        if stale and plan.weighs[i]:
            stale, weighable = False, propensity_weights(plan, member, weight)
        if plan.weighs[i] and not weighable:
            miss = 1e6
        elif kind == SIZE:
            miss = beyond(float(member[a].sum()), window[0], window[1]) / scale
        elif kind == SAME_SIZE:
            miss = abs(float(member[a].sum() - member[b].sum())) / scale
        elif kind == BELOW:
            below = 0
            for j in range(n):
                below += member[a, j] and time[j] < plan.parameter[i]
            miss = beyond(float(below), window[0], window[1]) / scale
        elif kind == EVENTS:
            miss = beyond(float((event & member[a]).sum()), window[0], window[1]) / scale
        elif kind == LONGEST:
            longest = 0
            for j in range(n):
                if member[a, j]:
                    longest = time[j]
            miss = beyond(float(longest), window[0], window[1]) / scale
        elif kind in (MEDIAN, INTERVAL, SURVIVAL):
            if a != current:
                current, flag = a, ~event if plan.curves[a, 2] else event
                weights = weight if plan.curves[a, 1] else ones
                steps, last, rows = curve(time, flag, weights, member[plan.curves[a, 0]], t, s, v)
            if rows == 0:
                miss = 1e6
            elif kind == SURVIVAL:
                value = survival_at(t, s, steps, last, plan.parameter[i])
                miss = beyond(value, window[0], window[1]) / scale
            else:
                miss = median_cost(plan, i, steps, last, t, s, v)
        elif kind == LOG_RANK:
            value, excess = log_rank_root(time, event, listed(plan, a, member))
            if plan.parameter[i] * excess < 0:  # the first group should have more events than expected, or fewer
                value = -value
            miss = beyond(value, window[0], window[1]) / scale
        elif kind == WEIGHTED_LOG_RANK:
            value = weighted_log_rank_z(time, event, weight, member[a], member[b])
            value = plan.parameter[i] * value if plan.parameter[i] else abs(value)
            miss = beyond(value, window[0], window[1]) / scale
        else:
            if a != fitted:
                fitted, weighted = a, plan.models[a, 3] == 1
                design, inside = listed(plan, plan.models[a, 1], member), member[plan.models[a, 0]]
                beta, se = cox(time, event, weight if weighted else ones, inside, design, plan.models[a, 2], weighted)
            z = plan.parameter[i]
            if b == LOG_HR:
                value = beta
            elif b == WALD:
                value = z * beta / se if z else abs(beta / se)
            else:
                value = beta - z * se if b == LOG_LOW else beta + z * se
            miss = beyond(value, window[0], window[1]) / scale
        each[i] = MISS + FAR * miss / (FAR + miss) if miss > 0 else 0.0
        total += each[i]
        if total > limit:
            return total
    return total


@njit(cache=True)
def place(k, new, time, event, label, weight, row):
    """Give the k-th row the time `new` and move it, with all it carries, to where it belongs. Returns its place."""
    n = len(time)
    e, w, r, mine = event[k], weight[k], row[k], label[:, k].copy()
    while k > 0 and time[k - 1] > new:
        time[k], event[k], weight[k], row[k] = time[k - 1], event[k - 1], weight[k - 1], row[k - 1]
        label[:, k] = label[:, k - 1]
        k -= 1
    while k < n - 1 and time[k + 1] < new:
        time[k], event[k], weight[k], row[k] = time[k + 1], event[k + 1], weight[k + 1], row[k + 1]
        label[:, k] = label[:, k + 1]
        k += 1
    time[k], event[k], weight[k], row[k] = new, e, w, r
    label[:, k] = mine
    return k


@njit(cache=True)
def new_time(old, low, high, anchor):
    """A time for a row: near the old one by a distance of random order, or one that the paper prints."""
    if len(anchor) and np.random.random() < 0.2:
        new = anchor[np.random.randint(len(anchor))]
    else:
        reach = np.exp(np.random.random() * np.log(max((high - low) / 3, 2.0)))
        new = old + int(np.round(np.random.normal() * reach))
    return min(max(new, low), high)


@njit(cache=True)
def search(plan, time, event, label, low, high, mortal, flips, movable, free, anchor, steps, hot, cold, seed, each):
    """Simulated annealing in place from a start, by rising time; returns the cost of the best state, which it leaves.

    time, event (n,), label (factors, n); low, high (n,) limits of each row's time; mortal (n,) whether it may have the
    event; flips: whether the number of events may change; movable (factors,) whether labels may change rows; free
    (factors, levels) levels of open size; anchor: printed times; hot, cold: first and last temperature. `each` takes the
    costs of the best state. Ends at cost 0. Rows come back in the order of the start. Sources: Kirkpatrick, Gelatt and Vecchi 1983; moves are our own.
    """
    np.random.seed(seed)
    n = len(time)
    row, weight, kept = np.arange(n), np.ones(n), np.ones(n)
    now = np.empty_like(each)
    stale, fresh = np.bool_(True), np.bool_(False)  # as plain True and False they would be a compilation each
    current = cost_of(plan, time, event, label, weight, stale, np.inf, now)
    best, best_time, best_event, best_label, best_row = current, time.copy(), event.copy(), label.copy(), row.copy()
    each[:] = now
    open_factors = np.flatnonzero(movable)
    for step in range(steps):
        if best == 0:
            break
        heat = hot * (cold / hot) ** (step / steps)
        limit = current - heat * np.log(1 - np.random.random())
        draw, k = np.random.random(), np.random.randint(n)
        if len(open_factors) and draw < 0.4:
            f = open_factors[np.random.randint(len(open_factors))]
            old, other = label[f, k], np.random.randint(n)
            swap = not free[f, old] or np.random.random() < 0.5
            if swap:
                if label[f, other] == old:
                    continue
                label[f, k], label[f, other] = label[f, other], old
            else:
                new = np.random.randint(free.shape[1])
                if new == old or not free[f, new]:
                    continue
                label[f, k] = new
            kept[:] = weight
            cost = cost_of(plan, time, event, label, weight, stale, limit, now)
            if cost > limit:
                weight[:] = kept
                if swap:
                    label[f, other] = label[f, k]
                label[f, k] = old
                continue
        elif draw < 0.55:
            other = k if flips and np.random.random() < 0.5 else np.random.randint(n)
            if other == k:
                if not flips or not mortal[row[k]]:
                    continue
                event[k] = not event[k]
            else:
                if event[k] == event[other] or not (mortal[row[k]] and mortal[row[other]]):
                    continue
                event[k], event[other] = event[other], event[k]
            cost = cost_of(plan, time, event, label, weight, fresh, limit, now)
            if cost > limit:
                if other == k:
                    event[k] = not event[k]
                else:
                    event[k], event[other] = event[other], event[k]
                continue
        else:
            old = time[k]
            new = new_time(old, low[row[k]], high[row[k]], anchor)
            if new == old:
                continue
            k = place(k, new, time, event, label, weight, row)
            cost = cost_of(plan, time, event, label, weight, fresh, limit, now)
            if cost > limit:
                place(k, old, time, event, label, weight, row)
                continue
        current = cost
        if cost < best:
            best = cost
            best_time[:], best_event[:], best_label[:], best_row[:] = time, event, label, row
            each[:] = now
    for k in range(n):
        time[best_row[k]], event[best_row[k]], label[:, best_row[k]] = best_time[k], best_event[k], best_label[:, k]
    return best
