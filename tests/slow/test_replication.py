"""Printed numbers held against a cohort: hand counts on eight
patients, R (tests/reference/make_reference.R), and the papers.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from papercheck.audit.finding import AuditFinding
from papercheck.files.findings import CohortError, NotAvailable
from papercheck.registry.registry import Cell, load_registry
from papercheck.replicate.conventions import print_as_cell, roundings
from papercheck.replicate.record import GivenUp, Impossible, Record, read_record
from rechallenge.cohort import load_cohort
from rechallenge.replication.verdict import (
    Replication,
    as_json,
    available_registry,
    count_statuses,
    evaluate,
    replicate,
    replicate_study,
)
from rechallenge.results import ledger_rows
from rechallenge.sections.published import cited_table, counts_text, finding_tables, number_tables, status_table

# Eight patients, each with a death at 1 to 8 months. A: the first four. B: patients 3, 5, 6 and 8.
YML = (
    "title: Eight\ntime_unit: months\nprimary_endpoint: PFSR\nfactors:\n  A: {label: Early, levels: {N: 'No', Y:"
    " 'Yes'}}\n  B: {label: Bone, levels: {N: 'No', Y: 'Yes'}}\n"
)
ADSL = """USUBJID,AGE,SEX,A,B,PFSR,PFSR_EVENT,OS,OS_EVENT,BOR_RECHALLENGE,KARNOF
1,51,M,Y,N,1,1,2,0,PD,80
2,58,M,Y,N,2,1,4,1,PD,70
3,60,M,Y,Y,3,1,6,0,SD,90
4,63,F,Y,N,4,1,8,1,SD,60
5,64,F,N,Y,5,1,10,0,PR,80
6,70,M,N,Y,6,1,12,0,CR,70
7,71,,N,N,7,1,14,0,NE,90
8,79,M,N,Y,8,1,16,0,SD,80
"""
ADAE = "USUBJID,APHASE,AEDECOD,ATOXGR\n1,RECHALLENGE,Rash,1\n1,RECHALLENGE,Rash,3\n2,RECHALLENGE,Rash,2\n3,RECHALLENGE,Fever,1\n"
HEAD = (
    "title: Eight\nn: 8\ntime_unit: months\nfactors:\n  A: {label: Early, levels: {N: 'No', Y: 'Yes'}}\n  B: {label:"
    " Bone, levels: {N: 'No', Y: 'Yes'}}\n"
)


@pytest.fixture
def eight(write_cohort):
    """eight(entries, head=...) : the registry of the eight
    patients with these lines under `numbers`, and the cohort.
    """
    folder = write_cohort(yml=YML, adsl=ADSL, adae=ADAE)

    def write(*entries, head=HEAD, cohort=True):
        lines = "\n".join(f"  - {{id: e{i}, {entry}}}" for i, entry in enumerate(entries))
        (folder / "published.yml").write_text(f"{head}numbers:\n{lines}\n", encoding="utf-8")
        return load_registry("c"), load_cohort("c") if cohort else None

    return write


def only(frame):
    assert len(frame) == 1
    return frame.iloc[0]


def reference(name):
    table = pd.read_csv(Path(__file__).parents[1] / "reference" / "printed.csv")
    return table.loc[table["name"] == name, "value"].tolist()


def found(registry, cohort, part):
    """{convention: value} of one part of the only entry."""
    return {v.method: v.value for v in evaluate(registry.entries[0], cohort, registry) if v.part == part}


# --- what a cohort gives ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "entry, count, percent",
    [
        ("where: {SEX: M}", 5, {"": 62.5, "of those with a known value": 500 / 7}),  # one sex is missing
        ("where: {SEX: F}, of: {A: Y}", 1, {"": 25, }),
        ("where: {SEX: [M, F]}, denominator: 20", 7, {"": 35}),
        ("where: {BOR_RECHALLENGE: [CR, PR]}", 2, {"": 25}),
        ("where: {BOR_RECHALLENGE: [CR, PR, SD]}", 5, {"": 62.5}),
        ("where: {A: Y, B: Y}", 1, {"": 12.5}),
        ("event: {APHASE: RECHALLENGE}", 3, {"": 37.5}),
        ("event: {APHASE: RECHALLENGE, AEDECOD: rash, ATOXGR: [3, 4]}", 1, {"": 12.5}),
        ("event: {APHASE: RECHALLENGE, AEDECOD: Rash}, of: {A: N}", 0, {"": 0}),
        ("event: {APHASE: RECHALLENGE, AEDECOD: Cough}", 0, {"": 0}),
    ],
)  # fmt: skip
def test_counts_and_percentages_are_those_of_a_hand_count(eight, entry, count, percent):
    registry, cohort = eight(f'statistic: count, {entry}, printed: [{{at: T, count: "1"}}]')
    assert found(registry, cohort, "count")[""] == count
    assert {m: float(v) for m, v in found(registry, cohort, "percent").items()} == pytest.approx(percent)


def test_a_patient_counts_at_the_worst_grade_or_at_every_grade(eight):
    entry = (
        'statistic: count, event: {APHASE: RECHALLENGE, AEDECOD: Rash, ATOXGR: [1, 2]}, printed: [{at: T, count: "2"}]'
    )
    registry, cohort = eight(entry)  # patient 1 had rash of grade 1 and of grade 3
    assert list(found(registry, cohort, "count").values()) == [1, 2]
    row = only(replicate(registry, cohort))
    assert row["status"] == "reproduced" and "every grade counted" in row["why"] and "gives 1" in row["why"]


@pytest.mark.parametrize(
    "entry, part, value",
    [
        ("statistic: mean, variable: AGE", "estimate", 64.5),
        ("statistic: mean, variable: AGE", "sd", np.std([51, 58, 60, 63, 64, 70, 71, 79], ddof=1)),
        ("statistic: median, variable: AGE", "estimate", 63.5),
        ("statistic: median, variable: AGE, where: {A: Y}", "estimate", 59),
        ("statistic: range, variable: AGE", "range", (51, 79)),
        ("statistic: longest, endpoint: PFSR", "estimate", 8),
        ("statistic: longest, endpoint: PFSR, where: {A: Y}", "estimate", 4),
        ("statistic: events, endpoint: OS", "count", 2),
        ("statistic: events, endpoint: OS, where: {A: Y}", "percent", 50),
    ],
)
def test_numbers_of_the_group_are_those_of_a_hand_count(eight, entry, part, value):
    registry, cohort = eight(
        f"{entry}, printed: [{{at: T, {part}: {['0', '1'] if part == 'range' else chr(34) + '1' + chr(34)}}}]"
    )
    assert found(registry, cohort, part)[""] == pytest.approx(value)


def test_quartiles_come_under_the_rule_of_each_program(eight):
    registry, cohort = eight('statistic: median, variable: AGE, printed: [{at: T, quartiles: ["58.50", "70.75"]}]')
    pairs = found(registry, cohort, "quartiles")
    assert pairs["R, type 7"] == tuple(reference("quartiles_7")) and pairs["SPSS, type 6"] == tuple(
        reference("quartiles_6")
    )
    assert only(replicate(registry, cohort))["method"] == "SPSS, type 6"


def test_a_median_has_the_intervals_of_r_and_of_spss(eight):
    registry, cohort = eight('statistic: median_survival, endpoint: PFSR, printed: [{at: T, estimate: "4.5"}]')
    assert sorted(found(registry, cohort, "estimate").values()) == [4, 4.5]
    pairs = found(registry, cohort, "ci")
    for method in ("log", "log-log", "plain"):
        assert pairs[method] == tuple(np.inf if np.isnan(v) else v for v in reference(method.replace("-", "_"))[1:])
    # by hand: se S(4) = sqrt(0.5 * 0.5 / 8), slope (5/8 - 3/8) / (5 - 3), so the half-width is 1.96 sqrt(2)
    assert pairs["spss"] == pytest.approx((4 - 1.96 * 2**0.5, 4 + 1.96 * 2**0.5))
    assert set(pairs) == {"log-log", "log", "plain", "spss", "bootstrap"}


def test_the_level_of_an_interval_is_that_of_the_entry(eight):
    registry, cohort = eight(
        'statistic: median_survival, endpoint: PFSR, level: 80, printed: [{at: T, ci: ["3", "7"]}]'
    )
    assert found(registry, cohort, "ci")["log"] == tuple(reference("log_80")[1:])


def test_survival_at_a_time_equals_r(eight):
    registry, cohort = eight('statistic: survival_at, endpoint: PFSR, time: 3, printed: [{at: T, percent: "62.5"}]')
    assert found(registry, cohort, "percent")[""] == 62.5
    assert found(registry, cohort, "ci")["log"] == pytest.approx([100 * v for v in reference("at_3")[1:]])


def test_durations_are_in_the_unit_of_the_entry(eight):
    registry, cohort = eight('statistic: longest, endpoint: PFSR, unit: days, printed: [{at: T, estimate: "243.5"}]')
    assert found(registry, cohort, "estimate")[""] == 8 * 30.4375


def test_the_log_rank_test_equals_r_also_over_groups_that_overlap(eight):
    registry, cohort = eight('statistic: log_rank, endpoint: PFSR, by: A, printed: [{at: T, p: "0.007"}]')
    assert found(registry, cohort, "p")[""] == pytest.approx(reference("log_rank")[0])
    registry, cohort = eight('statistic: log_rank, endpoint: PFSR, by: [A, B], printed: [{at: T, p: "0.034"}]')
    assert found(registry, cohort, "p")[""] == pytest.approx(reference("log_rank_overlap")[0])


def test_cox_gives_the_wald_the_likelihood_ratio_and_the_score_p_of_r(eight):
    registry, cohort = eight('statistic: cox, endpoint: PFSR, by: B, printed: [{at: T, hr: "0.47"}]')
    hr, low, high, *p = reference("cox")
    assert found(registry, cohort, "hr") == pytest.approx(
        {"Efron ties": hr}, rel=1e-5
    )  # without ties Breslow is the same
    assert found(registry, cohort, "ci")["Wald, Efron ties"] == pytest.approx((low, high), rel=1e-5)
    names = ["Wald, Efron ties", "likelihood ratio, Efron ties", "score, Efron ties"]
    assert [found(registry, cohort, "p")[n] for n in names] == pytest.approx(p, rel=1e-5)


def test_the_compared_level_turns_the_hazard_ratio_over(eight):
    entry = 'statistic: cox, endpoint: PFSR, by: B, group: {}, printed: [{{at: T, hr: "0.47"}}]'
    one, other = (found(*eight(entry.format(level)), "hr")["Efron ties"] for level in ("Y", "N"))
    assert one * other == pytest.approx(1)


def test_a_hazard_ratio_of_a_number_is_per_unit_and_per_declared_step(eight):
    registry, cohort = eight('statistic: cox, endpoint: PFSR, by: KARNOF, printed: [{at: T, hr: "0.5"}]')
    ratios = found(registry, cohort, "hr")
    assert ratios["Efron ties"] == pytest.approx(reference("cox_karnof")[0], rel=1e-6)
    assert ratios["Efron ties, per 10"] == pytest.approx(ratios["Efron ties"] ** 10)


def test_ties_are_handled_as_the_program_of_the_paper_does(write_cohort):
    data = pd.read_csv(Path(__file__).parents[1] / "reference" / "data_ties.csv")
    adsl = data.rename(columns={"time": "PFSR", "event": "PFSR_EVENT"}).assign(
        USUBJID=range(12), SEX=data["group"].map({0: "M", 1: "F"}))[["USUBJID", "SEX", "PFSR", "PFSR_EVENT"]]  # fmt: skip
    folder = write_cohort(adsl=adsl.to_csv(index=False))
    text = (
        "title: Ties\nn: 12\nsoftware: {}\nnumbers:\n  - {{id: a, statistic: cox, endpoint: PFSR, by: SEX, printed:"
        ' [{{at: T, hr: "{}"}}]}}\n'
    )
    for software, hr, why in (("SPSS 26", "0.753", ""), ("R 4", "0.729", ""), ("R 4", "0.753", "Efron ties of R")):
        (folder / "published.yml").write_text(text.format(software, hr), encoding="utf-8")
        row = only(replicate(load_registry("c"), load_cohort("c")))
        assert row["status"] == "reproduced" and (why in row["why"] if why else row["why"] == ""), (
            software,
            row["why"],
        )


def test_an_odds_ratio_is_that_of_the_two_by_two_table(eight):
    entry = (
        "statistic: odds_ratio, event_of: {BOR_RECHALLENGE: [CR, PR, SD]}, by: A, group: Y, printed: [{at: T, or:"
        ' "0.33"}]'
    )
    registry, cohort = eight(entry)  # early: 2 of 4, late: 3 of 4
    assert found(registry, cohort, "or")[""] == pytest.approx((2 / 2) / (3 / 1))
    assert found(registry, cohort, "p")["Fisher's exact test"] == 1


def test_follow_up_is_the_reversed_curve_first_and_plain_medians_by_name(eight):
    registry, cohort = eight('statistic: median_follow_up, endpoint: OS, printed: [{at: T, estimate: "9"}]')
    # censored at 2, 6, 10, 12, 14, 16; seen dead at 4 and 8: 7/8, 7/8 * 5/6, * 3/4 = 0.547, * 2/3 = 0.365 at 12
    assert list(found(registry, cohort, "estimate").values()) == [12, 9, 11]
    row = only(replicate(registry, cohort))
    assert (
        row["status"] == "reproduced"
        and row["why"].startswith("under median of all observed times")
        and "gives 12" in row["why"]
    )


def test_weights_that_are_all_alike_leave_median_and_p_as_they_are(write_cohort):
    rows = [(f"{arm}{level}{i}", arm, level, t) for (arm, level), times in
            {("C", "N"): (1, 4), ("C", "Y"): (2, 6), ("T", "N"): (3, 8), ("T", "Y"): (5, 9)}.items() for i, t in enumerate(times)]  # fmt: skip
    adsl = "USUBJID,ARM,B,PFSR,PFSR_EVENT\n" + "".join(f"{s},{a},{b},{t},1\n" for s, a, b, t in rows)
    factors = "factors:\n  ARM: {levels: [C, T]}\n  B: {levels: ['N', 'Y']}\n"
    folder = write_cohort(yml=f"title: W\n{factors}", adsl=adsl)
    numbers = "".join(
        f'  - {{id: {name}, statistic: {spec}, endpoint: PFSR{w}, printed: [{{at: T, {part}: "1"}}]}}\n'
        for spec, part in (("median_survival, where: {ARM: T}", "estimate"), ("log_rank, by: ARM", "p"))
        for name, w in ((part, ""), (f"{part}_w", ", weights: iptw"))
    )
    head = f"title: W\nn: 8\n{factors}weights: {{treatment: ARM, covariates: [B]}}\n"
    (folder / "published.yml").write_text(f"{head}numbers:\n{numbers}", encoding="utf-8")
    registry, cohort = load_registry("c"), load_cohort("c")
    plain, weighted, p, p_weighted = [evaluate(e, cohort, registry) for e in registry.entries]
    assert {v.value for v in plain if v.part == "estimate"} == {v.value for v in weighted if v.part == "estimate"}
    assert all("weights from B" in v.basis for v in weighted)
    assert p_weighted[0].value == pytest.approx(p[0].value)
    (folder / "published.yml").write_text(f"title: W\nn: 8\n{factors}numbers:\n{numbers}", encoding="utf-8")
    with pytest.raises(NotAvailable, match="neither treatment nor covariates"):
        evaluate(load_registry("c").entries[1], cohort, load_registry("c"))


# --- how it is printed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value, text, wanted",
    [
        (0.8204, "0.82", ["half up"]),
        (0.8204, "0.820", ["half up"]),
        (0.8239, "0.82", ["half up"]),
        (0.8239, "0.820", []),
        (0.825, "0.82", ["half up"]),  # on the boundary: either side
        (0.829, "0.82", ["truncated"]),
        (0.0004, "<0.001", ["half up"]),
        (0.002, "<0.001", []),
        (0.06, ">0.05", ["half up"]),
        (0.04, ">0.05", []),
        (0.0004, "0.000", ["half up"]),
        (np.nan, "NA", ["half up"]),
        (np.inf, "NR", ["half up"]),
        (7.4, "NA", []),
        (np.nan, "7.4", []),
    ],
)
def test_a_value_is_compared_as_printed(value, text, wanted):
    assert roundings(value, Cell("p", text, ("T",), 1)) == wanted


@pytest.mark.parametrize(
    "pair, text, wanted",
    [
        ((1.974, 3.826), ("1.97", "3.83"), ["half up"]),
        ((1.974, 3.8351), ("1.97", "3.83"), ["truncated"]),
        ((1.976, 3.826), ("1.97", "3.83"), ["mixed roundings"]),
        ((1.98, 3.826), ("1.97", "3.83"), []),  # held exactly, 1.98 is not cut to 1.97
        ((0.0, 17.8791), ("0", "17.879"), ["half up"]),
        ((0.3, 17.8791), ("0", "17.879"), []),  # a bare 0 beside three decimals is the cut limit, not 0.3
        ((0.3, 17.9), ("0", "18"), ["half up"]),
        ((np.nan, np.nan), "NA", ["half up"]),
        ((2.0, np.inf), ("2.0", "NR"), ["half up"]),
        ((2.0, np.inf), "NA", []),
        ((2.0, 3.0), "NA", []),
    ],
)
def test_both_limits_of_an_interval_must_print(pair, text, wanted):
    assert roundings(pair, Cell("ci", text, ("T",), 1)) == wanted


def test_what_lies_beyond_a_bound_is_shown_with_two_digits():
    cell = Cell("p", "<0.001", ("T",), 1)
    assert [print_as_cell(p, cell) for p in (0.000038714, 0.0004, 0.25)] == ["0.000039", "0.0004", "0.25"]


# --- the verdict -----------------------------------------------------------------------------------------------------


def test_a_number_that_prints_alike_is_reproduced_without_remark(eight):
    row = only(
        replicate(*eight('statistic: count, where: {A: Y}, printed: [{at: [Abstract, Table 1], percent: "50.0"}]'))
    )
    assert row.drop("value").to_dict() == {
        "id": "e0", "what": "Early: Yes", "part": "%", "printed": "50.0", "at": ("Abstract", "Table 1"), "recomputed": "50.0",
        "method": "", "rounding": "half up", "status": "reproduced", "under": "", "free": False, "why": "",
    }  # fmt: skip
    assert row["value"] == 50


def test_one_digit_off_is_not_reproduced_and_says_what_the_cohort_gives(eight):
    row = only(replicate(*eight('statistic: count, where: {A: Y}, printed: [{at: T, percent: "50.1"}]')))
    assert (row["status"], row["recomputed"], row["why"]) == (
        "not reproduced",
        "50.0",
        "the cohort gives 50.0 (4 of 8)",
    )


def test_a_number_with_its_digits_cut_off_is_reproduced_under_truncation(eight):
    entry = 'statistic: count, where: {SEX: F}, denominator: 12, printed: [{at: T, percent: "16.6"}]'  # 2 of 12
    row = only(replicate(*eight(entry)))
    assert (row["status"], row["recomputed"]) == ("reproduced", "16.6")
    assert row["why"] == "under truncation, rounded it is 16.7"


def test_a_match_under_another_convention_does_not_hide_that_the_stated_one_fails(eight):
    spss, r = (f"{HEAD}software: {name}\n" for name in ("SPSS 26.0", "R 4.4.1"))
    entry = 'statistic: median_survival, endpoint: PFSR, printed: [{at: T, estimate: "4.0", ci: ["1.23", "6.77"]}]'
    plain, remarked = replicate(*eight(entry, head=spss)), replicate(*eight(entry, head=r))
    assert set(plain["status"]) == set(remarked["status"]) == {"reproduced"} and set(plain["why"]) == {""}
    first, interval = remarked["why"]
    assert (
        first
        == "under first time with S(t) ≤ 0.5; middle of the step at S(t) = 0.5 of R, which the paper names, gives 4.5"
    )
    assert interval == "under the SPSS interval; the log interval of R, which the paper names, gives 3.00–NR"


def test_the_convention_that_the_print_names_comes_first(eight):
    entry = 'statistic: median_survival, endpoint: PFSR, printed: [{at: T, method: plain, ci: ["2", "7"]}]'
    row = only(replicate(*eight(entry, head=f"{HEAD}software: SPSS 26.0\n")))
    assert (row["status"], row["method"], row["why"]) == ("reproduced", "plain", "")
    entry = entry.replace("plain", "log-log")
    row = only(replicate(*eight(entry)))
    assert row["why"] == "under the plain interval; the log-log interval as printed gives 1–7"


def test_an_interval_printed_na_is_reproduced_where_none_can_be_given(eight):
    head = f"{HEAD}software: SPSS 26.0\n"
    entry = 'statistic: median_survival, endpoint: PFSR, where: {{A: Y, B: {}}}, printed: [{{at: T, ci: "NA"}}]'
    one = only(replicate(*eight(entry.format("Y"), head=head)))  # one patient: no slope
    assert (one["status"], one["recomputed"]) == ("reproduced", "NE")
    three = only(replicate(*eight(entry.format("[Y, N]"), head=head)))  # S: 0.75, 0.5, 0.25, 0: an interval exists
    assert three["status"] == "not reproduced"


def test_a_limit_cut_at_zero_prints_as_a_bare_zero(eight):
    # Patients 1 to 4: m = 2, u = 1, l = 3: slope 0.25, se 0.25, so the half-width is 1.96 and the lower limit 0.04.
    head = f"{HEAD}software: SPSS 26.0\n"
    entry = 'statistic: median_survival, endpoint: PFSR, where: {{A: Y}}, printed: [{{at: T, ci: ["{}", "3.96"]}}]'
    assert only(replicate(*eight(entry.format("0.04"), head=head)))["status"] == "reproduced"
    assert only(replicate(*eight(entry.format("0"), head=head)))["status"] == "not reproduced"


@pytest.mark.parametrize(
    "entry, why",
    [
        ('statistic: count, where: {HIST: ADENO}, printed: [{at: T, count: "4"}]', "no patient-level column HIST"),
        ('statistic: log_rank, endpoint: PFSR, by: ECOG, printed: [{at: T, p: "0.1"}]', "no patient-level column ECOG"),
        (
            'statistic: longest, endpoint: PFS1, printed: [{at: T, estimate: "4"}]',
            "needs Progression-free survival on the first ICI course",
        ),
        ('statistic: mean, variable: SEX, printed: [{at: T, estimate: "4"}]', "is not a number"),
        (
            'statistic: count, event: {APHASE: INITIAL}, printed: [{at: T, count: "4"}]',
            "no adverse event of the course",
        ),
        ('statistic: pooled, outcome: OS, printed: [{at: T, hr: "0.9"}]', "no cohort gives it"),
        ('statistic: stated, what: dose, printed: [{at: T, value: "12"}]', "not a statistic of the subjects"),
    ],
)
def test_what_the_cohort_cannot_give_is_not_checkable_and_says_why(eight, entry, why):
    row = only(replicate(*eight(entry)))
    assert row["status"] == "not checkable" and why in row["why"] and row["recomputed"] == "" and row["value"] is None


def test_a_level_that_the_cohort_does_not_know_is_not_checkable(eight):
    head = HEAD.replace("levels: {N: 'No', Y: 'Yes'}", "levels: {N: 'No', M: 'Maybe', Y: 'Yes'}", 1)
    row = only(replicate(*eight('statistic: count, where: {A: M}, printed: [{at: T, count: "0"}]', head=head)))
    assert row["status"] == "not checkable" and row["why"] == "the column A of the cohort has no level M"


def test_a_group_that_only_the_registry_declares_is_made_from_the_cohort(eight):
    head = f"{HEAD}  AGEGR1: {{label: Age, from: AGE, cut: [60], levels: {{'<60': '<60', '>=60': '≥60'}}}}\n"
    row = only(replicate(*eight('statistic: count, where: {AGEGR1: "<60"}, printed: [{at: T, count: "2"}]', head=head)))
    assert row["status"] == "reproduced"


PROVED = 'statistic: count, where: {A: Y}, printed: [{at: T, percent: "50.1"}, {at: U, percent: "50.2"}]'


def test_a_number_that_the_audit_proves_impossible_is_a_misprint(eight):
    proof = AuditFinding(
        "impossible", (("e0", "percent", "50.1"),), ("T",), "No count of 8 gives 50.1%", "4/8 = 50", ("50.0",)
    )
    other = AuditFinding(
        "contradiction", (("e0", "percent", "50.2"), ("e0", "percent", "50.1")), ("T", "U"), "Two values", ""
    )
    first, second = (row for _, row in replicate(*eight(PROVED), [proof, other]).iterrows())
    assert (first["status"], first["why"]) == ("misprint", "No count of 8 gives 50.1%; nearest possible: 50.0")
    assert (second["status"], second["why"]) == ("not reproduced", "the cohort gives 50.0 (4 of 8); Two values")


def test_a_number_that_a_reconstruction_proves_impossible_is_a_misprint(eight):
    record = Record(impossible=(Impossible("e0", "percent", "50.2", "All 70 splits were tried", "50.0"),))
    frame = replicate(*eight(PROVED), record=record)
    assert frame["status"].tolist() == ["not reproduced", "misprint"]
    assert frame["why"][1] == "All 70 splits were tried; nearest possible: 50.0"


def test_the_percentage_of_a_count_that_cannot_be_is_a_misprint_with_it(eight):
    entry = (
        'statistic: count, where: {A: Y}, printed: [{at: Text, count: "3", percent: "37.5"}, {at: Table, percent:'
        ' "37.6"}]'
    )
    record = Record(impossible=(Impossible("e0", "count", "3", "The other level is printed as 4 of 8."),))
    frame = replicate(*eight(entry), record=record)
    assert frame["status"].tolist() == ["misprint", "misprint", "not reproduced"]  # 37.6 is no share of 3
    assert frame["why"][1] == "37.5% is 3 of 8. The other level is printed as 4 of 8"


def test_a_number_that_comes_back_is_no_misprint(eight):
    wrong = AuditFinding("impossible", (("e0", "percent", "50.0"),), ("T",), "Cannot be", "")
    frame = replicate(*eight('statistic: count, where: {A: Y}, printed: [{at: T, percent: "50.0"}]'), [wrong])
    assert only(frame)["status"] == "reproduced"


def test_without_patients_only_misprints_are_told_from_the_not_checkable(eight):
    registry, _ = eight(PROVED, 'statistic: pooled, outcome: OS, printed: [{at: T, hr: "0.9"}]', cohort=False)
    proof = AuditFinding("impossible", (("e0", "percent", "50.1"),), ("T",), "No", "")
    frame = replicate(registry, None, [proof])
    assert frame["status"].tolist() == ["misprint", "not checkable", "not checkable"]
    assert frame["why"].tolist() == [
        "No",
        "no patient-level data of this study",
        "a result of a meta-analysis: no cohort gives it",
    ]


def test_a_reading_of_the_registry_is_told_with_the_result(eight):
    entry = 'statistic: count, where: {A: Y}, reading: Early is read as the first four., printed: [{at: T, count: "4"}]'
    assert only(replicate(*eight(entry)))["why"] == "Reading: Early is read as the first four"


# --- the record of a reconstruction ----------------------------------------------------------------------------------


def test_the_record_of_a_reconstruction_is_read(tmp_path):
    assert read_record(tmp_path) is None
    text = """
