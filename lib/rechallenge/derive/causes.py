"""What ended an endpoint, where several causes compete: progression or death, death of the cancer or of another cause."""

import pandas as pd

from ..estimate.survival import observed
from ..intake.dictionary import load_dictionary
from .endpoints import endpoint_rules

NOT_STATED = "Cause not stated"


def derive_causes(cohort, adtte) -> dict[str, pd.DataFrame]:
    """The rows of each endpoint of `adtte` whose events have at least two known causes, with a column CAUSE: {PARAMCD: rows}.

    adtte : of derive_endpoints. CAUSE : ordered categorical of labels, missing where censored; events without a known cause
    are a cause of their own, so that no patient is dropped.
    """
    found = {code: _with_causes(cohort, code, rows) for code, rows in adtte.groupby("PARAMCD", observed=True)}
    return {code: rows for code, rows in found.items() if rows is not None}


def _with_causes(cohort, code, rows):
    labels, stated = _stated(cohort, endpoint_rules()[code], rows)
    event = observed(rows["CNSR"])
    known = [label for label in dict.fromkeys(labels.values()) if (stated[event] == label).any()]
    if len(known) < 2:
        return None
    cause = stated.where(stated.isin(known), NOT_STATED).where(event)
    levels = [*known, *([NOT_STATED] if (cause == NOT_STATED).any() else [])]
    return rows.assign(CAUSE=pd.Categorical(cause, levels, ordered=True))


def _stated(cohort, rule, rows):
    """The causes an endpoint may have ({what is written: label}), and the label of each row as far as it is stated."""
    column = rule.get("cause_column")
    if column:
        labels, adsl = dict(load_dictionary()["adsl"].columns[column].levels), cohort.table("adsl")
        written = rows["USUBJID"].map(adsl.set_index("USUBJID")[column]) if column in adsl else rows["USUBJID"].map({})
        return labels, written.astype(object).map(labels)
    labels = {key.casefold(): label for word, label in rule["causes"].items() for key in (word, label)}
    return labels, rows["EVNTDESC"].astype(object).map(lambda word: labels.get(str(word).strip().casefold()))
