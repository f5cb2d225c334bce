"""A subgroup put into cohort.yml as a person would write it: every line that stands there stays as it is."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from papercheck.files.findings import Message, request_error
from papercheck.files.swap import write_whole

from .meta import Meta, load_meta

FILE = "cohort.yml"


def put_subgroup(folder: Path, meta: Meta, name: str, factor: Mapping | None = None) -> list[str]:
    """Let the report of a cohort show a subgroup in its brief; factor : its entry under `factors`, if it is a new one.

    Returns the keys of cohort.yml that were written. Raises CohortError, and writes nothing, for pseudo-patients, whose
    cohort.yml is made from published.yml, and for a subgroup that cohort.yml would refuse.
    """
    if meta.kind == "pseudo":
        action = Message(
            "Declare {name} in published.yml and run `rechallenge reconstruct {cohort}`.", name=name, cohort=meta.name
        )
        raise request_error(
            Message("the {file} of pseudo-patients is written by `rechallenge reconstruct`", file=FILE), action, name
        )
    text = (folder / FILE).read_bytes().decode("utf-8-sig")
    wanted = [(("factors",), {name: dict(factor)})] if factor else []
    if meta.subgroups and name not in meta.subgroups:
        wanted.append((("subgroups",), [name]))
    shown = meta.brief.subgroups or meta.subgroups
    if name not in meta.brief.subgroups:
        wanted.append((("brief", "subgroups"), [name] if meta.brief.subgroups else [*shown, name]))
    for path, value in wanted:
        text = _with(text, path, value)
    _check(text, meta.name)
    if wanted:
        write_whole(folder / FILE, text)
    return [".".join(path) for path, _ in wanted]


def _check(text, name):
    """Raise CohortError where the text is no good cohort.yml."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / name
        folder.mkdir()
        (folder / FILE).write_text(text, encoding="utf-8")
        load_meta(folder)


def _with(text, path: Sequence[str], value: Mapping | list) -> str:
    """The text with more entries in the mapping or the list at a path, before those that stand there."""
    node = yaml.compose(text, yaml.SafeLoader)
    for i, key in enumerate(path):
        child = next((held for name, held in node.value if name.value == key), None)
        if child is None or (isinstance(child, yaml.ScalarNode) and not child.value):
            for inner in reversed(path[i + 1 :]):
                value = {inner: value}
            if child is None:
                return _inserted(text, node, {key: value}, at_end=not i)
            at = child.end_mark.index  # a key without a value
            return f"{text[:at]} {_flow(value)}{text[at:]}"
        node = child
    return _inserted(text, node, value)


def _inserted(text, node, value, at_end=False) -> str:
    """The text with the entries of `value` in a node: before its first one, or as the last lines of the file."""
    at = node.start_mark.index
    if node.flow_style:
        return f"{text[: at + 1]}{_flow(value)[1:-1]}{', ' if node.value else ''}{text[at + 1 :]}"
    if isinstance(value, Mapping):
        lines = [f"{_flow(key)}: {_flow(held)}" for key, held in value.items()]
    else:
        lines = [f"- {_flow(held)}" for held in value]
    if at_end:
        return "\n".join([text.rstrip("\n"), *lines, ""])
    return text[:at] + "".join(line + "\n" + " " * node.start_mark.column for line in lines) + text[at:]


def _flow(value) -> str:
    """A value in one line."""
    written = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=float("inf"))
    return written.strip().removesuffix("...").strip()
