"""Adverse events in columns of the patients: AE1 with its grade and start, or a column for each event."""

import re
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

from papercheck.files.findings import shown

from ..declare.source import GRADE
from ..read.by_date import BY_DATE
from ..read.event_cells import events_in
from ..read.event_columns import COURSE, START, TERM, each_of_cell, rows_of_events
from .fit import MOST, counts_of
from .look import columns_of_event
from .match import LEFT_OUT
from .outcomes import YESNO, kind_of
from .plan import plan_table
from .questions import Reason, Reasons, Value, about, choices_of
from .sheets import leave_out_none
from .which_course import COURSES
from .wide import parted
from .words import course_in, level_of, means_unknown, synonyms

EVENT = re.compile(
    r"ctcae|不良|毒性|(?<![a-z])(?:ir)?aes?(?![a-z])|adverse|toxicit|nebenwirkung|副反应|side[ _-]?effect",
    re.IGNORECASE,
)
TERMS = re.compile(
    r"fatigue|asthenia|rash|prurit|pruritus|itch|nausea|vomit|emesis|diarrh|colitis|hepatitis|pneumonitis"
    r"|(?<![a-z])ild(?![a-z])|"
    r"thyroid|myocarditis|myositis|nephritis|arthr(?:algia|itis)|hypophysitis|adrenal|neutropeni|leu[kc]openi"
    r"|an[ae]*mia|"
    r"thrombocytopeni|mucositis|stomatitis|neuropath|anorexia|appetite|constipation|pyrexia|fever|dermatitis"
    r"|transaminase|"
    r"a[ls]t (?:increase|elevat)|infusion reaction|cough|alopecia|proteinuria|rccep|"
    r"乏力|疲劳|皮疹|皮肤|肝功能|肝酶|肌酐|心肌酶|心脏毒性|肾毒性|肝毒性|胰腺炎|口干|水肿|免疫性|免疫相关|皮疹|瘙痒|恶心|呕吐|腹泻|结肠炎|肺炎|肝炎|肝损|转氨酶|甲状腺|甲减|甲亢|心肌炎"
    r"|肾炎|垂体|肾上腺|骨髓抑制|白细胞减少|粒细胞减少|"
    r"血小板减少|贫血|口腔炎|黏膜炎|周围神经|食欲|纳差|便秘|发热|关节|输液反应|脱发|蛋白尿|血管增生",
    re.IGNORECASE,
)
NO_EVENT = re.compile(  # what was known before, and what sums several events up
    r"history|prior|baseline|comorbid|before|hbv|hbs|hepatitis ?[bc](?![a-z])|discontinu|leading|led to"
    r"|serious|(?<![a-z])sae|any|"
    r"total|number|count|related death|dose|treatment of|steroid|既往|病史|基线|合并|乙肝|丙肝|停药|导致|数|激素|总",
    re.IGNORECASE,
)
SEVERITY = re.compile(r"grade|ctcae|(?<![a-z])gr(?![a-z])|分级|级别|等级|grad(?![a-z])|severity|程度", re.IGNORECASE)
WORST = re.compile(
    r"(?<![a-z])(?:max(?:imum|imal)?|worst|highest|overall|most severe)(?![a-z])\.?|最高|最大|最严重|最重",
    re.IGNORECASE,
)
ANY_TERM = re.compile(
    r"(?:immune[ -]?(?:related|mediated)?|toxicit(?:y|ies)|免疫(?:治疗)?相关(?:的)?|毒性(?:反应)?|[\W_])*",
    re.IGNORECASE,
)
IMMUNE = re.compile(r"(?<![a-z])ir[ -]?aes?(?![a-z])|immun|免疫", re.IGNORECASE)
WHEN = re.compile(r"date|onset|start|time|日期|时间|发生|datum|fecha", re.IGNORECASE)
GRADES = re.compile(
    r"(?:g|grade|gr\.?)? ?[0-5](?:\.0)?(?:级|度)?|[ⅠⅡⅢⅣⅤ]+(?:级|度)?|[IV]{1,3}(?:级|度)?", re.IGNORECASE
)
WORDS_AROUND = re.compile(
    r"\([^)]*\)|（[^）]*）|(?<![a-z])(?:ir)?aes?(?![a-z])|adverse event|不良反应|不良事件", re.IGNORECASE
)
NO_GRADE = re.compile(r"(?:g|grade|gr\.?)? ?0(?:\.0)?(?:级|度)?", re.IGNORECASE)
MOST_WORDS = 60  # characters of a cell that names an event


