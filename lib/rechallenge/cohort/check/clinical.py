"""Rules on responses, lesions, stage, measurements and adverse events."""

import numpy as np
import pandas as pd

from papercheck.files.findings import Finding, Message
from papercheck.vocabulary.dictionary import load_dictionary

from ..read.cells import shares_of_one
from .rule import Data, Hit

BETTER = {"CR": 0, "PR": 1, "NON-CR/NON-PD": 2, "SD": 2, "PD": 3, "NE": 4}
SMALLEST = 10  # mm of the longest diameter of a target lesion: RECIST 1.1, doi:10.1016/j.ejca.2008.10.026
LARGEST_SUM = 500  # mm
USUAL = {"AGE": (18, 95), "BMI": (12, 60)}
# What tables in print give one level of ECOG, joined: none is narrower than Buccheri 1996 (0, 1: 80 to 100; 2: 60, 70;
# 3, 4: below 60), and a step of 10 is room.
KARNOFSKY = {
    "0": (80, 100),
    "1": (60, 90),
    "2": (40, 70),
    "3": (20, 50),
    "4": (0, 40),
}
UNITS_APART = ((8, 12.5), (80, 125), (800, 1250))  # ratio of two groups of values that are in two units


def _has_course(rows, courses) -> pd.Series:
    """Which rows have a USUBJID and APHASE that stand together in `courses`."""
    found = pd.Series(False, index=rows.index)
    for phase, part in courses.groupby("APHASE"):
        found |= (rows["APHASE"] == phase) & rows["USUBJID"].isin(part["USUBJID"])
    return found


def best_response_against_assessments(data: Data):
    """A best response better than every assessment of the course or than those up to progression, or worse than one."""
    adrs = data.rows("adrs", "USUBJID", "APHASE", "PARAMCD", "AVALC")
    if adrs is None or not (adrs["PARAMCD"] == "OVR").any():
        return
    rank = adrs["AVALC"].map(BETTER)
    seen = adrs.assign(rank=rank)[adrs["PARAMCD"] == "OVR"].groupby(["USUBJID", "APHASE"])["rank"].min()
    course = pd.MultiIndex.from_frame(adrs[["USUBJID", "APHASE"]])
    best = pd.Series(seen.reindex(course).to_numpy(), index=adrs.index)
    is_best = (adrs["PARAMCD"] == "BOR") & best.notna()
    words = "the best response is better than every assessment"
    action = "Correct the best response or the assessments."
    yield Hit("adrs", adrs, is_best & (rank < best), "AVALC", words, action=action, severity="error")
    late, ended = _after_progression(data, adrs)
    in_time = adrs.assign(rank=rank)[(adrs["PARAMCD"] == "OVR") & ~late].groupby(["USUBJID", "APHASE"])["rank"].min()
    until = pd.Series(in_time.reindex(course).to_numpy(), index=adrs.index).fillna(np.inf)
    words = "the best response is that of an assessment after progression; it counts as it is given"
    action = "Right for pseudoprogression; else correct the best response or the date of progression."
    after = is_best & (rank <= 1) & (rank >= best) & (rank < until)
    yield Hit("adrs", adrs, after, "AVALC", words, ended, action, label="progression {}")
    lower = is_best & (rank > best) & (best <= 1)
    action = "Right only if that response was not confirmed, or came after progression."
    yield Hit("adrs", adrs, lower, "AVALC", "the best response is worse than an assessment", action=action)


def _after_progression(data, adrs) -> tuple[pd.Series, pd.Series]:
    """Which rows are dated after the first progression of their course, and that day."""
    ended = pd.Series(pd.NaT, index=adrs.index)
    for phase in ("INITIAL", "RECHALLENGE"):
        ended = ended.where(adrs["APHASE"] != phase, adrs["USUBJID"].map(data.progressions(phase)))
    return adrs.get("ADT", ended) > ended, ended


