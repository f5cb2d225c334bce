"""Until when each subject was followed, and when he or she died."""

import pandas as pd

from ..cohort.cohort import Cohort
from .exposure import counted


def death_dates(cohort: Cohort) -> pd.Series:
    """The recorded date of death by subject; empty where none is recorded."""
    adsl = cohort.table("adsl")
    return adsl.set_index("USUBJID")["DTHDT"] if "DTHDT" in adsl else pd.Series(dtype="datetime64[ns]")


def last_contact(cohort: Cohort, subjects: pd.Series) -> tuple[pd.Series, pd.Series]:
    """The day to which each subject was followed, at most the cut-off, and in words what that day is."""
    cutoff = subjects.map(cohort.cutoffs) if cohort.cutoffs is not None else pd.Timestamp(cohort.meta.data_cutoff)
    adsl = cohort.table("adsl").set_index("USUBJID")
    alive = subjects.map(adsl["LSTALVDT"]) if "LSTALVDT" in adsl else pd.Series(pd.NaT, index=subjects.index)
    last = pd.concat([alive, subjects.map(death_dates(cohort)), subjects.map(_last_record(cohort))], axis=1).max(axis=1)
    reasons = pd.Series("Alive at last contact", index=subjects.index).where(last == alive, "Last date on record")
    return last.where(~(last > cutoff), cutoff), reasons.where(~(last > cutoff), "Data cut-off")


def _last_record(cohort) -> pd.Series:
    """The latest counted date on record of each subject, over all tables."""
    parts = []
    for frame in cohort.tables.values():
        for column in frame.select_dtypes("datetime").columns:
            part = frame.loc[counted(cohort, frame[column]), ["USUBJID", column]]
            parts.append(part.set_axis(["USUBJID", "ADT"], axis=1))
    return pd.concat(parts).groupby("USUBJID")["ADT"].max()
