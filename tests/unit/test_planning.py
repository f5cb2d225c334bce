"""Sizes of the next study: published tables, formulas of textbooks, and brute force."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, norm

from smallsurv.curve import kaplan_meier
from smallsurv.planning import (
    Observed,
    chance_of_event,
    delayed_arms,
    events_needed,
    exponential_mean,
    mean_variance,
    single_arm,
    single_arm_events,
    two_arms,
    two_means,
    two_stages,
)
from smallsurv.rmst import restricted_mean

REFERENCE = Path(__file__).parents[1] / "reference"
SIMON = [  # Simon 1989, Table 1 and 2, alpha 0.05, beta 0.20: p0, p1; optimal r1/n1 r/n EN; minimax r1/n1 r/n EN
    (0.05, 0.25, (0, 9, 2, 17, 12.0), (0, 12, 2, 16, 13.8)),
    (0.10, 0.30, (1, 10, 5, 29, 15.0), (1, 15, 5, 25, 19.5)),
    (0.20, 0.40, (3, 13, 12, 43, 20.6), (4, 18, 10, 33, 22.3)),
]


@pytest.mark.slow
@pytest.mark.parametrize(("low", "high", "optimal", "minimax"), SIMON)
def test_two_stages_are_those_of_simon(low, high, optimal, minimax):
    for wanted, fewest in ((optimal, False), (minimax, True)):
        d = two_stages(low, high, minimax=fewest)
        assert (d.r1, d.n1, d.r, d.n, round(d.expected, 1)) == wanted and d.alpha <= 0.05 and d.power >= 0.80


def test_of_two_designs_that_expect_as_many_patients_the_one_with_fewer_in_all_is_taken():
    d = two_stages(0.5, 0.8, alpha=0.1, power=0.7)  # 6 are expected of 3/9 and of 1/11, both stop with the chance 1/2
    assert (d.r1, d.n1, d.r, d.n, d.expected) == (1, 3, 6, 9, 6.0)


@pytest.mark.slow
def test_the_chances_of_two_stages_are_those_of_drawing():
    d, rng = two_stages(0.1, 0.3), np.random.default_rng(1)
    for rate, wanted in ((0.1, d.alpha), (0.3, d.power)):
        first = rng.binomial(d.n1, rate, 400_000)
        whole = first + rng.binomial(d.n - d.n1, rate, 400_000)
        drawn = ((first > d.r1) & (whole > d.r)).mean()
        assert drawn == pytest.approx(wanted, abs=4 * np.sqrt(wanted * (1 - wanted) / 400_000))


def test_events_are_those_of_schoenfeld():
    # Collett 2003, section 10.2, and Machin 1997: HR 0.5, 80%: 66 (65.3); HR 0.6667, 90%: 256 (255.7)
    assert events_needed(0.5) == events_needed(2.0) == 66 and events_needed(2 / 3, power=0.9) == 256
    assert events_needed(0.5, share=1 / 3) == 74


def test_the_chance_of_an_event_is_that_of_drawing():
    rng = np.random.default_rng(2)
    time, entry = rng.exponential(6 / np.log(2), 400_000), rng.uniform(0, 12, 400_000)
    gone = rng.exponential(-12 / np.log(1 - 0.1), 400_000)
    seen = (time <= 18 - entry) & (time <= gone)
    assert chance_of_event(6, 12, 6, 0.1) == pytest.approx(seen.mean(), abs=0.003)
    assert chance_of_event(6, 0, 6) == pytest.approx(0.5)
    assert chance_of_event(12, 0, 12, lost=0.5) == pytest.approx(0.375)  # both hazards alike: half of 1 - 1/4


def test_patients_follow_from_events():
    plan = two_arms(0.6, 6, Observed(12, 12))
    chances = [chance_of_event(m, 12, 12) for m in (10, 6)]
    assert plan.chances == pytest.approx(chances) and plan.n == 2 * int(np.ceil(plan.events / np.mean(chances) / 2))


@pytest.mark.parametrize(("low", "high"), [(0.1, 0.3), (0.2, 0.35), (0.05, 0.2)])
def test_a_single_arm_is_the_smallest_that_keeps_both_errors(low, high):
    plan = single_arm(low, high)

    def good(n):
        return any(binom.sf(k - 1, n, low) <= 0.05 and binom.sf(k - 1, n, high) >= 0.8 for k in range(n + 1))

    assert good(plan.n) and not any(good(n) for n in range(2, plan.n))
    assert binom.sf(plan.least - 1, plan.n, low) == plan.alpha <= 0.05


def test_a_single_arm_has_its_power_against_a_median():
    events, rng = single_arm_events(4, 6), np.random.default_rng(3)
    assert events == 38
    means = rng.gamma(events, 6 / np.log(2) / events, 200_000)  # of as many exponential times
    z = np.log(means / (4 / np.log(2))) * np.sqrt(events)
    assert (z > 1.6449).mean() == pytest.approx(0.80, abs=0.02)


@pytest.mark.parametrize("call", [
    lambda: events_needed(1.0), lambda: events_needed(-2), lambda: events_needed(0.5, share=1), lambda: single_arm(0.3, 0.2),
    lambda: two_stages(0, 0.2), lambda: single_arm_events(6, 4),
])  # fmt: skip
def test_a_plan_that_makes_no_sense_is_refused(call):
    with pytest.raises(ValueError):
        call()


def test_what_would_take_too_many_is_none():
    assert single_arm(0.50, 0.505) is None and two_stages(0.50, 0.52) is None


def test_without_censoring_the_variance_of_a_mean_is_that_of_the_shortened_times():
    """Var(min(T, tau)) of exponential times, in closed form."""
    hazard, tau = np.log(2) / 6, 10.0
    square = 2 / hazard**2 * (1 - np.exp(-hazard * tau)) - 2 * tau / hazard * np.exp(-hazard * tau)
    wanted = square - exponential_mean(6, tau) ** 2
    assert mean_variance(6, tau, Observed(0, 12)) == pytest.approx(wanted, rel=1e-8)
    assert mean_variance(6, tau, Observed(24, 10)) == pytest.approx(wanted, rel=1e-8)  # everybody is followed so long


def test_the_variance_of_a_mean_is_that_of_drawn_patients():
    rng, n, tau = np.random.default_rng(3), 60_000, 14.0
    watch = Observed(24, 6, 0.1)
    time = rng.exponential(6 / np.log(2), n)
    left = np.minimum(6 + 24 * rng.random(n), rng.exponential(-12 / np.log(0.9), n))
    curve = kaplan_meier(np.minimum(time, left), time <= left)
    mean, error = restricted_mean(curve, tau)
    assert mean == pytest.approx(exponential_mean(6, tau), abs=4 * error)
    assert n * error**2 == pytest.approx(mean_variance(6, tau, watch), rel=0.03)


def test_two_means_need_more_patients_than_events_where_hazards_are_proportional():
    plan = two_means(0.6, 6, 12, Observed(12, 12))
    assert plan.difference == pytest.approx(exponential_mean(10, 12) - exponential_mean(6, 12))
    z = 1.959963984540054 + 0.8416212335729143
    each = (mean_variance(10, 12, Observed(12, 12)) + mean_variance(6, 12, Observed(12, 12))) / plan.difference**2
    assert plan.n == 2 * int(np.ceil(z**2 * each)) and plan.n > two_arms(0.6, 6, Observed(12, 12)).n
    for bad in (lambda: two_means(1.0, 6, 12, Observed(12, 12)), lambda: two_means(0.6, 6, 25, Observed(12, 12))):
        with pytest.raises(ValueError):
            bad()


def test_a_late_effect_takes_the_power_that_r_finds_by_drawing():
    r = pd.read_csv(REFERENCE / "delayed.csv").set_index("name")["value"]
    found = delayed_arms(0.6, 6, Observed(24, 12), 3, 200)
    error = np.sqrt(r["power"] * (1 - r["power"]) * (1 / 1000 + 1 / 4000))
    assert abs(found.power[0] - r["power"]) < 4 * error and found.power[1] > found.power[0]
    assert found.events == pytest.approx(r["events"], abs=4 * np.sqrt(40 * (1 / 1000 + 1 / 4000)))
    z = norm.isf(0.025) + norm.isf(0.2)
    assert found.needed[0] == pytest.approx(200 * (z / r["z"]) ** 2, rel=0.12)


@pytest.mark.slow
def test_without_a_delay_the_drawn_power_is_that_of_the_plan_and_without_an_effect_nothing_is_needed():
    plan = two_arms(0.7, 6, Observed(24, 12))
    found = delayed_arms(0.7, 6, Observed(24, 12), 0, plan.n)
    assert found.power[0] == pytest.approx(0.8, abs=4 * np.sqrt(0.16 / 1000)) and found.events == pytest.approx(
        plan.events, abs=3
    )
    never = delayed_arms(0.7, 6, Observed(24, 12), 900, 60, draws=300)
    assert never.power[0] < 0.06 and never.needed.min() > 400
    with pytest.raises(ValueError):
        delayed_arms(0.7, 6, Observed(24, 12), -1, 60)
