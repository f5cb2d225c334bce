"""The commands on the printed numbers of a paper."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from papercheck.files.findings import CohortError
from papercheck.files.visible import visible, visible_json

from .messages import console_of, fail, progress_bar

Study = Annotated[str, typer.Argument(metavar="STUDY", help="Folder in data/ with published.yml, or such a file.")]


def replicate(
    study: Study,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, unrounded, as JSON.")] = False,
):
    """Hold the printed numbers of a paper against its cohort. Each is reproduced, a misprint, not reproduced or not
    checkable."""
    import json

    from papercheck.registry.registry import load_registry

    from ..replication import verdict as replication

    try:
        paper = replication.replicate_study(load_registry(study))
    except CohortError as error:
        fail(error, writes=False)
    if as_json:
        text = json.dumps(replication.as_json(paper), ensure_ascii=False, allow_nan=False, indent=1)
        sys.stdout.write(visible_json(text) + "\n")
        return
    from .terminal import print_replication

    print_replication(paper, console_of())


def read(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="PAPER...", help="The paper (XML, HTML, PDF, docx, text), then its supplements."),
    ],
    study: Annotated[str, typer.Option("--as", metavar="STUDY", help="Name of the folder in data/.")],
    readings: Annotated[
        Path | None, typer.Option("--readings", metavar="OUT.csv", help="Write the readings to this file too.")
    ] = None,
    flags: Annotated[
        Path | None,
        typer.Option(
            "--flags", metavar="OUT.csv", help="Audit, and write the numbers that are wrong or may be misprints."
        ),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace the registry that stands there.")] = False,
    guide: Annotated[bool, typer.Option("--guide", help="Look and confirm in the browser.")] = False,
):
    """Read a paper into a draft of its printed numbers. Each stands with the sentence or cell that prints it."""
    from papercheck.files.project import data_folder
    from papercheck.reading.command import read_study

    if guide:
        from papercheck.reading.desk_page import open_desk

        open_desk(files, study, data_folder())
        return
    try:
        text = read_study(files, study, data_folder(), readings, replace, flags)
    except CohortError as error:
        fail(error)
    sys.stdout.write(visible(text) + "\n")


def audit(
    study: Study,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as a JSON list.")] = False,
    search: Annotated[
        bool, typer.Option("--search", help="Look for cohorts too: which numbers do not go together (minutes).")
    ] = False,
):
    """Ask whether the printed numbers of a paper can be true. It needs no patients, only the registry of printed
    numbers."""
    from papercheck.audit.engine import audit_json, audit_study
    from papercheck.audit.text import audit_text

    try:
        registry, findings = audit_study(study)
        if search:
            from papercheck.reconstruction.smallest import findings as searched

            findings += searched(registry)
    except CohortError as error:
        fail(error, writes=False)
    text = visible_json(audit_json(findings)) if as_json else visible(audit_text(registry, findings))
    sys.stdout.write(text + "\n")


def letter(
    study: Study,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write into DIR, else beside the registry.")
    ] = None,
):
    """Write a letter to the editor or the authors. Each finding of the audit stands with its arithmetic and the
    question to ask."""
    from papercheck.audit.engine import audit_study
    from papercheck.audit.letter import BEFORE_SIGNING, write_letter

    try:
        registry, findings = audit_study(study)
        paths = write_letter(registry, findings, out or registry.path.parent)
    except CohortError as error:
        fail(error)
    sys.stdout.write(visible("".join(f"{line}\n" for line in (*paths, BEFORE_SIGNING))))


def reconstruct(
    study: Study,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Another choice of what is free.", min=0)] = 20251201,
    members: Annotated[
        int, typer.Option("--ensemble", metavar="K", help="Make K cohorts and note how far they differ.", min=1)
    ] = 1,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write DIR/STUDY/ instead of the study's folder.")
    ] = None,
    versions: Annotated[
        Path | None,
        typer.Option("--versions", metavar="OUT.csv", help="Write the pseudo-patients of all K cohorts too."),
    ] = None,
):
    """Build pseudo-patients that give the printed numbers. It says what is determined and what is free."""
    from papercheck.reconstruction.folder import reconstruct_study
    from papercheck.registry.registry import load_registry
    from papercheck.replicate.record import read_record

    from .terminal import print_reconstruction

    try:
        registry = load_registry(study)
        with progress_bar() as bar:
            task = bar.add_task("Searching", total=members)
            done = lambda made: bar.update(task, completed=made)  # noqa: E731
            _, folder = reconstruct_study(registry, seed, members, out, done, versions)
    except CohortError as error:
        fail(error)
    print_reconstruction(registry, read_record(folder), folder, console_of())
