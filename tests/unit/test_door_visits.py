"""Responses in a column for each visit, and rows whose course is told by their dates: every one counts once and right."""

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import Workbook, load_workbook

from rechallenge.cohort.cohort import read_cohort
from rechallenge.cohort.propose.again import changes, earlier
from rechallenge.cohort.propose.grouped import scores_of
from rechallenge.cohort.propose.propose import propose
from rechallenge.derive.timeline import derive_timeline
from tests.unit.test_door_kinds import data, file, taken

__all__ = ["data"]  # the folder of these cohorts, for every test
START = dt.date(2021, 3, 12)
WEEKS = (6, 12, 18)


def later(days, i=0):
    return START + dt.timedelta(days=days + 30 * i)


def response(i, k):
    """SD, PR, then PD of every second patient; the others were not assessed a third time."""
    return ["SD", "PR", "PD" if i % 2 else ""][k]


def by_name(*names):
    return names, lambda i, k: [response(i, k)]


def dated(*names, swap=False, spell=str):
    def cells(i, k):
        pair = [response(i, k), spell(later(7 * WEEKS[k], i)) if response(i, k) else ""]
        return pair[::-1] if swap else pair

    return names, cells


FORMS = {
    "weeks": by_name("Response w6", "Response w12", "Response w18"),
    "weeks in Chinese": by_name("6周疗效", "12周疗效", "第18周疗效"),
    "dates beside": dated("V1_resp", "V1_date", "V2_resp", "V2_date", "V3_resp", "V3_date"),
    "dates before": dated("评估日期1", "疗效1", "评估日期2", "疗效2", "评估日期3", "疗效3", swap=True),
    "the same names": dated("日期", "疗效", "日期", "疗效", "日期", "疗效", swap=True),
    "ordinal numbers": dated("第一次评价", "第一次评价日期", "第二次评价", "第二次评价日期", "第三次评价", "第三次评价日期"),
    "in one cell": (("疗效1", "疗效2", "疗效3"),
                    lambda i, k: [f"{response(i, k)} {later(7 * WEEKS[k], i)}" if response(i, k) else ""]),
}  # fmt: skip
ZH = ["住院号", "再挑战开始日期", "死亡日期", "末次随访日期"]


def wide(tmp_path, form, first=()):
    names, cells = FORMS[form] if isinstance(form, str) else form
    made = Workbook()
    made.active.append([*ZH, *(["首次免疫开始日期"] if first else []), *names])
    for i in range(8):
        row = [f"P{i}", later(0, i), None, later(400, i), *(later(-500, i) for _ in first)]
        made.active.append([*row, *(c or None for k in range(3) for c in cells(i, k))])
    made.save(tmp_path / "a.xlsx")
    return tmp_path / "a.xlsx"


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_responses_in_a_column_for_each_visit_are_rows_of_visits_if_confirmed(tmp_path, form):
    proposal, cohort = taken(wide(tmp_path, form))
    asked = next(q for q in proposal.questions if q.topic == "wide_visits")
    assert asked.proposed == "rechallenge" and asked.blocking and "8" in asked.text("zh")
    rows = cohort.table("adrs")
    assert rows["AVALC"].astype(str).value_counts().to_dict() == {"SD": 8, "PR": 8, "PD": 4}
    progressed = derive_timeline(cohort).course("RECHALLENGE")["PDDT"].dropna()
    assert {p: d.date() for p, d in progressed.items()} == {f"P{i}": later(126, i) for i in range(1, 8, 2)}
    assert not [f for f in read_cohort("c")[1] if f.severity == "error" or f.id == "unused-outcome"]
    assert not [q for q in proposal.questions if q.topic == "placed"]
    if form == next(iter(FORMS)):  # what was taken is proposed again as it is
        assert changes(earlier("c")[1], proposal)[0].text() == "adsl: no change."


