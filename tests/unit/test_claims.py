"""What a paper says in words: declared, held against the cohort
by a rule each, shown with the numbers that decide it.
"""

import re
from dataclasses import replace

import pandas as pd
import pytest

from papercheck.files.findings import CohortError
from papercheck.registry.registry import load_registry, read_registry
from papercheck.replicate.record import Record
from rechallenge.cohort.cohort import load_cohort
from rechallenge.replication.claims import HELD, NOT_HELD, OPEN, Measure, check_claims, lower_and_higher
from rechallenge.replication.study import prepare
from rechallenge.replication.verdict import Replication
from rechallenge.sections.claims import claims_table, claims_text
from rechallenge.sections.reconstruction import contradiction_tables, determined_table
from rechallenge.text.language import speaking

COX = {"kind": "independent", "endpoint": "PFSR"}
TEST = {"kind": "difference", "endpoint": "PFSR"}
NONE = {"kind": "no_difference", "endpoint": "PFSR"}
COMMON = {"kind": "most_common", "course": "INITIAL"}


@pytest.fixture(scope="module")
def studies():
    found = {}
    for name in ("quzhou-2025", "shi-2026", "xu-2023", "chen-2025"):
        registry = load_registry(name)
        found[name] = registry, prepare(load_cohort(name), registry)
    return found


def checked(studies, name, **claim):
    registry, study = studies[name]
    claims = [{"at": "Text", "text": "so it is said", **claim}]
    return check_claims(replace(registry, own={**registry.own, "claims": claims}), study)[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "claim", "state"),
    [
        ("xu-2023", COX | {"by": "PROGTYPE", "beside": ["RESIST", "INTERIM"]}, HELD),  # P 0.006, printed and imposed
        ("shi-2026", COX | {"by": "SMOKE", "beside": ["PRIORRES"]}, HELD),  # said in words and imposed
        ("quzhou-2025", TEST | {"by": "ECOG", "longer": "0-1"}, HELD),  # 6.14 against 1.68, P 0.004
        ("quzhou-2025", TEST | {"by": "ECOG", "longer": "2"}, NOT_HELD),  # the other way round
        ("quzhou-2025", TEST | {"by": "ECOG"}, HELD),
        ("quzhou-2025", TEST | {"by": "PDL1GR1", "longer": "POS"}, NOT_HELD),  # P 0.067
        ("quzhou-2025", NONE | {"by": "PDL1GR1"}, HELD),
        ("quzhou-2025", NONE | {"by": ["PDL1GR1", "ECOG"]}, NOT_HELD),  # one of them differs
        ("quzhou-2025", COMMON | {"terms": ["Fatigue", "anaemia"]}, HELD),  # 7 and 7, then 5
        ("quzhou-2025", COMMON | {"terms": ["Fatigue"]}, NOT_HELD),  # a tie is not the most common
        ("quzhou-2025", COMMON | {"terms": ["Fatigue", "Cough"]}, NOT_HELD),  # nobody has the second
        ("chen-2025", {"kind": "most_common", "by": "HIST", "longer": "ADENO"}, HELD),  # 9 of 14
        ("chen-2025", {"kind": "most_common", "by": "HIST", "longer": "SQUAMOUS"}, NOT_HELD),
        ("quzhou-2025", {"kind": "fewer", "course": "RECHALLENGE"}, HELD),
        ("quzhou-2025", {"kind": "fewer", "course": "INITIAL"}, NOT_HELD),
        ("quzhou-2025", {"kind": "fewer", "course": "RECHALLENGE", "terms": ["Diarrhoea"]}, NOT_HELD),  # 1 and 1
        ("chen-2025", {"kind": "fewer", "course": "RECHALLENGE"}, OPEN),  # no events of the first course
        ("quzhou-2025", {"kind": "other"}, OPEN),
        ("quzhou-2025", TEST | {"by": "ECOG", "endpoint": "OS"}, OPEN),  # nobody died
    ],
)
def test_each_kind_holds_by_its_rule_and_not_otherwise(studies, name, claim, state):
    found = checked(studies, name, **claim)
    assert found.state == state and bool(found.why) == (state == OPEN)
    assert bool(found.measures) == (state != OPEN)


def test_the_numbers_that_decide_are_those_of_the_data(studies):
    found = checked(studies, "quzhou-2025", kind="fewer", course="RECHALLENGE")
    counts = {m.of: (m.values["count"], m.values["count_other"]) for m in found.measures}
    assert counts["anaemia"] == (6, 7) and counts["hypothyroidism"] == (1, 0) and len(counts) == 8
    assert lower_and_higher(found.measures) == (5, 1)
    sizes = {"n": 20, "n_other": 10}
    assert lower_and_higher([Measure("x", {"count": 3, "count_other": 2, **sizes})]) == (1, 0)  # 15% against 20%
    joint = checked(studies, "xu-2023", **COX, by="PROGTYPE", beside=["RESIST", "INTERIM"]).measures[0].values
    assert (joint["n"], joint["events"]) == (40, 29) and joint["p"] == pytest.approx(0.0064293, abs=5e-6)  # R, coxph


