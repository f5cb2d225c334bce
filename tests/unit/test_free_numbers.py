"""What rests on a free choice of a reconstruction stands as a range or marked, and never with a P value as if known."""

import re
from dataclasses import replace
from itertools import combinations, product
from types import SimpleNamespace

import numpy as np
import pytest

from papercheck.files.findings import NotAvailable
from papercheck.registry.registry import load_registry
from rechallenge.cohort import load_cohort
from rechallenge.derive.adverse_events import derive_paired_events, derive_worst_grade
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.derive.pairs import derive_pairs
from rechallenge.derive.patterns import derive_patterns
from rechallenge.derive.population import derive_population
from rechallenge.derive.resistance import classify
from rechallenge.derive.treatment import derive_comparison, derive_weights
from rechallenge.replication.prints import events_known, grades_printed, held_to_prints
from rechallenge.replication.verdict import replicate_study
from rechallenge.sections import paired
from rechallenge.sections.curves import survival_figure
from rechallenge.sections.effects import arm_table, effects_table, estimate_effects
from rechallenge.sections.event_groups import event_group_table, group_again_table
from rechallenge.sections.forests import brief_forest, forest_figure
from rechallenge.sections.multiverse import agreement_table, multiverse, multiverse_table
from rechallenge.sections.other_tests import other_tests
from rechallenge.sections.population import baseline_table, missing_table
from rechallenge.sections.published import headline_table
from rechallenge.sections.regression import cox_table, multivariable_model, univariable_models
from rechallenge.sections.resistance_patterns import interaction_table
from rechallenge.sections.small_samples import firmness_table, firth_table, mean_table
from rechallenge.sections.subgroups import subgroup_table
from rechallenge.sections.survival import survival_table
from smallsurv.paired import mcnemar, mcnemar_range

INTERVAL = re.compile(r"\(-?[\d.]+(–| to )")  # '(0.79–4.60' or '(-3.15 to 0.62'


@pytest.fixture(scope="module")
def quzhou():
    return derive_population(load_cohort("quzhou-2025"))


@pytest.fixture(scope="module")
def xu():
    return derive_population(load_cohort("xu-2023"))


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
    assert found["recurrence"] == (
        pytest.approx((min(shares), max(shares))) if a else pytest.approx((np.nan,) * 2, nan_ok=True)
    )


def test_where_the_numbers_of_patients_are_a_range_so_is_all_that_follows():
    whole = mcnemar_range((1, 3), (0, 2), 5)
    single = [mcnemar_range((a, a), (b, b), 5) for a, b in product(range(1, 4), range(3))]
    for name, (low, high) in whole.items():
        assert (low, high) == (min(s[name][0] for s in single), max(s[name][1] for s in single))


@pytest.mark.slow
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
    assert "without an interval and without a P value" in " ".join(table.notes)
    assert not [row for row in rows if INTERVAL.search(" ".join(row[1:]))] and INTERVAL.search(known[3])
    firth = firth_table(pfsr, models.frame, models.penalized, False)
    free = [row for row in firth.rows if "†" in row[0]]
    assert free and all(row[-1] == "–" and not INTERVAL.search(" ".join(row[1:])) for row in free)


@pytest.mark.parametrize(
    ("free", "factors"),
    [
        ("", ["A"]), ("", ["A", "A"]), ("", ["B"]), ("yes", ["A", "B"]), ("yes", ["B", "D"]), ("yes", ["C"]),
        ("yes", ["C", "D"]), ("", ["D"]), ("", ["D", "E"]), ("", []), ("yes", ["NOT_NAMED"]),
    ],
)  # fmt: skip
def test_prints_bind_who_carries_each_factor_and_never_who_carries_two(free, factors, xu):
    entries = {"A": ("constrained", ["PFSR"]), "B": ("constrained", ["PFSR"]), "C": ("constrained", None)}
    entries |= {"D": ("determined", None), "E": ("determined", None)}
    known = {f"adsl.{k}": {"status": s, "note": "", **({"ties": t} if t else {})} for k, (s, t) in entries.items()}
    meta = replace(xu.meta, provenance={"adsl": {"status": "synthetic", "note": ""}, **known})
    assert meta.is_free(*factors) is bool(free) and not replace(meta, kind="patients").is_free(*factors)


