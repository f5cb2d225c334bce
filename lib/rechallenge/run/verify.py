"""Whether a report is what its data, notebooks and libraries give: its files as they were written, its inputs, its numbers anew."""

import hashlib
import json
import platform
import tempfile
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

from papercheck.files.findings import request_error

from ..cohort.cohort import cohort_meta, list_cohorts
from ..cohort.privacy.profile import is_protected
from .build import LIBRARIES, Options, make_report
from .compare import Comparison, compare_runs, report_folder
from .provenance import FILE, inputs
from .sections import find_sections


@dataclass
class Verified:
    """What was found. files : those that are no longer as written; changed : {what: why} of inputs and versions that differ;
    numbers : the report against the one that was made anew."""

    folder: Path
    files: list[str]
    changed: dict[str, str]
    numbers: Comparison
    same: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether the files are as written and every number comes out again."""
        return not self.files and self.numbers.same


def verify(name) -> Verified:
    """Verify a report, named by its folder, its report.html or its cohort. Raises CohortError where it cannot be made again."""
    folder = report_folder(str(name))
    path = folder / FILE
    if not path.exists():
        raise request_error(f"{folder} has no {FILE}", "Make the report again with this version.", str(name))
    entries = {e["@id"]: e for e in json.loads(path.read_text(encoding="utf-8"))["@graph"]}
    asked = {e["name"]: json.loads(e["value"]) for e in entries.values() if e["@type"] == "PropertyValue"}
    cohort = entries["./"]["identifier"]
    files = [e["@id"] for e in entries.values() if e["@type"] == "File" and not _as_written(folder, e)]
    sections = find_sections(asked["sections"])
    protected = cohort in list_cohorts() and is_protected(cohort_meta(cohort), asked["profile"])
    then = {
        e["name"]: e["identifier"].rpartition(" ")[2]
        for e in entries.values()
        if e["@type"] == "Dataset" and e["@id"] != "./"
    }
    now = inputs(cohort, sections, protected)
    changed = {what: "another digest" for what in dict.fromkeys([*then, *now]) if then.get(what) != now.get(what)}
    versions = {"Python": platform.python_version()} | {lib: version(lib) for lib in LIBRARIES}
    made = {e["name"]: e["softwareVersion"] for e in entries.values() if e["@type"] == "SoftwareApplication"}
    changed |= {
        k: f"{made.get(k)} then, {versions.get(k)} now"
        for k in dict.fromkeys([*made, *versions])
        if made.get(k) != versions.get(k)
    }
    same = [k for k in [*now, *versions] if k not in changed]
    numbers, other = _again(folder, cohort, asked)
    if (
        not changed
    ):  # the digests stand beside the files, and who rewrites one can rewrite both: the same inputs give the same bytes
        files = sorted({*files, *other})
    return Verified(folder, files, changed, numbers, same)


def _as_written(folder, entry) -> bool:
    path = folder / entry["@id"]
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == entry["sha256"]


def _again(folder, cohort, asked) -> tuple[Comparison, list[str]]:
    """The report against one that is made now in a folder of its own, with the same parameters; the files of other bytes."""
    pairs = tuple(f"{k}={','.join(map(str, v)) if isinstance(v, list) else v}" for k, v in asked["parameters"].items())
    options = Options(pairs, tuple(asked["sections"]), language=asked["language"])
    options = replace(options, profile=asked["profile"])
    with tempfile.TemporaryDirectory() as place:
        made = make_report(cohort, place, options).path.parent
        return compare_runs(folder, made), _of_other_bytes(folder, made)


def _of_other_bytes(folder, made) -> list[str]:
    """The files of a report made now that stand in the folder with other bytes, or not at all."""
    names = (path.relative_to(made).as_posix() for path in sorted(made.rglob("*")) if path.is_file())
    return [n for n in names if not (folder / n).is_file() or (folder / n).read_bytes() != (made / n).read_bytes()]
