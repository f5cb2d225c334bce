"""Kaplan-Meier curves of both arms, weighted and plain, with both numbers at risk."""

import numpy as np

from smallsurv.comparison import LOST, arm_curves, weighted_at_risk
from smallsurv.curve import numbers_at_risk

from ..derive.endpoints import endpoint_rule
from ..show.display import Figure
from ..show.many import curve_notes, marks_censoring, thinned
from ..show.style import FAINT, LINES, PALETTE, house_style, new_figure, wrap
from ..text.language import say
from ..text.words import LEGEND, decimals_for, labelled, rounded
from .curves import time_ticks
from .effects import Effects, median_text, p_words
from .trial import arm_labels, covariate_labels, free_note
from .weighting import kind_name, needs_scores

SUMMED = "Weighted number at risk: sum of the weights, rescaled so that each arm starts at its number of patients."
RISK_LABEL, RISK_LINES = 26, 3  # letters of a line of the risk table, lines of a label
RISK_LINE = 0.17  # inches of a further line of a label
FEW_AT_RISK = 5  # patients of an arm below which the band of its curve ends: resamples of fewer say too little


def weighted_figure(effects: Effects) -> Figure:
    """Weighted Kaplan-Meier curves with bootstrap bands, the unweighted ones behind; both numbers at risk below."""
    trial, weighted, outcome = effects.trial, effects.weighted, effects.outcome
    needs_scores(trial, weighted, told=True)
    plain, heavy = arm_curves(weighted)
    with house_style():
        figure = _draw_weighted(effects, plain, heavy)
    labels, digits = dict(zip(trial.levels, arm_labels(trial), strict=True)), decimals_for(outcome.unit)
    middles = (m for _, m in effects.medians.iloc[2:].iterrows())
    each = labelled((labels[m["group"]], median_text(m, digits, effects.free)) for m in middles)
    factor, free = trial.cohort.factor(trial.arm).label, effects.free
    alt = "Weighted Kaplan-Meier curves of {endpoint}. Weighted median in {unit} (95% CI): {each}."
    alt = "Weighted Kaplan-Meier curves of {endpoint}. Weighted median in {unit}: {each}." if free else alt
    note = "Weighted median ({unit}, 95% CI): {each}. {weights} on {covariates}."
    note = "Weighted median ({unit}): {each}. {weights} on {covariates}." if free else note
    covariates = covariate_labels(trial.cohort, trial.covariates)
    return Figure(
        id="effect.curves",
        of=trial.endpoint,
        figure=figure,
        name=f"{trial.endpoint.lower()}_weighted_curves",
        title=say("{endpoint} by {factor}, weighted", endpoint=effects.label, factor=factor),
        alt=say(alt, endpoint=effects.label, unit=outcome.unit, each=each),
        notes=[
            say(note, unit=outcome.unit, each=each, weights=kind_name(weighted), covariates=covariates),
            _band_note(effects, plain, heavy),
            effects.left_out(effects.unweighted),
            say(LEGEND),
            free_note(effects.free),
        ],
    )


def _is_banded(effects, plain) -> bool:
    """Whether a curve has a band: of patients, from enough resamples, and an arm is large enough at the start."""
    if effects.free or effects.unweighted > LOST * len(effects.draws.medians):
        return False
    return any((curve.n_risk >= FEW_AT_RISK).any() for curve in plain.values())


def _band_note(effects, plain, heavy):
    if not _is_banded(effects, plain):
        drawn = say("Thick: weighted; thin grey: unweighted.")
        return " ".join([drawn, *filter(None, curve_notes(heavy)), say(SUMMED)])
    drawn = say(
        "Thick: weighted; thin grey: unweighted. Bands: pointwise 95% percentiles of {resamples}, while {few} "
        "patients of "
        "the arm are at risk.",
        resamples=effects.replicates(),
        few=FEW_AT_RISK,
    )
    return " ".join([drawn, *filter(None, curve_notes(heavy)), say(SUMMED)])


