"""Checks of what a paper prints about other studies: against their size, their own abstract, and its own sentences."""

from collections.abc import Mapping
from fractions import Fraction
from math import ceil, floor

from .audit_finding import Print, found, listed
from .audit_paper import Paper
from .audit_prints import agreement
from .cited import ITSELF
from .printed import STANDARD, print_as, read_printed, roundings_that_print
from .registry import Cell, Entry

SHARES = ("orr", "dcr", "ae3")
WORDS = {
    "n": "sample size", "orr": "ORR", "dcr": "DCR", "pfs": "median PFS", "os": "median OS", "ae3": "AE of grade 3 or more",
    "responders": "responders", "controlled": "subjects with disease control",
}  # fmt: skip
DAYS_PER_MONTH = 30.4375
MONTH_OF_30 = 30.0


def _rows(paper) -> list[Mapping]:
    """The prints of cited studies that hold a number, as dictionaries."""
    if paper.cited is None:
        return []
    rows = paper.cited.astype(object).where(paper.cited.notna(), None).to_dict("records")
    return [row for row in rows if _number(row["printed"]) is not None]


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
    return f"{quantity} of {row['label']}{', ' + row['group'] if row['group'] else ''}"


def cited_percentages(paper: Paper):
    """Percentages of a cited study that no count of its subjects gives."""
    rows = _rows(paper)
    for row in rows:
        if row["source"] != paper.registry.name or row["quantity"] not in SHARES or not row["denominator"]:
            continue
        text, of = row["printed"], int(row["denominator"])
        rules = _rules(text, of)
        if rules & set(STANDARD):
            continue
        near = [k for k in _near(text, of) if k <= of]
        decimals = _number(text).decimals
        evidence = "; ".join(f"{k}/{of} = {print_as(Fraction(100 * k, of), decimals + 1)}" for k in near)
        smaller = next((m for m in range(of - 1, 0, -1) if _rules(text, m) & set(STANDARD)), None)
        if rules:
            kind, wording = "convention", f"{_name(row)}: {text}% of {of} holds only if digits are cut off"
        elif smaller:
            kind, wording = "convention", f"{_name(row)}: no count of {of} is {text}%; a count of {smaller} would be"
        else:  # either of the two may be the wrong one
            kind = "contradiction"
            wording = (
                f"{_name(row)}: no count of {of}, or of fewer subjects, is {text}%: the percentage or the size is wrong"
            )
        sizes = {int(r["n"]) for r in rows if r["study"] == row["study"] and r["n"]} - {of}
        fitting = [f"{k}/{n} = {print_as(Fraction(100 * k, n), decimals)}, and {n} subjects are printed elsewhere"
                   for n in sorted(sizes) for k in _near(text, n) if set(roundings_that_print(Fraction(100 * k, n), text)) & set(STANDARD)]  # fmt: skip
        nearest = min(near, key=lambda k: abs(Fraction(100 * k, of) - Fraction(_number(text).value)))
        admissible = [print_as(Fraction(100 * nearest, of), decimals)]
        size = [
            r for r in rows
            if r["quantity"] == "n" and all(r[k] == row[k] for k in ("study", "source")) and not rules
        ]  # fmt: skip
        yield found(kind, [_print(r) for r in (row, *size)], wording, "; ".join([evidence, *fitting]), admissible)


def _near(text, of):
    """The two counts of `of` around a percentage."""
    exact = Fraction(_number(text).value) * of / 100
    return sorted({floor(exact), ceil(exact)})


def _rules(text, of) -> set[str]:
    return {rule for k in _near(text, of) if k <= of for rule in roundings_that_print(Fraction(100 * k, of), text)}


