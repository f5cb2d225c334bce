"""Best overall response by RECIST 1.1, against known answers and hand counts."""

import pandas as pd
import pytest

from rechallenge.cohort import NotAvailable, load_cohort
from rechallenge.derive.population import derive_population
from rechallenge.derive.response import (
    best_overall_response,
    changes_left_out,
    changes_that_differ,
    derive_best_change,
    derive_best_response,
    stable_too_short,
)
from rechallenge.sections.response import AGAIN, response_table
from rechallenge.show.figures.waterfall import plot_waterfall
from rechallenge.show.style import new_figure

START = pd.Timestamp("2024-01-01")
# Visits (days from treatment start) and answers of the pharmaverse oncology examples (Apache-2.0), from admiralonco.
# The NE visit of 1015 is dated to the month only; day 42 stands for it.
PHARMAVERSE = {
    "1015": ([(21, "SD"), (42, "NE"), (63, "CR")], "CR", "SD"),
    "1028": ([(21, "SD"), (42, "PD"), (63, "SD")], "PD", "PD"),
    "1034": ([(21, "NON-CR/NON-PD"), (42, "NON-CR/NON-PD")], "NON-CR/NON-PD", "NON-CR/NON-PD"),
    "1097": ([(21, "NON-CR/NON-PD")], "NE", "NE"),
    "1115": ([(21, "SD"), (42, "PR"), (63, "CR")], "CR", "SD"),
    "1118": ([(21, "SD"), (42, "PR"), (63, "NE"), (84, "PR")], "PR", "PR"),
    "1130": ([(21, "SD"), (42, "SD"), (63, "PD")], "SD", "SD"),
    "1133": ([(21, "PR"), (42, "CR"), (63, "PD")], "CR", "SD"),
}


def bor(visits, **options):
    return best_overall_response([(START + pd.Timedelta(days=d), r) for d, r in visits], START, **options)


@pytest.mark.parametrize("subject", PHARMAVERSE)
def test_best_response_equals_the_independent_implementation(subject):
    visits, unconfirmed, confirmed = PHARMAVERSE[subject]
    assert bor(visits) == unconfirmed
    assert bor(visits, confirmed=True) == confirmed


@pytest.mark.parametrize(
    "visits, answer",
    [
        ([], "NE"),
        ([(42, "SD")], "SD"),  # 6 weeks after the first dose
        ([(41, "SD")], "NE"),
        ([(41, "SD"), (80, "PD")], "PD"),
        ([(20, "PR")], "PR"),
        ([(60, "PD"), (90, "PR")], "PD"),
        ([(90, "PD"), (60, "PR")], "PR"),  # order of rows does not matter
    ],
)
def test_boundaries_of_best_response(visits, answer):
    assert bor(visits) == answer


@pytest.mark.parametrize(
    "visits, answer",
    [
        ([(42, "PR"), (69, "PR")], "SD"),  # 27 days apart
        ([(42, "PR"), (70, "PR")], "PR"),  # 28 days apart
        ([(42, "CR"), (70, "PR")], "SD"),
        ([(42, "PR"), (56, "NE"), (63, "NE"), (84, "PR")], "SD"),  # two NE between
        ([(42, "PR"), (56, "SD"), (84, "PR")], "SD"),
        ([(21, "PR")], "NE"),
    ],
)
def test_confirmation_needs_28_days_and_at_most_one_ne_between(visits, answer):
    assert bor(visits, confirmed=True) == answer


DATED = "title: T\ndata_cutoff: 2024-12-31\n"
COURSES = "USUBJID,APHASE,ASTDT\nA,RECHALLENGE,2024-01-01\nB,RECHALLENGE,2024-01-01\nC,RECHALLENGE,2024-01-01\n"
ADSL = "USUBJID,AGE\nA,60\nB,61\nC,62\n"


def test_subject_of_the_course_without_assessment_is_not_evaluable(write_cohort):
    adrs = "USUBJID,APHASE,PARAMCD,ADT,AVALC\nA,RECHALLENGE,OVR,2024-03-01,PR\nB,RECHALLENGE,BOR,,SD\n"
    write_cohort(yml=DATED, adsl=ADSL, adex=COURSES, adrs=adrs)
    best = derive_best_response(load_cohort("c")).set_index("USUBJID")
    assert best["AVALC"].tolist() == ["PR", "SD", "NE"]
    assert best["SOURCE"].tolist() == ["derived", "recorded", "none"]


