"""What the import asks of a proposal, and what each answer changes in it.

A topic yields pairs of a Question and of what its answer does. The answer is applied before the next topic looks.
"""

import re

import pandas as pd

from papercheck.files.findings import shown
from papercheck.vocabulary.dictionary import load_dictionary

from ..read.dates import meanings
from .fit import counts_of, fit
from .look import SURE_LINES
from .match import LEFT_OUT, NO_SUCH, candidates_of
from .questions import Question, Value, choices_of
from .words import level_of, means_unknown, position, same, side_of, synonyms, tokens

EVENTS = {
    "PFS1_EVENT": "progression or death on the first ICI course",
    "PFSR_EVENT": "progression or death on rechallenge",
    "OS_EVENT": "death",
}
OUTCOMES = re.compile(
    r"death|dead|died|surviv|os|pfs|progress|event|status|censor|死|亡|生存|进展|结局|复发|relapse|recur", re.IGNORECASE
)
DEATH_WORDS = ("死亡", "death", "dead", "生存状态", "vital status", "status", "结局")
SAYS_WHO = "says who died, for"
LINES_SHOWN = 6


def _lines(entries) -> str:
    """Lines as a question names them: 12 (合计 | 26), 13 (...)."""
    said = ", ".join(f"{e.line} ({shown(e.text)}: {e.why})" for e in entries[:LINES_SHOWN])
    return said + (f" and {len(entries) - LINES_SHOWN} more" if len(entries) > LINES_SHOWN else "")


def ask_lines(sheet):
    """Hidden, struck-out and thin lines of a sheet: patients or not."""
    doubtful = [e for e in sheet.left_out if e.why not in SURE_LINES]
    if doubtful:
        text = {"n": len(doubtful), "lines": _lines(doubtful)}

        def keep(answer):
            if answer == "patients":
                lines = [e.line for e in doubtful]
                sheet.frame = pd.concat([sheet.frame, sheet.whole.loc[lines]]).sort_index()
                sheet.omit = [x for x in sheet.omit if x not in lines]
                sheet.left_out = [e for e in sheet.left_out if e.line not in lines]
                sheet.first, sheet.last = int(sheet.frame.index[0]), int(sheet.frame.index[-1])

        yield (
            Question(
                f"lines.{sheet.key}",
                "lines",
                sheet.place,
                choices=choices_of("lines"),
                proposed="leave out",
                words=text,
            ),
            keep,
        )
    for topic, lines, proposed in (("hidden", sheet.hidden, None), ("struck", sheet.struck, None)):
        lines = [x for x in lines if x in sheet.frame.index]
        if lines:
            words = {"n": len(lines), "lines": ", ".join(map(str, lines[:12]))}

            def leave(answer, lines=lines):
                if answer == "leave out":
                    sheet.drop(lines)

            yield (
                Question(
                    f"{topic}.{sheet.key}",
                    topic,
                    sheet.place,
                    choices=choices_of(topic),
                    proposed=proposed,
                    words=words,
                ),
                leave,
            )


def ask_rows(sheet):
    """Whether the lines of patients were found rightly, where something was left out."""
    sure = [e for e in sheet.left_out if e.line not in sheet.frame.index]
    if sure and sheet.first:
        words = {"n": len(sheet.frame), "first": sheet.first, "last": sheet.last, "lines": _lines(sure)}
        yield Question(f"rows.{sheet.key}", "rows", sheet.place, choices=choices_of("rows"), proposed="yes",
                       words=words, blocking=False), lambda answer: None  # fmt: skip
    for i, what in enumerate(sheet.beyond, start=1):
        yield Question(f"seen.{sheet.key}.{i}", "colours", sheet.place, choices=choices_of("colours"), proposed="seen",
                       words={"what": what}, blocking=False), lambda answer: None  # fmt: skip


