"""What ended an endpoint, where causes compete: progression or death, death of the cancer or of another cause."""

import pandas as pd

from papercheck.vocabulary.dictionary import load_dictionary
from papercheck.vocabulary.endpoints import endpoint_rules

from .outcome import Outcome

NOT_STATED = "Cause not stated"


def derive_causes(outcome: Outcome) -> dict[str, Outcome]:
    """Each endpoint whose events have at least two known causes, with a column CAUSE: {PARAMCD: its outcome}.

    CAUSE : ordered categorical of labels, missing where censored; events without a known cause are a cause of their
    own, so that no patient is dropped.
    """
    found = {}
    for code in outcome.rows.groupby("PARAMCD", observed=True).groups:
        part = outcome.of(code)
        rows = _with_causes(outcome.cohort, code, part.rows)
        if rows is not None:
            found[code] = part.with_rows(rows)
    return found


def _with_causes(cohort, code, rows):
    from smallsurv.curve import observed  # with scipy, which checks of data do without

    stated, labels = stated_causes(cohort, code, rows), cause_column(code).levels
    event = observed(rows["CNSR"])
    known = [cause for cause in labels if (stated[event] == cause).any()]
    if len(known) < 2:
        return None
    cause = stated.map(labels).fillna(NOT_STATED).where(event)
    levels = [*(labels[c] for c in known), *([NOT_STATED] if (cause == NOT_STATED).any() else [])]
    return rows.assign(CAUSE=pd.Categorical(cause, levels, ordered=True))


def cause_column(code):
    """The column of the dictionary whose levels are the causes of the endpoint `code`."""
    return load_dictionary()["adsl"].columns[endpoint_rules()[code]["causes"]]


def stated_causes(cohort, code, rows) -> pd.Series:
    """The cause of each row of one endpoint as a level of its column, missing where none is stated.

    Of PFS it stands in EVNTDESC, as code or label, whatever the case; of OS in the column of adsl.
    """
    column = cause_column(code)
    if not column.feeds:
        adsl = cohort.table("adsl")
        return rows["USUBJID"].map(adsl.set_index("USUBJID")[column.name].astype(object) if column.name in adsl else {})
    words = {word.casefold(): level for level, label in column.levels.items() for word in (level, label)}
    written = rows["EVNTDESC"].astype(object)
    return written.map({word: words.get(str(word).strip().casefold()) for word in written.unique()})
