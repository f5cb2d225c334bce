"""From printed numbers to a cohort folder of pseudo-subjects, with a record of what is determined and what is free."""

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from smallsurv.curve import SEED

from ..audit.engine import audit
from ..files.findings import request_error
from ..registry.registry import Registry, group_levels
from ..registry.targets import NOT_ESTIMABLE, endpoints_with_targets
from . import anneal
from .anneal import Solution
from .curves import from_curves
from .label_claims import holds, label_claims, solve_labels
from .numbers import draw_numbers
from .problem import LARGEST, state_problem
from .smallest import in_words, smallest_sets
from .tables import Labels
from .times import least_contradiction, place

NO_RULE = "no rule decides it"
EVERY_ORDERING = "the search of every ordering asks for the printed numbers alone"
DEALS = 10  # cohorts with the printed survival that are drawn anew where the counts cannot be dealt to them
NOT_DEALT = "Closest: all that is printed of survival, but without a way to deal the printed counts to these patients."
ATTEMPTS = 30  # orderings that are tried for labels before the search ends


@dataclass(frozen=True)
class Reconstruction:
    """One cohort of pseudo-subjects and what is known of it.

    solution : labels and times; labels : all columns and adverse events; numbers : variable -> n values;
    fits : endpoint -> every event pattern that was found (exact search only); engine : 'exact', 'annealing',
    'digitized' (every endpoint from its curve) or 'counts' (no endpoint).
    """

    registry: Registry
    solution: Solution
    labels: Labels
    numbers: dict
    engine: str
    problems: dict = field(default_factory=dict)
    fits: dict = field(default_factory=dict)
    orderings: dict = field(default_factory=dict)
    missed_numbers: tuple = ()

    @property
    def n(self):
        return self.registry.n

    @property
    def imposed(self) -> tuple:
        """The claims of the paper in words that were asked for and hold."""
        held = [c for c in label_claims(self.registry) if holds(c, self.labels)]
        return tuple(c for c in self.registry.claims if c in self.solution.imposed or c in held)

    @property
    def not_imposed(self) -> list:
        """(claim, reason) of the others, in file order."""
        known = [*self.solution.not_imposed, *((c, anneal.NOT_FOUND) for c in label_claims(self.registry))]
        usual = {"other": NO_RULE}
        others = [c for c in self.registry.claims if c not in self.imposed]
        return [(c, next((why for x, why in known if x == c), usual.get(c.kind, EVERY_ORDERING))) for c in others]


def reconstruct(registry: Registry, seed=SEED) -> Reconstruction:
    """A cohort that prints as the paper does: the first of reconstruct_many."""
    return next(reconstruct_many(registry, seed, 1))


def reconstruct_many(registry: Registry, seed=SEED, members=1):
    """Up to `members` cohorts that print as the paper does, one after the other, of the seeds seed, seed + 1, ...

    Up to LARGEST subjects every ordering without ties is searched, once for all members; above, and where none is
    found, annealing. Times that are so coarse that some must be expected to tie are annealed first: no proof without
    ties is then given, unless annealing finds nothing. Endpoints with digitized curves come from these, in all members
    alike. Free times are spread evenly in the first member and at random in the others. The same seed gives the same
    cohorts. Raises CohortError with the closest miss if the first finds nothing; later members without a find are left
    out.
    """
    if not endpoints_with_targets(registry) and not registry.own.get("curves"):
        for k in range(members):
            found = _finish(registry, Solution(seed + k, _no_labels(registry), {}), "counts", seed + k)
            if found is None and not k:
                raise _none_found(registry, NOT_DEALT)
            yield from [found] if found is not None else ()
        return
    tied = _with_ties(registry, seed)
    searched = _searched(registry) if tied is None and _small(registry) else None
    claims = None  # those that the first member has are asked of the others
    for k in range(members):
        found = _placed(registry, *searched, seed + k, loose=k > 0) if searched else None if k else tied
        if found is None and not (searched and k):
            found = _annealed(registry, seed + k, k == 0, claims)
        if found is not None:
            claims = found.solution.imposed
            yield found


def _small(registry) -> bool:
    """Whether every ordering can be searched."""
    return registry.n <= LARGEST and not registry.own.get("curves")


