"""Patients who are at risk in episodes: late entry (left truncation) and states that change while time goes on.

A row is at risk at t where start < t <= stop. A subject may have several rows, one after the other. Everything here is
the ordinary estimate with that risk set: curves, log-rank tests (Mantel and Byar's where the groups are states), Cox
models. Sources: Andersen and Gill 1982; Mantel and Byar 1974; Simon and Makuch 1984; Therneau and Grambsch 2000,
chapter 3.
"""

from dataclasses import dataclass

import numpy as np

from .cox import Maximum, highest
from .curve import Curve
from .logrank import LogRank, hypergeometric, quadratic_form
from .times import joined, noise

SMALL_RISK_SET = 5  # subjects at risk below which one event moves a curve by a fifth or more


@dataclass(frozen=True)
class Episodes:
    """Rows of risk: subject (n,) number of the subject, start and stop (n,) with start < stop, event (n,) bool at stop,
    state (n,) int from 0; times that differ by noise alone are one."""

    subject: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    event: np.ndarray
    state: np.ndarray


def check_entry(entry, time):
    """Raises ValueError for a missing time or an entry that is not before the exit by more than noise, with the number
    of the first row."""
    entry, time = np.asarray(entry, float), np.asarray(time, float)
    for name, values in (("entry", entry), ("time", time)):
        if np.isnan(values).any():
            raise ValueError(f"{name}: {int(np.isnan(values).sum())} missing: leave these rows out")
    late = np.flatnonzero(entry >= time - noise(np.append(entry, time)))
    if len(late):
        raise ValueError(
            f"entry: {len(late)} not before the exit, the first in row {late[0]}: "
            "a subject is at risk only from the entry to the exit"
        )


def split_by_state(time, event, onset, state, entry=None) -> Episodes:
    """The episodes of subjects who are in state 0 until `onset` and in `state` from then on.

    time (n,) exit, event (n,) bool, state (n,) int from 0, onset (n,) on the same clock: NaN or infinite where it never
    comes, 0 or less where it was there from the start. A change at the exit itself comes after it: the event belongs to
    the state before. entry (n,): late entry, else 0. Raises ValueError as check_entry.
    """
    time, event, state = np.asarray(time, float), np.asarray(event, bool), np.asarray(state, int)
    entry = np.zeros(len(time)) if entry is None else np.asarray(entry, float)
    check_entry(entry, time)
    onset = np.asarray(onset, float)
    onset = np.where(onset < time, onset, time.max(initial=0) + 1)  # what comes at the exit or later never matters
    both = joined(np.concatenate([entry, time, onset]))
    entry, time, onset = both.reshape(3, -1)
    number = np.arange(len(time))
    before, after = entry < onset, onset < time
    parts = [
        (number[before], entry[before], np.minimum(time, onset)[before], (event & ~after)[before], 0 * state[before]),
        (number[after], np.maximum(entry, onset)[after], time[after], event[after], state[after]),
    ]
    columns = [np.concatenate(pair) for pair in zip(*parts, strict=True)]
    order = np.lexsort((columns[1], columns[0]))
    return Episodes(*(column[order] for column in columns))


def entry_curve(start, stop, event) -> Curve:
    """Kaplan-Meier curve of rows that are at risk from `start` to `stop` (n,); its times are those of entry and of
    exit.

    Where the risk set dies out and is filled again the curve stays at 0, as R's survfit. Its median is conditional on
    survival to the first entry. Raises ValueError as check_entry.
    Sources: Kaplan and Meier 1958; late entry: Lagakos, Barraj and De Gruttola 1988.
    """
    check_entry(start, stop)
    start, stop = joined(np.concatenate([start, stop])).reshape(2, -1)
    event = np.asarray(event, bool)
    times = np.unique(np.concatenate([start[start > 0], stop]))
    n_risk = _at_risk(times, start, stop)
    deaths, leaving = (np.bincount(np.searchsorted(times, stop[m]), minlength=len(times)) for m in (event, ~event))
    deaths, leaving = deaths.astype(float), leaving.astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        stay = np.where(deaths > 0, 1 - deaths / n_risk, 1.0)
        spread = np.where(deaths > 0, deaths / (n_risk * (n_risk - deaths)), 0.0)
    return Curve(times, n_risk, deaths, leaving, np.cumprod(stay), np.cumsum(spread), len(stop))


