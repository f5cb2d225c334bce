"""What the treatment does: weighted curves, medians of the arms, and hazard ratios side by side."""

from functools import cached_property

import numpy as np

from papercheck.files.findings import NotAvailable
from smallsurv.comparison import (
    LOST,
    PENALIZED,
    UNADJUSTED,
    Weighted,
    arm_means,
    arm_medians,
    rank_tests,
    resample,
    treatment_effects,
    weight_summary,
)
from smallsurv.cox_models import NOT_PROPORTIONAL, cox_univariable
from smallsurv.curve import observed
from smallsurv.evalue import RARE
from smallsurv.firth import FEW_EVENTS
from smallsurv.rmst import default_tau

from ..derive.population import model_coding
from ..derive.treatment import Comparison, checked_replicates
from ..replication.prints import printed_test
from ..results import RATIO_UNITS, Result, results
from ..show.display import Table
from ..show.labels import landmark_note
from ..text.language import say
from ..text.words import (
    INTERVAL_NAMES,
    LEGEND,
    NOT_ESTIMABLE,
    decimals_for,
    interval,
    p_sentence,
    plural,
    ratio_with_interval,
    rounded,
    tested,
    with_interval,
)
from .endpoint import endpoint_label, endpoint_words, fewest_of, outcome_results
from .survival import checked_method
from .trial import arm_labels, effects_note, named_arms
from .weighting import kind_name, kind_words

NAMES = {
    "unadjusted, all": "Cox, unadjusted, also without covariates",
    "unadjusted": "Cox, unadjusted",
    "unadjusted, Firth": "Cox, unadjusted, Firth's penalty",
    "adjusted": "Cox, adjusted for the covariates",
    "adjusted, Firth": "Cox, adjusted, Firth's penalty",
    "weighted": "Cox, weighted, robust error",
    "weighted, bootstrap": "Cox, weighted, bootstrap error",
}
UNITS = {"n": "subjects", "events": "events"} | RATIO_UNITS | {"e_value": "risk ratio", "e_limit": "risk ratio"}
E_VALUE = (
    "E-value: the least risk ratio by which something unmeasured must go with both treatment and event, beyond the "
    "covariates, to explain the estimate away; in brackets for the limit of the interval nearer to 1 (VanderWeele and "
    "Ding 2017). The hazard ratio is read as a risk ratio where fewer than {rare}% have the event, else as their "
    "(1 - 0.5^√HR) / (1 - 0.5^√(1/HR)) of a common outcome."
)


class Effects:
    """The numbers of one comparison, computed once: draws (None without weights), times of the bands, medians,
    tests."""

    def __init__(self, trial: Comparison, weighted: Weighted, method="log-log", replicates=2000):
        checked_method(method)
        checked_replicates(replicates)
        self.trial, self.weighted, self.method = trial, weighted, method
        self.outcome, self.cohort = trial.outcome, trial.cohort
        self.label = endpoint_label(self.outcome, short=True)
        if not observed(trial.rows["CNSR"]).any():
            needs = "needs at least one event of {endpoint} in the compared patients: none is recorded."
            raise NotAvailable(say(needs, endpoint=self.label))
        self.draws, self.times = (None, None) if weighted.score is None else resample(weighted, replicates)
        self.medians, self.tests = arm_medians(weighted, method, self.draws), rank_tests(weighted)

    @cached_property
    def p_ph(self) -> float:
        """P of proportional hazards of the arm without covariates, by the score test; NaN without one."""
        trial = self.trial
        return float(cox_univariable(trial.rows, [trial.arm], {trial.arm: trial.levels[0]}).iloc[0]["p_ph"])

    @property
    def scored(self) -> bool:
        """Whether there are weights."""
        return self.weighted.score is not None

    @cached_property
    def tau(self) -> float:
        """The time up to which both arms are followed, for restricted means."""
        return default_tau(self.trial.rows, self.trial.arm)

    @cached_property
    def means(self):
        """Restricted means of the arms up to tau (comparison.arm_means)."""
        return arm_means(self.weighted, self.tau, self.draws, self.times if self.scored else ())

    @property
    def unweighted(self) -> int:
        """Replicates without a finite propensity model."""
        return self.draws.unweighted if self.draws is not None else 0

    @property
    def free_arm(self) -> bool:
        """Whether which pseudo-patient is in which arm is a free choice, and so every estimate."""
        return self.cohort.meta.is_free(self.trial.arm)

    @property
    def free(self) -> bool:
        """Whether the weighted and adjusted estimates rest on a free choice."""
        return self.trial.free or self.free_arm

    def left_out(self, count) -> str:
        """How many replicates have no estimate, and whether the others make an interval; '' for none."""
        if self.draws is None or not count:
            return ""
        of = len(self.draws.log_hazard_ratios)
        resamples = plural(count, "resample")
        text = say("{resamples} of {of} left out: no finite model.", resamples=resamples, of=f"{of:,}")
        if count <= LOST * of:
            return text
        return f"{text} {say('Too many are lost for an interval (NE): too few events, or too many covariates.')}"

    def replicates(self) -> str:
        """'2,000 seeded resamples of the patients that refit the propensity model'."""
        return say(
            "{n} seeded resamples of the patients that refit the propensity model",
            n=f"{len(self.draws.log_hazard_ratios):,}",
        )


