"""What another column says of an outcome: who progressed or died, how long the others were followed, the grade."""

import pytest

from papercheck.files.findings import CohortError
from rechallenge.cohort.propose.propose import propose
from tests.unit.test_door_kinds import DEATHS, data, file, patients, taken

__all__ = ["data"]
TIMES = [("5.5", "1"), ("", "0"), ("7.25", "1"), ("", "0")]
LEFT = ["5.5", "9.5", "7.25", "12"]
HEAD = ["Patient", "OS rechallenge (months)", "OS rechallenge event", "Follow-up from rechallenge (months)"]


def topics(path, **answers):
    return {q.topic: q for q in propose([path], answers).questions}


def followed(tmp_path, left=LEFT, head=HEAD):
    return file(tmp_path, head, [[f"P{i}", *TIMES[i], left[i]] for i in range(4)])


def test_times_that_are_empty_without_an_event_are_asked_about(tmp_path):
    question = topics(followed(tmp_path))["follow_time"]
    assert question.blocking and question.proposed is None and "empty for 2 patients" in question.text()
    assert question.choices == ("is Follow-up from rechallenge (months)", "leave out") and "2 名患者" in question.text(
        "zh"
    )


@pytest.mark.parametrize("left, name", [(["5.5", "", "7.25", "12"], HEAD[3]), (LEFT, "Tumour size")])
def test_a_column_that_is_no_follow_up_of_all_is_not_offered(tmp_path, left, name):
    assert "follow_time" not in topics(followed(tmp_path, left, [*HEAD[:3], name]))


@pytest.mark.slow
def test_the_time_of_follow_up_stands_for_empty_times_of_those_without_the_event(tmp_path):
    _, cohort = taken(followed(tmp_path), follow_time="is Follow-up from rechallenge (months)")
    rows = cohort.table("adtte")
    assert list(rows["AVAL"]) == [5.5, 9.5, 7.25, 12.0] and list(rows["CNSR"]) == [0, 1, 0, 1]


@pytest.mark.parametrize(
    "name", ["Progressive disease on rechallenge?", "Did the patient progress?", "Progression (y/n)"]
)
def test_a_question_that_says_who_progressed_splits_the_date(tmp_path, name):
    rows = [[p[0], p[1], "Yes" if i < 3 else "No", p[4]] for i, p in enumerate(patients())]
    path = file(tmp_path, ["Patient", "Start of rechallenge", name, "Date of progression / last scan"], rows)
    question = topics(path, course="rechallenge")["progressed"]
    assert question.proposed == "split" and f"`{name}` says who progressed" in question.text()


@pytest.mark.slow
def test_a_question_that_says_who_died_splits_the_date(tmp_path):
    rows = [[*p[:3], "Yes" if p[3] else "No", p[4]] for p in patients()]
    head = [
        "Patient",
        "Start of rechallenge",
        "PD on rechallenge",
        "Did the patient die?",
        "Date of death or last contact",
    ]
    _, cohort = taken(file(tmp_path, head, rows))
    assert cohort.table("adsl")["DTHDT"].notna().sum() == DEATHS


@pytest.mark.parametrize("name, proposed", [("Grade", "apart"), ("Max grade", None)])
def test_one_grade_behind_several_events_is_asked_about(tmp_path, name, proposed):
    """The highest grade of several is that of one of them: nothing is proposed."""
    cells = [("Rash", 1), ('"Rash, Colitis"', 3), ("none", ""), ("Colitis", 2)]
    rows = [[f"P{i}", 5 + i, i % 2, *cells[i]] for i in range(4)]
    path = file(tmp_path, ["Patient", "OS rechallenge (months)", "died", "irAEs (rechallenge)", name], rows)
    question = topics(path)["several"]
    assert question.proposed == proposed and f"a grade in {name} holds for each event" in question.text()


@pytest.mark.parametrize(
    "name, words",
    [("Rechallenge: responder / non-responder", ("Responder", "Non-responder")), ("Objective response", ("yes", "no")),
     ("Best response", ("Responder", "Non-responder")), ("ORR", ("Y", "N")),
     ("Objective response on rechallenge", ("0", "1"))],
)  # fmt: skip
def test_who_responded_is_no_best_response_and_said_so(tmp_path, name, words):
    rows = [[f"P{i}", 5 + i, i % 2, words[i % 2]] for i in range(4)]
    plan = propose([file(tmp_path, ["Patient", "OS rechallenge (months)", "died", name], rows)]).plans[0]
    assert "a response rate counts CR and PR" in str(plan.left[name])


def test_a_row_for_each_item_is_of_the_column_that_names_the_patient(tmp_path):
    """The number of the study is no patient, and no row is a course."""
    items = [("AGE", "Age", "60"), ("PDDT", "Progression on rechallenge", "2022-01-05"), ("SEX", "Sex", "M")]
    rows = [["X1", f"P{i}", *item] for i in range(4) for item in items]
    path = file(tmp_path, ["StudyID", "SubjectNo", "Item", "ItemLabel", "Value"], rows)
    asked = next(q for q in propose([path]).questions if q.topic == "items")
    assert (asked.words["item"], asked.words["left"], asked.words["patients"]) == ("ItemLabel", "StudyID, Item", 4)


def test_the_start_of_a_course_that_its_name_does_not_tell_is_asked_with_its_other_dates(tmp_path):
    """ICI start and ICI PD beside those of rechallenge: the second cannot be read without the first."""
    rows = [[p[0], "2020-01-02", "2020-08-01", *p[1:3], p[4]] for p in patients()]
    head = ["ID", "ICI start", "ICI PD", "Rechallenge start", "Rechallenge PD", "Last contact"]
    asked = {q.column: q for q in propose([file(tmp_path, head, rows)]).questions if q.topic == "placed"}
    assert asked["ICI start"].blocking and "ASTDT_INITIAL" in asked["ICI start"].choices
    assert asked["ICI PD"].blocking and "PDDT_INITIAL" in asked["ICI PD"].choices


@pytest.mark.parametrize("slips, refused", [(4, True), (1, False)])
def test_dates_in_two_orders_are_refused_and_a_slip_is_not(tmp_path, slips, refused):
    """Whatever is answered, the dates of the other order that can be read in both ways would be read wrongly."""
    starts = (
        ["23/03/2020", "25/04/2020", "17/05/2020", "05/06/2020", "30/07/2020"] + ["04/22/2020"] * slips + ["03/05/2020"]
    )
    rows = [[f"P{i}", start, "2023-01-01"] for i, start in enumerate(starts)]
    path = file(tmp_path, ["ID", "Rechallenge start", "Last contact"], rows)
    if not refused:
        assert "order" in topics(path)
        return
    with pytest.raises(CohortError) as error:
        propose([path])
    rule = str(error.value.findings[0].rule)
    assert "4 can only be day-first (23/03/2020), 4 only month-first (04/22/2020), and 2 such as 05/06/2020" in rule
