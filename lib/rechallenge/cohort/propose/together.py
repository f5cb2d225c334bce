"""Sheets that know the same patients once each, such as baseline
and follow-up: put together, if a person confirms it.
"""

from dataclasses import replace

import pandas as pd

from papercheck.files.findings import shown

from ..declare.source import identifiers
from ..read.below import name_of, one_below_the_other
from ..read.join import by_number, paired, set_beside
from .look import Noticed, Part, columns_of_event
from .plan import plan_table
from .signs import with_signs

JOIN, STACK = "join", "stack"
MOST_SHARED = 0.5  # of the columns of the smaller sheet: above, the sheets are versions of one table
LEAST_COMMON = 0.5  # of the patients of the smaller sheet


def patients_of(sheet) -> set:
    """The identifiers of a sheet with one row a patient, as they are compared; none where a patient has several."""
    cells = identifiers(sheet.frame[sheet.id]) if sheet.id else pd.Series(dtype=str)
    cells = paired(cells, cells)[0][cells != ""]
    return set() if cells.duplicated().any() else set(cells)


def patients_of_both(sheet, other) -> tuple[set, set]:
    """The identifiers of two sheets as they are compared with each other; none of a sheet that has several rows of a
    patient."""
    if not (patients_of(sheet) and patients_of(other)):
        return patients_of(sheet), patients_of(other)
    return tuple({*ids} - {""} for ids in paired(*(identifiers(s.frame[s.id]) for s in (sheet, other))))


def notice_numbers(sheets):
    """Say where two sheets write the same patients in two ways that are told by their numbers alone."""
    for sheet in sheets[1:]:
        one, other = sheets[0].cells(sheets[0].id), sheet.cells(sheet.id)
        if len(one) and len(other) and by_number(one, other):
            said = f"{shown(other.iloc[0])} ({sheet.place}), {shown(one.iloc[0])} ({sheets[0].place})"
            sheet.beyond.append(Noticed("numbers", said))


def joinable(plans) -> list:
    """The plans whose sheets can stand beside that of the first: the same patients, other columns."""
    first, found = plans[0], []
    had = set(first.columns.values()) - {"USUBJID"}
    for plan in plans[1:]:
        ids, own = patients_of_both(first.sheet, plan.sheet)
        targets = set(plan.columns.values()) - {"USUBJID"}
        common = len(ids & own) / max(1, min(len(ids), len(own)))
        if ids and own and common >= LEAST_COMMON and len(targets & had) <= MOST_SHARED * len(targets):
            found.append(plan)
            had |= targets
    return found


def stackable(plans) -> list:
    """The plans whose sheets can stand below that of the first: other patients, the same columns."""
    first, found = plans[0], []
    ids, had = patients_of(first.sheet), set(first.columns.values())
    for plan in plans[1:]:
        own, targets = patients_of(plan.sheet), set(plan.columns.values())
        alike = len(targets & had) > MOST_SHARED * max(len(targets), len(had)) and len(targets & had) > 1
        if ids and own and alike and (not ids & own or numbered_from_one([ids, own])):
            found.append(plan)
    return found


def numbered_from_one(sets) -> bool:
    """Whether patients of several sheets are numbered 1, 2, 3, ... on each."""
    return all({str(i) for i in range(1, len(ids) + 1)} == {i.removesuffix(".0") for i in ids} for ids in sets)


def number_anew(plans) -> bool:
    """Whether sheets to be read as one number their patients anew."""
    sets = [patients_of(p.sheet) for p in plans]
    return len(set().union(*sets)) < sum(map(len, sets))


def put_below(plans, course, placed):
    """The plan of one table from several sheets of other patients."""
    _signs_alike(plans)
    first, apart = plans[0].sheet, number_anew(plans)
    parts, frames = [], [first.frame]
    for plan in plans[1:]:
        sheet = plan.sheet
        renamed = {n: plans[0].written(t) for n, t in plan.columns.items() if plans[0].written(t) not in ("", n)}
        renamed = {n: to for n, to in renamed.items() if to not in sheet.frame.columns and n != sheet.id}
        renamed |= {sheet.signs[n]: first.signs[to] for n, to in renamed.items() if n in sheet.signs}
        frames.append(sheet.frame.rename(columns={**renamed, sheet.id: first.id}))
        parts.append(Part(sheet, sheet.id, tuple(renamed.items())))
    names = [name_of(p.sheet.path, p.sheet.sheet) for p in plans]
    whole = one_below_the_other(frames, first.id, names, apart)
    said = {k: {} for k in ("labels", "groups", "codes", "missing")}
    for key, part in said.items():
        for plan in plans[::-1]:
            part |= getattr(plan.sheet, key)
    beyond = [seen for p in plans for seen in p.sheet.beyond]
    sheet = replace(first, frame=whole, whole=None, below=parts, apart=apart, beyond=beyond, **said)
    return plan_table(sheet, "adsl", course=course, placed=placed)


def _signs_alike(plans):
    """Set the signs of a duration apart on every sheet where one of them has some."""
    targets = {plan.columns.get(name) for plan in plans for name in plan.sheet.signs} - {None}
    for plan in plans:
        for name in {plan.written(t) for t in targets} - {"", *plan.sheet.signs}:
            with_signs(plan.sheet, name)


def _as_on(first, sheet) -> set:
    """The identifiers of a sheet as the first one has them, where it has them."""
    known = identifiers(first.frame[first.id])
    keys, ids = paired(known, identifiers(sheet.frame[sheet.id]))
    written = dict(zip(keys, known, strict=True))
    return {written.get(word, word) for word in ids} - {""}


def said_of(plans) -> str:
    """How many patients the sheets share, and how many stand on one alone."""
    sets = [_as_on(plans[0].sheet, p.sheet) for p in plans]
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
    joined = {
        k: getattr(other, k) | getattr(sheet, k) for k in ("labels", "groups", "codes", "missing", "signs", "placed")
    }
    joined["date_parts"] = sheet.date_parts | other.date_parts
    joined["wide"] = (*sheet.wide, *(v for v in other.wide if v["response"] in columns))
    joined["wide_sums"] = (*sheet.wide_sums, *(v for v in other.wide_sums if v["sum"] in columns))
    joined["adverse"] = (*sheet.adverse, *(e for e in other.adverse if set(columns_of_event(e)) <= set(columns)))
    return replace(
        sheet, frame=frame, whole=None, parts=[*sheet.parts, part], beyond=[*sheet.beyond, *noticed], **joined
    )
