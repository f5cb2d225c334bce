"""Assessments of an export that stand at events: responses and sums of lesions, a row for each visit."""

from dataclasses import dataclass, replace

from papercheck.vocabulary.dictionary import load_dictionary

from .courses import ENDS, target_of
from .fit import counts_of, fit
from .match import WITHIN, candidates_of
from .plan import plan_table
from .questions import Value, about
from .wide import AT, LEAST, holds_responses
from .words import OF_VISIT

MEASURES = {"adrs": "AVALC", "adtr": "SDIAM"}  # what a row of a table must hold
MOST = 0.5  # share of the rows of an assessment in which a column must be filled to be of it


@dataclass(frozen=True)
class Assessments:
    """A measure that stands at several events of a patient. `at` : the column of events or forms; `events` : its cells
    there; `columns` : the record, what is filled beside the measure, and the measure; `own` : those that say nothing of
    the patient."""

    name: str
    at: str
    events: tuple
    columns: tuple
    own: tuple


def find_assessments(sheet, rows, by, several, meant) -> dict:
    """{table: Assessments} of the measures that stand at visits, and not once for each course.

    rows : those of the patient and of repeated visits; by : the column of events or forms; several : columns that are
    filled more than once for a patient; meant(cell of `by`) gives the course that an event speaks of, or ''.
    """
    found, record = {}, sheet.frame.columns[0]
    for name in several:
        table = next((t for t in MEASURES if t not in found and _measures(sheet, name, t)), "")
        filled = rows[rows[name].notna()]
        events = tuple(dict.fromkeys(sheet.cells(by).loc[filled.index]))
        if table and (filled[[record, by]].duplicated().any() or _of_visits(events, meant)):
            beside = [c for c in rows if c not in (record, by, name) and _beside(rows, filled, c)]
            own = [c for c in beside if rows[c].notna().sum() == filled[c].notna().sum()]
            own = [c for c in own if target_of(sheet, c)[0] not in ENDS]
            found[table] = Assessments(name, by, events, (record, *beside, name), (*own, name))
    return found


def _measures(sheet, name, table) -> bool:
    """Whether a column is called like the measure of a table and holds it."""
    if table == "adrs":
        return holds_responses(sheet, name)
    column = load_dictionary()[table].columns[MEASURES[table]]
    said = candidates_of(((name, "name"), (sheet.label(name), "label")), table).get(column.name, (0,))[0]
    return said >= WITHIN and fit(sheet, name, column).share > MOST


def _of_visits(events, meant) -> bool:
    """Whether events are visits: their names say so, or they are more than the courses that they speak of."""
    said = [event.replace("_", " ") for event in events]
    if any(OF_VISIT.search(e) or any(p.search(e) for p in AT.values()) for e in said):
        return True
    return len(events) >= LEAST and not all(map(meant, events))


def _beside(rows, filled, name) -> bool:
    """Whether a column is filled where a measure is, and hardly anywhere else."""
    there = int(filled[name].notna().sum())
    return there > MOST * len(filled) and rows[name].notna().sum() <= there / MOST


def plan_assessments(sheet, found, table, course):
    """The plan of the rows of a measure."""
    rows = sheet.frame[sheet.cells(found.at).isin(found.events) & sheet.frame[found.name].notna()]
    part = replace(sheet, frame=rows, courses=None, whole=None)
    plan = plan_table(
        part, table, [c for c in found.columns if c in rows], course=course, placed={found.name: MEASURES[table]}
    )
    plan.rows, plan.source_why["rows"] = {found.at: list(found.events)}, "the events at which it stands"
    plan.skip, plan.source_why["skip"] = {found.name: [""]}, "visits without it"
    return plan


def dated_assessments(sheet, course) -> list:
    """The plans of the measures of an export that stand at visits whose dates are known."""
    plans = [plan_assessments(sheet, entry, table, course) for table, entry in sheet.assessed.items()]
    return [plan for plan in plans if plan.written("ADT")]


def ask_undated(sheet, table, found):
    """Whether assessments whose rows hold no date are needed: they are not read."""
    plan = plan_assessments(sheet, found, table, "")
    if not plan.written("ADT"):
        counts = counts_of(plan.sheet, found.at)
        words = {"counts": "; ".join(Value(event, n).text() for event, n in counts.items())}
        yield about(sheet, "undated_events", found.name, words=words, blocking=False), lambda answer: None


def measures_beside(plans, course) -> list:
    """The sums of lesions that stand on a sheet of responses, and the reverse, where no sheet of them is there."""
    found = []
    for plan in (p for p in plans if p.table in MEASURES and not p.sheet.visits):
        other = next(t for t in MEASURES if t != plan.table)
        if any(p.table == other for p in (*plans, *found)):
            continue
        shared = [n for n, t in plan.columns.items() if t in ("USUBJID", "APHASE", "ADT")]
        more = plan_table(plan.sheet, other, [*shared, *plan.left], course=course)
        name = more.written(MEASURES[other])
        if name and more.written("ADT"):
            more.rows, more.source_why["rows"] = dict(plan.rows), plan.source_why.get("rows", "")
            more.skip, more.left = {name: [""]}, {}
            plan.skip = {plan.written(MEASURES[plan.table]): [""]}
            more.source_why["skip"] = plan.source_why["skip"] = "visits without it"
            del plan.left[name]
            found.append(more)
    return found
