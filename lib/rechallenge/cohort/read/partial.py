"""Dates of which only the month or year is known: the day that a declared rule puts in their place."""

import numpy as np
import pandas as pd

from .dates import complete, period


def partial_rules(meta) -> dict:
    """{column: (rule, not_before columns, not_after columns)} as cohort.yml declares them for a table."""
    return {column: (entry.rule, entry.not_before, entry.not_after) for column, entry in meta.partial_dates.items()}


def place_partial(column, typed, cells, bad, rule) -> tuple[pd.Series, np.ndarray]:
    """The dates of a column with its partial ones completed, and the positions that stay unreadable.

    typed : the columns read so far, among them those that the rule names; cells(place) : a cell in the words of
    cohort.yml; bad : positions of cells that are no whole date; rule : (first|mid|last, not_before, not_after).
    """
    name, before, after = rule
    dates, left = typed[column].copy(), []
    for place in bad:
        span = period(str(cells(place)))
        day = (
            _placed(span, name, _limits(typed, before, place, max), _limits(typed, after, place, min)) if span else None
        )
        if day is None:
            left.append(place)
        else:
            dates.iloc[place] = pd.Timestamp(day)
    return dates, np.array(left, dtype=int)


def _limits(typed, columns, place, pick):
    days = [typed[c].iloc[place] for c in columns if c in typed and typed[c].dtype.kind == "M"]
    days = [d.date() for d in days if not pd.isna(d)]
    return pick(days) if days else None


def _placed(span, rule, low, high):
    """The day of the rule, moved into the limits; None if the whole period lies outside them."""
    first, last = span
    if (low and low > last) or (high and high < first):
        return None
    day = complete(first, last, rule)
    day = max(day, low) if low else day
    return min(day, high) if high else day


def partial_counts(cells) -> dict[str, int]:
    """How many cells of a column name a month or a year alone."""
    spans = [period(str(c)) for c in cells if c not in (None, "")]
    months = sum(1 for s in spans if s and s[0].month == s[1].month)
    return {"month": months, "year": sum(1 for s in spans if s) - months}
