"""Checks of single prints: the same quantity in several places, values that no statistic can take."""

import re
from itertools import combinations

from ..registry.printed import read_printed
from ..registry.test_kinds import test_kind
from ..vocabulary.units import DAYS_PER_MONTH
from .consistency import overlap
from .finding import Message, each_placed, found, prints_of
from .intervals import ESTIMATES, likelier, within
from .paper import Paper, finest, whole, widest

DAYS = {  # unit of time -> days in it, by every usual reckoning
    "days": (1.0,), "weeks": (7.0,), "months": (DAYS_PER_MONTH, 30.0, 28.0, 31.0), "years": (365.25, 365.0, 360.0),
}  # fmt: skip
AGREEMENT = re.compile(r"\bkappa\b|κ|correlation coefficient|\b(?:pearson|spearman)", re.I)  # between -1 and 1
SHARES = {("count", "percent"), ("events", "percent"), ("survival_at", "percent")}
RATIOS = {("cox", "hr"), ("odds_ratio", "or"), ("risk_ratio", "rr"), ("pooled", "hr"), ("pooled", "or")}
AREAS = {("auc", "estimate"), ("c_index", "estimate")}
OF_ANOTHER_TEST = (
    "{name}: printed as {shown}. It holds only if the one that names no method is by another than the one that does"
)
NOT_NEGATIVE = {("count", "count"), ("events", "count"), ("mean", "sd"), ("median_survival", "estimate"), ("longest", "estimate")}  # fmt: skip


def description(entry) -> str:
    """What an entry describes, so that two entries of one quantity are found under whatever id."""
    return repr((entry.statistic, entry.unit, entry.reading, _frozen(entry.spec)))


def _frozen(value):
    if isinstance(value, dict):
        return tuple(sorted((str(k), _frozen(v)) for k, v in value.items()))
    return tuple(sorted(map(repr, map(_frozen, value)))) if isinstance(value, list) else str(value)


def several_prints(paper: Paper):
    """One quantity that is printed with different values."""
    quantities = {}
    for entry in paper.registry.entries:
        if entry.statistic != "stated" or entry.get("what"):
            quantities.setdefault(description(entry), []).extend(prints_of(entry))
    for prints in quantities.values():
        has_count = any(p.cell.part == "count" for p in prints)
        for part in dict.fromkeys(p.cell.part for p in prints):
            if part == "percent" and has_count:
                continue  # judged with its count
            for group in _by_method([p for p in prints if p.cell.part == part]):
                yield from _disagreement(paper, part, group, prints)


def several_units(paper: Paper):
    """One time that is printed in two units with values that no usual length of a month reconciles."""
    quantities = {}
    for entry in paper.registry.of("median_survival", "median_follow_up", "longest", "rmst"):
        unit = entry.unit or str(paper.registry.cohort.get("time_unit", "months"))
        key = repr((entry.statistic, entry.reading, _frozen(entry.spec)))
        if unit in DAYS and (p := finest(prints_of(entry, "estimate"))) is not None:
            quantities.setdefault(key, {}).setdefault(unit, p)
    for units in quantities.values():
        for (unit, p), (other, q) in combinations(units.items(), 2):
            own, theirs = (
                [(w[0] * d, w[1] * d) for d in DAYS[u]]
                for u, w in ((unit, widest(p.cell.text)), (other, widest(q.cell.text)))
            )
            if any(overlap(a, b) for a in own for b in theirs):
                continue
            wording = Message(
                "{name}: {printed} {unit}, but {beside} {other}",
                name=paper.name(p.entry),
                printed=p.shown,
                unit=unit,
                beside=q.shown,
                other=other,
            )
            days = list(
                f"{float(read_printed(x.cell.text).value) * DAYS[u][0]:.0f}" for x, u in ((p, unit), (q, other))
            )
            yield found(
                "contradiction",
                [p, q],
                wording,
                Message(
                    "{days} days, at {DAYS_PER_MONTH} days a month; at 30 and 28 they differ too",
                    days=days,
                    DAYS_PER_MONTH=DAYS_PER_MONTH,
                ),
            )


