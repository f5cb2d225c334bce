"""What a reconstruction proves: numbers that cannot be, what had to be given up, what all solutions share, how many
there are.

Everything is said in the labels of the registry and with the place of the paper, never by the ids of entries.
"""

import math
from fractions import Fraction

import numpy as np

from ..audit.engine import audit
from ..audit.finding import Message
from ..audit.paper import Paper
from ..registry.labels import column_label, describe_entry, part_label
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
    "no_events": "No event is printed: everybody is carried as censored, which is no finding.",
}
NO_PATTERN = (
    "Of all {patterns} patterns of events and censorings of {n} patients (without ties), with every choice of groups,"
    " none"
    " gives this number together with the other {kept} printed numbers of {endpoint}; the one that gives those has"
    " {instead}."
)
DECLARED_ALL = "One: events and censorings are declared."
NO_NUMBERS = "No {n} whole numbers have it together with what else is printed of {label}."
OTHER_COUNTS = "the other printed counts"
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
            size = {"patterns": f"{2**found.n:,}", "n": found.n, "kept": kept}
            proof = Message(NO_PATTERN, endpoint=endpoint, instead=instead, **size)
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
            what = told_cell(entry, cell.part, cell.shown, found.registry)
            if why := _not_made(entry, cell):
                rows.append(Message("{what}: {why}", what=what, why=why))
            elif instead := _recounted(found, entry, cell, targets.get((cell.part, cell.shown))):
                rows.append(Message("{what}: the pseudo-patients have {value}", what=what, value=instead))
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
        inside = entry.get("event") and not entry.get("of")  # a term is counted among those of its own group
        whole = as_group(entry.get("where" if inside else "of"))
        sizes = [_members(found, counted_group(entry), entry.get("event")), _members(found, whole)]
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


def _members(found, group, event=None) -> int | None:
    """How many pseudo-patients are in a group and, where an adverse event is named, had it; None if not known."""
    columns = found.labels.columns
    if any(column not in columns for column, _ in group):
        return None
    inside = [i for i in range(found.n) if _carries(columns, group, i)]
    if not event:
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
                "rule": _told_rule(rule, found.registry),
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
            return Message("{what} ({places}).", what=finding.wording, places=finding.places)
    if others := _others(found, name, conflict):
        return Message("Among {n} patients it cannot hold together with {others}.", n=found.n, others=others)
    return "Not proved impossible: the times and groups that give the printed numbers do not all keep it."


def _others(found, name, conflict) -> tuple:
    """The rest of a set of printed numbers and rules that cannot hold together, in words."""
    entries = {e.id: e for e in found.registry.entries}
    return tuple(
        Message("the rule “{text}”", text=text) if part == "rule" else told_cell(entries[i], part, text, found.registry)
        for i, part, text in conflict
        if (i, part, text) != name
    )


def _told_rule(rule, registry) -> Message:
    """`describe_implication` as a message."""
    given, then = (Paper(registry).words(as_group(rule.get(part))) for part in ("if", "then"))
    return (
        Message("{given} means {then}", given=given, then=then)
        if rule.get("if")
        else Message("Everybody has {then}", then=then)
    )


def told_cell(entry, part, printed, registry) -> Message:
    """`describe_cell` as a message: what is printed, and where."""
    places = tuple(dict.fromkeys(p for cell in entry.printed(part) if cell.shown == printed for p in cell.at))
    label = part_label(entry, part, registry)
    value = printed if part == "estimate" else f"{printed}%" if label == "%" else f"{label} {printed}"
    group = as_group(entry.get("where")) if entry.statistic == "count" and not entry.get("event") else ()
    named = len(group) == 1 and not entry.get("of") and not entry.get("weights")
    what = Paper(registry).words(group) if named else describe_entry(entry, registry)
    if not places:
        return Message("{what}, {value}", what=what, value=value)
    return Message("{what}, {value} ({places})", what=what, value=value, places=places)


def _instead(found, target):
    """What the reconstructed cohort has in the place of a number that cannot be, to the printed digits."""
    value = attained(target, found.solution.adtte(target.endpoint), found.registry)
    return _as_printed(target, value)


def _missed_count(found, name) -> list[dict]:
    """A printed count that the solver gave up, with the smallest set that it contradicts; the percentage printed beside
    it goes with it."""
    entry_id, part, printed = name
    others = _others(found, name, dict(zip(found.labels.missed, found.labels.conflicts, strict=True))[name])
    told = {"printed": printed, "n": found.n, "others": others or OTHER_COUNTS}
    entry = next(e for e in found.registry.entries if e.id == entry_id)
    instead = _count(found, entry) if part == "count" else ""
    proof = Message("{printed} among {n} patients cannot hold together with {others}.", **told)
    rows = [{"id": entry_id, "part": part, "printed": printed, "admissible": str(instead), "proof": proof}]
    if part == "count":
        places = {place for c in entry.printed("count") if c.shown == printed for place in c.at}
        for cell in entry.printed("percent"):
            if places & set(cell.at) and (share := print_as(100 * instead / found.n, 1)) != cell.shown:
                why = Message(
                    "{share}% is the share of the count {printed}, which among {n} patients cannot hold together with"
                    " {others}.",
                    share=cell.shown,
                    **told,
                )
                rows.append(
                    {"id": entry_id, "part": "percent", "printed": cell.shown, "admissible": share, "proof": why}
                )
    return rows


