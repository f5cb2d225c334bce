"""Adverse events and sums of lesions in columns of the patients: one answer reads each, right against what was written."""

import datetime as dt

import pytest

from papercheck.files.project import data_folder
from rechallenge.cohort.cohort import read_cohort
from rechallenge.cohort.propose.again import changes, earlier
from rechallenge.cohort.propose.propose import propose
from rechallenge.derive.adverse_events import derive_worst_grade
from rechallenge.derive.response import derive_best_change
from tests.unit.test_door_kinds import data, file, taken

__all__ = ["data"]
START = dt.date(2021, 3, 12)


def patients(tmp_path, heads, cells, first=False, dated=True):
    """Six patients; cells(i, start of rechallenge) gives those of the heads."""
    head = ["ID", *(["rechallenge start", "last contact"] if dated else ["OS from rechallenge (months)", "death"])]
    rows = []
    for i in range(6):
        start = START + dt.timedelta(days=30 * i)
        row = [f"P{i}", *([start, start + dt.timedelta(days=300)] if dated else [5.5 + i, i % 2])]
        rows.append([*row, *([start - dt.timedelta(days=400)] if first else []), *cells(i, start)])
    return file(tmp_path, [*head, *(["first ICI start"] if first else []), *heads], rows)


def worst(cohort):
    """{(event, course): grades of the patients, 0 where none is known}."""
    frame = derive_worst_grade(cohort)
    frame = frame[frame["AEDECOD"] != "Any adverse event"]
    return {k: sorted(v["ATOXGR"]) for k, v in frame.groupby(["AEDECOD", frame["APHASE"].astype(str)])}


def late(start, days):
    return start + dt.timedelta(days=days)


NAMED = [("AE1", "AE1_grade", "AE1_date", "AE2", "AE2_grade", "AE2_date"),
         ("不良反应1", "分级1", "发生日期1", "不良反应2", "分级2", "发生日期2")]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("heads", NAMED)
def test_numbered_events_with_grade_and_date(tmp_path, heads):
    def cells(i, start):
        one = ["Rash", 1 + i % 3, late(start, 20)] if i < 4 else ["none", "", ""]
        return [*one, *(["Colitis", 3, late(start, 60)] if i == 1 else [""] * 3)]

    proposal, cohort = taken(patients(tmp_path, heads, cells))
    asked = next(q for q in proposal.questions if q.topic == "wide_events")
    assert asked.proposed == {heads[0]: "rechallenge", heads[3]: "rechallenge"}  # a number of events counts no course
    assert heads[5] in asked.text("zh")
    assert worst(cohort) == {("Rash", "RECHALLENGE"): [1, 1, 2, 3], ("Colitis", "RECHALLENGE"): [3]}
    days = cohort.table("adae").set_index(["USUBJID", "AEDECOD"])["ASTDT"]
    assert days["P1", "Colitis"].date() == late(START, 90)
    assert changes(earlier("c")[1], proposal)[0].text() == "adsl: no change."


