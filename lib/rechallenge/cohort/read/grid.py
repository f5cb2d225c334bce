"""A sheet as it lies on the table: lines of text cells, and
what only the eye sees (hidden, struck through, coloured).
"""

import datetime
import re
from dataclasses import dataclass, field
from pathlib import Path

from papercheck.files.findings import Finding, Message

MOST_BYTES = 512 * 1024**2  # of a file once it is unpacked
MOST_FOLD, BLOWN_UP = 100, 64 * 1024**2  # a workbook unpacks to 5 to 40 times its size; from these bytes on it is asked
MOST_COLUMNS = 4000
MOST_CELLS = 40_000_000
GAP = 40  # empty columns before a cell that lies by itself
APOSTROPHE = re.compile(r"['‘’][-+]?[\d.]")
ALONE = 5  # most cells that are taken for strays


@dataclass
class Grid:
    """The lines of a sheet that hold something. `rows[i]` are the stripped cells of line `lines[i]` (the first is 1).

    Columns count from 0. `counts_from` : the year that a workbook counts its days from; `strays` : cells far off that
    are left out, as (line, column, text).
    """

    file: str
    sheet: str = ""
    lines: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    hidden: bool = False
    hidden_lines: set = field(default_factory=set)
    hidden_columns: set = field(default_factory=set)
    struck_lines: set = field(default_factory=set)
    struck_cells: list = field(default_factory=list)
    colours: dict = field(default_factory=dict)  # {colour: {(line, column)}}
    remarks: list = field(default_factory=list)
    merged: list = field(default_factory=list)
    strays: list = field(default_factory=list)
    formulas: list = field(default_factory=list)
    comments: list = field(default_factory=list)
    counts_from: str = ""
    exact: bool = False  # every line of a text file has as many cells as the names

    @property
    def place(self) -> str:
        """File and sheet, as findings name them."""
        return place_of(self)

    def line(self, number) -> list:
        """The cells of one line; none for a blank one."""
        return self.rows[self.lines.index(number)] if number in self.lines else []


def turned(grid) -> Grid:
    """A sheet with its lines as columns and its columns as lines: line 3 is column C."""
    flip = lambda found: [(c + 1, line - 1, *more) for line, c, *more in found]  # noqa: E731
    made = Grid(grid.file, grid.sheet, hidden=grid.hidden, counts_from=grid.counts_from, exact=grid.exact)
    made.hidden_lines = {c + 1 for c in grid.hidden_columns}
    made.hidden_columns = {line - 1 for line in grid.hidden_lines}
    made.struck_cells, made.remarks = flip(grid.struck_cells), flip(grid.remarks)
    made.formulas = flip(grid.formulas)
    made.colours = {colour: set(flip(sorted(places))) for colour, places in grid.colours.items()}
    made.merged = [(left + 1, top - 1, right + 1, bottom - 1) for top, left, bottom, right in grid.merged]
    cells = [(line, c, text) for line, row in zip(grid.lines, grid.rows, strict=True) for c, text in enumerate(row)]
    fill(made, {(c + 1, line - 1): text for line, c, text in cells if text})
    return made


def place_of(part) -> str:
    """File and sheet of a part, as findings name them."""
    return f"{part.file}[{part.sheet}]" if part.sheet else part.file


def stem_of(path: Path) -> str:
    """The name of a file without what kind_of reads."""
    name = path.name[:-3] if path.name.lower().endswith(".gz") else path.name
    return Path(name).stem


def too_large(name, what) -> Finding:
    """The finding for a file that would fill the memory."""
    return Finding(
        name,
        Message("too large to be a table of patients: {what}", what=what),
        "Save the sheet of patients alone and try again.",
    )


def fill(grid, cells):
    """Put sparse cells {(line, column): text} into a grid, without the few that lie far off from all others."""
    used = sorted({column for _, column in cells})
    for place, column in enumerate(used):
        before = used[place - 1] if place else -1
        beyond = [key for key in cells if key[1] >= column] if column - before > GAP else []
        if place and beyond and len(beyond) <= ALONE:
            grid.strays = sorted((line, c, cells.pop((line, c))) for line, c in beyond)
            break
    by_line = {}
    for (line, column), text in cells.items():
        by_line.setdefault(line, {})[column] = text
    for line in sorted(by_line):
        row = by_line[line]
        grid.lines.append(line)
        grid.rows.append([row.get(i, "") for i in range(max(row) + 1)])


def unquoted(text) -> str:
    """A cell without the apostrophe by which spreadsheets keep a number as text."""
    return text[1:] if APOSTROPHE.match(text) and not text.endswith("'") else text


def text_of(value, number_format="") -> str:
    """A stored value as a person writes it: ISO dates, 60 for 60.0, 35% for a cell shown so."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, int | float) and "%" in (number_format or ""):
        return f"{round(100 * value, 10):g}%"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return unquoted(str(value).strip())


def column_letter(column) -> str:
    """The letters of a column that counts from 0: A, B, ... AA."""
    text, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def area_text(area) -> str:
    """A merged area (top, left, bottom, right) as Excel names it: A1:B1."""
    top, left, bottom, right = area
    return f"{column_letter(left)}{top}:{column_letter(right)}{bottom}"