def _missed_number(found, name) -> dict:
    """A printed median, mean or range of whole numbers that none have; where the audit has the proof, in its words."""
    entry_id, part, printed = name
    entry = next(e for e in found.registry.entries if e.id == entry_id)
    label = column_label(entry.get("variable"), found.registry).lower()
    proof, admissible = Message(NO_NUMBERS, n=found.n, label=label), ()
    for finding in audit(found.registry):
        if finding.kind in ("impossible", "convention") and name in finding.cells:
            proof, admissible = finding.wording, finding.admissible
            proof = proof if proof.endswith(".") else Message("{sentence}.", sentence=proof)
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
        lines = [Message(DECLARED[problem.fixed])]
    else:
        lines = [_patterns(len(patterns), n, any(f.given_up for f in fits))]
        seen = [{e >> i & 1 for e in patterns} for i in range(n)]
        for event in (1, 0):
            ranks = [i + 1 for i in range(n) if seen[i] == {event}]
            if ranks:
                lines.append(_ranks(ranks, n, SHARED[event]))
    if problem.factors:
        lines.append(_choices(found, endpoint, fits))
    return lines


def _choices(found, endpoint, fits):
    """How many choices of who is in which group are left at the
    times written, and which groups they leave no choice.
    """
    placed = [place(found.problems[endpoint], f) for f in fits[:MOST_FITS]]
    count = sum(math.prod(len(m) for m in o.masks.values()) for o in placed)
    masks = found.orderings[endpoint].masks
    alone = [f for f in found.problems[endpoint].factors if len(masks[f.name]) == 1] if len(fits) == 1 else []
    labels = list(dict.fromkeys(column_label(c, found.registry) for f in alone for c in f.columns))
    if count == 1:
        return Message("At the times written 1 choice is left of who is in which group.")
    shown = {"count": f"{count:,}"}
    if len(fits) > MOST_FITS:
        text = "At the times written {count} choices are left of who is in which group in the first of them."
        return Message(text, **shown)
    if labels:
        text = "At the times written {count} choices are left of who is in which group; settled is that of {factors}."
        return Message(text, factors=Message.of_parts(*labels), **shown)
    return Message("At the times written {count} choices are left of who is in which group.", **shown)


def fixed_times(found: Reconstruction) -> dict[str, dict[int, float]]:
    """The times that the printed numbers fix: {endpoint: {rank from 1: time}}, in the unit of the registry."""
    fixed = {}
    for endpoint, fits in found.fits.items():
        grid = found.problems[endpoint].grid
        known = _determined(found.problems[endpoint], fits) if len(fits) <= MOST_FITS else {}
        fixed[endpoint] = {k + 1: float(f"{t * grid:.10g}") for k, t in known.items()}
    return fixed


def _patterns(count, n, some_given_up):
    shown = {"count": f"{count:,}", "patterns": f"{2**n:,}", "n": n}
    return Message(PATTERNS[count == 1, some_given_up], **shown)


PATTERNS = {  # by whether it is one, and whether numbers were given up
    (
        True,
        False,
    ): "{count} of the {patterns} patterns of events and censorings of {n} patients gives the printed numbers.",
    (
        False,
        False,
    ): "{count} of the {patterns} patterns of events and censorings of {n} patients give the printed numbers.",
    (True, True): (
        "{count} of the {patterns} patterns of events and censorings of {n} patients gives the printed numbers, but for"
        " those given up."
    ),
    (False, True): (
        "{count} of the {patterns} patterns of events and censorings of {n} patients give the printed numbers, but for"
        " those given up."
    ),
}
SHARED = {  # what all solutions share, by whether it is an event: of everybody, of one rank, of several
    1: (
        "All have an event in all of them.",
        "Rank {ranks} has an event in all of them.",
        "Ranks {ranks} have an event in all of them.",
    ),
    0: (
        "All have a censoring in all of them.",
        "Rank {ranks} has a censoring in all of them.",
        "Ranks {ranks} have a censoring in all of them.",
    ),
}


def _ranks(ranks, n, texts) -> Message:
    """'Ranks 1–4 and 6 have an event in all of them.' for [1, 2, 3, 4, 6]. texts : of SHARED."""
    everybody, one, several = texts
    if len(ranks) == n:
        return Message(everybody)
    parts, start = [], ranks[0]
    for a, b in zip(ranks, [*ranks[1:], None], strict=True):
        if b != a + 1:
            parts.append(f"{start}" if a == start else f"{start}–{a}")
            start = b
    return Message(one if len(ranks) == 1 else several, ranks=parts)


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
        return Message("Not counted: very many cohorts give the printed numbers.")
    counts = {e: len({f.pattern.events for f in fits}) for e, fits in found.fits.items() if not found.problems[e].fixed}
    texts = (
        "{n} ordering of the events and censorings of {endpoint}",
        "{n} orderings of the events and censorings of {endpoint}",
    )
    said = tuple(Message(texts[n > 1], n=f"{n:,}", endpoint=e) for e, n in counts.items())
    return Message("{each} (without ties).", each=said) if said else Message(DECLARED_ALL)


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
