"""Rules on responses, stage and adverse events. Each rule takes the typed tables and the facts and yields findings."""

import numpy as np
import pandas as pd

from ..read.flag import flag_rows

BETTER = {"CR": 0, "PR": 1, "NON-CR/NON-PD": 2, "SD": 2, "PD": 3, "NE": 4}


def _has_course(rows, courses) -> pd.Series:
    """Which rows have a USUBJID and APHASE that stand together in `courses`."""
    found = pd.Series(False, index=rows.index)
    for phase, part in courses.groupby("APHASE"):
        found |= (rows["APHASE"] == phase) & rows["USUBJID"].isin(part["USUBJID"])
    return found


def best_response_against_assessments(tables, meta):
    adrs = tables.get("adrs")
    if adrs is None or not {"USUBJID", "APHASE", "PARAMCD", "AVALC"} <= set(adrs.columns):
        return
    if not (adrs["PARAMCD"] == "OVR").any():
        return
    rank = adrs["AVALC"].map(BETTER)
    seen = adrs.assign(rank=rank)[adrs["PARAMCD"] == "OVR"].groupby(["USUBJID", "APHASE"])["rank"].min()
    course = pd.MultiIndex.from_frame(adrs[["USUBJID", "APHASE"]])
    best = pd.Series(seen.reindex(course).to_numpy(), index=adrs.index)
    is_best = (adrs["PARAMCD"] == "BOR") & best.notna()
    yield from flag_rows(
        adrs,
        is_best & (rank < best),
        "adrs",
        "AVALC",
        "the best response is better than every assessment",
        "Correct the best response or the assessments.",
    )
    lower = is_best & (rank > best) & (best <= 1)
    yield from flag_rows(
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
    responded = (adrs["PARAMCD"] == "BOR") & adrs["AVALC"].isin(["CR", "PR"])
    best = pd.Series(np.nan, index=adrs.index)
    for phase, rows in adtr.dropna(subset=["PCHG"]).groupby("APHASE"):
        asked = responded & (adrs["APHASE"] == phase)
        best[asked] = adrs.loc[asked, "USUBJID"].map(rows.groupby("USUBJID")["PCHG"].min())
    bad = responded & (best > -30)
    yield from flag_rows(
        adrs.assign(PCHG=best),
        bad,
        "adrs",
        "AVALC",
        "a response with less than 30% shrinkage",
        "Check the best response and the best change.",
        value="PCHG",
        severity="warning",
    )


def assessments_without_date_or_course(tables, meta):
    adrs = tables.get("adrs")
    if adrs is not None and "PARAMCD" in adrs:
        adex = tables.get("adex")
        if {"USUBJID", "APHASE"} <= set(adrs.columns):
            started = adex if adex is not None and "APHASE" in adex else adrs.iloc[:0]
            lost = ~_has_course(adrs, started)
            yield from flag_rows(
                adrs,
                (adrs["PARAMCD"] == "OVR") & lost,
                "adrs",
                "APHASE",
                "an assessment of a course without a start date",
                "Add the course to adex (ASTDT), or give best responses only (PARAMCD = BOR).",
            )
        missing = adrs["ADT"].isna() if "ADT" in adrs else pd.Series(True, index=adrs.index)
        yield from flag_rows(
            adrs,
            (adrs["PARAMCD"] == "OVR") & missing,
            "adrs",
            "ADT",
            "an assessment without a date",
            "Add ADT, or give best responses only (PARAMCD = BOR).",
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
    seen = adrs[(adrs["PARAMCD"] == "OVR") & (adrs["AVALC"] == "PD")]
    known = _has_course(adrs, dated) | _has_course(adrs, seen)
    bad = (adrs["PARAMCD"] == "BOR") & (adrs["AVALC"] == "PD") & ~known
    yield from flag_rows(
        adrs,
        bad,
        "adrs",
        "AVALC",
        "best response is progression, but no date of progression",
        "Add the date of progression (PDDT).",
        severity="warning",
    )


def responses_outside_their_course(tables, meta):
    """A recorded response of a course whose starts are recorded for others, but not for this subject."""
    adex, adrs = tables.get("adex"), tables.get("adrs")
    if (
        adex is None
        or adrs is None
        or "APHASE" not in adex
        or not {"USUBJID", "APHASE", "PARAMCD"} <= set(adrs.columns)
    ):
        return
    started = pd.MultiIndex.from_frame(adex[["USUBJID", "APHASE"]])
    had = pd.MultiIndex.from_frame(adrs[["USUBJID", "APHASE"]]).isin(started)
    bad = (adrs["PARAMCD"] == "BOR") & adrs["APHASE"].isin(set(adex["APHASE"])) & ~had
    yield from flag_rows(
        adrs, bad, "adrs", "APHASE", "a response of a course that has no start; not counted",
        "Add the start of the course (ASTDT).", severity="warning",
    )  # fmt: skip


def events_outside_their_course(tables, meta):
    adex, adae = tables.get("adex"), tables.get("adae")
    if adex is None or adae is None or not {"USUBJID", "APHASE"} <= set(adae.columns) or "APHASE" not in adex:
        return
    known = adae["USUBJID"].isin(tables["adsl"].get("USUBJID", []))
    bad = known & ~_has_course(adae, adex)
    yield from flag_rows(
        adae,
        bad,
        "adae",
        "APHASE",
        "an event of a course that the subject did not have; not counted",
        "Correct APHASE, or add the course.",
        severity="warning",
    )


def stage_against_metastasis(tables, meta):
    adsl = tables["adsl"]
    if not {"STAGE", "DISTMET"} <= set(adsl.columns):
        return
    four = adsl["STAGE"].isin([s for s in adsl["STAGE"].dropna().unique() if str(s).startswith("IV")])
    bad = (four & (adsl["DISTMET"] == "N")) | (~four & adsl["STAGE"].notna() & (adsl["DISTMET"] == "Y"))
    yield from flag_rows(
        adsl,
        bad,
        "adsl",
        "STAGE",
        "stage and distant metastasis do not fit",
        "Stage IV has distant metastasis, stage III has none; check both.",
        severity="warning",
    )
