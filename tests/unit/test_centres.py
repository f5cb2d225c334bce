"""The joint Cox model and the centres: against R's strata, cluster and frailty (tests/reference/centres.R), and at the
edges."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines.datasets import load_lung

from papercheck.files.findings import NotAvailable
from rechallenge.cohort.cohort import load_cohort
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.derive.population import derive_population
from rechallenge.sections.centres import centre_table
from rechallenge.sections.regression import multivariable_model
from smallsurv.cox import cox_fit
from smallsurv.frailty import gamma_frailty
from tests.conftest import GOOD_YML

REFERENCE = Path(__file__).parents[1] / "reference"
IN_R = pd.read_csv(REFERENCE / "centres.csv")
DRAWN = pd.read_csv(REFERENCE / "data_centres.csv")


def data(name):
    """time, event, x (n, k) and centre of a set of centres.R."""
    if name != "lung":
        rows = DRAWN[DRAWN["set"] == name]
        return rows["time"], rows["event"], rows[["x", "z"]].to_numpy(float), rows["centre"]
    rows = load_lung()[["time", "status", "age", "sex", "ph.ecog", "inst"]].dropna()
    x = [rows["age"] / 10, rows["sex"] == 1, *(rows["ph.ecog"] == level for level in (1, 2, 3))]
    return rows["time"], rows["status"] == 1, np.column_stack(x).astype(float), rows["inst"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lung", "drawn", "apart"])
def test_ratios_and_errors_are_those_of_r(name):
    time, event, x, centre = data(name)
    r = IN_R[IN_R["set"] == name]
    within, clustered = cox_fit(time, event, x, strata=centre), cox_fit(time, event, x, clusters=centre)
    assert within.coef == pytest.approx(r["within"], abs=1e-7)
    assert np.sqrt(np.diag(within.covariance)) == pytest.approx(r["within_se"], abs=1e-7)
    assert np.sqrt(np.diag(clustered.sandwich)) == pytest.approx(r["robust"], abs=1e-7)
    shared = gamma_frailty(time, event, x, centre)
    assert shared.coef == pytest.approx(r["shared"], abs=1e-6)
    assert np.sqrt(np.diag(shared.covariance)) == pytest.approx(r["shared_se"], abs=1e-6)
    assert shared.variance == pytest.approx(r["variance"].iloc[0], abs=2e-6)


def test_without_centres_that_differ_the_frailty_is_none():
    time, event, x, centre = data("drawn")
    found, plain = gamma_frailty(time, event, x, centre), cox_fit(time, event, x)
    assert found.variance == 0 and found.coef == pytest.approx(plain.coef, abs=1e-7)
    assert found.frailties == pytest.approx(1, abs=1e-6)


def test_a_frailty_needs_two_centres_and_room():
    time, event, x, centre = data("drawn")
    with pytest.raises(ValueError, match="two centres"):
        gamma_frailty(time, event, x, ["a"] * len(x))
    with pytest.raises(ValueError, match="too many"):
        gamma_frailty(np.ones(300), np.ones(300), np.ones((300, 1)), np.arange(300))


def joint(names=("AGE", "SEX"), cohort="c"):
    study = derive_population(load_cohort(cohort))
    return multivariable_model(derive_endpoints(study, ["OS"]), list(names))


@pytest.mark.slow
def test_the_table_of_lung_shows_three_ways_and_says_what_is_left_out():
    table = centre_table(joint(("AGE", "SEX"), "ncctg-lung"))
    assert len(table.columns) == 4 and len(table.rows) == 2
    assert "227 patients of 18 centres. 1 patient without a centre left out." in str(table.notes[0])
    methods = [r.method for r in table.results]
    assert sorted(set(methods)) == [f"Cox, Efron ties, {w}" for w in ("gamma frailty", "one sample", "stratified")]
    assert any("fewer than 20" in str(n) for n in table.notes) and {r.variable for r in table.results} == {"AGE", "SEX"}


def hospital(sites, female=lambda i: i % 2):
    """adsl of patients at the sites given, one a letter."""
    head, lines = "USUBJID,AGE,SEX,OS,OS_EVENT,SITEID", []
    for i, site in enumerate(sites):
        sex, died = "F" if female(i) else "M", int(i % 4 < 3)
        lines.append(f"P{i:02},{50 + 7 * i % 30},{sex},{1 + (i * 5) % 17 + i / 10:.1f},{died},{site.strip()}")
    return "\n".join([head, *lines, ""])


@pytest.mark.parametrize("sites", ["a" * 24, " " * 24])
def test_one_centre_or_none_adds_nothing(write_cohort, sites):
    write_cohort(yml=GOOD_YML.replace("PFSR", "OS"), adsl=hospital(sites))
    assert centre_table(joint()) == ()


def test_centres_of_one_patient_each_are_refused_in_a_sentence(write_cohort):
    write_cohort(yml=GOOD_YML.replace("PFSR", "OS"), adsl=hospital("abcdefghijklmnopqrstuvwx"))
    with pytest.raises(NotAvailable, match="a centre with two patients"):
        centre_table(joint())


def test_a_factor_that_does_not_vary_within_centres_has_no_estimate_there_alone(write_cohort):
    write_cohort(yml=GOOD_YML.replace("PFSR", "OS"), adsl=hospital("a" * 12 + "b" * 12, female=lambda i: i < 12))
    table = centre_table(joint())
    within, plain = table.columns.index("Within centres"), table.columns.index("As one sample")
    assert {row[within] for row in table.rows} == {"NE"} and "NE" not in {row[plain] for row in table.rows}
    assert any(str(n).startswith("Within centres: NE, it does not vary where events happen") for n in table.notes)


@pytest.mark.slow
def test_of_many_centres_the_error_counts_them_too(write_cohort):
    sites = "".join(chr(97 + i % 20) for i in range(60))
    write_cohort(yml=GOOD_YML.replace("PFSR", "OS"), adsl=hospital(sites))
    table = centre_table(joint())
    assert "Error by centre" in table.columns and "20 centres" in str(table.notes[0])
    assert any("an error that counts centres (Lee" in str(n) for n in table.notes)
