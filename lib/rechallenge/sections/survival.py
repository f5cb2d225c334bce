"""Time to event: curves with numbers at risk, medians, survival at given times, subgroups."""

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable, did_you_mean, request_error
from papercheck.vocabulary.units import DAYS_PER_MONTH, convert
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
from smallsurv.multiplicity import holm

from ..derive.endpoints import endpoint_rule
from ..show.display import Figure, Note, Table, ledger
from ..show.many import curve_notes, marks_censoring, thinned
from ..show.standing import standing_note
from ..show.style import FAINT, INK, LINES, PALETTE, house_style, new_figure, shorten, wrap
from ..show.words import (
    FREE_NOTE,
    INTERVAL_NAMES,
    INTERVAL_NOTES,
    LEGEND,
    continued,
    decimals_for,
    free_mark,
    group_label,
    interval,
    key_comparisons,
    landmark_note,
    landmark_suffix,
    listed,
    p_sentence,
    p_value,
    percent,
    plural,
    plural_of,
    rounded,
    with_interval,
)  # fmt: skip
from .small_samples import exact_note, exact_test

RISK_LABEL, LEGEND_LABEL = 26, 34  # characters: a line of the risk table; what a legend inside the axes may hold
STEPS = {"months": (0.5, 1, 2, 3, 6, 12, 24, 36, 60, 120), "days": (10, 30, 50, 100, 200, 365, 500, 1000, 2000)}


def _checked(method):
    if method not in METHODS:
        raise request_error("unknown interval method", did_you_mean(method, METHODS), method)
    return method


def _endpoint_label(cohort, adtte, short=False) -> str:
    codes = list(dict.fromkeys(adtte["PARAMCD"].astype(str)))
    labels = [endpoint_rule(cohort, c)["short" if short else "label"] for c in codes]
    several = "Progression-free survival" if all("PFS" in c for c in codes) else "Survival"
    return (labels[0] if len(labels) == 1 else several) + landmark_suffix(adtte)


def _name(adtte, by, kind):
    return "_".join(
        ["-".join(dict.fromkeys(adtte["PARAMCD"].astype(str))).lower(), *([by.lower()] if by else []), kind]
    )


def _status(cohort, adtte):
    return standing_note(cohort, *(f"adtte.{c}" for c in dict.fromkeys(adtte["PARAMCD"].astype(str))))


def _needs_event(cohort, adtte):
    if not observed(adtte["CNSR"]).any():
        raise NotAvailable(f"needs at least one event of {_endpoint_label(cohort, adtte, True)}: none is recorded.")


def _definitions(cohort, adtte):
    """What the endpoints are, who is without one, why the censored are censored, what a month is."""
    said = []
    for code, rows in adtte.groupby("PARAMCD", observed=True):
        rule = endpoint_rule(cohort, code)
        said.append(f"{rule['short']}: {rule['text']}.")
        reasons = rows.loc[~observed(rows["CNSR"]), "EVNTDESC"].dropna()
        counts = reasons[reasons != ""].value_counts()
        if len(counts):
            said.append(f"Censored: {listed(f'{reason[0].lower()}{reason[1:]} {n}' for reason, n in counts.items())}.")
        without = len(cohort.table("adsl")) - len(rows) - sum(adtte.attrs.get("landmark", {}).get(code, ()))
        if without:
            said.append(f"{plural(without, 'patient')} without {rule['short']} left out.")
    if cohort.dated and adtte["UNIT"].iloc[0] == "months":
        said.append(f"A month is {DAYS_PER_MONTH} days.")
    return " ".join([*said, landmark_note(cohort, adtte)]).strip()


