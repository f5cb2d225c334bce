"""Logistic regression with Firth's penalty: finite where the
ordinary one is separated, less biased where events are few.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import chi2

from .cox import NotEstimable

METHOD = "logistic, Firth penalty, profile interval"
_STEPS, _SETTLED, _LONGEST, _DOUBLINGS = 100, 1e-10, 3.0, 40


@dataclass(frozen=True)
class FirthLogit:
    """coef (k,) log odds ratios without the intercept; profile limits low, high (k,); p (k,) of each by penalized
    likelihood ratio; intercept; loglik, penalized."""

    coef: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: np.ndarray
    intercept: float
    loglik: float


def firth_logistic(outcome, x, level=0.95) -> FirthLogit:
    """Logistic model with Jeffreys' penalty, profile penalized-likelihood limits and likelihood-ratio P.

    outcome (n,) bool, x (n, k) numbers; an intercept is added. Restricted fits keep the penalty of the whole model, as
    in R's logistf. Raises NotEstimable for columns that are constant or collinear. Sources: Firth 1993; Heinze and
    Schemper 2002.
    """
    y, x = np.asarray(outcome, float), np.asarray(x, float).reshape(len(outcome), -1)
    centre, scale = x.mean(axis=0), x.std(axis=0)
    design = np.column_stack([np.ones(len(x)), (x - centre) / np.where(scale > 0, scale, 1.0)])
    if not (scale > 0).all() or np.linalg.matrix_rank(design) < design.shape[1]:
        raise NotEstimable(
            "constant or collinear", "a column of x is constant or collinear: leave it out or merge levels"
        )
    every = np.arange(design.shape[1])
    top, best = _climb(y, design, np.zeros(len(every)), every)
    limits = np.array([_profile(y, design, top, best, j, level) for j in every[1:]]) / scale[:, None]
    p = [_ratio_p(y, design, top, best, j) for j in every[1:]]
    coef = top[1:] / scale
    return FirthLogit(coef, limits[:, 0], limits[:, 1], np.array(p), float(top[0] - coef @ centre), float(best))


def _penalized(y, design, beta):
    """Penalized log-likelihood, modified score (k,), information (k, k)."""
    eta = design @ beta
    share = expit(eta)
    spread = share * (1 - share)
    info = (design * spread[:, None]).T @ design
    sign, logdet = np.linalg.slogdet(info)
    if not (sign > 0 and np.isfinite(logdet)):
        return -np.inf, np.zeros(len(beta)), info
    hat = spread * np.einsum("ia,ab,ib->i", design, np.linalg.inv(info), design)
    loglik = float((y * eta - np.logaddexp(0, eta)).sum() + logdet / 2)
    return loglik, design.T @ (y - share + hat * (0.5 - share)), info


def _climb(y, design, start, free):
    """Maximum over the coefficients in `free`, the others held: beta, penalized log-likelihood."""
    beta = start.copy()
    loglik, score, info = _penalized(y, design, beta)
    for _ in range(_STEPS if len(free) else 0):
        step = np.zeros(len(beta))
        step[free] = np.linalg.solve(info[np.ix_(free, free)], score[free])
        step /= max(1.0, np.abs(step).max() / _LONGEST)
        for _ in range(30):
            new = _penalized(y, design, beta + step)
            if new[0] >= loglik - 1e-12:
                break
            step = step / 2
        beta, (loglik, score, info) = beta + step, new
        if np.abs(step).max() < _SETTLED:
            break
    return beta, loglik


def _profile(y, design, top, best, j, level) -> tuple[float, float]:
    """Where the profile of coefficient j has fallen by half the chi-square quantile; infinite if it never does."""
    drop, others = chi2.ppf(level, 1) / 2, np.delete(np.arange(len(top)), j)
    unit = float(np.sqrt(np.linalg.inv(_penalized(y, design, top)[2])[j, j]))

    def fall(value):
        start = top.copy()
        start[j] = value
        return _climb(y, design, start, others)[1] - best + drop

    limits = []
    for sign in (-1, 1):
        reach = top[j] + sign * 2 * unit
        for _ in range(_DOUBLINGS):
            if fall(reach) < 0:
                break
            reach = top[j] + 1.5 * (reach - top[j])
        limits.append(brentq(fall, top[j], reach, xtol=1e-9) if fall(reach) < 0 else sign * np.inf)
    return limits[0], limits[1]


def _ratio_p(y, design, top, best, j) -> float:
    start = top.copy()
    start[j] = 0.0
    without = _climb(y, design, start, np.delete(np.arange(len(top)), j))[1]
    return float(chi2.sf(max(0.0, 2 * (best - without)), 1))
