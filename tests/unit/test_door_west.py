"""Files as western hospitals and registries write them, with known truth: read right, asked, never wrong unsaid."""

import datetime as dt

import pandas as pd
import pytest
from openpyxl import Workbook

from papercheck.files.findings import CohortError
from rechallenge.cohort.cohort import read_cohort
from rechallenge.cohort.propose.fit import denied
from rechallenge.cohort.propose.propose import propose
from rechallenge.cohort.propose.write import write_cohort
from rechallenge.cohort.read.event_cells import events_in
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize("answer, events", [("nobody", 0), ("not recorded", None)])
def test_an_empty_column_of_progression_is_asked_about(tmp_path, answer, events):
    path = file(tmp_path, DATED, [[*p[:2], "", *p[3:]] for p in patients()])
    assert asked(propose([path]), "empty").blocking
    _, cohort = taken(path, empty=answer)
    assert ("PDDT_RECHALLENGE" in cohort.shortcuts) == (events is not None)


@pytest.mark.slow
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
    head = ["Clinic No", "Comment", *DATED[1:]]
    question = asked(propose([file(tmp_path, head, [[p[0], f"seen {i} times", *p[1:]] for i, p in enumerate(patients())])]), "nameless")  # fmt: skip
    assert question.proposed == "Clinic No" and "Comment" in question.choices


@pytest.mark.slow
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


@pytest.mark.parametrize(
    "cell, found",
    [("Rash, colitis", [("Rash", ""), ("Colitis", "")]), ("Rash G2; colitis (grade 3)", [("Rash", "2"), ("Colitis", "3")]),
     ("G3 hepatitis", [("Hepatitis", "3")]), ("Hyponatremia, grade III", [("Hyponatremia", "3")]), ("皮疹2级、肺炎", [("皮疹", "2"), ("肺炎", "")]),
     ("Rash (mild, resolved)", [("Rash (mild, resolved)", "")]), ("Diabetes type 1", [("Diabetes type 1", "")]), ("Colitis (2)", [("Colitis", "2")])],
)  # fmt: skip
def test_the_events_of_a_cell(cell, found):
    assert events_in(cell, (",", ";", "、")) == tuple(found)


EVENTS = ["Rash G2, colitis G3", "none", "Colitis", "", "rash", "none", "Pneumonitis, rash", "none"]


@pytest.mark.slow
@pytest.mark.parametrize("answer, terms", [("apart", {"Rash": 3, "Colitis": 2, "Pneumonitis": 1}), ("whole", {"Rash": 1, "colitis": 1, "Colitis": 1, "rash": 1, EVENTS[6]: 1})])  # fmt: skip
def test_several_adverse_events_in_a_cell_are_asked_about(tmp_path, answer, terms):
    rows = [[*p, f'"{e}"'] for p, e in zip(patients(), EVENTS, strict=True)]
    path = file(tmp_path, [*DATED, "irAEs on rechallenge"], rows)
    question = asked(propose([path]), "several")
    assert question.blocking and question.proposed == "apart" and "Read as Pneumonitis; Rash" in question.text()
    _, cohort = taken(path, several=answer)
    found = cohort.table("adae")
    assert found["AEDECOD"].value_counts().to_dict() == terms
    assert sorted(found["ATOXGR"].dropna()) == [2, 3]  # a grade of each says that they are two


@pytest.mark.slow
def test_a_grade_beside_several_events_holds_for_each(tmp_path):
    rows = [[*p, f'"{e}"', g] for p, e, g in zip(patients(), ["Rash, colitis", *[""] * 6, "Colitis"], [3, *[""] * 6, 1], strict=True)]  # fmt: skip
    proposal, cohort = taken(file(tmp_path, [*DATED, "irAE", "irAE grade"], rows))
    assert "a grade in irAE grade holds for each" in asked(proposal, "several").text()
    assert sorted(cohort.table("adae")["ATOXGR"]) == [1, 3, 3]


@pytest.mark.slow
def test_several_events_in_a_cell_of_a_sheet_of_events(tmp_path):
    made = Workbook()
    made.active.title = "Patients"
    for row in [DATED, *patients()]:
        made.active.append(row)
    sheet = made.create_sheet("Adverse events")
    for row in [["Patient", "Adverse event", "Course", "Onset"], ["P0", "Rash (grade 1); Colitis (grade 3)", "rechallenge", "2021-04-01"], ["P1", "Rash", "rechallenge", "2021-04-01"]]:  # fmt: skip
        sheet.append(row)
    made.save(tmp_path / "a.xlsx")
    proposal, cohort = taken(tmp_path / "a.xlsx")
    assert cohort, [q.text() for q in proposal.open()]
    found = cohort.table("adae")
    assert sorted(found["AEDECOD"]) == ["Colitis", "Rash", "Rash"] and sorted(found["ATOXGR"].dropna()) == [1, 3]
    late = [f for f in read_cohort("c")[1] if f.column == "ASTDT" and f.subject == "P1"]
    assert late and late[0].row == 3


