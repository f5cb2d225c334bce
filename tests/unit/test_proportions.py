"""Exact intervals and standardized differences, against R and hand computations."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from smallsurv.balance import standardized_difference
from smallsurv.describe import describe, quartiles
from smallsurv.proportions import odds_ratio, proportion, rates


@pytest.mark.parametrize(
    "count, n, low, high",
    [(0, 13, 0, 0.2470526), (8, 13, 0.3157776, 0.8614207), (13, 13, 0.7529474, 1), (1, 2, 0.01257912, 0.98742088)],
)
def test_clopper_pearson_equals_binom_test_of_r(count, n, low, high):
    assert proportion(count, n) == pytest.approx((count / n, low, high), abs=1e-6)


def test_rates_count_over_everybody():
    found = rates(["CR", "PD", "NE", "SD"], {"ORR": ("CR", "PR"), "DCR": ("CR", "PR", "SD")})
    assert found[["count", "n"]].to_numpy().tolist() == [[1, 4], [2, 4]]


def test_description_of_a_column():
    d = describe(pd.Series([1.0, 2, 3, 4, np.nan]))
    assert (d["n"], d["missing"], d["median"], d["low"], d["high"]) == (4, 1, 2.5, 1, 4)
    assert np.isnan(describe(pd.Series([np.nan, np.nan]))["median"])
    assert describe(pd.Series([1.0, 3]))["sd"] == pytest.approx(np.sqrt(2)) and np.isnan(
        describe(pd.Series([1.0]))["sd"]
    )


def test_standardized_difference_of_means():
    values, group = pd.Series([1.0, 2, 3, 3, 4, 5]), pd.Series([0, 0, 0, 1, 1, 1])
    assert standardized_difference(values, group) == pytest.approx(2.0)  # both variances 1, means 2 and 4


def test_standardized_difference_of_two_levels_is_the_binary_formula():
    values = pd.Series(pd.Categorical(list("yynnn") + list("yyyyn")))
    group = pd.Series([0] * 5 + [1] * 5)
    p, q = 0.4, 0.8
    assert standardized_difference(values, group) == pytest.approx((q - p) / np.sqrt((p * (1 - p) + q * (1 - q)) / 2))


def test_standardized_difference_of_three_levels_by_hand():
    """Shares (b, c) 0.2, 0.2 against 0.4, 0.4; mean covariance
    [[0.20, -0.10], [-0.10, 0.20]]; inverse [[20/3, 10/3], ...].
    """
    first, second = list("aaaaaabbcc"), list("aabbbbcccc")
    values, group = pd.Series(pd.Categorical(first + second)), pd.Series([0] * 10 + [1] * 10)
    assert standardized_difference(values, group) == pytest.approx(np.sqrt(0.04 * (2 * 20 / 3 + 2 * 10 / 3)))


def test_groups_with_nothing_in_common_differ_without_bound():
    group = pd.Series([0] * 5 + [1] * 5)
    assert standardized_difference(pd.Series(pd.Categorical(list("MMMMMFFFFF"))), group) == np.inf
    assert standardized_difference(pd.Series([1.0] * 5 + [2.0] * 5), group) == np.inf
    assert standardized_difference(pd.Series([1.0] * 10), group) == 0.0


def test_standardized_difference_of_three_groups_does_not_exist():
    assert np.isnan(standardized_difference(pd.Series([1.0, 2, 3]), pd.Series([0, 1, 2])))


def printed(name):
    """One block of the reference numbers (tests/reference/make_reference.R)."""
    table = pd.read_csv(Path(__file__).parents[1] / "reference" / "printed.csv")
    return table.loc[table["name"] == name, "value"].tolist()


def test_an_odds_ratio_equals_r():
    """5 and 3 with the outcome and without in the group, 2 and 7 outside it."""
    outcome, group = [True] * 5 + [False] * 3 + [True] * 2 + [False] * 7, [True] * 8 + [False] * 9
    found = odds_ratio(outcome, group)
    keys = ("or", "ci_low", "ci_high", "p_exact", "p_chi2", "p_yates")
    assert [found[k] for k in keys] == pytest.approx(printed("odds"), rel=1e-6)


def test_a_cell_of_one_is_not_empty():
    found = odds_ratio([True, True, True, False, False, True], [True, True, False, False, False, True])
    assert np.isinf(found["or"]) and np.isnan(found["ci_low"])
    full = odds_ratio([True, False, True, False], [True, True, False, False])  # 1, 1, 1, 1
    assert full["or"] == 1 and np.log([full["ci_low"], full["ci_high"]]) == pytest.approx([-3.919928, 3.919928])


@pytest.mark.parametrize("table, tests", [((1, 2, 0, 3), (0.2733217, 1)), ((1, 0, 2, 3), (0.2733217, 1))])
def test_one_patient_with_the_outcome_or_in_the_group_is_tested(table, tests):
    """chisq.test of R, without and with the correction."""
    found = odds_ratio(np.repeat([True, False, True, False], table), np.repeat([True, True, False, False], table))
    assert (found["p_chi2"], found["p_yates"]) == pytest.approx(tests) and found["or"] == np.inf


def test_an_odds_ratio_with_an_empty_cell_has_no_interval():
    found = odds_ratio([True, True, False, False, True], [True, True, False, False, False])
    assert found["or"] == np.inf and np.isnan(found["ci_low"]) and np.isnan(found["p_wald"]) and found["p_exact"] < 1
    nobody = odds_ratio([False] * 4, [True, True, False, False])
    assert np.isnan(nobody["or"]) and np.isnan(nobody["p_chi2"]) and nobody["p_exact"] == 1


@pytest.mark.parametrize("rule, name", [("SPSS, type 6", "quartiles_6"), ("R, type 7", "quartiles_7")])
def test_quartiles_follow_the_rule_of_the_program(rule, name):
    assert quartiles([51, 58, 60, 63, 64, 70, 71, 79, None], rule) == pytest.approx(tuple(printed(name)))
