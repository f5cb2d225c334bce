"""Printed strings as a registry takes them."""

import re

from ..registry.printed import read_printed
from .signs import plain

RESPONSES = {
    "ORR": ["CR", "PR"],
    "DCR": ["CR", "PR", "SD"],
    "BOR: CR": "CR",
    "BOR: PR": "PR",
    "BOR: SD": "SD",
    "BOR: PD": "PD",
    "BOR: NE": "NE",
}
SMALL = dict(
    zip(
        [
            "no",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ],
        range(20),
        strict=True,
    )
)
TENS = {
    w: 10 * (i + 2)
    for i, w in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"])
}
CHINESE = {w: i for i, w in enumerate("零一二三四五六七八九十")} | {"两": 2}


def in_digits(text: str) -> str:
    """A number in words as digits: Fifty-two is 52; other text stays."""
    word = text.strip().casefold().replace("none", "no").replace("无", "no")
    word = "no" if word == "zero" else word
    if word in SMALL or word in TENS or word in CHINESE:
        return str(SMALL.get(word, TENS.get(word, CHINESE.get(word))))
    tens = re.fullmatch(r"(\w+)[- ](\w+)", word)
    if tens and tens[1] in TENS and tens[2] in SMALL:
        return str(TENS[tens[1]] + SMALL[tens[2]])
    return text.strip()


def _levelled(spec, reading):
    if reading.level and reading.level != "95":
        level = float(reading.level)
        return {**spec, "level": int(level) if level.is_integer() else level}
    return spec


def _word(text: str) -> str:
    """A printed string as a registry takes it: not reached is NR."""
    text = plain(text).strip().removesuffix("+")
    if re.fullmatch(r"not (?:yet |been )?(?:been )?(?:reached|attained)|未达到|尚未达到|N\.?R\.?", text, re.I):
        return "NR"
    if re.fullmatch(r"not (?:yet )?(?:estimable|evaluable)|∞|NE|NC|-|was immature", text, re.I):
        return "NE"
    return text.replace("≤", "<").replace("≥", ">")


def _printed(text: str) -> bool:
    try:
        read_printed(text)
    except ValueError:
        return False
    return bool(text)
