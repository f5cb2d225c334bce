"""On the line: below or at, before or on the day, one or the other. Each of these once survived a changed sign."""

import numpy as np
import pandas as pd
import pytest

from papercheck.files.findings import NotAvailable
from rechallenge.cohort import CohortError, load_cohort
from rechallenge.derive.emulation import derive_choices
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.derive.first_course import derive_first_course
from rechallenge.derive.patterns import CLASS, derive_patterns
from rechallenge.derive.population import derive_population
from rechallenge.derive.resistance import classify
from rechallenge.derive.treatment import derive_weights
from smallsurv import balance, comparison, competing, rmst, weights
from smallsurv.bootstrap import Bootstrap
from smallsurv.curve import kaplan_meier, numbers_at_risk, survival_at
from smallsurv.emulation import Decisions
from smallsurv.evalue import RARE, e_value, risk_ratio_of
from smallsurv.information import events_of_interval


def two_arms(n=20, events=10, seed=1):
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame({"AVAL": rng.permutation(n) + 1.0, "CNSR": [0] * events + [1] * (n - events)})
    rows["g"] = pd.Categorical(np.tile(["old", "new"], n // 2), ["old", "new"])
    return rows.assign(x=rng.normal(size=n))


@pytest.mark.parametrize("events, rare", [(14, True), (15, False), (16, False)])
def test_an_e_value_reads_the_hazard_ratio_as_a_risk_ratio_below_fifteen_in_a_hundred_events(events, rare):
    rows = two_arms(100, events)
    found = comparison.treatment_effects(comparison.weigh(rows, "g", []), rows).frame.iloc[0]
    assert (events / 100 < RARE) is rare
    wanted = e_value(*(risk_ratio_of(found[c], rare) for c in ("hr", "ci_low", "ci_high")))
    other = e_value(*(risk_ratio_of(found[c], not rare) for c in ("hr", "ci_low", "ci_high")))
    assert (found["e_value"], found["e_limit"]) == pytest.approx(wanted) != pytest.approx(other)


@pytest.mark.parametrize("lost, given", [(10, True), (11, False)])
def test_a_tenth_of_the_resamples_may_have_no_estimate_and_not_one_more(lost, given):
    rows = two_arms(40, 30)
    weighted = comparison.weigh(rows, "g", ["x"])
    ratios = np.random.default_rng(2).normal(size=100)
    ratios[:lost] = np.nan
    draws = Bootstrap(0.1, ratios, lost, np.ones((100, 2)), np.ones((100, 2, 0)))
    found = comparison.treatment_effects(weighted, rows, draws).frame.set_index("analysis").loc["weighted, bootstrap"]
    assert np.isfinite(found["ci_low"]) == given
    assert (found["reason"] == "") is given


@pytest.mark.parametrize("lost, given", [(10, True), (11, False)])
def test_a_tenth_of_the_resamples_may_have_no_weights_and_not_one_more(lost, given):
    weighted = comparison.weigh(two_arms(40, 30), "g", ["x"])
    medians = np.random.default_rng(2).normal(9, 1, (100, 2))
    medians[:lost] = np.nan
    draws = Bootstrap(0.1, np.zeros(100), 0, medians, np.ones((100, 2, 0)))
    found = comparison.arm_medians(weighted, draws=draws)
    assert found["ci_low"][2:].notna().tolist() == [given, given]


def test_an_event_of_both_arms_at_one_time_starts_neither_of_them_late():
    rows = pd.DataFrame({"AVAL": [2.0, 2.0, 5, 6], "CNSR": 0, "g": pd.Categorical(["a", "b", "a", "b"], ["a", "b"])})
    assert comparison.late_start(rows, "g") == ("a", 0, 1.0)
    earlier = rows.assign(AVAL=[1.9, 2.0, 5, 6])
    assert comparison.late_start(earlier, "g") == ("b", 1, 0.5)


def test_arms_that_differ_equally_late_are_named_in_the_order_of_their_levels():
    """One event alone in neither arm: both chances are 1, the control is named."""
    rows = pd.DataFrame({"AVAL": [3.0, 3.0], "CNSR": 0, "g": pd.Categorical(["b", "a"], ["a", "b"])})
    assert comparison.late_start(rows, "g")[0] == "a"


@pytest.mark.parametrize("cut", [(50, 50), (60, 40), (-1, 50), (50, 101)])
def test_weights_are_cut_at_two_percentiles_that_differ(cut):
    with pytest.raises(ValueError, match="two percentiles"):
        weights.truncated([1.0, 2, 3], cut)


def test_weights_are_cut_at_percentiles_that_differ_by_little():
    assert weights.truncated([1.0, 2, 3], (50, 51)).tolist() == pytest.approx([2, 2, 2.02])


@pytest.mark.parametrize("a, b, known", [(1, 3, False), (3, 1, False), (2, 2, True), (1, 1, False)])
def test_a_standardized_difference_needs_two_values_in_each_group(a, b, known):
    values = pd.Series(np.arange(1.0, a + b + 1) ** 2)
    group = pd.Series(["a"] * a + ["b"] * b)
    assert np.isfinite(balance.standardized_difference(values, group)) == known


def test_the_incidence_at_the_last_time_is_known_and_after_it_is_not():
    rows = pd.DataFrame({"AVAL": [1.0, 2, 3], "CAUSE": pd.Categorical(["A", "B", None], ["A", "B"])})
    found = competing.incidence_at_times(rows, [3, 3.0001]).set_index(["cause", "time"])["incidence"]
    assert found["A", 3] == pytest.approx(1 / 3) and np.isnan(found["A", 3.0001])


def test_survival_at_the_last_time_is_known_and_after_it_is_not():
    curve = kaplan_meier([1.0, 2, 3], [True, False, False])
    assert survival_at(curve, [3, 3.0001])["survival"].isna().tolist() == [False, True]
    assert numbers_at_risk(curve, [1, 1.0001, 3, 3.0001]).tolist() == [3, 2, 1, 0]


def test_a_restricted_mean_ends_with_the_shortest_curve():
    curves = [kaplan_meier([1.0, 4], [True, False]), kaplan_meier([2.0, 3], [True, False])]
    assert rmst.longest_tau(curves) == 3
    assert np.isfinite(rmst.restricted_mean(curves[1], 3)[0]) and np.isnan(rmst.restricted_mean(curves[1], 3.001)[0])


DATED = "USUBJID,ASTDT_INITIAL,PDDT_INITIAL,ASTDT_RECHALLENGE,PDDT_RECHALLENGE,LSTALVDT\n"


@pytest.mark.slow
def test_progression_on_the_day_the_next_course_starts_is_an_event_and_a_day_later_is_not(write_cohort):
    rows = "A,2020-01-01,2020-06-01,2020-06-01,2020-09-01,2020-10-01\nB,2020-01-01,2020-06-02,2020-06-01,2020-09-01,2020-10-01\n"
    write_cohort(yml="title: T\ntime_unit: days\ndata_cutoff: 2021-01-01\n", adsl=DATED + rows)
    found = derive_endpoints(load_cohort("c"), ["PFS1"]).rows.set_index("USUBJID")
    assert found["CNSR"].tolist() == [0, 1] and found["AVAL"].nunique() == 1


@pytest.mark.slow
def test_not_given_again_is_no_progression_on_rechallenge(write_cohort):
    rows = "A,2020-01-01,2020-05-01,2020-06-01,2020-09-01,2020-10-01\nB,2020-01-01,2020-05-01,,,2020-10-01\n"
    write_cohort(yml="title: T\ntime_unit: days\ndata_cutoff: 2021-01-01\n", adsl=DATED + rows)
    assert derive_first_course(load_cohort("c"))["AGAIN"].tolist() == [1, 0]


LINES = """title: T
time_unit: months
eligibility:
  - {label: Adults, column: AGE, min: 18, max: 70}
factors:
  LONG: {label: Long, from: PFSR, cut: [3], levels: [short, long]}
"""
AGES = "USUBJID,AGE,PFSR,PFSR_EVENT\nA,18,3,0\nB,70,2.9,0\nC,17,5,1\nD,71,5,1\nE,40,3,1\nF,50,2.9,1\n"


def test_the_least_and_the_greatest_age_of_the_criterion_are_eligible(write_cohort):
    write_cohort(yml=LINES, adsl=AGES)
    assert derive_population(load_cohort("c")).table("adsl")["USUBJID"].tolist() == ["A", "B", "E", "F"]


def test_a_duration_censored_on_the_cut_has_reached_it_and_one_censored_before_has_no_group(write_cohort):
    write_cohort(yml=LINES, adsl=AGES)
    groups = derive_population(load_cohort("c")).table("adsl").set_index("USUBJID")["LONG"]
    assert groups[["A", "E", "F"]].tolist() == ["long", "long", "short"] and pd.isna(groups["B"])


def test_a_hair_after_the_landmark_is_on_it(write_cohort):
    times = ["3", "3.0000000000000004", "2.9999999999999996", "5", "6", "7"]
    adsl = "USUBJID,PFSR,PFSR_EVENT\n" + "".join(f"P{i},{t},1\n" for i, t in enumerate(times))
    write_cohort(yml="title: T\ntime_unit: months\n", adsl=adsl)
    found = derive_endpoints(load_cohort("c"), ["PFSR"], landmark=3)
    assert found.rows["USUBJID"].tolist() == ["P3", "P4", "P5"]


CHOICE = """title: T
time_unit: months
emulation: {label: progression, start_time: RECHTM, time: FUTM, event: DIED, grace: 1}
"""


def choices_of(write_cohort, *rows, **asked):
    write_cohort(yml=CHOICE, adsl="\n".join(["USUBJID,RECHTM,FUTM,DIED", *rows]) + "\n")
    return derive_choices(derive_population(load_cohort("c")), **asked)


def test_two_patients_are_compared_and_one_with_follow_up_is_not(write_cohort):
    assert len(choices_of(write_cohort, "A,1,5,1", "B,,6,0").rows) == 2
    with pytest.raises(NotAvailable, match="there are none"):
        choices_of(write_cohort, "A,1,5,1", "B,,,0")


def test_six_months_are_six_intervals(write_cohort):
    assert choices_of(write_cohort, "A,1,5,1", "B,,9,0", months=6).decisions.intervals == 6
    assert choices_of(write_cohort, "A,1,5,1", "B,,9.1,0").decisions.intervals == 10


def test_a_death_at_the_end_of_an_interval_is_of_that_interval():
    d = Decisions([2.0, 6, 6], [True, False, False], [np.inf] * 3, np.zeros((3, 6, 1)), grace=3)
    weight = np.ones((3, 6))
    weight[1, 2] = 99  # from the end of the second month on
    assert d.held_until(weight) == np.inf
    weight[1, 1] = 99
    assert d.held_until(weight) == 2


@pytest.mark.parametrize("truncate", [(0, 101), (-1, 99), (5, 5), (99, 1), (1, 50, 99)])
def test_weights_are_cut_between_two_percentiles(truncate):
    with pytest.raises(CohortError, match="two percentiles"):
        derive_weights(None, truncate=truncate)


def test_a_class_that_a_rule_finds_is_no_choice_of_who_gave_the_class():
    population = derive_population(load_cohort("xu-2023"))
    classes = classify(population).rows
    found = [derive_patterns(population, classes, code).meta for code in ("GIVEN", "SITC20")]
    given, ruled = (meta.provenance for meta in found)
    labels = [meta.factors[CLASS].label for meta in found]
    assert labels == ["Resistance (as given by the study)", "Resistance (SITC 2020, single agent)"]
    assert given[f"adsl.{CLASS}"] == given["adsl.RESIST"] and f"adsl.{CLASS}" not in ruled


def test_an_interval_of_a_hazard_ratio_takes_the_events_of_two_over_its_error():
    error = np.log(2 / 0.5) / (2 * 1.959963985)
    assert events_of_interval(0.5, 2, 0.95) == pytest.approx(4 / error**2, rel=1e-6)
    assert events_of_interval(0.5, 2, 0.8) == pytest.approx(4 / (np.log(4) / (2 * 1.281551566)) ** 2, rel=1e-6)
