"""A patient on two lines of a sheet of patients: completed, or one line chosen, never both and never one in silence."""

import pandas as pd
import pytest
from openpyxl import Workbook

from rechallenge.cohort.cohort import read_cohort
from rechallenge.cohort.propose.again import changes, earlier
from rechallenge.cohort.propose.propose import propose
from rechallenge.cohort.read.merged import merged_lines
from tests.unit.test_door_kinds import data, file, short, taken

__all__ = ["data"]
HEAD = ["编号", "再挑战OS(月)", "是否死亡", "年龄", "性别"]


def lines(*more):
    return [*([*row, 60 + i, "男"] for i, row in enumerate(short())), *more]


def times(cohort):
    found = cohort.table("adtte")
    return dict(zip(found["USUBJID"], found["AVAL"], strict=True)), int((found["CNSR"] == 0).sum())


@pytest.mark.slow
def test_lines_that_complete_each_other_are_one_if_confirmed(tmp_path):
    rows = lines(["P2", "", "", "", "男"], ["P8", "9.5", "1", "", ""], ["P8", "", "", "70", "女"])
    proposal, cohort = taken(file(tmp_path, HEAD, rows))
    asked = next(q for q in proposal.questions if q.topic == "complete")
    assert asked.blocking and "P2: 4, 10; P8: 11, 12" in asked.text() and asked.proposed == "merge"
    assert len(cohort.table("adsl")) == 9 and cohort.table("adsl").set_index("USUBJID").loc["P8", "AGE"] == 70
    assert times(cohort)[0]["P8"] == 9.5 and times(cohort)[1] == 5
    assert changes(earlier("c")[1], proposal)[0].text() == "adsl: no change."


@pytest.mark.slow
@pytest.mark.parametrize("answer, time, deaths", [("first line", 7.5, 4), ("last line", 9.9, 5)])
def test_of_lines_that_differ_a_person_says_which_holds(tmp_path, answer, time, deaths):
    path = file(tmp_path, HEAD, lines(["P2", "9.9", "1", "62", "男"]))
    proposal, cohort = taken(path)
    asked = next(q for q in proposal.questions if q.topic == "twice")
    assert cohort is None and asked.blocking and asked.proposed is None
    assert "P2 = 4 / 10: 再挑战OS(月) 7.5 / 9.9; 是否死亡 0 / 1" in asked.text("zh")
    _, cohort = taken(path, twice={"P2": answer})
    assert (times(cohort)[0]["P2"], times(cohort)[1], len(cohort.table("adsl"))) == (time, deaths, 8)
    assert not [f for f in read_cohort("c")[1] if f.severity == "error"]


@pytest.mark.slow
def test_a_patient_twice_on_the_sheet_of_follow_up(tmp_path):
    book = Workbook()
    book.active.title = "基线"
    later = book.create_sheet("随访")
    book.active.append(["编号", "年龄", "性别"])
    later.append(["编号", "再挑战OS(月)", "是否死亡"])
    for i, row in enumerate(short(int)):
        book.active.append([row[0], 60 + i, "男"])
        later.append([row[0], float(row[1]), row[2]])
    later.append(["P3", 12.0, 0])
    book.save(tmp_path / "a.xlsx")
    _, cohort = taken(tmp_path / "a.xlsx", twice={"P3": "last line"})
    assert times(cohort)[0]["P3"] == 12.0 and times(cohort)[1] == 3 and len(cohort.table("adsl")) == 8


@pytest.mark.slow
def test_in_a_file_of_stored_columns(tmp_path):
    frame = pd.DataFrame(lines(["P2", "9.9", "1", 62, "男"]), columns=HEAD).astype(
        {"再挑战OS(月)": float, "是否死亡": int}
    )
    frame.to_parquet(tmp_path / "a.parquet")
    _, cohort = taken(tmp_path / "a.parquet", twice={"P2": "last line"})
    assert times(cohort)[0]["P2"] == 9.9


def test_adverse_events_of_one_patient_are_no_second_line_of_a_patient(tmp_path):
    path = file(tmp_path, HEAD, lines())
    events = file(
        tmp_path,
        ["编号", "不良反应", "分级", "治疗阶段"],
        [[f"P{min(i, 6)}", "皮疹", 2, "再挑战"] for i in range(8)],
        "b.csv",
    )
    proposal = propose([path, events])
    assert not [q for q in proposal.questions if q.topic in ("twice", "complete")]
    assert {p.table for p in proposal.plans} == {"adsl", "adae"}


def test_lines_made_one():
    frame = pd.DataFrame({"a": ["x", None, "z"], "b": [None, "2", "3"]}, index=[4, 9, 10])
    assert merged_lines(frame, [(4, 9), (7, 8)]).to_dict("index") == {4: {"a": "x", "b": "2"}, 10: {"a": "z", "b": "3"}}
