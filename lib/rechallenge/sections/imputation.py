"""The joint Cox model with its missing factors imputed, beside the model of the complete patients."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable, request_error
from smallsurv.cox import NotEstimable
from smallsurv.cox_models import cox_multivariable, make_term
from smallsurv.curve import observed
from smallsurv.imputation import IMPUTATIONS, MOST_MISSING, ROUNDS, NotImputed, Pooled, complete, pooled_cox

from ..derive.outcome import Outcome
from ..derive.population import joint_factors, model_coding
from ..results import RATIO_UNITS, Result
from ..show.display import Table
from ..show.labels import factor_contrast
from ..text.language import say
from ..text.words import count_percent, listed, p_value, percent, plural, ratio_with_interval, rounded
from .endpoint import endpoint_label, outcome_results
from .regression import UNSTABLE

MOST = 3000  # patients above which it takes too long
LARGEST = 500  # imputations that can be asked for
HOW = (
    "{m} imputations by chained equations, {rounds} rounds each (seeded): numbers by predictive mean matching, levels"
    " by multinomial logistic models, given all other factors, the event and the Nelson-Aalen hazard at the end of"
    " follow-up (White and Royston 2009). Put together by Rubin's rules with the degrees of freedom of Barnard and"
    " Rubin 1999; as many imputations as percent of patients with a missing value, {least} at least."
)
ASSUMED = (
    "It holds if a value is missing by chance, given what the model knows (missing at random), which the data cannot"
    " show. Values that are missing because of what they are (the sickest were not tested) are not repaired. Complete"
    " patients alone are right where missing has nothing to do with the outcome."
)
UNITS = {"n": "subjects", "events": "events", "missing": "subjects"} | RATIO_UNITS | {"fmi": "share", "imputations": ""}
UNITS |= dict.fromkeys(("complete_hr", "complete_low", "complete_high"), "ratio")


@dataclass(frozen=True, eq=False)
class Imputed:
    """The joint model of `factors`: pooled over the imputations, a coefficient a row of `terms` (variable, level,
    reference), and `whole`, the rows of the complete patients; auxiliary : further factors that were used; lacking :
    labels of those not there.
    """

    outcome: Outcome
    factors: tuple[str, ...]
    auxiliary: tuple[str, ...]
    lacking: tuple[str, ...]
    terms: pd.DataFrame
    pooled: Pooled
    whole: pd.DataFrame
    n_complete: int
    later: tuple[str, ...]

    def missing(self, name) -> int:
        """Patients without a value of a factor."""
        return int(self.outcome.rows[name].isna().sum())


def imputed_model(outcome: Outcome, factors: Sequence[str] = (), imputations: int = 0) -> Imputed:
    """The joint Cox model with imputed factors. factors : as given, else those of `imputation` in cohort.yml;
    imputations : 0 takes as many as percent of patients with a missing value, 20 at least.

    Raises NotAvailable without a factor, without a missing value, for free factors, too many patients, a factor missing
    in 80% or more, and a model without an estimate; CohortError for a number of imputations that makes no sense."""
    told, cohort = outcome.cohort.meta.imputation, outcome.cohort
    named, lacking = joint_factors(cohort, list(factors) or (told.factors if told else ()))
    kept = outcome.timely(named)
    if not kept:
        raise NotAvailable(
            say("needs the factors of a joint model: `imputation: {factors: [AGE, ECOG]}` in cohort.yml.")
        )
    auxiliary = [a for a in (told.auxiliary if told else ()) if a in cohort.factors and a not in kept]
    auxiliary = [a for a in auxiliary if a not in outcome.later]
    frame = _checked(outcome, kept, [*kept, *auxiliary])
    m = _number(imputations, frame)
    time, event = outcome.rows["AVAL"].to_numpy(float), observed(outcome.rows["CNSR"])
    try:
        tables = complete(frame, time, event, m)
        terms, designs = _designs(cohort, tables, kept)
        pooled = pooled_cox(time, event, designs)
    except NotEstimable as reason:
        raise NotAvailable(_why(cohort, frame, reason)) from None
    whole = cox_multivariable(outcome.rows, kept, **model_coding(cohort))
    later = tuple(outcome.untimely(named))
    return Imputed(outcome, tuple(kept), tuple(auxiliary), tuple(lacking), terms, pooled, whole.frame, whole.n, later)


def _checked(outcome, kept, used) -> pd.DataFrame:
    """The columns that are used, of all patients; levels that nobody has dropped."""
    if outcome.cohort.meta.is_free(*used):
        needs = "needs factors that are known of each patient: those of pseudo-patients are free choices."
        raise NotAvailable(say(needs))
    if not observed(outcome.rows["CNSR"]).any():
        raise NotAvailable(
            say("needs at least one event of {endpoint}: none is recorded.", endpoint=outcome.endpoints[0])
        )
    if len(outcome.rows) > MOST:
        raise NotAvailable(say("needs {most} patients or fewer: more take too long.", most=MOST))
    frame = outcome.rows[used].reset_index(drop=True)
    if not frame[list(kept)].isna().any(axis=None):
        raise NotAvailable(say("needs a missing value: each patient has all factors of the model."))
    for name in frame:
        if isinstance(frame[name].dtype, pd.CategoricalDtype):
            frame[name] = frame[name].cat.remove_unused_categories()
    return frame


def _number(imputations, frame) -> int:
    if imputations and not 5 <= imputations <= LARGEST:
        rule = f"imputations is a number from 5 to {LARGEST}, or 0"
        raise request_error(rule, "For example imputations=50.", imputations)
    return imputations or max(IMPUTATIONS, int(np.ceil(100 * frame.isna().any(axis=1).mean())))


def _designs(cohort, tables, kept) -> tuple[pd.DataFrame, list[np.ndarray]]:
    """variable, level, reference of each column of the model, and the design of each completed table."""
    coding, designs, rows = model_coding(cohort), [], []
    for table in tables:
        terms = [make_term(table[f], coding["references"].get(f, ""), coding["steps"].get(f, 1.0)) for f in kept]
        designs.append(np.column_stack([term.design.to_numpy(float) for term in terms]))
        rows = [(t.name, level, t.reference) for t in terms for level in t.design]
    return pd.DataFrame(rows, columns=["variable", "level", "reference"]), designs


def _why(cohort, frame, reason) -> str:
    """Which factor cannot be imputed; or why the model has no estimate."""
    if not isinstance(reason, NotImputed):
        return say("needs a joint model with an estimate of each coefficient: {why}.", why=say(reason.reason))
    lost = int(frame[reason.column].isna().sum())
    text = (
        "needs more values of {factor}: it is missing in {missing} of {n} patients. What is missing in {most}% or more,"
        " or known in fewer than 10, is not imputed: leave it out of the model."
    )
    label = say(cohort.factor(reason.column).label)
    return say(text, factor=label, missing=lost, n=len(frame), most=percent(MOST_MISSING, 0))


def imputed_table(found: Imputed) -> Table:
    """A row a coefficient: missing values of its factor, hazard ratio of the complete patients and with imputation, P,
    and the share of the information that is missing."""
    outcome, n = found.outcome, len(found.outcome.rows)
    events = int(observed(outcome.rows["CNSR"]).sum())
    return Table(
        id="imputation.hazard_ratios",
        of=outcome.endpoints[0].lower(),
        title=say("{endpoint}: joint model with missing factors imputed", endpoint=endpoint_label(outcome)),
        columns=[
            say("Comparison"),
            say("Missing, n (%)"),
            say("Complete patients (n = {n}): HR (95% CI, Wald)", n=found.n_complete),
            say("Imputed (n = {n}): HR (95% CI, t)", n=n),
            say("P, imputed"),
            say("Information missing, %"),
        ],
        rows=[_row(found, i, r) for i, r in enumerate(found.terms.itertuples(index=False))],
        results=_results(found, events),
        notes=_notes(found, events),
    )


def _ratio(found, i) -> tuple[float, float, float]:
    p = found.pooled
    hr, low, high = np.exp([p.coef[i], p.low[i], p.high[i]])
    return float(hr), float(low), float(high)


def _whole(found, r) -> dict:
    """The row of the complete patients of a coefficient: hr, ci_low, ci_high; NaN where there is none."""
    mine = found.whole[(found.whole["variable"] == r.variable) & (found.whole["level"] == r.level)]
    mine = mine[mine["reason"] == ""]
    blank = dict.fromkeys(("hr", "ci_low", "ci_high"), np.nan)
    return mine.iloc[0][["hr", "ci_low", "ci_high"]].to_dict() if len(mine) else blank


def _row(found, i, r) -> list[str]:
    n, lost, whole = len(found.outcome.rows), found.missing(r.variable), _whole(found, r)
    return [
        factor_contrast(found.outcome.cohort, r.variable, r.level, r.reference),
        count_percent(lost, n),
        ratio_with_interval(*whole.values(), 2),
        ratio_with_interval(*_ratio(found, i), 2),
        p_value(found.pooled.p[i]),
        percent(found.pooled.fmi[i], 0),
    ]


def _results(found, events) -> list[Result]:
    place = {"model": "imputed", "method": "chained equations, Rubin's rules"}
    rows = []
    for i, r in enumerate(found.terms.itertuples(index=False)):
        values = dict(zip(("hr", "ci_low", "ci_high"), _ratio(found, i), strict=True)) | {"p": found.pooled.p[i]}
        values |= {f"complete_{k.removeprefix('ci_')}": v for k, v in _whole(found, r).items()}
        values |= {"n": len(found.outcome.rows), "events": events, "missing": found.missing(r.variable)}
        values |= {"fmi": found.pooled.fmi[i], "imputations": found.pooled.m}
        rows.append(values | {"variable": r.variable, "level": r.level, "reference": r.reference})
    return outcome_results(found.outcome, pd.DataFrame(rows), "imputation.hazard_ratio", UNITS, **place)


def _notes(found, events) -> list[str]:
    cohort, per = found.outcome.cohort, events / len(found.terms)
    labels = listed(say(cohort.factor(a).label) for a in found.auxiliary)
    few = "{events} events for each coefficient; below {least} the model is unstable, whatever is imputed."
    return [
        say(HOW, m=found.pooled.m, rounds=ROUNDS, least=IMPUTATIONS),
        say(ASSUMED),
        say("Also used to draw what is missing: {factors}.", factors=labels) if found.auxiliary else "",
        say("Not in this cohort: {factors}.", factors=listed(map(say, found.lacking))) if found.lacking else "",
        say(few, events=rounded(per, 1), least=UNSTABLE) if per < UNSTABLE else "",
        say("{patients} with a missing value.", patients=plural(len(found.outcome.rows) - found.n_complete, "patient")),
        *found.later,
    ]
