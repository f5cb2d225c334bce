"""More kinds of files, each written by hand in the test: what is read, what is asked, what is never dropped unsaid."""

import datetime as dt

import pytest
from openpyxl import Workbook, load_workbook

from papercheck.files.project import data_folder
from rechallenge.cohort.cohort import read_cohort
from rechallenge.cohort.propose.propose import propose
from rechallenge.cohort.propose.words import legend_in
from rechallenge.cohort.propose.write import write_cohort
from rechallenge.cohort.read.cells import number_text
from rechallenge.cohort.read.dates import meanings
from rechallenge.cohort.read.textfile import read_text
from rechallenge.context import Run, running
from rechallenge.derive.partial_dates import partial_sensitivity
from tests.conftest import use_data

DAY = dt.date(2021, 3, 12)
DATED = ["编号", "再挑战开始日期", "再挑战进展日期", "死亡日期", "末次随访日期"]
SHORT = ["编号", "再挑战OS(月)", "是否死亡"]
DEATHS = 4


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    use_data(monkeypatch, tmp_path / "data")
    return tmp_path / "data"


def patients(written=str):
    """Eight patients, half of them dead; written : how a date is spelled."""
    rows = []
    for i in range(8):
        start = DAY + dt.timedelta(days=37 * i)
        end, last = start + dt.timedelta(days=60 + i), start + dt.timedelta(days=300 + 11 * i)
        rows.append([f"P{i}", written(start), written(end), written(last) if i % 2 else "", written(last)])
    return rows


def short(event=str):
    return [[f"P{i}", f"{5.5 + i:.1f}", event(i % 2)] for i in range(8)]


def file(tmp_path, head, rows, name="a.csv", mark=","):
    path = tmp_path / name
    path.write_text("".join(mark.join(map(str, row)) + "\n" for row in [head, *rows]), encoding="utf-8")
    return path


def book(tmp_path, lines, *merged):
    made = Workbook()
    for line in lines:
        made.active.append(line)
    for area in merged:
        made.active.merge_cells(area)
    made.save(tmp_path / "a.xlsx")
    return tmp_path / "a.xlsx"


def taken(path, **answers):
    """The cohort after every proposal is confirmed, answers by topic; None if a question stays open. Nobody had the
    event whose column is empty, if nothing else is said."""
    given, answers = {}, {"empty": "nobody"} | answers
    while True:
        proposal = propose([path] if not isinstance(path, list) else path, given)
        waiting = [q for q in proposal.open() if q.blocking]
        if not waiting:
            break
        question = waiting[0]
        answer = answers.get(question.id, answers.get(question.topic, question.proposed))
        if answer is None:
            return proposal, None
        given[question.id] = answer
    write_cohort("c", proposal, replace=(data_folder() / "c").exists())
    return proposal, read_cohort("c")[0]


def deaths(cohort):
    rows = cohort.table("adtte")
    return int((rows.loc[rows["PARAMCD"].astype(str) == "OS", "CNSR"] == 0).sum())


@pytest.mark.parametrize(
    "spell",
    [
        lambda d: f"{d.year % 100}.{d.month}.{d.day}",
        lambda d: f"{d.year} {d.month} {d.day}",
        lambda d: f"{d.year}。{d.month}。{d.day}",
        lambda d: f"{d.year}-{d.month}-{d.day}日",
    ],
    ids=["24.3.5", "2024 3 5", "full stops", "with 日"],
)
def test_dates_with_the_year_first_are_read(tmp_path, spell):
    _, cohort = taken(file(tmp_path, DATED, patients(spell)))
    assert cohort.table("adsl")["DTHDT"].notna().sum() == DEATHS
    assert cohort.table("adex")["ASTDT"].min().date() == DAY


def test_two_figures_of_a_year_first_are_open_where_another_order_is_possible():
    assert meanings("12.3.21")["year-first-20yy"] == dt.date(2012, 3, 21) != meanings("12.3.21")["day-first-20yy"]


@pytest.mark.parametrize(
    "spell",
    [lambda d: f"{d.month}月{d.day}日", lambda d: f"{d}(3)", lambda d: f"{d}-{d}"],
    ids=["no year", "remark", "span"],
)
def test_dates_of_an_outcome_that_cannot_be_read_are_never_left_out_unasked(tmp_path, spell):
    proposal, cohort = taken(file(tmp_path, DATED, patients(spell)))
    assert cohort is None and proposal.open(blocking=True)


