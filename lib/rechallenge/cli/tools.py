"""The commands that start other programs: JupyterLab and the tests, alike on every system."""

import subprocess
import sys

import typer


def lab():
    """Open JupyterLab with the explorer of the cohorts."""
    from ..context import project

    folder = project().notebooks
    _start("jupyterlab", str(folder / "explore.ipynb"), cwd=folder)


def test():
    """Run the checks and tests of the project; they come with its repository, not with the installed package."""
    from papercheck.files.findings import request_error

    from ..context import project

    folder = project().outputs.parent
    if not (folder / "tests").is_dir():
        raise request_error(f"{folder} has no tests/", "Run it in the repository of the workbook.")
    _start("ruff", "check", "lib", "tests", "data", cwd=folder)
    _start("pytest", "-n", "2", "--dist", "worksteal", cwd=folder)


def _start(module, *arguments, cwd):
    """Run a module of this Python; end with its code if that is not 0."""
    code = subprocess.run([sys.executable, "-m", module, *arguments], cwd=cwd).returncode
    if code:
        raise typer.Exit(code)
