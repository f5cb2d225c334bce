"""Response by group: shares, odds ratios and differences against
a reference level, exact tests, Firth's logistic model.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from smallsurv.cox import NotEstimable
from smallsurv.logistic import METHOD, firth_logistic
from smallsurv.proportions import compare_shares

from ..cohort.cohort import Cohort
from ..derive.population import subgroup_factors
from ..derive.response import OBJECTIVE, on_last_course
from ..results import Result
from ..show.display import Table
from ..show.labels import group_label
from ..text.language import say
from ..text.words import NOT_ESTIMABLE, between, p_value, percent, ratio_with_interval, share_of

EXACT = "Woolf; Newcombe; Fisher's exact test"
NOTE = (
    "Response: CR or PR. Odds ratio above 1: more respond than in the reference, with Woolf's interval; difference of"
    " the shares in percentage points with Newcombe's; P by Fisher's exact test. Firth: penalized logistic model of the"
    " factor with profile interval, finite where one level has no or only responders. P values are not adjusted for the"
    " number of factors."
)
COUNTS = dict.fromkeys(("count", "n", "count_reference", "n_reference"), "subjects")
SHARES = dict.fromkeys(("difference", "difference_low", "difference_high"), "share")
RATIOS = dict.fromkeys(("or", "ci_low", "ci_high"), "ratio") | {"p_exact": "probability"}
FIRTH = {"or": "ratio", "ci_low": "ratio", "ci_high": "ratio", "p": "probability"}


@dataclass(frozen=True)
class _Factor:
    """One factor: its levels with patients, the reference first, and which of them responded (n,) in `groups` (n,)."""

    name: str
    levels: tuple
    groups: np.ndarray
    responded: np.ndarray

    def against_reference(self, level) -> dict:
        """The comparison of a level (compare_shares)."""
        kept = np.isin(self.groups, (level, self.levels[0]))
        return compare_shares(self.responded[kept], self.groups[kept] == level)

    def model(self):
        """Firth's model of all levels against the reference; None where it cannot be made."""
        x = np.column_stack([self.groups == level for level in self.levels[1:]]).astype(float)
        try:
            return firth_logistic(self.responded, x)
        except NotEstimable:
            return None


def response_groups_table(cohort: Cohort, best: pd.DataFrame, factors: Sequence[str] = ()) -> Table:
    """Objective response on the last course by each subgroup factor that is known at the start.

    best : derive_best_response. Raises NotAvailable for pseudo-patients, who carry printed responses by free choice,
    and without a factor of at least two levels with patients. Sources: Woolf 1955; Newcombe 1998; Fisher 1935; Firth
    1993.
    """
    phase, last = on_last_course(cohort, best)
    rows = last.merge(cohort.table("adsl"), on="USUBJID")
    named = [n for n in subgroup_factors(cohort, factors) if not cohort.factor(n).after_baseline]
    found = [f for f in (_factor(cohort, rows, n) for n in named) if len(f.levels) > 1]
    if not found:
        raise NotAvailable(say("needs a factor known at the start, with patients in at least two levels."))
    blocks = [_block(cohort, f) for f in found]
    return Table(
        id="response.groups",
        title=say("Response by group on {course}", course=group_label(cohort, "APHASE", phase)),
        columns=[
            say("Group"),
            say("Responders, n/N (%)"),
            say("Odds ratio (95% CI)"),
            say("Difference, points (95% CI)"),
            say("Exact P"),
            say("OR, Firth (95% CI)"),
        ],
        rows=[line for lines, _ in blocks for line in lines],
        indent=[i for lines, _ in blocks for i in (0, *[1] * (len(lines) - 1))],
        notes=[say(NOTE)],
        results=[r for _, made in blocks for r in made],
    )


def _factor(cohort, rows, name) -> _Factor:
    known, factor = rows[rows[name].notna()], cohort.factor(name)
    groups = known[name].astype(str).to_numpy()
    held = [level for level in factor.levels if (groups == level).any()]
    first = [factor.reference] if factor.reference in held else held[:1]
    levels = tuple(dict.fromkeys([*first, *held]))
    return _Factor(name, levels, groups, known["AVALC"].astype(str).isin(OBJECTIVE).to_numpy())


def _block(cohort, factor) -> tuple[list, list]:
    """Rows of a factor and the numbers behind them."""
    lines, made, model = [[say(cohort.factor(factor.name).label), "", "", "", "", ""]], [], factor.model()
    for i, level in enumerate(factor.levels):
        inside = factor.groups == level
        cells = [
            group_label(cohort, factor.name, level),
            share_of(int(factor.responded[inside].sum()), int(inside.sum())),
        ]
        if not i:
            lines.append([*cells, say("reference"), "", "", ""])
            continue
        place = {
            "by": factor.name,
            "level": level,
            "reference": factor.levels[0],
            "item": f"{factor.name}={level}",
            "variable": "ORR",
        }
        d = factor.against_reference(level)
        made.append(_result(d, COUNTS | SHARES | RATIOS, place | {"method": EXACT}))
        cells += [_ratio(d["or"], d["ci_low"], d["ci_high"]), _points(d), p_value(d["p_exact"])]
        cells.append(NOT_ESTIMABLE)
        if model:
            m = dict(
                zip(
                    FIRTH,
                    (*np.exp([model.coef[i - 1], model.low[i - 1], model.high[i - 1]]), model.p[i - 1]),
                    strict=True,
                )
            )
            made.append(_result(m, FIRTH, place | {"method": METHOD, "model": "Firth"}))
            cells[-1] = _ratio(m["or"], m["ci_low"], m["ci_high"])
        lines.append(cells)
    return lines, made


def _result(values, units, place) -> Result:
    return Result("response.contrast", {k: float(values[k]) for k in units}, dict(units), **place)


def _ratio(value, low, high) -> str:
    """'2.00 (0.30–13.3)'; NE where a cell is empty, as an odds ratio of 0 or infinity has no interval."""
    return ratio_with_interval(value, low, high, 2) if np.isfinite([value, low]).all() else NOT_ESTIMABLE


def _points(d) -> str:
    low, high = percent(d["difference_low"]), percent(d["difference_high"])
    return f"{percent(d['difference'])} ({between(low, high, True)})"
