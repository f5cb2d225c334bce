"""Marks of footnotes behind the numbers of a table: they are evidence, and no part of the number."""

import re
from dataclasses import replace

from .document import Cell, Table
from .signs import plain

SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
MARK = re.compile(
    r"(?<=[\d)\]%RE])\s?(?:(?P<sign>[*†‡§¶‖#⁰¹²³⁴⁵⁶⁷⁸⁹]+)|(?P<letter>[a-h])(?:, ?[a-h])*)(?=\s*(?:$|[(\[;/]))"
)
USUAL = "abc"  # other letters are marks only where a note begins with them: 14 d are days


def raised(text: str, before: str) -> str:
    """A raised number behind a number of a cell as a mark that is no digit of it; powers and words stay."""
    marks = re.fullmatch(r"\s*\d{1,2}(?:,\d{1,2})*\s*", text) and re.search(r"[\d)\]%]\s*$", before)
    return text.translate(SUPERSCRIPT).replace(",", "") if marks and not re.search(r"(?<!\d)10\s*$", before) else text


def without_marks(table: Table) -> Table:
    """The table with the marks behind its numbers taken out of the text that is read; `printed` keeps them."""
    known = {m[1] for n in table.notes if (m := re.match(r"\s*([a-h])(?![a-z])", n))} | set(USUAL)
    seen: dict[int, Cell] = {}  # a cell over several places stays one cell

    def bare(cell):
        kept, at = "", 0
        for mark in MARK.finditer(plain(cell.text)):
            if mark["sign"] or mark["letter"] in known:
                kept, at = kept + cell.text[at : mark.start()], mark.end()
        return replace(cell, text=kept + cell.text[at:], printed=cell.text) if at else cell

    body = tuple(
        tuple(c if j == 0 else seen.setdefault(id(c), bare(c)) for j, c in enumerate(row))
        for row in table.rows[table.heads :]
    )
    return replace(table, rows=table.rows[: table.heads] + body)
