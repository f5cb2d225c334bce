"""REDCap exports with events and repeated forms: each row goes to its course and visit, or is asked about."""

import datetime as dt

import pytest

from papercheck.files.project import data_folder
from rechallenge.cohort.cohort import read_cohort
from rechallenge.cohort.propose.again import changes, earlier
from rechallenge.cohort.propose.propose import propose
from tests.unit.test_door_kinds import data, file, taken

__all__ = ["data"]
BOX = ["mets___1", "mets___2", "mets___0"]
COLUMNS = ["record_id", "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance", "sex", "age", *BOX,
           "baseline_complete", "ici_start", "ici_pd_date", "ici_bor", "ici_treatment_complete", "ae_term", "ae_grade",
           "ae_date", "adverse_event_complete", "fu_date", "fu_status", "death_date", "follow_up_complete"]  # fmt: skip
NAMES = {"record_id": "Record ID", "redcap_event_name": "Event Name", "redcap_repeat_instrument": "Repeat Instrument",
         "redcap_repeat_instance": "Repeat Instance", "sex": "Sex", "age": "Age", "mets___1": "Sites (choice=Brain)",
         "mets___2": "Sites (choice=Liver)", "mets___0": "Sites (choice=None)", "ici_start": "Start of ICI",
         "ici_pd_date": "Date of progression", "ici_bor": "Best response", "ae_term": "Adverse event",
         "ae_grade": "CTCAE grade", "ae_date": "Date of onset", "fu_date": "Date of last contact",
         "fu_status": "Vital status", "death_date": "Date of death"}  # fmt: skip
WORDS = {"baseline_arm_1": "Baseline (Arm 1: Main)", "first_ici_arm_1": "First ICI (Arm 1: Main)",
         "rechallenge_arm_1": "Rechallenge (Arm 1: Main)", "follow_up_1_arm_1": "Follow-up 1 (Arm 1: Main)",
         "follow_up_2_arm_1": "Follow-up 2 (Arm 1: Main)", "follow_up_arm_1": "Follow-up (Arm 1: Main)",
         "adverse_event": "Adverse Event", "follow_up": "Follow Up", "ici_treatment": "ICI Treatment"}  # fmt: skip
DICTIONARY = (
    'Variable / Field Name,Form Name,Field Type,Field Label,"Choices, Calculations, OR Slider Labels"\n'
    'sex,baseline,radio,Sex,"1, Male | 2, Female"\nmets,baseline,checkbox,Sites,"1, Brain | 2, Liver | 0, None"\n'
    'ici_bor,ici_treatment,radio,Best response,"1, PR | 2, SD | 3, PD"\nfu_status,follow_up,radio,Vital status,"1, Alive | 2, Dead"\n'
    "fu_date,follow_up,text,Date of last contact,\n"
)
DAY = dt.date(2020, 1, 10)


def records(repeated):
    """Eight records: two courses in one form, two visits of follow-up, adverse events of either course; four died, six
    progressed on rechallenge; the form of baseline of record 4 was never filled."""
    lines = []

    def row(record, event, form="", number="", **cells):
        start = {
            "record_id": record,
            "redcap_event_name": event,
            "redcap_repeat_instrument": form,
            "redcap_repeat_instance": number,
        }
        lines.append([(start | cells).get(c, "") for c in COLUMNS])

    for i in range(8):
        first, again = DAY + dt.timedelta(days=30 * i), DAY + dt.timedelta(days=300 + 30 * i)
        last, dead = again + dt.timedelta(days=400 + i), i % 2
        filled = i != 4
        boxes = dict(zip(BOX, [int(i % 3 == 1), int(i % 3 == 2), int(i % 3 == 0)] if filled else [0] * 3, strict=True))
        row(
            i,
            "baseline_arm_1",
            sex=1 + i % 2 if filled else "",
            age=50 + i if filled else "",
            baseline_complete=2 if filled else 0,
            **boxes,
        )
        row(
            i,
            "first_ici_arm_1",
            ici_start=first,
            ici_pd_date=first + dt.timedelta(days=90),
            ici_bor=1,
            ici_treatment_complete=2,
        )
        row(
            i,
            "rechallenge_arm_1",
            ici_start=again,
            ici_pd_date=again + dt.timedelta(days=60) if i > 1 else "",
            ici_bor=2,
            ici_treatment_complete=2,
        )
        row(
            i,
            "first_ici_arm_1",
            "adverse_event",
            1,
            ae_term="Rash",
            ae_grade=2,
            ae_date=first,
            adverse_event_complete=2,
        )
        row(
            i,
            "rechallenge_arm_1",
            "adverse_event",
            1,
            ae_term="Colitis",
            ae_grade=3,
            ae_date=again,
            adverse_event_complete=2,
        )
        for k, (day, status) in enumerate([(again + dt.timedelta(days=30), 1), (last, 1 + dead)], start=1):
            where = ("follow_up_arm_1", "follow_up", k) if repeated else (f"follow_up_{k}_arm_1",)
            row(
                i,
                *where,
                fu_date=day,
                fu_status=status,
                death_date=last if dead and k == 2 else "",
                follow_up_complete=2,
            )
    return lines


def of_labels(lines):
    """The same export with labels in place of names and codes."""
    said = {"sex": {1: "Male", 2: "Female"}, "ici_bor": {1: "PR", 2: "SD"}, "fu_status": {1: "Alive", 2: "Dead"},
            **dict.fromkeys(BOX, {0: "Unchecked", 1: "Checked"})}  # fmt: skip
    ends = {2: "Complete", 0: "Incomplete"}
    rows = [
        [
            (ends if c.endswith("_complete") else said.get(c, WORDS)).get(x, x)
            for c, x in zip(COLUMNS, line, strict=True)
        ]
        for line in lines
    ]
    return ["Complete?" if c.endswith("_complete") else NAMES[c] for c in COLUMNS], rows


