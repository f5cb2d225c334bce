"""Many reconstructions of one paper: what they agree on, and
how far apart they are in what the paper does not print.
"""

from dataclasses import replace
from itertools import chain

import numpy as np
import pandas as pd

from ..registry.labels import compared_label, group_label, time_label
from ..registry.registry import Registry
from ..registry.targets import Target, survival_targets
from .anneal import Solution
from .anneal_checks import reference
from .attained import attained, is_met

TIMES = {"months": (6, 12), "days": (183, 365)}  # of survival probabilities
EXTREME = 0.45  # of the ranks from the middle: the outermost twentieth at either end
COLUMNS = [
    "endpoint",
    "quantity",
    "group",
    "solutions",
    "without",
    "lowest",
    "quartile_1",
    "middle",
    "quartile_3",
    "highest",
]


def values_of(solutions, registry: Registry) -> list[tuple]:
    """What the paper does not print, in each solution (anneal.Solution, one or more): (endpoint, quantity, group,
    values (solutions,)), NaN where a solution has none, inf for a median that is not reached."""
    rows = []
    for endpoint in solutions[0].outcomes:
        frames = [s.adtte(endpoint) for s in solutions]
        for target in unprinted(solutions[0], registry, endpoint):
            values = np.array([_value(target, frame, registry) for frame in frames])
            rows.append((endpoint, target.kind, _group(target, registry), values))
    for column in solutions[0].subjects:
        for level in solutions[0].subjects[column].cat.categories:
            sizes = np.array([(s.subjects[column] == level).sum() for s in solutions], float)
            if np.ptp(sizes) > 0:
                rows.append(("", "size", group_label({column: level}, registry), sizes))
    return rows


def spread(values) -> pd.DataFrame:
    """Range over solutions of what the paper does not print, one row a quantity, with COLUMNS. values : as of
    values_of.

    quantity : a kind of targets.Target, or `size`; group : in labels, '' for all subjects. without : solutions that
    have no such value (not estimable); lowest to highest are of the others, unrounded, in the unit of the registry
    (survival in percent); a median that is not reached is inf.
    """
    return pd.DataFrame([(*what, *_summary(each)) for *what, each in values], columns=COLUMNS)


def strained(solution: Solution, registry: Registry) -> int:
    """How many printed medians another reading of a curve that is flat at one half would not give: SPSS takes the first
    time, R the middle."""
    other = "log-log" if registry.cohort.get("paper_interval") == "spss" else "spss"
    read = replace(registry, cohort={**registry.cohort, "paper_interval": other})
    printed = [t for e in solution.outcomes for t in survival_targets(registry, e) if t.kind == "median"]
    return sum(not is_met(t, attained(t, solution.adtte(t.endpoint), read)) for t in printed)


def most_central(values, primary="", strain=0) -> int:
    """Number of the solution that lies nearest to the middle of all in what the paper does not print.

    First by `strain` (solutions,), then by how many quantities are at an end of their range in it, then by in how many
    of the `primary` endpoint it is among the outermost (EXTREME), then by how far from the middle it is, in ranks: the
    mean square, the quantities of the primary endpoint together counting as much as all others. values : as of
    values_of.
    """
    rows = [(endpoint == primary, row) for endpoint, *_, row in values if len(np.unique(row[~np.isnan(row)])) > 1]
    if not rows:
        return 0
    first, other = (
        np.array([_off_middle(row) for is_first, row in rows if is_first == which]) for which in (True, False)
    )
    parts = [part for part in (first, other) if len(part)]
    extreme, ends = (parts[0] > EXTREME).sum(axis=0), sum(_at_an_end(row) for _, row in rows)
    return int(np.lexsort([sum((part**2).mean(axis=0) for part in parts), extreme, ends, strain + 0 * extreme])[0])


def _at_an_end(row) -> np.ndarray:
    """Whether each solution (n,) has the lowest or the highest value of all, which is not the middle one too; or
    none."""
    known = row[~np.isnan(row)]
    middle = np.quantile(known, 0.5, method="inverted_cdf")
    return np.isnan(row) | ((row != middle) & ((row == known.min()) | (row == known.max())))


def _off_middle(row) -> np.ndarray:
    """How far each solution (n,) is from the middle, as a share of the ranks: 0 to 0.5."""
    known = row[~np.isnan(row)]
    below, same = (row[:, None] > known).mean(axis=1), (row[:, None] == known).mean(axis=1)
    return np.where(np.isnan(row), 0.5, np.abs(below + same / 2 - 0.5))


def unprinted(solution: Solution, registry: Registry, endpoint) -> list[Target]:
    """The quantities of one endpoint that a paper could print and this one does not: overall, and by each factor."""
    printed = {(t.kind, t.group, t.by, t.at_time) for t in survival_targets(registry, endpoint) if not t.weights}
    unit = str(registry.cohort.get("time_unit", "months"))
    found = [_target(endpoint, kind) for kind in ("events", "median", "follow_up", "longest")]
    found += [_target(endpoint, "survival_at", at_time=float(t)) for t in TIMES.get(unit, ())]
    for column in solution.subjects:
        levels = list(solution.subjects[column].cat.categories)
        groups = [((column, (level,)),) for level in levels]
        found += chain.from_iterable(
            (_target(endpoint, "events", group=g), _target(endpoint, "median", group=g)) for g in groups
        )
        base = reference(registry, column)
        found += [_target(endpoint, "hr", by=(column,), level=x, against=base) for x in levels if x != base]
        found.append(_target(endpoint, "log_rank", by=(column,)))
    return [t for t in found if (t.kind, t.group, t.by, t.at_time) not in printed]


def _target(endpoint, kind, **what):
    return Target(id="", part="", kind=kind, endpoint=endpoint, printed="", window=(), **what)


def _group(target, registry):
    """What the quantity is of, in labels: 'Sex: Male', 'Sex: Female against Male', 'at 6 months', ''."""
    if target.by:
        (column,) = target.by
        return compared_label(registry, column, *(level for level in (target.level, target.against) if level))
    if target.kind == "survival_at":
        return time_label(registry, target.at_time)
    return group_label({column: list(levels) for column, levels in target.group}, registry)


def _value(target, frame, registry):
    try:
        return float(attained(target, frame, registry))
    except ValueError:  # one group alone, or a Cox model that runs to infinity
        return np.nan


def _summary(values):
    known = values[~np.isnan(values)]
    if not len(known):
        return len(values), len(values), *[np.nan] * 5
    quartiles = np.quantile(known, [0, 0.25, 0.5, 0.75, 1], method="inverted_cdf")  # values that a solution has
    return len(values), len(values) - len(known), *quartiles
