"""What a reconstruction proves: numbers that cannot be, what all solutions share, how many there are."""

import math

import numpy as np

from ..printed import print_as
from ..targets import Target, as_group
from .attained import attained
from .problem import Problem
from .reconstruct import Reconstruction
from .times import Fit, place, time_ranges

MOST_FITS = 30  # orderings of which the times are compared


def impossible_cells(found: Reconstruction) -> list[dict]:
    """Printed survival numbers that no ordering has together with the others, with what it has instead and the proof.

    Only cells that every smallest contradiction holds are listed; where one of several could be wrong, none is.
    """
    rows = []
    for endpoint, fits in found.fits.items():
        always = frozenset.intersection(*(f.given_up for f in fits))
        if not always:
            continue
        problem = found.problems[endpoint]
        kept = len(problem.targets) - len(always)
        by_cell = {(t.id, t.part): t for t in problem.targets}
        for cell in sorted(always):
            target = by_cell[cell]
            instead = _instead(found, target)
            proof = (
                f"Of all {2**found.n:,} patterns of events and censorings of {found.n} subjects (without ties), with every "
                f"choice of groups, none gives this number together with the other {kept} printed numbers of {endpoint}; "
                f"the one that gives those has {instead}."
            )
            rows.append(
                {"id": cell[0], "part": cell[1], "printed": target.printed, "admissible": instead, "proof": proof}
            )
    for name in [*found.labels.missed, *found.missed_numbers]:
        rows += _missed_count(found, name)
    return rows


def _instead(found, target):
    """What the reconstructed cohort has in the place of a number that cannot be, to the printed digits."""
    value = attained(target, found.solution.adtte(target.endpoint), found.registry)
    return _as_printed(target, value)


def _missed_count(found, name) -> list[dict]:
    """A printed count or number that the solver gave up, with the smallest set that it contradicts; the percentage
    printed beside a count goes with it."""
    entry_id, part, printed = name
    if part == "rule":
        return []
    sets = dict(zip(found.labels.missed, found.labels.conflicts, strict=True))
    others = [o for o in sets.get(name, []) if o != name]
    rest = "; ".join(f"{i} ({p} {t})" if p != "rule" else t for i, p, t in others)
    proof = (
        f"It cannot hold together with {rest}."
        if rest
        else "No whole numbers give it together with the other printed values."
    )
    entry = next(e for e in found.registry.entries if e.id == entry_id)
    instead = _count(found, entry) if part == "count" else ""
    rows = [{"id": entry_id, "part": part, "printed": printed, "admissible": str(instead), "proof": proof}]
    if part == "count":
        places = {place for c in entry.printed("count") if c.shown == printed for place in c.at}
        for cell in entry.printed("percent"):
            if places & set(cell.at) and (share := print_as(100 * instead / found.n, 1)) != cell.shown:
                why = f"It is the percentage of the count {printed}, which cannot hold together with {rest or 'the others'}."
                rows.append(
                    {"id": entry_id, "part": "percent", "printed": cell.shown, "admissible": share, "proof": why}
                )
    return rows


def _count(found, entry) -> int:
    """How many of the reconstructed subjects an entry counts."""
    group = as_group(entry.get("where"))
    columns = found.labels.columns
    return sum(all(columns[c][i] in levels for c, levels in group) for i in range(found.n))


def skeleton(found: Reconstruction) -> list[str]:
    """What all solutions of an exact search share, in sentences."""
    lines = []
    for endpoint, fits in found.fits.items():
        problem = found.problems[endpoint]
        n, patterns = problem.n, {f.pattern.events for f in fits}
        lines.append(f"{endpoint}: {_patterns(len(patterns), n)}.")
        both = {"an event": [], "censored": []}
        for i in range(n):
            seen = {e >> i & 1 for e in patterns}
            if len(seen) == 1:
                both["an event" if seen == {1} else "censored"].append(i + 1)
        for what, ranks in both.items():
            if ranks:
                lines.append(
                    f"{endpoint}: in all of them the subjects of rank {_ranks(ranks)} have {what}."
                    if what == "an event"
                    else f"{endpoint}: in all of them rank {_ranks(ranks)} is censored."
                )
        known = _determined(problem, fits[:MOST_FITS])
        if known:
            times = ", ".join(f"{k + 1}: {t * problem.grid:.10g}" for k, t in known.items())
            lines.append(
                f"{endpoint}: times fixed by the printed numbers (rank: {found.registry.cohort.get('time_unit', 'months')}): {times}."
            )
        if len(fits) == 1:
            ordering = found.orderings[endpoint]
            one = [f.name for f in problem.factors if len(ordering.masks[f.name]) == 1]
            if one:
                lines.append(
                    f"{endpoint}: at these times only one choice of who belongs to which group of {', '.join(one)}."
                )
    return lines


def _patterns(count, n):
    total = f"{2**n:,} patterns of events and censorings over {n} ranks"
    return (
        f"one of the {total} gives the printed numbers"
        if count == 1
        else f"{count:,} of the {total} give the printed numbers"
    )


def _ranks(ranks):
    """1-4, 6 for [1, 2, 3, 4, 6]."""
    parts, start = [], ranks[0]
    for a, b in zip(ranks, [*ranks[1:], None], strict=True):
        if b != a + 1:
            parts.append(f"{start}" if a == start else f"{start}-{a}")
            start = b
    return ", ".join(parts)


def _determined(problem: Problem, fits: list[Fit]) -> dict[int, int]:
    """Ranks whose time is the same in all these fits, in units of the grid."""
    known = None
    for fit in fits:
        mine = {i: low for i, (low, high) in enumerate(time_ranges(problem, fit)) if low == high}
        known = mine if known is None else {i: t for i, t in known.items() if mine.get(i) == t}
    return known or {}


def solutions_sentence(found: Reconstruction) -> str:
    """How many solutions there are, as far as the search says."""
    if found.engine != "exact":
        return "Not counted: the printed numbers leave very many cohorts; see the spread over the ensemble."
    parts = []
    for endpoint, fits in found.fits.items():
        count = len({f.pattern.events for f in fits})
        line = f"{endpoint}: {count:,} ordering{'s' if count > 1 else ''} of events and censorings (without ties)"
        if found.problems[endpoint].factors:
            placed = [place(found.problems[endpoint], f) for f in fits[:MOST_FITS]]
            choices = sum(math.prod(len(m) for m in o.masks.values()) for o in placed)
            more = " in the first of them" if len(fits) > MOST_FITS else ""
            line += f", with {choices:,} choices of who is in which group{more} at the times written"
        parts.append(line)
    return "; ".join(parts) + "."


def _as_printed(target: Target, value) -> str:
    """The value as the paper would print it, to the digits of the target: '10.3', '2.165–18.435', 'NA'."""
    texts = target.printed.split("–")
    decimals = [len(t.partition(".")[2]) for t in texts]
    if target.kind in ("log_rank", "hr_p"):
        decimals = [max(3, *decimals)]
    values = np.atleast_1d(value)
    if not np.isfinite(values).all():
        return "NA"
    return "–".join(print_as(max(x, 0.0), d) for x, d in zip(values, decimals * len(values), strict=False))
