"""Dates in several columns (a year, a month, a day): one of dates; a start and a stop in one cell: two of dates."""

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


DAY = r"\d{4}-\d{1,2}-\d{1,2}|\d{4}年\d{1,2}月\d{1,2}日?|\d{1,4}\.\d{1,2}\.\d{1,4}|\d{1,4}/\d{1,2}/\d{1,4}"
ON = r"ongoing|present|now|current|today|laufend|heute|en cours|en curso|至今|今|目前|治疗中"
SPAN = re.compile(
    rf"(?:.*[^\d./-])?(?P<start>{DAY})\s*(?:[-–—~～至到]|to|until|bis|au|hasta)\s*(?:(?P<stop>{DAY})|{ON}|\?)?\s*[)）]?",
    re.IGNORECASE,
)
LEAST = 0.75  # share of the cells of a column that are spans


def with_starts_and_stops(frame) -> pd.DataFrame:
    """A frame with two columns of dates behind those whose cells are a start and a stop: 12.03.21–04.08.21. A cell that
    is no such span stands in both as it is written."""
    made = {}
    for name in frame.columns:
        if not pd.api.types.is_string_dtype(frame[name]):
            continue
        cells = written_cells(frame[name]).str.strip()
        spans = {cell: SPAN.fullmatch(cell) for cell in cells.unique() if cell}
        if not spans or cells[cells != ""].map(spans).notna().mean() < LEAST:
            continue
        for part, ending in zip(("start", "stop"), _endings(name), strict=True):
            said = {cell: match[part] if match else cell for cell, match in spans.items()}
            made[ending] = cells.map(said)
    return frame.assign(**{name: cells for name, cells in made.items() if name not in frame})


def spans_in(frame) -> set:
    """The columns of spans of a frame that has their starts and stops."""
    there = [n for n in frame if set(_endings(n)) <= set(frame.columns)]
    return {n for n in there if any(map(SPAN.fullmatch, written_cells(frame[n]).str.strip()))}


def _endings(name) -> tuple[str, str]:
    """What the columns of the starts and the stops of a column of spans are called."""
    words = (" start date", " end date") if str(name).isascii() else ("开始日期", "结束日期")
    return f"{name}{words[0]}", f"{name}{words[1]}"
