"""Sections on patients: numbers to look into, one language at a time, free by what went in."""

import re

import pytest

from rechallenge import wb
from rechallenge.cohort import load_cohort
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.derive.pairs import derive_pairs
from rechallenge.derive.population import derive_population
from rechallenge.results import ledger_rows
from rechallenge.sections.causes import competing_risks, gray_table
from rechallenge.sections.paired import courses_table, ratio_table
from rechallenge.sections.population import baseline_table
from rechallenge.sections.survival import survival_table
from rechallenge.show.display import Missing
from rechallenge.text.language import speaking
from smallsurv.paired import CLUSTERED, NAIVE, STRATIFIED

from .notebook import shown_by, texts_of

NOTEBOOKS = ("01", "02", "04", "05", "06", "10")
OURS = ("population.", "baseline.", "response.", "paired.", "incidence.", "safety.")
CODES = re.compile(
    r"PFS1|PFSR|ORR|DCR|GMI|SMD|ICI|RECIST|Clopper|Pearson|Lee|Wei|Amato|Kaplan|Meier|Wald|Holm|McNemar|Gray|Aalen|Johansen"
    r"|Choudhury|Yang|Dalton|Von|Hoff|Mick|Kovalchik|Mietlowski|Lin|Wei|logistic|log|CTCAE|ECOG|Woolf|Newcombe|Fisher|Firth|RMST|cohort\.yml"
)
YML = "title: T\ntime_unit: months\nprimary_endpoint: PFSR\neligibility:\n  - {label: Age, column: AGE, max: 80}\n"
ADSL = (
    "USUBJID,AGE,SEX,PFS1,PFS1_EVENT,PFSR,PFSR_EVENT,PFSR_CAUSE,OS,OS_EVENT,"
    "BOR_INITIAL,BOR_RECHALLENGE,PCHG_INITIAL,PCHG_RECHALLENGE\n"
    "1,60,M,5,1,2,1,PROGRESSION,5,1,PR,SD,-40,5\n2,62,F,4,1,3,1,DEATH,3,1,SD,PD,-10,30\n"
    "3,70,M,9,1,4,1,PROGRESSION,9,1,PR,PR,-35,-31\n"
    "4,64,F,3,0,5,0,,5,0,PD,NE,25,\n5,66,M,8,1,6,1,,9,1,SD,SD,0,2\n6,81,F,7,1,7,1,DEATH,8,0,PR,SD,-50,-3\n"
    "7,,M,7,1,7,1,DEATH,8,0,PR,SD,-50,-3\n8,61,,6,1,7,1,DEATH,7,1,PR,,-50,\n"
)
ADAE = (
    "USUBJID,APHASE,AEDECOD,ATOXGR\n1,INITIAL,Rash,2\n1,RECHALLENGE,Rash,3\n2,INITIAL,Fatigue,1\n"
    "3,RECHALLENGE,Fatigue,5\n"
)


@pytest.fixture
def study(write_cohort):
    write_cohort(yml=YML, adsl=ADSL, adae=ADAE)
    return derive_population(load_cohort("c"))


@pytest.fixture
def shown(study, monkeypatch):
    """shown('zh'): what the notebooks of these sections show of the cohort in a language."""

    def make(code, **parameters):
        with speaking(code):
            return [item for number in NOTEBOOKS for item in shown_by(number, "c", monkeypatch, **parameters)]

    return make


@pytest.mark.slow
def test_each_table_and_figure_has_an_id_of_its_own(shown):
    ids = [(item.id, item.of) for item in shown("en")]
    assert len(ids) == len(set(ids)) > 20 and all(i for i, _ in ids)


@pytest.mark.slow
def test_a_chinese_table_or_figure_has_no_english_word(shown):
    ours = [item for item in shown("zh", by="SEX") if item.id.startswith(OURS)]
    assert {item.id.split(".")[0] + "." for item in ours} == set(OURS)
    english = [
        (item.id, text) for item in ours for text in texts_of(item) if re.search("[A-Za-z]{3}", CODES.sub("", text))
    ]
    assert english == []


@pytest.mark.slow
def test_the_numbers_are_the_same_in_each_language(shown):
    english, chinese = (
        [row for item in shown(code, by="SEX", landmark=1.0) for row in ledger_rows(item.results)]
        for code in ("en", "zh")
    )
    assert len(english) > 200 and english == chinese