def survival_table(cohort, adtte, by=None, method="log-log") -> Table:
    """Median survival of each group with its interval, and follow-up by reverse Kaplan-Meier."""
    medians, follow = (
        median_survival(adtte, by, _checked(method)),
        follow_up(adtte, by, method if method != "spss" else "log-log"),
    )
    unit, digits = adtte["UNIT"].iloc[0], decimals_for(adtte["UNIT"].iloc[0])
    rows = [
        [group_label(cohort, by, m.group), str(m.n), str(m.events), with_interval(m.median, m.ci_low, m.ci_high, digits),
         with_interval(f.median, f.ci_low, f.ci_high, digits)]
        for m, f in zip(medians.itertuples(), follow.itertuples(), strict=True)
    ]  # fmt: skip
    units = {"n": "subjects", "events": "events", "median": unit, "ci_low": unit, "ci_high": unit}
    item = _endpoint_label(cohort, adtte, short=True)
    numbers = ledger(medians, item, units, by or "") + ledger(
        follow.rename(columns={"median": "follow_up", "ci_low": "follow_up_low", "ci_high": "follow_up_high"}),
        item,
        {"follow_up": unit, "follow_up_low": unit, "follow_up_high": unit},
        by or "",
        method="reverse Kaplan-Meier",
    )
    key = [(_key_label(cohort, by, m.group, adtte), _key_text(m, unit, digits)) for m in medians.itertuples()]
    return Table(
        title=f"Median {continued(_endpoint_label(cohort, adtte)) if by != 'PARAMCD' else 'time to event'}" + (f" by {cohort.factor(by).label}" if by and by != "PARAMCD" else ""),
        columns=["Group" if by != "PARAMCD" else "Endpoint", "n", "Events", f"Median ({unit}, 95% CI)", f"Median follow-up ({unit}, 95% CI)"],
        rows=rows, numbers=numbers, key=key,
        notes=[_definitions(cohort, adtte), f"Interval: {INTERVAL_NOTES[method]}", "Follow-up: reverse Kaplan-Meier (NR where too few are censored)"
               + (", log-log interval." if method == "spss" else ".") + f" {LEGEND}", _status(cohort, adtte)],
    )  # fmt: skip


def _key_label(cohort, by, group, adtte):
    return f"Median {group_label(cohort, by, group) if by else _endpoint_label(cohort, adtte, short=True)}"


def _key_text(m, unit, digits):
    if not m.events:
        return f"no event recorded in {m.n} patients"
    median = "not reached" if np.isinf(m.median) else f"{rounded(m.median, digits)} {unit}"
    return f"{median} (95% CI {interval(m.ci_low, m.ci_high, digits)}, {INTERVAL_NAMES[m.method]}); {plural(int(m.events), 'event')} in {m.n}"


def interval_methods_table(cohort, adtte, by=None) -> Table:
    """The same medians under every interval method side by side; the paper's own is marked."""
    _needs_event(cohort, adtte)
    medians = median_survival(adtte, by, METHODS)
    unit, digits = adtte["UNIT"].iloc[0], decimals_for(adtte["UNIT"].iloc[0])
    paper = cohort.meta.paper_interval
    columns = [by_method + (" (as the paper)" if m == paper else "") for m, by_method in INTERVAL_NAMES.items()]
    rows = [
        [group_label(cohort, by, group), *(with_interval(r.median, r.ci_low, r.ci_high, digits) for r in part.itertuples())]
        for group, part in medians.groupby("group", sort=False, observed=True)
    ]  # fmt: skip
    key = []
    if paper:
        printed = medians[(medians["method"] == paper) & (medians["events"] > 0)]
        key = [
            (_key_label(cohort, by, m.group, adtte), f"as the paper: {_key_text(m, unit, digits)}")
            for m in printed.itertuples()
        ]
    return Table(
        title=f"Median ({unit}) with its 95% confidence interval under each method", columns=["Group" if by != "PARAMCD" else "Endpoint", *columns],
        rows=rows, notes=[*INTERVAL_NOTES.values(), LEGEND], key=key,
        numbers=ledger(medians, _endpoint_label(cohort, adtte, short=True), {"median": unit, "ci_low": unit, "ci_high": unit}, by or ""),
    )  # fmt: skip


