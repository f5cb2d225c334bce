"""Adverse events: the worst grade of each subject, term and course."""

import pandas as pd

from papercheck.files.findings import NotAvailable

from ..cohort.cohort import Cohort
from .exposure import counted, course_subjects

ANY = "Any adverse event"
SEVERE = 3  # grade from which an adverse event is severe: CTCAE
# The groups of worst grades that are counted, lowest and highest: 0 is a grade that is not known.
GRADES = {"Any": (0, 5), "1–2": (1, 2), "3–4": (3, 4), "5": (5, 5)}
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
    """USUBJID, APHASE, AEDECOD, ATOXGR (worst; 0 where no grade is known), with a row AEDECOD = 'Any adverse event' for
    each subject and course.

    Which events count: see derive_events.
    """
    adae = derive_events(cohort)
    grades = adae["ATOXGR"].fillna(0).astype(int) if "ATOXGR" in adae else 0
    adae = adae.assign(ATOXGR=grades)
    terms = pd.concat([adae, adae.assign(AEDECOD=ANY)])
    return terms.groupby(["USUBJID", "APHASE", "AEDECOD"], observed=True, as_index=False)["ATOXGR"].max()


def course_sizes(cohort: Cohort) -> pd.Series:
    """Subjects at risk of an adverse event, of each course that adae mentions: whether events of another were looked
    for is not known."""
    seen = cohort.table("adae")["APHASE"]
    phases = [p for p in seen.cat.categories if (seen == p).any()]
    sizes = pd.Series({phase: len(course_subjects(cohort, phase)) for phase in phases})
    return sizes[sizes > 0]


def derive_paired_events(cohort: Cohort, worst) -> pd.DataFrame:
    """Every term for each subject who had both courses: USUBJID, AEDECOD, INITIAL, RECHALLENGE (True: any grade).

    worst : derive_worst_grade. 'Any adverse event' leads, then the terms by frequency. Raises NotAvailable where adae
    records no event of one of the courses: whether they were looked for is then not known.
    """
    courses = ("INITIAL", "RECHALLENGE")
    if not all((worst["APHASE"] == phase).any() for phase in courses):
        raise NotAvailable("needs adverse events of both courses in adae, to compare the same patients.")
    again = set(course_subjects(cohort, courses[1]))
    subjects = [s for s in course_subjects(cohort, courses[0]) if s in again]
    had = worst[worst["USUBJID"].isin(subjects) & worst["APHASE"].isin(courses)]
    frequency = had[had["AEDECOD"] != ANY].groupby("AEDECOD").size().sort_values(ascending=False, kind="stable")
    terms = [ANY, *sorted(frequency.index, key=lambda t: (-frequency[t], t))]
    grid = pd.MultiIndex.from_product([terms, subjects], names=["AEDECOD", "USUBJID"])
    seen = {phase: pd.MultiIndex.from_frame(had.loc[had["APHASE"] == phase, grid.names]) for phase in courses}
    return pd.DataFrame({phase: grid.isin(rows) for phase, rows in seen.items()}, index=grid).reset_index()
