"""Medians, quartiles and limits as bounds of each subject in order: P values between two groups, means and spreads."""

from itertools import product
from math import ceil, floor, inf, isfinite, sqrt

from ..registry.printed import read_printed
from .chance import normal_tail, t_tail
from .finding import Message, found, listed, prints_of
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
        rows = [ordered(paper.size(g), parts.get((variable, g), {})) for g in groups]
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
    evidence = Message(
        "the groups are so far apart that P of {tests} is at most about {most}",
        tests=tests,
        most=f"{most[named == ['means']]:.2g}",
    )
    if own > limit:
        other = "" if named else ", nor a t test,"
        wording = Message(
            "{name}: {tests}{other} of numbers with the printed limits cannot give P {shown}",
            name=name,
            tests=tests,
            other=other,
            shown=shown,
        )
        yield found("contradiction", [p, *behind], wording, evidence)
    else:
        wording = Message(
            "{name}: a rank test of numbers with the printed limits cannot give P {shown}: "
            "it holds only if it is of another test, or one of them is a misprint",
            name=name,
            shown=shown,
        )
        yield found("convention", [p, *behind], wording, evidence)


def moments_of_limits(paper: Paper):
    """A mean or a standard deviation that no numbers with the printed limits, quartiles and median have."""
    for (variable, group), parts in summaries(paper).items():
        mean, sd = (finest(parts.get(part, [])) for part in ("mean", "sd"))
        size, centre = paper.size(group), widest(mean.cell.text) if mean is not None else None
        rows = [ordered(n, parts) for n in (size, size // 2)] if size and centre else [None]  # half may not be known
        if None in rows:
            continue
        behind = [p for part in ("range", "quartiles", "median") for p in parts.get(part, [])]
        bounds = [_moments(row[0], centre) for row in rows]
        least, most, floor_ = (pick(b[k] for b in bounds) for k, pick in ((0, min), (1, max), (2, min)))
        name = f"{paper.label(variable)} ({paper.words(group)})"
        if centre[0] > most or centre[1] < least:
            wording = Message(
                "{name}: the mean {mean} does not go with {listed}", name=name, mean=mean.shown, listed=_listed(behind)
            )
            yield found(
                "contradiction",
                [mean, *behind],
                wording,
                Message("it lies in {least} to {most}", least=f"{least:.4g}", most=f"{most:.4g}"),
            )
            continue
        spread = widest(sd.cell.text) if sd is not None else None
        if spread and isfinite(floor_) and spread[1] < floor_ * 0.9999:
            wording = Message(
                "{name}: the standard deviation {sd} does not go with {listed}",
                name=name,
                sd=sd.shown,
                listed=_listed(behind),
            )
            evidence = Message("at least {floor} around a mean of {mean}", floor=f"{floor_:.4g}", mean=mean.shown)
            yield found("contradiction", [sd, mean, *behind], wording, evidence)


def _moments(row, centre) -> tuple[float, float, float]:
    """The least and greatest mean of subjects within bounds, and the least standard deviation around a printed mean.

    The sum of squares is convex in the mean, and its change between the means that are tried is small.
    """
    least, most = (sum(x[side] for x in row) / len(row) for side in (0, 1))
    tried = [centre[0] + (centre[1] - centre[0]) * k / STEPS for k in range(STEPS + 1)]
    squares = min(sum(max(a - m, m - b, 0.0) ** 2 for a, b in row) for m in tried)
    return least, most, sqrt(squares / len(row))


def _listed(prints) -> str:
    return listed(f"{p.entry.statistic if p.cell.part == 'estimate' else p.cell.part} {p.shown}" for p in prints)


def quartiles_of_classes(paper: Paper):
    """Quartiles that the printed class counts of the same variable do not allow."""
    for column, grouping in paper.registry.groupings.items():
        levels = list(paper.registry.factors[column].levels)
        sizes = [paper.size(((column, (level,)),)) for level in levels]
        p = finest(summaries(paper).get((grouping.source, ()), {}).get("quartiles", []))
        if (
            not grouping.cut
            or None in sizes
            or sum(sizes) != paper.n
            or p is None
            or not isinstance(p.cell.text, tuple)
        ):
            continue
        behind = [q for level in levels for q in paper.behind(((column, (level,)),))]
        for share, text, name in zip((0.25, 0.75), p.cell.text, ("lower", "upper"), strict=True):
            window, (end, start) = widest(text), _ranks(share, paper.n)
            below = [(cut, sum(sizes[: i + 1])) for i, cut in enumerate(grouping.cut)]
            least = max((cut for cut, k in below if end > k), default=-inf)
            most = min((cut for cut, k in below if start <= k), default=inf)
            if window and (window[1] < least or window[0] >= most):
                label = paper.label(column)
                wording = Message(
                    "{label}: the {name} quartile {text} of {source} does not go with the classes",
                    label=label,
                    name=name,
                    text=text,
                    source=grouping.source,
                )
                yield found(
                    "contradiction",
                    [p, *behind],
                    wording,
                    Message("by them it lies in {least} to {most}", least=f"{least:g}", most=f"{most:g}"),
                )


def ordered(n, parts):
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
