"""P values between two groups against their medians, quartiles and limits: how large a P can be at most."""

from itertools import product
from math import ceil, floor, inf, sqrt

from ..registry.printed import read_printed
from .chance import normal_tail, t_tail
from .finding import found, prints_of
from .group_tests import NAMES, OTHER, RANK, TREND, sides_of, test_said
from .integers import summaries
from .paper import Paper, as_group, finest, widest

STEPS = 40  # of the means that are tried within the limits of a group


def tests_of_limits(paper: Paper):
    """P values larger than any data with the printed medians, quartiles and limits of two groups give."""
    parts = summaries(paper)
    for entry in paper.registry.of("group_test"):
        by, variable = str(entry.get("by")), str(entry.get("variable"))
        levels = [str(x) for x in paper.levels.get(by) or ()]
        if len(levels) != 2 or not entry.get("variable") or entry.get("weights"):
            continue
        groups = [as_group(entry.get("where"), {by: level}) for level in levels]
        rows = [_ordered(paper.size(g), parts.get((variable, g), {})) for g in groups]
        if None in rows:
            continue
        behind = [
            p for g in groups for part in ("range", "quartiles", "median") for p in parts[variable, g].get(part, [])
        ]
        most = _most_of_ranks(*[r[0] for r in rows]), _most_of_means(*rows)
        for p in prints_of(entry, "p"):
            yield from _above(paper.name(entry), p, behind, most)


def _above(name, p, behind, most):
    number, said = read_printed(p.cell.text), test_said(p)
    if number is None or number.value > 1 or any(word in said for word in (*OTHER, *NAMES[TREND])) or sides_of(p) == 1:
        return
    ranks, means = (min(3 * value, value + 0.05) + 0.02 for value in most)  # exact tests of few differ from the normal
    named = [family for family in (RANK, "means") if any(word in said for word in NAMES[family])]
    limit = {RANK: ranks, "means": means}[named[0]] if named else max(ranks, means)
    own = number.widest_window[0]
    if own <= (limit if named else ranks):
        return
    shown = p.shown if number.bound else f"= {p.shown}"
    tests = {RANK: "a rank test", "means": "a t test"}.get(*named) if named else "a rank test"
    evidence = f"the groups are so far apart that P of {tests} is at most about {most[named == ['means']]:.2g}"
    if own > limit:
        other = "" if named else ", nor a t test,"
        wording = f"{name}: {tests}{other} of numbers with the printed limits cannot give P {shown}"
        yield found("contradiction", [p, *behind], wording, evidence)
    else:
        wording = (
            f"{name}: a rank test of numbers with the printed limits cannot give P {shown}: it holds only if it is of"
            " another test, or one of them is a misprint"
        )
        yield found("convention", [p, *behind], wording, evidence)


def _ordered(n, parts):
    """([(lowest, highest)] of each subject in order, (lowest, highest) of all) by what is printed; None if too little.

    A quartile of n lies between the ranks np - 1 and np + 1, whatever its definition (Hyndman and Fan 1996).
    """
    marks = []  # (rank up to which nobody lies higher, rank from which nobody lies lower, window)
    for part, shares in (("range", (0.0, 1.0)), ("quartiles", (0.25, 0.75)), ("median", (0.5,))):
        p = finest(parts.get(part, []))
        texts = (
            p.cell.text if p is not None and isinstance(p.cell.text, tuple) else (p.cell.text,) if p is not None else ()
        )
        if len(texts) != len(shares):
            continue
        for share, text in zip(shares, texts, strict=True):
            window = widest(text)
            if window is not None and n:
                marks.append((*_ranks(share, n), window))
    if not n or n < 3 or len(marks) < 2:
        return None
    low = [max((w[0] for _, start, w in marks if i >= start), default=-inf) for i in range(1, n + 1)]
    high = [min((w[1] for end, _, w in marks if i <= end), default=inf) for i in range(1, n + 1)]
    return list(zip(low, high, strict=True)), (low[0], high[-1])


def _ranks(share, n) -> tuple[int, int]:
    if share in (0.0, 1.0):
        return (1, 1) if share == 0 else (n, n)
    if share == 0.5:
        return (n // 2 + n % 2, n // 2 + 1)
    return floor(n * share - 1), ceil(n * share + 1)


def _most_of_ranks(first, second) -> float:
    """The largest two-sided P of the Mann-Whitney test, by the normal law without ties, which make it smaller."""
    n = len(first), len(second)
    least = _larger([x[1] for x in first], [x[0] for x in second])
    most = _larger([x[0] for x in first], [x[1] for x in second])
    middle = n[0] * n[1] / 2
    apart = max(least - middle, middle - most, 0.0) - 0.5
    return min(1.0, 2 * normal_tail(max(apart, 0.0) / sqrt(middle * (sum(n) + 1) / 6)))


def _larger(first, second) -> float:
    """The pairs of which the second is the larger, a tie half."""
    return sum((b > a) + 0.5 * (b == a) for a, b in product(first, second))


def _most_of_means(first, second) -> float:
    """The largest two-sided P of a t test of numbers within limits: of a mean the variance is largest at the limits.

    Variance <= (high - mean) (mean - low) n / (n - 1): Bhatia and Davis 2000. 1 where a limit is not known.
    """
    limits = (first[1], second[1])
    if any(abs(x) == inf for pair in limits for x in pair):
        return 1.0
    sizes, worst = (len(first[0]), len(second[0])), 0.0
    grids = [[low + (high - low) * k / STEPS for k in range(STEPS + 1)] for low, high in limits]
    for means in product(*grids):
        spreads = [max((b - m) * (m - a), 0.0) * n / (n - 1) for m, (a, b), n in zip(means, limits, sizes, strict=True)]
        apart, error = abs(means[0] - means[1]), sqrt(sum(v / n for v, n in zip(spreads, sizes, strict=True)))
        pooled = sum(v * (n - 1) for v, n in zip(spreads, sizes, strict=True)) / (sum(sizes) - 2)
        error = max(error, sqrt(pooled * sum(1 / n for n in sizes)))
        worst = max(worst, 2 * t_tail(apart / error, min(sizes) - 1)) if error > 0 else worst
    return min(1.0, worst)
