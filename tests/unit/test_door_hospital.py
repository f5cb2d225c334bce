"""Sheets as hospitals of China, Taiwan and Japan keep them: what their words, dates and lines mean."""

import datetime as dt

import pytest
from openpyxl import Workbook

from rechallenge.cohort.cohort import read_cohort
from rechallenge.cohort.propose.legends import codes_in
from rechallenge.cohort.propose.propose import propose
from rechallenge.cohort.propose.words import level_of, same
from rechallenge.cohort.propose.write import write_cohort
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


def workbook(path, **sheets):
    made = Workbook()
    made.remove(made.active)
    for title, lines in sheets.items():
        sheet = made.create_sheet(title)
        for line in lines:
            sheet.append(line)
    made.save(path)
    return path


def of_courses():
    """Patients, and the lines of a sheet of each course under the same names, and of a follow-up sheet."""
    head = ["住院号", "开始日期", "末次用药日期", "最佳疗效", "进展日期"]
    first = [[p[0], "2020-01-05", "2020-06-01", "PR", "2020-06-03"] for p in patients()]
    again = [[p[0], p[1], p[2], "SD", p[2]] for p in patients()]
    seen = [[p[0], p[3], p[4]] for p in patients()]
    return [head, *first], [head, *again], [["住院号", "死亡日期", "末次随访日期"], *seen]


@pytest.mark.slow
def test_a_sheet_for_each_course_under_the_same_names_is_put_together(tmp_path):
    first, again, seen = of_courses()
    base = [["住院号", "性别"], *([p[0], "男"] for p in patients())]
    path = workbook(tmp_path / "a.xlsx", 基本信息=base, 首次免疫治疗=first, 再挑战=again, 随访=seen)
    question = asked(path, "sheets")
    assert question.proposed == "join" and "识别" in question.text("zh") and "rows" not in question.text("zh")
    proposal, cohort = taken(path)
    adex, adrs = cohort.table("adex"), cohort.table("adrs")
    assert len(adex) == 16 and adex["PDDT"].notna().all() and adex["AENDT"].notna().all()
    assert dict(adrs.groupby("APHASE", observed=True)["AVALC"].first()) == {"INITIAL": "PR", "RECHALLENGE": "SD"}
    assert cohort.table("adsl")["DTHDT"].notna().sum() == DEATHS
    again[3][1] = "2021-13-45"
    workbook(path, 基本信息=base, 首次免疫治疗=first, 再挑战=again, 随访=seen)
    write_cohort("c", proposal, replace=True)
    found = [f for f in read_cohort("c")[1] if f.rule.startswith("not a date")]
    assert [(f.file, f.row) for f in found] == [("a.xlsx[再挑战]", 4)]


@pytest.mark.slow
def test_a_file_for_each_course_with_sheets_of_one_name(tmp_path):
    first, again, seen = of_courses()
    again = [[*line, *more[1:]] for line, more in zip(again, seen, strict=True)]
    paths = [workbook(tmp_path / f"{name}.xlsx", Sheet1=lines) for name, lines in (("首次免疫治疗", first), ("免疫再挑战", again))]  # fmt: skip
    said = next(q for q in propose(paths, {}).questions if q.topic == "sheet_courses").proposed
    assert said == {"首次免疫治疗.xlsx[Sheet1]": "first course", "免疫再挑战.xlsx[Sheet1]": "rechallenge"}
    cohort = taken(paths)[1]
    assert cohort.table("adex")["PDDT"].notna().sum() == 16 and cohort.table("adsl")["DTHDT"].notna().sum() == DEATHS


@pytest.mark.slow
def test_tables_below_and_beside_that_of_the_patients_are_no_patients(tmp_path):
    lines = [[int(p[0][1:]) + 1, *p[1:]] for p in patients()]
    side = [["药物", "例数"], ["甲药", 3], ["乙药", 5]]
    lines = [[*line, None, *(side[i] if i < 3 else ())] for i, line in enumerate([DATED, *lines])]
    below = [[], ["表2 统计结果"], ["指标", "例数", "百分比"], ["男", 12, "60%"], ["女", 8, "40%"], ["ORR", 6, "30%"]]
    path = workbook(tmp_path / "a.xlsx", 病例=[["表1 病例"], *lines, *below])
    proposal, cohort = taken(path)
    assert len(cohort.table("adsl")) == 8 and "例数" not in proposal.plans[0].columns
    assert any("患者表旁边" in q.text("zh") and "例数" in q.text("zh") for q in proposal.questions)
    rest = [line for line in below if line[:1] not in (["表2 统计结果"], ["指标"])]
    more = [["性别", "年龄", "方案"], *[["男", 60, "甲药"]] * 8]
    lines = [[*line[:5], *added] for line, added in zip(lines, more, strict=True)]
    path = workbook(tmp_path / "b.xlsx", 病例=[*lines, *rest])
    question = asked(path, "lines")
    assert question.words["n"] == 3 and "位于空行之下" in question.text("zh")


