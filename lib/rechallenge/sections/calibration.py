"""Are the shares that the joint Cox model predicts those that are seen? A picture for each month that is asked for."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable, request_error
from smallsurv.calibration import LEAST, Calibration, NoGroups, calibration
from smallsurv.cox import NotEstimable
from smallsurv.curve import observed
from smallsurv.discrimination import REPLICATES

from ..show.display import Figure
from ..show.style import FAINT, INK, PALETTE, house_style, new_figure
from ..text.language import say
from ..text.words import percent, plural, plural_of, rounded
from .discrimination import Told
from .endpoint import endpoint_label, outcome_results
from .regression import joint_design

UNITS = {"n": "subjects", "events": "events"} | dict.fromkeys(
    ("predicted", "observed", "ci_low", "ci_high", "corrected"), "share"
)
MADE = (
    "Groups of alike prediction, {least} patients or more each. Circles and bars: Kaplan-Meier with its 95% interval"
    " (log-log); diamonds: corrected for the optimism of the patients that the model was made on ({replicates})."
    " On the line the shares are as predicted."
)
FEW = (
    "Few groups of few patients: a picture that looks right does not show that the model predicts well, and another"
    " hospital may differ."
)


def calibration_figures(told: Told, months: Sequence[float] = (), replicates: int = REPLICATES) -> tuple[Figure, ...]:
    """Predicted against seen shares free of the event at each of `months`, () where none is named. Raises CohortError
    for a month beyond the follow-up of a group, NotAvailable for too few patients or resamples without an estimate."""
    return tuple(_figure(told, float(month), replicates) for month in months)


def _figure(told, month, replicates) -> Figure:
    found, outcome = _found(told, month, replicates), told.models.outcome
    when = plural_of(month, "month")
    with house_style():
        figure = _drawn(found, say("Predicted free of the event at {months}, %", months=when))
    each = say("; ").join(
        say("{predicted}% predicted, {seen}% seen, {corrected}% corrected", predicted=p, seen=s, corrected=c)
        for p, s, c in zip(*(map(percent, v) for v in (found.predicted, found.observed, found.corrected)), strict=True)
    )
    drawn = plural(found.replicates, "resample")
    return Figure(
        id="model.calibration",
        of=f"{told.models.name}_{month:g}",
        figure=figure,
        name=f"{told.models.name}_calibration_{month:g}",
        title=say("{endpoint}: predicted and seen at {months}", endpoint=endpoint_label(outcome), months=when),
        alt=say("Calibration. {each}.", each=each),
        notes=[
            say(MADE, least=LEAST, replicates=drawn),
            say(
                "Largest difference after correction: {points} percentage points.",
                points=rounded(100 * np.abs(found.corrected - found.predicted).max(), 1),
            ),
            say(FEW),
        ],
        results=_results(told, found, month),
    )


def _found(told, month, replicates) -> Calibration:
    outcome = told.models.outcome
    rows, design = joint_design(told.models)
    time, event = rows["AVAL"], observed(rows["CNSR"])
    try:
        return calibration(time, event, design.to_numpy(float), outcome.time(month), replicates)
    except NoGroups:
        least = say("needs at least two groups of {least} patients whose predictions differ.", least=LEAST)
        raise NotAvailable(least) from None
    except NotEstimable as reason:
        why = say("needs a joint model with an estimate of each coefficient: {why}.", why=say(reason.reason))
        raise NotAvailable(why) from None
    except ValueError:
        rule = f"month {month:g} lies beyond the follow-up of a group of alike prediction"
        raise request_error(rule, "Name an earlier one.") from None


def _drawn(found, label):
    """One axes: the line of equality, each group with its interval, and as corrected."""
    figure, axes = new_figure(4.2, width=4.4)
    at, seen = 100 * found.predicted, 100 * found.observed
    axes.plot([0, 100], [0, 100], color=FAINT, lw=1, ls="--")
    axes.vlines(at, 100 * found.low, 100 * found.high, color=PALETTE[0], lw=1.2)
    axes.plot(at, seen, "o", color=PALETTE[0], ms=5, label=say("Seen, Kaplan-Meier"))
    axes.plot(at, 100 * found.corrected, "D", mec=INK, mfc="none", ms=6, label=say("Corrected for optimism"))
    axes.set(xlim=(0, 100), ylim=(0, 100), aspect="equal", xlabel=label, ylabel=say("Free of the event, %"))
    axes.legend(loc="upper left")
    return figure


def _results(told, found, month):
    groups = [f"group {k}" for k in range(1, len(found.n) + 1)]
    frame = pd.DataFrame(
        {
            "level": groups,
            "n": found.n,
            "events": found.events,
            "predicted": found.predicted,
            "observed": found.observed,
            "ci_low": found.low,
            "ci_high": found.high,
            "corrected": found.corrected,
        }
    )
    place = {"model": told.models.model, "at": month, "method": "Kaplan-Meier, log-log; bootstrap optimism"}
    return outcome_results(
        told.models.outcome, frame, "model.calibration", UNITS, by="groups of alike prediction", **place
    )
