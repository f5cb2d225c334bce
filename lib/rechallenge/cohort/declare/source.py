"""Where a table stands, if not in a file of its own name: `tables` in cohort.yml, and the rows that it takes."""

import datetime
import re
from dataclasses import replace
from difflib import get_close_matches
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from papercheck.files.findings import LIMIT, Finding, Message, did_you_mean, further, shown
from papercheck.files.models import SCALAR, Entry, Text, TextOrList, wrong
from papercheck.vocabulary.dictionary import load_dictionary

from ..read.dates import read_date_formats

CALLED = "What the names of its columns begin with here, that of the identifiers apart: the course of the sheet."
GRADE = "(grade)"  # the column of the grades that stand beside the names of adverse events
WHOLE = re.compile(r"(\d+)\.0+")  # pandas and R write whole numbers so beside an empty cell
TICKED, UNTICKED = ("1", "checked"), ("0", "unchecked")
EVENT = "_EVENT"  # ends the name of the flag of a duration
HELP = "See the examples in data/README.md."


def _file(name):
    if "/" in name or "\\" in name or name.startswith("."):
        raise wrong("not a file of the cohort's folder", "Put the file there and name it alone.")
    return name


def _cells(value) -> list:
    return ["" if v is None else str(v) for v in (value if isinstance(value, list) else [value])]


def _dates(value):
    """Formats by column; a bare format, or a list of them, stands for every column."""
    return {"": value} if isinstance(value, str | list) else value


def _boxes(found):
    return {name: (entry.none, entry.boxes, entry.form) for name, entry in found.items()}


class Checkbox(Entry):
    """A block of tick boxes: their columns, and the one that means none of them."""

    none: Text = ""
    boxes: tuple[Text, ...] = Field(description="Write `boxes: [columns]`, and `none: column` if one box means none.")
    form: Text = Field("", description="REDCap's column of completeness of the form: 0 is a form that nobody opened.")


class Split(Entry):
    """A written date that is the date of death (or of progression) where the column `by` holds one of `event`, and the
    last contact of all (or, with `other: ""`, nothing)."""

    by: Text = Field(description="The written column that says who died.")
    event: TextOrList = Field(description="Its cells that mean the event.")
    date: Text = "DTHDT"
    other: Text = "LSTALVDT"


class PartialDate(Entry):
    """How a date of which the day or month is not known is read: first, mid or last day of its period."""

    rule: Literal["first", "mid", "last"] = Field(description="first, mid or last day of the period.")
    not_before: tuple[Text, ...] = ()
    not_after: tuple[Text, ...] = ()
    source: Text = Field("", description="Where the rule is laid down, such as the protocol or SAP.")


CELLS = {"anyOf": [SCALAR, {"type": "array", "items": SCALAR}]}
Cells = Annotated[tuple[str, ...], BeforeValidator(_cells), WithJsonSchema(CELLS)]
Dates = Annotated[
    dict[str, Any],
    BeforeValidator(_dates),
    WithJsonSchema({"anyOf": [*CELLS["anyOf"], {"type": "object", "additionalProperties": CELLS}]}),
]
Lines = Annotated[
    tuple[Annotated[int, Field(ge=1, strict=True)], ...],
    BeforeValidator(lambda value: value if isinstance(value, list | tuple) else [value]),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}}]}),
]
Values = dict[Text, dict[Text, Text]]
Groups = tuple[tuple[Annotated[int, Field(ge=1, strict=True)], ...], ...]
MERGED = "Lines of one patient that complete each other and are read as one: [[4, 9]]."
DATE_PARTS = "Dates in several columns: {NAME: [column of the year, of the month, of the day]}."
TURNED = "The patients stand in columns and the items in rows: line 3 is here column C."
COLOURS = "The colours of the lines and of the cells of each column stand in columns of their own."
SIGNS = "Durations with a sign of those who are still followed (10.6+): the signs stand in a column `NAME (sign)`."


