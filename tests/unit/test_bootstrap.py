"""Random permutations; bootstrap of the weighted hazard ratio against R and by hand."""

from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest

from smallsurv import bootstrap, cox, logrank, permutation

REFERENCE = Path(__file__).parents[1] / "reference"
TIME = np.array([1, 2, 2, 3, 4, 5, 6, 7.0])
EVENT = np.array([1, 1, 1, 0, 1, 1, 0, 1], bool)
GROUP = np.array([1, 1, 0, 1, 0, 0, 0, 0])


def more(name):
    return pd.read_csv(REFERENCE / f"data_more_{name}.csv")


@pytest.mark.slow
def test_permutation_p_is_near_the_asymptotic_one_in_a_larger_sample_of_three_groups():
    rng = np.random.default_rng(2)
    time, event, group = rng.exponential(size=300), rng.random(300) < 0.7, rng.integers(0, 3, 300)
    data = pd.DataFrame({"AVAL": time, "CNSR": 1 - event, "group": group})
    found = permutation.permutation_log_rank(time, event, np.array(list("abc"))[group])
    assert found.p == pytest.approx(logrank.log_rank(data, "group")["p"].iloc[0], abs=0.05)


def test_permutation_is_seeded():
    draws = [permutation.permutation_log_rank(TIME, EVENT, GROUP, draws=500, most=0, seed=s).p for s in (1, 1, 2)]
    assert draws[0] == draws[1] != draws[2]


@pytest.mark.parametrize(
    "event, group, words",
    [
        (EVENT, np.ones(8), "only one group"),
        (np.zeros(8, bool), GROUP, "every row is censored"),
        (EVENT, [None] + ["a", "b"] * 3 + ["a"], "1 missing label"),
    ],
)
def test_a_permutation_test_without_a_comparison_is_refused(event, group, words):
    with pytest.raises(ValueError, match=words):
        permutation.permutation_log_rank(TIME, event, group)


def test_a_permutation_test_with_a_missing_time_is_refused():
    with pytest.raises(ValueError, match="time has missing"):
        permutation.permutation_log_rank(np.append(TIME[:7], np.nan), EVENT, GROUP)


def test_the_memory_bound_does_not_change_the_draws():
    d = more("lung")
    whole, parts = [], []
    for found, cells in ((whole, bootstrap._CELLS), (parts, 500)):
        with patch.object(bootstrap, "_CELLS", cells), patch.object(permutation, "_CELLS", cells):
            found.append(permutation.permutation_log_rank(TIME, EVENT, GROUP, draws=999, most=0).p)
            draws = bootstrap.iptw_bootstrap(d["time"], d["event"], d["treatment"], d["a"], replicates=20)
            found.extend(draws.log_hazard_ratios)
    assert whole == parts


@pytest.mark.parametrize("row", list(pd.read_csv(REFERENCE / "iptw.csv").itertuples()), ids=lambda r: r.set)
def test_weighted_log_hazard_ratio_equals_r(row):
    d = more(row.set)
    found = bootstrap.iptw_bootstrap(d["time"], d["event"], d["treatment"], d[["a", "b"]], replicates=1)
    assert found.estimate == pytest.approx(row.coef, rel=1e-6)


def test_a_replicate_is_the_same_analysis_of_the_drawn_rows():
    d = more("veteran").iloc[::2].head(60)
    found = bootstrap.iptw_bootstrap(d["time"], d["event"], d["treatment"], d[["a", "b"]], replicates=5, seed=8)
    order = np.argsort(-d["time"].to_numpy(), kind="stable")
    counts = np.random.default_rng(8).multinomial(60, np.full(60, 1 / 60), size=5)
    for drawn, wanted in zip(counts, found.log_hazard_ratios, strict=True):
        rows = d.iloc[np.repeat(order, drawn)]
        again = bootstrap.iptw_bootstrap(rows["time"], rows["event"], rows["treatment"], rows[["a", "b"]], replicates=1)
        assert again.estimate == pytest.approx(wanted, rel=1e-8)


@pytest.mark.slow
def test_the_bootstrap_is_seeded_and_its_spread_is_near_the_robust_error():
    d = more("lung")
    runs = [
        bootstrap.iptw_bootstrap(d["time"], d["event"], d["treatment"], d[["a", "b"]], replicates=800, seed=s)
        for s in (1, 1, 2)
    ]
    assert (runs[0].log_hazard_ratios == runs[1].log_hazard_ratios).all()
    assert (runs[0].log_hazard_ratios != runs[2].log_hazard_ratios).any()
    robust = cox.cox_fit(d["time"], d["event"], d["treatment"], robust=True).robust_covariance[0, 0] ** 0.5
    assert runs[0].log_hazard_ratios.std() == pytest.approx(robust, rel=0.15)


def test_replicates_without_an_estimate_are_counted():
    d = more("lung").head(14)
    found = bootstrap.iptw_bootstrap(d["time"], d["event"], np.arange(14) < 2, d["b"], replicates=300)
    assert 0 < found.failed == np.isnan(found.log_hazard_ratios).sum() < 300


@pytest.mark.parametrize(
    "change, words",
    [
        ({"treatment": np.ones(8)}, "only one treatment arm"),
        ({"covariates": np.append(np.arange(7.0), np.nan)}, "column 0 of covariates has missing"),
        ({"time": np.append(TIME[:7], np.nan)}, "time has missing"),
        ({"event": [None] + [True] * 7}, "event has missing"),
    ],
)
def test_a_bootstrap_of_bad_input_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        bootstrap.iptw_bootstrap(
            **({"time": TIME, "event": EVENT, "treatment": GROUP, "covariates": np.arange(8.0)} | change)
        )
