"""Rules on dates: their order, death, last contact, cut-off, and the course that they belong to."""

import pandas as pd

from papercheck.files.findings import Finding, Message
from papercheck.vocabulary.dictionary import load_dictionary
from papercheck.vocabulary.endpoints import endpoint_rules

from .rule import Data, Hit

EARLIEST = pd.Timestamp(2010, 1, 1)  # ipilimumab, the first inhibitor, was approved in 2011; nivolumab in 2014
APART = pd.Timedelta(days=3)


def dates_out_of_order(data: Data):
    """End before start, progression before start."""
    pairs = [
        ("adex", "ASTDT", "AENDT", "the course ends before it starts"),
        ("adex", "ASTDT", "PDDT", "progression before the course starts"),
        ("adtte", "STARTDT", "ADT", "the event or censoring comes before the start"),
    ]
    for table, first, second, words in pairs:
        frame = data.rows(table, first, second)
        if frame is not None:
            yield Hit(table, frame, frame[second] < frame[first], second, words, frame[first])


def courses_out_of_order(data: Data):
    """Rechallenge on or before the first course; a treatment in between that is not."""
    adex = data.rows("adex", "USUBJID", "APHASE", "ASTDT")
    if adex is None:
        return
    first = adex["USUBJID"].map(data.starts("INITIAL"))
    second = adex["USUBJID"].map(data.starts("RECHALLENGE"))
    bad = (adex["APHASE"] == "RECHALLENGE") & (adex["ASTDT"] <= first)
    yield Hit("adex", adex, bad, "ASTDT", "rechallenge starts on or before the first course", first)
    between = adex["APHASE"] == "INTERIM"
    words = "the treatment in between starts before the first course"
    yield Hit("adex", adex, between & (adex["ASTDT"] < first), "ASTDT", words, first)
    words = "the treatment in between starts after rechallenge"
    yield Hit("adex", adex, between & (adex["ASTDT"] > second), "ASTDT", words, second)
    words = "the treatment after rechallenge starts before it"
    after = adex["APHASE"] == "SUBSEQUENT"
    yield Hit("adex", adex, after & (adex["ASTDT"] < second), "ASTDT", words, second)


def first_course_after_rechallenge(data: Data):
    """Dates of the first course that lie after rechallenge began."""
    began = data.starts("RECHALLENGE")
    for table, column, words in (
        ("adex", "PDDT", "progression of the first course after rechallenge began"),
        ("adex", "AENDT", "the last dose of the first course after rechallenge began"),
        ("adrs", "ADT", "an assessment of the first course after rechallenge began; it counts for rechallenge"),
        ("adae", "ASTDT", "an adverse event of the first course that began after rechallenge began"),
        ("adtr", "ADT", "lesions of the first course measured after rechallenge began; they count for rechallenge"),
    ):
        frame = data.rows(table, "USUBJID", "APHASE", column)
        if frame is not None and len(began):
            start = frame["USUBJID"].map(began)
            bad = (frame["APHASE"] == "INITIAL") & (data.counted(frame[column]) > start)
            yield Hit(table, frame, bad, column, words, start, label="rechallenge {}")


def after_the_next_course(data: Data):
    """Assessments and lesions that stand under a course though a later one had begun: they count for that one.
    Progression and the last dose of an ICI course after that.

    Those of the first course after rechallenge began are named by `first_course_after_rechallenge`.
    """
    order, starts = _starts(data)
    together = "Right if both were given together; else correct one of the dates."
    for table, column, words, action in (
        ("adrs", "ADT", "an assessment after the next course began; it counts for that course", ""),
        ("adtr", "ADT", "lesions measured after the next course began; they count for that course", ""),
        ("adex", "PDDT", "progression after the next course began; it does not end the course before that", ""),
        ("adex", "AENDT", "a last dose after the next course began", together),
    ):
        frame = data.rows(table, "USUBJID", "APHASE", column)
        if frame is None:
            continue
        own, dates = starts.reindex(frame["USUBJID"]).set_axis(frame.index), data.counted(frame[column])
        for phase in order[:-1] if table != "adex" else ("INITIAL", "RECHALLENGE"):
            began = _next_start(own, order, phase)
            bad = (frame["APHASE"] == phase) & (dates > began)
            if phase == "INITIAL":
                bad &= ~(dates > own["RECHALLENGE"])
            yield Hit(table, frame, bad, column, words, began, action, label="next course {}")


