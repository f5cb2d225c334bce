"""Times within and between courses, and the choices of censoring, by hand count."""

import pytest

from papercheck.files.findings import NotAvailable
from rechallenge.cohort import load_cohort
from rechallenge.derive.censoring import derive_censorings
from rechallenge.derive.course_times import derive_course_times, last_dose_unknown
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.derive.exposure import interim_without_date
from rechallenge.derive.first_course import derive_first_course
from rechallenge.derive.histories import derive_marks
from rechallenge.derive.interval import derive_intervals
from rechallenge.derive.response import derive_best_response
from rechallenge.derive.timeline import derive_timeline
from rechallenge.sections.course_times import censoring_table, course_times_table
from rechallenge.show.timeline import course_table
from tests.conftest import cohort_writer

YML = "title: t\nkind: patients\ndata_cutoff: 2024-12-31\n"
ADSL = "USUBJID,DTHDT,LSTALVDT\nA,,2024-06-01\nB,2024-02-01,\nC,,2024-03-01\n"
ADEX = """USUBJID,APHASE,ASTDT,AENDT,PDDT
A,RECHALLENGE,2023-01-01,2023-06-01,2023-05-01
A,SUBSEQUENT,2023-07-01,,2023-09-01
B,RECHALLENGE,2023-01-01,2023-03-01,2023-12-01
B,SUBSEQUENT,2023-08-01,,
C,RECHALLENGE,2023-01-01,,
"""
ADRS = """USUBJID,APHASE,PARAMCD,ADT,AVALC
A,RECHALLENGE,OVR,2023-03-01,PR
A,RECHALLENGE,OVR,2023-05-01,PD
B,RECHALLENGE,OVR,2023-03-01,SD
C,RECHALLENGE,OVR,2023-04-01,CR
C,RECHALLENGE,OVR,2023-12-01,NE
"""


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        write = cohort_writer(patch, tmp_path_factory.mktemp("courses"))
        write(yml=YML, adsl=ADSL, adex=ADEX, adrs=ADRS)
        return load_cohort("c")


TIMES = {  # (days, 1 censored) by hand
    "DOR": {"A": (62, 0), "C": (336, 1)},  # 1 March to 1 May; 1 April 2023 to last contact
    "TTR": {"A": (60, 0), "C": (91, 0)},
    "DOT": {"A": (152, 0), "B": (60, 0), "C": (426, 1)},  # C still receives it
    "TBP": {"A": (31, 0)},
    "TTNT": {"A": (182, 0), "B": (213, 0), "C": (426, 1)},
    "PFS2": {"A": (244, 0), "B": (335, 0), "C": (426, 1)},
}


@pytest.mark.parametrize("code", TIMES)
def test_times_of_courses_are_those_of_the_hand_count(cohort, code):
    frame = derive_course_times(cohort, "days")
    rows = frame[(frame["PARAMCD"] == code) & (frame["APHASE"] == "RECHALLENGE")]
    assert {r.USUBJID: (r.AVAL, r.CNSR) for r in rows.itertuples()} == TIMES[code]


@pytest.mark.slow
def test_a_time_of_which_nobody_was_asked_is_not_shown(write_cohort):
    alone = "".join(line for line in ADEX.splitlines(keepends=True) if "SUBSEQUENT" not in line)
    write_cohort(yml=YML, adsl=ADSL, adex=alone, adrs=ADRS)
    assert set(derive_course_times(load_cohort("c"))["PARAMCD"]) == {"DOR", "TTR", "DOT", "TBP"}


def test_the_treatment_free_interval_ends_with_any_next_therapy(write_cohort):
    adex = "USUBJID,APHASE,ASTDT,AENDT\nA,INITIAL,2023-01-01,2023-03-01\nA,INTERIM,2023-04-01,\nB,INITIAL,2023-01-01,2023-03-01\nC,INITIAL,2023-01-01,\n"
    write_cohort(yml=YML, adsl=ADSL, adex=adex)
    frame = derive_course_times(load_cohort("c"), "days")
    rows = frame[frame["PARAMCD"] == "TFI"]
    assert {r.USUBJID: (r.AVAL, r.CNSR) for r in rows.itertuples()} == {"A": (31, 0), "B": (337, 1)}  # B dies


def test_who_begins_the_next_therapy_before_the_last_dose_was_never_free_of_treatment(write_cohort):
    adex = "USUBJID,APHASE,ASTDT,AENDT\n" + "".join(
        f"{s},INITIAL,2023-01-01,2023-03-0{last}\n{s},INTERIM,2023-03-02,\n"
        for s, last in zip("ABC", (1, 2, 3), strict=True)
    )
    write_cohort(yml=YML, adsl=ADSL.replace("2024-02-01,", ",2024-02-01"), adex=adex)
    frame = derive_course_times(load_cohort("c"), "days")
    free = frame[frame["PARAMCD"] == "TFI"].set_index("USUBJID")
    assert free["AVAL"].to_dict() == {"A": 1, "B": 0, "C": 0} and (free["CNSR"] == 0).all()
    assert derive_first_course(load_cohort("c"))["TFI"].tolist() == [1, 0, 0]


