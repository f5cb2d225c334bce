"""The command on two reports."""

import sys
from typing import Annotated

import typer

from papercheck.files.findings import CohortError
from papercheck.files.visible import visible_json

from .messages import DIFFERENT, console_of, fail

Run = "Folder of a report, its report.html, or a cohort with a report in outputs/."


def compare(
    first: Annotated[str, typer.Argument(metavar="RUN1", help=Run)],
    second: Annotated[str, typer.Argument(metavar="RUN2", help=Run)],
    as_json: Annotated[bool, typer.Option("--json", help="Everything, unrounded, as JSON.")] = False,
):
    """What changed between two reports, number by number. Exit code 3 if a number differs, is new or is gone."""
    from ..run import compare as reports

    try:
        done = reports.compare_runs(first, second)
    except CohortError as error:
        fail(error, writes=False)
    if as_json:
        sys.stdout.write(visible_json(reports.as_json(done)) + "\n")
    else:
        from .terminal import print_comparison

        print_comparison(done, console_of())
    if not done.same:
        raise typer.Exit(DIFFERENT)
