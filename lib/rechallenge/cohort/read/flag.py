"""Rows of a table that break a rule, as findings."""

from dataclasses import replace

import numpy as np
import pandas as pd

from papercheck.files.findings import LIMIT, Finding, further, shown

from .reshape import written_as


def flag_rows(frame, bad, table, like: Finding, value=None):
    """One finding for each row of `frame` where the mask `bad` holds; beyond LIMIT rows one for the rest.

    like : what each says (rule, action, severity) of a column of the table; value : the column whose value is shown,
        else it.
    """
    column = like.column
    places = np.flatnonzero(bad.fillna(False).astype(bool).to_numpy())
    for index, row in frame.iloc[places[:LIMIT]].iterrows():
        cell = row.get(value or column, "")
        cell = cell.date().isoformat() if isinstance(cell, pd.Timestamp) else cell
        cell = f"{cell:g}" if isinstance(cell, float) else cell
        place = {"file": index[0], "row": index[1], "column": written_as(table, column, row, index[0])}
        yield replace(like, **place, subject=shown(row.get("USUBJID", "")), value=shown(cell))
    if len(places) > LIMIT:
        file, row = frame.index[places[LIMIT]][0], frame.iloc[places[LIMIT]]
        yield from further(file, like.rule, written_as(table, column, row, file), len(places) - LIMIT, like.severity)
