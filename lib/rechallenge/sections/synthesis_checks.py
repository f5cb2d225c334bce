"""What the pools of the trials hang on: the review's printed pools,
a disputed level, one trial, the entry rule, small trials.
"""

from math import ceil

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from papercheck.literature.frames import NO_COUNTS, NO_RATIO, disputed_trials, pooled
from papercheck.registry.printed import read_printed, roundings_that_print
from smallsurv.information import events_of_interval
from smallsurv.meta.effects import interval_levels
from smallsurv.meta.pool import interaction, pool, subgroups
from smallsurv.meta.sensitivity import FEWEST_FOR_EGGER, cumulative, egger, influence, leave_one_out

from ..results import results
from ..show.display import Figure, Note, Table
from ..show.style import FAINT, PALETTE, house_style, new_figure
from ..text.language import say
from ..text.words import capital, interval, listed, p_sentence, p_value, plural, rounded, with_interval
from .literature import kept
from .synthesis import (
    ENTRIES,
    KEY_OUTCOMES,
    LONG_NAMES,
    MAIN,
    MEASURES,
    OUTCOMES,
    POOL_LIMITS,
    RANDOM,
    UNITS,
    ratio_text,
    trial_effects,
)

SUBSETS = {
    "acquired resistance": "acquired-like",
    "primary resistance": "primary-like",
}  # of a registry, as entry rules
INTERACTION = (
    "P of the interaction: the difference of the two log ratios over its standard error, normal (Altman and Bland"
    " 2003); under the common effect the same as Q between the groups and as a meta-regression on the entry rule."
)
PREDICTION = (
    "A prediction interval needs five trials and a model with random effects; Student's t with two degrees of freedom "
    "fewer than trials (Higgins, Thompson and Spiegelhalter 2009)."
)
NO_FUNNEL = (
    "No funnel plot and no Egger test for {endpoint}: with {trials} an asymmetric funnel cannot be told from chance; "
    "{fewest} are needed."
)
UNKNOWN_INPUT = (
    "The review does not print the list of its trials, so its input is not known. The pools here hold the trials of "
    "trials.csv whose numbers have a source; they are no correction of the review."
)
HANG = (
    "Common effect. Year: that of the report used. Residual: of the trial against the pool of the others, studentized; "
    "Cook's D: how far the pool moves without it, squared, in units of its variance (Viechtbauer and Cheung 2010). As"
    " it grew: "
    "each line looks at the same trials again, its P not adjusted for that."
)
AS_THE_REVIEW = (
    "With {level} the common-effect limits print as the review's, {limits}; with the reading of the first line they are"
    " {other} and hold 1. That the review's result is significant probably rests on this reading: an inference, as the"
    " review does not list its trials."
)
ECOLOGICAL = (
    "The entry rule belongs to a trial, not to a patient: the comparison is ecological. Trials of one rule also differ "
    "in drug and control arm, and patients of both kinds may be in each trial."
)


@kept
def review_table(evidence) -> Table:
    """The printed pools of the literature's review beside the
    workbook's own. Raises NotAvailable without printed pools.
    """
    entries = evidence.registry.of("pooled") if evidence.registry else []
    if not entries:
        raise NotAvailable(
            say("needs the pooled results that a review prints, in published.yml of {name}.", name=evidence.name)
        )
    rows, found_results, why = [], [], []
    for entry in entries:
        code = {v: k for k, v in OUTCOMES.items()}.get(str(entry.get("outcome")))
        if code is None:
            continue
        frame = _subset(trial_effects(evidence, code), entry.get("subset"))
        found = pool(pooled(frame), (MAIN, RANDOM)).set_index("model")
        name, subset = OUTCOMES[code], entry.get("subset")
        name = say("{what}, {value}", what=name, value=say(subset)) if subset else name
        printed = _printed(entry, MEASURES[code]), _shown(entry, "trials")
        ours = (_own(found.loc[model], MEASURES[code]) for model in (MAIN, RANDOM))
        rows.append([name, *printed, *ours, f"{int(found.loc[MAIN, 'k'])}"])
        why.append(say("{remark}. {reading}", remark=name, reading=_difference(evidence, code, frame, entry)))
        place = {"item": f"synthesis {entry.id}", "variable": code, "by": "beside the review"}
        found = found.reset_index().assign(level=lambda d: d["model"])
        found_results += results(found, "literature.review", UNITS, **place)
    return Table(
        id="literature.review",
        title=say("The printed pools of the review beside the workbook's own"),
        rows=rows,
        columns=[
            say("Outcome"),
            say("Review, as printed (95% CI)"),
            say("Its trials"),
            say("Common effect here (95% CI)"),
            say("Random effects here (95% CI)"),
            say("Trials here"),
        ],
        results=found_results,
        notes=[say(POOL_LIMITS), say(UNKNOWN_INPUT), *why],
    )


