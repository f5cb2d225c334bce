"""Large-sample paths against R survival (tests/reference/make_reference.R), lifelines and the small-sample path."""

import subprocess
import sys
import warnings
from functools import partial
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from lifelines import CoxPHFitter

from smallsurv import cox, cox_models, logrank
from smallsurv import curve as km
from tests.sizes import examples
from tests.unit.test_cox_models import adtte

REFERENCE = Path(__file__).parents[1] / "reference"
MODEL = ["set", "ties", "weighted", "strata", "clustered"]
FEW = examples(8)


def table(name):
    return pd.read_csv(REFERENCE / f"{name}.csv")


def everything_large():
    """Sends every call down the large path."""
    return patch.multiple(km, LARGE=1), patch.multiple(cox_models, LARGE=1), patch.multiple(cox, LARGE=1)


@pytest.fixture(autouse=True)
def kernels():
    """Sends small samples through the compiled loops too."""
    with patch.multiple(cox, _FEW=0):
        yield


def large(function, *args, **named):
    one, two, three = everything_large()
    with one, two, three:
        return function(*args, **named)


@pytest.mark.parametrize(
    "model, rows",
    list(table("fast_cox").groupby(MODEL, sort=False)),
    ids=lambda v: "-".join(map(str, v)) if isinstance(v, tuple) else "",
)
def test_weighted_stratified_clustered_cox_equals_r(model, rows):
    name, ties, weighted, strata, clustered = model
    d = table(f"data_more_{name}")
    fit = cox.cox_fit(
        d["time"],
        d["event"],
        d[list(rows["term"])],
        weights=d["weight"] if weighted else None,
        strata=d["stratum"] if strata else None,
        clusters=d["cluster"] if clustered else None,
        ties=ties,
        robust=True,
    )
    assert fit.coef == pytest.approx(rows["coef"].to_numpy(), rel=1e-6)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(rows["se"].to_numpy(), rel=1e-6)
    assert np.sqrt(np.diag(fit.robust_covariance)) == pytest.approx(rows["robust"].to_numpy(), rel=1e-6)
    assert [fit.loglik0, fit.loglik] == pytest.approx(rows[["loglik0", "loglik"]].iloc[0].tolist(), rel=1e-10)


@pytest.mark.parametrize("row", list(table("fast_logrank").itertuples()), ids=lambda r: f"{r.set}-{r.by}")
def test_log_rank_of_many_groups_equals_r(row):
    d = table(f"data_more_{row.set}").rename(columns={"time": "AVAL"}).assign(CNSR=lambda d: 1 - d["event"])
    found = large(logrank.log_rank, d, row.by).iloc[0]
    assert [found["statistic"], found["df"]] == pytest.approx([row.statistic, row.df], rel=1e-8)


