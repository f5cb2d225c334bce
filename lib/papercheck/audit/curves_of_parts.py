"""Checks of Kaplan-Meier medians and of survival at a time: parts against the whole."""

from math import inf

from .finding import Message, found, listed, prints_of
from .medians import RARE, declares_censoring, medians_by_group, no_censoring, value_of
from .paper import Paper, as_group, finest, widest

SIDES = {
    "below": (
        "{label}: the medians of the parts ({parts}) all lie below that of the whole ({whole}). So at least one subject"
        " was censored before {limit}"
    ),
    "above": (
        "{label}: the medians of the parts ({parts}) all lie above that of the whole ({whole}). So at least one subject"
        " was censored before {limit}"
    ),
}


def medians_of_parts(paper: Paper):
    """Medians of all parts of a group on one side of its own median. Without censoring this cannot be.

    If S(t) <= 0.5 in every part, then in the whole too, which is their mean weighted by size; and likewise for > 0.5.
    The Kaplan-Meier curve of the whole is such a mean only as long as nobody is censored.
    """
    medians = medians_by_group(paper)
    for reading in ("where", "literal"):
        parts = medians_by_group(paper, reading)
        for endpoint, weights in dict.fromkeys(key[:2] for key in parts):
            groups = {group: value for (e, w, group), value in parts.items() if (e, w) == (endpoint, weights)}
            for (column, rest), levels in paper.divisions(groups).items():
                pooled = medians.get((endpoint, weights, rest), (None, None))[0]
                if pooled is not None and divides(paper, column, rest, levels):
                    prints = [pooled, *(groups[group][0] for group in levels.values())]
                    rare = None if weights or reading == "literal" else _rarely(paper, rest, levels, prints)
                    all_ = sizes_of(paper, rest, levels.values()) is not None
                    about = (endpoint, rare, all_)
                    yield from _one_side(paper, about, column, rest, (prints, reading == "literal"))


def divides(paper, column, rest, levels) -> bool:
    """Whether the levels of a factor leave nobody of the rest out, as far as it is printed."""
    if column in dict(rest):
        return paper.is_whole(column, levels, rest)
    empty = {
        x for x in paper.levels.get(column) or () if paper.printed_size(tuple(sorted([(column, (x,)), *rest]))) == 0
    }
    sizes = [paper.printed_size(group) for group in levels.values()]
    return paper.is_whole(column, {*levels, *empty}) and (None in sizes or sum(sizes) == paper.size(rest))


def follow_up_of_parts(paper: Paper):
    """A median follow-up of all beyond that of every part, by more than happens in simulated cohorts."""
    prints = paper.by_endpoint("median_follow_up", "estimate")
    for endpoint in dict.fromkeys(name for name, _ in prints):
        groups = {group: p for (name, group), p in prints.items() if name == endpoint}
        for (column, rest), levels in paper.divisions(groups).items():
            if rest in groups and len(levels) > 1 and divides(paper, column, rest, levels):
                told = [groups[rest], *(groups[group] for group in levels.values())]
                rare = (
                    None if told[0].cell.text == "NR" else _rarely(paper, rest, levels, told)
                )  # by reverse Kaplan-Meier
                if rare and rare[0] < RARE:
                    chance = max(rare[0], 1 / rare[1])
                    wording = Message(
                        "Median follow-up ({endpoint}): {shown} of all lies beyond every part by {factor}, {listed}",
                        endpoint=endpoint,
                        shown=told[0].shown,
                        factor=paper.label(column),
                        listed=list(p.shown for p in told[1:]),
                    )
                    evidence = Message(
                        "in at most {chance} of {rare} simulated cohorts", chance=f"{chance:.2%}", rare=f"{rare[1]:,}"
                    )
                    yield found("unlikely", told, wording, evidence, probability=chance)


def _rarely(paper, rest, levels, prints) -> tuple[float, int] | None:
    """How often a median of a whole is so far beyond those of its
    parts, and the cohorts drawn; None where it is not beyond.
    """
    pooled, *parts = map(value_of, prints)
    if None in (pooled, *parts) or any(w[1] == inf or w[0] <= 0 for w in parts) or pooled[0] <= 0:
        return None
    highest, lowest = max(w[1] for w in parts), min(w[0] for w in parts)
    apart = pooled[0] / highest if pooled[0] > highest else pooled[1] / lowest if pooled[1] < lowest else None
    sizes = sizes_of(paper, rest, levels.values())
    if apart is None or sizes is None:
        return None
    from .simulate import beyond_parts_rate

    return beyond_parts_rate(sizes, "median", apart, tuple(sum(w) / 2 for w in parts))


def sizes_of(paper, rest, groups) -> tuple[int, ...] | None:
    """The sizes of groups that divide the subjects of `rest`; None where they are not printed, or leave some out."""
    sizes = [paper.size(group) for group in groups]
    whole = None not in sizes and sum(sizes) == paper.size(rest)
    return tuple(sizes) if whole and min(sizes) > 1 else None


