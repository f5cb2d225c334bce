"""Rules that look across columns and tables. Each yields findings; `cross_findings` runs them all.

Frames are typed and indexed by (file, line); a cell that could not be read is missing and is passed over here.
"""

import pandas as pd

from .dictionary import load_dictionary
from .findings import Finding, shown
from .reshape import written_as

DAYS_LOOK = 60  # a median duration above this, in "months", is five years: the column is probably in days
LONGEST_MONTHS = 240
EARLIEST = pd.Timestamp(1990, 1, 1)
BETTER = {"CR": 0, "PR": 1, "NON-CR/NON-PD": 2, "SD": 2, "PD": 3, "NE": 4}


def cross_findings(tables, meta) -> list[Finding]:
    """Every finding of every rule on these tables."""
    return [f for rule in RULES for f in rule(tables, meta)]


def _each(frame, bad, table, column, rule, action, value=None, severity="error"):
    """One finding for each row of `frame` where the mask `bad` holds."""
    for index, row in frame[bad.fillna(False).astype(bool)].iterrows():
        cell = row.get(value or column, "")
        cell = cell.date().isoformat() if isinstance(cell, pd.Timestamp) else cell
        cell = f"{cell:g}" if isinstance(cell, float) else cell
        yield Finding(index[0], rule, action, row=index[1], column=written_as(table, column, row, index[0]),
                      subject=shown(row.get("USUBJID", "")), value=shown(cell), severity=severity)  # fmt: skip


def duplicate_rows(tables, meta):
    for name, frame in tables.items():
        key = [k for k in load_dictionary()[name].key if k in frame]
        if key and len(frame):
            bad = frame.duplicated(key, keep="first") & frame["USUBJID"].notna()
            if name != "adsl":  # a double subject's shortcuts are double only because the subject is
                from_adsl = frame.index.get_level_values("file").isin(tables["adsl"].index.get_level_values("file"))
                bad &= ~from_adsl | ~frame["USUBJID"].isin(
                    tables["adsl"]["USUBJID"][tables["adsl"]["USUBJID"].duplicated()]
                )
            rule = "duplicate subject" if name == "adsl" else f"a second row for the same {', '.join(key)}"
            yield from _each(frame, bad, name, "USUBJID", rule, "Keep one row.")


def too_few_subjects(tables, meta):
    adsl = tables["adsl"]
    if "USUBJID" in adsl and 0 < adsl["USUBJID"].nunique() < 2:
        yield Finding(adsl.index[0][0], "fewer than 2 subjects", "A cohort needs at least 2.", value="1")


