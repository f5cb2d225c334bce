"""The log-rank test of small samples: every assignment of the subjects to the groups, or a declared number of random ones.

The statistic is that of resampling.permutation_log_rank: the sum over groups of (observed - expected)^2 / size, with the
log-rank scores of all subjects together. For two groups this is the absolute sum of the scores of one of them, as in R's
coin. Permuting the sum divided by its hypergeometric variance is another exact test, with another P.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import comb, prod

import numpy as np
import pandas as pd

from .bootstrap import _CELLS, _complete
from .curve import SEED, observed
from .logrank import log_rank_scores

SPLIT = 40  # subjects up to which two groups are enumerated: 2^20 sums in each half, a tenth of a second
ENUMERATED = 200_000  # assignments up to which three and more groups are
_SAME = 1e-9  # relative difference of sums that differ by the order of adding only


@dataclass(frozen=True)
class ExactTest:
    """Two-sided p; assignments counted, or permutations drawn; standard_error of p (0 where all were counted)."""

    p: float
    assignments: int
    standard_error: float

    @property
    def method(self):
        kind = "exact permutation" if not self.standard_error else "Monte Carlo permutation"
        return f"log-rank, {kind}"


def exact_log_rank(time, event, group) -> ExactTest:
    """Permutation log-rank test: by full enumeration where feasible (SPLIT, ENUMERATED), else by Monte Carlo.

    time (n,), event (n,) True where seen, group (n,) labels without gaps. P is the share of assignments whose statistic
    is at least the one seen. It needs subjects that are exchangeable under the null hypothesis: survival and censoring.
    Raises ValueError for fewer than two groups, no event, a missing label or value.
    Sources: Heinze, Gnant and Schemper 2003; enumeration of two groups by halves: van de Wiel 2001.
    """
    codes, levels = pd.factorize(np.asarray(group))
    sizes = np.bincount(codes[codes >= 0])
    known = (codes >= 0).all() and len(levels) > 1 and np.any(event) and np.isfinite(np.asarray(time, float)).all()
    total = prod(comb(int(sizes[i:].sum()), int(size)) for i, size in enumerate(sizes))
    feasible = len(codes) <= SPLIT if len(levels) == 2 else total <= ENUMERATED
    if not known or not feasible:
        drawn = permutation_log_rank(time, event, group)
        return ExactTest(drawn.p, drawn.permutations, drawn.standard_error)
    return ExactTest(_as_far(log_rank_scores(time, event).tobytes(), codes.tobytes()) / total, total, 0.0)


@lru_cache(maxsize=64)  # a table, its figure and another section ask for the same test
def _as_far(scores, codes) -> int:
    """Assignments whose statistic is at least the one seen; the scores (n,) and group numbers (n,) as bytes."""
    scores, codes = np.frombuffer(scores), np.frombuffer(codes, np.intp)
    sizes = np.bincount(codes)
    if len(sizes) == 2:
        smaller = int(np.argmin(sizes))
        return _two_groups(scores, int(sizes[smaller]), abs(scores[codes == smaller].sum()))
    seen = sum(scores[codes == g].sum() ** 2 / size for g, size in enumerate(sizes))
    return _several_groups(scores, list(sizes), 0.0, seen * (1 - _SAME) - 1e-12)


@lru_cache(maxsize=2)  # the halves of one endpoint, for each of its factors
def _subset_sums(scores) -> list[np.ndarray]:
    """The sorted sums of all subsets of the scores (as bytes), by size of the subset."""
    scores = np.frombuffer(scores)
    sums, size = np.zeros(1), np.zeros(1, np.int64)
    for score in scores:
        sums, size = np.concatenate([sums, sums + score]), np.concatenate([size, size + 1])
    return [np.sort(sums[size == k]) for k in range(len(scores) + 1)]


def _two_groups(scores, size, seen) -> int:
    """Assignments of `size` subjects whose scores sum to `seen` or farther from 0: subsets of two halves, matched."""
    half = len(scores) // 2
    left, right = _subset_sums(scores[:half].tobytes()), _subset_sums(scores[half:].tobytes())
    bound = seen * (1 - _SAME) - 1e-12
    count = 0
    for k, sums in enumerate(left):
        if not 0 <= size - k < len(right):
            continue
        others = right[size - k]
        above = len(others) - np.searchsorted(others, bound - sums, side="left")
        below = np.searchsorted(others, -bound - sums, side="right")
        count += int((above + below).sum()) if bound > 0 else len(sums) * len(others)
    return count


def _several_groups(scores, sizes, sum_so_far, bound) -> int:
    """Assignments whose statistic is at least `bound`: the first group is chosen, the rest follows."""
    size = int(sizes[0])
    chosen = np.array(list(combinations(range(len(scores)), size)), dtype=np.int64).reshape(-1, size)
    first = scores[chosen].sum(axis=1)
    here = sum_so_far + first**2 / size
    if len(sizes) == 2:
        return int((here + (scores.sum() - first) ** 2 / sizes[1] >= bound).sum())
    count = 0
    for rows, value in zip(chosen, here, strict=True):
        count += _several_groups(np.delete(scores, rows), sizes[1:], value, bound)
    return count


def exact_log_rank_test(adtte, by) -> pd.DataFrame:
    """exact_log_rank over the levels of `by`: one row: p, standard_error, assignments, method, reason (why p is missing).

    adtte : rows of one PARAMCD (AVAL, CNSR 0 = event). Subjects without a level are left out.
    """
    rows = adtte[adtte[by].notna()]
    event = observed(rows["CNSR"])
    reason = "only one group" if rows[by].nunique() < 2 else "no event" if not event.any() else ""
    if reason:
        row = {"p": np.nan, "standard_error": np.nan, "assignments": 0, "method": "log-rank, exact permutation"}
    else:
        found = exact_log_rank(rows["AVAL"], event, rows[by].astype(str))
        row = {"p": found.p, "standard_error": found.standard_error, "assignments": found.assignments,
               "method": found.method}  # fmt: skip
    return pd.DataFrame([row | {"reason": reason}])


PERMUTATIONS = 10_000


@dataclass(frozen=True)
class Permutation:
    """statistic, two-sided Monte Carlo p with its standard error, permutations drawn."""

    statistic: float
    p: float
    standard_error: float
    permutations: int


def permutation_log_rank(time, event, group, n=PERMUTATIONS, seed=SEED) -> Permutation:
    """Log-rank test by permutation of the subjects between groups of two or more levels.

    time (n,), event (n,) True where seen, group (n,) labels without gaps. The statistic is the sum over groups of
    (observed - expected)^2 / size; the sample itself counts as one permutation, so P is never 0.
    Raises ValueError for fewer than two groups, no event, a missing label or value.
    Sources: Heinze, Gnant and Schemper 2003; Phipson and Smyth 2010.
    """
    _complete(time=time, event=event)
    codes, levels = pd.factorize(np.asarray(group))
    if (codes < 0).any():
        raise ValueError(f"group: {(codes < 0).sum()} missing labels: leave these rows out")
    if len(levels) < 2:
        raise ValueError("only one group: a log-rank test compares two or more")
    if not np.any(event):
        raise ValueError("no event: every row is censored; check the coding of event")
    scores = log_rank_scores(time, event)[np.argsort(codes, kind="stable")]
    sizes = np.bincount(codes)
    start = np.concatenate([[0], np.cumsum(sizes)[:-1]])

    def statistic(rows):
        return (np.add.reduceat(rows, start, axis=-1) ** 2 / sizes).sum(axis=-1)

    seen = statistic(scores)
    rng, as_far, left = np.random.default_rng(seed), 0, n
    while left:
        rows = min(left, max(1, _CELLS // len(scores)))
        shuffled = rng.permuted(np.broadcast_to(scores, (rows, len(scores))), axis=1)
        as_far += int((statistic(shuffled) >= seen * (1 - 1e-9) - 1e-12).sum())  # equal up to the order of the sums
        left -= rows
    p = (as_far + 1) / (n + 1)
    return Permutation(float(seen), p, float(np.sqrt(p * (1 - p) / n)), n)
