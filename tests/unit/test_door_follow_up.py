"""A sheet of follow-up with several visits a patient beside the sheet of baseline: no death, no last contact is lost."""

import datetime as dt

import pytest
from openpyxl import Workbook, load_workbook

from papercheck.files.project import data_folder
from rechallenge.cohort.cohort import read_cohort
from rechallenge.cohort.propose.again import changes, earlier
from rechallenge.cohort.propose.propose import propose
from tests.unit.test_door_kinds import data, taken

__all__ = ["data"]
EN = (
    ["Patient ID", "Rechallenge start date"],
    ["Patient ID", "VISIT DATE", "RESPONSE", "STATUS", "DATE OF DEATH", "NEXT VISIT"],
    "alive",
    "dead",
)
ZH = (["住院号", "再挑战开始日期"], ["住院号", "随访日期", "疗效", "生存状态", "死亡日期", "下次随访日期"], "存活", "死亡")  # fmt: skip
DAY = dt.datetime(2021, 3, 12)


def later(day, days):
    return day + dt.timedelta(days=days)


def book(tmp_path, words=EN, without=(), turned=False, change=lambda rows: None):
    """Eight patients with three visits each; four died 10 days after the last one. turned : the last visit stands
    first; without : columns that the sheet of follow-up lacks."""
    head, names, alive, dead = words
    made = Workbook()
    made.active.append(head)
    rows = []
    for i in range(8):
        start = later(DAY, 30 * i)
        made.active.append([f"P{i}", start])
        for k, days in enumerate((60, 120, 300 + 7 * i)):
            died = i % 2 and k == 2
            end = later(start, days + 10) if died else None
            state = dead if died else alive
            rows.append([f"P{i}", later(start, days), ["SD", "PR", "PD"][k], state, end, later(start, days + 90)])
    change(rows)
    sheet = made.create_sheet("F")
    kept = [i for i, name in enumerate(names) if name not in without]
    for row in [names, *(rows[::-1] if turned else rows)]:
        sheet.append([row[i] for i in kept])
    made.save(tmp_path / "a.xlsx")
    return tmp_path / "a.xlsx"


def right(cohort, responses=24):
    adsl = cohort.table("adsl").set_index("USUBJID")
    ends = {f"P{i}": later(DAY, 30 * i + 300 + 7 * i) for i in range(8)}
    assert adsl["LSTALVDT"].to_dict() == ends
    assert adsl["DTHDT"].dropna().to_dict() == {p: later(d, 10) for p, d in ends.items() if int(p[1]) % 2}
    assert len(cohort.tables.get("adrs", ())) == responses


@pytest.mark.slow
@pytest.mark.parametrize(
    "words, turned",
    [(EN, False), pytest.param(ZH, True, marks=pytest.mark.thorough), (EN, True)],
    ids=["en", "zh turned", "en turned"],
)
def test_visits_are_set_beside_the_patients_and_responses_are_read(tmp_path, words, turned):
    proposal, cohort = taken(book(tmp_path, words, turned=turned))
    right(cohort)
    asked = next(q for q in proposal.questions if q.topic == "follow_up")
    assert asked.blocking and {v.word: v.count for v in asked.values} == {
        words[1][1]: 8,
        words[1][3]: 8,
        words[1][4]: 4,
    }
    assert f"{words[3]} 4" in asked.text("zh")
    assert not [f for f in read_cohort("c")[1] if f.severity == "error" or f.id == "unused-outcome"]
    if turned:  # what was taken is proposed again as it is
        assert changes(earlier("c")[1], proposal)[0].text() == "adsl: no change."


@pytest.mark.slow
def test_without_responses_no_second_table_is_asked_about(tmp_path):
    proposal, cohort = taken(book(tmp_path, without=["RESPONSE"]))
    right(cohort, 0)
    assert "table.adsl" not in {q.id for q in proposal.questions}


@pytest.mark.slow
def test_what_is_left_out_of_the_visits_is_not_read(tmp_path):
    answer = {"VISIT DATE": "last visit", "STATUS": "leave out", "DATE OF DEATH": "leave out"}
    _, cohort = taken(book(tmp_path), follow_up=answer)
    assert cohort is None or "DTHDT" not in cohort.table("adsl")
    assert "DATE OF DEATH" not in (data_folder() / "c" / "cohort.yml").read_text(encoding="utf-8").split("columns:")[1]


