"""PDF with a text layer: pages become words, words become tables, captions, columns of text and numbers at risk."""

import logging
import re
from collections import Counter

import pdfplumber
from pdfplumber.utils import obj_to_edges

from ..files.findings import CohortError, Finding
from .document import AtRisk, Document, Unread
from .pdf_tables import carry_captions, tables_of
from .pdf_text import blocks_of, is_chinese, joined_lines, lines_of, words_of
from .plain_text import FIGURE, _heading
from .sections import ZONE_OF, Writer
from .signs import plain, tidy

MOST_PAGES = 60
RISK = re.compile(r"(?:No\.?|Numbers?|Patients?|n)?\s*(?:of patients )?at risk|风险(?:人)?数", re.I)


def read_pdf(path) -> Document:
    """The document of a PDF. Raises CohortError for one that is encrypted or holds no text at all."""
    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    document = Document(path.name)
    try:
        source = pdfplumber.open(path)
    except Exception as error:
        rule = "the PDF is encrypted" if "ncrypt" in repr(error) or "assword" in repr(error) else "the PDF is damaged"
        raise CohortError([Finding(path.name, rule, "Save it anew without a password, or give its text.")]) from error
    with source:
        sheets = source.pages[:MOST_PAGES]
        if len(source.pages) > MOST_PAGES:
            what, action = (
                f"only the first {MOST_PAGES} of {len(source.pages)} pages were read",
                "Give the pages of the paper as a file of their own.",
            )
            document.unread.append(Unread(f"pages from {MOST_PAGES + 1} on", what, action))
        faces = [face for page in sheets for face in _faces(page, document)]
    if not any(face["words"] for face in faces):
        rule = "the PDF holds pictures of pages and no text"
        raise CohortError(
            [Finding(path.name, rule, "Run it through text recognition (OCR), or give the XML or text of the paper.")]
        )
    _drop_running_heads(faces)
    carry_captions(faces)
    writer = Writer(document)
    pages = [_prose(face, document) for face in faces]
    size = _size_of_text([w for words, _ in pages for w in words] or [w for f in faces for w in f["words"]])
    for face, (words, tables) in zip(faces, pages, strict=True):
        for block in blocks_of(words, face, tables):
            _block(block, writer, size)
    _flush(writer.open_lines, writer)
    document.title = _title(faces)
    return document


def _faces(page, document):
    """The upright words of a page, and those that are turned by a quarter as a page of their own."""
    characters = page.chars
    turned = [c for c in characters if _is_turned(c)]
    edges = _edges(page)
    upright = [c for c in characters if not _is_turned(c)]
    made = []
    if upright or not turned:
        made.append(_face(page, upright, edges, page.width, page.height))
    if len(turned) > 20:
        ahead = sum(c["matrix"][1] > 0 for c in turned) >= len(turned) / 2
        made.append(
            _face(
                page,
                [_turn(c, page, ahead) for c in turned],
                [_turn(e, page, ahead) for e in edges],
                page.height,
                page.width,
            )
        )
    if not characters and page.images:
        what, action = (
            "the page is a picture without text",
            "Run it through text recognition (OCR), or type its numbers.",
        )
        document.unread.append(Unread(f"page {page.page_number}", what, action))
    return made


def _edges(page):
    """The lines of a page; the sides of a shaded area are none."""
    shaded = [r for r in page.rects if r["fill"] and not r["stroke"] and min(r["width"], r["height"]) > 4]
    rects = [r for r in page.rects if not any(r is s for s in shaded)]
    return [edge for thing in [*page.lines, *rects, *page.curves] for edge in obj_to_edges(thing)]


def _is_turned(character):
    """Whether a character is read upward or downward: a turn by a quarter leaves rests such as 6e-17 in its matrix."""
    across, along = character["matrix"][:2]
    return abs(along) > abs(across)


def _face(page, characters, edges, width, height):
    return {
        "words": words_of(characters),
        "edges": [dict(e) for e in edges],
        "width": float(width),
        "height": float(height),
        "number": page.page_number,
        "pictured": bool(page.images),
    }


