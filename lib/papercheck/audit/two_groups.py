"""Checks of intervals and P values between two groups: against their counts, their spreads, and against each other."""

from dataclasses import replace
from math import ceil, exp, floor, inf, log, sqrt

from ..registry.printed import print_as, read_printed
from ..registry.test_kinds import test_kind
from .chance import crossed, normal_quantile, normal_tail, share_limits
from .comparisons import having, odds_ratios, within_of
from .consistency import overlap
from .contingency import CHI, EXACT, exact_law, table_p
from .denominators import Tables, read_as_fewer, tables_between
from .finding import Either, Message, against, found, prints_of, share_of, with_interval
from .intervals import LEVELS
from .kinds import z_window
from .paper import Paper, as_group, finest, widest

OF_COUNTS = {"odds_ratio": "or", "risk_ratio": "rr", "difference": "difference"}
PAIR = ("group", "against")
Z95 = normal_quantile(0.975)
OF_NUMBERS = ("difference", "mean_difference", "rmst_difference", "auc")
OTHER_TEST = {
    "auc": (0.35, 0.8),
    "difference": (0.45, 0.5),
}  # how far the statistic of another test (rank, exact) may be: a share, a constant
ROOM = 0.12  # a share of its width by which an interval may leave those of the usual methods: scores, bootstrap, small samples
FREE = ("bayes", "bootstrap", "permutation", "robust", "cluster", "adjusted", "weighted", "stratified", "firth")


def is_modelled(entry) -> bool:
    """Whether an entry is of a model or method that its counts do not give."""
    said = " ".join(c.method for c in entry.cells).casefold()
    return bool(entry.get("adjusted") or entry.get("weights")) or any(word in said for word in FREE)


def _tables(paper, entry) -> Tables | None:
    """What the table of the group and of the other may be, or None where a count is not printed."""
    pair = [entry.get(key) for key in ("group", "against")]
    if None in pair or not entry.get("event_of") or is_modelled(entry):
        return None
    cells = [having(paper, entry, level) for level in pair]
    if None in cells or any(not 0 <= k <= n or not n for k, n in cells):
        return None
    tables = tables_between(paper, entry, pair, cells)
    p = finest(prints_of(entry, OF_COUNTS[entry.statistic]))
    own = widest(p.cell.text) if p is not None else None
    if own is None or not tables.fewer:
        return tables
    return replace(tables, fewer=[t for t in tables.fewer if any(overlap(own, x) for x in _estimates(entry, t))])


def _estimates(entry, table) -> list[tuple[float, float]]:
    """What an odds ratio, risk ratio or difference of a table may be, each rounded share by half a unit."""
    if entry.statistic == "odds_ratio":
        return odds_ratios(*table)
    first, second = (k / n for k, n in table)
    if entry.statistic == "risk_ratio":
        return [(first / second, first / second)] if second else [(0.0, inf)]
    return [(100 * (first - second) - 0.12, 100 * (first - second) + 0.12)]


def _parted(table):
    """((with, without), ...) of ((with, of so many), ...)."""
    return tuple((k, n - k) for k, n in table)


def intervals_of_counts(paper: Paper):
    """Intervals of an odds ratio, risk ratio or difference that no usual method gives for the printed counts."""
    for entry in paper.registry.of(*OF_COUNTS):
        tables, ci = _tables(paper, entry), finest(prints_of(entry, "ci"))
        if tables is None or ci is None or not isinstance(ci.cell.text, tuple):
            continue
        level = float(entry.get("level", paper.registry.level))
        limits, statistic = [widest(t) for t in ci.cell.text], entry.statistic
        table = _parted(tables.own)
        usual = _usual(statistic, table, level)
        kind = (
            tables.verdict(
                lambda t, how=(statistic, limits, level): _within(*how[:2], _usual(how[0], _parted(t), how[2]))
            )
            if None not in limits and usual
            else ""
        )
        if kind:
            yield _interval_finding(paper, entry, ci, table, kind)


