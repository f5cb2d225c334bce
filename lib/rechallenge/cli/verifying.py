"""The command that makes a report again and says whether it is the same."""

from typing import Annotated

import typer

from papercheck.files.findings import CohortError

from .messages import DIFFERENT, console_of, fail


def verify(
    report: Annotated[str, typer.Argument(metavar="REPORT", help="Folder of a report, its report.html, or a cohort.")],
):
    """Make a report again and compare it with what it was. Exit code 3 if a number differs."""
    from ..run.verify import verify as check

    try:
        done = check(report)
    except CohortError as error:
        fail(error, writes=False)
    console = console_of()
    console.print(f"As they were: {', '.join(done.same)}." if done.same else "Nothing is as it was.")
    for what, why in done.changed.items():
        console.print(f"Changed since: {what} ({why}).")
    for name in done.files:
        console.print(f"No longer as it was written: {name}.", style="bold red")
    numbers, counts = done.numbers, len(done.numbers.first.rows)
    differ = len(numbers.changed) + len(numbers.added) + len(numbers.gone)
    console.print(
        f"Made again: {counts - len(numbers.changed) - len(numbers.gone)} of {counts} numbers are the same; {differ}"
        " differ."
    )
    _say_opinion(done.opinion, console)
    if not done.good:
        raise typer.Exit(DIFFERENT)


def _say_opinion(opinion, console):
    """What other libraries find of the same patients."""
    if opinion is None:
        console.print("No second opinion: there are no patients, or the profile strict rounded the numbers.")
        return
    agree = len(opinion.given) - len(opinion.different)
    console.print(f"Second opinion (lifelines, scipy, pandas): {agree} of {len(opinion.given)} numbers agree.")
    for other in opinion.different:
        console.print(f"Different: {other.text()}.", style="bold red")
    if opinion.without:
        listed = ", ".join(f"{quantity} ({count})" for quantity, count in sorted(opinion.without.items()))
        console.print(
            f"Without an independent path, and not counted: {sum(opinion.without.values())} numbers: {listed}."
        )
