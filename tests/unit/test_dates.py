"""Dates as people write them: what has one reading is read, what has several is refused until cohort.yml says which."""

from datetime import date, datetime, timedelta

import pandas as pd
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904, to_excel

from rechallenge.cohort import load_cohort
from rechallenge.cohort.cohort import read_cohort
from rechallenge.cohort.read.dates import FORMATS, RIVALS, date_fault, read_dates, readings
from rechallenge.derive.partial_dates import partial_sensitivity

DAY = date(2024, 3, 5)
YML = "title: T\ndata_cutoff: 2024-12-31\n"


def read(text, *formats):
    found = read_dates(pd.Series([text]), formats).iloc[0]
    return None if pd.isna(found) else found.date()


@pytest.mark.parametrize(
    "text",
    ["2024-03-05", "2024/3/5", "2024.03.05", "2024-03-05 00:00:00", "2024-03-05T00:00", "2024年3月5日", "05MAR2024",
     "5-Mar-2024", "5 March 2024", "March 5, 2024", "Mar 5 2024", "Tuesday, March 5, 2024", "2024-03-05 (星期二)",
     "5th of March 2024", "5 de marzo de 2024", "5. März 2024", "2024-Mar-05", "2024年3月5号"],
)  # fmt: skip
def test_a_date_with_one_reading_needs_no_declaration(text):
    assert read(text) == DAY


@pytest.mark.parametrize(
    "text", ["05/03/2024", "5.3.2024", "5/3/24", "45356", "20240305", "2024-03-05 14:30", "5 Foo 2024", "2024-03"]
)
def test_no_other_date_is_read_undeclared(text):
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "formats"),
    [("2024年3月5日 上午10:00", "date-and-time"), ("2024年3月5日10时30分", "date-and-time"),
     ("3/5/2024 2:30 PM", "month-first date-and-time"), ("20240305143000", "yyyymmdd date-and-time"),
     ("24年3月5日", "year-first-20yy")],
)  # fmt: skip
def test_a_time_of_day_and_a_short_year_are_read_as_declared(text, formats):
    assert read(text) is None and read(text, *formats.split()) == DAY


def test_each_declared_format_reads_its_own_example():
    examples = {name: meaning.split(" ")[0] for name, meaning in FORMATS.items()} | {
        "date-and-time": "2024-03-05 14:30"
    }
    meant = {name: date(2024, 5, 3) if name.startswith("month-first") else DAY for name in FORMATS}
    assert {name: read(text, name) for name, text in examples.items()} == meant


def test_counted_days_are_those_of_the_programs():
    for day in (date(1990, 1, 1), DAY, date(2000, 2, 29), date(2049, 12, 31)):
        noon = datetime(day.year, day.month, day.day)
        assert read(str(int(to_excel(noon))), "excel-1900") == day
        assert read(str(int(to_excel(noon, CALENDAR_MAC_1904))), "excel-1904") == day
        assert read(str((day - date(1960, 1, 1)).days), "sas") == day
        assert read(str((noon - datetime(1582, 10, 14)) // timedelta(seconds=1)), "spss") == day
        if day > date(1990, 1, 1):
            assert read(str((noon - datetime(1960, 1, 1)) // timedelta(seconds=1)), "sas-seconds") == day
            assert read(str((noon - datetime(1960, 1, 1)) // timedelta(milliseconds=1)), "stata-milliseconds") == day


def test_counts_that_excel_itself_counts_wrong_are_not_read():
    assert read("60", "excel-1900") is None and read("61", "excel-1900") == date(1900, 3, 1)
    assert read("0", "excel-1904") is None and read("-5", "sas") is None and read("1e300", "spss") is None


def test_impossible_days_are_no_dates_in_any_format():
    for name in FORMATS:
        assert read("31/02/2024", name) is None and read("00/00/2024", name) is None
    assert read("20241332", "yyyymmdd") is None


def test_a_fault_says_what_the_cell_could_mean():
    rule, action = date_fault("03/05/2024", "DTHDT")
    assert "2024-05-03 (day-first)" in action and "2024-03-05 (month-first)" in action and "DTHDT" in action
    assert readings("25/03/2024") == {"day-first": "2024-03-25"}
    assert readings("45356") == {"excel-1900": "2024-03-05", "excel-1904": "2028-03-06"}
    assert "Write the date" in date_fault("soon", "DTHDT")[1] and date_fault("13/13/2024", "X")[0] == "not a date"
    assert "day-first" in date_fault("03/25/2024", "X", ("day-first",))[0]


def test_declared_formats_are_read_for_their_column_alone(write_cohort):
    adsl = "USUBJID,DTHDT,LSTALVDT\nA,05/03/2024,2024-03-04\nB,,05/03/2024\n"
    write_cohort(yml=YML + "dates: {DTHDT: day-first}\n", adsl=adsl)
    bad = [f for f in read_cohort("c")[1] if f.severity == "error"]
    assert [(f.row, f.column, f.value) for f in bad] == [(3, "LSTALVDT", "05/03/2024")]
    write_cohort(yml=YML + "dates: day-first\n", adsl=adsl)
    adsl = load_cohort("c").table("adsl")
    assert adsl["DTHDT"][0] == pd.Timestamp(DAY) == adsl["LSTALVDT"][1]


def test_several_formats_of_one_column_are_a_list(write_cohort):
    write_cohort(
        yml=YML + "dates: {DTHDT: [day-first, excel-1900]}\n",
        adsl="USUBJID,DTHDT\nA,05/03/2024\nB,45356\nC,2024-03-05\n",
    )
    assert set(load_cohort("c").table("adsl")["DTHDT"]) == {pd.Timestamp(DAY)}


@pytest.mark.parametrize("rivals", RIVALS)
def test_formats_that_read_one_cell_differently_cannot_both_be_declared(write_cohort, rivals):
    write_cohort(yml=f"{YML}dates: {{DTHDT: [{rivals[0]}, {rivals[1]}]}}\n")
    assert "read the same cell differently" in read_cohort("c")[1][0].rule


@pytest.mark.parametrize(
    "entry, rule",
    [
        ("DTHDT: dayfirst", "unknown date format"),
        ("DETHDT: day-first", "not a column"),
        ("DTHDT: 3", "unknown date format"),
    ],
)
def test_a_fault_in_dates_is_named(write_cohort, entry, rule):
    write_cohort(yml=f"{YML}dates: {{{entry}}}\n")
    (fault,) = read_cohort("c")[1]
    assert rule in fault.rule and fault.row == 3


def test_a_rule_that_another_date_forbids_has_no_median(write_cohort):
    """The first of the month of death would come before the last contact: no such cohort, and no traceback."""
    yml = "title: T\ndata_cutoff: 2024-12-31\npartial_dates: {DTHDT: {rule: last}}\n"
    adsl = "USUBJID,ASTDT_RECHALLENGE,DTHDT,LSTALVDT\nA,2022-01-05,2022-06,2022-06-20\nB,2022-02-05,2022-09-03,\nC,2022-02-05,,2022-03-01\n"
    write_cohort(yml=yml, adsl=adsl)
    (note,) = partial_sensitivity(read_cohort("c")[0])
    assert "first none (another date forbids it), mid none (another date forbids it), last 6.4" in note.action
