"""Cox regression of any size: weights, strata, clusters, both tie rules, robust covariance, in linear time after one
sort.

The compiled loops are in kernels.py and are imported at the first fit only. A kernel is compiled once a machine and
then read from its cache.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .curve import LARGE
from .likelihood import PartialLikelihood, climb, score_residuals
from .times import begins

_EXPLAINED = (
    1e-12  # share of a column's variance that is left by the columns before it, or by the strata: none but rounding
)
_FEW = 1000  # rows up to which numpy does what the kernels do: their import costs more than it saves
_DEPENDENT = 1e-9  # eigenvalue of the information, scaled to a unit diagonal, that is rounding
_MORE = 25  # steps of a coefficient that runs to infinity: each adds one to its exponent
_POLISHED = 1e-10  # last Newton step, in standard deviations


@dataclass(frozen=True)
class CoxFit:
    """coef (k,), covariance (k, k) from the information, robust_covariance (k, k) or None, log partial likelihood at
    the estimate and at 0, Newton iterations."""

    coef: np.ndarray
    covariance: np.ndarray
    robust_covariance: np.ndarray | None
    loglik: float
    loglik0: float
    iterations: int

    @property
    def sandwich(self) -> np.ndarray:
        """robust_covariance. Raises ValueError where it was not asked for."""
        if self.robust_covariance is None:
            raise ValueError("fitted without `robust` or `clusters`: no robust covariance")
        return self.robust_covariance


@dataclass(frozen=True)
class Sampling:
    """How rows were sampled and belong together: weights (n,) of 0 or more (rows of weight 0 are left out); strata,
    clusters (n,) labels; each None without."""

    weights: ArrayLike | None = None
    strata: ArrayLike | None = None
    clusters: ArrayLike | None = None

    def named(self) -> dict[str, ArrayLike]:
        """Those that are given, by name."""
        every = {"weights": self.weights, "strata": self.strata, "clusters": self.clusters}
        return {name: values for name, values in every.items() if values is not None}


PLAIN = Sampling()


def cox_fit(time, event, x, weights=None, ties="efron", robust=False, **groups: ArrayLike | None) -> CoxFit:
    """Cox model of any size.

    time (n,) in any unit; event (n,) True where seen; x (n, k) numbers; weights (n,) of 0 or more (rows of weight 0 are
    left out); ties efron or breslow; groups : strata, clusters (n,) labels. `robust` (or `clusters`) adds the sandwich
    covariance. Raises ValueError, with the number of the column and what to do, for missing or infinite values,
    negative weights, and NotEstimable, one of them, for no event, a constant or collinear column, and a coefficient
    that runs to infinity. Sources: Cox 1972; Efron 1977; Breslow 1974; Lin and Wei 1989; weights and ties as Therneau
    and Grambsch 2000.
    """
    data = _checked(time, event, x, Sampling(weights, **groups), ties)
    likelihood = data.likelihood()
    found = climb(likelihood, data.x.shape[1])
    _refuse_untold(found, data)
    beta, loglik, score, info, iterations = found.beta, found.loglik, found.score, found.info, found.iterations
    for _ in range(3):  # the likelihood settles before the estimate does, the more so the larger the sample
        step = np.linalg.solve(info, score)
        if np.abs(step).max() < _POLISHED:
            break
        beta = beta + step
        loglik, score, info = likelihood(beta)
        iterations += 1
    covariance, unit = np.linalg.inv(info), np.outer(data.scale, data.scale)
    sandwich = data.sandwich(beta, covariance) / unit if robust or data.cluster is not None else None
    return CoxFit(beta / data.scale, covariance / unit, sandwich, float(loglik), float(found.loglik0), iterations)


def _refuse_untold(found, data):
    """NotEstimable for a coefficient that runs to infinity or a column that does not vary where events happen."""
    if found.diverging.any():
        column = int(np.flatnonzero(found.diverging)[0])
        raise NotEstimable(
            "its coefficient runs to infinity, as it orders the events without exception",
            f"column {column} of x: its coefficient runs to infinity, as it orders the events without exception: "
            "leave it out, merge its levels, or use a penalized model",
        )
    column = _dependent(found.info, _EXPLAINED, whole=np.full(len(found.info), data.weight[data.dead].sum()))
    if column is not None:
        raise NotEstimable(
            "it does not vary where events happen",
            f"column {column} of x: it does not vary where events happen (within strata, given the columns before it): "
            "leave it out or change the strata",
        )


class NotEstimable(ValueError):
    """A model without a finite estimate. `reason` says why in
    a few words; the message adds the column and what to do.
    """

    def __init__(self, reason, message):
        super().__init__(message)
        self.reason = reason


def likelihood(time, event, x, ties="efron"):
    """Log partial likelihood, score and information as a function of beta (k,); the rows are sorted once.

    time (n,), event (n,) bool, x (n, k); in numpy below LARGE rows, else compiled.
    """
    if len(time) < LARGE:
        return PartialLikelihood(time, event, x, ties)
    return _Sorted(time, event, np.asarray(x, float), efron=ties == "efron", standardize=False).likelihood()


def clocked_sums(time, event, x, beta, clock):
    """Log-likelihood, score, information; score times g, information
    times g and g^2, for g = clock (n,) at each death.
    """
    if len(time) < LARGE:
        return PartialLikelihood(time, event, x).clocked(beta, clock)
    from .kernels import clocked_sweep

    data = _Sorted(time, event, np.asarray(x, float), standardize=False)
    return clocked_sweep(data.arrays(), np.asarray(beta, float), True, np.ascontiguousarray(clock[data.order]))


@dataclass(frozen=True)
class Maximum:
    """Where the partial likelihood of k columns is highest, as far as the data tell.

    coef, se (k,): NaN where there is no estimate; unknown (k,) bool: the column, or a mixture with others, does not
    vary among those at risk when an event happens; idle (k,) bool: it does not by itself; diverging (k,) bool: the
    coefficient runs to infinity, the others stand at their limit; used: the columns that were fitted, as many as the
    information has ranks; beta (used,) where the climb ended; loglik there and loglik0 at 0.
    """

    coef: np.ndarray
    se: np.ndarray
    unknown: np.ndarray
    idle: np.ndarray
    diverging: np.ndarray
    used: np.ndarray
    beta: np.ndarray
    covariance: np.ndarray
    loglik: float
    loglik0: float

    @property
    def rank(self) -> int:
        """Degrees of freedom of the model: the rank of its information."""
        return len(self.used)


def maximum(time, event, x, ties="efron") -> Maximum:
    """The highest partial likelihood of x (n, k) and which coefficients it tells; never raises for singular or
    separated x.

    time (n,), event (n,) bool with an event. covariance (used, used) belongs to the columns `used`. Sources: as
    cox_fit.
    """
    return highest(lambda z: likelihood(time, event, z, ties), x, int(np.sum(event)))


def highest(make, x, events) -> Maximum:
    """`maximum` of any partial likelihood. make : standardized x (n, k) -> likelihood as a function of beta (k,);
    events : how many x is judged by."""
    x, k = np.asarray(x, float), np.shape(x)[1]
    centre, scale = x.mean(axis=0), x.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    z = (x - centre) / scale
    loglik0, _, info = make(z)(np.zeros(k))
    used, unknown, idle = _told(info, events)
    at = make(z[:, used])
    found = climb(at, len(used), steps=60)
    beta, loglik, info = _polished(at, found)
    covariance = _inverse(info) / np.outer(scale[used], scale[used])
    coef, se, diverging = np.full(k, np.nan), np.full(k, np.nan), np.zeros(k, bool)
    diverging[used] = found.diverging
    coef[used], se[used] = beta / scale[used], np.sqrt(np.maximum(np.diag(covariance), 0.0))
    coef[unknown | diverging] = se[unknown | diverging] = np.nan
    return Maximum(
        coef, se, unknown, idle, diverging, used, beta / scale[used], covariance, float(loglik), float(loglik0)
    )


def _polished(at, found):
    """beta, log-likelihood, information after more Newton steps: the likelihood settles before the estimate does, the
    more so the larger the sample, and each step brings finite coefficients nearer to the limit of those that run
    away."""
    beta, loglik, score, info = found.beta, found.loglik, found.score, found.info
    for _ in range(_MORE if found.diverging.any() else 3):
        step = np.linalg.lstsq(info, score, rcond=None)[0]
        if np.abs(step[~found.diverging]).max(initial=0) < _POLISHED:
            break
        new = at(beta + step)
        if not (np.isfinite(new[2]).all() and new[0] >= loglik - 1e-9 * max(1.0, abs(loglik))):
            break
        beta, (loglik, score, info) = beta + step, new
    return beta, loglik, info


def _told(info, events) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Columns to fit, one for each rank of the information (k, k) of standardized columns; which coefficients it does
    not tell (k,) bool; which columns do not vary in any risk set (k,) bool."""
    k = len(info)
    idle = ~(np.diag(info) > _EXPLAINED * 100 * events)
    unknown, kept = idle.copy(), np.flatnonzero(~idle)
    if not len(kept):
        return kept, unknown, idle
    scale = np.sqrt(np.diag(info)[kept])
    correlation = info[np.ix_(kept, kept)] / np.outer(scale, scale)
    values, vectors = np.linalg.eigh(correlation)
    unknown[kept] |= (np.abs(vectors[:, values < _DEPENDENT]) > 1e-5).any(axis=1)
    used, rest = [], correlation.copy()
    for j in range(len(kept)):
        if rest[j, j] > _DEPENDENT:
            used.append(kept[j])
            rest[j + 1 :, j + 1 :] -= np.outer(rest[j + 1 :, j], rest[j, j + 1 :]) / rest[j, j]
    return np.array(used, int), unknown[:k], idle


