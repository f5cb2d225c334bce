"""Events and repeated forms of a REDCap export: which event is of which course, and which visit of several holds."""

import re

from papercheck.vocabulary.dictionary import load_dictionary

from ..check.patterns import outcome_like
from ..read.courses import CALLED
from .assessed import ask_undated, find_assessments
from .courses import ENDS, KNOWN, Courses, is_of_a_course, target_of
from .fit import counts_of
from .questions import Question, Reason, Value, about, choices_of
from .redcap import EVENT, INSTANCE, INSTRUMENT, column_of, ends_form, fields
from .words import course_in, level_of

ARM = re.compile(r"[ _]*\(?arm[ _]\d+.*$", re.IGNORECASE)  # of the name of an event: its arm
VISIT = {"first visit": "first", "last visit": "last"}


def ask_events(sheet):
    """What joins the rows of a record: events that are courses, and forms that are filled at several visits."""
    frame, names = sheet.frame, fields(sheet.frame)
    event, repeat = column_of(frame, EVENT), column_of(frame, INSTRUMENT)
    visits = _visits(sheet, names, repeat)
    rows = frame[sheet.cells(repeat).isin(["", *visits])] if repeat else frame
    if not visits and (not event or rows[event].nunique() < 2):
        return
    by = event or repeat
    cells = sheet.cells(by).loc[rows.index]
    most = rows[names].groupby(sheet.cells(names[0]).loc[rows.index].to_numpy()).count().max()
    several = [c for c in names[1:] if most[c] > 1]
    sheet.assessed = find_assessments(sheet, rows, by, several, lambda word: KNOWN.get(_meant(word)) in CALLED)
    of_visits = {c for entry in sheet.assessed.values() for c in entry.own}
    several = [c for c in several if c not in of_visits]
    for table, entry in sheet.assessed.items():
        yield from ask_undated(sheet, table, entry)
    targets = {c: target_of(sheet, c)[0] for c in names[1:]}
    said = {word: KNOWN.get(_meant(word), "leave out") for word in dict.fromkeys(cells)}
    courses = [c for c in several if is_of_a_course(targets[c]) and not course_in(c)[0]]
    there = set(cells[rows[courses].notna().any(axis=1)])
    if sorted(said[word] for word in there) == sorted(CALLED):
        said = {word: course if word in there else "leave out" for word, course in said.items()}
    sheet.courses = _joined(sheet, rows, by, said, {})
    if courses and sorted(c for c in said.values() if c in CALLED) != sorted(CALLED):
        values = tuple(Value(word, int((cells == word).sum())) for word in said)
        own = {"of": "courses", "choices": choices_of("courses"), "values": values}
        question = about(sheet, "events", by, **own, words={"columns": ", ".join(courses)})
        yield question, lambda answer: setattr(sheet, "courses", _joined(sheet, rows, by, answer, {}))
    settled = {*sheet.courses.once, *sheet.courses.first}
    asked = [c for c in several if c in settled and (targets[c] or outcome_like(c) or outcome_like(sheet.label(c)))]
    if asked:
        proposed = {c: _visit_of(sheet, c, targets[c]) for c in asked}
        sheet.courses = _joined(sheet, rows, by, sheet.courses.values, proposed)
        values = tuple(Value(c, int(most[c]), sheet.label(c)) for c in asked)
        values_of = lambda answer: _joined(sheet, rows, by, sheet.courses.values, answer)  # noqa: E731
        question = about(sheet, "visits", values=values, proposed=proposed)
        yield question, lambda answer: setattr(sheet, "courses", values_of(answer))


def _visit_of(sheet, name, target) -> str:
    """The visit that a column filled at several visits is most likely read at: an outcome at the last one."""
    return "last visit" if target in ENDS or outcome_like(sheet.label(name) or name) else "first visit"


def _visits(sheet, names, repeat) -> list:
    """The repeated forms that are visits of the patient: they say who died or when a patient was last seen."""
    cells, found = sheet.cells(repeat) if repeat else [], []
    for instrument in sorted(set(cells) - {""}):
        rows = sheet.frame[cells == instrument]
        told = {target_of(sheet, c)[0] for c in names[1:] if rows[c].notna().any()}
        if told & set(ENDS):
            found.append(instrument)
    return found


