"""Plain text of a paper or abstract, as copied from a page
or made by a converter: headings, tables by tabs, figures.
"""

import re
from dataclasses import replace

from .columns import GRADE_HEAD
from .document import Cell, Document, Table
from .sections import RUN_IN, ZONE_OF, Writer
from .signs import plain, tidy

TABLE = re.compile(
    r"\s*(?:#+\s*|\*\*)?(?P<label>(?:Supplementary |Extended Data"
    r" )?Table\s+S?\d+|表\s*\d+)\s*\**\s*(?P<mark>[|.:\u3000]?)\s*(?P<caption>.*)",
    re.I,
)
FIGURE = re.compile(
    r"\s*\**(?P<label>(?:Supplementary )?Fig(?:ure|\.)\s*S?\d+|图\s*\d+)\s*\**\s*[|.:]?\s+(?P<caption>.{12,})", re.I
)
SUPPLEMENT = re.compile(
    r"(?:Supplementary|Additional) (?:file|material)\s*\d*[:.]?\s*(?:Supplementary |Suppl\."
    r" )?(?P<label>Fig(?:ure|\.)?\s*S?\d+)[:.]?\s*",
    re.I,
)
IMAGE = re.compile(r"\s*\[image:?\s*(?P<text>.*)\]\s*", re.I)
NUMBERED = re.compile(
    r"\s*(?:#{1,4}\s+)?(?P<number>\d{1,2}(?:\.\d{1,2})*)\.?\s+(?P<head>[A-Z\u4e00-\u9fff][^.;。]{2,80})\s*"
)
MARKED = re.compile(r"\s*(?P<marks>#{1,6})\s+(?P<head>.+)")
NOTE = re.compile(r"\s*(?:Abbreviations?:?|Note|Notes|NR,|m?PFS,|ECOG,|注)\b", re.I)


def read_plain(text: str, name: str) -> Document:
    """The document of a text."""
    document = Document(name)
    writer = Writer(document)
    text = _without_markup(text)
    lines = _unwrapped(text.replace("\r\n", "\n").split("\n"))
    first = tidy(next((line for line in lines if line.strip()), "")).lstrip("# ")
    if 20 < len(first) < 250 and not first.endswith(".") and not _heading(first):
        document.title = first
    k = 0
    while k < len(lines):
        line = lines[k]
        caption = TABLE.fullmatch(line)
        if caption and _table_follows(lines, k):
            k = _table(lines, k, caption, document, writer)
            continue
        _line(line, lines, k, writer)
        k += 1
    if document.sentences and all(
        s.zone == "introduction" for s in document.sentences
    ):  # one head over a whole abstract
        document.sentences[1:] = [replace(s, zone="text") for s in document.sentences[1:]]
    return document


MARKUP = {
    r"\leq": "≤",
    r"\geq": "≥",
    r"\le ": "≤ ",
    r"\ge ": "≥ ",
    r"\pm": "±",
    r"\times": "×",
    r"\%": "%",
    r"\chi": "χ",
    "&lt;": "<",
    "&gt;": ">",
    "&amp;": "&",
}


def _without_markup(text):
    """Signs that a converter wrote as commands, as the paper prints them; raised numbers are citations."""
    for command, sign in MARKUP.items():
        text = text.replace(command, sign)
    text = re.sub(r"\$([^$\n]{1,60})\$", r"\1", text)
    return re.sub(r"\^\{?([\d,\s]+)\}?", r" [\1]", text)


def _unwrapped(lines):
    """Lines broken by hand are put together: a long line that ends within a sentence goes on in the next one."""
    made: list[str] = []
    for line in lines:
        above = made[-1] if made else ""
        open_ = len(above) > 60 and "\t" not in above + line and not re.search(r"[.!?:。！？|]\s*$", above)
        starts = (
            TABLE.fullmatch(line)
            or FIGURE.fullmatch(line)
            or IMAGE.fullmatch(line)
            or _heading(line)
            or RUN_IN.match(line)
            or line.startswith((" ", "#", "|", "-"))
        )
        if open_ and line.strip() and not starts:
            joint = "" if re.search("[\u3000-\u9fff]$", above) else " "
            made[-1] = f"{above.rstrip()}{joint}{line.strip()}"
        else:
            made.append(line)
    return made


def _line(line, lines, k, writer):
    text = tidy(line)
    if not text:
        return
    image, figure, heading = IMAGE.fullmatch(line), FIGURE.fullmatch(line), _heading(line)
    supplement = SUPPLEMENT.match(text)
    if supplement:
        writer.caption(f"supplementary {supplement['label'].lower()} legend", text[supplement.end() :])
    elif image:
        label = next((FIGURE.fullmatch(x) for x in lines[k + 1 : k + 4] if FIGURE.fullmatch(x)), None)
        writer.caption(f"{tidy(label['label']).lower()} description" if label else "figure description", image["text"])
    elif figure and not re.match(r"Fig", writer.path[-1] if writer.path else ""):
        writer.caption(f"{tidy(figure['label']).lower()} caption", figure["caption"])
    elif heading:
        writer.heading(*heading)
    else:
        writer.paragraph(re.sub(r"[*_]{1,2}(?=\S)(.+?)(?<=\S)[*_]{1,2}", r"\1", line))


