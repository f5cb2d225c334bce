"""Files in: text files and workbooks to tables of text, with the
line of each row; Parquet, SPSS, Stata and SAS to typed tables.
"""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd

from papercheck.files.findings import LIMIT, Finding, Message, did_you_mean, further, link_fault, shown
from papercheck.vocabulary.dictionary import load_dictionary

from ..declare.source import missing_file, subject_column, subjects_of, take_rows
from .below import add_below
from .colours import colour_columns
from .courses import faults_of_courses, side_by_side
from .date_parts import with_starts_and_stops, with_whole_dates
from .event_columns import faults_of_events, rows_of_events
from .excel import read_workbook
from .grid import MOST_BYTES, MOST_COLUMNS, Grid, area_text, stem_of, too_large, turned
from .ici_rows import with_course
from .items import faults_of_items, items_as_columns
from .join import PLACE, as_subjects_are_written, join_parts
from .layout import NO_ROWS, ROW, Layout, find_layout, frame_of
from .left_out import BARE, PERHAPS, not_patients
from .lesion_rows import faults_of_lesions, sums_of_lesions
from .merged import merged_lines
from .parquet import SUFFIX, read_parquet
from .recode import recode
from .repeated import faults_of_repeats, patients_once
from .signs import set_apart
from .statfile import READERS, read_statfile
from .textfile import read_text
from .visits import faults_of_visits, rows_of_visits

TEXT = (".csv", ".tsv", ".txt")
BOOKS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
TO_EXCEL = "Copy the table into an empty sheet of Excel, and save that as .xlsx."
IN_R = "In R: write.csv(patients, 'patients.csv', row.names = FALSE); then take the .csv."
OTHER_FORMATS = {  # what tables also come in, and how they become one that is read
    **dict.fromkeys((".docx", ".doc", ".rtf", ".odt", ".pdf", ".pages", ".pptx"), TO_EXCEL),
    **dict.fromkeys((".rds", ".rdata", ".rda"), IN_R),
    **dict.fromkeys((".zip", ".7z", ".rar"), "Unpack it, and take the table that lies in it."),
    **dict.fromkeys((".mdb", ".accdb"), "In Access: External Data, Export, Excel; then take the .xlsx."),
    ".numbers": "In Numbers: File, Export To, Excel; then take the .xlsx.",
}
READ = (*TEXT, *BOOKS, SUFFIX, *READERS)
NOT_READ = "a format that is not read"


def how_to_save(kind: str) -> str:
    """What to do with a file of a format that is not read, by its suffix."""
    return OTHER_FORMATS.get(kind, f"Save it as .xlsx or .csv. Readable: {', '.join(READ)}.")


def kind_of(path: Path) -> str:
    """The suffix that says how a file is read; a gzipped CSV is a CSV."""
    name = path.name.lower().removesuffix(".gz")
    return Path(name).suffix if name.endswith(TEXT) else path.suffix.lower()


def read_tables(folder: Path, meta) -> tuple[dict, list[Finding]]:
    """The tables found in a cohort folder, as written: {table: (file, frame)} and the faults.

    A frame holds text cells (None where empty); its index is the line in the file, header = 1. The frame of a Parquet,
    SPSS, Stata or SAS file holds typed columns, and its index counts rows from 1. What `tables` in cohort.yml declares
    is read from there; files and sheets called like tables are read as these.
    """
    tables, faults, patients = _declared_tables(folder, meta)
    claimed = {part.file for source in meta.sources.values() for part in (source, *source.join, *source.below)}
    names = load_dictionary()
    for path in sorted(folder.iterdir()):
        kind, name = kind_of(path), stem_of(path).lower()
        if path.name.startswith((".", "~$")) or not path.is_file() or path.name in claimed:  # ~$: lock of an open Excel
            continue
        fault = link_fault(path) if kind in READ else None
        if fault:
            faults.append(fault)
        elif kind in READ and kind not in BOOKS and name in names:
            _add(tables, faults, name, path.name, *_plain(path, kind, meta.encoding))
        elif kind in BOOKS:
            sheets, sheet_faults = read_excel(path)
            faults += sheet_faults
            for sheet, (table, frame) in sheets.items():
                _add(tables, faults, table, f"{path.name}[{sheet}]", frame, [])
        elif kind in READ and kind != ".txt":
            action = did_you_mean(name, names)
            faults.append(Finding(path.name, "not a table of the dictionary; not read", action, severity="warning"))
        elif kind in OTHER_FORMATS:
            faults.append(Finding(path.name, NOT_READ, how_to_save(kind), severity="warning"))
    if "adsl" in tables and "adsl" not in meta.sources:
        patients = tables["adsl"]
    if patients:
        others = (subjects_of(frame, meta.of(t)) for t, (file, frame) in tables.items() if file != patients[0])
        faults += patient_faults(*patients, subject_column(patients[1], meta.of("adsl")), set().union(*others))
    return as_subjects_are_written(tables, lambda table, frame: subject_column(frame, meta.of(table))), faults


