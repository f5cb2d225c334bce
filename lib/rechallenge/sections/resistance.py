"""Resistance patterns: classes under each definition, what decided them, agreement, the endpoint by class, interactions."""

from dataclasses import replace

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from papercheck.vocabulary.units import DAYS_PER_MONTH, convert
from smallsurv.agreement import agreement
from smallsurv.contrast import contrast
from smallsurv.interaction import cox_interaction

from ..derive.endpoints import endpoint_rule
from ..derive.first_course import derive_first_course
from ..derive.patterns import CLASS, COMPARED, model_definition, model_factors, separating
from ..derive.resistance import CLASSES, GIVEN, definition_rule, definition_text, outside_scope, resistance_rules
from ..show.display import Note, Table, ledger
from ..show.labels import free_mark
from ..show.standing import standing_note
from ..text.words import (
    FREE_NOTE,
    LEGEND,
    NOT_ESTIMABLE,
    count_percent,
    decimals_for,
    interval,
    listed,
    p_sentence,
    p_value,
    percent,
    plural,
    rounded,
    with_interval,
)
from .regression import cox_table
from .survival import subgroup_table

MANY = 25  # patients beyond which the decisions are counted, not listed
CLASSED = tuple(c for c in CLASSES if c in ("primary", "acquired"))


def class_table(cohort, resistance) -> Table:
    """How many patients each definition puts into each class, and why it leaves the others."""
    counts = resistance.groupby(["DEFINITION", "RESCLASS"], observed=False).size().unstack()
    n = int(counts.iloc[0].sum())
    rows = []
    for code, part in resistance.drop(columns="USUBJID").groupby("DEFINITION", observed=True):
        left = part[~part["RESCLASS"].isin(CLASSED)]
        reasons = left["RULE"].astype(object).value_counts()
        why = "; ".join(f"{rule} ({k})" if k < n else rule for rule, k in reasons.items())
        rows.append(
            [
                part["LABEL"].iloc[0] + scope_mark(cohort, code),
                *(count_percent(counts.loc[code, c], n) for c in CLASSES),
                why or "–",
            ]
        )
    both, some = separating(resistance), counts.index[(counts[list(CLASSED)] > 0).any(axis=1)]
    sizes = [int(counts.loc[c, "acquired"]) for c in some]
    said = (
        f"{len(some)} of {len(counts)} definitions can be applied; acquired resistance in {min(sizes)} to {max(sizes)} of {n} patients; {len(both)} find both classes"
        if sizes else f"none of {len(counts)} definitions can be applied"
    )  # fmt: skip
    numbers = counts.rename_axis("item").reset_index().astype({"item": str})
    return Table(
        title=f"Resistance to the first ICI course under {plural(len(counts), 'definition')}, n (%)",
        columns=["Definition", *CLASSES.values(), "Why not classified or not evaluable (n)"], rows=rows,
        numbers=ledger(numbers, "item", dict.fromkeys(CLASSES, "subjects"), method="published definition"),
        notes=[f"Denominator: all {n} patients. Not classified: the facts are known and no rule of the definition holds. Not evaluable: a fact is missing; the columns named are those of the sheet adsl. A definition that lacks a column for everybody is not evaluable for all.",
               _scope_note(cohort, counts.index), _stated(cohort), standing_note(cohort, "adtte.PFS1", "adrs", "adsl.RESIST")],
        key=[("Resistance to the first ICI course", said)],
    )  # fmt: skip


def scope_mark(cohort, code) -> str:
    """' ‡' behind a definition that is written for something else than this cohort is known to be."""
    return " ‡" if outside_scope(cohort, code) else ""


def _scope_note(cohort, codes) -> str:
    beside = {code: outside_scope(cohort, code) for code in codes}
    said = [f"{definition_rule(cohort, code)['label']}: {scope}" for code, scope in beside.items() if scope]
    return f"‡ Written for something else than this cohort, so outside its scope ({'; '.join(said)})." if said else ""


def _stated(cohort) -> str:
    """What cohort.yml says of the first course of everybody."""
    facts = cohort.meta.first_course
    said = []
    if "regimen" in facts:
        said.append(f"the ICI was given as {facts['regimen']}")
    if "treated" in facts:
        said.append(f"where no last dose is recorded, treatment is taken to have gone on {facts['treated']}")
    if "pd_after_last_dose" in facts:
        within = facts["pd_after_last_dose"].removeprefix("<=").strip()
        said.append(f"progression came at most {within} after the last dose")
    if not said:
        return ""
    reading = f" {facts['reading']}" if "reading" in facts else ""
    return f"Stated of every patient, not recorded one by one: {'; '.join(said)} ({facts['source']}).{reading}"