def test_a_course_given_in_two_rows_goes_on_while_one_of_them_has_no_last_dose(write_cohort):
    adex = "USUBJID,APHASE,ASTDT,AENDT\nA,INITIAL,2023-01-01,2023-03-01\nA,INITIAL,2023-02-01,\nB,INITIAL,2023-01-01,2023-02-01\n"
    write_cohort(yml=YML, adsl="USUBJID,LSTALVDT\nA,2023-06-01\nB,2023-06-01\n", adex=adex)
    cohort = load_cohort("c")
    times = derive_course_times(cohort, "days").set_index("USUBJID")
    assert times["CNSR"].to_dict() == {"A": 1, "B": 0} and times["AVAL"].to_dict() == {"A": 152, "B": 32}
    course = derive_timeline(cohort).course("INITIAL")
    assert course["ONGOING"].to_dict() == {"A": True, "B": False}
    assert (
        course["LASTDT"].isna().to_dict() == derive_first_course(cohort).set_index("USUBJID")["LASTDT"].isna().to_dict()
    )
    assert course_table(cohort, "A").rows[0][2] == course_table(cohort, "A").rows[0][3]  # not known, as the next course


RUNS_ON = """USUBJID,APHASE,ASTDT,AENDT,PDDT
A,RECHALLENGE,2023-01-01,2023-03-01,
A,SUBSEQUENT,2023-05-01,,2023-08-20
B,RECHALLENGE,2023-01-01,2023-03-01,
B,SUBSEQUENT,2023-05-01,,
"""
SEEN = """USUBJID,APHASE,PARAMCD,ADT,AVALC
A,RECHALLENGE,OVR,2023-02-12,PR
B,RECHALLENGE,OVR,2023-02-12,PR
A,SUBSEQUENT,OVR,2023-07-09,SD
B,SUBSEQUENT,OVR,2023-07-09,SD
B,SUBSEQUENT,OVR,2023-09-01,NE
"""


@pytest.mark.slow
def test_a_clock_that_runs_on_past_the_next_therapy_knows_the_assessments_on_it(write_cohort):
    """Progression on the next therapy is an event of PFSR; who is free of it there is followed as long."""
    write_cohort(yml=YML, adsl="USUBJID,LSTALVDT\nA,2024-01-01\nB,2024-01-01\n", adex=RUNS_ON, adrs=SEEN)
    cohort = load_cohort("c")
    at_last = derive_endpoints(cohort, ["PFSR"], "days", "last assessment").rows.set_index("USUBJID")
    assert at_last["AVAL"].to_dict() == {"A": 232, "B": 190} and at_last["CNSR"].to_dict() == {"A": 0, "B": 1}
    lasting = derive_course_times(cohort, "days", censor_at="last assessment")
    lasting = lasting[lasting["PARAMCD"] == "DOR"].set_index("USUBJID")
    assert lasting["AVAL"].to_dict() == {"A": 190, "B": 148}
    assert derive_intervals(cohort, "PFSR", "days").ends[0].tolist() == [190, 190]
    for weeks, event in ((3, 0), (2.9, 1)):  # 42 days after the last of them
        chosen = derive_censorings(cohort, "PFSR", "days", weeks)
        missed = chosen[(chosen["CHOICE"] == "two missed visits") & (chosen["USUBJID"] == "A")]
        assert missed["CNSR"].tolist() == [event]
        before = chosen[chosen["CHOICE"] == "next therapy"].set_index("USUBJID")["AVAL"]
        assert before.to_dict() == {"A": 43, "B": 43}


def test_the_first_course_ends_with_any_next_therapy_though_rechallenge_never_came(write_cohort):
    adex = "USUBJID,APHASE,ASTDT,PDDT\n" + "".join(
        f"{s},INITIAL,2023-01-01,{d}\n{s},SUBSEQUENT,2023-03-01,2023-07-01\n"
        for s, d in (("A", "2023-03-01"), ("B", "2023-03-02"), ("C", ""))
    )
    write_cohort(yml=YML, adsl="USUBJID,DTHDT\n" + "".join(f"{s},2023-09-01\n" for s in "ABC"), adex=adex)
    cohort = load_cohort("c")
    first = derive_endpoints(cohort, ["PFS1"], "days").rows.set_index("USUBJID")
    assert first["AVAL"].to_dict() == dict.fromkeys("ABC", 60)
    assert first["CNSR"].to_dict() == {"A": 0, "B": 1, "C": 1}


