"""The question of the workbook, answered in three sentences from the results of a report; nothing beyond its numbers.

First how long rechallenge held (beside the first course), then response and what the study compared, then what stays
open at this size. The sentences stand in languages/<code>.yml under `answer`; a number that the report lacks drops out;
where times count from a landmark, the first sentence is followed by one that says so.
"""

from collections.abc import Iterable

import numpy as np

from smallsurv.cox_models import NOT_PROPORTIONAL

from ..derive.resistance import GIVEN
from ..replication.prints import (
    all_had_it,
    drawn,
    events_known,
    held_to_prints,
    printed_median,
    printed_test,
    ratio_printed,
)
from ..results import Result
from ..show.labels import compared_labels
from ..text.language import language, say, words
from ..text.words import (
    INTERVAL_NAMES,
    NOT_ESTIMABLE,
    NOT_REACHED,
    decimals_for,
    interval,
    p_sentence,
    percent,
    percent_of,
    rounded,
)

COURSES = "PARAMCD"
MODELS = ("weighted, bootstrap", "weighted", "adjusted", "unadjusted")  # of a treatment; the first that was estimated
CLASSED = ("RESIST", "ACQUIRED", "PRIMARY")  # the factor of the class that a study gives, and its levels
POOLS = {"pfs": "PFS", "os": "OS"}


def answer(results: Iterable[Result], cohort=None, printed: str = "") -> list[str]:
    """The sentences. results : of a whole report, in its order; cohort : for labels, None for a study without patients;
    printed : what such a study prints of its own pools."""
    results = list(results)
    if cohort is None:
        review = _said("review", pools=printed) if printed else ""
        return list(filter(None, [review, _trials(results), _single_arm(results)]))
    times = {code: _time(results, code) for code in ("PFSR", "PFS1", "OS")}
    first_course = cohort.meta.confirmed.course in ("first course", "neither") or _first_alone(results, times)
    rates = {
        code: first(
            results, "response.rate", variable=code, by="APHASE", level="INITIAL" if first_course else "RECHALLENGE"
        )
        for code in ("ORR", "DCR")
    }
    texts = {code: _time_text(r, cohort) for code, r in times.items() if r}
    if first_course:
        return list(filter(None, _of_first_course(times, texts, rates, cohort)))
    sentences = [
        _how_long(times, texts),
        _how_well(results, texts, rates, cohort),
        _open(results, times, rates, cohort),
    ]
    return list(filter(None, sentences))


def _first_alone(results, times) -> bool:
    """Whether nothing that was found is of rechallenge, though the first course is there."""
    again = first(results, "response.rate", by="APHASE", level="RECHALLENGE")
    return bool(times["PFS1"]) and not times["PFSR"] and not again


def _of_first_course(times, texts, rates, cohort) -> list[str]:
    """The sentences of a cohort without rechallenge: how long, how well, and what stays open."""
    before, survival, rate = times["PFS1"], times["OS"], rates["ORR"]
    said = [_said("first_alone", first=texts["PFS1"])] if before else []
    lived = _said("survival", survival=texts["OS"]) if survival else ""
    responded = _responded(rates, "response_first") if rate and rate.n else ""
    said = [*said, _joined([responded, lived])] if before or not lived else [_joined([lived]), _joined([responded])]
    parts = [_open_intervals(before or survival, rate, cohort), _said("no_control_first")]
    known = (before or survival, rate)
    return [*said, _uncertain(*known, parts)] if any(known) else said


def first(results: Iterable[Result], quantity: str, **ids) -> Result | None:
    """The first result of a quantity whose ids are these; a tuple of values stands for any of them."""
    for r in results:
        if r.quantity == quantity and all(
            getattr(r, name) in (value if isinstance(value, tuple) else (value,)) for name, value in ids.items()
        ):
            return r
    return None


def _time(results, code) -> Result | None:
    """The first median of an endpoint over all patients: that of the interval which the report was asked for."""
    return first(results, "survival.median", endpoint=code, by=("", COURSES), model="")


def _said(key, **holes) -> str:
    return words(language(), "answer")[key].format(**holes)


