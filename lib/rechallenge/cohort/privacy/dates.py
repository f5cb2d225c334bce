"""Calendar dates in a text, in every way in which people write them."""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator

from ..read.dates import ERAS, MONTHS, ROC, chinese_number, month_number, of_year

_WORDS = {w for names in MONTHS.values() for w in (*names.split(), names[:3])}  # jan is short for January
NAMED = rf"(?:{'|'.join(sorted(_WORDS, key=lambda w: (-len(w), w)))})\.?"
_MARK = r"[-/._\u2010-\u2015\u2212]"
_SEP = rf"(?:\s?{_MARK}\s?|\s)"
_YEAR = r"(?:19\d\d|20\d\d|2[45]\d\d|1[34]\d\d)"  # those of Thailand and of Iran among them
WRITTEN = re.compile(
    rf"(?<![\d.])(?P<y1>{_YEAR}){_SEP}(?P<m1>\d{{1,2}}){_SEP}(?P<d1>\d{{1,2}})(?!\d)"
    rf"|(?<![\d.])(?P<a2>\d{{1,2}}){_SEP}(?P<b2>\d{{1,2}}){_SEP}(?P<y2>{_YEAR})(?!\d)"
    rf"|(?<![\d.])(?P<a8>\d{{1,2}})\s?(?P<s8>{_MARK})\s?(?P<b8>\d{{1,2}})\s?(?P=s8)\s?(?P<y8>\d\d)(?!\d)"
    r"|(?<![\d.])(?P<a9>\d{1,2})/(?P<b9>\d{1,2})-(?P<y9>\d\d)(?!\d)"
    rf"|(?<!\d)(?P<d3>\d{{1,2}})(?:st|nd|rd"
    rf"|th)?[\s.\-/]{{0,2}}(?:of\s)?(?P<m3>{NAMED})[\s,.\-/]{{0,2}}(?P<y3>(?:19|20)\d\d|\d\d)(?!\d)"
    rf"|(?<![a-z])(?P<m4>{NAMED})\s?(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?,?\s?(?P<y4>(?:19|20)\d\d)(?!\d)"
    r"|(?<!\d)(?P<y5>(?:19|20)?\d\d)\s?[年년]\s?(?P<m5>\d{1,2})\s?[月월]\s?(?P<d5>\d{1,2})\s?[日号일]?"
    r"|(?P<eA>民[国國]|令和|平成)\s?(?P<yA>\d{1,3}|元)\s?[年/.\-]\s?(?P<mA>\d{1,2})\s?[月/.\-]\s?(?P<dA>\d{1,2})\s?[日号]?"
    r"|(?P<y0>[〇○零一二三四五六七八九]{4})年(?P<m0>[一二三四五六七八九十]{1,2})月(?P<d0>[一二三四五六七八九十]{1,3})[日号]?"
    r"|(?<![\d.])(?P<y6>(?:19|20)\d\d)(?P<m6>[01]\d)(?P<d6>[0-3]\d)(?:T\d{4,6})?(?!\d|\.\d)"
    rf"|(?<!\d)(?P<y7>(?:19|20)\d\d)[\s.\-/]{{1,2}}(?P<m7>{NAMED})[\s.\-/]{{1,2}}(?P<d7>\d{{1,2}})(?!\d)",
    re.IGNORECASE,
)
WITHOUT_YEAR = re.compile(r"(?<![\d年])(?P<m>\d{1,2})\s?月\s?(?P<d>\d{1,2})\s?[日号]")
YEARS = range(1990, 2041)  # that a date without one may be of
SERIAL = re.compile(r"(?<![\w.\-])([34]\d{4})(?:\.0+)?(?!\w|\.\d)")
DAY_ZERO = dt.date(1899, 12, 30)  # of Excel


def found_dates(text: str) -> Iterator[tuple[str, frozenset[dt.date], bool]]:
    """Each date in a text: as it is written, the days that it may mean, and whether it can be nothing but a date.

    A number of two digits that could be a year (05.03.21) may also be a version; that is then no certain date. Its two
    marks are alike (or 5/3-21): 7.2-23 is an interval, and 23 12 11 are numbers at risk.
    """
    text = unicodedata.normalize("NFKC", text)
    for match in WRITTEN.finditer(text):
        days, certain = _meant({k[0]: v for k, v in match.groupdict().items() if v is not None})
        if days:
            yield match[0], days, certain
    for match in WITHOUT_YEAR.finditer(text):
        if days := frozenset(day for year in YEARS if (day := _day(year, match["m"], match["d"]))):
            yield match[0], days, True


def serials(text: str) -> Iterator[tuple[str, dt.date]]:
    """Whole numbers of five digits that Excel would show as a day of our time."""
    for match in SERIAL.finditer(text):
        yield match[0], DAY_ZERO + dt.timedelta(days=int(match[1]))


def _meant(parts) -> tuple[frozenset[dt.date], bool]:
    parts = {key: chinese_number(value) for key, value in parts.items()}
    if "e" in parts:
        years = [ERAS.get(parts["e"], ROC) + (1 if parts["y"] == "元" else int(parts["y"]))]
    else:
        years = [int(parts["y"])] if len(parts["y"]) == 4 else [2000 + int(parts["y"]), 1900 + int(parts["y"])]
    orders = [(parts["a"], parts["b"]), (parts["b"], parts["a"])] if "a" in parts else [(parts["d"], parts["m"])]
    days = {day for year in years for d, m in orders if (day := _day(year, m, d))}
    if len(parts["y"]) == 2 and "a" in parts:  # 21/03/05: the year may lead
        days |= {day for century in (2000, 1900) if (day := _day(century + int(parts["a"]), parts["b"], parts["y"]))}
    return frozenset(days), len(parts["y"]) == 4 or "m" in parts


def _day(year, month, day):
    number = int(month) if month.isdigit() else month_number(month.strip(". "))
    return next(iter(of_year(year, number, day).values()))


def without_dates(text: str, word="[date]", doubtful=False) -> str:
    """The text with every certain calendar date taken out; doi and version numbers stay.

    doubtful : 05.03.21 goes too.
    """
    certain = [written for written, _, sure in found_dates(text) if sure or doubtful]
    if certain:
        text = unicodedata.normalize("NFKC", text)  # as they were found
    for written in certain:
        text = text.replace(written, word)
    return text
