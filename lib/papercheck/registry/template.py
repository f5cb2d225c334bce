"""A new published.yml: a commented registry of printed numbers to fill in, made from the vocabulary."""

import textwrap
from functools import cache
from pathlib import Path
from string import Template

import yaml

from ..files.findings import request_error
from ..files.project import check_folder_name, data_folder
from ..files.swap import write_whole
from ..files.yamlfile import load_rules
from ..vocabulary.dictionary import load_dictionary
from ..vocabulary.facts import INTERVALS, TIME_UNITS
from .registry import FILE, statistics

WIDTH = 120


def new_registry(name):
    """Write data/<name>/published.yml, in a new folder or beside a cohort; returns the file.

    Raises CohortError for a file that exists or a name that is not usable as a folder name.
    """
    path = data_folder() / name / FILE
    check_folder_name(name, "a name of a study")
    if path.exists():
        raise request_error(f"data/{name}/{FILE} exists already", "Choose another name, or go on with that file.")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, registry_template(name))
    return path


@cache
def keys() -> dict[str, str]:
    """{key of an entry: what it says}."""
    return load_rules(Path(__file__).with_name("keys.yml"))


def registry_template(name) -> str:
    """The text of a published.yml that lacks only what must be filled in: `n` and `numbers`."""
    dictionary = load_dictionary()
    factors = [c.name for c in dictionary["adsl"].columns.values() if c.factor]
    template = Template(Path(__file__).with_name("new_published.yml").read_text(encoding="utf-8"))
    head = template.substitute(
        name=name,
        time_units=" or ".join(TIME_UNITS),
        intervals=", ".join(INTERVALS),
        factors=", ".join(factors),
        endpoints=", ".join(dictionary["adtte"].columns["PARAMCD"].levels),
        keys="\n".join(f"#   {key:12} {text}" for key, text in keys().items()),
    )
    return head + "\n".join(_shown(name, spec) for name, spec in statistics().items())


def _shown(name, spec) -> str:
    """A statistic of the vocabulary: what it is, its keys, one example."""
    keys = [f"{word} {', '.join(spec[word])}" for word in ("needs", "takes") if spec[word]]
    about = f"{spec['label']} ({'; '.join([*keys, 'prints ' + ', '.join(spec['parts'])])}). {spec['help']}"
    prints = [{k: v if k == "at" else _quoted(v) for k, v in p.items()} for p in spec["example"]["printed"]]
    example = {"id": f"my_{name}", "statistic": name, **spec["example"], "printed": prints}
    line = yaml.dump(example, Dumper=_Dumper, default_flow_style=True, sort_keys=False, width=float("inf"))
    return textwrap.fill(about.strip(), WIDTH, initial_indent="# ", subsequent_indent="# ") + f"\n#   - {line}"


class _Quoted(str):
    """A printed number, which keeps its quotation marks."""


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(_Quoted, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


def _quoted(value):
    return list(map(_quoted, value)) if isinstance(value, list) else _Quoted(value)
