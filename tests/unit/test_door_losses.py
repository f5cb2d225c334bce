"""Files in which an outcome would be lost, or counted of another patient or course, if nothing were asked or read."""

import datetime as dt

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font

from rechallenge.cohort.cohort import read_cohort
from rechallenge.cohort.propose.propose import propose
from rechallenge.cohort.propose.words import without_typos
from rechallenge.cohort.read.cells import number_text
from rechallenge.cohort.read.dates import meanings
from tests.unit.test_door_kinds import DATED, DEATHS, SHORT, book, data, deaths, file, patients, short, taken

__all__ = ["data"]  # the folder of these cohorts, for every test
POLISH = ["Patient", "Początek rechallenge", "Postęp", "Zgon dnia", "Ostatnia wizyta"]


def question(proposal, topic):
    return next(q for q in proposal.questions if q.topic == topic)


def sheets(tmp_path, head, rows, first=()):
    """A workbook of baseline with starts of rechallenge, and a second sheet without a column of the course."""
    made = Workbook()
    made.active.title = "基线"
    early = dt.date(2019, 1, 5)
    names = ["住院号", "性别", "再挑战开始日期", "死亡日期", "末次随访日期", *(["首次免疫开始日期"] if first else [])]
    for line in [names, *([p[0], "男", p[1], p[3], p[4], *([early] if first else [])] for p in patients())]:
        made.active.append(line)
    other = made.create_sheet("其他")
    for line in [head, *rows]:
        other.append(line)
    made.save(tmp_path / "a.xlsx")
    return tmp_path / "a.xlsx"


@pytest.mark.parametrize("course", ["rechallenge", "first course"])
def test_the_status_of_progression_is_never_that_of_death(tmp_path, course):
    head = ["PATIENT_ID", "OS_MONTHS", "OS_STATUS", "PFS_MONTHS", "PFS_STATUS"]
    rows = [[f"P{i}", 9 + i, i % 2, 3 + i, 1] for i in range(8)]
    path = tmp_path / "c.txt"
    lines = ["#Patient\tOS months\tOS\tPFS months\tPFSs", *("\t".join(map(str, r)) for r in [head, *rows])]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    proposal, cohort = taken(path, course=course)
    assert proposal.plans[0].columns["OS_STATUS"] == "OS_EVENT" and deaths(cohort) == DEATHS
    assert proposal.plans[0].columns["PFS_STATUS"] == ("PFSR_EVENT" if course == "rechallenge" else "PFS1_EVENT")


def test_times_and_events_spelled_out_find_their_endpoint(tmp_path):
    head = [
        "id",
        "Progression free survival time",
        "Progression free survival event",
        "Survival time",
        "Survival event",
    ]
    plan = propose([file(tmp_path, head, [[i, 3 + i, 1, 9 + i, i % 2] for i in range(8)])]).plans[0]
    assert list(plan.columns.values()) == ["USUBJID", "PFSR", "PFSR_EVENT", "OS", "OS_EVENT"]


def test_samples_are_no_patients(tmp_path):
    rows = [[f"P{min(i, 6)}", f"P{i}-S1", 5 + i, i % 2] for i in range(8)]
    path = file(tmp_path, ["PATIENT_ID", "SAMPLE_ID", "OS_MONTHS", "OS_STATUS"], rows)
    proposal, cohort = taken(path, course="neither")
    assert proposal.plans[0].written("USUBJID") == "PATIENT_ID" and cohort is None


def test_of_a_number_of_the_row_and_an_identifier_that_repeats_a_person_says_which_is_the_patient(tmp_path):
    rows = [[i, f"H{min(i, 6)}", 5 + i, i % 2] for i in range(8)]
    path = file(tmp_path, ["编号", "住院号", *SHORT[1:]], rows)
    asked = question(propose([path]), "identifier")
    assert asked.blocking and asked.proposed is None and "H6: 8, 9" in asked.text("zh")
    assert len(taken(path, identifier="编号")[1].table("adsl")) == 8
    assert taken(path, identifier="住院号")[1] is None  # the patient stands twice, and is named


