"""How times are drawn that no print decides: as in a clinic, the same law in every cohort.

Times of the event are exponential; follow-up ends evenly between a first and a last time, as with an even accrual and
one cut-off. Nobody is censored before the first. Printed numbers always come first: the law only says which of the
cohorts that meet them are more likely.
"""

from dataclasses import dataclass

import numpy as np

ACCRUAL = (0.1, 0.6)  # the shortest follow-up as a share of the longest
BEYOND = (1.5, 3.0)  # the longest follow-up against the largest printed time, where the median is not reached
AFTER = 0.25  # least share of the printed median that the time after a floor has as its median
STEPS = 60  # of a bisection


@dataclass(frozen=True)
class Law:
    """Mean time of the event, and the first and the last end of follow-up; in steps of the grid."""

    mean: float
    first: float
    last: float


def draw_law(problem, rng) -> Law:
    """A law for a problem (anneal_problem.Problem): shares that are not printed are drawn, printed ones are taken.

    A printed median follow-up or longest time settles the follow-up; else the printed median and the share of censored
    do, or, where the median is not reached, the largest printed time.
    """
    early, censored = rng.uniform(*ACCRUAL), rng.uniform(*problem.alive)
    without = float(
        (~problem.mortal & ~problem.doomed).mean()
    )  # who cannot have the event, such as no death before progression
    censored = without + (1 - without) * censored if problem.reached else max(censored, without)
    if problem.events is not None:
        censored = 1 - problem.events / problem.n
    ratio = follow_up_against_mean(min(max(censored, 0.02), 0.98), early)
    mean, beyond = problem.middle / np.log(2), rng.uniform(*BEYOND)
    if problem.follow_up:
        last = 2 * problem.follow_up / (1 + early)
    else:
        last = ratio * mean if problem.reached else beyond * problem.middle
    last = min(last, float(problem.high.max()))
    if not problem.reached:
        mean = last / ratio
    floor = float(np.median(problem.low))
    if problem.reached and floor > 1:
        mean = max(problem.middle - floor, AFTER * problem.middle) / np.log(2)
    return Law(mean, early * last, last)


def follow_up_against_mean(censored, early) -> float:
    """Longest follow-up over the mean time of the event that leaves a share `censored`, where follow-up ends evenly
    between `early` times the longest and the longest: (exp(-early x) - exp(-x)) / ((1 - early) x) = censored."""
    low, high = 1e-6, 1e4
    for _ in range(STEPS):
        x = np.sqrt(low * high)
        share = (np.exp(-early * x) - np.exp(-x)) / ((1 - early) * x)
        low, high = (x, high) if share > censored else (low, x)
    return float(np.sqrt(low * high))
