"""YAML as people write it: yes/no stay words, a key given twice is an error, every key knows its line."""

from pathlib import Path

import yaml

from .findings import CohortError, Finding


class _Loader(yaml.SafeLoader):
    pass


# YAML 1.1 turns yes, no, on and off into booleans; level labels need the words.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, rx) for tag, rx in rules if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load_yaml(path: Path) -> tuple[dict, dict]:
    """The mapping in a YAML file and the line of each key, by path: ("factors", "ECOG") -> 12.

    Raises CohortError for a file that is missing, empty, not UTF-8, not YAML, or not a mapping.
    """
    name = path.name
    try:
        text = path.read_text(encoding="utf-8-sig")
        loader = _Loader(text)
        node = loader.get_single_node()
    except FileNotFoundError:
        raise CohortError([Finding(name, "the file is missing", f"Create {name} in the cohort's folder.")]) from None
    except UnicodeDecodeError:
        raise CohortError([Finding(name, "the file is not UTF-8 text", "Save it again as UTF-8.")]) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or "unreadable"
        raise CohortError(
            [Finding(name, f"not valid YAML: {what}", "Mend this line.", row=mark.line + 1 if mark else None)]
        ) from None
    if not isinstance(node, yaml.MappingNode):
        raise CohortError([Finding(name, "the file holds no `key: value` lines", "Start from `rechallenge new`.")])
    lines, doubles = {}, []
    _walk(node, (), lines, doubles)
    if doubles:
        raise CohortError(
            [
                Finding(name, "the key stands twice", "Keep one of the two.", row=line, value=key)
                for key, line in doubles
            ]
        )
    try:
        return loader.construct_document(node), lines
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else None
        raise CohortError([Finding(name, "a value cannot be read", "Mend this line.", row=line)]) from None


def _walk(node, path, lines, doubles):
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = path + (str(key.value),)
            if here in lines:
                doubles.append((key.value, key.start_mark.line + 1))
            lines[here] = key.start_mark.line + 1
            _walk(value, here, lines, doubles)
    elif isinstance(node, yaml.SequenceNode):
        for i, value in enumerate(node.value):
            lines[path + (str(i),)] = value.start_mark.line + 1
            _walk(value, path + (str(i),), lines, doubles)
