"""Rounding and wording: every printed number passes here."""

from decimal import ROUND_HALF_UP, Decimal

import numpy as np

from smallsurv.curve import REPLICATES

from .language import AsWritten, language, say, translated

INTERVAL_NAMES = {
    "log-log": "log-log",
    "log": "log",
    "plain": "plain",
    "spss": "SPSS",
    "bootstrap": "bootstrap percentile",
}
INTERVAL_NOTES = {
    "log-log": (
        "log-log: pointwise Kaplan-Meier limits on the log-log scale, inverted (Borgan and Liestøl 1990). A curve that"
        " rests at exactly 50% has its median in the middle of that step, as in R."
    ),
    "log": "log: the same on the log scale (R's default).",
    "plain": "plain: the same on the scale of S(t) (Brookmeyer and Crowley 1982).",
    "spss": (
        "SPSS: symmetric, from the slope of the curve around the median; the median is the first time with S(t) ≤ 0.5."
    ),
    "bootstrap": f"bootstrap: percentiles of {REPLICATES:,} seeded resamples of the patients.",
}
NOT_REACHED, NOT_ESTIMABLE, INFINITE = "NR", "NE", "∞"
LARGEST_RATIO = 1000  # above it a ratio of hazards or odds is without bound for a reader
LEGEND = "NR, not reached; NE, not estimable."


def rounded(value, decimals=2) -> str:
    """A number rounded half up, with its trailing zeros; NR for infinity, NE for a missing one."""
    if value is None or np.isnan(value):
        return NOT_ESTIMABLE
    if np.isinf(value):
        return NOT_REACHED
    exact = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return f"{exact + 0:f}" if exact else f"{abs(exact):f}"


def ledger_value(value) -> float | None:
    """A value of the ledger as a number: NR is infinite, NE missing; None for a text that is none of these."""
    spelled = {NOT_REACHED: float("inf"), NOT_ESTIMABLE: float("nan")}
    try:
        return spelled[value] if value in spelled else float(value)
    except (TypeError, ValueError):
        return None


def significant(text, digits=6) -> str:
    """A number of the ledger in at most `digits` significant digits, half up; NR and NE as they are."""
    if text in (NOT_REACHED, NOT_ESTIMABLE, "-inf"):
        return text
    exact = Decimal(text)
    if not exact or len(exact.as_tuple().digits) <= digits:
        return text
    step = Decimal(1).scaleb(exact.adjusted() - digits + 1)
    return f"{exact.quantize(step, ROUND_HALF_UP).normalize():g}"


def decimals_for(unit) -> int:
    """Digits after the point of a duration in `unit`."""
    return 0 if unit == "days" else 2


def interval(low, high, decimals=2) -> str:
    """'1.97-3.83', with NR and NE; one NE where neither limit says anything; '-4.41 to 2.06' where one is negative."""
    if np.isnan(low) and not np.isfinite(high):
        return NOT_ESTIMABLE
    return between(rounded(low, decimals), rounded(high, decimals), min(low, high) < 0)


def between(low: str, high: str, negative: bool) -> str:
    """'1.97–3.83'; '-24 to 68' where one of both is negative."""
    return say("{low} to {high}", low=low, high=high) if negative else f"{low}–{high}"


def with_interval(value, low, high, decimals=2, free=False) -> str:
    """'2.90 (1.97-3.83)'; the value alone where it is not estimable, and where it is `free`: what rests on a free
    choice of a reconstruction has no sampling error to be known."""
    if np.isnan(value):
        return NOT_ESTIMABLE
    if np.isinf(value) and np.isinf(low) and np.isinf(high):
        return NOT_REACHED
    return rounded(value, decimals) + ("" if free else f" ({interval(low, high, decimals)})")


def share_with_interval(value, low, high, free=False) -> str:
    """with_interval of a share or a difference of shares, in percent: '12.5 (−3.1 to 28.0)'."""
    if np.isnan(value):
        return NOT_ESTIMABLE
    return percent(value) + ("" if free else f" ({interval(100 * low, 100 * high, 1)})")


def ratio_with_interval(value, low, high, decimals=3, free=False) -> str:
    """with_interval of a ratio: '<0.001' and '>1,000' where more digits would say nothing; an exact 0 stays."""
    if np.isnan(value):
        return NOT_ESTIMABLE
    return ratio(value, decimals) + ("" if free else f" ({ratio_interval(low, high, decimals)})")


def ratio_interval(low, high, decimals=3) -> str:
    """interval of a ratio, as ratio_with_interval."""
    if np.isnan(low) and np.isnan(high):
        return NOT_ESTIMABLE
    return f"{ratio(low, decimals)}–{ratio(high, decimals)}"


