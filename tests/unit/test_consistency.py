"""What can lie behind a mean, a standard deviation, a ratio with its interval, an SPSS interval."""

from itertools import combinations_with_replacement
from math import log
from statistics import mean, stdev

import numpy as np
import pytest
from scipy.stats import norm

from papercheck.audit.consistency import (
    least_magnitude,
    middle_window,
    on_grid,
    uncensored_median_interval_exists,
    uncensored_spacings,
    wald_ratios,
    whole_median_steps,
    whole_spread_exists,
    whole_sums,
)
from smallsurv.curve import kaplan_meier, median
from tests.sizes import size


def around(value, decimals):
    """The window of a printed number."""
    return value - 0.5 * 10**-decimals, value + 0.5 * 10**-decimals


def test_the_example_of_brown_and_heathers_is_no_mean_of_28_whole_numbers():
    assert list(whole_sums(around(5.19, 2), 28)) == []
    assert list(whole_sums(around(5.18, 2), 28)) == [145]
    assert list(whole_sums(around(66.143, 3), 14)) == [926]


def test_every_mean_and_spread_of_small_whole_numbers_is_allowed_and_few_others():
    """Against all samples of 5 numbers from 0 to 4, counted out."""
    seen = {(round(mean(s), 2), round(stdev(s), 2)) for s in combinations_with_replacement(range(5), 5)}
    assert all(whole_spread_exists(around(m, 2), around(s, 2), 5) for m, s in seen)
    middle = mean(range(5))
    made_up = [(middle, s / 100) for s in range(300) if (middle, s / 100) not in seen]
    allowed = [pair for pair in made_up if whole_spread_exists(around(pair[0], 2), around(pair[1], 2), 5)]
    assert len(allowed) < len(made_up) / 20


def test_a_spread_of_the_wrong_parity_is_refused():
    # Sum 62 of 18; squares between 316.9 and 317.7 would have to sum to 317, which is odd where 62 is even.
    assert not whole_spread_exists(around(3.44, 2), around(2.47, 2), 18)
    assert whole_spread_exists(around(3.44, 2), around(2.48, 2), 18)


def test_a_spread_below_that_of_evenly_spread_numbers_is_refused():
    assert not whole_spread_exists(around(2.5, 1), around(0.3, 1), 4)  # 2, 2, 3, 3 has 0.577
    assert whole_spread_exists(around(2.5, 1), around(0.6, 1), 4)


def test_medians_of_whole_numbers_lie_on_ones_or_halves():
    assert (whole_median_steps(13), whole_median_steps(14)) == (1.0, 0.5)
    assert on_grid((66.05, 66.15), 0.5) == [] and on_grid((66.45, 66.55), 0.5) == [66.5]
    assert on_grid((2.895, 2.905), 0.1) == pytest.approx([2.9])


def test_wald_ratios_hold_the_ratio_of_every_interval_inside_the_windows():
    rng = np.random.default_rng(4)
    for _ in range(300):
        estimate, se = rng.normal(0, 1), rng.uniform(0.1, 1)
        low, high = estimate - 1.96 * se, estimate + 1.96 * se
        windows = [(v - rng.uniform(0, 0.1), v + rng.uniform(0, 0.1)) for v in (low, high, estimate)]
        least, most = wald_ratios(*windows)
        assert least - 1e-9 <= estimate / (1.96 * se) <= most + 1e-9


def test_wald_ratios_are_the_extremes_of_a_fine_grid():
    low, high, estimate = (0.40, 0.50), (3.35, 3.45), (1.90, 1.95)
    found = [
        (a + b) / (b - a)
        for a in np.linspace(*low, 401)
        for b in np.linspace(*high, 401)
        if estimate[0] <= (a + b) / 2 <= estimate[1]
    ]
    assert wald_ratios(low, high, estimate) == pytest.approx((min(found), max(found)), abs=2e-3)


def test_an_interval_whose_middle_is_elsewhere_has_no_ratio():
    assert wald_ratios((0.4, 0.5), (3.3, 3.4), (2.0, 2.1)) is None
    assert middle_window((0.4, 0.5), (3.3, 3.4)) == pytest.approx((1.85, 1.95))


def test_a_published_trial_fits_a_one_sided_p_at_80_percent_and_not_at_95():
    # Lung-MAP S1800A: HR 0.69 (0.51 to 0.92), one-sided P 0.05.
    logs = [tuple(log(x) for x in around(v, 2)) for v in (0.51, 0.92, 0.69)]
    least, most = least_magnitude(wald_ratios(*logs))
    p = {level: tuple(norm.sf(norm.ppf(0.5 + level / 200) * r) for r in (most, least)) for level in (80, 95)}
    assert p[80][0] < 0.055 and p[80][1] > 0.045
    assert p[95][1] < 0.02


def test_the_spacing_behind_an_interval_of_14_uncensored_patients_is_the_hand_computed_one():
    # 11.7 (6.399 to 17.001): half-width 5.301; S steps 8/14, 7/14, 6/14; se = sqrt(0.25 / 14).
    by_hand = 5.301 * (2 / 14) / (1.96 * (0.25 / 14) ** 0.5)
    low, high = dict(uncensored_spacings(14, (5.301, 5.301)))[(8, 7, 6)]
    assert low <= by_hand <= high and by_hand == pytest.approx(2.891, abs=5e-4)


@pytest.mark.slow
def test_every_interval_of_uncensored_times_on_a_grid_is_found_possible():
    rng = np.random.default_rng(7)
    tried = 0
    for _ in range(size(40, 400)):
        n, step = int(rng.integers(4, 30)), 0.1
        times = rng.integers(1, 200 if rng.random() < 0.7 else 12, n) * step
        middle, low, high = median(kaplan_meier(times, np.ones(n, bool)), "spss")
        if not np.isfinite([middle, low, high]).all():
            continue
        tried += 1
        lower = (-np.inf, 0.0005) if low == 0 else around(low, 3)
        assert uncensored_median_interval_exists(n, around(middle, 3), lower, around(high, 3), step)
    assert tried > size(30, 300)


def test_an_interval_off_the_grid_is_found_impossible():
    windows = around(11.7, 3), around(8.245, 3), around(15.155, 3)
    assert not uncensored_median_interval_exists(10, *windows, 0.1)
    assert uncensored_median_interval_exists(10, *windows, 0.01)
