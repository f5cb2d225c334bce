"""The arms that come with the project: what the papers print of them, and what R computes from the same rows."""

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter

from papercheck.files.findings import CohortError
from papercheck.literature.arms import arm_names, published_arm
from rechallenge.cohort.cohort import load_cohort
from rechallenge.derive.external import derive_external
from rechallenge.derive.population import derive_population
from rechallenge.sections.external import compare_external, external_table
from rechallenge.sections.one_sample import external_tests
from smallsurv.curve import kaplan_meier, median

TITLE = "title: T\ntime_unit: months\nprimary_endpoint: OS\n"
SIZES = {"CHECKMATE-017": (137, 135), "CHECKMATE-057": (290, 292), "REVEL": (625, 628)}  # as the abstracts print them
# trial, endpoint, survfit's medians (control, experimental), coxph (estimate, limits), the printed hazard ratio
R = [
    ("CHECKMATE-017", "OS", (6.02, 9.25), (0.589, 0.444, 0.781), 0.59),
    ("CHECKMATE-017", "PFS", (2.86, 3.60), (0.618, 0.474, 0.805), 0.62),
    ("CHECKMATE-057", "OS", (9.33, 12.10), (0.749, 0.617, 0.910), 0.73),
    ("REVEL", "OS", (9.14, 10.50), (0.858, 0.751, 0.979), 0.86),
    ("REVEL", "PFS", (3.06, 4.53), (0.768, 0.683, 0.864), 0.76),
]


def test_every_arm_has_its_patients_a_source_and_who_released_the_curve():
    for trial in arm_names():
        for endpoint in ("OS", "PFS"):
            arms = [published_arm(trial, arm, endpoint) for arm in ("control", "experimental")]
            assert tuple(len(a.patients()) for a in arms) == SIZES[trial]
            assert all("MIT licence" in a.source and "randomization" in a.source for a in arms)
            assert all("checkpoint inhibitor" in a.label for a in arms)
            assert all((a.patients()["time"] > 0).all() and set(a.patients()["event"]) == {0, 1} for a in arms)
    assert published_arm("KEY-1", "control", "OS") is None and published_arm("", "control", "OS") is None
    assert published_arm("CheckMate 057", "control", "OS") == published_arm("CHECKMATE-057", "control", "OS")


@pytest.mark.parametrize(("trial", "endpoint", "medians", "ratio", "printed"), R)
def test_medians_and_ratio_are_those_of_r_and_near_the_print(trial, endpoint, medians, ratio, printed):
    arms = [published_arm(trial, arm, endpoint) for arm in ("control", "experimental")]
    rows = [a.patients() for a in arms]
    for arm, data, of_r in zip(arms, rows, medians, strict=True):
        assert median(kaplan_meier(data["time"], data["event"]))[0] == pytest.approx(of_r, abs=0.0051)
        assert abs(arm.median - of_r) <= 0.11
    both = pd.concat([data.assign(x=float(i)) for i, data in enumerate(rows)])
    fit = CoxPHFitter().fit(both, "time", "event").summary.loc["x"]
    found = fit[["exp(coef)", "exp(coef) lower 95%", "exp(coef) upper 95%"]]
    assert found.to_numpy() == pytest.approx(np.array(ratio), abs=0.001)
    assert abs(np.log(ratio[0] / printed)) < 0.03


def of_cohort(write_cohort, told):
    adsl = "USUBJID,OS,OS_EVENT\n" + "".join(f"P{i},{4 + i},{i % 2}\n" for i in range(12))
    write_cohort(yml=TITLE + f"external_control: {told}\n", adsl=adsl)
    return load_cohort("c")


@pytest.mark.slow
def test_a_cohort_is_set_beside_an_arm_by_the_name_of_its_trial_alone(write_cohort):
    external = derive_external(derive_population(of_cohort(write_cohort, "{trial: CHECKMATE-057, endpoint: OS}")))
    assert external.told.label.startswith("docetaxel (CHECKMATE-057: non-squamous") and external.told.median == 9.4
    assert len(external.control) == 290 and external.control["CNSR"].eq(0).sum() == 222
    assert "Median of 9.4 months" in external_tests(external).rows[0][0]
    assert external_table(compare_external(external)).results


def test_a_curve_beside_a_trial_that_has_one_is_named(write_cohort):
    with pytest.raises(CohortError, match="comes with the patients of its curve"):
        of_cohort(write_cohort, "{trial: REVEL, endpoint: OS, patients: own.csv}")
