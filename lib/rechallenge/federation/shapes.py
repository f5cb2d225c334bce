"""The form of what a study asks: which records, which fields, how many numbers each. Known without a patient, so that a
file can be held against it and masked numbers can be summed place by place."""

from collections.abc import Mapping

import numpy as np

from ..derive.response import RESPONSES
from .contents import ALL, MISSING, cause_levels
from .study import Study

Shape = tuple[int, ...]
SAFETY = ("none", "mild", "severe")


def shapes(study: Study, asked: Mapping[str, list[float]], contents: bool) -> dict[str, dict[str, Shape]]:
    """{record: {field: shape}} of an answer: what is asked once, if `contents`, and the models of `asked`."""
    made = _of_contents(study) if contents else {}
    for name in asked:
        k = len(study.model_of(name).columns)
        made[f"model/{name}"] = {
            "n": (),
            "events": (),
            "loglik": (),
            "score": (k,),
            "information": (k * (k + 1) // 2,),
        }
    return made


def _of_contents(study) -> dict[str, dict[str, Shape]]:
    made: dict[str, dict[str, Shape]] = {"flow": {"recorded": (), "analysed": ()}}
    for name, levels in study.groups.items():
        made[f"counts/{name}"] = {level: () for level in (*levels, MISSING)}
    for name in study.numbers:
        made[f"number/{name}"] = {"n": (), "sum": (), "squares": (), MISSING: ()}
    if study.response:
        made["response"] = {name: () for name in RESPONSES}
    if study.safety:
        made["safety"] = {name: () for name in SAFETY}
    bins = len(study.bins) - 1
    for code in study.endpoints:
        causes = causes_of(study, code)
        for key in part_keys(study):
            made[f"curve/{code}/{key}"] = {"n_risk": (bins,), "events": (bins, causes), "censored": (bins,)}
        for name, levels in study.groups.items():
            k = len(levels)
            fields: dict[str, Shape] = {"n": (k,), "events": (), "excess": (k,), "covariance": (k * (k + 1) // 2,)}
            made[f"log_rank/{code}/{name}"] = fields
    return made


def causes_of(study: Study, endpoint: str) -> int:
    """How many causes the risk tables of an endpoint tell apart."""
    return len(cause_levels(endpoint)) if endpoint in study.incidence else 1


def part_keys(study: Study) -> list[str]:
    """The keys of everybody, of each level and of those without one, in the order of contents.parts_of."""
    return [ALL, *(f"{name}/{level}" for name, levels in study.groups.items() for level in (*levels, MISSING))]


def flattened(record: Mapping, fields: Mapping[str, Shape]) -> list[float]:
    """The numbers of a record in the order of its fields."""
    return [float(v) for name in fields for v in np.ravel(np.asarray(record[name], float))]


def unflattened(numbers, fields: Mapping[str, Shape]) -> dict[str, np.ndarray]:
    """The record of `flattened`."""
    made, at = {}, 0
    for name, shape in fields.items():
        size = int(np.prod(shape)) if shape else 1
        made[name] = np.asarray(numbers[at : at + size], float).reshape(shape)
        at += size
    return made
