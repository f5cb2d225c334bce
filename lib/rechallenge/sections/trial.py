"""The trial that a comparison of arms imitates, and what stands against reading it as one."""

from smallsurv.comparison import Weighted, late_start
from smallsurv.curve import follow_up

from ..derive.endpoints import endpoint_rule
from ..show.display import Note, Table
from ..show.labels import free_mark, landmark_note
from ..text.words import (
    FREE_NOTE,
    decimals_for,
    listed,
    p_value,
    percent_of,
    plural,
    plural_of,
    with_interval,
)

SIGN = 0.01  # chance below which an arm without early events is pointed at
ESTIMANDS = {
    "ATE": "ATE: the average effect in all patients of the comparison, had each received either arm",
    "ATT": "ATT: the average effect in patients like those who received {treated}",
    "overlap": "Overlap: the average effect in the patients who might have received either arm",
}


def arm_labels(cohort, trial) -> tuple[str, str]:
    """Labels of the control and the treated."""
    levels = cohort.factor(trial.arm).levels
    return tuple(levels[level] for level in trial.levels)


def covariate_labels(cohort, names) -> str:
    """'Age, sex and smoking status †': labels with the mark of a free choice, or 'nothing'."""
    return listed(cohort.factor(name).label + free_mark(cohort, name) for name in names) or "nothing"


def target_trial_table(cohort, trial, weighted: Weighted) -> Table:
    """The parts of the trial that would answer the question, and how this analysis imitates each."""
    rule, rows = endpoint_rule(cohort, trial.endpoint), trial.rows
    unit = rows["UNIT"].iloc[0]
    follow = follow_up(rows).iloc[0]
    control, treated = arm_labels(cohort, trial)
    sizes = rows[trial.arm].value_counts()
    months = rows.attrs.get("landmark_months")
    zero = f"{rule['zero']}" if not months else f"{plural_of(months, 'month')} after {rule['zero']} (landmark)"
    known = "the same chance of either arm for every patient; nothing is adjusted for"
    if trial.covariates:
        known = f"the same chance of either arm given {covariate_labels(cohort, trial.covariates)}; nothing else is adjusted for"
    parts = [
        ("Eligibility", "; ".join(c.label for c in cohort.meta.eligibility) or "Every patient of the cohort"),
        ("Arms", f"{treated} ({sizes[trial.levels[1]]} patients) against {control} ({sizes[trial.levels[0]]} patients)"),
        ("Assignment", f"Not randomized. Assumed: {known}"),
        ("Time zero", f"{zero[0].upper()}{zero[1:]}"),
        ("Outcome", f"{rule['label']}, {rule['text']}"),
        ("Follow-up", f"To the event or last follow-up; median {with_interval(follow['median'], follow['ci_low'], follow['ci_high'], decimals_for(unit))} {unit}"),
        ("Estimand", f"{ESTIMANDS[weighted.estimand].format(treated=treated)}. Arms as recorded, whether kept or not"),
    ]  # fmt: skip
    return Table(
        title=f"The trial that this comparison imitates: {cohort.factor(trial.arm).label}", columns=["Part", "Here"],
        rows=[list(p) for p in parts],
        notes=[*_who_is_left_out(cohort, trial), landmark_note(cohort, rows), trial.note, "Follow-up: reverse Kaplan-Meier with log-log 95% interval.",
               FREE_NOTE if any(map(cohort.meta.is_free, trial.covariates)) else ""],
    )  # fmt: skip


def _who_is_left_out(cohort, trial) -> list[str]:
    """Patients and covariates that the comparison leaves out, with counts."""
    notes, n = [], len(trial.everyone)
    if trial.without_arm:
        notes.append(f"{plural(trial.without_arm, 'patient')} without a recorded arm left out.")
    if trial.missing:
        counts = listed(
            f"{cohort.factor(c).label} {k} ({percent_of(k, n)}%)" for c, k in trial.missing.items()
        )  # fmt: skip
        left = n - len(trial.rows)
        notes.append(f"Complete cases: {plural(left, 'patient')} of {n} with a missing covariate left out ({counts}).")
    if trial.constant:
        notes.append(f"The same in every patient, so not in the model: {covariate_labels(cohort, trial.constant)}.")
    if trial.lacking:
        notes.append(f"Not in this cohort, so not in the model: {listed(trial.lacking)}.")
    return notes


def trial_warnings(cohort, trial) -> list[Note]:
    """What stands against reading the comparison as a trial, one note each, with what to do."""
    said = [_immortal(trial), _late_start(cohort, trial)]
    if trial.late:
        late = covariate_labels(cohort, trial.late)
        said.append(
            f"{late}: known only after time zero. Adjusting for it can remove part of the effect: leave it out."
        )
    half = [c for c, k in trial.missing.items() if 2 * k >= len(trial.everyone)]
    if half:
        said.append(
            f"{covariate_labels(cohort, half)}: missing in half of the patients or more. The complete cases may differ from "
            "the others: compare the first line of the estimates with the second, or leave the covariate out."
        )
    return [Note(f"Warning: {text}") for text in said if text]


def _immortal(trial) -> str:
    months = trial.rows.attrs.get("landmark_months")
    if trial.decided == "at zero":
        return ""
    if months:
        return (
            f"the comparison is fair only if every arm was decided within {plural_of(months, 'month')} of time zero."
            * (trial.decided == "after zero")
        )
    if trial.decided == "after zero":
        return (
            "the arms are decided by something that happens after time zero. Whoever entered the later arm had to stay free "
            "of the event until then (immortal time), so that arm looks better than it is. Set the parameter landmark to "
            "the months by which the arms were decided."
        )
    return (
        "when the arms were decided is not declared. If it was after time zero, one arm holds time in which nobody could "
        "have the event (immortal time). Say `decided` under `treatment` in cohort.yml, or set the parameter landmark to "
        "the months by which the arms were decided."
    )


def _late_start(cohort, trial) -> str:
    level, count, chance = late_start(trial.rows, trial.arm)
    if chance >= SIGN:
        return ""
    free = " In pseudo-patients the order of single times is a free choice." if cohort.meta.kind == "pseudo" else ""
    label = cohort.factor(trial.arm).levels[level]
    value = p_value(chance)
    return (
        f"the first {plural(count, 'event')} are all outside the arm {label} (chance {value} if the arms did not differ). "
        f"That is what immortal time looks like, or an early effect: find out when this arm began.{free}"
    )
