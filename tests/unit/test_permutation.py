"""Permutation of the log-rank chi-square against full enumeration of survdiff in R (edges.R), and counts by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from smallsurv import logrank, permutation

REFERENCE = Path(__file__).parents[1] / "reference"
P = pd.read_csv(REFERENCE / "permuted.csv").set_index("set")["p"]


def data(name):
    return pd.read_csv(REFERENCE / f"data_{name}.csv")


@pytest.mark.parametrize("name", list(P.index))
def test_p_is_that_of_every_assignment_in_r(name):
    d = data(name)
    found = permutation.permutation_log_rank(d["time"], d["event"] == 1, d["group"])
    assert found.p == pytest.approx(P[name], rel=1e-12)
    assert found.standard_error == 0 and found.method == "log-rank, exact permutation"


def test_the_assignments_of_five_among_thirteen_are_all_counted():
    d = data("small")
    assert permutation.permutation_log_rank(d["time"], d["event"] == 1, d["group"]).assignments == 1287


def test_three_against_three_without_overlap_is_two_assignments_of_twenty():
    found = permutation.permutation_log_rank([1, 2, 3, 10, 11, 12], [True] * 6, list("aaabbb"))
    assert found.p == pytest.approx(2 / 20)


def test_groups_may_be_given_in_any_order_and_spelling():
    d = data("small")
    named = d["group"].map({0: "z", 1: "a"})[::-1]
    assert permutation.permutation_log_rank(d["time"][::-1], d["event"][::-1] == 1, named).p == pytest.approx(
        P["small"]
    )


def test_the_statistic_is_that_of_the_asymptotic_test_beside_it():
    """Where follow-up differs between the groups, the sum of scores is another statistic with another P."""
    d = data("short")
    found = permutation.permutation_log_rank(d["time"], d["event"] == 1, d["group"])
    beside = logrank.log_rank_test(d["time"], d["group"], d["event"] == 1)
    assert found.statistic == pytest.approx(beside.statistic) and found.p == pytest.approx(P["short"], rel=1e-12)


def test_every_assignment_is_listed_once():
    every = permutation._assignments(np.array([2, 1, 3]))
    assert len(every) == len({tuple(row) for row in every}) == 60
    assert (np.sort(every, axis=1) == [0, 0, 1, 2, 2, 2]).all()


def test_assignments_are_counted_up_to_the_limit_and_drawn_beyond():
    d = data("small")
    rows = d["time"], d["event"] == 1, d["group"]
    counted, drawn = (permutation.permutation_log_rank(*rows, most=most) for most in (1287, 1286))
    assert (counted.method, counted.standard_error) == ("log-rank, exact permutation", 0)
    assert (drawn.method, drawn.assignments) == ("log-rank, Monte Carlo permutation", 10_000)
    assert drawn.p == pytest.approx(counted.p, abs=5 * drawn.standard_error)
    assert drawn.standard_error == pytest.approx(np.sqrt(drawn.p * (1 - drawn.p) / 10_000))


def test_groups_that_are_never_at_risk_together_differ_in_no_assignment_more_than_in_this_one():
    assert permutation.permutation_log_rank([1.0, 2, 3, 4], [False, False, True, True], [0, 0, 1, 1]).p == 1


def test_no_event_or_one_group_is_a_reason_not_an_error():
    frame = pd.DataFrame({"AVAL": [1.0, 2, 3], "CNSR": [1, 1, 1], "g": ["a", "b", None]})
    assert permutation.permutation_test(frame, "g")["reason"].iloc[0] == "no event"
    assert permutation.permutation_test(frame.assign(CNSR=0, g="a"), "g")["reason"].iloc[0] == "only one group"


def test_subjects_without_a_level_are_left_out():
    d = data("small").rename(columns={"time": "AVAL", "group": "g"}).assign(CNSR=lambda x: 1 - x["event"])
    more = pd.concat([d, d.head(1).assign(g=np.nan)])
    assert permutation.permutation_test(more, "g")["p"].iloc[0] == pytest.approx(P["small"])


@pytest.mark.parametrize(
    "event, group, words",
    [
        ([True] * 4, [1] * 4, "one group"),
        ([False] * 4, [0, 1] * 2, "no event"),
        ([True] * 4, [0, 1, 1, None], "1 missing"),
    ],
)
def test_a_test_without_a_comparison_is_refused(event, group, words):
    with pytest.raises(ValueError, match=words):
        permutation.permutation_log_rank([1, 2, 3, 4], event, group)
