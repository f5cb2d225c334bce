"""The patients, or the curve, of the published arm that cohort.yml declares: its files read and checked."""

from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd

from papercheck.files.findings import LIMIT, Finding, Message, did_you_mean, further, link_fault
from papercheck.files.project import CURVES, data_folder

from ..context import current
from .declare.external import ExternalControl
from .declare.meta import Meta

FEWEST = 2
SEEN = {"confirmed": "seen in its abstract or paper", "secondary": "seen in a report of others alone"}


@dataclass(frozen=True, eq=False)
class Control:
    """What is known of the published arm beside its printed numbers, in months: rows (AVAL, CNSR) of the patients read
    from its curve, or None; the points of the curve, time (k,) and survival (k,), or None."""

    rows: pd.DataFrame | None = None
    points: tuple[np.ndarray, np.ndarray] | None = None


def told_control(meta: Meta) -> tuple[ExternalControl | None, list[Finding]]:
    """`external_control` with label, source and median of the trial that it names, and why they are not known."""
    told = meta.external_control
    if told is None or not told.trial:
        return told, []
    from papercheck.literature.arms import arm_names
    from papercheck.literature.table import read_evidence  # only where a trial is named
    from papercheck.literature.where import list_literature

    if shipped := _shipped(told):
        said = {"label": shipped.label, "source": shipped.source, "median": shipped.median}
        return told.model_copy(update=said), _twice(told)
    trials = {}
    for name in list_literature():
        found, _ = read_evidence(name)
        trials = {row["study"]: row for row in found.trials.to_dict("records")} | trials if found else trials
    if told.trial not in trials:
        return told, [
            Finding(
                "cohort.yml",
                "no trial of the literature",
                did_you_mean(told.trial, [*trials, *arm_names()]),
                value=told.trial,
            )
        ]
    row, exp = trials[told.trial], told.trial_arm == "experimental"
    median = row[f"{'mos' if told.endpoint == 'OS' else 'mpfs'}_{'exp' if exp else 'ctl'}"]
    if pd.isna(median):
        rule = Message("of this arm of {trial} no median {endpoint} is known", trial=told.trial, endpoint=told.endpoint)
        return told, [Finding("cohort.yml", rule, "Give `median` with label and source.", value=told.trial)]
    label = f"{row['experimental' if exp else 'control']} ({told.trial})"
    source = f"{row['source']}; {SEEN.get(row['verified'], row['verified'])}"
    return told.model_copy(update={"label": label, "source": source, "median": float(median)}), []


def _shipped(told: ExternalControl):
    """The arm that comes with the project with its patients, or None."""
    from papercheck.literature.arms import published_arm

    return published_arm(told.trial, told.trial_arm, "OS" if told.endpoint == "OS" else "PFS")


def _twice(told: ExternalControl) -> list[Finding]:
    own = [key for key in ("curve", "patients") if getattr(told, key)]
    rule = Message("`trial` {trial} comes with the patients of its curve", trial=told.trial)
    return [Finding("cohort.yml", rule, "Leave out curve and patients, or trial.", value=key) for key in own]


def folder_of(meta: Meta) -> Path:
    """The folder of the cohort that is analysed, also where a part of it is."""
    part = current().part
    return data_folder() / str(part.cohort if part and part.name == meta.name else meta.name)


def read_control(meta: Meta) -> tuple[Control, list[Finding]]:
    """The published arm of `external_control`, and every fault of its files."""
    told = meta.external_control
    if told is not None and told.trial and (shipped := _shipped(told)):
        return Control(timed(shipped.patients(), told.trial)[0]), []
    if told is None or not (told.patients or told.curve):
        return Control(), []
    yml = folder_of(meta) / "cohort.yml"
    return _patients(yml, told) if told.patients else _digitized(yml, told)


def _digitized(yml: Path, told: ExternalControl) -> tuple[Control, list[Finding]]:
    """The curve, and its patients where it has numbers at risk."""
    from papercheck.reconstruction.curves import read_curve  # with scipy: only where a curve is declared
    from papercheck.reconstruction.digitized import pseudo_subjects

    faults: list[Finding] = []
    item = {
        "points": told.curve.points,
        "endpoint": told.endpoint,
        "at_risk": told.curve.at_risk,
        "events": told.curve.events,
    }
    curve = read_curve(yml, item, "external_control.curve", faults)
    if curve is None:
        return Control(), faults
    points = (curve.time, np.minimum.accumulate(np.minimum(curve.survival, 1.0)))
    return Control(pseudo_subjects(*curve.data) if len(curve.risk) else None, points), []


