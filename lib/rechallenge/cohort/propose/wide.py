"""Responses in a column for each visit: which columns they are, when each visit was, and of which course they are."""

import re
from dataclasses import replace
from types import SimpleNamespace

from papercheck.files.findings import shown
from papercheck.vocabulary.dictionary import load_dictionary

from ..read.dates import meanings, means_date
from ..read.visits import BEST, DATE, DATE_IN, RESPONSE, SUM, part_date, rows_of_visits
from .look import TWICE
from .match import NAMED, WITHIN, candidates_of
from .plan import plan_table
from .questions import Reason, Reasons, about, choices_of
from .which_course import COURSES
from .words import NUMBERED, OF_VISIT, course_in, level_of, of_visit

UNITS = {"weeks": r"周|wks?|weeks?|w|wochen?|semaines?|semanas?", "months": r"个月|mos?|months?|m|monate?|mois|meses"}
AT = {
    unit: re.compile(
        rf"第? ?(\d+) ?(?:{words})(?![a-z])(?:后|末)?|(?<![a-z])(?:{words})[ _.-]*(\d+)(?!\d)", re.IGNORECASE
    )
    for unit, words in UNITS.items()
}
FIGURES = "一二三四五六七八九十"
NUMBER = re.compile(rf"第 ?(\d+|[{FIGURES}]+) ?次|(?<![\d.])(\d{{1,2}})(?:st|nd|rd|th)?(?![\d.])", re.IGNORECASE)
NOT_VISITS = re.compile(r"线|line|course|regimen|疗程|\bici ?\d|best|最佳|\bbor\b", re.IGNORECASE)
MOST, LEAST = 0.5, 3  # share of the cells that must be responses; columns that are numbered in a row


def find_visits(sheet, chosen=()) -> tuple:
    """The columns of a sheet that hold the responses of a visit each, with the keys of Visit in cohort.yml.

    chosen : columns whose meaning a person chose. Visits without a date have `response` alone."""
    ids = sheet.cells(sheet.id) if sheet.id else None
    if ids is None or ids[ids != ""].duplicated().any():
        return ()
    series = {}
    for name in (c for c in sheet.frame.columns if c != sheet.id and c not in chosen):
        if not (name in sheet.as_visits or holds_responses(sheet, name)):
            continue
        stem, number, at = parted(name)
        series.setdefault(stem, []).append((name, number, at))
    found = []
    for members in series.values():
        named = [m for m in members if m[2] or of_visit(m[0], sheet.label(m[0])) or m[0] in sheet.as_visits]
        if named or len({number for _, number, _ in members}) >= LEAST or _repeated(sheet, members):
            found += named if named else members
    order = {c: i for i, c in enumerate(sheet.frame.columns)}
    found.sort(key=lambda member: order[member[0]])
    dates = dates_of_visits(sheet, found)
    return tuple({"response": name, **(at or dates.get(name, {}))} for name, _, at in found)


def holds_responses(sheet, name) -> bool:
    """Whether a column whose name speaks of no course and no best response holds responses."""
    if NOT_VISITS.search(name) and not any(p.search(name) for p in AT.values()):
        return False
    return responses_in(sheet, name)


def responses_in(sheet, name) -> bool:
    """Whether most cells are responses, with or without a date, or codes under a name that speaks of a response."""
    spec, labels = load_dictionary()["adrs"].columns["AVALC"], sheet.codes.get(name, {})
    cells = [c for c in sheet.cells(name) if c]
    if not cells:
        return False
    said = sum(bool(level_of(labels.get(c, c), spec) or level_of(part_date(c)[1], spec)) for c in cells)
    if said > MOST * len(cells):
        return True
    codes = not labels and all(re.fullmatch(r"\d(\.0)?", c) for c in cells)
    spoken = candidates_of(((parted(name)[0], "name"),), "adrs").get("AVALC", (0,))[0]
    return codes and spoken >= NAMED - 2


