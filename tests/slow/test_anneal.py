"""Annealed pseudo-subjects: compiled statistics against the estimates, and solutions against what was printed."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
import yaml

from papercheck.files.findings import CohortError
from papercheck.reconstruction import anneal, anneal_cost, anneal_kernels, attained
from papercheck.reconstruction.anneal_checks import Checks, declared_weights, grid_of
from papercheck.reconstruction.anneal_problem import pose
from papercheck.reconstruction.ensemble import spread, unprinted, values_of
from papercheck.registry.registry import load_registry
from papercheck.registry.targets import NOT_ESTIMABLE, survival_targets
from smallsurv import curve as km
from smallsurv import logrank, weights
from smallsurv.cox import cox_fit
from tests.sizes import size

SAMPLES = range(size(6, 12))


def sample(seed, n=30):
    """Tied times by rising time, events, a group of three, a second group and weights."""
    rng = np.random.default_rng(seed)
    time = np.sort(rng.integers(1, 15, n))
    return time, rng.random(n) < 0.7, rng.integers(0, 3, n), rng.integers(0, 2, n), rng.uniform(0.3, 3, n)


def steps(time, flag, weight, inside):
    out = anneal_kernels.Steps(np.empty(len(time), np.int64), np.empty(len(time)), np.empty(len(time)))
    count, last, rows = anneal_kernels.curve(time, flag, weight, inside, out)
    return out, count, last, rows


@pytest.mark.parametrize("seed", SAMPLES)
@pytest.mark.parametrize("method", ["spss", "log-log", "log", "plain"])
def test_compiled_medians_and_limits_agree_with_the_estimates(seed, method):
    time, event, group, _, weight = sample(seed)
    code = {"spss": 0, "log-log": 1, "log": 2, "plain": 3}[method]
    for flag, inside in ((event, group < 3), (event, group == 1), (~event, group != 0)):
        for w, curve in (
            (np.ones(len(time)), km.kaplan_meier(time[inside], flag[inside])),
            (weight, km.weighted_kaplan_meier(time[inside], flag[inside], weight[inside])),
        ):
            out, count, last, rows = steps(time, flag, w, inside)
            t, s, _ = out
            z = 1.959963984540054
            found = (
                anneal_kernels.reaches(t, s, count, last, method != "spss"),
                *anneal_kernels.median_limits(out, count, last, code, z),
            )
            middle, low, high = km.median(curve, method)
            low = np.nan if np.isinf(low) else low  # that there is none is all that a print can say
            assert rows == inside.sum() and last == time[inside].max()
            assert found == pytest.approx((middle, low, high), nan_ok=True)
            at = km.survival_at(curve, [7.0])["survival"][0]
            assert anneal_kernels.survival_at(t, s, count, last, 7.0) == pytest.approx(at, nan_ok=True)


def test_a_flat_step_at_one_half_is_read_as_spss_or_as_r():
    time, event = np.array([1, 3, 7, 9]), np.ones(4, bool)
    (t, s, _), count, last, _ = steps(time, event, np.ones(4), event)
    assert anneal_kernels.reaches(t, s, count, last, False) == 3
    assert anneal_kernels.reaches(t, s, count, last, True) == 5


@pytest.mark.parametrize("seed", SAMPLES)
def test_compiled_log_rank_tests_agree_with_the_estimates(seed):
    time, event, group, arm, weight = sample(seed)
    for labels in (arm, group):
        member = np.array([labels == level for level in np.unique(labels)])
        root, excess = anneal_kernels.log_rank_root(time, event, member)
        assert root**2 == pytest.approx(logrank.log_rank_test(time, labels, event).statistic)
    z = anneal_kernels.weighted_log_rank_z(time, event, weight, arm == 1, arm == 0)
    assert z == pytest.approx(logrank.weighted_log_rank_z(time, event, arm == 1, weight))
    first = logrank.log_rank_test(time, arm == 0, event).statistic
    assert anneal_kernels.log_rank_root(time, event, np.array([arm == 0, arm == 1]))[0] ** 2 == pytest.approx(first)


def test_the_log_rank_test_of_groups_that_overlap_counts_a_subject_in_each():
    time, event, group, arm, _ = sample(3)
    member = np.array([group > 0, arm == 1])
    rows = np.concatenate([np.flatnonzero(m) for m in member])
    labels = np.repeat([0, 1], member.sum(axis=1))
    wanted = logrank.log_rank_test(time[rows], labels, event[rows]).statistic
    assert anneal_kernels.log_rank_root(time, event, member)[0] ** 2 == pytest.approx(wanted)


def test_the_excess_of_the_first_group_is_events_beyond_those_expected_by_hand():
    time, event = np.array([1, 2, 3, 4]), np.ones(4, bool)
    member = np.array([[True, True, False, False], [False, False, True, True]])
    excess = anneal_kernels.log_rank_root(time, event, member)[1]
    assert excess == pytest.approx(2 - (2 / 4 + 1 / 3))


@pytest.mark.parametrize("seed", SAMPLES)
def test_compiled_cox_models_agree_with_the_large_sample_fit(seed):
    time, event, group, arm, weight = sample(seed, 40)
    columns = np.array([arm == 1, group == 1, group == 2])
    everybody = np.ones(40, bool)
    for w, weighted in ((np.ones(40), False), (weight, True)):
        fit = cox_fit(time, event, columns.T, w, robust=True)
        covariance = fit.robust_covariance if weighted else fit.covariance
        for k in range(3):
            found = anneal_kernels.cox(time, event, w if weighted else np.empty(0), everybody, columns, k)
            assert found == pytest.approx((fit.coef[k], np.sqrt(covariance[k, k])), rel=1e-5)


def test_a_separated_cox_model_gives_no_p_value_that_could_fit():
    time, event = np.arange(1, 9), np.ones(8, bool)
    beta, se = anneal_kernels.cox(time, event, np.empty(0), event, np.array([np.arange(8) < 4]), 0)
    assert abs(beta) > 5 and np.isinf(se)


# Registries written on the fly

BASE = {"title": "Test", "n": 30, "time_unit": "months", "grid": 0.1, "paper_interval": "spss"}
ARM = {"ARM": {"levels": ["A", "B"]}}


def entry(statistic, place="Table 1", **keys):
    """A registry entry; keys in `parts` are printed, the others describe it."""
    parts = {k: keys.pop(k) for k in ("estimate", "ci", "p", "hr", "count", "percent") if k in keys}
    name = "_".join([statistic, *(str(v) for v in keys.values())])
    return {"id": name, "statistic": statistic, **keys, "printed": [{"at": place, **parts}]}


def median(value, endpoint="PFSR", **keys):
    return entry("median_survival", endpoint=endpoint, estimate=value, **keys)


@pytest.fixture
def registry(tmp_path):
    def write(numbers, **keys):
        path = tmp_path / "study.yml"
        path.write_text(yaml.safe_dump({**BASE, **keys, "numbers": numbers}, sort_keys=False), encoding="utf-8")
        return load_registry(path)

    return write


def everything(**keys):
    """One print of every kind that is searched for, of a cohort that exists."""
    return [
        median("6.0", ci=["4.0", "8.0"]), median("4.1", where={"ARM": "A"}), median("7.9", where={"ARM": "B"}),
        entry("median_follow_up", endpoint="PFSR", estimate="14.0"), entry("log_rank", endpoint="PFSR", by="ARM", p="0.031"),
        entry("cox", endpoint="PFSR", by="ARM", hr="0.41", ci=["0.18", "0.94"]),
        entry("events", endpoint="PFSR", count="25"), entry("survival_at", endpoint="PFSR", time=12, percent="15.6"),
        entry("longest", endpoint="PFSR", estimate="21.3"), entry("count", where={"ARM": "A"}, count="14"),
    ]  # fmt: skip


@pytest.mark.parametrize("method", ["spss", "log-log"])
def test_one_print_of_every_kind_is_met_at_once(registry, method):
    numbers = everything()
    if method != "spss":
        numbers[0] = median("6.0", ci=["4.1", "7.9"])
    study = registry(numbers, factors=ARM, paper_interval=method)
    found = anneal.reconstruct(study, seed=1)
    assert found.whole, found.closest()
    assert len(found.met) == len(survival_targets(study, "PFSR")) == 11 and not found.left_out
    rows = found.adtte("PFSR")
    assert (rows["CNSR"] == 0).sum() == 25 and rows["AVAL"].max() == 21.3 and (rows["ARM"] == "A").sum() == 14
    by_hand = km.median_survival(rows, "ARM", method)["median"].round(2)
    assert list(by_hand) == pytest.approx([4.1, 7.9], abs=0.0501)
    assert np.allclose(rows["AVAL"] * 10, (rows["AVAL"] * 10).round())


@cache
def annealed(study):
    return anneal.reconstruct(load_registry(study), seed=1)


@pytest.mark.parametrize(
    "study, targets", [("xu-2023", 13), pytest.param("shi-2026", 8, marks=pytest.mark.thorough), ("quzhou-2025", 14)]
)
def test_the_printed_survival_numbers_of_a_paper_come_back(study, targets):
    found = annealed(study)
    assert found.whole, found.closest()
    assert len(found.met) == targets and not found.left_out


def test_the_abstract_of_xu_comes_back_by_estimates_that_the_search_does_not_use():
    found = annealed("xu-2023")
    rows = found.adtte("PFSR")
    medians = {by: dict(zip(f["group"], f["median"], strict=True)) for by in ("RESIST", "INTERIM", "PROGTYPE")
               for f in [km.median_survival(rows, by, "spss")]}  # fmt: skip
    assert medians == {
        "RESIST": {"PRIMARY": 2.1, "ACQUIRED": 7.0}, "INTERIM": {"N": 4.0, "Y": 6.2}, "PROGTYPE": {"OLIGO": 5.4, "SYSTEMIC": 1.1},
    }  # fmt: skip
    p = {by: logrank.log_rank(rows, by)["p"][0] for by in medians}
    assert round(p["RESIST"], 3) == 0.003 and round(p["INTERIM"], 3) == 0.027 and p["PROGTYPE"] < 0.001
    assert (rows["RESIST"] == "PRIMARY").sum() == 18
    first = km.median_survival(found.adtte("PFS1"), method="spss").iloc[0]
    assert [round(first[c], 1) for c in ("median", "ci_low", "ci_high")] == [5.2, 3.6, 6.8]
    assert np.isinf(km.median_survival(found.adtte("OS"))["median"][0])


def test_the_weighted_numbers_of_shi_come_back_by_estimates_that_the_search_does_not_use():
    found = annealed("shi-2026")
    rows = found.adtte("PFSR").copy()
    model = weights.propensity_model(rows["ARM"] == "CIA", rows[["SMOKE", "PRIORRES"]])
    rows["w"] = weights.propensity_weights(model.treated, model.score)
    medians = km.weighted_median_survival(rows, "w", "ARM")
    assert dict(zip(medians["group"], medians["median"].round(2), strict=True)) == {"CI": 6.89, "CIA": 11.49}
    assert round(logrank.weighted_log_rank(rows, "ARM", "w")["p"][0], 2) == 0.01
    assert list(km.median_survival(rows, "ARM")["median"].round(2)) == [6.06, 11.49]


def test_the_same_seed_gives_the_same_subjects_and_another_seed_others(registry):
    study = registry(everything(), factors=ARM)
    first, again, other = (anneal.reconstruct(study, seed=s) for s in (4, 4, 5))
    pd.testing.assert_frame_equal(first.adtte("PFSR"), again.adtte("PFSR"))
    assert not first.adtte("PFSR").equals(other.adtte("PFSR"))


def test_what_cannot_be_met_is_named_with_the_closest_value(registry):
    study = registry([median("7.0"), entry("longest", endpoint="PFSR", estimate="5.0")])
    found = anneal.reconstruct(study, effort=(1, 2000))
    assert not found.whole
    assert any("printed 7.0, closest found" in sentence for sentence in found.closest())
    assert len(found.missed) + len(found.met) == 2


@pytest.mark.parametrize("n", [2, 3, 250])
def test_any_number_of_subjects_can_be_asked_for(registry, n):
    found = anneal.reconstruct(registry([median("3.3"), entry("events", endpoint="PFSR", count=str(n))], n=n))
    assert found.whole and len(found.adtte("PFSR")) == n


def test_ties_are_used_where_only_ties_fit(registry):
    numbers = [
        median("2"),
        entry("longest", endpoint="PFSR", estimate="3"),
        entry("events", endpoint="PFSR", count="12"),
    ]
    found = anneal.reconstruct(registry(numbers, n=12, grid=1))
    assert found.whole and set(found.adtte("PFSR")["AVAL"]) <= {1.0, 2.0, 3.0}


@pytest.mark.parametrize("fixed, cnsr", [("all_events", {0}), ("no_events", {1})])
def test_an_endpoint_can_be_fixed_to_all_events_or_none(registry, fixed, cnsr):
    numbers = [median("3.0")] if fixed == "all_events" else [entry("median_follow_up", endpoint="PFSR", estimate="9.9")]
    found = anneal.reconstruct(registry(numbers, fixed={"PFSR": fixed}))
    assert found.whole and set(found.adtte("PFSR")["CNSR"]) == cnsr


def test_a_median_that_is_not_reached_stays_so(registry):
    found = anneal.reconstruct(registry([median("NR"), median("4.0", endpoint="PFS1")]))
    assert found.whole
    assert np.isinf(km.median_survival(found.adtte("PFSR"))["median"][0])


def test_nobody_dies_before_progression_or_after_a_censored_progression_free_survival(registry):
    found = anneal.reconstruct(registry([median("4.0"), median("9.0", endpoint="OS")]), seed=3)
    assert found.whole
    first, last = found.outcomes["PFSR"], found.outcomes["OS"]
    assert (last["AVAL"] >= first["AVAL"]).all()
    assert not ((first["CNSR"] == 1) & (last["CNSR"] == 0)).any()


def test_the_longer_printed_median_belongs_to_the_group_that_fares_better_in_the_test(registry):
    numbers = [
        median("3.0", where={"ARM": "A"}),
        median("6.0", where={"ARM": "B"}),
        entry("log_rank", endpoint="PFSR", by="ARM", p="0.04"),
    ]
    study = registry(numbers, factors=ARM, n=60)
    for seed in range(6):
        rows = anneal.reconstruct(study, seed=seed).adtte("PFSR")
        event = (rows["CNSR"] == 0).to_numpy()
        fit = cox_fit(rows["AVAL"], event, (rows["ARM"] == "B").to_numpy(float))
        assert fit.coef[0] < 0


def test_a_p_value_that_is_not_small_leaves_open_which_group_fares_better(registry):
    medians = [median("5.0", where={"ARM": "A"}), median("5.2", where={"ARM": "B"})]
    sides = {}
    for p in ("0.70", "0.030"):
        checks = Checks(registry([*medians, entry("log_rank", endpoint="PFSR", by="ARM", p=p)], factors=ARM), "PFSR")
        sides[p] = next(c.parameter for c in checks.checks if c.kind == "LOG_RANK")
    assert sides == {"0.70": 0, "0.030": 1}  # A, with the shorter median, is to have events beyond those expected
    ratio = entry("cox", endpoint="PFSR", by="ARM", hr="1.10")
    checks = Checks(
        registry([*medians, ratio, entry("log_rank", endpoint="PFSR", by="ARM", p="0.030")], factors=ARM), "PFSR"
    )
    assert next(c.parameter for c in checks.checks if c.kind == "LOG_RANK") == 0


def printed_like_a_paper(rows, method):
    """What a paper would print of two groups: medians with intervals, test, hazard ratio, events, sizes."""
    shown = lambda x: f"{x:.1f}" if np.isfinite(x) else "NR"  # noqa: E731
    numbers = []
    for keys in ({}, {"where": {"ARM": "A"}}, {"where": {"ARM": "B"}}):
        part = rows if not keys else rows[rows["ARM"] == keys["where"]["ARM"]]
        middle, *limits = km.median(km.kaplan_meier(part["AVAL"], part["CNSR"] == 0), method)
        ci = [shown(x) for x in limits] if np.isfinite(limits).any() else "NA"
        numbers.append(median(shown(middle), ci=ci, **keys))
    fit = cox_fit(rows["AVAL"], rows["CNSR"] == 0, (rows["ARM"] == "B").to_numpy(float))
    ends = np.exp(fit.coef[0] + np.array([0, -1.96, 1.96]) * np.sqrt(fit.covariance[0, 0]))
    hr, low, high = (f"{x:.2f}" for x in ends)
    p = logrank.log_rank(rows, "ARM")["p"][0]
    return [
        *numbers, entry("cox", endpoint="PFSR", by="ARM", hr=hr, ci=[low, high]),
        entry("log_rank", endpoint="PFSR", by="ARM", p=f"{p:.3f}" if p >= 0.001 else "<0.001"),
        entry("events", endpoint="PFSR", count=str(int((rows["CNSR"] == 0).sum()))),
        entry("count", where={"ARM": "A"}, count=str(int((rows["ARM"] == "A").sum()))),
    ]  # fmt: skip


DRAWN = [(0, 17), (1, 45), (2, 120), (3, 220)]
ORDINARY = {("spss", (1, 45)), ("log-log", (2, 120))}


@pytest.mark.parametrize(
    "method, seed, n",
    [
        pytest.param(method, *drawn, marks=() if (method, drawn) in ORDINARY else pytest.mark.thorough)
        for method in ("spss", "log-log")
        for drawn in DRAWN
    ],
)
def test_a_random_cohort_printed_like_a_paper_comes_back_from_its_prints(registry, seed, n, method):
    rng = np.random.default_rng(seed)
    poor = rng.random(n) < 0.5
    death, last = rng.exponential(np.where(poor, 8.0, 5.0)), rng.uniform(2, 30, n)
    rows = pd.DataFrame({
        "AVAL": np.maximum(np.minimum(death, last).round(1), 0.1), "CNSR": (death > last).astype(int),
        "ARM": pd.Categorical(np.where(poor, "B", "A"), ["A", "B"], ordered=True),
    })  # fmt: skip
    found = anneal.reconstruct(
        registry(printed_like_a_paper(rows, method), factors=ARM, n=n, paper_interval=method), seed=1
    )
    assert found.whole, found.closest()
    again = printed_like_a_paper(found.adtte("PFSR"), method)
    assert again == printed_like_a_paper(rows, method)


def test_printed_group_sizes_crossed_groups_and_cut_groups_hold(registry):
    factors = ARM | {
        "SITE": {"levels": ["LUNG", "BONE", "NONE"]},
        "ANY": {"from": "SITE", "map": {"LUNG": "YES", "BONE": "YES", "NONE": "NO"}, "levels": ["YES", "NO"]},
        "EARLY": {"from": "PFS1", "cut": [6], "levels": ["<6", ">=6"]},
    }
    numbers = [
        entry("count", where={"ARM": "A"}, count="11"), entry("count", where={"ARM": "A", "ANY": "YES"}, count="8"),
        entry("count", where={"EARLY": "<6"}, count="17"), entry("count", where={"SITE": "NONE"}, count="9"),
        median("5.0", endpoint="PFS1"), median("4.0", where={"ARM": "A"}), median("5.0", where={"ANY": "YES"}),
        median("3.0", where={"EARLY": "<6"}),
    ]  # fmt: skip
    found = anneal.reconstruct(registry(numbers, factors=factors))
    assert found.whole, found.closest()
    labels = found.subjects
    assert (labels["ARM"] == "A").sum() == 11
    assert ((labels["ARM"] == "A") & labels["SITE"].isin(["LUNG", "BONE"])).sum() == 8
    assert (labels["SITE"] == "NONE").sum() == 9
    assert ((found.outcomes["PFS1"]["AVAL"] < 6) == (labels["EARLY"] == "<6")).all() and (
        labels["EARLY"] == "<6"
    ).sum() == 17


def test_subjects_beyond_the_printed_sizes_have_no_label(registry):
    numbers = [entry("count", where={"ARM": level}, count=count) for level, count in (("A", "10"), ("B", "15"))]
    found = anneal.reconstruct(registry([*numbers, median("4.0", where={"ARM": "A"})], factors=ARM))
    assert found.whole and found.subjects["ARM"].isna().sum() == 5


def test_group_sizes_that_exceed_the_subjects_are_refused(registry):
    numbers = [entry("count", where={"ARM": level}, count="16") for level in "AB"]
    with pytest.raises(CohortError, match="add up to 32 of 30 subjects"):
        anneal.reconstruct(registry([*numbers, median("4.0", where={"ARM": "A"})], factors=ARM))


def test_labels_settled_before_are_kept(registry):
    study = registry([median("3.0", where={"ARM": "A"}), median("5.0", where={"ARM": "B"})], factors=ARM)
    labels = pd.DataFrame({"ARM": ["B"] * 20 + ["A"] * 9 + [None]}, index=range(1, 31))
    found = anneal.reconstruct(study, settled=anneal.Solution(0, labels, {}))
    assert found.whole and list(found.subjects["ARM"].astype(object).fillna("")) == ["B"] * 20 + ["A"] * 9 + [""]


def test_implications_hold_between_labels_and_as_far_as_they_can_with_times(registry):
    factors = ARM | {"STAGE": {"levels": ["III", "IV"]}, "EARLY": {"from": "PFS1", "cut": [6], "levels": ["<6", ">=6"]}}
    rules = [
        {"if": {"STAGE": "III"}, "then": {"ARM": "A"}, "why": "x"},
        {"if": {"ARM": "A"}, "then": {"EARLY": "<6"}, "why": "y"},
    ]
    numbers = [
        median("5.0", endpoint="PFS1"), median("4.0", where={"ARM": "A"}), median("5.0", where={"STAGE": "III"}),
        entry("count", where={"ARM": "A"}, count="12"), entry("count", where={"STAGE": "III"}, count="7"),
    ]  # fmt: skip
    found = anneal.reconstruct(registry(numbers, factors=factors, implications=rules))
    labels = found.subjects
    assert found.whole
    assert (labels.loc[labels["STAGE"] == "III", "ARM"] == "A").all()
    assert (labels.loc[labels["ARM"] == "A", "EARLY"] == "<6").all()


@pytest.mark.parametrize(
    "numbers, keys, words",
    [
        ([median("4.0", ci=["3.0", "5.0"])], {"paper_interval": "bootstrap"}, "an interval by bootstrap"),
        ([median("4.0", where={"ARM": "A"}, weights="iptw")], {}, "declares no `weights`"),
        (
            [median("4.0", weights="iptw")],
            {"weights": {"treatment": "THREE", "covariates": ["SEX"]}},
            "THREE of `weights` is not",
        ),
        (
            [median("4.0", weights="iptw")],
            {"weights": {"treatment": "ARM", "covariates": ["AGE"]}},
            "AGE of `weights` is not",
        ),
        ([entry("cox", endpoint="PFSR", by="AGE", p="0.03")], {}, "AGE is not one factor with levels"),
        ([entry("cox", endpoint="PFSR", by="ARM", adjusted=["AGE"], p="0.03")], {}, "AGE is not a factor with levels"),
        ([entry("cox", endpoint="PFSR", by="THREE", p="0.03")], {}, "which level of THREE"),
        ([entry("log_rank", endpoint="PFSR", by="ARM", p="NA")], {}, "no number is printed"),
    ],
)
def test_a_printed_number_that_is_not_searched_for_is_kept_with_the_reason(registry, numbers, keys, words):
    study = registry(numbers, factors=ARM | {"THREE": {"levels": ["a", "b", "c"]}}, **keys)
    (target, reason), *_ = pose(study, "PFSR").left_out
    assert words in reason and target.id == numbers[0]["id"]


def test_the_treated_are_those_beside_the_reference(registry):
    factors = {"ARM": {"levels": ["A", "B"], "reference": "B"}}
    spec = declared_weights(
        registry([median("4.0")], factors=factors, weights={"treatment": "ARM", "covariates": ["SEX"]})
    )
    assert (spec.treated, spec.covariates) == ("A", ("SEX",))


def test_the_grid_is_declared_or_the_last_printed_digit(registry):
    assert grid_of(registry([median("4.0")])) == 0.1
    numbers = [median("4.05"), median("NR", endpoint="OS")]
    raw = {"title": "T", "n": 5, "numbers": numbers}
    path = registry(numbers).path
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    assert grid_of(load_registry(path)) == 0.01


def test_a_value_at_the_edge_of_rounding_counts_as_met_and_one_beyond_does_not(registry):
    target = survival_targets(registry([median("7.0")]), "PFSR")[0]
    assert [attained.is_met(target, x) for x in (6.95, 7.0, 7.05, 6.94, 7.06, np.inf, np.nan)] == [True] * 3 + [
        False
    ] * 4
    never = survival_targets(registry([median("NR")]), "PFSR")[0]
    assert never.window == NOT_ESTIMABLE
    assert [attained.is_met(never, x) for x in (np.inf, 7.0)] == [True, False]


def test_the_search_keeps_clear_of_values_that_two_roundings_print_differently(registry):
    checks = Checks(registry([median("7.0")]), "PFSR")
    (low, high), *_ = checks.windows(checks.targets[0])
    assert 69.5 < low < 69.6 and 70.4 < high < 70.5


def test_a_cost_is_zero_in_the_window_and_grows_outside(registry):
    study = registry([median("5.0")], n=3, grid=1, fixed={"PFSR": "all_events"})
    plan = pose(study, "PFSR").plan
    event, label, weight = np.ones(3, bool), np.empty((0, 3), np.int64), np.ones(3)
    costs = []
    for time in ([1, 5, 9], [1, 6, 9], [6, 7, 9]):
        each = np.zeros(1)
        rows = anneal_cost.Rows(np.array(time), event, label, weight, np.arange(3))
        costs.append(anneal_cost.cost_of(plan, rows, True, np.inf, each))
        assert each[0] == costs[-1]
    assert costs[0] == 0 < anneal_cost.MISS < costs[1] < costs[2]


def test_the_spread_of_solutions_leaves_out_what_is_printed(registry):
    study = registry([median("4.0"), median("3.0", where={"ARM": "A"}), median("6.0", where={"ARM": "B"})], factors=ARM)
    found = [anneal.reconstruct(study, seed=seed) for seed in range(10, 16)]
    assert all(s.whole for s in found)
    kinds = {(t.kind, t.group) for t in unprinted(found[0], study, "PFSR")}
    assert ("median", ()) not in kinds and ("median", (("ARM", ("A",)),)) not in kinds and ("events", ()) in kinds
    table = spread(values_of(found, study)).set_index(["quantity", "group"])
    events = [int((s.adtte("PFSR")["CNSR"] == 0).sum()) for s in found]
    row = table.loc[("events", "")]
    assert (row["lowest"], row["middle"], row["highest"], row["solutions"]) == (
        min(events),
        sorted(events)[2],
        max(events),
        6,
    )
    ratios = [
        np.exp(cox_fit(r["AVAL"], r["CNSR"] == 0, (r["ARM"] == "B").to_numpy(float)).coef[0])
        for r in (s.adtte("PFSR") for s in found)
    ]
    assert table.loc[("hr", "ARM: B against A"), "highest"] == pytest.approx(max(ratios))
    sizes = [int((s.subjects["ARM"] == "A").sum()) for s in found]
    assert table.loc[("size", "ARM: A"), ["lowest", "highest"]].tolist() == [min(sizes), max(sizes)]
