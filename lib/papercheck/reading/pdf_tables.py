"""Tables of a page of a PDF: found by their captions, bounded by rules or by the run of their rows, cut into cells."""

import re
from dataclasses import replace

from .document import Cell, Document, Table
from .heads import count_heads
from .pdf_text import lines_of, segments_of
from .plain_text import TABLE
from .signs import plain, tidy

CAPTION = re.compile(
    r"(?:(?:Supplementary|Supplemental|Extended Data) )?(?:Table|TABLE|Tab\.)\s*(?:S?\d+|[IVX]+)\b\s*[.:|]?|表\s*\d+",
    re.I,
)
CONTINUED = re.compile(r"\(?\s*(?:continued|cont(?:'d|inued)?\.?|续)\s*\)?", re.I)
NUMBER = re.compile(r"[<>≤≥=]?\s*-?\.?\d|-$|NR|NE|NA\b|Ref|1\.00")


def tables_of(face, document: Document):
    """Add the tables of a page to the document; returns their boxes (x0, top, x1, bottom) and the ids of their words."""
    words, boxes, used = face["words"], [], set()
    lines = lines_of(words)
    starts = [s for line in lines for s in segments_of(line, 11) if _is_caption(s, face, words)]
    for start in starts:
        if any(id(w) in used for w in start["words"]):
            continue
        region = _region(start, face, words, starts)
        if region is None:
            continue
        table, box, taken = region
        used |= taken
        boxes.append(box)
        _add(document, table)
    head = _carried_over(face, words, used, document)
    if head:
        boxes.append(head[0])
        used |= head[1]
    return boxes, used


def _is_caption(segment, face, words):
    match = CAPTION.match(segment["text"])
    if not match:
        return False
    behind = segment["text"][match.end() :].strip()
    marked = match[0].rstrip().endswith((".", ":", "|"))
    return (
        marked
        or segment["bold"]
        or segment["words"][0]["bold"]
        or not behind
        or bool(re.match("[A-Z(\u4e00-\u9fff]", behind))
    )


def _rules(face):
    """Horizontal lines of a page, pieces of one line put together: (x0, x1, y, pieces)."""
    flat = sorted(
        (e for e in face["edges"] if abs(e["bottom"] - e["top"]) < 1.5 and e["x1"] - e["x0"] > 8),
        key=lambda e: (round(e["top"]), e["x0"]),
    )
    made: list[list] = []
    for edge in flat:
        if made and abs(made[-1][2] - edge["top"]) < 2.5 and edge["x0"] - made[-1][1] < 4:
            made[-1][1] = max(made[-1][1], edge["x1"])
            made[-1][3].append(edge["x0"])
        else:
            made.append([edge["x0"], edge["x1"], edge["top"], [edge["x0"]]])
    return made


def _region(start, face, words, starts):
    """The table below (or beside) a caption: the table, its box and its words."""
    below = [w for w in words if w["top"] > start["top"] - 2]
    x0, x1, rules = _extent(start, face, words)
    stop = min(
        (s["top"] for s in starts if s["top"] > start["bottom"] + 4 and s["x0"] < x1 and s["x1"] > x0),
        default=face["height"],
    )
    inside = [w for w in below if w["x0"] >= x0 - 3 and w["x1"] <= x1 + 3 and w["bottom"] < stop + 2]
    lines = lines_of(inside)
    caption, body, notes = _parts(lines, start, rules, x0, x1)
    if len(body) < 2:
        return None
    rows = _grid(body, [r[2] for r in rules if r[1] - r[0] > 0.45 * (x1 - x0)], _uprights(face))
    if rows is None:
        return None
    match = TABLE.fullmatch(caption) or re.fullmatch(
        r"(?P<label>(?:\w+ )?Table\s+S?\w+)(?P<mark>)\s*(?P<caption>.*)", caption
    )
    label, title = (tidy(match["label"]), tidy(match["caption"])) if match else (caption[:12], caption)
    taken = {id(w) for line in [*body, *notes] for w in line} | {
        id(w) for line in lines for w in line if line[0]["top"] < body[0][0]["top"] + 1
    }
    bottom = max(w["bottom"] for line in [*body, *notes] for w in line)
    table = Table(
        label,
        title,
        rows,
        count_heads(rows),
        tuple(tidy(" ".join(w["text"] for w in n)) for n in notes),
        "results",
        face["number"],
    )
    return table, (x0, start["top"], x1, bottom), taken


