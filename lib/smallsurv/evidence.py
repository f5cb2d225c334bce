"""Patients of several studies in one Cox model, and the studies' own models put together; a study may be known only by
several drawn versions of its patients, or by the sums of its partial likelihood that were mailed.

Sources: strata: Kalbfleisch and Prentice 2002, section 4.4; versions as imputations: Rubin 1987, Barnard and Rubin
1999; two stages: see smallsurv.meta.pool.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from .cox import NotEstimable, cox_fit, likelihood, maximum
from .imputation import Pooled, rubin
from .likelihood import climb
from .pooled import SETTLED, CoxSums, Round, cox_sums

_MOVES = 20  # times that the nearest answer is looked for anew


@dataclass(frozen=True, eq=False)
class Version:
    """Patients of a study: time (n,) in any unit, event (n,) bool, x (n, k)."""

    time: np.ndarray
    event: np.ndarray
    x: np.ndarray


@dataclass(frozen=True, eq=False)
class Mailed:
    """A study of which only sums are known: log-likelihood, score and information of its own stratified Cox model at
    the coefficients that were asked (rounds, one of them at its own maximum).

    places (q, k): its coefficients (q,) made of those of all studies (k,); contrasts (k, q): the reverse, NaN where it
    does not tell one.
    """

    rounds: Sequence[Round]
    places: np.ndarray
    contrasts: np.ndarray

    def near(self, beta) -> tuple[Round, float]:
        """The answer whose coefficients are nearest to beta (k,), and how far, in standard errors of this study."""
        apart = [self.places @ beta - r.beta for r in self.rounds]
        far = [float(np.sqrt(max(0.0, d @ r.sums.info @ d))) for d, r in zip(apart, self.rounds, strict=True)]
        best = int(np.argmin(far))
        return self.rounds[best], far[best]

    def sums(self, beta, answer: Round) -> CoxSums:
        """What it adds at beta (k,): exact at the coefficients of `answer`, a quadratic around them elsewhere."""
        apart, asked = self.places @ beta - answer.beta, answer.sums
        score = asked.score - asked.info @ apart
        loglik = asked.loglik + (asked.score - asked.info @ apart / 2) @ apart
        turned = self.places.T @ asked.info @ self.places
        return CoxSums(float(loglik), self.places.T @ score, turned, asked.events)

    @property
    def own(self) -> tuple[np.ndarray, np.ndarray]:
        """Its own coefficients (k,) and their standard errors, at its maximum; NaN where it does not tell them."""
        top = max(self.rounds, key=lambda r: r.sums.loglik)
        known = np.isfinite(self.contrasts).all(axis=1)
        turn = np.where(known[:, None], self.contrasts, 0.0)
        told = known & ~(turn[:, ~top.known] != 0).any(axis=1)
        variance = np.einsum("kq,qp,kp->k", turn, np.nan_to_num(top.covariance), turn)
        return np.where(told, turn @ top.beta, np.nan), np.where(told, np.sqrt(variance), np.nan)


@dataclass(frozen=True, eq=False)
class OneStage:
    """One model of all studies, stratified by study: its coefficients, and which share (studies, k) of the information
    about each coefficient, at the estimate, each study carries; away (studies,): how far from the estimate the nearest
    answer of a mailed study lies, in its standard errors, 0 of the others; stretched (studies,): the same, farthest, of
    the estimates of the single versions."""

    fit: Pooled
    carried: np.ndarray
    away: np.ndarray
    stretched: np.ndarray

    @property
    def exact(self) -> bool:
        """Whether mailed studies have answered at every estimate itself."""
        return bool((self.stretched <= SETTLED).all())


def one_stage(studies: Sequence[Sequence[Version] | Mailed]) -> OneStage:
    """The Cox model (Efron ties) of all patients, stratified by study (a mailed one by its centres). studies : of each
    its versions, one or more, or its mailed sums.

    As many fits are put together by Rubin's rules as the study with the fewest versions, of those that have several,
    has; degrees of freedom without drawing: events less k. Without any, the interval is normal. Raises NotEstimable
    where a fit has no finite estimate.
    """
    several = [len(v) for v in studies if not isinstance(v, Mailed) and len(v) > 1]
    drawn = [[v if isinstance(v, Mailed) else v[j % len(v)] for v in studies] for j in range(min(several, default=1))]
    fits = [_stacked(tables) for tables in drawn]
    coef, variance = np.array([f[0] for f in fits]), np.array([np.diag(f[1]) for f in fits])
    events = int(np.mean([sum(_events(table) for table in tables) for tables in drawn]))
    fit = _together(coef, variance, events)
    info = np.array([[np.diag(_sums(v, fit.coef).info) for v in tables] for tables in drawn]).mean(axis=0)
    far = np.array([[v.near(b)[1] if isinstance(v, Mailed) else 0.0 for b in (fit.coef, *coef)] for v in studies])
    return OneStage(fit, info / info.sum(axis=0), far[:, 0], far[:, 1:].max(axis=1))


def _events(table) -> int:
    return table.rounds[-1].sums.events if isinstance(table, Mailed) else int(table.event.sum())


def _sums(table, beta) -> CoxSums:
    if isinstance(table, Mailed):
        return table.sums(beta, table.near(beta)[0])
    return cox_sums(table.time, table.event, table.x, beta)


def _stacked(tables) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients (k,) and covariance (k, k) of one version of all studies."""
    if any(isinstance(table, Mailed) for table in tables):
        return _joint(tables)
    strata = np.repeat(np.arange(len(tables)), [len(table.time) for table in tables])
    fit = cox_fit(
        *(np.concatenate([getattr(t, name) for t in tables]) for name in ("time", "event", "x")), strata=strata
    )
    return fit.coef, fit.covariance


