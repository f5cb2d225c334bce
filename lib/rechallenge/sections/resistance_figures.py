"""Figures of resistance: how patients move between definitions, how well these agree, the endpoint under each."""

import numpy as np

from papercheck.files.findings import NotAvailable
from smallsurv.agreement import agreement_pairs

from ..derive.endpoints import endpoint_rule
from ..derive.patterns import CLASS
from ..derive.resistance import CLASSES
from ..show.display import Figure, ledger
from ..show.style import FAINT, INK, PALETTE, SIZE, house_style, new_figure, wrap
from ..text.words import (
    FREE_NOTE,
    decimals_for,
    listed,
    p_sentence,
    percent,
    plural,
    rounded,
    with_interval,
)
from .resistance import difference_text, scope_mark, wide_classes

COLOURS = {"primary": PALETTE[1], "acquired": PALETTE[0], "not classified": "#B8B8B8", "not evaluable": "#EDEDED"}
LABEL = 24  # characters of a line of a definition's name
BAR = 0.5  # height of a bar where one row is 1


def flow_figure(resistance) -> Figure:
    """One bar a definition, divided by class; ribbons show which patients change class to the next definition."""
    table = wide_classes(resistance, classed=False)
    left = [label for label in resistance["LABEL"].unique() if label not in table.columns]
    if table.empty or not len(table.columns):
        raise NotAvailable(
            "needs a definition that can be applied to these patients; the table above says what each lacks."
        )
    with house_style():
        figure, axes = new_figure(0.52 * len(table.columns) + 0.8)
        plot_flow(axes, table)
        handles = [_patch(c) for c in CLASSES if (table == c).any(axis=None)]
        figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))
    changes = [
        f"{a} to {b} {int((table[a] != table[b]).sum())}"
        for a, b in zip(table.columns[:-1], table.columns[1:], strict=True)
    ]
    return Figure(
        title="Class of the same patients from one definition to the next", figure=figure, name="resistance_classes",
        alt=f"Bars divided by class for {plural(len(table.columns), 'definition')}. Patients who change class: {'; '.join(changes) if changes else 'one definition only'}.",
        notes=["Bars: patients by class. Ribbons: the same patients under the next definition; a ribbon that crosses is a change of class.",
               f"Not drawn, as they class nobody: {listed(left)}." if left else ""],
    )  # fmt: skip


def _patch(name):
    from matplotlib.patches import Patch

    return Patch(facecolor=COLOURS[name], edgecolor=INK, lw=0.4, label=CLASSES[name])


def plot_flow(axes, table):
    """Bars and ribbons; table : one row a patient, one column a definition, values of CLASSES."""
    n, names = len(table), list(table.columns)
    for row, name in enumerate(names):
        start = 0
        for kind in CLASSES:
            count = int((table[name] == kind).sum())
            if not count:
                continue
            axes.barh(row, count, left=start, height=BAR, color=COLOURS[kind], edgecolor=INK, lw=0.5, zorder=2)
            if count / n > 0.04:
                dark = kind in ("primary", "acquired")
                axes.text(
                    start + count / 2,
                    row,
                    str(count),
                    ha="center",
                    va="center",
                    color="white" if dark else INK,
                    zorder=3,
                )
            start += count
        if row:
            _ribbons(axes, table[names[row - 1]].to_numpy(), table[name].to_numpy(), row)
    axes.set(xlim=(0, n), ylim=(len(names) - 0.6, -0.4), xlabel="Patients")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_yticks(range(len(names)), [wrap(label, LABEL) for label in names])
    axes.tick_params(left=False)
    axes.spines["left"].set_visible(False)
    return axes


def _ribbons(axes, above, below, row):
    """Bands from the bar of `above` (row - 1) to that of `below`, in the colour of the class that they leave."""
    kinds = list(CLASSES)
    moved = np.array([[int(((above == a) & (below == b)).sum()) for b in kinds] for a in kinds])
    out = np.r_[0, moved.sum(axis=1).cumsum()[:-1]].astype(float)
    into = np.r_[0, moved.sum(axis=0).cumsum()[:-1]].astype(float)
    for i, source in enumerate(CLASSES):
        for j, _ in enumerate(CLASSES):
            width = moved[i, j]
            if width:
                corners_x = [out[i], out[i] + width, into[j] + width, into[j]]
                top, bottom = row - 1 + BAR / 2, row - BAR / 2
                axes.fill(
                    corners_x,
                    [top, top, bottom, bottom],
                    color=COLOURS[source],
                    alpha=0.35 if i != j else 0.15,
                    lw=0,
                    zorder=1,
                )
                out[i] += width
                into[j] += width


