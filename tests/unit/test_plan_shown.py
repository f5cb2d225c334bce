"""The plan of the next study as a section shows it: run only
by name, the cohort's median, sentences for what cannot be.
"""

import pytest

from papercheck.files.findings import CohortError, NotAvailable
from rechallenge.cohort.cohort import load_cohort
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.sections.planning import delayed_plan, mean_plan, single_arm_plan, two_arm_plan
from smallsurv.planning import Observed, two_arms, two_means


def test_the_median_of_the_cohort_is_the_control(write_cohort):
    write_cohort()
    outcome = derive_endpoints(load_cohort("c"), ["PFSR"])
    assert not load_cohort("c").meta.asks("by name")
    table = two_arm_plan(outcome, hazard_ratio=0.6)
    wanted = two_arms(0.6, 4.25, Observed(24, 12))  # the curve rests at a half from 2.5 to 6
    found = {r.variable: r for r in table.results}
    assert (found["0.6"].events, found["0.6"].n) == (wanted.events, wanted.n) and len(table.rows) == 3
    assert any("median is that of this cohort" in n for n in table.notes)
    assert not any("median is that" in n for n in two_arm_plan(outcome, control_median=4.0).notes)


def test_means_are_planned_up_to_the_follow_up_of_every_patient(write_cohort):
    write_cohort()
    outcome = derive_endpoints(load_cohort("c"), ["PFSR"])
    found = {r.variable: r.n for r in mean_plan(outcome, 0.6, 4.25).results}
    assert found["0.6"] == two_means(0.6, 4.25, 12.0, Observed(24, 12)).n and len(found) == 3
    assert "up to 9 months" in mean_plan(outcome, 0.6, 4.25, accrual=18, follow_up=0).title


@pytest.mark.slow
def test_a_late_effect_stands_beside_none_and_costs_power(write_cohort):
    write_cohort()
    outcome = derive_endpoints(load_cohort("c"), ["PFSR"])
    table = delayed_plan(outcome, 0.6, 4.25, delays=[3])
    assert [row[0] for row in table.rows] == ["0", "3"]
    found = {(r.at, r["power"] > 0): r for r in table.results if "log-rank" in r.item}
    assert found[0.0, True]["power"] > found[3.0, True]["power"] + 0.1 and found[3.0, True].n > found[0.0, True].n
    with pytest.raises(CohortError, match="delays are months of 0 or more"):
        delayed_plan(outcome, 0.6, 4.25, delays=[-1])


@pytest.mark.slow
def test_a_single_arm_in_one_stage_and_two():
    found = {r.variable: r for r in single_arm_plan().results}
    assert [found[k].n for k in ("one stage", "optimal", "minimax")] == [25, 29, 25]


def test_what_cannot_be_planned_is_a_sentence(write_cohort):
    write_cohort(adsl="USUBJID,PFSR,PFSR_EVENT\nA,3,0\nB,4,0\nC,2,1\nD,5,0\n")
    outcome = derive_endpoints(load_cohort("c"), ["PFSR"])
    with pytest.raises(NotAvailable, match="does not reach one"):
        two_arm_plan(outcome)
    for make in (
        lambda: two_arm_plan(outcome, 1.2, 4.0),
        lambda: two_arm_plan(outcome, 0.7, 4.0, power=0.2),
        lambda: single_arm_plan(0.4, 0.3),
        lambda: single_arm_plan(low_median=6.0),
    ):
        with pytest.raises(CohortError):
            make()


@pytest.mark.slow
def test_the_median_of_one_reconstruction_is_no_median_of_patients():
    xu, chen = (derive_endpoints(load_cohort(n), ["PFSR"]) for n in ("xu-2023", "chen-2025"))
    said = " ".join(two_arm_plan(xu).notes)
    assert "it is that of one reconstruction, 4.10–5.40 over 50 drawn cohorts" in said
    assert "is that of this cohort" in " ".join(two_arm_plan(chen).notes)  # the paper prints it
