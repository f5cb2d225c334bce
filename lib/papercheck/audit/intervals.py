"""Checks of an estimate with its interval and P value: can all three come from one test?"""

import re
from dataclasses import dataclass, replace
from math import exp, inf, log, sqrt

from ..registry.printed import print_as, read_printed
from ..registry.registry import Entry
from .chance import normal_quantile
from .consistency import least_magnitude, middle_window, overlap, wald_ratios
from .finding import Either, Message, Print, found, prints_of, with_interval
from .kinds import p_window, p_words, test_kind, z_window
from .paper import Paper, as_group, finest, window

ESTIMATES = {
    "cox": ("hr",), "odds_ratio": ("or",), "pooled": ("hr", "or"), "median_survival": ("estimate",),
    "median_follow_up": ("estimate",), "survival_at": ("percent",), "count": ("percent",), "risk_ratio": ("rr",),
    "difference": ("difference",), "mean_difference": ("difference",), "rmst": ("estimate",),
    "rmst_difference": ("difference",), "event_rate": ("estimate",), "auc": ("estimate",), "c_index": ("estimate",),
}  # fmt: skip
RATIOS = {"cox": ("hr",), "odds_ratio": ("or",), "risk_ratio": ("rr",), "pooled": ("hr", "or")}
LEVELS = (80.0, 90.0, 95.0, 97.5, 99.0)
NOT_WALD = ("profile", "exact", "bootstrap", "firth", "permutation", "likelihood")
TESTS = ("score", "log-rank", "logrank")
NARROW, UNEVEN = 1.4, 2.0  # log width up to which (30 events) likelihood and exact limits lie at most 1.3 times as far
NOT_MIDDLE = {  # by what the interval may be of
    "any": (
        "{name}: {estimate} is not the geometric middle of {ci}, which a Wald interval of a ratio has; a"
        " profile-likelihood or exact interval has not, or a number is a misprint"
    ),
    "wald": "{name}: {estimate} is not the geometric middle of {ci}, which a Wald interval of a ratio has",
    "off": (
        "{name}: {estimate} is not the geometric middle of {ci}, which a Wald interval of a ratio has, and further from"
        " it than a profile-likelihood or exact interval of so many events is"
    ),
}
BY = {"stratified": "as a stratified test", "assessed": "where many have the event at one assessment"}
LEAST_VARIANCE = 0.43  # of a log-rank statistic, as a share of that of its expected events
SLACK = 5e-5  # 1.96 for the quantile itself, and arithmetic in single steps


def outside_interval(paper: Paper):
    """Estimates outside their own interval."""
    for entry in paper.registry.of(*ESTIMATES):
        ci = finest(prints_of(entry, "ci"))
        for part in ESTIMATES[entry.statistic]:
            for p in prints_of(entry, part):
                own = window(p.cell.text)
                if own and entry.statistic == "count" and not (own[0] > 0 and own[1] < 100):
                    continue  # an interval of none or of all may leave them out (Jeffreys); share_intervals asks more
                if within(p, ci) is False:
                    wording = Message(
                        "{name}: {printed} lies outside its own interval, {ci}",
                        name=paper.name(entry),
                        printed=p.shown,
                        ci=ci.shown,
                    )
                    evidence = Message(
                        "{printed} is not within {ci} with rounding allowed for", printed=p.shown, ci=ci.shown
                    )
                    backed = [q for q in prints_of(entry, part) if within(q, ci)]
                    if backed:
                        wording = likelier(wording, p, backed[0], ci)
                    yield found(
                        "contradiction", [p] if backed else [p, ci], wording, evidence, [q.shown for q in backed[:1]]
                    )


def within(p, ci) -> bool | None:
    """Whether an estimate lies within an interval, with rounding allowed for; None where one of them says nothing."""
    own, limits = window(p.cell.text), _limits(ci)
    if not own or not limits:
        return None
    low, high = limits
    return not ((low and own[1] <= low[0]) or (high and own[0] >= high[1]))


