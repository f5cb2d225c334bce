"""P values of Table 1 against R and by hand, and at their edges."""

import numpy as np
import pandas as pd
import pytest

from rechallenge.cohort import load_cohort
from rechallenge.derive.population import derive_population
from rechallenge.sections.population import baseline_table
from smallsurv.baseline_tests import characteristic_p


def column(values):
    return pd.Series(values, dtype="category" if isinstance(values[0], str) else float)


GROUP = pd.Series(["a"] * 5 + ["b"] * 5)
NUMBERS = [1, 2, 3, 4, 5, 3.5, 4.5, 6, 7, 8]


def test_two_groups_of_numbers_and_levels_are_as_in_r():
    # R: wilcox.test(1:5, c(3.5, 4.5, 6, 7, 8))$p.value; t.test of the same
    assert characteristic_p(column(NUMBERS), GROUP, "exact") == pytest.approx(0.05555556, abs=1e-7)
    assert characteristic_p(column(NUMBERS), GROUP, "usual") == pytest.approx(0.03243643, abs=1e-7)
    levels = column(list("xxxxyxyyyy"))
    # R: fisher.test(matrix(c(4, 1, 1, 4), 2)); chisq.test(..., correct = FALSE)
    assert characteristic_p(levels, GROUP, "exact") == pytest.approx(0.2063492, abs=1e-6)
    assert characteristic_p(levels, GROUP, "usual") == pytest.approx(0.05777957, abs=1e-7)


@pytest.mark.slow
def test_more_groups_and_more_levels():
    three = pd.Series(["a"] * 4 + ["b"] * 3 + ["c"] * 3)
    # R: kruskal.test, aov, fisher.test, chisq.test
    assert characteristic_p(column(NUMBERS), three, "exact") == pytest.approx(0.0257559166, abs=1e-9)
    assert characteristic_p(column(NUMBERS), three, "usual") == pytest.approx(0.0030099299, abs=1e-9)
    levels = column(list("xxyzxyzzyz"))
    assert characteristic_p(levels, three, "usual") == pytest.approx(0.682286681, abs=1e-8)
    drawn = characteristic_p(levels, three, "exact")
    assert drawn == pytest.approx(0.897142857, abs=0.01) and drawn == characteristic_p(levels, three, "exact")  # seeded


@pytest.mark.parametrize("kind", ["exact", "usual"])
def test_what_cannot_differ_has_no_p(kind):
    assert np.isnan(characteristic_p(column([5.0] * 10), GROUP, kind))
    assert np.isnan(characteristic_p(column(NUMBERS), pd.Series(["a"] * 10), kind))
    half = column(NUMBERS)
    half[:5] = np.nan
    assert np.isnan(characteristic_p(half, GROUP, kind))  # one group has no value
    with pytest.raises(ValueError, match="exact, usual"):
        characteristic_p(half, GROUP, "best")


def test_table_1_shows_them_when_asked_and_only_between_groups(write_cohort):
    write_cohort()
    study = derive_population(load_cohort("c"))
    plain, asked = baseline_table(study, "SEX"), baseline_table(study, "SEX", p_values="exact")
    assert asked.columns == [*plain.columns, "P"] and asked.rows[0][-1] == "0.667"  # 60, 70 against 65, 58
    assert [r.values["p"] for r in asked.results if r.quantity == "baseline.test"] == [pytest.approx(2 / 3)]
    assert baseline_table(study, p_values="exact").columns == baseline_table(study).columns
    assert any("Mann-Whitney" in n for n in asked.notes) and not any("Mann-Whitney" in n for n in plain.notes)
