"""Rules that hold responses and classes of resistance against sums of lesions, durations and counts beside them."""

from dataclasses import replace

import pandas as pd

from ..lesions import is_growth
from .clinical import BETTER
from .rule import Data, Hit

SHRUNK, ROUNDED = -0.30, 0.005  # of the baseline, and half a percent for rounding: RECIST 1.1
NODES = 20  # mm: two lymph nodes below 10 mm each, the most that complete response leaves (RECIST 1.1, two an organ)
LATE_MONTHS, EARLY_DAYS = 6, 21  # a first assessment hardly comes later than six months, or within three weeks
STABLE_DAYS = 42  # from the start until which SD must hold (RECIST 1.1; six weeks unless a protocol says more)
LONG_MONTHS = 12  # with a response no published definition calls it primary resistance (derive/resistance.yml)
SHORT_DAYS = 84  # without a response none that goes by the course calls it acquired resistance
FEW_LESIONS = 5  # no definition of oligo-progression counts more
PFS = {"INITIAL": "PFS1", "RECHALLENGE": "PFSR"}


def _sums_at_visits(data, adrs) -> pd.DataFrame | None:
    """Of each assessment the sum of the same day and course: SUM, BASE (last one up to the first dose), LEAST (the
    smallest before it, the baseline with it); missing where there is none."""
    adtr = data.rows("adtr", "USUBJID", "APHASE", "ADT", "SDIAM")
    if adtr is None:
        return None
    keys, found = ["USUBJID", "APHASE"], pd.DataFrame(index=adrs.index, columns=["SUM", "BASE", "LEAST"], dtype=float)
    sums = adtr[[*keys, "ADT", "SDIAM"]].dropna().astype({"APHASE": object})
    starts = pd.concat({phase: data.starts(phase) for phase in PFS}, names=["APHASE", "USUBJID"])
    sums["START"] = starts.reindex(pd.MultiIndex.from_frame(sums[["APHASE", "USUBJID"]])).to_numpy()
    sums = sums.dropna(subset=["START"]).sort_values("ADT", kind="stable")
    before = sums[sums["ADT"] <= sums["START"]].drop_duplicates(keys, keep="last")
    course = pd.concat([before, sums[sums["ADT"] > sums["START"]]]).sort_values("ADT", kind="stable")
    course["LEAST"] = course.groupby(keys)["SDIAM"].cummin()
    course["LEAST"] = course.groupby(keys)["LEAST"].shift()
    base = course[keys].merge(before[[*keys, "SDIAM"]], on=keys, how="left")["SDIAM"]
    course = course.assign(BASE=base.to_numpy()).drop_duplicates([*keys, "ADT"])
    at = pd.MultiIndex.from_frame(adrs[[*keys, "ADT"]].astype({"APHASE": object}))
    held = course.set_index([*keys, "ADT"])[["SDIAM", "BASE", "LEAST"]].reindex(at)
    found[["SUM", "BASE", "LEAST"]] = held.to_numpy()
    return found


def assessments_against_sums(data: Data):
    """An assessment that the sum of the target lesions of the same day does not allow, by RECIST 1.1, table 1.

    Progression without growth of the target lesions is none: other lesions grew, or new ones came. What comes after the
    first progression of a course does not count, and is not compared.
    """
    adrs = data.rows("adrs", "USUBJID", "APHASE", "PARAMCD", "AVALC", "ADT")
    held = _sums_at_visits(data, adrs) if adrs is not None else None
    if held is None:
        return
    ended = pd.concat([adrs["USUBJID"].map(data.progressions(p)).where(adrs["APHASE"] == p) for p in PFS], axis=1)
    visit = (adrs["PARAMCD"] == "OVR") & held["LEAST"].notna() & ~(adrs["ADT"] > ended.min(axis=1))
    answer = adrs["AVALC"]
    grown = is_growth(held["SUM"], held["LEAST"]) & answer.isin(["CR", "PR", "SD", "NON-CR/NON-PD"])
    yield _unlike(adrs, held, visit & grown, "LEAST", "no progression, yet the sum grew")
    visit, change = visit & ~grown & held["BASE"].notna(), held["SUM"] / held["BASE"] - 1
    unmeasured = answer.isin(["CR", "PR"]) & held["SUM"].isna()
    bare = (answer == "PR") & ~_once((change <= SHRUNK + ROUNDED) | unmeasured, adrs)
    yield _unlike(adrs, held, visit & bare, "BASE", "a partial response, yet no sum shrank by 30%")
    left = (answer == "CR") & (held["SUM"] >= NODES)
    yield _unlike(adrs, held, visit & left, "BASE", "a complete response, yet lesions are left")
    kept = (answer == "SD") & (change <= SHRUNK - ROUNDED)
    action = "Right if the response was not confirmed or not all lesions were assessed; else correct one of the two."
    unlike = _unlike(adrs, held, visit & kept, "BASE", "stable disease, yet the sum shrank by 30% or more")
    yield replace(unlike, action=action, severity="note")


