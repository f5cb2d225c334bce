"""Rules on durations and their event flags: against each other, against the dates, and against their unit."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from papercheck.files.findings import Finding, Message
from papercheck.vocabulary.endpoints import endpoint_rules

from ..read.reshape import written_as
from .rule import Data, Hit

DAYS_LOOK = {"PFS1": 48, "PFSR": 48, "OS": 60}  # a median above this, in "months": the column is probably in days
MONTHS_LOOK = 24  # a median of whole "days" below this: the column is probably in months
YEARS_LOOK = {"PFS1": (0.8, 3), "PFSR": (0.8, 3), "OS": (2, 6)}  # "months" of a median and a longest below: years
WEEKS_LOOK = {"PFSR": 14, "OS": 40}  # medians above both, in "months": rather weeks (no pool of rechallenge is near)
LONGEST = {"months": 240, "days": 7300}  # twenty years
APART = 3  # days by which a duration and its dates may differ
MONTHS = (30.4375, 365 / 12, 30.0, 28.0)  # days of a month, as studies count them


def durations_below_zero(data: Data):
    adtte = data.rows("adtte", "AVAL")
    if adtte is not None:
        yield Hit("adtte", adtte, adtte["AVAL"] < 0, "AVAL")


def durations_of_zero(data: Data):
    adtte = data.rows("adtte", "AVAL")
    if adtte is not None:
        yield Hit("adtte", adtte, adtte["AVAL"] == 0, "AVAL")


def durations_too_long(data: Data):
    adtte = data.rows("adtte", "AVAL")
    if adtte is not None:
        yield Hit("adtte", adtte, adtte["AVAL"] > LONGEST[data.meta.time_unit], "AVAL")


def durations_in_another_unit(data: Data):
    """Months that look like days or years, and days that look like months."""
    adtte = data.rows("adtte", "PARAMCD", "AVAL")
    if adtte is None:
        return
    unit = data.meta.time_unit
    yield from _weeks(data, adtte)
    for endpoint, rows in adtte.groupby("PARAMCD"):
        values = rows["AVAL"].dropna()
        days_for_months = unit == "months" and values.median() > DAYS_LOOK.get(endpoint, 60)
        column = written_as("adtte", "AVAL", rows.iloc[0], rows.index[0][0])
        fractions = (values % 1 != 0).any() and column not in data.meta.scales
        months_for_days = unit == "days" and len(values) > 2 and (fractions or values.median() < MONTHS_LOOK)
        if days_for_months or months_for_days:
            looks = "days" if days_for_months else "months"
            yield Finding(
                rows.index[0][0],
                Message(
                    "{endpoint} looks like {looks} although time_unit is {unit}",
                    endpoint=endpoint,
                    looks=looks,
                    unit=unit,
                ),
                Message(
                    "Set `time_unit: {looks}` in cohort.yml if every duration is in {looks}, or `scales: "
                    "{{{column}: {looks}}}` if this one alone is.",
                    looks=looks,
                    column=column,
                ),
                column=column,
                value=Message("median {value}", value=f"{values.median():g}"),
            )
        if unit == "months":
            yield from _like_years(endpoint, values, rows.index[0][0], column)


def _like_years(endpoint, values, file, column):
    """Months (n,) of an endpoint that look like years."""
    median, longest = YEARS_LOOK.get(endpoint, (0, 0))
    if len(values) > 4 and values.median() < median and values.max() < longest and (values % 1 != 0).any():
        rule, action = (
            Message("{endpoint} looks like years although time_unit is months", endpoint=endpoint),
            f"`scales: {{{column}: years}}`",
        )
        said = f"median {values.median():g}, longest {values.max():g}"
        action = Message("If these are years, declare {action} in cohort.yml; if not, nothing.", action=action)
        yield Finding(file, rule, action, column=column, value=said)


def _weeks(data, adtte):
    """Months of PFS on rechallenge and of survival that are both four times longer than usual."""
    medians = {code: adtte.loc[adtte["PARAMCD"] == code, "AVAL"].median() for code in WEEKS_LOOK}
    if data.meta.time_unit != "months" or not all(medians[code] > least for code, least in WEEKS_LOOK.items()):
        return
    for code in (c for c in WEEKS_LOOK if medians[c] <= DAYS_LOOK[c]):
        rows = adtte[adtte["PARAMCD"] == code]
        column = written_as("adtte", "AVAL", rows.iloc[0], rows.index[0][0])
        if column not in data.meta.scales:
            rule = Message("{code} looks like weeks although time_unit is months", code=code)
            action = Message(
                "If these are weeks, declare `scales: {{{column}: weeks}}` in cohort.yml; if not, nothing.",
                column=column,
            )
            yield Finding(
                rows.index[0][0],
                rule,
                action,
                column=column,
                value=Message("median {value}", value=f"{medians[code]:g}"),
            )


def decimals(values) -> int:
    """The most figures behind the point among durations, up to 6."""
    texts = pd.Series(values).dropna().head(2000).map(lambda x: f"{x:.6f}".rstrip("0"))
    return int(texts.str.split(".").str[1].str.len().max()) if len(texts) else 0


def progression_later_than_survival(data: Data):
    """PFS beyond death is impossible; beyond the last date known alive, that date is too early. Rounding is neither."""
    rows, survival = data.outcome("PFSR"), data.outcome("OS")
    if rows is None or survival is None:
        return
    survival = survival.drop_duplicates("USUBJID").set_index("USUBJID")
    last = rows["USUBJID"].map(survival["AVAL"])
    figures = min(decimals(rows["AVAL"]), decimals(survival["AVAL"]))
    rounding = max(1 / data.meta.calendar.days(data.meta.time_unit), 10.0**-figures) + 1e-9
    alive = rows["USUBJID"].map(survival["CNSR"]) == 1
    longer, other = rows["AVAL"] > last + 1e-9, last
    slightly = longer & (rows["AVAL"] <= last + rounding)
    action = "Nothing, if it is rounding; the numbers are used as they are."
    words = "PFS on rechallenge is longer than overall survival"
    yield Hit(
        "adtte",
        rows,
        slightly,
        "AVAL",
        Message("{what} by no more than rounding", what=words),
        other,
        action,
        "note",
        "OS {}",
    )
    yield Hit("adtte", rows, longer & ~slightly & ~alive, "AVAL", words, other, label="OS {}")
    action = "The patient lived at least as long: check the last date known alive."
    words = Message("{what}, which is censored", what=words)
    yield Hit("adtte", rows, longer & ~slightly & alive, "AVAL", words, other, action, "warning", "OS {}")


def two_courses_with_the_same_numbers(data: Data):
    """PFS1 and PFSR that are one column read twice."""
    first, second = data.outcome("PFS1"), data.outcome("PFSR")
    if first is None or second is None:
        return
    both = first.drop_duplicates("USUBJID").merge(second.drop_duplicates("USUBJID"), on="USUBJID")
    same = (both["AVAL_x"] == both["AVAL_y"]) & (both["CNSR_x"] == both["CNSR_y"])
    if len(both) >= 3 and same.mean() >= 0.9:
        column = written_as("adtte", "AVAL", second.iloc[0], second.index[0][0])
        yield Finding(second.index[0][0], "", "", column=column, value=f"{same.sum()} of {len(both)} patients")


def everybody_censored(data: Data):
    """An endpoint without any event: the flags may be turned."""
    adtte = data.rows("adtte", "PARAMCD", "CNSR")
    if adtte is None:
        return
    for endpoint, rows in adtte.groupby("PARAMCD"):
        if data.meta.provenance.get(f"adtte.{endpoint}", {}).get("status") == "synthetic":
            continue  # a reconstruction makes up no event that the paper does not print
        if len(rows) and (rows["CNSR"] == 1).all():
            column = written_as("adtte", "CNSR", rows.iloc[0], rows.index[0][0])
            yield Finding(
                rows.index[0][0],
                Message("all subjects are censored for {endpoint}", endpoint=endpoint),
                "",
                column=column,
            )


def outcomes_of_some_subjects_only(data: Data):
    """An endpoint that most subjects have, and for the rest neither a duration nor dates to make one from."""
    adsl, adtte = data.rows("adsl", "USUBJID"), data.rows("adtte", "USUBJID", "PARAMCD", "AVAL")
    if adsl is None or adtte is None:
        return
    everybody = set(adsl["USUBJID"].dropna())
    for endpoint, rows in adtte.dropna(subset=["AVAL"]).groupby("PARAMCD"):
        dated = set(data.starts(data.meta.endpoint(endpoint)["start"]).index) if endpoint in endpoint_rules() else set()
        lacking = everybody - set(rows["USUBJID"]) - dated
        if lacking and len(rows):
            names = ", ".join(sorted(lacking)[:5]) + (", ..." if len(lacking) > 5 else "")
            words = Message(
                "{endpoint} is given for {n} of {total} subjects",
                endpoint=endpoint,
                n=len(everybody) - len(lacking),
                total=len(everybody),
            )
            yield Finding(
                rows.index[0][0],
                words,
                "",
                column=written_as("adtte", "AVAL", rows.iloc[0], rows.index[0][0]),
                value=f"without: {names}",
            )


def _ends(data, endpoint):
    """First counted event of an endpoint by subject, as the dates have it: (date, name of what ends it)."""
    rule = data.meta.endpoint(endpoint)
    deaths = data.counted(data.deaths).dropna()
    progressed = data.progressions(rule["start"]) if "progression" in rule["events"] else deaths.iloc[:0]
    return pd.concat([deaths, progressed]).groupby(level=0).min(), progressed, deaths


def _stops(data, endpoint, subjects, start):
    """Where the clock of an endpoint stops at the start of the next course."""
    stop = pd.Series(pd.NaT, index=subjects.index, dtype="datetime64[ns]")
    for phase in data.meta.endpoint(endpoint)["next_course"]:
        following = subjects.map(data.starts(phase))
        stop = stop.fillna(following.where(following > start))
    return stop


def _days_of_a_month(lengths, values, meta) -> float:
    """Days that the durations count as one unit: of the usual ones the one that fits the dates best."""
    if meta.time_unit == "days":
        return 1.0
    months = (meta.calendar.month, *MONTHS)
    known = lengths.notna() & values.notna()
    if known.sum() < 5:
        return months[0]
    misfit = [(values[known] * days - lengths[known]).abs().median() for days in months]
    best = int(np.argmin(misfit))
    return months[best] if misfit[best] < misfit[0] - 0.5 else months[0]


@dataclass(frozen=True)
class _Dated:
    """The rows of one endpoint beside their dates: start, end (the first event, missing if none), days of one unit."""

    endpoint: str
    rows: pd.DataFrame
    start: pd.Series
    end: pd.Series
    month: float
    unit: str

    @property
    def length(self) -> pd.Series:
        """Days from start to end, the first day counted."""
        return (self.end - self.start).dt.days + 1

    @property
    def given(self) -> pd.Series:
        """The durations in days."""
        return self.rows["AVAL"] * self.month

    @property
    def allowed(self) -> float:
        """Days by which a duration may differ: three, and half of its last figure."""
        return APART + self.month * 0.5 * 10.0 ** -decimals(self.rows["AVAL"])

    def words(self, bad) -> pd.Series:
        """What the dates give, in words, for the rows that are named."""
        found = pd.Series("", index=self.rows.index, dtype=object)
        places = zip(self.length[bad], self.start[bad], self.end[bad], strict=True)
        found[bad.to_numpy()] = [
            f"{days / self.month:.1f} {self.unit} by the dates, {start:%Y-%m-%d} to {end:%Y-%m-%d}"
            for days, start, end in places
        ]
        return found


def durations_against_dates(data: Data):
    """A duration, or its flag, that the dates of the same subject contradict by more than three days."""
    if data.meta.reconstructed:
        return
    for endpoint in endpoint_rules():
        rows = data.outcome(endpoint)
        start = None if rows is None else rows["USUBJID"].map(data.starts(data.meta.endpoint(endpoint)["start"]))
        if start is not None and start.notna().any():
            yield from _against_dates(data, endpoint, rows, start)


def _against_dates(data, endpoint, rows, start):
    ends, progressed, deaths = _ends(data, endpoint)
    stop, event = _stops(data, endpoint, rows["USUBJID"], start), rows["CNSR"] == 0
    end = rows["USUBJID"].map(ends)
    end = end.where(~(end > stop))
    month = _days_of_a_month(((end - start).dt.days + 1)[event], rows["AVAL"][event], data.meta)
    dated = _Dated(endpoint, rows, start, end, month, data.meta.time_unit)
    apart = event & ((dated.given - dated.length).abs() > dated.allowed)
    yield Hit("adtte", rows, apart, "AVAL", other=dated.words(apart))
    action = "Add the date, or correct the event flag; the duration counts as it is given."
    either = "no death" if endpoint == "OS" else "no progression or death"
    if len(progressed) or len(deaths):
        words = Message("an event of {endpoint}, yet {what} is dated", endpoint=endpoint, what=either)
        yield Hit("adtte", rows, event & start.notna() & end.isna(), "CNSR", words, action=action)
    first = end if endpoint == "OS" else rows["USUBJID"].map(progressed).where(lambda d: ~(d > stop))
    words = Message(
        "censored for {endpoint}, yet {what} is dated",
        endpoint=endpoint,
        what="death" if endpoint == "OS" else "progression",
    )
    yield Hit("adtte", rows, ~event & (rows["CNSR"] == 1) & first.notna(), "CNSR", words, first, action)
    yield from _against_follow_up(data, dated, (rows["CNSR"] == 1) & first.isna())


def _against_follow_up(data, dated, open_):
    """Censored durations against the last date of the subject, where the last date alive is kept."""
    adsl = data.rows("adsl", "USUBJID", "LSTALVDT")
    if adsl is None:
        return
    subjects = dated.rows["USUBJID"]
    alive = subjects.map(adsl.dropna(subset=["USUBJID"]).groupby("USUBJID")["LSTALVDT"].max())
    seen = subjects.map(data.last_dates)
    last = alive.where(~(seen > alive), seen)
    followed = (last - dated.start).dt.days + 1
    beyond = open_ & (dated.given - followed > dated.allowed)
    words, action = "a duration that ends after the last date on record", "Correct the duration or LSTALVDT."
    yield Hit("adtte", dated.rows, beyond, "AVAL", words, last, action, label="last {}")
    if dated.endpoint == "OS":
        words = "overall survival is censored before the last date on record"
        short = open_ & (followed - dated.given > dated.allowed)
        yield Hit("adtte", dated.rows, short, "AVAL", words, last, action, label="last {}")


def durations_against_their_own_dates(data: Data):
    """AVAL of a row against its STARTDT and ADT."""
    adtte = data.rows("adtte", "AVAL", "STARTDT", "ADT")
    if adtte is None:
        return
    length = (adtte["ADT"] - adtte["STARTDT"]).dt.days + 1
    month = _days_of_a_month(length, adtte["AVAL"], data.meta)
    dated = _Dated("", adtte, adtte["STARTDT"], adtte["ADT"], month, data.meta.time_unit)
    apart = (dated.given - dated.length).abs() > dated.allowed
    yield Hit("adtte", adtte, apart, "AVAL", other=dated.words(apart))