def agreement_figure(resistance) -> Figure:
    """Matrix of the definitions: Cohen's kappa below the diagonal, share of the same class above it."""
    table = wide_classes(resistance)
    if len(table.columns) < 2:
        raise NotAvailable("needs two definitions that can be applied to these patients.")
    pairs = agreement_pairs(table)
    names = list(table.columns)
    with house_style():
        figure, axes = new_figure(min(8.5, 0.42 * len(names) + 1.9))
        plot_agreement(axes, pairs, table.notna().sum())
    low = pairs.dropna(subset=["agree"]).sort_values("agree").head(1)
    said = "; ".join(
        f"least agreement: {r.first} and {r.second}, {percent(r.agree)}% of {r.n}" for r in low.itertuples()
    )
    numbers = pairs.assign(item="agreement", group=pairs["first"] + " with " + pairs["second"])
    return Figure(
        title="Agreement between definitions", figure=figure, name="resistance_agreement",
        alt=f"Matrix of {plural(len(names), 'definition')}; {said or 'no two class the same patients'}.",
        notes=["Above the diagonal: patients in the same class (%), of those whom both call primary or acquired. Below: Cohen's kappa; – where one of the two knows a single class or no patient is shared.",
               "On the diagonal: patients classed.", f"{said[0].upper()}{said[1:]}." if said else ""],
        numbers=ledger(numbers, "item", {"n": "subjects", "agree": "share", "kappa": "", "ci_low": "", "ci_high": ""}, CLASS),
    )  # fmt: skip


def plot_agreement(axes, pairs, sizes):
    """Cells shaded by raw agreement (above) and kappa (below); sizes : patients classed by each definition, on the diagonal."""
    from matplotlib.colors import LinearSegmentedColormap

    shade = LinearSegmentedColormap.from_list("house", ["white", PALETTE[0]])
    names = list(sizes.index)
    k, place = len(names), {name: i for i, name in enumerate(names)}
    small = SIZE - 1 if k <= 9 else SIZE - 3
    for r in pairs.itertuples():
        i, j = place[r.first], place[r.second]
        _cell(axes, j, i, r.agree, "–" if np.isnan(r.agree) else rounded(100 * r.agree, 0), shade, small)
        _cell(
            axes,
            i,
            j,
            max(0.0, r.kappa) if r.kappa == r.kappa else np.nan,
            "–" if np.isnan(r.kappa) else rounded(r.kappa, 2),
            shade,
            small,
        )
    axes.set(xlim=(-0.5, k - 0.5), ylim=(k - 0.5, -0.5))
    axes.set_yticks(range(k), [f"{i + 1}  {wrap(n, 30, 1)}" for i, n in enumerate(names)])
    axes.set_xticks(range(k), [str(i + 1) for i in range(k)])
    axes.tick_params(left=False, bottom=False)
    for i in range(k):
        axes.add_patch(_square(i, i, "#F2F2F2"))
        axes.text(i, i, str(sizes.iloc[i]), ha="center", va="center", fontsize=small, color=FAINT)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    return axes


def _square(x, y, colour):
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=colour, edgecolor="white", lw=1)


def _cell(axes, x, y, value, text, shade, size):
    known = not np.isnan(value)
    axes.add_patch(_square(x, y, shade(0.85 * value) if known else "white"))
    axes.text(x, y, text, ha="center", va="center", fontsize=size, color="white" if known and value > 0.6 else INK)


