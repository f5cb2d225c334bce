"""Display objects: a table or figure with caption, notes and the unrounded numbers behind it.

In a notebook they show as HTML or SVG; a second MIME bundle carries the rest to the report (report/collect.py).
"""

import warnings
from base64 import b64encode
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from html import escape

import pandas as pd

from papercheck.files.findings import NotAvailable

from ..context import current
from .language import NO_CHINESE_FONT, language, say, say_figure
from .style import has_chinese, house_style

NO_GLYPH = (
    "Boxes stand for characters that no font of this machine has: install one, such as Noto Sans CJK, and run again."
)
MIME = "application/vnd.rechallenge+json"
LONG, VERY_LONG = 25, 90  # characters from which a cell may be broken into lines, and from which it is kept wide
LEDGER = ["item", "by", "group", "statistic", "value", "unit", "method"]


def ledger(frame: pd.DataFrame, item, units: dict, by="", group="group", method="method") -> list[dict]:
    """Ledger rows of a tidy frame: one for each row and each column named in `units` ({column: unit}).

    item, by, group, method : the name of a column of the frame, or a text for all rows.
    """
    rows = []
    for record in frame.to_dict("records"):
        place = {
            "item": str(record.get(item, item)), "by": str(record.get(by, by)),
            "group": str(record.get(group, "" if group == "group" else group)), "method": str(record.get(method, method if method != "method" else "")),
        }  # fmt: skip
        rows += [
            place | {"statistic": column, "value": ledger_number(record[column]), "unit": unit}
            for column, unit in units.items()
        ]
    return rows


def ledger_number(value):
    """A number of the ledger as a JSON value: text for infinity and NaN."""
    if pd.isna(value):
        return "NE"
    if value in (float("inf"), float("-inf")):
        return "NR" if value > 0 else "-inf"
    return float(value) if not isinstance(value, int) else value


@dataclass
class Display:
    """What tables and figures share. `key` holds (label, text) lines for the key-results box.

    Texts are English; what is shown of them is in the language of the report (language.py).
    """

    title: str
    notes: list = field(default_factory=list)
    numbers: list = field(default_factory=list)
    key: list = field(default_factory=list)

    def _payload(self, **more):
        notes = [n for n in self.notes if n]
        return {
            "title": say(self.title),
            "notes": notes,
            "numbers": self.numbers,
            "key": [[*map(say, k)] for k in self.key],
            **more,
        }

    def _captioned(self, body):
        notes = "".join(f"<p>{escape(n)}</p>" for n in self.notes if n)
        return f'<figure><figcaption><b>{escape(say(self.title))}</b></figcaption>{body}<div class="notes">{notes}</div></figure>'


@dataclass
class Table(Display):
    """columns : header texts; rows : cells as text; indent : level of each row's first cell; spans : (label, n columns)
    of an upper header row. A row above an indented one heads its block."""

    columns: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    indent: list = field(default_factory=list)
    spans: list = field(default_factory=list)

    def html(self) -> str:
        """The table alone; every text is escaped."""
        head = ""
        if self.spans:
            cells = "".join(_head(label, "colgroup", f' colspan="{n}"') for label, n in self.spans)
            head += f"<tr>{cells}</tr>"
        head += "<tr>" + "".join(_head(c, "col") for c in self.columns) + "</tr>"
        body = ""
        for i, row in enumerate(self.rows):
            level = self.indent[i] if self.indent else 0
            below = self.indent[i + 1] if self.indent and i + 1 < len(self.indent) else 0
            kind = f"level{level}" + (" head" if below > level else "")
            if i and below > level == 0:  # a block is a row group, which print keeps on one page if it is short
                body += "</tbody><tbody>"
            if below > level and not any(row[1:]):  # the name of a block has the whole width
                body += f'<tr class="{kind}"><th scope="rowgroup" colspan="{len(row)}">{escape(row[0])}</th></tr>'
                continue
            first = f'<th scope="row">{escape(row[0])}</th>'
            body += f'<tr class="{kind}">{first}' + "".join(map(_cell, row[1:])) + "</tr>"
        return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"

    def text(self) -> str:
        """The table as plain text."""
        rows = [self.columns] + [
            ["  " * (self.indent[i] if self.indent else 0) + r[0], *r[1:]] for i, r in enumerate(self.rows)
        ]
        widths = [max(len(r[j]) for r in rows) for j in range(len(self.columns))]
        lines = ["  ".join(cell.ljust(w) for cell, w in zip(r, widths, strict=True)).rstrip() for r in rows]
        return "\n".join([self.title, *lines, *self.notes])

    def _repr_mimebundle_(self, include=None, exclude=None):
        shown = self._in_language()
        payload = shown._payload(kind="table", html=shown.html(), columns=shown.columns, rows=shown.rows)
        payload |= {"indent": shown.indent, "spans": [list(span) for span in shown.spans], "english": self.title}
        return {MIME: payload, "text/html": shown._captioned(shown.html()), "text/plain": shown.text()}

    def _in_language(self):
        columns, rows = [*map(say, self.columns)], [[*map(say, row)] for row in self.rows]
        spans = [(say(label), n) for label, n in self.spans]
        return replace(self, title=say(self.title), columns=columns, rows=rows, spans=spans)