@st.composite
def samples(draw, tied=True):
    """A small registry: times with or without ties, two covariates, weights, strata, groups."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, latest = draw(st.integers(15, 60)), draw(st.integers(2, 30))
    time = rng.integers(1, latest + 1, n).astype(float) if tied else rng.permutation(n) + 1.0
    scale = draw(st.sampled_from([1.0, 1e-3, 1e4]))
    return pd.DataFrame({
        "time": time, "event": rng.random(n) < draw(st.floats(0.3, 1)), "a": rng.normal(size=n) * scale,
        "b": rng.integers(0, 3, n).astype(float), "weight": rng.uniform(0.2, 3, n), "stratum": rng.integers(0, 3, n),
        "group": rng.integers(0, draw(st.integers(2, 5)), n),
    })  # fmt: skip


def fitted(d, **named):
    try:
        return cox.cox_fit(d["time"], d["event"], d[["a", "b"]], **named)
    except ValueError:
        assume(False)


def lifelines_fit(d, **named):
    d = d.assign(a=(d["a"] - d["a"].mean()) / d["a"].std())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return CoxPHFitter().fit(d, "time", "event", fit_options=cox_models._PRECISE, **named)


@pytest.mark.slow
@FEW
@given(samples(), st.booleans(), st.booleans())
def test_any_small_registry_with_ties_weights_and_strata_gets_the_estimate_of_lifelines(d, weighted, stratified):
    found = fitted(d, weights=d["weight"] if weighted else None, strata=d["stratum"] if stratified else None)
    columns = ["time", "event", "a", "b"] + ["weight"] * weighted + ["stratum"] * stratified
    theirs = lifelines_fit(
        d[columns], weights_col="weight" if weighted else None, strata=["stratum"] if stratified else None
    )
    unit = np.array([d["a"].std(), 1])
    assert found.coef * unit == pytest.approx(theirs.params_.to_numpy(), rel=1e-5, abs=1e-6)
    assert np.sqrt(np.diag(found.covariance)) * unit == pytest.approx(theirs.standard_errors_.to_numpy(), rel=1e-5)
    assert found.loglik == pytest.approx(theirs.log_likelihood_, rel=1e-8)


@FEW
@given(samples(tied=False), st.booleans())
def test_without_ties_the_robust_errors_are_those_of_lifelines(d, weighted):
    found = fitted(d, weights=d["weight"] if weighted else None, robust=True)
    columns = ["time", "event", "a", "b"] + ["weight"] * weighted
    theirs = lifelines_fit(d[columns], weights_col="weight" if weighted else None, robust=True)
    errors = np.sqrt(np.diag(found.robust_covariance)) * [d["a"].std(), 1]
    assert errors == pytest.approx(theirs.standard_errors_.to_numpy(), rel=1e-4)


@FEW
@given(samples())
def test_any_curve_is_the_same_on_both_paths(d):
    small = km.kaplan_meier(d["time"], d["event"])
    fast_one = large(km.kaplan_meier, d["time"], d["event"])
    for name in ("time", "n_risk", "n_event", "n_censor", "survival", "greenwood"):
        assert getattr(fast_one, name) == pytest.approx(getattr(small, name), rel=1e-12, abs=1e-14)


@FEW
@given(samples())
def test_any_log_rank_test_is_the_same_on_both_paths(d):
    d = d.assign(AVAL=d["time"], CNSR=(~d["event"]).astype(int))
    small, fast_one = logrank.log_rank(d, "group"), large(logrank.log_rank, d, "group")
    pd.testing.assert_frame_equal(small, fast_one, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("name", ["lung", "veteran", "ties"])
def test_cox_tables_are_the_same_on_both_paths(name):
    data = adtte(name)
    for model in (cox_models.cox_univariable, cox_models.cox_multivariable):
        small, fast_one = (cox_models.as_frame(call(data, ["group", "x"])) for call in (model, partial(large, model)))
        pd.testing.assert_frame_equal(small, fast_one, rtol=1e-5, check_dtype=False)


@FEW
@given(samples())
def test_any_proportional_hazards_test_is_the_same_on_both_paths(d):
    time, event, x = d["time"].to_numpy(), d["event"].to_numpy(), d[["a", "b"]].to_numpy()
    assume(d["time"][d["event"]].nunique() > 3)
    found = cox.maximum(time, event, x)
    small = cox_models.proportional_hazards(time, event, x, found, [[0], [1]])
    assert large(cox_models.proportional_hazards, time, event, x, found, [[0], [1]]) == pytest.approx(small, rel=1e-6)


@pytest.mark.parametrize(
    "change",
    [
        {"CNSR": 1},
        {"group": 1.0},
        {"group": [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1], "AVAL": range(1, 13), "CNSR": 0},
        {"group": pd.Categorical(["a"] * 12)},
        {"twice": lambda d: 2 * d["x"]},
    ],
)
def test_both_paths_give_the_same_reason_where_a_model_has_no_estimate(change):
    data = adtte("ties").assign(**change)
    names = ["x", "twice"] if "twice" in change else ["group"]
    small = cox_models.cox_multivariable(data, names).frame
    assert small["reason"].ne("").all()
    assert large(cox_models.cox_multivariable, data, names).frame["reason"].tolist() == small["reason"].tolist()


def good(n=40):
    rng = np.random.default_rng(3)
    return dict(time=rng.integers(1, 9, n).astype(float), event=rng.random(n) < 0.7, x=rng.normal(size=(n, 3)))


def spoilt(column, values):
    x = good()["x"]
    x[:, column] = values(x)
    return {"x": x}


@pytest.mark.parametrize(
    "change, words",
    [
        (spoilt(1, lambda x: np.where(x[:, 1] > 1, np.nan, x[:, 1])), r"column 1 of x: \d+ missing or infinite"),
        (spoilt(2, lambda x: np.where(x[:, 2] > 1, np.inf, x[:, 2])), r"column 2 of x: \d+ missing or infinite"),
        ({"time": np.append(good()["time"][:-1], np.nan)}, "time: 1 missing or infinite values, the first in row 39"),
        ({"event": np.full(40, np.nan)}, "event: 40 missing"),
        ({"event": np.full(40, 2)}, "code it so"),
        ({"event": np.zeros(40, bool)}, "every row is censored"),
        ({"weights": -np.ones(40)}, "weights: 40 below 0"),
        ({"weights": np.full(40, np.nan)}, "weights: 40 missing"),
        ({"weights": np.ones(39)}, "weights has 39 rows and time has 40"),
        ({"strata": [None] + ["a"] * 39}, "strata: 1 missing label"),
        ({"clusters": [np.nan] + [1] * 39}, "clusters: 1 missing label"),
        ({"ties": "exact"}, "efron or breslow"),
        (spoilt(1, lambda x: 4.0), "column 1 of x is constant"),
        (spoilt(2, lambda x: 3 * x[:, 0] - x[:, 1] + 5), "column 2 of x is collinear"),
        (spoilt(0, lambda x: good()["time"]), "column 0 of x: its coefficient runs to infinity"),
    ],
)
def test_bad_input_is_refused_by_the_number_of_its_column(change, words):
    with pytest.raises(ValueError, match=words):
        cox.cox_fit(**(good() | change))


def test_a_column_that_is_constant_within_strata_is_refused():
    data = good()
    strata = np.arange(40) % 2
    data["x"][:, 1] = strata
    with pytest.raises(ValueError, match="column 1 of x: it does not vary where events happen"):
        cox.cox_fit(**data, strata=strata)


def test_a_weight_of_two_is_two_rows_and_a_weight_of_zero_is_none():
    data, count = good(), np.arange(40) % 3
    twice = {name: np.repeat(value, count, axis=0) for name, value in data.items()}
    weighted = cox.cox_fit(**data, weights=count, ties="breslow")
    repeated = cox.cox_fit(**twice, ties="breslow")
    assert weighted.coef == pytest.approx(repeated.coef, rel=1e-9)
    assert weighted.covariance == pytest.approx(repeated.covariance, rel=1e-9)


def test_a_large_registry_gets_its_true_hazard_ratios_whatever_the_order_of_its_rows():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(20_000, 3)) * [1, 100, 0.01] + [0, 5000, 2]
    true = np.array([0.5, -0.003, 20])
    time = rng.exponential(np.exp(-(x - x.mean(axis=0)) @ true))
    event = rng.random(20_000) < 0.8
    data = pd.DataFrame(x, columns=list("abc")).assign(AVAL=np.ceil(time * 50), CNSR=1 - event)
    found = cox_models.cox_multivariable(data, list("abc")).frame
    assert (np.abs(np.log(found["hr"]) - true) < 4 * (np.log(found["ci_high"] / found["hr"])) / 1.96).all()
    other = cox_models.cox_multivariable(data.sample(frac=1, random_state=1), list("abc")).frame
    pd.testing.assert_frame_equal(found, other, rtol=1e-8)


def test_a_level_of_four_among_ten_thousand_without_an_event_is_separated():
    rng = np.random.default_rng(0)
    level = np.array(list("abc"), object)[rng.integers(0, 3, 10_000)]
    level[:4] = "rare"
    data = pd.DataFrame({"AVAL": rng.integers(1, 500, 10_000), "CNSR": (rng.random(10_000) < 0.3).astype(int)})
    data.loc[:3, "CNSR"] = 1
    found = cox_models.cox_univariable(data.assign(level=pd.Categorical(level)), ["level"]).set_index("level")
    assert found.at["rare", "reason"] == "separated: no event in this level"


@pytest.mark.slow
def test_a_small_analysis_does_not_load_the_compiler():
    code = (
        "import sys; import pandas as pd; from smallsurv import cox_models, curve, logrank, permutation; d ="
        " pd.DataFrame({'AVAL': [1.0, 2, 3, 4], 'CNSR': 0, 'x': [1, 3, 2, 4.0], 'g': [0, 1, 0, 1]});"
        " cox_models.cox_univariable(d, ['x']); logrank.log_rank(d, 'g'); curve.median_survival(d);"
        " permutation.permutation_log_rank(d['AVAL'], d['CNSR'] == 0, d['g'], draws=9); assert 'numba' not in"
        " sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("seed", range(20))
def test_few_rows_get_the_same_from_numpy_as_from_the_kernels(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(8, 60))
    time, event = rng.integers(1, 2 + seed, n).astype(float), rng.random(n) < 0.7
    x, clusters = rng.normal(size=(n, 1 + seed % 3)), rng.integers(0, n // 2, n)
    compiled = cox.cox_fit(time, event, x, clusters=clusters)
    with patch.multiple(cox, _FEW=300):
        plain = cox.cox_fit(time, event, x, clusters=clusters)
    for name in ("coef", "covariance", "robust_covariance", "loglik", "loglik0"):
        np.testing.assert_allclose(getattr(plain, name), getattr(compiled, name), rtol=1e-8, atol=1e-12, err_msg=name)


def test_a_column_of_nothing_depends_on_the_others():
    assert cox._dependent(np.diag([1.0, 0.0]), 1e-9) == 1
    assert cox._dependent(np.diag([1.0, 1e-9]), 1e-9, whole=np.ones(2)) == 1
    assert cox._dependent(np.diag([1.0, 1e-8]), 1e-9, whole=np.ones(2)) is None
