"""Ctrl-C at any moment of a command is one line and exit code 130."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
HOOK = """import os, signal, sys
seen = []
def hook(event, arguments):
    if event == {event!r} and not seen and "papercheck.files.interrupts" in sys.modules and {which}:
        seen.append(event)
        os.kill(os.getpid(), signal.SIGINT)
sys.addaudithook(hook)
"""
MOMENTS = {  # (event of Python's audit, which of them)
    "a module of the command is loaded": ("import", "arguments[0] == 'papercheck.files.findings'"),
    "a module is loaded later": ("import", "arguments[0] in ('papercheck.files.project', 'papercheck.audit')"),
    "a class is made of text": ("exec", "arguments[0].co_filename == '<string>'"),
    "a file of a library is read": ("open", "'findings' in str(arguments[0])"),
}


def ended(program, tmp_path, *more):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    made = subprocess.run(
        [sys.executable, "-B", *program], env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    return made.returncode, made.stdout, made.stderr


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("program", ["rechallenge", "papercheck"])
def test_an_interrupt_while_a_command_starts_is_one_line(tmp_path, program, moment):
    event, which = MOMENTS[moment]
    (tmp_path / "sitecustomize.py").write_text(HOOK.format(event=event, which=which))
    (tmp_path / "published.yml").write_text("title: T\n")
    arguments = {"rechallenge": ["cohorts"], "papercheck": ["audit", "published.yml"]}[program]
    assert ended(["-m", program, *arguments], tmp_path) == (130, "", "Interrupted.\n")


CLEARED = """
import sys
from papercheck.files.interrupts import at_once, in_order, interrupted
at_once()
in_order()
class Kept:
    def __del__(self):
        {what}
try:
    kept = Kept()
    del kept
    for _ in range({turns}):
        pass
    code = 0
except KeyboardInterrupt:
    code = interrupted()
sys.exit(code)
"""


def test_an_interrupt_that_python_would_print_and_forget_is_answered(tmp_path):
    assert ended(["-c", CLEARED.format(what="raise KeyboardInterrupt", turns=10**9)], tmp_path) == (
        130,
        "",
        "Interrupted.\n",
    )
    code, _, error = ended(["-c", CLEARED.format(what="raise ValueError('x')", turns=1)], tmp_path)
    assert code == 0 and "ValueError: x" in error  # other faults are told as ever


def test_an_interrupt_of_text_that_runs_does_not_end_the_process_by_its_signal(tmp_path):
    (tmp_path / "asked.py").write_text(
        CLEARED.replace("kept = Kept()", "exec('raise KeyboardInterrupt')").format(what="pass", turns=1)
    )
    assert ended(["-m", "asked"], tmp_path) == (130, "", "Interrupted.\n")


MADE = """
from papercheck.files.findings import CohortError
class Named:
    def __set_name__(self, owner, name):
        raise KeyboardInterrupt
def read_registry(path):
    class Record:
        field = Named()
import papercheck.registry.registry
papercheck.registry.registry.read_registry = read_registry
from papercheck.cli import main
main(["audit", "published.yml"])
"""


@pytest.mark.slow
def test_an_interrupt_while_a_class_is_made_is_one_line(tmp_path):
    assert ended(["-c", MADE], tmp_path) == (130, "", "Interrupted.\n")


def test_an_interrupt_after_the_command_has_ended_changes_nothing(tmp_path):
    last = "import atexit, os, signal\natexit.register(os.kill, os.getpid(), signal.SIGINT)\n"
    late = "from papercheck.files.interrupts import at_once, in_order\nat_once()\nin_order()\nprint('done')"
    assert ended(["-c", last + late], tmp_path) == (0, "done\n", "")