def find_events(sheet, names) -> tuple:
    """The adverse events that some columns of a sheet of patients hold: each {term or called, grade, start, yes}, as in
    cohort.yml."""
    left = [n for n in names if not sheet.frame[n].isna().all() and not NO_EVENT.search(_text(sheet, n))]
    named = [n for n in left if names_events(sheet, n)]
    found = [{"term": n, **_beside(sheet, left, n), **_none(sheet, n)} for n in named]
    taken = {c for event in found for c in columns_of_event(event)}
    alike = _shapes(sheet, [n for n in left if n not in taken and _is_event(sheet, n)])
    is_event = lambda n: _is_event(sheet, n) or _holds_grades(sheet, n) and any(_is_alike(n, s) for s in alike)  # noqa: E731
    graded = any(_highest(sheet, n) > 1 for n in left if n not in taken and is_event(n))
    for name in (n for n in left if n not in taken and is_event(n)):
        said = _called(sheet, name)
        event = {"called": said, "grade": name, **_start_of(sheet, left, name)}
        yes = _yes(sheet, name, graded)
        found.append(event | ({"yes": yes} if yes else {}) | _none(sheet, name))
    return tuple(event for event in found if not _repeats(sheet, event, found))


def _repeats(sheet, event, events) -> bool:
    """Whether a column of yes and no says what that of the grades of the same event says as well."""
    others = [e for e in events if e is not event and e.get("called") == event.get("called") and "yes" not in e]
    if not event.get("yes") or len(others) != 1:
        return False
    said = sheet.cells(event["grade"]).isin(event["yes"])
    graded = ~sheet.cells(others[0]["grade"]).isin(["", "0", "0.0"])
    return bool((said == graded).all())


def _text(sheet, name) -> str:
    return f"{name} {sheet.label(name)}".replace("_", " ")


def names_events(sheet, name) -> bool:
    """Whether a column is called an adverse event and holds the names of events."""
    text = _text(sheet, name)
    if not EVENT.search(text) or SEVERITY.search(text) or WHEN.search(text):
        return False
    words = [w for w in counts_of(sheet, name) if not means_unknown(w) and level_of(w, YESNO) != "N"]
    plain = [w for w in words if not GRADES.fullmatch(w) and level_of(w, YESNO) != "Y" and len(w) <= MOST_WORDS]
    return bool(words) and len(plain) > MOST * len(words) and kind_of(sheet, name) in ("words", "flag")


def _beside(sheet, left, name) -> dict:
    """{grade, start} of a column of names: of the same number, the only ones, or a grade right behind it."""
    number, text = parted(name)[1], _text(sheet, name)
    others = [n for n in left if n != name and parted(n)[1] == number]
    alone = [n for n in others if EVENT.search(_text(sheet, n)) or number or parted(n)[0].startswith(parted(name)[0])]
    course = course_in(re.sub(r"\d", " ", text))[0]
    columns = list(sheet.frame.columns)
    behind = columns[columns.index(name) + 1 :][:1]
    alone += [
        n for n in behind if n in others and n not in alone and SEVERITY.fullmatch(WORST.sub("", n).strip(" ._-"))
    ]
    alone = [n for n in alone if course_in(re.sub(r"\d", " ", _text(sheet, n)))[0] in (course, "")]
    grades = [n for n in alone if SEVERITY.search(_text(sheet, n)) and _highest(sheet, n) >= 0]
    starts = [n for n in alone if kind_of(sheet, n) == "date" and not SEVERITY.search(_text(sheet, n))]
    found = {"grade": grades[0]} if len(grades) == 1 else {}
    return found | ({"start": starts[0]} if len(starts) == 1 else {})


