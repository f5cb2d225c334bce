"""Files as a person has them: every sheet with its cells, and what the file itself says of its columns and codes."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from papercheck.files.findings import Finding, shown

from ..declare.source import written_cells
from ..read.readers import NO_ROWS, READ, data_sheets, kind_of, open_workbook, read_file, read_sheet
from ..read.statfile import READERS, Labels, read_statfile
from .words import means_unknown

DEEPEST_HEADER = 8  # lines above the column names that are looked through
NUMBER = re.compile(r"^[-+]?\d+([.,]\d+)?%?$|^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}$")


@dataclass
class Sheet:
    """One table of one file. `cells` are text ('' where empty); `labels`, `codes` and `missing` by column.

    `header` : line of the column names where it is not the first; `second` : (column, cell) of a second header row;
    `counts_from` : the year that an Excel workbook counts its days from.
    """

    path: Path
    frame: pd.DataFrame
    sheet: str = ""
    header: int = 0
    second: tuple = ()
    labels: dict = field(default_factory=dict)
    codes: dict = field(default_factory=dict)
    missing: dict = field(default_factory=dict)
    counts_from: str = ""

    @property
    def place(self) -> str:
        """File and sheet, as findings name them."""
        return f"{self.path.name}[{self.sheet}]" if self.sheet else self.path.name

    def cells(self, column) -> pd.Series:
        """The cells of a column as text, '' where empty."""
        return written_cells(self.frame[column])

    def label(self, column) -> str:
        """What the file calls a column beside its name, or ''."""
        return self.labels.get(column, "")


def expand(paths) -> tuple[list[Path], list[Finding]]:
    """The files meant: folders stand for the files in them that can be read. Findings: what is not there or not read."""
    files, faults = [], []
    for path in map(Path, paths):
        if path.is_dir():
            inside = [p for p in sorted(path.iterdir()) if p.is_file() and not p.name.startswith((".", "~$"))]
            files += [p for p in inside if kind_of(p) in READ]
            if not any(kind_of(p) in READ for p in inside):
                faults.append(Finding(str(path), "no file in it that can be read", f"Readable: {', '.join(READ)}."))
        elif not path.is_file():
            faults.append(Finding(str(path), "there is no such file", "Check the path."))
        elif kind_of(path) not in READ:
            faults.append(Finding(path.name, "a format that is not read", f"Readable: {', '.join(READ)}."))
        else:
            files.append(path)
    names = [p.name.lower() for p in files]
    for path in files:
        if names.count(path.name.lower()) > 1 and not any(f.file == path.name for f in faults):
            faults.append(Finding(path.name, "two files of this name", "Rename one: both go into one folder."))
    return list(dict.fromkeys(files)), faults


def look_at(path: Path) -> tuple[list[Sheet], list[Finding]]:
    """The sheets of one file that hold rows, and what is wrong with the file."""
    kind = kind_of(path)
    if kind in READERS:
        frame, faults, labels = read_statfile(path)
        sheets = [_sheet(path, frame, labels=labels)] if frame is not None else []
    elif kind == ".xlsx":
        return _look_at_book(path)
    else:
        sheets, faults = [], []
        frame, header, faults = _with_header(lambda header: read_file(path, header=header), kind == ".csv")
        if frame is not None:
            sheets = [_sheet(path, frame, header=header)]
    return [s for s in sheets if len(s.frame)], faults


def _look_at_book(path):
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    book, stored, faults = open_workbook(path)
    if book is None:
        return [], faults
    sheets = []
    for tab in data_sheets(book):
        frame, header, more = _with_header(lambda header, tab=tab: read_sheet(path, tab, stored, header), True)
        empty = all(f.rule in (NO_ROWS, "the sheet is empty") for f in more)
        if frame is not None and len(frame):
            sheets.append(_sheet(path, frame, tab.title, header))
            sheets[-1].counts_from = "1904" if book.epoch == CALENDAR_MAC_1904 else "1900"
        if not (empty and more):
            faults += more
    if not sheets and not faults:
        faults = [Finding(path.name, "no sheet holds rows", "Fill one in.")]
    return sheets, faults





def _with_header(read, may_have_titles):
    """Read with the names in the first line; if titles stand above them, with the first line that can hold names."""
    frame, faults = read(0)
    broken = [f for f in faults if f.severity == "error"]
    titles = any("has no name" in f.rule or "where the header has" in f.rule or "merged" in f.rule for f in broken)
    if not (may_have_titles and titles):
        return frame, 0, faults
    for header in range(2, DEEPEST_HEADER + 1):
        found, more = read(header)
        if found is None or any(f.severity == "error" for f in more) or not len(found):
            continue
        names = [str(c) for c in found.columns]
        if len(names) > 1 and not any(NUMBER.match(n) for n in names):
            return found, header, more
    return frame, 0, faults


def _sheet(path, frame, sheet="", header=0, labels=Labels()) -> Sheet:  # noqa: B008
    found = Sheet(path, frame, sheet, header, (), dict(labels.columns), dict(labels.values), dict(labels.missing))
    if kind_of(path) in (".csv", ".xlsx") and len(frame) > 2:
        _second_header(found)
    return found


def _second_header(sheet):
    """A row of words above columns of numbers is a second header: it becomes the labels, and its row is skipped."""
    first, rest = sheet.frame.iloc[0], sheet.frame.iloc[1:]
    words = [c for c in sheet.frame.columns if first[c] and not NUMBER.match(str(first[c])) and not means_unknown(first[c])]
    numeric = [c for c in words if rest[c].notna().any() and rest[c].dropna().astype(str).str.match(NUMBER).mean() > 0.9]
    if len(numeric) < 2 or len(words) < 0.8 * first.notna().sum():
        return
    key = words[0]
    if (rest[key] == first[key]).any():  # not a header: another row is called so
        return
    sheet.second = key, str(first[key])
    sheet.labels = {c: shown(first[c]) for c in words} | sheet.labels
    sheet.frame = rest
