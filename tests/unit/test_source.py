"""`tables` in cohort.yml: tables in files of other names, rows chosen, columns mapped; every fault with its line."""

import pytest
from openpyxl import Workbook

from rechallenge.cohort import load_cohort
from rechallenge.cohort.cohort import read_cohort
from rechallenge.cohort.part import split

ALL = "id,kind,age,sex,event,grade\na,base,60,1,,\na,ae,,,Rash,1\nb,base,61,2,,\nb,ae,,,Fatigue,2\nc,out,62,1,,\nc,ae,,,Rash,3\n"
YML = """\
title: T
tables:
  adsl: {file: all.csv, rows: {kind: [base, out]}, skip: {kind: out}, columns: {id: USUBJID, age: AGE}, values: {SEX: {1: M, 2: F}}}
  adae: {file: all.csv, rows: {kind: [ae]}, set: {APHASE: RECHALLENGE}, columns: {id: USUBJID, event: AEDECOD, grade: ATOXGR}}
"""


def errors(severity="error"):
    return [f for f in read_cohort("c")[1] if f.severity == severity]


def test_several_tables_take_their_rows_from_one_file(write_cohort):
    write_cohort(yml=YML, adsl=None, all=ALL)
    cohort = load_cohort("c")
    assert cohort.table("adsl")[["USUBJID", "AGE", "SEX"]].astype(str).to_numpy().tolist() == [
        ["a", "60.0", "M"],
        ["b", "61.0", "F"],
    ]
    assert cohort.table("adae")["AEDECOD"].tolist() == ["Rash", "Fatigue"]  # c is left out of adsl, so of adae as well
    assert not cohort.warnings


def test_findings_keep_the_lines_of_the_file(write_cohort):
    write_cohort(yml=YML, adsl=None, all=ALL.replace("Fatigue,2", "Fatigue,9"))
    assert [(f.file, f.row, f.column, f.value) for f in errors()] == [("all.csv", 5, "ATOXGR", "9")]


def test_a_column_of_the_dictionary_that_is_not_meant_is_ignored(write_cohort):
    write_cohort(yml=YML, adsl=None, all=ALL.replace("sex", "os"))
    assert errors()  # OS without its event
    write_cohort(yml=YML.replace("values:", "ignore: [os], values:"), adsl=None, all=ALL.replace("sex", "os"))
    assert not errors()


def test_a_cohort_from_one_file_is_split_by_a_column(write_cohort):
    parts, without = split(write_cohort(yml=YML, adsl=None, all=ALL), "SEX")
    assert [p.value for p in parts] == ["F", "M"] and not without


FAULTS = [
    ("no such table", "adxx: {file: all.csv}", "not a table"),
    ("no file", "adsl: {columns: {}}", "the key `file` is missing"),
    ("a file that is not there", "adsl: {file: al.csv}", "a file that the folder does not hold"),
    ("a file elsewhere", "adsl: {file: ../all.csv}", "not a file of the cohort's folder"),
    ("unknown key", "adsl: {file: all.csv, column: {}}", "unknown key"),
    ("wrong kind", "adsl: {file: all.csv, rows: base}", "expected indented `name: value` lines"),
    ("truth for a header", "adsl: {file: all.csv, header: true}", "expected a whole number"),
    ("unknown target", "adsl: {file: all.csv, columns: {id: SUBJ}}", "unknown column on the right"),
    ("unknown set", "adsl: {file: all.csv, set: {PHASE: x}}", "not a column of the table"),
    ("bad values", "adsl: {file: all.csv, values: {SEX: M}}", "expected indented `name: value` lines"),
    ("bad dates", "adsl: {file: all.csv, dates: {DTHDT: american}}", "unknown date format"),
    ("bad checkbox", "adsl: {file: all.csv, checkboxes: {mets: [a]}}", "expected indented `name: value` lines"),
    ("bad mark", "adsl: {file: all.csv, decimal: x}", "unknown value"),
    ("missing column in rows", "adsl: {file: all.csv, rows: {knd: [base]}}", "a column that all.csv does not have"),
    ("missing column in columns", "adsl: {file: all.csv, columns: {idd: USUBJID}}", "a column that all.csv does not have"),
]  # fmt: skip


@pytest.mark.parametrize("name, entry, rule", FAULTS, ids=[f[0] for f in FAULTS])
def test_a_fault_in_tables_is_named_with_its_line(write_cohort, name, entry, rule):
    write_cohort(yml=f"title: T\ntables:\n  {entry}\n", adsl=None, all=ALL)
    found = [f for f in errors() if f.file == "cohort.yml" and rule in f.rule]
    assert found and found[0].row == 3 and found[0].action


def test_no_row_left_is_an_error(write_cohort):
    write_cohort(yml=YML.replace("[base, out]", "[none]"), adsl=None, all=ALL)
    assert any("no row is left for adsl" in f.rule for f in errors())


def test_a_sheet_is_named_and_titles_above_the_names_are_passed_over(write_cohort):
    folder = write_cohort(yml="title: T\ntables:\n  adsl: {file: a.xlsx, sheet: Data, header: 2}\n", adsl=None)
    book = Workbook()
    book.active.title = "Other"
    sheet = book.create_sheet("Data")
    sheet.append(["All patients of the year"])
    sheet.merge_cells("A1:B1")
    for row in (["USUBJID", "AGE"], ["a", 60], ["b", 161]):
        sheet.append(row)
    book.save(folder / "a.xlsx")
    assert [(f.file, f.row, f.value) for f in errors()] == [("a.xlsx[Data]", 4, "161")]
    (folder / "cohort.yml").write_text(
        "title: T\ntables:\n  adsl: {file: a.xlsx, sheet: Dta, header: 2}\n", encoding="utf-8"
    )
    assert "no sheet Dta" in errors()[0].rule and "Did you mean Data?" in errors()[0].action


def test_a_decimal_comma_is_read_only_where_it_is_declared(write_cohort):
    text = "USUBJID;AGE\na;60,5\nb;61\n"
    write_cohort(yml='title: T\ndecimal: ","\n', adsl=text)
    assert load_cohort("c").table("adsl")["AGE"].tolist() == [60.5, 61]
    write_cohort(yml='title: T\ndecimal: ","\n', adsl=text.replace("60,5", "60.5"))
    assert [(f.row, f.value) for f in errors()] == [(2, "60.5")]  # a thousand, or a point? say it


def test_a_percentage_may_carry_its_sign(write_cohort):
    write_cohort(adsl="USUBJID,PCHG_INITIAL,AGE\na,-35%,60\nb,12.5 %,61%\n")
    assert [(f.row, f.column, f.value) for f in errors()] == [(3, "AGE", "61%")]
    write_cohort(adsl="USUBJID,PCHG_INITIAL\na,-35%\nb,12.5 %\n")
    assert load_cohort("c").table("adtr")["PCHG"].tolist() == [-35, 12.5]


def test_survival_shorter_than_progression_free_survival_is_an_error_only_with_a_death(write_cohort):
    rows = "USUBJID,PFSR,PFSR_EVENT,OS,OS_EVENT\nA,5,0,3,{}\nB,2,1,8,1\n"
    write_cohort(adsl=rows.format(1))
    assert any("longer than overall survival" in f.rule for f in errors())
    write_cohort(adsl=rows.format(0))
    assert not errors() and any("which is censored" in f.rule for f in errors("warning"))
