"""What a few printed numbers leave for another: the rest of a group, the P of all groups, person-time, a mean."""

from math import inf, log, sqrt

from ..registry.printed import read_printed
from .chance import chi_square_tail, normal_quantile
from .event_rates import months_of
from .finding import Message, found, prints_of
from .integers import summaries
from .kinds import p_window, test_kind
from .one_curve import at_risk, survival_points
from .paper import Paper, as_group, finest, widest

REST = "{name}: {own} of all, but {part} in {group}: of the other {rest} it would be {left}"
BY_OTHER = "{what}. It holds only if the percentages are of other numbers of subjects"
BY_CENSORING = "{what}. It holds only through censoring, or a number is a misprint"
TREND = "{what}. It holds only as a test for trend or a weighted one, or a number is a misprint"
SHORT = 28 / 31  # months of one kind in those of another
NEAR = 0.05  # how far above 100% a rest must be to be told of curves
SCORE = (1.15, 0.3)  # a factor and a constant by which a score statistic may be larger than Wald's


def rests(paper: Paper):
    """Subjects with something in all and in one part, of which more would be in the rest than it has."""
    outcomes = {}
    for entry in paper.registry.of("count"):
        if "denominator" in entry.spec:
            continue
        base = paper.size(as_group(entry.get("where" if entry.get("event") else "of")))
        least, most, prints = paper.count_range(entry, base)
        for outcome, within in _outcomes(entry) if prints else ():
            size = paper.size(within)
            if size:
                outcomes.setdefault(outcome, {}).setdefault(within, (least, most, size, prints[0]))
    for groups in outcomes.values():
        for inner, outer in _single_parts(paper, groups):
            (_, most, n, p), (least, _, size, q) = groups[inner], groups[outer]
            if n < size and least - most > size - n:
                shown = {"own": _shown(q), "part": _shown(p), "group": paper.words(inner), "rest": size - n}
                wording = Message(REST, name=paper.name(q.entry), **shown, left=least - most)
                counted = p.cell.part == q.cell.part == "count"
                wording = wording if counted else Message(BY_OTHER, what=wording)
                steps = f"{least} - {most} = {least - most} > {size} - {n} = {size - n}"
                yield found("contradiction" if counted else "convention", [q, p], wording, steps)


def _outcomes(entry):
    """(what is counted, among whom) of a count: an adverse event, a response, else each of its columns in turn."""
    if entry.get("event"):
        yield str(entry.get("event")), as_group(entry.get("where"))
        return
    within, group = as_group(entry.get("of")), as_group(entry.get("of"), entry.get("where"))
    own = [x for x in group if x not in within]
    for one in [x for x in own if x[0].startswith("BOR_")] or own:
        yield one, tuple(x for x in group if x != one)


def survival_of_rests(paper: Paper):
    """Survival at a time of all and of one part, by which more than all or fewer than none of the rest survive."""
    curves = {}
    for entry, p, own, group in survival_points(paper):
        key = str(entry.get("endpoint")), float(entry.get("time"))
        curves.setdefault(key, {})[group] = own, p, paper.followed(entry.get("endpoint"), group)
    for groups in curves.values():
        for inner, outer in _single_parts(paper, groups):
            (part, p, n), (own, q, size) = groups[inner], groups[outer]
            if not n or not size or n >= size:
                continue
            low, high = ((size * own[k] - n * part[1 - k]) / (size - n) for k in (0, 1))
            if low > 1 + NEAR or high < -NEAR:
                left = f"{100 * (low if low > 1 else high):.0f}%"
                shown = {"own": _shown(q), "part": _shown(p), "group": paper.words(inner), "rest": size - n}
                wording = Message(REST, name=paper.name(q.entry), **shown, left=left)
                steps = f"({size} x {q.shown}% - {n} x {p.shown}%) / {size - n} = {left}"
                yield found("convention", [q, p], Message(BY_CENSORING, what=wording), steps)


def _single_parts(paper, groups):
    """(part, whole) of groups, where no other part by the same column is among them."""
    for (_, rest), levels in paper.divisions(groups).items():
        if rest in groups and len(levels) == 1:
            yield next(iter(levels.values())), rest


