"""What a notebook asks for and the cohort lacks is one sentence, also where it is a factor that the cohort has not."""

import ast
from pathlib import Path

import pytest

from papercheck.files.findings import NotAvailable
from rechallenge import wb
from rechallenge.cohort.cohort import load_cohort
from rechallenge.show.display import MIME, Missing
from rechallenge.text.language import say, speaking


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


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize("room", ["derive", "sections"])
def test_each_reason_that_is_one_sentence_has_its_chinese(room):
    folder = Path(wb.__file__).parent / room
    calls = [c for path in folder.glob("*.py") for c in ast.walk(ast.parse(path.read_text("utf-8"))) if _is_reason(c)]
    with speaking("zh"):
        assert not [c.args[0].value for c in calls if str(say(c.args[0].value)) == c.args[0].value]


def _is_reason(node) -> bool:
    named = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "NotAvailable"
    return named and isinstance(node.args[0], ast.Constant)


def test_what_is_not_available_is_said_in_the_language_of_the_run():
    reason = "needs the dates of the courses (table adex)."
    with speaking("zh"):
        assert Missing(reason)._repr_mimebundle_()[MIME]["reason"] == "需要各疗程的日期（表 adex）。"
        with pytest.raises(NotAvailable, match="没有可据以构建的论文数值"):
            load_cohort("xu-2023").table("adtr")