def ask_which(plan):
    """A duration whose name says of no endpoint."""
    name = plan.written("OS")
    if name and any(same(word, name) for word in synonyms()["ask_which"]):
        flag = plan.written("OS_EVENT")

        def settle(answer):
            if answer == "leave out":
                plan.unplace(name, LEFT_OUT)
                if flag:
                    plan.unplace(flag, LEFT_OUT)
            elif answer != "OS":
                for written, target in ((name, answer), (flag, f"{answer}_EVENT")):
                    if written:
                        plan.rename(written, target)

        yield (
            Question(
                f"which.{plan.sheet.key}.{name}",
                "which",
                plan.sheet.place,
                name,
                "OS",
                choices_of("which"),
                proposed=None,
            ),
            settle,
        )


def ask_pfs2(plan):
    """PFS2 is another endpoint in oncology."""
    for target in ("PFSR", "PFSR_EVENT"):
        name = plan.written(target)
        if target == "PFSR" and name and tokens(name)[:2] == ("pfs", "2"):
            flag = plan.written("PFSR_EVENT")

            def settle(answer, name=name, flag=flag):
                if answer == "leave out":
                    for written in filter(None, (name, flag)):
                        plan.unplace(written, LEFT_OUT)

            yield (
                Question(f"pfs2.{plan.sheet.key}.{name}", "pfs2", plan.sheet.place, name, target, choices_of("pfs2")),
                settle,
            )


def ask_split(plan):
    """A date column of death or last contact, with a flag that says which."""
    for name in plan.sheet.frame.columns:
        texts = [name, plan.sheet.label(name)]
        both = any(
            re.search(r"死亡|death|dod", t, re.I) and re.search(r"随访|follow|contact|last|fu\b|alive", t, re.I)
            for t in texts
        )
        dated = [c for c in plan.sheet.cells(name) if c and (meanings(c) or re.match(r"\d{4}\D", c))]
        if not both or len(dated) < 0.5 * max(1, (plan.sheet.cells(name) != "").sum()):
            continue
        by = plan.written("OS_EVENT") or _death_flag(plan, name)
        if by in plan.left:
            plan.left[by] = f"{SAYS_WHO} {name}"
        values = (
            [Value(w, n, plan.sheet.codes.get(by, {}).get(w, "")) for w, n in counts_of(plan.sheet, by).items()]
            if by
            else []
        )
        dead = [v.word for v in values if _says_dead(v)]
        choices = tuple(c for c in choices_of("split") if c != "split" or by)
        question = Question(f"split.{plan.sheet.key}.{name}", "split", plan.sheet.place, name, "DTHDT", choices,
                            proposed="split" if dead else None,
                            words={"by": by or "?", "counts": "; ".join(v.text() for v in values)})  # fmt: skip
        yield question, lambda answer, name=name, by=by: _settle_split(plan, name, by, answer)
        if name in plan.split:
            said = {
                v.word: "died" if _says_dead(v) else "unknown" if means_unknown(v.label or v.word) else "not died"
                for v in values
            }
            question = Question(f"died.{plan.sheet.key}.{by}", "died", plan.sheet.place, by, "DTHDT", choices_of("died"), tuple(values),
                                said if dead else None)  # fmt: skip
            yield (
                question,
                lambda answer, name=name: plan.split[name].update(event=[w for w, c in answer.items() if c == "died"]),
            )


def _death_flag(plan, but) -> str:
    """A column that says who died, placed or not."""
    column = load_dictionary()["adsl"].columns["OS_EVENT"]
    for name in (n for n in plan.sheet.frame.columns if n != but and plan.columns.get(n) in (None, "OS_EVENT")):
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
                plan.unplace(plan.written(other), f"{name} gives {other}")
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


def date_columns(plan) -> dict:
    """{target: written} of the date columns of a plan, split ones among them."""
    spec = load_dictionary()[plan.table].columns
    found = {t: n for n, t in plan.columns.items() if t in spec and spec[t].type == "date"}
    for name, rule in plan.split.items():
        found |= {rule["date"]: name, rule["other"]: name}
    return found


