"""Printed strings and what they allow: the one door between a number and how a paper prints it."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

NUMBER = re.compile(
    r"(?P<bound>[<>]?)\s*(?P<sign>-?)(?P<digits>(?:[1-9]\d{0,2}(?:[, '\u2019]\d{3})+|\d+)(?:\.\d+)?|\.\d+)"
)
POWER = re.compile(
    r"(?P<bound>[<>]?)\s*(?P<digits>\d+(?:\.\d+)?)\s*(?:e|[x*]\s*10\s*\^?)\s*\(?(?P<power>[-+]?\d{1,3})\)?", re.I
)
WORDS = ("NA", "NR", "NE")  # printed in the place of a number: not given, not reached, not estimable
NOT_SIGNIFICANT = "NS"  # printed in the place of a P value
SAID = {  # as papers write these words
    "na": "NA",
    "n/a": "NA",
    "n.a.": "NA",
    "not available": "NA",
    "not given": "NA",
    "not reported": "NA",
    "not applicable": "NA",
    "-": "NA",
    "nr": "NR",
    "n.r.": "NR",
    "not reached": "NR",
    "not yet reached": "NR",
    "not attained": "NR",
    "unreached": "NR",
    "not reached yet": "NR",
    "nr (not reached)": "NR",
    "inf": "NR",
    "infinity": "NR",
    "\u221e": "NR",
    "ne": "NE",
    "n.e.": "NE",
    "not estimable": "NE",
    "not evaluable": "NE",
    "not calculable": "NE",
    "ns": "NS",
    "n.s.": "NS",
    "not significant": "NS",
    "non-significant": "NS",
    "nonsignificant": "NS",
}
SIGNS = str.maketrans(
    {
        "\u2212": "-",
        "\u2013": "-",
        "\u2014": "-",
        "\u2012": "-",
        "\u2264": "<",
        "\u2265": ">",
        "\u2a7d": "<",
        "\u2a7e": ">",
        "\u2266": "<",
        "\u2267": ">",
        "\u00d7": "x",
    }
)
POINTS = re.compile(r"(?<=\d)\s?[\u00b7\u2027\u2219\u22c5\u2022\u30fb]\s?(?=\d)")  # a point in the middle of the line
LEADING = re.compile(r"(?:p?[\s-]*(?:value)?\s*=|p[\s-]*(?:value)?\s*(?=[<>])|\+(?=[\d.]))\s*", re.I)
FOOTNOTES = "*\u2020\u2021\u00a7\u00b6#"  # marks behind a number
ROUNDINGS = {"half up": ROUND_HALF_UP, "half even": ROUND_HALF_EVEN, "truncated": ROUND_DOWN}
STANDARD = ("half up", "half even")
LONG = Context(prec=400)  # ratios without bounds are printed with sixty digits
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
    def widest_window(self) -> tuple[float, float]:
        """The values that may print so under any rule: rounded,
        or with digits cut off. Nothing outside is admissible.
        """
        low, high = self.window
        cut = self.truncation_window
        return (low, high) if self.bound else (min(low, cut[0]), max(high, cut[1]))

    @property
    def truncation_window(self) -> tuple[float, float]:
        """The values that print so when digits are cut off, the end that is further from 0 excluded."""
        if self.value.is_signed():
            return float(self.value - self.unit), float(self.value)
        return float(self.value), float(self.value + self.unit)


def read_printed(text) -> Printed | None:
    """The number in a printed string; None for NA, NR and NE; NS is a P of 0.05 or more. ValueError for anything else.

    Read as papers print: .37, 2\u00b790, 12.5%, = 0.37, P < .001, 3 081, 1.2 x 10-5, 0.03*, not reached.
    """
    return _read(str(text))


@lru_cache(maxsize=1024)  # checks hold one print against hundreds of values
def _read(text) -> Printed | None:
    written = as_written(text)
    if written in WORDS:
        return None
    if written == NOT_SIGNIFICANT:
        return Printed(NOT_SIGNIFICANT, Decimal("0.05"), 2, ">")
    match = NUMBER.fullmatch(written) or POWER.fullmatch(written)
    if not match:
        raise ValueError(f"not a printed number: {text}")
    power = int(match["power"]) if "power" in match.groupdict() else 0
    sign = match["sign"] if "sign" in match.groupdict() else ""
    digits = f"0{match['digits']}" if match["digits"].startswith(".") else match["digits"]
    value = Decimal(sign + re.sub("[, '\u2019]", "", digits)).scaleb(power)  # 3,081 patients
    decimals = max(0, len(digits.partition(".")[2]) - power)
    return Printed(f"{match['bound']}{sign}{digits}" if not power else written, value, decimals, match["bound"])


def as_written(text) -> str:
    """A printed string in plain signs: half-width, `-` for every dash, `<` for at most, words as NA, NR, NE, NS."""
    plain = POINTS.sub(".", unicodedata.normalize("NFKC", str(text).translate(SIGNS)).translate(SIGNS)).strip()
    plain = LEADING.sub("", plain, count=1) if LEADING.match(plain) else plain
    plain = plain.rstrip(FOOTNOTES).rstrip()
    return SAID.get(plain.casefold(), plain.removesuffix("%").rstrip())


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
    return f"{exact.quantize(Decimal(1).scaleb(-decimals), ROUNDINGS[rounding], LONG):f}"


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
    unit, rule = printed.unit, ROUNDINGS[rounding]
    return any((exact + nudge).quantize(unit, rule, LONG) == printed.value for nudge in nudges)
