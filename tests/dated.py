"""A synthetic cohort with dates of everything: doses, assessments, lesions, onsets of adverse events, the next therapy.

`python -m tests.dated docs/examples/synthetic-dates` made the example of that name, in which nearly every section has something to show.
"""

import io
import sys
from pathlib import Path

import numpy as np
import pandas as pd

YML = (
    "title: Dated patients\nkind: patients\ndata_cutoff: 2024-12-31\nctcae: '5.0'\nsubgroups: [SEX, ECOG]\n"
    "eligibility:\n  - {label: Aged 18 or more, column: AGE, min: 18}\n"
)
TERMS = ("Rash", "Pneumonitis", "Hypothyroidism", "Fatigue", "Hepatitis")
VISIT = 42  # days between assessments


def dated_files(n=16, seed=5) -> dict[str, str]:
    """The files of the cohort as CSV texts by table."""
    rng, tables = np.random.default_rng(seed), {"adsl": [], "adex": [], "adrs": [], "adtr": [], "adae": []}
    for i in range(n):
        _patient(f"D{i + 1:02d}", rng, tables)
    return {name: pd.DataFrame(rows).to_csv(index=False, lineterminator="\n") for name, rows in tables.items()}


def _day(start, days):
    return (pd.Timestamp(start) + pd.Timedelta(days=int(days))).date().isoformat()


def _patient(subject, rng, tables):
    first = _day("2021-01-01", rng.integers(0, 300))
    length = int(rng.integers(80, 400))
    again = _day(first, length + rng.integers(40, 160))
    ends = {"INITIAL": (first, length), "RECHALLENGE": (again, int(rng.integers(30, 330)))}
    for phase, (start, pfs) in ends.items():
        _course(subject, phase, start, pfs, rng, tables)
    if rng.random() < 0.5:
        started = _day(again, ends["RECHALLENGE"][1] + 20)
        tables["adex"].append({"USUBJID": subject, "APHASE": "SUBSEQUENT", "ASTDT": started, "AENDT": ""})
    life = ends["RECHALLENGE"][1] + int(rng.integers(60, 500))
    died = rng.random() < 0.6
    tables["adsl"].append({
        "USUBJID": subject, "AGE": int(rng.integers(45, 80)), "SEX": rng.choice(["M", "F"]), "ECOG": rng.choice(["0", "1", "2"]),
        "PDL1": rng.choice(["<1%", "1-49%", ">=50%", ""]), "HIST": rng.choice(["ADENO", "SQUAMOUS"]),
        "DTHDT": _day(again, life) if died else "", "LSTALVDT": "" if died else _day(again, life),
    })  # fmt: skip


def _course(subject, phase, start, pfs, rng, tables):
    """Doses, sums, assessments and adverse events of one course that progresses `pfs` days after its start."""
    where = {"USUBJID": subject, "APHASE": phase}
    progressed = phase == "INITIAL" or rng.random() < 0.8
    last = max(1, pfs + int(rng.integers(-40, 30)))
    ended = {"AENDT": _day(start, last) if progressed else "", "PDDT": _day(start, pfs) if progressed else ""}
    tables["adex"].append(where | {"ASTDT": start} | ended)
    sums = [float(rng.integers(30, 110))]
    tables["adtr"].append(where | {"ADT": _day(start, -5), "SDIAM": sums[0]})
    for day in range(VISIT, max(pfs, VISIT + 1), VISIT):
        sums.append(round(max(5.0, sums[-1] * rng.uniform(0.6, 1.1)), 1))
        change = sums[-1] / sums[0] - 1
        tables["adtr"].append(where | {"ADT": _day(start, day), "SDIAM": sums[-1]})
        tables["adrs"].append(
            where | {"PARAMCD": "OVR", "ADT": _day(start, day), "AVALC": "PR" if change <= -0.3 else "SD"}
        )
    if progressed:
        tables["adrs"].append(where | {"PARAMCD": "OVR", "ADT": _day(start, pfs), "AVALC": "PD"})
    for term in rng.choice(TERMS, rng.integers(0, 4), replace=False):
        onset = _day(start, rng.integers(3, max(4, last)))
        tables["adae"].append(where | {"AEDECOD": term, "ATOXGR": int(rng.integers(1, 5)), "ASTDT": onset})


ASKS = """\
title: Rechallenge with dates of everything, a synthetic cohort
kind: simulated
notice: 'Synthetic, not patients: drawn at random by tests/dated.py, so that each section has something to show.'
data_cutoff: 2024-12-31
ctcae: '5.0'
subgroups: [SEX, ECOG]
eligibility:
  - {label: Aged 18 or more, column: AGE, min: 18}
factors:
  COMBI:
    label: Regimen of rechallenge
    levels: {MONO: ICI alone, COMBI: ICI with chemotherapy}
  LDH:
    label: Lactate dehydrogenase
    unit: U/L
  IRAE:                       # section 13
    label: Immune-related adverse event on rechallenge
    levels: {N: 'No', Y: 'Yes'}
    date: IRAEDT              # empty: it did not happen
late_entry:                   # section 14
  label: the diagnosis
  zero_date: DXDT
treatment:                    # sections 9, 15, 16
  arm: COMBI
  covariates: [AGE, SEX, ECOG]
  strata: [SEX]
  milestones: [6, 12]
event_groups:                 # section 19
  IRAE:
    label: Immune-related
    terms: [Pneumonitis, Hypothyroidism, Rash, Hepatitis]
    source: chosen for this example
external_control:             # section 20
  label: an invented arm, to show the section
  source: no study; invented for this example
  endpoint: OS
  median: 9
  rates: {12: 0.4}
  baseline:
    AGE: {mean: 62, sd: 9}
    SEX: {M: 0.6}
shapes: [LDH]                 # section 21
interval_censored: true       # section 22
imputation:                   # section 23
  factors: [AGE, ECOG, LDH]
  auxiliary: [SEX]
"""


def asking_files(n=60, seed=6) -> dict[str, str]:
    """The files of a cohort that every section can use: the dated one, with what `ASKS` declares."""
    rng, files = np.random.default_rng(seed), dated_files(n, seed)
    patients, courses, events = (pd.read_csv(io.StringIO(files[name]), dtype=str) for name in ("adsl", "adex", "adae"))
    first = courses[courses["APHASE"] == "INITIAL"].set_index("USUBJID")["ASTDT"]
    immune = events[(events["APHASE"] == "RECHALLENGE") & (events["AEDECOD"] != "Fatigue")]
    patients["DXDT"] = [_day(first[subject], -rng.integers(10, 400)) for subject in patients["USUBJID"]]
    patients["COMBI"] = rng.choice(["MONO", "COMBI"], n)
    patients["LDH"] = ["" if rng.random() < 0.2 else str(round(rng.lognormal(5.5, 0.4))) for _ in range(n)]
    patients["IRAEDT"] = patients["USUBJID"].map(immune.groupby("USUBJID")["ASTDT"].min())
    return files | {"adsl": patients.to_csv(index=False, lineterminator="\n")}


def write_dated(folder):
    """Write the cohort, and what it declares, into a new folder. Raises FileExistsError where there is one."""
    folder = Path(folder)
    folder.mkdir(parents=True)
    (folder / "cohort.yml").write_text(ASKS, encoding="utf-8")
    for table, text in asking_files().items():
        (folder / f"{table}.csv").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write_dated(*sys.argv[1:])
