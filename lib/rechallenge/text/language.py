"""What the workbook says, in the language of the run: a template and its values become a sentence, forward, in one
step.

Templates are the English words in the code, `say("Median {endpoint}", endpoint=...)`; their translations stand in
`locale/<code>/*.po` (gettext). Labels of columns, levels and endpoints bring theirs in the data
dictionary. A text is never read back; numbers and the ledger are the same in every language.
"""

import gettext
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path

from papercheck.files.findings import did_you_mean, request_error
from papercheck.files.yamlfile import load_rules
from papercheck.vocabulary.dictionary import dictionary_words
from papercheck.vocabulary.endpoints import course_times, endpoint_rules
from papercheck.vocabulary.facts import LANGUAGES

from ..context import current, running

HERE = Path(__file__).parent
CHINESE = "\u4e00-\u9fff"
SPACES = {
    "zh": (
        (re.compile(f"(?<=[{CHINESE}、，；：。（）]) (?=[{CHINESE}])"), ""),
        (re.compile("(?<=[、，；：。）]) "), ""),
        (re.compile(f"(?<=[{CHINESE}])(?=[A-Za-z0-9])"), " "),
        (re.compile(f"(?<=[A-Za-z0-9])(?=[{CHINESE}])"), " "),
    )
}
NUMBERED, UNCODED, MOST_NUMBERED = "level {n}", "Event {n} (name held back)", 999
# A unit without a number before it has no counter word.
AFTER_BRACKET = {"zh": (("（个月", "（月"), ("(个月", "(月"), ("，个月", "，月"))}


class Said(str):
    """A text in the language of the run that remembers its message: `id` is the template, `values` fill its holes."""

    __slots__ = ("id", "values")

    def __new__(cls, text: str, message: str, values: dict | None = None) -> "Said":
        said = super().__new__(cls, text)
        said.id, said.values = message, values or {}
        return said

    def __reduce__(self):
        return Said, (str(self), self.id, self.values)


class AsWritten(str):
    """What fills a hole as it stands: a name of a file, a text that is said already. It keeps its own blanks."""

    __slots__ = ()


def language() -> str:
    """The language of the run: a code of LANGUAGES."""
    return current().language


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Say everything within the block in this language. Raises CohortError for one without words."""
    with running(replace(current(), language=checked_language(code))):
        yield


def checked_language(code: str) -> str:
    """`code` if there are words for it. Raises CohortError otherwise."""
    if code not in LANGUAGES:
        raise request_error(f"no language {code}", did_you_mean(code, LANGUAGES), code)
    return code


@cache
def words(code: str, group: str) -> dict:
    """A group of languages/<code>.yml: the words of the page around the sections."""
    return load_rules(HERE / "languages" / f"{code}.yml")[group]


def say(template: str, /, **values) -> Said:
    """The message in the language of the run, its holes filled; a template without a translation stays English.

    Values that are messages or known labels are said in the language too; numbers come formatted.
    """
    if isinstance(template, Said) and not values:
        return template
    return in_language(template, language(), **values)


def in_language(template: str, code: str, /, **values) -> Said:
    """`say` for a language by name."""
    text = translated(template, code)
    if values:
        kept = [v for v in values.values() if isinstance(v, AsWritten) and v] if code in SPACES else []
        marks = {v: v[0] + chr(0xE000 + i) + v[-1] for i, v in enumerate(dict.fromkeys(kept))}
        text = text.format(**{name: marks.get(v) or _value(v, code) for name, v in values.items()})
        for counted, alone in AFTER_BRACKET.get(code, ()):
            text = text.replace(counted, alone)
        text = spaced(text, code)
        for written, mark in marks.items():
            text = text.replace(mark, written)
    return Said(text, template, values)


def spaced(text: str, code: str) -> str:
    """A text of several parts with the spaces of its language: in Chinese one between Chinese and Latin characters or
    digits, none between two Chinese characters or behind full-width punctuation."""
    for pattern, kept in SPACES.get(code, ()):
        text = pattern.sub(kept, text)
    return text


def _value(value, code):
    if isinstance(value, Said):
        return value if code == language() else in_language(value.id, code, **value.values)
    return translated(value, code) if isinstance(value, str) and not isinstance(value, AsWritten) else value


def translated(text: str, code: str) -> str:
    """The translation of a whole message or label, or the text itself."""
    if code == LANGUAGES[0] or not text:
        return text
    said = _catalogue(code).gettext(text)
    return said if said != text else _labels(code).get(text, text)


@cache
def _labels(code) -> dict[str, str]:
    """{label: label in the language} of the data dictionary and the endpoints."""
    endpoints = {rule["label"]: rule[code]["label"] for rule in (endpoint_rules() | course_times()).values()}
    small = {label[:1].lower() + label[1:]: said for label, said in endpoints.items()}
    return endpoints | small | dict(dictionary_words(code)) | _numbered(code)


def numbered(place: int) -> str:
    """The name of a level that a profile does not let be told: the label is known in every language."""
    return NUMBERED.format(n=place)


def uncoded(place: int, width: int = 1) -> str:
    """The name of an adverse event that a profile does not let be told, with leading zeros: known in every language."""
    return UNCODED.format(n=f"{place:0{width}d}")


def _numbered(code) -> dict[str, str]:
    level, term = (_catalogue(code).gettext(template) for template in (NUMBERED, UNCODED))
    places = range(1, MOST_NUMBERED + 1)
    levels = {numbered(n): spaced(level.format(n=n), code) for n in places}
    return levels | {
        uncoded(n, width): spaced(term.format(n=f"{n:0{width}d}"), code) for width in (1, 2, 3) for n in places
    }


@cache
def _catalogue(code) -> gettext.NullTranslations:
    """The messages of every locale/<code>/*.po."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    whole, compiled = None, BytesIO()
    for path in sorted((HERE / "locale" / code).glob("*.po")):
        with open(path, encoding="utf-8") as file:
            part = read_po(file, locale=code)
        whole = part if whole is None else whole
        for message in part if whole is not part else ():
            whole[message.id] = message
    write_mo(compiled, whole)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
