"""The endpoint by patterns of resistance: class, type of progression, interim treatment, and their interactions."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from papercheck.files.findings import NotAvailable
from smallsurv.interaction import cox_interaction

from ..derive.outcome import Outcome
from ..derive.patterns import CLASS, COMPARED, model_factors
from ..results import RATIO_UNITS, results
from ..show.display import Table
from ..text.language import say
from ..text.words import listed, plural, ratio_with_interval, tested
from .endpoint import short_labels
from .regression import CoxModels, cox_table
from .subgroups import subgroup_table

LACKING = {
    CLASS: "class of resistance (no definition finds both classes)",
    "TFI": "treatment-free interval (needs AENDT_INITIAL and the start of the next course)",
    "PROGTYPE": "type of progression (PROGTYPE or NPROG)",
    "INTERIM": "treatment between the courses (INTERIM)",
}


def pattern_table(outcome: Outcome, names: Sequence[str], oligo_lesions: int, method: str = "log-log") -> Table:
    """The endpoint by class, type of progression and interim treatment. The key lines are those of the subgroups
    section."""
    cohort = outcome.cohort
    present = model_factors(cohort, [n for n in names if n not in cohort.factors or cohort.factor(n).levels])
    if not present:
        raise NotAvailable(
            say(
                "needs a class of resistance, the type of progression (PROGTYPE, or NPROG, the number of lesions that "
                "progressed) or treatment between the courses (INTERIM), in at least two groups of patients."
            )
        )
    table = subgroup_table(outcome, present, method)
    title = say("{endpoint} by pattern of resistance", **table.title.values)
    lacking = _lacking([n for n in names if n not in present])
    return replace(
        table,
        id="resistance.patterns",
        key=[],
        title=title,
        notes=[*table.notes, lacking, _progression_type_note(cohort, oligo_lesions)],
    )


def _lacking(names) -> str:
    if not names:
        return ""
    factors = listed(say(LACKING.get(n, n)) for n in names)
    return say("Not in this cohort, or the same in all patients: {factors}.", factors=factors)


def pattern_model(models: CoxModels) -> Table:
    """cox_table of a joint model of patterns."""
    together = "Multivariable Cox regression of the patterns for {endpoint}"
    alone = "Cox regression of the one pattern that is known for {endpoint}"
    table = cox_table(models, together if models.frame["variable"].nunique() > 1 else alone)
    label = "{endpoint}, adjusted hazard ratios of the patterns (95% CI, Wald)"
    if models.outcome.cohort.meta.reconstructed:
        label = "{endpoint}, adjusted hazard ratios of the patterns"
    label = say(label, endpoint=models.label)
    return replace(table, id="resistance.model", key=[(label, text) for _, text in table.key])


def _progression_type_note(cohort, oligo_lesions) -> str:
    """How oligo-progression is told from systemic progression here."""
    counted = "Oligo-progression: at most {lesions}; systemic progression: more."
    recorded = "Oligo- and systemic progression stand as the study recorded them; lesions are not counted one by one."
    absent = "The type of progression is not recorded (PROGTYPE, or NPROG, the number of lesions that progressed)."
    if "NPROG" in cohort.table("adsl"):
        return say(counted, lesions=plural(oligo_lesions, "progressing lesion"))
    return say(recorded if "PROGTYPE" in cohort.factors else absent)


TOGETHER = (
    "† Pseudo-patients: who has which level of both characteristics is a free choice of the reconstruction, so what"
    " rests"
    " on it says nothing about patients and stands without an interval and without a P value."
)


def interaction_table(outcome: Outcome, modifiers: Sequence[str]) -> Table:
    """Hazard ratio of acquired against primary resistance within each level of the modifiers, with P of the
    interaction."""
    cohort = outcome.cohort
    if not model_factors(cohort, [CLASS]):
        raise NotAvailable(say("needs both classes of resistance under one definition."))
    present = model_factors(cohort, modifiers)
    if not present:
        lacking = _lacking(list(modifiers))
        raise NotAvailable(f"{say('needs a factor beside the class.')} {lacking}")
    found = {name: _interaction(outcome, name) for name in present}
    lines = [line for name, frame in found.items() for line in _interaction_lines(cohort, name, frame)]
    heads = ("Within", "n", "Events", "HR, acquired against primary (95% CI, Wald)", "P of interaction")
    return Table(
        id="resistance.interactions",
        of=outcome.endpoints[0],
        columns=[*map(say, heads)],
        title=say(
            "Does the difference between the classes depend on another pattern? {endpoint}",
            endpoint=short_labels(outcome),
        ),
        rows=[cells for _, cells in lines],
        indent=[level for level, _ in lines],
        results=[r for name, frame in found.items() for r in _interaction_results(outcome, name, frame)],
        notes=_interaction_notes(cohort, found, [m for m in modifiers if m not in present]),
    )


def _interaction(outcome, name) -> pd.DataFrame:
    factor = outcome.cohort.factor(name)
    return cox_interaction(outcome.rows, CLASS, name, {CLASS: COMPARED[1], name: factor.reference}, factor.per)


def _chosen_together(cohort, name) -> bool:
    """Whether a reconstruction chose who has which class and level together: prints bind each of them, never both."""
    return cohort.meta.reconstructed or cohort.meta.is_free(CLASS, name)


def _interaction_lines(cohort, name, frame):
    """(indent, cells) of one modifier: its head with the P, then its levels, or the change per unit of a number."""
    factor = cohort.factor(name)
    free = _chosen_together(cohort, name)
    lines = [(0, [say(factor.label) + " †" * free, "", "", "", tested(frame.iloc[0]["p"], free)])]
    if frame["p"].isna().all():
        return lines
    for r in frame.itertuples():
        change = "ratio of hazard ratios, per {unit}"
        where = say(factor.levels[r.modifier_level]) if r.modifier_level else say(change, unit=factor.unit)
        ratio = "–" if r.reason else ratio_with_interval(r.hr, r.ci_low, r.ci_high, decimals=2, free=free)
        lines.append((1, [where, str(r.n), str(r.events), ratio, ""]))
    return lines


def _interaction_results(outcome, name, frame):
    free = _chosen_together(outcome.cohort, name)
    units = {"n": "subjects", "events": "events"} | RATIO_UNITS
    return results(
        frame.assign(level=frame["modifier_level"]),
        "interaction",
        units,
        item=f"{short_labels(outcome)}: {CLASS} by {name}",
        endpoint=outcome.endpoints[0],
        by=name,
        variable=CLASS,
        reference=COMPARED[1],
        landmark=outcome.landmark,
        free=free,
    )


def _which(factor, row) -> str:
    """The modifier, or the level of it, that has no estimate."""
    if row.modifier_level and row.p == row.p:
        return say("{factor}: {contrast}", factor=factor.label, contrast=factor.levels[row.modifier_level])
    return say(factor.label)


def _interaction_notes(cohort, found, lacking) -> list[str]:
    method = (
        "Cox models with and without the product of the two factors, Efron ties; P: likelihood ratio. Small groups: a "
        "P "
        "above 0.05 does not show that there is no interaction."
    )
    reasons = [
        say("{factor}: not estimable, {reason}.", factor=_which(cohort.factor(name), row), reason=row.reason)
        for name, frame in found.items()
        for row in frame.itertuples()
        if row.reason
    ]
    told = sum(frame["p"].notna().any() and not _chosen_together(cohort, name) for name, frame in found.items())
    tested = say("{n} interactions tested, not adjusted for their number.", n=told) if told > 1 else ""
    free = any(_chosen_together(cohort, name) for name in found)
    return [say(method), tested, *reasons, _lacking(lacking), say(TOGETHER) if free else ""]
