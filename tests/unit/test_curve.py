"""Kaplan-Meier, medians, follow-up and log-rank against R survival (tests/reference/make_reference.R)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from smallsurv import curve as km
from smallsurv import logrank

REFERENCE = Path(__file__).parents[1] / "reference"


def table(name):
    return pd.read_csv(REFERENCE / f"{name}.csv")


def adtte(name, flip=False):
    data = table(f"data_{name}")
    event = data["event"] if not flip else 1 - data["event"]
    return pd.DataFrame({"AVAL": data["time"], "CNSR": 1 - event, "group": data["group"], "PARAMCD": "OS"})


@pytest.mark.parametrize("row", list(table("survival").itertuples()), ids=lambda r: f"{r.set}-{r.kind}-{r.method}")
def test_median_and_interval_equal_r(row):
    estimate = km.follow_up if row.kind == "follow-up" else km.median_survival
    found = estimate(adtte(row.set), method=row.method).iloc[0]
    unknown = np.inf if row.events else np.nan  # R has NA for both; reverse curves without a step tell no follow-up
    unknown = unknown if row.kind == "follow-up" else np.inf
    wanted = [unknown if np.isnan(v) else v for v in (row.median, row.ci_low, row.ci_high)]
    assert (found["n"], found["events"]) == (row.n, row.events)
    assert [found["median"], found["ci_low"], found["ci_high"]] == pytest.approx(wanted, nan_ok=True)


@pytest.mark.parametrize("row", list(table("survival_at").itertuples()), ids=lambda r: f"{r.set}-{r.method}")
def test_survival_at_a_time_equals_r(row):
    found = km.survival_at_times(adtte(row.set), [row.time], method=row.method).iloc[0]
    assert found["survival"] == pytest.approx(row.survival)
    if not np.isnan(row.ci_low):  # R gives no log-log interval for a curve at 1; here it is [1, 1]
        assert [found["n_risk"], found["ci_low"], found["ci_high"]] == pytest.approx(
            [row.n_risk, row.ci_low, row.ci_high]
        )


@pytest.mark.parametrize("row", list(table("logrank").itertuples()), ids=lambda r: r.set)
def test_log_rank_equals_r(row):
    data = adtte(row.set)
    data["group"] = pd.Categorical(data["group"])
    found = logrank.log_rank(data, "group").iloc[0]
    assert [found["statistic"], found["df"]] == pytest.approx([row.statistic, row.df])


def test_spss_interval_gives_the_two_printed_ones():
    """Seed paper: PFSR 2.90 (1.97-3.83) on 13 pseudo-patients, symmetric around the median."""
    found = km.median_survival(adtte("small"), method="spss").iloc[0]
    assert [round(found[c], 2) for c in ("median", "ci_low", "ci_high")] == [2.90, 1.97, 3.83]


@pytest.mark.parametrize(
    "time, event, wanted",
    [
        # S: 0.8, 0.6, 0.4, 0.2, 0; m = 3, u = 2, l = 3, f = 0.2; se S(3) = 0.4 sqrt(1/20 + 1/12 + 1/6) = 0.21909
        ([1, 2, 3, 4, 5], [1, 1, 1, 1, 1], (3, max(0, 3 - 1.96 * 0.4 * np.sqrt(0.3) / 0.2), 3 + 1.96 * 0.4 * np.sqrt(0.3) / 0.2)),
        # S: 5/6, 4/6 (t 2, 4), then 4/6 * 3/4 = 0.5 at 6: m = 6, u = 4, l = 8 with S = 0.25, f = (2/3 - 1/4) / 4
        ([2, 4, 6, 7, 8, 9], [1, 1, 1, 0, 1, 0], (6, max(0, 6 - 1.96 * 0.5 * np.sqrt(1 / 30 + 1 / 20 + 1 / 12) / (5 / 48)), 6 + 1.96 * 0.5 * np.sqrt(1 / 30 + 1 / 20 + 1 / 12) / (5 / 48))),
    ],
)  # fmt: skip
def test_spss_interval_by_hand(time, event, wanted):
    data = pd.DataFrame({"AVAL": time, "CNSR": 1 - np.array(event)})
    found = km.median_survival(data, method="spss").iloc[0]
    assert found[["median", "ci_low", "ci_high"]].tolist() == pytest.approx(list(wanted))


def test_bootstrap_interval_of_survival_at_a_time_is_near_the_exact_binomial_spread():
    """Without censoring S(t) is a share: 0.6 of 100, standard error 0.049."""
    data = pd.DataFrame({"AVAL": np.arange(1.0, 101), "CNSR": 0})
    found = km.survival_at_times(data, [40], method="bootstrap").iloc[0]
    assert [found["ci_low"], found["ci_high"]] == pytest.approx([0.6 - 0.096, 0.6 + 0.096], abs=0.015)


def test_spss_median_takes_the_first_time_where_r_takes_the_middle():
    found = km.median_survival(adtte("half"), method=["spss", "plain"])
    assert found["median"].tolist() == [3.0, 4.0]


@pytest.mark.parametrize("name", ["two", "one_event", "censored"])
def test_spss_interval_is_not_estimable_where_its_slope_is_not(name):
    found = km.median_survival(adtte(name), method="spss").iloc[0]
    assert np.isnan(found["ci_low"]) and np.isnan(found["ci_high"])


@pytest.mark.slow
def test_bootstrap_interval_is_seeded_and_covers_the_median():
    first, second = (km.median_survival(adtte("lung"), method="bootstrap").iloc[0] for _ in range(2))
    assert first.equals(second)
    assert first["ci_low"] < 310 < first["ci_high"]
    assert [first["ci_low"], first["ci_high"]] == pytest.approx([284, 361], abs=15)  # log-log interval of R


def test_bootstrap_of_censored_subjects_is_not_reached():
    found = km.median_survival(adtte("censored"), method="bootstrap").iloc[0]
    assert found[["median", "ci_low", "ci_high"]].tolist() == [np.inf] * 3


def test_bootstrap_medians_equal_those_of_resampled_rows():
    curve = km.kaplan_meier([1, 2, 2, 3, 4, 6], [True, True, False, True, False, True])
    draws = km.bootstrap_medians(curve, replicates=4000)
    rng, by_hand = np.random.default_rng(1), []
    time, event = np.array([1, 2, 2, 3, 4, 6.0]), np.array([1, 1, 0, 1, 0, 1], bool)
    for _ in range(800):
        i = rng.integers(0, 6, 6)
        by_hand.append(km.median(km.counted_curve(time[i], event[i]), "plain")[0])
    for cut in (1.5, 2.5, 3.5, 4.5):
        assert np.mean(draws <= cut) == pytest.approx(np.mean(np.array(by_hand) <= cut), abs=0.06)


def test_cnsr_zero_is_an_event_and_the_flip_is_wrong():
    data = adtte("small")
    assert km.observed(data["CNSR"]).sum() == 10
    right = km.median_survival(data).iloc[0]["median"]
    flipped = km.median_survival(data.assign(CNSR=1 - data["CNSR"])).iloc[0]["median"]
    assert (right, flipped) == (2.9, 20.1)


def test_several_endpoints_in_one_group_are_refused():
    two = pd.concat([adtte("small"), adtte("small").assign(PARAMCD="PFS1")])
    with pytest.raises(ValueError, match="several endpoints"):
        km.median_survival(two)
    assert len(km.median_survival(two, by="PARAMCD")) == 2


def test_log_rank_says_why_it_has_no_p():
    data = adtte("censored")
    assert logrank.log_rank(data, "group").iloc[0]["reason"] == "no event"
    assert logrank.log_rank(adtte("small").assign(group=1), "group").iloc[0]["reason"] == "only one group"


def test_survival_beyond_the_last_follow_up_is_not_estimable():
    found = km.survival_at_times(adtte("small"), [0, 30])
    assert found["survival"].iloc[0] == 1 and np.isnan(found["survival"].iloc[1])
    assert found["n_risk"].tolist() == [13, 0]


def test_the_spss_interval_narrows_with_its_level():
    curve = km.kaplan_meier(np.arange(1, 9), np.ones(8))
    wide, narrow = km.median(curve, "spss"), km.median(curve, "spss", 0.8)
    assert (narrow[2] - 4) / (wide[2] - 4) == pytest.approx(1.2815516 / 1.96)


@pytest.mark.parametrize("flags, median", [([0, 0, 0], np.nan), ([0, 0, 1], 3.0), ([1, 0, 0], np.inf)])
def test_median_follow_up_is_not_estimable_where_nobody_is_censored_and_not_reached_where_too_few_are(flags, median):
    rows = pd.DataFrame({"PARAMCD": "OS", "AVAL": [1.0, 2.0, 3.0], "CNSR": flags})
    found = km.follow_up(rows).iloc[0]
    assert np.array_equal(found["median"], median, equal_nan=True) and found["events"] == sum(flags)
    assert np.isnan(found[["ci_low", "ci_high"]].astype(float)).all() == bool(np.isnan(median))
