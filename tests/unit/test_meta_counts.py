"""Odds ratios of two arms and shares of single arms, pooled: against R metafor and lme4, by hand, and at the edges."""

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import binom, norm

from smallsurv.meta import counts, effects, glmm
from tests.unit.test_meta_pool import ANSWERS, BCG, REFERENCE, agree, answers

CATHETER = pd.read_csv(REFERENCE / "data_meta_catheter.csv")
ARMS = {"bcg": BCG, "catheter": CATHETER}
SHARES = {
    "series": pd.read_csv(REFERENCE / "data_meta_shares.csv"),
    "catheter": CATHETER,
    "alike": pd.DataFrame({"study": list("abc"), "events": [2, 3, 5], "n": [20, 30, 40]}),
}


def arms(*rows):
    return pd.DataFrame(rows, columns=effects.ARMS).assign(study=[f"s{i}" for i in range(len(rows))])


def series(events, n):
    return pd.DataFrame({"study": [f"s{i}" for i in range(len(n))], "events": events, "n": n})


@pytest.mark.parametrize("name", ARMS)
def test_the_odds_ratio_of_each_study_agrees_with_metafor_and_empty_cells_are_filled(name):
    found = effects.odds_ratios(ARMS[name])
    wanted = ANSWERS[(ANSWERS["set"] == name) & (ANSWERS["model"] == "single")]
    seen = [int(of.split()[1]) - 1 for of in wanted["of"].unique()]
    assert list(found.index[found["se"].notna()]) == seen
    for i in seen:
        agree(found.loc[i], answers(name, "single", f"study {i + 1}"))


@pytest.mark.parametrize("name", ARMS)
@pytest.mark.parametrize("method", counts.ODDS)
def test_a_pooled_odds_ratio_agrees_with_metafor(name, method):
    agree(counts.pool_odds(ARMS[name], (method,)).iloc[0], answers(name, method, "odds"))


def test_a_study_without_event_in_either_arm_says_so_and_is_in_no_pool():
    alone = effects.odds_ratios(CATHETER).set_index("study").loc[15]
    assert "says nothing about the ratio" in alone["reason"] and np.isnan(alone["effect"])
    pd.testing.assert_frame_equal(counts.pool_odds(CATHETER), counts.pool_odds(CATHETER[CATHETER["study"] != 15]))


def test_mantel_haenszel_by_hand():
    found = counts.pool_odds(arms((2, 10, 1, 10), (3, 20, 6, 20)), ("MH",)).iloc[0]
    assert found["estimate"] == pytest.approx((2 * 9 / 20 + 3 * 14 / 40) / (8 * 1 / 20 + 17 * 6 / 40))


def test_peto_by_hand():
    found = counts.pool_odds(arms((3, 10, 1, 10), (0, 10, 2, 10)), ("Peto",)).iloc[0]
    variance = 10 * 10 * 4 * 16 / (400 * 19), 10 * 10 * 2 * 18 / (400 * 19)
    assert np.log(found["estimate"]) == pytest.approx(((3 - 2) + (0 - 1)) / sum(variance), abs=1e-12)
    assert found["se"] == pytest.approx(1 / np.sqrt(sum(variance)))


def test_events_in_one_arm_only_have_no_odds_ratio_by_mantel_and_haenszel():
    found = counts.pool_odds(arms((3, 10, 0, 10), (2, 12, 0, 9))).set_index("model")
    assert "all in one arm" in found.loc["MH", "reason"] and np.isnan(found.loc["MH", "estimate"])
    assert np.isfinite(found.loc[["IV", "Peto"], "ci_high"].astype(float)).all()


def test_an_arm_of_nothing_but_events_is_as_silent_as_one_without_any():
    found = effects.odds_ratios(arms((5, 5, 7, 7), (0, 5, 0, 7), (1, 5, 0, 7), (np.nan, 5, 1, 7), (0, 0, 1, 7)))
    assert list(found["se"].notna()) == [False, False, True, False, False]
    assert found["reason"][3] == "counts missing"


@pytest.mark.parametrize("methods", [("MH",), ("Peto",), ("IV",)])
def test_no_study_and_one_study_of_arms(methods):
    nothing, alone = (counts.pool_odds(a, methods).iloc[0] for a in (arms((0, 5, 0, 5)), arms((2, 9, 4, 11))))
    assert nothing["k"] == 0 and np.isnan(nothing["estimate"]) and nothing["reason"]
    assert (
        alone["k"] == 1 and np.isfinite(alone["ci_high"]) and alone["reason"] == "one study: there is nothing to pool"
    )


