"""The commands that make reports."""

import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from papercheck.files.findings import CohortError, Message, request_error
from papercheck.files.interrupts import interrupted

from .messages import FAILED, WRONG, CohortName, console_of, fail, said_of, told_progress

Parameters = Annotated[
    list[str],
    typer.Option("-p", "--parameter", metavar="NAME=VALUE", help="Set a parameter of the notebooks; may be repeated."),
]
OutFolder = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Write DIR/COHORT/ instead of outputs/COHORT/.")
]
Sections = Annotated[str, typer.Option("--sections", metavar="01,05", help="Only these sections, by number or name.")]
Language = Annotated[str, typer.Option("--lang", metavar="CODE", help="Language of labels and headings: en or zh.")]

Journal = Annotated[
    str,
    typer.Option("--journal", metavar="NAME", help="How Methods and Results write numbers: lancet, jama or nejm."),
]
Profile = Annotated[
    str,
    typer.Option("--profile", metavar="NAME", help="What may be seen of persons: internal, shared or strict."),
]

TimeLimit = Annotated[
    float, typer.Option("--time-limit", metavar="MINUTES", help="End a section that takes longer.", min=0.01)
]


def report(
    cohort: Annotated[
        list[str] | None, typer.Argument(metavar="COHORT", help="Names of folders in data/.", show_default=False)
    ] = None,
    parameter: Parameters = [],  # noqa: B006
    out: OutFolder = None,
    sections: Sections = "",
    kernels: Annotated[
        bool, typer.Option("--kernels", help="Run each notebook in a Jupyter kernel of its own (slower).")
    ] = False,
    every: Annotated[
        bool, typer.Option("--all", help="Every cohort in data/; a study without patients only by its name.")
    ] = False,
    each: Annotated[
        str, typer.Option("--each", metavar="COLUMN", help="One report for each value of this adsl column.")
    ] = "",
    lang: Language = "",
    scheduler: Annotated[
        str, typer.Option("--scheduler", metavar="ADDRESS", help="Run the cohorts on this Dask cluster.")
    ] = "",
    limit: TimeLimit = 60.0,
    profile: Profile = "",
):
    """Make the report of a cohort. It is outputs/COHORT/report.html; of several cohorts there is also
    outputs/index.html."""
    only = _only(sections)
    _check_out(out)
    names = _names(cohort or (), every, each)
    asked = {"pairs": tuple(parameter), "only": tuple(only), "language": lang, "profile": profile}
    asked |= {"kernels": kernels, "limit": 60 * limit}
    if len(names) > 1 or every or each or scheduler:
        _report_many(names, asked, out, each, scheduler)
    else:
        _report_one(names[0], asked, out)


def export(
    cohort: CohortName,
    parameter: Parameters = [],  # noqa: B006
    out: OutFolder = None,
    sections: Sections = "",
    lang: Language = "",
    profile: Profile = "",
    journal: Journal = "",
    every: Annotated[
        bool,
        typer.Option("--all-forms", help="Figures also for one column, as SVG and TIFF, and of 600 dpi (slower)."),
    ] = False,
):
    """Make the report and what a journal asks for. Beside it stand Word and Excel tables, figures for two columns (PDF,
    and PNG of 300 dpi), methods and checklists."""
    only = _only(sections)
    _check_out(out)
    asked = {"pairs": tuple(parameter), "only": tuple(only), "language": lang, "profile": profile}
    _report_one(cohort, asked | {"export": True, "every_form": every, "journal": _journal(journal)}, out)


def _journal(name) -> str:
    """The style of a journal, if there is one."""
    from ..run.journal import checked_journal
    from ..run.methods import rules

    try:
        return checked_journal(name, rules()["journals"])
    except CohortError as error:
        fail(error)


def _names(cohorts, every, each) -> list[str]:
    """The cohorts asked for, once each: those named, or with --all every one."""
    names = list(dict.fromkeys(cohorts))
    if every:
        from papercheck.files.project import data_folder

        from ..cohort.cohort import list_cohorts

        if names or each:
            fail(request_error("--all takes every cohort", "Leave the names and --each out, or leave --all out."))
        names = list_cohorts()
        if not names:
            fail(
                request_error(
                    Message("there is no cohort in {folder}", folder=data_folder()),
                    "rechallenge new COHORT starts one.",
                )
            )
        _say_left_out(names)
    if not names:
        fail(request_error("Missing argument 'COHORT'", "Name a cohort, several, or --all."))
    if each and len(names) > 1:
        fail(request_error("--each splits one cohort", "Name exactly one."))
    return names


