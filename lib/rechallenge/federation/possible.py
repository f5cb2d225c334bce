"""What of the numbers of a mailed answer cannot be true together, whoever wrote them."""

import math
from collections.abc import Iterator, Mapping

import numpy as np

from .contents import MISSING, whole_matrix

ROUNDING = 1e-9  # of a sum of floating-point numbers, relative


def contradictions(told: Mapping[str, Mapping]) -> Iterator[tuple[str, str]]:
    """(record, what is wrong) of each record of an open answer whose numbers contradict one another.

    told : {record: {field: numbers, None where held back}}, of the form that is asked.
    """
    flow = told.get("flow", {})
    all_ = flow.get("analysed")
    if all_ is not None and (flow["recorded"] is not None and flow["recorded"] < all_):
        yield "flow", "tells of more patients analysed than recorded"
    for key, record in told.items():
        patients = _patients(key.split("/")[0], record)
        if all_ is not None and patients > all_:
            yield key, "tells of more patients than are analysed"
        if record.get("events") is not None and _count(record.get("n")) < _count(record["events"]):
            yield key, "tells of more events than patients"
        if key.startswith("number/") and record["n"] is not None and _is_too_small(record):
            yield key, "holds a sum of squares that no numbers have"
        if any(not _is_covariance(record[name]) for name in ("information", "covariance") if record.get(name)):
            yield key, "holds a variance below 0"


def _patients(kind, record) -> float:
    """How many patients a record tells of at least."""
    if kind in ("counts", "response", "safety"):
        return _count(list(record.values()))
    if kind == "curve":
        return record["n_risk"][0]
    return _count([record.get("n"), record.get(MISSING)]) if kind == "number" else _count(record.get("n"), 0)


def _count(told, unknown=math.inf) -> float:
    """The sum of the counts that are told; `unknown` where the record tells none at all."""
    if isinstance(told, list):
        return sum(_count(part, 0) for part in told)
    return unknown if told is None else told


def _is_too_small(record) -> bool:
    """Whether the squares add up to less than the square of a sum allows (Cauchy and Schwarz)."""
    return record["sum"] ** 2 > record["n"] * record["squares"] * (1 + ROUNDING)


def _is_covariance(triangle) -> bool:
    """Whether an upper triangle is that of a matrix without a negative eigenvalue."""
    size = (math.isqrt(8 * len(triangle) + 1) - 1) // 2
    values = np.linalg.eigvalsh(whole_matrix(triangle, size))
    return bool(values[0] >= -1e-6 * max(values[-1], 0.0))
