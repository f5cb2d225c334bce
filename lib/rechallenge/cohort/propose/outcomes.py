"""What the import asks of outcomes: which value is the event,
whose date it is, and columns of outcomes without a place.
"""

import re

from papercheck.files.findings import shown
from papercheck.vocabulary.dictionary import load_dictionary

from ..check.patterns import outcome_like
from ..read.dates import means_date
from .fit import FLAGS, MOST, counts_of, fit, numbers_of
from .match import LEFT_OUT, NO_SUCH, candidates_of
from .plan import NEEDS, TIED, dated
from .questions import Question, Reason, Value, choices_of, reason_kind
from .words import (
    level_of,
    means_unknown,
    position,
    side_of,
    speaks_against,
    synonyms,
    tokens,
    without_legend,
    without_typos,
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
        blank = _blank_means_something(plan, target, name, counts)
        values = tuple(Value(w, n, labels.get(w, "")) for w, n in sorted(counts.items()) if w != "" or blank)
        translation = plan.values.get(target, {})
        proposed = {v.word: meant.get(translation.get(v.word, v.word.removesuffix(".0")), "") for v in values}
        if blank:
            proposed[""] = ""
        whole = all(proposed.values()) and "event" in proposed.values()
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


def _blank_means_something(plan, target, name, counts) -> bool:
    """Whether empty cells of an event column may be a value: all others say one thing, and the duration is given."""
    duration = plan.written(PARTNER[target]) if target in PARTNER else ""
    if not duration or len([w for w in counts if w]) != 1:
        return False
    return bool(((plan.sheet.cells(name) == "") & (plan.sheet.cells(duration) != "")).any())


def _settle_event(plan, target, name, answer):
    one, none = ("0", "1") if target == "CNSR" else ("1", "0")
    code = {"event": one, "censored": none, "unknown": "NA"}
    values = {w: c for w, c in plan.values.get(target, {}).items() if w not in answer}
    values |= {w: code[c] for w, c in answer.items()}
    plan.values[target] = {w: c for w, c in sorted(values.items()) if w != c and (w or c != "NA")}
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
    for name in plan.sheet.frame.columns:
        said = _says_both(plan, name)
        by = plan.written("OS_EVENT") or plan.written("DTHFL") or (_death_flag(plan, name) if said else "")
        if not said and not (by and plan.columns.get(name) == "LSTALVDT" and not plan.written("DTHDT")):
            continue
        if not said and plan.written("OS"):
            continue
        if by in plan.left:
            plan.left[by] = Reason("says who", other=name)
        labels = plan.sheet.codes.get(by, {})
        values = [Value(w, n, labels.get(w, "")) for w, n in counts_of(plan.sheet, by).items()] if by else []
        dead = [v.word for v in values if _says_dead(v)]
        choices = tuple(c for c in choices_of("split") if c != "split" or by)
        question = Question(
            f"split.{plan.sheet.key}.{name}",
            "split" if by else "both",
            plan.sheet.place,
            name,
            "DTHDT",
            choices,
            proposed="split" if dead and said else None,
            words={"by": by, "counts": "; ".join(v.text() for v in values)},
            targets=("DTHDT", "LSTALVDT", "DTHFL"),
        )
        yield question, lambda answer, name=name, by=by: _settle_split(plan, name, by, answer)
        if name in plan.split and by not in plan.columns:
            yield _died_question(plan, by, values, dead), lambda answer, name=name: _settle_died(plan, name, answer)


def ask_progressed(plan):
    """A date column of progression or of the last assessment, with a flag that says which."""
    for name, target in [(n, t) for n, t in plan.columns.items() if t.startswith("PDDT_")]:
        texts = [t for t in (name, plan.sheet.label(name)) if t]
        if not any(PROGRESS.search(t) and ASSESSED.search(PROGRESS.sub(" ", t)) for t in texts):
            continue
        event = {"PDDT_INITIAL": "PFS1_EVENT", "PDDT_RECHALLENGE": "PFSR_EVENT"}[target]
        by = next((n for n, t in (plan.halves | plan.columns).items() if t == event), "")
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
        v.word: "died" if _says_dead(v) else "unknown" if means_unknown(v.label or v.word) else "not died"
        for v in values
    }
    known, proposed = choices_of("died"), said if dead else None
    return Question(
        f"died.{plan.sheet.key}.{by}", "died", plan.sheet.place, by, "DTHDT", known, tuple(values), proposed
    )