def _interval_finding(paper, entry, ci, table, kind):
    """An interval that is of another level, or of no usual method: `kind` says how sure that is."""
    level, limits = float(entry.get("level", paper.registry.level)), [widest(t) for t in ci.cell.text]
    usual = _usual(entry.statistic, table, level)
    prints = [ci, *(p for key in ("group", "against") for p in within_of(paper, entry, entry.get(key)))]
    counts = against(*(share_of(k, k + m) for k, m in table))
    evidence = "; ".join(f"{how} {low:.3g} to {high:.3g}" for how, (low, high) in usual.items())
    fitting = [x for x in LEVELS if x != level and _within(entry.statistic, limits, _usual(entry.statistic, table, x))]
    wording = _no_usual(paper, entry, ci, level, counts)
    if fitting:
        wording = Message("{what}; it would do at {listed}", what=wording, listed=Either([f"{x:g}%" for x in fitting]))
        near = [Message("an interval at {level}%", level=f"{x:g}") for x in fitting]
        return found("convention", prints, wording, evidence, near)
    near = [f"{low:.2f}\u2013{high:.2f}" for low, high in list(usual.values())[:1]]
    wording = Message("{wording} (of an adjusted one: say so with `adjusted`)", wording=wording)
    return found(kind, prints, read_as_fewer(kind, wording), evidence, near)


def _no_usual(paper, entry, ci, level, counts) -> Message:
    """That an interval is none of the usual ones of the counts."""
    return Message(
        "{name}: {ci} is no usual {level}% interval of {counts}",
        name=paper.name(entry),
        ci=ci.shown,
        level=f"{level:g}",
        counts=counts,
    )


def _usual(statistic, table, level, exact=True) -> dict[str, tuple[float, float]]:
    """Limits by each usual method. Sources: Woolf 1955; Newcombe 1998; Fisher 1935 (exact, conditional)."""
    z = normal_quantile(0.5 + level / 200)
    (a, c), (b, d) = table
    if statistic == "difference":
        return {how: (100 * low, 100 * high) for how, (low, high) in _of_difference(table, z, level).items()}
    found_ = {}
    for how, add in (("plain", 0.0), ("with halves", 0.5)):
        w, x, y, u = (k + add for k in (a, c, b, d))
        if min(w, y) <= 0 or (statistic == "odds_ratio" and min(x, u) <= 0):
            continue
        if statistic == "odds_ratio":
            centre, se = log(w * u / (x * y)), sqrt(1 / w + 1 / x + 1 / y + 1 / u)
        else:
            centre, se = log(w * (y + u) / (y * (w + x))), sqrt(max(1e-12, 1 / w - 1 / (w + x) + 1 / y - 1 / (y + u)))
        found_[how] = exp(centre - z * se), exp(centre + z * se)
    if statistic == "odds_ratio" and exact:
        found_ |= _exact_odds(table, level)
    return found_


def _of_difference(table, z, level):
    (a, c), (b, d) = table
    (n, m), (p, q) = (a + c, b + d), (a / (a + c), b / (b + d))
    half = z * sqrt(p * (1 - p) / n + q * (1 - q) / m)
    first, second = (share_limits(k, s, level)["Wilson"] for k, s in ((a, n), (b, m)))
    newcombe = (
        p - q - sqrt((p - first[0]) ** 2 + (second[1] - q) ** 2),
        p - q + sqrt((first[1] - p) ** 2 + (q - second[0]) ** 2),
    )
    more = half + (1 / n + 1 / m) / 2
    return {"Wald": (p - q - half, p - q + half), "Newcombe": newcombe, "corrected": (p - q - more, p - q + more)}


def _exact_odds(table, level):
    """The exact conditional limits (as fisher.test of R), by bisection of the noncentral hypergeometric law."""
    (a, c), (b, d) = table
    low, high, law = exact_law(a, b, c, d)
    if high - low > 5000 or not low < a < high:
        return {}

    def outside(log_odds, upper):
        weights = law(log_odds)
        inside = weights[a - low :] if upper else weights[: a - low + 1]
        return sum(inside) / sum(weights) < (1 - level / 100) / 2

    ends = (crossed(-40.0, 40.0, lambda x, upper=upper: outside(x, upper) == upper) for upper in (True, False))
    return {"exact": tuple(map(exp, ends))}


def _within(statistic, limits, usual) -> bool:
    """Whether each limit lies among those of the usual methods, with ROOM of the width on either side."""
    scale = (
        (lambda x: x) if statistic == "difference" else (lambda x: log(x) if 0 < x < inf else -inf if x <= 0 else inf)
    )
    lows, highs = ([scale(pair[side]) for pair in usual.values()] for side in (0, 1))
    slack = ROOM * (max(highs) - min(lows)) if lows else inf
    own = [(scale(low), scale(high)) for low, high in limits]
    if not lows or slack == inf:
        return True
    return overlap(own[0], (min(lows) - slack, max(lows) + slack)) and overlap(
        own[1], (min(highs) - slack, max(highs) + slack)
    )


