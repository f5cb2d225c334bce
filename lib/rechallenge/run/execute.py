"""Run the notebooks of a report with papermill, several at a time, each in a process of its own."""

import gc
import importlib
import os
import re
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from papercheck.files.findings import CohortError
from papercheck.vocabulary.facts import LANGUAGES

from ..context import PRIVACY, Run, project, running
from ..text.bundle import MIME
from ..text.language import speaking
from .collect import ERROR_MARK, SectionContent, read_section
from .pool import Call, Died, Processes, interrupted_later, start_method
from .sections import Section, parse_parameters

LIMIT = 3600.0  # seconds that a section may take, if nothing else is said
LONGEST_SOCKET = 100  # bytes of the path of a socket, without its number
SETTINGS = "rechallenge-run"  # tag of the cell that tells a kernel its run; it is in no finished notebook

# What the workbook imports only when it needs it.
LAZY = (
    "lifelines",
    "lifelines.statistics",
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "rechallenge.show.pictures",
    "IPython.core.completer",
    "IPython.core.completerlib",
    "IPython.core.magics",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.core.application",
    "encodings.unicode_escape",
    "pandas.io.formats.html",
    "pandas.io.formats.string",
    "pandas.core.methods.to_dict",
)


PRINTING = ("matplotlib.backends.backend_pdf", "fontTools.subset", "pypdf", "rechallenge.show.prints")  # of an export


def warm(sections, prints=False):
    """Import once what the notebooks import, so that the forked processes have it.

    prints : figures are written for a journal, too.
    """
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    named = {name for section in sections for name in _imports(section)}
    for name in ("rechallenge.run.engine", *LAZY, *(PRINTING if prints else ()), *sorted(named)):
        importlib.import_module(name)
    import matplotlib
    import nbformat

    from ..show.figures.place import open_fonts

    nbformat.validate(nbformat.v4.new_notebook())  # makes the code that checks notebooks, once for all sections

    matplotlib.rcParams["backend"] = os.environ["MPLBACKEND"]  # matplotlib may have been loaded before
    open_fonts()


def warm_literature(sections, pairs=(), language=LANGUAGES[0]):
    """Make once what every report shows of the literature alone, for the forks of this process; what is wrong with the
    request is left to the reports to say. pairs, language : of the reports."""
    from ..sections.literature_ahead import make_literature

    defaults = [s.parameters["literature"].default for s in sections if "literature" in s.parameters]
    if not defaults:
        return
    with suppress(CohortError), speaking(language):
        make_literature(parse_parameters(pairs, sections).get("literature", defaults[0]))


def _imports(section):
    """Modules of the workbook that a notebook imports."""
    found = re.findall(r"^from (rechallenge[\w.]*) import (\w+)", "\n".join(section.code()), re.MULTILINE)
    return [name for module, part in found for name in (module, f"{module}.{part}") if _is_module(name)]


def _is_module(name) -> bool:
    with suppress(ModuleNotFoundError):  # part of a module that is no package
        return find_spec(name) is not None
    return False


def run_sections(
    sections, run: Run, folder, kernels=False, workers=None, limit=LIMIT
) -> Iterator[tuple[str, SectionContent]]:
    """Run every section; yields (name, content) as each ends; the executed notebooks are written into `folder`.

    run : handed to every process; a notebook gets those of its parameters that it declares, and the name of its cohort.
    kernels : use Jupyter kernels. limit : seconds a section may take. A section whose process dies has failed and says
        why.
    """
    forks = start_method() == "fork" and not kernels
    if forks:
        with interrupted_later():
            warm(sections, bool(run.prints))
        gc.freeze()  # the collector of a fork leaves the pages alone that it shares with this process
    longest_first = sorted(sections, key=lambda s: sum(map(len, s.code())), reverse=True)  # none runs alone at the end
    calls = [Call(s.name, execute, (s, run, Path(folder), kernels)) for s in longest_first]
    try:
        for name, content in Processes(workers, limit).run(calls):
            yield name, read_section(name, None, content.why) if isinstance(content, Died) else content
    finally:
        if forks:
            gc.unfreeze()