def _time_text(r, cohort) -> str:
    if not r.events:
        known = events_known(cohort, r.endpoint)
        return _said("no_event" if known else "events_not_printed", n=f"{r.n:.0f}")
    if cohort.meta.kind == "pseudo" and not r.landmark:
        return _reconstructed(r, cohort)
    digits = decimals_for(r.unit)
    value = _said("not_reached") if np.isinf(r.estimate) else _said(r.unit, value=rounded(r.estimate, digits))
    return _said(
        "time" if np.isfinite([r.low, r.high]).any() else "time_without_limits",
        value=value,
        interval=interval(r.low, r.high, digits),
        events=f"{r.events:.0f}",
        method=say(INTERVAL_NAMES[r.method]),
        n=f"{r.n:.0f}",
    )


def _reconstructed(r, cohort) -> str:
    """The median of pseudo-patients: what the paper prints of it; of the rest that it is of one reconstruction."""
    digits, (estimate, limits) = decimals_for(r.unit), printed_median(cohort, r.endpoint)
    read = "events_read" if all_had_it(cohort, r.endpoint) else "events"
    events = _said(read, events=f"{r.events:.0f}", n=f"{r.n:.0f}")
    if not events_known(cohort, r.endpoint):
        found = drawn(cohort, "events", r.endpoint)
        events = _said("events_open", n=f"{r.n:.0f}")
        if found:
            shown = {"low": f"{found.lowest:.0f}", "high": f"{found.highest:.0f}", "n": f"{r.n:.0f}"}
            alike = found.lowest == found.highest
            events = _said("events_same" if alike else "events_drawn", events=shown["low"], **shown)
    if estimate:
        value = _said("not_reached") if estimate == NOT_REACHED else _said(r.unit, value=estimate)
        return _said("printed_time" if limits else "printed_alone", value=value, interval=limits, events=events)
    value = _said("not_reached") if np.isinf(r.estimate) else _said(r.unit, value=rounded(r.estimate, digits))
    if not held_to_prints(cohort):
        return _said("of_pseudo", value=value, events=events)
    found = drawn(cohort, "median", r.endpoint)
    span = _span(found, digits) if found else ""
    return _said("unprinted_drawn" if found else "unprinted", value=value, events=events, span=span)


def _span(found, digits=2) -> str:
    """'4.00 to 5.40' over the reconstructions drawn, or the one value of all."""
    low, high = rounded(found.lowest, digits), rounded(found.highest, digits)
    return low if low == high else _said("to", low=low, high=high)


def _responded(rates, key) -> str:
    """How many responded and, where it is told, how many had their disease controlled."""
    orr = _share_text(rates["ORR"])
    return _said(key, orr=orr, dcr=_share_text(rates["DCR"])) if rates["DCR"] else _said(f"{key}_alone", orr=orr)


def _not_evaluated(results, orr) -> str:
    """Of how many the response is not on record or was not evaluable, where they count as without one; or ''."""
    found = first(results, "response.best", by="APHASE", level="RECHALLENGE", variable="NE")
    return _said("not_evaluated", n=f"{found['count']:.0f}", of=f"{orr.n:.0f}") if found and found["count"] else ""


def _share_text(r) -> str:
    shown = {"count": f"{r['count']:.0f}", "n": f"{r.n:.0f}", "percent": percent_of(r["count"], r.n)}
    if np.isnan(r.low):  # held back: it would give the counts behind it
        return _said("share_alone", **shown)
    return _said("share", interval=f"{percent(r.low)}–{percent(r.high)}", **shown)


def _joined(parts) -> str:
    """Clauses as one sentence."""
    parts = list(filter(None, parts))
    said = _said("semicolon").join(parts) + _said("stop") if parts else ""
    return said[:1].upper() + said[1:]


def _how_long(times, texts) -> str:
    before, again, survival = times["PFS1"], times["PFSR"], times["OS"]
    if again and before:
        said = _said("both_courses", rechallenge=texts["PFSR"], first=texts["PFS1"])
    elif again:
        said = _said("rechallenge_alone", rechallenge=texts["PFSR"])
    elif survival:
        said = _said("survival_alone", survival=texts["OS"])
    else:
        return ""
    landmark = (again or survival).landmark
    return f"{said} {_said('counted_from', months=f'{landmark:g}')}" if landmark else said


