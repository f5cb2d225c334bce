"""Two courses of the same patient: ratio of their durations, comparisons that know the pairs, events that come again."""

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable, request_error
from smallsurv.curve import kaplan_meier
from smallsurv.multiplicity import holm
from smallsurv.paired import CLUSTERED, NAIVE, STRATIFIED, mcnemar, paired_cox, ratio_shares
from smallsurv.rmst import longest_tau, paired_mean_difference

from ..derive.endpoints import endpoint_rule
from ..show.display import Figure, Table, ledger
from ..show.many import SINGLE
from ..show.standing import standing_note
from ..show.style import FAINT, INK, PALETTE, house_style, new_figure
from ..show.words import (
    decimals_for,
    interval,
    listed,
    p_sentence,
    p_value,
    percent,
    plural,
    rounded,
    share_of,
    with_interval,
)
from .small_samples import chosen_tau

ITEM = "PFSR against PFS1"
VALID = {
    NAIVE: "no: counts each patient as two",
    CLUSTERED: "yes, over all patients",
    STRATIFIED: "yes, within patients",
}
SELECTION = (
    "No row is the effect of a treatment: patients were chosen because the first course ended, so those whom it still "
    "holds are absent, and rechallenge comes later in the disease."
)
PAIRING = (
    "Pseudo-patients: which first course goes with which rechallenge is a choice of the reconstruction, unless the paper "
    "prints it."
)
RATIO_NAMES = {
    "Clopper-Pearson": "By count",
    "Kaplan-Meier of the ratio, log-log": "Kaplan-Meier of the ratio",
    "midrank, Wald": "Midrank",
}


def _checked(pairs, ratio=1.0):
    if pairs.empty:
        raise NotAvailable("needs PFS on both courses (PFS1 and PFSR) of the same patients.")
    if not ratio > 0:
        raise request_error("the ratio of two durations is above 0", "For example gmi=1.33.", ratio)


def _pairing(cohort):
    return PAIRING if cohort.meta.kind == "pseudo" else ""


def ratio_table(cohort, pairs, gmi) -> Table:
    """Share of patients whose PFSR is at least `gmi` times their PFS1, by three methods. pairs : paired.pair_courses."""
    _checked(pairs, gmi)
    shares = ratio_shares(pairs, gmi)
    if shares.empty:
        raise NotAvailable("needs a first course that ended in progression or death: else the ratio has no bound.")
    left, open_ = int(pairs["ratio"].isna().sum()), int((pairs["ratio"].notna() & ~pairs["second_event"]).sum())
    rows = [
        [RATIO_NAMES[r["method"]], str(r["n"]), "–" if np.isnan(r["count"]) else str(int(r["count"])),
         with_interval(100 * r["share"], 100 * r["ci_low"], 100 * r["ci_high"], 1)]
        for r in shares.to_dict("records")
    ]  # fmt: skip
    counted = shares.iloc[0]
    key = (f"PFSR at least {gmi:g} times PFS1", f"{share_of(counted['count'], counted['n'])}, 95% CI {interval(100 * counted['ci_low'], 100 * counted['ci_high'], 1)}% (Clopper-Pearson)")  # fmt: skip
    return Table(
        title=f"Patients whose PFSR is at least {gmi:g} times their PFS1",
        columns=["Method", "n", "Patients", "% (95% CI)"],
        rows=rows,
        key=[key],
        numbers=ledger(shares, f"ratio PFSR / PFS1 at least {gmi:g}", {"n": "subjects", "count": "subjects", "share": "share", "ci_low": "share", "ci_high": "share"}),
        notes=[
            "Ratio of the two durations of a patient, the growth modulation index (Von Hoff 1998, Mick 2000). By count: Clopper-Pearson; a ratio still censored below the bound counts as not reached, so the share is a lower bound. Kaplan-Meier of the censored ratio: log-log interval. Midrank (Kovalchik and Mietlowski 2011): Wald interval, narrow in few patients.",
            f"{plural(open_, 'ratio')} censored, as PFSR is." if open_ else "",
            f"{plural(left, 'patient')} without an event on the first course left out: the ratio has no bound." if left else "",
            *(f"{RATIO_NAMES[r.method]}: NE, {r.reason}." for r in shares[shares["reason"] != ""].itertuples()),
            _pairing(cohort),
        ],
    )  # fmt: skip


def ratio_figure(cohort, pairs, gmi) -> Figure:
    """Each patient's PFSR against PFS1 on log axes, with the lines of equal courses and of the ratio `gmi`."""
    _checked(pairs, gmi)
    if len(pairs) > SINGLE:
        raise NotAvailable(f"the scatter of both courses is drawn for up to {SINGLE} patients.")
    short = {code: endpoint_rule(cohort, code)["short"] for code in ("PFS1", "PFSR")}
    known, unit = pairs[pairs["first_event"]], pairs["UNIT"].iloc[0]
    with house_style():
        figure, axes = new_figure(3.8)
        plot_ratio(axes, pairs, gmi)
        axes.set(xlabel=f"{short['PFS1']} ({unit})", ylabel=f"{short['PFSR']} ({unit})")
    above = int((known["ratio"] >= gmi * (1 - 1e-12)).sum())
    return Figure(
        title=f"Duration of both courses of each patient ({unit}, log axes)", figure=figure, name="pfsr_against_pfs1",
        alt=f"Scatter of {short['PFSR']} against {short['PFS1']} of {plural(len(pairs), 'patient')}: {above} on or above the line of ratio {gmi:g}.",
        notes=[f"Solid line: both courses equal. Dashed: ratio {gmi:g}. Hollow: censored; the arrow shows where the true point may lie."],
    )  # fmt: skip


