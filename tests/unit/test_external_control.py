"""A cohort of one arm beside a published arm: declared, checked, compared; what is wrong with it is named."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from papercheck.files.findings import CohortError, NotAvailable
from rechallenge.cohort.cohort import load_cohort, read_cohort
from rechallenge.derive.external import derive_external
from rechallenge.derive.population import derive_population
from rechallenge.sections.anchored import anchored_table
from rechallenge.sections.external import (
    NOT_A_TRIAL,
    compare_external,
    external_balance,
    external_figure,
    external_table,
)
from rechallenge.sections.external_response import external_response
from rechallenge.sections.one_sample import external_tests
from smallsurv.proportions import compare_shares

REFERENCE = Path(__file__).parents[1] / "reference"
TITLE = (
    "title: T\ntime_unit: months\nprimary_endpoint: OS\nfactors: {SMOKE: {label: Smoker, levels: ['0', '1']}, LINES:"
    " {label: Lines, type: number}}\n"
)
BASELINE = (
    "baseline: {AGE: {mean: 51, sd: 3.25}, SEX: {M: 0.49, F: 0.51}, ECOG: {'0': 0.35}, SMOKE: {'1': 0.1933333333},"
    " LINES: {median: 2}}"
)
ARM = "label: comparator, source: made up, endpoint: OS"
WHOLE = TITLE + f"external_control: {{{ARM}, median: 4.1, rates: {{6: 0.35}}, patients: control.csv, {BASELINE}}}\n"
MONTH = 30.4375


@pytest.fixture(scope="module")
def tables():
    own, control = (pd.read_csv(REFERENCE / f"data_external_{name}.csv") for name in ("own", "control"))
    adsl = pd.DataFrame({"USUBJID": [f"P{i:03d}" for i in own.index], "AGE": own["age"], "ECOG": 1 - own["ecog0"]})
    adsl = adsl.assign(SEX=own["male"].map({1: "M", 0: "F"}), SMOKE=own["smoke"], LINES=own["prior"])
    adsl = adsl.assign(OS=own["time"] / MONTH, OS_EVENT=own["event"]).to_csv(index=False)
    control = pd.DataFrame({"arm": "B", "time": control["time"] / MONTH, "event": control["event"]})
    return adsl, "# pseudo-patients made from a figure: not patients\n" + control.to_csv(index=False)


@pytest.fixture
def beside(write_cohort, tables):
    def make(yml=WHOLE, adsl=tables[0], **curves):
        folder = write_cohort(yml=yml, adsl=adsl) / "curves"
        folder.mkdir(exist_ok=True)
        for name, text in ({"control": tables[1]} | curves).items():
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        return derive_external(derive_population(load_cohort("c")))

    return make


def wanted():
    return pd.read_csv(REFERENCE / "external.csv").set_index("name")["value"]


@pytest.mark.slow
def test_the_tables_have_the_numbers_of_r_and_the_sentence_that_it_is_no_trial(beside):
    external, r = beside(), wanted()
    tests, balance = external_tests(external), external_balance(external)
    by_curve = tests.results[-1]
    assert (by_curve["observed"], by_curve["expected"]) == pytest.approx((190, r["curve exp"]), rel=1e-6)
    assert by_curve.estimate == pytest.approx(190 / r["curve exp"]) and by_curve.p < 1e-9
    found = {(x.variable, x.level): x for x in balance.results}
    for key, value in {
        ("AGE", "mean"): 51,
        ("AGE", "sd"): 3.25,
        ("SEX", "F"): 0.51,
        ("SMOKE", "1"): 0.1933333333,
    }.items():
        assert found[key].estimate == pytest.approx(value, abs=1e-7)
    assert found["AGE", "mean"]["effective_n"] == pytest.approx(r["size"], rel=1e-6)
    compared = compare_external(external, [180 / MONTH], 400 / MONTH, 100)
    for way, kind in zip(compared.ways, ("plain", "weighted"), strict=False):
        assert way.estimate[:2] == pytest.approx([r[f"{kind} coef"], r[f"{kind} share"]], rel=1e-5)
        assert way.estimate[2] * MONTH == pytest.approx(r[f"{kind} mean"], rel=1e-5)
    table = external_table(compared)
    for shown in (tests, balance, table, external_figure(external)):
        assert NOT_A_TRIAL in shown.notes
    ratio = next(x for x in table.results if x.quantity == "external.hazard_ratio" and x.model == "weighted")
    assert ratio.low < ratio.estimate < ratio.high < 1 and ratio["e_value"] > ratio["e_limit"] > 1
    assert any(
        f"would have to differ by {-np.log(ratio.high) / np.log(2):.2f} standard deviations" in n for n in table.notes
    )


def test_what_is_known_here_and_not_printed_there_is_named_as_not_adjusted(beside):
    notes = external_balance(beside(WHOLE.replace(", LINES: {median: 2}", ""))).notes
    assert "Known here, not printed there, so not adjusted: Lines." in notes


@pytest.mark.slow
def test_a_baseline_outside_of_the_cohort_has_a_reason_and_no_number(beside):
    external = beside(WHOLE.replace("mean: 51, sd: 3.25", "mean: 30"))
    compared = compare_external(external, [6.0], 6.0, 100)
    assert compared.ways[1].reason == "outside of what this cohort has: Age, mean"
    table = external_table(compared)
    assert table.rows[1][2:] == ["NE"] * 4 and not any(r.model == "weighted" for r in table.results)
    assert "NE" not in table.rows[2]  # an outcome model reaches beyond these patients
    assert "Not weighted: outside of what this cohort has: Age, mean." in external_balance(external).notes
    together = beside(WHOLE.replace("mean: 51, sd: 3.25", "mean: 46, sd: 15"))
    assert compare_external(together, [6.0], 6.0, 100).ways[1].reason == "no weights give the printed numbers together"


def test_one_patient_with_most_of_the_weight_gives_no_number(beside):
    adsl = "USUBJID,AGE,OS,OS_EVENT\n" + "".join(f"P{i},{age},{i + 1},1\n" for i, age in enumerate([40] * 9 + [80]))
    external = beside(
        TITLE + f"external_control: {{{ARM}, patients: control.csv, baseline: {{AGE: {{mean: 70}}}}}}\n", adsl
    )
    assert (
        compare_external(external, [6.0], 6.0, 100).ways[1].reason == "one patient carries more than half of the weight"
    )


def test_a_median_alone_needs_no_file_and_gives_no_curves(beside):
    external = beside(TITLE + f"external_control: {{{ARM}, median: 4.1}}\n")
    assert [r.variable for r in external_tests(external).results] == ["median"]
    with pytest.raises(NotAvailable, match="needs the printed baseline"):
        external_balance(external)
    with pytest.raises(NotAvailable, match="a curve with its numbers at risk"):
        compare_external(external)
    with pytest.raises(CohortError, match="replicates"):
        compare_external(external, replicates=3)


def test_a_digitized_curve_is_a_reference_and_with_numbers_at_risk_makes_patients(beside):
    curve = TITLE + f"external_control: {{{ARM}, curve: {{points: points.csv, at_risk: risk.csv}}}}\n"
    files = {"points": "time,survival\n0,1\n2,1\n2,0.5\n10,0.5\n", "risk": "time,n\n0,20\n6,8\n"}
    external = beside(curve, **files)
    assert len(external.control) == 20 and external.points[1].min() == 0.5
    bare = beside(curve.replace(", at_risk: risk.csv", ""), **files)
    assert bare.control is None
    time = np.minimum(bare.outcome.rows["AVAL"], 10)
    found = external_tests(bare)
    assert found.results[0]["expected"] == pytest.approx(np.log(2) * (time >= 2).sum())
    assert "Its curve is known up to 10.00 months; who was followed longer is cut there." in found.notes


@pytest.mark.slow
def test_patients_without_a_printed_characteristic_are_left_out_of_the_weights_and_counted(beside, tables):
    lines = tables[0].splitlines()
    lacking = [",".join([c[0], "", *c[2:]]) for c in (line.split(",") for line in lines[1:4])]
    external = beside(adsl="\n".join([lines[0], *lacking, *lines[4:]]) + "\n")
    assert external_balance(external).results[0]["n"] == 497
    assert "3 patients without one of these left out." in external_balance(external).notes
    assert [way.n for way in compare_external(external, [6.0], 6.0, 100).ways] == [500, 497, 497]


@pytest.mark.parametrize(("told", "words"), [
    (f"{{{ARM}}}", "nothing to compare with"),
    (f"{{{ARM}, patients: a.csv, curve: {{points: b.csv}}}}", "says the same in two ways"),
    (f"{{{ARM}, patients: ../a.csv}}", "expected the name of a file in the folder curves"),
    ("{label: x, endpoint: OS, median: 4}", "needs a label and a source"),
    (f"{{{ARM}, median: -4}}", "expected a number above 0"),
    (f"{{{ARM}, median: 4, baseline: {{AGES: {{mean: 3}}}}}}", "not a factor"),
    (f"{{{ARM}, median: 4, baseline: {{AGE: {{average: 3}}}}}}", "unknown key"),
    (f"{{{ARM}, median: 4, baseline: {{AGE: {{sd: 3}}}}}}", "needs a mean, and lies above 0"),
    (f"{{{ARM}, median: 4, baseline: {{SEX: {{M: 49}}}}}}", "expected a share from 0 to 1"),
    (f"{{{ARM}, median: 4, baseline: {{SEX: {{M: 0.4, F: 0.4}}}}}}", "the shares add up to 0.8"),
    (f"{{{ARM}, median: 4, baseline: {{SEX: {{male: 0.4}}}}}}", "not a level of it"),
    (f"{{{ARM}, patients: none.csv}}", "the file is missing"),
    (f"{{{ARM}, patients: two.csv}}", "which arm is meant is not said"),
    (f"{{{ARM}, patients: two.csv, arm: A}}", "not a time above 0"),
    (f"{{{ARM}, patients: two.csv, arm: B}}", "neither 1 nor 0"),
    (f"{{{ARM}, patients: two.csv, arm: C}}", "needs two patients or more and an event"),
    (f"{{{ARM}, patients: bare.csv}}", "expected the columns time, event"),
    (f"{{{ARM}, curve: {{points: bare.csv}}}}", "expected the columns time, survival"),
    (f"{{{ARM}, response: {{responders: 7, patients: 6}}}}", "more responders than patients"),
    (f"{{{ARM}, anchor: {{arm: '0', hr: 0.9, ci: [0.4, 0.8]}}}}", "the hazard ratio lies outside of its interval"),
    (f"{{{ARM}, anchor: {{arm: '0', hr: 0.78, ci: [0.4, 0.8]}}}}", "not in the middle of its interval"),
    (f"{{{ARM}, anchor: {{arm: '0', hr: 0.6, ci: [0.4, 0.9]}}}}", "needs two arms here"),
])  # fmt: skip
def test_what_is_wrong_with_a_declaration_or_its_files_is_one_sentence(write_cohort, told, words):
    folder = (
        write_cohort(yml=TITLE + f"external_control: {told}\n", adsl="USUBJID,AGE,OS,OS_EVENT\nA,60,5,1\nB,61,6,1\n")
        / "curves"
    )
    folder.mkdir()
    (folder / "two.csv").write_text("# made\narm,time,event\nA,-1,1\n\nB,2,x\nC,3,1\n", encoding="utf-8")
    (folder / "bare.csv").write_text("t,e\n1,1\n", encoding="utf-8")
    cohort, findings = read_cohort("c")
    assert cohort is None and words in " ".join(f.rule for f in findings)
    if "patients: two.csv, arm: " in told:
        row = {"A": 3, "B": 5, "C": None}[told[-2]]
        assert [(f.file, f.row) for f in findings if f.severity == "error"] == [("curves/two.csv", row)]


def test_without_a_declaration_or_an_event_a_sentence(write_cohort):
    write_cohort(yml=TITLE, adsl="USUBJID,OS,OS_EVENT\nA,5,1\nB,6,1\n")
    with pytest.raises(NotAvailable, match="`external_control` in cohort.yml"):
        derive_external(derive_population(load_cohort("c")))
    yml = TITLE + f"external_control: {{{ARM}, median: 4, baseline: {{AGE: {{mean: 60}}}}}}\n"
    write_cohort(yml=yml, adsl="USUBJID,OS,OS_EVENT\nA,5,0\nB,6,0\n")
    with pytest.raises(NotAvailable, match="needs at least one event of OS"):
        derive_external(derive_population(load_cohort("c")))
    write_cohort(yml=yml, adsl="USUBJID,OS,OS_EVENT\nA,5,1\nB,6,0\n")
    with pytest.raises(NotAvailable, match="needs Age, which `baseline`"):
        derive_external(derive_population(load_cohort("c")))


TRIALS = (
    "study,nct,phase,year,histology,class,experimental,control,mos_exp,mos_ctl,rechallenge,entry,source,verified\n"
    "KEY-1,,3,2024,all,ICI alone,ICI again,docetaxel,10.7,10.5,yes,mixed,Made up 2024 Journal 1:1-2,secondary\n"
)


def named(write_cohort, told):
    folder = write_cohort("lit", TITLE, "USUBJID,OS,OS_EVENT\nA,5,1\nB,6,1\n")
    (folder / "trials.csv").write_text(TRIALS, encoding="utf-8")
    adsl = "USUBJID,OS,OS_EVENT\n" + "".join(f"P{i},{4 + i},{i % 2}\n" for i in range(12))
    write_cohort(yml=TITLE + f"external_control: {told}\n", adsl=adsl)


@pytest.mark.slow
def test_a_trial_of_the_literature_gives_its_median_its_source_and_what_was_seen_of_it(write_cohort):
    named(write_cohort, "{trial: KEY-1, endpoint: OS}")
    told = derive_external(derive_population(load_cohort("c"))).told
    assert (told.label, told.median) == ("docetaxel (KEY-1)", 10.5)
    assert told.source == "Made up 2024 Journal 1:1-2; seen in a report of others alone"
    named(write_cohort, "{trial: KEY-1, trial_arm: experimental, endpoint: OS}")
    external = derive_external(derive_population(load_cohort("c")))
    assert (external.told.label, external.told.median) == ("ICI again (KEY-1)", 10.7)
    assert "Median of 10.7 months" in external_tests(external).rows[0][0]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("{trial: KEY-2, endpoint: OS}", "no trial of the literature"),
        ("{trial: KEY-1, endpoint: PFSR}", "no median PFSR is known"),
        ("{trial: KEY-1, endpoint: OS, median: 9}", "`trial` says it already"),
        ("{endpoint: OS, median: 9}", "needs a label and a source"),
    ],
)
def test_a_trial_that_is_not_there_or_says_no_median_is_named(write_cohort, told, said):
    named(write_cohort, told)
    with pytest.raises(CohortError) as refused:
        load_cohort("c")
    assert said in str(refused.value)


def test_weights_at_risk_stand_below_their_curve_and_patients_below_the_others(beside):
    figure = external_figure(beside())
    texts = [t.get_text() for axes in figure.figure.axes for t in axes.texts]
    patients, weights = texts.index("Number at risk, patients"), texts.index("Number at risk, weighted")
    rows = texts[patients + 1 : weights]
    assert len(rows) == 2 * len(texts[weights + 1 :]) and all(r.isdigit() for r in rows)
    own = float(rows[0])
    assert float(texts[weights + 1]) == pytest.approx(own) and "." in texts[weights + 1]


@pytest.mark.slow
def test_an_outcome_model_stands_beside_the_weights_with_its_terms_and_reaches_no_level_that_nobody_has(beside):
    table = external_table(compare_external(beside(), [6.0], 6.0, 100))
    model = next(x for x in table.results if x.quantity == "external.hazard_ratio" and x.model == "simulated")
    assert model.low < model.estimate < model.high < 1 and model.method == "STC, bootstrap"
    assert any("(5 terms, 190 events), averaged over 512 patients" in note for note in table.notes)
    far = beside(WHOLE.replace("{'0': 0.35}", "{'0': 0.35, '1': 0.45, '2': 0.2}"))
    assert compare_external(far, [6.0], 6.0, 100).ways[2].reason == "a printed level that nobody here has"


def anchored(write_cohort, baseline, anchor="arm: C, hr: 0.5718004, ci: [0.4811989, 0.6794607]"):
    """The anchored example of maicplus: A and C here, B against C printed."""
    d = pd.read_csv(REFERENCE / "data_anchored.csv")
    adsl = pd.DataFrame({"USUBJID": [f"P{i:04d}" for i in d.index], "ARM": d["treated"].map({1: "A", 0: "C"})})
    adsl = adsl.assign(AGE=d["age"], SEX=d["male"].map({1: "M", 0: "F"}), ECOG=1 - d["ecog0"], SMOKE=d["smoke"])
    adsl = adsl.assign(LINES=d["prior"], OS=d["time"] / MONTH, OS_EVENT=d["event"])
    yml = TITLE.replace("factors: {", "factors: {ARM: {label: Arm, levels: [A, C]}, ") + "treatment: ARM\n"
    told = f"external_control: {{{ARM}, anchor: {{{anchor}}}, {baseline}}}\n"
    write_cohort(yml=yml + told, adsl=adsl.to_csv(index=False))
    return derive_external(derive_population(load_cohort("c")))


@pytest.mark.slow
def test_through_a_common_comparator_the_ratios_are_those_of_maicplus(write_cohort):
    """adjusted_AC, AC and their ratios to BC of the package's own test (maic_anchored): its weights end 1e-6 away."""
    both = BASELINE.replace("AGE: {mean: 51, sd: 3.25}", "AGE: {mean: 51, median: 49, sd: 3.25}")
    table = anchored_table(anchored(write_cohort, both), 100)
    found = {r.model: r for r in table.results}
    assert found["unadjusted"]["own"] == pytest.approx(0.2216588, rel=1e-6)
    assert found["unadjusted"].estimate == pytest.approx(0.38765, abs=5e-6)
    assert found["weighted"]["own"] == pytest.approx(0.1367514, rel=1e-6)
    assert found["weighted"].estimate == pytest.approx(0.23916, abs=5e-6)
    assert 0.12 < found["weighted"].low < 0.2 and 0.3 < found["weighted"].high < 0.42  # there: 0.159 to 0.360
    assert found["simulated"].low < found["simulated"].estimate < found["simulated"].high < 1
    assert found["centred"].estimate < found["simulated"].estimate  # among like patients: further from 1
    assert [row[1] for row in table.rows] == ["1000", rounded_size(found), "–", "–"]


