"""How many rows of a grid of cells are its head, where the file does not say."""

import re

from .columns import GRADE_HEAD, N_EQUALS
from .document import Cell
from .forms import NUM
from .signs import plain

DATA = re.compile(
    rf"(?!\s*\d\d(?:\.\d)?\s*%\s*-?(?:CI|C\.I|conf|可信|置信))\s*[<>≤≥=P\s]*-?{NUM}[a-h*†‡§¶#]?\s*(?:[(\[/±%+]|$"
    rf"|\s*(?:months?|个月)|\s+[(\[]|-\s*{NUM}$)|\s*\(?ref(?:erence|\.)?\)?\s*$",
    re.I,
)


def count_heads(rows: tuple[tuple[Cell, ...], ...]) -> int:
    """The rows before the first that prints a number behind its label; a row of `n = 31` is still head."""
    marked = 0
    for row in rows:
        if not all(c.head for c in row if c.text):
            break
        marked += 1
    while 0 < marked < len(rows) - 1 and not rows[marked][0].text and _grades(rows[marked]):
        marked += 1  # the numbers of grades below the head that is marked
    if marked:
        return min(marked, len(rows) - 1)
    told = False  # whether a row before says grades in words: Any grade, Grade 3, >=3
    for i, row in enumerate(rows):
        texts = [plain(c.text).strip() for c in row[1:] if c.text]
        if _grades(row) and not (told and row[0].text and all(t.isdigit() for t in texts)):
            told = told or not all(t.isdigit() for t in texts)
            continue
        if i and _times(row, rows[i - 1]):
            continue
        if texts and row[0].text and all(re.fullmatch("-+", t) for t in texts):
            return max(1, _before_block(rows, i))
        data = [c for c in row[1:] if DATA.match(plain(c.text)) and not N_EQUALS.fullmatch(plain(c.text).strip())]
        if data:
            return max(1, _before_block(rows, i))
    return 1


def _times(row, above):
    """Whether a row prints rising times below a head over several columns: 3 months, 6 months, 12 months."""
    told = [plain(c.text).strip() for c, a in zip(row, above, strict=True) if c.text and c.text != a.text]
    found = [re.fullmatch(r"(\d+)[- ]?(?:months?|mo|years?|weeks?|个月|年)", t, re.I) for t in told]
    return len(told) > 1 and all(found) and row[0].text in ("", above[0].text)


def _grades(row):
    """Whether a row prints nothing but grades behind its label."""
    texts = [plain(c.text).strip() for c in row[1:] if c.text]
    return bool(texts) and all(GRADE_HEAD.fullmatch(t) for t in texts)


def _before_block(rows, first):
    """A block's own row (label alone) directly above the first data belongs to the body."""
    i = first
    while i > 1 and rows[i - 1][0].text and not any(c.text for c in rows[i - 1][1:] if c.text != rows[i - 1][0].text):
        i -= 1
    return i