def ask_dates(plan):
    """Day before month or after it; from when day numbers count; what stands for a partial date."""
    dates = {t: n for t, n in date_columns(plan).items() if t in plan.fits}
    open_ = {t: n for t, n in dates.items() if plan.fits[t].open_dates}
    if open_:
        options = [f for f in dict.fromkeys(f for t in open_ for f in plan.fits[t].open_dates)]
        yield _order_question(plan, open_, options), lambda answer: _declare(plan, open_, answer)
    counted = {t: n for t, n in dates.items() if _day_numbers(plan, t)}
    if counted:
        yield _counted_question(plan, counted), lambda answer: _declare(plan, counted, answer)
    asked = set()
    for target, name in dates.items():
        partial = plan.fits[target].partial
        if partial and name not in asked:
            asked.add(name)
            words = {"n": sum(partial.values()), "example": ", ".join(map(shown, list(partial)[:3]))}
            targets = [t for t, n in dates.items() if n == name]
            question = Question(f"partial.{plan.sheet.key}.{name}", "partial", plan.sheet.place, name, target, choices_of("partial"),
                                words=words, targets=tuple(targets))  # fmt: skip
            yield (
                question,
                lambda answer, targets=targets: [plan.partial.update({t: _partial_rule(t, answer)}) for t in targets],
            )


def _day_numbers(plan, target) -> list:
    return [t for t in plan.unsettled_of(target) if "are day numbers" in t]


def _partial_rule(target, answer) -> dict:
    """A rule with the dates that it may not pass: no death before the start of treatment, no start after death."""
    rule = {"rule": answer}
    if target in ("DTHDT", "LSTALVDT", "PDDT_RECHALLENGE", "AENDT_RECHALLENGE"):
        rule["not_before"] = ["ASTDT_RECHALLENGE"]
    if target.startswith(("ASTDT", "PDDT", "AENDT")):
        rule["not_after"] = ["DTHDT", "LSTALVDT"]
    return rule


def _order_question(plan, columns, options):
    cells = [c for n in columns.values() for c in counts_of(plan.sheet, n) if len(set(meanings(c).values())) > 1]
    example = cells[0] if cells else ""
    said = {
        f: f"{f}: {example} is {meanings(example)[g]}"
        for f in options
        for g in meanings(example)
        if g.split("+")[0] == f
    }
    words = {"n": len(cells), "example": shown(example), "columns": ", ".join(dict.fromkeys(columns.values()))}
    return Question(f"order.{plan.sheet.key}", "order", plan.sheet.place, next(iter(columns.values())), next(iter(columns)),
                    tuple(options), words=words, said=said, targets=tuple(columns))  # fmt: skip


def _counted_question(plan, columns):
    fits = [plan.fits[t] for t in columns]
    names = dict.fromkeys(columns.values())
    cells = [c for n in names for c in counts_of(plan.sheet, n) if re.fullmatch(r"\d+(\.\d+)?", c) and meanings(c)]
    plausible = [f for f in fits[0].counted if all(f in other.counted for other in fits)]
    example = cells[0] if cells else ""
    options = plausible or [f for f in meanings(example)]
    said = {f: f"{f}: {example} is {meanings(example)[f]}" for f in options if f in meanings(example)}
    book = f" (this workbook counts from {plan.sheet.counts_from})" if plan.sheet.counts_from else ""
    words = {"n": len(cells), "example": example, "columns": ", ".join(names), "book": book}
    return Question(f"counted.{plan.sheet.key}", "counted", plan.sheet.place, next(iter(names)), next(iter(columns)),
                    tuple(options), proposed=plausible[0] if len(plausible) == 1 else None, words=words, said=said,
                    targets=tuple(columns))  # fmt: skip


def _declare(plan, columns, answer):
    for target, name in columns.items():
        time = any("+time" in f for c in counts_of(plan.sheet, name) for f in meanings(c))
        kept = [f for f in plan.dates.get(target, ()) if f != answer]
        plan.dates[target] = tuple(dict.fromkeys([*kept, answer, *(["date-and-time"] if time else [])]))
        plan.open_dates.pop(target, None)
    plan.settle(set(columns.values()), ("day numbers", "?"))


