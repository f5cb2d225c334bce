"""Rules on dates: order, death, last contact, cut-off. Each rule takes the typed tables and the facts and yields findings."""

import pandas as pd

from papercheck.files.findings import Finding
from papercheck.vocabulary.dictionary import load_dictionary

from ..read.flag import flag_rows

EARLIEST = pd.Timestamp(1990, 1, 1)


def dates_out_of_order(tables, meta):
    """End before start, progression before start, rechallenge before the first course."""
    pairs = [
        ("adex", "ASTDT", "AENDT", "the course ends before it starts"),
        ("adex", "ASTDT", "PDDT", "progression before the course starts"),
        ("adtte", "STARTDT", "ADT", "the event or censoring comes before the start"),
    ]
    for table, first, second, rule in pairs:
        frame = tables.get(table)
        if frame is not None and {first, second} <= set(frame.columns):
            yield from flag_rows(
                frame, frame[second] < frame[first], table, second, rule, "Correct one of the two dates."
            )
    adex = tables.get("adex")
    if adex is not None and {"USUBJID", "APHASE", "ASTDT"} <= set(adex.columns):
        first = adex[adex["APHASE"] == "INITIAL"].groupby("USUBJID")["ASTDT"].min()
        bad = (adex["APHASE"] == "RECHALLENGE") & (adex["ASTDT"] <= adex["USUBJID"].map(first))
        yield from flag_rows(
            adex,
            bad,
            "adex",
            "ASTDT",
            "rechallenge starts on or before the first course",
            "Correct one of the two dates.",
        )


def starts_given_twice(tables, meta):
    adex = tables.get("adex")
    if adex is not None and {"USUBJID", "APHASE", "ASTDT"} <= set(adex.columns):
        once = adex["APHASE"].isin(["INITIAL", "RECHALLENGE"])
        bad = once & adex[once].duplicated(["USUBJID", "APHASE"]).reindex(adex.index, fill_value=False)
        yield from flag_rows(
            adex,
            bad,
            "adex",
            "ASTDT",
            "a second start of the same course; the earliest counts",
            "Keep one row a course.",
            severity="warning",
        )


def dates_after_last_contact(tables, meta):
    """A date on record later than the last date known alive: the patient was followed longer than it says."""
    adsl = tables["adsl"]
    if not {"USUBJID", "LSTALVDT"} <= set(adsl.columns):
        return
    last = adsl.dropna(subset=["USUBJID"]).groupby("USUBJID")["LSTALVDT"].max()
    for name, frame in tables.items():
        for column in frame.columns:
            spec = load_dictionary()[name].columns.get(column)
            if spec is not None and spec.type == "date" and column not in ("LSTALVDT", "DTHDT") and "USUBJID" in frame:
                bad = frame[column] > frame["USUBJID"].map(last)
                yield from flag_rows(
                    frame,
                    bad,
                    name,
                    column,
                    "a date after the last date known alive",
                    "Correct this date or LSTALVDT.",
                    severity="warning",
                )


def dates_after_death_or_cutoff(tables, meta):
    adsl = tables["adsl"]
    death = (
        adsl.dropna(subset=["USUBJID"]).groupby("USUBJID")["DTHDT"].min() if {"DTHDT", "USUBJID"} <= set(adsl) else None
    )
    cutoff = pd.Timestamp(meta.data_cutoff) if meta.data_cutoff else None
    dated = False
    for name, frame in tables.items():
        for column in frame.columns:
            spec = load_dictionary()[name].columns.get(column)
            if spec is None or spec.type != "date" or frame[column].isna().all():
                continue
            dated = True
            if death is not None and column != "DTHDT" and "USUBJID" in frame:
                bad = frame[column] > frame["USUBJID"].map(death)
                yield from flag_rows(
                    frame, bad, name, column, "a date after death", "Correct this date or the date of death."
                )
            old = frame[column] < EARLIEST
            yield from flag_rows(
                frame, old, name, column, f"a date before {EARLIEST.year}", "Correct the date.", severity="warning"
            )
            if cutoff is not None:
                rule = f"after the data cut-off {cutoff.date()}; not counted"
                yield from flag_rows(
                    frame,
                    frame[column] > cutoff,
                    name,
                    column,
                    rule,
                    "Correct the date or data_cutoff.",
                    severity="warning",
                )
    if dated and cutoff is None:
        yield Finding(
            "cohort.yml",
            "dates without a data cut-off",
            "Add `data_cutoff: 2024-12-01` (your date).",
            column="data_cutoff",
        )


def courses_without_follow_up(tables, meta):
    """Started courses of subjects with no later date: nothing can be derived for them."""
    adex = tables.get("adex")
    if adex is None or not {"USUBJID", "APHASE", "ASTDT"} <= set(adex.columns):
        return
    dates = [
        frame[["USUBJID", c]].set_axis(["USUBJID", "date"], axis=1)
        for name, frame in tables.items() if "USUBJID" in frame and name != "adtte"
        for c in frame.columns if pd.api.types.is_datetime64_any_dtype(frame[c])
    ]  # fmt: skip
    last = pd.concat(dates).groupby("USUBJID")["date"].max()
    given = set(tables["adtte"]["USUBJID"]) if "adtte" in tables else set()
    bad = (
        (adex["APHASE"] == "RECHALLENGE") & ~(adex["USUBJID"].map(last) > adex["ASTDT"]) & ~adex["USUBJID"].isin(given)
    )
    yield from flag_rows(
        adex,
        bad,
        "adex",
        "ASTDT",
        "no date after the start of the course: left out of its time to event",
        "Add LSTALVDT (last date known alive), progression or death.",
        severity="warning",
    )
