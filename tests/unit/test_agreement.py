"""Agreement of two classifications: hand counts, and the interval against the delta method done numerically."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from smallsurv.agreement import agreement, agreement_pairs


def raters(counts):
    """Two columns of labels with these counts: counts[i][j] subjects are i to the first and j to the second."""
    pairs = [(i, j) for i, row in enumerate(counts) for j, n in enumerate(row) for _ in range(n)]
    return tuple(np.array(list("abc"), object)[list(side)] for side in zip(*pairs, strict=True))


def test_kappa_of_fifty_subjects_counted_by_hand():
    # 35 of 50 agree (0.7); chance: 25/50 * 30/50 + 25/50 * 20/50 = 0.5; kappa (0.7 - 0.5) / 0.5 = 0.4
    found = agreement(*raters([[20, 5], [10, 15]]))
    assert (found["n"], found["agree"], found["kappa"]) == (50, 0.7, pytest.approx(0.4))


@pytest.mark.parametrize("counts", [[[20, 5], [10, 15]], [[48, 12], [16, 160]], [[10, 2, 1], [3, 12, 4], [0, 5, 9]]])
def test_the_interval_is_that_of_the_delta_method(counts):
    table = np.array(counts, float)
    n, shares = table.sum(), (table / table.sum()).ravel()

    def kappa(p):
        p = p.reshape(table.shape)
        chance = p.sum(axis=1) @ p.sum(axis=0)
        return (np.trace(p) - chance) / (1 - chance)

    step = 1e-6
    gradient = np.array(
        [(kappa(shares + step * e) - kappa(shares - step * e)) / (2 * step) for e in np.eye(len(shares))]
    )
    covariance = (np.diag(shares) - np.outer(shares, shares)) / n
    half = norm.ppf(0.975) * np.sqrt(gradient @ covariance @ gradient)
    found = agreement(*raters(counts))
    assert [found["ci_low"], found["ci_high"]] == pytest.approx([kappa(shares) - half, kappa(shares) + half], abs=1e-6)


def test_only_subjects_whom_both_class_count():
    found = agreement(["a", "b", None, "a"], ["a", None, "b", "b"])
    assert (found["n"], found["agree"]) == (2, 0.5)


def test_kappa_is_not_estimable_where_one_knows_a_single_class():
    found = agreement(["a", "a", "a"], ["a", "b", "a"])
    assert found["agree"] == pytest.approx(2 / 3) and np.isnan(found["kappa"])


def test_two_that_share_no_subject_have_no_agreement():
    found = agreement(["a", None], [None, "a"])
    assert found["n"] == 0 and np.isnan(found["agree"])


def test_full_disagreement_with_even_halves_is_minus_one():
    found = agreement(list("aabb"), list("bbaa"))
    assert (found["kappa"], found["ci_low"]) == (-1, -1)


def test_every_two_columns_make_one_row():
    pairs = agreement_pairs(pd.DataFrame({"x": list("ab"), "y": list("ab"), "z": list("ba")}, dtype=object))
    assert list(zip(pairs["first"], pairs["second"], pairs["agree"], strict=True)) == [
        ("x", "y", 1),
        ("x", "z", 0),
        ("y", "z", 0),
    ]
