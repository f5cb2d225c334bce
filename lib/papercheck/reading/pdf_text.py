"""Words of a page of a PDF, and the order in which they are read: columns, blocks, lines."""

import re

from pdfplumber.utils import extract_words

from .signs import plain

GUTTER = 9.0  # points between two columns of text


def words_of(characters) -> list[dict]:
    """The words of characters with their size and weight; a raised number behind a word is a citation in brackets."""
    characters = [c for c in characters if c["text"].strip() or c["text"] == " "]
    words = extract_words(
        characters,
        x_tolerance_ratio=0.18,
        y_tolerance=2,
        keep_blank_chars=False,
        extra_attrs=["size", "fontname"],
        use_text_flow=False,
    )
    for word in words:
        word["bold"] = bool(re.search("bold|black|heavy|semib", word["fontname"], re.I)) or word["fontname"].endswith(
            ("BX", "-B", "BD")
        )
    return _joined(words)


def _joined(words):
    """Pieces that touch are one word (a change of font divides them); small raised digits become [n]."""
    words.sort(key=lambda w: (round(w["top"] / 3), w["x0"]))
    made: list[dict] = []
    for line in lines_of(words):
        for word in line:
            last = made[-1] if made and made[-1]["line"] is line else None
            gap = word["x0"] - last["x1"] if last else 99
            if (
                last
                and gap < 1.2
                and word["size"] < 0.8 * last["size"]
                and re.fullmatch(r"\d{1,3}(?:[,–-]\d{1,3})*", word["text"])
                and word["bottom"] < last["bottom"] - 0.5
                and not re.search(r"(?:/m|[kcm]m|10|χ|R|I)$", last["text"])
            ):
                made.append({**word, "line": line, "text": f"[{word['text']}]"})
            elif (
                last
                and gap < 0.16 * max(word["size"], last["size"])
                and abs(word["bottom"] - last["bottom"]) < 0.5 * last["size"]
            ):
                last.update(text=last["text"] + word["text"], x1=word["x1"], bold=last["bold"] and word["bold"])
            else:
                made.append({**word, "line": line})
    for word in made:
        word.pop("line")
    return made


KEPT_HYPHEN = re.compile(r"(?:non|post|pre|anti|re|well|long|short|time|free|line|month|week|year|two|three)-$", re.I)
KEPT_BEFORE = re.compile(r"(?:free|related|rank|sided|up|based|specific|naive|positive|negative|line)\b")


def joined_lines(above: str, below: str) -> str:
    """Two lines of one text: a word that was divided is whole again, Chinese needs no blank."""
    hyphen, first = re.search(r"[A-Za-z]-$", plain(above)), re.match(r"[a-z]", below)
    if hyphen and first and not KEPT_HYPHEN.search(plain(above)) and not KEPT_BEFORE.match(below):
        return above[:-1] + below
    whole = plain(above).endswith("-") and not plain(above).endswith(" -")
    return above + below if whole or is_chinese(above[-1:]) and is_chinese(below[:1]) else f"{above} {below}".strip()


def is_chinese(sign: str) -> bool:
    """Whether a sign is a Chinese one, or one of its points."""
    return bool(re.match("[\u3000-\u9fff\uff00-\uffef]", sign))


def lines_of(words, tolerance=None) -> list[list[dict]]:
    """Words in lines, from above; words of a line share their middle."""
    lines: list[list[dict]] = []
    for word in sorted(words, key=lambda w: ((w["top"] + w["bottom"]) / 2, w["x0"])):
        middle = (word["top"] + word["bottom"]) / 2
        if lines and abs(middle - _middle(lines[-1])) < 0.45 * max(word["size"], 4):
            lines[-1].append(word)
        else:
            lines.append([word])
    return [sorted(line, key=lambda w: w["x0"]) for line in lines]


def _middle(line):
    return sum((w["top"] + w["bottom"]) / 2 for w in line) / len(line)


