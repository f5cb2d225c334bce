"""Resistance patterns: classes under each definition, what decided them, agreement, the endpoint by class,
interactions."""

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from papercheck.vocabulary.units import reporting_unit

from ..cohort.cohort import Cohort
from ..derive.first_course import derive_first_course
from ..derive.patterns import model_definition, separating
from ..derive.resistance import (
    CLASSES,
    GIVEN,
    Resistance,
    definition_rule,
    definition_text,
    is_timing,
    outside_scope,
    settled_class,
)
from ..results import results
from ..show.display import Table
from ..show.standing import standing_note
from ..text.days import day_text
from ..text.language import say
from ..text.words import count_percent, decimals_for, listed, plural_of, rounded

MANY = 25  # patients beyond which the decisions are counted, not listed
CLASSED = tuple(c for c in CLASSES if c in ("primary", "acquired"))
DATES = {"PDDT": "Progression", "LASTDT": "Last dose"}
TIMES = {
    "TO_PD": "First dose to progression ({unit})",
    "TREATED": "Treated ({unit})",
    "AFTER_LAST": "Last dose to progression ({unit})",
    "ICI_FREE": "Last dose to rechallenge ({unit})",
}
STATED = {"TREATED": "Treated, as stated ({unit})", "AFTER_LAST": "Last dose to progression, as stated ({unit})"}
BOTH_CLASSES = "needs a definition that finds both primary and acquired resistance among these patients."
SETTLED = {"acquired": "acquired resistance", "primary": "primary resistance"}
UNDEFINED = "–: the definition does not say what primary resistance is."


def definition_label(cohort: Cohort, code: str) -> str:
    """What a definition is called, in the language of the run."""
    return say(definition_rule(cohort, code)["label"])


def marked_label(cohort: Cohort, code: str) -> str:
    """The definition with ‡ where it is written for something else, and † where its classes are a free choice."""
    return definition_label(cohort, code) + scope_mark(cohort, code) + (" †" if is_free_choice(cohort, code) else "")


def scope_mark(cohort: Cohort, code: str) -> str:
    """' ‡' behind a definition that is written for something else than this cohort is known to be."""
    return " ‡" if outside_scope(cohort, code) else ""


BESIDE_FREE = (
    "{a} of {b} definitions can be applied; acquired resistance in {range} of {e} patients by those that rest on no"
    " free choice of the reconstruction ({k})"
)
ALL_STATED = (
    "what the study states of every patient (response, progression after the last dose) is {class_} in all {e} of them,"
    " under {k} of the {a} definitions that can be applied, of {b} ({names}); whom the others class is a free choice of"
    " the reconstruction"
)
FREE_CLASSES = (
    "† Whom the definition classes rests on which pseudo-patient has which response and time, a free choice of the "
    "reconstruction."
)


def is_free_choice(cohort: Cohort, code: str) -> bool:
    """Whether a reconstruction chose freely which pseudo-patient has which class; what the study states of every
    patient can settle it."""
    if cohort.meta.kind != "pseudo" or settled_class(cohort, code):
        return False
    return code != GIVEN or cohort.meta.is_free("RESIST")


def class_table(resistance: Resistance) -> Table:
    """How many patients each definition puts into each class, and why it leaves the others."""
    cohort, counts = resistance.cohort, class_counts(resistance)
    n = int(counts.iloc[0].sum())
    denominator = (
        "Denominator: all {n} patients. Not classified: the facts are known and no rule of the definition holds. Not "
        "evaluable: a fact is missing; the columns named are those of the sheet adsl. A definition that lacks a "
        "column for "
        "everybody is not evaluable for all."
    )
    one = "Resistance to the first ICI course under 1 definition, n (%)"
    several = "Resistance to the first ICI course under {n} definitions, n (%)"
    return Table(
        id="resistance.classes",
        title=say(several, n=len(counts)) if len(counts) > 1 else say(one),
        rows=[_class_row(resistance, code, row, n) for code, row in counts.iterrows()],
        columns=[say("Definition"), *map(say, CLASSES.values()), say("Why not classified or not evaluable (n)")],
        results=_class_results(cohort, counts),
        notes=[
            say(denominator, n=n),
            say(UNDEFINED) if any(_undefined(cohort, code, "primary") for code in counts.index) else "",
            scope_note(cohort, counts.index),
            _timing_note(cohort, counts.index),
            _stated(cohort),
            say(FREE_CLASSES) if any(is_free_choice(cohort, code) for code in counts.index) else "",
            standing_note(cohort, "adtte.PFS1", "adrs", "adsl.RESIST"),
        ],
        key=[(say("Resistance to the first ICI course"), _class_key(resistance, counts, n))],
    )


