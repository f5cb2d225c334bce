"""Weights cut at percentiles, the bootstrap of curves and medians,
estimates side by side, E-values: against R, print and hand.
"""

import importlib.util
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from smallsurv import bootstrap, comparison, cox_models, evalue, firth, weights
from smallsurv import curve as km

REFERENCE = Path(__file__).parents[1] / "reference"
CUT = list(pd.read_csv(REFERENCE / "weighting_cut.csv").itertuples())
KINDS = [("ATE", False, (0, 100)), ("ATE", True, (0, 100)), ("ATT", False, (0, 100)), ("overlap", False, (0, 100)),
         ("ATE", False, (10, 90)), ("ATT", False, (0, 80))]  # fmt: skip


def arms(name, head=None):
    """Rows of an R data set as a comparison has them: AVAL,
    CNSR, the arm `g` (control first), covariates a and level.
    """
    d = pd.read_csv(REFERENCE / f"data_more_{name}.csv").iloc[:: 2 if head else 1].head(head or 10_000)
    d["level"] = pd.cut(d["b"], [-1, 60, 80, 1000], labels=["lo", "mid", "hi"]).cat.remove_unused_categories()
    group = pd.Categorical(np.where(d["treatment"] == 1, "new", "old"), ["old", "new"], ordered=True)
    return d.assign(AVAL=d["time"].astype(float), CNSR=1 - d["event"], g=group).reset_index(drop=True)


@pytest.mark.parametrize("row", CUT, ids=lambda r: r.set)
def test_cut_weights_and_their_estimates_agree_with_r_and_survey(row):
    found = comparison.weigh(arms(row.set), "g", ["a", "level"], truncate=(5, 95))
    assert [found.weight.min(), found.weight.max()] == pytest.approx([row.low, row.high])
    draws, _ = comparison.resample(found, 200)
    effects = comparison.treatment_effects(found, found.rows, draws).frame.set_index("analysis")
    assert np.log(effects.loc["weighted", "hr"]) == pytest.approx(row.coef)
    width = np.log(effects.loc["weighted", "ci_high"] / effects.loc["weighted", "ci_low"])
    assert width / 2 / 1.959963984540054 == pytest.approx(row.se)
    medians = comparison.arm_medians(found, draws=draws)
    assert list(medians["median"][2:]) == [row.median0, row.median1]
    assert comparison.rank_tests(found)["statistic"][1] == pytest.approx(row.z**2)


@pytest.mark.parametrize("estimand, stabilized, truncate", KINDS)
def test_a_replicate_is_the_whole_analysis_of_the_drawn_rows(estimand, stabilized, truncate):
    rows = arms("veteran", 60)
    whole = comparison.weigh(rows, "g", ["a", "b"], estimand, stabilized, truncate)
    draws, times = comparison.resample(whole, 4, seed=8)
    order = np.argsort(-rows["AVAL"].to_numpy(), kind="stable")
    counts = np.random.default_rng(8).multinomial(60, np.full(60, 1 / 60), size=4)
    for i, drawn in enumerate(counts):
        again = comparison.weigh(
            rows.iloc[np.repeat(order, drawn)].reset_index(drop=True), "g", ["a", "b"], estimand, stabilized, truncate
        )
        hr = weights.weighted_hazard_ratio(again.rows, "g", comparison.WEIGHT)["hr"][0]
        assert np.log(hr) == pytest.approx(draws.log_hazard_ratios[i], rel=1e-7)
        medians = km.weighted_median_survival(again.rows, comparison.WEIGHT, "g")["median"]
        assert list(medians) == pytest.approx(list(draws.medians[i]))
        for arm, curve in enumerate(comparison.arm_curves(again)[1].values()):
            steps = np.append(1.0, curve.survival)[np.searchsorted(curve.time, times, side="right")]
            assert draws.survival[i, arm] == pytest.approx(steps)