def right(cohort):
    adsl, adex, adrs, adae = (cohort.table(t) for t in ("adsl", "adex", "adrs", "adae"))
    starts = adex.groupby("APHASE", observed=True)["ASTDT"].min()
    assert starts["INITIAL"].date() == DAY and starts["RECHALLENGE"].date() == DAY + dt.timedelta(days=300)
    assert adex.groupby("APHASE", observed=True)["PDDT"].count().to_dict() == {"INITIAL": 8, "RECHALLENGE": 6}
    assert (len(adsl), adsl["DTHDT"].notna().sum()) == (8, 4)
    assert (
        adsl["LSTALVDT"]
        > adsl["USUBJID"].map(adex[adex["APHASE"] == "RECHALLENGE"].set_index("USUBJID")["ASTDT"])
        + dt.timedelta(days=399)
    ).all()
    assert adrs.groupby("APHASE", observed=True)["AVALC"].first().to_dict() == {"INITIAL": "PR", "RECHALLENGE": "SD"}
    assert adsl["SEX"].isna().sum() == 1 and adae.groupby("APHASE", observed=True)["AEDECOD"].first().tolist() == [
        "Rash",
        "Colitis",
    ]
    assert not [f for f in read_cohort("c")[1] if f.severity == "error"]


@pytest.mark.slow
@pytest.mark.parametrize("repeated", [False, True], ids=["events", "instances"])
@pytest.mark.parametrize("labels", [False, True], ids=["raw", "labels"])
def test_courses_by_event_visits_and_repeated_forms(tmp_path, repeated, labels):
    head, rows = of_labels(records(repeated)) if labels else (COLUMNS, records(repeated))
    paths = [file(tmp_path, head, rows)]
    if not labels:
        (tmp_path / "d.csv").write_text(DICTIONARY, encoding="utf-8")
        paths.append(tmp_path / "d.csv")
    proposal, cohort = taken(paths)
    right(cohort)
    asked = next(q for q in proposal.questions if q.topic == "visits")
    assert asked.blocking and set(asked.proposed.values()) == {"last visit"} and len(asked.values) == 2
    if repeated and labels:  # what was taken is proposed again as it is
        assert changes(earlier("c")[1], proposal)[0].text() == "adsl: no change."


@pytest.mark.slow
def test_the_first_visit_is_read_where_it_is_said_so(tmp_path):
    (tmp_path / "d.csv").write_text(DICTIONARY, encoding="utf-8")
    answer = {"fu_date": "first visit", "fu_status": "last visit"}
    _, cohort = taken([file(tmp_path, COLUMNS, records(True)), tmp_path / "d.csv"], visits=answer)
    assert cohort.table("adsl")["LSTALVDT"].min().date() == DAY + dt.timedelta(days=330)


@pytest.mark.slow
def test_events_that_say_no_course_are_asked_for_it(tmp_path):
    lines = [
        [{"first_ici_arm_1": "period_a_arm_1", "rechallenge_arm_1": "period_b_arm_1"}.get(x, x) for x in line]
        for line in records(True)
    ]
    (tmp_path / "d.csv").write_text(DICTIONARY, encoding="utf-8")
    paths = [file(tmp_path, COLUMNS, lines), tmp_path / "d.csv"]
    asked = next(q for q in propose(paths).questions if q.topic == "events")
    assert taken(paths)[1] is None and asked.blocking and asked.proposed is None and "ici_start" in asked.text("zh")
    said = {
        "baseline_arm_1": "leave out",
        "period_a_arm_1": "first course",
        "period_b_arm_1": "rechallenge",
        "follow_up_arm_1": "leave out",
    }
    of_rows = {"period_a_arm_1": "first course", "period_b_arm_1": "rechallenge"}
    answers = {f"courses.a.csv.{COLUMNS[1]}": said, "rows_course.a.csv.adae": of_rows}
    while open_ := [q for q in propose(paths, answers).open(blocking=True)]:
        answers[open_[0].id] = open_[0].proposed
    from rechallenge.cohort.propose.write import write_cohort

    write_cohort("c", propose(paths, answers))
    right(read_cohort("c")[0])


@pytest.mark.slow
def test_courses_as_instances_of_a_repeated_form(tmp_path):
    lines = []
    for line in records(True):
        entry = dict(zip(COLUMNS, line, strict=True))
        if entry["ici_start"]:
            entry["redcap_repeat_instrument"], entry["redcap_repeat_instance"] = (
                "ici_treatment",
                1 + (entry["redcap_event_name"][0] == "r"),
            )
        entry["redcap_event_name"] = "baseline_arm_1"
        lines.append(list(entry.values()))
    (tmp_path / "d.csv").write_text(DICTIONARY, encoding="utf-8")
    paths = [file(tmp_path, COLUMNS, lines), tmp_path / "d.csv"]
    proposal = propose(paths)
    asked = {q.id: q for q in proposal.questions}
    assert asked["rows_course.a.csv.adex"].proposed == {"1": "first course", "2": "rechallenge"}
    by_date = asked["rows_course.a.csv.adae"]
    assert by_date.blocking is False or by_date.topic == "rows_course"
    _, cohort = taken(paths, rows_course="rechallenge")
    starts = cohort.table("adex").groupby("APHASE", observed=True)["ASTDT"].min()
    assert starts["RECHALLENGE"].date() == DAY + dt.timedelta(days=300)
    assert '"2": RECHALLENGE' in (data_folder() / "c" / "cohort.yml").read_text(encoding="utf-8")
