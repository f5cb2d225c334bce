"""Random-intercept logistic regression of counts: logit of a study's share = mu + sigma u, u standard normal.

Maximum likelihood; each study's integral over u by adaptive Gauss-Hermite quadrature about its mode. The slopes of the
likelihood are means under the posterior of u, taken with the same nodes; so is its curvature in mu.
Sources: Pinheiro and Bates 1995; Hamza, van Houwelingen and Stijnen 2008; Louis 1982 (curvature).
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, gammaln

NODES = 61
_WIDEST = 30.0  # sigma on the logit scale: beyond it the studies are all event or none, and the top lies at infinity


@dataclass(frozen=True)
class LogitFit:
    """mu and its standard error on the logit scale, tau2 =
    sigma^2, log likelihood; `converged` False: no finite top.
    """

    mu: float
    se: float
    tau2: float
    loglik: float
    converged: bool


def random_intercept_logit(events, n, nodes=NODES) -> LogitFit:
    """Fit by maximum likelihood to events (k,) of n (k,), with at least one event and one non-event in all.

    se comes from the curvature in mu and sigma together; at sigma = 0 from that in mu alone, as sigma is then at its
    bound.
    """
    events, n = np.asarray(events, float), np.asarray(n, float)
    rule = np.polynomial.hermite_e.hermegauss(nodes)
    start = np.log(events.sum() / (n.sum() - events.sum()))
    grid = np.r_[0.0, np.geomspace(1e-3, _WIDEST, 21)]
    profile, centres = [], []
    for sigma in grid:
        start = _best_mu(sigma, events, n, rule, start, close=1e-6)  # near enough to find the top by
        centres.append(start)
        profile.append(_terms(start, sigma, events, n, rule)[0])
    best = int(np.argmax(profile))
    if best == len(grid) - 1:
        return LogitFit(np.nan, np.nan, np.nan, np.nan, False)
    sigma, mu = 0.0, centres[best]
    slope = lambda s: _terms(_best_mu(s, events, n, rule, mu), s, events, n, rule)[2]  # noqa: E731
    lowest = grid[best - 1] if best > 1 else 1e-5  # the slope in sigma is 0 at sigma = 0, top or not
    if best and slope(lowest) > 0:  # else the shares vary less than by chance
        sigma = brentq(slope, lowest, grid[best + 1], xtol=1e-13, rtol=1e-12)
        mu = _best_mu(sigma, events, n, rule, mu)
    if sigma == 0:
        mu = _best_mu(0.0, events, n, rule, centres[0])
        p = expit(mu)
        return LogitFit(
            float(mu), float(1 / np.sqrt(n.sum() * p * (1 - p))), 0.0, float(_terms(mu, 0.0, events, n, rule)[0]), True
        )
    covariance = np.linalg.inv(_information(mu, sigma, events, n, rule))
    loglik = _terms(mu, sigma, events, n, rule)[0]
    return LogitFit(float(mu), float(np.sqrt(covariance[0, 0])), float(sigma**2), float(loglik), True)


def _best_mu(sigma, events, n, rule, start, close=1e-12):
    """The mu at which the slope is 0: it falls with mu, as the likelihood is log-concave in mu.

    Newton's method; a step that would leave what the signs of the slope enclose is halved back into it.
    """
    mu, low, high = start, -np.inf, np.inf
    for _ in range(60):
        _, slope, _, curve = _likelihood(mu, sigma, events, n, rule)
        low, high = (mu, high) if slope > 0 else (low, mu)
        moved = mu + (np.clip(slope / curve, -2.0, 2.0) if curve > 0 else np.copysign(1.0, slope))
        if not low <= moved <= high:
            moved = (low + high) / 2
        step, mu = moved - mu, moved
        if abs(step) < close:
            break
    return mu


def _terms(mu, sigma, events, n, rule):
    """Log likelihood (with the binomial coefficients) and its slopes in mu and sigma."""
    return _likelihood(mu, sigma, events, n, rule)[:3]


def _likelihood(mu, sigma, events, n, rule):
    """Log likelihood, its slopes in mu and sigma, minus its second derivative in mu."""
    at = _modes(mu, sigma, events, n)
    p = expit(mu + sigma * at)
    width = 1 / np.sqrt(1 + sigma**2 * n * p * (1 - p))
    x, weight = rule
    u = at[:, None] + width[:, None] * x
    eta = mu + sigma * u
    small = np.exp(-np.abs(eta))  # one exponential serves the logarithm and the share
    value = (
        events[:, None] * eta - n[:, None] * (np.maximum(eta, 0) + np.log1p(small)) + (x**2 - u**2) / 2 + np.log(weight)
    )
    top = value.max(axis=1, keepdims=True)
    posterior = np.exp(value - top)
    total = posterior.sum(axis=1, keepdims=True)
    posterior /= total
    share = np.where(eta >= 0, 1.0, small) / (1 + small)
    rest = events[:, None] - n[:, None] * share
    choose = gammaln(n + 1) - gammaln(events + 1) - gammaln(n - events + 1)
    loglik = (top[:, 0] + np.log(total[:, 0] * width) - np.log(2 * np.pi) / 2 + choose).sum()
    surplus = (posterior * rest).sum(axis=1)
    curve = (posterior * (n[:, None] * share * (1 - share) - rest**2)).sum() + (surplus**2).sum()
    return loglik, surplus.sum(), (posterior * rest * u).sum(), curve


def _modes(mu, sigma, events, n):
    """The most likely u of each study, by Newton's method with halved steps where it overshoots."""
    u = np.zeros(len(n))

    def height(u):
        eta = mu + sigma * u
        return events * eta - n * np.logaddexp(0, eta) - u**2 / 2

    now = height(u)
    for _ in range(100):
        p = expit(mu + sigma * u)
        step = (sigma * (events - n * p) - u) / (1 + sigma**2 * n * p * (1 - p))
        for _ in range(40):
            then = height(u + step)
            worse = then < now - 1e-12
            if not worse.any():
                break
            step = np.where(worse, step / 2, step)
        u, now = u + step, then
        if np.abs(step).max() < 1e-12:
            break
    return u


def _information(mu, sigma, events, n, rule, step=1e-4):
    """Minus the second derivatives in (mu, sigma): central differences of the slopes, five points."""
    point, found = np.array([mu, sigma]), np.empty((2, 2))
    for j in range(2):
        slopes = {}
        for m in (-2, -1, 1, 2):
            moved = point.copy()
            moved[j] += m * step
            slopes[m] = np.array(_terms(*moved, events, n, rule)[1:])
        found[j] = (slopes[-2] - 8 * slopes[-1] + 8 * slopes[1] - slopes[2]) / (12 * step)
    return -(found + found.T) / 2
