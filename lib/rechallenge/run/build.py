"""One report: run, collect, render, and put in place whole or not at all."""

import csv
import os
import platform
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from papercheck.files.findings import CohortError, Finding, request_error
from papercheck.files.project import PROJECT, data_folder
from papercheck.registry.registry import list_studies, load_registry
from papercheck.replicate.record import read_record
from papercheck.vocabulary.facts import KINDS, LANGUAGES

from ..cohort.cohort import list_cohorts, load_cohort
from ..results import COLUMNS
from ..show.display import PRINTS
from ..show.standing import banner, standing_list
from ..text.language import checked_language, speaking
from .answer import answer
from .archive import EXPORTED, changed_by_hand
from .collect import key_results, number_displays, safe_cell
from .run import run_sections, take_content
from .sections import find_sections, parse_parameters

LIBRARIES = ("rechallenge", "lifelines", "pandas", "numpy", "scipy", "matplotlib", "seaborn", "papermill", "nbconvert")
MARK = "report.html"
GENERATOR = '<meta name="generator" content="rechallenge">'
NO_PATIENTS = "Printed numbers, no patients"  # the kind of a study without a cohort


@dataclass
class Report:
    """Where a report is, and which sections failed or were not available."""

    path: Path
    failed: list
    unavailable: list


def build_report(
    name, pairs=(), out=None, only=(), kernels=None, progress=lambda done, total, title: None, workers=None, scratch="",
    language="", export=False,
) -> Report:  # fmt: skip
    """Make outputs/<cohort>/ (report.html, results.csv, figures/, notebooks/).

    pairs : `name=value` texts; out : folder that holds the cohort's folder; only : sections by number or name.
    progress(done, total, title) is called as sections end; workers : sections at a time (None: as many as cores).
    scratch : how the names of unfinished folders beside the target begin. language : of the words of the report;
    without one that of cohort.yml. export : write the files of export.py too.
    A study of printed numbers without a cohort gets the sections that need no patients.
    Raises CohortError if the data or the request is wrong; an earlier report then stays as it was.
    """
    language = checked_language(language) if language else ""
    sections = find_sections(only)
    own = _study_facts(name) if has_no_patients(name) else {}
    if own:
        sections = _without_patients(sections, name, only)
    parameters = parse_parameters(pairs, sections)
    cohort = None if own else load_cohort(name)
    language = language or (cohort.meta.language if cohort else LANGUAGES[0])
    with speaking(language):
        own = (own or _cohort_facts(cohort)) | {"language": language}
        return _build(name, cohort, own, sections, parameters, out, kernels, progress, workers, scratch, export)


@contextmanager
def setting(name, value):
    """A setting that the processes of the notebooks read from the environment; None for none."""
    before = os.environ.pop(name, None)
    if value is not None:
        os.environ[name] = str(value)
    try:
        yield
    finally:
        os.environ.pop(name, None)
        if before is not None:
            os.environ[name] = before


