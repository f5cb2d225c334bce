"""Competing risks: cumulative incidence of each cause, and Gray's test between subgroups. Nothing where no causes compete."""

import numpy as np

from papercheck.vocabulary.units import convert
from smallsurv.competing import gray_tests, incidence_at_times, incidence_curves, limits
from smallsurv.rmst import default_tau

from ..derive.causes import NOT_STATED, derive_causes
from ..derive.endpoints import endpoint_rule
from ..show.display import Figure, Table, ledger
from ..show.labels import free_mark, group_label, landmark_note, landmark_suffix
from ..show.many import thinned_steps
from ..show.standing import standing_note
from ..show.style import LINES, PALETTE, house_style, new_figure
from ..text.words import FREE_NOTE, decimals_for, interval, listed, p_value, percent, plural, rounded
from .small_samples import chosen_tau
from .survival import plot_numbers_at_risk, time_ticks

UNITS = {"n": "subjects", "events": "events", "n_risk": "subjects", "incidence": "share", "ci_low": "share", "ci_high": "share"}  # fmt: skip
WHY = "The causes compete: a patient who has one of them can no longer have another first. One minus Kaplan-Meier of a single cause, the others as censored, would be too high."


def competing_risks(cohort, adtte, months) -> list:
    """A figure and a table of cumulative incidence for each endpoint of `adtte` in which causes compete; [] if in none."""
    shown = []
    for code, rows in derive_causes(cohort, adtte).items():
        rows.attrs = _attrs(adtte, code)
        shown += [_figure(cohort, code, rows), _table(cohort, code, rows, months)]
    return shown


def _attrs(adtte, code):
    """The landmark of one endpoint alone."""
    attrs = dict(adtte.attrs)
    return attrs | ({"landmark": {code: attrs["landmark"][code]}} if "landmark" in attrs else {})


def _cell(r) -> str:
    if np.isnan(r.incidence):
        return f"NE [{r.n_risk}]"
    limited = f" ({interval(100 * r.ci_low, 100 * r.ci_high, 1)})" if not np.isnan(r.ci_low) else ""
    return f"{percent(r.incidence)}{limited} [{r.n_risk}]"


