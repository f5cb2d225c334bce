"""What a source declares of its cells before they are typed:
one date column for two facts, tick boxes nobody was asked.
"""

import pandas as pd

from ..declare.source import GRADE, UNTICKED, written_cells
from .event_columns import each_of_cell

NEVER_OPENED = ("0", "", "incomplete")  # REDCap: the form was never filled in


def recode(frame, source) -> pd.DataFrame:
    """The frame with the declared splits made, several events of a cell in rows of their own, and the boxes emptied of
    patients who were not asked."""
    for name, rule in source.split.items():
        frame = _split(frame, name, rule)
    for name in (n for n in source.separate if n in frame.columns):
        grade = next((n for n, target in source.columns.items() if target == "ATOXGR"), GRADE)
        frame = each_of_cell(frame, source.separate[name], name, grade).replace("", None)
    for none, boxes, form in source.checkboxes.values():
        frame = _unasked(frame, none, boxes, form)
    return frame


def _split(frame, name, rule):
    """One written date is that of the event where the flag says so, and the other date, if there is one, of everybody.

    rule : a Split of cohort.yml.
    """
    if name not in frame.columns or rule.by not in frame.columns:
        return frame
    dates = frame[name] if frame[name].dtype.kind == "M" else frame[name].astype(object)  # stored dates stay dates
    dead = written_cells(frame[rule.by]).str.strip().isin(rule.event)
    others = {rule.other: dates} if rule.other else {}
    return frame.assign(**{rule.date: dates.where(dead, pd.NaT if dates.dtype.kind == "M" else None)}, **others).drop(
        columns=[name]
    )


def _unasked(frame, none, boxes, form):
    """Empty the boxes of rows whose form was never opened, or in which nothing was ticked though a box for none exists.

    Source: a REDCap export holds 0 for every box that was never shown (REDCap Help and FAQ, checkbox fields).
    """
    present = [c for c in (none, *boxes) if c in frame.columns]
    if not present:
        return frame
    words = pd.DataFrame({c: written_cells(frame[c]).str.strip().str.lower() for c in present})
    silent = words.isin((*UNTICKED, "")).all(axis=1)
    unasked = silent & bool(none in frame.columns)
    if form and form in frame.columns:
        unasked |= silent & written_cells(frame[form]).str.strip().str.lower().isin(NEVER_OPENED)
    if not unasked.any():
        return frame
    return frame.assign(**{c: frame[c].astype(object).mask(unasked, None) for c in present})
