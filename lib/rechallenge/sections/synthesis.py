"""The randomised trials of the literature: forest plots and pools."""

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from papercheck.literature.frames import outcome_effects, pooled, response_effects
from smallsurv.meta.counts import pool_odds
from smallsurv.meta.pool import heterogeneity, interaction, pool, pool_weights

from ..results import Result, results
from ..show.display import Figure, Table
from ..show.forest import Axis, Row, forest
from ..show.style import house_style
from ..text.language import say
from ..text.words import capital, interval, listed, p_sentence, p_value, percent, plural, rounded, with_interval
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
TITLES = {
    "os": "Hazard ratios for overall survival in randomised trials of rechallenge",
    "pfs": "Hazard ratios for progression-free survival in randomised trials of rechallenge",
    "orr": "Odds ratios for objective response in randomised trials of rechallenge",
}
UNITS = {"estimate": "ratio", "ci_low": "ratio", "ci_high": "ratio", "p": ""}
POOL_LIMITS = "Intervals of pools: normal; with Hartung-Knapp Student's t with one degree of freedom fewer than trials."


@kept
def trial_effects(evidence, outcome, other_level=False) -> pd.DataFrame:
    """The trials with the outcome ('os', 'pfs', 'orr'), those that
    are pooled and those that are not. Raises NotAvailable.
    """
    frame = response_effects(evidence) if outcome == "orr" else outcome_effects(evidence, outcome, other_level)
    if frame.empty:
        raise NotAvailable(say("needs a trial with {outcome} in trials.csv.", outcome=LONG_NAMES[outcome]))
    return frame


def ratio_text(row) -> str:
    """'0.92 (0.83–1.01)'."""
    return with_interval(row["estimate"], row["ci_low"], row["ci_high"])


def _difference_line(used) -> str:
    """'Differences between the groups: Q = 0.23, df = 1, P = 0.630'."""
    found = interaction(used[used["entry"] != ""], "entry", MAIN).iloc[0]
    if found["reason"]:
        return say("Differences between the groups: {reason}", reason=say(found["reason"]))
    return say(
        "Differences between the groups: Q = {q}, df = {df}, {p}",
        q=rounded(found["q"]),
        df=int(found["df"]),
        p=p_sentence(found["p_global"]),
    )


def heterogeneity_line(spread, short=False) -> str:
    """'Heterogeneity: Q = 4.54, df = 7, P = 0.715; I² = 0.0%
    (0.0–73.2); τ² = 0.000 (0.000–0.056)'; or why there is none.
    """
    if spread["reason"]:
        return say("Heterogeneity: not estimable; {reason}", reason=say(spread["reason"]))
    shown = {
        "q": rounded(spread["q"]),
        "df": int(spread["df"]),
        "p": p_sentence(spread["p"]),
        "i2": percent(spread["i2"]),
    }
    if short:
        return say("Heterogeneity: Q = {q}, df = {df}, {p}; I² = {i2}%", **shown)
    shown |= {
        "i2_limits": f"{percent(spread['i2_low'])}–{percent(spread['i2_high'])}",
        "tau2": rounded(spread["tau2"], 3),
        "tau2_limits": f"{rounded(spread['tau2_low'], 3)}–{rounded(spread['tau2_high'], 3)}",
    }
    return say("Heterogeneity: Q = {q}, df = {df}, {p}; I² = {i2}% ({i2_limits}); τ² = {tau2} ({tau2_limits})", **shown)


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
    rows += [Row(say("All trials that are pooled"), "head")] if by_entry and len(used) > 1 else []
    rows += _pool_rows(pools, spread, _totals(used) if outcome == "orr" else "")
    if by_entry and used["entry"].nunique() > 1:
        rows.append(Row(_difference_line(used), "line"))
    measure = MEASURES[outcome]
    with house_style():
        counts = (say("Rechallenge"), say("Control")) if outcome == "orr" else "n"
        columns = (say("Trial"), counts, say("{measure} (95% CI)", measure=f"{measure[0]}R"), say("Weight"))
        figure, _ = forest(rows, columns, _axis(outcome, measure, pools.loc[MAIN, "estimate"]))
    each = {"trials": plural(len(used), "trial"), "pool": pool_text(pools.loc[MAIN], measure)}
    return Figure(
        id="literature.forest",
        of=outcome,
        title=say(TITLES[outcome]),
        figure=figure,
        name=f"synthesis_{outcome}_forest",
        whole=True,
        notes=[*_forest_notes(frame, used, outcome), _isolating(evidence.trials, used)],
        alt=say("Forest plot of {trials}: {pool}. {spread}.", spread=heterogeneity_line(spread), **each),
        results=[*_study_results(frame, weights, outcome), *_pool_results(pools, spread, outcome)],
        key=_key(pools, outcome, measure) if outcome in KEY_OUTCOMES else [],
    )


