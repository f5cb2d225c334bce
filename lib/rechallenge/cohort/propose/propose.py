"""The whole proposal for a person's files: which table each sheet is, the facts of the cohort, what finds no place."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from papercheck.files.findings import CohortError, Finding
from papercheck.vocabulary.dictionary import load_dictionary

from ..read.date_parts import find_date_parts, with_starts_and_stops, with_whole_dates
from ..read.grid import stem_of
from ..read.statfile import CATALOG, read_catalog
from . import adam, redcap, which_course
from .asked import TOPICS
from .assessed import dated_assessments, measures_beside
from .courses import ask_courses
from .events import ask_events
from .facts import settle_facts
from .follow_up import ask_follow_up, leave_out_unfilled
from .ici_rows import ask_ici_rows, leave_out_other_lines
from .legends import take_legends
from .lesion_rows import ask_lesion_rows
from .lines import ask_colours, ask_lines, ask_rows
from .look import Asked, expand, look_at, take_labels
from .match import LEFT_OUT
from .named_twice import ask_named_twice
from .numbered import ask_numbered
from .placed import ask_lost, never_given
from .plan import TablePlan, drop_halves, offer_factors, plan_table, shadowed
from .questions import Question, Reason, Reasons, answer_faults, expanded
from .repeated import ask_repeated
from .shapes import no_subjects, shape_faults
from .sheet_courses import ask_sheet_courses
from .sheets import ask_course_of_rows, ask_identifier, ask_nameless, ask_unused, leave_out_none
from .signs import part_signs
from .together import (
    JOIN,
    STACK,
    joinable,
    notice_numbers,
    number_anew,
    put_below,
    put_together,
    said_of,
    stackable,
)
from .turned import ask_items, ask_turned
from .twice import ask_twice, lines_of_each, once_each
from .wide import ask_wide, columns_of, find_visits
from .wide_events import ask_several, ask_wide_events, find_events
from .wide_sums import ask_lesion_unit, ask_sums, find_sums
from .words import position, same, synonyms

BOX = "a box of a checkbox"


@dataclass
class Proposal:
    """`plans` in the order of the dictionary; `facts` : {key of cohort.yml: (value, reason)}; `unused` : {place: why};
    `kinds` : what the files are in the words of the field; `doubts` : warnings on the files; `questions` : all that is
    asked, in order; `answers` : {id: answer} of those that are answered."""

    plans: list = field(default_factory=list)
    facts: dict = field(default_factory=dict)
    unused: dict = field(default_factory=dict)
    kinds: list = field(default_factory=list)
    doubts: list = field(default_factory=list)
    questions: list = field(default_factory=list)
    answers: dict = field(default_factory=dict)
    given: dict = field(default_factory=dict)

    def open(self, blocking=False) -> list:
        """The questions without an answer, or those of them without which there is no report."""
        return [q for q in self.questions if q.id not in self.answers and (q.blocking or not blocking)]

    def ask(self, asked):
        """Take pairs of a question and what its answer does; do it
        where the answer is given. Faulty answers are collected.
        """
        for question, settle in asked:
            if all(q.id != question.id for q in self.questions):  # two tables of one sheet ask alike
                self.questions.append(question)
            if question.id in self.given:
                answer = expanded(question, self.given[question.id])
                faults = answer_faults(question, answer)
                self.doubts += faults
                if not faults:
                    self.answers[question.id] = answer
                    settle(answer)

    @property
    def course(self) -> str:
        """The course of outcomes whose names say none."""
        return which_course.COURSES[self.answers.get("course", "rechallenge")]


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
    _plan(sheets, proposal, bool(dictionaries))
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
        plan = _best(trial, None, "", len(sheets) == 1, proposal.course)
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


def _plan(sheets, proposal, has_dictionary):
    """The plans of the sheets, once with rechallenge as the course of what names none, and again as answered."""
    if adam.is_study(sheets):
        proposal.ask(which_course.ask_of_study(sheets))
        candidates = _adam_plans(sheets, proposal)
    else:
        trial = Proposal(given=proposal.given)
        first = _plans(sheets, trial, has_dictionary)
        proposal.ask(which_course.ask_course(sheets, first))
        candidates = first if proposal.course == "RECHALLENGE" else None
        if candidates is None:
            trial = Proposal(given=proposal.given)
            candidates = _plans(sheets, trial, has_dictionary, proposal.course)
        proposal.unused |= trial.unused
        proposal.kinds += trial.kinds
    _choose(candidates, proposal)
    subjects = next((p for p in proposal.plans if p.table == "adsl"), None)
    if subjects is None:
        raise CohortError(no_subjects(sheets, candidates, proposal))
    odd = list(shape_faults(subjects))
    if odd:
        raise CohortError(odd)


def _adam_plans(sheets, proposal):
    proposal.kinds.append("CDISC ADaM")
    plans = []
    for sheet in sheets:
        table = adam.table_of(sheet)
        if table:
            plans.append(adam.plan_adam(sheet, table, proposal.course))
            proposal.ask(adam.ask_parameters(plans[-1]))
        else:
            proposal.unused[sheet.place] = Reason("not adam")
    return plans


def _plans(sheets, proposal, has_dictionary, course="RECHALLENGE"):
    plans = []
    for sheet in sheets:
        placed = chosen_columns(proposal.given, sheet)
        if redcap.is_export(sheet):
            proposal.kinds.append("REDCap export" + ("" if has_dictionary else " without its data dictionary"))
            for part in redcap.parts(sheet):
                boxes = redcap.checkboxes(part.sheet, part.columns)
                of_boxes = {c for entry in boxes.values() for c in (entry["none"], *entry["boxes"])}
                plan = _best(
                    part.sheet,
                    [c for c in part.columns if c not in of_boxes],
                    part.instrument,
                    course=course,
                    placed=placed,
                )
                if isinstance(plan, str):
                    proposal.unused[f"{sheet.place}: {part.instrument or 'records'}"] = plan
                    continue
                plan.rows, plan.source_why["rows"] = part.keep, part.why
                plan.checkboxes = boxes
                plan.left |= {c: BOX for c in part.columns if c in of_boxes}
                plans.append(plan)
            plans += dated_assessments(sheet, course)
        else:
            columns = [c for c in sheet.frame.columns if c not in sheet.told] if sheet.told else None
            plan = _best(sheet, columns, "", len(sheets) == 1, course, {**sheet.placed, **placed})
            if sheet.visits and (isinstance(plan, str) or plan.table == "adsl"):
                proposal.unused[sheet.place] = Reason(sheet.visits)
            elif isinstance(plan, str):
                proposal.unused[sheet.place] = plan
            else:
                leave_out_unfilled(plan)
                plans.append(plan)
    plans += _responses_of_courses(plans, course)
    return [*plans, *measures_beside(plans, course)]


def _responses_of_courses(plans, course) -> list:
    """The best responses that stand on a sheet of courses, where
    no sheet of responses is there: a table of their own.
    """
    if any(p.table == "adrs" for p in plans):
        return []
    found = []
    for plan in (p for p in plans if p.table == "adex"):
        shared = [plan.written(t) for t in ("USUBJID", "APHASE") if plan.written(t)]
        free = [n for n, why in plan.left.items() if why != LEFT_OUT]
        more = plan_table(plan.sheet, "adrs", [*shared, *free], course=course)
        more.rows, more.source_why["rows"] = dict(plan.rows), plan.source_why.get("rows", "")
        if more.written("AVALC"):
            for name in (n for n in more.columns if n in plan.left):
                del plan.left[name]
            more.left = {}
            found.append(more)
    return found


def chosen_columns(answers, sheet) -> dict:
    """{written: column} of the columns of a sheet whose meaning
    a person chose (`column.SHEET.NAME: TARGET`, "" for none).
    """
    start = f"column.{sheet.key}."
    return {key.removeprefix(start): value for key, value in answers.items() if str(key).startswith(start)}


def _best(sheet, columns, name, alone=False, course="RECHALLENGE", placed=()) -> TablePlan | str:
    """The plan of the table that a sheet seems to be, or why it is none."""
    named = _named(sheet, name)
    subjects = plan_table(sheet, "adsl", columns, course=course, placed=placed)
    id_column = subjects.written("USUBJID")
    rows = sheet.cells(id_column) if id_column else pd.Series(dtype=str)
    once = bool(id_column) and not rows[rows != ""].duplicated().any()
    if once and sheet.called and len(subjects.columns) > 1:
        return subjects  # a row a patient, of one course
    if not name and named in ("", "adsl") and (alone or (once and named)):
        return subjects if id_column else _without_subject(sheet)
    others = [t for t in load_dictionary() if t != "adsl"]
    plans = [
        plan_table(sheet, table, columns, course=course, placed=placed)
        for table in ([named] if named not in ("", "adsl") else others)
    ]
    best = max((p for p in plans if not never_given(p) and p.tells), key=lambda p: len(p.columns), default=None)
    more = best is None or len(best.columns) + bool(named) <= len(subjects.columns)
    if once and not name and more and (not named or _of_both_courses(subjects)):
        return subjects
    if best is not None:
        return best
    if not name and id_column:
        return subjects
    nearest = min(plans, key=lambda p: len(p.missing()))
    lacking = ", ".join(nearest.missing())
    return Reason("lacks", table=nearest.table, columns=lacking) if lacking else _without_subject(sheet)


def _of_both_courses(plan) -> bool:
    """Whether a row of the patient holds both courses of checkpoint inhibitor."""
    return all(any(t.endswith(end) for t in plan.columns.values()) for end in ("_INITIAL", "_RECHALLENGE"))


def _named(sheet, name) -> str:
    """The table that a sheet, an instrument or a file is called after, or ''."""
    for text in (name, sheet.title, sheet.sheet, stem_of(sheet.path)):
        if text.lower() in load_dictionary():
            return text.lower()
        for table, words in synonyms()["tables"].items():
            if text and any(position(word, text) for word in words):
                return table
        if name:
            break
    return ""


def _without_subject(sheet) -> str:
    return Reason("no subject", columns=", ".join(map(str, list(sheet.frame.columns)[:8])))


def _choose(plans, proposal):
    """One plan a table: the one that places most."""
    for table in load_dictionary():
        found = sorted((p for p in plans if p.table == table), key=lambda p: (-len(p.columns), -len(p.sheet.frame)))
        if len(found) > 1:
            together = joinable(found) if table == "adsl" else []
            lower = stackable(found) if table == "adsl" and not together else []
            proposal.ask(_table_question(table, found, together) if not lower else _stack_question(found, lower))
            chosen = proposal.answers.get(f"table.{table}", found[0].sheet.key)
            if chosen == JOIN:
                placed = {k: v for p in found for k, v in chosen_columns(proposal.given, p.sheet).items()}
                placed = {**found[0].sheet.placed, **placed}
                joined = put_together([found[0], *together], proposal.course, placed)
                found = [joined, *(p for p in found[1:] if all(p is not q for q in together))]
            if chosen == STACK:
                placed = {k: v for p in found for k, v in chosen_columns(proposal.given, p.sheet).items()}
                whole = put_below([found[0], *lower], proposal.course, placed)
                found = [whole, *(p for p in found[1:] if all(p is not q for q in lower))]
            found.sort(key=lambda p: p.sheet.key != chosen)
        proposal.plans += found[:1]
        for plan in found[1:]:
            proposal.unused[plan.sheet.place] = Reason("second table", table=table, place=found[0].sheet.place)
    for plan in [p for p in proposal.plans if never_given(p) and p.table != "adsl"]:
        proposal.plans.remove(plan)
        proposal.unused[plan.sheet.place] = Reason("lacks", table=plan.table, columns=", ".join(plan.missing()))


def _table_said(plan) -> Reason:
    """A table with its size, as a choice names it."""
    return Reason("table", place=plan.sheet.place, rows=len(plan.sheet.frame), columns=len(plan.columns))


def _stack_question(plans, lower):
    """Whether sheets of other patients under the same columns are one cohort."""
    said = {p.sheet.key: _table_said(p) for p in plans}
    parts = [plans[0], *lower]
    total, places = sum(len(p.sheet.frame) for p in parts), ", ".join(p.sheet.place for p in parts)
    words = {"n": len(plans), "places": Reasons(tuple(said.values())), "joined": places, "total": total}
    yield (
        Question(
            "table.adsl",
            "stack anew" if number_anew(parts) else "stack",
            plans[0].sheet.place,
            choices=(STACK, *said),
            words=words,
            said=said,
            proposed=STACK if len(lower) == len(plans) - 1 else None,
        ),
        lambda answer: None,
    )


def _table_question(table, plans, together=()):
    """Which of several tables of one kind is the cohort's: sheets of other years, of other sites, of one more form."""
    label = load_dictionary()[table].label
    said = {p.sheet.key: _table_said(p) for p in plans}
    words = {"n": len(plans), "label": label, "places": Reasons(tuple(said.values()))}
    parts = [plans[0], *together]
    if together:
        words |= {"joined": ", ".join(p.sheet.place for p in parts), "common": said_of(parts)}
    alike = len(together) == len(plans) - 1 and not any(
        set(p.columns.values()) & set(plans[0].columns.values()) - {"USUBJID"} for p in together
    )
    yield (
        Question(
            f"table.{table}",
            "sheets" if together else "table",
            plans[0].sheet.place,
            choices=(*([JOIN] if together else []), *said),
            words=words,
            said=said,
            proposed=JOIN if together and alike else None,
        ),
        lambda answer: None,
    )
