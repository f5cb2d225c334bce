"""What a paper says in words against its own numbers: claims, exclusions, dates of entry, classes; and nothing is told twice."""

import json

import pytest

from papercheck.audit.engine import audit
from papercheck.registry.registry import load_registry
from tests.unit.test_audit_relations import (
    ACCUSES,
    FACTORS,
    FEMALE,
    MALE,
    A,
    B,
    alive,
    arms,
    between,
    count,
    cox,
    entry,
    fails,
    median,
)

OS = {"endpoint": "OS"}
LONGER = {"at": "Abstract", "kind": "difference", "by": "ARM", "longer": "A", "text": "significantly longer"} | OS
SAME = {"at": "Abstract", "kind": "no_difference", "by": "ARM", "text": "did not differ"} | OS
ALONE = {"at": "Text", "kind": "independent", "by": "ARM", "beside": ["SEX"], "text": "an independent factor"} | OS
COMMON = {"at": "Text", "kind": "most_common", "course": "RECHALLENGE", "terms": ["Fatigue"], "text": "most common"}
MOSTLY = {"at": "Text", "kind": "most_common", "by": "SEX", "longer": "F", "text": "mostly women"}
FEWER = {"at": "Text", "kind": "fewer", "course": "RECHALLENGE", "text": "fewer events"}
NO_EVENT = {"at": "Methods", "text": "Patients without events were excluded", "says": "no_censoring", "endpoint": "OS"}


def log_rank(p, **keys):
    return entry("log_rank", by="ARM", p=p, **OS, **keys)


def harm(term, n, grades=None, course="RECHALLENGE"):
    event = {"APHASE": course, "AEDECOD": term} | ({"ATOXGR": grades} if grades else {})
    return count(None, n, event=event)


JOINT = [cox(hr="0.80", ci=["0.52", "1.23"], p="0.31", adjusted=["SEX"], **between)]
CLEAR = [cox(hr="0.60", ci=["0.40", "0.90"], p="0.013", adjusted=["SEX"], **between)]
MEDIANS = [median(estimate=m, where=w, **OS) for m, w in (("8.0", A), ("12.0", B))]
TURNED = [median(estimate=m, where=w, **OS) for m, w in (("12.0", A), ("8.0", B))]
BOTH = [harm("Rash", 9, course="INITIAL"), harm("Fatigue", 5, course="INITIAL")]

CLAIMS = [  # claim, verdict, entries that deny it, entries that go with it
    (LONGER, "contradiction", [log_rank("0.30")], [log_rank("0.03")]),
    (LONGER, "contradiction", [log_rank("0.21"), *JOINT], [log_rank("0.30"), *CLEAR]),
    (LONGER, "convention", [log_rank("NS")], [log_rank("<0.05")]),
    (LONGER, "contradiction", MEDIANS, TURNED),
    (LONGER, "contradiction", [log_rank("0.30")], [log_rank("0.30", where=MALE)]),
    (SAME, "contradiction", [log_rank("0.003")], [log_rank("0.051")]),
    (SAME, "contradiction", [log_rank("0.003")], [log_rank("0.003"), *JOINT]),
    (ALONE, "contradiction", [*JOINT, log_rank("0.02")], [*CLEAR, log_rank("0.20")]),
    (COMMON, "convention", [harm("Fatigue", 9), harm("Rash", 12)], [harm("Fatigue", 12), harm("Rash", 12)]),
    (COMMON, "convention", [harm("Fatigue", 6, [1, 2]), harm("Fatigue", 2, [3, 4]), harm("Rash", 9)],
     [harm("Fatigue", 6, [1, 2]), harm("Fatigue", 3, [3, 4]), harm("Rash", 9)]),
    (COMMON, "convention", [harm("fatigue", 2), harm("Rash", 9)], [harm("Fatigue", 2, [3, 4]), harm("Rash", 9)]),
    (MOSTLY, "contradiction", [count(MALE, 25), count(FEMALE, 15)], [count(MALE, 15), count(FEMALE, 25)]),
    (FEWER, "convention", [*BOTH, harm("Rash", 11), harm("Fatigue", 5)], [*BOTH, harm("Rash", 11), harm("Fatigue", 3)]),
]  # fmt: skip


@pytest.fixture
def paper(tmp_path):
    def write(numbers, **top):
        raw = {"title": "T", "n": 40, "primary_endpoint": "PFSR", "factors": FACTORS} | top
        raw["numbers"] = [{"id": f"e{i}"} | one for i, one in enumerate(numbers or [count(None, 40)])]
        path = tmp_path / "paper.yml"
        path.write_text(json.dumps(raw), encoding="utf-8")
        return audit(load_registry(path))

    return write


@pytest.mark.parametrize("claim, kind, wrong, right", CLAIMS, ids=[f"{i}-{c[0]['kind']}" for i, c in enumerate(CLAIMS)])
def test_a_claim_is_held_against_the_numbers_printed_beside_it(paper, claim, kind, wrong, right):
    (told,) = [f for f in paper(wrong, claims=[claim]) if f.check == "claims"]
    assert told.kind == kind and claim["text"] in told.wording and claim["at"] in told.places
    assert not [f.wording for f in paper(right, claims=[claim]) if f.check == "claims"]


