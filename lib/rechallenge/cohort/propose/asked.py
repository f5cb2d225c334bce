"""What the import asks of a proposal, and what each answer changes in it.

A topic yields pairs of a Question and of what its answer does. The answer is applied before the next topic looks.
"""

import re

from papercheck.files.findings import CohortError, Finding, Message, shown
from papercheck.vocabulary.dictionary import load_dictionary

from ..read.cells import plain
from ..read.dates import DAY_COUNTS, meanings
from .birth import ask_birth
from .earlier_start import ask_entry
from .fit import CODE, DENIED, counts_of, fit, numbers_of, signed_numbers
from .follow_time import ask_follow_time
from .grouped import ask_grouped
from .match import LEFT_OUT
from .outcomes import EVENTS, ask_events, ask_progressed, ask_split, ask_split_words, remarks_of
from .placed import ask_empty, ask_placed, unlabelled_target
from .questions import Question, Reason, Value, about, choices_of
from .rivals import ask_rivals
from .swapped import ask_swapped
from .words import course_in, means_unknown, same, side_of, synonyms, tokens


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
            about(plan.sheet, "which", name, "OS"),
            settle,
        )


def ask_pfs2(plan):
    """PFS2 is another endpoint in oncology."""
    for target in ("PFSR", "PFSR_EVENT"):
        name = plan.written(target)
        if target == "PFSR" and name and tokens(name)[:2] == ("pfs", "2"):
            flag = plan.written("PFSR_EVENT")
            said = course_in(plan.sheet.label(name))[0] == "RECHALLENGE"

            def settle(answer, name=name, flag=flag):
                if answer == "leave out":
                    for written in filter(None, (name, flag)):
                        plan.unplace(written, LEFT_OUT)

            yield (
                about(plan.sheet, "pfs2", name, target, proposed="rechallenge" if said else None),
                settle,
            )


MOST_REMARKS = 12  # kinds of words beside dates that a question counts


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
    yield from ask_swapped(plan, dates)
    open_ = {t: n for t, n in dates.items() if plan.fits[t].open_dates}
    if open_:
        _refuse_two_orders(plan, open_)
        options = [f for f in dict.fromkeys(f for t in open_ for f in plan.fits[t].open_dates)]
        yield _order_question(plan, open_, options), lambda answer: _declare(plan, open_, answer, "?")
    counted = {t: n for t, n in dates.items() if _day_numbers(plan, t)}
    if counted:
        yield _counted_question(plan, counted), lambda answer: _declare(plan, counted, answer, "day numbers")
    asked = set()
    for target, name in dates.items():
        partial = plan.fits[target].partial
        if partial and name not in asked:
            asked.add(name)
            words = {"n": sum(partial.values()), "example": ", ".join(map(shown, list(partial)[:3]))}
            targets = [t for t, n in dates.items() if n == name]
            question = about(plan.sheet, "partial", name, target, words=words, targets=tuple(targets))
            yield (
                question,
                lambda answer, targets=targets: [plan.partial.update({t: _partial_rule(t, answer)}) for t in targets],
            )


FEW = 3, 0.1  # dates that can only be in the rarer order, and their share, below which they are slips


def _refuse_two_orders(plan, columns):
    """Dates of which some can only be day-first and others only month-first: in which order the rest stand, nobody
    could answer for all of them. Raises CohortError."""
    proven, either = {"day": [], "month": []}, []
    for cell in (c for name in dict.fromkeys(columns.values()) for c in plan.sheet.cells(name) if c):
        orders = {form.split("-")[0] for form in meanings(cell)} & set(proven)
        (proven[orders.pop()] if len(orders) == 1 else either if orders else []).append(cell)
    n = {order: len(cells) for order, cells in proven.items()}
    if not either or min(n.values()) < max(FEW[0], FEW[1] * sum(n.values())):
        return
    rule = Message(
        "dates in two orders: {days} can only be day-first ({day}), {months} only month-first ({month}), and {n} such"
        " as {either} can be read in both ways",
        days=n["day"],
        day=shown(proven["day"][0]),
        months=n["month"],
        month=shown(proven["month"][0]),
        n=len(either),
        either=shown(either[0]),
    )
    action = "Write those of one order, such as all of one sheet or hospital, as 2020-03-23, and import again."
    raise CohortError([Finding(plan.sheet.place, rule, action, column=", ".join(dict.fromkeys(columns.values())))])


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
    cells = [c for n in columns.values() for c in counts_of(plan.sheet, n) if _in_two_orders(c, options)]
    example = cells[0] if cells else ""
    said = {
        f: Reason("is day", format=f, cell=example, day=meanings(example)[g])
        for f in options
        for g in meanings(example)
        if g.split("+")[0] == f
    }
    words = {"n": len(cells), "example": shown(example), "columns": ", ".join(dict.fromkeys(columns.values()))}
    return Question(
        f"order.{plan.sheet.key}",
        "order",
        plan.sheet.place,
        next(iter(columns.values())),
        next(iter(columns)),
        tuple(options),
        words=words,
        said=said,
        targets=tuple(columns),
        proposed=_order_of_others(plan, columns, options),
    )


