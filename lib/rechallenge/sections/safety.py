"""Adverse events: worst grade by term and course."""

import pandas as pd

from papercheck.vocabulary.dictionary import phase_labels

from ..derive.adverse_events import ANY, COUNTING_RULE
from ..show.display import Table
from ..show.standing import standing_note
from ..text.words import count_percent, plural, share_of

GRADES = {"Any": (1, 5), "1–2": (1, 2), "3–4": (3, 4), "5": (5, 5)}


def adverse_event_table(cohort, worst, sizes) -> Table:
    """Each term by course and grade group, n (%); 'Any adverse event' first, then by frequency.

    worst : derive_worst_grade; sizes : patients of each course.
    """
    phases = list(sizes.index)
    counts, numbers = {}, []
    frequency = (
        worst[worst["AEDECOD"] != ANY].groupby("AEDECOD")["USUBJID"].count().sort_values(ascending=False, kind="stable")
    )
    terms = [ANY, *sorted(frequency.index, key=lambda t: (-frequency[t], t))]
    by_grade = worst.groupby(["AEDECOD", "APHASE", "ATOXGR"], observed=True).size().to_dict()
    for term in terms:
        for phase in phases:
            for name, (low, high) in GRADES.items():
                counts[term, phase, name] = sum(by_grade.get((term, phase, g), 0) for g in range(low, high + 1))
    shown = [g for g in GRADES if g != "5" or any(counts[t, p, "5"] for t in terms for p in phases)]
    rows = [[term, *(count_percent(counts[term, p, g], sizes[p]) for p in phases for g in shown)] for term in terms]
    frame = pd.DataFrame(
        [(t, p, f"grade {g}", c, sizes[p]) for (t, p, g), c in counts.items()],
        columns=["term", "phase", "statistic", "count", "n"],
    )
    for record in frame.to_dict("records"):
        place = {"item": record["term"], "by": "APHASE", "group": record["phase"], "method": "worst grade"}
        numbers.append(
            place | {"statistic": f"{record['statistic']}, count", "value": record["count"], "unit": "subjects"}
        )
        numbers.append(
            place
            | {"statistic": f"{record['statistic']}, share", "value": record["count"] / record["n"], "unit": "share"}
        )
    version = f"CTCAE {cohort.meta.ctcae}. " if cohort.meta.ctcae else ""
    notes = [f"{version}{COUNTING_RULE} Denominator: patients of the course.",
             "" if "5" in shown else "No event of grade 5.", standing_note(cohort, "adae")]  # fmt: skip
    key = [
        (f"Adverse events, {phase_labels()[p].lower().replace('ici', 'ICI')}",
         f"any grade {share_of(counts[ANY, p, 'Any'], sizes[p])}, worst grade 3–4 {share_of(counts[ANY, p, '3–4'], sizes[p])}, grade 5: {counts[ANY, p, '5']}")
        for p in phases
    ]  # fmt: skip
    spans = [("", 1), *((f"{phase_labels()[p]} (n = {sizes[p]})", len(shown)) for p in phases)]
    columns = ["Adverse event", *(f"Grade {g}" if g != "Any" else "Any grade" for _ in phases for g in shown)]
    return Table(
        title=f"Adverse events by worst grade, n (%): {plural(len(terms) - 1, 'term')}",
        columns=columns,
        spans=spans,
        rows=rows,
        notes=notes,
        numbers=numbers,
        key=key,
    )