def estimate_effects(trial: Comparison, weighted: Weighted, method: str = "log-log", replicates: int = 2000) -> Effects:
    """The numbers of one comparison. Raises NotAvailable without an event, CohortError for an unknown method or too few
    replicates."""
    return Effects(trial, weighted, method, replicates)


def arm_table(effects: Effects) -> Table:
    """Median of each arm, unweighted and weighted, with both log-rank tests."""
    unit, scored, words = effects.outcome.unit, effects.scored, p_words(effects)
    heads = [say("Arm"), say("n"), say("Events"), say("Unweighted median ({unit}, 95% CI)", unit=unit)]
    if scored:
        heads += [say("Effective n"), say("Weighted median ({unit}, 95% CI)", unit=unit) + " †" * effects.free]
    return Table(
        id="effect.medians",
        of=effects.trial.endpoint,
        title=say("Median {endpoint} of the arms", endpoint=effects.label),
        columns=heads,
        rows=[*_arm_rows(effects), [say("Log-rank test"), "", "", words[0], *(["", words[1]] if scored else [])]],
        results=_median_results(effects) + _test_results(effects),
        key=_key_medians(effects, words),
        notes=[
            _median_note(effects),
            effects.left_out(effects.unweighted),
            say(LEGEND),
            landmark_note(effects.outcome),
            effects_note(effects.free),
        ],
    )


def _arm_rows(effects):
    """Cells of the treated, then of the control."""
    digits, labels = decimals_for(effects.outcome.unit), arm_labels(effects.trial)
    plain, heavy = effects.medians.iloc[:2].to_dict("records"), effects.medians.iloc[2:].to_dict("records")
    sizes = list(weight_summary(effects.weighted)["effective_n"]) if effects.scored else []
    rows = []
    for i in reversed(range(2)):
        first = median_text(plain[i], digits, effects.free_arm)
        cells = [labels[i], str(plain[i]["n"]), str(plain[i]["events"]), first]
        second = [rounded(sizes[i], 1), median_text(heavy[i], digits, effects.free)] if effects.scored else []
        rows.append(cells + second)
    return rows


def median_text(m, digits, free) -> str:
    """The median of an arm with its interval; alone where it is a free choice."""
    return with_interval(m["median"], m["ci_low"], m["ci_high"], digits, free)


def p_words(effects) -> list[str]:
    """The P value of the log-rank test, and of the weighted one; NE with its reason. Of a free choice of a
    reconstruction the P that the paper prints, or '–'."""
    reason, words = "{none}: {reason}", []
    for i, (_, t) in enumerate(effects.tests.iterrows()):
        if effects.free if i else effects.free_arm:
            words.append(_printed_p(effects, weighted=bool(i)))
        else:
            known = not t["reason"]
            words.append(p_sentence(t["p"]) if known else say(reason, none=NOT_ESTIMABLE, reason=t["reason"]))
    return words


