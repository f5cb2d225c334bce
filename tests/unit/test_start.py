"""What a command loads before its first word: no library that it can do without."""

import json
import subprocess
import sys

import pytest

from tests.conftest import project

NUMBERS = {"numpy", "pandas", "scipy", "numba", "lifelines", "ortools"}
PAGES = {"matplotlib", "IPython", "nbformat", "nbconvert", "papermill", "jinja2", "openpyxl", "docx"}
READERS = {"pyreadstat", "python_calamine", "pypdf"}
MODELS = {"pydantic", "yaml", "rich"}


def loaded_by(*arguments):
    """The top packages that `rechallenge` with these arguments has loaded at its end, in a process of its own."""
    code = (
        "import json, sys\nfrom rechallenge.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=project(), check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments, never",
    [
        (["--help"], NUMBERS | PAGES | READERS | MODELS),
        (["cohorts"], NUMBERS | PAGES | READERS | {"rich"}),
        (["audit", "quzhou-2025"], NUMBERS | PAGES | READERS | {"rich"}),
        (["check", "quzhou-2025"], NUMBERS - {"numpy", "pandas"} | PAGES | READERS),
    ],
    ids=["--help", "cohorts", "audit", "check"],
)
def test_a_command_loads_no_library_that_it_can_do_without(arguments, never):
    assert loaded_by(*arguments) & never == set()


@pytest.mark.slow
def test_what_makes_a_report_compiles_no_grammar():
    """Checks of formats that nobody asks for here came with a parser that was built anew at each start."""
    code = (
        "import rechallenge.run.watch, rechallenge.run.build, papermill, nbconvert, sys; print('lark' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=project(), check=True)
    assert done.stdout == "False\n"


NEW = """
import json, sys, tempfile
from pathlib import Path
from rechallenge.cohort.cohort import load_cohort
from rechallenge.context import current, project
from rechallenge.run.execute import execute, warm
from rechallenge.run.pool import Call, Processes
from rechallenge.run.sections import find_sections
from dataclasses import replace

def new_modules(section, run, folder):
    before = set(sys.modules)
    execute(section, run, folder)
    return sorted(set(sys.modules) - before)

load_cohort("quzhou-2025")
sections = find_sections(["09"])
warm(sections)
run = replace(current(), project=project(), cohort="quzhou-2025")
with tempfile.TemporaryDirectory() as folder:
    calls = [Call("09", new_modules, (sections[0], run, Path(folder)))]
    print(json.dumps(dict(Processes(1).run(calls))))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="sections are forks on Linux alone")
def test_what_every_section_needs_is_loaded_once_before_they_part():
    done = subprocess.run([sys.executable, "-c", NEW], capture_output=True, text=True, cwd=project(), check=True)
    assert set(json.loads(done.stdout)["09"]) <= {"bdb"}
