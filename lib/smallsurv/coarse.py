"""Numbers of persons made coarse, so that no count of a few can be told or worked out from what is printed."""

from collections.abc import Sequence

import numpy as np

from .curve import Curve

FEW = 5  # times the step: a whole of fewer is held back whole where a part of it is small


def to_multiple(count: float, step: int) -> int:
    """A count rounded to the nearest multiple of `step`; halves up."""
    return int(np.floor(count / step + 0.5)) * step


def held_back(counts: Sequence[float], step: int) -> np.ndarray:
    """Which counts of parts of a whole are not told, so that those told and their sum do not give a small one back.

    Primary: above 0 and below `step`. Secondary: then the largest others, until at least two are held back, one of them
    is no small one, and those that are none have `step` more among them than if each were as large as what is told.
    (The smallest would lose less, but who knows that the partner is no larger than what is told can bound the small
    count; so can who knows that it is no smaller.) Zeros are told: nobody is in them; but where all others
    are none, the sum is the small count. Source: Hundepool et al. 2012, Statistical Disclosure
    Control.
    """
    found = np.asarray(counts, float)
    held: np.ndarray = (found > 0) & (found < step)
    if not held.any():
        return held
    if found.sum() < FEW * step:  # too few to hide among
        return np.asarray((found > 0) | (np.count_nonzero(found) == 1))
    for place in np.argsort(-found, kind="stable"):
        partners = found[held & (found >= step)]
        if held.sum() >= 2 and len(partners) and (partners - found[~held].max(initial=0)).sum() >= step:
            break
        if found[place] > 0:
            held[place] = True
    return held


def coarse_curve(curve: Curve, step: int, unit: float = 1.0) -> Curve | None:
    """A Kaplan-Meier curve of counts that rise by `step` only; None where fewer than two steps of patients or no step
    of events are left.

    The running numbers of events and of censored are rounded down to multiples of `step`, the patients to the nearest
    one; S(t) is the estimate from these. A fall stands at the next multiple of `unit` after the patient who completes
    the step. Source: rounded Kaplan-Meier estimates as OpenSAFELY releases them (docs.opensafely.org, output checking).
    """
    n = to_multiple(curve.n, step)
    gone = [np.floor(np.cumsum(part) / step) * step for part in (curve.n_event, curve.n_censor)]
    deaths, lost = (np.diff(total, prepend=0.0) for total in gone)
    if n < 2 * step or not deaths.any():
        return None
    kept = (deaths > 0) | (lost > 0)
    time = np.ceil(curve.time[kept] / unit - 1e-9) * unit
    at = np.unique(time)
    deaths, lost = (np.array([part[kept][time == t].sum() for t in at]) for part in (deaths, lost))
    risk = n - np.append(0, np.cumsum(deaths + lost))[:-1]
    good = (risk > 0) & (deaths + lost <= risk)
    at, deaths, lost, risk = (x[good] for x in (at, deaths, lost, risk))
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(deaths / (risk * (risk - deaths)))
    return Curve(at, risk, deaths, lost, np.cumprod(1 - deaths / risk), greenwood)
