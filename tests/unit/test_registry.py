"""Registries of printed numbers: what the papers print is in them, and a fault is found with file and line."""

from collections import Counter

import pytest

from papercheck.registry.registry import list_studies, load_registry, statistics
from rechallenge.cohort import CohortError, load_cohort
from rechallenge.derive.population import derive_factors
from rechallenge.derive.response import derive_best_response

# Counted by hand in the papers: how many numbers stand at a place. An interval or a range is one, count and percent are
# two, a number that a section repeats is one.
COUNTED = {
    ("quzhou-2025", "Abstract"): 23,
    ("quzhou-2025", "Text 2.1"): 4,
    ("quzhou-2025", "Text 3.1"): 27,
    ("quzhou-2025", "Text 3.2"): 10,
    ("quzhou-2025", "Text 3.3"): 6,
    ("quzhou-2025", "Text 3.4"): 19,
    ("quzhou-2025", "Table 2"): 12,
    ("quzhou-2025", "Table 3"): 63,
    ("quzhou-2025", "Table 4"): 52,
    ("quzhou-2025", "Figure 4 description"): 4,
    ("quzhou-2025", "Figure 5 description"): 4,
    ("quzhou-2025", "Discussion"): 14,
    ("xu-2023", "Abstract"): 20,
    ("xu-2023", "Supplementary figure 1 legend"): 2,
    ("shi-2026", "Abstract"): 11,
}
SIZES = {"quzhou-2025": (13, 91, 166), "xu-2023": (40, 19, 22), "shi-2026": (101, 11, 11)}  # n, entries, cells

PRINTED = [  # study, entry, part, printed, one of its places
    ("quzhou-2025", "metastases_under_5", "percent", "69.1", "Table 3"),
    ("quzhou-2025", "pdl1_1_to_50", "percent", "53.7", "Table 3"),
    ("quzhou-2025", "pfs1_under_6", "percent", "53.9", "Table 3"),
    ("quzhou-2025", "adenosquamous", "percent", "7.8", "Text 3.1"),
    ("quzhou-2025", "age_range", "range", "58–70", "Table 3"),
    ("quzhou-2025", "objective_response", "percent", "0", "Abstract"),
    ("quzhou-2025", "pfsr_median", "estimate", "2.90", "Table 2"),
    ("quzhou-2025", "pfsr_median", "estimate", "2.9", "Discussion"),
    ("quzhou-2025", "pfsr_median", "ci", "1.97–3.83", "Discussion"),
    ("quzhou-2025", "pfs1_median", "ci", "4.13–7.81", "Abstract"),
    ("quzhou-2025", "pfsr_cox_ecog", "ci", "1.557–30.032", "Text 3.3"),
    ("quzhou-2025", "pfsr_log_rank_pdl1", "p", "0.067", "Figure 5 description"),
    ("quzhou-2025", "follow_up", "estimate", "10.31", "Discussion"),
    ("quzhou-2025", "fatigue_rechallenge_1_2", "percent", "30.7", "Table 4"),
    ("quzhou-2025", "hypothyroidism_initial_3_4", "count", "0", "Table 4"),
    ("xu-2023", "pfsr_median_interim", "estimate", "6.2", "Abstract"),
    ("xu-2023", "pfsr_test_progression", "p", "<0.001", "Abstract"),
    ("xu-2023", "pfs1_median", "ci", "3.6–6.8", "Supplementary figure 1 legend"),
    ("xu-2023", "os_median", "estimate", "NR", "Abstract"),
    ("shi-2026", "pfsr_median", "estimate", "7.10", "Abstract"),
    ("shi-2026", "pfsr_median_ci_weighted", "estimate", "6.89", "Abstract"),
]


@pytest.mark.parametrize("study", SIZES)
def test_a_registry_holds_every_entry_and_cell(study):
    registry = load_registry(study)
    assert study in list_studies()
    assert (registry.n, len(registry.entries), len(registry.frame())) == SIZES[study]


@pytest.mark.parametrize(("study", "place"), COUNTED)
def test_as_many_numbers_stand_at_a_place_as_the_paper_prints_there(study, place):
    places = Counter(at for entry in load_registry(study).entries for cell in entry.cells for at in cell.at)
    assert places[place] == COUNTED[study, place]


