"""Cox models: tables and forest plots."""

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from smallsurv.multiplicity import holm

from ..derive.endpoints import endpoint_rule
from ..show.display import Figure, Table, ledger
from ..show.labels import free_mark, landmark_note, landmark_suffix
from ..show.style import FAINT, INK, PALETTE, SIZE, house_style, new_figure, wrap
from ..text.words import (
    FREE_MARK,
    FREE_NOTE,
    NOT_ESTIMABLE,
    interval,
    key_comparisons,
    listed,
    p_sentence,
    p_value,
    plural,
    rounded,
    with_interval,
)

UNITS = {"n": "subjects", "events": "events", "hr": "ratio", "ci_low": "ratio", "ci_high": "ratio", "p": "",
         "profile_low": "ratio", "profile_high": "ratio", "p_global": "", "p_ph": ""}  # fmt: skip
PENALTY = {"ordinary": "", "penalized": " (with Firth's penalty)"}


def _label(cohort, row):
    factor = cohort.factor(row["variable"])
    if not row["level"]:
        unit = factor.unit or ("point" if factor.per == 1 else "points")
        return (
            f"{factor.label}, per {f'{factor.per:g} {unit}' if factor.per != 1 else unit}"
            if not row["reference"]
            else factor.label
        )
    return f"{factor.levels[row['level']]} against {factor.levels[row['reference']]}"


def cox_table(cohort, frame, adtte, title="Univariable Cox regression", lacking=()) -> Table:
    """Hazard ratios with Wald and profile intervals, P of the coefficient and of the factor, proportional hazards."""
    if frame.empty:
        wanted = f" None of the chosen is there: {listed(lacking)}." if lacking else ""
        raise NotAvailable(f"needs at least one factor.{wanted}")
    several = bool(frame.attrs)
    columns = [
        "Factor",
        "n",
        "Events",
        "HR (95% CI, Wald)",
        "P (Wald)",
        *([] if several else ["95% CI, profile"]),
        "P of the factor",
        *([] if several else ["Holm P"]),
        "P of PH",
    ]
    whole = frame.groupby("variable", sort=False)["p_global"].first()
    adjusted = dict(zip(whole.index, holm(whole), strict=True))
    rows, indent, reasons = [], [], {}
    for name, part in frame.groupby("variable", sort=False):
        factor, many = cohort.factor(name), len(part) > 1 or bool(part["level"].iloc[0])
        if many:
            rows.append([factor.label + free_mark(cohort, name)] + [""] * (len(columns) - 1))
            indent.append(0)
        for _, r in part.iterrows():
            cells = [
                str(r["n"]),
                str(r["events"]),
                with_interval(r["hr"], r["ci_low"], r["ci_high"], 3),
                p_value(r["p"]) if not r["reason"] else NOT_ESTIMABLE,
            ]
            if not several:
                cells.append(
                    interval(r["profile_low"], r["profile_high"], 3) if np.isfinite(r["hr"]) and len(part) == 1 else "–"
                )
            rows.append(
                [
                    _label(cohort, r) + ("" if many else free_mark(cohort, name)),
                    *cells,
                    p_value(r["p_global"]),
                    *([] if several else [p_value(adjusted[name])]),
                    p_value(r["p_ph"]),
                ]
            )
            indent.append(int(many))
            if r["reason"]:
                reasons.setdefault(r["reason"], []).append(
                    factor.label + (f" ({factor.levels[r['level']]})" if len(part) > 1 else "")
                )
    label = endpoint_rule(cohort, adtte["PARAMCD"].iloc[0])["short"] + landmark_suffix(adtte)
    notes = [*_cox_notes(cohort, frame, label, lacking, reasons), landmark_note(cohort, adtte)]
    item = frame.assign(
        item=frame["variable"] + np.where(frame["level"] == "", "", "=" + frame["level"]),
        group=frame["level"],
        method=frame["method"] + frame["variable"].map(cohort.meta.is_free).map({True: FREE_MARK, False: ""}),
    )
    numbers = ledger(item, "item", UNITS, "multivariable" if several else "univariable")
    if not several:
        corrected = pd.DataFrame({"variable": whole.index, "p_holm": [adjusted[v] for v in whole.index]})
        numbers += ledger(corrected, "variable", {"p_holm": ""}, "univariable", method="likelihood ratio, Holm")
    single = key_comparisons(list(_key_univariable(cohort, frame, label)), f"{label}, hazard ratios, univariable")
    key = list(_key_adjusted(cohort, frame, label)) if several else single
    return Table(
        title=f"{title} for {label}", columns=columns, rows=rows, indent=indent, notes=notes, numbers=numbers, key=key
    )


