"""The top of a penalized likelihood, its profile limits and likelihood-ratio P: Firth's Cox and logistic models."""

from functools import cache

import numpy as np
from scipy.optimize import brentq
from scipy.stats import chi2

_STEPS, _SETTLED, _LONGEST, _REACHES = 100, 1e-9, 2.0, 20
_WORTH = 1e-12  # of log-likelihood, along a profile: far below what moves a limit by 1e-8


def climb_freely(penalized, start, free, gain=0.0):
    """Maximum over the coefficients in `free` (indices), the others held: beta, penalized log-likelihood.

    penalized : beta (k,) -> log-likelihood, score (k,), information (k, k), for standardized columns.
    gain : of log-likelihood, as a step promises it, that is not worth the step.
    """
    beta = start.copy()
    loglik, score, info = penalized(beta)
    if not len(free):
        return beta, loglik
    for _ in range(_STEPS):
        step = np.zeros(len(beta))
        step[free] = np.linalg.lstsq(info[np.ix_(free, free)], score[free], rcond=None)[0]
        if step @ score / 2 < gain:
            break
        step /= max(1.0, np.abs(step).max() / _LONGEST)
        for _ in range(30):
            new, new_score, new_info = penalized(beta + step)
            if new >= loglik - 1e-12:
                break
            step = step / 2
        else:
            break
        beta, loglik, score, info = beta + step, new, new_score, new_info
        if np.abs(step).max() < _SETTLED:
            break
    return beta, loglik


def profile(penalized, top, best, j, level) -> tuple[float, float]:
    """Where the profile of coefficient j has fallen by half the chi-square quantile; infinite if it never does.

    penalized as in climb_freely; top (k,), best : its maximum.
    """
    drop = chi2.ppf(level, 1) / 2
    others = np.delete(np.arange(len(top)), j)
    _, _, info = penalized(top)
    unit = float(np.sqrt(max(np.linalg.pinv(info)[j, j], 1e-8)))
    warm = top.copy()

    @cache  # so that a bracket keeps its signs: far from the top the climb may depend on where it starts
    def fall(value):
        warm[j] = value
        beta, loglik = climb_freely(penalized, warm, others, _WORTH)
        if loglik < best - drop:  # perhaps a lower one of two hills: also from the top
            start = top.copy()
            start[j] = value
            again, higher = climb_freely(penalized, start, others, _WORTH)
            beta, loglik = (again, higher) if higher > loglik else (beta, loglik)
        warm[:] = beta
        return loglik - best + drop

    limits = []
    for sign in (-1, 1):
        warm[:] = top
        near, reach = top[j], top[j] + sign * 2 * unit
        for _ in range(_REACHES):
            if fall(reach) < 0:
                limits.append(brentq(fall, near, reach, xtol=1e-8))
                break
            near, reach = reach, top[j] + 1.6 * (reach - top[j])
        else:
            limits.append(sign * np.inf)
    return min(limits), max(limits)


def ratio_p(penalized, top, best, mine) -> float:
    """P of the coefficients `mine` by likelihood ratio: the penalty stays that of the whole model."""
    start = top.copy()
    start[mine] = 0
    without = climb_freely(penalized, start, np.setdiff1d(np.arange(len(top)), mine))[1]
    return float(chi2.sf(max(0.0, 2 * (best - without)), len(mine)))