@pytest.mark.parametrize(
    "wrong, right",
    [
        ([fails(count="30", **OS)], [fails(count="40", **OS)]),
        ([median(estimate="NR", **OS)], [median(estimate="9.0", **OS)]),
    ],
)
def test_nobody_is_censored_where_all_without_an_event_were_left_out(paper, wrong, right):
    assert [f.check for f in paper(wrong, exclusions=[NO_EVENT]) if f.kind == "contradiction"] == ["exclusions"]
    assert [f.kind for f in paper(right, exclusions=[NO_EVENT])] == ["note"]
    assert not [f for f in paper(wrong, exclusions=[NO_EVENT | {"endpoint": "PFSR"}]) if f.kind in ACCUSES]


@pytest.mark.parametrize(
    ("last", "cutoff", "late"), [("2023-01", "2022-12-31", True), ("2022", "2022-03", False), ("", "2022", False)]
)
def test_nobody_enters_after_the_cut_off(paper, last, cutoff, late):
    accrual = {"at": "M", "first": "2020-05", "cutoff": cutoff} | ({"last": last} if last else {})
    assert [(f.kind, f.check) for f in paper([], accrual=accrual)] == ([("contradiction", "accrual")] if late else [])


@pytest.mark.parametrize(
    ("levels", "gap"),
    [
        (["<5", "6-10", ">10"], "5 is in no class"),
        (["0-4", ">5"], "5 is in no class"),
        (["<5", ">6"], "5 and 6 is in no class"),
        (["0-4", "5-9", ">=10"], ""),
        (["<18.5", "18.5-23.9", ">=24"], ""),
        (["<5", ">=5"], ""),
    ],
)
def test_a_value_beside_an_open_limit_that_no_class_holds_is_told(paper, levels, gap):
    told = paper([], factors={"SIZE": {"label": "Size", "levels": levels}})
    assert [gap in f.wording for f in told] == [True] * bool(gap)


def test_levels_that_exclude_each_other_by_their_words_are_not_excused(paper):
    factors = {
        "X": {"label": "X", "levels": ["Negative", "Low", "High"]},
        "Y": {"label": "Y", "levels": ["a", "b", "c"]},
    }
    levels = [count({"X": x}, 20) for x in ("Negative", "Low", "High")]
    assert [f.kind for f in paper(levels, factors=factors)] == ["contradiction"]
    assert [f.kind for f in paper([count({"Y": x}, 20) for x in "abc"], factors=factors)] == ["convention"]


def test_a_ratio_far_from_both_curves_names_the_hazards_that_it_needs(paper):
    def curves(first, second):
        return [*arms(150, 150), *(alive(time=12, percent=p, where=x, **OS) for p, x in ((first, A), (second, B)))]

    plain = cox(hr="1.05", ci=["0.80", "1.38"], **between)
    assert [(f.kind, f.check) for f in paper([*curves("80.0", "40.0"), plain], n=300)] == [
        ("convention", "ratio and rates")
    ]
    assert not paper([*curves("45.0", "40.0"), plain], n=300)
    alike = [*arms(200, 200), *(median(estimate=m, where=x, **OS) for m, x in (("10.0", A), ("10.1", B)))]
    strong, weak = (cox(hr=h, ci=c, **between) for h, c in (("0.30", ["0.24", "0.38"]), ("0.85", ["0.68", "1.06"])))
    assert [(f.kind, f.check) for f in paper([*alike, strong], n=400)] == [("convention", "ratio and medians")]
    assert not paper([*alike, weak], n=400)


def test_numbers_at_risk_at_the_very_time_of_survival_and_at_the_start(paper):
    curve = {"endpoint": "OS", "points": "p.csv", "at_risk": [[0, 100], [12, 45]], "at": "Figure 1"}
    told = paper([alive(time=12, percent="30.0", **OS)], n=100, curves=[curve])
    assert [f.kind for f in told] == ["convention"] and "at least 15 had the event exactly then" in told[0].wording
    assert not paper([alive(time=12, percent="43.0", **OS)], n=100, curves=[curve])
    short = curve | {"at_risk": [[0, 90], [12, 25]]}
    assert [f.kind for f in paper([alive(time=12, percent="30.0", **OS)], n=100, curves=[short])] == ["note"]


def test_what_is_explained_is_not_told_again(paper):
    levels = {"LOW": (15, "42.9"), "MID": (12, "34.3"), "HIGH": (8, "22.9")}
    known = [count({"PDL1": x}, k, p) for x, (k, p) in levels.items()]
    assert [(f.kind, f.check) for f in paper(known)] == [("convention", "percentages of the known")]
    any_event = [count(None, n, event={"APHASE": "RECHALLENGE"} | g) for n, g in ((30, {}), (9, {"ATOXGR": [3, 4]}))]
    rows = [harm("Rash", 12), harm("Rash", 2, [3, 4]), harm("Rash", 10, [1, 2])]
    assert [f.check for f in paper([*any_event, *rows])] == ["any event"]
