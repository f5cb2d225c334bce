"""The whole proposal for a person's files: which table each sheet is, the facts of the cohort, what finds no place."""

from dataclasses import replace
from pathlib import Path

from papercheck.files.findings import CohortError, Finding
from papercheck.vocabulary.dictionary import load_dictionary

from ..read.date_parts import find_date_parts, with_starts_and_stops, with_whole_dates
from ..read.statfile import CATALOG, read_catalog
from . import adam, redcap
from .asked import TOPICS
from .courses import ask_courses
from .events import ask_events
from .facts import settle_facts
from .follow_up import ask_follow_up
from .ici_rows import ask_ici_rows, leave_out_other_lines
from .legends import take_legends
from .lesion_rows import ask_lesion_rows
from .lines import ask_colours, ask_lines, ask_rows
from .look import Asked, expand, look_at, take_labels
from .named_twice import ask_named_twice
from .numbered import ask_numbered
from .placed import ask_lost
from .plan import drop_halves, offer_factors, shadowed
from .plans import best_plan, chosen_columns, plan_sheets
from .proposal import Proposal
from .questions import Reason
from .repeated import ask_repeated
from .sheet_courses import ask_sheet_courses
from .sheets import ask_course_of_rows, ask_identifier, ask_nameless, ask_unused, leave_out_none
from .signs import part_signs
from .together import notice_numbers
from .turned import ask_items, ask_turned
from .twice import ask_twice, lines_of_each, once_each
from .wide import ask_wide, columns_of, find_visits
from .wide_events import ask_several, ask_wide_events, find_events
from .wide_sums import ask_lesion_unit, ask_sums, find_sums
from .words import same, synonyms


def propose(paths, answers=None, asked=Asked()) -> Proposal:  # noqa: B008
    """Look at the files and propose a cohort.

    answers : {id of a question: answer}; asked : sheet, header and rows that a person named. Raises CohortError with
    every file that cannot be read and every answer that is none.
    """
    sheets, dictionaries, doubts = _read(paths, asked)
    proposal = Proposal(doubts=doubts, given=dict(answers or {}))
    for sheet in dictionaries:
        proposal.unused[sheet.place] = Reason("redcap dictionary")
        for export in sheets:
            redcap.annotate(export, redcap.read_dictionary(sheet))
    _ask_of_sheets(sheets, proposal)
    plan_sheets(sheets, proposal, bool(dictionaries))
    for plan in list(proposal.plans):
        plan.beside = tuple(p.table for p in proposal.plans if p is not plan)
        _ask_of(plan, proposal)
    for plan in list(proposal.plans):
        known = list(proposal.plans)
        proposal.ask(ask_wide_events(plan, proposal))
        for more in (p for p in proposal.plans if all(p is not k for k in known)):
            _ask_of(more, proposal)
    proposal.plans.sort(key=lambda p: list(load_dictionary()).index(p.table))
    proposal.ask(ask_unused(sheets, proposal))
    settle_facts(proposal)
    proposal.answers |= {k: v for k, v in proposal.given.items() if str(k).startswith("column.")}
    wrong = [f for f in proposal.doubts if f.severity == "error"]
    if wrong:
        raise CohortError(wrong)
    return proposal


def _read(paths, asked) -> tuple[list, list, list[Finding]]:
    """The sheets with rows, those of them that are data dictionaries of REDCap, and the warnings on the files."""
    sheets, faults = _look(paths, asked)
    keys = [sheet.key for sheet in sheets]
    for sheet, key in zip(sheets, keys, strict=True):
        sheet.shared = keys.count(key) > 1
    for sheet in sheets:
        if redcap.is_dictionary(sheet) or redcap.is_export(sheet):
            sheet.restore()  # a program wrote its lines: none is a note
    dictionaries = [s for s in sheets if redcap.is_dictionary(s)]
    sheets = [s for s in sheets if s not in dictionaries]
    if not sheets and not faults:
        faults.append(
            Finding(", ".join(str(p) for p in paths), "no rows of patients", "Name the files that hold them.")
        )
    if any(f.severity == "error" for f in faults):
        raise CohortError(faults)
    return sheets, dictionaries, [f for f in faults if f.severity == "warning"]


