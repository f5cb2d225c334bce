"""Worst grade by subject, term and course: hand counts and Table 4 of the seed paper."""

import pytest

from rechallenge.cohort import load_cohort
from rechallenge.derive.adverse_events import ANY, course_sizes, derive_worst_grade
from rechallenge.derive.population import derive_population

ADAE = "USUBJID,APHASE,AEDECOD,ATOXGR\nA,RECHALLENGE,Rash,1\nA,RECHALLENGE,Rash,3\nA,RECHALLENGE,Fever,2\nB,RECHALLENGE,Rash,2\nB,INITIAL,Rash,5\n"


def test_a_patient_counts_once_at_the_worst_grade(write_cohort):
    write_cohort(adae=ADAE)
    worst = derive_worst_grade(load_cohort("c"))
    found = {(r.USUBJID, r.APHASE, r.AEDECOD): r.ATOXGR for r in worst.itertuples()}
    assert found == {
        ("A", "RECHALLENGE", "Rash"): 3, ("A", "RECHALLENGE", "Fever"): 2, ("B", "RECHALLENGE", "Rash"): 2,
        ("B", "INITIAL", "Rash"): 5, ("A", "RECHALLENGE", ANY): 3, ("B", "RECHALLENGE", ANY): 2, ("B", "INITIAL", ANY): 5,
    }  # fmt: skip
    assert course_sizes(load_cohort("c")).to_dict() == {"INITIAL": 4, "RECHALLENGE": 4}


def test_patients_of_a_dated_course_are_the_denominator(write_cohort):
    adex = "USUBJID,APHASE,ASTDT\nA,RECHALLENGE,2024-01-01\nB,RECHALLENGE,2024-01-01\nB,INITIAL,2023-01-01\nC,RECHALLENGE,2025-06-01\n"
    write_cohort(yml="title: T\ndata_cutoff: 2024-12-31\n", adsl="USUBJID,AGE\nA,1\nB,2\nC,3\n", adex=adex, adae=ADAE)
    assert course_sizes(load_cohort("c")).to_dict() == {"INITIAL": 1, "RECHALLENGE": 2}


def test_spellings_of_a_term_are_one_term_and_events_outside_a_course_do_not_count(write_cohort):
    adex = "USUBJID,APHASE,ASTDT\nA,RECHALLENGE,2024-01-01\nB,RECHALLENGE,2025-06-01\nC,RECHALLENGE,2024-01-01\n"
    adae = (
        "USUBJID,APHASE,AEDECOD,ATOXGR\nA,RECHALLENGE,Rash,1\nC,RECHALLENGE,rash"
        " ,2\nC,RECHALLENGE,Rash,1\nB,RECHALLENGE,Rash,3\n"
    )
    write_cohort(yml="title: T\ndata_cutoff: 2024-12-31\n", adsl="USUBJID,AGE\nA,1\nB,2\nC,3\n", adex=adex, adae=adae)
    worst = derive_worst_grade(load_cohort("c"))
    rash = worst[worst["AEDECOD"] == "Rash"]
    assert dict(zip(rash["USUBJID"], rash["ATOXGR"], strict=True)) == {"A": 1, "C": 2}  # B began after the cut-off
    assert set(worst["AEDECOD"]) == {"Rash", ANY}


PAPER = {  # term: first course grade 1-2, 3-4; rechallenge grade 1-2, 3-4
    "Fatigue": (6, 1, 4, 0), "Decreased appetite": (2, 0, 2, 0), "Diarrhoea": (1, 0, 1, 0), "Anaemia": (5, 2, 5, 1),
    "Neutropenia": (3, 2, 1, 0), "Leukopenia": (3, 1, 3, 0), "Hypothyroidism": (0, 0, 1, 0), "Rash": (2, 0, 1, 0),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("term", PAPER)
def test_counts_of_the_paper_table_4(term):
    worst = derive_worst_grade(derive_population(load_cohort("quzhou-2025")))
    found = []
    for phase in ("INITIAL", "RECHALLENGE"):
        grades = worst.loc[(worst["AEDECOD"] == term) & (worst["APHASE"] == phase), "ATOXGR"]
        found += [int(grades.between(1, 2).sum()), int(grades.between(3, 4).sum())]
    assert tuple(found) == PAPER[term]
