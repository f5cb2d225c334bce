"""The rates of the single-arm studies of the literature, with the cohort's own row among them; what became of their
promises."""

import numpy as np

from papercheck.files.findings import NotAvailable
from papercheck.literature.frames import named_series, single_arms
from papercheck.literature.table import layout
from smallsurv.meta.counts import PROPORTIONS, exact_proportions, pool_proportions

from ..replication.beside import own_rate, same_patients, with_cohort
from ..results import results
from ..show.display import Figure, Table
from ..show.forest import Axis, Row, forest
from ..show.style import FAINT, INK, PALETTE, house_style, new_figure, wrap
from ..text.language import say
from ..text.words import capital, listed, p_sentence, percent, rounded, share_of
from .literature import kept

RATES = {
    "orr": ("ORR", "Objective response rate"),
    "dcr": ("DCR", "Disease control rate"),
    "severe": ("Grade ≥3", "Patients with an adverse event of grade 3 or more"),
}
LACKING = {"severe": "no_severe"}  # the column that says why the cohort has no row, where it is not `no_rate`
HARM = (
    "The table of studies does not say whether events were counted whatever their cause, nor for how long: the shares"
    " compare what was counted as well as what happened."
)
MAIN = "GLMM"
POOL_LABELS = {"GLMM": "Random intercept (GLMM)", "logit": "Logit", "Freeman-Tukey": "Freeman-Tukey"}
UNITS = {"estimate": "share", "ci_low": "share", "ci_high": "share"}
PSEUDO = "the cohort's rows are pseudo-patients, built from printed results"
EXACT = (
    "Studies: exact (Clopper-Pearson); squares of one size, as the mixed model gives no weights; dotted: its pool. Most"
    " counts are back-calculated from a printed percentage; series.csv says which."
)
OTHER_POOLS = (
    "The logit pool adds 0.5 where a study has no event and is pulled up by it; Freeman-Tukey goes back to a share at"
    " one n for all studies and may mislead where the n differ much. The studies differ in patients and regimens: the"
    " prediction interval says more than the pool."
)
BUBBLES = (
    "Area: patients; studies of one year are set side by side. Kinds as class in series.csv; antiangiogenic holds "
    "multikinase inhibitors too."
)
PROMISES = (
    "Numbers as printed, n where no note of series.csv calls it back-calculated, medians in months; experimental"
    " against control arm; – : not sourced. A single arm has no control: patients chosen for a trial may live longer"
    " than others on any drug. The doses of the two may differ."
)
CONFOUNDED = (
    "Patients, regimens, reasons to stop and years go together in these studies: a kind of regimen or a year that looks"
    " better may only have had other patients. The plot shows no effect of a regimen."
)
SAME = " (the same patients)"


def rate_forest(evidence, beside, rate="orr", pool_cohort=False) -> Figure:
    """Forest plot of a rate over the single-arm studies, highest first, the cohort's own row on top.

    beside : the cohort's row (or none). pool_cohort : count the cohort in the pools, in place of the study that holds
    the same patients.
    """
    series = single_arms(evidence, rate)
    short, label = RATES[rate]
    if series.empty:
        raise NotAvailable(_needed(rate))
    same = same_patients(evidence, beside)
    others = series[~series["study"].isin(same)]
    inside = with_cohort(series, evidence, beside, rate) if pool_cohort else others
    pools = (
        literature_pools(evidence, rate) if len(inside) == len(series) else pool_proportions(inside).set_index("model")
    )
    exact = exact_proportions(series).sort_values("estimate", ascending=False, kind="stable").reset_index(drop=True)
    own = _own_rate(beside, rate)
    grown = pool_cohort and len(own) > 0
    rows = [_cohort_row(r) for _, r in own.iterrows()]
    rows += [_rate_row(r, r["study"] in same, True) for _, r in exact.iterrows()]
    rows += _rate_pools(pools, studies_of(inside))
    with house_style():
        columns = (say("Study"), say("Events/n"), say("{rate} %, exact 95% CI", rate=short), "")
        drawn = {"log": False, "limits": _shares(rows), "centre": 100 * pools.loc[MAIN, "estimate"]}
        figure, _ = forest(rows, columns, Axis(say("{rate} (%)", rate=say(label)), **drawn))
    alt = {"studies": studies_of(exact), "rate": short, "pool": _pool_text(pools.loc[MAIN])}
    return Figure(
        id="literature.rates",
        of=rate,
        title=_rate_title(label, studies_of(exact), len(own)),
        figure=figure,
        name=f"synthesis_{rate}_series",
        whole=True,
        notes=_rate_notes(beside, same, own, rate, pool_cohort),
        alt=say("Forest plot of single arms ({studies}), {rate} {pool}.", **alt) + _own_said(own, short),
        results=_rate_results(exact, own, pools, rate, "beside.rate_pool" if grown else "literature.rate_pool"),
        key=_rate_key(pools, rate, grown, studies_of(inside), len(own) or len(same)),
    )


