"""Run the notebooks of a report with papermill, several at a time, each in a process of its own."""

import gc
import importlib
import json
import os
import pickle
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing import connection, get_context
from pathlib import Path

from papercheck.files.project import PROJECT

from ..show.display import PRINTS
from .collect import ERROR_MARK, SectionContent, read_section

CONTENT = ".content"  # beside an executed notebook: its SectionContent, pickled

# What the workbook imports only when it needs it.
LAZY = (
    "lifelines",
    "lifelines.statistics",
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "rechallenge.show.pictures",
    "IPython.core.completer",
    "IPython.core.magics",
)


def can_fork() -> bool:
    """Whether sections run in forks of this process (Linux) or in Jupyter kernels (elsewhere)."""
    return sys.platform == "linux"


def warm(sections):
    """Import once what the notebooks import, so that the forked processes have it."""
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    named = {name for section in sections for name in _imports(section.path)}
    for name in ("rechallenge.run.engine", *LAZY, *sorted(named)):
        importlib.import_module(name)
    import matplotlib
    from matplotlib import font_manager

    matplotlib.rcParams["backend"] = os.environ["MPLBACKEND"]  # matplotlib may have been loaded before
    font_manager.findfont("DejaVu Sans")


def _imports(path):
    """Modules of the workbook that a notebook imports."""
    cells = json.loads(Path(path).read_text(encoding="utf-8"))["cells"]
    source = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    return re.findall(r"^from (rechallenge\.[\w.]+) import", source, re.MULTILINE)


def _cells(section):
    """Code cells of a section: what takes long has many."""
    return section.path.read_text(encoding="utf-8").count('"cell_type": "code"')


def run_notebook(path, output, parameters, kernels=False):
    """Execute one notebook with papermill and write it to `output`. Raises PapermillExecutionError if a cell fails."""
    import papermill

    if not kernels:
        from .engine import NAME, ProcessEngine

        papermill.engines.papermill_engines.register(NAME, ProcessEngine)
    papermill.execute_notebook(
        str(path), str(output), parameters, engine_name=None if kernels else NAME, progress_bar=False, log_output=False,
        request_save_on_cell_execute=False, cwd=str(Path(path).parent), kernel_name="python3",
    )  # fmt: skip


def die_with_parent(parent):
    """Ask the kernel (Linux) to end this process when `parent` (its process id) ends: no orphan writes a report."""
    if sys.platform != "linux":
        return
    import ctypes
    import signal

    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # 1: PR_SET_PDEATHSIG
    if os.getppid() != parent:  # it ended before the request
        os._exit(1)


def _child(path, output, parameters, kernels, parent):
    die_with_parent(parent)
    import papermill

    if os.environ.get(PRINTS):
        os.environ[PRINTS] = str(Path(os.environ[PRINTS]) / Path(output).name[:2])
    # Errors of a cell stand in the executed notebook; anything else must not look like success.
    try:
        with suppress(papermill.PapermillExecutionError):
            run_notebook(path, output, parameters, kernels)
        _finish(output, kernels)
    except BaseException:
        import traceback

        Path(f"{output}.error").write_text(traceback.format_exc(), encoding="utf-8")
        os._exit(1)
    os._exit(0) if not kernels else sys.exit(0)


def _finish(output, kernels):
    """Write the executed notebook as a rerun would give it again, and what the report takes from it beside it."""
    import nbformat

    notebook = nbformat.read(output, as_version=4)
    if not kernels:
        from .engine import ProcessEngine

        own = [c for c in notebook.cells if c.cell_type == "code" and ERROR_MARK not in c.metadata.get("tags", [])]
        for cell, outputs in zip(own, ProcessEngine.held, strict=True):
            cell.outputs = outputs
    _strip_times(notebook)
    nbformat.write(notebook, output)
    content = read_section(output.stem, notebook)
    output.with_suffix(CONTENT).write_bytes(pickle.dumps(content))


def _strip_times(notebook):
    """Leave in the executed notebook only what a rerun gives again: no clock, no path of this machine."""
    notebook.metadata.pop("papermill", None)
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                output.traceback = [line.replace(f"{PROJECT}/", "") for line in output.traceback]
    for i, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{i:02d}"


def take_content(name, path, reason="") -> SectionContent:
    """The content of a section that run_sections gave; its file goes."""
    if path is None:
        return read_section(name, None, reason)
    file = path.with_suffix(CONTENT)
    content = pickle.loads(file.read_bytes())
    file.unlink()
    return content


def run_sections(
    sections, cohort, parameters, folder, kernels=None, workers=None
) -> Iterator[tuple[str, Path | None, str]]:
    """Run every section; yields (name, executed notebook, '') as each ends, or (name, None, why) if its process died.

    parameters : {name: value}; a notebook gets those that it declares. kernels : use Jupyter kernels instead of forks.
    """
    kernels = not can_fork() if kernels is None else kernels
    if not kernels:
        warm(sections)
        gc.freeze()  # the collector of a fork leaves the pages alone that it shares with this process
    context = get_context("spawn" if kernels else "fork")
    waiting, running = sorted(sections, key=_cells, reverse=True), {}  # no long one is left for the end alone
    while waiting or running:
        while waiting and len(running) < (workers or os.cpu_count() or 1):
            section = waiting.pop(0)
            values = {k: v for k, v in {**parameters, "cohort": cohort}.items() if k in section.parameters}
            output = Path(folder) / f"{section.name}.ipynb"
            process = context.Process(
                target=_child, args=(section.path, output, values, kernels, os.getpid()), daemon=False
            )
            process.start()
            running[process.sentinel] = process, section.name, output
        for sentinel in connection.wait(list(running)):
            process, name, output = running.pop(sentinel)
            process.join()
            if process.exitcode == 0 and output.exists():
                yield name, output, ""
            else:
                trace = Path(f"{output}.error")
                said = trace.read_text(encoding="utf-8").strip().split("\n")[-1] if trace.exists() else ""
                yield name, None, said or f"its process ended with code {process.exitcode}"
    gc.unfreeze()