def _heading(line):
    """Text and level of a line that is a heading, or None."""
    marked, numbered = MARKED.fullmatch(line), NUMBERED.fullmatch(line)
    words = plain(tidy(line)).strip("* ")
    if marked:
        return tidy(marked["head"]), max(1, len(marked["marks"]) - 1)
    if numbered and len(line) < 90:
        return tidy(numbered["head"]), numbered["number"].count(".") + 1
    if len(words) < 60 and any(known.fullmatch(words) for known in ZONE_OF.values()):
        return words, 1
    if (
        2 < len(words) < 60
        and re.fullmatch(r"[A-Z][A-Za-z ,'\-()]+", words)
        and words.count(" ") < 7
        and not words.endswith(".")
    ):
        return words, 2
    return None


def _table_follows(lines, k):
    """Whether cells stand in the next lines: tabs, or pipes."""
    return any("\t" in x or x.count("|") > 1 for x in lines[k + 1 : k + 8])


def _table(lines, k, caption, document, writer):
    """Read the table below a caption; returns the line behind it."""
    rows, notes, blank = [], [], 0
    title = tidy(caption["caption"])
    k += 1
    while k < len(lines):
        line = lines[k]
        if not line.strip():
            blank += 1
            if blank > 6 and rows:
                break
        elif "\t" in line or line.strip().startswith("|"):
            rows += [] if re.fullmatch(r"[\s|:\-\t]+", line) and "-" in line else [(blank, line)]
            blank = 0
        elif TABLE.fullmatch(line) and rows:
            break
        elif NOTE.match(line):
            notes.append(tidy(line))
            k += 1
            break
        elif not rows and not title and len(line) < 160:
            title = tidy(line)
            blank = 0
        elif rows and _continues(lines, k):
            rows.append((blank, line))
            blank = 0
        else:
            break
        k += 1
    made, heads = _grid(rows)
    if made:
        document.tables.append(Table(tidy(caption["label"]), title, made, heads, tuple(notes), writer.zone))
    return k


def _continues(lines, k):
    """A line without cells inside a table: a wrapped cell, if cells follow."""
    return len(lines[k]) < 60 and any("\t" in x for x in lines[k + 1 : k + 3])


def _grid(rows):
    """Cells of tabbed lines. A converter that writes one cell
    a line has lines that start with a tab, rows set apart.
    """
    if not rows:
        return (), 0
    one_a_line = [line for _, line in rows if line.startswith("\t") and line.count("\t") == 1]
    records = _stacked(rows) if len(one_a_line) > 0.6 * len(rows) else [_cells(line) for _, line in rows]
    width = max(len(r) for r in records)
    records = [r + [""] * (width - len(r)) for r in records if any(r)]
    heads = _heads(records)
    if heads > 1 and len([x for x in records[0] if x]) < width:
        records[0] = _spread(records[0], records[1], width)
        if len([x for x in records[1] if x]) < width:
            records[1] = ([""] + [x for x in records[1] if x] + [""] * width)[:width]
    return tuple(tuple(Cell(tidy(x), _indent(x)) for x in r) for r in records), heads


def _indent(text):
    return len(text) - len(text.lstrip("\u00a0\u2003 "))


def _cells(line):
    if line.strip().startswith("|"):
        return [x.strip() for x in line.strip().strip("|").split("|")]
    return [x.rstrip() for x in line.split("\t")]


def _stacked(rows):
    """Lines of one cell each: a blank line begins a row."""
    records: list[list[str]] = []
    for blank, line in rows:
        if blank or not records:
            records.append([])
        records[-1].append(line[1:].rstrip() if line.startswith("\t") else line.rstrip())
        if not line.startswith("\t") and len(records[-1]) > 1:  # a wrapped cell
            last = records[-1].pop()
            records[-1][-1] += " " + last.strip()
    return records


def _heads(records):
    """Rows before the first that holds numbers behind its label; at least one."""
    for i, record in enumerate(records):
        graded = all(GRADE_HEAD.fullmatch(plain(x).strip()) for x in record[1:] if x.strip())
        if (
            not graded
            and any(re.match(r"\s*[<>]?\s*\.?\d", plain(x)) for x in record[1:])
            and not all("=" in x for x in record[1:] if x)
        ):
            if (
                i
                and not any(record[0] == r[0] for r in records[:i])
                and i > 1
                and not any(x.strip() for x in records[i - 1][1:])
            ):
                return max(1, next((j for j, r in enumerate(records[:i]) if not any(x.strip() for x in r[1:])), i))
            return max(1, i)
    return 1


def _spread(above, below, width):
    """A head over several columns: its words stand over each of them."""
    names = [x for x in above if x.strip()]
    parts = [x for x in below if x.strip()]
    if len(names) < 2 or not parts:
        return above
    each = max(1, len(parts) // (len(names) - 1))
    spread = [names[0]] + [n for n in names[1:] for _ in range(each)]
    return (spread + [""] * width)[:width]
