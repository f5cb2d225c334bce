"""Two courses of the same patient: ratio of durations, comparisons that know the pairs, events that come again."""

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable, request_error
from smallsurv.curve import kaplan_meier
from smallsurv.multiplicity import holm
from smallsurv.paired import (
    CLUSTERED,
    NAIVE,
    STRATIFIED,
    mcnemar,
    mcnemar_range,
    paired_cox,
    ratio_range,
    ratio_shares,
)
from smallsurv.rmst import longest_tau, paired_mean_difference

from ..cohort.cohort import Cohort
from ..derive.adverse_events import ANY
from ..derive.endpoints import endpoint_rule
from ..derive.pairs import Pairs
from ..replication.prints import grades_printed
from ..results import RATIO_UNITS, Result, results
from ..show.display import Figure, Table
from ..show.many import SINGLE
from ..show.standing import standing_note
from ..show.style import FAINT, INK, PALETTE, house_style, new_figure
from ..text.language import say
from ..text.words import (
    decimals_for,
    interval,
    listed,
    p_sentence,
    p_value,
    percent,
    percent_of,
    plural,
    ratio_with_interval,
    rounded,
    share_of,
    share_with_interval,
    tested,
    with_interval,
)
from .small_samples import chosen_tau

ITEM = "PFSR against PFS1"
HAZARD_RATIOS = {  # method: what it is called, whether it is valid
    NAIVE: ("Hazard ratio, as if unpaired", "no: counts each patient as two"),
    CLUSTERED: ("Hazard ratio, clustered on patient", "yes, over all patients"),
    STRATIFIED: ("Hazard ratio, stratified by patient", "yes, within patients"),
}
SELECTION = (
    "No row is the effect of a treatment: patients were chosen because the first course ended, so those whom it still "
    "holds are absent, and rechallenge comes later in the disease."
)
PAIRING = (
    "† Pseudo-patients: which first course goes with which rechallenge is a free choice of the reconstruction, so what "
    "rests on it says nothing about patients."
)
RANGE = "The same times paired otherwise give {low} to {high} of {n}."
AGAIN = (
    "† Pseudo-patients: who had which event on both courses is a free choice of the reconstruction. Each number is its"
    " range over every choice that keeps how many had the event on each course; where P reaches from one side of 0.05"
    " to"
    " the other, nothing is known of the difference."
)
RATIO_NAMES = {
    "Clopper-Pearson": "By count",
    "Kaplan-Meier of the ratio, log-log": "Kaplan-Meier of the ratio",
    "midrank, Wald": "Midrank",
}
RATIOS = (
    "Ratio of the two durations of a patient, the growth modulation index (Von Hoff 1998, Mick 2000). By count: "
    "Clopper-Pearson; a ratio still censored below the bound counts as not reached, so the share is a lower bound. "
    "Kaplan-Meier of the censored ratio: log-log interval. Midrank (Kovalchik and Mietlowski 2011): Wald interval, "
    "narrow in few patients."
)
COMPARISONS = (
    "Hazard ratio above 1: rechallenge ended sooner. Clustered: robust error that counts patients (Lee, Wei and Amato "
    "1992). Stratified: pairs whose earlier end is an event, exact interval and sign test. Means: Kaplan-Meier areas, "
    "paired error, Student's t."
)
MCNEMAR = (
    "{tests} of the discordant patients, any grade; smallest {p} before adjustment for their number (Holm). Came "
    "again: of the patients with the event on the first course, Clopper-Pearson."
)
MCNEMAR_FREE = (
    "{tests} of the discordant patients, any grade, not adjusted for their number. Came again: of the patients with the"
    " event on the first course."
)
LINES = (
    "Solid line: both courses equal. Dashed: ratio {gmi}. Hollow: censored; the arrow shows where the true point may "
    "lie."
)
SHARE_UNITS = {"n": "subjects", "count": "subjects", "share": "share", "ci_low": "share", "ci_high": "share"}
EVERY_GRADE = (0, 5)
LONGER = "The courses differ in length: a longer course has more time for events."
RECURRENCE_HEADS = ("Adverse event", "Both", "First only", "Rechallenge only", "Neither", "McNemar P")
DISCORDANT = ("both", "first_only", "second_only", "neither")
RECURRENCE = ("recurrence", "recurrence_low", "recurrence_high")