def segments_of(line, gap=None) -> list[dict]:
    """A line divided at wide gaps: [{text, x0, x1, top, bottom, words}]."""
    parts: list[list[dict]] = []
    for word in line:
        wide = gap if gap is not None else 1.0 * word["size"]
        if parts and word["x0"] - parts[-1][-1]["x1"] < wide:
            parts[-1].append(word)
        else:
            parts.append([word])
    return [
        {
            "text": " ".join(w["text"] for w in p),
            "x0": p[0]["x0"],
            "x1": p[-1]["x1"],
            "top": min(w["top"] for w in p),
            "bottom": max(w["bottom"] for w in p),
            "words": p,
            "bold": all(w["bold"] for w in p),
        }
        for p in parts
    ]


def blocks_of(words, face, walls=()) -> list[list[list[dict]]]:
    """Blocks of lines in reading order: the page is cut at white
    strips, upright ones first. `walls` are table boxes.
    """
    boxes = [dict(w, wall=False) for w in words]
    boxes += [{"x0": a, "x1": b, "top": t, "bottom": u, "wall": True, "size": 9} for a, t, b, u in walls]
    return [lines for part in _cut(boxes, 0) if (lines := lines_of([w for w in part if not w["wall"]]))]


def _cut(boxes, depth):
    if len(boxes) < 2 or depth > 14:
        return [boxes] if boxes else []
    gutter = _strip(boxes, "x0", "x1", GUTTER)
    rows = _strips(boxes, "top", "bottom", 0.75 * _size(boxes))
    if gutter is not None and _is_gutter(boxes, gutter):
        left = [b for b in boxes if b["x1"] <= gutter]
        return _cut(left, depth + 1) + _cut([b for b in boxes if b["x1"] > gutter], depth + 1)
    if rows:
        made, rest = [], boxes
        for at in rows:
            made.append([b for b in rest if b["bottom"] <= at])
            rest = [b for b in rest if b["bottom"] > at]
        parts = [p for p in [*made, rest] if p]
        return [
            block for group in _together(parts) for block in (_cut(group, depth + 1) if len(parts) > 1 else [group])
        ]
    return [boxes]


def _together(parts):
    """Strips that lie above each other in the same two columns are cut as one: a column is read to its end."""
    made: list[list[dict]] = []
    for part in parts:
        gutter = _strip(part, "x0", "x1", GUTTER)
        if made and gutter is not None:
            both = made[-1] + part
            at = _strip(both, "x0", "x1", GUTTER)
            if at is not None and _is_gutter(both, at):
                made[-1] = both
                continue
        elif made and gutter is None and _fits(made[-1], part):
            made[-1] = made[-1] + part
            continue
        made.append(part)
    return made


def _fits(above, part):
    """A strip of one column under a strip of two: it stays on its side of the gutter."""
    at = _strip(above, "x0", "x1", GUTTER)
    return at is not None and (all(b["x1"] <= at for b in part) or all(b["x0"] >= at for b in part))


def _is_gutter(boxes, at):
    """A strip with lines of text on both sides over some height."""
    left, right = [b for b in boxes if b["x1"] <= at], [b for b in boxes if b["x1"] > at]
    wide = min(_width(left), _width(right)) > 0.2 * _width(boxes)
    return (
        wide
        and len(lines_of_boxes(left)) >= 2
        and len(lines_of_boxes(right)) >= 2
        or any(b["wall"] for b in boxes)
        and wide
    )


def lines_of_boxes(boxes):
    """Tops of the lines of some boxes."""
    return {round(b["top"] / 4) for b in boxes}


def _width(boxes):
    return max(b["x1"] for b in boxes) - min(b["x0"] for b in boxes) if boxes else 0


def _size(boxes):
    sizes = sorted(b["size"] for b in boxes)
    return sizes[len(sizes) // 2]


def _strip(boxes, low, high, least):
    """The middle of the widest white strip of at least so many points, or None."""
    found = _gaps(boxes, low, high, least)
    return max(found, key=lambda g: g[1] - g[0])[1] - 0.01 if found else None


def _strips(boxes, low, high, least):
    return [a + 0.01 for a, _ in _gaps(boxes, low, high, least)]


def _gaps(boxes, low, high, least):
    edge, found = None, []
    for box in sorted(boxes, key=lambda b: b[low]):
        if edge is not None and box[low] - edge >= least:
            found.append((edge, box[low]))
        edge = box[high] if edge is None else max(edge, box[high])
    return found