def rounded_size(found):
    return f"{found['weighted']['effective_n']:.1f}"


@pytest.mark.parametrize(("anchor", "words"), [
    ("arm: B, hr: 0.57, ci: [0.48, 0.68]", "not a level of ARM"),
    ("arm: C, hr: 0.57, ci: [0.48, 0.68], modifiers: [LINES]", "not in `baseline`"),
])  # fmt: skip
def test_a_comparator_that_is_not_here_is_named(write_cohort, anchor, words):
    with pytest.raises(CohortError, match=words):
        anchored(write_cohort, "baseline: {AGE: {mean: 51}}", anchor)


@pytest.mark.slow
def test_without_a_baseline_only_the_plain_ratio_stands_and_without_a_comparator_a_sentence(write_cohort, beside):
    table = anchored_table(anchored(write_cohort, "median: 9"), 100)
    assert [row[2] == "NE" for row in table.rows] == [False, True, True, True]
    assert "Weighted to the printed baseline: no estimate, no baseline of the published arm is declared." in table.notes
    with pytest.raises(NotAvailable, match="needs a common comparator"):
        anchored_table(beside(), 100)


RESPONSE = "response: {responders: 90, patients: 300}"


@pytest.mark.slow
def test_the_response_beside_the_printed_one_plain_weighted_and_by_a_model(beside, tables):
    own = pd.read_csv(REFERENCE / "data_external_own.csv")
    answer = (own["prior"] + own["ecog0"] + own.index % 3) > 3
    best = pd.DataFrame({"USUBJID": [f"P{i:03d}" for i in own.index], "APHASE": "RECHALLENGE"})
    best = best.assign(AVALC=np.where(answer, "PR", "SD"))[5:]
    table = external_response(beside(WHOLE.replace("median: 4.1", RESPONSE)), best, 200)
    plain, weighted, model = table.results
    d = compare_shares(np.r_[answer[5:], np.arange(300) < 90], np.r_[np.ones(495, bool), np.zeros(300, bool)])
    assert (plain.estimate, plain.low) == pytest.approx((d["difference"], d["difference_low"]))
    weights = pd.read_csv(REFERENCE / "external_weights.csv")["weight"]
    assert weighted["own"] == pytest.approx(np.average(answer, weights=weights), abs=0.02)  # other five patients
    for r in (weighted, model):
        assert r.low < r.estimate < r.high and r.estimate == pytest.approx(r["own"] - 0.3)
    assert "5 patients without a response on record left out." in table.notes
    with pytest.raises(NotAvailable, match="`response` of `external_control`"):
        external_response(beside(), best)
