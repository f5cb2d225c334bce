"""The JSON Schema of published.yml, by which editors explain and check it: docs/schema/published.schema.json.

`python docs/make_pages.py` writes it.
"""

import json

from ..vocabulary.facts import Facts
from .declared import Declared
from .registry import COHORT_KEYS, PAIRS, statistics
from .template import KEYS

TITLE = "published.yml: every number that a paper prints about its own subjects"
TEXT = {"type": "string"}
TEXTS = {"anyOf": [TEXT, {"type": "array", "items": TEXT}]}


def registry_schema() -> str:
    """The schema as a file: JSON, indented, with a line end."""
    facts, declared = (model.model_json_schema(by_alias=True) for model in (Facts, Declared))
    own = {key: facts["properties"][key] for key in COHORT_KEYS if key in facts["properties"]}
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": TITLE,
        "type": "object",
        "$defs": facts.get("$defs", {}) | declared.get("$defs", {}),
        "properties": own
        | declared["properties"]
        | {
            "n": {"type": "integer", "minimum": 1, "description": "The number of subjects."},
            "level": {"type": "number", "description": "Level of the intervals in percent; 95 without it."},
            "kind": TEXT,
            "numbers": {"type": "array", "items": {"oneOf": [_entry(*item) for item in statistics().items()]}},
        },
        "required": ["title", "n", "numbers"],
        "additionalProperties": False,
    }
    return json.dumps(schema, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _entry(name, spec) -> dict:
    """An entry of one statistic: what it needs, what it takes, how it is printed."""
    keys = [*spec["needs"], *spec["takes"], "unit", "note", "reading"]
    properties = {key: {"description": KEYS[key]} for key in keys if key in KEYS}
    parts = {part: TEXTS if part in PAIRS else TEXT for part in spec["parts"]}
    print_ = {
        "type": "object",
        "properties": {"at": TEXTS, "method": TEXT, **parts},
        "required": ["at"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "description": f"{spec['label']}. {spec['help']}".strip(),
        "properties": properties
        | {"id": TEXT, "statistic": {"const": name}, "printed": {"type": "array", "items": print_}},
        "required": ["id", "statistic", "printed", *spec["needs"]],
        "additionalProperties": False,
    }