def test_factors_that_prints_bind_one_by_one_are_free_in_one_model_but_for_its_printed_p(xu):
    times, names = derive_endpoints(xu, ["PFSR"]), ["RESIST", "PROGTYPE", "INTERIM"]
    joint, alone = multivariable_model(times, names), univariable_models(times, names)
    tables = [cox_table(joint), firth_table(times, joint.frame, joint.penalized, True)]
    for table in tables:
        cells = [cell for row in table.rows for cell in row[1:]]
        assert not INTERVAL.search(" ".join(cells)) and all(r.free for r in table.results)
        assert "that of one reconstruction" in " ".join(table.notes)
    heads = [row for row in tables[0].rows if not row[1]]
    assert len(heads) == 3 and all("†" in row[0] for row in [*heads, *tables[1].rows])
    assert [row[4] for row in tables[0].rows if row[1]] == ["–", "0.006, as printed", "–"]
    assert not [r for r in cox_table(alone).results if r.free]
    patterns = derive_patterns(xu, classify(xu).rows)
    joint = multivariable_model(derive_endpoints(patterns, ["PFSR"]), ["RESCLASS", "PROGTYPE", "INTERIM"])
    assert [row[4] for row in cox_table(joint).rows if row[1]] == ["–", "0.006, as printed", "–"]


@pytest.mark.slow
def test_strata_that_are_free_mark_what_is_stratified_and_nothing_else():
    trial = derive_comparison(derive_population(load_cohort("shi-2026")), "PFSR")
    table = other_tests(trial, strata=["SMOKE"])
    free = [row for row in table.rows if "†" in row[0]]
    assert [row[2] for row in free] == ["–", "–"] and all("stratified" in row[0] for row in free)
    assert not INTERVAL.search(" ".join(row[1] for row in free)) and len(table.rows) > 6
    assert [r.free for r in table.results] == ["†" in row[0] for row in table.rows]
    assert all(row[2] != "–" for row in table.rows if row not in free)


@pytest.mark.slow
def test_a_forest_counts_and_fills_nothing_that_is_free(pfsr):
    models = univariable_models(pfsr, ["NMETGR1", "ECOG"])
    for shown in (forest_figure(models), brief_forest(univariable_models(pfsr, [*pfsr.cohort.factors]))):
        assert "of those without †: ECOG" in shown.alt and "Number of metastatic" not in shown.alt


@pytest.mark.slow
def test_groups_that_are_a_free_choice_are_not_tested(pfsr):
    table = subgroup_table(pfsr, ["SEX", "ECOG"])
    heads = {row[0]: row[-3:] for row in table.rows if not row[1]}
    assert heads["Sex †"] == ["–", "–", "–"] and heads["ECOG performance status"][0] == "0.004"
    levels = {row[0]: row[3] for row in table.rows if row[1]}
    assert not INTERVAL.search(levels["Female"]) and INTERVAL.search(levels["2"])
    free, known = survival_figure(pfsr, "SEX"), survival_figure(pfsr, "ECOG")
    assert "Log-rank" not in free.alt and "Log-rank" in known.alt
    assert "95%" not in " ".join([free.alt, *free.notes]) and "Bands" in " ".join(known.notes)


def test_courses_paired_by_choice_have_no_p_value(quzhou):
    pairs = derive_pairs(derive_endpoints(quzhou, ["PFSR", "PFS1"]))
    rows = {row[0]: row[2:4] for row in paired.courses_table(pairs).rows}
    free = [cells for name, cells in rows.items() if "†" in name]
    assert [p for _, p in free] == ["–"] * 3 and not [text for text, _ in free if INTERVAL.search(text)]
    assert rows["Hazard ratio, as if unpaired"] == ["1.91 (0.79–4.60)", "0.148"]
    assert not [row for row in paired.ratio_table(pairs, 1.33).rows if INTERVAL.search(row[3])]


