"""YAML as people write it: yes/no stay words, a key given twice is an error, every key knows its line.

Nothing in it is a command: references and tags (!name), by which YAML copies and builds objects, are refused.
"""

from collections.abc import Callable
from pathlib import Path

import yaml
from yaml.composer import Composer
from yaml.constructor import BaseConstructor, SafeConstructor
from yaml.reader import Reader
from yaml.resolver import BaseResolver, Resolver

from .findings import CohortError, Finding, Message, shown
from .visible import UNSEEN

LARGEST = 2_000_000  # bytes: nobody writes more, and to read it would take minutes
TEXT_TAG = "tag:yaml.org,2002:str"  # !!str says that a value is text, and nothing else


class _Plain(Composer, yaml.cyaml.CParser):
    """The compiled scanner under the composer in Python: the compiled composer crashes where nesting is deep."""

    def __init__(self, text):
        yaml.cyaml.CParser.__init__(self, text)
        for part in (Composer, *(kind for kind in type(self).__bases__ if kind is not _Plain)):
            part.__init__(self)

    def compose_node(self, parent, index):
        event = self.peek_event()
        if self.check_event(yaml.AliasEvent):
            raise _refused("references (*name) are not read: write the value out", event)
        text = TEXT_TAG if self.check_event(yaml.ScalarEvent) else None
        if event.tag not in (None, "!", text):
            raise _refused("tags (!name) are not read: write the value alone", event)
        return super().compose_node(parent, index)


def _refused(what, event):
    return yaml.composer.ComposerError(None, None, what, event.start_mark)


class _Loader(_Plain, SafeConstructor, Resolver):
    """Numbers and dates are such."""


class _Words(_Plain, BaseConstructor, BaseResolver):
    """Every value stays the word that was written."""


class _Whole:
    """What a number looks like, without those of base 60: 12:30 is what was written, and not 750."""

    def __init__(self, pattern):
        self.pattern = pattern

    def match(self, text):
        return None if ":" in text else self.pattern.match(text)


# YAML 1.1 turns yes, no, on and off into booleans; level labels need the words.
_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, _Whole(rx) if tag.endswith((":int", ":float")) else rx)
        for tag, rx in rules
        if tag != "tag:yaml.org,2002:bool" or first in "tTfF"
    ]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def parsed(text: str, words: bool = False):
    """What a YAML text holds, None for an empty one; words : no value is a number, a date or a truth.

    Raises yaml.YAMLError for what is not read: no YAML, a reference, a tag, a key given twice, nesting without end.
    """
    try:
        loader = (_Words if words else _Loader)(text)
        node = loader.get_single_node()
        _check_once(node)
        return None if node is None else loader.construct_document(node)
    except RecursionError:
        raise yaml.YAMLError("nested too deeply") from None


def _check_once(node):
    """Raise yaml.YAMLError for a key that stands twice in one mapping: the first one would go unread."""
    parts = node.value if isinstance(node, yaml.MappingNode | yaml.SequenceNode) else ()
    keys = set()
    for part in parts:
        key, inner = part if isinstance(part, tuple) else (None, part)
        if isinstance(key, yaml.ScalarNode):
            if key.value in keys:
                raise _refused(f"{key.value} stands twice: keep one of the two", key)
            keys.add(key.value)
        _check_once(inner)


def load_rules(path: Path):
    """What a YAML file of the workbook itself holds."""
    return yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)


