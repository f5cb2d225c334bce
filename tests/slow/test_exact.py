"""The exact search: ranks against the estimates of the workbook, hand counts, and the shipped cohorts."""

import itertools

import numpy as np
import pandas as pd
import pytest

from papercheck.reconstruction.exact import search_patterns
from papercheck.reconstruction.folder import reconstruct_study
from papercheck.reconstruction.orderings import (
    METHOD_CODES,
    NEVER,
    NONE,
    all_groups,
    cox_table,
    feature_table,
    log_rank_of,
)
from papercheck.reconstruction.problem import state_problem
from papercheck.reconstruction.tables import LabelModel
from papercheck.reconstruction.times import least_contradiction, place, time_ranges
from papercheck.registry.printed import print_as
from papercheck.registry.registry import load_registry
from papercheck.registry.targets import group_sizes, survival_targets
from papercheck.replicate.record import read_record
from smallsurv.cox_models import cox_univariable
from smallsurv.curve import kaplan_meier, median
from smallsurv.logrank import log_rank
from tests.conftest import project

Z = 1.959963984540054
REFERENCE = project() / "tests" / "reference" / "reconstructed.csv"


def bits(mask, n):
    return np.array([bool(mask >> i & 1) for i in range(n)])


def subjects(mask, events, times):
    inside = bits(mask, len(times))
    return times[inside], bits(events, len(times))[inside]


def at(position, other, times):
    return np.nan if position == NONE else np.inf if position == NEVER else (times[position] + times[other]) / 2


@pytest.mark.parametrize("method", list(METHOD_CODES))
def test_ranks_give_the_median_and_interval_that_the_estimates_give(method):
    rng = np.random.default_rng(7)
    n, times = 11, np.cumsum(rng.uniform(0.2, 2, 11)).round(2)
    for _ in range(120):
        mask, events = int(rng.integers(1, 1 << n)), int(rng.integers(0, 1 << n))
        rows, factors = feature_table(np.array([mask]), events, n, METHOD_CODES[method], Z)
        row = rows[0]
        middle, low, high = median(kaplan_meier(*subjects(mask, events, times)), method)
        assert at(row[0], row[1], times) == pytest.approx(middle, nan_ok=True)
        if method == "spss":
            half = 1.96 * factors[0] * (times[row[4]] - times[row[2]]) if row[2] >= 0 else np.nan
            assert high == pytest.approx(middle + half if row[2] >= 0 else np.nan, nan_ok=True)
        elif np.isfinite(middle):
            assert (at(row[2], row[3], times) if row[2] >= 0 else np.nan) == pytest.approx(low, nan_ok=True)
            assert at(row[4], row[5], times) == pytest.approx(high, nan_ok=True)


def test_ranks_give_the_log_rank_and_cox_results_that_the_estimates_give():
    rng = np.random.default_rng(3)
    n = 13
    for _ in range(40):
        events = int(rng.integers(1, 1 << n)) | 0b1010101
        masks = np.array([int(m) for m in rng.choice(all_groups(n, 6), 1)])
        rest = masks ^ ((1 << n) - 1)
        adtte = pd.DataFrame(
            {"AVAL": np.arange(1.0, n + 1), "CNSR": 1 - bits(events, n), "g": bits(masks[0], n).astype(int)}
        )
        found = log_rank_of(np.array([masks[0], rest[0]]), events, n)
        assert found == pytest.approx(log_rank(adtte, "g")["statistic"].iloc[0])
        adtte["g"] = pd.Categorical(np.where(adtte["g"] == 1, "b", "a"), ["a", "b"], ordered=True)
        cox = cox_univariable(adtte, ["g"]).iloc[-1]
        if np.isfinite(cox["hr"]) and np.isfinite(cox["ci_high"]):
            beta, se = cox_table(masks, events, n, -8.0, 8.0)[0]
            assert np.exp(beta) == pytest.approx(cox["hr"], rel=1e-6)
            assert np.exp(beta + Z * se) == pytest.approx(cox["ci_high"], rel=1e-5)


def test_three_groups_have_the_log_rank_of_the_estimates():
    adtte = pd.DataFrame(
        {"AVAL": np.arange(1.0, 10), "CNSR": [0, 0, 1, 0, 0, 1, 0, 0, 0], "g": [0, 1, 2, 0, 1, 2, 0, 1, 2]}
    )
    masks = np.array([sum(1 << i for i in range(9) if i % 3 == k) for k in range(3)])
    events = sum(1 << i for i in range(9) if adtte["CNSR"][i] == 0)
    assert log_rank_of(masks, events, 9) == pytest.approx(log_rank(adtte, "g")["statistic"].iloc[0])


SMALL = """
title: Five subjects
n: 5
time_unit: months
paper_interval: spss
grid: 0.1
numbers:
  - {id: median, statistic: median_survival, endpoint: PFSR, printed: [{at: Text, estimate: "3.0"}]}
  - {id: events, statistic: events, endpoint: PFSR, printed: [{at: Text, count: "3"}]}
"""


def registry_of(text, folder):
    path = folder / "small.yml"
    path.write_text(text, encoding="utf-8")
    return load_registry(path)


def test_all_orderings_of_five_subjects_with_three_events_that_reach_a_median(tmp_path):
    problem = state_problem(registry_of(SMALL, tmp_path), "PFSR")
    by_hand = []
    for pattern in itertools.product([0, 1], repeat=5):
        s, reached = 1.0, False
        for i, event in enumerate(pattern):
            s *= 1 - event / (5 - i)
            reached |= s <= 0.5
        if sum(pattern) == 3 and reached:
            by_hand.append(sum(b << i for i, b in enumerate(pattern)))
    assert sorted(p.events for p in search_patterns(problem)) == sorted(by_hand) and len(by_hand) == 10