def _declared_tables(folder, meta):
    """The tables of `tables` in cohort.yml, the faults, and (file, frame) of the patients as they are written, None
    where their last row is declared; a file that several of them share is read once.

    Subjects whom `rows` and `skip` of adsl leave out are left out everywhere.
    """
    tables, faults, read, left_out, patients = {}, [], {}, set(), None
    for table, source in meta.sources.items():
        path = folder / source.file
        if not path.is_file():
            faults.append(missing_file(folder, source, table, meta.lines))
            continue
        key = tuple(str(getattr(source, k)) for k in PLACE)
        if key not in read:
            read[key] = read_file(path, source, source.encoding or meta.encoding)
            faults += read[key][1]
        frame = _identified(read[key][0], source)
        if frame is not None and len(frame):
            file = f"{path.name}[{source.sheet}]" if source.sheet else path.name
            frame, more = _put_together(folder, frame, source, meta.of(table), file)
            faults += more
            taken, more = take_rows(table, file, frame, source, meta.lines)
            faults += more
            if table == "adsl" and not source.last_row:
                patients = file, taken
            taken = recode(taken, source)
            tables[table] = file, taken
            if table == "adsl":
                left_out = subjects_of(frame, meta.of(table)) - subjects_of(taken, meta.of(table))
    for table, (file, frame) in tables.items():
        if left_out:
            column = subject_column(frame, meta.of(table))
            tables[table] = file, frame[~frame[column].isin(left_out)] if column else frame
    return tables, faults, patients


def _identified(frame, source):
    """A frame with the column of the rows' own numbers, or with the identifiers filled down, where a source says so."""
    if frame is None:
        return frame
    if ROW in source.columns and ROW not in frame:
        frame = frame.assign(**{ROW: [str(line) for line in frame.index]})
    own = next((n for n, t in source.columns.items() if t == "USUBJID" and n in frame), "")
    return frame.assign(**{own: frame[own].ffill()}) if source.fill_down and own else frame


def _of_courses(frame, source, meta, file):
    """The rows of the courses of each patient side by side, and what does not fit together."""
    own, by = subject_column(frame, meta), source.courses.by
    if not own or by not in frame:
        rule, action = (
            Message("`{key}` names a column that {file} does not have", key="courses", file=file),
            Message("Look at the column names in {file}.", file=file),
        )
        return frame, [
            Finding("cohort.yml", rule, action, column="tables.adsl.courses", value=shown(by))
        ] if own else []
    return side_by_side(frame, own, source.courses), list(faults_of_courses(frame, own, source.courses, file))


def _put_together(folder, frame, source, meta, file):
    """A table with the sheets that stand below it, its courses side by side, then the sheets beside it (which know each
    patient once), and its visits as rows."""
    faults = []
    steps = (
        (source.below, partial(_with_sheets, folder, add_below)),
        (source.lesions, _of_lesions),
        (source.ici_rows, _of_lines),
        (source.once, _of_patients),
        (source.courses, _of_courses),
        (source.join, partial(_with_sheets, folder, join_parts)),
        (source.visits, _of_visits),
        (source.events, _of_events),
    )
    for declared, put in steps:
        if declared:
            frame, more = put(frame, source, meta, file)
            faults += more
    return frame, faults


