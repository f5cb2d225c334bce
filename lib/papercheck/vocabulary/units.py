"""Time units: the one place where days become months."""

from dataclasses import dataclass

DAYS_PER_MONTH = 30.4375  # 365.25 / 12; a cohort may declare another: `days_per_month` in cohort.yml


@dataclass(frozen=True)
class Calendar:
    """How long the units of time are. month : days of one. A cohort has its own (`Cohort.calendar`); every duration of
    it goes through that one, so that no conversion can forget what the cohort declares."""

    month: float = DAYS_PER_MONTH

    @property
    def usual(self) -> bool:
        """Whether a month is as long as it is where nobody says otherwise."""
        return self.month == DAYS_PER_MONTH

    def days(self, unit: str) -> float:
        """Days in one `unit` (days, weeks, months or years)."""
        return {"days": 1.0, "weeks": 7.0, "months": self.month, "years": 12 * self.month}[unit]

    def convert(self, values, source: str, target: str):
        """Durations in `source` units as `target` units; unchanged where the units are the same."""
        return values if source == target else values * (self.days(source) / self.days(target))


USUAL = Calendar()  # between cohorts, and where none is at hand


def reporting_unit(cohort, unit="cohort") -> str:
    """The unit of a report: as asked, else months where courses are dated, else the unit of the data."""
    if unit != "cohort":
        return unit
    return "months" if cohort.dated else cohort.meta.time_unit
