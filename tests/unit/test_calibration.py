"""Predicted beside seen shares of a Cox model: against loops in R, and at the edges."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines.datasets import load_lung

from papercheck.files.findings import CohortError, NotAvailable
from rechallenge.cohort.cohort import load_cohort
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.derive.population import derive_population
from rechallenge.sections.calibration import calibration_figures
from rechallenge.sections.discrimination import model_discrimination
from rechallenge.sections.regression import multivariable_model
from smallsurv import calibration as module
from smallsurv.calibration import NoGroups, calibration
from smallsurv.cox import NotEstimable

R = pd.read_csv(Path(__file__).parents[1] / "reference" / "calibration.csv")


def lung():
    frame = load_lung()[["time", "status", "age", "sex", "ph.ecog"]].dropna()
    return frame["time"], frame["status"] == 1, frame[["age", "sex", "ph.ecog"]].to_numpy(float)


def test_groups_predictions_and_curves_are_those_of_r():
    found = calibration(*lung(), 365, replicates=1)
    assert found.n.tolist() == R["n"].tolist() and found.events.tolist() == R["events"].tolist()
    for name in ("predicted", "observed", "low", "high"):
        assert getattr(found, name) == pytest.approx(R[name], abs=1e-9), name


@pytest.mark.thorough
def test_the_optimism_is_that_of_loops_in_r_within_the_error_of_drawing():
    found = calibration(*lung(), 365, replicates=1000)
    assert (np.abs(found.optimism - R["optimism"]) < 4 * np.sqrt(2) * R["error"]).all()
    assert found.corrected == pytest.approx(found.observed - found.optimism) and found.failed == 0


@pytest.mark.slow
def test_a_model_of_noise_is_drawn_towards_its_mean():
    """Groups that noise sets apart are alike in others: what is seen, corrected, lies nearer to the share of all."""
    rng = np.random.default_rng(3)
    time, x = rng.exponential(size=120), rng.normal(size=(120, 8))
    found = calibration(time, np.ones(120, bool), x, 0.7, replicates=30)
    whole = (time > 0.7).mean()
    assert np.abs(found.corrected - whole).sum() < np.abs(found.observed - whole).sum()
    assert found.predicted[0] < whole < found.predicted[-1]


def test_before_the_first_event_there_is_nothing_to_compare():
    with pytest.raises(NoGroups):
        calibration(*lung(), 1, replicates=2)


@pytest.mark.parametrize(("n", "groups"), [(39, 0), (40, 2), (59, 2), (60, 3), (100, 5), (300, 5)])
def test_a_group_has_twenty_patients_or_more_and_there_are_five_at_most(n, groups):
    if not groups:
        with pytest.raises(NoGroups):
            module._cuts(np.arange(n) / n)
        return
    assert len(module._cuts(np.arange(n) / n)) == groups - 1


def test_predictions_that_do_not_differ_make_no_groups():
    with pytest.raises(NoGroups):
        module._cuts(np.full(200, 0.4))
    assert len(module._cuts(np.repeat([0.2, 0.7], 50))) == 1


def test_a_month_beyond_a_group_and_a_model_without_estimate_are_refused():
    time, event, x = lung()
    with pytest.raises(ValueError, match="not under observation"):
        calibration(time, event, x, 1000, replicates=1)
    with pytest.raises(NotEstimable):
        calibration(time, np.zeros(len(time), bool), x, 365, replicates=1)


@pytest.mark.slow
def test_the_report_draws_each_month_and_says_what_it_cannot():
    study = derive_population(load_cohort("ncctg-lung"))
    model = multivariable_model(derive_endpoints(study, ["OS"]), ["AGE", "SEX"])
    told = model_discrimination(model, replicates=5)
    assert calibration_figures(told) == ()
    first, second = calibration_figures(told, [6, 12], replicates=5)
    assert (first.id, first.of) != (second.id, second.of) and "12 months" in second.title
    values = first.results[0]
    assert values["n"] >= 20 and values.low <= values.estimate <= values.high
    with pytest.raises(CohortError, match="month 900 lies beyond"):
        calibration_figures(told, [900], replicates=5)
    small = multivariable_model(derive_endpoints(study, ["OS"]), ["AGE"])
    few = small.outcome.rows.head(30)
    with pytest.raises(NotAvailable, match="two groups of 20"):
        calibration_figures(_of(told, few), [6], replicates=5)


def _of(told, rows):
    outcome = replace(told.models.outcome, rows=rows)
    return replace(told, models=replace(told.models, outcome=outcome))