def _checked(ratio):
    if not ratio > 0:
        raise request_error("the ratio of two durations is above 0", "For example gmi=1.33.", ratio)


def _pairing(pairs) -> str:
    return say(PAIRING) if pairs.free else ""


def _mark(pairs) -> str:
    return " †" if pairs.free else ""


def _short(pairs) -> tuple[str, str]:
    """The short labels of rechallenge and of the first course."""
    again, first = (endpoint_rule(pairs.cohort, code)["short"] for code in ("PFSR", "PFS1"))
    return again, first


def ratio_table(pairs: Pairs, gmi: float) -> Table:
    """Share of patients whose PFSR is at least `gmi` times their PFS1, by three methods."""
    _checked(gmi)
    shares = ratio_shares(pairs.rows, gmi)
    if shares.empty:
        raise NotAvailable("needs a first course that ended in progression or death: else the ratio has no bound.")
    rows = [
        [
            say(RATIO_NAMES[r["method"]]) + _mark(pairs),
            str(r["n"]),
            "–" if np.isnan(r["count"]) else str(int(r["count"])),
            share_with_interval(r["share"], r["ci_low"], r["ci_high"], pairs.free),
        ]
        for r in shares.to_dict("records")
    ]
    place = {"item": f"ratio PFSR / PFS1 at least {gmi:g}", "endpoint": "PFSR", "variable": "PFSR/PFS1"}
    bound = {"a": "PFSR", "b": "PFS1", "gmi": f"{gmi:g}"}
    return Table(
        id="paired.ratio",
        title=say("Patients whose {a} is at least {gmi} times their {b}", **bound),
        rows=rows,
        columns=[say("Method"), say("n"), say("Patients"), say("% (95% CI)")],
        key=[(say("{a} at least {gmi} times {b}", **bound), _ratio_key(pairs, shares.iloc[0], gmi))],
        results=results(shares, "paired.ratio_share", SHARE_UNITS, reference=f"{gmi:g}", free=pairs.free, **place),
        notes=[say(RATIOS), *_ratio_notes(pairs.rows), _pairing(pairs), _range_note(pairs, gmi)],
    )


def _ratio_key(pairs, r, gmi) -> str:
    """The count with its interval; of a free pairing the range
    over all pairings, for an interval would be of nobody.
    """
    if pairs.free:
        low, high = ratio_range(pairs.rows, gmi)
        text = (
            "not determined: with these times {low} to {high} of {n}, by which first course goes with which rechallenge"
        )
        return say(text, low=low, high=high, n=int(r["n"]))
    limits = interval(100 * r["ci_low"], 100 * r["ci_high"], 1)
    counted = {"count": f"{int(r['count'])}/{int(r['n'])}", "share": percent_of(r["count"], r["n"])}
    said = say("{count} ({share}%), 95% CI {interval}% (Clopper-Pearson)", interval=limits, **counted)
    open_ = int((~pairs.rows["second_event"] & (pairs.rows["ratio"] < gmi)).sum())
    return (
        say("{text}; a lower bound, {ratios} censored below it", text=said, ratios=plural(open_, "ratio"))
        if open_
        else said
    )


def _range_note(pairs, gmi) -> str:
    if not pairs.free:
        return ""
    low, high = ratio_range(pairs.rows, gmi)
    return say(RANGE, low=low, high=high, n=int(pairs.rows["ratio"].notna().sum()))