def _axis(outcome, measure, centre) -> Axis:
    sides = say("favours rechallenge"), say("favours control")
    better = sides[::-1] if outcome == "orr" else sides
    return Axis(say("{measure} (log scale)", measure=measure), *better, reference=1.0, centre=centre)


def _study(row, weights) -> Row:
    inside = row["left_out"] == ""
    text = ratio_text(row) if row["se"] > 0 else say("{value} (no interval)", value=rounded(row["estimate"]))
    weight = float(weights.get(row["study"], np.nan)) if inside else np.nan
    return Row(
        row["study"],
        "study" if inside else "left_out",
        _n(row),
        row["estimate"],
        row["ci_low"],
        row["ci_high"],
        text,
        weight,
        f"{percent(weight)}%" if inside else "–",
    )


def _n(row):
    """Patients of the trial; of a trial with counts the responders of each arm."""
    if "events_control" in row:
        return f"{int(row['events'])}/{int(row['n'])}", f"{int(row['events_control'])}/{int(row['n_control'])}"
    return "" if pd.isna(row["patients"]) else f"{int(row['patients'])}"


def _blocks(frame, used, weights) -> list[Row]:
    """Studies under their entry rule, each block with its pool; those left out at the end."""
    rows = []
    for entry in [e for e in ENTRIES if (used["entry"] == e).any()]:
        rows.append(Row(say(ENTRIES[entry]), "head"))
        part = used[used["entry"] == entry]
        rows += [_study(r, weights) for _, r in part.iterrows()]
        found = pool(part, (MAIN,)).iloc[0]
        share = weights[part["study"]].sum()
        rows.append(
            Row(
                say("Pool of {n}", n=len(part)) if len(part) > 1 else say("One trial: nothing to pool"),
                "pool" if len(part) > 1 else "line",
                "",
                found["estimate"],
                found["ci_low"],
                found["ci_high"],
                ratio_text(found) if len(part) > 1 else "",
                weight_text=f"{percent(share)}%",
            )
        )
        rows += [Row(heterogeneity_line(heterogeneity(part).iloc[0], short=True), "line")] if len(part) > 1 else []
    other = used[~used["entry"].isin(list(ENTRIES))]
    rest = pd.concat([other, frame[frame["left_out"] != ""]])
    if len(rest):
        rows.append(Row(say("Not pooled") if other.empty else say("Entry rule not known, or not pooled"), "head"))
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
        return [Row(capital(say(common["reason"])), "line")]
    rows = [
        Row(
            say("Common effect"),
            "pool",
            total,
            common["estimate"],
            common["ci_low"],
            common["ci_high"],
            ratio_text(common),
            weight_text="100%",
        ),
        Row(
            say("Random effects, Hartung-Knapp"),
            "pool",
            "",
            random["estimate"],
            random["ci_low"],
            random["ci_high"],
            ratio_text(random),
        ),
    ]
    if np.isfinite(random["prediction_low"]):
        said = interval(random["prediction_low"], random["prediction_high"])
        rows.append(
            Row(
                say("95% prediction interval"),
                "prediction",
                "",
                low=random["prediction_low"],
                high=random["prediction_high"],
                text=said,
            )
        )
    return [*rows, Row(heterogeneity_line(spread), "line")]


def pool_text(found, measure) -> str:
    """'HR 0.92 (95% CI 0.83–1.01)' of a row of `pool`, with its reason if there is nothing to pool."""
    if np.isnan(found["estimate"]):
        return say(found["reason"])
    limits = interval(found["ci_low"], found["ci_high"])
    text = say(
        "{measure} {value} (95% CI {interval})",
        measure=f"{measure[0]}R",
        value=rounded(found["estimate"]),
        interval=limits,
    )
    return f"{text}; {say(found['reason'])}" if found["reason"] else text


def _key(pools, outcome, measure):
    common = pools.loc[MAIN]
    if common["k"] == 0:
        return []
    shown = {"pool": pool_text(common, measure), "trials": plural(int(common["k"]), "trial")}
    text = say("{pool}, common effect, {trials}", **shown) + _random_text(pools.loc[RANDOM])
    return [(say("{endpoint}, published trials pooled", endpoint=OUTCOMES[outcome]), text)]


