"""Forms of files that hospitals and registries write: each
gives the right value, or a question with the right proposal.
"""

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font

from rechallenge.cohort.cohort import read_cohort
from rechallenge.cohort.privacy.terms import coded
from rechallenge.cohort.propose.again import changes, earlier
from rechallenge.cohort.propose.propose import propose
from rechallenge.cohort.propose.words import is_legend, legend_in, unit_in, without_legend
from rechallenge.cohort.read.below import name_of
from rechallenge.cohort.read.join import by_number
from tests.unit.test_door_kinds import DATED, DAY, DEATHS, SHORT, book, data, deaths, file, patients, short, taken

__all__ = ["data"]  # the folder of these cohorts, for every test
REDCAP = (
    "Record ID,Repeat Instrument,Repeat Instance,Sex,ICI rechallenge start,Progression on rechallenge,Date of death,"
    "Last follow-up,Complete?,AE term,Grade,Complete?"
)


@pytest.mark.parametrize(
    "text, codes, name",
    [("1生0死", {}, ""), ("(1生0死)", {"1": "生", "0": "死"}, ""), ("status (dead=1, alive=0)", {"1": "dead", "0": "alive"}, "status"),
     ("OS status (1=alive)", {"1": "alive"}, "OS status"), ("PD-L1 (1-49%)", {}, "PD-L1 (1-49%)"), ("line 1 or 2", {}, "line 1 or 2")],
)  # fmt: skip
def test_how_codes_are_explained(text, codes, name):
    assert legend_in(text) == codes and without_legend(text) == name and is_legend(text) == (text == "1生0死")


@pytest.mark.slow
def test_codes_that_the_line_of_units_explains_are_proposed(tmp_path):
    head = ["病案号", "性别", "年龄", "再挑战OS(月)", "生存状态"]
    units = [None, None, "岁", "月", "1生0死"]
    rows = [[f"P{i}", "男", 60 + i, 5.5 + i, (i + 1) % 2] for i in range(8)]
    proposal, cohort = taken(book(tmp_path, [head, units, *rows, ["合计", "8例"], [None, "8例"]]))
    assert deaths(cohort) == DEATHS and len(cohort.table("adsl")) == 8 and not proposal.open(blocking=True)


def test_of_two_codes_the_one_that_the_name_explains_settles_the_other(tmp_path):
    rows = [[f"P{i}", 5 + i, (i + 1) % 2] for i in range(8)]
    assert deaths(taken(file(tmp_path, ["id", "rechallenge OS months", "OS status (1=alive)"], rows))[1]) == DEATHS


def test_a_line_of_totals_whose_word_stands_beside_the_identifier_is_no_patient(tmp_path):
    lines = [["序号", "病案号", "再挑战OS(月)", "是否死亡"], *([i, *row] for i, row in enumerate(short(), start=1))]
    proposal = propose([book(tmp_path, [*lines, ["合计", "8例"], [], ["统计", "男", "女"], ["人数", 5, 3]])])
    assert len(proposal.plans[0].sheet.frame) == 8 and not [q for q in proposal.questions if q.topic == "lines"]


@pytest.mark.slow
def test_labels_that_stand_on_several_forms_of_redcap_are_no_fault(tmp_path):
    rows = [[p[0], "", "", "Male", *p[1:], "Complete", "", "", ""] for p in patients()]
    rows += [["P1", "Adverse events", 1, *[""] * 6, "Rash", 2, "Complete"]]
    _, cohort = taken(file(tmp_path, REDCAP.split(","), rows))
    assert len(cohort.table("adsl")) == 8 and cohort.table("adae")["AEDECOD"].tolist() == ["Rash"]


def test_a_number_that_means_not_known_is_proposed_so_beside_known_codes(tmp_path):
    rows = [[*row, 9 if i == 3 else i % 3] for i, row in enumerate(short())]
    proposal = propose([file(tmp_path, ["编号", "再挑战OS(月)", "是否死亡", "ECOG"], rows)])
    assert next(q for q in proposal.questions if q.topic == "codes").proposed == {"9": "unknown"}


