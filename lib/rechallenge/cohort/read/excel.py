"""Workbooks as grids: .xlsx with all that its cells say, .xls and .ods with their values."""

import re
import zipfile
from pathlib import Path

from papercheck.files.bounded import bounded, forks
from papercheck.files.findings import CohortError, Finding, Message, shown

from .grid import BLOWN_UP, MOST_BYTES, MOST_CELLS, MOST_FOLD, Grid, fill, text_of, too_large

IGNORED_SHEETS = ("columns",)  # the explanation sheet of the template
LINK = re.compile(r"=\s*HYPERLINK|=\s*WEBSERVICE|=.*\|", re.IGNORECASE)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # an encrypted .xlsx, or an old .xls
SECONDS = 60  # of the processor that a workbook may take
UNSEEN = "in this format hidden rows, struck-out text and colours are not seen"


def read_workbook(path: Path) -> tuple[list[Grid], list[Finding]]:
    """The sheets of a workbook, hidden ones marked, and what is wrong with the file."""
    read = _read_xlsx if path.suffix.lower() in (".xlsx", ".xlsm") else _read_values
    if not forks():
        return read(path)
    try:
        return bounded(path.name, read, path, seconds=SECONDS)
    except CohortError as error:
        return [], error.findings


def _bomb(path) -> Finding | None:
    """The finding for a zip that unpacks to more than a table of patients can be."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, OSError):
        return None
    blown = size > BLOWN_UP and size > MOST_FOLD * path.stat().st_size
    return (
        too_large(path.name, Message("{size} MB unpacked", size=f"{size / 1024**2:,.0f}"))
        if blown or size > MOST_BYTES
        else None
    )


def _read_xlsx(path):
    from openpyxl import load_workbook
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    with path.open("rb") as file:
        locked = file.read(8) == OLE
    bomb = None if locked else _bomb(path)
    if bomb:
        return [], [bomb]
    try:
        book = load_workbook(path)
    except MemoryError:
        raise
    except Exception:  # openpyxl lets the faults of a broken file through as they come
        rule = "an .xlsx file with a password, or an old .xls file" if locked else "not a readable .xlsx file"
        return [], [Finding(path.name, rule, "Open it in Excel and save it as .xlsx without password.")]
    sheets = [s for s in book.worksheets if s.title.strip().lower() not in IGNORED_SHEETS]
    wide = next((sheet for sheet in sheets if _spread(sheet) > MOST_CELLS), None)
    if wide is not None:
        return [], [
            too_large(
                f"{path.name}[{wide.title}]",
                Message("{n} cells up to the last one of each line", n=f"{_spread(wide):,}"),
            )
        ]
    formulas = any(cell.data_type == "f" for sheet in sheets for cell in _cells(sheet))
    stored = load_workbook(path, data_only=True) if formulas else book
    epoch = "1904" if book.epoch == CALENDAR_MAC_1904 else "1900"
    return [_grid(path, sheet, stored[sheet.title], epoch) for sheet in sheets], []


def _cells(sheet) -> list:
    """The cells that a sheet holds. openpyxl keeps them sparse;
    its public iterators fill the gaps up to the last one.
    """
    sparse = getattr(sheet, "_cells", None)  # openpyxl 3.1, pinned
    if isinstance(sparse, dict):
        return list(sparse.values())
    width, depth = min(sheet.max_column, 2000), min(sheet.max_row, MOST_CELLS // 2000)
    return [cell for row in sheet.iter_rows(max_row=depth, max_col=width) for cell in row]


def _spread(sheet) -> int:
    """How many cells the lines of a sheet have once the gaps before their last ones are filled."""
    widths = {}
    for cell in _cells(sheet):
        if cell.value is not None:
            widths[cell.row] = max(widths.get(cell.row, 0), cell.column)
    return sum(widths.values())


def _grid(path, sheet, stored, epoch) -> Grid:
    grid = Grid(path.name, sheet.title, hidden=sheet.sheet_state != "visible", counts_from=epoch)
    cells, struck, filled = {}, {}, {}
    for cell in _cells(sheet):
        value = cell.value
        if cell.data_type == "f":
            value = stored[cell.coordinate].value
            if value is None or LINK.match(str(cell.value)):
                grid.formulas.append((cell.row, cell.column - 1, shown(cell.value), not LINK.match(str(cell.value))))
        text = text_of(value, cell.number_format)
        if cell.comment is not None and cell.comment.text.strip():
            grid.remarks.append((cell.row, cell.column - 1, " ".join(cell.comment.text.split())))
        if not text:
            continue
        cells[cell.row, cell.column - 1] = text
        if cell.has_style:
            if cell.font.strike:
                struck.setdefault(cell.row, []).append((cell.row, cell.column - 1, text))
            colour = _colour(cell)
            if colour:
                filled.setdefault(colour, set()).add((cell.row, cell.column - 1))
    grid.hidden_lines = {n for n, d in sheet.row_dimensions.items() if d.hidden}
    for dimension in sheet.column_dimensions.values():
        if dimension.hidden:
            grid.hidden_columns |= set(range((dimension.min or 1) - 1, min(dimension.max or 1, 2000)))
    grid.merged = [(a.min_row, a.min_col - 1, a.max_row, a.max_col - 1) for a in sheet.merged_cells.ranges]
    fill(grid, cells)
    widths = {line: sum(1 for x in row if x) for line, row in zip(grid.lines, grid.rows, strict=True)}
    grid.struck_lines = {line for line, found in struck.items() if len(found) >= 0.5 * widths.get(line, 1)}
    grid.struck_cells = [cell for line in struck if line not in grid.struck_lines for cell in struck[line]]
    grid.colours = filled
    return grid


def _colour(cell) -> str:
    """The colour of a cell's ground or, where that is plain, of its words; '' if both are plain."""
    ground, words = cell.fill, cell.font.color
    if ground is not None and ground.fill_type == "solid":
        found = _rgb(ground.fgColor)
        if found and found != "FFFFFF":
            return found
    found = _rgb(words) if words is not None else ""
    return found if found not in ("", "000000") else ""


