"""Pseudo-patients of curves that were read: whole patients,
curve, numbers at risk, events and hazard ratio given back.
"""

import numpy as np
import pandas as pd
import pytest

from papercheck.curves.patients import _of_patients
from papercheck.curves.steps import Curve
from papercheck.reconstruction.joint import Arm, fit_arm, fit_arms, hazard_ratio
from smallsurv.cox import cox_fit
from smallsurv.curve import kaplan_meier, numbers_at_risk
from smallsurv.rmst import restricted_mean


def cohort(seed, n, scale):
    rng = np.random.default_rng(seed)
    death, last = rng.exponential(scale, n), rng.uniform(3, 40, n)
    return np.minimum(death, last).round(2) + 0.01, death <= last


def arm_of(time, event, name="A", noise=0.0, marks=True, every=6.0, after=False, seed=0):
    curve = kaplan_meier(time, event)
    falls = curve.n_event > 0
    s = curve.survival[falls] + np.random.default_rng(seed).normal(0, noise, falls.sum())
    at = np.arange(0, curve.time[-1], every)
    counts = numbers_at_risk(curve, at + (1e-6 if after else 0))
    gone = curve.time[curve.n_censor > 0] if marks else np.zeros(0)
    s = np.clip(np.minimum.accumulate(s), 0, 1)
    return Arm(
        name, curve.time[falls], s, curve.time[-1], len(time), gone, (at, counts), int(event.sum()), max(noise, 3e-4)
    )


@pytest.mark.parametrize(
    "marks, noise, log_hr, rmst", [(True, 0.0, 1e-3, 1e-4), (False, 0.0, 0.02, 0.0025), (True, 1e-3, 0.02, 0.0025)]
)
def test_patients_behind_curves_come_back(marks, noise, log_hr, rmst):
    off = []
    for seed in range(2):
        true = [cohort(2 * seed, 60, 10), cohort(2 * seed + 1, 70, 16)]
        fits = fit_arms([arm_of(*rows, name, noise, marks) for rows, name in zip(true, "AB", strict=True)])
        for fit, (time, event) in zip(fits, true, strict=True):
            assert len(fit.rows) == len(time) and fit.events == event.sum() and fit.off_risk == 0
            curves = kaplan_meier(fit.rows["AVAL"], fit.rows["CNSR"] == 0), kaplan_meier(time, event)
            made, known = (restricted_mean(c, 0.99 * time.max())[0] for c in curves)
            assert abs(made / known - 1) < rmst
        time, event = (np.concatenate(pair) for pair in zip(*true, strict=True))
        known = cox_fit(time, event, np.repeat([0.0, 1.0], [60, 70])).coef[0]
        off.append(abs(np.log(hazard_ratio(fits)) - known))
    assert np.mean(off) < log_hr


def test_numbers_at_risk_just_after_their_time_are_told_from_those_just_before():
    time = np.array([2.0, 6, 6, 6, 12, 12, 15, 18, 20, 20])
    event = np.array([1, 1, 1, 0, 1, 0, 1, 1, 0, 0], bool)
    (fit,) = fit_arms([arm_of(time, event, after=True)])
    assert fit.off_risk == 0 and fit.largest < 1e-9
    pd.testing.assert_series_equal(fit.rows["AVAL"], pd.Series(time, name="AVAL"))


@pytest.mark.parametrize("s, end, n", [([], 5.0, 3), ([0.0], 4.0, 1), ([0.5, 0.0], 4.0, 2)])
def test_arms_at_the_edge(s, end, n):
    fit = fit_arm(Arm("A", np.arange(1.0, len(s) + 1), np.array(s), end, n))
    assert len(fit.rows) == n and fit.events == len(s) and fit.largest < 1e-9


def test_a_total_of_events_that_the_curve_cannot_give_is_said_not_forced():
    fit = fit_arm(Arm("A", np.array([1.0, 2.0]), np.array([0.9, 0.8]), 5.0, 10, events=9))
    assert fit.events < 9 and f"{fit.events} events of 9 printed" in fit.sentence


def test_an_arm_without_patients_is_refused():
    with pytest.raises(ValueError, match="no number of patients"):
        fit_arm(Arm("A", np.zeros(0), np.zeros(0), 5.0, 0))


def test_falls_that_an_image_split_are_no_further_deaths():
    """Each fall in two parts a pixel apart, as marks beside it
    make them; numbers at risk and marks bound the deaths.
    """
    rng = np.random.default_rng(4)
    death, last = rng.exponential(14, 50), rng.uniform(4, 36, 50)
    made = kaplan_meier(np.minimum(death, last), death <= last)
    falls = made.n_event > 0
    time, after = made.time[falls], made.survival[falls]
    before = np.append(1.0, after)[:-1]
    split = np.sort(np.concatenate([time - 0.02, time + 0.02]))
    survival = np.column_stack([before - 0.4 * (before - after), after]).ravel()
    curve = Curve(split, survival, float(made.time[-1]), "#aa0000", width=3.0)
    curve.censored = made.time[made.n_censor > 0]
    found, low = _of_patients(curve, 50, 0.05)
    assert len(found) == len(time) and low == pytest.approx(after)
    assert np.abs(found - time).max() < 0.021
