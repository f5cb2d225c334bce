"""Propensity weights, balance, weighted curves, log-rank and Cox: against R, and by hand on a few rows."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from smallsurv import balance, logrank, weights
from smallsurv import curve as km

REFERENCE = Path(__file__).parents[1] / "reference"
WEIGHTED = pd.read_csv(REFERENCE / "weighting.csv")
BALANCE = pd.read_csv(REFERENCE / "balance.csv")
ROWS = [pytest.param(row, id=f"{row.set}-{row.kind}") for row in WEIGHTED.itertuples()]


def sample(name):
    """Rows of the R data set with treatment, its covariates and the propensity model; AVAL and CNSR as in adtte."""
    d = pd.read_csv(REFERENCE / f"data_more_{name}.csv")
    d["level"] = pd.cut(d["b"], [-1, 60, 80, 1000], labels=["lo", "mid", "hi"])
    model = weights.propensity_model(d["treatment"], d[["a", "level"]])
    return d.assign(AVAL=d["time"], CNSR=1 - d["event"]), model


def weights_of(model, kind):
    estimand = "ATE" if kind == "stabilized" else kind
    return weights.propensity_weights(model.treated, model.score, estimand, kind == "stabilized")


@pytest.mark.parametrize("row", ROWS)
def test_weighted_estimates_agree_with_r(row):
    d, model = sample(row.set)
    d["w"] = weights_of(model, row.kind)
    arms = [d[d["treatment"] == arm] for arm in (0, 1)]
    assert [weights.effective_size(arm["w"]) for arm in arms] == pytest.approx([row.size0, row.size1])
    medians = km.weighted_median_survival(d, "w", "treatment")
    assert list(medians["median"]) == [row.median0, row.median1]
    curves = [km.weighted_kaplan_meier(arm["AVAL"], arm["event"], arm["w"]) for arm in arms]
    at = [km.survival_at(curve, [6.0])["survival"][0] for curve in curves]
    assert at == pytest.approx([row.at0, row.at1])
    place = np.searchsorted(curves[0].time, 6.0, side="right") - 1
    assert curves[0].survival[place] * np.sqrt(curves[0].greenwood[place]) == pytest.approx(row.se0)
    test = logrank.weighted_log_rank(d, "treatment", "w").iloc[0]
    assert test["df"] == 1
    assert test["statistic"] == pytest.approx(row.z**2)
    ratio = weights.weighted_hazard_ratio(d, "treatment", "w").iloc[0]
    assert np.log(ratio["hr"]) == pytest.approx(row.coef)
    assert np.log(ratio["ci_high"] / ratio["ci_low"]) / 2 / 1.959963984540054 == pytest.approx(row.robust)


@pytest.mark.parametrize("name", ["lung", "veteran"])
def test_standardized_differences_agree_with_r(name):
    d, model = sample(name)
    found = balance.balance(model.treated, model.design, weights_of(model, "ATE"))
    wanted = BALANCE[BALANCE["set"] == name]
    assert list(found["variable"]) == list(wanted["variable"])
    assert list(found["smd"]) == pytest.approx(list(wanted["smd"]))
    assert list(found["smd_weighted"]) == pytest.approx(list(wanted["smd_weighted"]))


def test_overlap_weights_balance_every_covariate_exactly():
    _, model = sample("veteran")
    assert balance.balance(model.treated, model.design, weights_of(model, "overlap"))["smd_weighted"].abs().max() < 1e-8


def test_equal_weights_give_the_unweighted_curve_median_and_test():
    d, _ = sample("veteran")
    d["w"] = 2.5
    plain, weighted = (
        km.kaplan_meier(d["AVAL"], d["event"]),
        km.weighted_kaplan_meier(d["AVAL"], d["event"], d["w"]),
    )
    for name in ("time", "n_risk", "n_event", "n_censor", "survival", "greenwood"):
        assert getattr(weighted, name) == pytest.approx(getattr(plain, name)), name
    found = km.weighted_median_survival(d, "w", "treatment").drop(columns="method")
    pd.testing.assert_frame_equal(found, km.median_survival(d, "treatment").drop(columns="method"))
    test = logrank.weighted_log_rank(d, "treatment", "w")
    assert test["p"][0] == pytest.approx(logrank.log_rank(d, "treatment")["p"][0])


def test_a_weighted_curve_counts_subjects_and_weighs_deaths_by_hand():
    curve = km.weighted_kaplan_meier([1, 2, 2, 3], [1, 1, 0, 1], [3, 1, 2, 2])
    assert list(curve.survival) == pytest.approx([5 / 8, 5 / 8 * 4 / 5, 0])
    assert (list(curve.n_risk), list(curve.n_event), list(curve.n_censor)) == ([4, 3, 1], [1, 1, 1], [0, 1, 0])
    first = 3 / 5 * 18 / 64  # (1 - s) / s over (sum w)^2 / sum w^2 = 64 / 18
    assert list(curve.greenwood) == pytest.approx([first, first + 1 / 4 * 9 / 25, np.inf])


def test_a_curve_that_falls_to_zero_reaches_it_in_spite_of_rounding():
    weight = np.array([1 / 3, 0.1, 0.7, 1 / 7])
    assert km.weighted_kaplan_meier([1, 2, 3, 3], [1, 1, 1, 1], weight).survival[-1] == 0


def test_stabilized_weights_are_the_plain_ones_times_the_share_of_the_arm():
    treated, score = np.array([1, 1, 0, 0, 0]), np.array([0.5, 0.8, 0.5, 0.2, 0.25])
    plain = weights.propensity_weights(treated, score)
    assert list(plain) == pytest.approx([2, 1.25, 2, 1.25, 4 / 3])
    share = np.where(treated == 1, 0.4, 0.6)
    assert list(weights.propensity_weights(treated, score, stabilized=True)) == pytest.approx(list(share * plain))


def test_levels_of_a_covariate_become_indicators_without_the_first():
    frame = pd.DataFrame({"age": [50, 60.0], "sex": pd.Categorical(["M", "F"], ["M", "F"]), "text": ["b", "a"]})
    design = weights.covariate_design(frame)
    assert {name: list(design[name]) for name in design} == {"age": [50, 60], "sex: F": [0, 1], "text: b": [1, 0]}


def frame(time, cnsr, group, weight=1.0, **more):
    return pd.DataFrame({"AVAL": time, "CNSR": cnsr, "g": group, "w": weight, **more})


@pytest.mark.parametrize(
    "data, reason",
    [
        (frame([1, 2.0], [0, 0], ["a", "a"]), "only one group"),
        (frame([1, 2, 3.0], [0, 0, 0], ["a", "b", "c"]), "more than two groups"),
        (frame([1, 2.0], [1, 1], ["a", "b"]), "no event"),
        (frame([1, 2.0], [1, 0], ["a", "b"]), "no two groups are at risk at the same time"),
    ],
)
def test_a_weighted_log_rank_test_that_cannot_be_made_says_why(data, reason):
    found = logrank.weighted_log_rank(data, "g", "w").iloc[0]
    assert found["reason"] == reason
    assert np.isnan(found["p"])


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: weights.propensity_model([1, 1], [[1], [2]]), "only one treatment arm"),
        (lambda: weights.propensity_model([1, None], [[1], [2]]), "treatment has missing"),
        (lambda: weights.propensity_model([1, 0, 1], [1, np.nan, 2]), "column 0 of covariates has missing"),
        (lambda: weights.propensity_model([0, 0, 1, 1], [1, 2, 3, 4]), "tell the treatment arms apart"),
        (lambda: weights.propensity_weights([1, 0], [0.5, 0.5], "ATC"), "no estimand ATC"),
        (lambda: weights.propensity_weights([1, 0], [0.5, 0.5], "ATT", True), "for the ATE"),
        (lambda: weights.propensity_weights([1, 0], [0.5, 1.0]), "score of 0 or 1"),
        (lambda: km.weighted_kaplan_meier([1, 2], [1, 1], [1, 0]), "numbers above 0"),
        (lambda: km.weighted_kaplan_meier([1, np.nan], [1, 1], [1, 1]), "1 times are missing"),
        (
            lambda: km.weighted_median_survival(frame([1, 2.0], [0, 0], "a"), "w", method="bootstrap"),
            "must refit the weights",
        ),
        (
            lambda: km.weighted_median_survival(frame([1, 2.0], [0, 0], "a", PARAMCD=["OS", "PFSR"]), "w"),
            "several endpoints",
        ),
        (lambda: weights.weighted_hazard_ratio(frame([1, 2.0], [0, 0], "a"), "g", "w"), "g has 1 groups"),
    ],
)
def test_what_cannot_be_weighted_is_refused_by_name(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize("estimand, wanted", [("ATT", -0.3094), ("ATE", -0.2419), ("overlap", -0.2419)])
def test_a_difference_is_standardized_by_the_spread_of_the_estimand(estimand, wanted):
    """Age of lalonde in R (cobalt): treated 25.816 (SD 7.155, n 185), untreated 28.030 (SD 10.787, n 429)."""
    rng = np.random.default_rng(1)

    def drawn(n, mean, sd):
        z = rng.normal(size=n)
        return mean + sd * (z - z.mean()) / z.std(ddof=1)

    age = np.concatenate([drawn(185, 25.81622, 7.155019), drawn(429, 28.03030, 10.78665)])
    treated = np.arange(614) < 185
    found = balance.balance(treated, pd.DataFrame({"age": age}), np.ones(614), estimand)
    assert found["smd"][0] == pytest.approx(wanted, abs=1e-4) == found["smd_weighted"][0]
