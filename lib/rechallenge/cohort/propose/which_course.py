"""Which course of a patient the outcomes of a file belong to:
rechallenge, the first one, or neither; asked where no name says it.
"""

import re

from .outcomes import PARTNER, PROGRESS
from .questions import Question, choices_of
from .words import course_in

COURSES = {"rechallenge": "RECHALLENGE", "first course": "INITIAL", "neither": ""}  # {answer: APHASE}
NUMBERED = re.compile(r"\(column \d+\)")  # what a column without a name is called


def ask_of_study(sheets):
    """The question of a study in ADaM, whose names say no course."""
    return _question(sheets, None, "ADaM")


def ask_course(sheets, plans):
    """The question of the course where outcomes of `plans` are of none by their names, or all are of the first."""
    targets = [(p, n, t) for p in plans for n, t in p.columns.items()]
    courseless = [n for p, n, _ in targets if _names_no_course(p, n)]
    if not any(t.endswith(("_RECHALLENGE", "PFSR", "PFSR_EVENT")) for _, _, t in targets):
        courseless += [n for p, n, t in targets if t == "OS" and not _says_again(p, n)]
    alone = [] if courseless else _first_alone(plans)
    return _question(sheets, courseless or alone, "", "course alone" if alone else "course")


def _first_alone(plans) -> list:
    """The columns of outcomes that are of the first course by their names, where none is of rechallenge."""
    found = {n: t for p in plans for n, t in p.columns.items()}
    again = any(t.endswith("_RECHALLENGE") or t.startswith("PFSR") for t in found.values())
    long = any(_may_hold_rechallenge(p) for p in plans)
    return [] if again or long else [n for n, t in found.items() if t.endswith("_INITIAL") or t.startswith("PFS1")]


def _may_hold_rechallenge(plan) -> bool:
    """Whether rows of a table, and not its columns, may be of rechallenge: by their APHASE, or endpoints in rows."""
    phases = plan.values.get("APHASE", {}).values()
    return plan.table == "adtte" or bool(plan.written("APHASE")) and (not phases or "RECHALLENGE" in phases)


def _names_no_course(plan, name) -> bool:
    """Whether neither the name of an outcome nor that of its other half (the event of a duration) says the course."""
    other = plan.written(PARTNER.get(plan.columns[name], ""))
    return all("no course named" in plan.why.get(n, "") for n in (name, other) if n)


def _says_again(plan, name) -> bool:
    """Whether the name or label of a column, or the heading above it, speaks of rechallenge."""
    texts = (name, plan.sheet.label(name), plan.sheet.groups.get(name, ""))
    return any(course_in(t)[0] == "RECHALLENGE" for t in texts if t)


def _question(sheets, courseless, kind, topic="course"):
    """Which course the outcomes belong to, asked where no name says it, or where all names say the first."""
    if kind or courseless:
        named = ", ".join(list(dict.fromkeys(courseless or []))[:6]) or kind
        file = ", ".join(dict.fromkeys(s.path.name for s in sheets if s.id) or {s.path.name: "" for s in sheets})
        spoken = {
            course_in(t)[0]
            for s in sheets
            for c in s.frame.columns
            if c not in s.placed  # told apart by a number that counts no course, or asked about
            for t in (c, s.label(c), s.groups.get(c, ""))
            if t and not NUMBERED.fullmatch(t)
        }
        proposed = "first course" if topic == "course alone" else _named_course(spoken, courseless or [], sheets)
        yield (
            Question("course", topic, file, choices=choices_of("course"), proposed=proposed, words={"columns": named}),
            lambda answer: None,
        )


def _named_course(spoken, courseless, sheets) -> str | None:
    """The course that the names of the files speak of: rechallenge where one does; the first where they speak of it
    alone and no second time to progression stands beside it, which would belong to another course."""
    if "RECHALLENGE" in spoken:
        return "rechallenge"
    labels = [t for s in sheets for c in s.frame.columns if c in courseless for t in (c, s.label(c)) if t]
    again = any(PROGRESS.search(t.replace("_", " ")) for t in labels)
    return "first course" if "INITIAL" in spoken and not again else None
