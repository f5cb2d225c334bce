"""The arms made alike in several ways, side by side: what each leaves unlike, and what then differs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable, request_error
from smallsurv.adjusted import (
    CALIPER,
    MOST_LOST,
    MOST_SHARE,
    Matched,
    Sample,
    bootstrap,
    bootstrap_sets,
    doubly_robust,
    percentile_limits,
    pseudo_observations,
    tipping_point,
)
from smallsurv.balance import balance
from smallsurv.comparison import IMBALANCE
from smallsurv.cox_models import cox_univariable
from smallsurv.curve import kaplan_meier, observed
from smallsurv.rmst import followed_tau
from smallsurv.weights import covariate_design, effective_size

from ..derive.treatment import Comparison, checked_replicates
from ..results import Result
from ..show.display import Table
from ..text.language import say
from ..text.words import (
    decimals_for,
    listed,
    plural,
    plural_of,
    ratio_with_interval,
    rounded,
    share_with_interval,
    with_interval,
)
from .endpoint import endpoint_label, outcome_results
from .small_samples import chosen_tau
from .trial import arm_labels, covariate_labels, free_note
from .weighted_curves import FEW_AT_RISK

WAYS = {
    "none": "Not adjusted",
    "ATE": "Inverse probability weights (all patients)",
    "ATT": "Weights to the treated (ATT)",
    "overlap": "Overlap weights",
    "entropy": "Entropy balancing (all patients)",
    "matched": "Matched",
    "robust": "Augmented weights (doubly robust, all patients)",
}
PER_SD = (1.25, 1.5, 2.0, 3.0)  # hazard ratios a standard deviation of something unmeasured
USUAL = (6.0, 12.0)  # months, where cohort.yml names no milestones
HOW = (
    "Difference: treated less control. Effective n: those of both arms (Kish 1965), added. Weights: Kaplan-Meier with"
    " weights. Entropy balancing: the weights nearest to"
    " equal by which both arms have the means of all (Hainmueller 2012). Matched: nearest neighbours on the logit of"
    " the score within {caliper} standard deviations, each control once. Augmented: pseudo-observations, a linear model"
    " in each arm and the weights; right if one of the two models is (Andersen, Syriopoulou and Parner 2017)."
    " Intervals: percentiles of {n} seeded resamples that refit the weights, of the matched sets for matching; of the"
    " influence function for augmented weights."
)
NO_LIMITS = (
    "NE ({ways}): in more than a tenth of the resamples, or without one of the patients, an arm is not followed up to"
    " that time; name an earlier one (mean_until, milestones)."
)
NO_WEIGHTS = (
    "NE ({ways}): in up to {lost} of {n} resamples no weights make the arms alike, as a covariate tells them apart;"
    " choose fewer covariates."
)
UNTIL = (
    "Means up to the last time at which {few} patients of each arm are at risk, found in the data: declare one"
    " beforehand for a test (mean_until)."
)


@dataclass(frozen=True)
class Way:
    """One way of making the arms alike. size : effective patients (of pairs: their sets); smd : largest standardized
    difference left; estimate, low, high (t + 1,): differences at the milestones and of the means; lost : resamples
    without weights; reason : why there are none."""

    name: str
    size: float
    smd: float
    estimate: np.ndarray
    low: np.ndarray
    high: np.ndarray
    reason: str = ""
    lost: int = 0
    balance: pd.DataFrame = field(default_factory=pd.DataFrame)


@dataclass(frozen=True, eq=False)
class Alike:
    """Every way on one comparison. months : milestones; until : tau in the unit of the outcome; asked : whether it was
    named."""

    trial: Comparison
    months: tuple[float, ...]
    until: float
    asked: bool
    ways: tuple[Way, ...]
    matched: Matched | None
    replicates: int
    caliper: float


def arms_alike(
    trial: Comparison,
    milestones: Sequence[float] = (),
    tau: float = 0.0,
    ratio: int = 1,
    caliper: float = CALIPER,
    replicates: int = 2000,
) -> Alike:
    """All ways side by side. milestones : months, else those of cohort.yml, else 6 and 12; tau : months of the means
    (0: while 5 patients of each arm are at risk); ratio : controls a treated patient when matching; caliper : standard
    deviations of the logit.

    Raises NotAvailable without an event or a covariate, CohortError for a ratio or a number of resamples that makes no
    sense.
    """
    checked_replicates(replicates)
    if ratio < 1 or ratio > 10:
        raise request_error("ratio is a number of controls from 1 to 10", "For example ratio=2.", ratio)
    if not observed(trial.rows["CNSR"]).any():
        raise NotAvailable(
            say(
                "needs at least one event of {endpoint}: none is recorded.",
                endpoint=endpoint_label(trial.outcome, short=True),
            )
        )
    if not trial.covariates:
        raise NotAvailable(say("needs at least one covariate that differs between patients."))
    declared = trial.cohort.meta.treatment
    months = tuple(map(float, milestones)) or (declared.milestones if declared else ()) or USUAL
    until = chosen_tau(tau, trial.outcome, _followed(trial))
    sample = _sample(trial, [trial.outcome.time(m) for m in months], until)
    score = sample.scores()
    matched = sample.matched(ratio, caliper)
    ways = [
        _weighted(sample, kind, replicates, _columns(trial)) for kind in ("none", "ATE", "ATT", "overlap", "entropy")
    ]
    ways += [_matched(sample, matched, replicates, _columns(trial)), _robust(sample, score)]
    return Alike(trial, months, until, bool(tau), tuple(ways), matched, replicates, caliper)


def _followed(trial) -> float:
    """The default time of the means, in the unit of the outcome."""
    parts = [trial.rows[trial.rows[trial.arm] == level] for level in trial.levels]
    return followed_tau([kaplan_meier(p["AVAL"], observed(p["CNSR"])) for p in parts], FEW_AT_RISK)


def _columns(trial) -> list[str]:
    return list(covariate_design(trial.rows[list(trial.covariates)]).columns)


def _sample(trial, times, until) -> Sample:
    rows = trial.rows
    treated = (rows[trial.arm] == trial.levels[1]).to_numpy()
    design = covariate_design(rows[list(trial.covariates)])
    return Sample(rows["AVAL"], observed(rows["CNSR"]), treated, design, times, until)


def _weighted(sample, kind, replicates, columns) -> Way:
    weight, blank = sample.weights(kind), np.full(len(sample.times) + 1, np.nan)
    if weight is None:
        return Way(
            kind, np.nan, np.nan, blank, blank, blank, "no weights make the arms alike: a covariate tells them apart"
        )
    if kind != "none" and _largest(sample, weight) > MOST_SHARE:
        return Way(
            kind,
            _effective(sample, weight),
            np.nan,
            blank,
            blank,
            blank,
            "one patient carries more than half of the weight of an arm",
        )
    left = _balance(sample, weight, columns, kind)
    draws = bootstrap(sample, kind, replicates)
    low, high = percentile_limits(draws)
    estimate, lost = sample.contrasts(weight).differences, int(np.isneginf(draws[:, -1]).sum())
    return Way(kind, _effective(sample, weight), _worst(left), estimate, low, high, lost=lost, balance=left)


def _effective(sample, weight) -> float:
    """Effective patients of both arms: each by itself, as each curve is read by itself whatever its weights add to."""
    return sum(effective_size(weight[side]) for side in (~sample.treated, sample.treated))


def _largest(sample, weight) -> float:
    """The largest share of an arm's weight in one patient."""
    return max(weight[side].max() / weight[side].sum() for side in (sample.treated, ~sample.treated))


