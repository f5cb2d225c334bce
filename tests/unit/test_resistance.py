"""Resistance under each published definition: patients on whom the rules disagree, boundary days, what is missing."""

import itertools
from functools import partial
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from papercheck.files.findings import CohortError, NotAvailable
from rechallenge.cohort import load_cohort
from rechallenge.derive.first_course import derive_first_course
from rechallenge.derive.patterns import derive_patterns, model_definition, separating
from rechallenge.derive.population import derive_population
from rechallenge.derive.resistance import (
    CLASSES,
    Resistance,
    classify,
    clause_text,
    derive_resistance,
    outside_scope,
    read_limit,
    resistance_rules,
)
from rechallenge.sections.resistance import class_table, decision_table
from tests.conftest import cohort_writer, use_run

DEFINITIONS = resistance_rules()["definitions"]
DATED = "title: T\nprimary_endpoint: PFSR\ndata_cutoff: 2024-12-31\n"
HEADER = "USUBJID,ASTDT_INITIAL,AENDT_INITIAL,PDDT_INITIAL,ASTDT_RECHALLENGE,PDDT_RECHALLENGE,LSTALVDT,BOR_INITIAL\n"
START = pd.Timestamp("2020-01-01")
DURATIONS = "title: T\ntime_unit: {unit}\nprimary_endpoint: PFSR\n{more}"


def day(number):
    """A date so many days after the first dose; '' for None."""
    return "" if number is None else f"{START + pd.Timedelta(number, 'D'):%Y-%m-%d}"


def line(name, response, progression, last=None, again=None, progressed_again=None):
    """A patient: days from the first dose to progression, last
    dose (default: progression), rechallenge, its progression.
    """
    last = progression if last is None else last
    return (
        ",".join([name, day(0), day(last), day(progression), day(again), day(progressed_again), day(1500), response])
        + "\n"
    )


@pytest.fixture
def classed(write_cohort):
    """classed(lines, yml=..., **how) -> class by (patient, definition)."""

    return partial(classes, write_cohort)


def classes(write, *lines, yml=DATED, header=HEADER, **how):
    filler = line("Z", "SD", 400, again=500, progressed_again=600) if header == HEADER else ""
    write(yml=yml, adsl=header + "".join(lines) + filler)
    found = derive_resistance(derive_population(load_cohort("c")), **how)
    return found.set_index(["USUBJID", "DEFINITION"])["RESCLASS"].astype(str)


@pytest.fixture(scope="module")
def classed_once(tmp_path_factory):
    """As classed, for cohorts that several tests look at."""

    def run(*lines, **how):
        with pytest.MonkeyPatch.context() as patch:
            return classes(cohort_writer(patch, tmp_path_factory.mktemp("resistance")), *lines, **how)

    return run


def test_a_response_with_progression_at_5_months_on_treatment_divides_the_rules(classed):
    found = classed(line("A", "PR", 152, again=300, progressed_again=350))["A"]
    assert found["SCH21"] == "acquired"
    assert found["SITC23C"] == "primary"
    assert found["S1400F"] == "primary"  # 152 days are less than 24 weeks
    assert found["XU23"] == "not classified"
    assert found["SWOG84"] == "acquired" and found["SAPPHIRE"] == "acquired"  # eligible


def test_stable_disease_for_8_months_divides_the_rules(classed):
    found = classed(line("A", "SD", 244, again=400, progressed_again=450))["A"]
    assert [found[d] for d in ("SITC20", "SITC23C", "HUDSON", "S1400F")] == ["acquired"] * 4
    assert found["SCH21"] != "acquired" and found["WANG25"] != "acquired"
    assert found["XU23"] == "not classified"


def test_progression_as_best_response_at_12_weeks_and_a_day_is_acquired_by_exposure_alone(classed):
    found = classed(line("A", "PD", 85, again=200, progressed_again=250))["A"]
    assert found["SWOG84"] == "acquired"
    response_based = [
        code
        for code, rule in DEFINITIONS.items()
        if any("response" in clause for clause in rule.get("primary", []) if isinstance(clause, dict))
    ]
    assert {"SITC20", "XU23", "WANG25", "HUDSON", "JITC90"} <= set(response_based)
    assert {found[code] for code in [*response_based, "MRTX500", "JUNG22"]} == {"primary"}


