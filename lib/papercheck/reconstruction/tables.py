"""Who carries what: labels, responses, adverse events and ages that give the printed counts, by constraint solving.

Printed counts are soft: as many as possible are met, and what cannot hold together is named as the smallest such set.
"""

from dataclasses import dataclass, field

import numpy as np
from ortools.sat.python import cp_model

from ..registry.printed import read_printed, roundings_that_print
from ..registry.registry import COURSES, Registry
from ..registry.targets import RESPONSES, as_group, counted_group, group_sizes

SECONDS = 20.0  # of deterministic solver time
TASTE_LIMIT = 10**7  # more than all preferences together


@dataclass(frozen=True)
class Labels:
    """Labels of n subjects: `columns` name -> list of levels; `events` (term, course) -> list of grades (0 none);
    `missed` printed cells (id, part, printed) that do not hold, each with the smallest set it contradicts."""

    columns: dict
    events: dict
    missed: list = field(default_factory=list)
    conflicts: list = field(default_factory=list)


@dataclass
class _Cell:
    """A printed count as a soft rule: `name` (id, part, printed), and the literal that says that it holds."""

    name: tuple
    holds: object


class LabelModel:
    """The labels of n subjects as a constraint model.

    orderings : Ordering of endpoints whose ranks are the subjects (subject i has rank i), to which labels are tied.
    fixed : column -> list of n levels settled elsewhere; of a best response as far as the printed groups tell it apart.
    """

    def __init__(self, registry: Registry, choices=(), fixed=None, last_event=None):
        self.registry, self.n = registry, registry.n
        self.model = cp_model.CpModel()
        self.cells, self.rules, self.claims = [], [], []  # claims: literals of what is said in words, given up first
        self.x, self.events = {}, {}
        for name, column in registry.factors.items():
            if column.levels and (_is_used(registry, name) or name in (fixed or {})):
                self._add_column(name, tuple(column.levels))
        for course in COURSES:
            if _is_used(registry, f"BOR_{course}") or f"BOR_{course}" in (fixed or {}):
                self._add_column(f"BOR_{course}", RESPONSES)
        self._tie_groupings()
        for factor, masks in choices:
            self._allow(factor, masks)
        for name, levels in (fixed or {}).items():
            for i, level in enumerate(levels):
                self.model.add_exactly_one(self.x[name][x][i] for x in alike(registry, name, level))
        for k, rule in enumerate(registry.own.get("implications", [])):
            self._imply(k, rule)
        if last_event is not None and "BOR_RECHALLENGE" in self.x:
            for i, seen in enumerate(last_event):  # progression as best response is an event
                if not seen:
                    self.model.add(self.x["BOR_RECHALLENGE"]["PD"][i] == 0)
        for entry in registry.of("count"):
            self._count(entry)

    def _add_column(self, name, levels):
        self.x[name] = {level: [self.model.new_bool_var("") for _ in range(self.n)] for level in levels}
        for i in range(self.n):
            self.model.add_exactly_one(self.x[name][level][i] for level in levels)

    def _tie_groupings(self):
        """A factor that maps the levels of another has its label from it."""
        for name, grouping in self.registry.groupings.items():
            if not grouping.map or name not in self.x or grouping.source not in self.x:
                continue
            for source, target in grouping.map.items():
                for i in range(self.n):
                    self.model.add_implication(self.x[grouping.source][source][i], self.x[name][target][i])

    def _allow(self, factor, masks):
        """The labels of a factor are one of the choices: masks (choices, groups)."""
        picks = [self.model.new_bool_var("") for _ in masks]
        self.model.add_exactly_one(picks)
        for pick, row in zip(picks, masks, strict=True):
            for group, mask in zip(factor.groups, row, strict=True):
                for i in range(self.n):
                    literal = self.x[group.column][group.level][i]
                    self.model.add_implication(pick, literal if int(mask) >> i & 1 else literal.negated())

    def _imply(self, k, rule):
        hold = self.model.new_bool_var("")
        self.rules.append(_Cell((f"implication {k + 1}", "rule", str(rule.get("why", ""))), hold))
        given = as_group(rule.get("if"))
        for i in range(self.n):
            premise = [self._either(column, levels, i).negated() for column, levels in given]
            for column, levels in as_group(rule["then"]):
                if column in self.x and all(c in self.x for c, _ in given):
                    allowed = [self.x[column][level][i] for level in levels]
                    self.model.add_bool_or([*premise, *allowed]).only_enforce_if(hold)

    def _either(self, column, levels, i):
        """A literal: subject i has one of the levels."""
        if len(levels) == 1:
            return self.x[column][levels[0]][i]
        literal = self.model.new_bool_var("")
        options = [self.x[column][level][i] for level in levels]
        self.model.add_max_equality(literal, options)
        return literal

    def _member(self, group, i):
        """A literal: subject i is in the group ((column, levels), ...)."""
        parts = [self._either(column, levels, i) for column, levels in group]
        if len(parts) == 1:
            return parts[0]
        literal = self.model.new_bool_var("")
        self.model.add_min_equality(literal, parts)
        return literal

    def _count(self, entry):
        group, event = counted_group(entry), entry.get("event")
        if not group and not event or any(c not in self.x for c, _ in group):
            return
        members = [self._member(group, i) for i in range(self.n)] if group else []
        if event:
            having = self._having(event)
            members = [self._both(a, b) for a, b in zip(members, having, strict=True)] if group else having
        total = sum(members)
        whole = entry.get("denominator", self._size(as_group(entry.get("of"))))
        counts = {c.at: c for c in entry.printed("count")}
        for cell in entry.printed("count"):
            self._soft((entry.id, "count", cell.shown), total, [int(read_printed(cell.text).value)])
        for cell in entry.printed("percent"):
            if whole and cell.at not in counts and not entry.printed("count"):
                fits = [k for k in range(self.n + 1) if roundings_that_print(_share(k, whole), cell.text)]
                self._soft((entry.id, "percent", cell.shown), total, fits)

    def _size(self, group) -> int | None:
        """The printed number of subjects of a group of one level;
        everybody without a group; None if it is not printed.
        """
        if not group:
            return self.n
        sizes = group_sizes(self.registry).get(group[0][0], {}) if len(group) == 1 else {}
        return sizes.get(group[0][1][0]) if len(group[0][1]) == 1 else None

    def _soft(self, name, total, values):
        if any(c.name == name for c in self.cells):
            return
        hold = self.model.new_bool_var("")
        self.cells.append(_Cell(name, hold))
        if values:
            domain = cp_model.Domain.from_values(values)
            self.model.add_linear_expression_in_domain(total, domain).only_enforce_if(hold)
        else:
            self.model.add(hold == 0)

    def _both(self, a, b):
        literal = self.model.new_bool_var("")
        self.model.add_min_equality(literal, [a, b])
        return literal

    def _having(self, event):
        """Literals: who has the adverse event, once a subject and term at the worst grade."""
        course = event["APHASE"]
        terms = [event["AEDECOD"]] if "AEDECOD" in event else _terms(self.registry, course)
        grades = event.get("ATOXGR") or [1, 2, 3, 4, 5]
        found = []
        for i in range(self.n):
            literals = [self._grade(term, course)[g][i] for term in terms for g in grades]
            if len(literals) == 1:
                found.append(literals[0])
                continue
            literal = self.model.new_bool_var("")
            self.model.add_max_equality(literal, literals) if literals else self.model.add(literal == 0)
            found.append(literal)
        return found

    def _grade(self, term, course):
        """The worst grade of a term in a course: {1..5: literals}; at most one a subject."""
        if (term, course) not in self.events:
            grades = {g: [self.model.new_bool_var("") for _ in range(self.n)] for g in range(1, 6)}
            for i in range(self.n):
                self.model.add_at_most_one(grades[g][i] for g in grades)
            self.events[term, course] = grades
        return self.events[term, course]

    def solve(self, seed=0) -> Labels:
        """As many printed numbers as possible, ties broken by the seed, and the contradictions among the others."""
        taste = self._taste(np.random.default_rng(seed))
        soft = self.cells + self.rules
        # Rules of the text and of logic are given up last.
        kept = sum(c.holds for c in self.cells) + 3 * sum(r.holds for r in self.rules)
        self.model.maximize((len(self.claims) + 1) * kept + sum(self.claims))
        first = _solver(seed)
        if first.solve(self.model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None
        for c in soft:
            self.model.add_hint(c.holds, first.value(c.holds))
        held = self.model.new_bool_var("")  # an assumption, so that conflicts can be sought without it
        for holds in (*(c.holds for c in soft), *self.claims):
            self.model.add(holds == first.value(holds)).only_enforce_if(held)
        self.model.minimize(sum(taste) - TASTE_LIMIT * held)
        solver = _solver(seed, 2.0)
        if solver.solve(self.model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE) or not solver.value(held):
            solver = first
        missed = [c for c in soft if not solver.value(c.holds)]
        columns = {
            name: [next(level for level, x in levels.items() if solver.value(x[i])) for i in range(self.n)]
            for name, levels in self.x.items()
        }
        events = {
            key: [next((g for g, x in grades.items() if solver.value(x[i])), 0) for i in range(self.n)]
            for key, grades in self.events.items()
        }
        counts = LabelModel(self.registry) if missed else None
        conflicts = [counts.smallest_conflict(c.name) or self.smallest_conflict(c.name) for c in missed]
        return Labels(columns, events, [c.name for c in missed], conflicts)

    def _taste(self, rng) -> list:
        """What is preferred among what meets the printed numbers: terms whose sum is made small."""
        taste = []
        for name, levels in self.x.items():
            for level, literals in levels.items():
                weights = rng.integers(0, 4, self.n)
                if name == "BOR_RECHALLENGE" and level == "PD":
                    weights = weights + 6 * np.arange(self.n)  # progression as best response comes early
                if name == "BOR_RECHALLENGE" and level in ("CR", "PR"):
                    weights = weights + 6 * np.arange(self.n)[::-1]
                taste += [int(w) * x for w, x in zip(weights, literals, strict=True)]
        for grades in self.events.values():
            for grade, literals in grades.items():  # the lowest grade that the count allows
                weights = rng.integers(0, 4, self.n) + 20 * grade
                taste += [int(w) * x for w, x in zip(weights, literals, strict=True)]
        return taste

    def smallest_conflict(self, name) -> list[tuple]:
        """The printed numbers that cannot hold together with the cell `name`, itself included: none of them can be left
        out of the set. Empty if all can hold."""
        self.model.clear_objective()
        soft = self.cells + self.rules
        cell = next(c for c in soft if c.name == name)
        kept = self._core([cell, *(c for c in soft if c is not cell)])
        if kept is None:
            return []
        for candidate in list(kept):
            rest = [c for c in kept if c is not candidate]
            if self._core(rest) is not None:
                kept = rest
        return [c.name for c in kept]

    def _core(self, cells):
        """Cells among these that contradict each other, or None if all can hold."""
        self.model.clear_assumptions()
        self.model.add_assumptions([c.holds for c in cells])
        solver = _solver(0)
        status = solver.solve(self.model)
        index = set(solver.sufficient_assumptions_for_infeasibility()) if status == cp_model.INFEASIBLE else None
        self.model.clear_assumptions()
        return None if index is None else [c for c in cells if c.holds.index in index] or cells


def alike(registry, name, level) -> list[str]:
    """The levels that no printed group tells apart from a level: itself, and of best responses those beside it."""
    if not name.startswith("BOR_"):
        return [level]
    named = [set(levels) for e in registry.entries for c, levels in counted_group(e) if c == name]
    found = [x for x in RESPONSES if all((x in group) == (level in group) for group in named)]
    return [x for x in found if x != "NE"] or found  # not evaluable only where it is printed


def _solver(seed, seconds=SECONDS):
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.max_deterministic_time = seconds
    return solver


def _share(k, whole):
    from fractions import Fraction

    return Fraction(100 * k, int(str(whole)))


def _terms(registry, course):
    """The adverse events that the registry names in a course."""
    events = [e.get("event") for e in registry.of("count") if e.get("event")]
    return list(dict.fromkeys(e["AEDECOD"] for e in events if e["APHASE"] == course and "AEDECOD" in e))


def _is_used(registry, name) -> bool:
    """Whether the registry says anything of this column: a
    number, a comparison, an implication or a group made of it.
    """
    for entry in registry.entries:
        by = entry.get("by", [])
        columns = [*(entry.get("where") or {}), *(entry.get("of") or {}), *(by if isinstance(by, list) else [by])]
        if name in columns or name in entry.get("adjusted", []):
            return True
    if any(g.source == name and _is_used(registry, group) for group, g in registry.groupings.items()):
        return True
    rules = registry.own.get("implications", [])
    return any(name in (rule.get("if") or {}) or name in rule["then"] for rule in rules)
