"""Where a command works: the project of the working folder, or the one that --project and --data name."""

import inspect
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Annotated

import typer

from papercheck.files.interrupts import interrupted

OPTIONS = {
    "project_folder": Annotated[
        str,
        typer.Option(
            "--project", metavar="DIR", help="The project, if not that of the working folder.", show_default=False
        ),
    ],
    "data_folder": Annotated[
        str, typer.Option("--data", metavar="DIR", help="The folder of the cohorts, if not data/.", show_default=False)
    ],
}


def placed(function):
    """A command that takes --project and --data, and works in that place."""

    @wraps(function)
    def command(*arguments, project_folder="", data_folder="", **named):
        try:
            with enter(project_folder, data_folder):
                return function(*arguments, **named)
        except KeyboardInterrupt:
            raise typer.Exit(interrupted()) from None

    kind = inspect.Parameter.KEYWORD_ONLY
    more = [inspect.Parameter(n, kind, default="", annotation=a) for n, a in OPTIONS.items()]
    signature = inspect.signature(function)
    command.__signature__ = signature.replace(parameters=[*signature.parameters.values(), *more])
    command.__annotations__ = function.__annotations__ | OPTIONS
    return command


@contextmanager
def enter(project_folder="", data_folder=""):
    """Work in a project for the block; what killed runs left in its folders is finished or removed first.

    Raises CohortError for a folder that is named and is no project, or that is not there.
    """
    from papercheck.files.findings import CohortError, Message, request_error
    from papercheck.files.project import Project, current_project, open_project
    from papercheck.files.swap import recover

    from ..context import current, running

    try:
        place = open_project(Path(project_folder)) if project_folder else current_project()
    except CohortError:
        if project_folder:
            raise
        place = None  # `init` and the checks of a file need none; the others say so
    if data_folder:
        data = Path(data_folder).absolute()
        if not data.is_dir():
            raise request_error(
                Message("there is no folder {folder}", folder=data),
                "Name the folder that holds the cohorts.",
                data_folder,
            )
        place = Project(place.folder if place else None, data)
    if place is None:
        yield
        return
    for folder in {place.data, place.folder / "outputs"} if place.folder else {place.data}:
        recover(folder)
    with running(replace(current(), project=place)):
        yield
