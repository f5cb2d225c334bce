"""Cells to typed columns: names and values mapped, numbers, dates, flags and levels parsed.

A column of text is parsed by its distinct cells: a million rows hold few.
"""

import re

import numpy as np
import pandas as pd

from papercheck.files.findings import LIMIT, STORED, Finding, did_you_mean, further, header_row, shown
from papercheck.vocabulary.dictionary import Column, load_dictionary

from ..declare.meta import Meta
from .dates import date_fault, read_dates
from .parquet import SUFFIX, WRONG_TYPE, stored_column, whole_days

MARKUP = re.compile(r"<\s*[A-Za-z/!?]")
FORMULA = re.compile(r"^\s*[=@]")
EMPTY = ("NA", "N/A", "n/a", "NaN", "nan", ".", "-", "—", "NULL", "null", "#N/A")
HUGE = 1e9
EXPECTED = {
    "number": ("not a number", "Write a number below 1e9, with a point as decimal mark and no unit."),
    "integer": ("not a whole number", "Write a whole number."),
    "flag": ("not a flag", "Write 1 or 0; other codes are translated under `values` in cohort.yml."),
}
CODES_OF_CENSORING = (
    "CNSR is 0 for an event and 1 for a censoring. Where 2, 3, ... are further reasons for censoring (ADaM), "
    "declare `values: {CNSR: {2: 1, 3: 1}}` in cohort.yml."
)


def type_table(name, file, raw, meta: Meta) -> tuple[pd.DataFrame, list[Finding]]:
    """A table as read, as typed columns of the dictionary; the index becomes (file, line).

    A cell that cannot be read is reported and left missing; coded columns stay text until their levels are checked.
    """
    faults = []
    columns = _known_columns(name, meta)
    names = _names(raw.columns, columns, meta, file, faults)
    raw = raw[list(names)].rename(columns=names)
    raw.index = pd.MultiIndex.from_product([[file], raw.index], names=["file", "line"])
    typed = {}
    for column in raw.columns:
        cells, spec = raw[column], columns[column]
        formats = meta.date_formats(column)
        if file.lower().endswith(STORED):
            cells, holds = stored_column(cells, spec, column in meta.values, formats, not file.lower().endswith(SUFFIX))
            if holds:
                wanted = {"number": "numbers", "integer": "whole numbers", "flag": "0 and 1", "date": "dates"}
                action = WRONG_TYPE.format(wanted.get(spec.type, "text"))
                faults.append(Finding(file, f"the column holds {holds}", action, column=column))
        cells, typed[column], bad = _typed(cells, spec, meta.values.get(column, {}), formats, meta.decimal)
        for place in bad[:LIMIT]:
            subject = raw["USUBJID"].iloc[place] if "USUBJID" in raw else ""
            faults.append(_type_fault(spec, raw.index[place], subject, cells(place), formats))
        if len(bad) > LIMIT:
            faults += further(file, _expected(spec, cells(bad[LIMIT]), formats)[0], column, len(bad) - LIMIT)
    return pd.DataFrame(typed, index=raw.index), faults


def _known_columns(name, meta) -> dict[str, Column]:
    columns = dict(load_dictionary()[name].columns)
    if name == "adsl":
        columns |= {k: c for k, c in meta.factors.items() if k not in meta.groupings}
    if name == "adtte":
        columns["EVENT"] = Column("EVENT", "adtte", "Event", type="flag")
    return columns


def _names(written, columns, meta, file, faults):
    """Map the written column names: cohort.yml first, then the name, then the label, whatever the case."""
    by_name = {c.lower(): c for c in columns}
    by_label = {spec.label.lower(): c for c, spec in columns.items()}
    found = {}
    for name in written:
        if name in meta.ignored:
            continue
        target = meta.columns.get(name) or by_name.get(name.lower()) or by_label.get(name.lower())
        if target is None and meta.declared:
            continue  # a file that cohort.yml names says what it gives; the rest of it is not news
        if target is None:
            action = f"To use it, map it under `columns` or declare it under `factors`. {_near(name, columns)}"
            faults.append(
                Finding(
                    file,
                    "unknown column; not read",
                    action.strip(),
                    row=header_row(file),
                    column=shown(name),
                    severity="warning",
                )
            )
        elif target in found.values():
            faults.append(
                Finding(
                    file,
                    f"a second column for {target}",
                    "Keep one of the two.",
                    row=header_row(file),
                    column=shown(name),
                )
            )
        else:
            found[name] = target
    return found


