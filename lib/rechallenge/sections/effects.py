"""What the treatment does: weighted curves, medians of the arms, and hazard ratios side by side."""

import numpy as np

from papercheck.files.findings import NotAvailable, did_you_mean, request_error
from smallsurv.comparison import (
    LOST,
    Weighted,
    arm_curves,
    arm_medians,
    rank_tests,
    resample,
    treatment_effects,
    weight_summary,
    weighted_at_risk,
)
from smallsurv.curve import METHODS, numbers_at_risk, observed
from smallsurv.firth import FEW_EVENTS

from ..derive.endpoints import endpoint_rule
from ..derive.population import model_coding
from ..derive.treatment import checked_replicates
from ..show.display import Figure, Table, ledger
from ..show.labels import landmark_note, landmark_suffix
from ..show.many import curve_notes, marks_censoring, thinned
from ..show.style import FAINT, LINES, PALETTE, house_style, new_figure, wrap
from ..text.words import (
    FREE_MARK,
    FREE_NOTE,
    INTERVAL_NAMES,
    LEGEND,
    NOT_ESTIMABLE,
    decimals_for,
    interval,
    p_sentence,
    p_value,
    plural,
    rounded,
    with_interval,
)
from .survival import RISK_LABEL, time_ticks
from .trial import arm_labels, covariate_labels
from .weighting import kind_name, needs_scores

NAMES = {
    "unadjusted, all": "Cox, unadjusted, also without covariates",
    "unadjusted": "Cox, unadjusted",
    "unadjusted, Firth": "Cox, unadjusted, Firth's penalty",
    "adjusted": "Cox, adjusted for the covariates",
    "adjusted, Firth": "Cox, adjusted, Firth's penalty",
    "weighted": "Cox, weighted, robust error",
    "weighted, bootstrap": "Cox, weighted, bootstrap error",
}
FEW_AT_RISK = 5  # patients of an arm below which the band of its curve ends: resamples of fewer say too little
UNITS = {"n": "subjects", "events": "events", "hr": "ratio", "ci_low": "ratio", "ci_high": "ratio", "p": "",
         "e_value": "risk ratio", "e_limit": "risk ratio"}  # fmt: skip


class Effects:
    """The numbers of one comparison, computed once: draws (None without weights), times of the bands, medians, tests."""

    def __init__(self, cohort, trial, weighted: Weighted, method="log-log", replicates=2000):
        if method not in METHODS:
            raise request_error("unknown interval method", did_you_mean(method, METHODS), method)
        checked_replicates(replicates)
        self.cohort, self.trial, self.weighted, self.method = cohort, trial, weighted, method
        self.label = endpoint_rule(cohort, trial.endpoint)["short"] + landmark_suffix(trial.rows)
        if not observed(trial.rows["CNSR"]).any():
            raise NotAvailable(f"needs at least one event of {self.label} in the compared patients: none is recorded.")
        self.draws, self.times = (None, None) if weighted.score is None else resample(weighted, replicates)
        self.medians, self.tests = arm_medians(weighted, method, self.draws), rank_tests(weighted)

    @property
    def unweighted(self) -> int:
        """Replicates without a finite propensity model."""
        return self.draws.unweighted if self.draws is not None else 0

    @property
    def free(self) -> bool:
        """Whether a covariate of pseudo-patients is a free choice."""
        return any(map(self.cohort.meta.is_free, self.trial.covariates))

    def left_out(self, count) -> str:
        """How many replicates have no estimate, and whether the others make an interval; '' for none."""
        if self.draws is None or not count:
            return ""
        of = len(self.draws.log_hazard_ratios)
        few = (
            " Too many are lost for an interval (NE): too few events, or too many covariates."
            if count > LOST * of
            else ""
        )
        return f"{plural(count, 'resample')} of {of:,} left out: no finite model.{few}"