@pytest.mark.parametrize("head", [POLISH, ["Patient", "Start of rechallenge", "PD", "Zgon", "Ostatnia wizyta"]])
def test_dates_of_unknown_names_are_asked_where_an_end_is_lacking(tmp_path, head):
    answers = dict(zip(head[1:], ["ASTDT_RECHALLENGE", "PDDT_RECHALLENGE", "DTHDT", "LSTALVDT"], strict=True))
    path = file(tmp_path, head, patients())
    waiting = {q.column for q in propose([path]).open(blocking=True) if q.topic == "placed"}
    assert {"Ostatnia wizyta", head[3]} <= waiting
    given = {f"place.a.csv.{q}": answers[q] for q in waiting}
    proposal = propose([path], given | {"course": "rechallenge"})
    assert set(proposal.plans[0].columns.values()) == {"USUBJID", *answers.values()} and not proposal.open(
        blocking=True
    )


def test_a_letter_too_many_or_too_few_is_asked_with_what_is_meant(tmp_path):
    head = ["Patient ID", "Start of rechallenge", "Progresssion on rechallenge", "Date of death", "Last folow-up"]
    proposal, cohort = taken(file(tmp_path, head, patients()), course="rechallenge")
    asked = {q.column: q.proposed for q in proposal.questions if q.topic == "placed"}
    assert asked == {"Progresssion on rechallenge": "PDDT_RECHALLENGE", "Last folow-up": "LSTALVDT"}
    assert cohort.table("adsl")["LSTALVDT"].notna().all()
    assert without_typos("sites of metastases") == "sites of metastases" and without_typos("Patinet") == "patient"


AE = ["住院号", "不良反应", "CTCAE分级", "发生日期"]


@pytest.mark.slow
def test_the_course_of_a_sheet_without_one_is_asked_with_counts(tmp_path):
    rows = [[p[0], "皮疹", 2, "2020-01-05" if i < 3 else p[2]] for i, p in enumerate(patients())]
    path = sheets(tmp_path, AE, rows)
    asked = question(propose([path]), "rows_course")
    assert asked.blocking and asked.proposed is None
    assert (asked.words["n"], asked.words["before"], asked.words["after"]) == (8, 3, 5) and "3 行" in asked.text("zh")
    assert set(taken(path, rows_course="first course")[1].table("adae")["APHASE"].astype(str)) == {"INITIAL"}
    left = taken(path, rows_course="leave out")[0]
    assert [p.table for p in left.plans] == ["adsl"] and list(left.unused) == ["a.xlsx[其他]"]


@pytest.mark.parametrize("first", [(), (1,)], ids=["one course", "both courses"])
def test_the_course_of_a_sheet_without_dates_waits_only_where_there_are_two(tmp_path, first):
    rows = [[p[0], "皮疹", 2] for p in patients()]
    asked = question(propose([sheets(tmp_path, AE[:3], rows, first)]), "rows_course_undated")
    assert (asked.blocking, asked.proposed) == ((True, None) if first else (False, "rechallenge"))


def test_a_sheet_that_is_not_used_is_an_open_question(tmp_path):
    path = sheets(tmp_path, ["化验", "结果"], [[f"NLR{i}", 2.5] for i in range(8)])
    proposal, _ = taken(path)
    asked = question(proposal, "unused")
    assert not asked.blocking and asked.file == "a.xlsx[其他]" and "没有 USUBJID 列" in asked.text("zh")
    assert any("is not used" in f.rule for f in read_cohort("c")[1])


def adam(tmp_path, head, rows):
    folder = tmp_path / "study"
    folder.mkdir()
    file(folder, ["STUDYID", "USUBJID", "AGE"], [["S", f"P{i}", 60] for i in range(8)], "adsl.csv")
    file(folder, ["STUDYID", "USUBJID", "PARAMCD", "AVALU", *head], rows, "adtte.csv")
    return folder


def test_of_several_records_of_a_parameter_the_one_that_is_analysed_is_read(tmp_path):
    rows = [["S", f"P{i}", "OS", "MONTHS", 9 + i + x, 1 - i % 2, "" if x else "Y"] for i in range(8) for x in (0, 3)]
    _, cohort = taken(adam(tmp_path, ["AVAL", "CNSR", "ANL01FL"], rows), course="rechallenge")
    assert cohort.table("adtte")["AVAL"].max() == 16 and deaths(cohort) == DEATHS