def best_response_against_lesions(data: Data):
    adrs, adtr = data.rows("adrs", "USUBJID", "APHASE", "AVALC", "PARAMCD"), data.rows("adtr", "PCHG", "APHASE")
    if adrs is None or adtr is None:
        return
    responded = (adrs["PARAMCD"] == "BOR") & adrs["AVALC"].isin(["CR", "PR"])
    best = pd.Series(np.nan, index=adrs.index)
    for phase, rows in adtr.dropna(subset=["PCHG"]).groupby("APHASE"):
        smallest = adrs["USUBJID"].map(rows.groupby("USUBJID")["PCHG"].min())
        best = best.where(adrs["APHASE"] != phase, smallest)
    yield Hit("adrs", adrs, responded & (best > -30 + 1e-6), "AVALC", other=best, label="best change {}%")
    kept = (adrs["PARAMCD"] == "BOR") & (adrs["AVALC"] == "SD") & (best <= -30)
    words, action = (
        "stable disease with 30% shrinkage or more",
        "Right if the response was not confirmed; else correct.",
    )
    yield Hit("adrs", adrs, kept, "AVALC", words, best, action, "note", "best change {}%")


def assessments_of_no_course(data: Data):
    adrs = data.rows("adrs", "USUBJID", "APHASE", "PARAMCD")
    if adrs is not None:
        adex = data.rows("adex", "APHASE")
        lost = ~_has_course(adrs, adex if adex is not None else adrs.iloc[:0])
        yield Hit("adrs", adrs, (adrs["PARAMCD"] == "OVR") & lost, "APHASE")


def assessments_without_date(data: Data):
    adrs = data.rows("adrs", "PARAMCD")
    if adrs is not None:
        missing = adrs["ADT"].isna() if "ADT" in adrs else pd.Series(True, index=adrs.index)
        yield Hit("adrs", adrs, (adrs["PARAMCD"] == "OVR") & missing, "ADT")


def progression_without_date(data: Data):
    adex, adrs = data.rows("adex", "APHASE"), data.rows("adrs", "USUBJID", "APHASE", "AVALC", "PARAMCD")
    if adex is None or adrs is None:
        return
    dated = adex[adex["PDDT"].notna()] if "PDDT" in adex else adex.iloc[:0]
    seen = adrs[(adrs["PARAMCD"] == "OVR") & (adrs["AVALC"] == "PD")]
    known = _has_course(adrs, dated) | _has_course(adrs, seen)
    yield Hit("adrs", adrs, (adrs["PARAMCD"] == "BOR") & (adrs["AVALC"] == "PD") & ~known, "AVALC")


def responses_of_no_course(data: Data):
    """A recorded response of a course whose starts are recorded for others, but not for this subject."""
    adex, adrs = data.rows("adex", "USUBJID", "APHASE"), data.rows("adrs", "USUBJID", "APHASE", "PARAMCD")
    if adex is None or adrs is None:
        return
    started = pd.MultiIndex.from_frame(adex[["USUBJID", "APHASE"]])
    had = pd.MultiIndex.from_frame(adrs[["USUBJID", "APHASE"]]).isin(started)
    yield Hit("adrs", adrs, (adrs["PARAMCD"] == "BOR") & adrs["APHASE"].isin(set(adex["APHASE"])) & ~had, "APHASE")


def events_of_no_course(data: Data):
    adex, adae = data.rows("adex", "APHASE"), data.rows("adae", "USUBJID", "APHASE")
    if adex is None or adae is None:
        return
    known = adae["USUBJID"].isin(data.tables["adsl"].get("USUBJID", []))
    yield Hit("adae", adae, known & ~_has_course(adae, adex), "APHASE")


def events_without_grade(data: Data):
    adae = data.rows("adae", "USUBJID", "ATOXGR")
    if adae is not None:
        yield Hit("adae", adae, adae["ATOXGR"].isna() & adae["USUBJID"].notna(), "ATOXGR")


def stage_against_metastasis(data: Data):
    adsl = data.rows("adsl", "STAGE", "DISTMET")
    if adsl is not None:
        four = adsl["STAGE"].isin([s for s in adsl["STAGE"].dropna().unique() if str(s).startswith("IV")])
        bad = (four & (adsl["DISTMET"] == "N")) | (~four & adsl["STAGE"].notna() & (adsl["DISTMET"] == "Y"))
        yield Hit("adsl", adsl, bad, "STAGE", other=adsl["DISTMET"], label="DISTMET {}")