def test_the_median_of_a_replicate_follows_the_rule_of_r_where_the_curve_rests_at_one_half():
    rows = pd.DataFrame({"AVAL": [1, 2, 3, 4.0] * 2, "CNSR": [0] * 8, "x": [0, 1, 1, 0] * 2})
    rows["g"] = pd.Categorical(["old"] * 4 + ["new"] * 4, ["old", "new"])
    found = bootstrap.iptw_bootstrap(rows["AVAL"], rows["CNSR"] == 0, rows["g"] == "new", rows["x"], 3)
    once = comparison.weigh(rows, "g", ["x"])
    from smallsurv.bootstrap_kernels import How, Sample, weighted_replicates

    order = np.argsort(-rows["AVAL"].to_numpy(), kind="stable")
    x = weights.with_constant(rows[["x"]])[order]
    sample = rows.iloc[order]
    treated = (sample["g"] == "new").to_numpy()
    rows = Sample(sample["AVAL"].to_numpy(), np.ones(8, bool), treated, np.ascontiguousarray(x))
    medians = weighted_replicates(np.ones((1, 8), np.int64), rows, How(0, 0.0, 100.0, np.empty(0)))[1]
    assert list(medians[0]) == [2.5, 2.5] == list(comparison.arm_medians(once, draws=found)["median"][2:])
    assert list(comparison.arm_medians(once)["group"]) == ["old", "new"]  # without draws unweighted alone


def test_percentile_limits_of_medians_and_curves_by_hand():
    medians = np.array([[1, 5], [2, np.inf], [3, 7], [np.nan, np.nan], [4, 6.0]])
    curves = np.arange(10.0).reshape(5, 2, 1)
    draws = bootstrap.Bootstrap(0.0, np.array([0.1, 0.2, np.nan, 0.3, 0.4]), 1, medians, curves)
    assert draws.unweighted == 1
    assert draws.median_limits(level=0.5).tolist() == [[1, 3], [5, 7]]
    assert draws.survival_limits(level=0.5)[:, :, 0].tolist() == [[0, 4], [1, 5]]
    assert draws.standard_error == pytest.approx(np.std([0.1, 0.2, 0.3, 0.4], ddof=1))


def test_the_bootstrap_interval_of_a_median_is_near_the_log_log_one_where_weights_are_almost_equal():
    rows = arms("lung")
    rows["noise"] = np.random.default_rng(5).normal(size=len(rows))
    found = comparison.weigh(rows, "g", ["noise"])
    draws, _ = comparison.resample(found, 1000)
    medians = comparison.arm_medians(found, draws=draws)
    plain, heavy = medians[:2], medians[2:]
    assert heavy["ci_low"].to_numpy() == pytest.approx(plain["ci_low"].to_numpy(), abs=1.01)
    assert heavy["ci_high"].to_numpy() == pytest.approx(plain["ci_high"].to_numpy(), abs=2.01)


@pytest.mark.slow
def test_unadjusted_and_adjusted_rows_are_the_cox_models_of_the_other_sections():
    rows = arms("veteran")
    found = comparison.weigh(rows, "g", ["a", "level"])
    effects = comparison.treatment_effects(found, rows, comparison.resample(found, 200)[0]).frame.set_index("analysis")
    alone = cox_models.cox_univariable(rows, ["g"]).iloc[0]
    joint = cox_models.cox_multivariable(rows, ["g", "a", "level"]).frame
    assert effects.loc["unadjusted", "hr"] == alone["hr"]
    assert effects.loc["adjusted", "hr"] == joint.loc[joint["variable"] == "g", "hr"].iloc[0]
    assert list(effects.index) == ["unadjusted", "adjusted", "weighted", "weighted, bootstrap"]


@pytest.mark.slow
def test_rows_without_a_covariate_are_in_the_first_line_alone():
    rows = arms("veteran")
    found = comparison.weigh(rows.iloc[:100], "g", ["a"])
    effects = comparison.treatment_effects(found, rows, comparison.resample(found, 200)[0]).frame
    assert list(effects["analysis"][:2]) == ["unadjusted, all", "unadjusted"]
    assert list(effects["n"]) == [137, 100, 100, 100, 100]


def test_an_arm_without_events_has_reasons_and_no_ordinary_hazard_ratio():
    rows = arms("lung")
    rows.loc[rows["g"] == "new", "CNSR"] = 1
    found = comparison.weigh(rows, "g", ["a"])
    effects = comparison.treatment_effects(found, rows, comparison.resample(found, 100)[0]).frame
    penalized = effects["analysis"].str.endswith("Firth")
    ordinary = effects[~penalized]
    assert ordinary["hr"].isna().all() and (ordinary["reason"] == "separated: no event in this level").all()
    assert ordinary["e_value"].isna().all()
    first = firth.firth_models(found.rows, [["g"]], {"g": found.rows["g"].cat.categories[0]}).iloc[0]
    columns = ["hr", "ci_low", "ci_high", "p"]
    assert list(effects[penalized].iloc[0][columns]) == list(first[columns]) and 0 < first["hr"] < 0.1