@pytest.mark.parametrize("name", ["生存状态(0=存活,1=死亡)", "生存状态（0存活 1死亡）", "Status (0 = alive, 1 = dead)"])
def test_a_name_that_explains_its_codes_gives_their_labels(tmp_path, name):
    path = file(tmp_path, ["编号", "再挑战OS(月)", f'"{name}"'], short())
    proposal, cohort = taken(path)
    question = next(q for q in proposal.questions if q.topic == "event")
    assert question.proposed == {"0": "censored", "1": "event"} and all(v.label for v in question.values)
    assert deaths(cohort) == DEATHS


def test_what_a_legend_is():
    assert legend_in("性别（1男，2女）") == {"1": "男", "2": "女"}
    assert legend_in("PFS (月)") == legend_in("PD-L1 (22C3)") == legend_in("分期(TNM 8版)") == {}


def test_an_event_that_is_written_and_else_left_blank_is_asked(tmp_path):
    path = file(tmp_path, SHORT, short(lambda e: "Y" if e else ""))
    assert taken(path)[1] is None
    assert deaths(taken(path, event={"Y": "event", "": "censored"})[1]) == DEATHS


@pytest.mark.parametrize("name", ["再挑战PFS事件", "再挑战\nPFS\n事件", "无进展生存状态（再挑战）", "PFS-II event"])
def test_names_of_events(tmp_path, name):
    duration = "PFS-II (mo)" if name.isascii() else "再挑战PFS（月）"
    lines = [["编号", duration, name], *([row[0], float(row[1]), int(row[2])] for row in short())]
    proposal, _ = taken(book(tmp_path, lines))
    assert {"PFSR", "PFSR_EVENT"} <= set(proposal.plans[0].columns.values())


def test_a_column_of_censoring_keeps_its_code_in_a_table_of_times_and_is_confirmed(tmp_path):
    subjects = file(tmp_path, ["USUBJID", "AGE"], [[f"P{i}", 60 + i] for i in range(8)], "patients.csv")
    rows = [[f"P{i}", "OS", 5.5 + i, 1 - i % 2] for i in range(8)]
    times = file(tmp_path, ["USUBJID", "endpoint", "time (months)", "censored"], rows, "survival.csv")
    proposal, cohort = taken([subjects, times], course="neither")
    assert deaths(cohort) == DEATHS
    assert next(q for q in proposal.questions if q.id == "event.CNSR").proposed == {"0": "event", "1": "censored"}


@pytest.mark.parametrize("unit, other", [("MONTHS", "days"), ("DAYS", "months")])
def test_the_unit_of_the_times_of_adam_is_the_one_that_it_says(tmp_path, unit, other):
    folder = tmp_path / "study"
    folder.mkdir()
    file(folder, ["STUDYID", "USUBJID", "AGE"], [["S", f"P{i}", 60] for i in range(8)], "adsl.csv")
    rows = [["S", f"P{i}", "OS", 15 + i, unit, 1 - i % 2] for i in range(8)]
    file(folder, ["STUDYID", "USUBJID", "PARAMCD", "AVAL", "AVALU", "CNSR"], rows, "adtte.csv")
    proposal, cohort = taken(folder, course="rechallenge")
    assert proposal.facts["time_unit"][0] == unit.lower() != other and deaths(cohort) == DEATHS


def test_grouped_thousands_are_no_decimals(tmp_path):
    rows = [[f"P{i}", '"1,384"' if i % 2 else "977", i % 2] for i in range(8)]
    _, cohort = taken(file(tmp_path, ["ID", "OS from rechallenge (days)", "OS event"], rows))
    assert cohort.table("adtte")["AVAL"].max() == 1384
    rows = [[f"P{i}", f'"1,3{i}4"', i % 2] for i in range(8)]
    assert taken(file(tmp_path, ["ID", "OS from rechallenge (days)", "OS event"], rows, "b.csv"))[1] is None


def test_years_and_months_are_months():
    assert [number_text(w, "months") for w in ("1年2个月", "2年", "1y 3m", "8.5 mo")] == ["14", "24", "15", "8.5"]