def _with_sheets(folder, put, frame, source, meta, _file):
    """The table with further sheets put beside it or below it."""
    return put(folder, frame, subject_column(frame, meta), source, read_file)


def _of_lesions(frame, source, meta, file):
    """The sums of the lesions of each patient and day, and columns that are not there."""
    own, rule = subject_column(frame, meta), source.lesions
    lacking = [n for n in (rule.size, rule.day, *rule.rows) if n not in frame]
    if own and not lacking:
        return sums_of_lesions(frame, own, rule), list(faults_of_lesions(frame, own, rule, file))
    rule, action = (
        Message("`{key}` names a column that {file} does not have", key="lesions", file=file),
        Message("Look at the column names in {file}.", file=file),
    )
    return frame, [Finding("cohort.yml", rule, action, column="lesions", value=shown(n)) for n in lacking]


def _of_lines(frame, source, meta, file):
    """The rows of lines of therapy with their course of checkpoint inhibitor, and columns that are not there."""
    own, rule = subject_column(frame, meta), source.ici_rows
    lacking = [n for n in (rule.by, rule.order) if n not in frame]
    if own and not lacking:
        return with_course(frame, own, rule), []
    rule, action = (
        Message("`{key}` names a column that {file} does not have", key="ici_rows", file=file),
        Message("Look at the column names in {file}.", file=file),
    )
    return frame, [Finding("cohort.yml", rule, action, column="ici_rows", value=shown(n)) for n in lacking]


def _of_patients(frame, source, meta, file):
    """One row a patient of a sheet that repeats the patient in each row, and where the rows differ."""
    own = subject_column(frame, meta)
    if not own:
        return frame, []
    return patients_once(frame, own, source.once), list(faults_of_repeats(frame, own, source.once, file))


def _of_visits(frame, source, meta, file):
    """The responses of the visits as rows, and what does not fit together."""
    own = subject_column(frame, meta)
    if not own:
        return frame, []
    rows = rows_of_visits(frame, own, source.visits)
    return rows, list(faults_of_visits(frame, source.visits, rows, file))


def _of_events(frame, source, meta, file):
    """The adverse events of the patients as rows, and what does not fit together."""
    own = subject_column(frame, meta)
    if not own:
        return frame, []
    return rows_of_events(frame, own, source.events), list(faults_of_events(frame, source.events, file))


def read_grids(path: Path, encoding="") -> tuple[list[Grid], list[Finding]]:
    """The sheets of a text file or workbook as they lie on the table; what is wrong with the file."""
    if kind_of(path) in BOOKS:
        return read_workbook(path)
    grid, faults = read_text(path, encoding)
    return [grid] if grid is not None else [], faults


def read_stored(path: Path, encoding="") -> tuple:
    """A Parquet, SPSS, Stata or SAS file: the frame (None if it
    cannot be read), the faults, and what it says of its codes.
    """
    size = path.stat().st_size
    if size > MOST_BYTES:
        return None, [too_large(path.name, f"{size / 1024**2:,.0f} MB")], None
    frame, faults, *labels = read_parquet(path) if kind_of(path) == SUFFIX else read_statfile(path, encoding)
    if frame is not None and frame.shape[1] > MOST_COLUMNS:
        return None, [too_large(path.name, Message("{n} columns", n=f"{frame.shape[1]:,}"))], None
    return frame, faults, labels[0] if labels else None


def read_file(path: Path, source, encoding="") -> tuple[pd.DataFrame | None, list[Finding]]:
    """The table that a source declares, of a file of any kind that
    is read: the frame (None if there is none), the faults.
    """
    frame, faults = _read_file(path, source, encoding)
    if frame is not None and kind_of(path) not in (*BOOKS, *TEXT):
        frame = frame.drop(index=[line for line in source.omit_rows if line in frame.index])
    if frame is None:
        return None, faults
    items = getattr(source, "items", None)
    if items:
        faults = [*faults, *faults_of_items(frame, items, path.name)]
        frame = frame if any(f.file == "cohort.yml" for f in faults) else items_as_columns(frame, items)
    frame = with_starts_and_stops(with_whole_dates(set_apart(frame, source.signs), source.date_parts))
    frame = merged_lines(frame, source.merge_rows)
    called = getattr(source, "called", "")
    own = next((n for n, target in source.columns.items() if target == "USUBJID"), "") if called else ""
    return (frame.rename(columns={n: f"{called} {n}" for n in frame if n != own}) if called else frame), faults


