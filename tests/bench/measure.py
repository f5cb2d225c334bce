"""Wall time, processor time and peak memory of a whole command, its child processes included."""

import json
import os
import subprocess
import threading
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import psutil

RESULTS = Path(__file__).parent / "results.json"


class Used(NamedTuple):
    """What one run took. processor : seconds of all its processes, user and system; peak_mb : None where nobody looked."""

    seconds: float
    processor: float
    peak_mb: float | None


def run(command, cwd=None, environment=None, memory=False) -> Used:
    """One run of a command. memory : look ten times a second at how much the processes hold (the highest sum of their proportional set sizes).
    To look takes a third of a core, so a run that is timed to be compared goes without.
    """
    start, before, peak = time.perf_counter(), _processor(), [0.0]
    started = {"cwd": cwd, "env": compiling(environment), "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    process = subprocess.Popen(command, **started)
    if memory:
        threading.Thread(target=_sample, args=(process.pid, peak), daemon=True).start()
    _, said = process.communicate()
    seconds = time.perf_counter() - start
    if process.returncode:
        raise RuntimeError(f"{command} ended with code {process.returncode}: {said.decode()[-500:]}")
    return Used(seconds, _processor() - before, peak[0] if memory else None)


def compiling(environment=None) -> dict:
    """The environment of a program, as on the machine of a person: Python keeps what it compiled."""
    return {k: v for k, v in (environment or os.environ).items() if k != "PYTHONDONTWRITEBYTECODE"}


def _processor() -> float:
    """Seconds of processor time of all processes that this one started and that have ended."""
    now = os.times()
    return now.children_user + now.children_system


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
    """Writes one part of results.json with machine, version and day; keeps the other parts."""
    known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    about = {"machine": machine(), "version": version("rechallenge"), "day": date.today().isoformat()}
    known |= {part: rows, "about": known.get("about", {}) | {part: about}}
    RESULTS.write_text(json.dumps(known, indent=1) + "\n")