@pytest.mark.parametrize("row", [(-1, 5, 1, 5), (6, 5, 1, 5), (1, 5, 6, 5)])
def test_counts_that_cannot_be_are_refused(row):
    with pytest.raises(ValueError, match="more events than patients"):
        effects.odds_ratios(arms(row))


@pytest.mark.parametrize("name", SHARES)
@pytest.mark.parametrize("method", ["logit", "Freeman-Tukey"])
def test_a_pooled_share_agrees_with_metafor(name, method):
    agree(counts.pool_proportions(SHARES[name], (method,)).iloc[0], answers(name, method, "shares"))


@pytest.mark.parametrize("name", SHARES)
def test_the_random_intercept_model_agrees_with_lme4(name):
    found, wanted = counts.pool_proportions(SHARES[name], ("GLMM",)).iloc[0], answers(name, "GLMM", "shares")
    agree(found, wanted)


@pytest.mark.parametrize("name", SHARES)
def test_seven_nodes_of_metafor_come_near(name):
    found = counts.pool_proportions(SHARES[name], ("GLMM",)).iloc[0]
    for column, value in answers(name, "GLMM", "rma.glmm").items():
        assert found[column] == pytest.approx(value, rel=2e-3, abs=1e-6), column


@pytest.mark.parametrize("name", SHARES)
def test_the_test_of_one_share_for_all_agrees_with_metafor(name):
    agree(counts.pool_proportions(SHARES[name], ("GLMM",)).iloc[0], answers(name, "GLMM", "homogeneity"))


@pytest.mark.parametrize("name", ["series", "catheter"])
def test_the_likelihood_is_the_integral_that_r_takes_outright(name):
    found = glmm.random_intercept_logit(SHARES[name]["events"], SHARES[name]["n"])
    wanted = answers(name, "GLMM", "outright")
    assert found.loglik == pytest.approx(wanted["loglik"], rel=1e-9)
    assert (found.mu, found.tau2, found.se) == pytest.approx((wanted["mu"], wanted["tau2"], wanted["se"]), rel=2e-5)


@pytest.mark.parametrize("mu, sigma, x, n", [(-2, 0.6, 0, 13), (1, 3.0, 5, 5), (-4, 8.0, 1, 300), (0, 1e-3, 2, 4)])
def test_the_quadrature_is_the_integral_for_small_and_wide_spreads(mu, sigma, x, n):
    rule = np.polynomial.hermite_e.hermegauss(glmm.NODES)
    loglik = glmm._terms(mu, sigma, np.array([float(x)]), np.array([float(n)]), rule)[0]
    edges = np.linspace(-12, 12, 60)
    whole = sum(
        quad(lambda u: binom.pmf(x, n, expit(mu + sigma * u)) * norm.pdf(u), a, b)[0]
        for a, b in zip(edges[:-1], edges[1:], strict=True)
    )
    assert loglik == pytest.approx(np.log(whole), abs=1e-7)


def test_the_fit_is_the_top_of_its_likelihood():
    x, n = (SHARES["series"][c].to_numpy(float) for c in ("events", "n"))
    fit = glmm.random_intercept_logit(x, n)
    rule = np.polynomial.hermite_e.hermegauss(glmm.NODES)
    for mu, sigma in ((0.01, 0), (-0.01, 0), (0, 0.01), (0, -0.01)):
        assert glmm._terms(fit.mu + mu, np.sqrt(fit.tau2) + sigma, x, n, rule)[0] < fit.loglik


def test_shares_that_differ_less_than_by_chance_are_pooled_as_one():
    found = counts.pool_proportions(SHARES["alike"], ("GLMM",)).iloc[0]
    assert found["tau2"] == 0 and found["estimate"] == pytest.approx(10 / 90)


def test_zero_events_in_some_studies_pull_the_logit_up_but_not_the_mixed_model():
    found = counts.pool_proportions(series([0, 0, 1, 2], [20, 25, 40, 30])).set_index("model")["estimate"]
    assert found["GLMM"] == pytest.approx(3 / 115, rel=0.02) and found["logit"] > found["GLMM"]


