"""What the Results paragraphs say of pseudo-patients: the print first; what is not printed is of one reconstruction,
with its spread over those drawn, and never with an interval or a count of events that no paper gave."""

import numpy as np

from papercheck.registry.registry import list_studies, load_registry

from ..cohort.cohort import Cohort
from ..replication.prints import drawn, events_known, headline_text, headlines, printed_of
from ..results import Result
from ..text.words import NOT_REACHED, decimals_for, number, p_value, percent, rounded

COURSES = ("", "PARAMCD")  # `by` of a result over all patients
KINDS = {"survival.median": "median", "survival.rate": "survival_at", "survival.log_rank": "log_rank"}
KINDS |= {"hazard_ratio": "hr"}
MISPRINTED = "as printed, which the other printed numbers do not allow (a misprint)"
ALONE = ("", "univariable")  # models that a paper's unadjusted numbers can be held beside


def reconstructed_sentence(texts: dict, result: Result, cohort: Cohort, holes: dict) -> str:
    """A result of pseudo-patients. texts : of methods.yml, `printed` (also `interval`), `drawn` or `once`; holes : what
    they may name, beside {printed}, {limits}, {with_p}, {span}, {here} and {events_said}."""
    kind = KINDS.get(result.quantity, "")
    found = printed_of(cohort, kind, result) if kind and result.model in ALONE and not result.landmark else None
    holes = holes | {"events_said": events_said(result, cohort) if kind == "median" else ""}
    holes |= {"here": _value(_form(kind, result.estimate, result), result) if kind else ""}
    if found and found.estimate:
        holes |= {"printed": _value(found.estimate, result), "limits": found.limits, "with_p": _p(found.p)}
        holes |= {"as_printed": MISPRINTED if found.misprint else "as printed"}
        return texts["interval" if found.limits and "interval" in texts else "printed"].format_map(holes)
    if kind == "median" and "unknown" in texts and not result.events and not events_known(cohort, result.endpoint):
        return texts["unknown"].format_map(holes)
    spread = _spread(kind, result, cohort) if result.model in ALONE and not result.landmark else None
    if spread and "drawn" in texts:
        low, high = (_form(kind, value, result) for value in (spread.lowest, spread.highest))
        return texts["drawn"].format_map(holes | {"span": low if low == high else f"{low} to {high}"})
    return texts["once"].format_map(holes)


def events_said(result: Result, cohort: Cohort) -> str:
    """How many had the event: as known, else as it lies over the reconstructions drawn."""
    by, level = _group(result)
    if events_known(cohort, result.endpoint, by, level):
        return f"{number(result.events)} of {number(result.n)} with the event"
    spread = None if result.landmark else drawn(cohort, "events", result.endpoint, by, (level,) if by else ())
    if spread is None:
        return f"the number of events among {number(result.n)} is not printed"
    sizes = drawn(cohort, "size", "", by, (level,)) if by else None
    patients = _range(sizes) if sizes else number(result.n)
    return f"the number of events is not printed, {_range(spread)} of {patients} over the reconstructions drawn"


def _range(spread) -> str:
    low, high = number(spread.lowest), number(spread.highest)
    return low if low == high else f"{low} to {high}"


def headline_sentences(name: str) -> str:
    """What the abstract of the paper of a cohort or study prints, one sentence a comparison; '' without a registry."""
    if name not in list_studies():
        return ""
    return " ".join(f"{text}." for _, lines in headlines(load_registry(name)) if (text := headline_text(lines)))


def _group(result) -> tuple[str, str]:
    return ("", "") if result.by in COURSES else (result.by, result.level)


def _spread(kind, result, cohort):
    by, level = _group(result)
    if kind == "hr":
        return drawn(cohort, kind, result.endpoint, result.variable, (result.level, result.reference))
    if kind == "log_rank":
        return drawn(cohort, kind, result.endpoint, by)
    if kind == "survival_at" and not by:
        return drawn(cohort, kind, result.endpoint, at=result.at)
    return drawn(cohort, kind, result.endpoint, by, (level,) if by else ()) if kind == "median" else None


def _form(kind, value, result) -> str:
    """A bound of a spread as it is read: percent, P, or decimals of a time or ratio."""
    if kind == "survival_at":
        return f"{percent(value / 100)}%"
    if kind == "log_rank":
        return p_value(value)
    if np.isinf(value):
        return NOT_REACHED
    return rounded(value, decimals_for(result.unit) if kind == "median" else 2)


def _value(text, result) -> str:
    if result.quantity != "survival.median":
        return text
    return "not reached" if text == NOT_REACHED else f"{text} {result.unit}"


def _p(text) -> str:
    sign = "" if text[:1] in "<>" else "= "
    return f"; P {sign}{text}" if text else ""