class Join(Entry):
    """Another sheet of the same patients, whose `columns` stand beside those of the first: one row each, or, with
    `first` and `last`, several visits."""

    file: Annotated[Text, AfterValidator(_file)] = Field(description="The file of the folder.")
    sheet: Text = ""
    by: Text = Field(description="Its column of identifiers.")
    columns: tuple[Text, ...] = Field(description="Its columns that are read.")
    header: Lines = ()
    first_row: int = Field(0, ge=0, strict=True)
    last_row: int = Field(0, ge=0, strict=True)
    omit_rows: tuple[int, ...] = ()
    encoding: Text = ""
    rows: dict[Text, Cells] = Field({}, description="The rows that are read: {written column: cells}.")
    turned: bool = Field(False, description=TURNED)
    colours: bool = Field(False, description=COLOURS)
    signs: tuple[Text, ...] = Field((), description=SIGNS)
    date_parts: dict[Text, tuple[Text, ...]] = Field({}, description=DATE_PARTS)
    merge_rows: Groups = Field((), description=MERGED)
    first: tuple[Text, ...] = Field((), description="Several rows a patient: columns whose first filled row is read.")
    last: tuple[Text, ...] = Field((), description="Several rows a patient: columns whose last filled row is read.")
    called: Text = Field("", description=CALLED)
    order: Text = Field("", description="The date by which these rows are put in order; the lines' own order without.")
    fill_down: bool = Field(False, description="A line without an identifier is a further row of the patient above.")


class Below(Entry):
    """Another sheet with other patients under the same columns; its rows stand below those of the first."""

    file: Annotated[Text, AfterValidator(_file)] = Field(description="The file of the folder.")
    sheet: Text = ""
    by: Text = Field(description="Its column of identifiers.")
    columns: dict[Text, Text] = Field({}, description="{its name: the name on the first sheet} where they differ.")
    header: Lines = ()
    first_row: int = Field(0, ge=0, strict=True)
    last_row: int = Field(0, ge=0, strict=True)
    omit_rows: tuple[int, ...] = ()
    encoding: Text = ""
    turned: bool = Field(False, description=TURNED)
    colours: bool = Field(False, description=COLOURS)
    signs: tuple[Text, ...] = Field((), description=SIGNS)
    date_parts: dict[Text, tuple[Text, ...]] = Field({}, description=DATE_PARTS)
    merge_rows: Groups = Field((), description=MERGED)


class Courses(Entry):
    """A sheet with a row for each course of a patient: the rows are put side by side, one row a patient. The columns of
    a course are then called `first course NAME` and `rechallenge NAME`."""

    by: Text = Field(description="The written column that says of which course a row is.")
    values: dict[Text, Literal["first course", "rechallenge", "leave out"]] = Field(description="What its cells mean.")
    once: tuple[Text, ...] = Field((), description="Columns of the patient, the same in every row.")
    first: tuple[Text, ...] = Field((), description="Columns of the patient of which the first filled row is read.")
    last: tuple[Text, ...] = Field((), description="Columns of the patient of which the last filled row is read.")
    rows: dict[Text, Cells] = Field({}, description="The rows that are read: {written column: cells}.")


class Visit(Entry):
    """The column of responses, or of sums of lesions, of one visit, and when it was: one of `date`, `day`, `weeks` and
    `months`; none of them, or 0 weeks, is the start."""

    response: Text = ""
    sum: Text = Field("", description="The column of the sums of diameters, of `adtr`.")
    date: Text = Field("", description="The column of its dates, or `response` again: cells such as `PR 2024-01-03`.")
    day: datetime.date | None = Field(None, description="The day of the visit, the same for every patient.")
    weeks: float = Field(0, gt=-60, lt=1000, description="Weeks after the start.")
    months: int = Field(0, gt=-12, lt=240, description="Months after the start.")

    @property
    def measure(self) -> str:
        """The column of what was assessed."""
        return self.response or self.sum

    @model_validator(mode="after")
    def _one_measure(self):
        if bool(self.response) == bool(self.sum):
            raise wrong("expected `response` or `sum`", "Name the column of the responses, or that of the sums.")
        return self


class Visits(Entry):
    """Responses or sums in a column for each visit, read as one row for each visit that is filled; with `best`, as the
    best change from the first column, of patients whose visits have no date."""

    columns: tuple[Visit, ...] = Field(description="The visits: [{response: NAME, date: NAME}].")
    start: Text = Field("", description="The column of the day from which weeks and months count.")
    dates: Cells = Field((), description="How that day is written, as under `dates`.")
    best: bool = Field(False, description="Sums: the best change from the first column, without dates.")


