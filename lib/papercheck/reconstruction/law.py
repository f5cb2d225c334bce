"""How times are drawn that no print decides: as in a clinic, the same law in every cohort.

Times of the event are exponential; follow-up ends evenly between a first and a last time, as with an even accrual and
one cut-off. Nobody is censored before the first. Printed numbers always come first: the law only says which of the
cohorts that meet them are more likely.
"""

from dataclasses import dataclass

import numpy as np

LOST = (0.0, 0.2)  # share of subjects who are lost before the end of their follow-up
ACCRUAL = (0.1, 0.6)  # the shortest follow-up as a share of the longest
BEYOND = (1.5, 3.0)  # the longest follow-up against the largest printed time, where the median is not reached
AFTER = 0.25  # least share of the printed median that the time after a floor has as its median
STEPS = 60  # of a bisection


@dataclass(frozen=True)
class Law:
    """Mean time of the event, and the first and the last end of follow-up, in steps of the grid; the share that is lost
    before, at any part of the time to the end."""

    mean: float
    first: float
    last: float
    lost: float = 0.0


def draw_law(problem, rng) -> Law:
    """A law for a problem (anneal_problem.Problem): shares that are not printed are drawn, printed ones are taken.

    A printed median follow-up or longest time settles the follow-up; else the printed median and the share of censored
    do, or, where the median is not reached, the largest printed time.
    """
    if problem.ends is not None:
        return _with_ends(problem, rng.uniform(*LOST))
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
    return Law(_mean_after_floor(problem, mean), early * last, last, rng.uniform(*LOST))


def _mean_after_floor(problem, mean) -> float:
    """The mean time after a floor, such as death after progression, where a median is reached."""
    floor = float(np.median(problem.low))
    if problem.reached and floor > 1:
        return max(problem.middle - floor, AFTER * problem.middle) / np.log(2)
    return mean


def _with_ends(problem, lost) -> Law:
    """The law of an endpoint whose follow-up is known: its median, or the share of events where that is not reached."""
    first, last = (min(end, float(problem.high.max())) for end in problem.ends)
    mean = problem.middle / np.log(2)
    if not problem.reached:
        mean = last / follow_up_against_mean(np.mean(problem.alive), first / max(last, 1e-9))
    return Law(_mean_after_floor(problem, mean), first, last, lost)


def shared_ends(problems, rng) -> tuple[float, float] | None:
    """First and last end of the follow-up that endpoints of one course share, in the unit of the registry, or None.

    It is drawn by the endpoint (anneal_problem.Problem, each with its own grid) that says most of it: by a printed
    follow-up, else by a reached median with the number of events, else by the longest median that is reached.
    """
    said = [p for p in problems if p.follow_up or p.reached]
    if len(problems) < 2 or not said:
        return None
    most = max(said, key=lambda p: (p.follow_up is not None, p.events is not None, p.middle * p.grid))
    law = draw_law(most, rng)
    return law.first * most.grid, law.last * most.grid


def follow_up_against_mean(censored, early) -> float:
    """Longest follow-up over the mean time of the event that leaves a share `censored`, where follow-up ends evenly
    between `early` times the longest and the longest: (exp(-early x) - exp(-x)) / ((1 - early) x) = censored."""
    low, high = 1e-6, 1e4
    for _ in range(STEPS):
        x = np.sqrt(low * high)
        share = (np.exp(-early * x) - np.exp(-x)) / ((1 - early) * x)
        low, high = (x, high) if share > censored else (low, x)
    return float(np.sqrt(low * high))