def _unlike(adrs, held, bad, column, words) -> Hit:
    """What the sums contradict, each beside the smaller or the first sum and its own."""
    bad = bad.fillna(False)
    other = pd.Series("", index=adrs.index, dtype=object)
    pairs = zip(held.loc[bad.to_numpy(), column], held.loc[bad.to_numpy(), "SUM"], strict=True)
    other[bad.to_numpy()] = [f"{before:g} to {now:g} mm" for before, now in pairs]
    return Hit("adrs", adrs, bad, "AVALC", words, other)


def _once(small, adrs) -> pd.Series:
    """Whether it held at an assessment of the course by then."""
    rows = adrs[["USUBJID", "APHASE", "ADT"]].astype({"APHASE": object}).assign(small=small.astype(int))
    order = rows.reset_index(drop=True).sort_values("ADT", kind="stable")  # a line may have a row for each course
    once = order.groupby(["USUBJID", "APHASE"])["small"].cummax().sort_index()
    return pd.Series(once.eq(1).to_numpy(), index=adrs.index)


def courses_without_assessment(data: Data):
    """A course with sums of lesions after its start and no assessment, where others of the course have assessments."""
    adrs = data.rows("adrs", "USUBJID", "APHASE", "AVALC")
    adtr = data.rows("adtr", "USUBJID", "APHASE", "ADT", "SDIAM")
    if adrs is None or adtr is None:
        return
    for phase in PFS:
        assessed = set(adrs.loc[adrs["APHASE"] == phase, "USUBJID"])
        start = adtr["USUBJID"].map(data.starts(phase))
        later = (adtr["APHASE"] == phase) & (adtr["ADT"] > start) & adtr["SDIAM"].notna()
        bad = later & ~adtr["USUBJID"].isin(assessed) & ~adtr.duplicated(["USUBJID", "APHASE"], keep="last")
        if assessed:
            yield Hit("adtr", adtr, bad, "USUBJID")


def best_response_against_length(data: Data):
    """Progression as best response of a course that held for half a year; a response within three weeks of one that
    ended by progression; stable disease that did not hold for six weeks, which RECIST 1.1 asks for."""
    adrs = data.rows("adrs", "USUBJID", "APHASE", "AVALC", "PARAMCD")
    for phase, code in PFS.items() if adrs is not None else ():
        days, event = _lengths(data, code, phase)
        here = (adrs["PARAMCD"] == "BOR") & (adrs["APHASE"] == phase)
        length, ended = adrs["USUBJID"].map(days), adrs["USUBJID"].map(event).eq(True)
        months = (length / data.meta.calendar.month).round(1)
        late = here & (adrs["AVALC"] == "PD") & ended & (length > LATE_MONTHS * data.meta.calendar.month)
        words = "progression as best response, yet the course held for more than six months"
        yield Hit("adrs", adrs, late, "AVALC", words, months, label=code + " {} months")
        soon = here & adrs["AVALC"].isin(["CR", "PR", "SD"]) & ended & (length <= EARLY_DAYS)
        words = "a response, yet the course ended within three weeks"
        yield Hit("adrs", adrs, soon, "AVALC", words, months, label=code + " {} months")
        held = adrs["USUBJID"].map(_days_without_progression(data, adrs, phase))
        short = here & adrs["AVALC"].isin(["SD", "NON-CR/NON-PD"]) & (held < STABLE_DAYS) & ~soon
        words = "stable disease that did not hold for six weeks from the start; it counts as it is given"
        yield Hit("adrs", adrs, short, "AVALC", words, held, label="{} days")


