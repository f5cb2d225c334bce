"""Printed strings and what they allow: the one door between a number and how a paper prints it."""

import re
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

NUMBER = re.compile(r"(?P<bound>[<>≤≥]?)\s*(?P<sign>[-−]?)(?P<digits>(?:[1-9]\d{0,2}(?:,\d{3})+|\d+)(?:\.\d+)?)")
WORDS = ("NA", "NR", "NE")  # printed in the place of a number: not given, not reached, not estimable
ROUNDINGS = {"half up": ROUND_HALF_UP, "half even": ROUND_HALF_EVEN, "truncated": ROUND_DOWN}
STANDARD = ("half up", "half even")
_FUZZ = Decimal("1e-9")  # a computed 12.5 may be 12.499999999999998


@dataclass(frozen=True)
class Printed:
    """A printed number: `value` (exact), `decimals`, `bound` ('', '<' or '>')."""

    text: str
    value: Decimal
    decimals: int
    bound: str = ""

    @property
    def unit(self) -> Decimal:
        """One unit of the last printed digit."""
        return Decimal(1).scaleb(-self.decimals)

    @property
    def window(self) -> tuple[float, float]:
        """The values that may print so under half-up or half-even rounding, both ends included."""
        if self.bound == "<":
            return float("-inf") if self.value > 1 else 0.0, float(self.value)
        if self.bound == ">":
            return float(self.value), float("inf")
        half = self.unit / 2
        return float(self.value - half), float(self.value + half)

    @property
    def truncation_window(self) -> tuple[float, float]:
        """The values that print so when digits are cut off, the upper end excluded."""
        return float(self.value), float(self.value + self.unit)


def read_printed(text) -> Printed | None:
    """The number in a printed string; None for NA, NR and NE. Raises ValueError for anything else."""
    text = str(text).strip()
    if text in WORDS:
        return None
    match = NUMBER.fullmatch(text)
    if not match:
        raise ValueError(f"not a printed number: {text}")
    digits = match["digits"].replace(",", "")  # 3,081 patients
    value = Decimal(("-" if match["sign"] else "") + digits)
    bound = {"≤": "<", "≥": ">"}.get(match["bound"], match["bound"])
    return Printed(text, value, len(digits.partition(".")[2]), bound)


def roundings_that_print(value, text) -> list[str]:
    """The roundings under which `value` prints as `text`: some of 'half up', 'half even', 'truncated'; often none.

    value : a number, a Fraction or a Decimal; a missing or infinite value prints as one of WORDS only.
    """
    printed = read_printed(text)
    exact = _exact(value)
    if printed is None or exact is None:
        return list(STANDARD) if printed is None and exact is None else []
    if printed.bound:
        inside = exact <= printed.value if printed.bound == "<" else exact >= printed.value
        return list(STANDARD) if inside else []
    return [name for name in ROUNDINGS if _prints(exact, printed, name)]


def print_as(value, decimals, rounding="half up") -> str:
    """`value` with so many decimals under a named rounding."""
    exact = _exact(value)
    return f"{exact.quantize(Decimal(1).scaleb(-decimals), ROUNDINGS[rounding]):f}"


def _exact(value):
    if value is None:
        return None
    if hasattr(value, "numerator") and hasattr(value, "denominator") and not isinstance(value, float):
        return Decimal(int(value.numerator)) / Decimal(int(value.denominator))
    if isinstance(value, Decimal):
        return value
    value = float(value)
    return None if value != value or value in (float("inf"), float("-inf")) else Decimal(repr(value))


def _prints(exact, printed, rounding):
    # A value a hair from a rounding boundary counts for both of its sides: the paper's program may have held the other.
    # Cutting digits off has its boundary at the printed values themselves: 11.7 held exactly must not print as 11.6.
    nudges = (0, _FUZZ) if rounding == "truncated" else (-_FUZZ, 0, _FUZZ)
    return any((exact + nudge).quantize(printed.unit, ROUNDINGS[rounding]) == printed.value for nudge in nudges)
