"""One cell of a literature table: its text to a value of the declared type."""

from ..files.findings import did_you_mean
from ..registry.printed import read_printed

NAN = float("nan")
LIMITS = {"count": (0, 1e6), "n": (1, 1e6), "ratio": (0, 1e3), "months": (0, 1e3), "percent": (0, 100), "p": (0, 1),
          "year": (1990, 2100)}  # fmt: skip
WHOLE = ("count", "n", "year")
EXPECTED = {
    "count": "a whole number from 0",
    "n": "a whole number from 1",
    "ratio": "a number above 0",
    "months": "a number of months from 0",
    "percent": "a number from 0 to 100, without the sign",
    "p": "a number from 0 to 1",
    "year": "a year with four digits",
    "level": "80, 90, 95 or 99, without the sign",
}


def read_cell(text, spec, layout, folders=()) -> tuple[object, tuple[str, str] | None]:
    """(value, None), or (the empty value, (rule, action)) for a text that the column cannot hold.

    Numbers are float, NaN where empty; words and texts are str. folders : names that a cohort may have.
    """
    kind = spec["type"]
    if kind in ("text", "study"):
        return text, None
    if kind == "word":
        words = layout["words"][spec["words"]]
        return (text, None) if text in ("", *words) else ("", ("not a known word", did_you_mean(text, words)))
    if kind == "cohort":
        known = text in ("", *folders)
        return (text, None) if known else ("", ("not a folder of data/", did_you_mean(text, folders)))
    if not text:
        return NAN, None
    return _number(text, kind, layout)


def _number(text, kind, layout):
    wrong = NAN, (f"not {EXPECTED[kind]}", "Write the number as printed, or leave the cell empty if it is not known.")
    try:
        printed = read_printed(text)
    except ValueError:
        return wrong
    if printed is None:
        return wrong
    if printed.bound:
        return NAN, (f"not {EXPECTED[kind]} but a bound", "Leave the cell empty, and write the bound into note.")
    value = float(printed.value)
    if kind == "level":
        unknown = f"not a known level: {EXPECTED[kind]}", "Write the level in percent, as its source gives it."
        return (value, None) if value in layout["levels"] else (NAN, unknown)
    low, high = LIMITS[kind]
    if not low <= value <= high or (kind == "ratio" and value == 0) or (kind in WHOLE and printed.decimals):
        return wrong
    return value, None
