"""What is said of pseudo-patients: what the paper prints leads,
what it does not print is called so, what is free is marked.
"""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from papercheck.registry.labels import describe_entry
from papercheck.registry.registry import load_registry
from rechallenge import wb
from rechallenge.cohort.cohort import load_cohort
from rechallenge.derive.population import derive_population
from rechallenge.derive.resistance import chosen_definitions, classify, settled_class
from rechallenge.replication.prints import drawn, headline_text, headlines, printed_median, ratio_printed
from rechallenge.replication.said import said_entry
from rechallenge.results import Result
from rechallenge.run import methods
from rechallenge.run.answer import MODELS, answer
from rechallenge.run.build import _printed_pools
from rechallenge.sections.resistance_figures import _count_text
from rechallenge.text.language import say, spaced, speaking
from smallsurv.paired import ratio_range


@pytest.fixture(scope="module")
def quzhou():
    return derive_population(load_cohort("quzhou-2025"))


@pytest.mark.parametrize("first, second", [((1, 2, 4, 7), (1.5, 3, 3, 20)), ((2, 2, 2), (2.66, 1, 9)), ((5,), (1,))])
def test_the_range_of_a_share_over_all_pairings_is_that_of_every_pairing_tried(first, second):
    tried = [sum(b >= 1.33 * a for a, b in zip(first, order, strict=True)) for order in permutations(second)]
    pairs = pd.DataFrame({"first": first, "second": second, "ratio": 1.0})
    assert ratio_range(pairs, 1.33) == (min(tried), max(tried))


def test_a_first_course_without_an_event_is_paired_with_nobody():
    pairs = pd.DataFrame({"first": [1.0, 50.0], "second": [2.0, 0.5], "ratio": [2.0, float("nan")]})
    assert ratio_range(pairs, 1.33) == (0, 1)


@pytest.mark.slow
def test_a_share_that_hangs_on_the_pairing_is_a_range_in_the_key_results_and_marked_in_the_table(quzhou):
    table = wb.ratio_table(wb.pairs(wb.outcome(quzhou, ["PFSR", "PFS1"], "cohort", "last follow-up")), 1.33)
    ((_, said),) = table.key
    assert said.startswith("not determined: with these times 0 to 7 of 13") and "95% CI" not in said
    assert all(row[0].endswith("†") for row in table.rows)


@pytest.mark.slow
def test_any_adverse_event_that_is_not_printed_stands_between_its_bounds(quzhou):
    harms = wb.adverse_event_table(quzhou, wb.worst_grade(quzhou), wb.course_sizes(quzhou))
    first, again = (text for _, text in harms.key)
    assert "any grade not printed, 7 to 13 of 13" in first and "3–4 not printed, 2 to 6 of 13" in first
    assert "any grade not printed, 6 to 13 of 13" in again and "worst grade 3–4 1/13" in again
    assert harms.rows[0][0].endswith("†") and "7–13" in harms.rows[0]
    chen = derive_population(load_cohort("chen-2025"))
    harms = wb.adverse_event_table(chen, wb.worst_grade(chen), wb.course_sizes(chen))
    assert harms.rows[0] == ["Any adverse event", "9 (64.3)", "8 (57.1)", "1 (7.1)"]


@pytest.mark.slow
def test_every_estimate_of_a_model_with_a_free_factor_is_marked(quzhou):
    times = wb.outcome(quzhou, "PFSR", "cohort", "last follow-up")
    joint = wb.multivariable_model(times, ["SEX", "ECOG"])
    table, alone = wb.cox_table(joint), wb.cox_table(wb.univariable_models(times, ["SEX", "ECOG"]))
    heads = {row[0]: row for row in table.rows if not row[1]}
    assert all(head.endswith("†") for head in heads)
    assert "of the model together is a free choice" in " ".join(table.notes)
    assert [row[0] for row in alone.rows if not row[1]] == ["Sex\N{NO-BREAK SPACE}†", "ECOG performance status"]
    assert not any("adjusted for their number" in note for note in alone.notes)
    figure = wb.survival_figure(times, "SEX")
    assert figure.title.endswith("†") and "Sex †" in str(figure.title)


