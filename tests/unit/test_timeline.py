"""One patient, one timeline: what is settled once is told alike by every section."""

import numpy as np
import pandas as pd
import pytest

from papercheck.files.findings import NotAvailable
from rechallenge.cohort import load_cohort
from rechallenge.cohort.lesions import is_growth
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.derive.first_course import derive_first_course
from rechallenge.derive.resistance import derive_resistance
from rechallenge.derive.response import (
    changes_left_out,
    changes_that_differ,
    derive_best_change,
    derive_best_response,
)
from rechallenge.derive.timeline import derive_timeline
from rechallenge.sections.response_figures import change_notes

YML = "title: t\nkind: patients\ndata_cutoff: 2024-06-30\n"


def responses(phase="RECHALLENGE", **options):
    best = derive_best_response(load_cohort("c"), **options)
    return best[best["APHASE"] == phase].set_index("USUBJID")["AVALC"].astype(str).to_dict()


@pytest.fixture
def chart_review(write_cohort):
    """Best responses from assessments, progression as a date of the chart."""
    adsl = (
        "USUBJID,ASTDT_RECHALLENGE,PDDT_RECHALLENGE,LSTALVDT\nA,2023-01-05,2023-05-01,2024-01-01\n"
        "B,2023-01-05,2023-02-10,2024-01-01\nC,2023-01-05,2023-03-01,2024-01-01\nD,2023-01-05,,2024-01-01\n"
    )
    adrs = (
        "USUBJID,APHASE,PARAMCD,ADT,AVALC\nA,RECHALLENGE,OVR,2023-03-01,SD\nA,RECHALLENGE,OVR,2023-07-01,PR\n"
        "B,RECHALLENGE,OVR,2023-01-30,SD\nD,RECHALLENGE,OVR,2023-03-01,SD\n"
    )
    adtr = (
        "USUBJID,APHASE,ADT,SDIAM\nA,RECHALLENGE,2023-01-01,100\nA,RECHALLENGE,2023-05-01,130\n"
        "A,RECHALLENGE,2023-07-01,20\n"
    )
    write_cohort(yml=YML, adsl=adsl, adrs=adrs, adtr=adtr)


def test_a_best_response_counts_nothing_after_progression_of_any_source(chart_review):
    assert responses() == {"A": "SD", "B": "PD", "C": "PD", "D": "SD"}
    events = derive_endpoints(load_cohort("c"), ["PFSR"], "days").rows.set_index("USUBJID")
    assert events["CNSR"].to_dict() == {"A": 0, "B": 0, "C": 0, "D": 1}


def test_a_best_change_counts_nothing_after_progression_of_any_source(chart_review):
    assert derive_best_change(load_cohort("c")).set_index("USUBJID")["PCHG"].to_dict() == {"A": 30.0}


@pytest.fixture
def not_switched(write_cohort):
    """An assessment of rechallenge that stands under the first course."""
    adex = (
        "USUBJID,APHASE,ASTDT,AENDT,PDDT\nA,INITIAL,2022-01-05,2022-03-01,2022-03-15\nA,RECHALLENGE,2023-01-05,,\n"
        "B,INITIAL,2022-01-05,2022-06-01,2022-03-10\nB,RECHALLENGE,2023-01-05,,\n"
        "C,INITIAL,2022-01-05,2022-12-01,2022-12-10\nC,RECHALLENGE,2023-01-05,,\n"
    )
    adrs = (
        "USUBJID,APHASE,PARAMCD,ADT,AVALC\nA,INITIAL,OVR,2022-03-01,SD\nA,INITIAL,OVR,2023-03-01,PR\n"
        "B,INITIAL,OVR,2022-03-10,PD\nC,INITIAL,OVR,2022-03-10,PR\n"
    )
    write_cohort(yml=YML, adsl="USUBJID,LSTALVDT\nA,2024-01-01\nB,2024-01-01\nC,2024-01-01\n", adex=adex, adrs=adrs)


@pytest.mark.slow
def test_an_assessment_belongs_to_the_course_in_whose_interval_it_lies(not_switched):
    cohort = load_cohort("c")
    assert responses("INITIAL") == {"A": "SD", "B": "PD", "C": "PR"}
    assert responses("RECHALLENGE")["A"] == "PR"
    classes = derive_resistance(cohort).query("USUBJID == 'A'").set_index("DEFINITION")["RESCLASS"]
    assert (classes != "acquired").all() and (classes == "primary").any()
    assert derive_first_course(cohort).set_index("USUBJID")["RESPONSE"]["A"] == "SD"
    assert any(f.subject == "A" and f.column == "ADT" and "rechallenge began" in f.rule for f in cohort.warnings)