def _read_file(path, source, encoding):
    kind, fault = kind_of(path), link_fault(path)
    if fault:
        return None, [fault]
    if kind not in READ:
        return None, [Finding(path.name, NOT_READ, how_to_save(kind))]
    if kind not in (*BOOKS, *TEXT):
        return read_stored(path, encoding)[:2]
    grids, faults = read_grids(path, encoding)
    if any(f.severity == "error" for f in faults):
        return None, faults
    faults = [f for f in faults if kind in TEXT]
    titles = [g.sheet for g in grids]
    if kind in BOOKS:
        visible = [g for g in grids if not g.hidden]
        if source.sheet not in titles and (source.sheet or len(visible) != 1):
            rule = (
                Message("the workbook has no sheet {sheet}", sheet=source.sheet)
                if source.sheet
                else "several sheets, and `tables` does not say which"
            )
            return None, [Finding(path.name, rule, did_you_mean(source.sheet, titles), value=shown(source.sheet))]
        grids = [g for g in grids if g.sheet == source.sheet] if source.sheet else visible
    grid = turned(grids[0]) if source.turned else grids[0]
    frame, more = declared_table(grid, source)
    return frame, faults + more


def declared_table(grid: Grid, source) -> tuple[pd.DataFrame | None, list[Finding]]:
    """The lines that a source declares of a sheet. Lines of
    patients that stand below the last declared one are named.
    """
    declared = source.header
    header = declared or tuple(grid.lines[:1])
    if header and header[-1] not in grid.lines:
        rule = Message("the file has no line {header}", header=header[-1])
        return None, [Finding(grid.place, rule, "Correct `header`, or leave it out for the first line.")]
    below = [line for line in grid.lines if line > header[-1]] if header else []
    first, last = source.first_row, source.last_row
    layout = Layout(header, (), first or (below[0] if below else 0), last or (below[-1] if below else 0))
    strict = not declared
    frame, faults = frame_of(grid, layout, strict, unnamed=bool(source.columns))
    faults += formula_faults(grid, layout, frame)
    if frame is not None and source.colours:
        frame = frame.join(colour_columns(frame, grid.colours))
    omitted = [line for line in source.omit_rows if frame is not None and line in frame.index]
    if frame is not None and omitted:
        frame = frame.drop(index=omitted)
    if frame is not None and last:
        usual = max(0, frame.notna().sum(axis=1).median() - 1) if len(frame) else None
        faults += _below(grid, replace(layout, first=last + 1, last=grid.lines[-1]), source, usual)
    return frame, faults


def _below(grid, layout, source, usual):
    """Findings for lines under the last declared one that look like patients: rows were added to the file."""
    rest = frame_of(Grid(**{**grid.__dict__, "exact": False}), layout)[0]
    if rest is None or rest.empty:
        return
    names = [n for n, target in source.columns.items() if target == "USUBJID" and n in rest.columns]
    another = find_layout(grid).next or float("inf")  # the names of another table below
    odd = {entry.line for entry in not_patients(rest, names[0] if names else rest.columns[0], usual)}
    for line in (x for x in rest.index if x not in odd and x not in source.omit_rows and x < another):
        rule = Message("a line below the last line of patients ({last_row})", last_row=source.last_row)
        yield Finding(
            grid.place,
            rule,
            "Import the file again, or correct `last_row`.",
            row=line,
            value=shown(next((c for c in rest.loc[line] if c), "")),
        )


