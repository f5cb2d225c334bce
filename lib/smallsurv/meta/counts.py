"""Pooling of counts: odds ratios of two arms, proportions of single arms."""

import numpy as np
import pandas as pd
from scipy.special import expit, xlogy
from scipy.stats import chi2, norm, t

from ..proportions import METHOD as EXACT
from ..proportions import proportion
from .effects import four_cells, informative, odds_ratios
from .glmm import random_intercept_logit
from .pool import ALONE, COLUMNS, FEWEST_TO_PREDICT, NOTHING, cochran_q, heterogeneity, pool

ODDS_COLUMNS = [*COLUMNS, "q", "df", "p_q"]
PROPORTION_COLUMNS = [*COLUMNS[:2], "events", "n", *COLUMNS[2:], "q", "df", "p_q"]
NO_COUNTS = "no study with counts: there is nothing to pool"

ODDS = {
    "IV": "Odds ratio, common effect, inverse variance",
    "IV REML HK": "Odds ratio, random effects, REML, Hartung-Knapp (never narrower)",
    "MH": "Odds ratio, common effect, Mantel-Haenszel",
    "Peto": "Odds ratio, common effect, Peto",
}
PROPORTIONS = {
    "GLMM": "Random-intercept logistic regression, adaptive Gauss-Hermite maximum likelihood",
    "logit": "Logit, inverse variance, REML",
    "Freeman-Tukey": "Freeman-Tukey double arcsine, REML, back at the harmonic mean of n",
}


def pool_odds(arms, methods=tuple(ODDS), level=0.95) -> pd.DataFrame:
    """Pooled odds ratio under each of `methods`, keys of ODDS.

    arms : as in meta_effects.odds_ratios. Returns meta_pool.COLUMNS and q, df, p_q. IV adds 0.5 to the cells of a study
    with an empty one; Mantel-Haenszel (variance of Robins, Breslow and Greenland) and Peto add nothing. A study
    without event, or without non-event, in both arms says nothing about the ratio and is in none of them (`k`).
    Sources: Mantel and Haenszel 1959; Robins, Breslow and Greenland 1986; Yusuf et al. 1985.
    """
    known = odds_ratios(arms, level)
    cells = four_cells(arms)
    cells = cells[informative(cells)]
    rows = []
    for name in methods:
        if name not in ODDS:
            raise ValueError(f"no method {name}: one of {', '.join(ODDS)}")
        if name in INVERSE:
            found = pool(known, (INVERSE[name],), True, level)
            spread = heterogeneity(known, level)
            found["q"], found["df"], found["p_q"] = spread["q"], spread["df"], spread["p"]
        else:
            found = pd.DataFrame([STRATIFIED[name](cells, level)])
        rows.append(found.assign(model=name, method=ODDS[name]))
    return pd.concat(rows, ignore_index=True)[ODDS_COLUMNS] if rows else pd.DataFrame(columns=ODDS_COLUMNS)


def _stratified(effect, variance, q, k, level):
    """One row of `pool_odds` from a pooled log odds ratio and its variance."""
    row = dict.fromkeys(ODDS_COLUMNS, np.nan) | {"k": k, "reason": ALONE if k == 1 else "" if k else NOTHING}
    if not k:
        return row
    if not np.isfinite(effect) or not variance > 0:
        return row | {"reason": "the events are all in one arm: no finite odds ratio"}
    se, z = np.sqrt(variance), norm.ppf(0.5 + level / 2)
    limits = np.exp([effect, effect - z * se, effect + z * se])
    row |= dict(zip(("estimate", "ci_low", "ci_high"), limits, strict=True))
    row |= {"se": se, "p": 2 * norm.sf(abs(effect / se))}
    return row | (_spread(q, k - 1) if k > 1 else {})


