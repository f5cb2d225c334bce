"""Cloning, censoring and weighting: a cohort with a known truth, hand-counted weights, and the edges."""

import numpy as np
import pytest

from smallsurv.curve import kaplan_meier
from smallsurv.emulation import Decisions, Emulated, emulate

MONTHS, GRACE = 24, 3
TIMES = np.array([6.0, 12.0, 18.0])


def simulated(n, seed, strategy=None):
    """A severity that worsens and keeps doctors from rechallenge; rechallenge does nothing. strategy : None (as
    patients were treated), 'never', or 'start' (in the grace period, in its last interval if not before)."""
    rng = np.random.default_rng(seed)
    severe = np.zeros((n, MONTHS))
    now = (rng.random(n) < 0.3).astype(float)
    start, exit, alive = np.full(n, np.inf), np.full(n, float(MONTHS)), np.ones(n, bool)
    for k in range(MONTHS):
        now = np.maximum(now, rng.random(n) < 0.08)
        severe[:, k] = now
        chance = 1 / (1 + np.exp(1.0 + 1.5 * now + 0.25 * k))
        untreated = alive & np.isinf(start)
        begins = untreated & (rng.random(n) < chance)
        if strategy == "never":
            begins[:] = False
        elif strategy == "start" and k == GRACE - 1:
            begins = untreated
        start[begins] = k
        dies = alive & (rng.random(n) < 0.04 + 0.12 * now)
        exit[dies] = k + 0.5
        alive &= ~dies
    return exit, exit < MONTHS, start, severe[:, :, None]


@pytest.fixture(scope="module")
def truth():
    found = []
    for strategy in ("never", "start"):
        exit, _, _, _ = simulated(60_000, 1, strategy)
        found.append([(exit > t).mean() for t in TIMES])
    return np.array(found)


def test_the_truth_comes_back_where_the_naive_comparison_is_far_from_it(truth):
    """20 cohorts of 600: the mean of ours is within its Monte Carlo error of the truth; the naive difference is not."""
    ours, naive = [], []
    for seed in range(20):
        exit, event, start, x = simulated(600, 100 + seed)
        found = emulate(Decisions(exit, event, start, x, grace=GRACE), TIMES, replicates=0)
        ours.append(found.survival)
        ever = np.isfinite(start)
        naive.append([(exit[ever] > t).mean() - (exit[~ever] > t).mean() for t in TIMES])
    ours, naive = np.array(ours), np.array(naive)
    error = ours.std(axis=0, ddof=1) / np.sqrt(len(ours))
    assert (np.abs(ours.mean(axis=0) - truth) < 4 * error + 0.005).all()
    effect = truth[1] - truth[0]
    assert (np.abs(effect) < 0.01).all() and (naive.mean(axis=0) > effect + 0.1).all()
    assert (np.abs((ours[:, 1] - ours[:, 0]).mean(axis=0) - effect) < 0.03).all()


def test_weights_are_those_counted_by_hand():
    """Four alive throughout; one starts in the second interval of three, one in the third, two never."""
    d = Decisions([9.0] * 4, [False] * 4, [1.0, 2.0, np.inf, np.inf], np.zeros((4, 9, 1)), grace=3)
    chance = np.full((4, 9), 0.25)
    never, treated = d.weights(np.where(d.open, chance, np.nan))
    assert list(never[0]) == [4 / 3] + [0] * 8 and never[2] == pytest.approx((4 / 3) ** np.arange(1, 10))
    assert list(treated[0]) == [1] * 9 and list(treated[1]) == [1, 1] + [4] * 7 and list(treated[2]) == [1, 1] + [0] * 7
    assert d.open.sum() == 2 + 3 + 9 + 9 and d.starts.sum() == 2


def test_patients_who_die_in_the_grace_period_count_under_both_strategies():
    d = Decisions([0.5, 9, 9, 9], [True, False, False, False], [np.inf, 0.2, 1.0, np.inf], np.zeros((4, 9, 1)), grace=3)
    never, treated = d.weights(np.where(d.open, 0.0, np.nan))
    assert never[0, 0] == treated[0, 0] == 1 and never[0, 1:].sum() == treated[0, 1:].sum() == 0
    assert d.survival(treated, [1.0]) == pytest.approx([0.75])