def _class_row(resistance, code, counts, n) -> list[str]:
    """A definition, how many it puts in each class, and why it leaves the others. † : of one that classes somebody."""
    cohort = resistance.cohort
    label = definition_label(cohort, code) + scope_mark(cohort, code)
    label = marked_label(cohort, code) if counts[list(CLASSED)].any() else label
    return [label, *(_class_cell(cohort, code, c, counts[c], n) for c in CLASSES), _why_left(resistance, code, n)]


def _undefined(cohort, code, name) -> bool:
    """Whether a definition that can be applied says nothing of primary resistance."""
    rule = definition_rule(cohort, code)
    return name == "primary" and code != GIVEN and "unusable" not in rule and not definition_text(rule)["primary"]


def _class_cell(cohort, code, name, count, n) -> str:
    return "–" if _undefined(cohort, code, name) else count_percent(count, n)


def class_counts(resistance) -> pd.DataFrame:
    """Patients of each class (columns) under each definition (rows)."""
    counts = resistance.rows.groupby(["DEFINITION", "RESCLASS"], observed=False).size().unstack()
    return pd.DataFrame(counts.to_numpy(), [*map(str, counts.index)], [*map(str, counts.columns)])


def _why_left(resistance, code, n) -> str:
    part = resistance.of(code)
    reasons = part.loc[~part["RESCLASS"].isin(CLASSED), "RULE"].astype(object).value_counts()
    return say("; ").join(f"{rule} ({k})" if k < n else rule for rule, k in reasons.items()) or "–"


def _class_results(cohort, counts):
    codes = list(counts.index)
    frame = counts.assign(item=codes, variable=codes, free=[is_free_choice(cohort, code) for code in codes])
    units = dict.fromkeys(CLASSES, "subjects")
    return results(frame, "resistance.class", units, method="published definition")


def _class_key(resistance, counts, n) -> str:
    """How many definitions of resistance can be applied and the range of what they find; those of timing left out."""
    counts = counts[[not is_timing(resistance.cohort, code) for code in counts.index]]
    some = counts.index[(counts[list(CLASSED)] > 0).any(axis=1)]
    both = [code for code in separating(resistance.rows) if code in counts.index]
    told = [code for code in some if not is_free_choice(resistance.cohort, code)]
    sizes = [int(counts.loc[c, "acquired"]) for c in told]
    shown = {"a": len(some), "b": len(counts), "e": n, "f": len(both)}
    if not len(some):
        return _none_applied(resistance, counts)
    if not told:
        return say(
            "{a} of {b} definitions can be applied; whom they class is a free choice of the reconstruction", **shown
        )
    shown["range"] = (
        say("{low} to {high}", low=min(sizes), high=max(sizes)) if min(sizes) < max(sizes) else str(sizes[0])
    )
    settled = {settled_class(resistance.cohort, c) for c in told} if resistance.cohort.meta.kind == "pseudo" else {""}
    if len(settled) == 1 and "" not in settled and len(told) < len(some):
        class_ = say(SETTLED[settled.pop()])
        return say(ALL_STATED, **shown, k=len(told), class_=class_, names=_named(resistance.cohort, told))
    if len(told) < len(some):
        return say(BESIDE_FREE, **shown, k=len(told))
    return say(
        "{a} of {b} definitions can be applied; acquired resistance in {range} of {e} patients; both classes under {f}",
        **shown,
    )


