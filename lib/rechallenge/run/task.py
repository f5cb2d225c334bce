"""The report of one cohort as a task: plain values in, a plain record out, in a process of its own.

A record is {name, state, title, kind, endpoint, errors, unavailable, digest}; state is done, failed (a section, or the
run) or bad (the data); `told` is what the page of a batch says in place of `errors`, which name rows and values;
`events_unknown` are endpoints of pseudo-patients whose number of events the paper does not print. It goes through JSON
unchanged.
"""

import hashlib
import importlib
from dataclasses import replace
from pathlib import Path

from papercheck.files.findings import REQUEST, CohortError, Finding, sentence
from papercheck.registry.registry import load_registry
from papercheck.vocabulary.facts import LANGUAGES
from papercheck.vocabulary.kinds import KINDS, NO_PERSONS

from ..cohort.cohort import cohort_meta, load_cohort, telling, told_title
from ..cohort.privacy.cleaner import clean_text
from ..cohort.privacy.identifying import Identifying
from ..cohort.privacy.profile import PROTECTED, is_protected, without_values
from ..context import PRIVACY, Run, current, project, running
from ..replication.prints import events_known
from .build import NO_PATIENTS, Options, has_no_patients, make_report
from .execute import warm, warm_literature
from .index import TIMES
from .pool import Call, Cluster, Died, Processes, start_method
from .sections import find_sections, parse_parameters

TRIES = 2  # runs of a cohort whose process dies
SAID = 20  # errors of a cohort that a record keeps
# What a cohort's process, beside its sections, imports only when it needs it.
SHARED = ("seaborn",)


def empty_record(name, state, *errors) -> dict:
    """A record of a cohort without a report."""
    blank = {"title": "", "kind": "", "endpoint": "", "unavailable": [], "digest": ""}
    return {"name": name, "state": state, "errors": list(errors), **blank}


def run_tasks(parts, out, options: Options, workers: Processes | Cluster):
    """Make the reports of {name: Part or None}; yields each record
    as it ends. Each has its process, one section at a time.
    """
    if parts and isinstance(workers, Processes) and start_method() == "fork" and not options.kernels:
        _warm(options)
    run, options = replace(current(), project=project()), replace(options, workers=1)
    calls = [Call(name, record_of, (name, replace(run, part=part), out, options)) for name, part in parts.items()]
    for name, record in workers.run(calls):
        yield empty_record(name, "failed", record.why) if isinstance(record, Died) else record


def record_of(name, run: Run, out, options: Options) -> dict:
    """Build a report in this process; returns its record. Raises nothing that is a matter of this cohort alone."""
    with running(run):
        try:
            return _record(name, out, options)
        except CohortError as error:
            faults = [f for f in error.findings if f.severity == "error"]
            record = empty_record(name, "bad", *_sentences(faults)) | _about(name, options)
            return record | {"told": _sentences(_told(name, faults, options))}
        except Exception as error:  # a full disk, a fault of the workbook: the other cohorts go on
            return _crashed(name, error, options)


def _sentences(faults) -> list[str]:
    """The first faults in words, and how many more there are."""
    said = [sentence(f) for f in faults[:SAID]]
    return said + ([f"And {len(faults) - SAID} more."] if len(faults) > SAID else [])


def _told(name, faults, options):
    """Faults as the page of a batch may tell them: it is written, and may leave."""
    try:
        meta = cohort_meta(name)
        profile = options.profile or meta.profile
        if not is_protected(meta, profile):
            return faults
        if any(f.file != REQUEST for f in faults):
            return without_values(faults, meta)
        if profile == PRIVACY[2]:  # how few there are is a count too
            return [Finding(REQUEST, "the request asks for what strict does not tell of this cohort", "")]
        return _without_words(faults, telling(name))
    except CohortError:  # what is wrong with cohort.yml, or no cohort: nobody knows of whom it is
        return faults if options.profile == PRIVACY[0] else _without_words(faults, Identifying())


def _without_words(faults, found: Identifying) -> list[Finding]:
    """The faults without what tells who somebody is, and without the values as they are written."""
    said = lambda text: clean_text(text, found)  # noqa: E731
    return [replace(f, rule=said(f.rule), action=said(f.action), subject="", value="", against="") for f in faults]


def _crashed(name, error, options) -> dict:
    """The record of a cohort whose run ended with an error that
    is no finding: its words may hold anything of the data.
    """
    record = empty_record(name, "failed", f"{type(error).__name__}: {error}") | _about(name, options)
    if record["kind"] != KINDS[PROTECTED] or options.profile == PRIVACY[0]:
        return record
    return record | {"told": [f"{type(error).__name__}; the command says more."]}


def _record(name, out, options):
    done = make_report(name, out, options)
    return (
        empty_record(name, "failed" if done.failed else "done")
        | _about(name, options)
        | {
            "errors": [f"{s.title}: {s.error}" for s in done.failed],
            "unavailable": [s.title for s in done.unavailable],
            "digest": digest(done.path.parent),
            "events_unknown": _events_unknown(name),
        }
    )


def _about(name, options):
    """What the page of a batch says of a cohort or study; nothing of one whose facts cannot be read."""
    try:
        return _study(name) if has_no_patients(name) else _cohort(name, options)
    except CohortError:
        return {}


def _study(name):
    """What the page of a batch says of a study that has printed numbers and no patients."""
    return {"title": load_registry(name).title, "kind": NO_PATIENTS, "badge": ""}


def _cohort(name, options):
    """What the page of a batch says of a cohort."""
    meta = cohort_meta(name)
    asked = parse_parameters(options.pairs, find_sections(options.only)).get("endpoint", "primary")
    endpoint = (meta.primary_endpoint or "PFSR") if asked == "primary" else asked
    title = told_title(name, options.profile or meta.profile)
    return {"title": title, "kind": KINDS[meta.kind], "badge": NO_PERSONS.get(meta.kind, ""), "endpoint": endpoint}


def _events_unknown(name) -> list[str]:
    """The endpoints whose number of events is not known: of pseudo-patients, those of which the paper does not print
    it."""
    return [] if has_no_patients(name) else [code for code in TIMES if not events_known(load_cohort(name), code)]


def digest(folder) -> str:
    """What tells whether a report is still the one that was made, or '' if it is not there."""
    try:
        parts = [(Path(folder) / name).read_bytes() for name in ("report.html", "results.csv")]
    except OSError:
        return ""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _warm(options):
    """Import and make once what every report needs, so that each fork has it."""
    for name in SHARED:
        importlib.import_module(name)
    sections = find_sections(options.only)
    warm(sections)
    warm_literature(sections, options.pairs, options.language or LANGUAGES[0])
    from .render import exporter

    exporter()
