"""Which table of the dictionary each sheet is, and which plan is taken where several could be."""

import pandas as pd

from papercheck.files.findings import CohortError
from papercheck.vocabulary.dictionary import load_dictionary

from ..read.grid import stem_of
from . import adam, redcap, which_course
from .assessed import dated_assessments, measures_beside
from .follow_up import leave_out_unfilled
from .match import LEFT_OUT
from .placed import never_given
from .plan import TablePlan, plan_table
from .proposal import Proposal
from .questions import Question, Reason, Reasons
from .shapes import no_subjects, shape_faults
from .together import JOIN, STACK, joinable, number_anew, put_below, put_together, said_of, stackable
from .words import position, synonyms

BOX = "a box of a checkbox"


def plan_sheets(sheets, proposal, has_dictionary):
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
                plan = best_plan(
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
            plan = best_plan(sheet, columns, "", len(sheets) == 1, course, {**sheet.placed, **placed})
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


def best_plan(sheet, columns, name, alone=False, course="RECHALLENGE", placed=()) -> TablePlan | str:
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
