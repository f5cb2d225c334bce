"""How a reconstruction is shown: what is determined, how far drawn cohorts differ, what had to be given up."""

from math import inf
from types import SimpleNamespace

import pandas as pd
import pytest

from papercheck.registry.places import place_kind
from papercheck.registry.registry import load_registry
from papercheck.replicate.record import GivenUp, Impossible, Record
from rechallenge.cli.terminal import print_replication
from rechallenge.replication.verdict import FAILED, MISPRINT, REPRODUCED, UNCHECKED
from rechallenge.sections.published import counts_text
from rechallenge.sections.reconstruction import contradiction_tables, determined_table, spread_tables
from rechallenge.show.display import Note, Table

PAPER = """
title: Test
n: 8
time_unit: months
factors:
  ARM: {label: Arm, levels: {A: Alone, B: Both}}
numbers:
  - {id: arm_a, statistic: count, where: {ARM: A}, printed: [{at: Text, count: "5"}, {at: Table 1, count: "4", percent: "50.0"}]}
  - {id: test, statistic: log_rank, endpoint: PFSR, by: ARM, printed: [{at: [Text, Table 2], p: "0.82"}]}
  - {id: middle, statistic: median_survival, endpoint: PFSR, printed: [{at: Table 2, estimate: "4.0", ci: ["1.0", "7.0"]}]}
"""


@pytest.fixture
def registry(tmp_path):
    path = tmp_path / "paper.yml"
    path.write_text(PAPER, encoding="utf-8")
    return load_registry(path)


def spread(quantity, group, values, without=0, endpoint="PFSR"):
    keys = ("lowest", "quartile_1", "middle", "quartile_3", "highest")
    return {"endpoint": endpoint, "quantity": quantity, "group": group, "solutions": 50, "without": without} | dict(
        zip(keys, values, strict=True)
    )


def test_each_endpoint_has_a_row_with_what_is_shared_and_its_fixed_times(registry):
    record = Record(
        solutions="2 orderings.",
        skeleton={"PFSR": ("2 of the 256 patterns.", "All have an event.")},
        times={"PFSR": {2: 1.68, 5: 4}},
    )
    table = determined_table(registry, record)
    assert table.rows == [["PFSR", "2 of the 256 patterns. All have an event.", "2 of 8: rank 2: 1.68, rank 5: 4.00"]]
    assert "months" in table.columns[2]
    assert [(r.endpoint, r.level, r.estimate, r.unit) for r in table.results] == [
        ("PFSR", "rank 2", 1.68, "months"), ("PFSR", "rank 5", 4.0, "months"),
    ]  # fmt: skip


def test_where_nothing_was_enumerated_nothing_is_called_determined(registry):
    note = determined_table(registry, Record(solutions="Not counted.", not_searched=("OS median, 9 (Text): why",)))
    assert isinstance(note, Note) and note.text.startswith("Not counted.") and "OS median, 9 (Text): why" in note.text
    assert "no single time and no single patient is known to be determined" in note.text


def test_one_cohort_alone_has_no_spread_and_says_how_to_get_one(registry):
    note = spread_tables(registry, Record())
    assert "Only one cohort was drawn" in note.text and "rechallenge reconstruct paper --ensemble 50" in note.text


def test_what_all_drawn_cohorts_share_stands_apart_from_what_they_do_not(registry):
    rows = (
        spread("hr", "Arm: Both against Alone", (0.4, 0.5, 0.6, 0.7, 1.25), without=3),
        spread("median", "Arm: Alone", (2.0, 3.0, 9.5, inf, inf)),
        spread("events", "", (6.0, 6.0, 6.0, 6.0, 6.0)),
        spread("survival_at", "at 6 months", (20.04, 25.0, 37.5, 37.5, 50.0)),
        spread("log_rank", "Arm", (0.01, 0.2, 0.4, 0.6, 0.9)),
        spread("size", "Arm: Both", (3.0, 3.0, 4.0, 4.0, 5.0), endpoint=""),
        spread("longest", "", (9.0, 9.0, 9.0, 9.0, 9.0)),
    )
    same, loose = spread_tables(registry, Record(members=50, asked=50, spread=rows))
    assert same.rows == [["PFSR, all patients", ""], ["Events", "6"]]
    assert loose.rows == [
        ["Group sizes: Arm", "", ""],
        ["Both", "4 (3–4)", "3–5"],
        ["PFSR, all patients", "", ""],
        ["Event-free at 6 months, %", "37.5 (25.0–37.5)", "20.0–50.0"],
        ["PFSR by Arm", "", ""],
        ["Alone: median, months", "9.50 (3.00–NR)", "2.00–NR"],
        ["Both against Alone: hazard ratio", "0.60 (0.50–0.70)", "0.40–1.25; NE in 3"],
    ]
    assert loose.indent == [0, 1, 0, 1, 0, 1, 1]
    assert "not a confidence interval" in loose.notes[0]
    ledger = {(r.item, r.level, statistic): value for r in same.results for statistic, value in r.values.items()}
    assert ledger["PFSR hr", "Arm: Both against Alone", "highest"] == 1.25
    assert ledger["PFSR log_rank", "Arm", "middle"] == 0.4 and ledger["PFSR median", "Arm: Alone", "highest"] == float(
        "inf"
    )


