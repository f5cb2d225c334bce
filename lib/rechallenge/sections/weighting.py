"""Propensity weights for people: overlap of the scores, size of the weights, balance before and after."""

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from smallsurv.comparison import COMMON, IMBALANCE, Weighted, covariate_balance, separating, weight_summary
from smallsurv.weights import covariate_design

from ..derive.treatment import Comparison
from ..results import results
from ..show.display import Figure, Note, Table
from ..show.labels import free_mark
from ..show.style import FAINT, INK, PALETTE, house_style, new_figure, wrap
from ..text.language import in_language, say
from ..text.words import interval, listed, percent, plural, rounded
from .trial import arm_labels, chosen, covariate_labels, free_note, weights_note

BINS = 20
STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # patients between the ticks of a histogram
FEW = 10  # patients of the smaller arm for each coefficient below which a propensity model is unstable
UNITS = {
    "effective_n": "subjects",
    "score_low": "probability",
    "score_high": "probability",
    "weight_mean": "weight",
    "weight_low": "weight",
    "weight_high": "weight",
    "largest_share": "share",
    "outside": "subjects",
}
SMD_UNITS = {
    "treated": "mean or share",
    "untreated": "mean or share",
    "treated_weighted": "mean or share",
    "untreated_weighted": "mean or share",
    "smd": "standard deviations",
    "smd_weighted": "standard deviations",
}
KINDS = {  # (stabilized, cut)
    (False, False): "{estimand} weights",
    (True, False): "{estimand} weights, stabilized",
    (False, True): "{estimand} weights, cut at percentiles {low} and {high}",
    (True, True): "{estimand} weights, stabilized, cut at percentiles {low} and {high}",
}


def needs_scores(trial: Comparison, weighted: Weighted, told=False):
    """Raises NotAvailable with the reason and what to do (or, if `told` before, without) where there are no scores."""
    if weighted.score is not None:
        return
    if told:
        raise NotAvailable(
            say("needs the propensity weights, which this comparison does not have: the reason stands above.")
        )
    if not trial.covariates:
        raise NotAvailable(
            say(
                "needs at least one covariate that differs between patients: name some as the parameter covariates, "
                "or under "
                "`treatment` in cohort.yml."
            )
        )
    why = listed(_separations(trial)) or say("the covariates together tell the arms apart without error")
    raise NotAvailable(
        say(
            "needs a chance of either arm for every patient (positivity): {why}. The weights would be infinite. Leave "
            "such a "
            "covariate out, merge its levels, or restrict the cohort (`eligibility`) to patients who could have had "
            "either arm.",
            why=why,
        )
    )


def _separations(trial):
    """What of each covariate tells the arms apart by itself."""
    arm, found = trial.cohort.factor(trial.arm), []
    for name, level, mine, count in separating(trial.rows, trial.arm, trial.covariates):
        factor = trial.cohort.factor(name)
        if not level:
            found.append(say("the ranges of {factor} in the arms do not overlap", factor=factor.label))
            continue
        one = "the one patient with {factor} {level} in the arm {arm}"
        several = "all {n} patients with {factor} {level} in the arm {arm}"
        shown = {"factor": factor.label, "level": factor.levels[level], "arm": arm.levels[mine]}
        found.append(say(several, n=count, **shown) if count > 1 else say(one, **shown))
    return found


def kind_name(weighted: Weighted) -> str:
    """'ATE weights, stabilized, cut at percentiles 1 and 99'."""
    (low, high), shown = weighted.truncate, {"estimand": weighted.estimand}
    cut = (low, high) != (0, 100)
    if cut:
        shown |= {"low": f"{low:g}", "high": f"{high:g}"}
    return say(KINDS[bool(weighted.stabilized), cut], **shown)


def kind_words(weighted: Weighted) -> str:
    """The English words of results.csv for the kind of weights."""
    name = kind_name(weighted)
    return str(in_language(name.id, "en", **name.values))


