"""Checks of an estimate with its interval and P value: can all three come from one test?"""

from math import exp, inf, log

from ..registry.printed import print_as, read_printed
from .chance import normal_quantile, normal_tail
from .consistency import least_magnitude, middle_window, overlap, wald_ratios
from .finding import found, listed, prints_of
from .paper import Paper, finest, window

ESTIMATES = {
    "cox": ("hr",), "odds_ratio": ("or",), "pooled": ("hr", "or"), "median_survival": ("estimate",),
    "median_follow_up": ("estimate",), "survival_at": ("percent",),
}  # fmt: skip
RATIOS = {"cox": ("hr",), "odds_ratio": ("or",), "pooled": ("hr", "or")}
LEVELS = (80.0, 90.0, 95.0, 99.0)
NOT_WALD = ("profile", "exact", "bootstrap", "firth", "permutation", "likelihood", "score", "log-rank", "logrank")
SLACK = 5e-5  # 1.96 for the quantile itself, and arithmetic in single steps


def outside_interval(paper: Paper):
    """Estimates outside their own interval."""
    for entry in paper.registry.of(*ESTIMATES):
        ci = finest(prints_of(entry, "ci"))
        for part in ESTIMATES[entry.statistic]:
            for p in prints_of(entry, part):
                own, limits = window(p.cell.text), _limits(ci)
                if not own or not limits:
                    continue
                low, high = limits
                if (low and own[1] <= low[0]) or (high and own[0] >= high[1]):
                    wording = f"{paper.name(entry)}: {p.shown} lies outside its own interval, {ci.shown}"
                    yield found(
                        "contradiction",
                        [p, ci],
                        wording,
                        f"{p.shown} is not within {ci.shown} with rounding allowed for",
                    )


def _limits(ci):
    """The windows of both limits, None for one that is not a number; None without an interval."""
    return (
        (window(ci.cell.text[0]), window(ci.cell.text[1]))
        if ci is not None and isinstance(ci.cell.text, tuple)
        else None
    )


def wald(paper: Paper):
    """Ratios whose estimate, interval and P value come from no Wald test, or from one of another level or side."""
    for entry in paper.registry.of(*RATIOS):
        for part in RATIOS[entry.statistic]:
            estimate, ci = finest(prints_of(entry, part)), finest(prints_of(entry, "ci"))
            if ci is None or not isinstance(ci.cell.text, tuple) or _is_not_wald(entry):
                continue
            level = float(entry.get("level", paper.registry.level))
            ratios = _ratios(estimate, ci, "window")
            if ratios is None and estimate is not None:
                yield from _middle(paper.name(entry), estimate, ci, "spss" in paper.registry.software.lower())
            elif ratios is not None:
                p = finest(prints_of(entry, "p"))
                if p is not None:
                    yield from _p_value(paper.name(entry), p, [q for q in (estimate, ci, p) if q], ratios, level)


def _is_not_wald(entry) -> bool:
    methods = " ".join(cell.method for cell in entry.cells).lower()
    return any(word in methods for word in NOT_WALD)


def _ratios(estimate, ci, kind):
    """wald_ratios on the log scale; kind: 'window', or 'truncation_window' where digits are cut off."""
    limits = [getattr(read_printed(text), kind) if read_printed(text) else None for text in ci.cell.text]
    own = getattr(read_printed(estimate.cell.text), kind) if estimate is not None else (-inf, inf)
    if None in limits or min(limits[0][0], limits[1][0]) <= 0 or inf in (limits[0][1], limits[1][1]):
        return (-inf, inf)  # a limit of 0, NA or a bound says nothing
    logs = [(log(low), log(high)) for low, high in limits]
    middle = (log(max(own[0], 1e-300)), log(own[1])) if own[1] != inf and own[1] > 0 else (-inf, inf)
    return wald_ratios(*logs, middle)


def _middle(name, estimate, ci, always_wald):
    """The estimate is not the geometric middle of its interval. SPSS prints Wald intervals of a ratio only."""
    (low, high), own = _limits(ci), window(estimate.cell.text)
    if own[1] <= low[0] or own[0] >= high[1]:
        return  # outside_interval says it
    middle = middle_window(*[(log(a), log(b)) for a, b in (low, high)])
    near = [exp(m) for m in middle]
    decimals = read_printed(estimate.cell.text).decimals
    evidence = f"the geometric middle of {ci.shown} lies in {print_as(near[0], decimals + 2)} to {print_as(near[1], decimals + 2)}"
    if _ratios(estimate, ci, "truncation_window") is not None:
        yield found(
            "convention",
            [estimate, ci],
            f"{name}: {estimate.shown} is the middle of {ci.shown} only if digits are cut off",
            evidence,
        )
        return
    best = list(dict.fromkeys(print_as(m, decimals) for m in near))
    wording = (
        f"{name}: {estimate.shown} is not the geometric middle of {ci.shown}, which a Wald interval of a ratio has"
    )
    kind, more = (
        ("contradiction", "") if always_wald else ("convention", "; a profile-likelihood or exact interval has not")
    )
    yield found(kind, [estimate, ci], wording + more, evidence, best)


def _p_value(name, p, prints, ratios, level):
    """The P value against the Wald statistic that estimate and interval imply."""
    number = read_printed(p.cell.text)
    if ratios == (-inf, inf):
        return
    stated = _p_window(ratios, level, 2)
    if _p_fits(number, stated):
        return
    evidence = f"the interval implies a two-sided P of {_p_words(stated)} at {level:g}%"
    if overlap(number.truncation_window, stated) and not number.bound:
        yield found(
            "convention", prints, f"{name}: P = {p.shown} goes with its interval only if digits are cut off", evidence
        )
        return
    fits = [
        f"{'one' if sides == 1 else 'two'}-sided with a {other:g}% interval"
        for sides in (2, 1) for other in (level, *(x for x in LEVELS if x != level))
        if (sides, other) != (2, level) and _p_fits(number, _p_window(ratios, other, sides))
    ]  # fmt: skip
    shown = p.shown if number.bound else f"= {p.shown}"
    about = " with ".join(q.shown for q in prints[:-1])
    if fits:
        wording = f"{name}: P {shown} does not go with {about} as a two-sided test with a {level:g}% interval; it does {listed(fits, 'or')}"
        yield found("convention", prints, wording, evidence, fits)
    else:
        wording = f"{name}: P {shown} and {about} cannot come from one Wald test, one- or two-sided, at any usual level of the interval"
        yield found("contradiction", prints, f"{wording}; P may be of another test", evidence, [_p_words(stated)])


def _p_window(ratios, level, sides):
    """The P values that a range of Wald ratios allows; one-sided ones in the direction of the estimate."""
    z = normal_quantile(0.5 + level / 200)
    least, most = least_magnitude(ratios)
    low, high = (normal_tail(z * m) * sides for m in (most * (1 + SLACK), least * (1 - SLACK)))
    return low, high


def _p_fits(number, window_) -> bool:
    return overlap(number.window, window_)


def _p_words(window_):
    low, high = (print_as(p, 4) if p >= 0.0001 else f"{p:.1g}" for p in window_)
    return low if low == high else f"{low} to {high}"
