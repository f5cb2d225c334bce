"""Checks of what a paper says in words: captions, definitions,
numbered lists, accrual and follow-up, stage, sites, exclusions.
"""

import re
from dataclasses import replace
from datetime import date
from itertools import pairwise

from ..registry.number_words import with_digits
from ..registry.printed import read_printed
from ..registry.registry import Cell, Entry
from ..vocabulary.units import DAYS_PER_MONTH
from .finding import Message, Print, found, placed, prints_of
from .nested import span_of
from .paper import Paper, finest, widest
from .prints import DAYS

NO_METASTASIS = ("NONE", "N", "NO", "M0", "0")
METASTASIS = ("METSITE", "DISTMET")  # columns of distant metastasis, by what the dictionary and papers call them
ORGANS = r"brain|cns|cerebral|intracranial|liver|hepatic|bone|osseous|skeletal|adrenal"
DISTANT = re.compile(rf"\b({ORGANS})\b.*\bmetast|\bmetast.*\b({ORGANS})\b", re.I)  # labels of distant metastases
STAGE_IV = re.compile(r"(stage\s*)?iv[abc]?", re.I)
LATER = 1.02  # as a share of the study, up to which a time is of another length of the month
AMBIGUOUS = re.compile(r"as many as (\d+(?:\.\d+)?)")


def said(text, at, what="words") -> Print:
    """Words of a paper as a print."""
    return Print(Entry(what, "stated", {}, (), 0), Cell("words", str(text), (str(at),), 0))


def _figure(place) -> str:
    """'Figure 4' of 'Figure 4 caption'; '' for what is no figure or table."""
    match = re.match(r"(?:supplementary\s+)?(?:fig(?:ure|\.)?|table)\s*[A-Za-z]?\d+", str(place), re.I)
    return match[0].casefold() if match else ""


def captions(paper: Paper):
    """Captions that name another comparison than the numbers of their figure."""
    declared = paper.registry.own.get("captions") or []
    shown = {}
    for entry in paper.registry.entries:
        by = entry.get("by") if isinstance(entry.get("by"), str) else None
        columns = {by} if by else {c for c in entry.get("where") or {} if len(entry.get("where")) == 1}
        for p in prints_of(entry) if columns and entry.get("endpoint") else ():
            for place in p.cell.at:
                if _figure(place):
                    shown.setdefault(_figure(place), {}).setdefault(min(columns), []).append(p)
    wrong = []
    for caption in declared:
        inside = shown.get(_figure(caption["at"]), {})
        if inside and caption["by"] not in _sources(paper, inside):
            wrong.append((caption, inside))
    for caption, inside in wrong:
        others = [c for c, there in wrong if c is not caption and caption["by"] in _sources(paper, there)]
        back = [c for c in others if c["by"] in _sources(paper, inside)]
        prints = [p for rows in inside.values() for p in rows]
        shown = {"at": caption["at"], "named": paper.label(caption["by"]), "by": [paper.label(c) for c in inside]}
        wording = Message("{at}: the caption names {named}, the numbers in it are by {by}", **shown)
        if back:
            wording = Message(
                "{what}; it and the caption of {other} look exchanged",
                what=wording,
                other=back[0]["at"].removesuffix(" caption"),
            )
        quoted = said(f'"{caption["text"]}"', caption["at"], what="caption")
        yield found("contradiction", [quoted, *prints], wording, Message("numbers at {places}", places=placed(prints)))


def _sources(paper, columns) -> set:
    """The columns, and those that they are made of or that are made of them."""
    made = {name: g.source for name, g in paper.registry.groupings.items()}
    return (
        set(columns)
        | {made[c] for c in columns if c in made}
        | {name for name, source in made.items() if source in columns}
    )