def likelier(wording, wrong, right, ci) -> Message:
    """A finding about two prints, with the one that the interval speaks against."""
    said = "{what}; {right} lies within {ci}: {wrong} is more likely the wrong one"
    return Message(said, what=wording, right=right.shown, ci=ci.shown, wrong=wrong.shown)


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
            if ci is None or not isinstance(ci.cell.text, tuple) or _is_not_wald(ci):
                continue
            level = float(entry.get("level", paper.registry.level))
            ratios = _ratios(estimate, ci, "window")
            if ratios is None and estimate is not None:
                always_wald = entry.statistic == "cox" and _by_spss_alone(paper.registry.software)
                yield from _middle(paper.name(entry), estimate, ci, always_wald)
            elif ratios is not None:
                for p in _one_of_each_kind(prints_of(entry, "p")):
                    fit = Fit(paper, entry, [q for q in (estimate, ci) if q], ratios, level)
                    yield from _p_value(fit, p, test_kind(p.cell))


def log_rank_and_cox(paper: Paper):
    """A log-rank P against the hazard ratio and interval of the same two groups."""
    tests = {}
    for entry in paper.registry.of("log_rank"):
        if isinstance(entry.get("by"), str) and not entry.get("weights"):
            tests.setdefault(_comparison(entry), []).extend(prints_of(entry, "p"))
    for entry in paper.registry.of("cox"):
        estimate, ci = finest(prints_of(entry, "hr")), finest(prints_of(entry, "ci"))
        prints = _one_of_each_kind(tests.get(_comparison(entry), []))
        if entry.get("adjusted") or entry.get("weights") or ci is None or not prints or _is_not_wald(ci):
            continue
        if len(paper.levels.get(str(entry.get("by"))) or ()) != 2 or not isinstance(ci.cell.text, tuple):
            continue
        ratios = _ratios(estimate, ci, "widest_window")
        for p in prints if ratios is not None else ():
            level = float(entry.get("level", paper.registry.level))
            fit = Fit(paper, entry, [q for q in (estimate, ci) if q], ratios, level)
            yield from _p_value(fit, p, test_kind(p.cell, ("score", "stratified")))


def _comparison(entry):
    stratified = entry.get("stratified") or []
    strata = tuple(sorted(map(str, stratified if isinstance(stratified, list) else [stratified])))
    return str(entry.get("endpoint")), str(entry.get("by")), as_group(entry.get("where")), strata


def _one_of_each_kind(prints):
    """The finest print of each named method."""
    methods = dict.fromkeys(p.cell.method for p in prints)
    return [p for method in methods if (p := finest([q for q in prints if q.cell.method == method])) is not None]


def _is_not_wald(ci) -> bool:
    """Whether the method of a print says that its interval is not of Wald; beside a P a test named is that of P."""
    said = ci.cell.method.lower()
    beside_p = any(p.cell.at == ci.cell.at and p.cell.method == ci.cell.method for p in prints_of(ci.entry, "p"))
    return any(word in said for word in NOT_WALD) or (not beside_p and any(word in said for word in TESTS))


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
    evidence = Message(
        "the geometric middle of {ci} lies in {value} to {value2}",
        ci=ci.shown,
        value=print_as(near[0], decimals + 2),
        value2=print_as(near[1], decimals + 2),
    )
    if _ratios(estimate, ci, "truncation_window") is not None:
        yield found(
            "convention",
            [estimate, ci],
            Message(
                "{name}: {estimate} is the middle of {ci} only if digits are cut off",
                name=name,
                estimate=estimate.shown,
                ci=ci.shown,
            ),
            evidence,
        )
        return
    best = list(dict.fromkeys(print_as(m, decimals) for m in near))
    off = _off_the_middle(own, low, high)
    verdict = "off" if off else "wald" if always_wald else "any"
    wording = Message(NOT_MIDDLE[verdict], name=name, estimate=estimate.shown, ci=ci.shown)
    yield found("convention" if verdict == "any" else "contradiction", [estimate, ci], wording, evidence, best)


def _off_the_middle(own, low, high) -> bool:
    """Whether an estimate is so far off the middle that no likelihood or exact interval is, by the widest rounding."""
    if log(high[1] / low[0]) > NARROW:
        return False
    below, above = (log(own[0] / low[1]), log(own[1] / low[0])), (log(high[0] / own[1]), log(high[1] / own[0]))
    return below[0] >= UNEVEN * above[1] or above[0] >= UNEVEN * below[1]


def _by_spss_alone(software) -> bool:
    """Whether the one program that a paper names is SPSS, which has Wald intervals of a hazard ratio only."""
    words = set(re.findall(r"[a-z]+", software.lower()))
    return "spss" in words and not words & {"r", "sas", "stata", "prism", "graphpad", "python", "matlab", "medcalc"}