def _cox_notes(cohort, frame, label, lacking, reasons) -> list[str]:
    """Method, size of the model, what is left out, why an estimate is missing ({reason: factors})."""
    notes = [
        f"Endpoint {label}. Cox model, Efron ties, complete cases. HR above 1: shorter survival. P of the factor: likelihood ratio. P of PH: score test of proportional hazards (as R's cox.zph), for the factor."
    ]
    if frame.attrs:
        a = frame.attrs
        few = " Below 10 the estimates are unstable: read them as exploratory." if a["events_per_variable"] < 10 else ""
        notes.append(
            f"{a['n']} patients, {a['events']} events, {plural(a['parameters'], 'coefficient')}: {rounded(a['events_per_variable'], 1)} events per variable.{few}"
        )
        if a["excluded"]:
            notes.append(f"{plural(a['excluded'], 'patient')} with a missing value left out.")
    else:
        fitted = frame.loc[frame["reason"] == "", "variable"].nunique()
        notes.append(
            f"{plural(fitted, 'model')}, one factor each. Holm P: P of the factor adjusted for their number. Profile: profile likelihood, for models of one coefficient."
        )
    if lacking:
        notes.append(f"Not in this cohort, so not in the model: {listed(lacking)}.")
    if reasons:
        notes.append(
            "NE, not estimable. "
            + " ".join(f"{reason[0].upper()}{reason[1:]}: {listed(names)}." for reason, names in reasons.items())
        )
    if any(cohort.meta.is_free(name) for name in frame["variable"]):
        notes.append(FREE_NOTE)
    return notes


def _key_univariable(cohort, frame, label):
    """The hazard ratio of each declared subgroup with two levels, whatever its P."""
    for _, r in frame[(frame["reason"] == "") & frame["variable"].isin(cohort.meta.subgroups)].iterrows():
        if (frame["variable"] == r["variable"]).sum() == 1 and not cohort.meta.is_free(r["variable"]):
            estimate = f"{rounded(r['hr'], 3)} (95% CI {interval(r['ci_low'], r['ci_high'], 3)}, Wald)"
            yield f"{label}, univariable HR", f"{_full_label(cohort, r)}: {estimate}, {p_sentence(r['p'])}", r["p"]


def _key_adjusted(cohort, frame, label):
    """The joint model in one line."""
    if len(frame) and (frame["reason"] == "").all() and not frame["variable"].map(cohort.meta.is_free).any():
        said = [
            f"{_full_label(cohort, r)} {with_interval(r['hr'], r['ci_low'], r['ci_high'])}" for _, r in frame.iterrows()
        ]
        yield f"{label}, adjusted hazard ratios (95% CI, Wald)", "; ".join(said)


def forest_figure(cohort, frame, adtte, title="Hazard ratios, one factor at a time", penalized=None) -> Figure:
    """Forest plot on a log axis. A coefficient that cannot be estimated is named below it, not drawn.

    penalized : of firth.firth_beside: drawn under the ordinary estimate of the same coefficient, or in its place.
    """
    label = endpoint_rule(cohort, adtte["PARAMCD"].iloc[0])["short"] + landmark_suffix(adtte)
    parts = {"ordinary": frame} | ({} if penalized is None or penalized.empty else {"penalized": penalized})
    every = pd.concat([part.assign(kind=kind) for kind, part in parts.items()])
    every["line"] = every.groupby(["variable", "level"], sort=False).ngroup()
    good = every[every["reason"] == ""].sort_values("line", kind="stable")
    if good.empty:
        raise NotAvailable("needs a model that can be estimated; the table above says why this one cannot.")
    good = good.sort_values("line", kind="stable")
    drawn = good.drop_duplicates("line")
    names = [wrap(_full_label(cohort, r), 42, 4) for _, r in drawn.iterrows()]
    with house_style():
        heights = [
            0.11 + 0.15 * max(1 + name.count("\n"), count)
            for name, count in zip(names, good.groupby("line").size(), strict=True)
        ]
        figure, axes = new_figure(sum(heights) + 0.75, layout="none")
        figure.subplots_adjust(
            left=0.4, right=0.7, bottom=0.55 / figure.get_figheight(), top=1 - 0.05 / figure.get_figheight()
        )
        plot_forest(axes, good, names, heights, {v for v in drawn["variable"] if cohort.meta.is_free(v)})
        axes.set_xlabel(f"Hazard ratio for {label} (log scale)\nabove 1: shorter survival")
    excludes = [
        f"{_full_label(cohort, r)} {with_interval(r['hr'], r['ci_low'], r['ci_high'])}{PENALTY[r['kind']]}"
        for _, r in good[good["p"] < 0.05].iterrows()
    ]
    left = every.loc[~every["line"].isin(good["line"]), "variable"].unique()
    lacking = listed(cohort.factor(v).label for v in left)
    both = (good["kind"] == "penalized").any()
    return Figure(
        title=f"{title}, {label}", figure=figure, name=f"{label.lower().replace(' ', '_')}_forest_{'multivariable' if frame.attrs else 'univariable'}",
        alt=f"Forest plot of {plural(len(drawn), 'hazard ratio')} for {label}. Intervals that exclude 1: {'; '.join(excludes) if excludes else 'none'}.",
        notes=["Squares: hazard ratios (filled: P below 0.05); lines: 95% Wald intervals; arrows: the interval goes on."
               + (" Diamonds: with Firth's penalty, 95% profile intervals, where the model is separated or has few events." if both else ""),
               f"Not estimable, so not drawn: {lacking}." if lacking else "", FREE_NOTE if drawn["variable"].map(cohort.meta.is_free).any() else ""],
    )  # fmt: skip


