"""Adverse events of grade 3 or more: a printed share as a count of patients, and the cohort's own row beside it."""

import math

import pytest

from papercheck.literature.frames import severe_count, single_arms
from papercheck.literature.table import load_evidence
from rechallenge.replication.beside import cohort_beside, own_rate, with_cohort
from rechallenge.sections.series import rate_forest

BOTH = (
    "USUBJID,APHASE,ASTDT\n"
    + "".join(f"{who},INITIAL,2023-01-01\n" for who in "ABCD")
    + "".join(f"{who},RECHALLENGE,2024-01-01\n" for who in "ABC")
)
HEAD = "USUBJID,APHASE,AEDECOD,ATOXGR\n"


@pytest.mark.parametrize(
    ("printed", "n", "count"),
    [
        ("none", 12, 0),
        ("15.2", 165, 25),
        ("53", 81, 43),
        ("7.7", 13, 1),
        ("100", 13, 13),
        ("6.7 + 6.7", 15, None),  # of one patient or of two
        ("53", 1000, None),  # 525 to 534 print so
        ("12.3", 13, None),  # no whole patient
        ("", 13, None),
        ("not reported", 13, None),
        ("7.7", math.nan, None),
    ],
)
def test_a_printed_share_is_a_count_only_where_one_whole_number_of_patients_gives_it(printed, n, count):
    found = severe_count(printed, n)
    assert math.isnan(found) if count is None else found == count


@pytest.mark.parametrize(
    ("events", "counted", "lacking"),
    [
        ("A,RECHALLENGE,Rash,3\nA,RECHALLENGE,Colitis,4\nB,RECHALLENGE,Rash,2\nD,INITIAL,Rash,4\n", (1, 3), ""),
        ("A,RECHALLENGE,Rash,5\nB,RECHALLENGE,Rash,3\nB,RECHALLENGE,Colitis,\n", (2, 3), ""),
        ("A,RECHALLENGE,Rash,2\n", (0, 3), ""),
        ("A,RECHALLENGE,Rash,\nB,RECHALLENGE,Rash,3\n", None, "grade of each"),
        ("A,INITIAL,Rash,3\n", None, "adverse events of the rechallenge course"),
    ],
)
def test_the_cohort_counts_those_of_its_rechallenge_course_or_says_what_it_lacks(
    write_cohort, events, counted, lacking
):
    yml = "title: T\ndata_cutoff: 2024-12-31\n"
    write_cohort(yml=yml, adsl="USUBJID,AGE\nA,1\nB,2\nC,3\nD,4\n", adex=BOTH, adae=HEAD + events)
    beside = cohort_beside("c")
    assert lacking in beside["no_severe"][0] and bool(lacking) == bool(beside["no_severe"][0])
    own = own_rate(beside, "severe")
    assert [tuple(row) for row in own[["events", "n"]].to_numpy()] == ([counted] if counted else [])


def test_a_paper_that_prints_grades_3_and_4_alone_gives_no_row_of_grade_3_or_more():
    beside = cohort_beside("quzhou-2025")
    assert "printed number" in beside["no_severe"][0] and own_rate(beside, "severe").empty


def test_no_study_counts_in_the_pool_beside_the_cohort_that_holds_its_patients():
    evidence, beside = load_evidence("rechallenge-review-2026"), cohort_beside("quzhou-2025")
    series = single_arms(evidence, "severe")
    counts = {row.study: (row.events, row.n) for row in series.itertuples()}
    assert counts["Feng J 2024"] == (20, 111) and counts["Watanabe 2019"] == (0, 14) and "Fujita 2019" not in counts
    assert len(with_cohort(series, evidence, beside, "severe")) == len(series)
    pooled = {r.level: r for r in rate_forest(evidence, beside, "severe").results if r.by == "pool of series"}
    assert pooled["GLMM"]["k"] == len(series) - 1
