"""Checks of summaries of a number: can whole years have this mean, this median, these classes, these limits?"""

from math import inf, sqrt

from ..registry.printed import print_as, read_printed
from ..vocabulary.dictionary import load_dictionary
from .consistency import on_grid, overlap, whole_median_steps, whole_spread_exists, whole_sums
from .finding import AuditFinding, Either, Message, found, placed, prints_of
from .paper import Paper, as_group, finest, widest, window

WHOLE = {"AGE": "years"}  # variables that are recorded in whole units, though nothing declares it
MISSING = 0.5  # a mean may be of no fewer than this share of the subjects, where values are missing
SUMMARIES = ("mean", "median", "range")


def summaries(paper) -> dict:
    """{(variable, group): {part: prints}} with the parts mean, sd, median, quartiles and range."""
    found_ = {}
    for entry in paper.registry.of(*SUMMARIES):
        parts = found_.setdefault((str(entry.get("variable")), as_group(entry.get("where"))), {})
        for p in prints_of(entry):
            parts.setdefault(entry.statistic if p.cell.part == "estimate" else p.cell.part, []).append(p)
    return found_


WITH_FRACTIONS = "{what}. It holds if they were recorded with fractions, or is a misprint"
FEWER_KNOWN = {  # by whether the values are declared to be whole
    True: "{what}. It holds if only {fewer} of the {n} are known; or the mean is a misprint",
    False: "{what}. It holds if only {fewer} of the {n} are known, or with fractions; or the mean is a misprint",
}
FRACTIONS = "it holds if they were recorded with fractions all the same, or is a misprint"
DECLARED_WHOLE = "the values are declared to be whole"


def _or_cut_off(text) -> tuple[float, float]:
    """The values that print so by any rule of rounding; where digits are cut off, the upper end itself prints more."""
    low, high = widest(text)
    return low, high - float(read_printed(text).unit) / 1000


def _whole_unit(paper, variable, parts) -> str:
    """What the values are counted in where they are whole ('years', 'whole units'), or ''.

    Said by an entry (`whole: true`), by the data dictionary (type integer), or usual (age); a printed limit with a
    fraction says otherwise.
    """
    limits = [
        read_printed(text) for p in parts.get("range", []) if isinstance(p.cell.text, tuple) for text in p.cell.text
    ]
    if any(number is not None and number.value % 1 for number in limits):
        return ""
    declared = any(p.entry.get("whole") is True for prints in parts.values() for p in prints)
    column = load_dictionary()["adsl"].columns.get(variable)
    if declared or variable in WHOLE or (column is not None and column.type == "integer"):
        units = [p.entry.unit for prints in parts.values() for p in prints if p.entry.unit]
        return WHOLE.get(variable) or next(iter(units), "values")
    return ""


def whole_values(parts) -> bool:
    """Whether an entry declares its values to be whole."""
    return any(p.entry.get("whole") is True for prints in parts.values() for p in prints)


def _shows_whole(parts, n, but) -> str:
    """What else the paper prints that shows whole values, or ''. but : the part that is in doubt."""
    if whole_values(parts):
        return DECLARED_WHOLE
    for p in parts.get("range", []):
        numbers = [read_printed(text) for text in p.cell.text] if isinstance(p.cell.text, tuple) else [None]
        if all(number is not None and not number.decimals for number in numbers):
            return Message("the range {range} is printed in whole numbers", range=p.shown)
    for p in parts.get("mean", []) if but != "mean" else []:
        number = read_printed(p.cell.text)
        if number is not None and not number.bound and n * float(number.unit) <= 0.5:
            for total in whole_sums(number.window, n):
                return Message("the mean {mean} is {total}/{n}", mean=p.shown, total=total, n=n)
    return ""


