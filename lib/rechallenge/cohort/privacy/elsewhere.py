"""Rows of patients in the files of a cohort that no table is read from: other sheets, hidden ones, columns and visits
that are not taken, lines that are left out, remarks on cells."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from papercheck.files.findings import link_fault

from ..declare.source import written_cells
from ..read.left_out import shape
from ..read.readers import BOOKS, READ, TEXT, kind_of, read_grids, read_stored
from .identifying import Identifying, identifying, is_telling

SUBJECT = "USUBJID"


def elsewhere(folder: Path, raw: Mapping, meta, found: Identifying, common: str = "") -> Identifying:
    """What the files of a folder hold of patients beside `found`, which the raw tables {table: (file, frame)} gave.

    A row is one of a patient if it has an identifier, or what looks like one under the name of the column of
    identifiers. common : as of `identifying`.
    """
    looks, told = {shape(subject) for subject in found.ids}, found
    for frame in _frames(folder, raw, meta):
        rows = _of_patients(frame, found.ids, looks)
        if len(rows):
            told = told.joined(identifying({"adsl": ("", rows)}, meta, common))
    return told


def _frames(folder, raw, meta) -> Iterator[pd.DataFrame]:
    """Every table of every file, as text under the names of its columns, the identifiers under USUBJID; of a file that
    is read whole as one table nothing is left."""
    names = _names_of_identifiers(meta)
    whole = {file for file, _ in raw.values() if kind_of(Path(file)) not in BOOKS}
    whole -= {s.file for s in meta.sources.values() if s.first_row or s.last_row or s.courses or s.visits}
    for path in sorted(folder.iterdir()):
        kind = kind_of(path)
        if path.name.startswith((".", "~$")) or kind not in READ or not path.is_file() or path.name in whole:
            continue
        if link_fault(path):
            continue
        if kind in (*BOOKS, *TEXT):
            for grid in read_grids(path, meta.encoding)[0]:
                yield from _of_grid(grid, names)
        else:
            frame = read_stored(path, meta.encoding)[0]
            if frame is not None:
                yield _renamed(frame.apply(written_cells), names)


def _names_of_identifiers(meta) -> set[str]:
    """What the column of identifiers is called in any of the files, in small letters."""
    written = [meta.columns, *(source.columns for source in meta.sources.values())]
    found = {name for columns in written for name, target in columns.items() if target == SUBJECT}
    found |= {p.by for source in meta.sources.values() for p in (*source.join, *source.below) if p.by}
    return {str(name).strip().casefold() for name in (SUBJECT, *found)}


def _of_grid(grid, names) -> Iterator[pd.DataFrame]:
    """The lines of a sheet below the names of its columns (all, if none names the identifiers), and its remarks."""
    width = max(map(len, grid.rows), default=0)
    rows = [[*row, *[""] * (width - len(row))] for row in grid.rows]
    heads = [i for i, row in enumerate(rows) if any(cell.strip().casefold() in names for cell in row)]
    head = rows[heads[0] if heads else 0] if rows else []
    names_of = [name or f"column {place}" for place, name in enumerate(head, 1)]
    frame = pd.DataFrame(rows[heads[0] + 1 :] if heads else rows, columns=names_of)
    yield _renamed(frame.loc[:, ~frame.columns.duplicated()], names)
    remarked = [[*grid.line(line), remark] for line, _, remark in grid.remarks]
    if remarked:
        yield pd.DataFrame(remarked).fillna("").add_prefix("remarks, ")


def _renamed(frame, names) -> pd.DataFrame:
    """The frame with the first column that is called like one of identifiers as USUBJID."""
    own = next((c for c in frame.columns if str(c).strip().casefold() in names), None)
    return frame if own is None else frame.rename(columns={own: SUBJECT})


def _of_patients(frame, ids, looks) -> pd.DataFrame:
    """The rows that are of a patient."""
    if SUBJECT in frame:
        cells = frame[SUBJECT].astype(str).str.strip()
        return frame[cells.ne("") & cells.map(shape).isin(looks)]
    known = {subject for subject in ids if is_telling(subject)}
    kept = pd.Series(False, index=frame.index)
    for column in frame.columns:
        kept |= frame[column].astype(str).str.strip().isin(known)
    return frame[kept]
