"""What a reconstruction proves: numbers that cannot be, what had to be given up, what all solutions share, how many
there are.

Everything is said in the labels of the registry and with the place of the paper, never by the ids of entries.
"""

import math
from fractions import Fraction

import numpy as np

from ..audit.engine import audit
from ..registry.labels import column_label, describe_cell, describe_implication
from ..registry.printed import print_as, roundings_that_print
from ..registry.targets import KINDS, Target, as_group, counted_group, is_asked, survival_targets
from ..vocabulary.facts import ENDPOINTS
from .attained import attained, is_met
from .problem import Problem
from .reconstruct import Reconstruction
from .times import Fit, place, time_ranges

# What a registry declares of an endpoint (`fixed`) is not found by the search.
DECLARED = {
    "all_events": "Everybody has an event: declared, as the paper says so of its patients.",
    "no_events": "Nobody has an event: declared, as the paper prints none.",
}
MOST_FITS = 30  # orderings whose times are compared; of more, none is called fixed


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
                f"Of all {2**found.n:,} patterns of events and censorings of {found.n} patients (without ties), with"
                f" every choice of groups, none gives this number together with the other {kept} printed numbers of"
                f" {endpoint}; the one that gives those has {instead}."
            )
            rows.append(
                {"id": cell[0], "part": cell[1], "printed": target.printed, "admissible": instead, "proof": proof}
            )
    for name in found.labels.missed:
        if name[1] != "rule":
            rows += _missed_count(found, name)
    return rows + [_missed_number(found, name) for name in found.missed_numbers]


def not_given(found: Reconstruction, listed=()) -> list[str]:
    """Printed numbers that these pseudo-patients do not print and that are not `listed` (id, part, printed) already.

    Everything that can be recounted is: sizes of groups, adverse events, events, every survival number; in words. What
    the search does not make at all (other endpoints, stratified models, AUC) is said to be so.
    """
    rows = []
    for entry in found.registry.entries:
        targets = {
            (t.part, t.printed): t for t in survival_targets(found.registry, entry.get("endpoint")) if t.id == entry.id
        }
        for cell in entry.cells:
            if (entry.id, cell.part, cell.shown) in listed:
                continue
            what = describe_cell(entry, cell.part, cell.shown, found.registry)
            if why := _not_made(entry, cell):
                rows.append(f"{what}: {why}")
            elif instead := _recounted(found, entry, cell, targets.get((cell.part, cell.shown))):
                rows.append(f"{what}: the pseudo-patients have {instead}")
    return list(dict.fromkeys(rows))


COUNTED = ("count", "mean", "median", "range", "stated", "pooled")  # what other parts of the search make, or nobody can


def _not_made(entry, cell) -> str:
    """Why the search does not ask for a printed number at all; '' where it does."""
    if entry.statistic in COUNTED:
        return ""
    if (entry.statistic, cell.part) not in KINDS and entry.statistic != "events":
        return "the search does not make this statistic"
    if entry.get("endpoint") not in ENDPOINTS:
        return "the pseudo-patients have no such endpoint"
    return "" if is_asked(entry, cell) else "the search does not make this kind of test or model"


def _recounted(found, entry, cell, target) -> str:
    """What the pseudo-patients have in the place of a printed number, where it is another one; else ''."""
    if entry.statistic == "count" and cell.part != "ci":
        sizes = [_members(found, entry, group) for group in (counted_group(entry), as_group(entry.get("of")))]
        if None in sizes or not entry.get("where") and not entry.get("event"):
            return ""
        of = int(str(entry.get("denominator", sizes[1])))
        value = sizes[0] if cell.part == "count" else Fraction(100 * sizes[0], of) if of else None
        fits = value is not None and bool(roundings_that_print(value, cell.text))
        return "" if fits else str(value) if cell.part == "count" else f"{sizes[0]} of {of}"
    if target is None or entry.get("endpoint") not in found.solution.outcomes:
        return ""
    try:
        value = attained(target, found.solution.adtte(target.endpoint), found.registry)
    except (ValueError, KeyError):
        return "none"
    return "" if is_met(target, value) else _as_printed(target, value)


