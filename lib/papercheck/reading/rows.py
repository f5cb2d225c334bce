"""The rows of a table: which label stands under which block, from indents, bold print, empty cells, or words."""

import re
from dataclasses import dataclass

from .columns import Column
from .document import Cell, Table
from .mentions import endpoint_mentions
from .signs import plain

OWN_UNIT = re.compile(r"n\s*\(%\)|\(%\)|,\s*%$|mean|median|中位|均数|years?\)?$|\bmonths?\b", re.I)
ANSWER = re.compile(
    r"(?:yes|no|unknown|male|female|men|women|others?|none|missing|positive|negative|high|low|[<>≤≥]|\d|never"
    r"|ever|former|current|I{1,3}V?\b|IV|stage|无|有|是|否|男|女|未知)",
    re.I,
)
REFERENCE = re.compile(
    r"(?:1(?:\.0+)?\s*)?\(?(?:ref(?:erence)?\.?(?: group)?|referent|对照|参照)\)?|1(?:\.0+)?\s*\(ref.*\)|1|1\.0+", re.I
)


TEST_ROW = re.compile(
    r"(?:(?:log-?rank|(?:one|two|1|2)-(?:sided|tailed)) )?P(?:[- ]?values?|值)?|(?:(?:stratified|adjusted"
    r"|unadjusted) )?(?:HR|hazard ratio|OR|odds"
    r" ratio|风险比)"
    r"(?: ?[,(] ?\d\d ?% ?CI ?\)?)?",
    re.I,
)


OF_OUTCOME = re.compile(
    r"(?:(?:no\.?|number) of )?events?\b|median (?!age)|\d+[- ]?(?:month|mo|year)|HR\b|hazard|P\b", re.I
)


@dataclass(frozen=True)
class Row:
    """One row with its path of labels: the blocks above, then its own."""

    path: tuple[str, ...]
    cells: tuple[Cell, ...]
    index: int

    @property
    def label(self) -> str:
        return self.path[-1] if self.path else ""

    @property
    def block(self) -> str:
        return self.path[-2] if len(self.path) > 1 else ""


def rows_of(table: Table, columns: list[Column]) -> list[Row]:
    """The rows below the head with their paths; a row that heads
    a block stands among them if it holds a P or a number.
    """
    body = [(i, r) for i, r in enumerate(table.rows) if i >= table.heads and any(c.text for c in r)]
    labels = label_columns(table, columns)
    indented = len({r[0].indent for _, r in body}) > 1
    stack: list[tuple[int, str]] = []
    made: list[Row] = []
    for k, (i, row) in enumerate(body):
        own = tuple(dict.fromkeys(row[j].text for j in labels if row[j].text))
        if not own:
            own = ()
        heads_block = _heads_block(row, columns, labels)
        level = row[0].indent
        if indented:
            stack = [(at, text) for at, text in stack if at < level]
        elif heads_block or _ends_block(own, row, stack, body, columns):
            stack = []
        path = tuple(text for _, text in stack) + own
        above = _outcome_above(made) if len(path) == 1 and TEST_ROW.fullmatch(plain(own[-1])) else ""
        path = (above, *path) if above else path
        if len(set(row[j].text for j in range(len(row)))) == 1 and row[0].text and len(row) > 2:
            stack = [(level, row[0].text)] if indented else [(0, row[0].text)]
            continue
        made.append(Row(path, row, i))
        follows = indented and k + 1 < len(body) and body[k + 1][1][0].indent > level
        if own and (heads_block or follows):
            stack.append((level, own[-1]))
    return made


def _outcome_above(made):
    """The outcome that a row of a ratio or P is of: the row above, or the one above other such rows."""
    last = next((r.label for r in reversed(made) if not TEST_ROW.fullmatch(plain(r.label))), "")
    return last if endpoint_mentions(plain(last)) else ""


def label_columns(table: Table, columns: list[Column]) -> list[int]:
    """The first column, and a second one that prints levels beside
    it (Sex | Male | 9): words, or below one label several.
    """
    body = table.rows[table.heads :]
    if len(columns) < 3 or columns[1].role not in ("value", "label", "events") or columns[1].group and columns[1].n:
        return [0]
    second = [plain(r[1].text).strip() for r in body if r[1].text]
    if second and columns[1].head and LEVELS.fullmatch(plain(columns[1].head[-1])):
        return [0, 1]
    if any(RESULT.search(t) for t in second) or columns[1].ratio:
        return [0]
    if columns[1].role == "events" and any(t[:1].isdigit() for t in second):
        return [0]
    wordy = [t for t in second if not re.match(r"[-<>≤≥]?\s*\.?\d", t) and not re.fullmatch(r"-|N[REA]", t)]
    parted = sum(a[0].text == b[0].text or not b[0].text for a, b in zip(body, body[1:], strict=False))
    both = columns[1].head and second and len(wordy) >= 0.6 * len(second)
    return [0, 1] if both or second and parted >= 0.5 * (len(body) - 1) and len(wordy) >= 0.3 * len(second) else [0]


LEVELS = re.compile(r"(?:levels?|categor(?:y|ies)|class(?:es)?|groups?|subgroups?|分类|分组|水平)", re.I)
RESULT = re.compile(r"\d\s*[(\[]\s*\d|\d\s*%\s*[(\[]|\d/\d|\d\s*±")


def _heads_block(row, columns, labels):
    """A row with a label and no number but in a column of P or test."""
    others = [c for j, c in enumerate(row) if j not in labels and columns[j].role not in ("p", "test", "smd")]
    return bool(row[0].text) and not any(
        re.search(r"\d|^\s*(?:-|N[RAE])\s*$|\bref", plain(c.text), re.I) for c in others
    )


def _ends_block(own, row, stack, body, columns):
    """Without indents a block ends where a label carries its own unit, or is bold while the block's members are not."""
    if not stack or not own:
        return False
    label = plain(own[-1])
    if OF_OUTCOME.match(label) and any(m.kind == "time" for m in endpoint_mentions(plain(stack[-1][1]))):
        return False
    if OWN_UNIT.search(label) and not ANSWER.match(label):
        return not re.match(r"(?:mean|median|range|中位)", label, re.I)
    first = next((r for _, r in body if r[0].text == stack[-1][1]), None)
    if first is None:
        return False
    if first[0].bold and row[0].bold:
        return True
    tests = [j for j, c in enumerate(columns) if c.role == "p"]
    return bool(tests) and all(row[j].text.strip() for j in tests) and any(first[j].text.strip() for j in tests)


def is_reference(cell: Cell) -> bool:
    """Whether a cell says that its row is the one that others are compared with."""
    return bool(REFERENCE.fullmatch(plain(cell.text).strip()))
