"""What happens to a command from outside: an interrupt, a kill,
a full disk, no home, a cell that hangs, a second writer.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from uuid import uuid4

import pytest

from rechallenge import context
from rechallenge.cli import command as commands  # noqa: F401
from rechallenge.cli import main
from rechallenge.run.build import GENERATOR
from rechallenge.run.pool import start_method
from rechallenge.run.render import exporter
from tests.conftest import GOOD_ADSL, GOOD_YML
from tests.forked import Forked

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
HANGS = "import time\nprint('asleep', flush=True)\ntime.sleep(600)"


@pytest.fixture
def home(tmp_path):
    """A project with one short notebook, one that can be made to hang, and a cohort; its folder."""
    return write_project(tmp_path / "home")


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    """Such a project with its report."""
    home = write_project(tmp_path_factory.mktemp("reported") / "home")
    assert do(home, "report", "c")[0] == 0 and whole(home)
    return home


def write_project(home):
    (home / "notebooks").mkdir(parents=True)
    (home / "data" / "c").mkdir(parents=True)
    (home / "data" / "c" / "cohort.yml").write_text(GOOD_YML)
    (home / "data" / "c" / "adsl.csv").write_text(GOOD_ADSL)
    notebook(home, "01_short", "print('done')")
    notebook(home, "02_long", "print('done')")
    return home


def notebook(home, name, source):
    code = {"cell_type": "code", "outputs": [], "execution_count": None}
    first = code | {"metadata": {"tags": ["parameters"]}, "source": 'cohort: str = "c"  # folder in data/'}
    spec = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    cells = [first, code | {"metadata": {}, "source": source}]
    text = json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": spec, "cells": cells})
    (home / "notebooks" / f"{name}.ipynb").write_text(text)


def begin(home, *arguments, before=lambda: None):
    """A command in the working folder `home`, in a fork of this
    process where there are forks; before : called in it.
    """
    if start_method() != "fork":
        return begin_anew(home, *arguments, preexec_fn=before)

    exporter()  # what is loaded here is not loaded in each fork

    def command():
        before()
        context.start(None)
        sys.argv = ["rechallenge", *arguments]
        main()

    return Forked(command, home, home / "said" / uuid4().hex)


def begin_anew(home, *arguments, **named):
    """A command as a person starts it: a program of its own."""
    command = [sys.executable, "-m", "rechallenge", *arguments]
    return subprocess.Popen(command, cwd=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **named)


def do(home, *arguments, start=begin, **named):
    process = start(home, *arguments, **named)
    out, error = process.communicate()
    assert "Traceback" not in out + error, error
    return process.returncode, out, error


def wait_for(condition, seconds=180):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def whole(home):
    page = home / "outputs" / "c" / "report.html"
    return page.is_file() and GENERATOR in page.read_text() and page.read_text().rstrip().endswith("</html>")


@pytest.mark.thorough
def test_an_interrupt_is_one_line_and_leaves_what_was_there(reported, tmp_path):
    home = shutil.copytree(reported, tmp_path / "home")
    before = (home / "outputs" / "c" / "report.html").read_bytes()
    notebook(home, "02_long", HANGS)
    process = begin_anew(home, "report", "c")
    wait_for((home / "outputs" / ".c.new" / "notebooks" / "01_short.ipynb").exists)
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=180)
    assert process.returncode == 130 and error.split() == ["Interrupted."] and out == ""
    assert (home / "outputs" / "c" / "report.html").read_bytes() == before
    assert [p.name for p in (home / "outputs").iterdir()] == ["c"]


@pytest.mark.thorough  # tests/slow/test_kills.py kills in every run
def test_a_kill_leaves_the_old_report_and_the_next_run_no_litter(reported, tmp_path):
    home = shutil.copytree(reported, tmp_path / "home")
    before = (home / "outputs" / "c" / "report.html").read_bytes()
    notebook(home, "02_long", HANGS)
    process = begin_anew(home, "report", "c")
    wait_for((home / "outputs" / ".c.new" / "notebooks" / "01_short.ipynb").exists)
    process.kill()
    process.communicate()
    assert (home / "outputs" / "c" / "report.html").read_bytes() == before
    assert do(home, "cohorts")[1].split()[0] == "c"  # any command sweeps
    assert [p.name for p in (home / "outputs").iterdir()] == ["c"]
    notebook(home, "02_long", "print('done')")
    assert do(home, "report", "c")[0] == 0 and whole(home)


@pytest.mark.parametrize(
    "more, limit", [([], 3), pytest.param(["--kernels"], 30, marks=pytest.mark.thorough)]
)  # seconds; a kernel has begun by then on a busy machine too
def test_a_cell_that_hangs_is_ended_and_its_section_named(home, more, limit):
    notebook(home, "02_long", HANGS)
    code, out, _ = do(home, "report", "c", "--time-limit", f"{limit / 60}", *more)
    assert code == 2 and f"Failed: Long: it took longer than {limit} seconds and was ended" in out
    assert whole(home) and "01_short" in str(list((home / "outputs" / "c" / "notebooks").iterdir()))


def test_a_second_writer_of_one_cohort_is_told(home):
    notebook(home, "02_long", HANGS)
    first = begin_anew(home, "report", "c")
    wait_for((home / "outputs" / ".c.new" / "notebooks" / "01_short.ipynb").exists)
    code, _, error = do(home, "report", "c", "--sections", "01")
    assert code == 1 and "another run is writing" in error and "try again" in error
    first.send_signal(signal.SIGINT)
    first.communicate()


def test_a_full_disk_is_one_sentence_with_a_name(home):
    import resource

    small = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, 8_000))  # noqa: E731
    code, _, error = do(home, "report", "c", before=small)
    assert code == 1 and error.strip().startswith("Error: File too large: ") and str(home) in error
    assert list((home / "outputs").iterdir()) == []


@pytest.mark.parametrize("place", [{}, pytest.param({"HOME": "/nowhere"}, marks=pytest.mark.thorough)])
def test_without_a_home_a_report_is_made(home, place):
    environment = {k: v for k, v in os.environ.items() if k != "HOME"} | place
    assert do(home, "report", "c", "--sections", "01", start=begin_anew, env=environment)[0] == 0 and whole(home)


@pytest.mark.parametrize("what, place", [("data", "data/c/adsl.csv"), ("notebooks", "notebooks/01_short.ipynb")])
def test_what_is_changed_while_a_report_is_made_makes_no_report(reported, tmp_path, what, place):
    """Some sections would have read the old and others the new, and the digest would be of neither."""
    home = shutil.copytree(reported, tmp_path / "home")
    before = (home / "outputs" / "c" / "report.html").read_bytes()
    notebook(home, "02_long", f"with open({str(home / place)!r}, 'a') as file:\n    file.write('\\n')")
    code, _, error = do(home, "report", "c")
    assert code == 1 and f"files were changed while the report was made: {what}" in error
    assert (home / "outputs" / "c" / "report.html").read_bytes() == before
