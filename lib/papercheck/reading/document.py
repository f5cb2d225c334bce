"""What every file is made into before it is read: sentences
in their sections, tables of cells, and what was not read.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sentence:
    """One sentence as printed. `section` is the path of headings; `cites` says that it cites a reference."""

    text: str
    zone: str
    section: tuple[str, ...] = ()
    in_abstract: bool = False
    cites: bool = False
    place: str = ""

    @property
    def where(self) -> str:
        """As a person looks it up: `abstract: Results`, `text: Results > Efficacy`, `figure 1 caption`."""
        if self.place:
            return self.place
        head = "abstract" if self.in_abstract else "text"
        return f"{head}: {' > '.join(self.section)}" if self.section else head


@dataclass(frozen=True)
class Cell:
    """One cell of a table; one that spans several places stands at each. `printed`: with the marks of its notes."""

    text: str = ""
    indent: int = 0
    bold: bool = False
    head: bool = False
    printed: str = ""

    @property
    def evidence(self) -> str:
        """The cell as the paper prints it."""
        return self.printed or self.text


@dataclass(frozen=True)
class Table:
    """A table. `rows` is a full grid of cells; the first `heads` rows are its head."""

    label: str
    caption: str
    rows: tuple[tuple[Cell, ...], ...]
    heads: int
    notes: tuple[str, ...] = ()
    zone: str = "results"
    page: int | None = None


@dataclass(frozen=True)
class AtRisk:
    """The numbers at risk below a figure: times of the axis, and one row of counts for each group."""

    label: str
    caption: str
    times: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Unread:
    """A part of a file that was not read, and what the person can do."""

    place: str
    what: str
    action: str


def pictured(label: str) -> Unread:
    """A table that stands in the file as a picture."""
    action = "Type its numbers into a sheet (docx or text) and give it as a supplement."
    return Unread(label.lower() or "table", "the table is a picture", action)


@dataclass
class Document:
    """One paper, or a supplement of it."""

    name: str
    title: str = ""
    sentences: list[Sentence] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    at_risk: list[AtRisk] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
