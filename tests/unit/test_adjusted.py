"""Arms made alike by weights, entropy balancing, matching and augmented weighting: against R, and at the edges."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from smallsurv.adjusted import (
    KINDS,
    Robust,
    Sample,
    bootstrap,
    bootstrap_sets,
    doubly_robust,
    entropy_weights,
    match,
    percentile_limits,
    pseudo_observations,
    tipping_point,
)

REFERENCE = Path(__file__).parents[1] / "reference"
TIMES, TAU = [180.0, 360.0], 500.0


@pytest.fixture(scope="module")
def lung():
    d = pd.read_csv(REFERENCE / "data_lung.csv").assign(y=lambda f: f["x"] ** 2 % 7)
    design = np.column_stack([d["x"] / 10, d["y"]])
    return d, Sample(d["time"], d["event"], d["group"] == 1, design, TIMES, TAU)


def wanted(method):
    return pd.read_csv(REFERENCE / "adjusted.csv").set_index("method").loc[method]


def close(found, row, tolerance=1e-7):
    assert found == pytest.approx([row["first"], row["second"], row["mean"]], rel=tolerance, abs=tolerance)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_differences_under_each_kind_of_weights_are_those_of_r(lung, kind):
    _, sample = lung
    weight = sample.weights(kind)
    close(sample.contrasts(weight).differences, wanted(kind), 1e-6)
    assert weight.sum() ** 2 / (weight**2).sum() == pytest.approx(wanted(kind)["size"], rel=1e-6)


def test_entropy_balancing_meets_the_means_exactly(lung):
    d, sample = lung
    ours, theirs = sample.weights("entropy"), pd.read_csv(REFERENCE / "adjusted_weights.csv")["entropy"].to_numpy()
    assert ours == pytest.approx(theirs[sample.order], abs=1e-7)
    for side in (sample.treated, ~sample.treated):
        assert np.average(sample.design[side], axis=0, weights=ours[side]) == pytest.approx(sample.design.mean(axis=0))


def test_matched_pairs_are_those_of_r(lung):
    d, sample = lung
    frame = pd.read_csv(REFERENCE / "adjusted_weights.csv")
    found = match(frame["score"].to_numpy(), d["group"] == 1)
    assert (
        sorted(found.members) == list(np.flatnonzero(frame["matched"]))
        and found.unmatched == (d["group"] == 1).sum() - 87
    )
    place = np.empty(sample.n, int)
    place[sample.order] = np.arange(sample.n)
    assert np.array_equal(sample.matched().members, place[found.members])
    weight = np.zeros(sample.n)
    weight[place[found.members]] = found.weight
    close(sample.contrasts(weight).differences, wanted("matched"))
    two = match(frame["score"].to_numpy(), d["group"] == 1, ratio=2)
    controls = two.members[~(d["group"] == 1).to_numpy()[two.members]]
    assert len(set(controls)) == len(controls) and two.weight.sum() == pytest.approx(2 * (two.number.max() + 1))


def test_augmented_weighting_of_pseudo_observations_is_that_of_r(lung):
    d, _ = lung
    score = pd.read_csv(REFERENCE / "adjusted_weights.csv")["score"].to_numpy()
    y = pseudo_observations(d["time"], d["event"], TIMES, TAU)
    found = doubly_robust(y, d["group"] == 1, score, d[["x", "y"]].to_numpy(float))
    close(found.difference, wanted("robust")), close(found.se, wanted("robust se"))
    assert Robust(found.means, np.array([1.959964, -1.0]), np.ones(2)).p == pytest.approx([0.05, 0.3173105], abs=1e-7)


def test_without_censoring_a_pseudo_observation_is_the_outcome_itself():
    time = np.array([1.0, 2.0, 4.0, 7.0])
    assert pseudo_observations(time, [True] * 4, [3.0], 5.0) == pytest.approx(
        np.array([[0, 1], [0, 2], [1, 4], [1, 5]], float)
    )


def test_one_right_model_is_enough():
    """The truth is 1; the score is wrong (one half for all) or
    the outcome model is (no covariate), the other one right.
    """
    rng = np.random.default_rng(4)
    x = rng.normal(size=6000)
    p = 1 / (1 + np.exp(-1.2 * x))
    treated = rng.random(6000) < p
    y = 2 * x + treated + rng.normal(size=6000)
    right, none = x[:, None], np.empty((6000, 0))
    naive = y[treated].mean() - y[~treated].mean()
    for score, design in ((np.full(6000, 0.5), right), (p, none)):
        found = doubly_robust(y, treated, score, design)
        assert abs(found.difference[0] - 1) < 4 * found.se[0] < 0.6
    assert naive > 2.5


@pytest.mark.slow
def test_intervals_of_the_bootstrap_are_seeded_and_near_those_of_the_influence_function(lung):
    d, sample = lung
    draws = bootstrap(sample, "ATE", 300)
    assert np.array_equal(draws, bootstrap(sample, "ATE", 300), equal_nan=True)
    ours = np.diff(percentile_limits(draws), axis=0)[0] / 2 / 1.96
    assert ours == pytest.approx([wanted("robust se")[c] for c in ("first", "second", "mean")], rel=0.25)
    found = match(pd.read_csv(REFERENCE / "adjusted_weights.csv")["score"].to_numpy()[sample.order], sample.treated)
    assert np.isfinite(percentile_limits(bootstrap_sets(sample, found, 100))).all()


def test_what_cannot_be_balanced_or_read_is_missing():
    assert entropy_weights([[1.0], [2.0], [3.0]], [9.0]) is None
    assert entropy_weights([[1.0], [1.0]], [2.0]) is None
    sample = Sample([1, 2, 3, 4], [True, True, False, True], [True, True, False, False], np.empty((4, 0)), [3.5], 5.0)
    assert sample.weights("ATE") is None and sample.contrasts(np.ones(4)).survival[1, 0] == 0
    apart = Sample([1, 2, 3, 4], [True] * 4, [True, True, False, False], [[1.0], [2.0], [8.0], [9.0]], [2.0], 3.0)
    assert apart.weights("ATE") is None and apart.weights("entropy") is None
    short = Sample([1, 2, 5, 6], [True, False, True, True], [True, True, False, False], np.empty((4, 0)), [4.0], 4.0)
    assert np.isnan(short.contrasts(np.ones(4)).differences).all()
    assert np.isnan(percentile_limits(np.array([[1.0], [np.nan], [np.nan], [2.0]]))).all()


def test_a_tipping_point_brings_the_limit_to_one():
    assert tipping_point(0.8, 2.0) == pytest.approx(np.log(1.25) / np.log(2))
    assert 0.8 * 2.0 ** tipping_point(0.8, 2.0) == pytest.approx(1)
