"""Readings held against the paper's arithmetic: one misfit is the paper's, a column of misfits is the reader's."""

import pytest

from papercheck.audit.engine import audit
from papercheck.reading.columns import Column
from papercheck.reading.command import read_study
from papercheck.reading.document import Cell, Table
from papercheck.reading.draft import Item
from papercheck.reading.held import fits, held, holds_data, odd_group
from papercheck.reading.paper import read_paper
from papercheck.reading.pdf_grid import grid_of
from papercheck.reading.pdf_tables import _repeats
from papercheck.reading.readings import Reading
from papercheck.reading.write import _id
from papercheck.registry.registry import read_registry

ARMS = [
    Column("label", ("",)),
    Column("value", ("Kept (n=31)",), "Kept", "31"),
    Column("value", ("Changed (n=58)",), "Changed", "58"),
]


def shares(j, group, cells):
    made = []
    for i, (k, x) in enumerate(cells):
        made += [
            Reading(s, v, "table 1", f"{k} ({x})", "Sex", group, column=j, pair=f"{i}|{j}")
            for s, v in (("count", k), ("percent", x))
        ]
    return made


def test_counts_that_fit_the_other_arm_change_places():
    kept, changed = (
        [("7", "12.1"), ("20", "34.5"), ("31", "53.4"), ("9", "15.5")],
        [("7", "22.6"), ("11", "35.5"), ("13", "41.9"), ("5", "16.1")],
    )
    found = held(ARMS, shares(1, "Kept", kept) + shares(2, "Changed", changed), {})
    assert {r.group for r in found if r.column == 1} == {"Changed"}
    assert {
        r.group for r in held(ARMS, shares(1, "Kept", changed) + shares(2, "Changed", kept), {}) if r.column == 1
    } == {"Kept"}


def hazards(*cells):
    return [Reading("hazard_ratio", v, "table 2", v, "PFS", "Sex", low=a, high=b, column=1) for v, a, b in cells]


def test_one_ratio_outside_its_interval_stays_and_a_column_of_them_does_not():
    one = held(
        [], hazards(("1.79", "0.25", "1.26"), ("0.5", "0.3", "0.8"), ("0.7", "0.4", "1.2"), ("0.9", "0.6", "1.3")), {}
    )
    assert {r.statistic for r in one} == {"hazard_ratio"}
    assert {r.statistic for r in held([ARMS[0], ARMS[1]], hazards(*[("3.5", "0.2", "0.7")] * 3), {})} == {"printed"}


def test_grades_taken_for_each_other_are_left_for_a_person():
    def row(event, every, severe):
        return [
            Reading("ae_count", v, "table 3", v, f"{event}, grade {g}", column=j)
            for j, (v, g) in enumerate([(every, "any"), (severe, "≥3")], 1)
        ]

    rows = [row("Rash", "1", "9"), row("Colitis", "0", "4"), row("Fever", "2", "8")]
    assert {r.statistic for r in held(ARMS, sum(rows, []), {})} == {"printed"}


@pytest.mark.parametrize("head, data", [
    ("95%CI > 0.184 0.668", True), ("HR (95% CI)", False), ("N = 31.5", False), ("NLR ≥3.5", False), ("12.4 (9.1-15.0)", True), ("6-month rate", False),
])  # fmt: skip
def test_a_head_that_holds_results(head, data):
    assert holds_data(Column("value", (head,))) is data


@pytest.mark.parametrize("name, odd", [
    ("vs 2.7 mos in", True), ("Added drug (events/patients", True), ("with NLR ≥3.5", False), ("PD-L1 TPS 1-49%", False), ("Kept vs Changed", False),
    ("with a PFS of 6.5 months or more", False), (", 中位PFS", True), ("with tumour burden in", True),
])  # fmt: skip
def test_words_that_name_no_patients(name, odd):
    assert odd_group(name) is odd


def test_a_share_as_rounded_or_cut_off():
    assert fits("9", "69.2", 13) and fits("2", "66.6", 3) and not fits("8", "35.8", 31)


def test_two_items_of_one_name_have_names_of_their_own():
    names: dict = {}
    made = [_id(Item("stated", {}, name=n), names) for n in ("线", "2线", "线", "2线", "")]
    assert len(set(made)) == len(made)


