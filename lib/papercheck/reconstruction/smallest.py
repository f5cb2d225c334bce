"""Which printed numbers do not go together, where no cohort is found: the smallest sets, found by leaving out each."""

from dataclasses import replace

from ..audit.finding import AuditFinding, Print, found
from ..registry.labels import describe_cell
from ..registry.registry import Registry
from ..registry.targets import endpoints_with_targets, survival_targets
from . import anneal

MOST = 120  # subjects up to which sets are searched for: above, each search without a find takes minutes
EFFORT = 6, anneal.STEPS  # starts of one search, and moves of each for up to anneal.BASE subjects
CHECK = "search for a cohort"


def smallest_sets(registry: Registry, effort=EFFORT) -> list[list]:
    """Sets of printed numbers (registry.targets.Target) that no cohort was found for, though without any one of them
    one was.

    Of one endpoint each, printed sizes of groups held in all; sets of one endpoint have no number in common. effort :
    starts and moves of one search. A search that finds nothing proves nothing. Empty above MOST subjects, and where
    each endpoint alone can be met. Method: deletion filter (Chinneck and Dravnieks 1991).
    """
    sets = []
    for endpoint in endpoints_with_targets(registry) if registry.n and registry.n <= MOST else ():
        left = survival_targets(registry, endpoint)
        while left and not _together(registry, endpoint, left, effort):
            kept = list(left)
            for target in left:
                fewer = [t for t in kept if t is not target]
                if not _together(registry, endpoint, fewer, effort):
                    kept = fewer
            if not kept:
                break  # the sizes of the groups alone
            sets.append(kept)
            left = [t for t in left if t not in kept]
    return sets


def _together(registry, endpoint, targets, effort) -> bool:
    """Whether a cohort is found that prints some numbers of an endpoint."""
    asked = {(t.id, t.part) for t in targets}
    entries = tuple(
        replace(e, cells=tuple(c for c in e.cells if (e.id, c.part) in asked)) if e.get("endpoint") == endpoint else e
        for e in registry.entries
    )
    if not asked:
        return True
    return anneal.reconstruct(replace(registry, entries=entries), [endpoint], effort=effort, claims=()).whole


def in_words(targets, registry) -> str:
    """'PFSR median, Arm: A, 5.0 (Table 2); PFSR at 6 months, 80.0% (Text)' of a set of printed numbers."""
    entries = {e.id: e for e in registry.entries}
    return "; ".join(describe_cell(entries[t.id], t.part, t.printed, registry) for t in targets)


def findings(registry: Registry, effort=EFFORT) -> list[AuditFinding]:
    """The smallest sets as notes of the audit."""
    made, entries = [], {e.id: e for e in registry.entries}
    for targets in smallest_sets(registry, effort):
        cells = [(entries[t.id], c) for t in targets for c in entries[t.id].cells if c.part == t.part]
        wording = f"no cohort of {registry.n} was found that prints together: {in_words(targets, registry)}"
        evidence = "without any one of them one was found; a search that finds nothing proves nothing"
        made.append(replace(found("note", [Print(*x) for x in cells], wording, evidence), check=CHECK))
    return made
