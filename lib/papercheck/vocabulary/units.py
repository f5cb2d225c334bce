"""Time units: the one place where days become months."""

DAYS_PER_MONTH = 30.4375


def days_in(unit) -> float:
    """Days in one `unit` (days, weeks or months)."""
    return {"days": 1.0, "weeks": 7.0, "months": DAYS_PER_MONTH}[unit]


def convert(values, source, target):
    """Durations in `source` units as `target` units; unchanged where the units are the same."""
    return values if source == target else values * (days_in(source) / days_in(target))


def reporting_unit(cohort, unit="cohort") -> str:
    """The unit of a report: as asked, else months where courses are dated, else the unit of the data."""
    if unit != "cohort":
        return unit
    return "months" if cohort.dated else cohort.meta.time_unit
