"""Rechallenge against none: the trial that is imitated, its weights, survival under both strategies."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from smallsurv.adjusted import percentile_limits
from smallsurv.curve import kaplan_meier
from smallsurv.emulation import Emulated, emulate
from smallsurv.weights import effective_size

from ..derive.emulation import Choices, derive_choices
from ..derive.treatment import checked_replicates
from ..results import Result, results
from ..show.display import Figure, Table
from ..show.standing import standing_note
from ..show.style import LINES, PALETTE, house_style, new_figure
from ..text.language import say
from ..text.words import interval, listed, percent, plural, plural_of, rounded
from .curves import time_ticks

HOW = (
    "Each patient is cloned into both strategies, censored when the data show another one, and weighted by the inverse"
    " chance of not having been (pooled logistic regression of the start by month and covariates; Hernán and Robins"
    " 2016). Weighted Kaplan-Meier; intervals: percentiles of {n} seeded resamples of the patients that refit the"
    " weights."
)
ASSUMED = (
    "It holds if nothing beyond the covariates decides both on rechallenge and on survival, and if each patient could"
    " have gone either way."
)
NAIVE = (
    "Crossed out: patients who ever had rechallenge against those who never had, from the choice on. Whoever had it"
    " must have lived until then (immortal time); it is shown beside the others and says nothing about rechallenge."
)
WHEN = "Effective n and largest weight: at the end of the grace period. The largest in any month: {each}."


@dataclass(frozen=True, eq=False)
class Trial:
    """The choices, and both strategies at each month (found) and at
    the asked ones (at); naive : whether the invalid one is shown.
    """

    choices: Choices
    found: Emulated
    at: tuple[float, ...]
    replicates: int
    naive: bool = False

    @property
    def place(self) -> np.ndarray:
        """Where the asked months are among the times of `found`."""
        return np.searchsorted(self.found.times, self.at)


def emulated(
    cohort, months: Sequence[float] = (6, 12, 24), grace: int = 0, replicates: int = 500, naive: bool = False
) -> Trial:
    """The imitated trial of a cohort. months : at which survival is compared; those beyond the follow-up are left out.

    Raises NotAvailable as derive_choices, where nobody starts, no finite model tells who does, or one patient carries
    most of the weight.
    """
    checked_replicates(replicates)
    choices = derive_choices(cohort, grace)
    longest = choices.decisions.exit.max()
    at = tuple(float(m) for m in months if m <= longest)
    if not at:
        raise NotAvailable(
            say("needs a month within the follow-up, which ends after {n} months.", n=rounded(longest, 1))
        )
    times = np.unique([*np.arange(1.0, np.floor(longest) + 1), *at])
    if not choices.decisions.event.any():
        raise NotAvailable(say("needs at least one death: none is recorded."))
    if not choices.decisions.starts[:, : choices.decisions.grace].any():
        raise NotAvailable(say("needs patients who start rechallenge within the grace period; nobody does."))
    found = emulate(choices.decisions, times, replicates)
    if found is None:
        raise NotAvailable(
            say("needs a finite model of who starts rechallenge: a covariate tells it without error (positivity).")
        )
    if found.until <= at[0]:
        needs = "needs weights that hold: from {time} months on one patient carries more than half of the weight."
        raise NotAvailable(say(needs, time=rounded(found.until, 1)))
    return Trial(choices, found, at, replicates, naive)


def emulation_protocol(trial: Trial) -> Table:
    """The parts of the trial, as TARGET asks for them: what would be done, and what stands here for it."""
    told, d, cohort = trial.choices.told, trial.choices.decisions, trial.choices.cohort
    labels = [say(cohort.factor(c).label) for c in trial.choices.covariates]
    grace = plural(d.grace, "month")
    parts = [
        ("Eligibility", say("Patients at {zero}; {patients}", zero=say(told.label), patients=plural(d.n, "patient"))),
        ("Strategies", say("Rechallenge within {grace}, against no rechallenge", grace=grace)),
        (
            "Assignment",
            say("Not at random; assumed alike given {covariates}", covariates=listed(labels) or say("nothing")),
        ),
        ("Time zero", say("{zero}, for both strategies", zero=say(told.label))),
        ("Outcome", say("Death from any cause")),
        ("Follow-up", say("Until death or last contact; decisions are taken at the beginning of each month")),
        (
            "Estimand",
            say(
                "Survival had all followed the strategy (per protocol); who has not started before the last month of"
                " the grace period starts in it"
            ),
        ),
        ("Analysis", say("Clones, censoring at departure from the strategy, inverse probability weights")),
    ]
    return Table(
        id="emulation.protocol",
        title=say("The trial that is imitated"),
        columns=[say("Part"), say("Here")],
        rows=[[say(part), text] for part, text in parts],
        notes=[*_left_out(trial), say(ASSUMED)],
    )


def _left_out(trial) -> list[str]:
    said = [
        (trial.choices.unknown, "{patients} without follow-up after the choice left out."),
        (trial.choices.missing, "{patients} without a covariate left out."),
    ]
    lacking = [c for c in trial.choices.told.covariates if c not in trial.choices.covariates]
    labels = listed(say(trial.choices.cohort.meta.factors[c].label) for c in lacking)
    return [say(text, patients=plural(n, "patient")) for n, text in said if n] + (
        [say("Not in this cohort, so not in the model: {factors}.", factors=labels)] if lacking else []
    )


def _names(trial) -> tuple[str, str]:
    return say("No rechallenge"), say(
        "Rechallenge within {grace}", grace=plural(trial.choices.decisions.grace, "month")
    )


def emulation_weights(trial: Trial) -> Table:
    """Each strategy: who follows it to the end of the grace period, and how unequal the weights then are."""
    last, rows, found = trial.choices.decisions.grace - 1, [], []
    each = listed(f"{name} {rounded(w.max())}" for name, w in zip(_names(trial), trial.found.weights, strict=True))
    for name, key, weight, followed in zip(
        _names(trial), ("never", "start"), trial.found.weights, trial.found.followed, strict=True
    ):
        own = weight[:, last][weight[:, last] > 0]
        size = effective_size(own) if len(own) else 0.0
        largest = own.max() if len(own) else np.nan
        rows.append([name, str(trial.choices.decisions.n), str(followed), rounded(size, 1), rounded(largest)])
        found.append({"level": key, "n": followed, "effective_n": size, "largest": largest, "item": f"weights, {key}"})
    units = {"n": "subjects", "effective_n": "subjects", "largest": "weight"}
    note = "Started in {starts} of {choices} patient-months in which the choice was open."
    return Table(
        id="emulation.weights",
        title=say("Who follows each strategy"),
        rows=rows,
        columns=[
            say("Strategy"),
            say("Clones"),
            say("Following at the end of the grace period"),
            say("Effective n"),
            say("Largest weight"),
        ],
        results=results(pd.DataFrame(found), "emulation.weights", units, endpoint="OS", model="emulation"),
        notes=[say(note, starts=trial.found.starts, choices=trial.found.choices), say(WHEN, each=each), *_until(trial)],
    )


def _until(trial) -> list[str]:
    """From when on the weights do not hold."""
    if np.isinf(trial.found.until):
        return []
    said = "From {time} months on one patient carries more than half of the weight: no estimate (NE) from there."
    return [say(said, time=rounded(trial.found.until, 1))]


def emulated_table(trial: Trial) -> Table:
    """Alive at the asked months under each strategy, and the difference with its interval."""
    rows = [[plural_of(m, "month"), *_cells(trial, i)] for m, i in zip(trial.at, trial.place, strict=True)]
    never, start = _names(trial)
    if trial.naive:
        rows += [
            [say("{months}, ever against never, not valid", months=plural_of(m, "month")), *_naive(trial, m)]
            for m in trial.at
        ]
    return Table(
        id="emulation.survival",
        title=say("Survival from {zero} under both strategies", zero=say(trial.choices.told.label)),
        columns=[
            say("Months"),
            say("{strategy}, alive, %", strategy=never),
            say("{strategy}, alive, %", strategy=start),
            say("Difference, points (95% CI)"),
        ],
        rows=rows,
        results=_results(trial),
        key=_key(trial),
        notes=[
            say(HOW, n=f"{trial.replicates:,}"),
            say(NAIVE) if trial.naive else "",
            *_until(trial),
            say(ASSUMED),
            standing_note(trial.choices.cohort, "adsl"),
        ],
    )


def _key(trial) -> list[tuple]:
    """Both strategies at each asked month, whatever the difference; pseudo-patients have no line."""
    if trial.choices.cohort.meta.kind == "pseudo":
        return []
    said, (never, start) = [], _names(trial)
    for months, i in zip(trial.at, trial.place, strict=True):
        shown = dict(zip(("b", "a", "difference"), _cells(trial, i), strict=True))
        text = "{months}: {a} against {b}%, difference in points (95% CI) {difference}"
        said.append(say(text, months=plural_of(months, "month"), **shown))
    return [(say("Alive, {a} against {b}", a=start, b=never), say("; ").join(said))]


def _against(trial, i) -> str:
    """'65.6 against 72.7%': alive under both strategies."""
    none, again = _cells(trial, i)[:2]
    return say("{a} against {b}", a=none, b=f"{again}%")


def _cells(trial, i) -> list[str]:
    never, start = trial.found.survival[:, i]
    low, high = trial.found.limits()[:, i]
    limits = interval(100 * low, 100 * high, 1)
    if np.isnan(start - never):
        return [say("NE")] * 3
    return [percent(never), percent(start), f"{percent(start - never)} ({limits})"]


def _naive(trial, months) -> list[str]:
    rows = trial.choices.rows
    ever = np.isfinite(rows["start"])
    shares = []
    for own in (~ever, ever):
        curve = kaplan_meier(rows["exit"][own], rows["event"][own] == 1)
        shares.append(float(np.append(1.0, curve.survival)[np.searchsorted(curve.time, months, side="right")]))
    return [f"✗ {percent(s)}" for s in (*shares, shares[1] - shares[0])]


def _results(trial) -> list[Result]:
    place = {"endpoint": "OS", "model": "emulation", "method": "clone, censor, weight"}
    low, high = trial.found.limits()
    survival = [
        {"survival": trial.found.survival[s, i], "level": key, "at": m, "item": f"alive at {m:g} months, {key}"}
        for m, i in zip(trial.at, trial.place, strict=True)
        for s, key in enumerate(("never", "start"))
    ]
    apart = [
        {
            "estimate": trial.found.difference[i],
            "ci_low": low[i],
            "ci_high": high[i],
            "at": m,
            "item": f"difference at {m:g} months",
        }
        for m, i in zip(trial.at, trial.place, strict=True)
    ]
    made = results(pd.DataFrame(survival), "emulation.survival", {"survival": "share"}, **place)
    return made + results(
        pd.DataFrame(apart), "emulation.difference", dict.fromkeys(("estimate", "ci_low", "ci_high"), "share"), **place
    )


def emulated_figure(trial: Trial) -> Figure:
    """Survival under both strategies, with pointwise bands of the bootstrap."""
    with house_style():
        figure, axes = new_figure(3.2)
        for s, name in enumerate(_names(trial)):
            time, height = np.append(0, trial.found.times), 100 * np.append(1, trial.found.survival[s])
            axes.step(time, height, where="post", color=PALETTE[s], ls=LINES[s], lw=1.6, label=name)
            low, high = percentile_limits(trial.found.draws[:, s], most_lost=1)
            axes.fill_between(trial.found.times, 100 * low, 100 * high, step="post", color=PALETTE[s], alpha=0.13, lw=0)
        ticks = time_ticks(trial.found.times[-1], "months")
        axes.set(ylim=(0, 102), xlim=(0, ticks[-1]), xticks=ticks, yticks=range(0, 101, 25), ylabel=say("Alive (%)"))
        axes.set_xlabel(say("Months from {zero}", zero=say(trial.choices.told.label)))
        axes.legend(loc="upper right", handlelength=2.8)
    each = say("; ").join(
        say("{what}: {found}", what=plural_of(m, "month"), found=_against(trial, i))
        for m, i in zip(trial.at, trial.place, strict=True)
    )
    return Figure(
        id="emulation.curves",
        figure=figure,
        name="emulation_survival",
        title=say("Survival from {zero} under both strategies", zero=say(trial.choices.told.label)),
        alt=say("Two curves of survival, no rechallenge and rechallenge. {each}.", each=each),
        notes=[say("Read at each month. Bands: pointwise 95% percentiles of the resamples.")],
    )
