"""A part of a cohort: the subjects with one value of a column, read as if it were a cohort of its own.

The run says which part a name means (context.py), so that a notebook loads it by name like any cohort. The rows keep
their lines, so findings point into the files of the whole cohort.
"""

import re
from dataclasses import replace

from papercheck.files.findings import CohortError, Message, did_you_mean, request_error, shown

from ..context import Part, current
from .declare.meta import Meta, load_meta
from .privacy.cleaner import Cleaner
from .privacy.identifying import identifying, without_column
from .privacy.profile import is_protected
from .read.parse import type_table
from .read.readers import read_tables

SMALLEST = 2  # subjects; fewer give no interval and could be recognised


def part_meta(part: Part, whole: Meta) -> Meta:
    """The facts of the whole cohort, under the name and title of the part."""
    column = whole.column("adsl", part.column)
    title = f"{whole.title}. {column.label}: {column.levels.get(part.value, part.value)}"
    return replace(whole, name=part.name, title=title)


def take_part(part: Part, tables, findings):
    """The rows of the part's subjects, and the findings that concern them.

    Rows of a subject that adsl does not know stay: no part may hide that fault.
    Raises CohortError for a part of fewer than SMALLEST subjects, or if the column is gone.
    """
    adsl = tables["adsl"]
    if not {part.column, "USUBJID"} <= set(adsl.columns):
        raise request_error(
            Message("adsl has no column {column} or no USUBJID", column=part.column), "Add it.", part.name
        )
    inside = _words(adsl[part.column]) == part.value
    ours, others = set(adsl.loc[inside, "USUBJID"]), set(adsl.loc[~inside, "USUBJID"])
    if len(ours) < SMALLEST:
        told = "{n} subject with {column} = {written}" if len(ours) == 1 else "{n} subjects with {column} = {written}"
        rule = Message(told, n=len(ours), column=part.column, written=shown(part.value))
        raise request_error(rule, Message("A report needs at least {smallest}.", smallest=SMALLEST), part.name)
    kept, dropped = {}, set()
    for table, frame in tables.items():
        if "USUBJID" in frame:
            out = ~inside if table == "adsl" else frame["USUBJID"].isin(others - ours)
            dropped |= set(frame.index[out])
            frame = frame[~out]
        if len(frame) or table == "adsl":
            kept[table] = frame
    return kept, [f for f in findings if (f.file, f.row) not in dropped]


def part_named(name) -> Part | None:
    """The part of the run, if it is called `name`."""
    part = current().part
    return part if part is not None and part.name == name else None


def split(folder, column, taken=(), profile="") -> tuple[list[Part], list[str]]:
    """The parts of the cohort in `folder`, one for each value of an adsl column, and the subjects without a value.

    taken : names that a part may not have. profile : what their names may tell; without one as cohort.yml says. Raises
        CohortError if adsl cannot be read or has no such column of groups.
    """
    meta = load_meta(folder)
    raw, findings = read_tables(folder, meta)
    if "adsl" not in raw:
        errors = [f for f in findings if f.severity == "error"]
        raise CohortError(errors) if errors else request_error("the table adsl is missing", "Add adsl.csv.")
    adsl, faults = type_table("adsl", *raw["adsl"], meta.of("adsl"))
    names = [c for c in adsl.columns if c != "USUBJID" and meta.column("adsl", c).type not in ("number", "date")]
    if column not in names:
        known = column in adsl.columns
        rule = (
            Message("{column} is not a column of groups", column=column)
            if known
            else Message("adsl has no column {column}", column=column)
        )
        raise request_error(rule, did_you_mean(column, names), column)
    unread = [f for f in faults if f.severity == "error" and f.column in (column, "USUBJID")]
    if unread or "USUBJID" not in adsl:
        raise CohortError(unread or [request_error("adsl has no USUBJID", "Add it.").findings[0]])
    words = _words(adsl[column])
    without = [str(s) for s in adsl.loc[words == "", "USUBJID"]]
    used, parts = {t.casefold() for t in taken}, []
    persons = identifying(raw, meta) if is_protected(meta, profile or meta.profile) else None
    cleaner = Cleaner(without_column(persons, column)) if persons else None
    for value in sorted(set(words) - {""}, key=_natural):
        word = "value" if cleaner and cleaner.tells(value) else value  # a date or an identifier is no name of a folder
        safe = stem = f"{meta.name}--{re.sub(r'[^A-Za-z0-9._-]+', '-', word).strip('-.') or 'value'}"[:120]
        number = 2
        while safe.casefold() in used:  # two values may look alike once made safe
            safe, number = f"{stem}-{number}", number + 1
        used.add(safe.casefold())
        parts.append(Part(safe, meta.name, column, value))
    return parts, without


def _words(column):
    """The values as text, '' where missing; 1.0 is 1."""
    return column.map(
        lambda v: str(int(v)) if isinstance(v, float) and v.is_integer() else str(v), na_action="ignore"
    ).fillna("")


def _natural(text):
    """Sites 2 and 10 in this order."""
    return [(0, int(p), "") if p.isdigit() else (1, 0, p) for p in re.split(r"(\d+)", text) if p]
