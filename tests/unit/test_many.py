"""Large cohorts drawn: a thinned curve is the curve, quantiles are values that were observed."""

import numpy as np
import pytest

from rechallenge.show.many import CURVE_STEPS, QUANTILES, quantiles, thinned
from smallsurv.curve import crossing, kaplan_meier


@pytest.fixture(scope="module", params=["many times", "long tail", "heavy censoring"])
def curve(request):
    rng = np.random.default_rng(1)
    n = 20_000
    time = {
        "many times": rng.exponential(10, n),
        "long tail": rng.pareto(1.2, n) + 0.1,
        "heavy censoring": rng.random(n),
    }
    share = {"many times": 0.8, "long tail": 0.95, "heavy censoring": 0.02}
    return kaplan_meier(time[request.param], rng.random(n) < share[request.param])


def test_a_thinned_curve_stays_within_its_resolution_everywhere(curve):
    kept = thinned(curve)
    drawn = curve.survival[kept[np.searchsorted(kept, np.arange(len(curve.time)), side="right") - 1]]
    assert np.abs(drawn - curve.survival).max() < 1 / CURVE_STEPS + 1e-9
    assert len(kept) <= CURVE_STEPS + 3


def test_a_thinned_curve_keeps_its_ends_and_its_median(curve):
    kept = thinned(curve)
    assert kept[0] == 0 and kept[-1] == len(curve.time) - 1
    assert crossing(curve.time[kept], curve.survival[kept]) == pytest.approx(
        crossing(curve.time, curve.survival), nan_ok=True
    )


def test_a_short_curve_is_drawn_whole():
    curve = kaplan_meier(np.arange(1, CURVE_STEPS + 1), np.ones(CURVE_STEPS, bool))
    assert len(thinned(curve)) == CURVE_STEPS


def test_quantiles_are_observed_values_from_lowest_to_highest():
    values = np.random.default_rng(2).normal(size=777)
    shares, found = quantiles(values)
    assert len(found) == QUANTILES and set(found) <= set(values)
    assert (found[0], found[-1]) == (values.min(), values.max())
    assert all((values <= q).mean() >= s for s, q in zip(shares, found, strict=True))
