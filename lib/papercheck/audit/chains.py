"""Checks of three comparisons of three levels: A against B and B against C make A against C."""

from itertools import combinations
from math import exp, inf, log

from ..registry.printed import print_as
from .chance import normal_quantile
from .comparisons import TURNED
from .finding import Message, Print, found, prints_of
from .paper import Paper, as_group, finest, widest
from .two_groups import is_modelled

RATIOS = ("hr", "or", "rr")
SAME = ("statistic", "endpoint", "by", "weights", "adjusted", "stratified", "event_of", "event", "variable", "time")
FAR = 4.0  # smallest standard errors; no trio of hazard ratios in tests/reference/chains.R was further apart (3.98)
EXACT = 0.3  # log ratio by which conditional and other odds ratios of small tables may leave the crude one
SAID = (
    "{name}: {first} for {a} against {b} and {second} for {b} against {c} make {made} for {a} against {c}, and"
    " {third} is printed"
)
READING = (
    "{what}. It holds only if the hazards are far from proportional, the models or subjects differ, or a number is a"
    " misprint"
)


def chains(paper: Paper):
    """Ratios or differences between three levels, of which two do not make the third.

    Differences of means and shares, and log odds and risk ratios, of the same subjects add up; log hazard ratios of
    three models of two groups each do nearly.
    """
    groups = {}
    for entry in paper.registry.of(*TURNED):
        if entry.get("group") is not None and entry.get("against") is not None:
            key = repr([entry.statistic, *(str(entry.get(k)) for k in SAME[1:]), as_group(entry.get("where"))])
            groups.setdefault(key, []).append(entry)
    for entries in groups.values():
        steps = {(str(e.get("group")), str(e.get("against"))): e for e in entries}
        for levels in combinations(sorted({x for pair in steps for x in pair}), 3):
            yield from _of_three(paper, steps, levels)


def _of_three(paper, steps, levels):
    a, b, c = levels
    edges = [_edge(paper, steps, x, y) for x, y in ((a, b), (b, c), (a, c))]
    if None in edges:
        return
    (first, p, _), (second, q, _), (third, r, _) = edges
    made = first[0] + second[0], first[1] + second[1]
    apart = max(third[0] - made[1], made[0] - third[1])
    part = TURNED[p.entry.statistic]
    if apart <= _room(part, edges):
        return
    middle = sum(made) / 2
    text = print_as(exp(middle) if part in RATIOS else middle, 2)
    shown = {
        x: _shown(e, pair)
        for x, e, pair in zip(("first", "second", "third"), (p, q, r), ((a, b), (b, c), (a, c)), strict=True)
    }
    wording = Message(SAID, name=paper.name(p.entry), a=a, b=b, c=c, made=text, **shown)
    near = part == "hr" or any(is_modelled(e.entry) or e.entry.get("stratified") for e in (p, q, r))
    kind, wording = ("convention", Message(READING, what=wording)) if near else ("contradiction", wording)
    sign = "x" if part in RATIOS else "+"
    yield found(kind, [p, q, r], wording, f"{shown['first']} {sign} {shown['second']} = {text}", [text])


def _room(part, edges) -> float:
    """How far two steps may lie from the third beyond their rounding."""
    if part == "hr":
        errors = [error for *_, error in edges if error]
        return FAR * min(errors) if errors else inf
    return EXACT if part in RATIOS else 1e-9


def _edge(paper, steps, first, second) -> tuple[tuple[float, float], Print, float] | None:
    """(window of the step from one level to another, its print, its standard error), turned round where it must be."""
    entry = steps.get((first, second)) or steps.get((second, first))
    p = finest(prints_of(entry, TURNED[entry.statistic])) if entry is not None else None
    own = widest(p.cell.text) if p is not None else None
    ratio = entry is not None and TURNED[entry.statistic] in RATIOS
    if own is None or (ratio and own[0] <= 0) or inf in map(abs, own):
        return None
    low, high = map(log, own) if ratio else own
    return ((low, high) if (first, second) in steps else (-high, -low)), p, _error(paper, entry) if ratio else 0.0


def _error(paper, entry) -> float:
    ci = finest(prints_of(entry, "ci"))
    limits = [widest(t) for t in ci.cell.text] if ci is not None and isinstance(ci.cell.text, tuple) else [None]
    if None in limits or limits[0][0] <= 0 or limits[1][1] == inf:
        return 0.0
    level = float(entry.get("level", paper.registry.level))
    return log(limits[1][1] / limits[0][0]) / 2 / normal_quantile(0.5 + level / 200)


def _shown(p, pair) -> str:
    """A step as printed, or turned round."""
    if str(p.entry.get("group")) == pair[0]:
        return p.shown
    return f"1 / {p.shown}" if TURNED[p.entry.statistic] in RATIOS else f"-({p.shown})"
