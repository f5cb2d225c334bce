"""What the import asked, and whether a person answered it: open questions, and answers that the data contradict."""

import pandas as pd

from papercheck.files.findings import Finding, Message

from ..declare.source import written_cells
from .rule import Data

ANSWER = "Answer by `rechallenge import ... --ask`, or under `confirmed:` in cohort.yml."
MOST_SHOWN = 3  # cells of those that wait which a finding shows
DISMISS = "Answer it, or dismiss it with a reason under `dismissed:` in cohort.yml: `{id}: why`."


def answered(question, meta) -> bool:
    """Whether a question of the import is closed."""
    if question.kind == "event":
        return question.target in meta.confirmed.events
    if question.kind == "course":
        return bool(meta.confirmed.course)
    if question.id in meta.dismissed:
        return True
    return question.kind == "placed" and question.column in _placed(meta, question.file)


def columns_asked(meta) -> set[str]:
    """The columns of the dictionary that wait for an answer without which there is no report."""
    return {t for q in _waiting(meta) for t in (q.target, *q.targets) if t}


def _waiting(meta) -> list:
    """The questions without whose answer there is no report."""
    return [q for q in meta.questions if q.blocks and not answered(q, meta)]


def until_answered(faults, meta) -> list[Finding]:
    """The faults of cells, those of columns that wait for an answer as one finding a question: it explains them."""
    found = list(faults)
    for question in _waiting(meta):
        columns = {question.target, *question.targets} - {""}
        mine = [f for f in found if f.row and f.file != "cohort.yml" and f.column in columns]
        if len(mine) > 1:
            shows = ", ".join(dict.fromkeys(f"{f.value} (row {f.row})" for f in mine[:MOST_SHOWN]))
            rule = Message("{n} cells wait for an answer to a question: how they are read is not known", n=len(mine))
            place = {"column": ", ".join(dict.fromkeys(f.column for f in mine)), "value": f"{shows}, ..."}
            one = Finding(mine[0].file, rule, ANSWER, row=mine[0].row, **place)
            found = [one, *(f for f in found if f not in mine)]
    return found


def _placed(meta, file) -> set[str]:
    """The columns of a file that cohort.yml names by now."""
    found = set(meta.columns)
    for source in meta.sources.values():
        if not file or source.file == file:
            found |= {*source.columns, *source.ignore, *source.rows, *source.skip}
            for none, boxes, *_ in source.checkboxes.values():
                found |= {none, *boxes}
    return found


def unanswered_questions(data: Data):
    """Those without which there is no report: one sentence for all."""
    open_ = _waiting(data.meta)
    if open_:
        texts = " ".join(q.text if q.text.endswith(("?", ".", "）")) else f"{q.text}." for q in open_)
        one = "one question to answer before there is a report: {questions}"
        words = Message(
            one if len(open_) == 1 else one.replace("one question", "{n} questions"), n=len(open_), questions=texts
        )
        row, names = data.meta.lines.get(("questions",)), ", ".join(q.id for q in open_)
        yield Finding("cohort.yml", words, _how(open_), row=row, column="questions", value=names)


def _how(open_) -> str:
    """Where the answers stand, with the keys to write."""
    keys = [f"events: {{{q.target}: {{event: [...], censored: [...]}}}}" for q in open_ if q.kind == "event"]
    keys += ["course: rechallenge" for q in open_ if q.kind == "course"]
    return Message(ANSWER.rstrip(".") + ", such as `{keys}`.", keys=f"{{{', '.join(keys)}}}") if keys else ANSWER


def _told_of(data, phase, endpoint) -> bool:
    """Whether the tables tell anything of a course: its start, its outcome, or a response to it."""
    responses = data.rows("adrs", "APHASE", "AVALC")
    responded = responses is not None and (responses["AVALC"].notna() & (responses["APHASE"] == phase)).any()
    return bool(len(data.starts(phase)) or responded or data.outcome(endpoint) is not None)


