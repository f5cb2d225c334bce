"""The lines of a table of a PDF cut into cells: columns by
rules or by the run of the rows, heads over several columns.
"""

import re
from dataclasses import replace

from .columns import N_EQUALS
from .document import Cell
from .heads import DATA, count_heads
from .pdf_text import joined_lines, segments_of
from .signs import plain, tidy

NUMBER = re.compile(r"[<>≤≥=]?\s*-?\.?\d|-$|NR|NE|NA\b|Ref|1\.00")


def grid_of(body, rules=(), uprights=(), width=0):
    """The full grid of the cells of some lines; None where no columns are found. `width`: the columns that it should
    have.

    rules : heights of horizontal lines. Where each row has its own, the lines between two of them are one row.
    uprights : (x, top, bottom) of vertical lines; where they divide the table, they are its columns.
    """
    ruled_columns = _ruled_columns(body, uprights)
    rows = [_numbers_apart(segments_of(line, _gap(line))) for line in body]
    bands = _bands(rows)
    columns = ruled_columns or _columns(bands)
    if width and len(columns) != width:
        columns = _columns_of_head(bands, width) or columns
    if len(columns) < 2:
        return None
    rows = [_words_apart(row, columns) for row in rows]
    close = _close(rows)
    ruled = bool(ruled_columns) or _each_row_ruled(rows, rules)
    grid: list[list[Cell]] = []
    band, bottom = None, 0.0
    for line, row in zip(body, rows, strict=True):
        cells = _ruled_cells(line, columns, uprights) if ruled_columns else _cells(row, columns, rows)
        above = sum(y < line[0]["top"] + 2 for y in rules)
        level = bool(grid) and line[0]["top"] < bottom - 0.5
        beside = level and (_free(grid[-1], cells) or _below(grid[-1], cells, row, columns))
        goes_on = grid and (
            _wrapped(grid[-1], cells, row, bottom) or _close_below(grid[-1], cells, line, bottom, close)
        )
        if grid and (beside or (above == band if ruled and rules else goes_on)):
            grid[-1] = [_append(a, b) for a, b in zip(grid[-1], cells, strict=True)]
            bottom = max(bottom, row[0]["bottom"])
        else:
            grid.append(cells)
            bottom = row[0]["bottom"]
        band = above
    made = _spread_heads(tuple(map(tuple, grid)), columns)
    return made if width else _without_seams(made)


def _without_seams(rows):
    """The grid without columns that no head stands over and that fill a row only where the next one is empty: cells of
    one column that are set to its left.
    """
    heads, width = count_heads(rows), len(rows[0])
    for j in range(width - 2, 0, -1):
        pairs = [(r[j].text, r[j + 1].text) for r in rows]
        headless = not any(a for a, _ in pairs[:heads]) and any(b for _, b in pairs[:heads])
        if headless and any(a for a, _ in pairs) and not any(a and b for a, b in pairs):
            rows = tuple((*r[:j], r[j] if r[j].text else r[j + 1], *r[j + 2 :]) for r in rows)
    return rows


def _free(above, cells):
    """Whether no place of a line is taken in the row above: a label in the middle of the rows that it stands beside."""
    return all(not a.text or not b.text for a, b in zip(above, cells, strict=True))


def _below(above, cells, row, columns):
    """Whether a line half beside a row is the second line of its cells, each in one column; none is new."""
    alone = all(sum(s["x0"] < b and s["x1"] > a for a, b in columns) <= 1 for s in row)
    pairs = list(zip(above, cells, strict=True))
    spans = any(
        a.text and a.text == b.text and not NUMBER.match(plain(a.text)) for a, b in zip(above, above[1:], strict=False)
    )
    return alone and not spans and all(a.text for a, c in pairs if c.text) and _no_second_number(above, cells)