def _printed_p(effects, weighted) -> str:
    trial = effects.trial
    p = "" if effects.outcome.landmark else printed_test(trial.cohort, trial.endpoint, trial.arm, weighted)
    return say("P {p}, as printed", p=p) if p else "–"


def _median_results(effects):
    unit, place = effects.outcome.unit, {"by": effects.trial.arm, "item": endpoint_words(effects.outcome)}
    units = {"median": unit, "ci_low": unit, "ci_high": unit}
    plain, heavy = effects.medians.iloc[:2], effects.medians.iloc[2:]
    made = outcome_results(effects.outcome, plain, "survival.median", units, free=effects.free_arm, **place)
    heavy = heavy.assign(method=[f"{m}, {kind_words(effects.weighted)}" for m in heavy["method"]])
    return made + outcome_results(
        effects.outcome, heavy, "survival.median", units, free=effects.free, model="weighted", **place
    )


def _test_results(effects):
    made = []
    for i, (model, free) in enumerate((("", effects.free_arm), ("weighted", effects.free))[: len(effects.tests)]):
        made += outcome_results(
            effects.outcome,
            effects.tests.iloc[[i]],
            "survival.log_rank",
            {"statistic": "", "p": ""},
            by=effects.trial.arm,
            item=endpoint_words(effects.outcome),
            model=model,
            free=free,
        )
    return made


def _median_note(effects):
    plain = say("Unweighted: {method} interval, log-rank test.", method=INTERVAL_NAMES[effects.method])
    if not effects.scored:
        return plain
    heavy = say(
        "Weighted: {weights}; percentile interval of {resamples}; log-rank test of Xie and Liu 2005, weights as known.",
        weights=kind_name(effects.weighted),
        resamples=effects.replicates(),
    )
    return f"{plain} {heavy}"


def _key_medians(effects, words):
    """Medians and P of the arms, unweighted and weighted, for the key results."""
    (control, treated), digits = arm_labels(effects.trial), decimals_for(effects.outcome.unit)
    found = []
    for i, p in enumerate(words):
        pair = effects.medians.iloc[2 * i : 2 * i + 2]["median"]
        shown = {"first": rounded(pair.iloc[1], digits), "treated": treated, "second": rounded(pair.iloc[0], digits)}
        shown |= {"control": control, "unit": effects.outcome.unit, "p": p}
        text = "median {first} ({treated}) against {second} ({control}) {unit}; log-rank {p}"
        chosen = text + "; its covariates are a free choice"
        said = say(chosen, **shown) if i and effects.free else say(text, **shown)
        head = (
            say("{endpoint} by treatment, {weights}", endpoint=effects.label, weights=kind_name(effects.weighted))
            if i
            else say("{endpoint} by treatment, unweighted", endpoint=effects.label)
        )
        found.append((head, said))
    return found


def effects_table(effects: Effects) -> Table:
    """Unadjusted, adjusted and weighted hazard ratios side by side, with E-values."""
    trial = effects.trial
    found = treatment_effects(effects.weighted, trial.everyone, effects.draws, **model_coding(effects.cohort))
    frame = found.frame
    control, treated = named_arms(trial)
    heads = ("Analysis", "n", "Events", "HR (95% CI)", "P", "E-value (limit)")
    return Table(
        id="effect.hazard_ratios",
        of=trial.endpoint,
        columns=[*map(say, heads)],
        rows=[_effect_row(r, _rests_on_choice(effects, r)) for r in frame.to_dict("records")],
        title=say("{endpoint}: {treated} against {control}", endpoint=effects.label, treated=treated, control=control),
        results=_effect_results(effects, frame) + _mean_results(effects),
        key=_key_effect(effects, frame),
        notes=_effect_notes(effects, frame, found.events_per_variable),
    )


