"""Checks of comparisons: A against B and B against A, intervals narrower than the events allow, ratios and medians."""

from math import exp, inf, log, sqrt

from smallsurv.information import events_of_interval

from ..registry.printed import print_as, read_printed
from .chance import normal_quantile
from .consistency import overlap
from .endpoints import RARE
from .finding import found, listed, prints_of
from .intervals import LEVELS, Fit, _design, _sizes
from .paper import Paper, as_group, finest, whole, widest

NOT_NARROW = ("bootstrap", "bayes", "jackknife", "robust", "weighted")  # intervals that the bound is not proved for


def reciprocal(paper: Paper):
    """The ratio of A against B and of B against A: one is 1 over the other, and so are the limits."""
    entries = [
        e for e in paper.registry.of("cox", "odds_ratio") if e.get("group") is not None and e.get("against") is not None
    ]
    for i, first in enumerate(entries):
        for second in entries[i + 1 :]:
            if not _turned(first, second):
                continue
            part = "hr" if first.statistic == "cox" else "or"
            p, q = finest(prints_of(first, part)), finest(prints_of(second, part))
            if p is not None and q is not None and not _inverse(widest(p.cell.text), widest(q.cell.text)):
                name = paper.name(first)
                wording = f"{name}: {p.shown} for {first.get('group')} against {first.get('against')}, but {q.shown} the other way round"
                low, high = widest(q.cell.text)
                steps = (
                    f"1 / {q.shown} = {print_as(1 / float(read_printed(q.cell.text).value), 3)}" if low > 0 else q.shown
                )
                yield found("contradiction", [p, q], wording, steps)


def _turned(first, second) -> bool:
    same = ("endpoint", "by", "weights", "adjusted", "event_of", "where")
    keys = all(str(first.get(k, "")) == str(second.get(k, "")) for k in same) and first.statistic == second.statistic
    return keys and (first.get("group"), first.get("against")) == (second.get("against"), second.get("group"))


def _inverse(a, b) -> bool:
    if b[0] <= 0 or a[0] <= 0 or inf in (a[1], b[1]):
        return True
    return overlap(a, (1 / b[1], 1 / b[0]))


def narrow_ratio(paper: Paper):
    """An interval of a hazard ratio that is narrower than its events allow (smallsurv.information).

    Without a printed number of events everybody may have had one.
    """
    for entry in paper.registry.of("cox"):
        ci, group = finest(prints_of(entry, "ci")), as_group(entry.get("where"))
        limits = _bounded(paper, entry, ci)
        events = paper.events().get((str(entry.get("endpoint")), group))
        most = events[1] if events else paper.size(group) or paper.n
        level = float(entry.get("level", paper.registry.level))
        if limits is None or not most or _allowed(limits, level, most):
            continue
        what = f"{most} events" if events else f"events of all {most} subjects"
        wording = f"{paper.name(entry)}: {ci.shown} is narrower than {what} allow at {level:g}%"
        error = log(limits[1] / limits[0]) / (2 * normal_quantile(0.5 + level / 200))
        least = f"at least 2 / sqrt({most}) = {2 / sqrt(most):.3f}"
        evidence = f"the standard error of the log ratio is {error:.3f} at most, and {least}"
        prints, fitting = [ci, *(events[2] if events else [])], [x for x in LEVELS if _allowed(limits, x, most)]
        if fitting:
            wording += f"; it would do at {listed([f'{x:g}%' for x in fitting], 'or')}"
            yield found("convention", prints, wording, evidence, [f"a {x:g}% interval" for x in fitting])
        else:
            yield found("contradiction", prints, wording, evidence)


def _bounded(paper, entry, ci) -> tuple[float, float] | None:
    """The widest limits of a ratio of two groups that the bound is proved for, or None."""
    said = " ".join(c.method for c in entry.cells).lower()
    if ci is None or not isinstance(ci.cell.text, tuple) or any(word in said for word in NOT_NARROW):
        return None
    low, high = (widest(t) for t in ci.cell.text)
    unknown = low is None or high is None or low[0] <= 0 or high[1] == inf
    if unknown or entry.get("weights") or not paper.levels.get(str(entry.get("by"))):
        return None
    return low[0], high[1]


def _allowed(limits, percent, most) -> bool:
    """Whether this many events allow an interval of this level so narrow."""
    return events_of_interval(*limits, percent / 100) <= most * (1 + 2e-6)