def definitions(paper: Paper):
    """One endpoint that is defined in several ways; classes whose
    worded limits overlap, leave a gap or can be read in two ways.
    """
    endpoints, classes = {}, {}
    for rule in paper.registry.own.get("definitions") or []:
        if rule.get("endpoint"):
            endpoints.setdefault(rule["endpoint"], []).append(rule)
        else:
            classes.setdefault(rule["column"], []).append(rule)
    for endpoint, rules in endpoints.items():
        ends = {}
        for rule in rules:
            ends.setdefault(tuple(sorted(map(str, rule.get("ends") or []))), []).append(rule)
        if len(ends) > 1:
            told = tuple(
                Message("{ends} ({places})", ends=list(end) or "not said", places=[r["at"] for r in some])
                for end, some in ends.items()
            )
            wording = Message(
                "{endpoint} is defined in {n} ways: what ends it is not the same everywhere, and it is open which one"
                " was analysed",
                endpoint=endpoint,
                n=len(ends),
            )
            yield found(
                "contradiction",
                [said(f'"{r["text"]}"', r["at"], what=endpoint) for r in rules],
                wording,
                Message("{told}", told=told),
            )
    for column, rules in classes.items():
        yield from _worded_classes(paper, column, rules)


def _worded_classes(paper, column, rules):
    label, prints = paper.label(column), [said(f'"{r["text"]}"', r["at"], what=r["column"]) for r in rules]
    texts = [with_digits(str(r["text"])) for r in rules]
    for rule, text in zip(rules, texts, strict=True):
        match = AMBIGUOUS.search(text)
        if match:
            wording = Message(
                '{label}, {level}: "{text}" can mean up to {n} or {n} and more: at exactly {n}, and on either side, the'
                " class is open",
                **{"label": label, "level": rule["level"], "text": rule["text"], "n": match[1]},
            )
            yield found("note", prints, wording, "; ".join(q.shown for q in prints))
    spans = sorted((s for text in texts if (s := span_of(text)) is not None), key=lambda s: s[:2])
    for (_, end, closed, _, _), (start, _, _, _, opened) in pairwise(spans):
        if start < end or (start == end and closed and opened):
            yield found(
                "convention",
                prints,
                Message("{label}: its worded classes overlap at {limit}", label=label, limit=f"{start:g}"),
                "; ".join(p.shown for p in prints),
            )
        elif start == end and not closed and not opened:
            yield found(
                "note",
                prints,
                Message("{label}: exactly {limit} is in no class, by their words", label=label, limit=f"{end:g}"),
                "; ".join(p.shown for p in prints),
            )


def enumerations(paper: Paper):
    """Numbered lists in which a number stands twice or is left out."""
    for item in paper.registry.own.get("enumerations") or []:
        numbers = [int(x) for x in item["numbers"]]
        twice = sorted({x for x in numbers if numbers.count(x) > 1})
        missing = [x for x in range(min(numbers), max(numbers) + 1) if x not in numbers]
        if twice or missing:
            parts = [Message("{numbers} stands twice", numbers=twice)] if twice else []
            parts += [Message("{numbers} is missing", numbers=missing)] if missing else []
            said_so = "{what}: {parts}: an item may have been added or left out"
            wording = Message(said_so, what=item["what"], parts=parts)
            yield found(
                "note",
                [said(", ".join(map(str, numbers)), item["at"], what="list")],
                wording,
                Message("numbered {numbers}", numbers=", ".join(map(str, numbers))),
            )


def follow_up_and_accrual(paper: Paper):
    """Times that are longer than the time from the first entry of a subject to the end of follow-up."""
    accrual = paper.registry.own.get("accrual")
    unit = str(paper.registry.cohort.get("time_unit", "months"))
    if not accrual:
        return
    first, last = (_day(accrual[key], end) for key, end in (("first", False), ("cutoff", True)))
    place = said(f"{accrual['first']} to {accrual['cutoff']}", accrual["at"], what="accrual")
    if accrual.get("last") and _day(accrual["last"], False) > last:
        shown = {"accrual": accrual["last"], "accrual2": accrual["cutoff"]}
        wording = Message("subjects entered until {accrual}, but follow-up ended {accrual2}", **shown)
        yield found("contradiction", [place], wording, Message("{accrual} is after {accrual2}", **shown))
    days = (last - first).days + 1
    told, checks = {}, (_longer_than_the_study, _survival_after_the_study)
    for f in [f for check in checks for f in check(paper, accrual, place, unit, days)]:
        told.setdefault(f if f.kind == "contradiction" else f.wording.template, []).append(f)
    for first, *others in told.values():  # one reading is told once, of all times that it holds for
        cells = dict.fromkeys([*first.cells, *(cell for f in others for cell in f.cells)])
        places = dict.fromkeys([*first.places, *(at for f in others for at in f.places)])
        yield replace(first, cells=tuple(cells), places=tuple(places))