class EventColumns(Entry):
    """The columns of one adverse event of a patient: its name in a column (`term`), or the event that a column is of
    (`called`, with its grades, or yes and no, in `grade`)."""

    term: Text = Field("", description="The column of the names of events.")
    called: Text = Field("", description="The event, where a column is of one event alone.")
    grade: Text = Field("", description="The column of its CTCAE grade, or of yes and no.")
    start: Text = Field("", description="The column of the day on which it began.")
    yes: Cells = Field((), description="Cells of `grade` that tell of an event whose grade is not known.")
    none: Cells = Field((), description="Cells of the event (`term`, or `grade` of `called`) that tell of none.")
    apart: Cells = Field((), description="The marks between several events of one cell of `term`, such as a comma.")
    course: Literal["first course", "rechallenge", "by date"] = "rechallenge"

    @model_validator(mode="after")
    def _named(self):
        if bool(self.term) == bool(self.called) or not (self.term or self.grade):
            raise wrong("expected `term`, or `called` and `grade`", "Name the column of the events, or one event.")
        return self


class Items(Entry):
    """A row for each item of a patient: the items become columns, one row a patient."""

    id: Text = Field(description="The column of the identifiers.")
    by: Text = Field(description="The column of the names of the items.")
    value: Text = Field(description="The column of their values.")


class Lesions(Entry):
    """A row for each lesion at each assessment, summed by patient and day."""

    size: Text = Field(description="The column of the diameter of a lesion.")
    day: Text = Field(description="The column of the date of the assessment.")
    rows: dict[Text, Cells] = Field({}, description="The lesions that are summed: {written column: cells}.")


class IciRows(Entry):
    """Rows of lines of therapy: those of checkpoint inhibitor are the courses, in order."""

    by: Text = Field(description="The column that says what a row is: a drug, or yes and no.")
    cells: Cells = Field(description="Its cells that are of checkpoint inhibitor.")
    order: Text = Field(description="The column of the start of each row, or of its number.")
    dates: tuple[Text, ...] = Field((), description="How the dates of `order` are written.")


class Events(Entry):
    """Adverse events in columns of the patient, read as one row for each event."""

    columns: Annotated[tuple[EventColumns, ...], Field(min_length=1)] = Field(
        description="The events: [{term: AE1, grade: AE1 grade}, {called: Rash, grade: Rash}]."
    )


class Source(Entry):
    """One entry of `tables`. `rows` keeps and `skip` drops rows by {written column: cells} ("" is an empty cell); `set`
    gives a column that the file lacks the same value in every row; `checkboxes` are {name: (none, boxes, form)}."""

    file: Annotated[Text, AfterValidator(_file)] = Field(description="The file of the folder, such as study.sav.")
    sheet: Text = ""
    header: Lines = Field(
        (), description="The line of the names, if titles stand above; [2, 3] if groups stand above the names."
    )
    first_row: int = Field(0, ge=0, strict=True, description="The line of the first subject.")
    last_row: int = Field(0, ge=0, strict=True, description="The line of the last subject, if other rows stand below.")
    omit_rows: tuple[int, ...] = Field((), description="Lines between the first and the last subject that are none.")
    encoding: Text = ""
    decimal: Literal[".", ","] = Field("", description="The decimal mark is a point or a comma.")
    rows: dict[Text, Cells] = Field({}, description=HELP)
    skip: dict[Text, Cells] = Field({}, description=HELP)
    set: dict[Text, Text] = Field({}, description=HELP)
    columns: dict[Text, Text] = Field({}, description=HELP)
    values: Values = Field({}, description="COLUMN: {written: meant}.")
    dates: Dates = Field({}, description=HELP)
    partial_dates: dict[Text, PartialDate] = {}
    turned: bool = Field(False, description=TURNED)
    colours: bool = Field(False, description=COLOURS)
    signs: tuple[Text, ...] = Field((), description=SIGNS)
    date_parts: dict[Text, tuple[Text, ...]] = Field({}, description=DATE_PARTS)
    merge_rows: Groups = Field((), description=MERGED)
    fill_down: bool = Field(False, description="A line without an identifier is a further row of the patient above.")
    called: Text = Field("", description=CALLED)
    items: Items | None = Field(None, description="A row for each item of a patient, read as columns.")
    lesions: Lesions | None = Field(None, description="A row for each lesion, summed by patient and day.")
    ici_rows: IciRows | None = Field(None, description="Lines of therapy of which some are of checkpoint inhibitor.")
    once: tuple[Text, ...] = Field(
        (), description="The columns of the patient in a sheet that repeats them in each row: one row is made of them."
    )
    below: tuple[Below, ...] = Field((), description="Further sheets of other patients under the same columns.")
    apart: bool = Field(
        False, description="Each of these sheets numbers its patients anew: its name is put before them."
    )
    courses: Courses | None = Field(None, description="A row for each course of a patient, put side by side.")
    join: tuple[Join, ...] = Field((), description="Further sheets of the same patients, one row each.")
    visits: Visits | None = Field(None, description="A column for each visit, read as a row for each.")
    events: Events | None = Field(None, description="Adverse events in columns of the patient, a row for each event.")
    born: Text = Field("", description="The column of the date or year of birth: AGE is computed from it.")
    alive_on: datetime.date | None = Field(
        None, description="The day on which everybody without a date of death or of last contact was known to be alive."
    )
    separate: dict[Text, Cells] = Field(
        {}, description="{column of adverse events: the marks between several events of one cell}."
    )
    split: dict[Text, Split] = Field({}, description="One date column that is of death or of last contact.")
    ignore: tuple[Text, ...] = Field((), description=HELP)
    checkboxes: Annotated[dict[Text, Checkbox], AfterValidator(_boxes)] = Field({}, description=HELP)