def _full_label(cohort, r):
    factor = cohort.factor(r["variable"])
    return (f"{factor.label}: {_label(cohort, r)}" if r["level"] else _label(cohort, r)) + free_mark(
        cohort, r["variable"]
    ).replace(" ", "\N{NO-BREAK SPACE}")


def plot_forest(axes, frame, labels, heights, free, reach=100.0):
    """One `line` a coefficient, `heights` inches apart, with its ordinary and its penalized estimate (`kind`).

    frame : estimates in the order of their lines; free : factors drawn grey. Limits beyond 1/reach or reach become arrows.
    """
    edges = np.concatenate([[0], np.cumsum(heights)])
    places = (edges[1:] + edges[:-1]) / 2
    low = max(1 / reach, min(0.5, frame["ci_low"].min())) / 1.25
    high = min(reach, max(2.0, frame["ci_high"].max())) * 1.25
    for place, (_, rows) in zip(places, frame.groupby("line", sort=False), strict=True):
        for i, (_, r) in enumerate(rows.iterrows()):
            y = place + 0.15 * (i - (len(rows) - 1) / 2)
            _plot_estimate(axes, r, y, low, high, r["variable"] in free)
    axes.axvline(1, color=FAINT, lw=0.9, zorder=0)
    axes.set(xscale="log", xlim=(low, high), ylim=(edges[-1], 0))
    axes.set_yticks(places, labels)
    ticks = [t for t in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100) if low <= t <= high]
    ticks = [t for t in ticks if t in (0.01, 0.1, 1, 10, 100)] if len(ticks) > 7 else ticks
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axes.minorticks_off()
    axes.spines["left"].set_visible(False)
    axes.tick_params(left=False)
    return axes


def _plot_estimate(axes, r, y, low, high, free):
    """Mark, interval and text of one estimate at `y`."""
    colour = FAINT if free else PALETTE[1 if r["kind"] == "penalized" else 0]
    axes.plot([max(r["ci_low"], low), min(r["ci_high"], high)], [y, y], color=colour, lw=1.3, solid_capstyle="butt")
    fill = colour if r["p"] < 0.05 else "white"
    shape = {"marker": "D", "ms": 4.5} if r["kind"] == "penalized" else {"marker": "s", "ms": 5.5}
    axes.plot(np.clip(r["hr"], low, high), y, color=colour, mfc=fill, mew=1.3, **shape)
    for cut, where, mark in ((r["ci_low"] < low, low, "<"), (r["ci_high"] > high, high, ">")):
        if cut:
            axes.plot(where, y, marker=mark, color=colour, ms=5, clip_on=False)
    text = f"{with_interval(r['hr'], r['ci_low'], r['ci_high'])}   {p_sentence(r['p'])}"
    axes.annotate(
        text, (1.04, y), xycoords=("axes fraction", "data"), va="center", fontsize=SIZE - 1, annotation_clip=False,
        color=PALETTE[1] if r["kind"] == "penalized" and not free else INK,
    )  # fmt: skip
