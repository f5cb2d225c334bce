"""Time to event: medians, survival at given times, curves with numbers at risk, subgroups."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable, did_you_mean, request_error
from smallsurv.coarse import coarse_curve, held_back
from smallsurv.curve import (
    METHODS,
    band,
    follow_up,
    median_survival,
    numbers_at_risk,
    observed,
    survival_at_times,
    survival_curves,
)
from smallsurv.logrank import log_rank

from ..context import current
from ..derive.endpoints import endpoint_rule
from ..derive.outcome import Outcome
from ..release import is_strict
from ..replication.prints import (
    all_had_it,
    definition_known,
    drawn,
    events_known,
    follow_up_printed,
    held_to_prints,
    printed_median,
    sizes_of_many,
)
from ..results import Result
from ..show.display import Figure, Note, Table
from ..show.figures.km import CurveLook, survival_panels
from ..show.held import HELD
from ..show.labels import free_mark, group_label, landmark_note, landmark_suffix
from ..show.many import curve_notes
from ..show.months import month_note
from ..show.standing import standing_note
from ..show.style import INK, PALETTE, house_style
from ..text.language import say
from ..text.words import (
    FREE_NOTE,
    INTERVAL_NAMES,
    INTERVAL_NOTES,
    LEGEND,
    NOT_ESTIMABLE,
    continued,
    decimals_for,
    interval,
    key_comparisons,
    listed,
    p_sentence,
    p_value,
    percent,
    plural,
    plural_of,
    rounded,
    spread_text,
    tested,
    with_interval,
)
from .endpoint import COURSES, endpoint_label, endpoint_words, outcome_results
from .family import family
from .small_samples import exact_note, exact_test

RISK_LABEL = 26  # letters of a line of the risk table
STEPS = {"months": (0.5, 1, 2, 3, 6, 12, 24, 36, 60, 120), "days": (10, 30, 50, 100, 200, 365, 500, 1000, 2000)}

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


def _by_factor(outcome, by) -> bool:
    return bool(by) and by != COURSES


def _name(outcome, by, kind):
    return "_".join(["-".join(outcome.endpoints).lower(), *([by.lower()] if by else []), kind])


def _status(outcome):
    return standing_note(outcome.cohort, *(f"adtte.{c}" for c in outcome.endpoints))


def _needs_event(outcome):
    if not observed(outcome.rows["CNSR"]).any():
        label = endpoint_label(outcome, True)
        if not any(events_known(outcome.cohort, code) for code in outcome.endpoints):
            raise NotAvailable(say("needs the events of {endpoint}, which are not printed.", endpoint=label))
        raise NotAvailable(f"needs at least one event of {label}: none is recorded.")


def _definitions(outcome) -> str:
    """What the endpoints are, who is without one, why the censored are censored."""
    cohort, said = outcome.cohort, []
    for code, rows in outcome.rows.groupby("PARAMCD", observed=True):
        rule = endpoint_rule(cohort, code)
        said.append(say("{endpoint}: {text}.", endpoint=rule["short"], text=rule["text"]))
        said += _censored(cohort, rows)
        without = len(cohort.table("adsl")) - len(rows) - sum(outcome.left_out.get(code, ()))
        if without:
            patients = plural(without, "patient")
            said.append(say("{patients} without {endpoint} left out.", patients=patients, endpoint=rule["short"]))
    return " ".join([*said, landmark_note(outcome)]).strip()


def _censored(cohort, rows) -> list[str]:
    """Why the censored are censored; of a reconstruction only how many, as no paper tells why."""
    censored = ~observed(rows["CNSR"])
    if cohort.meta.reconstructed:
        return [say("Censored: {n}.", n=int(censored.sum()))] if censored.any() else []
    reasons = rows.loc[censored, "EVNTDESC"].dropna()
    counts = reasons[reasons != ""].value_counts()
    each = listed(f"{continued(say(reason))} {n}" for reason, n in counts.items())
    return [say("Censored: {reasons}.", reasons=each)] if len(counts) else []


def _month(outcome) -> str:
    """What a month is, where days became months."""
    cohort = outcome.cohort
    became = outcome.unit == "months" and (cohort.dated or cohort.meta.time_unit != "months")
    return month_note(cohort.calendar) if became else ""


def survival_table(outcome: Outcome, by: str | None = None, method: str = "log-log") -> Table:
    """Median survival of each group with its interval, and follow-up by reverse Kaplan-Meier."""
    cohort, unit, digits = outcome.cohort, outcome.unit, decimals_for(outcome.unit)
    medians = median_survival(outcome.rows, by, checked_method(method))
    follow = follow_up(outcome.rows, by, method if method != "spss" else "log-log")
    rows = [
        [
            group_label(cohort, by, m.group),
            str(m.n),
            *_events_and_median(outcome, by, m, digits),
            with_interval(f.median, f.ci_low, f.ci_high, digits),
        ]
        for m, f in zip(medians.itertuples(), follow.itertuples(), strict=True)
    ]
    log_log = say(", log-log interval.") if method == "spss" else say(".")
    return Table(
        id="survival.medians",
        of=_name(outcome, by, "medians"),
        title=_median_title(outcome, by),
        columns=[
            _heads(by),
            say("n"),
            say("Events"),
            say("Median ({unit}, 95% CI)", unit=unit),
            say("Median follow-up ({unit}, 95% CI)", unit=unit),
        ],
        rows=rows,
        key=[(_key_label(outcome, by, m.group), _key_median(outcome, by, m)) for m in medians.itertuples()],
        results=outcome_results(outcome, medians, "survival.median", time_units(unit), by)
        + _follow_up(outcome, follow, by),
        notes=[
            _definitions(outcome),
            _as_read(outcome),
            _month(outcome),
            say("Interval: {text}", text=say(INTERVAL_NOTES[method])),
            say("Follow-up: reverse Kaplan-Meier (NR where too few are censored)") + log_log + " " + say(LEGEND),
            _status(outcome),
            *(note(outcome, by, m) for note in (_as_printed, _one_of_many, _had_all) for m in medians.itertuples()),
        ],
    )


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
    return str(m.events), with_interval(m.median, m.ci_low, m.ci_high, digits)


def _key_median(outcome, by, m) -> str:
    """The median for the key results; of pseudo-patients what the paper prints comes first, and what of them is not
    printed is said to be of one reconstruction."""
    found = _key_text(outcome, by, m)
    if not held_to_prints(outcome.cohort) or _unprinted(outcome, by, m):
        return found
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
    """The median of a line as the paper prints it, with the
    interval that it prints; '' without one, and for patients.
    """
    endpoint, factor, level = _of_group(outcome, by, m.group)
    if not held_to_prints(outcome.cohort) or outcome.landmark:
        return ""
    estimate, limits = printed_median(outcome.cohort, endpoint, factor, level)
    if not limits:
        return ""
    name = group_label(outcome.cohort, by, m.group) if by else endpoint_rule(outcome.cohort, endpoint)["short"]
    return say("{name}: the paper prints {estimate} (95% CI {limits}).", name=name, estimate=estimate, limits=limits)


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


def interval_methods_table(outcome: Outcome, by: str | None = None) -> Table:
    """The same medians under every interval method side by side; the paper's own is marked."""
    _needs_event(outcome)
    cohort, unit, digits = outcome.cohort, outcome.unit, decimals_for(outcome.unit)
    medians, paper = median_survival(outcome.rows, by, METHODS), cohort.meta.paper_interval
    names = {
        m: say("{method} (convention of the prints)", method=n) if m == paper else say(n)
        for m, n in INTERVAL_NAMES.items()
    }
    rows = [
        [group_label(cohort, by, group)]
        + [with_interval(r.median, r.ci_low, r.ci_high, digits) for r in part.itertuples()]
        for group, part in medians.groupby("group", sort=False, observed=True)
    ]
    units = {"median": unit, "ci_low": unit, "ci_high": unit}
    return Table(
        id="survival.interval_methods",
        of=_name(outcome, by, "intervals"),
        title=say("Median ({unit}) with its 95% confidence interval under each method", unit=unit),
        columns=[_heads(by), *names.values()],
        rows=rows,
        notes=[*map(say, INTERVAL_NOTES.values()), say(LEGEND)],
        results=outcome_results(outcome, medians, "survival.median", units, by),
    )


