"""Drafts of a registry: what a person gets to mend, which invents no number and accuses nobody of the reader's slips."""

import pytest
import yaml

from papercheck.audit.engine import audit
from papercheck.files.findings import CohortError
from papercheck.reading.command import read_study
from papercheck.reading.draft import Item
from papercheck.reading.paper import Paper
from papercheck.reading.readings import Reading
from papercheck.reading.write import _as_stated, draft_text
from papercheck.registry.registry import read_registry


def counted(value, group=""):
    return Reading("count", value, "text: Results", value, endpoint="patients included", group=group)


def draft(*readings, arms=()):
    return draft_text(Paper("p", [], list(readings), list(arms)))[0]


def audited(text, folder):
    path = folder / "published.yml"
    path.write_text(text, encoding="utf-8")
    return audit(read_registry(path))


@pytest.mark.parametrize(
    ("sizes", "n"),
    [
        ([("47", "blue"), ("51", "red")], "98   # the sum of the arms, which the paper does not print"),
        ([("98", "blue"), ("47", "blue"), ("51", "red")], "98"),  # their sum stands as an arm's: it is all
        ([("40", "blue"), ("47", "blue"), ("51", "red")], "   # not found: write the number of patients"),
        ([("90", ""), ("47", "blue"), ("51", "red")], "90"),
    ],
)
def test_the_number_of_patients_is_printed_or_a_sum_that_says_so(sizes, n):
    text = draft(*(counted(*size) for size in sizes), arms=["blue", "red"])
    assert f"\nn: {n}\n" in text


@pytest.mark.parametrize(
    ("arms", "n"),
    [
        (["high NLR", "low NLR", "high PLR", "low PLR"], ""),  # the same patients divided twice
        (["NLR-high", "NLR-low", "PLR (+)", "PLR (-)"], ""),
        (["drug with surgery", "drug without surgery", "placebo with surgery", "placebo without surgery"], "60"),
        (["high NLR", "low NLR"], "30"),
    ],
)
def test_sides_of_several_divisions_are_no_arms(arms, n):
    text = draft(*(counted("15", arm) for arm in arms), arms=arms)
    assert text.count(f"\nn: {n} ") == 1 and ("ARM:" in text) == bool(n)


def test_sizes_of_patients_whom_no_word_names_do_not_contradict_each_other(tmp_path):
    text = draft(counted("100"), counted("100"), counted("52"), counted("90"))
    assert not audited(text, tmp_path)


def test_an_entry_without_a_place_becomes_numbers_that_do_not_contradict_each_other():
    item = Item("cox", {}, [("Table 2", {"hr": "0.66", "ci": ["0.41", "1.07"], "p": "0.09", "method": "x"})], ["row"])
    made = _as_stated(item)
    assert [m.prints for m in made] == [[("Table 2", {"value": v})] for v in ("0.66", "0.41", "1.07", "0.09")]
    assert len({m.spec["what"] for m in made}) == 4


def test_all_patients_and_a_share_of_them_are_no_pair(tmp_path):
    said = [Reading(k, v, "text: Results", "75 patients, 25.3%", endpoint="rash", pair="a") for k, v in PAIR.items()]
    assert not audited(draft(counted("75"), *said), tmp_path)


PAIR = {"count": "75", "percent": "25.3"}


def test_what_is_not_understood_keeps_its_interval():
    text = draft(
        counted("50"), Reading("printed", "1.09", "text: Results", "1.09 (0.66-1.83)", low="0.66", high="1.83")
    )
    assert all(f'value: "{v}"' in text for v in ("1.09", "0.66", "1.83"))


def test_a_long_sentence_is_cut_around_its_number():
    long = f"Of patients {'who were treated ' * 30}the median was 7.31 months {'in this group ' * 30}."
    text = draft(counted("50"), Reading("median_survival", "7.31", "text: Results", long, endpoint="PFS"))
    shown = [line for line in text.splitlines() if line.startswith("  # ") and "median" in line]
    assert len(shown) == 1 and "7.31 months" in shown[0] and len(shown[0]) < 240


SIDES = (
    "Results\n\nIn patients with rash compared with those without rash the DCR was 78.9% vs. 32.1%; mPFS was 15.7 vs."
    " 3.6 months (p<0.001).\n"
)


def test_without_a_number_of_patients_the_draft_is_whole_and_one_line_is_asked_for(tmp_path):
    paper = tmp_path / "a.txt"
    paper.write_text(SIDES, encoding="utf-8")
    said = read_study([paper], "s", tmp_path)
    assert "The number of patients was not found: write it behind n: in row 4" in said and "median survival" in said
    file = tmp_path / "s" / "published.yml"
    with pytest.raises(CohortError) as error:
        read_registry(file)
    assert [(f.row, f.rule) for f in error.value.findings] == [(4, "nothing is written here")]
    file.write_text(file.read_text(encoding="utf-8").replace("n:    #", "n: 75   #"), encoding="utf-8")
    assert audit(read_registry(file)) == []
    raw = yaml.safe_load(file.read_text(encoding="utf-8"))
    medians = {e["printed"][0]["estimate"]: e["where"] for e in raw["numbers"] if e["statistic"] == "median_survival"}
    tested = next(e["by"] for e in raw["numbers"] if e["statistic"] == "log_rank")
    assert set(medians) == {"15.7", "3.6"} and all(set(where) == {tested} for where in medians.values())


def test_more_than_there_are_is_no_percentage(tmp_path):
    entry = "  - {id: a, statistic: count, where: {X: Y}, denominator: 5, printed: [{at: T, count: '9', percent: '64.3'}]}\n"
    head = (
        "title: T\nn: 14\nfactors: {X: {label: X, levels: {Y: 'Yes', N: 'No'}}, SEX: {label: Sex, levels: {M: Male}}}\n"
    )
    men = "  - {id: m, statistic: count, where: {SEX: M}, printed: [{at: T, count: '10'}]}\n"
    found = audited(f"{head}numbers:\n{entry}{men}", tmp_path)
    assert [(f.kind, str(f.wording)) for f in found if f.cells[0][0] == "a"] == [
        ("contradiction", "9 of 5: more than there are, so one of the two is of other subjects")
    ]
    assert not [f for f in found if f.cells[0][0] == "m"]  # men alone are printed: nobody is missing
