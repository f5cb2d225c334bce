"""HTML of a paper, as a journal or PubMed Central serves it."""

import re

from lxml import html as parser

from .document import Document, Table, Unread, pictured
from .heads import count_heads
from .jats import _raw, _tag, grid
from .plain_text import FIGURE, TABLE, _heading
from .sections import Writer
from .signs import tidy

SKIPPED = (
    "script",
    "style",
    "nav",
    "footer",
    "header",
    "aside",
    "form",
    "button",
    "noscript",
    "svg",
    "template",
    "select",
)
BLOCKS = (
    "p",
    "div",
    "section",
    "article",
    "main",
    "ul",
    "ol",
    "li",
    "table",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "dl",
    "body",
)


def read_html(path) -> Document:
    """The document of an HTML file."""
    raw = path.read_bytes()
    utf8 = parser.HTMLParser(encoding="utf-8", no_network=True)
    root = parser.document_fromstring(raw, parser=utf8 if _is_utf8(raw) else None)
    document = Document(path.name)
    writer = Writer(document)
    title = root.find(".//h1")
    document.title = tidy(_raw(title)) if title is not None else tidy(root.findtext(".//title") or "")
    _walk(root.find("body") if root.find("body") is not None else root, writer)
    if not document.sentences and not document.tables:
        document.unread.append(
            Unread("text", "the page holds no text", "Save the page from the browser once it has loaded.")
        )
    return document


def _is_utf8(raw):
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _walk(node, writer):
    loose: list[str] = [node.text or ""]
    for child in node:
        tag = _tag(child)
        if tag in SKIPPED or not tag:
            loose.append(child.tail or "")
            continue
        if tag in BLOCKS or child.find(".//p") is not None or child.find(".//table") is not None:
            _flush(loose, writer)
            _block(child, tag, writer)
            loose = [child.tail or ""]
        else:
            loose.append((_sup(child) if tag == "sup" else _raw(child)) + (child.tail or ""))
    _flush(loose, writer)


def _flush(loose, writer):
    text = tidy("".join(loose))
    if text:
        _text(text, writer)


def _block(node, tag, writer):
    level = re.fullmatch(r"h([1-6])", tag)
    if level:
        writer.heading(_words(node), max(1, int(level[1]) - 1))
    elif tag == "table":
        _table(node, writer)
    elif tag == "figure" and node.find(".//table") is None:
        caption = node.find(".//figcaption")
        words = _words(caption if caption is not None else node)
        table = TABLE.fullmatch(tidy(words))
        if table and node.find(".//img") is not None:
            writer.document.unread.append(pictured(tidy(table["label"])))
        else:
            _text(words, writer)
    elif tag in ("p", "li") and node.find(".//table") is None:
        _text(_words(node), writer)
    else:
        _walk(node, writer)


def _words(node):
    """The words of a node; raised numbers that are citations stand in brackets."""
    parts = [node.text or ""]
    for child in node:
        tag = _tag(child)
        if tag not in SKIPPED:
            parts.append(
                _sup(child, "".join(parts)) if tag == "sup" else " " if tag == "br" else _words(child) if tag else ""
            )
        parts.append(child.tail or "")
    return tidy("".join(parts)) if node.tag in ("p", "li", "h1", "h2", "h3", "h4", "figcaption") else "".join(parts)


def _sup(node, before=""):
    text = tidy(_raw(node))
    power = re.search(r"(?:/m|[kcm]m|\bm|[×x]\s*10|χ|R|I)$", before.rstrip())
    return f" [{text}]" if re.fullmatch(r"\[?\d[\d,\s–-]*\]?", text) and not power else text


def _text(text, writer):
    text = tidy(text)
    figure, caption = FIGURE.fullmatch(text), TABLE.fullmatch(text)
    if figure:
        writer.caption(f"{tidy(figure['label']).lower()} caption", figure["caption"])
    elif caption and len(text) < 400 and (caption["mark"] or re.match("[A-Z\u4e00-\u9fff]", caption["caption"])):
        writer.pending = caption
    elif (
        writer.document.tables
        and re.match(
            r"(?:Abbreviations?|Notes?|[*†‡§¶–—]|[a-z]\)|注|Values are|Data are"
            r"|(?=\w*[A-Z][\w-]*[A-Z0-9]).{2,12}, [a-z].*;"
            r"|(?=\w*[A-Z][\w-]*[A-Z0-9])[\w-]{2,10}, [a-z][^.;\d]{3,50}\.)",
            text,
        )
        and len(text) < 600
        and writer.just
    ):
        from dataclasses import replace

        last = writer.document.tables[-1]
        writer.document.tables[-1] = replace(last, notes=(*last.notes, text))
    else:
        heading = _heading(text) if len(text) < 50 else None
        writer.just = False
        if heading and heading[1] == 1:
            writer.heading(*heading)
        else:
            writer.paragraph(text)


def _table(node, writer):
    rows, heads = grid(node)
    if not rows or max(map(len, rows)) < 2:
        if node.find(".//img") is not None:
            writer.document.unread.append(pictured(tidy(writer.pending["label"]) if writer.pending else ""))
        else:
            for row in rows:
                writer.paragraph(" ".join(dict.fromkeys(c.text for c in row)))
        return
    own = node.find("caption")
    words = tidy(_raw(own)) if own is not None else ""
    found = TABLE.fullmatch(words) if words else None
    found = found or writer.pending
    label = tidy(found["label"]) if found else f"Table {len(writer.document.tables) + 1}"
    caption = tidy(found["caption"]) if found else words
    notes = tuple(tidy(_raw(r)) for r in node.iterfind("tfoot/tr"))
    if notes:
        rows = tuple(r for r in rows if not any(r[0].text and n.startswith(r[0].text) for n in notes))
    zone = "results" if writer.zone in ("back", "text") else writer.zone
    writer.document.tables.append(Table(label, caption, rows, heads or count_heads(rows), notes, zone))
    writer.pending, writer.just = None, True
