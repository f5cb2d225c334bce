"""Sheets as hospitals of China, Taiwan and Japan keep them: what their words, dates and lines mean."""

import datetime as dt

import pytest

from rechallenge.cohort.propose.propose import propose
from rechallenge.cohort.propose.words import level_of, same
from rechallenge.cohort.read.dates import meanings
from rechallenge.cohort.read.event_cells import events_in
from tests.unit.test_door_kinds import DATED, DEATHS, data, deaths, file, patients, short, taken

__all__ = ["data"]


def asked(path, topic, **given):
    return next(q for q in propose([path], given).questions if q.topic == topic)


@pytest.mark.parametrize("name", ["结局（死亡/存活/失访）", "存活", "是否存活或死亡", "Alive or dead"])
def test_a_word_of_death_is_the_event_whatever_the_name_of_its_column(tmp_path, name):
    path = file(tmp_path, ["编号", "再挑战OS(月)", name], short(lambda e: "死亡" if e else "存活"))
    assert asked(path, "event").proposed == {"存活": "censored", "死亡": "event"}
    assert deaths(taken(path)[1]) == DEATHS


@pytest.mark.parametrize("name, proposed", [("死亡/存活", None), ("存活", {"0": "event", "1": "censored"}), ("死亡", {"0": "censored", "1": "event"})])  # fmt: skip
def test_codes_under_a_name_of_both_are_not_guessed(tmp_path, name, proposed):
    assert asked(file(tmp_path, ["编号", "再挑战OS(月)", name], short()), "event").proposed == proposed


@pytest.mark.parametrize("name", ["性 别", "性　别", "性別"])
def test_blanks_inside_a_name_and_traditional_characters_do_not_matter(name):
    assert same("性别", name)


def roc(day):
    day = dt.date.fromisoformat(str(day))
    return f"{day.year - 1911}/{day.month:02}/{day.day:02}"


def test_a_sheet_of_taiwan_with_years_of_the_republic(tmp_path):
    head = ["病歷號", "再挑戰開始日期", "再挑戰惡化日期", "死亡日期", "最後追蹤日期"]
    path = file(tmp_path, head, [[p, *(roc(d) if d else "" for d in days)] for p, *days in patients()])
    proposal, cohort = taken(path)
    adsl = cohort.table("adsl")
    assert adsl["DTHDT"].notna().sum() == DEATHS and adsl["LSTALVDT"].notna().all()
    assert cohort.table("adex")["PDDT"].notna().all() and cohort.table("adex")["ASTDT"].min() == dt.datetime(
        2021, 3, 12
    )
    assert proposal.plans[0].dates["DTHDT"] == ("roc",)


@pytest.mark.parametrize(
    "cell, form", [("民國113年3月5日", "roc"), ("113.3.5", "roc"), ("令和6年3月5日", ""), ("R6.3.5", "")]
)
def test_years_of_other_calendars(cell, form):
    assert meanings(cell) == {form: dt.date(2024, 3, 5)}


def test_day_numbers_beside_dates_of_another_form_are_asked_too(tmp_path):
    ways = [lambda d: f"{d.year % 100}/{d.month}/{d.day}", lambda d: str((d - dt.date(1899, 12, 30)).days)]
    rows = patients()
    rows = [[r[0], *(ways[(i + j) % 2](dt.date.fromisoformat(d)) if d else "" for j, d in enumerate(r[1:]))] for i, r in enumerate(rows)]  # fmt: skip
    path = file(tmp_path, DATED, rows)
    _, cohort = taken(path, order="year-first-20yy", counted="excel-1900")
    assert cohort.table("adsl")["DTHDT"].notna().sum() == DEATHS and cohort.table("adex")["ASTDT"].notna().all()
    counted = asked(path, "counted", **{"order.a.csv": "year-first-20yy"})
    assert counted.words["n"] == 16 and "如 4" in counted.text("zh")


LAST = ["末次用药", "末次用药日期", "最后一次用药日期", "停药时间", "最終投与日"]


@pytest.mark.parametrize("last", LAST)
def test_the_last_dose_of_each_course_has_its_place(tmp_path, last):
    head = [
        "编号",
        "首次免疫开始日期",
        f"首次免疫{last}",
        "再挑战开始日期",
        f"再挑战{last}",
        "死亡日期",
        "末次随访日期",
    ]
    rows = [[p, "2020-01-05", "2020-05-02", start, end, dead, seen] for p, start, end, dead, seen in patients()]
    adex = taken(file(tmp_path, head, rows))[1].table("adex")
    assert adex["AENDT"].notna().all() and len(adex) == 16


@pytest.mark.parametrize(
    "word, code",
    [("恶化", "PD"), ("惡化", "PD"), ("病情进展", "PD"), ("部分反應", "PR"), ("iCPD", "PD"), ("穩定", "SD")],
)
def test_words_of_responses(word, code):
    from papercheck.vocabulary.dictionary import load_dictionary

    assert level_of(word, load_dictionary()["adsl"].columns["BOR_RECHALLENGE"]) == code


