"""What the runner reads of notebooks, and what is said of one that it cannot use."""

import json

import pytest

from papercheck.files.findings import CohortError
from papercheck.files.project import Project, within_project
from rechallenge.run.build import _idle
from rechallenge.run.sections import find_sections, read_notebook

PARAMETERS = 'cohort: str = "c"  # folder in data/\nmonths: list = [3, 6]  # months; one of: any\nhalf: float = 0.5\n'


def cell(source, *tags, kind="code"):
    more = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "metadata": {"tags": list(tags)}, "source": source, **more}


@pytest.fixture
def write(tmp_path):
    """write(name, *cells, **metadata) writes a notebook of a project; returns its path."""
    (tmp_path / "notebooks").mkdir()

    def make(name, *cells, **metadata):
        path = tmp_path / "notebooks" / f"{name}.ipynb"
        held = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": list(cells)}
        path.write_text(json.dumps(held), encoding="utf-8")
        return path

    return make


def found(tmp_path, only=()):
    with within_project(Project(tmp_path, tmp_path / "data")):
        return find_sections(only)


def said(tmp_path, only=()):
    with pytest.raises(CohortError) as error:
        found(tmp_path, only)
    return str(error.value)


def test_a_section_is_read_with_its_parameters(write, tmp_path):
    write(
        "02_last",
        cell(PARAMETERS, "parameters"),
        cell("%matplotlib inline\n!echo x\nawait_ = 1"),
        rechallenge={"patients": False},
    )
    write("01_first", cell("# Title", kind="markdown"), cell(PARAMETERS, "parameters"), cell("await thing()"))
    first, last = found(tmp_path)
    assert [first.name, last.name] == ["01_first", "02_last"] and [first.needs_patients, last.needs_patients] == [
        True,
        False,
    ]
    months = first.parameters["months"]
    assert (months.type, months.default, months.help) == ("list", [3, 6], "months; one of: any") and months.choices == [
        "any"
    ]
    assert first.parameters["half"].help == "" and len(first.code()) == 2
    assert [s.name for s in found(tmp_path, ["2"])] == ["02_last"]


def test_every_notebook_that_cannot_be_used_is_named_at_once(write, tmp_path):
    good = cell(PARAMETERS, "parameters")
    write("01_untagged", cell(PARAMETERS))
    write("02_two", good, good)
    write("03_wrong", good, cell("x = 1"), cell("a = 1\nb = (2,\n"))
    write("04_odd", cell("import os\ncohort: str = name\nmonths: set = {1}\n", "parameters"))
    (tmp_path / "notebooks" / "05_text.ipynb").write_text("hello", encoding="utf-8")
    (tmp_path / "notebooks" / "06_other.ipynb").write_text('{"cells": [{}]}', encoding="utf-8")
    text = said(tmp_path)
    for words in (
        "notebooks/01_untagged.ipynb: no cell has the tag `parameters`. Give one code cell the tag",
        "notebooks/02_two.ipynb: 2 cells have the tag `parameters`",
        "notebooks/03_wrong.ipynb, row 2: code cell 3 is not Python: '(' was never closed ('b = (2,'). Mend this line",
        (
            "notebooks/04_odd.ipynb: a line of the parameter cell declares no parameter ('import os'). Write each line"
            " as name: type"
        ),
        "('cohort: str = name')",
        "('months: set = {1}')",
        "notebooks/05_text.ipynb: this is not a Jupyter notebook. Open it in JupyterLab",
        "notebooks/06_other.ipynb: this is not a Jupyter notebook",
    ):
        assert words in text, text
    assert len(text.split("\n")) == 8


def test_a_number_or_a_name_that_two_have_is_refused(write, tmp_path):
    good = cell(PARAMETERS, "parameters")
    for name in ("01_one", "02_two", "02_more", "13_one"):
        write(name, good)
    text = said(tmp_path)
    assert (
        "notebooks/02_two.ipynb: the number 02 is also that of 02_more.ipynb ('02'). Rename one of the two files."
        in text
    )
    assert "notebooks/13_one.ipynb: the name one is also that of 01_one.ipynb" in text and len(text.split("\n")) == 2


def test_no_section_is_no_report(tmp_path):
    (tmp_path / "notebooks").mkdir()
    assert "no numbered notebook" in said(tmp_path)


def test_the_notebooks_of_the_project_are_read_as_papermill_reads_them():
    from papermill import inspect_notebook

    for section in find_sections():
        theirs = inspect_notebook(str(section.path))
        ours = {p.name: (p.type, repr(p.default), p.help) for p in section.parameters.values()}
        assert set(ours) == set(theirs)
        for name, (kind, _, words) in ours.items():
            assert (kind, words) == (theirs[name]["inferred_type_name"], theirs[name]["help"])


def test_a_notebook_is_read_again_when_it_changed_and_only_then(write):
    path = write("01_x", cell(PARAMETERS, "parameters"))
    first = read_notebook(path)
    assert read_notebook(path) is first
    write("01_x", cell(PARAMETERS, "parameters"), cell("more = 1"))
    assert read_notebook(path).code() == (PARAMETERS, "more = 1")
    path.write_text("no notebook", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(CohortError, match="not a Jupyter notebook"):
            read_notebook(path)


def test_a_notebook_is_code_of_no_other_encoding(tmp_path):
    path = tmp_path / "01_x.ipynb"
    path.write_bytes(b"\xff\xfe{}")
    with pytest.raises(CohortError, match="not a Jupyter notebook"):
        read_notebook(path)


def test_a_parameter_of_a_section_that_is_not_in_the_report_is_told():
    every = find_sections()
    chosen = [s for s in every if not s.asks]
    assert _idle({"power": 0.9, "tau": 6.0}, every, chosen) == {"power": "18_planning"}
    assert _idle({"power": 0.9}, every, every) == {}