def _with_ties(registry, seed) -> "Reconstruction | None":
    """One annealed cohort of a small study whose times must be
    expected to tie; None where they need not, or without a find.
    """
    if not _small(registry):
        return None
    problems = [state_problem(registry, e) for e in endpoints_with_targets(registry)]
    return _annealed(registry, seed, first=False) if ties_expected(*problems) >= 1 else None


def ties_expected(*problems) -> float:
    """How many pairs of subjects would have the same time if times
    were spread evenly up to twice the largest printed one.
    """
    pairs = []
    for problem in problems:
        kinds = ("median", "longest", "follow_up")
        windows = [t.window for t in problem.targets if t.kind in kinds and t.window != NOT_ESTIMABLE]
        longest = max((2 * high for _, high in windows), default=0.0)
        pairs.append(problem.n * (problem.n - 1) / 2 * problem.grid / longest if longest else 0.0)
    return max(pairs, default=0.0)


def _annealed(registry, seed, first, claims=None) -> Reconstruction | None:
    """One annealed cohort. Times and groups that were found may leave no way to deal the counts (who progressed at best
    and is censored): then others are drawn, DEALS times. None if that finds nothing, or CohortError for the `first`.
    """
    curves = from_curves(registry)[0] if registry.own.get("curves") else None
    closest, found = NOT_DEALT, None
    for attempt in range(DEALS):
        drawn = int(np.random.SeedSequence([seed, attempt]).generate_state(1)[0]) if attempt else seed
        solution = anneal.reconstruct(registry, seed=drawn, settled=curves, claims=claims)
        engine = "annealing" if set(solution.outcomes) - set(solution.curves) else "digitized"
        if solution.whole:
            found = _finish(registry, replace(solution, seed=seed), engine, seed)
        elif not attempt:
            closest = f"Closest: {'; '.join(solution.closest())}."
            break
        if found is not None or engine == "digitized":
            break
    if found is None and first:
        raise _none_found(registry, closest)
    return found


def before_search(registry) -> str:
    """What is said before a search: that it takes its time, and that the audit doubts some of the numbers."""
    accused = sum(f.kind in ("impossible", "contradiction") for f in audit(registry))
    said = f"Searching for {registry.n} patients who print these numbers: minutes, where they are many or do not go together."
    doubt = f" The audit has {accused} findings against them: look at these first." if accused else ""
    return f"{said}{doubt} Ctrl+C stops it, and nothing is written."


def _none_found(registry, closest):
    """The error of a search that found nothing, with what came closest and what the audit says."""
    return request_error(
        f"no cohort of {registry.n} was found that prints these numbers",
        f"{closest} {_why_none(registry)} No cohort was written.",
    )


def _why_none(registry) -> str:
    """What the audit says against the printed numbers, where no cohort was found; where it says nothing, that."""
    accused = [f for f in audit(registry) if f.kind in ("impossible", "contradiction")]
    if accused:
        said = "; ".join(f"{f.wording.rstrip('.')} ({'; '.join(f.places)})" for f in accused[:3])
        return f"The audit says: {said}."
    sets = smallest_sets(registry)
    if sets:
        said = " And: ".join(f"{in_words(targets, registry)}." for targets in sets)
        return (
            f"Not found together, though without any one of them a cohort is: {said} The audit finds no contradiction,"
            " and a search that finds nothing proves none."
        )
    return (
        "The audit finds no contradiction, and a search that finds nothing proves none: leave the named numbers out of "
        "published.yml, one by one, to see which of them do not go together."
    )


def _no_labels(registry):
    return pd.DataFrame(index=pd.RangeIndex(1, registry.n + 1))


def _searched(registry):
    """Problems and fits of each endpoint by every ordering; None if one has no ordering without ties."""
    problems = {e: state_problem(registry, e) for e in endpoints_with_targets(registry)}
    fits = {}
    for endpoint, problem in problems.items():
        fits[endpoint] = least_contradiction(problem)
        if not fits[endpoint]:
            return None
    return problems, fits