def plot_ratio(axes, pairs, gmi):
    """One mark a patient: filled where both courses ended, hollow with an arrow where one is censored."""
    whole = pairs["first_event"] & pairs["second_event"]
    axes.plot(pairs.loc[whole, "first"], pairs.loc[whole, "second"], "o", color=PALETTE[0], ms=5, zorder=3)
    for r in pairs[~whole].itertuples():
        axes.plot(r.first, r.second, "o", mfc="white", mec=PALETTE[0], mew=1.2, ms=5, zorder=3)
        right, up = 0 if r.first_event else 18, 0 if r.second_event else 18
        axes.annotate("", (r.first, r.second), (right, up), textcoords="offset points", zorder=2,
                      arrowprops={"arrowstyle": "<-", "color": PALETTE[0], "lw": 0.9, "shrinkB": 3})  # fmt: skip
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


def courses_table(cohort, pairs, tau=0.0) -> Table:
    """Rechallenge against the first course: Cox as if unpaired, clustered, stratified; difference of restricted means."""
    _checked(pairs)
    unit, digits = pairs["UNIT"].iloc[0], decimals_for(pairs["UNIT"].iloc[0])
    cox = paired_cox(pairs)
    rows = [
        [f"Hazard ratio, {r.method}", str(r.n), with_interval(r.hr, r.ci_low, r.ci_high), p_value(r.p), VALID[r.method]]
        for r in cox.itertuples()
    ]
    curves = [kaplan_meier(pairs[c], pairs[f"{c}_event"]) for c in ("first", "second")]
    until = chosen_tau(tau, unit, longest_tau(curves))
    mean = paired_mean_difference(pairs, until)
    rows.append([f"Difference of means up to {rounded(until, digits)} {unit}", str(mean["n"]), with_interval(mean["estimate"], mean["ci_low"], mean["ci_high"], digits),
                 p_value(mean["p"]), "yes, over all patients"])  # fmt: skip
    reasons = list(dict.fromkeys(cox.loc[cox["reason"] != "", "reason"]))
    frame = pd.DataFrame([{**mean, "method": f"{mean['method']}, tau {until:g}"}])
    return Table(
        title="Rechallenge against the first course of the same patients",
        columns=["Comparison", "Pairs", "Estimate (95% CI)", "P", "Valid"], rows=rows,
        numbers=ledger(cox, ITEM, {"n": "pairs", "hr": "ratio", "ci_low": "ratio", "ci_high": "ratio", "p": ""})
        + ledger(frame, f"{ITEM}, difference of restricted means", {"estimate": unit, "ci_low": unit, "ci_high": unit, "p": ""}),
        notes=["Hazard ratio above 1: rechallenge ended sooner. Clustered: robust error that counts patients (Lin and Wei 1989). Stratified: pairs whose earlier end is an event, exact interval and sign test. Means: Kaplan-Meier areas, paired error, Student's t.",
               SELECTION, _pairing(cohort), f"Not estimable: {listed(reasons)}." if reasons else ""],
    )  # fmt: skip


def recurrence_table(cohort, events) -> Table:
    """Adverse events of both courses by patient: on which course, exact McNemar P, and how often they came again.

    events : derive_paired_events.
    """
    rows, numbers, found = [], [], {}
    for term, part in events.groupby("AEDECOD", sort=False):
        found[term] = mcnemar(part["INITIAL"], part["RECHALLENGE"])
    adjusted = holm([r["p"] for r in found.values()])
    for (term, r), corrected in zip(found.items(), adjusted, strict=True):
        had = r["both"] + r["first_only"]
        again = (
            f"{share_of(r['both'], had)}, {percent(r['recurrence_low'])}–{percent(r['recurrence_high'])}"
            if had
            else "–"
        )
        rows.append(
            [
                term,
                *(str(r[k]) for k in ("both", "first_only", "second_only", "neither")),
                p_value(r["p"]),
                p_value(corrected),
                again,
            ]
        )
        place = {"item": term, "by": "APHASE", "group": "INITIAL and RECHALLENGE"}
        units = dict.fromkeys(("both", "first_only", "second_only", "neither"), "subjects") | dict.fromkeys(
            ("recurrence", "recurrence_low", "recurrence_high"), "share"
        )
        numbers += ledger(pd.DataFrame([r | place]), "item", units, "by", method="Clopper-Pearson")
        numbers += ledger(pd.DataFrame([r | place | {"p_holm": corrected}]), "item", {"p": "", "p_holm": ""}, "by", method="exact McNemar")  # fmt: skip
    smallest = min((r["p"] for r in found.values()), default=np.nan)
    n = events["USUBJID"].nunique()
    return Table(
        title=f"Adverse events on both courses of the same {plural(n, 'patient')}",
        columns=["Adverse event", "Both", "First only", "Rechallenge only", "Neither", "McNemar P", "Holm P", "Came again (95% CI, %)"],
        rows=rows, numbers=numbers,
        notes=[f"{plural(len(found), 'exact McNemar test')} of the discordant patients, any grade; smallest {p_sentence(smallest)} before adjustment for their number (Holm). Came again: of the patients with the event on the first course, Clopper-Pearson.",
               "The courses differ in length: a longer course has more time for events.", standing_note(cohort, "adae")],
    )  # fmt: skip
