"""No two sections tell another story of one patient: what each prints is laid side by side, for every cohort."""

import numpy as np
import pandas as pd
import pytest

from papercheck.files.findings import NotAvailable
from rechallenge.cohort import load_cohort
from rechallenge.derive.censoring import derive_censorings
from rechallenge.derive.course_times import derive_course_times
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.derive.exposure import derive_lanes
from rechallenge.derive.first_course import derive_first_course
from rechallenge.derive.histories import derive_event_times, derive_lesion_changes, derive_marks, derive_states
from rechallenge.derive.pairs import derive_pairs
from rechallenge.derive.patient import endpoint_trace
from rechallenge.derive.population import derive_population
from rechallenge.derive.response import OBJECTIVE, derive_best_change, derive_best_response
from rechallenge.derive.timeline import derive_timeline
from rechallenge.sections.glance import Glance
from tests.dated import YML, dated_files

SHIPPED = ("quzhou-2025", "chen-2025", "xu-2023", "shi-2026", "ncctg-lung")
TRACED = 4  # patients whose page is compared: each asks for every endpoint anew
PHASE = {"PFS1": "INITIAL", "PFSR": "RECHALLENGE"}


def known(make, *arguments):
    """What a section derives, or None where the cohort cannot give it."""
    try:
        return make(*arguments)
    except NotAvailable:
        return None


@pytest.fixture(params=[*SHIPPED, "dated"])
def study(request, write_cohort, monkeypatch):
    if request.param == "dated":
        write_cohort("dated", yml=YML, **dated_files())
    else:
        monkeypatch.undo()
    return derive_population(load_cohort(request.param))


@pytest.fixture
def outcome(study):
    return derive_endpoints(study)


def by_patient(frame, column, **where):
    for name, value in where.items():
        frame = frame[frame[name].astype(str) == value]
    return frame.set_index("USUBJID")[column].to_dict()


@pytest.mark.slow
def test_a_course_has_one_length_and_one_end(study, outcome):
    pfs = outcome.with_rows(outcome.rows[outcome.rows["PARAMCD"].isin(PHASE)])
    lanes = known(derive_lanes, pfs)
    for code, phase in PHASE.items():
        times, flags = (by_patient(outcome.rows, c, PARAMCD=code) for c in ("AVAL", "CNSR"))
        if lanes is not None:
            mine = lanes[lanes["APHASE"] == phase].set_index("USUBJID")
            assert {s: round(e, 9) for s, e in (mine["end"] - mine["start"]).items()} == {
                s: round(times[s], 9) for s in mine.index
            }
            assert mine["CNSR"].to_dict() == {s: flags[s] for s in mine.index}
        choices = known(derive_censorings, study, code)
        if choices is not None:
            first = choices[choices["CHOICE"] == "last follow-up"]
            assert by_patient(first, "AVAL") == times and by_patient(first, "CNSR") == flags
    drawn = Glance(pfs).lanes() if lanes is not None and lanes["USUBJID"].nunique() <= 40 else None
    if drawn is not None:
        assert (~drawn["ongoing"]).astype(int).tolist() == (1 - drawn["CNSR"]).tolist()


@pytest.mark.slow
def test_the_page_of_a_patient_says_what_the_endpoints_are(study, outcome):
    for subject in list(outcome.rows["USUBJID"].unique())[:TRACED]:
        trace = endpoint_trace(study, subject).set_index("PARAMCD")[["AVAL", "CNSR", "EVNTDESC"]]
        mine = outcome.rows[outcome.rows["USUBJID"] == subject].astype({"PARAMCD": str}).set_index("PARAMCD")
        assert trace.astype(str).to_dict() == mine.loc[trace.index, trace.columns].astype(str).to_dict()


@pytest.mark.slow
def test_both_courses_of_a_patient_are_the_same_pairs(outcome):
    pairs = known(derive_pairs, outcome)
    if pairs is None:
        return
    first, again = (by_patient(outcome.rows, "AVAL", PARAMCD=code) for code in ("PFS1", "PFSR"))
    for r in pairs.rows.itertuples():
        assert (r.first, r.second) == (first[r.USUBJID], again[r.USUBJID])


