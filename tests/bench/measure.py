"""Wall time and peak memory of a whole command, its child processes included."""

import json
import subprocess
import threading
import time
from pathlib import Path

import psutil

RESULTS = Path(__file__).parent / "results.json"


def run(command, cwd=None, environment=None) -> tuple[float, float]:
    """Seconds and MB of one run. MB: highest sum of the proportional set sizes of the process tree, sampled."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=cwd, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    peak = [0.0]
    sampler = threading.Thread(target=_sample, args=(process.pid, peak), daemon=True)
    sampler.start()
    _, said = process.communicate()
    seconds = time.perf_counter() - start
    if process.returncode:
        raise RuntimeError(f"{command} ended with code {process.returncode}: {said.decode()[-500:]}")
    return seconds, peak[0]


def _sample(pid, peak):
    while True:
        total = 0
        try:
            root = psutil.Process(pid)
            for process in [root, *root.children(recursive=True)]:
                try:
                    total += process.memory_full_info().pss
                except (psutil.NoSuchProcess, psutil.AccessDenied):
                    continue
        except psutil.NoSuchProcess:
            return
        peak[0] = max(peak[0], total / 1e6)
        time.sleep(0.1)


def median(values):
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


def machine() -> str:
    """The processor and its cores, for the head of a table."""
    import platform

    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    name = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())
    return (
        f"{name}, {psutil.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GB, Python"
        f" {platform.python_version()}"
    )


def record(part, rows):
    """Writes one part of results.json and the machine of that part; keeps the other parts."""
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    machines = known.get("machines", {}) | {part: machine()}
    RESULTS.write_text(json.dumps(known | {part: rows, "machines": machines}, indent=1) + "\n")