def test_with_equal_weights_the_curve_is_that_of_kaplan_and_meier():
    rng = np.random.default_rng(2)
    exit, event = np.round(rng.exponential(8, 80) + 0.1, 1).clip(max=24), rng.random(80) < 0.7
    d = Decisions(exit, event, np.full(80, np.inf), np.zeros((80, 24, 1)))
    curve = kaplan_meier(exit, event)
    times = [1.0, 5.0, 11.3, 20.0]
    wanted = np.append(1.0, curve.survival)[np.searchsorted(curve.time, times, side="right")]
    assert d.survival(d.alive.astype(float), times) == pytest.approx(wanted)


@pytest.mark.slow
def test_the_chances_are_those_of_a_logistic_model():
    import statsmodels.api as sm

    exit, event, start, x = simulated(300, 7)
    d = Decisions(exit, event, start, x, grace=GRACE)
    rows, k = np.nonzero(d.open & (np.arange(MONTHS) <= d.began[np.isfinite(start)].max()))
    fit = sm.GLM(
        d.starts[rows, k].astype(float), sm.add_constant(np.column_stack([k, k**2, x[rows, k]])), sm.families.Binomial()
    ).fit(tol=1e-14)
    assert d.chances()[rows, k] == pytest.approx(fit.fittedvalues, abs=1e-7)


def test_the_bootstrap_is_seeded_and_its_interval_holds_the_estimate():
    d = Decisions(*simulated(200, 5), grace=GRACE)
    found, again = emulate(d, TIMES, 60), emulate(d, TIMES, 60)
    assert np.array_equal(found.draws, again.draws) and found.followed[1] < 200
    low, high = found.limits()
    assert (low < found.difference).all() and (found.difference < high).all()
    assert np.isnan(emulate(d, [99.0], 20).limits()).all()


def test_who_is_not_drawn_spoils_no_sample():
    """A patient who is not drawn and starts later than all who are has no chance of starting, and no weight either."""
    decisions = Decisions(*simulated(40, 2), grace=GRACE)
    starters = np.flatnonzero(np.isfinite(decisions.start))
    count = np.ones(40, np.int64)
    count[starters[decisions.began[starters] >= GRACE - 1]] = 0
    with np.errstate(all="raise"):
        weights = decisions.weights(decisions.chances(count), count)
    assert all(np.isfinite(w).all() and not w[count == 0].any() for w in weights)
    assert all(np.isfinite(decisions.survival(w, [3.0])).all() for w in weights)


def test_where_one_patient_carries_most_of_the_weight_there_is_no_estimate():
    d = Decisions([1.5, 2.5, 6, 6], [True, True, False, False], [np.inf] * 4, np.zeros((4, 6, 1)), grace=3)
    weight = d.alive * np.array([1.0, 1.0, 1.0, 9.0])[:, None]
    assert d.held_until(d.alive.astype(float)) == np.inf and d.held_until(weight) == 1.5
    assert d.held_until(d.alive * np.array([1.0, 1.0, 1.0, 2.5])[:, None]) == 2.5


def test_nobody_who_starts_is_no_comparison_and_impossible_times_are_refused():
    x = np.zeros((3, 6, 1))
    assert emulate(Decisions([5, 5, 5], [True] * 3, [np.inf] * 3, x), [3.0], 10) is None
    for exit, start, grace, words in (
        ([0.0, 1, 2], [np.inf] * 3, 3, "never at risk"),
        ([5, 5, 5], [6.0, np.inf, 1], 3, "after the exit, the first in row 0"),
        ([5, 5, 5], [1.0] * 3, 9, "grace"),
    ):
        with pytest.raises(ValueError, match=words):
            Decisions(exit, [True] * 3, start, x, grace=grace)


def test_who_leaves_at_the_end_of_an_interval_was_not_in_the_next():
    d = Decisions([2.0, 2.1, 99.0], [True] * 3, [np.inf] * 3, np.zeros((3, 9, 1)), grace=3)
    assert d.alive.sum(axis=1).tolist() == [2, 3, 9]
    halves = Decisions([0.3, 0.35], [True] * 2, [np.inf] * 2, np.zeros((2, 9, 1)), step=0.1, grace=3)
    assert halves.alive.sum(axis=1).tolist() == [3, 4]  # 0.3 / 0.1 is a little below 3 in a computer


def test_the_limits_are_percentiles_of_the_difference_in_each_draw():
    never, start = np.linspace(0.2, 0.4, 201), np.linspace(0.5, 0.9, 201)
    draws = np.stack([never, start], axis=1)[:, :, None]
    found = Emulated(np.array([6.0]), draws[0], draws, np.ones((2, 1, 1)), 12.0, 1, 1, (1, 1))
    assert found.difference == pytest.approx([0.3])
    assert found.limits().ravel() == pytest.approx([0.305, 0.495])
