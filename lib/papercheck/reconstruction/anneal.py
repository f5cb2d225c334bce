"""Pseudo-subjects by simulated annealing: cohorts too large to enumerate, or with ties.

One endpoint after the other: times on the registry's grid, events and labels are moved until every printed number is
met. What is not printed keeps the law of the start (law.py), drawn anew for each solution, as open group sizes are. The
number of events is drawn with it and kept: a search that turned events into censorings at will would make about as
many of the one as of the other, and the prints (a P value to three digits) seldom let a walk go back. So many solutions
meet the same numbers: report several, and their spread.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import cycle

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from smallsurv.curve import SEED

from ..registry.declared import Claim
from ..registry.registry import Registry
from ..registry.targets import Target, as_group, endpoints_with_targets, label_levels, survival_targets
from .anneal_problem import UNBOUND, Bounds, Problem, pose
from .attained import attained, is_met
from .law import draw_law

STEPS = 40_000  # moves of one try, for up to BASE subjects; more in proportion
BASE = 50
TRIES = 16  # starts for one endpoint before the closest one is taken
EFFORT = TRIES, STEPS
ROUNDS = 4  # times that all endpoints are begun again, where one cannot follow those before it
# First and last temperature of the tries in turn; a check that is just missed costs 0.05. Small cohorts want it hot.
HEATS = ((0.15, 0.008), (0.4, 0.02))
LAWFUL = 0.5  # share of the tries, the first ones, that keep the number of events that the law drew; 0: none does
SWEEPS = 200  # redraws of each subject by the law of what is not printed, once every printed number is met
FEW = 20  # subjects up to which only the last of them is used, and three times as many tries: numbers jump there
NOT_FOUND = "no cohort was found that has it beside the printed numbers"
NOT_SEARCHED = "its endpoint is not searched for"
PARTS = ("PFS1", "PFSR", "OS")  # order in which endpoints of equal claim are taken; OS is bounded by PFSR


@dataclass(frozen=True)
class Solution:
    """Pseudo-subjects: `subjects` (one column a factor, ordered categoricals), `outcomes` by endpoint (AVAL in the unit
    of the registry, CNSR), both indexed 1 to n; `met` targets, `missed` (target, value), `left_out` (target, reason),
    `broken` the sentences on group sizes that do not hold; `curves` how well the digitized curves of an endpoint come
    back, in words; `imposed` the claims in words that were asked for and hold, `not_imposed` (claim, reason) the others
    of its endpoints."""

    seed: int
    subjects: pd.DataFrame
    outcomes: Mapping[str, pd.DataFrame]
    met: tuple[Target, ...] = ()
    missed: tuple = ()
    left_out: tuple = ()
    broken: tuple[str, ...] = ()
    curves: Mapping[str, str] = field(default_factory=dict)
    imposed: tuple = ()
    not_imposed: tuple = ()

    @property
    def whole(self) -> bool:
        """Whether every printed number that was asked for is met."""
        return not self.missed and not self.broken

    def adtte(self, endpoint) -> pd.DataFrame:
        """The rows of one endpoint with the labels: AVAL, CNSR and one column a factor."""
        return self.outcomes[endpoint].join(self.subjects)

    def closest(self) -> list[str]:
        """What is not met, in words: the target, the print, and what these subjects give."""
        return [describe_miss(target, value) for target, value in self.missed] + list(self.broken)


@dataclass
class _State:
    """What is settled of the subjects so far.

    claims : what the paper says in words, to be asked for; unheld : those of them that were not met.
    loose : endpoints whose rows may change subjects, as no label and no bound concerns them; hemmed : whether an
    endpoint failed that had to follow the labels or times of one before it.
    """

    seed: int
    codes: dict = field(default_factory=dict)
    columns: dict = field(default_factory=dict)
    outcomes: dict = field(default_factory=dict)
    met: list = field(default_factory=list)
    curves: dict = field(default_factory=dict)
    left_out: list = field(default_factory=list)
    broken: list = field(default_factory=list)
    costs: dict = field(default_factory=dict)
    loose: list = field(default_factory=list)
    claims: tuple = ()
    unheld: list = field(default_factory=list)
    not_imposed: list = field(default_factory=list)
    hemmed: bool = False


def reconstruct(registry: Registry, endpoints=None, seed=SEED, settled=None, effort=EFFORT, claims=None):
    """Pseudo-subjects (Solution) that print as the paper does, or the closest found.

    endpoints : those to reconstruct (default: all with a printed number); effort : most starts of an endpoint, and
    moves of each for up to BASE subjects; settled : a Solution whose labels and
    endpoints are kept; claims : what the paper says in words, to be asked for beside the printed numbers (default: all
    of the registry). Claims that are not met, or stand in the way of a printed number, are given up and the search
    begun again. The same seed gives the same subjects. Raises CohortError as anneal_problem.pose. Method: Kirkpatrick,
    Gelatt and Vecchi 1983.
    """
    asked = tuple(c for c in (registry.claims if claims is None else claims) if c.endpoint)
    kept = asked
    while True:
        solution, unheld = _searched(registry, endpoints, (seed, *effort), settled, kept)
        if not kept or (solution.whole and not unheld):
            break
        kept = tuple(c for c in kept if c not in unheld) if unheld else ()
    unsearched = [c for c, _ in solution.not_imposed]
    given_up = tuple((c, NOT_FOUND) for c in asked if c not in kept)
    imposed = tuple(c for c in kept if c not in unsearched)
    return replace(solution, imposed=imposed, not_imposed=solution.not_imposed + given_up)


def _searched(registry, endpoints, search, settled, claims):
    """The best solution of all rounds, and the claims that are not met in it."""
    (seed, tries, steps), best, unheld = search, None, []
    for start in range(ROUNDS):
        state = _start(seed, registry, settled)
        wanted = _in_order(registry, endpoints, state.outcomes)
        state.claims = tuple(c for c in claims if c.endpoint in wanted)
        state.not_imposed = [(c, NOT_SEARCHED) for c in claims if c not in state.claims]
        for i, endpoint in enumerate(wanted):
            _add_endpoint(state, registry, endpoint, np.random.SeedSequence([seed, start, i]), tries, steps)
        _arrange(state, registry)
        solution = _checked(state, registry)
        if best is None or len(solution.closest()) < len(best.closest()):
            best, unheld = solution, state.unheld
        if solution.whole or not state.hemmed:
            break
    return best, unheld


def _start(seed, registry, settled):
    """Nothing settled, or the labels and endpoints of a Solution."""
    state = _State(seed)
    for name in settled.subjects if settled else ():
        levels = label_levels(registry)[name]
        state.columns[name] = pd.Categorical(settled.subjects[name], levels, ordered=True)
        codes = state.columns[name].codes.astype(np.int64)
        state.codes[name] = np.where(codes < 0, len(levels), codes)
    if settled:
        state.outcomes, state.curves = dict(settled.outcomes), dict(settled.curves)
        state.met, state.left_out = list(settled.met), list(settled.left_out)
    return state


def _in_order(registry, endpoints, settled):
    """Endpoints that are left, those whose times make groups first, then as PARTS."""
    wanted = [e for e in endpoints or endpoints_with_targets(registry) if e not in settled]
    sources = {g.source for g in registry.groupings.values() if g.cut}
    place = {name: i for i, name in enumerate(PARTS)}
    return sorted(wanted, key=lambda e: (e not in sources, place.get(e, len(PARTS))))


def _add_endpoint(state, registry, endpoint, sequence, tries, steps):
    """Settle the times, the events and the new labels of one endpoint."""
    bounds = UNBOUND
    if endpoint == "OS" and "PFSR" in state.outcomes:
        # Nobody dies before progression, nor after a progression-free survival that was censored.
        bounds = Bounds(floor=state.outcomes["PFSR"]["AVAL"], mortal=state.outcomes["PFSR"]["CNSR"] == 0)
    elif endpoint == "PFSR" and "OS" in state.outcomes:
        bounds = Bounds(ceiling=state.outcomes["OS"]["AVAL"], doomed=state.outcomes["OS"]["CNSR"] == 0)
    problem = pose(registry, endpoint, state.codes, bounds, state.claims)
    time, event, codes, costs = solve(problem, sequence, tries, steps)
    follows = bounds is not UNBOUND or any(column.settled is not None for column in problem.labels)
    state.hemmed |= follows and bool((costs > 0).any())
    n, grid = problem.n, problem.grid
    index = pd.RangeIndex(1, n + 1)
    decimals = max(0, int(np.ceil(-np.log10(grid)))) + 2
    state.outcomes[endpoint] = pd.DataFrame(
        {"AVAL": (time * grid).round(decimals), "CNSR": 1 - event.astype(int)}, index
    )
    for column, mine in zip(problem.labels, codes, strict=True):
        if column.settled is None:
            state.codes[column.name] = mine
            levels = [level for level in column.levels if level]
            names = pd.Series(np.array(column.levels, object)[mine], index).where(lambda x: x != "")
            state.columns[column.name] = pd.Categorical(names, levels, ordered=True)
    _settle_cuts(state, registry, endpoint)
    asked_of = {column.name for column in problem.labels}
    state.loose = [e for e in state.loose if not asked_of & _made_of(registry, e)]
    if not problem.labels and endpoint not in ("PFSR", "OS"):
        state.loose.append(endpoint)
    state.left_out += problem.left_out
    state.not_imposed += problem.not_imposed
    for asked, cost in zip(problem.asked, costs, strict=True):
        if isinstance(asked, Claim):
            state.unheld += [asked] if cost > 0 and asked not in state.unheld else []
        elif not isinstance(asked, str):
            state.costs[asked.id, asked.part] = state.costs.get((asked.id, asked.part), 0.0) + cost
        elif cost > 0:
            state.broken.append(f"{asked}: not met")


def _made_of(registry, endpoint):
    """The groups that are cut from the times of an endpoint."""
    return {name for name, g in registry.groupings.items() if g.source == endpoint and g.cut}


def cut_groups(registry: Registry, endpoint, rows) -> dict[str, pd.Categorical]:
    """The groups that are cut from the times of an endpoint: {column: levels (n,)}."""
    found = {}
    for name in _made_of(registry, endpoint):
        levels = list(registry.factors[name].levels)
        codes = np.searchsorted(registry.groupings[name].cut, rows["AVAL"] + 1e-9, side="right")
        found[name] = pd.Categorical.from_codes(codes, levels, ordered=True)
    return found


def _settle_cuts(state, registry, endpoint):
    for name, column in cut_groups(registry, endpoint, state.outcomes[endpoint]).items():
        state.columns[name], state.codes[name] = column, column.codes.astype(np.int64)


def _arrange(state, registry):
    """Hand the rows of loose endpoints to the subjects so that the fewest implications are broken.

    The paper's definitions may tie labels to times that no printed number ties together.
    """
    for endpoint in state.loose:
        made = _made_of(registry, endpoint)
        against = np.zeros((registry.n, registry.n))
        for rule in registry.own.get("implications") or []:
            given, then = (_holds(state, registry, as_group(rule.get(part)), made) for part in ("if", "then"))
            if given is not None and then is not None:
                against += given & ~then
        if against.any():
            rows = linear_sum_assignment(against)[1]
            state.outcomes[endpoint] = state.outcomes[endpoint].iloc[rows].set_axis(state.outcomes[endpoint].index)
            _settle_cuts(state, registry, endpoint)


def _holds(state, registry, conditions, made):
    """Whether subject i with row j meets the conditions (n, n); None if a column is not settled."""
    holds = np.ones((registry.n, registry.n), bool)
    for column, levels in conditions:
        if column not in state.columns:
            return None
        here = np.isin(np.asarray(state.columns[column], object), levels)
        holds &= here[None, :] if column in made else here[:, None]
    return holds


def solve(problem: Problem, sequence, tries=TRIES, steps=STEPS):
    """The best of up to `tries` starts: times (n,) in grid steps, events (n,), codes (columns, n), costs of the checks.

    sequence : numpy SeedSequence; every try draws from a child of its own. Prints come first: where the tries that keep
    the drawn number of events (LAWFUL) do not meet them, the others may change it.
    """
    from .anneal_search import Schedule, search

    found, lowest = None, np.inf
    steps, tries = int(steps * max(1.0, problem.n / BASE)), 3 * tries if problem.n <= FEW else tries
    heats = cycle(HEATS[problem.n <= FEW :])
    for k, ((hot, cold), child) in enumerate(zip(heats, sequence.spawn(tries), strict=False)):
        rng = np.random.default_rng(child)
        law = draw_law(problem, rng)
        rows, freedom, order = _start_of(problem, rng, law)
        searched = freedom._replace(flips=freedom.flips and k >= LAWFUL * tries)
        costs = np.zeros(len(problem.asked))
        cost = search(problem.plan, rows, searched, Schedule(steps, hot, cold, int(rng.integers(2**31))), costs)
        if cost == 0:
            _mix(problem, rows, freedom, (order, law), rng)
        if cost < lowest:
            back = np.argsort(order)
            found, lowest = (rows.time[back], rows.event[back], rows.label[:, back], costs), cost
        if cost == 0:
            break
    return found


def _mix(problem, rows, freedom, drawn, rng):
    """Let what no print decides follow the law of a clinic (law.py); every printed number stays met."""
    from .anneal_search import Chance, mix

    order, law = drawn
    by_time = np.argsort(rows.time, kind="stable")
    for values in (rows.time, rows.event):
        values[:] = values[by_time]
    rows.label[:] = rows.label[:, by_time]
    rows.row[:] = by_time
    seed = int(rng.integers(2**31))
    chance = Chance(law.scale, law.shape, law.first, law.last, problem.doomed[order], SWEEPS * problem.n, seed)
    mix(problem.plan, rows, freedom, chance, np.zeros(len(problem.asked)))


def _start_of(problem, rng, law):
    """A start drawn by a law, by rising time, what may change of it, and the order of the subjects in it."""
    from .anneal_cost import Rows
    from .anneal_search import Freedom

    time, event, codes = problem.draw(rng, law)
    order = np.argsort(time, kind="stable")
    codes = np.ascontiguousarray(codes[:, order])
    rows = Rows(time[order], event[order], codes, np.ones(problem.n), np.arange(problem.n))
    width = max((len(column.levels) for column in problem.labels), default=1)
    free = np.zeros((len(problem.labels), width), bool)
    for f, column in enumerate(problem.labels):
        free[f, column.open] = True
    movable = np.flatnonzero(np.array([column.settled is None for column in problem.labels], bool))
    limits = problem.low[order], problem.high[order], problem.mortal[order]
    return rows, Freedom(*limits, movable, free, problem.anchor, problem.events is None), order


def _checked(state, registry) -> Solution:
    """The solution, every target recomputed by the estimates of the workbook."""
    index = pd.RangeIndex(1, registry.n + 1)
    solution = Solution(state.seed, pd.DataFrame(state.columns, index), state.outcomes)
    dropped = {(t.id, t.part) for t in [t for t, _ in state.left_out] + state.met}
    met, missed = list(state.met), []
    for endpoint in state.outcomes:
        for target in survival_targets(registry, endpoint):
            if (target.id, target.part) in dropped:
                continue
            try:
                value = attained(target, solution.adtte(endpoint), registry)
            except ValueError as reason:
                missed.append((target, str(reason)))
                continue
            turned = target.kind in ("log_rank", "hr_p") and state.costs[target.id, target.part] > 0
            if is_met(target, value) and turned:
                value = f"{value:.3g}, but with the groups the other way round than their medians"
                missed.append((target, value))
            elif is_met(target, value):
                met.append(target)
            else:
                missed.append((target, value))
    return Solution(
        state.seed,
        solution.subjects,
        state.outcomes,
        tuple(met),
        tuple(missed),
        tuple(state.left_out),
        tuple(state.broken),
        state.curves,
        not_imposed=tuple(state.not_imposed),
    )


def describe_miss(target: Target, value) -> str:
    """'pfsr_median (median of PFSR): printed 7.0, closest found 6.8'."""
    where = ", ".join(f"{column} {' or '.join(levels)}" for column, levels in target.group)
    what = f"{target.kind} of {target.endpoint}{f' in {where}' if where else ''}"
    got = value if isinstance(value, str) else "–".join(f"{x:.4g}" for x in np.atleast_1d(value))
    return f"{target.id} ({what}): printed {target.printed}, closest found {got}"
