"""Two arms here beside a published arm that was compared with one of them: relative effects through the common
comparator, as they are, weighted to the printed baseline, and by an outcome model."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from papercheck.files.findings import NotAvailable
from smallsurv.adjusted import percentile_limits
from smallsurv.curve import observed
from smallsurv.standardized import anchored_bootstrap, anchored_contrasts, less_printed
from smallsurv.weights import effective_size

from ..derive.external import External
from ..derive.treatment import checked_replicates
from ..results import Result
from ..show.display import Table
from ..show.labels import group_label
from ..show.standing import standing_note
from ..text.language import say
from ..text.words import LEGEND, listed, plural, ratio_with_interval, rounded
from .endpoint import endpoint_label, outcome_results
from .external import found_weights, population, to_meet

WAYS = {
    "unadjusted": "As they are",
    "weighted": "Weighted to the printed baseline",
    "simulated": "Outcome model, averaged over the printed baseline",
    "centred": "Outcome model, a patient with the printed means",
}
METHODS = {
    "unadjusted": "Bucher",
    "weighted": "MAIC, anchored",
    "simulated": "STC, anchored, averaged",
    "centred": "STC, anchored, centred",
}
HOW = (
    "Each hazard ratio of the arms here is divided by the printed one against the same comparator, {printed} (Bucher et"
    " al. 1997). Weighted: all patients here have the printed baseline (MAIC; Signorovitch et al. 2010; Phillippo et"
    " al. 2016). Outcome model: a Cox model with the treatment, the printed characteristics and what may change the"
    " effect ({modifiers}), {terms} terms (simulated treatment comparison; Phillippo et al. 2016); both arms averaged"
    " over patients drawn with the printed baseline (Remiro-Azócar, Heath and Baio 2022), or read at the printed means:"
    " the latter is a ratio of like patients, further from 1 than one of all patients, while the printed one is of all."
    " Intervals: percentiles of {n} seeded resamples of both arms here, with weights and model anew, and of as many"
    " draws of the printed ratio from its interval."
)
ANCHORED = (
    "It holds if the patients of both studies, made alike in what is printed, would have had the same ratio against the"
    " comparator: every factor that changes the effect must be among the printed ones. What changes the outcome alone"
    " need not be. The arms of each study must be comparable by themselves, as in a randomized trial; those here are"
    " taken as they are."
)
UNITS = {
    "hr": "ratio",
    "ci_low": "ratio",
    "ci_high": "ratio",
    "own": "ratio",
    "n": "subjects",
    "effective_n": "subjects",
}


def anchored_table(external: External, replicates: int = 2000) -> Table:
    """A row a way: the hazard ratio of the other arm here against the common comparator, and against the published arm.

    Raises NotAvailable without a common comparator, where the arms here are not two with an event each, or are known
    later than the start; CohortError for too few resamples.
    """
    checked_replicates(replicates)
    told, outcome = external.told, external.outcome
    if told.anchor is None:
        raise NotAvailable(say("needs a common comparator: `anchor` of `external_control`."))
    treated, kept, arm = _two_arms(external)
    ways, terms = _ways(external, treated, kept, replicates)
    low, high = told.anchor.ci
    modifiers = listed(say(outcome.cohort.factor(name).label) for name in _modifiers(told))
    printed = ratio_with_interval(told.anchor.hr, low, high, 2)
    return Table(
        id="external.anchored",
        of=told.endpoint.lower(),
        title=say(
            "{endpoint}: {arm} against {label}, through {comparator}",
            endpoint=endpoint_label(outcome),
            label=told.label,
            **arm,
        ),
        columns=_heads(told, arm),
        rows=[_row(way) for way in ways],
        results=_results(external, ways),
        notes=[
            say("Published arm: {label}. Source: {source}.", label=told.label, source=told.source),
            say(HOW, printed=printed, modifiers=modifiers, terms=terms, n=f"{replicates:,}"),
            say(ANCHORED),
            *_lacking(ways),
            _lost(kept),
            say(LEGEND),
            standing_note(outcome.cohort, f"adtte.{told.endpoint}"),
        ],
    )


def _heads(told, arm) -> list[str]:
    here = say("{arm} against {comparator}: HR (95% CI)", **arm)
    through = say("{arm} against {label}: HR (95% CI)", arm=arm["arm"], label=told.label)
    return [say("Comparison"), say("Effective n"), here, through]


def _lacking(ways) -> list[str]:
    none = [way for way in ways if way["why"]]
    return [say("{way}: no estimate, {reason}.", way=say(WAYS[w["model"]]), reason=w["why"]) for w in none]


def _modifiers(told) -> tuple[str, ...]:
    return told.anchor.modifiers or tuple(told.baseline)


def _two_arms(external) -> tuple[np.ndarray, np.ndarray, dict[str, str]]:
    """Who of those kept had the other arm than the comparator (m,) bool; the rows (n,) bool with an arm and all printed
    characteristics, which are kept; how both arms are called."""
    outcome, anchor, cohort = external.outcome, external.told.anchor, external.outcome.cohort
    name = cohort.meta.treatment.arm
    if name not in cohort.factors:
        raise NotAvailable(say("needs {factor}: nobody has a value.", factor=cohort.meta.factors[name].label))
    if cohort.meta.is_free(name):
        text = "needs {factor} of each patient: which pseudo-patients have which is a free choice."
        raise NotAvailable(say(text, factor=say(cohort.meta.factors[name].label)))
    outcome.timely([name])
    kept = external.complete & outcome.rows[name].notna().to_numpy()
    values, event = outcome.rows[name][kept], observed(outcome.rows["CNSR"])[kept]
    levels = [level for level in cohort.factor(name).levels if (values == level).any()]
    if len(levels) != 2 or anchor.arm not in levels:
        raise NotAvailable(say("needs patients in two arms here, one of them the common comparator."))
    other = next(level for level in levels if level != anchor.arm)
    treated = (values == other).to_numpy()
    if not (event[treated].any() and event[~treated].any()):
        raise NotAvailable(say("needs an event in each arm here."))
    return treated, kept, {"arm": group_label(cohort, name, other), "comparator": group_label(cohort, name, anchor.arm)}


def _ways(external, treated, kept, replicates) -> tuple[list[dict], int]:
    """Each way with its ratios (own, and against the published arm), or why there is none; terms of the model."""
    anchor, rows, met = external.told.anchor, external.outcome.rows[kept], to_meet(external, kept)
    x, drawn, no_model = population(external, kept)
    weight, no_weight = found_weights(external, *met)
    modifiers = _columns(external, kept) if not no_model else np.zeros(0, bool)
    if no_model:
        x, drawn = np.empty((len(rows), 0)), np.empty((1, 0))
    own = rows["AVAL"].to_numpy(float), observed(rows["CNSR"])
    asked = (own, treated, x, drawn, modifiers, met)
    effects, draws = anchored_contrasts(*asked), anchored_bootstrap(*asked, replicates)
    printed = np.log(anchor.hr), np.log(anchor.ci[1] / anchor.ci[0]) / (2 * norm.ppf(0.975))
    sizes = (len(rows), effective_size(weight) if weight is not None else np.nan, np.nan, np.nan)
    ways = []
    for j, (name, reason) in enumerate(zip(WAYS, ("", no_weight, no_model, no_model), strict=True)):
        reason = reason or ("" if np.isfinite(effects[j]) else say("a coefficient has no finite estimate"))
        way = {"model": name, "n": len(rows), "effective_n": sizes[j], "why": reason}
        ways.append(way | _told(effects[j], draws[:, [j]], printed))
    return ways, 1 + x.shape[1] + int(modifiers.sum())


def _told(effect, draws, printed) -> dict:
    (low,), (high,) = np.exp(percentile_limits(draws))
    (below,), (above,) = np.exp(percentile_limits(less_printed(draws, *printed)))
    own = {"own": np.exp(effect), "own_low": low, "own_high": high}
    return own | {"hr": np.exp(effect - printed[0]), "ci_low": below, "ci_high": above}


def _columns(external, kept) -> np.ndarray:
    """Which columns (k,) of the design belong to factors that may change the effect."""
    named = zip(external.told.baseline, external.margins(kept), strict=True)
    changes = _modifiers(external.told)
    return np.concatenate([np.full(m.columns(m.values).shape[1], name in changes) for name, m in named])


def _row(way) -> list[str]:
    if way["why"]:
        return [say(WAYS[way["model"]]), "–", say("NE"), say("NE")]
    digits = 0 if way["model"] == "unadjusted" else 1
    size = rounded(way["effective_n"], digits) if np.isfinite(way["effective_n"]) else "–"
    own = ratio_with_interval(way["own"], way["own_low"], way["own_high"], 2)
    return [say(WAYS[way["model"]]), size, own, ratio_with_interval(way["hr"], way["ci_low"], way["ci_high"], 2)]


def _results(external, ways) -> list[Result]:
    kept = [{k: v for k, v in way.items() if k in UNITS or k == "model"} for way in ways if not way["why"]]
    frame = pd.DataFrame([way | {"method": METHODS[way["model"]]} for way in kept])
    return outcome_results(external.outcome, frame, "external.anchored", UNITS)


def _lost(kept) -> str:
    lost = int((~kept).sum())
    text = "{patients} without an arm or one of the printed characteristics left out."
    return say(text, patients=plural(lost, "patient")) if lost else ""
