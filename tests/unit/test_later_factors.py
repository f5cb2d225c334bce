"""Factors that arise after the start: declared, checked, classified
at a landmark, and never compared as ever against never.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from papercheck.files.findings import CohortError, NotAvailable
from rechallenge.cohort.cohort import load_cohort, read_cohort
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.derive.population import derive_population
from rechallenge.derive.states import onsets
from rechallenge.derive.treatment import derive_comparison
from rechallenge.sections.later_factors import later_factors, later_forest, later_table, state_figures
from rechallenge.sections.regression import cox_table, univariable_models
from rechallenge.sections.small_samples import firmness_table
from rechallenge.sections.subgroups import subgroup_figures, subgroup_table

REFERENCE = Path(__file__).parents[1] / "reference"
YML = """title: Test
time_unit: months
primary_endpoint: OS
subgroups: [SEX, IRAE]
factors:
  IRAE:
    label: Immune-related adverse event
    levels: {N: 'No', Y: 'Yes'}
"""
TIMED = YML + "    time: IRAETM\n"


def simulated() -> str:
    d = pd.read_csv(REFERENCE / "data_later.csv")
    ids = [f"P{i:03d}" for i in range(len(d))]
    frame = pd.DataFrame({"USUBJID": ids, "SEX": ["M", "F"] * (len(d) // 2), "OS": d["time"], "OS_EVENT": d["event"]})
    return frame.assign(IRAE=np.where(d["onset"].notna(), "Y", "N"), IRAETM=d["onset"]).to_csv(index=False)


@pytest.fixture
def study(write_cohort):
    write_cohort(yml=TIMED, adsl=simulated())
    return derive_population(load_cohort("c"))


@pytest.fixture
def overall(study):
    return derive_endpoints(study, ["OS"])


def reference(analysis):
    frame = pd.read_csv(REFERENCE / "later.csv")
    return frame[frame["analysis"] == analysis]


def test_landmarks_and_the_time_dependent_model_are_those_of_r(overall):
    found = later_factors(overall, naive=True)[0].models
    for analysis, wanted in (
        ("landmark", reference("landmark")),
        ("time-dependent", reference("time-dependent")),
        ("ever against never", reference("ever")),
    ):
        ours = found[found["analysis"] == analysis]
        assert np.allclose(np.log(ours["hr"]), wanted["coef"], atol=1e-6)
        assert np.allclose(np.log(ours["ci_high"] / ours["ci_low"]) / 2 / 1.959963984540054, wanted["se"], atol=1e-6)
        assert list(ours["n"]) == list(wanted["n"]) and list(ours["events"]) == list(wanted["events"])


def test_grouping_by_what_came_later_finds_a_benefit_that_is_not_there(overall):
    """Death does not depend on the event in these data."""
    found = later_factors(overall, naive=True)[0].models.set_index("analysis")
    high = found["ci_high"]
    assert high["ever against never"] < 0.5 < found["hr"]["time-dependent"] < 1 < high["time-dependent"]


def test_the_parameter_landmark_groups_patients_by_what_had_happened_until_then(study):
    outcome = derive_endpoints(study, ["OS"], landmark=3.0)
    d = pd.read_csv(REFERENCE / "data_later.csv")
    there = d[d["time"] > 3]
    assert (outcome.rows["IRAE"] == "Y").sum() == (there["onset"] <= 3).sum() < there["onset"].notna().sum()
    frame = univariable_models(outcome, ["IRAE"]).frame
    wanted = reference("landmark").set_index("at").loc[3.0]
    assert np.log(frame["hr"].iloc[0]) == pytest.approx(wanted["coef"], abs=1e-6)
    assert (
        "IRAE" not in outcome.later and subgroup_table(outcome, ["IRAE"]).rows[0][0] == "Immune-related adverse event"
    )


def test_without_a_landmark_no_section_compares_ever_and_never(overall):
    both, why = ["SEX", "IRAE"], "who lives longer has more time for it"
    table = subgroup_table(overall, both)
    assert [row[0] for row in table.rows] == ["Sex", "Male", "Female"] and any(why in n for n in table.notes)
    cox = cox_table(univariable_models(overall, both))
    assert {r.variable for r in cox.results} == {"SEX"} and any(why in n for n in cox.notes)
    assert [f.by for f in subgroup_figures(overall, both)] == ["SEX"]
    assert {r.by for r in firmness_table(overall, both).results} == {"SEX"}
    for make in (subgroup_table, subgroup_figures, univariable_models):
        with pytest.raises(NotAvailable, match=why):
            make(overall, ["IRAE"])
    with pytest.raises(NotAvailable, match=why):
        derive_comparison(overall.cohort, "OS", "IRAE")


@pytest.mark.slow
def test_what_is_shown_crosses_out_the_invalid_one_and_keeps_it_from_the_ledger(overall):
    plain, table = later_table(later_factors(overall)), later_table(later_factors(overall, naive=True))
    assert not any("✗" in c for row in plain.rows for c in row) and len(plain.rows) == 6
    assert table.rows[-1][0].startswith("Ever against never, not valid") and table.rows[-1][5].startswith("✗ ")
    assert {r.model for r in table.results} == {"landmark", "time-dependent"} == {r.model for r in plain.results}
    assert [r.landmark for r in table.results] == [2, 3, 6, 9, 0] and all(r.by == "IRAE" for r in table.results)
    assert later_forest(later_factors(overall, naive=True)).alt.count("Landmark") == 4


def test_curves_by_present_state_count_who_is_in_it(overall):
    figure = state_figures(later_factors(overall))[0]
    d = pd.read_csv(REFERENCE / "data_later.csv")
    text = " ".join(t.get_text() for axes in figure.figure.axes for t in axes.texts)
    assert str((d["onset"].isna() | (d["onset"] > 0)).sum()) in text and "Mantel-Byar" in figure.alt
    assert figure.results[0].quantity == "later.log_rank" and 0 < figure.results[0].p < 1


def test_a_date_counts_from_the_start_of_the_course_as_the_endpoint_does(write_cohort):
    yml = YML.replace("primary_endpoint: OS", "primary_endpoint: OS\ndata_cutoff: 2024-12-31") + "    date: IRAEDT\n"
    adsl = (
        "USUBJID,SEX,DTHDT,LSTALVDT,IRAEDT\nA,M,2023-06-30,,2023-01-31\nB,F,,2024-01-01,\n"
        "C,M,2023-12-01,,2023-01-15\nD,F,2024-03-01,,2023-10-01\n"
    )
    starts = {"A": "2023-01-01", "B": "2023-01-01", "C": "2023-02-01", "D": "2023-02-01"}
    adex = "USUBJID,APHASE,ASTDT\n" + "".join(f"{i},RECHALLENGE,{day}\n" for i, day in starts.items())
    write_cohort(yml=yml, adsl=adsl, adex=adex)
    study = derive_population(load_cohort("c"))
    outcome = derive_endpoints(study, ["OS"], "days")
    when = onsets(outcome, "IRAE")
    assert list(when.time) == [31.0, np.inf, -16.0, 243.0] and not when.unknown.any()
    assert list(study.table("adsl")["IRAE"]) == ["Y", "N", "Y", "Y"]  # told by the date alone
    landmark = derive_endpoints(study, ["OS"], "days", landmark=1.0)
    assert list(landmark.rows["IRAE"]) == ["N", "N", "Y", "N"]  # day 31 of A is after 30.4 days


def test_levels_and_moments_that_contradict_are_found_and_left_out(write_cohort):
    adsl = "USUBJID,SEX,OS,OS_EVENT,IRAE,IRAETM\nA,M,5,1,Y,\nB,F,6,0,N,2\nC,M,7,1,Y,3\nD,F,8,1,N,\nE,M,9,1,N,\nF,M,4,1,Y,1\n"
    write_cohort(yml=TIMED, adsl=adsl)
    _, found = read_cohort("c")
    said = {f.id: f for f in found}
    assert said["level-without-moment"].subject == "A" and said["moment-without-level"].subject == "B"
    outcome = derive_endpoints(derive_population(load_cohort("c")), ["OS"])
    assert list(onsets(outcome, "IRAE").unknown) == [True, True, False, False, False, False]
    assert "2 patients left out" in " ".join(map(str, later_table(later_factors(outcome)).notes))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("    after_baseline: true\n", "needs the date of Immune-related adverse event"),
        ("    date: IRAEDT\n", "needs the date of Immune-related adverse event"),
    ],
)
def test_a_factor_that_arises_later_without_a_date_is_named_and_never_compared(write_cohort, more, words):
    adsl = "USUBJID,SEX,OS,OS_EVENT,IRAE\nA,M,5,1,Y\nB,F,6,0,N\nC,M,7,1,Y\nD,F,8,1,N\n"
    write_cohort(yml=YML + more, adsl=adsl)
    _, found = read_cohort("c")
    assert any(f.id == "factor-without-moment" and f.column == "IRAE" for f in found)
    outcome = derive_endpoints(derive_population(load_cohort("c")), ["OS"])
    for at in (outcome, derive_endpoints(outcome.cohort, ["OS"], landmark=3.0)):
        with pytest.raises(NotAvailable, match="Immune-related adverse event arises after"):
            subgroup_table(at, ["IRAE"])
    with pytest.raises(NotAvailable, match=words):
        later_factors(outcome)


def test_no_patient_at_a_landmark_and_one_state_alone_are_reasons(write_cohort):
    adsl = "USUBJID,SEX,OS,OS_EVENT,IRAE,IRAETM\nA,M,5,1,Y,4\nB,F,6,0,N,\nC,M,7,1,Y,4\nD,F,8,1,N,\n"
    write_cohort(yml=TIMED, adsl=adsl)
    outcome = derive_endpoints(derive_population(load_cohort("c")), ["OS"])
    frame = later_factors(outcome, landmarks=[2, 20])[0].models
    assert list(frame["reason"])[:2] == ["all patients at risk are in one state", "nobody is at risk at this landmark"]
    assert frame["hr"].isna().iloc[:2].all()
    with pytest.raises(CohortError, match="SEX is known at the start"):
        later_factors(outcome, ["SEX"])


def test_a_declaration_that_cannot_be_meant_is_refused(write_cohort):
    write_cohort(yml=YML + "    date: AGE\n    time: X\n")
    assert "`date` and `time` both say when it arises" in " ".join(f.rule for f in read_cohort("c")[1])
    write_cohort(yml=YML + "    date: AGE\n")
    assert "the column of something else, not a column of dates" in " ".join(f.rule for f in read_cohort("c")[1])
