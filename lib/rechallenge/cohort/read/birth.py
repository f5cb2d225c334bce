"""Ages from dates or years of birth, at the start of the course; the birth itself stays in the file alone."""

import re

import pandas as pd

from papercheck.files.findings import LIMIT, Finding, further, shown

from ..declare.source import written_cells
from .dates import read_dates

YEAR = re.compile(r"(19\d\d|20[01]\d)\s*年?(?:\s*[.\-/]?\s*(0?[1-9]|1[0-2])\s*月?)?")
AGES = 10, 110  # whole years that somebody with lung cancer may have


def births(words, formats=()) -> pd.Series:
    """Days of birth of written cells: a month alone is its 15th day, a year alone its 1 July, which is half a year off
    at most; NaT where neither is told."""
    born = read_dates(words.where(words != ""), formats)
    parts = words.str.extract(rf"^\s*{YEAR.pattern}\s*$")
    month = parts[1].mask(words.str.contains(r"\.1$"))  # 1950.1 is October too: a spreadsheet cuts the 0
    days = "-" + month.fillna("07") + "-" + month.map(lambda m: "01" if pd.isna(m) else "15")
    alone = pd.to_datetime(parts[0] + days, format="%Y-%m-%d", errors="coerce")
    return alone.fillna(born)


def age_at(born, starts) -> pd.Series:
    """Whole years from birth to a day, NaN where either is not known or they are of nobody."""
    had = (starts.dt.month * 100 + starts.dt.day) >= (born.dt.month * 100 + born.dt.day)
    age = starts.dt.year - born.dt.year - (~had).astype(int)
    return age.where(age.between(*AGES) & born.notna() & starts.notna()).astype(float)


def with_ages(tables, raw, meta) -> tuple[dict, list[Finding]]:
    """The tables with AGE in adsl where `born` of its source names the column of the births, and cells that give no
    age. A file that has ages keeps them."""
    source, adsl, adex = meta.sources.get("adsl"), tables["adsl"], tables.get("adex")
    file, frame = raw["adsl"]
    if not source or source.born not in frame or "AGE" in adsl or adex is None or "ASTDT" not in adex:
        return tables, []
    words = written_cells(frame[source.born]).str.strip()
    words.index = pd.MultiIndex.from_product([[file], frame.index])
    words = words.reindex(adsl.index).fillna("")
    phase = "RECHALLENGE" if (adex["APHASE"] == "RECHALLENGE").any() else "INITIAL"
    first = adex[adex["APHASE"] == phase].dropna(subset=["ASTDT"]).groupby("USUBJID")["ASTDT"].min()
    starts = pd.to_datetime(adsl["USUBJID"].map(first))
    formats = meta.of("adsl").date_formats(f"ASTDT_{phase}")
    ages = [age_at(births(words, (*formats, order)), starts) for order in ("day-first", "month-first")]
    age = ages[0].where(ages[0] == ages[1])  # 3/4/1950 tells an age where both of its readings do
    bad = age.isna() & (words != "") & starts.notna()
    rule, action = (
        "no age comes from this date or year of birth",
        "Write it as 1950-03-24, or the year with four figures.",
    )
    faults = [
        Finding(file, rule, action, row=place[1], column=source.born, value=shown(words[place]), severity="warning")
        for place in adsl.index[bad][:LIMIT]
    ]
    faults += further(file, rule, source.born, int(bad.sum()) - LIMIT, "warning")
    return {**tables, "adsl": adsl.assign(AGE=age)}, faults