def _needed(rate) -> str:
    if rate == "severe":
        return say("needs a study with g3_ae_pct, a share of patients, in series.csv.")
    return say("needs a study with {column}, a count of patients, in series.csv.", column=f"{rate}_n")


def _rate_title(label, studies, own) -> str:
    name = say(f"{label} on rechallenge")
    if own:
        return say("{rate}: the cohort among single arms ({studies})", rate=name, studies=studies)
    return say("{rate}: single arms ({studies})", rate=name, studies=studies)


def _rate_key(pools, rate, with_own, studies, beside) -> list:
    """beside : whether the cohort, or a study of the same patients, has a row in the figure."""
    if rate != "orr":
        return []
    shown = {"pool": _pool_text(pools.loc[MAIN]), "studies": studies}
    text = (
        say("{pool}, {studies}, with this cohort", **shown)
        if with_own
        else say("{pool}, {studies}, without this cohort", **shown)
        if beside
        else say("{pool}, {studies}", **shown)
    )
    return [(say("{rate}, published single arms pooled", rate=RATES[rate][0]), text)]


def _rate_results(exact, own, pools, rate, pool):
    """What is of the cohort has ids of its own: numbers of the literature leave under any profile, its own do not."""
    units, place = UNITS | {"events": "subjects", "n": "subjects"}, {"item": f"synthesis {rate}", "variable": rate}
    studies, cohort = (frame.assign(level=frame["study"]) for frame in (exact, own))
    pooled = pools.reset_index().assign(level=lambda d: d["model"])
    return (
        results(studies, "literature.rate", units, by="series", **place)
        + results(cohort, "beside.rate", units, by="this cohort", **place)
        + results(pooled, pool, UNITS | {"k": "studies"}, by="pool of series", **place)
    )


@kept
def literature_pools(evidence, rate):
    """The pools of a rate over the single-arm studies, by model, without any cohort."""
    return pool_proportions(single_arms(evidence, rate)).set_index("model")


def _shares(rows):
    """Zero to the next full ten per cent above every interval."""
    highest = max(row.high for row in rows if row.kind != "line" and np.isfinite(row.high))
    return 0, min(100, 10 * np.ceil(highest / 10))


def _studies(k) -> str:
    return say("1 study") if k == 1 else say("{k} studies", k=int(k))


def studies_of(rows) -> str:
    """'18 arms of 17 studies', or '17 studies' where each row
    is a study of its own. rows : with `trial` (see frames).
    """
    k = rows["trial"].fillna(rows["study"]).nunique()
    if k == len(rows):
        return _studies(k)
    return say("{n} arms of {studies}", n=len(rows), studies=_studies(k))


def _own_rate(beside, rate):
    return exact_proportions(own_rate(beside, rate)[["study", "events", "n"]])


def _own_said(own, short) -> str:
    return "".join(
        " " + say("This cohort: {rate} {share}.", rate=short, share=share_of(r["events"], r["n"]))
        for _, r in own.iterrows()
    )


def _percents(row) -> str:
    return f"{percent(row['estimate'])} ({percent(row['ci_low'])}–{percent(row['ci_high'])})"


def _cohort_row(r) -> Row:
    return Row(
        say("This cohort: {name}", name=r["study"]),
        "cohort",
        f"{int(r['events'])}/{int(r['n'])}",
        *(100 * r[c] for c in UNITS),
        _percents(r),
    )


def _rate_row(r, same, replaced) -> Row:
    return Row(
        r["study"] + say(SAME) * same,
        "left_out" if same and replaced else "study",
        f"{int(r['events'])}/{int(r['n'])}",
        *(100 * r[c] for c in UNITS),
        _percents(r),
    )


