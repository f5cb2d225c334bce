"""Dates without a calendar: each patient's days count from the patient's own start."""

import pandas as pd

ORIGIN = pd.Timestamp("1900-01-01")  # day 0 of every patient; no date of a patient is so early
UNCOUNTED = pd.Timestamp("1950-01-01")  # where dates after the cut-off are kept, each as far from it as it was
LATEST = pd.Timestamp("1990-01-01")  # a column that holds no later date holds days, no calendar dates


def is_relative(dates: pd.Series) -> bool:
    """Whether a column of dates holds days from a start."""
    known = dates.dropna()
    return len(known) > 0 and bool((known < LATEST).all())


def day_text(date) -> str:
    """A date of either kind in words: 2024-03-05, or day 17."""
    if pd.isna(date):
        return "–"
    date = pd.Timestamp(date)
    if date >= LATEST:
        return f"{date:%Y-%m-%d}"
    return f"day {(date - ORIGIN).days}" if date < UNCOUNTED - pd.Timedelta(days=3650) else "after the cut-off"


def days_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows as they are shown: days from the start in place of dates that are relative (none after the cut-off)."""
    columns = [c for c in frame.select_dtypes("datetime").columns if is_relative(frame[c])]
    days = {c: (frame[c] - ORIGIN).dt.days.astype("Int64").mask(frame[c] >= UNCOUNTED) for c in columns}
    return frame.assign(**days) if days else frame