def _one_side(paper, about, column, rest, printed):
    (endpoint, rare, all_), (prints, literal) = about, printed
    pooled, *parts = map(value_of, prints)
    if None in (pooled, *parts):
        return
    highest, lowest = max(w[1] for w in parts), min(w[0] for w in parts)
    # Windows that only touch hold no common value: one rule of rounding prints their border one way.
    if highest <= pooled[0] and highest < inf:
        limit = max(prints[1:], key=lambda p: value_of(p)[1]).shown
        side, evidence = "below", "at {limit} no part is above 50%, the whole is"
    elif lowest >= pooled[1] and pooled[1] < inf:
        limit = prints[0].shown
        side, evidence = "above", "at {limit} every part is above 50%, the whole is not"
    else:
        return
    factor = paper.registry.factors.get(column)
    label = factor.label if factor else column
    label = Message("{factor} in {group}", factor=label, group=paper.words(rest)) if rest else label
    label = Message("{label}, read literally", label=label) if literal else label
    wording = Message(SIDES[side], label=label, parts=[p.shown for p in prints[1:]], whole=prints[0].shown, limit=limit)
    mean = "; without censoring the curve of the whole is the mean of its parts"
    evidence = Message(evidence + mean, limit=limit)
    claim = no_censoring(paper, endpoint)
    if claim:
        wording = Message("{what}, against {claim}", what=wording, claim=claim)
        if not all_:
            wording = Message("{what}. It holds only if some subjects are in none of the parts", what=wording)
        yield found("contradiction" if all_ else "convention", prints, wording, evidence)
    elif rare and rare[0] < RARE:
        chance = max(rare[0], 1 / rare[1])
        drawn = (
            f"; even with hazards that cross and parts censored unlike, in at most {chance:.2%} of {rare[1]:,}"
            " simulated cohorts"
        )
        yield found("unlikely", prints, wording, evidence + drawn, probability=chance)
    elif pooled[0] < inf and not declares_censoring(paper, endpoint):
        yield found("note", prints, wording, evidence)


def rates_of_parts(paper: Paper):
    """Survival of all at a time beyond that of every part, by more than censoring does in simulated cohorts."""
    points = {}
    for entry in paper.registry.of("survival_at"):
        p = finest(prints_of(entry, "percent"))
        if p is not None and widest(p.cell.text) and paper.in_study_unit(entry) and not entry.get("weights"):
            key = str(entry.get("endpoint")), float(entry.get("time"))
            points.setdefault(key, {})[as_group(entry.get("where"))] = p
    for (endpoint, time), groups in points.items():
        for (column, rest), levels in paper.divisions(groups).items():
            if rest in groups and len(levels) > 1 and divides(paper, column, rest, levels):
                prints = [groups[rest], *(groups[group] for group in levels.values())]
                mean = list(_mean_of_rates(paper, (endpoint, time, rest), column, levels, prints))
                name = f"{paper.endpoint(endpoint)} at {time:g}"
                yield from mean or _rate_beyond(paper, name, (column, rest), levels, prints)


def _mean_of_rates(paper, what, column, levels, prints):
    """Survival of all that is further from the mean of its parts than the censored can make it: a proof.

    n S lies between those still observed and those who have not failed, so both differ by the censored at most.
    """
    (endpoint, time, rest), sizes = what, [paper.printed_size(group) for group in levels.values()]
    known, n = paper.events().get((endpoint, rest)), paper.size(rest)
    if known is None or None in sizes or sum(sizes) != n:
        return
    (low, high), *parts = (tuple(x / 100 for x in widest(p.cell.text)) for p in prints)
    least, most = (sum(m * part[side] for m, part in zip(sizes, parts, strict=True)) for side in (0, 1))
    apart, censored = max(n * low - most, least - n * high), n - known[0]
    if apart > censored + 1e-6:
        wording = Message(
            "{endpoint} at {time}: {shown}% of all is not the mean of {listed} by {factor}, "
            "and at most {censored} of {n} were censored",
            endpoint=paper.endpoint(endpoint),
            time=f"{time:g}",
            shown=prints[0].shown,
            listed=list(f"{p.shown}%" for p in prints[1:]),
            factor=paper.label(column),
            censored=censored,
            n=n,
        )
        evidence = Message(
            "the mean is {n}%: {apart} subjects apart, by more than {censored}",
            n=f"{100 * (least + most) / 2 / n:.1f}",
            apart=f"{apart:.1f}",
            censored=censored,
        )
        told = [*prints, *known[2], *(p for group in levels.values() for p in paper.behind(group))]
        yield found("contradiction", told, wording, evidence)


def _rate_beyond(paper, name, divided, levels, prints):
    column, rest = divided
    pooled, *parts = ([x / 100 for x in widest(p.cell.text)] for p in prints)
    highest, lowest = max(w[1] for w in parts), min(w[0] for w in parts)
    apart = pooled[0] - highest if pooled[0] > highest else pooled[1] - lowest
    sizes = sizes_of(paper, rest, levels.values())
    if lowest <= pooled[1] and pooled[0] <= highest or sizes is None:
        return
    from .simulate import beyond_parts_rate

    rate, draws = beyond_parts_rate(sizes, "share", apart, tuple(sum(w) / 2 for w in parts))
    shown = listed(f"{p.shown}%" for p in prints[1:])
    wording = Message(
        "{name}: {shown}% of all lies beyond every part by {factor}, {shown2}",
        name=name,
        shown=prints[0].shown,
        factor=paper.label(column),
        shown2=shown,
    )
    evidence = Message(
        "by {n} points; without censoring the curve of all is the mean of its parts", n=f"{100 * abs(apart):.1f}"
    )
    if rate < RARE:
        chance = max(rate, 1 / draws)
        evidence = Message(
            "{what}; with it in at most {chance} of {draws} simulated cohorts",
            what=evidence,
            chance=f"{chance:.2%}",
            draws=f"{draws:,}",
        )
        yield found("unlikely", prints, wording, evidence, probability=chance)
    elif not declares_censoring(paper, name.partition(" ")[0]):
        yield found("note", prints, Message("{wording}: somebody was censored before", wording=wording), evidence)
