"""The data dictionary as objects: tables, columns, levels."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from ..files.yamlfile import load_rules

TYPES = ("text", "number", "integer", "date", "coded", "flag")


@dataclass(frozen=True)
class Column:
    """One column of a table. `levels` maps code to label in display order; `feeds` marks a one-row-per-subject
    shortcut; `per` is the step of a numeric factor's hazard ratio. Of a factor that arises later: `date` or `time` name
    the column that says when (a time counts from the start of the course `since`), `after_baseline` that it does."""

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
    importance: int = 0  # of a factor, from 1: which stays where a table has room for some only; 0 for none
    per: float = 1
    step_said: bool = False  # whether `per` is declared, or 1 for want of it
    feeds: Mapping[str, str] = field(default_factory=dict)
    date: str = ""
    time: str = ""
    since: str = ""
    after_baseline: bool = False
    codes: Mapping[str, str] = field(
        default_factory=dict
    )  # what the standard or its users write, in capitals: to what it is here
    not_known: Mapping[str, str] = field(default_factory=dict)  # code: label of a state in which the value is not known
    lenient: bool = False  # whether a word that is no level is a warning, and not recorded, in place of an error


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
            rest |= {"step_said": True} if "per" in entry else {}
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
                for kind in ("levels", "not_known"):
                    words |= {entry[kind][k]: v for k, v in said.get(kind, {}).items()}
    return words


def phase_labels() -> Mapping[str, str]:
    """APHASE code to label."""
    return load_dictionary()["adex"].columns["APHASE"].levels


def allowed_text(column: Column) -> str:
    """The allowed values of a column in one line."""
    if column.levels:
        allowed = column.levels | column.not_known
        return ", ".join(k if k == v else f"{k} = {v}" for k, v in allowed.items())
    return f"{column.range[0]} to {column.range[1]}" if column.range else ""
