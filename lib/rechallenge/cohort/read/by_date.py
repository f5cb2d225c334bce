"""Rows of adverse events and responses whose course is told by their date alone: `set: {APHASE: by date}`."""

from dataclasses import replace

import numpy as np
import pandas as pd

from papercheck.files.findings import Finding

from .flag import flag_rows

BY_DATE = "by date"
DATES = {"adae": "ASTDT", "adrs": "ADT"}
NO_DATE = "no date tells the course of this row, which is not counted"
TOO_EARLY = "before the first course that is known of the patient: not counted"


def placed_by_date(tables) -> tuple[dict, list[Finding]]:
    """The tables with the course of each row whose APHASE is `by date`, and findings on the rows that have none.

    A row is of the last course that started before its date. On the day a course starts the earlier one still runs, as
    in the timeline; on that of the first one it is of that one. Assessments before the first course are its baseline.
    Rows without a date, and adverse events before the first course, are left out and named.
    """
    tables, findings = dict(tables), []
    for table, column in DATES.items():
        frame = tables.get(table)
        if frame is None or "APHASE" not in frame or not (frame["APHASE"] == BY_DATE).any():
            continue
        mine, days = frame["APHASE"] == BY_DATE, frame.get(column, pd.Series(pd.NaT, index=frame.index))
        course, first = _courses(frame, days, tables.get("adex"))
        if table == "adrs":
            course = course.where(course.notna() | days.isna(), first)
        lost = mine & course.isna()
        for bad, rule, action in (
            (lost & days.isna(), NO_DATE, "Write its date, or its course into a column."),
            (lost & days.notna(), TOO_EARLY, "Correct the date, or the start of the course."),
        ):
            like = Finding("", rule, action, column=column, severity="warning")
            findings += flag_rows(frame.assign(**{column: days}), bad, table, like)
        tables[table] = frame.assign(APHASE=frame["APHASE"].mask(mine, course))[~lost]
    return tables, [replace(f, id="no-course-by-date") for f in findings]


def _courses(frame, days, adex) -> tuple[pd.Series, pd.Series]:
    """The course of each row by its date, and the first course of its patient; missing where none is known."""
    none = pd.Series(np.nan, index=frame.index, dtype=object)
    if adex is None or not {"ASTDT", "APHASE"} <= set(adex):
        return none, none
    starts = adex.dropna(subset=["ASTDT"]).sort_values("ASTDT", kind="stable")
    starts = starts.drop_duplicates(["USUBJID", "APHASE"])
    course, first = none.to_numpy().copy(), none.to_numpy().copy()
    by = {subject: list(zip(rows["ASTDT"], rows["APHASE"], strict=True)) for subject, rows in starts.groupby("USUBJID")}
    for i, (subject, day) in enumerate(zip(frame["USUBJID"], days, strict=True)):
        known = by.get(subject, [])
        first[i] = known[0][1] if known else np.nan
        begun = [phase for start, phase in known if start < day or (start == day and phase == known[0][1])]
        course[i] = begun[-1] if begun and not pd.isna(day) else np.nan
    return pd.Series(course, index=frame.index), pd.Series(first, index=frame.index)
