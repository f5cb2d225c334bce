"""Adverse events by system organ class, by relation to the treatment, and with a corticosteroid."""

import pytest

from rechallenge.cohort.cohort import load_cohort, read_cohort
from rechallenge.derive.population import derive_population
from rechallenge.sections.event_groups import attribution_table, organ_class_table

ADSL = "USUBJID,PFS1,PFS1_EVENT,PFSR,PFSR_EVENT\n" + "".join(
    f"{s},{i + 2},1,{i + 1},1\n" for i, s in enumerate("ABCDE")
)
ADAE = """USUBJID,APHASE,AEDECOD,ATOXGR,AEBODSYS,AEREL,AESTRFL,AEIRFL
A,INITIAL,Rash,2,SKIN,POSSIBLE,N,N
A,INITIAL,Pruritus,3,SKIN,UNLIKELY,Y,N
A,RECHALLENGE,Rash,1,SKIN,RELATED,N,Y
B,INITIAL,Rash,,SKIN,DEFINITE,,
B,INITIAL,Anaemia,5,BLOOD,UNRELATED,N,N
C,INITIAL,Fatigue,1,,,N,N
C,RECHALLENGE,Pneumonitis,3,RESP,PROBABLE,Y,Y
"""


def study(write_cohort, adae):
    write_cohort(adsl=ADSL, adae=adae)
    return derive_population(load_cohort("c"))


def counts(table, variable, course):
    """any, 3 or higher, 5, not known."""
    found = next(r for r in table.results if (r.variable, r.level) == (variable, course))
    return [found.values[k] for k in ("any", "3 or higher", "5", "not known")]


def test_each_class_counts_a_patient_once_at_the_worst_grade(write_cohort):
    table = organ_class_table(study(write_cohort, ADAE))
    assert counts(table, "SKIN", "INITIAL") == [2, 1, 0, 1] and counts(table, "SKIN", "RECHALLENGE") == [1, 0, 0, 0]
    assert counts(table, "BLOOD", "INITIAL") == [1, 1, 1, 0] and counts(table, "RESP", "RECHALLENGE") == [1, 1, 0, 0]
    assert counts(table, "not recorded", "INITIAL") == [1, 0, 0, 0]
    assert [r.variable for r in table.results[::2]] == ["SKIN", "BLOOD", "RESP", "not recorded"]  # by patients
    assert all(r.values["n"] == 5 for r in table.results)


def test_possible_and_more_is_related_and_unlikely_is_not(write_cohort):
    table = attribution_table(study(write_cohort, ADAE))
    assert counts(table, "related", "INITIAL") == [2, 0, 0, 1]
    assert counts(table, "not related", "INITIAL") == [2, 2, 1, 0]
    assert counts(table, "not judged", "INITIAL") == [1, 0, 0, 0]
    assert counts(table, "related", "RECHALLENGE") == [2, 1, 0, 0]
    assert counts(table, "corticosteroid", "INITIAL") == [1, 1, 0, 0]
    assert counts(table, "immune-related", "RECHALLENGE") == [2, 1, 0, 0]
    assert counts(table, "immune-related", "INITIAL") == [0, 0, 0, 0]
    assert [str(n) for n in table.notes if "not recorded of" in n] == [
        "Immune-related: not recorded of 1 event, which do not count there.",
        "Corticosteroid given: not recorded of 1 event, which do not count there.",
    ]


@pytest.mark.parametrize("dropped", [[], ["AEREL", "AESTRFL", "AEIRFL", "AEBODSYS"]])
def test_what_is_not_recorded_adds_nothing(write_cohort, dropped):
    head, *lines = ADAE.splitlines()
    width = 4 if dropped else 8
    bare = [",".join([*line.split(",")[:4], *([""] * 4)][:width]) for line in lines]
    known = study(write_cohort, "\n".join([",".join(head.split(",")[:width]), *bare, ""]))
    assert organ_class_table(known) == () and attribution_table(known) == ()


def test_words_of_the_standard_are_read_and_others_are_not_recorded_with_a_warning(write_cohort):
    words = ADAE.replace("POSSIBLE", "remote").replace("UNRELATED", "NONE").replace("RELATED", "Y", 1)
    words = words.replace("PROBABLE", "perhaps").replace(",RESP,", ",Lung,")
    known = study(write_cohort, words)
    assert counts(attribution_table(known), "not related", "INITIAL") == [2, 2, 1, 0]
    assert counts(attribution_table(known), "not judged", "RECHALLENGE") == [1, 1, 0, 0]
    assert counts(organ_class_table(known), "not recorded", "RECHALLENGE") == [1, 1, 0, 0]
    said = [f for f in read_cohort("c")[1] if f.column in ("AEREL", "AEBODSYS")]
    assert [(f.severity, f.row, f.column, f.value) for f in said] == [
        ("warning", 8, "AEBODSYS", "Lung"),
        ("warning", 8, "AEREL", "perhaps"),
    ]
    assert all("counts as not recorded" in f.rule for f in said)