def _settle_died(plan, name, answer):
    plan.split[name].update(event=[w for w, c in answer.items() if c == "died"])


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
    """What most cells of a column are: date, number, flag, or words."""
    counts, spec = counts_of(plan.sheet, name), load_dictionary()["adsl"].columns
    total, numbers = max(1, sum(counts.values())), numbers_of(counts, spec["OS"])[0]
    if fit(plan.sheet, name, spec["LSTALVDT"]).share >= 0.5 and any(means_date(w) for w in counts):
        return "date"
    plain = {w: x for w, x in numbers.items() if re.fullmatch(r"\d+(\.\d+)?", w)}
    measured = [x for w, x in plain.items() if w.removesuffix(".0") not in synonyms()["sentinels"]]
    if len(counts) <= FLAGS and not (len(plain) == len(counts) and any(x > 9 or x % 1 for x in measured)):
        return "flag"
    return "number" if sum(counts[w] for w in numbers) >= 0.5 * total else "words"


def _death_flag(plan, but) -> str:
    """A column that says who died, placed or not."""
    column = load_dictionary()["adsl"].columns["OS_EVENT"]
    for name in (
        n for n in plan.sheet.frame.columns if n != but and plan.columns.get(n) in (None, "OS_EVENT", "DTHFL")
    ):
        texts = [t for t in (name, plan.sheet.label(name)) if t]
        spoken = any(position(w, t) for w in DEATH_WORDS for t in texts)
        if spoken and fit(plan.sheet, name, column).share >= 0.5:
            return name
    return ""


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
        plan.place_as(name, {"last contact": "LSTALVDT", "death": "DTHDT"}[answer], "chosen")
    else:
        plan.left[name] = LEFT_OUT


def ask_placed(plan):
    """Columns that came near a column of the dictionary or look like an outcome, and have no place. Without those that
    could be an outcome which is not there yet, there is no report."""
    order = {"flag": 0, "date": 1, "number": 2, "words": 3}
    names = [n for n, why in plan.left.items() if why != LEFT_OUT and not plan.sheet.frame[n].isna().all()]
    wanted, no_end, waiting = _dates_wanted(plan), not plan.ends, set()
    for name in sorted(names, key=lambda n: order[kind_of_cells(plan, n)]):
        why = plan.left.get(name, LEFT_OUT)
        like = outcome_like(name) or outcome_like(plan.sheet.label(name))
        near = (
            why not in (NO_SUCH, LEFT_OUT)
            and reason_kind(why) not in ("says who", "says who progressed", "visit")
            and not why.startswith("a box")
        )
        free = {t for t in wanted if not plan.written(t)}
        dated = bool(free) and kind_of_cells(plan, name) == "date" and not NO_START.search(name)
        meant = _by_a_typo(plan, name)
        asked = near or (why == NO_SUCH and (like or dated or meant))
        half = reason_kind(why) == "half"
        if plan.table != "adsl" or not asked or unlabelled_target(plan, name, why):
            continue
        if half and PARTNER[plan.halves[name]] in waiting:
            continue  # comes back with its event
        targets = _targets(plan, name, like) | (free if dated else set()) | ({meant} - {""})
        cells = list(dict.fromkeys(c for c in plan.sheet.cells(name) if c))[:3]
        flags = _flags_for(plan, PARTNER[plan.halves[name]]) if half else {}
        kind = "which flag" if flags else "add flag" if half else "mend" if unread_outcome(plan, name, why) else "none"
        more = Reason(kind)
        words = {"example": ", ".join(map(shown, cells)), "why": why, "more": more}
        lost = half or unread_outcome(plan, name, why)
        blocking = bool(
            (like or unread_outcome(plan, name, why))
            and (lost or targets & OUTCOME_TARGETS)
            or (dated and (_waits_for_start(plan, targets) or no_end))
            or meant in READABLE
        )
        proposed = meant or ("leave out" if not blocking and plan.start not in targets else None)
        yield (
            Question(
                f"place.{plan.sheet.key}.{name}",
                "placed",
                plan.sheet.place,
                name,
                choices=(*sorted(targets), *flags, *choices_of("placed")),
                words=words,
                blocking=blocking,
                proposed=proposed,
                said=flags,
            ),
            lambda answer, name=name: _settle_placed(plan, name, answer),
        )
        if plan.left.get(name, LEFT_OUT) != LEFT_OUT:
            waiting |= targets