def _close(rows):
    """The gap between the lines of one cell, where it is plainly less than that between rows; else 0."""
    gaps = [b[0]["top"] - a[0]["bottom"] for a, b in zip(rows, rows[1:], strict=False)]
    gaps = sorted(g for g in gaps if g > -0.5)
    if len(gaps) < 4:
        return 0.0
    least, usual = gaps[0], gaps[len(gaps) // 2]
    return least + 0.7 if usual > least + 1.6 else 0.0


def _close_below(above, cells, line, bottom, close):
    """A line as close below a row as the lines of one cell are: a label or interval that goes on, no second number."""
    if not close or line[0]["top"] - bottom > close or _below_heads(above, cells):
        return False
    return _no_second_number(above, cells)


TIME = re.compile(r"months?|years?|weeks?|月|年")


def _below_heads(above, cells):
    """Whether a line begins anew below heads: with results, or with words that repeat where nothing stands above."""
    texts = [plain(a.text) for a in above[1:] if a.text]
    least = min(2, len(above) - 1)  # columns beside the labels
    if len(texts) < least or any(map(DATA.match, texts)):
        return False
    new = [plain(c.text) for c, a in zip(cells, above, strict=True) if c.text and not a.text]
    below = [plain(c.text) for c in cells if c.text]
    results = [t for t in below[1:] if DATA.match(t) and not TIME.search(t)]
    return len(results) >= least or any(below.count(t) > 1 for t in new)


def _no_second_number(above, cells):
    """Whether no cell of a line is a number of its own below one: an interval or a bracket may go on."""
    both = [(plain(a.text), plain(c.text)) for a, c in zip(above, cells, strict=True) if a.text and c.text]
    numbers = [(a, c) for a, c in both if NUMBER.match(a) and NUMBER.match(c)]
    return all(re.search(r"[-~,;(/]$", a) or re.match(r"[(\[~-]", c) for a, c in numbers)


def _bands(rows):
    """Rows whose lines stand beside each other are one: its segments are joined where one lies below the other."""
    made: list[list[dict]] = []
    for row in rows:
        last = made[-1] if made else None
        if last is None or row[0]["top"] >= max(s["bottom"] for s in last) - 0.5:
            made.append([dict(s) for s in row])
            continue
        for segment in row:
            over = next((s for s in last if segment["x0"] < s["x1"] and segment["x1"] > s["x0"]), None)
            if over is None:
                last.append(dict(segment))
            else:
                over |= {"x0": min(over["x0"], segment["x0"]), "x1": max(over["x1"], segment["x1"])}
                over["bottom"] = max(over["bottom"], segment["bottom"])
    return [sorted(band, key=lambda s: s["x0"]) for band in made]


WHOLE = re.compile(r"[<>≤≥]?-?\d+(?:\.\d+)?(?:[(]\d[\d.~-]*%?[)])?|-|NR|NE")


def _numbers_apart(row):
    """A segment that holds whole numbers beside each other holds that many cells."""
    made = []
    for segment in row:
        words = segment["words"]
        cuts = [
            k
            for k in range(1, len(words))
            if all(WHOLE.fullmatch(plain(w["text"])) for w in words[k - 1 : k + 1])
            and (words[k]["x0"] - words[k - 1]["x1"] > 0.36 * words[k]["size"] or _both_shares(words[k - 1 : k + 1]))
        ]
        made += _divided(segment, cuts)
    return made


def _both_shares(words):
    return all(w["text"].endswith((")", "）")) for w in words)


def _words_apart(row, columns):
    """Heads that stand close together over columns of their own are divided where the columns are."""
    made = []
    for segment in row:
        words = segment["words"]
        places = [_columns_under(w, columns) for w in words]
        cuts = [
            k
            for k in range(1, len(words))
            if len(places[k]) == len(places[k - 1]) == 1
            and places[k] != places[k - 1]
            and words[k]["x0"] - words[k - 1]["x1"] > 0.36 * words[k]["size"]
        ]
        made += _divided(segment, cuts)
    return made


def _columns_under(word, columns):
    """The columns that a word lies over; between two columns it is of the one before it."""
    over = [j for j, (a, b) in enumerate(columns) if word["x0"] < b and word["x1"] > a]
    return over or [max((j for j, (a, _) in enumerate(columns) if a < word["x0"]), default=0)]


def _divided(segment, cuts):
    ends = [0, *cuts, len(segment["words"])]
    return [_part(segment, segment["words"][a:b]) for a, b in zip(ends, ends[1:], strict=False)] if cuts else [segment]


def _part(segment, words):
    text = " ".join(w["text"] for w in words)
    return {**segment, "text": text, "x0": words[0]["x0"], "x1": words[-1]["x1"], "words": words}


def _each_row_ruled(rows, rules):
    inside = [y for y in rules if rows[0][0]["top"] - 3 < y < rows[-1][0]["bottom"] + 6]
    return len(inside) >= max(4, 0.45 * len(rows))  # three lines are the rules of a table, not of its rows


def _cells(row, columns, rows):
    """The cells of a row of segments, each where it lies over a column."""
    least = min(r[0]["x0"] for r in rows)
    cells = [Cell()] * len(columns)
    for segment in row:
        over = [j for j, (a, b) in enumerate(columns) if segment["x0"] < b and segment["x1"] > a]
        over = over or [min(range(len(columns)), key=lambda j: abs(sum(columns[j]) / 2 - segment["x0"]))]
        indent = round((segment["x0"] - least) / 4) if over[0] == 0 else 0
        for j in over:
            text = tidy(f"{cells[j].text} {segment['text']}") if cells[j].text else tidy(segment["text"])
            cells[j] = Cell(text, cells[j].indent or indent, segment["bold"])
    return cells


def _ruled_columns(body, uprights):
    """The columns between vertical lines that run along most of the rows; none where there are fewer than two."""
    top, bottom = body[0][0]["top"], body[-1][0]["bottom"]
    lengths: dict[float, float] = {}
    for x, a, b in uprights:
        near = next((k for k in lengths if abs(k - x) < 3), x)
        lengths[near] = lengths.get(near, 0) + max(0, min(b, bottom) - max(a, top))
    xs = sorted(x for x, length in lengths.items() if length > 0.4 * (bottom - top))
    xs = [
        x for x, before in zip(xs, [-99.0, *xs], strict=False) if x - before > 6
    ]  # nothing stands between closer lines
    left, right = min(w["x0"] for line in body for w in line), max(w["x1"] for line in body for w in line)
    xs = ([left - 2] if xs and xs[0] > left + 8 else []) + xs + ([right + 2] if xs and xs[-1] < right - 8 else [])
    return list(zip(xs, xs[1:], strict=False)) if len(xs) >= 4 else []


def _ruled_cells(line, columns, uprights):
    """The cells of a line between vertical lines; where one is
    missing at this height, a cell spans both its columns.
    """
    y = (line[0]["top"] + line[0]["bottom"]) / 2
    standing = [x for x, a, b in uprights if a - 2 <= y <= b + 2]
    cells = [Cell()] * len(columns)
    j = 0
    while j < len(columns):
        k = j
        while k + 1 < len(columns) and standing and not any(abs(columns[k][1] - x) < 3 for x in standing):
            k += 1
        low, high = columns[j][0], columns[k][1]
        words = [w for w in line if low - 2 <= (w["x0"] + w["x1"]) / 2 <= high + 2]
        if words:
            indent = round(max(0, words[0]["x0"] - low - 4) / 4) if j == 0 else 0
            made = Cell(tidy(" ".join(w["text"] for w in words)), indent, all(w["bold"] for w in words))
            cells[j : k + 1] = [made] * (k + 1 - j)
        j = k + 1
    return cells


def _gap(line):
    return 0.85 * line[0]["size"]


def _columns(rows):
    """Intervals of the columns: segments of rows that overlap from row to row; heads over several columns left out."""
    data = [
        r
        for r in rows
        if len(r) >= 2 and sum(bool(NUMBER.match(plain(s["text"]))) for s in r[1:]) >= 0.5 * (len(r) - 1)
    ]
    data = data or [r for r in rows if len(r) >= 2]
    if not data:
        return []
    widest = max(len(r) for r in data)
    spans: list[list[float]] = []
    for segment in sorted((s for r in data for s in r), key=lambda s: s["x0"]):
        if spans and segment["x0"] < spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], segment["x1"])
        else:
            spans.append([segment["x0"], segment["x1"]])
    if len(spans) < widest:
        best = max(data, key=len)
        spans = [[s["x0"], s["x1"]] for s in best]
    elif len(spans) > widest:  # a cell in the middle of two columns, such as one P, makes no third
        held = [[a, b] for a, b in spans if sum(any(s["x0"] < b and s["x1"] > a for s in r) for r in data) > 1]
        spans = held if len(held) == widest else spans
    return _with_labels([tuple(s) for s in spans], rows)