def _inverse(info) -> np.ndarray:
    """Inverse of an information (k, k), scaled to a unit diagonal first, so that a column whose information has run
    out, because its coefficient runs to infinity, leaves the others as they are."""
    if not len(info):
        return info
    scale = np.sqrt(np.maximum(np.diag(info), np.finfo(float).tiny))
    return np.linalg.pinv(info / np.outer(scale, scale), rcond=1e-14, hermitian=True) / np.outer(scale, scale)


class _Sorted:
    """The rows in the order that the kernels want, x standardized (its standard deviations in `scale`)."""

    def __init__(self, time, event, x, sampling=PLAIN, efron=True, standardize=True):
        weight, stratum, cluster = sampling.weights, sampling.strata, sampling.clusters
        time, event = np.array(time, float), np.asarray(event, bool)
        order = np.argsort(-time, kind="stable")
        rising = time[order][::-1]
        first = begins(rising)
        time[order] = rising[first][np.cumsum(first) - 1][::-1]
        if stratum is not None:
            order = order[np.argsort(stratum[order], kind="stable")]
        self.order, self.time, self.dead, self.efron = order, time[order], event[order], efron
        self.x = np.ascontiguousarray(np.asarray(x, float)[order])
        self.scale = np.ones(self.x.shape[1])
        if standardize:
            self.x -= self.x.mean(axis=0)
            spread = self.x.std(axis=0)
            self.scale = np.where(spread > 0, spread, 1.0)
            self.x /= self.scale
        self.weight = np.ones(len(time)) if weight is None else weight[order]
        self.stratum = np.zeros(len(time), np.int64) if stratum is None else stratum[order]
        self.cluster = None if cluster is None else cluster[order]

    def arrays(self):
        """The rows for the kernels."""
        from .kernels import Rows

        return Rows(self.time, self.stratum, self.dead, self.weight, self.x)

    def _plain(self):
        """Whether the loops in numpy serve: few rows, and none of what only the kernels know."""
        return len(self.time) <= _FEW and self.efron and not self.stratum.any() and (self.weight == 1).all()

    def likelihood(self):
        if self._plain():
            return PartialLikelihood(self.time, self.dead, self.x)
        from .kernels import sweep

        rows = self.arrays()
        return lambda beta: sweep(rows, np.asarray(beta, float), self.efron)

    def sandwich(self, beta, covariance) -> np.ndarray:
        """Robust covariance (k, k) on the scale of the standardized columns, rows of a cluster together."""
        influence = self.residuals(beta) * self.weight[:, None]
        if self.cluster is not None:
            influence = np.column_stack([np.bincount(self.cluster, column) for column in influence.T])
        influence = influence @ covariance
        return influence.T @ influence

    def residuals(self, beta):
        """Score residuals (n, k), not multiplied by the weights."""
        if self._plain():
            return score_residuals(self.time, self.dead, self.x, beta)
        from .kernels import residuals

        return residuals(self.arrays(), beta, self.efron)


