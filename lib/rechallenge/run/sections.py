"""The sections of a report are the numbered notebooks; their parameters are read from their parameter cells."""

import ast
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from papercheck.files.findings import CohortError, did_you_mean, request_error
from papercheck.files.project import PROJECT

TYPE_WORDS = {"str": "text", "int": "whole number", "float": "number", "bool": "yes or no", "list": "list"}
TYPES = {"str": str, "int": int, "float": float, "bool": bool, "list": list}
CHOICES = re.compile(r"one of: ([^;]+)")


@dataclass(frozen=True)
class Parameter:
    """One line of a parameter cell: `name: type = default  # help`."""

    name: str
    type: str
    default: object
    help: str

    @property
    def choices(self) -> list[str]:
        """The values that the comment allows ('one of: a | b; more words'), or none for any."""
        found = CHOICES.search(self.help)
        return [c.strip() for c in found.group(1).split("|")] if found else []


@dataclass(frozen=True)
class Section:
    """A numbered notebook: '05_progression_free_survival'."""

    name: str
    path: Path
    parameters: dict[str, Parameter]

    @property
    def number(self) -> str:
        return self.name[:2]

    @property
    def needs_patients(self) -> bool:
        """Whether the notebook loads the cohort; one that does not runs for a study without patients too."""
        return "load_cohort(" in self.path.read_text(encoding="utf-8")


def find_sections(only=()) -> list[Section]:
    """The sections in report order; `only` names some by number or name. Raises CohortError for an unknown one."""
    paths = sorted((PROJECT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    names = [p.stem for p in paths]
    for wanted in only:
        if not any(wanted in (n, n[:2], str(int(n[:2]))) for n in names):
            raise request_error(f"no section {wanted}", did_you_mean(wanted, names), wanted)
    chosen = [p for p in paths if not only or any(w in (p.stem, p.stem[:2], str(int(p.stem[:2]))) for w in only)]
    return [Section(p.stem, p, _parameters(p)) for p in chosen]


def _parameters(path):
    # jsonschema builds a grammar for addresses at import (0.8 s) if this package is there; notebooks need none.
    sys.modules.setdefault("rfc3987_syntax", None)
    from papermill import inspect_notebook

    found = {}
    for name, entry in inspect_notebook(str(path)).items():
        found[name] = Parameter(name, entry["inferred_type_name"], ast.literal_eval(entry["default"]), entry["help"])
    return found


def parse_parameters(pairs, sections) -> dict:
    """`name=value` texts as typed values. Raises CohortError for every unknown name, wrong type and unknown choice."""
    known = {n: p for s in sections for n, p in s.parameters.items() if n != "cohort"}
    values, faults = {}, []
    for pair in pairs:
        name, equals, text = pair.partition("=")
        name = name.strip()
        try:
            if not equals:
                raise request_error(f"parameter {pair}", "Write it as name=value.", pair)
            if name in values:
                raise request_error(f"the parameter {name} is given twice", "Give it once.", pair)
            if name not in known:
                raise request_error(f"no notebook declares the parameter {name}", did_you_mean(name, known), name)
            values[name] = _typed(known[name], text.strip())
        except CohortError as error:
            faults += error.findings
    if faults:
        raise CohortError(faults)
    return values


def _typed(parameter, text):
    kind = TYPES[parameter.type]
    if kind is str:
        value = text
    elif kind is bool and text.lower() in ("true", "yes", "1", "false", "no", "0"):
        value = text.lower() in ("true", "yes", "1")
    elif kind is list and not text.startswith("["):
        value = [_literal(part.strip()) for part in text.split(",") if part.strip()]
    else:
        value = _literal(text)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    example = f"For example {parameter.name}={_written(parameter.default)}."
    wrong = kind is not str and (not isinstance(value, kind) or (kind in (int, float) and not _from_zero(value)))
    if wrong:
        raise request_error(f"{parameter.name} is a {TYPE_WORDS[parameter.type]}", example, text or "empty")
    if kind is list:
        if parameter.default and all(map(_from_zero, parameter.default)):
            if not value or not all(map(_from_zero, value)):
                raise request_error(f"{parameter.name} is a list of numbers from 0", example, text or "empty")
        else:
            value = [str(v) for v in value]
        if len(set(value)) < len(value):
            raise request_error(f"{parameter.name} names something twice", "Name it once.", text)
    if parameter.choices and value not in parameter.choices:
        raise request_error(
            f"{parameter.name} cannot be {text or 'empty'}", did_you_mean(text, parameter.choices), text
        )
    return value


def _from_zero(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 10_000


def _written(value) -> str:
    """A value as a person types it behind name=."""
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _literal(text):
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return text
