"""Adverse events: worst grade by term and course."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from ..cohort.cohort import Cohort
from ..derive.adverse_events import ANY, COUNTING_RULE, GRADES
from ..derive.exposure import PHASES, course_starts
from ..replication.prints import grades_printed
from ..results import Result
from ..show.display import Table
from ..show.labels import group_label
from ..show.standing import standing_note
from ..text.language import say
from ..text.words import continued, count_percent, listed, plural, share_of

BOUNDS = (
    "† How many patients had any adverse event is not printed: at least as many as had one of the terms, at most as"
    " many as all terms count together."
)
NO_EVENTS = (
    "No adverse event is on record ({courses}): whether any was looked for is not known, so none is counted as 0."
)


@dataclass(frozen=True)
class _Counts:
    """Patients by term, course and group of grades. sizes : patients of each course."""

    terms: list
    sizes: Mapping
    counts: Mapping

    def of(self, term, phase, grade) -> int:
        return self.counts[term, phase, grade]

    def shown(self) -> list[str]:
        """The groups of grades that have a column: 5 only where it occurred."""
        deaths = any(self.of(t, p, "5") for t in self.terms for p in self.sizes)
        return [g for g in GRADES if g != "5" or deaths]


def adverse_event_table(cohort: Cohort, worst: pd.DataFrame, sizes: pd.Series) -> Table:
    """Each term by course and grade group, n (%); 'Any adverse event' first, then by frequency.

    worst : derive_worst_grade; sizes : patients of each course (course_sizes).
    """
    found = _counted(worst, sizes.to_dict())
    shown, phases = found.shown(), list(found.sizes)
    heads = [_course_head(cohort, p, found.sizes[p]) for p in phases]
    title = "Adverse events by worst grade, n (%): {terms}"
    open_ = any(_bounds(cohort, found, p, g) for p in phases for g in shown)
    return Table(
        id="safety.worst_grade",
        title=say(title, terms=plural(len(found.terms) - 1, "term")),
        spans=[("", 1), *((head, len(shown)) for head in heads)],
        columns=[say("Adverse event"), *(_grade(g) for _ in phases for g in shown)],
        rows=[
            [
                say(t) + (" †" if t == ANY and open_ else ""),
                *(_cell(cohort, found, t, p, g) for p in phases for g in shown),
            ]
            for t in found.terms
        ],
        notes=[
            _counting_note(cohort),
            "" if "5" in shown else _no_deaths(cohort, phases),
            _no_grade(worst),
            _not_looked_for(cohort, phases),
            say(BOUNDS) if open_ else "",
            standing_note(cohort, "adae"),
        ],
        results=[_result(cohort, found, t, p) for t in found.terms for p in phases],
        key=[_key(cohort, found, p) for p in phases],
    )


def _no_deaths(cohort, phases) -> str:
    """That no event was of grade 5; of pseudo-patients only where that is printed."""
    unknown = [group_label(cohort, "APHASE", p) for p in phases if not grades_printed(cohort, (5, 5), p)]
    if unknown:
        return say("Events of grade 5: not printed ({courses}).", courses=listed(map(continued, unknown)))
    return say("No event of grade 5.")


def _not_looked_for(cohort, phases) -> str:
    """That adae holds no event of a course which patients are known to have had; '' otherwise."""
    courses = [p for p in PHASES if p not in phases and len(course_starts(cohort, p))]
    named = listed(continued(group_label(cohort, "APHASE", p)) for p in courses)
    return say(NO_EVENTS, courses=named) if courses else ""


def _no_grade(worst) -> str:
    """How many terms of patients have no known grade."""
    terms = int(((worst["AEDECOD"] != ANY) & (worst["ATOXGR"] == 0)).sum())
    return (
        say("Grade not known ({terms}): counted under any grade alone.", terms=plural(terms, "event")) if terms else ""
    )


def _counted(worst, sizes) -> _Counts:
    named = worst[worst["AEDECOD"] != ANY]
    frequency = named.groupby("AEDECOD")["USUBJID"].count().sort_values(ascending=False, kind="stable")
    terms = [ANY, *sorted(frequency.index, key=lambda t: (-frequency[t], t))]
    by_grade = worst.groupby(["AEDECOD", "APHASE", "ATOXGR"], observed=True).size().to_dict()
    counts = {
        (term, phase, name): sum(int(by_grade.get((term, phase, g), 0)) for g in range(low, high + 1))
        for term in terms
        for phase in sizes
        for name, (low, high) in GRADES.items()
    }
    return _Counts(terms, sizes, counts)


def _course_head(cohort, phase, n) -> str:
    return say("{course} (n = {n})", course=group_label(cohort, "APHASE", phase), n=n)


def _grade(grade) -> str:
    return say("Any grade") if grade == "Any" else say("Grade {g}", g=grade)


def _counting_note(cohort) -> str:
    version = say("CTCAE {version}.", version=cohort.meta.ctcae) if cohort.meta.ctcae else ""
    return " ".join(filter(None, [version, say(COUNTING_RULE), say("Denominator: patients of the course.")]))


def _result(cohort, found, term, phase) -> Result:
    """Counts and shares of one term and course.

    Which pseudo-patients had any event at all is a choice, as the terms of a patient are.
    """
    values, units = {}, {}
    for grade in GRADES:
        if grade == "5" and not _known(cohort, found, term, phase):
            continue
        count = found.of(term, phase, grade)
        values |= {f"grade {grade}, count": count, f"grade {grade}, share": count / found.sizes[phase]}
        units |= {f"grade {grade}, count": "subjects", f"grade {grade}, share": "share"}
    place = {"by": "APHASE", "level": phase, "variable": term, "method": "worst grade", "item": term}
    free = term == ANY and any(_bounds(cohort, found, phase, g) for g in GRADES)
    return Result("adverse_event.worst_grade", values, units, free=free, **place)


def _key(cohort, found, phase) -> tuple[str, str]:
    any_grade, severe = (_share(cohort, found, phase, g) for g in ("Any", "3–4"))
    head = say("Adverse events, {course}", course=continued(group_label(cohort, "APHASE", phase)))
    if not _known(cohort, found, ANY, phase):
        return head, say("any grade {a}, worst grade 3–4 {b}, grade 5: not printed", a=any_grade, b=severe)
    text = "any grade {a}, worst grade 3–4 {b}, grade 5: {c}"
    return head, say(text, a=any_grade, b=severe, c=found.of(ANY, phase, "5"))


def _bounds(cohort, found, phase, grade) -> tuple[int, int] | None:
    """The fewest and the most patients with any event of these grades, where pseudo-patients alone say how many they
    are.

    At least as many as with one term, at most as many as with all terms together; None where both are the same, or
    where the number is printed.
    """
    low, high = _limits(cohort, found, phase, grade)
    return (low, high) if low < high else None


def _limits(cohort, found, phase, grade) -> tuple[int, int]:
    """The fewest and the most patients whose worst event is of these grades."""
    if grades_printed(cohort, GRADES[grade], phase):
        return (found.of(ANY, phase, grade),) * 2
    counts = [found.of(t, phase, grade) for t in found.terms if t != ANY]
    low, high = max(counts, default=0), min(sum(counts), found.sizes[phase])
    if grade != "1–2":
        return low, high
    every, *worse = (_limits(cohort, found, phase, g) for g in ("Any", "3–4", "5"))  # mild: any, and no worse one
    fewest, most = (sum(limits) for limits in zip(*worse, strict=True))
    return max(0, low - most, every[0] - most), min(high, every[1] - fewest)


def _cell(cohort, found, term, phase, grade) -> str:
    bounds = _bounds(cohort, found, phase, grade) if term == ANY else None
    return "–".join(map(str, bounds)) if bounds else count_percent(found.of(term, phase, grade), found.sizes[phase])


def _share(cohort, found, phase, grade) -> str:
    """'9/14 (64.3%)', or the bounds where nobody prints the number."""
    bounds, n = _bounds(cohort, found, phase, grade), found.sizes[phase]
    if bounds:
        return say("not printed, {low} to {high} of {n}", low=bounds[0], high=bounds[1], n=n)
    return share_of(found.of(ANY, phase, grade), n)


def _known(cohort, found, term, phase) -> bool:
    """Whether the number of patients with grade 5 is more than a column that the source does not print."""
    return bool(found.of(term, phase, "5")) or grades_printed(cohort, (5, 5), phase)
