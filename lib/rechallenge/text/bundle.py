"""How rows of patients stand in a notebook, and under which type an output tells the report what it is."""

from html import escape

import pandas as pd

from ..context import PRIVACY, current
from .days import days_of

MIME = "application/vnd.rechallenge+json"
LEFT_OUT = "Rows of patients are left out under the privacy profile strict."
MOST = 20  # rows that are shown of a longer frame


def data_bundle(rows: pd.DataFrame, caption: str) -> dict:
    """The MIME bundle of a frame of the data: a caption that says how many rows of what, and the frame."""
    if current().privacy == PRIVACY[2]:
        return {MIME: {"kind": "data", "caption": ""}, "text/plain": LEFT_OUT}
    rows = days_of(rows)
    if current().privacy != PRIVACY[0] and "USUBJID" in rows:  # the order of the file is an order of admission
        rows = rows.sort_values("USUBJID", kind="stable")
    return {
        MIME: {"kind": "data", "caption": caption},
        "text/html": f"<p>{escape(caption)}</p>{rows.to_html(index=False, max_rows=MOST)}",
        "text/plain": f"{caption}\n{rows.to_string(index=False, max_rows=MOST)}",
    }
