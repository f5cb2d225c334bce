"""What every command says in the same way: findings, errors, progress; and the exit codes."""

from collections import Counter
from contextlib import contextmanager
from typing import Annotated

import typer

from papercheck.files.findings import REQUEST, Message
from papercheck.vocabulary.kinds import LANGUAGES

WRONG, FAILED, DIFFERENT = 1, 2, 3
ALIKE = 20  # findings of one kind that are listed one by one
Speech = Annotated[str, typer.Option("--lang", "--language", metavar="CODE", help="What it says: en or zh.")]
CohortName = Annotated[str, typer.Argument(metavar="COHORT", help="Name of a folder in data/.")]


def say(template, /, **values) -> str:
    """A message in the language of the run, its holes filled with what stands in files, as it stands there."""
    from ..text.language import language, translated

    return translated(template, language()).format(**values)


def terminal_words(group):
    """A group of the words of the terminal, in the language of the run: heads of a table, severities."""
    from ..context import current
    from ..text.language import words

    return words(current().language, "terminal")[group]


def say_finding(text) -> str:
    """What is wrong or to do, in the language of the run where it is known; a label or a file stays as it is."""
    from ..context import current

    if current().language == LANGUAGES[0]:
        return text
    from ..replication.said import audit_said

    return audit_said(text)


def _value_of(finding) -> str:
    """The value of a finding: as it stands in the file, or said where it is a message of ours."""
    return str(say_finding(finding.value)) if isinstance(finding.value, Message) else finding.value


def say_sentence(finding) -> str:
    """A finding in one line."""
    row = say("row {row}", row=finding.row) if finding.row else ""
    who = say("subject {subject}", subject=finding.subject) if finding.subject else ""
    place = say(", ").join(filter(None, (finding.file, row, finding.column, who)))
    held = filter(None, (finding.value and repr(_value_of(finding)), finding.against and say_finding(finding.against)))
    value = say(" ({value})", value=text) if (text := say("; ").join(held)) else ""
    rule, action = say_finding(finding.rule).rstrip("。"), say_finding(finding.action)
    return say("{place}: {rule}{value}. {action}", place=place, rule=rule, value=value, action=action)


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

    table = Table(show_edge=False, pad_edge=False, expand=False)
    for head in terminal_words("findings"):
        table.add_column(head, overflow="fold")
    seen = Counter()
    for f in findings:
        kind = (f.severity, f.file, f.rule, f.column)
        seen[kind] += 1
        if seen[kind] > ALIKE:
            continue
        table.add_row(*_finding_cells(f))
    console.print(table, soft_wrap=False)
    for (severity, file, rule, column), count in seen.items():
        if count > ALIKE:
            more = "{severity}: {n} more like the {shown} shown: {place}: {rule}."
            named = {"severity": terminal_words("severity")[severity], "place": ", ".join(filter(None, (file, column)))}
            console.print(say(more, **named, n=count - ALIKE, shown=ALIKE, rule=say_finding(rule)))


def _finding_cells(f) -> list:
    """A row of the table of findings."""
    from rich.text import Text

    from .console import cell_of

    style = {"error": "bold red", "note": "cyan"}.get(f.severity, "yellow")
    held = say("; ").join(filter(None, (_value_of(f), f.against and say_finding(f.against))))
    cells = [f.file, str(f.row or ""), f.column, f.subject, say_finding(f.rule), held, say_finding(f.action)]
    return [Text(terminal_words("severity")[f.severity], style=style), *map(cell_of, cells)]


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
            rule = say_finding(f.rule).rstrip(".。")
            console.print(
                say("Error: {rule}{value}. {action}", rule=rule, value=value, action=say_finding(f.action)).rstrip()
            )
    else:
        print_findings(error.findings, console)
        errors = sum(f.severity == "error" for f in error.findings)
        kept = say("Nothing was written; earlier reports are as they were.") if writes else ""
        console.print(" ".join(filter(None, (count_of(errors, "1 error.", "{n} errors."), kept))))


def count_of(n, one, several) -> str:
    """A number of things in words: the message of one, or that of several with the number."""
    return say(one) if n == 1 else say(several, n=n)


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
        told = "{what}: {found}"
        task = bar.add_task(say(told, what=subject, found=say(first)), total=None)
        yield lambda done, total, title: bar.update(
            task, completed=done, total=total, description=say(told, what=subject, found=title or say(running))
        )
