"""A new cohort: cohort.yml to fill in, an Excel template with drop-downs, and a page that explains each column."""

from html import escape
from pathlib import Path
from string import Template

from papercheck.files.findings import Message, request_error
from papercheck.files.project import check_folder_name, data_folder
from papercheck.files.swap import replacing
from papercheck.vocabulary.dictionary import allowed_text, load_dictionary

from .cohort import list_cohorts

ROWS = 500  # rows of the template that carry drop-downs


def new_cohort(name):
    """Write data/<name>/ with cohort.yml, cohort.xlsx and COLUMNS.html; returns the folder.

    Raises CohortError for a name that is taken or not usable as a folder name.
    """
    folder = data_folder() / name
    check_folder_name(name, "a cohort name")
    if folder.exists():
        raise request_error(
            Message("data/{name} exists already", name=name),
            Message("Choose another name. Cohorts: {words}.", words=", ".join(list_cohorts())),
        )
    with replacing(folder) as new:
        (new / "cohort.yml").write_text(cohort_template(name), encoding="utf-8")
        (new / "COLUMNS.html").write_text(columns_page(), encoding="utf-8")
        template_workbook().save(new / "cohort.xlsx")
    return folder


def cohort_template(name) -> str:
    """The text of a cohort.yml with an example of each key."""
    return Template(Path(__file__).with_name("new_cohort.yml").read_text(encoding="utf-8")).substitute(name=name)


def template_workbook():
    """An openpyxl workbook: one sheet a table, headers with notes,
    drop-downs for coded columns, and an explanation sheet.
    """
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for table in load_dictionary().values():
        sheet = book.create_sheet(table.name)
        sheet.freeze_panes = "B2"
        for i, column in enumerate(table.columns.values(), start=1):
            _head_column(sheet, i, column)
    _explain(book)
    return book


def _head_column(sheet, i, column):
    """Name a column of the template, with its note, its drop-down and the form of its dates."""
    from openpyxl.comments import Comment
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    letter = get_column_letter(i)
    cell = sheet.cell(1, i, column.name)
    cell.font = Font(bold=True)
    cell.fill = PatternFill("solid", fgColor="F6D8C6" if column.required else "DCE6F0")
    cell.comment = Comment(_note(column), "rechallenge", width=260, height=120)
    sheet.column_dimensions[letter].width = max(12, len(column.name) + 3)
    if column.levels or column.type == "flag":
        codes = [*column.levels, *column.not_known] or ["0", "1"]
        rule = DataValidation(type="list", formula1=f'"{",".join(codes)}"', allow_blank=True, showErrorMessage=True)
        rule.error, rule.errorTitle = f"One of: {', '.join(codes)}", column.label[:30]
        sheet.add_data_validation(rule)
        rule.add(f"{letter}2:{letter}{ROWS + 1}")
    if column.type == "date":
        for row in range(2, ROWS + 2):
            sheet.cell(row, i).number_format = "yyyy-mm-dd"


def _explain(book):
    """The sheet that explains each column."""
    from openpyxl.styles import Alignment, Font

    sheet = book.create_sheet("columns")
    sheet.append(["sheet", "column", "meaning", "type", "unit", "allowed", "required", "help"])
    for table in load_dictionary().values():
        for c in table.columns.values():
            sheet.append(
                [table.name, c.name, c.label, c.type, c.unit, allowed_text(c), "yes" if c.required else "", c.help]
            )
    for letter, width in zip("ABCDEFGH", (8, 20, 44, 10, 8, 50, 9, 60), strict=True):
        sheet.column_dimensions[letter].width = width
    for row in sheet.iter_rows():
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=cell.row == 1)
    sheet.freeze_panes = "A2"


def _note(column):
    parts = [column.label + (f" ({column.unit})" if column.unit else ""), column.help, allowed_text(column)]
    return "\n".join(p for p in parts if p) + ("\nRequired." if column.required else "")


def columns_page() -> str:
    """The data dictionary as a page for the browser."""
    body = []
    for table in load_dictionary().values():
        rows = "".join(
            f"<tr><th>{escape(c.name)}</th><td>{escape(c.label)}{f' ({escape(c.unit)})' if c.unit else ''}."
            f" {escape(c.help)}</td>"
            f"<td>{c.type}</td><td>{escape(allowed_text(c))}</td><td>{'yes' if c.required else ''}</td></tr>"
            for c in table.columns.values()
        )
        body.append(
            f"<h2>{table.name}: {escape(table.label)}</h2><p>One row for each {escape(table.row)}.</p>"
            f"<table><tr><td>column</td><td>meaning</td><td>type</td><td>allowed</td><td>required</td></tr>{rows}</table>"
        )
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Columns</title><style>body{font:15px/1.5'
        " system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0"
        " 1rem}table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid"
        " #ccc;text-align:left;vertical-align:top;padding:.25rem"
        " .6rem}th{font-family:monospace}</style></head><body><h1>What each column means</h1><p>Only <code>adsl</code>,"
        " one row a patient, is required: its columns for durations (PFS1, PFSR, OS with 1/0 events), or for dates of"
        " the two courses, and for best response make most of the report. The other sheets are for what has several"
        " rows a patient; leave a sheet empty if you do not use it. Dates are written 2024-03-05 or as Excel dates. An"
        " empty cell means unknown.</p>" + "".join(body) + "</body></html>\n"
    )
