"""Dates in several columns, a year, a month and a day: one column of dates."""

import re

import pandas as pd

from ..declare.source import WHOLE, written_cells

PARTS = tuple(
    re.compile(rf"^(.*?[^\d\W_].*?)[ _.-]*(?:{words})$|^(?:{words})[ _.-]+(?:of|der?|du)?[ _.-]*(.+)$", re.IGNORECASE)
    for words in ("year|yr|yyyy|年份?|jahr|ann[ée]e|a[ñn]o|anno", "month|mon|mm|月份?|monat|mois|m[êe]s|mese",
                  "day|dd|日|tag|jour|d[ií]a|giorno")
)  # fmt: skip
RANGES = ((1990, 2100), (1, 12), (1, 31))


def part_of(name) -> tuple[int, str]:
    """Which part of a date a column is called (0 the year, 1 the month, 2 the day) and of which date; (-1, "") none."""
    for number, pattern in enumerate(PARTS):
        match = pattern.match(str(name).strip())
        if match:
            return number, (match[1] or match[2]).strip(" _.-").lower()
    return -1, ""


def find_date_parts(frame) -> dict:
    """{name of the whole date: its columns of year, month and, where there is one, day}."""
    found = {}
    for name in frame.columns:
        number, stem = part_of(name)
        if number >= 0 and _within(frame[name], *RANGES[number]):
            found.setdefault(stem, {}).setdefault(number, name)
    whole = {stem: [parts[i] for i in sorted(parts)] for stem, parts in found.items() if {0, 1} <= set(parts)}
    return {f"{stem}{' date' if stem.isascii() else '日期'}": names for stem, names in whole.items()}


def _within(cells, low, high) -> bool:
    words = written_cells(cells).str.strip().str.replace(WHOLE, r"\1", regex=True)
    numbers = pd.to_numeric(words[words != ""], errors="coerce")
    inside = numbers.between(low, high) & (numbers % 1 == 0)
    return bool(len(numbers)) and inside.mean() > 0.5


def with_whole_dates(frame, parts) -> pd.DataFrame:
    """A frame with the dates that `parts` makes of its columns: 2024-03-05, 2024-03 without a day, 2024 without a
    month, and the cells as they are written where they are no such parts."""
    for name, columns in parts.items():
        there = [
            written_cells(frame[c]).str.strip().str.replace(WHOLE, r"\1", regex=True) for c in columns if c in frame
        ]
        if len(there) < len(columns):
            continue
        frame = frame.assign(**{name: pd.Series([_whole(row) for row in zip(*there, strict=True)], index=frame.index)})
    return frame


def _whole(words) -> str | None:
    """One date of its parts."""
    while words and not words[-1]:
        words = words[:-1]
    if not words:
        return None
    plain = all(w.isdigit() and low <= int(w) <= high for w, (low, high) in zip(words, RANGES, strict=False))
    return "-".join([words[0], *(w.zfill(2) for w in words[1:])]) if plain else " ".join(w or "?" for w in words)