def _mantel_haenszel(cells, level):
    a, b, c, d = cells.T
    n = cells.sum(axis=1)
    concordant, discordant = a * d / n, b * c / n
    top, bottom = concordant.sum(), discordant.sum()
    if not top or not bottom:
        return _stratified(np.nan, np.nan, np.nan, len(cells), level)
    p, q = (a + d) / n, (b + c) / n
    variance = (
        (p * concordant).sum() / (2 * top**2)
        + (p * discordant + q * concordant).sum() / (2 * top * bottom)
        + (q * discordant).sum() / (2 * bottom**2)
    )
    effect = np.log(top / bottom)
    filled = cells + 0.5 * (cells == 0).any(axis=1)[:, None]
    single = np.log(filled[:, 0] * filled[:, 3] / (filled[:, 1] * filled[:, 2]))
    return _stratified(effect, variance, ((single - effect) ** 2 / (1 / filled).sum(axis=1)).sum(), len(cells), level)


def _peto(cells, level):
    a, b, c, d = cells.T
    n, first, events = cells.sum(axis=1), a + b, a + c
    surplus = a - first * events / n
    variance = first * (c + d) * events * (b + d) / (n**2 * (n - 1))
    if not variance.sum() > 0:
        return _stratified(np.nan, np.nan, np.nan, len(cells), level)
    effect = surplus.sum() / variance.sum()
    q = (variance * (surplus / variance - effect) ** 2).sum()
    return _stratified(effect, 1 / variance.sum(), q, len(cells), level)


INVERSE = {"IV": "common", "IV REML HK": "REML HK"}
STRATIFIED = {"MH": _mantel_haenszel, "Peto": _peto}


def exact_proportions(series, level=0.95) -> pd.DataFrame:
    """Share and exact interval of each study: study, events, n, estimate, ci_low, ci_high, method, then the other
    columns.

    series : one row a study with study, events, n (patients). A study without a count or n has NaN.
    Source: Clopper and Pearson 1934.
    """
    rows = series.reset_index(drop=True)
    events, n = _counts(rows)
    shares = [proportion(int(x), int(m), level) if m > 0 else (np.nan,) * 3 for x, m in zip(events, n, strict=True)]
    frame = pd.DataFrame(shares, rows.index, ["estimate", "ci_low", "ci_high"], dtype=float)
    frame.insert(0, "study", rows["study"])
    frame.insert(1, "events", events)
    frame.insert(2, "n", n)
    frame["method"] = EXACT
    return pd.concat([frame, rows.drop(columns=[c for c in rows if c in frame])], axis=1)


def _counts(series):
    """Events and patients (k,), both NaN where either is missing. Raises ValueError for a count that cannot be."""
    events, n = (pd.to_numeric(series[name]).to_numpy(float) for name in ("events", "n"))
    missing = np.isnan(events) | np.isnan(n)
    if ((events < 0) | (events > n) | (events != np.floor(events)) | (n != np.floor(n)))[~missing].any():
        raise ValueError("events must be whole patients, from 0 to n")
    return np.where(missing, np.nan, events), np.where(missing, np.nan, n)


def pool_proportions(series, methods=tuple(PROPORTIONS), level=0.95) -> pd.DataFrame:
    """Pooled share (0 to 1) under each of `methods`, keys of PROPORTIONS.

    series : one row a study with study, events, n. Returns meta_pool.COLUMNS with `events` and `n` in the pool after k,
    and q, df, p_q of one share for all studies (GLMM: likelihood ratio against a share for each study; the others:
    Cochran): se and tau2 on the scale of the method (logit, or arcsine of the root), estimate and limits as shares, no
    p. GLMM is the main one: it needs no correction of zero events. logit adds 0.5 to the events and non-events of a
    study with an empty cell, which pulls small studies to one half; Freeman-Tukey goes back by one n for all studies,
    which misleads where the n differ much (it may fall outside the studies). No event at all, or nothing else: GLMM has
    the estimate 0 or 1 without an interval, and `reason`. Sources: Hamza, van Houwelingen and Stijnen 2008; Pinheiro
    and Bates 1995; Freeman and Tukey 1950; Miller 1978; Schwarzer et al. 2019.
    """
    events, n = _counts(series)
    known = n > 0
    studies, events, n = series.loc[known, "study"], events[known], n[known]
    if studies.duplicated().any():
        raise ValueError(
            f"a study comes twice in one pool: {', '.join(map(str, studies[studies.duplicated()].unique()))}"
        )
    base = dict.fromkeys(PROPORTION_COLUMNS, np.nan) | {"k": len(n), "events": events.sum(), "n": n.sum(), "reason": ""}
    rows = []
    for name in methods:
        if name not in PROPORTIONS:
            raise ValueError(f"no method {name}: one of {', '.join(PROPORTIONS)}")
        row = base | {"model": name, "method": PROPORTIONS[name]}
        if not len(n):
            row["reason"] = NO_COUNTS
        elif len(n) == 1:
            alone = proportion(int(events[0]), int(n[0]), level)
            row |= dict(zip(("estimate", "ci_low", "ci_high"), alone, strict=True))
            row |= {"reason": ALONE, "method": EXACT}
        else:
            row |= SHARES[name](events, n, level)
        rows.append(row)
    return pd.DataFrame(rows, columns=PROPORTION_COLUMNS)