@pytest.mark.parametrize("answer, followed, last", [("2022-12-31", 8, "2022-12-31"), (dt.date(2023, 1, 15), 8, "2023-01-15"), ("not known", 0, None)])  # fmt: skip
def test_until_when_those_were_followed_of_whom_nothing_is_on_record(tmp_path, answer, followed, last):
    made = Workbook()
    for row in [["Our cohort; data cut-off 31 December 2022"], [], DATED[:4], *[p[:4] for p in patients()]]:
        made.active.append(row)
    made.save(tmp_path / "a.xlsx")
    question = asked(propose([tmp_path / "a.xlsx"]), "followed")
    assert question.blocking and "Of 4 of 8 patients" in question.text() and question.choices[0] == "2022-12-31"
    _, cohort = taken(tmp_path / "a.xlsx", followed=answer)
    assert (last is None) == ("LSTALVDT" not in cohort.table("adsl"))
    if last:
        seen = cohort.table("adsl")["LSTALVDT"]
        assert seen.notna().sum() == 4 and str(seen.max().date()) == last == str(cohort.meta.data_cutoff)


def test_a_last_contact_that_some_lack_is_asked_about(tmp_path):
    path = file(tmp_path, DATED, [[*p[:4], "" if i == 2 else p[4]] for i, p in enumerate(patients())])
    assert "Of 1 of 8 patients" in asked(propose([path]), "followed").text()
    seen = taken(path, followed="2023-06-30")[1].table("adsl")["LSTALVDT"]
    assert seen.notna().all() and str(seen[2].date()) == "2023-06-30"


@pytest.mark.slow
def test_survival_from_another_start_alone_gives_no_fault_of_each_patient(tmp_path):
    head = [
        "Patient",
        "Start of rechallenge",
        "PFS rechallenge (months)",
        "PFS event",
        "OS from diagnosis (months)",
        "Dead",
    ]
    rows = [[*p[:2], 3 + i, 1, 30 + i, i % 2] for i, p in enumerate(patients())]
    proposal, cohort = taken(file(tmp_path, head, rows))
    assert "from another start" in asked(proposal, "placed").text() and "其他起点" in asked(proposal, "placed").text(
        "zh"
    )
    assert cohort is not None and not [f for f in read_cohort("c")[1] if f.severity == "error"]


def half_taken(day):
    """A date typed day first, as a spreadsheet that expects the month first keeps it: as text, or as another day."""
    if not day:
        return None
    day = dt.date.fromisoformat(day)
    return dt.date(day.year, day.day, day.month) if day.day <= 12 else f"{day:%d/%m/%Y}"


@pytest.mark.parametrize("answer", ["swapped", "as stored"])
def test_dates_that_a_spreadsheet_took_for_others_are_asked_about(tmp_path, answer):
    made = Workbook()
    for row in [DATED, *([p[0], *map(half_taken, p[1:])] for p in patients())]:
        made.active.append(row)
    made.save(tmp_path / "a.xlsx")
    question = asked(propose([tmp_path / "a.xlsx"]), "swapped")
    assert question.blocking and "电子表格" in question.text("zh")
    _, cohort = taken(tmp_path / "a.xlsx", swapped=answer)
    if answer == "swapped":
        starts = cohort.table("adex").set_index("USUBJID")["ASTDT"]
        assert [f"{starts[p[0]]:%Y-%m-%d}" for p in patients()] == [p[1] for p in patients()]


def test_dates_stored_and_typed_without_a_sign_of_a_slip_are_not_asked_about(tmp_path):
    rows = [[p[0], *((d and day_first(dt.date.fromisoformat(d))) if i % 2 else d for d in p[1:])] for i, p in enumerate(patients())]  # fmt: skip
    assert "swapped" not in {q.topic for q in propose([file(tmp_path, DATED, rows)]).questions}


