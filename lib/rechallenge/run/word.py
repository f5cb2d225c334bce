"""Tables and text as Word documents: native tables in the layout of a journal, from the displays of a report."""

import io

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE as RELATIONSHIP
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from papercheck.vocabulary.kinds import NO_PERSONS

from ..show.style import text_width
from ..text.language import language, say, words
from .archive import TABLES, clean, without_clock
from .collect import in_order

PAGE, MARGIN = (210, 297), 20  # A4, mm
FONT, EAST_ASIAN = "Arial", "SimSun"
SIZE, NOTES = 9, 8  # points
LETTER = 1.75  # mm: the mean width of a letter of SIZE, with the edges of a cell in CELL
CELL = 3.0
WIDEST, NARROWEST = 62.0, 13.0  # mm of a column that may be broken into lines
SHORT = 25  # characters up to which the cells of a column are centred
TOGETHER = 12  # rows up to which a table stays on one page
PRESSED = 1.5  # how much wider than an upright page a table may be whose cells can break into lines
RULE = {"val": "single", "color": "000000", "space": "0"}


def new_document(facts):
    """An A4 document in the house style, with the name of the cohort and its warning on every page."""
    document = Document()
    properties = document.core_properties
    properties.author, properties.comments, properties.title = "rechallenge", "", clean(facts["title"])[:250]
    for name, size in (("Normal", SIZE + 1), ("Heading 1", 14), ("Heading 2", 11), ("Caption", SIZE), ("Title", 18)):
        _set_style(document.styles[name], size)
    section = document.sections[0]
    _set_page(section, wide=False)
    head = section.header.paragraphs[0]
    head.text = ": ".join(filter(None, [clean(facts["name"]), warning(facts)]))
    head.runs[0].font.size = Pt(NOTES)
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _field(foot, "PAGE", "1")
    document.add_paragraph(clean(facts["title"]), style="Title")
    for text in filter(None, [facts.get("notice", ""), *facts.get("banner", []), *facts.get("lacking", [])]):
        document.add_paragraph(clean(text))
    return document


def warning(facts) -> str:
    """What stands on every page about pseudo-patients; '' for patients."""
    said = words(facts.get("language", "en"), "report")
    return said[f"{facts['kind']}_warning"] if facts["kind"] in NO_PERSONS else ""


def document_bytes(document) -> bytes:
    """The finished file."""
    buffer = io.BytesIO()
    document.save(buffer)
    return without_clock(buffer.getvalue())


def tables_documents(sections, facts) -> dict[str, bytes]:
    """The Word files of tables by name: `tables.docx` those of the brief, `tables_appendix.docx` the others; one file
    where all are of one kind."""
    every = in_order(sections, "table")
    brief = [(section, table) for section, table in every if table.get("part")]
    rest = [(section, table) for section, table in every if not table.get("part")]
    if not brief or not rest:
        return {TABLES[0]: tables_document(every, facts)}
    return {name: tables_document(tables, facts) for name, tables in zip(TABLES, (brief, rest), strict=True)}


def tables_document(tables, facts) -> bytes:
    """The (section, table) pairs in the order of their numbers (Word counts on from the first), each under the heading
    of its section; wide ones on landscape pages."""
    document, wide, under = new_document(facts), False, None
    for i, (section, table) in enumerate(tables):
        widths = column_widths(table)
        follows = section is under
        stays = wide and follows and len(table["rows"]) <= TOGETHER  # a small table needs no page of its own
        if is_wide(table, widths) != wide and not stays:
            wide = not wide
            _set_page(document.add_section(WD_SECTION.NEW_PAGE), wide)
        if not follows:
            document.add_heading(clean(say(section.title)), 1)
        add_table(document, table, widths, _inside(wide), first=not i)
        under = section
    return document_bytes(document)


def is_wide(table, widths) -> bool:
    """Whether a table needs a landscape page: its words do not
    fit side by side upright, or its cells would be all lines.
    """
    upright = _inside(False)
    return sum(_narrowest(table)) > upright or sum(widths) > PRESSED * upright


