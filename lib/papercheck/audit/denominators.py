"""Of how many subjects the printed counts of compared groups are: of all in each group, or of the fewer who could be
assessed. A right paper seldom prints how many these are in each group; its percentages tell."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from math import ceil, prod

from ..registry.printed import roundings_that_print
from .consistency import overlap
from .finding import Message
from .paper import Paper, Share, as_group
from .percentages import ELSEWHERE, judge, usual_rules

LEAST_KNOWN = 0.8  # a count without a percentage may be of no fewer than this share of its group
MOST_TABLES = 4000  # of denominators of all groups together that are tried
OF_FEWER = "{what}. It holds only if the counts are of fewer subjects than the groups have"


@dataclass(frozen=True)
class Tables:
    """((with the outcome, of so many), ...) of compared groups.

    own : of all subjects; fewer : of the fewer that their prints allow, None where these are too many to try, of which
    the fewest and the most of each group are the corners; said : whether a print shows that the counts are of fewer.
    """

    own: tuple[tuple[int, int], ...]
    fewer: list[tuple[tuple[int, int], ...]] | None
    said: bool
    corners: list[tuple[tuple[int, int], ...]] = field(default_factory=list)

    def verdict(self, fits: Callable, spans: Callable | None = None, own=None) -> str:
        """'' where a table that is printed fits, 'convention' where one of fewer does of which nothing is said, else
        'contradiction'.

        spans : windows of a statistic of a table that rises or falls with the number of each group, so that of too many
        tables the corners hold all its values; own : the printed window of it.
        """
        if fits(self.own):
            return ""
        if self.fewer is not None:
            possible = any(map(fits, self.fewer))
        elif spans is None:
            return ""
        else:
            ends = [x for table in self.corners for window in spans(table) for x in window]
            possible = overlap(own, (min(ends), max(ends)))
        return "contradiction" if not possible else "" if self.said else "convention"


def read_as_fewer(kind, wording) -> str:
    """The wording of a finding, with the reading that makes it a convention."""
    return Message(OF_FEWER, what=wording) if kind == "convention" else wording


def is_of_fewer(paper: Paper, share: Share, rules) -> bool:
    """Whether a percentage is printed of fewer subjects than its group has, named or by its digits."""
    entry = share.print.entry
    if "denominator" in entry.spec:
        size = paper.size(as_group(entry.get("where" if entry.get("event") else "of")))
        return size is not None and share.of < size
    return judge(share, rules)[0] == ELSEWHERE


def tables_of(paper: Paper, rows: Iterable, alike: Callable) -> Tables:
    """What the table of an outcome may be.

    rows : (ids of the entries that count the outcome in a group, its count, subjects of the group), one a group;
    alike : whether a Share is of this outcome or of another level of it, in any group.
    """
    rows, rules = list(rows), usual_rules(paper)
    shares = [[s for s in paper.shares if s.print.entry.id in ids] for ids, _, _ in rows]
    own = tuple((k, n) for _, k, n in rows)
    said = any(is_of_fewer(paper, s, rules) for s in paper.shares if alike(s))
    if not said and all(shares):
        return Tables(own, [], True)
    choices = [_sizes(mine, k, n, rules) for mine, (k, n) in zip(shares, own, strict=True)]
    if prod(map(len, choices)) > MOST_TABLES:
        ends = product(*((sizes[0], sizes[-1]) for sizes in choices))
        made = [tuple((k, m) for (k, _), m in zip(own, sizes, strict=True)) for sizes in ends]
        return Tables(own, None, said, made)
    made = product(*choices)
    return Tables(own, [tuple((k, m) for (k, _), m in zip(own, sizes, strict=True)) for sizes in made], said)


def _sizes(shares, k, n, rules) -> list[int]:
    """Of how many subjects a count of a group of n may be by the percentages beside it."""
    named = {s.of for s in shares if "denominator" in s.print.entry.spec}
    if named:
        return sorted(named)
    texts = {s.print.cell.text for s in shares}
    least = max(k, 1, 1 if texts else ceil(LEAST_KNOWN * n))
    return [
        m
        for m in range(least, n + 1)
        if all(set(rules) & set(roundings_that_print(Fraction(100 * k, m), t)) for t in texts)
    ]


def tables_between(paper: Paper, entry, levels, counted) -> Tables:
    """What the table of the outcome of an entry (`event_of` or `event`) may be between the levels that it compares.

    counted : (count, subjects) of each level, of all subjects.
    """
    event, outcome = entry.get("event"), entry.get("event_of")
    groups = [as_group(entry.get("where"), {str(entry.get("by")): str(level)}, outcome) for level in levels]
    counts = [e for e in paper.registry.of("count") if bool(e.get("event")) == bool(event)]
    printed = [
        {e.id for e in counts if as_group(e.get("of"), e.get("where")) == group and e.get("event") == event}
        for group in groups
    ]
    rows = [(ids, *pair) for ids, pair in zip(printed, counted, strict=True)]
    columns = set(outcome or ())

    def alike(share):
        return bool(share.print.entry.get("event")) if event else columns <= {column for column, _ in share.group}

    return tables_of(paper, rows, alike)