def _rests_on_choice(effects, r) -> bool:
    """Whether an analysis rests on a free choice of a reconstruction: who is in which arm, or has which covariate."""
    return effects.free_arm if r["analysis"] in UNADJUSTED else effects.free


def _effect_row(r, free):
    ratio = ratio_with_interval(r["hr"], r["ci_low"], r["ci_high"], free=free)
    cells = [ratio, tested(r["p"], free), "–" if free else _e_value(r)]
    return [say(NAMES[r["analysis"]]) + " †" * free, str(r["n"]), str(r["events"]), *cells]


def _effect_results(effects, frame):
    trial, analysis = effects.trial, frame["analysis"]
    control, treated = trial.levels
    free = [_rests_on_choice(effects, r) for r in frame.to_dict("records")]
    frame = frame.assign(
        fewest=fewest_of(effects.weighted.rows, trial.arm, trial.levels),
        item=analysis,
        model=analysis,
        method=frame["method"].fillna(""),
        free=free,
    )
    place = {"endpoint": trial.endpoint, "landmark": effects.outcome.landmark, "by": trial.arm}
    place |= {"level": treated, "reference": control}
    first = frame[analysis == "unadjusted"].assign(p_ph=effects.p_ph)
    made = results(first, "effect.hazard_ratio", UNITS | {"p_ph": ""}, **place)
    return made + results(frame.drop(first.index), "effect.hazard_ratio", UNITS, **place)


def _key_effect(effects, frame):
    """The weighted hazard ratio with its bootstrap interval, for the key results."""
    control, treated = named_arms(effects.trial)
    head = say(
        "{endpoint}, hazard ratio of {treated} against {control}, {weights}",
        endpoint=effects.label,
        treated=treated,
        control=control,
        weights=kind_name(effects.weighted),
    )
    text = "{hr} (95% CI {interval}, bootstrap), {p}; E-value {e_value}"
    chosen = "{hr} in one reconstruction, without an interval or P value, as its covariates are a free choice"
    changes = hazards_change(effects)
    beside = "; " + say("hazards not proportional ({p})", p=p_sentence(changes)) if changes else ""
    best = frame[(frame["analysis"] == "weighted, bootstrap") & (frame["reason"] == "")]
    found = []
    for r in best.to_dict("records"):
        shown = {"hr": rounded(r["hr"], 3), "interval": interval(r["ci_low"], r["ci_high"], 3)}
        shown |= {"p": p_sentence(r["p"]), "e_value": _e_value(r)}
        found.append((head, (say(chosen, **shown) if effects.free else say(text, **shown)) + beside))
    return found


def hazards_change(effects) -> float | None:
    """P of proportional hazards of the arm without covariates where it is below NOT_PROPORTIONAL; None where it is not,
    and of a reconstruction, whose single times are its own choice.

    Source: Grambsch and Therneau 1994.
    """
    return effects.p_ph if effects.p_ph < NOT_PROPORTIONAL and not effects.cohort.meta.reconstructed else None


def _hazards_note(effects) -> str:
    changes = hazards_change(effects)
    if not changes:
        return ""
    return say(
        "Hazards are not proportional ({p}, score test of the unadjusted model): one hazard ratio is an average over"
        " the follow-up and hides that the effect changes. {means}",
        p=p_sentence(changes),
        means=_means_text(effects),
    )


def _means_text(effects) -> str:
    """'Restricted means to 18.4 months, A against B: unweighted ..., weighted ...'."""
    found, digits, unit = effects.means, decimals_for(effects.outcome.unit), effects.outcome.unit
    control, treated = named_arms(effects.trial)
    heads = {"": "unweighted {means}", "weighted": "weighted {means} (bootstrap)"}
    each = say("; ").join(say(heads[row["model"]], means=_means_pair(row, digits)) for row in found.to_dict("records"))
    text = "Restricted means to {tau} {unit}, {treated} against {control}: {each}."
    tau = rounded(effects.tau, digits)
    return say(text, tau=tau, unit=say(unit), treated=treated, control=control, each=each)


