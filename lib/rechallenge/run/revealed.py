"""What an outsider could work out of single patients from the numbers that a report prints."""

import csv
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import yaml

from papercheck.files.findings import CohortError
from papercheck.files.project import Project, within_project
from papercheck.reconstruction.problem import LARGEST
from papercheck.reconstruction.proof import fixed_times
from papercheck.reconstruction.reconstruct import reconstruct
from papercheck.registry.registry import load_registry

from ..results import Result, quantities, read_ledger
from ..text.words import decimals_for, rounded

ENDPOINTS = ("PFS1", "PFSR", "OS")
NAME = "revealed"


def revealed(folder: Path) -> Iterator[str]:
    """Sentences: which quantities of the ledger are of single patients, and which times the printed medians determine.

    folder : of a finished report. The second part runs the exact reconstruction on the report's own printed numbers
    (counts, events, medians with their limits), as a reader who has the page alone could.
    """
    with open(Path(folder) / "results.csv", encoding="utf-8", newline="") as file:
        results = read_ledger(csv.DictReader(file))
    yield from _told(results)
    for endpoint in ENDPOINTS:
        yield from _determined(results, endpoint)
    yield "A step of a drawn curve that falls for one patient tells the time of this patient to the width of a line."


def _told(results) -> Iterator[str]:
    """The values that stand in the ledger patient by patient."""
    counts = {}
    for r in results:
        if quantities()[r.quantity].get("patient"):
            counts.setdefault((r.quantity, r.endpoint), set()).add(r.level)
    for (name, endpoint), patients in counts.items():
        of = f" ({endpoint})" if endpoint else ""
        yield f"Told patient by patient: {quantities()[name]['label'].lower()}{of}, {len(patients)} patients."
    if not counts:
        yield "Told patient by patient: nothing."


def _determined(results, endpoint) -> Iterator[str]:
    """What the printed medians of an endpoint determine."""
    medians = [
        r
        for r in results
        if r.quantity == "survival.median" and r.endpoint == endpoint and not r.landmark and not r.model
    ]
    whole = next((r for r in medians if r.by in ("", "PARAMCD")), None)
    if whole is None:
        return
    if whole.n > LARGEST:
        yield f"{endpoint}: {whole.n:.0f} patients; more than {LARGEST} are not searched through one by one."
        return
    try:
        times = _fixed(whole, endpoint)
    except CohortError as error:
        yield f"{endpoint}: the search ended without an answer ({error.findings[0].rule})."
        return
    listed = ", ".join(
        f"patient {rank} of {whole.n:.0f} by length: {value:g} {whole.unit}" for rank, value in sorted(times.items())
    )
    yield (
        f"{endpoint}: the printed median and its limits determine {len(times)} of {whole.n:.0f}"
        f" times{': ' + listed if times else ''}."
    )


def _fixed(whole: Result, endpoint) -> dict[int, float]:
    """{rank from 1: time} of the times that the numbers of one endpoint determine."""
    digits = decimals_for(whole.unit)
    printed = {"at": "report", "estimate": _printed(whole.estimate, digits)}
    if np.isfinite([whole.low, whole.high]).any():
        printed["ci"] = [_printed(whole.low, digits), _printed(whole.high, digits)]
    numbers = [
        {"id": "n", "statistic": "count", "printed": [{"at": "report", "count": f"{whole.n:.0f}"}]},
        {"id": "events", "statistic": "events", "endpoint": endpoint, "printed": [{"at": "report", "count": f"{whole.events:.0f}"}]},
        {"id": "median", "statistic": "median_survival", "endpoint": endpoint, "unit": whole.unit, "printed": [printed]},
    ]  # fmt: skip
    facts = {
        "title": NAME,
        "time_unit": whole.unit,
        "paper_interval": whole.method,
        "n": int(whole.n),
        "grid": 10.0**-digits,
        "primary_endpoint": endpoint,
        "numbers": numbers,
    }
    with tempfile.TemporaryDirectory() as place:
        data = Path(place)
        (data / NAME).mkdir()
        (data / NAME / "published.yml").write_text(yaml.safe_dump(facts), encoding="utf-8")
        with within_project(Project(None, data)):
            return fixed_times(reconstruct(load_registry(NAME))).get(endpoint, {})


def _printed(value, digits) -> str:
    return "NR" if np.isinf(value) else "NE" if np.isnan(value) else rounded(value, digits)