@pytest.mark.parametrize(
    "name, unit", [("PFS (m)", "months"), ("OS(d)", "days"), ("OS (months)", "months"), ("OS", "")]
)
def test_the_unit_that_a_name_says(name, unit):
    assert unit_in(name) == unit


@pytest.mark.slow
def test_a_duration_in_its_own_unit_is_shown_as_it_was_written(tmp_path):
    head = ["id", "PFS on rechallenge (months)", "PFS event", "rechallenge OS (days)", "death"]
    rows = [[f"P{i}", 5 + i, 1, 30 if i == 2 else 400 + i, 1] for i in range(8)]
    taken(file(tmp_path, head, rows), course="rechallenge")
    found = [f for f in read_cohort("c")[1] if f.subject == "P2" and f.severity == "error"]
    assert [(f.column, f.value) for f in found] == [("PFSR", "7")] and "OS 0.98" in found[0].against


COURSES = ["住院号", "性别", "治疗阶段", "PFS（月）", "PFS事件", "最佳疗效", "OS（月）", "死亡"]


def of_courses(first="首次", again="再挑战", sex=lambda i, k: "男"):
    """Eight patients of two rows; those of the first course progressed all, of the others every second one died."""
    lines = []
    for i in range(8):
        lines.append([f"P{i}", sex(i, 0), first, 9.5 + i, 1, "PR", 30 + i, i % 2])
        lines.append([f"P{i}", sex(i, 1), again, 3.5 + i, int(i > 1), "SD", 8.5 + i, i % 2])
    return lines


def events(cohort):
    rows = cohort.table("adtte")
    return {c: int((part["CNSR"] == 0).sum()) for c, part in rows.groupby(rows["PARAMCD"].astype(str))}


@pytest.mark.slow
def test_rows_of_courses_are_put_side_by_side(tmp_path):
    proposal, cohort = taken(file(tmp_path, COURSES, of_courses()))
    assert events(cohort) == {"PFS1": 8, "PFSR": 6, "OS": 4} and len(cohort.table("adsl")) == 8
    assert cohort.table("adrs").groupby("APHASE", observed=True)["AVALC"].first().to_dict() == {
        "INITIAL": "PR",
        "RECHALLENGE": "SD",
    }
    assert not [q for q in proposal.questions if q.topic in ("courses", "course")]
    assert changes(earlier("c")[1], proposal)[0].text() == "adsl: no change."


@pytest.mark.slow
def test_numbers_of_lines_are_asked_for_the_course(tmp_path):
    head = [*COURSES[:2], "治疗线数", *COURSES[3:]]
    asked, cohort = taken(file(tmp_path, head, of_courses(1, 3)))
    question = next(q for q in asked.questions if q.topic == "courses")
    assert cohort is None and question.proposed is None and question.blocking and "1: 8; 3: 8" in question.text("zh")
    answer = {"1": "first course", "3": "rechallenge"}
    assert events(taken(file(tmp_path, head, of_courses(1, 3)), courses=answer)[1])["PFSR"] == 6


@pytest.mark.slow
def test_what_differs_among_the_rows_of_a_patient_is_named_with_its_line(tmp_path):
    path = file(tmp_path, COURSES, of_courses(sex=lambda i, k: "女" if (i, k) == (3, 1) else "男"))
    assert taken(path)[1] is None
    found = [(f.row, f.column, f.value) for f in read_cohort("c")[1] if "differs among" in f.rule]
    assert found == [(9, "性别", "女")]


@pytest.mark.slow
def test_a_finding_on_the_second_row_of_a_patient_names_that_row(tmp_path):
    lines = of_courses()
    lines[5][3] = -2
    taken(file(tmp_path, COURSES, lines))
    assert [(f.row, f.value) for f in read_cohort("c")[1] if f.id == "duration-below-zero"] == [(7, "-2")]


