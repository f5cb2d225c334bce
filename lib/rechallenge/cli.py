"""`rechallenge ...`: arguments and messages, no analysis.

Exit codes: 0 good, 1 the data or the command is wrong, 2 a section failed.
"""

import os
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

# Small matrices: threads of the linear algebra cost more than they give, and forks must not inherit them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import typer  # noqa: E402

from .intake.findings import CohortError, request_error  # noqa: E402

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__.split("\n")[0]
)
WRONG, FAILED, INTERRUPTED = 1, 2, 130
ALIKE = 20  # findings of one kind that are listed one by one
CohortName = Annotated[str, typer.Argument(metavar="COHORT", help="Name of a folder in data/.")]


def _console(stderr=False):
    from rich.console import Console

    # A pipe or file gets whole lines; a terminal its own width.
    console = Console(stderr=stderr, highlight=False, markup=False, soft_wrap=True)
    return (
        console
        if console.is_terminal
        else Console(stderr=stderr, highlight=False, markup=False, soft_wrap=True, width=200)
    )


def _print_findings(findings, console):
    """The findings as a table, errors first."""
    from rich.table import Table
    from rich.text import Text

    table = Table(show_edge=False, pad_edge=False, expand=False)
    for head in ("", "file", "row", "column", "subject", "what is wrong", "value", "what to do"):
        table.add_column(head, overflow="fold")
    seen = Counter()
    for f in findings:
        kind = (f.severity, f.file, f.rule, f.column)
        seen[kind] += 1
        if seen[kind] > ALIKE:
            continue
        style = "bold red" if f.severity == "error" else "yellow"
        cells = [f.file, str(f.row or ""), f.column, f.subject, f.rule, f.value, f.action]
        table.add_row(Text(f.severity, style=style), *(Text(c) for c in cells))
    console.print(table, soft_wrap=False)
    for (severity, file, rule, column), count in seen.items():
        if count > ALIKE:
            console.print(f"{severity}: {count - ALIKE} more like the {ALIKE} shown: {file}, {column}: {rule}.")


def _fail(error, writes=True):
    _show(error, writes)
    raise typer.Exit(WRONG)


def _show(error, writes=True):
    console = _console(stderr=True)
    if all(f.file == "request" for f in error.findings):
        for f in error.findings:
            value = f" ({f.value})" if f.value and f.value not in f.rule else ""
            console.print(f"Error: {f.rule.rstrip('.')}{value}. {f.action}".rstrip())
    else:
        _print_findings(error.findings, console)
        errors = sum(f.severity == "error" for f in error.findings)
        kept = " Nothing was written; earlier reports are as they were." if writes else ""
        console.print(f"{errors} error{'s' if errors != 1 else ''}.{kept}")


@app.command()
def report(
    cohort: Annotated[
        list[str] | None, typer.Argument(metavar="COHORT", help="Names of folders in data/.", show_default=False)
    ] = None,
    parameter: Annotated[
        list[str],
        typer.Option(
            "-p", "--parameter", metavar="NAME=VALUE", help="Set a parameter of the notebooks; may be repeated."
        ),
    ] = [],  # noqa: B006
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write DIR/COHORT/ instead of outputs/COHORT/.")
    ] = None,
    sections: Annotated[str, typer.Option("--sections", metavar="01,05", help="Only these sections.")] = "",
    kernels: Annotated[
        bool, typer.Option("--kernels", help="Run each notebook in a Jupyter kernel of its own (slower).")
    ] = False,
    every: Annotated[bool, typer.Option("--all", help="Every cohort in data/.")] = False,
    each: Annotated[
        str, typer.Option("--each", metavar="COLUMN", help="One report for each value of this adsl column.")
    ] = "",
    scheduler: Annotated[
        str, typer.Option("--scheduler", metavar="ADDRESS", help="Run the cohorts on this Dask cluster.")
    ] = "",
):
    """Run the notebooks on a cohort and write outputs/COHORT/report.html; of several cohorts also outputs/index.html."""
    only = [s.strip() for s in sections.split(",") if s.strip()]
    if sections and not only:
        _fail(request_error("--sections names no section", "Write numbers, such as 01,05.", sections))
    if out is not None and (out == Path() or out.is_file()):
        _fail(request_error("--out is not a folder", "Name a folder; it is made if it does not exist.", str(out)))
    names = list(dict.fromkeys(cohort or []))
    if every:
        from .intake.cohort import data_folder, list_cohorts

        if names or each:
            _fail(request_error("--all takes every cohort", "Leave the names and --each out, or leave --all out."))
        names = list_cohorts()
        if not names:
            _fail(request_error(f"there is no cohort in {data_folder()}", "rechallenge new COHORT starts one."))
    if not names:
        _fail(request_error("Missing argument 'COHORT'", "Name a cohort, several, or --all."))
    if each and len(names) > 1:
        _fail(request_error("--each splits one cohort", "Name exactly one."))
    if len(names) > 1 or every or each or scheduler:
        _report_many(names, parameter, out, only, kernels, each, scheduler)
    else:
        _report_one(names[0], parameter, out, only, kernels)


