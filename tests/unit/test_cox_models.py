"""Cox regression against R survival (tests/reference/make_reference.R) and at its edges."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from smallsurv import cox, cox_models, likelihood

REFERENCE = Path(__file__).parents[1] / "reference"


def table(name):
    return pd.read_csv(REFERENCE / f"{name}.csv")


def adtte(name):
    data = table(f"data_{name}")
    frame = pd.DataFrame({"AVAL": data["time"].astype(float), "CNSR": 1 - data["event"], "x": data["x"].astype(float)})
    frame["group"] = data["group"].astype(float)
    if name == "veteran":
        frame["group"] = pd.Categorical(data["group"].astype(str))
    return frame


def reference_models():
    models = table("cox").groupby(["set", "form"], sort=False)
    return [(name, form, rows) for (name, form), rows in models if not (name == "small" and "x" in form)]


@pytest.mark.parametrize("name, form, rows", reference_models(), ids=lambda v: v if isinstance(v, str) else "")
def test_cox_with_ties_equals_r(name, form, rows):
    variables = [v.replace("factor(group)", "group") for v in form.split("+")]
    found = cox_models.cox_multivariable(adtte(name), variables).frame
    assert np.log(found["hr"]).to_numpy() == pytest.approx(rows["coef"].to_numpy(), rel=1e-5, abs=1e-7)
    assert np.log(found["ci_low"]).to_numpy() == pytest.approx(rows["low"].to_numpy(), rel=1e-5, abs=1e-6)
    assert np.log(found["ci_high"]).to_numpy() == pytest.approx(rows["high"].to_numpy(), rel=1e-5, abs=1e-6)
    assert found["p"].to_numpy() == pytest.approx(rows["p"].to_numpy(), rel=1e-4)
    if len(variables) == 1:
        lr = 2 * (rows["loglik"].iloc[0] - rows["loglik0"].iloc[0])
        assert found["p_global"].iloc[0] == pytest.approx(chi2.sf(lr, len(rows)), rel=1e-5)


@pytest.mark.parametrize("row", list(table("profile").itertuples()), ids=lambda r: r.set)
def test_profile_limits_equal_r(row):
    found = cox_models.cox_univariable(adtte(row.set), ["group"]).iloc[0]
    assert np.log([found["profile_low"], found["profile_high"]]) == pytest.approx([row.low, row.high], rel=1e-6)


def joint(name):
    """A joint model of a reference set; group is a factor where it has several levels."""
    data = adtte(name)
    terms = [t for t in table("zph").query("set == @name")["term"]]
    if name == "lung3":
        data = data.assign(
            group=pd.Categorical(table("data_lung3")["group"].astype(str)), sex=table("data_lung3")["sex"].astype(float)
        )
    return data, terms


@pytest.mark.parametrize("name", ["small", "lung", "veteran", "ties", "lung3"])
@pytest.mark.parametrize("column, reference", [("p_ph", "zph"), ("p_global", "drop1")])
def test_tests_of_a_factor_in_a_joint_model_equal_cox_zph_and_drop1_of_r(name, column, reference):
    data, terms = joint(name)
    found = cox_models.cox_multivariable(data, terms).frame.drop_duplicates("variable").set_index("variable")[column]
    wanted = table(reference).query("set == @name").set_index("term")["p"]
    assert found.to_dict() == pytest.approx(wanted.to_dict(), rel=1e-5)


def test_the_test_of_proportional_hazards_does_not_depend_on_the_order_of_rows():
    data = adtte("ties")
    shuffled = data.sample(frac=1, random_state=3)
    one, two = (cox_models.cox_univariable(d, ["x"])["p_ph"].iloc[0] for d in (data, shuffled))
    assert one == pytest.approx(two, rel=1e-9)


def test_compiled_and_plain_sums_are_the_same(monkeypatch):
    data, terms = joint("lung3")
    plain = cox_models.cox_multivariable(data, terms).frame
    monkeypatch.setattr(cox_models, "LARGE", 50)
    monkeypatch.setattr(cox, "LARGE", 50)
    compiled = cox_models.cox_multivariable(data, terms).frame
    for column in ("hr", "ci_low", "ci_high", "p", "p_global", "p_ph"):
        assert compiled[column].to_numpy() == pytest.approx(plain[column].to_numpy(), rel=1e-6)


def test_the_step_of_a_number_scales_its_hazard_ratio():
    one = cox_models.cox_univariable(adtte("lung"), ["x"]).iloc[0]
    ten = cox_models.cox_univariable(adtte("lung"), ["x"], steps={"x": 10}).iloc[0]
    assert [ten["hr"], ten["ci_low"]] == pytest.approx([one["hr"] ** 10, one["ci_low"] ** 10])


def test_a_factor_with_one_value_is_named_and_the_others_are_fitted():
    data = adtte("ties").assign(s=pd.Categorical(["M"] * 12), k=7.0)
    found = cox_models.cox_multivariable(data, ["x", "s", "k"]).frame.set_index("variable")
    assert found.loc["x", "hr"] == pytest.approx(cox_models.cox_univariable(data, ["x"])["hr"].iloc[0])
    assert found.loc[["s", "k"], "reason"].str.contains("one value in every patient").all()


def test_a_separated_joint_model_blames_the_factor_that_separates():
    """Age orders the events by itself; the noise beside it has the estimate that R's coxph shows."""
    data = adtte("small").assign(noise=[3.0, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9])
    found = cox_models.cox_multivariable(data, ["x", "noise"]).frame.set_index("variable")
    assert np.log(found.loc["noise", "hr"]) == pytest.approx(-0.2867479, rel=1e-5)
    assert found.loc["noise", "p"] == pytest.approx(0.3280363, rel=1e-5)
    assert found["reason"].tolist() == ["separated: it orders the events without exception", ""]