def test_freeman_and_tukey_mislead_where_the_studies_differ_much_in_size():
    found = counts.pool_proportions(series([1, 60, 60], [10, 10_000, 10_000])).set_index("model")["estimate"]
    assert found["Freeman-Tukey"] == 0  # 121 events in all, and no study below 0.6%
    assert found["GLMM"] == pytest.approx(121 / 20_010, rel=0.01)


@pytest.mark.parametrize("events, share", [([0, 0, 0], 0.0), ([10, 20, 30], 1.0)])
def test_no_event_at_all_or_nothing_else_has_no_interval_by_the_mixed_model(events, share):
    found = counts.pool_proportions(series(events, [10, 20, 30])).set_index("model")
    assert found.loc["GLMM", "estimate"] == share and np.isnan(found.loc["GLMM", "ci_high"])
    assert found.loc["GLMM", "reason"]
    others = found.loc[["logit", "Freeman-Tukey"], ["ci_low", "estimate", "ci_high"]].astype(float)
    assert ((others >= 0) & (others <= 1)).all(axis=None) and (abs(others["estimate"] - share) < 0.05).all()


def test_studies_of_all_or_nothing_have_no_finite_spread():
    found = counts.pool_proportions(series([0, 500, 0, 500], [500] * 4), ("GLMM",)).iloc[0]
    assert np.isnan(found["estimate"]) and "no finite estimate" in found["reason"]


def test_one_series_has_its_exact_interval_and_nothing_is_pooled():
    found = counts.pool_proportions(series([0], [13]))
    assert found["ci_high"].tolist() == pytest.approx([0.2470526] * 3, abs=1e-6)  # binom.test of R
    assert set(found["reason"]) == {"one study: there is nothing to pool"} and set(found["method"]) == {
        "Clopper-Pearson"
    }


def test_two_series_have_no_prediction():
    found = counts.pool_proportions(series([1, 8], [20, 20]))
    assert found["prediction_low"].isna().all() and found["ci_low"].notna().all()


def test_a_series_without_counts_is_listed_and_not_pooled():
    rows = series([1, np.nan, 3, 0], [10, 12, np.nan, 0]).assign(year=[2018, 2019, 2020, 2021])
    exact = counts.exact_proportions(rows)
    assert list(exact)[:6] == ["study", "events", "n", "estimate", "ci_low", "ci_high"]
    assert list(exact["estimate"].notna()) == [True, False, False, False] and list(exact["year"]) == list(rows["year"])
    assert counts.pool_proportions(rows)["k"].tolist() == [1] * 3
    none = counts.pool_proportions(rows.iloc[1:])
    assert none["estimate"].isna().all() and set(none["reason"]) == {counts.NO_COUNTS}


@pytest.mark.parametrize("events, n", [(-1, 5), (6, 5), (1.5, 5)])
def test_a_count_of_a_series_that_cannot_be_is_refused(events, n):
    with pytest.raises(ValueError, match="whole patients, from 0 to n"):
        counts.pool_proportions(series([events], [n]))


def test_a_series_that_comes_twice_and_an_unknown_method_are_refused_by_name():
    with pytest.raises(ValueError, match="a study comes twice in one pool: s0"):
        counts.pool_proportions(series([1, 1], [5, 5]).assign(study="s0"))
    with pytest.raises(ValueError, match="no method arcsine"):
        counts.pool_proportions(series([1, 1], [5, 5]), ("arcsine",))
    with pytest.raises(ValueError, match="no method DL"):
        counts.pool_odds(BCG, ("DL",))


@pytest.mark.parametrize("x", [0, 1, 4, 12, 13])
def test_the_double_arcsine_goes_there_and_back(x):
    assert counts.share_of_arcsine(counts.double_arcsine(x, 13), 13) == pytest.approx(x / 13, abs=1e-12)


@pytest.mark.parametrize("cells, says", [
    ([1, 5, 0, 5], True), ([5, 1, 5, 0], True), ([1, 0, 3, 3], True), ([3, 3, 1, 0], True),
    ([0, 5, 0, 5], False), ([5, 0, 5, 0], False), ([0, 0, 3, 3], False), ([3, 3, 0, 0], False),
])  # fmt: skip
def test_one_event_or_one_patient_is_enough_to_say_something(cells, says):
    assert effects.informative(np.array([cells], float)).tolist() == [says]
