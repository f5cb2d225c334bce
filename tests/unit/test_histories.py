"""What happened to each patient over time, by hand count: adverse events by onset, states, marks, changes of lesions."""

import numpy as np
import pytest

from papercheck.files.findings import NotAvailable
from rechallenge.cohort import load_cohort
from rechallenge.derive.adverse_events import SEVERE
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.derive.histories import derive_event_times, derive_lesion_changes, derive_marks, derive_states
from rechallenge.sections.safety_figures import event_incidence_figure
from tests.conftest import cohort_writer

YML = "title: t\nkind: patients\ndata_cutoff: 2024-12-31\n"
ADSL = "USUBJID,DTHDT,LSTALVDT\nA,,2023-07-20\nB,2023-04-11,\nC,,2023-03-02\nD,,2023-05-11\n"
ADEX = """USUBJID,APHASE,ASTDT,AENDT,PDDT
A,RECHALLENGE,2023-01-01,2023-02-10,2023-03-02
B,RECHALLENGE,2023-01-01,2023-04-01,
C,RECHALLENGE,2023-01-01,,
D,RECHALLENGE,2023-01-01,2023-01-31,
"""
ADAE = """USUBJID,APHASE,AEDECOD,ATOXGR,ASTDT
A,RECHALLENGE,Rash,1,2023-01-11
A,RECHALLENGE,Colitis,3,2023-01-21
B,RECHALLENGE,Fever,,2023-01-06
D,RECHALLENGE,Rash,2,
"""
ADTR = """USUBJID,APHASE,ADT,SDIAM
A,RECHALLENGE,2022-12-20,50
A,RECHALLENGE,2023-01-31,40
A,RECHALLENGE,2023-03-02,60
B,RECHALLENGE,2023-01-08,30
B,RECHALLENGE,2023-03-01,15
"""
ADRS = "USUBJID,APHASE,PARAMCD,ADT,AVALC\nB,RECHALLENGE,OVR,2023-02-01,PR\nB,RECHALLENGE,OVR,2023-03-01,CR\n"


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        write = cohort_writer(patch, tmp_path_factory.mktemp("histories"))
        write(yml=YML, adsl=ADSL, adex=ADEX, adae=ADAE, adtr=ADTR, adrs=ADRS)
        return load_cohort("c")


@pytest.mark.slow
@pytest.mark.parametrize(
    "grade, times",
    [
        # An event without a grade is an event of any grade and of no grade from 2 on; D has one without an onset.
        (1, {"A": (11, "Adverse event"), "B": (6, "Adverse event"), "C": (61, None)}),
        (2, {"A": (21, "Adverse event"), "B": (101, "Death without it"), "C": (61, None)}),
        (4, {"A": (201, None), "B": (101, "Death without it"), "C": (61, None), "D": (131, None)}),
        (SEVERE, {"A": (21, "Adverse event"), "B": (101, "Death without it"), "C": (61, None), "D": (131, None)}),
    ],
)
def test_times_to_adverse_events_are_those_of_the_hand_count(cohort, grade, times):
    rows = derive_event_times(cohort, "days", grade)
    found = {r.USUBJID: (r.AVAL, r.CAUSE if r.CAUSE == r.CAUSE else None) for r in rows.itertuples()}
    assert found == times and (rows["CNSR"] == rows["CAUSE"].isna()).all()


def test_shares_of_states_are_differences_of_the_curves(cohort):
    """On treatment until day 31 (D), 41 (A), 91 (B); C is censored at 61. Free of progression until 61 (A), 101 (B)."""
    grid, shares, unit, n = derive_states(cohort, "days")
    assert (unit, n) == ("days", (4, 3))  # B alone died
    at = {day: {k: v[np.flatnonzero(grid <= day)[-1]] for k, v in shares.items()} for day in (0, 31, 41, 61, 101)}
    assert [at[d]["on treatment"] for d in at] == pytest.approx([1, 3 / 4, 2 / 4, 2 / 4, 0])
    assert [at[d]["progressed"] for d in at] == pytest.approx([0, 0, 0, 1 / 4, 2 / 3 - 3 / 8])
    assert [at[d]["dead"] for d in at] == pytest.approx([0, 0, 0, 0, 1 / 3])
    assert np.sum(list(shares.values()), axis=0) == pytest.approx(1)


def test_marks_stand_at_their_days(cohort):
    marks = derive_marks(derive_endpoints(cohort, ["PFSR", "OS"], "days"))
    found = {(m.USUBJID, m.kind, m.time) for m in marks.itertuples()}
    assert found == {
        ("A", "progression", 61), ("A", "adverse event", 11), ("A", "adverse event", 21),
        ("B", "response", 32), ("B", "adverse event", 6), ("B", "death", 101),
    }  # fmt: skip


@pytest.mark.parametrize("days, patients", [(0, {"A"}), (7, {"A", "B"}), (6, {"A"})])
def test_the_first_sum_of_lesions_may_stand_for_a_baseline(cohort, days, patients):
    """B was first measured on day 7 after the start."""
    rows = derive_lesion_changes(cohort, days, "days")
    assert set(rows["USUBJID"]) == patients
    assert rows.loc[rows["USUBJID"] == "A", ["time", "PCHG"]].to_numpy().tolist() == [[30, -20], [60, 20]]
    assert rows.loc[rows["USUBJID"] == "B", ["time", "PCHG"]].to_numpy().tolist() == [[59, -50]] * ("B" in patients)


def test_what_lacks_its_dates_is_not_available(write_cohort):
    write_cohort(
        yml=YML,
        adsl=ADSL,
        adex=ADEX,
        adae=ADAE.replace("2023-01-11", "").replace("2023-01-21", "").replace("2023-01-06", ""),
    )
    cohort = load_cohort("c")
    with pytest.raises(NotAvailable, match="onset"):
        derive_event_times(cohort)
    with pytest.raises(NotAvailable, match="dated sums"):
        derive_lesion_changes(cohort)


def test_an_event_on_the_first_and_one_on_the_last_day_count(write_cohort):
    adex = "USUBJID,APHASE,ASTDT\nE,RECHALLENGE,2023-01-01\nF,RECHALLENGE,2023-01-01\n"
    adae = "USUBJID,APHASE,AEDECOD,ATOXGR,ASTDT\nE,RECHALLENGE,Rash,1,2023-01-01\nF,RECHALLENGE,Rash,1,2023-03-01\n"
    write_cohort(yml=YML, adsl="USUBJID,LSTALVDT\nE,2023-02-01\nF,2023-03-01\n", adex=adex, adae=adae)
    rows = derive_event_times(load_cohort("c"), "days")
    assert rows.set_index("USUBJID")["AVAL"].to_dict() == {"E": 1, "F": 60} and (rows["CNSR"] == 0).all()


@pytest.mark.slow
def test_who_is_not_drawn_among_the_first_adverse_events_is_counted(write_cohort, cohort):
    """D has an event without an onset; of the other cohort B has one dated before the course."""
    (said,) = (note for note in event_incidence_figure(cohort).notes if "left out" in note)
    assert said.startswith("ICI rechallenge: 1 patient of 4 left out")
    write_cohort(yml=YML, adsl=ADSL, adex=ADEX, adae=ADAE.replace("2023-01-06", "2022-12-31"))
    assert any("2 patients of 4 left out" in note for note in event_incidence_figure(load_cohort("c")).notes)
    write_cohort(yml=YML, adsl=ADSL, adex=ADEX, adae=ADAE.replace("Rash,2,", "Rash,2,2023-01-01"))
    assert not any("left out" in note for note in event_incidence_figure(load_cohort("c")).notes)
