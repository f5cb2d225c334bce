"""A cohort that records rechallenge alone: nothing shown speaks
of a first course, of a response, or of a median in NR months.
"""

import numpy as np
import pytest
from matplotlib.lines import Line2D
from matplotlib.text import Text

from rechallenge.cohort.cohort import load_cohort
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.derive.exposure import derive_lanes
from rechallenge.sections.curves import survival_figure
from rechallenge.sections.glance import ALONE as OF_ONE_COURSE
from rechallenge.sections.glance import CAPTIONS, first_picture
from rechallenge.sections.response_figures import NO_RESPONSE, swimmer_figure
from rechallenge.sections.survival import survival_table
from rechallenge.show.figures.composed import FirstScreen, first_screen
from smallsurv.curve import kaplan_meier

ALONE = "USUBJID,PFSR,PFSR_EVENT,OS,OS_EVENT\nA,2.5,1,8,1\nB,4,0,9,0\nC,6,1,12,0\nD,1.5,1,3,0\nE,7,1,9,0\n"
BOTH = "USUBJID,PFS1,PFS1_EVENT,PFSR,PFSR_EVENT\nA,5,1,2.5,1\nB,6,1,4,0\nC,3,1,6,1\nD,9,1,1.5,1\n"


@pytest.fixture
def cohorts(write_cohort):
    write_cohort("alone", adsl=ALONE)
    write_cohort("both", adsl=BOTH)
    return {name: load_cohort(name) for name in ("alone", "both")}


def progression(cohort):
    return derive_endpoints(cohort, ["PFS1", "PFSR"])


def test_the_swimmer_plot_of_one_course_names_one_course(cohorts):
    figures = {n: swimmer_figure(progression(c), derive_lanes(progression(c))) for n, c in cohorts.items()}
    assert figures["alone"].title == "Rechallenge of each patient" and "each course" not in figures["alone"].notes[0]
    assert figures["both"].title == "First ICI course and rechallenge of each patient"
    labels = {name: figure.figure.axes[0].get_xlabel() for name, figure in figures.items()}
    assert labels == {
        "alone": "Months from the start of rechallenge",
        "both": "Months before and after the start of rechallenge",
    }


def test_bars_without_a_recorded_response_have_no_colour_or_hatch_of_a_response(cohorts):
    from matplotlib.colors import to_hex

    figure = swimmer_figure(progression(cohorts["alone"]), derive_lanes(progression(cohorts["alone"])))
    bars = figure.figure.axes[0].patches
    assert len(bars) == 5 and {to_hex(b.get_facecolor()).upper() for b in bars} == {NO_RESPONSE}
    assert not any(b.get_hatch() for b in bars)


@pytest.mark.parametrize(
    "first, named", [({}, ["Rechallenge"]), ({"A": -40}, ["Left: first ICI course", "Right: rechallenge"])]
)
def test_the_bars_of_the_lesions_are_named_by_place_and_only_for_courses_that_have_some(first, named):
    curve = kaplan_meier([2.0, 3.0, 4.0], [True, True, False])
    shown = FirstScreen(
        {"INITIAL": curve, "RECHALLENGE": curve}, np.arange(5), changes={"INITIAL": first, "RECHALLENGE": {"A": 20}}
    )
    axes = first_screen(shown)[1]
    assert [t.get_text() for box in axes["B"].artists for t in box.findobj(Text) if t.get_text()] == named
    lines = [x.get_linestyle() for box in axes["table"].artists for x in box.findobj(Line2D)]
    assert len(lines) == 2 and lines[0] != lines[1]  # told apart without colour


def test_only_two_curves_are_said_to_be_of_the_same_patients(cohorts):
    notes = {n: " ".join(survival_figure(progression(c), "PARAMCD").notes) for n, c in cohorts.items()}
    assert "same patients" in notes["both"] and "same patients" not in notes["alone"]


def test_a_median_that_is_not_reached_has_no_unit_in_the_key_results(cohorts):
    table = survival_table(derive_endpoints(cohorts["alone"], ["OS"]))
    ((label, text),) = table.key
    assert label == "Median OS" and text.startswith("not reached (95% CI 8.00–NR, log-log); 1 event in 5")


def test_the_first_picture_of_one_course_does_not_order_it_by_the_other():
    captions = [OF_ONE_COURSE.get(panels, caption) for panels, caption in CAPTIONS.items()]
    assert [c for c in captions if "on rechallenge" in c or "of rechallenge" in c or "both" in c] == []


@pytest.mark.slow
def test_without_lanes_overall_survival_stands_beside_progression(cohorts, write_cohort):
    write_cohort("many", adsl=ALONE + "".join(f"F{i},{2 + i / 9},1,{9 + i},0\n" for i in range(40)))
    wide, phone = first_picture(progression(load_cohort("many")))
    assert (wide.id, phone.of) == ("glance.picture", "phone") and wide.notes[0].startswith("A: progression-free")
    titles = [axes.get_title("left") for axes in wide.figure.axes]
    assert (
        "B  Overall survival" in titles and wide.figure.axes[2].get_xlabel() == "Months from the start of rechallenge"
    )
    few = first_picture(progression(cohorts["alone"]))[0]
    assert [axes.get_title("left") for axes in few.figure.axes if axes.get_title("left")][-1] == "B  Each patient"


@pytest.mark.slow
def test_patients_beyond_forty_have_bars_without_names(write_cohort):
    write_cohort("many", adsl=BOTH + "".join(f"F{i},{3 + i / 7},1,{2 + i / 9},1\n" for i in range(50)))
    wide = first_picture(progression(load_cohort("many")))[0]
    lanes = wide.figure.axes[-1]
    assert (
        len(lanes.patches) == 2 * 54 and not lanes.get_yticks().size and "Single patients are not named." in wide.notes
    )