def overlap_figure(trial: Comparison, weighted: Weighted) -> Figure:
    """Mirrored histogram of the propensity scores: treated above, control below."""
    needs_scores(trial, weighted)
    with house_style():
        figure, axes = new_figure(2.7)
        plot_overlap(axes, trial, weighted)
    control, treated = arm_labels(trial)
    spans = listed(
        f"{label} {interval(weighted.score[mine].min(), weighted.score[mine].max())}"
        for (_, mine), label in zip(weighted.arms, (control, treated), strict=True)
    )
    note = (
        "Score: logistic model on {covariates}. Filled: patients; outline: weighted ({weights}), rescaled to the size "
        "of "
        "each arm. Dotted: {low} and {high} (Crump 2009)."
    )
    alt = "Mirrored histogram of propensity scores: {treated} above, {control} below. Ranges: {ranges}."
    covariates = covariate_labels(trial.cohort, trial.covariates)
    return Figure(
        id="weights.overlap",
        of=trial.endpoint,
        figure=figure,
        name="overlap",
        title=say("Could each patient have received either arm? Propensity scores of the arms"),
        alt=say(alt, treated=treated, control=control, ranges=spans),
        notes=[
            say(note, covariates=covariates, weights=kind_name(weighted), low=COMMON[0], high=COMMON[1]),
            free_note(trial.free),
        ],
    )


def plot_overlap(axes, trial, weighted):
    """Scores of the treated above zero, of the control below: patients filled, their weights as an outline."""
    edges, labels, tallest, lines = np.linspace(0, 1, BINS + 1), arm_labels(trial), 0, 1
    for (_, mine), side, colour, label in zip(weighted.arms, (-1, 1), PALETTE, labels, strict=False):
        counts, _ = np.histogram(weighted.score[mine], edges)
        heavy, _ = np.histogram(weighted.score[mine], edges, weights=_rescaled(weighted, mine))
        axes.bar(edges[:-1], side * counts, width=1 / BINS, align="edge", color=colour, alpha=0.35, lw=0)
        axes.stairs(side * heavy, edges, color=colour, lw=1.4, baseline=0)
        tallest = max(tallest, counts.max(), heavy.max())
        place = {"transform": axes.transAxes, "va": "top" if side > 0 else "bottom", "ha": "left", "color": colour}
        name = wrap(say("{arm} (n = {n})", arm=label, n=mine.sum()), 40)
        axes.text(0.12, 0.98 if side > 0 else 0.02, name, **place)
        lines = max(lines, name.count("\n") + 1)
    room = (1.05 + 0.3 * lines) * tallest  # the names lie beyond the bars
    axes.axhline(0, color=INK, lw=0.8)
    for limit in COMMON:
        axes.axvline(limit, color=FAINT, lw=0.9, ls=":", zorder=0)
    step = next((s for s in STEPS if tallest / s <= 4), int(np.ceil(tallest / 4)))
    ticks = np.arange(-4 * step, 4 * step + 1, step)
    ticks = ticks[np.abs(ticks) <= room]
    axes.set(xlim=(0, 1), ylim=(-room, room), ylabel=say("Patients"))
    axes.set_yticks(ticks, [str(abs(t)) for t in ticks])
    axes.set_xlabel(wrap(say("Propensity score: probability of {treated}", treated=labels[1]), 80))
    return axes


def _rescaled(weighted, mine):
    weight = weighted.weight[mine]
    return weight * mine.sum() / weight.sum()


