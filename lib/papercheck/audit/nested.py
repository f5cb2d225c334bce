"""Checks of shares without counts: a part that is a larger share than what it is part of; definitions of classes."""

import re
from itertools import pairwise

from .finding import Message, found
from .paper import Paper, as_group, split

ALL_GRADES = frozenset(range(1, 6))
RANGES = (
    (re.compile(r"(-?\d+(?:\.\d+)?)\s*(?:-|to|~)\s*(-?\d+(?:\.\d+)?)"), "[]"),
    (
        re.compile(
            r"(?:>=|at least)\s*(-?\d+(?:\.\d+)?)|(-?\d+(?:\.\d+)?)\s*(?:or more|or older|and over|and above|\+)"
        ),
        "[>",
    ),
    (
        re.compile(
            r"(?:<=|at most|up to)\s*(-?\d+(?:\.\d+)?)|(-?\d+(?:\.\d+)?)\s*(?:or less|or fewer|or younger|or under)"
        ),
        "<]",
    ),
    (re.compile(r"(?:>|over|above|more than)\s*(-?\d+(?:\.\d+)?)"), "(>"),
    (re.compile(r"(?:<|under|below|less than|fewer than)\s*(-?\d+(?:\.\d+)?)"), "<)"),
)


def larger_parts(paper: Paper):
    """A share of subjects that is larger than that of a group which holds them all (ORR and DCR), by percentages."""
    groups = {}
    for entry in paper.registry.of("count"):
        if not entry.get("event") and (entry.get("where") or entry.get("of")):
            group = as_group(entry.get("of"), entry.get("where"))
            of = (
                int(entry.spec["denominator"]) if "denominator" in entry.spec else paper.size(as_group(entry.get("of")))
            )
            least, most, prints = paper.count_range(entry, of)
            if prints and least <= most:
                groups.setdefault(group, (least, most, prints))
    for inner, (least, _, prints) in groups.items():
        for outer, (_, most, behind) in groups.items():
            if inner == outer or least <= most or not paper.holds(outer, inner) or _compared(paper, inner, outer):
                continue
            shown = [shown_share(p) for p in (prints[0], behind[0])]
            wording = Message(
                "{group}: {shown}, more than the {shown2} of {group2}, which holds all of these",
                group=paper.words(inner),
                shown=shown[0],
                shown2=shown[1],
                group2=paper.words(outer),
            )
            yield found(
                "contradiction",
                [*prints, *behind],
                wording,
                Message("at least {least} against at most {most}", least=least, most=most),
            )


def _compared(paper, inner, outer) -> bool:
    """Whether the checks of parts and unions hold the two printed counts against each other."""
    if inner not in paper.counts or outer not in paper.counts or len(outer) > len(inner):
        return False
    joined = len(outer) == 1 and (made := paper.registry.groupings.get(outer[0][0])) and bool(made.map)
    in_list = bool(outer) and len(outer[0][1]) > 1 and inner in split(outer)
    return (len(inner) == len(outer) + 1 and set(outer) < set(inner)) or in_list or bool(joined)


def shown_share(p) -> str:
    """A count as printed, a percentage with its sign."""
    return f"{p.shown}%" if p.cell.part == "percent" else p.shown


def larger_grades(paper: Paper):
    """A share with an adverse event of some grades that is larger
    than that with the event of any grade, by percentages.
    """
    rows = {}
    for entry in paper.registry.of("count"):
        event = entry.get("event")
        if isinstance(event, dict) and isinstance(event.get("AEDECOD", ""), str):
            grades = frozenset(map(int, event.get("ATOXGR") or ALL_GRADES))
            group = as_group(entry.get("of"), entry.get("where"))
            of = int(entry.spec["denominator"]) if "denominator" in entry.spec else paper.size(group)
            least, most, prints = paper.count_range(entry, of)
            if prints and least <= most:
                rows[str(event["APHASE"]), str(event.get("AEDECOD", "")), grades, group] = least, most, prints
    for (course, term, grades, group), (least, _, prints) in rows.items():
        for (other, wide, more, same), (_, most, behind) in rows.items():
            within = course == other and group == same and wide in ("", term) and grades <= more
            counted = not group and all(p.cell.part == "count" for p in (*prints, *behind))
            if within and (term, grades) != (wide, more) and least > most and not counted:
                name = term or "any adverse event"
                wording = Message(
                    "{name}: {share} in some grades, more than the {share2} of {x} in all of them",
                    name=name,
                    share=shown_share(prints[0]),
                    share2=shown_share(behind[0]),
                    x=wide or "any event",
                )
                yield found(
                    "contradiction",
                    [*prints, *behind],
                    wording,
                    Message("at least {least} against at most {most}", least=least, most=most),
                )


def overlapping_classes(paper: Paper):
    """Classes of a number whose definitions share a value, or leave one between them."""
    for column, factor in paper.registry.factors.items():
        spans = [span_of(label) or span_of(code) for code, label in factor.levels.items()]
        if len(spans) < 2 or None in spans:
            continue
        labels = list(factor.levels.values())
        prints = [p for level in factor.levels for p in paper.counts.get(((column, (level,)),), [])]
        order = sorted(range(len(spans)), key=lambda i: (spans[i][0], spans[i][1]))
        for i, j in pairwise(order):
            (_, end, closed, step), (start, _, opened, other) = spans[i][:4], _lower(spans[j])
            if start < end or (start == end and closed and opened):
                shared = f"{start:g}" if start == end else f"{start:g} to {end:g}"
                said = "{factor}: the classes {a} and {b} both hold {shared}: one of them leaves it out"
                wording = Message(said, factor=factor.label, a=labels[i], b=labels[j], shared=shared)
                yield found("convention", prints, wording, f"{labels[i]}; {labels[j]}")
            elif (
                start - end > min(step, other) * (closed and opened) * 1.0001 or start == end and not (closed or opened)
            ):
                gap = f"{end:g}" if start == end else _between(end, start, (closed, opened), min(step, other))
                said = "{factor}: {gap} is in no class, neither {a} nor {b}"
                wording = Message(said, factor=factor.label, gap=gap, a=labels[i], b=labels[j])
                yield found("note", prints, wording, f"{labels[i]}; {labels[j]}")


def _between(end, start, held, step) -> str:
    """What two classes leave out; held : whether each holds its own limit; step : one unit of their last digit."""
    if start - end <= step * 1.0001 and not all(held):
        return " and ".join(f"{x:g}" for x, own in zip((end, start), held, strict=True) if not own)
    return f"what lies between {end:g} and {start:g}"


def span_of(text):
    """(low, high, whether high is in it, one unit of the last digit, whether low is in it) of a class, or None."""
    plain = text.replace("\u2013", "-").replace("\u2265", ">=").replace("\u2264", "<=").replace("%", "").casefold()
    plain = re.sub(r"\s*(years?|months?|days?|weeks?|old|kg/m2|cycles?|sites?|lesions?|mm|cm)\b", "", plain).strip()
    for pattern, kind in RANGES:
        match = pattern.fullmatch(plain)
        if match:
            numbers = [x for x in match.groups() if x is not None]
            step = min(10.0 ** -len(x.partition(".")[2]) for x in numbers)
            values = [float(x) for x in numbers]
            if kind == "[]":
                return values[0], values[1], True, step, True
            if kind[1] == ">":
                return values[0], float("inf"), False, step, kind[0] == "["
            return float("-inf"), values[0], kind[1] == "]", step, False
    return None


def _lower(span):
    low, high, _, step, opened = span
    return low, high, opened, step