COLUMNS = ["编号", "性别", "首次疗效", "再挑战疗效", "结局"]


@pytest.mark.parametrize(
    "text, codes",
    [
        ("性别：1=男，2=女；结局：1=存活，2=死亡（记录死亡日期）", {"性别": {"1": "男", "2": "女"}, "结局": {"1": "存活", "2": "死亡"}}),
        ("性别（1男，2女），结局（0存活，1死亡）", {"性别": {"1": "男", "2": "女"}, "结局": {"0": "存活", "1": "死亡"}}),
        ("注：性别 1=男 2=女；结局 0=存活 1=死亡", {"性别": {"1": "男", "2": "女"}, "结局": {"0": "存活", "1": "死亡"}}),
        ("疗效:1=CR,2=PR", {"首次疗效": {"1": "CR", "2": "PR"}, "再挑战疗效": {"1": "CR", "2": "PR"}}),
        ("性别1=男,2=女,结局1=死亡,2=存活", {}),  # nothing parts the columns
        ("备注：1=死亡，2=存活", {}),  # of which column?
        ("随访1年，结局2例", {}),
    ],
)  # fmt: skip
def test_what_a_note_says_of_the_codes(text, codes):
    assert codes_in([text], COLUMNS) == codes


@pytest.mark.slow
@pytest.mark.parametrize("where", ["below", "sheet", "sheet of texts"])
def test_codes_that_a_note_or_a_sheet_explains(tmp_path, where):
    head = ["编号", "性别", "再挑战疗效", "再挑战开始日期", "结局", "末次随访日期"]
    rows = [[i + 1, 1 + i % 2, 1 + i % 4, p[1], 2 if p[3] else 1, p[4]] for i, p in enumerate(patients())]
    notes = [["性别：1=男，2=女"], ["疗效：1=CR，2=PR，3=SD，4=PD"], ["结局：1=存活，2=死亡"]]
    lines = [["变量", "编码", "含义"], ["性别", 1, "男"], [None, 2, "女"], ["结局", 1, "存活"], [None, 2, "死亡"],
             *(["再挑战疗效" if k == 1 else None, k, w] for k, w in enumerate(["CR", "PR", "SD", "PD"], 1))]  # fmt: skip
    texts = [
        ["变量", "说明"],
        ["性别", "1=男，2=女"],
        ["再挑战疗效", "1=CR，2=PR，3=SD，4=PD"],
        ["结局", "1存活，2死亡"],
    ]
    legend = {"below": {}, "sheet": {"编码表": lines}, "sheet of texts": {"说明": texts}}[where]
    path = workbook(tmp_path / "a.xlsx", 数据=[head, *rows, *([[], *notes] if where == "below" else [])], **legend)
    proposal, cohort = taken(path, split="split")
    adsl = cohort.table("adsl")
    assert list(adsl["SEX"].astype(str)) == ["M", "F"] * 4 and adsl["DTHDT"].notna().sum() == DEATHS
    assert list(cohort.table("adrs")["AVALC"].astype(str)) == ["CR", "PR", "SD", "PD"] * 2
    assert "2 = 死亡: 4" in next(q for q in proposal.questions if q.topic == "event").text("zh")


def test_a_note_that_does_not_explain_every_code_of_a_column_explains_none(tmp_path):
    rows = [[p[0], 1 + i % 3, p[1], p[3], p[4]] for i, p in enumerate(patients())]
    lines = [["编号", "性别", "再挑战开始日期", "死亡日期", "末次随访日期"], *rows, [], ["性别：1=男，2=女"]]
    question = asked(workbook(tmp_path / "a.xlsx", 数据=lines), "codes")
    assert question.column == "性别" and not any(v.label for v in question.values)


def test_visits_with_the_same_number_as_their_dates_are_dated(tmp_path):
    visits = [name for k in (1, 2, 3) for name in (f"第{k}次疗效评价日期", f"第{k}次疗效评价")]
    rows = [[p[0], p[1], p[2], "PR", p[4], "PR", p[4], "PD", p[3], p[4]] for p in patients()]
    path = file(tmp_path, ["编号", "再挑战开始日期", *visits, "死亡日期", "末次随访日期"], rows)
    assert "日期见 第1次疗效评价日期" in asked(path, "wide_visits").text("zh")


def test_what_is_open_is_told_in_the_language_of_the_questions(tmp_path, data, command):
    rows = [[p[0], i % 3 + 1, *p[1:3], p[3] or "存活", p[4]] for i, p in enumerate(patients())]
    path = file(tmp_path, ["编号", "性别", "再挑战开始日期", "再挑战进展日期", "死亡日期", "末次随访日期"], rows)
    code, said = command("import", path, "--as", "c", "--language", "zh")
    assert code == 1 and "个问题需要人来回答" in said and "没有日期" in said and "各表示什么" in said
    assert "decides)" not in said and "Write one" not in said and "(no date)" not in said and "M（男）" in said
