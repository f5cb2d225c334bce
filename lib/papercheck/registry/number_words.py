"""Numbers that a paper writes in words, English and Chinese: their pattern, and the digits that they stand for."""

import re

UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
CHINESE = {w: i for i, w in enumerate("零一二三四五六七八九十")} | {"两": 2, "无": 0}
NUMBERS = (
    {"zero": 0, "no": 0, "none": 0}
    | {w: i for i, w in enumerate((*UNITS, *TEENS), 1)}
    | {w: 10 * i for i, w in enumerate(TENS, 2)}
)

_UNIT, _TEN = "|".join(UNITS), "|".join(TENS)
_TWO = rf"(?:{_TEN})[- ](?:{_UNIT})"
_HUNDRED = rf"(?:(?:a|{_UNIT})[- ]hundred(?:(?: and)?[- ](?:{_TWO}|{_TEN}|{'|'.join(TEENS)}|{_UNIT})(?![a-z]))?)"
_ONE = "|".join(sorted(("zero", *UNITS, *TEENS, *TENS), key=len, reverse=True))
WORDED = (
    rf"(?:{_HUNDRED}|{_TWO}|{_ONE}|一|二|两|三|四|五|六|七|八|九|十)"  # with letters around it, part of another word
)


def in_digits(text: str) -> str:
    """A number in words as digits: Fifty-two is 52, a hundred and
    four 104; another text stays, without blanks around it.
    """
    word = text.strip().casefold()
    head, hundred, rest = word.partition("hundred")
    if hundred:
        high = NUMBERS.get(head.strip(" -"), 1 if head.strip(" -") == "a" else None)
        low = _below_hundred(rest.strip(" -").removeprefix("and").strip()) if rest.strip() else 0
        return text.strip() if high is None or low is None else str(100 * high + low)
    found = CHINESE.get(word, _below_hundred(word))
    return text.strip() if found is None else str(found)


def _below_hundred(word) -> int | None:
    tens, _, unit = word.replace("-", " ").partition(" ")
    if tens in TENS and unit in UNITS:
        return NUMBERS[tens] + NUMBERS[unit]
    return NUMBERS.get(word)


def with_digits(text: str) -> str:
    """A text with its single number words in digits: 'fewer than 3 lesions'."""
    return re.sub(r"[a-z]+", lambda m: str(NUMBERS[m[0]]) if m[0] in COUNTED else m[0], text.casefold())


COUNTED = frozenset(("zero", *UNITS, *TEENS[:3]))  # in running text: 'no' and 'none' are no numbers there
