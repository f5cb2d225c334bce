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


class Rows(NamedTuple):
    """Pseudo-subjects by rising time: time, event, weight (n,), label (factors, n), and which row of the start each is."""

    time: np.ndarray
    event: np.ndarray
    label: np.ndarray
    weight: np.ndarray
    row: np.ndarray


class Freedom(NamedTuple):
    """What may change: low, high (n,) limits of the time of each row of the start; mortal (n,) whether it may have the
    event; movable: the factors whose labels may change rows; free (factors, levels) levels of open size; anchor: printed
    times; flips: whether the number of events may change."""

    low: np.ndarray
    high: np.ndarray
    mortal: np.ndarray
    movable: np.ndarray
    free: np.ndarray
    anchor: np.ndarray
    flips: bool


class Schedule(NamedTuple):
    """Moves of one try, first and last temperature, seed."""

    steps: int
    hot: float
    cold: float
    seed: int


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
def cost_of(plan, rows, stale, limit, each):
    """Sum of the costs of all checks, each also into `each`; stops as soon as the sum exceeds `limit`.

    `stale`: the weights belong to other labels and are made anew, once a check wants them.
    """
    time, event, weight = rows.time, rows.event, rows.weight
    member = members(plan, rows.label)
    n = len(time)
    ones = np.ones(n)
    t, s, v = np.empty(n, np.int64), np.empty(n), np.empty(n)
    total, current, fitted, weighable = 0.0, -1, -1, True
    steps, last, inside_curve, beta, se = 0, 0, 0, 0.0, 0.0
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
                steps, last, inside_curve = curve(time, flag, weights, member[plan.curves[a, 0]], t, s, v)
            if inside_curve == 0:
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
def place(k, new, rows):
    """Give the k-th row the time `new` and move it, with all it carries, to where it belongs. Returns its place."""
    time, event, label, weight, row = rows
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
def move_label(rows, freedom, k):
    """Exchange a label of row k with another row's, or change one of open size: (factor, other row or -1, old label);
    factor -1 where nothing moved."""
    f = freedom.movable[np.random.randint(len(freedom.movable))]
    old, other = rows.label[f, k], np.random.randint(len(rows.time))
    if not freedom.free[f, old] or np.random.random() < 0.5:
        if rows.label[f, other] == old:
            return -1, -1, old
        rows.label[f, k], rows.label[f, other] = rows.label[f, other], old
        return f, other, old
    new = np.random.randint(freedom.free.shape[1])
    if new == old or not freedom.free[f, new]:
        return -1, -1, old
    rows.label[f, k] = new
    return f, -1, old


@njit(cache=True)
def move_event(rows, freedom, k):
    """The row whose event may be exchanged with that of row k: k itself where the number may change; -1 for none."""
    mortal = freedom.mortal
    other = k if freedom.flips and np.random.random() < 0.5 else np.random.randint(len(rows.time))
    if other == k:
        return k if freedom.flips and mortal[rows.row[k]] else -1
    alike = rows.event[k] == rows.event[other]
    return -1 if alike or not (mortal[rows.row[k]] and mortal[rows.row[other]]) else other


@njit(cache=True)
def turn_event(rows, k, other):
    """Exchange the events of two rows, or turn that of one; done again it is undone."""
    if other == k:
        rows.event[k] = not rows.event[k]
    else:
        rows.event[k], rows.event[other] = rows.event[other], rows.event[k]


@njit(cache=True)
def attempt(plan, rows, freedom, limit, each):
    """One random move, undone if it costs more than `limit`; returns its cost, infinite where none was made or kept.

    Sources of the moves: our own; labels change in 40%, events in 15%, times otherwise.
    """
    stale, fresh = np.bool_(True), np.bool_(False)  # as plain True and False they would be a compilation each
    draw, k = np.random.random(), np.random.randint(len(rows.time))
    if len(freedom.movable) and draw < 0.4:
        f, other, old = move_label(rows, freedom, k)
        if f < 0:
            return np.inf
        kept = rows.weight.copy()
        cost = cost_of(plan, rows, stale, limit, each)
        if cost <= limit:
            return cost
        rows.weight[:] = kept
        if other >= 0:
            rows.label[f, other] = rows.label[f, k]
        rows.label[f, k] = old
    elif draw < 0.55:
        other = move_event(rows, freedom, k)
        if other < 0:
            return np.inf
        turn_event(rows, k, other)
        cost = cost_of(plan, rows, fresh, limit, each)
        if cost <= limit:
            return cost
        turn_event(rows, k, other)
    else:
        old, start = rows.time[k], rows.row[k]
        new = new_time(old, freedom.low[start], freedom.high[start], freedom.anchor)
        if new == old:
            return np.inf
        k = place(k, new, rows)
        cost = cost_of(plan, rows, fresh, limit, each)
        if cost <= limit:
            return cost
        place(k, old, rows)
    return np.inf


@njit(cache=True)
def keep(rows, best):
    """Copy a state."""
    for i in range(len(rows.time)):
        best.time[i], best.event[i], best.row[i] = rows.time[i], rows.event[i], rows.row[i]
        best.label[:, i] = rows.label[:, i]


@njit(cache=True)
def search(plan, rows, freedom, schedule, each):
    """Simulated annealing in place from a start, by rising time; returns the cost of the best state, which it leaves.

    `each` takes the costs of the best state. Ends at cost 0. Rows come back in the order of the start.
    Source: Kirkpatrick, Gelatt and Vecchi 1983.
    """
    np.random.seed(schedule.seed)
    now = np.empty_like(each)
    current = cost_of(plan, rows, np.bool_(True), np.inf, now)
    best = Rows(rows.time.copy(), rows.event.copy(), rows.label.copy(), rows.weight.copy(), rows.row.copy())
    lowest = current
    each[:] = now
    for step in range(schedule.steps):
        if lowest == 0:
            break
        heat = schedule.hot * (schedule.cold / schedule.hot) ** (step / schedule.steps)
        limit = current - heat * np.log(1 - np.random.random())
        cost = attempt(plan, rows, freedom, limit, now)
        if cost > limit:
            continue
        current = cost
        if cost < lowest:
            lowest = cost
            keep(rows, best)
            each[:] = now
    for k in range(len(rows.time)):
        i = best.row[k]
        rows.time[i], rows.event[i], rows.label[:, i] = best.time[k], best.event[k], best.label[:, k]
    return lowest
