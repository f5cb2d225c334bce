"""Checks of P values between groups: recomputed from the printed counts, means and sizes, by every test that may be
meant.

Where the print names its test (`method`), that test is asked first; a P that only another one gives is a convention. It
is a contradiction where no usual test gives it, with levels joined or left out as papers do.
"""

from itertools import product
from math import sqrt

from ..registry.printed import print_as, read_printed
from ..registry.test_kinds import ONE_SIDED
from .chance import f_tail, normal_quantile, normal_tail, t_tail
from .consistency import overlap
from .contingency import CHI, EXACT, RANK, TREND, readings, table_p
from .denominators import Tables, is_of_fewer, read_as_fewer, tables_between
from .finding import Either, Message, found, prints_of
from .kinds import p_words
from .paper import Paper, as_group, finest, whole, widest
from .percentages import usual_rules

NAMES = {  # family of tests -> how a print may name it, letters and digits only
    EXACT: ("fisher", "exact", "freeman"), RANK: ("mann", "wilcoxon", "ranksum", "kruskal", "utest"),
    TREND: ("trend", "armitage", "linearbylinear", "mantel"), "means": ("ttest", "student", "welch", "anova", "ttests"),
    CHI: ("chi", "\u03c72", "pearson", "likelihood", "yates"),
}  # fmt: skip
JOINED = " of joined levels"
SELDOM = ("mid-P", "N - 1", "z test", "Wald")  # tests that nobody uses of joined levels
FAMILIES = (CHI, EXACT, RANK, TREND)
OTHER = (
    "mcnemar",
    "paired",
    "permutation",
    "bootstrap",
    "adjusted",
    "regression",
    "gee",
    "mixed",
    "bayes",
    "cmh",
    "stratified",
)
KNOWN = 0.8  # a mean may be of no fewer than this share of the subjects before its P is called wrong
FEWEST = 10  # baseline P values of one comparison, before they are judged together
EXTREME = 0.001  # how rarely so many P values would be so alike


def tests_of_counts(paper: Paper):
    """P values that no usual test of the printed counts gives."""
    for entry in paper.registry.of("group_test"):
        table, behind = _table(paper, entry)
        for p in prints_of(entry, "p") if table and not entry.get("weights") else ():
            yield from _of_table(paper, entry, p, table, behind)


def _tables(paper, entry, table) -> Tables:
    """What the printed table may be: of an outcome also of fewer subjects."""
    if entry.get("factor"):
        return Tables(table, [], True)
    levels = [str(x) for x in paper.levels.get(str(entry.get("by"))) or ()]
    return tables_between(paper, entry, levels, [(k, k + rest) for k, rest in table])


def _judged(paper, entry, table, fits) -> str:
    """The verdict about a P that the table of all subjects does not give."""
    tables = _tables(paper, entry, table)
    if tables.own == table:
        return "contradiction"
    return tables.verdict(lambda t: t != tables.own and fits(tuple((k, n - k) for k, n in t)))


def _of_table(paper, entry, p, table, behind):
    number, said, sides = read_printed(p.cell.text), test_said(p), sides_of(p)
    if number is None or number.value > 1 or any(word in said for word in OTHER):
        return
    named = [family for family in FAMILIES if any(word in said for word in NAMES[family])]
    window = number.widest_window
    fitting = _fitting(table, window, named or FAMILIES, sides)
    kind = "" if fitting else _judged(paper, entry, table, lambda t: _fitting(t, window, FAMILIES, sides))
    if not fitting and not kind:
        return
    if fitting:
        if all(JOINED in name for name in fitting):
            yield _of_joined(paper, entry, p, (table, window, sides, named), fitting, behind)
        return
    others = _fitting(table, window, FAMILIES, sides) if named else []
    own = [(name, value) for family in named or FAMILIES[:2] for name, value in table_p(table, family).items()]
    evidence = _p_by_test(own, sides)
    counts = " against ".join("/".join(map(str, row)) for row in table)
    nearest = list(dict.fromkeys(_words(value, sides) for _, value in own[:3]))
    name, shown = paper.name(entry), p.shown if number.bound else f"= {p.shown}"
    if others:
        wording = Message(
            "{name}: P {shown} is not that of {counts} by the test that it names ({method}), but by {listed}",
            name=name,
            shown=shown,
            counts=counts,
            method=p.cell.method,
            listed=Either(others[:3]),
        )
        yield found("convention", [p, *behind], wording, evidence, nearest)
        return
    wording = Message(
        "{name}: no usual test of the printed counts ({counts}) gives P {shown}: chi-square, "
        "Fisher, rank and trend tests were tried, with levels joined and left out. The P or "
        "a count is wrong, or the test is another one",
        name=name,
        counts=counts,
        shown=shown,
    )
    yield found(kind, [p, *behind], read_as_fewer(kind, wording), evidence, nearest)


