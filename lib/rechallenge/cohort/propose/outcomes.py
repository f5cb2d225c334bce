"""What the import asks of outcomes: which value is the event, and whose date it is."""

import re
from collections import Counter

from papercheck.vocabulary.dictionary import Column, load_dictionary

from ..read.dates import means_date
from .fit import CODE, FLAGS, counts_of, fit, numbers_of, says_both
from .match import LEFT_OUT, NAMED, candidates_of
from .plan import TIED
from .questions import Question, Reason, Value, about, choices_of
from .words import (
    course_in,
    level_of,
    means_unknown,
    position,
    side_of,
    synonyms,
)

EVENTS = {
    "PFS1_EVENT": "progression or death on the first ICI course",
    "PFSR_EVENT": "progression or death on rechallenge",
    "OS_EVENT": "death",
    "DTHFL": "death",
    "CNSR": "each endpoint of the table",
}
DEATH_WORDS = (
    "死亡",
    "death",
    "dead",
    "died",
    "die",
    "deceased",
    "生存状态",
    "生存情况",
    "vital status",
    "status",
    "alive",
    "存活",
    "结局",
    "转归",
)
DIED = r"\btod\b|todes|verst[oö]rb|gestorb|sterbe|d[ée]c[èeé]d?[eés]|muert|fallec|exitus|decess"
DEATH = re.compile(rf"death|died|dead|deceased|dod|dth|死|亡|结局|转归|転帰|{DIED}", re.IGNORECASE)
VITAL = re.compile(r"vital|\bstatus|\bstatut|\bestado", re.IGNORECASE)
CONTACT = re.compile(
    r"随访|失访|follow|contact|last|fu\b|alive|seen|letzt|kontakt|derni|nouvelle|suivi|[úu]ltim|seguim|lebend|最終",
    re.IGNORECASE,
)
STATUS_DATE = re.compile(
    r"status[ _-]*(date|datum|dt)\b|(date|datum)[ _-]*(of|du|de)?[ _-]*statu[st]|状态日期", re.IGNORECASE
)
ASSESSED = re.compile(rf"{CONTACT.pattern}|assess|scan|censor|评估|评价|检查|影像|删失|截止", re.IGNORECASE)
TREATED = re.compile(r"stop|discontinu|off[ -]?(treatment|drug)|treatment|therap|dose|course|停药|治疗", re.IGNORECASE)
NO_START = re.compile(
    r"出生|生日|电话|手机|联系|身份证|birth|\bdob\b|phone|mobile|diagn[oó]s|诊断|确诊|surgery|手术|geburt|naissance|nacimiento|"
    r"生年月日|診断|手術|\bop\b|chirurg|cirug",
    re.IGNORECASE,
)
PROGRESS = re.compile(r"pfs|progres|\bpd\b|relapse|recur|进展|复发|rezidiv|rechute|reca[íi]da|増悪|再発", re.IGNORECASE)
SURVIVAL = re.compile(rf"\bos\b|surviv|death|died|dead|生存|死亡|存活|[üu]berleb|survie|superviv|{DIED}", re.IGNORECASE)
PLACES = {  # kind of cells: (targets of death and survival, targets of progression)
    "date": (("DTHDT", "LSTALVDT"), ("PDDT_RECHALLENGE", "PDDT_INITIAL")),
    "number": (("OS",), ("PFSR", "PFS1")),
    "flag": (("OS_EVENT", "DTHFL"), ("PFSR_EVENT", "PFS1_EVENT")),
}
UNTIL = {"DTHFL": ("LSTALVDT",)}  # what says until when a patient was followed, beside a duration
PARTNER = {a: b for pair in TIED for a, b in (pair, pair[::-1])}


