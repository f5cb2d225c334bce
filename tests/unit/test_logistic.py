"""Firth's logistic model by brute force; shares of two groups against printed numbers."""

import numpy as np
import pytest
from scipy.optimize import minimize

from smallsurv import logistic, proportions
from smallsurv.cox import NotEstimable

SEPARATED = np.array([0, 0, 0, 0, 1, 1, 1, 1.0]), np.array([0, 0, 0, 1, 1, 1, 1, 1.0])


def penalized(beta, y, x):
    """Log-likelihood plus half the log determinant of the information, written out."""
    design = np.column_stack([np.ones(len(x)), x])
    share = 1 / (1 + np.exp(-design @ beta))
    info = sum(p * (1 - p) * np.outer(row, row) for p, row in zip(share, design, strict=True))
    return float(np.sum(y * np.log(share) + (1 - y) * np.log(1 - share)) + 0.5 * np.log(np.linalg.det(info)))


@pytest.mark.parametrize("seed", range(4))
def test_coefficients_limits_and_p_are_those_of_the_penalized_likelihood_by_brute_force(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(14, 2)), rng.random(14) < 0.4
    found = logistic.firth_logistic(y, x)
    best = minimize(
        lambda b: -penalized(b, y, x),
        np.zeros(3),
        method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 9000},
    )
    assert [found.intercept, *found.coef] == pytest.approx(best.x, abs=1e-5)

    def held(value):
        inner = minimize(
            lambda b: -penalized(np.array([b[0], value, b[1]]), y, x),
            best.x[[0, 2]],
            method="Nelder-Mead",
            options={"xatol": 1e-9, "fatol": 1e-12},
        )
        return 2 * (-best.fun + inner.fun)

    assert [held(found.low[0]), held(found.high[0])] == pytest.approx([3.841459] * 2, abs=1e-4)
    from scipy.stats import chi2

    assert found.p[0] == pytest.approx(chi2.sf(held(0.0), 1), abs=1e-6)


def test_one_factor_of_two_levels_is_the_table_with_half_a_patient_more_in_each_cell():
    """Jeffreys' prior of a saturated table adds 1/2 to each
    cell: the odds ratio is exact (Heinze and Schemper 2002).
    """
    x, y = SEPARATED
    cells = [((x == a) & (y == b)).sum() + 0.5 for a in (1, 0) for b in (1, 0)]
    assert np.exp(logistic.firth_logistic(y == 1, x).coef[0]) == pytest.approx(
        cells[0] * cells[3] / cells[1] / cells[2]
    )


def test_a_constant_or_a_doubled_column_is_refused():
    for x in (np.ones((6, 1)), np.column_stack([np.arange(6), 2 * np.arange(6)])):
        with pytest.raises(NotEstimable, match="constant or collinear"):
            logistic.firth_logistic([0, 1, 0, 1, 1, 0], x)


def test_newcombes_interval_is_the_printed_one():
    """Newcombe 1998, table II, method 10: 56/70 - 48/80 gives 0.0524 to 0.3339; 10/10 - 0/10 gives 0.6075 to 1."""
    assert proportions.newcombe(56, 70, 48, 80) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert proportions.newcombe(10, 10, 0, 10) == pytest.approx((1.0, 0.6075, 1.0), abs=5e-5)
    assert proportions.newcombe(0, 10, 0, 10) == pytest.approx((0.0, -0.2775, 0.2775), abs=5e-5)


def test_two_groups_are_compared_by_difference_odds_and_exact_test():
    found = proportions.compare_shares([1] * 5 + [0] * 5 + [1] * 2 + [0] * 8, [1] * 10 + [0] * 10)
    assert [found[k] for k in ("count", "n", "count_reference", "n_reference")] == [5, 10, 2, 10]
    assert found["difference"] == pytest.approx(0.3) and found["or"] == pytest.approx(4) and found["reason"] == ""
    assert found["p_exact"] == pytest.approx(0.349845, abs=1e-6)


def test_one_group_is_a_reason():
    found = proportions.compare_shares([1, 0], [1, 1])
    assert found["reason"] == "only one group" and np.isnan(found["difference"]) and np.isnan(found["or"])