@pytest.mark.parametrize(
    ("study", "said"),
    [
        ("chen-2025", ["PFSR median, PD-L1: Positive: 13.0", "10.3", "P 0.048", "28.6%", "92.9%"]),
        ("shi-2026", ["weighted: 11.49", "weighted: 6.89", "P 0.01", "P 0.03", "19.47"]),
        ("xu-2023", ["7.0", "2.1", "P 0.006", "5.4", "1.1", "P <0.001"]),
        ("quzhou-2025", ["2.90, 95% CI 1.97–3.83", "HR 6.839", "46.1%", "38.5%", "61.5%"]),
        ("rechallenge-review-2026", ["HR 0.91, 95% CI 0.82–0.99", "HR 0.89", "OR 1.12", "HR 0.86"]),
    ],
)
def test_the_headlines_of_a_paper_stand_together_as_printed(study, said):
    texts = " | ".join(headline_text(lines) for _, lines in headlines(load_registry(study)))
    assert [piece for piece in said if piece not in texts] == []


def test_a_review_answers_with_the_pools_that_it_prints():
    printed = _printed_pools(load_registry("rechallenge-review-2026"))
    assert answer([], None, printed)[0].startswith("The review prints Pooled OS: HR 0.91") and "3,081" not in printed


@pytest.mark.slow
def test_what_is_not_printed_has_its_spread_and_what_is_printed_leads():
    xu, shi, lung = (load_cohort(name) for name in ("xu-2023", "shi-2026", "ncctg-lung"))
    assert printed_median(xu, "PFS1") == ("5.2", "3.6–6.8") and printed_median(xu, "PFSR") == ("", "")
    spread = drawn(shi, "events", "PFSR")
    assert (spread.lowest, spread.highest, spread.members) == (40, 95, 50)
    assert drawn(xu, "hr", "PFSR", "RESIST", ("ACQUIRED", "PRIMARY")).lowest < 0.25
    assert drawn(lung, "events", "OS") is None and drawn(shi, "events", "PFSR", at=6.0) is None
    assert ratio_printed(load_cohort("quzhou-2025"), "PFSR", "ECOG", "2") and not ratio_printed(
        xu, "PFSR", "RESIST", "ACQUIRED"
    )


def test_the_answer_for_pseudo_patients_says_what_is_printed_and_no_interval_of_one_reconstruction():
    values = {"n": 101, "events": 60, "median": 7.1, "ci_low": 6.9, "ci_high": 11.49}
    units = dict.fromkeys(("median", "ci_low", "ci_high"), "months")
    result = Result("survival.median", values, units, endpoint="PFSR", method="log-log")
    said = " ".join(answer([result], load_cohort("shi-2026")))
    assert "7.10 months (as printed, without an interval; 40 to 95 of 101 with an event over the cohorts drawn" in said
    assert "6.90" not in said and "60 of 101" not in said


def test_only_definitions_that_are_no_free_choice_are_counted():
    frame = pd.DataFrame({"reason": [""] * 3, "hr": [0.5, 0.4, 2], "hr_low": [0.3, 0.2, 1.5], "hr_high": [0.8, 0.7, 3]})
    assert "under 1 of 1 definition without †; the interval excludes 1 under 1" in _count_text(
        frame.assign(free=[False, True, True])
    )
    assert "No definition" in _count_text(frame.assign(free=True))
    assert "2 of 3 definitions with an estimate" in _count_text(frame.assign(free=False))


@pytest.mark.slow
def test_the_paper_of_one_course_has_no_picture_of_two():
    chen = derive_population(load_cohort("chen-2025"))
    pictures = wb.first_picture(wb.outcome(chen, ["PFS1", "PFSR"], "cohort", "last follow-up"))
    said = [" ".join(map(str, (p.title, p.alt, *p.notes))).lower() for p in pictures]
    assert not [text for text in said if "both courses" in text] and all(
        "the course of each patient" in t for t in said
    )


