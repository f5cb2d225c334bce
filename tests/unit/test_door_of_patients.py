"""Facts of the patients: ages from births, and two columns that may both be one fact."""

import pandas as pd
import pytest

from rechallenge.cohort.cohort import read_cohort
from rechallenge.cohort.propose.propose import propose
from rechallenge.cohort.read.birth import age_at, births
from tests.unit.test_door_kinds import data, file, taken

__all__ = ["data"]
HEAD = ["ID", "ICI rechallenge start date", "OS (months)", "OS event"]


def rows(*more, n=8):
    """Patients with further cells, one list for each column."""
    return [[f"P{i}", "2021-08-05", 2.5 + i, i % 2, *(column[i % len(column)] for column in more)] for i in range(n)]


def asked(path, topic):
    return [q for q in propose([path]).questions if q.topic == topic]


@pytest.mark.parametrize(("cell", "start", "age"), [
    ("1950-06-15", "2021-06-14", 70), ("1950-06-15", "2021-06-15", 71), ("1950年6月15日", "2021-06-15", 71),
    ("1950", "2021-03-05", 70), ("1950", "2021-07-01", 71), ("1950年", "2021-06-30", 70),
    ("1950.3", "2021-03-14", 70), ("1950年3月", "2021-03-15", 71), ("1950-03", "2021-03-16", 71),
    ("1950.1", "2021-03-05", 70), ("1950.10", "2021-10-14", 70),
    ("50", "2021-03-05", None), ("2021", "2021-08-05", None), ("unknown", "2021-03-05", None), ("", "2021-03-05", None),
])  # fmt: skip
def test_the_age_is_that_of_the_last_birthday(cell, start, age):
    found = age_at(births(pd.Series([cell])), pd.Series(pd.to_datetime([start])))[0]
    assert found == age if age else pd.isna(found)


@pytest.mark.parametrize(("name", "cells"), [("Date of birth", ["1950-06-15"]), ("DOB", ["03/04/1950"]),
                                             ("Year of birth", ["1950", "1951"]), ("出生年月", ["1950.3"])])  # fmt: skip
def test_a_birth_without_an_age_is_asked_about(tmp_path, name, cells):
    (question,) = asked(file(tmp_path, [*HEAD, name], rows(cells)), "birth")
    assert (question.column, question.proposed, question.blocking) == (name, "age", False)


def test_a_file_with_ages_keeps_them(tmp_path):
    path = file(tmp_path, [*HEAD, "Date of birth", "Age"], rows(["1950-06-15"], [70, 71]))
    assert not asked(path, "birth")


def test_a_birth_that_is_left_out_is_not_read(tmp_path):
    path = file(tmp_path, [*HEAD, "DOB"], rows(["1951"]))
    assert [propose([path], {"birth.a.csv.DOB": answer}).plans[0].born for answer in ("age", "leave out")] == [
        "DOB",
        "",
    ]


@pytest.mark.slow
def test_ages_are_computed_and_the_birth_is_in_no_table(tmp_path):
    """3/4/1950 gives one age at the start of August; 7/8/1950 gives two, and is left and told."""
    path = file(tmp_path, [*HEAD, "DOB"], rows(["3/4/1950", "7/8/1950", "1951"], n=3))
    _, cohort = taken(path, event=["1"])
    assert [None if pd.isna(x) else x for x in cohort.table("adsl")["AGE"]] == [71, None, 70]
    assert not any("1950" in str(cell) for frame in cohort.tables.values() for cell in frame.to_numpy().ravel())
    assert [f.value for f in read_cohort("c")[1] if "no age" in f.rule] == ["7/8/1950"]


@pytest.mark.parametrize(("names", "cells", "proposed"), [
    (["PD-L1 22C3 TPS", "PD-L1 SP263 TPS"], [[0, 1, 50, 80], [0, 5, 40, 90]], None),
    (["ECOG at first ICI", "ECOG at rechallenge"], [[0, 1], [1, 2]], "ECOG at rechallenge"),
    (["Age at diagnosis", "Age at rechallenge"], [[60, 61], [62, 63]], "Age at rechallenge"),
    (["首次ICI前ECOG", "ECOG"], [[0, 1], [1, 2]], "ECOG"),
])  # fmt: skip
def test_two_columns_of_one_fact_are_a_question(tmp_path, names, cells, proposed):
    path = file(tmp_path, [*HEAD, *names], rows(*cells))
    (question,) = asked(path, "rivals")
    assert question.blocking and question.proposed == proposed and set(question.choices) == {*names, "leave out"}


def test_two_columns_that_say_the_same_are_no_question(tmp_path):
    assert not asked(file(tmp_path, [*HEAD, "ECOG", "ECOG at rechallenge"], rows([0, 1], [0, 1])), "rivals")


@pytest.mark.slow
@pytest.mark.parametrize(("answer", "scores"), [
    ("PD-L1 22C3 TPS", [0, 1, 50, 80] * 2), ("PD-L1 SP263 TPS", [0, 5, 40, 90] * 2), ("leave out", None),
])  # fmt: skip
def test_the_column_that_is_chosen_is_read(tmp_path, answer, scores):
    names, cells = ["PD-L1 22C3 TPS", "PD-L1 SP263 TPS"], [[0, 1, 50, 80], [0, 5, 40, 90]]
    _, cohort = taken(file(tmp_path, [*HEAD, *names], rows(*cells)), event=["1"], rivals=answer)
    adsl = cohort.table("adsl")
    assert (adsl["PDL1TPS"].tolist() if scores else [c for c in adsl if c.startswith("PDL1")]) == (scores or [])
