"""The joint Cox model as a nomogram: points of each factor, and what their sum says. A picture of a model, with the
warning that it is no more."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import MaxNLocator

from papercheck.files.findings import NotAvailable, request_error
from smallsurv.cox import maximum
from smallsurv.cox_models import Term, make_term
from smallsurv.curve import observed
from smallsurv.standardized import averaged_survival

from ..derive.population import model_coding
from ..show.display import Figure
from ..show.labels import group_label
from ..show.style import house_style, new_figure
from ..text.language import say
from ..text.words import plural_of, rounded
from .discrimination import Told
from .endpoint import endpoint_label

INNER = (0.05, 0.95)  # quantiles of a number between which it has a scale
SHARES = (0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05)
WARNING = (
    "A picture of one model of these patients, and no tool for deciding about a patient: it was not tried in others, a"
    " small difference in points means nothing, and its shares carry no interval. Corrected C-index {c} (0.5 is"
    " chance);"
    " calibration slope {slope}."
)
READ = (
    "Read the points of each factor straight above its value and add them; below the total stand the shares. Numbers"
    " have a scale between the 5th and the 95th percentile."
)


@dataclass(frozen=True)
class Nomogram:
    """scales : of each factor (label, [(text, points)]); worth : log hazard of one point; lowest : log hazard at 0
    points, from the mean patient; hazards : {month: cumulative hazard of the mean patient}."""

    scales: tuple[tuple[str, tuple[tuple[str, float], ...]], ...]
    worth: float
    lowest: float
    hazards: dict[float, float]

    def share(self, points, month) -> np.ndarray:
        """Free of the event at a month with these points in all."""
        return np.exp(-self.hazards[month] * np.exp(self.lowest + self.worth * np.asarray(points, float)))

    def points(self, share, month) -> float:
        """The points in all at which a share is free of the event."""
        return float((np.log(-np.log(share) / self.hazards[month]) - self.lowest) / self.worth)


def make_nomogram(told: Told, months: Sequence[float]) -> Nomogram:
    """The scales of the joint model. Raises CohortError for a month before the first event or beyond the follow-up,
    NotAvailable where no factor has an effect."""
    models, outcome = told.models, told.models.outcome
    names = list(dict.fromkeys(models.frame["variable"]))
    coding, rows = model_coding(outcome.cohort), outcome.rows.dropna(subset=names)
    terms = [make_term(rows[n], coding["references"].get(n, ""), coding["steps"].get(n, 1.0)) for n in names]
    x = np.hstack([term.design.to_numpy(float) for term in terms])
    time, event = rows["AVAL"].to_numpy(float), observed(rows["CNSR"])
    coef = maximum(time, event, x).coef
    at, (survival,) = averaged_survival(time, event, x, [x.mean(axis=0)[None, :]])
    hazards = {}
    for month in map(float, months):
        reached = at <= outcome.time(month) + 1e-9
        if not reached.any() or outcome.time(month) > time.max():
            raise request_error(f"month {month:g} lies before the first event or beyond the follow-up", "Name another.")
        hazards[month] = float(-np.log(survival[reached][-1]))
    split = np.split(coef, np.cumsum([term.design.shape[1] for term in terms])[:-1])
    drawn = [_scale(outcome.cohort, rows, t, c) for t, c in zip(terms, split, strict=True)]
    worth = max(max(v for _, v in ticks) for _, ticks, _ in drawn) / 100
    if not worth > 0:
        raise NotAvailable(say("needs a factor that the joint model gives an effect."))
    scales = tuple((label, tuple((text, v / worth) for text, v in ticks)) for label, ticks, _ in drawn)
    return Nomogram(scales, worth, sum(low for *_, low in drawn) - float(x.mean(axis=0) @ coef), hazards)


def _scale(cohort, rows, term: Term, coef) -> tuple[str, list[tuple[str, float]], float]:
    """The label of a factor, its values with their log hazard above the lowest of them, and that lowest one."""
    factor = cohort.factor(term.name)
    if list(term.design.columns) == [""]:
        step = float((rows[term.name] / term.design[""]).dropna().iloc[0])
        low, high = rows[term.name].quantile(list(INNER))
        inside = [v for v in MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high) if low <= v <= high]
        values = [(f"{v:g}", float(coef[0]) * v / step) for v in inside or [low, high]]
    else:
        levels = {term.reference: 0.0} | dict(zip(term.design.columns, map(float, coef), strict=True))
        values = [(group_label(cohort, term.name, level), v) for level, v in levels.items()]
    lowest = min(v for _, v in values)
    unit, label = getattr(factor, "unit", ""), say(factor.label)
    label = say("{value} ({words})", value=label, words=unit) if unit else label
    return label, [(text, v - lowest) for text, v in values], lowest


def nomogram_figure(told: Told, months: Sequence[float] = ()) -> Figure | tuple:
    """The joint model as a nomogram for the shares free of the event at `months`, () where none is named; raises as
    make_nomogram."""
    if not months:
        return ()
    made, outcome = make_nomogram(told, months), told.models.outcome
    most = sum(max(points for _, points in ticks) for _, ticks in made.scales)
    with house_style():
        figure = _drawn(made, most)
    title = say("{endpoint}: nomogram of the joint model", endpoint=endpoint_label(outcome))
    each = say("; ").join(
        f"{label}: " + ", ".join(f"{text} {rounded(points, 0)}" for text, points in ticks)
        for label, ticks in made.scales
    )
    found = told.found
    return Figure(
        id="model.nomogram",
        of=told.models.name,
        figure=figure,
        name=f"{told.models.name}_nomogram",
        title=title,
        alt=say("Nomogram. Points: {each}.", each=each),
        notes=[say(WARNING, c=rounded(found.corrected), slope=rounded(found.slope)), say(READ)],
    )


def _drawn(made, most):
    """One line a scale: points, factors, all points, and a line for each month."""
    rows = [(say("Points"), tuple((f"{p}", float(p)) for p in range(0, 101, 10)), 1.0)]
    rows += [(label, ticks, 1.0) for label, ticks in made.scales]
    whole = 100 / most
    steps = [(f"{v:g}", v) for v in MaxNLocator(8).tick_values(0, most) if 0 <= v <= most]
    rows.append((say("All points"), tuple(steps), whole))
    for month in made.hazards:
        inside = [(f"{100 * s:g}", made.points(s, month)) for s in SHARES if 0 <= made.points(s, month) <= most]
        label = say("Free of the event at {months}, %", months=plural_of(month, "month"))
        rows.append((label, tuple(inside), whole))
    figure, axes = new_figure(0.5 * len(rows) + 0.3)
    for i, (label, ticks, scale) in enumerate(rows):
        y, places = -float(i), [points * scale for _, points in ticks]
        if places:
            axes.plot([min(places), max(places)], [y, y], color="black", lw=0.8)
        axes.plot(places, [y] * len(places), "|", color="black", ms=5)
        for j, ((text, _), x) in enumerate(sorted(zip(ticks, places, strict=True), key=lambda pair: pair[1])):
            axes.annotate(
                text, (x, y), (0, 5 if j % 2 == 0 or len(ticks) > 6 else -12), textcoords="offset points", ha="center"
            )
        axes.annotate(label, (-4, y), ha="right", va="center", annotation_clip=False)
    axes.set(xlim=(-4, 104), ylim=(-len(rows) + 0.4, 0.8))
    axes.axis("off")
    return figure