def _extent(start, face, words):
    """Left and right of the table, and its rules: of the first rule below the caption that it lies over, else its column."""
    rules = [
        r
        for r in _rules(face)
        if r[2] > start["top"] - 3 and r[0] < start["x0"] + 25 and r[1] > start["x0"] + 30 and r[1] - r[0] > 60
    ]
    near = [r for r in rules if r[2] < start["bottom"] + 60]
    if near:
        first = near[0]
        x0, x1 = min(first[0], start["x0"]), max(first[1], min(start["x1"], first[1] + 40))
        return x0, x1, [r for r in _rules(face) if r[2] >= first[2] - 1 and r[0] >= x0 - 6 and r[1] <= x1 + 6]
    middle = face["width"] / 2
    body = [w for w in words if w["top"] > start["bottom"]]
    crossing = [w for w in body[:400] if w["x0"] < middle - 2 and w["x1"] > middle + 2]
    two = len(crossing) < 0.02 * max(1, len(body[:400])) and any(w["x0"] > middle for w in body)
    rows = lines_of([w for w in body if w["top"] < start["bottom"] + 80])
    spread = sum(
        len(segments_of(r, 11)) >= 2
        and segments_of(r, 11)[-1]["x0"] > middle
        and len(segments_of(r, 11)[-1]["text"]) < 25
        for r in rows
    )
    if two and start["x1"] < middle + 5 and not (rows and spread >= 0.6 * len(rows)):
        return start["x0"] - 2, middle, []
    if two and start["x0"] > middle - 5:
        return start["x0"] - 2, face["width"], []
    return min(start["x0"], *(w["x0"] for w in body)) if body else start["x0"], face["width"], []


def _parts(lines, start, rules, x0, x1):
    """The caption, the lines of the body and the notes of a table."""
    full = [r for r in rules if r[1] - r[0] > 0.85 * (x1 - x0)]
    top = full[0][2] if full and full[0][2] < start["bottom"] + 60 else None
    caption_lines, rest = [], []
    for line in lines:
        y = line[0]["bottom"]
        if not rest and (y <= top + 1 if top is not None else _still_caption(line, start, caption_lines)):
            caption_lines.append(line)
        else:
            rest.append(line)
    bottom = _last_rule(rules, rest)
    body, notes, ended = [], [], False
    for k, line in enumerate(rest):
        inside = bottom is not None and line[0]["top"] < bottom - 1
        if not ended and (
            inside or (bottom is None and _row_like(rest, k)) or (bottom is not None and _of_numbers(line))
        ):
            body.append(line)
            continue
        ended = True
        if _note_like(line, notes, body):
            notes.append(line)
        else:
            break
    return tidy(" ".join(w["text"] for line in caption_lines for w in line)), body, notes


def _of_numbers(line):
    """A row below the last rule that is plainly one of the table: three cells or more, most of them numbers."""
    cells = segments_of(line)[1:]
    return len(cells) >= 2 and sum(bool(NUMBER.match(plain(c["text"]))) for c in cells) >= 0.7 * len(cells)


def _still_caption(line, start, caption_lines):
    if not caption_lines:
        return True
    close = line[0]["top"] - caption_lines[-1][0]["bottom"] < 0.6 * line[0]["size"]
    return len(segments_of(line)) == 1 and close and len(caption_lines) < 4 and len(line) > 2


