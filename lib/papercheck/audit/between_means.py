"""Checks between two groups by their printed means, spreads
and survival: standardized differences, P values, intervals.
"""

from math import inf, sqrt

from ..registry.printed import print_as, read_printed
from .chance import normal_quantile, t_quantile
from .consistency import overlap
from .finding import Either, Message, found, listed, prints_of
from .group_tests import p_of_means, summary
from .intervals import LEVELS
from .paper import Paper, as_group, finest, widest
from .two_groups import ROOM, is_modelled


def standardized_differences(paper: Paper):
    """A standardized difference that the printed means and
    spreads, or the counts of a yes-or-no factor, do not give.
    """
    for entry in paper.registry.of("smd"):
        p, levels = finest(prints_of(entry, "estimate")), [str(x) for x in paper.levels.get(str(entry.get("by"))) or ()]
        own = widest(p.cell.text) if p is not None else None
        if own is None or len(levels) != 2 or entry.get("weights"):
            continue
        groups = [as_group(entry.get("where"), {str(entry.get("by")): level}) for level in levels]
        values, behind = (
            _of_numbers(paper, entry, groups) if entry.get("variable") else _of_shares(paper, entry, groups)
        )
        size = max(0.0, min(map(abs, own)) if own[0] * own[1] > 0 else 0.0), max(map(abs, own))
        if values is None or overlap(size, (values[0] * 0.93 - 0.01, values[1] * 1.07 + 0.01)):
            continue
        wording = Message(
            "{name}: {printed} is not that of the printed groups; that of weighted or "
            "matched ones would be another (`weights` in the registry says so)",
            name=paper.name(entry),
            printed=p.shown,
        )
        evidence = Message("they give {listed}", listed=listed([f"{x:.3g}" for x in values], "to"))
        yield found("contradiction", [p, *behind], wording, evidence, [f"{sum(values) / 2:.2f}"])


def _of_numbers(paper, entry, groups):
    rows = [summary(paper, entry.get("variable"), group) for group in groups]
    if None in rows:
        return None, []
    (_, m, s, q), (_, k, t, r) = rows
    least, most = max(0.0, m[0] - k[1], k[0] - m[1]), max(m[1] - k[0], k[1] - m[0])
    spreads = [sqrt((s[side] ** 2 + t[side] ** 2) / 2) for side in (1, 0)]
    return (least / spreads[0], most / max(spreads[1], 1e-9)), [*q, *r]


def _of_shares(paper, entry, groups):
    column, levels = str(entry.get("factor")), list(paper.levels.get(str(entry.get("factor"))) or ())
    if len(levels) != 2:
        return None, []
    shares, behind = [], []
    for group in groups:
        inside = [as_group(dict((c, list(x)) for c, x in group), {column: level}) for level in levels]
        counts, size = [paper.size(g) for g in inside], paper.size(group)
        known = [k for k in counts if k is not None]
        if not size or not known or max(known) > size:
            return None, []
        shares.append(counts[0] / size if counts[0] is not None else 1 - counts[1] / size)
        behind += [q for g in inside for q in paper.behind(g)]
    spread = sqrt(sum(x * (1 - x) for x in shares) / 2)
    return ((abs(shares[0] - shares[1]) / spread,) * 2, behind) if spread > 0 else (None, [])