def load_yaml(path: Path) -> tuple[dict, dict]:
    """The mapping in a YAML file and the line of each key, by path: ("factors", "ECOG") -> 12.

    Raises CohortError for a file that is missing, empty, not UTF-8, not YAML, or not a mapping.
    """
    name = path.name
    if (path.exists() or path.is_symlink()) and not path.is_file():
        rule = "it is no file but a folder, a device or a link that leads nowhere"
        raise CohortError([Finding(name, rule, "Put a file of text in its place.")])
    try:
        text = text_of(path)
        loader = _Loader(text)
        node = loader.get_single_node()
    except FileNotFoundError:
        raise CohortError(
            [Finding(name, "the file is missing", Message("Create {name} in the cohort's folder.", name=name))]
        ) from None
    except UnicodeDecodeError:
        raise CohortError([Finding(name, "the file is not UTF-8 text", "Save it again as UTF-8.")]) from None
    except RecursionError:
        raise CohortError([Finding(name, "nested too deeply", "Start from `rechallenge new`.")]) from None
    except yaml.YAMLError as error:
        raise CohortError([_fault(name, text, error)]) from None
    if not isinstance(node, yaml.MappingNode):
        raise CohortError([Finding(name, "the file holds no `key: value` lines", "Start from `rechallenge new`.")])
    lines, faults = {}, []
    _walk(loader, node, (), lines, faults)
    if faults:
        raise CohortError(
            [Finding(name, rule, action, row=row, value=shown(value)) for rule, action, row, value in faults]
        )
    return loader.construct_document(node), lines


def text_of(path: Path) -> str:
    """The text of a file of YAML. Raises CohortError for one that is larger than any, and as path.read_text."""
    if path.stat().st_size > LARGEST:
        rule = "larger than 2 MB: no person wrote it"
        raise CohortError([Finding(path.name, rule, "Put a file of text in its place.")])
    return path.read_text(encoding="utf-8-sig")


def fault_list(file: str, lines: dict) -> tuple[list[Finding], Callable]:
    """A list of findings about a YAML file, and the function fault(path, rule, action, value="") that adds one to it.

    lines : {path of a key: its line}, of load_yaml; a key without a line stands at the line of what holds it.
    """
    faults = []

    def fault(path, rule, action, value=""):
        path = tuple(map(str, path))
        row = next((lines[path[:i]] for i in range(len(path), 0, -1) if path[:i] in lines), None)
        faults.append(Finding(file, rule, action, row=row, column=".".join(path), value=shown(value)))

    return faults, fault


def _fault(name, text, error) -> Finding:
    """What is wrong with the text, and in which line."""
    mark = getattr(error, "problem_mark", None)
    if mark is None and (found := Reader.NON_PRINTABLE.search(text)):
        rule = "not valid YAML: a character that nobody sees stands in this line"
        return Finding(name, rule, "Write the line anew.", row=text[: found.start()].count("\n") + 1)
    if mark is None:
        return Finding(name, "not valid YAML: unreadable", "Mend this line.")
    if "\t" in "".join(text.split("\n")[mark.line : mark.line + 1]):
        return Finding(name, "not valid YAML: a tab stands in this line", "Write spaces instead.", row=mark.line + 1)
    what = getattr(error, "problem", None) or "unreadable"
    return Finding(name, Message("not valid YAML: {what}", what=what), "Mend this line.", row=mark.line + 1)


def _walk(loader, node, path, lines, faults):
    """Note the line of every key; find keys given twice and values that cannot be read; take out what nobody sees."""
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                key.value = UNSEEN.sub("", key.value)
            here = path + (str(key.value),)
            if not isinstance(key, yaml.ScalarNode):
                faults.append(("a key must be one word", "Mend this line.", line, ""))
                continue
            if here in lines:
                faults.append(("the key stands twice", "Keep one of the two.", key.start_mark.line + 1, key.value))
            lines[here] = key.start_mark.line + 1
            _walk(loader, key, here, {}, faults)
            _walk(loader, value, here, lines, faults)
    elif isinstance(node, yaml.SequenceNode):
        for i, value in enumerate(node.value):
            lines[path + (str(i),)] = value.start_mark.line + 1
            _walk(loader, value, path + (str(i),), lines, faults)
    else:
        node.value = UNSEEN.sub("", node.value)  # controls and turns of direction, which a page would hold as they are
        try:
            str(loader.construct_object(node)).encode("utf-8")
        except (yaml.YAMLError, ValueError):
            faults.append(("a value that cannot be read", "Mend this line.", line, repr(node.value[:60])))