def _own(found, measure) -> str:
    return say(found["reason"]) if np.isnan(found["estimate"]) else f"{measure[0]}R {ratio_text(found)}"


def _subset(frame, subset):
    if not subset:
        return frame
    return frame[frame["entry"] == SUBSETS.get(str(subset), str(subset))]


def _shown(entry, part) -> str:
    cells = entry.printed(part)
    return cells[0].shown if cells else say("not given")


def _printed(entry, measure) -> str:
    part = "or" if measure.startswith("Odds") else "hr"
    limits = entry.printed("ci")
    shown = f"{part.upper()} {_shown(entry, part)}"
    return f"{shown} ({limits[0].shown})" if limits else say("{value}, interval not given", value=shown)


def _difference(evidence, outcome, frame, entry) -> str:
    """Which trials are in the pool here, which are not and why, and what is known of the review's."""
    inside = list(pooled(frame)["study"])
    trials = _subset(evidence.trials[evidence.trials["rechallenge"] == "yes"], entry.get("subset"))
    lacking = NO_COUNTS if outcome == "orr" else NO_RATIO
    rows = trials[["study"]].merge(frame.drop_duplicates("study"), on="study", how="left")
    why, shared = rows["left_out_as"].fillna(lacking), rows["left_out_with"].fillna("")
    said = [say("Here: {trials}.", trials=listed(inside)) if inside else say("Here: no trial.")]
    for (reason, study), names in rows[why != ""].groupby([why, shared], sort=False)["study"]:
        said.append(say("{reason}: {trials}.", reason=capital(say(reason, study=study)), trials=listed(names)))
    printed = entry.printed("trials")
    if printed and read_printed(printed[0].text).value > len(inside):
        said.append(say("The review counts {n}, without their names.", n=int(read_printed(printed[0].text).value)))
    if entry.get("subset"):
        said.append(
            say("The review groups by reported resistance or a shortest exposure; here by the entry rule of the trial.")
        )
    return " ".join(said)


@kept
def model_table(evidence) -> Table:
    """The pools of OS and PFS under every model. Raises NotAvailable where neither has two trials."""
    rows, indent, made = [], [], []
    for outcome in (o for o in KEY_OUTCOMES if evidence.trials[f"{o}_hr"].notna().any()):
        found = pool(pooled(trial_effects(evidence, outcome)))
        if found["k"].iloc[0] < 2:
            continue
        rows.append([capital(say(LONG_NAMES[outcome])), *[""] * 4])
        rows += [_model_row(r) for _, r in found.iterrows()]
        indent += [0] + [1] * len(found)
        place = {"item": f"synthesis {outcome}", "variable": outcome}
        units = UNITS | {"tau2": "log ratio squared"}
        made += results(found.assign(level=found["model"]), "literature.model", units, **place)
    if not rows:
        raise NotAvailable("needs at least two trials that can be pooled.")
    return Table(
        id="literature.models",
        title=say("The pools under every model"),
        rows=rows,
        indent=indent,
        results=made,
        columns=[say("Model"), say("HR (95% CI)"), say("P"), "τ²", say("95% prediction")],
        notes=[say(POOL_LIMITS), say(PREDICTION)],
    )


