"""The partial likelihood of Cox and the climb to its maximum."""

from dataclasses import dataclass

import numpy as np

_RUNAWAY = 15.0  # a coefficient per standard deviation: hazards 3 million times apart


_DIVERGES = (
    1e-4  # relative Newton step that remains after the likelihood has settled: R's warning "beta may be infinite"
)


def partial_likelihood(time, event, x, beta, ties="efron") -> tuple[float, np.ndarray, np.ndarray]:
    """Log partial likelihood, score and information at `beta`, with Efron's or Breslow's handling of ties.

    time (n,), event (n,) bool, x (n, k). Returns float, (k,), (k, k). Sources: Efron 1977; Breslow 1974.
    """
    return partial_sums(time, event, x, beta, ties=ties)[:3]


def partial_sums(time, event, x, beta, clock=None, ties="efron"):
    """Log partial likelihood, score, information; and score times g, information times g and g^2, for g = clock (n,).

    Efron's sums over the deaths at once: death m of d tied ones counts the tied deaths for (1 - m / d) of their risk;
    Breslow's count them whole.
    """
    x = np.asarray(x, float)
    k = x.shape[1]
    order = np.argsort(-time, kind="stable")
    time, event, x = time[order], event[order], x[order]
    eta = x @ beta
    shift = eta.max(initial=0.0)
    risk = np.exp(eta - shift)
    first = risk[:, None] * x
    second = first[:, :, None] * x[:, None, :]
    dead = np.flatnonzero(event)
    starts = np.flatnonzero(np.r_[True, np.diff(time[dead]) != 0])
    tied = np.diff(np.r_[starts, len(dead)])
    block = np.repeat(np.arange(len(starts)), tied)
    share = (np.arange(len(dead)) - starts[block]) / tied[block] * (ties == "efron")
    last = np.searchsorted(-time, -time[dead], side="right") - 1

    def at_risk(values):
        """Sum over the risk set of each death, less its share of the tied deaths."""
        dying = np.add.reduceat(values[dead], starts, axis=0)[block]
        return np.cumsum(values, axis=0)[last] - share.reshape(-1, *[1] * (values.ndim - 1)) * dying

    a0, a1, a2 = at_risk(risk), at_risk(first), at_risk(second)
    mean = a1 / a0[:, None]
    here = x[dead] - mean
    spread = a2 / a0[:, None, None] - mean[:, :, None] * mean[:, None, :]
    loglik = float((eta[dead] - shift - np.log(a0)).sum())
    score, info = here.sum(axis=0), spread.sum(axis=0)
    if clock is None:
        return loglik, score, info, np.zeros(k), np.zeros((k, k)), np.zeros((k, k))
    g = clock[order][dead]
    timed = g[:, None, None] * spread
    return loglik, score, info, g @ here, timed.sum(axis=0), (g[:, None, None] * timed).sum(axis=0)


def score_residuals(time, event, x, beta) -> np.ndarray:
    """Score residuals (n, k) at `beta` with Efron's ties, for few rows: memory grows with n times the events.

    time (n,), event (n,) bool, x (n, k). A tied death counts for 1 - m / d of its risk at death m of d, as in partial_sums.
    Source: Therneau and Grambsch 2000, section 4.6.
    """
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


def climb(likelihood, k, steps=30) -> Climb:
    """Newton with step halving from 0, for standardized columns. likelihood : beta (k,) -> log-likelihood, score, information.

    A coefficient diverges if, once the likelihood has settled, a further Newton step would still move it (the rule
    behind R's warning that beta may be infinite).
    """
    beta = np.zeros(k)
    loglik, score, info = likelihood(beta)
    start, taken = loglik, 0
    for _ in range(steps):
        if not np.isfinite(info).all() or np.abs(beta).max(initial=0) > 2 * _RUNAWAY:
            return Climb(beta, loglik, score, info, np.ones(k, bool), start, taken)
        step = np.linalg.lstsq(info, score, rcond=None)[0]
        while True:
            trial = beta + step
            new, new_score, new_info = likelihood(trial)
            if np.isfinite(new) and new >= loglik - 1e-12 or np.abs(step).max(initial=0) < 1e-12:
                break
            step = step / 2
        settled = abs(new - loglik) < 1e-9 * max(1.0, abs(new))
        beta, loglik, score, info = trial, new, new_score, new_info
        taken += 1
        if settled:
            break
    if not np.isfinite(info).all():
        return Climb(beta, loglik, score, info, np.ones(k, bool), start, taken)
    step = np.abs(np.linalg.lstsq(info, score, rcond=None)[0])
    diverging = (step > _DIVERGES * np.maximum(1.0, np.abs(beta))) | (np.abs(beta) > _RUNAWAY)
    return Climb(beta, loglik, score, info, diverging, start, taken)
