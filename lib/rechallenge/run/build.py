"""One report: run, collect, render, and put in place whole or not at all."""

import csv
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path

from papercheck.files.findings import CohortError, did_you_mean, request_error
from papercheck.files.project import data_folder
from papercheck.files.swap import replacing
from papercheck.files.visible import visible
from papercheck.registry.registry import list_studies, load_registry
from papercheck.replicate.record import read_record
from papercheck.vocabulary.facts import KINDS, LANGUAGES
from smallsurv.coarse import to_multiple

from ..cohort.cohort import cohort_meta, list_cohorts, load_cohort
from ..cohort.privacy.profile import is_protected, told_by_another
from ..context import PRIVACY, current, project, running
from ..release import is_strict
from ..replication.prints import headline_text, headlines
from ..results import COLUMNS
from ..show.standing import banner, standing_list
from ..text.language import checked_language, say
from ..text.words import plural
from .answer import answer
from .archive import EXPORTED, changed_by_hand
from .brief import make_brief, number_displays
from .collect import key_results, safe_cell
from .edition import outdated_calls
from .execute import LIMIT, run_sections
from .pool import interrupted_later
from .provenance import FILE, inputs, sources, write_crate
from .sections import find_sections, parse_parameters
from .starter import shipped_notebooks

LIBRARIES = ("rechallenge", "lifelines", "pandas", "numpy", "scipy", "matplotlib", "seaborn", "papermill", "nbconvert")
MARK = "report.html"
GENERATOR = '<meta name="generator" content="rechallenge">'
NO_PATIENTS = "Printed numbers, no patients"  # the kind of a study without a cohort


@dataclass
class Report:
    """Where a report is, and which sections failed or were not available. idle : {parameter that was given: the
    section that takes it}, where none of the report does."""

    path: Path
    failed: list
    unavailable: list
    idle: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Options:
    """How a report is made.

    pairs : `name=value` texts. only : sections by number or name. language : of the words of the report; without
    one that of cohort.yml. export : write the files of export.py too, with numbers as a journal writes them;
    every_form : figures in all forms of show/prints.py.
    kernels : run the notebooks in Jupyter kernels. workers : sections at a time (None: as many as cores). limit :
    seconds that a section may take. profile : what may be seen of persons, one of PRIVACY, and smallest : the
    smallest count that strict tells; without them those of cohort.yml.
    """

    pairs: Sequence[str] = ()
    only: Sequence[str] = ()
    language: str = ""
    export: bool = False
    every_form: bool = False
    journal: str = ""
    kernels: bool = False
    workers: int | None = None
    limit: float = LIMIT
    profile: str = ""
    smallest: int | None = None


def build_report(name, pairs=(), out=None, only=(), progress=lambda done, total, title: None, **options) -> Report:
    """Make outputs/<cohort>/ (report.html, results.csv, figures/, notebooks/).

    out : folder that holds the cohort's folder; progress(done, total, title) is called as sections end; pairs,
    only and the other options : see Options. A study of printed numbers without a cohort gets the sections that need
    no patients. Raises CohortError if the data or the request is wrong; an earlier report then stays as it was.
    """
    return make_report(name, out, Options(tuple(pairs), tuple(only), **options), progress)


def make_report(name, out, options: Options, progress=lambda done, total, title: None) -> Report:
    """As build_report, with the options in one record."""
    language = checked_language(options.language) if options.language else ""
    sections = find_sections(options.only)
    own = _study_facts(name) if has_no_patients(name) else {}
    if own:
        sections = _without_patients(sections, name, options.only)
    parameters, found = parse_parameters(options.pairs, sections), sections
    meta = None if own else cohort_meta(name)
    if not options.only:
        sections = [s for s in sections if not s.asks or (meta is not None and meta.asks(s.asks))] or sections
        sections = [s for s in sections if _is_for(s.courses, meta)] or sections
    outdated = outdated_calls(sections, shipped_notebooks())
    if outdated:
        raise CohortError(outdated)
    language = language or (meta.language if meta else LANGUAGES[0])
    asked = {"cohort": name, "parameters": parameters, "language": language, "prints": None}
    run = replace(current(), project=project(), **asked, **_privacy(name, own, options))
    target = (Path(out or project().outputs) / name).absolute()
    check_target(target)
    with running(run), replacing(target) as work:
        failed, unavailable = _fill(work, run, own, sections, options, progress)
    return Report(target / MARK, failed, unavailable, _idle(parameters, found, sections))