def _shown(p) -> str:
    return f"{p.shown}%" if p.cell.part == "percent" else p.shown


def log_rank_of_groups(paper: Paper):
    """A P over three and more groups that is larger than the ratio of two of them allows.

    The joint Wald statistic is at least that of each comparison; a log-rank statistic may be smaller by SCORE.
    """
    ratios = {}
    for entry in paper.registry.of("cox"):
        if None not in (entry.get("group"), entry.get("against")) and not entry.get("adjusted"):
            ratios.setdefault(_comparison(entry), []).append(entry)
    for test in paper.registry.of("log_rank"):
        levels, p = paper.levels.get(str(test.get("by"))) or (), finest(prints_of(test, "p"))
        number, kind = (read_printed(p.cell.text), test_kind(p.cell)) if p is not None else (None, None)
        if len(levels) < 3 or number is None or number.value > 1 or "other" in kind.kinds or kind.sides == 1:
            continue
        if any(word in p.cell.method.casefold() for word in ("trend", "linear")):
            continue
        for entry in ratios.get(_comparison(test), []):
            z = least_wald(paper, entry)
            most = chi_square_tail(max(0.0, (z - SCORE[1]) / SCORE[0]) ** 2, len(levels) - 1)
            if number.widest_window[0] > most:
                yield _beyond_a_pair(paper, (test, p, kind), entry, most)
                break


def _comparison(entry):
    keys = ("endpoint", "by", "stratified", "weights")
    return *(str(entry.get(key)) for key in keys), as_group(entry.get("where"))


def least_wald(paper, entry) -> float:
    """The least size of the Wald statistic that a printed ratio and its interval allow; 0 where they say none."""
    estimate, ci = finest(prints_of(entry, "hr")), finest(prints_of(entry, "ci"))
    limits = [widest(t) for t in ci.cell.text] if ci is not None and isinstance(ci.cell.text, tuple) else [None]
    own = widest(estimate.cell.text) if estimate is not None else None
    if None in limits or not own or own[0] <= 0 or limits[0][0] <= 0 or limits[1][1] == inf or own[0] <= 1 <= own[1]:
        return 0.0
    quantile = normal_quantile(0.5 + float(entry.get("level", paper.registry.level)) / 200)
    return min(abs(log(x)) for x in own) * 2 * quantile / log(limits[1][1] / limits[0][0])


def _beyond_a_pair(paper, test, entry, most):
    (of, p, kind), hr, ci = test, finest(prints_of(entry, "hr")), finest(prints_of(entry, "ci"))
    said = "{name}: P {shown} over all groups, but {hr} with {ci} of {group} against {against}"
    shown = p.shown if read_printed(p.cell.text).bound else f"= {p.shown}"
    levels = {"group": str(entry.get("group")), "against": str(entry.get("against"))}
    wording = Message(said, name=paper.name(of), shown=shown, hr=hr.shown, ci=ci.shown, **levels)
    wording = wording if kind.named else Message(TREND, what=wording)
    evidence = Message("by this comparison alone P is at most {most}", most=f"{most:.2g}")
    return found("contradiction" if kind.named else "convention", [p, hr, ci], wording, evidence)


def least_person_times(paper: Paper):
    """Less person-time of a rate than those at risk under the curve have alone."""
    curves, each = at_risk(paper), months_of(str(paper.registry.cohort.get("time_unit", "months")))
    for entry in paper.registry.of("event_rate"):
        exposure, unit = finest(prints_of(entry, "exposure")), months_of(entry.unit)
        rows, place = curves.get((str(entry.get("endpoint")), as_group(entry.get("where"))), ([], ""))
        own = widest(exposure.cell.text) if exposure is not None else None
        if not own or not unit or not each or len(rows) < 2:
            continue
        least = sum(n * (late - early) for (early, _), (late, n) in zip(rows, rows[1:], strict=False)) * each / unit
        if own[1] < SHORT * least:
            said = "{name}: {exposure} {unit}, less than those at risk have until then ({place})"
            wording = Message(said, name=paper.name(entry), exposure=exposure.shown, unit=entry.unit, place=place)
            yield found("contradiction", [exposure], wording, f"{least:.4g} > {exposure.shown}")


