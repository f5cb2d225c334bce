"""The language of a report: the words of languages/<code>.yml, and what the displays say, found again and said in it.

Displays are written in English; a title, head, cell or label that stands in en.yml (or in the data dictionary, with `zh`) is
said in the language of the report, anything else stays as it is. Numbers and the ledger are the same in every language.
"""

import re
from functools import cache
from pathlib import Path

from papercheck.files.findings import did_you_mean, request_error
from papercheck.files.yamlfile import load_rules
from papercheck.vocabulary.dictionary import dictionary_words
from papercheck.vocabulary.endpoints import endpoint_rules
from papercheck.vocabulary.facts import LANGUAGES

from ..context import current

# Holes for a number, not for any text.
ONE_WORD = frozenset(["n", "m", "k", "value", "events", "count", "share", "gmi", "time", "unit"])
SHORT = 12  # letters of its own up to which a pattern needs every part translated
PROSE = re.compile("[a-z]{2}")
HOLE = re.compile(r"\{(\w+)\}")
NO_CHINESE_FONT = "The labels of this figure stay in English: no font of this machine has Chinese characters."


def language() -> str:
    """The language of the run."""
    return current().language


def checked_language(code) -> str:
    """`code` if there are words for it. Raises CohortError otherwise."""
    if code not in LANGUAGES:
        raise request_error(f"no language {code}", did_you_mean(code, LANGUAGES), code)
    return code


@cache
def words(code, group) -> dict:
    """A group of languages/<code>.yml: report, answer, headings or displays."""
    return load_rules(Path(__file__).parent / "languages" / f"{code}.yml")[group]


def say(text) -> str:
    """A text of a display in the language of this process; unchanged where its words are not known."""
    return text if language() == LANGUAGES[0] else _said(text, language())


@cache
def _said(text, code):
    known, patterns = _catalogue(code)
    if text in known:
        return known[text]
    if not re.search("[A-Za-z]{2}", text):
        return text
    for pattern, target, short in patterns:
        if found := pattern.fullmatch(text):
            parts = found.groupdict()
            said = {name: _said(part, code) for name, part in parts.items()}
            if short and any(said[name] == part and PROSE.search(part) for name, part in parts.items()):
                continue  # "by" alone does not make a sentence: it stays whole in English
            return target.format(**said)
    if core := re.fullmatch(r"(.*?)((?:[ \u00a0][†‡*])+|:)", text):  # a mark behind a label
        return _said(core[1], code) + core[2]
    label, colon, rest = text.partition(": ")
    return f"{known[label]}: {_said(rest, code)}" if colon and label in known else text


@cache
def _catalogue(code):
    """{English text: text}, and the patterns with holes, those with the most words of their own first."""
    endpoints = {rule["label"]: rule[code]["label"] for rule in endpoint_rules().values()}
    known = endpoints | {label.lower(): said for label, said in endpoints.items()} | dictionary_words(code)
    patterns = []
    for group in ("headings", "displays"):
        for key, english in words("en", group).items():
            target = words(code, group)[key]
            if HOLE.search(english):
                patterns.append((len(HOLE.sub("", english)), _pattern(english), target))
            else:
                known[english] = target
    return known, [(p, t, own <= SHORT) for own, p, t in sorted(patterns, key=lambda entry: -entry[0])]


def _pattern(english):
    parts = HOLE.split(english)  # literal, name, literal, ...
    holes = {p: r"[^\s:;]+?" if p in ONE_WORD else ".+?" for p in parts[1::2]}
    return re.compile("".join(f"(?P<{p}>{holes[p]})" if i % 2 else re.escape(p) for i, p in enumerate(parts)))


def say_figure(figure):
    """Put the texts of a matplotlib figure into the language of this process, ticks too."""
    from matplotlib.text import Text
    from matplotlib.ticker import FixedLocator

    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            if isinstance(axis.get_major_locator(), FixedLocator):
                labels = [label.get_text() for label in axis.get_ticklabels()]
                said = [_said_lines(text) for text in labels]
                if said != labels:
                    axis.set_ticklabels(said)
    for artist in figure.findobj(Text):
        artist.set_text(_said_lines(artist.get_text()))


def _said_lines(text):
    """A label as one line if its words are known together, else line by line."""
    whole = text.replace("-\n", "-").replace("\n", " ")
    said = say(whole)
    return said if said != whole else "\n".join(say(line) for line in text.split("\n"))
