"""A new cohort: cohort.yml to fill in, an Excel template with drop-downs, and a page that explains each column."""

from html import escape

from papercheck.files.findings import request_error
from papercheck.files.project import NAME, data_folder
from papercheck.files.swap import replacing
from papercheck.vocabulary.dictionary import allowed_text, load_dictionary

from .cohort import list_cohorts

ROWS = 500  # rows of the template that carry drop-downs

COHORT_YML = """\
# Facts about the cohort. Lines that start with # are examples: remove the # to use them.
title: "{name}"
kind: patients            # patients, or pseudo for pseudo-patients
time_unit: months         # unit of the durations in the sheets: months or days
# source: "Author year, journal, doi:..."
# ctcae: "5.0"            # version of the grades
# language: zh            # labels and headings of the report in Chinese (en: English)
primary_endpoint: PFSR    # PFSR, PFS1 or OS: the endpoint of the subgroup and prognostic sections

# Needed as soon as there is one date; nothing after it counts.
# data_cutoff: 2024-12-01

# Your own column names and codes, if you keep them (yours on the left, the dictionary's on the right):
# columns: {{patient: USUBJID, age_years: AGE}}
# values:
#   SEX: {{1: M, 2: F}}
# How dates are written that can be read in two ways (formats: data/README.md), and a decimal comma:
# dates: {{DTHDT: day-first}}
# decimal: ","

# Best changes of lesions that are written as fractions (-0.45 for -45%):
# scales: {{PCHG_RECHALLENGE: fraction}}

# What you looked at, held against the tables at every check (data/README.md):
# confirmed: {{course: rechallenge, patients: 26, deaths: 15}}

# Columns of your own that are to be subgroups or candidates, and groups made from a column:
# factors:
#   LIVERMET: {{label: Liver metastasis, levels: {{N: "No", Y: "Yes"}}}}
#   AGEGR1: {{label: Age group, from: AGE, cut: [65], levels: ["<65 years", "65 years or more"]}}
#   ECOGGR1: {{label: ECOG in two groups, from: ECOG, map: {{0: "0-1", 1: "0-1", 2: "2+", 3: "2+", 4: "2+"}}, levels: ["0-1", "2+"]}}
#   ALB: {{label: Albumin, type: number, unit: g/L, per: 5}}

# The factors compared in section 07 (without this line: every factor with levels):
# subgroups: [ECOG, PDL1]

# The factor that holds the treatment arms, compared in section 09 after weighting for the covariates; `decided` says
# whether the arms were settled at the start of the endpoint (at zero) or by something that came later (after zero):
# treatment: {{arm: REGIMEN, covariates: [AGE, SEX, ECOG], decided: at zero}}

# Who is analysed, in order (without this: everybody):
# eligibility:
#   - {{label: Stage III or IV, column: STAGE, in: [III, IIIA, IIIB, IIIC, IV, IVA, IVB]}}
#   - {{label: Aged 18 or more, column: AGE, min: 18}}

# What holds of the first ICI course of every patient and has no column (for the resistance patterns):
# first_course:
#   regimen: monotherapy              # or combination
#   treated: until progression        # only if nobody has a last dose on record
#   pd_after_last_dose: <=6 months
#   source: Methods, patients
"""


def new_cohort(name):
    """Write data/<name>/ with cohort.yml, cohort.xlsx and COLUMNS.html; returns the folder.

    Raises CohortError for a name that is taken or not usable as a folder name.
    """
    folder = data_folder() / name
    if not NAME.fullmatch(name):
        raise request_error(f"{name} cannot be a cohort name", "Use letters, digits, dot, dash and underscore.")
    if folder.exists():
        raise request_error(
            f"data/{name} exists already", f"Choose another name. Cohorts: {', '.join(list_cohorts())}."
        )
    with replacing(folder) as new:
        (new / "cohort.yml").write_text(COHORT_YML.format(name=name), encoding="utf-8")
        (new / "COLUMNS.html").write_text(columns_page(), encoding="utf-8")
        template_workbook().save(new / "cohort.xlsx")
    return folder


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