def p_of_counts(paper: Paper):
    """P values of an odds ratio, risk ratio or difference that no test of the printed counts gives."""
    for entry in paper.registry.of(*OF_COUNTS):
        tables = _tables(paper, entry)
        for p in prints_of(entry, "p") if tables is not None else ():
            number, sides = read_printed(p.cell.text), test_kind(p.cell).sides
            table = _parted(tables.own)
            values = _p_values(table)
            if number is None or number.value > 1 or not values:
                continue
            kind = tables.verdict(lambda t, n=number, s=sides: _goes_with(n, s, _p_values(_parted(t))))
            if not kind:
                continue
            prints = [p, *(q for key in ("group", "against") for q in within_of(paper, entry, entry.get(key)))]
            counts = against(*(share_of(k, k + m) for k, m in table))
            shown = p.shown if number.bound else f"= {p.shown}"
            wording = Message(
                "{name}: P {shown} is not that of {counts} by any usual test (of an adjusted "
                "model: say so with `adjusted`)",
                name=paper.name(entry),
                shown=shown,
                counts=counts,
            )
            evidence = Message(
                "chi-square, exact and Wald tests give {printed} to {printed2}",
                printed=_p(min(values)),
                printed2=_p(max(values)),
            )
            near = [f"{_p(min(values))} to {_p(max(values))}"]
            yield found(kind, prints, read_as_fewer(kind, wording), evidence, near)


def _p_values(table) -> list[float]:
    """The two-sided P of every usual test of a table of two groups."""
    return [x for family in (CHI, EXACT) for pair in table_p(table, family).values() for x in pair]


def _goes_with(number, sides, values) -> bool:
    """Whether a P may be one of some, halved or not."""
    if not values:
        return True
    low, high = min(values) * 0.7, min(1.0, max(values) * 1.3)
    both = [(low, high), (low / 2, high / 2)] + ([(1 - high / 2, 1 - low / 2)] if sides == 1 else [])
    return any(overlap(number.widest_window, window) for window in both)


def statistics_beside(fit, own) -> list[tuple[float, float]]:
    """Sizes of the normal statistics of chi-square and exact tests that may stand beside an odds or risk ratio.

    own : those of its Wald test. Of the printed counts; else of every table of the printed sizes with this ratio and
    about this interval; of unknown sizes, wide limits.
    """
    paper, entry = fit.paper, fit.entry
    tables = _tables(paper, entry)
    sizes = [paper.size(as_group(entry.get("where"), {str(entry.get("by")): str(entry.get(key))})) for key in PAIR]
    if tables is None and (None in sizes or min(sizes) < 1):
        return [(max(0.0, 0.5 * own[0] - 0.6), 1.8 * own[1] + 0.6)]
    ci, ratio = (next((q for q in fit.prints if (q.cell.part == "ci") is part), None) for part in (True, False))
    low, high = (widest(t) for t in ci.cell.text)
    window = widest(ratio.cell.text) if ratio is not None else (low[0], high[1])
    error = log(high[1] / low[0]) / 2 / normal_quantile(0.5 + fit.level / 200)
    values = [
        x
        for made in (_told(tables) if tables else _tables_of(entry.statistic, sizes, window, error))
        for family in (CHI, EXACT)
        for pair in table_p(made, family).values()
        for x in pair
    ]
    return [z_window((0.7 * min(values), min(1.0, 1.3 * max(values))))] if values else []


def _told(tables) -> list:
    """The table of all subjects, or those of fewer where a print says so."""
    return list(map(_parted, [tables.own, *((tables.fewer or []) if tables.said else [])]))


def _tables_of(statistic, sizes, window, error):
    """Tables ((with, without), (with, without)) of two groups with a ratio in the window and about this error of its
    logarithm."""
    n, m = sizes
    for a in range(1, n + 1):
        share = a / n if statistic == "risk_ratio" else a / max(n - a, 0.5)
        least, most = (share / x for x in (window[1], max(window[0], 1e-6)))
        if statistic == "odds_ratio":
            least, most = (x / (1 + x) for x in (least, most))
        for b in range(max(1, floor(least * m) - 1), min(m, ceil(most * m) + 1) + 1):
            table = (a, n - a), (b, m - b)
            widths = [log(high / low) / 2 / Z95 for low, high in _usual(statistic, table, 95, exact=False).values()]
            if any(0.85 * error <= x <= 1.15 * error for x in widths):
                yield table


