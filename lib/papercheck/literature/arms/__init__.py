"""Arms of randomized trials whose curves may be handed on, as pseudo-patients.

Source: Fell et al. 2021 Database baab037 (KMDATA), whose authors digitized the figures; LICENSE.txt.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from ...files.yamlfile import load_rules

HERE = Path(__file__).parent


@dataclass(frozen=True)
class PublishedArm:
    """One arm of a trial. label : what it had, and who its patients were; source : paper, figure and who digitized it;
    median : as the paper prints it (months); file : its rows beside this module."""

    label: str
    source: str
    median: float
    file: Path
    arm: str
    endpoint: str

    def patients(self) -> pd.DataFrame:
        """time (months from randomization) and event (1 or 0) of the pseudo-patients (n,)."""
        rows = pd.read_csv(self.file)
        of_it = (rows["arm"] == self.arm) & (rows["endpoint"] == self.endpoint)
        return rows.loc[of_it, ["time", "event"]].reset_index(drop=True)


@cache
def _shipped() -> Mapping:
    return load_rules(HERE / "arms.yml")


def _letters(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


def arm_names() -> list[str]:
    """The trials of which arms come with the project."""
    return list(_shipped()["trials"])


def published_arm(trial: str, arm: str, endpoint: str) -> PublishedArm | None:
    """The arm (control or experimental) of a trial by its endpoint (OS or PFS), or None for another trial.

    CheckMate 057 and CHECKMATE-057 are one.
    """
    trial = next((name for name in arm_names() if _letters(name) == _letters(trial)), "")
    if not trial:
        return None
    found = _shipped()["trials"][trial]
    told = found["arms"][arm]
    source = f"{found['source']}, {found['figures'][endpoint]}; {_shipped()['digitized']}; time from randomization"
    label = f"{told['label']} ({trial}: {found['patients']})"
    return PublishedArm(label, source, told["medians"][endpoint], HERE / found["file"], arm, endpoint)