def test_names_on_three_lines(tmp_path):
    head = [["编号", "性别", "再挑战", None, None, "随访", None], [None, None, "用药", None, "评估", None, None]]
    head.append([None, None, "开始日期", "药物", "进展日期", "末次随访日期", "结局"])
    body = [[p[0], "男", p[1], "信迪利单抗", p[2], p[4], "死亡" if p[3] else "存活"] for p in patients()]
    path = book(tmp_path, [*head, *body], "A1:A3", "B1:B3", "C1:E1", "F1:G1", "C2:D2")
    proposal, cohort = taken(path, split="split")
    assert proposal.plans[0].sheet.header == (1, 2, 3) and len(cohort.table("adsl")) == 8
    assert cohort.table("adsl")["DTHDT"].notna().sum() == DEATHS and "PDDT" in cohort.table("adex")


def test_a_table_that_does_not_begin_in_the_first_column(tmp_path):
    lines = [
        [],
        [],
        [None, *SHORT, None, "备注"],
        *([None, *row, None, "x" if i == 2 else None] for i, row in enumerate(short())),
    ]
    assert deaths(taken(book(tmp_path, lines))[1]) == DEATHS


@pytest.mark.slow
def test_the_names_of_rows_stand_for_an_identifier_that_is_lacking(tmp_path):
    rows = [[i + 1, 300 + i, i % 2 + 1, 60 + i] for i in range(8)]
    path = file(tmp_path, ['""', "time", "status", "age"], rows, "lung.csv")
    _, cohort = taken(path, course="neither", which="OS", unit="days", event={"1": "censored", "2": "event"})
    assert deaths(cohort) == DEATHS


def test_text_between_blanks(tmp_path):
    path = tmp_path / "a.txt"
    lines = [f'"{i}" "P{i}" {5.5 + i} {i % 2}' for i in range(8)]
    path.write_text('"patient" "os_rechallenge_months" "os_event"\n' + "\n".join(lines) + "\n")
    assert deaths(taken(path)[1]) == DEATHS


def test_tables_under_the_name_of_another_format(tmp_path):
    text = file(tmp_path, SHORT, short(), "a.xls", "\t")
    assert deaths(taken(text)[1]) == DEATHS
    page = tmp_path / "b.xls"
    cells = ["".join(f"<td>{c}</td>" for c in row) for row in [SHORT, *short()]]
    page.write_text(
        f"<html><meta charset='utf-8'><table>{''.join(f'<tr>{c}</tr>' for c in cells)}</table></html>", "utf-8"
    )
    assert propose([page]).plans[0].columns["是否死亡"] == "OS_EVENT"