def _study_lasts(days, unit) -> tuple[float, Message]:
    """The length of a study in its unit of time, and the words of it."""
    most = days if unit == "days" else days / DAYS_PER_MONTH
    return most, Message("{days} days are {most} {unit}", days=days, most=f"{most:.1f}", unit=unit)


def _longer_than_the_study(paper, accrual, place, unit, days):
    """Follow-up and medians that are longer than the study."""
    most, _ = _study_lasts(days, unit)
    for entry in paper.registry.of("longest", "median_follow_up", "median_survival"):
        p = finest(prints_of(entry, "estimate"))
        own = widest(p.cell.text) if p is not None else None
        if not own or not paper.in_study_unit(entry) or entry.get("endpoint") == "PFS1" or own[0] <= most:
            continue
        wording = Message(
            "{name}: {printed} {unit} is longer than the study: {accrual} to {accrual2}",
            name=paper.name(entry),
            printed=p.shown,
            unit=unit,
            accrual=accrual["first"],
            accrual2=accrual["cutoff"],
        )
        begun = own[0] - 1 if not read_printed(p.cell.text).value % 1 else own[0]  # whole months may be those begun
        yield from _longer(paper, (entry, p, place), (begun, own[0], days, unit), wording)


def _survival_after_the_study(paper, accrual, place, unit, days):
    """Survival at, or a mean up to, a time that is longer than the study."""
    most, _ = _study_lasts(days, unit)
    for entry in paper.registry.of("survival_at", "rmst"):
        p = finest(prints_of(entry, "percent", "estimate"))
        time = float(entry.get("time"))
        if p is not None and paper.in_study_unit(entry) and entry.get("endpoint") != "PFS1" and time > most:
            wording = Message(
                "{name} at {time} {unit}: the study is shorter, {accrual} to {accrual2}",
                name=paper.name(entry),
                time=f"{time:g}",
                unit=unit,
                accrual=accrual["first"],
                accrual2=accrual["cutoff"],
            )
            yield from _longer(paper, (entry, p, place), (time, time, days, unit), wording)


def _longer(paper, about, times, wording):
    """A time beyond the length of the study; about : (entry, print, place of the length); times : (the least that it
    may be, as printed, days of the study, its unit)."""
    (entry, p, place), (least, own, days, unit) = about, times
    most, evidence = _study_lasts(days, unit)
    further = str(entry.get("endpoint")) in (paper.registry.own.get("further_endpoints") or {})
    if further and own > most * LATER:
        wording = Message("{what}. It holds only if the time is counted from before the subjects entered", what=wording)
        yield found("convention", [p, place], wording, evidence)
    elif least > days / min(DAYS.get(unit, (DAYS_PER_MONTH,))):
        yield found("contradiction", [p, place], wording, evidence)
    elif own > most * LATER:
        wording = Message("{what}. It holds only in months of 28 days, or months begun that count", what=wording)
        yield found("convention", [p, place], wording, evidence)


