"""Adverse events: the worst grade of each subject, term and course."""

import pandas as pd

from ..intake.cohort import Cohort
from .exposure import counted, course_subjects

ANY = "Any adverse event"
COUNTING_RULE = "A patient counts once for each term and course, at the worst grade."


def derive_events(cohort: Cohort) -> pd.DataFrame:
    """The counted rows of adae, one an event.

    Terms that differ only in case or spaces are one term, in its commonest spelling. Events of a course that the
    subject did not have (or that began after the cut-off) do not count.
    """
    adae = cohort.table("adae")
    if "ASTDT" in adae:
        adae = adae[adae["ASTDT"].isna() | counted(cohort, adae["ASTDT"])]
    had = pd.Series(False, index=adae.index)
    for phase in adae["APHASE"].cat.categories:
        had |= (adae["APHASE"] == phase) & adae["USUBJID"].isin(course_subjects(cohort, phase))
    adae = adae[had]
    words = pd.Series(adae["AEDECOD"].unique(), dtype=object)
    folded = adae["AEDECOD"].map(dict(zip(words, words.str.split().str.join(" ").str.casefold(), strict=True)))
    spelling = adae["AEDECOD"].groupby(folded).agg(lambda terms: terms.value_counts().index[0])
    return adae.assign(AEDECOD=folded.map(spelling))


def derive_worst_grade(cohort: Cohort) -> pd.DataFrame:
    """USUBJID, APHASE, AEDECOD, ATOXGR (worst), with a row AEDECOD = 'Any adverse event' for each subject and course.

    Which events count: see derive_events.
    """
    adae = derive_events(cohort)
    terms = pd.concat([adae, adae.assign(AEDECOD=ANY)])
    return terms.groupby(["USUBJID", "APHASE", "AEDECOD"], observed=True, as_index=False)["ATOXGR"].max()


def course_sizes(cohort: Cohort) -> pd.Series:
    """Subjects at risk of an adverse event: how many had rechallenge, and each other course that adae mentions."""
    seen = cohort.table("adae")["APHASE"]
    phases = [p for p in seen.cat.categories if p == "RECHALLENGE" or (seen == p).any()]
    sizes = pd.Series({phase: len(course_subjects(cohort, phase)) for phase in phases})
    return sizes[sizes > 0]
