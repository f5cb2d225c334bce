"""Exports whose responses and sums of lesions stand at events of visits: a row for each visit, of the right course."""

import datetime as dt

import pytest
from openpyxl import Workbook

from rechallenge.cohort.cohort import read_cohort
from rechallenge.derive.timeline import derive_timeline
from tests.unit.test_door_kinds import data, file, taken

__all__ = ["data"]
DAY = dt.date(2021, 3, 1)
WEEKS = (6, 12, 18)
COLUMNS = ["record_id", "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance", "age", "first_ici_start",
           "first_ici_pd", "rechallenge_start", "scan_date", "recist", "target_sum", "fu_date", "fu_status", "death_date"]  # fmt: skip
TOLD = {"week": "week_{}_arm_1", "rechallenge": "rechallenge_week_{}_arm_1", "visit": "visit_{}_arm_1"}


def export(tmp_path, place, first=False, dated=True):
    """Four records: SD, PR and then PD of every second one, who dies later; sums of 100 at the baseline, 90, 60, 85.

    place : the events of the visits, or the repeated form (follow_up, tumor_assessment); first : the first course was
    assessed as well, a year earlier, with SD three times.
    """
    rows, form = [], place if place not in TOLD else ""

    def row(i, event, instrument="", instance="", **cells):
        keys = {"record_id": i + 1, "redcap_event_name": event, "redcap_repeat_instrument": instrument}
        rows.append([(keys | {"redcap_repeat_instance": instance} | cells).get(c, "") for c in COLUMNS])

    for i in range(4):
        begun = DAY + dt.timedelta(days=20 * i)
        again = begun + dt.timedelta(days=400)
        last, dead = again + dt.timedelta(days=300 + i), i % 2
        visits = [(begun, w, "SD", "") for w in WEEKS if first]
        visits += [
            (again, w, r, mm)
            for w, r, mm in zip(WEEKS, ["SD", "PR", "PD" if dead else "PR"], (90, 60, 85), strict=True)
        ]
        starts = {"first_ici_start": begun, "first_ici_pd": begun + dt.timedelta(days=200), "rechallenge_start": again}
        row(i, "baseline_arm_1", age=60 + i, **starts)
        if form != "follow_up":
            where = ("baseline_arm_1", form, 1) if form else ("screening_arm_1",)
            row(i, *where, scan_date=again - dt.timedelta(days=7) if dated else "", target_sum=100)
        for k, (start, week, response, mm) in enumerate(visits):
            day = start + dt.timedelta(weeks=week) if dated else ""
            where = ("baseline_arm_1", form, k + 2) if form else (TOLD[place].format(k + 1 if first else week),)
            when = {"fu_date": day, "fu_status": "Alive"} if form == "follow_up" else {"scan_date": day}
            row(i, *where, recist=response, target_sum="" if form == "follow_up" else mm, **when)
        where = ("baseline_arm_1", form, 9) if form == "follow_up" else ("end_arm_1",)
        row(i, *where, fu_date=last, fu_status="Dead" if dead else "Alive", death_date=last if dead else "")
    return file(tmp_path, COLUMNS, rows)


STATUS = {"event": {"Alive": "censored", "Dead": "event"}}


def right(cohort, courses=("RECHALLENGE",)):
    rows = cohort.table("adrs")
    of_again = rows[rows["APHASE"] == "RECHALLENGE"]
    assert of_again["AVALC"].astype(str).value_counts().to_dict() == {"SD": 4, "PR": 6, "PD": 2}
    assert set(rows["APHASE"].astype(str)) == set(courses)
    progressed = derive_timeline(cohort).course("RECHALLENGE")["PDDT"].dropna()
    assert {p: d.date() for p, d in progressed.items()} == {
        str(i + 1): DAY + dt.timedelta(days=20 * i + 400 + 126) for i in range(1, 4, 2)
    }
    adsl = cohort.table("adsl")
    assert (adsl["DTHDT"].notna().sum(), adsl["LSTALVDT"].max().date()) == (2, DAY + dt.timedelta(days=60 + 400 + 303))


@pytest.mark.slow
@pytest.mark.parametrize("place", ["week", "rechallenge", "visit", "follow_up", "tumor_assessment"])
def test_responses_at_visits_are_rows_of_assessments(tmp_path, place):
    proposal, cohort = taken(export(tmp_path, place), **STATUS)
    right(cohort)
    assert not [q for q in proposal.questions if q.topic == "events"]
    if place != "follow_up":
        sums = cohort.table("adtr").groupby("USUBJID", observed=True)["SDIAM"].apply(list)
        assert all(found == [100, 90, 60, 85] for found in sums)


@pytest.mark.slow
@pytest.mark.parametrize("place", ["visit", "tumor_assessment"])
def test_visits_of_both_courses_are_placed_by_date_and_never_by_their_number(tmp_path, place):
    path = export(tmp_path, place, first=True)
    proposal, cohort = taken(path, **STATUS)
    asked = next(q for q in proposal.questions if q.id == "rows_course.a.csv.adrs")
    assert cohort is None and asked.proposed is None and "by date" in asked.choices and "12" in asked.text("zh")
    cohort = taken(path, **STATUS, **{asked.id: "by date"})[1]
    right(cohort, ("INITIAL", "RECHALLENGE"))
    assert set(cohort.table("adrs").query("APHASE == 'INITIAL'")["AVALC"].astype(str)) == {"SD"}


@pytest.mark.slow
def test_visits_without_a_date_are_not_taken_for_courses(tmp_path):
    proposal, cohort = taken(export(tmp_path, "week", dated=False), **STATUS)
    asked = [q for q in proposal.questions if q.topic == "undated_events"]
    assert asked and "week_6_arm_1: 4" in asked[0].text("zh") and "adrs" not in cohort.tables
    assert [f.id for f in read_cohort("c")[1] if f.column == "recist"] == ["open-question"]


@pytest.mark.slow
def test_codes_of_responses_at_visits_without_labels_are_asked(tmp_path):
    codes = {"SD": "3", "PR": "2", "PD": "4"}
    path = export(tmp_path, "week")
    path.write_text(
        "\n".join(",".join(codes.get(c, c) for c in line.split(",")) for line in path.read_text().splitlines()) + "\n"
    )
    proposal, cohort = taken(path, **STATUS)
    asked = next(q for q in proposal.questions if q.topic == "codes")
    assert cohort is None and asked.column == "recist" and asked.target == "AVALC" and asked.blocking
    right(taken(path, **STATUS, codes={code: word for word, code in codes.items()})[1])


@pytest.mark.slow
def test_codes_of_responses_of_a_sheet_of_visits_are_asked(tmp_path):
    made = Workbook()
    made.active.title = "Patients"
    made.active.append(["ID", "Rechallenge start", "Last contact"])
    visits = made.create_sheet("Visits")
    visits.append(["ID", "Date of assessment", "Response"])
    for i in range(4):
        made.active.append([f"P{i}", DAY, DAY + dt.timedelta(days=400)])
        for k, code in enumerate((3, 2, 4 if i % 2 else 2), start=1):
            visits.append([f"P{i}", DAY + dt.timedelta(weeks=6 * k), code])
    made.save(tmp_path / "a.xlsx")
    cohort = taken(tmp_path / "a.xlsx", codes={"2": "PR", "3": "SD", "4": "PD"})[1]
    assert cohort.table("adrs")["AVALC"].astype(str).value_counts().to_dict() == {"PR": 6, "SD": 4, "PD": 2}
