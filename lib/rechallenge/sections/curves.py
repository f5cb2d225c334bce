"""Kaplan-Meier curves with numbers at risk."""

import numpy as np

from smallsurv.coarse import coarse_curve, held_back
from smallsurv.curve import band, median_survival, numbers_at_risk, survival_curves
from smallsurv.logrank import log_rank

from ..context import current
from ..derive.endpoints import endpoint_rule
from ..derive.outcome import Outcome
from ..release import is_strict
from ..show.display import Figure, Note
from ..show.figures.km import CurveLook, survival_panels
from ..show.held import HELD
from ..show.labels import free_mark, group_label, landmark_suffix
from ..show.many import curve_notes
from ..show.style import INK, PALETTE, house_style
from ..text.language import say
from ..text.words import (
    FREE_NOTE,
    INTERVAL_NAMES,
    LEGEND,
    decimals_for,
    labelled,
    p_sentence,
    p_value,
    plural_of,
    with_interval,
)
from .endpoint import COURSES, endpoint_label, needs_event
from .small_samples import exact_test
from .survival import by_factor, checked_method, endpoint_standing, is_free_group, output_name

CURVES = "Kaplan-Meier curves, {title}. Median in {unit} (95% CI): {each}."
STEPS = {"months": (0.5, 1, 2, 3, 6, 12, 24, 36, 60, 120), "days": (10, 30, 50, 100, 200, 365, 500, 1000, 2000)}


def survival_figure(outcome: Outcome, by: str | None = None, method: str = "log-log") -> Figure:
    """Kaplan-Meier curves with bands, censor marks, median lines and numbers at risk; log-rank P for a factor."""
    needs_event(outcome)
    outcome.timely([by] if by_factor(outcome, by) else [])
    curves = survival_curves(outcome.rows, by)
    if is_strict():
        return _coarse_figure(outcome, by, curves)
    medians = median_survival(outcome.rows, by, checked_method(method)).set_index("group")
    tested = _test_of(outcome, by, curves)
    figure = _draw_curves(outcome, by, curves, medians, tested, method)
    labels = {g: group_label(outcome.cohort, by, g) for g in curves}
    digits = decimals_for(outcome.unit)
    free, title, unit = is_free_group(outcome, by), _curve_title(outcome, by), outcome.unit
    limits = (with_interval(m["median"], m["ci_low"], m["ci_high"], digits, free) for _, m in medians.iterrows())
    each = labelled(zip(map(labels.get, medians.index), limits, strict=True))
    alt = "Kaplan-Meier curves, {title}. Median in {unit}: {each}." if free else CURVES
    return Figure(
        id="survival.curves",
        by=by or "",
        of=output_name(outcome, by, "curves"),
        name=output_name(outcome, by, "curves"),
        title=title,
        figure=figure,
        alt=say(alt, title=title, unit=unit, each=each) + (f" {tested}." if tested else ""),
        notes=[
            _medians_note(free, {"unit": unit, "method": INTERVAL_NAMES[method], "each": each}),
            *_curve_notes(curves, method, banded=not free),
            _pair_note(by, curves),
            say(FREE_NOTE) if free else "",
            endpoint_standing(outcome),
        ],
    )


def _medians_note(free, shown) -> str:
    return say("Median ({unit}): {each}." if free else "Median ({unit}, 95% CI, {method}): {each}.", **shown)


def _curve_title(outcome, by) -> str:
    if not by_factor(outcome, by):
        return endpoint_label(outcome)
    factor = say(outcome.cohort.factor(by).label) + free_mark(outcome.cohort, by)
    return say("{endpoint} by {factor}", endpoint=endpoint_label(outcome), factor=factor)


def _coarse_figure(outcome, by, curves) -> Figure | Note:
    """The curves as strict lets them out: steps of several patients, whole months, no interval, median or test."""
    step, unit = current().smallest, outcome.time(1)
    name = {"id": "survival.curves", "by": by or "", "of": output_name(outcome, by, "curves")}
    told = {g: coarse_curve(curve, step, unit) for g, curve in curves.items()}
    sizes = [curve.n for curve in curves.values()]
    if by in current().silent or any(c is None for c in told.values()) or held_back(sizes, step).any():
        return Note(text=say(HELD), **name)
    labels = {g: group_label(outcome.cohort, by, g) for g in told}
    look = CurveLook(ylabel=say("Free of the event (%)"), xlabel=say("Time ({unit})", unit=outcome.unit))
    figure = draw_curves(told, labels, outcome.unit, look)
    note = (
        "Privacy profile strict: a curve falls only where {step} more patients have had the event, at whole months;"
        " numbers at risk are multiples of {step}."
    )
    return Figure(
        name=name["of"],
        title=endpoint_label(outcome),
        figure=figure,
        notes=[say(note, step=step)],
        coarse=True,
        alt=say("Kaplan-Meier curves, {title}.", title=endpoint_label(outcome)),
        **name,
    )


def _test_of(outcome, by, curves) -> str:
    """'Log-rank P = 0.004 (exact 0.019)' of the groups of a factor that is no free choice, or ''."""
    if not by_factor(outcome, by) or len(curves) < 2 or outcome.cohort.meta.is_free(by):
        return ""
    test = log_rank(outcome.rows, by).iloc[0]
    return say("Log-rank {p}", p=tested_p(test, exact_test(outcome.rows, by)))