def whole_means(paper: Paper):
    """Means that no n whole numbers have."""
    for (variable, group), parts in summaries(paper).items():
        n, unit = paper.size(group), _whole_unit(paper, variable, parts)
        for p in parts.get("mean", []) if n and unit else []:
            number = read_printed(p.cell.text)
            if number is None or number.bound or len(whole_sums(number.window, n)):
                continue
            below = int(float(number.value) * n)
            near = [print_as(total / n, number.decimals) for total in (below, below + 1)]
            evidence = Message(
                "{number} x {n} = {value}, not near enough to a whole sum",
                number=number.text,
                n=n,
                value=print_as(float(number.value) * n, 3),
            )
            wording = Message(
                "No {n} whole {unit} have the mean {number}; the nearest are {listed}",
                n=n,
                unit=unit,
                number=number.text,
                listed=list(near),
            )
            fewer = next(
                (m for m in range(n - 1, max(1, int(n * MISSING)), -1) if len(whole_sums(number.window, m))), None
            )
            if len(whole_sums(_or_cut_off(p.cell.text), n)):
                said = "{n} whole {unit} have the mean {number} only if digits are cut off"
                wording = _or_fractions(parts, Message(said, n=n, unit=unit, number=number.text))
                yield found("convention", [p], wording, evidence, near)
            elif fewer:
                wording = Message(FEWER_KNOWN[whole_values(parts)], what=wording, fewer=fewer, n=n)
                yield found("convention", [p], wording, evidence, [*near, Message("{fewer} known", fewer=fewer)])
            else:
                yield _not_whole(p, wording, evidence, near, _shows_whole(parts, n, "mean"))


def _or_fractions(parts, wording) -> Message:
    """A reading of whole values with that of fractions beside it, unless the values are declared to be whole."""
    return wording if whole_values(parts) else Message(WITH_FRACTIONS, what=wording)


def _not_whole(p, wording, evidence, near, shown) -> AuditFinding:
    """Impossible if the values are declared to be whole; else it holds if they are not, whatever else looks whole."""
    if shown == DECLARED_WHOLE:
        return found("impossible", [p], wording, Message("{each}", each=(evidence, shown)), near)
    if shown:
        evidence = Message("{each}", each=(evidence, shown, FRACTIONS))
        return found("convention", [p], wording, evidence, near)
    said = Message(WITH_FRACTIONS, what=wording)
    return found("convention", [p], said, evidence, near)


def whole_spreads(paper: Paper):
    """Means and standard deviations that no n whole numbers have together."""
    for (variable, group), parts in summaries(paper).items():
        n, mean, sd = paper.size(group), finest(parts.get("mean", [])), finest(parts.get("sd", []))
        unit = _whole_unit(paper, variable, parts)
        if not n or n < 2 or mean is None or sd is None or not unit:
            continue
        if inf in map(abs, (*widest(mean.cell.text), *widest(sd.cell.text))):
            continue
        if not len(whole_sums(_or_cut_off(mean.cell.text), n)) or _have_spread(mean, sd, n, divisors=(1,)):
            continue
        about = {"n": n, "unit": unit, "mean": mean.shown, "sd": sd.shown}
        if _have_spread(mean, sd, n):
            said = (
                "{n} whole {unit} have mean {mean} and standard deviation {sd} only if it is divided by n, not by"
                " n - 1; or one of them is a misprint"
            )
            evidence = Message("no whole sum of squares over n - 1 fits the rounded numbers")
            yield found("convention", [mean, sd], Message(said, **about), evidence)
        elif _have_spread(mean, sd, n, _or_cut_off):
            said = "{n} whole {unit} have mean {mean} and standard deviation {sd} only if digits are cut off"
            wording = _or_fractions(parts, Message(said, **about))
            yield found("convention", [mean, sd], wording, Message("no whole sum of squares fits the rounded numbers"))
        else:
            yield _no_spread(mean, sd, n, about)


def _no_spread(mean, sd, n, about) -> AuditFinding:
    """No n whole numbers have both however they are rounded; it holds if fewer do and the others are missing."""
    wording = Message("No {n} whole {unit} have mean {mean} and standard deviation {sd} together", **about)
    evidence = Message(
        "no whole sum of squares fits a sum of {listed}", listed=Either(whole_sums(_or_cut_off(mean.cell.text), n))
    )
    fewer = next((m for m in range(n - 1, max(2, int(n * MISSING)), -1) if _have_spread(mean, sd, m)), None)
    if not fewer:
        return found("contradiction", [mean, sd], wording, evidence)
    wording = Message(
        "{what}. It holds if only {fewer} of the {n} are known; or one of them is a misprint",
        what=wording,
        fewer=fewer,
        n=n,
    )
    return found("convention", [mean, sd], wording, evidence, [Message("{fewer} known", fewer=fewer)])