def _means_pair(row, digits) -> str:
    shown = {"a": rounded(row["treated"], digits), "b": rounded(row["control"], digits)}
    shown |= {"difference": with_interval(row["estimate"], row["ci_low"], row["ci_high"], digits)}
    return say("{a} against {b}, difference {difference}", **shown)


def _mean_results(effects) -> list:
    """The restricted means of the arms, where the hazards change."""
    if not hazards_change(effects):
        return []
    made, unit = [], effects.outcome.unit
    units = dict.fromkeys(("control", "treated", "estimate", "ci_low", "ci_high"), unit)
    control, treated = effects.trial.levels
    for row in effects.means.to_dict("records"):
        place = {"by": effects.trial.arm, "level": treated, "reference": control, "model": row["model"]}
        place |= {"method": row["method"], "free": effects.free if row["model"] else effects.free_arm}
        place |= {"endpoint": effects.trial.endpoint, "landmark": effects.outcome.landmark}
        values = {name: row[name] for name in units}
        item = f"{endpoint_words(effects.outcome)}, restricted mean, difference"
        made.append(Result("survival.mean_difference", values, units, item=item, **place))
    return made


def _effect_notes(effects, frame, each) -> list[str]:
    reasons = {}
    for r in frame[frame["reason"] != ""].to_dict("records"):
        reasons.setdefault(r["reason"], []).append(say(NAMES[r["analysis"]]))
    silent = say(
        "Without events in an arm no ordinary hazard ratio exists: read the curves, the log-rank test and the "
        "penalized ratio."
    )
    return [
        _model_note(frame),
        _hazards_note(effects),
        _weighted_note(effects, frame),
        _adjusted_note(effects, each),
        say(E_VALUE, rare=f"{100 * RARE:g}"),
        *(
            say("NE, {analyses}: {reason}.", analyses=say("; ").join(names), reason=why)
            for why, names in reasons.items()
        ),
        silent if any("no event in" in r for r in reasons) else "",
        landmark_note(effects.outcome),
        effects_note(effects.free),
    ]


def _model_note(frame):
    plain = say(
        "HR below 1: longer survival under the first named. Cox models, Efron ties; unadjusted and adjusted: Wald "
        "interval."
    )
    if not frame["analysis"].isin(PENALIZED).any():
        return plain
    firth = say(
        "Firth's penalty where the model is separated or has fewer than {few} events a coefficient: profile interval.",
        few=FEW_EVENTS,
    )
    return f"{plain} {firth}"


def _weighted_note(effects, frame):
    if not effects.scored:
        return ""
    text = say(
        "Weighted: {weights}; robust: sandwich error, weights as known (Lin and Wei 1989); bootstrap: standard error "
        "over "
        "{resamples}, normal interval (Austin 2016); where the two differ, read the bootstrap.",
        weights=kind_name(effects.weighted),
        resamples=effects.replicates(),
    )
    lost = "" if frame.iloc[0]["reason"] else effects.left_out(effects.draws.failed)
    return f"{text} {lost}".strip()


def _adjusted_note(effects, per):
    if not effects.trial.covariates:
        return ""
    enough = "Adjusted model: {events} events for each coefficient."
    few = (
        "Adjusted model: {events} events for each coefficient; below {few} its estimate is unstable: choose fewer "
        "covariates."
    )
    size = say(few, events=rounded(per, 1), few=FEW_EVENTS) if per < FEW_EVENTS else say(enough, events=rounded(per, 1))
    compared = say(
        "It compares patients with equal covariates, the weighted model the arms as a whole: the two may differ "
        "without bias."
    )
    return f"{size} {compared}"


def _e_value(r) -> str:
    return NOT_ESTIMABLE if np.isnan(r["e_value"]) else f"{rounded(r['e_value'])} ({rounded(r['e_limit'])})"
