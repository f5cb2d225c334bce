"""Numbers of the prose as a journal writes them: decimal mark, P values, intervals; the rules stand in methods.yml."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

from papercheck.files.findings import did_you_mean, request_error

from ..text.words import NOT_ESTIMABLE, decimals_for, number, percent, rounded


def checked_journal(name: str, journals: Mapping) -> str:
    """The name of a journal's style, if there is one. Raises CohortError otherwise."""
    if name not in journals:
        known = [journal for journal in journals if journal]
        raise request_error("unknown style of a journal", did_you_mean(name, known), name)
    return name


class Value:
    """A statistic that a template prints: d, n, %, p, t (a time) or .2 decimals. journal : its rules."""

    def __init__(self, value, unit="", journal=None):
        self.value, self.unit, self.journal = value, unit, journal

    def __format__(self, form):
        if form == "p":
            return p_written(self.value, self.journal)
        if form == "%":
            return marked(percent(self.value), self.journal)
        if form == "n":
            return marked(number(self.value), self.journal)
        decimals = {"d": 0, "t": decimals_for(self.unit)}.get(form) if form in "dt" else int(form[1:])
        return marked(rounded(self.value, decimals), self.journal)


class Limits:
    """Both limits of an interval, with what it is: '95% CI 1.97–3.83'. One without limits is not estimable."""

    def __init__(self, low, high):
        self.low, self.high = low, high

    def __format__(self, form):
        low, high, journal = self.low.value, self.high.value, self.low.journal
        if not np.isfinite(low) and not np.isfinite(high):
            return "95% CI not estimable"
        scale = 100 if form == "%" else 1
        decimals = {"%": 1, "t": decimals_for(self.low.unit)}.get(form) if form in "%t" else int(form[1:])
        shown = {"low": rounded(scale * low, decimals), "high": rounded(scale * high, decimals)}
        written = journal["negative" if min(low, high) < 0 else "interval"].format_map(shown)
        return marked(written, journal) + "%" * (form == "%" and bool(np.isfinite(high)))


def marked(text: str, journal: Mapping) -> str:
    """A written number with the journal's decimal mark."""
    return text.replace(".", journal["decimal"])


def p_written(p: float, journal: Mapping) -> str:
    """'P = 0.004', 'p<0·0001', 'P = .049': 0.05 stands with a further digit where it is rounded."""
    if np.isnan(p):
        return f"P {NOT_ESTIMABLE}"
    least, sign, exact = journal["least"], "=", Decimal(repr(float(p)))
    digits = next(digits for start, digits in journal["digits"].items() if p >= start)
    if p < least:
        value, sign = f"{least:f}".rstrip("0"), "<"
    else:
        while (shown := _half_up(exact, digits)) == Decimal("0.05") != exact and digits < 3:
            digits += 1
        value = f"{shown:f}"
        if shown == 1:
            value, sign = f"{1 - Decimal(1).scaleb(-digits):f}", ">"
    value = value if journal["zero"] else value.removeprefix("0")
    return marked(journal["p"].format(sign=sign, value=value), journal)


def _half_up(exact, digits):
    return exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