def test_what_is_alike_in_all_reconstructions_is_no_range():
    values, units = {"median": 11.7, "ci_low": 2.3, "ci_high": 13.0, "n": 14, "events": 10}, {"median": "months"}
    result = Result("survival.median", values, units, endpoint="PFSR", method="log-log")
    said = " ".join(answer([result], load_cohort("chen-2025")))
    assert "10 of 14 with an event in each cohort drawn, not printed" in said and "10 to 10" not in said
    chen = derive_population(load_cohort("chen-2025"))
    table = wb.survival_table(wb.outcome(chen, "PFSR", "cohort", "last follow-up"), None, "log-log")
    assert "events 10 in each" in " ".join(map(str, [*table.notes, table.key])) and "10–10" not in str(table.key)


def test_the_ways_of_comparing_arms_are_said_in_chinese():
    with speaking("zh"):
        assert not [model for model in MODELS if str(say(model)) == model]


def test_the_population_of_another_time_and_disease_asks_for_no_rechallenge():
    assert load_cohort("ncctg-lung").meta.confirmed.course == "neither"


@pytest.mark.parametrize("study", ["chen-2025", "quzhou-2025", "rechallenge-review-2026", "shi-2026", "xu-2023"])
def test_an_entry_is_called_the_same_here_as_in_the_audit_and_in_chinese_without_english_words(study):
    registry = load_registry(study)
    assert all(said_entry(entry, registry) == describe_entry(entry, registry) for entry in registry.entries)
    with speaking("zh"):
        said = [
            said_entry(e, registry)
            for e in registry.entries
            if e.statistic in ("median_survival", "log_rank", "pooled")
        ]
    assert not [text for text in said if "median" in text or "log-rank" in text or "Pooled" in text]


def test_parts_of_a_chinese_sentence_stand_with_the_spaces_of_the_language():
    assert spaced("按ECOG 体能状态评分，中位 总生存期。 共3例", "zh") == "按 ECOG 体能状态评分，中位总生存期。共 3 例"
    assert spaced("by ECOG。 x", "en") == "by ECOG。 x"


def test_a_class_that_the_study_states_of_everybody_is_no_free_choice(quzhou):
    stated = [code for code in chosen_definitions(quzhou) if settled_class(quzhou, code) == "acquired"]
    assert stated == ["SCH21", "WANG25", "HUDSON", "MRTX500", "JUNG22"]
    assert settled_class(quzhou, "JITC90") == settled_class(quzhou, "SITC20") == ""  # the single times decide
    ((_, said),) = wb.class_table(classify(quzhou)).key
    assert "acquired resistance in all 13 of them, under 5 of the 7 definitions" in said
    later = replace(
        quzhou, meta=replace(quzhou.meta, first_course={"pd_after_last_dose": "<=7 months", "source": "Text"})
    )
    assert settled_class(later, "SCH21") == "" and settled_class(later, "JUNG22") == "acquired"
    unasked = replace(quzhou, meta=replace(quzhou.meta, eligibility=quzhou.meta.eligibility[:1]))
    assert settled_class(unasked, "SCH21") == ""  # no response is asked for
    assert settled_class(load_cohort("xu-2023"), "SCH21") == ""
    with speaking("zh"):
        ((_, said),) = wb.class_table(classify(quzhou)).key
    assert "5 种将全部 13 例判为获得性耐药" in said and "stat" not in said


def prose(name, *results):
    """The Results paragraphs of some results of a pseudo-cohort, as one text."""
    facts = {"parameters": {"interval": {"value": "log-log"}}, "changed": {}, "versions": {}, "n": 9, "kind": "pseudo"}
    said = methods.paragraphs(results, facts | {"name": name}, load_cohort(name))
    return " ".join(text for part, _, text in said if part == "Results")


