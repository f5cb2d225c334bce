"""Tumour response: table with exact intervals, waterfall, swimmer."""

import numpy as np
import pandas as pd

from papercheck.vocabulary.dictionary import load_dictionary, phase_labels
from smallsurv.proportions import rates

from ..cohort.cohort import Cohort
from ..derive.response import CONFIRM_DAYS, CONTROL, OBJECTIVE, RESPONSES, last_course, stable_too_short
from ..results import Result, results
from ..show.display import Table
from ..show.labels import group_label
from ..show.standing import standing_note
from ..text.language import say
from ..text.words import count_percent, percent, percent_of, plural
from .paired import PAIRING

LABELS = load_dictionary()["adrs"].columns["AVALC"].levels
RATES = {"ORR": OBJECTIVE, "DCR": CONTROL}
RATE_LABELS = {
    "ORR": "Objective response rate (CR, PR), n/N: % (95% CI)",
    "DCR": "Disease control rate (CR, PR, SD), n/N: % (95% CI)",
}
AGAIN = "CR or PR again, of those with CR or PR before, n/N: % (95% CI)"
RATE_UNITS = {"count": "subjects", "n": "subjects", "share": "share", "ci_low": "share", "ci_high": "share"}
COURSES = {"INITIAL": "the first course", "RECHALLENGE": "rechallenge"}  # inside a sentence
INTERVALS = (
    "RECIST 1.1. Intervals: Clopper-Pearson. Denominator: every patient of the course; not evaluable counts as no "
    "response."
)
SELECTED = (
    "No interval where the criteria of eligibility ask for the response: the share is then that of the selection."
)
RULE = (
    "{responses} derived from the assessments: SD needs {weeks} weeks from the start; CR and PR without confirmation."
)
CONFIRMED = (
    "{responses} derived from the assessments: SD needs {weeks} weeks from the start; CR and PR confirmed at least "
    "{days} days later."
)
NO_SOURCE = "{responses} neither recorded nor assessed: counted as not evaluable."


TOO_SHORT = (
    "{responses} of SD recorded that did not hold for {weeks} weeks from the start, which RECIST 1.1 asks for: counted "
    "as recorded."
)


def phases_of(frame) -> list[str]:
    """The courses that a frame of responses or changes holds, in order."""
    return [p for p in frame["APHASE"].cat.categories if (frame["APHASE"] == p).any()]


def course_words(phase) -> str:
    """What a course is called inside a sentence."""
    label = phase_labels()[phase]
    return say(COURSES.get(phase, label[:1].lower() + label[1:]))


def response_table(cohort: Cohort, best: pd.DataFrame, confirmed: bool = False, sd_min_weeks: int = 6) -> Table:
    """Best overall response by course, with ORR and DCR and their exact intervals. best : derive_best_response."""
    phases = phases_of(best)
    parts = {p: best[best["APHASE"] == p] for p in phases}
    found = {p: _rates(cohort, p, part) for p, part in parts.items()}
    shown = [r for r in RESPONSES if r in ("CR", "PR", "SD", "PD") or (best["AVALC"] == r).any()]
    rows = [[_response(r), *(count_percent((p["AVALC"] == r).sum(), len(p)) for p in parts.values())] for r in shown]
    rows += [[say(label), *(_rate(frame.loc[name]) for frame in found.values())] for name, label in RATE_LABELS.items()]
    again, free = _again(cohort, parts)
    rows += [
        [say(AGAIN) + " †" * free, *(_rate(r) if p == "RECHALLENGE" else "" for p in phases)]
        for _, r in again.iterrows()
    ]
    told = last_course(phases)
    return Table(
        id="response.best",
        title=say("Best overall response, n (%)"),
        rows=rows,
        columns=[say("Best overall response"), *(_course_head(cohort, p, len(part)) for p, part in parts.items())],
        notes=[
            say(INTERVALS),
            say(SELECTED) if any(frame["ci_low"].isna().any() for frame in found.values()) else "",
            say(PAIRING) if free else "",
            *_source_notes(best, confirmed, sd_min_weeks),
            _short_note(stable_too_short(cohort, best, sd_min_weeks), sd_min_weeks),
            standing_note(cohort, "adrs"),
        ],
        results=[r for p in phases for r in _response_results(p, found[p], parts[p], shown)]
        + results(again.assign(item="CR or PR again"), "response.again", RATE_UNITS, free=free),
        key=[_key(name, told, found[told].loc[name]) for name in RATES] if told else [],
    )