def arm_table(effects: Effects) -> Table:
    """Median of each arm, unweighted and weighted, with both log-rank tests."""
    cohort, trial, weighted = effects.cohort, effects.trial, effects.weighted
    levels, unit = cohort.factor(trial.arm).levels, trial.rows["UNIT"].iloc[0]
    digits, scored = decimals_for(unit), weighted.score is not None
    medians = effects.medians
    plain, heavy = medians.iloc[:2], medians.iloc[2:]
    sizes = list(weight_summary(weighted)["effective_n"]) if scored else []
    rows = []
    for i in reversed(range(2)):
        m = plain.iloc[i]
        cells = [
            levels[m["group"]],
            str(m["n"]),
            str(m["events"]),
            with_interval(m["median"], m["ci_low"], m["ci_high"], digits),
        ]
        if scored:
            w = heavy.iloc[i]
            cells += [rounded(sizes[i], 1), with_interval(w["median"], w["ci_low"], w["ci_high"], digits)]
        rows.append(cells)
    tests = [effects.tests.iloc[i] for i in range(len(effects.tests))]
    words = [p_sentence(t["p"]) if not t["reason"] else f"{NOT_ESTIMABLE}: {t['reason']}" for t in tests]
    rows.append(["Log-rank test", "", "", words[0], *(["", words[1]] if scored else [])])
    columns = ["Arm", "n", "Events", f"Unweighted median ({unit}, 95% CI)"]
    units = {"median": unit, "ci_low": unit, "ci_high": unit}
    mark = FREE_MARK if effects.free else ""
    marked = medians.assign(
        method=medians["method"] + np.where(np.arange(len(medians)) >= 2, f", {kind_name(weighted)}{mark}", "")
    )
    numbers = ledger(marked, effects.label, units, trial.arm) + ledger(
        effects.tests, effects.label, {"statistic": "", "p": ""}, trial.arm
    )
    return Table(
        title=f"Median {effects.label} of the arms", numbers=numbers, rows=rows, key=_key_medians(effects, words),
        columns=columns + (["Effective n", f"Weighted median ({unit}, 95% CI)"] if scored else []),
        notes=[f"Unweighted: {INTERVAL_NAMES[effects.method]} interval, log-rank test."
               + (f" Weighted: {kind_name(weighted)}; percentile interval of {_replicates(effects)}; log-rank test of Xie and Liu 2005, weights as known." if scored else ""),
               effects.left_out(effects.unweighted), LEGEND, landmark_note(cohort, trial.rows), FREE_NOTE if effects.free else ""],
    )  # fmt: skip


def _replicates(effects) -> str:
    return f"{len(effects.draws.log_hazard_ratios):,} seeded resamples of the patients that refit the propensity model"


def _key_medians(effects, words):
    """Medians and P of the arms, unweighted and weighted, for the key results."""
    control, treated = arm_labels(effects.cohort, effects.trial)
    unit = effects.trial.rows["UNIT"].iloc[0]
    digits = decimals_for(unit)
    found = []
    for i, how in enumerate(("unweighted", kind_name(effects.weighted))[: len(words)]):
        pair = effects.medians.iloc[2 * i : 2 * i + 2]["median"]
        said = f"median {rounded(pair.iloc[1], digits)} ({treated}) against {rounded(pair.iloc[0], digits)} ({control}) {unit}"
        free = "; its covariates are a free choice" if i and effects.free else ""
        found.append((f"{effects.label} by treatment, {how}", f"{said}; log-rank {words[i]}{free}"))
    return found


