"""Kinds of files that were tried from the untouched file to the report: each gives the known truth or is refused."""

import datetime as dt

import pytest
from openpyxl import Workbook

from rechallenge.cohort.cohort import read_cohort
from rechallenge.cohort.propose.words import course_in, same
from rechallenge.cohort.read.textfile import read_text
from tests.unit.test_door_kinds import DATED, DEATHS, data, deaths, file, patients, short, taken

__all__ = ["data"]


@pytest.mark.parametrize(
    "name, course",
    [("V1 response", ""), ("Visit 2 date", ""), ("CT 1", ""), ("第1次评估", ""), ("随访2", ""), ("第一次免疫开始", "INITIAL"),
     ("ICI 2 start", "RECHALLENGE"), ("PFS1", "INITIAL"), ("第2次免疫治疗开始", "RECHALLENGE"), ("再挑战 start date", "RECHALLENGE")],
)  # fmt: skip
def test_the_number_of_a_visit_is_no_course(name, course):
    assert course_in(name)[0] == course


def test_responses_by_visit_are_no_best_responses(tmp_path):
    head = [
        "ID",
        "Start of rechallenge",
        "V1 date",
        "V1 response",
        "V2 date",
        "V2 response",
        "Date of death",
        "Last contact",
    ]
    rows = [[p[0], p[1], p[2], "SD", p[2], "PR", *p[3:]] for p in patients()]
    proposal, cohort = taken(file(tmp_path, head, rows), wide_visits="unneeded")
    assert "adrs" not in cohort.tables and cohort.table("adsl")["DTHDT"].notna().sum() == DEATHS
    assert "is of one visit" in proposal.plans[0].left["V1 response"]


@pytest.mark.parametrize("phrase, name, is_", [("编号", "编号 No.", True), ("sex", "性别 / Sex", True), ("sex", "性别 Sexo", False),
                                               ("pfs", "PFS 时间", True), ("时间", "PFS时间", False)])  # fmt: skip
def test_a_name_in_two_scripts(phrase, name, is_):
    assert same(phrase, name) == is_


def test_a_sheet_with_names_in_two_languages(tmp_path):
    head = ["编号 No.", "再挑战 start date", "再挑战 PD date", "死亡日期 date of death", "末次随访 last follow-up"]
    proposal, cohort = taken(file(tmp_path, head, patients()))
    assert len(proposal.plans[0].columns) == 5 and cohort.table("adsl")["DTHDT"].notna().sum() == DEATHS


@pytest.mark.slow
@pytest.mark.parametrize("zeros", [3, 2], ids=["001", "01"])
def test_001_of_one_file_is_1_of_the_other_if_the_sheets_are_joined(tmp_path, zeros):
    rows = patients()[:8]
    base = file(
        tmp_path,
        ["ID", "Age", "Start of rechallenge"],
        [[f"{i + 5:0{zeros}d}", 60 + i, r[1]] for i, r in enumerate(rows)],
    )
    book = Workbook()
    book.active.append(["ID", "Progression on rechallenge", "Date of death", "Last follow-up"])
    for i, row in list(enumerate(rows))[::-1]:
        book.active.append([i + 5, *(dt.date.fromisoformat(c) if c else None for c in row[2:])])
    book.save(tmp_path / "b.xlsx")
    proposal, cohort = taken([base, tmp_path / "b.xlsx"])
    assert len(cohort.table("adsl")) == 8 and cohort.table("adsl")["DTHDT"].notna().sum() == DEATHS
    assert [q.proposed for q in proposal.questions if q.id == "table.adsl"] == ["join"]


def test_durations_and_their_status_in_either_order_of_words(tmp_path):
    head = ["id", "time_os_rechallenge_days", "status_os"]
    _, cohort = taken(file(tmp_path, head, [[p, float(x) * 30, e] for p, x, e in short(int)]))
    assert deaths(cohort) == DEATHS


@pytest.mark.parametrize("codec, head, said", [("cp932", "症例番号,再投与開始日,死亡日,最終生存確認日", "Shift JIS"), ("gb18030", "编号,再挑战开始日期,死亡日期,末次随访日期", "GB18030"),
                                               ("big5", "編號,性別,死亡日期,最後隨訪日期,開始", "Big5")])  # fmt: skip
def test_encodings_of_the_east(tmp_path, codec, head, said):
    path = tmp_path / "a.csv"
    path.write_bytes((head + "\n1,2021/1/5,2021/12/1,2021/12/1,x\n").encode(codec))
    grid, faults = read_text(path)
    assert ",".join(grid.rows[0]) == head and said in faults[0].rule