GRADED = {
    "grades": (("Fatigue", "Rash", "Pneumonitis"), lambda i: [i % 4, i % 2, 3 if i == 5 else 0]),
    "grades in words": (("Fatigue (CTCAE)", "Rash grade", "Pneumonitis"), lambda i: [f"G{i % 4}", f"G{i % 2}", "3级" if i == 5 else "无"]),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("form", GRADED)
def test_a_column_of_grades_for_each_event(tmp_path, form):
    heads, cells = GRADED[form]
    cohort = taken(patients(tmp_path, heads, lambda i, _: cells(i)))[1]
    of = lambda name: (name, "RECHALLENGE")  # noqa: E731
    assert worst(cohort) == {of("Fatigue"): [1, 1, 2, 3], of("Rash"): [1, 1, 1], of("Pneumonitis"): [3]}
    assert not [f for f in read_cohort("c")[1] if f.severity != "note"]


@pytest.mark.slow
@pytest.mark.parametrize("words", [("No", "Yes"), ("无", "有"), ("0", "1")])
def test_yes_and_no_are_events_whose_grade_is_not_known(tmp_path, words):
    path = patients(tmp_path, ["Fatigue", "Hypothyroidism"], lambda i, _: [words[i % 2], words[i == 2]])
    proposal, cohort = taken(path)
    asked = next(q for q in proposal.questions if q.topic == "wide_events")
    assert f"where it is {words[1]}" in asked.text()
    assert worst(cohort) == {("Fatigue", "RECHALLENGE"): [0, 0, 0], ("Hypothyroidism", "RECHALLENGE"): [0]}


@pytest.mark.slow
def test_the_course_in_the_name_of_an_event_and_what_is_left_out(tmp_path):
    heads = [
        "Rash first ICI",
        "Rash rechallenge",
        "Hepatitis B",
        "Pneumonitis history",
        "AE leading to discontinuation",
    ]
    path = patients(tmp_path, heads, lambda i, _: [i % 3, 2 * (i == 1), "No", "Yes", "Yes"], first=True)
    proposal, cohort = taken(path)
    asked = next(q for q in proposal.questions if q.topic == "wide_events")
    assert asked.proposed == {"Rash first ICI": "first course", "Rash rechallenge": "rechallenge"}
    assert worst(cohort) == {("Rash", "INITIAL"): [1, 1, 2, 2], ("Rash", "RECHALLENGE"): [2]}
    answer = {"Rash first ICI": "leave out", "Rash rechallenge": "leave out"}
    assert "adae" not in taken(path, wide_events=answer)[1].tables


def test_the_course_of_events_is_asked_where_there_are_two(tmp_path):
    cells = lambda i, start: ["Rash", 2, late(start, 10 if i % 2 else -100)]  # noqa: E731
    path = patients(tmp_path, ["AE", "AE grade", "AE date"], cells, first=True)
    asked = next(q for q in propose([path]).questions if q.topic == "wide_events")
    assert asked.proposed is None and "by date" in asked.choices and asked.blocking
    cohort = taken(path, wide_events={"AE": "by date"})[1]
    assert worst(cohort) == {("Rash", "INITIAL"): [2, 2, 2], ("Rash", "RECHALLENGE"): [2, 2, 2]}


@pytest.mark.slow
def test_a_fault_of_an_event_is_named_with_its_column_and_line(tmp_path):
    cells = lambda i, _: ["Rash", 9 if i == 2 else 1, ["Colitis", "none", ""][min(i, 2)], 2]  # noqa: E731
    taken(patients(tmp_path, ["AE1", "AE1 grade", "AE2", "AE2 grade"], cells), codes={"9": "unknown"})
    found = {(f.rule, f.row, f.column) for f in read_cohort("c")[1] if f.severity == "error"}
    assert {("a grade without its adverse event", line, "AE2 grade") for line in range(3, 8)} <= found
    yml = data_folder() / "c" / "cohort.yml"
    text = yml.read_text(encoding="utf-8")
    yml.write_text(
        text.replace("grade: AE1 grade", "grade: AE9").replace('grade: "AE1 grade"', "grade: AE9"), encoding="utf-8"
    )
    assert [f.value for f in read_cohort("c")[1] if "`events` names a column" in f.rule] == ["AE9"]


SUMS = {
    "weeks": ("SLD_baseline", "SLD_w6", "SLD_w12"),
    "weeks in Chinese": ("基线靶病灶(mm)", "6周靶病灶(mm)", "12周靶病灶(mm)"),
    "months in cm": (
        "Baseline sum of diameters (cm)",
        "Sum of diameters month 2 (cm)",
        "Sum of diameters month 4 (cm)",
    ),
}


def changed(cohort):
    frame = derive_best_change(cohort)
    return [round(x, 1) for x in frame.set_index("USUBJID")["PCHG"].sort_index()]


@pytest.mark.slow
@pytest.mark.parametrize("form", SUMS)
def test_sums_in_a_column_for_each_visit(tmp_path, form):
    by = 10 if "cm" in form else 1
    cells = lambda i, _: [100 / by, (80 + i) / by, "" if i == 5 else (60 + 10 * i) / by]  # noqa: E731
    cohort = taken(patients(tmp_path, SUMS[form], cells))[1]
    rows = cohort.table("adtr")
    assert len(rows) == 17 and rows["SDIAM"].max() == 110 - 10 and rows["ADT"].min().date() == START
    assert changed(cohort) == [-40, -30, -20, -17, -16, -15]
    assert not [f for f in read_cohort("c")[1] if f.severity == "error"]


@pytest.mark.slow
@pytest.mark.parametrize("form", SUMS)
def test_the_best_change_where_no_visit_has_a_date(tmp_path, form):
    cells = lambda i, _: ["" if i == 4 else 100, 80 + i, "" if i == 5 else 60 + 10 * i]  # noqa: E731
    path = patients(tmp_path, SUMS[form], cells, dated=False)
    asked = next(q for q in propose([path]).questions if q.topic == "wide_best")
    assert asked.blocking and asked.proposed is None and SUMS[form][0] in asked.text("zh")
    assert changed(taken(path, wide_best="rechallenge")[1]) == [-40, -30, -20, -17, -15]


@pytest.mark.slow
def test_dates_beside_the_sums_and_a_unit_that_no_name_says(tmp_path):
    heads = [n for k in (1, 2, 3) for n in (f"SLD{k}", f"SLD{k} date")]
    cells = lambda i, s: [8 + i / 10, late(s, -9), 7.2, late(s, 42), 4 + i / 10, late(s, 84)]  # noqa: E731
    path = patients(tmp_path, heads, cells)
    assert taken(path)[1] is None  # mm or cm?
    cohort = taken(path, lesion_unit="cm")[1]
    assert cohort.table("adtr")["SDIAM"].max() == 85 and changed(cohort)[0] == -50
    assert taken(path, lesion_unit="mm")[1].table("adtr")["SDIAM"].max() == 8.5
