"""A paper that knows its own numbers: sentences and tables are
written with their truth, then rendered in several formats.
"""

import csv
import re
from dataclasses import dataclass, field
from html import escape

COLUMNS = ("id", "statistic", "endpoint", "group", "denominator", "value", "ci_low", "ci_high", "ci_level", "p", "form",
           "where", "printed")  # fmt: skip
NOTE = re.compile(r"\[\[(.*?)\|(.*?)\]\]")


def fact(statistic, endpoint, group, value, low="", high="") -> str:
    """One number as the notes of a sentence write it."""
    return "~".join((statistic, endpoint, group, value, low, high))


def said(printed: str, *facts: str) -> str:
    """Words of a sentence with the facts that they print."""
    return f"[[{'&&'.join(facts)}|{printed}]]"


@dataclass
class Cell:
    """A cell: its text, the facts that it prints, and the columns and rows that it spans."""

    text: str
    facts: tuple[str, ...] = ()
    columns: int = 1
    rows: int = 1


@dataclass
class Table:
    """A table: rows of the head, rows of the body (indent, cells), notes. `rotated` is turned by a quarter in a PDF."""

    caption: str
    head: list[list[Cell]]
    body: list[tuple[int, list[Cell]]]
    notes: str = ""
    rotated: bool = False


@dataclass
class Paper:
    """The parts of a paper in order, and its truth."""

    number: str
    title: str
    chinese: bool = False
    parts: list = field(default_factory=list)
    facts: list[dict] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    where: str = "text"
    abstract: bool = False
    tables: int = 0

    def heading(self, words: str, level: int = 1, abstract: bool | None = None):
        """A heading; `abstract` says that what follows is, or is no more, the abstract."""
        self.abstract = self.abstract if abstract is None else abstract
        self.where = f"abstract: {words}" if self.abstract else f"text: {words}"
        self.parts.append(("h", level, words, self.abstract))

    def say(self, text: str):
        """A paragraph with its notes."""
        self.parts.append(("p", NOTE.sub(self._noted, text), self.abstract))

    def _noted(self, match):
        for one in match[1].split("&&"):
            self._keep(one, self.where, match[2])
        return match[2]

    def _keep(self, one, where, printed):
        statistic, endpoint, group, value, low, high = one.split("~")
        if statistic == "other":
            self.others.append(value)
            return
        if statistic in ("range", "iqr"):
            value = f"{low}–{high}"
        row = dict.fromkeys(COLUMNS, "") | {
            "id": f"{self.number}-{len(self.facts) + 1:04d}", "statistic": statistic, "endpoint": endpoint, "group": group,
            "value": value, "ci_low": low, "ci_high": high, "where": where, "printed": printed, "form": "x",
        }  # fmt: skip
        self.facts.append(row)

    def table(self, table: Table):
        """A table with the facts of its cells."""
        self.tables += 1
        where = f"table {self.tables}"
        for row in [*table.head, *(cells for _, cells in table.body)]:
            for cell in row:
                for one in cell.facts:
                    self._keep(one, where, cell.text)
        self.parts.append(("t", self.tables, table))

    def write_truth(self, folder):
        """truth_NN.csv and distractors_NN.csv as the scorer reads them."""
        others = [dict.fromkeys(COLUMNS, "") | {"statistic": "other", "value": v} for v in self.others]
        for name, rows in (("truth", self.facts), ("distractors", others)):
            with (folder / f"{name}_{self.number}.csv").open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, COLUMNS)
                writer.writeheader()
                writer.writerows(rows)


def _cells(row, tag, indent=""):
    out = ""
    for k, cell in enumerate(row):
        spans = (f' colspan="{cell.columns}"' if cell.columns > 1 else "") + (
            f' rowspan="{cell.rows}"' if cell.rows > 1 else ""
        )
        out += f"<{tag}{spans}>{indent if k == 0 else ''}{escape(cell.text, quote=False)}</{tag}>"
    return f"<tr>{out}</tr>"


def grid(table: Table, indent: str) -> str:
    """A table in HTML, its indents by a string such as an em space."""
    head = "".join(_cells(r, "th") for r in table.head)
    body = "".join(_cells(r, "td", indent * level) for level, r in table.body)
    return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"


