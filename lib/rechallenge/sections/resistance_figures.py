"""Figures of resistance: how patients move between definitions, how well these agree, the endpoint under each."""

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from smallsurv.agreement import agreement_pairs

from ..derive.outcome import Outcome
from ..derive.patterns import CLASS
from ..derive.resistance import CLASSES, Resistance, definition_rule, is_timing
from ..results import results
from ..show.display import Figure
from ..show.figures.ribbons import LABEL, plot_ribbons
from ..show.style import FAINT, INK, PALETTE, SIZE, house_style, new_figure, wrap
from ..text.language import say
from ..text.words import (
    FREE_NOTE,
    capital,
    decimals_for,
    listed,
    p_sentence,
    percent,
    plural,
    ratio_with_interval,
    rounded,
)
from .endpoint import short_labels
from .multiverse import difference_text, one_source
from .resistance import definition_label, is_free_choice, marked_label, wide_classes

COLOURS = {"primary": PALETTE[1], "acquired": PALETTE[0], "not classified": "#B8B8B8", "not evaluable": "#EDEDED"}
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)


def class_flow_figure(resistance: Resistance) -> Figure:
    """One bar a definition, divided by class; ribbons show which patients change class to the next definition."""
    table = wide_classes(resistance, classed=False)
    if table.empty or not len(table.columns):
        needs = "needs a definition that can be applied to these patients; the table above says what each lacks."
        raise NotAvailable(say(needs))
    labels = {code: definition_label(resistance.cohort, code) for code in resistance.definitions}
    with house_style():
        figure, axes = new_figure(0.52 * len(table.columns) + 0.8)
        names = [definition_label(resistance.cohort, code) for code in table.columns]
        plot_ribbons(axes, table, names, {c: COLOURS[c] for c in CLASSES}, dark=("primary", "acquired"))
        axes.set_xlabel(say("Patients"))
        handles = [_patch(c) for c in CLASSES if (table == c).any(axis=None)]
        figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))
    note = (
        "Bars: patients by class. Ribbons: the same patients under the next definition; a ribbon that crosses is a "
        "change of "
        "class."
    )
    left = listed(label for code, label in labels.items() if code not in table.columns)
    return Figure(
        id="resistance.flow",
        figure=figure,
        name="resistance_classes",
        alt=_flow_alt(table, labels),
        title=say("Class of the same patients from one definition to the next"),
        notes=[say(note), say("Not drawn, as they class nobody: {definitions}.", definitions=left) if left else ""],
    )


def _flow_alt(table, labels) -> str:
    pairs = zip(table.columns[:-1], table.columns[1:], strict=True)
    changes = "; ".join(
        say("{a} to {b} {n}", a=labels[a], b=labels[b], n=int((table[a] != table[b]).sum())) for a, b in pairs
    )
    definitions = plural(len(table.columns), "definition")
    return say(
        "Bars divided by class for {definitions}. Patients who change class: {changes}.",
        definitions=definitions,
        changes=changes or say("one definition only"),
    )


def _patch(name):
    from matplotlib.patches import Patch

    return Patch(facecolor=COLOURS[name], edgecolor=INK, lw=0.4, label=say(CLASSES[name]))


def agreement_figure(resistance: Resistance) -> Figure:
    """Matrix of the definitions: Cohen's kappa below the diagonal, share of the same class above it."""
    cohort, table = resistance.cohort, wide_classes(resistance)
    if len(table.columns) < 2:
        raise NotAvailable(say("needs two definitions that can be applied to these patients."))
    pairs = agreement_pairs(table)
    with house_style():
        figure, axes = new_figure(min(8.5, 0.42 * len(table.columns) + 1.9))
        plot_agreement(axes, pairs, table.notna().sum(), [definition_label(cohort, code) for code in table.columns])
    least = _least_agreement(cohort, pairs)
    alt = "Matrix of {definitions}; {least}."
    note = (
        "Above the diagonal: patients in the same class (%), of those whom both call primary or acquired. Below: "
        "Cohen's "
        "kappa; – where one of the two knows a single class or no patient is shared."
    )
    definitions = plural(len(table.columns), "definition")
    return Figure(
        id="resistance.agreement_matrix",
        figure=figure,
        name="resistance_agreement",
        title=say("Agreement between definitions"),
        alt=say(alt, definitions=definitions, least=least or say("no two class the same patients")),
        notes=[
            say(note),
            say("On the diagonal: patients classed."),
            say("{sentence}.", sentence=capital(least)) if least else "",
            one_source(cohort),
        ],
        results=_pair_results(cohort, pairs),
    )