def ask_fractions(plan):
    """Shares of 1 or percent."""
    for target, found in list(plan.fits.items()):
        name = plan.written(target)
        if not found.fraction or not name:
            continue
        words = {"example": ", ".join(found.fraction[:3])}
        question = Question(f"fraction.{plan.sheet.key}.{name}", "fraction", plan.sheet.place, name, target, choices_of("fraction"),
                            proposed="shares", words=words)  # fmt: skip
        yield question, lambda answer, target=target, found=found: _settle_fraction(plan, target, found, answer)


def _settle_fraction(plan, target, found, answer):
    rule = synonyms()["as_number"].get(target)
    if not rule:
        if answer == "shares":
            plan.scales[target] = "fraction"
        return
    for word in found.fraction:
        number = float(word) * (100 if answer == "shares" else 1)
        plan.values.setdefault(target, {})[word] = rule["codes"][sum(number >= cut for cut in rule["cut"])]
        found.untranslated.pop(word, None)
    plan.settle({plan.written(target)}, ("not a level",)) if not found.untranslated else None


def ask_codes(plan):
    """Cells of a placed column that no word translates, and numbers that may stand for not known."""
    for target, found in list(plan.fits.items()):
        name = plan.written(target)
        if not name or target in EVENTS:
            continue
        column = plan.column(target)
        if found.sentinels:
            values = tuple(Value(w, n) for w, n in found.sentinels.items())
            question = Question(f"sentinels.{plan.sheet.key}.{name}", "sentinels", plan.sheet.place, name, target, choices_of("sentinels"),
                                values, {v.word: "unknown" for v in values})  # fmt: skip
            yield question, lambda answer, target=target: _translate(plan, target, answer)
        left = {
            w: n
            for w, n in found.untranslated.items()
            if w not in plan.values.get(target, {}) and w not in found.fraction
        }
        if left and len(left) <= 30:
            yield (
                _codes_question(plan, name, target, column, left),
                lambda answer, target=target: _translate(plan, target, answer),
            )
    for name, why in list(plan.left.items()):
        target = _unlabelled_target(plan, name, why)
        if target:
            column = load_dictionary()[plan.table].columns[target]
            left = dict(counts_of(plan.sheet, name))
            question = _codes_question(
                plan, name, target, column, {w: n for w, n in left.items() if not means_unknown(w)}
            )
            yield question, lambda answer, name=name, target=target: _place_codes(plan, name, target, answer)


def _unlabelled_target(plan, name, why) -> str:
    match = re.match(r"is called like (\w+), but holds", why)
    target = match[1] if match else ""
    column = load_dictionary()[plan.table].columns.get(target)
    ok = column is not None and column.type == "coded" and not plan.written(target) and target not in EVENTS
    return target if ok and 0 < len(counts_of(plan.sheet, name)) <= 12 else ""


def _codes_question(plan, name, target, column, left):
    labels = plan.sheet.codes.get(name, {})
    values = tuple(Value(w, n, labels.get(w, "")) for w, n in left.items())
    numbers = column.type in ("number", "integer", "date")
    grades = tuple("12345") if target == "ATOXGR" else ()
    choices = (*grades, "unknown") if numbers else (*column.levels, "unknown")
    said = {code: label if code == label else f"{code} ({label})" for code, label in column.levels.items()}
    suspects = synonyms()["sentinels"]
    proposed = (
        {v.word: "unknown" for v in values if v.word.removesuffix(".0") in suspects and len(values) > 1 and not labels}
        if not numbers
        else {}
    )
    return Question(f"codes.{plan.sheet.key}.{name}", "codes", plan.sheet.place, name, target, choices, values,
                    proposed or None, {"label": column.label}, said)  # fmt: skip


def _translate(plan, target, answer):
    for word, choice in answer.items():
        if choice != "as written":
            plan.values.setdefault(target, {})[word] = "NA" if choice == "unknown" else choice
    plan.settle({plan.written(target)}, ("not a level", "without labels", "not numbers", "no dates"))