def add_table(document, table, widths=None, inside=None, first=False):
    """Caption, table with three rules, notes. first : the numbers of the document begin with this one.

    table : {label, title, columns, rows, notes, indent, spans, links}; links : for each row, the (text, address) that
    its last cell begins with.
    """
    widths, inside = widths or column_widths(table), inside or _inside(False)
    _caption(document, table, first)
    heads = bool(table.get("spans")) + 1
    made = document.add_table(rows=heads + len(table["rows"]), cols=len(table["columns"]))
    made.alignment, made.autofit = WD_TABLE_ALIGNMENT.LEFT, False
    _frame(made, heads)
    lengths = _lengths(table, widths, inside)
    for column, width in zip(made.columns, lengths, strict=True):
        column.width = Mm(width)
    grid = [list(row.cells) for row in made.rows]  # once: finding the cells of a row is slow
    if heads > 1:
        _spans(grid[0], table["spans"])
    _fill_rows(grid[heads - 1 :], table, lengths)
    for row in made.rows:
        _row_property(row, "w:cantSplit")
    for row in list(made.rows)[:heads]:
        _row_property(row, "w:tblHeader")
    _notes(document, table)


def _fill_rows(grid, table, lengths):
    """The head and the rows of a table. grid : their cells; lengths : of the columns, in mm."""
    body, rows = [table["columns"], *table["rows"]], table["rows"]
    links = [(), *(table.get("links") or [()] * len(rows))]
    indent = [0, *(table.get("indent") or [0] * len(rows))]
    wide = (max((text_width(row[j]) for row in rows), default=0) for j in range(1, len(body[0])))
    centred = [False, *(width <= SHORT for width in wide)]
    for i, (cells, texts) in enumerate(zip(grid, body, strict=True)):
        below = indent[i + 1] if i + 1 < len(indent) else 0
        bold = i == 0 or below > indent[i]
        if bold and i and len(cells) > 1 and not any(texts[1:]):  # the name of a block has the whole width
            _write(cells[0].merge(cells[-1]), texts[0], True, False).paragraph_format.keep_with_next = True
            continue
        for j, (cell, text) in enumerate(zip(cells, texts, strict=True)):
            cell.width = Mm(lengths[j])
            linked = links[i] if j + 1 == len(cells) else ()
            paragraph = _write(cell, text, bold and (i == 0 or j == 0), centred[j], linked)
            paragraph.paragraph_format.left_indent = Mm(3 * indent[i]) if j == 0 and indent[i] else None
            # the head, and each row of a short table, with the next one
            paragraph.paragraph_format.keep_with_next = i == 0 or bold or (len(body) <= TOGETHER and i + 1 < len(body))


def _notes(document, table):
    for i, note in enumerate(table.get("notes", [])):
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = Pt(0 if i else 3), Pt(1)
        paragraph.add_run(clean(note)).font.size = Pt(NOTES)
    document.add_paragraph()


def column_widths(table) -> list[float]:
    """Natural width of each column in mm: its longest cell, at most WIDEST, at least its longest word."""
    widths, narrowest = [], _narrowest(table)
    for j, head in enumerate(table["columns"]):
        texts = [head, *(row[j] for row in table["rows"])]
        longest = max(text_width(line) for t in texts for line in t.split("\n") or [""])
        widths.append(max(CELL + LETTER * max(min(longest, WIDEST / LETTER), NARROWEST / LETTER), narrowest[j]))
    return widths


def _narrowest(table) -> list[float]:
    """The least width of each column in mm: that of its longest word, which no line may break."""
    least = []
    for j, head in enumerate(table["columns"]):
        texts = [head, *(row[j] for row in table["rows"])]
        # Chinese breaks after every character
        word = max((2 if text_width(w) > len(w) else len(w) for t in texts for w in t.split()), default=1)
        least.append(CELL + LETTER * min(word, 2 * WIDEST / LETTER))
    return least