def _p(value) -> str:
    return print_as(value, 3) if value >= 0.001 else f"{value:.1g}"


def p_of_interval(paper: Paper):
    """P values of a difference or of an area that do not go with
    its interval: of 0, or of one half, far in or far out of it.
    """
    for entry in paper.registry.of(*OF_NUMBERS):
        part, null = ("estimate", 0.5) if entry.statistic == "auc" else ("difference", 0.0)
        estimate, ci = finest(prints_of(entry, part)), finest(prints_of(entry, "ci"))
        if _tables(paper, entry) is not None:
            continue  # its P is held against the counts
        if (
            ci is None
            or not isinstance(ci.cell.text, tuple)
            or any(w in " ".join(c.method for c in entry.cells).casefold() for w in FREE[:3])
        ):
            continue
        limits = [widest(t) for t in ci.cell.text]
        own = widest(estimate.cell.text) if estimate is not None else None
        if None in limits or any(abs(x) == inf for w in limits for x in w):
            continue
        middle = sum(own) / 2 if own and inf not in map(abs, own) else sum(map(sum, limits)) / 4
        level, half = float(entry.get("level", paper.registry.level)), (sum(limits[1]) - sum(limits[0])) / 4
        rounding = (limits[1][1] - limits[1][0]) / 2
        for p in prints_of(entry, "p") if half > 2 * rounding else ():
            number, kind = read_printed(p.cell.text), test_kind(p.cell)
            if (
                number is None
                or number.value > 1
                or overlap(number.widest_window, _p_room(abs(middle - null), (half, rounding), level, entry.statistic))
            ):
                continue
            if (
                kind.sides == 1
                and overlap(number.widest_window, (0.0, 1.0))
                and _one_sided(number, abs(middle - null), half, rounding, level)
            ):
                continue
            yield from _p_against_interval(
                paper, entry, [q for q in (estimate, ci, p) if q], (abs(middle - null), half, rounding), level
            )


def _p_room(size, widths, level, statistic) -> tuple[float, float]:
    """The two-sided P values that may stand beside an interval: normal or t, with a test that is not its own."""
    half, rounding = widths
    own, z = normal_quantile(0.5 + level / 200), 0.0
    least, most = (
        own * max(0.0, size - rounding) / (half + rounding),
        own * (size + rounding) / max(half - rounding, 1e-12),
    )
    share, constant = OTHER_TEST.get(statistic, (0.25, 0.4))
    low = max(z, least * (1 - share) - constant)
    high = most * (1 + share) + constant
    return 2 * normal_tail(high), min(1.0, 2 * normal_tail(low))


def _one_sided(number, size, half, rounding, level) -> bool:
    low, high = _p_room(size, (half, rounding), level, "difference")
    return overlap(number.widest_window, (low / 2, high / 2)) or overlap(
        number.widest_window, (1 - high / 2, 1 - low / 2)
    )


def _p_against_interval(paper, entry, prints, sizes, level):
    size, half, rounding = sizes
    number = read_printed(prints[-1].cell.text)
    fits = [
        Message("{sided} with an interval at {level}%", sided=f"{'one' if side == 1 else 'two'}-sided", level=f"{x:g}")
        for x in dict.fromkeys((level, *LEVELS))
        for side in (2, 1)
        if overlap(
            number.widest_window, tuple(v * side / 2 for v in _p_room(size, (half, rounding), x, entry.statistic))
        )
    ]
    implied = 2 * normal_tail(normal_quantile(0.5 + level / 200) * size / half)
    p, about = prints[-1], with_interval(prints[:-1])
    shown = p.shown if number.bound else f"= {p.shown}"
    evidence = Message(
        "the interval implies a two-sided P of about {printed} at {level}%", printed=_p(implied), level=f"{level:g}"
    )
    wording = Message("{name}: P {shown} does not go with {about}", name=paper.name(entry), shown=shown, about=about)
    if fits:
        yield found(
            "convention",
            prints,
            Message("{wording}; it does {listed}, or one is a misprint", wording=wording, listed=Either(fits)),
            evidence,
            [_p(implied)],
        )
    else:
        yield found(
            "contradiction",
            prints,
            Message("{wording}, by a test of the same groups, one- or two-sided, at any usual level", wording=wording),
            evidence,
            [_p(implied)],
        )
