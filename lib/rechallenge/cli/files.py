"""The command that takes a person's own files in."""

from pathlib import Path
from typing import Annotated

import typer

from papercheck.files.findings import CohortError, sentence

from .messages import WRONG, console_of, fail, print_findings

MOST_LEFT = 15  # columns without a place that the terminal lists; cohort.yml lists all


def import_files(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Files or a folder: SPSS, Stata, SAS, Excel, CSV, Parquet, REDCap, ADaM."),
    ],
    cohort: Annotated[str, typer.Option("--as", metavar="COHORT", help="Name of the new folder in data/.")],
):
    """Make a cohort of files as you have them: propose what each column is, say why, and write data/COHORT/cohort.yml."""
    from ..cohort.cohort import read_cohort
    from ..cohort.propose.propose import propose
    from ..cohort.propose.write import check_name, write_cohort

    try:
        check_name(cohort)
        proposal = propose(files)
        folder = write_cohort(cohort, proposal)
    except CohortError as error:
        fail(error)
    console = console_of()
    _show(proposal, console)
    console.print(f"{folder / 'cohort.yml'}: each guess with its reason, to correct by hand.")
    findings = read_cohort(cohort)[1]
    errors = sum(f.severity == "error" for f in findings)
    if not errors:
        console.print(f"Look through cohort.yml, then: rechallenge report {cohort}")
        return
    stderr = console_of(stderr=True)
    print_findings([f for f in findings if f.severity == "error"], stderr)
    stderr.print(f"{errors} error{'s' if errors != 1 else ''}: settle them in cohort.yml or in the data, then: rechallenge check {cohort}")
    raise typer.Exit(WRONG)


def _show(proposal, console):
    """What was placed and why, what has no place, what a person must settle."""
    from rich.table import Table
    from rich.text import Text

    from ..cohort.propose.match import NO_SUCH

    table = Table("table", "your column", "is", "why", show_edge=False, pad_edge=False)
    for plan in proposal.plans:
        for name, target in plan.columns.items():
            why = "; ".join(w for w in (plan.why.get(name), plan.notes.get(target)) if w)
            table.add_row(*(Text(str(cell)) for cell in (plan.table, name, target, why)))
    console.print(table, soft_wrap=False)
    for key, (value, why) in proposal.facts.items():
        console.print(f"{key}: {value} ({why})")
    for plan in proposal.plans:
        near = [name for name, why in plan.left.items() if why != NO_SUCH][:MOST_LEFT]
        for name in near:
            console.print(f"Not placed: {plan.sheet.place}, {name}: {plan.left[name]}")
        others = [name for name in plan.left if name not in near]
        if others:
            more = f" and {len(others) - MOST_LEFT} more" if len(others) > MOST_LEFT else ""
            console.print(f"Not placed: {plan.sheet.place}: {', '.join(others[:MOST_LEFT])}{more}")
    for place, why in proposal.unused.items():
        console.print(f"Not used: {place}: {why}")
    for doubt in proposal.doubts:
        console.print(f"Look at: {sentence(doubt)}")
    for plan in proposal.plans:
        for name, text in plan.unsettled:
            console.print(f"To settle: {plan.sheet.place}, {name}: {text}", style="bold")
