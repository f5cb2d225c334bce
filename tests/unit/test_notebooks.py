"""The notebooks as files: thin, without outputs, with a parameter cell that the runner can read."""

import ast
import json
import re

import pytest

from rechallenge.run.sections import find_sections
from tests.conftest import project

NOTEBOOKS = sorted((project() / "notebooks").glob("*.ipynb"))


def cells(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_is_stored_without_outputs(path):
    assert all(not c.get("outputs") and c.get("execution_count") is None for c in cells(path))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_opens_with_a_heading_and_then_its_parameters(path):
    first, second = cells(path)[:2]
    assert first["cell_type"] == "markdown" and first["source"][0].startswith("# ")
    assert second["metadata"]["tags"] == ["parameters"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_code_cells_are_short_and_hold_no_logic(path):
    for cell in cells(path)[2:]:
        if cell["cell_type"] == "code":
            tree = ast.parse("".join(cell["source"]))
            assert not any(
                isinstance(n, ast.FunctionDef | ast.For | ast.If | ast.While | ast.ClassDef) for n in ast.walk(tree)
            )
            statements = [n for n in tree.body if not isinstance(n, ast.Import | ast.ImportFrom)]
            assert len(statements) <= 4
        else:
            prose = re.sub(r"`[^`]*`|PFS1|RECIST 1\.1", "", "".join(cell["source"]))
            assert not re.search(r"\d+\.\d+|\d+%", prose), "a number typed by hand"


def test_every_parameter_has_a_type_a_default_and_a_comment():
    for section in find_sections():
        assert "cohort" in section.parameters
        for parameter in section.parameters.values():
            assert parameter.help and type(parameter.default).__name__ == parameter.type


def test_a_parameter_means_the_same_in_every_notebook():
    seen = {}
    for section in find_sections():
        for p in section.parameters.values():
            if p.name != "landmarks":
                assert seen.setdefault(p.name, (p.type, p.default, p.help)) == (p.type, p.default, p.help), p.name
