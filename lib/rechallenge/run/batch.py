"""Many reports in one go: each cohort on its own, the others finish whatever happens to one, an interrupted batch resumes."""

import hashlib
import json
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from papercheck.files.findings import request_error
from papercheck.files.project import PROJECT, data_folder
from papercheck.literature.table import literature_files

from ..cohort.part import split
from ..text.language import checked_language
from .build import GENERATOR, LIBRARIES
from .index import write_index
from .run import can_fork
from .sections import find_sections, parse_parameters
from .task import digest, run_forked, run_in_threads, run_on_dask

PACKAGE = Path(__file__).resolve().parents[2]  # the three packages
SOURCES = (".py", ".yml", ".j2", ".css", ".js")


@dataclass
class Batch:
    """What a batch made: the index page, a record of each cohort in the order asked for, and the subjects in no part."""

    index: Path
    records: list[dict]
    left_out: list[str] = field(default_factory=list)
    resumed: int = 0  # reports kept from the interrupted run


def run_batch(
    names, pairs=(), out=None, only=(), kernels=None, each="", scheduler="", workers=None,
    progress=lambda done, total, name: None, language="",
) -> Batch:  # fmt: skip
    """Make the report of every named cohort (outputs/<cohort>/) and the page outputs/index.html.

    pairs, out, only, kernels, language : as in build_report, the same for every cohort. each : an adsl column; the one named
    cohort is then split, one report for each value. scheduler : address of a Dask scheduler; without it the cohorts run
    here, `workers` at a time (None: as many as cores). progress(done, total, name) is called as cohorts end.
    A cohort that cannot be reported has its errors in its record. Raises CohortError if the request itself is wrong.
    """
    names = list(dict.fromkeys(names))
    language = checked_language(language) if language else ""
    parse_parameters(pairs, find_sections(only))
    out = Path(out or PROJECT / "outputs").resolve()
    _check_index(out)
    parts, left_out = _parts(names, each, out)
    request = {"names": names, "pairs": list(pairs), "only": list(only), "each": each, "language": language}
    key = hashlib.sha256(json.dumps(request).encode()).hexdigest()[:12]
    shared = _shared_digest(pairs, only)
    tasks = {
        name: {
            "name": name, "pairs": list(pairs), "out": str(out), "only": list(only), "kernels": kernels,
            "data": str(data_folder().resolve()), "part": part.as_text() if part else "", "scratch": f"batch-{key}-",
            "language": language,
        }
        for name, part in parts.items()
    }  # fmt: skip
    prints = {name: _fingerprint(shared, part.cohort if part else name, task["part"])
              for (name, part), task in zip(parts.items(), tasks.values(), strict=True)}  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    with _journal(out / f".batch-{key}.jsonl") as journal:
        _sweep(out, key)
        records = {
            line["record"]["name"]: line["record"]
            for line in journal.lines
            if prints.get(line["record"]["name"]) == line["print"] and _stands(out, line["record"])
        }
        resumed = len(records)
        waiting = [task for name, task in tasks.items() if name not in records]
        progress(len(records), len(tasks), "")
        for record in _run(waiting, scheduler, kernels, workers):
            journal.add({"print": prints[record["name"]], "record": record})
            records[record["name"]] = record
            progress(len(records), len(tasks), record["name"])
        ordered = [records[name] for name in tasks]
        index = write_index(out, ordered, {"each": each, "cohort": names[0] if each else "", "left_out": left_out})
        _sweep(out, key)
        journal.finished = True
    return Batch(index, ordered, left_out, resumed)


def _run(tasks, scheduler, kernels, workers):
    if scheduler and tasks:
        return run_on_dask(tasks, scheduler)
    return run_forked(tasks, workers) if can_fork() and not kernels else run_in_threads(tasks, workers)


def _parts(names, each, out):
    """{name of the report: its Part, or None for a whole cohort}, and the subjects without a value."""
    if not each:
        return dict.fromkeys(names), []
    from papercheck.files.findings import did_you_mean

    from ..cohort.cohort import list_cohorts

    if names[0] not in list_cohorts():
        raise request_error(f"no cohort {names[0]}", did_you_mean(names[0], list_cohorts()), names[0])
    parts, left_out = split(data_folder() / names[0], each, list_cohorts())
    if not parts:
        raise request_error(f"no subject of {names[0]} has a value of {each}", "Fill it in.", each)
    return {part.name: part for part in parts}, left_out


def _check_index(out):
    """Only a page that a batch made before may be replaced."""
    page = out / "index.html"
    if page.exists() and GENERATOR not in page.read_text(encoding="utf-8", errors="replace")[:1000]:
        raise request_error(f"{page} is another page", "Move it, or choose another folder with --out.")


def _shared_digest(pairs, only) -> str:
    """What all reports of a batch depend on: parameters, notebooks, literature, the workbook itself, the libraries."""
    found = hashlib.sha256(json.dumps([list(pairs), list(only)]).encode())
    files = [p for p in sorted(PACKAGE.rglob("*")) if p.suffix in SOURCES]
    for path in [section.path for section in find_sections(only)] + literature_files() + files:
        found.update(path.name.encode() + b"\0" + path.read_bytes())
    found.update(" ".join(version(name) for name in LIBRARIES).encode())
    return found.hexdigest()


def _fingerprint(shared, cohort, part) -> str:
    """What the report of one cohort depends on: the above, the files of its folder, the part of it."""
    found = hashlib.sha256(f"{shared}\0{part}".encode())
    folder = data_folder() / cohort
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_file():
            found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def _stands(out, record) -> bool:
    """Whether the report of a finished cohort is still the one that was made; only whole ones count."""
    return record["state"] == "done" and digest(out / record["name"]) == record["digest"]


def _sweep(out, key):
    """Remove the unfinished folders that killed processes of this batch left."""
    for path in out.glob(f".batch-{key}-*"):
        shutil.rmtree(path, ignore_errors=True)


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