@pytest.mark.slow
def test_chinese_text_in_gb18030_gives_the_cohort(tmp_path):
    path = file(tmp_path, DATED, patients())
    path.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))
    assert taken(path)[1].table("adsl")["DTHDT"].notna().sum() == DEATHS


ASSESSED = ["编号", "再挑战开始", "是否进展", "进展/末次评估日期", "是否死亡", "死亡/末次随访日期"]


def assessed(said="是否"):
    """Of eight patients five progressed; the others have the date of their last assessment in the same column."""
    return [[p[0], p[1], said[int(i > 4)], p[2], "是" if p[3] else "否", p[4]] for i, p in enumerate(patients())]


@pytest.mark.slow
def test_a_date_of_progression_or_of_the_last_assessment_is_split_by_its_flag(tmp_path):
    path = file(tmp_path, ASSESSED, assessed())
    proposal, cohort = taken(path)
    assert cohort.table("adex")["PDDT"].notna().sum() == 5 and cohort.table("adsl")["DTHDT"].notna().sum() == DEATHS
    asked = {q.topic: q for q in proposal.questions}
    assert (
        asked["progressed"].blocking
        and asked["progressed"].proposed == "split"
        and "是: 5" in asked["progressed"].text("zh")
    )
    assert asked["progressed by"].proposed == {"是": "progression", "否": "not progressed"}
    assert taken(file(tmp_path, ASSESSED, assessed("甲乙"), "b.csv"))[1] is None  # what the flag means is not known
    _, cohort = taken(path, progressed="progression")
    assert cohort.table("adex")["PDDT"].notna().sum() == 8


def test_a_date_of_progression_or_of_the_last_assessment_without_a_flag_is_never_taken_for_progression(tmp_path):
    rows = [[*row[:2], *row[3:]] for row in assessed()]
    proposal, cohort = taken(file(tmp_path, [c for c in ASSESSED if c != "是否进展"], rows))
    assert cohort is None and "progressed both" in {q.topic for q in proposal.open(blocking=True)}


def test_the_date_of_a_status_is_split_by_it(tmp_path):
    words = ["DOD", "AWD", "LTFU", "NED"]
    rows = [[p[0], p[1], p[2], "DOD" if p[3] else words[1 + i % 3], p[4]] for i, p in enumerate(patients())]
    head = ["Case no", "Start of rechallenge", "PD date (rechallenge)", "Status", "Status date"]
    _, cohort = taken(file(tmp_path, head, rows))
    assert cohort.table("adsl")["DTHDT"].notna().sum() == DEATHS and cohort.table("adsl")["LSTALVDT"].notna().all()


@pytest.mark.slow
def test_endpoints_written_as_one_word_and_a_line_of_codes(tmp_path):
    rows = [[p, float(x), 1 - e, float(x) + 9, 1 - e] for p, x, e in short(int)]
    _, cohort = taken(
        file(tmp_path, ["SUBJID", "PFSTIME", "PFSCNSR", "OSTIME", "OSCNSR"], rows), course="rechallenge", unit="months"
    )
    assert deaths(cohort) == DEATHS and len(cohort.table("adtte")) == 16
    lines = [["Pt.", "rPFS", "rPFS status", "rOS", "rOS status"], [None, "mo", "0/1", "mo", "0/1"]]
    book = Workbook()
    for line in [*lines, *([p, float(x), e, float(x), e] for p, x, e in short(int))]:
        book.active.append(line)
    book.save(tmp_path / "b.xlsx")
    assert deaths(taken(tmp_path / "b.xlsx")[1]) == DEATHS


@pytest.mark.parametrize(
    "name", ["Alive (1=yes)", "Alive (1=yes, 0=no)", "存活（1=是，0=否）", "OS censored (1=yes, 0=no)"]
)
def test_a_yes_to_being_alive_is_no_event(tmp_path, name):
    rows = [[p, x, 1 - e] for p, x, e in short(int)]
    proposal, cohort = taken(file(tmp_path, ["id", "OS from rechallenge (months)", f'"{name}"'], rows))
    flag = next(q for q in proposal.questions if q.topic == "event")
    assert flag.proposed == {"0": "event", "1": "censored"} and deaths(cohort) == DEATHS


