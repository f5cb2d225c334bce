"""Rules on durations and their event flags. Each rule takes the typed tables and the facts and yields findings."""

from papercheck.files.findings import Finding
from papercheck.vocabulary.dictionary import load_dictionary

from ..read.flag import flag_rows
from ..read.reshape import written_as

DAYS_LOOK = 60  # a median duration above this, in "months", is five years: the column is probably in days
LONGEST = {"months": 240, "days": 7300}  # twenty years


def durations_not_positive(tables, meta):
    adtte = tables.get("adtte")
    if adtte is not None and "AVAL" in adtte:
        yield from flag_rows(
            adtte,
            adtte["AVAL"] <= 0,
            "adtte",
            "AVAL",
            "a duration of zero or less",
            "A duration counts from the day of the first dose; correct it.",
        )


def durations_too_long(tables, meta):
    adtte = tables.get("adtte")
    if adtte is not None and "AVAL" in adtte:
        yield from flag_rows(
            adtte,
            adtte["AVAL"] > LONGEST[meta.time_unit],
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


def progression_later_than_survival(tables, meta):
    """PFS beyond death is impossible; beyond the last date known alive, that date is too early."""
    adtte = tables.get("adtte")
    if adtte is None or not {"USUBJID", "PARAMCD", "AVAL", "CNSR"} <= set(adtte.columns):
        return
    survival = adtte[adtte["PARAMCD"] == "OS"].drop_duplicates("USUBJID").set_index("USUBJID")
    longer = (adtte["PARAMCD"] == "PFSR") & (adtte["AVAL"] > adtte["USUBJID"].map(survival["AVAL"]) + 1e-9)
    alive = adtte["USUBJID"].map(survival["CNSR"]) == 1
    rule = "PFS on rechallenge is longer than overall survival"
    yield from flag_rows(adtte, longer & ~alive, "adtte", "AVAL", rule, "Correct one of the two.")
    action = "The patient lived at least as long: check the last date known alive."
    yield from flag_rows(
        adtte, longer & alive, "adtte", "AVAL", f"{rule}, which is censored", action, severity="warning"
    )


def everybody_censored(tables, meta):
    adtte = tables.get("adtte")
    if adtte is None or not {"PARAMCD", "CNSR"} <= set(adtte.columns):
        return
    for endpoint, rows in adtte.groupby("PARAMCD"):
        if meta.provenance.get(f"adtte.{endpoint}", {}).get("status") == "synthetic":
            continue  # a reconstruction makes up no event that the paper does not print
        if len(rows) and (rows["CNSR"] == 1).all():
            yield Finding(rows.index[0][0], f"all subjects are censored for {endpoint}", "Check that 1 means event in an EVENT column and censored in CNSR.",
                          column=written_as("adtte", "CNSR", rows.iloc[0], rows.index[0][0]), severity="warning")  # fmt: skip


def outcomes_that_contradict(tables, meta):
    """Censored for PFS although dead, or although the best response is progression."""
    adtte, adrs = tables.get("adtte"), tables.get("adrs")
    if adtte is None or not {"USUBJID", "PARAMCD", "CNSR"} <= set(adtte.columns):
        return
    censored = (adtte["PARAMCD"] == "PFSR") & (adtte["CNSR"] == 1)
    died = set(adtte.loc[(adtte["PARAMCD"] == "OS") & (adtte["CNSR"] == 0), "USUBJID"])
    action = "PFS counts death as an event; right only if the patient was lost to assessment before."
    yield from flag_rows(
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
        yield from flag_rows(
            adtte,
            bad,
            "adtte",
            "CNSR",
            "best response is progression, yet censored for PFS",
            "Correct one of the two.",
            severity="warning",
        )


def causes_of_nothing(tables, meta):
    """What ended PFS of a row that is censored; the cause of death of a patient who is not dead."""
    adtte, adsl = tables.get("adtte"), tables["adsl"]
    if adtte is not None and {"PARAMCD", "CNSR", "EVNTDESC"} <= set(adtte.columns):
        ends = {w.casefold() for level in load_dictionary()["adsl"].columns["PFSR_CAUSE"].levels.items() for w in level}
        written = adtte["EVNTDESC"].astype(object)
        ended = written.isin([word for word in written.unique() if str(word).strip().casefold() in ends])
        yield from flag_rows(
            adtte, ended & adtte["PARAMCD"].isin(["PFS1", "PFSR"]) & (adtte["CNSR"] == 1), "adtte", "EVNTDESC",
            "censored, yet progression or death is named", "Correct the event flag or the cause.", severity="warning",
        )  # fmt: skip
    if not {"USUBJID", "DTHCGR1"} <= set(adsl.columns):
        return
    dead = adsl["DTHDT"].notna() if "DTHDT" in adsl else adsl["DTHCGR1"].isna() & False
    outcomes = adtte is not None and {"USUBJID", "PARAMCD", "CNSR"} <= set(adtte.columns)
    if outcomes:
        dead |= adsl["USUBJID"].isin(adtte.loc[(adtte["PARAMCD"] == "OS") & (adtte["CNSR"] == 0), "USUBJID"])
    if "DTHDT" in adsl or outcomes:
        yield from flag_rows(
            adsl, adsl["DTHCGR1"].notna() & ~dead, "adsl", "DTHCGR1", "a cause of death of a patient who is not dead",
            "Add the death (DTHDT, or OS_EVENT = 1), or empty the cause.", severity="warning",
        )  # fmt: skip
