"""The arms by other tests, as a section shows them: the numbers
of the kernels, asked for in cohort.yml, never unasked.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from papercheck.files.findings import NotAvailable
from rechallenge.cohort.cohort import load_cohort, read_cohort
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.derive.population import derive_population
from rechallenge.derive.treatment import derive_comparison
from rechallenge.sections.other_tests import hazards_verdict, other_tests, pairs_table, subdistribution_table
from smallsurv.fine_gray import fine_gray

REFERENCE = Path(__file__).parents[1] / "reference"
YML = (
    "title: T\ntime_unit: days\nprimary_endpoint: OS\nconfirmed: {course: neither}\nfactors:\n  ARM: {label: Arm,"
    " levels: ['0', '1']}\n  S: {label: Stratum, levels: ['0', '1']}\n  C: {label: Cell, levels: ['0', '1', '2',"
    " '3']}\ntreatment: {arm: ARM, covariates: [AGE], strata: [S], milestones: [2, 4]}\n"
)


def rows(name):
    d = pd.read_csv(REFERENCE / f"data_{name}.csv")
    frame = pd.DataFrame(
        {"USUBJID": [f"P{i:03d}" for i in d.index], "AGE": 60 + np.arange(len(d)) % 9, "OS": d["time"]}
    )
    frame = frame.assign(OS_EVENT=d["event"], ARM=(d["group"] > 0).astype(int), C=d["group"])
    return frame.assign(S=(d["x"] > d["x"].median()).astype(int)), d


@pytest.fixture
def veteran(write_cohort):
    write_cohort(yml=YML, adsl=rows("veteran")[0].to_csv(index=False))
    return derive_population(load_cohort("c"))


def test_the_table_gives_the_numbers_of_r(veteran):
    found = other_tests(derive_comparison(veteran)).results
    wanted = pd.read_csv(REFERENCE / "rank_tests.csv").query("set == 'veteran'").set_index(["kind", "rho"])["statistic"]
    by = {r.method: r for r in found}
    assert by["Fleming-Harrington (0, 0)"]["statistic"] == pytest.approx(wanted["plain", 0])
    assert by["Fleming-Harrington (1, 0)"]["statistic"] == pytest.approx(wanted["plain", 1])
    assert by["log-rank, stratified"]["statistic"] == pytest.approx(wanted["stratified", 0])
    assert [r.at for r in found if r.method.startswith("milestone")] == [2.0, 4.0]
    assert by["Cox, Efron ties, stratified"].estimate != by["Cox, Efron ties"].estimate
    assert all(r.by == "ARM" and r.endpoint == "OS" for r in found)


def test_an_event_on_day_0_gives_the_hazard_ratio_of_the_same_order(write_cohort):
    """R: coxph(Surv(time - 1, event) ~ group + strata(s)) of data_veteran.csv, whose first time is 1."""
    frame = rows("veteran")[0]
    write_cohort(yml=YML, adsl=frame.assign(OS=frame["OS"] - frame["OS"].min()).to_csv(index=False))
    found = {r.method: r for r in other_tests(derive_comparison(derive_population(load_cohort("c")))).results}
    assert found["Cox, Efron ties, stratified"].estimate == pytest.approx(1.91320831, rel=1e-5)


def test_hazards_that_are_not_proportional_are_said_beside_the_hazard_ratio(veteran):
    note = hazards_verdict(derive_comparison(veteran, arm="S"))
    assert "The hazards are not proportional (P" in note.text and "Difference of the mean time up to" in note.text
    assert "do not speak against" in hazards_verdict(derive_comparison(veteran)).text


def test_levels_are_tested_two_by_two(veteran):
    outcome = derive_endpoints(veteran, ["OS"])
    (table,) = pairs_table(outcome, ["S", "C"])
    assert len(table.rows) == 6 and all(r.by == "C" for r in table.results) and pairs_table(outcome, ["S"]) == []


def test_both_hazard_ratios_of_a_cause(write_cohort):
    d = pd.read_csv(REFERENCE / "data_competing_mgus.csv")
    from papercheck.vocabulary.dictionary import load_dictionary

    codes = list(load_dictionary()["adsl"].columns["DTHCGR1"].levels)[:2]
    cause = d["cause"].map({0: "", 1: codes[0], 2: codes[1]})
    frame = pd.DataFrame({"USUBJID": [f"P{i}" for i in d.index], "AGE": 60 + d.index % 7, "OS": d["time"]})
    frame = frame.assign(OS_EVENT=(d["cause"] > 0).astype(int), DTHCGR1=cause, ARM=(d["group"] > 0).astype(int))
    write_cohort(yml=YML.replace(", strata: [S]", ""), adsl=frame.to_csv(index=False))
    (table,) = subdistribution_table(derive_comparison(derive_population(load_cohort("c"))))
    wanted = fine_gray(d["time"], d["cause"], (d["group"] > 0).to_numpy(float)[:, None])
    first = next(r for r in table.results if r.method == "Fine-Gray")
    assert np.log(first["hr"]) == pytest.approx(wanted.coef[0]) and len(table.results) == 4


def test_nothing_is_run_unless_cohort_yml_asks(write_cohort):
    for more, asks in (("", False), (", further: true", True), (", strata: [S]", True), (", milestones: [6]", True)):
        yml = YML.replace(", strata: [S], milestones: [2, 4]", more)
        write_cohort(yml=yml, adsl=rows("lung")[0].head(40).to_csv(index=False))
        assert load_cohort("c").meta.asks("further") is asks
    write_cohort(yml=YML.replace("strata: [S]", "strata: [AGE]"), adsl=rows("lung")[0].head(40).to_csv(index=False))
    assert "not a factor with levels beside the arm" in " ".join(f.rule for f in read_cohort("c")[1])


def test_without_an_event_there_is_a_sentence(write_cohort):
    write_cohort(yml=YML, adsl=rows("lung")[0].head(40).assign(OS_EVENT=0).to_csv(index=False))
    trial = derive_comparison(derive_population(load_cohort("c")))
    for make in (other_tests, hazards_verdict):
        with pytest.raises(NotAvailable, match="at least one event"):
            make(trial)