def median_of(value, **ids):
    values = {"n": 40, "events": 33, "median": value, "ci_low": 1.11, "ci_high": 9.99}
    return Result("survival.median", values, dict.fromkeys(values, "months"), endpoint="PFSR", method="log-log", **ids)


def ratio_of(variable, level, reference, **ids):
    values = {"hr": 7.77, "ci_low": 1.11, "ci_high": 9.99, "p": 0.0123}
    found = {"variable": variable, "level": level, "reference": reference, "model": "univariable"}
    return Result("hazard_ratio", values, endpoint="PFSR", **found | ids)


@pytest.mark.slow
def test_the_results_prose_leads_with_the_print_and_calls_the_rest_one_reconstruction():
    said = prose("quzhou-2025", median_of(2.9), ratio_of("ECOG", "2", "0-1"), median_of(1.7, by="ECOG", level="2"))
    assert (
        "Median PFSR was 2.90 months (95% CI 1.97–3.83) as printed; the number of events is not printed, 10 to" in said
    )
    assert "alone, was 6.839 (95% CI 1.557–30.032; P = 0.011) as printed" in said
    assert "median PFSR was 1.68 months as printed, without an interval" in said
    said = prose("xu-2023", median_of(4.2), ratio_of("RESIST", "ACQUIRED", "PRIMARY"))
    assert "Median PFSR, not printed, was 4.20 months in one reconstruction and 4.10 to 5.40 over those drawn" in said
    assert "was 7.77 in one reconstruction and 0.2" in said and "P = 0.006" not in said
    said = prose(
        "shi-2026",
        median_of(7.1),
        *(ratio_of(v, *levels, model="multivariable") for v, levels in (("ARM", ("CIA", "CI")), ("AGE", ("", "")))),
        median_of(7, landmark=3.0),
    )
    assert "7.10 months as printed, without an interval; the number of events is not printed, 40 to 95 of 40" in said
    assert "Adjusted for each other, hazard ratios for PFSR were, in one reconstruction where not called" in said
    assert "from 3 months on, not printed, was 7.00 months in one reconstruction; the number of events among 40" in said
    assert not any(n in said for n in ("1.11", "9.99", "33", "0.012"))


def test_the_prose_says_by_which_definition_patients_are_classed():
    classed = ratio_of("RESCLASS", "acquired", "primary")
    place = {"by": "RESCLASS", "variable": "A"}
    agreed = [
        Result("resistance.agreement", {"n": 9.0, "acquired there, primary here": 0}, reference="HUDSON", **place)
    ]
    agreed += [Result("resistance.agreement", {"n": 9.0}, reference=c, **place) for c in ("XU23", "WANG25")]  # of pairs
    said = prose("ncctg-lung", classed, *agreed)
    assert "The class of resistance is by this definition: HUDSON." in said
    assert "definition" not in prose("ncctg-lung", *agreed) + prose("ncctg-lung", replace(classed, free=True), *agreed)


@pytest.mark.slow
def test_a_print_that_the_others_do_not_allow_is_called_a_misprint_where_it_leads():
    said = prose("chen-2025", median_of(10.3, by="HIST", level="ADENO"), median_of(13.0, by="PDL1GR1", level="POS"))
    assert "11.3 months (95% CI 2.165–18.436) as printed, which the other printed numbers do not allow" in said
    assert "13.0 months (95% CI 4.86–21.140) as printed;" in said


def test_a_median_of_events_that_no_paper_gives_is_never_called_not_reached():
    values = {"n": 13, "events": 0, "median": np.inf, "ci_low": np.inf, "ci_high": np.inf}
    unknown = Result("survival.median", values, dict.fromkeys(values, "months"), endpoint="OS", method="log-log")
    said = prose("quzhou-2025", unknown)
    assert "Median OS is not printed, and the number of events among 13 is not printed." in said
    assert "not reached" not in said


