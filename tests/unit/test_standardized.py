"""An outcome model averaged over another population: against R, against brute force, and at the edges."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from smallsurv.adjusted import percentile_limits
from smallsurv.cox import NotEstimable
from smallsurv.curve import kaplan_meier
from smallsurv.standardized import (
    Margin,
    anchored_effects,
    as_rows,
    averaged_response,
    averaged_survival,
    drawn_population,
    simulated_bootstrap,
    simulated_contrasts,
)

REFERENCE = Path(__file__).parents[1] / "reference"
COLUMNS = ["age", "male", "ecog0", "smoke"]


@pytest.fixture(scope="module")
def arms():
    own, control, there = (
        pd.read_csv(REFERENCE / f"data_{name}.csv") for name in ("external_own", "external_control", "population")
    )
    sides = [(d["time"].to_numpy(float), d["event"].to_numpy(bool)) for d in (own, control)]
    return *sides, own[COLUMNS].to_numpy(float), there[COLUMNS].to_numpy(float), own["prior"].to_numpy() > 2


@pytest.fixture(scope="module")
def r():
    return pd.read_csv(REFERENCE / "standardized.csv").set_index("name")["value"]


def test_averaged_curves_and_what_differs_are_those_of_r(arms, r):
    own, control, x, there, _ = arms
    at, (survival,) = averaged_survival(*own, x, [there])
    assert [survival[at <= t][-1] for t in (90, 180, 365)] == pytest.approx(
        [r[f"survival {t}"] for t in (90, 180, 365)], rel=1e-8
    )
    found = simulated_contrasts(own, control, x, there, [180.0], 300.0)
    assert found == pytest.approx([r["coef"], r["share"], r["mean"]], rel=1e-6)


def test_the_averaged_response_is_that_of_r(arms, r):
    *_, x, there, answer = arms
    assert averaged_response(answer, x, there) == pytest.approx(r["response"], rel=1e-7)
    twice = averaged_response(np.repeat(answer, 2), np.repeat(x, 2, axis=0), there)
    assert averaged_response(answer, x, there, np.full(len(x), 2)) == pytest.approx(twice, rel=1e-9)


def test_anchored_ratios_are_those_of_r(arms, r):
    own, _, x, there, _ = arms
    found = anchored_effects(*own, np.arange(len(x)) % 2 == 0, x, there, np.array([True, False, False, True]))
    assert found == pytest.approx([r["averaged"], r["centred"]], rel=1e-6)


def test_rows_of_a_curve_give_the_curve_back():
    at, survival = np.array([1.0, 2.0, 5.0]), np.array([0.8, 0.5, 0.2])
    time, event, weight = as_rows(at, survival, 6.0, 10)
    assert weight == pytest.approx([2, 3, 3, 2]) and (time[-1], event[-1]) == (6.0, False)
    rows = np.repeat(np.arange(4), weight.round().astype(int))
    assert kaplan_meier(time[rows], event[rows]).survival[:3] == pytest.approx(survival)


def test_a_level_has_a_column_where_anybody_has_it():
    own = np.array([0, 1, 1])
    assert Margin(own, shares=np.array([0.5, 0.5, 0.0])).columns(own).tolist() == [[0], [1], [1]]
    assert Margin(own, shares=np.array([0.5, 0.0, 0.5])).columns(own).shape == (3, 2)


def test_drawn_patients_are_as_printed_and_hang_together_as_the_own_ones():
    rng = np.random.default_rng(4)
    z = rng.multivariate_normal([0, 0], [[1, 0.7], [0.7, 1]], 4000)
    margins = [
        Margin(50 + 8 * z[:, 0], 60, 5),
        Margin((z[:, 1][:, None] > [-0.5, 0.8]).sum(axis=1), shares=np.array([0.2, 0.5, 0.3])),
    ]
    own, drawn = drawn_population(margins, 12)
    assert own.shape == (4000, 3) and drawn.shape == (4096, 3)
    assert (drawn[:, 0].mean(), drawn[:, 0].std()) == pytest.approx((60, 5), abs=0.05)
    assert drawn[:, 1:].mean(axis=0) == pytest.approx([0.5, 0.3], abs=0.005)
    linked = [np.corrcoef(d[:, 0], d[:, 1] + 2 * d[:, 2])[0, 1] for d in (own, drawn)]
    assert linked[1] == pytest.approx(linked[0], abs=0.05)
    assert np.array_equal(drawn, drawn_population(margins, 12)[1])


def test_where_the_outcome_follows_the_model_the_truth_comes_back_beyond_the_own_patients():
    """The other population is two standard deviations older than
    these patients, of whom a hundredth is as old: hazards known.
    """
    rng = np.random.default_rng(5)
    x, far = rng.normal(size=4000), rng.normal(2, 0.5, 4000)
    time, cut = rng.exponential(np.exp(-0.4 * x)), rng.uniform(0.5, 4, 4000)
    own = (np.minimum(time, cut), time <= cut)
    control = (rng.exponential(np.exp(-0.4 * far)) / 2, np.ones(4000, bool))
    design, drawn = drawn_population([Margin(x, 2, 0.5)])
    ratio, share, _ = simulated_contrasts(own, control, design, drawn, [0.5], 1.0)
    s = [np.exp(-k * 0.5 * np.exp(0.4 * far)).mean() for k in (1, 2)]
    assert share == pytest.approx(s[0] - s[1], abs=0.04) and ratio == pytest.approx(-np.log(2), abs=0.12)


def test_the_bootstrap_is_seeded_and_holds_the_estimate(arms):
    own, control, x, there, _ = arms
    own, x = (own[0][:80], own[1][:80]), x[:80]
    draws, again = (simulated_bootstrap(own, control, x, there, [180.0], 200.0, 60) for _ in range(2))
    assert np.array_equal(draws, again, equal_nan=True)
    low, high = percentile_limits(draws)
    assert ((low < (found := simulated_contrasts(own, control, x, there, [180.0], 200.0))) & (found < high)).all()


def test_what_has_no_model_is_refused():
    with pytest.raises(NotEstimable, match="nobody here has it"):
        drawn_population([Margin(np.array([0, 0, 1]), shares=np.array([0.5, 0.3, 0.2]))])
    x, time = np.array([[0.0], [0], [1], [1]]), np.array([1.0, 2, 3, 4])
    for event in ([False] * 4, [True, True, False, False]):
        with pytest.raises(NotEstimable):
            averaged_survival(time, event, x, [x])
    assert np.isnan(averaged_response([True, True, False, False], x, x))
    draws = simulated_bootstrap((time, np.zeros(4, bool)), (time, np.ones(4, bool)), x, x, [2.0], 3.0, 3)
    assert np.isnan(draws).all()
