"""The randomised trials of the literature: forest plots, the printed pools beside the workbook's own, what they hang on."""

import numpy as np
import pandas as pd

from ..estimate.meta_counts import pool_odds
from ..estimate.meta_effects import interval_levels
from ..estimate.meta_pool import heterogeneity, interaction, pool, pool_weights, subgroups
from ..estimate.meta_sensitivity import FEWEST_FOR_EGGER, cumulative, egger, leave_one_out
from ..intake.findings import NotAvailable
from ..published.evidence.frames import (
    NO_COUNTS,
    NO_RATIO,
    disputed_trials,
    outcome_effects,
    pooled,
    response_effects,
)
from ..published.printed import read_printed, roundings_that_print
from .display import Figure, Note, Table, ledger
from .forest import Row, forest
from .style import FAINT, PALETTE, house_style, new_figure
from .words import (
    interval,
    listed,
    p_sentence,
    p_value,
    percent,
    plural,
    rounded,
    with_interval,
)

MAIN, RANDOM = "common", "REML HK"
KEY_OUTCOMES = ("os", "pfs")
OUTCOMES = {"os": "OS", "pfs": "PFS", "orr": "ORR"}
MEASURES = {"os": "Hazard ratio", "pfs": "Hazard ratio", "orr": "Odds ratio"}
LONG_NAMES = {"os": "overall survival", "pfs": "progression-free survival", "orr": "objective response"}
ENTRIES = {
    "acquired-like": "Prior benefit or a shortest ICI exposure asked for (acquired-like)",
    "primary-like": "Progression early on the first ICI asked for (primary-like)",
    "mixed": "No such rule (mixed)",
}
SUBSETS = {
    "acquired resistance": "acquired-like",
    "primary resistance": "primary-like",
}  # of a registry, as entry rules
ECOLOGICAL = (
    "The entry rule belongs to a trial, not to a patient: the comparison is ecological. Trials of one rule also differ "
    "in drug and control arm, and patients of both kinds may be in each trial."
)
UNITS = {"estimate": "ratio", "ci_low": "ratio", "ci_high": "ratio", "p": ""}


def _effects(evidence, outcome, other_level=False):
    frame = response_effects(evidence) if outcome == "orr" else outcome_effects(evidence, outcome, other_level)
    if frame.empty:
        raise NotAvailable(f"needs a trial with {LONG_NAMES[outcome]} in trials.csv.")
    return frame


def _ratio(row) -> str:
    return with_interval(row["estimate"], row["ci_low"], row["ci_high"])


def heterogeneity_line(spread) -> str:
    """'Heterogeneity: Q = 4.54, df = 7, P = 0.715; I² = 0.0% (0.0–73.2); τ² = 0.000 (0.000–0.056)'; or why there is none."""
    if spread["reason"]:
        return f"Heterogeneity: not estimable; {spread['reason']}"
    return (
        f"Heterogeneity: Q = {rounded(spread['q'])}, df = {int(spread['df'])}, {p_sentence(spread['p'])}; "
        f"I² = {percent(spread['i2'])}% ({percent(spread['i2_low'])}–{percent(spread['i2_high'])}); "
        f"τ² = {rounded(spread['tau2'], 3)} ({rounded(spread['tau2_low'], 3)}–{rounded(spread['tau2_high'], 3)})"
    )


def trial_forest(evidence, outcome, by_entry=False) -> Figure:
    """Forest plot of an outcome ('os', 'pfs', 'orr'), in blocks by the entry rule if asked.

    A single study stands alone, with a sentence that there is nothing to pool.
    """
    frame = _effects(evidence, outcome)
    used = pooled(frame)
    pools = pool(used, (MAIN, RANDOM)).set_index("model")
    spread = heterogeneity(used).iloc[0]
    weights = pool_weights(used, MAIN).set_index("study")["weight"]
    rows = _blocks(frame, used, weights) if by_entry else [_study(r, weights) for _, r in frame.iterrows()]
    rows += _pool_rows(pools, spread)
    measure = MEASURES[outcome]
    with house_style():
        figure, _ = forest(
            rows, ("Trial", "n", f"{measure[0]}R (95% CI)", "Weight"), _axis(outcome, measure), reference=1.0
        )
    title = f"{measure}s for {LONG_NAMES[outcome]} in randomised trials of rechallenge"
    return Figure(
        title=title, figure=figure, name=f"synthesis_{outcome}_forest", notes=_forest_notes(frame, used, outcome),
        alt=f"Forest plot of {plural(len(used), 'trial')}: {_said(pools.loc[MAIN], measure)}. {heterogeneity_line(spread)}.",
        numbers=[*_study_numbers(frame, weights, outcome), *_pool_numbers(pools, spread, outcome)],
        key=_key(pools, outcome, measure) if outcome in KEY_OUTCOMES else [],
    )  # fmt: skip


