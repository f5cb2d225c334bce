"""Tables of a page of a PDF: found by their captions, bounded by rules or by the run of their rows, cut into cells."""

import re
from dataclasses import replace

from .document import Cell, Document, Table, pictured
from .heads import count_heads
from .pdf_grid import NUMBER, grid_of
from .pdf_text import lines_of, segments_of
from .plain_text import TABLE
from .signs import plain, tidy

CAPTION = re.compile(
    r"(?:(?:Supplementary|Supplemental|Extended Data) )?(?:Table|TABLE|Tab\.)\s*(?:S?\d+|[IVX]+)\b\s*[.:|]?|表\s*\d+",
    re.I,
)
CONTINUED = re.compile(r"\(?\s*(?:continued|cont(?:'d|inued)?\.?|续)\s*\)?", re.I)


def tables_of(face, document: Document):
    """Add the tables of a page to the document; returns their
    boxes (x0, top, x1, bottom) and the ids of their words.
    """
    words, boxes, used = face["words"], [], set()
    lines = lines_of(words)
    starts = [s for line in lines for s in segments_of(line, 11) if _is_caption(s, face, words)]
    above = min((s["top"] for s in starts), default=face["height"])
    head = _carried_over(face, [w for w in words if w["bottom"] < above + 1], document)
    if head:
        boxes.append(head[0])
        used |= head[1]
    for start in starts:
        if any(id(w) in used for w in start["words"]):
            continue
        region = _region(start, face, words, starts)
        if region is None:
            if face.get("pictured"):
                document.unread.append(pictured(CAPTION.match(start["text"])[0].strip(" .:|")))
            continue
        table, box, taken = region
        used |= taken
        boxes.append(box)
        _add(document, table)
    return boxes, used


def carry_captions(faces):
    """Put the caption at the foot of a page, without a row below it, above the rows at the top of the next page."""
    for face, following in zip(faces, faces[1:], strict=False):
        lines, rows = lines_of(face["words"]), lines_of(following["words"])
        at = next((k for k in range(len(lines) - 1, max(-1, len(lines) - 6), -1) if _opens(lines[k], face)), None)
        if at is None or not rows or face["edges"] and any(e["top"] > lines[at][0]["bottom"] for e in face["edges"]):
            continue
        below = lines[at + 1 :]
        said = [_said(line) for line in rows[:4]]
        cells = max(len(segments_of(row)) for row in rows[:6])
        if any(map(_of_numbers, below)) or cells < 3 or _opens(rows[0], following):
            continue
        moved = [lines[at], *(line for line in below if _said(line) not in said)]
        up = moved[-1][-1]["bottom"] + 0.4 * rows[0][0]["size"] - rows[0][0]["top"]
        taken = {id(w) for line in lines[at:] for w in line}
        face["words"] = [w for w in face["words"] if id(w) not in taken]
        for word in (w for line in moved for w in line):
            following["words"].append({**word, "top": word["top"] - up, "bottom": word["bottom"] - up})


def _opens(line, face):
    """Whether a line is the caption of a table."""
    segments = segments_of(line, 11)
    return len(segments) == 1 and _is_caption(segments[0], face, face["words"])


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
        or bool(re.match("[A-Z(\u4e00-\u9fff]|\\d+ *例", behind))
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
    rules = [r for r in rules if r[2] < stop + 2]
    inside = [w for w in below if w["x0"] >= x0 - 3 and w["x1"] <= x1 + 3 and w["bottom"] < stop + 2]
    lines = lines_of(inside)
    caption, body, notes = _parts(lines, start, rules, x0, x1)
    if len(body) < 2:
        return None
    rows = grid_of(body, [r[2] for r in rules if r[1] - r[0] > 0.45 * (x1 - x0)], _uprights(face))
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
    """Left and right of the table, and its rules: of the first
    rule below the caption that it lies over, else its column.
    """
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
        and len(segments_of(r, 11)[-1]["text"]) < 36
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
        wide = 0.7 * (rule[1] - rule[0])
        prose = [
            line
            for line in between
            if len(segments_of(line)) == 1
            and (len(line) > 9 or len(line) > 5 and line[-1]["x1"] - line[0]["x0"] > wide)
        ]
        if last is not None and len(prose) > 1 and len(prose) > 0.5 * len(between):
            break
        last = rule[2]
    rows = [line for line in rest if last is not None and line[0]["top"] < last]
    below = [line for line in rest if last is not None and line[0]["top"] >= last][:4]
    if not any(map(_of_numbers, rows)) and any(map(_of_numbers, below)):
        return None  # the rule below the head of a table that goes on over the page
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
    gap = line[0]["top"] - last[0]["bottom"]
    begins = re.match(
        r"(?:Abbreviations?|Notes?|Values|Data|NR|NE|CI|HR|[*†‡§¶a-z]\s|\*|[A-Z][\w-]{1,12},|\+|注|ECOG|Worst|P"
        r" values?)",
        text,
    )
    smaller = bool(body) and line[0]["size"] < body[0][0]["size"] - 0.3
    close = gap < (2.2 if begins and not notes else 1.5) * line[0]["size"]
    return close and len(notes) < 8 and bool(begins or smaller or (notes and not notes[-1][-1]["text"].endswith(".")))