def weight_table(trial: Comparison, weighted: Weighted) -> Table:
    """Scores, weights and effective sample size of each arm; says when positivity or the weights are a problem."""
    needs_scores(trial, weighted)
    frame, levels = weight_summary(weighted), dict(zip(trial.levels, arm_labels(trial), strict=True))
    parts = frame[::-1].to_dict("records")  # the treated first
    sizes = listed(
        say("{size} of {n} ({arm})", size=rounded(r["effective_n"], 1), n=r["n"], arm=levels[r["group"]]) for r in parts
    )
    made = (
        "Made as {weights}. Effective n: (sum of weights)² / sum of squared weights (Kish 1965). "
        "Scores, weights: lowest and highest."
    )
    heads = ("Arm", "n", "Effective n", "Scores", "Mean weight", "Weights", "Largest share of one patient")
    return Table(
        id="weights.distribution",
        of=trial.endpoint,
        title=say("Weights of the arms"),
        columns=[*map(say, heads)],
        rows=[_weight_row(r, levels) for r in parts],
        results=_weight_results(trial, weighted, frame),
        key=[(say("Effective sample size after weighting"), chosen(sizes, trial.free))],
        notes=[
            say(made, weights=kind_name(weighted)),
            _cut_note(frame),
            *_problems(trial, weighted, frame),
            weights_note(trial.free),
        ],
    )


def _weight_row(r, levels):
    return [
        levels[r["group"]],
        str(r["n"]),
        rounded(r["effective_n"], 1),
        interval(r["score_low"], r["score_high"]),
        rounded(r["weight_mean"]),
        interval(r["weight_low"], r["weight_high"]),
        f"{percent(r['largest_share'])}%",
    ]


def _weight_results(trial, weighted, frame):
    place = {"by": trial.arm, "endpoint": trial.endpoint, "landmark": trial.outcome.landmark, "model": "weighted"}
    place |= {"item": "propensity weights", "method": kind_words(weighted), "free": trial.free}
    return results(frame, "weights.distribution", UNITS, **place)


def _cut_note(frame):
    cut = int(frame["cut"].sum())
    if not cut:
        return ""
    largest = rounded(frame["uncut_high"].max())
    return say("{weights} cut; the largest was {largest}.", weights=plural(cut, "weight"), largest=largest)


def _problems(trial, weighted, frame) -> list[str]:
    """Positivity, extreme weights and too many coefficients, each with what to do; one sentence where there is none."""
    said = [_outside_note(weighted, frame), _weak_note(trial, frame), _many_note(weighted, frame)]
    return [s for s in said if s] or [say("No score is extreme, no arm loses half its effective size.")]


def _outside_note(weighted, frame):
    outside = int(frame["outside"].sum())
    if not outside:
        return ""
    return say(
        "Positivity: {patients} of {n} with a score outside {low} to {high} had hardly a counterpart in the other arm. "
        "Overlap weights (estimand=overlap) rest on the others.",
        patients=plural(outside, "patient"),
        n=len(weighted.rows),
        low=COMMON[0],
        high=COMMON[1],
    )


def _weak_note(trial, frame):
    weak = frame[frame["effective_n"] < frame["n"] / 2]
    if weak.empty:
        return ""
    return say(
        "Extreme weights: the effective size is below half the patients in {arms}. A few patients decide the result: "
        "cut "
        "the weights (truncate=1,99) or use overlap weights, and say so.",
        arms=listed(say(trial.cohort.factor(trial.arm).levels[g]) for g in weak["group"]),
    )


def _many_note(weighted, frame):
    coefficients = len(covariate_design(weighted.rows[list(weighted.covariates)]).columns)
    smaller = int(frame["n"].min())
    if smaller >= FEW * coefficients:
        return ""
    return say(
        "The propensity model has {coefficients} for {patients} of the smaller arm; below {few} patients for each the "
        "scores are unstable. Choose fewer covariates.",
        coefficients=plural(coefficients, "coefficient"),
        patients=plural(smaller, "patient"),
        few=FEW,
    )


