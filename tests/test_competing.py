"""Cumulative incidence and Gray's test against R cmprsk, by hand, and at the edges."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rechallenge.estimate import competing
from rechallenge.estimate.survival import kaplan_meier

REFERENCE = Path(__file__).parent / "reference"
SETS = ("drawn", "mgus", "small", "ended")


def data(name):
    return pd.read_csv(REFERENCE / f"data_competing_{name}.csv")


@pytest.mark.parametrize("name", SETS)
def test_incidence_variance_and_limits_equal_cmprsk(name):
    d, rows = data(name), pd.read_csv(REFERENCE / "incidence.csv").query("set == @name")
    assert len(rows)
    for (_, cause), part in rows.groupby(["set", "cause"]):
        curve = competing.cumulative_incidence(d["time"], d["cause"], cause)
        at = np.searchsorted(curve.time, part["time"].to_numpy() + 1e-12, side="right") - 1
        low, high = competing.limits(curve)
        for r, i in zip(part.itertuples(), at, strict=True):
            found = (curve.incidence[i], curve.variance[i]) if i >= 0 else (0, 0)
            assert found == pytest.approx((r.estimate, r.variance), rel=1e-9, abs=1e-12)
            if 0 < r.estimate < 1:
                assert (low[i], high[i]) == pytest.approx((r.low, r.high), rel=1e-9)


@pytest.mark.parametrize("row", list(pd.read_csv(REFERENCE / "gray.csv").itertuples()), ids=lambda r: f"{r.set}-{r.cause}")
def test_grays_test_equals_cmprsk(row):
    d = data(row.set)
    statistic, df = competing.gray_test(d["time"], d["cause"], d["group"], row.cause)
    assert (statistic, df) == (pytest.approx(row.statistic, rel=1e-9), row.df)


def test_the_incidences_of_all_causes_add_up_to_one_minus_kaplan_meier():
    d = data("drawn")
    total = sum(competing.cumulative_incidence(d["time"], d["cause"], c).incidence for c in (1, 2, 3))
    assert total == pytest.approx(1 - kaplan_meier(d["time"], d["cause"] > 0).survival)


def test_three_patients_by_hand():
    curve = competing.cumulative_incidence([1.0, 2, 3], [1, 2, 1])
    assert curve.incidence == pytest.approx([1 / 3, 1 / 3, 2 / 3])


def test_the_order_of_groups_does_not_move_the_test():
    d = data("drawn")
    turned = competing.gray_test(d["time"], d["cause"], 2 - d["group"])
    assert turned == pytest.approx(competing.gray_test(d["time"], d["cause"], d["group"]))


def frame(d):
    cause = pd.Categorical(d["cause"].map({1: "A", 2: "B"}), ["A", "B"], ordered=True)
    return pd.DataFrame({"AVAL": d["time"].astype(float), "CAUSE": cause, "g": d["group"]})


def test_a_time_beyond_the_last_is_estimable_only_where_all_had_an_event():
    open_, ended = (competing.incidence_at_times(frame(data(n)), [100.0]) for n in ("small", "ended"))
    assert open_["incidence"].isna().all() and ended["incidence"].sum() == pytest.approx(1)


def test_a_time_before_the_first_event_has_incidence_0_and_everybody_at_risk():
    first = competing.incidence_at_times(frame(data("small")), [0.5]).iloc[0]
    assert (first["incidence"], first["n_risk"]) == (0, 13) and np.isnan(first["ci_low"])


def test_one_group_or_no_event_of_a_cause_says_so():
    rows = frame(data("small"))
    assert list(competing.gray_tests(rows.assign(g=1), "g")["reason"]) == ["only one group"] * 2
    rows["CAUSE"] = rows["CAUSE"].where(rows["CAUSE"] != "B")
    assert list(competing.gray_tests(rows, "g")["reason"]) == ["", "no event"]


def test_groups_that_are_never_at_risk_together_have_no_test():
    rows = frame(pd.DataFrame({"time": [1, 2, 3, 4], "cause": [0, 0, 1, 2], "group": [0, 0, 1, 1]}))
    assert competing.gray_tests(rows, "g")["reason"].str.startswith("no two groups").all()


def test_a_tenth_of_a_million_patients_take_no_loop():
    rng = np.random.default_rng(1)
    time, cause, group = rng.exponential(10, 100_000), rng.integers(0, 3, 100_000), rng.integers(0, 2, 100_000)
    statistic, _ = competing.gray_test(time, cause, group)
    assert 0 <= statistic < 15