@pytest.mark.slow
def test_best_responses_on_a_sheet_of_courses_are_read(tmp_path):
    made = Workbook()
    made.active.title = "Patients"
    courses = made.create_sheet("Courses")
    made.active.append(["Patient ID", "Sex", "Date of death", "Last follow-up"])
    courses.append(["Patient ID", "Course", "Start date", "Progression date", "Best response"])
    for p in patients():
        made.active.append([p[0], "M", p[3], p[4]])
        courses.append([p[0], 1, dt.date(2019, 3, 1), dt.date(2019, 9, 1), "PR"])
        courses.append([p[0], 2, *p[1:3], "SD"])
    made.save(tmp_path / "a.xlsx")
    proposal, cohort = taken(tmp_path / "a.xlsx")
    assert cohort.table("adrs")["AVALC"].astype(str).tolist() == ["PR", "SD"] * 8
    assert {p.table for p in proposal.plans} == {"adsl", "adex", "adrs"}


def centres(tmp_path, number, order=1):
    """Eight patients on two sheets, the second with its columns in another order and one under another name."""
    made, head = Workbook(), ["编号", "再挑战开始日期", "再挑战进展日期", "死亡日期", "末次随访日期"]
    made.active.title = "北京"
    made.create_sheet("上海")
    for k, sheet in enumerate(made.worksheets):
        sheet.append(["名单"])
        sheet.append(head if k == 0 else ["编号", "末次随访", *head[3:0:-1]])
        for i, p in enumerate(patients()[4 * k : 4 * k + 4]):
            row = [number(i, k), *p[1:]]
            sheet.append(row if k == 0 else [row[0], *row[:0:-1]])
    made.save(tmp_path / "a.xlsx")
    return tmp_path / "a.xlsx"


@pytest.mark.slow
@pytest.mark.parametrize(
    "anew", [pytest.param(False, marks=pytest.mark.thorough), True], ids=["other patients", "numbered anew"]
)
def test_sheets_of_centres_are_read_one_below_the_other_if_confirmed(tmp_path, anew):
    path = centres(tmp_path, lambda i, k: i + 1 if anew else f"{'AB'[k]}{i}")
    proposal, cohort = taken(path)
    asked = next(q for q in proposal.questions if q.id == "table.adsl")
    assert (asked.proposed, asked.topic, asked.blocking) == ("stack", "stack anew" if anew else "stack", True)
    assert "8 名患者" in asked.text("zh") and len(cohort.table("adsl")) == 8
    assert cohort.table("adsl")["DTHDT"].notna().sum() == DEATHS
    assert cohort.table("adex")["ASTDT"].is_monotonic_increasing
    assert set(cohort.table("adsl")["USUBJID"]) >= ({"北京 1", "上海 4"} if anew else {"A0", "B3"})
    assert changes(earlier("c")[1], proposal)[0].text() == "adsl: no change."
    assert len(taken(path, table="上海", stack="上海", **{"stack anew": "上海"})[1].table("adsl")) == 4


@pytest.mark.slow
def test_a_finding_on_a_further_sheet_names_that_sheet_and_its_line(tmp_path):
    path = centres(tmp_path, lambda i, k: f"{'AB'[k]}{'x' if (i, k) == (2, 1) else i}")
    made = load_workbook(path)
    made["上海"]["B5"] = "2001-01-01"
    made.save(path)
    taken(path)
    assert {(f.file, f.row) for f in read_cohort("c")[1] if f.subject == "Bx"} == {("a.xlsx[上海]", 5)}


def test_a_packed_file_is_called_alike_when_it_is_proposed_and_when_it_is_read():
    assert name_of("上海.csv.gz", "") == name_of(Path("data/上海.csv.gz"), "") == "上海"


def test_sheets_that_share_patients_are_not_read_as_one(tmp_path):
    path = centres(tmp_path, lambda i, k: f"A{i + k}")
    assert "stack" not in next(q for q in propose([path]).questions if q.id == "table.adsl").choices