def _days_without_progression(data, adrs, phase) -> pd.Series:
    """Days from the start to the last assessment without progression by subject, or else to the progression."""
    ended, start = data.progressions(phase), data.starts(phase)
    last = pd.Series(dtype="datetime64[ns]")
    if "ADT" in adrs:
        seen = adrs[(adrs["PARAMCD"] == "OVR") & (adrs["APHASE"] == phase) & ~adrs["AVALC"].isin(["PD", "NE"])]
        seen = seen.dropna(subset=["USUBJID", "AVALC", "ADT"])
        last = seen[~(seen["ADT"] > seen["USUBJID"].map(ended))].groupby("USUBJID")["ADT"].max()
    until = last.combine_first(ended)
    return (until - start.reindex(until.index)).dt.days


def _lengths(data, code, phase) -> tuple[pd.Series, pd.Series]:
    """Days to the end of PFS by subject, and whether it is an event: as given, else from start to progression."""
    start, ended = data.starts(phase), data.progressions(phase)
    days = ((ended - start.reindex(ended.index)).dt.days + 1).astype(float)
    event = pd.Series(True, index=days.index)
    rows = data.outcome(code)
    if rows is not None:
        rows = rows.dropna(subset=["USUBJID", "AVAL"]).drop_duplicates("USUBJID").set_index("USUBJID")
        given = rows["AVAL"] * data.meta.calendar.days(data.meta.time_unit)
        days, event = given.combine_first(days), (rows["CNSR"] == 0).combine_first(event)
    return days, event


def resistance_against_course(data: Data):
    """A class of resistance that the study gave and that no published definition gives to such a first course."""
    adsl, adrs = data.rows("adsl", "USUBJID", "RESIST"), data.rows("adrs", "USUBJID", "APHASE", "AVALC", "PARAMCD")
    if adsl is None or adrs is None or data.meta.reconstructed:
        return
    best = adsl["USUBJID"].map(_best_of_first_course(data, adrs))
    days = adsl["USUBJID"].map(_lengths(data, "PFS1", "INITIAL")[0])
    months = (days / data.meta.calendar.month).round(1)
    held = best.fillna("").astype(str) + ", PFS1 " + months.map("{:g}".format)
    words = "primary resistance, yet the first course brought a response and held for a year or more"
    long = (adsl["RESIST"] == "PRIMARY") & best.isin(["CR", "PR"]) & (months >= LONG_MONTHS)
    yield Hit("adsl", adsl, long, "RESIST", words, held, label="{} months")
    words = "acquired resistance, yet the first course ended in progression within 12 weeks, without a response"
    short = (adsl["RESIST"] == "ACQUIRED") & (best == "PD") & (days < SHORT_DAYS)
    yield Hit("adsl", adsl, short, "RESIST", words, held, label="{} months")


def _best_of_first_course(data, adrs) -> pd.Series:
    """The best response by subject as recorded, else the best of the assessments up to progression."""
    first = adrs[adrs["APHASE"] == "INITIAL"]
    if "ADT" in first:
        first = first[~(first["ADT"] > first["USUBJID"].map(data.progressions("INITIAL")))]
    order = first["PARAMCD"].map({"BOR": 0}).fillna(1) * 10 + first["AVALC"].map(BETTER)
    return first.loc[order.sort_values(kind="stable").index].drop_duplicates("USUBJID").set_index("USUBJID")["AVALC"]


def few_lesions_against_their_number(data: Data):
    """Oligo-progression of many lesions, systemic progression of a single one."""
    adsl = data.rows("adsl", "PROGTYPE", "NPROG")
    if adsl is not None:
        many = (adsl["PROGTYPE"] == "OLIGO") & (adsl["NPROG"] > FEW_LESIONS)
        one = (adsl["PROGTYPE"] == "SYSTEMIC") & (adsl["NPROG"] == 1)
        yield Hit("adsl", adsl, many | one, "PROGTYPE", other=adsl["NPROG"], label="NPROG {}")