def _turn(thing, page, ahead):
    """Coordinates of a thing on a turned page: reading direction becomes left to right."""
    x0, x1, top, bottom = thing["x0"], thing["x1"], thing["top"], thing["bottom"]
    if ahead:  # read from the bottom of the page upward
        new = {"x0": page.height - bottom, "x1": page.height - top, "top": x0, "bottom": x1}
    else:
        new = {"x0": top, "x1": bottom, "top": page.width - x1, "bottom": page.width - x0}
    new |= {"size": new["bottom"] - new["top"]} if "size" in thing else {}
    return {**thing, **new, "doctop": new["top"], "upright": True, "orientation": _other(thing.get("orientation"))}


def _other(orientation):
    return {"h": "v", "v": "h"}.get(orientation, orientation)


def _drop_running_heads(faces):
    """Lines at the head or foot that stand on several pages, and page numbers."""
    seen = Counter()
    for face in faces:
        for line in lines_of(face["words"]):
            if _marginal(line, face):
                seen[_running(line)] += 1
    for face in faces:
        drop = {
            id(w)
            for line in lines_of(face["words"])
            if _marginal(line, face)
            for w in line
            if seen[_running(line)] > 1 or re.fullmatch(r"\d{1,5}|Page \d+.*", _words(line))
        }
        face["words"] = [w for w in face["words"] if id(w) not in drop]


def _running(line):
    """What a line at the margin says, whatever its page number; a row of numbers stays as it is."""
    words = _words(line)
    return re.sub(r"\d+", "#", words) if len(re.findall(r"[^\W\d_]", words)) >= 6 else words


def _marginal(line, face):
    return line[0]["top"] < 0.075 * face["height"] or line[0]["bottom"] > 0.93 * face["height"]


def _words(line):
    return " ".join(w["text"] for w in line)


def _title(faces):
    words = faces[0]["words"][:200] if faces else []
    if not words:
        return ""
    largest = max(w["size"] for w in words)
    if _size_of_text(words) > largest - 0.5:
        return ""  # nothing is set larger than the text
    return tidy(" ".join(w["text"] for w in words if w["size"] > largest - 0.5))[:300]


def _prose(face, document):
    """The words of a page that stand in no table and no numbers at risk, and the boxes of its tables."""
    tables, used = tables_of(face, document)
    figures, spent = _at_risk(face, used)
    document.at_risk += figures
    return [w for w in face["words"] if id(w) not in used and id(w) not in spent], tables


def _size_of_text(words):
    """The size of print of most of the text: tables are often set smaller, and longer than it."""
    sizes = Counter()
    for word in words:
        sizes[round(word["size"], 1)] += len(word["text"])
    return sizes.most_common(1)[0][0]


def _block(block, writer, size):
    """Paragraphs and headings of a block of lines; a sentence that the block before left open goes on."""
    text, last = writer.open_lines, block[0]
    if text and not _goes_on(text, tidy(_words(block[0]))):
        _flush(text, writer)
    for line in block:
        words = tidy(_words(line))
        heading = _line_heading(line, words, size)
        figure = FIGURE.fullmatch(words)
        if heading or figure or (text and FIGURE.fullmatch(text[0]) and _apart(last, line)):
            _flush(text, writer)
        last = line
        if heading:
            writer.heading(*heading)
        else:
            text.append(words)


def _goes_on(text, words):
    """Whether words continue the sentence that ends a column or page."""
    if text[-1].count("(") > text[-1].count(")") and text[-1].endswith((";", ",")):
        return True  # a bracket goes on
    opened = not re.search(r"[.!?:;。）)]$", text[-1]) and len(text[-1]) > 25 and not FIGURE.fullmatch(text[0])
    return opened and not re.match(r"(?:Fig|Table|图|表|No\.|Number)", words)


def _apart(above, line):
    """A line that no longer belongs to the caption above it: another size of print, or a gap."""
    return abs(above[0]["size"] - line[0]["size"]) > 0.3 or line[0]["top"] - above[0]["bottom"] > 0.55 * line[0]["size"]


