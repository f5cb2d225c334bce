"""Sheets of other countries, and of systems that keep patients and treatments apart."""

import datetime as dt

import pytest

from papercheck.files.findings import CohortError
from papercheck.vocabulary.dictionary import load_dictionary
from rechallenge.cohort.cohort import read_cohort
from rechallenge.cohort.privacy.dates import found_dates
from rechallenge.cohort.propose.propose import propose
from rechallenge.cohort.propose.words import level_of
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


TURKISH = ["Hasta No", "A kürü başlangıç tarihi", "B kürü başlangıç tarihi", "B kürü progresyon tarihi", "Ölüm tarihi", "Son kontrol tarihi"]  # fmt: skip


def dated_twice(tmp_path, head):
    rows = [[p, str(dt.date.fromisoformat(str(s)) - dt.timedelta(300)), s, *rest] for p, s, *rest in patients()]
    return file(tmp_path, head, rows)


@pytest.mark.parametrize(
    "head", [TURKISH, ["编号", "甲药开始用药日期", "乙药开始用药日期", "乙药进展日期", "死亡日期", "末次随访日期"]]
)
def test_two_starts_whose_names_say_no_course_are_both_asked_about(tmp_path, head):
    """Neither is taken for the first course because it stands in front, or behind."""
    asked = {q.column: q for q in propose([dated_twice(tmp_path, head)], {}).questions if q.topic == "placed"}
    assert {"ASTDT_INITIAL", "ASTDT_RECHALLENGE"} <= set(asked[head[1]].choices) & set(asked[head[2]].choices)
    assert asked[head[1]].blocking and asked[head[2]].proposed is None


@pytest.mark.slow
def test_two_starts_are_read_as_they_are_answered(tmp_path):
    path = dated_twice(tmp_path, TURKISH)
    placed = {f"place.a.csv.{n}": t for n, t in zip(TURKISH[1:3], ("ASTDT_INITIAL", "ASTDT_RECHALLENGE"), strict=True)}
    _, cohort = taken(path, course="rechallenge", **placed)
    adex = cohort.table("adex")
    assert (adex.groupby("USUBJID")["ASTDT"].max() - adex.groupby("USUBJID")["ASTDT"].min()).dt.days.eq(300).all()


def test_of_two_columns_of_one_name_the_one_whose_cells_are_known_is_read(tmp_path):
    rows = [[p, s, pd_, "Not set", "Dead" if d else "Alive", d, last] for p, s, pd_, d, last in patients()]
    head = ["Patient", "Start of rechallenge", "PD on rechallenge", "Form status", "FU status", "Died on", "Last seen"]
    assert propose([file(tmp_path, head, rows)], {}).plans[0].columns["FU status"] == "DTHFL"


EXITS = ["Patient", "Start of rechallenge", "PD on rechallenge", "Exit date", "Exit reason"]


def exits(tmp_path):
    rows = [[p, s, pd_, last, "death" if d else ["lost", "end of study"][i % 4 // 2]] for i, (p, s, pd_, d, last) in enumerate(patients())]  # fmt: skip
    return file(tmp_path, EXITS, rows)


@pytest.mark.slow
def test_a_reason_of_exit_says_who_died_whatever_it_is_called(tmp_path):
    placed = {"place.a.csv.Exit date": "LSTALVDT", "split": "split", "course": "rechallenge"}
    _, cohort = taken(exits(tmp_path), **placed)
    assert cohort.table("adsl")["DTHDT"].notna().sum() == DEATHS


@pytest.mark.slow
def test_a_cohort_of_which_nothing_says_who_died_is_told_so(tmp_path):
    answers = {"place.a.csv.Exit date": "LSTALVDT", "split": "last contact", "course": "rechallenge"}
    path = exits(tmp_path)
    path.write_text("\n".join(line.rpartition(",")[0] for line in path.read_text().splitlines()) + "\n")
    taken(path, **answers)
    found = [f for f in read_cohort("c")[1] if "nothing says who died" in str(f.rule)]
    assert len(found) == 1 and found[0].severity == "warning"


def test_a_spreadsheet_of_excel_2003_is_refused_with_what_to_do(tmp_path):
    (tmp_path / "a.xls").write_text(
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet><Table><Row>'
        "<Cell><Data>Patient</Data></Cell></Row></Table></Worksheet></Workbook>"
    )
    with pytest.raises(CohortError, match="save it as .xlsx"):
        propose([tmp_path / "a.xls"], {})


@pytest.mark.parametrize(
    "column, cells, levels",
    [("SEX", "Kadın Erkek Feminino mężczyzna ♀ Mr", "F M F M F M"),
     ("OS_EVENT", "Óbito Sağ Ex Não tak Deceduta", "1 0 1 0 1 1"),
     ("BOR_INITIAL", "DP DE progresyon", "PD SD PD")],
)  # fmt: skip
def test_words_of_portuguese_turkish_italian_and_polish_cells(column, cells, levels):
    spec = load_dictionary()["adsl"].columns[column]
    assert [level_of(w, spec) for w in cells.split()] == levels.split()