def _last_rule(rules, rest):
    """The lowest rule that belongs to the table: rules with rows of it between them."""
    last = None
    for rule in rules:
        between = [line for line in rest if (last or 0) < line[0]["top"] < rule[2]]
        prose = [line for line in between if len(line) > 9 and len(segments_of(line)) == 1]
        if last is not None and len(prose) > 1 and len(prose) > 0.5 * len(between):
            break
        last = rule[2]
    rows = [line for line in rest if last is not None and line[0]["top"] < last]
    return last if len(rows) >= 2 else None


def _row_like(rest, k):
    line = rest[k]
    if len(segments_of(line)) >= 2:
        return not (len(segments_of(line)) == 2 and len(line) > 14)
    gap = line[0]["top"] - rest[k - 1][0]["bottom"] if k else 0
    following = rest[k + 1 : k + 3]
    return len(line) <= 8 and gap < 1.6 * line[0]["size"] and any(len(segments_of(f)) >= 2 for f in following)


def _note_like(line, notes, body):
    text = plain(" ".join(w["text"] for w in line))
    last = notes[-1] if notes else body[-1] if body else line
    close = line[0]["top"] - last[0]["bottom"] < 1.5 * line[0]["size"]
    begins = re.match(
        r"(?:Abbreviations?|Notes?|Values|Data|NR|NE|CI|HR|[*†‡§¶a-z]\s|\*|[A-Z][\w-]{1,12},|\+|注|ECOG|Worst|P values?)",
        text,
    )
    smaller = bool(body) and line[0]["size"] < body[0][0]["size"] - 0.3
    return close and len(notes) < 8 and bool(begins or smaller or (notes and not notes[-1][-1]["text"].endswith(".")))


def _grid(body, rules=(), uprights=()):
    """The full grid of the cells of some lines; None where no columns are found.

    rules : heights of horizontal lines. Where each row has its own, the lines between two of them are one row.
    uprights : (x, top, bottom) of vertical lines; where they divide the table, they are its columns.
    """
    ruled_columns = _ruled_columns(body, uprights)
    rows = [segments_of(line, _gap(line)) for line in body]
    columns = ruled_columns or _columns(rows)
    if len(columns) < 2:
        return None
    ruled = bool(ruled_columns) or _each_row_ruled(rows, rules)
    grid: list[list[Cell]] = []
    band, bottom = None, 0.0
    for line, row in zip(body, rows, strict=True):
        cells = _ruled_cells(line, columns, uprights) if ruled_columns else _cells(row, columns, rows)
        above = sum(y < line[0]["top"] + 2 for y in rules)
        if grid and (above == band if ruled and rules else _wrapped(grid[-1], cells, row, bottom)):
            grid[-1] = [_append(a, b) for a, b in zip(grid[-1], cells, strict=True)]
        else:
            grid.append(cells)
        band, bottom = above, row[0]["bottom"]
    return _spread_heads(tuple(map(tuple, grid)), columns)


def _each_row_ruled(rows, rules):
    inside = [y for y in rules if rows[0][0]["top"] - 3 < y < rows[-1][0]["bottom"] + 6]
    return len(inside) >= 0.45 * len(rows)


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
    left, right = min(w["x0"] for line in body for w in line), max(w["x1"] for line in body for w in line)
    xs = ([left - 2] if xs and xs[0] > left + 8 else []) + xs + ([right + 2] if xs and xs[-1] < right - 8 else [])
    return list(zip(xs, xs[1:], strict=False)) if len(xs) >= 4 else []


def _ruled_cells(line, columns, uprights):
    """The cells of a line between vertical lines; where one is missing at this height, a cell spans both its columns."""
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


def _uprights(face):
    """Vertical lines of a page: (x, top, bottom)."""
    return [
        (e["x0"], e["top"], e["bottom"])
        for e in face["edges"]
        if abs(e["x1"] - e["x0"]) < 1.5 and e["bottom"] - e["top"] > 5
    ]


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
    return replace(one, text=f"{one.text} {two.text}".strip())


