"""Dates that a spreadsheet took for dates of another country: the third of October became the tenth of March."""

import datetime
import re

from papercheck.files.findings import shown

from .fit import counts_of
from .questions import about

LEAST = 6  # dates of each kind before it is asked
ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T]00:00(?::00)?)?")
TYPED = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{2}|\d{4})")
MOST_MONTHS = 12


def ask_swapped(plan, columns):
    """Whether day and month stand in each other's place in the dates that a spreadsheet stored, where those that it
    left as text are just the ones that it could not have taken so. columns : {column of the dictionary: written}."""
    cells = {name: counts_of(plan.sheet, name) for name in dict.fromkeys(columns.values())}
    stored = [m for words in cells.values() for w in words if (m := ISO.fullmatch(w))]
    typed = [m for words in cells.values() for w in words if (m := TYPED.fullmatch(w))]
    late = [int(m[1]) > MOST_MONTHS for m in typed], [int(m[2]) > MOST_MONTHS for m in typed]
    if min(len(stored), len(typed)) < LEAST or not any(map(all, late)):
        return
    if any(int(m[3]) > MOST_MONTHS for m in stored):
        return
    example, day = stored[0], _turned(stored[0])
    words = {"n": len(stored), "m": len(typed), "columns": ", ".join(cells), "text": shown(typed[0][0])}
    words |= {"example": example[0][:10], "turned": f"{day:%Y-%m-%d}"}
    yield (
        about(plan.sheet, "swapped", proposed="swapped", words=words, targets=tuple(columns)),
        lambda answer: _turn(plan, columns, cells) if answer == "swapped" else None,
    )


def _turned(match) -> datetime.date:
    return datetime.date(int(match[1]), int(match[3]), int(match[2]))


def _turn(plan, columns, cells):
    """Translate each stored date into the one with day and month changed about."""
    for target, name in columns.items():
        found = {w: _turned(m).isoformat() for w in cells[name] if (m := ISO.fullmatch(w)) and m[2] != m[3]}
        if found:
            plan.values.setdefault(target, {}).update(found)