def _bar():
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=_console(stderr=True),
        transient=True,
    )


def _report_one(cohort, parameter, out, only, kernels):
    from .report.build import build_report

    try:
        with _bar() as bar:
            task = bar.add_task(f"{cohort}: checking the data", total=None)
            done = build_report(
                cohort, parameter, out, only, kernels or None,
                lambda n, total, title: bar.update(task, completed=n, total=total, description=f"{cohort}: {title or 'running the sections'}"),
            )  # fmt: skip
    except CohortError as error:
        _fail(error)
    console = _console()
    for section in done.unavailable:
        console.print(f"Not available: {section.title}: {section.missing[0]}")
    if only:
        console.print(f"The folder holds section{'s' if len(only) > 1 else ''} {', '.join(only)} alone.")
    for section in done.failed:
        console.print(f"Failed: {section.title}: {section.error}", style="bold red")
    console.print(str(done.path))
    if done.failed:
        raise typer.Exit(FAILED)


def _report_many(names, parameter, out, only, kernels, each, scheduler):
    from .report.batch import run_batch

    try:
        with _bar() as bar:
            task = bar.add_task("Cohorts: reading the data", total=None)
            done = run_batch(
                names, parameter, out, only, kernels or None, each, scheduler,
                progress=lambda n, total, name: bar.update(task, completed=n, total=total, description=f"Cohorts: {name or 'running'}"),
            )  # fmt: skip
    except CohortError as error:
        _fail(error, writes=False)
    except KeyboardInterrupt:
        _console(stderr=True).print("Interrupted. The same command goes on where it stopped.")
        raise typer.Exit(INTERRUPTED) from None
    console = _console()
    states = Counter(record["state"] for record in done.records)
    for record in done.records:
        if record["state"] != "done":
            word = "Failed" if record["state"] == "failed" else "No report"
            more = f" And {len(record['errors']) - 1} more." if len(record["errors"]) > 1 else ""
            console.print(f"{word}: {record['name']}: {record['errors'][0]}{more}", style="bold red")
    if done.left_out:
        console.print(f"Left out, because {each} is not given: {', '.join(done.left_out)}")
    if done.resumed:
        console.print(f"{done.resumed} of the reports are from the interrupted run; their inputs are unchanged.")
    console.print(f"{states['done']} of {len(done.records)} reports whole.")
    console.print(str(done.index))
    if states["failed"] or states["bad"]:
        raise typer.Exit(FAILED if states["failed"] else WRONG)


