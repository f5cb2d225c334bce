"""Sheets that know the same patients once each, such as baseline
and follow-up: put together, if a person confirms it.
"""

from dataclasses import replace

from ..read.join import set_beside
from .look import Noticed, Part
from .plan import plan_table

JOIN = "join"
MOST_SHARED = 0.5  # of the columns of the smaller sheet: above, the sheets are versions of one table
LEAST_COMMON = 0.5  # of the patients of the smaller sheet


def patients_of(sheet) -> set:
    """The identifiers of a sheet with one row a patient; none where a patient has several."""
    cells = sheet.cells(sheet.id).str.strip() if sheet.id else []
    found = {c for c in cells if c}
    return found if len(found) == sum(1 for c in cells if c) else set()


def joinable(plans) -> list:
    """The plans whose sheets can stand beside that of the first: the same patients, other columns."""
    first, found = plans[0], []
    ids, had = patients_of(first.sheet), set(first.columns.values()) - {"USUBJID"}
    for plan in plans[1:]:
        own, targets = patients_of(plan.sheet), set(plan.columns.values()) - {"USUBJID"}
        common = len(ids & own) / max(1, min(len(ids), len(own)))
        if ids and own and common >= LEAST_COMMON and len(targets & had) <= MOST_SHARED * len(targets):
            found.append(plan)
            had |= targets
    return found


def said_of(plans) -> str:
    """How many patients the sheets share, and how many stand on one alone."""
    sets = [patients_of(p.sheet) for p in plans]
    both = set.intersection(*sets)
    alone = [f"{len(own - both)}: {p.sheet.place}" for p, own in zip(plans, sets, strict=True) if own - both]
    return "; ".join([str(len(both)), *alone])


def put_together(plans, course, placed):
    """The plan of one table from several sheets."""
    sheet = plans[0].sheet
    for plan in plans[1:]:
        sheet = beside(sheet, plan.sheet)
    return plan_table(sheet, "adsl", course=course, placed=placed)


def beside(sheet, other):
    """A sheet with the columns of another one that it does not
    have; those that both have and that differ are noticed.
    """
    columns = [c for c in other.frame.columns if c not in sheet.frame.columns and c != other.id]
    twice = [c for c in other.frame.columns if c in sheet.frame.columns and c != other.id]
    frame = set_beside(sheet.frame, sheet.id, other.frame, other.id, columns)
    both = set_beside(sheet.frame[[sheet.id]], sheet.id, other.frame, other.id, twice)
    differing = {c: int(((sheet.frame[c] != both[c]) & sheet.frame[c].notna() & both[c].notna()).sum()) for c in twice}
    words = ", ".join(f"{c} ({n})" for c, n in differing.items() if n)
    noticed = [Noticed("differs", f"{words}; {sheet.place}, {other.place}")] if words else []
    part = Part(other, other.id, tuple(columns))
    joined = {k: getattr(other, k) | getattr(sheet, k) for k in ("labels", "groups", "codes", "missing")}
    return replace(
        sheet, frame=frame, whole=None, parts=[*sheet.parts, part], beyond=[*sheet.beyond, *noticed], **joined
    )