def p_of_mean_differences(paper: Paper):
    """P values of a difference of means that a t test of the printed means, spreads and sizes does not give."""
    for entry in paper.registry.of("mean_difference"):
        pair = [entry.get(key) for key in ("group", "against")]
        if None in pair or is_modelled(entry):
            continue
        rows = [
            summary(paper, entry.get("variable"), as_group(entry.get("where"), {str(entry.get("by")): str(x)}))
            for x in pair
        ]
        for p in prints_of(entry, "p") if None not in rows else ():
            number = read_printed(p.cell.text)
            if number is None or number.value > 1:
                continue
            low, high = p_of_means(rows)
            fewer = p_of_means([(max(2, int(0.8 * n)), *rest) for n, *rest in rows])
            room = min(low, fewer[0]) * 0.7 / 2, min(1.0, max(high, fewer[1]) * 1.3)
            if not overlap(number.widest_window, room):
                wording = Message(
                    "{name}: P {printed} is not that of the printed means, standard "
                    "deviations and sizes: it holds only if it is paired, of ranks or "
                    "adjusted",
                    name=paper.name(entry),
                    printed=p.shown,
                )
                evidence = Message(
                    "a t test gives {value} to {value2}", value=print_as(low, 4), value2=print_as(high, 4)
                )
                yield found(
                    "convention",
                    [p, *(q for row in rows for q in row[3])],
                    wording,
                    evidence,
                    [print_as((low + high) / 2, 3)],
                )


def narrow_differences(paper: Paper):
    """An interval of a difference of survival that is narrower than so many subjects allow. Source: Greenwood 1926."""
    for entry in paper.registry.of("difference"):
        ci, pair = finest(prints_of(entry, "ci")), [entry.get(key) for key in ("group", "against")]
        if (
            not entry.get("endpoint")
            or ci is None
            or not isinstance(ci.cell.text, tuple)
            or None in pair
            or is_modelled(entry)
        ):
            continue
        groups = [as_group(entry.get("where"), {str(entry.get("by")): str(x)}) for x in pair]
        sides = [_survival(paper, entry, group) for group in groups]
        limits, sizes = [widest(t) for t in ci.cell.text], [paper.size(g) for g in groups]
        if None in (*sides, *limits, *sizes) or 0 in sizes or any(abs(x) == inf for w in limits for x in w):
            continue
        level = float(entry.get("level", paper.registry.level))
        error = sqrt(sum(min(x * (100 - x) for x in w) / n for (w, _), n in zip(sides, sizes, strict=True)))
        half = (limits[1][1] - limits[0][0]) / 2
        if half >= 0.85 * normal_quantile(0.5 + level / 200) * error:
            continue
        fits = [f"{x:g}%" for x in LEVELS if x < level and half >= 0.85 * normal_quantile(0.5 + x / 200) * error]
        wording = Message(
            "{name}: {ci} is narrower than {sizes} and {sizes2} subjects allow at {level}%",
            name=paper.name(entry),
            ci=ci.shown,
            sizes=sizes[0],
            sizes2=sizes[1],
            level=f"{level:g}",
        )
        if fits:
            wording = Message("{what}; it would do at {listed}", what=wording, listed=Either(fits))
        evidence = Message(
            "the half-width is at least {n} points", n=f"{normal_quantile(0.5 + level / 200) * error:.1f}"
        )
        yield found("convention" if fits else "contradiction", [ci, *(p for _, p in sides)], wording, evidence)


def _survival(paper, entry, group):
    for other in paper.registry.of("survival_at"):
        same = str(other.get("endpoint")) == str(entry.get("endpoint")) and str(other.get("time")) == str(
            entry.get("time")
        )
        p = finest(prints_of(other, "percent"))
        if same and as_group(other.get("where")) == group and not other.get("weights") and p is not None:
            own = widest(p.cell.text)
            return ((max(own[0], 0.0), min(own[1], 100.0)), p) if own and 1 < own[0] <= own[1] < 99 else None
    return None


