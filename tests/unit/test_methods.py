"""The Results paragraphs: one sentence for what belongs together, in the numbers of a journal."""

from dataclasses import replace

import numpy as np
import pytest

from papercheck.files.findings import CohortError
from rechallenge.results import Result
from rechallenge.run.journal import Limits, Value, checked_journal
from rechallenge.run.methods import paragraphs, rules

FACTS = {
    "parameters": {"interval": {"value": "log-log"}, "sd_min_weeks": {"value": 6}},
    "changed": {},
    "versions": {},
    "n": 26,
    "kind": "patients",
}
JOURNALS = rules()["journals"]


def median(level, value, high=9.9):
    values = {"n": 10, "events": 8, "median": value, "ci_low": 1.2, "ci_high": high}
    units = dict.fromkeys(values, "months")
    return Result("survival.median", values, units, endpoint="PFSR", by="SEX", level=level, method="log-log")


def test(method, p):
    return Result("survival.log_rank", {"p": p}, endpoint="PFSR", by="SEX", method=method)


test.__test__ = False


def ratio(variable, model):
    values = {"hr": 0.5, "ci_low": 0.2, "ci_high": 1.25, "p": 0.04}
    return Result("hazard_ratio", values, endpoint="PFSR", variable=variable, model=model)


def said(*results, **facts):
    found = paragraphs(results, FACTS | facts)
    return " ".join(text for part, _, text in found if part == "Results")


def test_levels_of_a_factor_and_its_tests_stand_in_one_sentence():
    text = said(median("M", 4.11), test("log-rank", 0.004), median("F", 5), test("exact log-rank, Holm", 0.0123))
    assert text == (
        "By SEX, median PFSR was 4.11 months for M (95% CI 1.20–9.90; events in 8 of 10) and 5.00 months for F "
        "(95% CI 1.20–9.90; events in 8 of 10); log-rank P = 0.004, Holm-adjusted P = 0.012."
    )


def test_a_level_without_a_median_is_not_reached_and_limits_that_say_nothing_are_not_printed():
    inf = float("inf")
    text = said(median("M", inf, inf), median("F", 5))
    assert "not reached for M (95% CI 1.20–NR; events in 8 of 10) and 5.00 months for F" in text
    assert said(median("M", inf)).startswith("Where SEX was M, median PFSR was not reached")
    assert f"{Limits(Value(inf), Value(inf)):t}" == "95% CI not estimable"


def test_a_rate_that_the_criteria_decide_has_no_interval_and_not_one_that_cannot_be_estimated():
    values = {"count": 13, "n": 13, "share": 1.0, "ci_low": np.nan, "ci_high": np.nan}
    limits = {"share": 0.0, "count": 0, "ci_low": 0.0, "ci_high": 0.247}
    rate = Result("response.rate", values, variable="ORR", by="APHASE", level="INITIAL")
    text = said(rate, replace(rate, values=values | limits, level="RECHALLENGE"))
    assert "100.0% (13 of 13 patients, as the criteria of eligibility decide) on" in text
    assert "0.0% (0 of 13 patients; 95% CI 0.0–24.7%)" in text and "not estimable" not in text


def test_those_without_a_response_on_record_are_told_beside_the_rate_that_counts_them():
    counts = [
        Result("response.best", {"count": n}, variable="NE", by="APHASE", level=course)
        for n, course in ((28, "INITIAL"), (30, "RECHALLENGE"), (0, "INITIAL"))
    ]
    text = said(*counts)
    assert "counted as without response, were 28 patients on the first ICI course and 30 patients on" in text
    assert " 0 patients" not in text


def test_a_joint_model_of_one_factor_is_not_said_to_be_joint():
    text = said(ratio("RESCLASS", "multivariable"))
    assert "hazard ratio for class of resistance, alone, was" in text and "joint" not in text
    assert "Adjusted for each other" in said(ratio("AGE", "multivariable"), ratio("SEX", "multivariable"))


def test_ratios_of_two_joint_models_are_not_said_to_be_adjusted_for_each_other():
    classes = [ratio(v, "multivariable") for v in ("RESCLASS", "INTERIM")]
    text = said(*classes, *(ratio(v, m) for m in rules()["models"] for v in ("AGE", "SEX")))
    assert text.startswith("Adjusted for each other, hazard ratios for PFSR were: class of resistance, 0.50")
    assert "Each alone, hazard ratios for PFSR were: AGE, 0.50 (95% CI 0.20–1.25; P = 0.040); SEX, 0.50" in text
    assert "Adjusted for each other, hazard ratios for PFSR were: AGE, 0.50" in text


@pytest.mark.parametrize(
    "name, wanted",
    [
        ("", ["P = 0.500", "P = 0.012", "P = 0.050", "P < 0.001", "P > 0.999"]),
        ("lancet", ["p=0·50", "p=0·012", "p=0·050", "p=0·0004", "p>0·99"]),
        ("jama", ["P = .50", "P = .01", "P = .050", "P < .001", "P > .99"]),
        ("nejm", ["P=0.50", "P=0.01", "P=0.050", "P<0.001", "P>0.99"]),
    ],
)
def test_p_values_as_a_journal_writes_them(name, wanted):
    numbers = (0.5, 0.0123, 0.0496, 0.0004, 0.9999)
    assert [f"{Value(p, '', JOURNALS[name]):p}" for p in numbers] == wanted


@pytest.mark.parametrize(
    "name, wanted",
    [("lancet", "4·11 months for M (95% CI 1·20–9·90;"), ("jama", "(95% CI, 1.20-9.90;"), ("nejm", "1.20 to 9.90;")],
)
def test_intervals_as_a_journal_writes_them(name, wanted):
    assert wanted in said(median("M", 4.11), median("F", 5), journal=name)
    assert " to " in f"{Limits(Value(-1.0, '', JOURNALS[name]), Value(1.0, '', JOURNALS[name])):.2}"


def test_an_unknown_journal_is_told_with_those_known():
    with pytest.raises(CohortError, match="lancet"):
        checked_journal("lancett", JOURNALS)


def test_the_same_test_of_two_sections_is_told_once_and_a_ratio_names_what_it_is_against():
    test = Result("survival.log_rank", {"p": 0.152}, endpoint="PFSR", by="ARM", method="log-rank")
    median = {"median": 4.0, "ci_low": 3.0, "ci_high": 5.0, "n": 30, "events": 29}
    medians = [Result("survival.median", median, endpoint="PFSR", by="ARM", level=x, method="log-log") for x in "AB"]
    assert said(*medians, test, test).count("0.152") == 1
    ratio = {"hr": 0.67, "ci_low": 0.39, "ci_high": 1.15, "p": 0.151}
    effect = Result(
        "effect.hazard_ratio", ratio, endpoint="PFSR", by="ARM", level="B", reference="A", model="unadjusted"
    )
    assert "The hazard ratio of B against A for PFSR was 0.67" in said(effect)
