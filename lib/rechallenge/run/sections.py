"""The sections of a report are the numbered notebooks; their parameters are read from their parameter cells."""

import ast
import io
import json
import re
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from papercheck.files.findings import CohortError, Finding, did_you_mean, request_error, shown
from papercheck.files.memory import file_state
from papercheck.files.project import START, current_project, numbered

TYPE_WORDS = {"str": "text", "int": "whole number", "float": "number", "bool": "yes or no", "list": "list"}
TYPES = {"str": str, "int": int, "float": float, "bool": bool, "list": list}
MONTHS = [6, 12]  # an example of a list of months that is empty unless given
CHOICES = re.compile(r"one of: ([^;]+)")
SETTINGS = "rechallenge"  # the key of a notebook's own metadata that is ours: {"patients": false}
CELL = 'Give one code cell the tag "parameters" (in JupyterLab: Property Inspector, Cell Tags).'


@dataclass(frozen=True)
class Parameter:
    """One line of a parameter cell: `name: type = default  # help`."""

    name: str
    type: str
    default: object
    help: str

    @property
    def numbers(self) -> bool:
        """Whether a list is one of numbers from 0: its default says so, or its comment begins with their unit."""
        return all(map(_from_zero, self.default)) if self.default else self.help.startswith("months ")

    @property
    def choices(self) -> list[str]:
        """The values that the comment allows ('one of: a | b; more words'), or none for any."""
        found = CHOICES.search(self.help)
        return [c.strip() for c in found.group(1).split("|")] if found else []


@dataclass(frozen=True)
class Section:
    """A numbered notebook: '05_progression_free_survival'. needs_patients : whether it makes sense for a study of
    printed numbers alone; a notebook that does says so in its metadata: "rechallenge": {"patients": false}. asks : what
    a cohort must declare for the section to be run without being named ("rechallenge": {"asks": "moments"}); '' for
    none. courses : of the cohorts that it is for ("rechallenge": {"courses": ["rechallenge"]}); () for all. hidden :
    {parameter: courses of the cohorts that are told of it}."""

    name: str
    path: Path
    parameters: dict[str, Parameter]
    needs_patients: bool = True
    asks: str = ""
    courses: tuple[str, ...] = ()
    hidden: Mapping[str, tuple] = field(default_factory=dict)
    cells: tuple[str, ...] = field(default=(), repr=False)

    @property
    def number(self) -> str:
        return self.name[:2]

    def code(self) -> tuple[str, ...]:
        """The source of each code cell."""
        return self.cells


def find_sections(only=()) -> list[Section]:
    """The sections of the project in report order; `only` names some by number or name.

    Raises CohortError for an unknown one, and with everything that is wrong with a notebook: not a notebook, no
    parameter cell, a number or name that two have, code that is no Python. There is always at least one.
    """
    paths = numbered(current_project().notebooks.parent)
    if not paths:
        raise request_error(f"{current_project().notebooks} holds no numbered notebook (01_name.ipynb)", START)
    names = [p.stem for p in paths]
    for wanted in only:
        if not any(wanted in (n, n[3:], n[:2], str(int(n[:2]))) for n in names):
            raise request_error(f"no section {wanted}", did_you_mean(wanted, names), wanted)
    chosen = [
        p for p in paths if not only or any(w in (p.stem, p.stem[3:], p.stem[:2], str(int(p.stem[:2]))) for w in only)
    ]
    sections, faults = [], _doubles(paths)
    for path in chosen:
        try:
            sections.append(read_notebook(path))
        except CohortError as error:
            faults += error.findings
    if faults:
        raise CohortError(faults)
    return sections


def _doubles(paths) -> list[Finding]:
    """A number or a name that two notebooks have: a reference to it would be ambiguous."""
    faults, seen = [], {}
    for path in paths:
        for kind, key in (("number", path.stem[:2]), ("name", path.stem[3:])):
            other = seen.setdefault((kind, key), path.name)
            if other != path.name:
                rule = f"the {kind} {key} is also that of {other}"
                faults.append(Finding(f"notebooks/{path.name}", rule, "Rename one of the two files.", value=key))
    return faults


