"""The trial that a comparison of arms imitates, and what stands against reading it as one."""

from smallsurv.comparison import Weighted, late_start
from smallsurv.curve import follow_up

from ..derive.endpoints import endpoint_rule
from ..derive.treatment import Comparison
from ..show.display import Note, Table
from ..show.labels import compared_labels, free_mark, landmark_note
from ..text.language import say
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
    "ATE": "ATE: the average effect in all patients of the comparison, had each received either arm. "
    "Arms as recorded, whether kept or not",
    "ATT": "ATT: the average effect in patients like those who received {treated}. "
    "Arms as recorded, whether kept or not",
    "overlap": "Overlap: the average effect in the patients who might have received either arm. "
    "Arms as recorded, whether kept or not",
}

FREE_WEIGHTS = (
    "Pseudo-patients: what is weighted or adjusted here rests on a free choice of the reconstruction, who carries which"
    " covariate, and says nothing about patients."
)


FREE_EFFECTS = (
    "† Pseudo-patients: what is weighted or adjusted rests on a free choice of the reconstruction, who carries which"
    " covariate. It says nothing about patients and stands without an interval and without a P value of its own."
)


def arm_labels(trial: Comparison) -> tuple[str, str]:
    """Labels of the control and the treated."""
    levels = trial.cohort.factor(trial.arm).levels
    return tuple(say(levels[level]) for level in trial.levels)


def named_arms(trial: Comparison) -> tuple[str, str]:
    """arm_labels for a sentence: the treated with the factor where the levels alone say nothing."""
    control, treated = trial.levels
    return compared_labels(trial.cohort, trial.arm, treated, control)[::-1]


def covariate_labels(cohort, names) -> str:
    """'Age, sex and smoking status †': labels with the mark of a free choice, or 'nothing'."""
    return listed(say(cohort.factor(name).label) + free_mark(cohort, name) for name in names) or say("nothing")


def free_note(free: bool) -> str:
    """What a free choice of the reconstruction means, where a result rests on one; else ''."""
    return say(FREE_NOTE) if free else ""


def weights_note(free: bool) -> str:
    """The same of a table whose rows and columns name no covariate."""
    return say(FREE_WEIGHTS) if free else ""


def effects_note(free: bool) -> str:
    """The same of a table of estimates, whose lines or columns have †."""
    return say(FREE_EFFECTS) if free else ""


def chosen(text: str, free: bool) -> str:
    """A line of the key results, with what it rests on where the covariates are a free choice."""
    return say("{text}; its covariates are a free choice of the reconstruction", text=text) if free else text


def target_trial_table(trial: Comparison, weighted: Weighted) -> Table:
    """The parts of the trial that would answer the question, and how this analysis imitates each."""
    cohort = trial.cohort
    title = "The trial that this comparison imitates: {factor}"
    parts = [
        ("Eligibility", "; ".join(c.label for c in cohort.meta.eligibility) or say("Every patient of the cohort")),
        ("Arms", _arms(trial)),
        ("Assignment", _assignment(trial)),
        ("Time zero", _time_zero(trial)),
        ("Outcome", _outcome(trial)),
        ("Follow-up", _follow_up(trial)),
        ("Estimand", say(ESTIMANDS[weighted.estimand], treated=arm_labels(trial)[1])),
    ]
    return Table(
        id="effect.target_trial",
        of=trial.endpoint,
        title=say(title, factor=cohort.factor(trial.arm).label),
        columns=[say("Part"), say("Here")],
        rows=[[say(part), text] for part, text in parts],
        notes=[
            *_who_is_left_out(trial),
            landmark_note(trial.outcome),
            say(trial.note),
            say("Follow-up: reverse Kaplan-Meier with log-log 95% interval."),
            free_note(trial.free),
        ],
    )


def _arms(trial):
    (control, treated), sizes = arm_labels(trial), trial.rows[trial.arm].value_counts()
    return say(
        "{treated} ({n_treated} patients) against {control} ({n_control} patients)",
        treated=treated,
        n_treated=sizes[trial.levels[1]],
        control=control,
        n_control=sizes[trial.levels[0]],
    )


def _assignment(trial):
    if not trial.covariates:
        return say("Not randomized. Assumed: the same chance of either arm for every patient; nothing is adjusted for")
    return say(
        "Not randomized. Assumed: the same chance of either arm given {covariates}; nothing else is adjusted for",
        covariates=covariate_labels(trial.cohort, trial.covariates),
    )