@pytest.mark.parametrize(("study", "name", "part", "text", "place"), PRINTED)
def test_a_printed_number_stands_with_its_zeros_and_its_place(study, name, part, text, place):
    entry = next(e for e in load_registry(study).entries if e.id == name)
    assert [cell.shown for cell in entry.printed(part) if cell.shown == text and place in cell.at] == [text]


def test_the_line_of_a_cell_is_the_line_of_the_file():
    registry = load_registry("quzhou-2025")
    lines = registry.path.read_text(encoding="utf-8").splitlines()
    for entry in registry.entries:
        assert f"id: {entry.id}" in lines[entry.line - 1]
        for cell in entry.cells:
            texts = [cell.text] if isinstance(cell.text, str) else cell.text
            assert all(f'"{text}"' in lines[cell.line - 1] for text in texts)


def test_the_subgroups_of_each_factor_add_up_to_the_cohort_as_printed():
    registry = load_registry("quzhou-2025")
    sums = Counter()
    for entry in registry.of("count"):
        where = entry.get("where", {})
        if len(where) == 1 and isinstance(next(iter(where.values())), str) and "BOR_INITIAL" not in where:
            sums[next(iter(where))] += int(entry.printed("count")[0].text)
    assert len(sums) == 13 and set(sums.values()) == {13}


def test_registry_and_cohort_of_one_study_declare_the_same_facts():
    registry, meta = load_registry("quzhou-2025"), load_cohort("quzhou-2025").meta
    assert registry.factors == meta.factors and registry.groupings == meta.groupings
    for key in ("title", "source", "time_unit", "ctcae", "primary_endpoint", "paper_interval"):
        assert registry.cohort[key] == getattr(meta, key)
    assert registry.cohort["subgroups"] == list(meta.subgroups)
    assert [(c["label"], c["column"]) for c in registry.cohort["eligibility"]] == [
        (c.label, c.column) for c in meta.eligibility
    ]


def test_the_shipped_pseudo_patients_obey_every_implication():
    cohort = derive_factors(load_cohort("quzhou-2025"))
    adsl = cohort.table("adsl").set_index("USUBJID").astype(str)
    best = derive_best_response(cohort)
    adsl["BOR_INITIAL"] = best[best["APHASE"] == "INITIAL"].set_index("USUBJID")["AVALC"].astype(str)
    rules = load_registry("quzhou-2025").own["implications"]
    assert len(rules) == 6
    for rule in rules:
        concerned = adsl
        for column, level in rule["if"].items():
            concerned = concerned[concerned[column] == level]
        assert len(concerned) > 0
        for column, level in rule["then"].items():
            assert (concerned[column] == level).all(), rule


def test_the_weighted_results_are_told_from_the_unweighted():
    weighted = [e.id for e in load_registry("shi-2026").entries if e.get("weights") == "iptw"]
    assert weighted == ["pfsr_median_cia_weighted", "pfsr_median_ci_weighted", "pfsr_test_arm_weighted"]


def test_acquired_resistance_of_the_xu_paper_contradicts_its_median_of_the_first_course():
    registry = load_registry("xu-2023")
    cells = {e.id: e.cells[0].text for e in registry.entries}
    longer_than_6 = int(cells["acquired_resistance"])
    assert float(cells["pfs1_median"]) < 6 and longer_than_6 / registry.n > 0.5


GOOD = """title: T
n: 13
factors:
  SMOKE: {levels: {NEVER: Never, EVER: Ever}}
numbers:
  - {id: all, statistic: count, printed: [{at: Abstract, count: "13"}]}
"""
ENTRY = 7  # the line of an entry added to GOOD

