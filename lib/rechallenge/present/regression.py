"""Cox models: tables and forest plots."""

import numpy as np

from ..derive.endpoints import endpoint_rule
from .display import Figure, Table, ledger
from .style import FAINT, INK, PALETTE, house_style, new_figure, shorten
from .words import NOT_ESTIMABLE, interval, listed, p_value, plural, rounded, with_interval

UNITS = {"n": "subjects", "events": "events", "hr": "ratio", "ci_low": "ratio", "ci_high": "ratio", "p": "",
         "profile_low": "ratio", "profile_high": "ratio", "p_global": "", "p_ph": ""}  # fmt: skip


def _label(cohort, row):
    factor = cohort.factor(row["variable"])
    if not row["level"]:
        unit = factor.unit or ("point" if factor.per == 1 else "points")
        return f"{factor.label}, per {f'{factor.per:g} {unit}' if factor.per != 1 else unit}" if not row["reference"] else factor.label
    return f"{factor.levels[row['level']]} against {factor.levels[row['reference']]}"


def cox_table(cohort, frame, adtte, title="Univariable Cox regression", lacking=()) -> Table:
    """Hazard ratios with Wald and profile intervals, P of the coefficient and of the factor, proportional hazards."""
    several = bool(frame.attrs)
    columns = ["Factor", "n", "Events", "HR (95% CI, Wald)", "P (Wald)", *([] if several else ["95% CI, profile"]), "P of the factor", "P of PH"]
    rows, indent, reasons = [], [], []
    for name, part in frame.groupby("variable", sort=False):
        factor, many = cohort.factor(name), len(part) > 1 or bool(part["level"].iloc[0])
        if many:
            rows.append([factor.label] + [""] * (len(columns) - 1))
            indent.append(0)
        for _, r in part.iterrows():
            cells = [str(r["n"]), str(r["events"]), with_interval(r["hr"], r["ci_low"], r["ci_high"], 3), p_value(r["p"]) if not r["reason"] else NOT_ESTIMABLE]
            if not several:
                cells.append(interval(r["profile_low"], r["profile_high"], 3) if np.isfinite(r["hr"]) and len(part) == 1 else "–")
            rows.append([_label(cohort, r), *cells, p_value(r["p_global"]), p_value(r["p_ph"])])
            indent.append(int(many))
            if r["reason"]:
                reasons.append(f"{factor.label}{', ' + factor.levels[r['level']] if r['level'] else ''}: {r['reason']}.")
    label = endpoint_rule(cohort, adtte["PARAMCD"].iloc[0])["short"]
    notes = [f"Endpoint {label}. Cox model, Efron ties, complete cases. HR above 1: shorter survival. P of the factor: likelihood ratio. PH: Grambsch-Therneau test of proportional hazards, rank of time."]
    if several:
        a = frame.attrs
        few = " Below 10 the estimates are unstable: read them as exploratory." if a["events_per_variable"] < 10 else ""
        notes.append(f"{a['n']} patients, {a['events']} events, {plural(a['parameters'], 'coefficient')}: {rounded(a['events_per_variable'], 1)} events per variable.{few}")
        if a["excluded"]:
            notes.append(f"{plural(a['excluded'], 'patient')} with a missing value left out.")
    else:
        fitted = frame.loc[frame["reason"] == "", "variable"].nunique()
        notes.append(f"{plural(fitted, 'model')}, one factor each, P not adjusted for their number. Profile: profile likelihood, for models of one coefficient.")
    if lacking:
        notes.append(f"Not in this cohort, so not in the model: {listed(lacking)}.")
    if reasons:
        notes.append("NE, not estimable. " + " ".join(dict.fromkeys(reasons)))
    item = frame.assign(item=frame["variable"] + np.where(frame["level"] == "", "", "=" + frame["level"]), group=frame["level"])
    numbers = ledger(item, "item", UNITS, "multivariable" if several else "univariable")
    best = frame[(frame["p"] < 0.05)].sort_values("p").head(3) if not several else frame.iloc[:0]
    key = [(f"{label}, {cohort.factor(r['variable']).label}", f"{_label(cohort, r)}: HR {rounded(r['hr'], 3)} (95% CI {interval(r['ci_low'], r['ci_high'], 3)}, Wald), P = {p_value(r['p'])}".replace("P = <", "P < "))
           for _, r in best.iterrows()]  # fmt: skip
    return Table(title=f"{title} for {label}", columns=columns, rows=rows, indent=indent, notes=notes, numbers=numbers, key=key)


