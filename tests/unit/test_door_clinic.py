"""Sheets as clinics keep them: spans of dates in one cell, flags under one name, colours with a note, Stata's stset."""

import pandas as pd
import pytest
from openpyxl import Workbook
from openpyxl.styles import PatternFill

from rechallenge.cli.files import _told_by_name
from rechallenge.cohort.propose.propose import propose
from rechallenge.cohort.propose.words import course_in
from rechallenge.cohort.propose.write import write_cohort
from rechallenge.cohort.read.date_parts import SPAN, with_starts_and_stops
from tests.unit.test_door_kinds import data, file, short, taken

__all__ = ["data"]


@pytest.mark.parametrize(("cell", "start", "stop"), [
    ("12.03.21–04.08.21", "12.03.21", "04.08.21"),
    ("nivolumab (12.03.2021 - 04.08.2021)", "12.03.2021", "04.08.2021"),
    ("2021-03-12-2021-08-04", "2021-03-12", "2021-08-04"),
    ("2021年3月1日至今", "2021年3月1日", None),
    ("12/03/2021 to ongoing", "12/03/2021", None),
])  # fmt: skip
def test_a_start_and_a_stop_in_one_cell_are_two_dates(cell, start, stop):
    found = SPAN.fullmatch(cell)
    assert (found["start"], found["stop"]) == (start, stop)


@pytest.mark.parametrize("cell", ["12.03.21", "2021-03-12", "15.1-20.3", "1.2-3.4", "PD 12.03.21", "13800-12345"])
def test_what_is_no_span_is_none(cell):
    assert not SPAN.fullmatch(cell)


def test_a_cell_that_is_no_span_stays_as_it_is_written():
    frame = pd.DataFrame({"ICI": ["12.03.21–04.08.21"] * 4 + ["unknown"], "AGE": ["61"] * 5})
    made = with_starts_and_stops(frame)
    assert list(made["ICI start date"]) == ["12.03.21"] * 4 + ["unknown"]
    assert list(made.columns) == ["ICI", "AGE", "ICI start date", "ICI end date"]


@pytest.mark.slow
def test_spans_are_read_as_the_dates_of_their_courses(tmp_path):
    rows = [[f"P{i}", f"1{i}.03.20–0{i + 1}.08.20", f"2{i}.03.21–laufend", f"2{i}.09.22"] for i in range(4)]
    path = file(tmp_path, ["ID", "Zeitraum 1. ICI", "Zeitraum Rechallenge", "letzter Kontakt"], rows)
    proposal, cohort = taken(path, order="day-first-20yy")
    assert not [q for q in proposal.questions if q.topic == "placed"]
    adex = cohort.table("adex").set_index(["USUBJID", "APHASE"])
    assert str(adex.loc[("P1", "INITIAL"), "ASTDT"].date()) == "2020-03-11"
    assert str(adex.loc[("P1", "INITIAL"), "AENDT"].date()) == "2020-08-02"
    assert str(adex.loc[("P1", "RECHALLENGE"), "ASTDT"].date()) == "2021-03-21"


def test_flags_under_one_name_are_of_the_times_before_them(tmp_path):
    head = ["ID", "PFS rechallenge (months)", "Censored", "OS rechallenge (months)", "Censored"]
    rows = [[f"P{i}", 3 + i, ["no", "yes"][i % 2], 9 + i, ["no", "yes"][i > 1]] for i in range(6)]
    targets = {"PFSR_EVENT", "OS_EVENT"}
    asked = {q.column: q for q in propose([file(tmp_path, head, rows)]).questions if targets & set(q.choices)}
    assert {c for c in asked if c.endswith("Censored")} == {f"{head[1]} Censored", f"{head[3]} Censored"}
    assert all(q.blocking for q in asked.values())


def test_the_columns_of_stset_are_asked_about(tmp_path):
    rows = [[f"P{i}", 1, i % 2, 5.5 + i, 0] for i in range(8)]
    asked = {q.column: q for q in propose([file(tmp_path, ["id", "_st", "_d", "_t", "_t0"], rows)]).questions}
    assert asked["_t"].blocking and "OS by _d" in asked["_t"].choices


