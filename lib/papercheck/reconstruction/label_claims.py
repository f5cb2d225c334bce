"""What a paper says in words of who has what (most common, less frequent), imposed on labels and adverse events.

Labels that the printed numbers alone give are kept where they have it already; else it is asked for, and given up
before any printed count.
"""

from ..registry.declared import OTHER_COURSE, Claim
from ..registry.registry import Registry
from .tables import LabelModel, Labels


def solve_labels(registry: Registry, seed, **what) -> Labels | None:
    """The labels of LabelModel(registry, **what), with as many of the claims as the printed counts let hold."""
    labels = LabelModel(registry, **what).solve(seed)
    lacking = [c for c in label_claims(registry) if labels is not None and not holds(c, labels)]
    if not lacking:
        return labels
    model = LabelModel(registry, **what)
    for claim in lacking:
        model.claims.append(impose(model, claim))
    return model.solve(seed) or labels


def label_claims(registry: Registry) -> tuple[Claim, ...]:
    """The claims of a registry that are of labels or adverse events."""
    return tuple(c for c in registry.claims if c.kind in ("most_common", "fewer"))


def holds(claim: Claim, labels: Labels) -> bool:
    """Whether a claim holds for labels: the named have more subjects than any other; a course has fewer subjects in
    more terms than it has more."""
    if claim.kind == "fewer":
        here, there = (_with_term(labels, course) for course in (claim.course, OTHER_COURSE[claim.course]))
        terms = {_folded(t) for t in claim.terms} or {*here, *there}
        ahead = [here.get(t, 0) - there.get(t, 0) for t in terms]
        return sum(x < 0 for x in ahead) > sum(x > 0 for x in ahead)
    if claim.course:
        counts, named = _with_term(labels, claim.course), {_folded(t) for t in claim.terms}
    else:
        values = labels.columns.get(claim.by[0], [])
        counts, named = {x: values.count(x) for x in {*values}}, {claim.longer}
    others = [k for name, k in counts.items() if name not in named]
    return min(counts.get(name, 0) for name in named) > max(others, default=0)


def _with_term(labels, course) -> dict[str, int]:
    return {_folded(t): sum(g > 0 for g in grades) for (t, c), grades in labels.events.items() if c == course}


def _folded(term) -> str:
    return " ".join(str(term).split()).casefold()


def impose(model: LabelModel, claim: Claim):
    """Add a claim to a model; returns the literal that says that it holds."""
    hold = model.model.new_bool_var("")
    if claim.kind == "fewer":
        _impose_fewer(model, claim, hold)
        return hold
    if claim.course:
        counts, named = _sums(model, claim.course), {_folded(t) for t in claim.terms}
    else:
        counts = {level: sum(literals) for level, literals in model.x.get(claim.by[0], {}).items()}
        named = {claim.longer}
    if not named <= {*counts}:
        model.model.add(hold == 0)
        return hold
    for name in named:
        for other in {*counts} - named:
            model.model.add(counts[name] > counts[other]).only_enforce_if(hold)
    return hold


def _impose_fewer(model, claim, hold):
    here, there = (_sums(model, course) for course in (claim.course, OTHER_COURSE[claim.course]))
    score = []
    for term in sorted({_folded(t) for t in claim.terms} or {*here, *there}):
        gap = here.get(term, 0) - there.get(term, 0)
        lower, higher = model.model.new_bool_var(""), model.model.new_bool_var("")
        model.model.add(gap < 0).only_enforce_if(lower)
        model.model.add(gap <= 0).only_enforce_if(higher.negated())
        score.append(lower - higher)
    model.model.add(sum(score) >= 1).only_enforce_if(hold)


def _sums(model, course) -> dict:
    """How many subjects have each adverse event of a course."""
    return {
        _folded(term): sum(x for literals in grades.values() for x in literals)
        for (term, c), grades in model.events.items()
        if c == course
    }