def test_the_day_a_course_starts_belongs_to_the_course_before(write_cohort):
    adex = "USUBJID,APHASE,ASTDT\n" + "".join(f"{s},INITIAL,2022-01-05\n{s},RECHALLENGE,2023-01-05\n" for s in "AB")
    adrs = "USUBJID,APHASE,PARAMCD,ADT,AVALC\nA,INITIAL,OVR,2023-01-05,PD\nB,INITIAL,OVR,2023-01-06,PD\n"
    write_cohort(yml=YML, adsl="USUBJID,LSTALVDT\nA,2024-01-01\nB,2024-01-01\n", adex=adex, adrs=adrs)
    rows = derive_endpoints(load_cohort("c"), ["PFS1", "PFSR"], "days").rows.set_index(["PARAMCD", "USUBJID"])
    assert rows["CNSR"].to_dict() == {("PFS1", "A"): 0, ("PFS1", "B"): 1, ("PFSR", "A"): 1, ("PFSR", "B"): 0}
    assert rows.loc[("PFS1", "A"), "AVAL"] == rows.loc[("PFS1", "B"), "AVAL"] == 366.0


def test_a_course_whose_assessments_all_lie_in_a_later_one_has_no_responses(write_cohort):
    adex = "USUBJID,APHASE,ASTDT,PDDT\n" + "".join(
        f"{s},INITIAL,2022-01-05,2022-05-01\n{s},RECHALLENGE,2023-01-05,\n" for s in "AB"
    )
    adrs = "USUBJID,APHASE,PARAMCD,ADT,AVALC\nA,INITIAL,OVR,2023-03-01,PR\n"
    write_cohort(yml=YML, adsl="USUBJID,LSTALVDT\nA,2024-01-01\nB,2024-01-01\n", adex=adex, adrs=adrs)
    assert responses("INITIAL") == {} and responses() == {"A": "PR", "B": "NE"}


def test_progression_alone_is_a_response_of_a_course_with_assessments_whatever_is_recorded_of_others(write_cohort):
    adex = "USUBJID,APHASE,ASTDT,PDDT\n" + "".join(f"{s},RECHALLENGE,2023-01-05,2023-05-01\n" for s in "AB")
    adrs = "USUBJID,APHASE,PARAMCD,ADT,AVALC\nA,RECHALLENGE,OVR,2023-03-01,PR\nA,RECHALLENGE,BOR,,PR\n"
    write_cohort(yml=YML, adsl="USUBJID,LSTALVDT\nA,2024-01-01\nB,2024-01-01\n", adex=adex, adrs=adrs)
    assert responses() == {"A": "PR", "B": "PD"}


@pytest.mark.slow
def test_the_command_tells_a_patient_as_the_sections_do(not_switched, command):
    code, said = command("patient", "c", "A")
    assert code == 0
    assert "First ICI course 2022-01-05 2022-03-01 2023-01-05 2022-03-15 adex.PDDT" in " ".join(
        said.replace("│", " ").split()
    )
    assert "adrs.ADT, counted on ICI rechallenge" in said
    code, said = command("patient", "c", "Z")
    assert code == 1 and "no patient Z" in said


def test_who_was_not_given_it_again_did_not_progress_on_it(write_cohort):
    adsl = (
        "USUBJID,ASTDT_INITIAL,PDDT_INITIAL,ASTDT_RECHALLENGE,PDDT_RECHALLENGE,LSTALVDT\n"
        "A,2022-01-05,2022-05-01,,,2023-01-01\nB,2022-01-05,2022-05-01,2022-07-01,2022-09-01,2023-01-01\n"
        "C,2022-01-05,2022-05-01,2022-07-01,,2023-01-01\n"
    )
    write_cohort(yml=YML, adsl=adsl)
    again = derive_first_course(load_cohort("c")).set_index("USUBJID")["AGAIN"]
    assert again.to_dict() == {"A": 0.0, "B": 1.0, "C": 0.0}