def means_beside_classes(paper: Paper):
    """A mean further from a cut point than the subjects on the other side of it allow by the standard deviation.

    Of n values a share of at most V / (V + d^2) lies d or more below their mean, V their variance (Cantelli 1928).
    """
    known = summaries(paper)
    for column, grouping in paper.registry.groupings.items():
        for (variable, group), parts in known.items():
            mean, sd = (finest(parts.get(part, [])) for part in ("mean", "sd"))
            levels = paper.levels.get(column) or ()
            groups = [tuple(sorted((*group, (column, (level,))))) for level in levels]
            sizes = [paper.printed_size(one) for one in groups]
            if variable != grouping.source or not grouping.cut or None in (mean, sd, *sizes):
                continue
            own, n = (widest(mean.cell.text), widest(sd.cell.text)), sum(sizes)
            if None in own or n < 2 or n != paper.size(group) or len(sizes) != len(grouping.cut) + 1:
                continue
            variance = own[1][1] ** 2 * (n - 1) / n
            for k, cut in enumerate(map(float, grouping.cut), 1):
                for share, far in ((sum(sizes[:k]) / n, own[0][0] - cut), (sum(sizes[k:]) / n, cut - own[0][1])):
                    if far > 0 and share > variance / (variance + far**2) + 1e-9:
                        prints = [mean, sd, *(p for one in groups for p in paper.counts.get(one, []))]
                        said = "{name}: a mean of {mean} with a standard deviation of {sd}, but {share} on the other side of {cut}"
                        shown = {"mean": mean.shown, "sd": sd.shown, "share": f"{share:.1%}", "cut": f"{cut:g}"}
                        wording = Message(said, name=paper.label(variable), **shown)
                        most = f"{variance / (variance + far**2):.1%}"
                        yield found("contradiction", prints, wording, Message("at most {most} can be", most=most))


def p_of_ratios_alone(paper: Paper):
    """A P of a ratio without interval that is smaller than its size and the subjects allow.

    The variance of a log odds ratio is at least 4 / n + 4 / m (Woolf 1955), that of a log hazard ratio 4 over the
    events (Schoenfeld 1983).
    """
    for entry in paper.registry.of("cox", "odds_ratio"):
        part = "hr" if entry.statistic == "cox" else "or"
        estimate, p = finest(prints_of(entry, part)), finest(prints_of(entry, "p"))
        skip = entry.get("adjusted") or entry.get("weights") or None in (entry.get("group"), entry.get("against"))
        own = widest(estimate.cell.text) if estimate is not None else None
        n = _subjects(paper, entry)
        if skip or prints_of(entry, "ci") or None in (own, p, n) or own[0] <= 0 or own[1] == inf:
            continue
        number, kind = read_printed(p.cell.text), test_kind(p.cell)
        error = sqrt((4 if part == "hr" else 16) / n)
        largest = max(abs(log(x)) for x in own) / error * SCORE[0] + SCORE[1]
        least = p_window(0.0, largest, kind.sides)[0]
        if number is not None and number.widest_window[1] < least and "other" not in kind.kinds:
            said = "{name}: P {shown} beside {ratio}: of {n} subjects none so small comes of it"
            shown = p.shown if number.bound else f"= {p.shown}"
            wording = Message(said, name=paper.name(entry), shown=shown, ratio=estimate.shown, n=n)
            yield found("contradiction", [estimate, p], wording, Message("P is at least {least}", least=f"{least:.2g}"))


def _subjects(paper, entry) -> int | None:
    """The subjects of both levels of a comparison, the events of a hazard ratio where they are printed of it."""
    where, by = entry.get("where"), str(entry.get("by"))
    sizes = [paper.size(as_group(where, {by: str(entry.get(key))})) for key in ("group", "against")]
    total = sum(sizes) if None not in sizes else paper.size(as_group(where)) or paper.n
    return total or None