def execute(section: Section, run: Run, folder: Path, kernels=False) -> SectionContent:
    """Execute one notebook in this process, write it to `folder` and give what the report takes from it.

    Errors of a cell stand in the executed notebook; any other is raised.
    """
    import nbformat

    output = folder / f"{section.name}.ipynb"
    if run.prints:
        run = replace(run, prints=run.prints / section.number)
    values = {k: v for k, v in {**run.parameters, "cohort": run.cohort}.items() if k in section.parameters}
    with running(run):
        held = _execute(section, run, output, values, kernels)
        notebook = nbformat.read(output, as_version=4)
        if held is not None:
            own = [c for c in notebook.cells if c.cell_type == "code" and ERROR_MARK not in c.metadata.get("tags", [])]
            for cell, outputs in zip(own, held, strict=True):
                cell.outputs = outputs
        _strip(notebook)
        if run.privacy == PRIVACY[2]:
            _hold_back(notebook)
        nbformat.write(notebook, output)
        return read_section(section.name, notebook, course=course_of(run.cohort))


def course_of(cohort) -> str:
    """The course that a cohort was confirmed to be of; '' where nobody said, or where there is no cohort."""
    from ..cohort.cohort import cohort_meta

    try:
        return cohort_meta(cohort).confirmed.course
    except CohortError:
        return ""


def _execute(section, run, output, values, kernels):
    """Run papermill; the outputs of each code cell if they are not in the file that it wrote."""
    import papermill

    if not kernels:
        from .engine import NAME, ProcessEngine

        papermill.engines.papermill_engines.register(NAME, ProcessEngine)
    notebook = str(section.path) if not kernels else _with_settings(section.path, run)
    with suppress(papermill.PapermillExecutionError), _channels(kernels) as channels:
        papermill.execute_notebook(
            notebook,
            str(output),
            values,
            engine_name=None if kernels else NAME,
            progress_bar=False,
            log_output=False,
            request_save_on_cell_execute=False,
            cwd=str(section.path.parent),
            kernel_name="python3",
            **channels,
        )
    return None if kernels else ProcessEngine.held


@contextmanager
def _channels(kernels) -> Iterator[dict]:
    """How a kernel is spoken to: by sockets in a folder of this user alone, where there are any and its path is short
    enough.

    Whoever works on the same machine may listen at a port of TCP, and hears what the notebooks show.
    """
    if not kernels or not hasattr(socket, "AF_UNIX"):
        yield {}
        return
    from traitlets.config import Config

    with tempfile.TemporaryDirectory(prefix="rechallenge-", ignore_cleanup_errors=True) as folder:
        place = os.path.join(folder, "kernel")
        fits = len(os.fsencode(place)) <= LONGEST_SOCKET
        yield {"config": Config({"KernelManager": {"transport": "ipc", "ip": place}})} if fits else {}


def _with_settings(path, run):
    """A notebook whose first cell tells the kernel its run; the cells below count from one, as without it."""
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    source = (
        "from rechallenge.context import run_from_text, start\n"
        "from rechallenge.run.refused import tell_refusals\n"
        f"start(run_from_text({run.as_text()!r}))\n"
        "tell_refusals(get_ipython())\n"
        "get_ipython().execution_count = 1"
    )
    notebook.cells.insert(0, nbformat.v4.new_code_cell(source, metadata={"tags": [SETTINGS]}))
    return notebook


def _hold_back(notebook):
    """Leave of the outputs under strict only those that passed the rules of release: what our displays made."""
    for cell in notebook.cells:
        kept = [o for o in cell.get("outputs", []) if MIME in o.get("data", {}) or o.output_type == "error"]
        for output in kept:
            if output.get("data", {}).get(MIME, {}).get("kind") in ("numbers", "data"):  # whatever else shows the frame
                output.data = {form: output.data[form] for form in (MIME, "text/plain")}
            if output.output_type == "error" and output.ename != "CohortError":
                output.evalue, output.traceback = (
                    "its words are left out under the privacy profile strict",
                    [output.ename],
                )
        if "outputs" in cell:
            cell.outputs = kept


def _strip(notebook):
    """Leave in the executed notebook only what a rerun gives again: no clock, no path of this machine, no settings."""
    folder = project().folder
    notebook.cells = [cell for cell in notebook.cells if SETTINGS not in cell.metadata.get("tags", [])]
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                output.traceback = [line.replace(f"{folder}/", "") for line in output.traceback]
    for i, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{i:02d}"