def _only(sections) -> list[str]:
    """The sections asked for; none for all."""
    only = [s.strip() for s in sections.split(",") if s.strip()]
    if sections and not only:
        fail(request_error("--sections names no section", "Write numbers, such as 01,05.", sections))
    return only


def _check_out(out):
    if out is not None and (out == Path() or out.is_file()):
        fail(request_error("--out is not a folder", "Name a folder; it is made if it does not exist.", str(out)))


def _say_left_out(cohorts):
    """The studies that --all leaves out, because they have printed numbers and no patients."""
    from papercheck.registry.registry import list_studies

    studies = [name for name in list_studies() if name not in cohorts]
    if studies:
        said = ", ".join(studies)
        console_of().print(f"Without patients, and not among the cohorts: {said} (rechallenge report {studies[0]}).")


def _report_one(cohort, asked, out):
    """One report, and what its sections lack. asked : fields of Options."""
    from ..run.build import Options, make_report
    from ..text.language import speaking
    from .folders import language_of

    with speaking(asked.get("language") or language_of(cohort)):
        try:
            with told_progress(cohort, "checking the data", "running the sections") as progress:
                done = make_report(cohort, out, Options(**asked), progress)
        except CohortError as error:
            fail(error)
        _say_report(done, asked["only"])


def _say_report(done, only):
    """What the sections of a report lack, and where it is; ends with FAILED where one has failed."""
    from ..text.language import say

    console = console_of()
    for section in done.unavailable:
        why = say("{what}: {found}", what=section.title, found=section.missing[0])
        console.print(say("Not available: {why}", why=why))
    for name, section in done.idle.items():
        idle = (
            "The parameter {name} changed nothing: it is one of {section}, which this report does not hold. "
            "--sections {number} makes it."
        )
        console.print(say(idle, name=name, section=section, number=section[:2]))
    if only:
        console.print(say("The folder holds these sections alone: {sections}.", sections=", ".join(only)))
    for section in done.failed:
        console.print(say("Failed: {what}: {found}", what=section.title, found=section.error), style="bold red")
    console.print(str(done.path))
    if done.failed:
        raise typer.Exit(FAILED)


def _report_many(names, asked, out, each, scheduler):
    """Several reports, and what became of each. asked : fields of Options, the same for all."""
    from ..run.batch import run_batch

    try:
        with told_progress("Cohorts", "reading the data", "running") as progress:
            done = run_batch(names, out, progress, each, scheduler, **asked)
    except CohortError as error:
        fail(error, writes=False)
    except KeyboardInterrupt:
        raise typer.Exit(interrupted("Interrupted. The same command goes on where it stopped.")) from None
    _say_batch(done, each)


def _say_batch(done, each):
    """The cohorts without a whole report and why, the counts,
    the page; ends with FAILED or WRONG where one has none.
    """
    console = console_of()
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


def watch(
    cohort: CohortName,
    parameter: Parameters = [],  # noqa: B006
    out: OutFolder = None,
    profile: Profile = "",
):
    """Make the report now and anew after every change. Watched are the data, cohort.yml, the notebooks and the
    library."""
    import time

    from papercheck.files.findings import did_you_mean

    from ..cohort.cohort import list_cohorts
    from ..run.build import build_report
    from ..run.watch import watch as keep_watching

    if cohort not in list_cohorts():
        fail(request_error(Message("no cohort {cohort}", cohort=cohort), did_you_mean(cohort, list_cohorts()), cohort))
    console = console_of()

    def make() -> str:
        start = time.perf_counter()
        try:
            done = build_report(cohort, parameter, out, profile=profile)
        except CohortError as error:
            return said_of(error)
        failed = [f"Failed: {section.title}: {section.error}\n" for section in done.failed]
        return "".join(failed) + f"{time.perf_counter() - start:.1f} s: {done.path}"

    def say(text):
        console.print(text)
        sys.stdout.flush()

    say(f"Watching {cohort}; Ctrl-C ends.")
    keep_watching(cohort, make, say, parameter)
