"""Checks of parts against their whole: shares, adverse events, means, medians, limits and spreads of the groups that
divide it.

A share, a mean or a median of a whole lies among those of its parts, whatever their sizes and whatever is missing in
them; counts sum to the whole where every subject is printed to be in one of the groups.
"""

from itertools import combinations
from math import inf, sqrt

from ..registry.printed import print_as, read_printed
from .counts import everybody, may_stand_twice, parts_of, rest_of
from .curves_of_parts import divides
from .finding import Message, found, listed, prints_of
from .integers import summaries
from .nested import shown_share
from .paper import Paper, as_group, finest, widest

ALL_GRADES = frozenset(range(1, 6))
MORE_THAN_ALL = "{what} by {factor}: {parts} are more than the {whole} of all of them"
FEWER_THAN_ALL = "{what} by {factor}: {parts} are fewer than the {whole} of all of them"
AT_LEAST, AT_MOST = "at least {n} against {whole}", "at most {n} against {whole}"
SUBJECTS = "{least} to {most} against {low} to {high} subjects"


def shares_of_parts(paper: Paper):
    """Counts or shares of groups that exclude each other against
    those of all: of subjects, and of each adverse event.
    """
    for name, rows in [("", subjects_of_groups(paper)), *_adverse_events(paper).items()]:
        for (column, rest), levels in paper.partitions(rows).items():
            if name or not _counted(paper, rest, levels):
                yield from _sum_of_parts(paper, name, rows, column, rest, levels)


def disjoint_groups(paper: Paper):
    """Groups of one column without a common level, which together are more than all (DCR and progressive disease)."""
    rows = subjects_of_groups(paper)
    for (first, own), (second, other) in combinations(rows.items(), 2):
        columns = [c for c, levels in first if c in dict(second) and not set(levels) & set(dict(second)[c])]
        rests = [tuple(part for part in g if part[0] != columns[0]) for g in (first, second)] if columns else []
        if (
            len(columns) != 1
            or rests[0] != rests[1]
            or len(dict(first)[columns[0]]) + len(dict(second)[columns[0]]) < 3
        ):
            continue
        most = rows[rests[0]][1] if rests[0] in rows else paper.size(rests[0])
        if most is not None and own[0] + other[0] > most and not may_stand_twice(paper, columns[0]):
            shown = [shown_share(row[2][0]) for row in (own, other)]
            wording = Message(
                "{group}: {shown}, and {group2}: {shown2}: nobody is in both, and there are {most} subjects",
                group=paper.words(first),
                shown=shown[0],
                group2=paper.words(second),
                shown2=shown[1],
                most=most,
            )
            yield found(
                "contradiction",
                [*own[2], *other[2]],
                wording,
                Message("at least {own} + {other} > {most}", own=own[0], other=other[0], most=most),
            )


def unions_of_shares(paper: Paper):
    """A share of several levels that is not the sum of the shares of each, where a count of one is not printed."""
    rows = subjects_of_groups(paper)
    for group, own in rows.items():
        divided = [
            [tuple(sorted([(column, (level,)), *(part for part in group if part[0] != column)])) for level in levels]
            for column, levels in group
        ]
        for parts in [*divided, *(members for members, _ in parts_of(paper, group))]:
            counted = all(g in paper.counts for g in (group, *parts))
            if len(parts) < 2 or counted or not all(g in rows for g in parts):
                continue
            least, most = (sum(rows[g][side] for g in parts) for side in (0, 1))
            if least > own[1] or most < own[0]:
                shown = [shown_share(rows[g][2][0]) for g in parts]
                wording = Message(
                    "{group}: {share} is not the sum of its parts, {shown}",
                    group=paper.words(group),
                    share=shown_share(own[2][0]),
                    shown=shown,
                )
                prints = [*own[2], *(p for g in parts for p in rows[g][2])]
                yield found(
                    "contradiction",
                    prints,
                    wording,
                    Message(
                        "{least} to {most} against {own} to {own2} subjects",
                        least=least,
                        most=most,
                        own=own[0],
                        own2=own[1],
                    ),
                )