def _build(name, cohort, own, sections, parameters, out, kernels, progress, workers, scratch, export):
    target = (Path(out or PROJECT / "outputs") / name).resolve()
    _check_target(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{scratch}{name}-", dir=target.parent))
    try:
        prints = work / "prints" if export else None  # figures in the forms of a journal
        if prints:
            prints.mkdir()
        with setting(PRINTS, prints):
            contents = _run(sections, name, parameters, work / "notebooks", kernels, workers, progress)
        refused = [c.invalid_request for c in contents if c.invalid_request]
        if refused:
            lines = dict.fromkeys("\n".join(refused).split("\n"))
            raise CohortError([Finding("request", line.removeprefix("request: "), "") for line in lines])
        number_displays(contents)
        from .render import render

        facts = own | _facts(sections, parameters, contents, cohort)
        _write(work, contents, render(contents, facts))
        if export:
            from .export import write_export

            write_export(work, contents, facts, prints)
        _replace(work, target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return Report(
        target / MARK, [c for c in contents if c.state == "failed"], [c for c in contents if c.state == "unavailable"]
    )


def _run(sections, name, parameters, folder, kernels, workers, progress):
    from .render import exporter

    folder.mkdir()
    contents = {}
    progress(0, len(sections), "")
    for section, path, reason in run_sections(sections, name, parameters, folder, kernels, workers):
        contents[section] = take_content(section, path, reason)
        exporter()  # loads once, while other sections run
        progress(len(contents), len(sections), contents[section].title)
    return [contents[s.name] for s in sections]


def has_no_patients(name) -> bool:
    """Whether `name` is a study of printed numbers and no cohort."""
    return name not in list_cohorts() and name in list_studies()


def _without_patients(sections, name, only):
    """The sections that a study without patients can have. Raises CohortError if another one is asked for by name."""
    lacking = [s.name for s in sections if s.needs_patients]
    if only and lacking:
        rule = f"{name} has printed numbers and no patients"
        raise request_error(rule, f"Leave these sections out: {', '.join(lacking)}.", name)
    return [s for s in sections if not s.needs_patients]


def _study_facts(name):
    """What the title block says of a study that has printed numbers and no patients."""
    registry = load_registry(name)
    return {
        "name": name, "title": registry.title, "kind": "study", "kind_text": NO_PATIENTS,
        "source": str(registry.cohort.get("source", "")), "notice": str(registry.cohort.get("notice", "")), "cutoff": "",
        "n": registry.n, "tables": [], "banner": [], "standing": [], "warnings": (),
    }  # fmt: skip


def _cohort_facts(cohort):
    """What the title block says of a cohort."""
    from ..derive.population import derive_population

    study = derive_population(cohort)
    meta = study.meta
    return {
        "name": meta.name, "title": meta.title, "kind": meta.kind, "kind_text": KINDS[meta.kind], "source": meta.source,
        "notice": meta.notice, "cutoff": meta.data_cutoff.isoformat() if meta.data_cutoff else "",
        "n": len(study.table("adsl")), "tables": list(study.tables), "warnings": study.warnings,
        "banner": banner(study, read_record(data_folder() / meta.name)), "standing": standing_list(study),
    }  # fmt: skip


def _facts(sections, parameters, contents, cohort):
    """What the report says of its own making, and the key results."""
    used = {}
    for section in sections:
        for p in section.parameters.values():
            if p.name != "cohort":
                entry = used.setdefault(
                    p.name,
                    {"value": parameters.get(p.name, p.default), "default": p.default, "sections": [], "help": p.help},
                )
                entry["sections"].append(section.number)
    return {
        "parameters": used,
        "changed": {k: v for k, v in parameters.items() if v != used[k]["default"]},
        "versions": {"Python": platform.python_version()} | {lib: version(lib) for lib in LIBRARIES},
        "answer": answer([r for c in contents if c.state == "done" for r in c.results], cohort),
        "key": key_results(contents),
    }  # fmt: skip


def _write(work, contents, html):
    (work / MARK).write_text(html, encoding="utf-8", newline="\n")
    with open(work / "results.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for content in contents:
            writer.writerows({k: safe_cell(v) for k, v in row.items()} for row in content.ledger)
    (work / "figures").mkdir()
    for content in contents:
        for stem, svg in content.figures:
            (work / "figures" / f"{stem}.svg").write_text(svg, encoding="utf-8", newline="\n")


def _check_target(target):
    """Only a folder that a report made before may be replaced."""
    if not target.exists():
        return
    page = target / MARK
    ours = page.is_file() and GENERATOR in page.read_text(encoding="utf-8", errors="replace")[:1000]
    known = {MARK, "results.csv", "figures", "notebooks"} | EXPORTED
    if not target.is_dir() or (any(target.iterdir()) and not (ours and {p.name for p in target.iterdir()} <= known)):
        rule = f"{target} holds other files"
        raise request_error(rule, "Move them, or choose another folder with --out.", target.name)
    changed = changed_by_hand(target)
    if changed:
        rule = f"{', '.join(changed)} in {target} was changed after it was made"
        raise request_error(rule, "Move it to another folder, so that it is not lost, then try again.", target.name)


def _replace(work, target):
    """Swap the finished folder in; the old one goes only when the new one stands."""
    work.chmod(0o755)
    if target.exists():
        old = Path(tempfile.mkdtemp(prefix=f"{work.name}-", dir=target.parent)) / "old"
        target.rename(old)
        work.rename(target)
        shutil.rmtree(old.parent, ignore_errors=True)
    else:
        work.rename(target)
