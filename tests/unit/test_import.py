"""`rechallenge import`: a person's files become a cohort; every
guess has its reason, nothing doubtful is placed silently.
"""

import datetime as dt

import numpy as np
import pandas as pd
import pyreadstat
import pytest
import yaml
from openpyxl import Workbook

from papercheck.vocabulary.dictionary import load_dictionary
from rechallenge.cohort import CohortError, load_cohort
from rechallenge.cohort.cohort import read_cohort
from rechallenge.cohort.propose.propose import propose
from rechallenge.cohort.propose.words import course_in, level_of, position, same, synonyms, tokens
from rechallenge.cohort.propose.write import cohort_yml, marked, write_cohort
from tests.conftest import use_data

SETTLED = (
    "data_cutoff: 2024-12-31\ndismissed: {order.a.csv: declared under dates, counted.a.csv: declared under dates}\n"
)
RESPONSES = {1: "CR", 2: "PR", 3: "SD", 4: "PD", 5: "NE"}
CSV = "patient_id,age,sex,pfs_rechallenge_months,pfs_rechallenge_event,death_date,last_follow_up\n"


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    use_data(monkeypatch, tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def take(tmp_path):
    """take(name=content, ...) writes files and imports them as the cohort c; returns the proposal."""

    def run(**files):
        paths = []
        for name, content in files.items():
            paths.append(tmp_path / name.replace("__", "."))
            if callable(content):
                content(str(paths[-1]))
            else:
                paths[-1].write_bytes(content if isinstance(content, bytes) else content.encode())
        proposal = as_proposed(paths)
        write_cohort("c", proposal)
        return proposal

    return run


def as_proposed(paths, answers=None):
    """The proposal of a person who takes whatever is proposed, and calls the course a rechallenge."""
    answers, open_ = dict(answers or {}), None
    while open_ != []:
        proposal = propose(paths, answers)
        taken = {"course": "rechallenge", "pfs2": "rechallenge"}
        open_ = [q for q in proposal.open() if q.proposed or q.topic in taken]
        answers |= {q.id: q.proposed or taken[q.topic] for q in open_}
    return proposal


def placed(proposal, table="adsl"):
    plan = next(p for p in proposal.plans if p.table == table)
    return plan.columns


def errors():
    return [f for f in read_cohort("c")[1] if f.severity == "error"]


def spss(path, n=12):
    rng = np.random.default_rng(5)
    code = lambda low, high: rng.integers(low, high, n).astype(float)  # noqa: E731
    pfs = np.round(rng.exponential(4, n) + 0.3, 1)
    frame = pd.DataFrame(
        {
            "病例号": [f"P{i}" for i in range(n)], "age": [999.0, *code(45, 80)[1:]], "xb": code(1, 3), "ps": code(0, 3),
            "bl": code(1, 3), "tps": [-9.0, *rng.choice([0.0, 10.0, 60.0, 90.0], n - 1)], "liver": code(0, 2),
            "bor1": code(1, 5), "bor2": code(1, 6), "pfs2": pfs, "pfs2_s": code(0, 2), "os": pfs + 3, "death": code(1, 3),
            "lfu": [dt.date(2024, 3, 5)] * n,
        }
    )  # fmt: skip
    pyreadstat.write_sav(
        frame, path,
        column_labels={"age": "年龄(岁)", "xb": "性别", "bl": "病理类型", "tps": "PD-L1 TPS (%)", "liver": "肝转移",
                       "bor1": "首次免疫最佳疗效", "pfs2": "再挑战PFS(月)", "os": "总生存期(月)", "death": "生存状态"},
        variable_value_labels={"xb": {1: "男", 2: "女"}, "bl": {1: "腺癌", 2: "鳞癌"}, "liver": {0: "无", 1: "有"},
                               "bor1": RESPONSES, "bor2": RESPONSES, "death": {1: "存活", 2: "死亡"}},
        missing_ranges={"age": [999], "tps": [-9]},
    )  # fmt: skip


@pytest.mark.slow
def test_an_spss_file_becomes_a_cohort(take):
    proposal = take(liu__sav=spss)
    assert placed(proposal) == {
        "病例号": "USUBJID", "age": "AGE", "xb": "SEX", "ps": "ECOG", "bl": "HIST", "tps": "PDL1TPS", "bor1": "BOR_INITIAL",
        "bor2": "BOR_RECHALLENGE", "pfs2": "PFSR", "pfs2_s": "PFSR_EVENT", "os": "OS", "death": "OS_EVENT", "lfu": "LSTALVDT",
    }  # fmt: skip
    raw, _ = pyreadstat.read_sav(str(proposal.plans[0].sheet.path))
    cohort = load_cohort("c")
    adsl, adtte = cohort.table("adsl"), cohort.table("adtte")
    assert adsl["SEX"].astype(str).tolist() == raw["xb"].map({1: "M", 2: "F"}).tolist()
    assert adsl["HIST"].astype(str).tolist() == raw["bl"].map({1: "ADENO", 2: "SQUAMOUS"}).tolist()
    assert adsl["AGE"].isna().tolist() == [True] + 11 * [False] == adsl["PDL1TPS"].isna().tolist()
    survival = adtte[adtte["PARAMCD"] == "OS"]
    assert survival["CNSR"].tolist() == raw["death"].map({1: 1, 2: 0}).tolist()
    assert survival["AVAL"].tolist() == pytest.approx(raw["os"].tolist())
    assert cohort.meta.time_unit == "months" and cohort.meta.data_cutoff == dt.date(2024, 3, 5)


@pytest.mark.slow
def test_every_guess_stands_beside_its_reason_and_what_is_left_is_listed(take, data):
    take(liu__sav=spss)
    text = (data / "c" / "cohort.yml").read_text(encoding="utf-8")
    entry = yaml.safe_load(text)["tables"]["adsl"]
    lines = text.split("    columns:\n")[1].split("    values:\n")[0].splitlines()
    assert len(lines) == len(entry["columns"]) and all("   # " in line for line in lines)
    assert "999: missing, as the file declares" in text and '"腺癌"' not in text and "1 = 腺癌" in text
    assert "#   liver (肝转移)" in text and '#  liver: {label: "肝转移", levels: {"0": "无", "1": "有"}}' in text
    assert (data / "c" / "liu.sav").is_file()


@pytest.mark.slow
def test_a_factor_that_is_offered_works_when_the_mark_is_taken_away(take, data):
    take(liu__sav=spss)
    path = data / "c" / "cohort.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("#  liver", "  liver"), encoding="utf-8")
    assert "liver" in load_cohort("c").factors


def redcap(boxes="1,0,0", event="2"):
    rows = [
        "record_id,redcap_repeat_instrument,redcap_repeat_instance,sex,mets___1,mets___2,mets___0,ici1_start,ici1_bor,"
        "ici2_start,ici2_pd_date,ici2_bor,last_fu,demo_complete,ae_term,ae_grade,ae_course"
    ]
    for i, box in enumerate([boxes, "0,1,0", "0,0,1"], start=1):
        rows.append(f"{i},,,{1 + i % 2},{box},2020-01-0{i},{i},2021-01-0{i},2021-06-01,{i + 1},2022-01-01,{event},,,")
        rows.append(f"{i},adverse_events,1,,,,,,,,,,,,Rash,{i},{1 + i % 2}")
    return "\n".join(rows) + "\n"


DICTIONARY = """\
"Variable / Field Name","Form Name","Field Type","Field Label","Choices, Calculations, OR Slider Labels"
record_id,demo,text,"Record ID",
sex,demo,radio,Sex,"1, Male | 2, Female"
mets,demo,checkbox,"Sites of <b>metastasis</b>","0, None | 1, Brain, any | 2, Liver"
ici1_start,demo,text,"Start of first ICI",
ici1_bor,demo,radio,"Best response to first ICI","1, Complete response | 2, Partial response | 3, Stable disease | 4, Progressive disease"
ici2_start,demo,text,"Start of rechallenge",
ici2_pd_date,demo,text,"Progression on rechallenge",
ici2_bor,demo,radio,"Best response","1, Complete response | 2, Partial response | 3, Stable disease | 4, Progressive disease"
last_fu,demo,text,"Last follow-up",
ae_term,adverse_events,text,"Adverse event",
ae_grade,adverse_events,radio,"CTCAE grade","1, Grade 1 | 2, Grade 2 | 3, Grade 3"
ae_course,adverse_events,radio,Course,"1, First course | 2, Rechallenge"
"""


@pytest.mark.slow
def test_a_redcap_export_with_its_dictionary_becomes_a_cohort(take, data):
    proposal = take(export__csv=redcap(), dictionary__csv=DICTIONARY)
    assert placed(proposal, "adae") == {
        "record_id": "USUBJID",
        "ae_term": "AEDECOD",
        "ae_grade": "ATOXGR",
        "ae_course": "APHASE",
    }
    cohort = load_cohort("c")
    assert cohort.table("adsl")["SEX"].astype(str).tolist() == ["F", "M", "F"]
    assert cohort.table("adae")[["USUBJID", "ATOXGR"]].to_numpy().tolist() == [["1", 1], ["2", 2], ["3", 3]]
    assert cohort.table("adae")["APHASE"].astype(str).tolist() == ["RECHALLENGE", "INITIAL", "RECHALLENGE"]
    best = cohort.table("adrs")
    assert best[best["APHASE"] == "RECHALLENGE"]["AVALC"].astype(str).tolist() == ["PR", "SD", "PD"]
    text = (data / "c" / "cohort.yml").read_text(encoding="utf-8")
    assert '#  mets___1: {label: "Sites of metastasis: Brain, any"' in text and "mets___0:" not in text
    assert not (data / "c" / "dictionary.csv").exists()


@pytest.mark.slow
def test_a_checkbox_that_contradicts_itself_and_a_box_that_is_no_tick_are_named_at_once(take):
    take(export__csv=redcap("1,maybe,1"), dictionary__csv=DICTIONARY)
    found = {(f.row, f.column, f.value) for f in errors() if f.file == "export.csv"}
    assert found == {(2, "mets___1", "1"), (2, "mets___2", "maybe")}
    assert any("mets___0 (none of them) is ticked as well" in f.rule for f in errors())


@pytest.mark.slow
def test_ticks_exported_as_words_are_ticks(take):
    take(export__csv=redcap("Checked,Unchecked,Unchecked"), dictionary__csv=DICTIONARY)
    assert not errors()


@pytest.mark.slow
def test_a_mapping_that_names_a_missing_column_is_found_with_its_line_and_all_else(take, data):
    take(export__csv=redcap("1,maybe,1"), dictionary__csv=DICTIONARY)
    path = data / "c" / "cohort.yml"
    text = (
        path.read_text(encoding="utf-8")
        .replace("      sex: SEX", "      sexx: SEX")
        .replace("file: export.csv", "file: exprt.csv", 1)
    )
    path.write_text(text, encoding="utf-8")
    line = next(i for i, t in enumerate(text.splitlines(), start=1) if "exprt.csv" in t)
    assert [(f.file, f.row, f.value) for f in errors() if f.file == "cohort.yml"] == [("cohort.yml", line, "exprt.csv")]
    path.write_text(text.replace("exprt.csv", "export.csv"), encoding="utf-8")
    line = next(i for i, t in enumerate(text.splitlines(), start=1) if "sexx" in t)
    assert ("cohort.yml", line, "sexx") in {(f.file, f.row, f.value) for f in errors()} and len(errors()) == 3


@pytest.mark.slow
def test_dates_that_can_be_read_in_two_ways_are_left_to_the_person(tmp_path, data):
    (tmp_path / "a.csv").write_text(CSV + "a,60,M,3.1,1,03/05/2023,05/06/2022\nb,61,F,4,0,,45356\n", encoding="utf-8")
    write_cohort("c", propose([tmp_path / "a.csv"], {"event.PFSR_EVENT": ["1"]}))
    text = (data / "c" / "cohort.yml").read_text(encoding="utf-8")
    assert "dates" not in yaml.safe_load(text)["tables"]["adsl"]
    waiting = "03/05/2023 (row 2), 05/06/2022 (row 2), 45356 (row 3), ..."
    assert [(f.row, f.column, f.value) for f in errors() if f.file == "a.csv"] == [(2, "DTHDT, LSTALVDT", waiting)]
    chosen = text.replace("    #dates:", "    dates:").replace("    #  DTHDT: day-first", "      DTHDT: day-first")
    chosen = chosen.replace("    #  LSTALVDT: day-first", "      LSTALVDT: [day-first, excel-1900]")
    (data / "c" / "cohort.yml").write_text(chosen.replace("data_cutoff", "#") + SETTLED, encoding="utf-8")
    adsl = load_cohort("c").table("adsl")
    assert adsl["DTHDT"][0] == pd.Timestamp(2023, 5, 3) and list(adsl["LSTALVDT"]) == [
        pd.Timestamp(2022, 6, 5),
        pd.Timestamp(2024, 3, 5),
    ]


def test_a_column_with_one_reading_is_declared_with_the_cell_that_proves_it(take):
    plan = take(a__csv=CSV + "a,60,M,3.1,1,,05/06/2023\nb,61,F,4,0,,25/06/2023\n").plans[0]
    assert plan.dates == {"LSTALVDT": ("day-first",)} and "25/06/2023 is day-first" in plan.notes["LSTALVDT"]
    assert load_cohort("c").table("adsl")["LSTALVDT"][0] == pd.Timestamp(2023, 6, 5)


def test_a_column_that_proves_both_orders_declares_neither(take):
    plan = take(a__csv=CSV + "a,60,M,3.1,1,,06/25/2023\nb,61,F,4,0,,25/06/2023\n").plans[0]
    assert not plan.dates and [name for name, _ in plan.unsettled] == ["last_follow_up"]


def test_codes_without_labels_are_asked_about_and_never_an_event(take):
    proposal = take(a__csv="patient_id,sex,pfs2,pfs2_status\na,1,3,1\nb,2,4,2\n")
    plan, asked = proposal.plans[0], {q.id: q for q in proposal.open(blocking=True)}
    assert plan.columns == {"patient_id": "USUBJID", "pfs2": "PFSR", "pfs2_status": "PFSR_EVENT"}
    assert set(asked) == {"codes.a.csv.sex", "event.PFSR_EVENT"} and asked["event.PFSR_EVENT"].proposed is None
    assert "1" not in plan.values.get("PFSR_EVENT", {}).values() and errors()


def test_a_flag_that_says_censored_is_turned_round_and_says_so(take):
    plan = take(a__csv="patient_id,pfs2,pfs2_censored\na,3,1\nb,4,0\n").plans[0]
    assert plan.values["PFSR_EVENT"] == {"0": "1", "1": "0"} and "its name says censored" in plan.notes["PFSR_EVENT"]
    assert load_cohort("c").table("adtte")["CNSR"].tolist() == [1, 0]


def test_two_columns_that_fit_equally_are_named(take):
    plan = take(a__csv="patient_id,pid,age\na,1,60\nb,2,61\n").plans[0]
    assert list(plan.columns) == ["patient_id", "age"] and "pid" in plan.left


def test_a_single_course_is_never_taken_for_the_first(take):
    plan = take(a__csv="patient_id,bor\na,PR\nb,SD\n").plans[0]
    assert plan.columns["bor"] == "BOR_RECHALLENGE" and "no course named" in plan.why["bor"]


def test_a_cause_of_death_is_placed_by_its_words(take):
    plan = take(a__csv="patient_id,死亡原因,age\na,肺癌,60\nb,其他,61\nc,,62\n").plans[0]
    assert plan.values["DTHCGR1"] == {"肺癌": "CANCER", "其他": "OTHER"}
    assert load_cohort("c").table("adsl")["DTHCGR1"].astype(object).tolist()[:2] == ["CANCER", "OTHER"]


@pytest.mark.slow
def test_survival_from_another_start_and_lines_of_therapy_are_not_placed(take):
    plan = take(
        a__csv="patient_id,OS from diagnosis,os1,death,second line PFS,pfs event\na,9,8,1,3,1\nb,9,8,0,4,0\n"
    ).plans[0]
    assert set(plan.columns.values()) == {"USUBJID"}


def test_a_first_course_is_told_by_its_word_and_not_by_the_1_of_pd_1(take):
    text = (
        "patient_id,PD-1 start date,first ICI best response,last follow"
        " up\na,2023-01-01,PR,2023-05-05\nb,2023-02-01,SD,2023-06-06\n"
    )
    plan = take(a__csv=text).plans[0]
    assert plan.columns["PD-1 start date"] == "ASTDT_RECHALLENGE" and "no course named" in plan.why["PD-1 start date"]
    assert plan.columns["first ICI best response"] == "BOR_INITIAL"


def test_a_redcap_export_of_labels_is_read(take):
    header = (
        "Record ID,Repeat Instrument,Repeat Instance,Sex,Sites of metastasis (choice=None),Sites of metastasis"
        " (choice=Liver),Adverse event,CTCAE grade,Course,Complete?"
    )
    rows = (
        "1,,,Female,Unchecked,Checked,,,,Complete\n1,Adverse events,1,,,,Rash,2,First"
        " course,\n2,,,Male,Checked,Checked,,,,Complete\n3,,,Male,Checked,Unchecked,,,,"
    )
    proposal = take(a__csv=f"{header}\n{rows}\n", d__csv=DICTIONARY)
    assert placed(proposal)["Sex"] == "SEX" and set(placed(proposal, "adae").values()) == {
        "USUBJID",
        "AEDECOD",
        "ATOXGR",
        "APHASE",
    }
    (fault,) = errors()
    assert (fault.row, fault.column) == (4, "Sites of metastasis (choice=Liver)") and "contradicts itself" in fault.rule


def test_what_several_redcap_events_fill_once_is_read_as_one_row(take):
    rows = "record_id,redcap_event_name,age,sex,crp\n1,baseline_arm_1,60,M,\n1,visit_arm_1,,,5\n2,baseline_arm_1,61,F,\n2,visit_arm_1,,,6\n"
    plan = take(a__csv=rows).plans[0]
    assert plan.sheet.courses.once == ("age", "sex", "crp") and set(plan.sheet.courses.values.values()) == {"leave out"}
    assert load_cohort("c").table("adsl")["AGE"].tolist() == [60, 61]


def test_stata_labels_translate_codes(take):
    frame = pd.DataFrame(
        {"patid": ["a", "b", "c"], "gender": [1, 2, 2], "status": [0, 1, 1], "os_days": [30, 400, 500]}
    )
    labels = {"gender": {1: "Male", 2: "Female"}, "status": {0: "Alive", 1: "Dead"}}
    take(a__dta=lambda path: pyreadstat.write_dta(frame, path, variable_value_labels=labels))
    cohort = load_cohort("c")
    assert cohort.table("adsl")["SEX"].astype(str).tolist() == ["M", "F", "F"] and cohort.meta.time_unit == "days"
    assert cohort.table("adtte")["CNSR"].tolist() == [1, 0, 0]


def book(path, fill, **options):
    work = Workbook()
    fill(work, work.active)
    work.save(path)


@pytest.mark.slow
def test_excel_with_titles_percent_cells_and_several_sheets(take):
    def fill(work, sheet):
        sheet.title = "Patients"
        sheet.append(["My cohort 2024"])
        sheet.merge_cells("A1:D1")
        sheet.append(["patient id", "age", "PD-L1", "best change rechallenge"])
        for i, share in enumerate([0.5, 0, 0.9]):
            sheet.append([f"p{i}", 60 + i, share, -share / 2])
            sheet.cell(3 + i, 3).number_format, sheet.cell(3 + i, 4).number_format = "0%", "0.0%"
        events = work.create_sheet("Adverse events")
        events.append(["patient id", "event", "grade"])
        events.append(["p1", "Rash", 2])
        work.create_sheet("Notes").append(["by the second reader"])

    proposal = take(a__xlsx=lambda path: book(path, fill))
    cohort = load_cohort("c")
    assert cohort.table("adsl")["PDL1TPS"].tolist() == [50, 0, 90]
    assert cohort.table("adtr")["PCHG"].tolist() == [-25, 0, -45]
    assert cohort.table("adae")["APHASE"].astype(str).tolist() == ["RECHALLENGE"]
    assert "as answered" in next(p for p in proposal.plans if p.table == "adae").source_why["set"]
    assert proposal.plans[0].sheet.header == (2,) and "a.xlsx[Notes]" not in {p.sheet.place for p in proposal.plans}


def test_real_dates_of_a_1904_workbook_are_right_and_its_bare_numbers_are_asked_about(take):
    def fill(work, sheet):
        work.epoch = dt.datetime(1904, 1, 1)
        sheet.append(["patient id", "last follow up", "death date"])
        sheet.append(["a", dt.datetime(2023, 5, 1), 43894])
        sheet.append(["b", dt.datetime(2023, 6, 1), None])

    proposal = take(a__xlsx=lambda path: book(path, fill))
    asked = next(q for q in proposal.questions if q.topic == "counted")
    assert asked.blocking and asked.proposed == "excel-1904" and "counts from 1904" in asked.text()
    assert proposal.facts["data_cutoff"][0] == dt.date(2024, 3, 5)


def test_a_semicolon_file_with_decimal_commas_a_mark_and_blanks(take):
    text = "\ufeff patient_id ;age;pfs2;pfs2_event\n a ;60;3,5;1\nb;61;4,25;0\n"
    plan = take(a__csv=text).plans[0]
    assert plan.decimal == "," and load_cohort("c").table("adtte")["AVAL"].tolist() == [3.5, 4.25]


def test_chinese_text_in_gb18030_is_read_and_said(take):
    text = "病例号,年龄,性别,再挑战PFS(月),再挑战进展\n甲,60,男,3.1,是\n乙,65,女,5,否\n"
    proposal = take(a__csv=text.encode("gb18030"))
    assert set(placed(proposal).values()) == {"USUBJID", "AGE", "SEX", "PFSR", "PFSR_EVENT"}
    assert load_cohort("c").table("adtte")["CNSR"].tolist() == [0, 1]
    assert any("GB18030" in doubt.rule for doubt in proposal.doubts)


def test_unicode_text_as_excel_saves_it(take):
    take(a__csv="patient_id\tage\na\t60\nb\t61\n".encode("utf-16"))
    assert load_cohort("c").table("adsl")["AGE"].tolist() == [60, 61]


def test_a_second_header_row_becomes_the_labels_and_is_no_patient(take):
    plan = take(a__csv="patient_id,v1,v2,v3\n编号,年龄,再挑战PFS(月),再挑战进展\na,60,3,1\nb,61,4,0\nc,62,5,1\n").plans[
        0
    ]
    assert plan.columns == {"patient_id": "USUBJID", "v1": "AGE", "v2": "PFSR", "v3": "PFSR_EVENT"}
    assert load_cohort("c").table("adsl")["USUBJID"].tolist() == ["a", "b", "c"]


def test_a_first_patient_of_unknowns_is_no_header(take):
    take(a__csv="patient_id,age,bmi,site\na,unknown,NA,x\nb,61,22,x\nc,62,23,x\n")
    assert load_cohort("c").table("adsl")["USUBJID"].tolist() == ["a", "b", "c"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "head, row, unit, scales",
    [("pfs2_months,pfs2_event,os_days,os_event", "9,1,400,1", "months", {"OS": "days"}),
     ("PFS2 (w),pfs2_event,os_days,os_event", "9,1,100,1", "days", {"PFSR": "weeks"}),
     ("pfs2,pfs2_event,os,os_event", "60天,1,12个月,1", "days", {}),
     ("pfs2_weeks,pfs2_event,os_years,os_event", "9,1,2,1", "months", {"PFSR": "weeks", "OS": "years"})],
)  # fmt: skip
def test_durations_in_two_units_are_put_into_one(take, head, row, unit, scales):
    take(a__csv=f"patient_id,{head}\na,{row}\nb,{row}\n")
    cohort = load_cohort("c")
    assert (cohort.meta.time_unit, cohort.meta.scales) == (unit, scales)
    days = {"months": 30.4375, "days": 1, "weeks": 7, "years": 365.25}
    rows = cohort.table("adtte").drop_duplicates("PARAMCD").set_index("PARAMCD")["AVAL"].astype(float) * days[unit]
    pfs, _, os, _ = row.split(",")
    given = {"PFSR": (pfs, scales.get("PFSR", unit)), "OS": (os, scales.get("OS", unit))}
    for code, (cell, own) in given.items():
        own = "days" if "天" in cell else "months" if "月" in cell else own
        assert rows[code] == pytest.approx(float(cell.rstrip("天个月")) * days[own], rel=1e-5)


def test_parquet_is_taken_in(take):
    frame = pd.DataFrame(
        {"patient_id": ["a", "b"], "age": [60, 61], "last_follow_up": pd.to_datetime(["2023-05-01", "2023-06-01"])}
    )
    take(a__parquet=frame.to_parquet)
    assert load_cohort("c").table("adsl")["LSTALVDT"].tolist() == frame["last_follow_up"].tolist()


BAD = [
    ("empty", {"a__csv": ""}, "the file is empty"),
    ("header alone", {"a__csv": CSV}, "header and no rows"),
    ("no identifier", {"a__csv": "age,sex\n60,M\n61,F\n"}, "no column that names the patient"),
    ("binary", {"a__csv": bytes(range(256))}, "encoding is not known"),
    ("cut off", {"a__csv": 'patient_id,age\n"a,60\n'}, "ends inside a quoted value"),
    ("zip cut off", {"a__csv__gz": b"\x1f\x8b\x08\x00abc"}, "not a readable gzip file"),
    ("password", {"a__xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)}, "a password"),
    ("another format", {"a__pdf": "x"}, "a format that is not read"),
    ("dictionary alone", {"a__csv": DICTIONARY}, "no rows of patients"),
    ("only events", {"ae__csv": "patient_id,event,grade\na,Rash,1\na,Rash,2\n"}, "no table of patients"),
]  # fmt: skip


@pytest.mark.parametrize("name, files, rule", BAD, ids=[b[0] for b in BAD])
def test_what_cannot_be_taken_in_is_refused_with_the_reason_and_nothing_is_written(take, data, name, files, rule):
    with pytest.raises(CohortError) as error:
        take(**files)
    assert any(rule in f.rule and f.action for f in error.value.findings), error.value.findings
    assert not data.exists() or not list(data.iterdir())


@pytest.mark.parametrize(
    "name, action", [("a.docx", "empty sheet of Excel"), ("a.RDS", "write.csv"), ("a.zip", "Unpack"), ("a.xyz", ".sav")]
)
def test_a_format_that_is_not_read_says_how_it_becomes_one(take, name, action):
    with pytest.raises(CohortError) as error:
        take(**{name.replace(".", "__"): b"x"})
    assert action in error.value.findings[0].action


def test_all_unreadable_files_are_named_at_once(take):
    with pytest.raises(CohortError) as error:
        take(
            a__sav=b"\x1c\0\0\0\0\0\0\0ENCRYPTEDSAV" + bytes(90),
            b__sav=b"$FL2@(#) SPSS",
            c__csv="patient_id,\na,1\nb\n",
            d__xlsx=b"x",
        )
    assert {f.file for f in error.value.findings} == {"a.sav", "b.sav", "c.csv", "d.xlsx"}


def test_an_existing_cohort_is_never_overwritten(take, data):
    take(a__csv=CSV + "a,60,M,3.1,1,,\nb,61,F,4,0,,\n")
    before = (data / "c" / "cohort.yml").read_bytes()
    with pytest.raises(CohortError, match="exists already; nothing is overwritten"):
        take(b__csv="patient_id\na\nb\n")
    assert (data / "c" / "cohort.yml").read_bytes() == before and not (data / "c" / "b.csv").exists()


def test_names_and_labels_from_data_stay_text_in_cohort_yml(take, data):
    nasty = 'patient_id,"age: {x}\n# inject: 1","a""b\u2028title: z",yes\na,60,1,1\nb,61,1,2\nc,62,2,2\n'
    take(a__csv=nasty)
    found = yaml.safe_load((data / "c" / "cohort.yml").read_text(encoding="utf-8"))
    assert (
        found["title"] == "c"
        and "inject" not in found
        and load_cohort("c").table("adsl")["AGE"].tolist() == [60, 61, 62]
    )


@pytest.mark.slow
def test_two_imports_give_the_same_bytes(take, data):
    proposal = take(liu__sav=spss)
    again = marked(cohort_yml("c", as_proposed([proposal.plans[0].sheet.path])))
    assert again == (data / "c" / "cohort.yml").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_command_says_what_it_did_and_exits_1_while_something_is_to_settle(tmp_path, command):
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(CSV + "a,60,M,3.1,1,,\nb,61,F,4,0,,\n", encoding="utf-8")
    bad.write_text(CSV + "a,60,M,3.1,1,,05/06/2023\nb,61,F,4,0,,\n", encoding="utf-8")
    answers = tmp_path / "answers.yml"
    answers.write_text("event.PFSR_EVENT: [1]\n", encoding="utf-8")
    code, text = command("import", good, "--as", "good", "--answers", answers)
    assert code == 0 and "rechallenge report good" in text and "looks like DTHDT, but holds nothing" in text
    code, text = command("import", bad, "--as", "bad")
    assert (
        code == 1
        and "event.PFSR_EVENT: Which value" in text
        and "order.bad.csv: 1 dates such as 05/06/2023" in text
        and "--ask" in text
    )
    assert (
        command("import", good, "--as", "good")[0] == 0 and command("import", tmp_path / "no.csv", "--as", "x")[0] == 1
    )
    assert command("import", good, "--as", "../x")[0] == 1 and command("import", good)[0] == 1


def test_every_word_of_the_synonyms_belongs_to_a_column_or_level_of_the_dictionary():
    for table, columns in synonyms()["columns"].items():
        known = set(load_dictionary()[table].columns)
        for name in columns:
            spelled = {
                name.replace("_*", "_INITIAL").replace("*", "1"),
                name.replace("_*", "_RECHALLENGE").replace("*", "R"),
            }
            assert spelled <= known, name
    columns = {c.name: c for table in load_dictionary().values() for c in table.columns.values()}
    for name, levels in synonyms()["levels"].items():
        if name in columns:
            assert set(levels) <= {*columns[name].levels, *columns[name].not_known}, name


def test_no_word_means_two_levels_of_one_column():
    for name, levels in synonyms()["levels"].items():
        column = next(
            (c for t in load_dictionary().values() for c in t.columns.values() if c.name == name and c.levels), None
        )
        if column is not None:
            for code, words in levels.items():
                assert {level_of(word, column) for word in words} == {code}, name


@pytest.mark.parametrize(
    "text, course, rest",
    [("ici1_start", "INITIAL", "start"), ("PFS2", "RECHALLENGE", "pfs"), ("首次免疫最佳疗效", "INITIAL", "免疫最佳疗效"),
     ("bestResponseRechallenge", "RECHALLENGE", "best response"), ("age", "", "age"),
     ("first dose of rechallenge", "RECHALLENGE", "first dose of"), ("PD-1 start date", "", "start date"),
     ("best response RECIST 1.1", "", "best response"), ("2 doses of the initial ICI", "INITIAL", "2 doses of the ici")],
)  # fmt: skip
def test_the_course_of_a_name_is_told_from_the_rest(text, course, rest):
    found = course_in(text)
    assert (found[0], found[2].strip()) == (course, rest)


def test_names_are_compared_as_words():
    assert tokens("PFS1_EVENT") == ("pfs", "1", "event") and tokens("年龄(岁)") == ("年龄", "岁")
    assert same("age", "Age (years)") and not same("age", "stage") and position("age", "stage at age") == 1
    assert not position("os", "dose") and position("疗效", "最佳疗效评价")


@pytest.mark.slow
def test_lines_of_totals_in_other_words_are_no_patients_and_initials_are_asked_about(take, tmp_path):
    from rechallenge.cohort.propose.propose import propose

    head = "patient_id,age,sex,pfs_months,pfs_event\n"
    for word in ("Overall (n=2)", "Mean ± SD", "Mittelwert", "Moyenne (ET)", "合计：", "N", "SD"):
        path = tmp_path / "t.csv"
        path.write_text(f"{head}S1,60,M,3.1,1\nS2,61,F,4,0\n{word},60,M,3.5,1\n", encoding="utf-8")
        plan = propose([path]).plans[0]
        assert [e.line for e in plan.sheet.left_out] == [4] and len(plan.sheet.frame) == 2, word
    path.write_text(f"{head}LM,60,M,3.1,1\nWX,61,F,4,0\nSD,60,M,3.5,1\n")  # SD could be a person here
    asked = next(q for q in propose([path]).questions if q.topic == "lines")
    assert asked.blocking and "4 (SD" in asked.text()


def test_factors_that_are_offered_have_names_of_their_own(take, data):
    long = "Earlier immune-related adverse events (choice={})"
    head = f"patient_id,age,{long.format('Colitis')},{long.format('Rash')}\n"
    take(a__csv=head + "a,60,Checked,Unchecked\nb,61,Unchecked,Unchecked\nc,62,Unchecked,Checked\n")
    offered = [line for line in (data / "c" / "cohort.yml").read_text().splitlines() if "and under columns" in line]
    names = [line.split(":")[0].strip("# ") for line in offered]
    assert all('{Unchecked: "No", Checked: "Yes"}' in line for line in offered)  # the reference comes first
    assert len(offered) == len(set(names)) == 2 and all(len(name) <= 40 for name in names)


@pytest.mark.slow
def test_identifiers_written_as_decimals_are_the_whole_numbers_of_the_other_file(take):
    take(
        a__csv=CSV + "1,60,M,3.1,1,,\n2,61,F,4,0,,\n",
        ae__csv="patient_id,adverse event,grade,course\n1.0,Rash,2.0,rechallenge\n2.0,Rash,1.0,rechallenge\n",
    )
    assert sorted(load_cohort("c").table("adae")["USUBJID"]) == ["1", "2"]


def test_best_changes_that_may_be_shares_are_asked_about_though_one_more_than_doubled(take):
    proposal = take(a__csv="patient_id,best change rechallenge\na,-0.45\nb,1.2\nc,-0.1\n")
    assert next(q for q in proposal.questions if q.topic == "fraction").blocking
    assert list(load_cohort("c").table("adtr")["PCHG"]) == [-45, 120, -10]


@pytest.mark.parametrize("heading", [["Arm A", "", "", "", "", "Arm B"], None])
def test_two_tables_of_patients_side_by_side_are_refused(take, tmp_path, heading):
    from openpyxl import Workbook

    names, book = ["ID", "Age", "OS (months)", "Death"], Workbook()
    rows = [["a1", 60, 5.5, 1, None, "b1", 66, 7.5, 1], ["a2", 61, 9.5, 0, None, "b2", 59, 12.5, 0]]
    for row in [*([heading] if heading else []), [*names, None, *names], *rows]:
        book.active.append(row)
    with pytest.raises(CohortError) as error:
        take(a__xlsx=book.save)
    assert "stand side by side" in error.value.findings[0].rule


def test_a_table_of_events_below_the_patients_is_a_table_of_its_own(take):
    text = "Case,Gender,Age,OS_months,Death\nK-01,male,60,5.5,1\nK-02,female,58,7.5,0\nK-03,male,70,9.5,1\n,,,,\n"
    proposal = take(a__csv=text + "Case,Adverse event,CTCAE grade,,\nK-01,Rash,2,,\nK-03,Colitis,3,,\n")
    assert [(p.table, len(p.sheet.frame)) for p in proposal.plans] == [("adsl", 3), ("adae", 2)]


def test_codes_of_groups_are_not_read_as_small_percentages(take, tmp_path):
    from rechallenge.cohort.propose.propose import propose

    path = tmp_path / "p.csv"
    path.write_text(CSV.replace("age", "PD-L1") + "a,1,M,3.1,1,,\nb,2,F,4,0,,\nc,3,F,5,1,,\n", encoding="utf-8")
    asked = next(q for q in propose([path]).questions if q.topic == "codes")
    assert [v.word for v in asked.values] == ["1", "2", "3"]  # 3 may be 50% or more


def test_a_line_of_totals_of_a_stored_file_is_left_out_too(take):
    frame = pd.DataFrame(
        {"id": ["S1", "S2", "Mean"], "age": [60, 61, 60.5], "OS_months": [3.1, 5, 4], "dead": [1.0, 0, 2]}
    )
    proposal = take(a__parquet=frame.to_parquet)
    assert [e.line for e in proposal.plans[0].sheet.left_out] == [3]
    assert list(load_cohort("c").table("adsl")["USUBJID"]) == ["S1", "S2"]