def _rate_pools(pools, studies) -> list[Row]:
    main = pools.loc[MAIN]
    if main["reason"]:
        return [Row(capital(say(main["reason"])), "line")]
    rows = [
        Row(say(POOL_LABELS[m]), "pool", studies if m == MAIN else "", *(100 * r[c] for c in UNITS), _percents(r))
        for m, r in pools.iterrows()
    ]
    if np.isfinite(main["prediction_low"]):
        low, high = main["prediction_low"], main["prediction_high"]
        rows.insert(
            1,
            Row(
                say("95% prediction interval"),
                "prediction",
                low=100 * low,
                high=100 * high,
                text=f"{percent(low)}–{percent(high)}",
            ),
        )
    shown = {
        "q": rounded(main["q"]),
        "df": int(main["df"]),
        "p": p_sentence(main["p_q"]),
        "tau2": rounded(main["tau2"], 3),
    }
    line = say("Heterogeneity: likelihood ratio Q = {q}, df = {df}, {p}; τ² = {tau2} (logit)", **shown)
    return [*rows, Row(line, "line")]


def _pool_text(row) -> str:
    if row["reason"]:
        return say(row["reason"])
    limits = f"{percent(row['ci_low'])}–{percent(row['ci_high'])}"
    return say("{value}% (95% CI {limits}%)", value=percent(row["estimate"]), limits=limits)


def _rate_notes(beside, same, own, rate, pool_cohort) -> list[str]:
    notes = [say(EXACT), say(HARM) if rate == "severe" else ""]
    if len(own):
        notes += _own_notes(beside, same, pool_cohort)
    elif len(beside):
        notes.append(
            say("This cohort has no row: it {lacking}", lacking=say(beside[LACKING.get(rate, "no_rate")].iloc[0]))
        )
    main = say("Main pool: {model}; Wald interval on the logit scale.", model=say(PROPORTIONS[MAIN]))
    return [*notes, f"{main} {say(OTHER_POOLS)}"]


def _own_notes(beside, same, pool_cohort) -> list[str]:
    studies = listed(same)
    if not pool_cohort and same:
        notes = [
            say(
                "Neither the cohort's row nor {studies}, which holds the same patients, is in the pools.",
                studies=studies,
            )
        ]
    elif not pool_cohort:
        notes = [say("The cohort's row is not in the pools (pool_cohort=true counts it).")]
    elif same:
        notes = [say("The cohort's row is counted in the pools, in place of {studies}.", studies=studies)]
    else:
        notes = [say("The cohort's row is counted in the pools.")]
    if beside["pseudo"].any():
        pseudo = say(PSEUDO)
        own = say("Hollow: {pseudo}, those of {studies}: no second study.", pseudo=pseudo, studies=studies)
        notes.append(own if same else say("Hollow: {pseudo}.", pseudo=pseudo))
    return notes


def regimen_figure(evidence, beside, rate="orr") -> Figure:
    """Response rate over the year of the report, a bubble a study, coloured by the kind of regimen."""
    series, own, same = single_arms(evidence, rate), _own_rate(beside, rate), same_patients(evidence, beside)
    left = [study for study in series["study"] if study in same] if len(own) else []
    series = series[series["year"].notna() & ~series["study"].isin(left)]
    if series.empty:
        raise NotAvailable(say("needs a study with {column} and year in series.csv.", column=f"{rate}_n"))
    short, label = RATES[rate]
    kinds = [k for k in layout()["words"]["classes"] if (series["class"] == k).any()]
    share = 100 * series["events"] / series["n"]
    with house_style():
        figure, axes = new_figure(3.6)
        _draw_bubbles(axes, series, share, kinds)
        for _, r in own.iterrows():
            said = say("this cohort, {share}%", share=percent(r["estimate"]))
            axes.axhline(100 * r["estimate"], color=PALETTE[1], lw=1.2, ls="--", zorder=0, label=said)
        axes.set(
            xlabel=say("Year of the report"),
            ylabel=say("{rate} (%)", rate=say(label)),
            ylim=(-3, max(10, share.max()) * 1.2),
        )
        years = range(int(series["year"].min()), int(series["year"].max()) + 1)
        axes.set_xticks(list(years), [str(y) for y in years])
        handles = axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), title=say("Regimen"), labelspacing=0.9)
        for handle in handles.legend_handles[: len(kinds)]:
            handle.set_sizes([40])
    counts = listed(f"{say(k)} {int((series['class'] == k).sum())}" for k in kinds)
    return Figure(
        id="literature.regimens",
        of=rate,
        title=say("{rate} by year and kind of regimen", rate=say(label)),
        figure=figure,
        name=f"synthesis_{rate}_regimens",
        notes=[
            say(BUBBLES),
            say("Not drawn, as it holds the patients of this cohort: {studies}.", studies=listed(left)) if left else "",
            say(CONFOUNDED),
        ],
        alt=say("Bubble plot of {studies} by year and regimen: {counts}.", studies=studies_of(series), counts=counts),
    )


