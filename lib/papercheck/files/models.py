"""YAML that people write, held against pydantic models: every fault at once, with its path and what to do.

`Entry` is the base of a model, `Text` one line of it. A validator says what is wrong by `wrong(rule, action)`, or by
`wrong_at` for several places at once. `read_model` gives what is good and reports the rest.
"""

from collections.abc import Mapping
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from .findings import Message, did_you_mean

MEND = "Mend this entry."
EXPECTED = {  # pydantic's type of an error, by its first word: what a person is asked for
    "dict": "indented `name: value` lines",
    "mapping": "indented `name: value` lines",
    "model": "indented `name: value` lines",
    "list": "a list",
    "tuple": "a list",
    "date": "a date such as 2024-12-01",
    "float": "a number",
    "int": "a whole number",
    "bool": "true or false",
    "finite": "a number",
    "string": "one line of text",
}


def wrong(rule, action=MEND) -> PydanticCustomError:
    """The error that a validator raises: what is wrong with the value, and what to do."""
    return PydanticCustomError("wrong", "{rule}", {"rule": rule, "action": action})


def wrong_at(faults) -> ValidationError:
    """One error for several places; faults : (path within the value, rule, action, value)."""
    return ValidationError.from_exception_data(
        "wrong", [{"type": wrong(rule, action), "loc": path, "input": value} for path, rule, action, value in faults]
    )


def _text(value):
    if value is None or isinstance(value, dict | list):
        raise wrong("expected one line of text")
    return str(value)


def _texts(value):
    return value if isinstance(value, dict | list | tuple) or value is None else [value]


SCALAR = {"type": ["string", "number", "boolean"]}
Text = Annotated[str, BeforeValidator(_text), WithJsonSchema(SCALAR)]
TextOrList = Annotated[
    tuple[Text, ...],
    BeforeValidator(_texts),
    WithJsonSchema({"anyOf": [SCALAR, {"type": "array", "items": SCALAR}]}),
]


class Entry(BaseModel):
    """The base of every model: unknown keys are faults, a key without a value is as good as absent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _given(cls, data):
        return {str(k): v for k, v in data.items() if v is not None} if isinstance(data, dict) else data


def read_model(model, raw, fault, path=(), context=None):
    """The model made from `raw` without what is faulty in it; fault(path, rule, action, value) takes every fault.

    An entry of a mapping or list is left out if anything in it is wrong; a model that stands alone likewise.
    """
    raw = dict(raw)
    for _ in range(100):
        try:
            return model.model_validate(raw, context=context)
        except ValidationError as error:
            faults = error.errors(include_url=False)
        for found in faults:
            loc = tuple(part for part in found["loc"] if part != "[key]")
            fault((*path, *map(str, loc)), *_words(model, loc, found), _quoted(found))
        raw = _without(raw, {_whole(model, found) for found in faults})
    raise AssertionError(f"{model.__name__} cannot be read without its faults")


def _quoted(found):
    """The value at fault as far as it says something: of an unknown key the key, of a missing one nothing."""
    kind = found["type"]
    return str(found["loc"][-1]) if kind == "extra_forbidden" else "" if kind == "missing" else found["input"]


def _words(model, loc, found) -> tuple[str, str]:
    """Rule and action of one of pydantic's errors."""
    kind, context = found["type"], found.get("ctx", {})
    if kind == "wrong":
        return context["rule"], context["action"]
    if kind == "extra_forbidden":
        return "unknown key", did_you_mean(loc[-1], known_keys(_type_at(model, loc[:-1])))
    if kind == "missing":
        return Message("the key `{key}` is missing", key=loc[-1]), _help(model, loc) or "Add it."
    if kind == "literal_error":
        known = did_you_mean(found["input"], get_args(_type_at(model, loc)))
        return "unknown value", Message("{help} {known}", help=_help(model, loc), known=known) if _help(
            model, loc
        ) else known
    if kind == "greater_than":
        return Message("expected a number above {limit}", limit=f"{context['gt']:g}"), _help(model, loc) or MEND
    if kind == "greater_than_equal":
        return Message("expected a number of {limit} or more", limit=f"{context['ge']:g}"), _help(model, loc) or MEND
    if kind == "less_than":
        return Message("expected a number below {limit}", limit=f"{context['lt']:g}"), _help(model, loc) or MEND
    if kind == "less_than_equal":
        return Message("expected a number of {limit} or less", limit=f"{context['le']:g}"), _help(model, loc) or MEND
    return Message("expected {what}", what=EXPECTED.get(kind.split("_")[0], "another value")), _help(model, loc) or MEND


def known_keys(model) -> list[str]:
    """The keys that a model takes, as they are written."""
    fields = getattr(model, "model_fields", {})
    return [field.alias or name for name, field in fields.items()]


def _field(model, key):
    return next((f for name, f in model.model_fields.items() if (f.alias or name) == key), None)


def _help(model, loc) -> str:
    """The description of the field that a path names, or ''."""
    holder = _type_at(model, loc[:-1])
    field = _field(holder, loc[-1]) if hasattr(holder, "model_fields") else None
    return (field.description or "") if field else ""


def _bare(kind):
    """A type without Annotated and None."""
    while get_origin(kind) in (Annotated, Union, UnionType):
        kind = next(a for a in get_args(kind) if a is not type(None))
    return kind


def _type_at(model, loc):
    """The type that stands at a path below a model: a model, a Literal, or Any."""
    kind = model
    for part in loc:
        kind, origin = _bare(kind), get_origin(_bare(kind))
        if hasattr(kind, "model_fields"):
            field = _field(kind, part)
            kind = field.annotation if field else Any
        elif origin in (dict, Mapping):
            kind = get_args(kind)[1]
        else:
            kind = (*get_args(kind), Any)[0] if origin is not Literal else Any
    return _bare(kind)


def _whole(model, found) -> tuple:
    """The path of what is left out with a fault: an unknown key alone, else the entry that the fault stands in."""
    loc = found["loc"]
    if found["type"] == "extra_forbidden":
        return loc
    return loc[:1] if hasattr(_type_at(model, loc[:1]), "model_fields") or len(loc) == 1 else loc[:2]


def _without(raw, paths):
    """A mapping or list without the entries at some paths."""
    here = {path[0] for path in paths if len(path) == 1}
    deeper = {}
    for path in paths:
        deeper.setdefault(path[0], set()).add(path[1:])
    items = raw.items() if isinstance(raw, dict) else enumerate(raw)
    kept = {}
    for key, value in items:
        word = key if isinstance(key, int) and not isinstance(raw, dict) else str(key)
        if word not in here:
            inner = isinstance(value, dict | list) and word in deeper
            kept[key] = _without(value, deeper[word]) if inner else value
    return kept if isinstance(raw, dict) else list(kept.values())
