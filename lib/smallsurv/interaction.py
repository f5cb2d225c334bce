"""Does the hazard ratio of one factor depend on another? Cox models with and without their product."""

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm

from .cox import maximum
from .cox_models import METHOD, estimability, make_term
from .curve import observed

NOBODY = "a combination of the two has no patient"
NOTHING = "the product of the two adds nothing that the data tell"
COLUMNS = ["level", "modifier_level", "n", "events", "hr", "ci_low", "ci_high", "p", "reason", "method"]


def cox_interaction(adtte, factor, modifier, references=None, step=1.0, level=0.95) -> pd.DataFrame:
    """Hazard ratio of `factor` within each level of `modifier`, and the likelihood-ratio P of their interaction.

    adtte : rows of one PARAMCD with AVAL, CNSR and both columns, `factor` with levels; subjects with both count.
    references : {column: reference level}. For a numeric modifier there is one row: the factor by which its hazard
    ratio changes with each `step` of the modifier (modifier_level ''). Returns one row a level of the modifier and of
    the factor with COLUMNS: p is the interaction's, with as many degrees of freedom as the product adds to the rank of
    the information; reason says why a ratio, or the whole, has no estimate. Source: Cox 1972; likelihood ratio as R's
    anova.coxph.
    """
    rows = adtte.dropna(subset=[factor, modifier])
    base = {"n": len(rows), "events": int(observed(rows["CNSR"]).sum()), "method": METHOD, "reason": ""}
    one = make_term(_used(rows[factor]), (references or {}).get(factor, ""))
    two = make_term(_used(rows[modifier]), (references or {}).get(modifier, ""), step)
    sides = [t.design.to_numpy(float) for t in (one, two)]
    empty = dict.fromkeys(COLUMNS, np.nan) | base | {"level": "", "modifier_level": ""}
    if not all(s.shape[1] and len(s) for s in sides):
        return pd.DataFrame([empty | {"reason": "fewer than two levels"}], columns=COLUMNS)
    x, shown = _design(one, two)
    time, event = rows["AVAL"].to_numpy(float), observed(rows["CNSR"])
    labels = [(two, c) for c in two.design] + [(one, name) for name, _ in shown]
    labels = labels if two.reference else [(one, c) for c in one.design] + labels
    reasons, full = estimability(time, event, x, labels)
    reasons = [_said(reason) for reason in reasons]
    there, first = set(zip(rows[factor], rows[modifier], strict=True)), x.shape[1] - len(shown)
    for j in _without_patients(shown, one.reference, there):
        reasons[first + j] = NOBODY
    why = NOBODY if NOBODY in reasons else next(filter(None, reasons), NOTHING)
    untold = pd.DataFrame([empty | {"reason": why}], columns=COLUMNS)
    null = maximum(time, event, np.column_stack(sides)) if event.any() else None
    if full is None or null is None or full.rank == null.rank or not two.reference and any(reasons):
        return untold
    p = float(chi2.sf(max(0.0, 2 * (full.loglik - null.loglik)), full.rank - null.rank))
    half, found = norm.ppf(0.5 + level / 2) * full.se, []
    for j, (name, other) in enumerate(shown, first):
        known = np.nan if reasons[j] else full.coef[j]
        limits = np.exp([known, known - half[j], known + half[j]])
        row = base | dict(zip(COLUMNS, (name, other, *_size(rows, modifier, other), *limits, p), strict=False))
        found.append(row | {"reason": reasons[j]})
    return pd.DataFrame(found, columns=COLUMNS)


def _without_patients(shown, reference, there) -> list[int]:
    """The places of the ratios shown (level, modifier level) whose levels nobody has together (`there`)."""
    return [j for j, (name, other) in enumerate(shown) if other and not {(reference, other), (name, other)} <= there]


def _size(rows, modifier, other) -> tuple[int, int]:
    """Subjects and events of one level of the modifier; of all for ''."""
    inside = rows[rows[modifier] == other] if other else rows
    return len(inside), int(observed(inside["CNSR"]).sum())


def _used(values):
    return values.cat.remove_unused_categories() if isinstance(values.dtype, pd.CategoricalDtype) else values


def _design(one, two) -> tuple[np.ndarray, list[tuple[str, str]]]:
    """Columns (n, k) of the model with the product, and the (level of the factor, level of the modifier) of its last
    ones, whose coefficients are the ratios that are reported: the factor within each level, so that a level that tells
    nothing leaves the others; of a numeric modifier, the products."""
    first, second = one.design.to_numpy(float), two.design.to_numpy(float)
    if not two.reference:
        return np.column_stack([first, second, first * second]), [(name, "") for name in one.design]
    within = np.column_stack([1 - second.sum(axis=1), second])
    levels = [two.reference, *two.design]
    shown = [(name, other) for name in one.design for other in levels]
    nested = [first[:, i] * within[:, j] for i in range(first.shape[1]) for j in range(len(levels))]
    return np.column_stack([second, *nested]), shown


def _said(reason) -> str:
    """The reason of one ratio as one of a combination of two levels."""
    if "separated" in reason:
        return "separated: in a combination of the two the events follow without exception"
    if "no information" in reason:
        return "no information: in a combination of the two nobody is at risk when an event happens"
    return reason
