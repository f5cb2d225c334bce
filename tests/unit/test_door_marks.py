"""Sheets whose cells are marks: one value beside blanks, percent signs."""

import pytest

from rechallenge.cohort.propose.propose import propose
from rechallenge.cohort.read.cells import shares_of_one
from tests.unit.test_door_kinds import data, deaths, file, taken

__all__ = ["data"]
HEAD = ["ID", "ICI rechallenge start date", "PFS on rechallenge (months)", "PFS event", "OS (months)", "OS event"]


def rows(event, death, n=8):
    """Patients of whom every other one died and three of four progressed."""
    return [
        [f"P{i}", f"2021-0{1 + i % 8}-05", 2.5 + i, event * (i % 4 > 0), 9.5 + i, death * (i % 2)] for i in range(n)
    ]


def asked(path, topic):
    return [q for q in propose([path]).questions if q.topic == topic]


@pytest.mark.parametrize(("event", "death", "names"), [
    ("1", "1", HEAD[3::2]),
    ("yes", "dead", ["Progressed", "Death"]),
    ("√", "+", ["PFSR event", "死亡"]),
    ("是", "死亡", ["再挑战PFS事件", "生存状态"]),
])  # fmt: skip
def test_an_event_column_of_one_value_and_blanks_asks_what_the_blank_is(tmp_path, event, death, names):
    head = [*HEAD[:3], names[0], HEAD[4], names[1]]
    path = file(tmp_path, head, rows(event, death))
    questions = {q.target: {v.word: v.count for v in q.values} for q in asked(path, "event")}
    assert questions == {"PFSR_EVENT": {"": 2, event: 6}, "OS_EVENT": {"": 4, death: 4}}


@pytest.mark.slow
def test_an_event_column_of_one_value_is_read_as_answered(tmp_path):
    given = {"event": {"": "censored", "√": "event"}}
    proposal, cohort = taken(file(tmp_path, HEAD, rows("√", "√")), **given)
    progressed = cohort.table("adtte").query("PARAMCD == 'PFSR'")["CNSR"].tolist()
    assert deaths(cohort) == 4 and (progressed.count(0), progressed.count(1)) == (6, 2)
    assert not proposal.open()


@pytest.mark.slow
def test_a_flag_of_death_beside_dates_asks_what_its_blanks_are(tmp_path):
    lines = [[f"P{i}", f"2021-0{1 + i}-05", "√" * (i % 2), f"2023-0{1 + i}-05"] for i in range(8)]
    path = file(tmp_path, ["ID", HEAD[1], "Death", "Date of last contact"], lines)
    assert {v.word: v.count for q in asked(path, "event") for v in q.values} == {"": 4, "√": 4}
    _, cohort = taken(path, split="split", event={"": "censored", "√": "event"})
    assert cohort.table("adsl")["DTHDT"].notna().sum() == 4


def test_a_column_of_one_mark_may_be_the_event_of_a_duration(tmp_path):
    path = file(tmp_path, [*HEAD[:4], "OS (months)", "†"], rows("1", "†"))
    question = next(q for q in asked(path, "placed") if q.column == "OS (months)")
    assert question.blocking and "by †" in question.choices and "–: 4; †: 4" in question.text("en") + str(question.said)


def changes(tmp_path, cells):
    lines = [[*row, cell] for row, cell in zip(rows("1", "1", 4), cells, strict=True)]
    return file(tmp_path, [*HEAD, "Best change on rechallenge"], lines)


@pytest.mark.parametrize(("cells", "asks"), [
    (["-0.4%", "-0.32%", "0.12 %", "-0.8％"], []),
    (["-40%", "-32%", "12", "-8"], []),
    (["-40%", "-0.32", "12%", "-0.08"], ["-0.32", "-0.08"]),
    (["-0.4", "-0.32", "0.12", "-0.08"], ["-0.4", "-0.32", "0.12"]),
], ids=["signs", "bare ones beyond", "mixed", "bare"])  # fmt: skip
def test_a_percent_sign_says_the_unit_of_its_cell(tmp_path, cells, asks):
    found = asked(changes(tmp_path, cells), "fraction")
    assert [q.words["example"] for q in found] == ([", ".join(asks)] if asks else [])


@pytest.mark.slow
@pytest.mark.parametrize(("cells", "answer", "expected"), [
    (["-40%", "-0.32", "12%", "-0.08"], "shares", [-40, -32, 12, -8]),
    (["-0.4", "-0.32", "0.12", "-0.08"], "percent", [-0.4, -0.32, 0.12, -0.08]),
    (["-0.4%", "-0.32%", "0.12 %", "-0.8％"], None, [-0.4, -0.32, 0.12, -0.8]),
])  # fmt: skip
def test_shares_and_percent_are_read_as_answered(tmp_path, cells, answer, expected):
    _, cohort = taken(changes(tmp_path, cells), fraction=answer, event=["1"])
    assert cohort.table("adtr")["PCHG"].tolist() == pytest.approx(expected)


def test_shares_are_told_by_the_cells_without_a_sign():
    assert shares_of_one([("0.4%", 0.4), ("0.3", 0.3)], of_change=False)
    assert not shares_of_one([("0.4%", 0.4), ("0.3%", 0.3), ("", 0.0)], of_change=False)