def middle_of_difference(paper: Paper):
    """A difference of means, or a restricted mean, far from the middle of its t or normal interval."""
    for entry in paper.registry.of("mean_difference", "rmst_difference", "rmst"):
        p, ci = finest(prints_of(entry, "difference", "estimate")), finest(prints_of(entry, "ci"))
        if p is None or ci is None or not isinstance(ci.cell.text, tuple) or is_modelled(entry):
            continue
        own, low, high = (widest(t) for t in (p.cell.text, *ci.cell.text))
        if None in (own, low, high) or any(abs(x) == inf for w in (own, low, high) for x in w):
            continue
        tau = float(entry.get("time") or inf)
        if entry.statistic == "rmst" and (high[1] >= tau or low[0] <= 0):
            continue  # cut there
        half, middle = (sum(high) - sum(low)) / 4, (sum(low) + sum(high)) / 4
        apart = max(own[0] - middle, middle - own[1]) - (high[1] - high[0])
        if apart > 0.1 * half and low[0] <= own[1] and own[0] <= high[1]:
            near = print_as(middle, read_printed(p.cell.text).decimals)
            said = (
                "{name}: {estimate} is not the middle of {ci}, which a t or normal interval has; a bootstrap interval"
                " has not"
            )
            wording = Message(said, name=paper.name(entry), estimate=p.shown, ci=ci.shown)
            yield found("convention", [p, ci], wording, Message("the middle is {near}", near=near), [near])


def intervals_of_means(paper: Paper):
    """An interval of a difference of means that the printed spreads and sizes do not give (pooled, Welch or normal)."""
    for entry in paper.registry.of("mean_difference"):
        ci, pair = finest(prints_of(entry, "ci")), [entry.get(key) for key in ("group", "against")]
        if ci is None or not isinstance(ci.cell.text, tuple) or None in pair or is_modelled(entry):
            continue
        rows = [
            summary(paper, entry.get("variable"), as_group(entry.get("where"), {str(entry.get("by")): str(x)}))
            for x in pair
        ]
        limits = [widest(t) for t in ci.cell.text]
        if None in rows or None in limits or any(abs(x) == inf for w in limits for x in w):
            continue
        level = float(entry.get("level", paper.registry.level))
        least, most = _half_of_means(rows, level)
        own = (limits[1][0] - limits[0][1]) / 2, (limits[1][1] - limits[0][0]) / 2
        if own[0] <= most * (1 + ROOM) and own[1] >= least * (1 - ROOM):
            continue
        at = [
            x
            for x in LEVELS
            if (e := _half_of_means(rows, x)) and own[0] <= e[1] * (1 + ROOM) and own[1] >= e[0] * (1 - ROOM)
        ]
        wording = Message(
            "{name}: {ci} is not the {level}% interval of the printed spreads and sizes",
            name=paper.name(entry),
            ci=ci.shown,
            level=f"{level:g}",
        )
        evidence = Message(
            "its half-width is {n}; they give {least} to {most}",
            n=f"{sum(own) / 2:.3g}",
            least=f"{least:.3g}",
            most=f"{most:.3g}",
        )
        prints = [ci, *(q for row in rows for q in row[3])]
        yield _not_of_spreads(prints, wording, evidence, at)


def _not_of_spreads(prints, wording, evidence, at):
    """The finding of an interval that the spreads do not give; at : the other levels at which they would."""
    if at:
        wording = Message("{wording}; it would do at {listed}", wording=wording, listed=Either([f"{x:g}%" for x in at]))
        return found("convention", prints, wording, evidence)
    wording = Message(
        "{what}: it holds only if the groups are paired or the difference is adjusted (say so with `adjusted`)",
        what=wording,
    )
    return found("contradiction", prints, wording, evidence)


def _half_of_means(rows, level) -> tuple[float, float]:
    (n, _, s, _), (m, _, t, _) = rows
    values = []
    for first, second in ((s[0], t[0]), (s[1], t[1])):
        welch = sqrt(first**2 / n + second**2 / m)
        pooled = sqrt(((n - 1) * first**2 + (m - 1) * second**2) / (n + m - 2) * (1 / n + 1 / m))
        values += [
            q * x
            for x in (welch, pooled)
            for q in (normal_quantile(0.5 + level / 200), t_quantile(0.5 + level / 200, min(n, m) - 1))
        ]
    return min(values), max(values)
