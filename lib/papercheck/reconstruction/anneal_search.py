"""Simulated annealing of pseudo-subjects: the moves and the search. Compiled.

Importing this imports numba: import it inside functions.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from .anneal_cost import Rows, cost_of


class Freedom(NamedTuple):
    """What may change: low, high (n,) limits of the time of each row of the start; mortal (n,) whether it may have the
    event; movable: the factors whose labels may change rows; free (factors, levels) levels of open size; anchor:
    printed times; flips: whether the number of events may change."""

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
