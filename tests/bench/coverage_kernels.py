"""One 0/1 covariate, untied times: the Cox model in compiled loops, so that thousands of samples can be fitted.

bench_coverage.py holds them to the functions of the workbook before it uses them. Rows come latest first.
"""

import numpy as np
from numba import njit

FAR = 12.0  # log hazard ratio beyond which a coefficient is taken for infinite
HALVINGS = 50


@njit(cache=True)
def pieces(dead, group, beta):
    """Log partial likelihood, its first three derivatives (the second and third of the information)."""
    ratio = np.exp(beta)
    s0 = s1 = loglik = score = info = third = 0.0
    for i in range(len(dead)):
        s0 += ratio if group[i] else 1.0
        s1 += ratio if group[i] else 0.0
        if dead[i]:
            p = s1 / s0
            loglik += (beta if group[i] else 0.0) - np.log(s0)
            score += (1.0 if group[i] else 0.0) - p
            info += p * (1 - p)
            third += p * (1 - p) * (1 - 2 * p)
    return loglik, score, info, third


@njit(cache=True)
def _height(dead, group, beta, firth):
    loglik, _, info, _ = pieces(dead, group, beta)
    return loglik + 0.5 * np.log(info) if firth else loglik


@njit(cache=True)
def _slope(dead, group, beta, firth):
    _, score, info, third = pieces(dead, group, beta)
    return score + 0.5 * third / info if firth else score


@njit(cache=True)
def peak(dead, group, firth):
    """The coefficient of greatest (penalized) likelihood; infinite where it runs away."""
    low, high = -FAR, FAR
    if _slope(dead, group, low, firth) <= 0:
        return -np.inf
    if _slope(dead, group, high, firth) >= 0:
        return np.inf
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if _slope(dead, group, middle, firth) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


@njit(cache=True)
def fall(dead, group, top, beta, firth):
    """Twice the fall of the (penalized) likelihood from its top to `beta`: the likelihood-ratio statistic."""
    if np.isinf(top):
        top = FAR if top > 0 else -FAR
    return 2 * (_height(dead, group, top, firth) - _height(dead, group, beta, firth))


@njit(cache=True)
def log_rank(dead, group):
    """Log-rank chi-square; 0 without variance."""
    excess = variance = 0.0
    n1 = 0
    for i in range(len(dead)):
        n1 += group[i]
        if dead[i]:
            p = n1 / (i + 1)
            excess += group[i] - p
            variance += p * (1 - p)
    return excess**2 / variance if variance > 0 else 0.0