def weighted_figure(effects: Effects) -> Figure:
    """Weighted Kaplan-Meier curves with bootstrap bands, the unweighted ones behind; both numbers at risk below."""
    cohort, trial, weighted = effects.cohort, effects.trial, effects.weighted
    needs_scores(cohort, trial, weighted, told=True)
    plain, heavy = arm_curves(weighted)
    unit, labels = trial.rows["UNIT"].iloc[0], dict(zip(trial.levels, arm_labels(cohort, trial), strict=True))
    banded = effects.unweighted <= LOST * len(effects.draws.medians)
    limits = effects.draws.survival_limits() if banded else [None, None]
    ticks = time_ticks(max(c.time[-1] for c in plain.values()), unit)
    rule = endpoint_rule(cohort, trial.endpoint)
    with house_style():
        figure, (axes, table, second) = new_figure(5.2, nrows=3, height_ratios=[3.2, 0.75, 0.75])
        for i, (level, curve) in enumerate(heavy.items()):
            _plot_arm(
                axes,
                plain[level],
                curve,
                effects.times,
                limits[i],
                PALETTE[i],
                LINES[i],
                wrap(labels[level], 60),
                marks_censoring(heavy),
            )
        axes.set(ylim=(0, 102), xlim=(0, ticks[-1]), xticks=ticks, yticks=range(0, 101, 25))
        figure.legend(loc="outside upper left", alignment="left", handlelength=2.8)
        axes.set_ylabel(f"{effects.label} (%)")
        axes.set_xlabel(
            f"{unit.capitalize()} from "
            + (f"the landmark after {rule['zero']}" if landmark_suffix(trial.rows) else rule["zero"])
        )
        if not effects.tests.iloc[1]["reason"]:
            axes.set_title(f"Weighted log-rank {p_sentence(effects.tests.iloc[1]['p'])}", loc="right", pad=3)
        counts = {level: [str(k) for k in numbers_at_risk(curve, ticks)] for level, curve in plain.items()}
        _plot_counts(table, counts, labels, ticks, "Number at risk, patients")
        sums = {level: [rounded(k, 1) for k in row] for level, row in weighted_at_risk(weighted, ticks).items()}
        _plot_counts(second, sums, labels, ticks, "Number at risk, weighted")
    digits = decimals_for(unit)
    said = "; ".join(
        f"{labels[m['group']]} {with_interval(m['median'], m['ci_low'], m['ci_high'], digits)}" for _, m in effects.medians.iloc[2:].iterrows()
    )  # fmt: skip
    return Figure(
        title=f"{effects.label} by {cohort.factor(trial.arm).label}, weighted", figure=figure, name=f"{trial.endpoint.lower()}_weighted_curves",
        alt=f"Weighted Kaplan-Meier curves of {effects.label}. Weighted median in {unit} (95% CI): {said}.",
        notes=[f"Weighted median ({unit}, 95% CI): {said}. {kind_name(weighted)} on {covariate_labels(cohort, trial.covariates)}.",
               f"Thick: weighted; thin grey: unweighted. Bands: pointwise 95% percentiles of {_replicates(effects)}, "
               f"while {FEW_AT_RISK} patients of the arm are at risk. {' '.join(curve_notes(heavy)).strip()} "
               "Weighted number at risk: sum of the weights, rescaled so that each arm starts at its number of patients.",
               effects.left_out(effects.unweighted), LEGEND, FREE_NOTE if effects.free else ""],
    )  # fmt: skip


def _plot_arm(axes, plain, curve, times, limits, colour, line, label, marked):
    """One arm: the weighted curve, its band and (if `marked`) its censorings; the unweighted curve thin."""
    for drawn, style in ((plain, {"color": FAINT, "lw": 0.9}), (curve, {"color": colour, "lw": 1.7, "label": label})):
        kept = thinned(drawn)
        time, survival = np.append(0, drawn.time[kept]), 100 * np.append(1, drawn.survival[kept])
        axes.step(time, survival, where="post", linestyle=line, **style)
    if marked:
        lost = curve.n_censor > 0
        axes.plot(curve.time[lost], 100 * curve.survival[lost], linestyle="", marker="|", color=colour, ms=7, mew=1.2)
    if limits is None:
        return
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
    axes.set_yticks(range(len(counts)), [wrap(labels[level], RISK_LABEL) for level in counts], linespacing=0.9)
    axes.set_title(title, loc="left", pad=1)
    for i, texts in enumerate(counts.values()):
        for tick, text in zip(ticks, texts, strict=True):
            axes.text(tick, i, text, ha="center", va="center", clip_on=False)
        axes.get_yticklabels()[i].set_color(PALETTE[i])
    widest = max(len(text) for texts in counts.values() for text in texts)
    axes.tick_params(left=False, pad=8 + 3 * widest)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)


