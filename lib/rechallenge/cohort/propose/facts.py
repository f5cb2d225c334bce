"""What the import proposes for the whole cohort: unit, cut-off, endpoint and notice, each with its reason."""

import re

import pandas as pd

from papercheck.files.findings import shown
from papercheck.vocabulary.dictionary import load_dictionary
from papercheck.vocabulary.units import USUAL

from ..read.cells import number_text
from ..read.dates import FIRST_ICI, complete, meanings, period, read_dates
from ..read.visits import written_date
from .asked import date_columns
from .fit import counts_of, numbers_of
from .plan import FOLLOWED, ZERO_TIME
from .questions import Question, Reason, about, choices_of
from .words import unit_in

DURATIONS = ("PFSR", "PFS1", "OS")
CUTOFF = re.compile(r"cut.?off|截止|截点", re.IGNORECASE)
LONG = 60  # a median duration above this is in days, not months
NEAR = 7  # days by which a duration and the dates beside it may differ, to say its unit
BY_DATES = {unit: f"; the dates beside it say {unit}" for unit in ("months", "days")}


def settle_facts(proposal):
    """time_unit, data_cutoff, primary_endpoint and notice, each with its reason."""
    _settle_unit(proposal)
    proposal.facts["primary_endpoint"] = _primary(proposal.plans, proposal.course)
    cutoff = _said_cutoff(proposal.plans) or _latest(proposal.plans)
    proposal.ask(_ask_followed(proposal, cutoff))
    subjects = next((p for p in proposal.plans if p.alive_on), None)
    if subjects:
        cutoff = subjects.alive_on, Reason("followed to")
    if cutoff:
        proposal.facts["data_cutoff"] = cutoff
    if any(p.follow_up_time for p in proposal.plans):
        proposal.facts["follow_up_time"] = FOLLOWED, "the times of those without the event are empty, as answered"
    late = next((p.late_entry for p in proposal.plans if p.late_entry), None)
    if late:
        why = "survival counts from there, and patients are seen from rechallenge on"
        why = "patients count from when they were observed, as answered" if "entry_time" in late else why
        proposal.facts["late_entry"] = late, why
    if proposal.course != "RECHALLENGE" and any(p.written("OS") for p in proposal.plans):
        start = "the start of the first ICI course" if proposal.course else "the start that the file counts from"
        text = {"OS": {"label": "Overall survival", "text": f"from {start} to death from any cause", "zero": start}}
        proposal.facts["endpoints"] = text, Reason("no rechallenge")
    grades = next(
        (p for p in proposal.plans if "ATOXGR" in p.values and p.notes.get("ATOXGR", "").startswith("a severe")), None
    )
    if grades:
        notice = "Grades of adverse events are severities (mild 1, moderate 2, severe 3), not CTCAE grades."
        proposal.facts["notice"] = notice, Reason("no grades")


def _settle_unit(proposal):
    """Days or months: as the names, the dates or the sizes of the durations say it, or as answered."""
    unit, why, doubtful = _time_unit(proposal.plans)
    if doubtful:
        name, median = doubtful
        question = Question(
            "unit",
            "unit",
            proposal.plans[0].sheet.place,
            name,
            choices=choices_of("unit"),
            proposed=unit,
            words={"median": f"{median:g}", "dates": BY_DATES[unit] if "the dates" in why else ""},
        )
        proposal.ask([(question, lambda answer: None)])
        if "unit" in proposal.answers:
            unit, why = proposal.answers["unit"], Reason("as answered")
    proposal.facts["time_unit"], own = (unit, why), {}
    proposal.ask(_ask_of_each(proposal.plans, unit, doubtful, own))
    _put_into(unit, proposal.plans, own)


def _ask_followed(proposal, cutoff):
    """Until when those were followed of whom neither a death nor a last contact is on record, where dates decide."""
    plan = next((p for p in proposal.plans if p.table == "adsl"), None)
    placed = set(date_columns(plan)) if plan else set()
    course = {"INITIAL": "ASTDT_INITIAL"}.get(proposal.course, "ASTDT_RECHALLENGE")
    starts = course in placed or any(p.table == "adex" for p in proposal.plans)
    durations = any(plan.written(t) for t in DURATIONS) or any(p.table == "adtte" for p in proposal.plans)
    if not starts or durations or not placed & {"DTHDT", "PDDT_RECHALLENGE", "PDDT_INITIAL"}:
        return
    known = [plan.cells_of(t) != "" for t in ("DTHDT", "LSTALVDT") if t in placed]
    unseen = plan.read & ~(sum(known) > 0) if known else plan.read
    if not unseen.any() or (plan.halves | plan.lost_choices):
        return
    days = {day.isoformat(): text for day, text in _days_beside(plan.sheet)}
    days |= {cutoff[0].isoformat(): cutoff[1]} if cutoff and cutoff[0].isoformat() not in days else {}
    said = {
        day: Reason("alive on", day=day, why=why if isinstance(why, Reason) else shown(why))
        for day, why in days.items()
    }
    words = {"n": int(unseen.sum()), "all": int(plan.read.sum())}
    yield (
        about(plan.sheet, "followed", choices=(*days, "not known"), said=said, words=words, free_date=True),
        lambda answer: setattr(plan, "alive_on", None if answer == "not known" else pd.Timestamp(answer).date()),
    )


