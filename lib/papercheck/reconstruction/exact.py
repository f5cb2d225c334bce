"""Exact search for small cohorts: all event patterns, all groups, then times on the grid that fit them together.

The printed numbers are met in three steps. Ranks decide log-rank and Cox results and which times a median or limit is;
a constraint solver then finds times on the grid; cells that no ordering meets together with the others are named.
"""

import itertools
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.special import chdtri, ndtr, ndtri  # what chi2 and norm of scipy.stats call, without their checks

from ..registry.targets import NOT_ESTIMABLE
from .orderings import LOWER, MEDIAN, NEVER, NONE, SPSS, UPPER, all_groups, cox_table, feature_table, log_rank_table
from .problem import Factor, Group, Problem

MOST_COMBINATIONS = 3_000_000  # of groups of one factor under one event pattern
BLOCK = 2_000_000  # pairs of choices that are compared at a time
Z_SPSS = 1.96
WIDE = 12.0  # log hazard ratios looked at when the printed one is given up


@dataclass
class Candidates:
    """The label choices of one factor under one event pattern: masks (choices, groups), and the cells each gives up."""

    factor: Factor
    masks: np.ndarray
    cost: np.ndarray
    dropped: list[frozenset] = field(default_factory=list)


@dataclass
class Pattern:
    """An event pattern that passes, with the cells of all subjects it gives up and the candidates of each factor."""

    events: int
    dropped: frozenset
    candidates: list[Candidates]

    @property
    def cost(self):
        return len(self.dropped) + sum(int(c.cost.min()) for c in self.candidates)

    @property
    def orderings(self):
        """Label choices of least cost, multiplied over the factors (times not yet looked at)."""
        return int(np.prod([float((c.cost == c.cost.min()).sum()) for c in self.candidates] or [1.0]))


def search_patterns(problem: Problem, budget=0) -> list[Pattern]:
    """Every event pattern that meets the printed numbers on ranks, giving up at most `budget` cells of the factors.

    The numbers of all subjects are given up only where no pattern meets them.
    """
    for spare in range(3):
        found = []
        whole = _whole_options(problem, spare)
        for events, dropped in whole.items():
            left, candidates = budget, []
            for factor in problem.factors:
                choice = _factor_candidates(problem, factor, events, left)
                if choice is None or not len(choice.cost):
                    break
                left -= int(choice.cost.min())
                candidates.append(choice)
            else:
                found.append(Pattern(events, dropped, [_within(c, left) for c in candidates]))
        if found:
            return found
        if whole:
            return []  # the whole can be met; the factors cannot within this budget
    return []


def _within(candidates, left):
    """Only the choices that `left` further cells allow beyond the cheapest."""
    keep = candidates.cost <= candidates.cost.min() + left
    names = [d for d, k in zip(candidates.dropped, keep, strict=True) if k]
    return Candidates(candidates.factor, candidates.masks[keep], candidates.cost[keep], names)


def _whole_options(problem, budget) -> dict[int, frozenset]:
    """The event patterns that meet the cells of all subjects, and which of at most `budget` cells each gives up."""
    patterns = _event_patterns(problem)
    rows, failed = _group_rows(problem, problem.whole, np.full(len(patterns), (1 << problem.n) - 1), patterns, budget)
    keep = failed.sum(axis=1) <= budget
    kept, first = np.unique(rows[keep], return_index=True)
    names = _names(problem.whole.cells.values(), failed[keep][first])
    return dict(zip(patterns[kept].tolist(), names, strict=True))


def _event_patterns(problem):
    """Event patterns with the printed number of events."""
    n = problem.n
    if problem.fixed == "all_events":
        return np.array([(1 << n) - 1])
    if problem.fixed == "no_events":
        return np.array([0])
    patterns = np.arange(1 << n, dtype=np.int64)
    if problem.events is not None:
        low, high = problem.events.window
        counts = np.bitwise_count(patterns)
        patterns = patterns[(counts >= low) & (counts <= high)]
    return patterns