def _table(cohort, code, adtte, months) -> Table:
    unit, rule = adtte["UNIT"].iloc[0], endpoint_rule(cohort, code)
    short = rule["short"] + landmark_suffix(adtte)
    times = [float(convert(np.float64(m), "months", unit)) for m in months]
    frame = incidence_at_times(adtte, times)
    frame["months"] = [float(m) for m in months] * (len(frame) // max(len(months), 1))
    rows = [
        [cause, str(part["events"].iloc[0]), *map(_cell, part.itertuples())]
        for cause, part in frame.groupby("cause", sort=False)
    ]
    item = frame.assign(item=[f"{short}, cumulative incidence at {m:g} months" for m in frame["months"]])
    return Table(
        title=f"{short}: cumulative incidence of each cause, % (95% CI) [at risk]",
        columns=["Cause", "Events", *(f"{m:g} month{'' if m == 1 else 's'}" for m in months)], rows=rows,
        numbers=ledger(item, "item", UNITS, "cause", group="cause"),
        notes=["Aalen-Johansen estimate, pointwise log-log interval (Choudhury 2002). " + WHY, "NE, not estimable: beyond the last follow-up.",
               landmark_note(cohort, adtte), standing_note(cohort, f"adtte.{code}")],
    )  # fmt: skip


def _figure(cohort, code, adtte) -> Figure:
    unit, rule = adtte["UNIT"].iloc[0], endpoint_rule(cohort, code)
    short = rule["short"] + landmark_suffix(adtte)
    curves = {cause: curve for (_, cause), curve in incidence_curves(adtte).items()}
    ticks = time_ticks(max(curve.time[-1] for curve in curves.values()), unit)
    with house_style():
        figure, (axes, table) = new_figure(3.6, nrows=2, height_ratios=[3.0, 0.42])
        for i, (cause, curve) in enumerate(curves.items()):
            _draw(axes, curve, cause, PALETTE[i % len(PALETTE)], LINES[i % len(LINES)], banded=len(curves) <= 2)
        axes.set(ylim=(0, 102), xlim=(0, ticks[-1]), xticks=ticks, yticks=range(0, 101, 25))
        axes.set_ylabel("Cumulative incidence (%)")
        axes.set_xlabel(f"{unit.capitalize()} from {rule['zero']}")
        axes.legend(loc="upper left", handlelength=2.8)
        plot_numbers_at_risk(table, {"": next(iter(curves.values()))}, {"": "All patients"}, ticks)
    last = listed(f"{cause} {percent(curve.incidence[-1])}%" for cause, curve in curves.items())
    return Figure(
        title=f"{short}: cumulative incidence of each cause", figure=figure, name=f"{code.lower()}_causes",
        alt=f"Cumulative incidence of the causes that end {short}. At the end of follow-up: {last}.",
        notes=[f"Aalen-Johansen estimate. {'Bands: pointwise log-log 95% intervals. ' if len(curves) <= 2 else ''}At the end of follow-up: {last}.",
               landmark_note(cohort, adtte), standing_note(cohort, f"adtte.{code}")],
    )  # fmt: skip


def _draw(axes, curve, cause, colour, line, banded):
    kept = thinned_steps(1 - curve.incidence)
    time, height = np.append(0, curve.time[kept]), 100 * np.append(0, curve.incidence[kept])
    axes.step(time, height, where="post", color=colour, linestyle=line, lw=1.6, label=cause)
    if banded:
        low, high = (100 * np.append(np.nan, limit[kept]) for limit in limits(curve))
        axes.fill_between(time, low, high, step="post", color=colour, alpha=0.13, lw=0)


def gray_table(cohort, adtte, factors, tau=0.0) -> list:
    """Cumulative incidence of each cause in each subgroup up to `tau` months, with Gray's test; [] where no causes compete.

    adtte : rows of one PARAMCD.
    """
    found = derive_causes(cohort, adtte)
    if not found:
        return []
    ((code, found),) = found.items()
    unit, digits = adtte["UNIT"].iloc[0], decimals_for(adtte["UNIT"].iloc[0])
    short = endpoint_rule(cohort, code)["short"] + landmark_suffix(adtte)
    rows, indent, numbers, notes = [], [], [], []
    for name in factors:
        known = found[found[name].notna()]
        if known.empty:
            continue
        until = chosen_tau(tau, unit, default_tau(known, name))
        frame, tests = (
            f[f["cause"] != NOT_STATED] for f in (incidence_at_times(known, [until], name), gray_tests(known, name))
        )
        label = cohort.factor(name).label + free_mark(cohort, name)
        rows.append([f"{label}, up to {rounded(until, digits)} {unit}", "", *(x for p in tests["p"] for x in ("", p_value(p)))])  # fmt: skip
        indent.append(0)
        for level, part in frame.groupby("group", sort=False, observed=True):
            cells = [x for r in part.itertuples() for x in (f"{r.events}; {_cell(r)}", "")]
            rows.append([group_label(cohort, name, level), str(part["n"].iloc[0]), *cells])
            indent.append(1)
        notes += [f"{cohort.factor(name).label}, {r.cause.lower()}: no test, {r.reason}." for r in tests.itertuples() if r.reason]  # fmt: skip
        without = len(found) - len(known)
        if without:
            notes.append(f"{cohort.factor(name).label}: {plural(without, 'patient')} without a value left out.")
        item = frame.assign(item=f"{short}, cumulative incidence: " + frame["cause"], tau=until)
        numbers += ledger(item, "item", UNITS | {"tau": unit}, name)
        tests = tests.assign(item=f"{short}, cumulative incidence: " + tests["cause"])
        numbers += ledger(tests, "item", {"statistic": "", "df": "", "p": ""}, name)
    causes = [cause for cause in found["CAUSE"].cat.categories if cause != NOT_STATED]
    unknown = int((found["CAUSE"] == NOT_STATED).sum())
    notes += (
        [f"{plural(unknown, 'event')} without a stated cause: counted as another that competes."] if unknown else []
    )
    return [Table(
        title=f"{short}: cumulative incidence of each cause by subgroup", rows=rows, indent=indent, numbers=numbers,
        columns=["Subgroup", "n", *(x for cause in causes for x in (f"{cause}: events; % (95% CI) [at risk]", "Gray P"))],
        notes=["Aalen-Johansen estimate up to the time of each row" + ("" if tau else " (the shortest follow-up of its groups)") + ", pointwise log-log interval. Gray's test (Gray 1988) compares the whole curves of one cause, asymptotically and not adjusted for the number of tests. " + WHY,
               *notes, landmark_note(cohort, adtte), FREE_NOTE if any(map(cohort.meta.is_free, factors)) else "", standing_note(cohort, f"adtte.{code}")],
    )]  # fmt: skip