def _balance(sample, weight, columns, kind) -> pd.DataFrame:
    estimand = "ATT" if kind in ("ATT", "matched") else "ATE"
    return balance(sample.treated, pd.DataFrame(sample.design, columns=columns), weight, estimand)


def _worst(frame) -> float:
    known = frame["smd_weighted"].abs().dropna()
    return float(known.max()) if len(known) else np.nan


def _matched(sample, matched, replicates, columns) -> Way:
    blank = np.full(len(sample.times) + 1, np.nan)
    if matched is None or matched.number.max(initial=-1) < 1:
        return Way(
            "matched", np.nan, np.nan, blank, blank, blank, "fewer than two treated patients have a control like them"
        )
    weight = np.zeros(sample.n)
    weight[matched.members] = matched.weight
    left = _balance(sample, weight, columns, "matched")
    low, high = percentile_limits(bootstrap_sets(sample, matched, replicates))
    sets = float(matched.number.max() + 1)
    return Way("matched", sets, _worst(left), sample.contrasts(weight).differences, low, high, balance=left)


def _robust(sample, score) -> Way:
    blank = np.full(len(sample.times) + 1, np.nan)
    if score is None:
        return Way(
            "robust",
            np.nan,
            np.nan,
            blank,
            blank,
            blank,
            "no weights make the arms alike: a covariate tells them apart",
        )
    y = pseudo_observations(sample.time, sample.event, sample.times, sample.tau)
    known = np.isfinite(y).all(axis=0)
    found, estimate, low, high = (
        doubly_robust(y[:, known], sample.treated, score, sample.design),
        blank.copy(),
        blank.copy(),
        blank.copy(),
    )
    estimate[known], (low[known], high[known]) = found.difference, found.limits()
    return Way("robust", float(sample.n), np.nan, estimate, low, high)