def _columns_of_head(rows, width):
    """The columns by the row that has a segment for each of them, widened by what stands below."""
    head = next((r for r in rows if len(r) == width), None)
    if head is None:
        return []
    spans = [[s["x0"], s["x1"]] for s in head]
    for segment in (s for r in rows for s in r):
        over = [j for j, (a, b) in enumerate(spans) if segment["x0"] < b and segment["x1"] > a]
        if len(over) == 1:
            spans[over[0]] = [min(spans[over[0]][0], segment["x0"]), max(spans[over[0]][1], segment["x1"])]
    return _with_labels([tuple(s) for s in spans], rows)


def _with_labels(columns, rows):
    """The first column reaches as far left as any label does."""
    left = min(r[0]["x0"] for r in rows)
    first = columns[0]
    return [(min(left, first[0]), first[1]), *columns[1:]]


def _wrapped(above, cells, row, bottom):
    """A line that goes on in the cells above: only a label in small letters or brackets, close below it."""
    filled = [j for j, c in enumerate(cells) if c.text]
    text = cells[filled[0]].text if filled else ""
    close = row[0]["top"] - bottom < 0.45 * row[0]["words"][0]["size"]
    goes_on = bool(re.match(r"[a-z(]|vs\b|或|及", text)) and not re.match(r"[(]?\d", plain(text))
    return filled == [0] and close and goes_on and any(c.text for c in above[1:])