def subjects_not_in_adsl(tables, meta):
    if "USUBJID" not in tables["adsl"]:
        return
    known = set(tables["adsl"]["USUBJID"].dropna())
    for name, frame in tables.items():
        if name != "adsl" and "USUBJID" in frame:
            bad = frame["USUBJID"].notna() & ~frame["USUBJID"].isin(known)
            yield from _each(
                frame,
                bad,
                name,
                "USUBJID",
                "a subject who is not in adsl",
                "Add the subject to adsl or mend the identifier.",
            )


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
            yield from _each(frame, frame[second] < frame[first], table, second, rule, "Correct one of the two dates.")
    adex = tables.get("adex")
    if adex is not None and {"USUBJID", "APHASE", "ASTDT"} <= set(adex.columns):
        first = adex[adex["APHASE"] == "INITIAL"].groupby("USUBJID")["ASTDT"].min()
        bad = (adex["APHASE"] == "RECHALLENGE") & (adex["ASTDT"] <= adex["USUBJID"].map(first))
        yield from _each(
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
        yield from _each(
            adex,
            bad,
            "adex",
            "ASTDT",
            "a second start of the same course; the earliest counts",
            "Keep one row a course.",
            severity="warning",
        )


def identifiers_that_look_alike(tables, meta):
    adsl = tables["adsl"]
    if "USUBJID" in adsl:
        folded = adsl["USUBJID"].dropna().str.replace(r"[\s\u200b\u200c\u200d\ufeff]", "", regex=True).str.casefold()
        alike = folded.duplicated() & ~adsl["USUBJID"].dropna().duplicated()
        yield from _each(
            adsl,
            alike.reindex(adsl.index, fill_value=False),
            "adsl",
            "USUBJID",
            "differs from another identifier only in case or spaces",
            "Make sure that these are two subjects.",
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
                yield from _each(
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
                yield from _each(
                    frame, bad, name, column, "a date after death", "Correct this date or the date of death."
                )
            old = frame[column] < EARLIEST
            yield from _each(
                frame, old, name, column, f"a date before {EARLIEST.year}", "Correct the date.", severity="warning"
            )
            if cutoff is not None:
                rule = f"after the data cut-off {cutoff.date()}; not counted"
                yield from _each(
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


def durations_not_positive(tables, meta):
    adtte = tables.get("adtte")
    if adtte is not None and "AVAL" in adtte:
        yield from _each(
            adtte,
            adtte["AVAL"] <= 0,
            "adtte",
            "AVAL",
            "a duration of zero or less",
            "A duration counts from the day of the first dose; correct it.",
        )


def progression_later_than_survival(tables, meta):
    adtte = tables.get("adtte")
    if adtte is None or not {"USUBJID", "PARAMCD", "AVAL"} <= set(adtte.columns):
        return
    survival = adtte[adtte["PARAMCD"] == "OS"].drop_duplicates("USUBJID").set_index("USUBJID")["AVAL"]
    bad = (adtte["PARAMCD"] == "PFSR") & (adtte["AVAL"] > adtte["USUBJID"].map(survival) + 1e-9)
    yield from _each(
        adtte, bad, "adtte", "AVAL", "PFS on rechallenge is longer than overall survival", "Correct one of the two."
    )


def everybody_censored(tables, meta):
    adtte = tables.get("adtte")
    if adtte is None or not {"PARAMCD", "CNSR"} <= set(adtte.columns):
        return
    for endpoint, rows in adtte.groupby("PARAMCD"):
        if len(rows) and (rows["CNSR"] == 1).all():
            yield Finding(rows.index[0][0], f"all subjects are censored for {endpoint}", "Check that 1 means event in an EVENT column and censored in CNSR.",
                          column=written_as("adtte", "CNSR", rows.iloc[0], rows.index[0][0]), severity="warning")  # fmt: skip


def durations_too_long(tables, meta):
    adtte = tables.get("adtte")
    if adtte is not None and "AVAL" in adtte:
        longest = LONGEST_MONTHS * (1 if meta.time_unit == "months" else 30.4375)
        yield from _each(
            adtte,
            adtte["AVAL"] > longest,
            "adtte",
            "AVAL",
            "a duration of more than 20 years",
            "Check the value and `time_unit`.",
            severity="warning",
        )


def durations_look_like_days(tables, meta):
    adtte = tables.get("adtte")
    if adtte is None or meta.time_unit != "months" or not {"PARAMCD", "AVAL"} <= set(adtte.columns):
        return
    for endpoint, rows in adtte.groupby("PARAMCD"):
        if rows["AVAL"].median() > DAYS_LOOK:
            yield Finding(rows.index[0][0], f"{endpoint} looks like days although time_unit is months", "Set `time_unit: days` in cohort.yml if it is days.",
                          column=written_as("adtte", "AVAL", rows.iloc[0], rows.index[0][0]), value=f"median {rows['AVAL'].median():g}", severity="warning")  # fmt: skip


def stage_against_metastasis(tables, meta):
    adsl = tables["adsl"]
    if not {"STAGE", "DISTMET"} <= set(adsl.columns):
        return
    four = adsl["STAGE"].astype(str).str.startswith("IV")
    bad = (four & (adsl["DISTMET"] == "N")) | (~four & adsl["STAGE"].notna() & (adsl["DISTMET"] == "Y"))
    yield from _each(
        adsl,
        bad,
        "adsl",
        "STAGE",
        "stage and distant metastasis do not fit",
        "Stage IV has distant metastasis, stage III has none; check both.",
        severity="warning",
    )


def best_response_against_assessments(tables, meta):
    adrs = tables.get("adrs")
    if adrs is None or not {"USUBJID", "APHASE", "PARAMCD", "AVALC"} <= set(adrs.columns):
        return
    rank = adrs["AVALC"].map(BETTER)
    seen = adrs.assign(rank=rank)[adrs["PARAMCD"] == "OVR"].groupby(["USUBJID", "APHASE"])["rank"].min()
    course = pd.MultiIndex.from_frame(adrs[["USUBJID", "APHASE"]])
    best = pd.Series(seen.reindex(course).to_numpy(), index=adrs.index)
    is_best = (adrs["PARAMCD"] == "BOR") & best.notna()
    yield from _each(
        adrs,
        is_best & (rank < best),
        "adrs",
        "AVALC",
        "the best response is better than every assessment",
        "Correct the best response or the assessments.",
    )
    lower = is_best & (rank > best) & (best <= 1)
    yield from _each(
        adrs,
        lower,
        "adrs",
        "AVALC",
        "the best response is worse than an assessment",
        "Right only if that response was not confirmed, or came after progression.",
        severity="warning",
    )


def best_response_against_lesions(tables, meta):
    adrs, adtr = tables.get("adrs"), tables.get("adtr")
    if adrs is None or adtr is None or "PCHG" not in adtr or not {"USUBJID", "APHASE", "AVALC"} <= set(adrs.columns):
        return
    change = adtr.dropna(subset=["PCHG"]).groupby(["USUBJID", "APHASE"])["PCHG"].min()
    best = pd.Series(change.reindex(pd.MultiIndex.from_frame(adrs[["USUBJID", "APHASE"]])).to_numpy(), index=adrs.index)
    bad = (adrs["PARAMCD"] == "BOR") & adrs["AVALC"].isin(["CR", "PR"]) & (best > -30)
    yield from _each(
        adrs.assign(PCHG=best),
        bad,
        "adrs",
        "AVALC",
        "a response with less than 30% shrinkage",
        "Check the best response and the best change.",
        value="PCHG",
        severity="warning",
    )


def outcomes_that_contradict(tables, meta):
    """Censored for PFS although dead, or although the best response is progression."""
    adtte, adrs = tables.get("adtte"), tables.get("adrs")
    if adtte is None or not {"USUBJID", "PARAMCD", "CNSR"} <= set(adtte.columns):
        return
    censored = (adtte["PARAMCD"] == "PFSR") & (adtte["CNSR"] == 1)
    died = set(adtte.loc[(adtte["PARAMCD"] == "OS") & (adtte["CNSR"] == 0), "USUBJID"])
    action = "PFS counts death as an event; right only if the patient was lost to assessment before."
    yield from _each(
        adtte,
        censored & adtte["USUBJID"].isin(died),
        "adtte",
        "CNSR",
        "censored for PFS, yet dead",
        action,
        severity="warning",
    )
    if adrs is not None and {"USUBJID", "APHASE", "AVALC", "PARAMCD"} <= set(adrs.columns):
        best = (adrs["APHASE"] == "RECHALLENGE") & (adrs["PARAMCD"] == "BOR") & (adrs["AVALC"] == "PD")
        bad = censored & adtte["USUBJID"].isin(adrs.loc[best, "USUBJID"])
        yield from _each(
            adtte,
            bad,
            "adtte",
            "CNSR",
            "best response is progression, yet censored for PFS",
            "Correct one of the two.",
            severity="warning",
        )


def progression_without_date(tables, meta):
    adex, adrs = tables.get("adex"), tables.get("adrs")
    if (
        adex is None
        or adrs is None
        or not {"USUBJID", "APHASE", "AVALC", "PARAMCD"} <= set(adrs.columns)
        or "APHASE" not in adex
    ):
        return
    dated = adex[adex["PDDT"].notna()] if "PDDT" in adex else adex.iloc[:0]
    known = set(zip(dated["USUBJID"], dated["APHASE"], strict=True))
    seen = adrs[(adrs["PARAMCD"] == "OVR") & (adrs["AVALC"] == "PD")]
    known |= set(zip(seen["USUBJID"], seen["APHASE"], strict=True))
    place = pd.Series(list(zip(adrs["USUBJID"], adrs["APHASE"], strict=True)), index=adrs.index)
    bad = (adrs["PARAMCD"] == "BOR") & (adrs["AVALC"] == "PD") & ~place.isin(known)
    yield from _each(
        adrs,
        bad,
        "adrs",
        "AVALC",
        "best response is progression, but no date of progression",
        "Add the date of progression (PDDT).",
        severity="warning",
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
    yield from _each(
        adex,
        bad,
        "adex",
        "ASTDT",
        "no date after the start of rechallenge: left out of PFS and OS",
        "Add LSTALVDT (last date known alive), progression or death.",
        severity="warning",
    )


def events_outside_their_course(tables, meta):
    adex, adae = tables.get("adex"), tables.get("adae")
    if adex is None or adae is None or not {"USUBJID", "APHASE"} <= set(adae.columns) or "APHASE" not in adex:
        return
    had = set(zip(adex["USUBJID"], adex["APHASE"], strict=True))
    known = adae["USUBJID"].isin(set(tables["adsl"].get("USUBJID", [])))
    bad = known & ~pd.Series([p in had for p in zip(adae["USUBJID"], adae["APHASE"], strict=True)], index=adae.index)
    yield from _each(
        adae,
        bad,
        "adae",
        "APHASE",
        "an event of a course that the subject did not have; not counted",
        "Correct APHASE, or add the course.",
        severity="warning",
    )


def assessments_without_date_or_course(tables, meta):
    adrs = tables.get("adrs")
    if adrs is not None and "PARAMCD" in adrs:
        adex = tables.get("adex")
        started = (
            set(zip(adex["USUBJID"], adex["APHASE"], strict=True)) if adex is not None and "APHASE" in adex else set()
        )
        if {"USUBJID", "APHASE"} <= set(adrs.columns):
            lost = pd.Series(
                [p not in started for p in zip(adrs["USUBJID"], adrs["APHASE"], strict=True)], index=adrs.index
            )
            yield from _each(
                adrs,
                (adrs["PARAMCD"] == "OVR") & lost,
                "adrs",
                "APHASE",
                "an assessment of a course without a start date",
                "Add the course to adex (ASTDT), or give best responses only (PARAMCD = BOR).",
            )
        missing = adrs["ADT"].isna() if "ADT" in adrs else pd.Series(True, index=adrs.index)
        yield from _each(
            adrs,
            (adrs["PARAMCD"] == "OVR") & missing,
            "adrs",
            "ADT",
            "an assessment without a date",
            "Add ADT, or give best responses only (PARAMCD = BOR).",
        )


RULES = (
    duplicate_rows, too_few_subjects, subjects_not_in_adsl, dates_out_of_order, dates_after_death_or_cutoff,
    durations_not_positive, progression_later_than_survival, everybody_censored, durations_look_like_days,
    stage_against_metastasis, best_response_against_assessments, best_response_against_lesions, assessments_without_date_or_course, starts_given_twice, identifiers_that_look_alike,
    dates_after_last_contact, durations_too_long,
    outcomes_that_contradict, progression_without_date, courses_without_follow_up, events_outside_their_course,
)  # fmt: skip