def test_the_time_of_the_median_is_fixed_and_its_neighbours_keep_their_side(tmp_path):
    problem = state_problem(registry_of(SMALL, tmp_path), "PFSR")
    for fit in least_contradiction(problem):
        ranges = time_ranges(problem, fit)
        m = next(i for i, (low, high) in enumerate(ranges) if low == high)
        assert (
            ranges[m] == (30, 30)
            and all(high < 30 for _, high in ranges[:m])
            and all(low > 30 for low, _ in ranges[m + 1 :])
        )
        placed = place(problem, fit)
        assert placed.times[m] == 30 and (np.diff(placed.times) > 0).all()


def test_a_median_that_no_five_subjects_have_is_given_up_and_named(tmp_path):
    text = SMALL.replace('estimate: "3.0"', 'estimate: "3.0", ci: ["2.0", "2.5"]')
    fits = least_contradiction(state_problem(registry_of(text, tmp_path), "PFSR"))
    assert {f.given_up for f in fits} <= {frozenset({("median", "ci")}), frozenset({("median", "estimate")})}


def test_counts_that_contradict_each_other_are_named_as_the_smallest_set(tmp_path):
    text = """
title: Counts
n: 10
factors: {ARM2: {levels: [A, B, C]}}
numbers:
  - {id: a, statistic: count, where: {ARM2: A}, printed: [{at: Table 1, count: "4"}]}
  - {id: b, statistic: count, where: {ARM2: B}, printed: [{at: Table 1, count: "4"}]}
  - {id: c, statistic: count, where: {ARM2: C}, printed: [{at: Table 1, count: "3"}]}
  - {id: male, statistic: count, where: {SEX: M}, printed: [{at: Table 1, count: "6"}]}
"""
    labels = LabelModel(registry_of(text, tmp_path)).solve()
    assert len(labels.missed) == 1 and labels.missed[0][0] in "abc"
    assert {name[0] for name in labels.conflicts[0]} == {"a", "b", "c"}


def test_sizes_come_from_counts_from_the_rest_and_from_mapped_levels():
    sizes = group_sizes(load_registry("quzhou-2025"))
    assert sizes["ECOG"] == {"0-1": 8, "2": 5} and sizes["PDL1GR1"] == {"NEG": 5, "POS": 8}
    assert group_sizes(load_registry("chen-2025"))["SAMEICI"] == {
        "Y": 8,
        "N": 6,
    }  # 4 is printed too, and 8 + 4 is not 14


@pytest.mark.parametrize(
    "study",
    [*(pytest.param(s, marks=pytest.mark.thorough) for s in ("quzhou-2025", "chen-2025")), "xu-2023", "shi-2026"],
)
def test_the_shipped_cohort_is_what_the_command_makes(study, tmp_path):
    folder = project() / "data" / study
    seed = int(read_record(folder).seed)  # of the cohort nearest to the middle of those drawn
    reconstruct_study(load_registry(study), seed, 1, tmp_path)
    made = {p.name: p.read_bytes() for p in (tmp_path / study).iterdir()}
    for name in ("adsl.csv", "adtte.csv", "adrs.csv", "adae.csv", "adtr.csv", "cohort.yml"):
        assert made.get(name) == ((folder / name).read_bytes() if (folder / name).exists() else None), name


@pytest.mark.parametrize(
    ("study", "met", "missed"),
    [
        ("quzhou-2025", 14, set()),
        ("chen-2025", 72, {("pfsr_median_adenocarcinoma", "estimate"), ("pfsr_median_adenocarcinoma", "ci"), ("pfsr_log_rank_stage", "p")}),
    ],
)  # fmt: skip
def test_r_prints_the_papers_survival_numbers_from_the_reconstructed_cohort(study, met, missed):
    """R's numbers (tests/reference/reconstructed.R) against the
    printed strings; only what is proved impossible differs.
    """
    registry = load_registry(study)
    reference = pd.read_csv(REFERENCE, keep_default_na=True).fillna({"group": ""})
    reference = reference[reference["study"] == study]
    good, bad = 0, set()
    for target in (t for e in ("PFS1", "PFSR", "OS") for t in survival_targets(registry, e)):
        value = from_r(reference, target)
        if value is None:
            continue
        texts = target.printed.split("–")
        printed = [
            "NA" if np.isnan(v) else print_as(v, len(t.partition(".")[2])) for v, t in zip(value, texts, strict=False)
        ]
        if printed == texts:
            good += 1
        else:
            bad.add((target.id, target.part))
    assert (good, bad) == (met, missed)


def from_r(reference, target):
    """R's number for a target: one value, or two for an interval."""
    group = f"{target.group[0][0]}={target.group[0][1][0]}" if target.group else ""
    if target.group and target.group[0][0] == "AGEGR1":
        group = "AGEGR1=<" if "<" in target.group[0][1][0] else "AGEGR1=>="
    kinds = {"median": ("median", [1]), "ci": ("median", [2, 3]), "follow_up": ("follow-up", [1])}
    ratios = {"hr": [1], "hr_ci": [2, 3], "hr_p": [4]}
    if target.kind in kinds:
        what, places = kinds[target.kind]
    elif target.kind == "log_rank":
        what, places, group = "log-rank P", [1], target.by[0]
    elif target.kind in ratios:
        what, places, group = "hazard ratio", ratios[target.kind], f"{target.by[0]}={target.level}"
    else:
        return None
    rows = reference[
        (reference["endpoint"] == target.endpoint) & (reference["what"] == what) & (reference["group"] == group)
    ]
    return rows.set_index("at")["value"].reindex(places).tolist()