def _line_heading(line, words, size):
    """Text and level of a line that is a heading: its words, or bold or larger print in a short line."""
    known = plain(words).strip(" .:")
    if len(known) < 50 and any(p.fullmatch(known) for z, p in ZONE_OF.items()):
        return known, 1
    numbered = _heading(words) if re.match(r"\d+(\.\d+)*\.?\s+[A-Z\u4e00-\u9fff]", words) and len(words) < 70 else None
    strong = all(w["bold"] for w in line) or line[0]["size"] > size + 0.8
    if numbered and strong:
        return numbered
    if (
        strong
        and (2 < len(words) < 70 or len(words) == 2 and is_chinese(words[0]))
        and not re.match(r"(?:Fig|Table|图|表)", words)
        and not words.endswith((".", ",", "。", "，", "；", "）"))
    ):
        return words, 2
    return None


def _flush(text, writer):
    if not text:
        return
    joined = text[0]
    for line in text[1:]:
        joined = joined_lines(joined, line)
    text.clear()
    figure = FIGURE.fullmatch(joined)
    if figure:
        writer.caption(f"{tidy(figure['label']).lower()} caption", figure["caption"])
    else:
        writer.paragraph(joined)


def _at_risk(face, used):
    """Numbers at risk below a figure: the times of its axis above them, one row a group."""
    lines = [line for line in lines_of([w for w in face["words"] if id(w) not in used], 14)]
    figures, spent = [], set()
    for k, line in enumerate(lines):
        if not RISK.match(plain(_words(line))) or len(_words(line)) > 60:
            continue
        rows, ticks, taken = _risk_rows(lines, k), None, []
        if not rows:
            continue
        count = len(rows[0][1])
        ticks = _ticks(lines, k, count, rows[0][2])
        if ticks is None:
            continue
        label, caption = _caption(lines, k)
        figures.append(AtRisk(label, caption, tuple(ticks), tuple((name, tuple(values)) for name, values, _ in rows)))
        taken = [w for _, _, words in rows for w in words] + line
        spent |= {id(w) for w in taken}
    return figures, spent


def _risk_rows(lines, k):
    rows = []
    head = lines[k]
    for line in [head, *lines[k + 1 : k + 10]]:
        numbers = [w for w in line if re.fullmatch(r"\d{1,4}(?:\(\d+\))?", plain(w["text"]))]
        label = [w for w in line if w not in numbers]
        name = tidy(RISK.sub("", " ".join(w["text"] for w in label)))
        if (
            len(numbers) >= 3
            and (not rows or len(numbers) <= len(rows[0][1]))
            and [w["x0"] for w in numbers] == sorted(w["x0"] for w in numbers)
        ):
            values = [re.sub(r"\(.*", "", plain(w["text"])) for w in numbers]
            if any(int(a) < int(b) for a, b in zip(values, values[1:], strict=False)):
                continue
            rows.append((name or "All patients", values, line))
        elif rows and line is not head:
            break
    return rows


def _ticks(lines, k, count, row):
    """The times above the counts: rising numbers from 0, one over each count."""
    xs = [w["x0"] for w in row if re.fullmatch(r"\d{1,4}(?:\(\d+\))?", plain(w["text"]))]
    for line in [*lines[max(0, k - 8) : k][::-1], *lines[k + 1 : k + 8]]:
        numbers = [w for w in line if re.fullmatch(r"\d{1,3}", plain(w["text"]))]
        values = [int(w["text"]) for w in numbers]
        if len(values) >= count and values[0] == 0 and values == sorted(set(values)):
            near = [min(numbers, key=lambda w: abs(w["x0"] - x))["text"] for x in xs]
            return near if len(set(near)) == len(near) else None
    return None


def _caption(lines, k):
    for line in lines[k + 1 : k + 14]:
        match = FIGURE.fullmatch(tidy(_words(line)))
        if match:
            return tidy(match["label"]), tidy(match["caption"])
    for line in lines[max(0, k - 40) : k][::-1]:
        match = FIGURE.fullmatch(tidy(_words(line)))
        if match:
            return tidy(match["label"]), tidy(match["caption"])
    return "Figure", ""
