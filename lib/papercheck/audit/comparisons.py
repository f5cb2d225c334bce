"""Checks of comparisons: A against B and B against A, intervals narrower than the events allow, ratios and medians."""

from math import exp, inf, log, sqrt

from ..registry.printed import print_as, read_printed
from .chance import crossed, normal_quantile
from .consistency import overlap
from .contingency import exact_law
from .denominators import read_as_fewer, tables_between
from .finding import Message, against, found, prints_of
from .intervals import Fit, _design, _sizes
from .medians import RARE
from .paper import Paper, as_group, finest, whole, widest

FAR = 5.0  # standard errors from which a hazard ratio and two curves are told not to go together
TURNED = {  # statistics of two groups -> what is turned round
    "cox": "hr", "odds_ratio": "or", "risk_ratio": "rr", "difference": "difference", "mean_difference": "difference",
    "rmst_difference": "difference",
}  # fmt: skip


def reciprocal(paper: Paper):
    """The ratio of A against B and of B against A: one is 1 over
    the other, a difference is less the other; so are the limits.
    """
    entries = [e for e in paper.registry.of(*TURNED) if e.get("group") is not None and e.get("against") is not None]
    for i, first in enumerate(entries):
        for second in entries[i + 1 :]:
            if _turned(first, second):
                yield from _not_turned(paper, first, second)


def _not_turned(paper, first, second):
    part = TURNED[first.statistic]
    pairs = [(finest(prints_of(first, part)), finest(prints_of(second, part)), None, None)]
    own, other = (finest(prints_of(e, "ci")) for e in (first, second))
    level = [float(e.get("level", paper.registry.level)) for e in (first, second)]
    if own is not None and other is not None and level[0] == level[1] and own.cell.method == other.cell.method:
        pairs += [(own, other, 0, 1), (own, other, 1, 0)]
    for p, q, here, there in pairs:
        texts = [
            x.cell.text if side is None else x.cell.text[side] for x, side in ((p, here), (q, there)) if x is not None
        ]
        windows = [widest(t) if isinstance(t, str) else None for t in texts]
        if len(windows) < 2 or None in windows or _goes_with(part, *windows):
            continue
        number = float(read_printed(texts[1]).value)
        back = -number if part == "difference" else 1 / number if number else inf
        sign = "-" if part == "difference" else "1 / "
        steps = f"{sign}{texts[1]} = {print_as(back, 3)}" if back != inf else texts[1]
        wording = Message(
            "{name}: {printed} for {level} against {against}, but {beside} the other way round",
            name=paper.name(first),
            printed=p.shown,
            level=first.get("group"),
            against=first.get("against"),
            beside=q.shown,
        )
        yield found("contradiction", [p, q], wording, steps)
        return


def _goes_with(part, a, b) -> bool:
    if part == "difference":
        return overlap(a, (-b[1], -b[0]))
    return _inverse(a, b)


def _turned(first, second) -> bool:
    same = ("endpoint", "by", "weights", "adjusted", "stratified", "event_of", "event", "variable", "time", "where")
    keys = all(str(first.get(k, "")) == str(second.get(k, "")) for k in same) and first.statistic == second.statistic
    return keys and (first.get("group"), first.get("against")) == (second.get("against"), second.get("group"))


def _inverse(a, b) -> bool:
    if b[0] <= 0 or a[0] <= 0 or inf in (a[1], b[1]):
        return True
    return overlap(a, (1 / b[1], 1 / b[0]))