OPEN = """USUBJID,APHASE,ASTDT,AENDT,PDDT
A,INITIAL,2023-01-01,2023-03-01,2023-02-01
A,RECHALLENGE,2023-06-01,,2023-08-01
B,INITIAL,2023-01-01,,2023-02-01
B,RECHALLENGE,2023-06-01,2023-07-01,
C,INITIAL,2023-01-01,,2023-02-01
"""


@pytest.mark.slow
def test_who_no_longer_receives_a_course_is_not_followed_as_if_still_on_it(write_cohort):
    """Without a last dose, and a later course begun, the length of treatment is not known: B until death would be 397
    days. Who still receives it counts as treated until the last contact, beyond progression too."""
    write_cohort(yml=YML, adsl=ADSL, adex=OPEN)
    frame = derive_course_times(load_cohort("c"), "days")
    found = {
        k: {r.USUBJID: (r.AVAL, r.CNSR) for r in rows.itertuples()} for k, rows in frame.groupby(["PARAMCD", "APHASE"])
    }
    assert found["DOT", "INITIAL"] == {"A": (60, 0), "C": (426, 1)}
    assert found["DOT", "RECHALLENGE"] == {"A": (367, 1), "B": (31, 0)}
    assert found["TBP", "INITIAL"] == {"A": (28, 0), "C": (394, 1)}
    assert found["TBP", "RECHALLENGE"] == {"A": (305, 1)}
    assert last_dose_unknown(load_cohort("c")) == {"INITIAL": 1}
    notes = [str(note) for note in course_times_table(load_cohort("c")).notes]
    assert notes[-1].startswith("First ICI course: 1 patient left out of the duration of treatment")


ANSWERS = """USUBJID,APHASE,PARAMCD,ADT,AVALC
A,RECHALLENGE,OVR,2023-02-01,PR
A,RECHALLENGE,OVR,2023-02-20,PR
A,RECHALLENGE,OVR,2023-03-20,PR
B,RECHALLENGE,OVR,2023-02-01,PR
B,RECHALLENGE,BOR,,SD
C,RECHALLENGE,OVR,2023-02-01,PR
C,RECHALLENGE,OVR,2023-02-15,SD
C,RECHALLENGE,OVR,2023-03-15,CR
C,RECHALLENGE,OVR,2023-04-15,CR
"""


@pytest.mark.slow
@pytest.mark.parametrize("confirmed, responded", [(False, {"A": 32, "C": 32}), (True, {"A": 32, "C": 74})])
def test_who_responded_is_told_alike_by_rates_times_and_marks(write_cohort, confirmed, responded):
    """B is recorded as SD whatever one visit says; the first CR or PR of a confirmed pair counts: C from the CR on."""
    write_cohort(yml=YML, adsl=ADSL, adex=ADEX, adrs=ANSWERS)
    study = load_cohort("c")
    best = derive_best_response(study, confirmed)
    again = best[(best["APHASE"] == "RECHALLENGE") & best["AVALC"].isin(["CR", "PR"])]
    frame = derive_course_times(study, "days", confirmed)
    found = {r.USUBJID: r.AVAL for r in frame[frame["PARAMCD"] == "TTR"].itertuples()}
    marks = derive_marks(derive_endpoints(study, ["PFSR"], "days"), confirmed)
    drawn = marks[marks["kind"] == "response"].set_index("USUBJID")["time"].to_dict()
    assert found == drawn == responded and set(again["USUBJID"]) == set(responded)


@pytest.mark.slow
@pytest.mark.parametrize("censor_at", ["last follow-up", "last assessment"])
def test_a_response_ends_where_progression_free_survival_ends(write_cohort, censor_at):
    """Progression of A is told after the next therapy began: it ends PFS on rechallenge, and the response too."""
    adex = ADEX.replace("2023-06-01,2023-05-01", "2023-06-01,")
    write_cohort(yml=YML, adsl=ADSL, adex=adex, adrs="".join(ADRS.splitlines(keepends=True)[:2]))
    study = load_cohort("c")
    pfs = derive_endpoints(study, ["PFSR"], "days", censor_at).rows.set_index("USUBJID").loc["A"]
    times = derive_course_times(study, "days", censor_at=censor_at).set_index(["PARAMCD", "USUBJID"])
    assert (pfs["ADT"], pfs["CNSR"]) == tuple(times.loc[("DOR", "A"), ["ADT", "CNSR"]]) and pfs["CNSR"] == 0


@pytest.mark.slow
def test_duration_of_response_is_cut_where_progression_free_survival_is(write_cohort):
    write_cohort(yml=YML, adsl=ADSL, adex=ADEX, adrs=ADRS)
    frame = derive_course_times(load_cohort("c"), "days", censor_at="last assessment")
    rows = frame[frame["PARAMCD"] == "DOR"]
    assert {r.USUBJID: (r.AVAL, r.CNSR) for r in rows.itertuples()} == {"A": (62, 0), "C": (1, 1)}


