"""Checks of what a paper prints about other studies: against their size, their own abstract, and its own sentences."""

from collections.abc import Mapping
from fractions import Fraction
from math import ceil, floor

from ..literature.cited import ITSELF
from ..registry.printed import STANDARD, print_as, read_printed, roundings_that_print
from ..registry.registry import Cell, Entry
from ..vocabulary.units import DAYS_PER_MONTH
from .finding import Either, Message, Print, found
from .paper import Paper
from .prints import agreement

SHARES = ("orr", "dcr", "ae3")
WORDS = {
    "n": "sample size",
    "orr": "ORR",
    "dcr": "DCR",
    "pfs": "median PFS",
    "os": "median OS",
    "ae3": "AE of grade 3 or more",
    "responders": "responders",
    "controlled": "subjects with disease control",
}
MONTHS = (DAYS_PER_MONTH, 30.0)  # the second one is a shortcut
EXPLAINED = {"cut": "digits are cut off", "month": "a month has 30 days"}


def _rows(paper) -> list[Mapping]:
    """The prints of cited studies that hold a number, as dictionaries."""
    return [row for row in paper.cited.rows if _number(row["printed"]) is not None]


def _number(text):
    try:
        return read_printed(text)
    except ValueError:  # "None", printed for no event
        return None


def _print(row) -> Print:
    part = row["quantity"] + (f" {row['group']}" if row["group"] else "")
    entry = Entry(row["study"], "cited", {}, (), row["line"])
    return Print(entry, Cell(part, row["printed"], (row["at"],), row["line"]))


def _name(row) -> str:
    """'DCR of Fujita 2020, pembrolizumab'."""
    quantity = WORDS.get(row["quantity"], row["quantity"])
    label = f"{row['label']}{', ' + row['group'] if row['group'] else ''}"
    return Message("{quantity} of {label}", quantity=quantity, label=label)


def cited_percentages(paper: Paper):
    """Percentages of a cited study that no count of its subjects gives."""
    rows = _rows(paper)
    for row in rows:
        if row["source"] == paper.registry.name and row["quantity"] in SHARES and row["denominator"]:
            of = int(row["denominator"])
            rules = _rules(row["printed"], of)
            if not rules & set(STANDARD):
                yield _cited_percentage(row, of, bool(rules), rows)


def _cited_percentage(row, of, cut, rows):
    text, decimals = row["printed"], _number(row["printed"]).decimals
    near = [k for k in _near(text, of) if k <= of]
    nearest = min(near, key=lambda k: abs(Fraction(100 * k, of) - Fraction(_number(text).value)))
    evidence = [f"{k}/{of} = {print_as(Fraction(100 * k, of), decimals + 1)}" for k in near]
    admissible = [f"{print_as(Fraction(100 * nearest, of), decimals)}%"]
    if cut:
        wording = Message("{name}: {text}% of {of} holds only if digits are cut off", name=_name(row), text=text, of=of)
        return found("convention", [_print(row)], wording, "; ".join(evidence), admissible)
    own = [r for r in rows if r["study"] == row["study"]]
    size = [_print(r) for r in own if r["quantity"] == "n" and r["source"] == row["source"]]
    for n in sorted({int(r["n"]) for r in own if r["n"]} - {of}):
        fitting = [k for k in _near(text, n) if text == print_as(Fraction(100 * k, n), decimals)]
        elsewhere = "{k}/{n} = {percent}, and {n} subjects are printed elsewhere"
        evidence += [Message(elsewhere, k=k, n=n, percent=text) for k in fitting]
        admissible += [Message("{n} subjects", n=n) for _ in fitting]
    smaller = next((m for m in range(of - 1, 0, -1) if _rules(text, m) & set(STANDARD)), None)
    if smaller:
        kind, wording = (
            "convention",
            Message(
                "{name}: no count of {of} is {text}%; a count of {smaller} would be",
                name=_name(row),
                of=of,
                text=text,
                smaller=smaller,
            ),
        )
    else:  # either of the two may be the wrong one
        kind = "contradiction"
        said = "{name}: no count of {of}, or of fewer subjects, is {text}%: the percentage or the size is wrong"
        wording = Message(said, name=_name(row), of=of, text=text)
    return found(kind, [_print(row), *size], wording, Message("{each}", each=tuple(evidence)), admissible)


def _near(text, of):
    """The two counts of `of` around a percentage."""
    exact = Fraction(_number(text).value) * of / 100
    return sorted({floor(exact), ceil(exact)})


def _rules(text, of) -> set[str]:
    return {rule for k in _near(text, of) if k <= of for rule in roundings_that_print(Fraction(100 * k, of), text)}


def cited_elsewhere(paper: Paper):
    """Numbers of a cited study that differ from its own abstract,
    or without one from another paper's citation of it.
    """
    rows = _rows(paper)
    for row in rows:
        if row["source"] != paper.registry.name:
            continue
        others = [
            other
            for other in rows
            if other["source"] != row["source"] and all(other[k] == row[k] for k in ("study", "quantity", "group"))
        ]
        others = [other for other in others if other["source"] == ITSELF] or others
        related = [(other, *_relation(row, other)) for other in others]
        related = [
            (other, relation, steps) for other, relation, steps in related if relation not in ("same", "rounded")
        ]
        if related:
            yield _disagreement(row, related)