def balance_table(trial: Comparison, weighted: Weighted) -> Table:
    """Each covariate in both arms, before and after weighting, with standardized differences."""
    if not trial.covariates:
        needs_scores(trial, weighted, told=True)
    frame, scored = covariate_balance(weighted), weighted.score is not None
    control, treated = arm_labels(trial)
    head = [treated, control, say("SMD")]
    lines = [
        line
        for name, part in frame.groupby("covariate", sort=False)
        for line in _balance_lines(trial, name, part, scored)
    ]
    spans = [("", 1), (say("Before weighting"), 3), *([(say("After weighting"), 3)] if scored else [])]
    mean = (
        "SMD: difference of the means or shares, over the root of the mean of the two unweighted variances, before and "
        "after alike (Stuart 2010). NE: neither arm varies."
    )
    treated_alone = (
        "SMD: difference of the means or shares, over the unweighted standard deviation of the treated, before and"
        " after alike (Stuart 2010). NE: the treated do not vary."
    )
    note = treated_alone if weighted.estimand == "ATT" else mean
    return Table(
        id="weights.balance",
        of=trial.endpoint,
        title=say("Are the arms alike?"),
        columns=[say("Covariate"), *head, *(head if scored else [])],
        rows=[row for _, row in lines],
        indent=[level for level, _ in lines],
        spans=spans,
        results=_balance_results(trial, weighted, frame),
        notes=[say(note), free_note(trial.free)],
    )


def _balance_lines(trial, name, part, scored):
    """(indent, cells) of one covariate: a number, a yes/no, or a head with its levels."""
    cohort, several = trial.cohort, len(part) > 1
    factor, mark = cohort.factor(name), free_mark(cohort, name)
    lines = [(0, [say(factor.label) + mark, *[""] * (6 if scored else 3)])] if several else []
    for r in part.to_dict("records"):
        label = (
            say("{level}, %", level=factor.levels[r["level"]])
            if r["level"]
            else say("{factor}, mean", factor=factor.label)
        )
        if not several:
            label = (say("{factor}: {level}", factor=factor.label, level=label) if r["level"] else label) + mark
        lines.append((int(several), [label, *_balance_cells(r, scored)]))
    return lines


def _balance_cells(r, scored):
    show = percent if r["level"] else lambda mean: rounded(mean, 1)
    cells = [show(r["treated"]), show(r["untreated"]), rounded(r["smd"], 3)]
    if scored:
        cells += [show(r["treated_weighted"]), show(r["untreated_weighted"]), rounded(r["smd_weighted"], 3)]
    return cells


def _balance_results(trial, weighted, frame):
    scored = weighted.score is not None
    units = SMD_UNITS if scored else {k: v for k, v in SMD_UNITS.items() if "weighted" not in k}
    return results(
        frame.assign(item=frame["variable"]).drop(columns=["level", "covariate"]),
        "weights.balance",
        units,
        by=trial.arm,
        endpoint=trial.endpoint,
        landmark=trial.outcome.landmark,
        model="weighted" if scored else "",
        method=kind_words(weighted) if scored else "unweighted",
        free=trial.free,
    )


def balance_verdict(trial: Comparison, weighted: Weighted) -> Note:
    """Whether the weights balanced the arms, in one sentence."""
    needs_scores(trial, weighted, told=True)
    frame = covariate_balance(weighted)
    failed = frame[frame["smd_weighted"].abs() > IMBALANCE]
    verdict, advice = _failed_words(trial, weighted, failed) if len(failed) else _reached_words(trial, frame)
    said = f"{verdict} {advice} {weights_note(trial.free)}".strip()
    key = [(say("Balance of the arms"), chosen(verdict.removesuffix(say(".")), trial.free))]
    return Note(id="weights.verdict", of=trial.endpoint, text=said, key=key)


def _failed_words(trial, weighted, failed):
    told = listed(f"{_row_label(trial.cohort, r)} ({rounded(r['smd_weighted'], 3)})" for _, r in failed.iterrows())
    verdict = "Balance failed: after weighting the standardized difference is above {limit} for {covariates}."
    plain = (
        "The weighted comparison is still confounded by this: use overlap weights (estimand=overlap), or name other "
        "covariates."
    )
    cut = (
        "The weighted comparison is still confounded by this: use overlap weights (estimand=overlap), cut the weights "
        "less, or name other covariates."
    )
    advice = say(cut) if weighted.truncate != (0, 100) else say(plain)
    return say(verdict, limit=IMBALANCE, covariates=told), advice