BOUNDARIES = [  # definition, response, days to progression, last dose, class on the day before, on the day, on the day after
    ("SWOG84", "SD", 84, None, ("not classified", "acquired", "acquired")),
    ("MRTX500", "SD", 84, None, ("primary", "acquired", "acquired")),  # 12 weeks
    ("JITC90", "SD", 90, None, ("primary", "acquired", "acquired")),
    ("LATIFY", "SD", 112, None, ("primary", "acquired", "acquired")),  # 16 weeks
    ("S1400F", "SD", 168, None, ("primary", "acquired", "acquired")),  # 24 weeks
    ("HUDSON", "SD", 168, None, ("primary", "acquired", "acquired")),
]


@pytest.fixture(scope="module")
def at_boundaries(classed_once):
    """Three patients a boundary in one cohort: on the day before, on the day and on the day after."""
    patients = [
        (f"{code} {d}", response, on + d, last) for code, response, on, last, _ in BOUNDARIES for d in (-1, 0, 1)
    ]
    return classed_once(*(line(*patient, again=800, progressed_again=900) for patient in patients))


@pytest.mark.slow
@pytest.mark.parametrize("code, wanted", [(code, wanted) for code, *_, wanted in BOUNDARIES])
def test_a_boundary_day_falls_where_the_source_puts_it(at_boundaries, code, wanted):
    assert tuple(at_boundaries[f"{code} {d}", code] for d in (-1, 0, 1)) == wanted


@pytest.mark.slow
def test_12_weeks_after_the_last_dose_is_in_neither_cohort_of_the_trial_that_cuts_there(classed):
    found = classed(*(line(n, "SD", 100 + d, last=100, again=800) for n, d in (("A", 83), ("B", 84), ("C", 85))))
    assert [found[n, "RECH12"] for n in "ABC"] == ["primary", "not classified", "acquired"]


@pytest.mark.slow
def test_progression_12_weeks_after_stopping_still_counts_for_sitc_and_a_day_later_does_not(classed):
    found = classed(*(line(n, "PD", 50 + d, last=50, again=800) for n, d in (("A", 84), ("B", 85))))
    assert [found[n, "SITC20"] for n in "AB"] == ["primary", "not classified"]


def test_60_days_without_the_drug_are_enough_for_eligibility(classed):
    found = classed(
        *(line(n, "PR", 200, last=200, again=200 + d, progressed_again=400) for n, d in (("A", 59), ("B", 60)))
    )
    assert [found[n, "WJOG"] for n in "AB"] == ["not classified", "acquired"]


SIX_MONTHS = [
    ("XU23", "PR", ("not classified", "not classified", "acquired")),
    ("XU23", "SD", ("primary", "not classified", "not classified")),
    ("SITC20", "SD", ("primary", "not classified", "acquired")),
    ("SITC23C", "SD", ("primary", "primary", "acquired")),
    ("JUNG22", "SD", ("primary", "acquired", "acquired")),
]


@pytest.fixture(
    scope="module",
    params=[("months", ("5.99", "6", "6.01")), ("days", ("182.5", "182.625", "182.75"))],
    ids=lambda p: p[0],
)
def at_6_months(request, classed_once):
    """Three patients a response in one cohort: shortly before 6 months, at 6 months and shortly after."""
    unit, times = request.param
    more = "first_course: {treated: until progression, source: Methods}\n"
    lines = [f"{r}{n},{t},1,{r},5,1\n" for r in ("PR", "SD") for n, t in zip("ABC", times, strict=True)]
    header = "USUBJID,PFS1,PFS1_EVENT,BOR_INITIAL,PFSR,PFSR_EVENT\n"
    return classed_once(*lines, yml=DURATIONS.format(unit=unit, more=more), header=header)


@pytest.mark.parametrize("code, response, wanted", SIX_MONTHS)
def test_exactly_6_months_falls_where_the_source_puts_it_in_either_unit(at_6_months, code, response, wanted):
    assert tuple(at_6_months[f"{response}{n}", code] for n in "ABC") == wanted