def asked_of(proposal, topic):
    return next(q for q in proposal.questions if q.topic == topic)


@pytest.mark.slow
def test_a_file_without_identifiers_is_read_row_by_row_if_confirmed(tmp_path):
    rows = [[300 + i, 1 + i % 2, 60 + i % 3, 1.5 + i % 4] for i in range(8)]
    path = file(tmp_path, ["rechallenge OS days", "death", "age", "crp"], rows)
    proposal, cohort = taken(path, event={"1": "censored", "2": "event"})
    question = asked_of(proposal, "nameless")
    assert (question.choices[-1], question.blocking) == ("(row)", True) and "行号" in question.choice_text(
        "(row)", "zh"
    )
    chosen = taken(path, nameless="(row)", event={"1": "censored", "2": "event"})[1]
    assert chosen.table("adsl")["USUBJID"].tolist() == [str(i) for i in range(2, 10)] and deaths(chosen) == DEATHS


def test_a_column_that_differs_in_each_row_is_offered_as_identifier(tmp_path):
    path = file(tmp_path, ["Fall", "rechallenge OS (months)", "death"], short())
    question = asked_of(propose([path]), "nameless")
    assert (question.choices, question.proposed) == (("Fall", "(row)"), "Fall")
    assert taken(path)[1].table("adsl")["USUBJID"].tolist() == [f"P{i}" for i in range(8)]


@pytest.mark.slow
def test_lines_without_an_identifier_are_rows_of_the_patient_above_if_confirmed(tmp_path):
    lines = [COURSES, *([None, None, *row[2:]] if k % 2 else row for k, row in enumerate(of_courses()))]
    proposal, cohort = taken(book(tmp_path, lines))
    assert asked_of(proposal, "below").proposed == "same patient" and "8 行" in asked_of(proposal, "below").text("zh")
    assert events(cohort) == {"PFS1": 8, "PFSR": 6, "OS": 4} and len(cohort.table("adsl")) == 8


def test_a_line_that_repeats_another_is_left_out_if_confirmed(tmp_path):
    rows = [*patients(), patients()[3]]
    proposal, cohort = taken(file(tmp_path, DATED, rows))
    assert "10 (P3" in asked_of(proposal, "lines").text() and len(cohort.table("adsl")) == 8
    assert taken(file(tmp_path, DATED, [*rows[:8], ["P3", *rows[4][1:]]]))[1] is None


@pytest.mark.parametrize("look", ["hidden", "struck"])
def test_the_last_line_is_left_out_as_answered(tmp_path, look):
    path = book(tmp_path, [DATED, *patients()])
    made = load_workbook(path)
    if look == "hidden":
        made.active.row_dimensions[9].hidden = True
    for cell in made.active[9] if look == "struck" else ():
        cell.font = Font(strike=True)
    made.save(path)
    assert len(taken(path, **{look: "leave out"})[1].table("adsl")) == 7


def test_a_formula_in_a_line_of_its_own_is_no_fault(tmp_path):
    lines = [SHORT, *short(), [None, "=AVERAGE(B2:B9)"], ["Mean", None, 3]]
    assert len(taken(book(tmp_path, lines))[1].table("adsl")) == 8


def test_the_column_of_the_event_is_named_at_its_duration(tmp_path):
    path = file(
        tmp_path,
        ["id", "rechallenge OS (months)", "Zdarzenie", "ward"],
        [[*r, "AB"[i % 2]] for i, r in enumerate(short())],
    )
    question = asked_of(propose([path]), "placed")
    assert question.choices == ("by Zdarzenie", "by ward", "everybody", "leave out")
    assert question.choice_text("by Zdarzenie", "zh") == "`Zdarzenie` (0: 4; 1: 4)" and "哪一列" in question.text("zh")
    assert deaths(taken(path, placed="by Zdarzenie")[1]) == DEATHS


