"""The command that tells one patient: courses, every date on record, and how each endpoint came about."""

from typing import Annotated

import typer

from papercheck.files.findings import CohortError, NotAvailable

from .messages import CohortName, console_of, fail

STAYS = "Identifiers and dates as they are on record: this must stay. What may be mailed: rechallenge share COHORT."


def patient(
    cohort: CohortName,
    subject: Annotated[str, typer.Argument(metavar="ID", help="Identifier of the patient (USUBJID).")],
):
    """Print the courses, dates and endpoints of one patient. Each date stands with its place, each endpoint with how it
    came about.

    For the eyes of those who may see the data: it prints them as they are, whatever profile cohort.yml names.
    """
    from ..cohort.cohort import load_cohort
    from ..cohort.privacy.profile import PROTECTED
    from ..show.timeline import course_table, dates_table, trace_table

    console = console_of()
    try:
        study = load_cohort(cohort)
        for make in (course_table, dates_table, trace_table):
            try:
                _print(make(study, subject), console)
            except NotAvailable as reason:
                console.print(f"{make.__doc__.split(':')[0].split('.')[0]}: {reason}\n")
    except CohortError as error:
        fail(error, writes=False)
    if study.meta.kind == PROTECTED:
        console.print(STAYS)


def _print(shown, console):
    """A table of the report for a terminal, with its notes."""
    from rich.table import Table

    from .console import cell_of

    console.print(str(shown.title), style="bold")
    table = Table(show_edge=False, pad_edge=False, expand=False)
    for head in shown.columns:
        table.add_column(str(head), overflow="fold")
    for row in shown.rows:
        table.add_row(*map(cell_of, row))
    console.print(table, soft_wrap=False)
    for note in filter(None, shown.notes):
        console.print(str(note))
    console.print()
