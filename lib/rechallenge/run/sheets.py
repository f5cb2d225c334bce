"""The tables of a report as an Excel file: one sheet a table, with the unrounded numbers behind it."""

import io
import re

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter

from papercheck.files.visible import FORMULA

from ..results import COLUMNS
from ..show.style import text_width
from ..text.language import say
from ..text.words import ledger_value, rounded
from .archive import clean, without_clock
from .collect import in_order

NUMERIC = re.compile(r"-?\d{1,15}(\.\d+)?")
BOLD, RULE = Font(bold=True), Side(style="thin")
WIDEST = 60  # characters
GAP = 1  # empty columns between the table and the numbers behind it


def tables_workbook(sections, facts, warning="") -> bytes:
    """tables.xlsx: a list of the tables, then a sheet for each. warning : stands on every sheet."""
    book = Workbook()
    book.properties.creator, book.properties.title = "rechallenge", clean(facts["title"])
    front = book.active
    front.title = "Contents"
    _row(front, [facts["title"]], BOLD)
    if warning:
        _row(front, [warning], BOLD)
    _row(front, ["Sheet", "Title", "Section"], BOLD)
    for section, table in in_order(sections, "table"):
        _row(front, [table["label"], table["title"], say(section.title)])
        front.cell(front.max_row, 1).hyperlink = f"#'{table['label']}'!A1"
        _add_sheet(book.create_sheet(table["label"]), table, warning)
    _widths(front)
    buffer = io.BytesIO()
    book.save(buffer)
    return without_clock(buffer.getvalue())


def _add_sheet(sheet, table, warning):
    _row(sheet, [f"{table['label']}. {table['title']}"], BOLD)
    if warning:
        _row(sheet, [warning], BOLD)
    top = sheet.max_row + 1
    if table.get("spans"):
        _row(sheet, [x for label, n in table["spans"] for x in (label, *[""] * (n - 1))], BOLD)
    _row(sheet, table["columns"], BOLD)
    head = sheet.max_row
    known = {shape for row in table.get("results", []) for shape in _shapes(row.get("value"))}
    indent = table.get("indent") or [0] * len(table["rows"])
    for texts, level in zip(table["rows"], indent, strict=True):
        _row(sheet, [_number(t) if t in known and NUMERIC.fullmatch(t) else t for t in texts])
        if level:
            sheet.cell(sheet.max_row, 1).alignment = Alignment(indent=level)
    _rules(sheet, (top, head, sheet.max_row), len(table["columns"]))
    for note in table.get("notes", []):
        _row(sheet, [note])
    _add_numbers(sheet, table.get("results", []), top, len(table["columns"]) + GAP)
    sheet.freeze_panes = sheet.cell(head + 1, 2)
    _widths(sheet, head, len(table["notes"]))


def _add_numbers(sheet, numbers, top, left):
    """The ledger rows of the table beside it."""
    if not numbers:
        return
    for j, name in enumerate(("numbers behind it: item", *COLUMNS[2:]), 1):
        _put(sheet.cell(top, left + j), name, BOLD)
    for i, row in enumerate(numbers, 1):
        for j, name in enumerate(COLUMNS[1:], 1):
            _put(sheet.cell(top + i, left + j), row.get(name, ""))


def _shapes(value):
    """How a number of the ledger may stand in a table: with 0 to 4 decimals, as it is and in percent."""
    number = ledger_value(value)
    if number is None or not abs(number) < float("inf"):
        return []
    return [rounded(x, d) for x in (number, 100 * number) for d in range(5)]


def _number(text):
    """(value, format) of a number as it is printed."""
    decimals = len(text.partition(".")[2])
    return float(text) if decimals else int(text), "0." + "0" * decimals if decimals else "0"


def _row(sheet, values, font=None):
    at = 1 if sheet.max_row == 1 and sheet["A1"].value is None else sheet.max_row + 1
    for j, value in enumerate(values, 1):
        _put(sheet.cell(at, j), value, font)


def _put(cell, value, font=None):
    """A number as a number; a text as a text, whatever it begins with."""
    if isinstance(value, tuple):
        cell.value, cell.number_format = value
    elif isinstance(value, str):
        text = clean(value)
        cell.value = text
        cell.data_type = "s"
        if text.startswith(FORMULA):
            cell.quotePrefix = True
    else:
        cell.value = value
    if font:
        cell.font = font


def _rules(sheet, rows, columns):
    """Above the head, below it, below the last row."""
    for j in range(1, columns + 1):
        sheet.cell(rows[0], j).border = Border(top=RULE, bottom=RULE if rows[0] == rows[1] else None)
        if rows[1] != rows[0]:
            sheet.cell(rows[1], j).border = Border(bottom=RULE)
        if rows[2] > rows[1]:
            sheet.cell(rows[2], j).border = Border(bottom=RULE)


def _widths(sheet, first=3, notes=0):
    """Columns as wide as their texts, titles and notes aside."""
    widths = {}
    for row in sheet.iter_rows(min_row=first, max_row=sheet.max_row - notes):
        for cell in row:
            if cell.value is not None:
                widths[cell.column] = max(widths.get(cell.column, 0), text_width(cell.value))
    for column, width in widths.items():
        sheet.column_dimensions[get_column_letter(column)].width = min(WIDEST, width) + 2