def percent_as_fractions(data: Data):
    """Best changes of which none lies below -1 or above 5, other percentages from 0 to 1, not all whole: shares."""
    adtr, adsl = data.rows("adtr", "PCHG", "APHASE"), data.tables["adsl"]
    for phase, rows in adtr.dropna(subset=["PCHG"]).groupby("APHASE") if adtr is not None else ():
        column = f"PCHG_{phase}" if "adtr" not in rows.index[0][0].lower() else "PCHG"
        if shares_of_one(data.written.beside(column, rows["PCHG"]), of_change=True):
            yield from _as_fractions(data, rows["PCHG"], column, "best change lies between -1 and 5", -0.45)
    factors = [f for f in data.meta.factors.values() if f.unit == "%" and not f.levels and f.name in adsl]
    for name in (f.name for f in factors):
        values = adsl[name].dropna()
        cells = data.written.beside(name, values)
        if values.dtype.kind == "f" and values.min() >= 0 and shares_of_one(cells, of_change=False):
            yield from _as_fractions(
                data, values, name, Message("value of {column} lies between 0 and 1", column=name), 0.45
            )


def _as_fractions(data, values, column, words, example):
    if len(values) < 3 or data.meta.scales.get(column) is not None:
        return
    action = Message(
        "Write percent ({percent} for {example}), or declare `scales: {{{column}: fraction}}` "
        "in cohort.yml; if percent is meant, `scales: {{{column}: percent}}`.",
        percent=f"{100 * example:g}",
        example=example,
        column=column,
    )
    rule, said = (
        Message("every {what}: are these fractions, or percent?", what=words),
        f"{values.min():g} to {values.max():g}",
    )
    yield Finding(values.index[0][0], rule, action, column=column, value=said)


def changes_against_sums(data: Data):
    """A recorded change of the sum of diameters that the sums themselves do not give."""
    adtr = data.rows("adtr", "USUBJID", "APHASE", "ADT", "SDIAM", "PCHG")
    if adtr is None:
        return
    sums = adtr.dropna(subset=["SDIAM", "ADT"]).sort_values("ADT")
    for phase in ("INITIAL", "RECHALLENGE"):
        part = sums[sums["APHASE"] == phase]
        start = part["USUBJID"].map(data.starts(phase))
        before = part[part["ADT"] <= start].groupby("USUBJID")["SDIAM"].last()
        base = before.combine_first(part.groupby("USUBJID")["SDIAM"].first())
        after = part[~(part["ADT"] <= start)]
        best = after.groupby("USUBJID")["SDIAM"].min()
        mine = adtr["APHASE"] == phase
        now = adtr["SDIAM"].fillna(adtr["USUBJID"].map(best))
        change = (now / adtr["USUBJID"].map(base) - 1) * 100
        bad = mine & adtr["PCHG"].notna() & ((adtr["PCHG"] - change).abs() > 5)
        yield Hit("adtr", adtr, bad, "PCHG", other=change.round(0), label="the sums give {}%")


def _largest_beside(adtr) -> pd.Series:
    """Of each sum the larger of the one before and the one after it in its course, by date, else as they stand; of the
    first of a course also those that other courses of the subject begin with."""
    order = adtr.sort_values("ADT", kind="stable") if "ADT" in adtr else adtr
    courses = order.groupby([c for c in ("USUBJID", "APHASE") if c in order], sort=False)["SDIAM"]
    first = order["SDIAM"].where(courses.cumcount() == 0)
    begins = first.groupby(order["USUBJID"]).transform("max").where(first.notna())
    return pd.concat([courses.shift(), courses.shift(-1), begins], axis=1).max(axis=1).reindex(adtr.index)


def _baseline(data, adtr) -> pd.Series:
    """Which sums are the last one up to the first dose of their course."""
    if not {"APHASE", "ADT"} <= set(adtr.columns):
        return pd.Series(False, index=adtr.index)
    rows = adtr.reset_index(drop=True)  # a line may have a row for each course
    start = pd.Series(pd.NaT, index=rows.index, dtype="datetime64[ns]")
    for phase in ("INITIAL", "RECHALLENGE"):
        start = start.where(rows["APHASE"] != phase, rows["USUBJID"].map(data.starts(phase)))
    before = rows[(rows["ADT"] <= start) & rows["SDIAM"].notna()].sort_values("ADT", kind="stable")
    last = before.drop_duplicates(["USUBJID", "APHASE"], keep="last").index
    return pd.Series(rows.index.isin(last), index=adtr.index)