def _patients(yml: Path, told: ExternalControl) -> tuple[Control, list[Finding]]:
    """Pseudo-patients as `papercheck curve --patients` writes them:
    time (months), event (1 or 0), arm where there are several.
    """
    raw, faults = pseudo_patients(yml, told.patients)
    return _of_arm(raw, f"{CURVES}/{told.patients}", told.arm) if raw is not None else (Control(), faults)


def pseudo_patients(yml: Path, name: str, columns=("time", "event")) -> tuple[pd.DataFrame | None, list[Finding]]:
    """The rows of a file of the folder `curves` as they are written, by the line of the file, or None and why not.

    columns : that it must have.
    """
    path, place = yml.parent / CURVES / name, f"{CURVES}/{name}"
    if not path.is_file():
        return None, [
            Finding(
                place,
                "the file is missing",
                Message("Put it into the folder {curves} beside cohort.yml.", curves=CURVES),
            )
        ]
    if leads_out := link_fault(path):
        return None, [leads_out]
    needed = ", ".join(columns)
    try:
        raw = _read(path)
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError):
        return None, [
            Finding(place, "not a table of comma-separated values", Message("Columns: {needed}.", needed=needed))
        ]
    if not set(columns) <= set(raw.columns):
        written = ", ".join(map(str, raw.columns))
        return None, [
            Finding(place, Message("expected the columns {needed}", needed=needed), "Name them so.", value=written)
        ]
    return raw, []


def _read(path: Path) -> pd.DataFrame:
    """The rows that say something as they are written, by the line of the file; lines of # at its head are skipped."""
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    head = next((k for k, line in enumerate(lines) if not line.startswith("#")), len(lines))
    raw = pd.read_csv(
        StringIO("\n".join(lines[head:])), dtype=str, keep_default_na=False, skip_blank_lines=False
    ).fillna("")
    if not isinstance(raw.index, pd.RangeIndex):  # pandas takes the first cells of longer lines for names of lines
        raise pd.errors.ParserError
    raw = raw.set_axis(raw.index + head + 2)
    return raw[(raw != "").any(axis=1)]


def _of_arm(raw: pd.DataFrame, place: str, arm: str) -> tuple[Control, list[Finding]]:
    arms = list(dict.fromkeys(raw["arm"])) if "arm" in raw else []
    if len(arms) > 1 and arm not in arms or arm and arm not in arms:
        action = did_you_mean(arm, arms) if arms else "Leave `arm` out: the file has no column arm."
        return Control(), [Finding(place, "which arm is meant is not said", action, column="arm", value=arm)]
    rows, faults = timed(raw[raw["arm"] == arm] if arm else raw, place)
    if not faults and (len(rows) < FEWEST or rows["CNSR"].all()):
        faults = [Finding(place, "needs two patients or more and an event", "Take another arm, or its median alone.")]
    return (Control(), faults) if faults else (Control(rows.reset_index(drop=True)), [])


def timed(raw: pd.DataFrame, place: str) -> tuple[pd.DataFrame, list[Finding]]:
    """AVAL (months) and CNSR of rows with time and event, and every cell that is not one."""
    numbers = raw[["time", "event"]].apply(pd.to_numeric, errors="coerce")
    late = ~numbers["time"].between(0, np.inf, inclusive="neither")
    faults = cell_faults(raw["time"][late], place, "not a time above 0", "Months, such as 4.2.")
    action = "1 for the event, 0 for a censored patient."
    faults += cell_faults(raw["event"][~numbers["event"].isin([0, 1])], place, "neither 1 nor 0", action)
    if faults:
        return raw.iloc[:0], faults
    return pd.DataFrame({"AVAL": numbers["time"], "CNSR": 1 - numbers["event"].astype(int)}), []


def cell_faults(cells: pd.Series, place: str, rule: str, action: str) -> list[Finding]:
    """A finding for each cell of a column, by its line; of more than LIMIT one for the rest."""
    named, column = cells.iloc[:LIMIT], str(cells.name)
    faults = [Finding(place, rule, action, row=int(line), column=column, value=str(v)) for line, v in named.items()]
    return faults + further(place, rule, column, len(cells) - LIMIT)