LESIONS = (
    "USUBJID,APHASE,ADT,SDIAM\nA,RECHALLENGE,2024-01-06,100\nA,RECHALLENGE,2024-03-01,80\nB,RECHALLENGE,2023-12-20,0\n"
    "B,RECHALLENGE,2024-03-01,5\nC,RECHALLENGE,2023-12-20,50\nD,RECHALLENGE,2023-12-20,50\nD,RECHALLENGE,2024-03-01,40\n"
    "E,RECHALLENGE,2023-12-20,50\nE,RECHALLENGE,2024-03-01,55\n"
)


@pytest.fixture
def lesions(write_cohort):
    adsl = "USUBJID,ASTDT_RECHALLENGE,PDDT_RECHALLENGE\n" + "".join(f"{s},2024-01-01,\n" for s in "ABC")
    write_cohort(yml=YML, adsl=adsl + "D,2024-01-01,2024-02-01\nE,2024-01-01,\n", adtr=LESIONS)


def test_who_drops_out_of_the_waterfall_is_named_with_the_reason(lesions):
    left = changes_left_out(load_cohort("c")).set_index("USUBJID")
    assert left["REASON"].to_dict() == {
        "A": "no baseline", "B": "baseline 0 mm", "C": "not measured again", "D": "measured again only after progression",
    }  # fmt: skip
    assert left["DAYS"]["A"] == 5


def test_the_note_of_a_waterfall_names_patient_course_and_reason(lesions):
    (note,) = change_notes(changes_left_out(load_cohort("c")))
    assert "A on rechallenge (no sum on or before the first dose; the first 5 days later)" in note
    assert "D on rechallenge (measured again only after progression)" in note


@pytest.mark.parametrize("window, change", [(4, {"E": 10.0}), (5, {"A": -20.0, "E": 10.0})])
def test_the_window_of_the_baseline_is_declared(lesions, window, change):
    found = derive_best_change(load_cohort("c"), baseline_days=window)
    assert found.set_index("USUBJID")["PCHG"].to_dict() == pytest.approx(change)
    assert ("A" in set(changes_left_out(load_cohort("c"), window)["USUBJID"])) == (window < 5)


@pytest.mark.parametrize("dates", ["", ",ASTDT_RECHALLENGE"])
def test_a_recorded_change_without_dates_stands_as_it_is(write_cohort, dates):
    cell = ",2024-01-01" if dates else ""
    adsl = f"USUBJID,PCHG_RECHALLENGE{dates}\nA,-45{cell}\nB,12{cell}\n"
    write_cohort(yml=YML, adsl=adsl)
    cohort = load_cohort("c")
    assert derive_best_change(cohort).set_index("USUBJID")["PCHG"].to_dict() == {"A": -45.0, "B": 12.0}
    assert changes_left_out(cohort).empty and changes_that_differ(cohort).empty
    assert change_notes(changes_left_out(cohort), changes_that_differ(cohort)) == []


def test_of_a_recorded_change_and_another_of_the_sums_the_declared_one_stands(write_cohort):
    adtr = (
        "USUBJID,APHASE,ADT,SDIAM,PCHG\nA,RECHALLENGE,2023-12-20,100,\nA,RECHALLENGE,2024-03-01,80,-45\n"
        "B,RECHALLENGE,2023-12-20,100,\nB,RECHALLENGE,2024-03-01,80.4,-20\n"
    )
    write_cohort(yml=YML, adsl="USUBJID,ASTDT_RECHALLENGE\nA,2024-01-01\nB,2024-01-01\n", adtr=adtr)
    cohort = load_cohort("c")
    assert derive_best_change(cohort).set_index("USUBJID")["PCHG"]["A"] == -20.0
    assert derive_best_change(cohort, change_from="recorded").set_index("USUBJID")["PCHG"]["A"] == -45.0
    differ = changes_that_differ(cohort)
    assert differ["USUBJID"].tolist() == ["A"]
    (note,) = change_notes(changes_left_out(cohort), differ, "recorded")
    assert "the recorded change stands: A on rechallenge (recorded -45.0%, by the sums -20.0%)" in note