def _days_beside(sheet) -> list:
    """[(day, the line)] of the dates of one meaning in the lines above and below a table: data cut-off 31 May 2023."""
    texts = [*sheet.titles, *(entry.text for entry in sheet.left_out)]
    found = [(meanings(written_date(t)[0]), t) for t in texts]
    days = [(next(iter(meant.values())), t) for meant, t in found if len(set(meant.values())) == 1]
    return [(day, text) for day, text in days if FIRST_ICI <= day <= pd.Timestamp.today().date()]


def _time_unit(plans):
    """The unit of the durations, why, and (column, median) where it is a guess."""
    adam_rows = next((p for p in plans if p.table == "adtte"), None)
    if adam_rows is not None:
        return _unit_of_rows(adam_rows)
    written = [(p, p.written(t)) for p in plans for t in DURATIONS if p.written(t)]
    spoken = {name: _spoken_unit(plan, name) for plan, name in written}
    for unit in ("months", "days"):
        for name in (n for n, said in spoken.items() if said == unit):
            return unit, Reason("name says unit", column=name, unit=unit), None
    if any(spoken.values()):
        return (
            "months",
            Reason("names say units", units=", ".join(sorted({u for u in spoken.values() if u}))),
            None,
        )
    for plan, name in written:
        cells = [c for c in plan.sheet.cells(name) if c]
        numbers = numbers_of(cells, load_dictionary()["adsl"].columns["OS"])[0]
        said = {unit_in(c) for c in cells} - {""}
        if said:
            return "days" if said == {"days"} else "months", Reason("cells say unit", column=name), None
        median = pd.Series([numbers[c] for c in cells if c in numbers]).median()
        dated = _unit_by_dates(plan, plan.columns[name], numbers)
        unit = dated or ("days" if median > LONG else "months")
        by = Reason("dates say") if dated else Reason("median says", column=name, median=f"{median:g}")
        return unit, Reason("no name says", by=by), (name, median)
    return "months", Reason("no durations"), None


def _spoken_unit(plan, name) -> str:
    """The unit that the name or label of a column says, or ''."""
    return next((u for u in (unit_in(name), unit_in(plan.sheet.label(name))) if u), "")


def _ask_of_each(plans, unit, doubtful, own):
    """The unit of a column of durations that says none and whose median is not like that of the cohort's unit.

    own : {column: its unit} that the answers fill."""
    for plan, name in ((p, p.written(t)) for p in plans for t in DURATIONS if p.written(t)):
        cells = [c for c in plan.sheet.cells(name) if c]
        if _spoken_unit(plan, name) or (doubtful and name == doubtful[0]) or any(map(unit_in, cells)):
            continue
        numbers = numbers_of(cells, load_dictionary()["adsl"].columns["OS"])[0]
        median = pd.Series([numbers[c] for c in cells if c in numbers], dtype=float).median()
        if median > LONG if unit == "months" else median <= LONG:
            words = {"median": f"{median:g}", "unit": unit}
            yield (
                about(plan.sheet, "unit of one", name, of="unit", choices=choices_of("unit"), words=words),
                lambda answer, name=name: own.update({name: answer}),
            )


def _put_into(unit, plans, answered):
    """Durations that say another unit than that of the cohort: by their name (`scales`), or cell by cell.

    answered : {column: its unit} that a person gave."""
    for plan, target in ((p, t) for p in plans for t in (*DURATIONS, ZERO_TIME, FOLLOWED) if p.written(t)):
        name = plan.written(target)
        own = _spoken_unit(plan, name) or answered.get(name, unit)
        if own != unit:
            plan.scales[target] = own
        for cell in counts_of(plan.sheet, name):
            other = unit_in(cell)
            number = number_text(cell, other) if other in ("months", "days", "weeks") and other != own else ""
            if re.fullmatch(r"\d+(\.\d+)?", number):
                plan.values.setdefault(target, {})[cell] = f"{USUAL.convert(float(number), other, own):.6g}"


