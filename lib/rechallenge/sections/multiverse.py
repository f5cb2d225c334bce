"""The classes of two definitions held against each other, and the endpoint under every definition that finds both."""

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from smallsurv.agreement import agreement
from smallsurv.contrast import contrast

from ..derive.outcome import Outcome
from ..derive.patterns import CLASS, COMPARED, separating
from ..derive.resistance import GIVEN, Resistance, definition_rule, is_timing, outside_scope
from ..results import results
from ..show.display import Table
from ..text.language import say
from ..text.words import (
    FREE_NOTE,
    LEGEND,
    NOT_ESTIMABLE,
    decimals_for,
    interval,
    listed,
    p_sentence,
    percent,
    plural,
    ratio_with_interval,
    rounded,
    tested,
    with_interval,
)
from .endpoint import short_labels
from .regression import unprinted_ratio
from .resistance import (
    BOTH_CLASSES,
    CLASSED,
    class_counts,
    definition_label,
    is_free_choice,
    marked_label,
    model_code,
    scope_note,
    wide_classes,
)

CLASSED_BY_STUDY = ("RESIST", "ACQUIRED", "PRIMARY")  # the factor of the class that a study gives, and its levels
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


NO_LIMITS = "A kappa of a definition whose classes rest on a free choice of the reconstruction has no interval."


def agreement_table(resistance: Resistance, definition: str = "first") -> Table:
    """Agreement of every other definition with the one of the models, on the patients whom both class."""
    cohort, code = resistance.cohort, model_code(resistance, definition)
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
    free = any(_either_free(cohort, other, code) for other in others)
    return Table(
        id="resistance.agreement",
        of=code,
        columns=[*map(say, heads)],
        rows=[_agreement_row(cohort, r, code) for r in found],
        title=say("Agreement with one definition: {definition}", definition=definition_label(cohort, code)),
        notes=[say(note), one_source(cohort), say(NO_LIMITS) if free else ""],
        results=_agreement_results(cohort, code, found),
    )


def _moved(there, here) -> dict[str, int]:
    """How many patients the two definitions put into opposite classes, each way."""
    return {f"{a} there, {b} here": int(((there == a) & (here == b)).sum()) for a, b in MOVED}


def _agreement_row(cohort, r, code):
    moved = [str(r[f"{a} there, {b} here"]) for a, b in MOVED]
    kappa = with_interval(r["kappa"], r["ci_low"], r["ci_high"], free=_either_free(cohort, r["code"], code))
    same = percent(r["agree"]) if r["n"] else "–"
    return [definition_label(cohort, r["code"]), str(r["n"]), same, kappa, *moved]


def _either_free(cohort, *codes) -> bool:
    """Whether one of the definitions compared rests on a free choice of a reconstruction."""
    return any(is_free_choice(cohort, code) for code in codes)


def _agreement_results(cohort, code, found):
    moved = [f"{a} there, {b} here" for a, b in MOVED]
    units = {"n": "subjects", "agree": "share", "kappa": "", "ci_low": "", "ci_high": ""}
    units |= dict.fromkeys(moved, "subjects")
    frame = pd.DataFrame(found)
    frame = frame.assign(
        group=[definition_rule(cohort, c)["label"] for c in frame["code"]],
        variable=frame["code"],
        free=[_either_free(cohort, c, code) for c in frame["code"]],
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
        ratio_with_interval(r["hr"], r["hr_low"], r["hr_high"], decimals=2, free=r["free"]),
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
        "seeded; NE where a class has a single event. Cox with Efron ties."
    )
    tests = (
        "{tests} of the same question in the same patients, not adjusted for their number: read whether they agree, "
        "not which is smallest."
    )
    told = int((frame["p"].notna() & ~frame["free"]).sum())
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
        say(tests, tests=plural(told, "test")) if told > 1 else "",
        say("Patients not classified or not evaluable are left out of the line."),
        _one_class(resistance),
        *reasons,
        _looks_ahead(resistance),
        scope_note(cohort, frame["code"]),
        say(FREE_NOTE) if frame["free"].any() else "",
    ]


def _one_class(resistance) -> str:
    counts = class_counts(resistance)[list(CLASSED)]
    alone = counts.index[(counts > 0).sum(axis=1) == 1]
    if not len(alone):
        return ""
    labels = listed(definition_label(resistance.cohort, code) for code in alone)
    return say("One class only, so no comparison: {definitions}.", definitions=labels)


def difference_text(r, digits: int) -> str:
    """'4.90 (0.90 to 11.50)'; NR where a median is not reached; of a free choice without the limits."""
    if np.isnan(r["difference"]):
        return NOT_ESTIMABLE
    if r["free"]:
        return rounded(r["difference"], digits)
    low, high = (rounded(r[limit], digits) for limit in ("ci_low", "ci_high"))
    open_ = np.isnan(r["ci_low"]) and np.isnan(r["ci_high"])
    limits = NOT_ESTIMABLE if open_ else say("{low} to {high}", low=low, high=high)
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
    without = int(((~frame["free"]) & (frame["reason"] != "") & ~timing).sum())
    said = _ratios_said(outcome, known)
    return label, say("{text}; no hazard ratio under {n} more", text=said, n=without) if without else said


def _ratios_said(outcome, known) -> str:
    """The hazard ratios of the definitions that give one (rows of the multiverse), in a sentence."""
    if len(known) == 1:
        r = known.iloc[0]
        shown = {"definition": definition_label(outcome.cohort, r["code"]), "p": p_sentence(r["p"])}
        shown["hr"] = ratio_with_interval(r["hr"], r["hr_low"], r["hr_high"], 2)
        ratio = unprinted_ratio(outcome, *(CLASSED_BY_STUDY if r["code"] == GIVEN else ("", "", "")), r["hr"])
        if ratio:
            return say("{definition}: HR {hr}", **shown | {"hr": ratio})
        return say("{definition}: HR {hr}, log-rank {p}", **shown)
    template = "HR {range} over {n} definitions; P below 0.05 under {below} of them"
    if not (known["p"] < 0.05).any():
        template = "HR {range} over {n} definitions; P below 0.05 under none of them"
    if known["hr"].round(2).nunique() == 1 and known["p"].round(3).nunique() == 1:
        template = "HR {hr}, log-rank {p}, under each of {n} definitions"
    first = known.iloc[0]
    said = say(
        template,
        hr=ratio_with_interval(first["hr"], first["hr_low"], first["hr_high"], 2),
        p=p_sentence(first["p"]),
        range=interval(known["hr"].min(), known["hr"].max()),
        n=len(known),
        below=int((known["p"] < 0.05).sum()),
    )
    outside = [definition_label(outcome.cohort, c) for c in known["code"] if outside_scope(outcome.cohort, c)]
    text = "{text}; among them, written for something else: {definitions}"
    return say(text, text=said, definitions=listed(outside)) if outside else said
