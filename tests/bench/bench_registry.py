"""Time and memory of a whole report on a made-up registry of 10,000 to a million subjects, read from Parquet.

Run: python tests/bench/bench_registry.py [SUBJECTS ...]. Writes the key `registry` of tests/bench/results.json.
"""

import os
import sys
import tempfile
from pathlib import Path

from make_registry import make_registry
from measure import machine, record, run

HERE = Path(__file__).parent
COMMAND = Path(sys.executable).parent / "rechallenge"
SIZES = (10_000, 100_000, 1_000_000)


def main(sizes):
    """One report of each size, from a cold start, in a folder that goes when it ends."""
    rows = []
    print(
        f"{machine()}\n\n{'subjects':>10} {'input MB':>9} {'seconds':>8} {'processor':>10} {'peak MB':>8} {'load':>5}"
    )
    for n in sizes:
        with tempfile.TemporaryDirectory() as folder:
            data = make_registry(Path(folder) / "data" / f"registry-{n}", n)
            size = sum(p.stat().st_size for p in data.iterdir()) / 1e6
            load = os.getloadavg()[0]  # what else the machine had to do: above 0.5 the seconds say little
            command = [str(COMMAND), "report", data.name, "--out", folder, "--data", str(data.parent)]
            seconds, processor, peak = run(command, memory=True)
        took = {"seconds": seconds, "processor": processor, "peak_mb": peak}
        rows.append({"subjects": n, "input_mb": size, **took, "load_before": load})
        print(f"{n:10d} {size:9.1f} {seconds:8.1f} {processor:10.1f} {peak:8.0f} {load:5.1f}")
    record("registry", rows)


if __name__ == "__main__":
    main([int(n) for n in sys.argv[1:]] or SIZES)
