"""Propensity weights for people: overlap of the scores, size of the weights, balance before and after."""

import numpy as np

from papercheck.files.findings import NotAvailable
from smallsurv.comparison import COMMON, IMBALANCE, Weighted, covariate_balance, separating, weight_summary
from smallsurv.weights import covariate_design

from ..show.display import Figure, Note, Table, ledger
from ..show.labels import free_mark
from ..show.style import FAINT, INK, PALETTE, house_style, new_figure, wrap
from ..text.words import FREE_MARK, FREE_NOTE, interval, listed, percent, plural, rounded
from .trial import arm_labels, covariate_labels

BINS = 20
STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # patients between the ticks of a histogram
FEW = 10  # patients of the smaller arm for each coefficient below which a propensity model is unstable
UNITS = {"effective_n": "subjects", "score_low": "probability", "score_high": "probability", "weight_mean": "weight",
         "weight_low": "weight", "weight_high": "weight", "largest_share": "share", "outside": "subjects"}  # fmt: skip
SMD_UNITS = {"treated": "mean or share", "untreated": "mean or share", "treated_weighted": "mean or share",
             "untreated_weighted": "mean or share", "smd": "standard deviations", "smd_weighted": "standard deviations"}  # fmt: skip


def needs_scores(cohort, trial, weighted: Weighted, told=False):
    """Raises NotAvailable with the reason and what to do (or, if `told` before, without) where there are no scores."""
    if weighted.score is not None:
        return
    if told:
        raise NotAvailable(
            "needs the propensity weights, which this comparison does not have: the reason stands above."
        )
    if not trial.covariates:
        raise NotAvailable(
            "needs at least one covariate that differs between patients: name some as the parameter covariates, or under "
            "`treatment` in cohort.yml."
        )
    found = []
    for name, level, mine, count in separating(trial.rows, trial.arm, trial.covariates):
        factor, arm = cohort.factor(name), cohort.factor(trial.arm)
        if level:
            who = f"all {count} patients" if count > 1 else "the one patient"
            found.append(f"{who} with {factor.label} {factor.levels[level]} in the arm {arm.levels[mine]}")
        else:
            found.append(f"the ranges of {factor.label} in the arms do not overlap")
    why = listed(found) or "the covariates together tell the arms apart without error"
    raise NotAvailable(
        f"needs a chance of either arm for every patient (positivity): {why}. The weights would be infinite. Leave such a "
        "covariate out, merge its levels, or restrict the cohort (`eligibility`) to patients who could have had either arm."
    )


def kind_name(weighted: Weighted) -> str:
    """'ATE weights, stabilized, cut at percentiles 1 and 99'."""
    name = f"{weighted.estimand} weights" + (", stabilized" if weighted.stabilized else "")
    low, high = weighted.truncate
    return name + (f", cut at percentiles {low:g} and {high:g}" if (low, high) != (0, 100) else "")


def _free(cohort, trial) -> str:
    return FREE_NOTE if any(map(cohort.meta.is_free, trial.covariates)) else ""


def _mark(cohort, trial) -> str:
    return FREE_MARK if any(map(cohort.meta.is_free, trial.covariates)) else ""


def overlap_figure(cohort, trial, weighted: Weighted) -> Figure:
    """Mirrored histogram of the propensity scores: treated above, control below."""
    needs_scores(cohort, trial, weighted)
    control, treated = arm_labels(cohort, trial)
    edges = np.linspace(0, 1, BINS + 1)
    with house_style():
        figure, axes = new_figure(2.7)
        tallest = 0
        for (_, mine), side, colour, label in zip(weighted.arms, (-1, 1), PALETTE, (control, treated), strict=False):
            counts, _ = np.histogram(weighted.score[mine], edges)
            heavy, _ = np.histogram(weighted.score[mine], edges, weights=_rescaled(weighted, mine))
            axes.bar(edges[:-1], side * counts, width=1 / BINS, align="edge", color=colour, alpha=0.35, lw=0)
            axes.stairs(side * heavy, edges, color=colour, lw=1.4, baseline=0)
            tallest = max(tallest, counts.max(), heavy.max())
            place = {"transform": axes.transAxes, "va": "top" if side > 0 else "bottom", "ha": "left", "color": colour}
            axes.text(0.12, 0.98 if side > 0 else 0.02, wrap(f"{label} (n = {mine.sum()})", 40), **place)
        axes.axhline(0, color=INK, lw=0.8)
        for limit in COMMON:
            axes.axvline(limit, color=FAINT, lw=0.9, ls=":", zorder=0)
        step = next((s for s in STEPS if tallest / s <= 4), int(np.ceil(tallest / 4)))
        ticks = np.arange(-4 * step, 4 * step + 1, step)
        ticks = ticks[np.abs(ticks) <= 1.35 * tallest]
        axes.set(xlim=(0, 1), ylim=(-1.35 * tallest, 1.35 * tallest), ylabel="Patients")
        axes.set_yticks(ticks, [str(abs(t)) for t in ticks])
        axes.set_xlabel(wrap(f"Propensity score: probability of {treated}", 80))
    spans = listed(f"{label} {interval(weighted.score[mine].min(), weighted.score[mine].max())}"
                   for (_, mine), label in zip(weighted.arms, (control, treated), strict=True))  # fmt: skip
    return Figure(
        title="Could each patient have received either arm? Propensity scores of the arms", figure=figure, name="overlap",
        alt=f"Mirrored histogram of propensity scores: {treated} above, {control} below. Ranges: {spans}.",
        notes=[f"Score: logistic model on {covariate_labels(cohort, trial.covariates)}. Filled: patients; outline: weighted ({kind_name(weighted)}), "
               f"rescaled to the size of each arm. Dotted: {COMMON[0]} and {COMMON[1]} (Crump 2009).", _free(cohort, trial)],
    )  # fmt: skip