@pytest.mark.slow
def test_the_course_of_visits_is_asked_where_there_are_two(tmp_path):
    proposal, cohort = taken(wide(tmp_path, "dates beside", first=(1,)))
    asked = next(q for q in proposal.questions if q.topic == "wide_visits")
    assert cohort is None and asked.proposed is None and "by date" in asked.choices
    _, cohort = taken(wide(tmp_path, "dates beside", first=(1,)), wide_visits="by date")
    assert set(cohort.table("adrs")["APHASE"].astype(str)) == {"RECHALLENGE"}


@pytest.mark.slow
def test_weeks_count_from_the_start_of_the_course_that_is_said(tmp_path):
    _, cohort = taken(wide(tmp_path, "weeks", first=(1,)), wide_visits="first course")
    rows = cohort.table("adrs")
    assert set(rows["APHASE"].astype(str)) == {"INITIAL"} and rows["ADT"].min().date() == later(-500 + 42)


def test_what_is_missing_of_visits_without_a_date_is_said(tmp_path):
    proposal = propose([wide(tmp_path, by_name("V1 response", "V2 response", "V3 response"))])
    asked = next(q for q in proposal.questions if q.topic == "wide_responses")
    assert not asked.blocking and "without a date" in asked.text() and "没有日期" in asked.text("zh")
    assert not {"BOR_RECHALLENGE", "BOR_INITIAL"} & set(proposal.plans[0].columns.values())


@pytest.mark.slow
def test_a_fault_of_a_visit_is_named_with_its_column_and_line(tmp_path):
    names, cells = FORMS["dates beside"]

    def faulty(i, k):
        return ["SD", None] if (i, k) == (2, 1) else cells(i, k)

    taken(wide(tmp_path, (names, faulty)))
    found = [f for f in read_cohort("c")[1] if "whose date is not known" in f.rule]
    assert [(f.file, f.row, f.column, f.severity) for f in found] == [("a.xlsx[Sheet]", 4, "V2_resp", "error")]


@pytest.mark.slow
def test_codes_of_responses_by_visit_are_asked(tmp_path):
    names = ("疗效6周", "疗效12周", "疗效18周")
    codes = {"SD": 3, "PR": 2, "PD": 4, "": ""}
    proposal, cohort = taken(wide(tmp_path, (names, lambda i, k: [codes[response(i, k)]])))
    assert cohort is None and [q.topic for q in proposal.open(blocking=True)] == ["codes"]
    meant = {"2": "PR", "3": "SD", "4": "PD"}
    cohort = taken(wide(tmp_path, (names, lambda i, k: [codes[response(i, k)]])), codes=meant)[1]
    assert (cohort.table("adrs")["AVALC"] == "PD").sum() == 4


@pytest.mark.slow
def test_visits_of_a_stored_file_and_of_a_sheet_beside_that_of_the_patients(tmp_path):
    rows = pd.read_excel(wide(tmp_path, "dates beside"))
    names = {"住院号": "ID", "再挑战开始日期": "rechallenge_start", "末次随访日期": "last_contact"}
    whole = rows.rename(columns=names).drop(columns="死亡日期")
    whole.to_stata(tmp_path / "a.dta", write_index=False)
    cohort = taken(tmp_path / "a.dta")[1]
    assert (cohort.table("adrs")["AVALC"] == "PD").sum() == 4
    with pd.ExcelWriter(tmp_path / "b.xlsx") as book:
        rows[ZH].to_excel(book, sheet_name="基线", index=False)
        rows[[ZH[0], *FORMS["dates beside"][0]]].to_excel(book, sheet_name="疗效", index=False)
    proposal, cohort = taken(tmp_path / "b.xlsx", sheets="join")
    assert cohort and (cohort.table("adrs")["AVALC"] == "PD").sum() == 4, [q.text() for q in proposal.questions]


def test_lines_of_therapy_are_no_visits(tmp_path):
    head = ["编号", "1线疗效", "2线疗效", "3线疗效", "再挑战OS(月)", "是否死亡"]
    rows = [[f"P{i}", "PR", "SD", "PD", 5 + i, i % 2] for i in range(8)]
    assert not propose([file(tmp_path, head, rows)]).plans[0].sheet.wide