def _members(found, entry, group) -> int | None:
    """How many pseudo-patients are in a group and, if the entry counts an adverse event, had it; None if not known."""
    columns, event = found.labels.columns, entry.get("event")
    if any(column not in columns for column, _ in group):
        return None
    inside = [i for i in range(found.n) if _carries(columns, group, i)]
    if not event or group == as_group(entry.get("of")) and entry.get("where"):
        return len(inside)
    grades = set(event.get("ATOXGR") or range(1, 6))
    rows = [
        g
        for (term, course), g in found.labels.events.items()
        if course == event["APHASE"] and event.get("AEDECOD", term) == term
    ]
    return sum(any(row[i] in grades for row in rows) for i in inside)


def given_up_rules(found: Reconstruction) -> list[dict]:
    """Implications of the paper that the pseudo-patients do not all keep: rule, why, kept, of (patients), proof.

    kept : how many of the `of` patients whom the rule is about keep it. The proof is that of the audit, or the smallest
    set of printed counts that the rule contradicts; where there is neither, it says so.
    """
    rules, columns = found.registry.own.get("implications", []), found.labels.columns
    rows = []
    for name, conflict in zip(found.labels.missed, found.labels.conflicts, strict=True):
        if name[1] != "rule":
            continue
        rule = rules[int(name[0].rpartition(" ")[2]) - 1]
        about = [i for i in range(found.n) if _carries(columns, as_group(rule.get("if")), i)]
        kept = sum(_carries(columns, as_group(rule["then"]), i) for i in about)
        rows.append(
            {
                "rule": describe_implication(rule, found.registry),
                "why": str(rule["why"]),
                "kept": kept,
                "of": len(about),
                "proof": _why_not_kept(found, name, str(rule["why"]), conflict),
            }
        )
    return rows


def _why_not_kept(found, name, why, conflict):
    for finding in audit(found.registry):
        if finding.kind in ("impossible", "contradiction") and why in finding.evidence:
            return f"{finding.wording} ({'; '.join(finding.places)})."
    if others := _others(found, name, conflict):
        return f"Among {found.n} patients it cannot hold together with {others}."
    return "Not proved impossible: the times and groups that give the printed numbers do not all keep it."


def _others(found, name, conflict) -> str:
    """The rest of a set of printed numbers and rules that cannot hold together, in words."""
    entries = {e.id: e for e in found.registry.entries}
    return "; ".join(
        f"the rule “{text}”" if part == "rule" else describe_cell(entries[i], part, text, found.registry)
        for i, part, text in conflict
        if (i, part, text) != name
    )


def _instead(found, target):
    """What the reconstructed cohort has in the place of a number that cannot be, to the printed digits."""
    value = attained(target, found.solution.adtte(target.endpoint), found.registry)
    return _as_printed(target, value)


def _missed_count(found, name) -> list[dict]:
    """A printed count that the solver gave up, with the smallest set that it contradicts; the percentage printed beside
    it goes with it."""
    entry_id, part, printed = name
    others = _others(found, name, dict(zip(found.labels.missed, found.labels.conflicts, strict=True))[name])
    against = f"among {found.n} patients cannot hold together with {others or 'the other printed counts'}"
    entry = next(e for e in found.registry.entries if e.id == entry_id)
    instead = _count(found, entry) if part == "count" else ""
    rows = [
        {"id": entry_id, "part": part, "printed": printed, "admissible": str(instead), "proof": f"{printed} {against}."}
    ]
    if part == "count":
        places = {place for c in entry.printed("count") if c.shown == printed for place in c.at}
        for cell in entry.printed("percent"):
            if places & set(cell.at) and (share := print_as(100 * instead / found.n, 1)) != cell.shown:
                why = f"{cell.shown}% is the share of the count {printed}, which {against}."
                rows.append(
                    {"id": entry_id, "part": "percent", "printed": cell.shown, "admissible": share, "proof": why}
                )
    return rows


def _missed_number(found, name) -> dict:
    """A printed median, mean or range of whole numbers that none have; where the audit has the proof, in its words."""
    entry_id, part, printed = name
    entry = next(e for e in found.registry.entries if e.id == entry_id)
    label = column_label(entry.get("variable"), found.registry).lower()
    proof, admissible = f"No {found.n} whole numbers have it together with what else is printed of {label}.", ()
    for finding in audit(found.registry):
        if finding.kind == "impossible" and name in finding.cells:
            proof, admissible = f"{finding.wording.rstrip('.')}.", finding.admissible
    return {
        "id": entry_id,
        "part": part,
        "printed": printed,
        "admissible": " or ".join(admissible),
        "proof": proof,
    }