def html(paper: Paper, css: str = "", indent: str = "&#160;&#160;") -> str:
    """The paper as a page of HTML."""
    made = []
    word = "表" if paper.chinese else "Table "
    for kind, *part in paper.parts:
        if kind == "h":
            made.append(f"<h{part[0] + 1}>{escape(part[1])}</h{part[0] + 1}>")
        elif kind == "p":
            made.append(f"<p>{escape(part[0], quote=False)}</p>")
        else:
            number, table = part
            turned = ' class="turned"' if table.rotated else ""
            caption = f"<p><b>{word}{number}.</b> {escape(table.caption, quote=False)}</p>"
            made.append(f"<div{turned}>{caption}{grid(table, indent)}<p>{escape(table.notes, quote=False)}</p></div>")
    lang = "zh" if paper.chinese else "en"
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><meta'
        f' charset="utf-8"><title>{paper.title}</title><style>{css}</style></head>'
        f"<body><h1>{paper.title}</h1>{''.join(made)}</body></html>"
    )


def jats(paper: Paper, indent: str = "&#8195;") -> str:
    """The paper as JATS XML."""
    abstract, body = "", ""
    depth: list[int] = []
    for kind, *part in paper.parts:
        if kind == "h" and part[2]:
            abstract += f"{'</sec>' if '<sec>' in abstract else ''}<sec><title>{escape(part[1])}</title>"
        elif kind == "h":
            while depth and depth[-1] >= part[0]:
                body += "</sec>"
                depth.pop()
            body += f"<sec><title>{escape(part[1])}</title>"
            depth.append(part[0])
        elif kind == "p":
            text = f"<p>{escape(part[0], quote=False)}</p>"
            abstract, body = (abstract + text, body) if part[1] else (abstract, body + text)
        else:
            number, table = part
            body += (
                f'<table-wrap id="T{number}"><label>Table'
                f" {number}</label><caption><p>{escape(table.caption, quote=False)}</p></caption>"
                f"{grid(table, indent)}<table-wrap-foot><fn><p>{escape(table.notes, quote=False)}</p></fn></table-wrap-foot></table-wrap>"
            )
    body += "</sec>" * len(depth)
    abstract += "</sec>" if abstract else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><article'
        ' article-type="research-article"><front><article-meta><title-group>'
        f"<article-title>{paper.title}</article-title></title-group><abstract>{abstract}</abstract></article-meta></front>"
        f"<body>{body}</body></article>"
    )


def docx(paper: Paper, path, last: bool = False):
    """The paper as a Word file; `last` puts the tables at the end."""
    import docx as word

    document = word.Document()
    document.add_heading(paper.title, 0)
    tables = [p for p in paper.parts if p[0] == "t"]
    parts = [p for p in paper.parts if p[0] != "t"] + tables if last else paper.parts
    for kind, *part in parts:
        if kind == "h":
            document.add_heading(part[1], part[0])
        elif kind == "p":
            document.add_paragraph(part[0])
        else:
            document.add_paragraph(f"{'表' if paper.chinese else 'Table '}{part[0]}. {part[1].caption}")
            _docx_table(document, part[1])
            document.add_paragraph(part[1].notes)
    document.save(path)


def _docx_table(document, table):
    from docx.shared import Cm

    rows = [(0, r) for r in table.head] + table.body
    width = sum(c.columns for c in table.head[0])
    made, taken = document.add_table(len(rows), width), set()
    for i, (level, row) in enumerate(rows):
        j = 0
        for k, cell in enumerate(row):
            while (i, j) in taken:
                j += 1
            taken |= {(i + a, j + b) for a in range(cell.rows) for b in range(cell.columns)}
            place = made.cell(i, j)
            if cell.rows * cell.columns > 1:
                place = place.merge(made.cell(i + cell.rows - 1, j + cell.columns - 1))
            place.text = cell.text
            if k == 0 and level:
                place.paragraphs[0].paragraph_format.left_indent = Cm(0.5 * level)
            j += cell.columns


def text(paper: Paper) -> str:
    """Title and paragraphs alone, as an abstract stands in a book of a congress."""
    lines = [paper.title]
    for kind, *part in paper.parts:
        lines += [part[1]] if kind == "h" else [part[0]] if kind == "p" else []
    return "\n\n".join(lines) + "\n"