def _reached_words(trial, frame):
    """Each of the two largest differences with the row that has
    it; after weighting none is named where all are 0.000.
    """
    first, last = (frame.loc[frame[c].abs().idxmax()] for c in ("smd", "smd_weighted"))
    after = rounded(abs(last["smd_weighted"]), 3)
    shown = {"before": rounded(abs(first["smd"]), 3), "covariate": _row_label(trial.cohort, first)}
    named = (
        "Balance reached: the largest standardized difference is {before} ({covariate}) before weighting and {after} "
        "({other}) after, at most {limit}."
    )
    alike = (
        "Balance reached: the largest standardized difference is {before} ({covariate}) before weighting and {after} "
        "after, at most {limit}."
    )
    nothing = float(after) == 0
    other = {} if nothing else {"other": _row_label(trial.cohort, last)}
    verdict = say(alike if nothing else named, after=after, limit=IMBALANCE, **shown, **other)
    return verdict, say("This says nothing of what was not measured.")


def _row_label(cohort, r) -> str:
    factor = cohort.factor(r["covariate"])
    if not r["level"]:
        return say(factor.label)
    return say("{factor}: {level}", factor=factor.label, level=factor.levels[r["level"]])


def love_figure(trial: Comparison, weighted: Weighted) -> Figure:
    """Absolute standardized differences before and after weighting, with the line of imbalance."""
    needs_scores(trial, weighted, told=True)
    cohort, frame = trial.cohort, covariate_balance(weighted)
    frame = frame.reindex(frame["smd"].abs().sort_values(ascending=False, kind="stable").index).reset_index(drop=True)
    with house_style():
        labels = [wrap(_row_label(cohort, r) + free_mark(cohort, r["covariate"]), 44) for _, r in frame.iterrows()]
        figure, axes = new_figure(0.9 + 0.3 * len(frame))
        plot_love(axes, frame, labels)
        figure.legend(loc="outside upper left", ncols=2, alignment="left")
    each = listed(
        say(
            "{covariate} {before} to {after}",
            covariate=_row_label(cohort, r),
            before=rounded(abs(r["smd"]), 3),
            after=rounded(abs(r["smd_weighted"]), 3),
        )
        for _, r in frame.head(8).iterrows()
    )
    note = "Dashed: {limit}, above which the arms count as unlike (Austin 2009). {weights}."
    alt = "Love plot of absolute standardized differences, before to after weighting: {each}."
    return Figure(
        id="weights.love",
        of=trial.endpoint,
        figure=figure,
        name="balance",
        title=say("Standardized differences before and after weighting"),
        alt=say(alt, each=each),
        notes=[say(note, limit=IMBALANCE, weights=kind_name(weighted)), free_note(trial.free)],
    )


def plot_love(axes, frame: pd.DataFrame, labels):
    """One line a covariate: the absolute standardized difference before and after weighting."""
    places, before, after = np.arange(len(frame)), frame["smd"].abs(), frame["smd_weighted"].abs()
    axes.hlines(places, before, after, color=FAINT, lw=0.9)
    axes.plot(before, places, "o", mfc="white", color=PALETTE[1], ms=6, mew=1.3, label=say("before weighting"))
    axes.plot(after, places, "s", color=PALETTE[0], ms=5.5, label=say("after weighting"))
    axes.axvline(IMBALANCE, color=INK, lw=0.9, ls="--")
    axes.set_yticks(places, labels)
    top = np.nanmax([0.3, *before, *after])
    axes.set(xlim=(0, 1.08 * top), ylim=(len(frame) - 0.5, -0.5), xlabel=say("Absolute standardized difference"))
    return axes
