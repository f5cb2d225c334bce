"""Sheets whose rows are no patients: patients in columns, and a row for each item. They are turned, and it is asked."""

import re
from itertools import groupby
from types import SimpleNamespace

from papercheck.files.findings import CohortError, Finding, Message, shown

from ..read.items import faults_of_items, items_as_columns
from ..read.readers import BOOKS, TEXT, kind_of
from .identified import id_column
from .look import turned_sheets
from .match import NAMED, candidates_of
from .questions import about

ITEM = re.compile(
    r"(item|variable|field|question|parameter|param)[ _]?(name|label|oid|id|code|cd)?|(test)[ _]?(name|code|cd)|"
    r"(项目|变量|指标|字段|参数)(名称?)?",
    re.IGNORECASE,
)
VALUE = re.compile(
    r"(item)?[ _]?(value|result|answer)[ _]?(text|c|n)?|(项目)?(结果|数值|取值|值|内容|答案)", re.IGNORECASE
)
MOST = 0.6  # share of the cells that must be names of columns
SAID = 4  # names that are told


def _called(name) -> bool:
    return any(s >= NAMED - 2 for s, _ in candidates_of(((name, "name"),), "adsl").values())


def ask_turned(sheets, doubts):
    """Whether the patients of a sheet stand in columns: most cells of its first column are names of columns, and the
    other cells of its first line are none."""
    for (path, _), blocks in groupby(list(sheets), lambda s: (s.path, s.sheet)):
        blocks = list(blocks)
        names = [str(n) for s in blocks for n in (s.frame.columns[0], *s.cells(s.frame.columns[0])) if n != ""]
        known, others = [n for n in names if _called(n)], list(map(str, blocks[0].frame.columns))[1:]
        described = {str(c) for s in sheets if all(s is not b for b in blocks) for c in s.frame.columns}
        if len(known) < 2 or len(known) < MOST * len(names) or len(others) < 2 or kind_of(path) not in (*BOOKS, *TEXT):
            continue
        if sum(map(_called, others)) > (1 - MOST) * len(others) or len(described & set(known)) > len(known) / 2:
            continue
        turned, faults = turned_sheets(blocks[0])
        doubts += faults
        _put(sheets, blocks, turned)
        words = {"n": sum(len(s.frame) for s in turned), "columns": ", ".join(map(shown, known[:SAID]))}
        yield (
            about(blocks[0], "turned", proposed="turned", words=words),
            lambda answer, b=blocks, t=turned: _put(sheets, t, b) if answer == "as it stands" else None,
        )


def _put(sheets, old, new):
    """Put some sheets in the place of others that follow each other in the list."""
    where = next(i for i, sheet in enumerate(sheets) if sheet is old[0])
    sheets[where : where + len(old)] = new


def ask_items(sheets):
    """Whether the rows of a sheet are items of patients, each of which becomes a column. Raises CohortError where a
    patient has an item twice with different values."""
    for sheet in sheets:
        ids = sheet.cells(sheet.id) if sheet.id else None
        item, value = (
            _item_and_value(sheet) if ids is not None and ids.duplicated(keep=False).mean() > 0.5 else ("", "")
        )
        if not item or not value:
            continue
        rule = SimpleNamespace(id=sheet.id, by=item, value=value)
        if any(faults_of_items(sheet.frame, rule, sheet.place)):
            raise CohortError([_twice(sheet, item, value)])
        before = sheet.frame, sheet.whole, sheet.items
        n = len(sheet.frame)
        sheet.frame, sheet.whole, sheet.items = items_as_columns(sheet.frame, rule), None, vars(rule)
        left = [c for c in before[0].columns if c not in vars(rule).values()]
        words = {"n": n, "item": item, "value": value, "patients": len(sheet.frame)}
        words |= {"columns": ", ".join(map(shown, sheet.frame.columns[1 : SAID + 1]))}
        words |= {"left": ", ".join(map(shown, left)) or "–"}
        yield (
            about(sheet, "items", proposed="items", words=words),
            lambda answer, s=sheet, b=before: _as_it_was(s, b) if answer == "as it stands" else None,
        )


def _as_it_was(sheet, before):
    sheet.frame, sheet.whole, sheet.items = before
    sheet.id = id_column(sheet.frame, sheet.labels)


def _item_and_value(sheet) -> tuple[str, str]:
    """The column of the items and that of their values, '' for none: called so, or the names of columns beside one
    other column."""
    others = [str(c) for c in sheet.frame.columns if c != sheet.id]
    named = [c for c in others if len(set(sheet.cells(c))) > 2 and _names_columns(sheet.cells(c))]
    item = max((c for c in others if ITEM.fullmatch(c)), key=lambda c: (c in named, len(c)), default="") or (
        named[0] if len(named) == 1 else ""
    )
    value = max((c for c in others if VALUE.fullmatch(c)), key=len, default="")
    rest = [c for c in others if c != item]
    return item, value or (rest[0] if len(rest) == 1 and item in named else "")


def _names_columns(cells) -> bool:
    names = {c for c in cells if c}
    return sum(map(_called, names)) >= MOST * len(names)


def _twice(sheet, item, value) -> Finding:
    """That a sheet has a row for each item, and one of a patient stands twice."""
    rule = Message(
        "a row for each item ({column}, {written}), not for each patient", column=shown(item), written=shown(value)
    )
    action = Message(
        "Make a column of each item (in Excel: Data, From Table, Pivot Column of {column} with "
        "the values of {written}, Don't Aggregate), so that every row is a patient; import it "
        "again.",
        column=shown(item),
        written=shown(value),
    )
    return Finding(sheet.place, rule, action, column=item)
