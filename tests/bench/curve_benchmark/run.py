"""How exactly are Kaplan-Meier figures read? Draws forty styles of simulated patients, reads and scores them.

    PYTHONPATH=lib python -m tests.bench.curve_benchmark.run [--kinds pdf svg png300 png72 jpeg] [--only WORD] [--out
    TABLE.md]

rmse: root mean square distance of S at 200 times of each arm (an arm not read counts as S = 1), arms matched by the
least error. marks: censor marks read within 0.3% of the axis, of those drawn, and those read too many. log HR: of the
pseudo-patients of the first two arms against the simulated ones (figures with numbers at risk; refused where curves of
one colour meet in an image). Seeds are fixed; the
tables are the same each time.
"""

import argparse
import tempfile
from itertools import permutations
from pathlib import Path

import numpy as np

from papercheck.curves.patients import patients
from papercheck.curves.read import read_figure
from papercheck.files.findings import CohortError
from smallsurv.cox import cox_fit
from smallsurv.curve import kaplan_meier

from .styles import cohort, draw, styles

KINDS = {"pdf": ("pdf", 100), "svg": ("svg", 72), "png300": ("png", 300), "png72": ("png", 72), "jpeg": ("jpg", 150)}


def _true(time, event, foot):
    curve = kaplan_meier(time, event)
    seen = np.append(1, curve.survival) >= foot
    return curve, float(np.append(0, curve.time)[seen][-1]) if foot else float(curve.time[-1])


def score(reading, arms, style) -> dict:
    """rmse, marks found, drawn and read, and the matching of the arms."""
    known = [_true(*rows, style.foot) for rows in arms]
    grids = [(np.arange(200) + 0.618) / 200 * end for _, end in known]
    values = [
        np.append(1, c.survival)[np.searchsorted(c.time, g, side="right")]
        for (c, _), g in zip(known, grids, strict=True)
    ]
    curves = list(reading.curves)[:6] + [None] * max(0, len(arms) - len(reading.curves))
    unit = reading.unit or 1.0
    error = {
        (k, j): float((((c.at(g / unit) if c else 1.0) - v) ** 2).mean())
        for k, (g, v) in enumerate(zip(grids, values, strict=True))
        for j, c in enumerate(curves)
    }
    best = min(permutations(range(len(curves)), len(arms)), key=lambda p: sum(error[k, j] for k, j in enumerate(p)))
    found = drawn = read = 0
    for k, j in enumerate(best):
        if curves[j] is None or not style.marks:
            continue
        times = known[k][0].time[known[k][0].n_censor > 0]
        times, mine = times[times <= known[k][1]], curves[j].censored * unit
        near = 0.003 * known[k][0].time[-1]
        found += sum(np.abs(mine - t).min(initial=np.inf) <= near for t in times)
        drawn, read = drawn + len(times), read + len(mine)
    mean = float(np.sqrt(np.mean([error[k, j] for k, j in enumerate(best)])))
    return dict(
        rmse=mean,
        marks=f"{found}/{drawn}" if drawn else "",
        more=max(0, read - drawn),
        match=best,
        extra=len(reading.curves) - len(arms),
    )


def log_hr(reading, arms, style, match) -> float | None:
    """Error of log HR of the first two arms; None without two arms with numbers at risk."""
    chosen = [reading.curves[j] for j in match[:2] if j < len(reading.curves)]
    if len(chosen) < 2 or style.foot or not all(c.at_risk for c in chosen):
        return None
    reading.curves = chosen
    events = [f"{c.name}={int(e.sum())}" for c, (_, e) in zip(chosen, arms, strict=False)]
    lines = [line.rsplit(",", 2) for line in patients(reading, events=events)[0].splitlines()[2:]]
    made = cox_fit([float(t) for _, t, _ in lines], [e == "1" for *_, e in lines],
                   [float(name == chosen[1].name) for name, *_ in lines]).coef[0]  # fmt: skip
    time, event = (np.concatenate(pair) for pair in zip(*arms[:2], strict=True))
    true = cox_fit(time, event, np.repeat([0.0, 1.0], [len(a[0]) for a in arms[:2]])).coef[0]
    return abs(float(made - true))


def main():
    """Draws, reads, scores and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--only", default="")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    lines, rows = (
        [
            "| figure | kind | RMSE of S | marks | marks too many | curves too many | error of log HR |",
            "|---|---|---|---|---|---|---|",
        ],
        [],
    )
    with tempfile.TemporaryDirectory() as folder:
        for number, style in enumerate(styles()):
            if asked.only not in style.name:
                continue
            arms = cohort(style, number)
            paths = {KINDS[k]: Path(folder) / f"{style.name}_{k}.{KINDS[k][0]}" for k in asked.kinds}
            draw(style, arms, paths)
            for kind in asked.kinds:
                line = _line(style, kind, paths[KINDS[kind]], arms, rows)
                lines.append(line)
                print(line, flush=True)
    lines += ["", *_summary(rows)]
    print("\n".join(lines[-len(asked.kinds) - 2 :]))
    if asked.out:
        asked.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _line(style, kind, path, arms, rows) -> str:
    try:
        reading = read_figure(path)
    except CohortError as error:
        rows.append((kind, None, None))
        return f"| {style.name} | {kind} | not read: {error.findings[0].rule} | | | | |"
    got = score(reading, arms, style)
    try:
        hr = log_hr(reading, arms, style, got["match"])
        shown = "" if hr is None else f"{hr:.4f}"
    except CohortError:  # curves of one colour that meet make no patients
        hr, shown = None, "refused"
    rows.append((kind, got["rmse"], hr))
    return f"| {style.name} | {kind} | {got['rmse']:.5f} | {got['marks']} | {got['more']} | {got['extra']} | {shown} |"


def _summary(rows) -> list:
    out = []
    for kind in dict.fromkeys(r[0] for r in rows):
        all_of = [r for r in rows if r[0] == kind]
        read = [r[1] for r in all_of if r[1] is not None]
        ratios = [r[2] for r in all_of if r[2] is not None]
        out.append(
            f"{kind}: {len(read)} of {len(all_of)} read; RMSE mean {np.mean(read):.5f}, median {np.median(read):.5f}, "
            f"worst {np.max(read):.5f}" + (f"; log HR off by {np.mean(ratios):.4f} on average" if ratios else "")
        )
    return out


if __name__ == "__main__":
    main()
