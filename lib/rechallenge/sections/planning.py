"""How large the next study must be: two arms by events, one arm against a rate or a median, two stages."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable, request_error
from smallsurv.curve import median_survival
from smallsurv.planning import (
    DRAWS,
    Observed,
    delayed_arms,
    single_arm,
    single_arm_events,
    two_arms,
    two_means,
    two_stages,
)

from ..derive.outcome import Outcome
from ..replication.prints import drawn, held_to_prints, printed_median
from ..results import Result, results
from ..show.display import Table
from ..text.language import say
from ..text.words import percent, plural, rounded, spread_text

ASSUMED = (
    "Assumed: {assumed}. Times are exponential, entry is even over the accrual. A plan rests on what is assumed:"
    " vary it."
)
MEANS = (
    "Restricted means (Royston and Parmar 2013): the mean time without an event up to a time that is declared"
    " beforehand. The difference keeps its meaning where hazards are not proportional; where they are, the log-rank"
    " test needs fewer patients."
)


DELAYS = (2.0, 4.0)  # months
TESTS = ("log-rank", "late weights")
DELAYED = (
    "Until the delay the arms have one hazard, from then on the ratio {hr}; {draws} seeded trials are drawn for each"
    " line, so a power of 80% is known to 1.3 points. Late weights: Fleming and Harrington's test with the weights 0"
    " and"
    " 1 (Fleming and Harrington 1991), which must be chosen before looking; patients needed follow from the mean of the"
    " statistic."
)


def two_arm_plan(
    outcome: Outcome,
    hazard_ratio: float = 0.7,
    control_median: float = 0.0,
    accrual: float = 24.0,
    follow_up: float = 12.0,
    power: float = 0.8,
) -> Table:
    """Events and patients of a trial of two equal arms for hazard ratios around the assumed one.

    control_median : months; 0 takes the median of the outcome. Raises NotAvailable where that is not reached,
    CohortError for what cannot be planned.
    """
    taken = control_median or _median(outcome)
    _check(power, hazard_ratio, taken, accrual, follow_up)
    watch = Observed(accrual, follow_up)
    plans = [(hr, two_arms(hr, taken, watch, power=power)) for hr in _around(hazard_ratio)]
    frame = pd.DataFrame(
        [{"events": p.events, "n": p.n, "variable": f"{hr:g}", "item": f"two arms, HR {hr:g}"} for hr, p in plans]
    )
    heads = ("Hazard ratio", "Events", "Patients", "Event seen: treated, %", "Event seen: control, %")
    assumed = _assumed(taken, accrual, follow_up, power)
    return Table(
        id="plan.two_arms",
        title=say("Two equal arms, log-rank test"),
        columns=[*map(say, heads)],
        rows=[[f"{hr:g}", str(p.events), str(p.n), *(percent(c) for c in p.chances)] for hr, p in plans],
        results=_results(frame, "Schoenfeld"),
        notes=[say(ASSUMED, assumed=assumed), _own_median(outcome, control_median), say("Events: Schoenfeld 1981.")],
    )


def mean_plan(
    outcome: Outcome,
    hazard_ratio: float = 0.7,
    control_median: float = 0.0,
    accrual: float = 24.0,
    follow_up: float = 12.0,
    power: float = 0.8,
) -> Table:
    """Patients of the same trial if it compares restricted means up to the follow-up that every patient has (without
    one, up to half of the accrual). The parameters, and what is raised, are those of two_arm_plan."""
    taken = control_median or _median(outcome)
    _check(power, hazard_ratio, taken, accrual, follow_up)
    tau, watch = follow_up or accrual / 2, Observed(accrual, follow_up)
    plans = [(hr, two_means(hr, taken, tau, watch, power)) for hr in _around(hazard_ratio)]
    frame = pd.DataFrame([{"n": p.n, "variable": f"{hr:g}", "item": f"two means, HR {hr:g}"} for hr, p in plans])
    heads = ("Hazard ratio", "Patients", "Mean: treated", "Mean: control", "Difference, months")
    shown = [[f"{hr:g}", str(p.n), *(rounded(m) for m in p.means), rounded(p.difference)] for hr, p in plans]
    return Table(
        id="plan.means",
        title=say("Two equal arms, restricted means up to {tau} months", tau=rounded(tau, 0)),
        columns=[*map(say, heads)],
        rows=shown,
        results=_results(frame, "Royston and Parmar"),
        notes=[
            say(ASSUMED, assumed=_assumed(taken, accrual, follow_up, power)),
            _own_median(outcome, control_median),
            say(MEANS),
        ],
    )


def delayed_plan(
    outcome: Outcome,
    hazard_ratio: float = 0.7,
    control_median: float = 0.0,
    accrual: float = 24.0,
    follow_up: float = 12.0,
    power: float = 0.8,
    delays: Sequence[float] = DELAYS,
) -> Table:
    """What the trial of two_arm_plan can still find if the arms differ only after a delay, by simulation.

    delays : months. The other parameters, and what is raised, are those of two_arm_plan; CohortError for a delay below
    0.
    """
    taken = control_median or _median(outcome)
    _check(power, hazard_ratio, taken, accrual, follow_up)
    if any(d < 0 for d in delays):
        raise request_error("delays are months of 0 or more", "For example delays=[2, 4].", min(delays))
    watch = Observed(accrual, follow_up)
    n = two_arms(hazard_ratio, taken, watch, power=power).n
    plans = [(d, delayed_arms(hazard_ratio, taken, watch, d, n, power)) for d in sorted({0.0, *map(float, delays)})]
    times, needed = (say("Delay, months"), say("Events")), say("patients needed")
    return Table(
        id="plan.delayed",
        title=say("Two equal arms that differ only after a delay, {n} patients", n=n),
        columns=[*times, say("Log-rank: power, %"), needed, say("Late weights: power, %"), needed],
        rows=[_delayed_row(d, p) for d, p in plans],
        results=_delayed_results(plans, hazard_ratio),
        notes=[
            say(ASSUMED, assumed=_assumed(taken, accrual, follow_up, power)),
            _own_median(outcome, control_median),
            say(DELAYED, hr=f"{hazard_ratio:g}", draws=f"{DRAWS:,}"),
        ],
    )


def _delayed_results(plans, hazard_ratio) -> list[Result]:
    frame = pd.DataFrame(
        [
            (np.ceil(n), share, d, f"two arms, {t}")
            for d, p in plans
            for t, n, share in zip(TESTS, p.needed, p.power, strict=True)
        ],
        columns=["n", "power", "at", "item"],
    )
    return _results(frame.assign(variable=f"{hazard_ratio:g}"), "simulation")


def _delayed_row(delay, plan) -> list[str]:
    cells = [
        cell
        for share, needed in zip(plan.power, plan.needed, strict=True)
        for cell in (percent(share), f"{math.ceil(needed)}" if math.isfinite(needed) else say("NE"))
    ]
    return [f"{delay:g}", rounded(plan.events, 0), *cells]


def _around(hazard_ratio) -> list[float]:
    return sorted({round(hazard_ratio * f, 3) for f in (0.9, 1.0, 1.1)} - {1.0})


def _assumed(median, accrual, follow_up, power) -> str:
    return say(
        "median of the control {median} months, accrual {accrual} and follow-up {follow} months, two-sided P of 0.05,"
        " power {power}%",
        median=rounded(median),
        accrual=rounded(accrual, 0),
        follow=rounded(follow_up, 0),
        power=percent(power, 0),
    )


def _own_median(outcome, given) -> str:
    """Whose median it is, where none is given; one that no paper prints is that of one reconstruction."""
    if given:
        return ""
    cohort, endpoint = outcome.cohort, outcome.endpoints[0]
    if not held_to_prints(cohort) or printed_median(cohort, endpoint)[0]:
        return say("The median is that of this cohort, whose uncertainty the plan does not carry.")
    found = drawn(cohort, "median", endpoint)
    if not found:
        return say("The median is not printed: it is that of one reconstruction. Set the parameter control_median.")
    text = (
        "The median is not printed: it is that of one reconstruction, {span} over {n} drawn cohorts. Set the parameter"
        " control_median."
    )
    span = spread_text(rounded(outcome.in_months(found.lowest)), rounded(outcome.in_months(found.highest)))
    return say(text, span=span, n=found.members)


def _median(outcome) -> float:
    found = median_survival(outcome.rows).iloc[0]["median"]
    if not 0 < found < float("inf"):
        raise NotAvailable(say("needs a median: this cohort does not reach one. Give the parameter control_median."))
    return outcome.in_months(found)


def _check(power, hazard_ratio, median, accrual, follow_up):
    """Raises CohortError for what cannot be planned."""
    if not 0.5 <= power < 1:
        raise request_error("power is a share from 0.5 to below 1", "For example power=0.8.", power)
    if not 0 < hazard_ratio < 1:
        raise request_error("hazard_ratio lies between 0 and 1", "For example hazard_ratio=0.7.", hazard_ratio)
    if median <= 0 or accrual < 0 or accrual + follow_up <= 0:
        raise request_error("times of a plan are above 0", "For example accrual=24 and follow_up=12.")


def _results(frame, method) -> list[Result]:
    units = {
        name: unit for name, unit in (("n", "subjects"), ("events", "events"), ("power", "share")) if name in frame
    }
    return results(frame, "plan.size", units, model="plan", method=method)


def single_arm_plan(
    low_rate: float = 0.1, high_rate: float = 0.3, low_median: float = 3.0, high_median: float = 5.0, power: float = 0.8
) -> Table:
    """One arm: patients by an exact test of a response rate, in one stage and in Simon's two, and events by a test of a
    median.

    Raises CohortError for rates or medians that are not in order."""
    _check(power, 0.5, low_median, 1.0, 1.0)
    if not 0 < low_rate < high_rate < 1:
        raise request_error(
            "low_rate lies above 0 and below high_rate, which is below 1", "For example low_rate=0.1, high_rate=0.3."
        )
    if not 0 < low_median < high_median:
        raise request_error("low_median lies above 0 and below high_median", "For example low_median=3, high_median=5.")
    lines = [*_rate_lines(low_rate, high_rate, power), _median_line(low_median, high_median, power)]
    frame = pd.DataFrame([numbers | {"variable": name, "item": f"single arm, {name}"} for name, numbers, _ in lines])
    assumed = say(
        "response {a}% too low, {b}% hoped for; median {c} months too short, {d} hoped for; one-sided P of 0.05, power"
        " {power}%",
        a=percent(low_rate, 0),
        b=percent(high_rate, 0),
        c=rounded(low_median, 1),
        d=rounded(high_median, 1),
        power=percent(power, 0),
    )
    return Table(
        id="plan.single_arm",
        title=say("One arm against what is known"),
        results=_results(frame, "exact"),
        columns=[say("Design"), say("Patients or events"), say("Rule")],
        rows=[cells for _, _, cells in lines],
        notes=[
            say(ASSUMED, assumed=assumed),
            say("Exact binomial tests; two stages: Simon 1989; median: exponential times (Lawless 2003)."),
        ],
    )


def _rate_lines(low, high, power):
    """(name, numbers, cells) of one stage and of both designs of two stages."""
    one = single_arm(low, high, power=power)
    designs = [
        ("optimal", say("Two stages, optimal (Simon)"), False),
        ("minimax", say("Two stages, minimax (Simon)"), True),
    ]
    none = say("More patients than are searched.")
    if one is None:
        yield "one stage", {"n": float("nan")}, [say("One stage"), say("NE"), none]
    else:
        yield (
            "one stage",
            {"n": one.n},
            [say("One stage"), plural(one.n, "patient"), say("{k} responses or more", k=one.least)],
        )
    for name, label, fewest in designs:
        d = two_stages(low, high, power=power, minimax=fewest)
        if d is None:
            yield name, {"n": float("nan")}, [label, say("NE"), none]
            continue
        rule = say(
            "stop after {n1} with {r1} or fewer; {k} responses or more of {n}; {expected} expected if too low",
            n1=d.n1,
            r1=d.r1,
            k=d.r + 1,
            n=d.n,
            expected=rounded(d.expected, 1),
        )
        yield name, {"n": d.n}, [label, plural(d.n, "patient"), rule]


def _median_line(low, high, power):
    events = single_arm_events(low, high, power=power)
    return "median", {"events": events}, [say("Median"), plural(events, "event"), say("log of the hazard, one-sided")]
