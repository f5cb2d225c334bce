"""One table of all that was measured, from tests/bench/results.json: work, size, ours, R, lifelines, ratio to R, peak
MB.

Run: python tests/bench/table.py. The parts were written by the bench scripts, each from one run.
"""

import json

from measure import RESULTS

HEADS = ("work", "size", "ours, s", "R, s", "lifelines, s", "ours / R", "peak MB")


def rows(found):
    """(work, size, ours, R, lifelines, ratio, MB) of every part that was measured; None where there is nothing."""
    peer = next((r["seconds"] for r in found.get("report", []) if "peer" in r["work"]), None)
    for r in found.get("report", []):
        if "peer" not in r["work"]:
            yield r["work"], None, r["seconds"], peer, None, r["ratio"], r["peak_mb"]
    batch = found.get("batch")
    if batch:
        seconds, rival = batch["seconds_per_cohort"], batch["peer_seconds_per_report"]
        yield "report, one of a batch", batch["cohorts"], seconds, rival, None, batch["ratio"], batch["tree_mb_at_end"]
    for r in found.get("registry", []):
        yield "report, large cohort", r["subjects"], r["seconds"], None, None, None, r["peak_mb"]
    for r in found.get("large", []):
        yield r["work"], r["n"], r["seconds"], r["r"], r["lifelines"], r["ratio_to_r"], r.get("peak_mb")
    for r in found.get("reconstruct", []):
        yield r["work"], None, r["seconds"], None, None, None, r["peak_mb"]


def shown(value, digits):
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    return f"{value:,.{digits}f}" if value >= 0.001 or not value else "<0.001"


def main():
    found = json.loads(RESULTS.read_text())
    for name in dict.fromkeys(found["machines"].values()):
        print(f"{', '.join(part for part, m in found['machines'].items() if m == name)}: {name}")
    print()
    print(f"{HEADS[0]:40}" + "".join(f"{h:>14}" for h in HEADS[1:]))
    for row in rows(found):
        print(f"{row[0]:40}" + "".join(f"{shown(v, d):>14}" for v, d in zip(row[1:], (0, 3, 3, 3, 3, 0), strict=True)))


if __name__ == "__main__":
    main()