def _by_method(prints):
    """Prints that can be compared: an interval by another named method, or a one-sided P, is another number."""
    halves = [p for p in prints if p.cell.part == "p" and test_kind(p.cell).sides == 1]
    if halves and len(halves) < len(prints):
        return [halves, *_by_method([p for p in prints if p not in halves])]
    methods = {p.cell.method for p in prints} - {""}
    return [[p for p in prints if p.cell.method in ("", method)] for method in methods] if methods else [prints]


def _disagreement(paper, part, prints, all_prints):
    texts = {}
    for p in prints:
        texts.setdefault(p.cell.text, []).append(p)
    pairs = [(a, b) for i, a in enumerate(texts) for b in list(texts)[i + 1 :]]
    relations = {agreement(a, b) for a, b in pairs}
    if not relations - {"same"}:
        return
    where = each_placed({group[0].shown: group for group in texts.values()})
    concerned = [p for group in texts.values() for p in group]
    admissible = []
    if part == "count":
        concerned += [p for p in all_prints if p.cell.part == "percent" and any(p.cell.at == q.cell.at for q in prints)]
        steps, admissible = _completing(paper, prints)
        where = Message("{where}. {steps}", where=where, steps=steps) if steps else where
    shown = {"shown": [group[0].shown for group in texts.values()], "name": paper.name(prints[0].entry)}
    named = {p.cell.method for p in prints}
    if "differ" in relations and "" in named and len(named) > 1 and not _differ_alike(prints):
        yield found("convention", concerned, Message(OF_ANOTHER_TEST, **shown), where, admissible)
    elif "differ" in relations:
        wording = Message("{name}: printed as {shown}", **shown)
        if backed := _backed(part, prints, all_prints):
            concerned, right, ci = backed
            wording, admissible = likelier(wording, concerned[0], right, ci), [right.shown]
        yield found("contradiction", concerned, wording, where, admissible)
    else:
        wording = Message("{name}: {shown} agree only if digits are cut off", **shown)
        yield found("convention", concerned, wording, where)


def _backed(part, prints, all_prints):
    """(prints outside the one interval that is printed, one within it, the interval); None where it does not decide."""
    intervals = {p.cell.text: p for p in all_prints if p.cell.part == "ci" and isinstance(p.cell.text, tuple)}
    if len(intervals) != 1 or part not in ESTIMATES.get(prints[0].entry.statistic, ()):
        return None
    (ci,) = intervals.values()
    inside, outside = ([p for p in prints if within(p, ci) is side] for side in (True, False))
    decided = inside and outside and len(inside) + len(outside) == len(prints)
    alike = len({p.cell.text for p in inside}) == 1
    return (outside, inside[0], ci) if decided and alike else None


def _differ_alike(prints) -> bool:
    """Whether prints that name one method, or none, differ among themselves."""
    texts = {}
    for p in prints:
        texts.setdefault(p.cell.method, []).append(p.cell.text)
    return any(agreement(a, b) == "differ" for own in texts.values() for a, b in combinations(own, 2))


def agreement(a, b) -> str:
    """Whether two printed numbers (or pairs) can be one value: 'same', 'cut' (if digits are cut off), or 'differ'."""
    if isinstance(a, tuple) or isinstance(b, tuple):
        if not (isinstance(a, tuple) and isinstance(b, tuple)):
            return "same"  # an interval that one place does not give
        parts = [agreement(x, y) for x, y in zip(a, b, strict=True)]
        return "differ" if "differ" in parts else "cut" if "cut" in parts else "same"
    numbers = read_printed(a), read_printed(b)
    if None in numbers:
        known = next((number for number in numbers if number is not None), None)
        return "differ" if "NR" in (a, b) and known is not None and not known.bound else "same"
    a, b = numbers
    if a.decimals == b.decimals and not a.bound and not b.bound:
        return "same" if a.value == b.value else "differ"
    (low_a, high_a), (low_b, high_b) = a.window, b.window
    if min(high_a, high_b) - max(low_a, low_b) > 1e-12:
        return "same"
    if a.bound or b.bound:
        return "differ"
    coarse, fine = sorted((a, b), key=lambda n: n.decimals)
    low, high = coarse.truncation_window
    return "cut" if low <= float(fine.value) < high else "differ"