def with_all_rows(meta):
    """Facts of a cohort whose sources leave out no row that holds a subject, and merge none; the same where none
    does."""
    kept = {"rows": {}, "skip": {}, "merge_rows": ()}
    if not any(getattr(source, key) for source in meta.sources.values() for key in kept):
        return meta
    return replace(meta, sources={table: source.model_copy(update=kept) for table, source in meta.sources.items()})


def check_sources(sources, known, fault) -> dict[str, Source]:
    """The sources, with date formats read; tables, columns and formats that do not exist become faults.

    known : columns that a mapping may aim at; fault(path, rule, action, value) takes every fault found.
    """
    found = {}
    for table, source in sources.items():
        path = ("tables", table)
        if table not in load_dictionary():
            fault(path, "not a table", did_you_mean(table, load_dictionary()), table)
            continue
        columns = load_dictionary()[table].columns
        for name in (name for name in source.set if name not in columns):
            fault((*path, "set", name), "not a column of the table", did_you_mean(name, columns), name)
        check_targets(source, known, path, fault)
        dates = read_date_formats(source.dates, known, (*path, "dates"), fault)
        found[table] = source.model_copy(update={"dates": dates})
    return found


def check_targets(declared, known, path, fault):
    """Find columns that `columns` aims at or `values` translates and that no table has. declared : has both."""
    for written, target in declared.columns.items():
        if target not in known:
            action = did_you_mean(target, sorted(known))
            fault((*path, "columns", written), "unknown column on the right", action, target)
    for name in declared.values:
        if name not in known:
            fault((*path, "values", name), "expected COLUMN: {written: meant}", did_you_mean(name, sorted(known)), name)


def written_cells(column: pd.Series) -> pd.Series:
    """The cells of any column as a person writes them: '' where empty, 1 for 1.0, ISO dates, with the time if any."""
    if column.dtype.kind == "M":
        days = column.dt.strftime("%Y-%m-%d").fillna("")
        midnight = column.isna() | (column == column.dt.normalize())
        return days.where(midnight, column.dt.strftime("%Y-%m-%d %H:%M"))
    if column.dtype.kind in "fiu":
        codes, values = pd.factorize(column)
        words = [str(int(v)) if float(v).is_integer() else f"{v:.15g}" for v in values]
        return pd.Series(pd.array([*words, ""], dtype=object)[codes], index=column.index)
    words = column.to_numpy(object, copy=True)
    words[pd.isna(words)] = ""
    if pd.api.types.infer_dtype(words, skipna=False) != "string":
        words = [str(word) for word in words]
    return pd.Series(words, index=column.index, name=column.name, dtype=object)


def identifiers(column: pd.Series) -> pd.Series:
    """The cells of a column of identifiers, '' where empty; 1 for 1.0 where every one is written so, as pandas and R
    write whole numbers of a column with an empty cell."""
    words = written_cells(column).str.strip()
    given = words[words != ""]
    return words.str.replace(WHOLE, r"\1", regex=True) if len(given) and given.str.fullmatch(WHOLE).all() else words


def subject_column(frame, meta) -> str:
    """The written column of the subject identifiers, or ''; meta : the facts as they hold for the table."""
    return next((c for c in frame.columns if meta.columns.get(c, c) == "USUBJID"), "")


def subjects_of(frame, meta) -> set:
    """The subjects of a table as written."""
    column = subject_column(frame, meta)
    return set(frame[column].dropna()) if column else set()