def test_interval_and_p_of_the_bootstrap_are_those_of_its_standard_error():
    rows = arms("veteran")
    found = comparison.weigh(rows, "g", ["a"])
    draws, _ = comparison.resample(found, 200)
    row = comparison.treatment_effects(found, rows, draws).frame.set_index("analysis").loc["weighted, bootstrap"]
    z = np.log(row["hr"]) / draws.standard_error
    assert row["p"] == pytest.approx(math.erfc(abs(z) / math.sqrt(2)))
    assert np.log(row["ci_high"] / row["ci_low"]) == pytest.approx(2 * 1.959964 * draws.standard_error, rel=1e-6)


def test_an_interval_needs_nine_of_ten_replicates():
    rows = arms("lung").head(40)
    rows["CNSR"] = (~np.isin(np.arange(40), [3, 6, 7])).astype(int)
    found = comparison.weigh(rows, "g", ["a"])
    draws, _ = comparison.resample(found, 300)
    row = comparison.treatment_effects(found, rows, draws).frame.set_index("analysis").loc["weighted, bootstrap"]
    assert draws.failed > 30
    assert np.isnan(row["hr"]) and row["reason"] == f"{draws.failed} of 300 resamples have no estimate"


def test_a_level_of_one_arm_alone_separates_and_is_named():
    rows = arms("veteran")
    rows["s"] = pd.Categorical(np.where((rows["g"] == "new") & (rows.index % 3 == 0), "x", "y"))
    found = comparison.weigh(rows, "g", ["a", "s"])
    count = int((rows["s"] == "x").sum())
    assert found.score is None and (found.weight == 1).all()
    assert comparison.separating(rows, "g", ["a", "s"]) == [("s", "x", "new", count)]


def test_ranges_that_do_not_overlap_separate():
    rows = arms("veteran")
    rows["z"] = np.where(rows["g"] == "new", 5.0, 1.0)
    assert comparison.separating(rows, "g", ["a", "z"]) == [("z", "", "", len(rows))]


def test_balance_shows_every_level_of_three_and_one_of_two():
    rows = arms("veteran")
    rows["two"] = pd.Categorical(np.where(rows["a"] > 58, "old", "young"), ["young", "old"])
    found = comparison.covariate_balance(comparison.weigh(rows, "g", ["a", "level", "two"]))
    assert list(found["variable"]) == ["a", "level: lo", "level: mid", "level: hi", "two: old"]
    shares = found[found["covariate"] == "level"]
    for column in ("treated", "untreated", "treated_weighted", "untreated_weighted"):
        assert shares[column].sum() == pytest.approx(1)


def test_weighted_numbers_at_risk_start_at_the_patients_of_the_arm():
    rows = pd.DataFrame({"AVAL": [1, 2, 3, 1, 2.0], "CNSR": 0, "x": [0, 0, 1, 0, 1.0]})
    rows["g"] = pd.Categorical(["old"] * 3 + ["new"] * 2, ["old", "new"])
    found = comparison.weigh(rows, "g", ["x"])
    # P(new) is 1/3 at x = 0 and 1/2 at x = 1: weights 1.5, 1.5, 2 of the old arm, scaled by 3 / 5
    at_risk = comparison.weighted_at_risk(found, [0, 2, 3])
    assert list(at_risk["old"]) == pytest.approx([3, 2.1, 1.2])
    assert list(at_risk["new"]) == pytest.approx([2, 0.8, 0])


def test_first_events_outside_one_arm_have_the_chance_of_an_urn():
    rows = pd.DataFrame({"AVAL": [1, 2, 9, 9, 5, 6, 7, 8.0], "CNSR": [0, 0, 1, 1, 0, 0, 1, 1]})
    rows["g"] = pd.Categorical(["old"] * 4 + ["new"] * 4, ["old", "new"])
    level, count, chance = comparison.late_start(rows, "g")
    assert (level, count) == ("new", 2) and chance == pytest.approx(4 / 8 * 3 / 7)


@pytest.mark.slow
def test_a_large_sample_gets_fewer_replicates(monkeypatch):
    rows = arms("lung")
    big = pd.concat([rows] * 40, ignore_index=True)
    found = comparison.weigh(big, "g", ["a"])
    monkeypatch.setattr(comparison, "DRAWS", 250 * len(big))
    assert len(comparison.resample(found, 2000)[0].log_hazard_ratios) == 250


