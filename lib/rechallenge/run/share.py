"""What may leave the hospital: a report made, read again file by
file against the data, and packed if it holds nothing of them.
"""

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

from papercheck.files.findings import CohortError, Finding, request_error
from papercheck.files.swap import write_bytes_whole
from papercheck.literature.where import literature_files
from papercheck.vocabulary.dictionary import load_dictionary

from ..cohort.cohort import cohort_meta, load_cohort, telling
from ..cohort.privacy.identifying import Identifying, plain
from ..cohort.privacy.profile import PROTECTED
from ..cohort.privacy.terms import folded, known_terms
from ..context import PRIVACY, current, running
from ..results import quantities
from .archive import FIXED
from .build import Options, make_report
from .library import library_files
from .patient_rows import patient_rows
from .provenance import FILE as CRATE
from .sections import find_sections
from .texts import texts_of

MANIFEST = "MANIFEST.csv"
TEXTS = (".py", ".yml", ".po", ".j2", ".txt", ".js", ".css", ".ipynb", ".csv", ".md")
WORD = re.compile(r"[^\W\d_]{4}|[\u3400-\u9fff]")
NUMBERED = re.compile(r"level \d+'*")
PSEUDONYM = re.compile(r"[PQRXYZK]{1,2}\d{2,}")
FRAME = re.compile(r"<table[^>]*>(.*?)</table>", re.DOTALL)
ROW, CELL = re.compile(r"<tr[^>]*>(.*?)</tr>", re.DOTALL), re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.DOTALL)


@dataclass(frozen=True)
class Leak:
    """Something of the data in a file: where it is, what it is, and as it is written."""

    place: str
    kind: str
    written: str


@dataclass
class Shared:
    """What was packed: the archive, its files, and the sections that failed."""

    path: Path
    files: list[str]
    failed: list
    folder: Path
    profile: str


def share(name: str, options: Options, out=None, progress=lambda done, total, title: None) -> Shared:
    """Make the report of a cohort with its export, and pack it into outputs/NAME-PROFILE.zip if no file holds what
    tells who somebody is.

    Raises CohortError with each place that does; then nothing is packed, and an archive of the same name is gone.
    """
    meta = cohort_meta(name)
    profile = options.profile or meta.profile
    if profile == PRIVACY[0] and meta.kind == PROTECTED:
        raise request_error("the profile internal never leaves", "Share with --profile shared or strict.", profile)
    done = make_report(name, out, replace(options, export=True, profile=profile), progress)
    folder = done.path.parent
    target = folder.with_name(f"{folder.name}-{profile}.zip")
    leaks = list(leaks_of(folder, name, profile)) if meta.kind == PROTECTED else []
    if leaks:
        target.unlink(missing_ok=True)
        raise CohortError([_finding(leak) for leak in leaks])
    write_bytes_whole(target, packed(folder))
    return Shared(target, sorted(files_of(folder)), done.failed, folder, profile)


def _finding(leak) -> Finding:
    action = "Take it out where it comes from (cohort.yml, a notebook, the name of a file), then share again."
    return Finding(leak.place, f"holds what tells who somebody is: {leak.kind}", action, value=leak.written[:60])


def leaks_of(folder: Path, name: str, profile: str = PRIVACY[1]) -> Iterator[Leak]:
    """Every place of a finished folder that holds something of the data of a cohort, each once; under strict also every
    one that tells of single patients.
    """
    with running(replace(current(), privacy=PRIVACY[0])):
        found = telling(name, common_words())
    seen = set()
    rows = of_patients(folder, name, profile) if profile == PRIVACY[2] else ()
    for leak in (*_in_files(folder, found), *_in_places_of_identifiers(folder), *rows):
        if leak not in seen:
            seen.add(leak)
            yield leak


def _in_files(folder, found: Identifying) -> Iterator[Leak]:
    allowed = versions()
    for name, path in files_of(folder).items():
        places = [(f"{name}, name of the file", name), *texts_of(path.read_bytes(), name)]
        for place, text in places:
            if text in own_texts() or name == CRATE and place.endswith(", contentSize"):
                continue
            for kind, written in found.hits(text):
                if written not in allowed:
                    yield Leak(place, kind, written)