def _is_event(sheet, name) -> bool:
    """Whether a column is called after an event and holds grades, or yes and no."""
    text = f"{_text(sheet, name)} {sheet.groups.get(name, '')}"
    return bool(TERMS.search(text) or EVENT.search(text)) and _holds_grades(sheet, name)


def _shapes(sheet, names) -> set:
    """What stands before and behind the event in the names of columns: 再挑战皮疹（级）; not where nothing does."""
    said = {n: _called(sheet, n) for n in names}
    parts = {(n.partition(c)[0], n.partition(c)[2]) for n, c in said.items() if c in n}
    return {(before, behind) for before, behind in parts if len(before + behind) > 1}


def _is_alike(name, shape) -> bool:
    """Whether a name has a shape, with something in its midst."""
    before, behind = shape
    return name.startswith(before) and name.endswith(behind) and len(name) > len(before + behind)


def _holds_grades(sheet, name) -> bool:
    """Whether most cells of a column are grades, or yes and no."""
    if kind_of(sheet, name) == "date":
        return False
    words = counts_of(sheet, name)
    known = {w: n for w, n in words.items() if not means_unknown(w)}
    good = sum(n for w, n in known.items() if GRADES.fullmatch(w) or level_of(w, YESNO))
    return bool(known) and good > MOST * sum(known.values())


def _highest(sheet, name) -> int:
    """The highest grade of a column written in figures, -1 without one."""
    found = [int(m[0]) for w in counts_of(sheet, name) if GRADES.fullmatch(w) and (m := re.search(r"[0-5]", w))]
    return max(found, default=-1)


def _called(sheet, name) -> str:
    """What the event of a column is called: its label or name without the words of grade, course and date."""
    text = sheet.label(name) or name
    text = WORDS_AROUND.sub(" ", SEVERITY.sub(" ", WORST.sub(" ", text.replace("_", " "))))
    course = course_in(text)
    if course[0] in ("INITIAL", "RECHALLENGE"):
        text = " ".join(word for word in course[2].split() if word.lower() not in synonyms()["between"])
    text = " ".join(text.split()).strip(" :：-,")
    if ANY_TERM.fullmatch(text):  # the worst grade of all events: no term is told
        return _untold(_text(sheet, name))
    return shown(text[:1].upper() + text[1:])


def _untold(text) -> str:
    """What events are called of which a column tells the worst grade alone."""
    immune, chinese = IMMUNE.search(text), re.search(r"[\u4e00-\u9fff]", text)
    if chinese:
        return "免疫相关不良事件" if immune else "不良事件"
    return "Immune-related adverse event" if immune else "Adverse event"


def _start_of(sheet, left, name) -> dict:
    """{start} of a column of one event: the column of dates that is called after the event."""
    said = _called(sheet, name).lower()
    dates = [n for n in left if n != name and kind_of(sheet, n) == "date" and said in _text(sheet, n).lower()]
    return {"start": dates[0]} if len(dates) == 1 else {}


def _yes(sheet, name, graded) -> list:
    """The cells that say that there was an event, and no grade: yes, or 1 where no column of the sheet has a higher
    figure and the name says no grade."""
    words = counts_of(sheet, name)
    bare = not graded and not SEVERITY.search(_text(sheet, name)) and _highest(sheet, name) <= 1
    one = lambda w: bare and w.removesuffix(".0") == "1"  # noqa: E731
    labels = sheet.codes.get(name, {})
    return [
        w
        for w in words
        if one(w) or level_of(labels.get(w, w), YESNO) == "Y" and not GRADES.fullmatch(labels.get(w, w))
    ]


def _none(sheet, name) -> dict:
    """{none} of the cells that say that there was no event, or that nothing is known of it."""
    labels = sheet.codes.get(name, {})
    said = {w: labels.get(w, w) for w in counts_of(sheet, name)}
    none = [
        w for w, text in said.items() if level_of(text, YESNO) == "N" or means_unknown(text) or NO_GRADE.fullmatch(text)
    ]
    return {"none": none} if none else {}