def definitions_table(cohort, resistance) -> Table:
    """The rules in words, with scope, confirmation, gap, reading and citation."""
    rows, indent = [], []
    for code in resistance["DEFINITION"].cat.categories:
        rule, lines = definition_rule(cohort, code), []
        texts = definition_text(rule) if code != GIVEN and "unusable" not in rule else {}
        lines += [
            ("Scope", rule["scope"]),
            ("Primary resistance", texts.get("primary") or ("not defined" if texts else "")),
        ]
        lines += [
            ("Acquired resistance", texts.get("acquired", "")),
            ("Left out by the source", texts.get("excluded", "")),
        ]
        lines += [("No rule to apply", rule.get("unusable", "")), ("Exposure", rule.get("exposure", "")),
                  ("Confirmation", rule.get("confirmation", "")), ("Gap", rule.get("gap", "")), ("Read here as", rule.get("reading", ""))]  # fmt: skip
        rows.append([rule["label"], rule["citation"]])
        rows += [[name, text] for name, text in lines if text]
        indent += [0] + [1] * sum(bool(text) for _, text in lines)
    return Table(
        title="The definitions and how they are read", columns=["Definition", "Source and rules"], rows=rows, indent=indent,
        notes=[f"A month is {DAYS_PER_MONTH} days. Times from the first dose count that day as day 0; progression while on treatment counts as 0 days after the last dose or fewer. Non-CR/non-PD counts as stable disease. All definitions ask for progression on the first course. No line on confirmation or gap: the source says nothing of it."],
    )  # fmt: skip


def decision_table(cohort, resistance, definition="first", unit="months") -> Table:
    """The class of each patient under one definition, the rule and the times that decided it; counts beyond MANY patients."""
    code = _model_code(resistance, definition)
    rows = resistance[resistance["DEFINITION"] == code]
    label = rows["LABEL"].iloc[0]
    title = f"What decided the class: {label}"
    if len(rows) > MANY:
        counts = rows.groupby(["RESCLASS", "RULE"], observed=True).size().reset_index(name="n")
        body = [[CLASSES[r.RESCLASS], r.RULE, count_percent(r.n, len(rows))] for r in counts.itertuples()]
        return Table(
            title=title, columns=["Class", "Rule", "n (%)"], rows=body, notes=["Patients are not listed one by one."]
        )
    rows, columns = rows.merge(derive_first_course(cohort), on="USUBJID"), {"PDDT": "Progression", "LASTDT": "Last dose"}
    times = {"TO_PD": "First dose to progression", "TREATED": "Treated", "AFTER_LAST": "Last dose to progression", "ICI_FREE": "Last dose to rechallenge"}  # fmt: skip
    dates = [c for c in columns if rows[c].notna().any()]
    known = [c for c in times if rows[c].notna().any()]
    digits = decimals_for(unit)
    if cohort.meta.first_course.get("treated") and rows["LASTDT"].isna().all():
        times |= {c: f"{times[c]}, as stated" for c in ("TREATED", "AFTER_LAST")}
    body = [
        [str(r["USUBJID"]), CLASSES[r["RESCLASS"]], r["RULE"], r["RESPONSE"] if isinstance(r["RESPONSE"], str) else "–",
         *(f"{r[c]:%Y-%m-%d}" if pd.notna(r[c]) else "–" for c in dates),
         *(rounded(convert(r[c], "days", unit), digits) if pd.notna(r[c]) else "–" for c in known)]
        for _, r in rows.iterrows()
    ]  # fmt: skip
    return Table(
        title=title, rows=body,
        columns=["Patient", "Class", "Rule", "Best response", *(columns[c] for c in dates), *(f"{times[c]} ({unit})" for c in known)],
        notes=["–: not recorded. Last dose to progression below 0: progression on treatment.", _stated(cohort)],
        numbers=ledger(rows.assign(item=[f"{label}: {c}" for c in rows["RESCLASS"]]), "item", dict.fromkeys(known, "days"), "DEFINITION", "USUBJID", "first ICI course"),
    )  # fmt: skip


