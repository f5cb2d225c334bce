"""Patients of several studies in one Cox model, and the studies' own models put together; a study may be known only by
several drawn versions of its patients.

Sources: strata: Kalbfleisch and Prentice 2002, section 4.4; versions as imputations: Rubin 1987, Barnard and Rubin
1999; two stages: see smallsurv.meta.pool.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from .cox import cox_fit, maximum
from .imputation import Pooled, rubin
from .pooled import cox_sums


@dataclass(frozen=True, eq=False)
class Version:
    """Patients of a study: time (n,) in any unit, event (n,) bool, x (n, k)."""

    time: np.ndarray
    event: np.ndarray
    x: np.ndarray


@dataclass(frozen=True, eq=False)
class OneStage:
    """One model of all studies, stratified by study: its coefficients, and which share (studies, k) of the information
    about each coefficient, at the estimate, each study carries."""

    fit: Pooled
    carried: np.ndarray


def one_stage(studies: Sequence[Sequence[Version]]) -> OneStage:
    """The Cox model (Efron ties) of all patients, stratified by study. studies : of each its versions, one or more.

    As many fits are put together by Rubin's rules as the study with the fewest versions, of those that have several,
    has; degrees of freedom without drawing: events less k. Without any, the interval is normal. Raises NotEstimable
    where a fit has no finite estimate.
    """
    several = [len(versions) for versions in studies if len(versions) > 1]
    drawn = [[versions[j % len(versions)] for versions in studies] for j in range(min(several, default=1))]
    fits = [_stacked(tables) for tables in drawn]
    coef, variance = np.array([f.coef for f in fits]), np.array([np.diag(f.covariance) for f in fits])
    events = int(np.mean([sum(table.event.sum() for table in tables) for tables in drawn]))
    fit = _together(coef, variance, events)
    info = np.array([[np.diag(cox_sums(v.time, v.event, v.x, fit.coef).info) for v in tables] for tables in drawn])
    return OneStage(fit, info.mean(axis=0) / info.mean(axis=0).sum(axis=0))


def _stacked(tables):
    strata = np.repeat(np.arange(len(tables)), [len(table.time) for table in tables])
    return cox_fit(
        *(np.concatenate([getattr(t, name) for t in tables]) for name in ("time", "event", "x")), strata=strata
    )


def _together(coef, variance, events) -> Pooled:
    if len(coef) > 1:
        return rubin(coef, variance, max(events - coef.shape[1], 1))
    se = np.sqrt(variance[0])
    half, none = norm.ppf(0.975) * se, np.zeros(len(se))
    p = 2 * norm.sf(np.abs(coef[0] / se))
    return Pooled(coef[0], se, none + np.inf, coef[0] - half, coef[0] + half, p, none, 1)


def study_effects(studies: Sequence[Sequence[Version]], j=0) -> pd.DataFrame:
    """The coefficient j of each study's own model, as smallsurv.meta.pool takes them: study (its number), effect, se.

    effect, se : NaN where the study does not tell it; over versions by Rubin's rules, NaN where one of them does not.
    """
    return pd.DataFrame(
        [(i, *_own(versions, j)) for i, versions in enumerate(studies)], columns=["study", "effect", "se"]
    )


def _own(versions, j) -> tuple[float, float]:
    if not all(v.event.any() for v in versions):
        return np.nan, np.nan
    fits = [maximum(v.time, v.event, v.x) for v in versions]
    coef, variance = np.array([[f.coef[j]] for f in fits]), np.array([[f.se[j] ** 2] for f in fits])
    if not (np.isfinite(coef).all() and (variance > 0).all()):
        return np.nan, np.nan
    found = _together(coef, variance, int(np.mean([v.event.sum() for v in versions])))
    return float(found.coef[0]), float(found.se[0])
