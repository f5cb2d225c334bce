"""Adverse events in columns of the patient: one row for each event, with its grade and start."""

import re
from dataclasses import replace

import pandas as pd

from papercheck.files.findings import Finding, Message, shown

from ..declare.source import GRADE, written_cells
from .by_date import BY_DATE
from .event_cells import events_in
from .visits import EVENTS, PIECE, VISIT

GRADE_MARKS = re.compile(r"[、；;，,/\s]+")  # between the grades of the events of a cell
TERM, START, COURSE = "(adverse event)", "(start of the event)", "(course of the event)"
NO_GRADE = ("0", "0.0", "NA", "N/A", "-", "/", "无")
COURSES = {"first course": "INITIAL", "rechallenge": "RECHALLENGE", "by date": BY_DATE}


def rows_of_events(frame, id_column, events) -> pd.DataFrame:
    """The adverse events of a frame of one row a patient as rows: TERM, GRADE, START and COURSE, text.

    events : `columns`, of each event the column of its name (`term`) or what it is called, its columns of grade and
    start, the cells `yes` of the grade that tell of an event without a grade, those that tell of `none`, and its
    course. A column of one event that is empty, and one of names that is, give no row; a cell that names several events
    gives a row for each, with its grade (events_in). The index is the line of the patient and VISIT for each earlier
    event.
    """
    found = []
    for number, event in enumerate(events.columns):
        cells = {n: _cells(frame, getattr(event, n)) for n in ("term", "grade", "start")}
        filled = ~cells["term" if event.term else "grade"].isin(["", *event.none])
        term = cells["term"] if event.term else pd.Series(event.called, index=frame.index)
        rows = {id_column: frame[id_column], TERM: term, GRADE: cells["grade"].mask(cells["grade"].isin(event.yes), "")}
        rows = pd.DataFrame({**rows, START: cells["start"], COURSE: COURSES[event.course]})
        rows.index = pd.Index(frame.index.to_numpy() + (EVENTS + number) * VISIT, name=frame.index.name)
        rows = rows[filled.to_numpy()]
        found.append(each_of_cell(rows, event.apart) if event.term else rows)
    return pd.concat(found).replace("", None)


def each_of_cell(rows, apart=(), term=TERM, grade=GRADE) -> pd.DataFrame:
    """Rows of events with a row for each event that their cells name; the index of the others of a cell is PIECE on.

    apart : marks between events, as a person said.
    """
    named = [_with_grades(*pair, tuple(apart)) for pair in zip(_cells(rows, term), _cells(rows, grade), strict=True)]
    parts = []
    for k in range(max(map(len, named), default=0)):
        events = [n[k] for n in named if len(n) > k]
        part = rows[[len(n) > k for n in named]]
        part = part.assign(**{term: [t for t, _ in events], grade: [g for _, g in events]})
        parts.append(part.set_axis(part.index + k * PIECE))
    return pd.concat(parts) if parts else rows


def _with_grades(term, grade, apart) -> tuple:
    """The events of a cell with their grades: their own, or those beside them, one each. Several events with one grade
    beside them stay one: of which it is cannot be known. Where a person said that they are apart, it holds for each."""
    named, grades = events_in(term, apart), [g for g in GRADE_MARKS.split(grade) if g]
    if len(named) > 1 and len(grades) == len(named):
        return tuple((t, g) for (t, _), g in zip(named, grades, strict=True))
    if len(named) == 1 or not grades:
        return tuple((t, grade or own) for t, own in named)
    if apart:
        return tuple((t, own or grade) for t, own in named)
    return ((term, grade),) if named else ()


def _cells(frame, name) -> pd.Series:
    """The cells of a column as text, '' for every patient without the column."""
    return written_cells(frame[name]).str.strip() if name in frame else pd.Series("", index=frame.index)


def faults_of_events(frame, events, file):
    """Columns that are not there, and grades of an event without a name."""
    names = dict.fromkeys(n for e in events.columns for n in (e.term, e.grade, e.start) if n)
    for name in (n for n in names if n not in frame):
        rule, action = (
            Message("`{key}` names a column that {file} does not have", key="events", file=file),
            Message("Look at the column names in {file}.", file=file),
        )
        yield Finding("cohort.yml", rule, action, column="tables.adae.events", value=shown(name))
    for event in (e for e in events.columns if e.term and e.grade):
        cells = _cells(frame, event.grade)
        bad = cells[_cells(frame, event.term).isin(["", *event.none]) & ~cells.isin(["", *NO_GRADE])]
        for line, value in bad.items():
            rule, action = (
                "a grade without its adverse event",
                Message("Fill in {term}, or clear the grade.", term=shown(event.term)),
            )
            yield Finding(file, rule, action, row=int(line), column=event.grade, value=shown(value))


def at_its_event(finding, events):
    """A finding on the rows of events, with the column and the line of the sheet; another one as it is."""
    number, line = divmod(int(finding.row), VISIT)
    number = number % (PIECE // VISIT) - EVENTS
    if not 0 <= number < len(events.columns):
        return finding
    event = events.columns[number]
    own = {"AEDECOD": event.term or event.grade, TERM: event.term or event.grade, "ATOXGR": event.grade,
           GRADE: event.grade, "ASTDT": event.start, START: event.start}  # fmt: skip
    return replace(finding, row=line, column=own.get(finding.column, finding.column))
