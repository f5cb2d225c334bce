"""Where on a sheet the table of patients lies: the line of the names, the lines of patients, and what is left out."""

import re
import unicodedata
from dataclasses import dataclass, field

import pandas as pd

from papercheck.files.findings import Finding, Message

from .column_names import names_of
from .grid import MOST_COLUMNS, Grid, too_large
from .left_out import SUMMARY

DEEPEST = 40  # lines that are looked through for the names


NO_ROWS = "the table has a header and no rows"


NUMBER = re.compile(
    r"[-+−<>≤≥~约]?\s*\d+([.,]\d+)?\s*%?|\d{4}\s*[-/.年]\s*\d{1,2}.*|\d{1,2}[-/.]\d{1,2}[-/.]\d{1,4}.*|\d{4}[,。、"
    r"\s]\s*\d{1,2}[,。、\s]\s*\d{1,2}.*|\d{1,2}[- ]?[a-z]{3}[- ]?\d{2,4}|"
    r"(?:民[國国]|令和|平成|[RH])?\s*(?:\d{1,3}|元)\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}.*",
    re.I,
)


UNITS = re.compile(
    r"[(\[（]?\s*(岁|周岁|年|月|个月|天|日|周|分|级|次|例|个|%|mm|cm|kg|kg/m2|kg/m²|g/l|u/l|ng/ml|pg/ml|months?|mo|days?"
    r"|weeks?|years?|yrs?|y|n|score|"
    r"yyyy[-/.]?mm[-/.]?dd|dd[-/.]mm[-/.]yyyy|date|日期|0/1|1/0|[01]\s*[=:：].*|y/n|是/否|男/女|m/f|text|文本|数字|-|/)\s*[)\]）]?",
    re.I,
)


ROW = "(row)"  # a column of the line of each row, where no column names the patients


LARGE = 20_000  # lines above which a sheet is taken for one table


@dataclass
class Layout:
    """`header` : lines of the names (one, or a line of groups above them; empty: there is none); `labels` : lines under
    it with labels or units; `first`, `last` : lines of the first and last patient; `next` : line where another table
    begins."""

    header: tuple = ()
    labels: tuple = ()
    first: int = 0
    last: int = 0
    next: int = 0
    titles: list = field(default_factory=list)


def is_name(text) -> bool:
    """Whether a cell can be the name of a column: words, not a number or a date."""
    return bool(text) and not NUMBER.fullmatch(unicodedata.normalize("NFKC", text))


def filled(row) -> int:
    """How many cells of a line hold something."""
    return sum(1 for cell in row if cell)


def find_layout(grid: Grid, start=0) -> Layout:
    """The layout of the table that begins at line `start` or below it."""
    places = [i for i, line in enumerate(grid.lines) if line >= start]
    if not places:
        return Layout()
    rows = grid.rows
    counts = sorted(filled(rows[i]) for i in places[:400])
    usual = max(1, counts[int(0.9 * (len(counts) - 1))])
    head = next((i for i in places[:DEEPEST] if _can_be_names(rows[i], usual)), places[0])
    header, labels = (grid.lines[head],), []
    body = [i for i in places if i > head]
    if body and _fills_gaps(rows[head], rows[body[0]]):
        header, head = (*header, grid.lines[body[0]]), body[0]
        body = body[1:]
        if len(body) > 1 and _goes_deeper(rows[places[places.index(head) - 1]], rows[head], rows[body[0]]):
            header, head = (*header, grid.lines[body[0]]), body[0]
            body = body[1:]
    elif (
        head > places[0] and _is_group_line(rows[head - 1], rows[head]) and grid.lines[head] - grid.lines[head - 1] == 1
    ):
        above = head - 2 >= places[0] and grid.lines[head - 1] - grid.lines[head - 2] == 1
        deep = above and _is_group_line(rows[head - 2], rows[head - 1])
        header = tuple(grid.lines[head - 2 if deep else head - 1 : head + 1])
    while body and len(labels) < 2 and _is_label_line(rows, head, body):
        labels.append(grid.lines[body[0]])
        body = body[1:]
    header = (*header, labels[0]) if labels and _told_apart(grid, header, labels[0]) else header
    inside, following = _until_another(grid, body, head)
    titles = [" ".join(c for c in rows[i] if c) for i in places if grid.lines[i] < header[0]]
    if not inside:
        return Layout(header, tuple(labels), titles=titles)
    return Layout(
        header,
        tuple(labels),
        grid.lines[inside[0]],
        grid.lines[inside[-1]],
        grid.lines[following] if following is not None else 0,
        titles,
    )