@app.command()
def watch(
    cohort: CohortName,
    parameter: Annotated[
        list[str], typer.Option("-p", "--parameter", metavar="NAME=VALUE", help="Set a parameter of the notebooks.")
    ] = [],  # noqa: B006
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Write DIR/COHORT/ instead.")] = None,
):
    """Make the report now and again after every change of the data, cohort.yml, a notebook or the library."""
    import time

    from .intake.cohort import list_cohorts
    from .intake.findings import did_you_mean
    from .report.build import build_report
    from .report.watch import watch as keep_watching

    if cohort not in list_cohorts():
        _fail(request_error(f"no cohort {cohort}", did_you_mean(cohort, list_cohorts()), cohort))
    console = _console()

    def make():
        start = time.perf_counter()
        try:
            done = build_report(cohort, parameter, out)
        except CohortError as error:
            _show(error)
            return
        for section in done.failed:
            console.print(f"Failed: {section.title}: {section.error}", style="bold red")
        console.print(f"{time.perf_counter() - start:.1f} s: {done.path}")
        sys.stdout.flush()

    try:
        console.print(f"Watching {cohort}; Ctrl-C ends.")
        keep_watching(cohort, make, console.print)
    except KeyboardInterrupt:
        console.print("Ended.")


@app.command()
def check(cohort: CohortName):
    """Check a cohort's data, the printed numbers of its paper and its literature; list every error and warning."""
    from .derive.population import derive_population
    from .intake.cohort import list_cohorts, read_cohort
    from .published.evidence.table import list_literature, read_evidence
    from .published.registry import list_studies, load_registry

    found, findings, registry, evidence, holds = None, [], None, None, []
    if cohort in list_studies():
        try:
            registry = load_registry(cohort)
        except CohortError as error:
            findings += error.findings
    if cohort in list_literature():
        evidence, faults = read_evidence(cohort)
        findings += faults
    if cohort in list_cohorts() or cohort not in (*list_studies(), *list_literature()):
        found, faults = read_cohort(cohort)
        findings += faults
    if any(f.severity == "error" for f in findings):
        _fail(CohortError(findings), writes=False)
    if found is not None:
        try:
            derive_population(found)
        except CohortError as error:
            _fail(error, writes=False)
        tables = ", ".join(f"{name} ({len(frame)} rows)" for name, frame in found.tables.items())
        holds.append(f"Tables: {tables}.")
    console = _console()
    if findings:
        _print_findings(findings, console)
    if registry is not None:
        holds.append(f"Printed numbers: {len(registry.frame())} in {len(registry.entries)} entries.")
    if evidence is not None:
        holds.append(f"Literature: trials.csv ({len(evidence.trials)} rows), series.csv ({len(evidence.series)} rows).")
    plural = "s" if len(findings) != 1 else ""
    console.print(f"{cohort}: no error, {len(findings)} warning{plural}. {' '.join(holds)}")


@app.command()
def reconstruct(
    study: Annotated[str, typer.Argument(metavar="STUDY", help="Folder in data/ with published.yml, or such a file.")],
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Another choice of what is free.", min=0)] = 20251201,
    members: Annotated[
        int, typer.Option("--ensemble", metavar="K", help="Make K cohorts and note how far they differ.", min=1)
    ] = 1,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write DIR/STUDY/ instead of the study's folder.")
    ] = None,
):
    """Build pseudo-subjects whose re-analysis gives the printed numbers, and say what is determined and what is free."""
    from .present.terminal import print_reconstruction
    from .published.reconstruction.folder import reconstruct_study
    from .published.registry import load_registry

    try:
        with _bar() as bar:
            task = bar.add_task("Searching", total=members)
            found, folder = reconstruct_study(
                load_registry(study), seed, members, out, lambda done: bar.update(task, completed=done)
            )
    except CohortError as error:
        _fail(error)
    print_reconstruction(found, folder, _console())


@app.command()
def audit(
    study: Annotated[
        str, typer.Argument(metavar="STUDY", help="Name of a folder in data/ with published.yml, or a FILE.yml.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as a JSON list.")] = False,
):
    """Can the printed numbers of a paper be true? Needs no patients, only its registry of printed numbers."""
    from .present.terminal import print_audit
    from .published.audit.engine import audit_json, audit_study, counts_by_kind

    try:
        registry, findings = audit_study(study)
    except CohortError as error:
        _fail(error, writes=False)
    if as_json:
        sys.stdout.write(audit_json(findings) + "\n")
        return
    console = _console()
    cells = len(registry.frame())
    console.print(
        f"{registry.title}: {cells} printed numbers, {len(findings)} finding{'s' if len(findings) != 1 else ''}."
    )
    counts = counts_by_kind(findings)
    words = (f"{n} {kind}{'s' if n != 1 and kind != 'impossible' else ''}" for kind, n in counts.items())
    console.print(f"{', '.join(words)}.")
    print_audit(findings, console)