def test_a_last_cell_that_may_be_cut_off_is_told(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,os\n" + "".join(f"P{i},{11.85 + i}\n" for i in range(8))[:-4], encoding="utf-8")
    assert [f.row for f in read_text(path)[1]] == [9]
    path.write_text("id,os\n" + "".join(f"P{i},{11.85 + i}\n" for i in range(8)).rstrip(), encoding="utf-8")
    assert read_text(path)[1] == []


def test_another_score_of_pdl1_is_not_the_share_of_tumour_cells(tmp_path):
    rows = [[*row, 5 * i] for i, row in enumerate(short())]
    plan = taken(file(tmp_path, [*SHORT, "PD-L1 (CPS)"], rows))[0].plans[0]
    assert "PD-L1 (CPS)" in plan.left


def test_what_cannot_start_a_course_is_not_asked(tmp_path):
    rows = [[*row, f"1380000{i:04d}", f"1960-01-0{i + 1}"] for i, row in enumerate(short())]
    proposal, _ = taken(file(tmp_path, [*SHORT, "联系电话", "出生日期"], rows))
    assert not [q for q in proposal.questions if q.topic in ("placed", "course")]


def test_known_words_beside_unknown_ones_are_not_asked(tmp_path):
    words = ["部分缓解(PR)", "uPR", "SD→PD", "PR?"]
    rows = [[f"P{i}", words[i % 4]] for i in range(8)]
    proposal = propose([file(tmp_path, ["编号", "再挑战最佳疗效"], rows)])
    assert [v.word for q in proposal.questions if q.topic == "codes" for v in q.values] == words[1:]


def two_sheets(tmp_path, extra=()):
    made = Workbook()
    base, later = made.active, made.create_sheet("随访")
    base.title = "基线"
    for line in [
        ["住院号", "性别", "年龄", "再挑战开始日期"],
        *([p[0], "男", 60 + i, p[1]] for i, p in enumerate(patients())),
    ]:
        base.append(line)
    body = [[p[0], p[2], p[3] or None, p[4], "女" if i == 5 else "男"] for i, p in enumerate(patients())]
    for line in [["住院号", "再挑战进展日期", "死亡日期", "末次随访日期", "性别"], *reversed(body), *extra]:
        later.append(line)
    made.save(tmp_path / "a.xlsx")
    return tmp_path / "a.xlsx"


@pytest.mark.slow
def test_baseline_and_follow_up_on_two_sheets_are_put_together_if_confirmed(tmp_path, data):
    proposal, cohort = taken(two_sheets(tmp_path), sheets="join")
    question = next(q for q in proposal.questions if q.id == "table.adsl")
    assert question.blocking and set(question.choices) == {"join", "基线", "随访"} and "8" in question.text("zh")
    assert cohort.table("adsl")["DTHDT"].notna().sum() == DEATHS and cohort.table("adex")["PDDT"].notna().sum() == 8
    assert any("性别 (1)" in s.what for s in proposal.plans[0].sheet.beyond)
    assert "不一致" in next(q for q in proposal.questions if q.topic == "seen").text("zh")


@pytest.mark.slow
def test_a_finding_on_a_joined_sheet_names_that_sheet_and_its_line(tmp_path):
    path = two_sheets(tmp_path, [["P99", "2022-01-01", None, "2022-02-01", "男"]])
    proposal, cohort = taken(path, sheets="join")
    found = {(f.file, f.row) for f in read_cohort("c")[1] if f.severity == "error"}
    assert cohort is None and ("a.xlsx[随访]", 10) in found
    early = two_sheets(tmp_path)
    changed = load_workbook(early)
    changed["随访"]["B4"] = "2019-01-01"
    changed.save(early)
    taken(early, sheets="join")
    assert ("a.xlsx[随访]", 4) in {(f.file, f.row) for f in read_cohort("c")[1]}


def test_versions_of_one_table_are_not_put_together(tmp_path):
    made = Workbook()
    for sheet, rows in ((made.active, short()[:6]), (made.create_sheet("new"), short())):
        for line in [SHORT, *rows]:
            sheet.append(line)
    made.save(tmp_path / "a.xlsx")
    question = next(q for q in propose([tmp_path / "a.xlsx"]).questions if q.id == "table.adsl")
    assert "join" not in question.choices and question.proposed is None


def test_a_later_event_of_redcap_is_read_with_the_first(tmp_path):
    rows = []
    for i in range(8):
        rows.append([i + 1, "baseline_arm_1", "MF"[i % 2], 60 + i, 2, "", "", ""])
        rows.append([i + 1, "followup_arm_1", "", "", "", 5.5 + i, i % 2, 2])
    head = ["record_id", "redcap_event_name", "sex", "age", "base_complete", "os_months", "death", "fu_complete"]
    _, cohort = taken(file(tmp_path, head, rows), course="rechallenge")
    assert deaths(cohort) == DEATHS and len(cohort.table("adsl")) == 8


@pytest.mark.slow
def test_a_rule_for_partial_dates_is_told_with_its_counts_and_with_the_medians_of_the_others(tmp_path):
    rows = [[*p[:3], p[3][:7] if i == 1 else p[3][:4] if i == 3 else p[3], p[4]] for i, p in enumerate(patients())]
    for row in rows:
        row[4] = "" if row[3] else row[4]
    _, cohort = taken(file(tmp_path, DATED, rows), partial="mid")
    (note,) = partial_sensitivity(cohort)
    assert note.severity == "note" and note.column == "DTHDT" and "1 of a month, 1 of a year" in note.rule
    assert all(f"{rule} " in note.action for rule in ("first", "mid", "last")) and "verall survival" in note.action
    with running(Run(language="zh")):
        assert "1 个只有年月、1 个只有年份" in partial_sensitivity(cohort)[0].rule


def test_a_reason_in_a_question_is_in_its_language(tmp_path):
    proposal = propose([file(tmp_path, DATED, patients(lambda d: f"{d}(3)"))])
    waiting = [q for q in proposal.open() if q.topic == "placed"]
    assert waiting and all("名称像" in q.text("zh") and "called like" in q.text("en") for q in waiting)
    assert not any("called" in q.text("zh") or "Write" in q.text("zh") for q in waiting)
