"""Rows of patients in a finished folder, where the profile is to hold none: by pseudonym, and by what columns hold."""

import csv
import io
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import unescape

from papercheck.files.findings import NotAvailable
from papercheck.vocabulary.endpoints import endpoint_rules

from ..cohort.cohort import Cohort
from ..derive.endpoints import derive_endpoints
from ..text.days import days_of

PLACES = [  # (table, row, cell) of pages, of Word and of Excel
    tuple(re.compile(rf"<{tag}(?:\s[^>]*)?>(.*?)</{tag}>", re.DOTALL) for tag in tags)
    for tags in (("table", "tr", "t[hd]"), ("w:tbl", "w:tr", "w:tc"), ("sheetData", "row", "c"))
]
BETWEEN = re.compile(r"\n[^\S\n]*\n")  # tables in plain text
APART = re.compile(r"\s{2,}|\t|\s*[,;|]\s*")  # cells of a table in plain text
NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?")  # 02 is the number of a section
WORD = re.compile(r"[A-Z]{1,2}\d{2,}")
ROWS = "rows of patients"
FEWEST = 5  # different numbers that are no chance
MOST = 0.8  # of the patients' values in a column, or of a column's exact numbers among those of the patients
HALF = 0.5  # of a column of whole numbers that are those of patients: a list with numbers has some of them by chance
EXACT = 2  # decimals of a number that tells one patient from the others


@dataclass(frozen=True)
class PatientRows:
    """What the patients of a cohort have. names : their pseudonyms; held : {variable: its value in each row}."""

    names: frozenset[str]
    held: Mapping[str, Sequence[float]]

    def hits(self, text: str, name: str) -> Iterator[tuple[str, str]]:
        """(what it is, as it is written) of each place of a text that tells of one patient. name : of its file."""
        for word in dict.fromkeys(WORD.findall(text)):
            if word in self.names and re.search(rf"(?<![\w#.]){word}(?!\w|\.\w)", text):
                yield "a patient by pseudonym", word
        for column in _columns(text, name):
            if (variable := self._variable(column)) is not None:
                yield f"{ROWS} ({variable})", ", ".join(column[:3])

    def _variable(self, column) -> str | None:
        """The variable whose values a column of numbers holds."""
        if len(set(column)) < FEWEST:
            return None
        places = Counter(len(c.partition(".")[2]) for c in column).most_common(1)[0][0]
        found = Counter(round(float(c), places) for c in column)
        for variable, known in self._rounded(places).items():
            same = (found & known).total()
            exact = places >= EXACT and sum(n for v, n in found.items() if v in known) >= MOST * len(column)
            most = same >= MOST * known.total() and (places or same >= HALF * len(column))
            if same >= FEWEST and (most or exact):
                return variable
        return None

    def _rounded(self, places) -> Mapping[str, Counter]:
        if places not in self._kept:
            self._kept[places] = {v: Counter(round(x, places) for x in xs) for v, xs in self.held.items()}
        return self._kept[places]

    @cached_property
    def _kept(self) -> dict[int, Mapping[str, Counter]]:
        return {}


def patient_rows(cohort: Cohort) -> PatientRows:
    """What the patients of a cohort have: every column of numbers and days, and the times of every endpoint."""
    held = {}
    for table, frame in cohort.tables.items():
        numbers = days_of(frame).select_dtypes("number")
        held |= {f"{table}.{column}": numbers[column].dropna().astype(float).tolist() for column in numbers}
    for unit in ("days", "months"):
        for code in endpoint_rules():
            try:
                held[f"{code}, {unit}"] = derive_endpoints(cohort, [code], unit).rows["AVAL"].tolist()
            except NotAvailable:
                continue
    several = {variable: values for variable, values in held.items() if len(set(values)) >= FEWEST}
    return PatientRows(frozenset(cohort.tables["adsl"]["USUBJID"].astype(str)), several)


def _columns(text, name) -> Iterator[list[str]]:
    """The columns of numbers of every table that a text holds, each as its numbers are written."""
    for rows in _tables(text, name):
        for j in range(max(map(len, rows), default=0)):
            cells = [m[0] for row in rows if j < len(row) and (m := NUMBER.fullmatch(row[j].strip()))]
            if len(cells) >= FEWEST:
                yield cells


def _tables(text, name) -> Iterator[list[list[str]]]:
    """The rows of cells of every table: of pages, Word, Excel, JSON, CSV, and of plain text."""
    if "results.csv" in name:
        yield from _ledger(text)
    elif name.endswith(".csv"):
        yield list(csv.reader(io.StringIO(text)))
    elif "<" in text:
        for table, row, cell in PLACES:
            for body in table.findall(text):
                yield [[_bare(c) for c in cell.findall(r)] for r in row.findall(body)]
    elif text.lstrip()[:1] in ("[", "{"):
        yield from _of_json(text)
    else:
        for table in BETWEEN.split(text):
            yield [APART.split(line.strip()) for line in table.splitlines()]


def _bare(cell) -> str:
    return unescape(re.sub(r"<[^>]*>", "", cell)).strip()


def _ledger(text) -> Iterator[list[list[str]]]:
    """The values of the ledger: a table for each statistic of a quantity."""
    parts = defaultdict(list)
    for row in csv.DictReader(io.StringIO(text)):
        parts[row.get("quantity"), row.get("statistic")].append([str(row.get("value"))])
    yield from parts.values()


def _of_json(text) -> Iterator[list[list[str]]]:
    """Every list of a JSON text: of lists or records as rows, of values as one column."""
    try:
        waiting = [json.loads(text)]
    except (ValueError, RecursionError):
        return
    while waiting:
        value = waiting.pop()
        inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
        waiting += [v for v in inner if isinstance(v, dict | list)]
        if isinstance(value, list):
            rows = [list(v.values()) if isinstance(v, dict) else v if isinstance(v, list) else [v] for v in value]
            yield [[str(cell) for cell in row] for row in rows]
