"""Sheets that hold other patients under the same columns, such as one for each hospital: read one below the other."""

from pathlib import Path

import pandas as pd

from papercheck.files.findings import Finding

from ..declare.source import written_cells
from .grid import stem_of
from .join import NEXT, part_frame

SHEET = "(sheet)"  # a column of the whole: the name of the sheet


def name_of(file, sheet) -> str:
    """What a sheet is called among those that are read as one."""
    return sheet or stem_of(Path(file))


def one_below_the_other(frames, by, names, apart) -> pd.DataFrame:
    """One frame of several with the same columns; the lines of the k-th are raised by k times NEXT.

    by : the column of the identifiers; names : of the sheets; apart : whether each sheet numbers its patients anew, so
    that the sheet is put before the identifier.
    """
    found = []
    for number, (frame, name) in enumerate(zip(frames, names, strict=True)):
        ids = written_cells(frame[by]).str.strip() if apart else frame[by]
        ids = ids.where(ids == "", f"{name} " + ids) if apart else ids
        raised = pd.Index(frame.index + number * NEXT, name=frame.index.name)
        found.append(
            frame.assign(**{by: ids.replace("", None) if apart else ids, SHEET: name}).set_axis(raised, axis=0)
        )
    whole = pd.concat(found)
    return whole.astype(object).where(whole.notna(), None) if whole.dtypes.eq(object).all() else whole


def add_below(folder, frame, id_column, source, read) -> tuple[pd.DataFrame, list[Finding]]:
    """The frame of a source with the rows of its further sheets (`below` in cohort.yml), and what is not there.

    read(path, source) gives the frame of another source and its faults.
    """
    faults: list[Finding] = []
    frames = [frame]
    for part in source.below:
        other = part_frame(folder, part, "below", read, faults)
        if other is None or not id_column:
            continue
        frames.append(other.rename(columns={**part.columns, part.by: id_column}))
    names = [name_of(part.file, part.sheet) for part in (source, *source.below)]
    if len(frames) < len(names):
        return frame, faults
    return one_below_the_other(frames, id_column, names, source.apart), faults
