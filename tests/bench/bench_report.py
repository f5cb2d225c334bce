"""One report of each shipped cohort, from a cold start, beside a plain R Markdown report with about the same sections.

Run: make bench. The two are run in turn; the ratio is of the medians of one session. Writes tests/bench/results.json.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import machine, median, run

HERE = Path(__file__).parent
COMMAND = Path(sys.executable).parent / "rechallenge"
RUNS = 5
PACKAGES = "r-base-core r-cran-survival r-cran-survminer r-cran-metafor r-cran-survey r-cran-rmarkdown pandoc"


def peer(folder):
    """A function that renders the R Markdown peer once, or None if R or a package is missing."""
    if not shutil.which("Rscript"):
        return None
    for name in ("gen.R", "report.Rmd"):
        shutil.copy(HERE / "peer" / name, folder)
    render = ["Rscript", "-e", "rmarkdown::render('report.Rmd', quiet=TRUE)"]
    try:
        subprocess.run(["Rscript", "gen.R"], cwd=folder, check=True, capture_output=True)
        run(render, cwd=folder)
    except (RuntimeError, subprocess.CalledProcessError):
        return None
    return lambda: run(render, cwd=folder)


def main():
    with tempfile.TemporaryDirectory() as folder:
        works = {
            f"report {name}": lambda name=name: run([str(COMMAND), "report", name, "--out", folder])
            for name in ("quzhou-2025", "ncctg-lung")
        }
        rival = peer(folder)
        if rival:
            works["R Markdown peer"] = rival
        for work in works.values():  # one run uncounted: disk caches, .pyc files
            work()
        found = {name: [] for name in works}
        for _ in range(RUNS):
            for name, work in works.items():
                found[name].append(work())
    rows = [
        {"work": n, "seconds": median([s for s, _ in f]), "peak_mb": max(m for _, m in f)} for n, f in found.items()
    ]
    base = next((r["seconds"] for r in rows if r["work"] == "R Markdown peer"), None)
    print(f"{machine()}; median of {RUNS} runs in turn\n")
    print(f"{'work':24} {'seconds':>8} {'ratio to R':>11} {'peak MB':>8}")
    for row in rows:
        row["ratio"] = row["seconds"] / base if base else None
        ratio = f"{row['ratio']:.2f}" if base else "no R"
        print(f"{row['work']:24} {row['seconds']:8.2f} {ratio:>11} {row['peak_mb']:8.0f}")
    if not base:
        print(f"\nFor the comparison with R: apt-get install {PACKAGES}")
    path = HERE / "results.json"
    results = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(results | {"machine": machine(), "report": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
