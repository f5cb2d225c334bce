"""Penalized Cox model against brute-force maximization in R, firthmodels, and a solution by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from smallsurv import firth

REFERENCE = Path(__file__).parents[1] / "reference"
ROWS = pd.read_csv(REFERENCE / "firth.csv")


def data(name):
    d = pd.read_csv(REFERENCE / f"data_{'lung60' if name == 'lung3' else name}.csv")
    return d.assign(group=d["sex"]) if name == "lung3" else d


@pytest.mark.parametrize("row", list(ROWS.itertuples()), ids=lambda r: f"{r.set}-{r.term}")
def test_coefficient_profile_limits_and_p_equal_r(row):
    d, columns = data(row.set), row.form.split("+")
    fit = firth.firth_cox(d["time"], d["event"] == 1, d[columns].to_numpy(float))
    j = columns.index(row.term)
    assert fit.coef[j] == pytest.approx(row.coef, rel=1e-4, abs=1e-5)
    assert [fit.low[j], fit.high[j]] == pytest.approx([row.low, row.high], rel=1e-4, abs=1e-4)
    assert fit.p[j] == pytest.approx(row.p, rel=1e-3)


def test_two_patients_have_the_solution_by_hand():
    """One event at risk with another: log(p) + log(p (1 - p)) / 2 is largest at p = 3 / 4, so the ratio is 1 / 3."""
    fit = firth.firth_cox([1.0, 2.0], [True, True], [0.0, 1.0])
    assert np.exp(fit.coef[0]) == pytest.approx(1 / 3, rel=1e-6)


@pytest.mark.parametrize(
    "name, columns, coef, loglik",
    [("small", ["group"], 1.86855992, -15.977720434453541), ("lone", ["group"], 2.524928, -16.12591489843416)],
)
def test_untied_times_give_the_numbers_of_firthmodels(name, columns, coef, loglik):
    """firthmodels 0.8.2, FirthCoxPH(backend='numpy', gtol=1e-10, xtol=1e-10)."""
    d = data(name)
    fit = firth.firth_cox(d["time"], d["event"] == 1, d[columns].to_numpy(float))
    assert fit.coef[0] == pytest.approx(coef, rel=1e-6)
    assert fit.loglik == pytest.approx(loglik, rel=1e-8)


def test_a_separated_factor_has_a_finite_estimate():
    d = data("separated")
    frame = pd.DataFrame(
        {"AVAL": d["time"], "CNSR": 1 - d["event"], "G": pd.Categorical(d["group"].map({0: "a", 1: "b"}))}
    )
    row = firth.firth_models(frame, [["G"]]).iloc[0]
    assert row["reason"] == "" and row["method"] == firth.METHOD
    assert np.log(row[["hr", "ci_low", "ci_high"]].astype(float)).tolist() == pytest.approx(
        ROWS[ROWS["set"] == "separated"][["coef", "low", "high"]].iloc[0].tolist(), rel=1e-4
    )


def test_p_of_a_factor_with_three_levels_is_of_both_coefficients_together():
    d = data("ties")
    x = np.column_stack([d["x"] <= 3, d["x"] >= 7]).astype(float)
    fit = firth.firth_cox(d["time"], d["event"] == 1, x, factors=["X", "X"])
    assert fit.p_factor[0] == fit.p_factor[1] != fit.p[0]
    each = firth.firth_cox(d["time"], d["event"] == 1, x)
    assert (each.p_factor == each.p).all() and each.p == pytest.approx(fit.p)


@pytest.mark.parametrize(
    "event, x, words",
    [([False] * 3, [0, 1, 1], "no event"), ([True] * 3, [1, 1, 1], "column 0 of x is constant"),
     ([False, False, True], [0, 1, 1], "do not vary freely"), ([True] * 3, [[0, 0], [1, 1], [1, 1]], "do not vary freely")],
)  # fmt: skip
def test_a_model_without_information_is_refused(event, x, words):
    with pytest.raises(ValueError, match=words):
        firth.firth_cox([1.0, 2.0, 3.0], event, np.asarray(x, float))


def test_models_without_an_estimate_say_why():
    frame = pd.DataFrame(
        {"AVAL": [1.0, 2, 3], "CNSR": [1, 1, 0], "A": [1.0, 2, 2], "B": [1.0, 1, 1], "C": [1.0, np.nan, np.nan]}
    )
    rows = firth.firth_models(frame, [["A"], ["B"], ["C"]]).set_index("variable")
    assert list(rows.index) == ["A"] and "no information: it does not vary" in rows.loc["A", "reason"]
    censored = firth.firth_models(frame.assign(CNSR=1), [["A"]]).iloc[0]
    assert censored["reason"] == "no event" and np.isnan(censored["hr"])


TWO_HILLS = (  # six patients: age, sex, ECOG, times in days; far from the top the likelihood has two hills
    [[58, 0, 1], [62, 1, 1], [69, 1, 0], [56, 1, 1], [74, 0, 0], [54, 1, 0]],
    [219, 74, 377, 134, 103, 651],
    [True, True, True, False, True, True],
)


def by_hand(beta, x, time, event):
    """Log partial likelihood without ties plus half the log determinant of its information, written from Firth 1993."""
    loglik, info = 0.0, np.zeros((x.shape[1], x.shape[1]))
    for i in np.flatnonzero(event):
        at_risk = x[time >= time[i]]
        eta = at_risk @ beta
        weight = np.exp(eta - eta.max())
        weight /= weight.sum()
        mean = weight @ at_risk
        loglik += x[i] @ beta - eta.max() - np.log(np.exp(eta - eta.max()).sum())
        info += (at_risk * weight[:, None]).T @ at_risk - np.outer(mean, mean)
    sign, size = np.linalg.slogdet(info)
    return loglik + size / 2 if sign > 0 else -1e9


@pytest.mark.slow
def test_limits_stand_on_the_higher_of_two_hills():
    """The highest of many climbs (Nelder-Mead), ECOG held at each limit, is the chi-square's half below the top."""
    x, time, event = (np.array(each) for each in TWO_HILLS)
    fit, x = firth.firth_cox(time.astype(float), event, x.astype(float)), (x - x.mean(axis=0)) / x.std(axis=0)
    scale = np.array(TWO_HILLS[0], float).std(axis=0)
    top = by_hand(fit.coef * scale, x, time, event)
    assert fit.low[2] == pytest.approx(-0.4622, abs=1e-3) and fit.high[2] == pytest.approx(29.500, abs=1e-2)
    rng = np.random.default_rng(0)
    for limit in (fit.low[2], fit.high[2]):
        held = limit * scale[2]
        climbs = [
            minimize(lambda b, held=held: -by_hand(np.array([*b, held]), x, time, event), start, method="Nelder-Mead")
            for start in [(0.0, 0.0), (4.0, 0.0), *rng.normal(0, 3, (4, 2))]
        ]
        assert top + min(c.fun for c in climbs) == pytest.approx(3.841459 / 2, abs=1e-3)
