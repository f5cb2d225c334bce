"""One analysis of many centres from their sums: what a centre gives, and what the sums give.

A centre gives risk tables at declared bins, the sums of its log-rank test, and the score and information of its Cox
model at a coefficient that is named to it. Nothing here sees a patient of another centre; the strata of every test are
the centres. Sources: Cox and log-rank stratified: Kalbfleisch and Prentice 2002, sections 1.5 and 4.4; Newton rounds
over centres: Lu et al. 2015 (WebDISCO), doi:10.1093/jamia/ocv083.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.stats import chi2, norm

from .competing import Incidence, incidence_of_counts
from .cox import likelihood
from .curve import Curve, curve_of_counts
from .times import upcoming

SETTLED = 1e-9  # a Newton step, in standard errors, that moves nothing any more
MOST_ROUNDS = 15  # a coefficient that still moves then runs to infinity
SHORTEST = 1e-4  # of a Newton step that is halved
_NO_INFORMATION = 1e-9  # of an eigenvalue of the information, scaled to a unit diagonal
_CONSTANT = 1e-12  # share of its square that a column's information must exceed


@dataclass(frozen=True)
class RiskTable:
    """Counts of one group at bins (edges[j], edges[j + 1]].

    edges (m + 1,) rising, from the start; n_risk (m,) under observation at the start of each bin; events (m, c) by
    cause; censored (m,) in the bin. Who is still at risk after the last edge is not counted further.
    """

    edges: np.ndarray
    n_risk: np.ndarray
    events: np.ndarray
    censored: np.ndarray

    def __add__(self, other: "RiskTable") -> "RiskTable":
        """Two tables of the same bins. Raises ValueError for others."""
        if not np.array_equal(self.edges, other.edges) or self.events.shape != other.events.shape:
            raise ValueError("tables of different bins or causes cannot be added: merge their bins first")
        return RiskTable(
            self.edges, self.n_risk + other.n_risk, self.events + other.events, self.censored + other.censored
        )

    @property
    def dying(self) -> np.ndarray:
        """Events of any cause (m,)."""
        return self.events.sum(axis=1)

    def at(self, edges: Sequence[float]) -> "RiskTable":
        """The table at fewer edges, of which all are edges of this one; what is before the first or after the last is
        dropped.

        Raises ValueError for an edge that it does not have.
        """
        place = np.searchsorted(self.edges, edges)
        if not np.isin(edges, self.edges).all():
            raise ValueError("bins can be merged, not split: choose among the edges of the table")
        joined = [np.add.reduceat(a[: place[-1]], place[:-1], axis=0) for a in (self.events, self.censored)]
        return RiskTable(np.asarray(edges, float), self.n_risk[place[:-1]], *joined)


def risk_table(time, cause, edges, causes=1) -> RiskTable:
    """The risk table of n subjects. time (n,) > 0; cause (n,) int: 0 censored, 1 to `causes` an event; edges (m + 1,)
    rising.

    A time on an edge belongs to the bin that ends there (within the noise of floating point). n may be 0. Raises
    ValueError for edges that do not rise.
    """
    edges, time, cause = np.asarray(edges, float), np.asarray(time, float), np.asarray(cause, int)
    if len(edges) < 2 or not (np.diff(edges) > 0).all():
        raise ValueError("bins need two edges or more, each above the one before")
    bins = len(edges) - 1
    place = upcoming(edges, time) - 1 if len(time) else np.zeros(0, int)
    place = np.clip(place, 0, bins)
    cells = np.bincount(place * (causes + 1) + cause, minlength=(bins + 1) * (causes + 1)).reshape(bins + 1, -1)
    leaving = cells.sum(axis=1)
    n_risk = leaving[::-1].cumsum()[::-1][:bins]
    return RiskTable(edges, n_risk, cells[:bins, 1:], cells[:bins, 0])


def stacked_tables(tables: Sequence[RiskTable]) -> RiskTable | None:
    """The sum of tables at the edges that all have; None where they share fewer than two."""
    edges = [e for e in tables[0].edges if all(e in t.edges for t in tables)]
    if len(edges) < 2:
        return None
    first, *others = (t.at(edges) for t in tables)
    return sum(others, first)


@dataclass(frozen=True)
class PooledCurve:
    """A Kaplan-Meier curve at the ends of bins, and between which limits the curve of the patients' own times lies
    there.

    curve : with every time at the end of its bin; low, high (m,): with the censored of a bin before its events, and
    after them. Where they are one the value is exact: a bin without events or without censored adds nothing to their
    distance.
    """

    curve: Curve
    low: np.ndarray
    high: np.ndarray

    @property
    def error(self) -> float:
        """The largest distance of the limits."""
        return float((self.high - self.low).max(initial=0.0))


def _used(table) -> np.ndarray:
    """The bins at whose start somebody is at risk."""
    return table.n_risk > 0


def pooled_curve(table: RiskTable) -> PooledCurve | None:
    """The Kaplan-Meier curve of a table with its limits; None where nobody is in it.

    The product of a bin, whatever the order of its d events and c censored, lies from 1 - d / (n - c) to 1 - d / n.
    """
    used = _used(table)
    if not used.any():
        return None
    n, deaths, lost = (np.asarray(a, float)[used] for a in (table.n_risk, table.dying, table.censored))
    curve = curve_of_counts(table.edges[1:][used], n, deaths, lost)
    return PooledCurve(curve, np.cumprod(1 - _share(deaths, n - lost)), curve.survival)


def _share(part, whole):
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)


@dataclass(frozen=True)
class PooledIncidence:
    """An Aalen-Johansen estimate of one cause at the ends of bins, and limits for that of the patients' own times."""

    curve: Incidence
    low: np.ndarray
    high: np.ndarray