def alike_table(found: Alike) -> Table:
    """A row a way: effective patients, the largest imbalance
    left, the differences at the milestones and of the means.
    """
    trial, unit = found.trial, found.trial.outcome.unit
    control, treated = arm_labels(trial)
    time = rounded(found.until, decimals_for(unit))
    heads = [say("Free of the event at {months}, points (95% CI)", months=plural_of(m, "month")) for m in found.months]
    return Table(
        id="arms.alike",
        of=trial.endpoint.lower(),
        title=say(
            "{endpoint}: {treated} less {control}, made alike in several ways",
            endpoint=endpoint_label(trial.outcome),
            treated=treated,
            control=control,
        ),
        columns=[
            say("Way"),
            say("Effective n"),
            say("Largest SMD"),
            *heads,
            say("Mean up to {time} {unit} (95% CI)", time=time, unit=unit),
        ],
        rows=[_row(found, way) for way in found.ways],
        results=[r for way in found.ways for r in _results(found, way)],
        notes=[
            say(HOW, caliper=f"{found.caliper:g}", n=f"{found.replicates:,}"),
            say("Covariates: {covariates}.", covariates=covariate_labels(trial.cohort, trial.covariates)),
            *_why(found),
            "" if found.asked else say(UNTIL, few=FEW_AT_RISK),
            *_without_limits(found),
            _unmatched(found),
            free_note(trial.free),
        ],
    )


def _without_limits(found) -> Iterator[str]:
    """Why an interval is missing where the way itself was made, each reason with the ways that it holds for."""
    lost = [way for way in found.ways if not way.reason and not np.isfinite([*way.low, *way.high]).all()]
    apart = [way for way in lost if way.lost > MOST_LOST * found.replicates]
    short = [way for way in lost if way not in apart]
    if short:
        yield say(NO_LIMITS, ways=listed(say(WAYS[way.name]) for way in short))
    if apart:
        shown = {"lost": f"{max(way.lost for way in apart):,}", "n": f"{found.replicates:,}"}
        yield say(NO_WEIGHTS, ways=listed(say(WAYS[way.name]) for way in apart), **shown)


def _row(found, way) -> list[str]:
    digits = decimals_for(found.trial.outcome.unit)
    if way.reason:
        return [say(WAYS[way.name]), "–", "–", *[say("NE")] * (len(found.months) + 1)]
    free, each = found.trial.free, zip(way.estimate[:-1], way.low[:-1], way.high[:-1], strict=True)
    points = [share_with_interval(*cells, free) for cells in each]
    size = plural(int(way.size), "set") if way.name == "matched" else rounded(way.size, 1)
    smd = rounded(way.smd) if np.isfinite(way.smd) else "–"
    mean = with_interval(way.estimate[-1], way.low[-1], way.high[-1], digits, free)
    return [say(WAYS[way.name]), size, smd, *points, mean]


def _why(found) -> Iterator[str]:
    for way in found.ways:
        if way.reason:
            yield say("{way}: no estimate, {reason}.", way=say(WAYS[way.name]), reason=say(way.reason))


def _unmatched(found) -> str:
    if found.matched is None or not found.matched.unmatched:
        return ""
    left = plural(found.matched.unmatched, "treated patient")
    return say("Matched: {left} without a control within the caliper; the estimate is for the others.", left=left)