def parted(name) -> tuple:
    """A name without the number of its visit, that number, and the day that it says: {} for none."""
    text = NUMBERED.sub(" ", TWICE.sub("", str(name)))
    day = DATE_IN.search(text)
    at = {"day": meanings(day[0])[""]} if day and "" in meanings(day[0]) else {}
    text = DATE_IN.sub(" ", text)
    for unit, pattern in AT.items():
        match = None if at else pattern.search(text)
        if match:
            at, text = {unit: int(match[1] or match[2])}, text[: match.start()] + " " + text[match.end() :]
    match = NUMBER.search(text)
    number = "" if match is None else match[1] or match[2]
    stem = text if match is None else text[: match.start()] + " " + text[match.end() :]
    return " ".join(re.sub(r"[_\W]+", " ", stem).split()).lower(), number, at


def _repeated(sheet, members) -> bool:
    """Whether the same name stands several times, each beside a column of dates."""
    same = len(members) > 1 and len({TWICE.sub("", name) for name, *_ in members}) == 1
    return same and len(_beside(sheet, [name for name, *_ in members])) == len(members)


def _is_date(sheet, name) -> bool:
    cells = [c for c in sheet.cells(name) if c]
    return bool(cells) and sum(means_date(c) and len(c) > 4 for c in cells) > MOST * len(cells)


def _free_dates(sheet) -> list:
    """The columns of dates that are no date of the patient or of a course by their names."""
    texts = lambda c: ((parted(c)[0], "name"), (sheet.label(c), "label"))  # noqa: E731
    spec = load_dictionary()["adsl"].columns
    said = lambda c: {t: x for t, (x, _) in candidates_of(texts(c), "adsl").items() if spec[t].type == "date"}  # noqa: E731
    names = [c for c in sheet.frame.columns if c != sheet.id and _is_date(sheet, c)]
    return [c for c in names if all(score < WITHIN for score in said(c).values())]


def dates_of_visits(sheet, members) -> dict:
    """{column of responses: {"date": its column of dates}}: in its own cells, of the same number, or beside it."""
    found, free = {}, _free_dates(sheet)
    numbers = {}
    for name in free:
        numbers.setdefault(parted(name)[1], []).append(name)
    for name, number, _ in members:
        cells = [c for c in sheet.cells(name) if c]
        same = numbers.get(number, ()) if number else ()
        akin = same if len(same) == 1 else [d for d in same if _words(d) & _words(name)]  # C1D1 is no date of TA1
        if sum(bool(part_date(c)[0]) for c in cells) > MOST * len(cells):
            found[name] = {"date": name}
        elif len(akin) == 1:
            found[name] = {"date": akin[0]}
    rest = [name for name, _, at in members if name not in found and not at]
    return found | {k: {"date": v} for k, v in _beside(sheet, rest).items()}


def _words(name) -> set:
    return set(parted(name)[0].split())


def _beside(sheet, names) -> dict:
    """{name: the column of dates beside it}, where every one has one on the same side and none is of another visit."""
    columns, free = list(sheet.frame.columns), set(_free_dates(sheet))
    for step in (-1, 1):
        places = [columns.index(name) + step for name in names]
        found = {n: columns[p] for n, p in zip(names, places, strict=True) if 0 <= p < len(columns)}
        other = any({parted(n)[1], parted(d)[1]} - {""} > {parted(n)[1]} - {""} for n, d in found.items())
        if len(found) == len(names) == len(set(found.values())) and set(found.values()) <= free and not other:
            return found
    return {}


def columns_of(visits) -> set:
    """The columns of a sheet that belong to visits."""
    return {v[k] for v in visits for k in ("response", "sum", "date") if k in v}


