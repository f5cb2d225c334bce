"""Rows that share a control arm: one row of the trial in their place, or the first of them; never all, unadjusted."""

import numpy as np
import pandas as pd

from smallsurv.meta.effects import log_ratios, odds_ratios
from smallsurv.meta.shared import shared_counts, shared_ratio

METHOD = "comparisons of one control arm, generalized least squares"
Z = 1.959963984540054  # of the 95% at which a combined row is written down, and read again
NO_EVENTS = "control arm shared with {study}, whose events are not sourced"
OTHER_RULE = "control arm shared with {study}, entry rule another"
WHY = ["left_out", "left_out_as", "left_out_with"]
IN_ONE = "in the pool as {study}, one comparison with their control arm"


def with_shared(frame, combine) -> pd.DataFrame:
    """`frame` (study, control, entry, left_out ...) with a row at the end for each control arm that rows to be pooled
    share. left_out_as, left_out_with : the message of left_out, and the {study} that it names.

    combine(rows) gives this row, or the words why there is none; then the first of the rows is pooled.
    """
    frame, made = frame.assign(left_out_as=frame["left_out"], left_out_with=""), []
    for _, rows in frame[frame["left_out"] == ""].groupby("control", sort=False):
        if len(rows) < 2:
            continue
        one = OTHER_RULE if rows["entry"].nunique() > 1 else combine(rows)
        if isinstance(one, str):
            frame.loc[rows.index[1:], WHY] = _why(one, rows["study"].iloc[0])
            continue
        name = " and ".join(rows["study"])
        frame.loc[rows.index, WHY] = _why(IN_ONE, name)
        carried = rows.iloc[[0]].reset_index(drop=True)
        made.append(carried.assign(**(one.iloc[0].to_dict() | {"study": name, "left_out": ""})))
    return pd.concat([frame, *made], ignore_index=True) if made else frame


def _why(message, study) -> list[str]:
    """The columns WHY of a row that is left out."""
    return [message.format(study=study), message, study]


def one_ratio(rows) -> pd.DataFrame | str:
    """The rows (log_ratios with control_events) as one, at 95%;
    NO_EVENTS where the events of the control arm are not known.
    """
    events = rows["control_events"].dropna()
    if events.empty:
        return NO_EVENTS
    effect, se = shared_ratio(rows["effect"], rows["se"], events.iloc[0])
    low, high = np.exp([effect - Z * se, effect + Z * se])
    one = {
        "study": "",
        "estimate": np.exp(effect),
        "ci_low": low,
        "ci_high": high,
        "level": 0.95,
        "printed_level": 0.95,
    }
    return log_ratios(pd.DataFrame([one])).assign(method=METHOD)


def one_table(rows) -> pd.DataFrame:
    """The rows (odds_ratios) as one, the counts of their other arms put together."""
    return odds_ratios(pd.DataFrame([shared_counts(rows) | {"study": ""}]))