def _in_two_orders(cell, options) -> bool:
    """Whether a cell is another day under another one of the orders."""
    return len({day for f, day in meanings(cell).items() if f.split("+")[0] in options}) > 1


def _order_of_others(plan, columns, options) -> str | None:
    """The order that the other columns of dates prove, where they prove one alone."""
    others = {f for t, formats in plan.dates.items() if t not in columns for f in formats}
    proven = [f for f in options if f in others]
    return proven[0] if len(proven) == 1 else None


def _counted_question(plan, columns):
    fits = [plan.fits[t] for t in columns]
    names = dict.fromkeys(columns.values())
    cells = [c for n in names for c in counts_of(plan.sheet, n) if meanings(c) and set(meanings(c)) <= set(DAY_COUNTS)]
    plausible = [f for f in fits[0].counted if all(f in other.counted for other in fits)]
    example = cells[0] if cells else ""
    options = plausible or [f for f in meanings(example)]
    meant = meanings(example)
    said = {f: Reason("is day", format=f, cell=example, day=meant[f]) for f in options if f in meant}
    own = f"excel-{plan.sheet.counts_from}"  # an .xlsx says itself from when it counts
    own = "sas" if plan.sheet.path.suffix.lower() in SINCE_1960 else own
    book = Reason("counts from", year=plan.sheet.counts_from) if plan.sheet.counts_from else ""
    words = {"n": len(cells), "example": example, "columns": ", ".join(names), "book": book}
    return Question(
        f"counted.{plan.sheet.key}",
        "counted",
        plan.sheet.place,
        next(iter(names)),
        next(iter(columns)),
        tuple(options),
        proposed=own if own in options else plausible[0] if len(plausible) == 1 else None,
        words=words,
        said=said,
        targets=tuple(columns),
    )


def _declare(plan, columns, answer, settles):
    """Declare a format of columns of dates. settles : what is said of a column until this is answered."""
    for target, name in columns.items():
        time = any("+time" in f for c in counts_of(plan.sheet, name) for f in meanings(c))
        kept = [f for f in plan.dates.get(target, ()) if f != answer]
        plan.dates[target] = tuple(dict.fromkeys([*kept, answer, *(["date-and-time"] if time else [])]))
        plan.open_dates.pop(target, None)
    plan.settle(set(columns.values()), (settles,))


def ask_remarked(plan):
    """Dates with words beside them: whether each kind of words leaves the date what its column says."""
    for target, name in date_columns(plan).items():
        cells = plan.fits[target].remarked if target in plan.fits and name not in plan.split else {}
        remarks = remarks_of(plan, name, cells)
        if not cells or len(remarks) > MOST_REMARKS:
            continue
        known = choices_of("remarked")
        ends = target == "DTHDT" or target.startswith("PDDT")
        proposed = {r: "unknown" if ends and DENIED.search(r) else known[0] for r in remarks}
        values = tuple(Value(remark, n) for remark, n in remarks.items())
        example = ", ".join(map(shown, list(cells)[:2]))
        question = about(
            plan.sheet,
            "remarked",
            name,
            target,
            choices=known,
            values=values,
            proposed=proposed,
            words={"example": example, "label": plan.column(target).label},
        )
        yield question, lambda answer, t=target, n=name, c=cells: _settle_remarked(plan, t, n, c, answer)