def _model_code(resistance, definition):
    code = model_definition(resistance, definition)
    if code is None:
        raise NotAvailable("needs a definition that finds both primary and acquired resistance among these patients.")
    return code


def wide_classes(resistance, classed=True) -> pd.DataFrame:
    """One row a patient, one column a definition that classes anybody, by label; `classed`: others than the two classes missing."""
    labels = list(resistance["LABEL"].unique())  # derive_resistance: the patients of one definition after those of another
    classes = resistance["RESCLASS"].to_numpy(object).reshape(len(labels), -1).T
    subjects = pd.Index(resistance["USUBJID"].iloc[: len(classes)])
    known = np.isin(resistance["RESCLASS"].cat.codes, resistance["RESCLASS"].cat.categories.get_indexer(CLASSED))
    known = known.reshape(len(labels), -1).T
    some = known.any(axis=0)
    table = pd.DataFrame(np.where(known, classes, np.nan) if classed else classes, subjects, labels)
    return table.loc[:, some]


def agreement_table(cohort, resistance, definition="first") -> Table:
    """Agreement of every other definition with the one of the models, on the patients whom both class."""
    code = _model_code(resistance, definition)
    table, label = wide_classes(resistance), definition_rule(cohort, code)["label"]
    others = [c for c in table.columns if c != label]
    if not others:
        raise NotAvailable("needs two definitions that can be applied.")
    moved = {
        f"{there} there, {here} here": [int(((table[label] == there) & (table[o] == here)).sum()) for o in others]
        for there, here in (COMPARED, COMPARED[::-1])
    }
    found = pd.DataFrame([{"group": other, **agreement(table[label], table[other])} for other in others]).assign(**moved)
    rows = [
        [r["group"], str(r["n"]), percent(r["agree"]) if r["n"] else "–",
         with_interval(r["kappa"], r["ci_low"], r["ci_high"]), *(str(r[name]) for name in moved)]
        for r in found.to_dict("records")
    ]  # fmt: skip
    units = {"n": "subjects", "agree": "share", "kappa": "", "ci_low": "", "ci_high": ""} | dict.fromkeys(moved, "subjects")
    return Table(
        title=f"Agreement with one definition: {label}", rows=rows,
        columns=["Definition", "Classed by both", "Same class (%)", "Kappa (95% CI)", "Acquired there, primary here", "Primary there, acquired here"],
        notes=["Only patients whom both definitions call primary or acquired. Kappa: Cohen's, large-sample interval (Fleiss 1969), of no width where all agree; NE where one of the two knows one class only.",
               _one_source(cohort)],
        numbers=ledger(found, f"agreement with {label}", units, CLASS),
    )  # fmt: skip


def _one_source(cohort):
    return (
        "These are pseudo-patients: which of them carries which first course is partly a free choice, so agreement here shows how the rules differ, not how patients do."
        if cohort.meta.kind == "pseudo" else ""
    )  # fmt: skip


def multiverse(cohort, resistance, outcome) -> pd.DataFrame:
    """The endpoint in acquired against primary resistance under every definition that finds both: contrast, with code, label, free."""
    rows = []
    for code in separating(resistance):
        part = resistance[resistance["DEFINITION"] == code].set_index("USUBJID")["RESCLASS"].astype(str)
        classes = outcome["USUBJID"].map(part)
        found = contrast(outcome.assign(**{CLASS: classes}), CLASS, *COMPARED)
        rows.append(
            {"code": code, "label": definition_rule(cohort, code)["label"], "free": _is_free(cohort, code), **found}
        )
    if not rows:
        raise NotAvailable("needs a definition that finds both primary and acquired resistance among these patients.")
    return pd.DataFrame(rows)


def _is_free(cohort, code) -> bool:
    """Whether a reconstruction chose freely which pseudo-patient has which class."""
    return cohort.meta.kind == "pseudo" and (code != GIVEN or cohort.meta.is_free("RESIST"))


