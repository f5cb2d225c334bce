"""Files in: CSV and Excel to tables of text, with the line of each row; Parquet to typed tables."""

import csv
import datetime
import io
import re
from pathlib import Path

import pandas as pd

from .dictionary import load_dictionary
from .findings import Finding, did_you_mean, shown
from .parquet import SUFFIX, read_parquet

OTHER_FORMATS = (
    ".xls",
    ".xlsm",
    ".xlsb",
    ".ods",
    ".numbers",
    ".sav",
    ".dta",
    ".tsv",
    ".txt",
    ".xpt",
    ".sas7bdat",
)
IGNORED_SHEETS = ("columns",)  # the explanation sheet of the template


def read_tables(folder: Path, encoding: str = "") -> tuple[dict, list[Finding]]:
    """The tables found in a cohort folder, as written: {table: (file, frame)} and the faults.

    A frame holds text cells (None where empty); its index is the line in the file, header = 1. The frame of a Parquet
    file holds typed columns, and its index counts rows from 1.
    """
    tables, faults = {}, []
    names = load_dictionary()
    for path in sorted(folder.iterdir()):
        kind, name = path.suffix.lower(), path.stem.lower()
        if path.name.startswith((".", "~$")) or not path.is_file():  # ~$: lock file of an open Excel
            continue
        if kind == ".csv" and name in names:
            _add(tables, faults, name, path.name, *read_csv(path, encoding))
        elif kind == SUFFIX and name in names:
            _add(tables, faults, name, path.name, *read_parquet(path))
        elif kind == ".xlsx":
            sheets, sheet_faults = read_excel(path)
            faults += sheet_faults
            for sheet, (table, frame) in sheets.items():
                _add(tables, faults, table, f"{path.name}[{sheet}]", frame, [])
        elif kind in (".csv", SUFFIX):
            action = did_you_mean(name, names)
            faults.append(Finding(path.name, "not a table of the dictionary; not read", action, severity="warning"))
        elif kind in OTHER_FORMATS:
            action = "Save it as .xlsx or .csv."
            faults.append(Finding(path.name, "a format that is not read", action, severity="warning"))
    return tables, faults


def _add(tables, faults, name, file, frame, new_faults):
    faults += new_faults
    if name in tables:
        faults.append(Finding(file, f"the table {name} stands in {tables[name][0]} as well", "Keep one of the two."))
    elif frame is not None:
        tables[name] = (file, frame)


def read_csv(path: Path, encoding: str = "") -> tuple[pd.DataFrame | None, list[Finding]]:
    """A CSV file as text cells. Reads UTF-8 (with or without mark) and GB18030; comma, semicolon or tab."""
    data = path.read_bytes()
    text = None
    for codec in [encoding] if encoding else ["utf-8-sig", "gb18030"]:
        try:
            text = data.decode(codec)
            break
        except (UnicodeDecodeError, LookupError):
            continue
    if text is None or "\x00" in text:
        return None, [Finding(path.name, "the text encoding is not known", "Save it again as CSV UTF-8.")]
    if not text.strip():
        return None, [Finding(path.name, "the file is empty", "Fill it or delete it.")]
    text = text.lstrip("\ufeff")
    skipped = len(text) - len(text.lstrip("\r\n "))
    header = text[skipped:].split("\n", 1)[0]
    told = re.match(r"sep=(.)\s*$", header)  # a line that Excel writes
    delimiter = told.group(1) if told else max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows, lines, faults = [], [], []
    if codec == "gb18030" and not encoding:
        action = "If names look wrong, save the file as UTF-8, or declare its `encoding` in cohort.yml."
        faults.append(Finding(path.name, "not UTF-8; read as Chinese text (GB18030)", action, severity="warning"))
    try:
        for row in reader:
            if any(cell.strip() for cell in row) and not (told and row[0] == "sep="):
                rows.append(row)
                lines.append(reader.line_num)
    except csv.Error as error:
        what = "the file ends inside a quoted value" if "unexpected end" in str(error) else f"unreadable ({error})"
        return None, [Finding(path.name, what, "The file may be cut off: export it again.", row=reader.line_num)]
    for row, line in zip(rows[1:], lines[1:], strict=True):
        if len(row) != len(rows[0]):
            faults.append(
                Finding(path.name, f"{len(row)} cells where the header has {len(rows[0])}",
                        "The file may be cut off or hold an unquoted comma: export it again.", row=line)
            )  # fmt: skip
    if any(f.severity == "error" for f in faults):
        return None, faults
    frame, more = _frame(path.name, rows, lines)
    return frame, faults + more