def _count(found, entry) -> int:
    """How many of the reconstructed patients an entry counts."""
    group = counted_group(entry)
    return sum(_carries(found.labels.columns, group, i) for i in range(found.n))


def _carries(columns, group, i) -> bool:
    """Whether patient i has one of the levels of every column of a group."""
    return all(columns[column][i] in levels for column, levels in group)


def skeleton(found: Reconstruction) -> dict[str, list[str]]:
    """What all solutions of an exact search share, in sentences by endpoint. Ranks count the patients by their time."""
    return {endpoint: _shared(found, endpoint, fits) for endpoint, fits in found.fits.items()}


def _shared(found, endpoint, fits):
    n, problem, patterns = found.n, found.problems[endpoint], {f.pattern.events for f in fits}
    if problem.fixed:
        lines = [DECLARED[problem.fixed]]
    else:
        lines = [_patterns(len(patterns), n, any(f.given_up for f in fits))]
        seen = [{e >> i & 1 for e in patterns} for i in range(n)]
        for event, what in ((1, "an event"), (0, "a censoring")):
            ranks = [i + 1 for i in range(n) if seen[i] == {event}]
            if ranks:
                lines.append(f"{_ranks(ranks, n)} {what} in all of them.")
    if problem.factors:
        lines.append(_choices(found, endpoint, fits))
    return lines


def _choices(found, endpoint, fits):
    """How many choices of who is in which group are left at the
    times written, and which groups they leave no choice.
    """
    placed = [place(found.problems[endpoint], f) for f in fits[:MOST_FITS]]
    count = sum(math.prod(len(m) for m in o.masks.values()) for o in placed)
    some = " in the first of them" if len(fits) > MOST_FITS else ""
    masks = found.orderings[endpoint].masks
    alone = [f for f in found.problems[endpoint].factors if len(masks[f.name]) == 1] if len(fits) == 1 else []
    labels = list(dict.fromkeys(column_label(c, found.registry) for f in alone for c in f.columns))
    text = f"At the times written {count:,} choice{'s are' if count > 1 else ' is'} left of who is in which group{some}"
    return f"{text}; settled is that of {', '.join(labels)}." if labels and count > 1 else f"{text}."


def fixed_times(found: Reconstruction) -> dict[str, dict[int, float]]:
    """The times that the printed numbers fix: {endpoint: {rank from 1: time}}, in the unit of the registry."""
    fixed = {}
    for endpoint, fits in found.fits.items():
        grid = found.problems[endpoint].grid
        known = _determined(found.problems[endpoint], fits) if len(fits) <= MOST_FITS else {}
        fixed[endpoint] = {k + 1: float(f"{t * grid:.10g}") for k, t in known.items()}
    return fixed


def _patterns(count, n, some_given_up):
    total = f"{2**n:,} patterns of events and censorings of {n} patients"
    but = ", but for those given up" if some_given_up else ""
    return f"{count:,} of the {total} {'gives' if count == 1 else 'give'} the printed numbers{but}."


def _ranks(ranks, n):
    """'Ranks 1–4 and 6 have' for [1, 2, 3, 4, 6]; 'All have' for everybody."""
    if len(ranks) == n:
        return "All have"
    parts, start = [], ranks[0]
    for a, b in zip(ranks, [*ranks[1:], None], strict=True):
        if b != a + 1:
            parts.append(f"{start}" if a == start else f"{start}–{a}")
            start = b
    text = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"Rank {text} has" if len(ranks) == 1 else f"Ranks {text} have"


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
        return "Not counted: very many cohorts give the printed numbers."
    counts = {e: len({f.pattern.events for f in fits}) for e, fits in found.fits.items() if not found.problems[e].fixed}
    said = [f"{n:,} ordering{'s' if n > 1 else ''} of the events and censorings of {e}" for e, n in counts.items()]
    return f"{'; '.join(said)} (without ties)." if said else "One: events and censorings are declared."


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
