"""Sentences that were false of a cohort of some kind: of one course, of two arms, of hazards that change, of few events."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from openpyxl import Workbook

from papercheck.files.findings import NotAvailable
from rechallenge import wb
from rechallenge.cohort.cohort import load_cohort
from rechallenge.cohort.propose.propose import propose
from rechallenge.context import Run, running
from rechallenge.derive.adverse_events import course_sizes
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.derive.population import derive_population
from rechallenge.derive.resistance import classify
from rechallenge.replication.beside import cohort_beside
from rechallenge.replication.prints import reading_scope
from rechallenge.results import Result
from rechallenge.run.answer import _not_evaluated, answer
from rechallenge.run.brief import _is_known
from rechallenge.sections.multiverse import _survives
from rechallenge.sections.one_sample import arms_together
from rechallenge.sections.resistance_figures import _count_text
from rechallenge.sections.survival import maturity_note
from rechallenge.sections.synthesis import _isolating
from rechallenge.show.labels import compared_labels
from rechallenge.text.bundle import MIME
from rechallenge.text.language import speaking
from smallsurv.adjusted import Sample, bootstrap
from smallsurv.curve import kaplan_meier
from smallsurv.rmst import followed_tau, longest_tau

FIRST = "USUBJID,PFS1,PFS1_EVENT\nA,5,1\nB,6,1\nC,3,0\nD,9,1\n"


def named(quantity, values, **place):
    return Result(quantity, values, dict.fromkeys(values, "months"), **place)


# --- a cohort of the first course


def test_nobody_who_had_no_rechallenge_is_counted_as_free_of_its_adverse_events(write_cohort):
    write_cohort(adsl=FIRST, adae="USUBJID,APHASE,AEDECOD,ATOXGR\nA,INITIAL,Rash,1\nB,INITIAL,Rash,3\n")
    study = derive_population(load_cohort("c"))
    assert course_sizes(study).to_dict() == {"INITIAL": 4}
    table = wb.adverse_event_table(study, wb.worst_grade(study), wb.course_sizes(study))
    assert [span[0] for span in table.spans] == ["", "First ICI course (n = 4)"]


def test_events_of_a_course_that_were_never_recorded_are_not_zero(write_cohort):
    adex = "USUBJID,APHASE,ASTDT\nA,INITIAL,2023-01-01\nB,INITIAL,2023-01-01\nA,RECHALLENGE,2024-01-01\n"
    yml = "title: T\ndata_cutoff: 2024-12-31\n"
    write_cohort(yml=yml, adsl="USUBJID,AGE\nA,1\nB,2\n", adex=adex, adae="USUBJID,APHASE,AEDECOD\nA,INITIAL,Rash\n")
    study = derive_population(load_cohort("c"))
    table = wb.adverse_event_table(study, wb.worst_grade(study), wb.course_sizes(study))
    assert len(table.spans) == 2 and any("on record (ICI rechallenge)" in note for note in table.notes)


def test_a_first_course_answers_for_itself_and_is_asked_which_course_it_is(write_cohort):
    write_cohort(adsl=FIRST)
    cohort = load_cohort("c")
    assert any("first ICI course and no rechallenge" in f.rule for f in cohort.warnings)
    values = {"median": 5.0, "ci_low": 3.0, "ci_high": 9.0, "n": 4, "events": 3}
    (said, *_) = answer([named("survival.median", values, endpoint="PFS1", method="log-log")], cohort)
    assert said.startswith("Median PFS on the first ICI course was 5.00")


def test_each_literature_figure_says_what_its_own_row_would_need(write_cohort):
    write_cohort(adsl=FIRST)
    row = cohort_beside("c").iloc[0]
    assert "adrs" in row["no_rate"] and "adrs" not in row["no_time"] and "rechallenge" in row["no_time"]


# --- the arms in the answer


def effects(**p_ph):
    place = {"endpoint": "OS", "by": "ARM", "level": "CIA", "reference": "CI"}
    limits = {"hr": 0.5, "ci_low": 0.3, "ci_high": 0.8}
    return [
        named("effect.hazard_ratio", limits | p_ph, model="unadjusted", **place),
        named("effect.hazard_ratio", limits, model="weighted", **place),
    ]


@pytest.mark.parametrize(("p_ph", "said"), [(0.049, True), (0.05, False), (np.nan, False)])
def test_a_ratio_of_changing_hazards_is_called_an_average_in_the_answer(write_cohort, p_ph, said):
    yml = "title: T\nfactors: {ARM: {label: Arm, levels: {CI: One, CIA: Two}}}\n"
    write_cohort(yml=yml, adsl="USUBJID,ARM,OS,OS_EVENT\nA,CI,5,1\nB,CIA,6,1\n")
    text = " ".join(answer(effects(p_ph=p_ph), load_cohort("c")))
    assert ("the hazards are not proportional" in text) == said
    assert "Overall survival, Two against One: HR 0.50 (95% CI 0.30–0.80, weighted, robust)" in text


def test_the_arms_of_pseudo_patients_are_what_the_paper_prints_and_no_interval_of_a_free_choice():
    study = derive_population(load_cohort("shi-2026"))
    found = [r.__class__(**vars(r) | {"endpoint": "PFSR", "free": r.model == "weighted"}) for r in effects(p_ph=0.9)]
    text = " ".join(answer(found, study))
    assert "median 11.49 against 6.06 months, P 0.03; weighted 11.49 against 6.89, P 0.01, as printed" in text
    assert "0.30" not in text


# --- up to which time, and why there is no interval


def test_the_default_time_is_the_last_with_five_at_risk_in_each_arm():
    one, two = kaplan_meier(np.arange(1.0, 11), np.ones(10, bool)), kaplan_meier(np.arange(1.0, 8), np.ones(7, bool))
    assert followed_tau([one, two], 5) == 3.0 and followed_tau([one, two], 8) == longest_tau([one, two])


def test_a_resample_without_weights_is_told_from_one_that_is_not_followed():
    time, treated = np.arange(1.0, 13), np.arange(12) % 2 == 0
    apart = treated.astype(float)[:, None]
    draws = bootstrap(Sample(time, np.zeros(12, bool), treated, apart, [50.0], 5.0), "ATE", 20)
    assert np.isneginf(draws).all()
    draws = bootstrap(Sample(time, np.zeros(12, bool), treated, apart, [50.0], 5.0), "none", 20)
    assert np.isnan(draws[:, 0]).all() and not np.isinf(draws).any()


ARMS = "title: T\nfactors: {ARM: {label: Arm, levels: {C: Old, T: New}}}\ntreatment: {arm: ARM, covariates: [AGE], further: true}\n"


def arms(write_cohort, responses, causes=None):
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(
        {"USUBJID": [f"P{i}" for i in range(24)], "ARM": ["C", "T"] * 12, "AGE": rng.integers(40, 80, 24)}
    )
    frame = frame.assign(PFSR=np.round(rng.exponential(6, 24) + 0.1, 2), PFSR_EVENT=1, BOR_RECHALLENGE=responses)
    if causes is not None:
        frame["PFSR_CAUSE"] = causes
    write_cohort(yml=ARMS, adsl=frame.to_csv(index=False))
    study = derive_population(load_cohort("c"))
    return study, wb.comparison(study, "PFSR")


@pytest.mark.slow
@pytest.mark.parametrize(("responders", "known"), [(1, False), (2, True)])
def test_no_error_is_claimed_of_an_arm_with_fewer_than_two_responders(write_cohort, responders, known):
    best = ["SD"] * 24
    for i in range(responders):
        best[2 * i] = "PR"
    best[1] = best[3] = best[5] = "PR"
    study, trial = arms(write_cohort, best)
    table = wb.response_alike_table(trial, wb.best_response(study))
    assert (table.rows[1][1] != "NE") == known and any("fewer than two patients" in n for n in table.notes) != known


@pytest.mark.slow
def test_a_hazard_ratio_of_a_cause_that_is_not_estimable_says_why(write_cohort):
    causes = ["PROGRESSION"] * 24
    causes[0] = causes[2] = "DEATH"
    _, trial = arms(write_cohort, ["SD"] * 24, causes)
    (table,) = wb.subdistribution_table(trial)
    ne = [row for row in table.rows if row[2] == "NE"]
    assert ne and any(note.startswith("NE (Death without progression, cause-specific") for note in table.notes)


@pytest.mark.slow
def test_an_external_arm_does_not_call_a_cohort_of_two_arms_one(write_cohort):
    arms(write_cohort, ["SD"] * 24)
    assert "two arms (Arm)" in arms_together(load_cohort("c"))
    write_cohort("alone", adsl=FIRST)
    assert arms_together(load_cohort("alone")) == ""


# --- pseudo-patients


def payload(shown, name):
    with running(Run(cohort=name)):
        return shown._repr_mimebundle_()[MIME]


@pytest.fixture(scope="module")
def shi():
    return derive_population(load_cohort("shi-2026"))


@pytest.mark.slow
def test_every_table_of_an_endpoint_says_that_what_is_not_printed_is_of_one_reconstruction(shi):
    pfs = wb.outcome(shi, "PFSR")
    single = wb.univariable_models(pfs, ["ARM"])
    tables = [wb.mean_table(pfs, 6.0), wb.interval_methods_table(pfs), wb.firmness_table(pfs, ["ARM"], 6.0)]
    tables += [wb.cox_table(single), wb.forest_figure(single), wb.survival_table(pfs)]
    for shown in tables:
        notes = " ".join(payload(shown, "shi-2026")["notes"])
        assert notes.count("PFSR (constrained)") == 1 and notes.count("What is not printed is that of one") == 1, (
            shown.id
        )


def test_patients_have_no_such_note():
    lung = derive_population(load_cohort("ncctg-lung"))
    assert "reconstruction" not in " ".join(payload(wb.mean_table(wb.outcome(lung, "OS"), 6.0), "ncctg-lung")["notes"])


@pytest.mark.slow
def test_a_dagger_that_is_explained_stands_somewhere(shi):
    trial = wb.comparison(shi, "PFSR")
    weighted = wb.weights(trial)
    found = wb.effects(trial, weighted, replicates=100)
    shown = [
        wb.weight_table(trial, weighted),
        wb.arm_table(found),
        wb.effects_table(found),
        wb.balance_table(trial, weighted),
    ]
    quzhou = derive_population(load_cohort("quzhou-2025"))
    courses, best = wb.outcome(quzhou, ["PFS1", "PFSR"]), wb.best_response(quzhou)
    shown += [*wb.first_picture(courses, None, best), wb.swimmer_figure(courses, wb.lanes(courses), best)]
    for each in shown:
        cells = " ".join(
            [each.title, *getattr(each, "columns", []), *(c for r in getattr(each, "rows", []) for c in r)]
        )
        assert any(n.startswith("†") for n in map(str, each.notes)) == ("†" in cells), each.id
    verdict = wb.balance_verdict(trial, weighted).text
    assert "†" not in verdict and "free choice" in verdict


def test_not_printed_claims_no_more_than_was_read(shi):
    assert "its abstract" in reading_scope(shi) and "its text and tables" in reading_scope(load_cohort("quzhou-2025"))
    assert reading_scope(load_cohort("ncctg-lung")) == ""


@pytest.mark.slow
def test_who_was_left_out_and_what_was_missing_is_not_known_from_pseudo_patients(shi):
    assert "by their making" in wb.missing_table(shi).notes[-1] and wb.missing_figure(shi) == ()
    quzhou = load_cohort("quzhou-2025")
    notes = wb.flow_figure(wb.derive_attrition(quzhou), quzhou.meta.reconstructed).notes
    assert any("whom its authors left out is not known" in n for n in notes)
    assert not any("authors" in n for n in wb.flow_figure(wb.derive_attrition(quzhou)).notes)


@pytest.mark.slow
def test_a_definition_without_primary_resistance_shows_no_zero_of_it():
    table = wb.class_table(wb.resistance(derive_population(load_cohort("quzhou-2025"))))
    rows = {row[0]: row for row in table.rows}
    assert rows["Schoenfeld 2021"][1] == "–" and rows["Wang 2025"][1] == "0"
    assert any(n.startswith("–: the definition") for n in table.notes)


@pytest.mark.slow
def test_two_joint_models_have_key_lines_of_their_own():
    study = derive_population(load_cohort("xu-2023"))
    pfs = wb.outcome(study, "PFSR")
    joint = wb.multivariable_model(pfs, ["RESIST", "INTERIM", "PROGTYPE"])
    (one, _), (other, _) = wb.cox_table(joint).key[0], wb.pattern_model(joint).key[0]
    assert one != other and "of the patterns" in other


@pytest.mark.slow
def test_the_definition_of_an_endpoint_is_not_put_into_the_mouth_of_a_paper(shi):
    notes = wb.survival_table(wb.outcome(shi, "OS")).notes
    assert "OS: defined as the workbook does; how the paper does is not on record." in notes
    quzhou = derive_population(load_cohort("quzhou-2025"))
    assert not any("as the workbook does" in n for n in wb.survival_table(wb.outcome(quzhou, "PFSR")).notes)
    lung = derive_population(load_cohort("ncctg-lung"))
    assert not any("as the workbook does" in n for n in wb.survival_table(wb.outcome(lung, "OS")).notes)


def test_maturity_of_pseudo_patients_says_how_far_the_events_are_open(shi):
    assert "over 50 drawn cohorts 9–81" in wb.maturity_note(wb.outcome(shi, "OS")).text


@pytest.mark.parametrize(("phases", "asked"), [(["首次", "首次"], True), (["首次", "再挑战"], False)])
def test_a_sheet_of_events_on_the_first_course_alone_does_not_hide_the_question_which_course_it_is(
    tmp_path, phases, asked
):
    book = Workbook()
    book.active.append(["病例号", "性别", "首次免疫开始日期", "首次免疫进展日期", "末次随访日期"])
    days = [f"{year}-0{month}-05" for year in (2021, 2022, 2023) for month in (1, 2, 3)]
    for i in range(3):
        book.active.append([f"A{i}", "男女"[i % 2], *days[i::3]])
    events = book.create_sheet("不良反应")
    for line in (
        ["病例号", "治疗阶段", "不良反应", "CTCAE分级"],
        *([f"A{i}", p, "皮疹", "2级"] for i, p in enumerate(phases)),
    ):
        events.append(line)
    book.save(tmp_path / "b.xlsx")
    questions = propose([tmp_path / "b.xlsx"], {}).open()
    assert any(q.topic == "course alone" for q in questions) == asked


def test_the_classes_of_a_study_are_compared_by_what_its_paper_prints():
    study = derive_population(load_cohort("xu-2023"))
    place = {"endpoint": "PFSR", "variable": "GIVEN", "method": "Wald"}
    found = named("resistance.contrast", {"hr": 0.3, "hr_low": 0.13, "hr_high": 0.69}, **place)
    median = named(
        "survival.median", {"median": 4.1, "ci_low": 2.7, "ci_high": 6.2, "n": 40, "events": 26}, endpoint="PFSR"
    )
    text = " ".join(answer([median, found], study))
    assert "median 7.0 against 2.1 months, P 0.003, as printed" in text and "0.69" not in text


@pytest.mark.slow
@pytest.mark.parametrize(("cohort", "numeric"), [("shi-2026", False), ("quzhou-2025", True)])
def test_a_table_without_numbers_does_not_say_how_numbers_are_summarised(cohort, numeric):
    notes = wb.baseline_table(derive_population(load_cohort(cohort)), "", "median (range)").notes
    assert any("median (range)" in n for n in notes) == numeric and any("known value" in n for n in notes)


@pytest.mark.slow
def test_remarks_on_printed_numbers_are_chinese_in_a_chinese_report():
    paper = wb.replicate(wb.load_registry("quzhou-2025"))
    with speaking("zh"):
        tables = {t.of: t for t in wb.number_tables(paper)}
    said = " ".join(row[-1] for row in [*tables["misprint"].rows, *tables["reproduced"].rows])
    assert "按 SPSS 区间" in said and "under" not in said and "cannot arise" not in said


def test_the_reason_for_no_section_on_resistance_is_chinese_in_a_chinese_report(shi):
    with speaking("zh"), pytest.raises(NotAvailable) as lacking:
        classify(shi)
    assert "首次 ICI 治疗" in str(lacking.value) and "needs" not in str(lacking.value)


@pytest.mark.parametrize(("column", "asked"), [("DTHDT", True), ("RFPENDT", False)])
def test_no_death_on_record_is_not_called_none_where_no_column_could_tell_of_one(write_cohort, column, asked):
    rows = f"USUBJID,ASTDT_RECHALLENGE,LSTALVDT,{column}\nA,2022-01-01,2023-01-01,\nB,2022-02-01,2023-03-01,\n"
    write_cohort(yml="title: T\ndata_cutoff: 2024-01-01\n", adsl=rows)
    study = derive_population(load_cohort("c"))
    if asked:
        assert "0 events in 2 patients" in maturity_note(derive_endpoints(study, ["OS"])).text
    else:
        with pytest.raises(NotAvailable, match="no column of dates of death"):
            derive_endpoints(study, ["OS"])


def test_the_answer_says_of_how_many_the_response_is_not_known():
    values = {"ORR": (4, 26), "DCR": (7, 26)}
    found = [
        Result(
            "response.rate",
            {"count": k, "n": n, "share": k / n, "ci_low": 0.1, "ci_high": 0.4},
            by="APHASE",
            level="RECHALLENGE",
            variable=name,
        )
        for name, (k, n) in values.items()
    ]
    unknown = Result("response.best", {"count": 12}, by="APHASE", level="RECHALLENGE", variable="NE")
    assert "not evaluable or not on record: 12 of 26" in _not_evaluated([*found, unknown], found[0])
    assert _not_evaluated(found, found[0]) == "" == _not_evaluated([replace(unknown, values={"count": 0})], found[0])


def test_the_trial_whose_arms_differ_by_the_antibody_alone_is_named_under_the_forest():
    trials = pd.DataFrame(
        [
            ("A", "pembrolizumab + chemotherapy", "placebo + chemotherapy"),
            ("B", "vibostolimab/pembrolizumab + docetaxel", "placebo + docetaxel"),  # two antibodies
            ("C", "sitravatinib + nivolumab", "docetaxel"),
            ("D", "nivolumab + docetaxel", "placebo + docetaxel"),  # not pooled
        ],
        columns=["study", "experimental", "control"],
    )
    assert "against placebo: A (pembrolizumab)." in _isolating(trials, trials[:3])
    assert _isolating(trials, trials[1:3]) == ""


# --- small numbers

SIX = """USUBJID,AGE,SEX,HIST,PFS1,PFS1_EVENT,PFSR,PFSR_EVENT
A,61,M,ADENO,3,0,5,1
B,70,M,ADENO,8,0,2,1
C,58,M,ADENO,5,0,4,1
D,66,M,ADENO,9,0,3,0
E,72,M,ADENO,7,0,6,1
F,64,F,SQUAMOUS,6,0,9,0
"""


@pytest.fixture
def six(write_cohort):
    write_cohort(adsl=SIX, yml="title: T\nkind: simulated\nsubgroups: [SEX]\n")
    return derive_population(load_cohort("c"))


def test_models_are_counted_with_those_that_give_nothing_and_their_p_values_apart(six):
    alone = wb.cox_table(wb.univariable_models(wb.outcome(six, "PFSR"), ["AGE", "SEX", "HIST"]))
    (said,) = [note for note in alone.notes if "Holm P" in note]
    assert said.startswith(
        "3 models, one factor each. Holm P: P of the factor adjusted for the number of these P values, 1."
    )


def test_a_ratio_without_an_upper_bound_is_infinite_and_not_reached_by_nobody(six):
    pairs = wb.pairs(wb.outcome(six, ["PFSR", "PFS1"]))
    (row,) = [row for row in wb.courses_table(pairs).rows if "stratified" in row[0]]
    assert row[2].startswith("∞ (") and row[2].endswith("–∞)") and "NR" not in row[2]


def test_a_median_of_one_patient_says_so_in_the_key_results(six):
    ((_, text, *_),) = wb.subgroup_table(wb.outcome(six, "PFSR"), ["SEX"]).key
    assert "(Male) against NR (Female, n = 1) months" in text


def test_definitions_that_give_no_hazard_ratio_are_counted_beside_those_that_do(six):
    times = wb.outcome(six, "PFSR")
    frame = pd.DataFrame(
        {"code": ["SITC23C", "HUDSON", "S1400F"], "free": False, "reason": ["", "separated", "separated"]}
        | {
            "hr": [1.2, np.nan, np.nan],
            "hr_low": [0.5, np.nan, np.nan],
            "hr_high": [3, np.nan, np.nan],
            "p": [0.5, 1, 1],
        }
    )
    label, said = _survives(times, frame)
    assert said.endswith("HR 1.20 (0.50–3.00), log-rank P = 0.500; no hazard ratio under 2 more")
    assert "no hazard ratio" not in _survives(times, frame.iloc[:1])[1]


def test_patients_without_a_hazard_ratio_are_told_of_no_reconstruction():
    said = _count_text(pd.DataFrame({"reason": ["separated"], "free": [False], "hr": [np.nan]}))
    assert said == "No definition gives a hazard ratio."
    assert "free choice" in _count_text(pd.DataFrame({"reason": [""], "free": [True], "hr": [1.2]}))


@pytest.mark.parametrize("estimate, known", [(1.2, True), (np.nan, False)])
def test_a_figure_of_no_estimate_does_not_open_in_the_brief(estimate, known):
    assert _is_known(Result("resistance.contrast", {"hr": estimate}), "resistance.contrast") == known
    assert _is_known(Result("beside.rate", {"estimate": 0.1}), "beside.rate")


def test_a_share_of_ratios_of_which_some_are_censored_is_a_lower_bound(write_cohort):
    rows = ["A,4,1,2,0", "B,4,1,8,0", "C,4,1,2,1"]  # censored at half, censored beyond the bound, ended at half
    write_cohort(adsl="USUBJID,PFS1,PFS1_EVENT,PFSR,PFSR_EVENT\n" + "\n".join(rows) + "\n")
    pairs = wb.pairs(wb.outcome(derive_population(load_cohort("c")), ["PFSR", "PFS1"]))
    ((_, said),) = wb.ratio_table(pairs, 1.33).key
    assert said.startswith("1/3 (33.3%)") and said.endswith("; a lower bound, 1 ratio censored below it")


def test_arms_called_yes_and_no_are_told_with_their_factor(write_cohort):
    write_cohort(adsl="USUBJID,SEX,INTERIM\nA,M,Y\nB,F,N\n")
    cohort = load_cohort("c")
    assert compared_labels(cohort, "SEX", "M", "F") == ("Male", "Female")
    named = "Treatment between first course and rechallenge: Yes"
    assert compared_labels(cohort, "INTERIM", "Y", "N") == (named, "No")


def test_characteristics_without_a_missing_value_are_told_once(six):
    assert wb.missing_table(six).notes[0] == "No characteristic has a missing value: Age, Sex and Histology."
    assert wb.missing_figure(six) == ()


@pytest.mark.slow
def test_why_no_definition_of_resistance_can_be_applied_is_said_where_it_is_one_reason(write_cohort):
    starts = "ASTDT_INITIAL,AENDT_INITIAL,ASTDT_RECHALLENGE,BOR_INITIAL"
    dates = "2023-01-01,2021-01-01,2021-06-01,2022-01-01"
    adsl = f"USUBJID,LSTALVDT,{starts}\nA,{dates},PR\nB,{dates},SD\n"
    write_cohort(
        adsl=adsl, yml="title: T\ndata_cutoff: 2024-12-31\nfirst_course: {regimen: monotherapy, source: Methods}\n"
    )
    table = wb.class_table(wb.resistance(derive_population(load_cohort("c"))))
    assert table.key[0][1].endswith("definitions can be applied: no progression on the first course is recorded")
