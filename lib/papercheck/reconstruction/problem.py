"""A small survival puzzle: one endpoint's printed numbers,
sorted into what concerns all subjects, a group, a comparison.
"""

from dataclasses import dataclass, field

from scipy.stats import norm

from ..files.findings import request_error
from ..registry.registry import Registry
from ..registry.targets import Target, group_sizes, survival_targets
from .orderings import METHOD_CODES

LARGEST = 15  # subjects up to which every ordering is searched
GROUP_KINDS = ("median", "ci", "follow_up", "follow_up_ci", "longest", "survival_at")
TEST_KINDS = ("log_rank", "hr", "hr_ci", "hr_p")


@dataclass(frozen=True)
class Group:
    """The printed numbers of one group, by kind. `size` None: not printed."""

    column: str
    level: str
    size: int | None
    cells: dict[str, Target] = field(default_factory=dict)


@dataclass(frozen=True)
class Factor:
    """Groups that one comparison is about. `overlap`: a subject may be in several (one column each)."""

    name: str
    groups: tuple[Group, ...]
    tests: tuple[Target, ...] = ()
    overlap: bool = False

    @property
    def columns(self):
        """The columns whose labels the groups settle."""
        return tuple(dict.fromkeys(g.column for g in self.groups))


@dataclass(frozen=True)
class Problem:
    """What one endpoint has to meet. `whole` holds the cells of all subjects; `left_out` those that no search handles.

    grid : step of the times (in the registry's time unit). cuts : (cut, number of subjects below it) of printed
        groupings
    of this endpoint. fixed : '', 'all_events' or 'no_events'.
    """

    endpoint: str
    n: int
    grid: float
    method: int
    z: float
    whole: Group
    factors: tuple[Factor, ...]
    events: Target | None = None
    cuts: tuple = ()
    fixed: str = ""
    left_out: tuple[Target, ...] = ()

    @property
    def targets(self) -> list[Target]:
        """Every target that the search has to meet."""
        cells = [*self.whole.cells.values(), *([self.events] if self.events else [])]
        for factor in self.factors:
            cells += [t for g in factor.groups for t in g.cells.values()] + list(factor.tests)
        return cells


def state_problem(registry: Registry, endpoint) -> Problem:
    """The puzzle of one endpoint. Raises CohortError without n."""
    if registry.n is None:
        raise request_error(f"{registry.name} gives no n", "Add `n:` to published.yml.")
    sizes = group_sizes(registry)
    targets = survival_targets(registry, endpoint)
    whole, grouped, tests, left_out, events = {}, {}, [], [], None
    for t in targets:
        if t.kind in GROUP_KINDS and not t.group:
            whole[t.kind] = t
        elif t.kind == "events" and not t.group:
            events = t
        elif t.kind in GROUP_KINDS and len(t.group) == 1 and len(t.group[0][1]) == 1 and not t.weights:
            column, (level,) = t.group[0]
            grouped.setdefault((column, level), {})[t.kind] = t
        elif t.kind in TEST_KINDS and not (t.group or t.weights or t.adjusted):
            tests.append(t)
        else:
            left_out.append(t)
    factors = _factors(grouped, tests, sizes, left_out)
    method = str(registry.cohort.get("paper_interval", "log-log"))
    if method not in METHOD_CODES:
        raise request_error(f"no reconstruction with {method} intervals", f"One of {', '.join(METHOD_CODES)}.", method)
    return Problem(
        endpoint=endpoint,
        n=registry.n,
        grid=float(registry.own.get("grid", _grid(targets))),
        method=METHOD_CODES[method],
        z=float(norm.ppf(0.5 + registry.level / 200)),
        whole=Group("", "", registry.n, whole),
        factors=tuple(factors),
        events=events,
        cuts=_cuts(registry, endpoint, sizes),
        fixed=str((registry.own.get("fixed") or {}).get(endpoint, "")),
        left_out=tuple(left_out),
    )


def _grid(targets):
    """One unit of the last digit that printed medians have."""
    decimals = [len(t.printed.partition(".")[2]) for t in targets if t.kind in ("median", "longest")]
    return 10.0 ** -max(decimals, default=1)


def _cuts(registry, endpoint, sizes):
    found = []
    for name, grouping in registry.groupings.items():
        levels = list(registry.factors[name].levels)
        counts = [sizes.get(name, {}).get(level) for level in levels]
        if grouping.source == endpoint and grouping.cut and None not in counts:
            found += [(cut, sum(counts[: i + 1])) for i, cut in enumerate(grouping.cut)]
    return tuple(found)


def _factors(grouped, tests, sizes, left_out):
    """One Factor for each compared column or set of columns, and one for each column with group numbers alone."""
    factors, done = [], set()
    by = {}
    for t in tests:
        by.setdefault(t.by, []).append(t)
    for columns, its in by.items():
        done |= set(columns)
        if len(columns) > 1:
            groups = [Group(c, "Y", sizes.get(c, {}).get("Y"), grouped.get((c, "Y"), {})) for c in columns]
            factors.append(Factor(" + ".join(columns), tuple(groups), tuple(its), overlap=True))
        else:
            factors.append(_partition(columns[0], grouped, sizes, its))
    for column in dict.fromkeys(c for c, _ in grouped):
        if column not in done:
            factors.append(_partition(column, grouped, sizes, ()))
    # Two groups are quickly searched and rule out most event patterns.
    return sorted(factors, key=lambda f: (f.overlap, len(f.groups) > 2))


def _partition(column, grouped, sizes, tests):
    levels = list(sizes.get(column, {}))
    groups = [Group(column, level, sizes[column][level], grouped.get((column, level), {})) for level in levels]
    return Factor(column, tuple(g for g in groups if g.size != 0), tuple(tests))