seed: 7
engine: exact
solutions: 12
skeleton: {OS: [Times are free.]}
times: {OS: {3: 1.5}}
ensemble: {members: 49, asked: 50, spread: [{endpoint: "", quantity: size, group: "Sex: Male", lowest: 4.0, highest: NR}]}
impossible:
  - {id: a, part: ci, printed: ["1.0", "2.0"], proof: "Tried.", admissible: "1.0–2.1"}
contradictions:
  - {rule: A means B, why: Abstract, kept: 0, of: 9, proof: "None."}
"""
    (tmp_path / "reconstruction.yml").write_text(text, encoding="utf-8")
    record = read_record(tmp_path)
    assert (record.engine, record.seed, record.solutions) == ("exact", "7", "12")
    assert record.skeleton == {"OS": ("Times are free.",)} and record.times == {"OS": {3: 1.5}}
    assert record.impossible == (Impossible("a", "ci", "1.0–2.0", "Tried.", "1.0–2.1"),)
    assert record.contradictions == (GivenUp("A means B", 0, 9, "None.", "Abstract"),)
    assert (record.members, record.asked) == (49, 50)
    assert (record.spread[0]["lowest"], record.spread[0]["highest"]) == (4.0, float("inf"))


def test_a_record_of_one_cohort_has_one_member_and_no_spread(tmp_path):
    (tmp_path / "reconstruction.yml").write_text("engine: exact\nseed: 7\n", encoding="utf-8")
    record = read_record(tmp_path)
    assert (record.members, record.asked, record.spread, record.contradictions) == (1, 1, (), ())


def test_a_faulty_record_is_a_finding_with_its_row(tmp_path):
    text = """seed: 7
