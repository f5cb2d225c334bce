"""Time to event: medians, survival at given times, curves with numbers at risk, subgroups."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from papercheck.files.findings import did_you_mean, request_error
from smallsurv.curve import METHODS, follow_up, median_survival, observed, survival_at_times

from ..derive.endpoints import endpoint_rule
from ..derive.outcome import Outcome
from ..replication.prints import (
    all_had_it,
    definition_known,
    drawn,
    events_known,
    follow_up_printed,
    held_to_prints,
    printed_median,
)
from ..results import Result
from ..show.display import Note, Table
from ..show.labels import group_label, landmark_note
from ..show.months import month_note
from ..show.standing import standing_note
from ..text.language import say
from ..text.words import (
    INTERVAL_NAMES,
    INTERVAL_NOTES,
    LEGEND,
    NOT_ESTIMABLE,
    continued,
    decimals_for,
    interval,
    ledger_value,
    listed,
    percent,
    plural,
    plural_of,
    rounded,
    share_with_interval,
    spread_text,
    with_interval,
)
from .endpoint import COURSES, endpoint_label, endpoint_words, needs_event, outcome_results

OURS = "{endpoints}: defined as the workbook does; how the paper does is not on record."
SPREAD_OF_EVENTS = "The number of events is not printed: over {n} drawn cohorts {low}–{high}."


def checked_method(method: str) -> str:
    """The interval method, if there is one of this name. Raises CohortError otherwise."""
    if method not in METHODS:
        raise request_error("unknown interval method", did_you_mean(method, METHODS), method)
    return method


def time_units(unit: str) -> dict[str, str]:
    """{statistic: unit} of a median with its interval."""
    return {"n": "subjects", "events": "events", "median": unit, "ci_low": unit, "ci_high": unit}


def _heads(by) -> str:
    return say("Endpoint") if by == COURSES else say("Group")


def by_factor(outcome, by) -> bool:
    return bool(by) and by != COURSES


def is_free_group(outcome, by) -> bool:
    """Whether the groups are a free choice of a reconstruction."""
    return by_factor(outcome, by) and outcome.cohort.meta.is_free(by)


def output_name(outcome, by, kind):
    return "_".join(["-".join(outcome.endpoints).lower(), *([by.lower()] if by else []), kind])


def endpoint_standing(outcome):
    return standing_note(outcome.cohort, *(f"adtte.{c}" for c in outcome.endpoints))


def _definitions(outcome) -> str:
    """What the endpoints are, who is without one, why the censored are censored."""
    cohort, said = outcome.cohort, []
    for code, rows in outcome.rows.groupby("PARAMCD", observed=True):
        rule = endpoint_rule(cohort, code)
        said.append(say("{endpoint}: {text}.", endpoint=rule["short"], text=rule["text"]))
        said += _censored(cohort, code, rows)
        without = len(cohort.table("adsl")) - len(rows) - sum(outcome.left_out.get(code, ()))
        if without:
            patients = plural(without, "patient")
            said.append(say("{patients} without {endpoint} left out.", patients=patients, endpoint=rule["short"]))
    return " ".join([*said, landmark_note(outcome)]).strip()


def _censored(cohort, code, rows) -> list[str]:
    """Why the censored are censored; of a reconstruction only how many, as no paper tells why, and nothing where its
    source does not print how many had the event."""
    censored = ~observed(rows["CNSR"])
    if cohort.meta.reconstructed:
        known = events_known(cohort, code) or not censored.all()
        return [say("Censored: {n}.", n=int(censored.sum()))] if censored.any() and known else []
    reasons = rows.loc[censored, "EVNTDESC"].dropna()
    counts = reasons[reasons != ""].value_counts()
    each = listed(f"{continued(say(reason))} {n}" for reason, n in counts.items())
    return [say("Censored: {reasons}.", reasons=each)] if len(counts) else []


def _month(outcome) -> str:
    """What a month is, where days became months, and how days are counted, where they come from dates."""
    cohort = outcome.cohort
    became = outcome.unit == "months" and (cohort.dated or cohort.meta.time_unit != "months")
    counted = say("From dates the first day counts (end - start + 1).") if cohort.dated else ""
    return " ".join(filter(None, [month_note(cohort.calendar) if became else "", counted]))


def survival_table(outcome: Outcome, by: str | None = None, method: str = "log-log") -> Table:
    """Median survival of each group with its interval, and follow-up by reverse Kaplan-Meier."""
    cohort, unit, digits = outcome.cohort, outcome.unit, decimals_for(outcome.unit)
    medians = median_survival(outcome.rows, by, checked_method(method))
    follow = follow_up(outcome.rows, by, method if method != "spss" else "log-log")
    printed = [_as_printed(outcome, by, m) for m in medians.itertuples()]
    head = say("Median ({unit}, 95% CI)", unit=unit)
    if any(printed):
        head = say("Median of the pseudo-patients ({unit}, 95% CI, {method})", unit=unit, method=INTERVAL_NAMES[method])
    rows = [
        [
            group_label(cohort, by, m.group),
            str(m.n),
            *_events_and_median(outcome, by, m, digits),
            *([known or "–"] if any(printed) else []),
            with_interval(f.median, f.ci_low, f.ci_high, digits, is_free_group(outcome, by)),
        ]
        for m, f, known in zip(medians.itertuples(), follow.itertuples(), printed, strict=True)
    ]
    return Table(
        id="survival.medians",
        of=output_name(outcome, by, "medians"),
        title=_median_title(outcome, by),
        columns=[
            _heads(by),
            say("n"),
            say("Events"),
            head,
            *([say("Printed median ({unit}, 95% CI)", unit=unit)] if any(printed) else []),
            say("Median follow-up ({unit}, 95% CI)", unit=unit),
        ],
        rows=rows,
        key=[(_key_label(outcome, by, m.group), _key_median(outcome, by, m)) for m in medians.itertuples()],
        results=outcome_results(outcome, medians, "survival.median", time_units(unit), by)
        + _follow_up(outcome, follow, by)
        + _printed_results(outcome, by, medians, printed),
        notes=_median_notes(outcome, by, method, medians, follow),
    )


def _median_notes(outcome, by, method, medians, follow) -> list[str]:
    log_log = say(", log-log interval.") if method == "spss" else say(".")
    return [
        _without_follow_up(follow),
        _definitions(outcome),
        _as_read(outcome),
        _month(outcome),
        say("Interval: {text}", text=say(INTERVAL_NOTES[method])),
        say("Follow-up: reverse Kaplan-Meier (NR where too few are censored)") + log_log + " " + say(LEGEND),
        endpoint_standing(outcome),
        *(note(outcome, by, m) for note in (_one_of_many, _had_all) for m in medians.itertuples()),
    ]


def _without_follow_up(follow) -> str:
    """Why a median follow-up is NE."""
    none = (follow["events"] == 0).any()
    return say("Median follow-up NE: nobody is censored, each was followed to the event.") if none else ""


def _as_read(outcome) -> str:
    """Which endpoints of a reconstructed cohort are defined by the workbook, as no definition of the paper is on
    record."""
    codes = [code for code in outcome.endpoints if not definition_known(outcome.cohort, code)]
    names = listed(endpoint_rule(outcome.cohort, code)["short"] for code in codes)
    return say(OURS, endpoints=names) if codes else ""


def _median_title(outcome, by):
    if by == COURSES:
        return say("Median time to event")
    label = continued(endpoint_label(outcome))
    if by:
        return say("Median {endpoint} by {factor}", endpoint=label, factor=outcome.cohort.factor(by).label)
    return say("Median {endpoint}", endpoint=label)


def _follow_up(outcome, follow, by):
    named = {"median": "follow_up", "ci_low": "follow_up_low", "ci_high": "follow_up_high"}
    units = dict.fromkeys(named.values(), outcome.unit)
    frame = follow.rename(columns=named)
    return outcome_results(outcome, frame, "survival.follow_up", units, by, method="reverse Kaplan-Meier")


def _key_label(outcome, by, group):
    name = group_label(outcome.cohort, by, group) if by else endpoint_label(outcome, short=True)
    return say("Median {endpoint}", endpoint=name)


def _unprinted(outcome, by, m) -> bool:
    """Whether a group shows no event only because its source does not print how many there were."""
    endpoint = str(m.group) if by == COURSES else outcome.endpoints[0]
    return not m.events and not events_known(outcome.cohort, endpoint)


def _events_and_median(outcome, by, m, digits) -> tuple[str, str]:
    if _unprinted(outcome, by, m):
        return say("not printed"), NOT_ESTIMABLE
    return str(m.events), with_interval(m.median, m.ci_low, m.ci_high, digits, is_free_group(outcome, by))


def _key_median(outcome, by, m) -> str:
    """The median for the key results; of pseudo-patients what the paper prints comes first, and what of them is not
    printed is said to be of one reconstruction, with its range over those drawn and without an interval."""
    if not held_to_prints(outcome.cohort) or _unprinted(outcome, by, m):
        return _key_text(outcome, by, m)
    found = _key_alone(outcome, m)
    estimate, limits = printed_median(outcome.cohort, *_of_group(outcome, by, m.group))
    shown = {"found": found, "range": _range_text(outcome, by, m), "printed": estimate, "limits": limits}
    if not estimate:
        return say("not printed; in one reconstruction {found}{range}", **shown)
    if limits:
        return say("printed {printed} (95% CI {limits}); the pseudo-patients give {found}{range}", **shown)
    return say("printed {printed}, without an interval; in one reconstruction {found}{range}", **shown)


def _of_group(outcome, by, group) -> tuple[str, str, str]:
    """Endpoint, factor and level of one line of medians."""
    if by == COURSES:
        return str(group), "", ""
    return (outcome.endpoints[0], by, str(group)) if by else (outcome.endpoints[0], "", "")


def _open_quantities(outcome, by, m) -> list[str]:
    """'events 49–76': what of a line the paper does not print, over the cohorts that were drawn."""
    endpoint, factor, level = _of_group(outcome, by, m.group)
    if factor or outcome.landmark:
        return []
    said = []
    median = None if printed_median(outcome.cohort, endpoint)[0] else drawn(outcome.cohort, "median", endpoint)
    if median:
        digits = decimals_for(outcome.unit)
        said.append(
            say("median {span}", span=spread_text(rounded(median.lowest, digits), rounded(median.highest, digits)))
        )
    events = None if events_known(outcome.cohort, endpoint) else drawn(outcome.cohort, "events", endpoint)
    if events:
        said.append(say("events {span}", span=spread_text(f"{events.lowest:.0f}", f"{events.highest:.0f}")))
    return said


def _members(outcome, endpoint) -> int:
    found = drawn(outcome.cohort, "events", endpoint) or drawn(outcome.cohort, "follow_up", endpoint)
    return found.members if found else 0


def _range_text(outcome, by, m) -> str:
    said = _open_quantities(outcome, by, m)
    if not said:
        return ""
    n = _members(outcome, _of_group(outcome, by, m.group)[0])
    return say("; over {n} drawn cohorts {each}", n=n, each=listed(said))


def _as_printed(outcome, by, m) -> str:
    """'2.90 (1.97–3.83)' as the paper prints the median of a line; '' without one, and for patients."""
    if not held_to_prints(outcome.cohort) or outcome.landmark:
        return ""
    estimate, limits = printed_median(outcome.cohort, *_of_group(outcome, by, m.group))
    return f"{estimate} ({limits})" if limits else estimate


def _printed_results(outcome, by, medians, printed) -> list[Result]:
    """The printed medians and limits that stand in the table; printed : what _as_printed gives of each line."""
    rows = []
    for m, said in zip(medians.itertuples(), printed, strict=True):
        estimate, limits = printed_median(outcome.cohort, *_of_group(outcome, by, m.group)) if said else ("", "")
        low, _, high = limits.partition("–")
        values = {"printed": estimate, "printed_low": low, "printed_high": high}
        rows += [{"group": m.group} | {k: ledger_value(v) for k, v in values.items()}] if said else []
    units = dict.fromkeys(("printed", "printed_low", "printed_high"), outcome.unit)
    frame = pd.DataFrame(rows, columns=["group", *units])
    return outcome_results(outcome, frame, "printed.value", units, by, method="as printed")


def _one_of_many(outcome, by, m) -> str:
    """What of a line of medians is not printed and how far it lies apart over the cohorts that were drawn, or ''."""
    said = _open_quantities(outcome, by, m) + _open_follow_up(outcome, by, m)
    if not said:
        return ""
    endpoint = _of_group(outcome, by, m.group)[0]
    text = "{endpoint}: one reconstruction; over {n} drawn cohorts {each}. The interval is that of this one."
    shown = {"endpoint": endpoint_rule(outcome.cohort, endpoint)["short"], "n": _members(outcome, endpoint)}
    return say(text, each=listed(said), **shown)


def _open_follow_up(outcome, by, m) -> list[str]:
    """'median follow-up 5.60–NR' over the cohorts that were drawn, where the paper prints none."""
    endpoint, factor, _ = _of_group(outcome, by, m.group)
    if factor or outcome.landmark or follow_up_printed(outcome.cohort, endpoint):
        return []
    found, digits = drawn(outcome.cohort, "follow_up", endpoint), decimals_for(outcome.unit)
    if found is None:
        return []
    span = spread_text(rounded(found.lowest, digits), rounded(found.highest, digits))
    return [say("median follow-up {span}", span=span)]


def _had_all(outcome, by, m) -> str:
    """That all of a reconstructed cohort had the event by a reading of the paper, not by a printed number; or ''."""
    endpoint = _of_group(outcome, by, m.group)[0]
    if by not in (None, "", COURSES) or not all_had_it(outcome.cohort, endpoint):
        return ""
    name = endpoint_rule(outcome.cohort, endpoint)["short"]
    return say("{endpoint}: that all had the event is a reading of the paper, not a printed number.", endpoint=name)


def _key_text(outcome, by, m):
    unit, digits = outcome.unit, decimals_for(outcome.unit)
    if _unprinted(outcome, by, m):
        return say("number of events not printed ({n} patients)", n=m.n)
    if not m.events:
        return say("no event recorded in {n} patients", n=m.n)
    shown = {"interval": interval(m.ci_low, m.ci_high, digits), "method": INTERVAL_NAMES[m.method]}
    shown |= {"events": int(m.events), "n": m.n}
    one = m.events == 1
    if np.isinf(m.median) and not np.isfinite(m.ci_low):
        return say(
            "not reached, nor is a limit of its interval; {events} in {n}",
            **shown | {"events": plural(m.events, "event")},
        )
    if np.isinf(m.median):
        return (
            say("not reached (95% CI {interval}, {method}); {events} event in {n}", **shown)
            if one
            else say("not reached (95% CI {interval}, {method}); {events} events in {n}", **shown)
        )
    shown |= {"value": rounded(m.median, digits), "unit": unit}
    return (
        say("{value} {unit} (95% CI {interval}, {method}); {events} event in {n}", **shown)
        if one
        else say("{value} {unit} (95% CI {interval}, {method}); {events} events in {n}", **shown)
    )


def _key_alone(outcome, m) -> str:
    """A median of pseudo-patients without an interval, which would be that of one reconstruction."""
    shown = {"events": plural(m.events, "event"), "n": m.n, "unit": outcome.unit}
    if np.isinf(m.median):
        return say("not reached; {events} in {n}", **shown)
    return say("{value} {unit}; {events} in {n}", value=rounded(m.median, decimals_for(outcome.unit)), **shown)


def interval_methods_table(outcome: Outcome, by: str | None = None) -> Table:
    """The same medians under every interval method side by side; the paper's own is marked."""
    needs_event(outcome)
    cohort, unit, digits = outcome.cohort, outcome.unit, decimals_for(outcome.unit)
    medians, paper = median_survival(outcome.rows, by, METHODS), cohort.meta.paper_interval
    names = {
        m: say("{method} (convention of the prints)", method=n) if m == paper else say(n)
        for m, n in INTERVAL_NAMES.items()
    }
    rows = [
        [group_label(cohort, by, group)]
        + [with_interval(r.median, r.ci_low, r.ci_high, digits, is_free_group(outcome, by)) for r in part.itertuples()]
        for group, part in medians.groupby("group", sort=False, observed=True)
    ]
    units = {"median": unit, "ci_low": unit, "ci_high": unit}
    return Table(
        id="survival.interval_methods",
        of=output_name(outcome, by, "intervals"),
        title=say("Median ({unit}) with its 95% confidence interval under each method", unit=unit),
        columns=[_heads(by), *names.values()],
        rows=rows,
        notes=[*map(say, INTERVAL_NOTES.values()), say(LEGEND)],
        results=outcome_results(outcome, medians, "survival.median", units, by),
    )