def _spread_heads(rows, columns):
    """A head over several columns stands over each of them: an empty place takes the nearest head of its row."""
    heads = count_heads(rows)
    made = [list(r) for r in rows]
    middles = [(a + b) / 2 for a, b in columns]
    for i in range(heads - 1):
        filled = [j for j in range(1, len(columns)) if rows[i][j].text]
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
    if not below or len(filled) < 2:
        return {}
    words = [next((r[j].text for r in reversed(below) if r[j].text), "") for j in range(width)]
    for first in range(1, width):
        size, rest = divmod(width - first, len(filled))
        blocks = [words[k : k + size] for k in range(first, width, size)] if size > 1 and not rest else []
        if len(blocks) == len(filled) and all(b == blocks[0] and all(b) for b in blocks):
            starts = [first + k * size for k in range(len(filled))]
            within = all(a <= j < a + size for a, j in zip(starts, filled, strict=True))
            return {a + k: j for a, j in zip(starts, filled, strict=True) for k in range(size)} if within else {}
    return {}


def _distance(head, column, filled, middles):
    """How far a column is from a head: a head that begins to its left is nearer than one to its right."""
    return abs(middles[head] - middles[column]) * (1 if head < column else 1.3)


def _add(document, table):
    """Add a table, or the rest of one that began on the page before."""
    continued = CONTINUED.match(table.caption) or CONTINUED.search(table.caption[-16:])
    last = next((t for t in reversed(document.tables) if t.label.lower() == table.label.lower()), None)
    if last is not None and (
        continued or last.page == (table.page or 0) - 1 and len(last.rows[0]) == len(table.rows[0])
    ):
        _extend(document, last, table.rows, table.heads, table.notes)
    else:
        document.tables.append(table)


def _extend(document, last, rows, heads, notes=()):
    new = [r for i, r in enumerate(rows) if i >= heads or not _repeats(r, last)]
    width = len(last.rows[0])
    fitted = tuple(tuple(r[:width]) + (Cell(),) * (width - len(r)) for r in new)
    at = document.tables.index(last)
    document.tables[at] = replace(last, rows=last.rows + fitted, notes=last.notes + tuple(notes))


def _repeats(row, last):
    texts = [c.text for c in row]
    return any(texts == [c.text for c in r] for r in last.rows[: last.heads]) or sum(
        t in {c.text for r in last.rows[: last.heads] for c in r} for t in texts
    ) >= 0.6 * len(texts)


def _carried_over(face, words, used, document):
    """Rows at the top of a page, without a caption, that go on with the table at the foot of the page before."""
    last = document.tables[-1] if document.tables else None
    if last is None or last.page != face["number"] - 1:
        return None
    rules = [r for r in _rules(face) if r[1] - r[0] > 60]
    if not rules or rules[0][2] > 0.2 * face["height"]:
        return None
    bottom = rules[0][2]
    for rule in rules[1:]:
        if rule[0] >= rules[0][0] - 6 and rule[1] <= rules[0][1] + 6:
            bottom = rule[2]
    inside = [
        w
        for w in words
        if rules[0][2] - 16 < w["top"] < bottom
        and rules[0][0] - 3 <= w["x0"]
        and w["x1"] <= rules[0][1] + 3
        and id(w) not in used
    ]
    lines = lines_of(inside)
    heights = [r[2] for r in rules if r[1] - r[0] > 0.45 * (rules[0][1] - rules[0][0])]
    rows = _grid(lines, heights, _uprights(face)) if len(lines) > 1 else None
    if rows is None or abs(len(rows[0]) - len(last.rows[0])) > 0:
        return None
    repeated = sum(_repeats(r, last) for r in rows[:3])
    _extend(document, last, rows, repeated)
    return (rules[0][0], rules[0][2] - 16, rules[0][1], bottom), {id(w) for w in inside}