def _rescaled(weighted, mine):
    weight = weighted.weight[mine]
    return weight * mine.sum() / weight.sum()


def weight_table(cohort, trial, weighted: Weighted) -> Table:
    """Scores, weights and effective sample size of each arm; says when positivity or the weights are a problem."""
    needs_scores(cohort, trial, weighted)
    frame = weight_summary(weighted)
    levels = cohort.factor(trial.arm).levels
    rows = [
        [levels[r.group], str(r.n), rounded(r.effective_n, 1), interval(r.score_low, r.score_high), rounded(r.weight_mean),
         interval(r.weight_low, r.weight_high), f"{percent(r.largest_share)}%"] for r in frame[::-1].itertuples()
    ]  # fmt: skip
    cut = int(frame["cut"].sum())
    numbers = ledger(
        frame, "propensity weights", UNITS, trial.arm, method=kind_name(weighted) + _mark(cohort, trial)
    )  # fmt: skip
    sizes = listed(f"{rounded(r.effective_n, 1)} of {r.n} ({levels[r.group]})" for r in frame[::-1].itertuples())
    return Table(
        title="Weights of the arms", columns=["Arm", "n", "Effective n", "Scores", "Mean weight", "Weights", "Largest share of one patient"],
        rows=rows, numbers=numbers, key=[("Effective sample size after weighting", sizes)],
        notes=[f"Made as {kind_name(weighted)}. Effective n: (sum of weights)² / sum of squared weights (Kish 1965). Scores, weights: lowest and highest.",
               f"{plural(cut, 'weight')} cut; the largest was {rounded(frame['uncut_high'].max())}." if cut else "",
               *_problems(cohort, trial, weighted, frame), _free(cohort, trial)],
    )  # fmt: skip


def _problems(cohort, trial, weighted, frame) -> list[str]:
    """Positivity, extreme weights and too many coefficients, each with what to do; one sentence where there is none."""
    said, n = [], len(weighted.rows)
    outside = int(frame["outside"].sum())
    if outside:
        said.append(
            f"Positivity: {plural(outside, 'patient')} of {n} with a score outside {COMMON[0]} to {COMMON[1]} had hardly a "
            "counterpart in the other arm. Overlap weights (estimand=overlap) rest on the others."
        )
    weak = frame[frame["effective_n"] < frame["n"] / 2]
    if len(weak):
        arms = listed(cohort.factor(trial.arm).levels[g] for g in weak["group"])
        said.append(
            f"Extreme weights: the effective size is below half the patients in {arms}. A few patients decide the result: "
            "cut the weights (truncate=1,99) or use overlap weights, and say so."
        )
    coefficients = len(covariate_design(weighted.rows[list(weighted.covariates)]).columns)
    smaller = int(frame["n"].min())
    if smaller < FEW * coefficients:
        said.append(
            f"The propensity model has {plural(coefficients, 'coefficient')} for {plural(smaller, 'patient')} of the smaller arm; "
            f"below {FEW} patients for each the scores are unstable. Choose fewer covariates."
        )
    return said or ["No score is extreme, no arm loses half its effective size."]