def ask_events(plan):
    """Which written value of each event column is the event, with counts. CNSR of CDISC ADaM is 0 for an event."""
    for target, what in EVENTS.items():
        name = plan.written(target)
        if not name or plan.why.get(name) == "ADaM" or plan.table not in ("adsl", "adtte"):
            continue
        counts, labels = written_counts(plan, name), plan.sheet.codes.get(name, {})
        one, none = ("0", "1") if target == "CNSR" else ("1", "0")
        meant = {one: "event", none: "censored", "NA": "unknown"}
        blank = _blank_means_something(plan, target, name)
        values = tuple(Value(w, n, labels.get(w, "")) for w, n in sorted(counts.items()) if w != "" or blank)
        translation = plan.values.get(target, {})
        proposed = {v.word: meant.get(translation.get(v.word, v.word.removesuffix(".0")), "") for v in values}
        if blank:  # beside one value a blank may be the other one; beside two it is commonly not known
            proposed[""] = "unknown" if len(values) > 2 else ""
        bare = any(CODE.match(v.word) and not v.label for v in values) and says_both(name, plan.sheet.label(name))
        whole = all(proposed.values()) and "event" in proposed.values() and not (bare and target != "CNSR")
        by_sign = next((number for number, sign in plan.sheet.signs.items() if sign == name), "")
        question = Question(
            f"event.{target}",
            "sign" if by_sign else "event",
            plan.sheet.place,
            name,
            target,
            choices_of("event"),
            values,
            proposed if whole else None,
            {"endpoint": what, "number": by_sign},
        )
        yield question, lambda answer, target=target, name=name: _settle_event(plan, target, name, answer)


def _blank_means_something(plan, target, name) -> bool:
    """Whether empty cells of an event column may be a value: until when the patient was followed is given."""
    until = [n for n in map(plan.written, UNTIL.get(target, [PARTNER.get(target, "")])) if n]
    until += [n for n, rule in plan.split.items() if rule["by"] == name]
    return any(((plan.sheet.cells(name) == "") & (plan.sheet.cells(n) != "")).any() for n in until)


def _settle_event(plan, target, name, answer):
    one, none = ("0", "1") if target == "CNSR" else ("1", "0")
    code = {"event": one, "censored": none, "unknown": "NA"}
    values = {w: c for w, c in plan.values.get(target, {}).items() if w not in answer}
    values |= {w: code[c] for w, c in answer.items()}
    plan.values[target] = {w: c for w, c in sorted(values.items()) if w != c}
    if not plan.values[target]:
        del plan.values[target]
    plan.settle({name}, ("",))
    died = [w for w, c in answer.items() if c == "event"]
    plan.confirmed[target] = {
        "file": plan.sheet.path.name,
        "column": name,
        "event": died,
        "censored": [w for w, c in answer.items() if c == "censored"],
        "counts": {w: int(n) for w, n in sorted(written_counts(plan, name).items())},
    }
    for rule in (r for r in plan.split.values() if r["by"] == name):
        rule["event"] = died


def written_counts(plan, name) -> dict:
    """Rows of each written cell of a column, empty ones as '', of the rows that the plan takes."""
    cells = plan.sheet.cells(name)
    for column, words in plan.rows.items():
        cells = cells[plan.sheet.cells(column).isin(list(map(str, words))).reindex(cells.index)]
    return {str(w): int(n) for w, n in cells.value_counts().items()}


def ask_split(plan):
    """A date column of death or last contact, with a flag that says which."""
    if plan.table != "adsl":
        return
    for name in (n for n in plan.sheet.frame.columns if n not in plan.split):
        said, end = _says_both(plan, name), plan.columns.get(name) == "LSTALVDT" and not plan.written("DTHDT")
        by = plan.written("OS_EVENT") or plan.written("DTHFL")
        by = by or (death_flag(plan, name) if said else _told_in_words(plan, name) if end else "")
        of_cause = not by
        by = by or _cause(plan)
        if not said and not (by and end):
            continue
        if not said and plan.written("OS"):
            continue
        if by in plan.left:
            plan.left[by] = Reason("says who", other=name)
        labels = plan.sheet.codes.get(by, {})
        values = [Value(w, n, labels.get(w, "")) for w, n in counts_of(plan.sheet, by).items()] if by else []
        dead = [v.word for v in values if _says_dead(v) or (of_cause and _says_cause(v))]
        choices = tuple(c for c in choices_of("split") if c != "split" or by)
        question = about(
            plan.sheet,
            "both" if not by else "split cause" if of_cause else "split",
            name,
            "DTHDT",
            of="split",
            choices=choices,
            proposed="split" if dead and (said or of_cause) else None,
            words={"by": by, "counts": "; ".join(v.text() for v in values)},
            targets=("DTHDT", "LSTALVDT", "DTHFL"),
        )
        yield question, lambda answer, name=name, by=by: _settle_split(plan, name, by, answer)
        if name in plan.split and (of_cause or by not in plan.columns):
            yield _died_question(plan, by, values, dead), lambda answer, name=name: _settle_died(plan, name, answer)