def test_weeks_and_days_meet_a_cohort_in_months(classed):
    lines = [f"{n},{d / 30.4375!r},1,SD\n" for n, d in (("A", 167.9), ("B", 168.0))]
    found = classed(
        *lines, yml=DURATIONS.format(unit="months", more=""), header="USUBJID,PFS1,PFS1_EVENT,BOR_INITIAL\n"
    )
    assert [found[n, "S1400F"] for n in "AB"] == ["primary", "acquired"]


def test_six_months_after_the_last_dose_is_within_six_months(classed):
    found = classed(*(line(n, "PR", 300 + d, last=300, again=900) for n, d in (("A", 182), ("B", 183))))
    assert [found[n, "WANG25"] for n in "AB"] == ["acquired", "not classified"]


def test_a_responder_off_the_drug_for_6_months_is_acquired_once_rechallenge_fails(classed):
    again = {"A": (900, 950), "B": (900, None), "C": (450, 500)}  # progressed on rechallenge; not; after 5 months only
    lines = [
        line(n, "CR", 490 if n != "C" else 449, last=300 if n != "C" else 290, again=a, progressed_again=p)
        for n, (a, p) in again.items()
    ]
    found = classed(*lines)
    assert [found[n, "SCH21"] for n in "AB"] == ["acquired", "not classified"]
    assert found["C", "SCH21"] == "acquired"  # by the first clause: 159 days after the last dose


def test_every_patient_has_one_row_for_every_definition(classed):
    found = classed(line("A", "PR", 152), line("B", "", None, last=30), line("C", "NE", 90))
    assert found.groupby("USUBJID").size().eq(len(DEFINITIONS)).all()
    assert set(found.index.get_level_values(0)) == {"A", "B", "C", "Z"}


def test_without_progression_nobody_is_classed(write_cohort):
    write_cohort(yml=DATED, adsl=HEADER + line("A", "PR", None, last=100, again=300) + line("B", "PR", 100, again=200))
    found = derive_resistance(load_cohort("c"), ["S1400F", "WANG25"]).query("USUBJID == 'A'")
    assert set(found["RESCLASS"]) == {"not evaluable"}
    assert set(found["RULE"]) == {"no progression on the first course is recorded"}


def test_death_on_the_first_course_is_not_progression(write_cohort):
    adtte = "USUBJID,PARAMCD,AVAL,CNSR,EVNTDESC\nA,PFS1,3,0,Death\nB,PFS1,3,0,Progression\n"
    write_cohort(adsl="USUBJID,AGE\nA,60\nB,61\n", adtte=adtte)
    course = derive_first_course(load_cohort("c")).set_index("USUBJID")
    assert course["PROGRESSED"].to_dict() == {"A": False, "B": True} and np.isnan(course["TO_PD"]["A"])


def test_a_response_that_is_not_evaluable_leaves_only_the_rules_that_ask_for_it_open(classed):
    found = classed(line("A", "NE", 90, again=200, progressed_again=250))["A"]
    assert found["HUDSON"] == "not evaluable" and found["S1400F"] == "primary"


def test_a_missing_value_of_one_patient_is_said_of_that_patient(write_cohort):
    write_cohort(yml=DATED, adsl=HEADER + line("A", "NE", 90) + line("B", "SD", 90))
    found = derive_resistance(load_cohort("c"), ["HUDSON"]).set_index("USUBJID")
    assert found.loc["A", "RULE"] == "not known of this patient: BOR_INITIAL"
    assert found.loc["B", "RESCLASS"] == "primary"


def test_a_column_that_nobody_has_makes_the_definition_not_evaluable_for_all(classed):
    header = "USUBJID,PFS1,PFS1_EVENT,BOR_INITIAL\n"
    lines = ["A,3,1,SD\n", "B,9,1,SD\n"]
    found = classed(*lines, yml=DURATIONS.format(unit="months", more=""), header=header)
    assert found["A", "SITC23C"] == found["B", "SITC23C"] == "not evaluable"  # A alone could be called primary
    assert [found[n, "S1400F"] for n in "AB"] == ["primary", "acquired"]
    rules = derive_resistance(load_cohort("c"), ["SITC23C", "XU23"])["RULE"].unique()
    assert rules.tolist() == ["needs ASTDT_INITIAL, AENDT_INITIAL"]


