"""Two reports number by number: what changed, what is new, what is gone; parameters and versions that differ."""

import csv
import json
import math
import re
from dataclasses import dataclass, field
from pathlib import Path

from papercheck.files.findings import CohortError, did_you_mean, request_error

from ..context import project
from ..results import COLUMNS
from ..text.words import ledger_value

PLACE = tuple(name for name in COLUMNS if name != "value")
FIRST_EDITION = ("section", "item", "by", "group", "statistic", "value", "unit", "method")
TOLERANCE = 1e-9  # relative: below it a number is the same; machines differ in the last digits
RUN = re.compile(r'<script type="application/json" id="run">(.*?)</script>', re.DOTALL)


@dataclass
class Run:
    """One report: rows as {place with its count: value};
    parameters, versions: None if the report does not carry them.
    """

    path: Path
    rows: dict
    parameters: dict | None = None
    versions: dict | None = None


@dataclass
class Comparison:
    """changed: (place, first, second); added, gone: (place, value); parameters, versions: {name: (first, second)}."""

    first: Run
    second: Run
    changed: list = field(default_factory=list)
    added: list = field(default_factory=list)
    gone: list = field(default_factory=list)
    parameters: dict = field(default_factory=dict)
    versions: dict = field(default_factory=dict)
    nearly: int = 0  # numbers that differ by less than TOLERANCE

    @property
    def same(self) -> bool:
        """Whether every number is the same; parameters and versions only explain."""
        return not (self.changed or self.added or self.gone)


def compare_runs(first, second) -> Comparison:
    """Compare two reports, each named by its folder, its report.html, or its cohort (outputs/<cohort>/).

    Raises CohortError with everything that is wrong with either.
    """
    runs, findings = [], []
    for name in (first, second):
        try:
            runs.append(read_run(name))
        except CohortError as error:
            findings += error.findings
    if findings:
        raise CohortError(list(dict.fromkeys(findings)))
    done = Comparison(*runs)
    a, b = (run.rows for run in runs)
    done.gone = [(place[:-1], value) for place, value in a.items() if place not in b]
    done.added = [(place[:-1], value) for place, value in b.items() if place not in a]
    for place, value in a.items():
        if place in b and b[place] != value:
            if _close(value, b[place]):
                done.nearly += 1
            else:
                done.changed.append((place[:-1], value, b[place]))
    done.parameters = _differing(*(run.parameters for run in runs))
    done.versions = _differing(*(run.versions for run in runs))
    return done


def read_run(name) -> Run:
    """The numbers of one report, and what it says of its making. Raises CohortError."""
    folder = report_folder(str(name))
    made = RUN.search((folder / "report.html").read_text(encoding="utf-8", errors="replace"))
    try:
        facts = json.loads(made.group(1)) if made else {}
        told = [facts.get(what) for what in ("parameters", "versions")]
        good = all(part is None or isinstance(part, dict) for part in told)
    except (ValueError, AttributeError, RecursionError):
        good = False
    if not good:
        raise request_error(
            f"what {folder / 'report.html'} says of its making is not as it was written", "Make it again."
        )
    return Run(folder, _read_rows(folder / "results.csv"), *told)


def as_json(done: Comparison) -> str:
    """Everything, unrounded."""
    named = lambda place, **more: dict(zip(PLACE, place, strict=True)) | more  # noqa: E731
    return json.dumps(
        {
            "runs": [str(run.path) for run in (done.first, done.second)],
            "same": done.same,
            "nearly_the_same": done.nearly,
            "changed": [named(p, first=a, second=b) for p, a, b in done.changed],
            "added": [named(p, value=v) for p, v in done.added],
            "gone": [named(p, value=v) for p, v in done.gone],
            "parameters": done.parameters,
            "versions": done.versions,
        },
        ensure_ascii=False,
        indent=1,
    )


def report_folder(name) -> Path:
    """The folder of a report from its name. Raises CohortError."""
    path = Path(name)
    folder = path.parent if path.is_file() and path.name == "report.html" else path
    if not folder.exists() and (project().outputs / name).is_dir():
        folder = project().outputs / name
    if folder.is_dir() and (folder / "report.html").is_file():
        if (folder / "results.csv").is_file():
            return folder
        raise request_error(f"{folder} has no results.csv", "Make the report again, or name another folder.")
    if folder.is_dir():
        raise request_error(f"{folder} is no report: it has no report.html", "Name the folder that holds report.html.")
    if path.is_file():
        raise request_error(f"{path} is no report.html", "Name report.html, or the folder that holds it.")
    known = sorted(p.parent.name for p in project().outputs.glob("*/report.html"))
    raise request_error(
        f"no report {name}", f"Name a folder, a report.html or a cohort with a report. {did_you_mean(name, known)}"
    )


def _read_rows(path) -> dict:
    """{(place..., how often it was seen before): value}. Raises CohortError."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            head, *rows = list(csv.reader(file, strict=True)) or [[]]
    except (UnicodeDecodeError, csv.Error) as error:
        raise request_error(f"{path} cannot be read: {error}", "Make the report again.") from None
    if tuple(head) == FIRST_EDITION:
        rule = f"{path} is of the first edition of the workbook: its numbers have no ids"
        raise request_error(rule, "Make that report again with this version, then compare.")
    if tuple(head) != COLUMNS:
        rule = f"{path} has the columns {', '.join(head) or 'none'}; a report has {', '.join(COLUMNS)}"
        raise request_error(rule, "Compare reports of this version of the workbook: make the older one again.")
    found, seen = {}, {}
    for number, cells in enumerate(rows, 2):
        if len(cells) != len(COLUMNS):
            raise request_error(
                f"{path}, row {number}, has {len(cells)} cells in place of {len(COLUMNS)}", "Make the report again."
            )
        row = dict(zip(COLUMNS, cells, strict=True))
        place = tuple(row[name] for name in PLACE)
        seen[place] = seen.get(place, -1) + 1
        found[(*place, seen[place])] = row["value"]
    return found


def _close(a, b) -> bool:
    x, y = ledger_value(a), ledger_value(b)
    return x is not None and y is not None and math.isclose(x, y, rel_tol=TOLERANCE)


def _differing(a, b) -> dict:
    """{name: (first, second)} of what differs; None where one of them lacks it."""
    if a is None or b is None:
        return {}
    return {name: (a.get(name), b.get(name)) for name in dict.fromkeys([*a, *b]) if a.get(name) != b.get(name)}
