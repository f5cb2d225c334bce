"""What a notebook asks for and the cohort lacks is one sentence, also where it is a factor that the cohort has not."""

import pytest

from rechallenge import wb
from rechallenge.show.display import Missing
from rechallenge.text.language import speaking


@pytest.fixture(scope="module")
def times():
    return wb.outcome(wb.load_study("quzhou-2025"), "PFSR")


ASKED = {
    "models, one at a time": lambda times: wb.univariable_models(times, ["AGE", "TFI"]),
    "a joint model": lambda times: wb.multivariable_model(times, factors=["TFI"]),
    "medians": lambda times: wb.survival_table(times, "TFI"),
    "curves": lambda times: wb.survival_figure(times, by="TFI"),
    "means": lambda times: wb.mean_table(times, 0, "TFI"),
    "rates": lambda times: wb.landmark_table(times, [6], "TFI"),
    "intervals": lambda times: wb.interval_methods_table(times, "TFI"),
    "subgroups": lambda times: wb.subgroup_table(times, ["TFI"]),
    "many curves": lambda times: wb.subgroup_figures(times, ["TFI"]),
    "lines": lambda times: wb.strip_figure(times, ["TFI"]),
    "pairs": lambda times: wb.pairs_table(times, ["TFI"]),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_a_factor_that_the_cohort_lacks_is_named_with_those_it_has(times, ask):
    found = ask(times)
    assert isinstance(found, Missing)
    assert found.reason.startswith("needs TFI, which this cohort does not have as a factor. It has AGE, ")
    with speaking("zh"):
        assert "本队列中没有" in ask(times).reason


def test_the_courses_of_the_same_patients_and_a_factor_that_is_there_are_no_lack(times):
    both = wb.outcome(times.cohort, ["PFS1", "PFSR"])
    assert not isinstance(wb.survival_table(both, "PARAMCD"), Missing)
    assert not isinstance(wb.univariable_models(times, ["SEX"]), Missing)