def ratio_and_medians(paper: Paper):
    """A hazard ratio that favours the group whose median is shorter, by far more than chance does."""
    medians = paper.by_endpoint("median_survival", "estimate")
    for entry in paper.registry.of("cox"):
        estimate, ci = finest(prints_of(entry, "hr")), finest(prints_of(entry, "ci"))
        pair = [entry.get(key) for key in ("group", "against")]
        if (
            estimate is None
            or ci is None
            or not isinstance(ci.cell.text, tuple)
            or None in pair
            or entry.get("weights")
        ):
            continue
        groups = [as_group(entry.get("where"), {str(entry.get("by")): str(level)}) for level in pair]
        prints = [medians.get((str(entry.get("endpoint")), group)) for group in groups]
        times = [_time(p) for p in prints]
        hr = widest(estimate.cell.text)
        if None in times or None in (widest(t) for t in ci.cell.text) or hr[0] <= 0:
            continue
        ratio = _wrong_side(hr, *times)
        if ratio is not None and _sizes(paper, entry):
            yield from _direction(paper, entry, [estimate, ci, *prints], ratio, hr)


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


def _direction(paper, entry, prints, ratio, hr):
    level = float(entry.get("level", paper.registry.level))
    fit = Fit(paper, entry, prints[:2], (0.0, 0.0), level)
    sizes, events, log_hr = _design(fit)
    limits = [widest(t) for t in prints[1].cell.text]
    if limits[0][0] <= 0 or limits[1][1] == inf:
        return
    se = (log(limits[1][1]) - log(limits[0][0])) / 2 / normal_quantile(0.5 + level / 200)
    from .simulate import against_medians_rate

    if abs(log_hr) < se or abs(log_hr) + abs(log(max(ratio, 1e-3))) < 2.5 * se:
        return  # the two differ by less than their errors do: no simulation says that this is rare
    rate, draws = against_medians_rate(sizes, events, log_hr, se, ratio)
    if rate < RARE:
        shorter = "shorter" if hr[1] < 1 else "longer"
        wording = (
            f"{paper.name(entry)}: the ratio {prints[0].shown} of {entry.get('group')} against {entry.get('against')} beside a {shorter} "
            f"median ({prints[2].shown} against {prints[3].shown}): the comparison may be turned round"
        )
        evidence = f"with proportional hazards in fewer than {max(rate, 1 / draws):.1%} of simulated cohorts; hazards that cross can do it"
        turned = print_as(1 / float(read_printed(prints[0].cell.text).value), 2)
        yield found("unlikely", prints, wording, evidence, [turned], probability=max(rate, 1 / draws))


def narrow_survival(paper: Paper):
    """An interval of survival at a time that is narrower than so many subjects allow.

    Censoring only widens: the variance is at least S (1 - S) / n. Every usual interval (plain, log, log-log, logit, Wilson)
    must fail, with a tenth more subjects than there are, as a bootstrap varies. Source: Greenwood 1926.
    """
    for entry in paper.registry.of("survival_at"):
        estimate, ci = finest(prints_of(entry, "percent")), finest(prints_of(entry, "ci"))
        n = paper.size(as_group(entry.get("where"))) or paper.n
        if estimate is None or ci is None or not isinstance(ci.cell.text, tuple) or not n or entry.get("weights"):
            continue
        own, low, high = (widest(t) for t in (estimate.cell.text, *ci.cell.text))
        if None in (own, low, high) or not 0.5 <= own[0] <= own[1] <= 99.5:
            continue
        level = float(entry.get("level", paper.registry.level))
        if _wide_enough(own, low, high, 1.1 * n, level):
            continue
        name = f"{paper.name(entry)} at {float(entry.get('time')):g}"
        share = float(read_printed(estimate.cell.text).value) / 100
        half = 100 * normal_quantile(0.5 + level / 200) * sqrt(share * (1 - share) / n)
        wording = f"{name}: {ci.shown} is narrower than {n} subjects allow around {estimate.shown}% at {level:g}%"
        evidence = (
            f"the half-width is at least {normal_quantile(0.5 + level / 200):.2f} x sqrt(S (1 - S) / {n}) = {half:.1f}"
        )
        fitting = [x for x in LEVELS if x < level and _wide_enough(own, low, high, 1.1 * n, x)]
        if fitting:
            yield found(
                "convention",
                [estimate, ci],
                f"{wording}; it would do at {listed([f'{x:g}%' for x in fitting], 'or')}",
                evidence,
            )
        else:
            yield found("contradiction", [estimate, ci], wording, evidence)