def _ratio_notes(rows) -> list[str]:
    """How many ratios are censored, and whose has no bound."""
    left, open_ = int((~rows["first_event"]).sum()), int((rows["ratio"].notna() & ~rows["second_event"]).sum())
    short = int((rows["first_event"] & rows["ratio"].isna()).sum())
    without = "{patients} without an event on the first course left out: the ratio has no bound."
    return [
        say("{ratios} censored, as {endpoint} is.", ratios=plural(open_, "ratio"), endpoint="PFSR") if open_ else "",
        say(without, patients=plural(left, "patient")) if left else "",
        (
            say(
                "{patients} whose first course lasted 0 left out: there is no ratio to it.",
                patients=plural(short, "patient"),
            )
            if short
            else ""
        ),
    ]


def ratio_figure(pairs: Pairs, gmi: float) -> Figure:
    """Each patient's PFSR against PFS1 on log axes, with the lines of equal courses and of the ratio `gmi`."""
    _checked(gmi)
    if len(pairs.rows) > SINGLE:
        raise NotAvailable(say("the scatter of both courses is drawn for up to {n} patients.", n=SINGLE))
    drawn = pairs.rows[(pairs.rows["first"] > 0) & (pairs.rows["second"] > 0)]
    if drawn.empty:
        raise NotAvailable(say("needs a patient whose courses both lasted longer than 0, for axes on a log scale."))
    (again, first), unit = _short(pairs), pairs.unit
    with house_style():
        figure, axes = new_figure(3.8)
        plot_ratio(axes, drawn, gmi)
        axes.set_xlabel(say("{endpoint} ({unit})", endpoint=first, unit=unit))
        axes.set_ylabel(say("{endpoint} ({unit})", endpoint=again, unit=unit))
    known, undrawn = drawn[drawn["first_event"]], len(pairs.rows) - len(drawn)
    left = say("Not drawn, as a course lasted 0: {patients}.", patients=plural(undrawn, "patient")) if undrawn else ""
    above = int((known["ratio"] >= gmi * (1 - 1e-12)).sum())
    alt = "Scatter of {a} against {b} of {patients}: {above} on or above the line of ratio {gmi}."
    return Figure(
        id="paired.scatter",
        figure=figure,
        name="pfsr_against_pfs1",
        title=say("Duration of both courses of each patient ({unit}, log axes)", unit=unit) + _mark(pairs),
        alt=say(alt, a=again, b=first, patients=plural(len(drawn), "patient"), above=above, gmi=f"{gmi:g}"),
        notes=[say(LINES, gmi=f"{gmi:g}"), left, _pairing(pairs)],
    )


def plot_ratio(axes, pairs, gmi):
    """One mark a patient: filled where both courses ended, hollow with an arrow where one is censored."""
    whole = pairs["first_event"] & pairs["second_event"]
    axes.plot(pairs.loc[whole, "first"], pairs.loc[whole, "second"], "o", color=PALETTE[0], ms=5, zorder=3)
    for r in pairs[~whole].itertuples():
        axes.plot(r.first, r.second, "o", mfc="white", mec=PALETTE[0], mew=1.2, ms=5, zorder=3)
        right, up = 0 if r.first_event else 18, 0 if r.second_event else 18
        axes.annotate(
            "",
            (r.first, r.second),
            (right, up),
            textcoords="offset points",
            zorder=2,
            arrowprops={"arrowstyle": "<-", "color": PALETTE[0], "lw": 0.9, "shrinkB": 3},
        )
    low = min(pairs["first"].min(), pairs["second"].min()) / 1.4
    high = max(pairs["first"].max(), pairs["second"].max()) * 1.4
    axes.plot([low, high], [low, high], color=INK, lw=0.9, zorder=1)
    axes.plot([low, high], [low * gmi, high * gmi], color=FAINT, lw=0.9, ls="--", zorder=1)
    axes.set(xscale="log", yscale="log", xlim=(low, high), ylim=(low, high))
    ticks = [t * 10.0**e for e in range(-2, 5) for t in (1, 2, 5)]
    ticks = [t for t in ticks if low <= t <= high]
    ticks = ticks if len(ticks) <= 7 else [t for t in ticks if np.isclose(np.log10(t) % 1, 0)]
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks(ticks, [f"{t:g}" for t in ticks])
        axis.set_ticks([], minor=True)
    return axes


