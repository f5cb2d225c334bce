"""Weighted, stratified, combined, milestone and pairwise tests, and
the Fine-Gray model: against R and lifelines, and at the edges.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from smallsurv.curve import kaplan_meier
from smallsurv.fine_gray import fine_gray
from smallsurv.logrank import log_rank_test
from smallsurv.multiplicity import holm
from smallsurv.rank_tests import milestone_test, pairwise_log_rank, rank_tests, stratified_log_rank

REFERENCE = Path(__file__).parents[1] / "reference"


def data(name):
    d = pd.read_csv(REFERENCE / f"data_{name}.csv")
    return d.assign(group=(d["group"] > 0).astype(int), stratum=(d["x"] > d["x"].median()).astype(int))


@pytest.mark.parametrize("name", ["lung", "veteran"])
@pytest.mark.parametrize("kind", ["plain", "stratified"])
def test_weighted_tests_are_those_of_r(name, kind):
    d = data(name)
    wanted = pd.read_csv(REFERENCE / "rank_tests.csv").query("set == @name and kind == @kind")
    found = rank_tests(
        d["time"],
        d["event"],
        d["group"],
        [(rho, 0) for rho in wanted["rho"]],
        d["stratum"] if kind != "plain" else None,
    )
    assert (
        np.allclose(found.z**2, wanted["statistic"], rtol=1e-9)
        and (np.sign(found.z) == np.sign(wanted["excess"])).all()
    )


def test_late_weights_are_those_of_lifelines():
    from lifelines.statistics import logrank_test

    d = data("veteran").groupby("time", as_index=False).first()  # without ties the two agree on the weight of a time
    mine = d["group"] == 1
    for rho, gamma in ((0, 1), (1, 1), (0.5, 2)):
        found = rank_tests(d["time"], d["event"], mine, [(rho, gamma)])
        theirs = logrank_test(
            d["time"][~mine],
            d["time"][mine],
            d["event"][~mine],
            d["event"][mine],
            weightings="fleming-harrington",
            p=rho,
            q=gamma,
        )
        assert found.z[0] ** 2 == pytest.approx(theirs.test_statistic, rel=1e-6)


@pytest.mark.slow
def test_the_largest_of_several_has_the_p_that_drawing_gives():
    d = data("veteran")
    found = rank_tests(d["time"], d["event"], d["group"])
    assert found.weights == ((0, 0), (0, 1), (1, 0), (1, 1))  # as Lin et al. 2020
    draws = np.random.default_rng(1).multivariate_normal(np.zeros(4), found.correlation, 400_000, method="eigh")
    drawn = (np.abs(draws).max(axis=1) >= np.abs(found.z).max()).mean()
    assert found.largest_p == pytest.approx(drawn, abs=4 * np.sqrt(drawn * (1 - drawn) / len(draws)))
    assert found.p.min() < found.largest_p < 4 * found.p.min() and found.largest_p == found.largest_p


def test_one_weight_alone_is_the_ordinary_test():
    d = data("lung")
    found = rank_tests(d["time"], d["event"], d["group"], [(0, 0)])
    usual = log_rank_test(d["time"], d["group"], d["event"])
    assert found.z[0] ** 2 == pytest.approx(usual.statistic) and found.largest_p == pytest.approx(usual.p, abs=1e-9)


@pytest.mark.parametrize("name", ["lung", "veteran"])
def test_the_stratified_test_of_frames_is_that_of_r(name):
    d = data(name)
    frame = pd.DataFrame({"AVAL": d["time"], "CNSR": 1 - d["event"], "G": d["group"].astype(str), "S": d["stratum"]})
    wanted = pd.read_csv(REFERENCE / "rank_tests.csv").query("set == @name and kind == 'stratified' and rho == 0")
    statistic, df, p = stratified_log_rank(frame, "G", ["S"])
    assert (statistic, df) == (pytest.approx(wanted["statistic"].iloc[0]), 1) and 0 < p < 1
    assert np.isnan(stratified_log_rank(frame.assign(CNSR=1), "G", ["S"])[0])


@pytest.mark.parametrize("name", ["lung", "veteran"])
def test_milestones_are_those_of_r(name):
    d = data(name)
    curves = [kaplan_meier(d["time"][d["group"] == g], d["event"][d["group"] == g] == 1) for g in (0, 1)]
    for r in pd.read_csv(REFERENCE / "milestones.csv").query("set == @name").itertuples():
        found = milestone_test(*curves, r.time)
        assert found.difference == pytest.approx(r.difference, abs=1e-9) and found.p == pytest.approx(r.p, rel=1e-7)
        assert (found.high - found.low) / 2 == pytest.approx(norm.ppf(0.975) * r.se, abs=1e-9)


def test_a_milestone_beyond_a_curve_or_before_any_event_has_no_p():
    short, long = kaplan_meier([1, 2, 3], [True, True, False]), kaplan_meier([4, 5, 6], [True, True, True])
    beyond, before = milestone_test(short, long, 5), milestone_test(short, long, 0.5)
    assert np.isnan(beyond.difference) and np.isnan(beyond.p) and np.isnan(before.p) and before.difference == 0
    assert np.isnan(before.low)


def test_pairs_are_tested_two_by_two_and_adjusted():
    d = pd.read_csv(REFERENCE / "data_veteran.csv")
    frame = pd.DataFrame({"AVAL": d["time"], "CNSR": 1 - d["event"], "G": pd.Categorical(d["group"].astype(str))})
    found = pairwise_log_rank(frame, "G", ["3", "0", "1", "2"])
    assert len(found) == 6 and list(found["reference"])[:3] == ["3"] * 3
    two = d[d["group"].isin([0, 1])]
    p = log_rank_test(two["time"], two["group"], two["event"] == 1).p
    row = found[(found["reference"] == "0") & (found["level"] == "1")].iloc[0]
    assert row["p"] == pytest.approx(p) and list(found["p_holm"]) == pytest.approx(list(holm(found["p"].to_numpy())))


def test_tests_without_variance_have_no_p():
    found = rank_tests([1, 2, 3], [False] * 3, [True, False, True])
    assert np.isnan(found.z).all() and np.isnan(found.largest_p)


@pytest.mark.parametrize("name", ["drawn", "mgus", "small"])
def test_the_fine_gray_model_is_that_of_r(name):
    d = pd.read_csv(REFERENCE / f"data_competing_{name}.csv")
    wanted = pd.read_csv(REFERENCE / "fine_gray.csv").query("set == @name").iloc[0]
    found = fine_gray(d["time"], d["cause"], (d["group"] > 0).to_numpy(float)[:, None])
    assert found.coef[0] == pytest.approx(wanted["coef"], abs=1e-6) and found.se[0] == pytest.approx(
        wanted["se"], abs=1e-6
    )


def test_without_another_cause_the_fine_gray_model_is_the_cox_model():
    from smallsurv.cox import cox_fit

    d = pd.read_csv(REFERENCE / "data_lung.csv")
    found = fine_gray(d["time"], d["event"], d[["group"]])
    cox = cox_fit(d["time"], d["event"], d[["group"]], robust=True)
    assert found.coef[0] == pytest.approx(cox.coef[0], abs=1e-8)
    assert found.se[0] == pytest.approx(np.sqrt(cox.sandwich[0, 0]), abs=1e-8)
    with pytest.raises(ValueError, match="no event"):
        fine_gray([1.0, 2.0], [0, 2], [[0.0], [1.0]])
