"""How else a paper may have counted its times and its patients: tried where a printed number does not come back."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import pandas as pd

from ..cohort.cohort import Cohort

KEPT, LEFT_OUT, AS_EVENTS = "kept", "left out", "as events"
MONTHS = {
    30.0: "months of 30 days",
    30.4375: "months of 30.4375 days",
    365 / 12: "months of 365/12 days",
    28.0: "months of 28 days",
}
FAULTS = {
    LEFT_OUT: "every censored patient left out, which is no estimate of survival",
    AS_EVENTS: "every censored patient counted as an event, which is no estimate of survival",
}


@dataclass(frozen=True)
class Counting:
    """One way of counting. month : days of a month, 0 as the cohort; first_day : whether the day of the start counts;
    censored : KEPT, LEFT_OUT or AS_EVENTS."""

    month: float = 0.0
    first_day: bool = True
    censored: str = KEPT

    @property
    def sound(self) -> bool:
        """Whether it is a convention; to drop the censored, or to take them for events, is a fault."""
        return self.censored == KEPT

    @property
    def words(self) -> list[str]:
        """What it does, in words; [] where it changes nothing."""
        said = [MONTHS[self.month]] if self.month else []
        said += [] if self.first_day else ["the day of the start not counted"]
        return [*said, *([] if self.sound else [FAULTS[self.censored]])]

    def recounted(self, rows: pd.DataFrame, cohort: Cohort) -> pd.DataFrame:
        """The rows of an outcome counted so. Days are taken from durations that dates give alone, and months are made
        anew only of what days made."""
        if self == AS_IS:
            return rows
        time, dated = rows["AVAL"], rows["ADT"].notna() & rows["STARTDT"].notna()
        unit = rows["UNIT"].iloc[0] if len(rows) else ""
        if not self.first_day and unit:
            time = time.where(~dated, time - cohort.calendar.convert(1.0, "days", unit))
        if self.month and unit == "months":
            of_days = dated | (cohort.meta.time_unit != "months")
            time = time.where(~of_days, time * (cohort.calendar.month / self.month))
        rows = rows.assign(AVAL=time.clip(lower=0.0))
        if self.censored == LEFT_OUT:
            return rows[rows["CNSR"] == 0]
        return rows.assign(CNSR=0) if self.censored == AS_EVENTS else rows


AS_IS = Counting()


def countings(cohort: Cohort) -> Iterator[Counting]:
    """The ways to try, conventions before faults, those that change least first."""
    counted = cohort.dated or cohort.meta.time_unit != "months"  # days become months, or the months that are given stay
    months = [month for month in MONTHS if counted and month != cohort.calendar.month]
    adtte = cohort.tables.get("adtte")
    days = (True, False) if cohort.dated or (adtte is not None and "ADT" in adtte) else (True,)
    tried = [
        Counting(month, first_day, censored)
        for censored, first_day, month in product((KEPT, LEFT_OUT, AS_EVENTS), days, (0.0, *months))
    ]
    changes = lambda c: bool(c.month) + (not c.first_day)  # noqa: E731
    yield from sorted((c for c in tried if c != AS_IS), key=lambda c: (not c.sound, changes(c)))