@pytest.mark.slow
def test_a_response_is_the_same_in_every_section(study, outcome):
    best = known(derive_best_response, study)
    if best is None:
        return
    first = derive_first_course(study)
    said = first.dropna(subset=["RESPONSE"]).set_index("USUBJID")["RESPONSE"].to_dict()
    mine = by_patient(best, "AVALC", APHASE="INITIAL")
    assert said == {s: r for s, r in mine.items() if r != "NE"}
    if "RECHALLENGE" in set(best["APHASE"].astype(str)):
        drawn = Glance(outcome.with_rows(outcome.rows[outcome.rows["PARAMCD"].isin(PHASE)]), None, best).responses()
        assert drawn == by_patient(best, "AVALC", APHASE="RECHALLENGE")


@pytest.mark.slow
def test_who_progressed_did_so_in_every_section(study, outcome):
    first = derive_first_course(study).set_index("USUBJID")["PROGRESSED"]
    flags = by_patient(outcome.rows, "CNSR", PARAMCD="PFS1")
    assert all(flags[s] == 0 for s in first.index[first] if s in flags)
    if not study.dated:
        return
    for code, phase in PHASE.items():
        ended = derive_timeline(study).course(phase)["PDDT"].dropna()
        flags = by_patient(outcome.rows, "CNSR", PARAMCD=code)
        assert ended.index.size and all(flags[s] == 0 for s in ended.index)
        best = by_patient(derive_best_response(study), "AVALC", APHASE=phase, SOURCE="derived")
        assert all(s in ended.index for s, r in best.items() if r == "PD")


@pytest.mark.slow
def test_times_and_marks_of_dated_patients_stand_on_one_clock(study, outcome):
    if not study.dated:
        assert known(derive_marks, outcome) is not None or "PFSR" not in outcome.endpoints
        return
    times = derive_course_times(study)
    for code, phase in PHASE.items():
        pfs = by_patient(outcome.rows, "AVAL", PARAMCD=code)
        best = by_patient(derive_best_response(study), "AVALC", APHASE=phase)
        responders = {s for s, r in best.items() if r in OBJECTIVE}
        response, lasting = (by_patient(times, "AVAL", PARAMCD=p, APHASE=phase) for p in ("TTR", "DOR"))
        assert set(response) == set(lasting) == responders
        day = 1 / 30.4375
        for s in responders:  # the day of the response counts in both
            assert response[s] + lasting[s] - day == pytest.approx(pfs[s])
    marks = derive_marks(outcome)
    ends = outcome.rows[(outcome.rows["PARAMCD"] == "PFSR") & (outcome.rows["CNSR"] == 0)]
    for r in ends.itertuples():
        mine = marks[(marks["USUBJID"] == r.USUBJID) & marks["kind"].isin(["progression", "death"])]
        assert np.isclose(mine["time"], r.AVAL).any()
    lowest = derive_lesion_changes(study).groupby(["USUBJID", "APHASE"])["PCHG"].min()
    change = derive_best_change(study).astype({"APHASE": str}).set_index(["USUBJID", "APHASE"])["PCHG"]
    pd.testing.assert_series_equal(lowest.sort_index(), change.sort_index(), check_names=False)


@pytest.mark.slow
def test_onsets_and_states_agree_with_events_and_deaths(study, outcome):
    events = known(derive_event_times, study)
    if events is not None:
        adae = study.table("adae")
        for phase in PHASE.values():
            had = set(adae.loc[adae["APHASE"] == phase, "USUBJID"])
            mine = events[events["APHASE"] == phase]
            assert set(mine.loc[mine["CAUSE"] == "Adverse event", "USUBJID"]) <= had
            assert not had & set(mine.loc[mine["CAUSE"] == "Death without it", "USUBJID"])
    states = known(derive_states, study)
    if states is not None:
        _, shares, _, _ = states
        assert np.allclose(sum(shares.values()), 1) and all((share >= -1e-12).all() for share in shares.values())
