"""One endpoint as a problem for the annealer: its checks, and the freedom and the start of times, events and labels."""

from dataclasses import dataclass

import numpy as np

from ..files.findings import request_error
from ..registry.registry import Registry
from ..registry.targets import NOT_ESTIMABLE, survival_targets
from .anneal_checks import Checks

REACH = 4  # a time may be this many times the largest printed one, where no longest time is printed
UNPRINTED = 6.0  # units of time that stand for the largest printed time where a paper prints none
REACHED, NOT_REACHED = (0.0, 0.5), (0.6, 0.9)  # share of censored at the start, by what the median does
SHARES = (0.2, 0.8)  # the share of a level of open size, against the next one, at the start
ALL = "all_events"  # what `fixed` can say of an endpoint; the other word is no_events


@dataclass(frozen=True)
class Labels:
    """A column of labels: its levels, the number of subjects of each (None: open), the codes (n,) if settled before.

    A last level '' holds the subjects without a value, where the printed sizes leave some.
    """

    name: str
    levels: tuple
    sizes: tuple
    settled: np.ndarray | None = None

    @property
    def open(self) -> list[int]:
        """Numbers of the levels of open size."""
        return [i for i, size in enumerate(self.sizes) if size is None]

    def draw(self, rng, n) -> np.ndarray:
        """Codes (n,) of the printed sizes in random order; levels of open size share the rest at random."""
        if self.settled is not None:
            return np.asarray(self.settled, np.int64)
        codes = [i for i, size in enumerate(self.sizes) if size for _ in range(size)]
        rest = n - len(codes)
        share = rng.uniform(*SHARES, len(self.open))
        if rest and self.open:
            codes += rng.choice(self.open, rest, p=share / share.sum()).tolist()
        return rng.permutation(np.array(codes, np.int64))


@dataclass(frozen=True)
class Problem:
    """What is asked of one endpoint.

    labels : the columns that its checks name. left_out : (target, reason) that no check asks for. plan, asked : the
    checks, and what each asks. anchor : printed times; low, high (n,) bounds of each subject's time; middle : median of
    the times to start from; all in steps of `grid`. doomed (n,) who has the event in any case, mortal (n,) who may have
    it or not. alive : range of the share of censored to start from; events : the printed number of events, or None;
    reached : whether a median of all is reached; follow_up : the printed median follow-up, or None; not_imposed :
    (claim, reason) of claims in words that no check asks for.
    """

    endpoint: str
    n: int
    grid: float
    labels: tuple
    left_out: tuple
    plan: tuple
    asked: tuple
    anchor: np.ndarray
    low: np.ndarray
    high: np.ndarray
    doomed: np.ndarray
    mortal: np.ndarray
    middle: float
    alive: tuple
    events: int | None = None
    reached: bool = True
    follow_up: float | None = None
    not_imposed: tuple = ()

    def draw(self, rng, law):
        """A random start by a law (law.Law): times (n,) in grid steps, events (n,), labels (columns, n)."""
        first = np.maximum(law.first, self.low)
        ends = rng.uniform(first, np.maximum(law.last, np.maximum(1.25 * first, first + 1)))
        times = self.low + law.scale * rng.weibull(law.shape, self.n)
        luck = np.where(self.mortal, ends / times, np.where(self.doomed, np.inf, -1.0))
        events = luck >= 1  # seen before the end of follow-up
        if self.events is not None:  # the doomed and those who fail first of their follow-up, up to the printed number
            events = self.doomed | (self.mortal & (np.argsort(np.argsort(-luck)) < self.events))
        times = np.where(self.doomed, times, np.where(events, np.minimum(times, ends), ends))
        times = np.clip(np.round(times).astype(np.int64), self.low, self.high)
        labels = np.array([column.draw(rng, self.n) for column in self.labels], np.int64).reshape(-1, self.n)
        return times, events, labels


@dataclass(frozen=True)
class Bounds:
    """What another endpoint says of the subjects (n,): shortest and longest time of each in the unit of the registry,
    who has the event, who may have it; None: nothing."""

    floor: np.ndarray | None = None
    ceiling: np.ndarray | None = None
    doomed: np.ndarray | None = None
    mortal: np.ndarray | None = None

    def times(self, n, grid, horizon) -> tuple[np.ndarray, np.ndarray]:
        """Shortest and longest time (n,) of each subject in steps of `grid`; without a longest one up to `horizon`."""
        low = np.ones(n, np.int64)
        if self.floor is not None:
            low = np.maximum(low, np.ceil(np.asarray(self.floor, float) / grid - 1e-6).astype(np.int64))
        high = np.maximum(low, horizon)
        if self.ceiling is not None:
            last = np.floor(np.asarray(self.ceiling, float) / grid + 1e-6).astype(np.int64)
            high = np.maximum(1, np.minimum(high, last))
        return low, high

    def events(self, n) -> tuple[np.ndarray, np.ndarray]:
        """doomed and mortal (n,); without them nobody has the event and everybody may."""
        doomed = np.full(n, False) if self.doomed is None else np.asarray(self.doomed, bool)
        return doomed, np.full(n, True) if self.mortal is None else np.asarray(self.mortal, bool)