def test_a_flag_of_analysis_that_names_some_parameters_alone_drops_none(tmp_path):
    rows = [
        ["S", f"P{i}", code, "MONTHS", 9, i % 2, "Y" if code == "OS" else ""]
        for i in range(8)
        for code in ("OS", "PFS")
    ]
    _, cohort = taken(adam(tmp_path, ["AVAL", "CNSR", "ANL01FL"], rows), course="rechallenge")
    assert set(cohort.table("adtte")["PARAMCD"].astype(str)) == {"OS", "PFSR"}


def test_further_reasons_for_censoring_are_none_of_them_an_event(tmp_path):
    rows = [["S", f"P{i}", "OS", "MONTHS", 9 + i, 0 if i % 2 else 1 + i // 2] for i in range(8)]
    assert deaths(taken(adam(tmp_path, ["AVAL", "CNSR"], rows), course="rechallenge")[1]) == DEATHS


MONTHS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")


def test_parameters_of_other_codes_are_asked_by_their_words(tmp_path):
    rows = [
        ["S", f"P{i}", code, "MONTHS", 9, e, what]
        for i in range(8)
        for code, e, what in (
            ("TTDTH", i % 2, "Time to death"),
            ("PFSLOC", 0, "Progression-free survival"),
            ("DOR", 1, "x"),
        )
    ]
    proposal, cohort = taken(adam(tmp_path, ["AVAL", "CNSR", "PARAM"], rows), course="first course")
    assert question(proposal, "parameters").proposed == {"TTDTH": "OS", "PFSLOC": "PFS1", "DOR": "leave out"}
    assert deaths(cohort) == DEATHS and set(cohort.table("adtte")["PARAMCD"].astype(str)) == {"OS", "PFS1"}


SPELLED = {
    "six figures": lambda d: d.strftime("%y%m%d"),
    "milliseconds since 1960": lambda d: (d - dt.date(1960, 1, 1)).days * 86_400_000,
    "seconds since 1960": lambda d: (d - dt.date(1960, 1, 1)).days * 86_400,
    "Chinese figures": lambda d: f"{d.year}年{MONTHS[d.month - 1]}月{d.day}日",
}


@pytest.mark.parametrize("kind", SPELLED)
def test_numbers_that_are_dates_in_one_reading_alone_propose_it(tmp_path, kind):
    proposal, cohort = taken(file(tmp_path, DATED, patients(SPELLED[kind])))
    assert cohort.table("adsl")["DTHDT"].notna().sum() == DEATHS and cohort.table("adex")["ASTDT"].min().year == 2021
    assert kind == "Chinese figures" or question(proposal, "counted").blocking


@pytest.mark.parametrize("times, formats", [(86_400, ("unix-seconds", "sas-seconds")),
                                            (86_400_000, ("unix-milliseconds", "stata-milliseconds"))])  # fmt: skip
def test_numbers_that_are_dates_of_two_programs_propose_neither(tmp_path, times, formats):
    since_1970 = patients(lambda d: (d - dt.date(1970, 1, 1)).days * times)
    asked = question(taken(file(tmp_path, DATED, since_1970))[0], "counted")
    assert asked.blocking and asked.proposed is None and asked.choices == formats


def test_chinese_figures_of_a_date():
    assert meanings("二〇二四年十二月三十日") == {"": dt.date(2024, 12, 30)}
    assert meanings("二○二四年三月五日") == {"": dt.date(2024, 3, 5)}


@pytest.mark.slow
@pytest.mark.parametrize("spell", ["{}+", "{}+ months", "≥{}", "约{}个月", "> {}"])
def test_a_number_with_a_sign_is_read_if_confirmed(tmp_path, spell):
    rows = [[p, spell.format(time) if not e else time, e] for p, time, e in short(int)]
    path = file(tmp_path, SHORT, rows)
    proposal, cohort = taken(path)
    assert question(proposal, "signed").blocking and cohort.table("adtte")["AVAL"].tolist() == [
        5.5 + i for i in range(8)
    ]
    assert {"NA"} == set(taken(path, signed="unknown")[0].plans[0].values["OS"].values())


def test_numbers_kept_as_text_and_months_with_days(tmp_path):
    rows = [[p, f"'{time}", e] for p, time, e in short(int)]
    assert deaths(taken(file(tmp_path, SHORT, rows))[1]) == DEATHS
    assert [number_text(w, "months") for w in ("3个月15天", "2 months 3 days", "1月零6天")] == ["3.49", "2.1", "1.2"]


def test_comments_and_struck_cells_are_told(tmp_path):
    path = book(tmp_path, [SHORT, *short(int)])
    made = load_workbook(path)
    made.active["A3"].comment = Comment("died 2023-01-01", "")
    made.active["B4"].font = Font(strike=True)
    made.save(path)
    said = [q.text("zh") for q in propose([path]).questions if q.topic == "seen"]
    assert any("A3 (died 2023-01-01)" in s for s in said) and any("B4" in s for s in said)


def test_words_of_one_who_lives_are_no_date_of_death(tmp_path):
    rows = [[*p[:3], p[3] or ("alive at 2024.3" if i else "0"), p[4]] for i, p in enumerate(patients())]
    proposal, cohort = taken(file(tmp_path, DATED, rows))
    assert question(proposal, "codes").proposed and cohort.table("adsl")["DTHDT"].notna().sum() == DEATHS


def test_a_remark_beside_a_response_proposes_the_response(tmp_path):
    words = ["SD 缩小10%", "进展PD", "cCR", "PR确认"]
    proposal = propose([file(tmp_path, ["编号", "再挑战最佳疗效"], [[f"P{i}", words[i % 4]] for i in range(8)])])
    assert question(proposal, "codes").proposed == dict(zip(words, ["SD", "PD", "CR", "PR"], strict=True))


def test_a_column_of_the_cut_off_gives_it(tmp_path):
    path = file(tmp_path, [*DATED, "数据截止日期"], [[*p, "2021-12-31"] for p in patients()])
    assert propose([path]).facts["data_cutoff"][0] == dt.date(2021, 12, 31)


def test_a_status_of_disease_and_its_date_are_split_if_confirmed(tmp_path):
    rows = [[p[0], p[1], p[2], "DOD" if p[3] else "AWD", p[4]] for p in patients()]
    head = ["Patient ID", "Start of rechallenge", "Progression on rechallenge", "Status", "Date of last status"]
    assert taken(file(tmp_path, head, rows), split="split")[1].table("adsl")["DTHDT"].notna().sum() == DEATHS


def test_an_event_whose_duration_names_the_course_is_not_asked_for_it(tmp_path):
    rows = [[*r, 3, 1] for r in short(int)]
    path = file(tmp_path, [*SHORT, "再挑战PFS(月)", "是否进展"], rows)
    assert not [q for q in propose([path]).questions if q.topic == "course"]


def test_rows_that_say_that_there_was_no_adverse_event_are_none(tmp_path):
    events = [["P0", "皮疹", 2], ["P1", "无", ""], ["P2", "无", 0], ["P3", "none", ""], ["P4", "乏力", 0]]
    _, cohort = taken(sheets(tmp_path, AE[:3], events))
    assert cohort.table("adae")["AEDECOD"].tolist() == ["皮疹"]


def test_a_sheet_of_one_adverse_event_a_patient_is_no_table_of_patients(tmp_path):
    proposal, cohort = taken(sheets(tmp_path, AE[:3], [[p[0], "皮疹", 2] for p in patients()]))
    assert [p.table for p in proposal.plans] == ["adsl", "adae"] and len(cohort.table("adae")) == 8


def test_blank_columns_behind_the_table_are_no_fault(tmp_path):
    rows = [[*r, "", ""] for r in short()]
    assert deaths(taken(file(tmp_path, [*SHORT, "", ""], [*rows, [""] * 5]))[1]) == DEATHS


def test_a_year_of_a_slip_is_no_cut_off(tmp_path):
    rows = [[*p[:3], p[3].replace("2022", "2202") if i == 1 else p[3], p[4]] for i, p in enumerate(patients())]
    proposal, _ = taken(file(tmp_path, DATED, rows))
    assert proposal.facts["data_cutoff"][0].year < 2100
    assert [f.row for f in read_cohort("c")[1] if "after the data cut-off" in f.rule and f.column == "DTHDT"] == [3]