def _joint(tables) -> tuple[np.ndarray, np.ndarray]:
    """As _stacked, with mailed sums: the climb is repeated with their nearest answers until these stay the same."""
    mailed = [t for t in tables if isinstance(t, Mailed)]
    rows = [t for t in tables if not isinstance(t, Mailed) and t.event.any()]
    parts = [likelihood(t.time, t.event, t.x - t.x.mean(axis=0)) for t in rows]
    beta, near = np.zeros(mailed[0].places.shape[1]), [m.rounds[0] for m in mailed]
    info = np.zeros((len(beta), len(beta)))
    for _ in range(_MOVES):

        def total(at, near=near):
            told = [m.sums(at, answer) for m, answer in zip(mailed, near, strict=True)]
            every = [part(at) for part in parts] + [(s.loglik, s.score, s.info) for s in told]
            return tuple(sum(each) for each in zip(*every, strict=True))

        beta, info = _top(total, len(beta))
        found = [m.near(beta)[0] for m in mailed]
        if all(a is b for a, b in zip(found, near, strict=True)):
            break
        near = found
    return beta, np.linalg.inv(info)


def _top(total, k) -> tuple[np.ndarray, np.ndarray]:
    """Where `total` is highest (k,), and the information there (k, k). Raises NotEstimable where that is nowhere."""
    start = Round(np.zeros(k), CoxSums(*total(np.zeros(k))))
    if not start.known.all() or start.singular:
        raise NotEstimable("it does not vary where events happen", "a level is compared in no study")
    found = climb(total, k)
    if found.diverging.any():
        raise NotEstimable("its coefficient runs to infinity", "a coefficient runs to infinity")
    beta, info = found.beta, found.info
    for _ in range(3):  # the likelihood settles before the estimate does
        _, score, info = total(beta)
        beta = beta + np.linalg.solve(info, score)
    return beta, total(beta)[2]


def _together(coef, variance, events) -> Pooled:
    if len(coef) > 1:
        return rubin(coef, variance, max(events - coef.shape[1], 1))
    se = np.sqrt(variance[0])
    half, none = norm.ppf(0.975) * se, np.zeros(len(se))
    p = 2 * norm.sf(np.abs(coef[0] / se))
    return Pooled(coef[0], se, none + np.inf, coef[0] - half, coef[0] + half, p, none, 1)


def study_effects(studies: Sequence[Sequence[Version] | Mailed], j=0) -> pd.DataFrame:
    """The coefficient j of each study's own model, as smallsurv.meta.pool takes them: study (its number), effect, se.

    effect, se : NaN where the study does not tell it; over versions by Rubin's rules, NaN where one of them does not.
    """
    return pd.DataFrame(
        [(i, *_own(versions, j)) for i, versions in enumerate(studies)], columns=["study", "effect", "se"]
    )


def _own(versions, j) -> tuple[float, float]:
    if isinstance(versions, Mailed):
        effect, se = versions.own
        return float(effect[j]), float(se[j])
    if not all(v.event.any() for v in versions):
        return np.nan, np.nan
    fits = [maximum(v.time, v.event, v.x) for v in versions]
    coef, variance = np.array([[f.coef[j]] for f in fits]), np.array([[f.se[j] ** 2] for f in fits])
    if not (np.isfinite(coef).all() and (variance > 0).all()):
        return np.nan, np.nan
    found = _together(coef, variance, int(np.mean([v.event.sum() for v in versions])))
    return float(found.coef[0]), float(found.se[0])
