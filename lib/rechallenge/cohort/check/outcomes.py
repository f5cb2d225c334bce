"""Rules on events: words against flags, deaths in any column against overall survival, causes of nothing."""

import re

import pandas as pd

from papercheck.files.findings import Finding

from ..declare.source import written_cells
from ..read.signs import COLUMN, means_followed, number_and_sign
from .rule import Data, Hit, day

FATAL_DAYS = 180  # from the onset of a fatal adverse event to death
APART_DAYS = 16  # half a month of rounding, and a day
DEATH = re.compile(r"\bdeath\b|\bdied\b|\bdead\b|deceased|死亡|去世|病逝", re.IGNORECASE)
PROGRESSION = re.compile(r"progress|\bpd\b|relapse|recurren|进展|复发", re.IGNORECASE)
CENSORED = re.compile(
    r"censor|\balive\b|lost to|last (follow|contact|assess|visit)|ongoing|no (event|progress|death|pd)|"
    r"without (recorded )?(progress|event|death)|not (dead|progress)|withdr|cut.?off|存活|失访|删失|未死|无进展|未进展|生存中|截尾",
    re.IGNORECASE,
)


def _said(column, pattern) -> pd.Series:
    """Which words of a column match; by its distinct words."""
    words = column.dropna().astype(str)
    return column.isin([word for word in words.unique() if pattern.search(word)])


def words_against_flags(data: Data):
    """What EVNTDESC says of a row against its flag, for every endpoint."""
    adtte = data.rows("adtte", "PARAMCD", "CNSR", "EVNTDESC")
    if adtte is None:
        return
    words = adtte["EVNTDESC"].astype(object)
    open_ = _said(words, CENSORED)
    death, progression = _said(words, DEATH) & ~open_, _said(words, PROGRESSION) & ~open_
    survival, censored = adtte["PARAMCD"] == "OS", adtte["CNSR"] == 1
    named = (death | progression) & ~survival | death & survival
    yield Hit("adtte", adtte, censored & named, "EVNTDESC", "censored, yet progression or death is named")
    yield Hit("adtte", adtte, (adtte["CNSR"] == 0) & open_, "EVNTDESC", "an event, yet the words say censored")
    only = (adtte["CNSR"] == 0) & survival & progression & ~death
    yield Hit("adtte", adtte, only, "EVNTDESC", "an event of overall survival, yet the words say progression")


def signs_against_flags(data: Data):
    """The sign beside a duration (10.6+: still followed) against the flag of its event in another column."""
    for target in ("PFS1", "PFSR", "OS"):
        rows = data.outcome(target)
        for file, frame, names in data.written.tables if rows is not None else ():
            sign = COLUMN.format(names.get(target, ""))
            if target not in names or sign in data.meta.columns or sign in _columns_of(data.meta, file):
                continue
            cells = written_cells(frame[sign if sign in frame else names[target]])
            signs = cells if sign in frame else cells.map(lambda cell: number_and_sign(cell)[1])
            signs.index = pd.MultiIndex.from_product([[file], frame.index])
            signs = signs[~signs.index.duplicated()].reindex(rows.index)
            bad = signs.map(means_followed, na_action="ignore").eq(True) & (rows["CNSR"] == 0)
            yield Hit("adtte", rows, bad, "CNSR", other=signs, label="the duration carries {}")


def _columns_of(meta, file) -> set:
    """The written columns that cohort.yml places of a file."""
    return {n for s in meta.sources.values() if s.file == file.split("[")[0] for n in s.columns}


def _deaths_elsewhere(data):
    """(what says so, subjects) of every place but OS itself that says that a subject died."""
    cutoff = data.counted(data.deaths).dropna()
    yield "DTHDT", set(cutoff.index)
    flags = data.rows("adsl", "USUBJID", "DTHFL")
    if flags is not None:
        yield "DTHFL", set(flags.loc[flags["DTHFL"] == 1, "USUBJID"])
    adae = data.rows("adae", "USUBJID", "ATOXGR")
    if adae is not None:
        yield "an adverse event of grade 5", set(adae.loc[adae["ATOXGR"] == 5, "USUBJID"])
    adtte = data.rows("adtte", "USUBJID", "PARAMCD", "CNSR", "EVNTDESC")
    if adtte is not None:
        words = adtte["EVNTDESC"].astype(object)
        died = _said(words, DEATH) & ~_said(words, CENSORED) & ~_said(words, PROGRESSION)  # not: progression or death
        died &= (adtte["CNSR"] == 0) & (adtte["PARAMCD"] != "OS")
        yield "the end of PFS by death", set(adtte.loc[died, "USUBJID"])


def deaths_against_survival(data: Data):
    """Subjects who died by some column and are alive by overall survival, and the reverse."""
    rows = data.outcome("OS")
    if rows is None:
        return
    for what, subjects in _deaths_elsewhere(data):
        bad = (rows["CNSR"] == 1) & rows["USUBJID"].isin(subjects)
        other = pd.Series(what, index=rows.index)
        if what == "DTHDT":
            other = other + " " + day(rows["USUBJID"].map(data.deaths))
        yield Hit("adtte", rows, bad, "CNSR", "censored for OS, yet dead", other, label="dead by {}")
    dated = len(data.deaths) and not data.meta.reconstructed
    started = rows["USUBJID"].isin(data.starts("RECHALLENGE").index)  # named by the rule on durations and dates
    if dated:
        alive = (rows["CNSR"] == 0) & ~rows["USUBJID"].isin(data.deaths.index) & ~started
        yield Hit(
            "adtte",
            rows,
            alive,
            "CNSR",
            "an event of OS, yet no date of death",
            action="Add DTHDT, or correct the flag.",
        )


