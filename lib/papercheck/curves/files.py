"""What `papercheck curve` writes: readings for a scorer, files for a registry, a picture to compare, and the text."""

import csv
import io
from pathlib import Path

import numpy as np

from ..files.swap import write_whole
from ..files.visible import safe_text
from .read import Reading, points


def readings_csv(reading: Reading) -> str:
    """arm, time, survival: a row from (0, 1) and one for each fall; times in months where the unit is known."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n")
    write.writerow(["arm", "time", "survival"])
    for curve in reading.curves:
        time, survival = points(curve)
        write.writerows(
            (safe_text(curve.name), f"{t:.6g}", f"{s:.6g}") for t, s in zip(reading.months(time), survival, strict=True)
        )
    return out.getvalue()


def write_folder(reading: Reading, folder: Path, before: str = "") -> list:
    """points_K.csv, marks_K.csv and at_risk_K.csv of each curve K, `before` their names; the paths. As `curves:` of a
    registry takes them."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for k, curve in enumerate(reading.curves, 1):
        time, survival = points(curve)
        tables = {"points": ("time,survival", np.column_stack([reading.months(time), survival]))}
        if len(curve.censored):
            tables["marks"] = ("time", reading.months(curve.censored)[:, None])
        if curve.at_risk:
            tables["at_risk"] = ("time,n", np.column_stack([reading.months(curve.at_risk[0]), curve.at_risk[1]]))
        for name, (head, rows) in tables.items():
            lines = "".join(",".join(f"{v:.6g}" for v in row) + "\n" for row in rows)
            path = folder / f"{before}{name}_{k}.csv"
            write_whole(path, head + "\n" + lines)
            written.append(path)
    return written


def reading_text(reading: Reading) -> str:
    """The reading in words: axes, one paragraph a curve, notes."""
    x, y = reading.panel.x, reading.panel.y
    lines = [
        f"{reading.file}: {len(reading.curves)} curve{'s' * (len(reading.curves) != 1)} ({_KINDS[reading.kind]})",
        f"  time axis {_range(x)} {reading.unit_name}, read from {_BY[x.by]}; survival {_range(y)}"
        f"{' %' if reading.panel.percent else ''}, read from {_BY[y.by]}",
    ]
    for curve in reading.curves:
        low = curve.survival[-1] if len(curve.survival) else 1.0
        line = f"{'dashed ' if curve.dash else ''}{curve.colour}"
        lines.append(
            f"  {curve.name} ({line}): {len(curve.time)} falls, S = {low:.3f} at the end "
            f"({curve.end:.4g}), {len(curve.censored)} censor marks"
        )
        if curve.at_risk:
            lines.append("    at risk: " + ", ".join(f"{n} at {t:g}" for t, n in zip(*curve.at_risk, strict=True)))
        lines += [f"    {note}" for note in curve.notes]
    return "\n".join(lines + [f"  note: {note}" for note in reading.notes])


_KINDS = {"pdf": "vector drawing", "svg": "vector drawing", "image": "image"}
_BY = {"ticks": "its tick marks", "grid": "its grid lines", "labels": "its labels", "person": "what a person gave"}


def _range(axis) -> str:
    values = [v for v, _ in axis.labels]
    return f"{min(values):g} to {max(values):g}"
