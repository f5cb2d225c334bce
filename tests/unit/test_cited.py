"""Cited studies: what stands in the registry, and every fault of an entry with its line."""

import pandas as pd
import pytest

from papercheck.literature.cited import COLUMNS, QUANTITIES, load_cited, load_cited_ranges
from papercheck.registry.printed import read_printed, roundings_that_print
from rechallenge.cohort import CohortError
from tests.conftest import use_data

# Table 5 of the Quzhou paper, row by row as printed: n, ORR, DCR, median PFS, median OS.
TABLE_5 = {
    "fujita-2018": ("12", "8.3", "41.6", "3.1", "NR"),
    "watanabe-2019": ("14", "7.1", "21.4", "1.6", "6.5"),
    "katayama-2019": ("35", "2.9", "43", "2.7", "7.5"),
    "fujita-2020": ("15", "0", "6.7 20.1", "1.9 2.9", "NR"),
    "xu-2022": ("40", "22.5", "85", "6.8", "NR"),
    "torasawa-2023": ("30", "6.7", "23.4", "2.2", "NR"),
    "yan-2024": ("165", "10.3", "66.7", "5.33", "NR"),
    "feng-2024": ("111", "17.1", "72.1", "5.9", "14.3"),
    "xu-2024": ("104", "12.5", "76", "4.5", "14.8"),
    "musaelyan-2024": ("52", "5.8", "NR", "5.1", "12.9"),
}
EVENTS = {"fujita-2018": "None", "fujita-2020": "6.7 6.7", "yan-2024": "15.2", "feng-2024": "18.0"}


@pytest.fixture(scope="module")
def cited():
    return load_cited()


def printed(frame, study, source, quantity):
    part = frame[(frame["study"] == study) & (frame["source"] == source) & (frame["quantity"] == quantity)]
    return " ".join(part["printed"])


@pytest.mark.parametrize("study", TABLE_5)
def test_a_row_of_the_table_stands_as_printed(cited, study):
    found = [printed(cited, study, "quzhou-2025", quantity) for quantity in ("n", "orr", "dcr", "pfs", "os")]
    assert tuple(found) == TABLE_5[study]
    assert study not in EVENTS or printed(cited, study, "quzhou-2025", "ae3") == EVENTS[study]


def test_the_table_has_ten_studies(cited):
    assert set(cited.loc[cited["at"] == "Table 5", "study"]) == set(TABLE_5)


def test_two_papers_and_the_study_itself_print_one_study_differently(cited):
    sources = ("quzhou-2025", "chen-2025", "itself")
    assert [printed(cited, "katayama-2019", source, "n") for source in sources] == ["35", "19", "35"]
    assert [printed(cited, "katayama-2019", source, "dcr") for source in sources] == ["43", "45.7", "42.9"]
    own = cited[(cited["study"] == "katayama-2019") & (cited["source"] == "itself")]
    assert set(own.loc[own["quantity"].str.startswith(("pfs", "os")), "unit"]) == {"days"}
    assert own["verified"].unique().tolist() == ["abstract read"]


def test_what_chen_cites_is_there_with_all_prints_of_those_studies(cited):
    found = load_cited("chen-2025")
    assert found["study"].unique().tolist() == ["fujita-2018", "niki-2018", "katayama-2019", "neal-2024", "smith-2021"]
    assert "quzhou-2025" in set(found["source"])
    assert printed(found, "neal-2024", "chen-2025", "ae3") == "53"
    assert printed(found, "smith-2021", "chen-2025", "os") == "7.3"
    assert load_cited("xu-2023").empty


def test_a_share_takes_the_subjects_of_its_own_print_else_those_that_the_others_agree_on(cited):
    shares = cited[(cited["quantity"] == "orr") & (cited["source"] == "chen-2025")].set_index("study")
    assert shares["denominator"].to_dict() == {"fujita-2018": 12, "niki-2018": 11, "katayama-2019": 19, "neal-2024": 81}
    assert shares.loc["fujita-2018", "n"] is pd.NA and shares.loc["katayama-2019", "n"] == 19
    assert cited.loc[cited["quantity"].isin(["n", "pfs", "os", "pfs_ci_low"]), "denominator"].isna().all()
    part = cited[cited["group"] == "high PD-L1 expression"]
    assert part["printed"].tolist() == ["5"] and part["denominator"].isna().all()


