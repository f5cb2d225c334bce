"""Sums of centres against the same analysis of the stacked
patients, by lifelines, R and this project's own estimates.
"""

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter

from smallsurv.competing import cumulative_incidence
from smallsurv.cox import cox_fit
from smallsurv.curve import kaplan_meier, survival_at
from smallsurv.logrank import LogRankSums, log_rank_sums, log_rank_test
from smallsurv.pooled import (
    CoxSums,
    Round,
    cox_sums,
    difference_of_centres,
    first_step,
    next_beta,
    pooled_curve,
    pooled_incidence,
    risk_table,
    runs_away,
    stacked_tables,
    without,
)
from smallsurv.rank_tests import stratified_log_rank
from tests.conftest import project


def reference(name):
    return pd.read_csv(project() / "tests" / "reference" / f"{name}.csv")


CLOSE = dict(rtol=0, atol=1e-8)


@pytest.fixture(scope="module")
def patients():
    """Six centres: ties, one without an event, one of one
    patient, one of one group only, one where x2 does not vary.
    """
    draw, parts = np.random.default_rng(7), []
    for centre, n in enumerate((40, 25, 13, 8, 1, 20)):
        x1, x2 = draw.integers(0, 2, n), np.round(draw.normal(60, 9, n))
        time = np.ceil(draw.exponential(12 * np.exp(-0.5 * x1 - 0.02 * (x2 - 60)) / (1 + centre / 5))) / 2
        cause = draw.choice([0, 1, 2], n, p=[0.3, 0.5, 0.2])
        parts.append(pd.DataFrame({"centre": centre, "time": time, "cause": cause, "x1": x1, "x2": x2}))
    rows = pd.concat(parts, ignore_index=True)
    rows.loc[rows.centre == 3, "cause"] = 0
    rows.loc[rows.centre == 2, "x1"] = 1
    rows.loc[rows.centre == 5, "x2"] = 61.0
    return rows.assign(event=rows.cause > 0)


def of_centres(rows, make):
    return [make(part) for _, part in rows.groupby("centre")]


def climbed(rows, columns=("x1", "x2")):
    """The rounds until the climb ends: each centre sees its own rows and the beta that it is told, nothing else."""
    rounds, beta = [], np.zeros(len(columns))
    while not rounds or not rounds[-1].settled and not runs_away(rounds):
        sums = of_centres(rows, lambda p, at=beta: cox_sums(p.time, p.event, p[list(columns)], at))
        rounds.append(Round(beta, sum(sums[1:], sums[0])))
        beta = next_beta(rounds)
    return rounds


def test_rounds_end_where_the_stacked_patients_do(patients):
    rounds = climbed(patients)
    fit = CoxPHFitter().fit(patients[["time", "event", "x1", "x2", "centre"]], "time", "event", strata=["centre"])
    ours = cox_fit(patients.time, patients.event, patients[["x1", "x2"]], strata=patients.centre)
    last = rounds[-1]
    assert len(rounds) <= 7 and last.settled and not last.singular
    np.testing.assert_allclose(last.beta, fit.params_, rtol=0, atol=1e-6)  # lifelines stops earlier
    np.testing.assert_allclose(last.beta, ours.coef, **CLOSE)
    np.testing.assert_allclose(last.covariance, ours.covariance, **CLOSE)
    np.testing.assert_allclose([last.sums.loglik, rounds[0].sums.loglik], [ours.loglik, ours.loglik0], **CLOSE)
    assert last.p == pytest.approx(fit.summary["p"].to_numpy(), abs=1e-6)


def test_rounds_end_where_r_does():
    found = reference("pooled_cox").set_index("term")
    rows = reference("data_lung").dropna()
    rows = rows.assign(centre=np.arange(len(rows)) % 8, event=rows.event == 1, x1=rows.group, x2=rows.x)
    last = climbed(rows)[-1]
    np.testing.assert_allclose(last.beta, found.loc[["x1", "x2"], "coef"], **CLOSE)
    np.testing.assert_allclose(last.se, found.loc[["x1", "x2"], "se"], **CLOSE)
    sums = of_centres(rows, lambda p: log_rank_sums(p.time, p.x1, p.event, 2))
    assert sum(sums[1:], sums[0]).test().statistic == pytest.approx(found.loc["log-rank", "coef"], abs=1e-8)


