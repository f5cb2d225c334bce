"""Cox model with a frailty that patients of one centre share: each centre multiplies the hazard by a number of its own,
which is drawn from a gamma distribution of mean 1.

Source: Therneau and Grambsch 2000, section 9.6: for a given variance the penalized partial likelihood gives the
estimates of the EM algorithm, and the variance is the one that maximizes the marginal likelihood.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import digamma, gammaln

from .likelihood import Climb, PartialLikelihood, climb

MOST = 20_000_000  # patients times the square of all columns beyond which the sums take too much memory
_NONE, _WIDEST = 1e-5, 20.0  # variance of the frailty below which it is none, and beyond which none is looked for
_LOOKED_AT = 15  # logs of variances between which the tops of the marginal likelihood are looked for


@dataclass(frozen=True)
class Frailty:
    """coef (k,); covariance (k, k), as if the variance of the frailty were known; `variance` of the frailty, 0 where
    nothing speaks for one; frailties (centres,), in the order of the sorted labels; diverging (k,) : coefficients that
    run to infinity."""

    coef: np.ndarray
    covariance: np.ndarray
    variance: float
    frailties: np.ndarray
    diverging: np.ndarray


def gamma_frailty(time: ArrayLike, event: ArrayLike, x: ArrayLike, centres: ArrayLike) -> Frailty:
    """Cox model with a gamma frailty shared within centres, Efron ties.

    time (n,) in any unit; event (n,) True where seen; x (n, k) numbers that vary; centres (n,) labels. Raises
    ValueError for one centre, and where patients, columns and centres are too many.
    """
    labels, code = np.unique(np.asarray(centres), return_inverse=True)
    x = np.asarray(x, float)
    if len(labels) < 2:
        raise ValueError("a shared frailty needs two centres")
    if len(x) * (x.shape[1] + len(labels)) ** 2 > MOST:
        raise ValueError("too many patients and centres for a shared frailty")
    model, k = _Penalized(time, np.asarray(event, bool), x, code), x.shape[1]
    variance = model.likeliest()
    at = model.maximum(variance or _NONE**2)
    covariance = np.linalg.inv(at.info)[:k, :k] / np.outer(model.scale, model.scale)
    return Frailty(at.beta[:k] / model.scale, covariance, variance, np.exp(at.beta[k:]), at.diverging[:k])


class _Penalized:
    """The partial likelihood of coefficients and log frailties, with the penalty of a gamma frailty."""

    def __init__(self, time, event, x, code):
        self.k, self.scale = x.shape[1], x.std(axis=0)
        centre = (code[:, None] == np.arange(code.max() + 1)).astype(float)
        self.events = centre[event].sum(axis=0)
        self.partial = PartialLikelihood(time, event, np.column_stack([(x - x.mean(axis=0)) / self.scale, centre]))

    def maximum(self, variance) -> Climb:
        """Coefficients, then log frailties, at the maximum for a variance of the frailty."""
        return climb(lambda beta: self._penalized(beta, variance), self.k + len(self.events), steps=60)

    def _penalized(self, beta, variance):
        loglik, score, info = self.partial(beta)
        logs, places = beta[self.k :], np.arange(self.k, len(beta))
        score[places] -= np.expm1(logs) / variance
        info[places, places] += np.exp(logs) / variance
        return loglik - (np.expm1(logs) - logs).sum() / variance, score, info

    def likeliest(self) -> float:
        """The variance of the frailty at the highest of the tops of the marginal likelihood, which may have more than
        one; 0 where none is above that of no frailty."""
        grid = np.linspace(np.log(_NONE), np.log(_WIDEST), _LOOKED_AT)
        slopes = [self.slope(at) for at in grid]
        tops = [
            brentq(self.slope, low, high, xtol=1e-8)
            for low, high, rising, falling in zip(grid, grid[1:], slopes, slopes[1:], strict=False)
            if rising > 0 >= falling
        ]
        tops += [grid[-1]] if slopes[-1] > 0 else []
        best = max(tops, key=self.marginal, default=grid[0])
        return float(np.exp(best)) if best > grid[0] and self.marginal(best) > self.marginal(grid[0]) else 0.0

    def marginal(self, log_variance) -> float:
        """The marginal log-likelihood, but for a constant, at the log of a variance."""
        nu, d = np.exp(-log_variance), self.events
        beta = self.maximum(1 / nu).beta
        inner = self._penalized(beta, 1 / nu)[0]
        of_centres = gammaln(nu + d) - gammaln(nu) - d * np.log(nu) + d - (nu + d) * np.log1p(d / nu)
        return float(inner + of_centres.sum())

    def slope(self, log_variance) -> float:
        """Derivative of the marginal log-likelihood by the log of the variance."""
        nu, d = np.exp(-log_variance), self.events
        logs = self.maximum(1 / nu).beta[self.k :]
        gained = digamma(nu + d) - digamma(nu) - np.log1p(d / nu)
        return float(nu * ((np.expm1(logs) - logs).sum() - gained.sum()))