def test_events_of_a_group_of_unknown_size_are_never_more_than_its_patients():
    said = prose("xu-2023", median_of(1.1, by="PROGTYPE", level="SYSTEMIC"))
    assert "6 to 20 of 9 to 20 over the reconstructions drawn" in said


def test_results_of_one_kind_stand_in_one_sentence_that_says_once_what_is_of_one_reconstruction():
    rates = [
        Result("survival.rate", {"survival": s, "ci_low": 0.1, "ci_high": 0.9, "n_risk": 9}, endpoint="PFSR", at=at)
        for s, at in ((0.65, 3.0), (0.36, 6.0))
    ]
    said = prose("xu-2023", *rates)
    assert said.count("one reconstruction") == 1 and "65.0% at 3 months and 36.0% [28.5% to 42.3%] at 6 months" in said
    tests = [
        Result(f"survival.log_rank{kind}", {"p": p}, endpoint="PFSR", by="RESIST")
        for kind, p in (("", 0.0031), ("_exact", 0.0042))
    ]
    said = prose("xu-2023", *tests, *tests, *(replace(r, by="RESCLASS") for r in tests))
    assert said.count("P 0.003 as printed") == said.count("P = 0.004") == 1 and "class of resistance" not in said


def test_the_headlines_of_the_abstract_stand_in_the_results_prose_in_english_whatever_the_report():
    for code in ("en", "zh"):
        with speaking(code):
            assert "PFSR median, Rechallenge regimen: Chemo-immunotherapy, weighted: 6.89" in prose("shi-2026")
    assert "Type of progression (as read): P <0.001" in prose("xu-2023") and "HR 0.91" not in prose("xu-2023")


def test_patients_keep_their_intervals_and_counts_in_the_prose():
    said = prose("ncctg-lung", median_of(2.9))
    assert said.startswith("9 pseudo-patients") and "2.90 months (95% CI 1.11–9.99; events in 33 of 40" in said


def test_a_median_that_the_paper_prints_stands_in_a_column_of_its_own():
    xu = derive_population(load_cohort("xu-2023"))
    table = wb.survival_table(wb.outcome(xu, ["PFS1", "PFSR"], "cohort", "last follow-up"), "PARAMCD", "log-log")
    assert table.columns[3:5] == [
        "Median of the pseudo-patients (months, 95% CI, log-log)",
        "Printed median (months, 95% CI)",
    ]
    (printed,) = [r for r in table.results if r.quantity == "printed.value"]
    assert [printed[k] for k in ("printed", "printed_low", "printed_high")] == [5.2, 3.6, 6.8]
    assert [row[4] for row in table.rows] == ["5.2 (3.6–6.8)", "–"] and table.rows[0][3].startswith("5.2")
    survival = wb.survival_table(wb.outcome(xu, "OS", "cohort", "last follow-up"), None, "log-log")
    assert survival.rows[0][4] == "NR"  # printed, without an interval
    lung = derive_population(load_cohort("ncctg-lung"))
    assert wb.survival_table(wb.outcome(lung, "OS"), None, "log-log").columns[3] == "Median (days, 95% CI)"


def test_methods_do_not_deny_what_the_report_did_and_results_hold_no_invalid_comparison():
    facts = {
        "parameters": {"continuous": {"value": "median"}},
        "changed": {},
        "versions": {},
        "kind": "patients",
        "n": 2,
        "profile": "",
    }
    made = [Result(q, {"n": 1.0}, {}) for q in ("baseline.share", "imputation.hazard_ratio", "shape.test")]
    ratio = {"hr": 0.7, "ci_low": 0.4, "ci_high": 1.3, "p": 0.3}
    made += [Result("paired.hazard_ratio", ratio, {}, method=m) for m in ("as if unpaired", "clustered on patient")]
    text = " ".join(t for _, _, t in methods.paragraphs(made, facts))
    assert "not imputed" not in text and "imputed by chained equations" in text and "restricted cubic splines" in text
    assert "clustered on patient" in text and "as if unpaired" not in text