def cited_elsewhere(paper: Paper):
    """Numbers of a cited study that differ from its own abstract, or without one from another paper's citation of it."""
    rows = _rows(paper)
    for row in rows:
        if row["source"] != paper.registry.name:
            continue
        others = [
            other for other in rows
            if other["source"] != row["source"] and all(other[k] == row[k] for k in ("study", "quantity", "group"))
        ]  # fmt: skip
        others = [other for other in others if other["source"] == ITSELF] or others
        relations = {id(other): _relation(row, other) for other in others}
        differing = [other for other in others if relations[id(other)] not in ("same", "rounded")]
        if not differing:
            continue
        told = "; ".join(
            f"{'the study itself' if other['source'] == ITSELF else other['source']} ({other['at']}): {other['printed']}"
            f"{' ' + other['unit'] if other['unit'] not in ('', '%') else other['unit']}"
            for other in differing
        )
        kinds = set(relations.values()) - {"same", "rounded"}
        wording = f"{_name(row)}: {row['printed']} at {row['at']}, {listed(o['printed'] for o in differing)} elsewhere"
        if kinds <= {"cut"}:
            wording += "; they agree only if digits are cut off"
        elif kinds <= {"month of 30 days"}:
            wording += "; they agree only if a month has 30 days"
        kind = "contradiction" if "differ" in kinds else "convention"
        yield found(kind, [_print(row)], wording, told, [o["printed"] for o in differing if o["unit"] == row["unit"]])


def _relation(row, other) -> str:
    """'same', 'rounded' (the other one has its digits cut off), 'cut', 'month of 30 days' or 'differ'."""
    if row["unit"] == other["unit"]:
        found_ = agreement(row["printed"], other["printed"])
        return _of_one_count(row, other) if found_ == "differ" and row["quantity"] in SHARES else found_
    if {row["unit"], other["unit"]} != {"days", "months"}:
        return "same"  # not comparable
    days, months = (row, other) if row["unit"] == "days" else (other, row)
    low, high = _number(days["printed"]).window
    mine = _number(months["printed"]).window
    for length, relation in ((DAYS_PER_MONTH, "same"), (MONTH_OF_30, "month of 30 days")):
        if low / length <= mine[1] and mine[0] <= high / length:
            return relation
    return "differ"


def _of_one_count(row, other) -> str:
    """How two percentages relate that may come from one count of the same subjects."""
    if not row["denominator"] or row["denominator"] != other["denominator"]:
        return "differ"
    of = int(row["denominator"])
    for k in set(_near(row["printed"], of)) & set(_near(other["printed"], of)):
        mine, theirs = (set(roundings_that_print(Fraction(100 * k, of), r["printed"])) for r in (row, other))
        if mine and theirs:
            return "rounded" if mine & set(STANDARD) else "cut"
    return "differ"


def sentences_about_tables(paper: Paper):
    """A sentence that gives the lowest and highest of a table, against the rows of the table."""
    ranges = [] if paper.ranges is None else paper.ranges.to_dict("records")
    for span in ranges:
        if span["source"] != paper.registry.name:
            continue
        rows = [
            r for r in _rows(paper)
            if r["source"] == span["source"] and r["at"] == span["of"] and r["quantity"] == span["quantity"]
        ]  # fmt: skip
        if not rows or _holds(span, [r["printed"] for r in rows]):
            continue
        ends = [pick(rows, key=lambda r: _number(r["printed"]).value) for pick in (min, max)]
        name = WORDS.get(span["quantity"], span["quantity"])
        wording = (
            f"{span['at']}: {name} in {span['of']} from {span['lowest']} to {span['highest']}; the rows print from "
            f"{ends[0]['printed']} to {ends[1]['printed']}"
        )
        readings = [words for words, texts in _readings(rows) if _holds(span, texts)]
        told = [*ends, *(r for r in rows if r["group"])]
        evidence = "; ".join(dict.fromkeys(f"{_name(r)}: {r['printed']}" for r in told))
        pair = Print(
            Entry(span["of"], "cited", {}, (), span["line"]),
            Cell(span["quantity"], (span["lowest"], span["highest"]), (span["at"],), span["line"]),
        )
        prints = [pair, *(_print(r) for r in ends if r["group"] or not readings)]
        if readings:
            yield found(
                "convention",
                prints,
                f"{wording}. It holds if the parts of a study are {listed(readings, 'or')}",
                evidence,
            )
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
