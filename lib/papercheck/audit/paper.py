"""What the checks of the audit ask a registry: group sizes, partitions, percentages with their counts."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import ceil, floor

from ..literature.cited import Cited
from ..registry.printed import read_printed, roundings_that_print
from ..registry.registry import Registry, group_levels, statistics
from ..vocabulary.dictionary import load_dictionary, phase_labels
from .finding import Either, Message, Print, prints_of

Group = tuple[tuple[str, tuple[str, ...]], ...]  # ((column, (levels...)), ...), sorted; () is everybody
OF_RESPONDERS = ("DOR", "TTR")  # endpoints of those who responded
RESPONDERS = {"BOR_RECHALLENGE": ["CR", "PR"]}
ANY_EVENT = "Any adverse event"
REQUIRED_RESPONSES = ("PR", "SD", "PD")  # papers leave out CR and NE where nobody has them


def as_group(*wheres) -> Group:
    """{COLUMN: level or levels}, one or several joined, in one order."""
    joined = {}
    for where in wheres:
        for column, levels in (where or {}).items():
            levels = levels if isinstance(levels, list) else [levels]
            joined[str(column)] = tuple(sorted(map(str, levels)))
    return tuple(sorted(joined.items()))


@dataclass(frozen=True)
class Share:
    """A printed percentage with the count (None if it is not printed) and the denominator that it belongs to."""

    print: Print
    count: int | None
    of: int
    group: Group

    @property
    def percent(self) -> Fraction:
        return Fraction(100 * self.count, self.of)


class Paper:
    """A registry as the checks see it. `cited` is what the paper prints about other studies."""

    def __init__(self, registry: Registry, cited: Cited | None = None):
        self.registry = registry
        self.cited = cited or Cited()
        self.n = registry.n
        self.levels = group_levels(registry.factors)

    def words(self, group) -> Message:
        """'Gender: Male, Stage: III or IV' by the labels of the factors; 'all subjects'."""
        parts = []
        for column, levels in group:
            factor = self.registry.factors.get(column)
            labels = [factor.levels.get(level, level) if factor else level for level in levels]
            parts.append(Message("{factor}: {level}", factor=self.label(column), level=Either(labels)))
        return Message.of_parts(*parts) if parts else Message("all subjects")

    @cached_property
    def two_courses(self) -> bool:
        """Whether the paper prints numbers of the first course beside those of rechallenge."""
        specs = [str(dict(entry.spec)) for entry in self.registry.entries]
        return any(word in spec for spec in specs for word in ("PFS1", "'INITIAL'", "BOR_INITIAL"))

    def endpoint(self, name) -> str:
        """What people call an endpoint: 'PFS', of two courses 'PFS on rechallenge'."""
        further = self.registry.own.get("further_endpoints") or {}
        if name in further:
            return str(further[name])
        labels = load_dictionary()["adtte"].columns["PARAMCD"].levels
        return labels.get(name, name) if self.two_courses and name != "OS" else name.replace("PFSR", "PFS")

    def course(self, phase) -> str:
        """What a course is called where the paper prints numbers of both, else ''."""
        return phase_labels().get(phase, phase) if self.two_courses else ""

    def name(self, entry) -> Message:
        """What an entry describes: 'Kaplan-Meier median, PFSR, Gender: Male'."""
        event = entry.get("event") or {}
        by = entry.get("by") or []
        columns = [self.label(str(c)) for c in (by if isinstance(by, list) else [by])]
        group = as_group(entry.get("of"), entry.get("where"))
        parts = [
            "" if entry.statistic in ("count", "stated") else statistics()[entry.statistic]["label"],
            str(entry.get("what", "")),
            self.endpoint(str(entry.get("endpoint", ""))),
            self.label(str(entry.get("variable") or entry.get("factor") or "")),
            self.words(as_group(entry.get("event_of"))) if entry.get("event_of") else "",
            *(str(entry.get(key, "")) for key in ("outcome", "subset")),
            Message("by {columns}", columns=columns) if columns else "",
            self.words(group) if group else "",
            str(event.get("AEDECOD") or ((ANY_EVENT.lower() if group else ANY_EVENT) if event else "")),
            self.course(event.get("APHASE", "")),
            Message("grade {grades}", grades=Either(event["ATOXGR"])) if event.get("ATOXGR") else "",
            "weighted" if entry.get("weights") else "",
        ]
        return Message.of_parts(*parts) if any(parts) else Message("Number of subjects")

    @cached_property
    def counts(self) -> dict[Group, list[Print]]:
        """The printed counts of each group of subjects, adverse events left out."""
        found = {}
        for entry in self.registry.of("count"):
            if not entry.get("event") and not self._is_everybody(entry):
                group = as_group(entry.get("of"), entry.get("where"))
                found.setdefault(group, []).extend(prints_of(entry, "count"))
        return {group: prints for group, prints in found.items() if prints}

    def _is_everybody(self, entry):
        return not entry.get("where") and not entry.get("of")

    def printed_size(self, group) -> int | None:
        """The one count that is printed of a group; None if there is none, or several."""
        if not group:
            return self.n
        sizes = {whole(p) for p in self.counts.get(group, [])} - {None}
        return sizes.pop() if len(sizes) == 1 else None

    def size(self, group) -> int | None:
        """How many subjects are in a group: as printed, or as the sum of its levels."""
        size = self.printed_size(group)
        if size is None and group and group not in self.counts and len(group[0][1]) > 1:
            parts = [self.printed_size(part) for part in split(group)]
            size = None if None in parts else sum(parts)
        return self._implied[group][0] if size is None and group in self._implied else size

    @cached_property
    def _implied(self) -> dict[Group, tuple[int, list[Print]]]:
        """The count of each group of which only a percentage is printed, where it leaves one, with the prints."""
        found = {}
        for entry in self.registry.of("count"):
            group = as_group(entry.get("of"), entry.get("where"))
            if entry.get("event") or not group or group in self.counts:
                continue
            named = entry.spec.get("denominator")
            of = int(named) if named is not None else self.printed_size(as_group(entry.get("of")))
            least, most, prints = self.count_range(entry, of)
            if prints and least == most and roundings_that_print(Fraction(100 * least, of), prints[0].cell.text):
                found[group] = least, prints
        return found

    def followed(self, endpoint, group) -> int | None:
        """How many subjects an endpoint is of in a group; of the duration of response and the time to it those who
        responded, of another endpoint that the registry declares not known."""
        further = self.registry.own.get("further_endpoints") or {}
        if str(endpoint) not in further or any(column.startswith("BOR_") for column, _ in group):
            return self.size(group)
        if str(endpoint) not in OF_RESPONDERS:
            return None
        return self.size(as_group(dict((c, list(levels)) for c, levels in group), RESPONDERS))

    def behind(self, group) -> list[Print]:
        """The prints that say how many subjects are in a group."""
        return self.counts.get(group) or (self._implied[group][1] if group in self._implied else [])

    def at_least(self, group) -> tuple[int, list[str], list[Print]]:
        """The least number of subjects in a group by its size or
        by an implication; the reasons; the prints behind it.
        """
        size = self.size(group)
        best = (size or 0, [], self.counts.get(group, []))
        for given, then, why in self.implications:
            size = self.size(given)
            if then == group and size is not None and size > best[0]:
                best = size, [why], self.counts.get(given, [])
        return best

    @cached_property
    def implications(self) -> list[tuple[Group, Group, str]]:
        """(if, then, why), one for each column of `then`."""
        rules = self.registry.own.get("implications") or []
        return [
            (as_group(rule.get("if")), as_group({column: levels}), str(rule.get("why", "")))
            for rule in rules for column, levels in rule["then"].items()
        ]  # fmt: skip

    def plain(self, group) -> Group:
        """A group with mapped columns as the column that they are made of."""
        conditions = {}
        for column, levels in group:
            grouping = self.registry.groupings.get(column)
            if grouping and grouping.map:
                column, levels = grouping.source, tuple(x for x, target in grouping.map.items() if target in levels)
            conditions[column] = tuple(sorted(set(levels) & set(conditions.get(column, levels))))
        return tuple(sorted(conditions.items()))

    def holds(self, outer, inner) -> bool:
        """Whether everybody of one group is in the other, by what the groups are made of."""
        inside = dict(self.plain(inner))
        return all(column in inside and set(inside[column]) <= set(levels) for column, levels in self.plain(outer))

    def by_endpoint(self, statistic, *parts) -> dict[tuple[str, Group], Print]:
        """The finest print of an unweighted time-to-event statistic: (endpoint, group) -> print."""
        return self.by_endpoint_of(self.registry.of(statistic), *parts)

    def by_endpoint_of(self, entries, *parts, weights="") -> dict[tuple[str, Group], Print]:
        """The same of some entries, of these weights. A word such as NR is a print too."""
        prints = {}
        for entry in entries:
            if str(entry.get("weights", "")) == weights and self.in_study_unit(entry):
                key = str(entry.get("endpoint")), as_group(entry.get("where"))
                prints.setdefault(key, []).extend(prints_of(entry, *parts))
        return {key: finest(found) or found[0] for key, found in prints.items() if found}

    @cached_property
    def weights(self) -> list[str]:
        """How the numbers of the paper are weighted, each once: '' stands for not at all."""
        return list(dict.fromkeys(["", *(str(e.get("weights", "")) for e in self.registry.entries)]))

    def label(self, column) -> str:
        """The label of a column; of the response to rechallenge 'Best response' where no other is printed."""
        known = load_dictionary()["adsl"].columns
        if column == "BOR_RECHALLENGE" and not self.two_courses:
            return "Best response"
        factor = self.registry.factors.get(column) or known.get(column)
        return factor.label if factor else column

    def print_of(self, entry, cell) -> Print:
        return Print(entry, cell)

    def by_symmetry(self, entry, cell) -> str:
        """'6.8 is its middle' where the estimate of an entry is the middle of an interval, else ''."""
        estimate = finest(prints_of(entry, "estimate", "percent"))
        windows = [read_printed(t) for t in cell.text]
        if estimate is None or None in windows:
            return ""
        low, high, own = (*(w.widest_window for w in windows), read_printed(estimate.cell.text).widest_window)
        inside = (low[0] + high[0]) / 2 <= own[1] and own[0] <= (low[1] + high[1]) / 2
        return f"{estimate.shown} is its middle" if inside else ""

    def in_study_unit(self, entry) -> bool:
        """Whether an entry's times are in the unit of the study, so that they compare with others."""
        return entry.unit in ("", "%", str(self.registry.cohort.get("time_unit", "months")))

    def events(self) -> dict[tuple[str, Group], tuple[int, int, list[Print]]]:
        """The numbers of events that the prints allow, by endpoint and group: (least, most, prints)."""
        found = {}
        for entry in self.registry.of("events"):
            group = as_group(entry.get("where"))
            least, most, prints = self.count_range(entry, self.followed(entry.get("endpoint"), group))
            if prints:
                key = str(entry.get("endpoint")), group
                low, high, behind = found.get(key, (0, most, []))
                found[key] = max(low, least), min(high, most), [*behind, *prints]
        return {key: (low, high, prints) for key, (low, high, prints) in found.items() if low <= high}

    def count_range(self, entry, of) -> tuple[int, int, list[Print]]:
        """The counts that the prints of an entry allow: (least, most, prints); without prints nothing is known."""
        exact = [(whole(p), p) for p in prints_of(entry, "count") if whole(p) is not None]
        if exact:
            return min(k for k, _ in exact), max(k for k, _ in exact), [p for _, p in exact]
        p = finest(prints_of(entry, "percent"))
        low, high = read_printed(p.cell.text).widest_window if p is not None else (0.0, 100.0)
        if p is None or not of or high < 0 or low > 100:
            return 0, 0, []
        low, high = max(low, 0.0), min(high, 100.0)
        least, most = max(0, ceil(low * of / 100 - 1e-9)), min(of, floor(high * of / 100 + 1e-9))
        if least < most and not roundings_that_print(Fraction(100 * most, of), p.cell.text):
            most -= 1  # digits cut off: the upper end of the window is not in it
        return least, most, [p]

    def partitions(self, groups) -> dict[tuple[str, Group], dict[str, Group]]:
        """The given groups by factor and rest: (column, the other conditions) -> {level: group}."""
        found = {}
        for group in groups:
            for column, levels in group:
                if len(levels) == 1:
                    rest = tuple(part for part in group if part[0] != column)
                    found.setdefault((column, rest), {})[levels[0]] = group
        return found

    def divisions(self, groups) -> dict[tuple[str, Group], dict[str, Group]]:
        """The partitions, and groups that unite levels of a factor with those of their levels that are given."""
        found = self.partitions(groups)
        for group in groups:
            for column, levels in group:
                rest = dict(group)
                parts = {x: tuple(sorted((rest | {column: (x,)}).items())) for x in levels if len(levels) > 1}
                own = {x: part for x, part in parts.items() if part in groups}
                if own:
                    found[column, group] = own
        return found

    def is_whole(self, column, levels, rest=()) -> bool:
        """Whether levels of a factor leave nobody out: of all, or of a group (`rest`) that unites some of them."""
        if column in dict(rest):
            return set(dict(rest)[column]) <= set(levels)
        known = self.levels.get(column) or ()
        wanted = REQUIRED_RESPONSES if column.startswith("BOR_") else known
        return bool(known) and set(wanted) <= set(levels)

    @cached_property
    def shares(self) -> list[Share]:
        """Every printed percentage of counted subjects or events that has a denominator."""
        found = []
        for entry in self.registry.of("count", "events"):
            of = self._denominator(entry)
            if of:
                counted = entry.statistic == "count" and not entry.get("event")
                group = as_group(entry.get("of"), entry.get("where")) if counted else ()
                for p in prints_of(entry, "percent"):
                    if read_printed(p.cell.text) is not None:
                        found += [Share(p, k, of, group) for k in self._counts_beside(entry, p, group, of)]
        return found

    def _denominator(self, entry):
        if "denominator" in entry.spec:
            return int(entry.spec["denominator"])
        if entry.statistic == "events":
            return self.followed(entry.get("endpoint"), as_group(entry.get("where")))
        inside = entry.get("event") and not entry.get("of")
        return self.size(as_group(entry.get("where" if inside else "of")))

    def _counts_beside(self, entry, percent, group, of):
        """The count printed in the same place, else those printed elsewhere, else that of the group, else None."""
        counts = prints_of(entry, "count")
        same = [p for p in counts if p.cell.at == percent.cell.at]
        sizes = list(dict.fromkeys(whole(p) for p in same or counts if whole(p) is not None))
        if len(sizes) > 1:  # contradicting counts: the percentage goes with the one that it fits
            text = percent.cell.text
            sizes = [k for k in sizes if roundings_that_print(Fraction(100 * k, of), text)] or sizes
        if not sizes and group and group not in self._implied:  # which follows from this percentage itself
            sizes = [self.size(group)]
        return sizes or [None]


def split(group) -> list[Group]:
    """A group whose first column has several levels as groups of one level each."""
    (column, levels), *rest = group
    return [tuple(sorted([(column, (level,)), *rest])) for level in levels]


def whole(print_) -> int | None:
    """A printed count as a number; None for NA, for a bound and for a fraction."""
    number = read_printed(print_.cell.text)
    return None if number is None or number.bound or number.value % 1 else int(number.value)


def widest(text) -> tuple[float, float] | None:
    """The values that a printed number allows under any rule of rounding; None for NA, NR and NE."""
    number = read_printed(text)
    return None if number is None else number.widest_window


def window(text) -> tuple[float, float] | None:
    """The values that a printed number allows; None for NA, NR and NE."""
    number = read_printed(text)
    return None if number is None else number.window


def finest(prints) -> Print | None:
    """Of several prints of one number the one with most digits; None without a number among them."""
    known = [p for p in prints if isinstance(p.cell.text, tuple) or read_printed(p.cell.text) is not None]
    return max(known, key=lambda p: _digits(p.cell.text), default=None)


def _digits(text):
    numbers = [read_printed(t) for t in (text if isinstance(text, tuple) else (text,))]
    return min((n.decimals for n in numbers if n is not None and not n.bound), default=-1)