@pytest.mark.slow
def test_what_is_weighted_by_a_free_choice_has_no_interval_and_the_printed_p_alone():
    shi = derive_population(load_cohort("shi-2026"))
    trial = derive_comparison(shi, "PFSR")
    effects = estimate_effects(trial, derive_weights(trial), replicates=100)
    (*arms, tests), ratios = arm_table(effects).rows, effects_table(effects)
    assert [INTERVAL.search(row[3]) is not None for row in arms] == [True, True]
    assert [row[5] for row in arms] == ["11.49", "6.89"] and tests[5] == "P 0.01, as printed"
    free = {row[0]: row[3:] for row in ratios.rows if "†" in row[0]}
    assert len(free) == 3 and all(INTERVAL.search(ratio) is None for ratio, _, _ in free.values())
    assert all(cells[1:] == ["–", "–"] for cells in free.values())
    ((_, said),) = ratios.key
    assert "in one reconstruction, without an interval" in said and "95% CI" not in said
    firm = {row[0]: row[2:] for row in firmness_table(derive_endpoints(shi, ["PFSR"]), ["ARM", "SMOKE"]).rows}
    (difference, ratio, _, changes) = next(cells for name, cells in firm.items() if "†" in name)
    assert not INTERVAL.search(f"{difference} {ratio}") and changes == "–"


@pytest.mark.slow
def test_agreement_and_contrasts_of_classes_that_are_chosen_freely_have_no_interval(quzhou, pfsr):
    resistance = classify(quzhou)
    agreed = agreement_table(resistance)
    assert not [row for row in agreed.rows if INTERVAL.search(row[3])] and "has no interval" in agreed.notes[2]
    frame = multiverse(resistance, pfsr)
    cells = " ".join(" ".join(row[5:7]) for row in multiverse_table(resistance, frame, pfsr).rows)
    assert frame["free"].all() and not INTERVAL.search(cells)


OWN_PSEUDO = "title: T\nkind: pseudo\ntime_unit: months\nprimary_endpoint: PFSR\n"
TIMES = "USUBJID,PARAMCD,AVAL,CNSR\n" + "".join(f"{s},PFSR,{t},0\n" for s, t in zip("ABCD", (2, 4, 6, 8), strict=True))
TIMES += "".join(f"{s},OS,9,1\n" for s in "ABCD")


def test_pseudo_patients_without_a_registry_are_never_said_to_be_printed_or_not(write_cohort):
    adae = "USUBJID,APHASE,AEDECOD,ATOXGR\nA,RECHALLENGE,Rash,1\n"
    write_cohort(yml=OWN_PSEUDO, adsl="USUBJID,AGE\nA,60\nB,70\nC,65\nD,50\n", adtte=TIMES, adae=adae)
    cohort = derive_population(load_cohort("c"))
    for code in ("PFSR", "OS"):
        table = survival_table(derive_endpoints(cohort, [code]))
        said = [
            *table.notes,
            *(cell for row in table.rows for cell in row),
            *(part for line in table.key for part in line),
        ]
        assert "print" not in " ".join(said), code
    assert grades_printed(cohort, (5, 5), "RECHALLENGE") and events_known(cohort, "OS") and not held_to_prints(cohort)


@pytest.mark.slow
def test_what_is_not_printed_of_a_reconstruction_has_its_range(xu):
    notes = " ".join(survival_table(derive_endpoints(xu, ["PFSR"])).notes)
    assert "over 50 drawn cohorts median 4.10–5.40, events 17–38 and median follow-up 4.00–NR" in notes
    notes = " ".join(survival_table(derive_endpoints(xu, ["PFS1"])).notes)
    assert "PFS1: that all had the event is a reading of the paper, not a printed number." in notes
    assert "Censored: 37." in " ".join(survival_table(derive_endpoints(xu, ["OS"])).notes)
    for table in (baseline_table(xu), subgroup_table(derive_endpoints(xu, ["PFSR"]), ["RESIST", "INTERIM"])):
        said = " ".join(table.notes)
        assert "over 50 drawn cohorts: Treatment between first course and rechallenge: No 11–25, Yes 15–29" in said
        assert "Resistance to the first ICI course: " not in said.partition("over 50 drawn cohorts: ")[2]


def test_a_range_with_a_negative_end_says_to():
    lung = derive_population(load_cohort("ncctg-lung"))
    rows = {row[0]: row[1] for row in baseline_table(lung).rows}
    assert rows["Weight loss in the last six months, lb"] == "7 (-24 to 68)"


@pytest.mark.slow
def test_what_arises_later_is_not_called_a_baseline_value():
    chen = derive_population(load_cohort("chen-2025"))
    table = missing_table(chen)
    assert "baseline" not in table.title and "Anlotinib reduced to 8 mg (arises later)" in " ".join(table.notes)


