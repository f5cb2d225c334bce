"""Word files: paragraphs, headings and tables in the order of the document; tables may stand at the end."""

import re

import docx
from docx.table import Table as WordTable
from docx.text.paragraph import Paragraph

from .document import Cell, Document, Table, Unread, pictured
from .heads import count_heads
from .marks import raised
from .plain_text import FIGURE, NOTE, TABLE, _heading
from .sections import Writer
from .signs import plain, tidy

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
DRAWING = f"{W}drawing"
GONE = [f"{W}{name}" for name in ("del", "moveFrom", "sdtPr", "sdtEndPr")]  # what a reader of the paper does not see
AROUND = [f"{W}{name}" for name in ("ins", "moveTo", "hyperlink", "smartTag", "fldSimple", "sdt", "sdtContent")]
CHANGED = Unread(
    "tracked changes",
    "words that a change deletes were left out, those that it inserts were read",
    "Reject the changes in Word to read the file as it was.",
)
UNIT_BEFORE = re.compile(r"(?:/m|[kcm]m|kg/m|\bm|[×x*]\s*10|χ|chi|R|I)$")


def read_word(path) -> Document:
    """The document of a docx file."""
    source = docx.Document(str(path))
    document = Document(path.name)
    writer = Writer(document)
    if _accept_changes(source.element.body):
        document.unread.append(CHANGED)
    blocks = list(source.element.body.iterchildren())
    caption, notes = None, False
    for k, block in enumerate(blocks):
        kind = block.tag.split("}")[1]
        if kind == "p":
            paragraph = Paragraph(block, source)
            text = tidy(_text(paragraph))
            found = TABLE.fullmatch(text) if text else None
            if found and _next_is_table(blocks, k):
                caption = found
            elif found and any(b.find(f".//{DRAWING}") is not None for b in blocks[k : k + 2]):
                document.unread.append(pictured(tidy(found["label"])))
            elif notes and text and not _is_heading(paragraph) and not _is_prose(text):
                _add_note(document, text)
                notes = False
            else:
                _paragraph(paragraph, text, writer)
            notes = notes and not text
        elif kind == "tbl":
            _table(WordTable(block, source), caption, document, writer)
            caption, notes = None, True
    if not document.sentences and not document.tables:
        what, action = "the file holds no text", "If its pages are pictures, give the text of the paper or its PDF."
        document.unread.append(Unread("text", what, action))
    return document


def _accept_changes(body) -> bool:
    """Take tracked changes as accepted, and links, fields and content controls as the words that they show.

    Returns whether words or rows were changed.
    """
    rows = [row for row in body.iter(f"{W}tr") if row.find(f"{W}trPr/{W}del") is not None]
    gone = [*rows, *body.iter(*GONE)]
    around = list(body.iter(*AROUND))
    changed = bool(rows) or any(len(e) and e.tag in (*GONE[:2], *AROUND[:2]) for e in (*gone, *around))
    for element in gone:
        element.getparent().remove(element)
    for element in around:
        for child in list(element):
            element.addprevious(child)
        element.getparent().remove(element)
    return changed


def _is_prose(text):
    """Whether a paragraph behind a table is text and no note: sentences that say what happened."""
    said = re.findall(r"\b(?:was|were|had|occurred|achieved|observed|experienced|responded|died)\b|为|例", text)
    return (
        len(text) > 140
        and len(said) > 1
        and not NOTE.match(text)
        and not re.match(r"(?:Data|Values|P[- ]values?)\b", text)
    )


def _next_is_table(blocks, k):
    following = next(
        (b for b in blocks[k + 1 : k + 3] if b.tag.split("}")[1] == "tbl" or "".join(b.itertext()).strip()), None
    )
    return following is not None and following.tag.split("}")[1] == "tbl"


def _is_heading(paragraph):
    return (paragraph.style.name or "").lower().startswith(("heading", "title", "标题"))


def _paragraph(paragraph, text, writer):
    if not text:
        return
    style = (paragraph.style.name or "").lower()
    level = re.search(r"\d", style)
    figure = FIGURE.fullmatch(text)
    if style.startswith("title") and not writer.document.title:
        writer.document.title = text
    elif _is_heading(paragraph):
        writer.heading(text, int(level[0]) if level else 1)
    elif figure:
        writer.caption(f"{tidy(figure['label']).lower()} caption", figure["caption"])
    elif _bold(paragraph) and len(text) < 80 or _heading(text) and len(text) < 60:
        writer.heading(*(_heading(text) or (text, 2)))
    else:
        writer.paragraph(text)


def _bold(paragraph):
    runs = [r for r in paragraph.runs if r.text.strip()]
    return bool(runs) and all(r.bold for r in runs)


def _text(paragraph) -> str:
    """The words of a paragraph; a raised number that is no power stands in brackets as the citation it is."""
    parts: list[str] = []
    for run in paragraph.runs:
        text = run.text
        if (
            run.font.superscript
            and re.fullmatch(r"\s*\d[\d,\s–-]*", text)
            and not UNIT_BEFORE.search("".join(parts).rstrip())
        ):
            text = f" [{text.strip()}]"
        parts.append(text)
    return "".join(parts) if parts else paragraph.text


def _table(table, caption, document, writer):
    known: dict = {}  # a cell that spans several places is one cell
    rows = [tuple(known.setdefault(cell._tc, _cell(cell)) for cell in row.cells) for row in table.rows]
    rows = [r for r in rows if r]
    if not rows:
        return
    width = max(map(len, rows))
    grid = tuple(r + (Cell(),) * (width - len(r)) for r in rows)
    label = tidy(caption["label"]) if caption else f"Table {len(document.tables) + 1}"
    words = tidy(caption["caption"]) if caption else ""
    zone = "results" if writer.zone in ("back", "discussion", "text") else writer.zone
    document.tables.append(Table(label, words, grid, count_heads(grid), (), zone))


def _add_note(document, text):
    from dataclasses import replace

    if document.tables:
        document.tables[-1] = replace(document.tables[-1], notes=(*document.tables[-1].notes, text))


def _with_marks(paragraph):
    """The words of a paragraph of a cell; a raised number behind a number is a footnote's mark."""
    text = ""
    for run in paragraph.runs:
        text += raised(run.text, text) if run.font.superscript else run.text
    return text if len(text) == len(paragraph.text) else paragraph.text


def _cell(cell) -> Cell:
    raw = "\n".join(_with_marks(p) for p in cell.paragraphs)
    first = cell.paragraphs[0] if cell.paragraphs else None
    indent = len(plain(raw)) - len(plain(raw).lstrip())
    if first is not None and first.paragraph_format.left_indent:
        indent += max(1, round(first.paragraph_format.left_indent.pt / 6))
    if first is not None and (first.paragraph_format.first_line_indent or 0) > 0:
        indent += max(1, round(first.paragraph_format.first_line_indent.pt / 6))
    bold = first is not None and _bold(first)
    return Cell(tidy(raw), indent, bold)