def ratio(value, decimals=3) -> str:
    """A ratio rounded half up, within what a reader can use: '<0.001', '>1,000', '∞' without an upper bound."""
    if np.isposinf(value):
        return INFINITE
    if value > LARGEST_RATIO and np.isfinite(value):
        return f">{LARGEST_RATIO:,}"
    shown = rounded(value, decimals)
    return f"<{Decimal(1).scaleb(-decimals)}" if value > 0 and not float(ledger_value(shown)) else shown


def percent(share, decimals=1) -> str:
    """0.615 as 61.5, half up."""
    return rounded(100 * share, decimals)


def percent_of(count, n) -> str:
    """count of n in percent, half up from the exact fraction: 23 of 80 is 28.8."""
    exact = Decimal(int(count)) * 100 / Decimal(int(n))
    return f"{exact.quantize(Decimal('0.1'), ROUND_HALF_UP)}"


def count_percent(count, n) -> str:
    """'8 (61.5)'; '0' alone, as journals print it."""
    return f"{int(count)} ({percent_of(count, n)})" if count and n else str(int(count))


FREE_NOTE = (
    "† Which pseudo-patients carry this characteristic is a free choice of the reconstruction: what is estimated"
    " by it says nothing about patients and stands without an interval and without a P value."
)
FREE_MODEL = (
    "† Which pseudo-patients carry the characteristics of the model together is a free choice of the reconstruction:"
    " every estimate of the model is that of one reconstruction and says nothing about patients, so it stands without"
    " an interval and without a P value that the paper does not print."
)


def share_of(count, n) -> str:
    """'8/13 (61.5%)'."""
    return f"{int(count)}/{int(n)} ({percent_of(count, n)}%)" if n else "0/0"


def p_value(p) -> str:
    """Three decimals, '<0.001' below, '>0.999' above; NE for a missing one."""
    if p is None or np.isnan(p):
        return NOT_ESTIMABLE
    return "<0.001" if p < 0.0005 else ">0.999" if p >= 0.9995 else rounded(p, 3)


def tested(p, free: bool) -> str:
    """A P value for a cell; of what rests on a free choice of a reconstruction there is none to be known."""
    return "–" if free else p_value(p)


def p_sentence(p) -> str:
    """'P = 0.004' or 'P < 0.001'."""
    text = p_value(p)
    return (
        f"P {text[0]} {text[1:]}" if text[0] in "<>" else f"P = {text}" if text != NOT_ESTIMABLE else "P not estimable"
    )


def number(value) -> str:
    """A data value as short as it is written: 67, 22.5, 0.04."""
    if float(value).is_integer():
        return rounded(value, 0)
    return rounded(value, 1) if abs(value) >= 1 else rounded(value, 2)


MOST_KEY = 4  # comparisons of one kind that the key results list one by one


def key_comparisons(lines, label) -> list[tuple[str, str]]:
    """Lines (label, text, p) for the key results; of more than MOST_KEY only how many there are and the range of their
    P.

    No line is chosen by its P.
    """
    if len(lines) <= MOST_KEY:
        return [line[:2] for line in lines]
    known = sorted(p for *_, p in lines if not np.isnan(p))
    if not known:
        return [(label, say("{n} comparisons; each stands in its section", n=len(lines)))]
    text = say(
        "{n} comparisons, {low} to {high}, not adjusted for their number; each stands in its section",
        n=len(lines),
        low=p_sentence(known[0]),
        high=p_value(known[-1]),
    )
    return [(label, text)]


def continued(text) -> str:
    """A label or sentence inside another one: a small first letter, but codes such as PFSR keep their capitals."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def capital(text) -> str:
    """A phrase as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def sentence(text) -> str:
    """A phrase as a sentence, with its full stop."""
    return capital(text) if text.endswith((".", "。", "?", "!", "？", "！")) else capital(text) + say(".")


def plural(n, word) -> str:
    """'1 patient', '13 patients'."""
    return say(f"{{n}} {word}" if n == 1 else f"{{n}} {word}s", n=f"{n:,}" if isinstance(n, int) else n)


def plural_of(value, word) -> str:
    """'3 months', '1.5 months', '1 month' for a number as it was written."""
    return plural(float(f"{value:g}") if not float(value).is_integer() else int(value), word)


def listed(words) -> str:
    """'a, b and c'; 'a, x; b; c' where a comma stands in one of them."""
    words = [translated(str(word), language()) for word in words]
    if len(words) < 2:
        return words[0] if words else ""
    if any(say(", ") in word for word in words):
        return say("; ").join(words)
    return say("{first} and {last}", first=AsWritten(say(", ").join(words[:-1])), last=AsWritten(words[-1]))


def labelled(pairs) -> str:
    """'0: 6.14 (2.27–NR); 1: 1.68' of (label, text) pairs: a level may be a number itself."""
    return say("; ").join(say("{what}: {found}", what=label, found=text) for label, text in pairs)


def spread_text(low: str, high: str) -> str:
    """'22–31' over what was drawn, '10 in each' where all of it is alike."""
    return say("{value} in each", value=low) if low == high else f"{low}–{high}"