@pytest.mark.slow
@pytest.mark.parametrize("names, proposed", [(("ICI 1", "ICI 2"), True), (("Anna", "Bert"), False)])
def test_sheets_of_one_course_each_under_the_same_names(tmp_path, names, proposed):
    made = Workbook()
    made.active.title = "Follow-up"
    first = [[p[0], "2019-01-05", "2020-02-01", "PR"] for p in patients()]
    again = [[*p[:3], "SD"] for p in patients()]
    for row in [["ID", "Date of death", "Last contact"], *([p[0], *p[3:]] for p in patients())]:
        made.active.append(row)
    for name, rows in zip(names, (first, again), strict=True):
        sheet = made.create_sheet(name)
        for row in [["ID", "Start date", "Progression date", "Best response"], *rows]:
            sheet.append(row)
    made.save(tmp_path / "a.xlsx")
    question = asked(propose([tmp_path / "a.xlsx"]), "sheet_courses")
    answer = dict(zip(names, ("first course", "rechallenge"), strict=True))
    assert question.blocking and question.proposed == (answer if proposed else None)
    _, cohort = taken(tmp_path / "a.xlsx", sheet_courses=answer, sheets="join")
    phases = cohort.table("adex")["APHASE"].astype(str).value_counts().to_dict()
    responses = cohort.table("adrs").groupby(cohort.table("adrs")["APHASE"].astype(str))["AVALC"].unique()
    assert phases == {"INITIAL": 8, "RECHALLENGE": 8} and list(responses["INITIAL"]) == ["PR"] and list(responses["RECHALLENGE"]) == ["SD"]  # fmt: skip
    assert dates(cohort, "adsl", "DTHDT") == DEATHS and {f.file for f in read_cohort("c")[1] if f.column == "AENDT"} <= {"a.xlsx"}  # fmt: skip


@pytest.mark.slow
def test_the_start_of_a_course_under_an_unknown_name_is_asked_about_for_its_progression(tmp_path):
    rows = [[p[0], "2019-03-01", "2020-01-15", *p[1:]] for p in patients()]
    path = file(tmp_path, ["Patient", "Visit of January", "PD on first ICI", *DATED[1:]], rows)
    question = next(q for q in propose([path]).questions if q.column == "Visit of January")
    assert "ASTDT_INITIAL" in question.choices and question.blocking
    _, cohort = taken(path, **{question.id: "ASTDT_INITIAL"})
    assert cohort.table("adex")["PDDT"].notna().sum() == 16


def repeated(kind):
    """The patients on a row for each event or visit; of two the second row stands without what is of the patient."""
    head, cells = {
        "events": (["irAE", "irAE grade"], lambda i, k, p: [["Rash", "Colitis"][k], 1 + k]),
        "visits": (["Visit date", "Response at visit"], lambda i, k, p: [dt.date.fromisoformat(p[1]) + dt.timedelta(days=60 + 60 * k), ["SD", "PD"][k]]),
    }[kind]  # fmt: skip
    rows = []
    for i, p in enumerate(patients()):
        facts = [*p[:2], "Died" if p[3] else "Alive", p[4]]
        rows += [[*(facts if k == 0 or i != 2 else [p[0], "", "", ""]), *cells(i, k, p)] for k in range(1 + (i < 6))]
    return ["Patient", "Start of rechallenge", "Status", "Date of death or last contact", *head], rows


@pytest.mark.slow
@pytest.mark.parametrize("kind, table, n", [("events", "adae", 14), ("visits", "adrs", 14)])
def test_a_row_for_each_event_or_visit_that_repeats_the_patient(tmp_path, kind, table, n):
    head, rows = repeated(kind)
    path = file(tmp_path, head, rows)
    question = asked(propose([path]), "repeated")
    assert (
        question.blocking and "14 rows of 8 patients" in question.text() and "同一患者各行相同" in question.text("zh")
    )
    _, cohort = taken(path)
    assert len(cohort.table("adsl")) == 8 and dates(cohort, "adsl", "DTHDT") == DEATHS
    assert len(cohort.table(table)) == n and set(cohort.table(table)["APHASE"].astype(str)) == {"RECHALLENGE"}
    assert not [f for f in read_cohort("c")[1] if "not used" in f.rule]


@pytest.mark.slow
def test_what_differs_among_rows_that_repeat_the_patient_is_named_with_its_line(tmp_path):
    head, rows = repeated("events")
    rows[1][2] = "Died"  # the first row of this patient says Alive
    taken(file(tmp_path, head, rows))
    found = [f for f in read_cohort("c")[1] if "differs among the rows" in f.rule]
    assert [(f.row, f.column, f.value) for f in found] == [(3, "Status", "Died")]


def test_patients_who_stand_twice_by_mistake_are_no_rows_of_events(tmp_path):
    head, rows = repeated("events")
    with pytest.raises(CohortError, match="several rows for most patients"):
        propose([file(tmp_path, head, rows)], {"repeated.a.csv": "patients twice"})


def lines_of_therapy(with_flag=True):
    """Two courses of checkpoint inhibitor each; every other patient had chemotherapy first, every third one between."""
    drugs, rows = ("Carboplatin", "Pembrolizumab", "Docetaxel", "Nivolumab"), []
    for i, p in enumerate(patients()):
        start = dt.date.fromisoformat(p[1])
        taken_ = [(drugs[0], start - dt.timedelta(days=700))] if i % 2 else []
        taken_ += [(drugs[1], start - dt.timedelta(days=500)), *([(drugs[2], start - dt.timedelta(days=90))] if i % 3 == 0 else []), (drugs[3], start)]  # fmt: skip
        for k, (drug, day) in enumerate(taken_, start=1):
            flag = ["yes" if "mab" in drug else "no"] if with_flag else []
            rows.append([p[0], k, drug, *flag, day, p[2] if drug == drugs[3] else ""])
    return ["Patient", "Line", "Drug", *(["ICI"] if with_flag else []), "Start", "Progression"], rows