def read_excel(path: Path) -> tuple[dict, list[Finding]]:
    """The sheets of a workbook whose names are tables: {sheet: (table, frame)}; a single sheet of another name is adsl."""
    from openpyxl import load_workbook

    try:
        book = load_workbook(path)
    except Exception:  # openpyxl lets the faults of a broken file through as they come
        fault = Finding(
            path.name, "not a readable .xlsx file", "Open it in Excel and save it as .xlsx without password."
        )
        return {}, [fault]
    has_formula = any(cell.data_type == "f" for sheet in book.worksheets for row in sheet.iter_rows() for cell in row)
    stored = load_workbook(path, data_only=True) if has_formula else book
    names = load_dictionary()
    sheets = [s for s in book.worksheets if s.title.strip().lower() not in IGNORED_SHEETS]
    tables, faults = {}, []
    for sheet in sheets:
        name = sheet.title.strip().lower()
        file = f"{path.name}[{sheet.title}]"
        if name not in names:
            if len(sheets) > 1:
                faults.append(
                    Finding(
                        file, "not a table of the dictionary; not read", did_you_mean(name, names), severity="warning"
                    )
                )
                continue
            name = "adsl"
        if sheet.merged_cells.ranges:
            areas = ", ".join(str(r) for r in sheet.merged_cells.ranges)
            faults.append(Finding(file, f"merged cells at {areas}", "Unmerge them: one header row, one cell a value."))
            continue
        rows, lines = [], []
        for i, row in enumerate(sheet.iter_rows(), start=1):
            cells = [_cell(file, i, cell, stored[sheet.title], faults) for cell in row]
            if any(cells):
                rows.append(cells)
                lines.append(i)
        if not rows:
            if name == "adsl":
                faults.append(Finding(file, "the sheet is empty", "Fill in one row a subject."))
            continue
        frame, frame_faults = _frame(file, rows, lines)
        optional = name != "adsl" and frame is not None and frame.empty
        if not optional:  # an untouched sheet of the template is an absent table
            faults += frame_faults
            if frame is not None:
                tables[sheet.title] = name, frame
    return tables, faults


def _cell(file, row, cell, stored, faults):
    value = cell.value
    if cell.data_type == "f":
        value = stored[cell.coordinate].value
        if re.match(r"=\s*HYPERLINK|=\s*WEBSERVICE|=.*\|", str(cell.value), re.IGNORECASE):
            faults.append(Finding(file, "a link or command formula", "Replace it by its value.", row=row,
                                  column=cell.column_letter, value=shown(cell.value)))  # fmt: skip
        elif value is None:
            faults.append(Finding(file, "a formula without a stored value", "Open it in Excel, save it, try again.",
                                  row=row, column=cell.column_letter, value=shown(cell.value)))  # fmt: skip
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _frame(file, rows, lines):
    header = [cell.strip() for cell in rows[0]]
    while header and not header[-1] and not any(len(r) >= len(header) and r[len(header) - 1].strip() for r in rows):
        header.pop()
    faults = []
    for i, name in enumerate(header):
        if not name:
            faults.append(Finding(file, f"column {i + 1} has no name", "Name it or delete it.", row=lines[0]))
        elif name in header[:i]:
            faults.append(
                Finding(file, "the column name stands twice", "Rename or delete one.", row=lines[0], column=shown(name))
            )
    if faults:
        return None, faults
    body = [[cell.strip() or None for cell in row[: len(header)]] for row in rows[1:]]
    frame = pd.DataFrame(body, columns=header, index=pd.Index(lines[1:], name="line"), dtype=object)
    if frame.empty:
        faults.append(Finding(file, "the table has a header and no rows", "Fill it or delete it."))
    return frame, faults
