"""What pseudo-subjects would print for a Target, by the
estimates of the workbook, and whether it is what was printed.
"""

import numpy as np
import pandas as pd
from scipy.stats import norm

from smallsurv import curve, logrank, weights
from smallsurv.cox import cox_fit

from ..registry.registry import Registry, group_levels
from ..registry.targets import NOT_ESTIMABLE, Target
from .anneal_checks import compared, declared_weights, reference

WEIGHT = "WEIGHT"
_EDGE = 1e-9


def attained(target: Target, rows: pd.DataFrame, registry: Registry):
    """The value of a target in pseudo-subjects: a number, or a pair for an interval; NaN or inf where there is none.

    rows : one a subject, with AVAL, CNSR and the columns that the registry names, as ordered categoricals. Survival at
    a time is in percent. Raises ValueError where the estimate cannot be made (one group, a separated Cox model).
    """
    rows = with_groups(rows, registry)
    if target.weights:
        rows = rows.assign(**{WEIGHT: weights_of(rows, registry)})
    for column, levels in target.group:
        rows = rows[rows[column].isin(levels)]
    if target.kind == "events":
        return float(curve.observed(rows["CNSR"]).sum())
    if target.kind == "longest":
        return float(rows["AVAL"].max())
    if target.kind == "log_rank":
        return _log_rank(target, rows, registry)
    if target.kind.startswith("hr"):
        return _cox(target, rows, registry)
    event = curve.observed(rows["CNSR"])
    event = ~event if target.kind.startswith("follow_up") else event
    if target.weights:
        steps = curve.weighted_kaplan_meier(rows["AVAL"], event, rows[WEIGHT])
    else:
        steps = curve.kaplan_meier(rows["AVAL"], event)
    if target.kind == "survival_at":
        return 100 * float(curve.survival_at(steps, [target.at_time])["survival"][0])
    method = str(registry.cohort.get("paper_interval") or "log-log")
    middle, low, high = curve.median(steps, method, target.ci_level / 100)
    return (low, high) if target.kind.endswith("ci") else middle


def is_met(target: Target, value) -> bool:
    """Whether a value prints as the target, under rounding half up or half even."""
    windows = target.window if target.kind.endswith("ci") else (target.window,)
    if target.window == NOT_ESTIMABLE:
        return not np.isfinite(np.atleast_1d(value)).any()
    return all(
        not np.isfinite(x) if w == NOT_ESTIMABLE else w[0] - _EDGE <= x <= w[1] + _EDGE
        for w, x in zip(windows, np.atleast_1d(value), strict=True)
    )


def with_groups(rows, registry: Registry) -> pd.DataFrame:
    """The rows with every group that is made of one of their columns by a map of levels."""
    made = {}
    for name, grouping in registry.groupings.items():
        if grouping.map and grouping.source in rows and name not in rows:
            values = rows[grouping.source].astype(object).map(dict(grouping.map))
            made[name] = pd.Categorical(values, list(registry.factors[name].levels), ordered=True)
    return rows.assign(**made)


def weights_of(rows, registry: Registry) -> np.ndarray:
    """The weights (n,) that a registry declares. Raises ValueError
    where the propensity model has no finite estimate.
    """
    spec = declared_weights(registry)
    rows = with_groups(rows, registry)
    model = weights.propensity_model(rows[spec.treatment] == spec.treated, rows[list(spec.covariates)])
    return weights.propensity_weights(model.treated, model.score)


def _log_rank(target, rows, registry):
    by = target.by[0]
    if len(target.by) > 1:
        levels = group_levels(registry.factors)
        having = {c: next(x for x in levels[c] if x != reference(registry, c)) for c in target.by}
        rows = pd.concat([rows[rows[c] == level].assign(group=c) for c, level in having.items()])
        by = "group"
    rows = rows.dropna(subset=[by])
    test = logrank.weighted_log_rank(rows, by, WEIGHT) if target.weights else logrank.log_rank(rows, by)
    return float(test["p"].iloc[0])


def _cox(target, rows, registry):
    """Hazard ratio, its Wald interval or P."""
    columns = [target.by[0], *target.adjusted]
    rows = rows.dropna(subset=columns)
    against, level = compared(target, registry)
    design, names = [], []
    for column in columns:
        base = against if column == target.by[0] else reference(registry, column)
        for each in rows[column].cat.categories:
            if each != base and (rows[column] == each).any():
                names.append((column, each))
                design.append((rows[column] == each).to_numpy(float))
    weight = rows[WEIGHT] if target.weights else None
    event = curve.observed(rows["CNSR"])
    fit = cox_fit(rows["AVAL"], event, np.column_stack(design), weight, robust=bool(target.weights))
    k = names.index((target.by[0], level))
    variance = (fit.robust_covariance if target.weights else fit.covariance)[k, k]
    coef, se = float(fit.coef[k]), float(np.sqrt(variance))
    if target.kind == "hr":
        return float(np.exp(coef))
    half = norm.ppf(0.5 + target.ci_level / 200) * se
    return (np.exp(coef - half), np.exp(coef + half)) if target.kind == "hr_ci" else float(2 * norm.sf(abs(coef / se)))
