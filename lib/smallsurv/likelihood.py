"""The partial likelihood of Cox for few rows, in numpy, and the climb to its maximum.

Sums over risk sets are those of kernels.py, which does the same for many rows; firth.py takes its third moments here.
Sources: Cox 1972; Efron 1977; Breslow 1974; residuals as Therneau and Grambsch 2000, section 4.6.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .times import joined

_RUNAWAY = 15.0  # a coefficient per standard deviation: hazards 3 million times apart
_DIVERGES = 1e-4  # relative Newton step that remains after the likelihood has settled: R's "beta may be infinite"
_SETTLED = 1e-9  # relative change of the log-likelihood that is none


class RiskSets:
    """Rows by time, latest first, and what the risk set of each death counts.

    order (n,): of the rows; dead (d,): positions of the deaths in that order. Efron's rule counts the tied deaths at
    death m of d for 1 - m / d of their risk; Breslow's counts them whole.
    """

    def __init__(self, time, event, ties="efron"):
        time, event = joined(time), np.asarray(event, bool)
        self.order = np.argsort(-time, kind="stable")
        time, event = time[self.order], event[self.order]
        self.dead = np.flatnonzero(event)
        self.starts = np.flatnonzero(np.r_[True, np.diff(time[self.dead]) != 0])
        tied = np.diff(np.r_[self.starts, len(self.dead)])
        self.block = np.repeat(np.arange(len(self.starts)), tied)
        self.share = (np.arange(len(self.dead)) - self.starts[self.block]) / tied[self.block] * (ties == "efron")
        self.last = np.searchsorted(-time, -time[self.dead], side="right") - 1

    def at_risk(self, values) -> np.ndarray:
        """Sum (d, ...) of `values` (n, ...), in `order`, over the
        risk set of each death, less its share of tied deaths.
        """
        sums = np.cumsum(values, axis=0)[self.last]
        if not self.share.any():
            return sums
        dying = np.add.reduceat(values[self.dead], self.starts, axis=0)[self.block]
        return sums - self.share.reshape(-1, *[1] * (values.ndim - 1)) * dying


class PartialLikelihood:
    """Log partial likelihood, score (k,) and information (k, k) as a function of beta (k,), for few rows.

    time (n,), event (n,) bool, x (n, k); ties efron or breslow.
    """

    def __init__(self, time, event, x, ties="efron"):
        self.sets = RiskSets(time, event, ties)
        self.x = np.asarray(x, float)[self.sets.order]

    def _moments(self, beta):
        """What each death adds: log-likelihood (d,), score (d, k), information (d, k, k)."""
        dead, at_risk = self.sets.dead, self.sets.at_risk
        eta = self.x @ beta
        shift = eta.max(initial=0.0)
        risk = np.exp(eta - shift)
        first = risk[:, None] * self.x
        a0, a1, a2 = at_risk(risk), at_risk(first), at_risk(first[:, :, None] * self.x[:, None, :])
        mean = a1 / a0[:, None]
        spread = a2 / a0[:, None, None] - mean[:, :, None] * mean[:, None, :]
        return eta[dead] - shift - np.log(a0), self.x[dead] - mean, spread

    def __call__(self, beta) -> tuple[float, np.ndarray, np.ndarray]:
        loglik, score, info = self._moments(np.asarray(beta, float))
        return float(loglik.sum()), score.sum(axis=0), info.sum(axis=0)

    def clocked(self, beta, clock):
        """As a call, and: score times g, information times g and times g^2, for g = clock (n,) at each death."""
        loglik, score, info = self._moments(np.asarray(beta, float))
        g = clock[self.sets.order][self.sets.dead]
        timed = g[:, None, None] * info
        sums = (timed.sum(axis=0), (g[:, None, None] * timed).sum(axis=0))
        return float(loglik.sum()), score.sum(axis=0), info.sum(axis=0), g @ score, *sums


def score_residuals(time, event, x, beta) -> np.ndarray:
    """Score residuals (n, k) at `beta` with Efron's ties, for few rows: memory grows with n times the events.

    time (n,), event (n,) bool, x (n, k). A tied death counts for 1 - m / d of its risk at death m of d, as in RiskSets.
    Source: Therneau and Grambsch 2000, section 4.6.
    """
    time = joined(time)
    risk = np.exp(x @ beta - (x @ beta).max(initial=0.0))
    dead = np.flatnonzero(event)
    dead = dead[np.argsort(time[dead], kind="stable")]
    tied = time[dead][:, None] == time[dead]
    share = np.tril(tied, -1).sum(axis=1) / tied.sum(axis=1)
    counts = (time[:, None] >= time[dead]) - share * (event[:, None] & (time[:, None] == time[dead]))
    total = counts.T @ risk
    mean = counts.T @ (risk[:, None] * x) / total[:, None]
    hazard = counts / total  # of each subject at each death, times its risk
    score = -risk[:, None] * (x * hazard.sum(axis=1)[:, None] - hazard @ mean)
    score[dead] += x[dead] - tied @ mean / tied.sum(axis=1)[:, None]
    return score


@dataclass(frozen=True)
class Climb:
    """Where Newton's method ended: beta (k,), log-likelihood, score (k,), information (k, k), which coefficients
    diverge (k,), log-likelihood at 0, steps taken."""

    beta: np.ndarray
    loglik: float
    score: np.ndarray
    info: np.ndarray
    diverging: np.ndarray
    loglik0: float
    iterations: int


def climb(likelihood: Callable, k: int, steps: int = 30) -> Climb:
    """Newton with step halving from 0, for standardized columns. likelihood : beta (k,) -> log-likelihood, score,
    information.

    A coefficient diverges if, once the likelihood has settled, a further Newton step would still move it (the rule
    behind R's warning that beta may be infinite); the others stand then at their limit.
    """
    beta = np.zeros(k)
    loglik, score, info = likelihood(beta)
    start, taken = loglik, 0
    for _ in range(steps):
        if not np.isfinite(info).all() or np.abs(beta).max(initial=0) > 2 * _RUNAWAY:
            break
        step = np.linalg.lstsq(info, score, rcond=None)[0]
        while True:
            trial = beta + step
            new, new_score, new_info = likelihood(trial)
            if np.isfinite(new) and new >= loglik - 1e-12 or np.abs(step).max(initial=0) < 1e-12:
                break
            step = step / 2
        settled = abs(new - loglik) < _SETTLED * max(1.0, abs(new))
        beta, loglik, score, info = trial, new, new_score, new_info
        taken += 1
        if settled:
            break
    if not np.isfinite(info).all():
        return Climb(beta, loglik, score, info, np.ones(k, bool), start, taken)
    step = np.abs(np.linalg.lstsq(info, score, rcond=None)[0])
    diverging = (step > _DIVERGES * np.maximum(1.0, np.abs(beta))) | (np.abs(beta) > _RUNAWAY)
    return Climb(beta, loglik, score, info, diverging, start, taken)
