"""Endpoints from dates, by hand: event, censoring, reason, cut-off, units."""

from types import SimpleNamespace

import pytest

from papercheck.vocabulary.units import DAYS_PER_MONTH
from rechallenge.cohort import CohortError, NotAvailable, load_cohort
from rechallenge.derive.endpoints import derive_endpoints, endpoint_name
from rechallenge.derive.exposure import derive_lanes
from tests.conftest import cohort_writer

YML = "title: T\ndata_cutoff: 2024-12-31\n"
HEAD = "USUBJID,ASTDT_INITIAL,PDDT_INITIAL,ASTDT_RECHALLENGE,PDDT_RECHALLENGE,DTHDT,LSTALVDT\n"
ROWS = {
    "event": "2023-01-01,2023-07-01,2023-09-01,2023-12-01,2024-03-01,",
    "died": "2023-01-01,2023-07-01,2023-09-01,,2024-03-01,",
    "alive": "2023-01-01,2023-07-01,2023-09-01,,,2024-06-01",
    "later": "2023-01-01,2023-07-01,2023-09-01,2025-02-01,2025-03-01,2025-01-15",
    "moved": "2023-01-01,,2023-09-01,,,2024-06-01",
    "silent": "2023-01-01,2023-07-01,2023-09-01,,,",
}


@pytest.mark.parametrize("declared, wanted", [("OS", "OS"), ("", "PFSR")])
def test_the_primary_endpoint_is_the_declared_one_or_that_of_rechallenge(declared, wanted):
    assert endpoint_name(SimpleNamespace(meta=SimpleNamespace(primary_endpoint=declared))) == wanted