def ask_wide(plan, proposal):
    """Whether the columns of responses are read as visits, and of which course; what is missing where none is dated."""
    visits = [v for v in plan.sheet.wide if set(v) - {"response"}] if plan.table == "adsl" else []
    if plan.table != "adsl" or not plan.sheet.wide:
        return
    for name in columns_of(plan.sheet.wide):
        plan.left[name] = Reason("visit")
    for name in columns_of(visits):
        plan.left[name] = Reason("visit asked")
    starts = {c: plan.written(f"ASTDT_{code}") for c, code in COURSES.items() if code and plan.written(f"ASTDT_{code}")}
    counted = [v for v in visits if set(v) & {"weeks", "months"}]
    known = [v for v in visits if v not in counted or starts]
    other = any(p.table == "adrs" for p in proposal.plans)
    topic = "wide_responses" if not known or other else "wide_visits"
    said = Reasons(tuple(said_of_visit(plan.sheet, v) for v in plan.sheet.wide))
    choices = [c for c in choices_of("wide_visits") if c in (starts or COURSES) or c not in COURSES]
    choices = [c for c in choices if c != "by date" or (len(starts) > 1 and not counted)]
    if topic == "wide_responses":
        choices = choices_of(topic)
    yield (
        about(
            plan.sheet,
            topic,
            of="wide",
            choices=tuple(choices),
            proposed=likely_course(plan, known, starts, choices) if topic == "wide_visits" else None,
            words={"counts": said},
            blocking=topic == "wide_visits",
        ),
        lambda answer: (
            None if answer == "unneeded" else add_visits(plan, proposal, known, answer, starts.get(answer, ""))
        ),
    )


def said_of_visit(sheet, visit) -> Reason:
    """A visit in words."""
    measure = visit.get("response") or visit["sum"]
    n = int((sheet.cells(measure) != "").sum())
    when = next((k for k in ("date", "day", "weeks", "months") if k in visit), "undated")
    when = "own date" if visit.get("date") == measure else when
    value = visit.get("date") or visit.get("day") or visit.get("weeks", visit.get("months", ""))
    return Reason(f"visit {when}", column=shown(measure), n=n, value=shown(str(value)))


def likely_course(plan, visits, starts, choices) -> str | None:
    """The course that the names speak of, or the only one that has a start."""
    names = [OF_VISIT.sub(" ", v.get("response") or v["sum"]) for v in visits]
    for pattern in AT.values():
        names = [pattern.sub(" ", name) for name in names]
    spoken = {course_in(name)[0] for name in names} & {"INITIAL", "RECHALLENGE"}
    spoken = {"INITIAL": "first course", "RECHALLENGE": "rechallenge"}.get(spoken.pop()) if len(spoken) == 1 else None
    only = next(iter(starts)) if len(starts) == 1 else None
    return next((c for c in (spoken, only) if c in choices), None)


def add_visits(plan, proposal, visits, answer, start, best=False):
    """Add the table of the visits to a proposal. best : the best change of the sums alone, without dates."""
    dates = plan.dates.get(plan.columns.get(start, ""), ()) if start else ()
    counted = any(not set(v) & {"date", "day"} for v in visits) and not best
    rule = (
        {"columns": visits}
        | ({"start": start, "dates": list(dates)} if counted else {})
        | ({"best": True} if best else {})
    )
    empty = {"response": "", "sum": "", "date": "", "day": None, "weeks": 0, "months": 0}
    columns = [SimpleNamespace(**{**empty, **v, "measure": v.get("response") or v["sum"]}) for v in visits]
    spread = SimpleNamespace(start=rule.get("start", ""), dates=dates, columns=columns, best=best)
    frame = rows_of_visits(plan.sheet.frame, plan.sheet.id, spread)
    of_sums = "sum" in visits[0]
    called = (BEST if best else SUM) if of_sums else RESPONSE
    labels = {}
    for visit in columns:
        labels |= plan.sheet.codes.get(visit.measure, {})
    bare = {"whole": None, "wide": (), "wide_sums": (), "adverse": (), "rule": {"visits": rule}}
    sheet = replace(plan.sheet, frame=frame, codes={called: labels} if labels else {}, **bare)
    target = {RESPONSE: "AVALC", SUM: "SDIAM", BEST: "PCHG"}[called]
    placed = {called: target} if best else {called: target, DATE: "ADT"}
    made = plan_table(sheet, "adtr" if of_sums else "adrs", placed=placed)
    made.rows, made.skip = dict(plan.rows), dict(plan.skip)
    made.set["APHASE"] = COURSES.get(answer, answer)
    made.source_why["set"] = "as answered"
    proposal.plans.append(made)
    for name in columns_of(visits):
        plan.left.pop(name, None)