def _of_joined(paper, entry, p, of, fitting, behind):
    """A P that only a test of joined levels gives, or one that leaves a level out."""
    table, window, sides, named = of
    own = [(n, v) for family in named or FAMILIES[:2] for n, v in table_p(table, family).items()]
    evidence = _p_by_test(own, sides)
    said = (
        "{name}: P {p} is not that of {counts}, but of some of the levels joined or left out ({tests}); or the P or a"
        " count is a misprint"
    )
    counts = " against ".join("/".join(map(str, row)) for row in table)
    shown = p.shown if read_printed(p.cell.text).bound else f"= {p.shown}"
    wording = Message(said, name=paper.name(entry), p=shown, counts=counts, tests=Either(fitting[:3]))
    return found("convention", [p, *behind], wording, evidence)


def _p_by_test(own, sides) -> Message:
    """'chi-square 0.005; Fisher 0.009' of (name of the test, its P values)."""
    return Message("{each}", each=tuple(Message("{test} {p}", test=name, p=_words(p, sides)) for name, p in own))


def _fitting(table, window, families, sides) -> list[str]:
    """The names of the tests of the table, else of one of its readings, whose P lies in a window."""
    own, *joined = readings(table)
    for made, family in [*((own, x) for x in families), *((joined, x) for x in families)]:
        fitting = []
        for one in [made] if made is own else made:
            for name, (low, high) in table_p(one, family).items():
                values = [(low, high)] if sides == 2 else [(low / 2, high / 2), (1 - high / 2, 1 - low / 2)]
                seldom = made is not own and any(word in name for word in SELDOM)
                if not seldom and any(overlap(window, value) for value in values):
                    fitting.append(name if made is own else f"{name}{JOINED}")
        if fitting:
            return list(dict.fromkeys(fitting))  # the tests of one family are enough
    return []


def test_said(p) -> str:
    return "".join(x for x in p.cell.method.casefold() if x.isalnum())


def sides_of(p) -> int:
    return 1 if any(word in test_said(p) for word in ONE_SIDED) else 2


def _words(value, sides) -> str:
    low, high = (x / (3 - sides) for x in value)
    middle = (low + high) / 2
    return print_as(middle, 3) if middle >= 0.001 else f"{middle:.1g}"


def _table(paper, entry):
    """((counts of the outcome, ...), ...) one row a level of `by`,
    and the prints; (None, []) where a count is not printed.
    """
    by, where = str(entry.get("by")), entry.get("where") or {}
    levels = [str(x) for x in paper.levels.get(by) or ()]
    if len(levels) < 2 or entry.get("variable"):
        return None, []
    rows = [_row(paper, entry, where, {by: level}) for level in levels]
    if any(row is None for row, _ in rows):
        return None, []
    table = tuple(row for row, _ in rows)
    return (table, [p for _, prints in rows for p in prints]) if all(min(r) >= 0 for r in table) else (None, [])


def _row(paper, entry, where, level):
    """Counts of the outcome in one group, and the prints behind
    them; the count of one level may follow from the others.
    """
    within = as_group(where, level)
    size = paper.size(within)
    if entry.get("event"):
        return event_row(paper, entry, where, level)
    if entry.get("event_of"):
        group = as_group(where, level, entry.get("event_of"))
        count = paper.size(group)
        return (None, []) if None in (size, count) else ((count, size - count), paper.behind(group))
    column = str(entry.get("factor"))
    groups = [as_group(where, level, {column: x}) for x in paper.levels.get(column) or ()]
    counts = [paper.printed_size(group) if group in paper.counts else None for group in groups]
    printed = {as_group(e.get("of"), e.get("where")) for e in paper.registry.of("count") if not e.get("event")}
    known = not any(is_of_fewer(paper, s, usual_rules(paper)) for s in paper.shares if column in dict(s.group))
    if known and size is not None and counts.count(None) == 1 and groups[counts.index(None)] not in printed:
        counts[counts.index(None)] = size - sum(x for x in counts if x is not None)
    prints = [p for group in groups for p in paper.counts.get(group, [])]
    return (None, []) if None in counts or not counts else (tuple(counts), prints)


