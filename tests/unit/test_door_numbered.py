"""Outcomes that a number alone tells apart: what it counts is asked, and each answer reads what it says."""

import datetime as dt

import pytest

from rechallenge.cohort.propose.propose import propose
from tests.unit.test_door_kinds import data, file, taken

__all__ = ["data"]
HEAD = ["ID", "OS from rechallenge (months)", "death"]
FIRST, SECOND = ["PR", "SD", "SD", "PD"], ["SD", "PD", "PD", "PD"]
START = dt.date(2021, 3, 1)


def numbered(tmp_path, one, two, *more, cells=lambda i: []):
    rows = [[f"P{i}", 5.5 + i, i % 2, FIRST[i], SECOND[i], *cells(i)] for i in range(4)]
    return file(tmp_path, [*HEAD, one, two, *more], rows)


def asked(path):
    return [q for q in propose([path]).questions if q.topic == "numbered"]


PAIRS = [("Response1", "Response2"), ("BOR_1", "BOR_2"), ("疗效1", "疗效2"), ("First assessment", "Second assessment"),
         ("1st evaluation", "2nd evaluation"), ("第一次疗效", "第二次疗效"), ("首次评估", "二次评估"), ("RECIST 1.1 I", "RECIST 1.1 II")]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("pair", PAIRS)
def test_what_the_number_of_two_responses_counts_is_asked(tmp_path, pair):
    (question,) = asked(numbered(tmp_path, *pair))
    assert question.blocking and question.proposed is None
    assert question.choices == ("courses", "assessments", *pair, "leave out")
    assert pair[1] in question.text("zh") and "只读取" in question.choice_text(pair[0], "zh")


@pytest.mark.parametrize(
    "pair", [("ICI1 response", "ICI2 response"), ("首次免疫疗效", "第二次免疫疗效"), ("首次疗效", "再挑战疗效"),
             ("Response 1st course", "Response 2nd course"), ("V1 response", "V2 response")]
)  # fmt: skip
def test_names_that_speak_of_the_course_or_a_visit_are_not_asked_for_it(tmp_path, pair):
    assert not asked(numbered(tmp_path, *pair))


READ = {
    "courses": {"INITIAL": FIRST, "RECHALLENGE": SECOND},
    "Response1": {"RECHALLENGE": FIRST},
    "Response2": {"RECHALLENGE": SECOND},
    "assessments": {},
    "leave out": {},
}


@pytest.mark.parametrize("answer", READ)
def test_each_answer_reads_what_it_says(tmp_path, answer):
    cohort = taken(numbered(tmp_path, "Response1", "Response2"), numbered=answer)[1]
    rows = cohort.table("adrs") if "adrs" in cohort.tables else None
    found = (
        {} if rows is None else {str(k): list(v["AVALC"].astype(str)) for k, v in rows.groupby("APHASE", observed=True)}
    )
    assert found == READ[answer]


@pytest.mark.slow
def test_assessments_with_dates_are_rows_of_visits(tmp_path):
    head = ["rechallenge start", "Date 1", "Date 2"]
    days = lambda i: [START, START + dt.timedelta(weeks=6), START + dt.timedelta(weeks=12 + i)]  # noqa: E731
    path = numbered(tmp_path, "Response1", "Response2", *head, cells=days)
    rows = taken(path, numbered="assessments")[1].table("adrs")
    assert list(rows["AVALC"].astype(str)) == [*FIRST, *SECOND] and rows["ADT"].max().date() == days(3)[2]


def test_numbers_of_the_starts_propose_that_of_the_courses(tmp_path):
    days = lambda i: [START, START + dt.timedelta(days=300)]  # noqa: E731
    path = numbered(tmp_path, "Response1", "Response2", "Start date 1", "Start date 2", cells=days)
    assert [q.proposed for q in asked(path)] == ["courses"]


@pytest.mark.slow
def test_dates_of_progression_that_a_number_tells_apart(tmp_path):
    head = ["First ICI start", "Rechallenge start", "PD date 1", "PD date 2"]
    days = lambda i: [START + dt.timedelta(days=d) for d in (0, 300, 350, 400)]  # noqa: E731
    path = numbered(tmp_path, "ICI1 response", "ICI2 response", *head, cells=days)
    assert [(q.column, q.proposed) for q in asked(path)] == [("PD date 1", None)]
    rows = taken(path, numbered="PD date 1")[1].table("adex")
    assert rows["PDDT"].dropna().dt.date.unique().tolist() == [days(0)[2]] and rows["PDDT"].count() == 4
