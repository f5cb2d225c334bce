"""One factor of a Cox model under Efron and Breslow ties, with
three tests, against R (tests/reference/make_reference.R).
"""

import numpy as np
import pandas as pd
import pytest

from smallsurv.cox_models import cox_multivariable, cox_univariable
from smallsurv.cox_tests import Coding, cox_tests
from smallsurv.fine_gray import fine_gray
from tests.unit.test_cox_models import adtte, table


@pytest.mark.parametrize("row", list(table("cox_tests").itertuples()), ids=lambda r: f"{r.set}-{r.ties}-{r.joint}")
def test_ratio_interval_and_the_three_tests_equal_r(row):
    found = cox_tests(adtte(row.set), "group", ["x"] if row.joint else [], ties=row.ties, level=0.9).iloc[0]
    assert found["reason"] == ""
    for column, wanted in {"hr": row.hr, "ci_low": row.low90, "ci_high": row.high90, "p": row.p}.items():
        assert found[column] == pytest.approx(wanted, rel=1e-5), column
    assert [found["p_wald"], found["p_lr"], found["p_score"]] == pytest.approx(
        [row.p_wald, row.p_lr, row.p_score], rel=1e-4
    )


@pytest.mark.parametrize("others", [[], ["x"]])
def test_efron_ties_are_the_model_of_the_report(others):
    data = adtte("lung")
    found = cox_tests(data, "group", others).iloc[0]
    report = (cox_multivariable(data, ["group", *others]).frame if others else cox_univariable(data, ["group"])).iloc[0]
    for column in ("n", "events", "hr", "ci_low", "ci_high", "p"):
        assert found[column] == pytest.approx(report[column], rel=1e-6), column
    assert found["p_lr"] == pytest.approx(report["p_global"], rel=1e-6)


def test_the_reference_level_turns_the_ratio_over():
    data = adtte("lung")
    data["group"] = pd.Categorical(np.where(data["group"] == 1, "F", "M"), ["F", "M"])
    forward, back = (cox_tests(data, "group", coding=Coding(level)).iloc[0] for level in ("F", "M"))
    assert (forward["level"], back["level"]) == ("M", "F")
    assert forward["hr"] * back["hr"] == pytest.approx(1)


def test_a_step_multiplies_the_coefficient():
    data = adtte("lung")
    one, ten = (cox_tests(data, "x", coding=Coding(step=step)).iloc[0]["hr"] for step in (1, 10))
    assert ten == pytest.approx(one**10)


def test_a_separated_factor_has_no_estimate_but_a_reason():
    data = pd.DataFrame({"AVAL": [1.0, 2, 3, 4], "CNSR": [0, 0, 1, 1], "group": pd.Categorical(list("aabb"))})
    found = cox_tests(data, "group").iloc[0]
    assert np.isnan(found["hr"]) and np.isnan(found["p_score"]) and "separated" in found["reason"]


def test_a_factor_of_one_level_says_so():
    data = pd.DataFrame({"AVAL": [1.0, 2], "CNSR": [0, 0], "group": pd.Categorical(["a", "a"])})
    assert cox_tests(data, "group")["reason"].tolist() == ["fewer than two levels"]


def test_another_handling_of_ties_is_refused():
    with pytest.raises(ValueError, match="efron, breslow"):
        cox_tests(adtte("ties"), "group", ties="exact")


def test_beside_a_coefficient_that_runs_away_a_sandwich_gives_no_error():
    time, cause = np.array([1.0, 2, 3, 4, 5, 6, 7]), np.array([1, 0, 2, 0, 1, 1, 0])
    x = np.column_stack([cause == 1, [0.3, 1, 2, 2.5, 1, 3, 2]]).astype(float)
    found = fine_gray(time, cause, x)
    assert np.isnan(found.coef[0]) and np.isnan(found.se).all()


def test_a_competing_event_at_the_last_time_stays_at_risk_for_nothing():
    """Numbers of R's finegray and coxph with clusters (survival 3.5.3)."""
    found = fine_gray([3, 6, 3, 6, 8, 7], [1, 0, 1, 2, 2, 1], np.array([0, 0, 1, 1, 1, 1.0])[:, None])
    assert [found.coef[0], found.se[0]] == pytest.approx([-0.770222520473656, 1.24324210336939], rel=1e-7)