def _lengths(table, widths, inside) -> list[float]:
    """The widths fitted to the page: pressed together, no column below its longest word where that is possible, or the
    columns that must break given the room that is left."""
    spare, least = inside - sum(widths), _narrowest(table)
    if spare < 0:
        room = inside - sum(least)
        if room < 0:
            return [inside / sum(widths) * w for w in widths]
        share = room / (sum(widths) - sum(least))
        return [low + share * (w - low) for low, w in zip(least, widths, strict=True)]
    longest = [
        max(map(text_width, [row[j] for row in table["rows"]] or [""])) * LETTER + CELL for j in range(len(widths))
    ]
    lacking = [max(0.0, want - w) for want, w in zip(longest, widths, strict=True)]
    share = min(1.0, spare / sum(lacking)) if sum(lacking) else 0.0
    return [w + share * more for w, more in zip(widths, lacking, strict=True)]


def _inside(wide) -> float:
    return PAGE[1 if wide else 0] - 2 * MARGIN


def _set_page(section, wide):
    width, height = PAGE[::-1] if wide else PAGE
    section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(width), Mm(height)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(MARGIN)


def _set_style(style, size):
    style.font.name, style.font.size = FONT, Pt(size)
    style.font.color.rgb = RGBColor(0, 0, 0)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    for kind, font in (("ascii", FONT), ("hAnsi", FONT), ("cs", FONT), ("eastAsia", EAST_ASIAN)):
        fonts.set(qn(f"w:{kind}"), font)


def _caption(document, table, first):
    """'Table 3. Title' above the table; the number is a field, so that Word can count anew from that of the first."""
    paragraph = document.add_paragraph(style="Caption")
    paragraph.paragraph_format.keep_with_next = True
    if number := table.get("number"):
        before, after = words(language(), "report")["table"].split("{}")
        paragraph.add_run(before)
        begin = f"\\r {number} " if first else ""
        _field(paragraph, f"SEQ Table {begin}\\* ARABIC", str(number))
        paragraph.add_run(f"{after} ")
    paragraph.add_run(clean(table["title"])).bold = False


def _field(paragraph, code, shown):
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    run = OxmlElement("w:r")
    text = OxmlElement("w:t")
    text.text = shown
    run.append(text)
    field.append(run)
    paragraph._p.append(field)


def _write(cell, text, bold, centred, links=()):
    paragraph = cell.paragraphs[0]
    for i, (shown, address) in enumerate(links):
        if i:
            paragraph.add_run("; ").font.size = Pt(SIZE)
        _link(paragraph, shown, address)
    run = paragraph.add_run(clean(text)[len(clean("; ".join(shown for shown, _ in links))) :])
    run.font.size, run.bold = Pt(SIZE), bold or None
    paragraph.paragraph_format.space_after = paragraph.paragraph_format.space_before = Pt(1)
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    return paragraph


def _link(paragraph, shown, address):
    """Words that lead to an address beside the document."""
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), paragraph.part.relate_to(address, RELATIONSHIP.HYPERLINK, is_external=True))
    run = paragraph.add_run(clean(shown))
    run.font.size, run.font.underline, run.font.color.rgb = Pt(SIZE), True, RGBColor(0x05, 0x4A, 0x91)
    link.append(run._r)
    paragraph._p.append(link)


def _spans(cells, spans):
    """The upper header row: each label over its columns."""
    at = 0
    for label, count in spans:
        cell = cells[at] if count == 1 else cells[at].merge(cells[at + count - 1])
        _write(cell, label, True, at > 0).paragraph_format.keep_with_next = True
        if label:
            _borders(cell._tc.get_or_add_tcPr(), "w:tcBorders", {"bottom": 4})
        at += count


def _frame(table, heads):
    """Three rules: above, below the head, at the end; no vertical line."""
    _borders(table._tbl.tblPr, "w:tblBorders", {"top": 12, "bottom": 12})
    for cell in table.rows[heads - 1].cells:
        _borders(cell._tc.get_or_add_tcPr(), "w:tcBorders", {"bottom": 6})


def _borders(properties, name, sides):
    """sides : {side: width in eighths of a point}."""
    borders = OxmlElement(name)
    for side, size in sides.items():
        edge = OxmlElement(f"w:{side}")
        for key, value in (RULE | {"sz": str(size)}).items():
            edge.set(qn(f"w:{key}"), value)
        borders.append(edge)
    properties.append(borders)


def _row_property(row, name):
    row._tr.get_or_add_trPr().append(OxmlElement(name))