@dataclass
class _Options:
    """Masks of one group, the number of cells each gives up, and which."""

    masks: np.ndarray
    cost: np.ndarray
    dropped: list[frozenset]


def _names(targets, failed) -> list[frozenset]:
    """For each row of `failed` the (id, part) of the targets that fail."""
    ids, known, names = [(t.id, t.part) for t in targets], {}, []
    for row in failed.tolist():  # many rows, few different ones
        key = tuple(row)
        if key not in known:
            known[key] = frozenset(i for i, f in zip(ids, key, strict=True) if f)
        names.append(known[key])
    return names


def _group_options(problem: Problem, group: Group, masks, events, budget) -> _Options:
    """The masks that meet the group's cells on ranks, giving up at most `budget`."""
    rows, failed = _group_rows(problem, group, masks, events, budget)
    keep = failed.sum(axis=1) <= budget
    return _Options(masks[rows[keep]], failed[keep].sum(axis=1), _names(group.cells.values(), failed[keep]))


def _group_rows(problem, group, masks, events, budget):
    """Row numbers of masks, and which cells fail in each. Where a median and its interval cannot hold together the mask
    stands twice: without the one, and without the other."""
    failed = _group_failures(problem, group, masks, events)
    rows = np.arange(len(masks))
    kinds = list(group.cells)
    if (
        budget == 0
        or "ci" not in kinds
        or "median" not in kinds
        or NOT_ESTIMABLE in (c.window for c in group.cells.values())
    ):
        return rows, failed
    alone = replace(group, cells={k: t for k, t in group.cells.items() if k == "ci"})
    fits = (
        ~_group_failures(problem, alone, masks, events)[:, 0]
        & failed[:, kinds.index("ci")]
        & ~failed[:, kinds.index("median")]
    )
    other = failed[fits].copy()
    other[:, kinds.index("ci")], other[:, kinds.index("median")] = False, True
    return np.concatenate([rows, rows[fits]]), np.concatenate([failed, other])


def _group_failures(problem: Problem, group: Group, masks, events):
    """Which cells of the group each mask fails on ranks: (masks, cells). events : one pattern, or one a mask."""
    failed = np.zeros((len(masks), len(group.cells)), bool)
    for kinds, flip in ((("median", "ci"), False), (("follow_up", "follow_up_ci"), True)):
        if not any(k in group.cells for k in kinds):
            continue
        seen = events if not flip else ~events & ((1 << problem.n) - 1)
        rows, factors = feature_table(masks, seen, problem.n, problem.method, problem.z)
        for j, (kind, target) in enumerate(group.cells.items()):
            if kind == kinds[0]:
                failed[:, j] = ~_median_fits(rows, target)
            elif kind == kinds[1]:
                failed[:, j] = ~_interval_fits(problem, rows, factors, target, group.cells.get(kinds[0]))
    return failed


def _median_fits(rows, target):
    if target.window == NOT_ESTIMABLE:
        return rows[:, MEDIAN] == NEVER
    return rows[:, MEDIAN] >= 0


def _interval_fits(problem, rows, factors, target, centre):
    lower, upper = rows[:, LOWER], rows[:, UPPER]
    if target.window == NOT_ESTIMABLE:
        return (lower == NONE) | (lower == NEVER) | (upper == NEVER) | (upper == NONE)
    if problem.method != SPSS or NOT_ESTIMABLE in target.window:
        return _limit_fits(lower, target.window[0]) & _limit_fits(upper, target.window[1])
    low, high = _half_width(target, centre)
    fits = (lower >= 0) & (low <= high)
    with np.errstate(divide="ignore", invalid="ignore"):
        first = np.ceil(low / (Z_SPSS * factors) / problem.grid - 1e-6)
        last = np.floor(high / (Z_SPSS * factors) / problem.grid + 1e-6)
    return fits & (np.maximum(first, upper - lower) <= last)


def _limit_fits(position, window):
    return position < 0 if window == NOT_ESTIMABLE else position >= 0