def _glmm(events, n, level):
    if events.sum() in (0, n.sum()):
        return {"estimate": events.sum() / n.sum(), "reason": "no event, or nothing but events: no logit to fit"}
    fit = random_intercept_logit(events, n)
    if not fit.converged:
        return {"reason": "studies of nothing but events or none: the spread has no finite estimate"}
    z = norm.ppf(0.5 + level / 2)
    found = {"estimate": fit.mu, "ci_low": fit.mu - z * fit.se, "ci_high": fit.mu + z * fit.se}
    if len(n) >= FEWEST_TO_PREDICT:
        wide = t.ppf(0.5 + level / 2, len(n) - 2) * np.sqrt(fit.tau2 + fit.se**2)
        found |= {"prediction_low": fit.mu - wide, "prediction_high": fit.mu + wide}
    found = {name: float(expit(value)) for name, value in found.items()}
    return found | {"se": fit.se, "tau2": fit.tau2} | _spread(_deviance(events, n), len(n) - 1)


def _deviance(events, n):
    """Twice the log likelihood of a share for each study (k,) over that of one share for all."""
    share = events.sum() / n.sum()
    return 2 * (xlogy(events, events / (n * share)) + xlogy(n - events, (n - events) / (n * (1 - share)))).sum()


def _spread(q, df):
    return {"q": q, "df": df, "p_q": float(chi2.sf(q, df))}


def _logit(events, n, level):
    half = 0.5 * ((events == 0) | (events == n))
    yes, no = events + half, n - events + half
    return _transformed(np.log(yes / no), 1 / yes + 1 / no, expit, level)


def _freeman_tukey(events, n, level):
    harmonic = len(n) / (1 / n).sum()
    effect, variance = double_arcsine(events, n), 1 / (4 * n + 2)
    return _transformed(effect, variance, lambda x: share_of_arcsine(x, harmonic), level)


def _transformed(effect, variance, back, level):
    """Random-effects pool (REML, normal interval) of transformed shares, taken back by `back`."""
    effects = pd.DataFrame({"study": range(len(effect)), "effect": effect, "se": np.sqrt(variance)})
    found = pool(effects, ("REML",), False, level).iloc[0]
    limits = ["estimate", "ci_low", "ci_high", "prediction_low", "prediction_high"]
    found = {name: float(back(found[name])) for name in limits} | {"se": found["se"], "tau2": found["tau2"]}
    return found | _spread(cochran_q(effect, variance), len(effect) - 1)


def double_arcsine(events, n) -> np.ndarray:
    """Freeman-Tukey double arcsine of events of n, halved: about the
    arcsine of the root of the share. Source: Freeman and Tukey 1950.
    """
    events, n = np.asarray(events, float), np.asarray(n, float)
    return (np.arcsin(np.sqrt(events / (n + 1))) + np.arcsin(np.sqrt((events + 1) / (n + 1)))) / 2


def share_of_arcsine(value, n) -> float:
    """The share whose double arcsine at n is `value`; 0 or 1 beyond what n can give. Source: Miller 1978."""
    if np.isnan(value):
        return np.nan
    low, high = double_arcsine(0, n), double_arcsine(n, n)
    if value <= low or value >= high:
        return 0.0 if value <= low else 1.0
    sine = np.sin(2 * value)
    return float((1 - np.sign(np.cos(2 * value)) * np.sqrt(max(0.0, 1 - (sine + (sine - 1 / sine) / n) ** 2))) / 2)


SHARES = {"GLMM": _glmm, "logit": _logit, "Freeman-Tukey": _freeman_tukey}
