"""What every command says in the same way: findings, errors, progress; and the exit codes."""

from collections import Counter
from contextlib import contextmanager
from typing import Annotated

import typer

from papercheck.files.findings import REQUEST

WRONG, FAILED, DIFFERENT = 1, 2, 3
ALIKE = 20  # findings of one kind that are listed one by one
CohortName = Annotated[str, typer.Argument(metavar="COHORT", help="Name of a folder in data/.")]


def console_of(stderr=False):
    """The console of standard output or standard error."""
    from .console import SafeConsole

    # A pipe or file gets whole lines; a terminal its own width.
    console = SafeConsole(stderr=stderr, highlight=False, markup=False, soft_wrap=True)
    return (
        console
        if console.is_terminal
        else SafeConsole(stderr=stderr, highlight=False, markup=False, soft_wrap=True, width=200)
    )


def print_findings(findings, console):
    """The findings as a table, errors first."""
    from rich.table import Table
    from rich.text import Text

    from .console import cell_of

    table = Table(show_edge=False, pad_edge=False, expand=False)
    for head in ("", "file", "row", "column", "subject", "what is wrong", "value", "what to do"):
        table.add_column(head, overflow="fold")
    seen = Counter()
    for f in findings:
        kind = (f.severity, f.file, f.rule, f.column)
        seen[kind] += 1
        if seen[kind] > ALIKE:
            continue
        style = {"error": "bold red", "note": "cyan"}.get(f.severity, "yellow")
        cells = [
            f.file,
            str(f.row or ""),
            f.column,
            f.subject,
            f.rule,
            "; ".join(filter(None, (f.value, f.against))),
            f.action,
        ]
        table.add_row(Text(f.severity, style=style), *map(cell_of, cells))
    console.print(table, soft_wrap=False)
    for (severity, file, rule, column), count in seen.items():
        if count > ALIKE:
            console.print(f"{severity}: {count - ALIKE} more like the {ALIKE} shown: {file}, {column}: {rule}.")


def fail(error, writes=True):
    """Say what is wrong and end with WRONG."""
    show_error(error, writes)
    raise typer.Exit(WRONG)


def said_of(error) -> str:
    """What show_error prints, as text."""
    import io

    from .console import SafeConsole

    console = SafeConsole(file=io.StringIO(), highlight=False, markup=False, soft_wrap=True, width=200)
    show_error(error, console=console)
    return console.file.getvalue().rstrip()


def show_error(error, writes=True, console=None):
    """The findings of a CohortError; one line each for those
    of a request. writes : whether the command writes files.
    """
    console = console or console_of(stderr=True)
    if all(f.file == REQUEST for f in error.findings):
        for f in error.findings:
            value = f" ({f.value})" if f.value and f.value not in f.rule else ""
            console.print(f"Error: {f.rule.rstrip('.')}{value}. {f.action}".rstrip())
    else:
        print_findings(error.findings, console)
        errors = sum(f.severity == "error" for f in error.findings)
        kept = " Nothing was written; earlier reports are as they were." if writes else ""
        console.print(f"{errors} error{'s' if errors != 1 else ''}.{kept}")


def progress_bar():
    """A bar on standard error that leaves nothing behind."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console_of(stderr=True),
        transient=True,
    )


@contextmanager
def told_progress(subject, first, running):
    """A function progress(done, total, title) that moves a bar:
    it says `first`, then the titles, `running` for none.
    """
    with progress_bar() as bar:
        task = bar.add_task(f"{subject}: {first}", total=None)
        yield lambda done, total, title: bar.update(
            task, completed=done, total=total, description=f"{subject}: {title or running}"
        )