UNBOUND = Bounds()


def pose(registry: Registry, endpoint, settled=None, bounds=UNBOUND, claims=()) -> Problem:
    """The problem of one endpoint. settled : {column: codes (n,)} of labels found before. claims : what the
    paper says in words, to be asked for too.

    Raises CohortError for a registry without n, or group sizes of more than n subjects.
    """
    n = registry.n
    if n is None:
        raise request_error(f"{registry.name} gives no n", "Add `n:` to published.yml.")
    checks = Checks(registry, endpoint, claims)
    plan, asked = checks.plan()
    labels = tuple(_labels(checks, column, n, (settled or {}).get(column)) for column in checks.columns)
    low, high = bounds.times(n, checks.grid, _horizon(checks))
    doomed, mortal = bounds.events(n)
    fixed = (registry.own.get("fixed") or {}).get(endpoint)
    if fixed:
        doomed, mortal = np.full(n, fixed == ALL), np.zeros(n, bool)
    middle, alive = _start(checks)
    events = [int(np.ceil(t.window[0])) for t in checks.targets if t.kind == "events" and not t.group]
    return Problem(
        endpoint,
        n,
        checks.grid,
        labels,
        tuple(checks.left_out),
        plan,
        asked,
        _anchor(checks),
        low,
        high,
        doomed,
        mortal & ~doomed,
        middle,
        alive,
        events[0] if events else None,
        alive == REACHED,
        _follow_up(checks),
        tuple(checks.not_imposed),
    )


def _labels(checks, column, n, settled) -> Labels:
    levels = checks.levels[column]
    sizes = [checks.sizes.get(column, {}).get(level) for level in levels]
    total = sum(size for size in sizes if size is not None)
    if total > n:
        rule = f"the printed sizes of the groups of {column} add up to {total} of {n} subjects"
        raise request_error(rule, "Mend the counts or `n` in published.yml.")
    if None not in sizes and total < n:
        levels, sizes = (*levels, ""), [*sizes, n - total]
    return Labels(column, tuple(levels), tuple(sizes), settled)


def _times(checks, kinds):
    """The windows of printed times of some kinds, in grid steps; those that are not reached left out."""
    windows = [w for t in checks.targets if t.kind in kinds for w in checks.windows(t)]
    return [w for w in windows if np.isfinite(w).all()]


def _anchor(checks):
    windows = _times(checks, ("median", "follow_up", "longest"))
    return np.array(
        sorted({x for low, high in windows for x in range(int(np.ceil(low)), int(high) + 1) if x > 0}), np.int64
    )


def _follow_up(checks):
    """The printed median follow-up of all subjects, or None."""
    found = [w for t in checks.targets if t.kind == "follow_up" and not t.group for w in checks.windows(t)]
    return float(np.mean(found[0])) if found and np.isfinite(found[0]).all() else None


def _horizon(checks):
    """The longest time that a subject may have."""
    overall = [w for t in checks.targets if t.kind == "longest" and not t.group for w in checks.windows(t)]
    return int(overall[0][1]) if overall else int(REACH * _largest(checks))


def _largest(checks):
    """The largest printed time of the endpoint, else of any other, else UNPRINTED; in grid steps."""
    kinds = ("median", "ci", "follow_up", "follow_up_ci", "longest")
    times = [high for _, high in _times(checks, kinds)]
    times += [t.at_time / checks.grid for t in checks.targets if t.kind == "survival_at"]
    if not times:
        others = dict.fromkeys(e.get("endpoint") for e in checks.registry.entries if e.get("endpoint"))
        found = [t for name in others for t in survival_targets(checks.registry, name) if t.kind in kinds]
        times = [high for t in found for _, high in checks.windows(t) if np.isfinite(high)]
    return max(times, default=UNPRINTED / checks.grid)


def _start(checks):
    """Median of the times to start from, and the range of the share of censored."""
    medians = [t for t in checks.targets if t.kind == "median" and not t.weights]
    whole = [t for t in medians if not t.group]
    alive = NOT_REACHED if any(t.window == NOT_ESTIMABLE for t in whole) else REACHED
    for some in (whole, medians):
        middles = [np.mean(w) for t in some for w in checks.windows(t) if np.isfinite(w).all()]
        if middles:
            return float(np.mean(middles)), alive
    return float(_largest(checks)), alive