WHO = {  # what says who died, the words of the dead and of the others, and the topic that asks
    "Cause of death": (["Lung cancer", "Pneumonia"], ["", ""], "split cause"),
    "死亡原因": (["肺癌", "感染"], ["存活", ""], "split cause"),
    "Outcome": (["Died of disease", "Died of other causes"], ["Alive with disease", "Lost to follow-up"], "split"),
}


@pytest.mark.parametrize("name", WHO)
def test_deaths_that_a_cause_or_an_outcome_in_words_alone_tells(tmp_path, name):
    died, alive, topic = WHO[name]
    called = "Date of last follow-up/death" if topic == "split" else "Last follow-up"
    rows = [[p[0], p[1], p[2], p[4], (died if i % 2 else alive)[i // 2 % 2]] for i, p in enumerate(patients())]
    path = file(tmp_path, ["ID", "Start of rechallenge", "Progression on rechallenge", called, name], rows)
    proposal, cohort = taken(path, codes={"Pneumonia": "OTHER"})
    asked = next(q for q in proposal.questions if q.topic == topic)
    assert asked.blocking and asked.proposed == "split" and name in asked.text("zh")
    adsl = cohort.table("adsl")
    assert adsl["DTHDT"].notna().sum() == 4 and set(adsl.loc[adsl["DTHDT"].notna(), "USUBJID"]) == {
        "P1",
        "P3",
        "P5",
        "P7",
    }


def test_a_cause_of_death_of_nobody_who_died_is_found(tmp_path):
    rows = [[p[0], p[1], p[2], p[4], "Lung cancer" if i % 2 else ""] for i, p in enumerate(patients())]
    path = file(
        tmp_path, ["ID", "Start of rechallenge", "Progression on rechallenge", "Last follow-up", "Cause of death"], rows
    )
    taken(path, **{"split cause": "last contact"})
    assert [f.subject for f in read_cohort("c")[1] if f.id == "cause-of-nothing"] == ["P1", "P3", "P5", "P7"]


@pytest.mark.slow
def test_columns_of_spss_that_are_called_by_numbers_are_read_by_their_labels(tmp_path):
    import pandas as pd
    import pyreadstat

    rows = [[f"P{i}", 60 + i, 3.5 + i, 1 + i % 2, 9.5 + i, 1 + i % 2, 2 + i % 3] for i in range(6)]
    labels = ["编号", "年龄", "再挑战无进展生存期（月）", "再挑战PFS结局", "总生存期（月）", "OS结局", "再挑战最佳疗效"]
    codes = {"v4": {1: "进展或死亡", 2: "删失"}, "v6": {1: "死亡", 2: "存活"}, "v7": {2: "PR", 3: "SD", 4: "PD"}}
    frame = pd.DataFrame(rows, columns=["id", *(f"v{k}" for k in range(2, 8))])
    pyreadstat.write_sav(frame, str(tmp_path / "a.sav"), column_labels=labels, variable_value_labels=codes)
    cohort = taken(tmp_path / "a.sav")[1]
    assert cohort.table("adrs")["AVALC"].astype(str).tolist() == ["PR", "SD", "PD"] * 2
    rows = cohort.table("adtte")
    assert rows.groupby("PARAMCD", observed=True)["CNSR"].apply(lambda c: int((c == 0).sum())).to_dict() == {
        "PFSR": 3,
        "OS": 3,
    }


def test_a_flag_with_its_code_in_its_name_and_two_survivals(tmp_path):
    head = ["ID", "OS from first ICI (months)", "OS from rechallenge (months)", "Death (1 yes)"]
    rows = [[f"P{i}", 20 + i, 5.5 + i, i % 2] for i in range(8)]
    cohort = taken(file(tmp_path, head, rows))[1]
    assert deaths(cohort) == 4 and cohort.table("adtte")["AVAL"].max() == 12.5


def test_identifiers_with_and_without_zeros_are_those_of_one_patient(tmp_path):
    made = Workbook()
    made.active.title = "Patients"
    made.active.append(["ID", "Rechallenge start", "Last contact"])
    for i in range(8, 12):
        made.active.append([i, "2021-03-05", "2022-03-05"])
    events = made.create_sheet("Adverse events")
    for row in (["Patient", "AE term", "CTCAE grade"], ["009", "Rash", 2], ["011", "Colitis", 3]):
        events.append(row)
    made.save(tmp_path / "a.xlsx")
    cohort = taken(tmp_path / "a.xlsx")[1]
    assert cohort.table("adae")["USUBJID"].tolist() == ["9", "11"]