def _model_row(r):
    predicted = interval(r["prediction_low"], r["prediction_high"]) if np.isfinite(r["prediction_low"]) else "–"
    tau2 = rounded(r["tau2"], 3) if np.isfinite(r["tau2"]) else "–"
    return [say(r["method"]), ratio_text(r), p_value(r["p"]), tau2, predicted]


READINGS = ("Interval read", "This trial at 95%", "Common effect, HR (95% CI)", "P", "Random effects, HR (95% CI)", "P")


@kept
def level_table(evidence) -> Table:
    """The OS pool under both readings of each disputed interval. Raises NotAvailable where no interval is disputed."""
    trials = disputed_trials(evidence)
    if trials.empty:
        raise NotAvailable("needs a trial with os_level_other, a second printed level of its interval.")
    rows, made, notes, declared = [], [], [], None
    for other, column in ((False, "os_level"), (True, "os_level_other")):
        frame = trial_effects(evidence, "os", other)
        found = pool(pooled(frame), (MAIN, RANDOM)).set_index("model")
        levels = {r["study"]: f"{r[column]:g}" for _, r in trials.iterrows()}
        each = listed(say("{study} at {level}%", study=study, level=level) for study, level in levels.items())
        single = listed(ratio_text(frame.set_index("study").loc[s]) for s in trials["study"])
        common, random = found.loc[MAIN], found.loc[RANDOM]
        rows.append([each, single, ratio_text(common), p_value(common["p"]), ratio_text(random), p_value(random["p"])])
        level = listed(f"{study} at {level}%" for study, level in levels.items())
        place = {"item": f"synthesis os, {level}", "variable": "os", "by": "level of the interval"}
        found = found.reset_index().assign(level=lambda d: d["model"])
        made += results(found, "literature.reading", UNITS, **place)
        declared = common if declared is None else declared
        notes += _as_the_review(evidence, common, declared, each)
        notes += [sentence for _, r in trials.iterrows() for sentence in _impossible(r, column)]
    return Table(
        id="literature.readings",
        title=say("Overall survival under both readings of a disputed interval"),
        rows=rows,
        columns=[*map(say, READINGS)],
        results=made,
        notes=[
            *(_level_note(r) for _, r in trials.iterrows()),
            say("The first line is the reading used everywhere else."),
            say(POOL_LIMITS),
            *notes,
        ],
    )


def _as_the_review(evidence, common, declared, level) -> list[str]:
    """A sentence where the limits of the pool print as those of the review's pool of all trials."""
    entries = evidence.registry.of("pooled") if evidence.registry else []
    for entry in (e for e in entries if e.get("outcome") == OUTCOMES["os"] and not e.get("subset")):
        for cell in entry.printed("ci"):
            limits = zip(("ci_low", "ci_high"), cell.text, strict=True)
            if all(roundings_that_print(common[name], text) for name, text in limits):
                shown = {"level": level, "limits": cell.shown}
                if not common["ci_high"] < 1 <= declared["ci_high"]:
                    return [say("With {level} the common-effect limits print as the review's, {limits}.", **shown)]
                shown["other"] = interval(declared["ci_low"], declared["ci_high"])
                return [say(AS_THE_REVIEW, **shown)]
    return []


def _impossible(trial, column) -> list[str]:
    """The proof that an interval cannot have this level: it needs more deaths than the trial has patients."""
    limits = [read_printed(str(trial[name])).window for name in ("os_low", "os_high")]
    needed = ceil(events_of_interval(limits[0][0], limits[1][1], trial[column] / 100))
    if not needed > trial["n"]:
        return []
    return [
        say(
            "{study} at {level}% is not possible: the standard error of a log hazard ratio is at least 2 / √deaths"
            " (Schoenfeld 1983), so {limits} needs {needed} deaths with the widest rounding, and the trial has {n}"
            " patients.",
            study=trial["study"],
            level=f"{trial[column]:g}",
            limits=interval(trial["os_low"], trial["os_high"]),
            needed=needed,
            n=int(trial["n"]),
        )
    ]