def _meant(word) -> str:
    """The course that the name of an event speaks of, in words; '' where none does. A number alone counts visits."""
    text = ARM.sub("", word)
    spoken, by, _ = course_in(text)
    numbered = by.isdigit() or len(by) < 3
    return level_of(text, load_dictionary()["adex"].columns["APHASE"]) or ("" if numbered else spoken)


def _joined(sheet, rows, by, said, visits) -> Courses:
    """How the rows of a record are put side by side. said : {event: course}; visits : {column: first or last visit}."""
    frame, cells = sheet.frame, sheet.cells(by).loc[rows.index]
    repeat, names = column_of(frame, INSTRUMENT), fields(frame)
    keys = sheet.cells(names[0]).loc[rows.index].to_numpy()
    parts = {"once": [], "first": [], "last": []}
    of_visits = {c for entry in sheet.assessed.values() for c in entry.own}
    for name in (c for c in frame.columns if c not in (names[0], by, repeat, column_of(frame, INSTANCE))):
        if name in of_visits:
            parts["first"].append(name)  # read as rows of their own
            continue
        filled = rows[name].notna()
        there = {said.get(word) for word in cells[filled]} & set(CALLED)
        several = filled.groupby(keys).sum().max() > 1
        own = not ends_form(name) and is_of_a_course(target_of(sheet, name)[0]) and not course_in(name)[0]
        if there and ((own and there == {said.get(word) for word in cells[filled]}) or len(there) == 2 and own):
            continue  # of a course
        part = VISIT.get(visits.get(name, ""), "first") if several else "once"
        parts[part].append(name)
    kept = {repeat: [w for w in dict.fromkeys(sheet.cells(repeat).loc[rows.index])]} if repeat else {}
    return Courses(by, dict(said), *(tuple(parts[k]) for k in ("once", "first", "last")), kept)


def course_of_rows(plan) -> tuple[str, dict]:
    """The column of an export that tells of which course the rows of a repeated form or of visits are, the event or the
    instance, with the course that each cell speaks of; ("", {}) where none does."""
    frame = plan.sheet.frame
    event, repeat, instance = (column_of(frame, names) for names in (EVENT, INSTRUMENT, INSTANCE))
    if not plan.rows or not (event or repeat):
        return "", {}
    words = list(counts_of(plan.sheet, event)) if event else []
    said = {word: KNOWN.get(_meant(word), plan.sheet.events.get(word, "")) for word in words}
    said = {word: course if course in CALLED else "" for word, course in said.items()}
    if set(said.values()) & set(CALLED):
        return event, said
    counts = plan.table == "adex" or plan.table == "adrs" and not plan.written("ADT")  # dates tell it better
    repeated = counts and instance and plan.rows.get(repeat)
    numbers = counts_of(plan.sheet, instance) if repeated else {}
    if len(numbers) < 2 or frame[[plan.written("USUBJID"), instance]].duplicated().any():
        return "", {}
    of_courses = set(numbers) == {"1", "2"} and "adex" in (plan.table, *plan.beside)
    order = dict(zip(("1", "2"), CALLED, strict=True)) if of_courses else {}
    return instance, {number: order.get(number, "") for number in sorted(numbers)}


def ask_course_of_events(plan, by, said):
    """The course of the rows of a repeated form, by its event or instance."""
    counts = counts_of(plan.sheet, by)
    values = tuple(Value(word, counts[word]) for word in said)
    label, spoken = load_dictionary()[plan.table].label, set(said.values()) - {""}
    if plan.table == "adtr" and len(spoken) == 1:  # a baseline stands before its course
        said = dict.fromkeys(said, next(iter(spoken)))
    question = Question(
        f"rows_course.{plan.sheet.key}.{plan.table}",
        "rows_events",
        plan.sheet.place,
        by,
        choices=choices_of("rows_events"),
        values=values,
        proposed=said if all(said.values()) else None,
        words={"table": label},
    )
    yield question, lambda answer: _settle_events(plan, by, answer)


def _settle_events(plan, by, answer):
    codes = {"first course": "INITIAL", "rechallenge": "RECHALLENGE"}
    plan.set.pop("APHASE", None)
    plan.source_why["set"] = ""
    plan.columns[by], plan.why[by] = "APHASE", Reason("as answered")
    plan.values["APHASE"] = {word: codes[c] for word, c in answer.items() if c in codes}
    gone = [word for word, c in answer.items() if c not in codes]
    if gone:
        plan.skip = {**plan.skip, by: gone}
        plan.source_why["skip"] = "left out, as answered"
