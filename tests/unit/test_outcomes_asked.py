"""Outcomes that a file holds are read, or asked about: none is dropped in silence."""

import datetime as dt

import pytest
from openpyxl import Workbook

from papercheck.files.findings import CohortError
from papercheck.files.project import data_folder
from rechallenge.cohort import load_cohort
from rechallenge.cohort.cohort import read_cohort
from rechallenge.cohort.propose.propose import propose
from rechallenge.cohort.propose.write import write_cohort
from rechallenge.derive.endpoints import derive_endpoints
from tests.conftest import use_data


@pytest.fixture
def look(tmp_path, monkeypatch):
    """look(text or lines, answers, name) gives the proposal of a file."""
    use_data(monkeypatch, tmp_path / "data")

    def read(content, answers=None, name="a.csv"):
        path = tmp_path / name
        if isinstance(content, list):
            book = Workbook()
            for line in content:
                book.active.append(line)
            path = path.with_suffix(".xlsx")
            book.save(path)
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return propose([path], answers)

    return read


def deaths(proposal):
    """Deaths by the cohort that a proposal makes."""
    assert not proposal.open(blocking=True), [q.text() for q in proposal.open(blocking=True)]
    write_cohort("c", proposal)
    rows = derive_endpoints(load_cohort("c"), ["OS"]).rows
    return int((rows["CNSR"] == 0).sum())


def ask(proposal, topic):
    return next(q for q in proposal.questions if q.topic == topic)


DATES = "id,start of rechallenge,{},last follow up\na,2023-01-02,2023-06-01,2023-06-01\nb,2023-02-02,,2023-09-01\n"


@pytest.mark.parametrize("name", ["Death", "DEATH_DT", "dead", "死亡", "去世日期", "dod"])
def test_a_date_under_the_word_death_is_the_date_of_death(look, name):
    assert deaths(look(DATES.format(name))) == 1


@pytest.mark.parametrize("name", ["RECHALLENGE_PD", "pd_re", "再挑战 进展", "rechallenge relapse date"])
def test_a_date_of_progression_is_known_by_its_short_names(look, name):
    plan = look(DATES.format(name)).plans[0]
    assert plan.columns[name] == "PDDT_RECHALLENGE"


def test_an_outcome_without_a_place_blocks_the_report_and_offers_what_its_cells_can_be(look):
    text = DATES.format("Exitus or event day")
    asked = ask(look(text), "placed")
    assert asked.blocking and asked.proposed is None and {"DTHDT", "PDDT_RECHALLENGE"} <= set(asked.choices)
    assert deaths(look(text, {asked.id: "DTHDT"})) == 1
    left = look(text, {asked.id: "leave out"})
    assert left.plans[0].ignore == ["Exitus or event day"] and not left.open(blocking=True)


@pytest.mark.parametrize(
    "name", ["EGFR status", "smoking_status", "cause of death", "adverse event", "ECOG performance status"]
)
def test_a_status_of_something_else_is_no_outcome(look, name):
    proposal = look(
        "id,start of rechallenge,death date,last follow"
        f" up,{name}\na,2023-01-02,,2023-06-01,x\nb,2023-02-02,2023-05-01,2023-06-01,y\n"
    )
    assert not [q for q in proposal.open(blocking=True) if q.topic == "placed"]


def test_dates_of_progression_that_cannot_be_read_block_the_report_however_few_they_are(look):
    text = DATES.format("progression on rechallenge").replace("2023-06-01,2023-06-01", "3. Woche 2023,2023-06-01")
    asked = next(q for q in look(text).open(blocking=True) if q.topic == "placed")
    assert asked.column == "progression on rechallenge" and "3. Woche 2023" in asked.text()


FLAGGED = (
    "id,start of rechallenge,是否死亡,{}last follow up\na,2023-01-02,是,{}2023-06-01\nb,2023-02-02,否,{}2023-09-01\n"
)


def test_a_flag_of_death_is_held_against_the_dates(look):
    text = FLAGGED.format("death date,", "2023-06-01,", "2023-07-01,")
    first = look(text)
    assert first.plans[0].columns["是否死亡"] == "DTHFL" and ask(first, "event").proposed == {
        "否": "censored",
        "是": "event",
    }
    write_cohort("c", look(text, {"event.DTHFL": ["是"]}))
    found = [f for f in read_cohort("c")[1] if f.id == "death-flag-against-date"]
    assert [(f.row, f.value, f.against) for f in found] == [(3, "否", "2023-07-01")]


def test_a_flag_of_death_without_any_date_asks_whose_date_the_last_contact_is(look):
    text = FLAGGED.format("", "", "")
    asked = ask(look(text), "split")
    assert asked.blocking and asked.proposed is None
    given = {"event.DTHFL": ["是"]}
    assert deaths(look(text, {**given, asked.id: "split"})) == 1
    write_cohort("c", look(text, {**given, asked.id: "last contact"}), replace=True)
    assert any("no date of death" in f.rule and f.severity == "error" for f in read_cohort("c")[1])


