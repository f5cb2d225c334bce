"""The words of the field, compiled once: endpoints, statistics, factors, own and others' numbers (words.yml)."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..files.yamlfile import load_rules


@dataclass(frozen=True)
class Endpoint:
    """An endpoint that words declare: `kind` is time or share; `code` is its code in a registry, if it has one."""

    name: str
    kind: str
    code: str = ""


@cache
def rules() -> dict:
    """The whole table of words."""
    return load_rules(Path(__file__).with_name("words.yml"))


def alternation(words) -> str:
    """Words as one pattern, longest first, whole words; Chinese words have no borders."""
    return "|".join(_bordered(w) for w in sorted(words, key=len, reverse=True))


def _bordered(word):
    pattern = word if "(?<" in word else re.sub(r" (?![?)])(?![^\[]*\])", "[ -]+", word)
    left = r"(?<![A-Za-z])" if re.match(r"[A-Za-z(\[]", word) and not re.match(r"\(\?<", word) else ""
    if sum(map(str.isupper, word)) >= 2 and len(word) <= 9 and " " not in word:
        pattern = f"(?-i:{pattern})"  # OR, PR and OS in capitals alone: "or" is no odds ratio
    right = r"(?![A-Za-z])" if re.search(r"[A-Za-z)\]?]$", word) and not word.endswith(("*", "}")) else ""
    return f"{left}(?:{pattern}){right}" if not re.search("[\u4e00-\u9fff]", word) else f"(?:{word})"


@cache
def pattern(*keys) -> re.Pattern:
    """The words under a key (and a key below it) as one compiled pattern."""
    words = rules()
    for key in keys:
        words = words[key]
    return re.compile(alternation(words), re.I)


@cache
def named(key) -> tuple[tuple[str, re.Pattern], ...]:
    """Name and pattern of each entry of a table of words."""
    table = rules()[key]
    return tuple((name, re.compile(alternation(_words(entry)), re.I)) for name, entry in table.items())


@cache
def endpoints() -> dict[str, Endpoint]:
    """The declared endpoints by name."""
    return {n: Endpoint(n, e["kind"], e.get("code", "")) for n, e in rules()["endpoints"].items()}


def _words(entry):
    return entry["words"] if isinstance(entry, dict) else entry
