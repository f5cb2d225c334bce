"""The first picture of a report: both courses at a glance, for a wide screen and for a phone."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from smallsurv.curve import band, median_survival, observed, survival_curves

from ..derive.endpoints import derive_endpoints
from ..derive.exposure import derive_lanes
from ..derive.outcome import Outcome
from ..replication.prints import held_to_prints, printed_median
from ..show.display import Figure
from ..show.figures.composed import NAMED, WORDS, FirstScreen, first_screen
from ..show.standing import drawn_at_random, standing_note
from ..show.timeline import SINCE
from ..text.language import say
from ..text.words import INTERVAL_NAMES, decimals_for, with_interval
from .curves import time_label, time_ticks
from .paired import PAIRING
from .survival import checked_method

PHASES = {"PFS1": "INITIAL", "PFSR": "RECHALLENGE", "OS": "OS"}
COURSES = ("INITIAL", "RECHALLENGE")
MOST = 120  # patients who are drawn one by one
BANDS = {"spss": "plain", "bootstrap": "log-log"}  # what stands for an interval that is none of a curve
CAPTIONS = {  # by whether there are changes of lesions, and each patient
    (
        True,
        True,
    ): (
        "A: Kaplan-Meier, pointwise {method} bands. B: best change of the sum of target lesions; lines at +20% and"
        " −30%. C: both courses of each patient, {unit}. Order of the patients in B by change on rechallenge, in C by"
        " duration."
    ),
    (
        True,
        False,
    ): (
        "A: Kaplan-Meier, pointwise {method} bands. B: best change of the sum of target lesions; lines at +20% and"
        " −30%. Order of the patients by change on rechallenge."
    ),
    (
        False,
        True,
    ): (
        "A: Kaplan-Meier, pointwise {method} bands. B: both courses of each patient, {unit}, by duration of"
        " rechallenge."
    ),
    (False, False): "Kaplan-Meier, pointwise {method} bands.",
}
BESIDE = "A: progression-free survival. B: overall survival. Kaplan-Meier, pointwise {method} bands."
ALONE = {  # the same where the report has one course only
    (
        True,
        True,
    ): (
        "A: Kaplan-Meier, pointwise {method} bands. B: best change of the sum of target lesions; lines at +20% and"
        " −30%. C: the course of each patient, {unit}. Order of the patients in B by change, in C by duration."
    ),
    (
        True,
        False,
    ): (
        "A: Kaplan-Meier, pointwise {method} bands. B: best change of the sum of target lesions; lines at +20% and"
        " −30%. Order of the patients by change."
    ),
    (
        False,
        True,
    ): "A: Kaplan-Meier, pointwise {method} bands. B: the course of each patient, {unit}, by duration.",
}


@dataclass(frozen=True)
class Glance:
    """What the picture is made of: the outcome of both courses,
    changes of lesions and best responses where there are.
    """

    outcome: Outcome
    changes: pd.DataFrame | None = None
    best: pd.DataFrame | None = None
    method: str = "log-log"
    curves: dict = field(init=False)

    def __post_init__(self):
        curves = survival_curves(self.outcome.rows, "PARAMCD")
        object.__setattr__(self, "curves", {PHASES[code]: curve for code, curve in curves.items()})

    def medians(self) -> dict[str, str]:
        """{phase: '2.90 (1.68-8.19)'}; of pseudo-patients as the paper prints them, where it prints each interval."""
        printed = self.printed()
        if printed:
            return printed
        digits = decimals_for(self.outcome.unit)
        found = median_survival(self.outcome.rows, "PARAMCD", checked_method(self.method))
        return {PHASES[m.group]: with_interval(m.median, m.ci_low, m.ci_high, digits) for m in found.itertuples()}

    def printed(self) -> dict[str, str]:
        """{phase: '2.90 (1.97–3.83)'} of the paper behind pseudo-patients; {} unless it prints every interval."""
        cohort, found = self.outcome.cohort, {}
        same = held_to_prints(cohort) and self.outcome.unit == cohort.meta.time_unit
        for code in self.outcome.endpoints if same else ():
            estimate, limits = printed_median(cohort, code)
            if not limits:
                return {}
            found[PHASES[code]] = f"{estimate} ({limits})"
        return found

    def bands(self) -> dict[str, tuple]:
        kind = BANDS.get(self.method, self.method)
        return {phase: band(curve, kind) for phase, curve in self.curves.items() if curve.events}

    def lesion_changes(self) -> dict[str, dict]:
        """{phase: {patient: percent}} of a cohort that is small enough for a bar a patient."""
        if self.changes is None or self.changes["USUBJID"].nunique() > MOST:
            return {}
        groups = self.changes.groupby("APHASE", observed=True)
        found = {str(phase): dict(zip(rows["USUBJID"], rows["PCHG"], strict=True)) for phase, rows in groups}
        return {phase: found.get(phase, {}) for phase in COURSES} if found else {}

    def lanes(self) -> pd.DataFrame | None:
        """One bar a patient and course; None where rechallenge
        has no duration, or for many patients of one course alone, of whom the curve says as much.
        """
        try:
            lanes = derive_lanes(self.outcome)
        except NotAvailable:
            return None
        lanes = lanes.assign(ongoing=~observed(lanes["CNSR"]))
        return lanes if lanes["USUBJID"].nunique() <= (MOST if len(self.curves) > 1 else NAMED) else None

    def overall(self) -> "Glance | None":
        """Overall survival of the same patients, from the start of rechallenge; None where it cannot be told."""
        try:
            return Glance(derive_endpoints(self.outcome.cohort, ["OS"], self.outcome.unit), method=self.method)
        except NotAvailable:
            return None

    def responses(self) -> dict[str, str]:
        """{patient: best response on rechallenge}."""
        if self.best is None:
            return {}
        rows = self.best[self.best["APHASE"] == "RECHALLENGE"]
        return dict(zip(rows["USUBJID"], rows["AVALC"].astype(str), strict=True))


def first_picture(outcome: Outcome, changes=None, best=None, method: str = "log-log") -> list[Figure]:
    """PFS on both courses with numbers at risk and medians, change of the lesions, and each patient: wide and stacked.

    outcome : PFS1 and PFSR; changes : derive_best_change; best : derive_best_response. Without changes and lanes, as
    of more than MOST patients, overall survival stands beside the curves; the curve of one course without it is no
    picture of its own (glance.curve).
    """
    glance = Glance(outcome, changes, best, method)
    shown = _first_screen(glance)
    panels = bool(shown.changes), shown.lanes is not None
    both, composed = len(shown.curves) > 1, any(panels) or shown.overall is not None
    paired = both and shown.lanes is not None and outcome.cohort.meta.kind == "pseudo"
    caption = BESIDE if shown.overall else CAPTIONS[panels] if both else ALONE.get(panels, CAPTIONS[panels])
    note = say(caption, method=say(BANDS.get(method, method)), unit=outcome.unit)
    many = any(panels) and outcome.rows["USUBJID"].nunique() > NAMED
    each = say("; ").join(f"{shown.words[p]} {text}" for p, text in shown.median_texts.items())
    alt = f"{shown.words['A']}; " + say("median {unit} (95% CI): {each}.", unit=outcome.unit, each=each)
    title = (
        say("Both courses at a glance")
        if both
        else say("{course} at a glance", course=shown.words[next(iter(shown.curves))])
    )
    return [
        Figure(
            id="glance.picture" if both or composed else "glance.curve",
            of=kind,
            title=title + (" †" if paired else ""),
            figure=first_screen(shown, stacked=kind == "phone")[0],
            alt=alt,
            curves_of=(*outcome.endpoints, *(["OS"] if shown.overall else []), *(["PCHG"] if shown.changes else [])),
            name=f"glance_{kind}",
            notes=[note, say("Single patients are not named.") if many else "", *_not_patients(glance, shown, paired)],
        )
        for kind in (("wide", "phone") if both or composed else ("wide",))
    ]


def _not_patients(glance, shown, paired) -> list[str]:
    """What of the picture is drawn freely, for pseudo-patients."""
    cohort = glance.outcome.cohort
    if cohort.meta.kind != "pseudo":
        return []
    endpoints = [*glance.outcome.endpoints, *(shown.overall.curves if shown.overall else ())]
    drawn = standing_note(cohort, "adtr") if shown.changes else ""
    coloured = standing_note(cohort, "adrs") if shown.lanes is not None and glance.best is not None else ""
    return [
        standing_note(cohort, *(f"adtte.{code}" for code in endpoints)),
        coloured,
        drawn,
        say(PAIRING) if paired else "",
    ]


def _first_screen(glance) -> FirstScreen:
    changes, lanes = glance.lesion_changes(), glance.lanes()
    parts = {"changes": changes, "lanes": lanes, "responses": glance.responses()}
    overall = None if changes or lanes is not None or [*glance.curves] == ["OS"] else glance.overall()
    return _screen(glance, **parts, overall=_screen(overall) if overall else None)


def _screen(glance, **parts) -> FirstScreen:
    longest = max(curve.time[-1] for curve in glance.curves.values())
    ticks = np.asarray(time_ticks(longest, glance.outcome.unit))
    words = _words(glance)
    if [*glance.curves] == ["OS"]:
        words["from"] = time_label(glance.outcome)
    return FirstScreen(glance.curves, ticks, glance.medians(), glance.bands(), words=words, **parts)


def _words(glance) -> dict[str, str]:
    months, named = glance.outcome.unit == "months", say(INTERVAL_NAMES[glance.method])
    words = {key: say(text) for key, text in WORDS.items()}
    if len(glance.curves) == 1:
        words["A"] = say("Progression-free survival: {course}", course=words[next(iter(glance.curves))])
    words["median"] = (
        say("Median, months (95% CI, {method})", method=named)
        if months
        else say("Median, days (95% CI, {method})", method=named)
    )
    if held_to_prints(glance.outcome.cohort):
        words["median"] = (
            say("Median of one reconstruction, months (95% CI)")
            if months
            else say("Median of one reconstruction, days (95% CI)")
        )
    if glance.printed():
        words["median"] = (
            say("Median, months (95% CI, as printed)") if months else say("Median, days (95% CI, as printed)")
        )
    if not months:
        words |= {
            "from": say("Days from the start of the course"),
            "around": say("Days before and after rechallenge began"),
        }
    if [*glance.curves] == ["RECHALLENGE"]:  # nothing is drawn before the start
        words["around"] = say(SINCE[glance.outcome.unit])
    if drawn_at_random(glance.outcome.cohort, "adtr"):
        words["B"] = say("Best change of target lesions (%), drawn at random")
    return words
