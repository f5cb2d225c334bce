"""Eligibility in order, grouped factors, Table 1 of the seed paper."""

import pytest

from rechallenge.cohort import CohortError, load_cohort
from rechallenge.derive.population import derive_attrition, derive_factors, derive_population, subgroup_factors

YML = """title: T
factors:
  AGEGR1: {label: Age group, from: AGE, cut: [60, 65], levels: [young, middle, old]}
  SEXTEXT: {label: Sex in words, from: SEX, map: {M: man, F: woman}, levels: [woman, man]}
  PFSGR1: {label: PFS, from: PFSR, cut: [3], levels: [short, long]}
eligibility:
  - {label: Adults, column: AGE, min: 18}
  - {label: Men, column: SEX, in: [M]}
  - {label: Up to 65, column: AGE, max: 65}
"""
ADSL = "USUBJID,AGE,SEX,PFSR,PFSR_EVENT\nA,60,M,2,1\nB,65,M,4,1\nC,70,M,6,0\nD,,M,1,1\nE,64.9,F,3,1\nF,59,M,9,1\n"


def test_each_criterion_counts_who_leaves_and_who_is_unknown(write_cohort):
    write_cohort(yml=YML, adsl=ADSL)
    steps = derive_attrition(load_cohort("c"))
    assert steps["n"].tolist() == [6, 5, 4, 3]
    assert steps[["not_met", "missing"]].to_numpy().tolist() == [[0, 0], [0, 1], [1, 0], [1, 0]]
    assert derive_population(load_cohort("c")).table("adsl")["USUBJID"].tolist() == ["A", "B", "F"]


def test_a_column_set_in_a_notebook_is_gone_when_its_cell_runs_again(write_cohort):
    write_cohort(yml=YML, adsl=ADSL)
    study = derive_population(load_cohort("c"))
    study.table("adsl")["AGE"] = 0
    study.table("adsl")["MINE"] = 1
    again = derive_population(load_cohort("c")).table("adsl")
    assert again["AGE"].tolist() == [60, 65, 59] and "MINE" not in again


def test_a_changed_cohort_is_derived_again(write_cohort):
    folder = write_cohort(yml=YML, adsl=ADSL)
    assert len(derive_population(load_cohort("c")).table("adsl")) == 3
    (folder / "adsl.csv").write_text(ADSL + "G,50,M,5,1\n", encoding="utf-8")
    assert len(derive_population(load_cohort("c")).table("adsl")) == 4


@pytest.mark.slow
def test_criteria_that_exclude_nobody_are_listed():
    steps = derive_attrition(load_cohort("quzhou-2025"))
    assert steps["n"].tolist() == [13] * 5 and steps["excluded"].sum() == 0


def test_groups_are_closed_on_the_left(write_cohort):
    write_cohort(yml=YML, adsl=ADSL)
    adsl = derive_factors(load_cohort("c")).table("adsl")
    assert adsl["AGEGR1"].astype(object).where(adsl["AGEGR1"].notna(), None).tolist() == [
        "middle",
        "old",
        "old",
        None,
        "middle",
        "young",
    ]
    assert adsl["SEXTEXT"].tolist() == ["man"] * 4 + ["woman", "man"]


def test_group_of_a_censored_duration_is_known_only_above_the_last_cut(write_cohort):
    write_cohort(yml=YML, adsl=ADSL)
    adsl = derive_factors(load_cohort("c")).table("adsl").set_index("USUBJID")["PFSGR1"]
    assert adsl.astype(str).tolist() == ["short", "long", "long", "short", "long", "long"]


def test_criteria_that_leave_fewer_than_two_are_said(write_cohort):
    write_cohort(yml=YML.replace("max: 65", "max: 20"), adsl=ADSL)
    with pytest.raises(CohortError, match="0 subjects meet the eligibility criteria"):
        derive_population(load_cohort("c"))


PAPER = {
    "AGEGR1": [5, 8], "SEX": [10, 3], "STAGE": [2, 11], "SMOKE": [3, 10], "HIST": [6, 6, 1], "METSITE": [3, 2, 6, 2],
    "BMIGR1": [3, 6, 4], "NMETGR1": [9, 3, 1], "PDL1": [5, 7, 1], "ECOG": [8, 5], "INTERIM": [3, 10], "PFS1GR1": [7, 6],
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("factor", PAPER)
def test_counts_of_the_paper_table_3(factor):
    adsl = derive_population(load_cohort("quzhou-2025")).table("adsl")
    assert adsl[factor].value_counts(sort=False).tolist() == PAPER[factor]


def test_median_age_and_range_of_the_paper():
    age = derive_population(load_cohort("quzhou-2025")).table("adsl")["AGE"]
    assert (age.median(), age.min(), age.max()) == (67, 58, 70)


def test_a_limit_of_eligibility_is_within_it(write_cohort):
    yml = (
        "title: T\neligibility:\n  - {label: From 60, column: AGE, min: 60}\n  - {label: Up to 65, column: AGE, max:"
        " 65}\n"
    )
    write_cohort(yml=yml, adsl="USUBJID,AGE\nA,60\nB,59.9\nC,65\nD,65.1\nE,62\n")
    assert derive_population(load_cohort("c")).table("adsl")["USUBJID"].tolist() == ["A", "C", "E"]


def test_who_is_censored_at_the_last_cut_of_a_duration_has_reached_it(write_cohort):
    write_cohort(yml=YML, adsl="USUBJID,AGE,SEX,PFSR,PFSR_EVENT\nA,60,M,3,0\nB,61,M,2.9,0\nC,62,M,2.9,1\nD,63,M,3,1\n")
    groups = derive_factors(load_cohort("c")).table("adsl").set_index("USUBJID")["PFSGR1"].astype(object)
    assert groups.where(groups.notna(), None).to_dict() == {"A": "long", "B": None, "C": "short", "D": "long"}


def test_a_factor_that_is_grouped_does_not_stand_beside_its_groups(write_cohort):
    write_cohort(yml=YML, adsl=ADSL)
    study = derive_factors(load_cohort("c"))
    named = subgroup_factors(study)
    assert {g.source for g in study.meta.groupings.values()} & set(study.factors)
    assert "SEXTEXT" in named and "SEX" not in named and "AGE" not in named
