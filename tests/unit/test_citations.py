"""Whatever is cited stands in docs/citations.md with its reference, what it is cited for and how that was checked."""

import re
from functools import lru_cache

import pytest

from papercheck.audit.engine import CHECKS
from rechallenge.cohort.check.rules import RULES
from tests.conftest import project

NAME = r"(?:(?:[Dd]e|[Vv]an|[Vv]on) )?\b[A-ZÅØÖÄÜ][\w'\-]+"
YEAR = r"(?:1[89]|20)\d\d\b"
SEVERAL = re.compile(rf"({NAME}(?:,\s+{NAME})*,?\s+and\s+{NAME}|{NAME}\s+et\s+al\.)\s+({YEAR})$")
ALONE = re.compile(rf"({NAME})\s+({YEAR})$")
IN_BRACKETS = re.compile(rf"\(({NAME})\s+({YEAR})$")
SOURCES = re.compile(r'Sources?:\s(.*?)(?:"""|\n\s*\n)', re.S)
A_YEAR = re.compile(rf"(?<=\s){YEAR}")
DATED = re.compile(r"(?:January|February|March|April|May|June|July|August|September|October|November|December) \d{4}")
CHECKED = {"text", "abstract", "catalogue", "not looked up"}


def lines() -> list[list[str]]:
    """The cells of each line of the tables: cited as, reference, cited for, checked."""
    page = (project() / "docs" / "citations.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in page.splitlines() if line.startswith("| ")
    ]
    return [row for row in rows if row[0] != "cited as"]


def keys() -> list[str]:
    return [key for row in lines() for key in row[0].split("; ")]


def cited_in(text: str, sources: bool) -> set[str]:
    """Citations of a text: several names and a year, one name
    and a year in brackets, any name and a year if `sources`.
    """
    found, last = [], 0
    for year in A_YEAR.finditer(text):
        part, last = text[max(last, year.end() - 100) : year.end()], year.end()
        found.append(SEVERAL.search(part) or (ALONE if sources else IN_BRACKETS).search(part))
    return {c for m in found if m and not DATED.fullmatch(c := re.sub(r"\s+", " ", f"{m[1]} {m[2]}"))}


@lru_cache
def code() -> dict[str, str]:
    """{path: text} of lib, with strings that go on in the next line joined."""
    files = [p for kind in ("py", "yml") for p in sorted((project() / "lib").rglob(f"*.{kind}"))]
    return {str(p.relative_to(project())): re.sub(r'"\s*\n\s*f?"', "", p.read_text(encoding="utf-8")) for p in files}


@lru_cache
def cited() -> dict[str, set[str]]:
    """{citation: where} of docstrings, comments, texts, declared tables, checks of the audit and rules of the door."""
    found = {}
    for path, text in code().items():
        named = (
            SOURCES.findall(text) if path.endswith(".py") else re.findall(r"^\s*(?:citation|source): (.*)", text, re.M)
        )
        for citation in cited_in(text, sources=False).union(*(cited_in(s, sources=True) for s in named)):
            found.setdefault(citation, set()).add(path)
    for source in [c.source for c in CHECKS] + [r.reason for r in RULES]:
        for citation in cited_in(source or "", sources=True):
            found.setdefault(citation, set()).add("a check")
    return found


@pytest.mark.slow
def test_whatever_is_cited_stands_in_the_list():
    known = set(keys())
    assert {c: sorted(where) for c, where in cited().items() if c not in known} == {}


def test_a_citation_without_a_line_is_found():
    docstring = 'Source: Nobody and Noone 1999; Someone 2001.\n"""'
    assert cited_in(SOURCES.findall(docstring)[0], sources=True) == {"Nobody and Noone 1999", "Someone 2001"}
    assert cited_in("as they say (Someone 2001), in March 2024", sources=False) == {"Someone 2001"}
    assert cited_in("12 of December 2012", sources=True) == set()


def test_every_doi_that_a_declared_table_cites_without_a_name_stands_in_the_list():
    listed = " ".join(row[1] for row in lines())
    tables = [
        line for path, text in code().items() if path.endswith(".yml") for line in re.findall(r"citation: (.*)", text)
    ]
    named = [
        doi for line in tables if not cited_in(line, sources=True) for doi in re.findall(r"10\.\d{4,}/[^\s\",;]+", line)
    ]
    assert len(named) > 10
    assert [doi for doi in named if doi not in listed] == []


def test_every_line_is_cited_somewhere_and_says_how_it_was_checked():
    files = [*(project() / "docs").glob("*.md"), *(project() / "data").glob("*/cohort.yml")]
    texts = [*code().values(), *(p.read_text(encoding="utf-8") for p in files if p.name != "citations.md")]
    assert [key for key in keys() if key not in cited() and not any(key in text for text in texts)] == []
    assert len(keys()) == len(set(keys()))
    for row in lines():
        assert len(row) == 4 and row[2] and row[3].rstrip(" |") in CHECKED, row


def test_methods_that_were_taken_for_one_another_are_cited_apart():
    methods = (project() / "docs" / "methods.md").read_text(encoding="utf-8")
    assert "Borgan and Liestøl 1990 (log-log), Brookmeyer and Crowley 1982 (plain)" in methods
    assert "Lin and Wei 1989; of clusters: Lee, Wei and Amato 1992" in methods