def _draw_weighted(effects, plain, heavy):
    """Curves above, patients at risk and weights at risk below."""
    trial, unit = effects.trial, effects.outcome.unit
    labels = dict(zip(trial.levels, arm_labels(trial), strict=True))
    ticks = time_ticks(max(c.time[-1] for c in plain.values()), unit)
    names = {level: wrap(label, RISK_LABEL, RISK_LINES) for level, label in labels.items()}
    below = 0.75 + RISK_LINE * len(names) * max(name.count("\n") for name in names.values())
    figure, (axes, table, second) = new_figure(3.7 + 2 * below, nrows=3, height_ratios=[3.2, below, below])
    _plot_arms(axes, effects, plain, heavy, labels)
    axes.set(ylim=(0, 102), xlim=(0, ticks[-1]), xticks=ticks, yticks=range(0, 101, 25))
    figure.legend(loc="outside upper left", alignment="left", handlelength=2.8)
    axes.set_ylabel(say("{endpoint} (%)", endpoint=effects.label))
    axes.set_xlabel(_time_label(effects))
    if not effects.tests.iloc[1]["reason"] and (p := p_words(effects)[1]) != "–":
        axes.set_title(say("Weighted log-rank {p}", p=p), loc="right", pad=3)
    counts = {level: [str(k) for k in numbers_at_risk(curve, ticks)] for level, curve in plain.items()}
    _plot_counts(table, counts, names, ticks, say("Number at risk, patients"))
    sums = {level: [rounded(k, 1) for k in row] for level, row in weighted_at_risk(effects.weighted, ticks).items()}
    _plot_counts(second, sums, names, ticks, say("Number at risk, weighted"))
    return figure


def _time_label(effects):
    outcome = effects.outcome
    zero = say(endpoint_rule(outcome.cohort, effects.trial.endpoint)["zero"])
    zero = say("the landmark after {zero}", zero=zero) if outcome.landmark else zero
    return say("Months from {zero}", zero=zero) if outcome.unit == "months" else say("Days from {zero}", zero=zero)


def _plot_arms(axes, effects, plain, heavy, labels):
    """Both arms: the weighted curve, its band and its censorings if they are few; the unweighted curve thin."""
    limits = effects.draws.survival_limits() if _is_banded(effects, plain) else [None, None]
    marked = marks_censoring(heavy)
    for i, (level, curve) in enumerate(heavy.items()):
        look = {"color": PALETTE[i], "linestyle": LINES[i]}
        _plot_steps(axes, plain[level], color=FAINT, lw=0.9, linestyle=LINES[i])
        _plot_steps(axes, curve, lw=1.7, label=wrap(labels[level], 60), **look)
        if marked:
            lost = curve.n_censor > 0
            axes.plot(curve.time[lost], 100 * curve.survival[lost], ls="", marker="|", color=PALETTE[i], ms=7, mew=1.2)
        if limits[i] is not None:
            _plot_band(axes, curve, effects.times, limits[i], PALETTE[i])


def _plot_steps(axes, curve, **look):
    kept = thinned(curve)
    axes.step(np.append(0, curve.time[kept]), 100 * np.append(1, curve.survival[kept]), where="post", **look)


def _plot_band(axes, curve, times, limits, colour):
    end = max(curve.time[curve.n_risk >= FEW_AT_RISK], default=0)
    inside = times < end
    edges = np.concatenate([[0], times[inside], [end]])
    low, high = (100 * np.concatenate([[1], limit[inside], limit[inside][-1:]]) for limit in limits)
    if len(low) < len(edges):  # no event while enough are at risk: nothing to draw
        return
    axes.fill_between(edges, low, high, step="post", color=colour, alpha=0.13, lw=0)


def _plot_counts(axes, counts, labels, ticks, title):
    """Rows of numbers ({level: texts}) under the ticks of the curves."""
    axes.set(xlim=(0, ticks[-1]), ylim=(len(counts) - 0.4, -0.6), xticks=[])
    axes.set_yticks(range(len(counts)), [labels[level] for level in counts], linespacing=1.15)
    axes.set_title(title, loc="left", pad=1)
    for i, texts in enumerate(counts.values()):
        for tick, text in zip(ticks, texts, strict=True):
            axes.text(tick, i, text, ha="center", va="center", clip_on=False)
        axes.get_yticklabels()[i].set_color(PALETTE[i])
    widest = max(len(text) for texts in counts.values() for text in texts)
    axes.tick_params(left=False, pad=8 + 3 * widest)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
