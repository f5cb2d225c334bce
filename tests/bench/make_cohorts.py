"""Synthetic cohorts of 13 to 200 patients with full tables, so that every section runs. Seeded: the same every time.

Run: python tests/bench/make_cohorts.py FOLDER [N]
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

SEED, SMALLEST, LARGEST = 20260101, 13, 200
COHORT_YML = (
    "title: Synthetic cohort {i}\nkind: pseudo\ntime_unit: months\nprimary_endpoint: PFSR\nsubgroups: [ECOG, SEX]\n"
)
TERMS = ("Fatigue", "Rash", "Anaemia", "Diarrhoea", "Hypothyroidism", "Pneumonitis")
CHANGE = {"CR": (-100, -100), "PR": (-80, -31), "SD": (-29, 19), "PD": (21, 90)}


def make_cohort(folder, i):
    """Write the cohort with number `i` into a folder of its own; returns the folder."""
    rng = np.random.default_rng([SEED, i])
    n = int(rng.integers(SMALLEST, LARGEST + 1))
    ecog = rng.choice(["0", "1", "2"], n, p=[0.3, 0.5, 0.2])
    risk = np.exp(0.6 * (ecog == "2") - 0.3 * (rng.random(n) < 0.4))
    adsl = pd.DataFrame({
        "USUBJID": [f"S{i:03d}-{k:03d}" for k in range(n)], "SITEID": rng.choice(["01", "02", "03"], n),
        "AGE": rng.integers(38, 83, n), "SEX": rng.choice(["M", "F"], n), "ECOG": ecog,
        "SMOKE": rng.choice(["NEVER", "FORMER", "CURRENT"], n), "HIST": rng.choice(["ADENO", "SQUAMOUS"], n),
        "STAGE": rng.choice(["III", "IV"], n, p=[0.25, 0.75]), "PDL1": rng.choice(["<1%", "1-49%", ">=50%"], n),
        "BMI": rng.normal(23, 3, n).round(1).clip(15, 40), "INTERIM": rng.choice(["N", "Y"], n),
        "BOR_INITIAL": rng.choice(["CR", "PR", "SD"], n, p=[0.1, 0.6, 0.3]),
        "BOR_RECHALLENGE": rng.choice(["PR", "SD", "PD"], n, p=[0.15, 0.45, 0.4]),
    })  # fmt: skip
    for phase in ("INITIAL", "RECHALLENGE"):
        adsl[f"PCHG_{phase}"] = [int(rng.integers(CHANGE[b][0], CHANGE[b][1] + 1)) for b in adsl[f"BOR_{phase}"]]
    pfsr = rng.exponential(4 / risk) + 0.3
    for name, time, share in (
        ("PFS1", rng.exponential(8, n) + 0.5, 0.95),
        ("PFSR", pfsr, 0.85),
        ("OS", pfsr + rng.exponential(8 / risk), 0.6),
    ):
        adsl[name], adsl[f"{name}_EVENT"] = time.round(2), (rng.random(n) < share).astype(int)
    events = [
        (subject, rng.choice(["INITIAL", "RECHALLENGE"]), term, int(rng.integers(1, 5)))
        for subject in adsl["USUBJID"]
        for term in rng.choice(TERMS, rng.integers(0, 4), replace=False)
    ]
    target = Path(folder) / f"synthetic-{i:03d}"
    target.mkdir(parents=True, exist_ok=True)
    (target / "cohort.yml").write_text(COHORT_YML.format(i=i), encoding="utf-8")
    adsl.to_csv(target / "adsl.csv", index=False, lineterminator="\n")
    adae = pd.DataFrame(events, columns=["USUBJID", "APHASE", "AEDECOD", "ATOXGR"])
    adae.to_csv(target / "adae.csv", index=False, lineterminator="\n")
    return target


if __name__ == "__main__":
    for number in range(int(sys.argv[2]) if len(sys.argv) > 2 else 200):
        make_cohort(sys.argv[1], number)
