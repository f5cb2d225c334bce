"""Files as western hospitals and registries write them, with known truth: read right, asked, never wrong unsaid."""

import datetime as dt

import pandas as pd
import pytest

from rechallenge.cohort.propose.fit import denied
from rechallenge.cohort.propose.propose import propose
from rechallenge.cohort.read.visits import written_date
from tests.unit.test_door_kinds import DEATHS, data, deaths, file, patients, taken

__all__ = ["data"]  # the folder of these cohorts, for every test
DATED = ["Patient", "Start of rechallenge", "PD on rechallenge", "Date of death", "Last contact"]


def day_first(day):
    return f"{day:%d/%m/%Y}"


def dates(cohort, table, column):
    return int(cohort.table(table)[column].notna().sum())


def asked(proposal, topic):
    return next(q for q in proposal.questions if q.topic == topic)


def test_stored_dates_that_a_flag_splits_stay_dates(tmp_path):
    rows = [[p[0], *map(dt.date.fromisoformat, p[1:3]), bool(p[3]), dt.date.fromisoformat(p[4])] for p in patients()]
    names = ["patient_id", "rechallenge_start", "rechallenge_progression", "is_dead", "last_contact"]
    pd.DataFrame(rows, columns=names).to_parquet(tmp_path / "a.parquet")
    _, cohort = taken(tmp_path / "a.parquet", split="split")
    assert dates(cohort, "adsl", "DTHDT") == DEATHS and dates(cohort, "adsl", "LSTALVDT") == 8


@pytest.mark.parametrize(
    "cell, found",
    [("none as of 5/3/2024", ("5/3/2024", "none as of")), ("died 2023-02-18", ("2023-02-18", "died")),
     ("12 March 2021 (dead)", ("12 March 2021", "dead")), ("† 3.4.2022", ("3.4.2022", "†")), ("no PD", ("", "no PD")),
     ("PR / 5.3 mo", ("", "PR / 5.3 mo"))],
)  # fmt: skip
def test_a_date_among_words_as_it_is_written(cell, found):
    assert written_date(cell) == found


def test_words_beside_a_date_say_who_died(tmp_path):
    rows = [[*p[:2], f"yes, {p[2]}" if i < 3 else "no", f"died {p[4]}" if p[3] else f"alive {p[4]}"] for i, p in enumerate(patients())]  # fmt: skip
    path = file(tmp_path, [*DATED[:3], "Death or last contact"], [[*r[:2], f'"{r[2]}"', r[3]] for r in rows])
    proposal, cohort = taken(path)
    question = asked(proposal, "died beside")
    assert question.blocking and "died: 4" in question.text() and question.proposed["died"] == "died"
    assert dates(cohort, "adsl", "DTHDT") == DEATHS and dates(cohort, "adsl", "LSTALVDT") == 8
    assert dates(cohort, "adex", "PDDT") == 3


def test_a_date_alone_beside_dates_of_those_who_died(tmp_path):
    rows = [[*p[:2], f"{p[4]} dead" if p[3] else p[4]] for p in patients()]
    proposal, cohort = taken(file(tmp_path, [*DATED[:2], "Last contact"], rows))
    assert "the date alone: 4" in asked(proposal, "died beside").text()
    assert "仅有日期: 4" in asked(proposal, "died beside").text("zh")
    assert dates(cohort, "adsl", "DTHDT") == DEATHS


@pytest.mark.parametrize("none", ["no PD", "none as of {}", "not progressed at {}", "alive and well"])
def test_words_of_what_did_not_happen_among_dates(tmp_path, none):
    """Day and month stand in an order that only the other dates prove; most patients have no progression."""
    rows = [[p[0], *([d and day_first(dt.date.fromisoformat(d)) for d in p[1:]])] for p in patients()]
    rows = [[*r[:2], r[2] if i < 3 else none.format(r[4]), *r[3:]] for i, r in enumerate(rows)]
    _, cohort = taken(file(tmp_path, DATED, rows))
    assert dates(cohort, "adex", "PDDT") == 3 and dates(cohort, "adsl", "DTHDT") == DEATHS


@pytest.mark.parametrize("word, no", [("none to date", True), ("ongoing", True), ("alive", True), ("no PD 2021", False),
                                      ("progressed", False), ("nodal", False)])  # fmt: skip
def test_what_says_that_nothing_happened(word, no):
    assert denied(word) == no


@pytest.mark.parametrize("answer, events", [("nobody", 0), ("not recorded", None)])
def test_an_empty_column_of_progression_is_asked_about(tmp_path, answer, events):
    path = file(tmp_path, DATED, [[*p[:2], "", *p[3:]] for p in patients()])
    assert asked(propose([path]), "empty").blocking
    _, cohort = taken(path, empty=answer)
    assert ("PDDT_RECHALLENGE" in cohort.shortcuts) == (events is not None)


@pytest.mark.parametrize("course, column", [("BOR_RECHALLENGE", "RECHALLENGE"), ("BOR_INITIAL", "INITIAL")])
def test_a_column_of_responses_under_another_name_is_asked_about(tmp_path, course, column):
    rows = [[*p, word] for p, word in zip(patients(), ["PR", "SD", "PD", "PR", "SD", "SD", "CR", "PD"], strict=True)]
    path = file(tmp_path, [*DATED, "Radiology"], rows)
    question = asked(propose([path]), "placed")
    assert question.blocking and set(question.choices) == {"BOR_RECHALLENGE", "BOR_INITIAL", "leave out"}
    _, cohort = taken(path, placed=course)
    assert set(cohort.table("adrs")["APHASE"].astype(str)) == {column} and len(cohort.table("adrs")) == 8
    assert "adrs" not in taken(path, placed="leave out")[1].tables


def test_a_number_of_the_hospital_is_offered_as_the_identifier(tmp_path):
    head = ["Hosp No", "Comment", *DATED[1:]]
    question = asked(propose([file(tmp_path, head, [[p[0], f"seen {i} times", *p[1:]] for i, p in enumerate(patients())])]), "nameless")  # fmt: skip
    assert question.proposed == "Hosp No" and "Comment" in question.choices


def test_a_duration_and_the_column_that_may_say_its_event_are_offered_together(tmp_path):
    words = ["alive at last FU", "deceased"]
    rows = [[p[0], 100 + 7 * i, words[bool(p[3])]] for i, p in enumerate(patients())]
    path = file(tmp_path, ["Patient", "Survival since rechallenge (d)", "Outcome"], rows)
    question = asked(propose([path]), "placed")
    assert (
        question.blocking
        and "OS by Outcome" in question.choices
        and "由" in question.choice_text("OS by Outcome", "zh")
    )
    _, cohort = taken(path, placed="OS by Outcome", event={words[0]: "censored", words[1]: "event"})
    assert deaths(cohort) == DEATHS
