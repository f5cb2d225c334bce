"""What rests on a free choice of a reconstruction stands as a range or marked, and never with a P value as if known."""

from itertools import combinations, product

import numpy as np
import pytest

from rechallenge.cohort import load_cohort
from rechallenge.derive.adverse_events import derive_paired_events, derive_worst_grade
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.derive.pairs import derive_pairs
from rechallenge.derive.population import derive_population
from rechallenge.sections import paired
from rechallenge.sections.regression import brief_forest, cox_table, forest_figure, univariable_models
from rechallenge.sections.small_samples import firth_table
from rechallenge.sections.survival import subgroup_table, survival_figure
from smallsurv.paired import mcnemar, mcnemar_range


@pytest.fixture(scope="module")
def quzhou():
    return derive_population(load_cohort("quzhou-2025"))


@pytest.fixture(scope="module")
def pfsr(quzhou):
    return derive_endpoints(quzhou, ["PFSR"])


@pytest.mark.parametrize(("a", "b"), [(0, 0), (2, 3), (5, 1), (4, 4), (6, 2)])
def test_the_range_of_mcnemar_is_that_of_every_choice_of_patients(a, b):
    n, first = 6, np.arange(6) < a
    seen = [mcnemar(first, np.isin(np.arange(n), chosen)) for chosen in combinations(range(n), b)]
    found = mcnemar_range((a, a), (b, b), n)
    for name in ("both", "first_only", "second_only", "neither", "p"):
        values = [s[name] for s in seen]
        assert found[name] == pytest.approx((min(values), max(values))), name
    shares = [s["recurrence"] for s in seen if a]
    assert found["recurrence"] == (pytest.approx((min(shares), max(shares))) if a else pytest.approx((np.nan,) * 2, nan_ok=True))


def test_where_the_numbers_of_patients_are_a_range_so_is_all_that_follows():
    whole = mcnemar_range((1, 3), (0, 2), 5)
    single = [mcnemar_range((a, a), (b, b), 5) for a, b in product(range(1, 4), range(3))]
    for name, (low, high) in whole.items():
        assert (low, high) == (min(s[name][0] for s in single), max(s[name][1] for s in single))


def test_events_of_both_courses_of_pseudo_patients_are_ranges_and_no_test_result(quzhou):
    events = derive_paired_events(quzhou, derive_worst_grade(quzhou))
    table = paired.recurrence_table(quzhou, events)
    rows = {row[0]: row[1:] for row in table.rows}
    assert table.columns[-1] == "Came again (%)" and "Holm P" not in table.columns
    assert rows["Anaemia †"] == ["0 to 6", "1 to 7", "0 to 6", "0 to 6", ">0.999", "0.0 to 85.7"]
    assert rows["Neutropenia †"][4] == "0.125 to 0.219" and rows["Any adverse event †"][0] == "0 to 13"
    assert all(r.free and "p" not in r.values for r in table.results)
    assert "choice" in " ".join(table.notes)


def marked(rows):
    """The rows of what is free: those with the mark, and the levels under a head that has it."""
    under = False
    for row in rows:
        head = not any(row[1:3])
        under = "†" in row[0] if head or "against" not in row[0] else under
        if under or "†" in row[0]:
            yield row


def test_no_p_value_stands_in_a_row_of_a_cox_model_that_is_free(pfsr):
    models = univariable_models(pfsr, ["AGE", "SEX", "HIST", "ECOG"])
    table = cox_table(models)
    p = [i for i, name in enumerate(table.columns) if name.startswith("P ") or name.endswith(" P")]
    rows = [row for row in marked(table.rows) if any(row[1:3])]
    assert len(rows) == 4 and all(row[i] in ("–", "NE") for row in rows for i in p)
    (known,) = [row for row in table.rows if row[0] == "2 against 0-1"]
    assert all(known[i] not in ("–", "NE") for i in p)
    assert "without a P value" in " ".join(table.notes)
    firth = firth_table(pfsr, models.frame, models.penalized, False)
    assert all(row[-1] == "–" for row in firth.rows if "†" in row[0])


def test_a_forest_counts_and_fills_nothing_that_is_free(pfsr):
    models = univariable_models(pfsr, ["NMETGR1", "ECOG"])
    for shown in (forest_figure(models), brief_forest(univariable_models(pfsr, [*pfsr.cohort.factors]))):
        assert "of those without †: ECOG" in shown.alt and "Number of metastatic" not in shown.alt


def test_groups_that_are_a_free_choice_are_not_tested(pfsr):
    table = subgroup_table(pfsr, ["SEX", "ECOG"])
    heads = {row[0]: row[-3:] for row in table.rows if not row[1]}
    assert heads["Sex †"] == ["–", "–", "–"] and heads["ECOG performance status"][0] == "0.004"
    assert "Log-rank" not in survival_figure(pfsr, "SEX").alt and "Log-rank" in survival_figure(pfsr, "ECOG").alt


def test_courses_paired_by_choice_have_no_p_value(quzhou):
    pairs = derive_pairs(derive_endpoints(quzhou, ["PFSR", "PFS1"]))
    rows = {row[0]: row[3] for row in paired.courses_table(pairs).rows}
    assert [p for name, p in rows.items() if "†" in name] == ["–"] * 3
    assert rows["Hazard ratio, as if unpaired"] == "0.148"
