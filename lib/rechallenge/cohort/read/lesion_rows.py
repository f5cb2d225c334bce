"""A sheet with a row for each lesion at each assessment: the sums of a patient's lesions on each day."""

import pandas as pd

from papercheck.files.findings import LIMIT, Finding, further, shown

from ..declare.source import identifiers, written_cells
from .visits import bare_number

SUM = "(sum of the lesions)"


def _parts(frame, id_column, rule):
    """The rows of the lesions that count, with the keys by which they are summed, and their sizes."""
    for name, cells in rule.rows.items():
        frame = frame[written_cells(frame[name]).str.strip().isin(cells)]
    days = written_cells(frame[rule.day]).str.strip()
    sizes = pd.to_numeric(written_cells(frame[rule.size]).map(bare_number), errors="coerce")
    return frame, identifiers(frame[id_column]), days, sizes


def sums_of_lesions(frame, id_column, rule) -> pd.DataFrame:
    """One row for each patient and day with SUM, '' where a size is no number; other columns are of the first row.

    rule : `size`, the column of the diameter of a lesion, `day`, that of the assessment, and `rows`, {column: cells} of
    the lesions that are summed. The index is the line of the first lesion.
    """
    frame, ids, days, sizes = _parts(frame, id_column, rule)
    keys = [ids.to_numpy(), days.to_numpy()]
    whole = frame.groupby(keys, sort=False).first()
    added = sizes.groupby(keys, sort=False).agg(lambda x: x.sum(skipna=False))
    whole[SUM] = added.map(lambda x: None if pd.isna(x) else f"{x:.6g}")
    first = ~pd.MultiIndex.from_arrays(keys).duplicated()
    return whole.set_axis(pd.Index(frame.index[first], name=frame.index.name)).drop(columns=[rule.size])


def faults_of_lesions(frame, id_column, rule, file):
    """Days on which fewer lesions of a patient are measured than on another, so that their sums cannot be compared."""
    frame, ids, days, _ = _parts(frame, id_column, rule)
    counts = ids.groupby([ids.to_numpy(), days.to_numpy()]).transform("size")
    bad = (counts < counts.groupby(ids.to_numpy()).transform("max")) & ~pd.concat([ids, days], axis=1).duplicated()
    words = "fewer lesions are measured on this day than on another of the patient: the sums cannot be compared"
    for line in frame.index[bad.to_numpy()][:LIMIT]:
        action = "Add a row for each lesion (0 for one that is gone), or leave the day out."
        place = {"row": int(line), "column": rule.size, "subject": shown(ids[line]), "value": shown(days[line])}
        yield Finding(file, words, action, severity="warning", **place)
    yield from further(file, words, rule.size, int(bad.sum()) - LIMIT, "warning")
