"""Cohorts from printed numbers: whole commands on one core, cold.

Run: python tests/bench/bench_reconstruct.py. There is no peer: no other program does this. Writes the part
`reconstruct` of tests/bench/results.json.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from measure import machine, median, record, run

COMMAND = str(Path(sys.executable).parent / "rechallenge")
RUNS = 3
WORKS = {
    "quzhou-2025, all orderings and proofs": ["quzhou-2025"],
    "chen-2025, all orderings and proofs": ["chen-2025"],
    "xu-2023, one solution": ["xu-2023"],
    "shi-2026, one solution": ["shi-2026"],
    "xu-2023, 50 solutions": ["xu-2023", "--ensemble", "50"],
    "shi-2026, 50 solutions": ["shi-2026", "--ensemble", "50"],
}


def main():
    core = ["taskset", "-c", "0"] if shutil.which("taskset") else []
    rows = []
    print(f"{machine()}; median of {RUNS} cold runs on one core\n\n{'work':40} {'seconds':>8} {'peak MB':>8}")
    for name, arguments in WORKS.items():
        with tempfile.TemporaryDirectory() as folder:
            command = [*core, COMMAND, "reconstruct", *arguments, "--out", folder]
            peak = run(command, memory=True).peak_mb  # not timed: it compiles into the cache
            found = [run(command) for _ in range(RUNS)]
        row = {"work": name, "seconds": median([used.seconds for used in found]), "peak_mb": peak}
        rows.append(row | {"load": os.getloadavg()[0]})
        print(f"{name:40} {row['seconds']:8.1f} {row['peak_mb']:8.0f}", flush=True)
    record("reconstruct", rows)


if __name__ == "__main__":
    main()