def _axis(outcome, measure):
    better = (
        ("favours control", "favours rechallenge") if outcome == "orr" else ("favours rechallenge", "favours control")
    )
    return *better, f"{measure} (log scale)"


def _study(row, weights) -> Row:
    inside = row["left_out"] == ""
    text = _ratio(row) if row["se"] > 0 else f"{rounded(row['estimate'])} (no interval)"
    weight = float(weights.get(row["study"], np.nan)) if inside else np.nan
    return Row(
        row["study"], "study" if inside else "left_out", _n(row["patients"]), row["estimate"], row["ci_low"],
        row["ci_high"], text, weight, f"{percent(weight)}%" if inside else "–",
    )  # fmt: skip


def _n(value) -> str:
    return "" if pd.isna(value) else f"{int(value)}"


def _blocks(frame, used, weights) -> list[Row]:
    """Studies under their entry rule, each block with its pool; those left out at the end."""
    rows = []
    for entry in [e for e in ENTRIES if (used["entry"] == e).any()]:
        rows.append(Row(ENTRIES[entry], "head"))
        part = used[used["entry"] == entry]
        rows += [_study(r, weights) for _, r in part.iterrows()]
        found = pool(part, (MAIN,)).iloc[0]
        share = weights[part["study"]].sum()
        rows.append(Row(f"Pool of {len(part)}" if len(part) > 1 else "One trial: nothing to pool", "pool" if len(part) > 1 else "line",
                        "", found["estimate"], found["ci_low"], found["ci_high"], _ratio(found) if len(part) > 1 else "",
                        weight_text=f"{percent(share)}%"))  # fmt: skip
    other = used[~used["entry"].isin(list(ENTRIES))]
    rest = pd.concat([other, frame[frame["left_out"] != ""]])
    if len(rest):
        rows.append(Row("Not pooled" if other.empty else "Entry rule not known, or not pooled", "head"))
        rows += [_study(r, weights) for _, r in rest.iterrows()]
    return rows


def _pool_rows(pools, spread) -> list[Row]:
    common, random = pools.loc[MAIN], pools.loc[RANDOM]
    if common["reason"]:
        return [Row(common["reason"][0].upper() + common["reason"][1:], "line")]
    rows = [
        Row("Common effect", "pool", "", common["estimate"], common["ci_low"], common["ci_high"], _ratio(common), weight_text="100%"),
        Row("Random effects, Hartung-Knapp", "pool", "", random["estimate"], random["ci_low"], random["ci_high"], _ratio(random)),
    ]  # fmt: skip
    if np.isfinite(random["prediction_low"]):
        said = interval(random["prediction_low"], random["prediction_high"])
        rows.append(Row("95% prediction interval", "prediction", "", low=random["prediction_low"], high=random["prediction_high"], text=said))  # fmt: skip
    return [*rows, Row(heterogeneity_line(spread), "line")]


def _said(found, measure) -> str:
    if np.isnan(found["estimate"]):
        return found["reason"]
    alone = f"; {found['reason']}" if found["reason"] else ""
    return f"{measure[0]}R {rounded(found['estimate'])} (95% CI {interval(found['ci_low'], found['ci_high'])}){alone}"


def _key(pools, outcome, measure):
    if pools.loc[MAIN, "k"] == 0:
        return []
    common = pools.loc[MAIN]
    text = f"{_said(common, measure)}, common effect, {plural(int(common['k']), 'trial')}"
    return [(f"Literature: {OUTCOMES[outcome]} with rechallenge against control, pooled", text)]


def _forest_notes(frame, used, outcome) -> list[str]:
    method = "Woolf's standard error from the counts of the arms" if outcome == "orr" else (
        "standard error from the printed interval, read at its own level; all intervals are drawn at 95%")  # fmt: skip
    notes = [f"Squares: trials, their area the weight under the common effect; {method}."]
    reasons = frame.loc[frame["left_out"] != ""].groupby("left_out", sort=False)["study"].agg(list)
    if len(reasons):
        said = "; ".join(f"{listed(names)}: {reason}" for reason, names in reasons.items())
        notes.append(f"Grey, not pooled: {said}.")
    if "printed_level" in used and (used["printed_level"] != 0.95).any():
        said = (
            f"{r['study']} at {percent(r['printed_level'], 0)}%"
            for _, r in used[used["printed_level"] != 0.95].iterrows()
        )
        notes.append(f"Printed at another level than 95%: {listed(said)}.")
    notes.append("Common effect: inverse variance. Random effects: REML, Hartung-Knapp, never narrower than without it. n: patients randomised in the whole trial.")  # fmt: skip
    return notes