BAD_ENTRIES = {
    "unknown statistic": ('{id: a, statistic: cuont, printed: [{at: T, count: "1"}]}', "Did you mean count?"),
    "unknown key of count": ('{id: a, statistic: count, were: {SEX: M}, printed: [{at: T, count: "1"}]}', "where"),
    "unknown part": ('{id: a, statistic: count, printed: [{at: T, hr: "1"}]}', "Known: count, percent"),
    "unknown column": ('{id: a, statistic: count, where: {SMOK: EVER}, printed: [{at: T, count: "1"}]}', "SMOKE"),
    "not a level of SMOKE": ('{id: a, statistic: count, where: {SMOKE: EVR}, printed: [{at: T, count: "1"}]}', "EVER"),
    "unknown endpoint": ('{id: a, statistic: median_survival, endpoint: PFS, printed: [{at: T, estimate: "1"}]}', "OS"),
    "median_survival needs `endpoint`": ('{id: a, statistic: median_survival, printed: [{at: T, estimate: "1"}]}', ""),
    "the limits are reversed": (
        '{id: a, statistic: median_survival, endpoint: OS, printed: [{at: T, ci: ["3.83", "1.97"]}]}',
        "3.83, 1.97",
    ),
    "expected two limits, or NA": (
        '{id: a, statistic: median_survival, endpoint: OS, printed: [{at: T, ci: "1.97"}]}',
        "",
    ),
    "a printed number must stand in quotation marks": (
        "{id: a, statistic: count, printed: [{at: T, percent: 2.90}]}",
        "zeros",
    ),
    "not a printed number": ('{id: a, statistic: count, printed: [{at: T, count: "eight"}]}', "'eight'"),
    "the id stands on line 6 too": ('{id: all, statistic: count, printed: [{at: T, count: "1"}]}', "'all'"),
    "a print needs `at`": ('{id: a, statistic: count, printed: [{count: "1"}]}', "Table 2"),
    "a print without a number": ("{id: a, statistic: count, printed: [{at: T}]}", "count, percent"),
    "an entry needs `printed`, a list": ("{id: a, statistic: count}", ""),
    "an entry needs `id`, `statistic` and `printed`": ('{statistic: count, printed: [{at: T, count: "1"}]}', ""),
    "unknown course": ('{id: a, statistic: count, event: {APHASE: FIRST}, printed: [{at: T, count: "1"}]}', "INITIAL"),
    "expected a list of grades 1 to 5": (
        '{id: a, statistic: count, event: {APHASE: INITIAL, ATOXGR: [3, 6]}, printed: [{at: T, count: "1"}]}',
        "[3, 6]",
    ),
    "not a level of SEX": (
        '{id: a, statistic: cox, endpoint: OS, by: SEX, group: W, against: M, printed: [{at: T, hr: "1"}]}',
        "'W'",
    ),
    "unknown weights": (
        '{id: a, statistic: log_rank, endpoint: OS, by: SEX, weights: ipw, printed: [{at: T, p: "0.01"}]}',
        "iptw",
    ),
    "expected a whole number above 0": (
        '{id: a, statistic: count, denominator: few, printed: [{at: T, percent: "50"}]}',
        "few",
    ),
    "expected a level of interval in percent": (
        '{id: a, statistic: median_survival, endpoint: OS, level: 9.5, printed: [{at: T, estimate: "1"}]}',
        "9.5",
    ),
}
BAD_TOPS = {
    "the key `n` is missing": (("n: 13\n", ""), None),
    "the key `title` is missing": (("title: T\n", ""), None),
    "expected a whole number above 0": (("n: 13", "n: 0"), 2),
    "expected a level of interval in percent": (("n: 13", "n: 13\nlevel: 0.95"), 3),
    "expected a step of time above 0": (("n: 13", "n: 13\ngrid: 0"), 3),
    "unknown key": (("n: 13", "n: 13\nnubmers: 3"), 3),
    "the key `why` is missing": (("n: 13", "n: 13\nimplications:\n  - {if: {SEX: M}, then: {SMOKE: EVER}}"), 4),
    "not a level of SMOKE": (("n: 13", "n: 13\nimplications:\n  - {if: {}, then: {SMOKE: [EVER, NO]}, why: W}"), 4),
    "unknown value": (("n: 13", "n: 13\nexclusions:\n  - {at: T, text: W, says: censored}"), 4),
    "unknown column": (("n: 13", "n: 13\nweights: {treatment: ARM, covariates: [SMOKE]}"), 3),
    "the list `numbers` is empty": ((GOOD[GOOD.index("numbers:") :], "numbers: []\n"), 5),
}


def findings(tmp_path, text):
    """The findings of a registry with this text, in a file bad.yml."""
    (tmp_path / "bad.yml").write_text(text, encoding="utf-8")
    with pytest.raises(CohortError) as error:
        load_registry(tmp_path / "bad.yml")
    assert all(f.file == "bad.yml" for f in error.value.findings)
    return error.value.findings


