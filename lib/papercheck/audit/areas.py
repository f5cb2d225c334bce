"""Checks of areas under a curve and concordance: which side of a half, how near their limits, how narrow."""

from math import log, sqrt

from .chance import normal_quantile
from .finding import Message, found, prints_of
from .paper import Paper, as_group, finest, widest

EDGE = 0.2  # share of its width within which an estimate lies at a limit, on the plain and on the logit scale
NARROW = 0.5  # share of the usual error under which an interval is called narrow


def areas(paper: Paper):
    """Areas below a half with their interval, at a limit of it, or more precise than so many subjects make them."""
    for entry in paper.registry.of("auc", "c_index"):
        p, ci = finest(prints_of(entry, "estimate")), finest(prints_of(entry, "ci"))
        own = widest(p.cell.text) if p is not None else None
        limits = [widest(t) for t in ci.cell.text] if ci is not None and isinstance(ci.cell.text, tuple) else []
        if not own or None in limits or not 0 <= own[0] <= own[1] <= 1.0005:
            continue
        about, prints = (paper, entry, p), [p, *([ci] if limits else [])]
        if max(own[1], limits[1][1] if limits else 0.0) < 0.5:
            turned = f"1 - {p.shown} = {1 - sum(own) / 2:.2f}"
            said = "{name}: {area} is below 0.5, which guessing has: it holds only if a high value means no event"
            yield found("convention", prints, Message(said, name=paper.name(entry), area=p.shown), turned)
        elif limits:
            yield from _at_a_limit(about, own, limits, prints)
            yield from _narrow(about, own, limits, prints)


def _at_a_limit(about, own, limits, prints):
    (paper, entry, p), (low, high) = about, limits
    near = max(_nearest(own, low, high, scale) for scale in (lambda x: x, lambda x: log(x / (1 - x))))
    if near <= EDGE and high[1] - low[0] > 4 * (own[1] - own[0]):
        said = "{name}: {area} lies at a limit of {ci}: no usual interval of an area does, or a number is a misprint"
        wording = Message(said, name=paper.name(entry), area=p.shown, ci=prints[1].shown)
        yield found("convention", prints, wording, Message("{near} of the width away", near=f"{near:.0%}"))


def _nearest(own, low, high, scale) -> float:
    """The share of its width, on a scale, by which an estimate lies within its nearer limit at most."""
    own, low, high = ([scale(min(max(x, 1e-4), 1 - 1e-4)) for x in window] for window in (own, low, high))
    return min(own[1] - low[0], high[1] - own[0]) / (high[1] - low[0])


def _narrow(about, own, limits, prints):
    """An interval far narrower than that of two groups of half of the subjects each. Source: Hanley and McNeil 1982."""
    paper, entry, p = about
    n, area = paper.size(as_group(entry.get("where"))), sum(own) / 2
    if not n or n < 10 or not 0.55 <= area <= 0.9 or entry.statistic != "auc":
        return
    half, level = n / 2, float(entry.get("level", paper.registry.level))
    first, second = area / (2 - area), 2 * area**2 / (1 + area)
    usual = sqrt((area * (1 - area) + (half - 1) * (first + second - 2 * area**2)) / half**2)
    error = (limits[1][1] - limits[0][0]) / 2 / normal_quantile(0.5 + level / 200)
    if error < NARROW * usual:
        said = "{name}: {ci} is far narrower than {n} subjects make it: it holds only if it is of more, or a misprint"
        wording = Message(said, name=paper.name(entry), ci=prints[1].shown, n=n)
        steps = f"the standard error is {error:.3f} at most; that of Hanley and McNeil is {usual:.3f} at least"
        yield found("convention", prints, wording, steps)