def _least_agreement(cohort, pairs) -> str:
    known = pairs.dropna(subset=["agree"]).sort_values("agree")
    if known.empty:
        return ""
    r = known.iloc[0]
    a, b = definition_label(cohort, r["first"]), definition_label(cohort, r["second"])
    return say("least agreement: {a} and {b}, {share}% of {n}", a=a, b=b, share=percent(r["agree"]), n=r["n"])


def _pair_results(cohort, pairs):
    labels = {code: definition_rule(cohort, code)["label"] for code in {*pairs["first"], *pairs["second"]}}
    free = {code: is_free_choice(cohort, code) for code in labels}
    both = list(zip(pairs["first"], pairs["second"], strict=True))
    frame = pairs.assign(
        group=[f"{labels[a]} with {labels[b]}" for a, b in both],
        variable=pairs["first"],
        reference=pairs["second"],
        free=[free[a] or free[b] for a, b in both],
    )
    units = {"n": "subjects", "agree": "share", "kappa": "", "ci_low": "", "ci_high": ""}
    return results(frame, "resistance.agreement", units, item="agreement", by=CLASS)


def plot_agreement(axes, pairs, sizes, labels):
    """Cells shaded by raw agreement (above) and kappa (below); sizes : patients classed by each definition, on the
    diagonal."""
    from matplotlib.colors import LinearSegmentedColormap

    shade = LinearSegmentedColormap.from_list("house", ["white", PALETTE[0]])
    k, place = len(sizes), {name: i for i, name in enumerate(sizes.index)}
    small = SIZE - 1 if k <= 9 else SIZE - 3
    for r in pairs.itertuples():
        i, j = place[r.first], place[r.second]
        shared, kappa = not np.isnan(r.agree), not np.isnan(r.kappa)
        _cell(axes, (j, i), r.agree, rounded(100 * r.agree, 0) if shared else "–", shade, small)
        _cell(axes, (i, j), max(0.0, r.kappa) if kappa else np.nan, rounded(r.kappa, 2) if kappa else "–", shade, small)
    axes.set(xlim=(-0.5, k - 0.5), ylim=(k - 0.5, -0.5))
    axes.set_yticks(range(k), [wrap(f"{i + 1}  {n}", 28) for i, n in enumerate(labels)])
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


def _cell(axes, place, value, text, shade, size):
    known = not np.isnan(value)
    axes.add_patch(_square(*place, shade(0.85 * value) if known else "white"))
    axes.text(*place, text, ha="center", va="center", fontsize=size, color="white" if known and value > 0.6 else INK)


def _count_text(frame) -> str:
    """How many definitions agree: of those with an estimate, and that a reconstruction did not choose freely."""
    told = frame[(frame["reason"] == "") & ~frame["free"].astype(bool)]
    if told.empty and not frame["free"].any():
        return say("No definition gives a hazard ratio.")
    if told.empty:
        return say("No definition gives a hazard ratio that rests on no free choice of the reconstruction.")
    below, clear = (told["hr"] < 1).sum(), (told["hr_high"] < 1).sum() + (told["hr_low"] > 1).sum()
    shown = {"below": int(below), "clear": int(clear), "definitions": plural(len(told), "definition")}
    if frame["free"].any():
        return say(
            "Hazard ratio below 1 under {below} of {definitions} without †; the interval excludes 1 under {clear}.",
            **shown,
        )
    return say(
        "Hazard ratio below 1 under {below} of {definitions} with an estimate; the interval excludes 1 under {clear}.",
        **shown,
    )


def multiverse_figure(frame: pd.DataFrame, outcome: Outcome) -> Figure:
    """Difference of medians and hazard ratio of acquired against primary resistance, one line a definition. frame :
    multiverse."""
    short = short_labels(outcome)
    with house_style():
        figure = _draw_multiverse(frame, outcome)
    timing = frame["code"].map(lambda code: is_timing(outcome.cohort, code)).astype(bool)
    counted = _count_text(frame[~timing])
    drawn = frame[timing & (frame["reason"] == "")]
    if len(drawn):
        names = listed(definition_label(outcome.cohort, code) for code in drawn["code"])
        counted += " " + say("Drawn and not counted, as they go by the time on or off treatment: {names}.", names=names)
    alt = say("Forest plot of {definitions}.", definitions=plural(len(frame), "definition")) + f" {counted}"
    marks = say(
        "Lines: 95% intervals (left bootstrap percentiles, right Wald); arrows: the interval goes on. Filled: "
        "log-rank P "
        "below 0.05."
    )
    grey = say("Grey: a free choice of the reconstruction.")
    return Figure(
        id="resistance.multiverse_forest",
        of=outcome.endpoints[0],
        figure=figure,
        name=f"{short.lower()}_resistance_multiverse",
        title=say(
            "{endpoint} in acquired against primary resistance: does the conclusion survive the definition?",
            endpoint=short,
        ),
        alt=alt,
        notes=[
            counted,
            f"{marks} {grey}" if frame["free"].any() else marks,
            say(FREE_NOTE) if frame["free"].any() else "",
        ],
    )