def remarks_of(plan, name, cells) -> Counter:
    """{words beside a date: rows} of the cells of a column. cells : {cell: (date, words)}."""
    counts, found = counts_of(plan.sheet, name), Counter()
    for cell, (_, remark) in cells.items():
        found[remark] += counts[cell]
    return found


def ask_split_words(plan):
    """A date column of death or last contact whose words beside the dates say which (died 2024-03-05)."""
    if plan.table != "adsl":
        return
    for name in [n for n in plan.sheet.frame.columns if plan.columns.get(n, "LSTALVDT") in ("DTHDT", "LSTALVDT")]:
        if not plan.columns.get(name) and not _says_both(plan, name):
            continue
        found = fit(plan.sheet, name, load_dictionary()["adsl"].columns["LSTALVDT"])
        remarks = remarks_of(plan, name, found.remarked)
        alone = sum(counts_of(plan.sheet, name).values()) - sum(remarks.values()) if remarks else 0
        values = [Value(r, n) for r, n in [*remarks.items(), *([(NO_WORDS, alone)] if alone else [])]]
        dead = [v.word for v in values if v.word != NO_WORDS and _says_dead(v)]
        if not dead or len(values) > 2 * FLAGS or (plan.columns.get(name) == "DTHDT" and not set(remarks) - {*dead}):
            continue
        said = {v.word: "died" if v.word in dead else "not died" for v in values}
        known = choices_of("died")
        question = about(
            plan.sheet, "died beside", name, "DTHDT", of="split", choices=known, values=tuple(values), proposed=said
        )
        yield question, lambda answer, name=name, found=found: _settle_words(plan, name, found, answer)


def _settle_words(plan, name, found, answer):
    """The dates beside words of a death are of death; those of patients of whom it is not known are last contacts."""
    counts = counts_of(plan.sheet, name)
    beside = {cell: answer.get(found.remarked.get(cell, ("", NO_WORDS))[1]) for cell in counts}
    _settle_split(plan, name, name, "split")
    plan.split[name]["event"] = [cell for cell, choice in beside.items() if choice == "died"]
    for target in ("DTHDT", "LSTALVDT"):
        plan.values[target] = {cell: day for cell, (day, _) in found.remarked.items()}
        plan.fits[target].unsettled = [t for t in plan.fits[target].unsettled if "words beside" not in t]


def ask_progressed(plan):
    """A date column of progression or of the last assessment, with a flag that says which."""
    for name, target in [(n, t) for n, t in plan.columns.items() if t.startswith("PDDT_")]:
        texts = [t for t in (name, plan.sheet.label(name)) if t]
        if not any(PROGRESS.search(t) and ASSESSED.search(PROGRESS.sub(" ", t)) for t in texts):
            continue
        event = {"PDDT_INITIAL": "PFS1_EVENT", "PDDT_RECHALLENGE": "PFSR_EVENT"}[target]
        by = next((n for n, t in (plan.halves | plan.columns).items() if t == event), "") or progress_flag(plan, target)
        labels = plan.sheet.codes.get(by, {})
        values = tuple(Value(w, n, labels.get(w, "")) for w, n in counts_of(plan.sheet, by).items()) if by else ()
        column = load_dictionary()["adsl"].columns["OS_EVENT"]
        said = {v.word: PROGRESSED.get(level_of(v.label or v.word, column), "") for v in values}
        told = said if said and all(said.values()) and "progression" in said.values() else None
        topic = "progressed" if by else "progressed both"
        words = {"by": by, "counts": "; ".join(v.text() for v in values)}
        first = (f"split.{plan.sheet.key}.{name}", topic, plan.sheet.place, name, target, choices_of(topic))
        question = Question(*first, proposed="split" if told else None, words=words)
        yield question, lambda answer, name=name, by=by: _settle_progressed(plan, name, by, answer)
        if name in plan.split:
            topic = "progressed by"
            second = (f"progressed.{plan.sheet.key}.{by}", topic, plan.sheet.place, by, target, choices_of(topic))
            yield Question(*second, values, told), lambda answer, name=name: _settle_who(plan, name, answer)


