"""Resistance patterns: classes under each definition, what decided them, agreement, the endpoint by class,
interactions."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from papercheck.vocabulary.units import reporting_unit
from smallsurv.agreement import agreement
from smallsurv.contrast import contrast
from smallsurv.interaction import cox_interaction

from ..cohort.cohort import Cohort
from ..derive.first_course import derive_first_course
from ..derive.outcome import Outcome
from ..derive.patterns import CLASS, COMPARED, model_definition, model_factors, separating
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
from ..results import RATIO_UNITS, results
from ..show.display import Table
from ..show.standing import standing_note
from ..text.language import say
from ..text.words import (
    FREE_NOTE,
    LEGEND,
    NOT_ESTIMABLE,
    count_percent,
    decimals_for,
    interval,
    listed,
    p_sentence,
    percent,
    plural,
    plural_of,
    rounded,
    tested,
    with_interval,
)
from .endpoint import short_labels
from .regression import CoxModels, cox_table, of_many
from .survival import subgroup_table

MANY = 25  # patients beyond which the decisions are counted, not listed
CLASSED_BY_STUDY = ("RESIST", "ACQUIRED", "PRIMARY")  # the factor of the class that a study gives, and its levels
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
MOVED = {  # (there, here): column
    ("acquired", "primary"): "Acquired there, primary here",
    ("primary", "acquired"): "Primary there, acquired here",
}
CONTRAST_UNITS = {
    "n": "subjects",
    "events": "events",
    "median": "",
    "n_reference": "subjects",
    "events_reference": "events",
    "median_reference": "",
    "difference": "",
    "ci_low": "",
    "ci_high": "",
    "hr": "ratio",
    "hr_low": "ratio",
    "hr_high": "ratio",
    "p": "",
}
LACKING = {
    CLASS: "class of resistance (no definition finds both classes)",
    "TFI": "treatment-free interval (needs AENDT_INITIAL and the start of the next course)",
    "PROGTYPE": "type of progression (PROGTYPE or NPROG)",
    "INTERIM": "treatment between the courses (INTERIM)",
}

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
    cohort, counts = resistance.cohort, _class_counts(resistance)
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
            _scope_note(cohort, counts.index),
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


def _class_counts(resistance) -> pd.DataFrame:
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
        return say("none of {n} definitions can be applied", n=len(counts))
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
        "{a} of {b} definitions can be applied; acquired resistance in {range} of {e} patients; {f} find both classes",
        **shown,
    )


def _named(cohort, codes) -> str:
    return say("; ").join(definition_label(cohort, code) for code in codes)


def _scope_note(cohort, codes) -> str:
    beside = {code: outside_scope(cohort, code) for code in codes}
    said = [f"{definition_label(cohort, code)}: {say(scope)}" for code, scope in beside.items() if scope]
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
    code, unit = _model_code(resistance, definition), reporting_unit(resistance.cohort, unit)
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
        *(f"{r[c]:%Y-%m-%d}" if pd.notna(r[c]) else "–" for c in dates),
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


def _model_code(resistance, definition):
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


def agreement_table(resistance: Resistance, definition: str = "first") -> Table:
    """Agreement of every other definition with the one of the models, on the patients whom both class."""
    cohort, code = resistance.cohort, _model_code(resistance, definition)
    table = wide_classes(resistance)
    others = [c for c in table.columns if c != code]
    if not others:
        raise NotAvailable(say("needs two definitions that can be applied."))
    found = [
        {"code": other, **agreement(table[code], table[other]), **_moved(table[code], table[other])} for other in others
    ]
    note = (
        "Only patients whom both definitions call primary or acquired. Kappa: Cohen's, large-sample interval (Fleiss "
        "1969), of no width where all agree; NE where one of the two knows one class only."
    )
    heads = ("Definition", "Classed by both", "Same class (%)", "Kappa (95% CI)", *MOVED.values())
    return Table(
        id="resistance.agreement",
        of=code,
        columns=[*map(say, heads)],
        rows=[_agreement_row(cohort, r) for r in found],
        title=say("Agreement with one definition: {definition}", definition=definition_label(cohort, code)),
        notes=[say(note), one_source(cohort)],
        results=_agreement_results(cohort, code, found),
    )


def _moved(there, here) -> dict[str, int]:
    """How many patients the two definitions put into opposite classes, each way."""
    return {f"{a} there, {b} here": int(((there == a) & (here == b)).sum()) for a, b in MOVED}


def _agreement_row(cohort, r):
    moved = [str(r[f"{a} there, {b} here"]) for a, b in MOVED]
    kappa = with_interval(r["kappa"], r["ci_low"], r["ci_high"])
    same = percent(r["agree"]) if r["n"] else "–"
    return [definition_label(cohort, r["code"]), str(r["n"]), same, kappa, *moved]


def _agreement_results(cohort, code, found):
    moved = [f"{a} there, {b} here" for a, b in MOVED]
    units = {"n": "subjects", "agree": "share", "kappa": "", "ci_low": "", "ci_high": ""}
    units |= dict.fromkeys(moved, "subjects")
    frame = pd.DataFrame(found)
    frame = frame.assign(
        group=[definition_rule(cohort, c)["label"] for c in frame["code"]],
        variable=frame["code"],
        free=[is_free_choice(cohort, c) or is_free_choice(cohort, code) for c in frame["code"]],
    )
    item = f"agreement with {definition_rule(cohort, code)['label']}"
    return results(frame, "resistance.agreement", units, item=item, by=CLASS, reference=code)


def one_source(cohort):
    if cohort.meta.kind != "pseudo":
        return ""
    return say(
        "These are pseudo-patients: which of them carries which first course is partly a free choice, so agreement "
        "here "
        "shows how the rules differ, not how patients do."
    )


def multiverse(resistance: Resistance, outcome: Outcome) -> pd.DataFrame:
    """The endpoint in acquired against primary resistance under every definition that finds both: contrast, with
    code, free.

    Raises NotAvailable without such a definition.
    """
    rows = []
    for code in separating(resistance.rows):
        part = resistance.of(code).set_index("USUBJID")["RESCLASS"].astype(str)
        classed = outcome.rows.assign(**{CLASS: outcome.rows["USUBJID"].map(part)})
        rows.append({"code": code, "free": is_free_choice(outcome.cohort, code), **contrast(classed, CLASS, *COMPARED)})
    if not rows:
        raise NotAvailable(say(BOTH_CLASSES))
    return pd.DataFrame(rows)


def multiverse_table(resistance: Resistance, frame: pd.DataFrame, outcome: Outcome) -> Table:
    """Medians of both classes, their difference, hazard ratio and log-rank P under each definition. frame :
    multiverse."""
    unit, short = outcome.unit, short_labels(outcome)
    median = say("Median ({unit})", unit=unit)
    return Table(
        id="resistance.multiverse",
        of=outcome.endpoints[0],
        title=say("{endpoint} in acquired against primary resistance under each definition", endpoint=short),
        columns=[
            say("Definition"),
            say("n / events"),
            median,
            say("n / events"),
            median,
            say("Difference of medians ({unit}, 95% CI)", unit=unit),
            say("HR (95% CI, Wald)"),
            say("Log-rank P"),
        ],
        spans=[("", 1), (say("Acquired"), 2), (say("Primary"), 2), (say("Acquired against primary"), 3)],
        rows=[_multiverse_row(outcome, r) for r in frame.to_dict("records")],
        notes=_multiverse_notes(resistance, frame, outcome),
        results=_multiverse_results(frame, outcome),
        key=[] if frame["free"].all() else [_survives(outcome, frame)],
    )


def _multiverse_row(outcome, r):
    digits = decimals_for(outcome.unit)
    return [
        marked_label(outcome.cohort, r["code"]),
        f"{r['n']} / {r['events']}",
        rounded(r["median"], digits),
        f"{r['n_reference']} / {r['events_reference']}",
        rounded(r["median_reference"], digits),
        difference_text(r, digits),
        with_interval(r["hr"], r["hr_low"], r["hr_high"]),
        tested(r["p"], r["free"]),
    ]


def _multiverse_results(frame, outcome):
    units = {k: unit or outcome.unit for k, unit in CONTRAST_UNITS.items()} | {"p": ""}
    frame = frame.assign(
        variable=frame["code"], group=[definition_rule(outcome.cohort, c)["label"] for c in frame["code"]]
    )
    return results(
        frame,
        "resistance.contrast",
        units,
        item=short_labels(outcome),
        endpoint=outcome.endpoints[0],
        by=CLASS,
        reference=COMPARED[1],
        landmark=outcome.landmark,
    )


def _multiverse_notes(resistance, frame, outcome) -> list[str]:
    read = (
        "HR below 1: longer {endpoint} in acquired resistance. Difference: bootstrap percentiles within each class, "
        "seeded. Cox with Efron ties."
    )
    tests = (
        "{tests} of the same question in the same patients, not adjusted for their number: read whether they agree, "
        "not "
        "which is smallest. Patients not classified or not evaluable are left out of the line."
    )
    cohort = outcome.cohort
    reasons = [
        say(
            "{definition}: no hazard ratio, {reason}.",
            definition=definition_label(cohort, r["code"]),
            reason=r["reason"],
        )
        for r in frame[frame["reason"] != ""].to_dict("records")
    ]
    return [
        f"{say(read, endpoint=short_labels(outcome))} {say(LEGEND)}",
        say(tests, tests=plural(len(frame), "test")),
        _one_class(resistance),
        *reasons,
        _looks_ahead(resistance),
        _scope_note(cohort, frame["code"]),
        say(FREE_NOTE) if frame["free"].any() else "",
    ]


def _one_class(resistance) -> str:
    counts = _class_counts(resistance)[list(CLASSED)]
    alone = counts.index[(counts > 0).sum(axis=1) == 1]
    if not len(alone):
        return ""
    labels = listed(definition_label(resistance.cohort, code) for code in alone)
    return say("One class only, so no comparison: {definitions}.", definitions=labels)


def difference_text(r, digits: int) -> str:
    """'4.90 (0.90 to 11.50)'; NR where a median is not reached."""
    if np.isnan(r["difference"]):
        return NOT_ESTIMABLE
    low, high = (rounded(r[limit], digits) for limit in ("ci_low", "ci_high"))
    limits = say("{low} to {high}", low=low, high=high)
    return f"{rounded(r['difference'], digits)} ({limits})"


def _looks_ahead(resistance) -> str:
    """Names the definitions that class somebody by progression on rechallenge, which the endpoint counts too."""
    counts = resistance.rows[resistance.rows["AHEAD"]].groupby("DEFINITION", observed=True, sort=True).size()
    said = listed(f"{definition_label(resistance.cohort, code)} ({n})" for code, n in counts.items())
    if not said:
        return ""
    note = (
        "Classed by progression on rechallenge, which is the outcome itself: {definitions}. Read these lines with care."
    )
    return say(note, definitions=said)


def _survives(outcome, frame):
    """The key line of the multiverse, on the definitions that a reconstruction did not choose freely."""
    timing = frame["code"].map(lambda code: is_timing(outcome.cohort, code)).astype(bool)
    short, known = short_labels(outcome), frame[(~frame["free"]) & (frame["reason"] == "") & ~timing]
    label = say("{endpoint}, acquired against primary resistance", endpoint=short)
    if known.empty:
        return say("{endpoint} by class of resistance", endpoint=short), say("no definition gives a hazard ratio")
    if len(known) == 1:
        r = known.iloc[0]
        shown = {"definition": definition_label(outcome.cohort, r["code"]), "p": p_sentence(r["p"])}
        shown["hr"] = with_interval(r["hr"], r["hr_low"], r["hr_high"])
        spread = of_many(outcome, *CLASSED_BY_STUDY) if r["code"] == GIVEN else ""
        return label, say("{definition}: HR {hr}, log-rank {p}", **shown) + spread
    template = "HR {range} over {n} definitions; P below 0.05 under {below} of them"
    if not (known["p"] < 0.05).any():
        template = "HR {range} over {n} definitions; P below 0.05 under none of them"
    if known["hr"].round(2).nunique() == 1 and known["p"].round(3).nunique() == 1:
        template = "HR {hr}, log-rank {p}, under each of {n} definitions"
    first = known.iloc[0]
    return label, say(
        template,
        hr=with_interval(first["hr"], first["hr_low"], first["hr_high"]),
        p=p_sentence(first["p"]),
        range=interval(known["hr"].min(), known["hr"].max()),
        n=len(known),
        below=int((known["p"] < 0.05).sum()),
    )


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
    label = say("{endpoint}, adjusted hazard ratios of the patterns (95% CI, Wald)", endpoint=models.label)
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
    "† Pseudo-patients: who has which level of both characteristics is a free choice of the reconstruction, so what rests"
    " on it says nothing about patients and stands without a P value."
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
    heads = ("Within", "n", "Events", "HR, acquired against primary (95% CI)", "P of interaction")
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
    return cohort.meta.reconstructed or any(map(cohort.meta.is_free, (CLASS, name)))


def _interaction_lines(cohort, name, frame):
    """(indent, cells) of one modifier: its head with the P, then its levels, or the change per unit of a number."""
    factor = cohort.factor(name)
    free = _chosen_together(cohort, name)
    lines = [(0, [say(factor.label) + " †" * free, "", "", "", tested(frame.iloc[0]["p"], free)])]
    if frame.iloc[0]["reason"]:
        return lines
    for r in frame.itertuples():
        change = "ratio of hazard ratios, per {unit}"
        where = say(factor.levels[r.modifier_level]) if r.modifier_level else say(change, unit=factor.unit)
        lines.append((1, [where, str(r.n), str(r.events), with_interval(r.hr, r.ci_low, r.ci_high), ""]))
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


def _interaction_notes(cohort, found, lacking) -> list[str]:
    method = (
        "Cox models with and without the product of the two factors, Efron ties; P: likelihood ratio. Small groups: a "
        "P "
        "above 0.05 does not show that there is no interaction."
    )
    reasons = [
        say("{factor}: not estimable, {reason}.", factor=cohort.factor(name).label, reason=frame.iloc[0]["reason"])
        for name, frame in found.items()
        if frame.iloc[0]["reason"]
    ]
    tested = say(
        "{interactions} tested, not adjusted for their number.", interactions=plural(len(found), "interaction")
    )
    free = any(_chosen_together(cohort, name) for name in found)
    return [say(method), tested, *reasons, _lacking(lacking), say(TOGETHER) if free else ""]