def _placed(registry, problems, fits, seed, loose) -> Reconstruction | None:
    """One cohort from the orderings that were found; None if their groups contradict the counts."""
    main = max(problems, key=lambda e: (len(problems[e].factors), e == registry.cohort.get("primary_endpoint")))
    rng = np.random.default_rng(seed)
    for k in rng.permutation(len(fits[main]))[:ATTEMPTS]:
        ordering = place(problems[main], fits[main][k], seed, loose=loose)
        choices = [(f, ordering.masks[f.name]) for f in problems[main].factors]
        seen = _bits(ordering.events, registry.n) if main == "PFSR" else None
        labels = solve_labels(registry, seed, choices=choices, last_event=seen)
        if labels is None:
            continue
        orderings = {main: ordering}
        for endpoint in problems:
            if endpoint != main:
                fit = fits[endpoint][rng.integers(len(fits[endpoint]))]
                floor = _floor(endpoint, problems, orderings)
                orderings[endpoint] = place(problems[endpoint], fit, seed, floor, loose)
        if None in orderings.values():
            continue
        solution = _as_solution(registry, problems, orderings, main, labels, seed)
        done = _finish(registry, solution, "exact", seed, labels)
        return replace(done, problems=problems, fits=fits, orderings=orderings)
    return None


def _floor(endpoint, problems, orderings):
    """Nobody dies before progression: overall survival, rank by rank, is not below PFSR."""
    if endpoint != "OS" or orderings.get("PFSR") is None:
        return None
    return np.ceil(orderings["PFSR"].times * problems["PFSR"].grid / problems["OS"].grid - 1e-9)


def _bits(mask, n):
    return [bool(mask >> i & 1) for i in range(n)]


def _as_solution(registry, problems, orderings, main, labels, seed) -> Solution:
    """Subjects in the order of the main endpoint; the other endpoints' times handed to them."""
    n, index = registry.n, pd.RangeIndex(1, registry.n + 1)
    outcomes = {}
    rng = np.random.default_rng([seed, 3])
    for endpoint, ordering in orderings.items():
        order = np.arange(n) if endpoint == main else _who(registry, endpoint, ordering, problems, labels, rng)
        aval, seen = np.empty(n), np.empty(n, int)
        aval[order] = ordering.times * problems[endpoint].grid
        seen[order] = _bits(ordering.events, n)
        digits = max(0, -int(np.floor(np.log10(problems[endpoint].grid) + 1e-9)))
        outcomes[endpoint] = pd.DataFrame({"AVAL": aval.round(digits), "CNSR": 1 - seen}, index)
    return Solution(seed, _frame(registry, labels.columns, index), outcomes)


def _frame(registry, columns, index):
    """Labels as ordered categoricals."""
    levels = group_levels(registry.factors)
    return pd.DataFrame({name: pd.Categorical(x, levels[name], ordered=True) for name, x in columns.items()}, index)


def _who(registry, endpoint, ordering, problems, labels, rng):
    """Which subject has which rank of a further endpoint: overall survival in the order of PFSR, so that nobody dies
    before progression; otherwise at random within the groups that are made of this endpoint."""
    n = registry.n
    if endpoint == "OS":
        return np.arange(n)
    cuts = [(name, g) for name, g in registry.groupings.items() if g.source == endpoint and name in labels.columns]
    if not cuts:
        return rng.permutation(n)
    name = cuts[0][0]
    levels = list(registry.factors[name].levels)
    classes = np.array([levels.index(level) for level in labels.columns[name]])
    return np.lexsort([rng.permutation(n), classes])


def _finish(registry, solution, engine, seed, labels=None) -> Reconstruction | None:
    """Labels that the survival search did not settle, and numbers such as ages; None where no labels go with it."""
    if labels is None:
        known = {
            c: [str(x) for x in solution.subjects[c]] for c in solution.subjects if solution.subjects[c].notna().all()
        }
        seen = list(solution.outcomes["PFSR"]["CNSR"] == 0) if "PFSR" in solution.outcomes else None
        labels = solve_labels(registry, seed, fixed=known, last_event=seen)
        if labels is None:
            return None
    variables = {str(e.get("variable")) for e in registry.entries if e.get("variable")}
    variables |= {
        g.source
        for name, g in registry.groupings.items()
        if name in labels.columns
        and g.cut
        and not registry.factors.get(g.source, _CODED).levels
        and g.source in registry.factors
    }
    numbers, missed = {}, []
    for variable in sorted(variables):
        numbers[variable], gone = draw_numbers(registry, variable, labels.columns, seed)
        missed += gone
    solution = replace(solution, subjects=_frame(registry, labels.columns, solution.subjects.index))
    return Reconstruction(registry, solution, labels, numbers, engine, missed_numbers=tuple(missed))


class _CODED:
    levels = ("",)
