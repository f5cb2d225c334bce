"""Late entry: curves, medians, log-rank tests and Cox models of patients who came under observation after time zero."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import norm

from papercheck.files.findings import NotAvailable
from smallsurv.cox_models import make_term
from smallsurv.curve import Curve, band, groups, kaplan_meier, median, observed
from smallsurv.episodes import entry_curve, episode_log_rank, episode_maximum

from ..derive.late_entry import LateOutcome, left_out_words
from ..derive.population import model_coding
from ..results import RATIO_UNITS, Result
from ..show.display import Figure, Table
from ..show.figures.km import CurveLook
from ..show.labels import factor_contrast, free_mark, group_label
from ..show.many import curve_notes
from ..show.standing import standing_note
from ..text.language import say
from ..text.words import (
    FREE_NOTE,
    INTERVAL_NAMES,
    LEGEND,
    decimals_for,
    labelled,
    p_sentence,
    plural_of,
    ratio_with_interval,
    rounded,
    tested,
    with_interval,
)
from .curves import draw_curves
from .endpoint import endpoint_label, outcome_results
from .later_factors import small_risk_notes
from .survival import checked_method, time_units

KINDS = ("log-log", "log", "plain")  # intervals of a median that late entry leaves as they are
WHY = (
    "A patient is at risk from the entry to the exit alone (Lagakos, Barraj and De Gruttola 1988): who died before"
    " being observed cannot be in the data. The last column counts all as at risk from the start, while they could not"
    " have been seen to die."
)
FIRST_AT_RISK = (
    "Nobody is at risk before {time} {unit}: the curve is 100% until then by its making, and holds for those who live"
    " so"
    " long."
)
GIVEN = "Times are conditional on being alive {months} after {zero}."


def late_medians(late: LateOutcome, factors: Sequence[str] = (), interval: str = "log-log") -> Table:
    """Median of all patients and of each level, with late entry and as if all had been at risk from the start."""
    method, outcome = _method(interval), late.outcome
    rows, lines, found = outcome.rows, [], []
    for by in (None, *outcome.timely(factors)):
        if by:
            lines.append((0, [say(outcome.cohort.factor(by).label) + free_mark(outcome.cohort, by), *[""] * 4]))
        for level, part in groups(rows, by):
            curve, plain = _curve(part), kaplan_meier(part["AVAL"], observed(part["CNSR"]))
            limits, ignoring = median(curve, method), median(plain, method)
            lines.append((int(bool(by)), _median_row(outcome, by, level, curve, limits, ignoring)))
            values = {"group": level, "n": curve.n, "events": curve.events, "method": f"{method}, late entry"}
            values |= dict(zip(("median", "ci_low", "ci_high"), limits, strict=True)) | {"ignoring": ignoring[0]}
            units = time_units(outcome.unit) | {"ignoring": outcome.unit}
            place = {"free": bool(by) and outcome.cohort.meta.is_free(by)}
            found += outcome_results(outcome, pd.DataFrame([values]), "late_entry.median", units, by, **place)
    return Table(
        id="late_entry.medians",
        of=outcome.endpoints[0].lower(),
        results=found,
        title=say(
            "{endpoint} from {zero}: medians with late entry", endpoint=endpoint_label(outcome), zero=say(late.zero)
        ),
        columns=[
            say("Group"),
            say("n"),
            say("Events"),
            say("Median ({unit}, 95% CI)", unit=outcome.unit),
            say("As if at risk from the start"),
        ],
        rows=[cells for _, cells in lines],
        indent=[level for level, _ in lines],
        notes=[
            say(WHY),
            _what_ignoring_does(outcome, rows, method),
            *_notes(late, factors),
            say("Interval: {method}.", method=INTERVAL_NAMES[method]) + " " + say(LEGEND),
        ],
    )


def _method(interval) -> str:
    if checked_method(interval) not in KINDS:
        raise NotAvailable(say("needs an interval of the curve itself with late entry: log-log, log or plain."))
    return interval


def _curve(part) -> Curve:
    return entry_curve(part["ENTRY"], part["AVAL"], observed(part["CNSR"]))


def _median_row(outcome, by, level, curve, limits, ignoring):
    digits = decimals_for(outcome.unit)
    free = bool(by) and outcome.cohort.meta.is_free(by)
    cells = [with_interval(*limits, digits, free), rounded(ignoring[0], digits)]
    return [group_label(outcome.cohort, by, level), str(curve.n), str(curve.events), *cells]


def _what_ignoring_does(outcome, rows, method) -> str:
    """One line: what the median of all patients would be without regard to the entry."""
    digits, unit = decimals_for(outcome.unit), outcome.unit
    with_it = median(_curve(rows), method)[0]
    without = median(kaplan_meier(rows["AVAL"], observed(rows["CNSR"])), method)[0]
    shown = {"a": rounded(without, digits), "b": rounded(with_it, digits), "unit": unit}
    if shown["a"] == shown["b"]:
        return say("Ignoring the late entry would give the same median here.")
    return say("Ignoring the late entry would give a median of {a} {unit} in place of {b} {unit}.", **shown)


def _first_at_risk(outcome) -> str:
    """From when anybody is at risk, where that is later than the start of the clock."""
    first = float(outcome.rows["ENTRY"].min()) if len(outcome.rows) else 0.0
    shown = {"time": rounded(first, decimals_for(outcome.unit)), "unit": outcome.unit}
    return say(FIRST_AT_RISK, **shown) if first > 0 else ""


def _notes(late, factors) -> list[str]:
    outcome = late.outcome
    given = say(GIVEN, months=plural_of(late.since, "month"), zero=say(late.zero)) if late.since else ""
    free = any(map(outcome.cohort.meta.is_free, factors))
    labels = {"": group_label(outcome.cohort, None, "")}
    return [
        _first_at_risk(outcome),
        *small_risk_notes({"": _curve(outcome.rows)}, labels, outcome.unit),
        given,
        left_out_words(late),
        *outcome.untimely(factors),
        say(FREE_NOTE) if free else "",
        standing_note(outcome.cohort, f"adtte.{outcome.endpoints[0]}"),
    ]


def late_ratios(late: LateOutcome, factors: Sequence[str] = ()) -> Table:
    """Hazard ratio and log-rank test of each factor with late entry, and the hazard ratio without regard to it."""
    outcome = late.outcome
    kept = outcome.timely(factors)
    if not kept:
        raise NotAvailable(say("needs at least one factor."))
    frame = pd.concat([_model(outcome, name) for name in kept], ignore_index=True)
    firsts = ~frame["variable"].duplicated()
    return Table(
        id="late_entry.hazard_ratios",
        of=outcome.endpoints[0].lower(),
        results=_ratio_results(outcome, frame),
        title=say(
            "{endpoint} from {zero}: hazard ratios with late entry",
            endpoint=endpoint_label(outcome),
            zero=say(late.zero),
        ),
        columns=[
            say("Comparison"),
            say("n"),
            say("Events"),
            say("HR (95% CI, Wald)"),
            say("P (Wald)"),
            say("Log-rank P of the factor"),
            say("HR as if at risk from the start"),
        ],
        rows=[_ratio_row(outcome, r, first) for r, first in zip(frame.to_dict("records"), firsts, strict=True)],
        notes=[
            say(WHY),
            (
                say("Cox model, Efron ties, one factor each. NE, not estimable: {reasons}.", reasons=_why(frame))
                if frame["reason"].any()
                else say("Cox model, Efron ties, one factor each.")
            ),
            *_notes(late, factors),
        ],
    )


def _why(frame) -> str:
    return say("; ").join(dict.fromkeys(say(r) for r in frame["reason"] if r))


def _model(outcome, name) -> pd.DataFrame:
    """One row a coefficient of a factor: hr with limits, p, p_log_rank, ignoring (hr), reason."""
    coding, rows = model_coding(outcome.cohort), outcome.rows.dropna(subset=[name])
    term = make_term(rows[name], coding["references"].get(name, ""), coding["steps"].get(name, 1.0))
    event, none = observed(rows["CNSR"]), np.zeros(len(rows))
    place = {"variable": name, "reference": term.reference, "n": len(rows), "events": int(event.sum())}
    levels, x = list(term.design), term.design.to_numpy(float)
    if not event.any() or not levels:
        reason = "no event" if levels else "the same value in every subject"
        blank = dict.fromkeys(("hr", "ci_low", "ci_high", "p", "p_log_rank", "ignoring"), np.nan)
        return pd.DataFrame([place | blank | {"level": next(iter(levels), ""), "reason": reason}])
    fit = episode_maximum(rows["ENTRY"], rows["AVAL"], event, x)
    plain, half = episode_maximum(none, rows["AVAL"], event, x), norm.ppf(0.975) * fit.se
    p_rank = np.nan
    if term.reference:
        codes = pd.factorize(rows[name].astype(str), sort=True)[0]
        p_rank = episode_log_rank(rows["ENTRY"], rows["AVAL"], event, codes).p
    found = []
    for j, level in enumerate(levels):
        reason = "nobody in one of the groups is at risk when an event happens" if fit.unknown[j] else ""
        reason = reason or ("separated: it orders the events without exception" if fit.diverging[j] else "")
        limits = np.exp([fit.coef[j], fit.coef[j] - half[j], fit.coef[j] + half[j]])
        p = 2 * norm.sf(abs(fit.coef[j] / fit.se[j]))
        values = dict(zip(("hr", "ci_low", "ci_high"), limits, strict=True)) | {"p": p, "p_log_rank": p_rank}
        found.append(place | values | {"level": level, "ignoring": np.exp(plain.coef[j]), "reason": reason})
    return pd.DataFrame(found)


def _ratio_row(outcome, r, first) -> list[str]:
    """The cells of one coefficient; the log-rank test is of the whole factor and stands once, in its first line."""
    label = factor_contrast(outcome.cohort, r["variable"], r["level"], r["reference"]) + free_mark(
        outcome.cohort, r["variable"]
    )
    free = outcome.cohort.meta.is_free(r["variable"])
    ratio = ratio_with_interval(r["hr"], r["ci_low"], r["ci_high"], decimals=2, free=free)
    rank = (tested(r["p_log_rank"], free) if r["reference"] else "–") if first else ""
    return [label, str(r["n"]), str(r["events"]), ratio, tested(r["p"], free), rank, rounded(r["ignoring"])]


def _ratio_results(outcome, frame) -> list[Result]:
    made = []
    for r in frame.to_dict("records"):
        place = {"free": outcome.cohort.meta.is_free(r["variable"]), "method": "Cox, Efron ties, late entry"}
        units = {"n": "subjects", "events": "events"} | RATIO_UNITS | {"ignoring": "ratio"}
        made += outcome_results(
            outcome, pd.DataFrame([r]), "late_entry.hazard_ratio", units, **place, model="univariable"
        )
        if r["reference"] and (not made or made[-1].by != r["variable"]):
            test = pd.DataFrame([{"p": r["p_log_rank"]}])
            place |= {"method": "log-rank, late entry"}
            made += outcome_results(outcome, test, "late_entry.log_rank", {"p": ""}, r["variable"], **place)
    return made


def late_figures(late: LateOutcome, factors: Sequence[str] = (), interval: str = "log-log") -> list[Figure]:
    """Curves with numbers at risk that rise as patients enter: of all patients, then of each factor with two groups."""
    method, outcome = _method(interval), late.outcome
    kept = [None, *(f for f in outcome.timely(factors) if len(groups(outcome.rows, f)) > 1)]
    return [_figure(late, by, method) for by in kept]


def _curves_title(outcome, by, zero) -> str:
    title = say("{endpoint} from {zero}, late entry", endpoint=endpoint_label(outcome), zero=zero)
    if by:
        title = say("{endpoint} by {factor}", endpoint=title, factor=outcome.cohort.factor(by).label)
    return title


def _figure(late, by, method) -> Figure:
    outcome, unit = late.outcome, late.outcome.unit
    curves = {level: _curve(part) for level, part in groups(outcome.rows, by)}
    labels = {level: group_label(outcome.cohort, by, level) for level in curves}
    middles = {level: median(curve, method) for level, curve in curves.items()}
    free = bool(by) and outcome.cohort.meta.is_free(by)
    texts = {level: with_interval(*m, decimals_for(unit), free) for level, m in middles.items()}
    zero = say(late.zero)
    look = CurveLook(
        ylabel=say("{endpoint} (%)", endpoint=endpoint_label(outcome)),
        note=_tested(outcome, by) if by and not free else "",
        xlabel=say("Months from {zero}", zero=zero) if unit == "months" else say("Days from {zero}", zero=zero),
        heading=say(outcome.cohort.factor(by).label) if by else "",
        words={"risk": say("Number at risk")},
        bands={g: band(c, method) for g, c in curves.items() if c.events} if len(curves) <= 2 and not free else {},
        medians={g: m[0] for g, m in middles.items()},
        median_texts=texts if by else {},
        median_head=say("Median ({unit}, 95% CI)", unit=unit),
    )
    figure = draw_curves(curves, labels, unit, look)
    title = _curves_title(outcome, by, zero)
    each = labelled((labels[g], text) for g, text in texts.items())
    of = "_".join([outcome.endpoints[0].lower(), *([by.lower()] if by else []), "late"])
    return Figure(
        id="late_entry.curves",
        of=of,
        by=by or "",
        name=of,
        figure=figure,
        title=title,
        alt=say("Kaplan-Meier curves, {title}. Median in {unit} (95% CI): {each}.", title=title, unit=unit, each=each),
        notes=[
            say("Patients enter late: the numbers at risk rise.") + " " + curve_notes(curves)[0],
            _first_at_risk(outcome),
            *small_risk_notes(curves, labels, unit),
            left_out_words(late),
            say(FREE_NOTE) if free else "",
        ],
    )


def _tested(outcome, by) -> str:
    known = outcome.rows.dropna(subset=[by])
    codes = pd.factorize(known[by].astype(str), sort=True)[0]
    test = episode_log_rank(known["ENTRY"], known["AVAL"], observed(known["CNSR"]), codes)
    return say("Log-rank {p}", p=p_sentence(test.p))
