"""What a reconstructed cohort says of itself: the head of its report, the notes under its tables, its warnings."""

import pytest

from papercheck.files.findings import NotAvailable
from papercheck.replicate.record import Record
from rechallenge.cohort.cohort import load_cohort
from rechallenge.derive.endpoints import derive_endpoints
from rechallenge.derive.population import derive_population
from rechallenge.show.standing import banner, standing, standing_note

YML = """
title: Test
kind: pseudo
time_unit: months
primary_endpoint: PFSR
factors:
  ECOG: {label: Performance status, levels: [0-1, "2"]}
  SMOKE: {levels: {NEVER: Never, EVER: Ever}}
  ARM: {label: Arm, levels: [A, B]}
provenance:
  adsl: {status: synthetic, note: No count is printed.}
  adsl.ECOG: {status: determined, note: Only one choice., ties: [PFSR]}
  adsl.ARM: {status: constrained, note: The PFSR results are met., ties: [PFSR]}
  adsl.SEX: {status: constrained, note: The counts are printed.}
  adsl.AGE: {status: constrained, note: The counts are printed.}
  adtte.PFSR: {status: constrained, note: The printed results are met.}
  adtte.OS: {status: synthetic, note: No event is printed.}
  adrs: {status: constrained, note: The counts are printed.}
"""
ADSL = """USUBJID,AGE,SEX,ECOG,ARM,SMOKE,PFSR,PFSR_EVENT,OS,OS_EVENT,BOR_RECHALLENGE
A,60,M,0-1,A,EVER,2.5,1,8,0,SD
B,65,F,0-1,B,EVER,4,0,9,0,SD
C,70,M,2,A,NEVER,6,1,12,0,PR
D,58,F,2,B,NEVER,1.5,1,3,0,PD
"""


@pytest.fixture
def cohort(write_cohort):
    write_cohort(yml=YML, adsl=ADSL)
    return derive_population(load_cohort("c"))


def test_the_head_says_what_is_determined_bound_and_free(cohort):
    record = Record(times={"PFSR": {1: 1.5, 3: 4.0}, "OS": {2: 9.0}})  # of OS no event is printed
    assert banner(cohort, record) == [
        (
            "Determined by the printed numbers, if no two patients have the same time and the prints are read as their"
            " section says: 2 of 4 times of PFSR; who has which Performance status."
        ),
        "Bound by printed results, but not fixed: the other times of PFSR; Arm.",
        (
            "Free within the printed counts: best responses, Sex and Age. Nothing is printed of: the events of OS;"
            " Smoking status."
        ),
    ]


def test_without_a_fixed_time_or_patient_the_head_says_that_none_is_known(write_cohort):
    write_cohort(yml=YML.replace("status: determined", "status: constrained"), adsl=ADSL)
    said = banner(derive_population(load_cohort("c")), Record(times={"PFSR": {}}))
    assert said[0] == "Determined are the printed results; no single time and no single patient is known to be."
    assert said[1] == "Bound by printed results, but not fixed: the times of PFSR; Performance status and Arm."


def test_many_characteristics_are_counted_not_named(write_cohort):
    more = "".join(f"  adsl.X{i}: {{status: constrained, note: The counts are printed.}}\n" for i in range(3))
    write_cohort(yml=YML + more, adsl=ADSL)
    assert "best responses and 5 characteristics." in banner(derive_population(load_cohort("c")))[-1]


def test_the_head_of_patients_and_of_other_pseudo_patients_is_silent(write_cohort):
    write_cohort("patients", YML.replace("kind: pseudo\n", ""), ADSL)
    write_cohort("made", YML[: YML.index("provenance")], ADSL)
    assert [banner(load_cohort(name)) for name in ("patients", "made")] == [[], []]


def test_columns_of_one_standing_and_reason_stand_together_by_their_labels(cohort):
    assert ("Sex, Age and best responses", "constrained", "The counts are printed.") in standing(cohort)
    assert (
        standing_note(cohort, "adtte.PFSR", "adtte.OS")
        == "PFSR (constrained): the printed results are met. OS (synthetic): no event is printed. What is not printed is that of one reconstruction."
    )
    note = standing_note(cohort, "adsl")
    assert "Smoking status (synthetic): no count is printed." in note
    assert "Arm (constrained): the PFSR results are met." in note and "Performance status" not in note
    assert standing_note(cohort, "adae") == ""


def test_a_warning_of_a_reconstructed_cohort_sends_to_the_paper_not_to_a_record(write_cohort):
    adsl = ADSL.replace("SMOKE,", "SMOKE,STAGE,DISTMET,").replace("EVER,", "EVER,IV,N,")
    write_cohort(yml=YML, adsl=adsl)
    (stage,) = {(f.rule, f.action) for f in load_cohort("c").warnings}
    assert stage[0].startswith("stage IV without distant metastasis") and "what the paper prints" in stage[1]
    write_cohort("d", YML.replace("kind: pseudo\n", ""), adsl)
    assert "correct one of the two" in " ".join(f.action for f in load_cohort("d").warnings)


def test_an_endpoint_without_printed_events_is_no_suspicion_of_swapped_flags(write_cohort):
    write_cohort(yml=YML, adsl=ADSL)
    write_cohort("d", YML.replace("adtte.OS: {status: synthetic", "adtte.OS: {status: constrained"), ADSL)
    rules = [[f.rule for f in load_cohort(name).warnings] for name in ("c", "d")]
    assert rules == [[], ["all subjects are censored for OS"]]


def test_what_a_reconstructed_cohort_lacks_is_not_asked_of_its_owner(write_cohort):
    write_cohort(yml=YML, adsl=ADSL)
    cohort = load_cohort("c")
    why = "no printed number to make it from is on record."
    with pytest.raises(NotAvailable, match=rf"needs adverse events \(table adae\): {why}"):
        cohort.table("adae")
    with pytest.raises(NotAvailable, match=f"needs Progression-free survival on the first ICI course: {why}"):
        derive_endpoints(cohort, ["PFS1"])


def test_a_group_that_is_cut_from_times_is_bound_as_they_are(write_cohort):
    yml = YML + "  adsl.LONG: {status: constrained, note: No count is printed; it follows from PFSR.}\n"
    factor = "  LONG: {label: Long PFS, from: PFSR, cut: [3], levels: {<3: short, '>=3': long}}\n"
    yml = yml.replace("factors:\n", "factors:\n" + factor)
    write_cohort(yml=yml, adsl=ADSL)
    bound, free = banner(derive_population(load_cohort("c")))[1:3]
    assert "Long PFS" in bound and "Long PFS" not in free
