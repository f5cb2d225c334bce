"""What in the files of a cohort would tell who somebody is:
identifiers, dates, names and remarks; and where a text has them.
"""

import datetime as dt
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import unescape

import pandas as pd

from papercheck.vocabulary.dictionary import load_dictionary

from ..check.written import written_names
from ..declare.source import written_cells
from ..read.dates import read_dates
from .dates import YEARS, found_dates, serials
from .terms import folded, known_terms

FREE_COLUMNS = ("SITEID", "TRT", "EVNTDESC", "AEDECOD")  # columns of the dictionary that hold words of a person
LONG = 5  # words of a remark from which a run of that many is found too
LONG_HAN = 8  # and characters of Chinese
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
DIRECTION = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
APART_DIGITS = re.compile(r"(?<=\d)[\s\-](?=\d)")  # 138-1234-5000
GROUPS = re.compile(r"(?<![\w.])(?:\d+(?:-\d+)+|\d{3,}(?:\s\d{3,})+)(?!\w)")
BESIDE = r"[^\W_\u3400-\u9fff]"  # a letter or digit that makes one word with what stands beside it
RUN = re.compile(r"\d+")
SHORTEST = 5  # digits of a number that tells somebody
LONGEST_MEASURED = 7  # digits of a number of an unused column that may be a measurement
BLANK = re.compile(r"\s+")
HAN = re.compile(r"[\u3400-\u9fff]")
HAN_APART = re.compile(r"(?<=[\u3400-\u9fff])\s(?=[\u3400-\u9fff])")  # 李 娜, as lists write it to fill a column
LETTER = re.compile(r"[^\W\d_]")


def plain(text: str) -> str:
    """A text as it is compared: entities resolved, full width
    made half, nothing invisible, single blanks, small letters.
    """
    text = INVISIBLE.sub("", unicodedata.normalize("NFKC", unescape(text)))
    return BLANK.sub(" ", text).casefold().strip()


def plain_characters(character: str, after_blank: bool) -> str:
    """One character as plain() makes it, where the text before it ends in a blank or not."""
    made = BLANK.sub(" ", INVISIBLE.sub("", unicodedata.normalize("NFKC", character)).casefold())
    return "" if made == " " and after_blank else made


def without_controls(text: str) -> str:
    """A text without the characters that nobody sees and that turn the direction of what follows."""
    return DIRECTION.sub("", text)


def is_telling(subject: str) -> bool:
    """Whether an identifier can be told from a number or a word of a text: letters with digits, or five digits and
    more.

    A shorter one (1, 27, A) stands in every text; that it is replaced is checked where identifiers stand (see share).
    """
    letters, digits = bool(LETTER.search(subject)), sum(c.isdigit() for c in subject)
    return (letters and digits > 0 and len(subject) >= 3) or digits >= 5 or (letters and len(subject) >= 6)


@dataclass(frozen=True)
class Identifying:
    """What tells who somebody is. ids : identifiers; days : dates; words : {name or remark as compared: its column}."""

    ids: frozenset[str] = frozenset()
    days: frozenset[dt.date] = frozenset()
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def short(self) -> frozenset[str]:
        """The identifiers that no text can be searched for."""
        return frozenset(i for i in self.ids if not is_telling(i))

    def joined(self, other: "Identifying") -> "Identifying":
        """What either of two tells."""
        return Identifying(self.ids | other.ids, self.days | other.days, {**other.words, **self.words})

    def hits(self, text: str) -> Iterator[tuple[str, str]]:
        """(what it is, as it is written) of everything that a text holds."""
        if not text:
            return
        compared = plain(text)
        joined = HAN_APART.sub("", compared)
        apart = joined != compared  # most texts are looked through once
        for needle, column in self._needles.items():
            if (needle in compared or apart and needle in joined) and _apart(needle, compared):
                yield f"text of the column {column}" if column else "identifier", needle
        yield from self._numbers_apart(compared)
        for written, days, _ in found_dates(compared):
            if days & self.days:
                yield "date", written
        for written, day in serials(compared):
            if day in self.days:
                yield "date as a number of Excel", written

    @cached_property
    def _needles(self) -> Mapping[str, str]:
        """{what is searched for: its column, or "" of an identifier}."""
        return dict.fromkeys(_written_otherwise(self.ids), "") | {
            w: c for w, c in self.words.items() if w not in self.ids
        }

    @cached_property
    def _numbers(self) -> frozenset[str]:
        """The numbers among the needles that may be written in groups of digits."""
        bare = (APART_DIGITS.sub("", needle) for needle in self._needles)
        return frozenset(number for number in bare if number.isdigit() and len(number) > LONGEST_MEASURED)

    def _numbers_apart(self, compared) -> Iterator[tuple[str, str]]:
        """Numbers of eight digits and more that stand in groups: 138-1234-5000."""
        for match in GROUPS.finditer(compared) if self._numbers else ():
            if APART_DIGITS.sub("", match[0]) in self._numbers:
                yield "identifier", match[0]


def without_column(found: Identifying, column: str) -> Identifying:
    """The same, but for the words of one column of the files."""
    return replace(found, words={w: c for w, c in found.words.items() if c != column})


def _written_otherwise(ids) -> Iterator[str]:
    """Identifiers as compared, and the numbers in them that only one
    has, also without leading zeros: 住院号 0012345678, 12345678.
    """
    runs = Counter(run for i in ids for run in {*RUN.findall(plain(i))} if len(run) >= SHORTEST)
    for subject in filter(is_telling, ids):
        yield plain(subject)
    for run, subjects in runs.items():
        if subjects == 1:
            yield from (number for number in (run, run.lstrip("0")) if len(number) >= SHORTEST)


def _apart(needle, text) -> bool:
    """Whether a needle stands by itself."""
    return bool(places_of(needle, text))


