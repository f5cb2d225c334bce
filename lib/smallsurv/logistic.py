"""Logistic regression with Firth's penalty: finite where the
ordinary one is separated, less biased where events are few.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.special import expit

from .cox import NotEstimable
from .penalized import climb_freely, profile, ratio_p

METHOD = "logistic, Firth penalty, profile interval"


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
    penalized = partial(_penalized, y, design)
    top, best = climb_freely(penalized, np.zeros(len(every)), every)
    limits = np.array([profile(penalized, top, best, j, level) for j in every[1:]]) / scale[:, None]
    p = [ratio_p(penalized, top, best, [j]) for j in every[1:]]
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