def _random_text(found) -> str:
    """What follows the common effect: the random effects, and where the next trial is to be expected."""
    if np.isnan(found["estimate"]) or found["reason"]:
        return ""
    shown = {"value": rounded(found["estimate"]), "interval": interval(found["ci_low"], found["ci_high"])}
    text = say("; random effects, Hartung-Knapp, {value} ({interval})", **shown)
    if np.isnan(found["prediction_low"]):
        return text
    return text + say(
        "; 95% prediction interval {interval}", interval=interval(found["prediction_low"], found["prediction_high"])
    )


def _forest_notes(frame, used, outcome) -> list[str]:
    method = (
        say(
            "Squares: trials, their area the weight under the common effect, which the dotted line marks; Woolf's"
            " standard error from the counts of the arms."
        )
        if outcome == "orr"
        else say(
            "Squares: trials, their area the weight under the common effect, which the dotted line marks; standard"
            " error from the printed interval, read at its own level; all intervals are drawn at 95%."
        )
    )
    notes = [method]
    out = frame.loc[frame["left_out"] != ""]
    reasons = out.groupby(["left_out_as", "left_out_with"], sort=False)["study"].agg(list)
    if len(reasons):
        said = "{studies}: {reason}"
        each = say("; ").join(
            say(said, studies=listed(names), reason=say(reason, study=study))
            for (reason, study), names in reasons.items()
        )
        notes.append(say("Grey, not pooled: {each}.", each=each))
    other = used[used["printed_level"] != 0.95] if "printed_level" in used else used.iloc[:0]
    if len(other):
        each = (
            say("{study} at {level}%", study=r["study"], level=percent(r["printed_level"], 0))
            for _, r in other.iterrows()
        )
        notes.append(say("Printed at another level than 95%: {each}.", each=listed(each)))
    size = (
        say("Counts: responders of patients.")
        if outcome == "orr"
        else say("n: patients randomised in the whole trial.")
    )
    model = say("Common effect: inverse variance. Random effects: REML, Hartung-Knapp, never narrower than without it.")
    return [*notes, f"{model} {size}"]


def _isolating(trials, used) -> str:
    """The trials whose arms differ by one checkpoint inhibitor: with a partner, against placebo with the same one."""
    alone = []
    for trial in trials[trials["study"].isin(used["study"])].to_dict("records"):
        drug, _, partner = str(trial["experimental"]).partition(" + ")
        if partner and trial["control"] == f"placebo + {partner}" and "/" not in drug:
            alone.append(say("{study} ({drug})", study=trial["study"], drug=drug))
    if not alone:
        return ""
    return say(
        "Only the checkpoint inhibitor differs between the arms, against placebo: {studies}.", studies=listed(alone)
    )


def _study_results(frame, weights, outcome) -> list[Result]:
    rows = frame.assign(weight=frame["study"].map(weights), level=frame["study"])
    place = {"item": f"synthesis {outcome}", "by": "trials", "variable": outcome}
    return results(rows, "literature.study", UNITS | {"se": "log ratio", "weight": "share"}, **place)


def _pool_results(pools, spread, outcome) -> list[Result]:
    units = UNITS | {"tau2": "log ratio squared", "prediction_low": "ratio", "prediction_high": "ratio", "k": "trials"}
    place = {"item": f"synthesis {outcome}", "variable": outcome}
    found = pools.reset_index().assign(level=lambda d: d["model"])
    spread_units = {"q": "", "df": "", "p": "", "i2": "share", "i2_low": "share", "i2_high": "share"}
    spread_units |= dict.fromkeys(["tau2", "tau2_low", "tau2_high"], "log ratio squared")
    between = pd.DataFrame([spread])
    return results(found, "literature.pool", units, by="pool", **place) + results(
        between, "literature.heterogeneity", spread_units, by="heterogeneity", level="", **place
    )


@kept
def odds_table(evidence) -> Table:
    """The odds ratio of response by inverse variance, Mantel-Haenszel and Peto."""
    found = pool_odds(pooled(trial_effects(evidence, "orr")))
    place = {"item": "synthesis orr", "variable": "orr"}
    return Table(
        id="literature.odds",
        title=say("Pooled odds ratio of response by method"),
        columns=[say("Method"), say("Trials"), say("OR (95% CI)"), say("P")],
        rows=[[say(r["method"]), f"{int(r['k'])}", ratio_text(r), p_value(r["p"])] for _, r in found.iterrows()],
        notes=[say(POOL_LIMITS), *(say(r) for r in dict.fromkeys(found["reason"]) if r)],
        results=results(found.assign(level=found["model"], by=found["method"]), "literature.odds", UNITS, **place),
    )
