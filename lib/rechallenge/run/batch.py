"""Many reports in one go: each cohort on its own, the others
finish whatever happens to one, an interrupted batch resumes.
"""

import hashlib
import json
import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from papercheck.files.findings import request_error
from papercheck.files.project import data_folder
from papercheck.files.swap import naming, recover
from papercheck.literature.where import literature_files
from papercheck.vocabulary.facts import LANGUAGES

from ..cohort.part import split
from ..context import PRIVACY, project
from ..text.language import checked_language, speaking
from .build import GENERATOR, LIBRARIES, Options
from .index import write_index
from .library import library_files
from .pool import Cluster, Processes
from .provenance import data_files, digest_of
from .sections import find_sections, parse_parameters
from .task import TRIES, digest, run_tasks


@dataclass
class Batch:
    """What a batch made: the index page, a record of each cohort
    in the order asked for, and the subjects in no part.
    """

    index: Path
    records: list[dict]
    left_out: list[str] = field(default_factory=list)
    resumed: int = 0  # reports kept from the interrupted run


def run_batch(names, out=None, progress=lambda done, total, name: None, each="", scheduler="", **options) -> Batch:
    """Make the report of every named cohort (outputs/<cohort>/) and the page outputs/index.html.

    options : fields of Options, the same for every cohort; workers : cohorts at a time. each : an adsl column; the one
    named cohort is then split, one report for each value. scheduler : address of a Dask scheduler; without it the
    cohorts run here. progress(done, total, name) is called as cohorts end. A cohort that cannot be reported has its
    errors in its record. Raises CohortError if the request itself is wrong.
    """
    options = Options(**options)
    names = list(dict.fromkeys(names))
    if options.language:
        checked_language(options.language)
    parse_parameters(options.pairs, find_sections(options.only))
    out = Path(out or project().outputs).absolute()
    _check_index(out)
    parts, left_out = _parts(names, each, options.profile)
    request = {"names": names, "pairs": options.pairs, "only": options.only, "each": each, "language": options.language}
    request |= {"profile": options.profile} if options.profile else {}
    key = hashlib.sha256(json.dumps(request).encode()).hexdigest()[:12]
    out.mkdir(parents=True, exist_ok=True)
    with _journal(out / f".batch-{key}.jsonl") as journal:
        recover(out)
        prints = _fingerprints(parts, options)
        records = _fresh(journal, prints, out)
        resumed = len(records)
        workers = Cluster(scheduler, TRIES) if scheduler else Processes(options.workers, tries=TRIES)
        waiting = {name: part for name, part in parts.items() if name not in records}
        progress(len(records), len(parts), "")
        for record in run_tasks(waiting, out, options, workers):
            journal.add({"print": prints[record["name"]], "record": record})
            records[record["name"]] = record
            progress(len(records), len(parts), record["name"])
        ordered = [records[name] for name in parts]
        with speaking(options.language or LANGUAGES[0]):
            index = write_index(out, ordered, _facts(names, each, left_out, options.profile))
        journal.finished = True
    return Batch(index, ordered, left_out, resumed)


def _fresh(journal, prints, out):
    """{name: record} of the reports that the interrupted batch finished and whose inputs are unchanged."""
    lines = [line for line in journal.lines if prints.get(line["record"]["name"]) == line["print"]]
    return {line["record"]["name"]: line["record"] for line in lines if _stands(out, line["record"])}


def _fingerprints(parts, options):
    """{name: what its report depends on}."""
    shared = _shared_digest(options)
    return {name: _fingerprint(shared, part.cohort if part else name, part) for name, part in parts.items()}


def _parts(names, each, profile):
    """{name of the report: its Part, or None for a whole cohort}, and the subjects without a value."""
    if not each:
        return dict.fromkeys(names), []
    from papercheck.files.findings import did_you_mean

    from ..cohort.cohort import list_cohorts

    if names[0] not in list_cohorts():
        raise request_error(f"no cohort {names[0]}", did_you_mean(names[0], list_cohorts()), names[0])
    parts, left_out = split(data_folder() / names[0], each, list_cohorts(), profile)
    if not parts:
        raise request_error(f"no subject of {names[0]} has a value of {each}", "Fill it in.", each)
    return {part.name: part for part in parts}, left_out


def _facts(names, each, left_out, profile) -> dict:
    """What the page says of a cohort that was split; under strict not how many are in no part."""
    from ..cohort.cohort import cohort_meta
    from ..cohort.privacy.profile import is_protected

    if not each:
        return {"each": "", "cohort": "", "left_out": "", "untold": False}
    meta = cohort_meta(names[0])
    asked = profile or meta.profile
    untold = asked == PRIVACY[2] and is_protected(meta, asked)
    return {"each": each, "cohort": names[0], "left_out": left_out, "untold": untold}


def _check_index(out):
    """Only a page that a batch made before may be replaced."""
    page = out / "index.html"
    if page.exists() and GENERATOR not in page.read_text(encoding="utf-8", errors="replace")[:1000]:
        raise request_error(f"{page} is another page", "Move it, or choose another folder with --out.")


def _shared_digest(options) -> str:
    """What all reports of a batch depend on: parameters, notebooks, literature, the workbook itself, the libraries."""
    found = hashlib.sha256(json.dumps([options.pairs, options.only, options.profile]).encode())
    for path in [section.path for section in find_sections(options.only)] + literature_files() + library_files():
        found.update(path.name.encode() + b"\0" + path.read_bytes())
    found.update(" ".join(version(name) for name in LIBRARIES).encode())
    return found.hexdigest()


def _fingerprint(shared, cohort, part) -> str:
    """What the report of one cohort depends on: the above, the part of it, the files of data that it reads."""
    found = hashlib.sha256(f"{shared}\0{part or ''}\0".encode())
    found.update(digest_of(data_files(cohort), data_folder()).encode())
    return found.hexdigest()


def _stands(out, record) -> bool:
    """Whether the report of a finished cohort is still the one that was made; only whole ones count."""
    return record["state"] == "done" and digest(out / record["name"]) == record["digest"]


class _Journal:
    """What a batch has finished, one JSON line a cohort. A line cut off by a kill is not read."""

    def __init__(self, file):
        self.file, self.finished, self.lines = file, False, []
        file.seek(0)
        text = file.read()
        for line in text.split("\n"):
            try:
                self.lines.append(json.loads(line))
            except ValueError:
                continue
        if text and not text.endswith("\n"):
            file.write("\n")

    def add(self, line):
        """Append a line, on the disk when this returns."""
        with naming(Path(self.file.name)):
            self.file.write(json.dumps(line) + "\n")
            self.file.flush()
            os.fsync(self.file.fileno())


@contextmanager
def _journal(path):
    """The journal of this batch, held by one process at a time; it goes when the batch is finished."""
    with open(path, "a+", encoding="utf-8", newline="\n") as file:
        try:
            import fcntl

            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # freed by the system if this process is killed
        except ImportError:  # no such lock on Windows: two equal batches at a time are not refused there
            pass
        except OSError:
            raise request_error("this batch is running already", "Wait for it, or stop it.") from None
        journal = _Journal(file)
        try:
            yield journal
        finally:
            over = journal.finished or not os.fstat(file.fileno()).st_size
            file.close()
            if over:
                path.unlink(missing_ok=True)