def read_notebook(path: Path) -> Section:
    """A notebook as a section; read again when its file changes. Raises CohortError with all that is wrong with it."""
    return _read(path, file_state(path))


@lru_cache(maxsize=256)
def _read(path, _):
    """The section; _ : the state of the file, by which a changed one is another."""
    file = f"notebooks/{path.name}"
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cells = [c for c in notebook["cells"] if c["cell_type"] == "code"]
        sources = tuple("".join(c["source"]) for c in cells)
        own = notebook.get("metadata", {}).get(SETTINGS, {})
        tagged = [i for i, c in enumerate(cells) if "parameters" in c.get("metadata", {}).get("tags", [])]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        action = "Open it in JupyterLab and save it again, or take it out of the folder."
        raise CohortError([Finding(file, "this is not a Jupyter notebook", action)]) from None
    faults = [f for i, source in enumerate(sources, 1) for f in _syntax(file, i, source)]
    if len(tagged) != 1:
        rule = f"{len(tagged)} cells have the tag `parameters`" if tagged else "no cell has the tag `parameters`"
        faults.append(Finding(file, rule, CELL))
    if faults:
        raise CohortError(faults)
    parameters = _parameters(file, sources[tagged[0]])
    return Section(
        path.stem,
        path,
        parameters,
        own.get("patients", True) is not False,
        str(own.get("asks", "")),
        tuple(own.get("courses", ())),
        dict(own.get("parameters", {})),
        sources,
    )


def _syntax(file, number, source) -> list[Finding]:
    """The fault of a code cell that is neither Python nor a command of IPython."""
    try:
        ast.parse(source)
        return []
    except SyntaxError:
        pass  # lines with % and ! are no Python
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        ast.parse(TransformerManager().transform_cell(source))
    except SyntaxError as error:
        rule = f"code cell {number} is not Python: {error.msg}"
        return [Finding(file, rule, "Mend this line of the cell.", row=error.lineno, value=shown(error.text or ""))]
    return []


def _parameters(file, source) -> dict[str, Parameter]:
    """The parameters of a parameter cell."""
    comments = _comments(source)
    found, faults = {}, []
    for line in ast.parse(source).body:
        text = shown(ast.get_source_segment(source, line) or "")
        target = line.target if isinstance(line, ast.AnnAssign) else getattr(line, "targets", [None])[0]
        try:
            default = ast.literal_eval(line.value)
            kind = line.annotation.id if isinstance(line, ast.AnnAssign) else type(default).__name__
            if kind not in TYPES or not isinstance(target, ast.Name):
                raise ValueError
        except (ValueError, AttributeError, SyntaxError):
            action = f"Write each line as name: type = value  # meaning; the type is one of: {', '.join(TYPES)}."
            faults.append(Finding(file, "a line of the parameter cell declares no parameter", action, value=text))
            continue
        found[target.id] = Parameter(target.id, kind, default, comments.get(line.end_lineno, ""))
    if faults:
        raise CohortError(faults)
    return found


def _comments(source) -> dict[int, str]:
    """{line: the comment at its end}."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {t.start[0]: t.string.lstrip("# ").rstrip() for t in tokens if t.type == tokenize.COMMENT}


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
    default = parameter.default or (MONTHS if parameter.type == "list" and parameter.numbers else parameter.default)
    example = f"For example {parameter.name}={_written(default)}."
    wrong = kind is not str and (not isinstance(value, kind) or (kind in (int, float) and not _from_zero(value)))
    if wrong:
        raise request_error(f"{parameter.name} is a {TYPE_WORDS[parameter.type]}", example, text or "empty")
    if kind is list:
        if parameter.numbers:
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