def _study_numbers(frame, weights, outcome):
    rows = frame.assign(weight=frame["study"].map(weights))
    return ledger(rows, f"synthesis {outcome}", UNITS | {"se": "log ratio", "weight": "share"}, "trials", group="study")


def _pool_numbers(pools, spread, outcome):
    units = UNITS | {"tau2": "log ratio squared", "prediction_low": "ratio", "prediction_high": "ratio", "k": "trials"}
    found = ledger(pools.reset_index(), f"synthesis {outcome}", units, "pool", group="model")
    spread = {"q": "", "df": "", "p": "", "i2": "share", "i2_low": "share", "i2_high": "share", "tau2": "log ratio squared"} | dict(
        tau2_low="log ratio squared", tau2_high="log ratio squared"), spread  # fmt: skip
    return found + ledger(pd.DataFrame([spread[1]]), f"synthesis {outcome}", spread[0], "heterogeneity", "")


def odds_table(evidence) -> Table:
    """The odds ratio of response by inverse variance, Mantel-Haenszel and Peto."""
    found = pool_odds(pooled(_effects(evidence, "orr")))
    rows = [[r["method"], f"{int(r['k'])}", _ratio(r), p_value(r["p"])] for _, r in found.iterrows()]
    return Table(
        title="Pooled odds ratio of response by method", columns=["Method", "Trials", "OR (95% CI)", "P"], rows=rows,
        notes=[r for r in dict.fromkeys(found["reason"]) if r], numbers=ledger(found, "synthesis orr", UNITS, "method", group="model"),
    )  # fmt: skip


def review_table(evidence) -> Table:
    """The printed pools of the literature's review beside the workbook's own. Raises NotAvailable without printed pools."""
    entries = evidence.registry.of("pooled") if evidence.registry else []
    if not entries:
        raise NotAvailable(f"needs the pooled results that a review prints, in published.yml of {evidence.name}.")
    rows, numbers, why = [], [], []
    for entry in entries:
        code = {v: k for k, v in OUTCOMES.items()}.get(str(entry.get("outcome")))
        if code is None:
            continue
        frame = _subset(_effects(evidence, code), entry.get("subset"))
        found = pool(pooled(frame), (MAIN, RANDOM)).set_index("model")
        name = OUTCOMES[code] + (f", {entry.get('subset')}" if entry.get("subset") else "")
        rows.append([name, _printed(entry, MEASURES[code]), _shown(entry, "trials"), _said(found.loc[MAIN], MEASURES[code]),
                     _said(found.loc[RANDOM], MEASURES[code]), f"{int(found.loc[MAIN, 'k'])}"])  # fmt: skip
        why.append(f"{name}. {_difference(evidence, code, frame, entry)}")
        numbers += ledger(found.reset_index(), f"synthesis {entry.id}", UNITS, "beside the review", group="model")
    return Table(
        title="The printed pools of the review beside the workbook's own", rows=rows, numbers=numbers,
        columns=["Outcome", "Review, as printed", "Its trials", "Common effect here", "Random effects here", "Trials here"],
        notes=["The review does not print the list of its trials, so its input is not known. The pools here hold the trials of trials.csv whose numbers have a source; they are no correction of the review.", *why],
    )  # fmt: skip


def _subset(frame, subset):
    if not subset:
        return frame
    return frame[frame["entry"] == SUBSETS.get(str(subset), str(subset))]


def _shown(entry, part) -> str:
    cells = entry.printed(part)
    return cells[0].shown if cells else "not given"


def _printed(entry, measure) -> str:
    part = "or" if measure.startswith("Odds") else "hr"
    limits = entry.printed("ci")
    return f"{part.upper()} {_shown(entry, part)}" + (
        f" (95% CI {limits[0].shown})" if limits else ", interval not given"
    )