def landmark_table(outcome: Outcome, months: Sequence, by: str | None = None, method: str = "log-log") -> Table:
    """Survival at the given months, with pointwise intervals and numbers at risk."""
    _needs_event(outcome)
    times = [outcome.time(m) for m in months]
    frame = survival_at_times(outcome.rows, times, by, checked_method(method))
    frame = frame.assign(at=[float(m) for m in months] * (len(frame) // len(months)))
    frame.loc[frame["survival"] == 1, ["ci_low", "ci_high"]] = np.nan  # 100-100 would say that it is known
    rows = [
        [group_label(outcome.cohort, by, group), *map(_share_at, part.itertuples())]
        for group, part in frame.groupby("group", sort=False, observed=True)
    ]
    note = (
        "Kaplan-Meier estimate with pointwise {method} interval. NE, not estimable: beyond the last follow-up, or the"
        " curve is at 0 or, without an event so far, at 100%."
    )
    return Table(
        id="survival.rates",
        of=_name(outcome, by, "rates"),
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


def _share_at(r):
    if np.isnan(r.survival):
        return f"NE [{r.n_risk}]"
    return f"{percent(r.survival)} ({interval(100 * r.ci_low, 100 * r.ci_high, 1)}) [{r.n_risk}]"


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
        return Note(id="survival.maturity", text=f"{text} {_status(outcome)}".strip())
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
    return Note(id="survival.maturity", text=f"{text} {verdict} {_status(outcome)}".strip())


def _events_drawn(outcome) -> str:
    """How far the number of events of pseudo-patients lies apart, where it is not printed; '' otherwise."""
    endpoint = outcome.endpoints[0]
    found = None if events_known(outcome.cohort, endpoint) else drawn(outcome.cohort, "events", endpoint)
    if not found:
        return ""
    shown = {"low": f"{found.lowest:.0f}", "high": f"{found.highest:.0f}", "n": found.members}
    return " " + say(SPREAD_OF_EVENTS, **shown)


def survival_figure(outcome: Outcome, by: str | None = None, method: str = "log-log") -> Figure:
    """Kaplan-Meier curves with bands, censor marks, median lines and numbers at risk; log-rank P for a factor."""
    _needs_event(outcome)
    outcome.timely([by] if _by_factor(outcome, by) else [])
    curves = survival_curves(outcome.rows, by)
    if is_strict():
        return _coarse_figure(outcome, by, curves)
    medians = median_survival(outcome.rows, by, checked_method(method)).set_index("group")
    tested = _test_of(outcome, by, curves)
    figure = _draw_curves(outcome, by, curves, medians, tested, method)
    labels = {g: group_label(outcome.cohort, by, g) for g in curves}
    digits = decimals_for(outcome.unit)
    each = say("; ").join(
        f"{labels[g]} {with_interval(m['median'], m['ci_low'], m['ci_high'], digits)}" for g, m in medians.iterrows()
    )
    title, unit = _curve_title(outcome, by), outcome.unit
    alt = say("Kaplan-Meier curves, {title}. Median in {unit} (95% CI): {each}.", title=title, unit=unit, each=each)
    return Figure(
        id="survival.curves",
        by=by or "",
        of=_name(outcome, by, "curves"),
        name=_name(outcome, by, "curves"),
        title=title,
        figure=figure,
        alt=alt + (f" {tested}." if tested else ""),
        notes=[
            say("Median ({unit}, 95% CI, {method}): {each}.", unit=unit, method=INTERVAL_NAMES[method], each=each),
            *_curve_notes(curves, method),
            _pair_note(by, curves),
            say(FREE_NOTE) if _by_factor(outcome, by) and outcome.cohort.meta.is_free(by) else "",
            _status(outcome),
        ],
    )


def _curve_title(outcome, by) -> str:
    if not _by_factor(outcome, by):
        return endpoint_label(outcome)
    factor = say(outcome.cohort.factor(by).label) + free_mark(outcome.cohort, by)
    return say("{endpoint} by {factor}", endpoint=endpoint_label(outcome), factor=factor)


def _coarse_figure(outcome, by, curves) -> Figure | Note:
    """The curves as strict lets them out: steps of several patients, whole months, no interval, median or test."""
    step, unit = current().smallest, outcome.time(1)
    name = {"id": "survival.curves", "by": by or "", "of": _name(outcome, by, "curves")}
    told = {g: coarse_curve(curve, step, unit) for g, curve in curves.items()}
    sizes = [curve.n for curve in curves.values()]
    if any(curve is None for curve in told.values()) or held_back(sizes, step).any():
        return Note(text=say(HELD), **name)
    labels = {g: group_label(outcome.cohort, by, g) for g in told}
    look = CurveLook(ylabel=say("Free of the event (%)"), xlabel=say("Time ({unit})", unit=outcome.unit))
    figure = draw_curves(told, labels, outcome.unit, look)
    note = (
        "Privacy profile strict: a curve falls only where {step} more patients have had the event, at whole months;"
        " numbers at risk are multiples of {step}."
    )
    return Figure(
        name=name["of"],
        title=endpoint_label(outcome),
        figure=figure,
        notes=[say(note, step=step)],
        coarse=True,
        alt=say("Kaplan-Meier curves, {title}.", title=endpoint_label(outcome)),
        **name,
    )


def _test_of(outcome, by, curves) -> str:
    """'Log-rank P = 0.004 (exact 0.019)' of the groups of a factor that is no free choice, or ''."""
    if not _by_factor(outcome, by) or len(curves) < 2 or outcome.cohort.meta.is_free(by):
        return ""
    test = log_rank(outcome.rows, by).iloc[0]
    return say("Log-rank {p}", p=tested_p(test, exact_test(outcome.rows, by)))


def _pair_note(by, curves):
    if by != COURSES or len(curves) < 2:
        return ""
    return say("The two courses are of the same patients: the curves are described, not tested.")


def _curve_notes(curves, method) -> list[str]:
    shown = {"spss": "pointwise plain", "bootstrap": "pointwise log-log"}.get(method, f"pointwise {method}")
    ticked, thin = curve_notes(curves)
    band_note = say("Bands: {method} 95% intervals.", method=say(shown)) if len(curves) <= 2 else ""
    return [" ".join(filter(None, [band_note, ticked, say("Dotted: medians."), say(LEGEND)])), thin]


def _draw_curves(outcome, by, curves, medians, tested, method):
    """The figure: curves with their medians above, numbers at risk below; bands for at most two groups."""
    digits, shown = decimals_for(outcome.unit), {"spss": "plain", "bootstrap": "log-log"}.get(method, method)
    texts = {g: with_interval(m["median"], m["ci_low"], m["ci_high"], digits) for g, m in medians.iterrows()}
    several = len(curves) > 1
    look = CurveLook(
        ylabel=_axis_label(outcome),
        xlabel=_time_label(outcome),
        note=tested,
        heading=say(outcome.cohort.factor(by).label) + free_mark(outcome.cohort, by) if _by_factor(outcome, by) else "",
        bands={g: band(c, shown) for g, c in curves.items() if c.events} if len(curves) <= 2 else {},
        medians=medians["median"].to_dict(),
        median_texts=texts if several else {},
        median_head=say("Median ({unit}, 95% CI)", unit=outcome.unit),
        words={"risk": say("Number at risk")},
    )
    labels = {g: group_label(outcome.cohort, by, g) for g in curves}
    return draw_curves(curves, labels, outcome.unit, look)


def _axis_label(outcome):
    one = outcome.endpoints[0] if len(outcome.endpoints) == 1 else ""
    course = {"PFS1": "first ICI course", "PFSR": "rechallenge"}.get(one)
    label = say("PFS on {course}", course=course) + landmark_suffix(outcome) if course else endpoint_label(outcome)
    return say("{endpoint} (%)", endpoint=label)


def _time_label(outcome):
    zero = time_zero(outcome)
    return say("Months from {zero}", zero=zero) if outcome.unit == "months" else say("Days from {zero}", zero=zero)


def tested_p(test, exact) -> str:
    """'P = 0.004 (exact 0.019)': the asymptotic P, and the exact one of few patients."""
    said = p_sentence(test["p"])
    return said + (f" ({say('exact')} {p_value(exact['p'])})" if exact is not None and not exact["reason"] else "")


def time_zero(outcome: Outcome) -> str:
    """What the times count from: 'the start of rechallenge'."""
    zeros = {endpoint_rule(outcome.cohort, c)["zero"] for c in outcome.endpoints}
    zero = say(zeros.pop() if len(zeros) == 1 else "the start of the course")
    if not outcome.landmark:
        return zero
    return say("the landmark, {months} after {zero}", months=plural_of(outcome.landmark, "month"), zero=zero)


def time_ticks(longest, unit) -> np.ndarray:
    """Ticks from 0 past the longest time: at most nine."""
    steps = STEPS[unit]
    step = next((s for s in steps if longest / s <= 8), 10 ** np.ceil(np.log10(longest / 8)))
    return np.arange(0, longest + step, step)


def draw_curves(curves, labels, unit, look):
    """A figure of curves with numbers at risk, in the house style. curves, labels : by group; unit : of their times."""
    ticks = time_ticks(max(curve.time[-1] for curve in curves.values()), unit)
    with house_style():
        return survival_panels(curves, labels, ticks, look)[0]


def plot_numbers_at_risk(axes, curves, labels, ticks):
    """Numbers at risk under the ticks of the curves."""
    axes.set(xlim=(0, ticks[-1]), ylim=(len(curves) - 0.4, -0.6), xticks=[])
    axes.set_yticks(range(len(curves)), [labels[g] for g in curves], linespacing=0.9)
    axes.set_title(say("Number at risk"), loc="left", pad=1)
    for i, curve in enumerate(curves.values()):
        for tick, count in zip(ticks, numbers_at_risk(curve, ticks), strict=True):
            axes.text(tick, i, str(count), ha="center", va="center", clip_on=False)
        axes.get_yticklabels()[i].set_color(PALETTE[i % len(PALETTE)] if len(curves) > 1 else INK)
    widest = max(len(str(curve.n)) for curve in curves.values())
    axes.tick_params(left=False, pad=8 + 3 * widest)  # clear of the number at 0
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    return axes


def subgroup_figures(outcome: Outcome, factors: Sequence[str], method: str = "log-log") -> list[Figure]:
    """One figure of curves for each factor with at least two groups."""
    kept = outcome.timely(factors)
    return [survival_figure(outcome, f, method) for f in kept if len(survival_curves(outcome.rows, f)) > 1]


def subgroup_table(outcome: Outcome, factors: Sequence[str], method: str = "log-log") -> Table:
    """Each level of each factor: n, events, median, interval (and the paper's, if another); log-rank P of the factor,
    asymptotic, exact for few patients, and adjusted for the number of factors (Holm)."""
    asked, factors = factors, outcome.timely(factors)
    found = _Subgroups(outcome, tuple(factors), checked_method(method))
    label = endpoint_label(outcome, True)
    return Table(
        id="subgroups.medians",
        of=_name(outcome, None, "subgroups"),
        title=say("{endpoint} by subgroup", endpoint=endpoint_label(outcome)),
        columns=found.columns(),
        rows=[row for name in factors for row in found.rows(name)],
        indent=[i for name in factors for i in found.indent(name)],
        results=[r for name in factors for r in found.results(name)],
        key=key_comparisons(
            [k for name in factors for k in found.key(name)], say("{endpoint} by subgroup, log-rank", endpoint=label)
        ),
        notes=[*found.remarks(), *outcome.untimely(asked), landmark_note(outcome), *found.standing(), _status(outcome)],
    )


class _Subgroups:
    """The comparisons of the levels of several factors: computed once, shown as rows, results, notes and key lines."""

    def __init__(self, outcome, factors, method):
        self.outcome, self.cohort, self.factors = outcome, outcome.cohort, factors
        self.unit, self.digits = outcome.unit, decimals_for(outcome.unit)
        self.paper = self.cohort.meta.paper_interval if self.cohort.meta.paper_interval != method else ""
        self.methods = [method, *([self.paper] if self.paper else [])]
        self.tests = {name: log_rank(outcome.rows, name).iloc[0] for name in factors}
        self.exact = {name: exact_test(outcome.rows, name) for name in factors}
        self.few = any(test is not None for test in self.exact.values())
        declared = self.exact if self.few else self.tests
        self.adjusted = family(self.cohort, {name: declared[name]["p"] for name in factors})
        self.medians = {name: {m: median_survival(outcome.rows, name, m) for m in self.methods} for name in factors}

    def rows(self, name) -> list[list[str]]:
        """The factor with its P values, then its levels with their medians."""
        factor, frames = self.cohort.factor(name), self.medians[name]
        found = [self.tests[name]["p"], *([self.exact[name]["p"]] if self.few else [])]
        shown = [tested(p, self.cohort.meta.is_free(name)) for p in found]
        shown.append(p_value(self.adjusted[name]) if name in self.adjusted else "–")
        head = [say(factor.label) + free_mark(self.cohort, name), *([""] * (2 + len(frames))), *shown]
        made = [head]
        for i, m in enumerate(frames[self.methods[0]].itertuples()):
            cells = (f.iloc[i] for f in frames.values())
            cells = [with_interval(r["median"], r["ci_low"], r["ci_high"], self.digits) for r in cells]
            made.append([say(factor.levels[m.group]), str(m.n), str(m.events), *cells, *([""] * len(shown))])
        return made

    def columns(self) -> list[str]:
        """The heads of the table."""
        paper = say("Median, {method} convention", method=INTERVAL_NAMES[self.paper]) if self.paper else ""
        medians = [say("Median ({unit}, 95% CI)", unit=self.unit), *filter(None, [paper])]
        tests = [say("Log-rank P"), *([say("Exact P")] if self.few else []), say("Holm P")]
        return [say("Subgroup"), say("n"), say("Events"), *medians, *tests]

    def remarks(self) -> list[str]:
        """How the intervals and the P values were made, then the notes of each factor."""
        shown = {
            "tests": plural(sum(not test["reason"] for test in self.tests.values()), "log-rank test"),
            "endpoint": endpoint_label(self.outcome, True),
            "p": say("the exact P") if self.few else "P",
        }
        some = "{tests} of {endpoint} over all subgroups; Holm P: {p} adjusted for the number of the factors without †."
        every = "{tests} of {endpoint} over all subgroups; Holm P: {p} adjusted for their number."
        alone = "1 log-rank test of {endpoint}: nothing to adjust for, so Holm P is {p}."
        one = sum(not test["reason"] for test in self.tests.values()) == 1 and not self._free
        adjusted = say(alone if one else some if self._free else every, **shown)
        made = say("Interval: {text}", text=say(INTERVAL_NOTES[self.methods[0]])) + " " + say(LEGEND)
        paper = say(INTERVAL_NOTES[self.paper]) if self.paper else ""
        own = [sizes_of_many(self.cohort, self.factors), *(n for name in self.factors for n in self.notes(name))]
        return [made, paper, adjusted, exact_note(self.exact.values()), *own]

    def standing(self) -> list[str]:
        """What free factors mean for the table."""
        return [say(FREE_NOTE)] if self._free else []

    @property
    def _free(self) -> bool:
        return any(map(self.cohort.meta.is_free, self.factors))

    def indent(self, name) -> list[int]:
        return [0] + [1] * len(self.medians[name][self.methods[0]])

    def results(self, name) -> list[Result]:
        place = {"by": name, "free": self.cohort.meta.is_free(name)}
        frame = pd.concat(self.medians[name].values())
        made = self._of(frame, "survival.median", time_units(self.unit), **place)
        place["level"] = ""
        units = {"statistic": "", "df": "", "p": ""}
        made += self._of(pd.DataFrame([self.tests[name]]), "survival.log_rank", units, **place)
        if self.few:
            units = {"p": "", "standard_error": "", "assignments": ""}
            made += self._of(pd.DataFrame([self.exact[name]]), "survival.log_rank_exact", units, **place)
        if name not in self.adjusted:
            return made
        adjusted = pd.DataFrame([{"p": self.adjusted[name]}])
        method = f"{'exact ' if self.few else ''}log-rank, Holm"
        return made + self._of(adjusted, "survival.log_rank_holm", {"p": ""}, method=method, **place)

    def _of(self, frame, quantity, units, **place):
        return outcome_results(self.outcome, frame, quantity, units, **place)

    def notes(self, name) -> list[str]:
        factor, said = say(self.cohort.factor(name).label), []
        if self.tests[name]["reason"]:
            said.append(say("{factor}: no test, {reason}.", factor=factor, reason=self.tests[name]["reason"]))
        if self.tests[name]["idle"]:
            idle = listed(say(self.cohort.factor(name).levels[level]) for level in self.tests[name]["idle"])
            template = "{factor}: no information from {levels}, where nobody is at risk when an event happens."
            said.append(say(template, factor=factor, levels=idle))
        missing = int(self.outcome.rows[name].isna().sum())
        if missing:
            patients = plural(missing, "patient")
            said.append(say("{factor}: {patients} without a value left out.", factor=factor, patients=patients))
        return said

    def key(self, name) -> list[tuple]:
        """The line of the key results, with its P, of a factor that was declared and is no free choice."""
        meta, factor = self.cohort.meta, self.cohort.factor(name)
        declared = len(self.factors) <= 4 or name in meta.subgroups
        if self.tests[name]["reason"] or meta.is_free(name) or not declared:
            return []
        levels = self.medians[name][self.methods[-1]].itertuples()
        groups = say(" against ").join(
            f"{rounded(m.median, self.digits)} ({say(factor.levels[m.group])})" for m in levels
        )
        shown = {"factor": say(factor.label), "groups": groups, "unit": self.unit}
        shown["p"] = tested_p(self.tests[name], self.exact[name])
        if self.paper:
            shown["method"] = INTERVAL_NAMES[self.paper]
            text = say("{factor}: median {groups} {unit} ({method} convention); log-rank {p}", **shown)
        else:
            text = say("{factor}: median {groups} {unit}; log-rank {p}", **shown)
        endpoint = endpoint_label(self.outcome, True)
        return [(say("{endpoint} by subgroup", endpoint=endpoint), text, self.tests[name]["p"])]
