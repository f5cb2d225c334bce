"""Adverse events: the worst grade of each subject, term and course."""

import pandas as pd

from ..intake.cohort import Cohort
from .exposure import counted, course_subjects

ANY = "Any adverse event"
COUNTING_RULE = "A patient counts once for each term and course, at the worst grade."


def derive_worst_grade(cohort: Cohort) -> pd.DataFrame:
    """USUBJID, APHASE, AEDECOD, ATOXGR (worst), with a row AEDECOD = 'Any adverse event' for each subject and course."""
    adae = cohort.table("adae")
    if "ASTDT" in adae:
        adae = adae[adae["ASTDT"].isna() | counted(cohort, adae["ASTDT"])]
    terms = pd.concat([adae, adae.assign(AEDECOD=ANY)])
    return terms.groupby(["USUBJID", "APHASE", "AEDECOD"], observed=True, as_index=False)["ATOXGR"].max()


def course_sizes(cohort: Cohort) -> pd.Series:
    """Subjects at risk of an adverse event: how many had each course that adae mentions."""
    phases = cohort.table("adae")["APHASE"].cat.remove_unused_categories().cat.categories
    return pd.Series({phase: len(course_subjects(cohort, phase)) for phase in phases})