@pytest.mark.parametrize("bounds", [(99, 1), (-1, 90), (50, 101)])
def test_percentiles_out_of_order_are_refused(bounds):
    with pytest.raises(ValueError, match="two percentiles"):
        weights.truncated([1, 2, 3], bounds)


@pytest.mark.parametrize(
    "ratio, low, high, point, limit",
    [
        (3.9, 1.8, 8.7, 7.26, 3.0),  # VanderWeele and Ding 2017: respiratory death without breastfeeding (Victora 1987)
        (1 / 3.9, 1 / 8.7, 1 / 1.8, 7.26, 3.0),
        (0.80, 0.71, 0.91, 1.81, 1.43),  # their second example
        (1.2, 0.9, 1.6, 1.69, 1.0),  # 1.2 + sqrt(0.24); the interval holds 1
        (1.0, 0.9, 1.1, 1.0, 1.0),
    ],
)
def test_e_values_are_those_of_vanderweele_and_ding(ratio, low, high, point, limit):
    found = evalue.e_value(ratio, low, high)
    assert found == pytest.approx((point, limit), abs=0.006)


def test_a_common_outcome_takes_the_square_root_transform_of_the_hazard_ratio():
    # by hand for 0.25: (1 - 0.5 ** 0.5) / (1 - 0.5 ** 2)
    assert evalue.risk_ratio_of(0.25) == pytest.approx((1 - 2**-0.5) / 0.75)
    assert evalue.risk_ratio_of(0.25, rare=True) == 0.25
    assert evalue.risk_ratio_of(4) == pytest.approx(1 / evalue.risk_ratio_of(0.25))


def test_an_estimate_that_is_missing_has_no_e_value():
    assert np.isnan(evalue.e_value(np.nan)).all()


def test_weight_gain_after_quitting_smoking_is_that_of_hernan_and_robins():
    # What If, section 12.2 and program 12.4: 3.4 kg (2.4 to 4.5), stabilized or not; weights 0.33 to 4.30, mean 0.999
    folder = Path(next(iter(importlib.util.find_spec("causaldata").submodule_search_locations)))
    d = pd.read_stata(folder / "nhefs_complete" / "nhefs_complete.dta")
    columns = {c: d[c].astype("category") for c in ("education", "exercise", "active")}
    columns |= {c: d[c].astype(float) for c in ("sex", "race")}
    for c in ("age", "smokeintensity", "smokeyrs", "wt71"):
        columns |= {c: d[c].astype(float), f"{c}2": d[c].astype(float) ** 2}
    model = weights.propensity_model(d["qsmk"].astype(float), pd.DataFrame(columns))
    weight = weights.propensity_weights(model.treated, model.score, stabilized=True)
    assert [weight.min(), weight.mean(), weight.max()] == pytest.approx([0.33, 0.999, 4.30], abs=0.005)
    gain, quit_ = d["wt82_71"].to_numpy(float), model.treated
    means = [np.average(gain[side], weights=weight[side]) for side in (quit_, ~quit_)]
    left = gain - np.where(quit_, *means)
    parts = [((weight * left)[side] ** 2).sum() / weight[side].sum() ** 2 for side in (quit_, ~quit_)]
    effect, half = means[0] - means[1], 1.96 * np.sqrt(sum(parts))
    assert [effect, effect - half, effect + half] == pytest.approx([3.44, 2.4, 4.5], abs=0.05)


def test_a_curve_without_weights_is_the_plain_one():
    plain, heavy = comparison.arm_curves(comparison.weigh(arms("lung"), "g", []))
    for level, curve in plain.items():
        assert heavy[level].survival == pytest.approx(curve.survival)


def test_weighted_means_have_the_percentiles_of_the_differences_over_the_resamples():
    rows = pd.DataFrame({"AVAL": [1, 2, 3, 4.0] * 4, "CNSR": [0] * 16, "x": [0, 1, 1, 0] * 4})
    rows["g"] = pd.Categorical(["old"] * 8 + ["new"] * 8, ["old", "new"])
    found = comparison.weigh(rows, "g", ["x"])
    curves = np.array([[[0.5], [0.5]], [[0.5], [0.75]], [[0.5], [1.0]]])  # at month 2 of 4; flat before and after
    draws = bootstrap.Bootstrap(0.0, np.zeros(3), 0, np.ones((3, 2)), curves)
    means = comparison.arm_means(found, 4.0, draws, [2.0]).set_index("model").loc["weighted"]
    assert [means["ci_low"], means["ci_high"]] == pytest.approx([0, 1])
    assert means["estimate"] == pytest.approx(means["treated"] - means["control"])
