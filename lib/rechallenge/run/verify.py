"""Whether a report is what its data, notebooks and libraries give:
its files as they were written, its inputs, its numbers anew.
"""

import csv
import hashlib
import json
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

from papercheck.files.findings import request_error
from papercheck.files.project import data_folder

from ..cohort.cohort import cohort_meta, list_cohorts
from ..cohort.part import part_named, split
from ..cohort.privacy.profile import is_protected
from ..context import PRIVACY, Part, current, running
from ..results import read_ledger
from .build import Options, library_versions, make_report
from .compare import Comparison, compare_runs, report_folder
from .provenance import FILE, inputs
from .second_opinion import SecondOpinion, opinion_of
from .sections import find_sections

ASKED = {  # what the metadata of a report say of how it was made, and of what kind that is
    "parameters": dict,
    "sections": list,
    "language": str,
    "profile": str,
    "part": dict | None,
}


@dataclass
class Verified:
    """What was found. files : those that are no longer as written; changed : {what: why} of inputs and versions that
    differ;
    numbers : the report against the one that was made anew."""

    folder: Path
    files: list[str]
    changed: dict[str, str]
    numbers: Comparison
    same: list[str] = field(default_factory=list)
    opinion: SecondOpinion | None = None  # None where there are no patients, or strict rounded the numbers

    @property
    def good(self) -> bool:
        """Whether the files are as written, every number comes out again, and no other library finds another one."""
        return not self.files and self.numbers.same and not (self.opinion and self.opinion.different)


def verify(name) -> Verified:
    """Verify a report, named by its folder, its report.html or its
    cohort. Raises CohortError where it cannot be made again.
    """
    folder = report_folder(str(name))
    path = folder / FILE
    if not path.exists():
        raise request_error(f"{folder} has no {FILE}", "Make the report again with this version.", str(name))
    entries, cohort, asked = _told(path)
    files = [e["@id"] for e in entries.values() if e["@type"] == "File" and not _as_written(folder, e)]
    files += _added(folder, entries)
    with running(replace(current(), part=_part(cohort, asked))):
        changed, same = _changed(entries, cohort, asked)
        numbers, other = _again(folder, cohort, asked)
        opinion = _opinion(folder, cohort, asked)
    if (
        not changed
    ):  # digests stand beside the files, and who rewrites one can rewrite both: the same inputs give the same bytes
        files = sorted({*files, *other})
    return Verified(folder, files, changed, numbers, same, opinion)


def _told(path) -> tuple[dict, str, dict]:
    """{id: entry} of the metadata of a report, its cohort, and what was asked for. Raises CohortError where they are
    not as they were written."""
    try:
        entries = {e["@id"]: e for e in json.loads(path.read_text(encoding="utf-8"))["@graph"]}
        asked = {e["name"]: json.loads(e["value"]) for e in entries.values() if e["@type"] == "PropertyValue"}
        cohort = entries["./"]["identifier"]
        digests = [e["sha256"] for e in entries.values() if e["@type"] == "File"]
        good = all(isinstance(asked[name], kind) for name, kind in ASKED.items())
        good = good and all(isinstance(asked["part"][key], str) for key in ("cohort", "column") if asked["part"])
        texts = (cohort, *digests, *asked["sections"])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        good, texts = False, ()
    if not good or not all(isinstance(text, str) for text in texts):
        raise request_error(f"{path} is not as it was written", "Make the report again.")
    return entries, cohort, asked


def _part(name, asked) -> Part | None:
    """The part of a cohort that a report was of, found by its
    column and its name. Raises CohortError where it is gone.
    """
    of = asked.get("part")
    if not of:
        return None
    parts, _ = split(data_folder() / of["cohort"], of["column"], list_cohorts(), asked["profile"])
    found = next((part for part in parts if part.name == name), None)
    if found is None:
        rule = f"{of['cohort']} has no part {name} by {of['column']} any more"
        raise request_error(rule, "The data are others than those of the report.", name)
    return found


def _changed(entries, cohort, asked) -> tuple[dict[str, str], list[str]]:
    """{what: why} of the inputs and versions that differ from those then, and those that do not."""
    known = cohort in list_cohorts() or part_named(cohort) is not None
    protected = known and is_protected(cohort_meta(cohort), asked["profile"])
    used = [e for e in entries.values() if e["@type"] == "Dataset" and e["@id"] != "./"]
    then = {e["name"]: e["identifier"].rpartition(" ")[2] for e in used}
    now = inputs(cohort, find_sections(asked["sections"]), protected)
    changed = {what: "another digest" for what in dict.fromkeys([*then, *now]) if then.get(what) != now.get(what)}
    versions = library_versions()
    made = {e["name"]: e["softwareVersion"] for e in entries.values() if e["@type"] == "SoftwareApplication"}
    for k in dict.fromkeys([*made, *versions]):
        if made.get(k) != versions.get(k):
            changed[k] = f"{made.get(k)} then, {versions.get(k)} now"
    return changed, [k for k in [*now, *versions] if k not in changed]


def _opinion(folder, cohort, asked) -> SecondOpinion | None:
    """The numbers of the report as it stands, by other libraries."""
    path = folder / "results.csv"
    with open(path, encoding="utf-8", newline="") as file:
        try:
            results = read_ledger(csv.DictReader(file))
        except ValueError as error:
            raise request_error(f"{path} is not as it was written: {error}", "Make the report again.") from None
    with running(replace(current(), cohort=cohort, privacy=asked["profile"] or PRIVACY[0])):
        return opinion_of(cohort, results, asked["parameters"])


def _added(folder, entries) -> list[str]:
    """The files of the folder that no report wrote there; those of a system (.DS_Store) begin with a dot."""
    names = (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file())
    return [n for n in names if n not in entries and n != FILE and not n.rpartition("/")[2].startswith(".")]


def _as_written(folder, entry) -> bool:
    path = folder / entry["@id"]
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == entry["sha256"]


def _again(folder, cohort, asked) -> tuple[Comparison, list[str]]:
    """The report against one that is made now in a folder of its
    own, with the same parameters; the files of other bytes.
    """
    pairs = tuple(f"{k}={','.join(map(str, v)) if isinstance(v, list) else v}" for k, v in asked["parameters"].items())
    options = Options(pairs, tuple(asked["sections"]), language=asked["language"])
    options = replace(options, profile=asked["profile"], smallest=asked.get("smallest"))
    with tempfile.TemporaryDirectory() as place:
        made = make_report(cohort, place, options).path.parent
        return compare_runs(folder, made), _of_other_bytes(folder, made)


def _of_other_bytes(folder, made) -> list[str]:
    """The files of a report made now that stand in the folder with other bytes, or not at all."""
    names = (path.relative_to(made).as_posix() for path in sorted(made.rglob("*")) if path.is_file())
    return [n for n in names if not (folder / n).is_file() or (folder / n).read_bytes() != (made / n).read_bytes()]
