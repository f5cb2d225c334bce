"""Who is in the study: flow, missing values, Table 1."""

import numpy as np
import pandas as pd

from smallsurv.balance import standardized_difference
from smallsurv.describe import describe

from ..derive.population import subgroup_factors
from ..show.display import Figure, Note, Table, ledger
from ..show.many import SINGLE, plot_missing_shares
from ..show.standing import standing_note
from ..show.style import FAINT, INK, PALETTE, house_style, new_figure, shorten
from ..text.words import count_percent, listed, number, percent, plural, rounded

CONTINUOUS = ("median (range)", "median (IQR)", "mean (SD)")


def flow_figure(attrition):
    """Flow diagram: one box for what is left after each criterion, one beside it for who left. A sentence without criteria."""
    steps = attrition.to_dict("records")
    if len(steps) == 1:
        n = steps[0]["n"]
        sentence = f"No eligibility criterion is declared in cohort.yml: all {n} subjects are analysed."
        return Note(sentence, key=[("Subjects", f"{n} analysed")])
    with house_style():
        figure, axes = new_figure(0.62 * len(steps) + 0.2)
        plot_flow(axes, steps)
    notes = [
        "A criterion that excludes nobody is shown with 0.",
        *(f"{s['label']}: {s['source']}." for s in steps if s["source"]),
    ]
    first, last = steps[0]["n"], steps[-1]["n"]
    return Figure(
        title="Flow of subjects from the record to the analysis", notes=notes, figure=figure, name="flow",
        alt=f"Flow diagram: {first} subjects recorded, {first - last} excluded, {last} analysed.",
        numbers=ledger(attrition, "flow", {"n": "subjects", "excluded": "subjects"}, group="label", method="count"),
        key=[("Subjects", f"{last} analysed of {first} recorded")],
    )  # fmt: skip


def plot_flow(axes, steps):
    """Draw the boxes of `steps` (label, n, excluded, missing) from top to bottom."""
    box = {"boxstyle": "round,pad=0.45", "facecolor": "white", "linewidth": 0.9}
    axes.set(xlim=(0, 1), ylim=(-len(steps) + 0.5, 0.5))
    axes.axis("off")
    for i, step in enumerate(steps):
        if i:
            axes.annotate(
                "", (0.3, -i + 0.24), (0.3, -i + 0.76), arrowprops={"arrowstyle": "-|>", "color": INK, "lw": 0.9}
            )
            lost = f"excluded: {step['excluded']}" + (
                f" (of these unknown: {step['missing']})" if step["missing"] else ""
            )
            axes.plot([0.3, 0.66], [-i + 0.5, -i + 0.5], color=FAINT, lw=0.8)
            axes.text(0.67, -i + 0.5, lost, ha="left", va="center", bbox=box | {"edgecolor": FAINT, "linestyle": "--"})
        axes.text(
            0.3,
            -i,
            f"{shorten(step['label'], 46)}   n = {step['n']}",
            ha="center",
            va="center",
            bbox=box | {"edgecolor": INK},
        )
    return axes


def missing_table(cohort) -> Table:
    """How many values each subject-level column has and lacks."""
    adsl = cohort.table("adsl")
    rows = [(name, int(adsl[name].notna().sum()), int(adsl[name].isna().sum())) for name in cohort.factors]
    frame = pd.DataFrame(rows, columns=["column", "known", "missing"])
    lacking = frame[frame["missing"] > 0]
    note = (
        "Columns without a missing value: "
        + listed(cohort.factor(c).label for c in frame.loc[frame["missing"] == 0, "column"])
        + "."
    )
    complete = int(adsl[list(cohort.factors)].notna().all(axis=1).sum())
    return Table(
        title="Missing values of baseline characteristics", columns=["Characteristic", "Known, n", "Missing, n (%)"],
        rows=[[cohort.factor(r.column).label, str(r.known), count_percent(r.missing, len(adsl))] for r in lacking.itertuples()]
        + [["Subjects with every value", str(complete), count_percent(len(adsl) - complete, len(adsl))]],
        notes=[note if len(lacking) < len(frame) else "", f"n = {len(adsl)}."],
        numbers=ledger(frame, "missing values", {"known": "subjects", "missing": "subjects"}, group="column", method="count"),
    )  # fmt: skip


def missing_figure(cohort):
    """Heat map of missing values, subjects by columns; a sentence where nothing is missing.

    Beyond SINGLE subjects with a missing value: bars of the share of subjects without each value.
    """
    adsl = cohort.table("adsl")
    lacking = [name for name in cohort.factors if adsl[name].isna().any()]
    if not lacking:
        return Note("No baseline characteristic has a missing value.")
    absent = adsl[lacking].isna()
    absent = absent[absent.any(axis=1)]
    if len(absent) > SINGLE:
        return _missing_shares(cohort, absent, len(adsl))
    import seaborn

    with house_style():
        figure, axes = new_figure(0.28 * len(lacking) + 0.9)
        seaborn.heatmap(absent.T, cmap=["#E8EEF3", PALETTE[0]], cbar=False, xticklabels=False, ax=axes, vmin=0, vmax=1)
        axes.set_yticks(
            [i + 0.5 for i in range(len(lacking))], [shorten(cohort.factor(c).label) for c in lacking], rotation=0
        )
        axes.set_xlabel(f"{plural(len(absent), 'subject')} with a missing value (one column each)")
    counts = listed(f"{cohort.factor(c).label} {int(absent[c].sum())}" for c in lacking)
    return Figure(
        title="Who is missing what", notes=["Dark: missing. Subjects without a missing value are not drawn."], figure=figure,
        name="missing", alt=f"Missing values by characteristic: {counts}.",
    )  # fmt: skip