def _rates(cohort, phase, part) -> pd.DataFrame:
    """ORR and DCR of a course; without an interval where the criteria of eligibility decide them."""
    found = rates(part["AVALC"], RATES).set_index("rate", drop=False)
    asked = [{*c.levels} for c in cohort.meta.eligibility if c.column == f"BOR_{phase}" and c.levels]
    decided = [any(levels <= codes or not levels & codes for levels in asked) for codes in map(set, RATES.values())]
    found.loc[decided, ["ci_low", "ci_high"]] = np.nan
    return found


def _again(cohort, parts) -> tuple[pd.DataFrame, bool]:
    """Who had CR or PR on the first course and has it on rechallenge again (one row of `rates`, none without such a
    patient), and whether a reconstruction chose freely which first course goes with which rechallenge."""
    if not {"INITIAL", "RECHALLENGE"} <= {*parts}:
        return pd.DataFrame(), False
    first, second = (parts[p].set_index("USUBJID")["AVALC"].astype(str) for p in ("INITIAL", "RECHALLENGE"))
    both = first.index.intersection(second.index)
    responders, again = first[both].isin(OBJECTIVE), second[both].isin(OBJECTIVE)
    if not responders.any():
        return pd.DataFrame(), False
    free = cohort.meta.kind == "pseudo" and not responders.all() and again.any() and not again.all()
    return rates(second[both][responders], {"ORR": OBJECTIVE}), bool(free)


def _course_head(cohort, phase, n) -> str:
    return say("{course} (n = {n})", course=group_label(cohort, "APHASE", phase), n=n)


def _response(code) -> str:
    return say("{label} ({code})", label=LABELS[code], code=code) if LABELS[code] != code else say(code)


def _rate(r) -> str:
    known = f" ({percent(r['ci_low'])}–{percent(r['ci_high'])})" if not np.isnan(r["ci_low"]) else ""
    return f"{int(r['count'])}/{int(r['n'])}: {percent_of(r['count'], r['n'])}{known}"


def _key(name, phase, r) -> tuple[str, str]:
    label = (
        say("ORR on {course}", course=course_words(phase))
        if name == "ORR"
        else say("DCR on {course}", course=course_words(phase))
    )
    known = not np.isnan(r["ci_low"])
    text = "{count} ({share}%; 95% CI {interval}%, Clopper-Pearson)" if known else "{count} ({share}%), by selection"
    interval = f"{percent(r['ci_low'])}–{percent(r['ci_high'])}" if known else ""
    return label, say(
        text, count=f"{int(r['count'])}/{int(r['n'])}", share=percent_of(r["count"], r["n"]), interval=interval
    )


def _response_results(phase, found, part, shown) -> list[Result]:
    place = {"by": "APHASE", "level": phase}
    made = results(found.assign(item=found["rate"], variable=found["rate"]), "response.rate", RATE_UNITS, **place)
    counts = part["AVALC"].value_counts().reindex(shown).rename_axis("item").reset_index(name="count")
    counts = counts.assign(variable=counts["item"])
    place["method"] = "best overall response"
    return made + results(counts, "response.best", {"count": "subjects"}, **place)


def _source_notes(best, confirmed, sd_min_weeks) -> list[str]:
    """How many best responses are recorded, derived by which rule, and absent."""
    source = best["SOURCE"].value_counts()
    recorded, derived, absent = (int(source.get(s, 0)) for s in ("recorded", "derived", "none"))
    rule, counted = {"weeks": sd_min_weeks, "days": CONFIRM_DAYS}, "best response"
    made = say(CONFIRMED if confirmed else RULE, responses=plural(derived, counted), **rule)
    return [
        made if derived else "",
        say("{responses} as recorded.", responses=plural(recorded, counted)) if recorded else "",
        say(NO_SOURCE, responses=plural(absent, counted)) if absent else "",
    ]


def _short_note(short, sd_min_weeks) -> str:
    """How many recorded SD did not hold as long as RECIST 1.1 asks for, as far as dates tell."""
    responses = plural(len(short), "best response")
    return say(TOO_SHORT, responses=responses, weeks=sd_min_weeks) if len(short) else ""