def _uprights(face):
    """Vertical lines of a page: (x, top, bottom)."""
    return [
        (e["x0"], e["top"], e["bottom"])
        for e in face["edges"]
        if abs(e["x1"] - e["x0"]) < 1.5 and e["bottom"] - e["top"] > 5
    ]


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
    filled, heads = [t for t in texts if t], {c.text for r in last.rows[: last.heads] for c in r if c.text}
    same = any(texts == [c.text for c in r] for r in last.rows[: last.heads])
    return same or bool(filled) and sum(t in heads for t in filled) >= 0.6 * len(filled)


def _carried_over(face, words, document):
    """Rows at the top of a page, without a caption, that go on with the table at the foot of the page before."""
    last = document.tables[-1] if document.tables else None
    if last is None or last.page != face["number"] - 1:
        return None
    rest = _ruled_rest(face, words) or _bare_rest(face, words, last)
    if rest is None:
        return None
    lines, notes, heights, box = rest
    width = len(last.rows[0])
    natural = grid_of(lines, heights, _uprights(face)) if len(lines) > 3 else None
    if natural is not None and len(natural[0]) > width and _repeats(natural[0], last):
        document.tables[-1] = _regrown(last, natural, tuple(tidy(_said(n)) for n in notes))
        return box, {id(w) for line in [*lines, *notes] for w in line}
    rows = grid_of(lines, heights, _uprights(face), width) if len(lines) > 1 else None
    if rows is None or len(rows[0]) != width:
        return None
    repeated = sum(_repeats(r, last) for r in rows[:4])
    _extend(document, last, rows, repeated, tuple(tidy(_said(n)) for n in notes))
    return box, {id(w) for line in [*lines, *notes] for w in line}


def _regrown(last, rows, notes):
    """A table whose columns only the next page shows: the rows of
    its foot of a page stand under the heads of the same words.
    """
    heads, width = count_heads(rows), len(rows[0])
    moved = []
    for old in last.rows[last.heads :]:
        cells = [Cell()] * width
        for head, cell in zip(last.rows[0], old, strict=True):
            free = [k for k in range(width) if rows[0][k].text == head.text and not cells[k].text]
            if free:
                cells[free[0]] = cell
        moved.append(tuple(cells))
    return replace(last, rows=(*rows[:heads], *moved, *rows[heads:]), heads=heads, notes=last.notes + notes)


def _said(line):
    return " ".join(w["text"] for w in line)


def _ruled_rest(face, words):
    """Lines, notes, heights of rules and box of the rest of a table that begins under a rule at the top of a page."""
    rules = [r for r in _rules(face) if r[1] - r[0] > 60]
    if not rules or rules[0][2] > 0.2 * face["height"]:
        return None
    x0, x1, top = rules[0][:3]
    low = max((w["bottom"] for w in words), default=top) + 8  # a caption below begins another table
    bottom = max([top] + [r[2] for r in rules if r[0] >= x0 - 6 and r[1] <= x1 + 6 and r[2] < low])
    inside = [w for w in words if top - 16 < w["top"] < bottom and x0 - 3 <= w["x0"] and w["x1"] <= x1 + 3]
    if bottom < top + 40:  # the rule of the head alone: rows without rules follow
        return None
    return lines_of(inside), [], [r[2] for r in rules if r[1] - r[0] > 0.45 * (x1 - x0)], (x0, top - 16, x1, bottom)


def _bare_rest(face, words, last):
    """The same where no rule bounds it: the lines from the top
    of the page on that look like rows, under the head again.
    """
    lines = lines_of(words)
    if not lines or lines[0][0]["top"] > 0.15 * face["height"]:
        return None
    heads = {c.text for r in last.rows[: max(1, last.heads)] for c in r if c.text}
    again = {tidy(s["text"]) for line in lines[:3] for s in segments_of(line)} & heads
    body, notes = [], []
    for k, line in enumerate(lines):
        if not notes and _row_like(lines, k):
            body.append(line)
        elif body and _note_like(line, notes, body):
            notes.append(line)
        else:
            break
    if len(body) < 2 or not again and len(segments_of(body[0])) < 2:
        return None
    taken = [w for line in [*body, *notes] for w in line]
    box = (min(w["x0"] for w in taken), body[0][0]["top"], max(w["x1"] for w in taken), max(w["bottom"] for w in taken))
    return body, notes, [], box
