"""Harrell's C and its optimism: against R's concordance, against lifelines in plain loops, and at the edges."""

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from lifelines.utils import concordance_index

from papercheck.files.findings import NotAvailable
from rechallenge.cohort.cohort import load_cohort
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.derive.population import derive_population
from rechallenge.sections.discrimination import discrimination_table, model_discrimination
from rechallenge.sections.regression import multivariable_model
from smallsurv.cox import NotEstimable
from smallsurv.curve import SEED
from smallsurv.discrimination import concordance, discrimination, ordered_pairs

TIME, EVENT, RISK = [1, 1, 2, 2, 2, 3, 4, 4, 5, 6], [1, 1, 1, 0, 1, 0, 1, 1, 0, 1], [3, 2, 2, 2, 1, 0, 1, 2, 0, 1]


def drawn(n=60, seed=2):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    time = np.round(rng.exponential(np.exp(-x[:, 0])), 1) + 0.1
    return time, rng.random(n) < 0.8, x


def test_c_is_that_of_r_with_ties_of_time_and_of_risk():
    """concordance(Surv(t, e) ~ x, reverse = TRUE) of R survival: 0.8125 of 32 pairs, 8 of them tied in x."""
    pairs = ordered_pairs(TIME, EVENT)
    assert pairs.sum() == 32 and concordance(pairs, RISK) == pytest.approx(0.8125)


def test_c_of_lung_is_that_of_r():
    """concordance(coxph(Surv(time, status) ~ age + sex + ph.ecog, lung)): 0.637135493000455."""
    from lifelines.datasets import load_lung

    lung = load_lung()[["time", "status", "age", "sex", "ph.ecog"]].dropna()
    x = lung[["age", "sex", "ph.ecog"]].to_numpy(float)
    found = discrimination(lung["time"], lung["status"] == 1, x, replicates=20)
    assert found.apparent == pytest.approx(0.637135493000455, abs=1e-9)


def test_times_that_differ_by_noise_are_one():
    noisy = np.array(TIME) + np.linspace(-1, 1, 10) * 1e-10
    assert concordance(ordered_pairs(noisy, EVENT), RISK) == pytest.approx(0.8125)


@pytest.mark.slow
def test_the_optimism_is_that_of_plain_loops_with_lifelines():
    time, event, x = drawn()
    found = discrimination(time, event, x, replicates=12)
    frame, rng = pd.DataFrame(x, columns=["a", "b"]).assign(t=time, e=event.astype(int)), np.random.default_rng(SEED)
    gaps, slopes = [], []
    for _ in range(12):
        rows = rng.integers(0, 60, 60)
        part = frame.iloc[rows].reset_index(drop=True)
        fit = CoxPHFitter().fit(part, "t", "e")
        own, all_ = (-(f[["a", "b"]] @ fit.params_) for f in (part, frame))
        gaps.append(concordance_index(part["t"], own, part["e"]) - concordance_index(time, all_, event))
        slopes.append(CoxPHFitter().fit(frame[["t", "e"]].assign(risk=-all_), "t", "e").params_.iloc[0])
    assert found.optimism == pytest.approx(np.mean(gaps), abs=1e-6) and found.slope == pytest.approx(
        np.mean(slopes), abs=1e-4
    )
    assert found.corrected == found.apparent - found.optimism and found.low < found.corrected < found.high


def test_a_model_of_noise_is_corrected_to_chance():
    rng = np.random.default_rng(5)
    found = discrimination(rng.exponential(size=80), np.ones(80, bool), rng.normal(size=(80, 8)), replicates=60)
    assert found.apparent > 0.55 > found.corrected > 0.45 and found.slope < 0.6


@pytest.mark.parametrize("event, x", [([0] * 10, RISK), (EVENT, [1.0] * 10), ([0] * 9 + [1], RISK)])
def test_what_has_no_estimate_is_refused(event, x):
    with pytest.raises(NotEstimable):
        discrimination(TIME, event, np.array(x, float)[:, None], replicates=5)


def model_of(name, factors):
    study = derive_population(load_cohort(name))
    return multivariable_model(derive_endpoints(study, ["OS" if name == "ncctg-lung" else "PFSR"]), factors)


@pytest.mark.slow
def test_the_table_shows_the_corrected_index_of_patients_and_none_of_pseudo_patients():
    told = model_discrimination(model_of("ncctg-lung", ["AGE", "SEX"]), replicates=25)
    table = discrimination_table(told)
    result = table.results[0]
    assert result.estimate == told.found.corrected and result.low == told.found.low and len(table.rows) == 4
    with pytest.raises(NotAvailable, match="events for each coefficient"):
        model_discrimination(model_of("quzhou-2025", ["ECOG", "SEX"]))
    with pytest.raises(NotAvailable, match="pseudo-patients"):
        model_discrimination(model_of("shi-2026", ["SMOKE"]))