def _checked(time, event, x, sampling, ties) -> _Sorted:
    """The sorted rows, or the ValueErrors of cox_fit."""
    if ties not in ("efron", "breslow"):
        raise ValueError(f"no tie rule {ties}: efron or breslow")
    time, x = np.asarray(time, float), np.asarray(x, float)
    x = x[:, None] if x.ndim == 1 else x
    known = np.asarray(event, float)
    _same_size(time, {"event": known, "x": x, **sampling.named()})
    for j in range(x.shape[1]):
        _finite(x[:, j], f"column {j} of x")
    _finite(time, "time")
    _finite(known, "event")
    if not np.isin(known, (0, 1)).all():
        raise ValueError("event holds other values than True and False (1 and 0): code it so")
    kept, sampling = _weighed(sampling, len(time))
    time, event, x = time[kept], known[kept] == 1, x[kept]
    if not event.any():
        message = "no event: every row is censored, so there is nothing to estimate; check the coding of event"
        raise NotEstimable("no event", message)
    for j in range(x.shape[1]):
        if np.ptp(x[:, j]) == 0:
            raise NotEstimable("the same value in every row", f"column {j} of x is constant: leave it out")
    data = _Sorted(time, event, x, sampling, ties == "efron")
    column = _dependent(data.x.T @ data.x, _EXPLAINED)
    if column is not None and np.linalg.matrix_rank(data.x[:, : column + 1]) <= column:
        message = f"column {column} of x is collinear with the columns before it: leave it or one of them out"
        raise NotEstimable("collinear with the other variables", message)
    return data


