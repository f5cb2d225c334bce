"""Factors that arise later: patients classified at landmarks,
models in which the state changes, curves by present state.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from papercheck.files.findings import NotAvailable
from smallsurv.cox_models import cox_univariable
from smallsurv.curve import Curve, observed
from smallsurv.episodes import (
    SMALL_RISK_SET,
    Episodes,
    entry_curve,
    episode_log_rank,
    episode_maximum,
    smallest_risk_set,
    split_by_state,
)

from ..derive.endpoints import endpoint_rule, from_landmark
from ..derive.outcome import Outcome
from ..derive.states import dated_factors, onsets
from ..results import RATIO_UNITS, Result
from ..show.display import Figure, Table
from ..show.figures.forest import HEADS, Estimate, ForestRow, forest_table
from ..show.figures.km import CurveLook
from ..show.labels import free_mark, group_label
from ..show.many import curve_notes
from ..show.standing import standing_note
from ..show.style import house_style
from ..text.language import say
from ..text.words import (
    FREE_NOTE,
    decimals_for,
    p_sentence,
    plural,
    plural_of,
    ratio_with_interval,
    rounded,
    tested,
)
from .curves import draw_curves
from .endpoint import endpoint_label, outcome_results

WHY = (
    "Whoever is grouped by what came later must have lived until it came. A landmark takes the patients still at risk"
    " then, grouped by what had happened until then (Anderson, Cain and Gelber 1983); in the time-dependent Cox model"
    " each patient counts in the present state (Andersen and Gill 1982). HR above 1: shorter survival. The rows of a"
    " factor ask one question several times, not adjusted for their number: read whether they agree, not which P is"
    " smallest."
)
NEVER = (
    "Crossed out: grouped by what happened at any time, as if it were known at the start. It is shown to be seen beside"
    " the others and says nothing about the factor."
)
UNITS = {"n": "subjects", "events": "events", "n_level": "subjects", "events_level": "events"} | RATIO_UNITS
TIME_DEPENDENT, LANDMARK, NAIVE = "time-dependent", "landmark", "ever against never"


@dataclass(frozen=True, eq=False)
class Later:
    """A factor that arises later, on one outcome without a landmark.

    rows : of the patients whose state is known at all times; onset (n,) in the unit of the outcome, infinite where it
    never came; episodes : in states 0, 1, ... of `levels`, the reference first; unknown : patients left out; models : a
    row an analysis and level, as in _models.
    """

    outcome: Outcome
    name: str
    rows: pd.DataFrame
    onset: np.ndarray
    episodes: Episodes
    levels: tuple[str, ...]
    unknown: int
    models: pd.DataFrame

    @property
    def label(self) -> str:
        """What the factor is called, marked where it is a free choice."""
        return say(self.outcome.cohort.factor(self.name).label) + free_mark(self.outcome.cohort, self.name)

    @property
    def free(self) -> bool:
        """Whether which pseudo-patients have it is a free choice of a reconstruction."""
        return self.outcome.cohort.meta.is_free(self.name)


def later_factors(
    outcome: Outcome, names: Sequence[str] = (), landmarks: Sequence[float] = (2, 3, 6, 9), naive: bool = False
) -> list[Later]:
    """The analyses of each dated factor (all without `names`). naive : also ever against never, to be crossed out.

    Raises NotAvailable without such a factor, without its moments on the clock of the endpoint, or without an event.
    """
    if outcome.landmark:
        raise NotAvailable(
            say("needs times from time zero: the landmarks are set here, not by the parameter landmark.")
        )
    return [_later(outcome, name, landmarks, naive) for name in dated_factors(outcome.cohort, names)]


def _later(outcome, name, landmarks, naive) -> Later:
    factor, when = outcome.cohort.factor(name), onsets(outcome, name)
    short = endpoint_rule(outcome.cohort, outcome.endpoints[0])["short"]
    if when is None or when.unknown.all():
        needs = "needs to know when {factor} arose on the clock of {endpoint}: its date and the start of the course."
        raise NotAvailable(say(needs, factor=factor.label, endpoint=short))
    known = ~when.unknown & (outcome.rows["AVAL"] > 0).to_numpy()
    rows = outcome.rows[known]
    if not observed(rows["CNSR"]).any():
        raise NotAvailable(say("needs at least one event of {endpoint}: none is recorded.", endpoint=short))
    levels = (factor.reference, *(level for level in factor.levels if level != factor.reference))
    state = pd.Categorical(rows[name].astype(object), levels).codes
    onset = when.time[known]
    episodes = split_by_state(rows["AVAL"], observed(rows["CNSR"]), onset, state)
    whole = Later(outcome, name, rows, onset, episodes, levels, int((~known).sum()), pd.DataFrame())
    found = [row for months in landmarks for row in _at_landmark(whole, months)] + _time_dependent(whole)
    if naive:
        found += _compared(rows, name, factor.reference, {"analysis": NAIVE, "at": np.nan})
    return Later(outcome, name, rows, onset, episodes, levels, whole.unknown, pd.DataFrame(found))


def _compared(rows, name, reference, place) -> list[dict]:
    """One row a level of an ordinary Cox model: n, events, of the level too, hazard ratio, reason."""
    frame = cox_univariable(rows, [name], {name: reference})
    event, found = observed(rows["CNSR"]), []
    for r in frame.to_dict("records"):
        own = (rows[name].astype(object) == r["level"]).to_numpy()
        sizes = {"n_level": int(own.sum()), "events_level": int((own & event).sum())}
        kept = {k: r[k] for k in ("level", "n", "events", "hr", "ci_low", "ci_high", "p", "reason")}
        found.append(place | sizes | kept)
    return found


def _at_landmark(later, months) -> list[dict]:
    """The rows of one landmark; one with its reason where nobody is at risk or everybody is in one state."""
    place = {"analysis": LANDMARK, "at": float(months)}
    factor = later.outcome.cohort.factor(later.name)
    try:
        there = from_landmark(later.outcome.with_rows(later.rows), months)
    except NotAvailable:
        return [place | _none(factor, "nobody is at risk at this landmark")]
    rows = there.rows[there.rows[later.name].notna()]
    event = observed(rows["CNSR"])
    if rows[later.name].nunique() < 2:
        return [place | _none(factor, "all patients at risk are in one state", len(rows), int(event.sum()))]
    return _compared(rows, later.name, factor.reference, place)


def _none(factor, reason, n=0, events=0) -> dict:
    level = next((x for x in factor.levels if x != factor.reference), "")
    blank = dict.fromkeys(("hr", "ci_low", "ci_high", "p"), np.nan)
    return {"level": level, "n": n, "events": events, "n_level": 0, "events_level": 0, "reason": reason} | blank


def _time_dependent(later) -> list[dict]:
    """One row a level of the Cox model in which each patient counts in the present state."""
    e, levels = later.episodes, later.levels
    seen = [s for s in range(1, len(levels)) if (e.state == s).any()]
    place = {"analysis": TIME_DEPENDENT, "at": np.nan, "n": len(later.rows), "events": int(e.event.sum())}
    if not seen:
        return [_none(later.outcome.cohort.factor(later.name), "nobody changed while at risk") | place]
    x = np.column_stack([e.state == s for s in seen]).astype(float)
    fit, found = episode_maximum(e.start, e.stop, e.event, x), []
    half = norm.ppf(0.975) * fit.se
    for j, s in enumerate(seen):
        own = e.state == s
        sizes = {"n_level": len(set(e.subject[own])), "events_level": int(e.event[own].sum())}
        estimate = {
            "hr": np.exp(fit.coef[j]),
            "ci_low": np.exp(fit.coef[j] - half[j]),
            "ci_high": np.exp(fit.coef[j] + half[j]),
        }
        p = 2 * norm.sf(abs(fit.coef[j] / fit.se[j]))
        found.append(place | sizes | estimate | {"level": levels[s], "p": p, "reason": _reason(fit, j, sizes)})
    return found


def _reason(fit, j, sizes) -> str:
    if fit.unknown[j]:
        return "no information: nobody in this state is at risk when an event happens"
    if fit.diverging[j]:
        return (
            "separated: no event in this state"
            if not sizes["events_level"]
            else "separated: it orders the events without exception"
        )
    return ""


def later_table(found: Sequence[Later]) -> Table:
    """Hazard ratios of each factor at the landmarks and with time, side by side."""
    outcome = found[0].outcome
    lines = [line for later in found for line in _lines(later)]
    crossed = any((later.models["analysis"] == NAIVE).any() for later in found)
    free = any(outcome.cohort.meta.is_free(later.name) for later in found)
    return Table(
        id="later.hazard_ratios",
        of=outcome.endpoints[0].lower(),
        title=say("{endpoint}: what arises later, at landmarks and with time", endpoint=endpoint_label(outcome)),
        columns=[
            say("Analysis"),
            say("n"),
            say("Events"),
            say("In the state: n"),
            say("In the state: events"),
            say("HR (95% CI, Wald)"),
            say("P (Wald)"),
        ],
        rows=[cells for _, cells in lines],
        indent=[level for level, _ in lines],
        results=[r for later in found for r in _results(later)],
        notes=[
            say(WHY),
            say(NEVER) if crossed else "",
            *(_unknown_note(later) for later in found),
            _reasons(found),
            say(FREE_NOTE) if free else "",
            standing_note(outcome.cohort, f"adtte.{outcome.endpoints[0]}"),
        ],
    )


def _lines(later):
    """(indent, cells): the factor, then its analyses, each level by itself."""
    yield 0, [later.label, *[""] * 6]
    for r in later.models.to_dict("records"):
        estimate = say("NE") if r["reason"] else _ratio(later, r)
        cells = [str(r["n"]), str(r["events"]), str(r["n_level"]), str(r["events_level"]), estimate]
        cells.append(tested(r["p"], later.free))
        if r["analysis"] == NAIVE:
            cells[4:] = [f"✗ {cells[4]}", "✗"]
        yield 1, [_analysis(later, r), *cells]


def _ratio(later, r) -> str:
    return ratio_with_interval(r["hr"], r["ci_low"], r["ci_high"], decimals=2, free=later.free)


def _analysis(later, r) -> str:
    """'Landmark 3 months: Yes against No'."""
    levels = later.outcome.cohort.factor(later.name).levels
    contrast = say("{a} against {b}", a=say(levels[r["level"]]), b=say(levels[later.levels[0]]))
    if r["analysis"] == LANDMARK:
        return say("Landmark {months}: {contrast}", months=plural_of(r["at"], "month"), contrast=contrast)
    head = (
        "Time-dependent: {contrast}" if r["analysis"] == TIME_DEPENDENT else "Ever against never, not valid: {contrast}"
    )
    return say(head, contrast=contrast)


def _results(later) -> list[Result]:
    """A result an analysis and level; what is crossed out is no result."""
    kept = later.models[later.models["analysis"] != NAIVE]
    place = {"by": later.name, "reference": later.levels[0], "free": later.free}
    names = {TIME_DEPENDENT: "Cox, time-dependent, Efron ties", LANDMARK: "Cox, Efron ties, classified at the landmark"}
    frame = kept.rename(columns={"level": "group"}).assign(
        landmark=kept["at"].fillna(0.0), model=kept["analysis"], method=kept["analysis"].map(names)
    )
    made = [
        r
        for _, part in frame.groupby(["analysis", "landmark"], sort=False)
        for r in outcome_results(
            later.outcome,
            part.drop(columns=["at", "landmark"]),
            "later.hazard_ratio",
            UNITS,
            **place | {"landmark": part["landmark"].iloc[0]},
        )
    ]
    return made


def _unknown_note(later) -> str:
    if not later.unknown:
        return ""
    patients = plural(later.unknown, "patient")
    return say(
        "{factor}: {patients} left out, whose state at some time is not known.", factor=later.label, patients=patients
    )


def _reasons(found) -> str:
    """Why an estimate is missing."""
    said = [
        say("{analysis}: {reason}.", analysis=_analysis(later, r), reason=say(r["reason"]))
        for later in found
        for r in later.models.to_dict("records")
        if r["reason"]
    ]
    return " ".join([say("NE, not estimable."), *said]) if said else ""


def later_forest(found: Sequence[Later]) -> Figure:
    """The hazard ratios of every landmark and of the time-dependent
    model as one forest; nothing that is crossed out.
    """
    outcome = found[0].outcome
    kept = [(later, r) for later in found for r in later.models.to_dict("records") if r["analysis"] != NAIVE]
    good = [(later, r) for later, r in kept if not r["reason"]]
    if not good:
        raise NotAvailable(say("needs a model that can be estimated; the table above says why this one cannot."))
    with house_style():
        figure = forest_table(list(_forest_rows(found)), _axis(outcome), {k: say(v) for k, v in HEADS.items()})[0]
    each = say("; ").join(f"{_analysis(later, r)} {_ratio(later, r)}" for later, r in good)
    return Figure(
        id="later.forest",
        of=outcome.endpoints[0].lower(),
        figure=figure,
        name=f"{outcome.endpoints[0].lower()}_later_forest",
        title=say("{endpoint}: hazard ratios of what arises later", endpoint=endpoint_label(outcome)),
        alt=say("Forest plot of hazard ratios. {each}.", each=each),
        notes=[
            say(
                "Squares: hazard ratios (filled: P below 0.05); lines: 95% Wald intervals; arrows: the interval"
                " goes on."
            )
        ],
    )


def _axis(outcome) -> str:
    label = say("Hazard ratio for {endpoint} (log scale)", endpoint=endpoint_label(outcome, short=True))
    return f"{label}\n{say('above 1: shorter survival')}"


def _forest_rows(found):
    for later in found:
        free = later.free
        yield ForestRow(later.label, "head", free=free)
        for r in later.models.to_dict("records"):
            if r["analysis"] == NAIVE:
                continue
            limits = (np.nan, np.nan) if free else (r["ci_low"], r["ci_high"])
            shown = _ratio(later, r), tested(r["p"], free), not free and r["p"] < 0.05
            estimate = None if r["reason"] else Estimate(r["hr"], *limits, *shown)
            counts = str(r["n"]), str(r["events"])
            yield ForestRow(
                _analysis(later, r), "level", *counts, estimate, reason="" if estimate else say("NE"), free=free
            )


def state_figures(found: Sequence[Later]) -> list[Figure]:
    """Curves by present state (Simon and Makuch), numbers at risk
    in each state, and Mantel and Byar's test; one a factor.
    """
    return [_state_figure(later) for later in found]


def _state_figure(later) -> Figure:
    outcome, e, unit = later.outcome, later.episodes, later.outcome.unit
    curves = {
        level: entry_curve(e.start[e.state == s], e.stop[e.state == s], e.event[e.state == s])
        for s, level in enumerate(later.levels)
        if (e.state == s).any()
    }
    test = episode_log_rank(e.start, e.stop, e.event, e.state)
    tested = say("Mantel-Byar {p}", p=p_sentence(test.p))
    labels = {level: group_label(outcome.cohort, later.name, level) for level in curves}
    figure = draw_curves(curves, labels, unit, _state_look(later, tested))
    of = f"{outcome.endpoints[0].lower()}_{later.name.lower()}"
    title = say("{endpoint} by present state: {factor}", endpoint=endpoint_label(outcome), factor=later.label)
    changed = int((later.onset < later.rows["AVAL"]).sum())
    note = (
        "Simon and Makuch 1984: each patient counts in the present state; {changed} of {n} changed while at risk, and"
        " leave one curve for the other then. {ticks} Test: Mantel and Byar 1974."
    )
    said = say(note, changed=changed, n=len(later.rows), ticks=curve_notes(curves)[0])
    place = {"by": later.name, "free": outcome.cohort.meta.is_free(later.name), "method": "Mantel-Byar"}
    frame = pd.DataFrame([{"statistic": test.statistic, "df": test.df, "p": test.p}])
    return Figure(
        id="later.state_curves",
        of=of,
        by=later.name,
        figure=figure,
        name=f"{of}_states",
        title=title,
        alt=say("Kaplan-Meier curves by present state, {title}. {tested}.", title=title, tested=tested),
        notes=[said, *small_risk_notes(curves, labels, unit), _unknown_note(later)],
        results=outcome_results(outcome, frame, "later.log_rank", {"statistic": "", "df": "", "p": ""}, **place),
    )


def _state_look(later, tested) -> CurveLook:
    outcome = later.outcome
    zero = say(endpoint_rule(outcome.cohort, outcome.endpoints[0])["zero"])
    return CurveLook(
        ylabel=say("{endpoint} (%)", endpoint=endpoint_label(outcome)),
        note=tested,
        xlabel=say("Months from {zero}", zero=zero) if outcome.unit == "months" else say("Days from {zero}", zero=zero),
        heading=say("{factor}, present state", factor=later.label),
        words={"risk": say("Number at risk")},
    )


def small_risk_notes(curves: dict[str, Curve], labels: dict[str, str], unit: str) -> list[str]:
    """A warning for each curve of which few are at risk at an early event: one event then moves all that follows."""
    said = []
    for level, curve in curves.items():
        n, at = smallest_risk_set(curve)
        if np.isfinite(at) and n < SMALL_RISK_SET:
            shown = {"curve": labels[level], "n": n, "time": rounded(at, decimals_for(unit)), "unit": unit}
            said.append(
                say(
                    "{curve}: only {n} at risk at an early event ({time} {unit}), which moves the whole curve.", **shown
                )
            )
    return said