def test_a_stated_limit_settles_the_rule_that_it_meets_and_no_other(classed):
    more = "first_course: {pd_after_last_dose: <=6 months, source: Methods}\n"
    header = "USUBJID,PFS1,PFS1_EVENT,BOR_INITIAL\n"
    found = classed("A,9,1,PR\n", "B,3,1,PR\n", yml=DURATIONS.format(unit="months", more=more), header=header)
    assert [found[n, "WANG25"] for n in "AB"] == ["acquired", "acquired"]
    assert found["A", "RECH12"] == "not evaluable"


def test_an_open_last_dose_before_a_later_course_is_unknown_and_otherwise_treatment_went_on(write_cohort):
    lines = f"A,{day(0)},,{day(90)},{day(200)},,{day(400)},PD\nB,{day(0)},,{day(90)},,,{day(400)},PD\n"
    write_cohort(yml=DATED, adsl=HEADER + lines + line("C", "PD", 90))
    course = derive_first_course(load_cohort("c")).set_index("USUBJID")
    assert np.isnan(course["TREATED"]["A"]) and course["TREATED"]["B"] == 90 and course["AFTER_LAST"]["B"] == 0


def test_the_class_that_the_study_gave_stands_beside_the_others_and_leads():
    found = derive_resistance(derive_population(load_cohort("xu-2023")))
    assert found["DEFINITION"].cat.categories[0] == "GIVEN"
    counts = found[found["DEFINITION"] == "GIVEN"]["RESCLASS"].value_counts()
    assert (counts["primary"], counts["acquired"]) == (18, 22)  # Abstract
    assert model_definition(found) == "GIVEN"


def test_all_patients_of_a_paper_that_took_responders_only_are_acquired_under_its_definition():
    found = derive_resistance(derive_population(load_cohort("quzhou-2025")), ["SCH21", "WANG25"])
    assert (found["RESCLASS"] == "acquired").all() and len(found) == 26


def test_a_scan_that_does_not_confirm_counts_only_if_asked_for(write_cohort):
    scans = "USUBJID,APHASE,PARAMCD,ADT,AVALC\n" + "".join(
        f"{name},INITIAL,OVR,{day(d)},{r}\n"
        for name, visits in {
            "A": ((60, "PD"), (88, "PD")),
            "B": ((60, "PD"), (87, "PD")),
            "C": ((60, "PD"), (70, "SD"), (100, "PD")),
        }.items()
        for d, r in visits
    )
    header = "USUBJID,ASTDT_INITIAL,AENDT_INITIAL,LSTALVDT\n"
    write_cohort(yml=DATED, adsl=header + "".join(f"{n},{day(0)},{day(60)},{day(500)}\n" for n in "ABC"), adrs=scans)
    once, twice = (
        derive_resistance(load_cohort("c"), ["SITC20"], confirmed=c)["RESCLASS"].tolist() for c in (False, True)
    )
    assert once == ["primary"] * 3
    assert twice == ["primary", "not classified", "not classified"]  # 28 days; 27 days; another scan between


def test_no_two_classes_of_a_definition_can_hold_at_once(classed):
    days = (20, 41, 42, 83, 84, 100, 168, 182, 183, 300)
    cases = list(itertools.product(("CR", "PR", "SD", "NON-CR/NON-PD", "PD"), days, (0, 30, 84, 85, 182, 183)))
    lines = [
        line(f"P{i}", r, d, last=max(1, d - off), again=d + 61, progressed_again=d + 90)
        for i, (r, d, off) in enumerate(cases)
    ]
    from rechallenge.derive import resistance as rules

    classed(*lines)
    facts = rules._facts(derive_first_course(load_cohort("c")))
    for code, rule in DEFINITIONS.items():
        if all(isinstance(rule.get(side), list) for side in ("primary", "acquired")):
            one, two = (rules._side(rule[side], facts, len(lines) + 1).true for side in ("primary", "acquired"))
            assert not (one & two).any(), code


def test_every_definition_has_a_source_and_either_a_rule_or_the_reason_why_not():
    assert len(DEFINITIONS) == 19
    for code, rule in DEFINITIONS.items():
        assert rule["label"] and rule["citation"] and rule["scope"], code
        assert ("unusable" in rule) != ("acquired" in rule), code
        for side in ("primary", "acquired", "excluded"):
            for clause in rule.get(side, []) if isinstance(rule.get(side), list) else []:
                assert clause_text(clause)
    assert {c for c, r in DEFINITIONS.items() if "unusable" in r} == {"SITC23I", "SITC23T", "CTNG"}


