"""Firth's penalized Cox model: finite where the ordinary one runs to infinity, less biased where events are few.

Written here although firthmodels is at hand: that package takes Breslow's ties only, while every other model of the
workbook takes Efron's, and it needs scikit-learn. Tests hold both to the same numbers where no times are tied.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .cox import NotEstimable, maximum
from .cox_models import COLUMNS, CoxModel, as_frame, make_term, no_information, not_estimable
from .curve import observed
from .likelihood import RiskSets
from .penalized import climb_freely, profile, ratio_p

METHOD = "Cox, Firth penalty, Efron ties"
FEW_EVENTS = 10  # events per coefficient below which the penalized model is shown beside the ordinary one
SMALL = 500  # subjects up to which it is offered: the third moments of every risk set are kept


@dataclass(frozen=True)
class FirthFit:
    """coef (k,), profile limits low and high (k,), p (k,) of each and p_factor (k,) of its factor, both by penalized
    likelihood ratio; loglik, penalized."""

    coef: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p: np.ndarray
    p_factor: np.ndarray
    loglik: float


class _Penalized:
    """The penalized log-likelihood and its score as a function of beta, for standardized columns."""

    def __init__(self, time, event, x):
        self.sets = RiskSets(time, event)
        self.x = x[self.sets.order]
        k = x.shape[1]
        second = self.x[:, :, None] * self.x[:, None, :]
        third = second[:, :, :, None] * self.x[:, None, None, :]
        n = len(time)
        self.powers = np.column_stack([np.ones(n), self.x, second.reshape(n, k * k), third.reshape(n, k**3)])

    def __call__(self, beta):
        """Penalized log-likelihood, penalized score (k,), information
        (k, k); -inf where the information is singular.
        """
        k = len(beta)
        eta = self.x @ beta
        shift = eta.max()
        weighted = np.exp(eta - shift)[:, None] * self.powers
        sums, dead = self.sets.at_risk(weighted), self.sets.dead
        total = sums[:, 0]
        m = sums[:, 1:] / total[:, None]
        mean, second, third = m[:, :k], m[:, k : k + k * k].reshape(-1, k, k), m[:, k + k * k :].reshape(-1, k, k, k)
        outer = mean[:, :, None] * mean[:, None, :]
        info = (second - outer).sum(axis=0)
        sign, logdet = np.linalg.slogdet(info)
        if not sign > 0 or not np.isfinite(logdet):
            return -np.inf, np.zeros(k), info
        pair = second[:, :, :, None] * mean[:, None, None, :]
        cumulant = third - pair - pair.transpose(0, 1, 3, 2) - pair.transpose(0, 3, 2, 1)
        cumulant = (cumulant + 2 * outer[:, :, :, None] * mean[:, None, None, :]).sum(axis=0)
        loglik = float((eta[dead] - shift - np.log(total)).sum()) + logdet / 2
        score = (self.x[dead] - mean).sum(axis=0)
        return loglik, score + np.einsum("ab,abc->c", np.linalg.inv(info), cumulant) / 2, info


def firth_cox(time, event, x, level=0.95, factors=None) -> FirthFit:
    """Cox model with Jeffreys' penalty, profile penalized-likelihood limits and likelihood-ratio P. Efron ties.

    time (n,), event (n,) True where seen, x (n, k) of full rank; factors : the k columns' factors, for p_factor
    (default: each its own). Restricted fits keep the penalty of the whole model, as in R's coxphf. Raises NotEstimable
    for no event, ValueError for a constant column, NotEstimable for columns that do not vary (also together) where
    events happen. Sources: Firth 1993; Heinze and Schemper 2001.
    """
    x = np.asarray(x, float)
    x = x[:, None] if x.ndim == 1 else x
    if not np.any(event):
        raise NotEstimable(
            "no event", "no event: every row is censored, so there is nothing to estimate; check the coding of event"
        )
    scale = x.std(axis=0)
    if (scale == 0).any():
        raise ValueError(f"column {int(np.flatnonzero(scale == 0)[0])} of x is constant: leave it out")
    penalized = _Penalized(time, event, (x - x.mean(axis=0)) / scale)
    every = np.arange(x.shape[1])
    if not np.isfinite(penalized(np.zeros(len(every)))[0]):
        reason = "the columns of x do not vary freely where events happen"
        raise NotEstimable(reason, f"{reason}: leave one out or merge levels")
    top, best = climb_freely(penalized, np.zeros(len(every)), every)
    limits = np.array([profile(penalized, top, best, j, level) for j in every]) / scale[:, None]
    labels = list(every if factors is None else factors)

    p = np.array([ratio_p(penalized, top, best, [j]) for j in every])
    together = {name: [i for i in every if labels[i] == name] for name in labels}
    whole = {
        name: ratio_p(penalized, top, best, mine) if len(mine) > 1 else p[mine[0]] for name, mine in together.items()
    }
    p_factor = np.array([whole[name] for name in labels])
    return FirthFit(top / scale, limits[:, 0], limits[:, 1], p, p_factor, float(best + np.log(scale).sum()))


def offered_models(result, n) -> list[list[str]]:
    """The models of a Cox result that deserve the penalty: separated, or fewer than FEW_EVENTS events a coefficient.

    result : of cox_univariable or cox_multivariable; n : subjects, of whom SMALL at most.
    Returns lists of candidates for firth_models; none in a larger cohort.
    """
    frame = as_frame(result)
    usable = frame[
        ~frame["reason"].isin(("no event", "fewer than two levels")) & ~frame["reason"].str.startswith("one value")
    ]
    if usable.empty or n > SMALL:
        return []
    parts = [usable] if isinstance(result, CoxModel) else [part for _, part in usable.groupby("variable", sort=False)]
    weak = [
        part
        for part in parts
        if part["reason"].str.contains("separated|coefficients").any()
        or part["events"].iloc[0] < FEW_EVENTS * len(part)
    ]
    return [list(dict.fromkeys(part["variable"])) for part in weak]


def firth_beside(adtte, result, references=None, steps=None) -> pd.DataFrame:
    """The penalized rows that stand beside those of a Cox result: firth_models of its offered_models; no rows if none.

    adtte : the rows that `result`, of cox_univariable or cox_multivariable, was fitted on.
    """
    return firth_models(adtte, offered_models(result, len(adtte)), references, steps)


def firth_models(adtte, models, references=None, steps=None) -> pd.DataFrame:
    """One penalized model for each list of candidates in `models`, on the subjects with a value of fit.

    adtte : rows of one PARAMCD with AVAL, CNSR and the candidates; references, steps as in regression.cox_univariable.
    Returns regression.COLUMNS: ci_low and ci_high are profile limits (as profile_low and profile_high), p is of the
    coefficient, p_global of the factor; reason says why a row has no estimate.
    """
    return pd.DataFrame(
        [row for names in models for row in _rows(adtte, names, references or {}, steps or {})], columns=COLUMNS
    )


def _rows(adtte, names, references, steps):
    complete = adtte.dropna(subset=list(names))
    terms = [make_term(complete[name], references.get(name, ""), steps.get(name, 1.0)) for name in names]
    labels = [(term, level) for term in terms for level in term.design.columns if term.design[level].nunique() > 1]
    time, event = complete["AVAL"].to_numpy(float), observed(complete["CNSR"])
    if not labels:
        return []
    x = np.column_stack([term.design[level].to_numpy(float) for term, level in labels])
    size = {"n": len(complete), "events": int(event.sum()), "reason": "", "method": METHOD}
    base = [
        dict.fromkeys(COLUMNS, np.nan) | size | {"variable": t.name, "level": level, "reference": t.reference}
        for t, level in labels
    ]
    told = maximum(time, event, x) if event.any() and len(time) > 1 else None
    if told is None or not told.rank:
        return [row | {"reason": r} for row, r in zip(base, not_estimable(time, event, x, labels), strict=True)]
    untold = no_information(time, event, x, labels, told)
    fit = firth_cox(time, event, x[:, told.used], factors=[labels[j][0].name for j in told.used])
    places = {j: i for i, j in enumerate(told.used)}
    return [
        row | ({"reason": untold[j]} if told.unknown[j] else _estimates(fit, places[j])) for j, row in enumerate(base)
    ]


def _estimates(fit, i) -> dict[str, float]:
    """The columns of one coefficient of a penalized fit."""
    low, high = np.exp(fit.low[i]), np.exp(fit.high[i])
    limits = {"ci_low": low, "ci_high": high, "profile_low": low, "profile_high": high}
    return limits | {"hr": np.exp(fit.coef[i]), "p": fit.p[i], "p_global": fit.p_factor[i]}