@pytest.mark.slow
def test_visits_without_a_date_are_read_in_order_of_their_lines_and_said_so(tmp_path):
    asked = propose([book(tmp_path, without=["VISIT DATE", "RESPONSE"])]).questions[0]
    assert asked.topic == "follow_up undated" and "no date of the visit" in asked.text()


def edit(line, column, value):
    def change(rows):
        rows[line][column] = value

    return change


@pytest.mark.slow
@pytest.mark.parametrize(
    "change, rule, row",
    [(edit(6, 3, "dead"), "a later visit says otherwise", 8), (edit(3, 4, later(DAY, 99)), "two visits", 5),
     (edit(4, 1, "in May"), "cannot be read", 6)],
    ids=["alive after death", "two dates of death", "no date"],
)  # fmt: skip
def test_visits_that_contradict_each_other_are_named_by_their_line(tmp_path, change, rule, row):
    taken(book(tmp_path, change=change, without=["RESPONSE"]))
    found = [f for f in read_cohort("c")[1] if rule in f.rule]
    assert [(f.file, f.row, f.severity) for f in found] == [("a.xlsx[F]", row, "error")]


@pytest.mark.slow
def test_a_finding_on_a_cell_of_a_visit_names_the_line_of_that_visit(tmp_path):
    def change(rows):
        rows[5][1], rows[5][4] = None, DAY  # the visit of the death has no date: the last dated one stands above

    taken(book(tmp_path, change=change, without=["RESPONSE"]))
    found = [f for f in read_cohort("c")[1] if f.id == "after-death" and f.column == "LSTALVDT"]
    assert {(f.file, f.row, f.subject) for f in found} == {("a.xlsx[F]", 6, "P1")}


@pytest.mark.slow
@pytest.mark.parametrize("visit", ["last visit", "leave out"])
def test_a_date_of_death_on_both_sheets_is_read_of_the_one_that_is_chosen(tmp_path, visit):
    path = book(tmp_path, without=["RESPONSE"])
    made = load_workbook(path)
    first = made.worksheets[0]
    first.cell(1, 3, "DATE OF DEATH")
    first.cell(2, 3, later(DAY, 900))  # the first patient, whom the visits call alive
    made.save(path)
    asked = propose([path]).questions[0]
    assert "(filled on a.xlsx[Sheet] alone, and lost: 1)" in asked.text()
    proposal, cohort = taken(path, follow_up=asked.proposed | {"DATE OF DEATH": visit, "STATUS": "leave out"})
    assert cohort, [q.text() for q in proposal.open()]
    assert cohort.table("adsl")["DTHDT"].notna().sum() == (4 if visit == "last visit" else 1)


@pytest.mark.slow
def test_an_identifier_at_the_first_visit_alone_is_that_of_the_visits_below(tmp_path):
    def change(rows):
        for i, row in enumerate(rows):
            row[0] = None if i % 3 else row[0]

    right(taken(book(tmp_path, change=change))[1])


def with_progression(tmp_path, day=lambda start, k: later(start, 120)):
    """Every second patient progressed; the date stands at the second visit and, repeated, at the third."""
    made = load_workbook(book(tmp_path, ZH, without=["疗效"]))
    sheet = made["F"]
    sheet.cell(1, 9, "进展日期")
    for i in range(0, 8, 2):
        for k in (1, 2):
            sheet.cell(2 + 3 * i + k, 9, day(later(DAY, 30 * i), k))
    made.save(tmp_path / "a.xlsx")
    return tmp_path / "a.xlsx"


@pytest.mark.slow
def test_dates_of_progression_that_visits_repeat_are_set_beside_the_patients(tmp_path):
    proposal, cohort = taken(with_progression(tmp_path), course="rechallenge")
    asked = next(q for q in proposal.questions if q.topic == "follow_up")
    assert asked.proposed["进展日期"] == "first visit"
    right(cohort, 0)
    dates = cohort.table("adex").set_index("USUBJID")["PDDT"].dropna().to_dict()
    assert dates == {f"P{i}": later(DAY, 30 * i + 120) for i in range(0, 8, 2)}
    cohort = taken(with_progression(tmp_path, lambda start, k: later(start, 60 + 60 * k)), course="rechallenge")[1]
    assert cohort.table("adex").set_index("USUBJID")["PDDT"].dropna().to_dict() == dates
    said = [f.row for f in read_cohort("c")[1] if "two dates of progression" in f.rule]
    assert said == [4, 10, 16, 22]