def test_a_limit_reads_as_operator_days_and_words():
    assert read_limit(">=6 months") == (">=", 182.625, "at least 6 months")
    assert read_limit("<12 weeks") == ("<", 84, "less than 12 weeks")
    with pytest.raises(ValueError, match="not a limit"):
        read_limit("6 months")


def test_a_cohort_without_a_first_course_says_what_it_would_need():
    with pytest.raises(NotAvailable, match="BOR_INITIAL.*PFS1.*RESIST"):
        derive_resistance(load_cohort("ncctg-lung"))


def test_an_unknown_definition_is_named_with_the_nearest():
    study = load_cohort("quzhou-2025")
    with pytest.raises(CohortError, match="Did you mean SCH21"):
        derive_resistance(study, ["SCH2"])
    with pytest.raises(CohortError, match="Did you mean HUDSON"):
        model_definition(derive_resistance(study), "HUDSEN")


def test_facts_stated_without_a_source_or_in_other_words_are_faults(write_cohort):
    write_cohort(
        yml=DURATIONS.format(unit="months", more="first_course: {regimen: single, pd_after_last_dose: 6, when: now}\n")
    )
    with pytest.raises(CohortError) as error:
        load_cohort("c")
    rules = {f.rule for f in error.value.findings}
    assert {"unknown value", "expected the longest time", "unknown key", "a fact without its source"} <= rules


@pytest.mark.parametrize(
    "most, types", [(2, ["OLIGO", "OLIGO", "SYSTEMIC", None]), (3, ["OLIGO", "OLIGO", "OLIGO", None])]
)
def test_the_number_of_lesions_divides_oligo_from_systemic_progression(write_cohort, most, types):
    header = "USUBJID,PFS1,PFS1_EVENT,BOR_INITIAL,NPROG\n"
    write_cohort(adsl=header + "A,3,1,SD,1\nB,9,1,SD,2\nC,4,1,SD,3\nD,8,1,SD,\n")
    study = load_cohort("c")
    found = derive_patterns(study, derive_resistance(study), oligo_lesions=most).table("adsl")["PROGTYPE"]
    assert found.astype(object).where(found.notna(), None).tolist() == types


def test_the_treatment_free_interval_ends_with_the_next_course_of_any_kind(write_cohort):
    adex = "USUBJID,APHASE,ASTDT,AENDT,PDDT\n"
    for name, interim in (("A", 130), ("B", None)):
        adex += f"{name},INITIAL,{day(0)},{day(100)},{day(110)}\n{name},RECHALLENGE,{day(300)},{day(400)},\n"
        adex += f"{name},INTERIM,{day(interim)},{day(200)},\n" if interim else ""
    write_cohort(yml=DATED, adsl=f"USUBJID,LSTALVDT\nA,{day(500)}\nB,{day(500)}\n", adex=adex)
    course = derive_first_course(load_cohort("c")).set_index("USUBJID")
    assert course["TFI"].to_dict() == {"A": 30, "B": 200} and course["ICI_FREE"].to_dict() == {"A": 200, "B": 200}


def test_how_long_a_patient_without_progression_was_treated_is_known(write_cohort):
    """A ended it before progression, B went on after it, C had none, D has no last dose and went on to another."""
    adex = "USUBJID,APHASE,ASTDT,AENDT,PDDT\n"
    for name, last, progressed in (("A", 50, 60), ("B", 70, 60), ("C", 50, None), ("D", None, 60)):
        ended, found = (day(d) if d else "" for d in (last, progressed))
        adex += f"{name},INITIAL,{day(0)},{ended},{found}\n" + (f"D,INTERIM,{day(80)},,\n" if name == "D" else "")
    write_cohort(yml=DATED, adsl="USUBJID,LSTALVDT\n" + "".join(f"{s},{day(500)}\n" for s in "ABCD"), adex=adex)
    treated = derive_first_course(load_cohort("c"))["TREATED"]
    assert treated[:3].tolist() == [50, 60, 50] and np.isnan(treated[3])