def _half_width(target, centre):
    """The half-widths that print this SPSS interval around this median; empty (low > high) if none does."""
    (l0, l1), (h0, h1) = target.window
    cut_at_zero = l0 <= 0 <= l1  # a negative lower limit is printed as 0
    if centre is None or centre.window == NOT_ESTIMABLE:
        return ((h0 - l1) / 2, np.inf) if cut_at_zero else ((h0 - l1) / 2, (h1 - l0) / 2)
    m0, m1 = centre.window
    middle = (m0 + m1) / 2  # the time that prints so
    low, high = h0 - middle, h1 - middle
    return (max(low, middle - l1), high) if cut_at_zero else (max(low, middle - l1), min(high, middle - l0))


def _factor_candidates(problem: Problem, factor: Factor, events, budget) -> Candidates | None:
    """The choices of groups of one factor that meet its cells on ranks, giving up at most `budget`.

    Of factors with more than two groups, those that give up at most one cell more than the best choice does.
    """
    if _is_pair(factor):
        return _all_choices(problem, factor, events, budget)
    for spare in range(budget + 1):
        found = _all_choices(problem, factor, events, spare)
        if found is not None:
            return (_all_choices(problem, factor, events, spare + 1) or found) if spare < budget else found
    return None


def _is_pair(factor):
    return len(factor.groups) == 2 and not factor.overlap


def _all_choices(problem, factor, events, budget):
    parts = [_choices(problem, factor, sizes, events, budget) for sizes in _size_choices(problem.n, factor)]
    parts = [p for p in parts if p is not None and len(p.cost)]
    if not parts:
        return None
    return Candidates(
        factor,
        np.concatenate([p.masks for p in parts]),
        np.concatenate([p.cost for p in parts]),
        [d for p in parts for d in p.dropped],
    )


def _size_choices(n, factor):
    """The sizes of the groups: as printed, or every split where they are not."""
    if factor.overlap:
        return [tuple(g.size if g.size is not None else 0 for g in factor.groups)]
    known = sum(g.size for g in factor.groups if g.size is not None)
    unknown = [i for i, g in enumerate(factor.groups) if g.size is None]
    if not unknown:
        return [tuple(g.size for g in factor.groups)] if known == n else []
    choices = []
    for split in itertools.product(range(1, n), repeat=len(unknown)):
        if known + sum(split) == n:
            sizes = [g.size for g in factor.groups]
            for i, s in zip(unknown, split, strict=True):
                sizes[i] = s
            choices.append(tuple(sizes))
    return choices


def _choices(problem, factor, sizes, events, budget):
    if _is_pair(factor):
        return _halves(problem, factor, sizes, events, budget)
    options = []
    for group, size in zip(factor.groups, sizes, strict=True):
        found = _group_options(problem, group, all_groups(problem.n, size), events, budget)
        if not len(found.cost):
            return None
        options.append(found)
    masks, cost, dropped = _combined(problem.n, options, factor.overlap, budget)
    if masks is None or not len(masks):
        return None
    failed = _test_failures(problem, factor, masks, events, budget)
    total = cost + failed.sum(axis=1)
    keep = total <= budget
    names = _names(factor.tests, failed[keep])
    gone = [dropped[i] | name for i, name in zip(np.flatnonzero(keep).tolist(), names, strict=True)]
    return Candidates(factor, masks[keep], total[keep], gone)


def _halves(problem, factor, sizes, events, budget):
    """The usual case, two groups: the tests first, since they rule out most."""
    first = all_groups(problem.n, sizes[0])
    masks = np.column_stack([first, first ^ ((1 << problem.n) - 1)])
    failed = _test_failures(problem, factor, masks, events, budget)
    for j, group in [(-1, None), *enumerate(factor.groups)]:
        if group is not None:
            rows, more = _group_rows(problem, group, np.ascontiguousarray(masks[:, j]), events, budget)
            masks, failed = masks[rows], np.column_stack([failed[rows], more])
        keep = failed.sum(axis=1) <= budget
        masks, failed = masks[keep], failed[keep]
        if not len(masks):
            return None
    cells = [*factor.tests, *(t for g in factor.groups for t in g.cells.values())]
    return Candidates(factor, masks, failed.sum(axis=1), _names(cells, failed))


