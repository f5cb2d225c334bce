"""What a rule of plausibility is, what it looks at, and how what it hits becomes findings."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from papercheck.files.findings import Finding, Message, shown
from papercheck.vocabulary.dictionary import load_dictionary

from ..lesions import grown
from ..read.flag import flag_rows
from .written import Written


@dataclass(frozen=True)
class Hit:
    """Rows that break a rule. `other` is what the cell is held against, one value a row, and `label` how it is said;
    the rest, where given, stands for what the rule says."""

    table: str
    rows: pd.DataFrame
    bad: pd.Series
    column: str
    words: str = ""
    other: pd.Series | None = None
    action: str = ""
    severity: str = ""
    label: str = "{}"


@dataclass(frozen=True)
class Rule:
    """One rule of plausibility, as data.

    find(data) gives the Hits, or a Finding about a whole column or file. words : what is wrong;
    told : the same without a value, where the function has the words; action : what to do; severity : error,
    warning, or note (accepted, and said); reason : why this cannot or need not be, with its source.
    """

    id: str
    find: Callable[["Data"], Iterable["Hit | Finding"]]
    words: str = ""
    action: str = ""
    severity: str = "warning"
    reason: str = ""
    told: str = ""


class Data:
    """The typed tables of a cohort by (file, line), its facts, and the cells as they are written.

    A cell that could not be read is missing here and is passed over by the rules.
    """

    def __init__(self, tables, meta, raw=None):
        self.tables, self.meta, self.raw = tables, meta, raw or {}
        self.written, self._starts, self._progressions = Written(self.raw, meta), {}, {}

    def rows(self, table, *columns) -> pd.DataFrame | None:
        """A table that has these columns, else None."""
        frame = self.tables.get(table)
        return frame if frame is not None and set(columns) <= set(frame.columns) else None

    @cached_property
    def cutoff(self) -> pd.Timestamp | None:
        """The data cut-off."""
        return pd.Timestamp(self.meta.data_cutoff) if self.meta.data_cutoff else None

    def counted(self, dates) -> pd.Series:
        """Dates up to the cut-off; later ones do not count and are missing."""
        return dates if self.cutoff is None else dates.where(dates <= self.cutoff)

    def starts(self, phase) -> pd.Series:
        """The first start of a course by subject."""
        if phase not in self._starts:
            self._starts[phase] = self._first(self.rows("adex", "USUBJID", "APHASE", "ASTDT"), phase, "ASTDT")
        return self._starts[phase]

    def progressions(self, phase) -> pd.Series:
        """The first counted progression of a course on or after its start
        by subject: PDDT, PD at an assessment, or sums of lesions.
        """
        if phase not in self._progressions:
            self._progressions[phase] = self._progressed(phase)
        return self._progressions[phase]

    def _progressed(self, phase):
        courses = self._first(self.rows("adex", "USUBJID", "APHASE", "PDDT"), phase, "PDDT")
        adrs = self.rows("adrs", "USUBJID", "APHASE", "PARAMCD", "AVALC", "ADT")
        if adrs is not None:
            adrs = adrs[(adrs["PARAMCD"] == "OVR") & (adrs["AVALC"] == "PD")]
        found = pd.concat([courses, self._first(adrs, phase, "ADT"), self._grown(phase)])
        found = self.counted(found).dropna()
        found = found[found >= self.starts(phase).reindex(found.index).to_numpy()]
        return found.groupby(level=0).min()

    def _grown(self, phase) -> pd.Series:
        """The first sum of lesions of a course that is progression
        by itself, where the cohort says that sums tell it.
        """
        sums = self.rows("adtr", "USUBJID", "APHASE", "ADT", "SDIAM") if self.meta.progression_by_sums else None
        if sums is None:
            return self._first(None, phase, "ADT")
        sums = sums.assign(START=sums["USUBJID"].map(self.starts(phase)), ADT=self.counted(sums["ADT"]))
        sums = sums[sums["APHASE"] == phase].dropna(subset=["USUBJID", "START", "ADT", "SDIAM"])
        return self._first(grown(sums, "APHASE"), phase, "ADT")

    @staticmethod
    def _first(frame, phase, column) -> pd.Series:
        if frame is None:
            return pd.Series(dtype="datetime64[ns]", index=pd.Index([], dtype=object))
        part = frame[(frame["APHASE"] == phase) & frame["USUBJID"].notna()]
        return part.dropna(subset=[column]).groupby("USUBJID")[column].min()

    @cached_property
    def deaths(self) -> pd.Series:
        """The date of death by subject."""
        adsl = self.rows("adsl", "USUBJID", "DTHDT")
        if adsl is None:
            return pd.Series(dtype="datetime64[ns]", index=pd.Index([], dtype=object))
        return adsl.dropna(subset=["USUBJID", "DTHDT"]).groupby("USUBJID")["DTHDT"].min()

    def outcome(self, *endpoints) -> pd.DataFrame | None:
        """The rows of adtte of some endpoints, with duration and flag; None where there is none."""
        adtte = self.rows("adtte", "USUBJID", "PARAMCD", "AVAL", "CNSR")
        found = adtte[adtte["PARAMCD"].isin(endpoints)] if adtte is not None else None
        return found if found is not None and len(found) else None

    def died_by_outcome(self) -> set:
        """The subjects with an event of OS."""
        rows = self.outcome("OS")
        return set() if rows is None else set(rows.loc[rows["CNSR"] == 0, "USUBJID"])

    def date_columns(self) -> Iterator[tuple[str, pd.DataFrame, str]]:
        """Every column of dates that holds one: (table, frame, column)."""
        for table, frame in self.tables.items():
            columns = load_dictionary()[table].columns
            columns = columns if table != "adsl" else {**columns, **self.meta.moments}
            for name in frame.columns:
                if name in columns and columns[name].type == "date" and frame[name].notna().any():
                    yield table, frame, name

    @cached_property
    def last_dates(self) -> pd.Series:
        """The date to which a subject was followed: the last on record but those of outcomes, at most the cut-off.

        Alive or dead after the cut-off is alive at the cut-off; any other date after it does not count.
        """
        parts = [
            pd.Series(
                (frame[name] if name in ("LSTALVDT", "DTHDT") else self.counted(frame[name])).to_numpy(),
                index=frame["USUBJID"].to_numpy(),
            )
            for table, frame, name in self.date_columns()
            if table != "adtte" and "USUBJID" in frame
        ]
        if not parts:
            return self.deaths.iloc[:0]
        last = pd.concat(parts).dropna().groupby(level=0).max()
        return last if self.cutoff is None else last.clip(upper=self.cutoff)


def _said(value, label) -> str:
    """A value beside another, in words; '' where it is missing."""
    if pd.isna(value) or value == "":
        return ""
    word = (
        value.date().isoformat()
        if isinstance(value, pd.Timestamp)
        else f"{value:g}"
        if isinstance(value, float)
        else value
    )
    return Message(label.replace("{}", "{value}"), value=shown(word))


def day(dates) -> pd.Series:
    """Dates as words."""
    return dates.dt.strftime("%Y-%m-%d").fillna("")


def findings_of(rule, data) -> Iterator[Finding]:
    """What a rule finds, each value as the file has it."""
    for hit in rule.find(data):
        if isinstance(hit, Finding):
            yield replace(
                hit,
                id=rule.id,
                rule=hit.rule or rule.words,
                action=hit.action or rule.action,
                severity=rule.severity if hit.severity == "error" else hit.severity,
            )
            continue
        bad = hit.bad.fillna(False).astype(bool)
        if not bad.any():
            continue
        others = [] if hit.other is None else [_said(value, hit.label) for value in hit.other[bad]]
        words, action = hit.words or rule.words, hit.action or rule.action
        like = Finding("", words, action, column=hit.column, severity=hit.severity or rule.severity)
        found = flag_rows(hit.rows, bad, hit.table, like)
        for finding, place in zip(found, np.arange(bad.sum() + 1), strict=False):
            finding = replace(data.written.cell(finding), id=rule.id)
            if finding.row is not None and place < len(others) and others[place]:
                finding = replace(finding, against=others[place])
            yield finding
