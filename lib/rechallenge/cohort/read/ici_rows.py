"""Rows of lines of therapy: which row of a patient is the first course of checkpoint inhibitor, which rechallenge."""

import pandas as pd

from ..declare.source import identifiers, written_cells
from .dates import read_dates

COURSE = "(course of ICI)"  # the column that is made


def with_course(frame, id_column, rule) -> pd.DataFrame:
    """The frame with COURSE: of the rows of each patient that are of checkpoint inhibitor, in order of `order`, the
    first is `first course`, the second `rechallenge`; other rows are `interim` between them and `subsequent` behind,
    and '' before the first and in further rows.

    rule : `by`, the column that says what a row is, `cells`, those of checkpoint inhibitor, `order`, the column of the
    start of each row or of its number, and `dates`, the formats of the first.
    """
    ici = written_cells(frame[rule.by]).str.strip().isin(rule.cells)
    words = written_cells(frame[rule.order]).str.strip().replace("", None)
    place = pd.to_numeric(words, errors="coerce")
    if place.notna().sum() < words.notna().sum():
        place = read_dates(words, list(rule.dates)).astype("int64").where(words.notna())
    rows = pd.DataFrame({"id": identifiers(frame[id_column]), "ici": ici, "place": place})
    rows = rows.sort_values("place", kind="stable", na_position="last")
    number = rows["ici"].groupby(rows["id"]).cumsum()
    said = number.map({1: "interim"}).where(~rows["ici"], number.map({1: "first course", 2: "rechallenge"}))
    said = said.mask(~rows["ici"] & (number > 1), "subsequent").fillna("")
    alone = rows["ici"].groupby(rows["id"]).transform("sum") < 2
    said = said.mask(alone & (said == "interim"), "subsequent")  # behind the only course there is nothing between
    return frame.assign(**{COURSE: said.reindex(frame.index).replace("", None)})
