"""One report of each shipped cohort, from a cold start and under `rechallenge watch`, beside a plain R Markdown report with about the
same sections.

Run: make bench. They are run in turn; ratios are of the medians of one session. Writes the parts `report` and `watch`
of tests/bench/results.json.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import compiling, machine, median, record, run

HERE = Path(__file__).parent
COMMAND = Path(sys.executable).parent / "rechallenge"
RUNS = 5
PROJECT = HERE.parents[1]
PEER = "R Markdown peer"
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
    return lambda **asked: run(render, cwd=folder, **asked)


def under_watch(name, folder) -> list[float]:
    """Seconds of RUNS reports after the cohort was saved, while `rechallenge watch` goes on."""
    data = Path(folder, "data")
    shutil.copytree(PROJECT / "data" / name, data / name)
    command = [str(COMMAND), "watch", name, "--out", folder, "--data", str(data)]
    process = subprocess.Popen(command, cwd=PROJECT, env=compiling(), stdout=subprocess.PIPE, text=True)
    found = []
    try:
        for line in process.stdout:
            if not (said := re.match(r"([\d.]+) s: ", line)):
                continue
            found.append(float(said[1]))
            if len(found) > RUNS + 1:
                return found[2:]  # the first has nothing to build on, the second reads the files that the first wrote
            time.sleep(1)
            (data / name / "cohort.yml").write_bytes((data / name / "cohort.yml").read_bytes())
    finally:
        process.kill()
        process.wait()
    raise RuntimeError(f"watch {name} ended")


def row(name, found, peak) -> dict:
    """What is kept of the runs of one work."""
    return {
        "work": name,
        "seconds": median([used.seconds for used in found]),
        "processor": median([used.processor for used in found]),
        "peak_mb": peak,
    }


def beside(rows, base):
    """The rows with their ratios to the peer; None without one."""
    for r in rows:
        for kind, ratio in (("seconds", "ratio"), ("processor", "ratio_processor")):
            r[ratio] = r[kind] / base[kind] if base and kind in r else None
    return rows


def main():
    with tempfile.TemporaryDirectory() as folder:
        works = {
            f"report {name}": lambda name=name, **asked: run([str(COMMAND), "report", name, "--out", folder], **asked)
            for name in ("quzhou-2025", "ncctg-lung")
        }
        rival = peer(folder)
        if rival:
            works[PEER] = rival
        peaks = {name: work(memory=True).peak_mb for name, work in works.items()}  # fills the caches too
        found = {name: [] for name in works}
        for _ in range(RUNS):
            for name, work in works.items():
                found[name].append(work())
        saved = median(under_watch("quzhou-2025", folder))
    rows = [row(name, runs, peaks[name]) for name, runs in found.items()]
    base = next((r for r in rows if r["work"] == PEER), None)
    print(f"{machine()}; median of {RUNS} runs in turn\n")
    print(f"{'work':36} {'wall, s':>8} {'to R':>6} {'processor, s':>13} {'to R':>6} {'peak MB':>8}")
    for r in beside(rows, base):
        ratios = [f"{r[key]:.2f}" if base else "no R" for key in ("ratio", "ratio_processor")]
        line = f"{r['seconds']:8.2f} {ratios[0]:>6} {r['processor']:13.2f} {ratios[1]:>6} {r['peak_mb']:8.0f}"
        print(f"{r['work']:36} {line}")
    print(f"{'report quzhou-2025 under watch':36} {saved:8.2f}")
    if not base:
        print(f"\nFor the comparison with R: apt-get install {PACKAGES}")
    record("report", rows)
    record("watch", beside([{"work": "report quzhou-2025 under `watch`, after saving", "seconds": saved}], base))


if __name__ == "__main__":
    main()