def _how_well(results, texts, rates, cohort) -> str:
    clauses = []
    if rates["ORR"] and rates["ORR"].n:
        clauses += [_responded(rates, "response"), _not_evaluated(results, rates["ORR"])]
    if "OS" in texts and "PFSR" in texts and (not clauses or _lived_known(results, cohort)):
        clauses.append(_said("survival", survival=texts["OS"]))
    ratio = first(results, "paired.ratio_share", method="Clopper-Pearson")
    if ratio and not ratio.free and "PFSR" in texts and "PFS1" in texts:
        clauses.append(_said("longer", gmi=ratio.reference, share=_share_text(ratio)))
    return _joined([*clauses, _arms(results, cohort) or _resistance(results, cohort)])


def _lived_known(results, cohort) -> bool:
    """Whether anything is known of overall survival: events, or that there were none."""
    found = _time(results, "OS")
    return bool(found.events) or events_known(cohort, "OS")


def _ratio_text(r, method) -> str:
    return _said("ratio", value=rounded(r.estimate), interval=interval(r.low, r.high), method=method)


def _arms(results, cohort) -> str:
    """The comparison of the arms that the cohort declares, by the model that does most to make them alike."""
    for model in MODELS:
        found = first(results, "effect.hazard_ratio", model=model)
        if found and found.estimate > 0:
            return _arms_text(results, found, model, cohort)
    return ""


def _arms_text(results, found, model, cohort) -> str:
    """The arms compared: of patients by the hazard ratio, with a word where it changes over time; of pseudo-patients by
    what the paper prints, else by the spread over the reconstructions."""
    if cohort.meta.kind == "pseudo":
        place = (found.endpoint, found.by, found.level, found.reference)
        said = _compared_in_print(cohort, *place) or _arms_drawn(results, found, cohort)
    else:
        tested = first(results, "effect.hazard_ratio", model="unadjusted", endpoint=found.endpoint)
        changes = tested.get("p_ph", np.nan) if tested else np.nan
        said = _ratio_text(found, say("weighted, robust" if model == "weighted" else model))
        said += _said("changes", p=p_sentence(changes)) if changes < NOT_PROPORTIONAL else ""
    labels = dict(
        zip(("treated", "control"), compared_labels(cohort, found.by, found.level, found.reference), strict=True)
    )
    return _said("arms", endpoint=_said(found.endpoint), compared=said, **labels) if said else ""


def _compared_in_print(cohort, endpoint, by, *levels) -> str:
    """The medians and P values that the paper prints of two levels, plain and weighted; '' without any."""
    said = []
    for weighted in (False, True):
        pair = [printed_median(cohort, endpoint, by, level, weighted)[0] for level in levels]
        p = printed_test(cohort, endpoint, by, weighted)
        if all(pair):
            held = _said("arms_p", p=p) if p else ""
            said.append(_said("arms_weighted" if weighted else "arms_plain", a=pair[0], b=pair[1], p=held))
    return _said("arms_printed", medians=_said("semicolon").join(said)) if said else ""


def _arms_drawn(results, found, cohort) -> str:
    """The hazard ratio of the arms without covariates in one reconstruction; '' where it is free, or printed."""
    plain = first(results, "effect.hazard_ratio", model="unadjusted", endpoint=found.endpoint)
    if not plain or plain.free or ratio_printed(cohort, plain.endpoint, plain.by, plain.level):
        return ""
    spread = drawn(cohort, "hr", plain.endpoint, plain.by, (plain.level, plain.reference))
    span = _said("arms_span", span=_span(spread)) if spread else ""
    return _said("arms_drawn" if held_to_prints(cohort) else "arms_pseudo", value=rounded(plain.estimate), span=span)


def _resistance(results, cohort) -> str:
    """Acquired against primary resistance where the study itself classed its patients."""
    found = first(results, "resistance.contrast", endpoint="PFSR", variable=GIVEN, free=False)
    if not found or not found.estimate > 0:
        return ""
    printed = _compared_in_print(cohort, "PFSR", *CLASSED) if held_to_prints(cohort) else ""
    if printed:
        return _said("resistance", ratio=printed)
    said = _said("resistance", ratio=_ratio_text(found, "Wald"))
    spread = None if ratio_printed(cohort, "PFSR", *CLASSED) else drawn(cohort, "hr", "PFSR", CLASSED[0], CLASSED[1:])
    return said + (_said("ratio_drawn", span=_span(spread)) if spread else "")


