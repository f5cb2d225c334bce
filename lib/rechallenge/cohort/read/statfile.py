"""Files of SPSS, Stata and SAS: stored columns in, with the labels and missing codes that the file declares."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from papercheck.files.findings import Finding, Message, shown

READERS = {
    ".sav": "read_sav",
    ".zsav": "read_sav",
    ".por": "read_por",
    ".dta": "read_dta",
    ".xpt": "read_xport",
    ".sas7bdat": "read_sas7bdat",
}
CATALOG = ".sas7bcat"
ENCRYPTED = b"ENCRYPTED"  # SPSS: bytes 8 to 17 of a file with a password
CARD = 80  # bytes of a record of a SAS transport file
OBSERVATIONS = b"HEADER RECORD*******OBS"  # begins the record before its rows


@dataclass(frozen=True)
class Labels:
    """What a file says of its columns: label, {code as written: label}, the codes that it declares as missing, and the
    formats whose labels a SAS catalog holds."""

    columns: dict = field(default_factory=dict)
    values: dict = field(default_factory=dict)
    missing: dict = field(default_factory=dict)
    formats: dict = field(default_factory=dict)


def read_statfile(path: Path, encoding: str = "") -> tuple[pd.DataFrame | None, list[Finding], Labels]:
    """A file as stored columns (numbers, datetimes, text with None where empty); the index counts rows from 1.

    Codes that SPSS declares as missing are empty; codes with labels stay codes. Returns no frame but a finding for a
    file that is encrypted, cut off or damaged, or holds a column name twice.
    """
    kind, data = path.suffix.lower(), path.read_bytes()
    if ENCRYPTED in data[:64]:
        action = "Open it in SPSS and save it without a password (File, Save As)."
        return None, [Finding(path.name, "the file is encrypted", action)], Labels()
    if kind == ".xpt" and len(data) % CARD:
        return None, [_damaged(path, f"its length is not a multiple of {CARD} bytes")], Labels()
    try:
        frame, meta = _read(path, kind, encoding)
    except Exception as error:  # the faults of a damaged file come as they are found, of many kinds
        return None, [_damaged(path, shown(error))], Labels()
    if kind == ".xpt" and _ends_inside_a_row(data, meta):
        return None, [_damaged(path, "it ends inside a row")], Labels()
    names = [str(name).strip() for name in frame.columns]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        return (
            None,
            [Finding(path.name, "the column name stands twice", "Rename one.", column=n) for n in twice],
            Labels(),
        )
    frame.columns = names
    missing = {}
    for name, ranges in (getattr(meta, "missing_ranges", None) or {}).items():
        frame[name], missing[name] = _without_missing(frame[name], ranges)
    for name, letters in (getattr(meta, "missing_user_values", None) or {}).items():
        frame[name], missing[name] = _without_letters(frame[name], letters)
    size = len(frame)
    frame = pd.DataFrame({name: _stored(frame[name]) for name in names})
    frame.index = pd.RangeIndex(1, size + 1, name="line")
    faults = [] if size else [Finding(path.name, "the table has columns and no rows", "Export it again.")]
    values = {c: {code_text(k): str(v) for k, v in labels.items()} for c, labels in meta.variable_value_labels.items()}
    labels = {c: str(label) for c, label in meta.column_names_to_labels.items() if label}
    formats = {c: re.sub(r"[\d.]+$", "", str(f)) for c, f in (meta.original_variable_types or {}).items() if f}
    return frame, faults, Labels(labels, values, missing, formats if kind == ".sas7bdat" else {})


def read_catalog(path: Path) -> tuple[dict, list[Finding]]:
    """The labels of a SAS catalog of formats: {format: {code as written: label}}; what is wrong with the file."""
    import pyreadstat

    try:
        found = pyreadstat.read_sas7bcat(str(path))[1].value_labels
    except Exception as error:  # the faults of a damaged file come as they are found, of many kinds
        return {}, [_damaged(path, shown(error))]
    return {f: {code_text(k): str(v) for k, v in labels.items()} for f, labels in found.items()}, []


def _read(path, kind, encoding):
    import pyreadstat

    options = {"encoding": encoding} if encoding else {}
    if kind in (".sav", ".zsav", ".dta", ".sas7bdat"):
        options["user_missing"] = True  # so that the codes can be named; they are taken out below
    return getattr(pyreadstat, READERS[kind])(str(path), **options)


def _ends_inside_a_row(data, meta) -> bool:
    """Whether a SAS transport file ends inside a row: its rows are not counted, but only blanks may follow the last."""
    start = data.rfind(OBSERVATIONS)
    width = sum(meta.variable_storage_width.values())
    if start < 0 or not width:
        return False
    rows = data[start + CARD :]
    return bool(rows[len(rows) - len(rows) % width :].strip(b" "))


def _damaged(path, what) -> Finding:
    action = "The file may be cut off or not be what its name says: export it again."
    return Finding(
        path.name, Message("not a readable {kind} file ({what})", kind=path.suffix.lower(), what=what), action
    )


def code_text(value) -> str:
    """A code as a person writes it: 1 for 1.0."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _without_missing(cells, ranges):
    """The cells without the codes declared as missing, and these codes as text."""
    out, named = pd.Series(False, index=cells.index), []
    for entry in ranges:
        low, high = (entry["lo"], entry["hi"]) if isinstance(entry, dict) else (entry, entry)
        words = isinstance(low, str)
        out |= cells.eq(low) if words or low == high else pd.to_numeric(cells, errors="coerce").between(low, high)
        named.append(code_text(low) if low == high else f"{code_text(low)} to {code_text(high)}")
    return cells.mask(out), named


def _without_letters(cells, letters):
    """The cells without the special missing values of SAS and Stata (.A to .Z), and these as text."""
    kept = cells.mask(cells.map(lambda x: isinstance(x, str) and x in letters))
    numbers = pd.to_numeric(kept, errors="coerce")
    return numbers if numbers.notna().sum() == kept.notna().sum() else kept, [f".{x}" for x in letters]


def _stored(cells: pd.Series) -> pd.Series:
    """A column as numbers, datetimes (to the second) or stripped text with None where empty."""
    import datetime

    if cells.dtype.kind in "fiu":
        return pd.Series(cells.to_numpy(dtype=float))
    if cells.dtype.kind == "M":
        return pd.Series(cells.to_numpy())
    present = cells[cells.notna()]
    if len(present) and all(isinstance(x, datetime.date) for x in present):
        days = np.array([np.datetime64("NaT") if pd.isna(x) else np.datetime64(x, "s") for x in cells])
        return pd.Series(days.astype("datetime64[s]"))
    codes, words = pd.factorize(cells)
    neat = [str(w).strip() or None for w in words]
    return pd.Series(np.array([*neat, None], dtype=object)[codes])