def _at_risk(times, start, stop) -> np.ndarray:
    """How many rows are at risk just before each of the rising `times` (t,)."""
    begun = np.searchsorted(np.sort(start), times, side="left")
    gone = np.searchsorted(np.sort(stop), times, side="left")
    return (begun - gone).astype(float)


def smallest_risk_set(curve: Curve, share=0.25) -> tuple[int, float]:
    """The smallest number at risk at an event among the first
    `share` of the events, and its time; (0, NaN) without one.
    """
    dead = np.flatnonzero(curve.n_event > 0)
    early = dead[: max(1, int(np.ceil(share * len(dead))))]
    if not len(early):
        return 0, np.nan
    at = early[np.argmin(curve.n_risk[early])]
    return int(curve.n_risk[at]), float(curve.time[at])


def episode_log_rank(start, stop, event, group, strata=None) -> LogRank:
    """Log-rank test of k groups of rows at risk from `start` to `stop` (n,), summed over `strata` (n,) if there are
    some.

    group (n,) int 0 to k - 1. Sources: Mantel 1966; of states: Mantel and Byar 1974.
    """
    start, stop = joined(np.concatenate([start, stop])).reshape(2, -1)
    event, group = np.asarray(event, bool), np.asarray(group)
    k = int(group.max()) + 1
    excess, covariance, seen = np.zeros(k), np.zeros((k, k)), np.zeros(k, bool)
    for own in _strata(strata, len(stop)):
        times, deaths = np.unique(stop[own & event], return_counts=True)
        risk = np.column_stack([_at_risk(times, start[own & (group == g)], stop[own & (group == g)]) for g in range(k)])
        n_risk = risk.sum(axis=1)
        excess += np.bincount(group[own & event], minlength=k) - (deaths / n_risk) @ risk
        factor = hypergeometric(deaths, n_risk)
        covariance += np.diag((factor * n_risk) @ risk) - (risk * factor[:, None]).T @ risk
        seen |= (risk > 0).any(axis=0)
    varying = np.diag(covariance) > 1e-12
    statistic, df = quadratic_form(excess[varying], covariance[np.ix_(varying, varying)])
    return LogRank(statistic, df, seen)


def _strata(strata, n):
    """The rows (n,) bool of each stratum."""
    if strata is None:
        return [np.ones(n, bool)]
    strata = np.asarray(strata)
    return [strata == level for level in np.unique(strata)]


class EpisodeLikelihood:
    """Log partial likelihood, score (k,) and information (k, k) as a function of beta (k,), with Efron's ties.

    start, stop, event (n,); x (n, k); weights (n,) of 0 or more; strata (n,): a risk set counts its own stratum alone.
    """

    def __init__(self, start, stop, event, x, weights=None, strata=None):
        start, stop = joined(np.concatenate([start, stop])).reshape(2, -1)
        x, event = np.asarray(x, float), np.asarray(event, bool)
        weights = np.ones(len(stop)) if weights is None else np.asarray(weights, float)
        self.rows = [np.flatnonzero(own) for own in _strata(strata, len(stop)) if event[own].any()]
        self.parts = [_Stratum(start[own], stop[own], event[own], x[own], weights[own]) for own in self.rows]
        self.n, self.k = x.shape

    def __call__(self, beta) -> tuple[float, np.ndarray, np.ndarray]:
        loglik, score, info = 0.0, np.zeros(self.k), np.zeros((self.k, self.k))
        for part in self.parts:
            found = part(np.asarray(beta, float))
            loglik, score, info = loglik + found[0], score + found[1], info + found[2]
        return loglik, score, info

    def residuals(self, beta) -> np.ndarray:
        """Score residuals (n, k) at beta (k,), multiplied by the weights; memory grows with the rows times the events.

        Source: Therneau and Grambsch 2000, section 4.6.
        """
        found = np.zeros((self.n, self.k))
        for rows, part in zip(self.rows, self.parts, strict=True):
            found[rows] = part.residuals(np.asarray(beta, float))
        return found


