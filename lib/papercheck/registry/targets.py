"""What a reconstruction has to meet: the registry's survival numbers as windows, and the printed group sizes."""

import itertools
from dataclasses import dataclass, replace

from ..vocabulary.facts import ENDPOINTS
from .printed import read_printed
from .registry import Registry, group_levels
from .test_kinds import test_kind

NOT_ESTIMABLE = "NE"  # the window of a printed NA: the value must not be estimable
KINDS = {
    ("median_survival", "estimate"): "median",
    ("median_survival", "ci"): "ci",
    ("median_follow_up", "estimate"): "follow_up",
    ("median_follow_up", "ci"): "follow_up_ci",
    ("log_rank", "p"): "log_rank",
    ("cox", "hr"): "hr",
    ("cox", "ci"): "hr_ci",
    ("cox", "p"): "hr_p",
    ("events", "count"): "events",
    ("survival_at", "percent"): "survival_at",
    ("longest", "estimate"): "longest",
}


@dataclass(frozen=True)
class Target:
    """One printed survival number. `window` is (low, high), two of them for an interval (one may be
    NOT_ESTIMABLE: a limit printed NR), or NOT_ESTIMABLE.

    kind : a value of KINDS. group : ((column, (levels...)), ...), empty for all subjects. by : the columns of a
        comparison;
    level, against : the compared levels of a hazard ratio. at_time : of survival_at. weights : '' or 'iptw'.
    """

    id: str
    part: str
    kind: str
    endpoint: str
    printed: str
    window: tuple | str
    group: tuple = ()
    by: tuple = ()
    level: str = ""
    against: str = ""
    adjusted: tuple = ()
    at_time: float = 0.0
    ci_level: float = 95.0
    weights: str = ""


def survival_targets(registry: Registry, endpoint) -> list[Target]:
    """The printed numbers of one endpoint, one Target a cell; of several prints of a cell the one with most digits.

    Left out is what no search can make: results of a stratified model or of other weights than those of the propensity
    of treatment, P values of another kind of test. A one-sided P stands as the two-sided one that it is half of.
    """
    found = {}
    for entry in registry.entries:
        if entry.get("endpoint") != endpoint or not _can_be_made(entry):
            continue
        by = entry.get("by", [])
        base = Target(
            id=entry.id,
            part="",
            kind="",
            endpoint=endpoint,
            printed="",
            window=(),
            group=as_group(entry.get("where")),
            by=tuple(by) if isinstance(by, list) else (by,),
            level=str(entry.get("group", "")),
            against=str(entry.get("against", "")),
            adjusted=tuple(entry.get("adjusted", [])),
            at_time=float(entry.get("time", 0)),
            ci_level=float(entry.get("level", registry.level)),
            weights=str(entry.get("weights", "")),
        )
        for cell in entry.cells:
            kind = KINDS.get((entry.statistic, cell.part))
            if kind is None or (window := _asked(cell, kind)) is None:
                continue
            target = replace(base, part=cell.part, kind=kind, printed=cell.shown, window=window)
            key = entry.id, cell.part
            if key not in found or _width(window) < _width(found[key].window):
                found[key] = target
    return list(found.values())


def is_asked(entry, cell) -> bool:
    """Whether a printed survival number is one that a reconstruction asks for."""
    kind = KINDS.get((entry.statistic, cell.part))
    return kind is None or _can_be_made(entry) and _asked(cell, kind) is not None


def _can_be_made(entry) -> bool:
    return entry.get("weights", "iptw") == "iptw" and not entry.get("stratified")


def _asked(cell, kind):
    """The window that a cell asks for; None for a P of a test that the search does not make."""
    window = window_of(cell.text)
    if cell.part != "p" or window == NOT_ESTIMABLE:
        return window
    test = test_kind(cell)
    own = "score" if kind == "log_rank" else "wald"
    if (test.named and own not in test.kinds) or "stratified" in test.kinds and test.named:
        return None
    if test.sides == 2:
        return window
    return (2 * window[0], min(1.0, 2 * window[1])) if window[1] <= 0.5 else None


