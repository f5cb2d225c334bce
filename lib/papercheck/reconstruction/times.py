"""Times on the grid: which orderings have times that print the medians and limits, and what these times can be."""

import itertools
from dataclasses import dataclass

import numpy as np
from ortools.sat.python import cp_model

from ..registry.targets import NOT_ESTIMABLE
from .exact import Z_SPSS, Pattern, search_patterns
from .orderings import LOWER, MEDIAN, SPSS, UPPER, feature_table
from .problem import Group, Problem

SCALE = 10**7  # SPSS's factor as a whole number
MOST_DROPPED = 4  # printed numbers that may be given up in search of the smallest contradiction
HORIZON = 2.0  # times end at so many times the largest printed one, where no longest time is printed
MOST_SETS = 12  # smallest sets of contradicting numbers that are listed
SECONDS = 20.0  # of the solver for one event pattern


@dataclass(frozen=True)
class Ordering:
    """One event pattern with times: `times` on the grid (units of it), the cells given up, and per factor the choices
    (masks, in the order of the factor's groups) that print the numbers at these times."""

    events: int
    times: np.ndarray
    dropped: frozenset
    masks: dict[str, np.ndarray]


def requirements(problem: Problem, group: Group, mask, events, dropped) -> tuple:
    """What the cells of a group ask of the times: ((id, part), tuple of whole numbers in units of the grid), ..."""
    wanted = []
    name = lambda target: (target.id, target.part)  # noqa: E731
    for kinds, flip in ((("median", "ci"), False), (("follow_up", "follow_up_ci"), True)):
        cells = {k: t for k, t in group.cells.items() if k in kinds and (t.id, t.part) not in dropped}
        if not cells:
            continue
        seen = ~events & ((1 << problem.n) - 1) if flip else events
        rows, factors = feature_table(np.array([mask]), seen, problem.n, problem.method, problem.z)
        row, factor = rows[0], factors[0]
        middle, limits = cells.get(kinds[0]), cells.get(kinds[1])
        if middle is not None and middle.window != NOT_ESTIMABLE:
            wanted.append((name(middle), _mean(row[MEDIAN], row[MEDIAN + 1], middle.window, problem.grid)))
        if limits is None or limits.window == NOT_ESTIMABLE:
            continue
        if problem.method != SPSS:
            for at, window in zip((LOWER, UPPER), limits.window, strict=True):
                if window != NOT_ESTIMABLE:
                    wanted.append((name(limits), _mean(row[at], row[at + 1], window, problem.grid)))
        else:
            wanted.append((name(limits), _slope(row, factor, limits, problem.grid)))
    longest = group.cells.get("longest")
    if longest is not None and (longest.id, longest.part) not in dropped:
        last = int(mask).bit_length() - 1
        wanted.append((name(longest), _mean(last, last, longest.window, problem.grid)))
    at = group.cells.get("survival_at")
    if at is not None and (at.id, at.part) not in dropped:
        wanted.append((name(at), _survival_at(problem, mask, events, at)))
    return tuple(wanted)


def _mean(i, j, window, grid):
    return "sum", int(i), int(j), int(np.ceil(2 * window[0] / grid - 1e-6)), int(np.floor(2 * window[1] / grid + 1e-6))


def _slope(row, factor, limits, grid):
    """t_m -/+ 1.96 factor (t_l - t_u) inside the windows of both limits."""
    (l0, l1), (h0, h1) = limits.window
    low = -(10**6) if l0 <= 0 <= l1 else l0  # a negative lower limit is printed as 0
    windows = tuple(int(round(w / grid * SCALE)) for w in (low, l1, h0, h1))
    return "slope", int(row[MEDIAN]), int(row[LOWER]), int(row[UPPER]), int(round(Z_SPSS * factor * SCALE)), *windows


def _survival_at(problem, mask, events, target):
    """Between which subjects of the group the time must fall for S(t) to print so."""
    members = [i for i in range(problem.n) if mask >> i & 1]
    s, curve = 1.0, [1.0]
    for k, i in enumerate(members):
        s *= 1 - (events >> i & 1) / (len(members) - k)
        curve.append(s)
    low, high = target.window
    fits = [k for k, value in enumerate(curve) if low <= 100 * value <= high]
    if not fits:
        return ("never",)
    before = members[fits[0] - 1] if fits[0] else -1
    after = members[fits[-1]] if fits[-1] < len(members) else -1
    return "split", before, after, int(np.floor(target.at_time / problem.grid + 1e-6))


