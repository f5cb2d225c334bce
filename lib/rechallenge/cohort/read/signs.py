"""Durations written with a sign of those who are still followed: 10.6+, >10.6, 10.6 (ongoing), 10.6†.

The number stays in its column; the sign goes to a column of its own, which says who had the event.
"""

import re
from functools import lru_cache

import pandas as pd

from ..declare.source import written_cells
from .cells import UNITS, plain

NO_SIGN = "no sign"  # the cell of a number that stands alone
COLUMN = "{} (sign)"
MARKS = r"[+†‡*#^]+|->|→"
FOLLOWED = (  # words of a patient who had no event yet
    "ongoing|on treatment|on therapy|still on (?:treatment|therapy)|continuing|in follow[- ]?up|alive|censor(?:ed)?|"
    "no (?:pd|event|progression)|lost(?: to follow[- ]?up)?|laufend|en cours|en curso|仍在治疗|治疗中|持续|持续中|"
    "继续|未进展|未达到|存活|删失|失访|随访中|至今"
)
ENDED = "dead|died|death|deceased|pd|progress(?:ed|ion)|verstorben|décédé|死亡|进展|已进展"
SIGNED = re.compile(
    rf"(?P<before>[<>]=?|\+)?\s*(?P<number>\d+年零?\d+个?月|\d+(?:[.,]\d+)?\s*(?:(?:{UNITS['months']}"
    rf"|{UNITS['days']})(?![a-z]))?)\s*"
    rf"(?:[(\[{{]?\s*(?P<behind>{MARKS}|{FOLLOWED}|{ENDED})\s*[)\]}}]?)?\s*(?P<unit>{UNITS['months']}"
    rf"|{UNITS['days']})?\.?",
    re.IGNORECASE,
)
STILL = re.compile(rf">=?|\++|->|→|{FOLLOWED}", re.IGNORECASE)


@lru_cache(maxsize=50_000)
def number_and_sign(cell) -> tuple[str, str]:
    """The number of a cell with its unit, and its sign in small letters; ("", "") for a cell that is no such number."""
    match = SIGNED.fullmatch(plain(cell))
    if not match or (match["before"] and match["behind"]) or "<" in (match["before"] or ""):
        return "", ""
    return f"{match['number'].strip()}{match['unit'] or ''}", (match["before"] or match["behind"] or "").lower()


def means_followed(sign) -> bool:
    """Whether a sign says by itself that the patient had no event yet: +, >, ongoing; not †, which has several uses."""
    return bool(STILL.fullmatch(sign))


def means_ended(sign) -> bool:
    """Whether a sign is a word of the event: died, PD."""
    return bool(re.fullmatch(ENDED, sign, re.IGNORECASE))


def set_apart(frame, names) -> pd.DataFrame:
    """A frame whose columns `names` hold numbers alone, each with a column of its signs beside it."""
    for name in (n for n in names if n in frame):
        pairs = written_cells(frame[name]).map(number_and_sign)
        numbers, signs = pairs.str[0], pairs.str[1].where(pairs.str[1] != "", NO_SIGN)
        known = numbers != ""
        frame = frame.assign(
            **{name: frame[name].astype(object).where(~known, numbers), COLUMN.format(name): signs.where(known, None)}
        )
    return frame