def _completing(paper, prints):
    """Which of several counts of a level makes the classes of its factor sum to their whole: the sums, the counts."""
    for (_, rest), levels in paper.partitions(paper.counts).items():
        for group in levels.values():
            if paper.counts[group][0].entry is not prints[0].entry:
                continue
            others = [paper.printed_size(g) for g in levels.values() if g != group]
            if others and None not in others and paper.size(rest) is not None:
                sums = {whole(p): whole(p) + sum(others) for p in prints if whole(p) is not None}
                steps = [f"{sum(others)} + {k} = {total}" for k, total in sums.items()]
                fitting = [k for k, total in sums.items() if total == paper.size(rest)]
                said = Message("With the other classes {steps}, of {n}", steps=steps, n=paper.size(rest))
                return said, fitting
    return "", []


def zero_p(paper: Paper):
    """P values printed as 0.000."""
    for prints, number in _single_prints(paper, lambda statistic, part: part == "p"):
        if number.value == 0 and not number.bound:
            bound = f"<{number.unit:f}"
            wording = Message(
                "P = {number} is how software prints a P below {n}; a P value is never 0",
                number=number.text,
                n=f"{number.unit / 2:f}",
            )
            yield found("convention", prints, wording, f"0 < P < {number.unit / 2:f}", [bound])


def stated_sums(paper: Paper):
    """Stated numbers that are not the sum of those that they are said to sum."""
    by_id = {entry.id: entry for entry in paper.registry.entries}
    for entry in paper.registry.of("stated"):
        parts = entry.get("sum_of") or []
        cells = [prints_of(by_id[str(part)])[0] for part in (parts if isinstance(parts, list) else [parts])]
        values = [whole(p) for p in cells]
        for p in prints_of(entry, "value") if cells and None not in values else []:
            if whole(p) is not None and whole(p) != sum(values):
                steps = f"{' + '.join(p.shown for p in cells)} = {sum(values)}"
                yield found(
                    "contradiction",
                    [p, *cells],
                    Message("{name}: {printed} is not the sum of its parts", name=paper.name(entry), printed=p.shown),
                    steps,
                    [sum(values)],
                )


def out_of_range(paper: Paper):
    """Values that the statistic cannot take: percentages above 100, P above 1, ratios of 0, negative times."""
    limits = [
        (lambda s, part: (s, part) in SHARES, 0, 100, "a percentage of subjects lies between 0 and 100"),
        (lambda s, part: (s, part) in AREAS, 0, 1, "an area or concordance lies between 0 and 1"),
        (lambda s, part: part == "p", 0, 1, "a P value lies between 0 and 1"),
        (lambda s, part: (s, part) in RATIOS, 0, float("inf"), "a ratio is not negative"),
        (lambda s, part: (s, part) in NOT_NEGATIVE, 0, float("inf"), "it cannot be negative"),
    ]  # fmt: skip
    for prints, number in _single_prints(paper, lambda statistic, part: statistic == "stated"):
        if AGREEMENT.search(str(prints[0].entry.get("what", ""))) and not -1 <= number.value <= 1:
            why = "a kappa or a correlation lies between -1 and 1"
            yield found(
                "impossible",
                prints,
                Message("{number}: {why}", number=number.text, why=why),
                Message("{number} is outside -1 to 1", number=number.text),
            )
    for applies, low, high, why in limits:
        for prints, number in _single_prints(paper, applies):
            if not low <= number.value <= high:
                yield found(
                    "impossible",
                    prints,
                    Message("{number}: {why}", number=number.text, why=why),
                    Message("{number} is outside {low} to {high}", number=number.text, low=low, high=high),
                )


def _single_prints(paper, applies):
    for entry in paper.registry.entries:
        for p in prints_of(entry):
            if isinstance(p.cell.text, str) and applies(entry.statistic, p.cell.part):
                number = read_printed(p.cell.text)
                if number is not None:
                    yield [p], number