def _rgb(colour) -> str:
    if colour.type == "rgb" and isinstance(colour.rgb, str):
        return colour.rgb[-6:]
    if colour.type == "theme":
        return "" if colour.theme in (0, 1) else f"theme {colour.theme}"
    return "" if colour.indexed in (8, 9, 64, 65) else f"indexed {colour.indexed}"


def _read_text_as_xls(path, start):
    """What hospital systems export under the name .xls: a web page with a table, or text between tabs."""
    of_excel_2003 = b"office:spreadsheet" in start and b"<html" not in start.lower()  # its tables are no page's
    if of_excel_2003 or (b"<" in start[:200] and b"<table" not in path.read_bytes().lower()):
        rule = "a page or XML saved as .xls without a table that is read"
        return [], [Finding(path.name, rule, "Open it in Excel and save it as .xlsx.")]
    if b"<" not in start[:200]:
        from .textfile import read_text

        grid, faults = read_text(path)
        return [grid] if grid is not None else [], faults
    import lxml.html

    page = lxml.html.document_fromstring(path.read_bytes())
    tables = [[_cells_of_row(row) for row in table.iter("tr")] for table in page.iter("table")]
    grid = Grid(path.name)
    rows = max(tables, key=lambda lines: sum(map(len, lines)))
    fill(grid, {(i, j): text for i, row in enumerate(rows, start=1) for j, text in enumerate(row) if text})
    return [grid], [
        Finding(
            path.name,
            "a web page saved as .xls: its largest table is read",
            UNSEEN.capitalize() + ".",
            severity="warning",
        )
    ]


def _cells_of_row(row) -> list:
    """The cells of a row of a page; one that covers several columns stands in the first."""
    found = []
    for cell in row.iter("td", "th"):
        span = cell.get("colspan", "1")
        found += [
            " ".join(cell.text_content().split()),
            *[""] * (int(span) - 1 if span.isdigit() and int(span) < 1000 else 0),
        ]
    return found


def _read_values(path):
    """An .xls, .xlsb or .ods file by its values."""
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

    bomb = _bomb(path)
    if bomb:
        return [], [bomb]
    with path.open("rb") as file:
        start = file.read(2000)
    if path.suffix.lower() == ".xls" and not start.startswith((OLE, b"PK", b"\t\x08")):
        return _read_text_as_xls(path, start)
    try:
        book = CalamineWorkbook.from_path(str(path))
        grids = []
        for entry in book.sheets_metadata:
            if "worksheet" not in str(entry.typ).lower() or entry.name.strip().lower() in IGNORED_SHEETS:
                continue
            sheet = book.get_sheet_by_name(entry.name)
            if sheet.total_height * sheet.total_width > MOST_CELLS:
                return [], [
                    too_large(
                        path.name,
                        Message("{n} rows by {m} columns", n=f"{sheet.total_height:,}", m=f"{sheet.total_width:,}"),
                    )
                ]
            grid = Grid(path.name, entry.name, hidden=entry.visible != SheetVisibleEnum.Visible)
            cells = {
                (i, j): text_of(value)
                for i, row in enumerate(sheet.to_python(skip_empty_area=False), start=1)
                for j, value in enumerate(row)
                if value not in ("", None)
            }
            fill(grid, {key: text for key, text in cells.items() if text})
            merged = getattr(sheet, "merged_cell_ranges", None) or ()  # of .xls; counted from 0
            grid.merged = [(top + 1, left, bottom + 1, right) for (top, left), (bottom, right) in merged]
            grids.append(grid)
        return grids, [Finding(path.name, UNSEEN, "If some mean something, save it as .xlsx.", severity="warning")]
    except (CalamineError, OSError, ValueError, TypeError):
        rule = Message("a {kind} file with a password, or not a readable one", kind=path.suffix.lower())
        return [], [Finding(path.name, rule, "Open it in Excel or LibreOffice and save it as .xlsx without password.")]
