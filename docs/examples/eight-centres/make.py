"""Eight synthetic centres for docs/federation.md: each a project folder of its own. Seeded: the same at every run.

Run: python docs/examples/eight-centres/make.py FOLDER
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

SEED = 20260401
SIZES = {"Alder": 64, "Birch": 48, "Cedar": 40, "Elm": 36, "Fir": 30, "Hazel": 24, "Larch": 18, "Maple": 13}
COHORT_YML = (
    "title: Synthetic centre {name}\nkind: pseudo\nnotice: Synthetic. Drawn by a program.\ntime_unit:"
    " months\nprimary_endpoint: PFSR\n"
)


def make_centre(folder: Path, name: str, size: int, seed: int = SEED) -> Path:
    """Write the cohort `local` of a centre into folder/NAME/data/local; returns folder/NAME/data."""
    rng = np.random.default_rng([seed, *name.encode()])
    ecog = rng.choice(["0", "1", "2"], size, p=[0.3, 0.45, 0.25])
    age = rng.integers(45, 80, size)
    risk = np.exp(0.5 * (ecog == "1") + 1.0 * (ecog == "2") + 0.02 * (age - 62) + rng.normal(0, 0.3))
    progression, death = (rng.exponential(m / risk) for m in (5.0, 12.0))
    end = rng.uniform(8, 30, size)
    first = np.minimum(progression, death)
    rows = pd.DataFrame(
        {
            "USUBJID": [f"{name[0]}{i + 1:03d}" for i in range(size)],
            "AGE": age,
            "SEX": rng.choice(["M", "F"], size),
            "ECOG": ecog,
            "PFSR": np.maximum(np.minimum(first, end).round(1), 0.1),
            "PFSR_EVENT": (first <= end).astype(int),
            "PFSR_CAUSE": np.where(first > end, "", np.where(progression < death, "PROGRESSION", "DEATH")),
            "OS": np.maximum(np.minimum(death, end).round(1), 0.1),
            "OS_EVENT": (death <= end).astype(int),
            "BOR_RECHALLENGE": rng.choice(["PR", "SD", "PD"], size, p=[0.2, 0.4, 0.4]),
        }
    )
    rows["OS"] = np.maximum(rows["OS"], rows["PFSR"])
    events = [
        (subject, "RECHALLENGE", term, int(rng.integers(1, 5)))
        for subject in rows["USUBJID"]
        for term in rng.choice(["Fatigue", "Rash", "Pneumonitis"], rng.integers(0, 3), replace=False)
    ]
    data = Path(folder) / name / "data"
    target = data / "local"
    target.mkdir(parents=True, exist_ok=True)
    (target / "cohort.yml").write_text(COHORT_YML.format(name=name), encoding="utf-8")
    rows.to_csv(target / "adsl.csv", index=False, lineterminator="\n")
    adae = pd.DataFrame(events, columns=["USUBJID", "APHASE", "AEDECOD", "ATOXGR"])
    adae.to_csv(target / "adae.csv", index=False, lineterminator="\n")
    return data


def make_centres(folder: Path) -> dict[str, Path]:
    """{name: its data folder} of all eight."""
    return {name: make_centre(folder, name, size) for name, size in SIZES.items()}


if __name__ == "__main__":
    for made in make_centres(Path(sys.argv[1])).values():
        print(made)
