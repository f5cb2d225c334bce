"""Levels that a file gives in groups, ECOG 0-1, smoking yes: a factor of groups, for no level stands for one."""

import re

from papercheck.files.findings import shown
from papercheck.vocabulary.dictionary import load_dictionary

from .fit import CODE, counts_of, fit
from .match import LEFT_OUT
from .outcomes import YESNO
from .placed import unlabelled_target
from .questions import Reason, Value, about
from .words import level_of, same, synonyms

RANGE = re.compile(r"(\d)\s*(?:分)?\s*(?:[-–—~～/、,，]|to|or|至|到|或)\s*(\d)(?:分)?", re.IGNORECASE)
FROM = re.compile(r"(?:>=|≥|＞=|≧)\s*(\d)(?:分)?|(\d)(?:分)?\s*(?:\+|以上|及以上|or more|and above)", re.IGNORECASE)
TO = re.compile(r"(?:<=|≤|≦)\s*(\d)(?:分)?|(\d)(?:分)?\s*(?:以下|及以下|or less)", re.IGNORECASE)
ABOVE = re.compile(r"[>＞]\s*(\d)(?:分)?")
BELOW = re.compile(r"[<＜]\s*(\d)(?:分)?")


def scores_of(cell, levels) -> tuple:
    """The scores that a cell such as 0-1, ≥2 or 2+ stands for, in order; () for one that is no range."""
    text, known = str(cell).strip(), sorted(map(int, levels))
    for pattern, holds in (
        (RANGE, lambda x, m: int(m[1]) <= x <= int(m[2])),
        (FROM, lambda x, m: x >= int(m[1] or m[2])),
        (TO, lambda x, m: x <= int(m[1] or m[2])),
        (ABOVE, lambda x, m: x > int(m[1])),
        (BELOW, lambda x, m: x < int(m[1])),
    ):
        match = pattern.fullmatch(text)
        if match:
            return tuple(x for x in known if holds(x, match))
    return ()


def levels_of(cell, label, column) -> tuple:
    """The levels of a coded column, by their place, that a cell stands for together; () for a level and what is none.

    label : what the file says that the cell means, or ''.
    """
    levels = list(column.levels)
    if _are_scores(levels):
        return tuple(levels.index(str(score)) for score in scores_of(cell, levels))
    for group in synonyms()["grouped"].get(column.name, {}).values():
        said = level_of(label or cell, YESNO) == group["yesno"] or any(same(w, label or cell) for w in group["words"])
        if said or (not label and cell.removesuffix(".0") == group["code"]):
            return tuple(levels.index(level) for level in group["of"])
    return ()


def _are_scores(levels) -> bool:
    return bool(levels) and all(str(level).isdigit() for level in levels)


def groups_of(ranges) -> list:
    """The groups of levels that ranges make, those that overlap joined, in order."""
    found = []
    for levels in sorted(map(set, ranges), key=min):
        if found and found[-1] & levels:
            found[-1] |= levels
        else:
            found.append(set(levels))
    return [tuple(sorted(group)) for group in found]


def ask_grouped(plan):
    """Whether a coded column whose cells stand for several levels is read as a factor of groups."""
    for name, target in _in_levels(plan) if plan.table == "adsl" else ():
        counts, column = counts_of(plan.sheet, name), load_dictionary()["adsl"].columns[target]
        known, labels = fit(plan.sheet, name, column).untranslated, plan.sheet.codes.get(name, {})
        ranges = {w: levels_of(w, labels.get(w, ""), column) for w in counts if w in known}
        ranges = {w: levels for w, levels in ranges.items() if levels}
        scores = _are_scores(column.levels)
        if not ranges or not (scores or any(len(levels) > 1 for levels in ranges.values())):
            continue
        groups = groups_of(ranges.values())
        many = sum(counts[w] for w in ranges) > 0.5 * sum(counts.values())
        bare = not scores and any(CODE.match(w) and w not in labels for w in ranges)
        values = [Value(w, counts[w], labels.get(w, "")) for w in ranges]
        called = {w: _called(next(g for g in groups if set(levels) <= set(g)), column) for w, levels in ranges.items()}
        said = dict.fromkeys(
            f"{_called(g, column)}{_cells_of(g, ranges, called) if not scores else ''}" for g in groups
        )
        words = {"counts": "; ".join(v.text() for v in values), "label": column.label, "groups": ", ".join(said)}
        if name in plan.left:
            plan.left[name] = Reason("groups")
        for word in ranges if target in plan.fits else ():  # asked here, and not again cell by cell
            plan.fits[target].untranslated.pop(word, None)
        proposed = "groups" if many and not bare else None
        yield (
            about(plan.sheet, "grouped", name, target, proposed=proposed, words=words),
            lambda answer, n=name, t=target, r=ranges, g=groups: _settle(plan, n, t, r, g, answer),
        )


def _cells_of(group, ranges, called) -> str:
    """The cells of a group, in brackets: (No)."""
    return f" ({', '.join(shown(w) for w in called if set(ranges[w]) <= set(group))})"


def _in_levels(plan) -> list:
    """The written columns that are, or are called like, a column of scores or one whose levels are often grouped."""
    found = {name: target for name, target in plan.columns.items()}
    found |= {n: t for n, why in plan.left.items() if (t := unlabelled_target(plan, n, why))}
    columns, known = load_dictionary()["adsl"].columns, synonyms()["grouped"]
    coded = [(n, t) for n, t in found.items() if t in columns and columns[t].type == "coded"]
    return [(n, t) for n, t in coded if t in known or _are_scores(columns[t].levels)]


def _called(group, column) -> str:
    """A group as people write it: 0-1, 2+, Never, Ever."""
    levels = list(column.levels)
    if not _are_scores(levels):
        entries = synonyms()["grouped"][column.name].items()
        return next(called for called, entry in entries if [levels[i] for i in group] == entry["of"])
    first, last = levels[group[0]], levels[group[-1]]
    if group[-1] == len(levels) - 1 and len(group) > 1:
        return f"{first}+"
    return f"{first}-{last}" if len(group) > 1 else str(first)


def _settle(plan, name, target, ranges, groups, answer):
    column = load_dictionary()["adsl"].columns[target]
    if answer == "leave out":
        plan.left[name] = LEFT_OUT
        if name in plan.columns:
            plan.unplace(name, LEFT_OUT)
        return
    if name in plan.left:
        plan.place_as(name, target, Reason("codes answered"))
    for word in ranges:
        plan.fits[target].untranslated.pop(word, None)
    if answer == "unknown":
        plan.values[target] = {**plan.values.get(target, {}), **dict.fromkeys(ranges, "NA")}
        plan.settle([name], list(ranges))
        return
    levels = list(column.levels)
    called = {level: level if _are_scores(levels) else label for level, label in column.levels.items()}
    called |= {levels[i]: _called(group, column) for group in groups for i in group}
    known = plan.values.get(target, {})
    values = {w: known.get(w, w.removesuffix(".0")) for w in counts_of(plan.sheet, name) if w not in ranges}
    values = {w: called.get(code, code) for w, code in values.items()}
    values |= {w: called[levels[found[0]]] for w, found in ranges.items()}
    order = dict.fromkeys(called[level] for level in levels)
    own = f"{target}GR1"
    plan.unplace(name, "")
    del plan.left[name]
    plan.columns[name], plan.why[name] = own, Reason("in groups")
    plan.values[own] = {w: code for w, code in sorted(values.items()) if w != code}
    plan.factors[own] = {
        "label": f"{column.label} (in groups)",
        "levels": {c: c for c in order if c in values.values()},
    }