def ratio_and_medians(paper: Paper):
    """A hazard ratio that favours the group whose median is shorter, by far more than chance does."""
    medians = paper.by_endpoint("median_survival", "estimate")
    for entry, estimate, groups in _compared(paper):
        prints = [medians.get((str(entry.get("endpoint")), group)) for group in groups]
        times, hr = [_time(p) for p in prints], widest(estimate.cell.text)
        if None in times or hr is None or hr[0] <= 0:
            continue
        ratio, plan = _wrong_side(hr, *times), _plan(paper, entry, estimate)
        if plan is None or abs(plan[2]) < plan[3] or _curves_cross(paper, entry, hr, groups):
            continue
        turned = []
        if ratio is not None and abs(plan[2]) + abs(log(max(ratio, 1e-3))) >= 2.5 * plan[3]:
            from .simulate import against_medians_rate  # of less than their errors no simulation says that it is rare

            rate, draws = against_medians_rate(*plan, ratio)
            said = "a shorter median ({times})" if hr[1] < 1 else "a longer median ({times})"
            beside = Message(said, times=against(prints[0].shown, prints[1].shown))
            turned = list(_turned_round(paper, entry, [estimate, *prints], beside, (rate, draws)))
        yield from turned
        alike = times[0][0] <= times[1][1] if hr[1] < 1 else hr[0] > 1 and times[0][1] >= times[1][0]
        if not turned and alike and inf not in (*times[0], *times[1]):
            beside = Message("medians of {times}", times=[p.shown for p in prints])
            yield from _not_proportional(paper, entry, [estimate, *prints], beside, (-plan[2], (0.5, 0.5), plan))


def ratio_and_rates(paper: Paper):
    """A hazard ratio that favours the group of which fewer survive at a time, by far more than chance does."""
    points = {}
    for other in paper.registry.of("survival_at"):
        p = finest(prints_of(other, "percent"))
        if p is not None and widest(p.cell.text) and not other.get("weights"):
            key = str(other.get("endpoint")), float(other.get("time"))
            points.setdefault(key, {})[as_group(other.get("where"))] = p
    for entry, estimate, groups in _compared(paper):
        hr, plan = widest(estimate.cell.text), _plan(paper, entry, estimate)
        if hr is None or hr[0] <= 0 or plan is None:
            continue
        if _curves_cross(paper, entry, hr, groups):
            continue
        for (endpoint, time), at in points.items():
            prints = [at.get(group) for group in groups]
            if endpoint == str(entry.get("endpoint")) and None not in prints:
                yield from _against_rates(paper, entry, [estimate, *prints], time, plan)


def _curves_cross(paper, entry, hr, groups) -> bool:
    """Whether the medians, or survival at some time, lie on the side that the ratio says: late effects are usual."""
    points = {}
    for other in paper.registry.of("median_survival", "survival_at"):
        if str(other.get("endpoint")) == str(entry.get("endpoint")) and not other.get("weights"):
            time = other.get("time") if other.statistic == "survival_at" else None
            p = (prints_of(other, "percent", "estimate") or [None])[0]
            points.setdefault(time, {})[as_group(other.get("where"))] = _time(p)
    for at in points.values():
        own, other = (at.get(group) for group in groups)
        if own and other and ((hr[1] < 1 and own[0] > other[1]) or (hr[0] > 1 and own[1] < other[0])):
            return True
    return False


def _against_rates(paper, entry, prints, time, plan):
    hr, first, second = (widest(p.cell.text) for p in prints)
    sizes, events, log_hr, se = plan
    edge = 0.5 / max(sizes)
    heights = [min(max(sum(w) / 200, edge), 1 - edge) for w in (first, second)]
    apart = log(-log(heights[0])) - log(-log(heights[1])) - log_hr
    if abs(apart) < 2.5 * se:
        return
    turned, shown = [], against(*(f"{p.shown}%" for p in prints[1:]))
    wrong_side = (hr[1] < 1 and first[1] < second[0]) or (hr[0] > 1 and first[0] > second[1])
    if wrong_side and abs(log_hr) >= se:
        from .simulate import against_rates_rate

        found_ = against_rates_rate(sizes, events, (log_hr, se), heights[1], apart)
        said = "fewer who survive {time} ({shown})" if hr[1] < 1 else "more who survive {time} ({shown})"
        beside = Message(said, time=f"{time:g}", shown=shown)
        turned = list(_turned_round(paper, entry, prints, beside, found_))
    beside = Message("survival at {time} ({shown})", time=f"{time:g}", shown=shown)
    yield from turned or _not_proportional(paper, entry, prints, beside, (apart, tuple(heights), plan))