NO_WORDS = "the date alone"  # a cell of dates without words beside it
PROGRESSED = {"1": "progression", "0": "not progressed"}


def _settle_who(plan, name, answer):
    plan.split[name].update(event=[w for w, c in answer.items() if c == "progression"])


def _settle_progressed(plan, name, by, answer):
    target = plan.columns[name]
    if answer == "progression":
        return
    found, formats = plan.fits[target], plan.dates.get(target)
    plan.unplace(name, LEFT_OUT)
    if answer == "split":
        del plan.left[name]
        plan.left[by] = Reason("says who progressed", other=name)
        plan.halves.pop(by, None)
        plan.split[name] = {"by": by, "event": [], "date": target, "other": ""}
        plan.fits[target] = found
        plan.dates |= {target: formats} if formats else {}


def _died_question(plan, by, values, dead):
    """Who died, by a flag that has no place of its own."""
    said = {
        v.word: "died" if v.word in dead else "unknown" if means_unknown(v.label or v.word) else "not died"
        for v in values
    }
    known, proposed = choices_of("died"), said if dead else None
    return about(plan.sheet, "died", by, "DTHDT", choices=known, values=tuple(values), proposed=proposed)


def _settle_died(plan, name, answer):
    plan.split[name].update(event=[w for w, c in answer.items() if c == "died"])


YESNO = Column("", "adsl", "", "coded", levels={"N": "No", "Y": "Yes"})
STANDARD = ("DTHDT", "DTHDTC")  # of the standard: a date of death by its name; the flag is compared with it afterwards


def _says_both(plan, name) -> bool:
    """Whether the name or label of a column of dates speaks of
    death and of last contact, or of the date of an outcome.
    """
    if name.upper() in STANDARD:
        return False
    texts = [t for t in (name, plan.sheet.label(name)) if t]
    both = any(
        DEATH.search(t)
        and (CONTACT.search(t) or not SURVIVAL.search(t))
        or VITAL.search(t)
        and CONTACT.search(t)
        or STATUS_DATE.search(t)
        for t in texts
    )
    if not both or kind_of_cells(plan, name) != "date":
        return False
    return any(CONTACT.search(t) for t in texts) or bool(plan.written("DTHFL") or plan.written("OS_EVENT"))


def kind_of_cells(plan, name) -> str:
    """What most cells of a column of a plan are: date, number, flag, or words."""
    return kind_of(plan.sheet, name)


def kind_of(sheet, name) -> str:
    """What most cells of a column are: date, number, flag, or words."""
    counts, spec = counts_of(sheet, name), load_dictionary()["adsl"].columns
    total, numbers = max(1, sum(counts.values())), numbers_of(counts, spec["OS"])[0]
    dates = fit(sheet, name, spec["LSTALVDT"])
    if dates.share >= 0.5 and (dates.remarked or any(means_date(w) for w in counts)):
        return "date"
    plain = {w: x for w, x in numbers.items() if re.fullmatch(r"\d+(\.\d+)?", w)}
    measured = [x for w, x in plain.items() if w.removesuffix(".0") not in synonyms()["sentinels"]]
    if len(counts) <= FLAGS and not (len(plain) == len(counts) and any(x > 9 or x % 1 for x in measured)):
        return "flag"
    return "number" if sum(counts[w] for w in numbers) >= 0.5 * total else "words"


def death_flag(plan, but) -> str:
    """A column that says who died, placed or not."""
    column = load_dictionary()["adsl"].columns["OS_EVENT"]
    for name in (
        n for n in plan.sheet.frame.columns if n != but and plan.columns.get(n) in (None, "OS_EVENT", "DTHFL")
    ):
        texts = [t for t in (name, plan.sheet.label(name)) if t]
        spoken = any(position(w, t) for w in DEATH_WORDS for t in texts)
        if spoken and fit(plan.sheet, name, column).share >= 0.5:
            return name
    return _told_in_words(plan, but)


