"""The template of a registry: it lacks only what must be filled in, and its examples are right."""

import re

import pytest

from papercheck.registry.registry import GENERAL, load_registry, statistics
from papercheck.registry.template import keys, new_registry, registry_template
from rechallenge.cohort import CohortError
from tests.conftest import use_data

EXAMPLE = re.compile(r"# (\s*(?:- \{|\w+: ?).*)")


def uncommented(text):
    """The template with every example in use."""
    return "\n".join(m[1] if (m := EXAMPLE.fullmatch(line)) else line for line in text.splitlines())


@pytest.fixture
def data(tmp_path, monkeypatch):
    use_data(monkeypatch, tmp_path)
    return tmp_path


def test_the_template_lacks_the_number_of_subjects_and_the_printed_numbers_and_nothing_else(data):
    path = new_registry("liu-2024")
    assert path == data / "liu-2024" / "published.yml"
    with pytest.raises(CohortError) as error:
        load_registry("liu-2024")
    assert [(f.column, f.rule) for f in error.value.findings] == [
        ("n", "nothing is written here"),
        ("numbers", "the list `numbers` is empty"),
    ]
    lines = path.read_text(encoding="utf-8").splitlines()
    assert all(lines[f.row - 1].startswith(f"{f.column}:") for f in error.value.findings)


def test_with_every_example_in_use_the_template_loads_and_shows_every_statistic_and_part(data):
    path = new_registry("liu-2024")
    path.write_text(uncommented(path.read_text(encoding="utf-8")).replace("\nn: ", "\nn: 13"), encoding="utf-8")
    registry = load_registry("liu-2024")
    shown = {e.statistic: {c.part for c in e.cells} for e in registry.entries}
    assert shown == {name: set(spec["parts"]) for name, spec in statistics().items()}
    assert list(registry.cohort) == [
        "title", "source", "time_unit", "ctcae", "primary_endpoint", "paper_interval", "factors",
    ]  # fmt: skip
    assert registry.own["implications"] and registry.own["exclusions"] and registry.groupings["AGEGR1"].cut == (66,)


@pytest.mark.parametrize("name", statistics())
def test_an_example_holds_what_its_statistic_needs(name):
    spec = statistics()[name]
    assert set(spec["needs"]) <= set(spec["example"]) <= {*spec["needs"], *spec["takes"], "unit", "printed"}
    # A key that is not shown is at least named.
    line = next(line for line in registry_template("x").split("\n\n") if f"statistic: {name}," in line)
    assert all(re.search(rf"\b{key}\b", line) for key in [*spec["needs"], *spec["takes"], *spec["parts"]])


def test_every_key_of_an_entry_is_explained_and_no_other():
    taken = {key for spec in statistics().values() for key in [*spec["needs"], *spec["takes"]]}
    assert set(keys()) == taken | set(GENERAL) - {"id", "statistic", "printed"}


def test_the_template_stands_beside_a_cohort_and_never_over_a_registry(data):
    (data / "ours").mkdir()
    (data / "ours" / "cohort.yml").write_text("title: Ours\n")
    new_registry("ours")
    kept = (data / "ours" / "published.yml").read_text()
    for name, words in (("ours", "exists already"), ("../ours", "cannot be a name of a study")):
        with pytest.raises(CohortError, match=words):
            new_registry(name)
    assert (data / "ours" / "published.yml").read_text() == kept


def test_the_command_starts_a_registry_that_check_then_reads(data, command):
    code, text = command("new", "liu-2024", "--published", data=data)
    assert code == 0 and str(data / "liu-2024" / "published.yml") in text and "rechallenge check liu-2024" in text
    assert [p.name for p in (data / "liu-2024").iterdir()] == ["published.yml"]
    code, text = command("check", "liu-2024", data=data)
    assert code == 1 and "2 errors." in text and "published.yml" in text
    path = data / "liu-2024" / "published.yml"
    entry = '  - {id: subjects, statistic: count, printed: [{at: Abstract, count: "13"}]}\n'
    filled = path.read_text().replace("\nn: ", "\nn: 13").replace("\nnumbers:\n", f"\nnumbers:\n{entry}")
    path.write_text(filled)
    code, text = command("check", "liu-2024", data=data)
    assert code == 0 and text == "liu-2024: no error, 0 warnings. Printed numbers: 1 in 1 entries."
    code, text = command("new", "liu-2024", "--published", data=data)
    assert code == 1 and "exists already" in text


def test_check_names_the_faults_of_cohort_and_paper_at_once(data, command):
    folder = data / "both"
    folder.mkdir()
    (folder / "cohort.yml").write_text("title: Both\n")
    (folder / "adsl.csv").write_text("USUBJID,AGE\nA,six\n")
    (folder / "published.yml").write_text("title: Both\nn: 1\n")
    code, text = command("check", "both", data=data)
    assert code == 1 and "not a number" in text and "the list `numbers` is empty" in text
