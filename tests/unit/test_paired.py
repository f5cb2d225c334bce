"""Two courses of the same patient: R survival, binom.test and counts by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_rel

from smallsurv import paired
from smallsurv.curve import kaplan_meier
from smallsurv.rmst import paired_mean_difference, restricted_mean

REFERENCE = Path(__file__).parents[1] / "reference"
R = pd.read_csv(REFERENCE / "paired.csv").set_index("name")["value"]


@pytest.fixture
def pairs():
    d = pd.read_csv(REFERENCE / "data_pairs.csv").astype({"first_event": bool, "second_event": bool})
    return d.assign(ratio=(d["second"] / d["first"]).where(d["first_event"]))


def adtte(first, second, first_cnsr=0, second_cnsr=0):
    sides = [("PFS1", first, first_cnsr), ("PFSR", second, second_cnsr)]
    return pd.concat([
        pd.DataFrame({"USUBJID": list("abcdefgh")[: len(v)], "PARAMCD": code, "AVAL": v, "CNSR": c}) for code, v, c in sides
    ])  # fmt: skip


def test_pairs_are_the_patients_with_both_courses():
    rows = adtte([2.0, 4, 5], [3.0, 2])
    found = paired.pair_courses(rows[rows["USUBJID"] != "b"])
    assert found["USUBJID"].tolist() == ["a"] and found["ratio"].tolist() == [1.5]


def test_a_censored_first_course_gives_no_ratio():
    assert paired.pair_courses(adtte([2.0], [3.0], first_cnsr=1))["ratio"].isna().all()


def test_shares_by_count_kaplan_meier_and_midrank(pairs):
    found = paired.ratio_shares(pairs).set_index("method")
    # By hand, of 11 with a ratio: 12/8, 4/2.5, 5/3, 2.2/1.5, 2.66/2 = 1.33 and 9/6 reach 1.33.
    assert found.loc["Clopper-Pearson", "count"] == 6 and found.loc["Clopper-Pearson", "share"] == pytest.approx(6 / 11)
    km = found.loc[paired.KAPLAN_MEIER]
    assert km[["share", "ci_low", "ci_high"]].astype(float).tolist() == pytest.approx(
        R[["km", "km_low", "km_high"]].tolist()
    )


def test_midranks_by_hand():
    """First (times the threshold) 2, 6, 4 and second 3, 5+, 4+: an interval's rank runs from how many surely end before
    it, to how many may. Lower ends 2 3 4 4 5 6, upper ends 2 3 4 6 and two at infinity."""
    success = paired._midrank_success(np.array([2.0, 6, 4]), np.array([3.0, 5, 4]), np.array([True, False, False]))
    # patient 1: 1 against (2 + 2) / 2 = 2; patient 2: (4 + 6) / 2 = 5 against (4 + 6) / 2 = 5; patient 3: 3.5 against
    # 4.5
    assert success.tolist() == [True, True, True]
    late = paired._midrank_success(np.array([6.0, 1]), np.array([2.0, 3]), np.array([False, True]))
    # 6: (3 + 4) / 2 = 3.5; 2+: (2 + 4) / 2 = 3, below it; 1: 1 against 3: (2 + 3) / 2
    assert late.tolist() == [False, True]


def test_without_censoring_the_three_shares_are_one(pairs):
    whole = pairs[pairs["second_event"] & pairs["first_event"]]
    assert paired.ratio_shares(whole)["share"].tolist() == pytest.approx([4 / 8] * 3)


def test_cox_clustered_on_patient_equals_r(pairs):
    found = paired.paired_cox(pairs).set_index("method")
    assert np.log(found.loc[paired.NAIVE, "hr"]) == pytest.approx(R["coef"], rel=1e-6)
    for method, error in ((paired.NAIVE, "naive"), (paired.CLUSTERED, "robust")):
        width = np.log(found.loc[method, "ci_high"] / found.loc[method, "ci_low"]) / 2 / 1.959963984540054
        assert width == pytest.approx(R[error], rel=1e-6)


def test_cox_stratified_by_patient_is_the_sign_test(pairs):
    found = paired.paired_cox(pairs).set_index("method").loc[paired.STRATIFIED]
    assert found["n"] == R["again"] + R["before"]
    assert np.log(found["hr"]) == pytest.approx(R["strata_coef"], rel=1e-6)
    assert found["p"] == pytest.approx(R["sign_p"])
    assert [found["ci_low"], found["ci_high"]] == pytest.approx(R[["odds_low", "odds_high"]].tolist())


def test_courses_of_one_length_tell_for_neither():
    pairs = paired.pair_courses(adtte([2.0, 4, 5], [2.0, 5, 6]))
    assert paired.paired_cox(pairs).set_index("method").loc[paired.STRATIFIED, "n"] == 2


def test_who_is_censored_at_the_end_of_the_other_course_was_at_risk_of_it():
    pairs = pd.DataFrame({
        "first": [5.0, 5.0, 3.0], "second": [5.0, 5.0, 3.0], "first_event": [False, False, True], "second_event": [True, True, False],
    })  # fmt: skip
    assert paired._sign_ratio(pairs, 0.95)[1] == 3
    assert paired._sign_ratio(pairs.iloc[:2], 0.95)[1:3] == (2, 2)


def test_a_share_by_ranks_has_the_interval_of_wald_and_none_where_that_is_certain_or_says_nothing():
    assert paired._wald(0.5, 25, 0.95) == pytest.approx((0.5, 0.5 - 0.195996, 0.5 + 0.195996), abs=1e-6)
    for share, n in ((0.0, 25), (1.0, 25), (0.5, 3)):
        assert np.isnan(paired._wald(share, n, 0.95)[1:]).all()


@pytest.mark.parametrize("censored", [0, 1])
def test_two_patients_give_rows_or_reasons(censored):
    pairs = paired.pair_courses(adtte([2.0, 4], [3.0, 5], censored, censored))
    found = paired.paired_cox(pairs)
    assert len(found) == 3 and ((found["reason"] != "") == found["hr"].isna()).all()
    assert len(paired.ratio_shares(pairs)) == (0 if censored else 3)


def test_every_patient_longer_on_the_second_course_has_a_ratio_of_zero_with_an_upper_limit():
    pairs = paired.pair_courses(adtte([1.0, 2, 3, 4, 5, 6], [7.0, 8, 9, 10, 11, 12]))
    found = paired.paired_cox(pairs).set_index("method").loc[paired.STRATIFIED]
    assert found["hr"] == found["ci_low"] == 0 and found["p"] == pytest.approx(2 * 0.5**6)
    assert found["ci_high"] == pytest.approx((1 - 0.025 ** (1 / 6)) / 0.025 ** (1 / 6))


def test_exact_mcnemar_and_recurrence_by_hand():
    """Five patients: two had the event twice, one only first, two never; one more only at the second course."""
    found = paired.mcnemar([1, 1, 1, 0, 0, 0], [1, 1, 0, 1, 0, 0])
    assert [found[k] for k in ("both", "first_only", "second_only", "neither", "n")] == [2, 1, 1, 2, 6]
    assert found["p"] == 1 and found["recurrence"] == pytest.approx(2 / 3)
    assert paired.mcnemar([1] * 6, [0] * 6)["p"] == pytest.approx(2 * 0.5**6)
    assert np.isnan(paired.mcnemar([0, 0], [1, 0])["recurrence"])


def test_the_paired_difference_of_restricted_means_without_censoring_is_that_of_the_patients_own_differences(pairs):
    whole = pairs.assign(first_event=True, second_event=True)
    found = paired_mean_difference(whole, 20.0)
    difference = (whole["second"] - whole["first"]).to_numpy()
    assert found["estimate"] == pytest.approx(difference.mean())
    paired = ttest_rel(whole["second"], whole["first"])
    limits = paired.confidence_interval()
    assert (found["ci_low"], found["ci_high"], found["p"]) == pytest.approx((limits.low, limits.high, paired.pvalue))


def test_courses_that_say_the_same_have_a_difference_of_zero_and_no_interval(pairs):
    same = pairs.assign(second=pairs["first"], second_event=pairs["first_event"])
    found = paired_mean_difference(same, 6.0)
    assert found["estimate"] == 0 and np.isnan([found["ci_low"], found["ci_high"], found["p"]]).all()


def test_a_difference_beyond_the_follow_up_is_not_estimable(pairs):
    assert np.isnan(paired_mean_difference(pairs, 40.0)["estimate"])
    assert np.isnan(restricted_mean(kaplan_meier([1.0, 2], [True, False]), 3)[0])
