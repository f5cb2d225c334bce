"""Sheets of other countries, and of systems that keep patients and treatments apart."""

import datetime as dt

import pytest

from rechallenge.cohort.privacy.dates import found_dates
from rechallenge.cohort.propose.propose import propose
from rechallenge.cohort.read.cells import number_text
from rechallenge.cohort.read.dates import meanings, read_dates
from tests.unit.test_door_kinds import DEATHS, data, file, patients, taken

__all__ = ["data"]
DAY = dt.date(2024, 3, 5)
NOWRUZ = {  # the first day of years of Iran, as its calendars print them
    1387: "2008-03-20", 1391: "2012-03-20", 1392: "2013-03-21", 1395: "2016-03-20", 1396: "2017-03-21",
    1399: "2020-03-20", 1400: "2021-03-21", 1402: "2023-03-21", 1403: "2024-03-20", 1404: "2025-03-21",
}  # fmt: skip


@pytest.mark.parametrize(
    "cell, form",
    [("2567/3/5", "buddhist"), ("5/3/2567", "buddhist"), ("2567-03-05", "buddhist"), ("5 March 2567", "buddhist"),
     ("1402/12/15", "solar-hijri"), ("15/12/1402", "solar-hijri"), ("١٤٠٢/١٢/١٥", "solar-hijri"), ("٢٠٢٤/٠٣/٠٥", ""),
     ("2024-03-05 (화)", ""), ("2024/3/5(火)", ""), ("2024年3月5日（火）", ""), ("2024年3月5日 星期二", ""),
     ("Di, 05. 03. 2024", "day-first"), ("mardi 5 mars 2024", ""), ("05/03/2024 Tue", "day-first")],
)  # fmt: skip
def test_days_as_other_countries_write_them(cell, form):
    assert meanings(cell) == {form: DAY}


def test_the_calendar_of_iran_agrees_with_its_printed_new_years_and_leap_years():
    for year, day in NOWRUZ.items():
        assert meanings(f"{year}/1/1") == {"solar-hijri": dt.date.fromisoformat(day)}
    assert [y for y in range(1376, 1410) if meanings(f"{y}/12/30")] == [1379, 1383, 1387, 1391, 1395, 1399, 1403, 1408]


@pytest.mark.parametrize("cell", ["2024-03-05 (수)", "Wed 5 March 2024", "1397/13/01", "1400/12/30", "12/31/2567"])
def test_a_day_that_its_weekday_or_its_calendar_denies_is_none(cell):
    assert not meanings(cell)


@pytest.mark.parametrize("cell", ["9999-12-31", "0001-01-01", "1111-11-11", "2562-13-01"])
def test_years_that_no_column_of_dates_can_hold_end_nothing(cell):
    import pandas as pd

    assert read_dates(pd.Series([cell])).isna().all()


@pytest.mark.parametrize("form, year", [("buddhist", lambda d: d.year + 543), ("solar-hijri", None)])
def test_a_sheet_with_the_years_of_another_calendar_says_so_and_is_read(tmp_path, form, year):
    def written(text):
        day = dt.date.fromisoformat(str(text))
        if year:
            return f"{day.day}/{day.month}/{day.year + 543}"
        return next(
            w for y in (day.year - 622, day.year - 621) for m in range(1, 13) for k in range(1, 32)
            if meanings(w := f"{y}/{m:02}/{k:02}") == {"solar-hijri": day}
        )  # fmt: skip

    rows = [[p, *(written(d) if d else "" for d in days)] for p, *days in patients()[:4]]
    head = ["Patient", "Start of rechallenge", "PD on rechallenge", "Date of death", "Last contact"]
    plan = propose([file(tmp_path, head, rows)], {}).plans[0]
    assert plan.dates["LSTALVDT"] == (form,)
    assert f"is {form}" in plan.notes["LSTALVDT"]


@pytest.mark.parametrize("text", ["5/3/2567", "2567-03-05", "1402/12/15"])
def test_a_day_of_another_calendar_is_found_in_a_text(text):
    assert any(DAY in days for _, days, _ in found_dates(f"seen on {text}."))


@pytest.mark.parametrize("cell, unit, number", [("٧١", "years", "71"), ("۶٫۵", "months", "6.5"), ("६७ years", "years", "67")])  # fmt: skip
def test_numbers_in_the_figures_of_any_script(cell, unit, number):
    assert number_text(cell, unit) == number


@pytest.mark.slow
def test_a_file_of_courses_and_one_of_patients_are_put_together(tmp_path):
    """The patients stand beside the courses, whose rows are put side by side first."""
    rows = []
    for p, start, pd_, *_ in patients():
        first = str(dt.date.fromisoformat(str(start)) - dt.timedelta(300))
        rows += [[p, "ICI1", first, start], [p, "ICI2", start, pd_]]
    courses = file(tmp_path, ["patient_id", "line", "start_date", "progression_date"], rows, name="treatment.csv")
    people = [[p.lower(), "M" if i % 2 else "F", *rest[2:]] for i, (p, *rest) in enumerate(patients())]
    other = file(tmp_path, ["PATIENT_ID", "SEX", "DEATH_DATE", "LAST_CONTACT"], people, name="people.csv")
    _, cohort = taken([courses, other], followed="not known", courses={"ICI1": "first course", "ICI2": "rechallenge"})
    assert cohort.table("adsl")["DTHDT"].notna().sum() == DEATHS and len(cohort.table("adex")) == len(rows)
    assert cohort.table("adsl")["SEX"].notna().all()