@dataclass(frozen=True)
class Fit:
    """A printed ratio with its interval: `prints`, the Wald statistics that they allow, the level of the interval."""

    paper: Paper
    entry: Entry
    prints: list[Print]
    ratios: tuple[float, float]
    level: float

    def z(self, level=None, slack=SLACK, widest=False) -> tuple[float, float]:
        """The sizes of the Wald statistic; widest : under any rule of rounding."""
        quantile = normal_quantile(0.5 + (level or self.level) / 200)
        estimate = next((q for q in self.prints if q.cell.part != "ci"), None)
        ci = next((q for q in self.prints if q.cell.part == "ci"), None)
        wide = _ratios(estimate, ci, "widest_window") if widest and ci is not None else None
        least, most = least_magnitude(wide or self.ratios)
        return quantile * least * (1 - slack), quantile * most * (1 + slack)


def _p_value(fit, p, kind):
    """A P value against the Wald statistic that estimate and
    interval imply, and against other tests of the comparison.
    """
    number = read_printed(p.cell.text)
    if number is None or fit.ratios == (-inf, inf) or "other" in kind.kinds or number.value > 1:
        return
    stated = p_window(*fit.z(), kind.sides)
    if any(overlap(number.window, one) for one in _both_sides(stated, kind.sides)):
        return
    other = _another_test_fits(fit, number, kind)
    if other and (other not in BY or (kind.named and other in kind.kinds)):
        return  # the print itself says that its test is stratified
    evidence = Message(
        "the interval implies a {sided} P of {p_words} at {level}%",
        sided=_sided(kind),
        p_words=p_words(stated),
        level=f"{fit.level:g}",
    )
    if overlap(number.truncation_window, stated) and not number.bound:
        wording = Message(
            "{name}: P = {printed} goes with its interval only if digits are cut off",
            name=fit.paper.name(fit.entry),
            printed=p.shown,
        )
        yield found("convention", [*fit.prints, p], wording, evidence)
        return
    fits = [
        Message("{sided} with an interval at {level}%", sided=_sided(replace(kind, sides=side)), level=f"{level:g}")
        for side in (2, 1)
        for level in dict.fromkeys((fit.level, *LEVELS))
        if (side, level) != (kind.sides, fit.level)
        and overlap(number.window, p_window(*fit.z(level, widest=True), side))
    ]
    fits += [BY[other]] if other else []
    fits += ["beside a ratio of observed to expected events"] if _beside_expected(fit, number, kind) else []
    yield _no_one_test(fit, p, kind, (evidence, p_words(stated)), fits)


def _sided(kind) -> str:
    return "one-sided" if kind.sides == 1 else "two-sided"


def _no_one_test(fit, p, kind, implied, fits):
    """The finding about a P that is not that of its interval; fits : the readings under which it is."""
    evidence, stated = implied
    shown = p.shown if read_printed(p.cell.text).bound else f"= {p.shown}"
    name, about, prints = fit.paper.name(fit.entry), with_interval(fit.prints), [*fit.prints, p]
    if fits:
        wording = Message(
            "{name}: P {shown} does not go with {about} as a {sided} test with an interval "
            "at {level}%; it does {listed}, or P is a misprint",
            name=name,
            shown=shown,
            about=about,
            sided=_sided(kind),
            level=f"{fit.level:g}",
            listed=Either(fits),
        )
        return found("convention", prints, wording, evidence, [*fits, f"P {stated}"])
    words = {"score": "a log-rank test", "likelihood": "a likelihood ratio test", "wald": "a Wald test"}
    tests = Either([words[k] for k in kind.kinds if k in words] or ["a stratified log-rank test"])
    wording = Message(
        "{name}: P {shown} and {about} cannot come from one comparison: not by {tests}, one- "
        "or two-sided, at any usual level of the interval",
        name=name,
        shown=shown,
        about=about,
        tests=tests,
    )
    return found("contradiction", prints, wording, evidence, [stated])


def _beside_expected(fit, number, kind) -> bool:
    """Whether a P is that of the log-rank test whose observed and expected events make the ratio (Pike 1972).

    With a share r of D expected events in the group, Var = 1 / (r (1 - r) D) and the ratio h make (O - E) of it; the
    variance of the test is at most r (1 - r) D, and was at least 0.43 of it in 3,000 trials drawn in R.
    """
    entry, (low, high) = fit.entry, fit.z(widest=True)
    if entry.statistic != "cox" or entry.get("adjusted") or "score" not in kind.kinds:
        return False
    log_hr = _design(fit)[2]
    error = abs(log_hr) / max((low + high) / 2, 1e-9)
    known = _events(fit)
    wanted, hr = z_window(number.widest_window, kind.sides), exp(log_hr)
    for step in range(1, 100):
        r = step / 100
        if known and not 0.8 <= error * sqrt(r * (1 - r) * known) <= 1.25:
            continue  # another number of events
        z = abs(hr * r / (hr * r + 1 - r) - r) / (error * r * (1 - r))
        if overlap(wanted, (z * 0.98, z * 1.02 / sqrt(LEAST_VARIANCE))):
            return True
    return False