def _near(name, columns):
    guess = did_you_mean(name, columns).split("Known:")[0].strip()
    return guess


def _typed(cells, column, meant, formats=(), decimal="."):
    """A function that gives a cell by its position, the typed column, and the positions of the cells that could not be
    read. cells : floats, datetimes, or words (text or categories); meant : {written: meant} of cohort.yml."""
    if cells.dtype.kind == "M":
        values, bad = whole_days(cells, drop_time="date-and-time" in formats)
    elif cells.dtype.kind == "f":
        values, bad = _numbers(cells, cells.notna(), column)
    else:
        codes, written = pd.factorize(cells)  # -1 where the cell is empty
        levels = {*column.levels, *column.levels.values()}
        words = pd.Series([meant.get(x, x) for x in written], dtype=object)
        words = words.where([x not in EMPTY or x in levels for x in words], None)
        values, bad = _parse(words, column, formats, decimal)
        values = pd.Series(_take(values, codes), index=cells.index)
        bad = np.append(np.isin(words.index, bad), False)[codes]
        return lambda place: words[codes[place]], values, np.flatnonzero(bad)
    return lambda place: _written(cells.iloc[place]), values, np.flatnonzero(bad)


def _written(value):
    """A stored value as a person writes it: 2 for 2.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _take(values, codes):
    """The value of each code; missing for -1."""
    missing = {"f": np.nan, "M": np.datetime64("NaT")}.get(values.dtype.kind)
    return np.append(values.to_numpy(), np.array([missing], dtype=values.dtype))[codes]


def _numbers(values, given, column):
    """Floats without those that the column cannot hold, and a mask of these."""
    bad = values.isna() & given | (values.abs() > HUGE)
    if column.type == "integer":
        bad |= values.notna() & (values % 1 != 0)
    if column.type == "flag":
        bad |= values.notna() & ~values.isin([0, 1])
    return values.mask(bad), bad


def _parse(cells, column, formats=(), decimal="."):
    """The typed column, and the index of the cells that could not be read."""
    given = cells.dropna()
    if column.type in ("number", "integer", "flag"):
        numbers = pd.to_numeric(_plain_numbers(cells, column, decimal), errors="coerce").astype(float)
        values, bad = _numbers(numbers, cells.notna(), column)
        return values, cells.index[bad]
    if column.type == "date":
        dates = read_dates(cells, formats)
        return dates, cells.index[dates.isna() & cells.notna()]
    text = given.astype(str)
    if column.levels:  # a code in another case, or the label, is the code
        codes = {label.lower(): code for code, label in column.levels.items()}
        codes |= {code.lower(): code for code in column.levels}
        cells = cells.map(lambda x: codes.get(str(x).lower(), x), na_action="ignore")
    joined = "".join(text)  # one search of all cells; hardly ever is a second needed
    suspect = any(sign in joined for sign in "=@<")
    bad = text.index[text.str.contains(FORMULA) | text.str.contains(MARKUP)] if suspect else []
    return cells.mask(cells.index.isin(bad)), bad


def _plain_numbers(cells, column, decimal):
    """Text for pd.to_numeric: the declared decimal comma as a point, the sign of a percentage taken off."""
    if decimal == ",":
        cells = cells.map(lambda x: str(x).replace(",", ".") if "." not in str(x) else None, na_action="ignore")
    if column.unit == "%":
        cells = cells.map(lambda x: str(x).removesuffix("%").rstrip(), na_action="ignore")
    return cells


def _expected(column, value="", formats=()):
    if column.type == "date":
        return date_fault(value, column.name, formats)
    if column.name == "CNSR":
        return EXPECTED["flag"][0], CODES_OF_CENSORING
    return EXPECTED.get(column.type, ("a formula or markup where text is expected", "Replace it by plain text."))


def _type_fault(column, index, subject, value, formats=()):
    rule, action = _expected(column, value, formats)
    return Finding(
        index[0], rule, action, row=index[1], column=column.name, subject=shown(subject or ""), value=shown(value)
    )