def test_one_paper_rounds_five_of_twelve_and_the_other_cuts_it_off(cited):
    """5 of 12 is 41.67%: 41.7 by rounding, 41.6 by cutting off."""
    dcr = cited[(cited["study"] == "fujita-2018") & (cited["quantity"] == "dcr")]
    ways = {row.source: roundings_that_print(100 * 5 / int(row.denominator), row.printed) for row in dcr.itertuples()}
    assert ways == {"quzhou-2025": ["truncated"], "chen-2025": ["half up", "half even"]}


def test_every_number_can_be_read_or_says_none(cited):
    for row in cited.itertuples():
        assert row.printed == "None" or read_printed(row.printed) is not None or row.printed == "NR"
    assert list(cited.columns) == COLUMNS and cited["at"].ne("").all()


def test_the_line_is_the_line_of_the_file(cited):
    from papercheck.files.project import data_folder

    lines = (data_folder() / "cited-studies.yml").read_text(encoding="utf-8").splitlines()
    for row in cited.itertuples():
        assert row.printed in lines[row.line - 1], row


def test_the_ranges_over_the_table_stand_as_printed(cited):
    ranges = load_cited_ranges("quzhou-2025")
    assert ranges[["quantity", "lowest", "highest"]].to_numpy().tolist() == [
        ["n", "12", "165"], ["orr", "0", "22.5"], ["dcr", "21.4", "85"], ["pfs", "1.6", "6.8"], ["os", "6.5", "14.8"],
    ]  # fmt: skip
    assert set(ranges["of"]) == {"Table 5"} and load_cited_ranges("chen-2025").empty


def test_the_printed_range_of_disease_control_leaves_out_the_lowest_row(cited):
    table = cited[(cited["at"] == "Table 5") & ~cited["printed"].isin(["NR", "None"])]
    values = table["printed"].astype(float).groupby(table["quantity"])
    ranges = load_cited_ranges().set_index("quantity").astype({"lowest": float, "highest": float})
    assert (values.max()[ranges.index] == ranges["highest"]).all()
    off = ranges.index[values.min()[ranges.index] != ranges["lowest"]]
    assert off.tolist() == ["dcr"] and values.min()["dcr"] == 6.7


def test_a_data_folder_without_the_file_cites_nothing(tmp_path, monkeypatch):
    use_data(monkeypatch, tmp_path / "data")
    assert load_cited().empty and load_cited("c").empty and load_cited_ranges().empty
    assert list(load_cited().columns) == COLUMNS


GOOD = """studies:
  a-2020:
    label: A 2020
    prints:
      - {by: paper, at: Table 1, n: "12", orr: "8.3"}
"""
BAD_PRINTS = {  # a second print, the rule that finds it, the column, words of the finding
    '{at: Table 1, orr: "8.3"}': ("expected `by`, `at` and numbers", ".1", "Add what is missing"),
    '{by: paper, orr: "8.3"}': ("expected `by`, `at` and numbers", ".1", "Add what is missing"),
    "just words": ("expected `by`, `at` and numbers", ".1", "just words"),
    '{by: papr, at: T, orr: "8.3"}': ("not a study of the data folder", "by", "Did you mean paper?"),
    '{by: paper, at: T, or: "8.3"}': ("unknown key", "or", "Did you mean orr?"),
    "{by: paper, at: T}": ("a print without a number", ".1", "orr"),
    "{by: paper, at: T, orr: 8.3}": ("a printed number must stand in quotation marks", "orr", '"8.3"'),
    '{by: paper, at: T, orr: "8.3?"}': ("not a printed number", "orr", "8.3?"),
    '{by: paper, at: T, dcr: {drug: "many"}}': ("not a printed number", "dcr.drug", "many"),
    '{by: paper, at: T, pfs: "None"}': ("not a printed number", "pfs", "None"),
    '{by: paper, at: T, pfs: "2,901"}': ("a comma in a number that is no count", "pfs", "2,901"),
    '{by: paper, at: T, pfs_ci: ["3.8", "1.9"]}': ("the limits are reversed", "pfs_ci", "3.8, 1.9"),
    '{by: paper, at: T, os_ci: "3.8"}': ("expected two limits, or NA", "os_ci", "3.8"),
    '{by: paper, at: T, n: "0"}': ("expected a whole number above 0", "n", "'0'"),
    '{by: paper, at: T, orr: "8", denominator: "x"}': ("expected a whole number above 0", "denominator", "'x'"),
    '{by: paper, at: T, pfs: "8", unit: weeks}': ("unknown unit of time", "unit", "months, days"),
    '{by: itself, at: T, orr: "8"}': ("what a study prints of itself needs `source` and `verified`", ".1", "read"),
}


