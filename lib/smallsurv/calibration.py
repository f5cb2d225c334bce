"""Are the shares that a Cox model predicts for one time those that are seen? Patients in groups of alike prediction,
the mean prediction of each beside its Kaplan-Meier estimate, corrected for optimism.

Source: Harrell, Lee and Mark 1996 (calibration in groups, optimism by bootstrap); R's rms::calibrate does the same.
"""

from dataclasses import dataclass

import numpy as np

from .cox import NotEstimable
from .curve import SEED, Curve, counted_curve, kaplan_meier, survival_at
from .discrimination import LOST, REPLICATES
from .standardized import predicted_survival
from .times import reached

LEAST = 20  # patients of a group
MOST_GROUPS = 5


class NoGroups(ValueError):
    """Fewer than two groups of LEAST patients whose predictions differ."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """Groups of rising prediction (g,): n, events, the mean predicted share and the Kaplan-Meier share with its limits
    (log-log), what the difference of the two promises too much; resamples drawn, and how many had no estimate."""

    at: float
    n: np.ndarray
    events: np.ndarray
    predicted: np.ndarray
    observed: np.ndarray
    low: np.ndarray
    high: np.ndarray
    optimism: np.ndarray
    replicates: int
    failed: int

    @property
    def corrected(self) -> np.ndarray:
        """The share to be expected where this model predicts `predicted` for other patients (g,), from 0 to 1."""
        return np.clip(self.observed - self.optimism, 0.0, 1.0)


def calibration(time, event, x, at, replicates=REPLICATES, seed=SEED) -> Calibration:
    """Predicted and seen shares free of the event at `at` of the Cox model of time (n,), event (n,) bool, x (n, k).

    Groups of LEAST patients or more, MOST_GROUPS at most, cut at quantiles of the prediction. In each bootstrap sample
    the model is fitted again; what its difference (seen less predicted, by group) in the sample exceeds that in the
    patients themselves is the optimism. Raises NoGroups for too few patients or predictions, ValueError for a time that
    a group is not observed so long; NotEstimable where the model, or too many resamples, have no estimate.
    """
    time, event, x = np.asarray(time, float), np.asarray(event, bool), np.asarray(x, float)
    (predicted,) = predicted_survival(time, event, x, [x], at)
    cuts = _cuts(predicted)
    own = _by_group(time, event, predicted, cuts, at)
    if not np.isfinite(own).all():
        raise ValueError("a group is not under observation so long")
    rng, gaps = np.random.default_rng(seed), []
    for _ in range(replicates):
        rows = rng.integers(0, len(time), len(time))
        gaps.append(_optimism(time, event, x, rows, cuts, at))
    known = np.array([gap for gap in gaps if gap is not None]).reshape(-1, len(cuts) + 1)
    if len(known) < (1 - LOST) * replicates or not np.isfinite(known).any(axis=0).all():
        few = f"{replicates - len(known)} of {replicates} resamples have a coefficient without an estimate"
        raise NotEstimable("too many resamples have no estimate", few)
    place = np.searchsorted(cuts, predicted, side="right")
    curves = [kaplan_meier(time[place == g], event[place == g]) for g in range(len(cuts) + 1)]
    seen = [survival_at(curve, [at]).iloc[0] for curve in curves]
    return Calibration(
        at=float(at),
        n=np.bincount(place, minlength=len(curves)),
        events=np.bincount(place, event, minlength=len(curves)).astype(int),
        predicted=np.array([predicted[place == g].mean() for g in range(len(curves))]),
        observed=np.array([row["survival"] for row in seen]),
        low=np.array([row["ci_low"] for row in seen]),
        high=np.array([row["ci_high"] for row in seen]),
        optimism=np.nanmean(known, axis=0),
        replicates=replicates,
        failed=replicates - len(known),
    )


def _cuts(predicted) -> np.ndarray:
    """Where the groups are parted (g - 1,): each has LEAST patients or more."""
    wanted = min(MOST_GROUPS, len(predicted) // LEAST)
    for groups in range(wanted, 1, -1):
        cuts = np.unique(np.quantile(predicted, np.arange(1, groups) / groups))
        sizes = np.bincount(np.searchsorted(cuts, predicted, side="right"), minlength=len(cuts) + 1)
        if len(cuts) == groups - 1 and sizes.min() >= LEAST:
            return cuts
    raise NoGroups(f"fewer than two groups of {LEAST} patients with predictions of their own")


def _by_group(time, event, predicted, cuts, at) -> np.ndarray:
    """Seen less predicted share of each group (g,); NaN for one without a patient, or not observed so long."""
    place = np.searchsorted(cuts, predicted, side="right")
    found = np.full(len(cuts) + 1, np.nan)
    for g in np.unique(place):
        inside = place == g
        found[g] = _share_at(counted_curve(time[inside], event[inside]), at) - predicted[inside].mean()
    return found


def _share_at(curve: Curve, at) -> float:
    """S(at) of a curve; NaN beyond the last follow-up of a curve above 0."""
    index = int(reached(curve.time, np.array([float(at)]))[0])
    if at > curve.time[-1] and curve.survival[-1] > 0:
        return np.nan
    return float(curve.survival[index]) if index >= 0 else 1.0


def _optimism(time, event, x, rows, cuts, at) -> np.ndarray | None:
    """By how much the model of the drawn `rows` fits better there than among all; None where it has no estimate."""
    try:
        drawn, every = predicted_survival(time[rows], event[rows], x[rows], [x[rows], x], at)
    except NotEstimable:
        return None
    there = _by_group(time[rows], event[rows], drawn, cuts, at)
    return there - _by_group(time, event, every, cuts, at)