@app.command()
def cohorts():
    """List the cohorts in data/."""
    from .intake.cohort import data_folder, list_cohorts
    from .intake.meta import KINDS, load_meta

    console = _console()
    for name in list_cohorts():
        try:
            meta = load_meta(data_folder() / name)
            console.print(f"{name:24} {KINDS[meta.kind]:30} {meta.title}")
        except CohortError:
            console.print(f"{name:24} cohort.yml has errors: rechallenge check {name}")


@app.command()
def parameters():
    """List the parameters of the notebooks: name, default, meaning, sections."""
    from rich.table import Table
    from rich.text import Text

    from .report.sections import find_sections

    table = Table("parameter", "default", "meaning", "sections", show_edge=False, pad_edge=False)
    sections = find_sections()
    known = {p.name: p for s in sections for p in s.parameters.values() if p.name != "cohort"}
    for name, p in known.items():
        numbers = ", ".join(s.number for s in sections if name in s.parameters)
        table.add_row(Text(name), Text(str(p.default)), Text(p.help), Text(numbers))
    _console().print(table, soft_wrap=False)


@app.command()
def replicate(
    study: Annotated[str, typer.Argument(metavar="STUDY", help="Folder in data/ with published.yml, or such a file.")],
    as_json: Annotated[bool, typer.Option("--json", help="Everything, unrounded, as JSON.")] = False,
):
    """Hold every printed number of a paper against the cohort: reproduced, misprint, not reproduced, not checkable."""
    import json

    from .published.registry import load_registry
    from .published.replication import verdict as replication

    try:
        paper = replication.replicate_study(load_registry(study))
    except CohortError as error:
        _fail(error, writes=False)
    if as_json:
        sys.stdout.write(json.dumps(replication.as_json(paper), ensure_ascii=False, allow_nan=False, indent=1) + "\n")
        return
    from .present.terminal import print_replication

    print_replication(paper, _console())


@app.command()
def new(
    cohort: CohortName,
    published: Annotated[
        bool, typer.Option("--published", help="Start the printed numbers of a paper, data/COHORT/published.yml.")
    ] = False,
):
    """Start a cohort: a folder with cohort.yml, an Excel template and a page that explains each column."""
    from .intake.template import new_cohort
    from .published.template import new_registry

    try:
        made = new_registry(cohort) if published else new_cohort(cohort)
    except CohortError as error:
        _fail(error)
    console = _console()
    console.print(f"{made}")
    if published:
        console.print("1. Fill in n, title and source, and the groups that the paper compares.")
        console.print("2. Add one entry for each printed number; the examples in the file show every kind.")
        console.print(f"3. rechallenge check {cohort} lists what is wrong or missing.")
        return
    console.print("1. Fill in cohort.xlsx, one row a patient; COLUMNS.html explains each column.")
    console.print("2. Give title, data_cutoff and time_unit in cohort.yml.")
    console.print(f"3. rechallenge check {cohort}, then rechallenge report {cohort}.")


def main():
    """Entry point. A wrong argument exits with 1, like every other wrong request (click's own code is 2)."""
    try:
        code = typer.main.get_command(app).main(standalone_mode=False)
    except OSError as error:
        _console(stderr=True).print(f"Error: {error.strerror or error}: {error.filename or ''}")
        code = WRONG
    except Exception as error:
        if not hasattr(error, "format_message"):  # not click's: a fault of the workbook, shown whole
            raise
        error.show()
        code = WRONG
    sys.exit(code or 0)