def test_a_flag_of_death_beside_a_duration_is_its_event(tmp_path):
    rows = [[*row[:2], "Y" if row[2] == "1" else ""] for row in short()]
    proposal, cohort = taken(
        file(tmp_path, ["id", "rechallenge OS months", "DTHFL"], rows), event={"Y": "event", "": "censored"}
    )
    assert proposal.plans[0].columns["DTHFL"] == "OS_EVENT" and deaths(cohort) == DEATHS


def test_a_flag_of_death_without_any_date_or_duration_is_read_for_nothing(tmp_path):
    head = ["id", "rechallenge PFS months", "PFS event", "OS from first ICI (months)", "death"]
    proposal, cohort = taken(file(tmp_path, head, [[f"P{i}", 3 + i, 1, 40 + i, i % 2] for i in range(8)]))
    assert set(proposal.plans[0].columns.values()) == {"USUBJID", "PFSR", "PFSR_EVENT"} and cohort is not None
    open_ = {q.column: q.choices for q in proposal.open()}
    assert open_["OS from first ICI (months)"] == ("leave out",)  # it is not survival from rechallenge


def test_a_file_that_speaks_of_the_first_course_alone_is_asked_for_it(tmp_path):
    head = ["id", "PFS first ICI months", "PFS first ICI event", "OS from first ICI (months)", "death"]
    proposal, cohort = taken(file(tmp_path, head, [[f"P{i}", 3 + i, 1, 40 + i, i % 2] for i in range(8)]))
    assert asked_of(proposal, "course alone").proposed == "first course" and events(cohort) == {"PFS1": 8, "OS": 4}


def test_identifiers_that_name_a_centre_are_no_columns(tmp_path):
    rows = [[f"Center1-{i}", *row[1:]] for i, row in enumerate(short())]
    assert taken(file(tmp_path, ["id", "rechallenge OS (months)", "death"], rows))[1] is not None


@pytest.mark.slow
def test_a_finding_on_a_cell_of_the_patient_names_the_line_of_that_cell(tmp_path):
    head = [*COURSES, "末次随访"]
    rows = [
        [*row, "" if i % 2 == 0 else "2030-01-01" if i == 5 else "2023-01-01"] for i, row in enumerate(of_courses())
    ]
    taken(file(tmp_path, head, rows))
    found = {(f.file, f.row, f.subject) for f in read_cohort("c")[1] if f.value == "2030-01-01"}
    assert found == {("a.csv", 7, "P2")}


def courses_on_lines(name="Fall"):
    """Eight patients on two lines each, first course and rechallenge; the first line alone says who died."""
    lines = [[name, "Course", "Start", "PD date", "Vital status", "Last seen"]]
    for i in range(8):
        begun = DAY + dt.timedelta(days=37 * i)
        first, again, last = (begun + dt.timedelta(days=days) for days in (120, 200 + i, 500 + 11 * i))
        lines.append([f"K{i}", "1st", str(begun), str(first), "dead" if i % 2 else "alive", str(last)])
        lines.append([f"K{i}", "2nd", str(again), str(again + dt.timedelta(days=60)), None, None])
    return lines


@pytest.mark.slow
def test_a_column_that_names_patients_on_lines_that_follow_each_other_is_offered_as_identifier(tmp_path):
    path = book(tmp_path, courses_on_lines())
    question = asked_of(propose([path]), "nameless")
    assert (question.choices, question.proposed) == (("Fall", "(row)"), None)
    cohort = taken(path, nameless="Fall", split="split", event=["dead"])[1]
    assert len(cohort.table("adsl")) == 8 and cohort.table("adex")["APHASE"].value_counts()[
        ["INITIAL", "RECHALLENGE"]
    ].tolist() == [8, 8]
    assert cohort.table("adsl")["DTHDT"].notna().sum() == DEATHS