impossible:
  - {id: a, part: ci}
  - nonsense
skeleton: [Times are free.]
times:
  OS: none
contradictions:
  - {rule: A means B, kept: many, of: 9, proof: "None."}
ensemble: {members: "50", spread: [{quantity: size, lowest: few}]}
"""
    (tmp_path / "reconstruction.yml").write_text(text, encoding="utf-8")
    with pytest.raises(CohortError) as error:
        read_record(tmp_path)
    assert sorted(f.row for f in error.value.findings) == [3, 4, 5, 7, 9, 10, 10]
    assert "needs printed, proof" in str(error.value) and "contradictions.0.kept" in str(error.value)


# --- the shipped papers ----------------------------------------------------------------------------------------------

SURVIVAL = ("median_survival", "median_follow_up", "log_rank", "cox")


@pytest.fixture(scope="module")
def quzhou():
    return replicate_study(load_registry("quzhou-2025"))


def test_every_printed_survival_statistic_of_the_quzhou_paper_comes_back(quzhou):
    ids = {e.id for e in quzhou.registry.of(*SURVIVAL)}
    rows = quzhou.numbers[quzhou.numbers["id"].isin(ids)]
    assert len(rows) == 15 and set(rows["status"]) == {"reproduced"}
    intervals = rows[(rows["part"] == "95% CI") & (rows["method"] == "spss")]
    assert intervals["printed"].tolist() == ["4.13–7.81", "1.97–3.83"]
    assert intervals["why"].str.contains("of R, which the paper names, gives").all()


def test_the_misprints_of_the_quzhou_paper_are_percentages_that_no_rounding_gives(quzhou):
    wrong = quzhou.numbers[quzhou.numbers["status"] == "misprint"]
    assert set(wrong["part"]) == {"%"} and set(wrong["printed"]) == {"7.8", "53.7", "53.9", "69.1"}
    assert dict(zip(wrong["printed"], wrong["recomputed"], strict=True)) == {
        "7.8": "7.7",
        "53.7": "53.8",
        "53.9": "53.8",
        "69.1": "69.2",
    }
    assert count_statuses(quzhou.numbers)["not reproduced"] == 0
    cut = quzhou.numbers[quzhou.numbers["rounding"] == "truncated"]
    assert set(cut["printed"]) == {"46.1", "30.7"} and cut["why"].str.contains("under truncation").all()


def test_a_cohort_one_hundredth_of_a_month_off_no_longer_gives_the_printed_median(quzhou):
    cohort = load_cohort("quzhou-2025")
    times = cohort.table("adtte")
    moved = times.assign(AVAL=times["AVAL"].where((times["PARAMCD"] != "PFSR") | (times["AVAL"] != 2.9), 2.91))
    changed = replace(cohort, tables={**cohort.tables, "adtte": moved})
    frame = replicate(quzhou.registry, changed, quzhou.findings)
    lost = frame[(frame["status"] != quzhou.numbers["status"])]
    assert set(lost["id"]) == {"pfsr_median"} and set(lost["status"]) == {"not reproduced"}
    assert set(lost["printed"]) == {"2.90", "1.97–3.83"}  # "2.9", as the discussion prints it, holds


def test_what_is_not_checkable_in_the_quzhou_paper_is_what_it_states(quzhou):
    stated = {e.id for e in quzhou.registry.of("stated")}
    assert set(quzhou.numbers.loc[quzhou.numbers["status"] == "not checkable", "id"]) == stated


def test_the_guangzhou_paper_comes_back_but_for_its_misprints():
    numbers = replicate_study(load_registry("chen-2025")).numbers
    wrong = numbers[numbers["status"] == "misprint"]
    assert count_statuses(numbers)["not reproduced"] == 0
    survival = wrong[wrong["id"].str.startswith("pfsr")]
    assert dict(zip(survival["printed"], survival["recomputed"], strict=True)) == {
        "11.3": "10.3", "2.165–18.436": "2.165–18.435", "0.82": "0.08"}  # fmt: skip
    assert set(wrong["printed"]) - set(survival["printed"]) == {"66.1", "7.2", "4", "28.6"}
    table3 = numbers[(numbers["part"] == "95% CI") & (numbers["status"] == "reproduced")]
    assert set(table3["method"]) == {"spss"} and set(table3["why"]) == {""}  # SPSS, as the paper says
    cut = table3[table3["printed"].str.startswith("0–")]
    assert len(cut) == 9 and cut["recomputed"].tolist() == cut["printed"].tolist()
    assert (table3["printed"] == "NA").sum() == 7 and set(table3.loc[table3["printed"] == "NA", "recomputed"]) == {"NE"}


@pytest.mark.parametrize("study, checkable", [("xu-2023", 18), ("shi-2026", 11)])
def test_every_checkable_number_of_the_two_abstracts_comes_back(study, checkable):
    numbers = replicate_study(load_registry(study)).numbers
    assert count_statuses(numbers) | {"not checkable": 0} == {
        "not reproduced": 0, "misprint": 0, "reproduced": checkable, "not checkable": 0}  # fmt: skip
    weighted = numbers[numbers["what"].str.endswith(", weighted")]
    assert len(weighted) == (3 if study == "shi-2026" else 0)
    assert weighted["why"].str.contains("weights from Smoking status and Response to prior immunotherapy").all()


def test_every_printed_number_of_every_registry_has_one_row():
    for study in ("quzhou-2025", "chen-2025", "xu-2023", "shi-2026", "rechallenge-review-2026"):
        registry = load_registry(study)
        frame = replicate(registry)
        once = [list(dict.fromkeys((c.part, c.text, c.method) for c in e.cells)) for e in registry.entries]
        assert len(frame) == sum(map(len, once)) and frame["what"].str.len().min() > 0
        every = registry.frame()["printed"].tolist()
        assert set(frame["printed"]) == set(every) and len(frame) <= len(every)


# --- tables, JSON, command -------------------------------------------------------------------------------------------


def test_the_tables_hold_every_printed_number_once_and_the_failures_first(quzhou):
    tables = number_tables(quzhou)
    assert [t.title.split(":")[0] for t in tables] == ["Misprints", "Reproduced", "Not checkable"]
    told = sum(
        cell.count(", ") + 1
        for t in tables
        for row, level in zip(t.rows, t.indent, strict=True)
        if level
        for cell in [row[1]]
    )
    assert told == len(quzhou.numbers)
    rows = [row for t in tables for row in ledger_rows(t.results)]
    assert len({(n["item"], n["group"], n["statistic"]) for n in rows}) == len(rows)


def test_the_counts_are_said_in_one_line(quzhou):
    counts = {"not reproduced": 0, "misprint": 5, "reproduced": 61, "not checkable": 2}
    assert counts_text(counts) == "61 of 68 printed numbers reproduced, 5 proved misprints, 2 not checkable"
    assert (
        counts_text(dict.fromkeys(counts, 1))
        == "1 of 4 printed numbers reproduced, 1 proved misprint, 1 not reproduced, 1 not checkable"
    )
    said = f"{counts_text(count_statuses(quzhou.numbers))}; the pseudo-patients were built from these numbers"
    assert status_table(quzhou).key == [("Printed numbers of the paper", said)]


def test_the_findings_of_the_audit_come_one_table_a_kind_and_none_as_one_sentence(quzhou):
    tables = finding_tables(quzhou.findings)
    assert tables[0].title.startswith("The number cannot be true")
    assert sum(len(t.rows) for t in tables) == len(quzhou.findings)
    assert finding_tables(()).text == "The audit found nothing in the printed numbers."


def test_cited_studies_stand_with_what_each_source_prints():
    rows, study = {}, ""
    table = cited_table(load_registry("quzhou-2025"))
    for row, level in zip(table.rows, table.indent, strict=True):
        study = row[0] if level == 0 else study
        rows[study, row[0]] = row[1:]
    assert rows["Watanabe 2019", "median PFS"] == ["1.6 months", "–", "1.5 months"]
    assert rows["Watanabe 2019", "median PFS, 95% CI"] == ["–", "–", "0.8–2.6 months"]
    assert rows["Katayama 2019", "n"] == ["35", "19", "35"]
    with pytest.raises(NotAvailable, match="cited-studies.yml has none"):
        cited_table(load_registry("shi-2026"))


def test_a_cohort_without_registry_says_how_to_make_one():
    with pytest.raises(NotAvailable, match="rechallenge new ncctg-lung --published"):
        available_registry("ncctg-lung")


def test_json_holds_words_for_what_is_no_number(eight):
    registry, cohort = eight(
        'statistic: median_survival, endpoint: OS, printed: [{at: T, estimate: "NR", ci: "NA"}]',
        'statistic: stated, what: dose, printed: [{at: T, value: "12"}]',
    )
    plain = as_json(Replication(registry, replicate(registry, cohort)))
    assert [row["value"] for row in plain["numbers"]][0] == "NR" and plain["numbers"][2]["value"] is None
    json.dumps(plain, allow_nan=False)


def test_the_command_prints_the_counts_first_and_the_same_json_twice(command):
    code, text = command("replicate", "quzhou-2025")
    assert (
        code == 0 and text.startswith("quzhou-2025: 127 of ") and "Misprints: 14" in text and "under truncation" in text
    )
    first, second = (command("replicate", "quzhou-2025", "--json") for _ in range(2))
    assert first == second and first[0] == 0
    assert json.loads(first[1])["counts"]["reproduced"] == 127


def test_the_command_takes_a_study_without_patients(command):
    code, text = command("replicate", "rechallenge-review-2026")
    assert code == 0 and "a result of a meta-analysis" in text


@pytest.mark.parametrize(
    "study, words", [("quzhou", "Did you mean quzhou-2025?"), ("ncctg-lung", "no study ncctg-lung")]
)
def test_an_unknown_study_exits_1(command, study, words):
    code, text = command("replicate", study)
    assert code == 1 and words in text


def test_a_faulty_registry_exits_1_with_every_fault(eight, tmp_path, command):
    eight('statistic: count, printed: [{at: T, count: "8"}]')
    path = tmp_path / "data" / "c" / "published.yml"
    path.write_text(
        "title: T\nn: 8\nnumbers:\n  - {id: a, statistic: cuont}\n  - {id: b, statistic: count, printed: [{at: T,"
        " count: 8}]}\n"
    )
    code, text = command("replicate", "c")
    assert code == 1 and "unknown statistic" in text and "quotation marks" in text