def _draw_multiverse(frame, outcome):
    names = [wrap(marked_label(outcome.cohort, code), LABEL, 3) for code in frame["code"]]
    heights = [0.2 + 0.15 * (1 + n.count("\n")) for n in names]
    figure, (left, right) = new_figure(sum(heights) + 0.95, layout="none", ncols=2, sharey=True)
    tall = figure.get_figheight()
    figure.subplots_adjust(left=0.25, right=0.97, wspace=0.12, bottom=0.55 / tall, top=1 - 0.3 / tall)
    plot_multiverse((left, right), frame, names, heights, decimals_for(outcome.unit))
    median = say("Difference of medians ({unit})", unit=outcome.unit)
    left.set_xlabel(f"{median}\n{say('above 0: longer in acquired')}")
    right.set_xlabel(f"{say('Hazard ratio (log scale)')}\n{say('below 1: longer in acquired')}")
    return figure


def plot_multiverse(panels, frame, names, heights, digits):
    """Both panels of the forest, differences left and hazard ratios right: `heights` inches a line."""
    left, right = panels
    edges = np.concatenate([[0], np.cumsum(heights)])
    places = (edges[1:] + edges[:-1]) / 2
    limits = ["ci_low", "ci_high", "hr_low", "hr_high"]
    frame = frame.assign(**frame[limits].mask(frame["free"]))  # a free choice has no sampling error to be known
    reach, (low, high) = _reaches(frame)
    for y, r in zip(places, frame.to_dict("records"), strict=True):
        look = {"color": FAINT if r["free"] else PALETTE[0]}
        look["mfc"] = look["color"] if r["p"] < 0.05 and not r["free"] else "white"
        _line(left, y, (r["difference"], r["ci_low"], r["ci_high"]), (-reach, reach), look, difference_text(r, digits))
        _line(right, y, (r["hr"], r["hr_low"], r["hr_high"]), (low, high), look, _ratio_text(r))
    left.set(xlim=(-reach, reach), ylim=(edges[-1], 0))
    right.set(xscale="log", xlim=(low, high))
    left.axvline(0, color=FAINT, lw=0.9, zorder=0)
    right.axvline(1, color=FAINT, lw=0.9, zorder=0)
    left.set_yticks(places, names)
    left.locator_params(axis="x", nbins=5)
    ticks = [t for t in TICKS if low <= t <= high]
    right.set_xticks(ticks, [f"{t:g}" for t in ticks])
    right.minorticks_off()
    for axes in panels:
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", left=False, pad=9)  # the arrow of an interval that goes on has its room


def _reaches(frame):
    """How far the panels go: the largest difference either way, and the lowest and highest hazard ratio."""
    limits = frame[["difference", "ci_low", "ci_high"]].to_numpy(float)
    reach = np.abs(limits[np.isfinite(limits)]).max(initial=1.0) * 1.15
    ratios = frame[["hr", "hr_low", "hr_high"]].to_numpy(float)
    ratios = ratios[np.isfinite(ratios)]
    return reach, (max(0.01, ratios.min(initial=0.5)) / 1.3, min(100.0, ratios.max(initial=2.0)) * 1.3)


def _ratio_text(r) -> str:
    if r["reason"]:
        return say("no hazard ratio")
    text = ratio_with_interval(r["hr"], r["hr_low"], r["hr_high"], decimals=2, free=r["free"])
    return text if r["free"] else say("{what}, {value}", what=text, value=p_sentence(r["p"]))


def _line(axes, y, estimate, limits, look, text):
    """One estimate (value, low, high) with its interval, and its numbers above the line. look : color, mfc (of the
    mark)."""
    (value, low, high), (least, most), colour = estimate, limits, look["color"]
    if np.isfinite(value):
        if not np.isnan(low) and not np.isnan(high):
            axes.plot([max(low, least), min(high, most)], [y, y], color=colour, lw=1.3, solid_capstyle="butt")
        axes.plot(np.clip(value, least, most), y, marker="s", mew=1.2, ms=5, **look)
    for beyond, where, mark in ((low < least, least, "<"), (high > most, most, ">")):
        if beyond and np.isfinite(value):
            axes.plot(where, y, marker=mark, color=colour, ms=5, clip_on=False)
    axes.annotate(
        text,
        (0.5, y),
        xycoords=("axes fraction", "data"),
        xytext=(0, 6),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=SIZE - 2,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
    )