def _starts(data) -> tuple[list, pd.DataFrame]:
    """The courses in their order, and the start of each by subject."""
    order = list(load_dictionary()["adex"].columns["APHASE"].levels)
    return order, pd.DataFrame({phase: data.starts(phase) for phase in order})


def _next_start(own, order, phase) -> pd.Series:
    """When the next course after `phase` began, for each row of `own` (the starts of the courses by row)."""
    later = own[order[order.index(phase) + 1 :]]
    return later.where(later.gt(own[phase], axis=0)).min(axis=1)


def before_their_course(data: Data):
    """Assessments and adverse events of a course before it started. A measurement before it is the baseline."""
    for table, column, words in (
        ("adrs", "ADT", "an assessment before its course started"),
        ("adae", "ASTDT", "an adverse event before its course started"),
    ):
        frame = data.rows(table, "USUBJID", "APHASE", column)
        if frame is None:
            continue
        for phase in ("INITIAL", "RECHALLENGE"):
            start = frame["USUBJID"].map(data.starts(phase))
            yield Hit(table, frame, (frame["APHASE"] == phase) & (frame[column] < start), column, words, start)


def responses_after_progression(data: Data):
    """A response or stable disease at an assessment of a course after progression on it, or on the same day."""
    adrs = data.rows("adrs", "USUBJID", "APHASE", "PARAMCD", "AVALC", "ADT")
    if adrs is None:
        return
    order, starts = _starts(data)
    own = starts.reindex(adrs["USUBJID"]).set_axis(adrs.index)
    better = adrs["AVALC"].isin(["CR", "PR", "SD", "NON-CR/NON-PD"]) & (adrs["PARAMCD"] == "OVR")
    for phase in ("INITIAL", "RECHALLENGE"):
        ended = adrs["USUBJID"].map(data.progressions(phase))
        here = better & (adrs["APHASE"] == phase) & ~(adrs["ADT"] > _next_start(own, order, phase))
        yield Hit("adrs", adrs, here & (adrs["ADT"] > ended), "AVALC", other=ended, label="progression {}")
        words = "no progression at an assessment on the day of progression; it counts as it is given"
        same_day, action = here & (adrs["ADT"] == ended), "Correct one of the two."
        yield Hit("adrs", adrs, same_day, "AVALC", words, ended, action, label="progression {}")


def progressions_that_differ(data: Data):
    """PDDT later than an assessment that says progression already."""
    adex, adrs = data.rows("adex", "USUBJID", "APHASE", "PDDT"), data.rows("adrs", "USUBJID", "APHASE", "AVALC", "ADT")
    if adex is None or adrs is None:
        return
    seen = adrs[(adrs["AVALC"] == "PD") & adrs["ADT"].notna()]
    for phase in ("INITIAL", "RECHALLENGE"):
        first = adex["USUBJID"].map(seen[seen["APHASE"] == phase].groupby("USUBJID")["ADT"].min())
        bad = (adex["APHASE"] == phase) & (adex["PDDT"] > first + APART)
        yield Hit("adex", adex, bad, "PDDT", other=first, label="assessed as PD {}")


def starts_given_twice(data: Data):
    adex = data.rows("adex", "USUBJID", "APHASE", "ASTDT")
    if adex is not None:
        once = adex["APHASE"].isin(["INITIAL", "RECHALLENGE"])
        bad = once & adex.duplicated(["USUBJID", "APHASE"])
        yield Hit("adex", adex, bad, "ASTDT")


