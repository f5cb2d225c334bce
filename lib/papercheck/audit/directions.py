"""Checks of a comparison against the side that other numbers of the same groups say: which of them lives longer."""

from itertools import product
from math import inf, log, sqrt

from ..registry.printed import read_printed
from .bounds import least_wald
from .chance import normal_quantile
from .finding import Message, found, prints_of
from .kinds import test_kind
from .paper import Paper, as_group, finest, widest

CLEAR = 2.58  # standard errors (P of 0.01) from which a number says a side
FAR, NO_DIFFERENCE = 5.0, 0.2  # errors apart from which, and P from which, a log-rank test is told not to go with them
FEWEST = 60  # subjects from which the limits of a median say its error
TURNED = (
    "{name}: the ratio {shown} of {level} against {against} beside {beside}: it holds only if the hazards cross, or the"
    " comparison is turned round"
)
SHORTER = (
    "{name}: the ratio {shown} of {level} against {against} beside {beside}: it holds only if those of {against} were"
    " followed for far shorter, or the comparison is turned round"
)
CROSSING = "{name}: P {shown} beside {beside}: it holds only if the curves cross, or one of them is a misprint"


def opposite_sides(paper: Paper):
    """A hazard ratio that favours one group clearly, beside numbers that favour the other one clearly."""
    for entry in paper.registry.of("cox"):
        hr, ci = finest(prints_of(entry, "hr")), finest(prints_of(entry, "ci"))
        pair = [entry.get("group"), entry.get("against")]
        if None in (hr, ci, *pair) or entry.get("adjusted") or least_wald(paper, entry) < normal_quantile(0.975):
            continue
        side = 1 if read_printed(hr.cell.text).value < 1 else -1
        said = [(TURNED, row) for row in _differences(paper, entry, pair)]
        said += [(TURNED, row) for row in _of_both(paper, entry, pair, both=bool(entry.get("weights")))]
        said += [(SHORTER, row) for row in _shares_of_events(paper, entry, pair)]
        for wording, (z, prints, beside) in said:
            if z * side <= -CLEAR:
                levels = {"level": str(pair[0]), "against": str(pair[1])}
                told = Message(wording, name=paper.name(entry), shown=hr.shown, **levels, beside=beside)
                errors = Message("{z} standard errors on the other side", z=f"{abs(z):.1f}")
                yield found("convention", [hr, ci, *prints], told, errors)
                break


def curves_apart(paper: Paper):
    """A log-rank P that sees no difference, beside curves of the two groups that are far apart."""
    for entry in paper.registry.of("log_rank"):
        levels, p = paper.levels.get(str(entry.get("by"))) or (), finest(prints_of(entry, "p"))
        number = read_printed(p.cell.text) if p is not None else None
        if len(levels) != 2 or number is None or number.widest_window[0] < NO_DIFFERENCE or number.value > 1:
            continue
        if "other" in test_kind(p.cell).kinds or entry.get("stratified"):
            continue
        sizes = [paper.size(as_group(entry.get("where"), {str(entry.get("by")): x})) for x in levels]
        for z, prints, beside in _of_both(paper, entry, levels, both=True):
            if abs(z) >= FAR and None not in sizes and sum(sizes) >= FEWEST:
                shown = p.shown if number.bound else f"= {p.shown}"
                told = Message(CROSSING, name=paper.name(entry), shown=shown, beside=beside)
                yield found("convention", [p, *prints], told, Message("{z} standard errors apart", z=f"{abs(z):.1f}"))
                break


def _are_equal(entry, other, *keys) -> bool:
    return all(str(entry.get(key, "")) == str(other.get(key, "")) for key in keys)


