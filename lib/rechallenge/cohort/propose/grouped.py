"""Scores that a file gives in groups, ECOG 0-1 and 2 or more: a factor of groups, for no score stands for one."""

import re

from papercheck.vocabulary.dictionary import load_dictionary

from .fit import counts_of, fit
from .match import LEFT_OUT
from .placed import unlabelled_target
from .questions import Reason, Value, about

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


def groups_of(ranges) -> list:
    """The groups of scores that ranges make, those that overlap joined, in order."""
    found = []
    for scores in sorted(map(set, ranges), key=min):
        if found and found[-1] & scores:
            found[-1] |= scores
        else:
            found.append(set(scores))
    return [tuple(sorted(group)) for group in found]


def ask_grouped(plan):
    """Whether a score that stands in groups is read as a factor of groups."""
    for name, target in _scores(plan) if plan.table == "adsl" else ():
        counts, levels = counts_of(plan.sheet, name), load_dictionary()["adsl"].columns[target].levels
        known = fit(plan.sheet, name, load_dictionary()["adsl"].columns[target]).untranslated
        ranges = {w: scores_of(w, levels) for w in counts if w in known}
        ranges = {w: scores for w, scores in ranges.items() if scores}
        if not ranges:
            continue
        groups = groups_of(ranges.values())
        many = sum(counts[w] for w in ranges) > 0.5 * sum(counts.values())
        values = [Value(w, counts[w]) for w in ranges]
        words = {
            "counts": "; ".join(v.text() for v in values),
            "label": load_dictionary()["adsl"].columns[target].label,
        }
        words["groups"] = ", ".join(_called(group, levels) for group in groups)
        if name in plan.left:
            plan.left[name] = Reason("groups")
        for word in ranges if target in plan.fits else ():  # asked here, and not again cell by cell
            plan.fits[target].untranslated.pop(word, None)
        yield (
            about(plan.sheet, "grouped", name, target, proposed="groups" if many else None, words=words),
            lambda answer, n=name, t=target, r=ranges, g=groups: _settle(plan, n, t, r, g, answer),
        )


def _scores(plan) -> list:
    """The written columns that are, or are called like, a column of whole numbers as levels."""
    found = {name: target for name, target in plan.columns.items()}
    found |= {n: t for n, why in plan.left.items() if (t := unlabelled_target(plan, n, why))}
    columns = load_dictionary()["adsl"].columns
    levels = {n: columns[t].levels for n, t in found.items() if t in columns and columns[t].type == "coded"}
    return [(n, found[n]) for n, own in levels.items() if own and all(str(level).isdigit() for level in own)]


def _called(group, levels) -> str:
    """A group as people write it: 0-1, 2+."""
    if group[-1] == max(map(int, levels)) and len(group) > 1:
        return f"{group[0]}+"
    return f"{group[0]}-{group[-1]}" if len(group) > 1 else str(group[0])


def _settle(plan, name, target, ranges, groups, answer):
    column = load_dictionary()["adsl"].columns[target]
    if answer == "leave out":
        plan.left[name] = LEFT_OUT
        if name in plan.columns:
            plan.unplace(name, LEFT_OUT)
        return
    if name in plan.left:
        plan.place_as(name, target, "its scores")
    for word in ranges:
        plan.fits[target].untranslated.pop(word, None)
    if answer == "unknown":
        plan.values[target] = {**plan.values.get(target, {}), **dict.fromkeys(ranges, "NA")}
        plan.settle([name], list(ranges))
        return
    called = {score: _called(group, column.levels) for group in groups for score in group}
    known = plan.values.get(target, {})
    values = {w: known.get(w, w.removesuffix(".0")) for w in counts_of(plan.sheet, name) if w not in ranges}
    values = {w: called.get(int(code), code) if code.isdigit() else code for w, code in values.items()}
    values |= {w: called[scores[0]] for w, scores in ranges.items()}
    order = dict.fromkeys(called.get(int(level), level) for level in column.levels)
    own = f"{target}GR1"
    plan.unplace(name, "")
    del plan.left[name]
    plan.columns[name], plan.why[name] = own, "a score in groups, as answered"
    plan.values[own] = {w: code for w, code in sorted(values.items()) if w != code}
    plan.factors[own] = {
        "label": f"{column.label} (in groups)",
        "levels": {c: c for c in order if c in values.values()},
    }
