"""Parquet files in: columns keep the type they are stored with; rows count from 1."""

from pathlib import Path

import numpy as np
import pandas as pd

from papercheck.files.findings import Finding, Message, shown
from papercheck.vocabulary.dictionary import Column

SUFFIX = ".parquet"
TEXT, NUMBERS, TRUTH, DATES = "text", "numbers", "true and false", "dates"
# What a column of the dictionary may be stored as; numbers in a coded or text column are read as written (ECOG 1).
ALLOWED = {"number": (NUMBERS,), "integer": (NUMBERS,), "flag": (NUMBERS, TRUTH), "date": (DATES,),
           "coded": (TEXT, NUMBERS), "text": (TEXT, NUMBERS)}  # fmt: skip
WRONG_TYPE = "Store it as {}; a date as a date without a time zone."


def read_parquet(path: Path) -> tuple[pd.DataFrame | None, list[Finding]]:
    """A Parquet file as stored: numbers, dates, categories and text (None where empty); the index is the row, first =
    1.

    Returns no frame but findings for a file that cannot be read, a name that stands twice, or a column of another type
    (lists, binary). Text is stripped as in CSV.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            table = file.read(use_threads=True)
    except (pa.ArrowException, OSError) as error:
        rule = Message("not a readable Parquet file ({error})", error=shown(error))
        return None, [Finding(path.name, rule, "The file may be cut off: export it again.")]
    table = table.select([i for i, name in enumerate(table.column_names) if not name.startswith("__index_level_")])
    names = [name.strip() for name in table.column_names]
    faults = list(_column_faults(path.name, names, table.schema.types))
    if faults:
        return None, faults
    columns = [_plain(column.combine_chunks()) for column in table.columns]
    size = table.num_rows
    del table
    frame = pd.DataFrame(
        {name: column.to_pandas(date_as_object=False) for name, column in zip(names, columns, strict=True)}
    )
    frame.index = pd.RangeIndex(1, size + 1, name="line")
    if not size:
        faults.append(Finding(path.name, "the table has columns and no rows", "Fill it or delete it."))
    return frame, faults


def _column_faults(file, names, kinds):
    """Names that stand twice or not at all, and columns of a type that is not read."""
    for i, (name, kind) in enumerate(zip(names, kinds, strict=True)):
        if not name or name in names[:i]:
            rule = "the column name stands twice" if name else Message("column {i} has no name", i=i + 1)
            yield Finding(file, rule, "Rename or delete one.", column=shown(name))
        elif not _readable(kind):
            action = "Store it as numbers, dates, categories or text, or drop it."
            rule = Message("a column of {kind} cannot be read", kind=shown(kind))
            yield Finding(file, rule, action, column=shown(name))


def _readable(kind):
    import pyarrow.types as t

    inner = kind.value_type if t.is_dictionary(kind) else kind
    tests = (
        t.is_integer,
        t.is_floating,
        t.is_decimal,
        t.is_boolean,
        t.is_date,
        t.is_timestamp,
        t.is_string,
        t.is_large_string,
        t.is_string_view,
        t.is_null,
    )
    return any(test(inner) for test in tests)


def _plain(column):
    """Decimals as floats, text without blanks at its ends and without empty text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_decimal(column.type):
        return column.cast(pa.float64())
    if pa.types.is_string_view(column.type):
        column = column.cast(pa.large_string())
    if pa.types.is_dictionary(column.type):
        if not (pa.types.is_string(column.type.value_type) or pa.types.is_large_string(column.type.value_type)):
            return column.dictionary_decode()
        words = pc.utf8_trim_whitespace(column.dictionary)
        neat = words.equals(column.dictionary) and not pc.any(pc.equal(words, "")).as_py()
        return column if neat else _plain(column.dictionary_decode())
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        words = pc.utf8_trim_whitespace(column)
        return pc.if_else(pc.equal(words, ""), None, words)
    return column


def stored_column(cells: pd.Series, column: Column, translated: bool, formats=(), loose=False) -> tuple[pd.Series, str]:
    """Stored cells as floats (number, integer, flag), datetimes (date) or words (object) for the text parser, and ''.

    A column of the wrong type comes back as missing, with what it holds. translated : cohort.yml maps its values, so
    that they are read as words whatever their type. formats : declared for the column's dates, if it holds any.
    loose : the program that wrote the file often keeps numbers and dates as text, or dates as counts: read them so.
    """
    holds = _holds(cells)
    if cells.isna().all():
        return pd.Series(None, index=cells.index, dtype=object), ""
    allowed = (TEXT, NUMBERS, TRUTH) if translated else ALLOWED[column.type]
    if loose:
        allowed = (*allowed, TEXT)
    if column.type == "date" and (formats or loose):
        allowed = (DATES, TEXT, NUMBERS)
    if holds not in allowed:
        return pd.Series(None, index=cells.index, dtype=object), holds
    if holds == TEXT:
        return cells, ""
    if translated or column.type in ("coded", "text") or (column.type == "date" and holds == NUMBERS):
        codes, values = pd.factorize(cells)
        words = [str(int(v)) if holds == NUMBERS and float(v).is_integer() else str(v) for v in values]
        return pd.Series(np.array([*words, None], dtype=object)[codes], index=cells.index), ""
    return (cells if holds == DATES else cells.astype(float)), ""


def _holds(cells):
    if isinstance(cells.dtype, pd.CategoricalDtype):
        return TEXT
    if isinstance(cells.dtype, pd.DatetimeTZDtype):
        return "times with a time zone"
    if cells.dtype.kind == "O":  # text; true and false with missing ones
        first = cells.first_valid_index()
        return TRUTH if first is not None and isinstance(cells[first], bool) else TEXT
    return {"M": DATES, "b": TRUTH}.get(cells.dtype.kind, NUMBERS)


def whole_days(cells: pd.Series, drop_time=False) -> tuple[pd.Series, pd.Series]:
    """Stored dates as datetime64[ns], and which of them are none:
    with a time of day, or beyond the years 1678 to 2261.
    """
    day = cells.dt.floor("D")
    low, high = pd.Timestamp.min.ceil("D"), pd.Timestamp.max.floor("D")
    timed = (cells != day) & (not drop_time)
    bad = cells.notna() & (timed | (day < low.as_unit("s")) | (day > high.as_unit("s")))
    return day.mask(bad).astype("datetime64[ns]"), bad
