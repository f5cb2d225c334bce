"""Intervals of percentages: against the usual methods, from their counts."""

from fractions import Fraction
from math import inf, sqrt

from ..registry.printed import roundings_that_print
from .chance import normal_quantile
from .consistency import overlap
from .finding import Either, Message, found, prints_of
from .paper import Paper, finest, widest
from .percentages import usual_rules


def share_intervals(paper: Paper):
    """Intervals of a percentage that no usual method gives for its
    count: each limit beyond all of theirs by 3% of the width.
    """
    for share in paper.shares:
        entry = share.print.entry
        ci = finest(prints_of(entry, "ci"))
        if ci is None or not isinstance(ci.cell.text, tuple) or not 0 < share.of <= 5000:
            continue
        counts = [share.count] if share.count is not None else _counts(share)
        limits = [widest(t) for t in ci.cell.text]
        level = float(entry.get("level", paper.registry.level))
        if not counts or None in limits or max(counts) > share.of or _reach(counts, share.of, level, limits):
            continue
        if any(_reach([k], m, level, limits) for k, m in _of_fewer(paper, share, limits, level)):
            continue  # the percentage is of fewer subjects, and so is its interval
        yield _no_usual(paper, share, ci, counts, level)


def _no_usual(paper, share, ci, counts, level):
    """An interval that is of another level, or of no usual method."""
    from .intervals import LEVELS

    shown = {"name": paper.name(share.print.entry), "ci": ci.shown, "share": share.print.shown, "k": Either(counts[:3])}
    name = Message("{name}: {ci} around {share}% ({k} of {n})", **shown, n=share.of)
    usual = _usual(counts[0], share.of, level)
    evidence = "; ".join(f"{how} {100 * low:.1f}\u2013{100 * high:.1f}" for how, (low, high) in usual.items())
    limits = [widest(t) for t in ci.cell.text]
    fitting = [x for x in LEVELS if x != level and _reach(counts, share.of, x, limits)]
    if fitting:
        wording = Message(
            "{name} is no usual {level}% interval; it would do at {listed}",
            name=name,
            level=f"{level:g}",
            listed=Either([f"{x:g}%" for x in fitting]),
        )
        near = [Message("an interval at {level}%", level=f"{x:g}") for x in fitting]
        return found("convention", [share.print, ci], wording, evidence, near)
    wording = Message(
        "{name} is not the interval of this share by any usual method: exact, Wilson, Agresti-Coull, Jeffreys, Wald",
        name=name,
    )
    low, high = usual["Clopper-Pearson"]
    near = [f"{100 * low:.1f}\u2013{100 * high:.1f}"]
    return found("contradiction", [share.print, ci], wording, evidence, near)


def _of_fewer(paper, share, limits, level):
    """(count, subjects) of fewer subjects that give a percentage, where nothing says that it is of all."""
    if "denominator" in share.print.entry.spec:
        return
    text, rules = share.print.cell.text, usual_rules(paper)
    low, high = (x / 100 for x in widest(text))
    width, z = (limits[1][1] - limits[0][0]) / 200, normal_quantile(0.5 + level / 200)
    least = share.of // 2 if share.count is None else max(share.count, 1) - 1
    for m in range(share.of - 1, least, -1):
        middle = min(max((low + high) / 2, 1 / m), 1 - 1 / m)
        if low > 0 and high < 1 and abs(z * sqrt(middle * (1 - middle) / m) - width) > 0.5 * width + 1 / m:
            continue  # its interval has another width, whatever its method
        for k in [share.count] if share.count is not None else range(int(low * m), int(high * m) + 2):
            if k <= m and set(roundings_that_print(Fraction(100 * k, m), text)) & set(rules):
                yield k, m


def _counts(share) -> list[int]:
    low, high = widest(share.print.cell.text) or (0.0, -1.0)
    return [k for k in range(share.of + 1) if low <= 100 * k / share.of <= high]


def _usual(count, of, level):
    from .chance import share_limits

    return share_limits(count, of, level)


def _reach(counts, of, level, limits) -> bool:
    """Whether both limits lie within those of the usual methods,
    widened by 3% of the interval (bootstrap, continuity).
    """
    for count in counts:
        ends = _usual(count, of, level).values()
        lows, highs = [100 * low for low, _ in ends], [100 * high for _, high in ends]
        slack = 0.03 * (max(highs) - min(lows))
        inside = overlap(limits[0], (min(lows) - slack, max(lows) + slack))
        if inside and overlap(limits[1], (min(highs) - slack, max(highs) + slack if max(highs) < 100 else inf)):
            return True
    return False