def test_ecog_hazard_ratio_of_the_seed_paper():
    found = cox_models.cox_univariable(adtte("small"), ["group"]).iloc[0]
    assert [round(found[c], 3) for c in ("hr", "ci_low", "ci_high", "p")] == [6.839, 1.557, 30.032, 0.011]


@pytest.mark.parametrize("beta", [0.0, 0.4])
def test_score_residuals_add_up_to_the_score(beta):
    data = adtte("ties")
    time, event, x = data["AVAL"].to_numpy(), data["CNSR"].to_numpy() == 0, data[["x"]].to_numpy()
    residuals = likelihood.score_residuals(time, event, x, np.array([beta]))
    assert residuals.sum(axis=0) == pytest.approx(cox.likelihood(time, event, x)(np.array([beta]))[1], abs=1e-10)


def test_log_likelihood_score_and_information_agree_with_differences():
    data = adtte("ties")
    time, event, x = data["AVAL"].to_numpy(), (data["CNSR"] == 0).to_numpy(), data[["group", "x"]].to_numpy()
    beta, step = np.array([0.3, -0.1]), 1e-5
    at = likelihood.PartialLikelihood(time, event, x)
    loglik, score, info = at(beta)
    for j, unit in enumerate(np.eye(2) * step):
        up, down = (at(beta + s * unit) for s in (1, -1))
        assert score[j] == pytest.approx((up[0] - down[0]) / (2 * step), rel=1e-5)
        assert -info[j] == pytest.approx((up[1] - down[1]) / (2 * step), rel=1e-5)


@pytest.mark.parametrize(
    "change, words",
    [
        ({"CNSR": 1}, "no event"),
        ({"group": 1.0}, "the same value in every subject"),
        ({"group": [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1], "AVAL": range(1, 13), "CNSR": 0}, "orders the events"),
        ({"group": pd.Categorical(["a"] * 12)}, "fewer than two levels"),
        ({"group": pd.Categorical([np.nan] * 12, ["a", "b"])}, "fewer than two levels"),
    ],
)
def test_a_model_without_an_estimate_says_why_and_shows_no_number(change, words):
    found = cox_models.cox_univariable(adtte("ties").assign(**change), ["group"])
    assert words in found["reason"].iloc[0]
    assert found[["hr", "ci_low", "ci_high", "p"]].isna().all(axis=None)


