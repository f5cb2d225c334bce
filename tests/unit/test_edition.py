"""Notebooks of an older edition: said before a report is begun, and replaced unless somebody edited them."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from papercheck.files.findings import CohortError
from papercheck.files.project import open_project, within_project
from rechallenge import wb
from rechallenge.cli.command import app
from rechallenge.run import starter
from rechallenge.run.build import Options, make_report
from rechallenge.run.edition import digest, is_as_given, outdated_calls
from rechallenge.run.sections import read_notebook
from rechallenge.run.starter import shipped_notebooks, start_project, update_project

OLD = Path(__file__).parents[1] / "data" / "edition" / "11_published_numbers.ipynb"


@pytest.fixture
def home(tmp_path):
    """A project of an earlier edition: no record of what it was given, section 11 as it then was, no section 24."""
    made = start_project(tmp_path / "home")
    (made / "notebooks" / "edition.json").unlink()
    (made / "notebooks" / "24_all_evidence.ipynb").unlink()
    shutil.copy(OLD, made / "notebooks")
    return open_project(made)


def edited(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_notebook_of_an_older_edition_is_said_before_anything_is_run(home):
    with within_project(home), pytest.raises(CohortError) as error:
        make_report("quzhou-2025", None, Options(only=("11",)))
    (asked,) = error.value.findings
    assert asked.file == "notebooks/11_published_numbers.ipynb"
    assert asked.rule == "code cell 9 asks for wb.audit, which this workbook has not"
    assert asked.value == "findings = wb.audit(registry)" and asked.row == 1
    assert "of an older edition: rechallenge init --update puts" in asked.action
    assert not (home.folder / "outputs" / "quzhou-2025").exists()


def test_an_update_replaces_what_nobody_edited_and_keeps_the_rest(home):
    notebooks = home.notebooks
    edited(notebooks / "10_safety.ipynb", "# Safety", "# Safety of our patients")
    (notebooks / "50_mine.ipynb").write_text("{}")
    done = update_project(home)
    assert (done.replaced, done.added) == (["11_published_numbers.ipynb"], ["24_all_evidence.ipynb"])
    assert done.aside == ["10_safety.ipynb"]
    assert digest(notebooks / "11_published_numbers.ipynb") == digest(shipped_notebooks()["published_numbers"])
    assert "of our patients" in (notebooks / "10_safety.ipynb").read_text(encoding="utf-8")
    assert digest(notebooks / "present" / "10_safety.ipynb") == digest(shipped_notebooks()["safety"])
    assert (notebooks / "50_mine.ipynb").read_text() == "{}"
    (notebooks / "24_all_evidence.ipynb").unlink()  # taken out by somebody, who is not given it again
    again = update_project(home)
    assert (again.replaced, again.added, again.aside) == ([], [], ["10_safety.ipynb"])


def test_a_number_that_is_taken_is_not_given_twice(home):
    notebooks = home.notebooks
    (notebooks / "11_published_numbers.ipynb").rename(notebooks / "10_published_numbers.ipynb")
    (notebooks / "10_safety.ipynb").rename(notebooks / "11_safety.ipynb")
    (notebooks / "24_mine.ipynb").write_text("{}")
    done = update_project(home)
    assert done.replaced == ["10_published_numbers.ipynb"] and done.aside == ["24_all_evidence.ipynb"]
    assert digest(notebooks / "10_published_numbers.ipynb") == digest(shipped_notebooks()["published_numbers"])


def test_what_jupyter_writes_into_a_notebook_is_no_edit(home):
    path = home.notebooks / "11_published_numbers.ipynb"
    held = json.loads(path.read_text(encoding="utf-8"))
    for cell in held["cells"]:
        cell |= {"id": "x", "metadata": cell["metadata"] | {"jupyter": {}}}
        if cell["cell_type"] == "code":
            cell |= {"execution_count": 3, "outputs": [{"output_type": "stream", "name": "stdout", "text": "1"}]}
    path.write_text(json.dumps(held), encoding="utf-8")
    assert is_as_given(path)
    edited(path, "wb.audit(registry)", "wb.audit(registry, 1)")
    assert not is_as_given(path)
    assert digest(home.folder / "README.md") == ""


def test_what_a_notebook_asks_for_is_looked_at_and_no_more(tmp_path):
    cells = (
        "from rechallenge import wb as w, gone",
        "w.load_study()\nw.load_study(*names)\nw.load_study(**more)\nw.survival_tabel(1)\nother.audit()",
        "%matplotlib inline",
        "try:\n    from rechallenge.old import thing\nexcept ImportError:\n    thing = None",
        "from rechallenge.old import thing",
    )
    parameters = {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": 'cohort: str = "a"'}
    written = [{"cell_type": "code", "metadata": {}, "source": source} for source in cells]
    path = tmp_path / "notebooks" / "50_mine.ipynb"
    path.parent.mkdir()
    path.write_text(json.dumps({"cells": [parameters, *written], "metadata": {}}), encoding="utf-8")
    found = outdated_calls([read_notebook(path)], shipped_notebooks())
    assert [(f.rule.removeprefix("code cell "), f.row, f.action) for f in found] == [
        ("2 imports gone of rechallenge, which this workbook has not", 1, "Take it out of the notebook."),
        ("3 calls w.load_study with other arguments than it takes: missing a required argument: 'cohort'", 1,
         "Mend the call."),
        ("3 asks for w.survival_tabel, which this workbook has not", 4, "Did you mean survival_table?"),
        ("6 imports thing of rechallenge.old, which this workbook has not", 1, "Take it out of the notebook."),
    ]  # fmt: skip


def test_the_command_says_what_became_of_each_notebook(home, monkeypatch):
    edited(home.notebooks / "10_safety.ipynb", "# Safety", "# Harm")
    run = lambda *words: CliRunner().invoke(app, ["init", *words])  # noqa: E731
    said = run("--update", str(home.folder))
    assert said.exit_code == 0, said.output
    assert "Replaced: 11_published_numbers.ipynb" in said.output and "Added: 24_all_evidence.ipynb" in said.output
    assert "Beside yours: notebooks/present/10_safety.ipynb" in said.output
    shutil.copy(home.notebooks / "present" / "10_safety.ipynb", home.notebooks)
    assert "is of the present edition" in run("--update", str(home.folder)).output
    assert "Name one that does not exist yet" in run().output
    monkeypatch.setattr(starter, "shipped_files", lambda: home.folder)  # as in the repository
    assert "There is nothing to update" in run("--update", str(home.folder)).output


def test_a_name_that_the_workbench_has_not_says_what_to_do():
    with pytest.raises(AttributeError, match=r"wb has no audit\. .*rechallenge init --update"):
        wb.audit  # noqa: B018