def test_the_frame_of_a_table_gives_its_numbers_unrounded(study):
    best = wb.best_response(study)
    rates = wb.response_table(study, best).frame.query("quantity == 'response.rate' and level == 'RECHALLENGE'")
    orr = rates[rates["variable"] == "ORR"].iloc[0]
    assert (orr["count"], orr["n"], orr["share"]) == (1, 6, 1 / 6) and 0 < orr["ci_low"] < 1 / 6 < orr["ci_high"] < 1
    harms = wb.adverse_event_table(study, wb.worst_grade(study), wb.course_sizes(study)).frame.set_index(
        ["variable", "level"]
    )
    assert (
        harms.loc[("Rash", "RECHALLENGE"), "grade 3–4, count"] == 1
        and harms.loc[("Fatigue", "RECHALLENGE"), "grade 5, share"] == 1 / 6
    )
    missing = wb.missing_table(study).frame.set_index("variable")
    assert missing.loc["SEX", ["known", "missing"]].tolist() == [5, 1]


def test_a_landmark_stays_with_the_outcome_through_a_merge(study):
    late = derive_endpoints(study, ["PFSR"], landmark=2.5)
    marker = study.table("adsl")[["USUBJID"]].assign(MARKER=1)
    merged = late.merge(marker)
    assert merged.landmark == 2.5 and merged.left_out == late.left_out == {"PFSR": (1, 0)} and "MARKER" in merged.rows
    table = survival_table(merged)
    assert "from 2.5 months on" in table.title and {r.landmark for r in table.results} == {2.5}
    causes = competing_risks(merged, [3])[1]
    assert {r.landmark for r in causes.results} == {2.5} and causes.results[0].item.startswith(
        "PFSR from 2.5 months on, "
    )


def test_causes_and_their_tests_are_found_by_their_ids(study):
    outcome = derive_endpoints(study, ["PFSR"])
    frame = competing_risks(outcome, [3, 4])[1].frame
    assert frame[["variable", "at"]].drop_duplicates().shape[0] == len(frame) and set(frame["at"]) == {3.0, 4.0}
    (table,) = gray_table(outcome, ["SEX"], tau=3.0)
    tests = [r for r in table.results if r.quantity == "incidence.gray"]
    assert [r.variable for r in tests] == ["Progression", "Death without progression"] and all(
        r.by == "SEX" for r in tests
    )


@pytest.mark.slow
def test_what_rests_on_the_pairing_of_pseudo_patients_is_free_and_what_does_not_is_not():
    quzhou = derive_population(load_cohort("quzhou-2025"))
    pairs = derive_pairs(derive_endpoints(quzhou, ["PFSR", "PFS1"]))
    free = {r.method: r.free for r in courses_table(pairs).results if r.quantity == "paired.hazard_ratio"}
    assert free == {NAIVE: False, CLUSTERED: True, STRATIFIED: True}
    assert all(r.free for r in ratio_table(pairs, 1.33).results)
    harms = wb.adverse_event_table(quzhou, wb.worst_grade(quzhou), wb.course_sizes(quzhou)).results
    assert {r.free for r in harms if r.variable == "Any adverse event"} == {True}
    assert {r.free for r in harms if r.variable == "Rash"} == {False}
    assert not any("grade 5, count" in r for r in harms)  # Table 4 has no such column
    by_age = baseline_table(quzhou, "AGEGR1").results
    assert {r.free for r in by_age if r.level} == {True} and {
        r.free for r in by_age if not r.level and "share" in r
    } == {False}


@pytest.mark.slow
def test_nothing_is_free_of_real_patients(shown):
    assert not any(r.free for item in shown("en", by="SEX") for r in item.results)


@pytest.mark.slow
def test_bars_and_lanes_are_drawn_without_responses_and_changes_are_missing_without_lesions(write_cohort):
    write_cohort("bare", adsl="USUBJID,PFSR,PFSR_EVENT,PCHG_RECHALLENGE\nA,2,1,-30\nB,3,0,10\n")
    write_cohort("less", adsl="USUBJID,PFSR,PFSR_EVENT\nA,2,1\nB,3,0\n")
    bare, less = (wb.load_study(name) for name in ("bare", "less"))
    best = wb.best_response(bare)
    assert isinstance(best, Missing) and isinstance(wb.response_table(bare, best), Missing)
    figure = wb.waterfall_figure(bare, wb.best_change(bare), best)
    assert figure.id == "response.waterfall" and [r["PCHG"] for r in figure.results] == [-30, 10]
    outcome = wb.outcome(bare, ["PFS1", "PFSR"])
    assert wb.swimmer_figure(outcome, wb.lanes(outcome), best).id == "response.swimmer"
    assert isinstance(wb.waterfall_figure(less, wb.best_change(less), wb.best_response(less)), Missing)
