"""Where information runs out: stored numbers of R survival (tests/reference/edges.R), and the same by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from smallsurv import competing, curve, fragility, logrank, paired, permutation, times

REFERENCE = Path(__file__).parents[1] / "reference"
DATA = pd.read_csv(REFERENCE / "edges_data.csv", float_precision="round_trip")
R = pd.read_csv(REFERENCE / "edges.csv").set_index(["set", "name"])["value"]
SETS = list(DATA["set"].unique())


def rows_of(name):
    d = DATA[DATA["set"] == name]
    group = pd.Categorical(d["group"].astype(str), sorted(d["group"].astype(str).unique()))
    return pd.DataFrame({"AVAL": d["time"], "CNSR": 1 - d["event"], "g": group, "x": d["x"]})


def test_there_are_sixty_sets_and_more_of_every_kind():
    assert len(SETS) >= 60 and {name.rsplit("_", 1)[0] for name in SETS} == {
        "noise", "idle", "reference_idle", "one_event", "separated", "few",
    }  # fmt: skip


@pytest.mark.parametrize("name", SETS)
def test_median_and_its_limits_equal_r(name):
    found = curve.median_survival(rows_of(name)).iloc[0]
    wanted = [np.inf if np.isnan(R[name, key]) else R[name, key] for key in ("median", "median_low", "median_high")]
    low = found["ci_low"] if np.isfinite(found["ci_low"]) else np.inf
    assert [found["median"], low, found["ci_high"]] == pytest.approx(wanted)


@pytest.mark.parametrize("name", [name for name in SETS if (name, "log_rank") in R.index])
def test_log_rank_and_its_degrees_of_freedom_equal_r(name):
    found = logrank.log_rank(rows_of(name), "g").iloc[0]
    df = int(R[name, "log_rank_df"])
    assert found["df"] == df
    if df:
        assert found["statistic"] == pytest.approx(R[name, "log_rank"], rel=1e-8)
    else:
        assert found["reason"] == logrank.NEVER_TOGETHER and np.isnan(found["p"])


NOISE = [5.4 - 2.1, 3.3, 0.7 * 3, 2.1, 9.9 - 3.3, 6.6]


def test_times_that_differ_by_float_noise_are_one():
    assert len(set(NOISE)) == 6 and len(set(times.joined(NOISE))) == 3
    assert times.joined([np.nan, *NOISE])[1:].tolist() == times.joined(NOISE).tolist()


def test_a_chain_of_ties_ends_where_a_step_is_wider_than_the_tolerance():
    """R joins 1, 1 + 1e-8, 1 + 2e-8 (steps below 1.5e-8) and not 1 + 4e-8."""
    assert len(set(times.joined([1, 1 + 1e-8, 1 + 2e-8]))) == 1
    assert len(set(times.joined([1, 1 + 1e-8, 1 + 4e-8]))) == 2
    assert len(set(times.joined([1e6, 1e6 + 1e-3]))) == 1 and len(set(times.joined([1e6, 1e6 + 1e-1]))) == 2


def test_noise_is_the_same_time_in_every_estimate():
    exact = np.round(NOISE, 6)
    event, group = np.array([1, 1, 1, 0, 1, 1], bool), np.array([0, 1, 0, 1, 1, 0])
    for estimate in (
        lambda t: curve.kaplan_meier(t, event).survival,
        lambda t: curve.counted_curve(t, event).survival,
        lambda t: curve.weighted_kaplan_meier(t, event, np.arange(1.0, 7)).survival,
        lambda t: logrank.log_rank_test(t, group, event).statistic,
        lambda t: logrank.weighted_log_rank_z(t, event, group, np.arange(1.0, 7)),
        lambda t: permutation.permutation_log_rank(t, event, group).p,
        lambda t: competing.cumulative_incidence(t, event * (1 + group)).incidence,
        lambda t: competing.gray_test(t, event * (1 + group), group)[0],
        lambda t: fragility.outcome_changes(t, event, group),
        lambda t: curve.survival_at(curve.kaplan_meier(t, event), [3.3, 6.6])["survival"].to_numpy(),
        lambda t: curve.numbers_at_risk(curve.kaplan_meier(t, event), [3.3, 6.6]),
    ):
        assert estimate(NOISE) == pytest.approx(estimate(exact), nan_ok=True)


def test_survival_at_a_time_counts_the_event_that_a_hair_puts_after_it():
    found = curve.survival_at(
        curve.kaplan_meier([3, 3.0000000000000004, 2.9999999999999996, 5, 6, 7], [1, 1, 1, 1, 0, 1]), [3]
    )
    assert found["survival"][0] == pytest.approx(0.5) and found["n_risk"][0] == 6


def test_ratios_of_courses_that_are_equal_but_for_noise_are_one_ratio():
    """Nine ratios of 3, 3.5 and 3.7, four of them censored at 3: 2/3 of the curve is left at 3.2 (R survfit)."""
    first = np.array([0.1, 0.2, 0.3, 0.7, 0.6, 1.1, 1.3, 2, 2])
    second = np.array([0.3, 0.6, 0.9, 2.1, 1.8, 3.3, 3.9, 7, 7.4])
    event = np.array([1, 0, 1, 0, 1, 0, 0, 1, 1], bool)
    sides = [("PFS1", first, np.ones(9, bool)), ("PFSR", second, event)]
    rows = [pd.DataFrame({"USUBJID": list("abcdefghi"), "PARAMCD": c, "AVAL": t, "CNSR": ~e}) for c, t, e in sides]
    shares = paired.ratio_shares(paired.pair_courses(pd.concat(rows)), 3.2).set_index("method")
    assert shares.loc[paired.KAPLAN_MEIER, "share"] == pytest.approx(2 / 3)
    at_three = paired.ratio_shares(paired.pair_courses(pd.concat(rows)), 3.0).set_index("method")
    assert at_three["count"].iloc[0] == 9 and at_three.loc[paired.KAPLAN_MEIER, "share"] == 1


def test_a_midrank_share_of_all_or_none_has_a_reason_in_place_of_an_interval_without_width():
    rows = pd.concat([
        pd.DataFrame({"USUBJID": list("abc"), "PARAMCD": code, "AVAL": value, "CNSR": 0})
        for code, value in (("PFS1", [1.0, 2, 3]), ("PFSR", [9.0, 8, 7]))
    ])  # fmt: skip
    found = paired.ratio_shares(paired.pair_courses(rows)).set_index("method").loc[paired.MIDRANK]
    assert found["share"] == 1 and np.isnan(found["ci_low"]) and found["reason"] == paired.NO_WALD


def test_a_level_of_whom_nobody_is_at_risk_at_an_event_is_named_and_uses_no_degree_of_freedom():
    rows = pd.DataFrame({"AVAL": [0.5, 0.6, 1, 2, 3, 4], "CNSR": [1, 1, 0, 0, 0, 0], "g": list("ccabab")})
    found = logrank.log_rank(rows, "g").iloc[0]
    assert (found["df"], found["idle"], found["reason"]) == (1, ("c",), "")
    assert found["p"] == logrank.log_rank(rows[rows["g"] != "c"], "g")["p"].iloc[0]


def test_all_who_are_at_risk_dying_at_once_tell_nothing():
    assert logrank.log_rank_test([1.0, 1.0], [0, 1], [True, True]).df == 0
    assert logrank.log_rank_test([1.0, 1.0, 2.0], [0, 1, 1], [True, True, True]).df == 1