def places_of(needle: str, text: str) -> list[tuple[int, int]]:
    """(start, end) of each place where a needle stands by itself
    in a text as compared; between Chinese there are no blanks.
    """
    if HAN.search(needle):
        return [match.span() for match in re.finditer(" ?".join(map(re.escape, HAN_APART.sub("", needle))), text)]
    if needle.isdigit():
        left, right = rf"(?<!{BESIDE})(?<!\d\.)", rf"(?:\.0+)?(?!{BESIDE}|\.\d)"  # 12345678.0 of a table of numbers
    else:
        left, right = rf"(?<!{BESIDE})", rf"(?!{BESIDE})"
    return [match.span() for match in re.finditer(left + re.escape(needle) + right, text)]


def identifying(raw: Mapping, meta, common: str = "") -> Identifying:
    """What the raw tables {table: (file, frame of cells)} hold that would tell who somebody is.

    common : text that holds nothing of a patient (as of identifying.plain); a name or remark in it is none.
    """
    ids, days, words = set(), set(), {}
    allowed = _declared_words(meta)
    for table, (_, frame) in raw.items():
        names = {source: target for target, source in written_names(table, frame, meta.of(table)).items()}
        for column in frame.columns:
            cells = written_cells(frame[column]).str.strip()
            values = cells[cells != ""].unique()
            target = names.get(column, "")
            if target == "USUBJID":
                ids.update(values)
            days.update(_days(frame[column], values, _formats(table, target, meta.of(table))))
            if not target or (target in FREE_COLUMNS and target not in meta.factors):
                told = (v for v in values if not _is_common(v, common, allowed))
                words |= {w: str(column) for v in told for w in _sayings(v, allowed)}
    words = {w: c for w, c in words.items() if w not in common or not _apart(w, common)}
    return Identifying(frozenset(ids), frozenset(days), words)


def _is_common(value, common, allowed) -> bool:
    """Whether the workbook says a cell itself, or it holds the words of a known term in another order.

    A name that it does not say in this order may then not be searched for in others: free survival progression.
    """
    text = plain(str(value))
    if in_any_order(text) in allowed:
        return True
    apart = text.replace("-", " ")
    return any(said in common and _apart(said, common) for said in {text, apart, apart.replace(" ", "-", 1)} if said)


def in_any_order(text: str) -> str:
    """The words of a text as they are compared whatever their order."""
    return " ".join(sorted(folded(text).split()))


def _formats(table, target, meta) -> tuple:
    """How the dates of a column are written as cohort.yml says; () for one that holds none."""
    known = load_dictionary()[table].columns.get(target)
    dated = target in meta.dates or known is not None and known.type == "date"
    return meta.date_formats(target) if dated else ()


def _days(column, values, formats) -> Iterator[dt.date]:
    """The days of a column, as a text tells them and as the reader takes them (110/3/5, 44530), who follows formats."""
    if pd.api.types.is_datetime64_any_dtype(column):
        yield from (day.date() for day in column.dropna().unique().astype("datetime64[us]").tolist() if day)
        return
    yield from (day.date() for day in read_dates(pd.Series(values, dtype=object), formats).dropna())
    for value in values:
        for _, found, _ in found_dates(str(value)):
            if len(found) < len(YEARS):  # a day without a year is not one to search for
                yield from found


def _sayings(value, allowed) -> Iterator[str]:
    """A cell as what may be searched for: itself, a name in both orders, and runs of a long remark."""
    text = plain(str(value))
    number = APART_DIGITS.sub("", text)
    if number.isdigit() and len(number) > LONGEST_MEASURED and not number.endswith("000"):
        yield text  # of a telephone, of a card
    if len(text) < (2 if HAN.search(text) else 3) or not LETTER.search(text) or folded(text) in allowed:
        return
    if is_code(text):
        return
    yield HAN_APART.sub("", text)
    words = text.replace(",", " ").split()
    if 2 <= len(words) <= 3 and all(w.isalpha() for w in words):
        yield " ".join(words)
        yield " ".join([*words[1:], words[0]])
        yield " ".join([words[-1], *words[:-1]])
        yield f"{words[-1]}, {' '.join(words[:-1])}"
    if len(words) > LONG:
        yield from (" ".join(words[i : i + LONG]) for i in range(len(words) - LONG + 1))
    han = "".join(HAN.findall(text))
    if len(han) > LONG_HAN and han in HAN_APART.sub("", text):
        yield from (han[i : i + LONG_HAN] for i in range(len(han) - LONG_HAN + 1))


def is_code(text: str) -> bool:
    """Whether a cell is a code or an answer rather than words of a person: y, no, m, 1a, iiib."""
    return len(text) <= 3 and not HAN.search(text)


def _declared_words(meta) -> set[str]:
    """Words that a person declared to be levels, with those of the dictionary and the coded terms, folded."""
    columns = [*meta.factors.values(), *(c for t in load_dictionary().values() for c in t.columns.values())]
    said = {w for c in columns for pair in c.levels.items() for w in pair}
    said |= {w for values in meta.values.values() for pair in values.items() for w in pair if w is not None}
    for source in meta.sources.values():
        said |= {w for values in source.values.values() for pair in values.items() for w in pair if w is not None}
    usual = (
        "yes",
        "no",
        "unknown",
        "none",
        "other",
        "male",
        "female",
        "left",
        "right",
        "normal",
        "responder",
        "non-responder",
        "nonresponder",
        *(unit + s for unit in ("day", "week", "month", "year") for s in ("", "s")),
        "是",
        "否",
        "有",
        "无",
        "未知",
        "不详",
    )
    found = {folded(w) for w in said} | known_terms() | {folded(w) for w in usual}
    return found | {in_any_order(word) for word in found if " " in word}
