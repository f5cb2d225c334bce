"""Many reconstructions of one paper: what they agree on, and
how far apart they are in what the paper does not print.
"""

from itertools import chain

import numpy as np
import pandas as pd

from ..registry.labels import compared_label, group_label, time_label
from ..registry.registry import Registry
from ..registry.targets import Target, survival_targets
from .anneal import Solution
from .anneal_checks import reference
from .attained import attained

TIMES = {"months": (6, 12), "days": (183, 365)}  # of survival probabilities
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


def spread(solutions, registry: Registry) -> pd.DataFrame:
    """Range over solutions (anneal.Solution, one or more) of what the paper does not print, one row a quantity, with
    COLUMNS.

    quantity : a kind of targets.Target, or `size`; group : in labels, '' for all subjects. without : solutions that
    have no such value (not estimable); lowest to highest are of the others, unrounded, in the unit of the registry
    (survival in percent); a median that is not reached is inf.
    """
    rows = []
    for endpoint in solutions[0].outcomes:
        frames = [s.adtte(endpoint) for s in solutions]
        for target in unprinted(solutions[0], registry, endpoint):
            values = np.array([_value(target, frame, registry) for frame in frames])
            rows.append((endpoint, target.kind, _group(target, registry), *_summary(values)))
    for column in solutions[0].subjects:
        for level in solutions[0].subjects[column].cat.categories:
            sizes = np.array([(s.subjects[column] == level).sum() for s in solutions], float)
            if np.ptp(sizes) > 0:
                rows.append(("", "size", group_label({column: level}, registry), *_summary(sizes)))
    return pd.DataFrame(rows, columns=COLUMNS)


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