def test_levels_of_arms_and_values_before_treatment_contradict_nothing(tmp_path):
    """Numbers of a level of one arm, weighted rates, and means before and after are no prints of one number."""
    tables = """<p>A total of 112 patients were included.</p>
<table><caption>Table 1. Subgroups for PFS</caption><tr><th></th><th>Kept (n=54)</th><th>Changed (n=58)</th></tr>
<tr><td>Male sex</td><td>39 (72.2)</td><td>43 (74.1)</td></tr></table>
<table><caption>Table 2. Subgroups of PFS</caption><tr><th>Sex</th><th>Kept (events/patients)</th><th>Changed (events/patients)</th></tr>
<tr><td>Male</td><td>30/39</td><td>35/43</td></tr></table>
<table><caption>Table 3. Cells</caption><thead><tr><th rowspan="2"></th><th colspan="2">Kept</th></tr><tr><th>Before</th><th>After</th></tr></thead>
<tbody><tr><td>CD4, mean ± SD</td><td>32.4 ± 4.2</td><td>38.1 ± 4.5</td></tr></tbody></table>
<table><caption>Table 4. Survival</caption><thead><tr><th rowspan="2"></th><th colspan="2">Unweighted</th><th colspan="2">Weighted</th></tr>
<tr><th>Kept</th><th>Changed</th><th>Kept</th><th>Changed</th></tr></thead>
<tbody><tr><td>12-month OS, % (95% CI)</td><td>60.5 (48.6–70.5)</td><td>45.1 (34.6–55.0)</td><td>58.3 (46.2–68.5)</td><td>47.0 (36.3–57.0)</td></tr>
</tbody></table>"""
    path = tmp_path / "paper.html"
    path.write_text(f"<html><body><h2>Results</h2>{tables}</body></html>", encoding="utf-8")
    read_study([path], "s", tmp_path)
    found = audit(read_registry(tmp_path / "s" / "published.yml"))
    assert not [f for f in found if f.kind in ("impossible", "contradiction")]


def test_the_ratio_of_a_unit_and_rows_below_an_endpoint_are_no_groups(tmp_path):
    table = """<p>A total of 144 patients were included.</p><table><caption>Table 3. Multivariable Cox regression</caption>
<tr><th>Outcome and covariate</th><th>HR (95% CI)</th><th>P</th></tr><tr><td colspan="3">PFS</td></tr>
<tr><td>Resolved irAE (vs never)</td><td>0.62 (0.43–0.90)</td><td>0.012</td></tr><tr><td>ECOG PS 2 (vs 0–1)</td><td>1.81 (1.15–2.84)</td><td>0.010</td></tr>
<tr><td>NLR (per unit)</td><td>1.06 (1.02–1.10)</td><td>0.004</td></tr></table>"""
    path = tmp_path / "paper.html"
    path.write_text(f"<html><body><h2>Results</h2>{table}</body></html>", encoding="utf-8")
    read_study([path], "s", tmp_path)
    found = audit(read_registry(tmp_path / "s" / "published.yml"))
    assert not [f for f in found if f.kind in ("impossible", "contradiction")]


def test_a_share_of_deaths_is_held_against_its_count(tmp_path):
    text = "<p>A total of 44 patients were included. At data cutoff, 29 (75.9%) patients had died.</p>"
    path = tmp_path / "paper.html"
    path.write_text(f"<html><body><h2>Results</h2>{text}</body></html>", encoding="utf-8")
    read_study([path], "s", tmp_path)
    found = audit(read_registry(tmp_path / "s" / "published.yml"))
    assert any(f.kind == "impossible" and "75.9" in f.wording for f in found)


def test_the_first_row_of_a_page_below_the_head_again_is_a_row():
    head = tuple(Cell(t) for t in ("", "All (n=102)", "Low (n=60)", "High (n=42)", "p"))
    last = Table("Table 1", "Patients", (head, tuple(Cell(t) for t in ("Male", "72", "41", "31", "0.55"))), 1)
    assert _repeats(head, last)
    assert not _repeats(tuple(Cell(t) for t in ("Brain metastases", "", "", "", "0.74")), last)


