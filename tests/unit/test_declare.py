"""cohort.yml: every fault of every entry at once with its line, and the schema that editors read."""

import json
from pathlib import Path

import jsonschema
import pytest

from papercheck.files.yamlfile import load_yaml
from rechallenge.cohort import CohortError
from rechallenge.cohort.declare.meta import load_meta
from tests.conftest import project

SCHEMA = json.loads((project() / "docs" / "schema" / "cohort.schema.json").read_text(encoding="utf-8"))

MANY = """\
title: T
kind: people
factors:
  A: {levels: [a, b], refrence: a}
  B: {levels: [a, a]}
  AGE: {type: number, per: ten}
subgroups: [A, B, C]
eligibility:
  - {label: x, column: SEX, in: [Male]}
  - {column: AGE, min: old}
treatment: {arm: A, decided: later}
first_course: {regimen: mono}
tables:
  adsl: {file: ../x.csv, header: yes, sheets: s}
provenance: {adsl: {status: made}}
brief: {leave_out: [diary]}
"""


def faults(tmp_path, text):
    (tmp_path / "cohort.yml").write_text(text, encoding="utf-8")
    with pytest.raises(CohortError) as error:
        load_meta(tmp_path)
    return {(f.row, f.column, f.rule, f.value) for f in error.value.findings}


def test_a_brief_shows_no_subgroup_that_the_cohort_does_not_have(tmp_path):
    text = "title: T\nsubgroups: [ECOG]\nbrief: {subgroups: [ECOG, SEX, AGE, FAME]}\n"
    rule = "not among the subgroups of the cohort"
    assert faults(tmp_path, text) == {
        (3, "brief.subgroups.1", rule, "SEX"),
        (3, "brief.subgroups.2", rule, "AGE"),
        (3, "brief.subgroups.2", "a number, not a factor with levels", "AGE"),
        (3, "brief.subgroups.3", "not a factor", "FAME"),
    }


def test_every_fault_of_every_entry_comes_at_once_with_its_line_and_value(tmp_path):
    found = faults(tmp_path, MANY)
    assert found == {
        (2, "kind", "unknown value", "people"),
        (4, "factors.A.refrence", "unknown key", "refrence"),
        (5, "factors.B.levels", "a level stands twice", "['a', 'a']"),
        (6, "factors.AGE.per", "expected a number above 0", "ten"),
        (7, "subgroups.2", "not a factor", "C"),
        (9, "eligibility.0.in", "not a level of SEX", "Male"),
        (10, "eligibility.1.label", "the key `label` is missing", ""),
        (10, "eligibility.1.min", "expected a number, for a column of numbers", "old"),
        (11, "treatment.decided", "unknown value", "later"),
        (12, "first_course", "a fact without its source", "{'regimen': 'mono'}"),
        (12, "first_course.regimen", "unknown value", "mono"),
        (14, "tables.adsl.file", "not a file of the cohort's folder", "../x.csv"),
        (14, "tables.adsl.header.0", "expected a whole number", "yes"),
        (14, "tables.adsl.sheets", "unknown key", "sheets"),
        (15, "provenance.adsl.note", "the key `note` is missing", ""),
        (15, "provenance.adsl.status", "unknown value", "made"),
        (16, "brief.leave_out.0", "unknown value", "diary"),
    }


@pytest.mark.parametrize(
    "entry, rule",
    [
        ("factors: ", None),
        ("treatment: ", None),
        ("data_cutoff: '2024-12-01'", None),
        ("data_cutoff: 2024-12-01 10:00:00", "expected a date such as 2024-12-01"),
        ("data_cutoff: 20241201", "expected a date such as 2024-12-01"),
        ("subgroups: SEX", "expected a list"),
        ("factors: [A]", "expected indented `name: value` lines"),
        ("factors: {A: {levels: [a, b], per: true}}", "expected a number above 0"),
        ("factors: {A: {levels: [a, b], label: [x]}}", "expected a text of up to 120 characters"),
        ("eligibility: [{label: x, column: AGE, min: 0}]", None),
        ("first_course: {regimen: monotherapy}", "a fact without its source"),
        ("dismissed: {course: ' '}", "a dismissal without a reason"),
        ("confirmed: {course: second}", "unknown value"),
        ("questions: [{id: a, kind: what, text: t}]", "unknown value"),
    ],
)
def test_what_an_entry_takes(tmp_path, entry, rule):
    text = f"title: T\n{entry}\n"
    if rule is None:
        (tmp_path / "cohort.yml").write_text(text, encoding="utf-8")
        assert load_meta(tmp_path).title == "T"
    else:
        assert [r for _, _, r, _ in faults(tmp_path, text)] == [rule]


def test_a_faulty_factor_is_not_named_again_where_it_is_used(tmp_path):
    text = "title: T\nfactors: {A: {levels: [a, a]}}\nsubgroups: [A]\ntreatment: A\n"
    assert {r for _, _, r, _ in faults(tmp_path, text)} == {"a level stands twice"}


@pytest.mark.parametrize("folder", sorted((project() / "data").glob("*/cohort.yml")), ids=lambda p: p.parent.name)
def test_the_schema_takes_what_the_shipped_cohorts_say(folder):
    raw = json.loads(json.dumps(load_yaml(Path(folder))[0], default=str))
    jsonschema.validate(raw, SCHEMA)


@pytest.mark.parametrize(
    "raw", [{"kind": "patients"}, {"title": "T", "titel": "x"}, {"title": "T", "kind": "people"}, {"title": ["T"]}]
)
def test_the_schema_refuses_what_the_check_refuses(raw):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(raw, SCHEMA)


def test_the_template_says_nothing_that_the_check_refuses(tmp_path):
    from rechallenge.cohort.template import cohort_template

    text = cohort_template("T")
    meta_keys = [
        line[2:] for line in text.splitlines() if line.startswith("# scales") or line.startswith("# confirmed")
    ]
    (tmp_path / "cohort.yml").write_text("\n".join([text, *meta_keys]), encoding="utf-8")
    assert load_meta(tmp_path).confirmed.patients == 26
