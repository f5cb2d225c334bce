"""Display objects: a table or figure with caption, notes and the unrounded numbers behind it.

In a notebook they show as HTML or SVG; a second MIME bundle carries the rest to the report (report/collect.py).
"""

import re
import warnings
from base64 import b64encode
from dataclasses import dataclass, field, replace
from html import escape

import pandas as pd

from ..context import current
from ..release import is_strict
from ..results import Result, frame_of, ledger_rows
from ..text.bundle import MIME, data_bundle
from ..text.language import language, say, spaced
from .held import HELD, plain_table, told
from .standing import endpoint_notes
from .style import find_layout, has_chinese, house_style

NO_CHINESE_FONT = "The labels of this figure stay in English: no font of this machine has Chinese characters."
NO_GLYPH = (
    "Boxes stand for characters that no font of this machine has: install one, such as Noto Sans CJK, and run again."
)
COUNTS = re.compile(r"(?<![A-Za-z\d_-])\d+(?![A-Za-z\d_-])")  # a number by itself, which may be one of patients
LONG, VERY_LONG = 25, 90  # characters from which a cell may be broken into lines, and from which it is kept wide


@dataclass
class Shown:
    """A table, figure or sentence of a report with an id, made of results.

    id : what it is called in checklists and links, such as survival.medians; `of` tells those of one id apart; by : the
    factor that it is about, if it is about one.
    title, notes : messages in the language of the run. results : the numbers behind it. key : (label, text) lines for
    the key-results box. `frame` gives the numbers to look into.
    """

    title: str = ""
    notes: list = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    key: list = field(default_factory=list)
    id: str = ""
    of: str = ""
    by: str = ""

    @property
    def frame(self) -> "Numbers":
        """The numbers behind it, unrounded: a row a result."""
        return Numbers(frame_of(self.results))

    def _payload(self, **more):
        return {
            "id": self.id,
            "of": self.of,
            "by": self.by,
            "title": say(self.title),
            "notes": self._noted(),
            "results": ledger_rows(self.results),
            "key": [[*map(say, k)] for k in self.key],
            **more,
        }

    def _noted(self) -> list[str]:
        """Its notes, and what is not determined of its endpoints."""
        return [spaced(str(n), language()) for n in [*self.notes, *endpoint_notes(self)] if n]

    def _captioned(self, body):
        notes = "".join(f"<p>{escape(n)}</p>" for n in self._noted())
        return (
            f"<figure><figcaption><b>{escape(say(self.title))}</b></figcaption>{body}<div"
            f' class="notes">{notes}</div></figure>'
        )


class Numbers(pd.DataFrame):
    """A frame of results as a section shows it; what pandas makes of it is an ordinary frame."""

    @property
    def _constructor(self):
        return pd.DataFrame

    def _repr_mimebundle_(self, include=None, exclude=None):
        if is_strict():  # with a page of its own: IPython asks pandas for each form that is not given
            return {MIME: {"kind": "numbers", "rows": 0}, "text/html": _sentence(say(HELD)), "text/plain": say(HELD)}
        return {
            MIME: {"kind": "numbers", "rows": len(self)},
            "text/html": self.to_html(index=False),
            "text/plain": self.to_string(index=False),
        }


@dataclass
class Data:
    """Rows of patients as a section shows them: how many, and what they are."""

    rows: pd.DataFrame
    caption: str

    def _repr_mimebundle_(self, include=None, exclude=None):
        return data_bundle(self.rows, self.caption)


