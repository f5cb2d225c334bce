"""One arm beside a published one: against R survival, maicplus and scipy, and at the edges."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from smallsurv.curve import kaplan_meier
from smallsurv.external import (
    beside,
    constant_hazard,
    curve_hazard,
    external_bootstrap,
    external_contrasts,
    matched_weights,
    one_sample_log_rank,
    within,
)
from smallsurv.weights import effective_size

REFERENCE = Path(__file__).parents[1] / "reference"
TARGET = np.array([51, 3.25**2, 147 / 300, 105 / 300, 58 / 300, 0.5])


@pytest.fixture(scope="module")
def arms():
    own, control = (pd.read_csv(REFERENCE / f"data_external_{name}.csv") for name in ("own", "control"))
    design = np.column_stack(
        [own["age"], (own["age"] - 51) ** 2, own["male"], own["ecog0"], own["smoke"], own["prior"] > 2]
    )
    times = [(d["time"], d["event"].astype(bool)) for d in (own, control)]
    return own, control, beside(*times, design, [180.0], 400.0)


def wanted():
    return pd.read_csv(REFERENCE / "external.csv").set_index("name")["value"]


def in_rows(sample, weight, n):
    found = np.empty(len(weight))
    found[sample.order] = weight
    return found[:n]


def hazards(own, control):
    curve = kaplan_meier(control["time"], control["event"])
    end = curve.time[curve.survival > 0].max()
    time, event = within(own["time"], own["event"], end)
    few = own.head(13)
    return {
        "median": (constant_hazard(own["time"], 0.5, 300), own["event"]),
        "rate": (constant_hazard(own["time"], 0.4, 365), own["event"]),
        "curve": (curve_hazard(curve.time, curve.survival, time), event),
        "few": (constant_hazard(few["time"], 0.5, 400), few["event"]),
    }


@pytest.mark.parametrize("name", ["median", "rate", "curve", "few"])
def test_the_one_sample_test_is_that_of_r(arms, name):
    """survdiff with an offset, and poisson.test."""
    found, r = one_sample_log_rank(*hazards(*arms[:2])[name]), wanted()
    ours = (found.observed, found.expected, found.z**2, found.p, found.low, found.high)
    theirs = [r[f"{name} {k}"] for k in ("obs", "exp", "chisq", "p", "low", "high")]
    assert ours == pytest.approx(theirs, rel=1e-9)


def test_weights_are_those_of_maicplus_of_r_and_of_scipy(arms):
    own, _, sample = arms
    ours = in_rows(sample, matched_weights(sample, TARGET), len(own))
    design = np.empty((len(own), 6))
    design[sample.order[sample.treated]] = sample.design[sample.treated]
    z = (design - TARGET) / design.std(axis=0)
    lowest = minimize(lambda a: np.exp(z @ a).sum(), np.zeros(6), jac=lambda a: np.exp(z @ a) @ z, tol=1e-12).x
    scipys = np.exp(z @ lowest)
    assert ours == pytest.approx(scipys / scipys.mean(), abs=1e-6)
    assert ours == pytest.approx(pd.read_csv(REFERENCE / "external_weights.csv")["weight"].to_numpy(), abs=1e-8)
    assert ours == pytest.approx(own["maicplus"].to_numpy(), abs=1e-6)
    assert effective_size(ours) == pytest.approx(wanted()["size"], rel=1e-8)


@pytest.mark.parametrize("kind", ["plain", "weighted"])
def test_hazard_ratio_shares_and_means_are_those_of_r(arms, kind):
    sample, r = arms[2], wanted()
    weight = np.ones(sample.n) if kind == "plain" else matched_weights(sample, TARGET)
    found = external_contrasts(sample, weight)
    assert found == pytest.approx([r[f"{kind} {k}"] for k in ("coef", "share", "mean")], rel=1e-6)


def test_the_bootstrap_is_seeded_finds_the_weights_anew_and_draws_both_arms(arms):
    own, control, sample = arms
    draws = external_bootstrap(sample, TARGET, 40)
    assert (
        np.array_equal(draws, external_bootstrap(sample, TARGET, 40), equal_nan=True)
        and np.isfinite(draws[:, :2]).all()
    )
    spread, fixed = draws[:, 1].std(), external_contrasts(sample, matched_weights(sample, TARGET))[1]
    shares = [kaplan_meier(d["time"], d["event"]) for d in (own, control)]
    least = sum(c.survival[c.time <= 180][-1] ** 2 * c.greenwood[c.time <= 180][-1] for c in shares) ** 0.5
    assert spread > 0.8 * least and abs(draws[:, 1].mean() - fixed) < spread


def test_what_cannot_be_compared_is_missing():
    none = one_sample_log_rank([0.0, 0.0], [False, False])
    assert np.isnan([none.ratio, none.z, none.p]).all()
    some = one_sample_log_rank([2.0, 2.5], [False, False])
    assert some.ratio == 0 and some.low == 0 and some.p == pytest.approx(0.0282017294376208, rel=1e-9)
    assert list(curve_hazard([1, 2], [0.5, 0.25], [0.5, 1, 3])) == pytest.approx([0, np.log(2), np.log(4)])
    sample = beside(([1, 2, 3], [True] * 3), ([2, 4], [True] * 2), [[1.0], [2.0], [3.0]], [2.0], 3.0)
    assert matched_weights(sample, [9.0]) is None
    assert np.isnan(external_bootstrap(sample, [9.0], 3)).all()
    assert within([1.0, 2.0, 3.0], [True] * 3, 2.0)[1].tolist() == [True, True, False]


@pytest.mark.slow
def test_without_an_effect_the_exact_test_holds_its_level():
    """Exponential times of 20 patients, censored at random: of
    2,000 samples at most 5% (and three errors) below 0.05.
    """
    rng = np.random.default_rng(8)
    low = 0
    for _ in range(2000):
        time, lost = rng.exponential(1, 20), rng.exponential(2, 20)
        low += one_sample_log_rank(np.minimum(time, lost), time <= lost).p < 0.05
    assert low / 2000 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 2000)