def _level_note(trial) -> str:
    """What the printed P says about the level of the interval."""
    if pd.isna(trial["os_p"]) or not trial["os_p_sides"]:
        return say("{what}: {found}", what=trial["study"], found=trial["note"])
    sides = int(trial["os_p_sides"])
    read = interval_levels(trial["os_hr"], trial["os_low"], trial["os_high"], sides=sides)
    known = {100 * r["level"]: r["p"] for _, r in read.iterrows()}
    each = listed(
        say("{level}% would give {p}", level=f"{level:g}", p=p_sentence(known[level]))
        for level in (trial["os_level"], trial["os_level_other"])
    )
    shown = {
        "study": trial["study"],
        "hr": rounded(trial["os_hr"]),
        "limits": interval(trial["os_low"], trial["os_high"]),
    }
    shown |= {"p": f"P = {trial['os_p']:g}", "each": each}  # with the digits that are printed
    if sides == 1:
        return say("{study}: HR {hr} ({limits}), printed one-sided {p}; {each}.", **shown)
    return say("{study}: HR {hr} ({limits}), printed two-sided {p}; {each}.", **shown)


@kept
def hang_table(evidence, outcome="os") -> Table:
    """The common-effect pool without each trial in turn, with the influence of that trial, and as it grew by year."""
    used = pooled(trial_effects(evidence, outcome))
    if len(used) < 2:
        raise NotAvailable("needs at least two trials that can be pooled.")
    left, grown = leave_one_out(used, MAIN), cumulative(used, "year", MAIN)
    pull = influence(used, MAIN)
    without = [_without_row(r, of) for (_, r), (_, of) in zip(left.iterrows(), pull.iterrows(), strict=True)]
    growing = [_grown_row(r) for _, r in grown.iterrows()]
    return Table(
        id="literature.hang",
        of=outcome,
        rows=[[say("Without one trial"), *[""] * 5], *without, [say("As it grew"), *[""] * 5], *growing],
        indent=[0, *[1] * len(without), 0, *[1] * len(growing)],
        title=say("{endpoint}: the pool without each trial, and by year of the report", endpoint=OUTCOMES[outcome]),
        columns=[
            "",
            say("Trials"),
            say("{measure} (95% CI)", measure=f"{MEASURES[outcome][0]}R"),
            say("P"),
            say("Residual"),
            say("Cook's D"),
        ],
        notes=[say(POOL_LIMITS), say(HANG)],
        results=_hang_results(left, pull, grown, outcome),
    )


def _without_row(r, pull) -> list[str]:
    """The pool without one trial. pull : the influence of that trial."""
    shares = rounded(pull["rstudent"]), rounded(pull["cook_d"])
    return [say("Without {study}", study=r["omitted"]), f"{int(r['k'])}", ratio_text(r), p_value(r["p"]), *shares]


def _grown_row(r) -> list[str]:
    """The pool of the trials up to one."""
    name = say("{year}: with {study}", year=int(r["year"]), study=r["added"])
    return [name, f"{int(r['k'])}", ratio_text(r), p_value(r["p"]), "", ""]


def _hang_results(left, pull, grown, outcome) -> list:
    place = {"item": f"synthesis {outcome}", "variable": outcome}
    left, pull = left.assign(level=left["omitted"]), pull.assign(level=pull["study"])
    units = {"rstudent": "", "cook_d": "", "dffits": ""}
    return (
        results(left, "literature.without", UNITS, by="without", **place)
        + results(pull, "literature.influence", units, by="influence", **place)
        + results(grown.assign(level=grown["added"]), "literature.cumulative", UNITS, by="up to", **place)
    )


