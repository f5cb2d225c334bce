"""Does the hazard ratio of one factor depend on another? Cox models with and without their product."""

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm

from .cox import maximum
from .cox_models import METHOD, estimability, make_term
from .curve import observed

COLUMNS = ["level", "modifier_level", "n", "events", "hr", "ci_low", "ci_high", "p", "reason", "method"]


def cox_interaction(adtte, factor, modifier, references=None, step=1.0, level=0.95) -> pd.DataFrame:
    """Hazard ratio of `factor` within each level of `modifier`, and the likelihood-ratio P of their interaction.

    adtte : rows of one PARAMCD with AVAL, CNSR and both columns, `factor` with levels; subjects with a value of both
        count.
    references : {column: reference level}. For a numeric modifier there is one row: the factor by which its hazard
    ratio changes with each `step` of the modifier (modifier_level ''). Returns one row a level of the modifier and of
    the factor with COLUMNS: p is the interaction's; reason says why there is none. Source: Cox 1972; likelihood ratio
    as R's anova.coxph.
    """
    rows = adtte.dropna(subset=[factor, modifier])
    base = {"n": len(rows), "events": int(observed(rows["CNSR"]).sum()), "method": METHOD, "reason": ""}
    one = make_term(_used(rows[factor]), (references or {}).get(factor, ""))
    two = make_term(_used(rows[modifier]), (references or {}).get(modifier, ""), step)
    sides = [t.design.to_numpy(float) for t in (one, two)]
    empty = dict.fromkeys(COLUMNS, np.nan) | base | {"level": "", "modifier_level": ""}
    if not all(s.shape[1] and len(s) for s in sides):
        return pd.DataFrame([empty | {"reason": "fewer than two levels"}], columns=COLUMNS)
    products = np.column_stack([sides[0][:, [i]] * sides[1] for i in range(sides[0].shape[1])])
    x = np.column_stack([*sides, products])
    time, event = rows["AVAL"].to_numpy(float), observed(rows["CNSR"])
    reason = _empty_cell(rows, factor, modifier) if two.reference else ""
    reason, full = (reason, None) if reason else _fitted(time, event, x, one, two)
    if reason or full is None:
        return pd.DataFrame([empty | {"reason": reason}], columns=COLUMNS)
    null = maximum(time, event, x[:, : -products.shape[1]])
    p = float(chi2.sf(max(0.0, 2 * (full.loglik - null.loglik)), full.rank - null.rank))
    beta, covariance = full.coef, full.covariance
    found = []
    for weights, name, other in _contrasts(one, two, x.shape[1]):
        log, error = float(weights @ beta), float(np.sqrt(weights @ covariance @ weights))
        half = norm.ppf(0.5 + level / 2) * error
        inside = rows if not other else rows[rows[modifier] == other]
        size = {"n": len(inside), "events": int(observed(inside["CNSR"]).sum())}
        ratio = {"hr": np.exp(log), "ci_low": np.exp(log - half), "ci_high": np.exp(log + half), "p": p}
        found.append(base | {"level": name, "modifier_level": other} | size | ratio)
    return pd.DataFrame(found, columns=COLUMNS)


def _used(values):
    return values.cat.remove_unused_categories() if isinstance(values.dtype, pd.CategoricalDtype) else values


def _empty_cell(rows, factor, modifier) -> str:
    """Why two factors with levels have no model with their product, or ''."""
    cells = pd.crosstab(rows[factor].astype(str), rows[modifier].astype(str))
    return "a combination of the two has no patient" if (cells == 0).any(axis=None) else ""


def _fitted(time, event, x, one, two):
    """Why the model with the product has no estimate, or '', and its maximum."""
    labels = [(one, c) for c in one.design] + [(two, c) for c in two.design]
    labels += [(one, c) for c in one.design for _ in two.design]
    reasons, full = estimability(time, event, x, labels)
    found = next(filter(None, reasons), "")
    if "separated" in found:
        found = "separated: in a combination of the two the events follow without exception"
    elif "no information" in found:
        found = "no information: in a combination of the two nobody is at risk when an event happens"
    return found, full


def _contrasts(one, two, k):
    """(weights over the coefficients, level of the factor, level of the modifier) of each reported ratio."""
    first, second = list(one.design), list(two.design)
    for i, name in enumerate(first):
        alone = np.zeros(k)
        alone[i] = 1
        product = lambda j, i=i: len(first) + len(second) + i * len(second) + j  # noqa: E731
        if not two.reference:
            weights = np.zeros(k)
            weights[product(0)] = 1
            yield weights, name, ""
            continue
        yield alone, name, two.reference
        for j, other in enumerate(second):
            weights = alone.copy()
            weights[product(j)] = 1
            yield weights, name, other
