"""The outcome of one arm in another population that is known by its printed baseline alone: a model of the outcome,
averaged over patients drawn as printed (simulated treatment comparison); and relative effects through a common
comparator.

Sources: Caro and Ishak 2010, doi:10.2165/11537420-000000000-00000; Ishak, Proskorovsky and Benedict 2015,
doi:10.1007/s40273-015-0271-1; centred covariates, anchored comparison: Phillippo et al. 2016 (NICE DSU TSD 18);
averaging in place of the mean patient: Remiro-Azócar, Heath and Baio 2022, doi:10.1002/jrsm.1565.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, rankdata

from .adjusted import entropy_weights
from .cox import NotEstimable, cox_fit, maximum
from .curve import SEED
from .external import beside, external_contrasts
from .likelihood import RiskSets
from .times import reached
from .weights import with_constant

POWER = 9  # 2 to this power patients are drawn
_STEPS, _SETTLED, _TINY = 60, 1e-12, 1e-300
_LEAST = 1e-8  # eigenvalue of a correlation that is raised to this


@dataclass(frozen=True, eq=False)
class Margin:
    """One covariate. values (n,) of the own patients: numbers, or codes of levels from 0, the reference; there: the
    mean and sd of a number in the other population, or the shares (levels,) of all levels."""

    values: np.ndarray
    mean: float = np.nan
    sd: float = np.nan
    shares: np.ndarray | None = None

    def columns(self, values) -> np.ndarray:
        """(m, 1) of numbers; of codes an indicator of each level but the reference that anybody has here or there."""
        if self.shares is None:
            return np.asarray(values, float)[:, None]
        here = [k for k in range(1, len(self.shares)) if self.shares[k] > 0 or (self.values == k).any()]
        return (np.asarray(values)[:, None] == here).astype(float)

    def placed(self, score) -> np.ndarray:
        """The values (m,) of normal scores (m,) in the other population."""
        if self.shares is None:
            return self.mean + self.sd * score
        edges = np.cumsum(self.shares)[:-1] / np.sum(self.shares)
        return (norm.cdf(score)[:, None] >= edges - 1e-12).sum(axis=1)


def drawn_population(margins: Sequence[Margin], power=POWER, seed=SEED) -> tuple[np.ndarray, np.ndarray]:
    """The design of the own patients (n, k), and of 2^power patients (m, k) drawn as printed: normal numbers and
    levels of the printed shares, that hang together as in the own patients (normal copula, Spearman's correlation).

    Scrambled Sobol points, seeded. Raises NotEstimable for a level that the other population has and nobody here.
    """
    from scipy.stats.qmc import Sobol

    for margin in margins:
        for level, share in enumerate(() if margin.shares is None else margin.shares):
            if share > 0 and not (margin.values == level).any():
                raise NotEstimable("a printed level that nobody here has", f"level {level}: nobody here has it")
    uniform = Sobol(len(margins), rng=np.random.default_rng(seed)).random_base2(power)
    scores = norm.ppf(np.clip(uniform, 1e-9, 1 - 1e-9)) @ _root(_correlation(margins)).T
    own = np.hstack([margin.columns(margin.values) for margin in margins])
    there = [margin.columns(margin.placed(score)) for margin, score in zip(margins, scores.T, strict=True)]
    return own, np.hstack(there)


def _correlation(margins) -> np.ndarray:
    """Of normal scores (k, k), from the ranks of the own values: what ties take of a rank correlation is given back
    (divided by the root of 1 less the sum of the cubed shares of equal values); 0 for what does not vary."""
    ranks = np.array([rankdata(margin.values) for margin in margins], float)
    apart = ranks - ranks.mean(axis=1, keepdims=True)
    size = np.sqrt((apart**2).sum(axis=1))
    n = ranks.shape[1]
    tied = np.array([1 - ((np.unique(row, return_counts=True)[1] / n) ** 3).sum() for row in ranks])
    size = size * np.sqrt(tied)
    spearman = np.divide(apart @ apart.T, np.outer(size, size), out=np.zeros((len(size),) * 2), where=size > 0)
    found = 2 * np.sin(np.pi / 6 * np.clip(spearman, -0.99, 0.99))
    np.fill_diagonal(found, 1.0)
    return found


def _root(correlation) -> np.ndarray:
    values, vectors = np.linalg.eigh(correlation)
    near = (vectors * np.maximum(values, _LEAST)) @ vectors.T
    scale = np.sqrt(np.diag(near))
    return np.linalg.cholesky(near / np.outer(scale, scale))


def averaged_survival(time, event, x, populations) -> tuple[np.ndarray, list[np.ndarray]]:
    """Times of events (d,), and for each of `populations` (m, k) the mean of its patients' S(t) then (d,), by the Cox
    model (Efron ties, baseline hazard likewise) of time (n,), event (n,) bool, x (n, k).

    Raises NotEstimable for no event or a coefficient without a finite estimate.
    """
    at, curves, _ = _averaged(time, event, x, populations)
    return at, curves


def predicted_survival(time, event, x, populations, at) -> list[np.ndarray]:
    """For each of `populations` (m, k) the share (m,) of patients like each who are free of the event at `at`, by the
    Cox model of averaged_survival, which says what is raised."""
    centre = np.mean(x, axis=0)
    times, (mean,), coef = _averaged(time, event, x, [centre[None, :]])
    index = int(reached(times, np.array([float(at)]))[0])
    hazard = -np.log(mean[index]) if index >= 0 else 0.0
    return [np.exp(-hazard * np.exp((np.asarray(people, float) - centre) @ coef)) for people in populations]


def _averaged(time, event, x, populations):
    """averaged_survival, and the coefficients (k,)."""
    event = np.asarray(event, bool)
    if not event.any():
        raise NotEstimable("no event", "no event: every row is censored")
    fit = maximum(time, event, x)
    if not np.isfinite(fit.coef).all():
        raise NotEstimable("a coefficient has no finite estimate", "a coefficient has no finite estimate")
    sets, centre = RiskSets(time, event), np.mean(x, axis=0)
    risk = np.exp((x - centre) @ fit.coef)
    steps = 1 / sets.at_risk(risk[sets.order])
    at = np.asarray(time, float)[sets.order][sets.dead][sets.starts][::-1]
    hazard = np.cumsum(np.add.reduceat(steps, sets.starts)[::-1])
    every = [np.exp((people - centre) @ fit.coef) for people in populations]
    return at, [np.exp(-np.outer(ratio, hazard)).mean(axis=0) for ratio in every], fit.coef


def as_rows(at, survival, end, size) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows (time, event, weight), of the weight `size` in all, whose Kaplan-Meier curve falls to survival (d,) at the
    times (d,): an event where it falls, who is left censored at `end`."""
    falls = -np.diff(np.append(1.0, survival))
    weight = size * np.append(falls, survival[-1])
    return np.append(at, max(end, at[-1])), np.append(np.ones(len(at), bool), False), weight


def simulated_contrasts(own, control, x, drawn, times=(), tau=np.inf) -> np.ndarray:
    """external_contrasts of the own arm, as its outcome model puts it into the other population, and the control.

    own, control : (time, event); x (n, k) of the own, drawn (m, k): as of drawn_population. The own arm stands without
    censoring up to its last time. Raises NotEstimable as averaged_survival.
    """
    at, (survival,) = averaged_survival(own[0], own[1], x, [drawn])
    time, event, weight = as_rows(at, survival, np.max(own[0]), len(own[0]))
    kept = weight > 0
    sample = beside((time[kept], event[kept]), control, np.empty((kept.sum(), 0)), times, tau)
    every = np.concatenate([weight[kept], np.ones(len(control[0]))])
    return external_contrasts(sample, every[sample.order])


def simulated_bootstrap(own, control, x, drawn, times=(), tau=np.inf, replicates=1000, seed=SEED) -> np.ndarray:
    """simulated_contrasts of resamples (replicates, 1 + t + 1) of both arms, with a model each; NaN where there is
    none. The drawn patients stay: the printed baseline is taken for known."""
    rng, found = np.random.default_rng(seed), np.full((replicates, len(times) + 2), np.nan)
    own, control = (tuple(map(np.asarray, side)) for side in (own, control))
    for b in range(replicates):
        i, j = (rng.integers(len(side[0]), size=len(side[0])) for side in (own, control))
        try:
            sides = tuple(v[i] for v in own), tuple(v[j] for v in control)
            found[b] = simulated_contrasts(*sides, x[i], drawn, times, tau)
        except NotEstimable:
            continue
    return found


def averaged_response(answer, x, drawn, count=None) -> float:
    """Share of responders in the other population by a logistic model of answer (n,) bool on x (n, k), averaged over
    drawn (m, k); NaN without a finite model. count (n,): how often each row counts."""
    from .kernels import propensity

    n, m = len(answer), len(drawn)
    count = np.ones(n, np.int64) if count is None else np.asarray(count, np.int64)
    every, share = np.concatenate([count, np.zeros(m, np.int64)]), np.empty(n + m)
    answers = np.concatenate([np.asarray(answer, bool), np.zeros(m, bool)])
    finite = propensity(every, answers, with_constant(np.vstack([x, drawn])), share)
    return float(share[n:].mean()) if finite else np.nan


def anchored_effects(time, event, treated, x, drawn, modifiers) -> np.ndarray:
    """Log hazard ratio of the treated against the comparator in the other population: of both averaged curves, and of
    a patient with its means. modifiers (k,) bool: columns of x (n, k) that may change the effect.

    The averaged ratio is that of a Cox model (Breslow) of both curves without censoring up to the last time. Raises
    NotEstimable as averaged_survival.
    """
    treated, centre = np.asarray(treated, float), np.mean(drawn, axis=0)

    def design(given, people):
        return np.column_stack([given, people - centre, (people - centre)[:, modifiers] * given[:, None]])

    whole, sides = design(treated, x), [design(np.full(len(drawn), g), drawn) for g in (0.0, 1.0)]
    _, curves, coef = _averaged(time, event, whole, sides)
    return np.array([_ratio_of_curves(*curves), coef[0]])


def _ratio_of_curves(control, treated) -> float:
    """The log hazard ratio of a Cox model (Breslow) of two curves (d,) without censoring, as many patients in each;
    infinite where one of them does not fall."""
    before = [np.append(1.0, s[:-1]) for s in (control, treated)]
    falls = [b - s for b, s in zip(before, (control, treated), strict=True)]
    whole, beta = falls[0] + falls[1], 0.0
    if not min(f.sum() for f in falls) > 0:
        return np.inf if falls[1].sum() > 0 else -np.inf
    for _ in range(_STEPS):
        share = 1 / (1 + before[0] / np.maximum(before[1], _TINY) * np.exp(-beta))
        step = (falls[1].sum() - whole @ share) / (whole @ (share * (1 - share)))
        beta += float(np.clip(step, -1, 1))
        if abs(step) < _SETTLED:
            break
    return beta


def anchored_contrasts(own, treated, x, drawn, modifiers, met) -> np.ndarray:
    """Log hazard ratios (4,) of the treated against the comparator: as they are, weighted, and both of
    anchored_effects; NaN where there is none. met : what weights are to meet (n, j) and its means (j,)."""
    time, event = own
    found, arm = np.full(4, np.nan), np.asarray(treated, float)
    for place, weight in enumerate((np.ones(len(time)), entropy_weights(*met))):
        if weight is not None:
            with suppress(NotEstimable):
                found[place] = cox_fit(time, event, arm, weight).coef[0]
    with suppress(NotEstimable):
        found[2:] = anchored_effects(time, event, treated, x, drawn, modifiers)
    return found


def anchored_bootstrap(own, treated, x, drawn, modifiers, met, replicates=1000) -> np.ndarray:
    """anchored_contrasts of resamples (replicates, 4) of both own arms, each by itself. Seeded."""
    rng, found = np.random.default_rng(SEED), np.full((replicates, 4), np.nan)
    sides = [np.flatnonzero(np.asarray(treated, bool) == side) for side in (False, True)]
    (time, event), (design, target), treated = own, met, np.asarray(treated, bool)
    for b in range(replicates):
        i = np.concatenate([rng.choice(rows, len(rows)) for rows in sides])
        found[b] = anchored_contrasts((time[i], event[i]), treated[i], x[i], drawn, modifiers, (design[i], target))
    return found


def less_printed(draws, effect, error, seed=SEED) -> np.ndarray:
    """Draws (replicates, k) of log ratios against a comparator, less those of a printed ratio against the same one,
    drawn from the normal distribution of `effect` and its error. Source: Bucher et al. 1997."""
    return draws - np.random.default_rng([seed, 1]).normal(effect, error, len(draws))[:, None]
