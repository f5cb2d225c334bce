"""Where information runs out: stored numbers of R survival (tests/reference/edges.R), and the same by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from rechallenge.derive.population import natural_step
from rechallenge.text.words import ratio_with_interval
from smallsurv import (
    competing,
    cox_models,
    cox_tests,
    curve,
    firth,
    fragility,
    interaction,
    logrank,
    paired,
    permutation,
    rmst,
    times,
)
from tests.sizes import size

REFERENCE = Path(__file__).parents[1] / "reference"
DATA = pd.read_csv(REFERENCE / "edges_data.csv", float_precision="round_trip")
R = pd.read_csv(REFERENCE / "edges.csv").set_index(["set", "name"])["value"]
SETS = list(DATA["set"].unique())


def rows_of(name):
    d = DATA[DATA["set"] == name]
    group = pd.Categorical(d["group"].astype(str), sorted(d["group"].astype(str).unique()))
    return pd.DataFrame({"AVAL": d["time"], "CNSR": 1 - d["event"], "g": group, "x": d["x"]})


def test_there_are_sixty_sets_and_more_of_every_kind():
    assert len(SETS) >= 60 and {name.rsplit("_", 1)[0] for name in SETS} == {
        "noise", "idle", "reference_idle", "one_event", "separated", "few",
    }  # fmt: skip


@pytest.mark.parametrize("name", SETS)
def test_median_and_its_limits_equal_r(name):
    found = curve.median_survival(rows_of(name)).iloc[0]
    wanted = [np.inf if np.isnan(R[name, key]) else R[name, key] for key in ("median", "median_low", "median_high")]
    low = found["ci_low"] if np.isfinite(found["ci_low"]) else np.inf
    assert [found["median"], low, found["ci_high"]] == pytest.approx(wanted)


@pytest.mark.parametrize("name", [name for name in SETS if (name, "log_rank") in R.index])
def test_log_rank_and_its_degrees_of_freedom_equal_r(name):
    found = logrank.log_rank(rows_of(name), "g").iloc[0]
    df = int(R[name, "log_rank_df"])
    assert found["df"] == df
    if df:
        assert found["statistic"] == pytest.approx(R[name, "log_rank"], rel=1e-8)
    else:
        assert found["reason"] == logrank.NEVER_TOGETHER and np.isnan(found["p"])


NOISE = [5.4 - 2.1, 3.3, 0.7 * 3, 2.1, 9.9 - 3.3, 6.6]


def test_times_that_differ_by_float_noise_are_one():
    assert len(set(NOISE)) == 6 and len(set(times.joined(NOISE))) == 3
    assert times.joined([np.nan, *NOISE])[1:].tolist() == times.joined(NOISE).tolist()


def test_a_chain_of_ties_ends_where_a_step_is_wider_than_the_tolerance():
    """R joins 1, 1 + 1e-8, 1 + 2e-8 (steps below 1.5e-8) and not 1 + 4e-8."""
    assert len(set(times.joined([1, 1 + 1e-8, 1 + 2e-8]))) == 1
    assert len(set(times.joined([1, 1 + 1e-8, 1 + 4e-8]))) == 2
    assert len(set(times.joined([1e6, 1e6 + 1e-3]))) == 1 and len(set(times.joined([1e6, 1e6 + 1e-1]))) == 2


def test_noise_is_the_same_time_in_every_estimate():
    exact = np.round(NOISE, 6)
    event, group = np.array([1, 1, 1, 0, 1, 1], bool), np.array([0, 1, 0, 1, 1, 0])
    for estimate in (
        lambda t: curve.kaplan_meier(t, event).survival,
        lambda t: curve.counted_curve(t, event).survival,
        lambda t: curve.weighted_kaplan_meier(t, event, np.arange(1.0, 7)).survival,
        lambda t: logrank.log_rank_test(t, group, event).statistic,
        lambda t: logrank.weighted_log_rank_z(t, event, group, np.arange(1.0, 7)),
        lambda t: permutation.permutation_log_rank(t, event, group).p,
        lambda t: competing.cumulative_incidence(t, event * (1 + group)).incidence,
        lambda t: competing.gray_test(t, event * (1 + group), group)[0],
        lambda t: fragility.outcome_changes(t, event, group),
        lambda t: curve.survival_at(curve.kaplan_meier(t, event), [3.3, 6.6])["survival"].to_numpy(),
        lambda t: curve.numbers_at_risk(curve.kaplan_meier(t, event), [3.3, 6.6]),
    ):
        assert estimate(NOISE) == pytest.approx(estimate(exact), nan_ok=True)


def test_survival_at_a_time_counts_the_event_that_a_hair_puts_after_it():
    found = curve.survival_at(
        curve.kaplan_meier([3, 3.0000000000000004, 2.9999999999999996, 5, 6, 7], [1, 1, 1, 1, 0, 1]), [3]
    )
    assert found["survival"][0] == pytest.approx(0.5) and found["n_risk"][0] == 6


def test_ratios_of_courses_that_are_equal_but_for_noise_are_one_ratio():
    """Nine ratios of 3, 3.5 and 3.7, four of them censored at 3: 2/3 of the curve is left at 3.2 (R survfit)."""
    first = np.array([0.1, 0.2, 0.3, 0.7, 0.6, 1.1, 1.3, 2, 2])
    second = np.array([0.3, 0.6, 0.9, 2.1, 1.8, 3.3, 3.9, 7, 7.4])
    event = np.array([1, 0, 1, 0, 1, 0, 0, 1, 1], bool)
    sides = [("PFS1", first, np.ones(9, bool)), ("PFSR", second, event)]
    rows = [pd.DataFrame({"USUBJID": list("abcdefghi"), "PARAMCD": c, "AVAL": t, "CNSR": ~e}) for c, t, e in sides]
    shares = paired.ratio_shares(paired.pair_courses(pd.concat(rows)), 3.2).set_index("method")
    assert shares.loc[paired.KAPLAN_MEIER, "share"] == pytest.approx(2 / 3)
    at_three = paired.ratio_shares(paired.pair_courses(pd.concat(rows)), 3.0).set_index("method")
    assert at_three["count"].iloc[0] == 9 and at_three.loc[paired.KAPLAN_MEIER, "share"] == 1


def test_a_midrank_share_of_all_or_none_has_a_reason_in_place_of_an_interval_without_width():
    rows = pd.concat([
        pd.DataFrame({"USUBJID": list("abc"), "PARAMCD": code, "AVAL": value, "CNSR": 0})
        for code, value in (("PFS1", [1.0, 2, 3]), ("PFSR", [9.0, 8, 7]))
    ])  # fmt: skip
    found = paired.ratio_shares(paired.pair_courses(rows)).set_index("method").loc[paired.MIDRANK]
    assert found["share"] == 1 and np.isnan(found["ci_low"]) and found["reason"] == paired.NO_WALD


def test_a_level_of_whom_nobody_is_at_risk_at_an_event_is_named_and_uses_no_degree_of_freedom():
    rows = pd.DataFrame({"AVAL": [0.5, 0.6, 1, 2, 3, 4], "CNSR": [1, 1, 0, 0, 0, 0], "g": list("ccabab")})
    found = logrank.log_rank(rows, "g").iloc[0]
    assert (found["df"], found["idle"], found["reason"]) == (1, ("c",), "")
    assert found["p"] == logrank.log_rank(rows[rows["g"] != "c"], "g")["p"].iloc[0]


def test_all_who_are_at_risk_dying_at_once_tell_nothing():
    assert logrank.log_rank_test([1.0, 1.0], [0, 1], [True, True]).df == 0
    assert logrank.log_rank_test([1.0, 1.0, 2.0], [0, 1, 1], [True, True, True]).df == 1


JOINT = [name for name in SETS if (name, "loglik") in R.index]


@pytest.mark.slow
@pytest.mark.parametrize("name", JOINT)
def test_a_joint_cox_model_equals_r_wherever_r_has_an_estimate(name):
    """R gives NA for a level without information; a coefficient beyond 8 runs to infinity."""
    rows = rows_of(name)
    model = cox_models.cox_multivariable(rows, ["g", "x"])
    if model.frame["reason"].str.contains("coefficients for").any():
        return
    known = int(rows["CNSR"].eq(0).sum())
    assert model.events == known
    compared = 0
    for row in model.frame.to_dict("records"):
        term = "x" if row["variable"] == "x" else f"factor(group){row['level']}"
        coef, se = (R.get((name, f"{kind}_{term}"), np.nan) for kind in ("coef", "se"))
        blamed_reference = "reference level" in row["reason"]
        if np.isnan(coef) or abs(coef) > 8 or blamed_reference:
            assert row["reason"] and np.isnan(row["hr"])
            continue
        compared += 1
        assert row["reason"] == ""
        width = np.log(row["ci_high"] / row["ci_low"]) / 2 / 1.959963984540054
        assert [np.log(row["hr"]), width] == pytest.approx([coef, se], rel=1e-5, abs=1e-7)
    rows = model.frame[model.frame["variable"] == "g"]
    if (name, "p_group") in R.index and rows["reason"].eq("").any():
        # R drops a level that runs to infinity from the degrees of freedom once its information has run out
        known = [not np.isnan(R[name, f"coef_factor(group){level}"]) for level in rows["level"]]
        told = ~rows["reason"].str.startswith("no information")
        statistic = chi2.isf(rows["p_global"].iloc[0], told.sum())
        assert statistic == pytest.approx(chi2.isf(R[name, "p_group"], sum(known)), rel=1e-5)
    assert compared


def test_the_joint_models_that_are_compared_are_many():
    assert len(JOINT) >= 40


def cohort_of(columns):
    """time, event and factors from rows of text; factors with levels in the order of first use."""
    frame = pd.DataFrame(columns)
    return frame.assign(
        **{c: pd.Categorical(frame[c], list(dict.fromkeys(frame[c]))) for c in frame if frame[c].dtype == object}
    )


LIVER = cohort_of({
    "AVAL": [0.4, 3.1, 1.5, 6.5, 4.1, 5.8, 1.2, 1.6, 2.0, 1.2, 3.2, 4.1, 11.8, 6.1, 0.7, 7.9, 2.3, 9.9, 1.5, 3.0, 9.1],
    "CNSR": [1, 1, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1],
    "AGE": [68, 53, 49, 47, 52, 65, 71, 65, 74, 41, 55, 62, 57, 55, 54, 41, 44, 61, 59, 78, 49],
    "ECOG": ["0"] * 9 + ["1"] * 12, "LIVER": ["N"] * 0 + ["Y"] * 3 + ["N"] * 18,
})  # fmt: skip


def test_a_separated_factor_does_not_hide_the_others_and_is_named_itself():
    """R coxph: Age per 10 years 1.44 (P 0.39), ECOG 1 against 0 0.52 (P 0.41), the liver alone runs to infinity."""
    found = cox_models.cox_multivariable(LIVER, ["AGE", "ECOG", "LIVER"], {"LIVER": "N"}, {"AGE": 10}).frame.set_index(
        "variable"
    )
    assert found["hr"][["AGE", "ECOG"]].round(2).tolist() == [1.44, 0.52]
    assert found["p"][["AGE", "ECOG"]].round(2).tolist() == [0.39, 0.41]
    assert found["reason"].tolist() == ["", "", "separated: no event in this level"]
    assert found["p_global"].notna().tolist() == [True, True, False] == found["p_ph"].notna().tolist()


IDLE = pd.DataFrame({
    "AVAL": [5.5, 9.9, 16.2, 7.8, 25.7, 3.9, 7.9, 15.8, 11.1, 11.3, 7.5, 14.8, 0.5, 0.7],
    "CNSR": [0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1],
    "AGE": [48, 64, 55, 77, 46, 72, 65, 77, 55, 62, 74, 65, 50, 60],
    "g": pd.Categorical(["0", "0", "1", "1", "1", "0", "0", "1", "1", "1", "1", "1", "2", "2"]),
})  # fmt: skip


@pytest.mark.parametrize("reference", ["0", "2"])
def test_a_level_without_information_uses_no_degree_of_freedom_and_prints_no_ratio(reference):
    without = IDLE[IDLE["g"] != "2"].assign(g=lambda d: d["g"].cat.remove_unused_categories())
    for variables in (["g"], ["g", "AGE"]):
        found = cox_models.cox_multivariable(IDLE, variables, {"g": reference})
        plain = cox_models.cox_multivariable(without, variables)
        rows = found.frame[found.frame["variable"] == "g"].set_index("level")
        assert found.parameters == plain.parameters
        if reference == "2":
            assert rows["reason"].str.startswith("no information: nobody in the reference level").all()
            assert rows["hr"].isna().all()
            continue
        same = plain.frame.iloc[0]
        for column in ("hr", "ci_low", "ci_high", "p", "p_global", "p_ph"):
            assert rows.loc["1", column] == pytest.approx(same[column], rel=1e-6)
        assert np.isnan(rows.loc["2", "hr"]) and rows.loc["2", "reason"].startswith(
            "no information: nobody in this level"
        )


def test_a_column_that_others_explain_among_those_at_risk_leaves_the_rest_as_they_are():
    """b equals a wherever anybody is at risk at an event; they part only among those censored before."""
    rng = np.random.default_rng(4)
    rows = pd.DataFrame(
        {"AVAL": np.arange(1.0, 25), "CNSR": [1] * 4 + [0] * 20, "a": rng.normal(size=24), "c": rng.normal(size=24)}
    )
    rows["b"] = rows["a"].where(rows.index >= 4, 0.0)
    found = cox_models.cox_multivariable(rows, ["a", "b", "c"])
    alone = cox_models.cox_multivariable(rows, ["a", "c"]).frame.set_index("variable")
    frame = found.frame.set_index("variable")
    assert frame["reason"].tolist() == ["collinear with the other variables"] * 2 + [""] and found.parameters == 2
    assert frame.loc["c", ["hr", "p", "p_global"]].astype(float).tolist() == pytest.approx(
        alone.loc["c", ["hr", "p", "p_global"]].astype(float).tolist(), rel=1e-6
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(size(10, 30)))
def test_no_random_cohort_however_poor_ends_a_model_with_an_error(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 12))
    rows = pd.DataFrame(
        {"AVAL": rng.integers(1, 5, n) * 1.1, "CNSR": (rng.random(n) < rng.choice([0.1, 0.5, 0.9])) * 1}
    )
    for name, k in (("a", 2), ("b", 4)):
        rows[name] = pd.Categorical(rng.choice(list("pqrs")[:k], n))
    rows["x"] = rng.choice([1.0, 2.0, 50.0], n)
    for frame in (
        cox_models.cox_univariable(rows, ["a", "b", "x"]),
        cox_models.cox_multivariable(rows, ["a", "b", "x"]).frame,
        interaction.cox_interaction(rows, "a", "b"),
        interaction.cox_interaction(rows, "b", "x"),
        cox_tests.cox_tests(rows, "b", ["x"]),
        firth.firth_models(rows, [["a", "b"], ["x"]]),
    ):
        assert ((frame["reason"] != "") == frame["hr"].isna()).all()
        assert (frame.filter(["hr", "ci_low", "ci_high"]).dropna() >= 0).all(axis=None)


def one_endpoint(times, events, group=None, **more):
    rows = pd.DataFrame({"AVAL": np.asarray(times, float), "CNSR": 1 - np.asarray(events), "PARAMCD": "OS"} | more)
    return rows if group is None else rows.assign(G=pd.Categorical(group))


def test_the_exact_p_leaves_out_the_level_that_the_log_rank_test_beside_it_leaves_out():
    """Two levels and a third that is censored before the first
    event: the P is that of the two, each of them as it was.
    """
    times, events = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [1, 1, 1, 1, 0, 1, 1, 0, 1, 1]
    two = one_endpoint(times, events, list("aaabababbb"))
    three = one_endpoint([*times, 0.5, 0.7], [*events, 0, 0], list("aaabababbbcc"))
    alone, beside = (permutation.permutation_test(rows, "G").iloc[0] for rows in (two, three))
    assert logrank.log_rank(three, "G").iloc[0]["idle"] == ("c",)
    assert beside["p"] == alone["p"] < 1 and beside["assignments"] == alone["assignments"] == 252


def test_no_exact_p_of_one_is_printed_where_the_log_rank_test_has_no_information():
    never = one_endpoint([1, 2, 3, 4, 5], [0, 0, 1, 1, 1], list("aabbb"))
    found = permutation.permutation_test(never, "G").iloc[0]
    assert np.isnan(found["p"]) and found["reason"] == logrank.log_rank(never, "G").iloc[0]["reason"] != ""


@pytest.mark.parametrize("method", ["log-log", "log", "plain"])
def test_a_curve_without_an_event_so_far_has_no_log_log_interval_as_in_r(method):
    """R survfit: NA under log-log, 1 to 1 under the others; reference/survival_at.csv, set `censored`."""
    fit = curve.kaplan_meier(np.array([2.0, 3, 4]), np.array([False, True, True]))
    row = curve.survival_at(fit, [2.5], method).iloc[0]
    assert row["survival"] == 1 and np.isnan(row["ci_low"]) == np.isnan(row["ci_high"]) == (method == "log-log")


def test_a_first_course_of_no_length_has_no_ratio_and_does_not_end_the_section():
    sides = [("PFS1", [0.0, 2, 3, 4], 0), ("PFSR", [1.0, 0, 6, 2], 0)]
    adtte = pd.concat(
        pd.DataFrame({"USUBJID": list("abcd"), "PARAMCD": code, "AVAL": v, "CNSR": c}) for code, v, c in sides
    )
    pairs = paired.pair_courses(adtte)
    assert pairs["ratio"].fillna(-1).tolist() == [-1, 0, 2, 0.5]
    shares = paired.ratio_shares(pairs, 1.33).set_index("method")
    assert shares["n"].tolist() == [3, 3, 3] and shares.loc["Clopper-Pearson", "count"] == 1


def test_intervals_that_reach_from_nothing_to_everything_or_have_no_width_are_not_given():
    pairs = pd.DataFrame({"first": [3.0, 4], "second": [2.0, 5], "first_event": True, "second_event": [True, False]})
    shares = paired.ratio_shares(pairs.assign(ratio=pairs["second"] / pairs["first"]), 1.33).set_index("method")
    assert np.isnan(shares.loc[paired.MIDRANK, "ci_low"]) and shares.loc[paired.MIDRANK, "reason"] == paired.NO_WALD
    same = pd.DataFrame({"first": [3.0] * 4, "second": [8.0] * 4, "first_event": True, "second_event": True})
    mean = rmst.paired_mean_difference(same, 8.0)
    assert mean["estimate"] == 5 and np.isnan([mean["ci_low"], mean["ci_high"], mean["p"]]).all()


@pytest.mark.parametrize("second", [0.0, 0.1])
def test_a_factor_from_which_a_separated_one_took_all_information_has_a_reason_and_no_endless_interval(second):
    """Age orders every event of its own accord: nothing is left that could tell of the other factor."""
    rows = one_endpoint(
        [0, second, 1, 2, 3, 4, 5, 6],
        [1, 0, 1, 1, 0, 1, 1, 1],
        AGE=np.arange(50.0, 58),
        SEX=pd.Categorical(list("MFMFMFMF")),
    )
    frame = cox_models.cox_multivariable(rows, ["AGE", "SEX"]).frame.set_index("variable")
    assert frame.loc["AGE", "reason"].startswith("separated") and frame.loc["SEX", "reason"] == cox_models.LEFT_NOTHING
    assert frame[["hr", "ci_low", "ci_high", "p", "p_global"]].isna().all(axis=None)


@pytest.mark.parametrize(
    "values, step",
    [
        ([221, 485, 1084, 2254, 1670, 502], 1000),
        ([1, 2, 2, 3, 9], 1),
        ([3.1, 3.4, 3.9, 4.2], 0.1),
        ([0, 10, 10, 20], 1),
        ([5, 5], 1),
    ],
)
def test_a_number_without_a_declared_step_is_counted_in_the_power_of_ten_that_patients_differ_by(values, step):
    assert natural_step(pd.Series(values, dtype=float)) == pytest.approx(step)


@pytest.mark.parametrize(
    "values, said",
    [
        ((20.602, 1.908, 2832.685), "20.602 (1.908–>1,000)"), ((1e-9, 0.0, 0.0049), "<0.001 (0.000–0.005)"),
        ((0.532, 0.087, np.inf), "0.532 (0.087–∞)"), ((np.nan, 1, 2), "NE"), ((1000, 0.0005, np.nan), "1000.000 (0.001–NE)"),
    ],
)  # fmt: skip
def test_a_ratio_is_printed_within_what_a_reader_can_use(values, said):
    assert ratio_with_interval(*values) == said
