"""The command that says what may leave, and packs it."""

from typing import Annotated

import typer

from papercheck.files.findings import CohortError

from .messages import FAILED, CohortName, console_of, fail, told_progress
from .reports import Language, OutFolder, Parameters, Profile

Revealed = Annotated[
    bool,
    typer.Option(
        "--what-is-revealed",
        help="Say what the report tells of single patients, and which times its numbers determine.",
    ),
]


def share(
    cohort: CohortName,
    parameter: Parameters = [],  # noqa: B006
    out: OutFolder = None,
    lang: Language = "",
    profile: Profile = "",
    revealed: Revealed = False,
):
    """Pack what may leave. The report and its export are made, and every file is read again for what tells who
    somebody is."""
    from ..run.build import Options
    from ..run.share import share as make
    from ..run.share import words_that_leave

    options = Options(tuple(parameter), language=lang, profile=profile)
    try:
        with told_progress(cohort, "checking the data", "running the sections") as progress:
            done = make(cohort, options, out, progress)
    except CohortError as error:
        fail(error)
    console = console_of()
    if revealed:
        from ..run.revealed import revealed as what

        for line in what(done.folder, cohort, done.profile):
            console.print(line)
    for section in done.failed:
        console.print(f"Failed: {section.title}: {section.error}", style="bold red")
    words = words_that_leave(cohort, profile)
    if words:
        console.print(f"Words of cohort.yml that leave as they stand; look through them: {'; '.join(words)}.")
    console.print(f"{len(done.files)} files, none with an identifier, date, name or remark of the data.")
    console.print(str(done.path))
    if done.failed:
        raise typer.Exit(FAILED)