def test_the_text_that_the_bad_ones_depart_from_is_good(tmp_path):
    (tmp_path / "good.yml").write_text(GOOD, encoding="utf-8")
    assert len(load_registry(tmp_path / "good.yml").entries) == 1


@pytest.mark.parametrize("rule", BAD_ENTRIES)
def test_a_bad_entry_is_found_with_its_line(tmp_path, rule):
    entry, said = BAD_ENTRIES[rule]
    (found,) = findings(tmp_path, f"{GOOD}  - {entry}\n")
    assert (found.rule, found.row) == (rule, ENTRY)
    assert said in found.action + repr(found.value)


@pytest.mark.parametrize(
    ("statistic", "part", "value", "said"),
    [
        ("median_survival, endpoint: OS", "estimate", "10.5 months", 'Write the number alone, "10.5"; a unit stands'),
        ("cox, endpoint: OS, by: SEX", "p", "0.05 (one-sided)", 'Write "0.05", and which test it is under `method`'),
        ("count", "count", "3 of 10", "Digits with a point"),
    ],
)
def test_what_is_no_printed_number_is_told_with_what_to_write(tmp_path, statistic, part, value, said):
    entry = f'{{id: a, statistic: {statistic}, printed: [{{at: T, {part}: "{value}"}}]}}'
    (found,) = findings(tmp_path, f"{GOOD}  - {entry}\n")
    assert (found.rule, found.value) == ("not a printed number", value) and said in found.action


@pytest.mark.parametrize("rule", BAD_TOPS)
def test_a_bad_head_is_found_with_its_line(tmp_path, rule):
    (old, new), row = BAD_TOPS[rule]
    (found,) = findings(tmp_path, GOOD.replace(old, new))
    assert (found.rule, found.row) == (rule, row)


def test_a_percentage_needs_a_denominator_where_the_study_has_no_size(tmp_path):
    text = GOOD.replace("n: 13\n", "") + '  - {id: a, statistic: count, printed: [{at: T, percent: "38.5"}]}\n'
    assert [(f.rule, f.row) for f in findings(tmp_path, text)] == [
        ("the key `n` is missing", None),
        ("a percentage without denominator", 6),
    ]
    given = text.replace("statistic: count, printed: [{at: T", "statistic: count, denominator: 13, printed: [{at: T")
    assert [f.rule for f in findings(tmp_path, given)] == ["the key `n` is missing"]


def test_all_faults_are_found_at_once_in_the_order_of_the_file(tmp_path):
    bad = [entry for entry, _ in BAD_ENTRIES.values()]
    found = findings(tmp_path, GOOD.replace("n: 13", "n: few") + "".join(f"  - {entry}\n" for entry in bad))
    assert set(BAD_ENTRIES) - {"the id stands on line 6 too"} <= {f.rule for f in found}
    assert {f.row for f in found} == {2, *range(ENTRY, ENTRY + len(bad))}
    assert [f.row for f in found] == sorted(f.row for f in found)


def test_an_unknown_study_names_the_near_one():
    with pytest.raises(CohortError, match="Did you mean quzhou-2025"):
        load_registry("quzou-2025")


def test_a_missing_file_is_a_finding(tmp_path):
    with pytest.raises(CohortError, match=r"none\.yml: the file is missing"):
        load_registry(tmp_path / "none.yml")


def test_every_statistic_of_the_vocabulary_says_what_it_prints():
    for name, spec in statistics().items():
        assert spec["label"] and spec["parts"], name
        assert not set(spec["needs"]) & set(spec["takes"]), name


@pytest.mark.slow
def test_the_schema_for_editors_takes_the_shipped_registries():
    import json

    import jsonschema

    from papercheck.files.yamlfile import load_yaml
    from tests.conftest import project

    text = (project() / "docs" / "schema" / "published.schema.json").read_text(encoding="utf-8")
    validator = jsonschema.Draft202012Validator(json.loads(text))
    for study in list_studies():
        raw, _ = load_yaml(load_registry(study).path)
        assert not list(validator.iter_errors(json.loads(json.dumps(raw, default=str)))), study
    assert list(validator.iter_errors({"title": "T", "n": 0, "numbers": []}))