@kept
def entry_table(evidence, outcome="os") -> Table:
    """The pool under each entry rule, the ratio of the two and the interaction P."""
    used = pooled(trial_effects(evidence, outcome))
    used = used[used["entry"] != ""]
    if used["entry"].nunique() < 2:
        raise NotAvailable("needs trials of at least two entry rules that can be pooled.")
    parts, ratio = subgroups(used, "entry", MAIN), interaction(used, "entry", MAIN, reference="mixed")
    trials = used.groupby("entry")["study"].agg(list)
    rows = [
        [
            say(ENTRIES.get(r["group"], r["group"])),
            f"{int(r['k'])}",
            ratio_text(r),
            p_value(r["p"]),
            listed(trials[r["group"]]),
        ]
        for _, r in parts.iterrows()
    ]
    for _, r in ratio.iterrows():
        name = say("Ratio of the two, {a} to {b}", a=say(r["group"]), b=say(r["reference"]))
        rows.append([name, "", ratio_text(r), p_value(r["p"]), say("P of the interaction")])
    place = {"item": f"synthesis {outcome}", "variable": outcome}
    return Table(
        id="literature.entry",
        of=outcome,
        rows=rows,
        title=say("{endpoint} by the entry rule on the prior ICI", endpoint=OUTCOMES[outcome]),
        columns=[
            say("Entry rule"),
            say("Trials"),
            say("{measure} (95% CI)", measure=f"{MEASURES[outcome][0]}R"),
            say("P"),
            say("Which"),
        ],
        notes=[say("Common effect in each group."), say(POOL_LIMITS), say(INTERACTION), say(ECOLOGICAL)],
        results=results(parts, "literature.entry", UNITS | {"k": "trials"}, by="entry rule", **place)
        + results(ratio, "literature.interaction", UNITS, by="interaction", **place),
    )


@kept
def small_trials(evidence, outcome="os"):
    """Funnel plot with Egger's test from FEWEST_FOR_EGGER trials on; below, the sentence why not."""
    used = pooled(trial_effects(evidence, outcome))
    found = egger(used).iloc[0]
    if len(used) < FEWEST_FOR_EGGER:
        text = say(NO_FUNNEL, endpoint=OUTCOMES[outcome], trials=plural(len(used), "trial"), fewest=FEWEST_FOR_EGGER)
        return Note(id="literature.funnel", of=outcome, text=text)
    if found["reason"]:
        why = {"endpoint": OUTCOMES[outcome], "reason": say(found["reason"])}
        text = say("No funnel plot and no Egger test for {endpoint}: {reason}.", **why)
        return Note(id="literature.funnel", of=outcome, text=text)
    centre = pool(used, (MAIN,)).iloc[0]["estimate"]
    with house_style():
        figure, axes = new_figure(3.2)
        _plot_funnel(axes, used, centre)
    shown = with_interval(found["estimate"], found["ci_low"], found["ci_high"])
    text = say("intercept {value}, {p}", value=shown, p=p_sentence(found["p"]))
    units = {"estimate": "intercept", "ci_low": "intercept", "ci_high": "intercept", "p": ""}
    place = {"item": f"synthesis {outcome}", "variable": outcome, "by": "Egger", "level": ""}
    trials = plural(len(used), "trial")
    return Figure(
        id="literature.funnel",
        of=outcome,
        figure=figure,
        name=f"synthesis_{outcome}_funnel",
        title=say("Funnel plot of {trials}, {endpoint}", trials=trials, endpoint=OUTCOMES[outcome]),
        notes=[
            say(
                "Egger: {text}. Asymmetry may come from small trials that differ, not only from missing ones.",
                text=text,
            )
        ],
        alt=say("Funnel plot of {trials}; Egger {text}.", trials=trials, text=text),
        results=results(pd.DataFrame([found]), "literature.small_trials", units, **place),
    )


def _plot_funnel(axes, used, centre):
    deepest = used["se"].max() * 1.08
    edge = np.array([0, deepest])
    for side in (-1.96, 1.96):
        axes.plot(centre * np.exp(side * edge), edge, color=FAINT, lw=0.9, ls="--")
    axes.axvline(centre, color=FAINT, lw=0.9)
    axes.plot(used["estimate"], used["se"], "o", color=PALETTE[0], ms=5)
    axes.set(
        xscale="log", ylim=(deepest, 0), xlabel=say("Ratio (log scale)"), ylabel=say("Standard error of the log ratio")
    )
    ticks = [t for t in (0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5) if axes.get_xlim()[0] <= t <= axes.get_xlim()[1]]
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axes.minorticks_off()
    return axes
