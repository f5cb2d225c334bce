"""Between which two assessments an endpoint with progression came, of each patient."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from smallsurv.curve import observed

from ..cohort.cohort import Cohort
from ..text.bundle import data_bundle
from ..text.language import say
from .censoring import last_before
from .endpoints import assessed, derive_endpoints, endpoint_name, endpoint_rule
from .outcome import Outcome


@dataclass(frozen=True, eq=False)
class Intervals:
    """outcome : the rows of one endpoint as they are used elsewhere, with LEFT, RIGHT in its unit: the event came after
    the last evaluable assessment before it and up to it, or (RIGHT infinite) after the last assessment; unseen : rows
    without an assessment; last_seen : time of the last assessment of all."""

    outcome: Outcome
    unseen: int
    last_seen: float

    @property
    def ends(self) -> tuple[np.ndarray, np.ndarray]:
        """LEFT and RIGHT (n,)."""
        return self.outcome.rows["LEFT"].to_numpy(float), self.outcome.rows["RIGHT"].to_numpy(float)

    def _repr_mimebundle_(self, include=None, exclude=None):
        return data_bundle(self.outcome.rows, self.outcome.caption())


def derive_intervals(cohort: Cohort, endpoint="PFSR", unit="cohort") -> Intervals:
    """The intervals of an endpoint that counts progression. Raises NotAvailable without dated assessments of its
    course, for an endpoint without progression, or without an event."""
    code = endpoint_name(cohort, endpoint)
    if "progression" not in endpoint_rule(cohort, code)["events"]:
        raise NotAvailable(
            say("needs an endpoint that counts progression: {endpoint} is known to the day.", endpoint=code)
        )
    outcome = derive_endpoints(cohort, [code], unit)
    seen = assessed(cohort, endpoint_rule(cohort, code))
    rows = outcome.rows[outcome.rows["ADT"].notna()].reset_index(drop=True)
    if not len(seen) or rows.empty:
        raise NotAvailable(say("needs the dates of the tumour assessments (adrs, ADT) and of the outcomes."))
    event = observed(rows["CNSR"])
    if not event.any():
        raise NotAvailable(say("needs at least one event of {endpoint}: none is recorded.", endpoint=code))
    before = last_before(rows, seen, rows["ADT"], strict=True)
    until = last_before(rows, seen, rows["ADT"], strict=False)
    last = pd.to_datetime(before.where(event, until))
    left = _since_start(cohort, rows, last, outcome.unit)
    kept = rows.assign(LEFT=left.to_numpy(float), RIGHT=np.where(event, rows["AVAL"], np.inf))
    unseen = int((~rows["USUBJID"].isin(seen["USUBJID"])).sum())
    return Intervals(outcome.with_rows(kept), unseen, float(_since_start(cohort, rows, until, outcome.unit).max()))


def _since_start(cohort, rows, dates, unit) -> pd.Series:
    """Time from the first dose of the course to dates (n,), 0 before it and without one."""
    days = (pd.to_datetime(dates) - pd.to_datetime(rows["STARTDT"])).dt.days.to_numpy(float)
    return cohort.calendar.convert(pd.Series(np.where(days > 0, days + 1, 0.0)), "days", unit)
