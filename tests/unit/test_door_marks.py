"""Sheets whose cells are marks: one value beside blanks, percent signs, colours."""

import pytest
from openpyxl import Workbook
from openpyxl.styles import PatternFill

from rechallenge.cohort.cohort import read_cohort
from rechallenge.cohort.propose.propose import propose
from rechallenge.cohort.propose.write import write_cohort
from rechallenge.cohort.read.cells import shares_of_one
from rechallenge.cohort.read.colours import called, legend_of_colours
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


@pytest.mark.parametrize(("note", "expected"), [
    ("yellow = dead; grey = lost to follow-up", {"yellow": "dead", "grey": "lost to follow-up"}),
    ("红色为死亡，灰=失访", {"red": "死亡", "grey": "失访"}),
    ("Legend: highlighted yellow means died", {"yellow": "died"}),
    ("rot: verstorben", {"red": "verstorben"}),
    ("RBC = red blood cells", {}), ("", {}),
])  # fmt: skip
def test_a_note_says_what_a_colour_means(note, expected):
    assert legend_of_colours([note]) == expected


@pytest.mark.parametrize(("code", "name"), [("FF0000", "red"), ("FFFF00", "yellow"), ("92D050", "green"),
                                            ("00B0F0", "blue"), ("BFBFBF", "grey"), ("FFC000", "orange"),
                                            ("FFC7CE", "red"), ("7030A0", "purple"), ("theme 5", "theme")])  # fmt: skip
def test_a_colour_has_an_everyday_name(code, name):
    assert called(code).partition(" ")[0] == name


def coloured(tmp_path, note, whole):
    """Eight patients, four of them dead and yellow, two grey; as lines, or in the cell of survival alone."""
    made = Workbook()
    for line in ([*HEAD[:5]], *(row[:5] for row in rows(1, 1)), [None], [None, note]):
        made.active.append(line)
    for i in range(8):
        colour = "FFFFFF00" if i % 2 else "FFBFBFBF" if i % 4 == 0 else ""
        for cell in (made.active[i + 2] if whole else [made.active.cell(i + 2, 5)]) if colour else ():
            cell.fill = PatternFill("solid", fgColor=colour)
    made.save(tmp_path / "a.xlsx")
    return tmp_path / "a.xlsx"


@pytest.mark.slow
@pytest.mark.parametrize(("note", "whole"), [("yellow = dead; grey = lost", True), ("", False)])
def test_colours_are_read_as_the_event_where_a_person_says_so(tmp_path, note, whole):
    path = coloured(tmp_path, note, whole)
    first = next(q for q in propose([path]).questions if q.topic == "colours")
    assert (first.blocking, first.proposed) == ((True, "column") if note else (False, "nothing"))
    given = {first.id: "column"}
    column = "(colour of the line)" if whole else "(colour of OS (months))"
    given |= {} if note else {"place.Sheet.OS (months)": f"by {column}"}
    given |= {"event.PFSR_EVENT": ["1"], "event.OS_EVENT": ["yellow FFFF00"]}
    proposal = propose([path], given)
    counts = next({v.word: v.count for v in q.values} for q in proposal.questions if q.id == "event.OS_EVENT")
    assert counts == {"yellow FFFF00": 4, "grey BFBFBF": 2, "no colour": 2}
    write_cohort("c", proposal)
    assert deaths(read_cohort("c")[0]) == 4


def test_colours_that_mean_nothing_change_nothing(tmp_path):
    path = coloured(tmp_path, "yellow = dead", True)
    frame = propose([path], {"seen.Sheet.colours": "nothing"}).plans[0].sheet.frame
    assert list(frame.columns) == HEAD[:5]
