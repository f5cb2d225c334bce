"""One arm beside a published one: its events against a median,
a rate or a curve; both arms, as they are and weighted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from smallsurv.adjusted import MOST_SHARE, Sample, entropy_weights, percentile_limits, tipping_point
from smallsurv.comparison import weights_at_risk
from smallsurv.cox import NotEstimable
from smallsurv.curve import Curve, crossing, kaplan_meier, observed, weighted_kaplan_meier
from smallsurv.evalue import RARE, e_value, risk_ratio_of
from smallsurv.external import (
    beside,
    external_bootstrap,
    external_contrasts,
    matched_weights,
)
from smallsurv.rmst import followed_tau
from smallsurv.standardized import POWER, drawn_population, simulated_bootstrap, simulated_contrasts
from smallsurv.weights import effective_size

from ..derive.external import External, Printed
from ..derive.treatment import checked_replicates
from ..results import Result
from ..show.display import Figure, Table
from ..show.figures.km import CurveLook, survival_panels
from ..show.labels import free_mark
from ..show.many import curve_notes
from ..show.standing import standing_note
from ..show.style import house_style
from ..text.language import say
from ..text.words import (
    LEGEND,
    decimals_for,
    interval,
    labelled,
    listed,
    percent,
    plural,
    plural_of,
    ratio_with_interval,
    rounded,
    share_with_interval,
    with_interval,
)
from .curves import time_ticks
from .effects import E_VALUE
from .endpoint import endpoint_label, outcome_results
from .one_sample import NOT_A_TRIAL, arms_together
from .small_samples import chosen_tau
from .weighted_curves import FEW_AT_RISK, SUMMED

PER_SD = 2.0  # hazard ratio a standard deviation of something unmeasured
USUAL = (6.0, 12.0)  # months, where neither the section nor cohort.yml names any
HOW = (
    "Weighted: matching-adjusted indirect comparison, unanchored (MAIC; Signorovitch et al. 2010): the weights nearest"
    " to equal by which this cohort has the printed baseline; mean 1. Hazard ratio: Cox model, Efron ties; differences:"
    " Kaplan-Meier curves. Ratio: this cohort against the published arm; differences: this cohort less it. Intervals:"
    " percentiles of {n} seeded resamples of both arms that find the weights and the model anew; the printed baseline"
    " is"
    " taken as known."
)
MODELLED = (
    "Outcome model: simulated treatment comparison, unanchored (Caro and Ishak 2010; Phillippo et al. 2016): a Cox"
    " model"
    " of this cohort with the printed characteristics ({terms} terms, {events}), averaged over {drawn} patients drawn"
    " with the printed baseline (Remiro-Azócar, Heath and Baio 2022), numbers as normal and all hanging together as"
    " here. It is as right as its model, the more so outside of what this cohort has, where weights reach nothing."
)
PSEUDO = (
    "The patients of the published arm were read from its curve: they are not patients, and have no characteristics."
)
WAYS = {
    "unadjusted": "As they are",
    "weighted": "Weighted to the printed baseline",
    "simulated": "Outcome model, averaged over the printed baseline",
}
METHODS = {"unadjusted": "bootstrap", "weighted": "MAIC, bootstrap", "simulated": "STC, bootstrap"}
OUTSIDE = "outside of what this cohort has: {what}"
TOGETHER = "no weights give the printed numbers together"
HEAVY = "one patient carries more than half of the weight"


@dataclass(frozen=True)
class Way:
    """One comparison of the arms. size : effective patients; estimate, low, high (1 + t + 1,): log hazard ratio,
    differences of the shares and of the means; reason : why there are none; terms and events of its outcome model."""

    name: str
    n: int
    size: float
    estimate: np.ndarray
    low: np.ndarray
    high: np.ndarray
    reason: str = ""
    terms: int = 0
    events: int = 0


@dataclass(frozen=True, eq=False)
class Compared:
    """Both arms compared: months and tau as asked, the ways, and the resamples of each."""

    external: External
    months: tuple[float, ...]
    until: float
    ways: tuple[Way, ...]
    replicates: int


def _curve(rows) -> Curve:
    return kaplan_meier(rows["AVAL"], observed(rows["CNSR"]))


def _needs_control(external):
    if external.control is None:
        text = "needs the patients of the published arm: a curve with its numbers at risk, or `patients`."
        raise NotAvailable(say(text))


def _sample(external, rows, design=None, months=(), until=np.inf) -> Sample:
    """Both arms; design (n, k): what is to be met, of the own rows."""
    own, control = ((f["AVAL"].to_numpy(float), observed(f["CNSR"])) for f in (rows, external.control))
    times = [external.outcome.time(m) for m in months]
    return beside(own, control, np.empty((len(rows), 0)) if design is None else design, times, until)


def to_meet(external, kept=None) -> tuple[np.ndarray, np.ndarray]:
    """What is to be met of the own rows `kept` (n,) bool, else the complete ones (n, k), and its means (k,)."""
    kept = external.complete if kept is None else kept
    columns = [p.values[kept] for p in external.matched]
    design = np.column_stack(columns) if columns else np.empty((int(kept.sum()), 0))
    return design, np.array([p.target for p in external.matched])


def why_unknown(external) -> str:
    """Why nothing can be adjusted: no printed baseline, or nobody knows which pseudo-patients have what; else ''."""
    if not external.printed:
        return say("no baseline of the published arm is declared")
    named, is_free = dict.fromkeys(p.factor for p in external.printed), external.outcome.cohort.meta.is_free
    if not is_free(*named):
        return ""
    labels = listed(_factor_label(external, f) for f in [*filter(is_free, named)] or named)
    return say("which pseudo-patients have which {factors} is a free choice", factors=labels)


def population(external, kept) -> tuple[np.ndarray, np.ndarray, str]:
    """Designs of the own rows `kept` (n, k), and of patients drawn as printed (m, k); empty ones and why not."""
    none, why = np.empty((0, 0)), why_unknown(external)
    if why or not kept.any():
        return none, none, why or say("nobody has all printed characteristics")
    try:
        return *drawn_population(external.margins(kept)), ""
    except NotEstimable as reason:
        return none, none, say(reason.reason)


def _weights(external) -> tuple[np.ndarray | None, str]:
    """Weights (n,) of the complete own rows by which they are as printed, or None and why."""
    return found_weights(external, *to_meet(external))


def found_weights(external, design, target) -> tuple[np.ndarray | None, str]:
    """Weights (n,) by which design (n, k) has the means `target` (k,), or None and why there are none."""
    if why := why_unknown(external):
        return None, why
    weight = entropy_weights(design, target) if len(design) else None
    if weight is None:
        return None, _why_none(external, design, target)
    return (None, say(HEAVY)) if weight.max() > MOST_SHARE * weight.sum() else (weight, "")


def _why_none(external, design, target) -> str:
    """Which printed numbers lie beyond all own patients; or that they cannot be met together."""
    beyond = (design.min(axis=0, initial=np.inf) >= target) | (design.max(axis=0, initial=-np.inf) <= target)
    named = [_label(external, p) for p, out in zip(external.matched, beyond, strict=True) if out]
    return say(OUTSIDE, what=listed(named)) if named else say(TOGETHER)


def _factor_label(external, name) -> str:
    return say(external.outcome.cohort.factor(name).label)


def _label(external, p: Printed) -> str:
    factor = _factor_label(external, p.factor)
    if p.level:
        level = say("{level}, %", level=external.outcome.cohort.factor(p.factor).levels[p.level])
        return say("{factor}: {level}", factor=factor, level=level)
    text = {"mean": "{factor}, mean", "sd": "{factor}, SD", "median": "{factor}, median"}[p.kind]
    return say(text, factor=factor)


def external_balance(external: External) -> Table:
    """Each printed characteristic: here, printed, and here with
    weights; the range of the own patients; what is not adjusted.
    """
    if not external.printed:
        raise NotAvailable(say("needs the printed baseline of the published arm: `baseline` of `external_control`."))
    weight, reason = _weights(external)
    size = effective_size(weight) if weight is not None else np.nan
    n = int(external.complete.sum())
    lines = [_balance_line(external, p, weight) for p in external.printed]
    units = {"own": "", "printed": "", "weighted": "", "effective_n": "subjects", "n": "subjects"}
    frame = pd.DataFrame([values | {"effective_n": size, "n": n} for values, _ in lines])
    return Table(
        id="external.balance",
        of=external.told.endpoint.lower(),
        title=say("Is this cohort like the published arm?"),
        columns=[
            say("Characteristic"),
            say("This cohort (n = {n})", n=n),
            say("Range, or patients"),
            say("Published"),
            say("Weighted (effective n {size})", size=rounded(size, 1)) if weight is not None else say("Weighted"),
        ],
        rows=[cells for _, cells in lines],
        results=outcome_results(external.outcome, frame, "external.balance", units, model="weighted", method="MAIC"),
        notes=[*_balance_notes(external, weight, reason, size), say(NOT_A_TRIAL)],
    )


def _balance_line(external, p, weight) -> tuple[dict, list[str]]:
    own, kept = p.values[external.complete], external.outcome.rows[p.factor][external.complete]
    plain, heavy = _value(p, own, kept, None), _value(p, own, kept, weight)
    show = percent if p.level else (lambda x: rounded(x, 1))
    spread = say("{n} of {all}", n=int(own.sum()), all=len(own)) if p.level else interval(kept.min(), kept.max(), 1)
    above = p.kind == "median" and weight is not None
    last = say("{share}% above", share=percent(np.average(own, weights=weight))) if above else show(heavy)
    values = {"variable": p.factor, "level": p.level or p.kind, "own": plain, "printed": p.number}
    values["weighted"] = np.nan if p.kind == "median" or weight is None else heavy
    mark = free_mark(external.outcome.cohort, p.factor)
    last = last if weight is not None else "–"
    return values, [_label(external, p) + mark, show(plain), spread, show(p.number), last]


def _value(p, values, kept, weight) -> float:
    """A mean, standard deviation, median or share; with weights
    the median is where the printed one is if half lie above it.
    """
    if not len(values) or weight is None and p.kind == "median":
        return float(np.median(kept)) if len(values) else np.nan
    mean = float(np.average(values, weights=weight))
    if p.kind != "sd":
        return mean
    ddof = 0 if weight is not None else 1
    return float(np.sqrt(np.cov(kept.to_numpy(float), aweights=weight, ddof=ddof)))


def _balance_notes(external, weight, reason, size) -> list[str]:
    outcome = external.outcome
    lost = int((~external.complete).sum())
    others = [f for f in outcome.cohort.factors if f not in external.told.baseline and f not in outcome.later]
    labels = listed(_factor_label(external, f) for f in others)
    said = [
        say("{patients} without one of these left out.", patients=plural(lost, "patient")) if lost else "",
        say("Not weighted: {reason}.", reason=reason) if reason else "",
        say("Known here, not printed there, so not adjusted: {factors}.", factors=labels) if others else "",
    ]
    if weight is not None:
        text = "Weighted patients count as {size} of {n}; the largest weight is {share}% of all."
        share = percent(weight.max() / weight.sum())
        said.insert(0, say(text, size=rounded(size, 1), n=len(weight), share=share))
    return said


def compare_external(
    external: External, milestones: Sequence[float] = (), tau: float = 0.0, replicates: int = 2000
) -> Compared:
    """Both arms compared, as they are and weighted. milestones : months (else those of the printed rates, else 6 and
    12); tau : months of the restricted means (0: while 5 patients of each arm are at risk). Raises NotAvailable without
    patients of the published arm, CohortError for a number of resamples or a tau that makes no sense."""
    checked_replicates(replicates)
    _needs_control(external)
    months = tuple(map(float, milestones)) or tuple(sorted(external.told.rates)) or USUAL
    curves = [_curve(external.outcome.rows), _curve(external.control)]
    until = chosen_tau(tau, external.outcome, followed_tau(curves, FEW_AT_RISK))
    plain = _sample(external, external.outcome.rows, None, months, until)
    ways = [
        _way("unadjusted", plain, None, replicates),
        _weighted_way(external, months, until, replicates),
        _modelled_way(external, months, until, replicates),
    ]
    return Compared(external, months, until, tuple(ways), replicates)


def _weighted_way(external, months, until, replicates) -> Way:
    weight, reason = _weights(external)
    n, blank = int(external.complete.sum()), np.full(len(months) + 2, np.nan)
    if weight is None:
        return Way("weighted", n, np.nan, blank, blank, blank, reason)
    design, target = to_meet(external)
    sample = _sample(external, external.outcome.rows[external.complete], design, months, until)
    return _way("weighted", sample, target, replicates)


def _modelled_way(external, months, until, replicates) -> Way:
    kept, blank = external.complete, np.full(len(months) + 2, np.nan)
    x, drawn, reason = population(external, kept)
    if not reason:
        own, control = (
            (f["AVAL"].to_numpy(float), observed(f["CNSR"])) for f in (external.outcome.rows[kept], external.control)
        )
        asked = (own, control, x, drawn, [external.outcome.time(m) for m in months], until)
        try:
            found = simulated_contrasts(*asked)
            low, high = percentile_limits(simulated_bootstrap(*asked, replicates))
            return Way("simulated", len(x), np.nan, found, low, high, terms=x.shape[1], events=int(own[1].sum()))
        except NotEstimable as why:
            reason = say(why.reason)
    return Way("simulated", int(kept.sum()), np.nan, blank, blank, blank, reason)


def _way(name, sample, target, replicates) -> Way:
    weight = np.ones(sample.n) if target is None else matched_weights(sample, target)
    low, high = percentile_limits(external_bootstrap(sample, target, replicates))
    own = weight[sample.treated]
    return Way(name, len(own), effective_size(own), external_contrasts(sample, weight), low, high)


def external_table(compared: Compared) -> Table:
    """A row a way: effective patients, hazard ratio with E-value, differences at the months and of the means."""
    external = compared.external
    outcome, told, unit = external.outcome, external.told, external.outcome.unit
    heads = [
        say("Free of the event at {months}, points (95% CI)", months=plural_of(m, "month")) for m in compared.months
    ]
    time = rounded(compared.until, decimals_for(unit))
    left = [way for way in compared.ways if way.reason]
    return Table(
        id="external.effects",
        of=told.endpoint.lower(),
        title=say("{endpoint}: this cohort beside {label}", endpoint=endpoint_label(outcome), label=told.label),
        columns=[
            say("Comparison"),
            say("Effective n"),
            say("HR (95% CI)"),
            say("E-value (limit)"),
            *heads,
            say("Mean up to {time} {unit} (95% CI)", time=time, unit=unit),
        ],
        rows=[_row(compared, way) for way in compared.ways],
        results=[r for way in compared.ways if not way.reason for r in _results(compared, way)],
        notes=[
            say(NOT_A_TRIAL),
            arms_together(outcome.cohort),
            say(PSEUDO),
            say(HOW, n=f"{compared.replicates:,}"),
            *(_model_note(way) for way in compared.ways if way.terms),
            *(say("{way}: no estimate, {reason}.", way=say(WAYS[way.name]), reason=way.reason) for way in left),
            say(E_VALUE, rare=f"{100 * RARE:g}"),
            _tipping(compared),
            say(LEGEND),
            standing_note(outcome.cohort, f"adtte.{told.endpoint}"),
        ],
    )


def _model_note(way) -> str:
    return say(MODELLED, terms=way.terms, events=plural(way.events, "event"), drawn=2**POWER)


def _tipping(compared) -> str:
    """What unmeasured difference of the arms would bring the interval of a hazard ratio to 1: the weighted one, else
    that of the arms as they are."""
    plain, weighted, *_ = compared.ways
    way = plain if weighted.reason else weighted
    _, low, high = _ratio(way)
    if not (high < 1 or low > 1):
        return ""
    text = (
        "Something unmeasured with a hazard ratio of {per} a standard deviation would have to differ by {sd} standard"
        " deviations between the arms for the interval of the hazard ratio to reach 1 ({way}; Lin, Psaty and Kronmal"
        " 1998)."
    )
    sd = rounded(tipping_point(high if high < 1 else low, PER_SD))
    return say(text, per=f"{PER_SD:g}", sd=sd, way=say(WAYS[way.name]))


def _ratio(way) -> tuple[float, float, float]:
    low, ratio, high = np.exp([way.low[0], way.estimate[0], way.high[0]])
    return float(ratio), float(low), float(high)


def _bounds(compared, way) -> tuple[float, float]:
    """The E-values of the hazard ratio and of the limit nearer to 1."""
    both = pd.concat([compared.external.outcome.rows[["CNSR"]], compared.external.control[["CNSR"]]])
    rare = bool(observed(both["CNSR"]).mean() < RARE)
    return e_value(*(risk_ratio_of(x, rare) for x in _ratio(way)))


def _row(compared, way) -> list[str]:
    if way.reason:
        return [say(WAYS[way.name]), "–", *[say("NE")] * (len(compared.months) + 3)]
    points = [
        share_with_interval(*cells) for cells in zip(way.estimate[1:-1], way.low[1:-1], way.high[1:-1], strict=True)
    ]
    e, limit = _bounds(compared, way)
    mean = with_interval(way.estimate[-1], way.low[-1], way.high[-1], decimals_for(compared.external.outcome.unit))
    size = rounded(way.size, 1) if way.name == "weighted" else str(way.n)
    return [
        say(WAYS[way.name]),
        size,
        ratio_with_interval(*_ratio(way), 2),
        f"{rounded(e)} ({rounded(limit)})",
        *points,
        mean,
    ]


def _results(compared, way) -> list[Result]:
    outcome = compared.external.outcome
    place = {"model": way.name, "method": METHODS[way.name]}
    e, limit = _bounds(compared, way)
    ratio = dict(zip(("hr", "ci_low", "ci_high"), _ratio(way), strict=True))
    ratio |= {"n": way.n, "effective_n": way.size, "e_value": e, "e_limit": limit}
    units = {"n": "subjects", "effective_n": "subjects"} | dict.fromkeys(("hr", "ci_low", "ci_high"), "ratio")
    units |= dict.fromkeys(("e_value", "e_limit"), "risk ratio")
    made = outcome_results(outcome, pd.DataFrame([ratio]), "external.hazard_ratio", units, **place)
    for at, value, low, high in zip([*compared.months, None], way.estimate[1:], way.low[1:], way.high[1:], strict=True):
        unit = outcome.unit if at is None else "share"
        row = {
            "estimate": value,
            "ci_low": low,
            "ci_high": high,
            "at": at,
            "variable": "mean" if at is None else "share",
        }
        units = dict.fromkeys(("estimate", "ci_low", "ci_high"), unit)
        made += outcome_results(outcome, pd.DataFrame([row]), "external.difference", units, **place)
    return made


def external_figure(external: External) -> Figure:
    """Curves of the cohort, of the published arm, and of the weighted cohort where there are weights."""
    _needs_control(external)
    outcome, told, unit = external.outcome, external.told, external.outcome.unit
    curves = {"own": _curve(outcome.rows), "control": _curve(external.control)}
    labels = {"own": say("This cohort"), "control": told.label, "weighted": say("This cohort, weighted")}
    weight, rows = _weights(external)[0], outcome.rows[external.complete]
    if weight is not None:
        curves["weighted"] = weighted_kaplan_meier(rows["AVAL"], observed(rows["CNSR"]), weight)
    middles = {key: rounded(crossing(curve.time, curve.survival), decimals_for(unit)) for key, curve in curves.items()}
    ticks = time_ticks(max(c.time[-1] for c in curves.values()), unit)
    sums = [] if weight is None else weights_at_risk(rows["AVAL"], weight, ticks)
    look = CurveLook(
        ylabel=say("{endpoint} (%)", endpoint=endpoint_label(outcome)),
        xlabel=say("Months") if unit == "months" else say("Days"),
        words={"risk": say("Number at risk, patients"), "weighted": say("Number at risk, weighted")},
        sums={"weighted": [rounded(k, 1) for k in sums]} if weight is not None else {},
        median_texts=middles,
        median_head=say("Median ({unit})", unit=unit),
    )
    with house_style():
        figure = survival_panels(curves, {key: labels[key] for key in curves}, ticks, look)[0]
    each = labelled((labels[key], text) for key, text in middles.items())
    title = say("{endpoint}: this cohort beside {label}", endpoint=endpoint_label(outcome), label=told.label)
    return Figure(
        id="external.curves",
        of=told.endpoint.lower(),
        name=f"{told.endpoint.lower()}_external",
        figure=figure,
        title=title,
        alt=say("Kaplan-Meier curves, {title}. Median in {unit}: {each}.", title=title, unit=unit, each=each),
        notes=[
            say(NOT_A_TRIAL),
            say(SUMMED) if weight is not None else "",
            arms_together(outcome.cohort),
            *curve_notes(curves),
            say(PSEUDO),
        ],
    )