def death_flags_against_dates(data: Data):
    """Who died by the flag and has no date of death, and the reverse. Only dates and overall survival count."""
    adsl = data.rows("adsl", "USUBJID", "DTHFL")
    if adsl is None:
        return
    dead, dated = adsl["DTHFL"] == 1, adsl["USUBJID"].isin(data.deaths.index)
    by_outcome = data.outcome("OS") is not None
    nobody = not len(data.deaths) and not by_outcome
    words = "dead, yet no date of death: counted as alive until the last contact"
    yield Hit(
        "adsl",
        adsl,
        dead & ~dated & ~by_outcome,
        "DTHFL",
        words,
        action=NO_DATES if nobody else "",
        severity="error" if nobody else "",
    )
    when = day(adsl["USUBJID"].map(data.deaths))
    yield Hit("adsl", adsl, (adsl["DTHFL"] == 0) & dated, "DTHFL", "alive, yet a date of death: counted as dead", when)


NO_DATES = "Give the dates of death (DTHDT), or import again and say which column of dates holds them."


def grade_5_without_death(data: Data):
    """A fatal adverse event of a subject for whom no death is on record."""
    adae = data.rows("adae", "USUBJID", "ATOXGR")
    if adae is None or not (len(data.deaths) or data.died_by_outcome()):
        return
    dead = set(data.deaths.index) | data.died_by_outcome()
    if data.outcome("OS") is None:  # else it is named beside overall survival
        yield Hit("adae", adae, (adae["ATOXGR"] == 5) & ~adae["USUBJID"].isin(dead), "ATOXGR")
    if "ASTDT" in adae:
        died = adae["USUBJID"].map(data.deaths)
        late = (adae["ATOXGR"] == 5) & ((died - adae["ASTDT"]).dt.days > FATAL_DAYS)
        words, action = "a fatal adverse event long before death", "Right only if it lasted until death; else correct."
        yield Hit("adae", adae, late, "ASTDT", words, died, action, label="death {}")


def outcomes_that_contradict(data: Data):
    """Censored for PFS although dead, or although the best response is progression."""
    rows, adrs = data.outcome("PFSR"), data.rows("adrs", "USUBJID", "APHASE", "AVALC", "PARAMCD")
    if rows is None:
        return
    censored = rows["CNSR"] == 1
    action = "PFS counts death as an event; right only if the patient was lost to assessment before."
    dead = rows["USUBJID"].isin(data.died_by_outcome())
    yield Hit("adtte", rows, censored & dead, "CNSR", "censored for PFS, yet dead", action=action)
    yield from _death_at_another_time(data, rows)
    if adrs is not None:
        best = (adrs["APHASE"] == "RECHALLENGE") & (adrs["PARAMCD"] == "BOR") & (adrs["AVALC"] == "PD")
        bad = censored & rows["USUBJID"].isin(adrs.loc[best, "USUBJID"])
        yield Hit("adtte", rows, bad, "CNSR", "best response is progression, yet censored for PFS")


def _death_at_another_time(data, rows):
    """PFS that ended by death, and survival of another length."""
    survival = data.outcome("OS")
    if survival is None or "EVNTDESC" not in rows or data.meta.reconstructed:
        return
    words = rows["EVNTDESC"].astype(object)
    by_death = (rows["CNSR"] == 0) & _said(words, DEATH) & ~_said(words, CENSORED) & ~_said(words, PROGRESSION)
    lived = survival.drop_duplicates("USUBJID").set_index("USUBJID")["AVAL"]
    lived = rows["USUBJID"].map(lived)
    same = data.meta.endpoint("PFSR")["start"] == data.meta.endpoint("OS")["start"]
    apart = (lived - rows["AVAL"]) * data.meta.calendar.days(data.meta.time_unit) > APART_DAYS
    words, action = "PFS ended by death, yet the patient lived longer", "Correct the duration, or what ended PFS."
    yield Hit("adtte", rows, by_death & apart & same, "AVAL", words, lived, action, label="OS {}")


def nothing_says_who_died(data: Data):
    """Dates of progression without a date of death, a flag of death or an endpoint: PFS from them knows of no death."""
    adsl, adex = data.rows("adsl", "USUBJID"), data.rows("adex", "APHASE", "PDDT")
    course = data.meta.endpoint("PFSR")["start"]
    told = adsl is not None and ({"DTHDT", "DTHFL"} & set(adsl) or data.outcome("OS", "PFSR", "PFS1") is not None)
    if adsl is None or adex is None or told or not len(adsl) or not (adex["APHASE"] == course).any():
        return
    yield Finding(adsl.index[0][0], "", "", column="DTHDT")


def causes_of_nothing(data: Data):
    """The cause of death of a patient who is not dead."""
    adsl = data.rows("adsl", "USUBJID", "DTHCGR1")
    if adsl is None:
        return
    dead = adsl["USUBJID"].isin(data.died_by_outcome())
    if "DTHDT" in adsl:
        dead |= adsl["DTHDT"].notna()
    yield Hit("adsl", adsl, adsl["DTHCGR1"].notna() & ~dead, "DTHCGR1")