def test_percentages_below_one_without_counts_are_no_shares():
    tiny = [Reading("percent", v, "table 1", v, "Female", column=1) for v in ("0.08", "0.07", "0.15")]
    assert {r.statistic for r in held([ARMS[0], Column("value", ("",))], tiny, {})} == {"printed"}


def word(text, x0, top, size=8.0):
    return {
        "text": text,
        "x0": x0,
        "x1": x0 + 4.0 * len(text),
        "top": top,
        "bottom": top + size,
        "size": size,
        "bold": False,
    }


def test_lines_beside_a_row_are_lines_of_its_cells():
    """An interval in two lines beside a label in one; numbers that stand close are cells of their own."""
    body = [[word("Factor", 10, 0), word("n", 60, 0), word("Median", 90, 0), word("CI", 140, 0)]]
    for k, (name, n, median, low, high) in enumerate(
        [
            ("Men", "49", "3.5", "2.7~", "4.3"),
            ("Women", "19", "3.8", "2.4~", "5.2"),
            ("Old", "28", "3.4", "2.3~", "4.5"),
        ]
    ):
        y = 16 + 26 * k
        body += [
            [word(low, 140, y)],
            [word(name, 10, y + 6), word(n, 60, y + 6), word(median, 90, y + 6)],
            [word(high, 140, y + 12)],
        ]
    assert [c.text for c in grid_of(body)[2]] == ["Women", "19", "3.8", "2.4~ 5.2"]
    close = [[word("Grade", 10, 0), word("n", 60, 0), word("m", 96, 0)]]
    close += [
        [word(t, 10, y), word("8(11.8)", 60, y), word("12(17.6)", 91, y)] for t, y in (("a", 14), ("b", 28), ("c", 42))
    ]
    assert [c.text for c in grid_of(close)[1]] == ["a", "8(11.8)", "12(17.6)"]


def test_a_label_beside_several_rows_joins_none_of_them():
    """Levels stand in lines of their own; the label in the middle of them is of the first."""
    body = [[word("Variable", 10, 0), word("n", 140, 0), word("m", 200, 0)]]
    for k, (name, levels) in enumerate([("Sex", ("Male", "Female")), ("Site", ("Oral", "Neck"))]):
        y = 16 + 30 * k
        body += [[word(levels[0], 60, y), word("48(98.0)", 140, y), word("15(93.8)", 200, y)], [word(name, 10, y + 6)]]
        body += [[word(levels[1], 60, y + 12), word("1(2.0)", 140, y + 12), word("1(6.3)", 200, y + 12)]]
    texts = [[c.text for c in r] for r in grid_of(body)]
    assert len(texts) == 5 and not any("Male Female" in t for r in texts for t in r)


def test_rows_that_are_groups_named_by_an_endpoint_keep_their_names(tmp_path):
    table = """<table><caption>Table 2. Efficacy by group</caption><tr><th>Group</th><th>n</th><th>Median PFS, months (95% CI)</th></tr>
<tr><td>a first PFS of at least 6 months</td><td>22</td><td>4.0 (2.2-6.0)</td></tr><tr><td>a first PFS of less than 6 months</td><td>22</td>
<td>3.5 (2.6-4.9)</td></tr></table>"""
    path = tmp_path / "paper.html"
    path.write_text(f"<html><body><h2>Results</h2>{table}</body></html>", encoding="utf-8")
    found = {(r.statistic, r.patients, r.value) for r in read_paper([path], "study").readings}
    assert ("median_survival", "a first PFS of at least 6 months", "4.0") in found


def test_a_table_whose_head_took_in_results_is_left_as_printed(tmp_path):
    table = """<table><caption>Table 2. PFS</caption><thead><tr><th>Factor</th><th>n</th><th>Median PFS (months)</th></tr>
<tr><th></th><th></th><th>0.184 0.668</th></tr></thead><tbody><tr><td>Men</td><td>49</td><td>3.5</td></tr></tbody></table>"""
    path = tmp_path / "paper.html"
    path.write_text(f"<html><body><h2>Results</h2>{table}</body></html>", encoding="utf-8")
    readings = read_paper([path], "study").readings
    assert readings and not any(r.understood for r in readings)
