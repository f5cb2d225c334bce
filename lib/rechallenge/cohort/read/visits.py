"""Responses in a column for each visit: one row for each visit, with the date of the visit."""

import re
from dataclasses import replace

import pandas as pd

from papercheck.files.findings import LIMIT, Finding, further, shown

from ..declare.source import written_cells
from .dates import meanings, read_dates

RESPONSE, DATE = "(response of the visit)", "(date of the visit)"
VISIT = 10**12  # what is added to the lines of each further visit: a line tells its column
DATE_IN = re.compile(r"(?:19|20)\d{2}(?:[-./]\d{1,2}[-./]\d{1,2}|年\d{1,2}月\d{1,2}日?)|(?<!\d)(?:19|20)\d{6}(?!\d)")


def part_date(cell) -> tuple[str, str]:
    """A cell such as `PR 2024-01-03` as its date and the rest; ("", cell) for one without a date of one meaning."""
    match = DATE_IN.search(str(cell))
    day = meanings(match[0]).get("") if match else None
    if day is None:
        return "", str(cell)
    rest = f"{cell[: match.start()]} {cell[match.end() :]}"
    return day.isoformat(), rest.strip(" ,;:/|()（），；：、[]【】-_")


def rows_of_visits(frame, id_column, visits) -> pd.DataFrame:
    """The responses of a frame of one row a patient as rows of the patient, RESPONSE and DATE (text, '' unknown).

    visits : `columns`, of each visit the column of the response, and its date: a column, one day, or weeks or months
    since the date in the column `start`. Visits without a response give no row. The index is the line of the patient
    and VISIT for each earlier visit.
    """
    start = written_cells(frame[visits.start]) if visits.start in frame else pd.Series("", index=frame.index)
    start = read_dates(start.replace("", None), list(visits.dates))
    found = []
    for number, visit in enumerate(visits.columns):
        if visit.response not in frame:
            continue
        cells = written_cells(frame[visit.response]).str.strip()
        days = _days(frame, visit, start)
        if visit.date == visit.response:
            cells = cells.map(lambda cell: part_date(cell)[1])
        rows = pd.DataFrame({id_column: frame[id_column], RESPONSE: cells, DATE: days})
        rows.index = pd.Index(frame.index.to_numpy() + number * VISIT, name=frame.index.name)
        found.append(rows[rows[RESPONSE] != ""])
    empty = pd.DataFrame({id_column: [], RESPONSE: [], DATE: []}, dtype=object)
    return pd.concat(found).replace("", None) if found else empty


def _days(frame, visit, start) -> pd.Series:
    """The date of a visit of each patient, as text."""
    if visit.date:
        cells = written_cells(frame[visit.date]) if visit.date in frame else pd.Series("", index=frame.index)
        return cells.map(lambda cell: part_date(cell)[0]) if visit.date == visit.response else cells
    if visit.day is not None:
        return pd.Series(visit.day.isoformat(), index=frame.index)
    if visit.weeks:
        days = start + pd.to_timedelta(round(visit.weeks * 7), unit="D")
    else:
        days = start + pd.DateOffset(months=int(visit.months))
    return days.dt.strftime("%Y-%m-%d").fillna("")


def faults_of_visits(frame, visits, rows, file):
    """Columns that are not there, responses whose visit has no date, and dates of visits without a response."""
    names = dict.fromkeys(n for v in visits.columns for n in (v.response, v.date) if n)
    for name in (n for n in (*names, *([visits.start] if visits.start else [])) if n not in frame):
        rule, action = f"`visits` names a column that {file} does not have", f"Look at the column names in {file}."
        yield Finding("cohort.yml", rule, action, column="tables.adrs.visits", value=shown(name))
    undated = rows[rows[DATE].isna()]
    rule = "a response of a visit whose date is not known"
    for line, row in undated.iloc[:LIMIT].iterrows():
        action, subject, value = "Write the date of the visit.", shown(row.iloc[0]), shown(row[RESPONSE])
        yield Finding(file, rule, action, row=int(line), column=RESPONSE, subject=subject, value=value)
    yield from further(file, rule, RESPONSE, len(undated) - LIMIT)


def at_its_visit(finding, visits):
    """A finding on the rows of visits, with the column and the line of the sheet; another one as it is."""
    number, line = divmod(int(finding.row), VISIT)
    if number >= len(visits.columns) or (not number and finding.column not in (RESPONSE, DATE, "AVALC", "ADT")):
        return finding
    visit = visits.columns[number]
    name = visit.date if finding.column in (DATE, "ADT") and visit.date else visit.response
    return replace(finding, row=line, column=name)