@pytest.fixture
def write(tmp_path, monkeypatch):
    use_data(monkeypatch, tmp_path)
    (tmp_path / "paper").mkdir()

    def write(text):
        (tmp_path / "cited-studies.yml").write_text(text, encoding="utf-8")

    return write


def test_a_small_registry_reads(write):
    write(GOOD)
    assert load_cited("paper")[["study", "quantity", "printed", "denominator"]].to_numpy().tolist() == [
        ["a-2020", "n", "12", pd.NA],
        ["a-2020", "orr", "8.3", 12],
    ]


@pytest.mark.parametrize("entry", BAD_PRINTS)
def test_a_fault_of_a_print_is_found_with_its_line(write, entry):
    rule, column, words = BAD_PRINTS[entry]
    write(GOOD + f"      - {entry}\n")
    with pytest.raises(CohortError) as error:
        load_cited()
    (finding,) = error.value.findings
    assert finding.row == 6 and finding.rule == rule and finding.column.endswith(column), finding
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("text", "row", "rule"),
    [
        ("studies:\n  a: {label: A}\n", 2, "a study needs `label` and `prints`, a list"),
        ('studies:\n  a: {prints: [{by: paper, at: T, orr: "8"}]}\n', 2, "a study needs `label`"),
        ("studies: []\n", 1, "expected indented `name: {label, prints}` lines"),
        ("studdies: {}\n", 1, "unknown key"),
        (GOOD.replace("label", "lable"), 3, "unknown key"),
        (GOOD + "ranges: {by: paper}\n", 6, "expected a list"),
        (GOOD + 'ranges:\n  - {by: paper, at: T, orr: ["0", "8"]}\n', 7, "expected `by`, `at`, `of` and numbers"),
        (GOOD + 'ranges:\n  - {by: paper, at: T, of: T, orr: ["9", "8"]}\n', 7, "the limits are reversed"),
    ],
)
def test_a_fault_of_the_file_is_found_with_its_line(write, text, row, rule):
    write(text)
    with pytest.raises(CohortError) as error:
        load_cited()
    assert (row, rule) in [(f.row, f.rule) for f in error.value.findings]


def test_all_faults_are_named_at_once(write):
    write(GOOD + "".join(f"      - {entry}\n" for entry in BAD_PRINTS))
    with pytest.raises(CohortError) as error:
        load_cited()
    assert [f.row for f in error.value.findings] == list(range(6, 6 + len(BAD_PRINTS)))


def test_two_sizes_of_a_study_leave_a_share_without_denominator(write):
    write(GOOD + '      - {by: paper, at: T, n: "13"}\n      - {by: paper, at: Text, dcr: "50", ae3: "None"}\n')
    found = load_cited().set_index(["at", "quantity"])["denominator"]
    assert found["Table 1", "orr"] == 12 and found["Text", "dcr"] is pd.NA


def test_the_vocabulary_has_no_quantity_that_no_study_uses(cited):
    used = {q for q in QUANTITIES for found in cited["quantity"] if found.removesuffix("_low") == q}
    assert used == set(QUANTITIES)