def _wide_enough(own, low, high, n, level) -> bool:
    """Whether some usual interval of some value in the window reaches as far as the printed limits."""
    z = normal_quantile(0.5 + level / 200)
    ends = [_limits_of(s / 100, n, z) for s in own]
    return any(
        low[0] <= 100 * upper_end[0] + 1e-6 and high[1] >= 100 * lower_end[1] - 1e-6
        for lower_end, upper_end in zip(*ends, strict=True)
    )


def _limits_of(s, n, z) -> list[tuple[float, float]]:
    """Limits of survival s among n uncensored subjects by each usual interval."""
    se = sqrt(s * (1 - s) / n)
    plain, rate, odds = (s - z * se, s + z * se), se / s, se / (s * (1 - s))
    bend = se / (s * abs(log(s)))
    logit = [1 / (1 + (1 - s) / s * exp(sign * z * odds)) for sign in (1, -1)]
    centre, spread = (s + z**2 / 2 / n) / (1 + z**2 / n), z * sqrt(s * (1 - s) / n + z**2 / 4 / n**2) / (1 + z**2 / n)
    pairs = [
        plain,
        (s * exp(-z * rate), s * exp(z * rate)),
        (s ** exp(z * bend), s ** exp(-z * bend)),
        tuple(logit),
        (centre - spread, centre + spread),
    ]
    return [(max(0.0, low), min(1.0, high)) for low, high in pairs]


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
        c, d = n1 - a, n2 - b
        own = widest(estimate.cell.text)
        if min(a, b, c, d) < 0 or own is None:
            continue
        crude = a * d / (b * c) if b * c else inf
        if any(own[0] - 1e-9 <= x <= own[1] + 1e-9 for x in _odds_ratios(a, b, c, d)):
            continue
        text = print_as(crude, read_printed(estimate.cell.text).decimals) if crude < inf else "infinite"
        wording = f"{paper.name(entry)}: {estimate.shown} is not the ratio of the printed counts, {a} of {n1} against {b} of {n2}"
        evidence = f"({a} x {d}) / ({b} x {c}) = {text}"
        turned = crude > 0 and own[0] <= 1 / crude <= own[1]
        wording += (
            "; it is that of the comparison turned round" if turned else " (an adjusted ratio: say so with `adjusted`)"
        )
        yield found("contradiction", [estimate, *_behind(paper, entry, pair)], wording, evidence, [text])


def _odds_ratios(a, b, c, d):
    """The crude odds ratio, with a half added to each cell, and Fisher's conditional one."""
    values = [a * d / (b * c)] if b * c else [inf]
    values.append((a + 0.5) * (d + 0.5) / ((b + 0.5) * (c + 0.5)))
    conditional = _conditional(a, b, c, d)
    return [*values, *([conditional] if conditional else [])]


def _conditional(a, b, c, d):
    """The odds ratio under which `a` is expected given all margins (as fisher.test of R), or None at the ends."""
    from math import lgamma

    first, ones, total = a + c, a + b, a + b + c + d
    low, high = max(0, ones - (total - first)), min(first, ones)
    if not low < a < high:
        return None
    logs = [
        -lgamma(k + 1) - lgamma(first - k + 1) - lgamma(ones - k + 1) - lgamma(total - first - ones + k + 1)
        for k in range(low, high + 1)
    ]

    def mean(beta):
        terms = [x + beta * k for k, x in enumerate(logs, low)]
        weights = [exp(t - max(terms)) for t in terms]
        return sum(w * k for k, w in enumerate(weights, low)) / sum(weights)

    left, right = -30.0, 30.0
    for _ in range(80):
        middle = (left + right) / 2
        left, right = (middle, right) if mean(middle) < a else (left, middle)
    return exp(left)


def having(paper, entry, level):
    """(with the outcome, subjects) of a level of the compared column, where both are printed."""
    within = as_group(entry.get("where"), {str(entry.get("by")): str(level)})
    having = as_group(entry.get("where"), {str(entry.get("by")): str(level)}, entry.get("event_of"))
    size, count = paper.size(within), paper.size(having)
    return None if None in (size, count) else (count, size)


def within_of(paper, entry, level):
    """The prints of the count of a level with the outcome."""
    group = as_group(entry.get("where"), {str(entry.get("by")): str(level)}, entry.get("event_of"))
    return [p for p in paper.counts.get(group, []) if whole(p) is not None]


def _behind(paper, entry, pair):
    return [p for level in pair for p in within_of(paper, entry, level)]
