"""Numbers and days of a person in a text, told from those of nobody by what they are and not by whose they look.

A telephone, a card, the number of a record: whatever has the digits of one goes, however it is grouped. What stays are
the kinds of numbers that a text on a cohort has: measurements, years and their spans, pages, numbers of trials and
articles.
"""

import re

from .dates import NAMED

_YEAR = r"(?:19|20)\d\d"
STAYS = re.compile(  # nothing in it is looked at
    r"((?i:NCT|ChiCTR|ISRCTN|EUCTR|UMIN|CTRI|JPRN|DRKS|CRD|PMID:?\s?)\d[\d-]*|10\.\d{4,9}/\S+"
    r"|(?<![\d.])(?:0\.\d+|\d{1,3}\.\d{1,3})(?!\d|\.\d)|(?<=[\d)]:)\s?e?\d{1,8}(?:\s?[-\u2013]\s?e?\d{1,8})?"
    rf"|(?<!\d)(?<!\d[\s/.-]){_YEAR}(?:(?:\s?[-\u2013/_]\s?|\s){_YEAR})?(?!\d|[\s/.-]\d))"
)
NUMBER = re.compile(
    r"(?:(?:电话|手机|传真|病历号|住院号|医保卡号|\b(?i:tel|phone|mobile|fax|MRN|SSN|QQ|no)\b)\.?[:\s]*)?"
    r"(?:(?<![A-Za-z])[A-Za-z]{1,6}[-_]?(?=\d))?[(+]*\d(?:[\s_/·.()\-\u2010-\u2015]{0,2}\d)*(?:[A-Za-z](?![A-Za-z]))?"
)
_DIGIT = "zero|oh|one|two|three|four|five|six|seven|eight|nine"
IN_WORDS = re.compile(
    rf"[零〇○一二三四五六七八九壹贰叁肆伍陆柒捌玖幺]{{7,}}|\b(?i:(?:{_DIGIT})(?:[\s-]+(?:{_DIGIT})){{4,}})\b"
)
SPAN = re.compile(r"\d{1,4}\s?[-\u2013]\s?\d{1,4}")  # from the smaller to the larger
ONE, JOINED = 5, 7  # digits in one run, and in runs that stand together, from which a number is somebody's
_ONES = "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth"
_NTH = rf"(?:\d{{1,2}}(?:st|nd|rd|th)|(?i:{_ONES}|tenth|eleventh|twelfth|\w+teenth|(?:twent|thirt)ieth|(?:twenty|thirty)[\s-](?:{_ONES})))"
_MONTH = rf"(?-i:(?=[A-Z])(?i:{NAMED}))(?![a-z])"
_HAN = "[〇零一二三四五六七八九十廿\\d]"
MOMENT = re.compile(  # a day without its year, a month, a season, a week, a quarter
    rf"(?:{_NTH}\s(?:of\s)?|(?<![\d.])\d{{1,2}}\.?\s(?:of\s)?){_MONTH}(?:,?\s(?:{_YEAR}|two\sthousand[\w\s-]*))?"
    rf"|{_MONTH}\s(?:the\s)?{_NTH}(?:,?\s{_YEAR})?|{_MONTH},?\s?(?:of\s(?:last|this)\syear|(?:of\s)?{_YEAR}"
    rf"|'\d\d)(?!\d)"
    rf"|{_MONTH}\s\d{{1,2}}(?![\d.%]|\s?[a-z])|{_HAN}{{2,4}}\s?年\s?{_HAN}{{1,2}}\s?月|{_HAN}{{1,2}}月初?{_HAN}{{1,3}}[日号]?"
    rf"|{_YEAR}\s?年?\s?[初底末春夏秋冬]|{_YEAR}[\s-]?(?:Q[1-4]|H[12]|W\d\d?)|\b(?:Q[1-4]|H[12])\s?(?:of\s)?/?{_YEAR}"
    rf"|\b(?i:week|day)\s\d{{1,3}}\s(?:of\s)?{_YEAR}|(?<!\d){_YEAR}[-.]\d{{2,3}}(?![\d.-])"
    rf"|(?<!\d){_YEAR}[./]\d(?![\d.])"
    rf"|(?<![\d/])(?:0?[1-9]|1[0-2])[/.]{_YEAR}(?!\d)|\b(?:I{{1,3}}|I?V|VI{{1,3}}|I?X|XI{{1,2}})/{_YEAR}"
    rf"|\b(?i:(?:early|mid|late)?[\s-]?(?:spring|summer|autumn|fall|winter|christmas|easter|chinese\snew\syear"
    rf"|new\syear))\s(?:of\s)?{_YEAR}"
    r"|(?<![\d.])\d{1,2}\.\d{1,2}\.(?!\d)"
)


def without_numbers(text: str, word: str) -> str:
    """The text with every number taken out that has as many digits as those of persons have."""
    parts = STAYS.split(IN_WORDS.sub(word, text))
    parts[::2] = [NUMBER.sub(lambda match: word if _is_somebodys(match[0]) else match[0], p) for p in parts[::2]]
    return "".join(parts)


def _is_somebodys(written) -> bool:
    runs = re.findall(r"\d+", written)
    if SPAN.fullmatch(written) and runs[0][0] != "0" != runs[1][0] and int(runs[0]) < int(runs[1]):
        return len("".join(runs)) > JOINED
    single = any(len(r) >= ONE and not (r.endswith("000") and len(r) <= JOINED) for r in runs)
    return single or len(runs) > 1 and sum(map(len, runs)) >= JOINED


def without_moments(text: str, word: str) -> str:
    """The text with months, seasons and days without a year taken out; years stay."""
    return MOMENT.sub(word, text)
