"""Rules on factors that arise after the start: each level that arose has its moment, and no other has one."""

import pandas as pd

from papercheck.audit.finding import Message
from papercheck.files.findings import Finding

from .rule import Data, Hit

NO_DATE = "It is described and not compared. Name the column of its date (`date:`) to compare by it."
NO_DATE_PRINTED = "It is described and not compared: no date of it is printed."


def _moments(data):
    """(factor, rows of adsl, whether the later level holds, when it arose) of each factor with both columns."""
    for factor in data.meta.factors.values():
        column = factor.date or factor.time
        adsl = data.rows("adsl", "USUBJID", factor.name, column) if column else None
        if adsl is not None and factor.levels and factor.name not in data.meta.groupings:
            level = adsl[factor.name]
            yield factor, adsl, level.notna() & (level.astype(object) != factor.reference), column


def levels_without_moment(data: Data):
    """A level that is not the reference, of which nobody wrote when it arose."""
    for factor, adsl, arose, column in _moments(data):
        yield Hit("adsl", adsl, arose & adsl[column].isna(), factor.name)


def moments_without_level(data: Data):
    """A moment of something that, by its level, did not happen."""
    for factor, adsl, arose, column in _moments(data):
        never = adsl[factor.name].notna() & ~arose
        other = adsl[column].where(pd.Series(True, index=adsl.index))
        yield Hit("adsl", adsl, never & adsl[column].notna(), factor.name, other=other, label=f"{column} {{}}")


def factors_without_moment(data: Data):
    """A factor that is declared to arise later, or to be dated, without a date of anybody."""
    adsl = data.rows("adsl", "USUBJID")
    for factor in data.meta.factors.values() if adsl is not None else ():
        column = factor.date or factor.time
        if not factor.after_baseline or factor.name in data.meta.groupings:
            continue
        line = data.meta.lines.get(("factors", factor.name))
        if column and (column not in adsl or adsl[column].isna().all()):
            rule = Message("{factor} arises later, and no {column} says when", factor=factor.name, column=column)
            action = Message("Add the column {column} to adsl.", column=column)
            yield Finding("cohort.yml", rule, action, row=line, column=factor.name)
        elif not column and factor.name in adsl:
            rule = Message("{factor} arises after the start and carries no date", factor=factor.name)
            action = NO_DATE_PRINTED if data.meta.reconstructed else NO_DATE
            yield Finding("cohort.yml", rule, action, row=line, column=factor.name, severity="note")


def entries_after_exit(data: Data):
    """An entry at or after death or last contact, or not before the time of the endpoint."""
    late, adsl = data.meta.late_entry, data.rows("adsl", "USUBJID")
    if late is None or adsl is None:
        return
    if late.entry_date in adsl:
        for name in ("DTHDT", "LSTALVDT"):
            if name in adsl:
                other = adsl[name] if name == "DTHDT" or "DTHDT" not in adsl else adsl[name].where(adsl["DTHDT"].isna())
                bad = adsl[late.entry_date] > other
                yield Hit("adsl", adsl, bad, late.entry_date, other=other, label=f"{name} {{}}")
    adtte = data.rows("adtte", "USUBJID", "PARAMCD", "AVAL")
    if late.entry_time in adsl and adtte is not None:
        length = adtte[adtte["PARAMCD"] == "OS"].groupby("USUBJID")["AVAL"].max()
        other = adsl["USUBJID"].map(length)
        yield Hit("adsl", adsl, adsl[late.entry_time] >= other, late.entry_time, other=other, label="OS {}")


def zeros_after_start(data: Data):
    """A date from which times count that is later than the start of rechallenge; a time to it that is below zero."""
    late, adsl = data.meta.late_entry, data.rows("adsl", "USUBJID")
    if late is None or adsl is None:
        return
    if late.zero_date in adsl:
        start = adsl["USUBJID"].map(data.starts("RECHALLENGE"))
        yield Hit("adsl", adsl, adsl[late.zero_date] > start, late.zero_date, other=start, label="rechallenge {}")
    if late.zero_time in adsl:
        yield Hit("adsl", adsl, adsl[late.zero_time] < 0, late.zero_time)


def choices_out_of_order(data: Data):
    """Rechallenge before it could be chosen, or after the end of follow-up; follow-up that ends where it begins."""
    told, adsl = data.meta.emulation, data.rows("adsl", "USUBJID")
    if told is None or adsl is None:
        return
    if told.zero_date in adsl:
        zero = adsl[told.zero_date]
        for column, words in (
            (told.start_date, "rechallenge before it could be chosen"),
            ("DTHDT", "death before the choice"),
        ):
            if column in adsl:
                yield Hit("adsl", adsl, adsl[column] < zero, column, words, other=zero, label=f"{told.zero_date} {{}}")
    if told.time in adsl:
        words = "no follow-up after the choice"
        yield Hit("adsl", adsl, adsl[told.time] <= 0, told.time, words)
        if told.start_time in adsl:
            bad = (adsl[told.start_time] > adsl[told.time]) | (adsl[told.start_time] < 0)
            words = "rechallenge before the choice or after the end of follow-up"
            yield Hit("adsl", adsl, bad, told.start_time, words, other=adsl[told.time], label=f"{told.time} {{}}")
