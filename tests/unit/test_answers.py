"""What an answer to a question of the import looks like, and what waits for it."""

import pytest
import yaml
from openpyxl import Workbook

from rechallenge.cohort.cohort import read_cohort
from rechallenge.cohort.propose.propose import propose
from rechallenge.cohort.propose.questions import answer_faults, expanded
from tests.conftest import use_data

HEAD = ["住院号", "性别", "年龄", "再挑战开始日期", "再挑战进展日期", "死亡", "死亡/末次随访日期"]


@pytest.fixture
def sheet(tmp_path, monkeypatch):
    """A hospital's sheet of twelve with one date for the dead and the others, and a flag in words."""
    use_data(monkeypatch, tmp_path / "data")
    book = Workbook()
    book.active.append(HEAD)
    for i in range(12):
        dead = i % 3 == 0
        row = [
            f"7001{i:04d}",
            "男女"[i % 2],
            50 + i,
            f"2022-0{1 + i % 8}-11",
            f"2022-1{i % 3}-05",
            "是" if dead else "否",
            f"2023-0{1 + i % 8}-21",
        ]
        book.active.append(row)
    book.save(tmp_path / "s.xlsx")
    return tmp_path / "s.xlsx"


def asked(path, answers=None):
    return {q.topic: q for q in propose([path], answers).open(blocking=True)}


@pytest.mark.slow
def test_each_question_says_what_can_be_written(sheet, command):
    code, said = command("import", sheet, "--as", "c")
    assert code == 1
    assert "Write one of `split` (yes: split by the flag), `last contact` (no: last contact of everybody)" in said
    assert "Write the values that are the event, such as `[2]`; every other one is none, and an empty cell" in said


@pytest.mark.parametrize("written", ["split", "yes", "Yes", "是", True])
def test_yes_is_the_choice_that_begins_so(sheet, written):
    question = asked(sheet)["split"]
    assert expanded(question, written) == "split" and answer_faults(question, expanded(question, written)) == []


@pytest.mark.parametrize("written", ["no", "否", False, "maybe", 3])
def test_no_is_refused_where_two_choices_begin_so(sheet, written):
    question = asked(sheet)["split"]
    (fault,) = answer_faults(question, expanded(question, written))
    assert "split, last contact, death, leave out" in fault.action


@pytest.mark.slow
def test_what_an_open_question_may_explain_is_not_told_before_its_answer(sheet, command, tmp_path):
    command("import", sheet, "--as", "c")
    _, before = read_cohort("c")
    assert {f.column for f in before if f.severity == "error"} == {"questions"}
    answers = {
        q.id: ["是"] if t == "event" else "leave out" if t == "split" else q.proposed for t, q in asked(sheet).items()
    }
    (tmp_path / "a.yml").write_text(yaml.safe_dump(answers, allow_unicode=True), encoding="utf-8")
    command("import", sheet, "--as", "c", "--answers", tmp_path / "a.yml")
    _, after = read_cohort("c")
    assert [f.rule for f in after if f.column == "DTHFL"].count(
        "dead, yet no date of death: counted as alive until the last contact"
    ) == 4


@pytest.mark.slow
def test_a_cohort_that_was_read_with_options_and_files_left_unused_is_known_again(tmp_path, monkeypatch, command):
    """Its cohort.yml is as the import wrote it, so that later answers are not lost."""
    use_data(monkeypatch, tmp_path / "data")
    (tmp_path / "a.csv").write_text(
        "a note,,,,\nUSUBJID,AGE,SEX,PFSR,PFSR_EVENT\nA,60,M,2.5,1\nB,65,F,4,0\nC,70,M,6,2\n"
    )
    (tmp_path / "b.csv").write_text("WARD,BEDS\nnorth,12\nsouth,20\n")
    files = (tmp_path / "b.csv", tmp_path / "a.csv", "--as", "c", "--header", "2")
    command("import", *files)
    (tmp_path / "a.yml").write_text('event.PFSR_EVENT: ["1", "2"]\n')
    for order in (files, (files[1], files[0], *files[2:])):
        code, said = command("import", *order, "--answers", tmp_path / "a.yml")
        assert "edited by hand" not in said and "event.PFSR_EVENT" not in said
    assert "event: " in (tmp_path / "data" / "c" / "cohort.yml").read_text()


@pytest.mark.slow
def test_answers_are_not_lost_on_a_cohort_yml_that_was_edited(sheet, command, tmp_path):
    command("import", sheet, "--as", "c")
    page = tmp_path / "data" / "c" / "cohort.yml"
    page.write_text(page.read_text(encoding="utf-8").replace("title: ", "title: mine, "), encoding="utf-8")
    before = page.read_bytes()
    (tmp_path / "a.yml").write_text("event.DTHFL: [是]\n", encoding="utf-8")
    code, said = command("import", sheet, "--as", "c", "--answers", tmp_path / "a.yml")
    assert code == 1 and "edited by hand" in said and "event.DTHFL" in said and page.read_bytes() == before
    code, said = command("import", sheet, "--as", "c")
    assert "it stays as it is, the files are replaced" in said and page.read_bytes() == before


@pytest.mark.parametrize(
    "more, said",
    [
        (["--sheet", "x"], "--sheet x: none of the files has sheets"),
        (["--header", "0"], "--header 0 is no line"),
        (["--header", "2,1"], "--header 2,1 is no line"),
        (["--rows", "0-0"], "--rows 0-0 are no lines"),
        (["--rows", "5-2"], "--rows 5-2 are no lines"),
        (["--answers", "."], "the file of answers is missing, or no file"),
        (["--answers", "none.yml"], "the file of answers is missing, or no file"),
    ],
    ids=lambda value: "".join(value)[:20],
)
def test_an_option_of_the_import_that_means_nothing_is_refused(write_cohort, command, tmp_path, more, said):
    folder = write_cohort()
    code, words = command("import", folder / "adsl.csv", "--as", "mine", *more, data=folder.parent)
    assert code == 1 and said in words and not (folder.parent / "mine").exists()


def test_answers_to_no_question_are_listed_up_to_a_number_and_an_option_is_none(write_cohort, command, tmp_path):
    folder = write_cohort()
    answers = tmp_path / "a.yml"
    answers.write_text("--rows: [2, 3]\n" + "".join(f"k{i}: 1\n" for i in range(5000)))
    code, words = command("import", folder / "adsl.csv", "--as", "mine", "--answers", answers, data=folder.parent)
    assert code == 1 and "--rows" in words and "4981 more answers to no question" in words and "k19 " not in words
