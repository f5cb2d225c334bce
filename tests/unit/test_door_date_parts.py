"""Dates whose year, month and day stand in columns of their own."""

import pandas as pd
import pytest

from rechallenge.cohort.cohort import read_cohort
from rechallenge.cohort.propose.propose import propose
from rechallenge.cohort.read.date_parts import find_date_parts, with_whole_dates
from tests.unit.test_door_kinds import DAY, DEATHS, data, file, patients, taken

__all__ = ["data"]  # the folder of these cohorts, for every test
ZH = ["编号", "再挑战开始年", "再挑战开始月", "再挑战开始日", "死亡年份", "死亡月份", "死亡日", "末次随访日期"]
EN = ["id", "rechallenge_start_year", "rechallenge_start_month", "rechallenge_start_day",
      "death_year", "death_month", "death_day", "last_contact_date"]  # fmt: skip


def rows(day=lambda d: d):
    apart = lambda d: [int(x) for x in d.split("-")] if d else [""] * 3  # noqa: E731
    return [
        [p[0], *apart(p[1]), *[day(x) if k == 2 else x for k, x in enumerate(apart(p[3]))], p[4]] for p in patients()
    ]


def right(cohort):
    assert cohort.table("adex")["ASTDT"].min().date() == DAY
    adsl = cohort.table("adsl").set_index("USUBJID")
    assert adsl["DTHDT"].dropna().dt.strftime("%Y-%m-%d").to_dict() == {p[0]: p[3] for p in patients() if p[3]}


@pytest.mark.parametrize("head", [ZH, EN], ids=["zh", "en"])
def test_a_year_a_month_and_a_day_in_three_columns_are_a_date(tmp_path, head):
    proposal, cohort = taken(file(tmp_path, head, rows()), course="rechallenge")
    right(cohort)
    assert not [q for q in proposal.questions if q.topic in ("partial", "placed")]
    assert not [f for f in read_cohort("c")[1] if f.id == "unused-outcome" or f.severity == "error"]


def test_in_a_file_of_stored_columns(tmp_path):
    frame = pd.DataFrame(rows(), columns=EN)
    frame.assign(**{n: pd.to_numeric(frame[n]) for n in EN[1:7]}).to_stata(tmp_path / "a.dta", write_index=False)
    right(taken(tmp_path / "a.dta", course="rechallenge")[1])


def test_a_day_that_is_not_known_asks_for_a_rule(tmp_path):
    lines = [[*row[:-1], "" if row[4] else row[-1]] for row in rows(lambda d: "")]
    proposal, cohort = taken(file(tmp_path, ZH, lines), partial="mid")
    asked = next(q for q in proposal.questions if q.topic == "partial")
    assert asked.words["n"] == DEATHS and set(cohort.table("adsl")["DTHDT"].dropna().dt.day) == {15}


def test_no_date_is_made_of_what_is_none():
    frame = pd.DataFrame(
        {"年龄": ["60"], "吸烟年": ["30"], "随访月": ["12"], "year": ["2021"], "month": ["3"], "stage": ["3"]}
    )
    assert find_date_parts(frame) == {}
    odd = pd.DataFrame(
        {
            "death_year": ["2021", "2022", "", "2022"],
            "death_month": ["3", "13", "", ""],
            "death_day": ["5", "1", "", ""],
        }
    )
    parts = {"death date": list(odd.columns)}
    assert with_whole_dates(odd, parts)["death date"].tolist() == ["2021-03-05", "2022 13 1", None, "2022"]


@pytest.mark.slow
def test_such_dates_of_a_sheet_beside_the_patients(tmp_path):
    whole = pd.DataFrame(rows(), columns=ZH)
    with pd.ExcelWriter(tmp_path / "a.xlsx") as book:
        whole[ZH[:4]].to_excel(book, sheet_name="基线", index=False)
        whole[[ZH[0], *ZH[4:]]].to_excel(book, sheet_name="随访", index=False)
    right(taken(tmp_path / "a.xlsx", sheets="join")[1])
    assert propose([tmp_path / "a.xlsx"]).plans[0].written("DTHDT") == "死亡日期"