def _difference(evidence, outcome, frame, entry) -> str:
    """Which trials are in the pool here, which are not and why, and what is known of the review's."""
    inside = list(pooled(frame)["study"])
    trials = _subset(evidence.trials[evidence.trials["rechallenge"] == "yes"], entry.get("subset"))
    lacking = NO_COUNTS if outcome == "orr" else NO_RATIO
    why = trials.set_index("study").index.to_series().map(frame.set_index("study")["left_out"]).fillna(lacking)
    said = [f"Here: {listed(inside)}." if inside else "Here: no trial."]
    for reason, names in why[why != ""].groupby(why, sort=False):
        said.append(f"{reason[0].upper()}{reason[1:]}: {listed(names.index)}.")
    printed = entry.printed("trials")
    if printed and read_printed(printed[0].text).value > len(inside):
        said.append(f"The review has {int(read_printed(printed[0].text).value) - len(inside)} more.")
    if entry.get("subset"):
        said.append("The review groups by reported resistance or a shortest exposure; here by the entry rule of the trial.")  # fmt: skip
    return " ".join(said)


def level_table(evidence) -> Table:
    """The OS pool under both readings of each disputed interval. Raises NotAvailable where no interval is disputed."""
    trials = disputed_trials(evidence)
    if trials.empty:
        raise NotAvailable("needs a trial with os_level_other, a second printed level of its interval.")
    rows, numbers, notes = [], [], []
    readings = [(False, "os_level"), (True, "os_level_other")]
    for other, column in readings:
        used = pooled(_effects(evidence, "os", other)).set_index("study")
        found = pool(used.reset_index(), (MAIN, RANDOM)).set_index("model")
        level = listed(f"{r['study']} at {r[column]:g}%" for _, r in trials.iterrows())
        single = listed(_ratio(used.loc[s]) for s in trials["study"])
        common, random = found.loc[MAIN], found.loc[RANDOM]
        rows.append([level, single, _ratio(common), p_value(common["p"]), _ratio(random), p_value(random["p"])])
        numbers += ledger(found.reset_index(), f"synthesis os, {level}", UNITS, "level of the interval", group="model")
        notes += _as_the_review(evidence, common, level)
    return Table(
        title="Overall survival under both readings of a disputed interval", rows=rows, numbers=numbers,
        columns=["Interval read", "This trial at 95%", "Common effect, HR (95% CI)", "P", "Random effects, HR (95% CI)", "P"],
        notes=[*(_level_note(r) for _, r in trials.iterrows()), "The first line is the reading used everywhere else.", *notes],
    )  # fmt: skip


def _as_the_review(evidence, common, level) -> list[str]:
    """A sentence where the limits of the pool print as those of the review's pool of all trials."""
    entries = evidence.registry.of("pooled") if evidence.registry else []
    for entry in (e for e in entries if e.get("outcome") == OUTCOMES["os"] and not e.get("subset")):
        for cell in entry.printed("ci"):
            limits = zip(("ci_low", "ci_high"), cell.text, strict=True)
            if all(roundings_that_print(common[name], text) for name, text in limits):
                return [f"With {level} the common-effect limits print as the review's, {cell.shown}; whether it read the interval so is not known."]  # fmt: skip
    return []


def _level_note(trial) -> str:
    """What the printed P says about the level of the interval."""
    if pd.isna(trial["os_p"]) or not trial["os_p_sides"]:
        return f"{trial['study']}: {trial['note']}"
    sides = int(trial["os_p_sides"])
    read = interval_levels(trial["os_hr"], trial["os_low"], trial["os_high"], sides=sides)
    known = {100 * r["level"]: r["p"] for _, r in read.iterrows()}
    said = (
        f"{level:g}% would give {p_sentence(known[level])}" for level in (trial["os_level"], trial["os_level_other"])
    )
    word = "one" if sides == 1 else "two"
    return f"{trial['study']}: HR {rounded(trial['os_hr'])} ({interval(trial['os_low'], trial['os_high'])}), printed {word}-sided {p_sentence(trial['os_p'])}; {listed(said)}."


