"""Changes of outcome, Holm, detectable effects: R, every pair tried in R, and a printed sample size."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from smallsurv import fragility, multiplicity, power

REFERENCE = Path(__file__).parents[1] / "reference"
TRIED = pd.read_csv(REFERENCE / "fragility.csv")


@pytest.mark.parametrize("row", list(TRIED.itertuples()), ids=lambda r: r.set)
def test_the_changes_are_the_fewest_that_r_finds_by_trying_all(row):
    d = pd.read_csv(REFERENCE / f"data_{row.set}.csv")
    found = fragility.outcome_changes(d["time"], d["event"] == 1, d["group"] == 1)
    if np.isnan(row.changes):
        assert found is None or found > 3  # R tried up to three
    else:
        assert found == row.changes


def test_one_group_alone_crosses_nothing():
    assert fragility.outcome_changes([1.0, 2, 3], [True] * 3, [True] * 3) is None


@pytest.mark.parametrize(("events", "groups", "fewest"), [("100001111", "100001111", 2), ("00010000", "11101100", 4)])
def test_a_search_that_turns_no_patient_twice_comes_to_an_end(events, groups, fewest):
    """fragility_small.R tries every set of patients; a search that turned one forth and back would say none."""
    dead, group = ([c == "1" for c in text] for text in (events, groups))
    assert fewest <= fragility.outcome_changes(np.arange(1.0, len(dead) + 1), dead, group) <= len(dead)


def test_holm_equals_r():
    """p.adjust(c(0.01, 0.04, 0.03, 0.005, NA, 0.8), 'holm')"""
    found = multiplicity.holm([0.01, 0.04, 0.03, 0.005, np.nan, 0.8])
    assert (
        found[:4] == pytest.approx([0.04, 0.09, 0.09, 0.025]) and np.isnan(found[4]) and found[5] == pytest.approx(0.8)
    )


def test_holm_of_one_test_or_none_changes_nothing():
    assert multiplicity.holm([0.03]).tolist() == [0.03] and len(multiplicity.holm([])) == 0


def test_66_events_in_equal_groups_find_a_hazard_ratio_of_two():
    """Schoenfeld 1981: 4 (1.960 + 0.842)^2 / log(2)^2 = 65.3 events."""
    assert power.detectable_hazard_ratio(65.34, 0.5) == pytest.approx(2, abs=0.001)
    assert power.detectable_hazard_ratio(0, 0.5) == power.detectable_hazard_ratio(9, 1.0) == np.inf