def _time_zero(trial):
    zero, months = say(endpoint_rule(trial.cohort, trial.endpoint)["zero"]), trial.outcome.landmark
    if months:
        zero = say("{months} after {zero} (landmark)", months=plural_of(months, "month"), zero=zero)
    return f"{zero[0].upper()}{zero[1:]}"


def _outcome(trial):
    rule = endpoint_rule(trial.cohort, trial.endpoint)
    return say("{endpoint}, {definition}", endpoint=rule["label"], definition=rule["text"])


def _follow_up(trial):
    unit, row = trial.outcome.unit, follow_up(trial.rows).iloc[0]
    median = with_interval(row["median"], row["ci_low"], row["ci_high"], decimals_for(unit))
    return say("To the event or last follow-up; median {median} {unit}", median=median, unit=unit)


def _who_is_left_out(trial) -> list[str]:
    """Patients and covariates that the comparison leaves out, with counts."""
    cohort, notes, n = trial.cohort, [], len(trial.everyone)
    if trial.without_arm:
        without = plural(trial.without_arm, "patient")
        notes.append(say("{patients} without a recorded arm left out.", patients=without))
    if trial.missing:
        counts = listed(f"{say(cohort.factor(c).label)} {k} ({percent_of(k, n)}%)" for c, k in trial.missing.items())
        notes.append(
            say(
                "Complete cases: {patients} of {n} with a missing covariate left out ({counts}).",
                patients=plural(n - len(trial.rows), "patient"),
                n=n,
                counts=counts,
            )
        )
    if trial.constant:
        constant = covariate_labels(cohort, trial.constant)
        notes.append(say("The same in every patient, so not in the model: {factors}.", factors=constant))
    if trial.lacking:
        lacking = listed(map(say, trial.lacking))
        notes.append(say("Not in this cohort, so not in the model: {factors}.", factors=lacking))
    return notes


def trial_warnings(trial: Comparison) -> list[Note]:
    """What stands against reading the comparison as a trial, one note each, with what to do."""
    said = {
        "immortal_time": _immortal(trial),
        "late_start": _late_start(trial),
        "late_covariate": _late_covariates(trial),
        "missing_covariate": _mostly_missing(trial),
    }
    return [Note(id=f"effect.warning.{kind}", text=text) for kind, text in said.items() if text]


def _late_covariates(trial) -> str:
    if not trial.late:
        return ""
    return say(
        "Warning: {factors}: known only after time zero. Adjusting for it can remove part of the effect: leave it out.",
        factors=covariate_labels(trial.cohort, trial.late),
    )


def _mostly_missing(trial) -> str:
    half = [c for c, k in trial.missing.items() if 2 * k >= len(trial.everyone)]
    if not half:
        return ""
    return say(
        "Warning: {factors}: missing in half of the patients or more. The complete cases may differ from the others: "
        "compare the first line of the estimates with the second, or leave the covariate out.",
        factors=covariate_labels(trial.cohort, half),
    )


def _immortal(trial) -> str:
    months = trial.outcome.landmark
    if trial.decided == "at zero" or (months and trial.decided != "after zero"):
        return ""
    if months:
        return say(
            "Warning: the comparison is fair only if every arm was decided within {months} of time zero.",
            months=plural_of(months, "month"),
        )
    if trial.decided == "after zero":
        return say(
            "Warning: the arms are decided by something that happens after time zero. Whoever entered the later arm "
            "had "
            "to stay free of the event until then (immortal time), so that arm looks better than it is. Set the "
            "parameter "
            "landmark to the months by which the arms were decided."
        )
    return say(
        "Warning: when the arms were decided is not declared. If it was after time zero, one arm holds time in which "
        "nobody could have the event (immortal time). Say `decided` under `treatment` in cohort.yml, or set the "
        "parameter "
        "landmark to the months by which the arms were decided."
    )


def _late_start(trial) -> str:
    """Nothing of pseudo-patients: in what order their single times came is a choice of whoever drew them."""
    level, count, chance = late_start(trial.rows, trial.arm)
    if chance >= SIGN or trial.cohort.meta.kind == "pseudo":
        return ""
    return say(
        "Warning: the first {events} are all outside the arm {arm} (chance {chance} if the arms did not differ). That "
        "is "
        "what immortal time looks like, or an early effect: find out when this arm began.",
        events=plural(count, "event"),
        arm=trial.cohort.factor(trial.arm).levels[level],
        chance=p_value(chance),
    )
