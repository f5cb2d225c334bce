"""The shape of a continuous factor in a Cox model by a restricted cubic spline, and what a cut-point chosen from the
data is worth.

Sources: spline and its knots: Harrell 2015, section 2.4; cut-points: Miller and Siegmund 1982, Lausen and Schumacher
1992.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2, norm

from .cox import Maximum, NotEstimable, maximum
from .curve import SEED, nelson_aalen

QUANTILES = {3: (0.1, 0.5, 0.9), 4: (0.05, 0.35, 0.65, 0.95), 5: (0.05, 0.275, 0.5, 0.725, 0.95)}
PERMUTATIONS = 10_000
MARGIN = 0.1  # share of the subjects that a cut leaves on each side at least
_CELLS = 2_000_000  # scores held at a time: bounds the memory
_SAME = 1e-9  # of a statistic that differs by rounding alone


def spline_knots(x, number) -> np.ndarray:
    """Knots at the quantiles of x (n,) that Harrell gives for
    3, 4 or 5. Raises NotEstimable where two of them are one.
    """
    found = np.quantile(np.asarray(x, float), QUANTILES[number])
    if (np.diff(found) <= 0).any():
        raise NotEstimable("too many patients have one value", "two knots are one: take fewer knots")
    return found


def spline_basis(x, knots) -> np.ndarray:
    """(n, k - 1): x, then k - 2 cubic terms that are linear beyond
    the outer knots, each divided by the square of their distance.
    """
    x, t = np.asarray(x, float), np.asarray(knots, float)

    def cube(at):
        return np.clip(x - at, 0, None) ** 3

    last, before = t[-1], t[-2]
    terms = [
        cube(k) - cube(before) * (last - k) / (last - before) + cube(last) * (before - k) / (last - before)
        for k in t[:-2]
    ]
    return np.column_stack([x, *(term / (last - t[0]) ** 2 for term in terms)])


@dataclass(frozen=True)
class Shape:
    """A spline in a Cox model: knots (k,), coef and covariance of its terms; chi-square, degrees of freedom and P
    (likelihood ratio) of the factor as a whole, of what is not linear, and of a straight line; n, events."""

    knots: np.ndarray
    coef: np.ndarray
    covariance: np.ndarray
    overall: tuple[float, int, float]
    nonlinear: tuple[float, int, float]
    linear: tuple[float, int, float]
    n: int
    events: int

    def log_hazard(self, x, reference, level=0.95) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Log hazard ratio (m,) of each x (m,) against `reference`, with its limits."""
        apart = spline_basis(x, self.knots) - spline_basis([reference], self.knots)
        middle = apart @ self.coef
        error = np.sqrt(np.einsum("ij,jk,ik->i", apart, self.covariance, apart))
        half = norm.ppf(0.5 + level / 2) * error
        return middle, middle - half, middle + half


def fit_shape(time, event, x, knots) -> Shape:
    """Cox model (Efron ties) of the spline of x (n,) with `knots` (k,), beside the straight line and no factor.

    time (n,), event (n,) bool. Raises NotEstimable for no event, or a term without a finite estimate.
    """
    event = np.asarray(event, bool)
    if not event.any():
        raise NotEstimable("no event", "no event")
    basis = spline_basis(x, knots)
    whole, line = (_finite(maximum(time, event, columns)) for columns in (basis, basis[:, :1]))
    k = basis.shape[1]
    return Shape(
        np.asarray(knots, float),
        whole.coef,
        whole.covariance,
        _ratio(whole.loglik, whole.loglik0, k),
        _ratio(whole.loglik, line.loglik, k - 1),
        _ratio(line.loglik, line.loglik0, 1),
        len(basis),
        int(event.sum()),
    )


def _finite(found: Maximum) -> Maximum:
    if not np.isfinite(found.coef).all():
        raise NotEstimable("the model has no finite estimate", "a term of the spline has no finite estimate")
    return found


def _ratio(more, less, df) -> tuple[float, int, float]:
    statistic = max(0.0, 2 * (more - less))
    return float(statistic), df, float(chi2.sf(statistic, df))


def log_rank_scores(time, event) -> np.ndarray:
    """Event less cumulative hazard (Nelson-Aalen) at the time of each subject (n,): they sum to 0."""
    return np.asarray(event, float) - nelson_aalen(time, event)


@dataclass(frozen=True)
class CutPoint:
    """The cut that parts the subjects most: `cut` (those above it against the others), how many lie at or below; the
    largest standardized statistic; P as if the cut had been chosen before looking, P by permutation with its error, and
    P by the approximation of Lausen and Schumacher; how many cuts were tried."""

    cut: float
    below: int
    statistic: float
    p_naive: float
    p: float
    error: float
    p_approximate: float
    tried: int


def best_cut(time, event, x, margin=MARGIN, draws=PERMUTATIONS, seed=SEED) -> CutPoint:
    """The cut-point of x (n,) with the largest log-rank score statistic, and its P corrected for the search.

    margin : the share that a cut leaves on each side at least. P by permutation: x is dealt anew among the subjects,
    and the search repeated; the sample itself counts as one draw. Raises NotEstimable where no cut is possible.
    Sources: Lausen and Schumacher 1992; P of random draws: Phipson and Smyth 2010.
    """
    x = np.asarray(x, float)
    scores, order = log_rank_scores(time, event), np.argsort(x, kind="stable")
    ordered, n = x[order], len(x)
    sizes = np.flatnonzero(np.diff(ordered) > 0) + 1
    sizes = sizes[(sizes >= margin * n) & (sizes <= (1 - margin) * n)]
    spread = scores.var(ddof=1) if n > 1 else 0.0
    if not len(sizes) or not spread > 0:
        raise NotEstimable("no cut leaves enough patients on both sides", "no cut-point is possible")
    scale = np.sqrt(spread * sizes * (n - sizes) / n)
    found = np.abs(np.cumsum(scores[order])[sizes - 1] - sizes * scores.mean()) / scale
    best = int(found.argmax())
    more, top = 0, float(found[best])
    rng, each = np.random.default_rng(seed), max(1, _CELLS // n)
    for start in range(0, draws, each):
        dealt = rng.permuted(np.tile(scores, (min(each, draws - start), 1)), axis=1)
        sums = np.cumsum(dealt, axis=1)[:, sizes - 1] - sizes * scores.mean()
        more += int((np.abs(sums / scale).max(axis=1) >= top * (1 - _SAME)).sum())
    p = (more + 1) / (draws + 1)
    size = int(sizes[best])
    cut = float((ordered[size - 1] + ordered[size]) / 2)
    error = float(np.sqrt(p * (1 - p) / draws))
    large = miller_siegmund(top, margin, 1 - margin)
    return CutPoint(cut, size, top, float(2 * norm.sf(top)), p, error, large, len(sizes))


def miller_siegmund(statistic, low, high) -> float:
    """P of a largest standardized statistic over cuts that leave from `low` to `high` of the subjects below, for large
    samples.

    Source: Miller and Siegmund 1982, as in Lausen and Schumacher 1992.
    """
    if statistic < 1:
        return 1.0
    density = norm.pdf(statistic)
    span = np.log(high * (1 - low) / ((1 - high) * low))
    p = 4 * density / statistic + density * (statistic - 1 / statistic) * span
    return float(np.clip(p, 0, 1))