def test_a_covariate_that_no_centre_varies_is_unknown_and_one_that_runs_away_is_named(patients):
    rounds = climbed(patients.assign(x2=patients.centre * 3.0))
    assert rounds[-1].known.tolist() == [True, False]
    alone = cox_fit(patients.time, patients.event, patients[["x1"]], strata=patients.centre)
    np.testing.assert_allclose(rounds[-1].beta[0], alone.coef[0], **CLOSE)
    assert np.isnan(rounds[-1].p[1]) and np.isnan(rounds[-1].se[1])
    early = patients.assign(x1=(patients.time <= patients.groupby("centre").time.transform("min")).astype(int))
    early = early.assign(event=early.x1 == 1)
    early.loc[early.centre == 4, "x1"] = 0
    assert runs_away(climbed(early, ["x1"])) and not runs_away(rounds)
    same = climbed(patients.assign(x2=2 * patients.x1), ["x1", "x2"])
    assert same[0].singular and not rounds[0].singular


def test_the_first_round_alone_and_a_centre_left_out(patients):
    rounds, columns = climbed(patients), ["x1", "x2"]
    one, se = first_step(rounds[0])
    assert 0 < np.abs(one - rounds[-1].beta).max() < 0.5 * se.max()
    sums = of_centres(patients, lambda p: cox_sums(p.time, p.event, p[columns], rounds[-1].beta))
    for centre, own in enumerate(sums):
        rest = patients[patients.centre != centre]
        exact = cox_fit(rest.time, rest.event, rest[columns], strata=rest.centre)
        coef, errors = without(rounds[-1], own)
        assert np.abs(coef - exact.coef).max() < 0.1 * errors.max()
    np.testing.assert_allclose(without(rounds[-1], sums[3])[0], rounds[-1].beta, **CLOSE)  # it has no event


def test_a_longer_step_than_the_likelihood_bears_is_halved():
    sums = [CoxSums(-10.0, np.array([4.0]), np.array([[1.0]])), CoxSums(-12.0, np.array([-9.0]), np.array([[2.0]]))]
    rounds = [Round(np.zeros(1), sums[0])]
    assert next_beta(rounds) == 4.0
    rounds.append(Round(np.array([4.0]), sums[1]))
    assert next_beta(rounds) == 2.0
    rounds.append(Round(np.array([2.0]), CoxSums(-9.0, np.array([1.0]), np.array([[1.0]]))))
    assert next_beta(rounds) == 3.0


@pytest.mark.parametrize("by, k", [("x1", 2), ("third", 3)])
def test_the_log_rank_test_in_strata_of_centres(patients, by, k):
    rows = patients.assign(third=np.where(patients.centre == 5, 2, patients.x1))  # a group that one centre alone has
    sums = of_centres(rows, lambda p: log_rank_sums(p.time, p[by], p.event, k))
    test = sum(sums[1:], sums[0]).test()
    adtte = rows.assign(AVAL=rows.time, CNSR=1 - rows.event, PARAMCD="OS")
    statistic, df, p = stratified_log_rank(adtte, by, ["centre"])
    assert (test.statistic, test.p) == pytest.approx((statistic, p), abs=1e-8)
    assert test.df == 1  # nobody of the third group is ever at risk beside another one
    nobody = log_rank_sums([], [], np.zeros(0, bool), k)
    assert not (nobody.covariance.any() or nobody.excess.any()) and not LogRankSums(*vars(nobody).values()).test().df
    whole = log_rank_test(rows.time, rows[by], rows.event)
    one = log_rank_sums(rows.time, rows[by], rows.event, k).test()
    assert (one.statistic, one.df) == (whole.statistic, whole.df)


EDGES = np.arange(0, 61, 3.0)


def tables(rows, edges=EDGES, causes=2):
    return of_centres(rows, lambda p: risk_table(p.time, p.cause, edges, causes))