@pytest.mark.parametrize("declared, event", [("", 1), ("progression_by_sums: true\n", 0)])
@pytest.mark.parametrize("last, grown", [(60, True), (59.9, False)])  # 20% above the smallest sum, 50, and 5 mm
def test_progression_by_the_sums_counts_where_it_is_declared(write_cohort, declared, event, last, grown):
    adtr = "USUBJID,APHASE,ADT,SDIAM\n" + "".join(
        f"{s},RECHALLENGE,{d},{v}\n"
        for s in "AB" for d, v in [("2023-12-20", 70), ("2024-02-01", 50), ("2024-04-01", last), ("2024-05-01", 40)]
    )  # fmt: skip
    write_cohort(yml=YML + declared, adsl="USUBJID,ASTDT_RECHALLENGE\nA,2024-01-01\nB,2024-01-01\n", adtr=adtr)
    cohort = load_cohort("c")
    if declared:
        assert derive_endpoints(cohort, ["PFSR"], "days").rows["CNSR"].tolist() == [event if grown else 1] * 2
    else:
        with pytest.raises(NotAvailable, match="sums of lesions are there, whose growth counts"):
            derive_endpoints(cohort, ["PFSR"], "days")
    course = derive_timeline(cohort).course("RECHALLENGE")
    assert course["PDDT"].notna().all() == (grown and not event)
    lowest = 50 if grown and not event else 40
    assert derive_best_change(cohort)["PCHG"].tolist() == pytest.approx([100 * (lowest - 70) / 70] * 2)


def test_growth_is_told_to_the_tenth_of_a_millimetre_whatever_floating_point_makes_of_it():
    """11.4 to 16.4 mm are 5 mm and 35.5 to 42.6 mm are 20%; a tenth less is none."""
    tenths = np.arange(50, 1500)
    bounds = np.maximum(tenths + 50, -(-6 * tenths // 5))  # 5 mm or a fifth, whichever is more
    least, sums = (pd.Series(values / 10) for values in (tenths, bounds))
    assert is_growth(sums, least).all() and not is_growth(pd.Series((bounds - 1) / 10), least).any()


def test_two_sums_of_one_day_tell_no_growth(write_cohort):
    """The one that stands under the first course lies in rechallenge; nothing grew within the day."""
    adex = "USUBJID,APHASE,ASTDT\n" + "".join(f"{s},INITIAL,2022-01-05\n{s},RECHALLENGE,2023-01-05\n" for s in "AB")
    adtr = "USUBJID,APHASE,ADT,SDIAM\nA,INITIAL,2023-03-01,54\nA,RECHALLENGE,2023-03-01,36\nB,RECHALLENGE,2023-03-01,36\nB,RECHALLENGE,2023-03-02,54\n"
    yml = YML + "progression_by_sums: true\n"
    write_cohort(yml=yml, adsl="USUBJID,LSTALVDT\nA,2024-01-01\nB,2024-01-01\n", adex=adex, adtr=adtr)
    course = derive_timeline(load_cohort("c")).course("RECHALLENGE")
    assert course["PDDT"].isna().to_dict() == {"A": True, "B": False}


def test_five_millimetres_are_needed_too(write_cohort):
    adtr = "USUBJID,APHASE,ADT,SDIAM\n" + "".join(
        f"{s},RECHALLENGE,{d},{v}\n"
        for s, more in (("A", 4.9), ("B", 5))
        for d, v in (("2023-12-20", 15), ("2024-04-01", 15 + more))
    )
    yml = YML + "progression_by_sums: true\n"
    write_cohort(yml=yml, adsl="USUBJID,ASTDT_RECHALLENGE\nA,2024-01-01\nB,2024-01-01\n", adtr=adtr)
    course = derive_timeline(load_cohort("c")).course("RECHALLENGE")
    assert course["PDDT"].isna().to_dict() == {"A": True, "B": False}
    assert course["PDDT"]["B"] == pd.Timestamp("2024-04-01") and course["PDSOURCE"]["B"] == "adtr.SDIAM"


def test_on_the_day_on_which_a_later_course_starts_the_one_before_it_still_runs(write_cohort):
    """An assessment that stands under the first course, on the day the third one starts, is of rechallenge."""
    adex = "USUBJID,APHASE,ASTDT\nA,INITIAL,2022-01-05\nA,RECHALLENGE,2023-01-05\nA,SUBSEQUENT,2023-09-01\nB,RECHALLENGE,2023-01-05\n"
    adrs = "USUBJID,APHASE,PARAMCD,ADT,AVALC\nA,INITIAL,OVR,2023-09-01,PR\n"
    write_cohort(yml=YML, adsl="USUBJID,LSTALVDT\nA,2024-01-01\nB,2024-01-01\n", adex=adex, adrs=adrs)
    assert responses("RECHALLENGE")["A"] == "PR"
