"""The randomised trials of the literature: forest plots and pools."""

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from papercheck.literature.frames import outcome_effects, pooled, response_effects
from smallsurv.meta.counts import pool_odds
from smallsurv.meta.pool import heterogeneity, interaction, pool, pool_weights

from ..show.display import Figure, Table, ledger
from ..show.forest import Row, forest
from ..show.style import house_style
from ..show.words import interval, listed, p_sentence, p_value, percent, plural, rounded, with_interval
from .literature import kept

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
UNITS = {"estimate": "ratio", "ci_low": "ratio", "ci_high": "ratio", "p": ""}


@kept
def trial_effects(evidence, outcome, other_level=False) -> pd.DataFrame:
    """The trials with the outcome ('os', 'pfs', 'orr'), those that are pooled and those that are not. Raises NotAvailable."""
    frame = response_effects(evidence) if outcome == "orr" else outcome_effects(evidence, outcome, other_level)
    if frame.empty:
        raise NotAvailable(f"needs a trial with {LONG_NAMES[outcome]} in trials.csv.")
    return frame


def ratio_text(row) -> str:
    """'0.92 (0.83–1.01)'."""
    return with_interval(row["estimate"], row["ci_low"], row["ci_high"])


def _difference_line(used) -> str:
    """'Differences between the groups: Q = 0.23, df = 1, P = 0.630'."""
    found = interaction(used[used["entry"] != ""], "entry", MAIN).iloc[0]
    if found["reason"]:
        return f"Differences between the groups: {found['reason']}"
    return f"Differences between the groups: Q = {rounded(found['q'])}, df = {int(found['df'])}, {p_sentence(found['p_global'])}"


def heterogeneity_line(spread, short=False) -> str:
    """'Heterogeneity: Q = 4.54, df = 7, P = 0.715; I² = 0.0% (0.0–73.2); τ² = 0.000 (0.000–0.056)'; or why there is none."""
    if spread["reason"]:
        return f"Heterogeneity: not estimable; {spread['reason']}"
    if short:
        return f"Heterogeneity: Q = {rounded(spread['q'])}, df = {int(spread['df'])}, {p_sentence(spread['p'])}; I² = {percent(spread['i2'])}%"
    return (
        f"Heterogeneity: Q = {rounded(spread['q'])}, df = {int(spread['df'])}, {p_sentence(spread['p'])}; "
        f"I² = {percent(spread['i2'])}% ({percent(spread['i2_low'])}–{percent(spread['i2_high'])}); "
        f"τ² = {rounded(spread['tau2'], 3)} ({rounded(spread['tau2_low'], 3)}–{rounded(spread['tau2_high'], 3)})"
    )


@kept
def trial_forest(evidence, outcome, by_entry=False) -> Figure:
    """Forest plot of an outcome ('os', 'pfs', 'orr'), in blocks by the entry rule if asked.

    A single study stands alone, with a sentence that there is nothing to pool.
    """
    frame = trial_effects(evidence, outcome)
    used = pooled(frame)
    pools = pool(used, (MAIN, RANDOM)).set_index("model")
    spread = heterogeneity(used).iloc[0]
    weights = pool_weights(used, MAIN).set_index("study")["weight"]
    rows = _blocks(frame, used, weights) if by_entry else [_study(r, weights) for _, r in frame.iterrows()]
    rows += [Row("All trials that are pooled", "head")] if by_entry and len(used) > 1 else []
    rows += _pool_rows(pools, spread, _totals(used) if outcome == "orr" else "")
    if by_entry and used["entry"].nunique() > 1:
        rows.append(Row(_difference_line(used), "line"))
    measure = MEASURES[outcome]
    counts = ("Rechallenge", "Control") if outcome == "orr" else "n"
    with house_style():
        columns = ("Trial", counts, f"{measure[0]}R (95% CI)", "Weight")
        figure, _ = forest(rows, columns, _axis(outcome, measure), reference=1.0, centre=pools.loc[MAIN, "estimate"])
    title = f"{measure}s for {LONG_NAMES[outcome]} in randomised trials of rechallenge"
    return Figure(
        title=title, figure=figure, name=f"synthesis_{outcome}_forest", whole=True, notes=_forest_notes(frame, used, outcome),
        alt=f"Forest plot of {plural(len(used), 'trial')}: {pool_text(pools.loc[MAIN], measure)}. {heterogeneity_line(spread)}.",
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
    text = ratio_text(row) if row["se"] > 0 else f"{rounded(row['estimate'])} (no interval)"
    weight = float(weights.get(row["study"], np.nan)) if inside else np.nan
    return Row(
        row["study"], "study" if inside else "left_out", _n(row), row["estimate"], row["ci_low"],
        row["ci_high"], text, weight, f"{percent(weight)}%" if inside else "–",
    )  # fmt: skip


def _n(row):
    """Patients of the trial; of a trial with counts the responders of each arm."""
    if "events_control" in row:
        return f"{int(row['events'])}/{int(row['n'])}", f"{int(row['events_control'])}/{int(row['n_control'])}"
    return "" if pd.isna(row["patients"]) else f"{int(row['patients'])}"


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
                        "", found["estimate"], found["ci_low"], found["ci_high"], ratio_text(found) if len(part) > 1 else "",
                        weight_text=f"{percent(share)}%"))  # fmt: skip
        rows += [Row(heterogeneity_line(heterogeneity(part).iloc[0], short=True), "line")] if len(part) > 1 else []
    other = used[~used["entry"].isin(list(ENTRIES))]
    rest = pd.concat([other, frame[frame["left_out"] != ""]])
    if len(rest):
        rows.append(Row("Not pooled" if other.empty else "Entry rule not known, or not pooled", "head"))
        rows += [_study(r, weights) for _, r in rest.iterrows()]
    return rows


