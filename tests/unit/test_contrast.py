"""Two groups compared, and a factor within another: against R (tests/reference/make_reference.R) and by hand."""

import numpy as np
import pandas as pd
import pytest

from smallsurv.contrast import contrast, median_difference
from smallsurv.cox_models import cox_univariable
from smallsurv.curve import kaplan_meier, median
from smallsurv.interaction import cox_interaction
from smallsurv.logrank import log_rank
from tests.unit.test_cox_models import adtte, table


def two_groups(name="lung"):
    data = adtte(name)
    return data.assign(group=pd.Categorical(np.where(data["group"] == 1, "F", "M"), ["M", "F"]))


def test_a_contrast_holds_the_numbers_of_its_parts():
    data = two_groups()
    found = contrast(data, "group", "F", "M")
    model = cox_univariable(data, ["group"], {"group": "M"}).iloc[0]
    assert (found["n"], found["n_reference"]) == (90, 138)
    assert (found["median"], found["median_reference"], found["difference"]) == (426, 270, 156)  # R's survfit
    assert [found["hr"], found["hr_low"], found["hr_high"]] == pytest.approx(list(model[["hr", "ci_low", "ci_high"]]))
    assert found["p"] == pytest.approx(log_rank(data, "group")["p"].iloc[0])
    assert found["ci_low"] < 156 < found["ci_high"]


def test_the_other_way_round_turns_difference_and_ratio_over():
    data = two_groups()
    forward, back = contrast(data, "group", "F", "M"), contrast(data, "group", "M", "F")
    assert forward["difference"] == -back["difference"] and forward["hr"] * back["hr"] == pytest.approx(1)


def test_other_levels_than_the_two_are_left_out():
    data = two_groups()
    third = data.assign(
        group=pd.Categorical(np.where(data["AVAL"] > 500, "X", data["group"].astype(str)), ["M", "F", "X"])
    )
    found = contrast(third, "group", "F", "M")
    assert found["n"] + found["n_reference"] == int((third["group"] != "X").sum())


def test_one_group_alone_gives_a_reason_and_no_ratio():
    found = contrast(two_groups().query("group == 'F'"), "group", "F", "M")
    assert found["reason"] == "only one of the two groups" and np.isnan(found["hr"])


def test_the_difference_is_open_where_one_median_is_not_reached():
    time, event = [1, 2, 3, 4, 5, 6, 7, 8], [1, 1, 1, 1, 0, 0, 0, 0]
    difference, low, high = median_difference(time, event, [False] * 4 + [True] * 4)
    assert difference == np.inf and high == np.inf


def test_the_difference_cannot_be_told_where_neither_median_is_reached():
    found = median_difference([1, 2, 3, 4], [0, 0, 0, 0], [False, False, True, True])
    assert np.isnan(found).all()


def test_a_group_with_one_event_has_no_interval_by_resampling():
    """Resamples of one patient are this patient: the interval would be that of the other group alone."""
    time, event = [2.6, *range(1, 21)], np.ones(21, bool)
    difference, low, high = median_difference(time, event, np.arange(21) > 0)
    assert difference == pytest.approx(10.5 - 2.6) and np.isnan([low, high]).all()
    for times, events in (([3.0], [True]), ([3.0, 5.0], [True, False])):
        middle, *limits = median(kaplan_meier(np.array(times), np.array(events)), "bootstrap")
        assert middle >= 3 and np.isnan(limits).all()


def test_the_two_groups_are_resampled_apart():
    time = np.r_[np.arange(1, 21), np.arange(1, 21)]
    group = np.r_[np.zeros(20, bool), np.ones(20, bool)]
    difference, low, high = median_difference(time, np.ones(40), group)
    assert difference == 0 and low < -2 and high > 2  # with the same draws in both every difference would be 0


@pytest.mark.parametrize("kind", ["levels", "number"])
def test_ratios_within_levels_and_their_interaction_equal_r(kind):
    rows = table("interaction").query("kind == @kind")
    data = two_groups()
    older = pd.Categorical(np.where(data["x"] >= 65, "1", "0"), ["0", "1"])
    data = data.assign(other=older if kind == "levels" else data["x"].astype(float))
    found = cox_interaction(data, "group", "other", {"group": "M", "other": "0"}, step=10)
    assert len(found) == len(rows)
    for r, wanted in zip(found.itertuples(), rows.itertuples(), strict=True):
        assert [r.hr, r.ci_low, r.ci_high, r.p] == pytest.approx(
            [wanted.hr, wanted.ci_low, wanted.ci_high, wanted.p], rel=1e-4
        )


def test_an_empty_combination_is_a_reason_not_a_number():
    data = two_groups()
    other = pd.Categorical(np.where(data["group"] == "F", "y", np.where(data["x"] > 60, "y", "n")), ["n", "y"])
    found = cox_interaction(data.assign(other=other), "group", "other")
    assert found["reason"].tolist() == ["a combination of the two has no patient"] and found["p"].isna().all()


BETWEEN = ("young", "middle", "old")
PARTS = {  # of the lung data, age below 55, below 70 and above; R survival: coxph(age + group:age) against group + age
    "no woman is old": (("F", "old"), False, 0.6346014429, [0.520414249183, 0.643246400574, None]),
    "no man is young": (("M", "young"), False, 0.7589435085, [None, 0.648803595472, 0.573500935119]),
    "no old woman has the event": (("F", "old"), True, 7.495022954e-05, [0.520414249183, 0.643246400574, None]),
}


@pytest.mark.parametrize("part", PARTS)
def test_an_empty_combination_takes_its_degree_of_freedom_and_leaves_the_other_levels(part):
    (group, age), censored, p, ratios = PARTS[part]
    data = two_groups()
    data = data.assign(age=pd.Categorical(np.select([data["x"] < 55, data["x"] < 70], BETWEEN[:2], "old"), BETWEEN))
    cell = (data["group"] == group) & (data["age"] == age)
    data = data.assign(CNSR=data["CNSR"].mask(cell, 1)) if censored else data[~cell]
    found = cox_interaction(data, "group", "age")
    assert found["p"].tolist() == pytest.approx([p] * 3, rel=1e-6)
    for row, ratio in zip(found.itertuples(), ratios, strict=True):
        assert row.hr == pytest.approx(np.nan if ratio is None else ratio, rel=1e-6, nan_ok=True)
        assert bool(row.reason) == (ratio is None)


def test_a_factor_of_one_level_is_a_reason_not_a_number():
    data = two_groups().query("group == 'F'")
    found = cox_interaction(data, "group", "x")
    assert found["reason"].iloc[0] == "fewer than two levels"
