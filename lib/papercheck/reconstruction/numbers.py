"""Whole numbers for a cohort, such as ages, that give a printed median, mean, range and class counts."""

from fractions import Fraction

import numpy as np
from ortools.sat.python import cp_model
from scipy.stats import norm

from ..registry.printed import read_printed
from ..registry.registry import Registry

SECONDS = 10.0
SPREAD = 8.0  # standard deviation of values of which no spread is printed
LIMITS = (18, 90)  # of values of which no range is printed


def draw_numbers(registry: Registry, variable, columns, seed=0) -> tuple[np.ndarray, list[tuple]]:
    """n whole numbers of one variable, in subject order, and the printed cells (id, part, printed) they do not give.

    columns : labels of the groups made of the variable (name -> list of n levels): each subject's number falls in its
        class.
    """
    n, model = registry.n, cp_model.CpModel()
    low, high = _limits(registry, variable)
    value = [model.new_int_var(low, high, "") for _ in range(n)]
    order = _class_order(registry, variable, columns, n)
    for i in range(n - 1):
        model.add(value[i] <= value[i + 1])
    _keep_to_classes(model, value, order, registry, variable, columns)
    cells = []
    for entry in registry.entries:
        if entry.get("variable") == variable and not entry.get("where"):
            for cell in entry.cells:
                hold = model.new_bool_var("")
                cells.append(((entry.id, cell.part, cell.shown), hold))
                _demand(model, value, entry.statistic, cell, hold)
    gaps = [model.new_int_var(0, high - low, "") for _ in value]
    for gap, one, goal in zip(gaps, value, _goals(registry, variable, n, low, high), strict=True):
        model.add_abs_equality(gap, one - int(goal))
    model.minimize(sum(gaps) - 1000 * n * sum(hold for _, hold in cells))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers, solver.parameters.random_seed = 1, seed
    solver.parameters.max_deterministic_time = SECONDS
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return np.full(n, np.nan), [name for name, _ in cells]
    numbers = np.empty(n)
    numbers[_shuffled(order, registry, variable, columns, seed)] = [solver.value(v) for v in value]
    return numbers, [name for name, hold in cells if not solver.value(hold)]


def _keep_to_classes(model, value, order, registry, variable, columns):
    """Each subject's number falls in its class; value : variables in rising order; order : their subjects."""
    for name, grouping in registry.groupings.items():
        if grouping.source != variable or name not in columns:
            continue
        levels = list(registry.factors[name].levels)
        for one, subject in zip(value, order, strict=True):
            k = levels.index(columns[name][subject])
            if k > 0:
                model.add(one >= int(np.ceil(grouping.cut[k - 1])))
            if k < len(grouping.cut):
                model.add(one <= int(np.ceil(grouping.cut[k])) - 1)


def _limits(registry, variable):
    """The printed range of the variable, widened by nothing; LIMITS without one."""
    for entry in registry.of("range"):
        if entry.get("variable") == variable and not entry.get("where"):
            low, high = (int(read_printed(t).value) for t in entry.printed("range")[0].text)
            return low, high
    return LIMITS


def _goals(registry, variable, n, low, high):
    """Where the sorted values would like to be: a bell of SPREAD around the printed middle, within the limits."""
    middles = [
        float(read_printed(e.printed("estimate")[0].text).value)
        for e in registry.of("median", "mean")
        if e.get("variable") == variable and e.printed("estimate")
    ]
    cuts = [c for g in registry.groupings.values() if g.source == variable for c in g.cut]
    middle = middles[0] if middles else float(np.mean(cuts)) if cuts else (low + high) / 2
    return np.clip(np.round(middle + SPREAD * norm.ppf((np.arange(n) + 0.5) / n)), low, high)


def _class_order(registry, variable, columns, n):
    """Subjects in the order of their classes."""
    keys = np.zeros(n, int)
    for name, grouping in registry.groupings.items():
        if grouping.source == variable and name in columns:
            levels = list(registry.factors[name].levels)
            keys = keys + np.array([levels.index(x) for x in columns[name]])
    return np.argsort(keys, kind="stable")


def _shuffled(order, registry, variable, columns, seed):
    """The same order, with the subjects of one class in random order."""
    rng = np.random.default_rng([seed, 7])
    classes = [
        tuple(columns[name][i] for name, g in registry.groupings.items() if g.source == variable and name in columns)
        for i in order
    ]
    mixed = np.array(order)
    for one in dict.fromkeys(classes):
        at = [k for k, c in enumerate(classes) if c == one]
        mixed[at] = rng.permutation(mixed[at])
    return mixed


def _demand(model, value, statistic, cell, hold):
    """What a printed median, mean or range asks of the sorted values."""
    n = len(value)
    if statistic == "range" and not isinstance(cell.text, str):
        low, high = (int(read_printed(t).value) for t in cell.text)
        model.add(value[0] == low).only_enforce_if(hold)
        model.add(value[-1] == high).only_enforce_if(hold)
    elif statistic == "median" and cell.part == "estimate":
        twice = value[(n - 1) // 2] + value[n // 2]
        _between(model, twice, 2, cell, hold)
    elif statistic == "mean" and cell.part == "estimate":
        _between(model, sum(value), n, cell, hold)


def _between(model, total, count, cell, hold):
    """total / count prints as the cell."""
    low, high = read_printed(cell.text).window
    first, last = Fraction(str(low)) * count, Fraction(str(high)) * count
    if -(-first // 1) > last // 1:
        model.add(hold == 0)
    else:
        model.add_linear_constraint(total, int(-(-first // 1)), int(last // 1)).only_enforce_if(hold)
