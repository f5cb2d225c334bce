"""A made-up registry of any size as a cohort folder of Parquet tables: no patient stands behind a row.

Run: python tests/bench/make_registry.py FOLDER SUBJECTS [SEED]. The same size and seed give the same tables.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

SEED = 20251201
TERMS = ("Rash", "Pruritus", "Hypothyroidism", "Pneumonitis", "Diarrhoea", "Fatigue", "Hepatitis", "Arthralgia",
         "Colitis", "Adrenal insufficiency", "Nausea", "Anaemia")  # fmt: skip
COURSES = ("INITIAL", "RECHALLENGE")
META = """title: A made-up registry of {n} subjects
kind: pseudo
notice: Made by tests/bench/make_registry.py to measure time and memory. Not patients.
time_unit: days
primary_endpoint: PFSR
ctcae: "5.0"
provenance:
  adsl: {{status: determined, note: made up}}
"""


def make_registry(folder, subjects, seed=SEED, form="parquet") -> Path:
    """Write `folder`/cohort.yml and the tables adsl, adtte, adrs, adtr and adae of so many subjects; returns the
    folder.

    Whole days, so that times tie; three covariates of eight have missing values; about half an adverse event a subject.
    form : "parquet", or "csv" for the same tables as text.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cohort.yml").write_text(META.format(n=subjects), encoding="utf-8")
    for name, frame in registry_tables(subjects, seed).items():
        if form == "csv":
            frame.to_csv(folder / f"{name}.csv", index=False)
        else:
            frame.to_parquet(folder / f"{name}.parquet", index=False)
    return folder


def registry_tables(n, seed=SEED) -> dict[str, pd.DataFrame]:
    """The tables of `n` subjects by name; outcomes depend on covariates and agree with each other."""
    rng = np.random.default_rng(seed)
    subject = pd.Series([f"R{i:08d}" for i in range(1, n + 1)])
    pick = lambda levels, p: pd.Categorical.from_codes(rng.choice(len(levels), n, p=p), levels)  # noqa: E731
    metastasis = rng.random(n) < 0.6
    stage = np.where(metastasis, rng.choice([1, 2], n), 0)
    adsl = pd.DataFrame({
        "USUBJID": subject,
        "AGE": np.clip(rng.normal(66, 9, n).round(), 25, 95),
        "SEX": pick(["M", "F"], [0.62, 0.38]),
        "ECOG": pick(["0", "1", "2"], [0.3, 0.55, 0.15]),
        "SMOKE": pick(["NEVER", "FORMER", "CURRENT"], [0.2, 0.55, 0.25]),
        "HIST": pick(["ADENO", "SQUAMOUS", "OTHER"], [0.62, 0.3, 0.08]),
        "STAGE": pd.Categorical.from_codes(stage, ["IIIC", "IVA", "IVB"]),
        "PDL1": pick(["<1%", "1-49%", ">=50%", "UNKNOWN"], [0.3, 0.3, 0.25, 0.15]),
        "BMI": np.clip(rng.normal(25, 4, n), 14, 55).round(1),
    })  # fmt: skip
    risk = 0.01 * (adsl["AGE"] - 66) + 0.3 * adsl["ECOG"].cat.codes - 0.2 * (adsl["PDL1"] == ">=50%")
    for column, share in (("AGE", 0.01), ("BMI", 0.08), ("SMOKE", 0.03)):
        adsl.loc[rng.random(n) < share, column] = None
    first, progression, death, lost = (
        np.ceil(mean * np.exp(-weight * risk) * rng.exponential(size=n)).clip(1, 3650)
        for mean, weight in ((260, 0.5), (130, 1.0), (420, 1.0), (900, 0.0))
    )
    again = np.minimum(progression, death)
    responses = {course: rng.choice(["CR", "PR", "SD", "PD"], n, p=p) for course, p in
                 zip(COURSES, ([0.04, 0.3, 0.4, 0.26], [0.01, 0.12, 0.42, 0.45]), strict=True)}  # fmt: skip
    seen = (again <= lost) | (death <= lost) | (responses["RECHALLENGE"] == "PD")
    times = {
        "PFS1": (first, np.zeros(n)),
        "PFSR": (np.minimum(again, lost), 1.0 - seen),
        "OS": (np.minimum(death, lost), (death > lost) * 1.0),
    }
    adtte = pd.concat(
        pd.DataFrame({"USUBJID": subject, "PARAMCD": code, "AVAL": time, "CNSR": cnsr.astype(int)})
        for code, (time, cnsr) in times.items()
    )
    change = {"CR": (-100, -100), "PR": (-95, -31), "SD": (-29, 19), "PD": (-20, 90)}
    adrs, adtr = [], []
    for course, response in responses.items():
        low, high = (pd.Series(response).map({k: v[i] for k, v in change.items()}).to_numpy() for i in (0, 1))
        adrs.append(pd.DataFrame({"USUBJID": subject, "APHASE": course, "PARAMCD": "BOR", "AVALC": response}))
        adtr.append(
            pd.DataFrame({"USUBJID": subject, "APHASE": course, "PCHG": (low + (high - low) * rng.random(n)).round(1)})
        )
    events = max(1, n // 2)
    adae = pd.DataFrame({
        "USUBJID": subject.to_numpy()[rng.integers(0, n, events)],
        "APHASE": rng.choice(COURSES, events),
        "AEDECOD": rng.choice(TERMS, events),
        "ATOXGR": rng.choice([1, 2, 3, 4, 5], events, p=[0.45, 0.35, 0.15, 0.04, 0.01]),
    })  # fmt: skip
    tables = {"adsl": adsl, "adtte": adtte, "adrs": pd.concat(adrs), "adtr": pd.concat(adtr), "adae": adae}
    coded = ("PARAMCD", "APHASE", "AVALC", "AEDECOD")
    return {
        name: frame.reset_index(drop=True).astype({c: "category" for c in coded if c in frame})
        for name, frame in tables.items()
    }


if __name__ == "__main__":
    make_registry(sys.argv[1], int(sys.argv[2]), *map(int, sys.argv[3:4]))
