"""What in the files of a cohort would tell who somebody is: identifiers, dates, names and remarks; and where a text has them."""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape

import pandas as pd

from papercheck.vocabulary.dictionary import load_dictionary

from ..check.written import written_names
from ..declare.source import written_cells
from .dates import found_dates, serials
from .terms import folded, known_terms

FREE_COLUMNS = ("SITEID", "TRT", "EVNTDESC", "AEDECOD")  # columns of the dictionary that hold words of a person
LONG = 5  # words of a remark from which a run of that many is found too
LONG_HAN = 8  # and characters of Chinese
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
BLANK = re.compile(r"\s+")
HAN = re.compile(r"[\u3400-\u9fff]")
LETTER = re.compile(r"[^\W\d_]")


def plain(text: str) -> str:
    """A text as it is compared: entities resolved, full width made half, nothing invisible, single blanks, small letters."""
    text = INVISIBLE.sub("", unicodedata.normalize("NFKC", unescape(text)))
    return BLANK.sub(" ", text).casefold().strip()


def is_telling(subject: str) -> bool:
    """Whether an identifier can be told from a number or a word of a text: letters with digits, or five digits and more.

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

    def hits(self, text: str) -> Iterator[tuple[str, str]]:
        """(what it is, as it is written) of everything that a text holds."""
        if not text:
            return
        compared = plain(text)
        for kind, found in (("identifier", self._ids()), ("", self.words)):
            for needle in found:
                if needle in compared and _apart(needle, compared):
                    yield kind or f"text of the column {found[needle]}", needle
        for written, days, _ in found_dates(compared):
            if days & self.days:
                yield "date", written
        for written, day in serials(compared):
            if day in self.days:
                yield "date as a number of Excel", written

    def _ids(self) -> Mapping[str, str]:
        return {plain(i): "" for i in self.ids if is_telling(i)}


def _apart(needle, text) -> bool:
    """Whether a needle stands by itself; between Chinese characters there are no blanks."""
    if HAN.search(needle):
        return True
    left, right = r"(?<![^\W_])", r"(?![^\W_])"
    if needle.isdigit():
        left, right = r"(?<![\w.])", r"(?!\w|\.\d)"
    return re.search(left + re.escape(needle) + right, text) is not None


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
            days.update(_days(frame[column], values))
            if not target or (target in FREE_COLUMNS and target not in meta.factors):
                words |= {w: str(column) for v in values for w in _sayings(v, allowed)}
    words = {w: c for w, c in words.items() if w not in common or not _apart(w, common)}
    return Identifying(frozenset(ids), frozenset(days), words)


def _days(column, values) -> Iterator[dt.date]:
    if pd.api.types.is_datetime64_any_dtype(column):
        yield from (day.date() for day in column.dropna().unique().astype("datetime64[us]").tolist() if day)
        return
    for value in values:
        for _, found, _ in found_dates(str(value)):
            yield from found


def _sayings(value, allowed) -> Iterator[str]:
    """A cell as what may be searched for: itself, a name in both orders, and runs of a long remark."""
    text = plain(str(value))
    if len(text) < (2 if HAN.search(text) else 3) or not LETTER.search(text) or folded(text) in allowed:
        return
    if is_code(text):
        return
    yield text
    words = text.replace(",", " ").split()
    if 2 <= len(words) <= 3 and all(w.isalpha() for w in words):
        yield " ".join(words)
        yield " ".join([*words[1:], words[0]])
        yield " ".join([words[-1], *words[:-1]])
        yield f"{words[-1]}, {' '.join(words[:-1])}"
    if len(words) > LONG:
        yield from (" ".join(words[i : i + LONG]) for i in range(len(words) - LONG + 1))
    han = "".join(HAN.findall(text))
    if len(han) > LONG_HAN and han in text:
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
        "是",
        "否",
        "有",
        "无",
        "未知",
        "不详",
    )
    return {folded(w) for w in said} | known_terms() | {folded(w) for w in usual}