def dates_after_last_contact(data: Data):
    """A date on record later than the last date known alive: the patient was followed longer than it says."""
    adsl = data.rows("adsl", "USUBJID", "LSTALVDT")
    if adsl is None:
        return
    last = adsl.dropna(subset=["USUBJID"]).groupby("USUBJID")["LSTALVDT"].max()
    for table, frame, column in data.date_columns():
        if column not in ("LSTALVDT", "DTHDT") and "USUBJID" in frame:
            known = frame["USUBJID"].map(last)
            yield Hit(table, frame, frame[column] > known, column, other=known, label="LSTALVDT {}")


def dates_after_death(data: Data):
    for table, frame, column in data.date_columns():
        if column != "DTHDT" and "USUBJID" in frame and len(data.deaths):
            died = frame["USUBJID"].map(data.deaths)
            yield Hit(table, frame, frame[column] > died, column, other=died, label="death {}")


def dates_before_the_drugs(data: Data):
    if data.meta.confirmed.course != "neither":
        for table, frame, column in data.date_columns():
            yield Hit(table, frame, frame[column] < EARLIEST, column)


def dates_after_cutoff(data: Data):
    """A date after the data cut-off; it is not counted."""
    for table, frame, column in data.date_columns():
        if data.cutoff is not None:
            words = Message("after the data cut-off {day}; not counted", day=data.cutoff.date())
            yield Hit(table, frame, frame[column] > data.cutoff, column, words)


def dates_without_cutoff(data: Data):
    if data.cutoff is None and next(iter(data.date_columns()), None):
        yield Finding("cohort.yml", "", "", column="data_cutoff")


def courses_without_follow_up(data: Data):
    """Courses after whose start nothing is on record, not even an
    event on that day: no endpoint that starts there has them.
    """
    adex = data.rows("adex", "USUBJID", "APHASE", "ASTDT")
    if adex is None:
        return
    on_the_day = data.counted(adex["USUBJID"].map(data.deaths)) >= adex["ASTDT"]
    adsl = data.rows("adsl", "USUBJID", "LSTALVDT")
    if adsl is not None:  # seen alive on the first day: one day of follow-up
        seen = adsl.dropna(subset=["USUBJID"]).groupby("USUBJID")["LSTALVDT"].max()
        on_the_day |= adex["USUBJID"].map(seen) == adex["ASTDT"]
    later = adex["USUBJID"].map(data.last_dates) > adex["ASTDT"]
    for phase in ("INITIAL", "RECHALLENGE"):
        progressed = adex["USUBJID"].map(data.progressions(phase)) >= adex["ASTDT"]
        followed = later | on_the_day | progressed | adex["USUBJID"].isin(_with_duration(data, phase))
        first = adex["ASTDT"] == adex["USUBJID"].map(data.starts(phase))  # the one that counts
        yield Hit("adex", adex, (adex["APHASE"] == phase) & first & ~followed, "ASTDT")


def last_doses_that_are_not_known(data: Data):
    """An ICI course without a last dose though a later course began: the patient no longer receives it."""
    order, starts = _starts(data)
    adex = data.rows("adex", "USUBJID", "APHASE", "AENDT")
    for phase in ("INITIAL", "RECHALLENGE") if adex is not None else ():
        mine = adex["APHASE"] == phase
        began = _next_start(starts.reindex(adex["USUBJID"]).set_axis(adex.index), order, phase)
        if adex.loc[mine, "AENDT"].notna().any():
            yield Hit(
                "adex", adex, mine & adex["AENDT"].isna() & began.notna(), "AENDT", other=began, label="next course {}"
            )


def _with_duration(data, phase) -> set:
    """The subjects with a duration of an endpoint that starts with the course."""
    rows = data.outcome(*(code for code in endpoint_rules() if data.meta.endpoint(code)["start"] == phase))
    return set() if rows is None else set(rows["USUBJID"])