@pytest.mark.slow
@pytest.mark.parametrize("with_flag", [True, False])
def test_the_number_of_a_line_of_therapy_is_no_course(tmp_path, with_flag):
    made = Workbook()
    made.active.title = "Patients"
    for row in [["Patient", *DATED[3:]], *([p[0], *p[3:]] for p in patients())]:
        made.active.append(row)
    sheet, (head, rows) = made.create_sheet("Treatment lines"), lines_of_therapy(with_flag)
    for row in [head, *rows]:
        sheet.append(row)
    made.save(tmp_path / "a.xlsx")
    question = asked(propose([tmp_path / "a.xlsx"]), "ici_rows")
    assert question.blocking and question.column == ("ICI" if with_flag else "Drug")
    _, cohort = taken(tmp_path / "a.xlsx")
    courses = cohort.table("adex")
    assert courses["APHASE"].astype(str).value_counts().to_dict() == {"INITIAL": 8, "RECHALLENGE": 8, "INTERIM": 3}
    starts = courses[courses["APHASE"] == "RECHALLENGE"].set_index("USUBJID")
    assert [f"{starts.at[p[0], 'ASTDT']:%Y-%m-%d}" for p in patients()] == [p[1] for p in patients()]
    assert starts["PDDT"].notna().sum() == 8


def test_cells_that_an_open_question_explains_are_one_finding(tmp_path):
    """Of 28 day numbers in four columns nobody reads a fault each: the question stands, and how many cells wait."""
    day = lambda d: (dt.date.fromisoformat(d) - dt.date(1899, 12, 30)).days if d else ""  # noqa: E731
    proposal = propose([file(tmp_path, DATED, [[p[0], *map(day, p[1:])] for p in patients()])])
    write_cohort("c", proposal)
    cohort, found = read_cohort("c")
    wait = [f for f in found if "cells wait" in f.rule]
    assert cohort is None and len(found) == 2 and len(wait) == 1
    assert wait[0].rule.startswith("28 cells") and wait[0].row == 2 and "PDDT_RECHALLENGE" in wait[0].column


def test_a_fault_that_no_question_explains_stands_beside_those_that_wait(tmp_path):
    rows = [[*p, 60 + i] for i, p in enumerate(patients())]
    rows[3][2], rows[4][2], rows[5][5] = "2021-09", "2021-10", "x"
    write_cohort("c", propose([file(tmp_path, [*DATED, "Age"], rows)]))
    found = [f for f in read_cohort("c")[1] if f.file == "a.csv"]
    assert [f.rule[:12] for f in found if f.column == "PDDT_RECHALLENGE"] == ["2 cells wait"]


@pytest.mark.slow
@pytest.mark.parametrize("kinds", [False, True], ids=["all lesions", "targets and others"])
def test_rows_of_single_lesions_are_summed_by_patient_and_day(tmp_path, kinds):
    made = Workbook()
    made.active.title = "Patients"
    for row in [DATED, *patients()]:
        made.active.append(row)
    sheet = made.create_sheet("Lesions")
    sheet.append(["Patient", "Lesion", *(["Type"] if kinds else []), "Scan date", "Longest diameter (mm)"])
    for i, p in enumerate(patients()):
        start = dt.date.fromisoformat(p[1])
        for days, factor in ((-7, 1.0), (45, 0.5 if i < 3 else 1.1)):
            for lesion, size in ((1, 20), (2, 30)) if (i, days) != (7, 45) else ((1, 20),):
                sheet.append([p[0], lesion, *(["target"] if kinds else []), start + dt.timedelta(days=days), size * factor])  # fmt: skip
            if kinds:
                sheet.append([p[0], 3, "non-target", start + dt.timedelta(days=days), 99])
    made.save(tmp_path / "a.xlsx")
    question = asked(propose([tmp_path / "a.xlsx"]), "lesion_rows")
    assert question.blocking and ("Type: target" in question.text()) == kinds
    _, cohort = taken(tmp_path / "a.xlsx")
    sums = cohort.table("adtr").groupby("USUBJID")["SDIAM"].apply(list)
    assert sums["P0"] == [50, 25] and sums["P6"] == [50, pytest.approx(55)] and len(cohort.table("adtr")) == 16
    fewer = [f for f in read_cohort("c")[1] if "fewer lesions" in f.rule]
    assert [(f.subject, f.severity) for f in fewer] == [("P7", "warning")]