def joined_shares(paper: Paper):
    """A share of several levels against the two that divide it, one of them of several levels: DCR, ORR and SD.

    Where all counts are printed, the check of unions has seen it.
    """
    rows = subjects_of_groups(paper)
    united = [g for g in rows if any(len(levels) > 1 for _, levels in g)]
    for group in united:
        for first in united:
            second = rest_of(group, first)
            if second not in rows or (second in united and second < first):
                continue
            if all(g in paper.counts for g in (group, first, second)):
                continue
            own, parts = rows[group], [rows[first], rows[second]]
            least, most = (sum(row[side] for row in parts) for side in (0, 1))
            if least > own[1] or most < own[0]:
                said = "{group}: {share} is not the sum of {first}, {share1}, and {second}, {share2}"
                words = {"group": paper.words(group), "first": paper.words(first), "second": paper.words(second)}
                shares = {"share": own, "share1": parts[0], "share2": parts[1]}
                told = {name: shown_share(row[2][0]) for name, row in shares.items()}
                prints = [p for row in (own, *parts) for p in row[2]]
                evidence = Message(SUBJECTS, least=least, most=most, low=own[0], high=own[1])
                yield found("contradiction", prints, Message(said, **words, **told), evidence)


def deaths_of_grade_five(paper: Paper):
    """Adverse events of grade 5, which is death, in more subjects than died."""
    events = paper.events()
    for entry in paper.registry.of("count"):
        event, died = entry.get("event"), events.get(("OS", as_group(entry.get("where"))))
        if isinstance(event, dict) and list(map(str, event.get("ATOXGR") or [])) == ["5"] and died is not None:
            least, _, prints = paper.count_range(entry, _of(paper, entry, "where"))
            if prints and least > died[1]:
                wording = Message(
                    "{name}: {least} subjects, but {died} died: grade 5 is death",
                    name=paper.name(entry),
                    least=least,
                    died=died[1],
                )
                yield found("contradiction", [*prints, *died[2]], wording, f"{least} > {died[1]}")


def subjects_of_groups(paper) -> dict:
    """{group: (least, most, prints)} of the subjects in each printed group."""
    rows = {}
    for entry in paper.registry.of("count"):
        if not entry.get("event") and (entry.get("where") or entry.get("of")):
            own = paper.count_range(entry, _of(paper, entry, "of"))
            if own[2] and own[0] <= own[1]:
                rows.setdefault(as_group(entry.get("of"), entry.get("where")), own)
    return rows


def _adverse_events(paper) -> dict:
    """{event in words: {group: (least, most, prints)}}."""
    rows = {}
    for entry in paper.registry.of("count"):
        event = entry.get("event")
        if isinstance(event, dict) and isinstance(event.get("AEDECOD", ""), str):
            grades = sorted(map(int, event.get("ATOXGR") or ALL_GRADES))
            own = paper.count_range(entry, _of(paper, entry, "where"))
            if own[2] and own[0] <= own[1]:
                said = f", grade {listed(grades, 'or')}" if event.get("ATOXGR") else ""
                course = paper.course(event["APHASE"])
                name = f"{event.get('AEDECOD') or 'any adverse event'}{f' ({course})' if course else ''}{said}"
                rows.setdefault(name, {}).setdefault(as_group(entry.get("of"), entry.get("where")), own)
    return rows


def _of(paper, entry, key):
    return int(entry.spec["denominator"]) if "denominator" in entry.spec else paper.size(as_group(entry.get(key)))


def _counted(paper, rest, levels) -> bool:
    """Whether the check of classes has seen this division: every count of it is printed."""
    return paper.size(rest) is not None and all(paper.printed_size(g) is not None for g in levels.values())


def _sum_of_parts(paper, name, rows, column, rest, levels):
    whole = (paper.n, paper.n, []) if not rest and not name else rows.get(rest)
    if whole is None or None in whole[:2] or len(levels) < 2:
        return
    own = [rows[group] for group in levels.values()]
    least, most = (sum(row[side] for row in own) for side in (0, 1))
    more = least > whole[1]
    if not more and not (most < whole[0] and everybody(paper, column, levels)):
        return
    said = "{shown} ({level})"
    parts = [Message(said, shown=shown_share(row[2][0]), level=level) for level, row in zip(levels, own, strict=True)]
    whole_words = shown_share(whole[2][0]) if whole[2] else f"{whole[0]} subjects"
    what = name or (paper.words(rest) if rest else "classes")
    shown = {"what": what, "factor": paper.label(column), "parts": parts, "whole": whole_words}
    wording = Message(MORE_THAN_ALL if more else FEWER_THAN_ALL, **shown)
    evidence = Message(AT_LEAST, n=least, whole=whole[1]) if more else Message(AT_MOST, n=most, whole=whole[0])
    kind = "contradiction"
    if whole[2] and _among(own, whole):
        kind, wording = (
            "convention",
            Message("{wording}: it holds only if the percentages are of other numbers of subjects", wording=wording),
        )
    if more and may_stand_twice(paper, column):
        kind, wording = (
            "convention",
            Message("{wording}: it holds only if subjects stand in several classes", wording=wording),
        )
    yield found(kind, [p for row in (*own, whole) for p in row[2]], wording, evidence)


