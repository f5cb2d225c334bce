"""How exactly are Kaplan-Meier figures read? Draws eighty-two of simulated patients, reads and scores them.

    PYTHONPATH=lib python -m tests.bench.curve_benchmark.run [--sets styles looks] [--kinds pdf svg png300 png72 jpeg]
    [--only WORD] [--curves-only] [--out TABLE.md]

styles: forty, on which the reader was made; looks: forty-two others, one of which (an axis of logarithms) must be
refused. They need matplotlib alone; no image is kept.

rmse: root mean square distance of S at 200 times of each arm (an arm not read counts as S = 1), arms matched by the
least error. marks: censor marks read within 0.3% of the axis, of those drawn, and those read too many. log HR: of the
pseudo-patients of the first two arms against the simulated ones (figures with numbers at risk; refused where curves of
one colour meet in an image; left out by --curves-only). said: notes on a reading; a curve that is off by more than 0.02
without one is counted as silent. Seeds are fixed; the tables are the same each time.
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

from . import looks, styles

SETS = {"styles": (styles.styles, styles), "looks": (lambda: looks.LOOKS, looks)}
FAR = 0.02  # RMSE of a curve that a person should be told of
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
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=list(SETS))
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--only", default="")
    parser.add_argument("--curves-only", action="store_true")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    lines, found = [HEAD, "|---" * HEAD.count(" | ") + "|---|"], {}
    with tempfile.TemporaryDirectory() as folder:
        for name in asked.sets:
            every, drawer = SETS[name]
            for number, style in enumerate(every()):
                if asked.only not in style.name:
                    continue
                arms = drawer.cohort(style, number)
                paths = {KINDS[k]: Path(folder) / f"{number}_{k}.{KINDS[k][0]}" for k in asked.kinds}
                drawer.draw(style, arms, paths)
                for kind in asked.kinds:
                    row = _row(style, paths[KINDS[kind]], arms, not asked.curves_only)
                    found.setdefault((name, kind), []).append(row)
                    lines.append(_line(style, kind, row))
                    print(lines[-1], flush=True)
    summary = [_summary(*key, rows) for key, rows in found.items()]
    print("\n".join(["", SUMMARY, *summary]))
    if asked.out:
        ruled = "|---" * SUMMARY.count(" | ") + "|---|"
        asked.out.write_text("\n".join([SUMMARY, ruled, *summary, "", *lines]) + "\n", encoding="utf-8")


HEAD = "| figure | kind | RMSE of S | marks | marks too many | curves too many | error of log HR | said |"
SUMMARY = "| set | kind | read | RMSE of S: mean, median, worst | above 0.02; of these silent | marks | log HR off by |"


def _row(style, path, arms, whole) -> dict:
    """What came of one figure: its score, or the reason why it was not read."""
    must_not = getattr(style, "refused", False)
    try:
        reading = read_figure(path)
    except CohortError as error:
        return {"reason": error.findings[0].rule, "right": must_not}
    got = score(reading, arms, style) | {"said": len(reading.notes), "right": not must_not, "hr": None}
    try:
        got["hr"] = log_hr(reading, arms, style, got["match"]) if whole else None
    except CohortError:  # curves of one colour that meet make no patients
        got["hr"] = "refused"
    return got


def _line(style, kind, row) -> str:
    if "reason" in row:
        return f"| {style.name} | {kind} | not read: {row['reason']} | | | | | |"
    hr = f"{row['hr']:.4f}" if isinstance(row["hr"], float) else row["hr"] or ""
    cells = [f"{row['rmse']:.5f}", row["marks"], row["more"], row["extra"], hr, row["said"]]
    return f"| {style.name} | {kind} | {' | '.join(map(str, cells))} |"


def _summary(name, kind, rows) -> str:
    """One line of a set and kind; a figure that must be refused counts as read where it is refused."""
    read = [r for r in rows if "rmse" in r and r["right"]]
    errors = np.array([r["rmse"] for r in read])
    far = [r for r in read if r["rmse"] > FAR]
    marks = np.array([[int(v) for v in r["marks"].split("/")] for r in read if r["marks"]]).reshape(-1, 2).sum(axis=0)
    ratios = [r["hr"] for r in read if isinstance(r["hr"], float)]
    cells = [
        f"{sum(r['right'] for r in rows)} of {len(rows)}",
        f"{errors.mean():.4f}, {np.median(errors):.4f}, {errors.max():.4f}" if len(read) else "",
        f"{len(far)}; {sum(not r['said'] for r in far)}",
        f"{marks[0]} of {marks[1]}, {sum(r['more'] for r in read)} too many",
        f"{np.mean(ratios):.4f}" if ratios else "",
    ]
    return f"| {name} | {kind} | {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
