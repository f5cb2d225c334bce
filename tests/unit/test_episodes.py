"""Late entry and states that change: against R survival, and at the edges."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata

from smallsurv.cox import maximum
from smallsurv.curve import kaplan_meier, median, numbers_at_risk
from smallsurv.episodes import (
    entry_curve,
    episode_log_rank,
    episode_maximum,
    smallest_risk_set,
    split_by_state,
)
from smallsurv.logrank import log_rank_test

REFERENCE = Path(__file__).parents[1] / "reference"
SETS = ("hearts", "late")


def rows(name):
    return pd.read_csv(REFERENCE / f"data_episodes_{name}.csv")


def table(name, **where):
    frame = pd.read_csv(REFERENCE / f"episodes_{name}.csv")
    return frame[np.logical_and.reduce([frame[k] == v for k, v in where.items()])]


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("model", ["state", "joint", "stratified"])
def test_cox_models_of_episodes_are_those_of_r(name, model):
    d, wanted = rows(name), table("cox", set=name, model=model)
    x = np.column_stack([d["state"] == 1, d["x"]])[:, : len(wanted)].astype(float)
    found = episode_maximum(
        d["start"], d["stop"], d["event"], x, strata=d["stratum"] if model == "stratified" else None
    )
    assert np.allclose(found.coef, wanted["coef"], atol=1e-7) and np.allclose(found.se, wanted["se"], atol=1e-7)
    assert found.loglik == pytest.approx(wanted["loglik"].iloc[0], abs=1e-8)
    assert found.loglik0 == pytest.approx(wanted["loglik0"].iloc[0], abs=1e-8)


@pytest.mark.parametrize("name", SETS)
def test_curves_with_late_entry_are_those_of_r(name):
    d = rows(name)
    for state, wanted in table("curve", set=name).groupby("state"):
        own = d[d["state"] == state]
        curve = entry_curve(own["start"], own["stop"], own["event"])
        place = np.searchsorted(curve.time, wanted["time"])
        assert np.array_equal(curve.time[place], wanted["time"]) and curve.n == len(own)
        assert np.array_equal(curve.n_risk[place], wanted["n_risk"])
        assert np.allclose(curve.survival[place], wanted["survival"], atol=1e-12)
        alive = curve.survival[place] > 0
        assert np.allclose(np.sqrt(curve.greenwood[place][alive]), wanted["se_log"][alive], atol=1e-12)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("kind", ["plain", "stratified"])
def test_the_log_rank_test_is_the_score_test_of_r(name, kind):
    d, wanted = rows(name), table("tests", set=name, kind=kind).iloc[0]
    stop = d["stop"] + rankdata(d["stop"] + np.arange(1, len(d) + 1) / 1e6) / 1e5
    found = episode_log_rank(d["start"], stop, d["event"] == 1, d["state"], d["stratum"] if kind != "plain" else None)
    assert found.statistic == pytest.approx(wanted["statistic"], rel=1e-6) and found.df == wanted["df"]


def test_without_late_entry_everything_is_the_ordinary_estimate():
    d = rows("late")
    length, none = (d["stop"] - d["start"]).to_numpy(), np.zeros(len(d))
    event, x = d["event"].to_numpy() == 1, d[["x"]].to_numpy()
    plain, curve = kaplan_meier(length, event), entry_curve(none, length, event)
    assert np.allclose(curve.survival, plain.survival) and np.array_equal(curve.n_risk, plain.n_risk)
    assert median(curve) == pytest.approx(median(plain))
    assert episode_maximum(none, length, event, x).coef == pytest.approx(maximum(length, event, x).coef, abs=1e-9)
    ours, usual = episode_log_rank(none, length, event, d["state"]), log_rank_test(length, d["state"], event)
    assert (ours.statistic, ours.df) == (pytest.approx(usual.statistic), usual.df)


def test_a_time_dependent_model_is_that_of_lifelines():
    from lifelines import CoxTimeVaryingFitter

    d = rows("late").assign(start=lambda f: f["start"] * 1.0)
    frame = d.rename(columns={"subject": "id"})[["id", "start", "stop", "event", "x"]]
    stops = frame["stop"] + np.linspace(0, 0.3, len(frame))  # without ties the rules of ties agree
    fit = CoxTimeVaryingFitter().fit(frame.assign(stop=stops), event_col="event", id_col="id")
    found = episode_maximum(d["start"], stops, d["event"], d[["x"]])
    assert found.coef == pytest.approx(fit.params_.to_numpy(), abs=1e-6)
    assert found.se == pytest.approx(fit.standard_errors_.to_numpy(), abs=1e-6)


def test_a_subject_is_in_one_state_until_it_changes():
    found = split_by_state(
        [5.0, 5.0, 5.0, 5.0, 5.0], [True] * 5, [2.0, np.nan, 0.0, 5.0, 7.0], [1, 1, 2, 1, 1], [0, 1, 0, 0, 3]
    )
    made = list(zip(found.subject, found.start, found.stop, found.event, found.state, strict=True))
    assert made == [
        (0, 0, 2, False, 0), (0, 2, 5, True, 1), (1, 1, 5, True, 0), (2, 0, 5, True, 2), (3, 0, 5, True, 0),
        (4, 3, 5, True, 0),
    ]  # fmt: skip


def test_person_time_and_events_are_those_of_the_subjects_whatever_the_states():
    rng = np.random.default_rng(3)
    time, event = rng.integers(1, 9, 50).astype(float), rng.random(50) < 0.6
    onset = np.where(rng.random(50) < 0.5, rng.integers(0, 9, 50), np.nan)
    found = split_by_state(time, event, onset, rng.integers(0, 3, 50))
    assert (found.stop - found.start).sum() == pytest.approx(time.sum()) and found.event.sum() == event.sum()
    assert (found.stop > found.start).all()


def test_numbers_at_risk_rise_as_patients_enter_and_small_early_risk_sets_are_found():
    curve = entry_curve([0.0, 3.0, 3.0, 3.0], [2.0, 6.0, 7.0, 8.0], [True, True, False, True])
    assert list(numbers_at_risk(curve, [0, 1, 3, 4, 7])) == [1, 1, 0, 3, 2]
    assert curve.survival[0] == 0 and smallest_risk_set(curve) == (1, 2.0)
    assert smallest_risk_set(entry_curve([0.0, 0.0], [1.0, 2.0], [False, False])) == (
        0,
        pytest.approx(np.nan, nan_ok=True),
    )


@pytest.mark.parametrize("entry", [[2.0, 0.0], [3.0, 0.0]])
def test_an_entry_that_is_not_before_the_exit_is_refused(entry):
    with pytest.raises(ValueError, match="entry: 1 not before the exit, the first in row 0"):
        entry_curve(entry, [2.0, 4.0], [True, True])
    with pytest.raises(ValueError, match="entry: 1 not before"):
        episode_maximum(entry, [2.0, 4.0], [True, True], np.ones((2, 1)))


def test_a_model_says_what_the_risk_sets_do_not_tell():
    found = episode_maximum([0.0, 0.0, 5.0], [2.0, 4.0, 9.0], [True, True, False], [[0.0], [0.0], [1.0]])
    assert found.unknown.all() and found.idle.all()
    with pytest.raises(ValueError, match="no event"):
        episode_maximum([0.0], [1.0], [False], [[1.0]])
