"""The commands on the folders of data/ and on the notebooks' parameters: start, check, list."""

from pathlib import Path
from typing import Annotated

import typer

from papercheck.files.findings import CohortError, Message, request_error
from papercheck.files.visible import visible

from .messages import WRONG, CohortName, Speech, console_of, count_of, fail, print_findings, say


def init(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[FOLDER]", help="A folder that does not exist yet.", show_default=False)
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Put the notebooks of this workbook in place of those that nobody edited.")
    ] = False,
):
    """Start a project, a folder of its own. It gets the notebooks, example cohorts and the literature."""
    from ..run.starter import EXAMPLE, start_project

    try:
        if update:
            return _update(folder)
        if folder is None:
            raise request_error("no folder is named", "Name one that does not exist yet, or write --update.")
        made = start_project(folder)
    except CohortError as error:
        fail(error)
    console = console_of()
    console.print(f"{made}")
    console.print(f"1. cd {folder}")
    console.print(f"2. rechallenge report {EXAMPLE} makes the report of the example.")
    console.print(
        "3. rechallenge import FILE... --as NAME takes in a cohort of your own; rechallenge new NAME starts an empty"
        " one."
    )


def _update(folder):
    """Update the notebooks of a project, and say what became of each."""
    from papercheck.files.project import current_project, open_project

    from ..run.starter import PRESENT, update_project

    done = update_project(current_project() if folder is None else open_project(folder))
    console = console_of()
    for said, names in (("Replaced", done.replaced), ("Added", done.added)):
        if names:
            console.print(f"{said}: {', '.join(names)}")
    for name in done.aside:
        console.print(
            f"Beside yours: notebooks/{PRESENT}/{name}, because the one of this project was edited or its number is"
            " taken. Take over from it what you need, or put it in the place of yours."
        )
    if not (done.replaced or done.added or done.aside):
        console.print("Every notebook that came with the workbook is of the present edition.")


def new(
    cohort: CohortName,
    published: Annotated[
        bool, typer.Option("--published", help="Start the printed numbers of a paper, data/COHORT/published.yml.")
    ] = False,
):
    """Start an empty cohort. Its folder gets cohort.yml, an Excel template and a page that explains each column."""
    from papercheck.registry.template import new_registry

    from ..cohort.template import new_cohort

    try:
        made = new_registry(cohort) if published else new_cohort(cohort)
    except CohortError as error:
        fail(error)
    console = console_of()
    console.print(f"{made}")
    if published:
        console.print("1. Fill in n, title and source, and the groups that the paper compares.")
        console.print("2. Add one entry for each printed number; the examples in the file show every kind.")
        console.print(f"3. rechallenge check {cohort} lists what is wrong or missing.")
        return
    console.print("1. Fill in cohort.xlsx, one row a patient; COLUMNS.html explains each column.")
    console.print("2. Give title, data_cutoff and time_unit in cohort.yml.")
    console.print(f"3. rechallenge check {cohort}, then rechallenge report {cohort}.")


def check(cohort: CohortName, lang: Speech = ""):
    """List every error and warning of a cohort. Looked at are its data, the printed numbers of its paper and its
    literature."""
    from ..text.language import speaking

    found, registry, evidence, findings = _read_all(cohort)
    try:
        with speaking(lang or (found.meta.language if found is not None else language_of(cohort))):
            _say_checked(cohort, found, registry, evidence, findings)
    except CohortError as error:
        fail(error, writes=False)


def language_of(cohort) -> str:
    """The language that cohort.yml asks for, where the cohort cannot be read; English where it asks for none."""
    from papercheck.files.project import data_folder
    from papercheck.files.yamlfile import load_yaml
    from papercheck.vocabulary.kinds import LANGUAGES

    try:
        asked = load_yaml(data_folder() / cohort / "cohort.yml")[0]["language"]
    except (CohortError, KeyError, TypeError, OSError):
        return LANGUAGES[0]
    return asked if asked in LANGUAGES else LANGUAGES[0]


