"""What the import asks of a whole sheet: which column names
the patient, which course its rows are of, why it is unused.
"""

import re
from itertools import groupby

from papercheck.files.findings import shown

from ..read.by_date import BY_DATE
from ..read.dates import meanings, period, read_dates
from ..read.layout import ROW
from .events import ask_course_of_events, course_of_rows
from .fit import counts_of
from .identified import RUNNING_SCORE, id_score
from .match import candidates_of
from .outcomes import YESNO
from .questions import Question, Reason, about, choices_of, reason_kind
from .which_course import COURSES
from .words import level_of

DATED = ("ASTDT", "ADT")  # the date of a row of a table of courses, assessments or adverse events
LEAST = 3  # rows of a sheet whose rows may be the patients
MOST_LINES = 6  # of a patient, in a sheet that names patients on lines that follow each other
MOST_KNOWN = 0.9  # share of the rows in which another identifier is filled


def ask_identifier(sheet):
    """Two columns of identifiers, of which one differs in every row and the other names some patients twice."""
    if not sheet.id:
        return
    cells = sheet.cells(sheet.id)
    if cells[cells != ""].duplicated().any():
        return
    for name in (n for n in sheet.frame.columns if n != sheet.id):
        if max(id_score(t) for t in (name, sheet.label(name))) <= RUNNING_SCORE:
            continue
        other = sheet.cells(name)
        known = other[other != ""]
        twice = known[known.duplicated(keep=False)]
        if len(known) < MOST_KNOWN * len(other) or twice.empty or known.nunique() < 2:
            continue
        lines = ", ".join(str(x) for x in twice.index[twice == twice.iloc[0]][:4])
        words = {"n": len(sheet.frame), "id": sheet.id, "patients": known.nunique()}
        words["example"] = f"{shown(twice.iloc[0])}: {lines}"
        question = Question(
            f"identifier.{sheet.key}", "identifier", sheet.place, name, choices=(sheet.id, name), words=words
        )
        yield question, lambda answer: setattr(sheet, "id", answer)
        return


def ask_nameless(sheets):
    """Which column names the patient, where none is called so
    on any sheet: one that differs in every row, or the row.
    """
    if not sheets or any(s.id for s in sheets):
        return
    sheet = max(sheets, key=lambda s: len(s.frame))
    if len(sheet.frame) < LEAST:
        return
    meant = {n: candidates_of(((n, "name"), (sheet.label(n), "label")), "adsl") for n in sheet.frame.columns}
    open_ = [n for n in meant if set(meant[n]) <= {"USUBJID"}]
    found = [n for n in open_ if _differs_everywhere(sheet.cells(n)) or _names_blocks(sheet.cells(n))]
    words = {"columns": ", ".join(map(shown, list(sheet.frame.columns)[:8]))}
    called = [n for n in found if meant[n]] or found  # Hosp No before a comment that differs in each row
    blocks = [n for n in found if _names_blocks(sheet.cells(n))]
    proposed = ROW if not found else called[0] if len(called) == 1 and called[0] not in blocks else None
    _identify(sheet, proposed or ROW)
    question = about(sheet, "nameless", of="identifier", choices=(*found, ROW), proposed=proposed, words=words)
    yield question, lambda answer: _identify(sheet, answer)


def _identify(sheet, name):
    """Make a column that of the identifiers, or number the rows."""
    if name == ROW:
        sheet.frame = sheet.frame.assign(**{ROW: [str(line) for line in sheet.frame.index]})
    elif ROW in sheet.frame:
        sheet.frame = sheet.frame.drop(columns=ROW)
    sheet.id = name


def _differs_everywhere(cells) -> bool:
    """Whether a column is filled and another word or whole number in each row, as identifiers are."""
    return len(set(cells)) == len(cells) and _as_identifiers(cells)


def _names_blocks(cells) -> bool:
    """Whether a column is filled and names each of its words on lines that follow each other, most on several: the
    identifiers of a sheet with several lines a patient."""
    runs = [(word, len(list(lines))) for word, lines in groupby(cells)]
    once = len({word for word, _ in runs}) == len(runs) >= LEAST
    return (
        once
        and 2 * sum(n > 1 for _, n in runs) > len(runs)
        and max(n for _, n in runs) <= MOST_LINES
        and _as_identifiers(cells)
    )


def _as_identifiers(cells) -> bool:
    """Whether every cell is filled, with a word or a whole number: no measure and no date."""
    words = [c for c in cells if c]
    if len(words) < len(cells) or len(words) < LEAST:
        return False
    return not any(re.fullmatch(r"-?\d*[.,]\d+", w) or period(w) or (meanings(w) and not w.isdigit()) for w in words)


