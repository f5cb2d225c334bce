"""The numbers of a report are those that lifelines, scipy and
pandas find; a wrong one is shown, one without a path is none.
"""

from dataclasses import replace

import pytest

from rechallenge import wb
from rechallenge.cohort.cohort import load_cohort
from rechallenge.derive.population import derive_population
from rechallenge.results import Result
from rechallenge.run.second_opinion import PATHS, opinion_of, second_opinion
from tests.conftest import use_run


def results_of(study):
    """Results of the quantities that the brief shows, made by the sections."""
    times, both = wb.outcome(study, ["PFS1", "PFSR", "OS"]), wb.outcome(study, ["PFSR", "PFS1"])
    one = wb.outcome(study, "primary")
    names = wb.subgroup_factors(study, [])
    shown = [wb.baseline_table(study), wb.missing_table(study), wb.survival_table(times, "PARAMCD")]
    shown += [wb.landmark_table(times, [3, 6, 12], "PARAMCD"), wb.mean_table(times, 0.0, "PARAMCD")]
    shown += [wb.subgroup_table(one, names), wb.cox_table(wb.univariable_models(one, wb.candidate_factors(study, [])))]
    shown += [wb.response_table(study, wb.best_response(study)), wb.courses_table(wb.pairs(both), 0)]
    shown += [wb.adverse_event_table(study, wb.worst_grade(study), wb.course_sizes(study))]
    return [r for table in shown for r in getattr(table, "results", ())]


@pytest.fixture(scope="module")
def told():
    study = derive_population(load_cohort("quzhou-2025"))
    return study, results_of(study)


@pytest.mark.slow
def test_every_number_with_a_path_agrees(told):
    study, found = told
    opinion = second_opinion(study, found)
    assert [o.text() for o in opinion.different] == []
    assert len(opinion.given) > 200 and {o.by for o in opinion.given} == {"lifelines", "pandas", "scipy"}
    expected = {
        "survival.median",
        "survival.rate",
        "survival.log_rank",
        "hazard_ratio",
        "response.rate",
        "baseline.share",
    }
    assert expected | {"adverse_event.worst_grade", "paired.hazard_ratio"} <= {o.result.quantity for o in opinion.given}


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["shi-2026", "ncctg-lung", *(pytest.param(n, marks=pytest.mark.thorough) for n in ("chen-2025", "xu-2023"))]
)
def test_every_number_of_the_other_shipped_cohorts_with_a_path_agrees(name):
    study = derive_population(load_cohort(name))
    opinion = second_opinion(study, results_of(study))
    assert [o.text() for o in opinion.different] == [] and len(opinion.given) > 40


@pytest.mark.parametrize("by", [1.002, 0.0])
def test_a_number_that_was_changed_is_shown_as_different(told, by):
    study, found = told
    medians = [r for r in found if r.quantity == "survival.median" and r.method == "log-log"]
    wrong = replace(medians[0], values={**medians[0].values, "median": medians[0]["median"] * by})
    different = second_opinion(study, [wrong]).different
    assert [o.statistic for o in different] == ["median"] and "here" in different[0].text()


def test_a_number_without_a_path_is_counted_as_such_and_never_as_agreed(told):
    study, _ = told
    other = Result("resistance.agreement", {"kappa": 0.5, "n": 3.0})
    later = Result("survival.median", {"median": 1.0}, endpoint="OS", landmark=6.0, method="log-log")
    opinion = second_opinion(study, [other, later])
    assert opinion.given == () and opinion.without == {"resistance.agreement": 2, "survival.median": 1}


def test_a_share_that_its_counts_do_not_give_is_different(told):
    study, _ = told
    good = Result(
        "paired.ratio_share",
        {"count": 5.0, "n": 13.0, "share": 5 / 13, "ci_low": 0.1386, "ci_high": 0.6842},
        method="Clopper-Pearson",
    )
    bad = [o.statistic for o in second_opinion(study, [good]).different]
    assert bad == ["ci_low", "ci_high"]  # rounded numbers are not the numbers
    assert "paired.ratio_share" in PATHS


def test_a_study_without_patients_and_rounded_numbers_have_no_second_opinion(monkeypatch):
    assert opinion_of("rechallenge-review-2026", []) is None
    use_run(monkeypatch, privacy="strict")
    assert opinion_of("quzhou-2025", []) is None