@pytest.mark.parametrize("note", ["red = died", "红色为已死亡", "rot: verstorben", "RBC = red blood cells", ""])
def test_coloured_lines_and_a_note_on_colours_are_a_question(tmp_path, note):
    made = Workbook()
    for row in (["ID", "OS rechallenge (months)", "Dead"], *short(), [None], [None, note or "n = 8"]):
        made.active.append(row)
    for cell in made.active[3]:
        cell.fill = PatternFill("solid", fgColor="FFFF0000")
    made.save(tmp_path / "a.xlsx")
    asked = next(q for q in propose([tmp_path / "a.xlsx"]).questions if q.id.startswith("seen."))
    assert asked.blocking == (note not in ("", "RBC = red blood cells"))
    assert "FF0000: 1" in asked.text("en") and (note in asked.text("zh") if asked.blocking else True)


@pytest.mark.parametrize("name", ["2L start", "PD 3L", "2 L start date", "PFS 2L"])
def test_a_line_of_therapy_counts_no_course_of_checkpoint_inhibitor(name):
    assert course_in(name)[0] == "LINE"


@pytest.mark.parametrize(("name", "told"), [("lakeside", True), ("responder", False), ("c", False)])
def test_a_folder_that_is_called_as_a_word_of_the_data_is_told_at_the_import(tmp_path, name, told):
    rows = [[*row, ["responder", "non-responder"][i % 2], "lakeside"] for i, row in enumerate(short())]
    path = file(tmp_path, ["ID", "OS rechallenge (months)", "Dead", "Group", "Ward"], rows)
    write_cohort(name, propose([path]))
    assert bool(_told_by_name(name)) == told


NAMES = {"PFS_R": (2.1, 10), "PFS_R (months)": (2.1, 10), "PFS_R (days)": (64, 310)}


@pytest.mark.parametrize(("pfs", "os", "asked"), [
    ("PFS_R", (90, 650), True),
    ("PFS_R (months)", (90, 650), True),
    ("PFS_R (days)", (3.1, 21.5), True),
    ("PFS_R (days)", (90, 650), False),
    ("PFS_R (months)", (3.1, 21.5), False),
])  # fmt: skip
def test_survival_in_another_unit_than_progression_is_asked_about(tmp_path, pfs, os, asked):
    rows = [[f"P{i}", NAMES[pfs][i > 2], 1, os[i > 2], 1] for i in range(6)]
    path = file(tmp_path, ["ID", pfs, "PFS_R event", "OS", "OS event"], rows)
    found = {q.id: q for q in propose([path], {"unit": "months"} if pfs == "PFS_R" else {}).questions}
    assert ("unit.a.csv.OS" in found) == asked
    if asked:
        assert found["unit.a.csv.OS"].blocking
        unit = "months" if "days" in pfs else "days"
        plan = propose([path], {"unit": "months", "unit.a.csv.OS": unit}).plans[0]
        assert plan.scales == {"OS": unit}


@pytest.mark.slow
def test_stset_tells_who_is_left_out_and_who_is_observed_later(tmp_path):
    """Ten rows of which stset left out two, and three that it counts from 0.5 on."""
    rows = [[f"P{i}", int(i > 1), i % 2, 5.5 + i, 0.5 * (i > 6)] for i in range(10)]
    path = file(tmp_path, ["id", "_st", "_d", "_t", "_t0"], rows)
    asked = {q.topic: q for q in propose([path]).questions}
    assert asked["stset"].words["n"] == 2 and "OS by _st" not in asked["placed"].choices
    proposal, cohort = taken(path, **{"placed": "OS by _d", "entry": "late entry", "unit": "months"})
    (entry,) = [q for q in proposal.questions if q.topic == "entry"]
    assert (entry.words["n"], entry.words["longest"]) == (3, "0.5")
    assert len(cohort.table("adsl")) == 8 and cohort.table("adsl")["ENTRYTM"].sum() == 1.5
    assert cohort.meta.late_entry.entry_time == "ENTRYTM"
