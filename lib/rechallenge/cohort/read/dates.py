"""Dates as people write them: what is read at once, what cohort.yml must declare, and what a cell could mean."""

import re
from datetime import date

import numpy as np
import pandas as pd

# The formats that `dates` in cohort.yml may name, and what each means.
FORMATS = {
    "day-first": "5/3/2024 is 5 March 2024",
    "month-first": "5/3/2024 is 3 May 2024",
    "day-first-20yy": "5/3/24 is 5 March 2024",
    "month-first-20yy": "5/3/24 is 3 May 2024",
    "yyyymmdd": "20240305 is 5 March 2024",
    "date-and-time": "2024-03-05 14:30 counts as 5 March 2024",
    "excel-1900": "45356 is 5 March 2024 (Excel for Windows)",
    "excel-1904": "43894 is 5 March 2024 (older Excel for Mac)",
    "sas": "23440 is 5 March 2024 (SAS and Stata: days since 1960)",
    "spss": "13928976000 is 5 March 2024 (SPSS: seconds since 14 October 1582)",
}
RIVALS = (("day-first", "month-first"), ("day-first-20yy", "month-first-20yy"), ("excel-1900", "excel-1904", "sas"))
COUNTED = {  # first day that the program counts from, seconds of a unit, smallest and largest count that is read
    "excel-1900": ("1899-12-30", 86400, 61, 80000),  # Excel has a 29 February 1900: counts below 61 are a day off
    "excel-1904": ("1904-01-01", 86400, 1, 80000),
    "sas": ("1960-01-01", 86400, 1, 60000),
    "spss": ("1582-10-14", 1, 10_000_000_000, 20_000_000_000),
}
LIKELY = pd.Timestamp(1990, 1, 1), pd.Timestamp(2049, 12, 31)  # a reading outside is not suggested
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME = rf"({'|'.join(MONTHS)})[a-z]*"
_TIME = r"[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
_YEAR_FIRST = r"^(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})"
PLAIN = (  # one meaning only: read without a declaration
    re.compile(_YEAR_FIRST + r"(?:[ T]00:00(?::00)?)?$"),
    re.compile(r"^(?P<y>\d{4})\s*年\s*(?P<m>\d{1,2})\s*月\s*(?P<d>\d{1,2})\s*日$"),
    re.compile(rf"^(?P<d>\d{{1,2}})[-/. ]?(?P<m>{_NAME})[-/. ,]*(?P<y>\d{{4}})$", re.IGNORECASE),
    re.compile(rf"^(?P<m>{_NAME})[-/. ]*(?P<d>\d{{1,2}})(?:,\s*|[-/. ])(?P<y>\d{{4}})$", re.IGNORECASE),
)
_PARTS = r"^(?P<{}>\d{{1,2}})[-/. ](?P<{}>\d{{1,2}})[-/. ](?P<y>\d{{{}}})$"
DECLARED = {
    "day-first": re.compile(_PARTS.format("d", "m", 4)),
    "month-first": re.compile(_PARTS.format("m", "d", 4)),
    "day-first-20yy": re.compile(_PARTS.format("d", "m", 2)),
    "month-first-20yy": re.compile(_PARTS.format("m", "d", 2)),
    "yyyymmdd": re.compile(r"^(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})$"),
    "date-and-time": re.compile(_YEAR_FIRST + _TIME + "$"),
}


def read_dates(words: pd.Series, formats=()) -> pd.Series:
    """Text as datetime64[ns]; NaT where empty or not readable. formats : names in FORMATS, tried in order after PLAIN."""
    text = words.dropna().astype(str)
    found = pd.Series(pd.NaT, index=text.index, dtype="datetime64[ns]")
    for pattern in (*PLAIN, *(DECLARED[f] for f in formats if f in DECLARED)):
        left = text[found.isna()]
        if left.empty:
            break
        found = found.fillna(_matched(left, pattern))
    for name in (f for f in formats if f in COUNTED):
        found = found.fillna(counted_dates(pd.to_numeric(text, errors="coerce"), (name,)))
    return found.reindex(words.index)