def of_patients(folder: Path, name: str, profile: str) -> Iterator[Leak]:
    """Every place that tells of single patients: pseudonyms, and tables with the values of patients."""
    with running(replace(current(), privacy=profile)):
        held = patient_rows(load_cohort(name))
    for file, path in files_of(folder).items():
        data = path.read_bytes()
        places = [*texts_of(data, file), *([(file, data.decode())] if file.endswith((".json", ".ipynb")) else [])]
        for place, text in places:
            yield from (Leak(place, kind, written) for kind, written in held.hits(text, file))


def _in_places_of_identifiers(folder) -> Iterator[Leak]:
    """Where identifiers stand by their nature, nothing but pseudonyms may: so short ones (1, 27) are found too."""
    path = folder / "results.csv"
    if path.exists():
        with open(path, encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                level = row["group"]
                if quantities().get(row["quantity"], {}).get("patient") and level and not PSEUDONYM.fullmatch(level):
                    yield Leak("results.csv, group", "no pseudonym where one must be", level)
    for name, path in files_of(folder).items():
        if name.endswith(".ipynb"):
            for place, text in texts_of(path.read_bytes(), name):
                for cell in _identifier_cells(text):
                    if not PSEUDONYM.fullmatch(cell) and cell != "...":
                        yield Leak(place, "no pseudonym where one must be", cell)


def _identifier_cells(text) -> Iterator[str]:
    """The cells of the column USUBJID of every table in a page."""
    for head, *rows in frames_of_patients(text):
        at = head.index("USUBJID")
        yield from (row[at] for row in rows if len(row) == len(head))


def frames_of_patients(text: str) -> Iterator[list[list[str]]]:
    """The rows of every table in a page that has a column USUBJID, its head first."""
    for table in FRAME.findall(text):
        rows = [[re.sub(r"<[^>]*>", "", c).strip() for c in CELL.findall(row)] for row in ROW.findall(table)]
        if rows and "USUBJID" in rows[0]:
            yield rows


def words_that_leave(name: str, profile: str = "") -> list[str]:
    """The texts and levels of cohort.yml that leave in words of its own: no list knows them, so a person looks through
    them."""
    with running(replace(current(), privacy=profile or cohort_meta(name).profile)):
        meta = load_cohort(name).meta
    columns = load_dictionary()["adsl"].columns
    known = {folded(w) for column in columns.values() for w in (column.label, *column.levels.values())}
    factors = meta.factors.values()
    texts = [meta.title, meta.source, meta.notice, *(c.label for c in meta.eligibility)]
    texts += [factor.label for factor in factors]
    said = dict.fromkeys([*texts, *(label for factor in factors for label in factor.levels.values())])
    return [w for w in said if WORD.search(w) and not NUMBERED.fullmatch(w) and folded(w) not in known | known_terms()]


@cache
def common_words() -> str:
    """What the workbook itself says: a name that it says too (of a statistician, of a drug) tells nobody."""
    paths = [*library_files(), *(s.path for s in find_sections()), *literature_files()]
    return plain(" \n ".join(p.read_text(encoding="utf-8", errors="replace") for p in paths if p.suffix in TEXTS))


@cache
def own_texts() -> frozenset[str]:
    """What stands in every Word and Excel file before anything is written into it: 45000 of its theme is no day."""
    from docx import Document
    from openpyxl import Workbook

    empty = {"a.docx": io.BytesIO(), "a.xlsx": io.BytesIO()}
    Document().save(empty["a.docx"])
    Workbook().save(empty["a.xlsx"])
    return frozenset(
        text for name, file in empty.items() for place, text in texts_of(file.getvalue(), name) if "theme/" in place
    )


@cache
def versions() -> frozenset[str]:
    """The numbers of the versions of what is installed: 3.11.14 is no day."""
    import platform

    return frozenset({platform.python_version(), *(d.version for d in distributions() if d.version)})


def files_of(folder: Path) -> dict[str, Path]:
    """{name within the folder: path} of every file, in their order."""
    return {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*")) if p.is_file()}


def packed(folder: Path) -> bytes:
    """The files of a folder as a ZIP archive with the same bytes at every run, and a list of their SHA-256 digests."""
    files = {name: path.read_bytes() for name, path in files_of(folder).items()}
    lines = ["sha256,bytes,file", *(f'{hashlib.sha256(d).hexdigest()},{len(d)},"{n}"' for n, d in files.items())]
    files[MANIFEST] = ("\n".join(lines) + "\n").encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{folder.name}/{name}", FIXED)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()
