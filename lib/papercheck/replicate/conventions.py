"""Which convention a printed number is expected to follow, and whether a value prints as it stands on the page."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from ..audit.finding import Message
from ..registry.printed import STANDARD, print_as, read_printed, roundings_that_print
from ..registry.registry import PAIRS, Cell, Entry, Registry
from ..registry.test_kinds import test_kind
from .values import FIRST_TIME, MIDDLE, Value

# What a program prints unless told otherwise: convention of an estimate, an interval, quartiles, ties.
PROGRAMS = {
    "SPSS": (FIRST_TIME, "spss", "SPSS, type 6", "Breslow ties"),
    "R": (MIDDLE, "log", "R, type 7", "Efron ties"),
}
INTERVALS = {"spss": "SPSS", "bootstrap": "bootstrap"}
TRUNCATED, MIXED = "truncated", "mixed roundings"
ONE_SIDED = "one-sided"


@dataclass(frozen=True)
class Match:
    """A value that prints as the cell: which, under which rounding, and whether that rounding is a standard one."""

    value: Value
    rounding: str

    @property
    def standard(self) -> bool:
        return self.rounding in STANDARD


def program(registry: Registry) -> str:
    """The program that the paper names: a key of PROGRAMS, or ''."""
    return next((name for name in PROGRAMS if re.search(rf"\b{name}\b", registry.software)), "")


def stated(cell: Cell, found, registry: Registry) -> Value | None:
    """The value of the convention that the print names, or else that the paper's program follows by itself."""
    if cell.method:
        named = [v for v in found if cell.method.casefold() in v.method.casefold()]
        return named[0] if named else None
    usual = PROGRAMS.get(program(registry), ())
    return next((v for v in found if any(v.method == u or v.method.endswith(f", {u}") for u in usual)), None)


def expected_order(cell: Cell, found, registry: Registry) -> list[Value]:
    """The values of a part, the most expected convention first:
    stated, then as the study declares, then as they come.
    """
    first = stated(cell, found, registry)
    declared = str(registry.cohort.get("paper_interval", ""))
    usual = {declared, *PROGRAMS.get({"spss": "SPSS", "log": "R"}.get(declared, ""), ())}
    return sorted(found, key=lambda v: (v is not first, v.method not in usual))


def as_sided(cell: Cell, found) -> list[Value]:
    """The values of a part; two-sided P values as one-sided ones where the print says so: half of each, which is that
    of the direction of the estimate, then that of the other direction."""
    if cell.part != "p" or test_kind(cell).sides == 2:
        return list(found)
    halves = [(v, float(v.value) / 2, ONE_SIDED) for v in found]
    others = [(v, 1 - p, f"{ONE_SIDED}, against the direction of the estimate") for v, p, _ in halves]
    return [replace(v, value=p, method=", ".join(filter(None, [v.method, said]))) for v, p, said in halves + others]


def matches(cell: Cell, found) -> list[Match]:
    """Every value that prints as the cell, in the order given; standard roundings before truncation."""
    every = [Match(value, rounding) for value in found for rounding in roundings(value.value, cell)]
    return sorted(every, key=lambda m: not m.standard)


def roundings(value, cell: Cell) -> list[str]:
    """The roundings under which a value prints as the cell, at most one standard one."""
    if cell.part in PAIRS:
        return _pair_roundings(value, cell.text)
    return _one(roundings_that_print(value, cell.text), value)


def _one(names, value):
    """The first standard rounding, else the others."""
    standard = [n for n in names if n in STANDARD]
    return standard[:1] or names


def _pair_roundings(pair, text):
    if isinstance(text, str):  # one word for the whole interval: neither limit can be given
        missing = all(print_like(limit, "0.0") in ("NE", "NR") for limit in pair)
        return [STANDARD[0]] if missing else []
    low, high = (roundings_that_print(v, t) for v, t in zip(pair, as_precise(text), strict=True))
    both = [n for n in low if n in high]
    if _one(both, pair):
        return _one(both, pair)
    return [MIXED] if low and high else []


def as_precise(texts) -> tuple[str, str]:
    """The limits of an interval; a bare 0 beside a limit with
    decimals is an exact one: '0', '21.751' is '0.000', '21.751'.
    """
    digits = [read.decimals if (read := read_printed(t)) else 0 for t in texts]
    return tuple(f"0.{'0' * max(digits)}" if t == "0" and max(digits) else t for t in texts)


def print_like(value, text, rounding="half up") -> str:
    """A value with the decimals of a printed text; beyond a bound ('<0.001') with two digits; NR and NE in words."""
    value = value if hasattr(value, "numerator") else float(value)
    if value != value:
        return "NE"
    if value in (float("inf"), float("-inf")):
        return "NR"
    printed = read_printed(text)
    if printed is None:
        return f"{float(value):.4g}"
    return f"{Decimal(f'{float(value):.2g}'):f}" if printed.bound else print_as(value, printed.decimals, rounding)


def print_as_cell(value, cell: Cell, rounding="half up") -> str:
    """A value in the form of the cell: '2.90', '1.97–3.83'."""
    if cell.part in PAIRS:
        texts = as_precise(cell.text) if isinstance(cell.text, tuple) else ("0.000", "0.000")
        limits = [print_like(v, t, rounding) for v, t in zip(value, texts, strict=True)]
        if isinstance(cell.text, tuple):  # a limit cut at 0 is printed without decimals
            limits = [t if t == "0" and v == 0 else shown for v, t, shown in zip(value, cell.text, limits, strict=True)]
        return limits[0] if limits == ["NE", "NE"] else "–".join(limits)
    return print_like(value, cell.text, rounding)


def convention_words(value: Value, entry: Entry) -> str:
    """A convention in the words of a sentence: 'the SPSS interval', 'Breslow ties'."""
    if value.part == "ci" and entry.statistic not in ("cox", "odds_ratio"):
        return Message("the {method} interval", method=INTERVALS.get(value.method, value.method))
    return value.method
