"""What a report was made of, as RO-Crate metadata beside it: hashes of data, notebooks, library and lock, parameters,
seeds, versions.

The digests of patients' data are keyed with the secret of the cohort (HMAC-SHA-256): they tell whoever has the data and
the key whether these are the same, and nobody else anything. Source: RO-Crate 1.1 (doi:10.5281/zenodo.3406497). The
date of publication, which it asks for, is for whoever publishes: no clock goes into a report.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable
from pathlib import Path

from papercheck.files.project import data_folder
from papercheck.literature.cited import FILE as CITED
from papercheck.literature.where import literature_files
from smallsurv.curve import REPLICATES, SEED

from ..cohort.cohort import data_folders
from ..cohort.part import part_named
from ..cohort.privacy.pseudonyms import secret_of
from ..context import current, project
from .library import LIBRARY, library_files

FILE = "ro-crate-metadata.json"
PROFILE = "https://w3id.org/ro/crate/1.1"


def digest_of(paths: Iterable[Path], root: Path, key: bytes = b"") -> str:
    """One digest of files and their names within `root`; with a key one that tells nothing without it."""
    found = hmac.new(key, digestmod=hashlib.sha256) if key else hashlib.sha256()
    for path in sorted(paths):
        data = path.read_bytes()
        place = f"{path.relative_to(root).as_posix()}\0{len(data)}\0"
        found.update(place.encode(errors="surrogateescape") + data)
    return found.hexdigest()


def data_files(name: str) -> list[Path]:
    """Every file of data that the report of a cohort or study depends on: of its folder and of those of the cohorts
    that it declares as evidence, with their folders (curves); and the studies that papers cite. Hidden ones are none:
    the first report makes the secret of its pseudonyms; nor is what Python compiles of a program kept beside them."""
    found = [path for folder in data_folders(name) for path in sorted(folder.rglob("*")) if _is_read(path, folder)]
    cited = data_folder() / CITED
    return [*found, cited] if cited.is_file() else found


def _is_read(path, folder) -> bool:
    hidden = any(part.startswith((".", "~$", "__pycache__")) for part in path.relative_to(folder).parts)
    return not hidden and path.is_file()


def sources(name: str, sections, protected: bool) -> dict[str, str]:
    """{what: digest} of what the sections of a report read, as it stands now: data, notebooks, literature."""
    key = secret_of(data_folders(name)[0]) if protected else b""
    found = {
        "data": digest_of(data_files(name), data_folder(), key),
        "notebooks": digest_of([s.path for s in sections], sections[0].path.parent),
    }
    if literature := literature_files():
        found["literature"] = hashlib.sha256(b"".join(p.read_bytes() for p in literature)).hexdigest()
    return found


def inputs(name: str, sections, protected: bool) -> dict[str, str]:
    """{what: digest} of everything that a report of a cohort or study depends on, as it stands now."""
    found = sources(name, sections, protected) | {"library": digest_of(library_files(), LIBRARY)}
    lock = project().outputs.parent / "requirements.lock"
    return found | ({"lock": digest_of([lock], lock.parent)} if lock.exists() else {})


def crate(work: Path, facts: dict, known: dict, sections, parameters: dict) -> dict:
    """The metadata of a finished folder: what it holds, what made it of what. known : its inputs when it was begun."""
    parts = [_file(p, work) for p in sorted(work.rglob("*")) if p.is_file()]
    used = _used(known, facts["protected"])
    values = _asked(facts, sections, parameters)
    tools = [
        {"@id": f"#{name.lower()}", "@type": "SoftwareApplication", "name": name, "softwareVersion": v}
        for name, v in facts["versions"].items()
    ]
    about = {"@id": FILE, "@type": "CreativeWork", "conformsTo": {"@id": PROFILE}, "about": {"@id": "./"}}
    run = {
        "@id": "#run",
        "@type": "CreateAction",
        "name": "rechallenge report",
        "instrument": _refer(tools),
        "object": _refer([*used, *values]),
        "result": {"@id": "./"},
    }
    graph = [about, _root(facts, parts), *parts, run, *used, *values, *tools]
    return {"@context": f"{PROFILE}/context", "@graph": graph}


def _refer(entries) -> list[dict]:
    return [{"@id": e["@id"]} for e in entries]


def _file(path, work) -> dict:
    data = path.read_bytes()
    name, digest = path.relative_to(work).as_posix(), hashlib.sha256(data).hexdigest()
    return {"@id": name, "@type": "File", "sha256": digest, "contentSize": str(len(data))}


def _root(facts, parts) -> dict:
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": facts["title"],
        "description": f"Report of the cohort or study {facts['name']}.",
        "identifier": facts["name"],
        "hasPart": _refer(parts),
        "mentions": {"@id": "#run"},
    }


def _used(known, protected) -> list[dict]:
    """What the report was made of, each with its digest; that of patients' data keyed."""
    key = ", keyed (HMAC-SHA-256)" if protected else ""
    digests = {what: f"sha256{key if what == 'data' else ''}: {value}" for what, value in known.items()}
    return [{"@id": f"#{w}", "@type": "Dataset", "name": w, "identifier": d} for w, d in digests.items()]


def _asked(facts, sections, parameters) -> list[dict]:
    """What the report was asked for. Of a part its column alone:
    its value is a cell of the data, and its name says which.
    """
    part = part_named(facts["name"])
    asked = {
        "parameters": parameters,
        "sections": [s.number for s in sections],
        "language": facts["language"],
        "profile": facts["profile"],
        "smallest": current().smallest,
        "part": {"cohort": part.cohort, "column": part.column} if part else None,
        "seeds": {"bootstrap": SEED, "replicates": REPLICATES},
    }
    return [
        {"@id": f"#{k}", "@type": "PropertyValue", "name": k, "value": json.dumps(v, ensure_ascii=False)}
        for k, v in asked.items()
    ]


def write_crate(work: Path, facts: dict, known: dict, sections, parameters: dict) -> None:
    """Write the metadata beside a finished report. known : its inputs when it was begun."""
    text = json.dumps(crate(work, facts, known, sections, parameters), ensure_ascii=False, indent=1)
    (work / FILE).write_text(text + "\n", encoding="utf-8", newline="\n")