@pytest.mark.parametrize("name", ["随访结果", "目前状态", "患者状态"])
def test_a_column_of_who_lives_is_found_by_its_name(tmp_path, name):
    rows = [[*p[:3], "死亡" if p[3] else "失访", p[4]] for p in patients()]
    path = file(tmp_path, ["编号", "再挑战开始日期", "再挑战进展日期", name, "最后随访时间"], rows)
    assert taken(path, split="split")[1].table("adsl")["DTHDT"].notna().sum() == DEATHS


@pytest.mark.parametrize(
    "cell, events",
    [
        ("皮疹1级、肺炎2级", [("皮疹", "1"), ("肺炎", "2")]),
        ("皮疹（1级）；肺炎（2级）", [("皮疹", "1"), ("肺炎", "2")]),
        ("Ⅱ度皮疹\nⅢ度肺炎", [("皮疹", "2"), ("肺炎", "3")]),
        ("皮疹1级肺炎2级", [("皮疹", "1"), ("肺炎", "2")]),
        ("1.皮疹 G1 2.肺炎 G2", [("皮疹", "1"), ("肺炎", "2")]),
        ("rash G1, pneumonitis grade 2", [("rash", "1"), ("pneumonitis", "2")]),
        ("皮疹1级，腹泻", [("皮疹", "1"), ("腹泻", "")]),
        ("免疫性肺炎（G3，激素治疗后好转）", [("免疫性肺炎", "3")]),
        ("皮疹1级（2023-03-05）", [("皮疹", "1")]),
        ("AST/ALT升高2级", [("AST/ALT升高", "2")]),
        ("皮疹0级、腹泻1级", [("腹泻", "1")]),
        ("肺炎≥3级", [("肺炎", "≥3级")]),
        ("Pneumonia, interstitial", [("Pneumonia, interstitial", "")]),
        ("无不良反应", []),
    ],
)
def test_the_events_of_a_cell(cell, events):
    assert list(events_in(cell)) == events


BASE = ["编号", "再挑战开始日期", "再挑战进展日期", "死亡日期", "末次随访日期"]


def test_events_with_their_grades_in_one_cell_are_rows_of_their_own(tmp_path):
    cells = ["皮疹1级、肺炎2级", "无", "", "腹泻（3级）", "乏力", "皮疹Ⅱ度；乏力Ⅰ度；肺炎Ⅰ度", "—", "皮疹1-2级"]
    rows = [[*p, c] for p, c in zip(patients(), cells, strict=True)]
    path = file(tmp_path, [*BASE, "再挑战不良反应"], rows)
    said = asked(path, "wide_events").text("zh")
    assert "皮疹 2; 乏力 1; 肺炎 1（共 8 个）" in said and "配合" not in said
    proposal, cohort = taken(path, codes={"1-2级": "2"})
    adae = cohort.table("adae")
    assert sorted(zip(adae["AEDECOD"], adae["ATOXGR"].fillna(0), strict=True)) == [
        ("乏力", 0), ("乏力", 1), ("皮疹", 1), ("皮疹", 2), ("皮疹", 2), ("肺炎", 1), ("肺炎", 2), ("腹泻", 3)
    ]  # fmt: skip
    path.write_text(path.read_text(encoding="utf-8").replace("皮疹Ⅱ度", "皮疹7度"), encoding="utf-8")
    assert "皮疹7度" in set(taken(path, codes={"1-2级": "2"})[1].table("adae")["AEDECOD"])


def test_grades_beside_several_events_are_theirs_where_there_are_as_many(tmp_path):
    cells = [("皮疹、肺炎", "1、2"), ("皮疹、肺炎", "3"), *[("无", "")] * 6]
    rows = [[*p, *c] for p, c in zip(patients(), cells, strict=True)]
    path = file(tmp_path, [*BASE, "再挑战不良反应", "再挑战不良反应分级"], rows)
    for answer, second in (("whole", [("皮疹、肺炎", 3)]), ("apart", [("皮疹", 3), ("肺炎", 3)])):
        adae = taken(path, several=answer)[1].table("adae")
        assert sorted(zip(adae["AEDECOD"], adae["ATOXGR"], strict=True)) == sorted([("皮疹", 1), ("肺炎", 2), *second])


def test_every_column_in_the_form_of_an_event_is_one(tmp_path):
    head = [*BASE, "再挑战皮疹（级）", "再挑战某种少见反应（级）"]
    rows = [[*p, i % 3, i % 2] for i, p in enumerate(patients())]
    adae = taken(file(tmp_path, head, rows))[1].table("adae")
    assert (adae["AEDECOD"] == "某种少见反应").sum() == 4 and len(adae) == 9