def multiverse_table(cohort, resistance, frame, outcome) -> Table:
    """Medians of both classes, their difference, hazard ratio and log-rank P under each definition. frame : multiverse."""
    unit, digits = outcome["UNIT"].iloc[0], decimals_for(outcome["UNIT"].iloc[0])
    short = endpoint_rule(cohort, outcome["PARAMCD"].iloc[0])["short"]
    rows = [
        [r["label"] + scope_mark(cohort, r["code"]) + (" †" if r["free"] else ""), f"{r['n']} / {r['events']}", rounded(r["median"], digits),
         f"{r['n_reference']} / {r['events_reference']}", rounded(r["median_reference"], digits),
         difference_text(r, digits), with_interval(r["hr"], r["hr_low"], r["hr_high"]), p_value(r["p"])]
        for _, r in frame.iterrows()
    ]  # fmt: skip
    units = {"n": "subjects", "events": "events", "median": unit, "n_reference": "subjects", "events_reference": "events",
             "median_reference": unit, "difference": unit, "ci_low": unit, "ci_high": unit, "hr": "ratio", "hr_low": "ratio", "hr_high": "ratio", "p": ""}  # fmt: skip
    reasons = [f"{r['label']}: no hazard ratio, {r['reason']}." for _, r in frame[frame["reason"] != ""].iterrows()]
    counts = resistance.groupby(["LABEL", "RESCLASS"], observed=True, sort=False).size().unstack(fill_value=0)
    counts = counts.reindex(columns=list(CLASSED), fill_value=0)
    alone = counts.index[(counts > 0).sum(axis=1) == 1]
    return Table(
        title=f"{short} in acquired against primary resistance under each definition", rows=rows,
        columns=["Definition", "n / events", f"Median ({unit})", "n / events", f"Median ({unit})", f"Difference of medians ({unit}, 95% CI)", "HR (95% CI, Wald)", "Log-rank P"],
        spans=[("", 1), ("Acquired", 2), ("Primary", 2), ("Acquired against primary", 3)],
        notes=[f"HR below 1: longer {short} in acquired resistance. Difference: bootstrap percentiles within each class, seeded. Cox with Efron ties. {LEGEND}",
               f"{plural(len(frame), 'test')} of the same question in the same patients, not adjusted for their number: read whether they agree, not which is smallest. Patients not classified or not evaluable are left out of the line.",
               f"One class only, so no comparison: {listed(alone)}." if len(alone) else "", *reasons, _looks_ahead(resistance), _scope_note(cohort, frame["code"]), FREE_NOTE if frame["free"].any() else ""],
        numbers=ledger(frame.assign(item=short, group=frame["label"] + frame["free"].map({True: " †", False: ""})), "item", units, CLASS),
        key=[_survives(frame, short)] if not frame["free"].all() else [],
    )  # fmt: skip


def difference_text(r, digits) -> str:
    """'4.90 (0.90 to 11.50)'; NR where a median is not reached."""
    if np.isnan(r["difference"]):
        return NOT_ESTIMABLE
    low, high = (rounded(r[limit], digits) for limit in ("ci_low", "ci_high"))
    return f"{rounded(r['difference'], digits)} ({low} to {high})"


def _looks_ahead(resistance) -> str:
    """Names the definitions that class somebody by progression on rechallenge, which the endpoint counts too."""
    phrase = resistance_rules()["facts"]["progressed_again"]["phrase"]
    ahead = resistance[resistance["RULE"].str.contains(phrase, regex=False) & resistance["RESCLASS"].isin(CLASSED)]
    counts = ahead.groupby("LABEL", sort=False, observed=True).size()
    said = listed(f"{label} ({n})" for label, n in counts.items())
    return (
        f"Classed by progression on rechallenge, which is the outcome itself: {said}. Read these lines with care."
        if said
        else ""
    )


def _survives(frame, short):
    """The key line of the multiverse, on the definitions that a reconstruction did not choose freely."""
    known = frame[(~frame["free"]) & (frame["reason"] == "")]
    if known.empty:
        return (f"{short} by class of resistance", "no definition gives a hazard ratio")
    below = int((known["p"] < 0.05).sum())
    if len(known) == 1:
        r = known.iloc[0]
        said = f"{r['label']}: HR {with_interval(r['hr'], r['hr_low'], r['hr_high'])}, log-rank {p_sentence(r['p'])}"
        return (f"{short}, acquired against primary resistance", said)
    said = (
        f"HR {interval(known['hr'].min(), known['hr'].max())} over {len(known)} definitions; P below 0.05 under {below}"
    )
    return (f"{short}, acquired against primary resistance", said)


