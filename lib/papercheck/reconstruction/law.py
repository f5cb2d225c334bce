"""How times are drawn that no print decides: as in a clinic, the same law in every cohort.

Times of the event are Weibull, with a risk that falls or rises over time: which is not known, so its shape is drawn
anew for each cohort, as are accrual, cut-off and the share of censored. Follow-up ends evenly between a first and a
last time, as with an even accrual and one cut-off. Nobody is censored before the first. Printed numbers always come
first: the law only says which of the cohorts that meet them are more likely.
"""

from dataclasses import dataclass

import numpy as np

ACCRUAL = (0.1, 0.6)  # the shortest follow-up as a share of the longest
BEYOND = (1.5, 3.0)  # the longest follow-up against the largest printed time, where the median is not reached
AFTER = 0.25  # least share of the printed median that the time after a floor has as its median
SHAPE = (0.7, 1.5)  # of a Weibull distribution: 1 is a steady risk, below it falls over time, above it rises
STEPS = 60  # of a bisection
ENDS = 65  # ends of follow-up at which survival is averaged, for a share of censored


@dataclass(frozen=True)
class Law:
    """Scale and shape of the Weibull times of the event, and the first and the last end of follow-up; all but the shape
    in steps of the grid."""

    scale: float
    shape: float
    first: float
    last: float


def draw_law(problem, rng) -> Law:
    """A law for a problem (anneal_problem.Problem): shares that are not printed are drawn, printed ones are taken.

    A printed median follow-up or longest time settles the follow-up; else the printed median and the share of censored
    do, or, where the median is not reached, the largest printed time.
    """
    early, censored = rng.uniform(*ACCRUAL), rng.uniform(*problem.alive)
    shape = float(np.exp(rng.uniform(*np.log(SHAPE))))
    # who cannot have the event, such as no death before progression
    without = float((~problem.mortal & ~problem.doomed).mean())
    censored = without + (1 - without) * censored if problem.reached else max(censored, without)
    if problem.events is not None:
        censored = 1 - problem.events / problem.n
    ratio = follow_up_against_scale(min(max(censored, 0.02), 0.98), early, shape)
    median = np.log(2) ** (1 / shape)  # of times of scale 1
    scale, beyond = problem.middle / median, rng.uniform(*BEYOND)
    if problem.follow_up:
        last = 2 * problem.follow_up / (1 + early)
    else:
        last = ratio * scale if problem.reached else beyond * problem.middle
    last = min(last, float(problem.high.max()))
    if not problem.reached:
        scale = last / ratio
    floor = float(np.median(problem.low))
    if problem.reached and floor > 1:
        scale = max(problem.middle - floor, AFTER * problem.middle) / median
    return Law(scale, shape, early * last, last)


def follow_up_against_scale(censored, early, shape=1.0) -> float:
    """Longest follow-up over the scale of the Weibull time of the event that leaves a share `censored`, where follow-up
    ends evenly between `early` times the longest and the longest."""
    ends = np.linspace(early, 1, ENDS)
    low, high = 1e-6, 1e4
    for _ in range(STEPS):
        x = np.sqrt(low * high)
        alive = np.exp(-((x * ends) ** shape))
        low, high = (x, high) if np.trapezoid(alive, ends) / (1 - early) > censored else (low, x)
    return float(np.sqrt(low * high))
