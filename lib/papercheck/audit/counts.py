"""Checks of counts: do classes add up to their whole, and parts stay within it?"""

import re

from ..vocabulary.dictionary import load_dictionary
from .finding import Message, found, placed, prints_of
from .nested import span_of
from .paper import Paper, split, whole
from .percentages import explained_by_known

ONE_OF_MANY = re.compile(
    r"(?:(?:ECOG|WHO|ECOG PS|PS|grade)\s*)?\d+|(?:stage\s*)?[IV]+[ABC]?\d?"
    r"|(?:[\w\-]+ )?(?:neg(?:ative)?|pos(?:itive)?|very low|low|mid(?:dle)?|medium|intermediate|high|very high|mild"
    r"|moderate|severe|poor|fair|good|never|former|current|yes|no|unknown|(?:poorly|moderately|well) differentiated)",
    re.I,
)  # levels of which a subject has one: 0, ECOG 1, IIIB, negative, high


NO_CLASS = {  # by whether there are several
    True: "{label}: {left} of {total} subjects stand in no class: not known, or a count is wrong",
    False: "{label}: {left} of {total} subject stands in no class: not known, or a count is wrong",
}


def wholes(paper: Paper):
    """Classes of a factor that do not sum to the subjects they divide."""
    explained = explained_by_known(paper)
    for (column, rest), levels in paper.partitions(paper.counts).items():
        total = paper.size(rest)
        sizes = {level: paper.printed_size(group) for level, group in levels.items()}
        if total is None or None in sizes.values():
            continue
        prints = [p for group in levels.values() for p in paper.counts[group]]
        steps = f"{' + '.join(map(str, sizes.values()))} = {sum(sizes.values())}"
        evidence = Message("{steps}, of {n}", steps=steps, n=total)
        factor = paper.registry.factors.get(column)
        label = factor.label if factor else column
        label = Message("{factor} in {group}", factor=label, group=paper.words(rest)) if rest else label
        if sum(sizes.values()) > total:
            wording = Message(
                "{label}: the classes hold more than {total} subjects: a count is wrong, or "
                "subjects stand in two classes",
                label=label,
                total=total,
            )
            yield found("convention" if may_stand_twice(paper, column) else "contradiction", prints, wording, evidence)
        elif sum(sizes.values()) < total and rest and everybody(paper, column, levels):
            wording = Message(
                "{label}: the parts hold fewer than the {total} of all, and every subject is in one of them",
                label=label,
                total=total,
            )
            yield found("contradiction", [*prints, *paper.behind(rest)], wording, evidence)
        elif len(levels) > 1 and sum(sizes.values()) < total and paper.is_whole(column, levels):
            if _divided_by(prints) == {sum(sizes.values())} or explained.keys() >= set(levels.values()):
                continue  # the percentages are of the known, and say so or are told so
            left = total - sum(sizes.values())
            wording = Message(NO_CLASS[left > 1], label=label, left=left, total=total)
            yield found("note", prints, wording, evidence)


def _divided_by(prints) -> set:
    """The denominators that the entries of some prints name."""
    return {int(p.entry.spec["denominator"]) if "denominator" in p.entry.spec else None for p in prints}


def everybody(paper, column, levels) -> bool:
    """Whether the levels hold every subject: their printed sizes in all subjects sum to n."""
    sizes = [paper.printed_size(((column, (level,)),)) for level in levels]
    return None not in sizes and sum(sizes) == paper.n


def may_stand_twice(paper, column) -> bool:
    """Whether one subject may be in several levels of a column, as of
    sites or drugs: it is the paper's own, of three or more names.
    """
    factor, grouping = paper.registry.factors.get(column), paper.registry.groupings.get(column)
    own = factor is not None and column not in load_dictionary()["adsl"].columns and not column.startswith("BOR_")
    made = grouping is not None and (grouping.cut or grouping.map)
    excluding = all(map(_excludes, factor.levels.values())) or all(map(_excludes, factor.levels)) if own else True
    return own and not made and len(factor.levels) > 2 and not excluding


def _excludes(level) -> bool:
    """Whether a level is a number, a span of numbers or a stage, of which each subject has one."""
    return bool(ONE_OF_MANY.fullmatch(str(level))) or span_of(str(level)) is not None


def unions(paper: Paper):
    """A group of several levels that is not the sum of its levels."""
    for group, prints in paper.counts.items():
        size = paper.printed_size(group)
        for parts, whole_set in parts_of(paper, group):
            sizes = [paper.printed_size(part) for part in parts if part in paper.counts]
            if size is None or None in sizes or not sizes:
                continue
            complete = whole_set and len(sizes) == len(parts)
            if size < sum(sizes) or (complete and size != sum(sizes)):
                others = [p for part in parts for p in paper.counts.get(part, [])]
                wording = Message("{group}: {size} is not the sum of its parts", group=paper.words(group), size=size)
                yield found(
                    "contradiction", [*prints, *others], wording, f"{' + '.join(map(str, sizes))} = {sum(sizes)}"
                )


def joined_unions(paper: Paper):
    """A group of several levels against two printed groups that divide it, of which one unites levels: ORR, SD, DCR."""
    united = [g for g in paper.counts if any(len(levels) > 1 for _, levels in g)]
    for group in united:
        for first in united:
            second = rest_of(group, first)
            sizes = [paper.printed_size(g) for g in (group, first, second)] if second in paper.counts else [None]
            if None in sizes or (second in united and second < first):
                continue
            if sizes[0] != sizes[1] + sizes[2]:
                prints = [p for g in (group, first, second) for p in paper.counts[g]]
                wording = Message(
                    "{group}: {sizes} is not the sum of {group2}, {sizes2}, and {group3}, {sizes3}",
                    group=paper.words(group),
                    sizes=sizes[0],
                    group2=paper.words(first),
                    sizes2=sizes[1],
                    group3=paper.words(second),
                    sizes3=sizes[2],
                )
                yield found("contradiction", prints, wording, f"{sizes[1]} + {sizes[2]} = {sizes[1] + sizes[2]}")