def _combined(n, options, overlap, budget):
    """Groups put together: disjoint and covering everybody, or free to overlap."""
    everybody = (1 << n) - 1
    first, *others = options
    masks, cost, dropped, used = first.masks[:, None], first.cost, first.dropped, first.masks
    for option in others:
        joined, count = [], 0
        last = option is others[-1] and not overlap
        width = 1 if last else len(option.masks)
        for rows in np.array_split(np.arange(len(masks)), len(masks) * width // BLOCK + 1):
            if last:
                before, new = _equal_pairs(everybody ^ used[rows], option.masks)
            else:
                before, new = np.nonzero(overlap | (option.masks & used[rows, None] == 0))
            fits = cost[rows[before]] + option.cost[new] <= budget
            joined.append((rows[before[fits]], new[fits]))
            count += fits.sum()
            if count > MOST_COMBINATIONS:
                return None, None, None
        before, new = (np.concatenate(part) for part in zip(*joined, strict=True))
        masks, cost = np.column_stack([masks[before], option.masks[new]]), cost[before] + option.cost[new]
        dropped = [dropped[b] | option.dropped[c] for b, c in zip(before.tolist(), new.tolist(), strict=True)]
        used = used[before] | option.masks[new]
    return masks, cost, dropped


def _equal_pairs(wanted, masks):
    """The rows of all pairs of equal values, in the order of `wanted`, then of `masks`."""
    order = np.argsort(masks, kind="stable")
    start, end = (np.searchsorted(masks, wanted, side, sorter=order) for side in ("left", "right"))
    count = end - start
    place = np.arange(count.sum()) + np.repeat(start - (np.cumsum(count) - count), count)
    return np.repeat(np.arange(len(wanted)), count), order[place]


def _test_failures(problem, factor, masks, events, budget):
    failed = np.zeros((len(masks), len(factor.tests)), bool)
    ratios = [t for t in factor.tests if t.kind != "log_rank"]
    results = {}
    for t in ratios:
        key = t.level, t.against
        if key not in results:
            limits = _sought([r for r in ratios if (r.level, r.against) == key], budget)
            results[key] = _cox(factor, masks, events, problem.n, t.level, limits)
    for j, t in enumerate(factor.tests):
        if t.kind == "log_rank":
            statistic = log_rank_table(masks, events, problem.n)
            low, high = (chdtri(masks.shape[1] - 1, p) for p in (t.window[1], max(t.window[0], 0.0)))
            failed[:, j] = ~((statistic >= low - 1e-9) & (statistic <= high + 1e-9))
        else:
            failed[:, j] = ~_ratio_fits(t, *results[t.level, t.against])
    return failed


def _sought(targets, budget) -> tuple[float, float]:
    """The log hazard ratios that are looked at for the numbers of one contrast."""
    windows = [t.window for t in targets if t.kind == "hr"]
    if windows and budget == 0:
        return np.log(max(windows[0][0], 1e-6)), np.log(windows[0][1])
    return -WIDE, WIDE


def _cox(factor, masks, events, n, level, limits):
    """Log hazard ratio and standard error of a level ('' : the last) against the other, one a row of masks."""
    levels = [g.level for g in factor.groups]
    mine = np.ascontiguousarray(masks[:, levels.index(level or levels[-1])])
    fit = cox_table(mine, events, n, *limits)
    return fit[:, 0], fit[:, 1]


def _ratio_fits(target, beta, se):
    z = ndtri(0.5 + target.ci_level / 200)
    with np.errstate(over="ignore", invalid="ignore"):
        if target.kind == "hr":
            return _inside(np.exp(beta), target.window)
        if target.kind == "hr_p":
            return _inside(2 * ndtr(-np.abs(beta / se)), target.window)
        low, high = target.window
        return _inside(np.exp(beta - z * se), low) & _inside(np.exp(beta + z * se), high)


def _inside(value, window):
    return (value >= window[0] - 1e-9) & (value <= window[1] + 1e-9)
