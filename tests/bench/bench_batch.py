"""Many synthetic cohorts in one batch: seconds a cohort beside the R Markdown peer, and whether memory stays flat.

Run: python tests/bench/bench_batch.py [N]   (default 200). Writes the key `batch` of tests/bench/results.json.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
from bench_report import peer
from make_cohorts import make_cohort
from measure import compiling, median, record

HERE = Path(__file__).parent
EARLY = 20  # cohorts after which memory is first read
CODE = "from rechallenge.cli import main; main()"


def watch(process, out, readings, stop):
    """Note (finished cohorts, MB of the whole tree, MB of the parent) until told to stop."""
    root = psutil.Process(process.pid)
    while not stop.wait(2):  # to look costs time of its own
        try:
            own = root.memory_full_info().pss
            tree = own
            for child in root.children(recursive=True):
                try:
                    tree += child.memory_full_info().pss
                except (psutil.NoSuchProcess, psutil.AccessDenied):
                    continue
        except psutil.NoSuchProcess:
            return
        readings.append((sum(1 for _ in out.glob("*/report.html")), tree / 1e6, root.memory_info().rss / 1e6))


def batch(data, out):
    """Seconds of one batch over every cohort in `data`, its processor seconds, and the readings of its memory."""
    start, before = time.perf_counter(), os.times()
    process = subprocess.Popen(
        [sys.executable, "-m", "rechallenge", "report", "--all", "--out", str(out), "--data", str(data)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=compiling(),
    )  # fmt: skip
    readings, stop = [], threading.Event()
    thread = threading.Thread(target=watch, args=(process, out, readings, stop))
    thread.start()
    said, _ = process.communicate()
    seconds, after = time.perf_counter() - start, os.times()
    stop.set()
    thread.join()
    if process.returncode:
        raise RuntimeError(said[-2000:])
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return seconds, used, readings


def near(readings, finished, span=5):
    """The highest (tree, parent) around the time when `finished` cohorts were done."""
    found = [r for r in readings if abs(r[0] - finished) <= span]
    return [max(r[i] for r in found) for i in (1, 2)] if found else [None, None]


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as folder:
        data, out = Path(folder, "data"), Path(folder, "out")
        for i in range(count):
            make_cohort(data, i)
        seconds, used, readings = batch(data, out)
        made = sum(1 for _ in out.glob("*/report.html"))
        page = (out / "index.html").stat().st_size
        Path(folder, "peer").mkdir()
        rival = peer(Path(folder, "peer"))
        rivals = [rival() for _ in range(3)] if rival else []
    base = {kind: median([getattr(r, kind) for r in rivals]) for kind in ("seconds", "processor")} if rivals else None
    early, end = near(readings, EARLY), near(readings, count)
    found = {
        "cohorts": count, "reports": made, "seconds": seconds, "seconds_per_cohort": seconds / count,
        "processor_per_cohort": used / count, "peer_seconds": base and base["seconds"],
        "peer_processor": base and base["processor"], "ratio": base and seconds / count / base["seconds"],
        "ratio_processor": base and used / count / base["processor"],
        "index_bytes": page, f"tree_mb_at_{EARLY}": early[0], "tree_mb_at_end": end[0],
        f"parent_mb_at_{EARLY}": early[1], "parent_mb_at_end": end[1], "load_at_end": os.getloadavg()[0],
    }  # fmt: skip
    print(json.dumps(found, indent=1))
    record("batch", found)


if __name__ == "__main__":
    main()
