"""The subdistribution hazard of one cause while others compete: who had another event stays at risk, with a falling
weight.

Fine and Gray's model as a weighted Cox model of episodes, the way of R's `finegray`; the error is the sandwich over
subjects. Sources: Fine and Gray 1999; Geskus 2011, doi:10.1111/j.1541-0420.2010.01420.x.
"""

from dataclasses import dataclass

import numpy as np

from .episodes import EpisodeLikelihood, episode_maximum
from .times import joined


@dataclass(frozen=True)
class FineGray:
    """coef (k,) log subdistribution hazard ratios, se (k,) from the sandwich; NaN where the data do not tell them.
    Where one coefficient is not told, no error is: there is no sandwich at an infinite coefficient."""

    coef: np.ndarray
    se: np.ndarray


def fine_gray(time, cause, x, of=1) -> FineGray:
    """Model of the cause `of`. time (n,) above 0, cause (n,) int with 0 censored, x (n, k).

    Raises ValueError without an event of the cause.
    """
    time, cause, x = joined(time), np.asarray(cause), np.asarray(x, float)
    subject, start, stop, event, weight = _expanded(time, cause, of)
    found = episode_maximum(start, stop, event, x[subject], weight)
    if found.unknown.any() or found.diverging.any():
        return FineGray(found.coef, np.full_like(found.coef, np.nan))
    residuals = EpisodeLikelihood(start, stop, event, x[subject], weight).residuals(found.coef)
    by_subject = np.column_stack([np.bincount(subject, column, minlength=len(time)) for column in residuals.T])
    influence = by_subject @ found.covariance
    return FineGray(found.coef, np.sqrt(np.diag(influence.T @ influence)))


def _expanded(time, cause, of):
    """Rows of risk: subject, start, stop, event, weight. A competing event at T stays with weight G(t-) / G(T-), G the
    curve of being uncensored, one row from each censoring time to the next."""
    censored = cause == 0
    drops, survival = _censoring_curve(time, censored)
    rows = [(i, 0.0, t, c == of, 1.0) for i, (t, c) in enumerate(zip(time, cause, strict=True))]
    last = time.max()
    at_own = np.append(1.0, survival)[np.searchsorted(drops, time, side="left")]
    for i in np.flatnonzero(~censored & (cause != of)):
        later = drops[(drops >= time[i]) & (drops < last)]
        edges = np.concatenate([[time[i]], later[later > time[i]], [last]])
        level = np.append(1.0, survival)[np.searchsorted(drops, edges[:-1], side="right")]
        for low, high, g in zip(edges[:-1], edges[1:], level, strict=True):
            if high > low and g > 0:
                rows.append((i, low, high, False, g / at_own[i]))
    subject, start, stop, event, weight = map(np.array, zip(*rows, strict=True))
    return subject, start, stop, event.astype(bool), weight


def _censoring_curve(time, censored):
    """Times of censoring, and the share still uncensored after
    each; an event comes before a censoring at the same time.
    """
    drops = np.unique(time[censored])
    lost = np.array([(censored & (time == t)).sum() for t in drops], float)
    at_risk = np.array([((time > t) | (censored & (time == t))).sum() for t in drops], float)
    return drops, np.cumprod(1 - lost / at_risk) if len(drops) else np.empty(0)