def event_row(paper, entry, where, level):
    wanted = as_group(where, level)
    for other in paper.registry.of("count"):
        if other.get("event") == entry.get("event") and as_group(other.get("of"), other.get("where")) == wanted:
            counts = {whole(p) for p in prints_of(other, "count")} - {None}
            size = int(other.spec["denominator"]) if "denominator" in other.spec else paper.size(wanted)
            if len(counts) == 1 and size is not None:
                count = counts.pop()
                return (count, size - count), prints_of(other, "count")
    return None, []


def tests_of_means(paper: Paper):
    """P values that a t test or an analysis of variance of the printed means and standard deviations does not give."""
    for entry in paper.registry.of("group_test"):
        by, variable = str(entry.get("by")), entry.get("variable")
        levels = [str(x) for x in paper.levels.get(by) or ()]
        if not variable or len(levels) < 2 or entry.get("weights"):
            continue
        rows = [summary(paper, variable, as_group(entry.get("where"), {by: level})) for level in levels]
        for p in prints_of(entry, "p"):
            number = read_printed(p.cell.text)
            if number is not None and number.value <= 1 and not any(word in test_said(p) for word in OTHER):
                yield from _of_ranks(paper, entry, p, number, rows)
                if None not in rows:
                    yield from _of_means(paper, entry, p, number, rows)


def summary(paper, variable, group):
    """(n, window of the mean, window of the standard deviation, prints) of one group; None where it is not printed."""
    entries = [
        e for e in paper.registry.of("mean") if e.get("variable") == variable and as_group(e.get("where")) == group
    ]
    mean, sd = (finest([p for e in entries for p in prints_of(e, part)]) for part in ("estimate", "sd"))
    n = paper.size(group)
    if None in (mean, sd, n) or n < 2 or widest(sd.cell.text)[1] <= 0:
        return None
    return n, widest(mean.cell.text), widest(sd.cell.text), [mean, sd]


def _of_means(paper, entry, p, number, rows):
    said, sides = test_said(p), sides_of(p)
    least, most = (x / (3 - sides) for x in p_of_means(rows))
    fewer = p_of_means([(max(2, int(n * KNOWN)), m, s, q) for n, m, s, q in rows])
    low, high = min(least, fewer[0] / (3 - sides)), max(most, fewer[1] / (3 - sides))
    if overlap(number.widest_window, (low, high)) or (
        sides == 1 and overlap(number.widest_window, (1 - high, 1 - low))
    ):
        return
    named = any(word in said for word in NAMES["means"])
    if any(word in said for word in (*NAMES[RANK], *NAMES[TREND])):
        return
    test = "a t test" if len(rows) == 2 else "an analysis of variance"
    evidence = Message(
        "the printed means and standard deviations give P {p_words} by {test}, rounding allowed for",
        p_words=p_words((least, most)),
        test=test,
    )
    prints = [p, *(q for row in rows for q in row[3])]
    shown = p.shown if number.bound else f"= {p.shown}"
    if named:
        wording = Message(
            "{name}: P {shown} is not that of {test} of the printed means, standard deviations and sizes",
            name=paper.name(entry),
            shown=shown,
            test=test,
        )
        yield found("contradiction", prints, wording, evidence, [p_words((least, most))])
    else:
        wording = Message(
            "{name}: P {shown} is not that of {test} of the printed numbers; it holds only "
            "if it is of a rank test, or adjusted, or one of them is a misprint",
            name=paper.name(entry),
            shown=shown,
            test=test,
        )
        yield found("convention", prints, wording, evidence)