def multiverse_figure(cohort, frame, outcome) -> Figure:
    """Difference of medians and hazard ratio of acquired against primary resistance, one line a definition. frame : multiverse."""
    unit = outcome["UNIT"].iloc[0]
    short = endpoint_rule(cohort, outcome["PARAMCD"].iloc[0])["short"]
    names = [
        wrap(r["label"] + scope_mark(cohort, r["code"]) + (" †" if r["free"] else ""), LABEL, 3)
        for _, r in frame.iterrows()
    ]
    with house_style():
        heights = [0.2 + 0.15 * (1 + n.count("\n")) for n in names]
        figure, (left, right) = new_figure(sum(heights) + 0.95, layout="none", ncols=2, sharey=True)
        tall = figure.get_figheight()
        figure.subplots_adjust(left=0.25, right=0.97, wspace=0.12, bottom=0.55 / tall, top=1 - 0.3 / tall)
        plot_multiverse(left, right, frame, names, heights, decimals_for(unit))
        left.set_xlabel(f"Difference of medians ({unit})\nabove 0: longer in acquired")
        right.set_xlabel("Hazard ratio (log scale)\nbelow 1: longer in acquired")
    estimable = frame[frame["reason"] == ""]
    below = int((estimable["hr"] < 1).sum())
    clear = int((estimable["hr_high"] < 1).sum() + (estimable["hr_low"] > 1).sum())
    return Figure(
        title=f"{short} in acquired against primary resistance: does the conclusion survive the definition?", figure=figure, name=f"{short.lower()}_resistance_multiverse",
        alt=f"Forest plot of {plural(len(frame), 'definition')}: hazard ratio below 1 in {below}, interval that excludes 1 in {clear}.",
        notes=[f"Hazard ratio below 1 under {below} of {plural(len(estimable), 'definition')} with an estimate; the interval excludes 1 under {clear}.",
               "Lines: 95% intervals (left bootstrap percentiles, right Wald); arrows: the interval goes on. Filled: log-rank P below 0.05. Grey: a free choice of the reconstruction." if frame["free"].any() else
               "Lines: 95% intervals (left bootstrap percentiles, right Wald); arrows: the interval goes on. Filled: log-rank P below 0.05.",
               FREE_NOTE if frame["free"].any() else ""],
    )  # fmt: skip


def plot_multiverse(left, right, frame, names, heights, digits):
    """Both panels of the forest: `heights` inches a line."""
    edges = np.concatenate([[0], np.cumsum(heights)])
    places = (edges[1:] + edges[:-1]) / 2
    limits = frame[["difference", "ci_low", "ci_high"]].to_numpy(float)
    reach = np.abs(limits[np.isfinite(limits)]).max(initial=1.0) * 1.15
    ratios = frame[["hr", "hr_low", "hr_high"]].to_numpy(float)
    ratios = ratios[np.isfinite(ratios)]
    low, high = max(0.01, ratios.min(initial=0.5)) / 1.3, min(100.0, ratios.max(initial=2.0)) * 1.3
    for y, (_, r) in zip(places, frame.iterrows(), strict=True):
        colour, filled = FAINT if r["free"] else PALETTE[0], r["p"] < 0.05
        _line(
            left,
            y,
            r["difference"],
            r["ci_low"],
            r["ci_high"],
            -reach,
            reach,
            colour,
            filled,
            difference_text(r, digits),
        )
        text = (
            f"{with_interval(r['hr'], r['hr_low'], r['hr_high'])}, {p_sentence(r['p'])}"
            if not r["reason"]
            else "no hazard ratio"
        )
        _line(right, y, r["hr"], r["hr_low"], r["hr_high"], low, high, colour, filled, text)
    left.set(xlim=(-reach, reach), ylim=(edges[-1], 0))
    right.set(xscale="log", xlim=(low, high))
    left.axvline(0, color=FAINT, lw=0.9, zorder=0)
    right.axvline(1, color=FAINT, lw=0.9, zorder=0)
    left.set_yticks(places, names)
    left.locator_params(axis="x", nbins=5)
    ticks = [t for t in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100) if low <= t <= high]
    right.set_xticks(ticks, [f"{t:g}" for t in ticks])
    right.minorticks_off()
    for axes in (left, right):
        axes.spines["left"].set_visible(False)
        axes.tick_params(left=False)


def _line(axes, y, value, low, high, least, most, colour, filled, text):
    """One estimate with its interval, and its numbers above the line."""
    if np.isfinite(value):
        if not np.isnan(low) and not np.isnan(high):
            axes.plot([max(low, least), min(high, most)], [y, y], color=colour, lw=1.3, solid_capstyle="butt")
        axes.plot(
            np.clip(value, least, most), y, marker="s", color=colour, mfc=colour if filled else "white", mew=1.2, ms=5
        )
    for beyond, where, mark in ((low < least, least, "<"), (high > most, most, ">")):
        if beyond and np.isfinite(value):
            axes.plot(where, y, marker=mark, color=colour, ms=5, clip_on=False)
    axes.annotate(text, (0.5, y), xycoords=("axes fraction", "data"), xytext=(0, 6), textcoords="offset points",
                  ha="center", va="bottom", fontsize=SIZE - 2, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6})  # fmt: skip
