"""What a batch makes ahead is what the reports show, and no report shows more of the literature alone."""

import nbformat
import pytest

from papercheck.literature import table
from papercheck.literature.table import load_evidence
from rechallenge.run.ahead import prepare
from rechallenge.show.display import Figure
from rechallenge.text.language import speaking
from tests.conftest import project

LITERATURE = "rechallenge-review-2026"


@pytest.fixture
def forgotten():
    """No literature in the memory of the process."""
    table._evidence.forget()
    yield
    table._evidence.forget()


def cells():
    notebook = nbformat.read(project() / "notebooks" / "12_evidence_synthesis.ipynb", 4)
    return [c.source for c in notebook.cells if c.cell_type == "code"]


def test_the_section_finds_all_that_needs_no_cohort_made(forgotten):
    prepare()
    made = dict(load_evidence(LITERATURE).made)
    drawn = {k: v._drawn for k, v in made.items() if isinstance(v, Figure)}
    assert len(drawn) >= 4 and all(len(d) == 1 for d in drawn.values())
    space = {}
    for source in cells():
        exec(source, space)
        space["show"] = lambda *items: [i._repr_mimebundle_() for i in items if hasattr(i, "_repr_mimebundle_")]
    after = load_evidence(LITERATURE).made
    assert set(after) == set(made)
    assert all(after[k] is made[k] for k in made)
    assert all(len(v._drawn) == 1 for v in made.values() if isinstance(v, Figure))


def test_a_figure_is_drawn_once_for_each_language(forgotten, monkeypatch):
    prepare()
    key, figure = next((k, v) for k, v in load_evidence(LITERATURE).made.items() if isinstance(v, Figure))
    first = figure.draw()
    assert figure.draw() is first and first.startswith("<?xml")
    with speaking("zh"):
        prepare()
    made = load_evidence(LITERATURE).made
    assert {k[-1] for k in made} == {"en", "zh"} and made[(*key[:-1], "zh")] is not figure


def test_a_changed_table_is_read_again(forgotten, tmp_path, monkeypatch):
    folder = tmp_path / "mine"
    folder.mkdir()
    source = (project() / "data" / LITERATURE / "trials.csv").read_text(encoding="utf-8")
    (folder / "trials.csv").write_text(source, encoding="utf-8")
    monkeypatch.setenv("RECHALLENGE_DATA", str(tmp_path))
    before = load_evidence("mine")
    assert load_evidence("mine") is before
    (folder / "trials.csv").write_text("\n".join(source.splitlines()[:-1]) + "\n", encoding="utf-8")
    assert len(load_evidence("mine").trials) == len(before.trials) - 1


def test_faulty_literature_is_left_to_the_reports_to_say(forgotten, tmp_path, monkeypatch):
    (tmp_path / LITERATURE).mkdir()
    (tmp_path / LITERATURE / "trials.csv").write_text("study;os_hr\n", encoding="utf-8")
    monkeypatch.setenv("RECHALLENGE_DATA", str(tmp_path))
    prepare()


def test_a_batch_without_the_section_makes_nothing(forgotten):
    prepare(only=["02"])
    assert not load_evidence(LITERATURE).made