def test_what_rests_on_a_free_choice_is_marked(studies):
    assert checked(studies, "shi-2026", **COX, by="SMOKE", beside=["PRIORRES"]).free
    assert not checked(studies, "xu-2023", **COX, by="PROGTYPE", beside=["RESIST", "INTERIM"]).free  # as printed
    assert not checked(studies, "quzhou-2025", **TEST, by="ECOG").free
    assert checked(
        studies, "xu-2023", **TEST, by="PROGTYPE", where={"RESIST": "ACQUIRED"}
    ).free  # who is in both is not printed


@pytest.mark.parametrize("code", ["en", "zh"])
def test_what_was_imposed_is_marked_and_stands_with_what_is_determined(studies, code):
    registry, study = studies["shi-2026"]
    claims = check_claims(registry, study, imposed=(1, 2, 3))
    assert [c.imposed for c in claims] == [True, True, True, False]
    record = Record(solutions="Not counted.", imposed=(1, 2, 3), not_imposed={4: "no rule decides it"})
    with speaking(code):
        table = claims_table(Replication(registry, pd.DataFrame(), pseudo=True, claims=claims))
        said = determined_table(registry, record).text
    assert [row[2][-1] for row in table.rows[:3]] == ["‡"] * 3 and table.notes[1].startswith("‡")
    assert "could bring survival benefits" in said and ("no rule decides it" in said) == (code == "en")
    assert code == "zh" or "Imposed beside the printed numbers, as the paper says it in words: PFSR is longer" in said


def test_an_independent_factor_on_the_side_that_is_said(studies):
    claim = COX | {"by": "PROGTYPE", "beside": ["RESIST", "INTERIM"]}
    assert checked(studies, "xu-2023", **claim, longer="OLIGO").state == HELD  # systemic progression fares worse
    assert checked(studies, "xu-2023", **claim, longer="SYSTEMIC").state == NOT_HELD


@pytest.mark.slow
@pytest.mark.parametrize("code", ["en", "zh"])
@pytest.mark.parametrize("name", ["quzhou-2025", "shi-2026", "xu-2023", "chen-2025", "rechallenge-review-2026"])
def test_the_claims_of_a_paper_are_shown_with_their_place_words_and_arithmetic(studies, name, code):
    registry, study = studies.get(name, (load_registry(name), None))
    claims = check_claims(registry, study)
    with speaking(code):
        paper = Replication(registry, pd.DataFrame(), pseudo=study is not None, claims=claims)
        table = claims_table(paper)
        said = f"{table.title} {' '.join(table.columns)} {table.key} {' '.join(table.notes)}"
        said += " ".join(f"{row[0].partition('“')[0]} {row[2]} {row[3]}" for row in table.rows)
    assert all(len(check.claim.text.split()) <= 14 for check in claims) and len(table.rows) == len(claims) > 2
    assert [row[0].partition("“")[2].rstrip("”") for row in table.rows] == [check.claim.text for check in claims]
    if code == "zh":
        left = set(re.findall("[A-Za-z-]{3,}", said)) - {
            "ECOG",
            "PFSR",
            "ICI",
            "Cox",
            "PD-L",
            "TNM",
            "published",
            "yml",
        }
        assert left <= {"Clinical", "Text"}, left


def test_what_does_not_hold_is_named_where_nothing_had_to_be_given_up(studies):
    registry, study = studies["shi-2026"]
    claims = check_claims(registry, study)
    broken = [replace(c, state=NOT_HELD) if c.claim.kind == "independent" else c for c in claims]
    (note,) = contradiction_tables(registry, Record(), broken)
    assert "says in words: 1 of 4 claims hold; not held: Response to prior immunotherapy is an" in note.text
    assert note.text.count("†") == 2 and "1 not checkable" in note.text
    assert claims_text([c for c in claims if c.state == OPEN], registry) == "1 claim, not checkable"
    (note,) = contradiction_tables(registry, Record())
    assert "such as that a factor is independent" in note.text


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("{at: Text, kind: independent, endpoint: PFSR, by: ARM, text: x}", "lacks a key"),
        ("{at: Text, kind: best, text: x}", "kind"),
        ("{at: Text, kind: no_difference, endpoint: PFSR, by: AMR, text: x}", "unknown column"),
        ("{at: Text, kind: difference, endpoint: PFSR, by: ARM, longer: CAI, text: x}", "CAI is not a level of ARM"),
        ("{at: Text, kind: other}", "text"),
    ],
)
def test_a_faulty_claim_is_one_sentence_with_its_line(tmp_path, claim, said):
    text = load_registry("shi-2026").path.read_text(encoding="utf-8")
    path = tmp_path / "x.yml"
    path.write_text(re.sub(r"claims:\n(  - .*\n)+", f"claims:\n  - {claim}\n", text), encoding="utf-8")
    with pytest.raises(CohortError) as error:
        read_registry(path)
    assert said in str(error.value)


def test_claims_that_were_imposed_are_counted_as_such(studies):
    registry, study = studies["xu-2023"]
    claims = check_claims(registry, study)
    assert "imposed" not in claims_text(claims, registry)
    said = claims_text([replace(c, imposed=i < 2) for i, c in enumerate(claims)], registry)
    assert said.endswith("2 imposed on the pseudo-patients, and so by construction")