def _matched(text, pattern) -> pd.Series:
    parts = text.str.extract(pattern)
    month = parts["m"].str.lower().str[:3]
    month = month.where(~month.isin(MONTHS), month.map({m: str(i) for i, m in enumerate(MONTHS, 1)}))
    year = parts["y"].where(parts["y"].str.len() == 4, "20" + parts["y"])
    iso = year.str.cat([month.str.zfill(2), parts["d"].str.zfill(2)], sep="-")
    return pd.to_datetime(iso, format="%Y-%m-%d", errors="coerce")


def counted_dates(numbers: pd.Series, formats) -> pd.Series:
    """Counts of days or seconds as datetime64[ns]; NaT for a count that is none of a day from 1900 on."""
    found = pd.Series(pd.NaT, index=numbers.index, dtype="datetime64[ns]")
    for name in (f for f in formats if f in COUNTED):
        origin, seconds, low, high = COUNTED[name]
        days = np.floor(numbers.where(numbers.between(low, high)) * seconds / 86400)
        days -= (date(1970, 1, 1) - date.fromisoformat(origin)).days
        found = found.fillna(pd.to_datetime(days, unit="D", origin="unix"))
    return found


def readings(value) -> dict[str, str]:
    """What one cell means under each format that gives a likely date: {format: ISO date}."""
    found = {name: dates.iloc[0] for name, dates in likely_dates(pd.Series([str(value)])).items()}
    return {name: day.date().isoformat() for name, day in found.items() if not pd.isna(day)}


def likely_dates(words: pd.Series) -> dict[str, pd.Series]:
    """What cells mean under each format: {format: dates}, NaT where it gives none between 1990 and 2049."""
    found = {name: read_dates(words, (name,)) for name in FORMATS}
    return {name: dates.where(dates.between(*LIKELY)) for name, dates in found.items()}


def date_fault(value, column, formats=()) -> tuple[str, str]:
    """Why a cell is no date, and what to do: names the format to declare where one would help."""
    if not re.search(r"\d", str(value)):
        return "not a date", "Write the date as 2024-03-05, or as a date in Excel; leave the cell empty if unknown."
    meant = readings(value)
    if not meant:
        return "not a date", "Write the date as 2024-03-05, or as a date in Excel."
    listed = ", or ".join(f"{day} ({name})" for name, day in meant.items())
    if formats:
        rule = f"not a date as declared ({', '.join(formats)})"
        return rule, f"It could be {listed}. Correct the cell, or `dates: {{{column}: ...}}` in cohort.yml."
    rule = "not a date in one reading: say which" if len(meant) > 1 else "not a date"
    return rule, f"It could be {listed}. Declare which: `dates: {{{column}: {next(iter(meant))}}}` in cohort.yml."


def read_date_formats(declared, known, path, fault) -> dict[str, tuple]:
    """`dates` of cohort.yml: {COLUMN: formats}; a bare format stands for every column, under "".

    fault(path, rule, action, value) takes every fault found.
    """
    entries = {"": declared} if isinstance(declared, str | list) else dict(declared or {})
    found = {}
    for column, formats in entries.items():
        formats = [str(f) for f in (formats if isinstance(formats, list) else [formats])]
        here = path + ((str(column),) if column else ())
        if column and str(column) not in known:
            from papercheck.files.findings import did_you_mean

            fault(here, "not a column of the dictionary", did_you_mean(column, sorted(known)), column)
        for name in formats:
            if name not in FORMATS:
                fault(here, "unknown date format", f"One of: {', '.join(FORMATS)}.", name)
        for rivals in RIVALS:
            if len(set(rivals) & set(formats)) > 1:
                action = "Keep one; or correct the cells that are written otherwise."
                fault(here, "formats that read the same cell differently", action, formats)
        found[str(column)] = tuple(f for f in formats if f in FORMATS)
    return found
