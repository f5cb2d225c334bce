"""A hospital sheet in Korean, and columns that are called after the course alone."""

import datetime as dt

import pytest

from rechallenge.cohort.propose.propose import propose
from rechallenge.cohort.read.dates import meanings
from tests.unit.test_door_kinds import data, file, taken

__all__ = ["data"]
START = dt.date(2021, 3, 12)
HEAD = [
    "환자번호",
    "나이",
    "성별",
    "재투여 시작일",
    "질병진행일",
    "사망일",
    "최종추적일",
    "최선반응",
    "병기",
    "조직형",
    "흡연력",
]


def in_korean(day):
    return f"{day.year}년 {day.month}월 {day.day}일"


@pytest.mark.slow
def test_a_sheet_in_korean(tmp_path):
    rows = []
    for i in range(6):
        start = START + dt.timedelta(days=30 * i)
        last = start + dt.timedelta(days=300 + i)
        ends = [
            in_korean(start + dt.timedelta(days=60)) if i % 3 else "",
            in_korean(last) if i % 2 else "",
            in_korean(last),
        ]
        words = [
            ["부분관해", "안정병변", "진행"][i % 3],
            "IV",
            ["선암", "편평상피암"][i % 2],
            ["비흡연", "과거흡연", "현재흡연"][i % 3],
        ]
        rows.append([f"K{i}", 60 + i, ["남", "여"][i % 2], in_korean(start), *ends, *words])
    cohort = taken(file(tmp_path, HEAD, rows))[1]
    adsl, courses = cohort.table("adsl"), cohort.table("adex")
    assert adsl["SEX"].tolist() == ["M", "F"] * 3 and adsl["HIST"].tolist() == ["ADENO", "SQUAMOUS"] * 3
    assert adsl["SMOKE"].tolist() == ["NEVER", "FORMER", "CURRENT"] * 2 and adsl["AGE"].sum() == 375
    assert courses["ASTDT"].min().date() == START and courses["PDDT"].notna().sum() == 4
    assert adsl["DTHDT"].notna().sum() == 3 and adsl["LSTALVDT"].max().date() == START + dt.timedelta(days=455)
    assert cohort.table("adrs")["AVALC"].tolist() == ["PR", "SD", "PD"] * 2


def test_a_korean_date_has_one_meaning():
    assert meanings("2024년 3월 5일") == {"": dt.date(2024, 3, 5)} == meanings("2024년3월5일")


@pytest.mark.parametrize("heads", [("First ICI", "Rechallenge ICI"), ("首次免疫治疗", "再挑战免疫治疗")])
def test_columns_called_after_the_course_alone_are_its_regimen_or_its_start(tmp_path, heads):
    starts = [START, START + dt.timedelta(days=300)]
    rows = [
        [f"P{i}", *starts, starts[1] + dt.timedelta(days=90), "Nivolumab", "Sintilimab" if i % 2 else "Nivolumab"]
        for i in range(4)
    ]
    path = file(tmp_path, ["ID", "start of first ICI", "start of rechallenge", "last contact", *heads], rows)
    columns = propose([path]).plans[0].columns
    assert [columns.get(h) for h in heads] == ["TRT_INITIAL", "TRT_RECHALLENGE"]
    rows = [[f"P{i}", *starts, starts[1] + dt.timedelta(days=90)] for i in range(4)]
    columns = propose([file(tmp_path, ["ID", *heads, "last contact"], rows)]).plans[0].columns
    assert [columns.get(h) for h in heads] == ["ASTDT_INITIAL", "ASTDT_RECHALLENGE"]
    rows = [[f"P{i}", "Yes", "Yes" if i % 2 else "No", 5.5, i % 2] for i in range(4)]
    columns = propose([file(tmp_path, ["ID", *heads, "OS (months)", "death"], rows)]).plans[0].columns
    assert not set(heads) & set(columns)


def test_a_cell_that_can_only_be_unknown_is_said_and_waits_for_nobody(tmp_path):
    rows = [[f"P{i}", 5.5 + i, i % 2, "bad" if not i else 80] for i in range(6)]
    proposal, cohort = taken(file(tmp_path, ["ID", "OS from rechallenge (months)", "death", "KPS"], rows))
    asked = next(q for q in proposal.questions if q.topic == "codes")
    assert not asked.blocking and asked.proposed == {"bad": "unknown"} and "bad: 1" in asked.text()
    assert cohort.table("adsl")["KARNOF"].isna().sum() == 1
    rows = [[f"P{i}", "alive" if not i else 5.5 + i, i % 2] for i in range(6)]
    path = file(tmp_path, ["ID", "OS from rechallenge (months)", "death"], rows)
    asked = next(q for q in propose([path]).questions if q.topic == "codes")
    assert asked.blocking and asked.proposed == {"alive": "unknown"}
