"""Exact permutation log-rank against full enumeration in R (and R's coin, see make_reference.R) and counts by hand."""

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from smallsurv import permutation
from smallsurv.permutation import permutation_log_rank

REFERENCE = Path(__file__).parents[1] / "reference"
P = pd.read_csv(REFERENCE / "exact.csv").set_index("set")["p"]


def data(name):
    return pd.read_csv(REFERENCE / f"data_{name}.csv")


@pytest.mark.parametrize("name", list(P.index))
def test_p_is_that_of_every_assignment_in_r(name):
    d = data(name)
    found = permutation.exact_log_rank(d["time"], d["event"] == 1, d["group"])
    assert found.p == pytest.approx(P[name], rel=1e-12)
    assert found.standard_error == 0 and found.method == "log-rank, exact permutation"


def test_the_assignments_of_five_among_thirteen_are_all_counted_in_ten_milliseconds():
    d = data("small")
    permutation.exact_log_rank(d["time"], d["event"] == 1, d["group"])
    start = time.perf_counter()
    assert permutation.exact_log_rank(d["time"], d["event"] == 1, d["group"]).assignments == 1287
    assert time.perf_counter() - start < 0.01


def test_three_against_three_without_overlap_is_two_assignments_of_twenty():
    found = permutation.exact_log_rank([1, 2, 3, 10, 11, 12], [True] * 6, list("aaabbb"))
    assert found.p == pytest.approx(2 / 20)


def test_groups_may_be_given_in_any_order_and_spelling():
    d = data("small")
    named = d["group"].map({0: "z", 1: "a"})[::-1]
    assert permutation.exact_log_rank(d["time"][::-1], d["event"][::-1] == 1, named).p == pytest.approx(P["small"])


def test_halves_and_recursion_count_the_same():
    d = data("small")
    scores = permutation.log_rank_scores(d["time"], d["event"])
    seen = abs(scores[d["group"] == 1].sum())
    by_halves = permutation._two_groups(scores, 5, seen)
    both = seen**2 / 5 + seen**2 / 8
    assert by_halves == permutation._several_groups(scores, [5, 8], 0.0, both * (1 - 1e-9)) == round(1287 * P["small"])


def test_beyond_forty_subjects_p_is_drawn_and_says_its_error():
    d = data("lung").head(60)
    found = permutation.exact_log_rank(d["time"], d["event"] == 1, d["group"])
    drawn = permutation_log_rank(d["time"], d["event"] == 1, d["group"], seed=5)
    assert found.method == "log-rank, Monte Carlo permutation" and found.assignments == 10_000
    assert found.p == pytest.approx(drawn.p, abs=5 * found.standard_error)


def test_forty_subjects_counted_agree_with_forty_drawn():
    d = data("lung").head(40)
    found = permutation.exact_log_rank(d["time"], d["event"] == 1, d["group"])
    drawn = permutation_log_rank(d["time"], d["event"] == 1, d["group"], n=40_000)
    assert found.standard_error == 0 and found.p == pytest.approx(drawn.p, abs=5 * drawn.standard_error)


def test_no_event_or_one_group_is_a_reason_not_an_error():
    frame = pd.DataFrame({"AVAL": [1.0, 2, 3], "CNSR": [1, 1, 1], "g": ["a", "b", None]})
    assert permutation.exact_log_rank_test(frame, "g")["reason"].iloc[0] == "no event"
    assert permutation.exact_log_rank_test(frame.assign(CNSR=0, g="a"), "g")["reason"].iloc[0] == "only one group"


def test_subjects_without_a_level_are_left_out():
    d = data("small").rename(columns={"time": "AVAL", "group": "g"}).assign(CNSR=lambda x: 1 - x["event"])
    more = pd.concat([d, d.head(1).assign(g=np.nan)])
    assert permutation.exact_log_rank_test(more, "g")["p"].iloc[0] == pytest.approx(P["small"])


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
        permutation.exact_log_rank([1, 2, 3, 4], event, group)
