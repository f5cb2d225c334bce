"""Cells to typed columns: names and values mapped, numbers, dates, flags and levels parsed.

A column of text is parsed by its distinct cells: a million rows hold few.
"""

import re

import numpy as np
import pandas as pd

from papercheck.files.findings import LIMIT, STORED, Finding, Message, did_you_mean, further, header_row, shown
from papercheck.vocabulary.dictionary import Column, load_dictionary

from ..declare.meta import Meta
from ..declare.source import WHOLE, identifiers
from .cells import number_text, plain
from .dates import date_fault, read_dates
from .parquet import SUFFIX, WRONG_TYPE, stored_column, whole_days
from .partial import partial_rules, place_partial

MARKUP = re.compile(r"<\s*[A-Za-z/!?]")
FORMULA = re.compile(r"^\s*[=@]")
EMPTY = ("NA", "N/A", "n/a", "NaN", "nan", ".", "-", "—", "NULL", "null", "#N/A")
HUGE = 1e9
MOST_WORDS = 8  # words of a column that a finding names
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
    faults, bad = [], {}
    columns = _known_columns(name, meta)
    names = _names(raw.columns, columns, meta, file, faults)
    raw = raw[list(names)].rename(columns=names)
    raw.index = pd.MultiIndex.from_product([[file], raw.index], names=["file", "line"])
    typed = {}
    for column in raw.columns:
        cells = _stored(file, raw[column], columns[column], meta, faults)
        meant = meta.values.get(column, {})
        shown_cells, typed[column], bad[column] = _typed(cells, columns[column], meant, meta.date_formats(column), meta)
        bad[column] = shown_cells, bad[column]
    if name == "adsl" and "adsl" in meta.sources and meta.sources["adsl"].alive_on:
        _followed_until(typed, raw.index, meta.sources["adsl"].alive_on)
    for column, rule in partial_rules(meta).items():
        if column in typed and typed[column].dtype.kind == "M":
            cells, places = bad[column]
            typed[column], places = place_partial(column, typed, cells, places, rule)
            bad[column] = cells, places
    for column, (cells, places) in bad.items():
        if len(places) and typed[column].isna().all() and _lacks_levels(columns[column], meta):
            faults.append(_levels_lacking(column, sorted({cells(place) for place in places}), meta))
            continue
        faults += _unread(file, raw, columns[column], cells, places, meta.date_formats(column))
    return pd.DataFrame(typed, index=raw.index), faults


def _followed_until(typed, index, day):
    """Give everybody without a date of death or of last contact that day as the last one known alive."""
    none = pd.Series(pd.NaT, index=index, dtype="datetime64[ns]")
    dead, seen = typed.get("DTHDT", none), typed.get("LSTALVDT", none)
    if seen.dtype.kind == "M" and dead.dtype.kind == "M":
        typed["LSTALVDT"] = seen.where(seen.notna() | dead.notna(), pd.Timestamp(day))


def _stored(file, cells, spec, meta, faults):
    """The cells of a file of stored columns as the parser takes them; a column of the wrong type is a fault."""
    if not file.lower().endswith(STORED):
        return cells
    loose = not file.lower().endswith(SUFFIX)
    cells, holds = stored_column(cells, spec, spec.name in meta.values, meta.date_formats(spec.name), loose)
    if holds:
        wanted = {"number": "numbers", "integer": "whole numbers", "flag": "0 and 1", "date": "dates"}
        action = WRONG_TYPE.format(wanted.get(spec.type, "text"))
        faults.append(Finding(file, Message("the column holds {holds}", holds=holds), action, column=spec.name))
    return cells


def _unread(file, raw, spec, cells, places, formats):
    """A finding for each cell of a column that could not be read."""
    for place in places[:LIMIT]:
        subject = raw["USUBJID"].iloc[place] if "USUBJID" in raw else ""
        yield _type_fault(spec, raw.index[place], subject, cells(place), formats)
    if len(places) > LIMIT:
        yield from further(file, _expected(spec, cells(places[LIMIT]), formats)[0], spec.name, len(places) - LIMIT)


def _lacks_levels(spec, meta) -> bool:
    """Whether cohort.yml declares a factor of its own, and neither its levels nor that it is a number."""
    line, known = ("factors", spec.name), load_dictionary()["adsl"].columns
    declared = line in meta.lines and spec.name not in known
    return declared and not {(*line, "levels"), (*line, "type")} & set(meta.lines)


