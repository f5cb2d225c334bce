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


class Chance(NamedTuple):
    """The law of times as numbers (law.Law): scale and shape of the time of the event, first and last end of follow-up;
    doomed (n,) whose time is that of an event in any case; moves, seed."""

    scale: float
    shape: float
    first: float
    last: float
    doomed: np.ndarray
    moves: int
    seed: int


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
        return min(max(anchor[np.random.randint(len(anchor))], low), high)
    return min(max(nearby(old, low, high), low), high)


@njit(cache=True)
def nearby(old, low, high):
    """A time near the old one by a distance of random order; it may lie outside the limits."""
    reach = np.exp(np.random.random() * np.log(max((high - low) / 3, 2.0)))
    return old + int(np.round(np.random.normal() * reach))


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
def new_row(chance, freedom, row):
    """Time and event of a row of the start by the law, behind its shortest time."""
    low = freedom.low[row]
    time = low + int(chance.scale * np.random.weibull(chance.shape))
    if chance.doomed[row]:
        return time, True
    first = max(chance.first, float(low))
    end = int(np.random.uniform(first, max(chance.last, 1.25 * first, first + 1)))
    if freedom.mortal[row] and time <= end:
        return time, True
    return end, False


@njit(cache=True)
def exchange(plan, rows, freedom, k, each):
    """Exchange a label of row k with another row's, if every check still holds."""
    f, other = freedom.movable[np.random.randint(len(freedom.movable))], np.random.randint(len(rows.time))
    mine, theirs = rows.label[f, k], rows.label[f, other]
    if mine == theirs:
        return
    kept = rows.weight.copy()
    rows.label[f, k], rows.label[f, other] = theirs, mine
    if cost_of(plan, rows, np.bool_(True), 0.0, each) > 0:
        rows.label[f, k], rows.label[f, other] = mine, theirs
        rows.weight[:] = kept


@njit(cache=True)
def log_law(chance, freedom, row, time, event):
    """Log of the density of the law at a time and event of a row of the start; outside the follow-up very low, and the
    lower the farther."""
    low = freedom.low[row]
    first = max(chance.first, float(low))
    last = max(chance.last, 1.25 * first, first + 1)
    after = max(time - low, 0.5) / chance.scale
    waited = -(after**chance.shape)
    failing = waited + (chance.shape - 1) * np.log(after) + np.log(chance.shape / chance.scale)
    if chance.doomed[row]:
        return failing
    beyond = max(first - time, 0.0) * (not event) + max(time - last, 0.0)
    if beyond > 0:
        return -50 - beyond / chance.scale
    if event:
        return failing + np.log(max(min(1.0, (last + 1 - time) / (last + 1 - first)), 1e-9))
    return waited * freedom.mortal[row] - np.log(last + 1 - first)


@njit(cache=True)
def change(plan, rows, k, new, event, each):
    """Give row k a time and an event, if every check still holds."""
    old, was = rows.time[k], rows.event[k]
    k = place(k, new, rows)
    rows.event[k] = event
    if cost_of(plan, rows, np.bool_(False), 0.0, each) > 0:
        rows.event[k] = was
        place(k, old, rows)


@njit(cache=True)
def redraw(plan, rows, freedom, chance, k, each):
    """Draw time and event of row k anew by the law, or move one of them and keep it as often as the law is for it."""
    start, old, was = rows.row[k], rows.time[k], rows.event[k]
    draw, new, event = np.random.random(), old, was
    if draw < 0.4:
        new, event = new_row(chance, freedom, start)
    elif draw < 0.9 or not freedom.mortal[start]:
        new = nearby(old, freedom.low[start], freedom.high[start])
    else:
        event = not was
    if (
        not freedom.low[start] <= new <= freedom.high[start]
        or (event != was and not freedom.flips)
        or (new == old and event == was)
    ):
        return
    if draw >= 0.4:
        gain = log_law(chance, freedom, start, new, event) - log_law(chance, freedom, start, old, was)
        if np.log(1 - np.random.random()) > gain:
            return
    change(plan, rows, k, new, event, each)


@njit(cache=True)
def mix(plan, rows, freedom, chance, each):
    """Move in place among the states that meet every check, by the law of what is not printed. Rows by rising time in,
    in the order of the start out.

    A Metropolis walk (Hastings 1970) that tends to the law given the prints: so no more rows tie at a printed time than
    the checks ask for.
    """
    np.random.seed(chance.seed)
    if cost_of(plan, rows, np.bool_(True), 0.0, each) > 0:
        return
    for _ in range(chance.moves):
        k = np.random.randint(len(rows.time))
        if len(freedom.movable) and np.random.random() < 0.3:
            exchange(plan, rows, freedom, k, each)
        else:
            redraw(plan, rows, freedom, chance, k, each)
    each[:] = 0.0
    restore(rows, rows.time.copy(), rows.event.copy(), rows.label.copy(), rows.row.copy())


@njit(cache=True)
def restore(rows, time, event, label, row):
    """Rows in the order of the start."""
    for k in range(len(time)):
        i = row[k]
        rows.time[i], rows.event[i], rows.label[:, i] = time[k], event[k], label[:, k]


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
    restore(rows, best.time, best.event, best.label, best.row)
    return lowest
