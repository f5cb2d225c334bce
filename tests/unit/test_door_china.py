"""Sheets as Chinese hospitals keep them: words, dates and durations as they are spoken, traditional characters."""

import pytest

from papercheck.files.findings import CohortError
from papercheck.vocabulary.dictionary import load_dictionary
from rechallenge.cohort.propose.again import unknown_answers
from rechallenge.cohort.propose.fit import SIGNED
from rechallenge.cohort.propose.propose import propose
from rechallenge.cohort.propose.words import level_of, same, synonyms
from rechallenge.cohort.read.cells import number_text
from rechallenge.cohort.read.dates import complete, meanings, period
from rechallenge.cohort.read.signs import number_and_sign
from rechallenge.text.language import speaking, translated

ADSL = load_dictionary()["adsl"].columns


@pytest.mark.parametrize(
    "cell, first, mid, last",
    [("24年3月", "2024-03-01", "2024-03-15", "2024-03-31"), ("113年3月", "2024-03-01", "2024-03-15", "2024-03-31"),
     ("民國113年", "2024-01-01", "2024-07-01", "2024-12-31"), ("202403", "2024-03-01", "2024-03-15", "2024-03-31"),
     ("约2024年3月", "2024-03-01", "2024-03-15", "2024-03-31"), ("2024年2月下旬", "2024-02-21", "2024-02-25", "2024-02-29"),
     ("2024年3月上旬", "2024-03-01", "2024-03-05", "2024-03-10"), ("2024年3月?日", "2024-03-01", "2024-03-15", "2024-03-31")],
)  # fmt: skip
def test_a_month_as_people_write_it_is_a_period(cell, first, mid, last):
    assert [str(complete(*period(cell), rule)) for rule in ("first", "mid", "last")] == [first, mid, last]


@pytest.mark.parametrize("cell", ["5年2月", "12年", "201211x", "去年", "2024年13月", "甲辰年三月初五", "201211"])
def test_what_is_no_month_of_a_known_year_is_no_period(cell):
    assert period(cell) is None and not meanings(cell).get("")


@pytest.mark.parametrize("cell", ["2024/3/5 上午", "2024年3月5日下午", "2024—03—05", "2024–3–5"])
def test_a_half_day_and_long_dashes_leave_the_day(cell):
    assert str(meanings(cell)[""]) == "2024-03-05"


@pytest.mark.parametrize(
    "cell, unit, number",
    [("半年", "months", "6"), ("一年半", "months", "18"), ("5个半月", "months", "5.5"), ("十二个月", "months", "12"),
     ("两年", "months", "24"), ("一年零两月", "months", "14"), ("二十三个月", "months", "23"), ("3周", "weeks", "3"),
     ("十天", "days", "10"), ("二月份", "months", "二月份"), ("8个月+", "months", "8个月+")],
)  # fmt: skip
def test_a_spoken_duration_is_its_number(cell, unit, number):
    assert number_text(cell, unit) == number


def test_rough_and_open_durations_keep_year_and_month_together():
    assert number_and_sign("1年2月+") == ("1年2月", "+")
    assert [SIGNED.fullmatch(c)[2] for c in ("5个多月", "5月余", "1年2个月余")] == ["5", "5", "1年2"]


@pytest.mark.parametrize(
    "target, word, level",
    [("HIST", "鱗狀細胞癌", "SQUAMOUS"), ("HIST", "B.鳞癌", "SQUAMOUS"), ("SEX", "1.男", "M"), ("SEX", "2、女", "F"),
     ("BOR_RECHALLENGE", "無法評估", "NE"), ("BOR_RECHALLENGE", "未评估", "NE"), ("BOR_RECHALLENGE", "2.PR", "PR"),
     ("ECOG", "1.5", "")],
)  # fmt: skip
def test_numbered_and_traditional_words_are_levels(target, word, level):
    assert level_of(word, ADSL[target]) == level


@pytest.mark.parametrize("target, name", [("STAGE", "期別"), ("LSTALVDT", "最後追蹤日"), ("LSTALVDT", "最後覆診日期")])
def test_names_of_taiwan_and_hong_kong_are_known(target, name):
    assert any(same(word, name) for word in synonyms()["columns"]["adsl"][target])


def sheet(tmp_path, lines, answers=None, name="a.csv"):
    path = tmp_path / name
    path.write_text(lines, encoding="utf-8")
    return propose([path], {"course": "rechallenge", **(answers or {})})


def smoked(*cells):
    rows = [f"P{i},{60 + i},2022-01-0{i},2022-09-0{i},{cell}\n" for i, cell in enumerate(cells, 1)]
    return "住院号,年龄,再挑战开始日期,再挑战进展日期,吸烟史\n" + "".join(rows)


def test_labels_of_groups_are_chinese():
    with speaking("zh"):
        assert translated("Smoking status (in groups)", "zh") == "吸烟史（分组）"


def test_who_answers_every_question_of_the_list_is_not_wrong(tmp_path):
    lines = smoked("有", "无", "无")
    before = sheet(tmp_path, lines)
    given = {"codes.a.csv.吸烟史": {"有": "CURRENT"}}
    assert [f.column for f in unknown_answers(before, given)] == ["codes.a.csv.吸烟史"]
    assert not unknown_answers(before, given, {"codes.a.csv.吸烟史"})


def test_full_width_commas_split_a_text_and_a_text_in_one_column_is_refused(tmp_path):
    lines = smoked("有", "无", "无")
    assert len(sheet(tmp_path, lines.replace(",", "，"), name="b.txt").plans[0].columns) == 4
    with pytest.raises(CohortError, match="one column alone"):
        sheet(tmp_path, lines.replace(",", "／"), name="c.txt")


def test_the_example_of_two_orders_is_a_cell_that_has_both(tmp_path):
    rows = ["P1,44519,2022-09-01", "P2,21.9.15,2022-09-02", "P3,20220717,2022-09-03"]
    lines = "住院号,再挑战开始日期,再挑战进展日期\n" + "\n".join(rows) + "\n"
    (question,) = [q for q in sheet(tmp_path, lines).questions if q.topic == "order"]
    assert question.words["example"] == "21.9.15" and question.words["n"] == 1