def _head(text, scope, more="") -> str:
    return f'<th scope="{scope}"{more}>{escape(text)}</th>' if text else f"<td{more}></td>"


def _cell(text) -> str:
    kind = ' class="text long"' if len(text) > VERY_LONG else ' class="text"' if len(text) > LONG else ""
    return f"<td{kind}>{escape(text)}</td>"


@dataclass
class Figure(Display):
    """A drawn figure. `alt` says in words what it shows; `name` becomes the file name; `whole`: the drawing keeps within
    its canvas, and nothing is measured."""

    figure: object = None
    alt: str = ""
    name: str = "figure"
    whole: bool = False
    _covered: object = None
    _drawn: dict = field(default_factory=dict)  # {language: SVG text}

    def _area(self):
        """What the drawing covers, in inches; the layout is found once and then kept."""
        if self.figure.get_layout_engine() is not None:
            self.figure.get_layout_engine().execute(self.figure)
            self.figure.set_layout_engine(None)  # "none" would leave a placeholder, for which every saving draws twice
        if self._covered is None:
            self._covered = (self.figure.bbox_inches if self.whole else self.figure.get_tightbbox()).padded(0.05)
        return self._covered

    def _repr_mimebundle_(self, include=None, exclude=None):
        svg = self.draw()
        width = round(self.figure.get_figwidth() * 96)
        picture = (
            f'<img alt="{escape(self.alt)}" width="{width}" src="data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}">'
        )
        payload = self._payload(kind="figure", alt=self.alt, name=self.name, width=width, english=self.title)
        return {
            MIME: payload, "image/svg+xml": svg, "text/html": self._captioned(picture),
            "text/plain": f"{self.title}\n{self.alt}",
        }  # fmt: skip

    def draw(self) -> str:
        """The SVG text, drawn once for each language. A page makes a PNG of it when asked, `export` writes the rest."""
        key = language()
        if key not in self._drawn or current().prints:
            self._drawn[key] = self._draw()
        return self._drawn[key]

    def _draw(self):
        """The picture, in the language of the report; a note is added where characters have no glyph."""
        from .pictures import svg_text

        constrained = self.figure.get_layout_engine() is not None
        with warnings.catch_warnings(record=True) as said, house_style():
            warnings.simplefilter("always")
            if language() != "en" and has_chinese():
                say_figure(self.figure)
            elif language() != "en" and NO_CHINESE_FONT not in self.notes:
                self.notes = [*self.notes, NO_CHINESE_FONT]
            picture = svg_text(self.figure, self._area())
            if current().prints:
                from .prints import write_prints

                write_prints(self.figure, self.name, constrained, current().prints)
        if any("missing from font" in str(w.message) for w in said) and NO_GLYPH not in self.notes:
            self.notes = [*self.notes, NO_GLYPH]
        return picture


@dataclass
class Missing:
    """A part of a section that this cohort cannot give, and what it would need."""

    reason: str

    def _repr_mimebundle_(self, include=None, exclude=None):
        text = f"Not available: {self.reason}"
        return {
            MIME: {"kind": "missing", "reason": self.reason},
            "text/html": f"<p><i>{escape(text)}</i></p>",
            "text/plain": text,
        }


@dataclass
class Note:
    """A sentence of the report made from the data."""

    text: str
    key: list = field(default_factory=list)

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {
            MIME: {"kind": "note", "text": self.text, "key": [[*map(say, k)] for k in self.key]},
            "text/html": f"<p>{escape(self.text)}</p>",
            "text/plain": self.text,
        }


def show(*displays):
    """Show display objects in the notebook, one after the other; lists are opened."""
    from IPython.display import display

    for item in displays:
        if isinstance(item, list | tuple):
            show(*item)
        else:
            display(item)


@contextmanager
def where_available():
    """Run the block if the cohort has what it needs; otherwise show one sentence on what is missing."""
    try:
        yield
    except NotAvailable as reason:
        show(Missing(str(reason)))
