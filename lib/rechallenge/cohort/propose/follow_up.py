"""A sheet of follow-up with several visits a patient: which visit of each column is set beside the patients."""

import re
from collections import Counter
from dataclasses import replace

from papercheck.files.findings import shown

from ..read.dates import means_date
from ..read.join import PROGRESSIONS, one_row_each, paired
from .courses import ENDS, target_of
from .events import VISIT
from .match import WITHIN, candidates_of
from .questions import Reason, Value, about
from .together import beside

LEAST_COMMON = 0.5  # of the patients of the follow-up, on the sheet of patients
TO_COME = re.compile(r"next|planned|scheduled|due|appointment|下次|下一次|预约|计划", re.IGNORECASE)
DATES = 0.5  # share of the filled cells of the date of a visit that must be dates
MOST_SAID = 4  # values of a column of words that the question counts


def ask_follow_up(sheet, sheets):
    """Which visit of a sheet of follow-up is read of what it says of each patient: it is set beside the patients."""
    base = _patients_of(sheet, sheets)
    if base is None or sheet.courses:
        return
    order = _date_of_visit(sheet)
    told = _told(sheet, base, order)
    if not told:
        return
    bare = replace(base)
    proposed = {c: "first visit" if target_of(sheet, c)[0] in PROGRESSIONS else "last visit" for c in told}
    _set_beside(sheet, base, bare, order, proposed)
    ids, known = _compared(sheet, base)
    values = tuple(
        Value(c, int(sheet.cells(sheet.id)[sheet.cells(c) != ""].nunique()), _at_the_last(sheet, c, order))
        for c in told
    )
    words = {"n": int((ids != "").sum()), "patients": len(set(ids) - {""}), "common": len(set(ids) & known)}
    words |= {"base": base.place, "order": shown(order) if order else "-", "both": _on_both(sheet, bare, told)}
    topic = "follow_up" if order else "follow_up undated"
    question = about(sheet, topic, of="follow_up", values=values, proposed=proposed, words=words)
    yield question, lambda answer: _set_beside(sheet, base, bare, order, answer)


def _patients_of(sheet, sheets):
    """The sheet of one row a patient that knows the patients of a sheet of several rows, or None."""
    if not sheet.id:
        return None
    ids = sheet.cells(sheet.id)
    if not ids[ids != ""].duplicated().any():
        return None
    for base in (s for s in sheets if s is not sheet and s.id and s.courses is None):
        own = base.cells(base.id)
        if own[own != ""].duplicated().any():
            continue
        ids, known = _compared(sheet, base)
        found = set(ids) - {""}
        if found and len(found & known) >= LEAST_COMMON * len(found):
            return base
    return None


def _compared(sheet, base):
    """The identifiers of a sheet, and the set of those of the patients, as they are compared."""
    known, ids = paired(base.cells(base.id), sheet.cells(sheet.id))
    return ids, set(known) - {""}


def _date_of_visit(sheet) -> str:
    """The column of the date of a visit, or ''."""
    found = {}
    for name in (c for c in sheet.frame.columns if c != sheet.id and not TO_COME.search(c)):
        cells = [c for c in sheet.cells(name) if c]
        target = target_of(sheet, name)[0]
        if not cells or target in ("DTHDT", "OS_EVENT") or sum(map(means_date, cells)) <= DATES * len(cells):
            continue
        scores = candidates_of(((name, "name"), (sheet.label(name), "label")), "adrs")
        found[name] = max(scores.get("ADT", (0, ""))[0], 1 if target == "LSTALVDT" else 0), len(cells)
    best = max(found, key=found.get, default="")
    return best if best and found[best][0] else ""


def _told(sheet, base, order) -> list:
    """The columns that tell of the end of follow-up, one for each column of the dictionary; the date of the visit says
    until when a patient was seen alive where no other column does."""
    found, had = {}, {target_of(base, c)[0] for c in base.frame.columns}
    starts = any(target_of(sheet, c)[0].startswith("ASTDT") for c in sheet.frame.columns)  # a row is a course
    ends = ENDS if starts else (*ENDS, *PROGRESSIONS)
    for name in (c for c in sheet.frame.columns if c != sheet.id and not TO_COME.search(c)):
        target, score = target_of(sheet, name)
        if target in ends and score >= WITHIN and (sheet.cells(name) != "").any():
            found.setdefault(target, []).append((score, name))
    told = [max(named)[1] for named in found.values()]
    if told and order and order not in (*told, *base.frame) and "LSTALVDT" not in found and "LSTALVDT" not in had:
        told.append(order)
    return [c for c in sheet.frame.columns if c in told]


def _at_the_last(sheet, name, order) -> str:
    """The words of a column at the last visit of each patient with their counts, '' for dates and numbers."""
    cells = one_row_each(sheet.frame, sheet.id, [name], (), order)[0][name].dropna()
    counts = Counter(str(c) for c in cells)
    if not counts or len(counts) > MOST_SAID or any(means_date(c) and len(c) > 4 for c in counts):
        return ""
    return ", ".join(f"{shown(word)} {n}" for word, n in sorted(counts.items()))


def _on_both(sheet, base, told) -> Reason:
    """What is said of columns that both sheets have: those of the visits take the place of the others."""
    both, alone = [c for c in told if c in base.frame], 0
    ids, known = _compared(sheet, base)[0], paired(base.cells(base.id), sheet.cells(sheet.id))[0]
    for name in both:
        alone += int(((base.cells(name) != "") & ~known.isin(ids[sheet.cells(name) != ""])).sum())
    return Reason("on both", columns=", ".join(map(shown, both)), base=base.place, n=alone) if both else Reason("none")


def _set_beside(sheet, base, bare, order, answer):
    """Make the columns those of the patients; a second answer begins from the patients as they were."""
    vars(base).update(vars(bare))
    taken = [c for c, visit in answer.items() if visit in VISIT]
    sheet.told, sheet.visits = tuple(c for c in answer if c != order), "beside" if taken else "left out"
    if not taken:
        return
    first = tuple(c for c in taken if answer[c] == "first visit")
    frame = one_row_each(sheet.frame, sheet.id, taken, first, order)[0]
    base.frame = base.frame.drop(columns=[c for c in taken if c in base.frame])
    whole = beside(base, replace(sheet, frame=frame[[sheet.id, *taken]]))
    part = replace(
        whole.parts[-1], sheet=sheet, first=first, order=order, last=tuple(c for c in taken if c not in first)
    )
    seen = {order: "LSTALVDT"} if order in taken and target_of(sheet, order)[0] != "LSTALVDT" else {}
    vars(base).update(vars(replace(whole, parts=[*whole.parts[:-1], part], placed={**whole.placed, **seen})))


def leave_out_unfilled(plan):
    """Take the visits at which nothing was assessed out of a table that is made of a sheet of follow-up."""
    name = plan.written("AVALC") if plan.sheet.visits and plan.table == "adrs" else ""
    if name and (plan.sheet.cells(name) == "").any():
        plan.skip = {**plan.skip, name: [""]}
        plan.source_why["skip"] = "visits without a response"