def test_a_duration_without_its_event_is_asked_about_and_comes_back_with_it(look):
    text = "id,再挑战OS(月),存亡(1是0否)\na,3,1\nb,4,0\nc,5,0\n"
    asked = {q.column: q for q in look(text).open(blocking=True) if q.topic == "placed"}
    assert set(asked) == {"存亡(1是0否)"} and "OS_EVENT" in asked["存亡(1是0否)"].choices
    without = {q.column: q for q in look(text, {asked["存亡(1是0否)"].id: "leave out"}).open() if q.topic == "placed"}
    assert "Add a column with 1 for an event" in without["再挑战OS(月)"].text()
    answers = {asked["存亡(1是0否)"].id: "OS_EVENT", "event.OS_EVENT": ["0"], "course": "rechallenge"}
    assert deaths(look(text, answers)) == 2


def test_what_was_chosen_and_cannot_be_read_is_no_secret(look):
    text = "id,二线免疫开始日期,二线免疫进展日期,末次随访日期\na,2023-01-02,2023-03-01,2023-06-01\nb,2023-02-02,,2023-09-01\n"
    first = look(text)
    start, end = (next(q for q in first.questions if q.column == f"二线免疫{w}日期") for w in ("开始", "进展"))
    assert end.blocking and "ASTDT_RECHALLENGE" in start.choices
    lost = ask(look(text, {end.id: "PDDT_RECHALLENGE"}), "lost")
    assert lost.blocking and "ASTDT_RECHALLENGE, which it belongs to, is not there" in lost.text()
    assert not look(text, {end.id: "PDDT_RECHALLENGE", start.id: "ASTDT_RECHALLENGE"}).open(blocking=True)


def test_marks_of_nothing_in_a_column_of_dates_are_no_question(look):
    assert not look(DATES.format("pd date rechallenge").replace(",,", ",.,")).open(blocking=True)
    asked = ask(look(DATES.format("pd date rechallenge").replace(",,", ",未到,")), "codes")
    assert asked.proposed == {"未到": "unknown"} and asked.choice_text("unknown") == "no date"


def test_a_date_that_reads_alike_in_both_orders_proves_neither(look):
    plan = look("id,last follow up\na,5/5/21\nb,12/31/21\nc,3/4/21\n").plans[0]
    assert plan.dates["LSTALVDT"] == ("month-first-20yy",) and not plan.open_dates


def test_small_numbers_are_no_days(look):
    assert look("id,os months after rechallenge,Death\na,3,1\nb,4,0\n").plans[0].columns["Death"] == "OS_EVENT"


def test_a_month_that_a_spreadsheet_cut_short_is_asked_about(look):
    lines = [
        ["id", "start of rechallenge", "last follow up"],
        *([f"p{i}", dt.datetime(2021, 1, 4), 2022 + i / 100] for i in (3, 9, 10)),
    ]
    first = look(lines)
    asked = ask(first, "codes")
    assert asked.choices == ("2022-01", "2022-10", "unknown")
    answers = {asked.id: {"2022.1": "2022-10"}, ask(first, "partial").id: "first"}
    write_cohort("c", look(lines, answers))
    assert [d.month for d in load_cohort("c").table("adsl")["LSTALVDT"]] == [3, 9, 10]


def test_letters_with_accents_are_no_chinese(look):
    proposal = look("id;Größe;age\na;1,7;60\nb;1,8;61\n".encode("latin-1"))
    assert "Größe" in proposal.plans[0].sheet.frame.columns
    assert any("Western text" in d.rule for d in proposal.doubts)


def test_two_sheets_of_patients_are_a_question(look, tmp_path):
    book = Workbook()
    for sheet, n in ((book.active, 3), (book.create_sheet("new"), 5)):
        for line in (["id", "os months after rechallenge", "os event"], *([f"p{i}", i, 1] for i in range(1, n + 1))):
            sheet.append(line)
    book.save(tmp_path / "b.xlsx")
    asked = ask(propose([tmp_path / "b.xlsx"]), "table")
    assert asked.blocking and asked.proposed is None and "new]: 5 rows" in asked.text()
    assert len(propose([tmp_path / "b.xlsx"], {asked.id: "Sheet"}).plans[0].sheet.frame) == 3


LONG = [["Patient ID", "Visit", "CRP"], *([f"P{i // 2}", dt.datetime(2021, 1 + i, 1), 5 + i] for i in range(8))]


def test_a_sheet_whose_rows_are_no_patients_is_refused(look):
    with pytest.raises(CohortError) as error:
        look(LONG)
    assert "several rows for most patients" in error.value.findings[0].rule


