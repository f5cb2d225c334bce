"""The commands of a study over many hospitals: what a centre mails, and what the coordinating centre makes of it."""

from pathlib import Path
from typing import Annotated

import typer

from papercheck.files.findings import CohortError, request_error

from .messages import CohortName, console_of, fail, print_findings
from .reports import Language


def contribute(
    cohort: CohortName,
    study: Annotated[Path, typer.Option("--study", metavar="STUDY.yml", help="What the coordinating centre sent.")],
    centre: Annotated[
        str, typer.Option("--centre", metavar="NAME", help="The name that study.yml has for this centre.")
    ],
    question: Annotated[
        Path | None, typer.Option("--round", metavar="FILE", help="round-N.json; without it the first round.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the file to mail is written.")] = Path(),
    yes: Annotated[bool, typer.Option("--yes", help="Write it without asking.")] = False,
    revealed: Annotated[
        bool, typer.Option("--what-is-revealed", help="Say what the file would tell, and write nothing.")
    ] = False,
):
    """Make the file that a centre mails to a study of many. What it reveals is listed first, then it is written."""
    from papercheck.files.swap import write_whole

    from ..federation.contribute import offer
    from ..federation.mailed import read_question, text_of
    from ..federation.study import load_study_file

    try:
        asked = load_study_file(study)
        made = offer(cohort, asked, centre, read_question(question, asked) if question else None)
    except CohortError as error:
        fail(error)
    console = console_of()
    console.print(f"{asked.title}: round {made.answer.round}. What the file of {centre} tells:")
    for line in made.revealed:
        console.print(f"  {line}")
    if revealed:
        return
    path = out / f"{centre}-round-{made.answer.round}.json"
    if not yes and not _agreed(path):
        fail(request_error("nothing was written", "Add --yes, or answer y."))
    made.kept.write()
    out.mkdir(parents=True, exist_ok=True)
    write_whole(path, text_of(made.answer))
    console.print(f"{path}: mail this file to the coordinating centre. It holds no record of a patient.")


def _agreed(path) -> bool:
    try:
        return input(f"Write {path}? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def pool(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder with study.yml and the mailed files.")],
    without: Annotated[
        list[str], typer.Option("--without", metavar="CENTRE", help="A centre that will not answer; may be repeated.")
    ] = [],  # noqa: B006
    evidence: Annotated[
        str, typer.Option("--evidence", metavar="COHORT", help="Ask on for the evidence that this cohort declares.")
    ] = "",
    lang: Language = "",
):
    """Pool the files that centres mailed. It writes pooled/report.html, pooled/results.csv, and the next question
    until all is settled."""
    from dataclasses import replace

    from ..context import current, running
    from ..run.pooled import ask_for_evidence, pool_folder
    from ..text.language import checked_language

    try:
        with running(replace(current(), language=checked_language(lang) if lang else current().language)):
            found, written = pool_folder(folder, without)
            asked = ask_for_evidence(folder, evidence) if evidence and found.finished else None
    except CohortError as error:
        fail(error)
    console = console_of()
    if found.notes:
        print_findings(found.notes, console)
    _say_rounds(found, console)
    for path in written:
        console.print(str(path))
    if asked:
        console.print(
            f"{asked}: mail it to {', '.join(found.centres)}; it asks at the estimate of all evidence of {evidence}."
        )
    elif evidence and found.finished:
        console.print(f"The evidence of {evidence} needs no further round.")


def _say_rounds(found, console):
    """Which centres have answered, how far each model is, and what is to be mailed next."""
    console.print(f"{len(found.centres)} of {len(found.study.centres)} centres: {', '.join(found.centres)}.")
    for name, rounds in found.climbs.items():
        state = "settled" if rounds[-1].settled else "not settled"
        console.print(f"Model {name}: {len(rounds)} round{'s' if len(rounds) > 1 else ''}, {state}.")
    for centre, at in found.waiting.items():
        console.print(f"Waiting for {centre}: round {at}. Without it: --without {centre}.")
    if found.question is not None:
        console.print(f"Mail round-{found.question.round}.json to: {', '.join(found.question.centres)}.")
    elif found.finished:
        console.print("Every round is answered. These numbers are final.")