def _ask_of_sheets(sheets, proposal):
    """Ask what must be known of the lines of the sheets before a column has a place: who stands on which."""
    by_hand = not adam.is_study(sheets) and not any(map(redcap.is_export, sheets))
    if by_hand:
        proposal.unused |= take_legends(sheets)
        proposal.ask(ask_turned(sheets, proposal.doubts))
        proposal.ask(ask_items(sheets))
        for sheet in (s for s in sheets if not s.items):
            proposal.ask(ask_colours(sheet))
        proposal.ask(ask_nameless(sheets))
        for sheet in sheets:
            sheet.date_parts = find_date_parts(sheet.frame)
            sheet.frame = with_starts_and_stops(with_whole_dates(sheet.frame, sheet.date_parts))
    _link(sheets)
    proposal.ask(ask_sheet_courses(sheets) if by_hand else ())
    part_signs(sheets, proposal.course, {s.key: chosen_columns(proposal.given, s) for s in sheets})
    for sheet in list(sheets):
        proposal.ask(ask_lines(sheet))
        proposal.ask(ask_identifier(sheet))
        if redcap.is_export(sheet):
            proposal.ask(ask_events(sheet))
        elif not adam.is_study(sheets):
            proposal.ask(ask_lesion_rows(sheet))
            proposal.ask(ask_ici_rows(sheet))
            proposal.ask(ask_courses(sheet, sheets))
            proposal.ask(ask_repeated(sheet, sheets))
            _ask_twice(sheet, sheets, proposal)
    for sheet in sheets if by_hand else ():
        proposal.ask(ask_follow_up(sheet, sheets))
        proposal.ask(ask_named_twice(sheet, chosen_columns(proposal.given, sheet)))
        proposal.ask(ask_numbered(sheet, chosen_columns(proposal.given, sheet)))
        _find_wide(sheet, chosen_columns(proposal.given, sheet))


def _find_wide(sheet, chosen):
    """Find the columns of visits and of adverse events, which are of no column of the patients. chosen : columns whose
    meaning a person chose."""
    sheet.wide, sheet.wide_sums = find_visits(sheet, chosen), find_sums(sheet, chosen)
    ids = sheet.cells(sheet.id) if sheet.id else None
    if ids is not None and not ids[ids != ""].duplicated().any():
        aside = {sheet.id, *chosen, *columns_of((*sheet.wide, *sheet.wide_sums)), *sheet.placed}
        sheet.adverse = find_events(sheet, [c for c in sheet.frame.columns if c not in aside])


def _ask_twice(sheet, sheets, proposal):
    """Which line holds of a patient who stands twice on a sheet that has one row a patient otherwise."""
    several = lines_of_each(sheet) if sheet.courses is None else {}
    if several:
        trial = replace(sheet, frame=sheet.frame.drop(index=once_each(sheet, several)))
        plan = best_plan(trial, None, "", len(sheets) == 1, proposal.course)
        if not isinstance(plan, str) and plan.table == "adsl":
            proposal.ask(ask_twice(sheet, several))


def _ask_of(plan, proposal):
    """All questions on one table."""
    leave_out_none(plan)
    leave_out_other_lines(plan)
    for topic in TOPICS:
        proposal.ask(topic(plan))
    drop_halves(plan)
    proposal.ask(ask_course_of_rows(plan, proposal))
    proposal.ask(ask_lost(plan))
    known = list(proposal.plans)
    proposal.ask(ask_wide(plan, proposal))
    proposal.ask(ask_sums(plan, proposal))
    proposal.ask(ask_several(plan))
    proposal.ask(ask_lesion_unit(plan))
    for more in (p for p in proposal.plans if all(p is not k for k in known)):
        _ask_of(more, proposal)
    parts = [p for p in (*plan.sheet.parts, *plan.sheet.below) if not (p.rows or p.first or p.last)]
    for sheet in (plan.sheet, *(part.sheet for part in parts)):
        proposal.ask(ask_rows(sheet))
    plan.ignore = shadowed(plan)
    offer_factors(plan)


def _look(paths, asked):
    files, faults = expand(paths)
    named, sheets = {Path(p) for p in paths}, []
    catalogs = [path for path in files if path.suffix.lower() == CATALOG]
    for path in (f for f in files if f not in catalogs):
        found, more = look_at(path, asked)
        if path.suffix.lower() == ".txt" and path not in named and any(f.severity == "error" for f in more):
            more = [
                Finding(
                    path.name, "text, not a table; not read", "Name the file itself to see why.", severity="warning"
                )
            ]
        sheets += found
        faults += more
    for path in catalogs:
        labels, more = read_catalog(path)
        take_labels(sheets, labels)
        faults += more
    return sheets, faults


def _link(sheets):
    """Where a sheet has several columns of identifiers, the one by which the other sheets know the patients."""
    others = {s.place: set(s.cells(s.id)) - {""} for s in sheets if s.id}
    for sheet in sheets:
        foreign = (
            set().union(*(ids for place, ids in others.items() if place != sheet.place)) if len(others) > 1 else set()
        )
        if not foreign or not sheet.id or sheet.cells(sheet.id).duplicated().any():
            continue
        mine = {c: len(set(sheet.cells(c)) & foreign) for c in sheet.frame.columns if _names_patients(sheet, c)}
        if mine and max(mine.values()) > len(set(sheet.cells(sheet.id)) & foreign):
            sheet.id = max(mine, key=mine.get)
    notice_numbers([s for s in sheets if s.id])


def _names_patients(sheet, name) -> bool:
    words = synonyms()["columns"]["adsl"]["USUBJID"]
    return any(same(w, t) for w in words for t in (name, sheet.label(name)) if t)
