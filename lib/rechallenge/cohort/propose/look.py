"""Files as a person has them: every sheet with its cells, what was left out, and what the file says of its columns."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from papercheck.files.findings import Finding, Message, shown

from ..declare.source import identifiers, written_cells
from ..read.colours import colour_columns, colours_told, legend_of_colours
from ..read.column_names import groups_of
from ..read.grid import area_text, column_letter, turned
from ..read.layout import NO_ROWS, Layout, find_layout, frame_of
from ..read.left_out import TOTALS, LeftOut, not_patients
from ..read.readers import BOOKS, NOT_READ, READ, TEXT, formula_faults, how_to_save, kind_of, read_grids, read_stored
from ..read.statfile import CATALOG
from .identified import id_column
from .questions import Noticed
from .words import is_legend, legend_in

SURE_LINES = (TOTALS, "a note", "the names of the columns again")


AGAIN = "the same in every cell as a line above"


TWICE = re.compile(r" \(column \d+\)$")  # how a name that stands twice is told from the first


MOST_SAID = 8  # cells that are named one by one


LARGE = 20_000  # rows above which lines are not looked at one by one


@dataclass(frozen=True)
class Asked:
    """What a person asks for beside what is found: `--sheet`, `--header` (one line or two), `--rows` (first, last).

    of : the sheet that header and rows are of, where several are read; the first one that holds something, if none is
        named.
    """

    sheet: str = ""
    header: tuple = ()
    rows: tuple = ()
    of: str = ""

    def lines_at(self, grid, grids) -> "Asked":
        """What is asked of one sheet among those of a file."""
        own = self.sheet or self.of or next((g.sheet for g in grids if g.rows and not g.hidden), "")
        return self if grid.sheet == own else Asked(self.sheet)


@dataclass(frozen=True)
class Part:
    """Another sheet whose `columns` stand beside those of the
    first, patient by patient; `rows` : those that are taken.
    """

    sheet: "Sheet"
    by: str
    columns: tuple
    rows: dict = field(default_factory=dict)
    first: tuple = ()  # of several visits a patient: columns of which the first filled one is read,
    last: tuple = ()  # of which the last one is,
    order: str = ""  # and the date of the visit


@dataclass
class Sheet:
    """One table of one file. `cells` are text ('' where empty); `labels`, `codes`, `groups` and `missing` by column.

    `header` : lines of the names where it is not the first alone; `first`, `last` : lines of patients; `left_out` :
    lines that are none; `omit` : those among the patients; `beyond` : what the eye sees and the cells do not say;
    `counts_from` : the year that an Excel workbook counts its days from; `id` : the column of the identifiers.
    """

    path: Path
    frame: pd.DataFrame
    sheet: str = ""
    header: tuple = ()
    first: int = 0
    last: int = 0
    labels: dict = field(default_factory=dict)
    groups: dict = field(default_factory=dict)
    codes: dict = field(default_factory=dict)
    missing: dict = field(default_factory=dict)
    left_out: list = field(default_factory=list)
    omit: list = field(default_factory=list)
    kept_out: set = field(default_factory=set)
    hidden: list = field(default_factory=list)
    struck: list = field(default_factory=list)
    beyond: list = field(default_factory=list)
    counts_from: str = ""
    id: str = ""
    block: int = 0
    title: str = ""
    titles: list = field(default_factory=list)  # the lines above the names
    followed: bool = False
    ici_rows: dict = field(default_factory=dict)  # how rows of lines of therapy are numbered, as in cohort.yml
    lesions: dict = field(default_factory=dict)  # how rows of single lesions are summed, as in cohort.yml
    once: tuple = ()  # of a sheet that repeats the patient in each row: the columns that are of the patient
    called: str = ""  # what the names of its columns begin with: the course that a person said
    whole: pd.DataFrame | None = None
    coloured: pd.DataFrame | None = None  # the colours of its lines and cells as columns
    legend: dict = field(default_factory=dict)  # {name of a colour: what a note says that it means}
    colours: bool = False  # whether these columns are read
    parts: list = field(default_factory=list)
    below: list = field(default_factory=list)
    fill_down: bool = False  # a line without an identifier is of the patient above
    apart: bool = False
    formats: dict = field(default_factory=dict)  # {column: format of SAS, whose labels a catalog holds}
    merged: list = field(default_factory=list)  # lines of one patient that are read as one
    signs: dict = field(default_factory=dict)  # {column of numbers: column of the signs beside them}
    events: dict = field(default_factory=dict)  # {event of an export: its course}
    assessed: dict = field(default_factory=dict)  # {table: Assessments} of an export whose events are visits
    courses: object = None  # how rows of courses were put side by side, and the rows as they were
    rows_of_courses: pd.DataFrame | None = None
    told: tuple = ()  # columns of a sheet of visits that tell of the patients, its date apart
    visits: str = ""  # of a sheet of visits: why it is no table of its own, an entry of `reasons`
    placed: dict = field(default_factory=dict)  # {column: column of the dictionary}, known from another question
    date_parts: dict = field(default_factory=dict)  # {date: its columns of year, month and day}
    as_visits: tuple = ()  # columns of responses that a person calls assessments
    wide: tuple = ()  # columns of responses of a visit each, as find_visits gives them
    wide_sums: tuple = ()  # columns of sums of lesions of a visit each, as find_sums gives them
    adverse: tuple = ()  # adverse events in columns of the patients, as find_events gives them
    around: tuple = ()  # the lines of the sheet that are no patients, as text
    shared: bool = False  # whether a sheet of another file is called so too
    turned: bool = False  # whether the patients stood in columns
    items: dict = field(default_factory=dict)  # how rows of items became columns, as in cohort.yml
    rule: dict = field(default_factory=dict)  # how rows are made of such columns: `visits` or `events` in cohort.yml

    @property
    def place(self) -> str:
        """File and sheet, as findings name them."""
        place = f"{self.path.name}[{self.sheet}]" if self.sheet else self.path.name
        return f"{place} from line {self.header[0]}" if self.block else place

    @property
    def key(self) -> str:
        """What the ids of questions on this sheet begin with."""
        name = f"{self.path.name}[{self.sheet}]" if self.shared and self.sheet else self.sheet or self.path.name
        return f"{name}{f'@{self.header[0]}' if self.block else ''}"

    def cells(self, column) -> pd.Series:
        """The cells of a column as text, '' where empty."""
        return identifiers(self.frame[column]) if column == self.id else written_cells(self.frame[column])

    def label(self, column) -> str:
        """What the file calls a column beside its name, or ''."""
        return self.labels.get(column, "")

    def restore(self):
        """Take every line as it is."""
        if self.whole is not None:
            self.frame, self.left_out, self.omit = self.whole, [], []

    def drop(self, lines, odd=True):
        """Take lines out of the table: they are no patients. odd : they look like none; others are named in cohort.yml
        wherever they stand.
        """
        inside = [line for line in lines if line in self.frame.index]
        self.frame = self.frame.drop(index=inside)
        if len(self.frame) and self.first:
            self.first, self.last = int(self.frame.index[0]), int(self.frame.index[-1])
        self.kept_out |= set() if odd else set(inside)
        self.omit = sorted(x for x in {*self.omit, *inside} if self.first < x < self.last or x in self.kept_out)


def columns_of_event(event) -> list:
    """The columns of an adverse event, as find_events gives it."""
    return [event[key] for key in ("term", "grade", "start") if key in event]


def expand(paths) -> tuple[list[Path], list[Finding]]:
    """The files meant: folders stand for the files in them that
    can be read. Findings: what is not there or not read.
    """
    files, faults = [], []
    for path in map(Path, paths):
        if path.is_dir():
            inside = [p for p in sorted(path.iterdir()) if p.is_file() and not p.name.startswith((".", "~$"))]
            files += [p for p in inside if kind_of(p) in (*READ, CATALOG) and p.name.lower() != "readme.txt"]
            if not any(kind_of(p) in READ for p in inside):
                faults.append(
                    Finding(
                        str(path),
                        "no file in it that can be read",
                        Message("Readable: {words}.", words=", ".join(READ)),
                    )
                )
        elif not path.is_file():
            faults.append(Finding(str(path), "there is no such file", "Check the path."))
        elif kind_of(path) not in (*READ, CATALOG):
            faults.append(Finding(path.name, NOT_READ, how_to_save(kind_of(path))))
        else:
            files.append(path)
    names = [p.name.lower() for p in files]
    for path in files:
        if names.count(path.name.lower()) > 1 and not any(f.file == path.name for f in faults):
            rule = "two files are called so"
            faults.append(Finding(path.name, rule, "Rename one: the cohort keeps all its files in one folder."))
    return files, faults


def take_labels(sheets, catalog):
    """Give the columns of data sets of SAS the labels of a catalog. catalog : as read_catalog gives it."""
    for sheet in sheets:
        for column, name in sheet.formats.items():
            if catalog.get(name):
                sheet.codes.setdefault(column, catalog[name])


def look_at(path, asked=Asked()) -> tuple[list[Sheet], list[Finding]]:  # noqa: B008
    """The sheets of one file that hold rows, and what is wrong with the file."""
    kind = kind_of(path)
    if kind not in (*BOOKS, *TEXT):
        return _stored(path)
    grids, faults = read_grids(path)
    sheets = []
    for grid in grids:
        if asked.sheet and grid.sheet and grid.sheet != asked.sheet:
            continue
        if grid.hidden and grid.sheet != asked.sheet:
            if grid.rows:
                rule = Message("the sheet {sheet} is hidden and not read", sheet=shown(grid.sheet))
                action = Message("To read it, unhide it, or say --sheet {sheet}.", sheet=shown(grid.sheet))
                faults.append(Finding(path.name, rule, action, severity="warning"))
            continue
        found, more = _tables(path, grid, asked.lines_at(grid, grids))
        sheets += found
        faults += more
    if asked.sheet and not any(g.sheet == asked.sheet for g in grids) and kind in BOOKS:
        from papercheck.files.findings import did_you_mean

        faults.append(
            Finding(
                path.name,
                Message("there is no sheet {sheet}", sheet=asked.sheet),
                did_you_mean(asked.sheet, [g.sheet for g in grids]),
            )
        )
    if not sheets and not any(f.severity == "error" for f in faults):
        faults.append(Finding(path.name, "no sheet holds rows", "Fill one in."))
    return sheets, faults


def turned_sheets(sheet) -> tuple[list[Sheet], list[Finding]]:
    """The tables of a sheet whose patients stand in columns, turned, and what is wrong with its cells."""
    grid = next(g for g in read_grids(sheet.path)[0] if g.sheet == sheet.sheet)
    found, faults = _tables(sheet.path, turned(grid), Asked())
    for each in found:
        each.turned, each.shared = True, sheet.shared
    return found, faults


def _stored(path) -> tuple[list[Sheet], list[Finding]]:
    """A file of stored columns as a sheet, without its rows of totals."""
    frame, faults, labels = read_stored(path)
    if frame is None or not len(frame):
        return [], faults
    found = Sheet(path, frame, id=id_column(frame, labels.columns if labels else {}))
    if labels:
        found.labels, found.codes, found.missing = dict(labels.columns), dict(labels.values), dict(labels.missing)
        found.formats = dict(labels.formats)
    if found.id and len(frame) <= LARGE:
        words = frame.apply(written_cells).astype(object)
        totals = [e for e in not_patients(words.where(words != "", None), found.id) if e.why == TOTALS]
        found.whole, found.left_out = frame, totals
        found.drop([entry.line for entry in totals], odd=False)
    return [found], faults


def _tables(path, grid, asked) -> tuple[list[Sheet], list[Finding]]:
    """The tables of one sheet, one below the other."""
    sheets, faults, start = [], [], 0
    while True:
        layout = _asked_layout(grid, asked) if asked.header or asked.rows else find_layout(grid, start)
        if not layout.header:
            break
        plainly = grid.exact and not layout.titles and len(layout.header) == 1
        frame, more = frame_of(grid, layout, strict=plainly, again=True)
        nothing = all(f.rule == NO_ROWS for f in more) and more and len(grid.rows) < 3 and grid.sheet
        faults += [] if nothing else [f for f in more if not (start and f.rule == NO_ROWS)]
        if frame is not None and len(frame):
            faults += formula_faults(grid, layout, frame)
            sheets.append(_sheet(path, grid, layout, frame, len(sheets)))
        if not layout.next or asked.rows:
            break
        start = layout.next
    faults = _without_left_out(faults, sheets, grid)
    return sheets, faults


def _without_left_out(faults, sheets, grid):
    """The faults of cells, without those in lines that are no patients: totals, notes, and formulas alone."""
    out = {entry.line for s in sheets for entry in s.left_out}
    alone = {entry[0] for entry in grid.formulas} - set(grid.lines)
    return [f for f in faults if f.row not in out | alone]


def _asked_layout(grid, asked) -> Layout:
    found = find_layout(grid)
    header = asked.header or found.header
    below = [line for line in grid.lines if line > header[-1]]
    first, last = asked.rows or (found.first if not asked.header else 0, found.last)
    first = first or (below[0] if below else 0)
    return Layout(tuple(header), (), first, last or (below[-1] if below else 0), titles=found.titles)


def _sheet(path, grid, layout, frame, block) -> Sheet:
    plainly = layout.header == (grid.lines[0],)
    written = [" ".join(c.split()) for c in grid.line(layout.header[-1]) if c]
    twice = len(set(written)) < len(written)  # a name that stands twice is declared as seen
    header = () if plainly and not layout.labels and not block and not twice else layout.header
    found = Sheet(path, frame, grid.sheet, header, layout.first, layout.last, counts_from=grid.counts_from, block=block)
    found.followed, found.titles = bool(layout.next), layout.titles
    before = [row for line, row in zip(grid.lines, grid.rows, strict=True) if line < layout.header[0]]
    found.title = (
        next(iter(c for c in before[-1] if c), "") if block and before and sum(map(bool, before[-1])) == 1 else ""
    )
    groups = groups_of(grid, layout.header)
    names = list(frame.columns)
    found.groups = {names[i]: group for i, group in groups.items() if i < len(names) and group != names[i]}
    _put_labels(found, grid, layout.labels, names)
    found.id, found.whole = id_column(frame, found.labels), frame
    if len(frame) <= LARGE:
        found.left_out = [*not_patients(frame, found.id or names[0]), *_again(frame, found.id)]
    found.hidden = sorted(grid.hidden_lines & set(frame.index))
    found.struck = sorted(grid.struck_lines & set(frame.index))
    again = {e.line for e in found.left_out if e.why == AGAIN}
    found.drop(again, odd=False)
    found.drop([entry.line for entry in found.left_out])
    inside, around = set(found.frame.index), zip(grid.lines, grid.rows, strict=True)
    found.around = tuple(" | ".join(c for c in row if c) for line, row in around if line not in inside)
    _beyond(found, grid, names)
    return found


def _put_labels(found, grid, lines, names):
    """What the lines below the names, the comments and the legends say of each column."""
    for line in lines:
        for i, text in enumerate(grid.line(line)[: len(names)]):
            if text:
                found.labels[names[i]] = " ".join(filter(None, (found.labels.get(names[i]), shown(text))))
    for texts in grid.comments[:1]:
        if len(texts) == len(names):
            found.labels = {n: shown(t) for n, t in zip(names, texts, strict=True) if t} | found.labels
    for name in names:
        label = found.labels.get(name, "")
        legend = legend_in(name) or legend_in(label) or (legend_in(f"({label})") if is_legend(label) else {})
        held = {c.removesuffix(".0") for c in found.frame[name].dropna()}
        if legend and held & set(legend):
            found.codes[name] = legend | {f"{code}.0": said for code, said in legend.items()}


def _again(frame, key) -> list:
    """The lines that say of a patient what a line above says, cell by cell, on a sheet with one row a patient."""
    if not key or frame.shape[1] < 3:
        return []
    twice = frame.duplicated() & frame[key].notna() & (frame.notna().sum(axis=1) > 2)
    rest = frame.loc[~twice, key].dropna()
    if not twice.any() or rest.duplicated().any():
        return []
    return [LeftOut(int(i), AGAIN, shown(str(frame.at[i, key]))) for i in frame.index[twice]]


def _beyond(sheet, grid, names):
    """Notes on what the eye sees: titles are plain, but hidden columns, colours and strays must be said."""
    lines = set(sheet.frame.index)
    hidden = [names[i] for i in sorted(grid.hidden_columns) if i < len(names)]
    if hidden:
        sheet.beyond.append(Noticed("hidden", ", ".join(map(shown, hidden[:8]))))
    for line, column, text in grid.strays:
        sheet.beyond.append(Noticed("far", f"{column_letter(column)}{line} ({shown(text)})"))
    for kind, found in (("remarks", grid.remarks), ("struck", grid.struck_cells)):
        there = [f"{column_letter(c)}{line} ({shown(text)})" for line, c, text in found if line in lines]
        if there:
            more = f" +{len(there) - MOST_SAID}" if len(there) > MOST_SAID else ""
            sheet.beyond.append(Noticed(kind, ", ".join(there[:MOST_SAID]) + more))
    sheet.coloured = colour_columns(sheet.frame, grid.colours)
    if len(sheet.coloured.columns):
        said = " ".join(colours_told(sheet.coloured).split())
        texts = [*sheet.around, *names, *(text for *_, text in grid.remarks)]
        told, sheet.legend = [t for t in texts if COLOUR.search(t)], legend_of_colours(texts)
        note = shown(told[0]) if told else ""
        sheet.beyond.append(Noticed("colours told", f"{said}; {note}") if told else Noticed("colours", said))
    merged = [a for a in grid.merged if a[0] in lines and a[2] > a[0]]
    if merged:
        areas = ", ".join(area_text(a) for a in merged[:4])
        sheet.beyond.append(Noticed("merged", areas))
    other = _another_beside(sheet.frame)
    if other:
        sheet.beyond.append(Noticed("beside", ", ".join(map(shown, other[:8]))))
        sheet.frame, sheet.whole = sheet.frame.drop(columns=other), sheet.whole.drop(columns=other)
    unnamed = [n for n in sheet.frame.columns if NAMELESS.fullmatch(n)]
    if unnamed and not sheet.id and sheet.frame[unnamed[0]].notna().all() and sheet.frame[unnamed[0]].is_unique:
        sheet.id = unnamed.pop(0)  # R writes the names or numbers of the rows so
    if held := [n for n in unnamed if sheet.frame[n].notna().any()]:
        sheet.beyond.append(Noticed("unnamed", ", ".join(held[:8])))
    if unnamed:
        sheet.frame, sheet.whole = sheet.frame.drop(columns=unnamed), sheet.whole.drop(columns=unnamed)


COLOUR = re.compile(  # of a note that says what a colour means
    r"\b(?:red(?! (?:blood )?cell)|yellow|green|blue|grey|gray|orange|purple|pink|colou?rs?|colou?red"
    r"|highlight\w*|shaded)\b|"
    r"\b(?:rot|rote?[nrs]?|gelbe?|grün|grüne?|blau|grau|farbe?n?|farbig|rouges?|jaunes?|verts?|bleus?|rojos?"
    r"|amarill[oa]s?|"
    r"verdes?|azul(?:es)?)\b|[红紅黄綠绿蓝藍灰橙紫粉](?:色|底|字)|标[红黄绿蓝]|涂[红黄绿蓝]|颜色|底色",
    re.IGNORECASE,
)


NAMELESS = re.compile(r"\(column \d+\)")


MOST_BESIDE = 0.75  # share of the lines that a table beside the patients fills at most


def _another_beside(frame) -> list:
    """The columns of another table that stands beside that of the patients: behind a blank column, and all of them
    filled on the same first lines alone."""
    names, found = list(frame.columns), []
    blank = [i for i, n in enumerate(names) if NAMELESS.fullmatch(n) and frame[n].isna().all()]
    for place in blank:
        block = names[place + 1 :]
        block = block[: next((k for k, n in enumerate(block) if NAMELESS.fullmatch(n)), len(block))]
        held = frame[block].notna()
        n = int(held.iloc[:, 0].sum()) if block else 0
        if (
            len(block) > 1
            and 0 < n <= MOST_BESIDE * len(frame)
            and held.iloc[:n].all(axis=None)
            and not held.iloc[n:].any(axis=None)
        ):
            found += block
    return found
