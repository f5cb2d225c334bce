"""How long the first words of a command take, from a cold start, beside the start of R.

Run on a quiet machine: python tests/bench/bench_start.py. Medians of RUNS runs, in turn; each mark is in the table.
"""

import shutil
import sys
from pathlib import Path

from measure import machine, median, record, run

RUNS = 7
PROJECT = Path(__file__).resolve().parents[2]
MARKS = {"--help": 0.25, "cohorts": 0.3, "check quzhou-2025": 0.7, "audit quzhou-2025": 0.7}


def main():
    works = {name: [sys.executable, "-m", "rechallenge", *name.split()] for name in MARKS}
    if shutil.which("Rscript"):
        works["Rscript -e 1"] = ["Rscript", "-e", "1"]
    found = {name: [] for name in works}
    for turn in range(RUNS + 1):
        for name, command in works.items():
            used = run(command, cwd=PROJECT)
            if turn:  # the first fills the caches of the disk
                found[name].append(used)
    rows = [
        {
            "work": name,
            "seconds": median([used.seconds for used in runs]),
            "processor": median([used.processor for used in runs]),
            "mark": MARKS.get(name),
        }
        for name, runs in found.items()
    ]
    print(f"{machine()}; median of {RUNS} runs in turn\n\n{'command':24} {'seconds':>8} {'processor':>10} {'mark':>6}")
    for row in rows:
        print(f"{row['work']:24} {row['seconds']:8.2f} {row['processor']:10.2f} {row['mark'] or '':>6}")
    record("start", rows)


if __name__ == "__main__":
    main()