def _not_proportional(paper, entry, prints, beside, seen):
    """A ratio that lies far from what proportional hazards make of both curves at one time: other hazards explain it.

    seen : (log(-log S) of the group less that of the other and less the log ratio, both S, the plan of the comparison);
    the variance of log(-log S) is (1 - S) / (n S log(S)^2) without censoring (Kalbfleisch and Prentice 2002).
    """
    apart, heights, (sizes, _, log_hr, se) = seen
    error = sqrt(se**2 + sum((1 - s) / (n * s * log(s) ** 2) for s, n in zip(heights, sizes, strict=True)))
    if abs(apart) < FAR * error:
        return
    wording = Message(
        "{name}: the ratio {shown} of {level} against {against} does not go with {beside} "
        "where hazards are proportional: it holds only if the curves come apart or cross "
        "later, or one of them is a misprint",
        **_words(paper, entry, prints, beside),
    )
    evidence = Message(
        "they make the ratio about {exp} until then, {n} errors away",
        exp=f"{exp(log_hr + apart):.2f}",
        n=f"{abs(apart) / error:.0f}",
    )
    yield found("convention", prints, wording, evidence)


def _words(paper, entry, prints, beside) -> dict:
    """What the sentences on a ratio and what stands beside it are filled with."""
    levels = {"level": entry.get("group"), "against": entry.get("against")}
    return {"name": paper.name(entry), "shown": prints[0].shown, **levels, "beside": beside}


def _compared(paper):
    """(entry, its finest ratio, the two groups) of each unweighted Cox comparison of two named levels."""
    for entry in paper.registry.of("cox"):
        estimate, pair = finest(prints_of(entry, "hr")), [entry.get(key) for key in ("group", "against")]
        if estimate is not None and None not in pair and not entry.get("weights"):
            by = str(entry.get("by"))
            yield entry, estimate, [as_group(entry.get("where"), {by: str(level)}) for level in pair]


def _plan(paper, entry, estimate):
    """(sizes, events, log ratio, its standard error) of a comparison:
    by its interval, else by its events; None if not known.
    """
    sizes, ci = _sizes(paper, entry), finest(prints_of(entry, "ci"))
    if sizes is None:
        return None
    limits = [widest(t) for t in ci.cell.text] if ci is not None and isinstance(ci.cell.text, tuple) else [None]
    if None in limits or limits[0][0] <= 0 or limits[1][1] == inf:
        known = paper.events().get((str(entry.get("endpoint")), as_group(entry.get("where"))))
        events = max(2, min(known[0] if known else sum(sizes), sum(sizes)))
        value = float(read_printed(estimate.cell.text).value)
        return (sizes, events, log(value), 2 / sqrt(events)) if value > 0 else None
    level = float(entry.get("level", paper.registry.level))
    sizes, events, log_hr = _design(Fit(paper, entry, [estimate, ci], (0.0, 0.0), level))
    return sizes, events, log_hr, (log(limits[1][1]) - log(limits[0][0])) / 2 / normal_quantile(0.5 + level / 200)


def _time(p):
    if p is None or p.cell.text in ("NA", "NE"):
        return None
    return (inf, inf) if p.cell.text == "NR" else widest(p.cell.text)


def _wrong_side(hr, own, other):
    """The ratio of the medians nearest to 1, where it lies on the other side than the hazard ratio says; else None."""
    if hr[1] < 1 and own[1] < other[0]:
        return own[1] / other[0]
    if hr[0] > 1 and own[0] > other[1]:
        return own[0] / other[1] if other[1] > 0 else None
    return None


def _turned_round(paper, entry, prints, beside, simulated):
    rate, draws = simulated
    if rate < RARE:
        wording = Message(
            "{name}: the ratio {shown} of {level} against {against} beside {beside}: it holds only if the "
            "hazards cross, or the comparison is turned round",
            **_words(paper, entry, prints, beside),
        )
        evidence = Message(
            "with proportional hazards in fewer than {max} of simulated cohorts",
            max=f"{max(rate, 1 / draws):.1%}",
        )
        ci = finest(prints_of(entry, "ci"))
        turned = print_as(1 / float(read_printed(prints[0].cell.text).value), 2)
        told = [prints[0], *([ci] if ci is not None else []), *prints[1:]]
        yield found("convention", told, wording, evidence, [turned])


