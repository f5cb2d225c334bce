"""Files in: CSV and Excel to tables of text, with the line of each row; Parquet, SPSS, Stata and SAS to typed tables."""

import csv
import datetime
import gzip
import io
import re
import zlib
from pathlib import Path

import pandas as pd

from papercheck.files.findings import Finding, did_you_mean, shown
from papercheck.vocabulary.dictionary import load_dictionary

from ..declare.source import missing_file, subject_column, subjects_of, take_rows
from .parquet import SUFFIX, read_parquet
from .statfile import READERS, read_statfile

OTHER_FORMATS = (".xls", ".xlsm", ".xlsb", ".ods", ".numbers", ".tsv", ".txt", ".rds", ".rdata")
READ = (".csv", ".xlsx", SUFFIX, *READERS)
NO_ROWS = "the table has a header and no rows"
IGNORED_SHEETS = ("columns",)  # the explanation sheet of the template


def kind_of(path: Path) -> str:
    """The suffix that says how a file is read; a gzipped CSV is a CSV."""
    return ".csv" if path.name.lower().endswith(".csv.gz") else path.suffix.lower()


def stem_of(path: Path) -> str:
    """The name of a file without what kind_of reads."""
    return path.name[:-7] if path.name.lower().endswith(".csv.gz") else path.stem


def read_tables(folder: Path, meta) -> tuple[dict, list[Finding]]:
    """The tables found in a cohort folder, as written: {table: (file, frame)} and the faults.

    A frame holds text cells (None where empty); its index is the line in the file, header = 1. The frame of a Parquet,
    SPSS, Stata or SAS file holds typed columns, and its index counts rows from 1. What `tables` in cohort.yml declares
    is read from there; files and sheets called like tables are read as these.
    """
    tables, faults = _declared_tables(folder, meta)
    claimed = {source.file for source in meta.sources.values()}
    names = load_dictionary()
    for path in sorted(folder.iterdir()):
        kind, name = kind_of(path), stem_of(path).lower()
        if path.name.startswith((".", "~$")) or not path.is_file() or path.name in claimed:  # ~$: lock of an open Excel
            continue
        if kind in READ and kind != ".xlsx" and name in names:
            _add(tables, faults, name, path.name, *read_file(path, encoding=meta.encoding))
        elif kind == ".xlsx":
            sheets, sheet_faults = read_excel(path)
            faults += sheet_faults
            for sheet, (table, frame) in sheets.items():
                _add(tables, faults, table, f"{path.name}[{sheet}]", frame, [])
        elif kind in READ:
            action = did_you_mean(name, names)
            faults.append(Finding(path.name, "not a table of the dictionary; not read", action, severity="warning"))
        elif kind in OTHER_FORMATS:
            action = "Save it as .xlsx or .csv."
            faults.append(Finding(path.name, "a format that is not read", action, severity="warning"))
    return tables, faults


def _declared_tables(folder, meta):
    """The tables of `tables` in cohort.yml; a file that several of them share is read once.

    Subjects whom `rows` and `skip` of adsl leave out are left out everywhere.
    """
    tables, faults, read, left_out = {}, [], {}, set()
    for table, source in meta.sources.items():
        path = folder / source.file
        if not path.is_file():
            faults.append(missing_file(folder, source, table, meta.lines))
            continue
        key = source.file, source.sheet, source.header, source.encoding
        if key not in read:
            read[key] = read_file(path, source.sheet, source.header, source.encoding or meta.encoding)
            faults += read[key][1]
        frame = read[key][0]
        if frame is not None and len(frame):
            file = f"{path.name}[{source.sheet}]" if source.sheet else path.name
            taken, more = take_rows(table, file, frame, source, meta.lines)
            faults += more
            tables[table] = file, taken
            if table == "adsl":
                left_out = subjects_of(frame, meta.of(table)) - subjects_of(taken, meta.of(table))
    for table, (file, frame) in tables.items():
        if left_out:
            column = subject_column(frame, meta.of(table))
            tables[table] = file, frame[~frame[column].isin(left_out)] if column else frame
    return tables, faults


def read_file(path: Path, sheet="", header=0, encoding="") -> tuple[pd.DataFrame | None, list[Finding]]:
    """One table of a file of any kind that is read: the frame (None if it cannot be read) and the faults.

    sheet : of an Excel file; without it, the only one. header : the line of the column names, in CSV and Excel.
    """
    kind = kind_of(path)
    if kind == ".csv":
        return read_csv(path, encoding, header)
    if kind == SUFFIX:
        return read_parquet(path)
    if kind in READERS:
        return read_statfile(path, encoding)[:2]
    if kind == ".xlsx":
        book, stored, faults = open_workbook(path)
        if book is None:
            return None, faults
        titles = [s.title for s in data_sheets(book)]
        if sheet not in titles and (sheet or len(titles) != 1):
            rule = f"the workbook has no sheet {sheet}" if sheet else "several sheets, and `tables` does not say which"
            return None, [Finding(path.name, rule, did_you_mean(sheet, titles), value=shown(sheet))]
        return read_sheet(path, book[sheet or titles[0]], stored, header)
    return None, [Finding(path.name, "a format that is not read", "Save it as .xlsx or .csv.")]