@pytest.fixture(scope="module")
def endpoints(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        write = cohort_writer(patch, tmp_path_factory.mktemp("endpoints"))
        write(yml=YML, adsl=HEAD + "".join(f"{name},{row}\n" for name, row in ROWS.items()))
        frame = derive_endpoints(load_cohort("c"), unit="days").rows
    return {(r.PARAMCD, r.USUBJID): (r.AVAL, r.CNSR, r.EVNTDESC) for r in frame.itertuples()}


@pytest.mark.parametrize(
    "endpoint, subject, days, censored, reason",
    [
        ("PFSR", "event", 92, 0, "Progression"),  # 2023-09-01 to 2023-12-01, first day counted
        ("PFSR", "died", 183, 0, "Death"),
        ("PFSR", "alive", 275, 1, "Alive at last contact"),
        ("PFSR", "later", 488, 1, "Data cut-off"),  # progression and death after the cut-off do not count
        ("PFS1", "event", 182, 0, "Progression"),
        ("PFS1", "moved", 244, 1, "Next course began without recorded progression"),
        ("OS", "event", 183, 0, "Death"),
        ("OS", "later", 488, 1, "Data cut-off"),
        ("OS", "alive", 275, 1, "Alive at last contact"),
    ],
)
def test_each_row_says_when_and_why(endpoints, endpoint, subject, days, censored, reason):
    assert endpoints[endpoint, subject] == (days, censored, reason)


def test_events_and_censorings_on_the_first_day_count_one_day_each(write_cohort):
    rows = ["E0,2024-01-01,2024-01-01,2024-03-01", "E1,2024-01-01,2024-01-01,2024-03-01", "C0,2024-01-01,,2024-01-01"]
    rows += ["C1,2024-01-01,,2024-01-01", "L0,2024-01-01,2024-02-01,2024-03-01", "N0,2024-01-01,,"]
    head = "USUBJID,ASTDT_RECHALLENGE,PDDT_RECHALLENGE,LSTALVDT"
    write_cohort(yml=YML, adsl="\n".join([head, *rows]) + "\n")
    cohort = load_cohort("c")
    found = derive_endpoints(cohort, ["PFSR"], unit="days").rows.set_index("USUBJID")
    assert found["AVAL"].to_dict() == {"E0": 1, "E1": 1, "C0": 1, "C1": 1, "L0": 32}
    assert found["CNSR"].to_dict() == {"E0": 0, "E1": 0, "C0": 1, "C1": 1, "L0": 0}
    assert [f.subject for f in cohort.warnings if f.id == "no-follow-up"] == ["N0"]


def test_a_subject_without_any_later_date_is_left_out_and_named(write_cohort):
    write_cohort(yml=YML, adsl=HEAD + "".join(f"{name},{row}\n" for name, row in ROWS.items()))
    cohort = load_cohort("c")
    for endpoint in ("PFSR", "OS"):
        assert "silent" not in set(derive_endpoints(cohort, [endpoint]).rows["USUBJID"])
    named = [f.subject for f in cohort.warnings if "no date after the start of the course" in f.rule]
    assert named == ["silent"]


@pytest.mark.parametrize(
    "row, endpoint, days, censored",
    [
        ("2024-01-01,2024-12-31,,2024-12-31", "PFSR", 366, 0),  # progression on the day of the cut-off counts
        ("2024-01-01,2024-01-01,,2024-02-01", "PFSR", 1, 0),  # progression on the first day counts as one day
    ],
)
def test_events_on_the_first_and_the_last_day_count(write_cohort, row, endpoint, days, censored):
    head = "USUBJID,ASTDT_RECHALLENGE,PDDT_RECHALLENGE,DTHDT,LSTALVDT\n"
    write_cohort(yml=YML, adsl=head + f"a,{row}\nb,2024-01-01,,,2024-05-01\n")
    frame = derive_endpoints(load_cohort("c"), [endpoint], "days").rows.set_index("USUBJID")
    assert frame.loc["a", ["AVAL", "CNSR"]].tolist() == [days, censored]


def test_progression_of_the_first_course_after_the_next_began_does_not_count(write_cohort):
    write_cohort(yml=YML, adsl=HEAD + "a,2023-01-01,2023-10-01,2023-09-01,,,2024-06-01\nb," + ROWS["died"] + "\n")
    frame = derive_endpoints(load_cohort("c"), ["PFS1"], "days").rows.set_index("USUBJID")
    assert frame.loc["a", ["AVAL", "CNSR"]].tolist() == [244, 1]


def test_a_date_later_than_the_last_contact_is_a_contact(write_cohort):
    adrs = "USUBJID,APHASE,PARAMCD,ADT,AVALC\na,RECHALLENGE,OVR,2023-11-01,SD\n"
    adsl = HEAD + "a,2023-01-01,,2023-09-01,,,2023-03-01\nb," + ROWS["died"] + "\n"
    write_cohort(yml=YML, adsl=adsl, adrs=adrs)
    frame = derive_endpoints(load_cohort("c"), ["PFSR"], "days").rows.set_index("USUBJID")
    assert frame.loc["a", ["AVAL", "CNSR", "EVNTDESC"]].tolist() == [62, 1, "Last date on record"]


def test_lanes_of_the_swimmer_plot_are_in_the_reporting_unit(write_cohort):
    write_cohort(yml=YML, adsl=HEAD + "a," + ROWS["event"] + "\nb," + ROWS["died"] + "\n")
    lanes = (
        derive_lanes(derive_endpoints(load_cohort("c"), ["PFS1", "PFSR"], "months"))
        .query("USUBJID == 'a'")
        .set_index("APHASE")
    )
    assert lanes.loc["INITIAL", "start"] == pytest.approx(-243 / DAYS_PER_MONTH)  # 2023-01-01 to 2023-09-01
    assert lanes.loc["INITIAL", "end"] == pytest.approx((182 - 243) / DAYS_PER_MONTH)  # 2023-07-01
    assert lanes.loc["RECHALLENGE", "end"] == pytest.approx(92 / DAYS_PER_MONTH)
    assert not lanes["gap"].any()


def test_months_are_days_over_30_4375(write_cohort):
    write_cohort(yml=YML, adsl=HEAD + "a," + ROWS["event"] + "\nb," + ROWS["died"] + "\n")
    frame = derive_endpoints(load_cohort("c"), ["PFSR"]).rows
    assert frame["UNIT"].unique() == ["months"]
    assert frame["AVAL"].tolist() == [92 / DAYS_PER_MONTH, 183 / DAYS_PER_MONTH]


def test_given_durations_are_converted_once(write_cohort):
    write_cohort(yml="title: T\ntime_unit: days\n")
    frame = derive_endpoints(load_cohort("c"), ["PFSR"]).rows
    assert frame["UNIT"].unique() == ["days"] and frame["AVAL"].iloc[0] == 2.5
    assert derive_endpoints(load_cohort("c"), ["PFSR"], "months").rows["AVAL"].iloc[0] == 2.5 / DAYS_PER_MONTH


def test_event_flag_becomes_cnsr_the_other_way_round(write_cohort):
    write_cohort()
    frame = derive_endpoints(load_cohort("c"), ["PFSR"]).rows
    assert frame["CNSR"].tolist() == [0, 1, 0, 0]


def test_last_assessment_rule(write_cohort):
    adrs = "USUBJID,APHASE,PARAMCD,ADT,AVALC\na,RECHALLENGE,OVR,2023-11-01,SD\na,RECHALLENGE,OVR,2024-01-01,NE\nb,RECHALLENGE,OVR,2023-10-15,PD\n"
    write_cohort(yml=YML, adsl=HEAD + "a," + ROWS["alive"] + "\nb," + ROWS["alive"] + "\n", adrs=adrs)
    frame = derive_endpoints(load_cohort("c"), ["PFSR"], "days", "last assessment").rows.set_index("USUBJID")
    assert frame.loc["a", ["AVAL", "CNSR"]].tolist() == [62, 1]
    assert frame.loc["b", ["AVAL", "CNSR"]].tolist() == [45, 0]


def test_dates_serve_the_subjects_whose_duration_is_not_given(write_cohort):
    adsl = "USUBJID,ASTDT_RECHALLENGE,PDDT_RECHALLENGE,LSTALVDT,PFSR,PFSR_EVENT\nA,2024-01-01,2024-03-01,2024-03-01,5,1\nB,2024-01-01,,2024-01-31,,\n"
    write_cohort(yml=YML, adsl=adsl)
    frame = derive_endpoints(load_cohort("c"), ["PFSR"], "months").rows.set_index("USUBJID")["AVAL"]
    assert frame.to_dict() == {"A": 5.0, "B": 31 / DAYS_PER_MONTH}


ALIVE = "A,2024-01-01,2024-03-01,\nB,2024-01-01,,2024-02-01\n"


def test_without_dates_of_progression_nobody_is_called_free_of_it(write_cohort):
    """A death is an event of progression-free survival, yet a patient alive may have progressed for months."""
    write_cohort(yml=YML, adsl="USUBJID,ASTDT_RECHALLENGE,DTHDT,LSTALVDT\n" + ALIVE)
    with pytest.raises(NotAvailable, match="neither a column of dates of progression on this course .PDDT_RECHALLENGE"):
        derive_endpoints(load_cohort("c"), ["PFSR"])
    assert derive_endpoints(load_cohort("c"), ["OS"]).rows["CNSR"].tolist() == [0, 1]


def test_an_empty_column_of_progression_says_that_nobody_had_it(write_cohort):
    lines = ALIVE.replace("2024-01-01,", "2024-01-01,,")
    write_cohort(yml=YML, adsl="USUBJID,ASTDT_RECHALLENGE,PDDT_RECHALLENGE,DTHDT,LSTALVDT\n" + lines)
    assert derive_endpoints(load_cohort("c"), ["PFSR"]).rows["CNSR"].tolist() == [0, 1]


@pytest.mark.slow
def test_the_progression_of_one_course_says_nothing_of_the_other(write_cohort):
    head = "USUBJID,ASTDT_INITIAL,ASTDT_RECHALLENGE,PDDT_RECHALLENGE,LSTALVDT\n"
    write_cohort(yml=YML, adsl=head + "A,2023-01-01,2024-01-01,2024-02-01,\nB,2023-01-01,2024-01-01,,2024-02-01\n")
    assert derive_endpoints(load_cohort("c"), ["PFSR", "PFS1"]).endpoints == ["PFSR"]
    adrs = "USUBJID,APHASE,PARAMCD,ADT,AVALC\nA,INITIAL,OVR,2023-03-01,SD\n"
    lines = "A,2023-01-01,2024-01-01,2024-02-01,\nB,2023-01-01,2024-01-01,,2024-02-01\n"
    write_cohort("d", yml=YML, adsl=head + lines, adrs=adrs)
    assert set(derive_endpoints(load_cohort("d"), ["PFSR", "PFS1"]).endpoints) == {"PFSR", "PFS1"}


def test_without_a_column_of_deaths_nobody_is_called_alive(write_cohort):
    write_cohort(yml=YML, adsl="USUBJID,ASTDT_RECHALLENGE,LSTALVDT\nA,2024-01-01,2024-03-01\nB,2024-01-01,2024-02-01\n")
    with pytest.raises(NotAvailable, match="no column of dates of death"):
        derive_endpoints(load_cohort("c"), ["OS"])


def test_unknown_endpoint_and_rule_are_refused_by_name(write_cohort):
    write_cohort()
    with pytest.raises(CohortError, match="PFSX"):
        derive_endpoints(load_cohort("c"), ["PFSX"])
    with pytest.raises(CohortError, match="unknown censoring rule"):
        derive_endpoints(load_cohort("c"), ["PFSR"], censor_at="never")
    with pytest.raises(NotAvailable, match="first ICI course"):
        derive_endpoints(load_cohort("c"), ["PFS1"])