def _pair_note(by, curves):
    if by != COURSES or len(curves) < 2:
        return ""
    return say("The two courses are of the same patients: the curves are described, not tested.")


def _curve_notes(curves, method, banded) -> list[str]:
    shown = {"spss": "pointwise plain", "bootstrap": "pointwise log-log"}.get(method, f"pointwise {method}")
    ticked, thin = curve_notes(curves)
    band_note = say("Bands: {method} 95% intervals.", method=say(shown)) if len(curves) <= 2 and banded else ""
    return [" ".join(filter(None, [band_note, ticked, say("Dotted: medians."), say(LEGEND)])), thin]


def _draw_curves(outcome, by, curves, medians, tested, method):
    """The figure: curves with their medians above, numbers at risk below; bands for at most two groups that are no
    free choice."""
    digits, shown = decimals_for(outcome.unit), {"spss": "plain", "bootstrap": "log-log"}.get(method, method)
    free = is_free_group(outcome, by)
    texts = {g: with_interval(m["median"], m["ci_low"], m["ci_high"], digits, free) for g, m in medians.iterrows()}
    head = say("Median ({unit})", unit=outcome.unit) if free else say("Median ({unit}, 95% CI)", unit=outcome.unit)
    look = CurveLook(
        ylabel=_axis_label(outcome),
        xlabel=time_label(outcome),
        note=tested,
        heading=say(outcome.cohort.factor(by).label) + free_mark(outcome.cohort, by) if by_factor(outcome, by) else "",
        bands={g: band(c, shown) for g, c in curves.items() if c.events} if len(curves) <= 2 and not free else {},
        medians=medians["median"].to_dict(),
        median_texts=texts,
        median_head=head,
        words={"risk": say("Number at risk")},
    )
    alone = by == COURSES and len(curves) == 1  # one course: its name stands beside the axis
    labels = {g: say("All patients") if alone else group_label(outcome.cohort, by, g) for g in curves}
    return draw_curves(curves, labels, outcome.unit, look)


def _axis_label(outcome):
    one = outcome.endpoints[0] if len(outcome.endpoints) == 1 else ""
    course = {"PFS1": "first ICI course", "PFSR": "rechallenge"}.get(one)
    label = say("PFS on {course}", course=course) + landmark_suffix(outcome) if course else endpoint_label(outcome)
    return say("{endpoint} (%)", endpoint=label)


def time_label(outcome: Outcome) -> str:
    """Label of the axis of time: 'Months from the start of rechallenge'."""
    zero = time_zero(outcome)
    return say("Months from {zero}", zero=zero) if outcome.unit == "months" else say("Days from {zero}", zero=zero)


def tested_p(test, exact) -> str:
    """'P = 0.004 (exact 0.019)': the asymptotic P, and the exact one of few patients."""
    said = p_sentence(test["p"])
    if exact is None or exact["reason"]:
        return said
    return say("{value} ({words})", value=said, words=say("exact {p}", p=p_value(exact["p"])))


def time_zero(outcome: Outcome) -> str:
    """What the times count from: 'the start of rechallenge'."""
    zeros = {endpoint_rule(outcome.cohort, c)["zero"] for c in outcome.endpoints}
    zero = say(zeros.pop() if len(zeros) == 1 else "the start of the course")
    if not outcome.landmark:
        return zero
    return say("the landmark, {months} after {zero}", months=plural_of(outcome.landmark, "month"), zero=zero)


def time_ticks(longest, unit) -> np.ndarray:
    """Ticks from 0 past the longest time: at most nine."""
    steps = STEPS[unit]
    step = next((s for s in steps if longest / s <= 8), 10 ** np.ceil(np.log10(longest / 8)))
    return np.arange(0, longest + step, step)


def draw_curves(curves, labels, unit, look):
    """A figure of curves with numbers at risk, in the house style. curves, labels : by group; unit : of their times."""
    ticks = time_ticks(max(curve.time[-1] for curve in curves.values()), unit)
    with house_style():
        return survival_panels(curves, labels, ticks, look)[0]


def plot_numbers_at_risk(axes, curves, labels, ticks):
    """Numbers at risk under the ticks of the curves."""
    axes.set(xlim=(0, ticks[-1]), ylim=(len(curves) - 0.4, -0.6), xticks=[])
    axes.set_yticks(range(len(curves)), [labels[g] for g in curves], linespacing=0.9)
    axes.set_title(say("Number at risk"), loc="left", pad=1)
    for i, curve in enumerate(curves.values()):
        for tick, count in zip(ticks, numbers_at_risk(curve, ticks), strict=True):
            axes.text(tick, i, str(count), ha="center", va="center", clip_on=False)
        axes.get_yticklabels()[i].set_color(PALETTE[i % len(PALETTE)] if len(curves) > 1 else INK)
    widest = max(len(str(curve.n)) for curve in curves.values())
    axes.tick_params(left=False, pad=8 + 3 * widest)  # clear of the number at 0
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    return axes