@dataclass
class Table(Shown):
    """columns : header texts; rows : cells as text; indent : level of each row's first cell; spans : (label, n columns)
    of an upper header row. A row above an indented one heads its block; blocks : the column that each block is about,
    in their order, where a table has one for each factor."""

    columns: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    indent: list = field(default_factory=list)
    spans: list = field(default_factory=list)
    blocks: list = field(default_factory=list)

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
        if is_strict():
            plain = plain_table(self)
            return _held(self) if plain is None else plain._bundle()
        return self._bundle()

    def _bundle(self):
        shown = self._in_language()
        payload = shown._payload(kind="table", html=shown.html(), columns=shown.columns, rows=shown.rows)
        payload |= {"indent": shown.indent, "spans": [list(span) for span in shown.spans], "blocks": shown.blocks}
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
class Figure(Shown):
    """A drawn figure. `alt` says in words what it shows; `name` becomes the file name; `whole`: the drawing keeps
    within its canvas, and nothing is measured; `coarse`: it draws nothing but what strict lets out; `curves_of`: the
    endpoints whose curves over all patients a drawing of several parts holds."""

    figure: object = None
    alt: str = ""
    name: str = "figure"
    whole: bool = False
    coarse: bool = False
    curves_of: tuple = ()
    _covered: object = None
    _drawn: dict = field(default_factory=dict)  # {language: SVG text}

    def _area(self):
        """What the drawing covers, in inches; the layout is found once and then kept."""
        if self.figure.get_layout_engine() is not None:
            find_layout(self.figure)
            self.figure.set_layout_engine(None)  # "none" would leave a placeholder, for which every saving draws twice
        if self._covered is None:
            self._covered = (self.figure.bbox_inches if self.whole else self.figure.get_tightbbox()).padded(0.05)
        return self._covered

    def _repr_mimebundle_(self, include=None, exclude=None):
        if is_strict() and not self.coarse:
            return _held(self)
        svg = self.draw()
        width, height = (round(96 * inches) for inches in self.figure.get_size_inches())
        picture = (
            f'<img alt="{escape(self.alt)}" width="{width}"'
            f' src="data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}">'
        )
        said = {"alt": spaced(str(self.alt), language()), "curves_of": list(self.curves_of)}
        payload = self._payload(kind="figure", name=self.name, width=width, height=height, **said)
        return {
            MIME: payload,
            "image/svg+xml": svg,
            "text/html": self._captioned(picture),
            "text/plain": f"{self.title}\n{self.alt}",
        }

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
            if language() != "en" and not has_chinese() and NO_CHINESE_FONT not in self.notes:
                self.notes = [*self.notes, NO_CHINESE_FONT]
            picture = svg_text(self.figure, self._area())
            if current().prints:
                from .prints import write_prints

                write_prints(self.figure, self.name, constrained, current().prints, current().every_form)
        if any("missing from font" in str(w.message) for w in said) and NO_GLYPH not in self.notes:
            self.notes = [*self.notes, NO_GLYPH]
        return picture


@dataclass
class Missing:
    """A part of a section that this cohort cannot give, and what it would need.

    Whatever is asked of it is missing too, for the same reason; a report says the reason once under a heading.
    """

    reason: str

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return self

    def __getitem__(self, key):
        return self

    def __iter__(self):
        return iter(())

    def _repr_mimebundle_(self, include=None, exclude=None):
        held = is_strict() and COUNTS.search(self.reason)  # of how many patients
        reason = say(HELD) if held else say(self.reason)
        text = f"{say('Not available:')} {reason}"
        return {
            MIME: {"kind": "missing", "reason": reason},
            "text/html": f"<p><i>{escape(text)}</i></p>",
            "text/plain": text,
        }


@dataclass
class Note(Shown):
    """A sentence of the report made from the data."""

    text: str = ""

    def _repr_mimebundle_(self, include=None, exclude=None):
        if is_strict() and self.text != say(HELD):
            return _held(self)
        return {
            MIME: self._payload(kind="note", text=spaced(str(self.text), language())),
            "text/html": _sentence(self.text),
            "text/plain": self.text,
        }


def _sentence(text) -> str:
    return f"<p>{escape(text)}</p>"


def _held(shown):
    """The bundle of what is not told; the numbers that may be told stay in the ledger."""
    results = told(shown.results)
    return Note(id=shown.id, of=shown.of, by=shown.by, text=say(HELD), results=results)._repr_mimebundle_()


def show(*displays):
    """Show display objects in the notebook, one after the other; lists are opened."""
    from IPython.display import display

    for item in displays:
        if isinstance(item, list | tuple):
            show(*item)
        elif item is not None:
            display(item)
