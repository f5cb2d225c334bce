"""A synthetic cohort with dates of everything: doses, assessments, lesions, onsets of adverse events, the next therapy.

`python -m tests.dated NAME` writes it into data/NAME, to see what a report shows of dates.
"""

import sys

import numpy as np
import pandas as pd

from papercheck.files.project import data_folder

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


def write_dated(name):
    """Write the cohort into data/NAME, and say in cohort.yml what it is. Raises FileExistsError where there is one."""
    folder = data_folder() / name
    folder.mkdir()
    notice = "kind: pseudo\nnotice: Synthetic, not patients; drawn at random.\n"
    (folder / "cohort.yml").write_text(YML.replace("kind: patients\n", notice), encoding="utf-8")
    for table, text in dated_files(n=40).items():
        (folder / f"{table}.csv").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write_dated(*sys.argv[1:])