BY = "by "  # begins the choice of the column that says who had the event of a duration
MOST_FLAGS = 8  # columns that are offered


def _flags_for(plan, target) -> dict:
    """{choice: its column and cells} of the columns without a place that may say who had the event of a duration."""
    found, other = {}, PROGRESS if target == "OS_EVENT" else SURVIVAL
    for name in (n for n, why in plan.left.items() if why in (NO_SUCH,) or reason_kind(why) in ("better", "as well")):
        counts = counts_of(plan.sheet, name)
        if (
            1 < len(counts) <= 4
            and not other.search(name.replace("_", " "))
            and max(counts.values()) > 1
            and kind_of_cells(plan, name) == "flag"
        ):
            found[f"{BY}{name}"] = (
                f"`{shown(name)}` ({'; '.join(f'{shown(w)}: {n}' for w, n in sorted(counts.items()))})"
            )
    return dict(list(found.items())[:MOST_FLAGS])


def _dates_wanted(plan) -> set:
    """The columns of dates without which a cohort has no outcome: the start of its course, and any end of it."""
    start = {plan.start} if plan.start and not plan.written(plan.start) and "adex" not in plan.beside else set()
    ends = {t for t in PLACES["date"][0] + PLACES["date"][1] if plan.course or not t.startswith("PDDT")}
    return start | (ends if not plan.ends else set())


def _by_a_typo(plan, name) -> str:
    """The free column that a name would mean if one letter of a word were right, where its cells can be that."""
    texts = [(t, where) for t, where in ((name, "name"), (plan.sheet.label(name), "label")) if t]
    mended = [(without_typos(t), where) for t, where in texts]
    if plan.table != "adsl" or all(
        t == " ".join(tokens(text)) for (t, _), (text, _) in zip(mended, texts, strict=True)
    ):
        return ""
    spec, found = load_dictionary()["adsl"].columns, candidates_of(mended, plan.table, plan.course)
    fits = [t for t in found if not plan.written(t) and t != "USUBJID" and fit(plan.sheet, name, spec[t]).share >= MOST]
    return max(fits, key=lambda t: found[t][0], default="")


def unread_outcome(plan, name, why) -> bool:
    """Whether a column is called like a date or duration of an
    outcome and holds numbers that cannot be read as such.
    """
    column = load_dictionary()["adsl"].columns.get(why.words["target"]) if reason_kind(why) == "holds" else None
    if column is None or column.name not in READABLE:
        return False
    counts = counts_of(plan.sheet, name)
    few = len(counts) <= FLAGS  # as few could be a flag: only what has a year, or day, month and year, is a date
    if few and column.type != "date":
        return False
    number = r"(?<!\d)(?:19|20)\d{2}|\d\D+\d+\D+\d" if few else r"\d{2}|\d\D+\d"
    numbered = sum(n for w, n in counts.items() if re.search(number, w))
    return numbered >= 0.5 * sum(counts.values())


OUTCOME_TARGETS = {t for pair in PLACES.values() for group in pair for t in group}
READABLE = {
    *PLACES["date"][0],
    *PLACES["date"][1],
    *PLACES["number"][0],
    *PLACES["number"][1],
    "ASTDT_RECHALLENGE",
    "ASTDT_INITIAL",
}


