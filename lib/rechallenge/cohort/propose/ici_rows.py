"""A sheet with a row for each line of therapy: which rows are of checkpoint inhibitor is asked, never its number."""

import re
from types import SimpleNamespace

from papercheck.files.findings import shown
from papercheck.vocabulary.dictionary import load_dictionary

from ..read.ici_rows import COURSE, with_course
from .courses import target_of
from .fit import counts_of, fit
from .outcomes import YESNO
from .questions import Value, about
from .words import course_in, level_of

ICI = re.compile(
    r"(?<![a-z])(?:ici|icis|io|immunotherapy|checkpoint|pd-?l?1)(?![a-z])|li[mz]umab|pembro|nivo|atezo|durva|ipili|"
    r"cemipli|keytruda|opdivo|tecentriq|imfinzi|免疫|单抗|利尤|珠利",
    re.IGNORECASE,
)
NOT_ICI = re.compile(r"bevacizumab|ramucirumab|cetuximab|necitumumab|amivantamab|trastuzumab|denosumab|贝伐|西妥昔|安维汀", re.IGNORECASE)  # fmt: skip
MOST_WORDS = 40  # different cells that a question lists


def ask_ici_rows(sheet):
    """Which rows of lines of therapy are of checkpoint inhibitor: their order is that of the courses."""
    ids = sheet.cells(sheet.id) if sheet.id else None
    if ids is None or sheet.courses or not ids[ids != ""].duplicated().any():
        return
    line = next((c for c in sheet.frame.columns if c != sheet.id and _numbers_lines(sheet, c)), "")
    by, proposed = _says_what(sheet, [c for c in sheet.frame.columns if c not in (sheet.id, line)])
    if not line or not by:
        return
    order, dates = _order(sheet)
    rule = {"by": by, "cells": [], "order": order or line, "dates": list(dates)}
    values = tuple(Value(w, n) for w, n in counts_of(sheet, by).items())
    question = about(sheet, "ici_rows", by, values=values, proposed=proposed, words={"line": shown(line)})
    sheet.placed = {**sheet.placed, line: ""}  # the number of a line is no course
    yield question, lambda answer: _settle(sheet, rule, answer)


def _numbers_lines(sheet, name) -> bool:
    """Whether a column is called after the lines of therapy and numbers them."""
    words = [w for w in counts_of(sheet, name)]
    called = any(course_in(t)[0] == "LINE" for t in (name, sheet.label(name)) if t)
    return called and bool(words) and all(re.fullmatch(r"\d{1,2}(\.0)?", w) for w in words)


def _says_what(sheet, names) -> tuple[str, dict | None]:
    """The column that tells the rows of checkpoint inhibitor from others, and what its cells seem to be: a yes and no
    that is called so, else the drugs."""
    for name in (n for n in names if ICI.search(f"{n} {sheet.label(n)}".replace("_", " "))):
        said = {w: level_of(sheet.codes.get(name, {}).get(w, w), YESNO) for w in counts_of(sheet, name)}
        if said and all(said.values()):
            return name, {w: "checkpoint inhibitor" if code == "Y" else "other therapy" for w, code in said.items()}
    for name in names:
        words = counts_of(sheet, name)
        ici = {w for w in words if ICI.search(NOT_ICI.sub(" ", w))}
        if ici and len(words) <= MOST_WORDS:
            return name, {w: "checkpoint inhibitor" if w in ici else "other therapy" for w in words}
    return "", None


def _order(sheet) -> tuple[str, tuple]:
    """The column of the start of each row with its formats, where its dates have one reading."""
    for name in sheet.frame.columns:
        if target_of(sheet, name)[0].startswith("ASTDT"):
            found = fit(sheet, name, load_dictionary()["adsl"].columns["LSTALVDT"])
            if found.share == 1 and not found.open_dates and not found.counted and not found.partial:
                return name, found.dates
    return "", ()


def leave_out_other_lines(plan):
    """Take the lines before the first course and behind the second one's out of a table of courses."""
    if COURSE in plan.columns:
        plan.skip = {**plan.skip, COURSE: [""]}
        plan.source_why["skip"] = "lines of therapy before the first course of checkpoint inhibitor, and further ones"


def _settle(sheet, rule, answer):
    rule["cells"] = [w for w, choice in answer.items() if choice == "checkpoint inhibitor"]
    sheet.frame = with_course(sheet.frame, sheet.id, SimpleNamespace(**rule))
    sheet.whole, sheet.ici_rows = None, rule
    sheet.placed = {**sheet.placed, COURSE: "APHASE"}