def _told_in_words(plan, but) -> str:
    """A column without a place whose words tell of deaths, whatever it is called."""
    return next((n for n in plan.left if n != but and _tells_of_deaths(plan.sheet, n)), "")


def progress_flag(plan, target) -> str:
    """A column without a place that says yes or no to progression, of no other course than that of the date."""
    column = load_dictionary()["adsl"].columns["OS_EVENT"]
    for name in (n for n, why in plan.left.items() if why != LEFT_OUT and kind_of_cells(plan, n) == "flag"):
        text = f"{name} {plan.sheet.label(name)}".replace("_", " ")
        of_course = course_in(text)[0] in ("", target.removeprefix("PDDT_"))
        if of_course and PROGRESS.search(text) and fit(plan.sheet, name, column).share >= 0.5:
            return name
    return ""


def _tells_of_deaths(sheet, name) -> bool:
    """Whether the cells say in words that a patient died, or that one lives or was lost (Died of disease, Alive, End of
    study), and not why a treatment ended."""
    values = [Value(w, n, sheet.codes.get(name, {}).get(w, "")) for w, n in counts_of(sheet, name).items()]
    died = [v for v in values if _says_dead(v) and DEATH.search(v.label or v.word)]
    alive = [
        v for v in values if v not in died and (_says_alive(v.label or v.word) or means_unknown(v.label or v.word))
    ]
    whole = len(died) + len(alive) == len(values) or not any(re.search(r"\d", v.label or v.word) for v in values)
    of_course = TREATED.search(f"{name} {sheet.label(name)}".replace("_", " "))
    return 1 < len(values) <= FLAGS and bool(died and alive) and whole and not of_course


def _cause(plan) -> str:
    """The column of causes of death, where nothing else says who died."""
    if plan.written("DTHDT") or plan.written("DTHCGR1"):
        return "" if plan.written("DTHDT") else plan.written("DTHCGR1")
    texts = {n: ((n, "name"), (plan.sheet.label(n), "label")) for n in plan.left}
    called = [n for n, t in texts.items() if candidates_of(t, "adsl").get("DTHCGR1", (0,))[0] >= NAMED - 5]
    return next((n for n in called if counts_of(plan.sheet, n)), "")


def _says_cause(value) -> bool:
    """Whether a cell of the causes of death names one."""
    text = value.label or value.word
    return not means_unknown(text) and not (level_of(text, YESNO) == "N" or _says_alive(text))


def _says_alive(text) -> bool:
    column = load_dictionary()["adsl"].columns["OS_EVENT"]
    return (level_of(text, column) or side_of(text, column)) == "0"


def _says_dead(value) -> bool:
    column = load_dictionary()["adsl"].columns["OS_EVENT"]
    text = value.label or value.word
    return (level_of(text, column) or side_of(text, column)) == "1"


def _settle_split(plan, name, by, answer):
    target = plan.columns.get(name)
    if target:
        plan.unplace(name, "")
        del plan.left[name]
    plan.left.pop(name, None)
    if answer == "split":
        for other in ("DTHDT", "LSTALVDT"):
            if plan.written(other):
                plan.unplace(plan.written(other), Reason("gives", other=name, target=other))
        plan.split[name] = {"by": by, "event": [], "date": "DTHDT", "other": "LSTALVDT"}
        plan.fits["DTHDT"] = plan.fits["LSTALVDT"] = fit(
            plan.sheet, name, load_dictionary()["adsl"].columns["LSTALVDT"]
        )
        if plan.fits["DTHDT"].dates:
            plan.dates["DTHDT"] = plan.dates["LSTALVDT"] = plan.fits["DTHDT"].dates
    elif answer in ("last contact", "death"):
        plan.place_as(name, {"last contact": "LSTALVDT", "death": "DTHDT"}[answer], Reason("chosen"))
    else:
        plan.left[name] = LEFT_OUT