def formula_faults(grid, layout, frame):
    """Findings for formulas among the patients without a stored result, and for links."""
    width = frame.shape[1] if frame is not None else 0
    for line, column, text, empty in grid.formulas:
        if layout.first <= line <= layout.last and column < width:
            rule = "a formula without a stored value" if empty else "a link or command formula"
            action = "Open it in Excel, save it, try again." if empty else "Replace it by its value."
            yield Finding(grid.place, rule, action, row=line, column=str(frame.columns[column]), value=text)


def read_excel(path: Path) -> tuple[dict, list[Finding]]:
    """The sheets of a workbook whose names are tables: {sheet:
    (table, frame)}; a single sheet of another name is adsl.
    """
    grids, faults = read_workbook(path)
    if not grids:
        return {}, faults
    names, tables = load_dictionary(), {}
    for grid in grids:
        name = grid.sheet.strip().lower()
        if name not in names:
            if len(grids) > 1:
                rule, file = "not a table of the dictionary; not read", grid.place
                faults.append(Finding(file, rule, did_you_mean(name, names), severity="warning"))
                continue
            name = "adsl"
        frame, sheet_faults = read_sheet(grid)
        optional = name != "adsl" and (frame is None or frame.empty) and all(_empty_sheet(f) for f in sheet_faults)
        if not optional:  # an untouched sheet of the template is an absent table
            faults += sheet_faults
            if frame is not None:
                tables[grid.sheet] = name, frame
    return tables, faults


def read_sheet(grid) -> tuple[pd.DataFrame | None, list[Finding]]:
    """A sheet or text file that holds nothing but its table: names in the first line, a patient in every other."""
    if grid.merged:
        places = ", ".join(area_text(area) for area in sorted(grid.merged))
        return None, [
            Finding(
                grid.place,
                Message("merged cells at {places}", places=shown(places)),
                "Unmerge them: one header row, one cell a value.",
            )
        ]
    if not grid.rows:
        return None, [Finding(grid.place, "the sheet is empty", "Fill in one row a subject.")]
    layout = Layout((grid.lines[0],), (), grid.lines[1] if len(grid.lines) > 1 else 0, grid.lines[-1])
    frame, faults = frame_of(grid, layout, strict=True)
    last = max([layout.last, *(entry[0] for entry in grid.formulas)])
    faults += formula_faults(grid, replace(layout, first=grid.lines[0], last=last), frame)
    return frame, faults


def patient_faults(file, frame, id_column, elsewhere=frozenset()):
    """An error for each line of a table of patients that is none: a total, a note, an identifier and nothing else.

    elsewhere : the subjects of other tables, who are patients however little stands here.
    """
    if frame is None or id_column not in frame.columns or frame.index.name != "line":
        return
    odd = [entry for entry in not_patients(frame, id_column) if entry.why not in ("no identifier", PERHAPS)]
    named = dict(zip(frame.index, frame[id_column], strict=True))
    odd = [entry for entry in odd if entry.why not in BARE or named[entry.line] not in elsewhere]
    for entry in odd[:LIMIT]:
        action = "Delete the line, or leave it out by `omit_rows` in cohort.yml; `rechallenge import` finds such lines."
        yield Finding(
            file,
            Message("a line that is no patient: {why}", why=entry.why),
            action,
            row=entry.line,
            column=id_column,
            value=entry.text,
        )
    yield from further(file, "lines that are no patients", id_column, len(odd) - LIMIT)


def _empty_sheet(fault) -> bool:
    return fault.rule in ("the sheet is empty", NO_ROWS)


def _plain(path, kind, encoding) -> tuple[pd.DataFrame | None, list[Finding]]:
    if kind not in TEXT:
        return read_stored(path, encoding)[:2]
    grids, faults = read_grids(path, encoding)
    if not grids:
        return None, faults
    frame, more = read_sheet(grids[0])
    return frame, faults + more


def _add(tables, faults, name, file, frame, new_faults):
    faults += new_faults
    if name in tables:
        faults.append(
            Finding(
                file,
                Message("the table {name} stands in {tables} as well", name=name, tables=tables[name][0]),
                "Keep one of the two.",
            )
        )
    elif frame is not None:
        tables[name] = (file, frame)