def pooled_incidence(table: RiskTable, of: int = 1) -> PooledIncidence | None:
    """The cumulative incidence of cause `of` (from 1) with its limits; None where nobody is in the table.

    Each event of a bin adds at least S / n and at most S / (n - c), S of its start; the limits take S at its own
    limits.
    """
    used, pooled = _used(table), pooled_curve(table)
    if pooled is None:
        return None
    n, lost = (np.asarray(a, float)[used] for a in (table.n_risk, table.censored))
    mine = table.events[used, of - 1].astype(float)
    curve = incidence_of_counts(table.edges[1:][used], n, mine, table.dying[used] - mine)
    low, high = (np.append(1.0, s)[:-1] for s in (pooled.low, pooled.high))
    high = np.minimum(np.cumsum(high * _share(mine, n - lost)), 1.0)
    return PooledIncidence(curve, np.cumsum(low * mine / n), high)


@dataclass(frozen=True)
class CoxSums:
    """The log partial likelihood of a stratum at one beta, its score (k,), its information (k, k), and its events."""

    loglik: float
    score: np.ndarray
    info: np.ndarray
    events: int = 0

    def __add__(self, other: "CoxSums") -> "CoxSums":
        return CoxSums(
            self.loglik + other.loglik, self.score + other.score, self.info + other.info, self.events + other.events
        )


def cox_sums(time, event, x, beta) -> CoxSums:
    """What one centre adds to a Cox model stratified by centre, at beta (k,), with Efron's ties.

    time (n,), event (n,) bool, x (n, k); n may be 0. Columns are counted from their mean in the centre, which changes
    none of the three. Source: Efron 1977.
    """
    x, event, k = np.asarray(x, float).reshape(len(time), -1), np.asarray(event, bool), len(beta)
    if not event.any():
        return CoxSums(0.0, np.zeros(k), np.zeros((k, k)))
    x = x - x.mean(axis=0)
    loglik, score, info = likelihood(time, event, x)(np.asarray(beta, float))
    square = (x**2).sum(axis=0)
    still = np.diag(info) <= _CONSTANT * square  # rounding of a column that does not vary at an event
    info = np.where(still[:, None] | still, 0.0, info)
    return CoxSums(float(loglik), np.where(still, 0.0, score), info, int(event.sum()))