def _until_another(grid, body, head):
    """The places of the lines under the names up to another table and its title, and the place of its names or None."""
    rows = grid.rows
    begins = lambda i: _titled(grid, i) or _begins_another(rows, i, body, rows[head])  # noqa: E731
    found = (i for i in body if begins(i)) if len(body) < LARGE else iter(())
    following = next(found, None)
    inside = [i for i in body if following is None or i < following]
    while following is not None and inside and filled(rows[inside[-1]]) == 1:
        inside.pop()
    return inside, following


TABLE_TITLE = re.compile(r"(?:附?表|续表|table)\s*(?:\d+|[一二三四五六七八九十]+|[a-z]\b)", re.I)


def _titled(grid, place) -> bool:
    """Whether a line of words alone stands right under the title of a table: 表2 ..., Table 2."""
    if place < 2 or grid.lines[place] - grid.lines[place - 1] > 1:
        return False
    title, cells = [c for c in grid.rows[place - 1] if c], [c for c in grid.rows[place] if c]
    named = len(title) == 1 and TABLE_TITLE.match(unicodedata.normalize("NFKC", title[0]))
    return bool(named) and len(cells) > 1 and all(map(is_name, cells))


def _can_be_names(row, usual) -> bool:
    cells = [c for c in row if c]
    named = sum(map(is_name, cells))
    return len(cells) >= max(1, 0.55 * usual) and (len(cells) > 1 or usual == 1) and named >= 0.8 * len(cells)


def _fills_gaps(upper, lower) -> bool:
    """Whether a line holds the names under groups: words where the line above has none, and nothing under its names."""
    cells = [(i, c) for i, c in enumerate(lower) if c]
    under_gap = [i for i, _ in cells if i >= len(upper) or not upper[i]]
    starts = [i for i, _ in cells if i < len(upper) and upper[i]]
    blank = sum(1 for i, c in enumerate(upper) if c and (i >= len(lower) or not lower[i]))
    return (
        bool(under_gap)
        and all(is_name(c) for _, c in cells)
        and len(starts) <= len(under_gap)
        and (blank > 0 or len(starts) > 1)
    )


def _goes_deeper(top, middle, lower) -> bool:
    """Whether a third line of names stands under two: words alone, some of them under gaps, and none under the first
    name, where every patient has the identifier."""
    cells = [i for i, c in enumerate(lower) if c]
    first = next((i for i, c in enumerate(top) if c), 0)
    named = [i for i, c in enumerate(middle) if c]
    return (
        bool(cells)
        and first not in cells
        and first not in named
        and all(is_name(lower[i]) for i in cells)
        and any(i not in named for i in cells)
    )


def _is_group_line(row, names) -> bool:
    """Whether the line above the names holds groups of columns: several words, each with a gap behind it."""
    cells = [i for i, c in enumerate(row) if c]
    return 1 < len(cells) < filled(names) and all(is_name(row[i]) for i in cells)


def _numeric_columns(rows, body) -> set:
    """The columns whose cells are mostly numbers or dates."""
    found, sample = set(), body[:200]
    for column in range(max((len(rows[i]) for i in sample), default=0)):
        cells = [rows[i][column] for i in sample if column < len(rows[i]) and rows[i][column]]
        if len(cells) >= 2 and sum(not is_name(c) for c in cells) >= 0.7 * len(cells):
            found.add(column)
    return found


def _is_label_line(rows, head, body) -> bool:
    """A line of words above columns of numbers, or one of units, tells more of the columns: it is no patient."""
    cells = {i: c for i, c in enumerate(rows[body[0]]) if c}
    if not cells or len(body) < 2:
        return False
    units = sum(1 for c in cells.values() if UNITS.fullmatch(unicodedata.normalize("NFKC", c)))
    if units >= 2 and units >= 0.6 * len(cells) and 0 not in cells or units == len(cells) > 1:
        return True
    numeric = _numeric_columns(rows, body[1:]) & set(cells)
    words = [i for i, c in cells.items() if is_name(c) and not _says_unknown(c)]
    key = min(cells)
    again = any(key < len(rows[i]) and rows[i][key] == cells[key] for i in body[1:])
    return len(numeric & set(words)) >= 2 and len(words) >= 0.8 * len(cells) and not again


