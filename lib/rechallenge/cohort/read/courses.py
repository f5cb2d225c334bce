"""A sheet with a row for each course of a patient: the rows put side by side, so that each patient is one row."""

import pandas as pd

from papercheck.files.findings import LIMIT, Finding, further, shown

from ..declare.source import written_cells

CALLED = ("first course", "rechallenge")  # what the name of a column of one course begins with
LINES = "(lines of {})"  # a column of the joined frame: where the row of a course stands
CELL = "(lines of the patient) {}"  # and where a cell of the patient does, for each such column


def rows_of(frame, courses) -> pd.DataFrame:
    """The rows that are put side by side, without columns that none of them fills."""
    for name, cells in courses.rows.items():
        frame = frame[written_cells(frame[name]).isin(list(cells))] if name in frame else frame
    return frame


def side_by_side(frame, id_column, courses) -> pd.DataFrame:
    """One row a patient: the columns of `once`, `first` and `last` as they are, every other one once for each course.

    courses : `by`, the column of the course; `values`, {its cell: first course, rechallenge or leave out}; `once`,
    `first` and `last`, columns of the patient: the same in each row, or of the first or last row that fills them;
    `rows`, those that are read. The index is the first line of each patient. Of two rows of one course the first cell
    that is filled is taken.
    """
    frame = rows_of(frame, courses)
    keys = written_cells(frame[id_column]).str.strip()
    course = written_cells(frame[courses.by]).str.strip().map(courses.values)
    once, last = (
        [id_column, *(c for c in (*courses.once, *courses.first) if c in frame and c != id_column)],
        courses.last,
    )
    found = [frame[once].groupby(keys.to_numpy(), sort=False).first()]
    found.append(frame[[c for c in last if c in frame]].groupby(keys.to_numpy(), sort=False).last())
    for called in CALLED:
        rows = frame[(course == called).to_numpy()].drop(
            columns=[*once, *found[1].columns, courses.by], errors="ignore"
        )
        rows = rows.assign(**{LINES.format(called): rows.index})
        rows = rows.groupby(keys[rows.index].to_numpy(), sort=False).first()
        found.append(rows.rename(columns={c: f"{called} {c}" for c in rows if c != LINES.format(called)}))
    found += _lines_of_cells(frame, keys, (*once[1:], *(c for c in last if c in frame)), last)
    lines = pd.Series(frame.index, index=keys.to_numpy())
    whole = pd.concat([found[0], *(part.reindex(found[0].index) for part in found[1:])], axis=1)
    whole.index = pd.Index(lines[~lines.index.duplicated()].reindex(found[0].index), name=frame.index.name)
    return whole


def _lines_of_cells(frame, keys, names, last) -> list:
    """A column for each column of the patient that is filled at further lines than the first: where its cell stands."""
    found = []
    for name in names:
        cells = frame[name].dropna()
        rows = pd.Series(cells.index, index=keys.loc[cells.index].to_numpy())
        rows = rows[~rows.index.duplicated(keep="last" if name in last else "first")]
        found.append(rows.rename(CELL.format(name)).to_frame())
    return found


def faults_of_courses(frame, id_column, courses, file):
    """Rows without a course that is known, two rows of one course,
    and what should be the same in all rows of a patient.
    """
    frame = rows_of(frame, courses)
    keys, cells = written_cells(frame[id_column]).str.strip(), written_cells(frame[courses.by]).str.strip()
    course = cells.map(courses.values)
    of_course = frame.drop(
        columns=[id_column, courses.by, *courses.once, *courses.first, *courses.last], errors="ignore"
    )
    held = of_course.notna().any(axis=1)
    twice = pd.DataFrame({"id": keys, "course": course})[held].duplicated().reindex(frame.index, fill_value=False)
    twice &= course.ne("leave out")
    kinds = [
        (~cells.isin(list(courses.values)), courses.by, cells, "a course that `courses` in cohort.yml does not name",
         "Name it there: first course, rechallenge or leave out."),
        (twice & cells.isin(list(courses.values)), courses.by, cells, "a second row of the same course",
         "Keep one row for each course of a patient."),
    ]  # fmt: skip
    for name in (c for c in courses.once if c in frame):
        words = written_cells(frame[name]).str.strip().replace("", None)
        first = words.groupby(keys.to_numpy()).transform("first")
        rule, action = "differs among the rows of one patient; the first is read", "Write the same in each row."
        kinds.append((words.notna() & (words != first), name, words, rule, action))
    for bad, name, words, rule, action in kinds:
        for line in frame.index[bad.to_numpy()][:LIMIT]:
            value, subject = shown(words[line] or ""), shown(keys[line])
            yield Finding(file, rule, action, row=int(line), column=name, subject=subject, value=value)
        yield from further(file, rule, name, int(bad.sum()) - LIMIT)
