"""Continuous factors as they are: the shape by a spline in place
of cut-points, and what a cut chosen from the data is worth.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from papercheck.files.findings import NotAvailable
from smallsurv.cox import NotEstimable
from smallsurv.curve import observed
from smallsurv.shape import MARGIN, PERMUTATIONS, CutPoint, Shape, best_cut, fit_shape, spline_knots

from ..derive.outcome import Outcome
from ..results import Result
from ..show.display import Figure, Table
from ..show.standing import standing_note
from ..show.style import FAINT, INK, PALETTE, house_style, new_figure
from ..text.language import say
from ..text.words import listed, number, p_sentence, p_value, percent, plural, ratio_with_interval, rounded
from .endpoint import endpoint_label, outcome_results
from .regression import UNSTABLE

INNER = (0.05, 0.95)  # quantiles between which a curve is drawn: beyond them single patients bend it
READ = (0.1, 0.9)  # quantiles at which it is read
HOW = (
    "Cox model with a restricted cubic spline, knots at Harrell's quantiles (3 below {few} events, else 4); hazard"
    " ratios against the median of the factor. Likelihood-ratio tests: of a straight line, of the spline as a whole,"
    " and of what it adds to the straight line. P of what is not linear above 0.05 does not show that the shape is a"
    " straight line."
)
NO_RATIO = (
    "No hazard ratio is given at such a cut: chosen where the groups differ most, it would lie too far from 1, and"
    " other patients would have another cut. Take the curve, or a cut that was published before."
)
CORRECTED = (
    "Of all cuts that leave at least {margin}% of the patients on each side the one with the largest log-rank score"
    " statistic. P corrected: the factor dealt anew among the patients {draws} times (seeded), the search repeated;"
    " beside it the approximation of Lausen and Schumacher 1992. The P that takes the cut as chosen beforehand is"
    " crossed out: it is too small."
)
UNITS = {"n": "subjects", "events": "events", "knots": ""} | dict.fromkeys(("p_linear", "p", "p_nonlinear"), "")


@dataclass(frozen=True, eq=False)
class Continuous:
    """One continuous factor of an outcome: values and rows of the
    patients with it, its spline and its best cut; why it has none.
    """

    outcome: Outcome
    name: str
    rows: pd.DataFrame
    shape: Shape | None
    cut: CutPoint | None
    reason: str = ""

    @property
    def label(self) -> str:
        """The label of the factor, with its unit."""
        factor = self.outcome.cohort.factor(self.name)
        return say("{value} ({words})", value=factor.label, words=factor.unit) if factor.unit else say(factor.label)

    @property
    def x(self) -> np.ndarray:
        """Its values (n,)."""
        return self.rows[self.name].to_numpy(float)


def continuous_factors(outcome: Outcome, factors: Sequence[str] = ()) -> list[Continuous]:
    """The spline and the best cut of each continuous factor. factors : as given, else `shapes` of cohort.yml.

    Raises NotAvailable where none is named or known at the start, or each is a free choice of a reconstruction;
    CohortError for a name that the cohort does not have."""
    named = [outcome.cohort.factor(name).name for name in factors] or [
        name for name in outcome.cohort.meta.shapes if name in outcome.cohort.factors
    ]
    named = [name for name in outcome.timely(named) if not outcome.cohort.factor(name).levels]
    if not named:
        raise NotAvailable(say("needs a continuous factor that is known at the start: `shapes: [AGE]` in cohort.yml."))
    known = [name for name in named if not outcome.cohort.meta.is_free(name)]
    if not known:
        needs = "needs factors that are known of each patient: those of pseudo-patients are free choices."
        raise NotAvailable(say(needs))
    return [_continuous(outcome, name) for name in known]


def _continuous(outcome, name) -> Continuous:
    rows = outcome.rows.dropna(subset=[name])
    event = observed(rows["CNSR"])
    least = 2 * UNSTABLE
    if event.sum() < least:
        few = say("{events}; {least} or more are needed", events=plural(int(event.sum()), "event"), least=least)
        return Continuous(outcome, name, rows, None, None, few)
    knots = 3 if event.sum() < 4 * UNSTABLE else 4
    try:
        x = rows[name].to_numpy(float)
        shape = fit_shape(rows["AVAL"], event, x, spline_knots(x, knots))
        return Continuous(outcome, name, rows, shape, best_cut(rows["AVAL"], event, x))
    except NotEstimable as reason:
        return Continuous(outcome, name, rows, None, None, say(reason.reason))


def shape_table(found: list[Continuous]) -> Table:
    """A row a factor: hazard ratios at its 10th and 90th percentile against the median, and the three tests."""
    outcome = found[0].outcome
    return Table(
        id="shape.tests",
        of=outcome.endpoints[0].lower(),
        title=say("{endpoint}: continuous factors, without cut-points", endpoint=endpoint_label(outcome)),
        columns=[
            say("Factor"),
            say("n"),
            say("Events"),
            say("HR at the 10th percentile (95% CI, Wald)"),
            say("HR at the 90th percentile (95% CI, Wald)"),
            say("P, straight line"),
            say("P, spline"),
            say("P, not linear"),
        ],
        rows=[_row(one) for one in found],
        results=[r for one in found if one.shape for r in _results(one)],
        notes=[
            say(HOW, few=4 * UNSTABLE),
            *(_knots(one) for one in found if one.shape),
            *_why(found),
            standing_note(outcome.cohort, f"adtte.{outcome.endpoints[0]}"),
        ],
    )


def _why(found) -> Iterator[str]:
    for one in found:
        if one.reason:
            yield say("{factor}: no estimate, {reason}.", factor=one.label, reason=one.reason)


def _knots(one) -> str:
    digits = 0 if all(float(k).is_integer() for k in one.shape.knots) else 1
    knots = listed(rounded(k, digits) for k in one.shape.knots)
    return say("{factor}: knots at {knots}.", factor=one.label, knots=knots)


def _read(one, quantile) -> tuple[float, np.ndarray]:
    """The value of the factor at a quantile, and hazard ratio and limits (3,) there against the median."""
    at = float(np.quantile(one.x, quantile))
    return at, np.exp(np.ravel(one.shape.log_hazard([at], np.median(one.x))))


def _row(one) -> list[str]:
    start = [one.label, str(len(one.rows)), str(int(observed(one.rows["CNSR"]).sum()))]
    if one.shape is None:
        return [*start, *[say("NE")] * 5]
    read = [
        say("{value}: {hr}", value=number(at), hr=ratio_with_interval(*hr, 2))
        for at, hr in (_read(one, q) for q in READ)
    ]
    tests = (one.shape.linear, one.shape.overall, one.shape.nonlinear)
    return [*start, *read, *(p_value(p) for _, _, p in tests)]


def _results(one) -> list[Result]:
    s = one.shape
    values = {"n": s.n, "events": s.events, "knots": len(s.knots), "variable": one.name}
    values |= {"p_linear": s.linear[2], "p": s.overall[2], "p_nonlinear": s.nonlinear[2]}
    place = {"model": "spline", "method": "Cox, Efron ties, restricted cubic spline"}
    made = outcome_results(one.outcome, pd.DataFrame([values]), "shape.test", UNITS, **place)
    for quantile in READ:
        at, (hr, low, high) = _read(one, quantile)
        row = {"value": at, "hr": hr, "ci_low": low, "ci_high": high, "variable": one.name, "level": f"{quantile:g}"}
        units = {"value": ""} | dict.fromkeys(("hr", "ci_low", "ci_high"), "ratio")
        made += outcome_results(one.outcome, pd.DataFrame([row]), "shape.hazard_ratio", units, **place)
    return made


def shape_figures(found: list[Continuous]) -> list[Figure]:
    """The hazard ratio of each factor against its median, with its band; where the patients are, below."""
    return [_figure(one) for one in found if one.shape]


def _figure(one) -> Figure:
    middle = float(np.median(one.x))
    grid = np.linspace(*np.quantile(one.x, INNER), 101)
    with house_style():
        figure, axes = new_figure(3.0)
        plot_shape(axes, grid, np.exp(one.shape.log_hazard(grid, middle)))
        inside = one.x[(one.x >= grid[0]) & (one.x <= grid[-1])]
        axes.plot(inside, np.full(len(inside), 0.02), "|", color=FAINT, transform=axes.get_xaxis_transform(), ms=7)
        axes.set_xlabel(one.label)
        axes.set_ylabel(say("Hazard ratio against {value}", value=number(middle)))
    code = one.outcome.endpoints[0].lower()
    title = say("{endpoint}: the shape of {factor}", endpoint=endpoint_label(one.outcome), factor=one.label)
    each = say("; ").join(f"{number(at)}: {ratio_with_interval(*hr, 2)}" for at, hr in (_read(one, q) for q in READ))
    p = p_sentence(one.shape.nonlinear[2])
    drawn = (
        "Drawn from the 5th to the 95th percentile; band: pointwise 95%. Below: the patients. Test of what is not"
        " linear: {p}."
    )
    return Figure(
        id="shape.curve",
        of=f"{code}_{one.name.lower()}",
        by=one.name,
        name=f"{code}_{one.name.lower()}_shape",
        figure=figure,
        title=title,
        alt=say("Curve of the hazard ratio over {factor}. {each}.", factor=one.label, each=each),
        notes=[say(drawn, p=p)],
    )


def plot_shape(axes, x, ratio):
    """ratio (3, m): hazard ratio and limits at x (m,), on a log scale, with the line of no difference."""
    hr, low, high = ratio
    axes.fill_between(x, low, high, color=PALETTE[0], alpha=0.15, lw=0)
    axes.plot(x, hr, color=PALETTE[0], lw=1.7)
    axes.axhline(1, color=INK, lw=0.8)
    axes.set_yscale("log")
    ticks = [t for t in (0.1, 0.2, 0.5, 1, 2, 5, 10) if low.min() <= t <= high.max()]
    axes.set_yticks(ticks, [f"{t:g}" for t in ticks])
    axes.minorticks_off()
    return axes


def cut_table(found: list[Continuous]) -> Table:
    """The cut of each factor that parts the patients most, with the P that is corrected for the search."""
    outcome = found[0].outcome
    return Table(
        id="shape.cuts",
        of=outcome.endpoints[0].lower(),
        title=say("{endpoint}: cut-points chosen from these data", endpoint=endpoint_label(outcome)),
        columns=[
            say("Factor"),
            say("Cut"),
            say("At or below – above"),
            say("P, corrected"),
            say("P, Lausen and Schumacher"),
            say("P, as if chosen beforehand"),
        ],
        rows=[_cut_row(one) for one in found],
        results=[r for one in found if one.cut for r in _cut_results(one)],
        notes=[
            say(NO_RATIO),
            say(CORRECTED, margin=percent(MARGIN, 0), draws=f"{PERMUTATIONS:,}"),
            *_why(found),
            standing_note(outcome.cohort, f"adtte.{outcome.endpoints[0]}"),
        ],
    )


def _cut_row(one) -> list[str]:
    c = one.cut
    if c is None:
        return [one.label, *[say("NE")] * 5]
    sides = f"{c.below} – {len(one.rows) - c.below}"
    return [one.label, number(c.cut), sides, p_value(c.p), p_value(c.p_approximate), f"✗ {p_value(c.p_naive)}"]


def _cut_results(one) -> list[Result]:
    c = one.cut
    values = {"cut": c.cut, "statistic": c.statistic, "p": c.p, "p_approximate": c.p_approximate, "tried": c.tried}
    units = dict.fromkeys(values, "")
    frame = pd.DataFrame([values | {"variable": one.name}])
    return outcome_results(
        one.outcome, frame, "shape.cut", units, model="cut-point", method="maximally selected log-rank"
    )