AE = ["住院号", "不良反应", "CTCAE分级", "发生日期"]
ONSETS = {
    0: (-500, "INITIAL"),
    1: (-100, "INITIAL"),
    2: (0, "INITIAL"),
    3: (1, "RECHALLENGE"),
    4: (-501, ""),
    5: (None, ""),
}


@pytest.mark.slow
def test_adverse_events_of_both_courses_are_placed_by_their_dates(tmp_path):
    path = wide(tmp_path, ((), lambda i, k: []), first=(1,))
    made = load_workbook(path)
    sheet = made.create_sheet("不良反应")
    sheet.append(AE)
    for i, (day, _) in ONSETS.items():
        sheet.append([f"P{i}", f"皮疹{i}", 2, None if day is None else later(day, i)])
    made.save(path)
    proposal, cohort = taken(path, rows_course="by date")
    asked = next(q for q in proposal.questions if q.topic == "rows_course")
    assert "by date" in asked.choices and "次日" in asked.choice_text("by date", "zh")
    rows = cohort.table("adae")
    placed = dict(zip(rows["USUBJID"], rows["APHASE"].astype(str), strict=True))
    assert placed == {f"P{i}": course for i, (_, course) in ONSETS.items() if course}
    said = [f for f in read_cohort("c")[1] if f.id == "no-course-by-date"]
    assert sorted((f.file, f.row, f.severity) for f in said) == [
        ("a.xlsx[不良反应]", 6, "warning"),
        ("a.xlsx[不良反应]", 7, "warning"),
    ]
    assert list(derive_timeline(cohort).events["COURSE"]) == [c for _, c in ONSETS.values() if c]  # the same convention


OLD = Path(__file__).parents[1] / "data" / "old_excel"


@pytest.mark.slow
@pytest.mark.parametrize("since", [1900, 1904])
def test_old_excel_with_merged_cells_and_either_count_of_days(tmp_path, since):
    proposal, cohort = taken(OLD / f"since_{since}.xls")
    adsl, courses = cohort.table("adsl").set_index("USUBJID"), cohort.table("adex")
    ends = {f"H{i:03}": pd.Timestamp(later(300 + 7 * i, i)) for i in range(8)}
    assert adsl["LSTALVDT"].to_dict() == ends and courses["PDDT"].notna().sum() == 7
    assert adsl["DTHDT"].dropna().to_dict() == {p: d for p, d in ends.items() if int(p[1:]) % 2}
    assert adsl["SITEID"].value_counts().to_dict() == {"北院": 4, "南院": 4}
    assert any("A4:A7" in q.text() for q in proposal.questions if q.topic == "seen")


SCORES = ["0-1", "≥2", "0~1", "2", "1", "0-1", "0/1", "2-3"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "answer, levels, counts",
    [("groups", ["0-1", "2+"], [5, 3]), ("unknown", ["0", "1", "2", "3", "4"], [0, 1, 1, 0, 0])],
)
def test_a_score_in_groups_is_a_factor_of_groups_or_not_known(tmp_path, answer, levels, counts):
    rows = [[f"P{i}", 5.5 + i, i % 2, score] for i, score in enumerate(SCORES)]
    proposal, cohort = taken(file(tmp_path, ["编号", "再挑战OS(月)", "是否死亡", "ECOG"], rows), grouped=answer)
    asked = next(q for q in proposal.questions if q.topic == "grouped")
    assert asked.proposed == "groups" and "0-1, 2+" in asked.text() and "2-3: 1" in asked.text("zh")
    found = cohort.table("adsl")["ECOGGR1" if answer == "groups" else "ECOG"].astype("category")
    assert [int((found.astype(str) == level).sum()) for level in levels] == counts
    assert not [q for q in proposal.questions if q.topic == "codes"] and len(cohort.factors) == 1


@pytest.mark.parametrize("cell, scores", [("0-1", (0, 1)), ("≥2", (2, 3, 4)), ("2分及以上", (2, 3, 4)), ("<2", (0, 1)),
                                          ("0 or 1", (0, 1)), ("1", ()), ("2-1", ()), ("0-1-2", ())])  # fmt: skip
def test_the_scores_of_a_range(cell, scores):
    assert scores_of(cell, "01234") == scores