def course_against_columns(data: Data):
    """Rechallenge in a cohort that was confirmed to be another, or none in one that was confirmed to be of it."""
    course, row = data.meta.confirmed.course, data.meta.lines.get(("confirmed", "course"))
    again = _told_of(data, "RECHALLENGE", "PFSR")
    place = {"row": row, "column": "confirmed.course", "value": course}
    if course in ("first course", "neither") and again:
        action = "Take the columns of rechallenge out (PFSR, ASTDT_RECHALLENGE ...), or confirm another course."
        yield Finding("cohort.yml", "the cohort was confirmed to be another, yet it has a rechallenge", action, **place)
    alone = _told_of(data, "INITIAL", "PFS1")
    if course == "neither" and alone:
        action = "Take the columns of the first course out (PFS1, ASTDT_INITIAL ...), or confirm `first course`."
        yield Finding(
            "cohort.yml", "the cohort was confirmed to be of no such course, yet it has a first one", action, **place
        )
    if not course and alone and not again:
        action = (
            "Write `confirmed: {course: first course}` into cohort.yml (overall survival then counts from its first"
        )
        action += " dose), or add the start or the outcome of rechallenge."
        yield Finding("cohort.yml", "a first ICI course and no rechallenge, and nobody said which it is", action)
    if course == "rechallenge" and not again and data.outcome("OS") is None:
        action = "Place the outcome or the start of rechallenge, or confirm another course."
        yield Finding(
            "cohort.yml", "a rechallenge cohort without a start or an outcome of rechallenge", action, **place
        )


def open_questions(data: Data):
    """A question of the import that is neither answered nor dismissed."""
    for place, question in enumerate(data.meta.questions):
        if not question.blocks and not answered(question, data.meta):
            yield Finding(
                "cohort.yml",
                question.text,
                Message(DISMISS, id=question.id),
                column=question.column,
                row=data.meta.lines.get(("questions", str(place))),
                value=question.id,
            )


def dismissals_of_nothing(data: Data):
    """A dismissal of a question that was not asked, or that only an answer can close."""
    asked = {q.id: q for q in data.meta.questions}
    for name in data.meta.dismissed:
        row = data.meta.lines.get(("dismissed", name))
        if name in asked and asked[name].kind in ("event", "course"):
            yield Finding(
                "cohort.yml",
                "this question cannot be dismissed: no report without its answer",
                ANSWER,
                row=row,
                column=f"dismissed.{name}",
            )


def _raw_column(data, confirmed):
    """The written cells of the column that was confirmed, of the rows that are patients."""
    for file, frame in data.raw.values():
        if confirmed.column in frame.columns and file.split("[")[0] == (confirmed.file or file).split("[")[0]:
            return written_cells(frame[confirmed.column]).str.strip()
    return None


def events_against_their_confirmation(data: Data):
    """Counts and codes of an event column that are no longer as a person confirmed them."""
    for target, confirmed in data.meta.confirmed.events.items():
        place = {"row": data.meta.lines.get(("confirmed", "events", target)), "column": target}
        cells = _raw_column(data, confirmed) if confirmed.column else None
        if cells is not None and confirmed.counts:
            now = {k: int(v) for k, v in cells.value_counts().items()}
            said = {k: v for k, v in confirmed.counts.items() if v}
            if now != said:
                words = Message("the events of {column} were confirmed for other data", column=target)
                yield Finding("cohort.yml", words, ANSWER, value=f"{_listed(said)}; now {_listed(now)}", **place)
        yield from _translation(data, target, confirmed, place)


def _listed(counts):
    return ", ".join(f"{k or 'empty'}: {v}" for k, v in sorted(counts.items()))


def _translation(data, target, confirmed, place):
    """Codes whose translation under `values` is not what was confirmed."""
    values = dict(data.meta.values.get(target, {}))
    for source in data.meta.sources.values():
        values |= source.values.get(target, {})
    one = "0" if target == "CNSR" else "1"
    for code in (*confirmed.event, *confirmed.censored):
        wanted = one if code in confirmed.event else {"0": "1", "1": "0"}[one]
        meant = pd.to_numeric(values.get(code, code), errors="coerce")
        if meant != float(wanted):
            event = code in confirmed.event
            words = Message(
                "{column}: the code was confirmed as the event"
                if event
                else "{column}: the code was confirmed as no event",
                column=target,
            )
            action = Message(
                "Write `{code}: {wanted}` under `values: {target}`, or confirm again.",
                code=code,
                wanted=wanted,
                target=target,
            )
            yield Finding("cohort.yml", words, action, value=f"{code}; read as {values.get(code, code)}", **place)
