"""The arms by other tests: in strata, weighted by time, at
milestones, by means; causes that compete; pairs of levels.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from papercheck.files.findings import NotAvailable
from smallsurv.cox_models import NOT_PROPORTIONAL, cox_univariable
from smallsurv.curve import kaplan_meier, observed
from smallsurv.episodes import episode_maximum
from smallsurv.fine_gray import fine_gray
from smallsurv.rank_tests import COMBO, milestone_test, pairwise_log_rank, rank_tests, strata_of, stratified_log_rank
from smallsurv.rmst import default_tau, mean_contrasts, restricted_means

from ..derive.causes import derive_causes
from ..derive.outcome import Outcome
from ..derive.treatment import Comparison
from ..results import RATIO_UNITS, Result
from ..show.display import Note, Table
from ..show.labels import factor_contrast, free_mark
from ..text.language import say
from ..text.words import (
    FREE_NOTE,
    continued,
    decimals_for,
    interval,
    listed,
    p_sentence,
    p_value,
    percent,
    plural,
    plural_of,
    ratio_with_interval,
    rounded,
    tested,
    with_interval,
)
from .endpoint import endpoint_label, outcome_results
from .small_samples import chosen_tau
from .trial import named_arms

WEIGHTS = {
    (0, 0): "Log-rank test",
    (0, 1): "weighted to late events",
    (1, 0): "weighted to early events",
    (1, 1): "weighted to events in the middle",
}
HOW = (
    "Fleming and Harrington 1991: weights S(t-)^rho (1 - S(t-))^gamma. MaxCombo: the largest of the four, by their"
    " joint normal distribution. Means: as in the section of the subgroups. Hazard ratios: Cox models, Efron ties, Wald"
    " intervals. Only one of these can be the test, and it has to be named before looking; several P values are not"
    " one."
)
AT_MONTHS = "Shares at a time: difference with Greenwood's interval, P on the complementary log-log scale (Klein 2007)."
ONE_ARM = "all patients with this cause are of one arm, or none of the other was at risk then"
SEPARATED = "separated: it orders the events without exception"


@dataclass(frozen=True)
class _Line:
    """One comparison: what it is, quantity, its numbers, how the estimate is shown ('' for a test alone), the factors
    that it is stratified by."""

    label: str
    quantity: str
    values: dict
    shown: str = ""
    at: float | None = None
    method: str = ""
    strata: tuple = ()


def other_tests(
    trial: Comparison, strata: Sequence[str] = (), milestones: Sequence[float] = (), tau: float = 0.0
) -> Table:
    """Tests and estimates of the arms beside the log-rank test and the hazard ratio. strata, milestones (months): as
    given, else those of cohort.yml; tau months (0: the shortest follow-up). Raises NotAvailable without an event."""
    if not observed(trial.rows["CNSR"]).any():
        raise NotAvailable(say("needs at least one event of {endpoint}: none is recorded.", endpoint=_short(trial)))
    declared = trial.cohort.meta.treatment
    strata = list(strata) or list(declared.strata if declared else ())
    milestones = list(map(float, milestones)) or list(declared.milestones if declared else ())
    lines = [
        *_weighted(trial),
        *_stratified(trial, strata),
        *_milestones(trial, milestones),
        *_means(trial, tau),
        *_ratios(trial, strata),
    ]
    told = [(line, _free(trial, line.strata)) for line in lines]
    control, treated = named_arms(trial)
    return Table(
        id="arms.tests",
        of=trial.endpoint.lower(),
        title=say(
            "{endpoint}: {treated} against {control} by other tests",
            endpoint=endpoint_label(trial.outcome),
            treated=treated,
            control=control,
        ),
        columns=[say("Comparison"), say("Estimate (95% CI)"), say("P")],
        rows=[[line.label + " †" * free, line.shown or "–", tested(line.values["p"], free)] for line, free in told],
        results=[_result(trial, line, free) for line, free in told],
        notes=[
            say(HOW),
            say(AT_MONTHS) if any(line.at is not None for line in lines) else "",
            *_strata_notes(trial, strata),
            say(FREE_NOTE) if any(free for _, free in told) else "",
        ],
    )


def _short(trial) -> str:
    return endpoint_label(trial.outcome, short=True)


def _free(trial, strata=()) -> bool:
    """Whether who is in which arm, or in which stratum, is a free choice of a reconstruction; covariates do not
    enter."""
    return trial.cohort.meta.is_free(trial.arm, *strata)


def _result(trial, line, free) -> Result:
    units = {
        k: trial.outcome.unit if line.quantity == "arms.difference" and line.at is None and k != "p" else ""
        for k in line.values
    }
    place = {"by": trial.arm, "free": free, "method": line.method, "model": "arms"}
    frame = pd.DataFrame([line.values | {"at": line.at}])
    return outcome_results(trial.outcome, frame, line.quantity, units, **place)[0]


def _treated(trial) -> np.ndarray:
    return (trial.rows[trial.arm] == trial.levels[1]).to_numpy()


def _weighted(trial) -> Iterator[_Line]:
    """The log-rank test, the weighted ones, and the largest of them."""
    found = rank_tests(trial.rows["AVAL"], observed(trial.rows["CNSR"]), _treated(trial))
    for (rho, gamma), z, p in zip(found.weights, found.z, found.p, strict=True):
        label = say(WEIGHTS[rho, gamma])
        if (rho, gamma) != (0, 0):
            label = say("Log-rank test, {weighted} ({rho}, {gamma})", weighted=label, rho=rho, gamma=gamma)
        yield _Line(label, "arms.test", {"statistic": z**2, "p": p}, method=f"Fleming-Harrington ({rho}, {gamma})")
    label = say("Largest of these {n} tests (MaxCombo)", n=len(COMBO))
    yield _Line(
        label, "arms.test", {"statistic": float(np.abs(found.z).max()), "p": found.largest_p}, method="MaxCombo"
    )


def _stratified(trial, strata) -> Iterator[_Line]:
    if not strata:
        return
    rows = trial.rows.dropna(subset=strata)
    statistic, _, p = stratified_log_rank(rows, trial.arm, strata)
    label = say("Log-rank test, stratified by {factors}", factors=_labels(trial, strata))
    yield _Line(
        label, "arms.test", {"statistic": statistic, "p": p}, method="log-rank, stratified", strata=tuple(strata)
    )


def _labels(trial, strata) -> str:
    return listed(say(trial.cohort.factor(name).label) for name in strata)


def _curves(trial):
    event = observed(trial.rows["CNSR"])
    return [kaplan_meier(trial.rows["AVAL"][mine], event[mine]) for mine in (~_treated(trial), _treated(trial))]


def _milestones(trial, months) -> Iterator[_Line]:
    """The difference of the shares free of the event at each of the months."""
    for at in months:
        found = milestone_test(*_curves(trial), trial.outcome.time(at))
        limits = interval(100 * found.low, 100 * found.high, 1)
        alone = "{difference} points ({treated}% against {control}%)"
        shown = say(
            alone if _free(trial) else "{difference} points ({limits}; {treated}% against {control}%)",
            difference=percent(found.difference),
            limits=limits,
            treated=percent(found.survival[1]),
            control=percent(found.survival[0]),
        )
        values = {"estimate": found.difference, "ci_low": found.low, "ci_high": found.high, "p": found.p}
        label = say("Share free of the event at {months}", months=plural_of(at, "month"))
        known = np.isfinite(found.difference)
        yield _Line(
            label, "arms.difference", values, shown if known else say("NE"), at, "milestone, complementary log-log"
        )


def _means(trial, tau) -> Iterator[_Line]:
    unit, rows = trial.outcome.unit, trial.rows
    until = chosen_tau(tau, trial.outcome, default_tau(rows, trial.arm))
    contrast = mean_contrasts(restricted_means(rows, until, trial.arm)).set_index("contrast").loc["difference"]
    digits = decimals_for(unit)
    shown = with_interval(contrast["estimate"], contrast["ci_low"], contrast["ci_high"], digits, _free(trial))
    label = say("Difference of the mean time up to {time} {unit}", time=rounded(until, digits), unit=unit)
    values = {k: contrast[k] for k in ("estimate", "ci_low", "ci_high", "p")} | {"tau": until}
    yield _Line(label, "arms.difference", values, shown, method=contrast["method"])


def _ratios(trial, strata) -> Iterator[_Line]:
    """The hazard ratio, with the P of proportional hazards, and the one within the strata."""
    r, free = _cox(trial), _free(trial, strata)
    shown = (
        say("NE")
        if r["reason"]
        else ratio_with_interval(r["hr"], r["ci_low"], r["ci_high"], decimals=2, free=_free(trial))
    )
    values = {k: r[k] for k in ("hr", "ci_low", "ci_high", "p", "p_ph")}
    yield _Line(
        say("Hazard ratio") if _free(trial) else say("Hazard ratio (P of PH {p})", p=p_value(r["p_ph"])),
        "arms.hazard_ratio",
        values,
        shown,
        method="Cox, Efron ties",
    )
    if not strata:
        return
    rows = trial.rows.dropna(subset=strata)
    label = say("Hazard ratio, stratified by {factors}", factors=_labels(trial, strata))
    x = (rows[trial.arm] == trial.levels[1]).to_numpy(float)[:, None]
    values = _stratified_ratio(rows, x, strata_of(rows, strata))
    limits = values["ci_low"], values["ci_high"]
    shown = say("NE") if np.isnan(values["hr"]) else ratio_with_interval(values["hr"], *limits, decimals=2, free=free)
    how = "Cox, Efron ties, stratified"
    yield _Line(label, "arms.hazard_ratio", values, shown, method=how, strata=tuple(strata))


def _cox(trial):
    """The row of the unadjusted Cox model of the arms."""
    return cox_univariable(trial.rows, [trial.arm], {trial.arm: trial.levels[0]}).iloc[0]


def _stratified_ratio(rows, x, strata) -> dict:
    event = observed(rows["CNSR"])
    if not event.any():
        return dict.fromkeys(("hr", "ci_low", "ci_high", "p"), np.nan)
    fit = episode_maximum(np.full(len(rows), -1.0), rows["AVAL"], event, x, strata=strata)
    return _limits(fit.coef[0], fit.se[0])


def _limits(coef, se) -> dict:
    half = norm.ppf(0.975) * se
    return {
        "hr": float(np.exp(coef)),
        "ci_low": float(np.exp(coef - half)),
        "ci_high": float(np.exp(coef + half)),
        "p": float(2 * norm.sf(abs(coef / se))),
    }


def _strata_notes(trial, strata) -> list[str]:
    """Who has no stratum, and how many strata hold one arm alone and so tell nothing."""
    if not strata:
        return []
    rows = trial.rows.dropna(subset=strata)
    both = rows.groupby(strata_of(rows, strata))[trial.arm].nunique()
    idle = int((both < 2).sum())
    text = "{n} strata; {idle} of them hold one arm alone and tell nothing of the arms."
    said = say(text if idle else "{n} strata, each with both arms.", n=len(both), idle=idle)
    lost = len(trial.rows) - len(rows)
    return [said, say("{patients} without a stratum left out.", patients=plural(lost, "patient")) if lost else ""]


def hazards_verdict(trial: Comparison, tau: float = 0.0) -> Note:
    """Whether one hazard ratio can stand for the comparison; where
    hazards are not proportional, what to read in its place.
    """
    if not observed(trial.rows["CNSR"]).any():
        raise NotAvailable(say("needs at least one event of {endpoint}: none is recorded.", endpoint=_short(trial)))
    r, mean = _cox(trial), next(_means(trial, tau))
    if r["reason"] or np.isnan(r["p_ph"]) or trial.cohort.meta.reconstructed:
        text = say("Whether the hazards are proportional cannot be judged here.")
    elif r["p_ph"] < NOT_PROPORTIONAL:
        text = say(
            "The hazards are not proportional ({p}): the hazard ratio {hr} is an average that depends on how long"
            " patients were followed, and does not stand for the effect alone. {mean}: {shown}.",
            p=p_sentence(r["p_ph"]),
            hr=ratio_with_interval(r["hr"], r["ci_low"], r["ci_high"], 2),
            mean=mean.label,
            shown=mean.shown,
        )
    else:
        text = say(
            "The data do not speak against proportional hazards ({p}); with few events they could hardly do so.",
            p=p_sentence(r["p_ph"]),
        )
    return Note(id="arms.hazards", of=trial.endpoint.lower(), text=text)


def subdistribution_table(trial: Comparison) -> list[Table]:
    """Both hazard ratios of the arms for each cause: cause-specific
    and of the subdistribution; [] where no causes compete.
    """
    found = list(derive_causes(trial.outcome).values())
    if not found:
        return []
    rows = found[0].rows
    treated = (rows[trial.arm] == trial.levels[1]).to_numpy(float)[:, None]
    codes = rows["CAUSE"].cat.codes.to_numpy() + 1
    lines = [
        line
        for code, cause in enumerate(rows["CAUSE"].cat.categories, start=1)
        for line in _cause_lines(rows["AVAL"].to_numpy(float), codes, treated, code, cause)
    ]
    free = _free(trial)
    note = (
        "Cause-specific: the rate among those without any event; it says what the treatment does to this cause."
        " Subdistribution (Fine and Gray 1999): who had another event stays at risk; it says what happens to the share"
        " with this cause. Sandwich error of the second."
    )
    return [
        Table(
            id="arms.causes",
            of=trial.endpoint.lower(),
            columns=[say("Cause"), say("Model"), say("HR (95% CI, Wald)"), say("P")],
            title=say("{endpoint}: hazard ratios of each cause", endpoint=endpoint_label(trial.outcome)),
            rows=[_cause_row(line, free) for line in lines],
            results=[_cause_result(trial, line) for line in lines],
            notes=[
                say(note),
                *_lacking_notes(lines),
                say(FREE_NOTE) if free else "",
            ],
        )
    ]


def _lacking_notes(lines) -> list[str]:
    """Of which causes and models there is no estimate; a sentence a reason."""
    causes = {}
    for line in lines:
        if line.reason:
            causes.setdefault(line.reason, []).append(
                say("{what}, {value}", what=say(line.at_cause), value=continued(line.label))
            )
    return [say("NE ({causes}): {reason}.", causes=listed(c), reason=say(reason)) for reason, c in causes.items()]


@dataclass(frozen=True)
class _CauseLine:
    at_cause: str
    label: str
    values: dict
    method: str
    reason: str = ""


def _cause_row(line, free) -> list[str]:
    found = line.values
    ratio = (
        say("NE")
        if line.reason
        else ratio_with_interval(found["hr"], found["ci_low"], found["ci_high"], decimals=2, free=free)
    )
    return [say(line.at_cause), line.label + " †" * free, ratio, tested(found["p"], free)]


def _cause_lines(time, codes, treated, code, cause) -> Iterator[_CauseLine]:
    """The two models of one cause; none where nobody had it."""
    if not (codes == code).any():
        return
    own = episode_maximum(np.full(len(time), -1.0), time, codes == code, treated)
    both = fine_gray(time, codes, treated, code)
    for label, fit, method in (
        ("Cause-specific", own, "Cox, cause-specific"),
        ("Subdistribution", both, "Fine-Gray"),
    ):
        values, reason = _limits(fit.coef[0], fit.se[0]), _why_none(fit, treated[codes == code, 0])
        yield _CauseLine(str(cause), say(label), values, method, reason)


def _why_none(fit, arms) -> str:
    """Why a hazard ratio of one cause is not estimable; '' where it is. arms : of those who had the cause."""
    if not np.isnan(fit.coef[0]):
        return ""
    return ONE_ARM if len(set(arms)) == 1 else SEPARATED


def _cause_result(trial, line) -> Result:
    place = {
        "by": trial.arm,
        "variable": line.at_cause,
        "method": line.method,
        "model": "causes",
        "free": _free(trial),
    }
    return outcome_results(trial.outcome, pd.DataFrame([line.values]), "arms.hazard_ratio", RATIO_UNITS, **place)[0]


def pairs_table(outcome: Outcome, factors: Sequence[str]) -> list[Table]:
    """Every two levels of the factors of three or more, tested by
    the log-rank test and adjusted (Holm); [] where there is none.
    """
    kept = [f for f in outcome.timely(factors) if outcome.rows[f].nunique() > 2]
    parts = [(f, pairwise_log_rank(outcome.rows, f, list(outcome.cohort.factor(f).levels))) for f in kept]
    if not parts:
        return []
    return [
        Table(
            id="pairs.log_rank",
            of=outcome.endpoints[0].lower(),
            rows=[_pair_row(outcome.cohort, f, r) for f, frame in parts for r in frame.itertuples()],
            results=[r for f, frame in parts for r in _pair_results(outcome, f, frame)],
            title=say("{endpoint}: levels two by two", endpoint=endpoint_label(outcome)),
            columns=[say("Comparison"), say("n"), say("Events"), say("Log-rank P"), say("Holm P")],
            notes=[
                say("Each test on the patients of its two levels alone. Holm P: adjusted for the pairs of the factor."),
                say(FREE_NOTE) if any(map(outcome.cohort.meta.is_free, kept)) else "",
            ],
        )
    ]


def _pair_row(cohort, factor, r) -> list[str]:
    label = factor_contrast(cohort, factor, r.level, r.reference) + free_mark(cohort, factor)
    free = cohort.meta.is_free(factor)
    return [label, str(r.n), str(r.events), tested(r.p, free), tested(r.p_holm, free)]


def _pair_results(outcome, factor, frame) -> list[Result]:
    frame = frame.rename(columns={"level": "group"}).drop(columns=["n", "events"])
    place = {"method": "log-rank, Holm", "free": outcome.cohort.meta.is_free(factor)}
    return outcome_results(outcome, frame, "pairs.log_rank", {"p": "", "p_holm": ""}, factor, **place)