def balance_table(cohort, trial, weighted: Weighted) -> Table:
    """Each covariate in both arms, before and after weighting, with standardized differences."""
    if not trial.covariates:
        needs_scores(cohort, trial, weighted, told=True)
    frame = covariate_balance(weighted)
    control, treated = arm_labels(cohort, trial)
    scored = weighted.score is not None
    rows, indent = [], []
    for name, part in frame.groupby("covariate", sort=False):
        factor = cohort.factor(name)
        if len(part) > 1:
            rows.append([factor.label + free_mark(cohort, name), *[""] * (6 if scored else 3)])
            indent.append(0)
        for _, r in part.iterrows():
            label = factor.levels[r["level"]] + ", %" if r["level"] else f"{factor.label}, mean"
            label = label if len(part) > 1 or not r["level"] else f"{factor.label}: {label}"
            show = (lambda x: percent(x)) if r["level"] else (lambda x: rounded(x, 1))
            cells = [show(r["treated"]), show(r["untreated"]), rounded(r["smd"], 3)]
            if scored:
                cells += [show(r["treated_weighted"]), show(r["untreated_weighted"]), rounded(r["smd_weighted"], 3)]
            rows.append([label + ("" if len(part) > 1 else free_mark(cohort, name)), *cells])
            indent.append(int(len(part) > 1))
    head = [treated, control, "SMD"]
    spans = [("", 1), ("Before weighting", 3), *([("After weighting", 3)] if scored else [])]
    units = SMD_UNITS if scored else {k: v for k, v in SMD_UNITS.items() if "weighted" not in k}
    return Table(
        title="Are the arms alike?", columns=["Covariate", *head, *(head if scored else [])], rows=rows, indent=indent, spans=spans,
        numbers=ledger(frame, "variable", units, trial.arm, method=(kind_name(weighted) if scored else "unweighted") + _mark(cohort, trial)),
        notes=["SMD: difference of the means or shares, over the root of the mean of the two unweighted variances, before and after alike "
               "(Austin and Stuart 2015). NE: neither arm varies.", _free(cohort, trial)],
    )  # fmt: skip


def balance_verdict(cohort, trial, weighted: Weighted) -> Note:
    """Whether the weights balanced the arms, in one sentence."""
    needs_scores(cohort, trial, weighted, told=True)
    frame = covariate_balance(weighted)
    size = frame["smd_weighted"].abs()
    before, worst = frame["smd"].abs().max(), frame.loc[size.idxmax()]
    failed = frame[size > IMBALANCE]
    if len(failed):
        told = listed(
            f"{_row_label(cohort, r)} ({rounded(r['smd_weighted'], 3)})" for _, r in failed.iterrows()
        )  # fmt: skip
        less = "cut the weights less, " if weighted.truncate != (0, 100) else ""
        text = (
            f"Balance failed: after weighting the standardized difference is above {IMBALANCE} for {told}. The weighted "
            f"comparison is still confounded by this: use overlap weights (estimand=overlap), {less}or name other covariates."
        )
    else:
        text = (
            f"Balance reached: the largest standardized difference falls from {rounded(before, 3)} to "
            f"{rounded(abs(worst['smd_weighted']), 3)} ({_row_label(cohort, worst)}), at most {IMBALANCE}. This says nothing of "
            "what was not measured."
        )
    return Note(text, key=[("Balance of the arms", text.split(". ")[0] + ".")])


def _row_label(cohort, r) -> str:
    factor = cohort.factor(r["covariate"])
    return f"{factor.label}: {factor.levels[r['level']]}" if r["level"] else factor.label


def love_figure(cohort, trial, weighted: Weighted) -> Figure:
    """Absolute standardized differences before and after weighting, with the line of imbalance."""
    needs_scores(cohort, trial, weighted, told=True)
    frame = covariate_balance(weighted)
    frame = frame.reindex(frame["smd"].abs().sort_values(ascending=False, kind="stable").index).reset_index(drop=True)
    labels = [wrap(_row_label(cohort, r) + free_mark(cohort, r["covariate"]), 44) for _, r in frame.iterrows()]
    with house_style():
        figure, axes = new_figure(0.9 + 0.3 * len(frame))
        places = np.arange(len(frame))
        axes.hlines(places, frame["smd"].abs(), frame["smd_weighted"].abs(), color=FAINT, lw=0.9)
        axes.plot(
            frame["smd"].abs(), places, "o", mfc="white", color=PALETTE[1], ms=6, mew=1.3, label="before weighting"
        )
        axes.plot(frame["smd_weighted"].abs(), places, "s", color=PALETTE[0], ms=5.5, label="after weighting")
        axes.axvline(IMBALANCE, color=INK, lw=0.9, ls="--")
        axes.set_yticks(places, labels)
        top = np.nanmax([0.3, *frame["smd"].abs(), *frame["smd_weighted"].abs()])
        axes.set(xlim=(0, 1.08 * top), ylim=(len(frame) - 0.5, -0.5), xlabel="Absolute standardized difference")
        figure.legend(loc="outside upper left", ncols=2, alignment="left")
    said = listed(
        f"{_row_label(cohort, r)} {rounded(abs(r['smd']), 3)} to {rounded(abs(r['smd_weighted']), 3)}"
        for _, r in frame.head(8).iterrows()
    )
    return Figure(
        title="Standardized differences before and after weighting", figure=figure, name="balance",
        alt=f"Love plot of absolute standardized differences, before to after weighting: {said}.",
        notes=[f"Dashed: {IMBALANCE}, above which the arms count as unlike (Austin 2009). {kind_name(weighted)}.", _free(cohort, trial)],
    )  # fmt: skip
