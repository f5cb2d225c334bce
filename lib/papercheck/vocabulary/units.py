"""Time units: the one place where days become months."""

DAYS_PER_MONTH = 30.4375  # 365.25 / 12; a cohort may declare another: `days_per_month` in cohort.yml


def days_in(unit, month=DAYS_PER_MONTH) -> float:
    """Days in one `unit` (days, weeks or months); month : days of a month."""
    return {"days": 1.0, "weeks": 7.0, "months": month}[unit]


def convert(values, source, target, month=DAYS_PER_MONTH):
    """Durations in `source` units as `target` units, a month of so many days; unchanged where the units are the same."""
    return values if source == target else values * (days_in(source, month) / days_in(target, month))


def reporting_unit(cohort, unit="cohort") -> str:
    """The unit of a report: as asked, else months where courses are dated, else the unit of the data."""
    if unit != "cohort":
        return unit
    return "months" if cohort.dated else cohort.meta.time_unit