def _place_codes(plan, name, target, answer):
    if all(choice == "unknown" for choice in answer.values()):
        plan.left[name] = LEFT_OUT
        return
    plan.place_as(name, target, "its codes, as answered")
    _translate(plan, target, answer)


def ask_events(plan):
    """Which written value of each event column is the event, with counts. CNSR of CDISC ADaM is 0 for an event."""
    for target, what in EVENTS.items():
        name = plan.written(target)
        if not name or plan.table != "adsl":
            continue
        counts, labels = counts_of(plan.sheet, name), plan.sheet.codes.get(name, {})
        values = tuple(Value(w, n, labels.get(w, "")) for w, n in sorted(counts.items()))
        meant = {"1": "event", "0": "censored", "NA": "unknown"}
        translation = plan.values.get(target, {})
        proposed = {v.word: meant.get(translation.get(v.word, v.word.removesuffix(".0")), "") for v in values}
        whole = all(proposed.values()) and "event" in proposed.values()
        question = Question(f"event.{target}", "event", plan.sheet.place, name, target, choices_of("event"), values,
                            proposed if whole else None, {"endpoint": what})  # fmt: skip
        yield question, lambda answer, target=target, name=name: _settle_event(plan, target, name, answer)


def _settle_event(plan, target, name, answer):
    code = {"event": "1", "censored": "0", "unknown": "NA"}
    values = {w: c for w, c in plan.values.get(target, {}).items() if w not in answer}
    values |= {w: code[c] for w, c in answer.items()}
    plan.values[target] = {w: c for w, c in sorted(values.items()) if w != c}
    if not plan.values[target]:
        del plan.values[target]
    plan.settle({name}, ("",))
    plan.confirmed[target] = {"file": plan.sheet.path.name, "column": name,
                              "event": [w for w, c in answer.items() if c == "event"],
                              "censored": [w for w, c in answer.items() if c == "censored"],
                              "counts": {w: int(n) for w, n in sorted(written_counts(plan, name).items())}}  # fmt: skip


def written_counts(plan, name) -> dict:
    """Rows of each written cell of a column, empty ones as ''."""
    return {str(w): int(n) for w, n in plan.sheet.cells(name).value_counts().items()}


def ask_placed(plan):
    """Columns that came near a column of the dictionary or look like an outcome, and have no place."""
    for name, why in list(plan.left.items()):
        near = why not in (NO_SUCH, LEFT_OUT) and not why.startswith((SAYS_WHO, "a box"))
        if plan.table != "adsl" or not (near or (why == NO_SUCH and _outcome_like(plan, name))):
            continue
        if plan.sheet.frame[name].isna().all() or _unlabelled_target(plan, name, why):
            continue
        cells = list(dict.fromkeys(c for c in plan.sheet.cells(name) if c))[:3]
        texts = ((name, "name"), (plan.sheet.label(name), "label"))
        targets = {t for course in ("RECHALLENGE", "INITIAL") for t in candidates_of(texts, plan.table, course)}
        choices = (*sorted(t for t in targets if not plan.written(t)), *choices_of("placed"))
        words = {"example": ", ".join(map(shown, cells)), "why": why.rstrip("?.")}
        yield Question(f"place.{plan.sheet.key}.{name}", "placed", plan.sheet.place, name, choices=choices,
                       words=words, blocking=False), lambda answer, name=name: _settle_placed(plan, name, answer)  # fmt: skip


def _outcome_like(plan, name) -> bool:
    texts = (str(name), plan.sheet.label(name))
    return any(OUTCOMES.search(t) and not re.search(r"pos|dos|原因|cause", t, re.I) for t in texts if t)


def _settle_placed(plan, name, answer):
    if answer == "leave out":
        plan.left[name] = LEFT_OUT
    else:
        plan.place_as(name, answer, "chosen")


TOPICS = (ask_which, ask_pfs2, ask_split, ask_placed, ask_dates, ask_fractions, ask_codes, ask_events)
