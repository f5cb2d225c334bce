"""Survival from a diagnosis in a cohort of rechallenge: asked, read from rechallenge on, with late entry."""

import datetime as dt

import pytest

from rechallenge.cohort.declare.late_entry import LateEntry
from rechallenge.cohort.propose.propose import propose
from rechallenge.derive.late_entry import derive_late_entry
from tests.unit.test_door_kinds import data, file, taken

__all__ = ["data"]
GAPS, OS, DIED = (
    [12, 20, 5, 33],
    [20.0, 31.5, 15.25, 40.0],
    [1, 0, 1, 1],
)  # months to rechallenge; months from diagnosis
START = dt.date(2021, 3, 1)


def months(tmp_path, name="Months from diagnosis to rechallenge"):
    rows = [[f"P{i}", GAPS[i], OS[i], DIED[i]] for i in range(4)]
    return file(tmp_path, ["Patient", name, "OS from diagnosis (months)", "Death (1=yes)"], rows)


def dates(tmp_path):
    rows = [[f"P{i}", START - dt.timedelta(30 * g), START, 30 * g + 100 + i, DIED[i]] for i, g in enumerate(GAPS)]
    head = ["Patient", "Date of diagnosis", "Date of rechallenge", "OS from diagnosis (days)", "Death (1=yes)"]
    return file(tmp_path, head, rows)


def question(path):
    return next((q for q in propose([path]).questions if q.column.startswith("OS from")), None)


@pytest.mark.parametrize(
    "write, zero", [(months, "Months from diagnosis to rechallenge"), (dates, "Date of diagnosis")]
)
def test_the_time_until_rechallenge_is_offered_to_be_taken_off(tmp_path, write, zero):
    found = question(write(tmp_path))
    assert found.blocking and f"from {zero}" in found.choices
    assert f"OS, less the time {'in' if write is months else 'from'} `{zero}`" in found.choice_text(f"from {zero}")
    assert found.proposed is None and "总生存期，减去" in found.choice_text(f"from {zero}", "zh")


def test_a_time_from_another_start_is_not_offered(tmp_path):
    found = question(months(tmp_path, "Months from surgery to rechallenge"))
    assert not any(choice.startswith("from ") for choice in found.choices)


@pytest.mark.slow
@pytest.mark.parametrize(
    "write, zero, left, exits, days",
    [(months, "Months from diagnosis to rechallenge", [8.0, 11.5, 10.25, 7.0], OS, 1),
     (dates, "Date of diagnosis", [100, 101, 102, 103], [460, 701, 252, 1093], 30.4375)],
)  # fmt: skip
def test_survival_counts_from_rechallenge_and_with_late_entry_from_diagnosis(tmp_path, write, zero, left, exits, days):
    _, cohort = taken(write(tmp_path), placed=f"from {zero}")
    assert list(cohort.table("adtte")["AVAL"]) == left
    late = derive_late_entry(cohort)  # in months
    rows = late.outcome.rows
    assert list(rows["AVAL"] * days) == pytest.approx(exits) and late.zero == "the diagnosis"
    assert list((rows["AVAL"] - rows["ENTRY"]) * days) == pytest.approx(left)


def test_durations_need_a_zero():
    with pytest.raises(ValueError, match="durations"):
        LateEntry(label="the diagnosis", zero_course="INITIAL", durations=["OS"])