def _none_applied(resistance, counts) -> str:
    """That no definition can be applied, and why where one reason holds for every patient whom a rule could class."""
    rules = (code for code in counts.index if "unusable" not in definition_rule(resistance.cohort, code))
    reasons = {str(rule) for code in rules for rule in resistance.of(code)["RULE"].unique()}
    if len(reasons) == 1:
        return say("none of {n} definitions can be applied: {why}", n=len(counts), why=reasons.pop())
    return say("none of {n} definitions can be applied", n=len(counts))


def _named(cohort, codes) -> str:
    return say("; ").join(definition_label(cohort, code) for code in codes)


def scope_note(cohort, codes) -> str:
    beside = {code: outside_scope(cohort, code) for code in codes}
    labels = {code: definition_label(cohort, code) for code in codes}
    said = [say("{what}: {found}", what=labels[code], found=say(scope)) for code, scope in beside.items() if scope]
    if not said:
        return ""
    note = "‡ Written for something else than this cohort, so outside its scope ({definitions})."
    return say(note, definitions=say("; ").join(said))


def _timing_note(cohort, codes) -> str:
    names = listed(definition_label(cohort, code) for code in codes if is_timing(cohort, code))
    if not names:
        return ""
    note = (
        "By the time on or off treatment, not by response or time to progression, and so not in the range and the count"
        " of the definitions: {definitions}."
    )
    return say(note, definitions=names)


def _stated(cohort) -> str:
    """What cohort.yml says of the first course of everybody."""
    facts, said = cohort.meta.first_course, []
    if "regimen" in facts:
        said.append(say("the ICI was given as {regimen}", regimen=facts["regimen"]))
    if "treated" in facts:
        ongoing = "where no last dose is recorded, treatment is taken to have gone on {until}"
        said.append(say(ongoing, until=facts["treated"]))
    if "pd_after_last_dose" in facts:
        count, _, unit = facts["pd_after_last_dose"].removeprefix("<=").strip().partition(" ")
        within = plural_of(float(count), unit.removesuffix("s"))
        said.append(say("progression came at most {time} after the last dose", time=within))
    if not said:
        return ""
    note = say(
        "Stated of every patient, not recorded one by one: {facts} ({source}).",
        facts=say("; ").join(said),
        source=facts["source"],
    )
    return f"{note} {say(facts['reading'])}" if "reading" in facts else note


def definitions_table(resistance: Resistance) -> Table:
    """The rules in words, with scope, confirmation, gap, reading and citation."""
    lines = [line for code in resistance.definitions for line in _definition_lines(resistance.cohort, code)]
    note = (
        "A month is {days} days. Times from the first dose count that day as day 0; progression while on treatment "
        "counts "
        "as 0 days after the last dose or fewer. Non-CR/non-PD counts as stable disease. All definitions ask for "
        "progression on the first course. No line on confirmation or gap: the source says nothing of it."
    )
    return Table(
        id="resistance.definitions",
        title=say("The definitions and how they are read"),
        columns=[say("Definition"), say("Source and rules")],
        rows=[cells for _, cells in lines],
        indent=[level for level, _ in lines],
        notes=[say(note, days=f"{resistance.cohort.calendar.month:.7g}")],
    )


def _definition_lines(cohort, code):
    """(indent, cells) of one definition."""
    rule = definition_rule(cohort, code)
    texts = definition_text(rule) if code != GIVEN and "unusable" not in rule else {}
    lines = {
        "Scope": rule["scope"],
        "Primary resistance": texts.get("primary") or ("not defined" if texts else ""),
        "Acquired resistance": texts.get("acquired", ""),
        "Left out by the source": texts.get("excluded", ""),
        "No rule to apply": rule.get("unusable", ""),
        "Exposure": rule.get("exposure", ""),
        "Confirmation": rule.get("confirmation", ""),
        "Gap": rule.get("gap", ""),
        "Read here as": rule.get("reading", ""),
    }
    head = (0, [say(rule["label"]), say(rule["citation"])])
    return [head, *((1, [say(name), say(text)]) for name, text in lines.items() if text)]


