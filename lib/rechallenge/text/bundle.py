"""How rows of patients stand in a notebook, and under which type an output tells the report what it is."""

from html import escape

import pandas as pd

MIME = "application/vnd.rechallenge+json"
MOST = 20  # rows that are shown of a longer frame


def data_bundle(rows: pd.DataFrame, caption: str) -> dict:
    """The MIME bundle of a frame of the data: a caption that says how many rows of what, and the frame."""
    return {
        MIME: {"kind": "data", "caption": caption},
        "text/html": f"<p>{escape(caption)}</p>{rows.to_html(index=False, max_rows=MOST)}",
        "text/plain": f"{caption}\n{rows.to_string(index=False, max_rows=MOST)}",
    }