def courses_table(pairs: Pairs, tau: float = 0.0) -> Table:
    """Rechallenge against the first course: Cox as if unpaired, clustered, stratified; difference of means."""
    unit, digits = pairs.unit, decimals_for(pairs.unit)
    cox = paired_cox(pairs.rows)
    curves = [kaplan_meier(pairs.rows[c], pairs.rows[f"{c}_event"]) for c in ("first", "second")]
    until = chosen_tau(tau, pairs, longest_tau(curves))
    mean = paired_mean_difference(pairs.rows, until)
    difference = [
        say("Difference of means up to {time} {unit}", time=rounded(until, digits), unit=unit) + _mark(pairs),
        str(mean["n"]),
        with_interval(mean["estimate"], mean["ci_low"], mean["ci_high"], digits, pairs.free),
        tested(mean["p"], pairs.free),
        say("yes, over all patients"),
    ]
    reasons = [say(reason) for reason in dict.fromkeys(cox.loc[cox["reason"] != "", "reason"])]
    return Table(
        id="paired.comparison",
        title=say("Rechallenge against the first course of the same patients"),
        columns=[say("Comparison"), say("Pairs"), say("Estimate (95% CI)"), say("P"), say("Valid")],
        rows=[*(_hazard_row(r, pairs.free and r.method != NAIVE) for r in cox.itertuples()), difference],
        results=_hazard_results(pairs, cox) + _mean_results(pairs, mean, until),
        notes=[
            say(COMPARISONS),
            say(SELECTION),
            _pairing(pairs),
            say("Not estimable: {reasons}.", reasons=listed(reasons)) if reasons else "",
        ],
    )


def _hazard_row(r, free) -> list[str]:
    label, valid = HAZARD_RATIOS[r.method]
    ratio = ratio_with_interval(r.hr, r.ci_low, r.ci_high, decimals=2, free=free)
    return [say(label) + (" †" if free else ""), str(r.n), ratio, tested(r.p, free), say(valid)]


def _hazard_results(pairs, cox) -> list[Result]:
    """The ratio as if unpaired does not ask which courses belong together: it is no choice."""
    units = {"n": "pairs"} | RATIO_UNITS
    frame = cox.assign(free=pairs.free & (cox["method"] != NAIVE))
    return results(frame, "paired.hazard_ratio", units, item=ITEM, endpoint="PFSR", reference="PFS1")


def _mean_results(pairs, mean, until) -> list[Result]:
    frame = pd.DataFrame([{**mean, "method": f"{mean['method']}, tau {until:g}"}])
    units = {"estimate": pairs.unit, "ci_low": pairs.unit, "ci_high": pairs.unit, "p": ""}
    place = {"item": f"{ITEM}, difference of restricted means", "endpoint": "PFSR", "reference": "PFS1"}
    return results(frame, "paired.mean_difference", units, free=pairs.free, **place)


def recurrence_table(cohort: Cohort, events: pd.DataFrame) -> Table:
    """Adverse events of both courses by patient: on which course, exact McNemar P, and how often they came again.

    events : derive_paired_events.
    """
    found = {t: mcnemar(part["INITIAL"], part["RECHALLENGE"]) for t, part in events.groupby("AEDECOD", sort=False)}
    if cohort.meta.kind == "pseudo":
        return _recurrence_ranges(cohort, events, list(found))
    adjusted = dict(zip(found, holm([r["p"] for r in found.values()]), strict=True))
    smallest = min((r["p"] for r in found.values()), default=np.nan)
    tests = plural(len(found), "exact McNemar test")
    return Table(
        id="safety.recurrence",
        title=_recurrence_title(events),
        columns=[*map(say, RECURRENCE_HEADS), say("Holm P"), say("Came again (95% CI, %)")],
        rows=[_recurrence_row(term, r, adjusted[term]) for term, r in found.items()],
        results=[x for t, r in found.items() for x in _recurrence_results(t, r | {"p_holm": adjusted[t]})],
        notes=[say(MCNEMAR, tests=tests, p=p_sentence(smallest)), say(LONGER), standing_note(cohort, "adae")],
    )


