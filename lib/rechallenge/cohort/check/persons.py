"""Rules that hold age and sex against what columns beside them say: dates of birth, diseases of one sex."""

from collections.abc import Iterator

import pandas as pd

from papercheck.files.findings import Finding, shown

from ..declare.source import written_cells
from ..read.dates import read_dates
from .dates import EARLIEST
from .patterns import BIRTH, OF_MEN, OF_WOMEN
from .rule import Data
from .subjects import KEPT_BY_HAND

YEAR = 365.25
BEFORE, AFTER = 2, 1  # years by which an age may be of the diagnosis, before the first course, or be rounded up


def _written(data, *needed) -> Iterator[tuple[str, pd.DataFrame, str, pd.Series]]:
    """(file, rows of adsl, column, its cells as words by line of the file) of every written column of adsl."""
    adsl = data.rows("adsl", "USUBJID", *needed)
    if adsl is None or "adsl" not in data.raw or len(adsl) > KEPT_BY_HAND or not adsl.index.is_unique:
        return
    file, frame = data.raw["adsl"]
    for name in frame.columns if frame.index.is_unique else ():
        yield file, adsl, str(name), written_cells(frame[name]).str.strip()


def _by_row(cells, file, adsl) -> pd.Series:
    """Cells by line of the file as those of the rows of adsl; '' where a row is of no line."""
    return cells.set_axis(pd.MultiIndex.from_product([[file], cells.index])).reindex(adsl.index).fillna("")


def ages_against_birth(data: Data):
    """An age that no date from the diagnosis on to the last contact gives, by the date or the year of birth."""
    for file, adsl, name, cells in _written(data, "AGE"):
        if not BIRTH.search(name):
            continue
        cells = _by_row(cells, file, adsl)
        years = pd.to_numeric(cells.where(cells.str.fullmatch(r"19\d\d|20[01]\d")), errors="coerce")
        middle = pd.to_datetime(years.map("{:.0f}-07-01".format, na_action="ignore"), format="%Y-%m-%d")
        born = read_dates(cells.where(cells != "")).fillna(middle)
        starts = [adsl["USUBJID"].map(data.starts(phase)) for phase in ("INITIAL", "RECHALLENGE")]
        first = pd.concat([pd.to_datetime(s) for s in starts], axis=1).min(axis=1).fillna(EARLIEST)
        last = pd.to_datetime(adsl["USUBJID"].map(data.last_dates)).fillna(data.cutoff)
        low = ((first - born).dt.days / YEAR - BEFORE).where(born.notna())
        high = (last - born).dt.days / YEAR + AFTER
        bad = (adsl["AGE"] < low.round()) | (adsl["AGE"] > high)
        for place in adsl.index[bad.fillna(False)]:
            who, age = adsl.at[place, "USUBJID"], f"{adsl.at[place, 'AGE']:g}"
            said = Finding(file, "", "", place[1], "AGE", who, age, against=shown(f"{name} {cells[place]}"))
            yield data.written.cell(said)


def diseases_of_the_other_sex(data: Data):
    """A word for a disease of men in the row of a woman, or the reverse."""
    for file, adsl, name, cells in _written(data, "SEX"):
        for sex, pattern in (("F", OF_MEN), ("M", OF_WOMEN)):
            words = [word for word in cells.dropna().unique() if pattern.search(word)]
            if not words:
                continue
            said = _by_row(cells, file, adsl)
            for place in adsl.index[said.isin(words) & (adsl["SEX"] == sex)]:
                who = adsl.at[place, "USUBJID"]
                yield Finding(file, "", "", place[1], name, who, shown(said[place]), against=f"SEX {sex}")