def forest_figure(cohort, frame, adtte, title="Hazard ratios, one factor at a time") -> Figure:
    """Forest plot on a log axis; a coefficient that cannot be estimated is named, not drawn."""
    frame = frame.reset_index(drop=True)
    label = endpoint_rule(cohort, adtte["PARAMCD"].iloc[0])["short"]
    with house_style():
        figure, axes = new_figure(0.27 * len(frame) + 1.0)
        plot_forest(axes, cohort, frame)
        axes.set_xlabel(f"Hazard ratio for {label} (log scale); above 1: shorter survival")
    drawn = frame[frame["reason"] == ""]
    significant = [f"{cohort.factor(r['variable']).label} {rounded(r['hr'], 2)} ({interval(r['ci_low'], r['ci_high'])})" for _, r in drawn[drawn["p"] < 0.05].iterrows()]
    said = "; ".join(significant) if significant else "no interval excludes 1"
    return Figure(
        title=f"{title}, {label}", figure=figure, name=f"{label.lower()}_forest_{'multivariable' if frame.attrs or 'adjusted' in title.lower() else 'univariable'}",
        alt=f"Forest plot of {len(drawn)} hazard ratios for {label}. Intervals that exclude 1: {said}.",
        notes=["Points: hazard ratios; lines: 95% Wald intervals; arrows: the interval goes on. NE, not estimable (see the table)."],
    )  # fmt: skip


def plot_forest(axes, cohort, frame, reach=100.0):
    """One line a coefficient; limits beyond 1/reach or reach become arrows."""
    ok = frame["reason"] == ""
    low = max(1 / reach, min(0.5, frame.loc[ok, "ci_low"].min())) if ok.any() else 0.5
    high = min(reach, max(2.0, frame.loc[ok, "ci_high"].max())) if ok.any() else 2.0
    low, high = low / 1.25, high * 1.25
    labels = []
    for i, (_, r) in enumerate(frame.iterrows()):
        factor = cohort.factor(r["variable"])
        labels.append(shorten(_label(cohort, r) if not r["level"] else f"{factor.label}: {_label(cohort, r)}", 58))
        if not ok[i]:
            axes.text(np.sqrt(low * high), i, NOT_ESTIMABLE, ha="center", va="center", color=FAINT)
            continue
        left, right = max(r["ci_low"], low), min(r["ci_high"], high)
        axes.plot([left, right], [i, i], color=INK, lw=1.2, solid_capstyle="butt")
        axes.plot(np.clip(r["hr"], low, high), i, marker="s", color=PALETTE[0] if r["p"] >= 0.05 else PALETTE[1], ms=5.5)
        for cut, where, mark in ((r["ci_low"] < low, low, "<"), (r["ci_high"] > high, high, ">")):
            if cut:
                axes.plot(where, i, marker=mark, color=INK, ms=4, clip_on=False)
        axes.annotate(f"{with_interval(r['hr'], r['ci_low'], r['ci_high'])}  P {p_value(r['p']) if p_value(r['p'])[0] in '<>' else '= ' + p_value(r['p'])}",
                      (1.02, i), xycoords=("axes fraction", "data"), va="center", fontsize=8)  # fmt: skip
    axes.axvline(1, color=FAINT, lw=0.9, zorder=0)
    axes.set(xscale="log", xlim=(low, high), ylim=(len(frame) - 0.4, -0.6))
    axes.set_yticks(range(len(frame)), labels)
    ticks = [t for t in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100) if low <= t <= high]
    ticks = [t for t in ticks if t in (0.01, 0.1, 1, 10, 100)] if len(ticks) > 7 else ticks
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axes.minorticks_off()
    axes.spines["left"].set_visible(False)
    axes.tick_params(left=False)
    return axes
