"""JATS XML of open-access papers: sections are known, tables exact."""

import re

from lxml import etree

from .document import Cell, Document, Table, Unread, pictured
from .marks import raised
from .sections import Writer
from .signs import tidy

SKIPPED = (
    "table-wrap",
    "fig",
    "disp-formula",
    "boxed-text",
    "supplementary-material",
    "media",
    "fig-group",
    "table-wrap-group",
)
BROKEN = ("ERR_TAG_NOT_FINISHED", "ERR_GT_REQUIRED", "ERR_TAG_NAME_MISMATCH", "ERR_DOCUMENT_END")
WIDE = re.compile("[\u2003\u2001]")


def read_jats(path, name) -> Document:
    """The document of a JATS file. Raises ValueError for XML that is no article."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    root = etree.parse(str(path), parser).getroot()
    if root is None:
        raise ValueError("no XML")
    article = root if _tag(root) == "article" else next(root.iter("{*}article"), None)
    if article is None:
        raise ValueError("no article in the XML")
    document = Document(name, title=_text(next(article.iter("{*}article-title"), None)))
    broken = next((e for e in parser.error_log if e.type_name in BROKEN), None)
    if broken:
        what = f"the XML is damaged or cut off at line {broken.line}, and what follows may be missing"
        document.unread.append(Unread("file", what, "Load it down again."))
    writer = Writer(document)
    for abstract in article.iterfind(".//{*}article-meta/{*}abstract"):
        _abstract(abstract, writer)
    body = article.find("{*}body")
    if body is None:
        document.unread.append(
            Unread("text", "the file holds no body", "Give the full text, or read the abstract alone.")
        )
    else:
        writer.abstract, writer.zone = False, "text"
        writer.path, writer.zones, writer.levels = [], [], []
        _section(body, writer, 0)
    for floats in article.iterfind("{*}floats-group"):
        _floats(floats, writer)
    return document


def _abstract(abstract, writer):
    writer.part_of_abstract("")
    if abstract.find("{*}sec") is None:
        for paragraph in abstract.iterfind("{*}p"):
            writer.paragraph(_text(paragraph))
    for section in abstract.iterfind("{*}sec"):
        writer.part_of_abstract(_text(section.find("{*}title")))
        for paragraph in section.iterfind("{*}p"):
            writer.paragraph(_text(paragraph))


def _section(node, writer, level):
    for child in node:
        tag = _tag(child)
        if tag == "sec":
            above = (list(writer.path), writer.zone, list(writer.zones), list(writer.levels))
            writer.heading(_text(child.find("{*}title")), level + 1)
            _section(child, writer, level + 1)
            writer.path, writer.zone, writer.zones, writer.levels = above
        elif tag == "p":
            writer.paragraph(_text(child))
            _paragraph_floats(child, writer)
        elif tag in ("list", "disp-quote", "statement"):
            for item in child.iter("{*}p"):
                writer.paragraph(_text(item))
        elif tag in SKIPPED:
            _float(child, writer)


def _paragraph_floats(paragraph, writer):
    for child in paragraph:
        if _tag(child) in SKIPPED:
            _float(child, writer)


def _floats(node, writer):
    for child in node:
        _float(child, writer)


def _float(node, writer):
    tag = _tag(node)
    if tag == "table-wrap":
        _table(node, writer)
    elif tag == "fig":
        label = _text(node.find("{*}label")).rstrip(".") or "Figure"
        writer.caption(f"{label.lower()} caption", _text(node.find("{*}caption")))
    elif tag in ("fig-group", "table-wrap-group", "boxed-text"):
        _floats(node, writer)


def _table(node, writer):
    label = _text(node.find("{*}label")).rstrip(".") or f"Table {len(writer.document.tables) + 1}"
    caption = _text(node.find("{*}caption"))
    tables = list(node.iter("{*}table"))
    if not tables:
        writer.document.unread.append(pictured(label))
    notes = tuple(_text(note) for foot in node.iterfind("{*}table-wrap-foot") for note in foot)
    for table in tables:
        rows, heads = grid(table)
        if rows:
            writer.document.tables.append(Table(label, caption, rows, heads, notes, writer.zone))


def grid(table) -> tuple[tuple[tuple[Cell, ...], ...], int]:
    """The full grid of a table of HTML or JATS with its spans, and the number of its head rows."""
    filled, heads, height = {}, 0, 0
    for i, row in enumerate(r for r in table.iter("{*}tr") if next(r.iterancestors("{*}table")) is table):
        in_head = any(_tag(a) == "thead" for a in row.iterancestors())
        cells = [c for c in row if _tag(c) in ("td", "th")]
        column = 0
        for cell in cells:
            while (i, column) in filled:
                column += 1
            made = _cell(cell, in_head)
            for down in range(_span(cell, "rowspan")):
                for right in range(_span(cell, "colspan")):
                    filled[i + down, column + right] = made
            column += _span(cell, "colspan")
        if in_head or (heads == i and cells and all(_tag(c) == "th" for c in cells)):
            heads = i + 1
        height = i + 1
    width = max((column + 1 for _, column in filled), default=0)
    rows = tuple(tuple(filled.get((i, j), Cell()) for j in range(width)) for i in range(height))
    return rows, heads


def _cell(node, head):
    raw = _raw(node)
    style = node.get("style", "") + next((s.get("style", "") for s in node.iter() if s.get("style")), "")
    padding = re.search(r"(?:padding-left|text-indent|margin-left)\s*:\s*([\d.]+)(px|pt|em|ex|%)?", style)
    # Blanks before the first word are an indent: one em space counts as two.
    blanks = (
        raw[: len(raw) - len(raw.lstrip("\u00a0\u2002\u2003\u2009\u2007\u3000 \t\n"))]
        .replace("\n", "")
        .replace("\t", "")
    )
    indent = sum(2 if WIDE.match(c) or c == "\u3000" else 1 for c in blanks if c != " ")
    if padding:
        indent += max(1, round(float(padding[1]) / (1 if padding[2] in ("em", "ex") else 8)))
    bold = (
        node.find(".//{*}bold") is not None or node.find(".//{*}b") is not None or node.find(".//{*}strong") is not None
    )
    return Cell(tidy(raw), indent, bold, head or _tag(node) == "th")


def _span(cell, key):
    written = cell.get(key, "1")
    return max(1, min(200, int(written))) if written.isdecimal() else 1


def _tag(node):
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def _text(node):
    return "" if node is None else tidy(_raw(node))


def _citation(mark, before):
    """The mark of a citation in brackets, so that no number of it is taken for a result."""
    inside = before.rfind("[") > before.rfind("]") or before.rfind("(") > before.rfind(")")
    return mark if inside or "[" in mark or not mark[:1].isdigit() else f" [{mark}]"


def _raw(node) -> str:
    """The text of a node; marks of citations stand in brackets,
    floating objects are left out, a line break is a blank.
    """
    parts = [node.text or ""]
    for child in node:
        tag = _tag(child)
        if tag in ("xref",) and child.get("ref-type") == "bibr":
            parts.append(_citation(_raw(child), "".join(parts)))
        elif tag in ("br", "break"):
            parts.append(" ")
        elif tag == "sup" and any(_tag(a) in ("td", "th") for a in child.iterancestors()):
            parts.append(raised(_raw(child), "".join(parts)))
        elif tag and tag not in SKIPPED and tag not in ("style", "script"):
            parts.append(_raw(child) + (" " if tag in ("title", "p", "label") else ""))
        parts.append(child.tail or "")
    return "".join(parts)