def sums_in_another_unit(data: Data):
    """Sums of diameters in cm, or in cm beside mm."""
    adtr = data.rows("adtr", "USUBJID", "SDIAM")
    if adtr is None:
        return
    sums = adtr["SDIAM"]
    largest = adtr.groupby("USUBJID")["SDIAM"].transform("max")
    given = sums[sums > 0]
    if len(given) > 2 and given.quantile(0.9) < 25 and given.median() < 15:
        yield Finding(
            adtr.index[0][0],
            "the sums of diameters look like cm",
            "",
            column="SDIAM",
            value=Message("median {value}", value=f"{given.median():g}"),
        )
        return
    beside = _largest_beside(adtr)
    jump = (sums > 0) & (sums < 20) & (beside / sums).between(8, 12.5)
    words = "a tenth of a sum beside it: of the same course, or that another course begins with"
    yield Hit("adtr", adtr, jump, "SDIAM", words, beside, label="beside {}")
    lone = (sums > 0) & (largest < SMALLEST)
    yield Hit("adtr", adtr, lone, "SDIAM", Message("every sum of the subject is below {limit} mm", limit=SMALLEST))
    low = _baseline(data, adtr) & (sums > 0) & (sums < SMALLEST) & ~lone & ~jump
    yield Hit(
        "adtr",
        adtr,
        low,
        "SDIAM",
        Message("a baseline below {limit} mm, the least of one target lesion", limit=SMALLEST),
    )
    yield Hit("adtr", adtr, sums > LARGEST_SUM, "SDIAM", Message("a sum above {limit} mm", limit=LARGEST_SUM))


def unusual_values(data: Data):
    """An age or body mass index that adults hardly have."""
    adsl = data.tables["adsl"]
    for name, (low, high) in USUAL.items():
        if name in adsl:
            spec = load_dictionary()["adsl"].columns[name]
            words = Message(
                "{what} outside {low} to {high} {unit}", what=spec.label, low=low, high=high, unit=spec.unit
            )
            inside = adsl[name].between(*spec.range)  # outside the range it is an error already
            yield Hit("adsl", adsl, inside & ~adsl[name].between(low, high), name, words)


def two_units_in_a_column(data: Data):
    """A column of measurements in two groups whose values are ten, a hundred or a thousand times apart."""
    adsl = data.tables["adsl"]
    for name, factor in data.meta.factors.items():
        if (
            factor.type != "number"
            or factor.unit == "%"
            or name in data.meta.groupings
            or name not in adsl
            or name in ("AGE", "KARNOF")
        ):
            continue
        values = adsl[name].dropna().sort_values()
        values = values[values > 0]
        if len(values) < 6:
            continue
        steps = (values / values.shift()).fillna(1).to_numpy()
        cut = int(steps.argmax())
        below, above = values.iloc[:cut], values.iloc[cut:]
        ratio = above.median() / below.median() if cut else 1
        if steps[cut] >= 3 and any(low <= ratio <= high for low, high in UNITS_APART):
            rare = below if len(below) <= len(above) else above
            most = above if len(below) <= len(above) else below
            other = pd.Series(f"median of the others {most.median():g}", index=adsl.index)
            yield Hit("adsl", adsl, adsl.index.to_series().isin(rare.index), name, other=other)


def karnofsky_against_ecog(data: Data):
    adsl = data.rows("adsl", "KARNOF", "ECOG")
    if adsl is not None:
        low = adsl["ECOG"].map({k: v[0] for k, v in KARNOFSKY.items()}).astype(float)
        high = adsl["ECOG"].map({k: v[1] for k, v in KARNOFSKY.items()}).astype(float)
        bad = (adsl["KARNOF"] < low - 10) | (adsl["KARNOF"] > high + 10)
        yield Hit("adsl", adsl, bad, "KARNOF", other=adsl["ECOG"], label="ECOG {}")


def lesions_before_or_after(data: Data):
    """A measurement more than a year before its course: no baseline of it."""
    adtr = data.rows("adtr", "USUBJID", "APHASE", "ADT")
    if adtr is None:
        return
    for phase in ("INITIAL", "RECHALLENGE"):
        start = adtr["USUBJID"].map(data.starts(phase))
        bad = (adtr["APHASE"] == phase) & (adtr["ADT"] < start - pd.Timedelta(days=365))
        yield Hit("adtr", adtr, bad, "ADT", other=start, label="start {}")
