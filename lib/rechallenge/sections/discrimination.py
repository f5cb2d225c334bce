"""How well the joint Cox model tells patients apart: Harrell's C, corrected for the optimism of its own patients."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from smallsurv.cox import NotEstimable
from smallsurv.curve import observed
from smallsurv.discrimination import MOST, REPLICATES, Discrimination, discrimination

from ..results import Result
from ..show.display import Table
from ..text.language import say
from ..text.words import plural, rounded, with_interval
from .endpoint import endpoint_label, outcome_results
from .regression import UNSTABLE, CoxModels, joint_design

UNITS = {"n": "subjects", "events": "events", "replicates": "resamples"} | dict.fromkeys(
    ("apparent", "optimism", "corrected", "ci_low", "ci_high", "slope"), ""
)
MADE = (
    "C-index (Harrell): of the pairs of patients of whom it is known who had the event first, the share in which the"
    " model gives that one the higher risk; 0.5 is chance. The model is fitted again in {replicates}; what its C in"
    " them exceeds that in the patients themselves is the optimism. Interval: that of the resamples, moved by the"
    " optimism (Noma et al. 2021)."
)
SLOPE = (
    "Calibration slope: 1 where predictions are as far apart as the outcomes of other patients; below 1 they are too"
    " extreme, and each coefficient would have to shrink by it."
)
NOT_OTHERS = (
    "Corrected for the fit of the coefficients alone: factors that were chosen by looking at the same patients, and"
    " another hospital, would lower it further."
)


@dataclass(frozen=True, eq=False)
class Told:
    """How well the joint model `models` tells patients apart."""

    models: CoxModels
    found: Discrimination


def model_discrimination(models: CoxModels, replicates: int = REPLICATES) -> Told:
    """Harrell's C of a joint model of factors with the optimism by bootstrap. Raises NotAvailable where the model has
    fewer than ten events a coefficient, a coefficient without an estimate, free factors, or too many patients."""
    frame = models.frame
    if models.events_per_variable < UNSTABLE:
        few = (
            "needs {least} events for each coefficient of the joint model; it has {most}: its C-index would be"
            " optimism."
        )
        raise NotAvailable(say(few, least=UNSTABLE, most=rounded(models.events_per_variable, 1)))
    if any(map(models.is_free, frame["variable"])):
        raise NotAvailable(
            say("needs factors that are known of each patient: those of pseudo-patients are free choices.")
        )
    if models.n > MOST:
        raise NotAvailable(say("needs {most} patients or fewer: in more the optimism is nil.", most=MOST))
    rows, design = joint_design(models)
    x = design.to_numpy(float)
    try:
        return Told(models, discrimination(rows["AVAL"], observed(rows["CNSR"]), x, replicates))
    except NotEstimable as reason:
        raise NotAvailable(
            say("needs a joint model with an estimate of each coefficient: {why}.", why=say(reason.reason))
        ) from None


def discrimination_table(told: Told) -> Table:
    """C-index as seen, its optimism, and corrected with its interval; the calibration slope."""
    found, outcome = told.found, told.models.outcome
    corrected = with_interval(found.corrected, found.low, found.high, 3)
    lines = [
        (say("C-index in the patients of the model"), rounded(found.apparent, 3)),
        (say("Optimism"), rounded(found.optimism, 3)),
        (say("C-index corrected (95% CI)"), corrected),
        (say("Calibration slope"), rounded(found.slope, 2)),
    ]
    drawn = plural(found.replicates, "resample")
    failed = say("{resamples} had a coefficient without an estimate.", resamples=plural(found.failed, "resample"))
    return Table(
        id="model.discrimination",
        of=told.models.name,
        title=say("{endpoint}: how well does the joint model tell patients apart?", endpoint=endpoint_label(outcome)),
        columns=[say("Measure"), say("Value")],
        rows=[list(line) for line in lines],
        results=_results(told),
        notes=[
            say(
                "{patients}, {events}.",
                patients=plural(told.models.n, "patient"),
                events=plural(told.models.events, "event"),
            ),
            say(MADE, replicates=drawn),
            say(SLOPE),
            say(NOT_OTHERS),
            failed if found.failed else "",
        ],
    )


def _results(told) -> list[Result]:
    found, models = told.found, told.models
    values = {"n": models.n, "events": models.events, "apparent": found.apparent, "optimism": found.optimism}
    values |= {"corrected": found.corrected, "ci_low": found.low, "ci_high": found.high, "slope": found.slope}
    frame = pd.DataFrame([values | {"replicates": found.replicates}]).astype({"corrected": np.float64})
    place = {"model": models.model, "method": "bootstrap optimism"}
    return outcome_results(models.outcome, frame, "model.discrimination", UNITS, **place)