def _idle(given, every, chosen) -> dict[str, str]:
    """{parameter: the first section that takes it} of those given, where no chosen section does."""
    lacking = [name for name in given if not any(name in s.parameters for s in chosen)]
    return {name: next(s.name for s in every if name in s.parameters) for name in lacking}


def _privacy(name, study, options) -> dict:
    """The fields of a run that say what may be seen of persons. Raises CohortError for an unknown profile."""
    if options.profile and options.profile not in PRIVACY:
        raise request_error(f"no profile {options.profile}", did_you_mean(options.profile, PRIVACY), options.profile)
    if study:
        return {"privacy": PRIVACY[0]}
    meta = cohort_meta(name)
    smallest = options.smallest or meta.smallest_count
    return {"privacy": options.profile or meta.profile, "smallest": smallest, "silent": told_by_another(meta)}


def _fill(work, run, study, sections, options, progress):
    """Write everything of a report into an empty folder; the sections that failed, and those that had nothing to show.

    study : the facts of a study without patients; empty for a cohort.
    """
    from .render import render

    cohort = None if study else load_cohort(run.cohort)
    own = (study or _cohort_facts(cohort)) | {"language": run.language}
    if options.export:
        run = replace(run, prints=work / "prints", every_form=options.every_form)  # figures as a journal takes them
        run.prints.mkdir()
    used = inputs(run.cohort, sections, own["protected"])
    contents = _run(sections, run, work / "notebooks", options, progress)
    _check_unchanged(used, run.cohort, sections, own["protected"])
    refused = dict.fromkeys(finding for content in contents for finding in content.refused)
    if refused:
        raise CohortError(refused)
    brief = make_brief(contents, run.language, cohort.meta if cohort else None)
    number_displays(contents, brief)
    facts = own | _facts(sections, run.parameters, contents, cohort, own.get("printed", "")) | {"brief": brief}
    _write(work, contents, render(contents, facts))
    if options.export:
        from .export import write_export

        write_export(work, contents, facts | {"journal": options.journal}, run.prints)
    write_crate(work, facts, used, sections, run.parameters)
    return [c for c in contents if c.state == "failed"], [c for c in contents if c.state == "unavailable"]


def _check_unchanged(used, name, sections, protected):
    """Raise CohortError where what the sections read was changed in between: some may have read the old and others the
    new."""
    now = sources(name, sections, protected)
    changed = [what for what in ("data", "literature", "notebooks") if used.get(what) != now.get(what)]
    if changed:
        rule = f"files were changed while the report was made: {', '.join(changed)}"
        raise request_error(rule, "Make it again when nobody writes there.", name)


def _run(sections, run, folder, options, progress):
    """The content of every section, in the order of the report."""
    from .render import exporter

    folder.mkdir()
    contents = {}
    progress(0, len(sections), "")
    for name, content in run_sections(sections, run, folder, options.kernels, options.workers, options.limit):
        contents[name] = content
        with interrupted_later():
            exporter(), library_versions()  # both once, while other sections run
        progress(len(contents), len(sections), content.title)
    return [contents[s.name] for s in sections]


@cache
def library_versions() -> dict[str, str]:
    """What a report says of Python and the libraries that made it: {name: version}."""
    return {"Python": platform.python_version()} | {name: version(name) for name in LIBRARIES}


def has_no_patients(name) -> bool:
    """Whether `name` is a study of printed numbers and no cohort."""
    return name not in list_cohorts() and name in list_studies()


def _without_patients(sections, name, only):
    """The sections that a study without patients can have. Raises CohortError if another one is asked for by name."""
    lacking = [s.name for s in sections if s.needs_patients]
    if only and lacking:
        rule = f"{name} has printed numbers and no patients"
        raise request_error(rule, f"Leave these sections out: {', '.join(lacking)}.", name)
    kept = [s for s in sections if not s.needs_patients]
    if not kept:
        action = 'Give a notebook that can do without the metadata "rechallenge": {"patients": false}.'
        raise request_error(f"{name} has no patients, and every notebook of the project needs them", action, name)
    return kept


def _study_facts(name):
    """What the title block says of a study that has printed numbers and no patients."""
    registry = load_registry(name)
    return {
        "name": name,
        "title": registry.title,
        "kind": "study",
        "kind_text": NO_PATIENTS,
        "source": str(registry.cohort.get("source", "")),
        "notice": str(registry.cohort.get("notice", "")),
        "cutoff": "",
        "n": registry.n,
        "pools": any(entry.statistic == "pooled" for entry in registry.entries),
        "printed": _printed_pools(registry),
        "tables": [],
        "banner": [],
        "standing": [],
        "warnings": (),
        "profile": "",
        "protected": False,
    }