CHOSEN = {
    "last follow-up": {"A": (121, 0), "B": (335, 0), "C": (426, 1)},
    "last assessment": {"A": (121, 0), "B": (335, 0), "C": (91, 1)},
    "next therapy": {"A": (121, 0), "B": (60, 1), "C": (91, 1)},
    "two missed visits": {"A": (121, 0), "B": (60, 1), "C": (91, 1)},
    "therapy as event": {"A": (121, 0), "B": (213, 0), "C": (426, 1)},
}


@pytest.mark.parametrize("choice", CHOSEN)
def test_each_choice_of_censoring_is_that_of_the_hand_count(cohort, choice):
    frame = derive_censorings(cohort, "PFSR", "days", visit_weeks=9)
    rows = frame[frame["CHOICE"] == choice]
    assert {r.USUBJID: (r.AVAL, r.CNSR) for r in rows.itertuples()} == CHOSEN[choice]


@pytest.mark.slow
def test_who_progresses_on_the_day_of_the_next_therapy_has_progressed(write_cohort):
    write_cohort(yml=YML, adsl=ADSL, adex=ADEX.replace("A,SUBSEQUENT,2023-07-01", "A,SUBSEQUENT,2023-05-01"), adrs=ADRS)
    rows = derive_censorings(load_cohort("c"), "PFSR", "days").query("CHOICE == 'next therapy' and USUBJID == 'A'")
    assert rows[["AVAL", "CNSR"]].to_numpy().tolist() == [[121, 0]]


@pytest.mark.parametrize(
    "weeks, events", [(4.3, 1), (4.4, 2)]
)  # A: 61 days after the visit before; twice 4.4 weeks are 61.6
def test_a_visit_is_missed_beyond_twice_the_planned_time(cohort, weeks, events):
    frame = derive_censorings(cohort, "PFSR", "days", visit_weeks=weeks)
    missed = frame[frame["CHOICE"] == "two missed visits"].set_index("USUBJID")["CNSR"]
    assert 1 + int(missed["A"] == 0) == events


@pytest.mark.slow
def test_without_a_planned_time_two_missed_visits_are_left_out_and_said(cohort):
    table = censoring_table(cohort, ["PFSR"])
    assert len(table.rows) == 4 and any("visit_weeks" in str(note) for note in table.notes)
    assert [r.level for r in table.results] == ["last follow-up", "last assessment", "next therapy", "therapy as event"]
    assert course_times_table(cohort).rows


def test_durations_that_are_given_hold_their_censoring(write_cohort):
    write_cohort()
    cohort = load_cohort("c")
    assert censoring_table(cohort) == () and course_times_table(cohort) == ()
    with pytest.raises(NotAvailable, match="dates"):
        derive_censorings(cohort)
    with pytest.raises(NotAvailable, match="dates"):
        derive_course_times(cohort)


def test_nobody_was_treated_on_unknown_days_where_no_column_says_so(cohort):
    assert interim_without_date(cohort) == []


def test_only_endpoints_of_dates_stand_in_the_table(cohort):
    assert {r.endpoint for r in censoring_table(cohort).results} == {"PFSR"}  # nobody has a first course


def test_who_was_treated_between_the_courses_on_unknown_days_has_no_time_to_the_next_therapy(tmp_path, monkeypatch):
    adsl = "USUBJID,INTERIM,LSTALVDT\nA,Y,2024-06-01\nB,N,2024-06-01\nC,Y,2024-06-01\n"
    adex = "USUBJID,APHASE,ASTDT,AENDT,PDDT\n"
    for subject in "ABC":
        adex += f"{subject},INITIAL,2022-01-01,2022-06-01,2022-06-11\n{subject},RECHALLENGE,2023-01-01,,2023-03-01\n"
    adex += "C,INTERIM,2022-07-01,2022-09-01,\n"
    cohort_writer(monkeypatch, tmp_path)(yml=YML, adsl=adsl, adex=adex)
    cohort = load_cohort("c")
    assert interim_without_date(cohort) == ["A"]
    frame = derive_course_times(cohort, "days")
    first = frame[frame["APHASE"] == "INITIAL"].set_index(["PARAMCD", "USUBJID"])["AVAL"]
    assert first["TFI"].to_dict() == {"B": 214, "C": 30} and [*first["TTNT"].index] == ["B", "C"]
    assert [*first["DOT"].index] == ["A", "B", "C"]
    assert derive_first_course(cohort).set_index("USUBJID")["TFI"].dropna().to_dict() == {"B": 214, "C": 30}
    assert "1 patient left out of the times to the next therapy" in " ".join(course_times_table(cohort, "days").notes)