def test_a_quantity_that_some_cohorts_lack_is_never_called_the_same_in_all(registry):
    (table,) = spread_tables(
        registry, Record(members=4, asked=4, spread=(spread("median", "", (2.0,) * 5, without=1),))
    )
    assert table.rows[1] == ["Median, months", "2.00 (2.00–2.00)", "2.00–2.00; NE in 1"]


def test_fewer_cohorts_than_asked_for_is_said(registry):
    rows = (spread("events", "", (6.0,) * 5),)
    (table,) = spread_tables(registry, Record(members=48, asked=50, spread=rows))
    assert table.notes[0].startswith("48 of 50 cohorts were found.")


def test_a_number_given_up_is_named_by_its_label_and_place(registry):
    record = Record(
        impossible=(
            Impossible("arm_a", "count", "5", "5 cannot hold.", "4"),
            Impossible("test", "p", "0.82", "None gives it.", "0.082"),
            Impossible("middle", "ci", "1.0–7.0", "Never.", ""),
        ),
        contradictions=(GivenUp("Arm: Alone means Sex: Male", 3, 4, "Counted.", "Text"),),
    )
    numbers, rules = contradiction_tables(registry, record)
    assert [row[:4] for row in numbers.rows] == [
        ["Arm: Alone", "5", "Text", "4"],
        ["PFSR log-rank test, Arm", "P 0.82", "Text; Table 2", "0.082"],
        ["PFSR median", "95% CI 1.0–7.0", "Table 2", ""],
    ]
    assert rules.rows == [["Arm: Alone means Sex: Male", "Text", "3 of 4", "Counted."]]


def test_where_nothing_had_to_be_given_up_that_is_said(registry):
    (note,) = contradiction_tables(registry, Record())
    assert note.text.startswith("Nothing had to be given up")


def test_the_name_of_a_block_has_the_whole_width_of_its_table():
    html = Table(title="T", columns=["a", "b", "c"], rows=[["Block", "", ""], ["x", "1", ""], ["y", "", "2"]], indent=[0, 1, 0]).html()  # fmt: skip
    assert '<th scope="rowgroup" colspan="3">Block</th></tr>' in html and html.count("colspan") == 1
    tested = Table(title="T", columns=["a", "P"], rows=[["Sex", "0.04"], ["Male", ""]], indent=[0, 1]).html()
    assert "colspan" not in tested and "0.04" in tested


@pytest.mark.parametrize(
    ("place", "kind"),
    [("Table 3", "table"), ("Abstract (Methods)", "abstract"), ("report", "report"), ("Text, Toxicity", "text")],
)
def test_the_kind_of_a_place_is_its_first_word_and_tabled_data_are_no_table(place, kind):
    assert place_kind(place) == kind and place_kind("Tables of the supplement") == place_kind("Tabled data") == ""


def test_numbers_that_no_cohort_could_give_are_not_said_to_have_failed():
    counts = dict.fromkeys((FAILED, MISPRINT, REPRODUCED), 0) | {UNCHECKED: 14}
    assert counts_text(counts) == "14 printed numbers, not checkable"
    assert counts_text(counts | {REPRODUCED: 2}) == "2 of 16 printed numbers reproduced, 14 not checkable"


def test_the_terminal_names_every_place_of_a_number():
    from rich.console import Console

    row = {"status": REPRODUCED, "what": "Subjects", "part": "n", "printed": "13", "recomputed": "13"}
    numbers = pd.DataFrame([row | {"at": ("Table 2", "Abstract"), "why": ""}])
    console = Console(record=True, width=120)
    print_replication(SimpleNamespace(registry=SimpleNamespace(name="x"), numbers=numbers, claims=()), console)
    assert "Table 2; Abstract" in console.export_text()
