"""Rules on responses, stage and adverse events. Each rule takes the typed tables and the facts and yields findings."""

import pandas as pd

from .flag import flag_rows

BETTER = {"CR": 0, "PR": 1, "NON-CR/NON-PD": 2, "SD": 2, "PD": 3, "NE": 4}


def best_response_against_assessments(tables, meta):
    adrs = tables.get("adrs")
    if adrs is None or not {"USUBJID", "APHASE", "PARAMCD", "AVALC"} <= set(adrs.columns):
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
    change = adtr.dropna(subset=["PCHG"]).groupby(["USUBJID", "APHASE"])["PCHG"].min()
    best = pd.Series(change.reindex(pd.MultiIndex.from_frame(adrs[["USUBJID", "APHASE"]])).to_numpy(), index=adrs.index)
    bad = (adrs["PARAMCD"] == "BOR") & adrs["AVALC"].isin(["CR", "PR"]) & (best > -30)
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
        started = (
            set(zip(adex["USUBJID"], adex["APHASE"], strict=True)) if adex is not None and "APHASE" in adex else set()
        )
        if {"USUBJID", "APHASE"} <= set(adrs.columns):
            lost = pd.Series(
                [p not in started for p in zip(adrs["USUBJID"], adrs["APHASE"], strict=True)], index=adrs.index
            )
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
    known = set(zip(dated["USUBJID"], dated["APHASE"], strict=True))
    seen = adrs[(adrs["PARAMCD"] == "OVR") & (adrs["AVALC"] == "PD")]
    known |= set(zip(seen["USUBJID"], seen["APHASE"], strict=True))
    place = pd.Series(list(zip(adrs["USUBJID"], adrs["APHASE"], strict=True)), index=adrs.index)
    bad = (adrs["PARAMCD"] == "BOR") & (adrs["AVALC"] == "PD") & ~place.isin(known)
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
    had = set(zip(adex["USUBJID"], adex["APHASE"], strict=True))
    known = adae["USUBJID"].isin(set(tables["adsl"].get("USUBJID", [])))
    bad = known & ~pd.Series([p in had for p in zip(adae["USUBJID"], adae["APHASE"], strict=True)], index=adae.index)
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
    four = adsl["STAGE"].astype(str).str.startswith("IV")
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