def hang_table(evidence, outcome="os") -> Table:
    """The common-effect pool without each trial in turn, and as it grew by year."""
    used = pooled(_effects(evidence, outcome))
    if len(used) < 2:
        raise NotAvailable("needs at least two trials that can be pooled.")
    left, grown = leave_one_out(used, MAIN), cumulative(used, "year", MAIN)
    rows, indent = [["Without one trial", "", "", ""]], [0]
    for _, r in left.iterrows():
        rows.append([f"Without {r['omitted']}", f"{int(r['k'])}", _ratio(r), p_value(r["p"])])
        indent.append(1)
    rows.append(["As it grew", "", "", ""])
    indent.append(0)
    for _, r in grown.iterrows():
        rows.append([f"{int(r['year'])}: with {r['added']}", f"{int(r['k'])}", _ratio(r), p_value(r["p"])])
        indent.append(1)
    measure = MEASURES[outcome]
    return Table(
        title=f"{OUTCOMES[outcome]}: the pool without each trial, and by year of the report", rows=rows, indent=indent,
        columns=["", "Trials", f"{measure[0]}R (95% CI)", "P"], notes=["Common effect. Year: that of the report used."],
        numbers=ledger(left, f"synthesis {outcome}", UNITS, "without", group="omitted")
        + ledger(grown, f"synthesis {outcome}", UNITS, "up to", group="added"),
    )  # fmt: skip


def entry_table(evidence, outcome="os") -> Table:
    """The pool under each entry rule, the ratio of the two and the interaction P."""
    used = pooled(_effects(evidence, outcome))
    used = used[used["entry"] != ""]
    if used["entry"].nunique() < 2:
        raise NotAvailable("needs trials of at least two entry rules that can be pooled.")
    parts, ratio = subgroups(used, "entry", MAIN), interaction(used, "entry", MAIN, reference="mixed")
    trials = used.groupby("entry")["study"].agg(list)
    measure = MEASURES[outcome]
    rows = [[ENTRIES.get(r["group"], r["group"]), f"{int(r['k'])}", _ratio(r), p_value(r["p"]), listed(trials[r["group"]])] for _, r in parts.iterrows()]  # fmt: skip
    for _, r in ratio.iterrows():
        rows.append([f"Ratio of the two, {r['group']} to {r['reference']}", "", _ratio(r), p_value(r["p"]), "P of the interaction"])  # fmt: skip
    return Table(
        title=f"{OUTCOMES[outcome]} by the entry rule on the prior ICI", rows=rows, notes=["Common effect in each group.", ECOLOGICAL],
        columns=["Entry rule", "Trials", f"{measure[0]}R (95% CI)", "P", "Which"],
        numbers=ledger(parts, f"synthesis {outcome}", UNITS | {"k": "trials"}, "entry rule")
        + ledger(ratio, f"synthesis {outcome}", UNITS, "interaction"),
    )  # fmt: skip


def small_trials(evidence, outcome="os"):
    """Funnel plot with Egger's test from FEWEST_FOR_EGGER trials on; below, the sentence why not."""
    used = pooled(_effects(evidence, outcome))
    found = egger(used).iloc[0]
    if len(used) < FEWEST_FOR_EGGER or found["reason"]:
        return Note(f"No funnel plot and no Egger test for {OUTCOMES[outcome]}: {found['reason']}.")
    centre = pool(used, (MAIN,)).iloc[0]["estimate"]
    with house_style():
        figure, axes = new_figure(3.2)
        _plot_funnel(axes, used, centre)
    said = f"intercept {with_interval(found['estimate'], found['ci_low'], found['ci_high'])}, {p_sentence(found['p'])}"
    return Figure(
        title=f"Funnel plot of {plural(len(used), 'trial')}, {OUTCOMES[outcome]}", figure=figure, name=f"synthesis_{outcome}_funnel",
        notes=[f"Egger: {said}. Asymmetry may come from small trials that differ, not only from missing ones."],
        alt=f"Funnel plot of {plural(len(used), 'trial')}; Egger {said}.",
        numbers=ledger(pd.DataFrame([found]), f"synthesis {outcome}", {"estimate": "intercept", "ci_low": "intercept", "ci_high": "intercept", "p": ""}, "Egger", ""),
    )  # fmt: skip


def _plot_funnel(axes, used, centre):
    deepest = used["se"].max() * 1.08
    edge = np.array([0, deepest])
    for side in (-1.96, 1.96):
        axes.plot(centre * np.exp(side * edge), edge, color=FAINT, lw=0.9, ls="--")
    axes.axvline(centre, color=FAINT, lw=0.9)
    axes.plot(used["estimate"], used["se"], "o", color=PALETTE[0], ms=5)
    axes.set(xscale="log", ylim=(deepest, 0), xlabel="Ratio (log scale)", ylabel="Standard error of the log ratio")
    ticks = [t for t in (0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5) if axes.get_xlim()[0] <= t <= axes.get_xlim()[1]]
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axes.minorticks_off()
    return axes