def test_a_group_of_adverse_events_of_pseudo_patients_has_bounds_and_no_interval(quzhou):
    group = SimpleNamespace(label="Blood", terms=["anaemia", "Leukopenia"], source="the test")
    cohort = replace(quzhou, meta=replace(quzhou.meta, event_groups={"BLOOD": group}))
    table = event_group_table(cohort)
    assert [row[:3] for row in table.rows] == [
        ["Blood, First ICI course †", "13", "7–11"],
        ["Blood, ICI rechallenge †", "13", "6–9"],
    ]
    assert all(r.free for r in table.results) and "choice" in " ".join(table.notes)
    with pytest.raises(NotAvailable, match="free choice"):
        group_again_table(cohort)


def test_two_characteristics_that_prints_bind_one_by_one_are_chosen_together(xu):
    study = derive_patterns(xu, classify(xu).rows)
    table = interaction_table(derive_endpoints(study, ["PFSR"]), ["PROGTYPE", "INTERIM"])
    heads = [row for row in table.rows if not row[1]]
    assert len(heads) == 2 and all("†" in row[0] and row[-1] == "–" for row in heads)
    assert all(r.free for r in table.results) and "both characteristics" in " ".join(table.notes)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "read"), [("xu-2023", 6), ("chen-2025", 0)])
def test_a_headline_that_rests_on_a_reading_says_so(name, read):
    table = headline_table(replicate_study(load_registry(name)))
    assert sum("(as read)" in row[0] for row in table.rows) == read
    assert any("As read: " in note for note in table.notes) is bool(read) and "What the abstract prints" in table.title
    review = headline_table(replicate_study(load_registry("rechallenge-review-2026")))
    assert "the abstract and a report" in review.title


def test_where_no_event_is_printed_nobody_is_counted_as_censored(quzhou):
    table = survival_table(derive_endpoints(quzhou, ["OS"]))
    assert table.rows[0][2] == "not printed" and "Censored" not in " ".join(table.notes)
    with pytest.raises(NotAvailable, match="the events of OS, which are not printed"):
        mean_table(derive_endpoints(quzhou, ["OS"]))


def test_a_ratio_that_all_drawn_cohorts_share_is_said_to_be_the_same_in_each(pfsr):
    ((_, said),) = [line for line in cox_table(univariable_models(pfsr, ["PDL1GR1"])).key]
    assert said.endswith(": 0.31 in each of 20 drawn cohorts, not printed")


@pytest.mark.slow
def test_the_key_results_give_the_range_of_what_is_not_printed_and_no_interval_of_one_reconstruction(xu, pfsr):
    outcome = derive_endpoints(xu, ["PFSR"])
    models = univariable_models(outcome, ["RESIST", "PROGTYPE"])
    said = [text for _, text in [*cox_table(models).key, *survival_table(outcome).key]]
    said += [text for _, text in survival_table(derive_endpoints(xu, ["OS", "PFS1"]), "PARAMCD").key]
    resistance = classify(xu)
    said += [text for _, text in multiverse_table(resistance, multiverse(resistance, outcome), outcome).key]
    said += [text for _, text in cox_table(multivariable_model(outcome, ["RESIST", "PROGTYPE"])).key]
    assert "0.21–0.36 over 50 drawn cohorts, not printed (0.32 in the one shown)" in said[0]
    printed = [text for text in said if "95% CI" in text]
    assert len(printed) == 1 and printed[0].startswith("printed 5.2 (95% CI 3.6–6.8); the pseudo-patients give 5.20")
    assert not re.search("P [=<]", " ".join(said)) and "without intervals" in said[-1]
    ((_, known),) = cox_table(univariable_models(pfsr, ["ECOG"])).key
    assert "6.839 (95% CI 1.557–30.032, Wald), P = 0.011" in known  # as the paper prints it


@pytest.mark.slow
def test_many_ratios_that_are_not_printed_have_no_range_of_p_values():
    chen = derive_endpoints(derive_population(load_cohort("chen-2025")), ["PFSR"])
    ((label, said),) = cox_table(univariable_models(chen, [*chen.cohort.meta.subgroups])).key
    assert label.endswith("of the subgroups with two levels") and said == "9 comparisons; each stands in its section"