def decision_table(resistance: Resistance, definition: str = "first", unit: str = "cohort") -> Table:
    """The class of each patient under one definition, the rule and the times that decided it; counts beyond MANY
    patients."""
    code, unit = model_code(resistance, definition), reporting_unit(resistance.cohort, unit)
    rows = resistance.of(code)
    label = say(rows["LABEL"].iloc[0]) + (" †" if is_free_choice(resistance.cohort, code) else "")
    title = say("What decided the class: {definition}", definition=label)
    if len(rows) > MANY:
        return _counted_decisions(rows, title, code)
    course = rows.merge(derive_first_course(resistance.cohort), on="USUBJID")
    dates = [c for c in DATES if course[c].notna().any()]
    known = [c for c in TIMES if course[c].notna().any()]
    heads = ("Patient", "Class", "Rule", "Best response", *(DATES[c] for c in dates))
    return Table(
        id="resistance.decisions",
        of=code,
        title=title,
        columns=[*map(say, heads), *_time_heads(resistance, course, known, unit)],
        rows=[
            _decision_row(r, dates, {c: resistance.cohort.calendar.convert(r[c], "days", unit) for c in known}, unit)
            for r in course.to_dict("records")
        ],
        notes=[
            say("–: not recorded. Last dose to progression below 0: progression on treatment."),
            _stated(resistance.cohort),
            say(FREE_CLASSES) if is_free_choice(resistance.cohort, code) else "",
        ],
        results=_decision_results(resistance, course, known, code),
    )


def _counted_decisions(rows, title, code):
    counts = rows.groupby(["RESCLASS", "RULE"], observed=True).size().reset_index(name="n")
    body = [[say(CLASSES[r.RESCLASS]), r.RULE, count_percent(r.n, len(rows))] for r in counts.itertuples()]
    return Table(
        id="resistance.decisions",
        of=code,
        title=title,
        columns=[say("Class"), say("Rule"), say("n (%)")],
        rows=body,
        notes=[say("Patients are not listed one by one.")],
    )


def _time_heads(resistance, course, known, unit):
    stated = resistance.cohort.meta.first_course.get("treated") and course["LASTDT"].isna().all()
    heads = TIMES | (STATED if stated else {})
    return [say(heads[c], unit=unit) for c in known]


def _decision_row(r, dates, times, unit):
    digits, response = decimals_for(unit), r["RESPONSE"] if isinstance(r["RESPONSE"], str) else "–"
    return [
        str(r["USUBJID"]),
        say(CLASSES[r["RESCLASS"]]),
        r["RULE"],
        response,
        *(day_text(r[c]) for c in dates),
        *(rounded(time, digits) if pd.notna(time) else "–" for time in times.values()),
    ]


def _decision_results(resistance, course, known, code):
    label = definition_rule(resistance.cohort, code)["label"]
    frame = course[known].assign(item=[f"{label}: {c}" for c in course["RESCLASS"]], level=course["USUBJID"])
    return results(
        frame,
        "resistance.decision",
        dict.fromkeys(known, "days"),
        by=code,
        variable=code,
        method="first ICI course",
        free=is_free_choice(resistance.cohort, code),
    )


def model_code(resistance, definition):
    code = model_definition(resistance.rows, definition)
    if code is None:
        raise NotAvailable(say(BOTH_CLASSES))
    return code


def wide_classes(resistance: Resistance, classed: bool = True) -> pd.DataFrame:
    """One row a patient, one column a definition that classes anybody, by its code; `classed`: others than the two
    classes missing."""
    codes, rows = resistance.definitions, resistance.rows  # the patients of one definition after those of another
    classes = rows["RESCLASS"].to_numpy(object).reshape(len(codes), -1).T
    subjects = pd.Index(rows["USUBJID"].iloc[: len(classes)])
    known = np.isin(rows["RESCLASS"].cat.codes, rows["RESCLASS"].cat.categories.get_indexer(CLASSED))
    known = known.reshape(len(codes), -1).T
    table = pd.DataFrame(np.where(known, classes, np.nan) if classed else classes, subjects, codes)
    return table.loc[:, known.any(axis=0)]