def _waits_for_start(plan, targets) -> bool:
    """Whether a date may be the start of the course to which other dates or responses of the sheet belong."""
    course = plan.start.partition("_")[2]
    return plan.start in targets and any(
        NEEDS.get(t, "").endswith(course) for t in (*plan.columns.values(), *plan.lost)
    )


def ask_lost(plan):
    """What a person chose and what cannot be read all the same, for want of the column that it belongs to."""
    for name, target in plan.lost_choices.items():
        words = {"target": target, "why": plan.left.get(name, "")}
        yield (
            Question(
                f"lost.{plan.sheet.key}.{name}", "lost", plan.sheet.place, name, target, choices_of("lost"), words=words
            ),
            lambda answer, name=name: plan.left.update({name: LEFT_OUT}),
        )


def _targets(plan, name, like) -> set:
    """The free columns of the dictionary that a written one may be, by its name and by what its cells are."""
    spec = load_dictionary()[plan.table].columns
    texts = ((name, "name"), (plan.sheet.label(name), "label"))
    found = {t for course in ("RECHALLENGE", "INITIAL") for t in candidates_of(texts, plan.table, course)}
    kind, said = kind_of_cells(plan, name), " ".join(t for t, _ in texts if t).replace("_", " ")
    kinds = {"date": ("date",), "flag": ("flag", "coded", "text"), "number": ("number", "integer", "text")}
    found = {t for t in found if spec[t].type in kinds.get(kind, ("text", "coded"))}
    if like and kind in PLACES:
        death, progression = PLACES[kind][0], PLACES[kind][1] if plan.course else ()
        found |= set(
            death
            if SURVIVAL.search(said) and not PROGRESS.search(said)
            else progression
            if PROGRESS.search(said) and not SURVIVAL.search(said)
            else (*death, *progression)
        )
    taken = {t for t in found if plan.written(t)}
    plain = kind == "flag" and not any(re.search(r"\d\D*\d", w) for w in counts_of(plan.sheet, name))
    if plan.written("OS_EVENT") or not (plan.written("OS") or "OS" in plan.halves.values()):
        taken |= {"OS_EVENT"}
    if plan.written("OS_EVENT") or "OS" in plan.halves.values() or (plain and not dated(plan.sheet)):
        taken |= {"DTHFL"}
    half = {
        t for t in found if t in PARTNER and not plan.written(PARTNER[t]) and PARTNER[t] not in plan.halves.values()
    }
    against = {t for t in found if any(speaks_against(t, without_legend(x), plan.course) for x, _ in texts if x)}
    return {t for t in found if plan.course or not t.startswith(("PFS", "PDDT"))} - taken - half - against


def unlabelled_target(plan, name, why) -> str:
    """The coded column that a written one of codes without labels is called like, or ''."""
    target = why.words["target"] if reason_kind(why) == "holds" else ""
    column = load_dictionary()[plan.table].columns.get(target)
    ok = column is not None and column.type == "coded" and not plan.written(target) and target not in EVENTS
    return target if ok and 0 < len(counts_of(plan.sheet, name)) <= 12 else ""


def _settle_placed(plan, name, answer):
    if answer == "leave out":
        plan.left[name] = LEFT_OUT
        return
    if answer.startswith(BY):
        return _settle_placed(plan, answer.removeprefix(BY), PARTNER[plan.halves[name]])
    if answer == "OS" and plan.written("DTHFL"):
        plan.rename(plan.written("DTHFL"), "OS_EVENT")
    plan.place_as(name, answer, "chosen")
    other = next((n for n, target in plan.halves.items() if target == PARTNER.get(answer)), "")
    if other and _waits_for_its_other_half(plan, other):
        plan.place_as(other, plan.halves[other], "with its event")


def _waits_for_its_other_half(plan, name) -> bool:
    """Whether a half that was taken out may come back."""
    return name in plan.left and plan.left[name] != LEFT_OUT and not plan.written(plan.halves[name])
