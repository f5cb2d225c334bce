"""Columns under one name: told with both places, compared, and asked; the one that is answered is read."""

import csv

import pytest
from openpyxl import Workbook

from rechallenge.cohort.declare.source import Source
from rechallenge.cohort.propose.propose import propose
from rechallenge.cohort.read.readers import read_file
from tests.unit.test_door_kinds import data, file, taken

__all__ = ["data"]
HEAD = ["ID", "OS from rechallenge (months)", "death", "Response", "Age", "Response", "Age"]
FIRST, SECOND, AGES = ["PR", "SD", "SD", "PD"], ["SD", "SD", "", "PD"], [60, 71, 62, 63]


def twice(tmp_path, kind="csv", ages=AGES):
    rows = [[f"P{i}", 5.5 + i, i % 2, FIRST[i], AGES[i], SECOND[i], ages[i]] for i in range(4)]
    if kind == "xlsx":
        made = Workbook()
        for row in (HEAD, *rows):
            made.active.append([x if x != "" else None for x in row])
        made.save(tmp_path / "a.xlsx")
        return tmp_path / "a.xlsx"
    names = [*HEAD[:5], "Response.1", "Age.1"] if kind == "pandas" else HEAD
    return file(tmp_path, names, rows)


def asked(path):
    return {q.column: q for q in propose([path]).questions if q.topic.startswith("named_twice")}


@pytest.mark.parametrize("kind", ["csv", "xlsx", "pandas"])
def test_columns_under_one_name_are_told_compared_and_asked(tmp_path, kind):
    found = asked(twice(tmp_path, kind))
    response, age = found["Response"], found["Age"]
    assert response.topic == "named_twice" and response.blocking and response.proposed is None
    assert all(part in response.text("zh") for part in ("4 (D), 6 (F)", "P0: PR / SD", "P2: SD / –", "2 名"))
    second = "Response.1" if kind == "pandas" else "Response (column 6)"
    assert response.choices == ("courses", "assessments", "Response", second, "leave out")
    assert age.topic == "named_twice alike" and not age.blocking and age.proposed == "Age"


READ = {
    "Response": {"RECHALLENGE": FIRST},
    "leave out": {},
    "courses": {"INITIAL": FIRST, "RECHALLENGE": ["SD", "SD", "PD"]},
}


@pytest.mark.slow
@pytest.mark.parametrize("answer", [*READ, "second"])
@pytest.mark.parametrize("kind", ["csv", "pandas"])
def test_the_column_that_is_answered_is_read(tmp_path, kind, answer):
    second = "Response.1" if kind == "pandas" else "Response (column 6)"
    cohort = taken(twice(tmp_path, kind), named_twice=second if answer == "second" else answer, course="rechallenge")[1]
    rows = cohort.table("adrs") if "adrs" in cohort.tables else None
    found = (
        {} if rows is None else {str(k): list(v["AVALC"].astype(str)) for k, v in rows.groupby("APHASE", observed=True)}
    )
    assert found == READ.get(answer, {"RECHALLENGE": ["SD", "SD", "PD"]})
    assert cohort.table("adsl")["AGE"].tolist() == AGES


@pytest.mark.slow
def test_ages_that_differ_wait_for_an_answer(tmp_path):
    path = twice(tmp_path, ages=[60, 70, 62, 63])
    assert asked(path)["Age"].blocking and "P1: 71 / 70" in asked(path)["Age"].text()
    cohort = taken(path, **{"named_twice.a.csv.Age": "Age (column 7)", "named_twice": "leave out"})[1]
    assert cohort.table("adsl")["AGE"].tolist() == [60, 70, 62, 63]


@pytest.mark.slow
def test_the_course_is_asked_where_a_number_named_none(tmp_path):
    rows = [[f"P{i}", 5.5 + i, i % 2, FIRST[i], SECOND[i]] for i in range(4)]
    path = file(tmp_path, ["ID", "OS (months)", "death", "Response1", "Response2"], rows)
    proposal, cohort = taken(path, numbered="Response2")
    assert cohort is None and [q.id for q in proposal.open(blocking=True)][0] == "course"
    rows = taken(path, numbered="Response2", course="first course")[1].table("adrs")
    assert set(rows["APHASE"].astype(str)) == {"INITIAL"}


def test_a_table_of_the_folder_without_an_import_is_refused_still(tmp_path):
    with twice(tmp_path).open() as lines:
        assert len(next(csv.reader(lines))) == 7
    frame, faults = read_file(tmp_path / "a.csv", Source(file="a.csv"))
    assert frame is None and [f.rule for f in faults] == ["the column name stands twice"] * 2