def _normal(paper, entry, part, log_scale=False):
    """(estimate, standard error) of a print by its interval; None where it has none.

    A restricted mean of n subjects has at most the error of times that are all 0 or the end, time / 2 / sqrt(n).
    """
    p, ci = finest(prints_of(entry, part)), finest(prints_of(entry, "ci"))
    texts = [p.cell.text, *ci.cell.text] if p is not None and ci is not None and len(ci.cell.text) == 2 else []
    values = [sum(w) / 2 if (w := widest(t)) else inf for t in texts]
    n = paper.size(as_group(entry.get("where")))
    if p is not None and ci is None and entry.statistic == "rmst" and n and (own := widest(p.cell.text)):
        return None if entry.get("weights") else (sum(own) / 2, float(entry.get("time")) / 2 / sqrt(n))
    if not values or inf in values or (log_scale and min(values) <= 0):
        return None
    own, low, high = map(log, values) if log_scale else values
    error = (high - low) / 2 / normal_quantile(0.5 + float(entry.get("level", paper.registry.level)) / 200)
    return (own, error) if error > 0 else None


def _differences(paper, entry, pair):
    """(normal value, prints, words) of each difference of both groups: above 0 where the first lives longer."""
    for other in paper.registry.of("difference", "rmst_difference"):
        own = [other.get("group"), other.get("against")]
        same = _are_equal(entry, other, "endpoint", "weights", "where", "by", "adjusted")
        known = _normal(paper, other, "difference") if same else None
        if known and own in (pair, pair[::-1]):
            prints = prints_of(other, "difference", "ci")
            beside = Message("{name}: {shown}", name=paper.name(other), shown=prints[0].shown)
            levels = {"level": str(own[0]), "against": str(own[1])}
            beside = Message("{what} ({level} against {against})", what=beside, **levels)
            yield known[0] / known[1] * (1 if own == pair else -1), prints, beside


def _of_both(paper, entry, pair, both):
    """The same of each number that is printed of both groups with its interval.

    both : whether medians and survival at a time count too, which other checks hold against unweighted ratios.
    """
    statistics = ("rmst", "median_survival", "survival_at") if both else ("rmst",)
    groups = [as_group(entry.get("where"), {str(entry.get("by")): str(level)}) for level in pair]
    same = [e for e in paper.registry.of(*statistics) if _are_equal(entry, e, "endpoint", "weights")]
    firsts, seconds = ([e for e in same if as_group(e.get("where")) == group] for group in groups)
    for first, second in product(firsts, seconds):
        if (first.statistic, first.unit) == (second.statistic, second.unit) and _are_equal(first, second, "time"):
            part = "percent" if first.statistic == "survival_at" else "estimate"
            known = [_normal(paper, e, part, first.statistic == "median_survival") for e in (first, second)]
            if None not in known:
                (a, own), (b, other) = known
                prints = [finest(prints_of(e, part)) for e in (first, second)]
                shown = {"shown": prints[0].shown, "other": prints[1].shown}
                beside = Message("{name}: {shown}, against {other}", name=paper.name(first), **shown)
                yield (a - b) / sqrt(own**2 + other**2), prints, beside


def _shares_of_events(paper, entry, pair):
    """The same of the events of both groups: who has the event less often lives longer, if followed for as long."""
    by, endpoint = str(entry.get("by")), str(entry.get("endpoint"))
    groups = [as_group(entry.get("where"), {by: str(level)}) for level in pair]
    events, sizes = [paper.events().get((endpoint, group)) for group in groups], [paper.size(g) for g in groups]
    if None in (*events, *sizes) or 0 in sizes or entry.get("weights"):
        return
    first, second = events[0][0], events[1][0]
    pooled = (first + second) / sum(sizes)
    if 0 < pooled < 1:
        error = sqrt(pooled * (1 - pooled) * (1 / sizes[0] + 1 / sizes[1]))
        shown = {"a": first, "n": sizes[0], "b": second, "m": sizes[1]}
        prints = [*events[0][2], *events[1][2]]
        beside = Message("{a} of {n} against {b} of {m} with the event", **shown)
        yield (second / sizes[1] - first / sizes[0]) / error, prints, beside
