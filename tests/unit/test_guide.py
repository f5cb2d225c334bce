"""The page of the import: the same questions as in the terminal, and a cohort at the end."""

import datetime
import re

import pytest
import yaml

from rechallenge.cohort import load_cohort
from rechallenge.cohort.propose.guide import Guide, counts_of_proposal
from tests.conftest import use_data

COMBINED = (
    "住院号,性别,再挑战开始日期,再挑战进展日期,死亡,死亡/末次随访日期\nA,男,2023-01-01,2023-03-01,是,2023-05-01\n"
    "B,女,2023-01-02,,失访,2023-06-01\nC,男,2023-01-03,2023-04-01,否,2023-07-01\n合计,,,,,\n"
)


@pytest.fixture
def page(tmp_path, monkeypatch):
    use_data(monkeypatch, tmp_path / "data")
    path = tmp_path / "a.csv"
    path.write_text(COMBINED, encoding="utf-8")
    found = Guide([path], "医院一")
    found.start()
    return found


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
def test_from_an_untouched_file_to_a_cohort(page, tmp_path, language):
    page.language.value = language
    assert {q.topic for q in page.proposal.open(blocking=True)} == {"split", "event"}
    for question in list(page.proposal.open(blocking=True)):
        page.answer(question.id, question.proposed)
    assert not page.proposal.open(blocking=True)  # the flag is asked once, for itself and for the date that it splits
    counts = counts_of_proposal(page.proposal)
    assert (counts["patients"], counts["deaths"], counts["progressions"]) == (3, 1, 2) and counts[
        "high"
    ] == "2023-07-01"
    page.write()
    assert "医院一" in page.end.value and load_cohort("医院一").table("adsl")["DTHDT"].notna().sum() == 1


def test_a_day_that_no_choice_names_is_an_answer(tmp_path, monkeypatch):
    use_data(monkeypatch, tmp_path / "data")
    text = "Patient,Start of rechallenge,PD on rechallenge,Date of death\nA,2021-01-05,2021-05-01,\nB,2021-02-03,,2022-01-09\n"
    (tmp_path / "a.csv").write_text(text)
    page = Guide([tmp_path / "a.csv"], "c")
    page.start()
    question = next(q for q in page.proposal.questions if q.topic == "followed")
    day = page._question(question).children[-1]
    day.value = datetime.date(2022, 6, 30)
    assert page.answers[question.id] == "2022-06-30" and str(page.proposal.facts["data_cutoff"][0]) == "2022-06-30"
    pick, day = page._question(question).children[1:]  # as it is drawn again
    assert pick.value is None and day.value == datetime.date(2022, 6, 30)


def test_a_column_can_be_given_another_meaning_and_the_lines_be_named(page):
    page.answer("column.a.csv.性别", "")
    assert "性别" not in page.proposal.plans[0].columns
    page._read_again([1, 3, 4])
    assert page.proposal.plans[0].sheet.cells("住院号").tolist() == ["B", "C"]


@pytest.mark.slow
def test_a_click_on_a_line_keeps_the_groups_above_the_names(tmp_path, monkeypatch):
    from tests.slow.test_three_files import hospital

    use_data(monkeypatch, tmp_path / "data")
    hospital(tmp_path / "a.xlsx")
    page = Guide([tmp_path / "a.xlsx"], "h")
    page.start()
    before = dict(page.proposal.plans[0].columns)
    boxes = [line for part in page.body.children if isinstance(part, page.w.VBox) for line in part.children]
    button = next(b.children[0] for b in boxes if getattr(b.children[0], "description", "") == "29")
    button.click()
    plan = page.proposal.plans[0]
    assert plan.sheet.last == 29 and plan.sheet.header == (2, 3) and plan.columns == before


@pytest.mark.slow
def test_what_the_eye_sees_is_said_in_the_language_of_the_page(tmp_path, monkeypatch):
    from tests.slow.test_three_files import hospital

    use_data(monkeypatch, tmp_path / "data")
    hospital(tmp_path / "a.xlsx")
    page = Guide([tmp_path / "a.xlsx"], "h", "zh")
    page.start()
    seen = [q for q in page.proposal.questions if q.topic in ("colours", "seen")]
    assert seen and all(re.search("[\u4e00-\u9fff]", q.text("zh").partition("：")[2]) for q in seen)
    assert not any(re.search("[a-z]{4}", q.text("zh").partition("：")[2]) for q in seen)


@pytest.mark.slow
def test_nothing_is_written_while_a_name_is_wrong(page, tmp_path):
    page.name.value = "../x"
    page.write()
    assert "cannot be a cohort name" in page.said.value and not list(tmp_path.glob("data/*"))


@pytest.mark.slow
def test_what_was_answered_is_kept_in_cohort_yml(page, tmp_path):
    for _ in range(2):
        for question in list(page.proposal.open(blocking=True)):
            page.answer(question.id, question.proposed)
    page.write()
    raw = yaml.safe_load((tmp_path / "data" / "医院一" / "cohort.yml").read_text(encoding="utf-8"))
    assert raw["confirmed"]["answers"]["split.a.csv.死亡/末次随访日期"] == "split"


def test_a_duration_and_its_event_have_names_of_their_own_and_values_are_not_cut(tmp_path, monkeypatch):
    use_data(monkeypatch, tmp_path / "data")
    rows = "".join(f"P{i},{i + 3}{'+' if i % 2 else ''},{60 + i}\n" for i in range(8))
    (tmp_path / "a.csv").write_text("id,rechallenge PFS months,age\n" + rows + "P3,9,71\n", encoding="utf-8")
    page = Guide([tmp_path / "a.csv"], "h", "en")
    page.start()
    names = [label for label, _ in page._column(page.proposal.plans[0], "id").children[1].options]
    assert len(set(names)) == len(names)
    twice = page._question(next(q for q in page.proposal.questions if q.topic == "twice"))
    said, drop = twice.children[1].children
    assert "rechallenge PFS months 6 / 9" in said.value and "age 63 / 71" in said.value and drop.layout.width == "22rem"