def test_assessments_after_the_cut_off_do_not_count(write_cohort):
    adrs = "USUBJID,APHASE,PARAMCD,ADT,AVALC\nA,RECHALLENGE,OVR,2024-03-01,SD\nA,RECHALLENGE,OVR,2025-03-01,PR\n"
    write_cohort(yml=DATED, adsl=ADSL, adex=COURSES, adrs=adrs)
    assert derive_best_response(load_cohort("c"))["AVALC"].tolist() == ["SD", "NE", "NE"]


def test_best_change_counts_from_the_last_sum_before_the_first_dose(write_cohort):
    adtr = (
        "USUBJID,APHASE,ADT,SDIAM\nA,RECHALLENGE,2023-11-01,80\nA,RECHALLENGE,2023-12-20,100\n"
        "A,RECHALLENGE,2024-02-01,70\nA,RECHALLENGE,2024-04-01,90\nB,RECHALLENGE,2023-12-30,0\nB,RECHALLENGE,2024-02-01,5\n"
        "C,RECHALLENGE,2024-01-01,50\nC,RECHALLENGE,2024-03-01,65\n"
    )
    write_cohort(yml=DATED, adsl=ADSL, adex=COURSES, adtr=adtr)
    change = derive_best_change(load_cohort("c")).set_index("USUBJID")["PCHG"]
    assert change.to_dict() == {"A": -30.0, "C": 30.0}  # B has no baseline above 0
    write_cohort(
        yml=DATED, adsl=ADSL, adex=COURSES, adtr=adtr.replace("C,RECHALLENGE,2024-01-01", "C,RECHALLENGE,2024-01-02")
    )
    study = load_cohort("c")
    of_c = [(f["USUBJID"] == "C").any() for f in (derive_best_change(study), changes_left_out(study))]
    assert of_c == [False, True] and changes_that_differ(study).empty  # the day after the first dose is no baseline
    assert "C" in set(derive_best_change(study, 1)["USUBJID"])


def test_quzhou_response_counts_of_the_paper():
    best = derive_best_response(derive_population(load_cohort("quzhou-2025")))
    counts = best.groupby(["APHASE", "AVALC"], observed=True).size().to_dict()
    assert counts == {("INITIAL", "PR"): 13, ("RECHALLENGE", "SD"): 8, ("RECHALLENGE", "PD"): 5}


def test_who_responds_again_is_counted_among_those_who_responded_before(write_cohort):
    adrs = "USUBJID,APHASE,PARAMCD,ADT,AVALC\n" + "".join(
        f"{subject},{course},BOR,,{found}\n"
        for subject, *both in (("A", "PR", "PR"), ("B", "CR", "SD"), ("C", "SD", "PR"))
        for course, found in zip(("INITIAL", "RECHALLENGE"), both, strict=True)
    )
    write_cohort(yml=DATED, adsl=ADSL, adrs=adrs)
    cohort = load_cohort("c")
    table = response_table(cohort, derive_best_response(cohort))
    assert table.rows[-1] == [AGAIN, "", "1/2: 50.0 (1.3–98.7)"]  # C had not responded before
    assert [(r["count"], r["n"]) for r in table.results if r.quantity == "response.again"] == [(1, 2)]


def test_nobody_of_quzhou_responds_again_whichever_courses_belong_together():
    cohort = derive_population(load_cohort("quzhou-2025"))
    table = response_table(cohort, derive_best_response(cohort))
    assert table.rows[-1] == [AGAIN, "", "0/13: 0.0 (0.0–24.7)"]  # all responded before: no † of a free pairing


@pytest.mark.parametrize("count, angle", [(13, 0), (26, 90)])
def test_names_under_a_waterfall_stand_upright_where_they_would_touch(count, angle):
    order = [f"P{i:02d}" for i in range(count)]
    figure, panels = new_figure(2.6, ncols=2)
    axes = plot_waterfall(panels[0], order, dict.fromkeys(order, -20.0))
    assert {label.get_rotation() for label in axes.get_xticklabels()} == {angle}


