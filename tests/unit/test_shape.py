"""Splines and cut-points: against R survival and maxstat, and at the edges."""

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from smallsurv.cox import NotEstimable
from smallsurv.shape import best_cut, fit_shape, log_rank_scores, miller_siegmund, spline_basis, spline_knots

REFERENCE = Path(__file__).parents[1] / "reference"


@pytest.fixture(scope="module")
def lung():
    d = pd.read_csv(REFERENCE / "data_lung.csv")
    return d["time"] + (d.index + 1) / 1000, d["event"] == 1, d["x"].to_numpy(float)


@pytest.fixture(scope="module")
def r():
    return pd.read_csv(REFERENCE / "shape.csv").set_index("name")["value"]


@pytest.mark.parametrize("number", [3, 4, 5])
def test_a_spline_in_a_cox_model_is_that_of_r(lung, r, number):
    time, event, x = lung
    knots = spline_knots(x, number)
    found = fit_shape(time, event, x, knots)
    assert knots == pytest.approx([r[f"{number} knot {j}"] for j in range(1, number + 1)])
    assert found.coef == pytest.approx([r[f"{number} coef {j}"] for j in range(1, number)], rel=1e-6, abs=1e-9)
    errors = np.sqrt(np.diag(found.covariance))
    assert errors == pytest.approx([r[f"{number} se {j}"] for j in range(1, number)], rel=1e-6)
    for name in ("overall", "nonlinear", "linear"):
        assert getattr(found, name)[0] == pytest.approx(r[f"{number} {name}"], abs=1e-7)
    assert [found.overall[1], found.nonlinear[1], found.linear[1]] == [number - 1, number - 2, 1]
    curve = pd.read_csv(REFERENCE / "shape_curve.csv").query("knots == @number")
    middle, low, high = found.log_hazard(curve["x"], np.median(x))
    assert middle == pytest.approx(curve["middle"].to_numpy(), abs=1e-6)
    assert high - low == pytest.approx(2 * 1.959963984540054 * curve["se"].to_numpy(), abs=1e-6)


def test_beyond_the_outer_knots_a_spline_is_straight():
    basis = spline_basis(np.array([10.0, 11, 12, -3, -4, -5]), [0, 2, 5, 9])
    assert np.diff(basis[:3], 2, axis=0) == pytest.approx(0, abs=1e-9) and (basis[3:, 1:] == 0).all()


def test_the_best_cut_is_that_of_r_and_of_maxstat(lung, r):
    found = best_cut(*lung)
    assert (found.statistic, found.below, found.tried) == pytest.approx(
        (r["cut statistic"], r["cut below"], r["cut tried"])
    )
    assert found.statistic == pytest.approx(r["maxstat statistic"], rel=1e-9)
    assert found.p_approximate == pytest.approx(r["maxstat p"], rel=1e-9)
    assert np.floor(found.cut) == r["maxstat cut"]
    assert abs(found.p - r["cut p"]) < 4 * np.hypot(found.error, np.sqrt(r["cut p"] * (1 - r["cut p"]) / 20000))
    assert found.p > 3 * found.p_naive


def test_the_corrected_p_holds_its_level_and_the_naive_one_does_not():
    rng = np.random.default_rng(3)
    found = [
        best_cut(rng.exponential(size=60), rng.random(60) < 0.8, rng.normal(size=60), draws=199, seed=int(i))
        for i in range(150)
    ]
    share = np.mean([f.p <= 0.05 for f in found])
    assert share < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 150) < np.mean([f.p_naive <= 0.05 for f in found])


def test_scores_sum_to_zero_with_ties():
    scores = log_rank_scores([1, 1, 2, 2, 3], [True, False, True, True, False])
    assert scores.sum() == pytest.approx(0) and scores[0] == pytest.approx(1 - 1 / 5)
    assert miller_siegmund(0.5, 0.1, 0.9) == 1
    assert miller_siegmund(1.05, 0.01, 0.99) == 1  # the formula says 1.08


def test_the_corrected_p_is_that_of_every_order():
    time, event = np.array([1.0, 2, 3, 4, 5, 6]), np.array([1, 1, 0, 1, 1, 1], bool)
    x = np.array([3.0, 1, 2, 6, 4, 5])
    scores, sizes = log_rank_scores(time, event), np.array([2, 3, 4])
    scale = np.sqrt(scores.var(ddof=1) * sizes * (6 - sizes) / 6)
    orders = np.array(list(itertools.permutations(scores)))
    every = np.abs(np.cumsum(orders, axis=1)[:, sizes - 1] / scale).max(axis=1)
    found = best_cut(time, event, x, margin=0.3, draws=4000)
    assert found.tried == 3 and found.p == pytest.approx((every >= found.statistic - 1e-9).mean(), abs=4 * found.error)


def test_what_has_no_cut_or_knots_is_refused():
    time, all_seen, none = range(1, 11), [True] * 10, [False] * 10
    for event, x in ((none, range(10)), (all_seen, [3] * 10), (all_seen, [1] * 9 + [2])):
        with pytest.raises(NotEstimable):
            best_cut(time, event, x, margin=0.2)
    with pytest.raises(NotEstimable):
        spline_knots([1] * 9 + [2], 3)
    with pytest.raises(NotEstimable):
        fit_shape(time, none, range(10), [1, 5, 8])
