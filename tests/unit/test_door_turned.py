"""Sheets whose rows are no patients: patients in columns, a row for each item. Read, they give the upright cohort."""

import datetime as dt

import pytest

from papercheck.files.findings import CohortError
from rechallenge.cohort.propose.propose import propose
from tests.unit.test_door_kinds import DATED, book, data, file, patients, taken

__all__ = ["data"]
HEAD = ["Variable", "Rechallenge start", "Rechallenge progression date", "Date of death", "Last contact"]


def flipped(lines):
    return [list(column) for column in zip(*lines, strict=True)]


def items(head, rows, more=()):
    return [[row[0], name, cell, *more] for row in rows for name, cell in zip(head[1:], row[1:], strict=True)]


def asked(path, topic):
    return [q for q in propose([path]).questions if q.topic == topic]


@pytest.mark.parametrize("head", [DATED, HEAD])
def test_patients_in_columns_are_turned_and_it_is_asked(tmp_path, head):
    lines = flipped([head, *patients()])
    (question,) = asked(file(tmp_path, lines[0], lines[1:]), "turned")
    assert question.blocking and question.proposed == "turned" and "8 patients" in question.text("en")


@pytest.mark.parametrize("names", [["Patient", "Item", "Value"], ["编号", "项目", "结果"], ["ID", "what", "cell"]])
def test_a_row_for_each_item_becomes_columns_and_it_is_asked(tmp_path, names):
    (question,) = asked(file(tmp_path, names, items(DATED, patients())), "items")
    assert question.blocking and question.words["patients"] == 8 and question.words["n"] == 32


@pytest.mark.slow
@pytest.mark.parametrize("form", ["turned", "workbook", "items"])
def test_the_cohort_is_that_of_the_upright_sheet(tmp_path, form):
    rows = patients()
    upright = taken(file(tmp_path, DATED, rows))[1]
    if form == "items":
        path = file(tmp_path, ["编号", "项目", "结果"], items(DATED, rows), "b.csv")
    elif form == "turned":
        path = file(tmp_path, *(lambda t: (t[0], t[1:]))(flipped([DATED, *rows])), "b.csv")
    else:  # days as a workbook stores them
        stored = [[row[0], *(dt.datetime.fromisoformat(c) if c else None for c in row[1:])] for row in rows]
        path = book(tmp_path, flipped([DATED, *stored]))
    cohort = taken(path)[1]
    for name, frame in upright.tables.items():
        assert cohort.tables[name].reset_index(drop=True).equals(frame.reset_index(drop=True)), name


def test_a_sheet_that_describes_the_columns_of_another_is_not_turned(tmp_path):
    file(tmp_path, DATED, patients())
    file(tmp_path, ["列名", "说明", "单位"], [[name, "见方案", "日"] for name in DATED], "z.csv")
    assert not [q for q in propose([tmp_path / "a.csv", tmp_path / "z.csv"]).questions if q.topic == "turned"]


def test_an_item_that_stands_twice_with_two_values_is_refused(tmp_path):
    rows = [*items(DATED, patients()), ["P0", DATED[1], "2020-01-01"]]
    with pytest.raises(CohortError, match="a row for each item.*Pivot Column"):
        propose([file(tmp_path, ["ID", "Item", "Value"], rows)])


def test_rows_that_are_said_to_stand_right_are_left_as_they_are(tmp_path):
    lines = flipped([DATED, *patients()])
    path = file(tmp_path, lines[0], lines[1:])
    (question,) = asked(path, "turned")
    assert len(propose([path], {question.id: "as it stands"}).plans[0].sheet.frame) == len(DATED) - 1