def _results(found, way) -> list[Result]:
    """One result for each milestone and the means, and one for the balance that is left."""
    trial = found.trial
    place = {"by": trial.arm, "model": way.name, "free": trial.free}
    rows = [
        {"estimate": e, "ci_low": a, "ci_high": b, "at": m, "variable": "share" if m is not None else "mean"}
        for e, a, b, m in zip(way.estimate, way.low, way.high, [*found.months, None], strict=True)
    ]
    made = []
    for row in rows:
        unit = "share" if row["at"] is not None else trial.outcome.unit
        units = dict.fromkeys(("estimate", "ci_low", "ci_high"), unit)
        made += outcome_results(trial.outcome, pd.DataFrame([row]), "arms.alike", units, **place, method=WAYS[way.name])
    if np.isfinite(way.smd):
        frame = pd.DataFrame([{"smd": way.smd, "size": way.size}])
        units = {"smd": "standard deviations", "size": "subjects"}
        made += outcome_results(trial.outcome, frame, "arms.balance", units, **place, method=WAYS[way.name])
    return made


def balance_of_ways(found: Alike) -> Table:
    """The standardized difference of each covariate that each way leaves."""
    ways = [way for way in found.ways if len(way.balance)]
    variables = list(ways[0].balance["variable"])
    rows = [
        [_variable(found.trial, v), *(rounded(way.balance["smd_weighted"].iloc[i]) for way in ways)]
        for i, v in enumerate(variables)
    ]
    return Table(
        id="arms.balance",
        of=found.trial.endpoint.lower(),
        title=say("What each way leaves unlike: standardized differences"),
        columns=[say("Covariate"), *(say(WAYS[way.name]) for way in ways)],
        rows=rows,
        notes=[say("Above {limit} the arms count as unlike.", limit=IMBALANCE)],
    )


def _variable(trial, name) -> str:
    """'Sex: Female' of a column of the design."""
    factor, _, level = str(name).partition(": ")
    column = trial.cohort.factor(factor)
    return say("{factor}: {level}", factor=column.label, level=column.levels[level]) if level else say(column.label)


def tipping_table(trial: Comparison) -> Table:
    """By how much something unmeasured would have to differ between
    the arms for the interval of the hazard ratio to reach 1.
    """
    r = cox_univariable(trial.rows, [trial.arm], {trial.arm: trial.levels[0]}).iloc[0]
    if r["reason"]:
        raise NotAvailable(say("needs a hazard ratio of the arms: {reason}.", reason=r["reason"]))
    holds = r["ci_low"] <= 1 <= r["ci_high"]
    limit = r["ci_low"] if r["hr"] > 1 else r["ci_high"]
    needed = [(per, 0.0 if holds else tipping_point(limit, per), tipping_point(r["hr"], per)) for per in PER_SD]
    note = (
        "Hazard ratio, not adjusted (95% CI, Wald): {hr}. An unmeasured characteristic, normal and independent of the"
        " covariates, that goes with such a hazard ratio a standard deviation would have to differ by so many standard deviations"
        " between the arms (Lin, Psaty and Kronmal 1998)."
    )
    frame = pd.DataFrame([{"difference": a, "to_estimate": b, "variable": f"{per:g}"} for per, a, b in needed])
    units = dict.fromkeys(("difference", "to_estimate"), "standard deviations")
    of_arm = trial.outcome.cohort.meta.is_free(trial.arm)
    return Table(
        id="arms.tipping",
        of=trial.endpoint.lower(),
        title=say("What would explain the hazard ratio away?"),
        columns=[
            say("Its hazard ratio a standard deviation"),
            say("For the interval to reach 1"),
            say("For the estimate to be 1"),
        ],
        rows=[[f"{per:g}", rounded(a), rounded(b)] for per, a, b in needed],
        results=outcome_results(
            trial.outcome, frame, "arms.tipping", units, by=trial.arm, model="unadjusted", free=of_arm
        ),
        notes=[
            say(note, hr=ratio_with_interval(r["hr"], r["ci_low"], r["ci_high"], 2)),
            say("The interval holds 1 already.") if holds else "",
        ],
    )
