"""Turnbull's estimate: against the EM algorithm in R, against
Kaplan-Meier, at the edges; in a section, from dated visits.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from papercheck.files.findings import NotAvailable
from rechallenge.cohort.cohort import load_cohort
from rechallenge.derive.interval import derive_intervals
from rechallenge.derive.population import derive_population
from rechallenge.sections.interval_censored import interval_figure, interval_table
from smallsurv.curve import kaplan_meier
from smallsurv.turnbull import turnbull, turnbull_bootstrap

REFERENCE = Path(__file__).parents[1] / "reference"


def test_the_masses_are_those_of_the_em_algorithm_of_r():
    d, r = (pd.read_csv(REFERENCE / f"{name}.csv") for name in ("data_intervals", "turnbull"))
    found = turnbull(d["left"], d["right"])
    ours = pd.DataFrame({"left": found.left, "right": found.right, "ours": found.mass})
    both = ours.merge(r, on=["left", "right"], how="outer").fillna({"ours": 0.0})
    assert both["mass"].notna().all() and both["ours"].to_numpy() == pytest.approx(both["mass"].to_numpy(), abs=1e-9)
    assert (found.n, found.events) == (len(d), int(np.isfinite(d["right"]).sum()))


def test_exact_and_censored_times_alone_give_the_kaplan_meier_curve():
    d = pd.read_csv(REFERENCE / "data_lung.csv")
    found = turnbull(d["time"], np.where(d["event"] == 1, d["time"], np.inf))
    curve = kaplan_meier(d["time"], d["event"] == 1)
    low, high = found.bounds(curve.time)
    assert low == pytest.approx(curve.survival, abs=1e-8) and high == pytest.approx(low, abs=1e-12)
    assert found.median() == (310.0, 310.0)


def test_what_the_visits_do_not_tell_is_a_range():
    found = turnbull([0, 0, 3, 3], [3, 3, 6, np.inf])
    assert list(found.left) == [0, 3] or list(found.left[:2]) == [0, 3]
    low, high = found.bounds([2, 3, 5, 6])
    assert low[:2] == pytest.approx([0.5, 0.5]) and high[:2] == pytest.approx([1, 0.5]) and high[2] > low[2]
    assert found.median() == (0, 3)
    assert turnbull([0, 2, 2], [2, np.inf, np.inf]).median() == (np.inf, np.inf)


@pytest.mark.parametrize(("left", "right"), [([3], [2]), ([-1], [2]), ([np.nan], [2]), ([], [])])
def test_intervals_that_cannot_be_are_refused(left, right):
    with pytest.raises(ValueError):
        turnbull(left, right)


def test_resamples_are_seeded():
    left, right = np.array([0, 1, 2, 3.0]), np.array([2, 3, np.inf, 5])
    draws = turnbull_bootstrap(left, right, [2.0], 20)
    assert np.array_equal(draws, turnbull_bootstrap(left, right, [2.0], 20)) and draws.std() > 0


YML = "title: T\nkind: patients\ndata_cutoff: 2024-12-31\nprimary_endpoint: PFSR\ninterval_censored: true\n"
ADSL = "USUBJID,DTHDT,LSTALVDT\nA,,2024-06-01\nB,2023-04-10,\nC,,2024-03-01\nD,,2023-02-15\n"
ADEX = "USUBJID,APHASE,ASTDT\n" + "".join(f"{i},RECHALLENGE,2023-01-01\n" for i in "ABCD")
ADRS = (
    "USUBJID,APHASE,PARAMCD,ADT,AVALC\nA,RECHALLENGE,OVR,2023-03-01,SD\nA,RECHALLENGE,OVR,2023-04-15,NE\n"
    "A,RECHALLENGE,OVR,2023-05-01,PD\nB,RECHALLENGE,OVR,2023-03-01,SD\nC,RECHALLENGE,OVR,2023-12-01,SD\n"
)


@pytest.fixture
def study(write_cohort):
    write_cohort(yml=YML, adsl=ADSL, adex=ADEX, adrs=ADRS)
    return derive_population(load_cohort("c"))


@pytest.mark.slow
def test_intervals_are_those_of_the_hand_count(study):
    """A: found on day 121, seen without it on day 60; B: died on day
    100, seen on day 60; C: seen until day 335; D: never seen.
    """
    found = derive_intervals(study, unit="days")
    rows = found.outcome.rows.set_index("USUBJID")
    assert list(rows["LEFT"]) == [60, 60, 335, 0] and list(rows["RIGHT"]) == [121, 100, np.inf, np.inf]
    assert found.unseen == 1


@pytest.mark.slow
def test_the_table_and_the_figure_show_the_range(study):
    found = derive_intervals(study, unit="days")
    table = interval_table(found, [3.0], 20)
    fit = turnbull(*found.ends)
    rate, median = table.results
    low, high = fit.bounds([3 * 30.4375])
    assert (rate["lowest"], rate["highest"]) == pytest.approx((low[0], high[0])) and high[0] > low[0]
    assert (median["earliest"], median["latest"]) == fit.median() and "–" in table.rows[0][2]
    assert "1 patient without an evaluable assessment." in table.notes
    axes = interval_figure(found).figure.axes[0]
    assert len(axes.collections) == 1 and len(axes.lines) == 2


@pytest.mark.slow
def test_without_visits_or_progression_a_sentence(study, write_cohort):
    with pytest.raises(NotAvailable, match="known to the day"):
        derive_intervals(study, "OS")
    write_cohort(
        yml=YML, adsl=ADSL, adex=ADEX.replace("ASTDT", "ASTDT,PDDT").replace("-01-01\n", "-01-01,2023-02-01\n")
    )
    with pytest.raises(NotAvailable, match="dates of the tumour assessments"):
        derive_intervals(derive_population(load_cohort("c")))


@pytest.mark.slow
def test_limits_hold_the_range_that_the_visits_leave(study):
    table = interval_table(derive_intervals(study), [2, 4], 50)
    rates = [r for r in table.results if r.quantity == "interval.rate"]
    assert rates and all(r["ci_low"] <= r["lowest"] <= r["highest"] <= r["ci_high"] for r in rates)
    for r in rates:  # a share that the visits leave open has no estimate, least of all the middle of its range
        assert (
            r.estimate == pytest.approx(r["lowest"]) if np.isclose(r["lowest"], r["highest"]) else np.isnan(r.estimate)
        )
    assert any(np.isnan(r.estimate) for r in rates)


@pytest.mark.slow
def test_after_the_last_assessment_of_all_nothing_is_said(study):
    found = derive_intervals(study)
    assert found.last_seen == pytest.approx(335 / 30.4375, abs=0.1)  # C, 2023-12-01
    tables = [interval_table(found, [m], 10) for m in (3, 13)]
    assert ["know of deaths alone" in " ".join(map(str, t.notes)) for t in tables] == [False, True]
    assert [t.rows[0][2] == "NE" for t in tables] == [False, True]
    rate = next(r for r in tables[1].results if r.quantity == "interval.rate")
    assert np.isnan([rate.estimate, rate["ci_low"], rate["lowest"]]).all()
