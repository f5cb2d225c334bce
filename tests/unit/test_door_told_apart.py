"""Columns that a name alone does not tell apart: by their units, by what they hold, by the number of their visit."""

import datetime as dt

import pytest

from rechallenge.cohort.propose.propose import propose
from rechallenge.cohort.propose.words import is_legend
from tests.unit.test_door_kinds import DEATHS, data, file, patients, taken

__all__ = ["data"]
TIMES = [(3.1, 1), (4.2, 0), (5.5, 1), (7.25, 1)]


def targets(path, **answers):
    return {n: t for n, t in propose([path], answers).plans[0].columns.items() if t != "USUBJID"}


def with_units(tmp_path, units):
    head = ["Patient", "Age", "OS", "OS", "LDH", "LDH"]
    rows = [["no.", "years", *[f'"{u}"' for u in units], "U/L", "x ULN"]]
    rows += [[f"P{i}", 60 + i, *TIMES[i], 200 + i, 1.5] for i in range(4)]
    return file(tmp_path, head, rows)


@pytest.mark.parametrize("units", [("months", "1=dead"), ("mo", "event"), ("months", "1 = event, 0 = none")])
def test_a_row_of_units_tells_columns_apart_that_share_a_name(tmp_path, units):
    found = targets(with_units(tmp_path, units))
    assert found == {"Age": "AGE", f"OS ({units[0]})": "OS", f"OS ({units[1]})": "OS_EVENT"}


@pytest.mark.slow
def test_columns_told_apart_by_their_units_are_read(tmp_path):
    _, cohort = taken(with_units(tmp_path, ("months", "1=dead")))
    outcome = cohort.table("adtte")
    assert list(outcome["AVAL"]) == [3.1, 4.2, 5.5, 7.25] and list(outcome["CNSR"]) == [0, 1, 0, 0]


@pytest.mark.parametrize(
    "time, flag",
    [("OS rechallenge (weeks)", "OS rechallenge event"), ("OS from rechallenge", "OS from rechallenge, status"),
     ("PFS rechallenge (months)", "PFS rechallenge (1=yes)"), ("PFS2 (months)", "PFS2 (1=yes)")],
)  # fmt: skip
def test_zeros_and_ones_under_the_name_of_a_time_say_who_had_the_event(tmp_path, time, flag):
    path = file(tmp_path, ["Patient", time, f'"{flag}"'], [[f"P{i}", *TIMES[i]] for i in range(4)])
    end = "OS" if time.startswith("OS") else "PFSR"
    assert targets(path) == {time: end, flag: f"{end}_EVENT"}


@pytest.mark.slow
def test_dates_under_one_name_are_of_the_columns_before_them(tmp_path):
    rows = [[*p[:2], "yes" if p[2] else "no", p[2], "yes" if p[3] else "no", p[3], p[4]] for p in patients()]
    path = file(tmp_path, ["Patient", "Rechallenge start", "PD", "Date", "Death", "Date", "Last contact"], rows)
    _, cohort = taken(path, course="rechallenge")
    assert cohort.table("adsl")["DTHDT"].notna().sum() == DEATHS
    assert cohort.table("adex")["PDDT"].notna().sum() == sum(bool(p[2]) for p in patients())


@pytest.mark.parametrize("name", ["PFS at 6 months", "OS rechallenge 12-month", "PFS 6m"])
def test_who_reached_a_time_is_no_event(tmp_path, name):
    found = targets(file(tmp_path, ["Patient", "Age", name], [[f"P{i}", 60 + i, TIMES[i][1]] for i in range(4)]))
    assert found == {"Age": "AGE"}


@pytest.mark.parametrize("text, alone", [("1=dead", True), ("1 yes", True), ("0=no, 1=yes", True), ("months", False)])
def test_an_explanation_of_one_code_is_one(text, alone):
    assert is_legend(text) is alone


@pytest.mark.parametrize("between", [[], ["SLD (mm)"]])
def test_a_response_is_dated_by_the_date_of_its_own_visit(tmp_path, between):
    """The first date of the sheet bears a 1 as well, and the date of the next visit stands right behind a response."""
    names = [f"TA{i} {what}" for i in (1, 2, 3) for what in ("date", *between, "response")]
    rows = []
    for k in range(4):
        days = [dt.date(2022, 1 + k, 3) + dt.timedelta(45 * i) for i in range(4)]
        visits = [x for day in days[1:] for x in (day, *[50 for _ in between], "SD")]
        rows.append([f"P{k}", days[0], *visits, days[3]])
    path = file(tmp_path, ["Subj", "Rechallenge C1D1", *names, "Date last known alive"], rows)
    question = next(q for q in propose([path]).questions if q.id.startswith("wide."))
    assert all(f"TA{i} response (4 filled), dated by TA{i} date" in question.text() for i in (1, 2, 3))


def test_the_baseline_joins_the_sums_of_the_visits_that_are_called_otherwise(tmp_path):
    rows = [[f"P{k}", f"2022-01-0{k + 1}", 60, 45 + k, 40 + k] for k in range(4)]
    head = ["Subj", "Rechallenge start", "Baseline SLD (mm)", "TA1 SLD (mm) week 6", "TA2 SLD (mm) week 12"]
    question = next(q for q in propose([file(tmp_path, head, rows)]).questions if q.id.startswith("sums."))
    assert "Baseline SLD (mm) (4 filled), 0 weeks after the start; TA1" in question.text()