def _have_spread(mean, sd, n, read=window, divisors=(0, 1)) -> bool:
    """Whether n whole numbers can have a mean and a standard deviation (over n less a divisor) as printed."""
    centre, spread = read(mean.cell.text), read(sd.cell.text)
    factors = [sqrt((n - d) / (n - 1)) for d in divisors]
    return any(whole_spread_exists(centre, (spread[0] * f, spread[1] * f), n) for f in factors)


def whole_medians(paper: Paper):
    """Medians that no n whole numbers have."""
    for (variable, group), parts in summaries(paper).items():
        n = paper.size(group)
        unit = _whole_unit(paper, variable, parts)
        if not n or not unit:
            continue
        step = whole_median_steps(n)
        for p in parts.get("median", []):
            number = read_printed(p.cell.text)
            if number is None or number.bound or on_grid(number.window, step):
                continue
            if on_grid(number.window, 0.5):
                wording = Message(
                    "The median {number} needs an even number of known {unit}, not all {n}",
                    number=number.text,
                    unit=unit,
                    n=n,
                )
                yield found("convention", [p], wording, Message("the median of {n} whole numbers is one of them", n=n))
                continue
            value = float(number.value)
            near = [f"{k:g}" for k in (step * (value // step), step * (value // step + 1))]
            said = "{median} cannot be the median of {n} whole {unit}; the nearest are {near}"
            wording = Message(said, median=number.text, n=n, unit=unit, near=near)
            means = [q for q in parts.get("mean", []) if overlap(window(q.cell.text) or (inf, inf), number.window)]
            if means:
                said = "{what}. It is the mean ({mean}, {places})"
                wording = Message(said, what=wording, mean=means[0].shown, places=placed(means))
            ends = "the median of {n} whole numbers ends in .0 or .5"
            evidence = Message(ends if step < 1 else "the median of {n} whole numbers is whole", n=n)
            yield _not_whole(p, wording, evidence, near, _shows_whole(parts, n, "median"))


def order(paper: Paper):
    """Limits, quartiles, median and mean out of order, or a spread that the limits do not allow."""
    for (variable, group), parts in summaries(paper).items():
        ranges, quartiles = finest(parts.get("range", [])), finest(parts.get("quartiles", []))
        median, mean, sd = (finest(parts.get(part, [])) for part in ("median", "mean", "sd"))
        chain = [(ranges, 0), (quartiles, 0), (median, None), (quartiles, 1), (ranges, 1)]
        chain = [(p, side) for p, side in chain if p is not None and _side(p, side)]
        pairs = list(zip(chain, chain[1:], strict=False))
        if ranges is not None and mean is not None:
            pairs += [((ranges, 0), (mean, None)), ((mean, None), (ranges, 1))]
        for (p, at), (q, beside) in pairs:
            low, high = _in_one_rule((p, at), (q, beside))
            if low and high and low[0] >= high[1]:  # windows that only touch share no value under one rule of rounding
                wording = Message(
                    "{factor}: {what} {printed} and {what2} {beside} are out of order",
                    factor=paper.label(variable),
                    what=_what(p),
                    printed=p.shown,
                    what2=_what(q),
                    beside=q.shown,
                )
                yield found(
                    "contradiction",
                    [p, q],
                    wording,
                    Message(
                        "at least {low} against at most {high}, rounding allowed for",
                        low=f"{low[0]:g}",
                        high=f"{high[1]:g}",
                    ),
                )
        yield from _spread(paper.size(group), paper.label(variable), ranges, median, mean, sd)


def _side(p, side):
    text = p.cell.text
    return widest(text if side is None else text[side])


def _in_one_rule(first, second) -> list:
    """The windows of two printed values: of as many decimals rounded by one rule, of unlike ones by any."""
    texts = [p.cell.text if side is None else p.cell.text[side] for p, side in (first, second)]
    numbers = [read_printed(text) for text in texts]
    alike = None not in numbers and numbers[0].decimals == numbers[1].decimals
    return [window(text) if alike else widest(text) for text in texts]


def _what(p):
    return p.entry.statistic if p.cell.part == "estimate" else p.cell.part


def _spread(n, variable, ranges, median, mean, sd):
    if sd is None or not n or n < 2:
        return
    spread = window(sd.cell.text)
    if ranges is not None and _side(ranges, 0) and _side(ranges, 1):
        most = (_side(ranges, 1)[1] - _side(ranges, 0)[0]) / 2 * sqrt(n / (n - 1))
        if spread[0] > most:
            wording = Message(
                "{variable}: a standard deviation of {sd} does not fit between {ranges}",
                variable=variable,
                sd=sd.shown,
                ranges=ranges.shown,
            )
            yield found(
                "contradiction", [sd, ranges], wording, Message("at most half the range, {most}", most=f"{most:.3g}")
            )
    if median is not None and mean is not None:
        apart = max(
            window(mean.cell.text)[0] - window(median.cell.text)[1],
            window(median.cell.text)[0] - window(mean.cell.text)[1],
        )
        if apart > spread[1]:
            wording = Message(
                "{variable}: mean {mean} and median {median} are more than one standard deviation ({sd}) apart",
                variable=variable,
                mean=mean.shown,
                median=median.shown,
                sd=sd.shown,
            )
            yield found(
                "contradiction",
                [mean, median, sd],
                wording,
                Message("|mean - median| >= {apart} > {spread}", apart=f"{apart:.3g}", spread=f"{spread[1]:.3g}"),
            )


def classes(paper: Paper):
    """A range, median or mean that the printed class counts of the same variable do not allow."""
    for column, grouping in paper.registry.groupings.items():
        levels = paper.registry.factors[column].levels
        sizes = [paper.size(((column, (level,)),)) for level in levels]
        of_rest = sizes.count(None) == 1  # one class is not printed: the others leave it so many
        if of_rest and paper.n:
            sizes = [paper.n - sum(x for x in sizes if x is not None) if n is None else n for n in sizes]
        if not grouping.cut or None in sizes or sum(sizes) != paper.n or min(sizes) < 0:
            continue
        parts = summaries(paper).get((grouping.source, ()), {})
        whole = bool(_whole_unit(paper, grouping.source, parts))
        failing = _outside_classes(parts, sizes, grouping.cut, whole)
        open_ = whole and not whole_values(parts)  # age in whole years is usual, and not said
        with_fractions = [p for p, *_ in _outside_classes(parts, sizes, grouping.cut, False)] if open_ else []
        prints = [p for level in levels for p in paper.behind(((column, (level,)),))]
        counts = [Message("{n} in {level}", n=n, level=x) for n, x in zip(sizes, levels.values(), strict=True)]
        for p, allowed, what in failing:
            wording = Message(
                "{factor}: {what} {printed} does not go with {counts}",
                factor=paper.label(column),
                what=_what(p),
                printed=p.shown,
                counts=counts,
            )
            if open_ and p not in with_fractions:
                wording = Message(WITH_FRACTIONS, what=wording)
                yield found("convention", [p, *prints], wording, _bounds(what, *allowed))
            elif of_rest:
                wording = Message("{what}. It holds only if the class of some is not known", what=wording)
                yield found("convention", [p, *prints], wording, _bounds(what, *allowed))
            else:
                yield found("contradiction", [p, *prints], wording, _bounds(what, *allowed))


def _outside_classes(parts, sizes, cut, whole) -> list[tuple]:
    """(print, (low, high) that the class counts allow, of what) of the summaries of a number that they do not allow."""
    ranges = finest(parts.get("range", []))
    ends = (_side(ranges, 0), _side(ranges, 1)) if ranges is not None else None
    ends = ends if ends and all(ends) else None
    if whole and ends:  # whole numbers are printed exactly
        ends = tuple((float(read_printed(text).value),) * 2 for text in ranges.cell.text)
    bounds = _order_bounds(sizes, cut, ends, whole)
    rows = _class_windows(parts, (ranges, ends), bounds, sizes, _class_limits(cut, whole))
    known = [
        (p, allowed, what, window(p.cell.text) if isinstance(p.cell.text, str) else None) for p, allowed, what in rows
    ]
    return [(p, at, what) for p, at, what, own in known if at[0] > at[1] or (own and not overlap(own, at))]


def _bounds(what, low, high) -> Message:
    """'the median lies in 58 to 64', 'the median is at most 64'."""
    said = "{what} lies in {low} to {high}"
    if inf in (-low, high):
        said = "{what} is at most {high}" if low == -inf else "{what} is at least {low}"
    return Message(said, what=what, low=f"{low:g}", high=f"{high:g}")


def _order_bounds(sizes, cut, ends, whole):
    """(low, high) of each value in order, from its class and the range; high is its supremum."""
    lows, highs = _class_limits(cut, whole)
    bounds = [(lows[j], highs[j]) for j, size in enumerate(sizes) for _ in range(size)]
    if ends:
        bounds = [(max(low, ends[0][0]), min(high, ends[1][1])) for low, high in bounds]
    return bounds


def _class_limits(cut, whole):
    """The lowest value of each class, and the supremum of each."""
    return (-inf, *cut), (*((c - 1 if whole else c) for c in cut), inf)


def _class_windows(parts, limits, bounds, sizes, classes_):
    """(print, what the classes allow, of what) for the range's ends, the median and the mean."""
    n, (ranges, ends), (lows, highs) = len(bounds), limits, classes_
    if ends:
        first, last = (
            next(j for j in order_ if sizes[j]) for order_ in (range(len(sizes)), range(len(sizes) - 1, -1, -1))
        )
        yield ranges, (max(lows[first], ends[0][0]), min(highs[first], ends[0][1])), "the lowest value"
        yield ranges, (max(lows[last], ends[1][0]), min(highs[last], ends[1][1])), "the highest value"
    middle = bounds[(n - 1) // 2], bounds[n // 2]
    allowed = (middle[0][0] + middle[1][0]) / 2, (middle[0][1] + middle[1][1]) / 2
    for p in parts.get("median", []):
        yield p, allowed, "the median"
    mean = sum(low for low, _ in bounds) / n, sum(high for _, high in bounds) / n
    for p in parts.get("mean", []):
        yield p, mean, "the mean"


def eligibility(paper: Paper):
    """Printed subjects outside the stated limits of eligibility."""
    known = summaries(paper)
    for rule in paper.registry.cohort.get("eligibility") or []:
        column = str(rule.get("column"))
        low, high = float(rule.get("min", -inf)), float(rule.get("max", inf))
        for (variable, _), parts in known.items():
            for p in [q for prints in parts.values() for q in prints] if variable == column else []:
                if p.cell.part in ("estimate", "range", "quartiles"):
                    texts = p.cell.text if isinstance(p.cell.text, tuple) else (p.cell.text,)
                    if any(w and (w[1] < low or w[0] > high) for w in map(window, texts)):
                        wording = Message(
                            "{what} {printed} lies outside the stated eligibility: {rule}",
                            what=_what(p),
                            printed=p.shown,
                            rule=rule["label"],
                        )
                        yield found(
                            "contradiction",
                            [p],
                            wording,
                            Message("allowed {low} to {high}", low=f"{low:g}", high=f"{high:g}"),
                        )
        allowed = {str(level) for level in rule.get("in", [])}
        for group, prints in paper.counts.items():
            size = paper.printed_size(group)
            if allowed and size and len(group) == 1 and group[0][0] == column and not allowed & set(group[0][1]):
                wording = Message(
                    "{size} subjects ({group}) outside the stated eligibility: {rule}",
                    size=size,
                    group=paper.words(group),
                    rule=rule["label"],
                )
                yield found("contradiction", prints, wording, f"{size} > 0")