def ask_course_of_rows(plan, proposal):
    """The course of a sheet of assessments, lesions, adverse events or courses that has no column of it. Nothing waits
    for the answer where the cohort knows one course and no row is dated before its start."""
    if plan.table in ("adsl", "adtte") or "APHASE" not in plan.set or proposal.course != "RECHALLENGE":
        return
    if plan.sheet.rule:
        return  # asked with the columns of its visits
    if plan.why.get(plan.written("USUBJID")) == "ADaM" or "CDISC ADaM" in proposal.kinds:
        return  # a study has one course, and was asked for it
    by, said = course_of_rows(plan)
    if by:
        yield from ask_course_of_events(plan, by, said)
        return
    before, after = _sides(plan, proposal)
    first = any(t.endswith("_INITIAL") or t.startswith("PFS1") for p in proposal.plans for t in p.columns.values())
    words = {"n": int((plan.sheet.cells(plan.written("USUBJID"))[plan.read] != "").sum())}
    words |= {"before": before, "after": after}

    def settle(answer):
        if answer == "leave out":
            proposal.plans = [p for p in proposal.plans if p is not plan]
            proposal.unused[plan.sheet.place] = Reason("left out")
            return
        plan.set["APHASE"] = COURSES.get(answer, answer)
        plan.source_why["set"] = "no column names the course: as answered"

    yield (
        Question(
            f"rows_course.{plan.sheet.key}.{plan.table}",
            "rows_course" if before or after else "rows_course_undated",
            plan.sheet.place,
            choices=tuple(c for c in choices_of("rows_course") if c != BY_DATE or _can_be_dated(plan, proposal)),
            proposed="rechallenge" if not before and (after or not first) else None,
            words=words,
            blocking=bool(before or first),
        ),
        settle,
    )


def _can_be_dated(plan, proposal) -> bool:
    """Whether rows can be placed by their dates: not lesions, whose baseline stands before its course."""
    dated = plan.table in ("adae", "adrs") and any(plan.written(t) for t in DATED)
    return dated and bool(_starts(proposal)) and bool(_starts(proposal, "INITIAL"))


def _sides(plan, proposal) -> tuple[int, int]:
    """How many rows are dated before the start of rechallenge of their patient, and how many from it on."""
    name = next((plan.written(t) for t in DATED if plan.written(t)), "")
    by_id = _starts(proposal) if name else {}
    if not by_id:
        return 0, 0
    target = plan.columns[name]
    days = read_dates(plan.cells_of(target).replace("", None), plan.dates.get(target, ()))
    apart = (days - plan.sheet.cells(plan.written("USUBJID")).map(by_id)).dt.days[plan.read]
    early = -28 if target == "ADT" else 0  # a baseline scan stands before the first dose
    return int((apart < early).sum()), int((apart >= early).sum())


def _starts(proposal, course="RECHALLENGE") -> dict:
    """{patient: start of a course}, from the table of patients or from that of courses."""
    for table, target in (("adsl", f"ASTDT_{course}"), ("adex", "ASTDT")):
        plan = next((p for p in proposal.plans if p.table == table and p.written(target)), None)
        if plan is None:
            continue
        starts = read_dates(plan.cells_of(target).replace("", None), plan.dates.get(target, ()))
        if table == "adex" and plan.written("APHASE"):
            cells, meant = plan.sheet.cells(plan.written("APHASE")), plan.values.get("APHASE", {})
            starts = starts[cells.map(lambda cell, meant=meant: meant.get(cell, cell)) == course]
        return dict(zip(plan.sheet.cells(plan.written("USUBJID")).reindex(starts.index), starts, strict=True))
    return {}


def leave_out_none(plan):
    """Take out of a table of adverse events the rows that say that there was none: no event, or grade 0."""
    none = {"AEDECOD": lambda w: level_of(w, YESNO) == "N", "ATOXGR": lambda w: w.removesuffix(".0") == "0"}
    for target, says in none.items() if plan.table == "adae" else ():
        name = plan.written(target)
        cells = [w for w in counts_of(plan.sheet, name) if says(w)] if name else []
        if cells:
            plan.skip = {**plan.skip, name: cells}
            plan.source_why["skip"] = "rows that say that there was no adverse event"


def ask_unused(sheets, proposal):
    """A sheet that holds rows and that nothing is read of."""
    for sheet in sheets:
        why = proposal.unused.get(sheet.place, "")
        if reason_kind(why) in ("lacks", "no subject", "not adam"):
            words = {"n": len(sheet.frame), "why": why}
            yield (
                about(sheet, "unused", words=words, blocking=False),
                lambda answer: None,
            )