def _recurrence_title(events) -> str:
    title = "Adverse events on both courses of the same {patients}"
    return say(title, patients=plural(events["USUBJID"].nunique(), "patient"))


def _recurrence_row(term, r, adjusted) -> list[str]:
    had, again = r["both"] + r["first_only"], "–"
    if had:
        again = f"{share_of(r['both'], had)}, {percent(r['recurrence_low'])}–{percent(r['recurrence_high'])}"
    return [say(term), *(str(r[k]) for k in DISCORDANT), p_value(r["p"]), p_value(adjusted), again]


def _recurrence_results(term, r) -> list[Result]:
    place = {"item": term, "variable": term, "by": "APHASE", "level": "INITIAL and RECHALLENGE"}
    units = dict.fromkeys(DISCORDANT, "subjects") | dict.fromkeys(RECURRENCE, "share")
    frame = pd.DataFrame([r])
    again = results(frame, "adverse_event.recurrence", units, method="Clopper-Pearson", **place)
    return again + results(frame, "adverse_event.mcnemar", {"p": "", "p_holm": ""}, method="exact McNemar", **place)


def _recurrence_ranges(cohort, events, terms) -> Table:
    """The table of pseudo-patients, of whom nobody knows who had which event twice: each number as its range."""
    margins = {term: _margins(cohort, events, term) for term in terms}
    found = {term: mcnemar_range(*margins[term], events["USUBJID"].nunique()) for term in terms}
    tests = plural(len(found), "exact McNemar test")
    return Table(
        id="safety.recurrence",
        title=_recurrence_title(events),
        columns=[*map(say, RECURRENCE_HEADS), say("Came again (%)")],
        rows=[_range_row(term, r) for term, r in found.items()],
        results=[_range_result(term, r) for term, r in found.items()],
        notes=[say(MCNEMAR_FREE, tests=tests), say(LONGER), say(AGAIN), standing_note(cohort, "adae")],
    )


def _margins(cohort, events, term) -> list[tuple[int, int]]:
    """The fewest and the most patients with a term on each course: of a term as many as carry it; of any event, where
    that is not printed, at least as many as of one term and at most as many as of all together."""
    of_term, n = events.groupby("AEDECOD")[["INITIAL", "RECHALLENGE"]].sum(), events["USUBJID"].nunique()
    known, made = of_term.drop(index=ANY, errors="ignore"), []
    for phase in ("INITIAL", "RECHALLENGE"):
        count = int(of_term.at[term, phase])
        counted = term != ANY or grades_printed(cohort, EVERY_GRADE, phase)
        made.append((count, count) if counted else (int(known[phase].max()), min(n, int(known[phase].sum()))))
    return made


def _range_row(term, r) -> list[str]:
    shown = [_span(*map(str, r[k])) for k in DISCORDANT]
    again = "–" if np.isnan(r["recurrence"][0]) else _span(*map(percent, r["recurrence"]))
    return [say(term) + " †", *shown, _span(*map(p_value, r["p"])), again]


def _span(low, high) -> str:
    return low if low == high else say("{low} to {high}", low=low, high=high)


def _range_result(term, r) -> Result:
    """The range of how many had an event on both courses."""
    place = {"item": term, "variable": term, "by": "APHASE", "level": "INITIAL and RECHALLENGE"}
    values = {f"{name}, {end}": r[name][i] for name in DISCORDANT for i, end in enumerate(("lowest", "highest"))}
    units = dict.fromkeys(values, "subjects")
    return Result("adverse_event.recurrence", values, units, free=True, method="over every choice", **place)