def odds_of_table(paper: Paper):
    """An odds ratio against the counts of its own 2 x 2 table, where all four are printed."""
    for entry in paper.registry.of("odds_ratio"):
        pair = [entry.get(key) for key in ("group", "against")]
        estimate = finest(prints_of(entry, "or"))
        if estimate is None or None in pair or entry.get("adjusted"):
            continue
        cells = [having(paper, entry, level) for level in pair]
        if None in cells:
            continue
        (a, n1), (b, n2) = cells
        own = widest(estimate.cell.text)
        if min(a, b, n1 - a, n2 - b) < 0 or own is None:
            continue
        tables = tables_between(paper, entry, pair, cells)
        kind = tables.verdict(
            lambda table, own=own: any(overlap(own, x) for x in odds_ratios(*table)), lambda t: odds_ratios(*t), own
        )
        if kind:
            yield _not_of_table(paper, entry, estimate, cells, kind)


def _not_of_table(paper, entry, estimate, cells, kind):
    """The finding about an odds ratio that its counts do not give."""
    ((a, n1), (b, n2)), own = cells, widest(estimate.cell.text)
    c, d = n1 - a, n2 - b
    crude = a * d / (b * c) if b * c else inf
    text = print_as(crude, read_printed(estimate.cell.text).decimals) if crude < inf else "infinite"
    wording = Message(
        "{name}: {estimate} is not the ratio of the printed counts, {a} of {n1} against {b} of {n2}",
        name=paper.name(entry),
        estimate=estimate.shown,
        a=a,
        n1=n1,
        b=b,
        n2=n2,
    )
    evidence = f"({a} x {d}) / ({b} x {c}) = {text}"
    turned = crude > 0 and own[0] <= 1 / crude <= own[1]
    wording = (
        Message("{what}; it is that of the comparison turned round", what=wording)
        if turned
        else Message("{what}; an adjusted one would be another (`adjusted` in the registry says so)", what=wording)
    )
    prints = [estimate, *_behind(paper, entry, [entry.get(key) for key in ("group", "against")])]
    return found(kind, prints, read_as_fewer(kind, wording), evidence, [text])


def odds_ratios(first, second):
    """Windows of the crude odds ratio, of that with a half added to each cell, and of Fisher's conditional one, which R
    finds to 0.00013 of itself or of its inverse (the tolerance of uniroot in fisher.test)."""
    (a, n1), (b, n2) = first, second
    c, d = n1 - a, n2 - b
    values = [a * d / (b * c)] if b * c else [inf]
    values.append((a + 0.5) * (d + 0.5) / ((b + 0.5) * (c + 0.5)))
    conditional = _conditional(a, b, c, d)
    slack = 1.3e-4 * max(1.0, conditional or 0.0) ** 2
    return [(x, x) for x in values] + ([(conditional - slack, conditional + slack)] if conditional else [])


def _conditional(a, b, c, d):
    """The odds ratio under which `a` is expected given all margins (as fisher.test of R), or None at the ends."""
    low, high, law = exact_law(a, b, c, d)
    if not low < a < high:
        return None

    def mean(log_odds):
        weights = law(log_odds)
        return sum(w * k for k, w in enumerate(weights, low)) / sum(weights)

    return exp(crossed(-30.0, 30.0, lambda x: mean(x) < a))


def having(paper, entry, level):
    """(with the outcome, subjects) of a level of the compared column, where both are printed."""
    within = as_group(entry.get("where"), {str(entry.get("by")): str(level)})
    having = as_group(entry.get("where"), {str(entry.get("by")): str(level)}, entry.get("event_of"))
    size, count = paper.size(within), paper.size(having)
    return None if None in (size, count) else (count, size)


def within_of(paper, entry, level):
    """The prints of the count of a level with the outcome."""
    group = as_group(entry.get("where"), {str(entry.get("by")): str(level)}, entry.get("event_of"))
    return [p for p in paper.behind(group) if p.cell.part != "count" or whole(p) is not None]


def _behind(paper, entry, pair):
    return [p for level in pair for p in within_of(paper, entry, level)]
