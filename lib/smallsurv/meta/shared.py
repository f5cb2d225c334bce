"""Comparisons of one trial that share its control arm, as one comparison: nobody of that arm counts twice.

Counts: the patients of the other arms are put together. Ratios: the mean of the log ratios by generalized least
squares, with the variance of the control arm as their covariance. Pools of such trials are those of all rows with their
covariances, under the common effect and with random effects of the trial. Sources: Cochrane Handbook 23.3.4; Gleser and
Olkin 2009.
"""

import numpy as np


def shared_ratio(effect, se, events_control) -> tuple[float, float]:
    """Log ratio and standard error of one trial from those of its comparisons (m,), whose control arm has
    `events_control` events.

    The covariance is 1 / events_control. Raises ValueError where the standard errors leave no room for it.
    """
    effect, se = np.asarray(effect, float), np.asarray(se, float)
    shared = 1 / events_control
    own = se**2 - shared  # of the other arms
    if not (own > 0).all():
        raise ValueError("the control arm has too few events for the standard errors")
    weight = np.linalg.solve(np.diag(own) + shared, np.ones(len(effect)))
    return float(weight @ effect / weight.sum()), float(np.sqrt(1 / weight.sum()))


def shared_counts(arms):
    """One row of counts (events, n, events_control, n_control)
    from comparisons (frame) with one and the same control arm.
    """
    first = arms.iloc[0]
    return {
        "events": arms["events"].sum(),
        "n": arms["n"].sum(),
        "events_control": first["events_control"],
        "n_control": first["n_control"],
    }