def _say_checked(cohort, found, registry, evidence, findings):
    """What was found, and what the folder holds."""
    from ..derive.partial_dates import partial_sensitivity
    from ..derive.population import derive_population

    if any(f.severity == "error" for f in findings):
        fail(CohortError(findings), writes=False)
    holds = []
    if found is not None:
        try:
            derive_population(found)
            findings += partial_sensitivity(found)
        except CohortError as error:
            fail(error, writes=False)
        tables = ", ".join(say("{name} ({n} rows)", name=name, n=len(frame)) for name, frame in found.tables.items())
        holds.append(say("Tables: {tables}.", tables=tables))
    console = console_of()
    if findings:
        print_findings(findings, console)
    if registry is not None:
        printed = "Printed numbers: {n} in {entries} entries."
        holds.append(say(printed, n=len(registry.frame()), entries=len(registry.entries)))
    if evidence is not None:
        rows = {"trials": len(evidence.trials), "series": len(evidence.series)}
        holds.append(say("Literature: trials.csv ({trials} rows), series.csv ({series} rows).", **rows))
    warnings = sum(f.severity == "warning" for f in findings)
    notes = len(findings) - warnings
    said = [say("no error"), count_of(warnings, "1 warning", "{n} warnings")]
    said += [count_of(notes, "1 note", "{n} notes")] if notes else []
    console.print(say("{what}: {said}. {holds}", what=cohort, said=say(", ").join(said), holds=" ".join(holds)))


def _read_all(name) -> tuple:
    """The cohort, the printed numbers and the literature under
    a name (None each where there is none), and all findings.
    """
    from papercheck.literature.where import list_literature
    from papercheck.registry.registry import list_studies, load_registry

    from ..cohort.cohort import list_cohorts, read_cohort

    found, findings, registry, evidence = None, [], None, None
    if name in list_studies():
        try:
            registry = load_registry(name)
        except CohortError as error:
            findings += error.findings
    if name in list_literature():
        from papercheck.literature.table import read_evidence

        evidence, faults = read_evidence(name)
        findings += faults
    if name in list_cohorts() or name not in (*list_studies(), *list_literature()):
        found, faults = read_cohort(name)
        findings += faults
    return found, registry, evidence, findings


def cohorts():
    """List the cohorts in data/. Exit code 1 if one of them cannot be read."""
    from papercheck.files.project import check_folder, cohort_folders, data_folder
    from papercheck.files.yamlfile import load_yaml
    from papercheck.vocabulary.kinds import KINDS

    files = cohort_folders("cohort.yml")
    if not files:
        fail(
            request_error(
                Message("there is no cohort in {folder}", folder=data_folder()),
                "rechallenge new COHORT starts one.",
            ),
            writes=False,
        )
    bad = []
    for file in files:
        name = file.parent.name
        try:
            check_folder(file.parent, file.name)
            facts = load_yaml(file)[0]
            typer.echo(
                visible(
                    f"{name:24} {KINDS[facts.get('kind', 'patients')]:30}"
                    f" {' '.join(str(facts.get('title', '')).split())}"
                )
            )
        except (CohortError, KeyError, TypeError, OSError):
            bad.append(name)
            typer.echo(visible(f"{name:24} cohort.yml cannot be read: rechallenge check {name}"))
    if bad:
        raise typer.Exit(WRONG)


def parameters():
    """List the parameters of the notebooks. Each stands with its default, its meaning and its sections."""
    from rich.table import Table
    from rich.text import Text

    from ..run.sections import find_sections

    table = Table("parameter", "default", "meaning", "sections", show_edge=False, pad_edge=False)
    sections = find_sections()
    known = {p.name: p for s in sections for p in s.parameters.values() if p.name != "cohort"}
    for name, p in known.items():
        numbers = ", ".join(s.number for s in sections if name in s.parameters)
        table.add_row(Text(name), Text(str(p.default)), Text(p.help), Text(numbers))
    console_of().print(table, soft_wrap=False)