def test_only_definitions_that_find_both_classes_are_compared():
    found = derive_resistance(derive_population(load_cohort("quzhou-2025")))
    counts = found.groupby(["DEFINITION", "RESCLASS"], observed=False).size().unstack()
    assert separating(found) == [c for c in counts.index if counts.loc[c, "primary"] and counts.loc[c, "acquired"]]
    assert list(counts.columns) == list(CLASSES) and (counts.sum(axis=1) == 13).all()


def test_a_cohort_without_the_first_course_is_told_what_each_definition_asks_for(write_cohort):
    write_cohort(adsl="USUBJID,PFSR,PFSR_EVENT\nA,2,1\nB,3,1\n")
    with pytest.raises(NotAvailable, match=r"Jung 2022.*: BOR_INITIAL, PFS1; by Lung-MAP S1400F: PFS1\. ") as raised:
        derive_resistance(load_cohort("c"))
    said = str(raised.value)
    assert said.endswith("AENDT_INITIAL, ASTDT_INITIAL, ASTDT_RECHALLENGE, PDDT_INITIAL, PFSR, first_course.regimen.")
    assert len(said) < 700 and "Xu 2023" not in said
    few = "JUNG22", "S1400F", "XU23", "HUDSON"
    for codes, others in ((few, True), (few[1:], False)):  # up to three are told with all of their columns
        with pytest.raises(NotAvailable) as raised:
            derive_resistance(load_cohort("c"), codes)
        assert ("The other definitions ask for some of these too" in str(raised.value)) == others
    with pytest.raises(NotAvailable, match=r"Xu 2023: AENDT_INITIAL, ASTDT_INITIAL, BOR_INITIAL, PFS1\.$"):
        derive_resistance(load_cohort("c"), ["XU23"])
    with pytest.raises(NotAvailable, match=r"Columns asked for by HUDSON: BOR_INITIAL, PFS1\.$"):
        derive_resistance(load_cohort("c"), ["HUDSON"])


def test_pseudo_patients_without_the_first_course_lack_what_is_printed_and_no_column():
    with pytest.raises(NotAvailable, match="no printed number to make it from is on record") as raised:
        derive_resistance(derive_population(load_cohort("shi-2026")))
    assert "BOR_INITIAL" not in str(raised.value)


@pytest.mark.parametrize("code, regimen, marked", [
    ("SITC20", "monotherapy", ""), ("SITC20", "combination", "monotherapy"), ("SITC20", None, ""),
    ("JITC90", "monotherapy", "melanoma"), ("SCH21", "combination", ""),
])  # fmt: skip
def test_a_definition_for_another_regimen_or_disease_is_marked(code, regimen, marked):
    meta = SimpleNamespace(first_course={} if regimen is None else {"regimen": regimen})
    assert outside_scope(SimpleNamespace(meta=meta), code) == marked


def test_definitions_of_timing_are_shown_and_left_out_of_the_range():
    """Those three divide by time on or off treatment: a patient
    who is acquired by all others may be primary by them.
    """
    rules = resistance_rules()["definitions"]
    timing = {code for code, rule in rules.items() if rule.get("about") == "timing"}
    assert timing == {"LATIFY", "ATAL12", "RECH12"}
    found = derive_resistance(load_cohort("quzhou-2025"))
    resistance = Resistance(load_cohort("quzhou-2025"), found)
    table = class_table(resistance)
    assert len(table.rows) == found["DEFINITION"].nunique()
    assert f"of the 7 definitions that can be applied, of {len(table.rows) - 3} (" in table.key[0][1]
    assert any("By the time on or off treatment" in note and "LATIFY, stratification" in note for note in table.notes)


@pytest.mark.parametrize(
    "privacy, said", [("internal", ["2020-09-01", "2020-08-27"]), ("shared", ["day 244", "day 239"])]
)
def test_dates_that_count_from_each_patients_start_are_shown_as_days(write_cohort, monkeypatch, privacy, said):
    """Day 0 is kept as a day of 1900: no reader is shown a year in which nobody was treated."""
    use_run(monkeypatch, privacy=privacy)
    lines = "".join(line(name, "PR", 244, 239, 300, 500) for name in "ABC")
    write_cohort(yml=DATED + "kind: patients\n", adsl=HEADER + lines)
    table = decision_table(classify(derive_population(load_cohort("c"))), "S1400F")
    assert [row[4:6] for row in table.rows] == [said] * 3