class TimeModel:
    """Times of one event pattern as whole numbers; one switch for each distinct demand that a factor's choices make.

    With `given_up` those cells are not asked for and all others are; without, as few cells as possible are given up.
    """

    def __init__(self, problem: Problem, pattern: Pattern, given_up=None):
        self.problem, self.pattern, self.given_up = problem, pattern, given_up
        self.model = m = cp_model.CpModel()
        self.top = _horizon(problem)
        self.t = [m.new_int_var(1, self.top, f"t{i}") for i in range(problem.n)]
        for a, b in itertools.pairwise(self.t):
            m.add(a < b)
        for cut, below in problem.cuts:
            at = int(np.ceil(cut / problem.grid - 1e-6))
            if below > 0:
                m.add(self.t[below - 1] < at)
            if below < problem.n:
                m.add(self.t[below] >= at)
        self.gone = {cell: m.new_bool_var("") for cell in pattern.dropped} if given_up is None else {}
        for gone in self.gone.values():
            m.add(gone == 1)
        everybody = (1 << problem.n) - 1
        for cell, wanted in requirements(
            problem, problem.whole, everybody, pattern.events, given_up or pattern.dropped
        ):
            self._add(wanted, *self._kept(cell))
        for choice in pattern.candidates:
            self._add_choice(choice)

    def _add_choice(self, choice):
        literals = []
        for (demands, dropped), _ in self.demands(choice).items():
            lit = self.model.new_bool_var("")
            for cell, wanted in demands:
                self._add(wanted, lit, *self._kept(cell))
            for cell in dropped if self.given_up is None else ():
                self.model.add_implication(lit, self._gone(cell))
            literals.append(lit)
        self.model.add_exactly_one(literals) if literals else self.model.add_bool_or([])

    def demands(self, choice) -> dict:
        """What the choices of a factor ask of the times: (demands, cells given up) -> rows of the choice."""
        known, found = {}, {}
        for k, masks in enumerate(choice.masks):
            dropped = choice.dropped[k]
            if self.given_up is not None:
                if not dropped <= self.given_up:
                    continue
                dropped = self.given_up
            demands = ()
            for j, mask in enumerate(masks):
                key = j, int(mask), dropped
                if key not in known:
                    known[key] = requirements(
                        self.problem, choice.factor.groups[j], int(mask), self.pattern.events, dropped
                    )
                demands += known[key]
            found.setdefault((demands, dropped), []).append(k)
        return found

    def _gone(self, cell):
        return self.gone.setdefault(cell, self.model.new_bool_var(""))

    def _kept(self, cell):
        return (self._gone(cell).negated(),) if self.given_up is None else ()

    def _add(self, wanted, *literals):
        t, m = self.t, self.model
        kind, *v = wanted
        if kind == "sum":
            rules = [m.add_linear_constraint(t[v[0]] + t[v[1]], v[2], v[3]) if v[2] <= v[3] else m.add_bool_or([])]
        elif kind == "slope":
            middle, u, low, factor, l0, l1, h0, h1 = v
            spread = factor * (t[low] - t[u])
            rules = [
                m.add_linear_constraint(SCALE * t[middle] - spread, l0, l1),
                m.add_linear_constraint(SCALE * t[middle] + spread, h0, h1),
            ]
        elif kind == "split":
            rules = [m.add(t[v[0]] <= v[2])] if v[0] >= 0 else []
            rules += [m.add(t[v[1]] > v[2])] if v[1] >= 0 else []
        else:
            rules = [m.add_bool_or([])]
        for rule in rules:
            if literals:
                rule.only_enforce_if(*literals)

    def solve(self, objective=None, seed=0):
        """The solver after a solution, or None; minimizes `objective` if there is one."""
        self.model.clear_objective()
        if objective is not None:
            self.model.minimize(objective)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = seed
        solver.parameters.max_deterministic_time = SECONDS
        status = solver.solve(self.model)
        return solver if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else None


def _horizon(problem):
    """The last time that is looked at, in units of the grid."""
    windows = []
    for t in problem.targets:
        if t.kind == "longest" and not t.group:
            return int(np.floor(t.window[1] / problem.grid + 1e-6))
        if t.kind in ("median", "ci", "longest", "follow_up") and t.window != NOT_ESTIMABLE:
            windows += (
                [t.window[1]] if isinstance(t.window[0], float) else [w[1] for w in t.window if w != NOT_ESTIMABLE]
            )
    return int(HORIZON * max(windows, default=12.0) / problem.grid)