@pytest.mark.slow
def test_a_single_line_without_identifier_may_be_of_the_patient_above_where_others_have_several(tmp_path):
    lines = courses_on_lines("Patient ID")
    lines[6][0] = None
    path = book(tmp_path, lines)
    assert asked_of(propose([path]), "below").words["n"] == 1
    cohort = taken(path, below="same patient", split="split", event=["dead"])[1]
    assert cohort.table("adex")["APHASE"].value_counts()[["INITIAL", "RECHALLENGE"]].tolist() == [8, 8]


def three_sheets(path, spell, more=()):
    """Patients, courses side by side and the end of follow-up on a sheet each; spell : how each writes identifiers."""
    made = Workbook()
    made.active.title = "Demographics"
    others = [made.create_sheet("Treatment"), made.create_sheet("Outcome")]
    made.active.append(["Study ID", "Gender"])
    others[0].append(["Study ID", "1L ICI start", "1L ICI PD", "Rechallenge start", "Rechallenge PD"])
    others[1].append(["Study ID", "Date of death", "Date last FU"])
    for i in range(8):
        begun = DAY + dt.timedelta(days=37 * i)
        end, again, pd, last = (begun + dt.timedelta(days=days) for days in (90, 150, 200 + i, 300 + 11 * i))
        names = [how(i + 1) for how in spell]
        made.active.append([names[0], "Male"])
        others[0].append([names[1], begun, end, again, pd])
        others[1].append([names[2], last if i % 2 else None, None if i % 2 else last])
    made.save(path)
    return path


@pytest.mark.slow
@pytest.mark.parametrize(
    "spell",
    [("P{:03d}", "{}", "p-{}"), ("{:02d}", "Pt {}", "PT{:02d}"), pytest.param(("P{}", "P{}", "P{}"), marks=pytest.mark.thorough)],
    ids=["P001", "Pt 1", "alike"],
)  # fmt: skip
def test_sheets_that_write_identifiers_in_other_ways_are_put_together_if_confirmed(tmp_path, spell):
    path = three_sheets(tmp_path / "a.xlsx", [word.format for word in spell])
    question = next(q for q in propose([path]).questions if q.id == "table.adsl")
    assert question.choices[0] == "join" and "8" in str(question.words)
    proposal, cohort = taken(path, **{"table.adsl": "join"})
    assert len(cohort.table("adsl")) == 8 and deaths_by_date(cohort) == DEATHS
    assert cohort.table("adex")["PDDT"].notna().sum() == 16
    said = [
        seen
        for plan in proposal.plans
        for part in (plan.sheet, *(p.sheet for p in plan.sheet.parts))
        for seen in part.beyond
    ]
    assert ("numbers" in {seen.kind for seen in said}) == (spell[0] != spell[1])


def deaths_by_date(cohort):
    return int(cohort.table("adsl")["DTHDT"].notna().sum())


@pytest.mark.parametrize(
    "one, other",
    [(["A1", "A2"], ["B1", "B2"]), (["A1", "B2"], ["1", "2"]), (["P01", "P1"], ["1", "2"]), (["P1", "P2"], ["8", "9"]), (["P1", "P2"], ["1", "P2"])],
)  # fmt: skip
def test_identifiers_are_not_told_by_numbers_where_other_patients_are_possible(one, other):
    assert by_number(pd.Series(one), pd.Series(other)) is None


@pytest.mark.parametrize(
    "name, called",
    [("Max grade irAE", "Immune-related adverse event"), ("Worst AE grade", "Adverse event"), ("最高不良反应分级", "不良事件"),
     ("Highest toxicity grade (rechallenge)", "Adverse event"), ("免疫相关不良反应最高级别", "免疫相关不良事件"), ("Max rash grade", "Rash")],
)  # fmt: skip
def test_a_column_of_the_worst_grade_is_called_after_what_it_sums_up(tmp_path, name, called):
    rows = [[f"P{i}", 5 + i, i % 2, i % 4] for i in range(8)]
    sheet = propose([file(tmp_path, ["patient id", "rechallenge OS months", "death", name], rows)]).plans[0].sheet
    assert [e["called"] for e in sheet.adverse] == [called] and (coded(pd.Series([called])) == called).all()