def _weighed(sampling, n) -> tuple[np.ndarray, Sampling]:
    """Which of n rows have a weight (n,) bool, and the weights and the codes of strata and clusters of those."""
    codes = {name: _codes(labels, name) for name, labels in sampling.named().items() if name != "weights"}
    if sampling.weights is None:
        return np.ones(n, bool), Sampling(None, **codes)
    weights = np.asarray(sampling.weights, float)
    _finite(weights, "weights")
    if (weights < 0).any():
        raise ValueError(f"weights: {(weights < 0).sum()} below 0: weights are 0 or more")
    kept = weights > 0
    return kept, Sampling(weights[kept], **{name: values[kept] for name, values in codes.items()})


def _same_size(time, columns):
    """ValueError where a column has not a row for each time."""
    for name, values in columns.items():
        if len(values) != len(time):
            raise ValueError(f"{name} has {len(values)} rows and time has {len(time)}: give one row a subject")


def _finite(values, name):
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise ValueError(
            f"{name}: {len(bad)} missing or infinite values, the first in row {bad[0]}: leave these rows out or fill"
            " them in"
        )


def _codes(labels, name):
    codes = pd.factorize(np.asarray(labels))[0].astype(np.int64)
    if (codes < 0).any():
        raise ValueError(f"{name}: {(codes < 0).sum()} missing labels: leave these rows out or name a level for them")
    return codes


def _dependent(gram, share, whole=None):
    """The first column that keeps no more than `share` of `whole`
    (its own square) after the columns before it, or None.
    """
    rest, whole = gram.copy(), np.diag(gram) if whole is None else whole
    for j in range(len(gram)):
        if not rest[j, j] > share * whole[j]:
            return j
        rest[j + 1 :, j + 1 :] -= np.outer(rest[j + 1 :, j], rest[j, j + 1 :]) / rest[j, j]
    return None
