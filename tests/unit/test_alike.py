"""The section that makes the arms alike in several ways: the numbers of the kernels, reasons in place of numbers."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from papercheck.files.findings import CohortError, NotAvailable
from rechallenge.cohort.cohort import load_cohort
from rechallenge.derive.population import derive_population
from rechallenge.derive.response import derive_best_response
from rechallenge.derive.treatment import derive_comparison
from rechallenge.sections.alike import _effective, alike_table, arms_alike, balance_of_ways, tipping_table
from rechallenge.sections.response_alike import response_alike_table
from smallsurv.adjusted import Sample
from smallsurv.cox_models import cox_univariable

REFERENCE = Path(__file__).parents[1] / "reference"
YML = (  # 180 and 360 days
    "title: T\ntime_unit: days\nprimary_endpoint: OS\nconfirmed: {course: neither}\nfactors:\n  ARM: {label: Arm,"
    " levels: ['0', '1']}\n  X: {label: Score, type: number}\ntreatment: {arm: ARM, covariates: [AGE, X], milestones:"
    " [5.9137577, 11.8275154], further: true}\n"
)


def trial_of(write_cohort, frame):
    write_cohort(yml=YML, adsl=frame.to_csv(index=False))
    return derive_comparison(derive_population(load_cohort("c")))


@pytest.fixture
def lung():
    d = pd.read_csv(REFERENCE / "data_lung.csv")
    frame = pd.DataFrame({"USUBJID": [f"P{i:03d}" for i in d.index], "AGE": d["x"], "X": d["x"] ** 2 % 7})
    return frame.assign(OS=d["time"], OS_EVENT=d["event"], ARM=d["group"])


@pytest.mark.slow
def test_every_way_stands_beside_the_others_with_the_numbers_of_r(write_cohort, lung):
    found = arms_alike(trial_of(write_cohort, lung), tau=500 / 30.4375, replicates=100)
    wanted = pd.read_csv(REFERENCE / "adjusted.csv").set_index("method")
    for way in found.ways:
        row = wanted.loc[way.name]
        assert way.estimate == pytest.approx([row["first"], row["second"], row["mean"]], rel=1e-5), way.name
        assert (way.low < way.estimate).all() and (way.estimate < way.high).all()
    table = alike_table(found)
    assert len(table.rows) == 7 and {r.model for r in table.results} == {way.name for way in found.ways}
    smd = {way.name: way.smd for way in found.ways}
    assert smd["entropy"] < 1e-8 < smd["ATE"] < smd["none"]
    assert [row[0] for row in balance_of_ways(found).rows] == ["Age", "Score"]


@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_the_effective_n_is_that_of_both_arms_whatever_their_weights_add_to(scale):
    """R: with(w, sum(tapply(w, arm, function(v) sum(v)^2 / sum(v^2)))) = 2 + 16/10."""
    sample = Sample([1.0, 2, 3, 4], [True] * 4, [True, True, False, False], np.ones((4, 1)), [2.0], 3.0)
    assert _effective(sample, np.array([scale, scale, 1.0, 3.0])) == pytest.approx(3.6)


def test_a_covariate_that_tells_the_arms_apart_gives_reasons_and_no_numbers(write_cohort, lung):
    found = arms_alike(trial_of(write_cohort, lung.assign(AGE=30 + 40 * lung["ARM"] + lung.index % 9)), replicates=100)
    by = {way.name: way for way in found.ways}
    assert not by["none"].reason and all(
        by[k].reason and np.isnan(by[k].estimate).all() for k in ("ATE", "entropy", "matched", "robust")
    )
    assert sum("no estimate" in n for n in alike_table(found).notes) == 6


def test_a_patient_who_carries_half_of_an_arm_gives_no_number(write_cohort, lung):
    few = pd.concat([lung[lung["ARM"] == 0].head(40), lung[lung["ARM"] == 1].head(6)])
    ages = np.where(few["ARM"] == 0, 40 + few.groupby("ARM").cumcount() % 13, 70 + few.groupby("ARM").cumcount())
    few = few.assign(AGE=ages, X=np.arange(len(few)) % 5)
    few.loc[few.index[-1], "AGE"] = 41
    found = arms_alike(trial_of(write_cohort, few), replicates=100)
    said = {way.name: way.reason for way in found.ways}
    assert "more than half of the weight" in said["ATE"]


def test_tipping_points_are_those_of_the_hazard_ratio(write_cohort, lung):
    trial = trial_of(write_cohort, lung)
    table, r = tipping_table(trial), cox_univariable(trial.rows, ["ARM"]).iloc[0]
    two = next(x for x in table.results if x.variable == "2")
    assert r["ci_high"] * 2 ** two["difference"] == pytest.approx(1) and r["hr"] * 2 ** two[
        "to_estimate"
    ] == pytest.approx(1)


def test_requests_that_make_no_sense_are_refused(write_cohort, lung):
    trial = trial_of(write_cohort, lung)
    with pytest.raises(CohortError, match="ratio is a number"):
        arms_alike(trial, ratio=0)
    with pytest.raises(CohortError, match="too few"):
        arms_alike(trial, replicates=10)
    with pytest.raises(NotAvailable, match="at least one event"):
        arms_alike(trial_of(write_cohort, lung.assign(OS_EVENT=0)))


def responses(lung):
    return lung.assign(BOR_RECHALLENGE=np.where(lung["OS"] % 3 < 1, "PR", "SD"))


def response_table(write_cohort, frame):
    trial = trial_of(write_cohort, frame)
    return response_alike_table(trial, derive_best_response(trial.cohort))


@pytest.mark.slow
def test_the_response_of_arms_made_alike_is_that_of_r(write_cohort, lung):
    table, r = (
        response_table(write_cohort, responses(lung)),
        pd.read_csv(REFERENCE / "adjusted.csv").set_index("method").loc["response"],
    )
    plain, robust = table.results
    assert (robust["treated"], robust["control"], robust.estimate) == pytest.approx(
        (r["first"], r["second"], r["mean"])
    )
    assert robust.high - robust.low == pytest.approx(2 * 1.959963984540054 * r["size"], rel=1e-6)
    responded = lung["OS"] % 3 < 1
    shares = [responded[lung["ARM"] == arm].mean() for arm in (0, 1)]
    assert plain.estimate == pytest.approx(shares[1] - shares[0]) and plain.low < plain.estimate < plain.high


@pytest.mark.slow
def test_a_response_that_cannot_be_adjusted_has_a_reason(write_cohort, lung):
    apart = response_table(write_cohort, responses(lung.assign(AGE=30 + 40 * lung["ARM"] + lung.index % 9)))
    assert (
        apart.rows[1][1:] == ["NE"] * 4
        and len(apart.results) == 1
        and any("tells them apart" in n for n in apart.notes)
    )
    few = responses(pd.concat([lung[lung["ARM"] == 0].head(9), lung[lung["ARM"] == 1].head(3)]))
    assert any("too few patients for its model" in n for n in response_table(write_cohort, few).notes)
