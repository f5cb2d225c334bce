"""A notebook run in a fork shows what a Jupyter kernel shows, and leaves nothing behind for the next."""

import re
import socket

import nbformat
import pytest

from papercheck.files.findings import REQUEST, Finding
from rechallenge.context import Run
from rechallenge.run.execute import run_sections
from rechallenge.run.pool import start_method
from rechallenge.run.sections import Section

pytestmark = pytest.mark.skipif(start_method() != "fork", reason="sections are not forked here")

CELLS = [
    "print('one')\nprint('two')\nimport sys\nprint('wrong', file=sys.stderr)",
    "1 + 1",
    "_ + 1",
    "x = 5;",
    (
        "from IPython.display import HTML, Markdown, display, update_display\ndisplay(HTML('<b>a</b>'), metadata={'k':"
        " 'v'})\nHTML('<i>b</i>')"
    ),
    "handle = display(Markdown('first'), display_id='shown')\nupdate_display(Markdown('second'), display_id='shown')",
    "import pandas as pd\npd.DataFrame({'a': [1, 2]})",
    "import matplotlib.pyplot as plt\nplt.plot([0, 1])\nplt.show()\nprint('after')",
    "%config InlineBackend.figure_formats\n!echo from the shell",
    "class Odd:\n    def _repr_html_(self):\n        return '<u>odd</u>'\nOdd()",
    "import asyncio\nawait asyncio.sleep(0)\n'awaited'",
]
ERROR = ["def inner():\n    return {}['missing']\n\ninner()"]
QUIET = ["from IPython.display import clear_output\nprint('gone')\nclear_output()\nprint('stays')", "input()"]


def notebook(path, cells):
    node = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    )
    node.cells = [
        nbformat.v4.new_code_cell("", metadata={"tags": ["parameters"]}),
        *map(nbformat.v4.new_code_cell, cells),
    ]
    nbformat.write(node, path)
    return Section(path.stem, path, {})


def outputs(folder, name, cells, kernels):
    folder.mkdir(exist_ok=True)
    section = notebook(folder / f"{name}.ipynb", cells)
    target = folder / "done"
    target.mkdir(exist_ok=True)
    ((_, content),) = run_sections([section], Run(cohort="c"), target, kernels=kernels)
    assert content.state in ("done", "failed"), content
    done = nbformat.read(target / f"{name}.ipynb", as_version=4)
    return [[plain(o) for o in merged(c.outputs)] for c in done.cells if c.cell_type == "code"]


def merged(found):
    """Neighbouring pieces of one stream as one: a kernel sends them in pieces of any size."""
    kept = []
    for output in found:
        if kept and output.output_type == "stream" == kept[-1].output_type and output.name == kept[-1].name:
            kept[-1].text += output.text
        else:
            kept.append(output)
    return kept


def plain(output):
    """An output without what differs between any two runs: addresses, escape codes, temporary file names."""
    output = dict(output)
    if output["output_type"] == "error":
        text = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(output["traceback"]))
        output["traceback"] = re.sub(r"0x[0-9a-f]+|File \S+", "", text)
    if "data" in output:
        output["data"] = {
            k: re.sub(r"0x[0-9a-f]+", "", v) if isinstance(v, str) else v for k, v in output["data"].items()
        }
    return output


@pytest.mark.parametrize(
    "cells", [pytest.param(CELLS, marks=pytest.mark.thorough), ERROR], ids=["displays", "traceback"]
)
def test_outputs_are_those_of_a_kernel(tmp_path, cells):
    fork, kernel = (outputs(tmp_path / str(k), "n", cells, kernels=k) for k in (False, True))
    for source, mine, theirs in zip(["", *cells], fork, kernel, strict=True):
        assert mine == theirs, source


@pytest.mark.parametrize("kernels", [False, pytest.param(True, marks=pytest.mark.thorough)])
def test_what_a_cell_refuses_comes_back_as_the_findings_that_it_raised(tmp_path, kernels):
    raised = [
        Finding("adsl.csv", "not a number", "Write a number.", row=4, column="AGE", subject="A: B\n", value="six"),
        Finding(REQUEST, "request: no word of the place", "", id="request"),
    ]
    cell = f"from papercheck.files.findings import *\nraise CohortError({raised!r} + [Finding('a', 'b', 'c', severity='note')])"
    section = notebook(tmp_path / "n.ipynb", [cell])
    ((_, content),) = run_sections([section], Run(cohort="c"), tmp_path, kernels=kernels)
    assert content.refused == raised and content.state == "failed"


def test_cleared_output_is_gone_and_input_is_refused(tmp_path):
    _, cleared, asked = outputs(tmp_path, "n", QUIET, kernels=False)
    assert [o["text"] for o in cleared] == ["stays\n"]
    assert asked[-1]["output_type"] == "error"


def test_no_state_passes_from_one_notebook_to_the_next(tmp_path):
    first = "import builtins, os, pandas\nbuiltins.left = 1\nos.environ['LEFT'] = '1'\npandas.left = 1\nname = 1"
    second = (
        "import builtins, os, pandas\n[hasattr(builtins, 'left'), 'LEFT' in os.environ, hasattr(pandas, 'left'), 'name'"
        " in globals()]"
    )
    sections = [notebook(tmp_path / "a.ipynb", [first]), notebook(tmp_path / "b.ipynb", [second])]
    (tmp_path / "done").mkdir()
    assert len(list(run_sections(sections, Run(cohort="c"), tmp_path / "done", workers=1))) == 2
    shown = nbformat.read(tmp_path / "done" / "b.ipynb", as_version=4).cells[-1].outputs[-1]
    assert shown.data["text/plain"] == "[False, False, False, False]"


def test_sections_run_at_the_same_time(tmp_path):
    meet = (  # each says that it is there and waits for the other
        "import time\nfrom pathlib import Path\nhere, end = Path({!r}), time.monotonic() + 60\n(here /"
        " {!r}).touch()\nwhile not (here / {!r}).exists() and time.monotonic() < end:\n   "
        " time.sleep(0.01)\nprint((here / {!r}).exists())"
    )
    pairs = {"a": "b", "b": "a"}
    sections = [notebook(tmp_path / f"{n}.ipynb", [meet.format(str(tmp_path), n, m, m)]) for n, m in pairs.items()]
    (tmp_path / "done").mkdir()
    met = []
    for name, _ in run_sections(sections, Run(cohort="c"), tmp_path / "done", workers=2):
        done = nbformat.read(tmp_path / "done" / f"{name}.ipynb", as_version=4)
        met.append(done.cells[-1].outputs[0].text)
    assert met == ["True\n", "True\n"]


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no sockets with a path here")
def test_a_kernel_is_spoken_to_where_no_other_user_listens(tmp_path):
    source = "from ipykernel.kernelapp import IPKernelApp\nprint(IPKernelApp.instance().transport)"
    _, (said,) = outputs(tmp_path, "n", [source], kernels=True)
    assert said["text"] == "ipc\n"
