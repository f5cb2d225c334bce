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

from ..context import PRIVACY
from ..results import Result, quantities, read_ledger
from ..text.words import decimals_for, rounded
from .patient_rows import ROWS
from .share import files_of, frames_of_patients, of_patients
from .texts import texts_of

ENDPOINTS = ("PFS1", "PFSR", "OS")
NAME = "revealed"
COARSE = (
    "Medians and their limits lie within half a month of the times of single patients; whose, rounded counts do not tell."
    " A step of a curve stands for as many patients as the smallest count."
)
CURVES = (
    "A step of a curve that falls for one patient tells the time of this patient: a picture (PNG) to the width of a line,"
    " a drawing (SVG, PDF, the page) and the numbers behind it to the day."
)


def revealed(folder: Path, name: str = "", profile: str = "") -> Iterator[str]:
    """Sentences: which quantities of the ledger are of single patients, what else of them stands in which files (of the
    cohort `name`), and which times the printed medians determine.

    folder : of a finished report. The last part runs the exact reconstruction on the report's own printed numbers
    (counts, events, medians with their limits), as a reader who has the page alone could.
    """
    folder = Path(folder)
    with open(folder / "results.csv", encoding="utf-8", newline="") as file:
        results = read_ledger(csv.DictReader(file))
    yield from _told(results)
    if name:
        yield from _shown(folder)
        yield from _numbers(of_patients(folder, name, profile))
    if profile == PRIVACY[2]:
        yield COARSE
        return
    for endpoint in ENDPOINTS:
        yield from _determined(results, endpoint)
    yield CURVES


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


def _shown(folder) -> Iterator[str]:
    """What stands beside the pseudonyms in the tables of the executed notebooks."""
    columns, files = {}, set()
    for file, path in files_of(folder).items():
        for _, text in texts_of(path.read_bytes(), file) if file.endswith(".ipynb") else ():
            for head, *_ in frames_of_patients(text):
                columns |= dict.fromkeys(column for column in head if column and column != "USUBJID")
                files.add(file)
    if columns:
        yield f"Rows of patients, under pseudonyms, stand in {len(files)} notebooks: {', '.join(columns)}."


def _numbers(places) -> Iterator[str]:
    """Which variables of the patients stand in tables, lists and drawn numbers, in how many files."""
    files = {}
    for leak in places:
        if leak.kind.startswith(ROWS):
            files.setdefault(leak.kind.removeprefix(ROWS).strip(" ()"), set()).add(leak.place.partition(",")[0])
    for variable, found in files.items():
        first = ", ".join(sorted(found)[:3])
        yield f"{variable}: the patients' own values stand in {len(found)} files ({first}{', ...' if len(found) > 3 else ''})."


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
