"""Adverse events as coded terms: what is none of the known
terms is a remark of a person, and leaves as a number only.
"""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pandas as pd

from papercheck.vocabulary.dictionary import dictionary_words
from papercheck.vocabulary.facts import LANGUAGES

from ...text.language import uncoded

BRITISH = (("ae", "e"), ("oe", "e"))
APART = re.compile(r"[\s,;/()\-]+")


def folded(term: str) -> str:
    """A term without what spelling leaves open: case, blanks, hyphens, and the British ae and oe."""
    text = APART.sub(" ", str(term).casefold()).strip()
    for long, short in BRITISH:
        text = text.replace(long, short)
    return text


@cache
def known_terms() -> frozenset[str]:
    """The folded terms of terms.txt and of the data dictionary, in every language."""
    lines = Path(__file__).with_name("terms.txt").read_text(encoding="utf-8").splitlines()
    words = [w for code in LANGUAGES[1:] for pair in dictionary_words(code).items() for w in pair]
    return frozenset(folded(line) for line in [*lines, *words] if line and not line.startswith("#"))


def coded(terms: pd.Series, declared: Iterable[str] = ()) -> pd.Series:
    """The terms, each that is none as `Event 1 (name held back)`, `2`, ... in the order of how often they stand.

    declared : words that cohort.yml gives as the meaning of what is written. Terms that differ only in case or blanks
    get one number, so that no count changes.
    """
    allowed = known_terms() | {folded(word) for word in declared}
    one = terms.dropna().astype(str).map(lambda term: " ".join(term.split()).casefold())
    counts = one.value_counts()
    free = sorted((t for t in counts.index if folded(t) not in allowed), key=lambda t: (-counts[t], t))
    width = len(str(len(free)))
    named = {term: uncoded(i, width) for i, term in enumerate(free, 1)}
    return one.map(named).fillna(terms)