def _unit_of_rows(plan):
    """The unit of a table with a row for each time: by AVALU or
    the words of PARAM, then by its dates, then by its median.
    """
    frame = plan.sheet.frame
    for name in (n for n in ("AVALU", "PARAM", plan.written("AVAL")) if n in frame.columns):
        said = {unit_in(c) for c in {name, plan.sheet.label(name), *plan.sheet.cells(name).unique()} if c} - {""}
        if len(said) == 1 and said <= {"months", "days"}:
            return said.pop(), Reason("says it", column=name), None
    if "STARTDT" in plan.columns.values():
        return "days", Reason("adam days"), None
    name = plan.written("AVAL")
    median = pd.to_numeric(plan.sheet.cells(name), errors="coerce").median()
    return (
        ("days" if median > LONG else "months"),
        Reason("no name says", by=Reason("median says", column=name, median=f"{median:g}")),
        (name, median),
    )


def _unit_by_dates(plan, target, numbers) -> str:
    """The unit that the durations of an endpoint have by the dates of the same patients, or '' where none tell it: for
    most of them one unit, and not the other, gives the time from the start to an end on record within a week."""
    course = "INITIAL" if target == "PFS1" or plan.course == "INITIAL" else "RECHALLENGE"
    ends = ("DTHDT", "LSTALVDT") if target == "OS" else (f"PDDT_{course}", "DTHDT", "LSTALVDT")
    start = _dates_of(plan, f"ASTDT_{course}")
    given = plan.sheet.cells(plan.written(target)).map(numbers)
    apart = {"months": [], "days": []}
    for end in (e for e in (_dates_of(plan, e) for e in ends) if e is not None and start is not None):
        for unit, found in apart.items():
            found.append((given * USUAL.days(unit) - (end - start).dt.days).abs())
    near = {u: (pd.concat(found, axis=1).min(axis=1).dropna() <= NEAR).mean() for u, found in apart.items() if found}
    best = max(near, key=near.get) if near else ""
    return best if near and near[best] >= 0.5 and near[best] > 2 * min(near.values()) else ""


def _dates_of(plan, target):
    """The dates of a column by line of the sheet, as far as they can be read; None without the column."""
    name = date_columns(plan).get(target)
    return None if not name else read_dates(plan.sheet.cells(name).replace("", None), plan.dates.get(target, ()))


def _primary(plans, course):
    had = {c for p in plans for c in p.columns.values()} | {
        c for p in plans for c in p.values.get("PARAMCD", {}).values()
    }
    dated = "ASTDT_RECHALLENGE" in had or any(p.table == "adex" for p in plans)
    if course == "INITIAL" and ("PFS1" in had or "ASTDT_INITIAL" in had):
        return "PFS1", Reason("primary first")
    for endpoint in ("PFSR", "OS", "PFS1") if course else ("OS",):
        if endpoint in had or (dated and endpoint == "PFSR"):
            return endpoint, Reason("primary")
    return "PFS1" if course == "INITIAL" else "PFSR", Reason("no endpoint")


def _said_cutoff(plans):
    """The day in a column called cut-off that holds one date for every patient."""
    for sheet in (p.sheet for p in plans if p.table == "adsl"):
        for name in (n for n in sheet.frame.columns if CUTOFF.search(f"{n} {sheet.label(n)}")):
            days = read_dates(sheet.cells(name).replace("", None)).dropna().unique()
            if len(days) == 1:
                return pd.Timestamp(days[0]).date(), Reason("says it", column=name)
    return None


def _latest(plans):
    """The latest date that can be read in a placed column."""
    best, today = None, pd.Timestamp.today().normalize()
    for plan in plans:
        for target, name in date_columns(plan).items():
            cells = plan.cells_of(target)
            dates = read_dates(pd.Series([c for c in cells.unique() if c]), plan.dates.get(target, ()))
            dates = dates[dates <= today]  # a year such as 2202 is no cut-off
            rule = plan.partial.get(target, {}).get("rule")
            ends = [complete(*period(c), rule) for c in cells.unique() if rule and period(c)]
            latest = max(
                [dates.max(), *map(pd.Timestamp, ends)], key=lambda day: pd.Timestamp.min if pd.isna(day) else day
            )
            if not pd.isna(latest) and latest <= today and (best is None or latest > best[0]):
                best = latest, name
    return (best[0].date(), Reason("latest", column=best[1])) if best else None