def _disagreement(row, related):
    told = tuple(
        Message(
            "{source} ({at}): {printed}",
            source="the study itself" if other["source"] == ITSELF else other["source"],
            at=other["at"],
            printed=_with_unit(other),
        )
        for other, _, _ in related
    )
    shown = {"name": _name(row), "printed": _with_unit(row), "at": row["at"], "others": told}
    wording = Message("{name}: {printed} at {at}; {others}", **shown)
    relations = {relation for _, relation, _ in related}
    if "differ" not in relations:
        why = [EXPLAINED[relation] for relation in sorted(relations)]
        wording = Message("{what}. They agree only if {why}", what=wording, why=why)
    kind = "contradiction" if "differ" in relations else "convention"
    admissible = [_with_unit(other) for other, _, _ in related]
    evidence = Message("{each}", each=tuple(steps for _, _, steps in related))
    return found(kind, [_print(row)], wording, evidence, admissible)


def _with_unit(row) -> str:
    unit = row["unit"] or ""
    if unit in ("", "%"):
        return row["printed"] + unit
    return Message("{value} {unit}", value=row["printed"], unit=unit)


def _relation(row, other) -> tuple[str, str]:
    """How two prints relate, and the arithmetic.

    'same', 'rounded' (the other one has its digits cut off), 'cut' (this one has), 'month' (of 30 days) or 'differ'.
    """
    if row["unit"] == other["unit"]:
        relation = agreement(row["printed"], other["printed"])
        if relation == "differ" and row["quantity"] in SHARES:
            return _of_one_count(row, other)
        return relation, Message("{a} is not {b}", a=row["printed"], b=other["printed"])
    if {row["unit"], other["unit"]} != {"days", "months"}:
        return "same", ""  # not comparable
    days, months = (row, other) if row["unit"] == "days" else (other, row)
    low, high = _number(days["printed"]).window
    own = _number(months["printed"]).window
    steps = [f"{days['printed']} / {m:g} = {print_as(float(_number(days['printed']).value) / m, 2)}" for m in MONTHS]
    for relation, length in zip(("same", "month"), MONTHS, strict=True):
        if low / length <= own[1] and own[0] <= high / length:
            return relation, "; ".join(steps)
    return "differ", "; ".join(steps)


def _of_one_count(row, other) -> tuple[str, str]:
    """How two percentages relate that may come from one count of the same subjects."""
    plain = "differ", Message("{a} is not {b}", a=row["printed"], b=other["printed"])
    if not row["denominator"] or row["denominator"] != other["denominator"]:
        return plain
    of = int(row["denominator"])
    for k in set(_near(row["printed"], of)) & set(_near(other["printed"], of)):
        own, theirs = (set(roundings_that_print(Fraction(100 * k, of), r["printed"])) for r in (row, other))
        if own and theirs:
            return "rounded" if own & set(STANDARD) else "cut", f"{k}/{of} = {print_as(Fraction(100 * k, of), 2)}"
    return plain


def sentences_about_tables(paper: Paper):
    """A sentence that gives the lowest and highest of a table, against the rows of the table."""
    for span in paper.cited.ranges:
        if span["source"] != paper.registry.name:
            continue
        rows = [
            r
            for r in _rows(paper)
            if r["source"] == span["source"] and r["at"] == span["of"] and r["quantity"] == span["quantity"]
        ]
        if not rows or _holds(span, [r["printed"] for r in rows]):
            continue
        ends = [pick(rows, key=lambda r: _number(r["printed"]).value) for pick in (min, max)]
        name = WORDS.get(span["quantity"], span["quantity"])
        wording = Message(
            "{at}: {name} in {of} from {low} to {high}; the rows print from {lowest} to {highest}",
            **{key: span[key] for key in ("at", "of")},
            **{"name": name, "low": span["lowest"], "high": span["highest"]},
            **{"lowest": ends[0]["printed"], "highest": ends[1]["printed"]},
        )
        readings = [words for words, texts in _readings(rows) if _holds(span, texts)]
        told = [*ends, *(r for r in rows if r["group"])]
        each = dict.fromkeys(Message("{name}: {value}", name=_name(r), value=r["printed"]) for r in told)
        evidence = Message("{each}", each=tuple(each))
        pair = Print(
            Entry(span["of"], "cited", {}, (), span["line"]),
            Cell(span["quantity"], (span["lowest"], span["highest"]), (span["at"],), span["line"]),
        )
        prints = [pair, *(_print(r) for r in ends if r["group"] or not readings)]
        if readings:
            parts = "{what}. It holds if the parts of a study are {done}"
            yield found("convention", prints, Message(parts, what=wording, done=Either(readings)), evidence)
        else:
            yield found("contradiction", prints, wording, evidence, [f"{ends[0]['printed']} to {ends[1]['printed']}"])


def _readings(rows):
    """Other ways to read a table in which a study stands in parts."""
    parts = [r for r in rows if r["group"]]
    whole = [r["printed"] for r in rows if not r["group"]]
    if parts:
        sums = {}
        for r in parts:
            sums[r["study"]] = sums.get(r["study"], 0) + _number(r["printed"]).value
        if all(r["quantity"] in SHARES for r in parts):
            yield "added", [*whole, *map(str, sums.values())]
        if whole:
            yield "left out", whole


def _holds(span, texts) -> bool:
    values = sorted(texts, key=lambda t: _number(t).value)
    return agreement(span["lowest"], values[0]) == agreement(span["highest"], values[-1]) == "same"
