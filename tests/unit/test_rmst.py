"""Restricted means against R survival and areas by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t, ttest_ind

from smallsurv import rmst
from smallsurv.curve import kaplan_meier

REFERENCE = Path(__file__).parents[1] / "reference"
ROWS = pd.read_csv(REFERENCE / "rmean.csv", dtype={"part": str})


@pytest.mark.parametrize("row", list(ROWS.itertuples()), ids=lambda r: f"{r.set}-{r.part}-{r.tau:g}")
def test_area_and_greenwood_error_equal_r(row):
    d = pd.read_csv(REFERENCE / f"data_{row.set}.csv")
    d = d if row.part == "all" else d[d["group"] == int(row.part)]
    found = rmst.restricted_mean(kaplan_meier(d["time"], d["event"] == 1), row.tau)
    assert found == pytest.approx((row.mean, row.se), rel=1e-9)


def test_the_area_of_three_steps_by_hand():
    mean, error = rmst.restricted_mean(kaplan_meier([1.0, 2, 4], [True, False, True]), 4)
    assert mean == pytest.approx(1 + 2 / 3 * 3)
    assert error == pytest.approx(2 * np.sqrt(1 / (3 * 2)))  # area 2 after the only event before 4


def test_without_an_event_the_mean_is_tau_without_error():
    assert rmst.restricted_mean(kaplan_meier([3.0, 5], [False, False]), 5) == (5, 0)


def test_beyond_a_curve_that_ends_above_zero_nothing_can_be_said_but_at_zero_it_can():
    assert np.isnan(rmst.restricted_mean(kaplan_meier([1.0, 2], [True, False]), 2.1)).all()
    assert rmst.restricted_mean(kaplan_meier([1.0, 2], [True, True]), 9)[0] == pytest.approx(1.5)


def test_the_default_tau_is_the_shortest_follow_up_of_the_groups():
    frame = pd.DataFrame({"AVAL": [1.0, 5, 2, 8, 3], "CNSR": [0, 1, 0, 1, 0], "g": list("aabbc")})
    assert rmst.default_tau(frame, "g") == 5  # the third group has come to 0 and is known for good
    assert rmst.default_tau(frame.assign(CNSR=0), "g") == 8


def test_difference_and_ratio_are_those_of_independent_groups():
    d = pd.read_csv(REFERENCE / "data_lung.csv")
    frame = pd.DataFrame({"AVAL": d["time"], "CNSR": 1 - d["event"], "g": d["group"]})
    means = rmst.restricted_means(frame, 482.5, "g")
    found = rmst.mean_contrasts(means).set_index("contrast")
    r = ROWS[(ROWS["set"] == "lung") & (ROWS["tau"] == 482.5)].set_index("part")
    mean, events = (
        r["mean"],
        {g: ((d["time"] < 482.5) & (d["event"] == 1) & (d["group"] == int(g))).sum() for g in "01"},
    )
    error = {g: r.loc[g, "se"] * np.sqrt(events[g] / (events[g] - 1)) for g in "01"}
    difference, width = mean["1"] - mean["0"], t.ppf(0.975, len(d) - 2)
    assert found.loc["difference", "estimate"] == pytest.approx(difference)
    assert found.loc["difference", "ci_low"] == pytest.approx(difference - width * np.hypot(error["0"], error["1"]))
    relative = np.hypot(error["0"] / mean["0"], error["1"] / mean["1"])
    assert found.loc["ratio", "ci_high"] == pytest.approx(mean["1"] / mean["0"] * np.exp(width * relative))
    assert found.loc["ratio", "p"] == pytest.approx(2 * t.sf(np.log(mean["1"] / mean["0"]) / relative, len(d) - 2))


def test_the_ratio_does_not_hang_on_the_unit_of_time():
    rows = pd.DataFrame({"AVAL": [2, 3, 5, 7, 1, 4, 6, 8.0], "CNSR": 0, "g": pd.Categorical(list("aaaabbbb"))})
    months, years = (
        rmst.mean_contrasts(rmst.restricted_means(rows.assign(AVAL=rows["AVAL"] / k), 8.0 / k, "g")).iloc[1]
        for k in (1, 12)
    )
    assert list(months[["estimate", "ci_low", "p"]]) == pytest.approx(list(years[["estimate", "ci_low", "p"]]))


def test_without_censoring_the_difference_is_that_of_the_t_test_with_an_error_a_group():
    one, two = np.array([1.0, 2, 4, 7, 3]), np.array([2.0, 6, 9, 3, 8])
    frame = pd.DataFrame({"AVAL": np.r_[one, two], "CNSR": 0, "g": list("aaaaabbbbb")})
    found = rmst.mean_contrasts(rmst.restricted_means(frame, 20.0, "g")).set_index("contrast").loc["difference"]
    expected = ttest_ind(two, one)  # groups of one size: the pooled error is that of each group
    limits = expected.confidence_interval()
    assert (found["ci_low"], found["ci_high"], found["p"]) == pytest.approx((limits.low, limits.high, expected.pvalue))


def test_the_interval_of_a_mean_is_that_of_the_logit_of_its_share_of_tau():
    low, high = rmst.mean_limits(6.0, 1.0, 10.0)
    logit = lambda x: np.log(x / (10 - x))  # noqa: E731
    assert (logit(low) + logit(high)) / 2 == pytest.approx(logit(6.0))
    assert logit(high) - logit(6.0) == pytest.approx(1.959963984540054 / (10 * 0.6 * 0.4))


def test_the_error_of_two_events_is_twice_as_large_in_variance_and_of_one_event_not_known():
    curve, lone = kaplan_meier([1.0, 2, 4], [True, True, False]), kaplan_meier([1.0, 2, 4], [True, False, False])
    assert rmst.corrected_mean(curve, 4)[1] == pytest.approx(np.sqrt(2) * rmst.restricted_mean(curve, 4)[1])
    assert rmst.corrected_mean(lone, 4)[0] == rmst.restricted_mean(lone, 4)[0] == 3 and np.isnan(
        rmst.corrected_mean(lone, 4)[1]
    )


def test_an_event_at_tau_is_none_before_it():
    """Two events, the second at tau: one event before, so no error; a hair later there are two."""
    curve = kaplan_meier([1.0, 3, 3.0 + 1e-12, 5], [True, True, True, False])
    assert np.isnan(rmst.corrected_mean(curve, 3)[1]) and rmst.corrected_mean(curve, 3.1)[1] > 0
    assert np.isnan(rmst.corrected_mean(curve, 3 + 1e-12)[1])


def test_groups_without_two_events_each_have_no_contrast():
    rows = pd.DataFrame({"AVAL": [1.0, 2, 3, 4, 5, 6], "CNSR": [0, 0, 0, 0, 1, 1], "g": list("aaabbb")})
    found = rmst.mean_contrasts(rmst.restricted_means(rows, 6, "g"))
    assert found["estimate"].notna().all() and found[["ci_low", "ci_high", "p"]].isna().all(axis=None)


def test_without_an_event_the_mean_has_no_interval():
    found = rmst.restricted_means(pd.DataFrame({"AVAL": [3.0, 5], "CNSR": [1, 1]}), 3.0).iloc[0]
    assert found["mean"] == 3 and np.isnan([found["ci_low"], found["ci_high"]]).all()


def test_influences_without_censoring_are_the_distances_from_the_mean():
    time = np.array([1.0, 2, 4, 7])
    assert rmst.influence(time, np.ones(4, bool), 10) == pytest.approx((time - time.mean()) / 4)