def _told_apart(grid, header, line) -> bool:
    """Whether a line of units or labels under one line of names tells columns apart that share a name."""
    names, labels = ([" ".join(c.split()) for c in grid.line(i)] for i in (header[0], line))
    pairs = [(n, labels[i] if i < len(labels) else "") for i, n in enumerate(names) if n and names.count(n) > 1]
    return len(header) == 1 and bool(pairs) and len(set(pairs)) == len(pairs)


def _says_unknown(text) -> bool:
    return unicodedata.normalize("NFKC", text).strip().lower() in (
        "na",
        "n/a",
        "nd",
        "nr",
        "ne",
        "nan",
        "null",
        "unknown",
        "unk",
        "missing",
        "不详",
        "未知",
        "未查",
        "未测",
        "缺失",
        "无",
        "none",
        "no",
        "-",
    )


def _begins_another(rows, place, body, names) -> bool:
    """Whether a line holds the names of another table: words alone, in columns of numbers, and none of them unknown."""
    row = rows[place]
    cells = [i for i, c in enumerate(row) if c]
    if len(cells) < 2 or place in (body[0], body[-1]) or not all(is_name(row[i]) for i in cells) or len(set(row)) < 3:
        return False
    first = cells[0]  # the patients of the other table under the same name
    if (
        first < len(names)
        and row[first] == names[first]
        and sum(row[i] == names[i] for i in cells if i < len(names)) == 1
    ):
        return True
    if any(_says_unknown(row[i]) for i in cells) or SUMMARY.fullmatch(row[first]):
        return False
    if sum(1 for i in cells if i < len(names) and row[i] == names[i]) >= 0.8 * len(cells):
        return False  # the same names again, on the next page: left out with the lines that are no patients
    return len(_numeric_columns(rows, [i for i in body if i < place][-200:]) & set(cells)) >= 2


def frame_of(
    grid: Grid, layout: Layout, strict=False, unnamed=False, again=False
) -> tuple[pd.DataFrame | None, list[Finding]]:
    """The table as text cells (None where empty), indexed by line; the names as `names_of` gives them.

    strict : a name that is missing or stands twice is an error, as is a line of another length in a text file;
    unnamed : columns without a name are let through, for those that are read are named elsewhere; again : and those
    under a name that stands twice.
    """
    place = grid.place
    names, faults = names_of(grid, layout.header, strict, unnamed, again)
    if len(names) > MOST_COLUMNS:
        return None, [too_large(place, Message("{n} columns", n=f"{len(names):,}"))]
    if any(f.severity == "error" for f in faults):
        return None, faults
    keep = [i for i, line in enumerate(grid.lines) if layout.first <= line <= layout.last and layout.first]
    if grid.exact:
        faults += _uneven(grid, keep, len(names))
    width = range(len(names))
    body = [[grid.rows[i][j] or None if j < len(grid.rows[i]) else None for j in width] for i in keep]
    frame = pd.DataFrame(body, columns=names, index=pd.Index([grid.lines[i] for i in keep], name="line"), dtype=object)
    _spread_merged(grid, frame)
    if frame.empty:
        faults.append(Finding(place, NO_ROWS, "Fill it or delete it."))
    return frame, faults


def _uneven(grid, keep, width):
    """Lines of a text file with more or fewer cells than the names: cut off, or an unquoted comma."""
    for i in keep:
        row = grid.rows[i]
        if len(row) != width and (len(row) < width or any(row[width:])):
            rule = Message("{n} cells where the header has {width}", n=len(row), width=width)
            action = "The file may be cut off or hold an unquoted comma: export it again."
            yield Finding(grid.place, rule, action, row=grid.lines[i])


def _spread_merged(grid, frame):
    """Merged cells of several patients hold their value for each of them."""
    for top, left, bottom, right in grid.merged:
        if bottom > top and left == right and left < frame.shape[1] and top in frame.index:
            value = frame.iat[frame.index.get_loc(top), left]
            for line in range(top + 1, bottom + 1):
                if line in frame.index and frame.iat[frame.index.get_loc(line), left] is None:
                    frame.iat[frame.index.get_loc(line), left] = value