def p_of_means(rows) -> tuple[float, float]:
    """The least and largest two-sided P of a t test (pooled or Welch) or analysis of variance within the rounding."""
    values = []
    sizes = [n for n, *_ in rows]
    for means in product(*(m for _, m, *_ in rows)):
        for sds in product(*(s for _, _, s, _ in rows)):
            values += _p_values(sizes, means, [max(s, 1e-9) for s in sds])
    lows = max(m[0] for _, m, *_ in rows)
    if lows <= min(m[1] for _, m, *_ in rows):
        values.append(1.0)  # the means can all be one
    return min(values) * 0.999, min(1.0, max(values) * 1.001)


def _p_values(sizes, means, sds):
    total = sum(sizes)
    grand = sum(n * m for n, m in zip(sizes, means, strict=True)) / total
    within = sum((n - 1) * s**2 for n, s in zip(sizes, sds, strict=True)) / (total - len(sizes))
    between = sum(n * (m - grand) ** 2 for n, m in zip(sizes, means, strict=True)) / (len(sizes) - 1)
    values = [f_tail(between / within, len(sizes) - 1, total - len(sizes))]
    if len(sizes) == 2:
        parts = [s**2 / n for n, s in zip(sizes, sds, strict=True)]
        df = sum(parts) ** 2 / sum(x**2 / (n - 1) for x, n in zip(parts, sizes, strict=True))
        size = abs(means[0] - means[1]) / sqrt(sum(parts))
        values += [2 * t_tail(size, df), 2 * normal_tail(size)]
    return values if len(sizes) == 2 else [*values, _welch(sizes, means, sds)]


def _welch(sizes, means, sds) -> float:
    """The P of an analysis of variance without equal variances. Source: Welch 1951."""
    weights = [n / s**2 for n, s in zip(sizes, sds, strict=True)]
    total, k = sum(weights), len(sizes)
    grand = sum(w * m for w, m in zip(weights, means, strict=True)) / total
    between = sum(w * (m - grand) ** 2 for w, m in zip(weights, means, strict=True)) / (k - 1)
    lost = sum((1 - w / total) ** 2 / (n - 1) for w, n in zip(weights, sizes, strict=True)) / (k**2 - 1)
    return f_tail(between / (1 + 2 * (k - 2) * lost), k - 1, 1 / (3 * lost))


def _of_ranks(paper, entry, p, number, rows):
    """A P of a rank test that is smaller than so many subjects can
    give: its statistic is at most the root of their number.
    """
    if not any(word in test_said(p) for word in NAMES[RANK]) or len(rows) != 2:
        return
    n = paper.size(as_group(entry.get("where"))) or paper.n
    least = sides_of(p) * normal_tail(sqrt(n)) if n else 0.0
    if number.widest_window[1] < least:
        wording = Message(
            "{name}: a rank test of {n} subjects cannot give P {printed}", name=paper.name(entry), n=n, printed=p.shown
        )
        yield found(
            "impossible",
            [p],
            wording,
            Message("at least {least}: its statistic is at most the root of {n}", least=f"{least:.1g}", n=n),
            [f">={least:.1g}"],
        )


def alike_baselines(paper: Paper):
    """Baseline P values of one comparison that are together too
    large or too small. Source: Carlisle 2017 (Stouffer's sum).
    """
    groups = {}
    for entry in paper.registry.of("group_test"):
        if not entry.get("event_of") and not entry.get("event") and not entry.get("weights"):
            p = finest(prints_of(entry, "p"))
            number = read_printed(p.cell.text) if p is not None else None
            if number is not None and not number.bound and 0 < number.value < 1:
                groups.setdefault((str(entry.get("by")), as_group(entry.get("where"))), []).append(
                    (p, float(number.value))
                )
    for (by, _), rows in groups.items():
        if len(rows) < FEWEST:
            continue
        z = sum(normal_quantile(value) for _, value in rows) / sqrt(len(rows))
        tail = normal_tail(abs(z))
        if 2 * tail < EXTREME:
            how = "more alike" if z > 0 else "more different"
            wording = Message(
                "The {n} baseline P values by {factor} are together {how} than chance makes "
                "groups: expected where groups were matched or chosen, rare where they were "
                "randomised, and the P values are not independent",
                n=len(rows),
                factor=paper.label(by),
                how=how,
            )
            yield found(
                "note",
                [p for p, _ in rows],
                wording,
                Message("sum of normal quantiles / root of {n} = {z}", n=len(rows), z=f"{z:.2f}"),
            )