def _draw_bubbles(axes, series, share, kinds):
    """A bubble a study at year and share (n,), of one colour and mark a kind."""
    place = series["year"] + _offsets(series["year"])
    for kind, colour, mark in zip(kinds, [*PALETTE, FAINT], "osD^vPX*", strict=False):
        part = series["class"] == kind
        style = {"color": colour, "marker": mark, "alpha": 0.6, "lw": 0.6, "edgecolor": INK}
        size = 14 + 2.2 * series.loc[part, "n"]
        axes.scatter(place[part], share[part], s=size, label=wrap(say(kind), 24), **style)


def _offsets(years):
    """Steps to either side that keep studies of one year apart."""
    order, size = years.groupby(years).cumcount(), years.groupby(years).transform("size")
    return (order - (size - 1) / 2) * (0.7 / size.clip(lower=2))


@kept
def promises_table(evidence) -> Table:
    """Single-arm results beside the randomised trial that tested the regimen later."""
    rows = named_series(evidence)
    rows = rows[rows["later_trial"] != ""]
    if rows.empty:
        raise NotAvailable("needs a study with later_trial, a trial of trials.csv, in series.csv.")
    trials = evidence.trials.set_index("study", drop=False)
    printed = evidence.printed["trials"].set_index("study", drop=False)
    single = evidence.printed["series"].set_index("line")
    cells = []
    for _, r in rows.iterrows():
        cells.append([trials.loc[r["later_trial"], "experimental"], *[""] * 6])
        cells.append(_single_arm_cells(r["study"], single.loc[r["line"]]))
        cells.append(_randomised_cells(printed.loc[r["later_trial"]]))
    return Table(
        id="literature.promises",
        title=say("What single-arm studies promised, and what the later randomised trial gave"),
        columns=[say("Regimen"), say("n"), "ORR", "mPFS", "mOS", say("PFS HR (95% CI)"), say("OS HR (95% CI)")],
        rows=cells,
        indent=[0, 1, 1] * len(rows),
        notes=[say(PROMISES)],
    )


def _single_arm_cells(study, row) -> list[str]:
    shown = _given(row, "orr_pct", "{}%"), _given(row, "mpfs"), _given(row, "mos")
    return [say("Single arm: {study}", study=study), row["n"], *shown, "", ""]


def _randomised_cells(trial) -> list[str]:
    named = {name: trial[name] for name in ("study", "year", "control")}
    return [
        say("Randomised: {study} ({year}), against {control}", **named),
        trial["n"],
        _arms(trial, "orr_exp_pct", "orr_ctl_pct", "%"),
        _arms(trial, "mpfs_exp", "mpfs_ctl"),
        _arms(trial, "mos_exp", "mos_ctl"),
        _hazard(trial, "pfs"),
        _hazard(trial, "os"),
    ]


def _given(row, column, form="{}") -> str:
    return form.format(row[column]) if row.get(column) else "–"


def _arms(row, one, other, unit="") -> str:
    if not row[one] and not row[other]:
        return "–"
    treated, control = (f"{row[c]}{unit}" if row[c] else "–" for c in (one, other))
    return say("{treated} vs {control}", treated=treated, control=control)


def _hazard(row, outcome) -> str:
    if not row[f"{outcome}_hr"]:
        return "–"
    if not row[f"{outcome}_low"]:
        return say("{value} ({words})", value=row[f"{outcome}_hr"], words=say("no interval"))
    return f"{row[f'{outcome}_hr']} ({row[f'{outcome}_low']}–{row[f'{outcome}_high']})"