def effects_table(effects: Effects) -> Table:
    """Unadjusted, adjusted and weighted hazard ratios side by side, with E-values."""
    cohort, trial, weighted = effects.cohort, effects.trial, effects.weighted
    frame = treatment_effects(weighted, trial.everyone, effects.draws, **model_coding(cohort))
    rows, reasons = [], {}
    for r in frame.to_dict("records"):
        cells = [with_interval(r["hr"], r["ci_low"], r["ci_high"], 3), p_value(r["p"]), _e_value(r)]
        rows.append([NAMES[r["analysis"]], str(r["n"]), str(r["events"]), *cells])
        if r["reason"]:
            reasons.setdefault(r["reason"], []).append(NAMES[r["analysis"]])
    control, treated = arm_labels(cohort, trial)
    scored = weighted.score is not None
    epv = frame.attrs["events_per_variable"]
    few = f"Adjusted model: {rounded(epv, 1)} events for each coefficient" + (
        f"; below {FEW_EVENTS} its estimate is unstable: choose fewer covariates." if epv < FEW_EVENTS else "."
    )
    lost = "" if frame.iloc[0]["reason"] else effects.left_out(effects.draws.failed if scored else 0)
    item = frame.assign(method=frame["method"].fillna("") + (FREE_MARK if effects.free else ""))
    best = frame[frame["analysis"] == "weighted, bootstrap"]
    key = [(f"{effects.label}, hazard ratio of {treated} against {control}, {kind_name(weighted)}",
            f"{rounded(r['hr'], 3)} (95% CI {interval(r['ci_low'], r['ci_high'], 3)}, bootstrap), {p_sentence(r['p'])}; E-value {_e_value(r)}"
             + ("; its covariates are a free choice" if effects.free else ""))
           for r in best[best["reason"] == ""].to_dict("records")]  # fmt: skip
    return Table(
        title=f"{effects.label}: {treated} against {control}", rows=rows, key=key,
        columns=["Analysis", "n", "Events", "HR (95% CI)", "P", "E-value (limit)"],
        numbers=ledger(item, "analysis", UNITS, trial.arm, group=trial.levels[1]),
        notes=["HR below 1: longer survival under the first named. Cox models, Efron ties; unadjusted and adjusted: Wald interval."
               + (f" Firth's penalty where the model is separated or has fewer than {FEW_EVENTS} events a coefficient: profile interval." if frame["analysis"].str.endswith("Firth").any() else ""),
               (f"Weighted: {kind_name(weighted)}; robust: sandwich error, weights as known (Lin and Wei 1989); bootstrap: standard error over "
                f"{_replicates(effects)}, normal interval (Austin 2016); where the two differ, read the bootstrap. {lost}").strip() if scored else "",
               f"{few} It compares patients with equal covariates, the weighted model the arms as a whole: the two may differ without bias." if trial.covariates else "",
               "E-value: the least risk ratio by which something unmeasured must go with both treatment and event, beyond the covariates, to explain the "
               "estimate away; in brackets for the limit of the interval nearer to 1 (VanderWeele and Ding 2017).",
               *(f"NE, {'; '.join(names)}: {reason}." for reason, names in reasons.items()),
               "Without events in an arm no ordinary hazard ratio exists: read the curves, the log-rank test and the penalized ratio." if any("no event in" in r for r in reasons) else "", landmark_note(cohort, trial.rows),
               FREE_NOTE if effects.free else ""],
    )  # fmt: skip


def _e_value(r) -> str:
    return NOT_ESTIMABLE if np.isnan(r["e_value"]) else f"{rounded(r['e_value'])} ({rounded(r['e_limit'])})"