def _settle_remarked(plan, target, name, cells, answer):
    plan.settle([name], ("words beside",))
    _translate(plan, target, {c: d if answer[remark] == "the date" else "unknown" for c, (d, remark) in cells.items()})


def ask_fractions(plan):
    """Shares of 1 or percent."""
    for target, found in list(plan.fits.items()):
        name = plan.written(target)
        if not found.fraction or not name:
            continue
        words = {"example": ", ".join(found.fraction[:3])}
        question = about(plan.sheet, "fraction", name, target, proposed="shares", words=words)
        yield question, lambda answer, target=target, found=found: _settle_fraction(plan, target, found, answer)


def _settle_fraction(plan, target, found, answer):
    rule = synonyms()["as_number"].get(target)
    if not rule:
        signed = any("%" in plain(w) for w in counts_of(plan.sheet, plan.written(target)))
        if signed and answer == "shares":
            meant = {w: f"{100 * numbers_of([w], plan.column(target))[0][w]:.12g}" for w in found.fraction}
            plan.values[target] = plan.values.get(target, {}) | meant
        else:
            plan.scales[target] = "fraction" if answer == "shares" else "percent"
        return
    for word in found.fraction:
        number = float(word) * (100 if answer == "shares" else 1)
        plan.values.setdefault(target, {})[word] = rule["codes"][sum(number >= cut for cut in rule["cut"])]
        found.untranslated.pop(word, None)
    plan.settle({plan.written(target)}, ("not a level",)) if not found.untranslated else None


def ask_codes(plan):
    """Cells of a placed column that no word translates, and numbers that may stand for not known."""
    for target, found in list(plan.fits.items()):
        name = plan.written(target) or next((n for n, r in plan.split.items() if target == r["date"]), "")
        if not name or target in EVENTS:
            continue
        column = plan.column(target)
        if found.sentinels:
            question = _sentinels_question(plan, name, target, found)
            yield question, lambda answer, target=target: _translate(plan, target, answer)
        signed = signed_numbers(found.untranslated, column)
        if signed:
            yield (
                _signed_question(plan, name, target, signed),
                lambda answer, target=target, signed=signed: _settle_signed(plan, target, signed, answer),
            )
        left = {
            w: n
            for w, n in found.untranslated.items()
            if w not in signed and w not in plan.values.get(target, {}) and w not in found.fraction
        }
        if left and len(left) <= 30:
            question = _codes_question(plan, name, target, column, left)
            if not question.blocking:
                _translate(plan, target, question.proposed)
            yield question, lambda answer, target=target: _translate(plan, target, answer)
    for name, why in list(plan.left.items()):
        target = unlabelled_target(plan, name, why)
        if target:
            column = load_dictionary()[plan.table].columns[target]
            untold = fit(plan.sheet, name, column).untranslated
            open_ = {
                w: n
                for w, n in counts_of(plan.sheet, name).items()
                if w in untold or (CODE.match(w) and w not in column.levels and not means_unknown(w))
            }
            question = _codes_question(plan, name, target, column, open_)
            yield question, lambda answer, name=name, target=target: _place_codes(plan, name, target, answer)


def _signed_question(plan, name, target, signed):
    words = {"n": sum(counts_of(plan.sheet, name)[w] for w in signed)}
    words["example"] = ", ".join(f"{shown(w)}: {x}" for w, x in list(signed.items())[:3])
    known = choices_of("signed")
    return about(plan.sheet, "signed", name, target, choices=known, proposed=known[0], words=words)


def _settle_signed(plan, target, signed, answer):
    _translate(plan, target, {w: x if answer == "the number" else "unknown" for w, x in signed.items()})


def _sentinels_question(plan, name, target, found):
    values = tuple(Value(w, n) for w, n in found.sentinels.items())
    known, proposed = choices_of("sentinels"), {v.word: "unknown" for v in values}
    return about(plan.sheet, "sentinels", name, target, choices=known, values=values, proposed=proposed)