def landmark_table(outcome: Outcome, months: Sequence, by: str | None = None, method: str = "log-log") -> Table:
    """Survival at the given months, with pointwise intervals and numbers at risk."""
    needs_event(outcome)
    times = [outcome.time(m) for m in months]
    frame = survival_at_times(outcome.rows, times, by, checked_method(method))
    frame = frame.assign(at=[float(m) for m in months] * (len(frame) // len(months)))
    frame.loc[frame["survival"] == 1, ["ci_low", "ci_high"]] = np.nan  # 100-100 would say that it is known
    rows = [
        [group_label(outcome.cohort, by, group), *(_share_at(r, is_free_group(outcome, by)) for r in part.itertuples())]
        for group, part in frame.groupby("group", sort=False, observed=True)
    ]
    note = (
        "Kaplan-Meier estimate with pointwise {method} interval. NE, not estimable: beyond the last follow-up, or the"
        " curve is at 0 or, without an event so far, at 100%."
    )
    return Table(
        id="survival.rates",
        of=output_name(outcome, by, "rates"),
        title=say("{endpoint} at given months, % (95% CI) [at risk]", endpoint=endpoint_label(outcome)),
        columns=[_heads(by), *(plural_of(float(m), "month") for m in months)],
        rows=rows,
        results=_rate_results(outcome, frame, by),
        notes=[
            say(note, method=frame["method"].iloc[0]),
            month_note(outcome.cohort.calendar) if outcome.unit == "days" else "",
            landmark_note(outcome),
            _rates_of_many(outcome, by, months),
        ],
    )


def _rates_of_many(outcome, by, months) -> str:
    """How far the shares lie apart over the cohorts that were drawn, where the paper does not print them; or ''."""
    if by not in (None, COURSES) or outcome.landmark:
        return ""
    each, members = [], 0
    for endpoint in outcome.endpoints:
        for month in months:
            found = drawn(outcome.cohort, "survival_at", endpoint, at=float(month))
            if found:
                short, members = endpoint_rule(outcome.cohort, endpoint)["short"], found.members
                shown = {"endpoint": short, "at": plural_of(float(month), "month")}
                low, high = rounded(found.lowest, 1), rounded(found.highest, 1)
                span = spread_text(f"{low}%", f"{high}%") if low == high else f"{low}–{high}%"
                each.append(say("{endpoint} at {at} {span}", span=span, **shown))
    text = "One reconstruction; over {n} drawn cohorts: {each}."
    return say(text, n=members, each=say("; ").join(each)) if each else ""


def _share_at(r, free):
    return f"{share_with_interval(r.survival, r.ci_low, r.ci_high, free)} [{r.n_risk}]"


def _rate_results(outcome, frame, by):
    units = {"survival": "share", "ci_low": "share", "ci_high": "share", "n_risk": "subjects"}
    words = endpoint_words(outcome)
    made = outcome_results(outcome, frame, "survival.rate", units, by)
    return [replace(r, item=f"{words} at {r.at:g} months") for r in made]


def maturity_note(outcome: Outcome) -> Note:
    """How mature the endpoint is: events over subjects, and whether a median can be read."""
    m = median_survival(outcome.rows).iloc[0]
    if not m["events"] and not events_known(outcome.cohort, outcome.endpoints[0]):
        text = "{endpoint} in {n} patients: the number of events is not printed, so how mature it is is not known."
        text = say(text, endpoint=endpoint_label(outcome), n=m["n"])
        return Note(id="survival.maturity", text=f"{text} {endpoint_standing(outcome)}".strip())
    verdict = (
        say("No event is recorded: the curve stays at 100% and says nothing beyond the follow-up.")
        if m["events"] == 0
        else say("The median is not reached.")
        if np.isinf(m["median"])
        else say("The median is reached.")
    )
    text = say(
        "{endpoint}: {events} in {n} patients (maturity {share}%).",
        endpoint=endpoint_label(outcome),
        events=plural(int(m["events"]), "event"),
        n=m["n"],
        share=percent(m["events"] / m["n"]),
    )
    verdict += _events_drawn(outcome)
    return Note(id="survival.maturity", text=f"{text} {verdict} {endpoint_standing(outcome)}".strip())


def _events_drawn(outcome) -> str:
    """How far the number of events of pseudo-patients lies apart, where it is not printed; '' otherwise."""
    endpoint = outcome.endpoints[0]
    found = None if events_known(outcome.cohort, endpoint) else drawn(outcome.cohort, "events", endpoint)
    if not found:
        return ""
    shown = {"low": f"{found.lowest:.0f}", "high": f"{found.highest:.0f}", "n": found.members}
    return " " + say(SPREAD_OF_EVENTS, **shown)