def landmark_table(cohort, adtte, months, by=None, method="log-log") -> Table:
    """Survival at the given months, with pointwise intervals and numbers at risk."""
    _needs_event(cohort, adtte)
    unit = adtte["UNIT"].iloc[0]
    times = [float(convert(np.float64(m), "months", unit)) for m in months]
    frame = survival_at_times(adtte, times, by, _checked(method)).assign(
        months=lambda d: [float(m) for m in months] * (len(d) // len(months))
    )
    columns = ["Group" if by != "PARAMCD" else "Endpoint"] + [
        f"{plural(int(m), 'month') if float(m).is_integer() else f'{m} months'}" for m in months
    ]
    rows = []
    for group, part in frame.groupby("group", sort=False, observed=True):
        cells = [
            f"{percent(r.survival)} ({interval(100 * r.ci_low, 100 * r.ci_high, 1)}) [{r.n_risk}]" if not np.isnan(r.survival) else f"NE [{r.n_risk}]"
            for r in part.itertuples()
        ]  # fmt: skip
        rows.append([group_label(cohort, by, group), *cells])
    used = frame["method"].iloc[0]
    item = frame.assign(item=[f"{_endpoint_label(cohort, adtte, True)} at {m:g} months" for m in frame["months"]])
    return Table(
        title=f"{_endpoint_label(cohort, adtte)} at given months, % (95% CI) [at risk]", columns=columns, rows=rows,
        notes=[f"Kaplan-Meier estimate with pointwise {used} interval. NE, not estimable: beyond the last follow-up, or the curve is at 0.",
               f"A month is {DAYS_PER_MONTH} days." if unit == "days" else "", landmark_note(cohort, adtte)],
        numbers=ledger(item, "item", {"survival": "share", "ci_low": "share", "ci_high": "share", "n_risk": "subjects"}, by or ""),
    )  # fmt: skip


def maturity_note(cohort, adtte) -> Note:
    """How mature the endpoint is: events over subjects, and whether a median can be read."""
    m = median_survival(adtte).iloc[0]
    label = _endpoint_label(cohort, adtte)
    share = percent(m["events"] / m["n"])
    verdict = (
        "No event is recorded: the curve stays at 100% and says nothing beyond the follow-up." if m["events"] == 0
        else "The median is not reached." if np.isinf(m["median"]) else "The median is reached."
    )  # fmt: skip
    return Note(
        f"{label}: {plural(int(m['events']), 'event')} in {m['n']} patients (maturity {share}%). {verdict} {_status(cohort, adtte)}".strip()
    )


def survival_figure(cohort, adtte, by=None, method="log-log") -> Figure:
    """Kaplan-Meier curves with bands, censor marks, median lines and numbers at risk; log-rank P for a factor."""
    _needs_event(cohort, adtte)
    curves = survival_curves(adtte, by)
    medians = median_survival(adtte, by, _checked(method)).set_index("group")
    unit = adtte["UNIT"].iloc[0]
    labels = {g: group_label(cohort, by, g) for g in curves}
    test = log_rank(adtte, by).iloc[0] if by and by != "PARAMCD" and len(curves) > 1 else None
    exact = exact_test(adtte, by) if test is not None else None
    tested = f"Log-rank {_tested(test, exact)}" if test is not None else ""
    with house_style():
        rows = {g: wrap(label, RISK_LABEL) for g, label in labels.items()}
        heading = cohort.factor(by).label if by and by != "PARAMCD" else ""
        inside = max(map(len, [heading, *labels.values()])) <= LEGEND_LABEL
        table_height = 0.2 + 0.22 * len(curves) + 0.1 * sum("\n" in r for r in rows.values())
        above = 0 if inside else 0.2 * (len(curves) + 1)
        figure, (axes, table) = new_figure(3.3 + table_height + above, nrows=2, height_ratios=[3.0, table_height])
        ticks = time_ticks(max(c.time[-1] for c in curves.values()), unit)
        plot_survival(axes, curves, labels, medians, ticks, method)
        if len(curves) > 1:
            place = {"loc": "upper right"} if inside else {"loc": "outside upper left"}
            owner = axes if inside else figure
            handles, _ = axes.get_legend_handles_labels()
            owner.legend(handles=handles, title=heading or None, alignment="left", handlelength=2.8, **place)
        axes.set_ylabel(f"{_endpoint_label(cohort, adtte)} (%)".replace("Progression-free survival on ", "PFS on "))
        axes.set_xlabel(f"{unit.capitalize()} from {_zero(cohort, adtte)}")
        plot_numbers_at_risk(table, curves, rows, ticks)
        if test is not None:
            axes.set_title(tested, loc="right", pad=3)
    digits = decimals_for(unit)
    said = "; ".join(
        f"{labels[g]} {with_interval(m['median'], m['ci_low'], m['ci_high'], digits)}" for g, m in medians.iterrows()
    )
    spelled = (
        "pointwise plain"
        if method == "spss"
        else "pointwise log-log"
        if method == "bootstrap"
        else f"pointwise {method}"
    )
    ticked, thin = curve_notes(curves)
    title = _endpoint_label(cohort, adtte) + (f" by {cohort.factor(by).label}" if by and by != "PARAMCD" else "")
    return Figure(
        title=title, figure=figure, name=_name(adtte, by, "curves"),
        alt=f"Kaplan-Meier curves, {title}. Median in {unit} (95% CI): {said}." + (f" {tested}." if tested else ""),
        notes=[f"Median ({unit}, 95% CI, {INTERVAL_NAMES[method]}): {said}.", f"Bands: {spelled} 95% intervals. {ticked} Dotted: medians. {LEGEND}", thin,
               "The two courses are of the same patients: the curves are described, not tested." if by == "PARAMCD" and len(curves) > 1 else "", _status(cohort, adtte)],
    )  # fmt: skip


def _tested(test, exact) -> str:
    """'P = 0.004 (exact 0.019)': the asymptotic P, and the exact one of few patients."""
    return p_sentence(test["p"]) + (
        f" (exact {p_value(exact['p'])})" if exact is not None and not exact["reason"] else ""
    )


def _zero(cohort, adtte):
    zeros = {endpoint_rule(cohort, c)["zero"] for c in adtte["PARAMCD"].astype(str).unique()}
    zero = zeros.pop() if len(zeros) == 1 else "the start of the course"
    months = adtte.attrs.get("landmark_months")
    return f"the landmark, {plural_of(months, 'month')} after {zero}" if months else zero


def time_ticks(longest, unit) -> np.ndarray:
    """Ticks from 0 past the longest time: at most nine."""
    steps = STEPS[unit]
    step = next((s for s in steps if longest / s <= 8), 10 ** np.ceil(np.log10(longest / 8)))
    return np.arange(0, longest + step, step)


def plot_survival(axes, curves, labels, medians, ticks, method="log-log"):
    """Draw the curves of `curves` ({group: Curve}) in percent on `axes`; long ones thinned, many censor marks left out."""
    shown_band = "plain" if method == "spss" else "log-log" if method == "bootstrap" else method
    marked = marks_censoring(curves)
    for i, (group, curve) in enumerate(curves.items()):
        colour, line = PALETTE[i % len(PALETTE)], LINES[i % len(LINES)]
        kept = thinned(curve)
        time, surv = np.append(0, curve.time[kept]), 100 * np.append(1, curve.survival[kept])
        axes.step(time, surv, where="post", color=colour, linestyle=line, lw=1.6, label=shorten(labels[group], 90))
        if len(curves) <= 2 and curve.events:
            low, high = (limit[kept] for limit in band(curve, shown_band))
            last = max(np.flatnonzero(np.isfinite(low)), default=-1) + 1
            edges = time[: last + 1]
            axes.fill_between(
                edges,
                100 * np.append(1, low)[: last + 1],
                100 * np.append(1, high)[: last + 1],
                step="post",
                color=colour,
                alpha=0.13,
                lw=0,
            )
        lost = (curve.n_censor > 0) & marked
        axes.plot(curve.time[lost], 100 * curve.survival[lost], linestyle="", marker="|", color=colour, ms=7, mew=1.2)
        middle = medians.loc[group, "median"]
        if np.isfinite(middle):
            axes.plot([0, middle, middle], [50, 50, 0], color=FAINT, linestyle=":", lw=0.9, zorder=0)
    axes.set(ylim=(0, 102), xlim=(0, ticks[-1]), xticks=ticks, yticks=range(0, 101, 25))
    return axes


def plot_numbers_at_risk(axes, curves, labels, ticks):
    """Numbers at risk under the ticks of the curves."""
    axes.set(xlim=(0, ticks[-1]), ylim=(len(curves) - 0.4, -0.6), xticks=[])
    axes.set_yticks(range(len(curves)), [labels[g] for g in curves], linespacing=0.9)
    axes.set_title("Number at risk", loc="left", pad=1)
    for i, curve in enumerate(curves.values()):
        for tick, count in zip(ticks, numbers_at_risk(curve, ticks), strict=True):
            axes.text(tick, i, str(count), ha="center", va="center", clip_on=False)
        axes.get_yticklabels()[i].set_color(PALETTE[i % len(PALETTE)] if len(curves) > 1 else INK)
    widest = max(len(str(curve.n)) for curve in curves.values())
    axes.tick_params(left=False, pad=8 + 3 * widest)  # clear of the number at 0
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    return axes


def subgroup_figures(cohort, adtte, factors, method="log-log") -> list[Figure]:
    """One figure of curves for each factor with at least two groups."""
    return [survival_figure(cohort, adtte, f, method) for f in factors if len(survival_curves(adtte, f)) > 1]


def subgroup_table(cohort, adtte, factors, method="log-log") -> Table:
    """Each level of each factor: n, events, median, interval (and the paper's, if another); log-rank P of the factor, asymptotic,
    exact for few patients, and adjusted for the number of factors (Holm)."""
    unit, digits = adtte["UNIT"].iloc[0], decimals_for(adtte["UNIT"].iloc[0])
    paper = cohort.meta.paper_interval if cohort.meta.paper_interval != method else ""
    methods = [_checked(method), *([paper] if paper else [])]
    rows, indent, numbers, notes, key = [], [], [], [], []
    tests = {name: log_rank(adtte, name).iloc[0] for name in factors}
    exact = {name: exact_test(adtte, name) for name in factors}
    few = any(test is not None for test in exact.values())
    adjusted = dict(zip(factors, holm([(exact if few else tests)[name]["p"] for name in factors]), strict=True))
    run = sum(not test["reason"] for test in tests.values())
    for name in factors:
        factor, test = cohort.factor(name), tests[name]
        frames = {m: median_survival(adtte, name, m) for m in methods}
        medians = frames[method]
        shown = [test["p"], *([exact[name]["p"]] if few else []), adjusted[name]]
        rows.append([factor.label + free_mark(cohort, name), *([""] * (2 + len(methods))), *map(p_value, shown)])
        for i, m in enumerate(medians.itertuples()):
            cells = [
                with_interval(r["median"], r["ci_low"], r["ci_high"], digits)
                for r in (f.iloc[i] for f in frames.values())
            ]
            rows.append([factor.levels[m.group], str(m.n), str(m.events), *cells, *([""] * len(shown))])
        indent += [0] + [1] * len(medians)
        if test["reason"]:
            notes.append(f"{factor.label}: no test, {test['reason']}.")
        elif not cohort.meta.is_free(name) and (len(factors) <= 4 or name in cohort.meta.subgroups):
            said = " against ".join(
                f"{rounded(m.median, digits)} ({factor.levels[m.group]})" for m in frames[methods[-1]].itertuples()
            )
            key.append(
                (
                    f"{_endpoint_label(cohort, adtte, True)} by subgroup",
                    f"{factor.label}: median {said} {unit}{f' ({INTERVAL_NAMES[paper]} median, as the paper)' if paper else ''}; log-rank {_tested(test, exact[name])}",
                    test["p"],
                )
            )
        if test["idle"]:
            idle = listed(factor.levels[level] for level in test["idle"])
            notes.append(f"{factor.label}: no information from {idle}, where nobody is at risk when an event happens.")
        missing = int(adtte[name].isna().sum())
        if missing:
            notes.append(f"{factor.label}: {plural(missing, 'patient')} without a value left out.")
        units = {"n": "subjects", "events": "events", "median": unit, "ci_low": unit, "ci_high": unit}
        numbers += ledger(pd.concat(frames.values()), _endpoint_label(cohort, adtte, True), units, name)
        numbers += ledger(
            pd.DataFrame([test]), _endpoint_label(cohort, adtte, True), {"statistic": "", "df": "", "p": ""}, name
        )
        if few:
            frame = pd.DataFrame([exact[name]])
            numbers += ledger(
                frame, _endpoint_label(cohort, adtte, True), {"p": "", "standard_error": "", "assignments": ""}, name
            )
        frame = pd.DataFrame([{"p": adjusted[name], "method": f"{'exact ' if few else ''}log-rank, Holm"}])
        numbers += ledger(frame, _endpoint_label(cohort, adtte, True), {"p": ""}, name)
    return Table(
        title=f"{_endpoint_label(cohort, adtte)} by subgroup", columns=["Subgroup", "n", "Events", f"Median ({unit}, 95% CI)", *([f"Median as the paper ({INTERVAL_NAMES[paper]})"] if paper else []), "Log-rank P", *(["Exact P"] if few else []), "Holm P"],
        rows=rows, indent=indent, numbers=numbers, key=key_comparisons(key, f"{_endpoint_label(cohort, adtte, True)} by subgroup, log-rank"),
        notes=[f"Interval: {INTERVAL_NOTES[method]} {LEGEND}", INTERVAL_NOTES[paper] if paper else "", f"{plural(run, 'log-rank test')} of {_endpoint_label(cohort, adtte, True)} in this table; Holm P: {'the exact P' if few else 'P'} adjusted for their number.",
               exact_note(exact.values()), *notes, landmark_note(cohort, adtte), FREE_NOTE if any(map(cohort.meta.is_free, factors)) else "", _status(cohort, adtte)],
    )  # fmt: skip
