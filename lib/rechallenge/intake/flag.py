"""Rows of a table that break a rule, as findings."""

import pandas as pd

from .findings import Finding, shown
from .reshape import written_as


def flag_rows(frame, bad, table, column, rule, action, value=None, severity="error"):
    """One finding for each row of `frame` where the mask `bad` holds."""
    for index, row in frame[bad.fillna(False).astype(bool)].iterrows():
        cell = row.get(value or column, "")
        cell = cell.date().isoformat() if isinstance(cell, pd.Timestamp) else cell
        cell = f"{cell:g}" if isinstance(cell, float) else cell
        yield Finding(index[0], rule, action, row=index[1], column=written_as(table, column, row, index[0]),
                      subject=shown(row.get("USUBJID", "")), value=shown(cell), severity=severity)  # fmt: skip