def ask_wide_events(plan, proposal):
    """Of which course the adverse events in columns of the patients are: each is read as answered."""
    if plan.table != "adsl" or any(p.table == "adae" for p in proposal.plans):
        return
    left = [n for n, why in plan.left.items() if why != LEFT_OUT]
    events = plan.sheet.adverse or find_events(plan.sheet, left)
    found = {event.get("term") or event["grade"]: event for event in events}
    if not found:
        return
    dated = all("start" in event for event in found.values())
    starts = all(plan.written(f"ASTDT_{code}") for code in ("INITIAL", "RECHALLENGE"))
    choices = [c for c in choices_of("wide_events") if c != BY_DATE or (dated and starts)]
    first = any(t.endswith("_INITIAL") or t.startswith("PFS1") for t in plan.columns.values())
    default = "" if first else {code: c for c, code in COURSES.items()}[proposal.course]
    proposed = {name: _course_said(plan.sheet, name) or default for name in found}
    proposed = {name: course for name, course in proposed.items() if course in choices}
    for event in found.values():
        for name in columns_of_event(event):
            plan.left[name] = Reason("event")
    yield from _ask_apart(plan.sheet, found)
    values = tuple(Value(n, int((plan.sheet.cells(n) != "").sum())) for n in found)
    said = Reasons(tuple(_said(plan.sheet, n, event) for n, event in found.items()))
    yield (
        about(
            plan.sheet,
            "wide_events",
            choices=tuple(choices),
            values=values,
            proposed=proposed if len(proposed) == len(found) else None,
            words={"said": said},
        ),
        lambda answer: _settle(
            plan, proposal, [found[n] | {"course": c} for n, c in answer.items() if c != "leave out"]
        ),
    )


MARKS = (",", ";", "+", "&", "|", "/", " and ", "、", "，", "；", "\n")  # between two events of one cell


def _ask_apart(sheet, found):
    """Cells of wide columns that may name several adverse events, where no grade of each tells: whether they do."""
    for name, event in ((n, e) for n, e in found.items() if "term" in e):
        yield from _several(sheet, name, event.get("grade", ""), event.get("none", ()), partial(event.update))


def ask_several(plan):
    """Cells of a table of adverse events that name several, or one with its grade. A coded term of ADaM is one event,
    such as `HALLUCINATION, VISUAL`."""
    name = plan.written("AEDECOD") if plan.table == "adae" and not plan.sheet.rule else ""
    if name and plan.why.get(name) != "ADaM":
        unread = plan.skip.get(name, ())
        yield from _several(plan.sheet, name, plan.written("ATOXGR"), unread, partial(_separate, plan, name), True)


def _separate(plan, name, apart):
    """Read each event of a cell as a row of its own, with the grade that stands beside it."""
    plan.separate[name] = apart
    grade = plan.written("ATOXGR") or GRADE
    frame = each_of_cell(plan.sheet.frame, apart, name, grade).replace("", None)
    plan.sheet = replace(plan.sheet, frame=frame, whole=None)
    for written, target in ((name, "AEDECOD"), (grade, "ATOXGR")):
        if frame[written].notna().any():
            plan.place_as(written, target, Reason("event of cell"))


def _several(sheet, name, grade, none, settle, graded=False):
    """Whether cells that seem to name several events are read so; `settle` takes the marks between them. graded : a
    grade beside the name of an event is asked about too."""
    words = [w for w in counts_of(sheet, name) if w not in none]
    marks = tuple(m for m in MARKS if any(_parts_events(w, m, words) for w in words)) or (",",)
    read = {w: events_in(w, marks) for w in words}
    new = {w for w, e in read.items() if len(e) > len(events_in(w)) or (len(e) > 1 and (grade or graded))}
    new |= {w for w, e in read.items() if graded and any(g for _, g in e)}
    several = sorted(new, key=lambda w: (-len(read[w]), w))
    if not several:
        return
    shows = {"example": shown(several[0]), "n": sum(counts_of(sheet, name)[w] for w in several)}
    shows |= {"read": "; ".join(f"{shown(t)} {g}".strip() for t, g in read[several[0]])}
    beside = Reason("grade of each", grade=shown(grade)) if grade and len(read[several[0]]) > 1 else Reason("no more")
    worst = bool(beside.kind == "grade of each" and WORST.search(grade.replace("_", " ")))  # of one of them alone
    proposed = "apart" if not worst and all(TERMS.search(term) for w in several for term, _ in read[w]) else None
    question = about(sheet, "several", name, "AEDECOD", proposed=proposed, words=shows | {"beside": beside})
    yield question, lambda answer: settle(apart=list(marks)) if answer == "apart" else None