def test_a_cohort_without_lesions_says_what_it_needs():
    with pytest.raises(NotAvailable, match="adtr"):
        derive_best_change(load_cohort("ncctg-lung"))


CHOSEN = "eligibility:\n- {label: CR or PR, column: BOR_INITIAL, in: [CR, PR]}\n"


@pytest.mark.parametrize(("asked", "limited"), [("", [True, True]), (CHOSEN, [False, False])])
def test_a_share_that_the_criteria_of_eligibility_decide_has_no_interval(write_cohort, asked, limited):
    rows = [f"{s},{phase},BOR,,{r}" for s in "AB" for phase, r in (("INITIAL", "PR"), ("RECHALLENGE", "SD"))]
    adrs = "\n".join(["USUBJID,APHASE,PARAMCD,ADT,AVALC", *rows, ""])
    write_cohort(yml=DATED + asked, adsl=ADSL, adrs=adrs)
    cohort = derive_population(load_cohort("c"))
    table = response_table(cohort, derive_best_response(cohort))
    rates = [row[1:] for row in table.rows if row[0].startswith(("Objective", "Disease"))]
    assert [" (" in first for first, _ in rates] == limited and all(" (" in again for _, again in rates)
    assert ("criteria of eligibility ask for the response" in " ".join(table.notes)) is bool(asked)


def test_every_course_with_responses_has_its_column_and_again_stands_under_rechallenge(write_cohort):
    """The objective response rate of the key results is that of rechallenge, not of the treatment after it."""
    phases = ("INITIAL", "INTERIM", "RECHALLENGE", "SUBSEQUENT")
    adex, adrs = "USUBJID,APHASE,ASTDT\n", "USUBJID,APHASE,PARAMCD,ADT,AVALC\n"
    for subject, answers in (("A", ("PR", "SD", "CR", "PD")), ("B", ("CR", "PR", "PD", "PD"))):
        for year, phase, answer in zip(range(2019, 2023), phases, answers, strict=True):
            adex += f"{subject},{phase},{year}-01-05\n"
            adrs += f"{subject},{phase},OVR,{year}-04-05,{answer}\n"
    yml = "title: t\nkind: patients\ndata_cutoff: 2024-01-01\n"
    write_cohort(yml=yml, adsl="USUBJID,LSTALVDT\nA,2023-06-01\nB,2023-06-01\n", adex=adex, adrs=adrs)
    cohort = load_cohort("c")
    table = response_table(cohort, derive_best_response(cohort))
    assert {len(row) for row in table.rows} == {len(table.columns)} == {5} and AGAIN in table.text()
    (again,) = (row for row in table.rows if row[0] == AGAIN)
    assert [bool(cell) for cell in again[1:]] == [False, False, True, False] and again[3].startswith("1/2")
    assert table.key[0][0] == "ORR on rechallenge" and table.key[0][1].startswith("1/2")


def test_a_recorded_stable_disease_counts_as_recorded_and_is_told_where_it_did_not_hold(write_cohort):
    """RECIST 1.1: SD must be met at least once no less than 6 to 8 weeks after the start."""
    dates = {"A": "2022-02-11", "B": "2022-02-12", "C": ""}  # 41 and 42 days after the start, and no progression
    adsl = "USUBJID,ASTDT_RECHALLENGE,PDDT_RECHALLENGE,BOR_RECHALLENGE,LSTALVDT\n"
    adsl += "".join(f"{subject},2022-01-01,{date},SD,2023-01-01\n" for subject, date in dates.items())
    write_cohort(yml="title: T\ntime_unit: months\ndata_cutoff: 2024-01-01\n", adsl=adsl)
    study = derive_population(load_cohort("c"))
    best = derive_best_response(study)
    assert list(best["AVALC"]) == ["SD"] * 3  # no number is changed
    assert list(stable_too_short(study, best)["USUBJID"]) == ["A"]
    assert list(stable_too_short(study, best, sd_min_weeks=7)["USUBJID"]) == ["A", "B"]
    notes = " ".join(response_table(study, best).notes)
    assert "1 best response of SD recorded that did not hold for 6 weeks" in notes