def pattern_table(cohort, outcome, names, method="log-log") -> Table:
    """The endpoint by class, type of progression and interim treatment. The key lines are those of the subgroups section."""
    present = model_factors(cohort, [n for n in names if n not in cohort.factors or cohort.factor(n).levels])
    if not present:
        raise NotAvailable(
            "needs a class of resistance, the type of progression (PROGTYPE, or NPROG, the number of lesions that progressed) "
            "or treatment between the courses (INTERIM), in at least two groups of patients."
        )
    lacking = [n for n in names if n not in present]
    table = subgroup_table(cohort, outcome, present, method)
    return replace(table, key=[], title=table.title.replace("by subgroup", "by pattern of resistance"),
                   notes=[*table.notes, _lacking(cohort, lacking)])  # fmt: skip


def _lacking(cohort, names):
    labels = {CLASS: "class of resistance (no definition finds both classes)", "TFI": "treatment-free interval (needs AENDT_INITIAL and the start of the next course)",
              "PROGTYPE": "type of progression (PROGTYPE or NPROG)", "INTERIM": "treatment between the courses (INTERIM)"}  # fmt: skip
    return (
        f"Not in this cohort, or the same in all patients: {listed(labels.get(n, n) for n in names)}." if names else ""
    )


def pattern_model(cohort, model, outcome, title) -> Table:
    """cox_table of a model of patterns; a single factor at a time has no key line."""
    table = cox_table(cohort, model, outcome, title)
    return table if model.attrs else replace(table, key=[])


def oligo_note(cohort, oligo_lesions) -> Note:
    """How oligo-progression is told from systemic progression here."""
    if "NPROG" in cohort.table("adsl"):
        return Note(
            f"Oligo-progression: at most {plural(oligo_lesions, 'progressing lesion')}; systemic progression: more."
        )
    if "PROGTYPE" in cohort.factors:
        return Note(
            "Oligo- and systemic progression stand as the study recorded them; lesions are not counted one by one."
        )
    return Note("The type of progression is not recorded (PROGTYPE, or NPROG, the number of lesions that progressed).")


def interaction_table(cohort, outcome, modifiers) -> Table:
    """Hazard ratio of acquired against primary resistance within each level of the modifiers, with P of the interaction."""
    if not model_factors(cohort, [CLASS]):
        raise NotAvailable("needs both classes of resistance under one definition.")
    present = model_factors(cohort, modifiers)
    if not present:
        raise NotAvailable(f"needs a factor beside the class. {_lacking(cohort, list(modifiers))}")
    short = endpoint_rule(cohort, outcome["PARAMCD"].iloc[0])["short"]
    rows, indent, numbers, reasons = [], [], [], []
    for name in present:
        factor = cohort.factor(name)
        found = cox_interaction(outcome, CLASS, name, {CLASS: COMPARED[1], name: factor.reference}, factor.per)
        first = found.iloc[0]
        rows.append([factor.label + free_mark(cohort, name), "", "", "", p_value(first["p"])])
        indent.append(0)
        if first["reason"]:
            reasons.append(f"{factor.label}: not estimable, {first['reason']}.")
        else:
            for r in found.itertuples():
                where = (
                    factor.levels[r.modifier_level]
                    if r.modifier_level
                    else f"ratio of hazard ratios, per {factor.unit}"
                )
                rows.append([where, str(r.n), str(r.events), with_interval(r.hr, r.ci_low, r.ci_high), ""])
                indent.append(1)
        item = found.assign(item=f"{short}: {CLASS} by {name}", group=found["modifier_level"])
        numbers += ledger(
            item,
            "item",
            {"n": "subjects", "events": "events", "hr": "ratio", "ci_low": "ratio", "ci_high": "ratio", "p": ""},
            name,
        )
    used = [CLASS, *present]
    return Table(
        title=f"Does the difference between the classes depend on another pattern? {short}", indent=indent, rows=rows, numbers=numbers,
        columns=["Within", "n", "Events", "HR, acquired against primary (95% CI)", "P of interaction"],
        notes=["Cox models with and without the product of the two factors, Efron ties; P: likelihood ratio. Small groups: a P above 0.05 does not show that there is no interaction.",
               f"{plural(len(present), 'interaction')} tested, not adjusted for their number.", *reasons, _lacking(cohort, [m for m in modifiers if m not in present]),
               FREE_NOTE if any(map(cohort.meta.is_free, used)) else ""],
    )  # fmt: skip
