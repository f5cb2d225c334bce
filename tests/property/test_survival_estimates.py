"""Curves, medians and tests of any small cohort: against plain loops and lifelines, and what must not change them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from lifelines.statistics import multivariate_logrank_test

from smallsurv import cox, curve, logrank, permutation, times
from tests.sizes import examples

FEW = examples(20)


@st.composite
def cohorts(draw, least=2, most=14):
    n = draw(st.integers(least, most))
    time = draw(st.lists(st.integers(1, 12), min_size=n, max_size=n))
    event = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    group = draw(st.lists(st.integers(0, 2), min_size=n, max_size=n))
    return np.array(time) * 0.1, np.array(event), pd.factorize(np.array(group), sort=True)[0]


def survival(time, event, t):
    """S(t) by the definition: each distinct event time up to t keeps (n - d) / n of those at risk."""
    value = 1.0
    for u in sorted({x for x, e in zip(time, event, strict=True) if e and x <= t}):
        at_risk = sum(x >= u for x in time)
        value *= 1 - sum(x == u and e for x, e in zip(time, event, strict=True)) / at_risk
    return value


@pytest.mark.slow
@FEW
@given(cohorts())
def test_a_curve_is_the_product_of_what_each_event_leaves(d):
    time, event, _ = d
    for found in (curve.kaplan_meier(time, event), curve.counted_curve(time, event)):
        assert found.survival == pytest.approx([survival(time, event, t) for t in found.time])
        assert found.n_event.sum() == event.sum() and found.n == len(time)


@FEW
@given(cohorts())
def test_the_median_is_where_half_are_left(d):
    time, event, _ = d
    middle = curve.median(curve.kaplan_meier(time, event))[0]
    if np.isinf(middle):
        assert survival(time, event, time.max()) > 0.5
    else:
        assert survival(time, event, middle) <= 0.5 + 1e-9 <= survival(time, event, middle - 0.05) + 1e-9 + 0.5


@pytest.mark.slow
@FEW
@given(cohorts(4))
def test_the_log_rank_test_is_that_of_lifelines_and_does_not_know_the_names_of_the_groups(d):
    time, event, group = d
    assume(event.any() and group.max() > 0)
    found = logrank.log_rank_test(time, group, event)
    turned = logrank.log_rank_test(time, group.max() - group, event)
    assert (found.statistic, found.df) == (pytest.approx(turned.statistic, nan_ok=True), turned.df)
    if found.df == group.max():
        assert found.statistic == pytest.approx(multivariate_logrank_test(time, group, event).test_statistic, rel=1e-6)


@pytest.mark.slow
@FEW
@given(cohorts(4), st.integers(0, 2**20))
def test_float_noise_changes_no_estimate(d, seed):
    time, event, group = d
    assume(event.any() and group.max() > 0)
    noisy = time * (1 + 1e-12 * np.random.default_rng(seed).uniform(-1, 1, len(time)))
    one, other = (logrank.log_rank_test(t, group, event) for t in (time, noisy))
    assert (other.statistic, other.df) == (pytest.approx(one.statistic, nan_ok=True), one.df)
    one, other = (curve.kaplan_meier(t, event) for t in (time, noisy))
    assert other.survival == pytest.approx(one.survival) and len(other.time) == len(one.time)
    one, other = (cox.maximum(t, event, group[:, None]) for t in (time, noisy))
    assert other.loglik == pytest.approx(one.loglik) and other.rank == one.rank


@FEW
@given(cohorts(4, 8), st.sampled_from([0.5, 7.0, 365.25]))
def test_the_unit_of_time_changes_no_test(d, unit):
    time, event, group = d
    assume(event.any() and group.max() > 0)
    one, other = (permutation.permutation_log_rank(t, event, group) for t in (time, time * unit))
    assert (other.statistic, other.p) == (pytest.approx(one.statistic), pytest.approx(one.p))


@FEW
@given(cohorts(2))
def test_joined_times_are_joined_already(d):
    time, _, _ = d
    once = times.joined(time * 3 / 3)
    assert times.joined(once).tolist() == once.tolist() and np.abs(once - time).max() < 1e-7


@FEW
@given(cohorts(3))
def test_a_model_tells_as_many_ranks_as_it_has_fitted_columns_and_never_fails(d):
    time, event, group = d
    assume(event.any())
    x = np.column_stack([group == 1, group == 2, group == 1, np.arange(len(time))]).astype(float)
    found = cox.maximum(time, event, x)
    assert found.rank == len(found.used) == len(found.beta) <= 4 and found.loglik >= found.loglik0 - 1e-9
    assert (np.isnan(found.coef) == (found.unknown | found.diverging)).all()