class _Stratum:
    """The likelihood of one stratum: sums over those not gone
    yet, less those not come yet, less a share of the tied.
    """

    def __init__(self, start, stop, event, x, weight):
        self.by_stop, self.by_start = np.argsort(-stop, kind="stable"), np.argsort(-start, kind="stable")
        self.dead = np.flatnonzero(event)
        self.dead = self.dead[np.argsort(-stop[self.dead], kind="stable")]
        at = stop[self.dead]
        self.starts = np.flatnonzero(np.r_[True, np.diff(at) != 0])
        tied = np.diff(np.r_[self.starts, len(at)])
        self.block = np.repeat(np.arange(len(tied)), tied)
        self.share = (np.arange(len(at)) - self.starts[self.block]) / tied[self.block]
        self.there = np.searchsorted(-stop[self.by_stop], -at, side="right")
        self.to_come = np.searchsorted(-start[self.by_start], -at, side="right")
        self.x, self.weight, self.start, self.stop, self.event = x, weight, start, stop, event
        self.each = (np.add.reduceat(weight[self.dead], self.starts) / tied)[self.block]

    def _sums(self, values):
        """Sum (d, ...) of values (n, ...) over the risk set of each death."""
        zero = np.zeros((1, *values.shape[1:]))
        gone = np.concatenate([zero, np.cumsum(values[self.by_stop], axis=0)])[self.there]
        sums = gone - np.concatenate([zero, np.cumsum(values[self.by_start], axis=0)])[self.to_come]
        dying = np.add.reduceat(values[self.dead], self.starts, axis=0)[self.block]
        return sums - self.share.reshape(-1, *[1] * (values.ndim - 1)) * dying

    def __call__(self, beta):
        eta = self.x @ beta
        shift = eta.max(initial=0.0)
        risk = self.weight * np.exp(eta - shift)
        first = risk[:, None] * self.x
        a0, a1, a2 = self._sums(risk), self._sums(first), self._sums(first[:, :, None] * self.x[:, None, :])
        mean = a1 / a0[:, None]
        spread = a2 / a0[:, None, None] - mean[:, :, None] * mean[:, None, :]
        own = self.weight[self.dead]
        loglik = own @ (eta[self.dead] - shift) - self.each @ np.log(a0)
        return loglik, own @ self.x[self.dead] - self.each @ mean, np.tensordot(self.each, spread, axes=1)

    def residuals(self, beta):
        eta = self.x @ beta
        risk = self.weight * np.exp(eta - eta.max(initial=0.0))
        a0, a1 = self._sums(risk), self._sums(risk[:, None] * self.x)
        mean, at = a1 / a0[:, None], self.stop[self.dead]
        inside = (self.start[:, None] < at) & (at <= self.stop[:, None])
        own = self.event[:, None] & (at == self.stop[:, None])
        hazard = (inside - self.share * own) * (self.each / a0)
        found = -risk[:, None] * (self.x * hazard.sum(axis=1)[:, None] - hazard @ mean)
        tied = np.add.reduceat(mean, self.starts, axis=0) / np.diff(np.r_[self.starts, len(at)])[:, None]
        found[self.dead] += self.weight[self.dead][:, None] * (self.x[self.dead] - tied[self.block])
        return found


def episode_maximum(start, stop, event, x, weights=None, strata=None) -> Maximum:
    """The highest partial likelihood of x (n, k) over rows at risk from `start` to `stop`, as cox.maximum gives it.

    Raises ValueError as check_entry, and without an event.
    """
    check_entry(start, stop)
    event = np.asarray(event, bool)
    if not event.any():
        raise ValueError("no event: every row is censored, so there is nothing to estimate")
    mass = event.sum() if weights is None else np.asarray(weights, float)[event].sum()
    return highest(lambda z: EpisodeLikelihood(start, stop, event, z, weights, strata), x, mass)