@pytest.mark.slow
def test_a_median_below_the_table_is_no_patient_added_since(look):
    lines = [
        ["编号", "年龄", "性别", "开始日期", "末次随访日期", "ECOG"],
        *([f"P{i}", 60 + i, "男", dt.datetime(2023, 1, 1 + i), dt.datetime(2023, 6, 1), 1] for i in range(4)),
        ["中位", 61.5],
    ]
    first = look(lines)
    write_cohort("c", look(lines, {q.id: q.proposed for q in first.questions if q.proposed}))
    assert not [f for f in read_cohort("c")[1] if "below the last line" in f.rule]


@pytest.mark.parametrize("name", ["last seen", "Last visit", "末次随访日期"])
def test_who_was_last_seen_when_is_the_last_contact(look, name):
    rows = "".join(f"U{i},{50 + i},2021-01-0{1 + i},2022-02-0{1 + i}\n" for i in range(8))
    (plan,) = look(f"ID,Age,ICI rechallenge start,{name}\n{rows}").plans
    assert plan.columns[name] == "LSTALVDT"


@pytest.mark.parametrize("first", ["PFS1 (months)", "首次ICI PFS（月）", "first-line ICI PFS months"])
def test_of_a_duration_without_its_event_a_person_may_say_that_everybody_had_it(look, first):
    text = (
        f"id,{first},PFSR,PFSR_EVENT,OS,OS_EVENT\na,8.2,3.1,1,12,1\nb,5.5,2,1,6.1,1\nc,,1.4,1,5,1\nd,9.9,6.5,0,20.3,0\n"
    )
    question = next(q for q in look(text).questions if q.id.startswith("place."))
    assert "everybody" in question.choices and question.blocking
    told = {"course": "rechallenge", question.id: "everybody", "event.PFSR_EVENT": ["1"], "event.OS_EVENT": ["1"]}
    proposal = look(text, told)
    assert deaths(proposal) == 3
    rows = derive_endpoints(load_cohort("c"), ["PFS1"]).rows
    assert rows["AVAL"].tolist() == [8.2, 5.5, 9.9] and (rows["CNSR"] == 0).all()  # c has no duration, and no event


UNTOLD = "id,PFSR,PFSR_EVENT,OS months,death\na,3,1,12,1\nb,2,1,6.1,1\nc,7,0,14,0\nd,1.4,1,5,9\ne,4,1,9,\n"


@pytest.mark.parametrize(
    ("answer", "left_out", "censored"),
    [
        ({"1": "event", "0": "censored", "9": "unknown"}, ["d", "e"], 1),
        ({"event": [1], "unknown": [9]}, ["d", "e"], 1),
        ([1], ["e"], 2),  # "every other one is none, and an empty cell beside two or more is not known"
        ({"1": "event", "0": "censored", "9": "unknown", "": "censored"}, ["d"], 2),
    ],
)
def test_an_event_that_is_confirmed_as_not_known_leaves_the_patient_out_and_is_told(look, answer, left_out, censored):
    told = {"event.PFSR_EVENT": ["1"], "event.OS_EVENT": answer}
    assert deaths(look(UNTOLD, told)) == 2
    cohort, findings = read_cohort("c")
    assert [f.subject for f in findings if "whether it happened is not known" in str(f.rule)] == left_out
    rows = derive_endpoints(cohort, ["OS"]).rows
    assert len(rows) == 5 - len(left_out) and (rows["CNSR"] == 1).sum() == censored


def test_an_event_that_is_missing_and_not_confirmed_as_such_stays_an_error(look):
    write_cohort("c", look(UNTOLD.replace(",9\n", ",0\n"), {"event.PFSR_EVENT": ["1"], "event.OS_EVENT": ["1"]}))
    page = next(p for p in data_folder().rglob("cohort.yml"))
    page.write_text(page.read_text(encoding="utf-8").replace('OS_EVENT: {"": NA}', ""), encoding="utf-8")
    assert any("is missing while" in str(f.rule) and f.severity == "error" for f in read_cohort("c")[1])


def test_a_duration_that_is_answered_as_not_known_leaves_the_patient_out_and_is_told(look):
    text = "id,PFSR,PFSR_EVENT,OS months,OS event\na,3,1,12,1\nb,2,1,6.1,1\nc,7,0,14,0\nd,1.4,1,999,1\ne,4,1,9,0\n"
    asked = next(q for q in look(text).questions if q.id.startswith("sentinels"))
    told = {asked.id: {"999": "unknown"}, "event.PFSR_EVENT": ["1"], "event.OS_EVENT": ["1"]}
    assert deaths(look(text, told)) == 2
    assert [f.subject for f in read_cohort("c")[1] if "how long it took is not known" in str(f.rule)] == ["d"]
