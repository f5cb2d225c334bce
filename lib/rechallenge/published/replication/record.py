"""reconstruction.yml: what the reconstruction of a cohort wrote down about itself, read and checked."""

from dataclasses import dataclass, field
from pathlib import Path

from ...intake.findings import CohortError, Finding, shown
from ...intake.yamlfile import load_yaml

FILE = "reconstruction.yml"
NEEDED = ("id", "part", "printed", "proof")


@dataclass(frozen=True)
class Impossible:
    """A printed number that no cohort can have with the others: the proof in one sentence, the nearest value that can be."""

    id: str
    part: str
    printed: str
    proof: str
    admissible: str = ""


@dataclass(frozen=True)
class Record:
    """What a reconstruction says of itself. `ensemble` is as written: K and the spread of what is not printed."""

    engine: str = ""
    seed: str = ""
    solutions: str = ""
    impossible: tuple[Impossible, ...] = ()
    skeleton: tuple[str, ...] = ()
    ensemble: dict = field(default_factory=dict)


def read_record(folder: Path) -> Record | None:
    """The record beside a cohort.yml; None where the cohort is no reconstruction. Raises CohortError for a bad one."""
    path = Path(folder) / FILE
    if not path.is_file():
        return None
    raw, lines = load_yaml(path)
    faults, proved = [], []
    entries = raw.get("impossible") or []
    if not isinstance(entries, list):
        faults.append(Finding(FILE, "expected a list", "Run `rechallenge reconstruct` again.", column="impossible"))
        entries = []
    for i, entry in enumerate(entries):
        lacking = [k for k in NEEDED if not isinstance(entry, dict) or entry.get(k) in (None, "")]
        if lacking:
            faults.append(
                Finding(
                    FILE,
                    f"needs {', '.join(lacking)}",
                    "Run `rechallenge reconstruct` again.",
                    row=lines.get(("impossible", str(i))),
                    column=f"impossible.{i}",
                    value=shown(entry),
                )
            )
            continue
        text = {k: _shown(entry.get(k, "")) for k in (*NEEDED, "admissible")}
        proved.append(Impossible(**text))
    if faults:
        raise CohortError(faults)
    return Record(
        engine=str(raw.get("engine", "")), seed=str(raw.get("seed", "")), solutions=str(raw.get("solutions", "")),
        impossible=tuple(proved), skeleton=tuple(map(str, raw.get("skeleton") or [])), ensemble=raw.get("ensemble") or {},
    )  # fmt: skip


def _shown(value):
    """A printed cell as Cell.shown gives it: the limits of an interval joined by a dash."""
    return "–".join(map(str, value)) if isinstance(value, list) else str(value)