@dataclass(frozen=True)
class Round:
    """One round of a climb over centres: beta (k,) at which they answered, and the sum of their answers."""

    beta: np.ndarray
    sums: CoxSums

    @cached_property
    def known(self) -> np.ndarray:
        """Which coefficients (k,) the information tells of."""
        return np.diag(self.sums.info) > 0

    @cached_property
    def singular(self) -> bool:
        """Whether the columns that vary cannot be told apart."""
        info = self.sums.info[np.ix_(self.known, self.known)]
        scale = np.sqrt(np.diag(info))
        return bool(len(info)) and float(np.linalg.eigvalsh(info / np.outer(scale, scale)).min()) < _NO_INFORMATION

    @cached_property
    def covariance(self) -> np.ndarray:
        """The inverse information (k, k) of the coefficients that are known; NaN for the others."""
        found = np.full(self.sums.info.shape, np.nan)
        where = np.ix_(self.known, self.known)
        found[where] = np.linalg.pinv(self.sums.info[where], hermitian=True)
        return found

    @cached_property
    def step(self) -> np.ndarray:
        """The Newton step (k,); 0 where nothing is known."""
        return np.nan_to_num(self.covariance) @ self.sums.score

    @property
    def settled(self) -> bool:
        """Whether the step moves no coefficient by more than rounding."""
        return bool((np.abs(self.step[self.known]) <= SETTLED * self.se[self.known]).all())

    @property
    def se(self) -> np.ndarray:
        """Standard errors (k,)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def p(self) -> np.ndarray:
        """Two-sided P of Wald (k,)."""
        return np.where(self.known, 2 * norm.sf(np.abs(self.beta / self.se)), np.nan)


def next_beta(rounds: Sequence[Round]) -> np.ndarray:
    """Where the next round is asked: a Newton step from the best round, halved for each later one that was worse."""
    best = max(range(len(rounds)), key=lambda i: (rounds[i].sums.loglik, i))
    worse = len(rounds) - 1 - best
    return rounds[best].beta + max(0.5**worse, SHORTEST) * rounds[best].step


def runs_away(rounds: Sequence[Round]) -> bool:
    """Whether the climb has been going on for longer than one that ends."""
    return len(rounds) >= MOST_ROUNDS and not rounds[-1].settled


def first_step(start: Round) -> tuple[np.ndarray, np.ndarray]:
    """What the first round alone, at 0, says: coefficients (k,) of one Newton step, and their standard errors (k,)."""
    return np.where(start.known, start.beta + start.step, np.nan), start.se


def without(last: Round, centre: CoxSums) -> tuple[np.ndarray, np.ndarray]:
    """The coefficients (k,) and standard errors (k,) without one centre, by one Newton step from the end of the climb.

    Its error is of the square of the step; the exact answer takes rounds of mail without that centre.
    """
    rest = CoxSums(last.sums.loglik - centre.loglik, last.sums.score - centre.score, last.sums.info - centre.info)
    scale = np.maximum(np.diag(last.sums.info), 1e-300)
    info = np.where(np.diag(rest.info) / scale > _CONSTANT, np.diag(rest.info), 0.0)
    kept = info > 0
    rest = CoxSums(rest.loglik, np.where(kept, rest.score, 0.0), np.where(kept[:, None] & kept, rest.info, 0.0))
    return first_step(Round(last.beta, rest))


def difference_of_centres(effects, variances) -> tuple[float, int, float]:
    """Cochran's Q over the coefficients of the centres (c, k) with covariances (c, k, k): statistic, degrees of
    freedom, P.

    The test of centre by covariate. Centres without an estimate are left out by the caller. Source: Cochran 1954.
    """
    weights = [np.linalg.inv(v) for v in variances]
    middle = np.linalg.solve(sum(weights), sum(w @ e for w, e in zip(weights, effects, strict=True)))
    statistic = sum(float((e - middle) @ w @ (e - middle)) for e, w in zip(effects, weights, strict=True))
    df = (len(weights) - 1) * len(middle)
    return statistic, df, float(chi2.sf(statistic, df)) if df else np.nan
