"""Read trials.csv and series.csv of a study folder: a stranger adds a study by adding a row.

Source of the layout: tables.yml beside this module.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pandas as pd

from ..files.findings import CohortError, Finding, did_you_mean, link_fault, request_error, shown
from ..files.memory import folder_state, last
from ..files.visible import UNSEEN
from ..files.yamlfile import load_rules
from ..registry.registry import FILE as REGISTRY
from ..registry.registry import Registry, load_registry
from .cells import read_cell
from .checks import row_findings, table_findings
from .where import FILES, list_literature, literature_folders

TEXTS = ("text", "word", "study", "cohort")


@cache
def layout() -> Mapping:
    """tables.yml: the columns of each table, the words, the levels of intervals."""
    return load_rules(Path(__file__).with_name("tables.yml"))


@dataclass(frozen=True)
class Evidence:
    """The literature of a study folder. trials, series : one row a line of the file, every column of the layout
    (numbers as float, text as str, '' or NaN where empty) and `line`; printed : the same tables as text. registry : its
    printed numbers, or None."""

    name: str
    trials: pd.DataFrame
    series: pd.DataFrame
    printed: Mapping[str, pd.DataFrame]
    registry: Registry | None = None
    warnings: tuple[Finding, ...] = ()
    made: dict = field(default_factory=dict, repr=False, compare=False)  # what is shown of it (present/literature.py)


def load_evidence(name) -> Evidence:
    """The literature in the folder `name`; the last one stays in memory until a file of its folder changes.

    Raises CohortError with every fault of its tables, or for an unknown name.
    """
    if name not in list_literature():
        action = did_you_mean(name, list_literature())
        raise request_error(f"no literature {name}: no folder of this name has trials.csv or series.csv", action, name)
    return _evidence(name, literature_folders()[name])


@last(lambda name, folder: (folder_state(folder), _beside(folder)))
def _evidence(name, folder):
    evidence, findings = read_evidence(name)
    if evidence is None:
        raise CohortError(findings)
    return evidence


def _beside(folder) -> tuple[str, ...]:
    """The folders that a row may name as its cohort."""
    return tuple(sorted(path.name for path in folder.parent.iterdir() if path.is_dir()))


def read_evidence(name) -> tuple[Evidence | None, list[Finding]]:
    """The literature (None if there is an error) and every finding, errors first, in the order of the files."""
    folder, tables, printed, findings = literature_folders()[name], {}, {}, []
    beside = list(_beside(folder))
    for table, file in FILES.items():
        rows, faults = _rows(folder / file, table)
        findings += faults
        typed, faults = _typed(rows, table, file, beside)
        findings += faults
        tables[table], printed[table] = _frame(typed, table), _frame(rows, table)
    texts = {table: frame.to_dict("records") for table, frame in printed.items()}
    for table, file in FILES.items():
        for row, text in zip(tables[table].to_dict("records"), texts[table], strict=True):
            findings += row_findings(table, file, row, text)
    findings += table_findings(tables, FILES)
    faulty = {(f.file, f.row, f.column) for f in findings if f.rule.startswith("not ")}
    findings = [
        f for f in dict.fromkeys(findings) if f.rule.startswith("not ") or (f.file, f.row, f.column) not in faulty
    ]
    findings.sort(key=lambda f: (f.severity, f.file != FILES["trials"], f.row or 0))
    if any(f.severity == "error" for f in findings):
        return None, findings
    registry = _registry(folder)
    return Evidence(name, tables["trials"], tables["series"], printed, registry, tuple(findings)), findings


def _registry(folder) -> Registry | None:
    """The printed numbers beside the tables; None where there are
    none, or faulty ones: their own check names the faults.
    """
    try:
        return load_registry(folder / REGISTRY) if (folder / REGISTRY).is_file() else None
    except CohortError:
        return None


def _rows(path, table) -> tuple[list[dict], list[Finding]]:
    """The lines of a file as {column: text, 'line': number}; none for a file that is not there."""
    if not path.is_file():
        return [], []
    known, fault = layout()[table]["columns"], link_fault(path)
    if fault:
        return [], [fault]
    try:
        reader = csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""), strict=True)
        lines = [(cells, reader.line_num) for cells in reader]
        if lines and len(lines[0][0]) == 1 and (other := set(lines[0][0][0]) & set(";\t")):
            name = "semicolons" if ";" in other else "tabs"
            rule = f"the columns are separated by {name}"
            return [], [
                Finding(path.name, rule, "Save it as CSV with commas between the columns and points in numbers.", row=1)
            ]
    except UnicodeDecodeError:
        return [], [Finding(path.name, "the file is not UTF-8 text", "Save it again as CSV UTF-8.")]
    except csv.Error as error:
        return [], [Finding(path.name, f"not valid CSV: {error}", "Save it again as CSV UTF-8.")]
    if not lines:
        return [], [Finding(path.name, "the file is empty", f"Start with a line of column names: {', '.join(known)}.")]
    header = [cell.strip() for cell in lines[0][0]]
    findings = _faults_of_header(path.name, header, known)
    if any(spec.get("needed") and column not in header for column, spec in known.items()):
        lines = lines[:1]  # without it every row would be faulted for the same
    rows = []
    for cells, line in lines[1:]:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            action = "Put texts with a comma in quotation marks; write an empty cell for what is not known."
            rule = f"{len(cells)} cells under {len(header)} column names"
            findings.append(Finding(path.name, rule, action, row=line))
            continue
        rows.append(dict(zip(header, (UNSEEN.sub("", cell).strip() for cell in cells), strict=True)) | {"line": line})
    return rows, findings


def _faults_of_header(name, header, known) -> list[Finding]:
    """Columns that are not known, stand twice or are missing."""
    findings = []
    for i, column in enumerate(header):
        if column not in known:
            findings.append(Finding(name, "unknown column", did_you_mean(column, known), row=1, column=shown(column)))
        elif column in header[:i]:
            findings.append(Finding(name, "the column stands twice", "Keep one of the two.", row=1, column=column))
    return findings + [
        Finding(name, "the column is missing", "Add it.", row=1, column=column)
        for column, spec in known.items()
        if spec.get("needed") and column not in header
    ]


def _typed(rows, table, file, folders) -> tuple[list[dict], list[Finding]]:
    """The rows with numbers as numbers; a cell that cannot be read becomes empty and a finding."""
    typed, findings = [], []
    for row in rows:
        values = {"line": row["line"]}
        for column, spec in layout()[table]["columns"].items():
            text = row.get(column, "")
            if not text and spec.get("needed") and column in row:
                findings.append(
                    Finding(file, "a row needs it", "Fill it in.", row["line"], column, row.get("study", ""))
                )
            values[column], fault = read_cell(text, spec, layout(), folders)
            if fault:
                severity = (
                    "warning" if spec["type"] == "cohort" else "error"
                )  # the table may travel without the cohorts
                place = row["line"], column, row.get("study", ""), shown(text), severity
                findings.append(Finding(file, *fault, *place))
        typed.append(values)
    return typed, findings


def _frame(rows, table) -> pd.DataFrame:
    columns = [*layout()[table]["columns"], "line"]
    frame = pd.DataFrame(rows, columns=columns)
    texts = [c for c in columns if c == "line" or layout()[table]["columns"][c]["type"] in TEXTS]
    return frame.astype({c: object for c in texts if c != "line"})