def window_of(text):
    """The window of a printed string, the two windows of a printed interval, or NOT_ESTIMABLE."""
    if isinstance(text, tuple):
        pair = tuple(window_of(t) for t in text)
        return NOT_ESTIMABLE if pair == (NOT_ESTIMABLE, NOT_ESTIMABLE) else pair
    printed = read_printed(text)
    return NOT_ESTIMABLE if printed is None else printed.window


def _width(window):
    if window == NOT_ESTIMABLE:
        return 0.0
    if isinstance(window[0], float):
        return window[1] - window[0]
    return sum(w[1] - w[0] for w in window if w != NOT_ESTIMABLE)


def as_group(where) -> tuple:
    """{COLUMN: level or levels} as ((column, (levels...)), ...)."""
    return tuple(
        (str(column), tuple(map(str, levels)) if isinstance(levels, list) else (str(levels),))
        for column, levels in (where or {}).items()
    )


RESPONSES = ("CR", "PR", "SD", "PD", "NE")  # best responses that pseudo-subjects can have


def counted_group(entry) -> tuple:
    """The group that a count is the size of: those in `of` and in `where`."""
    return as_group({**(entry.get("of") or {}), **(entry.get("where") or {})})


def label_levels(registry: Registry) -> dict[str, tuple]:
    """Columns that pseudo-subjects carry, with the levels that they can have (none for a number)."""
    levels = group_levels(registry.factors)
    return {name: RESPONSES if name.startswith("BOR_") else known for name, known in levels.items()}


def group_sizes(registry: Registry) -> dict[str, dict[str, int | None]]:
    """How many subjects carry each level of each factor with levels: {column: {level: n or None}}.

    From printed counts of one level among all; where only one level of a factor is not printed, it is the rest.
    """
    printed = {
        name: {level: [] for level in column.levels} for name, column in registry.factors.items() if column.levels
    }
    for entry in registry.of("count"):
        group = as_group(entry.get("where"))
        if len(group) != 1 or entry.get("of") or entry.get("event") or len(group[0][1]) != 1:
            continue
        column, (level,) = group[0]
        for cell in entry.printed("count"):
            if level in printed.get(column, {}):
                printed[column][level].append(int(read_printed(cell.text).value))
    sizes = {name: _agreeing(levels, registry.n) for name, levels in printed.items()}
    for name, grouping in registry.groupings.items():
        source = sizes.get(grouping.source, {})
        for level in sizes.get(name, {}) if grouping.map else ():
            parts = [source.get(code) for code, target in grouping.map.items() if target == level]
            if sizes[name][level] is None and parts and None not in parts:
                sizes[name][level] = sum(parts)
    for levels in sizes.values():
        open_ones = [level for level, n in levels.items() if n is None]
        if len(open_ones) == 1 and registry.n and len(levels) > 1:
            rest = registry.n - sum(n for n in levels.values() if n is not None)
            levels[open_ones[0]] = rest if rest >= 0 else None
    return sizes


def _agreeing(levels, n):
    """One printed count a level; where a level is printed with several, those that add up to n."""
    choices = [list(dict.fromkeys(counts)) or [None] for counts in levels.values()]
    first = tuple(c[0] for c in choices)
    if None not in first:
        first = next((pick for pick in itertools.product(*choices) if sum(pick) == n), first)
    return dict(zip(levels, first, strict=True))


def endpoints_with_targets(registry: Registry) -> list[str]:
    """The endpoints of which the paper prints a survival number, in order of appearance."""
    asked = {statistic for statistic, _ in KINDS}
    named = (str(e.get("endpoint")) for e in registry.entries if e.statistic in asked and _can_be_made(e))
    return [e for e in dict.fromkeys(named) if e in ENDPOINTS]