def _levels_lacking(column, words, meta) -> Finding:
    """What is said once of a factor without levels whose cells are words and never numbers."""
    named = ", ".join(map(shown, words[:MOST_WORDS])) + (", ..." if len(words) > MOST_WORDS else "")
    rule = Message("the factor {column} has no levels, and its cells hold words", column=column)
    action = Message("Give its levels in order, the reference first: `levels: [{named}]`.", named=named)
    return Finding("cohort.yml", rule, action, row=meta.lines[("factors", column)], column=column, value=named)


def _known_columns(name, meta) -> dict[str, Column]:
    columns = dict(load_dictionary()[name].columns)
    if name == "adsl":
        columns |= {k: c for k, c in meta.factors.items() if k not in meta.groupings} | meta.moments
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
                    Message("a second column for {column}", column=target),
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


def _typed(cells, column, meant, formats, meta):
    """A function that gives a cell by its position, the typed column, and the positions of the cells that could not be
    read. cells : floats, datetimes, or words (text or categories); meant : {written: meant} of cohort.yml."""
    if cells.dtype.kind == "M":
        values, bad = whole_days(cells, drop_time="date-and-time" in formats)
    elif cells.dtype.kind == "f":
        values, bad = _numbers(cells, cells.notna(), column)
    else:
        cells = cells.astype(object).where(cells.notna(), "") if "" in meant else cells
        codes, written = pd.factorize(cells)  # -1 where the cell is empty
        levels = {*column.levels, *column.levels.values(), *column.not_known, *column.not_known.values()}
        words = pd.Series([_translated(x, meant) for x in written], dtype=object)
        words = words.where([x not in EMPTY or x in levels for x in words], None)
        words = identifiers(words).replace("", None) if column.name == "USUBJID" else words
        values, bad = _parse(words, column, formats, meta)
        values = pd.Series(_take(values, codes), index=cells.index)
        bad = np.append(np.isin(words.index, bad), False)[codes]
        return lambda place: words[codes[place]], values, np.flatnonzero(bad)
    return lambda place: _written(cells.iloc[place]), values, np.flatnonzero(bad)


def _translated(word, meant):
    """What cohort.yml says that a cell means; 1.0 is 1."""
    if word in meant:
        return meant[word]
    text = str(word)
    return meant.get(text.split(".")[0], word) if meant and WHOLE.fullmatch(text) else word


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


def _parse(cells, column, formats, meta):
    """The typed column, and the index of the cells that could not be read."""
    given = cells.dropna()
    if column.codes:
        cells = cells.map(lambda x: column.codes.get(str(x).strip().upper(), x), na_action="ignore")
    if column.type in ("number", "integer", "flag"):
        numbers = pd.to_numeric(_plain_numbers(cells, column, meta), errors="coerce").astype(float)
        values, bad = _numbers(numbers, cells.notna(), column)
        return values, cells.index[bad]
    if column.type == "date":
        dates = read_dates(cells, formats)
        return dates, cells.index[dates.isna() & cells.notna()]
    text = given.astype(str)
    if column.levels:  # a code in another case, or the label, is the code
        codes = {plain(label).lower(): code for code, label in (column.levels | column.not_known).items()}
        codes |= {plain(code).lower(): code for code in (*column.levels, *column.not_known)}
        cells = cells.map(lambda x: codes.get(_code(str(x)), x), na_action="ignore")
    joined = "".join(text)  # one search of all cells; hardly ever is a second needed
    suspect = any(sign in joined for sign in "=@<")
    bad = text.index[text.str.contains(FORMULA) | text.str.contains(MARKUP)] if suspect else []
    return cells.mask(cells.index.isin(bad)), bad


def _code(text) -> str:
    """A cell as codes are compared: 1 for 1.0, ASCII for full-width and Roman characters."""
    text = plain(text).lower()
    return text.split(".")[0] if WHOLE.fullmatch(text) else text


def _plain_numbers(cells, column, meta):
    """Text for pd.to_numeric: the unit of the column taken off, the declared decimal comma as a point."""
    unit = meta.scales.get(column.name, meta.time_unit) if column.unit == "time" else column.unit
    if meta.decimal == ",":
        cells = cells.map(lambda x: str(x).replace(",", ".") if "." not in str(x) else None, na_action="ignore")
    odd = cells[pd.to_numeric(cells, errors="coerce").isna() & cells.notna()]
    if odd.empty:
        return cells
    return odd.map(lambda x: number_text(str(x), unit, column.name == "ATOXGR")).combine_first(cells)


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