def _among(own, whole) -> bool:
    """Whether a percentage of all lies among those of its parts, so that other denominators may give it."""
    prints = [row[2][0] for row in (*own, whole)]
    if any(p.cell.part != "percent" for p in prints):
        return any(p.cell.part == "percent" for p in prints)
    *parts, pooled = (widest(p.cell.text) for p in prints)
    return min(w[0] for w in parts) <= pooled[1] and pooled[0] <= max(w[1] for w in parts)


def more_events_than_subjects(paper: Paper):
    """Adverse events of more subjects than there are."""
    for entry in paper.registry.of("count"):
        group = as_group(entry.get("of"), entry.get("where"))
        size = paper.size(group) if paper.size(group) is not None else paper.n
        prints = prints_of(entry, "count")
        least = paper.count_range(entry, size)[0] if prints and entry.get("event") else 0
        if size is not None and least > size and "denominator" not in entry.spec:
            wording = Message(
                "{name}: {least} subjects with it among {size} ({group}): it may be a number "
                "of events, not of subjects",
                name=paper.name(entry),
                least=least,
                size=size,
                group=paper.words(group),
            )
            yield found("contradiction", [*prints, *paper.behind(group)], wording, f"{least} > {size}")


def summaries_of_parts(paper: Paper):
    """A mean, median, range or spread of all that the same numbers of its parts do not allow."""
    known = summaries(paper)
    for variable in dict.fromkeys(name for name, _ in known):
        groups = {group: parts for (name, group), parts in known.items() if name == variable}
        for (column, rest), levels in paper.divisions(groups).items():
            whole, parts = groups.get(rest), {g: groups[g] for g in levels.values()}
            if whole is None:
                continue
            complete = len(levels) > 1 and divides(paper, column, rest, levels)
            yield from _limits_of_parts(paper, variable, whole, parts, complete)
            if not complete:
                yield from _mean_of_the_rest(paper, variable, rest, whole, parts)
            if complete:
                yield from _among_parts(paper, variable, whole, parts)
                yield from _weighted_mean(paper, variable, rest, whole, parts)
                yield from _spread_of_parts(paper, variable, rest, whole, parts)


def _finest(parts, part):
    """(window, print) of the finest print of one number, or None."""
    p = finest(parts.get(part, []))
    own = widest(p.cell.text) if p is not None and isinstance(p.cell.text, str) else None
    return (own, p) if own and inf not in map(abs, own) else None


def _among_parts(paper, variable, whole, parts):
    for part in ("mean", "median"):
        own, rows = _finest(whole, part), [_finest(row, part) for row in parts.values()]
        if own is None or None in rows:
            continue
        low, high = min(w[0] for w, _ in rows), max(w[1] for w, _ in rows)
        if own[0][0] > high or own[0][1] < low:
            shown = listed(p.shown for _, p in rows)
            wording = Message(
                "{factor}: the {part} of all, {shown}, lies beyond those of its parts, {shown2}",
                factor=paper.label(variable),
                part=part,
                shown=own[1].shown,
                shown2=shown,
            )
            evidence = Message("a {part} of all lies among those of its parts, whatever their sizes", part=part)
            yield found("contradiction", [own[1], *(p for _, p in rows)], wording, evidence)


def _weighted_mean(paper, variable, rest, whole, parts):
    """The mean of all against the mean of the parts by their sizes: a convention, as values may be missing."""
    own, rows, sizes = (
        _finest(whole, "mean"),
        [_finest(r, "mean") for r in parts.values()],
        list(map(paper.size, parts)),
    )
    if own is None or None in rows or None in sizes or sum(sizes) != (paper.size(rest) or paper.n) or not sum(sizes):
        return
    low, high = (sum(n * w[side] for n, (w, _) in zip(sizes, rows, strict=True)) / sum(sizes) for side in (0, 1))
    among = min(w[0] for w, _ in rows) <= own[0][1] and own[0][0] <= max(w[1] for w, _ in rows)
    if among and (own[0][0] > high or own[0][1] < low):
        near = print_as((low + high) / 2, read_printed(own[1].cell.text).decimals)
        wording = Message(
            "{factor}: the mean of all, {shown}, is not that of its parts by their sizes, "
            "{near}: it holds only if values are missing",
            factor=paper.label(variable),
            shown=own[1].shown,
            near=near,
        )
        steps = " + ".join(f"{n} x {p.shown}" for n, (_, p) in zip(sizes, rows, strict=True))
        yield found("convention", [own[1], *(p for _, p in rows)], wording, f"({steps}) / {sum(sizes)}", [near])


