"""Ids hold the report together: what a section produces, every
renderer finds, whatever the words and numbers around it.
"""

import ast
from dataclasses import replace
from string import Formatter

import pytest

from papercheck.files.yamlfile import load_rules
from rechallenge.results import COLUMNS, Result, ledger_rows, quantities, read_ledger
from rechallenge.run import checklist, methods
from rechallenge.run.answer import answer
from tests.conftest import project

LIBRARY = project() / "lib" / "rechallenge"
MAKERS = {"results": 1, "outcome_results": 2, "Result": 0, "_of": 1}  # where a maker of results takes the quantity


def calls():
    for path in (LIBRARY / "sections").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield path.name, node


def produced_quantities():
    found = set()
    for _, call in calls():
        name = getattr(call.func, "id", getattr(call.func, "attr", ""))
        if name in MAKERS:
            found |= {a.value for a in call.args if isinstance(a, ast.Constant) and a.value in quantities()}
    return found


def shown_ids():
    """Every id that a table, figure or note of a section has; a part in braces stands for any word."""
    found = set()
    for _, call in calls():
        for keyword in call.keywords:
            if keyword.arg == "id" and isinstance(keyword.value, ast.Constant):
                found.add(keyword.value.value)
            elif keyword.arg == "id" and isinstance(keyword.value, ast.JoinedStr):
                found.add("".join(p.value if isinstance(p, ast.Constant) else "*" for p in keyword.value.values))
    return found


def section_ids():
    return {p.stem[3:] for p in (project() / "notebooks").glob("[0-9][0-9]_*.ipynb")}


def matches(wanted, ids):
    return wanted in ids or any(
        "*" in i and wanted.startswith(i.split("*")[0]) and wanted.endswith(i.split("*")[-1]) for i in ids
    )


def test_every_quantity_has_labels_in_both_languages():
    assert len(quantities()) > 40
    assert [name for name, entry in quantities().items() if not (entry.get("label") and entry.get("zh"))] == []


@pytest.mark.slow
def test_sections_produce_declared_quantities_and_leave_none_unused():
    found = produced_quantities()
    assert len(found) > 30
    text = "".join(p.read_text(encoding="utf-8") for p in (LIBRARY / "sections").glob("*.py"))
    assert [name for name in quantities() if f'"{name}"' not in text] == []


@pytest.mark.slow
def test_every_id_of_a_checklist_exists():
    wanted = checklist.checklist_ids()
    assert len(wanted) > 20
    ids = {"section": section_ids(), "shown": shown_ids()}
    assert [(kind, i) for kind, i in sorted(wanted) if not matches(i, ids[kind])] == []


def test_every_rule_of_the_prose_speaks_of_declared_quantities_and_of_ids_that_a_result_has():
    rules = methods.rules()
    whens = [
        s["when"] for part in ("methods", "results") for block in rules[part] for s in block["sentences"] if "when" in s
    ]
    fields = set(Result.__dataclass_fields__)
    assert len(whens) > 30
    for when in whens:
        names = when["quantity"] if isinstance(when["quantity"], list) else [when["quantity"]]
        assert set(names) <= set(quantities()) and set(when) <= fields, when


def test_a_sentence_of_the_prose_names_only_what_it_needs_or_the_words_of_a_place():
    place = {
        "variable",
        "reference",
        "by",
        "level",
        "method",
        "model",
        "name",
        "at",
        "unit",
        "contrast",
        "course",
        "model_first",
        "ci",
        "n",
        "people",
    }
    of_prints = {"printed", "limits", "with_p", "span", "here", "events_said", "as_printed"}
    for block in methods.rules()["results"]:
        for sentence in block["sentences"]:
            known = place | set(sentence.get("needs", []))
            of_ids = {text: known for key in ("each", "endless", "alone", "without") if (text := sentence.get(key))}
            of_ids |= {
                sentence.get(key, ""): known | ({"each"} if "each" in sentence else set()) for key in ("text", "all")
            }
            for text, names in of_ids.items():
                assert names_in(text) <= names, text
            assert {*sentence.get("per", ())} <= set(Result.__dataclass_fields__)
            told = dict(sentence.get("reconstructed", {}))
            together, each = told.pop("all", ""), told.pop("each", {})
            assert names_in(together) <= known | {"each"} and set(each) <= set(told) and bool(each) == bool(together)
            for text in [*told.values(), *each.values()]:
                assert names_in(text) <= known | of_prints and "{ci" not in text, text


def names_in(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.fixture(scope="module")
def whole(reports):
    import csv

    with open(reports["quzhou-2025"] / "results.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_results_csv_comes_back_as_the_records_that_wrote_it(whole):
    found = read_ledger(whole)
    assert tuple(whole[0]) == COLUMNS
    again = [row | {"section": old["section"]} for row, old in zip(ledger_rows(found), whole, strict=True)]
    assert [{k: str(row[k]) for k in COLUMNS if k != "value"} for row in again] == [
        {k: row[k] for k in COLUMNS if k != "value"} for row in whole
    ]


def test_words_may_change_and_nothing_is_lost(whole):
    """`item` is for people: with every one of them reworded the answer, the Methods and the Results say the same."""
    from rechallenge.cohort import load_cohort

    results, cohort = read_ledger(whole), load_cohort("quzhou-2025")
    other = [replace(r, item=f"reworded {i}") for i, r in enumerate(results)]
    facts = {"parameters": {"interval": {"value": "log-log"}}, "changed": {}, "versions": {}, "n": 13, "kind": "pseudo"}
    facts["parameters"] |= {
        k: {"value": v}
        for k, v in (("continuous", "median"), ("gmi", 1.33), ("estimand", "ATE"), ("landmark", 0), ("sd_min_weeks", 6))
    }
    assert answer(results, cohort) == answer(other, cohort) and len(answer(results, cohort)) == 3
    assert methods.paragraphs(results, facts, cohort) == methods.paragraphs(other, facts, cohort)


def test_every_produced_quantity_is_read_by_the_prose_or_a_table_alone():
    """What the prose does not speak of is a table's own; the list is here so that a new quantity is decided upon."""
    said = set()
    for part in ("methods", "results"):
        for block in methods.rules()[part]:
            for sentence in block["sentences"]:
                name = sentence.get("when", {}).get("quantity", [])
                said |= {name} if isinstance(name, str) else set(name)
    silent = set(quantities()) - said
    assert {"population.missing", "reconstruction.spread", "literature.influence"} <= silent
    assert said <= set(quantities())


def test_languages_of_the_page_have_the_same_keys():
    folder = LIBRARY / "text" / "languages"
    en, zh = (load_rules(folder / f"{code}.yml") for code in ("en", "zh"))
    assert {(g, k) for g in en for k in en[g]} == {(g, k) for g in zh for k in zh[g]}
