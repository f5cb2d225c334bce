"""Restricted means against R survival and areas by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rechallenge.estimate import restricted_mean as rm
from rechallenge.estimate.survival import kaplan_meier

REFERENCE = Path(__file__).parent / "reference"
ROWS = pd.read_csv(REFERENCE / "rmean.csv", dtype={"part": str})


@pytest.mark.parametrize("row", list(ROWS.itertuples()), ids=lambda r: f"{r.set}-{r.part}-{r.tau:g}")
def test_area_and_greenwood_error_equal_r(row):
    d = pd.read_csv(REFERENCE / f"data_{row.set}.csv")
    d = d if row.part == "all" else d[d["group"] == int(row.part)]
    found = rm.restricted_mean(kaplan_meier(d["time"], d["event"] == 1), row.tau)
    assert found == pytest.approx((row.mean, row.se), rel=1e-9)


def test_the_area_of_three_steps_by_hand():
    mean, error = rm.restricted_mean(kaplan_meier([1.0, 2, 4], [True, False, True]), 4)
    assert mean == pytest.approx(1 + 2 / 3 * 3)
    assert error == pytest.approx(2 * np.sqrt(1 / (3 * 2)))  # area 2 after the only event before 4


def test_without_an_event_the_mean_is_tau_without_error():
    assert rm.restricted_mean(kaplan_meier([3.0, 5], [False, False]), 5) == (5, 0)


def test_beyond_a_curve_that_ends_above_zero_nothing_can_be_said_but_at_zero_it_can():
    assert np.isnan(rm.restricted_mean(kaplan_meier([1.0, 2], [True, False]), 2.1)).all()
    assert rm.restricted_mean(kaplan_meier([1.0, 2], [True, True]), 9)[0] == pytest.approx(1.5)


def test_the_default_tau_is_the_shortest_follow_up_of_the_groups():
    frame = pd.DataFrame({"AVAL": [1.0, 5, 2, 8, 3], "CNSR": [0, 1, 0, 1, 0], "g": list("aabbc")})
    assert rm.default_tau(frame, "g") == 5  # the third group has come to 0 and is known for good
    assert rm.default_tau(frame.assign(CNSR=0), "g") == 8


def test_difference_and_ratio_are_those_of_independent_groups():
    d = pd.read_csv(REFERENCE / "data_lung.csv")
    frame = pd.DataFrame({"AVAL": d["time"], "CNSR": 1 - d["event"], "g": d["group"]})
    means = rm.restricted_means(frame, 482.5, "g")
    found = rm.mean_contrasts(means).set_index("contrast")
    r = ROWS[(ROWS["set"] == "lung") & (ROWS["tau"] == 482.5)].set_index("part")
    difference = r.loc["1", "mean"] - r.loc["0", "mean"]
    error = np.hypot(r.loc["0", "se"], r.loc["1", "se"])
    assert found.loc["difference", "estimate"] == pytest.approx(difference)
    assert found.loc["difference", "ci_low"] == pytest.approx(difference - 1.959963984540054 * error)
    relative = np.hypot(r.loc["0", "se"] / r.loc["0", "mean"], r.loc["1", "se"] / r.loc["1", "mean"])
    assert found.loc["ratio", "ci_high"] == pytest.approx(
        r.loc["1", "mean"] / r.loc["0", "mean"] * np.exp(1.959963984540054 * relative)
    )


def test_influences_without_censoring_are_the_distances_from_the_mean():
    time = np.array([1.0, 2, 4, 7])
    assert rm.influence(time, np.ones(4, bool), 10) == pytest.approx((time - time.mean()) / 4)
