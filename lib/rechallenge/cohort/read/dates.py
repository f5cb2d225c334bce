"""Dates as people write them: what is read at once, what cohort.yml must declare, and what a cell could mean.

A cell is read once and remembered: a column of a thousand patients holds few hundred different words.
"""

import calendar
import re
import unicodedata
from datetime import date, timedelta
from functools import cache, lru_cache

import pandas as pd

from papercheck.files.findings import Either, Message

# The formats that `dates` in cohort.yml may name, and what each means.
FORMATS = {
    "day-first": "5/3/2024 is 5 March 2024",
    "month-first": "5/3/2024 is 3 May 2024",
    "day-first-20yy": "5/3/24 is 5 March 2024; so is 05-Mar-24",
    "month-first-20yy": "5/3/24 is 3 May 2024; 05-Mar-24 is 5 March 2024",
    "year-first-20yy": "24.3.5 is 5 March 2024",
    "yyyymmdd": "20240305 is 5 March 2024",
    "roc": "113/3/5 is 5 March 2024 (years of the Republic of China, as Taiwan counts them)",
    "buddhist": "5/3/2567 and 2567/3/5 are 5 March 2024 (Buddhist years, as Thailand counts them)",
    "solar-hijri": "1402/12/15 and 15/12/1402 are 5 March 2024 (the calendar of Iran)",
    "date-and-time": "2024-03-05 14:30 counts as 5 March 2024",
    "excel-1900": "45356 is 5 March 2024 (Excel for Windows)",
    "excel-1904": "43894 is 5 March 2024 (older Excel for Mac)",
    "yymmdd": "240305 is 5 March 2024",
    "sas": "23440 is 5 March 2024 (SAS and Stata: days since 1960)",
    "days-since-1970": "19787 is 5 March 2024 (R, Python: days since 1970)",
    "spss": "13928976000 is 5 March 2024 (SPSS: seconds since 14 October 1582)",
    "unix-seconds": "1709596800 is 5 March 2024 (seconds since 1970)",
    "unix-milliseconds": "1709596800000 is 5 March 2024 (JavaScript: milliseconds since 1970)",
    "sas-seconds": "2025216000 is 5 March 2024 (SAS: seconds since 1960)",
    "stata-milliseconds": "2025216000000 is 5 March 2024 (Stata: milliseconds since 1960)",
}
DAY_COUNTS = (
    *("excel-1900", "excel-1904", "sas", "days-since-1970", "yymmdd"),
    *("unix-seconds", "unix-milliseconds", "sas-seconds", "stata-milliseconds"),
)
RIVALS = (("day-first", "month-first"), ("day-first-20yy", "month-first-20yy", "year-first-20yy"), DAY_COUNTS)
COUNTED = {  # first day that the program counts from, seconds of a unit, smallest and largest count that is read
    "excel-1900": ("1899-12-30", 86400, 61, 80000),  # Excel has a 29 February 1900: counts below 61 are a day off
    "excel-1904": ("1904-01-01", 86400, 1, 80000),
    "sas": ("1960-01-01", 86400, 1, 60000),
    "days-since-1970": ("1970-01-01", 86400, 1, 60000),
    "spss": ("1582-10-14", 1, 10_000_000_000, 20_000_000_000),
    "unix-seconds": ("1970-01-01", 1, 800_000_000, 3_000_000_000),
    "unix-milliseconds": ("1970-01-01", 0.001, 800_000_000_000, 3_000_000_000_000),
    "sas-seconds": ("1960-01-01", 1, 800_000_000, 3_000_000_000),
    "stata-milliseconds": ("1960-01-01", 0.001, 800_000_000_000, 3_000_000_000_000),
}
LIKELY = date(1990, 1, 1), date(2049, 12, 31)  # a reading outside is not suggested
# Before it only trials of phase 1 gave a checkpoint inhibitor to patients with lung cancer (the first: Brahmer 2010).
FIRST_ICI = date(2010, 1, 1)
STORED_YEARS = 1678, 2261  # that a column of dates can hold
BUDDHIST, SOLAR_HIJRI = (2480, 2600), (1340, 1430)  # years of four figures that nobody means otherwise in a cohort
_SOLAR_HIJRI_ZERO = 226529  # ordinal of the day before the first of its year 0 by the rule of leap years below
RULES = ("first", "mid", "last")  # of the period that a partial date names
MONTHS = {  # as English, German, French, Spanish and Italian write them; the first three letters are enough
    1: "january januar janvier enero gennaio jänner",
    2: "february februar février fevrier febrero febbraio",
    3: "march märz mrz mars marzo",
    4: "april avril abril aprile",
    5: "may mai mayo maggio",
    6: "june juni juin junio giugno",
    7: "july juli juillet julio luglio",
    8: "august août aout agosto",
    9: "september sept septembre septiembre settembre",
    10: "october oktober octobre octubre ottobre",
    11: "november novembre noviembre",
    12: "december dezember décembre decembre diciembre dicembre",
}
_HALF = r"(?:am|pm|凌晨|早上|上午|中午|下午|晚上)"
_TIME = re.compile(
    rf"(?:(?<=\d)(?:\s+|T|:)|(?<=[日号])\s*)(?:{_HALF}\s*)?(\d{{1,2}})(?::|时|点)(?:(\d{{2}})(?::|分)?)?"
    rf"(?:(\d{{2}})(?:\.\d+)?秒?)?\s*{_HALF}?\s*(?:z|utc|gmt|[+-]\d{{2}}:?\d{{2}})?$",
    re.I,
)
WEEKDAYS = (  # from Monday on, as English, German, French, Spanish, Italian, Chinese, Japanese and Korean write them
    "mon monday mo montag lundi lunes lunedì 星期一 周一 礼拜一 月曜日 月曜 월요일 (月) (월)",
    "tue tues tuesday di dienstag mardi martes martedì 星期二 周二 礼拜二 火曜日 火曜 화요일 (火) (화)",
    "wed wednesday mi mittwoch mercredi miércoles mercoledì 星期三 周三 礼拜三 水曜日 水曜 수요일 (水) (수)",
    "thu thurs thursday do donnerstag jeudi jueves giovedì 星期四 周四 礼拜四 木曜日 木曜 목요일 (木) (목)",
    "fri friday fr freitag vendredi viernes venerdì 星期五 周五 礼拜五 金曜日 金曜 금요일 (金) (금)",
    "sat saturday sa samstag samedi sábado sabato 星期六 周六 礼拜六 土曜日 土曜 토요일 (土) (토)",
    "sun sunday so sonntag dimanche domingo domenica 星期日 星期天 周日 周天 礼拜日 礼拜天 日曜日 日曜 일요일 (日) (일)",
)
_WEEKDAY_NUMBER = {name: number for number, names in enumerate(WEEKDAYS) for name in names.split()}
_DAY_NAMES = "|".join(map(re.escape, sorted(_WEEKDAY_NUMBER, key=len, reverse=True)))
_EAST = "|".join(n for n in _WEEKDAY_NUMBER if not re.match(r"[a-zà-ÿ(]", n))
_WEEKDAY = re.compile(rf"^(?:{_DAY_NAMES})[.,]?\s+(?=\S)|^(?:{_EAST})|[\s,(]*(?:{_DAY_NAMES})\)?(?=\s|$)", re.I)
_HALF_ALONE = re.compile(rf"(?<=[\d日号])\s*(?:{_HALF}|[上下]午)$", re.I)
_ABOUT = re.compile(r"^(?:约|大约|大概)\s*|\s*(?:左右|前后|许)$")
_KOREAN = re.compile(r"(\d\s*)([년월일])")
_YEAR_FIRST = re.compile(r"(\d{4})\s*[-/.年,。、\s]\s*(\d{1,2})\s*[-/.月,。、\s]\s*(\d{1,2})\s*[日号]?")
_SHORT_YEAR_FIRST = re.compile(r"(\d{2})年\s*(\d{1,2})月\s*(\d{1,2})\s*[日号]?")
_ROC = re.compile(r"(?:民[國国])?\s*(\d{2,3})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?")
_ERA = re.compile(r"(令和|平成|[RH])\s*(\d{1,2}|元)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
ERAS = {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988}  # the year before the first one of each
ROC = 1911
_NUMBERS = re.compile(r"(\d{1,2})\s*[-/. ]\s*(\d{1,2})\s*[-/. ]\s*(\d{4}|\d{1,2})")
_ORDINAL = r"(?:st|nd|rd|th|er|º)?"
_DAY_WORD = re.compile(
    rf"(\d{{1,2}}){_ORDINAL}\s*[-/. ]?\s*(?:(?:of"
    rf"|de)\s+)?([^\W\d]{{3,12}})\.?\s*(?:\s+del?\s+)?[-/. ,']*\s*(\d{{4}}|\d{{2}})"
)
_WORD_DAY = re.compile(rf"([^\W\d]{{3,12}})\.?\s*[-/. ]*(\d{{1,2}}){_ORDINAL}(?:,\s*|[-/. ])\s*(\d{{4}})")
_YEAR_WORD = re.compile(r"(\d{4})\s*[-/. ]\s*([^\W\d]{3,12})\.?\s*[-/. ]\s*(\d{1,2})")
_FIGURES = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_CHINESE = re.compile(r"[〇零○一二三四五六七八九]?十[一二三四五六七八九]?|[〇零○一二三四五六七八九]+")
_SIX = re.compile(r"(\d{2})(\d{2})(\d{2})")
_EIGHT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_STAMP = re.compile(r"((?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))T?([01]\d|2[0-3])([0-5]\d)([0-5]\d)?")
_YEAR = re.compile(r"(19|20)\d{2}(\.\d{1,2})?$")  # a year, or year and month: never a count of days
_COUNT = re.compile(r"\d+(\.\d+)?")
_UNKNOWN_PART = r"(?:un|uk|unk|xx|\?\?|00)"
_PARTIAL = (  # year and month, or the year alone; a day or month that is written as unknown
    re.compile(
        r"(?:民国\s*)?(?P<y>\d{4}|(?:1[5-9]|2\d|1[01]\d)(?=\s*年)|(?<=民国)\d{2,3})\s*[-/.年]\s*(?P<m>\d{1,2})\s*月"
        r"(?:\s*(?P<t>[上中下])旬|\s*[?？x×]+\s*[日号]?)?",
        re.I,
    ),
    re.compile(r"(?P<y>20(?:1[3-9]|2\d))(?P<m>0[1-9]|1[0-2])"),
    re.compile(r"(?:民国\s*)(?P<y>\d{2,3})\s*年?|(?P<r>1[01]\d)\s*年"),
    re.compile(rf"(?P<y>\d{{4}})\s*[-/.年]\s*(?P<m>\d{{1,2}})\s*月?(?:\s*[-/.]\s*{_UNKNOWN_PART})?", re.I),
    re.compile(r"(?P<m>\d{1,2})\s*[-/.]\s*(?P<y>\d{4})", re.I),
    re.compile(rf"(?:{_UNKNOWN_PART}[-/. ])?(?P<w>[^\W\d]{{3,12}})\.?[-/. ,]*(?P<y>\d{{4}})", re.I),
    re.compile(rf"(?P<y>\d{{4}})\s*年?(?:\s*[-/.]\s*{_UNKNOWN_PART}){{0,2}}", re.I),
)


@cache
def month_number(word) -> int:
    """The number of a month by its name or the beginning of it, 0 for another word."""
    word = word.lower()
    found = {number for number, names in MONTHS.items() if any(name.startswith(word) for name in names.split())}
    return found.pop() if len(found) == 1 and len(word) >= 3 else 0


def _day(year, month, day) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _in_figures(text) -> str:
    """A cell in everyday figures: full-width ones, and Chinese ones where they stand in a date (二〇二四年三月五日).
    Year, month and day of a Korean date (2024년 3월 5일) are written in their Chinese characters."""
    word = re.sub("[—–−‐]", "-", unicodedata.normalize("NFKC", text)).strip()
    word = _KOREAN.sub(lambda m: m[1] + {"년": "年", "월": "月", "일": "日"}[m[2]], word)
    if "月" not in word and "年" not in word:
        return word
    return _CHINESE.sub(lambda m: chinese_number(m[0]), word)


def chinese_number(figures) -> str:
    """A number in Chinese numerals (二〇二四, 十, 二十五) in everyday figures; any other word as it is."""
    tens, ten, ones = figures.partition("十")
    return (f"{tens or '一'}{ones or '〇'}" if ten else figures).translate(_FIGURES)


def means_date(text) -> bool:
    """Whether a cell can be a date, or a part of one."""
    return bool(meanings(text) or period(text))


@lru_cache(maxsize=200_000)
def meanings(text) -> dict[str, date]:
    """What a cell means under each format: {"": date} where it has one meaning and needs no declaration."""
    word, weekday = _without_weekday(unicodedata.normalize("NFKC", text))
    word = _HALF_ALONE.sub("", _in_figures(word))
    found, timed = {}, _STAMP.fullmatch(word) or _TIME.search(word)
    if timed:
        hour, minute, second = timed.groups()[-3:]
        word = timed[1] if timed.re is _STAMP else word[: timed.start()].strip()
        timed = bool(int(hour) or int(minute or 0) or int(second or 0))  # midnight is no time of day
    _spelled(word, found)
    found = {name: day for name, day in found.items() if weekday in (None, day.weekday())}  # two that differ: neither
    if timed:
        clear = found.pop("", None)
        return ({"date-and-time": clear} if clear else {}) | {f"{name}+time": day for name, day in found.items()}
    return found


def _without_weekday(word) -> tuple[str, int | None]:
    """A cell without the day of the week that stands beside its date, and that day (0 is Monday)."""
    match = _WEEKDAY.search(word)
    if not match or not re.search(r"\d", word):
        return word, None
    name = match[0].strip(" ,.").casefold()
    number = _WEEKDAY_NUMBER.get(name, _WEEKDAY_NUMBER.get(name.strip("()")))
    return (word[: match.start()] + word[match.end() :]).strip(), number


def _spelled(word, found):
    """Fill `found` with the meanings of a cell without a time of day."""
    if match := _YEAR_FIRST.fullmatch(word):
        found |= of_year(*match.groups())
    elif match := _SHORT_YEAR_FIRST.fullmatch(word):
        found |= dict.fromkeys(reversed(RIVALS[1]), _day(f"20{match[1]}", match[2], match[3]))
    elif (match := _ROC.fullmatch(word)) and (len(match[1]) == 3 or word.startswith("民")):
        found["roc"] = _day(ROC + int(match[1]), match[2], match[3])
    elif match := _ERA.fullmatch(word):
        found[""] = _day(ERAS[match[1]] + (1 if match[2] == "元" else int(match[2])), match[3], match[4])
    elif match := _NUMBERS.fullmatch(word):
        first, second, year = match.groups()
        short = "-20yy" if len(year) < 3 else ""
        if short:
            found["year-first-20yy"] = _day(f"20{first:0>2}", second, year)
        year = f"20{year:0>2}" if short else year
        elsewhere = of_year(year, second, first)
        if "" not in elsewhere:
            found |= elsewhere
            return _without_impossible(found)
        found[f"day-first{short}"], found[f"month-first{short}"] = _day(year, second, first), _day(year, first, second)
    elif match := _DAY_WORD.fullmatch(word):
        _with_word(found, match[1], month_number(match[2]), match[3])
    elif match := _WORD_DAY.fullmatch(word):
        _with_word(found, match[2], month_number(match[1]), match[3])
    elif match := _YEAR_WORD.fullmatch(word):
        _with_word(found, match[3], month_number(match[2]), match[1])
    elif match := _EIGHT.fullmatch(word):
        found["yyyymmdd"] = _day(*match.groups())
    elif match := _SIX.fullmatch(word):
        found["yymmdd"] = _day(f"20{match[1]}", match[2], match[3])
    if _COUNT.fullmatch(word) and not _YEAR.match(word):
        for name, (origin, seconds, low, high) in COUNTED.items():
            if low <= float(word) <= high:
                found[name] = date.fromisoformat(origin) + timedelta(days=int(float(word) * seconds // 86400))
    _without_impossible(found)


def _without_impossible(found):
    """Take out what is no day, or none that a table of dates can hold."""
    for name in [n for n, day in found.items() if day is None or not STORED_YEARS[0] <= day.year <= STORED_YEARS[1]]:
        del found[name]


def of_year(year, month, day) -> dict[str, date | None]:
    """{format: day} of a year of four figures, which tells its calendar: 2567 is Buddhist, 1402 is of Iran."""
    if BUDDHIST[0] <= int(year) <= BUDDHIST[1]:
        return {"buddhist": _day(int(year) - 543, month, day)}
    if SOLAR_HIJRI[0] <= int(year) <= SOLAR_HIJRI[1]:
        return {"solar-hijri": _solar_hijri(int(year), int(month), int(day))}
    return {"": _day(year, month, day)}


def _solar_hijri(year, month, day) -> date | None:
    """The day of a date of the calendar of Iran: 31 days up to its sixth month, 30 from there on, 29 or 30 in the last;
    8 leap years in 33, which is the calendar as it is kept between its years 1343 and 1472."""
    before = 365 * year + (8 * year + 21) // 33
    leap = (8 * year + 29) // 33 > (8 * year + 21) // 33
    length = 31 if month <= 6 else 30 if month < 12 or leap else 29
    if not (1 <= month <= 12 and 1 <= day <= length):
        return None
    return date.fromordinal(_SOLAR_HIJRI_ZERO + before + 31 * min(month - 1, 6) + 30 * max(month - 7, 0) + day)


def _with_word(found, day, month, year):
    """A month written as a word leaves at most the century open."""
    if len(year) == 4:
        found |= of_year(year, month, day) if int(year) >= SOLAR_HIJRI[1] else {"": _day(year, month, day)}
    else:
        found |= dict.fromkeys(RIVALS[1], _day(f"20{year}", month, day))


def read_dates(words: pd.Series, formats=()) -> pd.Series:
    """Text as datetime64[ns]; NaT where empty or not readable. formats : names in FORMATS, tried in order after what
    needs none."""
    text = words.dropna().astype(str)
    days = {word: _read(word, tuple(formats)) for word in text.unique()}
    found = pd.Series([days[w] for w in text], index=text.index, dtype="datetime64[ns]")
    return found.reindex(words.index)


def _read(text, formats) -> date | None:
    found = meanings(text)
    if "" in found:
        return found[""]
    timed = "date-and-time" in formats
    return next((found[n] for f in formats for n in ((f, f"{f}+time") if timed else (f,)) if n in found), None)


def readings(value) -> dict[str, str]:
    """What one cell means under each format that gives a likely date: {format: ISO date}."""
    return {name: day.isoformat() for name, day in _likely(str(value)).items()}


def _likely(text) -> dict[str, date]:
    """The meanings of a cell between 1990 and 2049 by the format to declare; a time of day is one more to declare."""
    found = {name: day for name, day in meanings(text).items() if LIKELY[0] <= day <= LIKELY[1]}
    order = ("", *FORMATS)
    return {n: found[n] for n in sorted(found, key=lambda n: order.index(n.removesuffix("+time")))}


def date_fault(value, column, formats=()) -> tuple[str, str]:
    """Why a cell is no date, and what to do: names the format to declare where one would help."""
    if not re.search(r"\d", str(value)):
        return "not a date", "Write the date as 2024-03-05, or as a date in Excel; leave the cell empty if unknown."
    meant = {name.replace("+time", ", date-and-time"): day for name, day in readings(value).items()}
    if not meant and period(str(value)):
        low, high = period(str(value))
        rule = "a date without its day" if low.month == high.month else "a date without its day and month"
        return rule, Message(
            "Complete it, or declare what stands for it: `partial_dates: {{{column}: {{rule: mid}}}}` "
            "(first, mid or last day of the period) in cohort.yml.",
            column=column,
        )
    if not meant:
        return "not a date", "Write the date as 2024-03-05, or as a date in Excel."
    listed = Either(f"{day} ({name})" for name, day in meant.items())
    if formats:
        rule = Message("not a date as declared ({formats})", formats=", ".join(formats))
        return rule, Message(
            "It could be {listed}. Correct the cell, or `dates: {{{column}: ...}}` in cohort.yml.",
            listed=listed,
            column=column,
        )
    rule = "not a date in one reading: say which" if len(set(meant.values())) > 1 else "not a date"
    first = next(iter(meant))
    first = f"[{first}]" if "," in first else first
    return rule, Message(
        "It could be {listed}. Declare which: `dates: {{{column}: {first}}}` in cohort.yml.",
        listed=listed,
        column=column,
        first=first,
    )


@lru_cache(maxsize=50_000)
def period(text) -> tuple | None:
    """The first and last day that a partial date such as 2024-03, 2024年3月 or 2024 names, or None.

    2024.1 is none: a spreadsheet writes October (2024.10) so as well as January.
    """
    word = _ABOUT.sub("", _in_figures(text)).replace("國", "国")
    if re.fullmatch(r"\d{4}\.1", word):
        return None
    for pattern in _PARTIAL:
        match = pattern.fullmatch(word)
        if match:
            parts = match.groupdict()
            month = month_number(parts["w"]) if parts.get("w") else int(parts.get("m") or 0)
            year = _full_year(parts.get("y") or parts["r"], word)
            if not LIKELY[0].year <= year <= LIKELY[1].year or month > 12 or (parts.get("w") and not month):
                return None
            first, last = (month, month) if month else (1, 12)
            low, high = date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1])
            return _ten_days(low, high, parts.get("t") or "")
    return None


def _ten_days(low, high, part) -> tuple:
    """The first and last day of the first, second or last ten days of a month; the whole of it without a part."""
    if not part:
        return low, high
    place = "上中下".index(part)
    return low.replace(day=10 * place + 1), high if place == 2 else high.replace(day=10 * place + 10)


def _full_year(digits, word) -> int:
    """The year of two, three or four figures: 24年3月 is of 2024, 113年3月 and 民国113年 of 2024 too."""
    return int(digits) + (0 if len(digits) == 4 else ROC if len(digits) == 3 or "民" in word else 2000)


def complete(low, high, rule) -> date:
    """The day that stands for a period: its first, its last, or the middle (the 15th of a month, 1 July of a year, the
    5th of ten days)."""
    days = (high - low).days
    if rule == "mid" and days < 20:
        return low + timedelta(days=4)
    if rule == "mid":
        return low.replace(day=15) if low.month == high.month else low.replace(month=7)
    return low if rule == "first" else high


def read_date_formats(declared, known, path, fault) -> dict[str, tuple]:
    """`dates` of cohort.yml: {COLUMN: formats}; a bare format stands for every column, under "".

    fault(path, rule, action, value) takes every fault found.
    """
    entries = {"": declared} if isinstance(declared, str | list) else dict(declared or {})
    found = {}
    for column, formats in entries.items():
        formats = [str(f) for f in (formats if isinstance(formats, list) else [formats])]
        here = path + ((str(column),) if column else ())
        if column and str(column) not in known:
            from papercheck.files.findings import did_you_mean

            fault(here, "not a column of the dictionary", did_you_mean(column, sorted(known)), column)
        for name in formats:
            if name not in FORMATS:
                fault(here, "unknown date format", Message("One of: {words}.", words=", ".join(FORMATS)), name)
        for rivals in RIVALS:
            if len(set(rivals) & set(formats)) > 1:
                action = "Keep one; or correct the cells that are written otherwise."
                fault(here, "formats that read the same cell differently", action, formats)
        found[str(column)] = tuple(f for f in formats if f in FORMATS)
    return found