def _limits(found, cohort) -> tuple[str, str]:
    """The limits of a median; of pseudo-patients those that the paper prints, or NE."""
    if cohort.meta.kind != "pseudo" or found.landmark:
        return tuple(rounded(limit, decimals_for(found.unit)) for limit in (found.low, found.high))
    low, _, high = printed_median(cohort, found.endpoint)[1].partition("–")
    return (low, high) if high else (NOT_ESTIMABLE, NOT_ESTIMABLE)


def _open_time(found, cohort) -> str:
    """How wide the interval of a median is, or ''."""
    if not found or not found.events:
        return ""
    low, high = _limits(found, cohort)
    own, what = interval(found.low, found.high, decimals_for(found.unit)), _said(f"median_{found.endpoint}")
    if cohort.meta.kind == "pseudo" and not {low, high} & {NOT_ESTIMABLE, NOT_REACHED} and own != f"{low}–{high}":
        return _said("open_printed", what=what, low=low, high=_said(found.unit, value=high), wide=own)
    if low == NOT_ESTIMABLE:
        return ""
    if high == NOT_REACHED:
        return _said("open_end", what=what, low=_said(found.unit, value=low))
    return _said("open_time", what=what, low=low, high=_said(found.unit, value=high))


def _open_intervals(found, rate, cohort) -> str:
    """How wide the intervals of a median and of the response rate are, or ''."""
    parts = list(filter(None, [_open_time(found, cohort)]))
    if rate and rate.n and not np.isnan(rate.low):
        said = "open_share_too" if parts else "open_share"
        parts.append(_said(said, low=percent(rate.low), high=percent(rate.high)))
    return _said("and").join(parts)


def _uncertain(found, rate, parts) -> str:
    """The sentence of what stays open, with the patients of the median and, where others, of the response rate."""
    parts, n = _said("semicolon").join(filter(None, parts)), (found or rate).n
    if found and rate and rate.n and found.n != rate.n:
        what = _said(f"short_{found.endpoint}")
        return _said("open_two", n=f"{n:.0f}", what=what, of=f"{rate.n:.0f}", parts=parts)
    return _said("open", n=f"{n:.0f}", parts=parts)


def _open(results, times, rates, cohort) -> str:
    """How wide the intervals are, and what a cohort without a control cannot say."""
    again, rate = times["PFSR"] or times["OS"], rates["ORR"]
    if not again and not rate:
        return _trials(results)
    pools = _pools(results)
    control = _said("no_control_trials", pools=pools) if pools else _said("no_control")
    return _uncertain(again, rate, [_open_intervals(again, rate, cohort), control])


def _pool(results, outcome, model) -> Result | None:
    found = first(results, "literature.pool", variable=outcome, model=model)
    return found if found and found.estimate > 0 else None


def _pools(results) -> str:
    """The pooled ratios of the randomised trials: common and random effects beside each other."""
    said = []
    for outcome, endpoint in POOLS.items():
        common, random = _pool(results, outcome, "common"), _pool(results, outcome, "REML HK")
        if common:
            shown = {"value": rounded(common.estimate), "interval": interval(common.low, common.high)}
            shown |= {"endpoint": endpoint, "k": f"{common['k']:.0f}"}
            beside = (
                {"value": rounded(random.estimate), "interval": interval(random.low, random.high)} if random else {}
            )
            said.append(_said("pool", random=_said("pool_random", **beside) if beside else "", **shown))
    return _said("semicolon").join(said)


def _trials(results) -> str:
    pools = _pools(results)
    return _said("trials", pools=pools) if pools else ""


def _single_arm(results) -> str:
    ids = {"variable": "orr", "model": "GLMM"}
    r = first(results, "literature.rate_pool", **ids) or first(results, "beside.rate_pool", **ids)
    if r is None:
        return ""
    return _said(
        "single_arm", k=f"{r['k']:.0f}", percent=percent(r.estimate), interval=f"{percent(r.low)}–{percent(r.high)}"
    )
