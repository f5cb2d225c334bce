"""Response by group: counts, odds ratios, differences, exact tests and Firth's model of each factor."""

import numpy as np
import pytest
from scipy.stats import fisher_exact

from papercheck.files.findings import NotAvailable
from rechallenge.cohort import load_cohort
from rechallenge.derive.population import derive_population
from rechallenge.derive.response import derive_best_response
from rechallenge.sections.response_groups import response_groups_table
from smallsurv.logistic import firth_logistic

YML = "title: T\ntime_unit: months\nprimary_endpoint: PFSR\nsubgroups: [SEX, ECOG]\n"


@pytest.fixture
def written(write_cohort):
    def write(responses, sexes, states, yml=YML):
        rows = [
            f"P{i:02d},60,{s},{e},{1 + i},1,{r}"
            for i, (r, s, e) in enumerate(zip(responses, sexes, states, strict=True))
        ]
        write_cohort(yml=yml, adsl="\n".join(["USUBJID,AGE,SEX,ECOG,PFSR,PFSR_EVENT,BOR_RECHALLENGE", *rows]) + "\n")
        study = derive_population(load_cohort("c"))
        return study, derive_best_response(study)

    return write


def test_counts_ratios_and_differences_of_each_level(written):
    table = response_groups_table(*written(["PR"] * 4 + ["SD"] * 2 + ["PR"] + ["PD"] * 5, "M" * 6 + "F" * 6, "012" * 4))
    assert [row[:2] for row in table.rows[:3]] == [["Sex", ""], ["Male", "4/6 (66.7%)"], ["Female", "1/6 (16.7%)"]]
    female = next(r for r in table.results if r.by == "SEX" and not r.model)
    assert female.values["or"] == pytest.approx(0.1) and (female.level, female.reference) == ("F", "M")
    assert female.values["p_exact"] == pytest.approx(fisher_exact([[1, 5], [4, 2]])[1])
    error = np.sqrt(1 + 1 / 5 + 1 / 4 + 1 / 2)  # Woolf
    assert female.values["ci_low"] == pytest.approx(0.1 * np.exp(-1.959964 * error), rel=1e-6)
    # by hand from the limits of Wilson: 0.0301 to 0.5635 and 0.3000 to 0.9032
    assert [round(female.values[k], 3) for k in ("difference_low", "difference", "difference_high")] == [
        -0.773,
        -0.5,
        0.04,
    ]
    firth = next(r for r in table.results if r.by == "SEX" and r.model == "Firth")
    model = firth_logistic(np.array([1, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0], bool), np.repeat([0.0, 1.0], 6))
    assert firth.values["or"] == pytest.approx(np.exp(model.coef[0])) and firth.values["p"] == pytest.approx(model.p[0])
    ecog = [r.level for r in table.results if r.by == "ECOG" and not r.model]
    assert ecog == ["1", "2"] and table.indent == [0, 1, 1, 0, 1, 1, 1]


def test_a_level_without_a_responder_has_no_odds_ratio_and_a_finite_model(written):
    table = response_groups_table(*written(["PR"] * 4 + ["SD"] * 8, "M" * 6 + "F" * 6, "0" * 12))
    female = table.rows[2]
    assert female[1:3] == ["0/6 (0.0%)", "NE"] and female[5] != "NE" and len(table.rows) == 3  # one state only: no row
    firth = next(r for r in table.results if r.model == "Firth")
    assert np.isfinite([firth.values["or"], firth.values["ci_high"]]).all() and firth.values["or"] < 1


def test_patients_without_an_assessment_count_as_no_response_as_in_the_rate(written):
    study, best = written(["PR", "NE", "SD", "PR", "PD", "SD"], "MMMFFF", "010101")
    table = response_groups_table(study, best)
    assert table.rows[1][1] == "1/3 (33.3%)"


def test_pseudo_patients_and_a_cohort_of_one_group_have_none(written):
    with pytest.raises(NotAvailable, match="at least two levels"):
        response_groups_table(*written(["PR", "SD", "PD"], "MMM", "000"))
    study = derive_population(load_cohort("c"))
    shipped = load_shipped()
    with pytest.raises(NotAvailable, match="free choice"):
        response_groups_table(shipped, derive_best_response(shipped))
    assert study.meta.kind == "patients"


def load_shipped():
    from dataclasses import replace

    study = derive_population(load_cohort("c"))
    return replace(study, meta=replace(study.meta, kind="pseudo"))
