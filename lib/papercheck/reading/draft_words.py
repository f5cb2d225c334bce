"""Printed strings as a registry takes them."""

import re

from ..registry.number_words import in_digits
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


def _levelled(spec, reading):
    if reading.level and reading.level != "95":
        level = float(reading.level)
        return {**spec, "level": int(level) if level.is_integer() else level}
    return spec


def _word(text: str) -> str:
    """A printed string as a registry takes it: not reached is NR."""
    text = in_digits(plain(text).strip().removesuffix("+"))
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
