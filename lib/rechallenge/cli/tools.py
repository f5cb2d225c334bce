"""The commands that start other programs: JupyterLab and the tests, alike on every system."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer


def lab():
    """Open JupyterLab with the explorer of the cohorts."""
    from ..context import project

    folder = project().notebooks
    _start("jupyterlab", str(folder / "explore.ipynb"), cwd=folder)


def test():
    """Run the checks and tests of the project. They come with its repository, not with the installed package."""
    from papercheck.files.findings import Message, request_error

    from ..context import project

    folder = project().outputs.parent
    if not (folder / "tests").is_dir():
        raise request_error(
            Message("{folder} has no tests/", folder=folder), "Run it in the repository of the workbook."
        )
    _start("ruff", "check", "lib", "tests", "data", cwd=folder)
    _start("pytest", "-n", "2", "--dist", "worksteal", cwd=folder)


def selftest(
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the table into this file (Markdown).")
    ] = None,
):
    """Compute known answers with what is installed here. They are of R, lifelines and scipy; the table can be filed."""
    import platform
    from importlib.metadata import version

    from papercheck.files.swap import write_whole
    from smallsurv.known import answers, table_of

    from .messages import DIFFERENT, console_of

    found = list(answers())
    wrong = [a for a in found if not a.agrees]
    made = ", ".join(f"{name} {version(name)}" for name in ("rechallenge", "numpy", "scipy", "pandas", "lifelines"))
    summary = (
        f"{len(found) - len(wrong)} of {len(found)} known answers agree. Python {platform.python_version()}, {made};"
        f" {platform.machine()}."
    )
    table = table_of(found)
    if out is not None:
        blank = "\n\n| checked by | date | signature |\n|---|---|---|\n|   |   |   |\n"
        write_whole(out.absolute(), f"# Known answers\n\n{summary}\n\n{table}{blank}")
    console = console_of()
    console.print(table_of(wrong) if wrong and out else table if out is None else f"The table stands in {out}.")
    console.print(summary)
    if wrong:
        raise typer.Exit(DIFFERENT)


def _start(module, *arguments, cwd):
    """Run a module of this Python; end with its code if that is not 0."""
    code = subprocess.run([sys.executable, "-m", module, *arguments], cwd=cwd).returncode
    if code:
        raise typer.Exit(code)