def _add(tables, faults, name, file, frame, new_faults):
    faults += new_faults
    if name in tables:
        faults.append(Finding(file, f"the table {name} stands in {tables[name][0]} as well", "Keep one of the two."))
    elif frame is not None:
        tables[name] = (file, frame)


def read_csv(path: Path, encoding: str = "", header=0) -> tuple[pd.DataFrame | None, list[Finding]]:
    """A CSV file as text cells. Reads UTF-8 (with or without mark) and GB18030; comma, semicolon or tab; gzipped too.

    header : the line of the column names, if lines stand above it.
    """
    data = path.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) and not encoding:
        encoding = "utf-16"  # "Unicode text" of Excel
    if path.suffix.lower() == ".gz":
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error):
            rule = "not a readable gzip file"
            return None, [Finding(path.name, rule, "The file may be cut off: export it again.")]
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
    first = text[skipped:].split("\n", 1)[0]
    told = re.match(r"sep=(.)\s*$", first)  # a line that Excel writes
    names = text.split("\n")[header - 1] if 0 < header <= text.count("\n") else first
    delimiter = told.group(1) if told else max(",;\t", key=names.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows, lines, faults = [], [], []
    if codec == "gb18030" and not encoding:
        action = "If names look wrong, save the file as UTF-8, or declare its `encoding` in cohort.yml."
        faults.append(Finding(path.name, "not UTF-8; read as Chinese text (GB18030)", action, severity="warning"))
    try:
        for row in reader:
            said = any(cell.strip() for cell in row) and not (told and row[0] == "sep=")
            if said and reader.line_num >= header:
                rows.append(row)
                lines.append(reader.line_num)
    except csv.Error as error:
        what = "the file ends inside a quoted value" if "unexpected end" in str(error) else f"unreadable ({error})"
        return None, [Finding(path.name, what, "The file may be cut off: export it again.", row=reader.line_num)]
    if not rows:
        rule = f"the file has no line {header}"
        return None, [Finding(path.name, rule, "Correct `header`, or leave it out for the first line.")]
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


def open_workbook(path: Path) -> tuple:
    """The workbook, the same with the stored results of its formulas, and the faults; None, None if it cannot be read."""
    from openpyxl import load_workbook

    locked = path.read_bytes()[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # an encrypted .xlsx, or an old .xls
    try:
        book = load_workbook(path)
    except Exception:  # openpyxl lets the faults of a broken file through as they come
        rule = "an .xlsx file with a password, or an old .xls file" if locked else "not a readable .xlsx file"
        return None, None, [Finding(path.name, rule, "Open it in Excel and save it as .xlsx without password.")]
    has_formula = any(cell.data_type == "f" for sheet in book.worksheets for row in sheet.iter_rows() for cell in row)
    return book, load_workbook(path, data_only=True) if has_formula else book, []


def data_sheets(book) -> list:
    """The sheets that may hold data."""
    return [s for s in book.worksheets if s.title.strip().lower() not in IGNORED_SHEETS]


def read_excel(path: Path) -> tuple[dict, list[Finding]]:
    """The sheets of a workbook whose names are tables: {sheet: (table, frame)}; a single sheet of another name is adsl."""
    book, stored, faults = open_workbook(path)
    if book is None:
        return {}, faults
    names, sheets, tables = load_dictionary(), data_sheets(book), {}
    for sheet in sheets:
        name = sheet.title.strip().lower()
        if name not in names:
            if len(sheets) > 1:
                rule, file = "not a table of the dictionary; not read", f"{path.name}[{sheet.title}]"
                faults.append(Finding(file, rule, did_you_mean(name, names), severity="warning"))
                continue
            name = "adsl"
        frame, sheet_faults = read_sheet(path, sheet, stored)
        optional = name != "adsl" and (frame is None or frame.empty) and all(_empty_sheet(f) for f in sheet_faults)
        if not optional:  # an untouched sheet of the template is an absent table
            faults += sheet_faults
            if frame is not None:
                tables[sheet.title] = name, frame
    return tables, faults


def _empty_sheet(fault) -> bool:
    return fault.rule in ("the sheet is empty", NO_ROWS)


def read_sheet(path, sheet, stored, header=0) -> tuple[pd.DataFrame | None, list[Finding]]:
    """One sheet as text cells; stored : the workbook with the results of formulas; header : line of the column names."""
    file, faults = f"{path.name}[{sheet.title}]", []
    areas = [area for area in sheet.merged_cells.ranges if area.max_row >= header]  # titles above the header may merge
    if areas:
        merged = ", ".join(str(area) for area in areas)
        return None, [Finding(file, f"merged cells at {merged}", "Unmerge them: one header row, one cell a value.")]
    rows, lines = [], []
    for i, row in enumerate(sheet.iter_rows(), start=1):
        if i >= header:
            cells = [_cell(file, i, cell, stored[sheet.title], faults) for cell in row]
            if any(cells):
                rows.append(cells)
                lines.append(i)
    if not rows:
        return None, [Finding(file, "the sheet is empty", "Fill in one row a subject.")]
    frame, frame_faults = _frame(file, rows, lines)
    return frame, faults + frame_faults


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
    if isinstance(value, int | float) and not isinstance(value, bool) and "%" in (cell.number_format or ""):
        return f"{round(100 * value, 10):g}%"  # a cell shown as 35% holds 0.35
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
        faults.append(Finding(file, NO_ROWS, "Fill it or delete it."))
    return frame, faults