def _line(lines, table, name) -> int | None:
    """The line of cohort.yml that names a column of a table's file, else that of the table."""
    entry = ("tables", table)
    places = [path for path in lines if path[:2] == entry and path[-1] == name]
    return lines.get(places[0]) if places else lines.get(entry)


def take_rows(table, file, frame, source, lines) -> tuple[pd.DataFrame, list[Finding]]:
    """The rows and columns that a source gives to its table, and what its declaration gets wrong.

    frame : as read; the columns of `set` are added. lines : of the keys of cohort.yml. Findings name cohort.yml for a
    column that the file lacks.
    """
    faults, wanted = [], [*source.columns, *source.rows, *source.skip, *source.ignore, *source.split]
    wanted = [*(w for w in wanted if w != GRADE or not source.separate), *source.separate]
    for none, boxes, _ in source.checkboxes.values():
        wanted += [none, *boxes]
    for name in dict.fromkeys(w for w in wanted if w and w not in frame.columns):
        rule = Message("`{key}` names a column that {file} does not have", key="tables", file=file)
        near = get_close_matches(name, map(str, frame.columns), n=3, cutoff=0.5)
        action = (
            Message("Did you mean {column}?", column=" or ".join(near))
            if near
            else Message("Look at the column names in {file}.", file=file)
        )
        faults.append(
            Finding(
                "cohort.yml", rule, action, row=_line(lines, table, name), column=f"tables.{table}", value=shown(name)
            )
        )
    keep = pd.Series(True, index=frame.index)
    for kept, conditions in ((True, source.rows), (False, source.skip)):
        for name, cells in conditions.items():
            if name in frame.columns:
                keep &= written_cells(frame[name]).isin(cells) == kept
    frame = frame[keep]
    if not len(frame) and not faults:
        faults.append(
            Finding(file, Message("no row is left for {table}", table=table), "Check `rows` and `skip` in cohort.yml.")
        )
    faults += _box_findings(file, frame, source)
    given = {c for c in frame.columns if source.columns.get(c, c) in source.set}
    return _with_set(frame.drop(columns=list(given)), source), faults


def _with_set(frame, source):
    """The rows with the columns of `set`; an event that all had is none of a row without its duration."""
    found = frame.assign(**source.set)
    for flag in (f for f in source.set if f.endswith(EVENT)):
        for name in (n for n in frame.columns if source.columns.get(n, n) == flag.removesuffix(EVENT)):
            found[flag] = found[flag].where(written_cells(frame[name]) != "")
    return found


def _box_findings(file, frame, source):
    """Boxes that hold neither a tick nor none, and 'none' ticked beside another box."""
    id_column = subject_column(frame, source)
    for name, (none, boxes, _) in source.checkboxes.items():
        cells = {c: written_cells(frame[c]).str.strip().str.lower() for c in (none, *boxes) if c in frame.columns}
        for column, words in cells.items():
            bad = ~words.isin((*TICKED, *UNTICKED, ""))
            action = "Write 1 (ticked) or 0; Checked and Unchecked are read as well."
            like = Finding(file, Message("not a tick of the checkbox {column}", column=name), action, column=column)
            yield from _flagged(frame, id_column, bad, like)
        if none in cells:
            for column in (b for b in boxes if b in cells):
                both = cells[none].isin(TICKED) & cells[column].isin(TICKED)
                rule = Message(
                    "the checkbox {column} contradicts itself: {none} (none of them) is ticked as well",
                    column=name,
                    none=none,
                )
                like = Finding(file, rule, "Untick one of the two.", column=column)
                yield from _flagged(frame, id_column, both, like)


def _flagged(frame, id_column, bad, like):
    """`like` for each row where the mask `bad` holds; beyond LIMIT rows one for the rest."""
    for line, row in frame[bad].iloc[:LIMIT].iterrows():
        yield replace(like, row=line, subject=shown(row.get(id_column, "")), value=shown(row[like.column]))
    yield from further(like.file, like.rule, like.column, int(bad.sum()) - LIMIT)


def missing_file(folder, source, table, lines) -> Finding:
    """The finding for a source whose file is not there."""
    present = sorted(p.name for p in folder.iterdir() if p.is_file() and p.name != "cohort.yml")
    rule = "`tables` names a file that the folder does not hold"
    return Finding(
        "cohort.yml",
        rule,
        did_you_mean(source.file, present),
        row=lines.get(("tables", table, "file")),
        column=f"tables.{table}.file",
        value=shown(source.file),
    )