def _append(one, two):
    if not one.text or not two.text:
        return one if one.text else two
    return replace(one, text=joined_lines(one.text, two.text))


def _spread_heads(rows, columns):
    """A head over several columns stands over each of them: an empty place takes the nearest head of its row."""
    heads = count_heads(rows)
    made = [list(r) for r in rows]
    middles = [(a + b) / 2 for a, b in columns]
    for i in range(heads - 1):
        filled = [j for j in range(1, len(columns)) if rows[i][j].text and rows[i][j].text != rows[i][j - 1].text]
        spread = _by_pattern(rows[i + 1 : heads], filled, len(columns)) if heads > 1 else {}
        if spread:
            made[i][1:] = [rows[i][spread[j]] if j in spread else c for j, c in enumerate(made[i]) if j]
            continue
        for j in range(1, len(columns)):
            below = any(rows[k][j].text for k in range(i + 1, heads))
            if filled and not rows[i][j].text and below:
                made[i][j] = rows[i][min(filled, key=lambda f: (_distance(f, j, filled, middles), -f))]
    return tuple(map(tuple, made))


def _by_pattern(below, filled, width):
    """Which head stands over which column, where the heads below repeat: any, 1-2, 3 | any, 1-2, 3."""
    words = [next((_unsized(r[j].text) for r in reversed(below) if r[j].text), "") for j in range(width)]
    for alone in range(len(filled) - 1 if below else 0):  # heads of one column stand before those over several
        made = _over_blocks(words, filled[alone:], 1 + alone, width)
        if made and all(j < min(made) for j in filled[:alone]):
            return {j: j for j in filled[:alone]} | made
    return {}


def _over_blocks(words, over, first, width):
    """Which of some heads stands over which column, where the
    words below are the same for each; {} where they are not.
    """
    for start in range(first, width):
        size, rest = divmod(width - start, len(over))
        blocks = [words[k : k + size] for k in range(start, width, size)] if size > 1 and not rest else []
        if len(blocks) == len(over) and all(b == blocks[0] and all(b) for b in blocks):
            starts = [start + k * size for k in range(len(over))]
            within = all(a <= j < a + size for a, j in zip(starts, over, strict=True))
            return {a + k: j for a, j in zip(starts, over, strict=True) for k in range(size)} if within else {}
    return {}


def _unsized(head):
    """A head without the size of its group, in small letters."""
    return N_EQUALS.sub("", plain(head)).strip(" ,:").casefold()


def _distance(head, column, filled, middles):
    """How far a column is from a head: a head that begins to its left is nearer than one to its right."""
    return abs(middles[head] - middles[column]) * (1 if head < column else 1.3)
