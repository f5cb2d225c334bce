"""The data dictionary as objects: tables, columns, levels."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from .yamlfile import load_rules

TYPES = ("text", "number", "integer", "date", "coded", "flag")


@dataclass(frozen=True)
class Column:
    """One column of a table. `levels` maps code to label in display order; `feeds` marks a one-row-per-subject
    shortcut; `per` is the step of a numeric factor's hazard ratio."""

    name: str
    table: str
    label: str
    type: str = "text"
    unit: str = ""
    levels: Mapping[str, str] = field(default_factory=dict)
    reference: str = ""
    required: bool = False
    range: tuple = ()
    help: str = ""
    factor: bool = False
    per: float = 1
    feeds: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TableSpec:
    """One table: what a row is, which columns identify it, and its columns by name."""

    name: str
    label: str
    row: str
    key: tuple
    columns: Mapping[str, Column]


@cache
def _raw():
    return load_rules(Path(__file__).with_name("dictionary.yml"))


@cache
def load_dictionary() -> Mapping[str, TableSpec]:
    """The tables by name, in report order."""
    raw = _raw()
    shared = raw["levels"]
    tables = {}
    for name, spec in raw.items():
        if name in ("levels", "words"):
            continue
        columns = {}
        for column, entry in spec["columns"].items():
            levels = entry.get("levels", {})
            levels = shared[levels] if isinstance(levels, str) else levels
            rest = {k: v for k, v in entry.items() if k not in ("levels", "range", "zh")}
            columns[column] = Column(
                name=column, table=name, levels=dict(levels), range=tuple(entry.get("range", ())), **rest
            )
        tables[name] = TableSpec(name, spec["label"], spec["row"], tuple(spec["key"]), columns)
    return tables


@cache
def dictionary_words(language) -> Mapping[str, str]:
    """{English label: label} of every table, column, level and unit in `language`, such as zh."""
    raw = _raw()
    words = dict(raw["words"][language])
    for name, spec in raw.items():
        if name == "levels":
            for code, levels in spec.items():
                if code in spec[language]:
                    words |= {levels[k]: said for k, said in spec[language][code].items()}
        elif name != "words":
            words[spec["label"]] = spec[language]["label"]
            for entry in spec["columns"].values():
                said = entry.get(language, {})
                words[entry["label"]] = said.get("label", entry["label"])
                words |= {entry["levels"][k]: v for k, v in said.get("levels", {}).items()}
    return words


def phase_labels() -> Mapping[str, str]:
    """APHASE code to label."""
    return load_dictionary()["adex"].columns["APHASE"].levels


def dictionary_markdown() -> str:
    """data/README.md: the dictionary for people."""
    lines = [
        "# Data",
        "",
        "One folder a cohort: `cohort.yml` (facts about the cohort) and its tables, as `<table>.csv` or as sheets of",
        "`cohort.xlsx`. `rechallenge new NAME` writes an empty one. Only `adsl` is required; every further table or column",
        "opens a further part of the report. Dates are written 2024-03-05 (or as Excel dates). An empty cell means unknown.",
        "",
        "The numbers that a paper prints stand in `published.yml` of its folder, with or without a cohort beside it;",
        "`rechallenge new NAME --published` writes one to fill in. What papers print about studies that they cite stands in",
        "`cited-studies.yml`.",
        "",
        "This page is made from `lib/rechallenge/intake/dictionary.yml`.",
    ]
    for table in load_dictionary().values():
        lines += ["", f"## `{table.name}`: {table.label}", "", f"One row for each {table.row}.", ""]
        lines += ["| column | meaning | type | levels or range | required |", "|---|---|---|---|---|"]
        for c in table.columns.values():
            meaning = f"{c.label}{f' ({c.unit})' if c.unit else ''}{'. ' + c.help if c.help else ''}"
            lines.append(f"| `{c.name}` | {meaning} | {c.type} | {allowed_text(c)} | {'yes' if c.required else ''} |")
    return "\n".join(lines) + "\n"


def allowed_text(column: Column) -> str:
    """The allowed values of a column in one line."""
    if column.levels:
        return ", ".join(k if k == v else f"{k} = {v}" for k, v in column.levels.items())
    return f"{column.range[0]} to {column.range[1]}" if column.range else ""
