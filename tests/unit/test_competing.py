"""Cumulative incidence and Gray's test against R cmprsk, by hand, and at the edges."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rechallenge.cohort import load_cohort
from rechallenge.derive.causes import derive_causes
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.derive.first_course import derive_first_course
from rechallenge.derive.population import derive_population
from rechallenge.sections.causes import competing_risks, gray_table
from smallsurv import competing
from smallsurv.curve import kaplan_meier
from tests.conftest import project, use_data

REFERENCE = Path(__file__).parents[1] / "reference"
SETS = ("drawn", "mgus", "small", "ended")


def data(name):
    return pd.read_csv(REFERENCE / f"data_competing_{name}.csv")


@pytest.mark.parametrize("name", SETS)
def test_incidence_variance_and_limits_equal_cmprsk(name):
    d, rows = data(name), pd.read_csv(REFERENCE / "incidence.csv").query("set == @name")
    assert len(rows)
    for (_, cause), part in rows.groupby(["set", "cause"]):
        curve = competing.cumulative_incidence(d["time"], d["cause"], cause)
        at = np.searchsorted(curve.time, part["time"].to_numpy() + 1e-12, side="right") - 1
        low, high = competing.limits(curve)
        for r, i in zip(part.itertuples(), at, strict=True):
            found = (curve.incidence[i], curve.variance[i]) if i >= 0 else (0, 0)
            assert found == pytest.approx((r.estimate, r.variance), rel=1e-9, abs=1e-12)
            if 0 < r.estimate < 1:
                assert (low[i], high[i]) == pytest.approx((r.low, r.high), rel=1e-9)


@pytest.mark.parametrize(
    "row", list(pd.read_csv(REFERENCE / "gray.csv").itertuples()), ids=lambda r: f"{r.set}-{r.cause}"
)
def test_grays_test_equals_cmprsk(row):
    d = data(row.set)
    statistic, df = competing.gray_test(d["time"], d["cause"], d["group"], row.cause)
    assert (statistic, df) == (pytest.approx(row.statistic, rel=1e-9), row.df)


def test_the_incidences_of_all_causes_add_up_to_one_minus_kaplan_meier():
    d = data("drawn")
    total = sum(competing.cumulative_incidence(d["time"], d["cause"], c).incidence for c in (1, 2, 3))
    assert total == pytest.approx(1 - kaplan_meier(d["time"], d["cause"] > 0).survival)


def test_three_patients_by_hand():
    curve = competing.cumulative_incidence([1.0, 2, 3], [1, 2, 1])
    assert curve.incidence == pytest.approx([1 / 3, 1 / 3, 2 / 3])


def test_the_order_of_groups_does_not_move_the_test():
    d = data("drawn")
    turned = competing.gray_test(d["time"], d["cause"], 2 - d["group"])
    assert turned == pytest.approx(competing.gray_test(d["time"], d["cause"], d["group"]))


def frame(d):
    cause = pd.Categorical(d["cause"].map({1: "A", 2: "B"}), ["A", "B"], ordered=True)
    return pd.DataFrame({"AVAL": d["time"].astype(float), "CAUSE": cause, "g": d["group"]})


def test_a_time_beyond_the_last_is_estimable_only_where_all_had_an_event():
    open_, ended = (competing.incidence_at_times(frame(data(n)), [100.0]) for n in ("small", "ended"))
    assert open_["incidence"].isna().all() and ended["incidence"].sum() == pytest.approx(1)


def test_a_time_before_the_first_event_has_incidence_0_and_everybody_at_risk():
    first = competing.incidence_at_times(frame(data("small")), [0.5]).iloc[0]
    assert (first["incidence"], first["n_risk"]) == (0, 13) and np.isnan(first["ci_low"])


def test_one_group_or_no_event_of_a_cause_says_so():
    rows = frame(data("small"))
    assert list(competing.gray_tests(rows.assign(g=1), "g")["reason"]) == ["only one group"] * 2
    rows["CAUSE"] = rows["CAUSE"].where(rows["CAUSE"] != "B")
    found = competing.gray_tests(rows, "g")
    assert list(found["reason"]) == ["", "no event"] and list(found["df"]) == [1, 1]


def test_groups_that_are_never_at_risk_together_have_no_test():
    rows = frame(pd.DataFrame({"time": [1, 2, 3, 4], "cause": [0, 0, 1, 2], "group": [0, 0, 1, 1]}))
    assert competing.gray_tests(rows, "g")["reason"].str.startswith("no two groups").all()
    statistic, df = competing.gray_test(rows["AVAL"], [0, 0, 1, 2], [0, 0, 1, 1])
    assert np.isnan(statistic) and df == 1


def test_a_tenth_of_a_million_patients_take_no_loop():
    rng = np.random.default_rng(1)
    time, cause, group = rng.exponential(10, 100_000), rng.integers(0, 3, 100_000), rng.integers(0, 2, 100_000)
    statistic, _ = competing.gray_test(time, cause, group)
    assert 0 <= statistic < 15


CAUSES = (
    "USUBJID,SEX,PFSR,PFSR_EVENT,PFSR_CAUSE,OS,OS_EVENT,DTHCGR1\nA,M,2,1,PROGRESSION,5,1,CANCER\nB,F,3,1,Death without"
    " progression,3,1,OTHER\nC,M,4,1,,9,1,CANCER\nD,F,5,0,,5,0,\nE,M,6,1,progression,9,1,\nF,F,7,1,PROGRESSION,8,0,\n"
)


def outcome_of(write_cohort, adsl, code="PFSR", yml=None):
    write_cohort(adsl=adsl, **({"yml": yml} if yml else {}))
    return derive_endpoints(derive_population(load_cohort("c")), [code])


@pytest.mark.slow
def test_every_event_has_a_cause_and_no_patient_is_dropped(write_cohort):
    for code, counts in (
        ("PFSR", {"Progression": 3, "Death without progression": 1, "Cause not stated": 1}),
        ("OS", {"Lung cancer": 2, "Other cause": 1, "Cause not stated": 1}),
    ):
        outcome = outcome_of(write_cohort, CAUSES, code)
        found = derive_causes(outcome)[code].rows
        assert len(found) == 6 and found["CAUSE"].value_counts().to_dict() == counts


def test_dates_tell_progression_from_death(write_cohort):
    adsl = (
        "USUBJID,ASTDT_RECHALLENGE,PDDT_RECHALLENGE,DTHDT,LSTALVDT\nA,2020-01-01,2020-03-01,2020-06-01,2020-06-01\n"
        "B,2020-01-01,,2020-02-01,2020-02-01\nC,2020-01-01,2020-05-01,2020-05-01,2020-05-01\nD,2020-01-01,,,2020-09-01\n"
    )
    outcome = outcome_of(write_cohort, adsl, yml="title: T\ntime_unit: months\ndata_cutoff: 2021-01-01\n")
    found = derive_causes(outcome)["PFSR"].rows.set_index("USUBJID")["CAUSE"]
    assert list(found[["A", "B", "C"]]) == ["Progression", "Death without progression", "Progression"]
    assert found.isna()["D"]


@pytest.mark.slow
def test_without_two_known_causes_there_is_not_a_word(write_cohort):
    for adsl in (CAUSES.replace("Death without progression", ""), CAUSES.replace(",PFSR_CAUSE", ",NOTE")):
        outcome = outcome_of(write_cohort, adsl)
        assert competing_risks(outcome, [3]) == [] and gray_table(outcome, ["SEX"]) == []
    quzhou = derive_population(load_shipped("quzhou-2025"))
    assert competing_risks(derive_endpoints(quzhou, ["PFSR", "PFS1"]), [3]) == []


def load_shipped(name):
    with pytest.MonkeyPatch.context() as patch:
        use_data(patch, project() / "data")
        return load_cohort(name)


@pytest.mark.slow
def test_the_table_and_the_figure_show_the_incidence_of_each_cause(write_cohort):
    outcome = outcome_of(write_cohort, CAUSES)
    figure, table = competing_risks(outcome, [3, 7])
    assert [row[:2] for row in table.rows] == [["Progression", "3"], ["Death without progression", "1"], ["Cause not stated", "1"]]  # fmt: skip
    assert table.rows[1][2].startswith("16.7 (") and table.rows[1][2].endswith("[5]")
    assert "Progression 66.7%" in figure.alt
    gray = gray_table(outcome, ["SEX"])[0]
    assert [row[0] for row in gray.rows] == ["Sex, up to 7.00 months", "Male", "Female"] and gray.columns.count(
        "Gray P"
    ) == 2
    assert any("1 event without a stated cause" in note for note in gray.notes)


@pytest.mark.slow
def test_a_landmark_counts_the_causes_from_there(write_cohort):
    write_cohort(adsl=CAUSES)
    study = derive_population(load_cohort("c"))
    shown = competing_risks(derive_endpoints(study, ["PFSR", "OS"], landmark=2.5), [3])
    assert [d.title for d in shown][::2] == [
        "PFSR from 2.5 months on: cumulative incidence of each cause",
        "OS from 2.5 months on: cumulative incidence of each cause",
    ]
    assert shown[1].rows[0][1] == "2"


def test_a_cause_of_what_did_not_happen_is_named(write_cohort):
    write_cohort(adsl=CAUSES.replace("D,F,5,0,,5,0,", "D,F,5,0,DEATH,5,0,CANCER"))
    found = {(f.column, f.row, f.value) for f in load_cohort("c").warnings}
    assert {("PFSR_CAUSE", 5, "DEATH"), ("DTHCGR1", 5, "CANCER")} <= found


def test_death_without_progression_is_no_progression_on_the_first_course_however_it_is_written(write_cohort):
    adtte = "USUBJID,PARAMCD,AVAL,CNSR,EVNTDESC\nA,PFS1,5,0,death\nB,PFS1,6,0,Death without progression\nC,PFS1,7,0,\n"
    write_cohort(adsl="USUBJID,AGE\nA,60\nB,61\nC,62\n", adtte=adtte)
    assert list(derive_first_course(load_cohort("c"))["PROGRESSED"]) == [False, False, True]