def _parts_events(word, mark, words) -> bool:
    """Whether a mark parts a cell into pieces that are events, by their words or as other cells name them."""
    pieces = [term for term, _ in events_in(word, (mark,))]
    alone = {w.lower() for w in words if w != word}
    known = [bool(TERMS.search(p)) or p.lower() in alone for p in pieces]
    return len(pieces) > 1 and (all(known) if mark == "/" else any(known))


def _course_said(sheet, name) -> str:
    """The course that a column speaks of in words, "" for none: the number of an event counts no course."""
    numbered = r"(?<!ici)(?<!ici )\d+|(?<![a-z])i{1,2}(?![a-z])"
    texts = (re.sub(numbered, " ", _text(sheet, name), flags=re.IGNORECASE), sheet.groups.get(name, ""))
    spoken = {course_in(t)[0] for t in texts if t} & {"INITIAL", "RECHALLENGE"}
    return {code: c for c, code in COURSES.items()}[spoken.pop()] if len(spoken) == 1 else ""


def _said(sheet, name, event) -> Reason:
    """What a column is read as."""
    if "term" in event:
        beside = ", ".join(shown(event[k]) for k in ("grade", "start") if k in event)
        beside = Reason("with beside", columns=beside) if beside else ""
        parted = {cell: events_in(cell, tuple(event.get("apart", ()))) for cell in counts_of(sheet, name)}
        example = max(parted, key=lambda cell: len(parted[cell]), default="")
        if not parted.get(example) or parted[example] == ((example, ""),):
            return Reason("event named", column=shown(name), beside=beside)
        read = "; ".join(f"{term} {grade}".strip() for term, grade in parted[example])
        words = {
            "example": shown(example),
            "read": shown(read),
            "n": sum(n * len(parted[c]) for c, n in counts_of(sheet, name).items()),
        }
        return Reason("events in cells", column=shown(name), beside=beside, **words)
    counts = counts_of(sheet, name)
    cells = ", ".join(f"{shown(w)}: {n}" for w, n in sorted(counts.items()))
    yes = ", ".join(map(shown, event.get("yes", ())))
    return Reason(
        "event yes" if yes else "event graded", column=shown(name), called=event["called"], cells=cells, yes=yes
    )


def _settle(plan, proposal, events):
    """Add the table of the events to a proposal."""
    if not events:
        return
    empty = {"term": "", "called": "", "grade": "", "start": "", "yes": (), "none": (), "apart": ()}
    columns = [SimpleNamespace(**{**empty, **event}) for event in events]
    frame = rows_of_events(plan.sheet.frame, plan.sheet.id, SimpleNamespace(columns=columns))
    rule = {"events": {"columns": events}}
    sheet = replace(plan.sheet, frame=frame, whole=None, wide=(), wide_sums=(), adverse=(), codes={}, rule=rule)
    placed = {TERM: "AEDECOD", GRADE: "ATOXGR", START: "ASTDT"}
    made = plan_table(sheet, "adae", placed={n: t for n, t in placed.items() if frame[n].notna().any()})
    made.rows, made.columns[COURSE], made.why[COURSE] = dict(plan.rows), "APHASE", Reason("as answered")
    made.set.pop("APHASE", None)
    made.left = {
        n: why for n, why in made.left.items() if n not in (COURSE, *(n for n in placed if frame[n].isna().all()))
    }
    leave_out_none(made)
    proposal.plans.append(made)
    for event in events:
        for name in columns_of_event(event):
            plan.left.pop(name, None)