def rest_of(group, part):
    """The group that a part leaves of a larger one, where they differ in one column; else None."""
    whole_, own = dict(group), dict(part)
    apart = [c for c in whole_ if whole_[c] != own.get(c)]
    if whole_.keys() != own.keys() or len(apart) != 1 or not set(own[apart[0]]) < set(whole_[apart[0]]):
        return None
    left = tuple(sorted(set(whole_[apart[0]]) - set(own[apart[0]])))
    return tuple(sorted((whole_ | {apart[0]: left}).items()))


def parts_of(paper, group):
    """The groups that a group unites: the levels of a list, or
    the levels that a map joins; and whether all are named.
    """
    if group and len(group[0][1]) > 1:
        yield split(group), True
    for column, levels in group:
        grouping = paper.registry.groupings.get(column)
        if grouping and grouping.map and len(levels) == 1 and len(group) == 1:
            members = [source for source, target in grouping.map.items() if target == levels[0]]
            yield [((grouping.source, (member,)),) for member in members], True


def nested(paper: Paper):
    """A group that is larger than one it is part of, or smaller than two large groups must overlap."""
    for group, prints in paper.counts.items():
        size = paper.printed_size(group)
        if size is None:
            continue
        if size > paper.n:
            yield found(
                "contradiction", prints, Message("{size} of {n} subjects", size=size, n=paper.n), f"{size} > {paper.n}"
            )
            continue
        if len(group) < 2:
            continue
        for column in group:
            outer = tuple(part for part in group if part != column)
            limit = paper.size(outer)
            if limit is not None and size > limit:
                wording = Message(
                    "{group}: {size}, more than the {limit} of {group2}",
                    group=paper.words(group),
                    size=size,
                    limit=limit,
                    group2=paper.words(outer),
                )
                yield found("contradiction", [*prints, *paper.behind(outer)], wording, f"{size} > {limit}")
        sizes = [paper.size((part,)) for part in group]
        if None not in sizes and size < sum(sizes) - (len(sizes) - 1) * paper.n:
            least = sum(sizes) - (len(sizes) - 1) * paper.n
            others = [p for part in group for p in paper.behind((part,))]
            wording = Message(
                "{group}: {size}, but these groups share at least {least} of {n}",
                group=paper.words(group),
                size=size,
                least=least,
                n=paper.n,
            )
            evidence = f"{' + '.join(map(str, sizes))} - {(len(sizes) - 1) * paper.n} = {least}"
            yield found("contradiction", [*prints, *others], wording, evidence)


def implications(paper: Paper):
    """Counts against what the paper says of its patients: whoever is in one group is in the other."""
    for given, then, why in paper.implications:
        inner, outer = paper.size(given), paper.size(then)
        if inner is None or outer is None or inner <= outer:
            continue
        prints = [*paper.behind(given), *paper.behind(then)]
        wording = Message(
            "{group} ({inner}) must be part of {group2} ({outer})",
            group=paper.words(given),
            inner=inner,
            group2=paper.words(then),
            outer=outer,
        )
        yield found("contradiction", prints, wording, f"{inner} > {outer}; {why}")


def subjects(paper: Paper):
    """Prints of the number of subjects that differ from n."""
    for entry in paper.registry.of("count"):
        if entry.get("where") or entry.get("of") or entry.get("event"):
            continue
        sizes = {whole(p) for p in prints_of(entry, "count")} - {None}
        wrong = [p for p in prints_of(entry, "count") if whole(p) not in (None, paper.n)]
        if wrong and len(sizes) == 1:  # of several the check of several prints tells
            wording = Message(
                "{listed} subjects at {placed}, {n} elsewhere",
                listed=list(p.shown for p in wrong),
                placed=placed(wrong),
                n=paper.n,
            )
            yield found(
                "contradiction", wrong, wording, Message("{a} is not {b}", a=wrong[0].shown, b=paper.n), [paper.n]
            )


def overlapping_groups(paper: Paper):
    """A test between groups that cannot be disjoint."""
    for entry in paper.registry.of("log_rank"):
        columns = entry.get("by") if isinstance(entry.get("by"), list) else []
        groups = [as_y for column in columns if (as_y := ((str(column), ("Y",)),)) in paper.counts]
        sizes = [paper.size(group) for group in groups]
        if len(groups) != len(columns) or None in sizes or not columns:
            continue
        shared = [set(then for given, then, _ in paper.implications if given == group) for group in groups]
        limits = [(paper.size(then), then) for then in set.intersection(*shared) if paper.size(then) is not None]
        limit, outer = min(limits, default=(paper.n, ()))
        if sum(sizes) > limit:
            prints = [*prints_of(entry, "p"), *(p for group in groups for p in paper.counts[group])]
            wording = Message(
                "The compared groups, as printed, hold {sum} members among {limit} subjects "
                "({group}): some stand in two of them, where a log-rank test needs one group "
                "a subject",
                sum=sum(sizes),
                limit=limit,
                group=paper.words(outer),
            )
            yield found("note", prints, wording, f"{' + '.join(map(str, sizes))} = {sum(sizes)} > {limit}")