def _missing_shares(cohort, absent, n) -> Figure:
    shares = {shorten(cohort.factor(c).label): absent[c].sum() / n for c in absent}
    with house_style():
        figure, axes = new_figure(0.28 * len(shares) + 0.9)
        plot_missing_shares(axes, shares)
    said = listed(f"{label} {percent(share)}%" for label, share in shares.items())
    note = f"{plural(len(absent), 'subject')} of {n} with a missing value: more than {SINGLE} are not drawn one by one."
    return Figure(
        title="Who is missing what", notes=[note], figure=figure, name="missing",
        alt=f"Share of subjects without a value, by characteristic: {said}.",
    )  # fmt: skip


def baseline_table(cohort, by="", continuous="median (range)", exclude=()) -> Table:
    """Table 1: every factor over all subjects, or by the levels of `by` with standardized differences.

    continuous : one of CONTINUOUS. Levels: n (%), of the subjects with a known value.
    """
    adsl = cohort.table("adsl")
    parts = {"": adsl}
    if by:
        subgroup_factors(cohort, [by])
        parts |= {level: adsl[adsl[by] == level] for level in cohort.factor(by).levels if (adsl[by] == level).any()}
    two = len(parts) == 3
    columns = ["Characteristic"] + [
        f"{cohort.factor(by).levels[level] if level else 'All'} (n = {len(p)})" for level, p in parts.items()
    ]
    rows, indent, numbers = [], [], []
    for name in cohort.factors:
        if name == by or name in exclude:
            continue
        factor = cohort.factor(name)
        lines, records = (_numeric if factor.type == "number" else _levels)(factor, name, parts, continuous)
        if two:
            smd = standardized_difference(adsl[name], adsl[by])
            lines = [
                [*line, (rounded(abs(smd)) if np.isfinite(smd) else "∞" if np.isinf(smd) else "NE") if i == 0 else ""]
                for i, line in enumerate(lines)
            ]
            records.append({"group": "", "statistic": "smd", "value": smd, "level": ""})
        rows += lines
        indent += [0] + [1] * (len(lines) - 1)
        numbers += [
            {"item": name + (f"={r['level']}" if r["level"] else ""), "by": by, "group": r["group"], "statistic": r["statistic"],
             "value": float(r["value"]) if pd.notna(r["value"]) else "NE", "unit": factor.unit if factor.type == "number" else "", "method": "description"}
            for r in records
        ]  # fmt: skip
    notes = [
        f"Numbers: {continuous}. Levels: n (%) of the patients with a known value.",
        standing_note(cohort, "adsl"),
    ]
    if by and adsl[by].isna().any():
        lacking = plural(int(adsl[by].isna().sum()), "patient")
        notes.append(f"{lacking} without a value of {cohort.factor(by).label}: in the first column only.")
    if two:
        columns.append("SMD")
        notes.append("SMD, absolute standardized mean difference (Yang and Dalton 2012); above 0.1 reads as imbalance.")
    return Table(
        title="Baseline characteristics", columns=columns, rows=rows, indent=indent, notes=notes, numbers=numbers
    )


def _numeric(factor, name, parts, continuous):
    cells, records, missing = [], [], []
    for level, part in parts.items():
        d = describe(part[name])
        text = {
            "median (range)": lambda d=d: f"{number(d['median'])} ({number(d['low'])}–{number(d['high'])})",
            "median (IQR)": lambda d=d: f"{number(d['median'])} ({number(d['q1'])}–{number(d['q3'])})",
            "mean (SD)": lambda d=d: f"{rounded(d['mean'], 1)} ({rounded(d['sd'], 1)})",
        }[continuous]
        cells.append(text() if d["n"] else "–")
        missing.append(d["missing"])
        records += [{"group": level, "statistic": k, "value": v, "level": ""} for k, v in d.items()]
    unit = f", {factor.unit}" if factor.unit else ""
    lines = [[f"{factor.label}{unit}", *cells]]
    if any(missing):
        lines.append(["Missing", *(str(m) for m in missing)])
    return lines, records


def _levels(factor, name, parts, continuous):
    unit = f", {factor.unit}" if factor.unit else ""
    lines, records = [[f"{factor.label}{unit}", *("" for _ in parts)]], []
    used = [level for level in factor.levels if (parts[""][name] == level).any()]
    for level in used:
        cells = []
        for group, part in parts.items():
            count, known = int((part[name] == level).sum()), int(part[name].notna().sum())
            cells.append(count_percent(count, known))
            records += [{"group": group, "statistic": "count", "value": count, "level": level},
                        {"group": group, "statistic": "share", "value": count / known if known else float("nan"), "level": level}]  # fmt: skip
        lines.append([factor.levels[level], *cells])
    missing = [int(part[name].isna().sum()) for part in parts.values()]
    if any(missing):
        lines.append(["Missing", *(str(m) for m in missing)])
    return lines, records