def test_a_level_without_events_is_said_to_be_separated():
    data = adtte("ties").assign(group=pd.Categorical(list("aaaabbbbcccc")))
    data.loc[data["group"] == "c", "CNSR"] = 1
    found = cox_models.cox_univariable(data, ["group"]).set_index("level")
    assert found.at["c", "reason"] == "separated: no event in this level"
    assert np.isnan(found.at["c", "hr"])
    data["CNSR"] = np.where(data["group"] == "a", 1, 0)
    found = cox_models.cox_univariable(data, ["group"]).set_index("level")
    assert set(found.loc[["b", "c"], "reason"]) == {"separated: no event in the reference level"}


def test_a_limit_where_the_likelihood_has_fallen_by_just_enough_is_a_limit():
    data = adtte("ties")
    time, event, x = data["AVAL"].to_numpy(), data["CNSR"].to_numpy() == 0, data["x"].to_numpy()
    coef, unit = 0.25, 1 / float(x.std())
    at = cox.likelihood(time, event, x.reshape(-1, 1))(np.array([coef + unit]))[0]
    level = next(v for v in np.arange(0.5, 0.99, 0.001) if at - (at + chi2.ppf(v, 1) / 2) + chi2.ppf(v, 1) / 2 == 0)
    _, high = cox_models.profile_limits(time, event, x, coef, at + chi2.ppf(level, 1) / 2, level)
    assert high == pytest.approx(coef + unit, abs=1e-9)


def test_age_that_orders_every_event_is_separated_in_the_13_rows():
    found = cox_models.cox_univariable(adtte("small"), ["x"]).iloc[0]
    assert found["reason"].startswith("separated") and np.isnan(found["hr"])


def test_collinear_and_overfull_models_are_said():
    data = adtte("ties").assign(twice=lambda d: 2 * d["x"])
    assert "collinear" in cox_models.cox_multivariable(data, ["x", "twice"]).frame["reason"].iloc[0]
    wide = data.assign(**{f"z{i}": np.random.default_rng(i).normal(size=12) for i in range(9)})
    assert "coefficients for" in cox_models.cox_multivariable(wide, [f"z{i}" for i in range(9)]).frame["reason"].iloc[0]


def test_missing_values_are_left_out_and_counted():
    data = adtte("lung")
    data.loc[:9, "x"] = np.nan
    found = cox_models.cox_multivariable(data, ["group", "x"])
    assert found.frame["n"].tolist() == [218, 218] and (found.n, found.excluded) == (218, 10)
    assert found.events_per_variable == found.events / 2


def test_two_subjects_one_event():
    data = pd.DataFrame({"AVAL": [1.0, 2.0], "CNSR": [0, 1], "x": [0.0, 1.0]})
    assert cox_models.cox_univariable(data, ["x"])["reason"].iloc[0] != ""


def test_a_number_that_orders_twenty_events_is_separated_not_a_failure():
    data = pd.DataFrame({"AVAL": np.arange(1.0, 21), "CNSR": 0, "x": np.arange(50.0, 70)})
    found = cox_models.cox_univariable(data, ["x"]).iloc[0]
    assert found["reason"].startswith("separated")


def test_a_model_without_factors_is_empty():
    assert cox_models.cox_multivariable(adtte("ties"), []).frame.empty


def test_a_level_of_one_early_event_has_the_estimate_of_r():
    """lifelines' own steps overshoot on these 14 subjects."""
    found = cox_models.cox_univariable(adtte("lone"), ["group"]).iloc[0]
    wanted = table("lone").iloc[0]
    assert found["reason"] == ""
    assert [found[c] for c in ("hr", "ci_low", "ci_high", "p", "p_global")] == pytest.approx(
        [wanted[c] for c in ("hr", "low", "high", "p", "p_lr")], rel=1e-5
    )