@dataclass(frozen=True)
class Fit:
    """An event pattern that has times, and the printed numbers that are given up for it (none: all are met)."""

    pattern: Pattern
    given_up: frozenset


def least_contradiction(problem: Problem, most=MOST_DROPPED) -> list[Fit]:
    """Every event pattern with every smallest set of printed numbers that must be given up to have times.

    Empty if more than `most` would have to go.
    """
    for budget in range(most + 1):
        patterns = search_patterns(problem, budget)
        found = [Fit(p, given_up) for p in patterns for given_up in _smallest_sets(problem, p, budget)]
        if found:
            return found
    return []


def _smallest_sets(problem, pattern, size):
    """Every set of `size` cells whose giving up lets the pattern have times; none if it takes more."""
    model, sets = TimeModel(problem, pattern), []
    total = sum(model.gone.values())
    model.model.add(total <= size)
    while len(sets) < MOST_SETS:
        solver = model.solve()
        if solver is None:
            break
        gone = [cell for cell, lit in model.gone.items() if solver.value(lit)]
        sets.append(frozenset(gone))
        if not gone:
            break
        model.model.add(sum(model.gone[cell] for cell in gone) < len(gone))
    return [s for s in sets if not any(other < s for other in sets)]


def place(problem: Problem, fit: Fit, seed=0, floor=None, loose=False) -> Ordering | None:
    """Times for one pattern: the determined ones as they must be, the free ones spread evenly between them.

    loose : the free ones at random instead.
    floor : times (n,) on the grid that rank by rank may not be undercut. None if there are no such times.
    """
    model = TimeModel(problem, fit.pattern, fit.given_up)
    for t, least in zip(model.t, floor if floor is not None else (), strict=False):
        model.model.add(t >= int(least))
    if model.solve() is None:
        return None
    ranges = time_ranges(problem, fit)
    goals = _random_goals(ranges, seed) if loose else _even_goals(ranges)
    gaps = []
    for t, goal in zip(model.t, goals, strict=True):
        gap = model.model.new_int_var(0, model.top, "")
        model.model.add_abs_equality(gap, t - goal)
        gaps.append(gap)
    solver = model.solve(sum(gaps), seed)
    times = np.array([solver.value(t) for t in model.t])
    masks = {}
    for choice in fit.pattern.candidates:
        rows = [
            r
            for (demands, _), rows in model.demands(choice).items()
            if all(_met(times, w) for _, w in demands)
            for r in rows
        ]
        masks[choice.factor.name] = np.unique(choice.masks[rows], axis=0)
    return Ordering(fit.pattern.events, times, fit.given_up, masks)


def _met(times, wanted) -> bool:
    """Whether a demand holds at these times."""
    kind, *v = wanted
    if kind == "sum":
        return v[2] <= times[v[0]] + times[v[1]] <= v[3]
    if kind == "slope":
        middle, spread = SCALE * int(times[v[0]]), v[3] * int(times[v[2]] - times[v[1]])
        return v[4] <= middle - spread <= v[5] and v[6] <= middle + spread <= v[7]
    if kind == "split":
        return (v[0] < 0 or times[v[0]] <= v[2]) and (v[1] < 0 or times[v[1]] > v[2])
    return False


def time_ranges(problem: Problem, fit: Fit) -> list[tuple[int, int]]:
    """Smallest and largest time that each rank can have, in units of the grid."""
    model = TimeModel(problem, fit.pattern, fit.given_up)
    return [tuple(model.solve(end).value(t) for end in (t, -t)) for t in model.t]


def _random_goals(ranges, seed):
    rng = np.random.default_rng([seed, 5])
    return [int(rng.integers(low, high, endpoint=True)) for low, high in ranges]


def _even_goals(ranges):
    """Determined times as they are; free ones at even steps between their neighbours."""
    n = len(ranges)
    known = {i: low for i, (low, high) in enumerate(ranges) if low == high}
    anchors = [(-1, 0), *sorted(known.items())]
    goals = []
    for i, (low, high) in enumerate(ranges):
        left = max(a for a in anchors if a[0] <= i)
        right = min((a for a in anchors if a[0] >= i), default=(n, ranges[-1][1]))
        share = 0 if right[0] == left[0] else (i - left[0]) / (right[0] - left[0])
        goals.append(int(np.clip(round(left[1] + share * (right[1] - left[1])), low, high)))
    return goals
