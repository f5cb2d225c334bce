"""Responses in a column for each visit: one row for each visit, with the date of the visit."""

import re
from dataclasses import replace

import pandas as pd

from papercheck.files.findings import LIMIT, Finding, Message, further, shown

from ..declare.source import written_cells
from .dates import meanings, read_dates

RESPONSE, DATE = "(response of the visit)", "(date of the visit)"
SUM, BEST = "(sum of the visit)", "(best change of the visits)"
VISIT = 10**12  # what is added to the lines of each further visit: a line tells its column
SUMS = 1000  # the number of the first column of sums, and that of the first one of adverse events
EVENTS = 2000
PIECE = 10**16  # what is added to the lines of each further event of one cell
EDGES = " ,;:/|()（），；：、[]【】-_"  # marks between a date and the words beside it
DATE_IN = re.compile(r"(?:19|20)\d{2}(?:[-./]\d{1,2}[-./]\d{1,2}|年\d{1,2}月\d{1,2}日?)|(?<!\d)(?:19|20)\d{6}(?!\d)")


ANY_DATE = re.compile(  # as people write a date: figures with marks, or a month in words
    DATE_IN.pattern + r"|(?<![\d/.\-])\d{1,2}[-./]\d{1,2}[-./](?:19|20)?\d{2}(?![\d/])|"
    r"(?<!\d)\d{1,2}(?:st|nd|rd|th|er)?[-. ]*(?:of |de )?[^\W\d]{3,10}\.?(?: de)?[-,. ]*(?:19|20)?\d{2}(?!\d)|"
    r"[^\W\d]{3,10}\.? \d{1,2}(?:st|nd|rd|th)?,? (?:19|20)\d{2}(?!\d)"
)


def written_date(cell) -> tuple[str, str]:
    """A cell such as `none as of 5/3/2024` as the date as it is written and the rest; ("", cell) without a date."""
    for match in ANY_DATE.finditer(str(cell)):
        if meanings(match[0]):
            rest = f"{cell[: match.start()]} {cell[match.end() :]}"
            return match[0], " ".join(rest.split()).strip(EDGES)
    return "", str(cell)


def part_date(cell) -> tuple[str, str]:
    """A cell such as `PR 2024-01-03` as its date and the rest; ("", cell) for one without a date of one meaning."""
    match = DATE_IN.search(str(cell))
    day = meanings(match[0]).get("") if match else None
    if day is None:
        return "", str(cell)
    rest = f"{cell[: match.start()]} {cell[match.end() :]}"
    return day.isoformat(), rest.strip(EDGES)


def rows_of_visits(frame, id_column, visits) -> pd.DataFrame:
    """The responses or sums of a frame of one row a patient as rows of the patient, RESPONSE or SUM, and DATE (text, ''
    unknown); with `best` one row a patient, BEST in percent.

    visits : `columns`, of each visit the column of what was assessed, and its date: a column, one day, or weeks or
    months since the date in the column `start`. Visits without it give no row. The index is the line of the patient
    and VISIT for each earlier visit.
    """
    if visits.best:
        return _best_changes(frame, id_column, visits)
    start = written_cells(frame[visits.start]) if visits.start in frame else pd.Series("", index=frame.index)
    start = read_dates(start.replace("", None), list(visits.dates))
    found = []
    for number, visit in enumerate(visits.columns):
        if visit.measure not in frame:
            continue
        cells, called = written_cells(frame[visit.measure]).str.strip(), SUM if visit.sum else RESPONSE
        days = _days(frame, visit, start)
        if visit.date == visit.measure:
            cells = cells.map(lambda cell: part_date(cell)[1])
        rows = pd.DataFrame({id_column: frame[id_column], called: cells, DATE: days})
        place = number + (SUMS if visit.sum else 0)
        rows.index = pd.Index(frame.index.to_numpy() + place * VISIT, name=frame.index.name)
        found.append(rows[rows[called] != ""])
    empty = pd.DataFrame({id_column: [], RESPONSE: [], DATE: []}, dtype=object)
    return pd.concat(found).replace("", None) if found else empty


def _best_changes(frame, id_column, visits) -> pd.DataFrame:
    """The largest decrease (or smallest increase) of the sums from that of the first column, percent."""
    names = [v.measure for v in visits.columns if v.measure in frame]
    cells = frame[names].apply(lambda column: pd.to_numeric(written_cells(column).map(bare_number), errors="coerce"))
    base, after = cells[names[0]], cells[names[1:]].min(axis=1)
    change = (100 * (after - base) / base).where(base > 0).dropna().map("{:.6g}".format)
    return pd.DataFrame({id_column: frame[id_column].loc[change.index], BEST: change})


def bare_number(cell) -> str:
    """A sum as a number: 35 of 35mm and 35,0."""
    return re.sub(r"(?<=\d),(?=\d)", ".", re.sub(r"\s*(?:mm|cm|毫米|厘米)$", "", cell.strip(), flags=re.IGNORECASE))


def _days(frame, visit, start) -> pd.Series:
    """The date of a visit of each patient, as text."""
    if visit.date:
        cells = written_cells(frame[visit.date]) if visit.date in frame else pd.Series("", index=frame.index)
        return cells.map(lambda cell: part_date(cell)[0]) if visit.date == visit.measure else cells
    if visit.day is not None:
        return pd.Series(visit.day.isoformat(), index=frame.index)
    if visit.weeks:
        days = start + pd.to_timedelta(round(visit.weeks * 7), unit="D")
    else:
        days = start + pd.DateOffset(months=int(visit.months))
    return days.dt.strftime("%Y-%m-%d").fillna("")


def faults_of_visits(frame, visits, rows, file):
    """Columns that are not there, and what was assessed at a visit that has no date."""
    names = dict.fromkeys(n for v in visits.columns for n in (v.measure, v.date) if n)
    for name in (n for n in (*names, *([visits.start] if visits.start else [])) if n not in frame):
        rule, action = (
            Message("`{key}` names a column that {file} does not have", key="visits", file=file),
            Message("Look at the column names in {file}.", file=file),
        )
        yield Finding("cohort.yml", rule, action, column="visits", value=shown(name))
    undated, called = rows[rows[DATE].isna()] if DATE in rows else rows.iloc[:0], SUM if SUM in rows else RESPONSE
    rule = (
        "a sum of a visit whose date is not known" if SUM in rows else "a response of a visit whose date is not known"
    )
    for line, row in undated.iloc[:LIMIT].iterrows():
        action, subject, value = "Write the date of the visit.", shown(row.iloc[0]), shown(row[called])
        yield Finding(file, rule, action, row=int(line), column=called, subject=subject, value=value)
    yield from further(file, rule, called, len(undated) - LIMIT)


def at_its_visit(finding, visits):
    """A finding on the rows of visits, with the column and the line of the sheet; another one as it is."""
    number, line = divmod(int(finding.row), VISIT)
    number -= SUMS if visits.columns[0].sum else 0
    own = (RESPONSE, DATE, "AVALC", "ADT")
    if not 0 <= number < len(visits.columns) or (
        not number and visits.columns[0].response and finding.column not in own
    ):
        return finding
    visit = visits.columns[number]
    name = visit.date if finding.column in (DATE, "ADT") and visit.date else visit.measure
    return replace(finding, row=line, column=name)