def _totals(used):
    """Responders of all patients in each arm."""
    total = used[["events", "n", "events_control", "n_control"]].sum().astype(int)
    return f"{total['events']}/{total['n']}", f"{total['events_control']}/{total['n_control']}"


def _pool_rows(pools, spread, total) -> list[Row]:
    """The pools under the trials; total : what the columns of counts sum to."""
    common, random = pools.loc[MAIN], pools.loc[RANDOM]
    if common["reason"]:
        return [Row(common["reason"][0].upper() + common["reason"][1:], "line")]
    rows = [
        Row("Common effect", "pool", total, common["estimate"], common["ci_low"], common["ci_high"], ratio_text(common), weight_text="100%"),
        Row("Random effects, Hartung-Knapp", "pool", "", random["estimate"], random["ci_low"], random["ci_high"], ratio_text(random)),
    ]  # fmt: skip
    if np.isfinite(random["prediction_low"]):
        said = interval(random["prediction_low"], random["prediction_high"])
        rows.append(Row("95% prediction interval", "prediction", "", low=random["prediction_low"], high=random["prediction_high"], text=said))  # fmt: skip
    return [*rows, Row(heterogeneity_line(spread), "line")]


def pool_text(found, measure) -> str:
    """'HR 0.92 (95% CI 0.83–1.01)' of a row of `pool`, with its reason if there is nothing to pool."""
    if np.isnan(found["estimate"]):
        return found["reason"]
    alone = f"; {found['reason']}" if found["reason"] else ""
    return f"{measure[0]}R {rounded(found['estimate'])} (95% CI {interval(found['ci_low'], found['ci_high'])}){alone}"


def _key(pools, outcome, measure):
    if pools.loc[MAIN, "k"] == 0:
        return []
    common = pools.loc[MAIN]
    text = f"{pool_text(common, measure)}, common effect, {plural(int(common['k']), 'trial')}"
    return [(f"Literature: {OUTCOMES[outcome]}, pooled trials", text)]


def _forest_notes(frame, used, outcome) -> list[str]:
    method = "Woolf's standard error from the counts of the arms" if outcome == "orr" else (
        "standard error from the printed interval, read at its own level; all intervals are drawn at 95%")  # fmt: skip
    notes = [f"Squares: trials, their area the weight under the common effect, which the dotted line marks; {method}."]
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
    size = " Counts: responders of patients." if outcome == "orr" else " n: patients randomised in the whole trial."
    notes.append(f"Common effect: inverse variance. Random effects: REML, Hartung-Knapp, never narrower than without it.{size}")  # fmt: skip
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


@kept
def odds_table(evidence) -> Table:
    """The odds ratio of response by inverse variance, Mantel-Haenszel and Peto."""
    found = pool_odds(pooled(trial_effects(evidence, "orr")))
    rows = [[r["method"], f"{int(r['k'])}", ratio_text(r), p_value(r["p"])] for _, r in found.iterrows()]
    return Table(
        title="Pooled odds ratio of response by method", columns=["Method", "Trials", "OR (95% CI)", "P"], rows=rows,
        notes=[r for r in dict.fromkeys(found["reason"]) if r], numbers=ledger(found, "synthesis orr", UNITS, "method", group="model"),
    )  # fmt: skip
