"""Whether a notebook is of an older edition: what it asks for that this workbook has not, and whether it was edited.

A project keeps its notebooks while the workbook goes on. What came with a project is known by its digest: of a project
from now on in its `notebooks/edition.json`, of the editions before in `editions.yml`.
"""

import ast
import hashlib
import importlib
import inspect
import json
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType

from papercheck.files.findings import Finding, shown
from papercheck.files.yamlfile import load_rules

from .sections import SETTINGS, Section

RECORD = "edition.json"  # in notebooks/: {file: digest} of what the project was given
OURS = ("rechallenge", "papercheck", "smallsurv")
UPDATE = "rechallenge init --update"


def digest(path: Path) -> str:
    """What a notebook says and does, in 16 hexadecimal digits: its cells and our settings, not its outputs.

    '' for a file that is no notebook.
    """
    try:
        notebook = json.loads(Path(path).read_text(encoding="utf-8"))
        cells = [[c["cell_type"], "".join(c["source"]), _settings(c["metadata"])] for c in notebook["cells"]]
        held = json.dumps([_settings(notebook["metadata"]), cells], sort_keys=True)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ""
    return hashlib.sha256(held.encode()).hexdigest()[:16]


def _settings(metadata) -> list:
    return [metadata.get(SETTINGS), metadata.get("tags")]


def read_record(notebooks: Path) -> dict[str, str]:
    """{file: digest} of what a project was given; {} where nothing is on record."""
    try:
        given = json.loads((notebooks / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return given if isinstance(given, dict) else {}


def write_record(notebooks: Path, paths: Iterable[Path], before: dict[str, str]) -> None:
    """Write down what a project was given: `paths` now, `before` earlier."""
    given = before | {path.name: digest(path) for path in paths}
    text = json.dumps(given, indent=1, sort_keys=True)
    (notebooks / RECORD).write_text(f"{text}\n", encoding="utf-8", newline="\n")


def is_as_given(path: Path) -> bool:
    """Whether a notebook came with the workbook, in whatever edition, and nobody has edited it."""
    earlier = load_rules(Path(__file__).with_name("editions.yml"))
    known = {*read_record(path.parent).values(), *(d for digests in earlier.values() for d in digests)}
    return digest(path) in known


def outdated_calls(sections: Iterable[Section], present: Iterable[str]) -> list[Finding]:
    """What notebooks ask for that this workbook has not, or not in this way.

    present : what the notebooks of this edition are called, without their numbers.
    """
    return [fault for section in sections for fault in _faults_of(section, set(present))]


def _faults_of(section, present) -> Iterator[Finding]:
    known: dict[str, ModuleType] = {}
    for number, source in enumerate(section.cells, 1):
        try:
            tree = ast.parse(source)
        except SyntaxError:  # lines with % and ! are no Python
            continue
        for node in _outside_try(tree):
            for rule, near in _faults_at(node, known):
                line = shown(source.splitlines()[node.lineno - 1])
                rule = f"code cell {number} {rule}"
                action = _what_to_do(section, present) or near
                yield Finding(f"notebooks/{section.path.name}", rule, action, row=node.lineno, value=line)


def _what_to_do(section, present) -> str:
    """The way to the present edition; '' for a notebook that did not come with the workbook."""
    if is_as_given(section.path):
        return f"This notebook is of an older edition: {UPDATE} puts the present one in its place."
    if section.name[3:] in present:
        return (
            f"If this notebook is of an older edition: {UPDATE} keeps it, because it was edited, and puts the present"
            " one beside it."
        )
    return ""


def _outside_try(tree) -> Iterator[ast.AST]:
    """The parts of a cell in their order; without what it tries and has another way for."""
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, ast.Try):
            yield node
            yield from _outside_try(node)


def _faults_at(node, known) -> Iterator[tuple[str, str]]:
    """(what is wrong, what may be meant) at one place; `known` gets the modules of ours that it imports, by name."""
    if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in OURS and not node.level:
        module = _module(node.module)
        for alias in node.names:
            part = getattr(module, alias.name, None) or (module and _module(f"{node.module}.{alias.name}"))
            if part is None:
                yield (
                    f"imports {alias.name} of {node.module}, which this workbook has not",
                    "Take it out of the notebook.",
                )
            elif isinstance(part, ModuleType):
                known[alias.asname or alias.name] = part
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in known:
        module = known[node.value.id]
        if not hasattr(module, node.attr):
            near = get_close_matches(node.attr, [name for name in dir(module) if not name.startswith("_")], n=1)
            action = f"Did you mean {near[0]}?" if near else "Take it out of the notebook."
            yield f"asks for {ast.unparse(node)}, which this workbook has not", action
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        wrong = _wrong_arguments(node, known)
        if wrong:
            yield f"calls {ast.unparse(node.func)} with other arguments than it takes: {wrong}", "Mend the call."


def _module(name) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return None


def _wrong_arguments(call, known) -> str:
    """What Python would say of the arguments of a call of ours; '' for nothing, or where they are known only later."""
    module = known.get(call.func.value.id) if isinstance(call.func.value, ast.Name) else None
    function = getattr(module, call.func.attr, None)
    if not inspect.isfunction(function) or any(isinstance(a, ast.Starred) for a in call.args):
        return ""
    names = [k.arg for k in call.keywords]
    if None in names:
        return ""
    try:
        inspect.signature(function).bind(*call.args, **dict.fromkeys(names))
    except TypeError as error:
        return str(error)
    return ""