def _mean_of_the_rest(paper, variable, rest, whole, parts):
    """A mean of all and of some parts that leave the others a mean outside the range of all."""
    own, limits = _finest(whole, "mean"), finest(whole.get("range", []))
    rows = [(paper.size(group), _finest(row, "mean")) for group, row in parts.items()]
    n = paper.size(rest)
    ends = (
        [widest(t) for t in limits.cell.text] if limits is not None and isinstance(limits.cell.text, tuple) else [None]
    )
    if own is None or not n or None in ends or any(None in row for row in rows):
        return
    left = n - sum(size for size, _ in rows)
    if left < 1:
        return
    low, high = ((n * own[0][side] - sum(size * row[0][1 - side] for size, row in rows)) / left for side in (0, 1))
    if high < ends[0][0] or low > ends[1][1]:
        said = (
            "{variable}: a mean of {mean} in all and {parts} in some leaves the other {left} a mean outside {range}: it"
            " holds only if values are missing"
        )
        shown = {"mean": own[1].shown, "parts": [row[1].shown for _, row in rows], "range": limits.shown, "left": left}
        wording = Message(said, variable=paper.label(variable), **shown)
        prints = [own[1], *(row[1] for _, row in rows), limits]
        yield found(
            "convention", prints, wording, Message("it lies in {low} to {high}", low=f"{low:.4g}", high=f"{high:.4g}")
        )


def _spread_of_parts(paper, variable, rest, whole, parts):
    """The variance of all is the mean variance of its parts and the variance of their means, whatever their sizes."""
    own = _finest(whole, "sd")
    sds, means = ([_finest(row, part) for row in parts.values()] for part in ("sd", "mean"))
    n = paper.size(rest) or paper.n
    if own is None or None in (*sds, *means) or not n or n < 3 * len(parts):
        return
    apart = max(w[1] for w, _ in means) - min(w[0] for w, _ in means)
    most = sqrt((max(w[1] for w, _ in sds) ** 2 + apart**2 / 4) * n / (n - 1))
    least = min(w[0] for w, _ in sds) * sqrt((n - len(parts)) / (n - 1)) * 0.99
    if own[0][0] > most * 1.01 or own[0][1] < least:
        shown = listed(p.shown for _, p in sds)
        wording = Message(
            "{factor}: the standard deviation of all, {shown}, does not go with those of its parts, {shown2}",
            factor=paper.label(variable),
            shown=own[1].shown,
            shown2=shown,
        )
        prints = [own[1], *(p for _, p in (*sds, *means))]
        yield found(
            "contradiction",
            prints,
            wording,
            Message("it lies in {least} to {most}, whatever their sizes", least=f"{least:.3g}", most=f"{most:.3g}"),
        )


def _limits_of_parts(paper, variable, whole, parts, complete):
    """The range of all holds that of each part, and its limits are those of some part."""
    own = finest(whole.get("range", []))
    rows = [p for row in parts.values() if (p := finest(row.get("range", []))) is not None]
    if own is None or not rows or not all(isinstance(p.cell.text, tuple) for p in (own, *rows)):
        return
    limits, others = [widest(t) for t in own.cell.text], [[widest(t) for t in p.cell.text] for p in rows]
    if None in limits or any(None in pair for pair in others):
        return
    for p, (low, high) in zip(rows, others, strict=True):
        if low[1] < limits[0][0] or high[0] > limits[1][1]:
            wording = Message(
                "{factor}: the range of a part, {printed}, leaves that of all, {own}",
                factor=paper.label(variable),
                printed=p.shown,
                own=own.shown,
            )
            yield found(
                "contradiction",
                [own, p],
                wording,
                Message("{printed} is not within {own}", printed=p.shown, own=own.shown),
            )
    if complete and len(rows) == len(parts):
        lowest, highest = min(low[0] for low, _ in others), max(high[1] for _, high in others)
        if limits[0][1] < lowest or limits[1][0] > highest:
            wording = Message(
                "{factor}: the range of all, {own}, is wider than those of its parts, {listed}",
                factor=paper.label(variable),
                own=own.shown,
                listed=list(p.shown for p in rows),
            )
            yield found(
                "contradiction", [own, *rows], wording, Message("the limits of all are those of one of its parts")
            )
