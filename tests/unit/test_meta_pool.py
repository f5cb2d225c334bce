"""Study effects, pooled: against R metafor (reference/meta.R), by hand, and at the edges."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from smallsurv.meta import effects as size
from smallsurv.meta import pool, sensitivity, shared

REFERENCE = Path(__file__).parents[1] / "reference"
ANSWERS = pd.read_csv(REFERENCE / "meta.csv", keep_default_na=False).assign(value=lambda d: d["value"].astype(float))
HAZARD = pd.read_csv(REFERENCE / "data_meta_hazard.csv")
BCG = pd.read_csv(REFERENCE / "data_meta_bcg.csv")
PLAIN = ("common", "REML")
SETS = ("bcg", "OS", "PFS")


def answers(name, model, of):
    rows = ANSWERS[(ANSWERS["set"] == name) & (ANSWERS["model"] == model) & (ANSWERS["of"] == of)]
    assert len(rows), f"R has no answer for {name}, {model}, {of}"
    return dict(zip(rows["name"], rows["value"], strict=True))


def effects(name):
    if name == "bcg":
        return size.odds_ratios(BCG)
    return size.log_ratios(HAZARD[HAZARD["endpoint"] == name].drop(columns="endpoint"))


def studies(effect, se, **more):
    return pd.DataFrame({"study": [f"s{i}" for i in range(len(effect))], "effect": effect, "se": se, **more})


def agree(found, wanted):
    for name, value in wanted.items():
        if name.startswith("prediction") and found["k"] < pool.FEWEST_TO_PREDICT:
            value = np.nan  # R gives one from three studies on
        assert found[name] == pytest.approx(value, rel=1e-6, abs=1e-8, nan_ok=True), name


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("model", pool.MODELS)
def test_a_pool_agrees_with_metafor(name, model):
    agree(pool.pool(effects(name), (model,), ratio=False).iloc[0], answers(name, model, "pool"))


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("model", ["common", "REML", "PM", "DL"])
def test_the_weights_agree_with_metafor(name, model):
    found = pool.pool_weights(effects(name), model)["weight"]
    assert list(found) == pytest.approx(list(answers(name, model, "weight").values()), rel=1e-6)


@pytest.mark.parametrize("name", SETS)
def test_heterogeneity_and_its_limits_agree_with_metafor(name):
    agree(pool.heterogeneity(effects(name)).iloc[0], answers(name, "REML", "heterogeneity"))


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("model", PLAIN)
def test_leaving_out_adding_up_and_influence_agree_with_metafor(name, model):
    these = effects(name)
    without = sensitivity.leave_one_out(these, model, ratio=False)
    added = sensitivity.cumulative(these, "year", model, ratio=False)
    seen = sensitivity.influence(these, model)
    assert len(without) == len(added) == len(seen) == len(these)
    for i in range(len(these)):
        agree(without.iloc[i], answers(name, model, f"without {i + 1}"))
        agree(added.iloc[i], answers(name, model, f"up to {i + 1}"))
        agree(seen.iloc[i], answers(name, model, f"influence {i + 1}"))


@pytest.mark.parametrize("name", ["bcg", "OS"])
@pytest.mark.parametrize("model", PLAIN)
def test_the_difference_between_subgroups_agrees_with_metafor(name, model):
    these = effects(name)
    found = pool.interaction(these, "group", model, ratio=False, reference=these["group"][0])
    assert len(found) == these["group"].nunique() - 1
    for row in found.to_dict("records"):
        agree(row, answers(name, model, f"interaction {row['group']}"))


@pytest.mark.parametrize("name", ["bcg", "OS"])
def test_the_difference_between_two_subgroups_is_the_slope_of_a_meta_regression(name):
    if name == "bcg":  # three groups: the test of all at once
        found = pool.interaction(effects(name), "group", ratio=False).iloc[0]
        whole = pool.cochran_q(*columns(effects(name)))
        inside = sum(pool.cochran_q(*columns(part)) for _, part in effects(name).groupby("group"))
        assert found["q"] == pytest.approx(whole - inside, rel=1e-9)
        return
    found = pool.interaction(effects(name), "group", ratio=False, reference="acquired").iloc[0]
    agree(found, answers(name, "common", "meta-regression"))


def columns(these):
    return these["effect"].to_numpy(float), these["se"].to_numpy(float) ** 2


def both_arms():
    """The PFS trials, and a second comparison of KEYVIBE-002 with the same control arm of 60 events."""
    these = effects("PFS")
    second = size.log_ratios(
        pd.DataFrame([{"study": "second", "estimate": 1.4, "ci_low": 0.96, "ci_high": 2.02, "level": 0.95}])
    )
    shares = these["study"] == "KEYVIBE-002"
    pair = pd.concat([these[shares], second])
    effect, se = shared.shared_ratio(pair["effect"], pair["se"], 60)
    return these[~shares], effect, se


def test_two_comparisons_with_one_control_arm_combine_as_in_metafor_with_their_covariance():
    others, effect, se = both_arms()
    agree({"effect": effect, "se": se}, answers("shared", "single", "trial"))
    found = pool.pool(pd.concat([others, studies([effect], [se])]), PLAIN, ratio=False).set_index("model")
    for model in PLAIN:
        agree(found.loc[model], answers("shared", model, "pool"))


def test_counts_of_arms_with_one_control_arm_count_it_once():
    one = {"events": 3, "n": 10, "events_control": 2, "n_control": 11}
    assert shared.shared_counts(pd.DataFrame([one])) == one
    both = shared.shared_counts(pd.DataFrame([one, one | {"events": 4, "n": 20}]))
    assert both == {"events": 7, "n": 30, "events_control": 2, "n_control": 11}


def test_a_shared_control_arm_makes_the_pair_less_certain_than_two_trials():
    apart = 1 / np.sqrt(1 / 0.2**2 + 1 / 0.3**2)
    assert shared.shared_ratio([0.1, 0.3], [0.2, 0.3], 60)[1] > apart
    assert shared.shared_ratio([0.1, 0.3], [0.2, 0.3], 1e12)[1] == pytest.approx(apart)


def test_a_control_arm_with_too_few_events_for_the_errors_is_refused():
    with pytest.raises(ValueError, match="too few events"):
        shared.shared_ratio([0.1, 0.3], [0.2, 0.3], 20)


def test_egger_agrees_with_metafor_and_with_a_line_fitted_by_r():
    agree(sensitivity.egger(effects("bcg")).iloc[0], answers("bcg", "", "egger"))


@pytest.mark.parametrize("name", ["OS", "PFS"])
def test_standard_errors_come_from_the_interval_at_its_own_level(name):
    found = effects(name)
    assert dict(zip(found["study"], found["se"], strict=True)) == pytest.approx(answers(name, "single", "se"))


def test_an_interval_of_80_percent_is_wider_at_95_and_one_of_95_stays_as_printed():
    found = effects("OS").set_index("study")
    assert tuple(found.loc["Lung-MAP S1800A", ["ci_low", "ci_high"]]) == pytest.approx((0.44, 1.08), abs=0.005)
    assert tuple(found.loc["SAPPHIRE", ["ci_low", "ci_high"]]) == (0.70, 1.05)


@pytest.mark.parametrize("level, wanted", [(0.80, (0.92, 0.83, 1.01)), (0.95, (0.90, 0.82, 0.99))])
def test_the_level_of_one_interval_decides_on_which_side_of_one_the_pool_ends(level, wanted):
    trials = HAZARD[HAZARD["endpoint"] == "OS"].copy()
    trials.loc[trials["study"] == "Lung-MAP S1800A", "level"] = level
    found = pool.pool(size.log_ratios(trials), ("common",)).iloc[0]
    assert tuple(found[["estimate", "ci_low", "ci_high"]].astype(float).round(2)) == wanted


def test_pooled_progression_of_the_sourced_trials():
    found = pool.pool(effects("PFS"), ("common",)).iloc[0]
    assert tuple(found[["estimate", "ci_low", "ci_high"]].astype(float).round(2)) == (0.89, 0.80, 0.99)


def test_a_printed_p_tells_which_level_an_interval_has():
    found = size.interval_levels(0.69, 0.51, 0.92, sides=1).set_index("level")
    allows = [level for level, row in found.iterrows() if row["p_low"] < 0.055 and row["p_high"] >= 0.045]
    assert allows == [0.80]  # printed: one-sided P = .05
    assert found.loc[0.80, "p"] == pytest.approx(0.0535, abs=5e-5)
    assert found.loc[0.95, "se"] == pytest.approx(0.1505, abs=5e-5)


def test_a_rounded_estimate_that_may_be_one_allows_any_large_p():
    found = size.interval_levels(1.0, 0.8, 1.25, (0.95,)).iloc[0]
    assert (found["p"], found["p_high"]) == (1.0, 1.0)
    assert found["p_low"] == pytest.approx(0.9649, abs=1e-3)  # log 1.005 over the narrower se, log(1.245 / .805) / 3.92


def test_limits_that_rounding_may_swap_leave_a_p_from_what_remains():
    found = size.interval_levels(0.50, 0.50, 0.51, (0.95,)).iloc[0]
    assert 0 <= found["p_low"] <= found["p"] <= found["p_high"] < 1e-6


def test_an_estimate_off_the_middle_of_its_interval_is_seen():
    found = size.log_ratios(
        pd.DataFrame({"study": ["a", "b"], "estimate": [1.0, 1.5], "ci_low": 0.5, "ci_high": 2.0, "level": 0.95})
    )
    assert list(found["off_centre"]) == pytest.approx([0, np.log(1.5) / (np.log(2) / 1.959964)], rel=1e-6)


def test_a_study_without_an_interval_is_kept_without_error_and_stays_out_of_the_pool():
    rows = pd.DataFrame(
        {
            "study": ["a", "b", "c"],
            "estimate": [0.8, 0.9, 0.7],
            "ci_low": [0.6, np.nan, 0.5],
            "ci_high": [1.1, np.nan, 0.9],
        }
    ).assign(level=[0.95, np.nan, np.nan], year=[2020, 2021, 2022])
    found = size.log_ratios(rows)
    assert list(found["se"].isna()) == [False, True, True]
    assert list(found["estimate"]) == [0.8, 0.9, 0.7] and list(found["year"]) == [2020, 2021, 2022]
    assert pool.pool(found)["k"].tolist() == [1] * len(pool.MODELS)
    assert pool.pool_weights(found)["weight"].tolist() == pytest.approx([1, np.nan, np.nan], nan_ok=True)


def test_two_studies_by_hand():
    found = pool.pool(studies([0.0, 1.0], [1.0, 0.5]), ("common",), ratio=False).iloc[0]
    assert (found["estimate"], found["se"]) == pytest.approx((0.8, np.sqrt(0.2)))  # weights 1 and 4
    assert pool.heterogeneity(studies([0.0, 1.0], [1.0, 0.5]))["q"][0] == pytest.approx(0.64 + 4 * 0.04)


@pytest.mark.parametrize("k, given", [(4, False), (5, True)])
def test_a_prediction_interval_needs_five_studies(k, given):
    assert np.isfinite(pool.pool(effects("bcg").head(k), ["REML"])["prediction_low"].iloc[0]) == given


def test_two_studies_have_an_interval_by_t_with_one_degree_and_no_prediction():
    found = pool.pool(studies([0.0, 2.0], [0.5, 0.5]), ("REML", "PM", "PM HK"), ratio=False).set_index("model")
    assert list(found["tau2"]) == pytest.approx([1.75] * 3)  # equal variances: s^2 - v = 2 - 0.25
    assert found.loc["PM HK", "ci_high"] == pytest.approx(1 + 12.7062047)  # t(1), standard error 1
    assert found[["prediction_low", "prediction_high"]].isna().all(axis=None)


def test_hartung_and_knapp_never_narrow_the_interval():
    close = studies([0.10, 0.11, 0.12, 0.10], [0.2, 0.3, 0.25, 0.2])
    found = pool.pool(close, ratio=False).set_index("model")
    width = found["ci_high"] - found["ci_low"]
    assert width["REML HK"] > width["REML"] and width["PM HK"] > width["PM"]
    assert found.loc["REML HK", "se"] == found.loc["REML", "se"]  # the spread is below chance: not scaled down


def test_without_spread_beyond_chance_tau2_is_zero_and_random_equals_common():
    found = pool.pool(studies([0.1, 0.12, 0.09], [0.2, 0.3, 0.25]), ("common", "REML", "PM")).set_index("model")
    assert found.loc["REML", "tau2"] == found.loc["PM", "tau2"] == 0
    assert found["estimate"].nunique() == 1 and found["ci_low"].nunique() == 1


def test_identical_estimates_have_no_heterogeneity():
    same = studies([0.3, 0.3, 0.3], [0.1, 0.2, 0.3])
    found = pool.heterogeneity(same).iloc[0]
    assert (
        found["q"],
        found["i2"],
        found["i2_q"],
        found["tau2"],
        found["tau2_low"],
        found["tau2_high"],
    ) == pytest.approx((0,) * 6)
    assert pool.pool(same)["estimate"].tolist() == pytest.approx([np.exp(0.3)] * len(pool.MODELS))


@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
def test_the_estimates_follow_the_unit_of_the_effects(scale):
    y, se = np.array([-0.9, 0.2, 1.1, 0.4]), np.array([0.2, 0.5, 0.3, 0.1])
    for estimator in ("REML", "PM"):
        one = pool.between_variance(y, se**2, estimator)
        assert one > 0
        assert pool.between_variance(y * scale, (se * scale) ** 2, estimator) == pytest.approx(one * scale**2, rel=1e-8)


def test_two_studies_that_differ_by_one_have_the_variance_of_the_hand_count():
    y, v = np.array([0.0, 1.0]), np.array([0.1, 0.1])  # variance of the effects 0.5, of which 0.1 is within the studies
    found = [pool.between_variance(y, v, estimator) for estimator in ("REML", "PM", "DL", "common")]
    assert found == pytest.approx([0.4, 0.4, 0.4, 0.0])


def test_one_study_is_shown_and_nothing_is_pooled():
    found = pool.pool(studies([np.log(0.8)], [0.1]))
    assert found["estimate"].tolist() == pytest.approx([0.8] * len(pool.MODELS))
    assert found["ci_high"].tolist() == pytest.approx([0.8 * np.exp(0.1959964)] * len(pool.MODELS))
    assert set(found["reason"]) == {"one study: there is nothing to pool"}
    assert found["tau2"].isna().all()  # a spread between one study is not known, and not none
    assert pool.heterogeneity(studies([0.1], [0.1]))["reason"][0].startswith("one study")


def test_no_study_gives_rows_without_numbers():
    found = pool.pool(studies([0.1, np.nan, 0.3, np.inf], [np.nan, 0.1, np.inf, 0.2]))
    assert found["k"].tolist() == [0] * len(pool.MODELS) and found["estimate"].isna().all()
    assert set(found["reason"]) == {pool.NOTHING}
    for empty in (sensitivity.leave_one_out, sensitivity.influence):
        assert len(empty(studies([0.1], [np.nan]))) == 0


@pytest.mark.parametrize("se", [np.nan, np.inf, 0.0, -0.2])
def test_a_standard_error_that_is_none_leaves_the_study_out(se):
    some, all_of_them = studies([0.1, 0.3], [0.1, 0.2]), studies([0.1, 0.3, 5.0], [0.1, 0.2, se])
    pd.testing.assert_frame_equal(pool.pool(all_of_them), pool.pool(some))


def test_two_rows_of_one_control_arm_are_not_pooled():
    rows = studies([0.1, 0.2, 0.3], [0.1, 0.1, 0.1], control=["placebo", "placebo", None])
    with pytest.raises(ValueError, match="a control arm comes twice in one pool: placebo"):
        pool.pool(rows)
    assert pool.pool(rows.iloc[1:], ("common",))["k"][0] == 2


def test_a_control_arm_without_name_is_its_own():
    rows = studies([0.1, 0.2], [0.1, 0.1], control=[None, None])
    assert pool.pool(rows, ("common",))["k"][0] == 2


def test_a_study_that_comes_twice_and_an_unknown_model_are_refused_by_name():
    with pytest.raises(ValueError, match="a study comes twice in one pool: s0"):
        pool.pool(studies([0.1, 0.2], [0.1, 0.1]).assign(study="s0"))
    with pytest.raises(ValueError, match="no model SJ"):
        pool.pool(studies([0.1, 0.2], [0.1, 0.1]), ("SJ",))
    with pytest.raises(ValueError, match="no influence under REML HK"):
        sensitivity.influence(studies([0.1, 0.2], [0.1, 0.1]), "REML HK")


def test_a_ratio_of_ratios_is_that_of_the_two_pools():
    rows = studies(np.log([0.5, 0.5, 1.0, 1.0]), [0.2, 0.2, 0.2, 0.2], kind=["a", "a", "b", "b"])
    found = pool.interaction(rows, "kind").iloc[0]
    assert (found["group"], found["reference"], found["estimate"]) == ("b", "a", pytest.approx(2.0))
    assert found["ci_high"] / found["estimate"] == pytest.approx(np.exp(1.959964 * 0.2))  # se: root of 0.02 + 0.02
    assert found["p"] == pytest.approx(found["p_global"])  # two groups: one question
    assert list(pool.subgroups(rows, "kind")["group"]) == ["a", "b"]


def test_one_group_has_nothing_to_compare_with():
    rows = studies([0.1, 0.2, 0.3], [0.1, 0.1, np.nan], kind=["a", "a", "b"])
    found = pool.interaction(rows, "kind")
    assert len(found) == 1 and found["reason"][0].startswith("fewer than two groups") and np.isnan(found["p"][0])


def test_a_reference_group_without_a_pool_is_named():
    rows = studies([0.1, 0.2, 0.3], [0.1, 0.1, np.nan], kind=["a", "b", "c"])
    assert pool.interaction(rows, "kind", reference="c")["reason"][0].endswith("reference group c")


def test_years_that_tie_are_added_in_the_order_of_the_table():
    rows = studies([0.1, 0.2, 0.3, 0.4], [0.1] * 4, year=[2021, 2020, 2020, np.nan])
    found = sensitivity.cumulative(rows)
    assert list(found["added"]) == ["s1", "s2", "s0"] and list(found["k"]) == [1, 2, 3]


def test_leaving_out_one_of_two_leaves_the_other():
    found = sensitivity.leave_one_out(studies([0.1, 0.4], [0.1, 0.1]), ratio=False)
    assert list(found["estimate"]) == pytest.approx([0.4, 0.1]) and list(found["omitted"]) == ["s0", "s1"]


def test_influence_needs_three_studies():
    found = sensitivity.influence(studies([0.1, 0.4], [0.1, 0.1]))
    assert len(found) == 2 and found["cook_d"].isna().all()


@pytest.mark.parametrize("k, says", [(9, "9 studies: below 10"), (10, "")])
def test_egger_is_for_ten_studies_or_more(k, says):
    found = sensitivity.egger(effects("bcg").iloc[:k]).iloc[0]
    assert found["reason"].startswith(says) and np.isnan(found["p"]) == bool(says)


def test_a_line_needs_three_studies():
    three = sensitivity.egger(effects("bcg").iloc[:3], fewest=2).iloc[0]
    assert three["df"] == 1 and np.isfinite(three["p"])
    assert np.isnan(sensitivity.egger(effects("bcg").iloc[:2], fewest=2).iloc[0]["p"])


def test_egger_says_why_where_no_line_can_be_fitted():
    found = sensitivity.egger(studies(np.arange(12.0), [0.3] * 12)).iloc[0]
    assert "same precision" in found["reason"] and np.isnan(found["estimate"])
