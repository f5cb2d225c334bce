"""The log-rank test of small samples: its chi-square under every assignment of the subjects to the groups, or under a
declared number of random ones.

What is permuted is the very statistic of logrank.log_rank_test, variance included, so that the P beside it belongs to
it. The sum of log-rank scores, which other programs permute (coin in R), is another statistic with another P.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, combinations
from math import comb, prod

import numpy as np
import pandas as pd

from .curve import SEED, observed
from .logrank import NEVER_TOGETHER, hypergeometric, log_rank_test
from .times import by_time

ENUMERATED = 400_000  # assignments up to which all are counted: every split of 21 subjects into two groups
PERMUTATIONS = 10_000
EXACT, DRAWN = "log-rank, exact permutation", "log-rank, Monte Carlo permutation"
_CELLS = 2_000_000  # numbers at risk held at a time: bounds the memory
_SAME = 1e-9  # relative difference of statistics that differ by the order of adding only


@dataclass(frozen=True)
class PermutationTest:
    """Two-sided p of the chi-square `statistic`; assignments
    counted or drawn; standard_error of p (0 where all were).
    """

    statistic: float
    p: float
    assignments: int
    standard_error: float

    @property
    def method(self) -> str:
        return DRAWN if self.standard_error else EXACT


def permutation_log_rank(time, event, group, draws=PERMUTATIONS, seed=SEED, most=ENUMERATED) -> PermutationTest:
    """Permutation test of the log-rank chi-square: all assignments where there are at most `most`, else `draws` of
    them.

    time (n,), event (n,) True where seen, group (n,) labels without gaps, two levels or more. P is the share of the
    assignments whose statistic is at least the one seen; of random ones the sample itself counts as one, so P is never
    0. It needs subjects that are exchangeable under the null hypothesis: survival and censoring. Where the groups are
    followed differently it is not exact: Heinze, Gnant and Schemper 2003 impute before they permute, which is not done
    here. Raises ValueError for fewer than two groups, no event, a missing label or value. Sources: Wang, Lagakos and
    Gray 2010, doi:10.1093/biostatistics/kxq021 (what it needs); Phipson and Smyth 2010 (P).
    """
    codes = _checked(time, event, group)
    at = by_time(time)
    codes, dead = codes[at.order], np.asarray(event, bool)[at.order]
    found = _tested(codes.tobytes(), dead.tobytes(), at.first.tobytes(), draws, seed, most)
    return PermutationTest(*found)


def _checked(time, event, group) -> np.ndarray:
    """Group numbers (n,), or the ValueErrors of permutation_log_rank."""
    for name, values in (("time", time), ("event", event)):
        if pd.isna(values).any() or np.isinf(np.asarray(values, float)).any():
            raise ValueError(f"{name} has missing or infinite values: leave these rows out")
    codes, levels = pd.factorize(np.asarray(group))
    if (codes < 0).any():
        raise ValueError(f"group: {(codes < 0).sum()} missing labels: leave these rows out")
    if len(levels) < 2:
        raise ValueError("only one group: a log-rank test compares two or more")
    if not np.any(event):
        raise ValueError("no event: every row is censored; check the coding of event")
    return codes.astype(np.int64)


@lru_cache(maxsize=64)  # a table, its figure and another section ask for the same test
def _tested(codes, dead, first, draws, seed, most) -> tuple[float, float, int, float]:
    """Statistic, p, assignments, standard error, of the bytes of
    rows by time: group numbers, events, where times begin.
    """
    codes, dead, first = np.frombuffer(codes, np.int64), np.frombuffer(dead, bool), np.frombuffer(first, np.int64)
    statistic = _Statistic(dead, first, int(codes.max()) + 1)
    seen = float(statistic(codes[None])[0])
    bound = seen * (1 - _SAME) - 1e-12
    sizes = np.bincount(codes)
    total = prod(comb(int(sizes[i:].sum()), int(size)) for i, size in enumerate(sizes))
    if total <= most:
        every = _assignments(sizes)
        as_far = sum(int((statistic(part) >= bound).sum()) for part in _portions(every, statistic.cells))
        return seen, as_far / total, total, 0.0
    rng, as_far, left = np.random.default_rng(seed), 0, draws
    while left:
        rows = min(left, max(1, _CELLS // statistic.cells))
        shuffled = rng.permuted(np.broadcast_to(codes, (rows, len(codes))), axis=1)
        as_far += int((statistic(shuffled) >= bound).sum())
        left -= rows
    p = (as_far + 1) / (draws + 1)
    return seen, p, draws, float(np.sqrt(p * (1 - p) / draws))


def _portions(every, cells):
    size = max(1, _CELLS // cells)
    return (every[start : start + size] for start in range(0, len(every), size))


def _assignments(sizes) -> np.ndarray:
    """Every way (assignments, n) to give group 0 to sizes[0] of
    n subjects, group 1 to sizes[1] of the rest, and so on.
    """
    codes = np.full((1, int(sizes.sum())), -1, np.int8)
    for g, size in enumerate(sizes):
        free = np.nonzero(codes < 0)[1].reshape(len(codes), -1)
        every = chain.from_iterable(combinations(range(free.shape[1]), int(size)))
        picks = np.fromiter(every, np.int64).reshape(-1, int(size))
        chosen = free[:, picks].reshape(-1, int(size))
        codes = np.repeat(codes, len(picks), axis=0)
        np.put_along_axis(codes, chosen, g, axis=1)
    return codes


class _Statistic:
    """The log-rank chi-square of many assignments at once, of subjects in the order of their times."""

    def __init__(self, dead, first, k):
        deaths, n_risk = np.add.reduceat(dead, first, dtype=float), (len(dead) - first).astype(float)
        self.dead, self.k = dead, k
        self.first, self.deaths, self.n_risk = first[deaths > 0], deaths[deaths > 0], n_risk[deaths > 0]
        self.cells = len(dead) * (k - 1)

    def __call__(self, codes) -> np.ndarray:
        """Chi-square (assignments,) of group numbers (assignments,
        n); 0 where the groups are never at risk together.
        """
        factor, expected = hypergeometric(self.deaths, self.n_risk), self.deaths / self.n_risk
        risk, excess = [], []
        for g in range(self.k - 1):
            member = codes == g
            risk.append(np.cumsum(member[:, ::-1], axis=1, dtype=float)[:, ::-1][:, self.first])
            excess.append(member[:, self.dead].sum(axis=1) - risk[g] @ expected)
        covariance = np.empty((len(codes), self.k - 1, self.k - 1))
        for a in range(self.k - 1):
            for b in range(self.k - 1):
                share = (self.n_risk if a == b else 0.0) - risk[b]
                covariance[:, a, b] = (risk[a] * share) @ factor
        return _chi_square(np.stack(excess, axis=1), covariance)


def _chi_square(excess, covariance) -> np.ndarray:
    """excess' covariance^- excess of each row. An excess lies in the range of its covariance, so a speck of ridge only
    makes singular ones solvable."""
    if excess.shape[1] == 1:
        spread = covariance[:, 0, 0]
        return np.divide(excess[:, 0] ** 2, spread, out=np.zeros(len(spread)), where=spread > 1e-12)
    trace = np.trace(covariance, axis1=1, axis2=2)
    ridge = 1e-12 * np.maximum(trace, 1.0)[:, None, None] * np.eye(excess.shape[1])
    return np.einsum("ia,ia->i", excess, np.linalg.solve(covariance + ridge, excess[:, :, None])[:, :, 0])


def permutation_test(adtte, by) -> pd.DataFrame:
    """permutation_log_rank over the levels of `by`: one row: p, standard_error, assignments, method, reason (why p is
    missing).

    adtte : rows of one PARAMCD (AVAL, CNSR 0 = event). Subjects without a level are left out, and so are the levels of
    whom nobody is at risk when an event happens: they are in no degree of freedom of the statistic beside it, and a
    permutation that handed their places around would be of another statistic.
    """
    rows = adtte[adtte[by].notna()]
    event = observed(rows["CNSR"])
    reason = "only one group" if rows[by].nunique() < 2 else "no event" if not event.any() else ""
    row = {"p": np.nan, "standard_error": np.nan, "assignments": 0, "method": EXACT}
    if not reason:
        codes, _ = pd.factorize(rows[by], sort=True)
        plain = log_rank_test(rows["AVAL"], codes, event)
        told = plain.informative[codes]
        rows, event, reason = rows[told], event[told], "" if plain.df else NEVER_TOGETHER
    if not reason:
        test = permutation_log_rank(rows["AVAL"], event, rows[by].astype(str))
        row = {name: getattr(test, name) for name in row}
    return pd.DataFrame([row | {"reason": reason}])
