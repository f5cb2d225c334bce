"""An outcome whose times count from before its patients were observed: entry and exit of each on the earlier clock."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from papercheck.vocabulary.endpoints import endpoint_rules
from smallsurv.times import noise

from ..cohort.cohort import Cohort
from ..text.bundle import data_bundle
from ..text.language import say
from ..text.words import plural
from .endpoints import derive_endpoints, endpoint_name, endpoint_rule
from .exposure import course_starts
from .outcome import Outcome
from .states import starts_of


@dataclass(frozen=True, eq=False)
class LateOutcome:
    """outcome : one endpoint; its rows have ENTRY and AVAL (exit) in its unit, counted from `zero` (in words).

    unknown : patients left out as the entry is not known; outside : as they are not at risk after it; since : months
    from zero that a patient must have lived to count.
    """

    outcome: Outcome
    zero: str
    unknown: int
    outside: int
    since: float = 0.0

    def _repr_mimebundle_(self, include=None, exclude=None):
        return data_bundle(self.outcome.rows, self.outcome.caption())


def derive_late_entry(
    cohort: Cohort, endpoint="OS", unit="cohort", censor_at="last follow-up", since=0.0
) -> LateOutcome:
    """The outcome of an endpoint on the clock that cohort.yml declares under `late_entry`.

    since : months from zero; who left before does not count, who entered before enters then. Raises NotAvailable where
    nothing is declared, nobody's entry is known, or nobody is at risk.
    """
    late = cohort.meta.late_entry
    if late is None:
        raise NotAvailable(say("needs to know from when each patient was observed: `late_entry` in cohort.yml."))
    outcome = derive_endpoints(cohort, [endpoint_name(cohort, endpoint)], unit, censor_at)
    gap, entry = _gap(cohort, late, outcome), _entry(cohort, late, outcome)
    rows = outcome.rows.assign(ENTRY=np.maximum(gap + entry, 0.0), AVAL=gap + outcome.rows["AVAL"])
    known = rows["ENTRY"].notna() & rows["AVAL"].notna()
    if not known.any():
        named = next(getattr(late, k) for k in late.model_fields_set if k != "label" and getattr(late, k))
        raise NotAvailable(say("needs {column} of the patients: nobody has a value of it.", column=named))
    least = outcome.time(since)
    rows = rows[known].assign(ENTRY=rows["ENTRY"].clip(lower=least))
    inside = rows["AVAL"] > rows["ENTRY"] + noise(rows["AVAL"])
    if not inside.any():
        raise NotAvailable(say("needs patients at risk after they were first observed; nobody is."))
    zero = late.label or endpoint_rules()["PFS1" if late.zero_course else outcome.endpoints[0]]["zero"]
    if not (late.zero_course or late.zero_date or late.zero_time):
        zero = endpoint_rule(cohort, outcome.endpoints[0])["zero"]
    unknown, outside = int((~known).sum()), int((~inside).sum())
    return LateOutcome(outcome.with_rows(rows[inside].reset_index(drop=True)), zero, unknown, outside, float(since))


def _converted(cohort, times, unit, outcome) -> pd.Series:
    return cohort.calendar.convert(times.astype(float), unit, outcome.unit)


def _gap(cohort, late, outcome) -> pd.Series:
    """Time from zero to the start of the endpoint; 0 where zero is that start."""
    rows = outcome.rows
    if late.zero_time:
        return _converted(cohort, _of(cohort, rows, late.zero_time), cohort.meta.time_unit, outcome)
    if not (late.zero_date or late.zero_course):
        return pd.Series(0.0, index=rows.index)
    zero = (
        _of(cohort, rows, late.zero_date) if late.zero_date else rows["USUBJID"].map(course_starts(cohort, "INITIAL"))
    )
    gap = _converted(cohort, (starts_of(cohort, rows) - pd.to_datetime(zero)).dt.days, "days", outcome)
    return gap.where(gap >= 0)


def _entry(cohort, late, outcome) -> pd.Series:
    """Time from the start of the endpoint to the entry; 0 where that is the start."""
    rows = outcome.rows
    if late.entry_time:
        return _converted(cohort, _of(cohort, rows, late.entry_time), cohort.meta.time_unit, outcome)
    if not late.entry_date:
        return pd.Series(0.0, index=rows.index)
    return _converted(cohort, (_of(cohort, rows, late.entry_date) - starts_of(cohort, rows)).dt.days, "days", outcome)


def _of(cohort, rows, column) -> pd.Series:
    adsl = cohort.table("adsl")
    if column not in adsl:
        raise NotAvailable(
            say("needs the column {column} in adsl, which `late_entry` in cohort.yml names.", column=column)
        )
    return rows["USUBJID"].map(adsl.set_index("USUBJID")[column])


def left_out_words(late: LateOutcome) -> str:
    """Who does not count, and why."""
    said = []
    if late.unknown:
        said.append(say("{patients} without a known entry left out.", patients=plural(late.unknown, "patient")))
    if late.outside:
        said.append(say("{patients} not at risk after the entry left out.", patients=plural(late.outside, "patient")))
    return " ".join(said)