def _day(text, end) -> date:
    """A date, or the first or last day of a month or year."""
    parts = [int(x) for x in str(text).split("-")]
    if len(parts) == 3:
        return date(*parts)
    year, month = parts[0], parts[1] if len(parts) > 1 else (12 if end else 1)
    if not end:
        return date(year, month, 1)
    return date.fromordinal(date(year + month // 12, month % 12 + 1, 1).toordinal() - 1)


def stage_and_metastasis(paper: Paper):
    """More subjects with distant metastases than of stage IV;
    subjects of stage IV without a listed one. Source: AJCC 8.
    """
    fours = [x for x, label in _levels(paper, "STAGE") if STAGE_IV.fullmatch(x) or STAGE_IV.fullmatch(label)]
    stages = [((("STAGE", (x,)),), paper.printed_size((("STAGE", (x,)),))) for x in fours]
    if not fours or None in (n for _, n in stages):
        return
    four = sum(n for _, n in stages)
    prints = [p for group, _ in stages for p in paper.counts.get(group, [])]
    for column in METASTASIS:
        having = [x for x, _ in _levels(paper, column) if x.upper() not in NO_METASTASIS]
        groups = [((column, (x,)),) for x in having]
        sizes = [paper.printed_size(group) for group in groups]
        none = [((column, (x,)),) for x, _ in _levels(paper, column) if x.upper() in NO_METASTASIS]
        if having and len(none) == 1 and paper.printed_size(none[0]) is not None and paper.n:
            metastatic = paper.n - paper.printed_size(none[0])
        elif len(having) == 1 and sizes[0] is not None:
            metastatic = sizes[0]
        else:
            continue
        behind = [p for group in (*groups, *none) for p in paper.counts.get(group, [])]
        if metastatic > four:
            said_so = "{n} subjects with distant metastases, but {four} of stage IV: distant metastasis is stage IV"
            wording = Message(said_so, n=metastatic, four=four)
            yield found("contradiction", [*prints, *behind], wording, f"{metastatic} > {four}")
        elif metastatic < four:
            wording = Message(
                "{four} subjects of stage IV, {n} with a listed distant metastasis: it holds if the other {rest} had"
                " M1a"
                " by effusion or contralateral nodule, or a site that is not listed",
                **{"four": four, "n": metastatic, "rest": four - metastatic},
            )
            yield found("note", [*prints, *behind], wording, f"{four} - {metastatic} = {four - metastatic}")


def sites_and_metastasis(paper: Paper):
    """More subjects with metastases of one distant organ than with distant metastasis, or of stage IV (AJCC 8: M1)."""
    known = [(column, x) for column in ("DISTMET", "STAGE") for x, label in _levels(paper, column)
             if (x == "Y" if column == "DISTMET" else STAGE_IV.fullmatch(x) or STAGE_IV.fullmatch(label))]  # fmt: skip
    for column in {column: None for column, _ in known}:
        wholes = [((c, (x,)),) for c, x in known if c == column]
        sizes = [paper.printed_size(group) for group in wholes]
        for name, factor in paper.registry.factors.items():
            own = ((name, ("Y",)),)
            size = paper.printed_size(own) if DISTANT.search(factor.label) and "Y" in factor.levels else None
            if size is None or None in sizes or size <= sum(sizes):
                continue
            said = (
                "{n} subjects with {site}, but {m} with {whole}, which it is: it holds only if both were recorded at"
                " different times, or a count is a misprint"
            )
            whole = [paper.words(group) for group in wholes]
            wording = Message(said, n=size, site=factor.label, m=sum(sizes), whole=whole)
            prints = [p for group in (own, *wholes) for p in paper.counts.get(group, [])]
            yield found("convention", prints, wording, f"{size} > {sum(sizes)}")


def _levels(paper, column):
    factor = paper.registry.factors.get(column)
    return [(str(x), str(label)) for x, label in factor.levels.items()] if factor else []


def sites_of_subjects(paper: Paper):
    """Parts that the paper counts under one group and that are
    more than its subjects: some subjects stand in several.
    """
    parts = {}
    for given, then, _ in paper.implications:
        if paper.size(given) is not None and len(given) == 1 and given not in parts.get(then, []):
            parts.setdefault(then, []).append(given)
    for outer, groups in parts.items():
        size, sizes = paper.size(outer), [paper.size(g) for g in groups]
        if size is None or len({g[0][0] for g in groups}) < 2 or sum(sizes) <= size:
            continue
        prints = [p for g in (*groups, outer) for p in paper.counts.get(g, [])]
        wording = Message(
            "{groups}: {sum} in {size} subjects ({outer}): some stand in several, so they cannot be compared as groups",
            **{"groups": [paper.words(g) for g in groups], "sum": sum(sizes), "size": size},
            outer=paper.words(outer),
        )
        yield found("note", prints, wording, f"{' + '.join(map(str, sizes))} = {sum(sizes)} > {size}")


def exclusions(paper: Paper):
    """Exclusions by what happened later, which bias every time to an event."""
    for rule in paper.registry.own.get("exclusions") or []:
        if rule["says"] == "no_censoring":
            wording = Message(
                "Subjects without an event were excluded: times to an event are then of those who failed alone, and as"
                " a rule shorter than those of all"
            )
            yield found(
                "note",
                [said(f'"{rule["text"]}"', rule["at"], what="exclusion")],
                wording,
                Message("chosen by the outcome, not at its start"),
            )
            yield from _censored_after_all(paper, rule)


def _censored_after_all(paper, rule):
    """Fewer events than subjects, or a median that is not reached, where those without an event were left out."""
    endpoint = str(rule.get("endpoint") or paper.registry.cohort.get("primary_endpoint"))
    quoted = said(f'"{rule["text"]}"', rule["at"], what="exclusion")
    for (name, group), (_, most, prints) in paper.events().items():
        size = paper.size(group)
        if name == endpoint and size is not None and most < size:
            wording = Message(
                "{endpoint}: {most} of {size} had the event ({group}), but who had none was left out",
                endpoint=paper.endpoint(endpoint),
                most=most,
                size=size,
                group=paper.words(group),
            )
            yield found("contradiction", [quoted, *prints], wording, f"{most} < {size}")
    for (name, group), p in paper.by_endpoint("median_survival", "estimate").items():
        if name == endpoint and p.cell.text == "NR":
            wording = Message(
                "{endpoint}: the median is not reached ({group}), but who had no event was left out",
                endpoint=paper.endpoint(endpoint),
                group=paper.words(group),
            )
            yield found("contradiction", [quoted, p], wording, Message("where all have the event the curve reaches 0"))


def spread_of_bounds(paper: Paper):
    """A standard deviation above what the mean and the limits allow, or not that of a yes-or-no value.

    Variance <= (high - mean) (mean - low) n / (n - 1): Bhatia and Davis 2000; equality where only the limits occur:
    Heathers and Brown 2019 (DEBIT).
    """
    from .integers import summaries, whole_values

    for (variable, group), parts in summaries(paper).items():
        n, (mean, sd, ranges) = paper.size(group), (finest(parts.get(k, [])) for k in ("mean", "sd", "range"))
        if None in (mean, sd, ranges) or not n or n < 2 or not isinstance(ranges.cell.text, tuple):
            continue
        centre, spread, low, high = (widest(t) for t in (mean.cell.text, sd.cell.text, *ranges.cell.text))
        if None in (centre, spread, low, high):
            continue
        if whole_values(parts):  # whole limits are printed exactly
            low, high = (tuple([float(read_printed(t).value)] * 2) for t in ranges.cell.text)
        (floor, ceiling), f = (low[0], high[1]), n / (n - 1)
        inside = [min(max(m, floor), ceiling) for m in (*centre, (floor + ceiling) / 2) if centre[0] <= m <= centre[1]]
        most = max((((ceiling - m) * (m - floor) * f) ** 0.5 for m in inside), default=None)
        if most is not None and spread[0] > most * 1.0001:
            wording = Message(
                "{factor}: a standard deviation of {sd} is above what the mean {mean} and the limits {ranges} allow",
                factor=paper.label(variable),
                sd=sd.shown,
                mean=mean.shown,
                ranges=ranges.shown,
            )
            yield found(
                "contradiction",
                [sd, mean, ranges],
                wording,
                Message("at most the root of (high - mean) x (mean - low) x n / (n - 1) = {most}", most=f"{most:.4g}"),
            )
        elif list(ranges.cell.text) == ["0", "1"] and whole_values(parts):
            yield from _yes_or_no(paper.label(variable), n, mean, sd)


def _yes_or_no(name, n, mean, sd):
    """The standard deviation of n values of 0 or 1 is that of their mean. Source: Heathers and Brown 2019 (DEBIT)."""
    centre, spread, f = widest(mean.cell.text), widest(sd.cell.text), n / (n - 1)
    ends = sorted((m * (1 - m) * g) ** 0.5 for m in centre if 0 <= m <= 1 for g in (1, f))
    inside = ends and ends[0] <= spread[1] * 1.0001 and spread[0] <= ends[-1] * 1.0001
    if ends and not inside and not centre[0] <= 0.5 <= centre[1]:
        wording = Message(
            "{name}: {n} values of 0 or 1 with the mean {mean} have the standard deviation {ends}, not {sd}",
            name=name,
            n=n,
            mean=mean.shown,
            ends=f"{ends[0]:.3g}",
            sd=sd.shown,
        )
        evidence = "the root of mean x (1 - mean), over n or n - 1"
        yield found("contradiction", [mean, sd], wording, evidence, [f"{ends[0]:.3g}"])