def test_curves_are_exact_at_bins_and_hold_the_patients_own_between_their_limits(patients):
    pooled = pooled_curve(stacked_tables(tables(patients)))
    rounded = kaplan_meier(np.ceil(patients.time / 3) * 3, patients.event)
    at = survival_at(rounded, pooled.curve.time)["survival"].to_numpy()
    np.testing.assert_allclose(pooled.curve.survival[np.isfinite(at)], at[np.isfinite(at)], **CLOSE)
    own = survival_at(kaplan_meier(patients.time, patients.event), pooled.curve.time)["survival"].to_numpy()
    known = np.isfinite(own)
    assert (own[known] <= pooled.high[known] + 1e-12).all() and (own[known] >= pooled.low[known] - 1e-12).all()
    assert 0.005 < pooled.error < 0.2
    fine = pooled_curve(stacked_tables(tables(patients, np.arange(0, 61, 0.5))))  # as fine as the times themselves
    exact = kaplan_meier(patients.time, patients.event)
    place = np.searchsorted(fine.curve.time, exact.time)
    np.testing.assert_allclose(fine.curve.survival[place], exact.survival, **CLOSE)
    np.testing.assert_allclose(fine.curve.greenwood[place], exact.greenwood, **CLOSE)
    np.testing.assert_array_equal(fine.curve.n_risk[place], exact.n_risk)


def test_limits_are_reached_by_the_two_extreme_orders():
    early = pooled_curve(risk_table([1, 1, 2, 2, 2, 7], [0, 0, 1, 1, 1, 0], [0, 3, 9]))
    late = pooled_curve(risk_table([2, 2, 1, 1, 1, 7], [0, 0, 1, 1, 1, 0], [0, 3, 9]))
    assert early.low.tolist() == late.low.tolist() == [0.25, 0.25]
    assert early.high.tolist() == late.high.tolist() == [0.5, 0.5]
    assert pooled_curve(risk_table([], [], [0, 3])) is None


@pytest.mark.parametrize("cause", [1, 2])
def test_incidence_is_exact_at_bins_and_holds_the_patients_own_between_its_limits(patients, cause):
    pooled = pooled_incidence(stacked_tables(tables(patients)), cause)
    rounded = cumulative_incidence(np.ceil(patients.time / 3) * 3, patients.cause, cause)
    place = np.searchsorted(pooled.curve.time, rounded.time)
    np.testing.assert_allclose(pooled.curve.incidence[place], rounded.incidence, **CLOSE)
    np.testing.assert_allclose(pooled.curve.variance[place], rounded.variance, **CLOSE)
    own = cumulative_incidence(patients.time, patients.cause, cause)
    value = np.append(0, own.incidence)[np.searchsorted(own.time, pooled.curve.time, side="right")]
    assert (value <= pooled.high + 1e-12).all() and (value >= pooled.low - 1e-12).all()


def test_tables_of_unequal_bins_meet_at_the_edges_that_all_share():
    first = risk_table([1, 2, 3, 4, 5, 6], [1, 0, 1, 0, 1, 1], [0, 2, 4, 6])
    second = risk_table([1, 2, 3, 3.5, 5.5], [1, 1, 1, 0, 1], [0, 1, 4, 6])
    whole = stacked_tables([first, second])
    assert whole.edges.tolist() == [0, 4, 6]
    assert (whole.n_risk.tolist(), whole.events.ravel().tolist(), whole.censored.tolist()) == ([11, 3], [5, 3], [3, 0])
    assert stacked_tables([risk_table([1], [1], [0, 2]), risk_table([1], [1], [0, 3])]) is None
    with pytest.raises(ValueError, match="merged, not split"):
        second.at([0, 2, 4])
    with pytest.raises(ValueError, match="different bins"):
        first + second
    with pytest.raises(ValueError, match="above the one before"):
        risk_table([1], [1], [0, 3, 3])


def test_a_time_on_an_edge_ends_in_the_bin_before_it_and_noise_moves_none():
    table = risk_table([3.0, 5.4 - 2.1, 3.3, 7.0, 99.0], [1, 1, 1, 0, 1], [0, 3, 3.3, 7])
    assert (table.n_risk.tolist(), table.dying.tolist(), table.censored.tolist()) == ([5, 4, 2], [1, 2, 0], [0, 0, 1])


def test_centres_that_differ_are_found():
    effects = [np.array([0.1]), np.array([0.9]), np.array([0.2])]
    variances = [np.array([[v]]) for v in (0.04, 0.05, 0.1)]
    w = np.array([25, 20, 10])
    y = np.array([0.1, 0.9, 0.2])
    q = (w * (y - (w * y).sum() / w.sum()) ** 2).sum()
    statistic, df, p = difference_of_centres(effects, variances)
    assert (statistic, df) == (pytest.approx(q), 2) and 0 < p < 0.1
