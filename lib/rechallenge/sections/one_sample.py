"""A cohort of one arm against a published median, rate or curve: events seen over events expected."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from smallsurv.curve import kaplan_meier, observed
from smallsurv.external import OneSample, constant_hazard, curve_hazard, one_sample_log_rank, within

from ..derive.external import External
from ..results import Result
from ..show.display import Table
from ..show.standing import standing_note
from ..text.language import say
from ..text.words import decimals_for, p_value, percent, plural_of, rounded, with_interval
from .endpoint import endpoint_label, outcome_results

NOT_A_TRIAL = (
    "This is not a trial. Nobody was randomized between this cohort and the published arm; the two differ in time,"
    " place, selection, care and follow-up,"
    " and no weight repairs what was not measured in both. It does not show that one treatment is better than the"
    " other."
)
ONE_SAMPLE = (
    "Events seen over those that the reference makes expect in the same patients over the same times (one-sample"
    " log-rank test; Finkelstein, Muzikansky and Schoenfeld 2003). Exact limits and P of a Poisson count, in which the"
    " reference is taken as known without error: its own patients are a sample too, so the limits are too short."
)
TOGETHER = (
    "This cohort has two arms ({factor}): all its patients together, and not one of the arms, stand beside the"
    " published"
    " arm."
)
CONSTANT = (
    "A median or a rate stands for a constant hazard, which no real curve has; prefer the curve where there is one."
)


def arms_together(cohort) -> str:
    """That a cohort of two declared arms is compared as a whole; '' where it declares none."""
    treatment = cohort.meta.treatment
    return say(TOGETHER, factor=say(cohort.factor(treatment.arm).label)) if treatment else ""


def external_tests(external: External) -> Table:
    """Events of the cohort against those that the printed median, rates and curve make expect. Raises NotAvailable
    where none of these is declared."""
    found = list(_one_samples(external))
    if not found:
        raise NotAvailable(say("needs a median, rates or a curve of the published arm."))
    outcome, told = external.outcome, external.told
    return Table(
        id="external.tests",
        of=told.endpoint.lower(),
        title=say("{endpoint}: events seen and expected, {label}", endpoint=endpoint_label(outcome), label=told.label),
        columns=[say("Reference"), say("Events"), say("Expected"), say("Ratio (exact 95% CI)"), say("P (exact)")],
        rows=[
            [label, str(t.observed), rounded(t.expected, 1), with_interval(t.ratio, t.low, t.high), p_value(t.p)]
            for _, _, label, t in found
        ],
        results=_one_sample_results(outcome, found),
        notes=[
            say("Published arm: {label}. Source: {source}.", label=told.label, source=told.source),
            say(ONE_SAMPLE),
            say(CONSTANT) if told.median or told.rates else "",
            _ending(external),
            say(NOT_A_TRIAL),
            arms_together(outcome.cohort),
            standing_note(outcome.cohort, f"adtte.{told.endpoint}"),
        ],
    )


def _one_sample_results(outcome, found) -> list[Result]:
    rows = [
        {"observed": t.observed, "expected": t.expected, "ratio": t.ratio, "ci_low": t.low, "ci_high": t.high, "p": t.p}
        | {"variable": key, "at": at}
        for key, at, _, t in found
    ]
    units = {
        "observed": "events",
        "expected": "events",
        "ratio": "ratio",
        "ci_low": "ratio",
        "ci_high": "ratio",
        "p": "",
    }
    return outcome_results(outcome, pd.DataFrame(rows), "external.one_sample", units, method="one-sample log-rank")


def _one_samples(external) -> Iterator[tuple[str, float | None, str, OneSample]]:
    """(id, month, words, test) of each reference."""
    outcome, told = external.outcome, external.told
    time, event = outcome.rows["AVAL"].to_numpy(float), observed(outcome.rows["CNSR"])
    if told.median:
        hazard = constant_hazard(time, 0.5, outcome.time(told.median))
        label = say("Median of {months}", months=plural_of(told.median, "month"))
        yield "median", None, label, one_sample_log_rank(hazard, event)
    for month, share in sorted(told.rates.items()):
        hazard = constant_hazard(time, share, outcome.time(month))
        label = say("{share}% at {months}", share=percent(share), months=plural_of(month, "month"))
        yield "rate", month, label, one_sample_log_rank(hazard, event)
    curve = _reference(external)
    if curve is not None:
        cut, seen = within(time, event, _end(curve))
        yield "curve", None, say("Its curve"), one_sample_log_rank(curve_hazard(*curve, cut), seen)


def _reference(external) -> tuple[np.ndarray, np.ndarray] | None:
    """The curve of the published arm: as read, or that of its patients."""
    if external.points is not None or external.control is None:
        return external.points
    curve = kaplan_meier(external.control["AVAL"], observed(external.control["CNSR"]))
    return curve.time, curve.survival


def _end(curve) -> float:
    """Up to when the curve says what is expected: its end, or when it falls to 0."""
    time, survival = curve
    return float(time[survival > 0].max(initial=0.0))


def _ending(external) -> str:
    curve = _reference(external)
    if curve is None or _end(curve) >= external.outcome.rows["AVAL"].max():
        return ""
    text = "Its curve is known up to {time} {unit}; who was followed longer is cut there."
    unit = external.outcome.unit
    return say(text, time=rounded(_end(curve), decimals_for(unit)), unit=say(unit))