def _printed_pools(registry) -> str:
    """What a review prints of its pools, in one line."""
    ids = {entry.id for entry in registry.entries if entry.statistic == "pooled"}
    return headline_text([line for group, lines in headlines(registry) if group in ids for line in lines])


def _heading(meta, n) -> str:
    """The title of a cohort; where nobody wrote one, and it is the name of a folder, what the cohort is of."""
    if meta.title != meta.name:
        return meta.title
    said = {"PFSR": "ICI rechallenge: {patients} ({name})", "PFS1": "First ICI course: {patients} ({name})"}
    template = said.get(meta.primary_endpoint, "Cohort {name}: {patients}")
    return say(template, patients=plural(n, "patient"), name=meta.name)


def _told_number(count) -> int:
    """A number of patients as the profile of the run lets it be told."""
    return to_multiple(count, current().smallest) if is_strict() else count


def _cohort_facts(cohort):
    """What the title block says of a cohort."""
    from ..derive.partial_dates import partial_sensitivity
    from ..derive.population import derive_population
    from ..replication.prints import reading_scope

    study = derive_population(cohort)
    meta = study.meta
    return {
        "name": meta.name,
        "title": _heading(meta, _told_number(len(study.table("adsl")))),
        "kind": meta.kind,
        "kind_text": KINDS[meta.kind],
        "source": meta.source,
        "notice": say(meta.notice),
        "cutoff": meta.data_cutoff.isoformat() if meta.data_cutoff else "",
        "profile": current().privacy,
        "protected": is_protected(meta, current().privacy),
        "smallest": current().smallest,
        "hidden_cutoff": cohort.cutoffs is not None,
        "n": _told_number(len(study.table("adsl"))),
        "tables": list(study.tables),
        "warnings": () if is_strict() else (*study.warnings, *partial_sensitivity(cohort)),
        "banner": [
            *banner(study, read_record(data_folder() / meta.name)),
            *filter(None, [reading_scope(study)]),
        ],
        "standing": standing_list(study),
    }


def _is_for(courses, meta) -> bool:
    """Whether something that is for cohorts of some courses is for this one. Where nobody said which it is, all are."""
    course = meta.confirmed.course if meta else ""
    return not courses or not course or course in courses


def _facts(sections, parameters, contents, cohort, printed=""):
    """What the report says of its own making, and the key results."""
    from ..derive.population import derive_population

    study = derive_population(cohort) if cohort else None  # with the groups that cohort.yml makes: an arm may be one
    used = {}
    for section in sections:
        for p in section.parameters.values():
            if p.name != "cohort" and _is_for(section.hidden.get(p.name, ()), cohort.meta if cohort else None):
                value = parameters.get(p.name, p.default)
                own = {"value": value, "default": p.default, "sections": [], "help": p.help}
                first = used.setdefault(p.name, own | {"others": []})
                alike = [e for e in (first, *first["others"]) if e["value"] == value]
                entry = alike[0] if alike else own  # a default may be another in another notebook
                first["others"] += [] if alike else [own]
                entry["sections"].append(section.number)
    return {
        "parameters": used,
        "changed": {k: v for k, v in parameters.items() if k in used and v != used[k]["default"]},
        "versions": library_versions(),
        "answer": answer([r for c in contents if c.state == "done" for r in c.results], study, printed),
        "key": key_results(contents),
    }


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


def check_target(target):
    """Only a folder that a report made before may be replaced; notebooks name it, so its path is text."""
    if visible(str(target)) != str(target):
        rule = f"the path {target} holds a broken byte or a character that nobody sees"
        raise request_error(rule, "Give that folder another name, or name another one with --out.")
    if not target.exists():
        return
    page = target / MARK
    ours = page.is_file() and GENERATOR in page.read_text(encoding="utf-8", errors="replace")[:1000]
    known = {MARK, "results.csv", "figures", "notebooks", FILE} | EXPORTED
    if not target.is_dir() or (any(target.iterdir()) and not (ours and {p.name for p in target.iterdir()} <= known)):
        rule = f"{target} holds other files"
        raise request_error(rule, "Move them, or choose another folder with --out.", target.name)
    changed = changed_by_hand(target)
    if changed:
        rule = f"{', '.join(changed)} in {target} was changed after it was made"
        raise request_error(rule, "Move it to another folder, so that it is not lost, then try again.", target.name)