def _codes_question(plan, name, target, column, left):
    labels = plan.sheet.codes.get(name, {})
    values = tuple(Value(w, n, labels.get(w, "")) for w, n in left.items())
    numbers = column.type in ("number", "integer", "date")
    grades = tuple("12345") if target == "ATOXGR" else ()
    choices = (*grades, *_months(left), "unknown") if numbers else (*column.levels, "unknown")
    levels = column.levels.items()
    said = {code: label if code == label else Reason("level", code=code, label=label) for code, label in levels}
    said |= {"unknown": Reason("no date")} if column.type == "date" else {}
    suspects, others = synonyms()["sentinels"], len(counts_of(plan.sheet, name)) > 1
    proposed = (
        {v.word: "unknown" for v in values if v.word.removesuffix(".0") in suspects and others and not labels}
        if not numbers
        else {v.word: "unknown" for v in values if column.type == "date" and _says_no_date(v.word)}
    )
    if not numbers and not proposed:
        inside = {v.word: "" if "?" in plain(v.word) else side_of(v.label or v.word, column) for v in values}
        proposed = inside if all(inside.values()) else {}
    if column.type == "date" and len(proposed) < len(values):
        proposed = {}
    alone = choices == ("unknown",)  # nothing is asked but whether the cells may be left out
    if alone:
        proposed = {v.word: "unknown" for v in values}
    return about(
        plan.sheet,
        "codes",
        name,
        target,
        choices=choices,
        values=values,
        proposed=proposed or None,
        words={"label": column.label},
        said=said,
        blocking=not alone or column.type == "date" or column.unit == "time",
    )


SINCE_1960 = (".sas7bdat", ".xpt", ".dta")  # files of programs that count days so


def _says_no_date(word) -> bool:
    """Whether a cell of dates says that there is none: words alone, or words of one who lives (alive at 2024.3)."""
    blank = not re.search(r"\d", word) or word in synonyms()["sentinels"] or re.fullmatch(r"0|9{4,}|0{4,}", word)
    return bool(blank) or side_of(word, load_dictionary()["adsl"].columns["OS_EVENT"]) == "0"


def _months(words) -> tuple:
    """What 2024.1 may mean: a spreadsheet writes October (2024.10) so as well as January."""
    years = sorted({w[:4] for w in words if re.fullmatch(r"\d{4}\.1", w)})
    return tuple(f"{year}-{month}" for year in years for month in ("01", "10"))


def _translate(plan, target, answer):
    targets = {target}
    for rule in plan.split.values():
        targets |= {rule["date"], rule["other"]} if target in (rule["date"], rule["other"]) else set()
    for word, choice in answer.items():
        if choice != "as written":
            for each in targets:
                plan.values.setdefault(each, {})[word] = "NA" if choice == "unknown" else choice
    plan.settle({plan.written(target)}, ("not a level", "without labels", "not numbers", "no dates"))


def _place_codes(plan, name, target, answer):
    others = [w for w in counts_of(plan.sheet, name) if w not in answer and not means_unknown(w)]
    if not others and all(choice == "unknown" for choice in answer.values()):
        plan.left[name] = LEFT_OUT
        return
    plan.place_as(name, target, Reason("codes answered"))
    _translate(plan, target, answer)


def drop_lone_flag(plan):
    """Read a flag of death for nothing where no date and no duration could count its deaths, and none of another
    endpoint would miss them. Asks nothing."""
    name, split = plan.written("DTHFL"), {t for rule in plan.split.values() for t in (rule["date"], rule["other"])}
    had = {*plan.columns.values(), *split}
    by_dates = not had & {"PFSR", "PFS1"} and any(t.startswith("PDDT") for t in had)  # whose deaths would be missed
    if name and not by_dates and not had & {"DTHDT", "LSTALVDT"} and "adtte" not in plan.beside:
        plan.unplace(name, Reason("flag alone"))
    yield from ()


TOPICS = (
    ask_which,
    ask_pfs2,
    ask_split_words,
    ask_split,
    ask_progressed,
    ask_empty,
    ask_rivals,
    ask_birth,
    ask_placed,
    ask_split,  # of a date that an answer has placed
    ask_entry,
    ask_dates,
    ask_remarked,
    ask_fractions,
    ask_grouped,
    ask_follow_time,
    ask_codes,
    drop_lone_flag,
    ask_events,
)