def _events(fit) -> int:
    """The printed number of events of a comparison, 0 where it is not known."""
    known = fit.paper.events().get((str(fit.entry.get("endpoint")), as_group(fit.entry.get("where"))))
    return known[0] if known and known[0] == known[1] else 0


def _both_sides(window_, sides):
    """The windows of a P: a one-sided one may be of the other direction."""
    return [window_] if sides == 2 else [window_, (1 - window_[1], 1 - window_[0])]


def _another_test_fits(fit, number, kind) -> str:
    """The kind of test that the P can be of, other than Wald's,
    by what cohorts of this size and so many events show; ''.
    """
    low, high = fit.z(widest=True)
    wanted = z_window(number.widest_window, kind.sides)
    if fit.entry.statistic in ("odds_ratio", "risk_ratio") and not kind.named and not fit.entry.get("adjusted"):
        from .two_groups import statistics_beside

        return "counts" if any(overlap(wanted, z) for z in statistics_beside(fit, (low, high))) else ""
    if set(kind.kinds) & {"score", "likelihood"} and overlap(wanted, (low - 0.2, 1.05 * high + 0.2)):
        return "score"  # as near as any simulated cohorts are
    sizes, events, log_hr = _design(fit)
    for kinds, assessed in (
        (("score", "likelihood"), False),
        (("stratified",), False),
        (("score", "likelihood"), True),
    ):
        asked = tuple(k for k in kinds if k in kind.kinds)
        if not asked or (assessed and str(fit.entry.get("endpoint")) == "OS"):
            continue
        if sizes is None:  # nothing is known of the size: statistics of few events may be far apart
            fits = overlap(wanted, (low / 2 - 0.25, 2 * high + 0.5))
        else:
            from .simulate import test_differences

            least, most = test_differences(sizes, events, log_hr, (low + high) / 2, asked, assessed)
            fits = overlap(wanted, (max(0.0, low + least), high + most))
        if fits:
            return "assessed" if assessed else asked[0]
    return ""


def _design(fit):
    """((n of the group, n of the other), events, log ratio) of a comparison, as printed or as its interval implies."""
    paper, entry = fit.paper, fit.entry
    ci = next(q for q in fit.prints if q.cell.part == "ci")
    low, high = (log(max(1e-6, (a + b) / 2)) for a, b in _limits(ci))
    se = max((high - low) / 2 / normal_quantile(0.5 + fit.level / 200), 1e-3)
    sizes = _sizes(paper, entry)
    if entry.statistic != "cox" or sizes is None:
        return None, 0, (low + high) / 2
    known = paper.events().get((str(entry.get("endpoint")), as_group(entry.get("where"))))
    odds = sizes[0] * exp((low + high) / 2) / sizes[1]
    spread = odds / (1 + odds) ** 2
    events = known[0] if known else round(1 / (se**2 * spread)) if spread else sum(sizes)
    if entry.get("where") and paper.size(as_group(entry.get("where"))) is None and 5 * events < 4 * sum(sizes):
        sizes = tuple(max(2, round(0.625 * events)) for _ in sizes)  # a part of no printed size: four in five fail
    return sizes, max(2, min(events, sum(sizes))), (low + high) / 2


def _sizes(paper, entry):
    """Subjects of both groups of a ratio; halves of all where they are not printed; None where nothing is."""
    by, where = str(entry.get("by")), entry.get("where") or {}
    levels = [str(x) for x in paper.levels.get(by) or ()]
    pair = [str(entry.get(key)) for key in ("group", "against") if entry.get(key) is not None]
    pair = pair if len(pair) == 2 else levels
    sizes = [paper.size(as_group(where, {by: level})) for level in pair] if len(pair) == 2 else [None]
    if None not in sizes and min(sizes) > 0:
        return tuple(sizes)
    total = paper.size(as_group(where)) or paper.n
    return (total - total // 2, total // 2) if total and total > 3 and entry.statistic == "cox" else None
